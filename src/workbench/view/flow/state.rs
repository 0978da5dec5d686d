//! What the desktop knows of the flow of the open twin.

use std::sync::Arc;

use super::bodies::Bodies;
use super::easing::Easing;
use super::event_log::LogState;
use super::floor::Floor;
use super::history::FlowHistory;
use super::intervals::ActiveIntervals;
use super::moves::Moves;
use super::playhead::Playhead;
use super::trial::TrialState;
use super::{FlowPlan, PartForm};
use crate::live::Snapshot;
use crate::quantity::SimTime;
use crate::twin::{Happening, VariableIndex};
use crate::workbench::view::Workbench;
use crate::workbench::view::dock::Pane;
use crate::workbench::view::time_control::Speed;

/// The flow of the open twin.
#[derive(Clone, Debug, Default)]
pub struct FlowState {
    /// Its parts; none for a twin in which nothing flows.
    pub plan: Option<Arc<FlowPlan>>,
    /// What stations did.
    pub history: FlowHistory,
    /// How well their active shares are known.
    pub intervals: ActiveIntervals,
    /// Where items and agents were.
    pub moves: Moves,
    /// The instant at which these are shown.
    pub playhead: Playhead,
    /// Where they are at that instant.
    pub bodies: Bodies,
    /// Those on their way from one part to the next.
    pub easing: Easing,
    /// The comparison by replications.
    pub trial: TrialState,
    /// The event log beside the twin.
    pub log: LogState,
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
        self.intervals.follow(plan, &self.history, now);
        self.moves.take_in(happenings, dropped, now);
    }

    /// Takes in what the running twin told.
    pub fn receive(&mut self, snapshot: &Snapshot) {
        let Some(plan) = &self.plan else { return };
        if self.generation != Some(snapshot.generation) {
            self.generation = Some(snapshot.generation);
            self.history.clear();
            self.moves.clear();
            let value =
                |variable: VariableIndex| snapshot.current.get(variable.position()).copied();
            self.moves.set_belts(plan.belts(value));
        }
        self.history.take_in(
            plan,
            &snapshot.happenings,
            snapshot.happenings_dropped,
            snapshot.now,
        );
        self.intervals.follow(plan, &self.history, snapshot.now);
        self.moves.take_in(
            &snapshot.happenings,
            snapshot.happenings_dropped,
            snapshot.now,
        );
    }
}

impl FlowState {
    /// Which items are not drawn, in words.
    #[must_use]
    pub fn left_out(&self) -> Option<String> {
        match self.bodies.left_out {
            0 if self.moves.is_partial() => Some(
                "Too much happened at once: items that have not moved since are not drawn"
                    .to_owned(),
            ),
            0 => None,
            1 => Some("1 more item is not drawn".to_owned()),
            count => Some(format!("{count} more items are not drawn")),
        }
    }
}

impl Workbench {
    /// Puts items and agents where they are at the instant shown, `elapsed` seconds of
    /// watching after the last call. While time runs, what goes from one part to the next
    /// is drawn on its way. Nobody is anywhere in the future: it is a forecast.
    /// Items are left out where they would be too small to be seen.
    pub fn put_bodies(&mut self, floor: &Floor, elapsed: f64, with_items: bool) {
        let time = &self.time;
        let pace = match time.speed() {
            Speed::Times(thousandths) => Some(f64::from(thousandths) / 1_000.0),
            Speed::Maximum => None,
        };
        let pace = if time.follows_sources() {
            Some(1.0)
        } else {
            pace
        };
        let rides = time.is_running() && time.is_at_now();
        let cursor = time.cursor();
        let FlowState {
            moves,
            playhead,
            bodies,
            easing,
            ..
        } = &mut self.flow;
        let instant = playhead.follow(cursor, pace.filter(|_| rides), elapsed, time.timestep());
        if instant > time.now() {
            *bodies = Bodies::default();
        } else {
            bodies.put(moves, floor, instant, with_items);
        }
        if rides {
            easing.ease(bodies, floor.passages(), elapsed);
        } else {
            easing.rest();
        }
    }

    /// Shows the flow of a twin that was just opened; its panels come with it.
    pub fn show_flow(&mut self, plan: Option<Arc<FlowPlan>>) {
        let is_first = plan.is_some() && !self.layout.shows(Pane::Flow);
        self.flow = FlowState::of(plan);
        if let (Some(plan), Some(document)) = (&self.flow.plan, &self.document) {
            let variables = document.variables();
            let belts = plan.belts(|variable| Some(variables.get(variable).initial));
            self.flow.moves.set_belts(belts);
        }
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
