//! What an integrator has prepared, by step size.
//!
//! A step that fails its error control is cut in halves, and halves of halves;
//! what is prepared for a step size and its halvings is its ladder. Ladders are
//! kept for the step sizes used last.

/// How many step sizes keep their ladder.
const MOST: usize = 8;

/// The ladders of the step sizes used last.
#[derive(Clone, Debug)]
pub(super) struct Ladders<Rungs> {
    all: Vec<(f64, Rungs)>,
    current: usize,
}

impl<Rungs> Default for Ladders<Rungs> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            current: 0,
        }
    }
}

impl<Rungs> Ladders<Rungs> {
    /// Makes the ladder of `step` \[s] the current one; `make` gives its rungs if
    /// there is none yet.
    #[inline]
    pub(super) fn choose(&mut self, step: f64, make: impl FnOnce() -> Rungs) {
        let current = self.all.get(self.current);
        if current.is_none_or(|(one, _)| one.to_bits() != step.to_bits()) {
            self.find(step, make);
        }
    }

    #[cold]
    fn find(&mut self, step: f64, make: impl FnOnce() -> Rungs) {
        let found = self
            .all
            .iter()
            .position(|(one, _)| one.to_bits() == step.to_bits());
        self.current = found.unwrap_or_else(|| {
            if self.all.len() == MOST {
                self.all.remove(0);
            }
            self.all.push((step, make()));
            self.all.len() - 1
        });
    }

    /// The step after `level` halvings \[s].
    #[inline]
    pub(super) fn substep(&self, level: u32) -> f64 {
        self.all[self.current].0 / (1_u64 << level) as f64
    }

    /// What is prepared for the current step size. One must have been chosen.
    #[inline]
    pub(super) fn rungs(&self) -> &Rungs {
        &self.all[self.current].1
    }

    /// As [`Ladders::rungs`], to prepare more.
    #[inline]
    pub(super) fn rungs_mut(&mut self) -> &mut Rungs {
        &mut self.all[self.current].1
    }

    /// Drops everything: the equations have changed.
    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.current = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_is_made_once_and_the_oldest_gives_way() {
        let mut ladders = Ladders::default();
        let mut made = 0;
        let mut choose = |ladders: &mut Ladders<usize>, step: f64| {
            ladders.choose(step, || {
                made += 1;
                made
            });
            *ladders.rungs()
        };
        for step in 1..=8_u8 {
            assert_eq!(choose(&mut ladders, f64::from(step)), usize::from(step));
        }
        assert_eq!(choose(&mut ladders, 1.0), 1, "it is still there");
        assert_eq!(choose(&mut ladders, 9.0), 9, "a ninth");
        assert_eq!(choose(&mut ladders, 1.0), 10, "the oldest was dropped");
        assert_eq!(ladders.substep(3).to_bits(), 0.125_f64.to_bits());
    }
}
