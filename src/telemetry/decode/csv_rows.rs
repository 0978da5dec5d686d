//! Readings in CSV text that comes in pieces.
//!
//! Two forms: wide, a time and a column for each channel, as
//! [`read_csv`](crate::telemetry::read_csv) reads it; and long, a row for each
//! sample, told by a header that has both `channel` and `value`:
//! `received,time,channel,value,unit,sequence,quality`.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::directory::{Directory, Instant, Units};
use super::message::{Decoded, Reading};
use super::quality;
use crate::quantity::{SimTime, Unit};
use crate::telemetry::header::{ColumnMapping, Header};
use crate::telemetry::number::{self, Cell, Zoned};
use crate::telemetry::problem::{Reason, TelemetryProblem};
use crate::telemetry::record_limit::LONGEST_RECORD;

/// Bytes at the beginning from which the delimiter is told.
const PREFIX: usize = 1 << 16;

/// When a row counts as received, where it does not say so itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// When it was measured: the row was there before anybody listened.
    WhenMeasured,
    /// Now, by the receiver's clock.
    At(SimTime),
}

/// Reads rows from text that comes in pieces of any size.
#[derive(Debug)]
pub struct CsvRows {
    mappings: Vec<ColumnMapping>,
    place: String,
    /// Text before the first line end, from which the delimiter is told.
    beginning: Option<Vec<u8>>,
    reader: Box<Reader>,
    decimal_comma: bool,
    layout: Option<Layout>,
    output: Vec<u8>,
    written: usize,
    ends: Vec<usize>,
    ended: usize,
    /// Line on which the current record begins, from 1.
    line: u64,
    /// Bytes that were given to the reader.
    given: u64,
    /// Bytes up to the end of the last whole record.
    whole: u64,
    units: Units,
}

#[derive(Debug)]
enum Layout {
    /// With the times of day of the rows so far, which tell the second of two
    /// equal hours from the first.
    Wide(Box<Header>, Zoned),
    Long(Long),
}

/// Positions of the columns of the long form.
#[derive(Debug)]
struct Long {
    fields: usize,
    channel: usize,
    value: usize,
    time: Option<usize>,
    received: Option<usize>,
    unit: Option<usize>,
    sequence: Option<usize>,
    quality: Option<usize>,
}

impl Long {
    fn new(cells: &[String]) -> Option<Self> {
        let find = |names: &[&str]| {
            cells
                .iter()
                .position(|cell| names.contains(&cell.trim().to_lowercase().as_str()))
        };
        Some(Self {
            fields: cells.len(),
            channel: find(&["channel"])?,
            value: find(&["value"])?,
            time: find(&["time", "timestamp", "t"]),
            received: find(&["received"]),
            unit: find(&["unit"]),
            sequence: find(&["source_sequence", "sequence"]),
            quality: find(&["quality"]),
        })
    }
}

impl CsvRows {
    /// Rows of `place`, a name for messages, with column assignments that go
    /// before the document's.
    #[must_use]
    pub fn new(place: &str, mappings: Vec<ColumnMapping>) -> Self {
        Self {
            mappings,
            place: place.to_owned(),
            beginning: Some(Vec::new()),
            reader: Box::new(Reader::new()),
            decimal_comma: false,
            layout: None,
            output: vec![0; 1 << 12],
            written: 0,
            ends: vec![0; 64],
            ended: 0,
            line: 1,
            given: 0,
            whole: 0,
            units: Units::default(),
        }
    }

    /// Takes the next piece of text.
    ///
    /// # Errors
    /// When the header cannot be used, or a record is longer than a mebibyte;
    /// then nothing that follows can be read either.
    pub fn push(
        &mut self,
        text: &[u8],
        received: Received,
        directory: &Directory,
        into: &mut Decoded,
    ) -> Result<(), TelemetryProblem> {
        if text.is_empty() {
            return Ok(());
        }
        let Some(beginning) = &mut self.beginning else {
            return self.records(text, received, directory, into);
        };
        beginning.extend_from_slice(text);
        if beginning.len() < PREFIX && !has_line(beginning) {
            return Ok(());
        }
        self.begin(received, directory, into)
    }

    /// Says that no more text follows: what is there without a line end is a
    /// row too.
    ///
    /// # Errors
    /// As [`push`](Self::push); and when there was no header at all.
    pub fn finish(
        &mut self,
        received: Received,
        directory: &Directory,
        into: &mut Decoded,
    ) -> Result<(), TelemetryProblem> {
        if let Some(beginning) = &self.beginning {
            if beginning.is_empty() {
                return Err(TelemetryProblem::Empty);
            }
            self.begin(received, directory, into)?;
        }
        // An empty piece is the end of the text to the reader.
        self.records(&[], received, directory, into)
    }

    /// Whether a row has begun that has not ended yet.
    #[must_use]
    pub fn is_amid_row(&self) -> bool {
        match &self.beginning {
            Some(beginning) => !beginning.is_empty(),
            None => self.written > 0 || self.ended > 0,
        }
    }

    /// How many bytes of the text have become whole records, header included:
    /// the next row begins there.
    #[must_use]
    pub const fn whole(&self) -> u64 {
        self.whole
    }

    /// The line on which the next row begins, from 1.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// Goes on as if the next row began on this line; for messages.
    pub(in crate::telemetry) fn set_line(&mut self, line: u64) {
        self.line = line;
        self.reader.set_line(line);
    }

    /// Whether the header has been read.
    #[must_use]
    pub const fn has_header(&self) -> bool {
        self.layout.is_some()
    }

    /// What was noticed about the header, one sentence each.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        match &self.layout {
            Some(Layout::Wide(header, _)) => &header.warnings,
            _ => &[],
        }
    }

    /// Tells the delimiter, then reads what is there.
    fn begin(
        &mut self,
        received: Received,
        directory: &Directory,
        into: &mut Decoded,
    ) -> Result<(), TelemetryProblem> {
        let beginning = self.beginning.take().unwrap_or_default();
        if beginning.starts_with(&[0xff, 0xfe]) || beginning.starts_with(&[0xfe, 0xff]) {
            return Err(TelemetryProblem::Encoding);
        }
        let text = beginning
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&beginning);
        self.given = (beginning.len() - text.len()) as u64;
        let prefix = &text[..text.len().min(PREFIX)];
        let delimiter = crate::telemetry::csv::delimiter_of(prefix);
        self.decimal_comma = delimiter != b',';
        *self.reader = ReaderBuilder::new().delimiter(delimiter).build();
        self.records(text, received, directory, into)
    }

    fn records(
        &mut self,
        mut text: &[u8],
        received: Received,
        directory: &Directory,
        into: &mut Decoded,
    ) -> Result<(), TelemetryProblem> {
        let at_end = text.is_empty();
        loop {
            let (result, read, written, ended) = self.reader.read_record(
                text,
                &mut self.output[self.written..],
                &mut self.ends[self.ended..],
            );
            text = &text[read..];
            self.given += read as u64;
            self.written += written;
            self.ended += ended;
            match result {
                ReadRecordResult::InputEmpty => {
                    if !at_end {
                        return Ok(());
                    }
                }
                ReadRecordResult::OutputFull => {
                    if self.output.len() as u64 >= LONGEST_RECORD {
                        return Err(self.too_long());
                    }
                    self.output.resize(self.output.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull => {
                    if self.ends.len() as u64 >= LONGEST_RECORD {
                        return Err(self.too_long());
                    }
                    self.ends.resize(self.ends.len() * 2, 0);
                }
                ReadRecordResult::Record => {
                    let taken = self.record(received, directory, into);
                    self.written = 0;
                    self.ended = 0;
                    self.line = self.reader.line();
                    self.whole = self.given;
                    taken?;
                }
                ReadRecordResult::End => return Ok(()),
            }
        }
    }

    fn too_long(&self) -> TelemetryProblem {
        TelemetryProblem::RecordTooLong(format!(
            "the record that begins at line {} is longer than {LONGEST_RECORD} bytes: a \
             quotation mark is probably not closed",
            self.line
        ))
    }

    fn record(
        &mut self,
        received: Received,
        directory: &Directory,
        into: &mut Decoded,
    ) -> Result<(), TelemetryProblem> {
        let record = Record {
            text: &self.output[..self.written],
            ends: &self.ends[..self.ended],
        };
        let Some(layout) = &mut self.layout else {
            let cells: Vec<String> = (0..record.len())
                .map(|field| String::from_utf8_lossy(record.bytes(field)).into_owned())
                .collect();
            self.layout = Some(match Long::new(&cells) {
                Some(long) => Layout::Long(long),
                None => {
                    let (twin, variables) = (directory.twin(), directory.variables());
                    let header = Header::new(&cells, twin, variables, &self.mappings)?;
                    let zone = Zoned::new(header.zone.clone());
                    Layout::Wide(Box::new(header), zone)
                }
            });
            return Ok(());
        };
        let row = Row {
            record,
            place: &self.place,
            line: self.line,
            received,
            directory,
            decimal_comma: self.decimal_comma,
        };
        match layout {
            Layout::Wide(header, zone) => row.wide(header, zone, into),
            Layout::Long(long) => row.long(long, &mut self.units, into),
        }
        Ok(())
    }
}

/// Whether a text holds a whole line, outside of quotes.
fn has_line(text: &[u8]) -> bool {
    let mut quoted = false;
    text.iter().any(|byte| {
        quoted ^= *byte == b'"';
        *byte == b'\n' && !quoted
    })
}

/// One record: its text without delimiters and where each field ends.
struct Record<'record> {
    text: &'record [u8],
    ends: &'record [usize],
}

impl Record<'_> {
    const fn len(&self) -> usize {
        self.ends.len()
    }

    fn bytes(&self, field: usize) -> &[u8] {
        let Some(end) = self.ends.get(field) else {
            return b"";
        };
        let start = field
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .copied()
            .unwrap_or(0);
        self.text.get(start..*end).unwrap_or(b"")
    }

    /// A field as text; one that is not UTF-8 is no number, no time and no name.
    fn text(&self, field: usize) -> &str {
        std::str::from_utf8(self.bytes(field)).unwrap_or("\u{fffd}")
    }
}

struct Row<'row> {
    record: Record<'row>,
    place: &'row str,
    line: u64,
    received: Received,
    directory: &'row Directory,
    decimal_comma: bool,
}

impl Row<'_> {
    fn refuse(&self, text: &str, reason: impl Into<String>, into: &mut Decoded) {
        let place = format!("{}, line {}", self.place, self.line);
        let received = self.received(SimTime::ZERO);
        into.undecodable(&place, received, text, reason);
    }

    fn received(&self, measured: SimTime) -> SimTime {
        match self.received {
            Received::WhenMeasured => measured,
            Received::At(time) => time,
        }
    }

    /// Whether the row has as many fields as the header; says so if not.
    fn complete(&self, expected: usize, into: &mut Decoded) -> bool {
        let found = self.record.len();
        if found != expected {
            let reason = Reason::FieldCount {
                expected,
                found,
                several_lines: self.record.text.contains(&b'\n'),
            };
            let text = String::from_utf8_lossy(self.record.text);
            self.refuse(&text, format!("has {reason}"), into);
        }
        found == expected
    }

    fn wide(&self, header: &Header, zone: &mut Zoned, into: &mut Decoded) {
        if !self.complete(header.fields, into) {
            return;
        }
        let text = self.record.text(header.time_field);
        let time = number::time(
            text,
            &header.time_unit,
            self.directory.epoch(),
            self.decimal_comma,
            zone,
        );
        let time = match time {
            Ok(time) => time,
            Err(problem) => {
                self.refuse(text, format!("is no time: it {problem}"), into);
                return;
            }
        };
        for column in &header.columns {
            let bytes = self.record.bytes(column.field);
            let value = match number::cell_of(bytes, self.decimal_comma) {
                Cell::Empty => continue,
                Cell::Number(number) => column.unit.to_si(number),
                Cell::NotFinite | Cell::NotANumber => {
                    let text = self.record.text(column.field);
                    self.refuse(text, "is no finite number", into);
                    continue;
                }
            };
            into.reading(Reading {
                channel: column.channel as u32,
                time: Some(time),
                received: self.received(time),
                value,
                source_sequence: None,
                quality: Default::default(),
                redelivered: false,
            });
        }
    }

    fn long(&self, long: &Long, units: &mut Units, into: &mut Decoded) {
        if !self.complete(long.fields, into) {
            return;
        }
        let cell = |field: Option<usize>| {
            field
                .map(|field| self.record.text(field).trim())
                .filter(|text| !text.is_empty())
        };
        let name = self.record.text(long.channel).trim();
        let Some(channel) = self.directory.find(name) else {
            into.unmatched(name);
            return;
        };
        let text = self.record.text(long.value).trim();
        let Cell::Number(value) = number::cell(text, self.decimal_comma) else {
            self.refuse(text, "is no finite number", into);
            return;
        };
        let value = units.convert(value, cell(long.unit), None, channel, self.directory);
        let value = match value {
            Ok(value) => value,
            Err(reason) => {
                self.refuse(text, reason, into);
                return;
            }
        };
        let epoch = self.directory.epoch();
        let mut times = [None; 2];
        for (time, field) in times.iter_mut().zip([long.time, long.received]) {
            if let Some(text) = cell(field) {
                match self.instant(text, epoch) {
                    Ok(read) => *time = Some(read),
                    Err(reason) => {
                        self.refuse(text, reason, into);
                        return;
                    }
                }
            }
        }
        let [time, received] = times;
        let Some(received) = received.or(match self.received {
            Received::WhenMeasured => time,
            Received::At(now) => Some(now),
        }) else {
            self.refuse(text, "has neither a time nor a time of reception", into);
            return;
        };
        let source_sequence = match cell(long.sequence).map(str::parse) {
            None => None,
            Some(Ok(sequence)) => Some(sequence),
            Some(Err(_)) => {
                let text = cell(long.sequence).unwrap_or_default();
                self.refuse(text, "is no sequence number: expected a whole number", into);
                return;
            }
        };
        let quality = match cell(long.quality) {
            None => Default::default(),
            Some(code) => {
                quality::read_or_note(code, channel, self.directory, self.place, received, into)
            }
        };
        into.reading(Reading {
            channel,
            time,
            received,
            value,
            source_sequence,
            quality,
            redelivered: false,
        });
    }

    /// A number counts seconds since the epoch, as in the wide form; larger
    /// ones are Unix time.
    fn instant(&self, text: &str, epoch: crate::quantity::Epoch) -> Result<SimTime, String> {
        match number::cell(text, self.decimal_comma) {
            Cell::Number(number) if number.abs() < 1e8 => number::time(
                text,
                &Unit::known("s"),
                epoch,
                self.decimal_comma,
                &mut Zoned::new(None),
            )
            .map_err(|reason| format!("is no time: it {reason}")),
            _ => Instant::Text(text).resolve(epoch),
        }
    }
}
