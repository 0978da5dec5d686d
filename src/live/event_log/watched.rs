//! What a running twin does, taken in as it comes.

use std::collections::BTreeMap;

use super::beside::{BesideOutcome, beside_run};
use crate::live::error::LiveError;
use crate::live::snapshot::Snapshot;
use crate::quantity::SimTime;
use crate::telemetry::event_log::EventLog;
use crate::twin::{Happening, Twin, What};

/// What a running twin did, from one [`Snapshot`] to the next, to be held against a log.
///
/// Where the past was simulated again, as late samples have it done, the new past
/// takes the place of the old one.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    generation: Option<u64>,
    happenings: Vec<Happening>,
    begin: SimTime,
    now: SimTime,
    lost: u64,
}

impl Watched {
    /// Takes in what a snapshot tells. None of them may be left out.
    pub fn take_in(&mut self, snapshot: &Snapshot) {
        if self.generation.is_none() {
            self.begin = snapshot.begin;
        }
        self.lost += snapshot.happenings_dropped;
        self.now = snapshot.now;
        self.take(snapshot.generation, &snapshot.happenings);
    }

    fn take(&mut self, generation: u64, told: &[Happening]) {
        if self.generation.replace(generation) == Some(generation) {
            self.happenings.extend_from_slice(told);
        } else {
            self.take_anew(told);
        }
    }

    /// Takes in what is told from some time on in place of what was known of it. It
    /// begins with how things stand: items that are inside did not come in twice.
    fn take_anew(&mut self, told: &[Happening]) {
        let since = told.first().map_or(self.now, |first| first.time);
        let kept = self.happenings.partition_point(|one| one.time <= since);
        self.happenings.truncate(kept);
        let mut inside = BTreeMap::new();
        for happening in &self.happenings {
            match happening.what {
                What::Entered { item, .. } => {
                    inside.insert(item, happening.asset);
                }
                What::Left { item } => {
                    inside.remove(&item);
                }
                _ => {}
            }
        }
        let stands = |one: &Happening| match one.what {
            What::Entered { item, .. } => {
                one.time == since && inside.get(&item) == Some(&one.asset)
            }
            _ => false,
        };
        (self.happenings).extend(told.iter().filter(|one| !stands(one)));
    }

    /// What was taken in.
    #[must_use]
    pub fn happenings(&self) -> &[Happening] {
        &self.happenings
    }

    /// Holds it against a log, over the time that both cover.
    ///
    /// # Errors
    /// When there is no such time, or more happened than could be taken in.
    pub fn beside(&self, twin: &Twin, log: &EventLog) -> Result<BesideOutcome, LiveError> {
        if self.lost > 0 {
            return Err(LiveError::Request(format!(
                "{} happenings were lost, because more came in than is kept for a moment; let time \
                 run more slowly (`--speed`)",
                self.lost
            )));
        }
        beside_run(twin, log, &self.happenings, self.begin, self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::LINE;
    use super::*;
    use crate::model;
    use crate::simulation::Simulation;
    use crate::telemetry::event_log::Timeline;

    fn told(simulation: &mut Simulation, steps: usize) -> Vec<Happening> {
        let mut told = Vec::new();
        for _ in 0..steps {
            simulation.step().expect("it runs");
            simulation.take_happenings(&mut told);
        }
        told
    }

    #[test]
    fn a_past_that_is_told_anew_from_some_time_on_is_known_once() {
        let loaded = crate::twin::parse(LINE, "line.ron", &model::registry()).expect("a twin");
        let mut simulation =
            Simulation::compile(&loaded.twin, &loaded.variables).expect("it compiles");
        simulation.record_happenings(true);
        let mut watched = Watched::default();
        watched.take(0, &told(&mut simulation, 120));
        let mut mark = simulation.fork();
        watched.take(0, &told(&mut simulation, 180));
        let expected = watched.happenings().to_vec();
        // The same again from the mark on, of which the last hour is told for the first
        // time.
        mark.record_happenings(true);
        watched.take(1, &told(&mut mark, 180));
        let timeline =
            |happenings: &[Happening]| Timeline::new(&EventLog::from_happenings(happenings));
        assert_eq!(timeline(watched.happenings()), timeline(&expected));
        watched.take(1, &told(&mut mark, 60));
        let mut expected = expected;
        expected.extend(told(&mut simulation, 60));
        assert_eq!(timeline(watched.happenings()), timeline(&expected));
    }
}
