//! The model of all flow assets of a twin, on top of the run.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::agents::check_roads;
use super::build::{Layout, Member};
use super::check::check;
use super::control::{self, Control};
use super::journal::Crowd;
use super::network::Network;
use super::outputs::{Outputs, RecentRate, Watched};
use super::run::{FlowError, FlowRun, Seed};
use super::service::check_services;
use crate::model::{Model, ModelError, Step, saved};
use crate::quantity::{SimDuration, SimTime};
use crate::twin::{Happening, Standing, Twin, VariableIndex, VariableTable};

/// The behaviour of a twin's flow assets.
#[derive(Clone, Debug)]
pub(crate) struct FlowModel {
    layout: Arc<Layout>,
    controls: Arc<[Control]>,
    run: FlowRun,
    outputs: Outputs,
    /// Values that the controls looked at, at the end of the last step.
    before: Vec<f64>,
    /// Room for the controls that act within a step, in order of time.
    acting: Vec<(SimTime, usize)>,
    /// When counting begins anew; `None` once it has.
    warm_up_end: Option<SimTime>,
    /// Whether a step has been made.
    started: bool,
    /// Whether the run keeps a journal.
    recording: bool,
    /// Where the inputs stand that the run takes note of, and what it took last; empty
    /// where it has to take them anew.
    inputs: Arc<[usize]>,
    taken: Vec<f64>,
    /// While outputs are held back: those that the controls look at.
    written: Option<Arc<[Watched]>>,
}

/// What of a model is in no value.
#[derive(Debug, Serialize, Deserialize)]
struct SavedFlow {
    run: FlowRun,
    rates: Vec<RecentRate>,
    before: Vec<f64>,
    warm_up_end: Option<SimTime>,
    started: bool,
}

impl FlowModel {
    /// Builds the model; `None` when the twin has no flow assets.
    ///
    /// # Errors
    /// Every structural problem found.
    pub(crate) fn build(
        twin: &Twin,
        variables: &VariableTable,
    ) -> Result<Option<Self>, Vec<ModelError>> {
        let Some(layout) = Layout::read(twin, variables)? else {
            return Ok(None);
        };
        let controls: Arc<[Control]> = control::read(twin, variables)?.into();
        let values = variables.initial_values();
        let network = network(&layout, &values)?;
        let run = FlowRun::new(Arc::new(network), seed(&layout, &values));
        Ok(Some(Self {
            outputs: Outputs::new(&layout, &run),
            before: vec![0.0; controls.len()],
            acting: Vec::with_capacity(controls.len()),
            warm_up_end: None,
            started: false,
            recording: false,
            inputs: inputs(&layout).into(),
            taken: Vec::new(),
            written: None,
            run,
            controls,
            layout: Arc::new(layout),
        }))
    }

    /// Begins anew at `start`.
    fn begin(&mut self, values: &[f64], seed: Seed, start: SimTime) {
        let network = Arc::clone(self.run.network());
        self.run = FlowRun::starting_at(network, seed, start);
        self.run.record_happenings(self.recording);
        self.outputs = Outputs::new(&self.layout, &self.run);
        self.taken.clear();
        let warm_up = setting(&self.layout, values, "warm_up", 0.0);
        self.warm_up_end = SimDuration::from_seconds(warm_up)
            .filter(|warm_up| warm_up.is_positive())
            .and_then(|warm_up| start.checked_add(warm_up));
        self.started = false;
        for (before, control) in self.before.iter_mut().zip(self.controls.iter()) {
            *before = control.looked_at(values);
        }
    }

    /// Lets the run take note of the inputs, where one is another than before.
    fn take_inputs(&mut self, values: &[f64]) {
        let known = self.taken.len() == self.inputs.len()
            && (self.taken.iter().zip(self.inputs.iter()))
                .all(|(taken, slot)| taken.to_bits() == values[*slot].to_bits());
        if known {
            return;
        }
        self.taken.clear();
        let of_inputs = self.inputs.iter().map(|slot| values[*slot]);
        self.taken.extend(of_inputs);
        let layout = Arc::clone(&self.layout);
        for (source, member) in (0..).zip(&layout.sources) {
            let rate = member.slots.value(values, "rate_factor");
            self.run.set_rate(source, rate);
        }
        for (station, member) in (0..).zip(&layout.stations) {
            let speed = member.slots.value(values, "speed");
            let available = member.slots.value(values, "available");
            let broken = member.slots.value(values, "broken");
            self.run.set_broken(station, broken >= 0.5);
            self.run.set_held(station, available < 0.5 || speed <= 0.0);
            self.run.set_speed(station, speed);
        }
        for (sink, member) in (0..).zip(&layout.sinks) {
            let shut = member.slots.value(values, "shut");
            self.run.set_shut(sink, shut >= 0.5);
        }
        for (pool, member) in (0..).zip(&layout.pools) {
            // Bounded by its declaration; a part of a unit is none.
            let absent = member.slots.value(values, "absent") as u32;
            self.run.set_absent(pool, absent);
        }
        layout.roads.take_inputs(&mut self.run, values);
        layout.it.take_inputs(&mut self.run, values);
    }

    /// Goes on to `time`; forgets what was counted where the warm-up ends on the
    /// way.
    fn advance_to(&mut self, time: SimTime) -> Result<(), ModelError> {
        if let Some(end) = self.warm_up_end
            && end <= time
        {
            self.run.run_until(end).map_err(|error| explain(&error))?;
            self.run.restart_statistics();
            self.warm_up_end = None;
        }
        self.run.run_until(time).map_err(|error| explain(&error))
    }

    fn act(&mut self, control: usize, values: &mut [f64]) {
        let controls = Arc::clone(&self.controls);
        for &(slot, value) in &controls[control].set {
            values[slot] = value;
        }
    }
}

/// Where everything stands that [`FlowModel::take_inputs`] reads.
fn inputs(layout: &Layout) -> Vec<usize> {
    let read: [(&[Member], &[&str]); 4] = [
        (&layout.sources, &["rate_factor"]),
        (&layout.stations, &["speed", "available", "broken"]),
        (&layout.sinks, &["shut"]),
        (&layout.pools, &["absent"]),
    ];
    let mut slots = Vec::new();
    let read = (read.into_iter())
        .flat_map(|(members, names)| members.iter().map(move |member| (member, names)))
        .chain(layout.roads.inputs())
        .chain(layout.it.inputs());
    for (member, names) in read {
        slots.extend(names.iter().filter_map(|name| member.slots.find(name)));
    }
    slots
}

/// The value of a setting; `otherwise` where the twin has no settings.
fn setting(layout: &Layout, values: &[f64], name: &str, otherwise: f64) -> f64 {
    let slots = layout.settings.as_ref();
    slots.map_or(otherwise, |slots| slots.value(values, name))
}

fn seed(layout: &Layout, values: &[f64]) -> Seed {
    Seed {
        run: setting(layout, values, "seed", 0.0) as u64,
        member: 0,
    }
}

/// The network of the parameters in `values`, found to be in order.
fn network(layout: &Layout, values: &[f64]) -> Result<Network, Vec<ModelError>> {
    let network = layout.network(values).map_err(|error| vec![error])?;
    let of_parts = (check(&network).into_iter()).map(|one| {
        let asset = layout.member(one.part).asset;
        (asset, one.problem, one.advice)
    });
    let of_roads = (check_roads(&network).into_iter()).map(|one| {
        let asset = layout.roads.asset(layout, one.place);
        (asset, one.problem, one.advice)
    });
    let of_services = (check_services(&network).into_iter()).map(|one| {
        let asset = layout.it.asset(one.place);
        (asset, one.problem, one.advice)
    });
    let structure = |(asset, problem, advice): (usize, String, String)| ModelError::Structure {
        asset: layout.ids[asset].clone(),
        problem,
        advice,
    };
    let problems: Vec<ModelError> = of_parts
        .chain(of_roads)
        .chain(of_services)
        .map(structure)
        .collect();
    if problems.is_empty() {
        Ok(network)
    } else {
        Err(problems)
    }
}

/// What stopped a run, as an error of the part it names first.
fn explain(error: &FlowError) -> ModelError {
    let (asset, advice) = match error {
        FlowError::Budget { cycle, .. } => (
            cycle.first(),
            "let one of these parts take time, or raise `most_events` of flow.Settings if so \
             many are meant",
        ),
        FlowError::Deadlock { cycle, .. } => (
            cycle.first(),
            "give the ring more room than it gets items, or let fewer in at a time",
        ),
    };
    ModelError::Structure {
        asset: asset.cloned().unwrap_or_default(),
        problem: error.to_string(),
        advice: advice.to_owned(),
    }
}

impl Model for FlowModel {
    fn initialise(&mut self, values: &mut [f64]) -> Result<(), ModelError> {
        let network = network(&self.layout, values).map_err(first)?;
        let seed = seed(&self.layout, values);
        self.run = FlowRun::new(Arc::new(network), seed);
        self.begin(values, seed, SimTime::ZERO);
        self.outputs.write(&self.run, values);
        Ok(())
    }

    fn parameters_changed(&mut self, values: &mut [f64]) -> Result<(), ModelError> {
        let network = Arc::new(network(&self.layout, values).map_err(first)?);
        if self.started {
            self.run.set_network(network);
            self.taken.clear();
        } else {
            // Nothing has happened: times drawn for the first events are drawn again.
            let seed = self.run.seed();
            let start = self.run.time();
            self.run = FlowRun::new(network, seed);
            self.begin(values, seed, start);
        }
        Ok(())
    }

    fn step(&mut self, values: &mut [f64], step: Step) -> Result<(), ModelError> {
        if !self.started && self.run.time() != step.from {
            // The run was placed at another time before it began.
            let seed = self.run.seed();
            self.begin(values, seed, step.from);
        }
        self.started = true;
        self.take_inputs(values);
        let controls = Arc::clone(&self.controls);
        let mut acting = std::mem::take(&mut self.acting);
        acting.clear();
        for (number, control) in controls.iter().enumerate() {
            if let Some(time) = control.acts_within(self.before[number], values, step) {
                acting.push((time, number));
            }
        }
        acting.sort_unstable();
        for &(time, number) in &acting {
            self.advance_to(time)?;
            self.act(number, values);
            self.take_inputs(values);
        }
        self.acting = acting;
        self.advance_to(step.from + step.length)?;
        let window = setting(&self.layout, values, "rate_window", 3600.0);
        self.outputs
            .advance(&self.run, step.length.as_seconds(), window);
        match &self.written {
            None => self.outputs.write(&self.run, values),
            Some(watched) => self.outputs.write_watched(&self.run, values, watched),
        }
        for (number, control) in controls.iter().enumerate() {
            if control.acts_at_end(values) {
                self.act(number, values);
            }
            self.before[number] = control.looked_at(values);
        }
        Ok(())
    }

    fn refresh_outputs(&mut self, values: &mut [f64]) -> Result<(), ModelError> {
        self.outputs.write(&self.run, values);
        Ok(())
    }

    fn reseed(&mut self, seed: u64, member: u64) {
        let seed = Seed { run: seed, member };
        if self.started {
            self.run.reseed(seed);
        } else {
            // The first events were drawn from other streams. Drawn again, a member
            // takes the same numbers whether its parameters are changed or not.
            let network = Arc::clone(self.run.network());
            self.run = FlowRun::starting_at(network, seed, self.run.time());
            self.run.record_happenings(self.recording);
        }
        self.taken.clear();
    }

    fn resume(&mut self, values: &mut [f64], standing: &Standing) -> Result<(), ModelError> {
        let network = network(&self.layout, values).map_err(first)?;
        let seed = self.run.seed();
        self.run = FlowRun::new(Arc::new(network), seed);
        self.begin(values, seed, standing.time);
        self.warm_up_end = None;
        self.started = true;
        self.take_inputs(values);
        let parts = self.run.network().parts();
        // A document of four billion assets cannot be held.
        let parts = parts
            .map(|part| (self.layout.member(part).asset as u32, part))
            .collect();
        let places = self.layout.roads.places(&self.layout);
        self.run
            .resume(standing, &parts, &places)
            .map_err(|(asset, problem)| {
                let id = self.layout.ids.get(asset as usize);
                ModelError::Structure {
                    asset: id.cloned().unwrap_or_default(),
                    problem: format!("the line cannot go on from how it stands: {problem}"),
                    advice:
                        "choose another instant, or look at the log with `counterpart log check`"
                            .to_owned(),
                }
            })?;
        self.run.record_happenings(self.recording);
        self.outputs = Outputs::new(&self.layout, &self.run);
        self.outputs.write(&self.run, values);
        Ok(())
    }

    fn save_state(&self) -> Result<String, ModelError> {
        saved::to_text(&SavedFlow {
            run: self.run.clone(),
            rates: self.outputs.rates(),
            before: self.before.clone(),
            warm_up_end: self.warm_up_end,
            started: self.started,
        })
    }

    fn load_state(&mut self, values: &mut [f64], state: &str) -> Result<(), ModelError> {
        let state: SavedFlow = saved::from_text(state)?;
        let network = network(&self.layout, values).map_err(first)?;
        let parts = network.parts().count();
        saved::check_length("parts", parts, state.run.network().parts().count())?;
        saved::take("controls", &mut self.before, state.before)?;
        self.run = state.run;
        self.run.record_happenings(self.recording);
        self.outputs = Outputs::new(&self.layout, &self.run);
        let rates = self.outputs.rates().len();
        saved::check_length("rates", rates, state.rates.len())?;
        self.outputs.set_rates(&state.rates);
        self.warm_up_end = state.warm_up_end;
        self.started = state.started;
        self.taken.clear();
        Ok(())
    }

    fn hold_back_outputs(&mut self, on: bool) {
        let watched = self.controls.iter().filter_map(Control::watched_output);
        // What a control looks at that is no part's is written with all others.
        self.written = (on.then(|| self.outputs.watched(watched)).flatten()).map(Arc::from);
    }

    fn write_outputs(&self, values: &mut [f64]) {
        if self.written.is_some() {
            self.outputs.write(&self.run, values);
        }
    }

    fn record_happenings(&mut self, on: bool) {
        self.recording = on;
        self.run.record_happenings(on);
    }

    fn take_happenings(&mut self, into: &mut Vec<Happening>) {
        let layout = &self.layout;
        let first = into.len();
        let happened = self.run.take_happenings();
        into.extend(happened.map(|(time, part, what)| Happening {
            time,
            // A document of four billion assets cannot be held.
            asset: layout.member(part).asset as u32,
            what,
        }));
        let departed = self.run.take_departures();
        into.extend(departed.map(|(time, crowd, what)| Happening {
            time,
            asset: match crowd {
                Crowd::Fleet(fleet) => layout.roads.fleets[fleet as usize].member.asset,
                Crowd::Pool(pool) => layout.pools[pool as usize].asset,
            } as u32,
            what: layout.roads.named_by_asset(what),
        }));
        let attempts = self.run.take_attempts();
        into.extend(attempts.map(|(time, dependency, what)| Happening {
            time,
            asset: layout.it.dependencies[dependency as usize].asset as u32,
            what,
        }));
        into[first..].sort_by_key(|happening| happening.time);
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Self {
            recording: false,
            ..self.clone()
        })
    }

    fn continuous_state(&self) -> &[VariableIndex] {
        &[]
    }
}

fn first(problems: Vec<ModelError>) -> ModelError {
    let none = || ModelError::Structure {
        asset: String::new(),
        problem: "the flow cannot run".to_owned(),
        advice: "look at the values changed last".to_owned(),
    };
    problems.into_iter().next().unwrap_or_else(none)
}
