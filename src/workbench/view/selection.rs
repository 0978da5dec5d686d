//! What the panels are about: the selected asset or variable, what the pointer
//! is over, and the way back.

use crate::twin::VariableIndex;

/// What is selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selected {
    /// Nothing: panels speak of the whole system.
    #[default]
    Nothing,
    /// The asset at this position in the document.
    Asset(usize),
    /// One variable of an asset.
    Variable {
        /// Position of the asset in the document.
        asset: usize,
        /// The variable.
        variable: VariableIndex,
    },
}

impl Selected {
    /// Position of the selected asset, or of the selected variable's asset.
    #[must_use]
    pub fn asset(self) -> Option<usize> {
        match self {
            Self::Nothing => None,
            Self::Asset(asset) | Self::Variable { asset, .. } => Some(asset),
        }
    }

    /// The selected variable.
    #[must_use]
    pub fn variable(self) -> Option<VariableIndex> {
        match self {
            Self::Variable { variable, .. } => Some(variable),
            Self::Nothing | Self::Asset(_) => None,
        }
    }
}

/// Most steps back that are remembered.
const LONGEST_WAY_BACK: usize = 64;

/// The selection, with what was selected before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    selected: Selected,
    hovered: Option<usize>,
    before: Vec<Selected>,
}

impl Selection {
    /// What is selected.
    #[must_use]
    pub fn selected(&self) -> Selected {
        self.selected
    }

    /// Position of the asset under the pointer, in whichever panel it is.
    #[must_use]
    pub fn hovered(&self) -> Option<usize> {
        self.hovered
    }

    /// Selects something and remembers what was selected before.
    pub fn select(&mut self, selected: Selected) {
        if self.selected != selected {
            if self.before.len() == LONGEST_WAY_BACK {
                self.before.remove(0);
            }
            self.before.push(self.selected);
            self.selected = selected;
        }
    }

    /// The pointer is over this asset, or over none.
    pub fn hover(&mut self, asset: Option<usize>) {
        self.hovered = asset;
    }

    /// Selects what was selected before; whether there was a step to go back.
    pub fn back(&mut self) -> bool {
        match self.before.pop() {
            Some(before) => {
                self.selected = before;
                true
            }
            None => false,
        }
    }

    /// Whether there is a step to go back.
    #[must_use]
    pub fn can_go_back(&self) -> bool {
        !self.before.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn going_back_visits_what_was_selected_in_reverse() {
        let mut selection = Selection::default();
        selection.select(Selected::Asset(1));
        selection.select(Selected::Asset(1));
        selection.select(Selected::Variable {
            asset: 2,
            variable: VariableIndex(7),
        });
        assert_eq!(selection.selected().asset(), Some(2));
        assert_eq!(selection.selected().variable(), Some(VariableIndex(7)));
        assert!(selection.back());
        assert_eq!(selection.selected(), Selected::Asset(1));
        assert!(selection.back());
        assert_eq!(selection.selected(), Selected::Nothing);
        assert!(!selection.back());
    }

    #[test]
    fn the_way_back_is_limited() {
        let mut selection = Selection::default();
        for asset in 0..1_000 {
            selection.select(Selected::Asset(asset));
        }
        let mut steps = 0;
        while selection.back() {
            steps += 1;
        }
        assert_eq!(steps, LONGEST_WAY_BACK);
    }
}
