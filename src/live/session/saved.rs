//! A session as it stands in a file, and going on from it.
//!
//! The file begins with a line of text that names the format. Then come the length of
//! a header, the header in RON, the rows of the history as binary numbers, and the
//! BLAKE3 digest of all that. Numbers are little-endian.

use std::io::{Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Session;
use crate::inference::{Residual, ResidualStatistics};
use crate::live::error::LiveError;
use crate::live::history::Rows;
use crate::quantity::SimTime;
use crate::simulation::{ProgramVersion, SimulationState};
use crate::twin::{Occurrence, write_atomically};

/// What the first line begins with; the number of the format follows.
const FIRST_LINE: &str = "counterpart state ";

/// Format of the files that this program writes and reads.
const FORMAT: u32 = 1;

/// Bytes of the digest at the end.
const DIGEST: usize = 32;

/// Bytes that a file of this kind can have at most: that many the rows of the longest
/// history take, and as many again.
const LARGEST: u64 = 1 << 30;

/// What a run was asked for that a session does not know.
#[derive(Clone, Copy, Debug)]
pub(in crate::live) struct AskedFor<'a> {
    /// Id of the scenario.
    pub(in crate::live) scenario: Option<&'a str>,
    /// What befalls assets besides.
    pub(in crate::live) what_if: &'a [Occurrence],
}

/// All of a file but the rows.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    program: ProgramVersion,
    /// Digest of the document.
    twin: String,
    /// Digest of the telemetry.
    telemetry: Option<String>,
    scenario: Option<String>,
    what_if: Vec<Occurrence>,
    seed: u64,
    begin: SimTime,
    /// Digest of all values at the beginning: parameters and initial states.
    start: String,
    /// Residuals so far, channel by channel.
    residuals: Vec<Vec<(SimTime, f64)>>,
    /// Steps from row to row, and rows that were offered to the history.
    stride: u64,
    seen: u64,
    rows: usize,
    /// Values of a row.
    width: usize,
    simulation: SimulationState,
}

impl Session {
    /// Writes everything that decides how the session goes on, and what it did so far,
    /// into a file, whole or not at all.
    ///
    /// # Errors
    /// When the simulation cannot be written down, or the file cannot be written.
    pub(in crate::live) fn save_state(
        &mut self,
        path: &Path,
        asked_for: AskedFor<'_>,
    ) -> Result<(), LiveError> {
        let at = self.now();
        let simulation = (self.simulation.save_state())
            .map_err(|source| LiveError::Simulation { at, source })?;
        let rows = self.history.rows();
        let header = Header {
            simulation,
            residuals: (self.channels.iter())
                .map(|channel| {
                    let residuals = channel.residuals.iter();
                    residuals.map(|one| (one.time, one.value)).collect()
                })
                .collect(),
            stride: self.history.stride(),
            seen: self.history.seen(),
            rows: rows.len(),
            width: rows.width,
            ..self.header_of_start(asked_for)
        };
        let text = ron::to_string(&header).map_err(|error| LiveError::SavedState {
            path: path.to_owned(),
            problem: format!("the state cannot be written down: {error}"),
        })?;
        let mut bytes = format!("{FIRST_LINE}{FORMAT}\n").into_bytes();
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
        for time in &rows.times {
            bytes.extend(time.nanoseconds().to_le_bytes());
        }
        for value in &rows.values {
            bytes.extend(value.to_le_bytes());
        }
        let digest = blake3::hash(&bytes);
        write_atomically(path, |out| {
            out.write_all(&bytes)?;
            out.write_all(digest.as_bytes())
        })?;
        Ok(())
    }

    /// Goes on from a file that a session of the same run wrote: what it did until then
    /// is what this session did, and what it does from there has the same bits.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or is of another document, scenario,
    /// seed, telemetry, of other parameters or by another version of the program; the
    /// session is then as before, unless the state itself cannot be taken up.
    pub(in crate::live) fn go_on_from(
        &mut self,
        path: &Path,
        asked_for: AskedFor<'_>,
    ) -> Result<(), LiveError> {
        let refuse = |problem: String| LiveError::SavedState {
            path: path.to_owned(),
            problem,
        };
        let bytes = read(path)?;
        let (header, rows) = parse(&bytes).map_err(refuse)?;
        let expected = self.header_of_start(asked_for);
        if let Some(problem) = header.difference_to(&expected) {
            return Err(refuse(problem));
        }
        let now = header.simulation.time;
        if self.end.is_some_and(|end| now > end) || now < self.begin {
            return Err(refuse(format!(
                "the state is at {now}, after the end of this run; choose a longer one with \
                 `--until`"
            )));
        }
        if header.residuals.len() != self.channels.len() || header.width != expected.width {
            return Err(refuse("it is of other telemetry or variables".to_owned()));
        }
        if !(self.history).restore(rows, header.stride, header.seen) {
            return Err(refuse(
                "so long a run keeps other rows than a shorter one did; run it in one go"
                    .to_owned(),
            ));
        }
        // What the plan says up to the last step has been said: what a control has set
        // since stays as it is in the state.
        let last = now - self.simulation.timestep();
        self.simulation.place_at(last.max(self.begin));
        self.cursor.apply(&mut self.simulation);
        (self.simulation.load_state(&header.simulation))
            .map_err(|source| LiveError::Simulation { at: now, source })?;
        for (channel, residuals) in self.channels.iter_mut().zip(header.residuals) {
            channel.statistics = ResidualStatistics::new();
            channel.residuals.clear();
            for (time, value) in residuals {
                channel.residuals.push(Residual { time, value });
                channel.statistics.push(value);
            }
            channel.arrived = channel.times.partition_point(|time| *time <= now);
        }
        self.generation += 1;
        Ok(())
    }

    /// The header of this run before its first step.
    fn header_of_start(&self, asked_for: AskedFor<'_>) -> Header {
        let mut start = blake3::Hasher::new();
        for value in self.start.values() {
            start.update(&value.to_le_bytes());
        }
        Header {
            program: ProgramVersion::default(),
            twin: self.twin_digest.as_ref().to_owned(),
            telemetry: self.telemetry_digest.clone(),
            scenario: asked_for.scenario.map(str::to_owned),
            what_if: asked_for.what_if.to_vec(),
            seed: self.forecast_settings.seed,
            begin: self.begin,
            start: start.finalize().to_hex().to_string(),
            residuals: Vec::new(),
            stride: 1,
            seen: 0,
            rows: 0,
            width: self.variables.len(),
            simulation: SimulationState::default(),
        }
    }
}

impl Header {
    /// In what a saved run differs from the one that is to go on from it.
    fn difference_to(&self, expected: &Self) -> Option<String> {
        let named = |text: &Option<String>| match text {
            None => "none".to_owned(),
            Some(text) => format!("`{text}`"),
        };
        if self.program != expected.program {
            let (saved, this) = (&self.program, &expected.program);
            return Some(format!(
                "the state was saved by {} {} and this is {} {}: results of two versions need not \
                 agree; use that version, or run from the beginning",
                saved.name, saved.version, this.name, this.version
            ));
        }
        if self.twin != expected.twin {
            return Some(
                "the state is of another document, or the document has changed since".to_owned(),
            );
        }
        if self.scenario != expected.scenario {
            return Some(format!(
                "the state is of another scenario: {} in place of {}",
                named(&self.scenario),
                named(&expected.scenario)
            ));
        }
        if self.what_if != expected.what_if {
            return Some(
                "the state is of a run with other what-ifs; give the same `--what-if`".to_owned(),
            );
        }
        if self.seed != expected.seed {
            return Some(format!(
                "the state is of seed {}, and this run has seed {}",
                self.seed, expected.seed
            ));
        }
        if self.telemetry != expected.telemetry || self.begin != expected.begin {
            return Some(
                "the state is of a run over other telemetry, or over none; give the same"
                    .to_owned(),
            );
        }
        (self.start != expected.start).then(|| {
            "the state is of a run with other parameters or initial states; give the same \
             `--parameters` and `--fit`"
                .to_owned()
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, LiveError> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|source| LiveError::File {
            path: path.to_owned(),
            source,
            advice: "give the file that `--save-state` wrote",
        })?;
    Ok(bytes)
}

/// Header and rows of a file.
fn parse(bytes: &[u8]) -> Result<(Header, Rows), String> {
    let no_state = || "this is no saved state; give the file that `--save-state` wrote".to_owned();
    let damaged = || "the file is damaged or not complete; save the state again".to_owned();
    let rest = bytes
        .strip_prefix(FIRST_LINE.as_bytes())
        .ok_or_else(no_state)?;
    let end = rest
        .iter()
        .take(12)
        .position(|byte| *byte == b'\n')
        .ok_or_else(no_state)?;
    let format: u32 = std::str::from_utf8(&rest[..end])
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(no_state)?;
    if format != FORMAT {
        return Err(format!(
            "the state has format {format}, and this program reads format {FORMAT}: use the \
             version of the program that wrote it"
        ));
    }
    let (content, digest) = bytes.split_last_chunk::<DIGEST>().ok_or_else(damaged)?;
    if bytes.len() as u64 > LARGEST || *blake3::hash(content).as_bytes() != *digest {
        return Err(damaged());
    }
    let body = content
        .get(FIRST_LINE.len() + end + 1..)
        .ok_or_else(damaged)?;
    let (length, body) = body.split_first_chunk::<8>().ok_or_else(damaged)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| damaged())?;
    let (text, numbers) = body.split_at_checked(length).ok_or_else(damaged)?;
    let header: Header = ron::de::from_bytes(text)
        .map_err(|error| format!("the header of the state cannot be read: {error}"))?;
    let (words, rest) = numbers.as_chunks::<8>();
    let (times, values) = words.split_at_checked(header.rows).ok_or_else(damaged)?;
    if !rest.is_empty() || header.rows.checked_mul(header.width) != Some(values.len()) {
        return Err(damaged());
    }
    let rows = Rows {
        first: 0,
        width: header.width,
        times: (times.iter())
            .map(|word| SimTime::from_nanoseconds(i64::from_le_bytes(*word)))
            .collect(),
        values: values
            .iter()
            .map(|word| f64::from_le_bytes(*word))
            .collect(),
    };
    Ok((header, rows))
}
