//! Where a twin's states and alarms, or a simulated plant's samples, go.
//!
//! A [`Sink`] takes [`Publication`]s in the order in which they are to appear.
//! What a sink writes, the source of the same kind reads back.

mod csv_file;
mod http;
mod mqtt;
mod parquet_file;

pub use self::csv_file::CsvSink;
pub use self::http::{HttpSink, HttpSinkSettings};
pub use self::mqtt::{MqttSink, MqttSinkSettings};
pub use self::parquet_file::ParquetSink;

use super::mqtt::MqttProblem;
use super::sample::{Flag, SourceQuality};
use super::tls::TlsProblem;
use crate::quantity::SimTime;

/// Something to be published.
#[derive(Clone, Debug, PartialEq)]
pub enum Publication {
    /// A value of a channel or a variable.
    Sample(PublishedSample),
    /// An alarm that has begun or ended.
    Alarm(PublishedAlarm),
}

/// A value of a channel or a variable.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedSample {
    /// Id of the channel, or name of the variable.
    pub channel: String,
    /// When it was measured or holds.
    pub time: SimTime,
    /// When it left; what a receiver's clock would say without any delay.
    pub received: SimTime,
    /// The value in `unit`.
    pub value: f64,
    /// UCUM code of the unit.
    pub unit: String,
    /// The sender's own number.
    pub sequence: Option<u64>,
    /// What the sender says of it.
    pub quality: SourceQuality,
}

/// An alarm that has begun or ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedAlarm {
    /// Unique name of the alarm.
    pub id: String,
    /// When it began or ended.
    pub time: SimTime,
    /// Whether it has begun.
    pub active: bool,
    /// Id of the channel that it is about.
    pub channel: String,
    /// The rule that is broken: `flat line`.
    pub reason: String,
    /// How bad it is.
    pub flag: Flag,
    /// What it says, for people.
    pub text: String,
}

/// A place that publications go to.
pub trait Sink: Send {
    /// Takes publications. They may still be on their way when it returns, see
    /// [`flush`](Self::flush); a sink that cannot keep up makes the caller wait.
    ///
    /// # Errors
    /// When they cannot be taken; those taken before stay.
    fn publish(&mut self, publications: &[Publication]) -> Result<(), SinkError>;

    /// Waits until everything that was taken has arrived where it lasts: on the
    /// disk, at the broker, at the server.
    ///
    /// # Errors
    /// When it has not.
    fn flush(&mut self) -> Result<(), SinkError>;

    /// Publications that were taken and are kept until they arrive. After an
    /// error of [`flush`](Self::flush) another one tries them again; none means
    /// that there is nothing to try, and what was taken is lost.
    fn waiting(&self) -> usize {
        0
    }

    /// Connections after the first, where it holds one.
    fn reconnects(&self) -> u64 {
        0
    }
}

/// What can go wrong with a sink.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// A file or the standard output cannot be written.
    #[error("`{path}` cannot be written: {problem}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        problem: String,
    },
    /// The other end of a pipe is closed, as behind `| head`.
    #[error("nobody reads any more")]
    NobodyReads,
    /// The connection to a broker.
    #[error("{0}")]
    Mqtt(#[from] MqttProblem),
    /// The set-up of encryption.
    #[error("{0}")]
    Tls(#[from] TlsProblem),
    /// A server does not take what it is sent.
    #[error("`{url}` {problem}")]
    Http {
        /// The address.
        url: String,
        /// What went wrong, as the end of a sentence.
        problem: String,
    },
    /// The sink has been closed, or its thread has ended.
    #[error("the sink is closed: {problem}")]
    Closed {
        /// Why.
        problem: String,
    },
    /// The system gives no thread or no event loop.
    #[error("the system gives no {what}: {problem}")]
    System {
        /// What was asked for.
        what: &'static str,
        /// What it says.
        problem: String,
    },
}
