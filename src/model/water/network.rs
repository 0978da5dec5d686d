//! What a water network consists of, in SI and without names.
//!
//! Nodes are numbered with the junctions first and the sources (reservoirs and
//! tanks) after them; links, patterns and curves by their place in the vectors.

use serde::{Deserialize, Serialize};

use super::curve::Curve;
use super::options::Options;

/// Number of a node: junctions first, then sources.
pub type NodeIndex = usize;
/// Number of a link.
pub type LinkIndex = usize;
/// Number of a pattern.
pub type PatternIndex = usize;
/// Number of a curve.
pub type CurveIndex = usize;

/// A water network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// Nodes whose head is computed.
    pub junctions: Vec<Junction>,
    /// Nodes whose head is given over a step: reservoirs and tanks.
    pub sources: Vec<Source>,
    /// Pipes, pumps and valves.
    pub links: Vec<Link>,
    /// Multipliers that demands, heads, speeds and prices refer to.
    pub patterns: Vec<Pattern>,
    /// Curves that pumps, valves and tanks refer to.
    pub curves: Vec<Curve>,
    /// Simple controls, in the order in which they act.
    pub controls: Vec<Control>,
    /// Rules, in the order in which they are examined.
    pub rules: Vec<Rule>,
    /// How to solve, and over which times.
    pub options: Options,
}

/// Multipliers that follow each other in time and begin again after the last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pattern {
    /// How long each holds, s; above zero.
    pub step: i64,
    /// How far into the pattern time zero is, s.
    pub start: i64,
    /// The multipliers; at least one.
    pub values: Vec<f64>,
}

impl Pattern {
    /// The multiplier at a time since the start, s.
    #[must_use]
    pub fn at(&self, time: i64) -> f64 {
        let period = (time + self.start).div_euclid(self.step.max(1));
        let place = period.rem_euclid(self.values.len().max(1) as i64);
        self.values.get(place as usize).copied().unwrap_or(1.0)
    }

    /// Time until the next multiplier, s.
    pub(super) fn until_next(&self, time: i64) -> i64 {
        let step = self.step.max(1);
        step - (time + self.start).rem_euclid(step)
    }
}

/// A node without storage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Junction {
    /// Height above datum, m.
    pub elevation: f64,
    /// What is drawn here.
    pub demands: Vec<Demand>,
    /// Emitter: outflow at 1 m of pressure, m³/s; zero for none.
    pub emitter: f64,
}

/// One category of a junction's demand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Demand where the pattern is one, m³/s.
    pub base: f64,
    /// Its course; without one it is constant.
    pub pattern: Option<PatternIndex>,
}

/// A node whose head is given.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// An endless supply at a known head.
    Reservoir(Reservoir),
    /// A store whose level follows its inflow.
    Tank(Tank),
}

/// An endless supply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reservoir {
    /// Head where the pattern is one, m.
    pub head: f64,
    /// Course of the head.
    pub pattern: Option<PatternIndex>,
}

/// A store of water. Levels count from the floor.
#[derive(Clone, Debug, PartialEq)]
pub struct Tank {
    /// Height of the floor above datum, m.
    pub elevation: f64,
    /// Level at the start, m.
    pub initial_level: f64,
    /// Level at which it counts as empty, m.
    pub minimum_level: f64,
    /// Level at which it is full, m.
    pub maximum_level: f64,
    /// Diameter of a cylinder, m; not used with a volume curve.
    pub diameter: f64,
    /// Volume at the minimum level, m³; zero for that of the cylinder.
    pub minimum_volume: f64,
    /// Volume m³ over level m.
    pub volume_curve: Option<CurveIndex>,
    /// Whether a full tank spills instead of refusing its inflow.
    pub overflow: bool,
}

/// A connection of two nodes. Flow from start to end is positive.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Node at which a positive flow enters.
    pub start: NodeIndex,
    /// Node at which a positive flow leaves.
    pub end: NodeIndex,
    /// What it is.
    pub element: Element,
    /// Diameter, m; not used by pumps.
    pub diameter: f64,
    /// Minor loss coefficient of the velocity head; not used by pumps.
    pub minor_loss: f64,
    /// How it starts.
    pub initial: InitialStatus,
}

/// How a link starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InitialStatus {
    /// Closed.
    Closed,
    /// Open; a control valve is then fixed open.
    #[default]
    Open,
    /// A control valve follows its setting.
    Active,
}

/// What a link is.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// A pipe.
    Pipe(Pipe),
    /// A pump.
    Pump(Pump),
    /// A control valve.
    Valve(Valve),
}

/// A pipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pipe {
    /// Length, m.
    pub length: f64,
    /// Hazen–Williams C, Chezy–Manning n, or Darcy–Weisbach height \[m].
    pub roughness: f64,
    /// Whether it lets flow only from start to end.
    pub check_valve: bool,
    /// Area of its leaks per length at no pressure, m²/m.
    pub leak_area: f64,
    /// Growth of that area with pressure, m²/m per m of head.
    pub leak_expansion: f64,
}

/// A pump.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pump {
    /// What it delivers.
    pub characteristic: Characteristic,
    /// Relative speed at the start.
    pub speed: f64,
    /// Course of its relative speed.
    pub speed_pattern: Option<PatternIndex>,
    /// Efficiency as a fraction over flow m³/s.
    pub efficiency_curve: Option<CurveIndex>,
    /// Price of energy per J; `None` for that of the network.
    pub price: Option<f64>,
    /// Course of the price; `None` for that of the network.
    pub price_pattern: Option<PatternIndex>,
}

/// What a pump delivers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Characteristic {
    /// The same power to the water at any flow, W.
    Power(f64),
    /// Head m over flow m³/s: one point, three points from zero flow on, or any
    /// number of points of falling head.
    Curve(CurveIndex),
}

/// A control valve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Valve {
    /// What it controls.
    pub kind: ValveKind,
    /// What it is set to: pressure m, head loss m, flow m³/s, loss coefficient
    /// or opening in per cent, after its kind; not used by a general purpose valve.
    pub setting: f64,
}

/// What a valve controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValveKind {
    /// Holds the pressure behind it down to its setting (PRV).
    PressureReducing,
    /// Holds the pressure before it up to its setting (PSV).
    PressureSustaining,
    /// Takes a fixed head (PBV).
    PressureBreaker,
    /// Limits the flow (FCV).
    FlowControl,
    /// Has a loss coefficient (TCV).
    Throttle,
    /// Has a curve of head loss over flow (GPV).
    GeneralPurpose {
        /// Head loss m over flow m³/s.
        curve: CurveIndex,
    },
    /// Has a loss that follows from its opening (PCV).
    Positional {
        /// Relative capacity over opening, both in per cent; linear without one.
        curve: Option<CurveIndex>,
    },
}

impl ValveKind {
    /// Whether it can hold a head or a flow.
    #[must_use]
    pub const fn regulates(self) -> bool {
        matches!(
            self,
            Self::PressureReducing | Self::PressureSustaining | Self::FlowControl
        )
    }
}

/// A simple control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Control {
    /// When it acts.
    pub when: When,
    /// What it acts on.
    pub link: LinkIndex,
    /// What it does.
    pub action: Action,
}

/// When a simple control acts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// While the head of a node is at or below a value, m.
    Below {
        /// The node.
        node: NodeIndex,
        /// The head, m.
        head: f64,
    },
    /// While the head of a node is at or above a value, m.
    Above {
        /// The node.
        node: NodeIndex,
        /// The head, m.
        head: f64,
    },
    /// At a time since the start, s.
    At(i64),
    /// At a time of day, s since midnight.
    Daily(i64),
}

/// What a control or rule does to a link.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// Opens it; a pump runs at full speed, a control valve is fixed open.
    Open,
    /// Closes it.
    Close,
    /// Gives a pump a relative speed or a valve its setting; closes a pipe or
    /// pump at zero.
    Set(f64),
}

/// A rule: premises, and what to do where they hold and where not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    /// Of two rules that set the same link, that of higher priority wins.
    pub priority: f64,
    /// Examined in order, without precedence of AND over OR.
    pub premises: Vec<Premise>,
    /// What happens where the premises hold.
    pub then: Vec<RuleAction>,
    /// What happens where they do not.
    pub otherwise: Vec<RuleAction>,
}

/// One clause of a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Premise {
    /// How it joins the clauses before it.
    pub join: Join,
    /// What is looked at and compared.
    pub condition: Condition,
    /// How it is compared.
    pub relation: Relation,
}

/// How a clause joins those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Both must hold.
    And,
    /// It counts where those before do not hold.
    Or,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Equal within the tolerance.
    Equal,
    /// Not equal.
    NotEqual,
    /// Below, or equal within the tolerance.
    Below,
    /// Below by more than the tolerance.
    AtMost,
    /// Above, or equal within the tolerance.
    Above,
    /// Above by more than the tolerance.
    AtLeast,
}

/// What a clause looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Condition {
    /// A number.
    Value {
        /// What is looked at.
        quantity: Quantity,
        /// What it is compared with \[SI].
        value: f64,
        /// Within which they count as equal \[SI].
        tolerance: f64,
    },
    /// The status of a link.
    Status {
        /// The link.
        link: LinkIndex,
        /// What it is compared with.
        status: InitialStatus,
    },
    /// The time since the start, s.
    Time(i64),
    /// The time of day, s since midnight.
    ClockTime(i64),
}

/// A number that a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Sum of all positive demands, m³/s.
    TotalDemand,
    /// Outflow of a junction or net inflow of a source, m³/s.
    Demand(NodeIndex),
    /// Head, m.
    Head(NodeIndex),
    /// Pressure of a junction or level of a tank, m.
    Pressure(NodeIndex),
    /// Flow without its sign, m³/s.
    Flow(LinkIndex),
    /// Speed or setting, in its unit.
    Setting(LinkIndex),
    /// Time until a filling tank is full, s.
    FillTime(NodeIndex),
    /// Time until a draining tank is empty, s.
    DrainTime(NodeIndex),
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RuleAction {
    /// To which link.
    pub link: LinkIndex,
    /// What.
    pub action: Action,
}

impl Network {
    /// Number of nodes.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.junctions.len() + self.sources.len()
    }

    /// Height from which the pressure of a node counts, m.
    #[must_use]
    pub fn elevation(&self, node: NodeIndex) -> f64 {
        match node.checked_sub(self.junctions.len()) {
            None => self.junctions[node].elevation,
            Some(source) => match &self.sources[source] {
                Source::Reservoir(reservoir) => reservoir.head,
                Source::Tank(tank) => tank.elevation,
            },
        }
    }
}
