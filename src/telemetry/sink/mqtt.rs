//! Samples and alarms published to an MQTT broker.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Publication, PublishedSample, Sink, SinkError};
use crate::quantity::Epoch;
use crate::telemetry::decode::quality_text;
use crate::telemetry::mqtt::{BrokerAddress, BrokerSettings, Client, Connection, Incident};

/// Messages that wait for the broker; more make the caller wait.
const MOST_WAITING: usize = 4096;
/// Messages on their way to the broker at a time, fewer than there are packet
/// numbers.
const MOST_IN_FLIGHT: usize = 64;
/// Wait before a lost connection is tried again, doubled up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// Longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Where and as whom to publish.
#[derive(Clone, Debug)]
pub struct MqttSinkSettings {
    /// `mqtt://host:1883` or `mqtts://host:8883`.
    pub url: String,
    /// First levels of all topics: `counterpart/tclab`. Samples go to
    /// `prefix/channel`, alarms to `prefix/alarms/id`.
    pub prefix: String,
    /// What the client calls itself; no other client of the broker may do so.
    pub client_id: String,
    /// MQTT 5 rather than 3.1.1.
    pub version_5: bool,
    /// Whether the broker keeps the last sample of each channel for those who
    /// come later. Alarms are always kept.
    pub retain: bool,
    /// User name.
    pub user: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// Certificate authority to trust in place of the system's, a PEM file.
    pub authority: Option<PathBuf>,
    /// How long [`Sink::flush`] waits for the broker, and [`Sink::publish`] for room.
    pub patience: Duration,
}

impl MqttSinkSettings {
    /// Settings for a broker, without user.
    #[must_use]
    pub fn new(url: &str, prefix: &str, client_id: &str) -> Self {
        Self {
            url: url.to_owned(),
            prefix: prefix.to_owned(),
            client_id: client_id.to_owned(),
            version_5: false,
            retain: false,
            user: None,
            password: None,
            authority: None,
            patience: Duration::from_secs(30),
        }
    }
}

/// Publishes samples and alarms as JSON at quality of service 1, in order.
///
/// A message stays until the broker has acknowledged it; after a lost
/// connection those that were on their way are sent again, so that a broker may
/// see one twice but misses none. What has not been flushed when the sink is
/// dropped is lost.
pub struct MqttSink {
    settings: MqttSinkSettings,
    epoch: Epoch,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Message {
    topic: String,
    payload: Vec<u8>,
    retain: bool,
}

#[derive(Debug, Default)]
struct Queue {
    /// Not yet acknowledged: the first `sent` are on their way.
    messages: VecDeque<Message>,
    sent: usize,
    closed: bool,
    /// What is wrong with the connection now.
    trouble: Option<String>,
    connections: u64,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
    wake: tokio::sync::Notify,
}

impl Shared {
    fn queue(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MqttSink {
    /// Starts the connection; a broker that is not there yet is waited for.
    ///
    /// # Errors
    /// When the settings cannot be used, or the system gives no thread.
    pub fn connect(settings: MqttSinkSettings, epoch: Epoch) -> Result<Self, SinkError> {
        let address = BrokerAddress::parse(&settings.url)?;
        let broker = BrokerSettings {
            tls: BrokerSettings::tls_of(&address, settings.authority.as_deref())?,
            address,
            version_5: settings.version_5,
            client_id: settings.client_id.clone(),
            keep_session: false,
            user: settings.user.clone(),
            password: settings.password.clone(),
            largest: 1 << 20,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| SinkError::System {
                what: "event loop",
                problem: error.to_string(),
            })?;
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("sink mqtt".to_owned())
            .spawn(move || runtime.block_on(deliver(&broker, &theirs)))
            .map_err(|error| SinkError::System {
                what: "thread",
                problem: error.to_string(),
            })?;
        Ok(Self {
            settings,
            epoch,
            shared,
            thread: Some(thread),
        })
    }

    fn message(&self, publication: &Publication) -> Message {
        let prefix = self.settings.prefix.trim_end_matches('/');
        match publication {
            Publication::Sample(sample) => Message {
                topic: format!("{prefix}/{}", level(&sample.channel)),
                payload: sample_document(sample, self.epoch).into_bytes(),
                retain: self.settings.retain,
            },
            Publication::Alarm(alarm) => Message {
                topic: format!("{prefix}/alarms/{}", level(&alarm.id)),
                payload: serde_json::json!({
                    "alarm": alarm.id,
                    "time": self.epoch.instant(alarm.time).to_string(),
                    "active": alarm.active,
                    "channel": alarm.channel,
                    "reason": alarm.reason,
                    "flag": alarm.flag.to_string(),
                    "text": alarm.text,
                })
                .to_string()
                .into_bytes(),
                retain: true,
            },
        }
    }

    /// Waits until `done`, as long as the settings say.
    fn wait(&self, done: impl Fn(&Queue) -> bool) -> Result<(), SinkError> {
        let (queue, waited) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.queue(), self.settings.patience, |queue| {
                !done(queue)
            })
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            let trouble = queue
                .trouble
                .clone()
                .unwrap_or_else(|| "the broker does not take what it is sent".to_owned());
            return Err(SinkError::Closed {
                problem: format!(
                    "{} messages wait for the broker: {trouble}",
                    queue.messages.len()
                ),
            });
        }
        Ok(())
    }
}

/// A name as one level of a topic.
fn level(name: &str) -> String {
    name.replace(['/', '+', '#', '\0'], "_")
}

/// A sample as the JSON that a source without bindings reads.
fn sample_document(sample: &PublishedSample, epoch: Epoch) -> String {
    let mut document = serde_json::json!({
        "value": sample.value,
        "time": epoch.instant(sample.time).to_string(),
        "unit": sample.unit,
    });
    if let Some(object) = document.as_object_mut() {
        if let Some(sequence) = sample.sequence {
            object.insert("sequence".to_owned(), sequence.into());
        }
        let quality = quality_text(sample.quality);
        if !quality.is_empty() {
            object.insert("quality".to_owned(), quality.into());
        }
    }
    document.to_string()
}

impl Sink for MqttSink {
    fn publish(&mut self, publications: &[Publication]) -> Result<(), SinkError> {
        for publication in publications {
            self.wait(|queue| queue.messages.len() < MOST_WAITING || queue.closed)?;
            let message = self.message(publication);
            self.shared.queue().messages.push_back(message);
            self.shared.wake.notify_one();
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.wait(|queue| queue.messages.is_empty())
    }

    fn waiting(&self) -> usize {
        self.shared.queue().messages.len()
    }

    fn reconnects(&self) -> u64 {
        self.shared.queue().connections.saturating_sub(1)
    }
}

impl Drop for MqttSink {
    fn drop(&mut self) {
        self.shared.queue().closed = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // Its panic, if any, has been printed; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

/// Delivers messages over one connection after the other.
async fn deliver(broker: &BrokerSettings, shared: &Shared) {
    let mut wait = FIRST_WAIT;
    loop {
        let (client, connection) = Connection::new(broker);
        let began = shared.queue().messages.len();
        let problem = match over(connection, &client, shared).await {
            None => return,
            Some(problem) => problem,
        };
        if lost(shared, problem, began) {
            wait = FIRST_WAIT;
        }
        if shared.queue().closed {
            return;
        }
        let closing = async {
            while !shared.queue().closed {
                shared.wake.notified().await;
            }
        };
        if tokio::time::timeout(wait, closing).await.is_ok() {
            return;
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Notes that the connection is lost: what was on its way starts again. Says
/// whether it has brought the queue below the `began` messages it found.
fn lost(shared: &Shared, problem: String, began: usize) -> bool {
    let mut queue = shared.queue();
    queue.sent = 0;
    queue.trouble = Some(problem);
    queue.messages.len() < began
}

/// Delivers over one connection; `None` when the sink is closed, else what went
/// wrong.
async fn over(mut connection: Connection, client: &Client, shared: &Shared) -> Option<String> {
    let mut connected = false;
    // Packet numbers in the order of sending, and whether each is acknowledged.
    let mut numbers: VecDeque<(u16, bool)> = VecDeque::new();
    loop {
        if connected && let Err(problem) = send(client, shared) {
            return Some(problem);
        }
        let mut next = pin!(connection.next());
        let incident = loop {
            let closed = shared.queue().closed;
            if closed {
                client.disconnect();
                let _ = tokio::time::timeout(FIRST_WAIT, &mut next).await;
                return None;
            }
            tokio::select! {
                incident = &mut next => break incident,
                () = shared.wake.notified() => {
                    if connected && let Err(problem) = send(client, shared) {
                        return Some(problem);
                    }
                }
            }
        };
        match incident {
            Err(problem) => return Some(problem.to_string()),
            Ok(Incident::Connected { .. }) => {
                connected = true;
                let mut queue = shared.queue();
                queue.connections += 1;
                queue.trouble = None;
            }
            Ok(Incident::Sent(number)) => numbers.push_back((number, false)),
            Ok(Incident::Acknowledged(number)) => {
                if let Some(entry) = numbers
                    .iter_mut()
                    .find(|(other, done)| *other == number && !done)
                {
                    entry.1 = true;
                }
                let mut queue = shared.queue();
                while numbers.front().is_some_and(|(_, done)| *done) {
                    numbers.pop_front();
                    queue.messages.pop_front();
                    queue.sent = queue.sent.saturating_sub(1);
                }
                drop(queue);
                shared.changed.notify_all();
            }
            Ok(_) => {}
        }
    }
}

/// Sends what waits, as far as there may be on its way.
fn send(client: &Client, shared: &Shared) -> Result<(), String> {
    let mut queue = shared.queue();
    while queue.sent < MOST_IN_FLIGHT
        && let Some(message) = queue.messages.get(queue.sent)
    {
        client.publish(&message.topic, message.payload.clone(), message.retain)?;
        queue.sent += 1;
    }
    Ok(())
}
