//! An address that others push samples to by HTTP.

use std::convert::Infallible;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};

use super::batch::{AcknowledgeError, Acknowledgement};
use super::link::{Link, Stopped, Wish};
use super::{Ending, Source, SourceContext, SourceError};
use crate::telemetry::decode::{Decoded, Decoder, Precision};
use crate::twin::{Binding, Connection, Payload, SourceSettings};

/// Connections served at a time.
const MOST_CONNECTIONS: usize = 64;
/// How long a sender may take for its header, and for its body.
const SENDER_PATIENCE: Duration = Duration::from_secs(30);
/// How long a commit may take before the sender is asked to try again.
const COMMIT_PATIENCE: Duration = Duration::from_secs(30);
/// How long a request waits for room in the channel.
const ROOM_PATIENCE: Duration = Duration::from_secs(1);
/// What is quoted of what could not be read.
const MOST_QUOTED: usize = 5;

/// A server that takes line protocol at `/write` and `/api/v2/write`, as
/// InfluxDB 1 and 2 do, and JSON at `/samples`.
///
/// A request is answered with 204 only after its samples have been committed;
/// with 400 when a part of it cannot be read (the rest is taken), 401 without
/// the token, 413 when it is too large, 429 when samples come faster than they
/// are taken, 503 when the source is paused or the commit failed. After 429 and
/// 503 the sender is to send the same again.
pub(super) struct HttpSource {
    listen: SocketAddr,
    token: Option<blake3::Hash>,
    points: Arc<Mutex<Decoder>>,
    documents: Arc<Mutex<Decoder>>,
}

impl HttpSource {
    pub(super) fn new(
        settings: &SourceSettings,
        context: &SourceContext,
    ) -> Result<Self, SourceError> {
        let Connection::HttpPush {
            listen,
            token_variable,
        } = &settings.connection
        else {
            return Err(SourceError::Setting {
                setting: settings.id.clone(),
                problem: "it is no HTTP source".to_owned(),
            });
        };
        let address = listen.parse().map_err(|_| SourceError::Setting {
            setting: listen.clone(),
            problem: "expected a number and a port to listen on, such as `127.0.0.1:8086`"
                .to_owned(),
        })?;
        let token = token_variable
            .as_deref()
            .map(|variable| context.secret(variable))
            .transpose()?;
        let decoder = |payload, bindings: &[Binding]| {
            let directory = Arc::clone(&context.directory);
            Decoder::new(payload, directory, bindings).map(|decoder| Arc::new(Mutex::new(decoder)))
        };
        // A binding for line protocol names a field where one for JSON points.
        let documents: Vec<Binding> = settings
            .bindings
            .iter()
            .filter(|binding| binding.value.is_empty() || binding.value.starts_with('/'))
            .cloned()
            .collect();
        Ok(Self {
            listen: address,
            // Hashes are compared in constant time, secrets would not be.
            token: token.map(|token| blake3::hash(token.as_bytes())),
            points: decoder(Payload::LineProtocol, &settings.bindings)?,
            documents: decoder(Payload::Json, &documents)?,
        })
    }
}

/// What every request needs.
struct Shared {
    link: Link,
    token: Option<blake3::Hash>,
    points: Arc<Mutex<Decoder>>,
    documents: Arc<Mutex<Decoder>>,
}

impl Source for HttpSource {
    fn run(&mut self, link: &Link) -> Ending {
        let runtime = match super::event_loop() {
            Ok(runtime) => runtime,
            Err(error) => return Ending::Failed(error),
        };
        runtime.block_on(self.serve(link))
    }
}

impl HttpSource {
    async fn serve(&self, link: &Link) -> Ending {
        let listener = match TcpListener::bind(self.listen).await {
            Ok(listener) => listener,
            Err(error) => {
                return Ending::Lost(SourceError::Listen {
                    address: self.listen.to_string(),
                    problem: error.to_string(),
                });
            }
        };
        link.connected();
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let shared = Arc::new(Shared {
            link: link.clone(),
            token: self.token,
            points: Arc::clone(&self.points),
            documents: Arc::clone(&self.documents),
        });
        let mut wish = Wish::Run;
        loop {
            let place = tokio::select! {
                next = link.control.changed(wish) => {
                    match next {
                        Wish::Stop => return Ending::Interrupted,
                        // Paused, it goes on answering, with a refusal.
                        Wish::Pause => link
                            .health
                            .change(|health| health.state = super::SourceState::Paused),
                        Wish::Run => link.connected(),
                    }
                    wish = next;
                    continue;
                }
                place = Arc::clone(&places).acquire_owned() => place,
            };
            // The semaphore is never closed.
            let Ok(place) = place else {
                return Ending::Interrupted;
            };
            let stream = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(_) => {
                        // The system is out of something; it is not asked
                        // again at once.
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        continue;
                    }
                },
                _ = link.control.changed(wish) => continue,
            };
            let shared = Arc::clone(&shared);
            tokio::spawn(async move {
                let service = service_fn(|request| answer(request, Arc::clone(&shared)));
                let served = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(SENDER_PATIENCE)
                    .max_buf_size(1 << 16)
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
                // A sender that goes away has nobody to be told.
                drop(served);
                drop(place);
            });
        }
    }
}

type Answer = Response<Full<Bytes>>;

/// An answer with a sentence for the person who reads the sender's log.
fn said(status: StatusCode, text: &str) -> Answer {
    let body = serde_json::json!({ "error": text }).to_string();
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("application/json"),
    );
    if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, hyper::header::HeaderValue::from_static("1"));
    }
    answer
}

fn empty() -> Answer {
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Answer, Infallible> {
    Ok(match receive(request, &shared).await {
        Ok(answer) | Err(answer) => answer,
    })
}

/// What a path is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Route {
    Points,
    Documents,
}

async fn receive(request: Request<Incoming>, shared: &Shared) -> Result<Answer, Answer> {
    let route = match request.uri().path() {
        "/write" | "/api/v2/write" => Route::Points,
        "/samples" => Route::Documents,
        "/ping" | "/health" => return Ok(empty()),
        _ => {
            return Err(said(
                StatusCode::NOT_FOUND,
                "there is nothing here; line protocol goes to /write or /api/v2/write, JSON to \
                 /samples",
            ));
        }
    };
    if request.method() != Method::POST {
        return Err(said(
            StatusCode::METHOD_NOT_ALLOWED,
            "samples are sent by POST",
        ));
    }
    if !authorised(&request, shared) {
        return Err(said(
            StatusCode::UNAUTHORIZED,
            "the token is missing or wrong; send it as `Authorization: Token …` or `Bearer …`",
        ));
    }
    if shared.link.control.wish() != Wish::Run {
        return Err(said(
            StatusCode::SERVICE_UNAVAILABLE,
            "the source is paused; send the same again later",
        ));
    }
    let precision = match precision(request.uri().query().unwrap_or("")) {
        Some(precision) => precision,
        None => {
            return Err(said(
                StatusCode::BAD_REQUEST,
                "the precision is unknown; it is ns, us, ms or s",
            ));
        }
    };
    let body = body(request, shared).await?;
    take(&body, route, precision, shared).await
}

fn authorised(request: &Request<Incoming>, shared: &Shared) -> bool {
    let Some(expected) = &shared.token else {
        return true;
    };
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|header| header.to_str().ok())
        .and_then(|header| header.split_once(' '));
    match header {
        Some((scheme, token))
            if scheme.eq_ignore_ascii_case("token") || scheme.eq_ignore_ascii_case("bearer") =>
        {
            blake3::hash(token.trim().as_bytes()) == *expected
        }
        _ => false,
    }
}

fn precision(query: &str) -> Option<Precision> {
    let named = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == "precision")
        .map_or("", |(_, value)| value);
    Precision::named(named)
}

/// The body, unpacked.
async fn body(request: Request<Incoming>, shared: &Shared) -> Result<Vec<u8>, Answer> {
    let limit = shared.link.context.limits.body;
    let too_large = || {
        shared.link.health.change(|health| {
            health.drop_counted(1, format!("a request of more than {limit} bytes"));
        });
        said(
            StatusCode::PAYLOAD_TOO_LARGE,
            &format!("the body is larger than {limit} bytes; send smaller batches"),
        )
    };
    let packed = match request.headers().get(CONTENT_ENCODING) {
        None => false,
        Some(encoding) => match encoding.to_str() {
            Ok("gzip") => true,
            Ok("identity" | "") => false,
            _ => {
                return Err(said(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "the content encoding is unknown; it is gzip, or none",
                ));
            }
        },
    };
    let collected = tokio::time::timeout(
        SENDER_PATIENCE,
        Limited::new(request.into_body(), limit).collect(),
    );
    let bytes = match collected.await {
        Err(_) => {
            return Err(said(
                StatusCode::REQUEST_TIMEOUT,
                "the body did not come within thirty seconds",
            ));
        }
        Ok(Err(error)) => {
            return Err(if error.is::<http_body_util::LengthLimitError>() {
                too_large()
            } else {
                said(StatusCode::BAD_REQUEST, "the body was cut off")
            });
        }
        Ok(Ok(collected)) => collected.to_bytes(),
    };
    if !packed {
        return Ok(bytes.into());
    }
    let mut unpacked = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(bytes.as_ref())
        .take(limit as u64 + 1)
        .read_to_end(&mut unpacked);
    match read {
        Err(_) => Err(said(StatusCode::BAD_REQUEST, "the body is no gzip data")),
        Ok(_) if unpacked.len() > limit => Err(too_large()),
        Ok(_) => Ok(unpacked),
    }
}

/// Decodes a body, hands it on and waits for its commit.
async fn take(
    body: &[u8],
    route: Route,
    precision: Precision,
    shared: &Shared,
) -> Result<Answer, Answer> {
    let link = &shared.link;
    let now = link.now();
    link.health.change(|health| health.receive(body.len(), now));
    let mut decoded = Decoded::default();
    let decoder = match route {
        Route::Points => &shared.points,
        Route::Documents => &shared.documents,
    };
    {
        let mut decoder = decoder.lock().unwrap_or_else(PoisonError::into_inner);
        decoder.set_precision(precision);
        decoder.decode("", body, now, &mut decoded);
    }
    let taken = decoded.readings().count();
    let refusal = refusal(&decoded, taken);
    let (teller, told) = oneshot::channel();
    let health = Arc::clone(&link.health);
    let acknowledge = Acknowledgement::new(move |committed| {
        teller.send(committed).map_err(|_| {
            let why = "the sender did not wait for the commit".to_owned();
            health.change(|health| health.failed_acknowledgement(why.clone()));
            AcknowledgeError { why }
        })
    });
    let mut batch = Some(link.batch(decoded, Some(acknowledge)));
    let mut waited = Duration::ZERO;
    while let Some(one) = batch.take() {
        batch = link.offer(one).map_err(|Stopped| {
            said(
                StatusCode::SERVICE_UNAVAILABLE,
                "the twin does not run any more",
            )
        })?;
        if let Some(mut full) = batch.take() {
            if waited >= ROOM_PATIENCE {
                full.disown();
                link.health.change(|health| {
                    let why = "samples come faster than they are taken; the sender was told so";
                    health.drop_counted(taken as u64, why.to_owned());
                });
                return Err(said(
                    StatusCode::TOO_MANY_REQUESTS,
                    "samples come faster than they are taken; send the same again later",
                ));
            }
            let pause = Duration::from_millis(10);
            tokio::time::sleep(pause).await;
            waited += pause;
            batch = Some(full);
        }
    }
    match tokio::time::timeout(COMMIT_PATIENCE, told).await {
        Ok(Ok(Ok(()))) => match refusal {
            None => Ok(empty()),
            Some(text) => Err(said(StatusCode::BAD_REQUEST, &text)),
        },
        Ok(Ok(Err(why))) => Err(said(
            StatusCode::SERVICE_UNAVAILABLE,
            &format!("the samples could not be stored, send them again: {why}"),
        )),
        Ok(Err(_)) | Err(_) => Err(said(
            StatusCode::SERVICE_UNAVAILABLE,
            "the samples were not stored in time; send the same again",
        )),
    }
}

/// What to tell the sender of parts that could not be read, if there are any.
fn refusal(decoded: &Decoded, taken: usize) -> Option<String> {
    let refused: Vec<_> = decoded.undecodables().collect();
    if refused.is_empty() && decoded.unmatched == 0 {
        return None;
    }
    let mut text = format!("partial write: {taken} samples were taken");
    if !refused.is_empty() {
        let quoted: Vec<_> = refused
            .iter()
            .take(MOST_QUOTED)
            .map(|one| format!("`{}` {}", one.text, one.reason))
            .collect();
        text.push_str(&format!(
            "; {} parts could not be read: {}",
            refused.len(),
            quoted.join("; ")
        ));
    }
    if decoded.unmatched > 0 {
        // What belongs to no channel is no mistake of the sender's when others do.
        if taken > 0 && refused.is_empty() {
            return None;
        }
        let example = decoded.unmatched_example.as_deref().unwrap_or_default();
        text.push_str(&format!(
            "; {} belong to no channel of the twin, such as `{example}`",
            decoded.unmatched
        ));
    }
    Some(text)
}
