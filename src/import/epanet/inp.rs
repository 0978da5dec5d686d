//! What an EPANET file says, in the file's own units, with references resolved.
//!
//! This is EPANET's view of a network and no one else's: demands in the file's
//! unit of flow, pressures in its unit of pressure, a check valve as a kind of
//! pipe. Positions in `nodes`, `links`, `patterns` and `curves` stand for the
//! things themselves.

use super::units::{FlowUnit, PressureUnit};

/// A whole file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inp {
    /// Lines of the title.
    pub title: Vec<String>,
    /// Junctions, reservoirs and tanks, in the order of the file.
    pub nodes: Vec<Node>,
    /// Pipes, pumps and valves, in the order of the file.
    pub links: Vec<Link>,
    /// Time patterns.
    pub patterns: Vec<Pattern>,
    /// Curves.
    pub curves: Vec<Curve>,
    /// Simple controls.
    pub controls: Vec<Control>,
    /// Rules.
    pub rules: Vec<Rule>,
    /// Options of hydraulics and quality.
    pub options: Options,
    /// Times.
    pub times: Times,
    /// Prices and efficiencies for all pumps.
    pub energy: Energy,
    /// Reactions for all pipes and tanks.
    pub reactions: Reactions,
    /// Lines of the report section.
    pub report: Vec<String>,
    /// Lines of the label section.
    pub labels: Vec<String>,
    /// Lines of the backdrop section.
    pub backdrop: Vec<String>,
    /// Options that are kept and mean nothing here.
    pub unused_options: Vec<String>,
    /// Sections that EPANET does not know, with their headings.
    pub unknown_sections: Vec<String>,
}

/// A junction, reservoir or tank.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name.
    pub id: String,
    /// Line on which it is declared, from 1.
    pub line: u32,
    /// What it is.
    pub kind: NodeKind,
    /// Place on the map.
    pub coordinates: Option<(f64, f64)>,
    /// Quality at the start.
    pub quality: f64,
    /// What is put into the water here.
    pub source: Option<Source>,
    /// Word to group by.
    pub tag: String,
    /// What stands behind the semicolon.
    pub comment: String,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// Water is drawn.
    Junction {
        /// Height \[ft or m].
        elevation: f64,
        /// Categories of demand.
        demands: Vec<Demand>,
        /// Emitter coefficient \[flow per psi or m to the power of the exponent]; zero for none.
        emitter: f64,
    },
    /// The head is given.
    Reservoir {
        /// Head \[ft or m].
        head: f64,
        /// Multiplies the head.
        pattern: Option<usize>,
    },
    /// Water is stored.
    Tank(Tank),
}

/// A category of demand.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// Before patterns \[flow].
    pub base: f64,
    /// Multiplies it; the default pattern where it is `None`.
    pub pattern: Option<usize>,
    /// Its name.
    pub category: String,
}

/// A tank.
#[derive(Clone, Debug, PartialEq)]
pub struct Tank {
    /// Height of the bottom \[ft or m].
    pub elevation: f64,
    /// Level at the start \[ft or m].
    pub initial_level: f64,
    /// Lowest level \[ft or m].
    pub minimum_level: f64,
    /// Highest level \[ft or m].
    pub maximum_level: f64,
    /// Diameter \[ft or m].
    pub diameter: f64,
    /// Volume at the lowest level \[ft3 or m3]; zero: of the cylinder.
    pub minimum_volume: f64,
    /// Volume by level.
    pub volume_curve: Option<usize>,
    /// Whether it flows over when full.
    pub overflow: bool,
    /// How water mixes.
    pub mixing: Mixing,
    /// Part of the volume that takes the flow, for two compartments.
    pub mixing_fraction: f64,
    /// Bulk reaction \[1/d]; the global one where it is `None`.
    pub bulk: Option<f64>,
}

/// How water mixes in a tank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mixing {
    /// At once.
    #[default]
    Mixed,
    /// In two compartments.
    TwoCompartment,
    /// First in, first out.
    FirstInFirstOut,
    /// Last in, first out.
    LastInFirstOut,
}

/// What is put into the water at a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// How.
    pub kind: SourceKind,
    /// How much \[concentration, or mass per minute].
    pub strength: f64,
    /// Multiplies it.
    pub pattern: Option<usize>,
}

/// How a source acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// On inflow from outside.
    Concentration,
    /// By mass.
    Mass,
    /// Added to what passes.
    FlowPaced,
    /// Up to a set-point.
    Setpoint,
}

/// A pipe, pump or valve.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Its name.
    pub id: String,
    /// Line on which it is declared, from 1.
    pub line: u32,
    /// Node that positive flow comes from.
    pub from: usize,
    /// Node that positive flow goes to.
    pub to: usize,
    /// What it is.
    pub kind: LinkKind,
    /// Status at the start.
    pub status: Status,
    /// Points between the ends on the map.
    pub vertices: Vec<(f64, f64)>,
    /// Word to group by.
    pub tag: String,
    /// What stands behind the semicolon.
    pub comment: String,
}

/// Status of a link at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Open.
    Open,
    /// Closed.
    Closed,
    /// It regulates; only valves do.
    Active,
}

/// What a link is.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkKind {
    /// A pipe.
    Pipe(Pipe),
    /// A pump.
    Pump(Pump),
    /// A valve.
    Valve(Valve),
}

/// A pipe.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipe {
    /// Length \[ft or m].
    pub length: f64,
    /// Diameter \[in or mm].
    pub diameter: f64,
    /// Roughness: C, n, or a height \[1e-3 ft or mm].
    pub roughness: f64,
    /// Minor loss coefficient.
    pub minor_loss: f64,
    /// Whether water flows only one way.
    pub check_valve: bool,
    /// Bulk reaction \[1/d]; the global one where it is `None`.
    pub bulk: Option<f64>,
    /// Wall reaction \[length/d or mass/area/d]; the global one where it is `None`.
    pub wall: Option<f64>,
    /// Area of leaks \[mm2 per 100 ft or m].
    pub leak_area: f64,
    /// Its growth \[mm2 per 100 ft or m and ft or m of head].
    pub leak_expansion: f64,
}

/// A pump.
#[derive(Clone, Debug, PartialEq)]
pub struct Pump {
    /// Power given to the water \[hp or kW]; zero where there is a curve.
    pub power: f64,
    /// Head by flow.
    pub head_curve: Option<usize>,
    /// Relative speed at the start.
    pub speed: f64,
    /// Relative speed in time.
    pub speed_pattern: Option<usize>,
    /// Price of energy \[per kWh]; zero: the global one.
    pub price: f64,
    /// Multiplies the price.
    pub price_pattern: Option<usize>,
    /// Efficiency by flow.
    pub efficiency_curve: Option<usize>,
}

/// A valve.
#[derive(Clone, Debug, PartialEq)]
pub struct Valve {
    /// Its type.
    pub kind: ValveKind,
    /// Diameter \[in or mm].
    pub diameter: f64,
    /// Setting \[pressure, flow, coefficient or per cent, by kind].
    pub setting: f64,
    /// Minor loss coefficient when open.
    pub minor_loss: f64,
    /// Head loss curve of a GPV, position curve of a PCV.
    pub curve: Option<usize>,
}

/// The type of a valve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValveKind {
    /// Pressure reducing.
    Prv,
    /// Pressure sustaining.
    Psv,
    /// Pressure breaker.
    Pbv,
    /// Flow control.
    Fcv,
    /// Throttle control.
    Tcv,
    /// General purpose.
    Gpv,
    /// Positional control.
    Pcv,
}

impl ValveKind {
    /// Every type with EPANET's word for it.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Prv, "PRV"),
        (Self::Psv, "PSV"),
        (Self::Pbv, "PBV"),
        (Self::Fcv, "FCV"),
        (Self::Tcv, "TCV"),
        (Self::Gpv, "GPV"),
        (Self::Pcv, "PCV"),
    ];

    /// Whether its setting is a pressure.
    #[must_use]
    pub const fn is_set_by_pressure(self) -> bool {
        matches!(self, Self::Prv | Self::Psv | Self::Pbv)
    }
}

/// A time pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// Its name.
    pub id: String,
    /// Line on which it begins, from 1.
    pub line: u32,
    /// The multipliers.
    pub values: Vec<f64>,
}

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Its name.
    pub id: String,
    /// Line on which it begins, from 1.
    pub line: u32,
    /// Its points.
    pub points: Vec<(f64, f64)>,
    /// What the file says it is.
    pub declared: CurveUse,
}

/// What a curve gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum CurveUse {
    /// Nothing that is known.
    #[default]
    Generic,
    /// Head of a pump, or head lost in a valve, by flow.
    Head,
    /// Efficiency of a pump by flow.
    Efficiency,
    /// Volume of a tank by level.
    Volume,
    /// Flow coefficient of a valve by how far it is open.
    Position,
}

/// A simple control.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// Line on which it stands, from 1.
    pub line: u32,
    /// The controlled link.
    pub link: usize,
    /// What it is set to.
    pub command: Command,
    /// When.
    pub when: When,
    /// Whether it is kept and does nothing.
    pub disabled: bool,
}

/// What a control or rule sets a link to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command {
    /// A status.
    Status(Status),
    /// A speed of a pump, a setting of a valve.
    Setting(f64),
}

/// When a simple control acts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// While a tank's level, or a junction's pressure, is below a value.
    Below(usize, f64),
    /// While it is above.
    Above(usize, f64),
    /// At a time \[s].
    Time(i64),
    /// At a time of day \[s].
    ClockTime(i64),
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its label.
    pub id: String,
    /// Line on which it begins, from 1.
    pub line: u32,
    /// Higher ones come first.
    pub priority: f64,
    /// What is asked.
    pub premises: Vec<Premise>,
    /// What is set when it holds.
    pub then: Vec<Action>,
    /// What is set when it does not.
    pub otherwise: Vec<Action>,
    /// Whether it is kept and does nothing.
    pub disabled: bool,
}

/// A comparison of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Premise {
    /// Whether it joins by OR rather than by AND.
    pub is_alternative: bool,
    /// What is compared.
    pub subject: Subject,
    /// How.
    pub relation: Relation,
    /// With what \[the file's unit of the subject; s for times; 0 closed, 1 open, 2 active].
    pub value: f64,
}

/// What a premise looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Something of a node.
    Node(usize, NodeQuantity),
    /// Something of a link.
    Link(usize, LinkQuantity),
    /// All demand.
    SystemDemand,
    /// Time since the start.
    Time,
    /// Time of day.
    ClockTime,
}

/// What can be asked of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeQuantity {
    /// Demand.
    Demand,
    /// Head.
    Head,
    /// Height of the water above the node's elevation.
    Level,
    /// Pressure.
    Pressure,
    /// Time until full.
    FillTime,
    /// Time until empty.
    DrainTime,
}

/// What can be asked of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkQuantity {
    /// Size of the flow.
    Flow,
    /// Status.
    Status,
    /// Speed or setting.
    Setting,
}

/// How a premise compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `=`, IS.
    Equal,
    /// `<>`, NOT.
    NotEqual,
    /// `<`, BELOW.
    Below,
    /// `>`, ABOVE.
    Above,
    /// `<=`.
    AtMost,
    /// `>=`.
    AtLeast,
}

/// What a rule sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Action {
    /// The link.
    pub link: usize,
    /// To what.
    pub command: Command,
}

/// The law of friction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeadLoss {
    /// Hazen-Williams.
    #[default]
    HazenWilliams,
    /// Darcy-Weisbach.
    DarcyWeisbach,
    /// Chezy-Manning.
    ChezyManning,
}

/// What is followed in the water.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum QualityKind {
    /// Nothing.
    #[default]
    None,
    /// A constituent of this name.
    Constituent(String),
    /// The age of the water.
    Age,
    /// The share that comes from a node.
    Trace(usize),
}

/// Options of hydraulics and quality, with EPANET's defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Unit of flow; decides whether all else is US or metric.
    pub flow_unit: FlowUnit,
    /// Unit of pressure; psi or m where the file does not say.
    pub pressure_unit: Option<PressureUnit>,
    /// Law of friction.
    pub headloss: HeadLoss,
    /// What is followed in the water.
    pub quality: QualityKind,
    /// Whether concentrations are in µg/L rather than mg/L.
    pub micrograms: bool,
    /// Trials after the last, where an unbalanced network goes on; `None` where it stops.
    pub unbalanced: Option<i64>,
    /// Name of the pattern of demands that have none.
    pub default_pattern: String,
    /// Whether demand depends on pressure.
    pub pressure_driven: bool,
    /// Whether emitters take in water at negative pressure.
    pub backflow: bool,
    /// Multiplies all demand.
    pub demand_multiplier: f64,
    /// Power of pressure in the emitter law.
    pub emitter_exponent: f64,
    /// Relative to 1.1e-5 ft2/s.
    pub viscosity: f64,
    /// Relative to 1.3e-8 ft2/s.
    pub diffusivity: f64,
    /// Relative to water.
    pub specific_gravity: f64,
    /// Most trials.
    pub trials: f64,
    /// Sum of flow changes to sum of flows.
    pub accuracy: f64,
    /// Largest error of head loss \[ft or m]; zero: not asked.
    pub head_error: f64,
    /// Largest flow change \[flow]; zero: not asked.
    pub flow_change: f64,
    /// Pressure without delivery \[pressure].
    pub minimum_pressure: f64,
    /// Pressure of full delivery \[pressure].
    pub required_pressure: f64,
    /// Power of pressure in between.
    pub pressure_exponent: f64,
    /// Quality tolerance \[concentration, h or %]; `None`: EPANET's.
    pub tolerance: Option<f64>,
    /// Trials between checks of status.
    pub check_frequency: f64,
    /// Last trial with such checks.
    pub maximum_check: f64,
    /// Accuracy at which damping begins; zero: never.
    pub damping_limit: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            flow_unit: FlowUnit::Gpm,
            pressure_unit: None,
            headloss: HeadLoss::default(),
            quality: QualityKind::default(),
            micrograms: false,
            unbalanced: None,
            default_pattern: "1".to_owned(),
            pressure_driven: false,
            backflow: true,
            demand_multiplier: 1.0,
            emitter_exponent: 0.5,
            viscosity: 1.0,
            diffusivity: 1.0,
            specific_gravity: 1.0,
            trials: 200.0,
            accuracy: 0.001,
            head_error: 0.0,
            flow_change: 0.0,
            minimum_pressure: 0.0,
            required_pressure: 0.1,
            pressure_exponent: 0.5,
            tolerance: None,
            check_frequency: 2.0,
            maximum_check: 10.0,
            damping_limit: 0.0,
        }
    }
}

impl Options {
    /// The unit of pressure: the file's, else that which goes with its unit of flow.
    #[must_use]
    pub fn pressure(&self) -> PressureUnit {
        self.pressure_unit.unwrap_or(if self.flow_unit.is_metric() {
            PressureUnit::Meters
        } else {
            PressureUnit::Psi
        })
    }
}

/// Times \[s], with EPANET's defaults; `None` where EPANET derives one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// Length of the run.
    pub duration: i64,
    /// Hydraulic step.
    pub hydraulic_step: i64,
    /// Quality step; a tenth of the hydraulic step.
    pub quality_step: Option<i64>,
    /// Rule step; a tenth of the hydraulic step.
    pub rule_step: Option<i64>,
    /// Pattern step.
    pub pattern_step: i64,
    /// How far into the patterns time zero is.
    pub pattern_start: i64,
    /// Report step.
    pub report_step: i64,
    /// First reported time.
    pub report_start: i64,
    /// Time of day at time zero.
    pub start_clock: i64,
    /// What is reported in place of the times.
    pub statistic: Statistic,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            duration: 0,
            hydraulic_step: 3_600,
            quality_step: None,
            rule_step: None,
            pattern_step: 3_600,
            pattern_start: 0,
            report_step: 3_600,
            report_start: 0,
            start_clock: 0,
            statistic: Statistic::None,
        }
    }
}

/// What is reported in place of the times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Statistic {
    /// The times.
    #[default]
    None,
    /// Averages.
    Average,
    /// Minima.
    Minimum,
    /// Maxima.
    Maximum,
    /// Ranges.
    Range,
}

/// Prices and efficiencies for all pumps.
#[derive(Clone, Debug, PartialEq)]
pub struct Energy {
    /// Price \[per kWh].
    pub price: f64,
    /// Multiplies the price.
    pub pattern: Option<usize>,
    /// Efficiency \[%].
    pub efficiency: f64,
    /// Price of the highest power \[per kW].
    pub demand_charge: f64,
}

impl Default for Energy {
    fn default() -> Self {
        Self {
            price: 0.0,
            pattern: None,
            efficiency: 75.0,
            demand_charge: 0.0,
        }
    }
}

/// Reactions for all pipes and tanks.
#[derive(Clone, Debug, PartialEq)]
pub struct Reactions {
    /// Order in the bulk of pipes.
    pub bulk_order: f64,
    /// Order at walls: 0 or 1.
    pub wall_order: f64,
    /// Order in tanks.
    pub tank_order: f64,
    /// Bulk coefficient \[1/d].
    pub bulk: f64,
    /// Wall coefficient \[length/d or mass/area/d].
    pub wall: f64,
    /// Concentration that reactions tend to; zero: none.
    pub limiting: f64,
    /// Relates wall coefficients to roughness; zero: not.
    pub roughness_correlation: f64,
}

impl Default for Reactions {
    fn default() -> Self {
        Self {
            bulk_order: 1.0,
            wall_order: 1.0,
            tank_order: 1.0,
            bulk: 0.0,
            wall: 0.0,
            limiting: 0.0,
            roughness_correlation: 0.0,
        }
    }
}
