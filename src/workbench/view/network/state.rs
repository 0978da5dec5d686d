//! What a person has asked of the network: a trace, zones, a long section, and
//! how heights are shown.

use std::sync::Arc;

use super::super::Workbench;
use super::answers::Answers;
use super::layout::MOST_EXAGGERATED;
use super::section::{Way, shortest_way};
use super::trace::{Direction, Trace, trace};
use super::values::{LEAST_FLOW, Present};
use super::zones::{ZoneRule, Zones, zones};
use super::{LinkForm, Network, NetworkLink, NodeForm, Part};
use crate::twin::VariableIndex;
use crate::workbench::view::Effect;
use crate::workbench::view::command::{NetworkCommand, SelectCommand};
use crate::workbench::view::dock::Pane;
use crate::workbench::view::geometry::Extent;

/// What the desktop knows of the open twin's network.
#[derive(Clone, Debug, Default)]
pub struct NetworkState {
    /// The network; none for a twin that carries no water.
    pub network: Option<Arc<Network>>,
    /// Exaggeration of heights chosen by hand.
    pub heights: Option<f64>,
    /// Where a trace begins, and which way it goes.
    pub trace: Option<(usize, Direction)>,
    /// The rule of the zones that colour the scene.
    pub zones: Option<ZoneRule>,
    /// Asset at which the long section begins.
    pub section_from: Option<usize>,
    /// Asset at which it ends.
    pub section_to: Option<usize>,
    automatic: f64,
    /// What was answered last.
    pub(super) answers: Option<Arc<Answers>>,
}

impl NetworkState {
    /// The state of a network that was just opened.
    #[must_use]
    pub fn of(network: Option<Arc<Network>>) -> Self {
        let nowhere = Extent {
            low: [0.0; 3],
            high: [0.0; 3],
        };
        let extent = network.as_ref().and_then(|network| network.extent());
        Self {
            automatic: super::layout::automatic_exaggeration(&extent.unwrap_or(nowhere)),
            network,
            ..Self::default()
        }
    }

    /// The exaggeration of heights in use.
    #[must_use]
    pub fn exaggeration(&self) -> f64 {
        self.heights.unwrap_or(self.automatic.max(1.0))
    }

    /// What the trace meets at the instant that `present` stands for.
    #[must_use]
    pub fn traced(&self, present: &Present) -> Option<Trace> {
        let (asset, direction) = self.trace?;
        let network = self.network.as_ref()?;
        Some(trace(network, asset, direction, &present.flows, LEAST_FLOW))
    }

    /// The zones at the instant that `present` stands for.
    #[must_use]
    pub fn zoned(&self, present: &Present) -> Option<Zones> {
        let network = self.network.as_ref()?;
        Some(zones(network, self.zones?, present))
    }

    /// The way of the long section, when both its ends are chosen and joined.
    #[must_use]
    pub fn way(&self, present: &Present) -> Option<Way> {
        let network = self.network.as_ref()?;
        shortest_way(
            network,
            self.section_from?,
            self.section_to?,
            &present.closed,
        )
    }
}

/// Most tanks, and most pumps, that are plotted when a network is opened.
const MOST_PLOTTED: usize = 3;

impl Workbench {
    /// Plots what tells most of a network that nobody measures: the levels of
    /// its tanks, then the flows of its pumps, else what its reservoirs give.
    pub fn plot_network(&mut self) {
        if !self.plots.shown().is_empty() {
            return;
        }
        let Some(network) = self.network.network.clone() else {
            return;
        };
        let levels = network.nodes.iter().filter_map(|node| node.level);
        let is_pump = |link: &&NetworkLink| link.form == LinkForm::Pump;
        let pumps = network.links.iter().filter(is_pump);
        let mut chosen: Vec<VariableIndex> = levels.take(MOST_PLOTTED).collect();
        chosen.extend(pumps.filter_map(|link| link.flow).take(MOST_PLOTTED));
        if chosen.is_empty() {
            let gives = |link: &&NetworkLink| {
                let mut ends = link.ends().into_iter();
                ends.any(|node| network.nodes[node].form == NodeForm::Reservoir)
            };
            let sources = network.links.iter().filter(gives);
            chosen.extend(sources.filter_map(|link| link.flow).take(MOST_PLOTTED));
        }
        for variable in chosen {
            self.plots.toggle(variable);
        }
    }

    /// Whether the selected asset is a part of the network.
    #[must_use]
    pub fn selected_part(&self) -> Part {
        match (&self.network.network, self.selection.selected().asset()) {
            (Some(network), Some(asset)) => network.part(asset),
            _ => Part::None,
        }
    }

    pub(in crate::workbench::view) fn apply_network(
        &mut self,
        command: NetworkCommand,
    ) -> Vec<Effect> {
        let selected = self.selection.selected().asset();
        let state = &mut self.network;
        match command {
            NetworkCommand::TraceUpstream => state.follow(selected, Direction::Upstream),
            NetworkCommand::TraceDownstream => state.follow(selected, Direction::Downstream),
            NetworkCommand::EndTrace => state.trace = None,
            NetworkCommand::PressureZones => return self.show_zones(ZoneRule::Pressure),
            NetworkCommand::MeteredAreas => return self.show_zones(ZoneRule::Metered),
            NetworkCommand::EndZones => state.zones = None,
            NetworkCommand::SectionFrom => {
                state.section_from = selected;
                return self.show_section();
            }
            NetworkCommand::SectionTo => {
                state.section_to = selected;
                return self.show_section();
            }
            NetworkCommand::SwapSection => {
                std::mem::swap(&mut state.section_from, &mut state.section_to);
            }
            NetworkCommand::ToggleTerrain => {
                self.settings.terrain = !self.settings.terrain;
                return vec![Effect::StoreSettings];
            }
            NetworkCommand::ToggleContours => {
                self.settings.contours = !self.settings.contours;
                return vec![Effect::StoreSettings];
            }
            NetworkCommand::AutomaticHeights => state.heights = None,
            NetworkCommand::Heights(factor) => {
                if factor.is_finite() {
                    state.heights = Some(factor.clamp(1.0, MOST_EXAGGERATED));
                }
            }
            NetworkCommand::GoToZone(asset) => {
                return self.apply(SelectCommand::Asset(asset).into());
            }
        }
        Vec::new()
    }

    fn show_zones(&mut self, rule: ZoneRule) -> Vec<Effect> {
        if self.network.zones == Some(rule) {
            self.network.zones = None;
            return Vec::new();
        }
        self.network.zones = Some(rule);
        self.layout.reveal(Pane::Zones);
        vec![Effect::StoreLayout]
    }

    fn show_section(&mut self) -> Vec<Effect> {
        self.layout.reveal(Pane::LongSection);
        vec![Effect::StoreLayout]
    }
}

impl NetworkState {
    /// Begins a trace, or ends the one that is already shown.
    fn follow(&mut self, selected: Option<usize>, direction: Direction) {
        let wanted = selected.map(|asset| (asset, direction));
        self.trace = if self.trace == wanted { None } else { wanted };
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::running_workbench;
    use super::*;
    use crate::workbench::view::command::{AppCommand, Command};

    #[test]
    fn a_network_that_nobody_measures_shows_its_tanks() {
        let mut workbench = running_workbench();
        let measured = workbench.plots.shown().to_vec();
        workbench.plot_network();
        assert_eq!(workbench.plots.shown(), measured);
        for variable in measured {
            workbench.plots.toggle(variable);
        }
        let network = workbench.network.network.clone().unwrap();
        let level = network.nodes.iter().find_map(|node| node.level).unwrap();
        workbench.plot_network();
        assert_eq!(workbench.plots.shown().first(), Some(&level));
    }

    fn workbench_at(id: &str) -> Workbench {
        let mut workbench = running_workbench();
        let asset = workbench.asset(id);
        workbench.apply(SelectCommand::Asset(asset).into());
        workbench
    }

    #[test]
    fn a_trace_begins_at_the_selection_and_escape_ends_it() {
        let mut workbench = workbench_at("b");
        workbench.apply(NetworkCommand::TraceUpstream.into());
        let network = workbench.network.network.clone().unwrap();
        let found = workbench
            .network
            .traced(&workbench.present(&network))
            .unwrap();
        assert_eq!(found.nodes, [true, true, true, false, false]);
        assert_eq!(found.links, [true, true, false, false]);
        workbench.apply(AppCommand::Back.into());
        assert_eq!(workbench.network.trace, None);
        assert!(workbench.selection.selected().asset().is_some());
    }

    #[test]
    fn asking_twice_for_the_same_ends_it() {
        let mut workbench = workbench_at("b");
        for wanted in [true, false] {
            workbench.apply(NetworkCommand::TraceDownstream.into());
            assert_eq!(workbench.network.trace.is_some(), wanted);
            workbench.apply(NetworkCommand::PressureZones.into());
            assert_eq!(workbench.network.zones.is_some(), wanted);
        }
        assert!(workbench.layout.shows(Pane::Zones));
    }

    #[test]
    fn without_a_selection_or_a_network_it_says_why_not() {
        let workbench = running_workbench();
        let command = Command::from(NetworkCommand::TraceUpstream);
        assert_eq!(
            command.enabled(&workbench),
            Err("Select a pipe or a node first".to_owned())
        );
        let dry = crate::workbench::view::test_support::running_workbench();
        let command = Command::from(NetworkCommand::ToggleTerrain);
        assert!(command.enabled(&dry).is_err());
    }

    #[test]
    fn heights_stay_within_what_can_be_drawn_and_go_back_to_automatic() {
        let mut workbench = running_workbench();
        let automatic = workbench.network.exaggeration();
        workbench.apply(NetworkCommand::Heights(1e9).into());
        assert_eq!(workbench.network.exaggeration(), MOST_EXAGGERATED);
        workbench.apply(NetworkCommand::Heights(f64::NAN).into());
        assert_eq!(workbench.network.exaggeration(), MOST_EXAGGERATED);
        workbench.apply(NetworkCommand::AutomaticHeights.into());
        assert_eq!(workbench.network.exaggeration(), automatic);
    }
}
