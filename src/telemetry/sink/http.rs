//! Samples sent as line protocol by HTTP.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::{Publication, Sink, SinkError};
use crate::quantity::Epoch;
use crate::telemetry::decode::line_protocol::{FieldValue, Point, write};
use crate::telemetry::decode::quality_text;
use crate::telemetry::tls;

/// Bytes gathered before they are sent.
const BATCH: usize = 1 << 18;
/// Attempts before a failure is told, where nobody says otherwise.
const ATTEMPTS: u32 = 6;
/// Wait after the first failed attempt; doubled from one to the next.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// How long a server may take to answer, where nobody says otherwise.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes read of an answer.
const LONGEST_ANSWER: usize = 1 << 16;

/// Where to send to.
#[derive(Clone, Debug)]
pub struct HttpSinkSettings {
    /// `http://127.0.0.1:8086/api/v2/write?bucket=plant`, or `https://…`.
    pub url: String,
    /// Token to show.
    pub token: Option<String>,
    /// Certificate authority to trust in place of the system's, a PEM file.
    pub authority: Option<PathBuf>,
    /// The measurement that all samples are of; the channel is its tag `channel`.
    pub measurement: String,
    /// Attempts before a failure is told.
    pub attempts: u32,
    /// How long a server may take to answer.
    pub patience: Duration,
}

impl HttpSinkSettings {
    /// Settings for a server that asks for no token.
    #[must_use]
    pub fn new(url: &str, measurement: &str) -> Self {
        Self {
            url: url.to_owned(),
            token: None,
            authority: None,
            measurement: measurement.to_owned(),
            attempts: ATTEMPTS,
            patience: PATIENCE,
        }
    }
}

/// Sends samples as line protocol, with retries after 429 and 503. Alarms become
/// points of the measurement `alarm`. What could not be sent, and was not
/// refused for good, is kept for the next [`Sink::flush`].
pub struct HttpSink {
    settings: HttpSinkSettings,
    address: Address,
    tls: Option<Arc<ClientConfig>>,
    epoch: Epoch,
    lines: String,
    /// Publications in `lines`.
    waiting: usize,
    runtime: tokio::runtime::Runtime,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Address {
    encrypted: bool,
    host: String,
    port: u16,
    path: String,
}

impl Address {
    fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let encrypted = match scheme {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        let default = if encrypted { 443 } else { 80 };
        let (host, port) = match authority.strip_prefix('[') {
            Some(inside) => {
                let (host, port) = inside.split_once(']')?;
                (host, port.strip_prefix(':'))
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let port = match port {
            Some(port) => port.parse().ok()?,
            None => default,
        };
        (!host.is_empty() && !authority.contains('@')).then(|| Self {
            encrypted,
            host: host.to_owned(),
            port,
            path: path.to_owned(),
        })
    }
}

/// Why an attempt failed, and whether another one may succeed.
struct Failure {
    problem: String,
    again: bool,
}

impl Failure {
    fn again(problem: String) -> Self {
        Self {
            problem,
            again: true,
        }
    }
}

impl HttpSink {
    /// Prepares to send; nothing is sent yet.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn new(settings: HttpSinkSettings, epoch: Epoch) -> Result<Self, SinkError> {
        let Some(address) = Address::parse(&settings.url) else {
            return Err(SinkError::Http {
                url: settings.url,
                problem: "is no address; expected `http://host:port/path` or `https://…`"
                    .to_owned(),
            });
        };
        let tls = address
            .encrypted
            .then(|| tls::client(settings.authority.as_deref()))
            .transpose()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| SinkError::System {
                what: "event loop",
                problem: error.to_string(),
            })?;
        Ok(Self {
            settings,
            address,
            tls,
            epoch,
            lines: String::new(),
            waiting: 0,
            runtime,
        })
    }

    fn send(&mut self) -> Result<(), SinkError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let body = Bytes::copy_from_slice(self.lines.as_bytes());
        let sent = self.runtime.block_on(async {
            let mut wait = FIRST_WAIT;
            let mut attempt = 1;
            loop {
                let posted = tokio::time::timeout(self.settings.patience, self.post(body.clone()));
                let failure = match posted.await {
                    Ok(Ok(())) => return Ok(()),
                    Ok(Err(failure)) => failure,
                    Err(_) => Failure::again("does not answer".to_owned()),
                };
                if !failure.again || attempt >= self.settings.attempts {
                    return Err(failure);
                }
                attempt += 1;
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
        });
        if sent.as_ref().err().is_none_or(|failure| !failure.again) {
            self.lines.clear();
            self.waiting = 0;
        }
        sent.map_err(|failure| SinkError::Http {
            url: self.settings.url.clone(),
            problem: failure.problem,
        })
    }

    async fn post(&self, body: Bytes) -> Result<(), Failure> {
        let Address { host, port, .. } = &self.address;
        let stream = TcpStream::connect((host.as_str(), *port))
            .await
            .map_err(|error| Failure::again(format!("cannot be reached: {error}")))?;
        match &self.tls {
            None => self.exchange(stream, body).await,
            Some(config) => {
                let name = ServerName::try_from(host.clone()).map_err(|_| Failure {
                    problem: "has a host that no certificate can be for".to_owned(),
                    again: false,
                })?;
                let stream = TlsConnector::from(Arc::clone(config))
                    .connect(name, stream)
                    .await
                    .map_err(|error| match tls::certificate_problem(&error) {
                        Some(problem) => Failure {
                            problem: format!("cannot be trusted: {problem}"),
                            again: false,
                        },
                        None => Failure::again(format!("cannot be reached: {error}")),
                    })?;
                self.exchange(stream, body).await
            }
        }
    }

    async fn exchange(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        body: Bytes,
    ) -> Result<(), Failure> {
        let lost = |error: hyper::Error| Failure::again(format!("breaks off: {error}"));
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(lost)?;
        let driver = tokio::spawn(connection);
        let mut request = Request::post(&self.address.path)
            .header(HOST, format!("{}:{}", self.address.host, self.address.port))
            .header(CONTENT_TYPE, "text/plain; charset=utf-8");
        if let Some(token) = &self.settings.token {
            request = request.header(AUTHORIZATION, format!("Token {token}"));
        }
        let request = request.body(Full::new(body)).map_err(|error| Failure {
            problem: format!("cannot be asked: {error}"),
            again: false,
        })?;
        let answer = sender.send_request(request).await.map_err(lost)?;
        let status = answer.status();
        if status.is_success() {
            driver.abort();
            return Ok(());
        }
        let text = match Limited::new(answer.into_body(), LONGEST_ANSWER)
            .collect()
            .await
        {
            Ok(collected) => String::from_utf8_lossy(&collected.to_bytes()).into_owned(),
            Err(_) => String::new(),
        };
        driver.abort();
        let text: String = text.chars().take(300).collect();
        Err(Failure {
            problem: format!("answers {status}: {text}"),
            again: status == StatusCode::TOO_MANY_REQUESTS
                || status == StatusCode::SERVICE_UNAVAILABLE,
        })
    }
}

impl Sink for HttpSink {
    fn publish(&mut self, publications: &[Publication]) -> Result<(), SinkError> {
        for publication in publications {
            let nanoseconds = |time| i64::try_from(self.epoch.instant(time).as_nanosecond()).ok();
            match publication {
                Publication::Sample(sample) => {
                    let mut fields = vec![("value".into(), FieldValue::Float(sample.value))];
                    if let Some(sequence) = sample.sequence {
                        fields.push(("sequence".into(), FieldValue::Unsigned(sequence)));
                    }
                    let quality = quality_text(sample.quality);
                    if !quality.is_empty() {
                        fields.push(("quality".into(), FieldValue::Text(quality.into())));
                    }
                    let mut tags = vec![("channel".into(), sample.channel.as_str().into())];
                    if !sample.unit.is_empty() {
                        tags.push(("unit".into(), sample.unit.as_str().into()));
                    }
                    let point = Point {
                        measurement: self.settings.measurement.as_str().into(),
                        tags,
                        fields,
                        time: nanoseconds(sample.time),
                    };
                    write(&point, &mut self.lines);
                }
                Publication::Alarm(alarm) => {
                    let point = Point {
                        measurement: "alarm".into(),
                        tags: vec![
                            ("alarm".into(), alarm.id.as_str().into()),
                            ("channel".into(), alarm.channel.as_str().into()),
                        ],
                        fields: vec![
                            ("active".into(), FieldValue::Boolean(alarm.active)),
                            (
                                "reason".into(),
                                FieldValue::Text(alarm.reason.as_str().into()),
                            ),
                            (
                                "flag".into(),
                                FieldValue::Text(alarm.flag.to_string().into()),
                            ),
                            ("text".into(), FieldValue::Text(alarm.text.as_str().into())),
                        ],
                        time: nanoseconds(alarm.time),
                    };
                    write(&point, &mut self.lines);
                }
            }
            self.waiting += 1;
            if self.lines.len() >= BATCH {
                self.send()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.send()
    }

    fn waiting(&self) -> usize {
        self.waiting
    }
}
