//! An MQTT broker.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::batch::{AcknowledgeError, Acknowledgement, Batch};
use super::link::{Link, Stopped, Wish};
use super::{Ending, Source, SourceContext, SourceError};
use crate::telemetry::decode::{Decoded, Decoder, rebirth};
use crate::telemetry::mqtt::{
    BrokerAddress, BrokerSettings, Client, Connection, Incident, Incoming, KEEP_ALIVE, MqttProblem,
    PacketNumber,
};
use crate::twin::{Binding, Connection as Settings, Payload, SourceSettings};

/// Largest packet taken off the wire \[byte]. It is larger than the largest
/// payload, so that one that is too large is acknowledged and counted; refused
/// on the wire, it would come again with every connection.
pub(super) const LARGEST_PACKET: usize = 16 << 20;

/// Payloads in one batch.
const MOST_PAYLOADS: usize = 1024;

/// How often a full channel is tried again.
const RETRY: Duration = Duration::from_millis(5);

/// How often the connection is looked after while the channel is full.
const LOOK_AFTER: u32 = (KEEP_ALIVE.as_millis() / 3 / RETRY.as_millis()) as u32;

/// How long an orderly end may take.
const FAREWELL: Duration = Duration::from_millis(500);

/// Topics of an MQTT broker, subscribed to at quality of service 1 in a session
/// that the broker keeps.
///
/// A message is acknowledged when its batch has been committed, so that a
/// broker which limits what is in flight waits with us. When the channel is
/// full nothing is read from the broker but what keeps the connection alive.
pub(super) struct MqttSource {
    broker: BrokerSettings,
    topics: Vec<String>,
    payload: Payload,
    bindings: Vec<Binding>,
}

impl MqttSource {
    pub(super) fn new(
        settings: &SourceSettings,
        context: &SourceContext,
    ) -> Result<Self, SourceError> {
        let Settings::Mqtt {
            url,
            topics,
            payload,
            version_5,
            user,
            password_variable,
            authority,
        } = &settings.connection
        else {
            return Err(SourceError::Setting {
                setting: settings.id.clone(),
                problem: "it is no MQTT source".to_owned(),
            });
        };
        let address = BrokerAddress::parse(url)?;
        if topics.is_empty() || topics.iter().any(|topic| !is_filter(topic)) {
            return Err(SourceError::Setting {
                setting: topics.join(", "),
                problem: "expected at least one topic filter; `+` stands for one whole level, `#` \
                          for all that follow and only at the end"
                    .to_owned(),
            });
        }
        // Found wrong now rather than with the first message.
        Decoder::new(*payload, Arc::clone(&context.directory), &settings.bindings)?;
        let password = password_variable
            .as_deref()
            .map(|variable| context.secret(variable))
            .transpose()?;
        let authority = authority.as_ref().map(|path| context.folder.join(path));
        Ok(Self {
            broker: BrokerSettings {
                tls: BrokerSettings::tls_of(&address, authority.as_deref())?,
                address,
                version_5: *version_5,
                client_id: client_id(settings, topics, context),
                keep_session: true,
                user: user.clone(),
                password,
                largest: LARGEST_PACKET,
            },
            topics: topics.clone(),
            payload: *payload,
            bindings: settings.bindings.clone(),
        })
    }
}

/// The client's name: that of the program, the source, and a short hash of the
/// topics, so that a session of other topics is another one.
fn client_id(settings: &SourceSettings, topics: &[String], context: &SourceContext) -> String {
    let digest = blake3::hash(topics.join("\n").as_bytes()).to_hex();
    format!(
        "{}-{}-{}",
        context.client_name,
        settings.id,
        &digest.as_str()[..6]
    )
}

/// Whether a text is a filter of topics.
pub(super) fn is_filter(topic: &str) -> bool {
    let mut levels = topic.split('/').peekable();
    let mut right = !topic.is_empty() && topic.len() < 65_536;
    while let Some(level) = levels.next() {
        let wild = level.contains(['+', '#']);
        right &= !(wild && level.len() > 1 || level == "#" && levels.peek().is_some());
    }
    right
}

impl Source for MqttSource {
    fn run(&mut self, link: &Link) -> Ending {
        let runtime = match super::event_loop() {
            Ok(runtime) => runtime,
            Err(error) => return Ending::Failed(error),
        };
        let decoder = Decoder::new(
            self.payload,
            Arc::clone(&link.context.directory),
            &self.bindings,
        );
        let decoder = match decoder {
            Ok(decoder) => decoder,
            Err(problem) => return Ending::Failed(problem.into()),
        };
        let (client, connection) = Connection::new(&self.broker);
        let session = Session {
            link,
            broker: self.broker.address.to_string(),
            topics: &self.topics,
            client,
            decoder,
            decoded: Decoded::default(),
            numbers: Vec::new(),
            payloads: 0,
            stalled: None,
        };
        runtime.block_on(session.run(connection))
    }
}

/// One connection, from its beginning to its end.
struct Session<'run> {
    link: &'run Link,
    broker: String,
    topics: &'run [String],
    client: Client,
    decoder: Decoder,
    /// What has come since the last batch.
    decoded: Decoded,
    numbers: Vec<PacketNumber>,
    payloads: usize,
    /// A batch that the channel had no room for.
    stalled: Option<Batch>,
}

/// What happened while the connection was waited for.
enum Step {
    Incident(Result<Incident, MqttProblem>),
    /// The source is to stop or to pause.
    Interrupted,
}

impl Session<'_> {
    async fn run(mut self, mut connection: Connection) -> Ending {
        loop {
            let step = self.step(&mut connection).await;
            let taken = match step {
                Err(Stopped) | Ok(Step::Interrupted) => Err(Ending::Interrupted),
                Ok(Step::Incident(Ok(incident))) => self.take(incident),
                Ok(Step::Incident(Err(problem))) => Err(Ending::Lost(problem.into())),
            };
            if let Err(ending) = taken {
                if matches!(ending, Ending::Interrupted) {
                    self.leave_rest();
                    self.farewell(&mut connection).await;
                    return ending;
                }
                return self.hand_on_rest().map_or(Ending::Interrupted, |()| ending);
            }
        }
    }

    /// Waits for what comes next. A poll of the connection is never given up
    /// half way, except to end it: an acknowledgement could be lost with it.
    async fn step(&mut self, connection: &mut Connection) -> Result<Step, Stopped> {
        let link = self.link;
        if self.stalled.is_some()
            && let Some(step) = self.stall().await?
        {
            return Ok(step);
        }
        let mut next = pin!(connection.next());
        let mut changed = pin!(link.control.changed(Wish::Run));
        loop {
            let waiting = self.payloads > 0 && self.stalled.is_none();
            let retry = self.stalled.is_some();
            tokio::select! {
                biased;
                incident = &mut next => return Ok(Step::Incident(incident)),
                _ = &mut changed => return Ok(Step::Interrupted),
                // Nothing more has come: what is there is handed on.
                () = std::future::ready(()), if waiting => self.hand_on()?,
                () = tokio::time::sleep(RETRY), if retry => self.offer_again()?,
            }
        }
    }

    /// Waits until the channel has room, without reading from the broker;
    /// returns after a while even if it has none, so that the connection lives.
    async fn stall(&mut self) -> Result<Option<Step>, Stopped> {
        for _ in 0..LOOK_AFTER {
            self.offer_again()?;
            if self.stalled.is_none() {
                return Ok(None);
            }
            match self.link.control.wish() {
                Wish::Run => tokio::time::sleep(RETRY).await,
                Wish::Pause | Wish::Stop => return Ok(Some(Step::Interrupted)),
            }
        }
        Ok(None)
    }

    fn offer_again(&mut self) -> Result<(), Stopped> {
        if let Some(batch) = self.stalled.take() {
            self.stalled = self.link.offer(batch)?;
        }
        Ok(())
    }

    /// Makes a batch of what has come and hands it on, or keeps it for later.
    fn hand_on(&mut self) -> Result<(), Stopped> {
        let decoded = std::mem::take(&mut self.decoded);
        let numbers = std::mem::take(&mut self.numbers);
        self.payloads = 0;
        let acknowledge = (!numbers.is_empty()).then(|| self.acknowledgement(numbers));
        let batch = self.link.batch(decoded, acknowledge);
        self.stalled = self.link.offer(batch)?;
        Ok(())
    }

    /// Hands on what came before the connection was lost. It cannot be
    /// acknowledged any more and may come again.
    fn hand_on_rest(&mut self) -> Result<(), Stopped> {
        if let Some(mut batch) = self.stalled.take() {
            batch.disown();
            self.link.deliver(batch)?;
        }
        let rest = std::mem::take(&mut self.decoded);
        self.link.deliver(self.link.batch(rest, None))
    }

    /// Leaves what came before an end that somebody asked for to the broker,
    /// and counts what the broker does not keep.
    fn leave_rest(&mut self) {
        let stalled = self.stalled.take();
        let lost =
            self.decoded.messages.len() + stalled.as_ref().map_or(0, |one| one.messages.len());
        if let Some(mut stalled) = stalled {
            stalled.disown();
        }
        if lost > 0 {
            self.link.health.change(|health| {
                let why = "the source was paused or stopped; what the broker keeps comes again";
                health.drop_counted(lost as u64, why.to_owned());
            });
        }
        self.decoded = Decoded::default();
    }

    fn acknowledgement(&self, numbers: Vec<PacketNumber>) -> Acknowledgement {
        let client = self.client.clone();
        let health = Arc::clone(&self.link.health);
        Acknowledgement::new(move |committed| {
            let told = committed.and_then(|()| {
                // In the order in which they came, as MQTT asks (4.6.0-2).
                numbers
                    .iter()
                    .try_for_each(|number| client.acknowledge(number))
            });
            told.map_err(|why| {
                health.change(|health| health.failed_acknowledgement(why.clone()));
                AcknowledgeError { why }
            })
        })
    }

    fn take(&mut self, incident: Incident) -> Result<(), Ending> {
        match incident {
            Incident::Connected { session } => {
                // Without a session the broker knows nothing of us.
                if !session {
                    self.client
                        .subscribe(self.topics)
                        .map_err(|problem| self.lost(problem))?;
                } else {
                    self.link.connected();
                }
            }
            Incident::Subscribed { refused: true } => {
                return Err(self
                    .lost("refuses a subscription: may this user read these topics?".to_owned()));
            }
            Incident::Subscribed { refused: false } => self.link.connected(),
            Incident::Message(message) => {
                self.message(message);
                let full = self.payloads >= MOST_PAYLOADS
                    || self.decoded.messages.len() >= self.link.context.limits.messages;
                if full && self.stalled.is_none() {
                    self.hand_on().map_err(|Stopped| Ending::Interrupted)?;
                }
            }
            Incident::Sent(_) | Incident::Acknowledged(_) | Incident::Other => {}
        }
        Ok(())
    }

    fn lost(&self, problem: String) -> Ending {
        Ending::Lost(SourceError::Mqtt(MqttProblem::Connection {
            broker: self.broker.clone(),
            problem,
        }))
    }

    fn message(&mut self, message: Incoming) {
        let now = self.link.now();
        let limit = self.link.context.limits.payload;
        let size = message.payload.len();
        self.link.health.change(|health| {
            health.receive(size, now);
            if size > limit {
                health.drop_counted(
                    1,
                    format!("a payload of {size} bytes; {limit} are the most that is read"),
                );
            }
        });
        self.payloads += 1;
        if size <= limit {
            let first = self.decoded.messages.len();
            self.decoder
                .decode(&message.topic, &message.payload, now, &mut self.decoded);
            self.ask_for_births();
            if message.repeated {
                for decoded in &mut self.decoded.messages[first..] {
                    if let crate::telemetry::decode::Message::Reading(reading) = decoded {
                        reading.redelivered = true;
                    }
                }
            }
        }
        self.numbers.extend(message.number);
    }

    /// Asks the nodes to be born again of which a birth or a message is missing.
    fn ask_for_births(&mut self) {
        for node in std::mem::take(&mut self.decoded.rebirths) {
            let epoch = self.link.context.directory.epoch();
            let instant = epoch.instant(self.link.now()).as_millisecond();
            let Some((topic, payload)) = rebirth(&node, u64::try_from(instant).ok()) else {
                continue;
            };
            let asked = self.client.command(&topic, payload);
            self.link.health.change(|health| match asked {
                Ok(()) => health.rebirths += 1,
                // What the node is asked for again comes with a new connection.
                Err(why) => health.note(&format!("`{node}` could not be asked for a birth: {why}")),
            });
        }
    }

    /// Sends the acknowledgements that are due and takes leave.
    async fn farewell(&mut self, connection: &mut Connection) {
        self.client.disconnect();
        let said = async { while connection.next().await.is_ok() {} };
        // One that does not answer is left without a word.
        let _ = tokio::time::timeout(FAREWELL, said).await;
    }
}
