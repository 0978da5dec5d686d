//! Who is where at one instant: what is in which part and how far along it, and
//! where agents go.

use std::collections::{BTreeMap, VecDeque};

use crate::quantity::SimTime;
use crate::twin::{Happening, What};

/// Most agents of a fleet or a pool that are told apart.
const MOST_AGENTS: usize = 4_096;

/// How a conveyor carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Belt {
    /// Time from its begin to its end [ns].
    pub travel: i64,
    /// Time in which it moves on by the room of one item [ns].
    pub spacing: i64,
    /// Whether it stands while the item at its end cannot leave; otherwise the others
    /// close up.
    pub stops: bool,
}

/// How far an item inside a transport is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// As it came in; the only stage outside of transports.
    Waiting,
    /// On this vehicle of the fleet.
    Aboard(u16),
    /// Brought, and not handed on yet.
    Brought,
}

/// An item inside a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inside {
    /// Its serial number.
    pub item: u64,
    /// Its class.
    pub class: u16,
    /// How far it is, in a transport.
    pub stage: Stage,
    /// When it came in; on a conveyor by the belt's own time [ns].
    entered: i64,
}

/// The last way of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Position in the document of the waypoint that it left.
    pub from: u32,
    /// Position in the document of the waypoint that it goes to, or is at.
    pub to: u32,
    left: SimTime,
    arrives: SimTime,
}

impl Leg {
    /// How much of the way is behind it at `time`, from 0 to 1: it goes at an even
    /// speed, and stays where it arrived.
    #[must_use]
    pub fn share(&self, time: SimTime) -> f64 {
        let whole = (self.arrives - self.left).nanoseconds();
        if whole <= 0 {
            return 1.0;
        }
        ((time - self.left).nanoseconds() as f64 / whole as f64).clamp(0.0, 1.0)
    }
}

/// How far a conveyor is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Riding {
    /// For how long it stood so far [ns].
    stood: i64,
    /// When the item at its end left last [ns].
    left: Option<i64>,
    /// How it carries since it was told; as at the beginning before.
    belt: Option<Belt>,
}

/// Who is where at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// By asset the items inside, in the order in which they came.
    inside: Vec<VecDeque<Inside>>,
    /// By asset its agents.
    agents: Vec<Vec<Option<Leg>>>,
    riding: Vec<Riding>,
    /// The asset that each item is in.
    places: BTreeMap<u64, u32>,
    /// Time of the last entry that was applied, and how many there were.
    pub(super) time: Option<SimTime>,
    pub(super) applied: u64,
}

impl Standing {
    /// The items inside an asset, the one that came first first.
    pub fn inside(&self, asset: usize) -> impl ExactSizeIterator<Item = &Inside> + '_ {
        static NONE: VecDeque<Inside> = VecDeque::new();
        self.inside.get(asset).unwrap_or(&NONE).iter()
    }

    /// Assets that items may be inside of are those below this position.
    #[must_use]
    pub fn assets(&self) -> usize {
        self.inside.len()
    }

    /// Items inside of anything.
    #[must_use]
    pub fn items(&self) -> usize {
        self.places.len()
    }

    /// The agents of a fleet or pool, by number; `None` where nothing is known.
    #[must_use]
    pub fn agents(&self, asset: usize) -> &[Option<Leg>] {
        self.agents.get(asset).map_or(&[], Vec::as_slice)
    }

    /// How far the `position`-th item on a conveyor is at `time`, from 0 at its begin
    /// to 1 at its end. `belt` says how it carried at the beginning.
    #[must_use]
    pub fn ridden(&self, asset: usize, position: usize, belt: &Belt, time: SimTime) -> f64 {
        let items = self.inside.get(asset);
        let Some(item) = items.and_then(|items| items.get(position)) else {
            return 0.0;
        };
        let now = time.nanoseconds();
        let riding = self.riding.get(asset).copied().unwrap_or_default();
        let belt = riding.belt.unwrap_or(*belt);
        let gone = if belt.stops {
            self.belt_time(asset, &belt, now) - item.entered
        } else {
            // Those before it stand at the end, and close up as one leaves.
            let closed_up = riding
                .left
                .map_or(belt.spacing, |left| (now - left).clamp(0, belt.spacing));
            let ahead = belt.spacing.saturating_mul(position as i64 + 1) - closed_up;
            (now - item.entered).min(belt.travel - ahead)
        };
        (gone as f64 / belt.travel.max(1) as f64).clamp(0.0, 1.0)
    }

    /// The own time of a conveyor: it stands while that does [ns].
    fn belt_time(&self, asset: usize, belt: &Belt, now: i64) -> i64 {
        let riding = self.riding.get(asset).copied().unwrap_or_default();
        let time = now - riding.stood;
        let first = self.inside.get(asset).and_then(VecDeque::front);
        match first.filter(|_| belt.stops) {
            // It stands as soon as the first is at its end.
            Some(first) => time.min(first.entered + belt.travel),
            None => time,
        }
    }

    /// How a conveyor carries now; `None` where it is none.
    fn belt(&self, asset: u32, belts: &BTreeMap<u32, Belt>) -> Option<Belt> {
        let told = self.riding.get(asset as usize).and_then(|one| one.belt);
        told.or_else(|| belts.get(&asset).copied())
    }

    /// Takes in one more thing that happened, or that some were lost.
    pub(super) fn apply(
        &mut self,
        time: SimTime,
        told: Option<Happening>,
        belts: &BTreeMap<u32, Belt>,
    ) {
        self.time = Some(time);
        self.applied += 1;
        let Some(Happening { asset, what, .. }) = told else {
            self.forget();
            return;
        };
        let now = time.nanoseconds();
        match what {
            What::Entered { item, class } => {
                let belt = self.belt(asset, belts);
                self.enter(asset, item, class, now, belt.as_ref());
            }
            What::Left { item } => {
                let belt = self.belt(asset, belts);
                self.leave(asset, item, now, belt.as_ref());
            }
            What::Carries { travel, spacing } => {
                if let Some(before) = self.belt(asset, belts) {
                    let belt = Belt {
                        travel: travel.nanoseconds(),
                        spacing: spacing.nanoseconds(),
                        ..before
                    };
                    self.carry(asset as usize, &before, belt, now);
                }
            }
            What::Travels {
                agent,
                from,
                to,
                arrives,
            } => {
                let (place, agent) = (asset as usize, usize::from(agent));
                if agent >= MOST_AGENTS {
                    return;
                }
                if self.agents.len() <= place {
                    self.agents.resize(place + 1, Vec::new());
                }
                let agents = &mut self.agents[place];
                if agents.len() <= agent {
                    agents.resize(agent + 1, None);
                }
                let left = time;
                // One that is told to stand where it is keeps looking where it looked.
                let stays =
                    agents[agent].filter(|leg| from == to && leg.to == to && leg.arrives <= left);
                agents[agent] = stays.or(Some(Leg {
                    from,
                    to,
                    left,
                    arrives,
                }));
            }
            What::Loaded { item, agent } => self.bring(asset, item, Stage::Aboard(agent)),
            What::Unloaded { item } => self.bring(asset, item, Stage::Brought),
            What::State { .. } | What::Request { .. } => {}
        }
    }

    fn forget(&mut self) {
        self.inside.iter_mut().for_each(VecDeque::clear);
        self.agents.iter_mut().for_each(Vec::clear);
        for riding in &mut self.riding {
            *riding = Riding {
                belt: riding.belt,
                ..Riding::default()
            };
        }
        self.places.clear();
    }

    fn enter(&mut self, asset: u32, item: u64, class: u16, now: i64, belt: Option<&Belt>) {
        if let Some(before) = self.places.insert(item, asset) {
            if before == asset {
                // Told again, because recording began again.
                return;
            }
            self.take_out(before, item);
        }
        let place = asset as usize;
        if self.inside.len() <= place {
            self.inside.resize(place + 1, VecDeque::new());
        }
        let riding = self.riding.get(place).copied().unwrap_or_default();
        let mut entered = now - belt.map_or(0, |_| riding.stood);
        let items = &mut self.inside[place];
        items.push_back(Inside {
            item,
            class,
            stage: Stage::Waiting,
            entered,
        });
        // Items that were on a conveyor when recording began came one after the other.
        let Some(belt) = belt else { return };
        for ahead in items.iter_mut().rev().skip(1) {
            if ahead.entered <= entered - belt.spacing {
                break;
            }
            entered -= belt.spacing;
            ahead.entered = entered;
        }
    }

    fn leave(&mut self, asset: u32, item: u64, now: i64, belt: Option<&Belt>) {
        if self.places.get(&item) != Some(&asset) {
            return;
        }
        self.places.remove(&item);
        let removed = self.take_out(asset, item);
        let (Some(belt), Some((0, first))) = (belt, removed) else {
            return;
        };
        let riding = self.riding_mut(asset as usize);
        riding.left = Some(now);
        if belt.stops {
            riding.stood = riding.stood.max(now - first.entered - belt.travel);
        }
    }

    /// Has a conveyor carry otherwise from now on. What is on it keeps the part of the
    /// way that it has gone: times since then are stretched or shortened.
    fn carry(&mut self, asset: usize, before: &Belt, belt: Belt, now: i64) {
        let own = self.belt_time(asset, before, now);
        for item in self.inside.get_mut(asset).into_iter().flatten() {
            item.entered = own - stretched(own - item.entered, before.travel, belt.travel);
        }
        let riding = self.riding_mut(asset);
        riding.belt = Some(belt);
        if let Some(left) = &mut riding.left {
            *left = now - stretched(now - *left, before.spacing, belt.spacing);
        }
    }

    fn riding_mut(&mut self, asset: usize) -> &mut Riding {
        if self.riding.len() <= asset {
            self.riding.resize(asset + 1, Riding::default());
        }
        &mut self.riding[asset]
    }

    /// Takes an item out of an asset; gives its position there, and itself.
    fn take_out(&mut self, asset: u32, item: u64) -> Option<(usize, Inside)> {
        let items = self.inside.get_mut(asset as usize)?;
        let position = items.iter().position(|one| one.item == item)?;
        Some((position, items.remove(position)?))
    }

    fn bring(&mut self, asset: u32, item: u64, stage: Stage) {
        let items = self.inside.get_mut(asset as usize);
        if let Some(found) = items.and_then(|all| all.iter_mut().find(|one| one.item == item)) {
            found.stage = stage;
        }
    }
}

/// The time of a part of a way for which the whole takes `new` instead of `old` [ns].
fn stretched(time: i64, old: i64, new: i64) -> i64 {
    if old <= 0 {
        return time;
    }
    (time as f64 * (new as f64 / old as f64)).round() as i64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::FlowPlan;
    use super::super::moves::Moves;
    use super::*;
    use crate::quantity::SimDuration;
    use crate::simulation::Simulation;
    use crate::twin::{Twin, VariableTable};

    /// A conveyor of ten metres before a machine.
    const LINE: &str = r#"(
        format: 1, id: "line", name: "Line", version: "1", epoch: "2026-01-05T00:00:00Z", timestep: "30 s",
        assets: [
            (id: "raw", kind: "flow.Source", parameters: { "interval_time": "20 s" }),
            (id: "belt", kind: "flow.Conveyor", parameters: { "length": "10 m", "speed": "0.1 m/s", "item_length": "1 m" },
             attributes: { "accumulation": "Stopping" }),
            (id: "mill", kind: "flow.Machine", parameters: { "service_time": "30 s" }),
            (id: "done", kind: "flow.Sink"),
        ],
        links: [(from: "raw.out", to: "belt.in"), (from: "belt.out", to: "mill.in"), (from: "mill.out", to: "done.in")],
    )"#;

    const BELT: usize = 1;

    #[test]
    fn what_the_twin_hands_on_is_drawn_at_the_end_however_the_speed_has_changed() {
        // Held by the machine or not, all standing meanwhile or closing up.
        for (service, accumulation) in [
            ("30 s", "Stopping"),
            ("30 s", "Accumulating"),
            ("1 s", "Stopping"),
            ("1 s", "Accumulating"),
        ] {
            let text = LINE
                .replace("30 s\" })", &format!("{service}\" }})"))
                .replace("Stopping", accumulation);
            let twin: Twin = ron::Options::default()
                .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
                .from_str(&text)
                .expect("a document");
            let variables = VariableTable::new(&twin, &crate::model::registry());
            let (twin, variables) = (Arc::new(twin), Arc::new(variables));
            let mut simulation = Simulation::compile(&twin, &variables).expect("it compiles");
            simulation.record_happenings(true);
            let speed = variables.find("belt.speed").expect("declared");
            let mut told = Vec::new();
            for value in [0.1, 0.04, 0.3, 0.1] {
                simulation.set_parameter(speed, value);
                for _ in 0..30 {
                    simulation.step().expect("it runs");
                    simulation.take_happenings(&mut told);
                }
            }
            let plan = FlowPlan::new(&twin, &variables);
            let belts = plan.belts(|variable| Some(variables.get(variable).initial));
            let belt = belts[&(BELT as u32)];
            let mut moves = Moves::among(belts);
            moves.take_in(&told, 0, simulation.time());
            let mut left = 0;
            for happening in told.iter().filter(|one| one.asset as usize == BELT) {
                let (time, place) = match happening.what {
                    What::Left { .. } => {
                        left += 1;
                        (happening.time - SimDuration::from_nanoseconds(1), 1.0)
                    }
                    What::Entered { .. } => (happening.time, 0.0),
                    _ => continue,
                };
                let standing = moves.at(time).expect("known");
                let position = match place {
                    1.0 => 0,
                    _ => standing.inside(BELT).len() - 1,
                };
                let found = standing.ridden(BELT, position, &belt, time);
                assert!(
                    (found - place).abs() < 1e-6,
                    "{service}, {accumulation}: {found} instead of {place} at {time}"
                );
            }
            assert!(left > 80, "{left} have passed");
        }
    }
}
