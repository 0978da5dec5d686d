//! Which twin and which channels a store is opened for.

use std::collections::{BTreeMap, BTreeSet};

use super::error::StoreError;
use super::row::Row;
use crate::quantity::{Epoch, SimTime};
use crate::telemetry::Sample;
use crate::twin::Twin;

/// What a store has to know of its twin.
#[derive(Clone, Debug, PartialEq)]
pub struct StoreDescription {
    /// Id of the twin.
    pub twin: String,
    /// The instant that simulation time zero stands for. The store keeps
    /// calendar times, so a document may change its epoch.
    pub epoch: Epoch,
    /// The channels, by position in the document.
    pub channels: Vec<StoreChannel>,
}

/// A channel, as a store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreChannel {
    /// Its id.
    pub id: String,
    /// UCUM code of the SI unit that its values are in.
    pub unit: String,
}

impl From<&Twin> for StoreDescription {
    fn from(twin: &Twin) -> Self {
        Self {
            twin: twin.id.clone(),
            epoch: twin.epoch,
            channels: twin
                .channels
                .iter()
                .map(|channel| StoreChannel {
                    id: channel.id.clone(),
                    unit: channel.unit.dimension().si_code(),
                })
                .collect(),
        }
    }
}

/// A channel in the catalogue. Its number never changes, whatever its place in
/// the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownChannel {
    pub id: String,
    pub unit: String,
}

/// Translates between the document (positions, time since the epoch) and the
/// store (numbers, time since 1970).
#[derive(Clone, Debug)]
pub(super) struct Translation {
    /// Number in the store, by position in the document.
    numbers: Vec<u32>,
    /// All channels of the store, by number.
    pub known: Vec<KnownChannel>,
    /// The epoch \[ns since 1970].
    epoch: i128,
}

impl Translation {
    /// Finds each channel of the description among those `known`; those that
    /// are missing get the next numbers and are returned beside.
    pub fn new(
        description: &StoreDescription,
        mut known: Vec<KnownChannel>,
    ) -> Result<(Self, Vec<(u32, KnownChannel)>), StoreError> {
        let mut by_id: BTreeMap<String, u32> = known
            .iter()
            .enumerate()
            .map(|(number, channel)| (channel.id.clone(), number as u32))
            .collect();
        let mut numbers = Vec::with_capacity(description.channels.len());
        let mut named = BTreeSet::new();
        let mut added = Vec::new();
        for channel in &description.channels {
            let number = match by_id.get(&channel.id) {
                Some(number) => {
                    let stored = &known[*number as usize];
                    if stored.unit != channel.unit {
                        return Err(StoreError::UnitChanged {
                            channel: channel.id.clone(),
                            stored: stored.unit.clone(),
                            now: channel.unit.clone(),
                        });
                    }
                    *number
                }
                None => {
                    let number = known.len() as u32;
                    let channel = KnownChannel {
                        id: channel.id.clone(),
                        unit: channel.unit.clone(),
                    };
                    by_id.insert(channel.id.clone(), number);
                    known.push(channel.clone());
                    added.push((number, channel));
                    number
                }
            };
            if !named.insert(number) {
                return Err(StoreError::ChannelTwice {
                    channel: channel.id.clone(),
                });
            }
            numbers.push(number);
        }
        let translation = Self {
            numbers,
            known,
            epoch: description.epoch.start().as_nanosecond(),
        };
        Ok((translation, added))
    }

    /// The store's number of the channel at `position`.
    pub fn number(&self, position: u32) -> Result<u32, StoreError> {
        self.numbers
            .get(position as usize)
            .copied()
            .ok_or(StoreError::UnknownChannel {
                position,
                count: self.numbers.len(),
            })
    }

    /// A row as a sample of the document; `None` where the document has no such
    /// channel any more.
    pub fn sample(&self, row: &Row) -> Option<Sample> {
        let has = |number: &u32| *number == row.channel;
        let position = self.numbers.iter().position(has)?;
        Some(self.sample_of(row, u32::try_from(position).ok()?))
    }

    /// A row as a sample of the channel at a position of the document.
    pub fn sample_of(&self, row: &Row, channel: u32) -> Sample {
        Sample {
            channel,
            time: self.sim_time(row.time),
            received: self.sim_time(row.received),
            sequence: row.sequence,
            source_sequence: row.source_sequence,
            value: row.value,
            quality: row.quality,
        }
    }

    /// Nanoseconds since 1970.
    pub fn calendar(&self, time: SimTime) -> Result<i64, StoreError> {
        i64::try_from(self.epoch + i128::from(time.nanoseconds())).map_err(|_| {
            StoreError::TimeOutOfRange {
                nanoseconds: time.nanoseconds(),
            }
        })
    }

    /// Nanoseconds since 1970, or the nearest that can be stored.
    pub fn calendar_saturating(&self, time: SimTime) -> i64 {
        saturate(self.epoch + i128::from(time.nanoseconds()))
    }

    /// Time since the epoch; saturates.
    pub fn sim_time(&self, calendar: i64) -> SimTime {
        SimTime::from_nanoseconds(saturate(i128::from(calendar) - self.epoch))
    }
}

/// The nearest number that 64 bits hold.
pub(super) fn saturate(wide: i128) -> i64 {
    wide.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}
