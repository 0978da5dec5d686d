//! The contract of a channel, compiled: numbers in SI and defaults filled in.

use super::problem::TelemetryProblem;
use super::sample::SourceQuality;
use crate::quantity::{SimDuration, Unit};
use crate::twin::{
    Aggregation, ChannelRole, OnFailure, QualityMeaning, Twin, VariableIndex, VariableTable,
};

/// What the samples of one channel have to be like.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelContract {
    /// Position of the channel in the document.
    pub channel: u32,
    /// Id of the channel.
    pub id: String,
    /// The variable that it drives or measures.
    pub variable: VariableIndex,
    /// Whether it drives or measures.
    pub role: ChannelRole,
    /// Unit of its samples in documents, files and messages.
    pub unit: Unit,
    /// Expected time between samples.
    pub period: Option<SimDuration>,
    /// How far the time between two samples may be from the period; half of the
    /// period where the document says nothing.
    pub jitter: SimDuration,
    /// How long after younger samples one may arrive and still take part.
    pub lateness: SimDuration,
    /// Physical range, both ends included \[SI]; outside fails. For a channel
    /// that drives the model also within what the model takes.
    pub physical: (f64, f64),
    /// Range of normal operation, both ends included \[SI]; outside is suspect.
    pub operational: (f64, f64),
    /// Largest change per time \[SI per second].
    pub rate: Option<f64>,
    /// Smallest step of the sensor \[SI]; zero where it is not known.
    pub resolution: f64,
    /// How long the value may stay the same.
    pub stuck: Option<SimDuration>,
    /// Largest lasting distance from the model \[SI].
    pub drift: Option<f64>,
    /// How samples stand for a step.
    pub aggregation: Aggregating,
    /// What the source's quality codes mean.
    pub quality: QualityCodes,
    /// What becomes of a sample that fails.
    pub on_failure: OnFailure,
}

/// How samples stand for a step; [`Aggregation`] in SI.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregating {
    /// The last sample of the step.
    Instant,
    /// A straight line between the samples around the end of the step.
    Linear,
    /// The mean over the step, each sample holding until the next.
    Mean,
    /// The mean rate of a counter over the step.
    Total {
        /// Where the counter starts again from zero \[SI].
        rollover: Option<f64>,
    },
}

impl ChannelContract {
    /// The contract of the channel at this position in the document.
    ///
    /// # Errors
    /// When the channel's variable does not exist, which loading a document
    /// rules out.
    ///
    /// # Panics
    /// When there is no channel at this position.
    pub fn new(
        twin: &Twin,
        variables: &VariableTable,
        position: usize,
    ) -> Result<Self, TelemetryProblem> {
        let channel = &twin.channels[position];
        let variable =
            variables
                .find(&channel.variable)
                .ok_or_else(|| TelemetryProblem::Channel {
                    channel: channel.id.clone(),
                    variable: channel.variable.clone(),
                })?;
        let contract = &channel.contract;
        let aggregation = match &contract.aggregation {
            Aggregation::Instant => Aggregating::Instant,
            Aggregation::Linear => Aggregating::Linear,
            Aggregation::Mean => Aggregating::Mean,
            Aggregation::Total { rollover } => Aggregating::Total {
                rollover: rollover.as_ref().map(|one| one.difference_si()),
            },
        };
        let ends = |range: &Option<(crate::quantity::Quantity, crate::quantity::Quantity)>| {
            range
                .as_ref()
                .map_or((f64::NEG_INFINITY, f64::INFINITY), |(low, high)| {
                    (low.si(), high.si())
                })
        };
        let mut physical = ends(&channel.range);
        if channel.role == ChannelRole::Input && !matches!(aggregation, Aggregating::Total { .. }) {
            // What the model cannot be given is no sample either.
            let bounds = variables.get(variable).bounds;
            physical = (physical.0.max(bounds.low), physical.1.min(bounds.high));
        }
        let period = channel.period.filter(|period| period.is_positive());
        let half = |period: SimDuration| SimDuration::from_nanoseconds(period.nanoseconds() / 2);
        Ok(Self {
            channel: u32::try_from(position).unwrap_or(u32::MAX),
            id: channel.id.clone(),
            variable,
            role: channel.role,
            unit: channel.unit.clone(),
            period,
            jitter: contract
                .jitter
                .or(period.map(half))
                .unwrap_or(SimDuration::ZERO)
                .max(SimDuration::ZERO),
            lateness: contract
                .lateness
                .unwrap_or(SimDuration::ZERO)
                .max(SimDuration::ZERO),
            physical,
            operational: ends(&contract.operational),
            rate: contract.rate.as_ref().map(|one| one.difference_si()),
            resolution: contract
                .resolution
                .as_ref()
                .map_or(0.0, |one| one.difference_si()),
            stuck: contract.stuck.filter(|stuck| stuck.is_positive()),
            drift: contract.drift.as_ref().map(|one| one.difference_si()),
            aggregation,
            quality: QualityCodes::new(&contract.quality_codes),
            on_failure: contract.on_failure,
        })
    }

    /// The contracts of all channels, in the order of the document.
    ///
    /// # Errors
    /// As [`ChannelContract::new`].
    pub fn all(twin: &Twin, variables: &VariableTable) -> Result<Vec<Self>, TelemetryProblem> {
        (0..twin.channels.len())
            .map(|position| Self::new(twin, variables, position))
            .collect()
    }

    /// The longest time between two samples that is no gap: period and jitter.
    /// `None` where no period is agreed.
    #[must_use]
    pub fn longest_pause(&self) -> Option<SimDuration> {
        self.period.map(|period| period + self.jitter)
    }

    /// Whether any rule looks at the value of a sample, so that one that breaks
    /// none is good and not merely unexamined.
    #[must_use]
    pub fn examines_values(&self) -> bool {
        let bounded = |(low, high): (f64, f64)| low.is_finite() || high.is_finite();
        bounded(self.physical)
            || bounded(self.operational)
            || self.rate.is_some()
            || self.stuck.is_some()
    }
}

/// What the quality codes of a source mean: those of the document first, then
/// those of the source's standard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QualityCodes {
    numbers: Vec<(i64, QualityMeaning)>,
    severities: [Option<QualityMeaning>; 3],
    words: Vec<(String, QualityMeaning)>,
}

impl QualityCodes {
    fn new(codes: &std::collections::BTreeMap<String, QualityMeaning>) -> Self {
        let mut compiled = Self::default();
        for (code, meaning) in codes {
            let text = code.trim();
            let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                Some(digits) => i64::from_str_radix(digits, 16).ok(),
                None => text.parse().ok(),
            };
            match (number, text) {
                (Some(number), _) => compiled.numbers.push((number, *meaning)),
                (None, "good") => compiled.severities[0] = Some(*meaning),
                (None, "uncertain") => compiled.severities[1] = Some(*meaning),
                (None, "bad") => compiled.severities[2] = Some(*meaning),
                (None, word) => compiled.words.push((word.to_owned(), *meaning)),
            }
        }
        compiled
    }

    /// What a code says of its sample; `None` where there is no code.
    ///
    /// OPC UA: the two highest bits are the severity, 0 good, 1 uncertain, 2
    /// bad; 3 is reserved and counts as bad (OPC 10000-4, 7.39). Sparkplug B:
    /// 192 good, 500 stale, which is uncertain, all else bad (Sparkplug 3.0,
    /// 6.4.8).
    #[must_use]
    pub fn meaning(&self, quality: SourceQuality) -> Option<QualityMeaning> {
        let (number, standard) = match quality {
            SourceQuality::None => return None,
            SourceQuality::OpcUa(code) => (
                i64::from(code),
                match code >> 30 {
                    0 => QualityMeaning::Good,
                    1 => QualityMeaning::Uncertain,
                    _ => QualityMeaning::Bad,
                },
            ),
            SourceQuality::Sparkplug(code) => (
                i64::from(code),
                match code {
                    192 => QualityMeaning::Good,
                    500 => QualityMeaning::Uncertain,
                    _ => QualityMeaning::Bad,
                },
            ),
        };
        let own = self.numbers.iter().find(|(code, _)| *code == number);
        let severity = match standard {
            QualityMeaning::Good => 0,
            QualityMeaning::Uncertain => 1,
            QualityMeaning::Bad => 2,
        };
        Some(own.map_or_else(
            || self.severities[severity].unwrap_or(standard),
            |(_, meaning)| *meaning,
        ))
    }

    /// The quality of a word that the source wrote, as the OPC UA code of the
    /// severity that the document gives it, so that a sample can carry it.
    /// `None` where the document does not have the word.
    #[must_use]
    pub fn of_word(&self, word: &str) -> Option<SourceQuality> {
        let (_, meaning) = self.words.iter().find(|(known, _)| known == word.trim())?;
        Some(SourceQuality::OpcUa(match meaning {
            QualityMeaning::Good => 0,
            QualityMeaning::Uncertain => 1 << 30,
            QualityMeaning::Bad => 2 << 30,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(pairs: &[(&str, QualityMeaning)]) -> QualityCodes {
        let map = pairs
            .iter()
            .map(|(code, meaning)| ((*code).to_owned(), *meaning));
        QualityCodes::new(&map.collect())
    }

    #[test]
    fn standard_codes_mean_what_their_standards_say() {
        use QualityMeaning::{Bad, Good, Uncertain};
        let none = QualityCodes::default();
        assert_eq!(none.meaning(SourceQuality::None), None);
        for (quality, meaning) in [
            (SourceQuality::OpcUa(0), Good),
            // GoodClamped, UncertainLastUsableValue, BadSensorFailure.
            (SourceQuality::OpcUa(0x0030_0000), Good),
            (SourceQuality::OpcUa(0x4090_0000), Uncertain),
            (SourceQuality::OpcUa(0x808C_0000), Bad),
            (SourceQuality::Sparkplug(192), Good),
            (SourceQuality::Sparkplug(0), Bad),
            (SourceQuality::Sparkplug(500), Uncertain),
        ] {
            assert_eq!(none.meaning(quality), Some(meaning), "{quality:?}");
        }
    }

    #[test]
    fn the_documents_own_codes_go_first() {
        use QualityMeaning::{Bad, Good, Uncertain};
        let own = codes(&[("0x808C0000", Uncertain), ("uncertain", Bad), ("500", Good)]);
        assert_eq!(
            own.meaning(SourceQuality::OpcUa(0x808C_0000)),
            Some(Uncertain)
        );
        assert_eq!(own.meaning(SourceQuality::OpcUa(0x4090_0000)), Some(Bad));
        assert_eq!(own.meaning(SourceQuality::Sparkplug(500)), Some(Good));
        let words = codes(&[("FAULT", Bad)]);
        assert_eq!(
            words.of_word("FAULT"),
            Some(SourceQuality::OpcUa(0x8000_0000))
        );
        assert_eq!(words.of_word("OK"), None);
    }
}
