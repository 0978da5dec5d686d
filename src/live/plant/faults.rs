//! What goes wrong between a plant and whoever listens to it.

use std::path::Path;

use ron::extensions::Extensions;
use serde::{Deserialize, Serialize};

use crate::live::error::LiveError;
use crate::quantity::{Dimension, Quantity, SimDuration, SimTime, Unit};
use crate::twin::{Channel, Intervention, Occurrence, Twin};

/// Largest file of faults that is read, in bytes.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// What goes wrong with a plant, as it stands in a RON file.
///
/// Times count from the moment the plant starts. Faults that overlap all happen,
/// in the order of listing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// What goes wrong with its readings.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// What befalls the system itself and nobody tells the twin: a main that bursts, a
    /// pump that fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contingencies: Vec<Occurrence>,
    /// What else happens to it: a valve that somebody shuts, a leak that grows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Intervention>,
}

/// One thing that goes wrong, for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Ids of the channels it happens to; every channel when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// When it begins, since the plant's start.
    pub from: SimTime,
    /// When it is over, since the plant's start; this instant is not part of it.
    pub to: SimTime,
    /// What happens.
    pub kind: FaultKind,
}

/// What can go wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FaultKind {
    /// Normal noise on top of the sensor's own: `"0.5 K"`.
    Noise {
        /// Its standard deviation, a difference.
        standard_deviation: Quantity,
    },
    /// Single readings are off, each with this chance.
    Spikes {
        /// The difference.
        by: Quantity,
        /// The chance, 0 to 1.
        share: f64,
    },
    /// The sensor reads too high by a constant, too low where it is negative.
    Bias {
        /// The difference.
        by: Quantity,
    },
    /// The sensor's error grows from zero: `"2 K/h"`. It is gone when the fault is over.
    Drift {
        /// Change of the error per time.
        rate: Quantity,
    },
    /// The sensor says again what it said when the fault began.
    Stuck,
    /// Readings are lost, each with this chance; 1 loses all of them, a gap.
    Dropout {
        /// The chance, 0 to 1.
        share: f64,
    },
    /// Readings are held back and arrive together when the fault is over.
    LateBatch,
    /// Readings arrive late, each by `by` and up to `spread` more, and so in
    /// another order where `spread` is longer than the channel's period.
    Delay {
        /// The least delay.
        by: SimDuration,
        /// Length of the interval from which the rest is drawn, uniformly.
        #[serde(default)]
        spread: SimDuration,
    },
    /// Readings are sent twice, each with this chance.
    Duplicate {
        /// The chance, 0 to 1.
        share: f64,
        /// How long after the first the second arrives.
        #[serde(default)]
        after: SimDuration,
    },
    /// The numbers are those of another unit, and the message does not say so.
    UnitChange {
        /// The unit they are in.
        to: Unit,
    },
    /// The source's clock is wrong.
    Clock {
        /// How far it is ahead when the fault begins; behind where it is negative.
        #[serde(default)]
        offset: SimDuration,
        /// How much faster than time it runs: `"200 [ppm]"`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        skew: Option<Quantity>,
    },
    /// The source itself says that its readings are not to be trusted.
    Quality {
        /// Its OPC UA status code; `0x80000000` is bad, `0x40000000` uncertain.
        code: u32,
    },
}

impl FaultKind {
    /// A word for it: `drift`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Noise { .. } => "noise",
            Self::Spikes { .. } => "spikes",
            Self::Bias { .. } => "bias",
            Self::Drift { .. } => "drift",
            Self::Stuck => "stuck",
            Self::Dropout { .. } => "dropout",
            Self::LateBatch => "late batch",
            Self::Delay { .. } => "delay",
            Self::Duplicate { .. } => "duplicate",
            Self::UnitChange { .. } => "unit change",
            Self::Clock { .. } => "clock",
            Self::Quality { .. } => "quality",
        }
    }
}

impl Fault {
    /// Whether it happens at a time since the plant's start.
    #[must_use]
    pub fn is_on(&self, since_start: SimDuration) -> bool {
        let at = SimTime::ZERO + since_start;
        self.from <= at && at < self.to
    }

    /// Whether it happens to this channel.
    #[must_use]
    pub fn concerns(&self, channel: &Channel) -> bool {
        self.channels.is_empty() || self.channels.contains(&channel.id)
    }
}

impl Faults {
    /// Reads a file of faults and holds it against the twin.
    ///
    /// # Errors
    /// When it cannot be read, is no list of faults, or names what the twin does
    /// not have; all that is wrong is listed.
    pub fn read(path: &Path, twin: &Twin) -> Result<Self, LiveError> {
        let file = |source| LiveError::File {
            path: path.to_owned(),
            source,
            advice: "give the path of a RON file of faults, such as `scenes/tclab/faults.ron`",
        };
        let size = std::fs::metadata(path).map_err(file)?.len();
        if size > LARGEST_FILE {
            return Err(LiveError::Request(format!(
                "{}: the file is larger than {} MiB, which no list of faults is; check the path",
                path.display(),
                LARGEST_FILE / (1024 * 1024)
            )));
        }
        let text = std::fs::read_to_string(path).map_err(file)?;
        Self::parse(&text, twin)
            .map_err(|problem| LiveError::Request(format!("{}: {problem}", path.display())))
    }

    /// As [`read`](Self::read), from text.
    ///
    /// # Errors
    /// What is wrong, without the name of the file: line and column where the
    /// text is no list of faults, else one line for every fault that does not fit.
    pub fn parse(text: &str, twin: &Twin) -> Result<Self, String> {
        let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        let faults: Self = options.from_str(text).map_err(|error| error.to_string())?;
        faults.check(twin)?;
        Ok(faults)
    }

    /// Whether every fault fits the twin. Contingencies and events are held against
    /// it when a plant is made.
    ///
    /// # Errors
    /// One line for everything that does not.
    pub fn check(&self, twin: &Twin) -> Result<(), String> {
        let problems: Vec<String> = self
            .faults
            .iter()
            .enumerate()
            .flat_map(|(position, fault)| {
                problems_of(fault, twin).into_iter().map(move |problem| {
                    format!("fault {} ({}): {problem}", position + 1, fault.kind.name())
                })
            })
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems.join("\n"))
        }
    }
}

fn problems_of(fault: &Fault, twin: &Twin) -> Vec<String> {
    let mut problems = Vec::new();
    if fault.from >= fault.to {
        problems.push(format!(
            "it would be over at {}, before it begins at {}; give a later `to`",
            fault.to, fault.from
        ));
    }
    for id in &fault.channels {
        if !twin.channels.iter().any(|channel| channel.id == *id) {
            let known: Vec<String> = twin
                .channels
                .iter()
                .map(|channel| format!("`{}`", channel.id))
                .collect();
            problems.push(format!(
                "there is no channel `{id}`; the twin has {}",
                known.join(", ")
            ));
        }
    }
    for channel in twin.channels.iter().filter(|one| fault.concerns(one)) {
        problems.extend(misfit(&fault.kind, channel));
    }
    problems.extend(out_of_bounds(&fault.kind));
    problems
}

/// What does not fit the channel's unit.
fn misfit(kind: &FaultKind, channel: &Channel) -> Option<String> {
    let dimension = channel.unit.dimension();
    let (what, found, expected) = match kind {
        FaultKind::Noise { standard_deviation } => {
            ("standard_deviation", standard_deviation.unit(), dimension)
        }
        FaultKind::Bias { by } | FaultKind::Spikes { by, .. } => ("by", by.unit(), dimension),
        FaultKind::Drift { rate } => (
            "rate",
            rate.unit(),
            Dimension {
                time: dimension.time - 1,
                ..dimension
            },
        ),
        FaultKind::UnitChange { to } => ("to", to, dimension),
        _ => return None,
    };
    (found.dimension() != expected).then(|| {
        format!(
            "`{what}` is in `{}`, which does not fit channel `{}` in `{}`; expected {expected}",
            found.code(),
            channel.id,
            channel.unit.code()
        )
    })
}

/// What no channel could have.
fn out_of_bounds(kind: &FaultKind) -> Option<String> {
    match kind {
        FaultKind::Dropout { share }
        | FaultKind::Duplicate { share, .. }
        | FaultKind::Spikes { share, .. }
            if !(0.0..=1.0).contains(share) =>
        {
            Some(format!(
                "`share` is {share}; expected a chance from 0 to 1, such as `0.3`"
            ))
        }
        FaultKind::Noise { standard_deviation } if standard_deviation.value() < 0.0 => Some(
            format!("`standard_deviation` is {standard_deviation}; expected one from zero on"),
        ),
        FaultKind::Delay { by, spread } if by.is_negative() || spread.is_negative() => {
            Some("nothing arrives before it is sent; give delays from zero on".to_owned())
        }
        FaultKind::Duplicate { after, .. } if after.is_negative() => {
            Some("the second cannot arrive before the first; give `after` from zero on".to_owned())
        }
        FaultKind::Clock {
            skew: Some(skew), ..
        } if !skew.unit().is_dimensionless() => Some(format!(
            "`skew` is {skew}; expected a plain number, such as `200 [ppm]`"
        )),
        FaultKind::Clock {
            skew: Some(skew), ..
        } if skew.si() <= -1.0 => Some(format!(
            "`skew` is {skew}: the clock would stand still or run backwards; give one above -1"
        )),
        _ => None,
    }
}
