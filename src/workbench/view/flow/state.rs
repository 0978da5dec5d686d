//! What the desktop knows of the flow of the open twin.

use std::sync::Arc;

use super::history::FlowHistory;
use super::trial::TrialState;
use super::{FlowPlan, PartForm};
use crate::live::Snapshot;
use crate::quantity::SimTime;
use crate::twin::Happening;
use crate::workbench::view::Workbench;
use crate::workbench::view::dock::Pane;

/// The flow of the open twin.
#[derive(Clone, Debug, Default)]
pub struct FlowState {
    /// Its parts; none for a twin in which nothing flows.
    pub plan: Option<Arc<FlowPlan>>,
    /// What happened.
    pub history: FlowHistory,
    /// The comparison by replications.
    pub trial: TrialState,
    generation: Option<u64>,
}

impl FlowState {
    /// The state of a twin that was just opened.
    #[must_use]
    pub fn of(plan: Option<Arc<FlowPlan>>) -> Self {
        Self {
            plan,
            ..Self::default()
        }
    }

    /// Takes in what happened before the running twin began to tell.
    pub fn recall(
        &mut self,
        generation: u64,
        happenings: &[Happening],
        dropped: u64,
        now: SimTime,
    ) {
        let Some(plan) = &self.plan else { return };
        self.generation = Some(generation);
        self.history.take_in(plan, happenings, dropped, now);
    }

    /// Takes in what the running twin told.
    pub fn receive(&mut self, snapshot: &Snapshot) {
        let Some(plan) = &self.plan else { return };
        if self.generation != Some(snapshot.generation) {
            self.generation = Some(snapshot.generation);
            self.history.clear();
        }
        self.history.take_in(
            plan,
            &snapshot.happenings,
            snapshot.happenings_dropped,
            snapshot.now,
        );
    }
}

impl Workbench {
    /// Shows the flow of a twin that was just opened; its panels come with it.
    pub fn show_flow(&mut self, plan: Option<Arc<FlowPlan>>) {
        let is_first = plan.is_some() && !self.layout.shows(Pane::Flow);
        self.flow = FlowState::of(plan);
        if is_first {
            let before = self.layout.shows(Pane::Plots);
            self.layout.reveal(Pane::Flow);
            self.layout.reveal(Pane::States);
            if before {
                self.layout.reveal(Pane::Plots);
            }
        }
    }

    /// Plots throughput and items inside where nothing is measured.
    pub fn plot_flow(&mut self) {
        let (Some(document), Some(plan)) = (&self.document, &self.flow.plan) else {
            return;
        };
        if !self.plots.shown().is_empty() {
            return;
        }
        let of = |asset: usize, name: &str| document.variables().of_asset(asset, name);
        let sink = plan
            .parts
            .iter()
            .find(|part| part.form == PartForm::Sink)
            .and_then(|part| of(part.asset, "throughput"));
        let whole = plan.settings;
        let throughput = whole.and_then(|one| of(one, "throughput")).or(sink);
        let population = whole.and_then(|one| of(one, "population"));
        for variable in throughput.into_iter().chain(population) {
            self.plots.toggle(variable);
        }
    }
}
