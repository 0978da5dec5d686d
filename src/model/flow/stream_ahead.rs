//! Random times that are known before they are asked for.

use serde::{Deserialize, Serialize};

use super::times::Times;
use crate::quantity::{Stream, unit_interval};

/// A stream of uniform numbers, one number ahead.
///
/// What an event puts on the agenda waits for its random time, and that for a
/// logarithm, a chain of some twenty operations each of which needs the one before. Of
/// a number that is there one event early the logarithm is computed beside other
/// things. The numbers, and so the times, are those of the stream in its order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StreamAhead {
    stream: Stream,
    uniform: f64,
    /// Logarithm of the number, which is below zero; above zero where it was not
    /// computed yet.
    logarithm: f64,
}

const NOT_COMPUTED: f64 = 1.0;

impl StreamAhead {
    pub(super) fn new(mut stream: Stream) -> Self {
        Self {
            uniform: unit_interval(&mut stream),
            logarithm: NOT_COMPUTED,
            stream,
        }
    }

    /// The next time, ns; zero or above. Takes one number, whatever the times.
    #[inline]
    pub(super) fn draw(&mut self, times: &Times) -> i64 {
        if let Times::Exponential(mean) = times {
            let known = self.logarithm < 0.0;
            let logarithm = if known {
                self.logarithm
            } else {
                Times::logarithm(self.uniform)
            };
            self.uniform = unit_interval(&mut self.stream);
            self.logarithm = Times::logarithm(self.uniform);
            return Times::exponential_at(*mean, logarithm);
        }
        times.at(self.take())
    }

    /// As [`Times::draw_beyond`].
    pub(super) fn draw_beyond(&mut self, times: &Times, elapsed: i64) -> i64 {
        times.beyond(self.take(), elapsed)
    }

    fn take(&mut self) -> f64 {
        self.logarithm = NOT_COMPUTED;
        std::mem::replace(&mut self.uniform, unit_interval(&mut self.stream))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::{Distribution, Purpose};

    #[test]
    fn times_are_those_of_the_stream_whatever_is_drawn_from_it() {
        let uniform = Distribution::Uniform {
            low: 1.0,
            high: 2.0,
        };
        let kinds = [
            Times::exponential(1.0),
            Times::exponential(7.0),
            Times::constant(3.0),
            Times::new(uniform).expect("times"),
        ];
        let mut stream = Stream::new(1, 0, "machine", Purpose::Service);
        let mut ahead = StreamAhead::new(stream.clone());
        for draw in 0..200_usize {
            let times = &kinds[draw * draw % 7 % kinds.len()];
            if draw % 5 == 0 {
                let elapsed = 300_000_000;
                assert_eq!(
                    ahead.draw_beyond(times, elapsed),
                    times.draw_beyond(&mut stream, elapsed)
                );
            } else {
                assert_eq!(ahead.draw(times), times.draw(&mut stream));
            }
            if draw % 17 == 0 {
                let text = serde_json::to_string(&ahead).expect("text");
                ahead = serde_json::from_str(&text).expect("a stream");
            }
        }
    }
}
