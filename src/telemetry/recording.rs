//! Samples as they were received, to be heard again.

use super::sample::{Sample, SourceQuality};
use crate::quantity::SimTime;

/// Samples in the order of their reception, in columns.
///
/// A file says of a sample its channel, time and value. What only live sources
/// say takes room from the first sample on that says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    channels: Vec<u32>,
    times: Vec<SimTime>,
    values: Vec<f64>,
    told: Vec<Told>,
}

/// What a sample of a live source says beyond time and value.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Told {
    received: SimTime,
    source_sequence: Option<u64>,
    quality: SourceQuality,
}

impl Recording {
    /// Adds the sample that was received next. Its place in the order of
    /// reception is its place here, from 1.
    pub fn push(&mut self, sample: &Sample) {
        let told = Told {
            received: sample.received,
            source_sequence: sample.source_sequence,
            quality: sample.quality,
        };
        let plain = Told::plain(sample.time);
        if !self.told.is_empty() || told != plain {
            let silent = self.times.iter().skip(self.told.len());
            let silent: Vec<_> = silent.map(|time| Told::plain(*time)).collect();
            self.told.extend(silent);
            self.told.push(told);
        }
        self.channels.push(sample.channel);
        self.times.push(sample.time);
        self.values.push(sample.value);
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// The sample at a position, if there is one.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<Sample> {
        let time = *self.times.get(position)?;
        let told = self.told.get(position).copied();
        let told = told.unwrap_or_else(|| Told::plain(time));
        Some(Sample {
            channel: *self.channels.get(position)?,
            time,
            received: told.received,
            sequence: position as u64 + 1,
            source_sequence: told.source_sequence,
            value: *self.values.get(position)?,
            quality: told.quality,
        })
    }
}

impl Told {
    const fn plain(time: SimTime) -> Self {
        Self {
            received: time,
            source_sequence: None,
            quality: SourceQuality::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_heard_again_is_what_was_received(
            samples in proptest::collection::vec(
                (0_u32..3, 0_i64..100, 0_i64..3, -5.0..5.0, any::<Option<u64>>()), 0..40),
        ) {
            let mut recording = Recording::default();
            let mut expected = Vec::new();
            for (channel, time, delay, value, source_sequence) in samples {
                let sample = Sample {
                    channel,
                    time: SimTime::from_nanoseconds(time),
                    received: SimTime::from_nanoseconds(time + delay),
                    sequence: expected.len() as u64 + 1,
                    source_sequence,
                    value,
                    quality: SourceQuality::None,
                };
                recording.push(&sample);
                expected.push(sample);
            }
            let heard: Vec<_> = (0..recording.len()).filter_map(|at| recording.get(at)).collect();
            prop_assert_eq!(heard, expected);
            prop_assert_eq!(recording.get(recording.len()), None);
        }
    }
}
