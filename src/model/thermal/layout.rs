//! Where everything stands: the assets of a twin as parts of one network, and
//! the positions of their variables in the value array.

use std::collections::BTreeMap;

use super::kinds::name;
use super::network::{Network, NetworkError, Node};
use crate::model::{ModelError, ObservationNoise};
use crate::twin::{Twin, VariableIndex, VariableTable};

/// A body's variables, by position in the value array.
#[derive(Clone, Debug)]
pub(crate) struct BodySlots {
    pub(crate) id: String,
    pub(crate) heat_capacity: usize,
    pub(crate) initial_temperature: usize,
    pub(crate) temperature: usize,
}

/// A boundary's variables.
#[derive(Clone, Debug)]
pub(crate) struct BoundarySlots {
    pub(crate) temperature: usize,
}

/// A conductance's ends and variables.
#[derive(Clone, Debug)]
pub(crate) struct ConductanceSlots {
    pub(crate) id: String,
    pub(crate) conductance: usize,
    pub(crate) heat_flow: usize,
}

/// A radiation link's variables.
#[derive(Clone, Debug)]
pub(crate) struct RadiationSlots {
    pub(crate) id: String,
    pub(crate) area: usize,
    pub(crate) emissivity: usize,
    pub(crate) view_factor: usize,
    pub(crate) heat_flow: usize,
}

/// What sets a heater's command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Controller {
    /// The thermostat with this index.
    Thermostat(usize),
    /// The PID controller with this index.
    Pid(usize),
}

/// A heater's variables and its controller.
#[derive(Clone, Debug)]
pub(crate) struct HeaterSlots {
    pub(crate) power_at_full: usize,
    pub(crate) command: usize,
    pub(crate) power: usize,
    pub(crate) controller: Option<Controller>,
}

/// A sensor's variables and what it follows.
#[derive(Clone, Debug)]
pub(crate) struct SensorSlots {
    pub(crate) id: String,
    pub(crate) node: Node,
    pub(crate) time_constant: usize,
    pub(crate) bias: usize,
    pub(crate) resolution: usize,
    pub(crate) temperature: usize,
    pub(crate) reading: usize,
}

/// A thermostat's variables and the sensor it acts on.
#[derive(Clone, Debug)]
pub(crate) struct ThermostatSlots {
    pub(crate) reading: usize,
    pub(crate) hysteresis: usize,
    pub(crate) set_point: usize,
    pub(crate) automatic: usize,
    pub(crate) on: usize,
}

/// A PID controller's variables, its sensor and its first heater.
#[derive(Clone, Debug)]
pub(crate) struct PidSlots {
    pub(crate) reading: usize,
    /// Command of the first heater, followed while not automatic.
    pub(crate) manual: usize,
    pub(crate) gain: usize,
    pub(crate) integral_time: usize,
    pub(crate) derivative_time: usize,
    pub(crate) output_low: usize,
    pub(crate) output_high: usize,
    pub(crate) set_point: usize,
    pub(crate) automatic: usize,
    pub(crate) integral: usize,
    pub(crate) derivative: usize,
    pub(crate) last_reading: usize,
    pub(crate) output: usize,
}

/// All thermal assets of a twin, each family in the order of the document; the
/// indexes are those of the [`Network`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    pub(crate) bodies: Vec<BodySlots>,
    pub(crate) boundaries: Vec<BoundarySlots>,
    pub(crate) conductances: Vec<ConductanceSlots>,
    pub(crate) radiations: Vec<RadiationSlots>,
    pub(crate) heaters: Vec<HeaterSlots>,
    pub(crate) sensors: Vec<SensorSlots>,
    pub(crate) thermostats: Vec<ThermostatSlots>,
    pub(crate) pids: Vec<PidSlots>,
    /// Paths of the network's states, for messages.
    pub(crate) state_paths: Vec<String>,
    /// Paths of the boundary temperatures, for messages.
    pub(crate) boundary_paths: Vec<String>,
    /// Paths of the heaters' commands, for messages.
    pub(crate) heater_paths: Vec<String>,
    /// Temperatures of bodies, then sensors.
    pub(crate) continuous: Vec<VariableIndex>,
    pub(crate) noise: Vec<ObservationNoise>,
}

/// A thermal asset as a member of its family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Body(usize),
    Boundary(usize),
    Conductance,
    Radiation,
    Heater,
    Sensor(usize),
    Thermostat(usize),
    Pid(usize),
}

/// The far end of a link, seen from one port.
#[derive(Clone, Copy, Debug)]
struct Peer<'a> {
    member: Member,
    asset: usize,
    port: &'a str,
}

/// Reads a twin's thermal assets and collects every problem on the way.
struct Reader<'a> {
    twin: &'a Twin,
    variables: &'a VariableTable,
    members: BTreeMap<usize, Member>,
    /// What is linked to each port, by position of the asset and port name.
    peers: BTreeMap<(usize, &'a str), Vec<Peer<'a>>>,
    problems: Vec<ModelError>,
}

impl Layout {
    /// Reads the twin's thermal assets; `None` when there are none.
    ///
    /// The network has the right shape; its numbers are those of the document.
    ///
    /// # Errors
    /// Every structural problem found.
    pub(crate) fn read(
        twin: &Twin,
        variables: &VariableTable,
    ) -> Result<Option<(Self, Network)>, Vec<ModelError>> {
        let mut reader = Reader {
            twin,
            variables,
            members: BTreeMap::new(),
            peers: BTreeMap::new(),
            problems: Vec::new(),
        };
        reader.find_members();
        if reader.members.is_empty() && reader.problems.is_empty() {
            return Ok(None);
        }
        reader.follow_links();
        let parts = reader.assemble();
        if reader.problems.is_empty() {
            Ok(Some(parts))
        } else {
            Err(reader.problems)
        }
    }
}

impl<'a> Reader<'a> {
    fn problem(&mut self, asset: usize, problem: impl Into<String>, advice: impl Into<String>) {
        self.problems.push(ModelError::Structure {
            asset: self.twin.assets[asset].id.clone(),
            problem: problem.into(),
            advice: advice.into(),
        });
    }

    fn find_members(&mut self) {
        let mut counts = [0; 8];
        for (asset, description) in self.twin.assets.iter().enumerate() {
            let mut next = |family: usize| {
                counts[family] += 1;
                counts[family] - 1
            };
            let member = match description.kind.as_str() {
                name::BODY => Member::Body(next(0)),
                name::BOUNDARY => Member::Boundary(next(1)),
                name::CONDUCTANCE => Member::Conductance,
                name::RADIATION => Member::Radiation,
                name::HEATER => Member::Heater,
                name::SENSOR => Member::Sensor(next(5)),
                name::THERMOSTAT => Member::Thermostat(next(6)),
                name::PID => Member::Pid(next(7)),
                other => {
                    if other.starts_with("thermal.") {
                        self.problem(
                            asset,
                            format!("there is no kind `{other}`"),
                            "use one of the thermal kinds of the reference page",
                        );
                    }
                    continue;
                }
            };
            self.members.insert(asset, member);
        }
    }

    fn follow_links(&mut self) {
        let mut by_id = BTreeMap::new();
        for &asset in self.members.keys() {
            by_id.insert(self.twin.assets[asset].id.as_str(), asset);
        }
        for link in &self.twin.links {
            let ends = [&link.from, &link.to].map(|reference| {
                let (id, port) = reference.parts()?;
                let asset = *by_id.get(id)?;
                Some((asset, port))
            });
            match ends {
                [Some(from), Some(to)] => self.join(from, to),
                // A link that leaves the domain is another domain's to judge.
                [None, None] => {}
                [Some((asset, port)), None] | [None, Some((asset, port))] => self.problem(
                    asset,
                    format!("its port `{port}` is linked to something that is not thermal"),
                    "link it to a thermal asset or remove the link",
                ),
            }
        }
    }

    fn join(&mut self, from: (usize, &'a str), to: (usize, &'a str)) {
        let (Some(&left), Some(&right)) = (self.members.get(&from.0), self.members.get(&to.0))
        else {
            return;
        };
        if !(fits(left, from.1, right, to.1) || fits(right, to.1, left, from.1)) {
            let both_store = |member| matches!(member, Member::Body(_) | Member::Boundary(_));
            let advice = if both_store(left) && both_store(right) {
                "put a thermal.Conductance between the two"
            } else {
                "see the reference page for what each port takes"
            };
            let other = &self.twin.assets[to.0].id;
            self.problem(
                from.0,
                format!(
                    "its port `{}` cannot be linked to `{other}.{}`",
                    from.1, to.1
                ),
                advice,
            );
            return;
        }
        for (near, far, member) in [(from, to, right), (to, from, left)] {
            self.peers.entry(near).or_default().push(Peer {
                member,
                asset: far.0,
                port: far.1,
            });
        }
    }

    /// The one asset linked to a port.
    fn only_peer(&mut self, asset: usize, port: &'static str) -> Option<Peer<'a>> {
        let peers = self
            .peers
            .get(&(asset, port))
            .map_or(&[][..], Vec::as_slice);
        match *peers {
            [peer] => Some(peer),
            [] => {
                self.problem(
                    asset,
                    format!("its port `{port}` is linked to nothing"),
                    format!("add a link from `{}.{port}`", self.twin.assets[asset].id),
                );
                None
            }
            _ => {
                let names: Vec<String> = (peers.iter())
                    .map(|peer| format!("`{}.{}`", self.twin.assets[peer.asset].id, peer.port))
                    .collect();
                self.problem(
                    asset,
                    format!("its port `{port}` is linked to {}", names.join(" and ")),
                    "keep one of the links",
                );
                None
            }
        }
    }

    /// The body or boundary at a port; only the first family members are nodes.
    fn node(&mut self, asset: usize, port: &'static str) -> Option<Node> {
        match self.only_peer(asset, port)?.member {
            Member::Body(index) => Some(Node::Body(index)),
            Member::Boundary(index) => Some(Node::Boundary(index)),
            _ => None,
        }
    }

    fn slot(&mut self, asset: usize, quantity: &'static str) -> usize {
        match self.variables.of_asset(asset, quantity) {
            Some(index) => index.position(),
            None => {
                self.problem(
                    asset,
                    format!("it has no variable `{quantity}`"),
                    "number the variables with the registry of this program",
                );
                0
            }
        }
    }

    fn path(&self, asset: usize, quantity: &str) -> String {
        format!("{}.{quantity}", self.twin.assets[asset].id)
    }

    fn initial(&self, slot: usize) -> f64 {
        let index = VariableIndex(u32::try_from(slot).unwrap_or(u32::MAX));
        self.variables.get(index).initial
    }

    /// Notes a number that the network refuses.
    fn accept<T>(&mut self, asset: usize, outcome: Result<T, NetworkError>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(asset, error.to_string(), "correct the document");
                None
            }
        }
    }

    fn assemble(&mut self) -> (Layout, Network) {
        let mut layout = Layout::default();
        let mut network = Network::new();
        let members: Vec<(usize, Member)> = self.members.iter().map(|(&a, &m)| (a, m)).collect();
        // Nodes first, so that links can refer to them; sensors before
        // controllers for the same reason.
        for &(asset, member) in &members {
            match member {
                Member::Body(_) => self.add_body(asset, &mut layout, &mut network),
                Member::Boundary(_) => {
                    network.add_boundary();
                    let temperature = self.slot(asset, "temperature");
                    layout.boundaries.push(BoundarySlots { temperature });
                    layout.boundary_paths.push(self.path(asset, "temperature"));
                }
                _ => {}
            }
        }
        for &(asset, member) in &members {
            match member {
                Member::Conductance => self.add_conductance(asset, &mut layout, &mut network),
                Member::Radiation => self.add_radiation(asset, &mut layout, &mut network),
                Member::Heater => self.add_heater(asset, &mut layout, &mut network),
                Member::Sensor(_) => self.add_sensor(asset, &mut layout, &mut network),
                _ => {}
            }
        }
        for &(asset, member) in &members {
            match member {
                Member::Thermostat(_) => self.add_thermostat(asset, &mut layout),
                Member::Pid(_) => self.add_pid(asset, &mut layout),
                _ => {}
            }
        }
        let bodies = layout.bodies.iter().map(|body| body.temperature);
        let sensors = layout.sensors.iter().map(|sensor| sensor.temperature);
        layout.continuous = (bodies.chain(sensors))
            .map(|slot| VariableIndex(u32::try_from(slot).unwrap_or(u32::MAX)))
            .collect();
        (layout, network)
    }

    fn add_body(&mut self, asset: usize, layout: &mut Layout, network: &mut Network) {
        let heat_capacity = self.slot(asset, "heat_capacity");
        let capacity = self.initial(heat_capacity);
        let added = network.add_body(capacity);
        if self.accept(asset, added).is_some() && capacity == 0.0 {
            self.problem(
                asset,
                "its heat capacity is zero or not given",
                "give the parameter `heat_capacity` a value above zero, such as \"10 J/K\"",
            );
        }
        let slots = BodySlots {
            id: self.twin.assets[asset].id.clone(),
            heat_capacity,
            initial_temperature: self.slot(asset, "initial_temperature"),
            temperature: self.slot(asset, "temperature"),
        };
        layout.bodies.push(slots);
        layout.state_paths.push(self.path(asset, "temperature"));
    }

    fn ends(&mut self, asset: usize) -> Option<(Node, Node)> {
        let (a, b) = (self.node(asset, "a"), self.node(asset, "b"));
        a.zip(b)
    }

    fn add_conductance(&mut self, asset: usize, layout: &mut Layout, network: &mut Network) {
        let conductance = self.slot(asset, "conductance");
        if let Some((a, b)) = self.ends(asset) {
            let added = network.add_conductance(a, b, self.initial(conductance));
            self.accept(asset, added);
        }
        let slots = ConductanceSlots {
            id: self.twin.assets[asset].id.clone(),
            conductance,
            heat_flow: self.slot(asset, "heat_flow"),
        };
        layout.conductances.push(slots);
    }

    fn add_radiation(&mut self, asset: usize, layout: &mut Layout, network: &mut Network) {
        let slots = RadiationSlots {
            id: self.twin.assets[asset].id.clone(),
            area: self.slot(asset, "area"),
            emissivity: self.slot(asset, "emissivity"),
            view_factor: self.slot(asset, "view_factor"),
            heat_flow: self.slot(asset, "heat_flow"),
        };
        if let Some((a, b)) = self.ends(asset) {
            let coefficient = super::network::STEFAN_BOLTZMANN
                * self.initial(slots.area)
                * self.initial(slots.emissivity)
                * self.initial(slots.view_factor);
            let added = network.add_radiation(a, b, coefficient);
            self.accept(asset, added);
        }
        layout.radiations.push(slots);
    }

    fn add_heater(&mut self, asset: usize, layout: &mut Layout, network: &mut Network) {
        match self.node(asset, "heat") {
            Some(Node::Body(body)) => {
                let added = network.add_source(body);
                self.accept(asset, added);
            }
            Some(Node::Boundary(_)) => self.problem(
                asset,
                "it heats a boundary, whose temperature is given",
                "link it to a thermal.Body",
            ),
            None => {}
        }
        let controlled = self.peers.contains_key(&(asset, "control"));
        let peer = controlled
            .then(|| self.only_peer(asset, "control"))
            .flatten();
        let controller = match peer.map(|peer| peer.member) {
            Some(Member::Thermostat(index)) => Some(Controller::Thermostat(index)),
            Some(Member::Pid(index)) => Some(Controller::Pid(index)),
            _ => None,
        };
        let slots = HeaterSlots {
            power_at_full: self.slot(asset, "power_at_full"),
            command: self.slot(asset, "command"),
            power: self.slot(asset, "power"),
            controller,
        };
        layout.heaters.push(slots);
        layout.heater_paths.push(self.path(asset, "command"));
    }

    fn add_sensor(&mut self, asset: usize, layout: &mut Layout, network: &mut Network) {
        let time_constant = self.slot(asset, "time_constant");
        let node = self.node(asset, "body");
        if let Some(node) = node {
            let added = network.add_lag(node, self.initial(time_constant));
            self.accept(asset, added);
        }
        let slots = SensorSlots {
            id: self.twin.assets[asset].id.clone(),
            node: node.unwrap_or(Node::Body(0)),
            time_constant,
            bias: self.slot(asset, "bias"),
            resolution: self.slot(asset, "resolution"),
            temperature: self.slot(asset, "temperature"),
            reading: self.slot(asset, "reading"),
        };
        layout.sensors.push(slots);
        layout.state_paths.push(self.path(asset, "temperature"));
        let reading = self.variables.of_asset(asset, "reading");
        let noise = self.variables.of_asset(asset, "noise");
        if let Some((variable, standard_deviation)) = reading.zip(noise) {
            layout.noise.push(ObservationNoise {
                variable,
                standard_deviation,
            });
        }
    }

    /// The reading that a controller acts on.
    fn reading(&mut self, asset: usize, layout: &Layout) -> usize {
        match self.only_peer(asset, "sensor").map(|peer| peer.member) {
            Some(Member::Sensor(index)) => layout.sensors[index].reading,
            _ => 0,
        }
    }

    fn first_heater(&mut self, asset: usize) -> Option<usize> {
        let heater = (self.peers.get(&(asset, "heater")))
            .and_then(|peers| peers.first())
            .map(|peer| peer.asset);
        if heater.is_none() {
            self.problem(
                asset,
                "its port `heater` is linked to nothing",
                "link it to the port `control` of a thermal.Heater",
            );
        }
        heater
    }

    fn add_thermostat(&mut self, asset: usize, layout: &mut Layout) {
        self.first_heater(asset);
        let slots = ThermostatSlots {
            reading: self.reading(asset, layout),
            hysteresis: self.slot(asset, "hysteresis"),
            set_point: self.slot(asset, "set_point"),
            automatic: self.slot(asset, "automatic"),
            on: self.slot(asset, "on"),
        };
        layout.thermostats.push(slots);
    }

    fn add_pid(&mut self, asset: usize, layout: &mut Layout) {
        let manual = match self.first_heater(asset) {
            Some(heater) => self.slot(heater, "command"),
            None => 0,
        };
        let slots = PidSlots {
            reading: self.reading(asset, layout),
            manual,
            gain: self.slot(asset, "gain"),
            integral_time: self.slot(asset, "integral_time"),
            derivative_time: self.slot(asset, "derivative_time"),
            output_low: self.slot(asset, "output_low"),
            output_high: self.slot(asset, "output_high"),
            set_point: self.slot(asset, "set_point"),
            automatic: self.slot(asset, "automatic"),
            integral: self.slot(asset, "integral"),
            derivative: self.slot(asset, "derivative"),
            last_reading: self.slot(asset, "last_reading"),
            output: self.slot(asset, "output"),
        };
        layout.pids.push(slots);
    }
}

/// Whether the first port, of something that connects or senses, takes the
/// second.
fn fits(left: Member, left_port: &str, right: Member, right_port: &str) -> bool {
    let node = matches!(right, Member::Body(_) | Member::Boundary(_)) && right_port == "heat";
    let controller = matches!(right, Member::Thermostat(_) | Member::Pid(_));
    match (left, left_port) {
        (Member::Conductance | Member::Radiation, "a" | "b")
        | (Member::Heater, "heat")
        | (Member::Sensor(_), "body") => node,
        (Member::Heater, "control") => controller && right_port == "heater",
        (Member::Sensor(_), "signal") => controller && right_port == "sensor",
        _ => false,
    }
}
