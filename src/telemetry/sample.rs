//! What a sensor sent, and what was thought of it.

use std::fmt;

use crate::quantity::SimTime;

/// One reading of one channel, as it was received.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Position of the channel in the document.
    pub channel: u32,
    /// When it was measured, by the source's own clock.
    pub time: SimTime,
    /// When it was received, by the receiver's clock. For a file this is the
    /// event time, unless the file says when it was received.
    pub received: SimTime,
    /// Its place in the order of reception over all channels; unique in a store,
    /// from 1.
    pub sequence: u64,
    /// The number that the source gave it, where it numbers its samples.
    pub source_sequence: Option<u64>,
    /// The value \[SI]; finite.
    pub value: f64,
    /// What the source says of it.
    pub quality: SourceQuality,
}

/// What a source says of a sample's quality, in its own words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceQuality {
    /// Nothing.
    #[default]
    None,
    /// An OPC UA status code (OPC 10000-4, 7.39); the two highest bits are its
    /// severity: 0 good, 1 uncertain, 2 bad.
    OpcUa(u32),
    /// A Sparkplug B quality: 192 good, 0 bad, 500 stale.
    Sparkplug(i32),
}

/// The flags of QARTOD (U.S. Integrated Ocean Observing System, "Manual for
/// Real-Time Oceanographic Data Quality Control Flags", 2020).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Flag {
    /// 1: passed every rule that was evaluated.
    Good = 1,
    /// 2: no rule was evaluated.
    #[default]
    NotEvaluated = 2,
    /// 3: of interest or doubtful.
    Suspect = 3,
    /// 4: failed.
    Fail = 4,
    /// 9: there is no sample where one was due.
    Missing = 9,
}

impl Flag {
    /// The number that stands for it in files.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The flag of a number in a file.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Good),
            2 => Some(Self::NotEvaluated),
            3 => Some(Self::Suspect),
            4 => Some(Self::Fail),
            9 => Some(Self::Missing),
            _ => None,
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::NotEvaluated => "not evaluated",
            Self::Suspect => "suspect",
            Self::Fail => "fail",
            Self::Missing => "missing",
        })
    }
}

/// The rules that a sample can break. The number is its place in [`Rules`] and
/// in files; it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Rule {
    /// The source itself doubts it.
    SourceQuality = 0,
    /// Outside the physical range, or outside that of normal operation.
    GrossRange = 1,
    /// Faster than the contract's rate of change.
    RateOfChange = 2,
    /// The same value for longer than the contract's stuck limit.
    FlatLine = 3,
    /// Nothing came where a sample was due.
    Missing = 4,
    /// Later than the contract allows.
    Late = 5,
    /// A sample of this time and value is there already.
    Duplicate = 6,
    /// A sample of this time with another value is there already.
    Conflict = 7,
    /// The source sent it after one that is younger.
    OutOfOrder = 8,
    /// It looks like a reading in another unit.
    UnitSuspicion = 9,
    /// Channels that have to agree do not.
    Balance = 10,
    /// It has drifted away from the model.
    Drift = 11,
    /// The source's clock has jumped.
    ClockJump = 12,
    /// A person kept it aside, or released it.
    Released = 13,
}

impl Rule {
    /// All of them, in order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::SourceQuality,
        Self::GrossRange,
        Self::RateOfChange,
        Self::FlatLine,
        Self::Missing,
        Self::Late,
        Self::Duplicate,
        Self::Conflict,
        Self::OutOfOrder,
        Self::UnitSuspicion,
        Self::Balance,
        Self::Drift,
        Self::ClockJump,
        Self::Released,
    ];
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SourceQuality => "source quality",
            Self::GrossRange => "gross range",
            Self::RateOfChange => "rate of change",
            Self::FlatLine => "flat line",
            Self::Missing => "missing",
            Self::Late => "late",
            Self::Duplicate => "duplicate",
            Self::Conflict => "conflicting duplicate",
            Self::OutOfOrder => "out of order",
            Self::UnitSuspicion => "unit suspicion",
            Self::Balance => "balance",
            Self::Drift => "drift",
            Self::ClockJump => "clock jump",
            Self::Released => "released",
        })
    }
}

/// A set of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rules(u32);

impl Rules {
    /// No rule.
    pub const NONE: Self = Self(0);

    /// The set of a number in a file; bits that stand for no rule are dropped.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & ((1 << Rule::ALL.len()) - 1))
    }

    /// The number that stands for it in files: bit `n` is the rule of number `n`.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// This set and `rule`.
    #[must_use]
    pub const fn with(self, rule: Rule) -> Self {
        Self(self.0 | 1 << rule as u8)
    }

    /// Whether `rule` is in it.
    #[must_use]
    pub const fn contains(self, rule: Rule) -> bool {
        self.0 & (1 << rule as u8) != 0
    }

    /// Whether it is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its rules, in order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        Rule::ALL
            .into_iter()
            .filter(move |rule| self.contains(*rule))
    }
}

impl FromIterator<Rule> for Rules {
    fn from_iter<T: IntoIterator<Item = Rule>>(rules: T) -> Self {
        rules.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, rule) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{rule}")?;
        }
        Ok(())
    }
}

/// What becomes of a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Disposition {
    /// It takes part.
    #[default]
    Accepted = 0,
    /// It is kept aside for good.
    KeptAside = 1,
    /// It is kept aside until a person releases it.
    Quarantined = 2,
    /// It is kept aside, and the last good value stands in its place.
    Held = 3,
}

/// What was thought of a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Verdict {
    /// The worst of what the rules say.
    pub flag: Flag,
    /// The rules it broke; empty when it is good or was not evaluated.
    pub rules: Rules,
    /// What becomes of it.
    pub disposition: Disposition,
}

/// A sample with its verdict.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// The sample.
    pub sample: Sample,
    /// What was thought of it.
    pub verdict: Verdict,
}
