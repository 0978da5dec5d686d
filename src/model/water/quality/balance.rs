//! Where the mass that is followed came from and where it went.

use serde::{Deserialize, Serialize};

/// Account of what is followed, over the whole network since the start: kg of a
/// constituent, m³ of traced water, m³ s of age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MassBalance {
    /// In the water at the start.
    pub initial: f64,
    /// Came in with water from outside and through what was put in.
    pub entered: f64,
    /// Went out with what was drawn, leaked, spilled or flowed into reservoirs.
    pub left: f64,
    /// Decayed; below zero where more was made.
    pub reacted: f64,
    /// Came with volumes that were set from outside: a level that was corrected,
    /// a pipe whose size was changed.
    pub corrected: f64,
    /// In the water now.
    pub stored: f64,
}

impl MassBalance {
    /// What is missing: zero but for rounding, unless water flows in circles or
    /// the flows at a node do not balance.
    #[must_use]
    pub fn missing(&self) -> f64 {
        self.initial + self.entered + self.corrected - self.left - self.reacted - self.stored
    }

    /// What is missing as a part of all that was there or came in; zero where that
    /// is nothing.
    #[must_use]
    pub fn relative(&self) -> f64 {
        let made = (-self.reacted).max(0.0);
        let all = self.initial + self.entered + self.corrected.max(0.0) + made;
        if all > 0.0 { self.missing() / all } else { 0.0 }
    }
}
