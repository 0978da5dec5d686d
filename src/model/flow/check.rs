//! What makes a network unfit to run, found before it does.

use std::collections::BTreeSet;

use super::network::{
    Arrivals, Blocking, MOST_SERVERS, Network, Outlet, Part, Rule, Station, Yield,
};

/// Something that is wrong with a part of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkProblem {
    /// The part at fault.
    pub part: Part,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub advice: String,
}

/// Every problem of a network; empty where a [`FlowRun`](super::FlowRun) can be
/// made of it.
#[must_use]
pub fn check(network: &Network) -> Vec<NetworkProblem> {
    let mut checker = Checker {
        network,
        problems: Vec::new(),
    };
    checker.references();
    // What follows walks along the outlets.
    if checker.problems.is_empty() {
        checker.sources();
        checker.buffers_and_conveyors();
        checker.stations();
        checker.routers();
        checker.reach();
        checker.rings_without_time();
    }
    checker.problems
}

/// Whether items can come round to a part where they were before.
pub(super) fn has_rings(network: &Network) -> bool {
    find_cycle(network, |_| true).is_some()
}

struct Checker<'a> {
    network: &'a Network,
    problems: Vec<NetworkProblem>,
}

impl Checker<'_> {
    fn problem(&mut self, part: Part, problem: impl Into<String>, advice: impl Into<String>) {
        self.problems.push(NetworkProblem {
            part,
            problem: problem.into(),
            advice: advice.into(),
        });
    }

    /// Every outlet leads to an inlet that there is, and everything that is named
    /// exists.
    fn references(&mut self) {
        let network = self.network;
        for part in network.parts() {
            let outlets = network.outlets(part);
            // A service that only others call needs none.
            if outlets.is_empty() && !matches!(part, Part::Sink(_) | Part::Service(_)) {
                self.problem(part, "items have no way out of it", "link its outlet");
            }
            for outlet in outlets {
                if !exists(network, *outlet) {
                    let advice = "link its outlet to an inlet of another part";
                    self.problem(part, "its outlet leads to nothing that takes items", advice);
                }
            }
        }
        for (index, station) in (0..).zip(&network.stations) {
            let crew = station.failure.as_ref().and_then(|failure| failure.crew);
            let pool = station.operators.map(|operators| operators.pool);
            let missing = |index: u32, count: usize| index as usize >= count;
            if [crew, pool]
                .into_iter()
                .flatten()
                .any(|pool| missing(pool, network.pools.len()))
                || station
                    .hours
                    .is_some_and(|hours| missing(hours.calendar, network.calendars.len()))
            {
                let advice = "name a pool or calendar that there is";
                self.problem(
                    Part::Station(index),
                    "it names a pool or calendar that is not there",
                    advice,
                );
            }
        }
    }

    fn sources(&mut self) {
        let network = self.network;
        for (index, source) in (0..).zip(&network.sources) {
            let part = Part::Source(index);
            if source.batch == 0 {
                self.problem(
                    part,
                    "no item arrives at a time",
                    "give a batch of one or more",
                );
            }
            match &source.arrivals {
                Arrivals::Intervals(times) if times.is_zero() => {
                    if let Some(end) = self.endless_taker(source.outlet, source.limit) {
                        let problem = format!(
                            "it always has a next item, and `{}` takes all of them at once",
                            network.name(end)
                        );
                        let advice = "give a time between arrivals above zero, or a capacity to \
                                      what is behind it";
                        self.problem(part, problem, advice);
                    }
                }
                Arrivals::At(times) if times.windows(2).any(|pair| pair[0] > pair[1]) => {
                    let advice = "sort them by time";
                    self.problem(part, "its arrivals are not in order of time", advice);
                }
                _ => {}
            }
        }
    }

    /// A part that takes any number of items from `outlet` on without time
    /// passing.
    fn endless_taker(&self, outlet: Outlet, limit: Option<u64>) -> Option<Part> {
        if limit.is_some() {
            return None;
        }
        match outlet.part {
            Part::Sink(_) | Part::Service(_) => Some(outlet.part),
            Part::Buffer(index) => {
                let buffer = &self.network.buffers[index as usize];
                if buffer.capacity == u32::MAX {
                    Some(outlet.part)
                } else {
                    self.endless_taker(buffer.outlet, limit)
                }
            }
            Part::Router(index) => {
                let ways = &self.network.routers[index as usize].outlets;
                ways.iter().find_map(|way| match way.part {
                    Part::Router(_) => None,
                    _ => self.endless_taker(*way, limit),
                })
            }
            Part::Station(_) | Part::Conveyor(_) | Part::Source(_) | Part::Transport(_) => None,
        }
    }

    fn buffers_and_conveyors(&mut self) {
        for (index, buffer) in (0..).zip(&self.network.buffers) {
            if buffer.capacity == 0 {
                let advice = "give it a capacity of one or more, or link the parts before and \
                              behind it directly";
                self.problem(Part::Buffer(index), "it has no place for an item", advice);
            }
        }
        for (index, conveyor) in (0..).zip(&self.network.conveyors) {
            let part = Part::Conveyor(index);
            if conveyor.capacity == 0 {
                let advice = "make it as long as an item, or longer";
                self.problem(part, "it has no room for an item", advice);
            }
            if conveyor.travel < 0 || conveyor.spacing < 0 {
                self.problem(part, "it runs backwards", "give times of zero or above");
            }
        }
    }

    fn stations(&mut self) {
        let network = self.network;
        for (index, station) in (0..).zip(&network.stations) {
            let part = Part::Station(index);
            if !(1..=MOST_SERVERS).contains(&station.servers) {
                let problem = format!("it has {} servers", station.servers);
                self.problem(part, problem, format!("give it from 1 to {MOST_SERVERS}"));
            }
            if station.needs.is_empty() || station.needs.contains(&0) {
                let advice = "give one or more of each inlet";
                self.problem(part, "a set of its items is empty", advice);
            }
            let outlets = if station.inspection.is_some() { 3 } else { 1 };
            if station.outlets.len() != outlets {
                let problem = format!("it has {} outlets", station.outlets.len());
                self.problem(part, problem, format!("link {outlets}"));
            }
            if station.blocking == Blocking::BeforeService && !keeps_one_place(station) {
                let problem = "it is to keep a place before it works, and its work may need \
                               another or several";
                let advice = "let it block after service";
                self.problem(part, problem, advice);
            }
            if let Some(operators) = station.operators {
                let units = network.pools[operators.pool as usize].units;
                if operators.count > units {
                    let problem =
                        format!("it needs {} units of a pool of {units}", operators.count);
                    self.problem(part, problem, "enlarge the pool, or need fewer");
                }
            }
            if let Some(failure) = &station.failure {
                if failure
                    .crew
                    .is_some_and(|crew| network.pools[crew as usize].units == 0)
                {
                    let advice = "give its crew a unit";
                    self.problem(part, "nobody can ever repair it", advice);
                }
                if failure.time_to_failure.is_zero() {
                    let advice = "give a mean time to failure above zero";
                    self.problem(part, "it fails again as soon as it is repaired", advice);
                }
            }
            if let Some(hours) = station.hours {
                let values = &network.calendars[hours.calendar as usize].values;
                if !values.iter().any(|&value| value >= 0.5) {
                    let advice = "give its calendar a value of one";
                    self.problem(part, "its calendar has no working hours", advice);
                }
            }
        }
    }

    fn routers(&mut self) {
        for (index, router) in (0..).zip(&self.network.routers) {
            let part = Part::Router(index);
            match &router.rule {
                Rule::Chance(chances) => {
                    let total: f64 = chances.iter().sum();
                    let sound =
                        chances.iter().all(|chance| *chance >= 0.0) && (total - 1.0).abs() <= 1e-9;
                    if chances.len() != router.outlets.len() {
                        let problem = format!(
                            "it has {} chances for {} outlets",
                            chances.len(),
                            router.outlets.len()
                        );
                        self.problem(part, problem, "give one for each");
                    } else if !sound {
                        let problem = format!("the chances of its outlets add to {total}");
                        let advice = "give weights of zero or above, one of them above zero";
                        self.problem(part, problem, advice);
                    }
                }
                Rule::Shortest | Rule::FirstFree
                    if (router.outlets.iter()).any(|way| matches!(way.part, Part::Router(_))) =>
                {
                    let problem = "it goes by where there is room, and leads to another router";
                    let advice = "link it to buffers, stations, conveyors or sinks";
                    self.problem(part, problem, advice);
                }
                _ => {}
            }
        }
    }

    /// Items come to every part, and leave it.
    fn reach(&mut self) {
        let network = self.network;
        let mut reached = BTreeSet::new();
        let mut inlets = BTreeSet::new();
        for index in 0..network.sources.len() as u32 {
            walk(network, Part::Source(index), &mut reached, &mut inlets);
        }
        for part in network.parts() {
            // Those that services are reached by are looked at with the services.
            if !reached.contains(&part) && !matches!(part, Part::Service(_)) {
                let advice = "link an outlet to it, or take it away";
                self.problem(part, "no item ever comes to it", advice);
                continue;
            }
            let Part::Station(index) = part else { continue };
            for inlet in 0..network.stations[index as usize].needs.len() as u16 {
                if !inlets.contains(&Outlet { part, inlet }) {
                    let problem = format!("no item ever comes to its inlet {}", inlet + 1);
                    self.problem(part, problem, "link an outlet to it");
                }
            }
        }
        for (index, source) in (0..).zip(&network.sources) {
            let mut behind = BTreeSet::new();
            walk(network, Part::Source(index), &mut behind, &mut inlets);
            if source.limit.is_none() && !behind.iter().any(|part| matches!(part, Part::Sink(_))) {
                let advice = "link the end of the way to a sink, or limit how many items it makes";
                self.problem(Part::Source(index), "its items never leave", advice);
            }
        }
    }

    fn rings_without_time(&mut self) {
        let network = self.network;
        let cycle = find_cycle(network, |part| match part {
            Part::Buffer(_) | Part::Router(_) => true,
            Part::Station(index) => {
                let station = &network.stations[index as usize];
                station.service.is_zero()
            }
            Part::Conveyor(index) => network.conveyors[index as usize].travel == 0,
            Part::Service(index) => network.services[index as usize].service.is_zero(),
            // A vehicle takes time for its way.
            Part::Source(_) | Part::Sink(_) | Part::Transport(_) => false,
        });
        if let Some(cycle) = cycle {
            let names: Vec<String> = cycle.iter().map(|part| network.name(*part)).collect();
            let problem = format!("items go round without time passing: {}", names.join(" → "));
            let advice = "let one of these parts take time";
            self.problem(cycle[0], problem, advice);
        }
    }
}

fn exists(network: &Network, outlet: Outlet) -> bool {
    let (index, count) = match outlet.part {
        Part::Source(_) => return false,
        Part::Buffer(index) => (index, network.buffers.len()),
        Part::Station(index) => {
            let needs = network.stations.get(index as usize);
            return needs.is_some_and(|one| (outlet.inlet as usize) < one.needs.len());
        }
        Part::Router(index) => (index, network.routers.len()),
        Part::Conveyor(index) => (index, network.conveyors.len()),
        Part::Sink(index) => (index, network.sinks as usize),
        Part::Transport(index) => (index, network.transports.len()),
        Part::Service(index) => (index, network.services.len()),
    };
    (index as usize) < count
}

/// Whether the work of a station needs one place behind it, known beforehand.
fn keeps_one_place(station: &Station) -> bool {
    let one_item = station.needs == [1] || station.output == Yield::Joined;
    one_item && station.inspection.is_none() && !matches!(station.output, Yield::Pieces(2..))
}

/// All parts that items come to from `start`, and the inlets they come by.
fn walk(
    network: &Network,
    start: Part,
    reached: &mut BTreeSet<Part>,
    inlets: &mut BTreeSet<Outlet>,
) {
    let mut open = vec![start];
    while let Some(part) = open.pop() {
        if !reached.insert(part) {
            continue;
        }
        for outlet in network.outlets(part) {
            inlets.insert(*outlet);
            open.push(outlet.part);
        }
    }
}

/// A cycle of parts that all satisfy `counts`; `None` where there is none.
fn find_cycle(network: &Network, counts: impl Fn(Part) -> bool) -> Option<Vec<Part>> {
    let parts: Vec<Part> = network.parts().collect();
    // They are listed in the order in which they compare.
    let position = |part: Part| parts.binary_search(&part);
    // 0: not seen; 1: on the present way; 2: done.
    let mut colour = vec![0_u8; parts.len()];
    for &start in &parts {
        let mut way: Vec<(Part, usize)> = vec![(start, 0)];
        while let Some((part, next)) = way.last_mut() {
            let part = *part;
            let Ok(place) = position(part) else {
                way.pop();
                continue;
            };
            if *next == 0 {
                if colour[place] != 0 || !counts(part) {
                    way.pop();
                    continue;
                }
                colour[place] = 1;
            }
            let outlets = network.outlets(part);
            if let Some(outlet) = outlets.get(*next) {
                *next += 1;
                if position(outlet.part).is_ok_and(|place| colour[place] == 1) {
                    let start = way.iter().position(|(part, _)| *part == outlet.part)?;
                    return Some(way[start..].iter().map(|(part, _)| *part).collect());
                }
                way.push((outlet.part, 0));
            } else {
                colour[place] = 2;
                way.pop();
            }
        }
    }
    None
}
