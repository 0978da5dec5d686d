//! Undo and redo: every edit as a pair of before and after.

use crate::live::ChangeSet;
use crate::quantity::Quantity;
use crate::twin::{Scenario, VariableIndex};

/// What of a what-if an edit is about: edits of the same are steps of one drag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// The value of a variable.
    Variable(VariableIndex),
    /// The contingency at this position.
    Contingency(usize),
    /// The scenario, or all of it.
    Whole,
}

/// Something that was changed, as it was and as it became.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// What the document says of a parameter; `None` where it leaves it to the kind.
    Parameter {
        /// The parameter.
        variable: VariableIndex,
        /// As it was.
        before: Option<Quantity>,
        /// As it became.
        after: Option<Quantity>,
    },
    /// The name of an asset on the screen.
    Name {
        /// Position of the asset in the document.
        asset: usize,
        /// As it was.
        before: String,
        /// As it became.
        after: String,
    },
    /// The what-if.
    ChangeSet {
        /// As it was.
        before: ChangeSet,
        /// As it became.
        after: ChangeSet,
        /// What was touched.
        touched: Touched,
    },
    /// The prepared scenarios of the document.
    Scenarios {
        /// As they were.
        before: Vec<Scenario>,
        /// As they became.
        after: Vec<Scenario>,
    },
}

impl Edit {
    /// The edit that takes this one back.
    #[must_use]
    pub fn inverse(self) -> Self {
        match self {
            Self::Parameter {
                variable,
                before,
                after,
            } => Self::Parameter {
                variable,
                before: after,
                after: before,
            },
            Self::Name {
                asset,
                before,
                after,
            } => Self::Name {
                asset,
                before: after,
                after: before,
            },
            Self::ChangeSet {
                before,
                after,
                touched,
            } => Self::ChangeSet {
                before: after,
                after: before,
                touched,
            },
            Self::Scenarios { before, after } => Self::Scenarios {
                before: after,
                after: before,
            },
        }
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Parameter { before, after, .. } => before == after,
            Self::Name { before, after, .. } => before == after,
            Self::ChangeSet { before, after, .. } => before == after,
            Self::Scenarios { before, after } => before == after,
        }
    }

    /// This edit followed by `next` as one, if they are steps of one drag.
    fn merged(&self, next: &Self) -> Option<Self> {
        match (self, next) {
            (
                Self::Parameter {
                    variable, before, ..
                },
                Self::Parameter {
                    variable: same,
                    after,
                    ..
                },
            ) if variable == same => Some(Self::Parameter {
                variable: *variable,
                before: before.clone(),
                after: after.clone(),
            }),
            (
                Self::Name { asset, before, .. },
                Self::Name {
                    asset: same, after, ..
                },
            ) if asset == same => Some(Self::Name {
                asset: *asset,
                before: before.clone(),
                after: after.clone(),
            }),
            (
                Self::ChangeSet {
                    touched, before, ..
                },
                Self::ChangeSet {
                    touched: same,
                    after,
                    ..
                },
            ) if touched == same && *touched != Touched::Whole => Some(Self::ChangeSet {
                before: before.clone(),
                after: after.clone(),
                touched: *touched,
            }),
            _ => None,
        }
    }
}

/// Most edits that can be taken back.
const MOST_EDITS: usize = 500;

/// The edits done and undone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UndoStack {
    done: Vec<Edit>,
    undone: Vec<Edit>,
    scrubbing: bool,
}

impl UndoStack {
    /// Remembers an edit that was just made. Edits of the same thing become one
    /// until [`UndoStack::end_scrub`] is called, so that a drag is one step.
    pub fn push(&mut self, edit: Edit) {
        if edit.is_nothing() && !self.scrubbing {
            return;
        }
        self.undone.clear();
        let merged = self
            .done
            .last()
            .filter(|_| self.scrubbing)
            .and_then(|last| last.merged(&edit));
        match merged {
            Some(merged) => {
                self.done.pop();
                if merged.is_nothing() {
                    self.scrubbing = false;
                    return;
                }
                self.done.push(merged);
            }
            None if edit.is_nothing() => return,
            None => {
                if self.done.len() == MOST_EDITS {
                    self.done.remove(0);
                }
                self.done.push(edit);
            }
        }
        self.scrubbing = true;
    }

    /// Makes the next edit a step of its own.
    pub fn end_scrub(&mut self) {
        self.scrubbing = false;
    }

    /// The edit to apply in order to take the last one back.
    pub fn undo(&mut self) -> Option<Edit> {
        self.scrubbing = false;
        let edit = self.done.pop()?;
        self.undone.push(edit.clone());
        Some(edit.inverse())
    }

    /// The edit to apply in order to do again what was taken back.
    pub fn redo(&mut self) -> Option<Edit> {
        self.scrubbing = false;
        let edit = self.undone.pop()?;
        self.done.push(edit.clone());
        Some(edit)
    }

    /// Whether there is something to take back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether there is something to do again.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Forgets everything, as when another document is opened.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(before: &str, after: &str) -> Edit {
        Edit::Name {
            asset: 0,
            before: before.to_owned(),
            after: after.to_owned(),
        }
    }

    #[test]
    fn a_drag_is_one_step_and_two_drags_are_two() {
        let mut stack = UndoStack::default();
        stack.push(name("a", "b"));
        stack.push(name("b", "c"));
        stack.end_scrub();
        stack.push(name("c", "d"));
        assert_eq!(stack.undo(), Some(name("d", "c")));
        assert_eq!(stack.undo(), Some(name("c", "a")));
        assert_eq!(stack.undo(), None);
    }

    #[test]
    fn a_drag_back_to_where_it_began_leaves_no_step() {
        let mut stack = UndoStack::default();
        stack.push(name("a", "b"));
        stack.push(name("b", "a"));
        assert!(!stack.can_undo());
    }

    #[test]
    fn a_new_edit_ends_what_could_be_done_again() {
        let mut stack = UndoStack::default();
        stack.push(name("a", "b"));
        stack.undo();
        assert!(stack.can_redo());
        stack.push(name("a", "x"));
        assert!(!stack.can_redo());
    }

    proptest! {
        /// A value edited, undone and redone at random equals the one that a
        /// plain list of versions gives.
        #[test]
        fn undo_and_redo_walk_the_versions(steps in prop::collection::vec(0_u8..4, 0..60)) {
            let mut stack = UndoStack::default();
            let mut value = String::from("0");
            let mut versions = vec![value.clone()];
            let mut position = 0;
            for (count, step) in steps.into_iter().enumerate() {
                match step {
                    0 | 1 => {
                        let next = format!("{}", count + 1);
                        stack.push(name(&value, &next));
                        stack.end_scrub();
                        value = next.clone();
                        versions.truncate(position + 1);
                        versions.push(next);
                        position += 1;
                    }
                    2 => if let Some(Edit::Name { after, .. }) = stack.undo() {
                        value = after;
                        position -= 1;
                    },
                    _ => if let Some(Edit::Name { after, .. }) = stack.redo() {
                        value = after;
                        position += 1;
                    },
                }
                prop_assert_eq!(&value, &versions[position]);
                prop_assert_eq!(stack.can_undo(), position > 0);
                prop_assert_eq!(stack.can_redo(), position + 1 < versions.len());
            }
        }
    }
}
