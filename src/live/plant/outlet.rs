//! Where a plant's emissions go.

use std::io::{self, Write};

use super::emission::Emission;
use crate::quantity::Epoch;
use crate::telemetry::decode::quality_text;
use crate::telemetry::sink::{Publication, PublishedSample, Sink};
use crate::twin::{Channel, Twin};

/// Emissions that wait to be handed on together.
const MOST_WAITING: usize = 1024;

/// Why an emission could not be handed on.
#[derive(Debug, thiserror::Error)]
pub enum OutletError {
    /// The file or stream failed.
    #[error("{name}: {source}; what was written before is whole")]
    Write {
        /// What was written to.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// Nobody reads any more, as behind `| head`. No fault.
    #[error("nobody reads any more")]
    Closed,
    /// The other side failed; says what and what to do.
    #[error("{0}")]
    Peer(String),
}

/// Takes a plant's emissions in the order of reception.
pub trait PlantOutlet {
    /// Hands one on. May wait until the other side has room.
    ///
    /// # Errors
    /// When it cannot be handed on; the plant stops then.
    fn emit(&mut self, emission: &Emission, channel: &Channel) -> Result<(), OutletError>;

    /// Makes sure that all that was handed on has left. Called before the plant
    /// waits and at its end.
    ///
    /// # Errors
    /// As [`emit`](Self::emit).
    fn flush(&mut self) -> Result<(), OutletError>;
}

/// Writes emissions as CSV, one a line:
/// `received,time,channel,value,unit,sequence,quality`. Times are ISO 8601 in
/// UTC; the quality is an OPC UA status code in hexadecimal, empty where the
/// source says nothing.
#[derive(Debug)]
pub struct CsvOutlet<W: Write> {
    writer: csv::Writer<W>,
    epoch: Epoch,
    name: String,
}

impl<W: Write> CsvOutlet<W> {
    /// Begins a file with its header; `name` is for messages.
    ///
    /// # Errors
    /// When the header cannot be written.
    pub fn new(sink: W, twin: &Twin, name: &str) -> Result<Self, OutletError> {
        let mut outlet = Self {
            writer: csv::Writer::from_writer(sink),
            epoch: twin.epoch,
            name: name.to_owned(),
        };
        let header = [
            "received", "time", "channel", "value", "unit", "sequence", "quality",
        ];
        outlet.record(&header)?;
        Ok(outlet)
    }

    fn record(&mut self, fields: &[&str]) -> Result<(), OutletError> {
        self.writer
            .write_record(fields)
            .map_err(|error| failed(&self.name, error.into()))
    }
}

fn failed(name: &str, source: io::Error) -> OutletError {
    if source.kind() == io::ErrorKind::BrokenPipe {
        return OutletError::Closed;
    }
    OutletError::Write {
        name: name.to_owned(),
        source,
    }
}

impl<W: Write> PlantOutlet for CsvOutlet<W> {
    fn emit(&mut self, emission: &Emission, channel: &Channel) -> Result<(), OutletError> {
        let received = self.epoch.instant(emission.received).to_string();
        let time = self.epoch.instant(emission.time).to_string();
        let fields = [
            &received,
            &time,
            &channel.id,
            &emission.value.to_string(),
            emission.unit.code(),
            &emission.source_sequence.to_string(),
            &quality_text(emission.quality),
        ];
        self.record(&fields)
    }

    fn flush(&mut self) -> Result<(), OutletError> {
        self.writer
            .flush()
            .map_err(|source| failed(&self.name, source))
    }
}

/// Hands emissions to a sink: a broker, a server.
pub struct SinkOutlet<S> {
    sink: S,
    waiting: Vec<Publication>,
}

impl<S: Sink> SinkOutlet<S> {
    /// An outlet into `sink`.
    pub fn new(sink: S) -> Self {
        Self {
            sink,
            waiting: Vec::new(),
        }
    }
}

impl<S: Sink> PlantOutlet for SinkOutlet<S> {
    fn emit(&mut self, emission: &Emission, channel: &Channel) -> Result<(), OutletError> {
        self.waiting.push(Publication::Sample(PublishedSample {
            channel: channel.id.clone(),
            time: emission.time,
            received: emission.received,
            value: emission.value,
            unit: emission.unit.code().to_owned(),
            sequence: Some(emission.source_sequence),
            quality: emission.quality,
        }));
        // A plant without a pace sends without end.
        if self.waiting.len() >= MOST_WAITING {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), OutletError> {
        let waiting = std::mem::take(&mut self.waiting);
        self.sink
            .publish(&waiting)
            .and_then(|()| self.sink.flush())
            .map_err(|error| OutletError::Peer(error.to_string()))
    }
}
