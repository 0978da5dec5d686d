//! Where a plant's emissions go.

use super::emission::Emission;
use crate::telemetry::sink::{Publication, PublishedSample, Sink, SinkError};
use crate::twin::Channel;

/// Emissions that wait to be handed on together.
const MOST_WAITING: usize = 1024;

/// Why an emission could not be handed on.
#[derive(Debug, thiserror::Error)]
pub enum OutletError {
    /// Nobody reads any more, as behind `| head`. No fault.
    #[error("nobody reads any more")]
    Closed,
    /// The file, the stream or the other side failed.
    #[error(transparent)]
    Sink(SinkError),
}

impl From<SinkError> for OutletError {
    fn from(error: SinkError) -> Self {
        match error {
            SinkError::NobodyReads => Self::Closed,
            other => Self::Sink(other),
        }
    }
}

/// Takes a plant's emissions in the order of reception, and hands them to a
/// sink: a table, a broker, a server.
pub struct PlantOutlet {
    sink: Box<dyn Sink>,
    waiting: Vec<Publication>,
}

impl PlantOutlet {
    /// An outlet into `sink`.
    pub fn new(sink: impl Sink + 'static) -> Self {
        Self {
            sink: Box::new(sink),
            waiting: Vec::with_capacity(MOST_WAITING),
        }
    }

    /// Hands one on. May wait until the other side has room.
    ///
    /// # Errors
    /// When it cannot be handed on; the plant stops then.
    pub fn emit(&mut self, emission: &Emission, channel: &Channel) -> Result<(), OutletError> {
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

    /// Makes sure that all that was handed on has left. Called before the plant
    /// waits and at its end.
    ///
    /// # Errors
    /// As [`emit`](Self::emit).
    pub fn flush(&mut self) -> Result<(), OutletError> {
        self.sink.publish(&self.waiting)?;
        self.waiting.clear();
        Ok(self.sink.flush()?)
    }
}
