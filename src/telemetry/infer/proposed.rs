//! A value that is offered and not yet accepted.

use serde::{Deserialize, Serialize};

/// A proposal: a value, how sure it is, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposed<T> {
    /// What is proposed.
    pub value: T,
    /// From 0, a guess, to 1, certain. Not a probability: an order, by which
    /// what needs a look comes first.
    pub confidence: f64,
    /// Why, in words for the person who accepts it.
    pub reason: String,
    /// Whether a person chose it: then it goes before what the document says.
    #[serde(default)]
    pub is_chosen: bool,
}

impl<T> Proposed<T> {
    /// A proposal.
    pub fn new(value: T, confidence: f64, reason: impl Into<String>) -> Self {
        Self {
            value,
            confidence: confidence.clamp(0.0, 1.0),
            reason: reason.into(),
            is_chosen: false,
        }
    }

    /// What a person chose, whatever was proposed.
    pub fn chosen(value: T) -> Self {
        Self {
            is_chosen: true,
            ..Self::new(value, 1.0, "it was chosen")
        }
    }

    /// The same of another value made from this one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Proposed<U> {
        Proposed {
            value: change(self.value),
            confidence: self.confidence,
            reason: self.reason,
            is_chosen: self.is_chosen,
        }
    }
}
