//! Which panels are shown and where: a tree of rows, columns and tabs.
//!
//! The tree is plain data, so that it can be saved, compared and repaired
//! without any toolkit. The panels floor turns it into the dock that is drawn,
//! and a dock rearranged by hand back into this.

use serde::{Deserialize, Serialize};

/// A panel that can be docked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Pane {
    /// The tree of assets.
    Assets,
    /// The 3D scene. Always shown.
    Scene,
    /// What is known of the selected asset.
    Inspector,
    /// The controls of the what-if.
    WhatIf,
    /// Timeline and plots.
    Plots,
    /// What the program had to say.
    Log,
    /// What was thought of the samples.
    Quality,
    /// Where samples come from.
    Sources,
    /// Ground, pipe and head along a way through the network.
    LongSection,
    /// Zones of the network with their totals.
    Zones,
    /// Stations, bottleneck and comparison of a flow.
    Flow,
    /// What stations did over time.
    States,
    /// The event log of the line beside the twin.
    EventLog,
}

impl Pane {
    /// Every panel.
    pub const ALL: [Self; 13] = [
        Self::Assets,
        Self::Scene,
        Self::Inspector,
        Self::WhatIf,
        Self::Plots,
        Self::Log,
        Self::Quality,
        Self::Sources,
        Self::LongSection,
        Self::Zones,
        Self::Flow,
        Self::States,
        Self::EventLog,
    ];

    /// Name on its tab.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Assets => "Assets",
            Self::Scene => "Scene",
            Self::Inspector => "Inspector",
            Self::WhatIf => "What-if",
            Self::Plots => "Plots",
            Self::Log => "Log",
            Self::Quality => "Data quality",
            Self::Sources => "Sources",
            Self::LongSection => "Long section",
            Self::Zones => "Zones",
            Self::Flow => "Flow",
            Self::States => "States",
            Self::EventLog => "Event log",
        }
    }
}

/// How the children of a split lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// Side by side.
    Row,
    /// One above the other.
    Column,
}

/// A part of the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Dock {
    /// One panel.
    Pane(Pane),
    /// Several parts in one place, one of them in front.
    Tabs {
        /// Position of the one in front.
        active: usize,
        /// The parts.
        children: Vec<Dock>,
    },
    /// Several parts beside each other.
    Split {
        /// How they lie.
        direction: Direction,
        /// The parts, each with its share of the length; shares are above zero.
        children: Vec<(f32, Dock)>,
    },
}

impl Dock {
    fn panes_into(&self, found: &mut Vec<Pane>) {
        match self {
            Self::Pane(pane) => found.push(*pane),
            Self::Tabs { children, .. } => {
                children.iter().for_each(|child| child.panes_into(found));
            }
            Self::Split { children, .. } => {
                children
                    .iter()
                    .for_each(|(_, child)| child.panes_into(found));
            }
        }
    }

    /// Every panel in it, in reading order.
    #[must_use]
    pub fn panes(&self) -> Vec<Pane> {
        let mut found = Vec::new();
        self.panes_into(&mut found);
        found
    }

    /// The tree without `pane`; `None` when nothing is left.
    fn without(self, pane: Pane) -> Option<Self> {
        match self {
            Self::Pane(one) => (one != pane).then_some(Self::Pane(one)),
            Self::Tabs { active, children } => {
                let in_front = children.get(active).cloned();
                let children: Vec<Self> = children
                    .into_iter()
                    .filter_map(|child| child.without(pane))
                    .collect();
                let active = in_front
                    .and_then(|front| children.iter().position(|child| *child == front))
                    .unwrap_or(0);
                match children.len() {
                    0 => None,
                    1 => children.into_iter().next(),
                    _ => Some(Self::Tabs { active, children }),
                }
            }
            Self::Split {
                direction,
                children,
            } => {
                let mut children: Vec<(f32, Self)> = children
                    .into_iter()
                    .filter_map(|(share, child)| Some((share, child.without(pane)?)))
                    .collect();
                match children.len() {
                    0 => None,
                    1 => children.pop().map(|(_, child)| child),
                    _ => Some(Self::Split {
                        direction,
                        children,
                    }),
                }
            }
        }
    }

    /// Brings `pane` to the front of its tabs; whether it is in the tree.
    fn bring_to_front(&mut self, pane: Pane) -> bool {
        match self {
            Self::Pane(one) => *one == pane,
            Self::Tabs { active, children } => {
                for (position, child) in children.iter_mut().enumerate() {
                    if child.bring_to_front(pane) {
                        *active = position;
                        return true;
                    }
                }
                false
            }
            Self::Split { children, .. } => children
                .iter_mut()
                .any(|(_, child)| child.bring_to_front(pane)),
        }
    }

    /// Puts `pane` behind a tab beside `neighbour`; whether that is in the tree.
    fn join(&mut self, neighbour: Pane, pane: Pane) -> bool {
        match self {
            Self::Pane(one) if *one == neighbour => {
                *self = Self::Tabs {
                    active: 1,
                    children: vec![Self::Pane(neighbour), Self::Pane(pane)],
                };
                true
            }
            Self::Pane(_) => false,
            Self::Tabs { active, children } => {
                let is_here = children.contains(&Self::Pane(neighbour));
                if is_here {
                    children.push(Self::Pane(pane));
                    *active = children.len() - 1;
                    return true;
                }
                children.iter_mut().any(|child| child.join(neighbour, pane))
            }
            Self::Split { children, .. } => children
                .iter_mut()
                .any(|(_, child)| child.join(neighbour, pane)),
        }
    }
}

/// The arrangement of panels, with a count of changes made from outside the dock.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    dock: Dock,
    revision: u64,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            dock: Self::first(),
            revision: 0,
        }
    }
}

impl Layout {
    /// The arrangement that a new user sees and that a reset brings back: the
    /// tree to the left, the scene in the middle, inspector and what-if to the
    /// right, timeline and plots below.
    #[must_use]
    pub fn first() -> Dock {
        Dock::Split {
            direction: Direction::Column,
            children: vec![
                (
                    0.57,
                    Dock::Split {
                        direction: Direction::Row,
                        children: vec![
                            (0.16, Dock::Pane(Pane::Assets)),
                            (0.60, Dock::Pane(Pane::Scene)),
                            (
                                0.24,
                                Dock::Tabs {
                                    active: 0,
                                    children: vec![
                                        Dock::Pane(Pane::Inspector),
                                        Dock::Pane(Pane::WhatIf),
                                    ],
                                },
                            ),
                        ],
                    },
                ),
                (0.43, Dock::Pane(Pane::Plots)),
            ],
        }
    }

    /// The arrangement.
    #[must_use]
    pub fn dock(&self) -> &Dock {
        &self.dock
    }

    /// Raised when the arrangement changed other than by dragging in the dock
    /// that shows it, which then has to be built again.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether `pane` is somewhere in it.
    #[must_use]
    pub fn shows(&self, pane: Pane) -> bool {
        self.dock.panes().contains(&pane)
    }

    /// Puts everything back to its first place.
    pub fn reset(&mut self) {
        self.replace(Self::first());
    }

    /// Takes over an arrangement that the dock shows already. What is not a
    /// sound arrangement is refused; whether it was taken.
    pub fn arrange(&mut self, dock: Dock) -> bool {
        match repaired(dock) {
            Some(dock) => {
                self.dock = dock;
                true
            }
            None => false,
        }
    }

    /// Shows `pane` or takes it away. The scene stays.
    pub fn toggle(&mut self, pane: Pane) {
        if pane == Pane::Scene {
            return;
        }
        if self.shows(pane) {
            if let Some(dock) = self.dock.clone().without(pane) {
                self.replace(dock);
            }
        } else {
            self.reveal(pane);
        }
    }

    /// Brings `pane` to the front, adding it where it belongs if it is not shown.
    pub fn reveal(&mut self, pane: Pane) {
        let mut dock = self.dock.clone();
        if !dock.bring_to_front(pane) {
            let neighbour = match pane {
                Pane::Inspector => Some(Pane::WhatIf),
                Pane::WhatIf => Some(Pane::Inspector),
                Pane::Log | Pane::Quality | Pane::LongSection | Pane::States | Pane::EventLog => {
                    Some(Pane::Plots)
                }
                Pane::Plots => Some(Pane::Log),
                Pane::Sources | Pane::Zones | Pane::Flow => Some(Pane::Inspector),
                Pane::Assets | Pane::Scene => None,
            };
            let joined = neighbour.is_some_and(|neighbour| dock.join(neighbour, pane));
            if !joined {
                dock = match pane {
                    Pane::Assets => beside(Direction::Row, (0.16, Dock::Pane(pane)), (0.84, dock)),
                    Pane::Inspector | Pane::WhatIf | Pane::Sources | Pane::Zones | Pane::Flow => {
                        beside(Direction::Row, (0.76, dock), (0.24, Dock::Pane(pane)))
                    }
                    Pane::Scene
                    | Pane::Plots
                    | Pane::Log
                    | Pane::Quality
                    | Pane::LongSection
                    | Pane::States
                    | Pane::EventLog => {
                        beside(Direction::Column, (0.65, dock), (0.35, Dock::Pane(pane)))
                    }
                };
            }
        }
        self.replace(dock);
    }

    fn replace(&mut self, dock: Dock) {
        if self.dock != dock {
            self.dock = dock;
            self.revision += 1;
        }
    }

    /// The arrangement as text, for the settings folder.
    #[must_use]
    pub fn to_text(&self) -> String {
        // A tree of plain data cannot fail to be written; an empty text reads
        // as "no saved layout".
        ron::ser::to_string_pretty(&self.dock, ron::ser::PrettyConfig::default())
            .unwrap_or_default()
    }

    /// Reads [`Layout::to_text`]; `None` when it is not a sound arrangement.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let dock = repaired(ron::from_str(text).ok()?)?;
        Some(Self { dock, revision: 0 })
    }
}

fn beside(direction: Direction, first: (f32, Dock), second: (f32, Dock)) -> Dock {
    Dock::Split {
        direction,
        children: vec![first, second],
    }
}

/// The arrangement with active tabs and shares in range, when it shows the
/// scene and no panel twice.
fn repaired(mut dock: Dock) -> Option<Dock> {
    fn mend(dock: &mut Dock) -> bool {
        match dock {
            Dock::Pane(_) => true,
            Dock::Tabs { active, children } => {
                *active = (*active).min(children.len().saturating_sub(1));
                !children.is_empty() && children.iter_mut().all(mend)
            }
            Dock::Split { children, .. } => {
                for (share, _) in children.iter_mut() {
                    if !share.is_finite() || *share <= 0.0 {
                        *share = 1.0;
                    }
                }
                !children.is_empty() && children.iter_mut().all(|(_, child)| mend(child))
            }
        }
    }
    let mut panes = dock.panes();
    let count = panes.len();
    panes.sort_unstable();
    panes.dedup();
    (mend(&mut dock) && panes.len() == count && panes.contains(&Pane::Scene)).then_some(dock)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_dock() -> impl Strategy<Value = Dock> {
        let leaf = prop::sample::select(Pane::ALL.to_vec()).prop_map(Dock::Pane);
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                (0_usize..6, prop::collection::vec(inner.clone(), 0..4))
                    .prop_map(|(active, children)| Dock::Tabs { active, children }),
                (
                    prop::bool::ANY,
                    prop::collection::vec((-1.0_f32..10.0, inner), 0..4)
                )
                    .prop_map(|(row, children)| Dock::Split {
                        direction: if row {
                            Direction::Row
                        } else {
                            Direction::Column
                        },
                        children,
                    }),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_saved_layout_comes_back_as_it_was(dock in any_dock()) {
            let mut layout = Layout::default();
            layout.arrange(dock);
            let read = Layout::from_text(&layout.to_text()).expect("what was saved is sound");
            prop_assert_eq!(read.dock(), layout.dock());
        }

        #[test]
        fn hiding_and_showing_panels_never_loses_the_scene_or_doubles_a_panel(
            dock in any_dock(),
            toggles in prop::collection::vec(prop::sample::select(Pane::ALL.to_vec()), 0..12),
        ) {
            let mut layout = Layout::default();
            layout.arrange(dock);
            for pane in toggles {
                let before = layout.shows(pane);
                layout.toggle(pane);
                if pane != Pane::Scene {
                    prop_assert_eq!(layout.shows(pane), !before);
                }
                let mut panes = layout.dock().panes();
                let count = panes.len();
                panes.sort_unstable();
                panes.dedup();
                prop_assert_eq!(panes.len(), count);
                prop_assert!(panes.contains(&Pane::Scene));
            }
        }
    }

    #[test]
    fn a_reset_brings_the_first_layout_back() {
        let mut layout = Layout::default();
        layout.toggle(Pane::Plots);
        layout.toggle(Pane::Log);
        assert_ne!(layout.dock(), &Layout::first());
        layout.reset();
        assert_eq!(layout.dock(), &Layout::first());
        assert!(layout.revision() > 0);
    }

    #[test]
    fn revealing_a_tab_brings_it_to_the_front() {
        let mut layout = Layout::default();
        layout.reveal(Pane::WhatIf);
        let Dock::Split { children, .. } = layout.dock() else {
            panic!("rows");
        };
        let Dock::Split { children, .. } = &children[0].1 else {
            panic!("columns");
        };
        assert!(matches!(&children[2].1, Dock::Tabs { active: 1, .. }));
    }

    #[test]
    fn an_unsound_layout_is_refused() {
        assert_eq!(Layout::from_text("Pane(Assets)"), None, "no scene");
        assert_eq!(Layout::from_text("Tabs(active: 0, children: [])"), None);
        assert_eq!(
            Layout::from_text("Tabs(active: 0, children: [Pane(Scene), Pane(Scene)])"),
            None
        );
        assert_eq!(Layout::from_text("nonsense"), None);
    }
}
