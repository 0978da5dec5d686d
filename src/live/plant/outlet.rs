//! Where a plant's emissions go.

use std::io::{self, Write};

use super::emission::Emission;
use crate::quantity::Epoch;
use crate::telemetry::SourceQuality;
use crate::twin::{Channel, Twin};

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

/// What a source says of quality, as text: nothing, an OPC UA code in
/// hexadecimal, a Sparkplug code in decimal.
fn quality_text(quality: SourceQuality) -> String {
    match quality {
        SourceQuality::None => String::new(),
        SourceQuality::OpcUa(code) => format!("0x{code:08X}"),
        SourceQuality::Sparkplug(code) => code.to_string(),
    }
}

/// The emission as a JSON message:
/// `{"value":21.4,"time":"2024-01-01T00:00:00Z","sequence":1,"unit":"Cel"}`,
/// with `"quality"`, a number, where the source says one.
#[must_use]
pub fn payload_of(emission: &Emission, epoch: Epoch) -> String {
    let mut message = serde_json::json!({
        "value": emission.value,
        "time": epoch.instant(emission.time).to_string(),
        "sequence": emission.source_sequence,
        "unit": emission.unit.code(),
    });
    match emission.quality {
        SourceQuality::None => {}
        SourceQuality::OpcUa(code) => message["quality"] = code.into(),
        SourceQuality::Sparkplug(code) => message["quality"] = code.into(),
    }
    message.to_string()
}
