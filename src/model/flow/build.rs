//! From a twin to a network: which asset is which part, where its variables
//! stand, and the [`Network`] that the values of the parameters make.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::agents::RoadLayout;
use super::hours;
use super::kinds::{ASSEMBLY_INLETS, RandomTime, WEIGHTS, name, other_rule};
use super::network::{
    Accumulation, Arrivals, Blocking, Budget, Buffer, Conveyor, Discipline, Failure, FailureClock,
    Inspection, Network, Operators, Outlet, Part, Pool, Router, Rule, Source, Station, Timetable,
    WhenFull, WorkingHours, Yield,
};
use super::random_time::TimeForm;
use super::service::ServiceLayout;
use super::times::Times;
use crate::model::ModelError;
use crate::model::slots::{SlotNames, Slots};
use crate::quantity::SimDuration;
use crate::twin::{Asset, Twin, VariableTable};

/// An asset as a part of the flow.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Position of the asset in the document.
    pub(super) asset: usize,
    pub(super) slots: Slots,
    /// Its random times, as far as it has them.
    interval: Option<TimeForm>,
    pub(super) service: Option<TimeForm>,
    set_up: Option<TimeForm>,
    failure: Option<TimeForm>,
    repair: Option<TimeForm>,
    failure_clock: FailureClock,
    crew: Option<u32>,
    /// For each inlet the parameter that says how many items it needs; one where
    /// there is none.
    needs: Vec<Option<&'static str>>,
}

/// The flow assets of a twin as parts of a network.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// Ids of all assets by their position in the document.
    pub(super) ids: Vec<String>,
    pub(super) settings: Option<Slots>,
    pub(super) sources: Vec<Member>,
    pub(super) buffers: Vec<Member>,
    pub(super) stations: Vec<Member>,
    pub(super) routers: Vec<Member>,
    pub(super) conveyors: Vec<Member>,
    pub(super) sinks: Vec<Member>,
    pub(super) pools: Vec<Member>,
    pub(super) calendars: Vec<Member>,
    pub(super) roads: RoadLayout,
    pub(super) it: ServiceLayout,
    /// The network with everything that is no parameter: structure and words.
    pub(super) frame: Network,
}

/// Collects what a twin says, and what is wrong with it.
pub(super) struct Builder<'a> {
    pub(super) twin: &'a Twin,
    pub(super) layout: Layout,
    problems: Vec<ModelError>,
    names: SlotNames<'a>,
    pub(super) parts: BTreeMap<&'a str, Part>,
    pools: BTreeMap<&'a str, u32>,
    calendars: BTreeMap<&'a str, u32>,
    pub(super) waypoints: BTreeMap<&'a str, u32>,
    pub(super) fleets: BTreeMap<&'a str, u32>,
}

impl Layout {
    /// Reads the flow assets of a twin; `None` when there are none.
    ///
    /// # Errors
    /// Every problem of structure found.
    pub(super) fn read(
        twin: &Twin,
        variables: &VariableTable,
    ) -> Result<Option<Self>, Vec<ModelError>> {
        if !(twin.assets.iter()).any(|asset| asset.kind.starts_with("flow.")) {
            return Ok(None);
        }
        let mut builder = Builder {
            twin,
            layout: Self {
                ids: twin.assets.iter().map(|asset| asset.id.clone()).collect(),
                ..Self::default()
            },
            problems: Vec::new(),
            names: SlotNames::default(),
            parts: BTreeMap::new(),
            pools: BTreeMap::new(),
            calendars: BTreeMap::new(),
            waypoints: BTreeMap::new(),
            fleets: BTreeMap::new(),
        };
        builder.read_shared(variables);
        builder.read_roads(variables);
        builder.read_parts(variables);
        builder.connect();
        builder.read_dependencies(variables);
        builder.report_loose_ends();
        if builder.problems.is_empty() {
            Ok(Some(builder.layout))
        } else {
            Err(builder.problems)
        }
    }

    /// The member that a part of the network is.
    pub(super) fn member(&self, part: Part) -> &Member {
        match part {
            Part::Source(index) => &self.sources[index as usize],
            Part::Buffer(index) => &self.buffers[index as usize],
            Part::Station(index) => &self.stations[index as usize],
            Part::Router(index) => &self.routers[index as usize],
            Part::Conveyor(index) => &self.conveyors[index as usize],
            Part::Sink(index) => &self.sinks[index as usize],
            Part::Transport(index) => &self.roads.transports[index as usize],
            Part::Service(index) => &self.it.services[index as usize],
        }
    }

    fn id(&self, member: &Member) -> String {
        self.ids[member.asset].clone()
    }

    /// The times of one form; a problem names the asset.
    pub(super) fn times(
        &self,
        member: &Member,
        form: Option<&TimeForm>,
        names: RandomTime,
        values: &[f64],
    ) -> Result<Times, ModelError> {
        form.map_or(Ok(Times::constant(0.0)), |form| form.times(values))
            .map_err(|error| ModelError::Structure {
                asset: self.id(member),
                problem: format!("`{}` gives no times: {error}", names.time),
                advice: format!(
                    "change `{}`, `{}` or its distribution",
                    names.time, names.variation
                ),
            })
    }

    /// The network that the parameters in `values` make.
    ///
    /// # Errors
    /// The first random time that is none.
    pub(super) fn network(&self, values: &[f64]) -> Result<Network, ModelError> {
        let mut network = self.frame.clone();
        if let Some(settings) = &self.settings {
            network.budget = Budget {
                most: settings.value(values, "most_events").max(1.0) as u64,
                stretch: SimDuration::from_whole_seconds(1),
            };
        }
        for (source, member) in network.sources.iter_mut().zip(&self.sources) {
            let value = |name| member.slots.value(values, name);
            if matches!(source.arrivals, Arrivals::Intervals(_)) {
                let form = member.interval.as_ref();
                let times = self.times(member, form, RandomTime::INTERVAL, values)?;
                source.arrivals = Arrivals::Intervals(times);
            }
            source.batch = whole(value("batch"));
            source.limit = Some(value("limit") as u64).filter(|limit| *limit > 0);
            source.class = value("class") as u16;
            source.priority = value("priority") as i32;
            source.due_after = Some(nanoseconds(value("due_after"))).filter(|after| *after > 0);
        }
        for (buffer, member) in network.buffers.iter_mut().zip(&self.buffers) {
            buffer.capacity = match whole(member.slots.value(values, "capacity")) {
                0 => u32::MAX,
                capacity => capacity,
            };
        }
        for (station, member) in network.stations.iter_mut().zip(&self.stations) {
            self.write_station(station, member, values)?;
        }
        for (router, member) in network.routers.iter_mut().zip(&self.routers) {
            if let Some(other) = other_rule::rule(member.slots.value(values, "other_rule")) {
                router.rule = other;
            }
            if let Rule::Chance(chances) = &mut router.rule {
                let weight = |name: &&str| member.slots.value(values, name);
                let weights: Vec<f64> = WEIGHTS
                    .iter()
                    .take(router.outlets.len())
                    .map(weight)
                    .collect();
                let total: f64 = weights.iter().sum();
                *chances = weights.iter().map(|weight| weight / total).collect();
            }
        }
        for (conveyor, member) in network.conveyors.iter_mut().zip(&self.conveyors) {
            let value = |name| member.slots.value(values, name);
            conveyor.travel = nanoseconds(value("length") / value("speed"));
            conveyor.spacing = nanoseconds(value("item_length") / value("speed"));
            // A millionth of slack, for lengths that are multiples on paper.
            conveyor.capacity = (value("length") / value("item_length") + 1e-6) as u32;
        }
        for (pool, member) in network.pools.iter_mut().zip(&self.pools) {
            pool.units = whole(member.slots.value(values, "units"));
        }
        for (hours, member) in network.calendars.iter_mut().zip(&self.calendars) {
            let value = |name| member.slots.value(values, name);
            *hours = hours::kept(hours, value("always_open"), value("overtime"));
        }
        self.roads.write(self, &mut network, values)?;
        self.it.write(self, &mut network, values)?;
        Ok(network)
    }

    fn write_station(
        &self,
        station: &mut Station,
        member: &Member,
        values: &[f64],
    ) -> Result<(), ModelError> {
        let value = |name| member.slots.value(values, name);
        let times =
            |form: &Option<TimeForm>, names| self.times(member, form.as_ref(), names, values);
        let given =
            |form: &Option<TimeForm>| form.as_ref().is_some_and(|form| !form.is_absent(values));
        station.service = times(&member.service, RandomTime::SERVICE)?;
        station.servers = member
            .slots
            .find("servers")
            .map_or(1, |slot| whole(values[slot]));
        station.needs.clear();
        let needs =
            (member.needs.iter()).map(|name| name.map_or(1, |name| whole(value(name)).max(1)));
        station.needs.extend(needs);
        if let Yield::Pieces(pieces) = &mut station.output {
            *pieces = whole(value("pieces")).max(1);
        }
        station.set_up = given(&member.set_up)
            .then(|| times(&member.set_up, RandomTime::SET_UP))
            .transpose()?;
        station.failure = if given(&member.failure) {
            Some(Failure {
                clock: member.failure_clock,
                time_to_failure: times(&member.failure, RandomTime::FAILURE)?,
                repair: times(&member.repair, RandomTime::REPAIR)?,
                crew: member.crew,
            })
        } else {
            None
        };
        if let Some(operators) = &mut station.operators {
            operators.count = whole(value("operators_needed")).max(1);
        }
        if let Some(inspection) = &mut station.inspection {
            inspection.defective = value("defective");
            inspection.reworks = value("reworks") as u16;
        }
        Ok(())
    }
}

/// A number of things; the cast saturates.
pub(super) fn whole(value: f64) -> u32 {
    value.round() as u32
}

pub(super) fn nanoseconds(seconds: f64) -> i64 {
    (seconds * 1e9).round() as i64
}

/// An outlet that leads nowhere yet.
pub(super) const LOOSE: Outlet = Outlet {
    part: Part::Sink(u32::MAX),
    inlet: 0,
};

impl<'a> Builder<'a> {
    pub(super) fn problem(
        &mut self,
        asset: &str,
        problem: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.problems.push(ModelError::Structure {
            asset: asset.to_owned(),
            problem: problem.into(),
            advice: advice.into(),
        });
    }

    pub(super) fn word(asset: &'a Asset, name: &str) -> &'a str {
        asset.attributes.get(name).map_or("", String::as_str)
    }

    fn pattern(&self, asset: &'a Asset, name: &str) -> Option<Timetable> {
        let id = asset.attributes.get(name)?;
        let found = self.twin.patterns.iter().find(|one| one.id == *id);
        found.map(hours::timetable)
    }

    /// The points of a curve that an attribute names \[SI].
    fn points(&self, asset: &'a Asset, name: &str) -> Option<Vec<(f64, f64)>> {
        let id = asset.attributes.get(name)?;
        let curve = self.twin.curves.iter().find(|one| one.id == *id)?;
        let points = curve.points.iter();
        Some(
            points
                .map(|&(x, y)| (curve.x.to_si(x), curve.y.to_si(y)))
                .collect(),
        )
    }

    /// A random time of an asset; `otherwise` is the distribution that the kind
    /// takes where the document gives none.
    pub(super) fn form(
        &self,
        asset: &'a Asset,
        slots: &Slots,
        names: RandomTime,
        otherwise: &'static str,
    ) -> Option<TimeForm> {
        let word = match Self::word(asset, names.distribution) {
            "" => otherwise,
            word => word,
        };
        let data = self.points(asset, names.data).map(Arc::from);
        TimeForm::new(names, slots, Some(word), data)
    }

    pub(super) fn member(&mut self, position: usize, variables: &VariableTable) -> Member {
        let asset = &self.twin.assets[position];
        let slots = self.names.of(position, asset, variables);
        Member {
            asset: position,
            interval: self.form(asset, &slots, RandomTime::INTERVAL, "Exponential"),
            service: self.form(asset, &slots, RandomTime::SERVICE, "Constant"),
            set_up: self.form(asset, &slots, RandomTime::SET_UP, "Constant"),
            failure: self.form(asset, &slots, RandomTime::FAILURE, "Exponential"),
            repair: self.form(asset, &slots, RandomTime::REPAIR, "Exponential"),
            failure_clock: match Self::word(asset, "failure_clock") {
                "Calendar" => FailureClock::Calendar,
                _ => FailureClock::Operating,
            },
            crew: self.pools.get(Self::word(asset, "repair_crew")).copied(),
            needs: Vec::new(),
            slots,
        }
    }

    /// What others name: pools, calendars and the settings.
    fn read_shared(&mut self, variables: &VariableTable) {
        for (position, asset) in self.twin.assets.iter().enumerate() {
            match asset.kind.as_str() {
                name::SETTINGS => {
                    if self.layout.settings.is_some() {
                        let advice = "keep one: all flow assets of a twin make one flow";
                        self.problem(&asset.id, "they are second settings", advice);
                    }
                    self.layout.settings = Some(self.names.of(position, asset, variables));
                }
                name::RESOURCE_POOL => {
                    let index = self.layout.pools.len() as u32;
                    self.pools.insert(&asset.id, index);
                    let member = self.member(position, variables);
                    self.layout.pools.push(member);
                    self.layout.frame.pools.push(Pool { units: 1 });
                }
                name::SHIFT_CALENDAR => {
                    let Some(hours) = self.pattern(asset, "pattern") else {
                        let advice = "name a pattern of ones and zeros in the attribute `pattern`";
                        self.problem(&asset.id, "it has no working hours", advice);
                        continue;
                    };
                    let index = self.layout.calendars.len() as u32;
                    self.calendars.insert(&asset.id, index);
                    let member = self.member(position, variables);
                    self.layout.calendars.push(member);
                    self.layout.frame.calendars.push(hours);
                }
                _ => {}
            }
        }
    }

    fn read_parts(&mut self, variables: &VariableTable) {
        for (position, asset) in self.twin.assets.iter().enumerate() {
            let part = match asset.kind.as_str() {
                name::SOURCE => {
                    let part = Part::Source(self.layout.sources.len() as u32);
                    let member = self.member(position, variables);
                    self.layout.sources.push(member);
                    self.add_source(asset);
                    part
                }
                name::BUFFER => {
                    let part = Part::Buffer(self.layout.buffers.len() as u32);
                    let member = self.member(position, variables);
                    self.layout.buffers.push(member);
                    self.layout.frame.buffers.push(Buffer {
                        capacity: u32::MAX,
                        discipline: match Self::word(asset, "discipline") {
                            "LastInFirstOut" => Discipline::LastInFirstOut,
                            "Priority" => Discipline::Priority,
                            "DueDate" => Discipline::DueDate,
                            _ => Discipline::FirstInFirstOut,
                        },
                        outlet: LOOSE,
                    });
                    part
                }
                kind if name::STATIONS.contains(&kind) => {
                    let part = Part::Station(self.layout.stations.len() as u32);
                    let mut member = self.member(position, variables);
                    member.needs = self.needs(asset);
                    self.layout.stations.push(member);
                    self.add_station(asset);
                    part
                }
                name::ROUTER => {
                    let part = Part::Router(self.layout.routers.len() as u32);
                    let member = self.member(position, variables);
                    self.layout.routers.push(member);
                    self.add_router(asset);
                    part
                }
                name::CONVEYOR => {
                    let part = Part::Conveyor(self.layout.conveyors.len() as u32);
                    let member = self.member(position, variables);
                    self.layout.conveyors.push(member);
                    self.layout.frame.conveyors.push(Conveyor {
                        travel: 0,
                        spacing: 0,
                        capacity: 0,
                        accumulation: match Self::word(asset, "accumulation") {
                            "Stopping" => Accumulation::Stopping,
                            _ => Accumulation::Accumulating,
                        },
                        outlet: LOOSE,
                    });
                    part
                }
                name::SINK => {
                    let part = Part::Sink(self.layout.frame.sinks);
                    let member = self.member(position, variables);
                    self.layout.sinks.push(member);
                    self.layout.frame.sinks += 1;
                    part
                }
                name::SERVICE => {
                    let part = Part::Service(self.layout.it.services.len() as u32);
                    let member = self.member(position, variables);
                    self.layout.it.services.push(member);
                    self.add_service();
                    part
                }
                name::TRANSPORT => {
                    let part = Part::Transport(self.layout.roads.transports.len() as u32);
                    let member = self.member(position, variables);
                    self.layout.roads.transports.push(member);
                    self.add_transport(asset);
                    part
                }
                _ => continue,
            };
            self.parts.insert(&asset.id, part);
            let names = &mut self.layout.frame.names;
            let list = match part {
                Part::Source(_) => &mut names.sources,
                Part::Buffer(_) => &mut names.buffers,
                Part::Station(_) => &mut names.stations,
                Part::Router(_) => &mut names.routers,
                Part::Conveyor(_) => &mut names.conveyors,
                Part::Sink(_) => &mut names.sinks,
                Part::Transport(_) => &mut names.transports,
                Part::Service(_) => &mut names.services,
            };
            list.push(asset.id.clone());
        }
    }

    fn add_source(&mut self, asset: &'a Asset) {
        let trace = self.points(asset, "arrivals");
        self.layout.frame.sources.push(Source {
            arrivals: match trace {
                Some(points) => Arrivals::At(points.iter().map(|&(_, y)| nanoseconds(y)).collect()),
                None => Arrivals::Intervals(Times::constant(0.0)),
            },
            batch: 1,
            limit: None,
            when_full: match Self::word(asset, "when_full") {
                "Lose" => WhenFull::Lose,
                _ => WhenFull::Wait,
            },
            class: 0,
            priority: 0,
            due_after: None,
            outlet: LOOSE,
        });
    }

    /// Whether the document links something to a port.
    fn is_linked(&self, id: &str, port: &str) -> bool {
        (self.twin.links.iter())
            .flat_map(|link| [link.from.parts(), link.to.parts()])
            .any(|end| end == Some((id, port)))
    }

    fn needs(&self, asset: &'a Asset) -> Vec<Option<&'static str>> {
        match asset.kind.as_str() {
            name::ASSEMBLY => (ASSEMBLY_INLETS.iter())
                .filter(|(port, _)| self.is_linked(&asset.id, port))
                .map(|(_, need)| Some(*need))
                .collect(),
            name::MACHINE => vec![Some("batch")],
            _ => vec![None],
        }
    }

    fn add_station(&mut self, asset: &'a Asset) {
        let kind = asset.kind.as_str();
        let inspects = kind == name::INSPECTION;
        let hours = self.calendars.get(Self::word(asset, "calendar"));
        let hours = hours.map(|&calendar| WorkingHours {
            calendar,
            interrupts: Self::word(asset, "at_shift_end") == "Interrupt",
        });
        let operators = self.pools.get(Self::word(asset, "operators"));
        let inlets = self.needs(asset).len();
        self.layout.frame.stations.push(Station {
            servers: 1,
            needs: vec![1; inlets],
            output: match kind {
                name::ASSEMBLY => Yield::Joined,
                name::SPLIT => Yield::Pieces(1),
                _ => Yield::Same,
            },
            service: Times::constant(0.0),
            set_up: None,
            failure: None,
            blocking: match Self::word(asset, "blocking") {
                "BeforeService" => Blocking::BeforeService,
                _ => Blocking::AfterService,
            },
            operators: operators.map(|&pool| Operators { pool, count: 1 }),
            hours,
            inspection: inspects.then_some(Inspection {
                defective: 0.0,
                reworks: 0,
            }),
            waypoint: self.waypoints.get(Self::word(asset, "waypoint")).copied(),
            outlets: vec![LOOSE; if inspects { 3 } else { 1 }],
        });
    }

    fn add_router(&mut self, asset: &'a Asset) {
        let rule = match Self::word(asset, "rule") {
            "Turns" => Rule::Turns,
            "Class" => Rule::Class,
            "Shortest" => Rule::Shortest,
            "FirstFree" => Rule::FirstFree,
            "Timetable" => match self.pattern(asset, "timetable") {
                Some(timetable) => Rule::Timetable(timetable),
                None => {
                    let advice = "name a pattern of numbers in the attribute `timetable`";
                    self.problem(&asset.id, "it has no timetable", advice);
                    Rule::Turns
                }
            },
            _ => Rule::Chance(Vec::new()),
        };
        self.layout.frame.routers.push(Router {
            rule,
            outlets: Vec::new(),
        });
    }

    /// Reads the links: whose outlet leads to whose inlet.
    fn connect(&mut self) {
        let twin = self.twin;
        for link in &twin.links {
            let (Some(from), Some(to)) = (link.from.parts(), link.to.parts()) else {
                continue;
            };
            let ends = [from, to].map(|(id, _)| self.parts.get(id).copied());
            let [Some(first), Some(second)] = ends else {
                continue;
            };
            let ways = [(first, from, second, to), (second, to, first, from)];
            // A link may be written either way round: items go from the outlet to
            // the inlet.
            let Some((giver, out, taker, inlet)) = (ways.into_iter())
                .find(|(_, out, _, inlet)| is_outlet(out.1) && !is_outlet(inlet.1))
            else {
                let problem = format!(
                    "`{}` and `{}` are two inlets or two outlets",
                    link.from.0, link.to.0
                );
                self.problem(from.0, problem, "link an outlet to an inlet");
                continue;
            };
            let inlet = self.inlet_number(taker, inlet);
            let outlet = Outlet { part: taker, inlet };
            self.set_outlet(giver, out.1, outlet);
        }
    }

    fn inlet_number(&self, part: Part, (id, port): (&str, &str)) -> u16 {
        let assembles = matches!(part, Part::Station(index)
            if self.layout.frame.stations[index as usize].output == Yield::Joined);
        if !assembles {
            return 0;
        }
        let before = (ASSEMBLY_INLETS.iter()).take_while(|(name, _)| *name != port);
        before.filter(|(name, _)| self.is_linked(id, name)).count() as u16
    }

    fn set_outlet(&mut self, giver: Part, port: &str, outlet: Outlet) {
        let frame = &mut self.layout.frame;
        match giver {
            Part::Source(index) => frame.sources[index as usize].outlet = outlet,
            Part::Buffer(index) => frame.buffers[index as usize].outlet = outlet,
            Part::Conveyor(index) => frame.conveyors[index as usize].outlet = outlet,
            Part::Transport(index) => frame.transports[index as usize].outlet = outlet,
            Part::Service(index) => {
                frame.services[index as usize].outlets[usize::from(port == "failed")] = outlet;
            }
            Part::Router(index) => frame.routers[index as usize].outlets.push(outlet),
            Part::Station(index) => {
                let place = match port {
                    "rework" => 1,
                    "reject" => 2,
                    _ => 0,
                };
                if let Some(one) = frame.stations[index as usize].outlets.get_mut(place) {
                    *one = outlet;
                }
            }
            Part::Sink(_) => {}
        }
    }

    fn report_loose_ends(&mut self) {
        let frame = &self.layout.frame;
        let loose: Vec<Part> = (frame.parts())
            .filter(|part| frame.outlets(*part).contains(&LOOSE))
            .collect();
        let crowded = (0_u32..).zip(&frame.routers).filter(|(_, router)| {
            matches!(router.rule, Rule::Chance(_)) && router.outlets.len() > WEIGHTS.len()
        });
        let crowded: Vec<Part> = crowded.map(|(index, _)| Part::Router(index)).collect();
        for part in loose {
            let id = self.layout.id(self.layout.member(part));
            let advice = "link each of its outlets to an inlet of a flow asset";
            self.problem(&id, "its items have no way out", advice);
        }
        for part in crowded {
            let id = self.layout.id(self.layout.member(part));
            let problem = format!(
                "it chooses by chance among more than {} outlets",
                WEIGHTS.len()
            );
            self.problem(&id, problem, "let one router follow on another");
        }
    }
}

/// Whether a port is one that items go out by.
fn is_outlet(port: &str) -> bool {
    matches!(port, "out" | "good" | "rework" | "reject" | "failed")
}
