//! Random streams: one per seed, member, asset and purpose.
//!
//! Every draw comes from a ChaCha8 generator whose 256-bit key is the BLAKE3
//! hash of what the draw is for. So a stream does not depend on who draws
//! first, on which thread a member runs, or on what other assets exist: adding
//! a sensor changes nobody else's numbers, and two runs of the same seed that
//! differ in one intervention share all other randomness (common random
//! numbers).

use std::convert::Infallible;

use rand::{Rng, SeedableRng, TryRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// What a stream's numbers are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Draws from stated uncertainties.
    Uncertainty,
    /// Noise of sensors.
    Observation,
    /// Disturbances put into synthesised telemetry.
    Disturbance,
    /// Starting points and other choices of an estimation method.
    Estimation,
    /// Faults put into a plant's telemetry.
    Fault,
    /// Times between arrivals.
    Arrival,
    /// Service times.
    Service,
    /// Times of set-ups.
    SetUp,
    /// Times to failure.
    Failure,
    /// Times of repairs.
    Repair,
    /// Choices of a way.
    Routing,
    /// Whether something is found defective.
    Inspection,
    /// Times to load and unload.
    Handling,
    /// Whether a request fails.
    RequestFailure,
    /// Times from a failed try to the next.
    Retry,
    /// Whether a call is lost on the way.
    CallFailure,
}

impl Purpose {
    /// The tag that goes into the key. Part of what makes old runs repeatable:
    /// a tag is never given another meaning.
    const fn tag(self) -> u8 {
        match self {
            Self::Uncertainty => 1,
            Self::Observation => 2,
            Self::Disturbance => 3,
            Self::Estimation => 4,
            Self::Fault => 5,
            Self::Arrival => 6,
            Self::Service => 7,
            Self::SetUp => 8,
            Self::Failure => 9,
            Self::Repair => 10,
            Self::Routing => 11,
            Self::Inspection => 12,
            Self::Handling => 13,
            Self::RequestFailure => 14,
            Self::Retry => 15,
            Self::CallFailure => 16,
        }
    }
}

/// The stream of `purpose` for `asset` in one member of the run of `seed`.
///
/// `asset` is the id of an asset or, where each of its variables has a stream
/// of its own, the path of the variable.
#[must_use]
pub fn stream(seed: u64, member: u64, asset: &str, purpose: Purpose) -> ChaCha8Rng {
    let mut key = blake3::Hasher::new_derive_key("counterpart random stream 1");
    key.update(&seed.to_le_bytes());
    key.update(&member.to_le_bytes());
    key.update(&[purpose.tag()]);
    // Last and so of any length: no two streams share a key.
    key.update(asset.as_bytes());
    ChaCha8Rng::from_seed(*key.finalize().as_bytes())
}

/// A stream that a model keeps: it can be copied and saved where it stands, and
/// goes on from there with the same numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "SavedStream", into = "SavedStream")]
pub struct Stream(ChaCha8Rng);

/// What a stream needs to go on: its key and how many 32-bit words were taken.
#[derive(Serialize, Deserialize)]
struct SavedStream {
    key: [u8; 32],
    taken: u64,
}

impl Stream {
    /// The stream of `purpose` for `asset`; see [`stream`].
    #[must_use]
    pub fn new(seed: u64, member: u64, asset: &str, purpose: Purpose) -> Self {
        Self(stream(seed, member, asset, purpose))
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u32())
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl From<SavedStream> for Stream {
    fn from(saved: SavedStream) -> Self {
        let mut generator = ChaCha8Rng::from_seed(saved.key);
        generator.set_word_pos(u128::from(saved.taken));
        Self(generator)
    }
}

impl From<Stream> for SavedStream {
    fn from(stream: Stream) -> Self {
        Self {
            key: stream.0.get_seed(),
            // Taking 2⁶⁴ words at a word a nanosecond would last 585 years.
            taken: u64::try_from(stream.0.get_word_pos()).unwrap_or(u64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::unit_interval;
    use super::*;

    fn draws(seed: u64, member: u64, asset: &str, purpose: Purpose) -> Vec<u64> {
        let mut stream = stream(seed, member, asset, purpose);
        (0..64).map(|_| stream.next_u64()).collect()
    }

    #[test]
    fn the_same_key_gives_the_same_numbers() {
        assert_eq!(
            draws(7, 3, "sensor_1", Purpose::Observation),
            draws(7, 3, "sensor_1", Purpose::Observation)
        );
    }

    #[test]
    fn every_part_of_the_key_gives_another_stream() {
        let streams = [
            draws(7, 3, "sensor_1", Purpose::Observation),
            draws(8, 3, "sensor_1", Purpose::Observation),
            draws(7, 4, "sensor_1", Purpose::Observation),
            draws(7, 3, "sensor_2", Purpose::Observation),
            draws(7, 3, "sensor_1", Purpose::Uncertainty),
            // Swapping seed and member must not give the same stream.
            draws(3, 7, "sensor_1", Purpose::Observation),
        ];
        for (position, one) in streams.iter().enumerate() {
            for other in &streams[position + 1..] {
                assert!(one.iter().all(|number| !other.contains(number)));
            }
        }
    }

    #[test]
    fn streams_of_neighbouring_members_are_uncorrelated() {
        const MEMBERS: u64 = 20_000;
        let first = |member| {
            let mut stream = stream(1, member, "heater_1", Purpose::Uncertainty);
            unit_interval(&mut stream) - 0.5
        };
        let products: f64 = (0..MEMBERS).map(|m| first(m) * first(m + 1)).sum();
        let variance = 1.0 / 12.0;
        // The mean of N products of independent uniforms has standard deviation
        // variance / √N; five of those is a chance of one in a million.
        #[expect(clippy::cast_precision_loss, reason = "20 000 is exact")]
        let members = MEMBERS as f64;
        assert!((products / members).abs() < 5.0 * variance / members.sqrt());
    }

    #[test]
    fn a_saved_stream_goes_on_with_the_same_numbers() {
        let mut stream = Stream::new(3, 1, "machine", Purpose::Service);
        for taken in 0..100 {
            let text = serde_json::to_string(&stream).expect("text");
            let mut restored: Stream = serde_json::from_str(&text).expect("a stream");
            let mut copy = stream.clone();
            for _ in 0..40 {
                assert_eq!(restored.next_u64(), copy.next_u64(), "after {taken}");
            }
            stream.next_u64();
        }
    }
}
