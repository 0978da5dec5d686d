//! The parts of a twin document, as they stand in the file.
//!
//! Every struct refuses unknown fields. References (`part_of`, `from`, `to`,
//! `variable`) are text here and are resolved by the checks on loading.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::contingency::Occurrence;
use super::contract::{Balance, Contract, Evolution, SourceSettings};
use super::control::{Control, Curve, Pattern, Rule};
use super::event_log_file::EventLogFile;
use super::kind::Shape;
use super::publish::PublishSettings;
use crate::quantity::{Distribution, Epoch, Quantity, SimDuration, Unit};

/// The version of the document format that this program writes.
pub const FORMAT_VERSION: u32 = 1;

/// A versioned description of one real system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Twin {
    /// Format version of the document; see [`FORMAT_VERSION`].
    pub format: u32,
    /// Short stable name, used in file names and records: `tclab`.
    pub id: String,
    /// Name on the screen.
    pub name: String,
    /// Version of this description, raised by its author on every change of meaning.
    pub version: String,
    /// What the system is, in a sentence or two.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What prices and costs are counted in, by its ISO 4217 code: `EUR`. Empty where the
    /// document names none; sums are then of a currency that nobody named.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub currency: String,
    /// Where the parameter values come from.
    #[serde(default)]
    pub provenance: Provenance,
    /// The instant that simulation time zero stands for.
    pub epoch: Epoch,
    /// Base timestep of the simulation.
    pub timestep: SimDuration,
    /// The things in the system.
    pub assets: Vec<Asset>,
    /// Connections of one asset's port to another's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Multipliers that repeat in time, for the attributes that name one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<Pattern>,
    /// Functions given by points, for the attributes that name one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curves: Vec<Curve>,
    /// What sets variables when something happens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<Control>,
    /// What sets variables while premises hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Telemetry streams bound to variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// Telemetry files that come with the document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub telemetry: Vec<TelemetryFile>,
    /// The event log that comes with the document, of a real line or of another twin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_log: Option<EventLogFile>,
    /// Where samples come from while the twin runs live.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceSettings>,
    /// Where the twin publishes what it knows while it runs live.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub publish: Vec<PublishSettings>,
    /// How the columns of telemetry files have changed over time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evolution: Vec<Evolution>,
    /// Channels that have to agree with each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub balances: Vec<Balance>,
    /// What is not known exactly, and how well it is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncertainties: Vec<Uncertainty>,
    /// How far and how densely the twin looks ahead.
    #[serde(default)]
    pub forecast: ForecastSettings,
    /// Prepared what-ifs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<Scenario>,
    /// Statistical criteria the twin has to meet to be trusted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acceptance: Vec<AcceptanceCriterion>,
}

/// Where a twin's parameter values come from; shown in the status bar and in every export.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Name of the parameter set: `fitted to prbs_2024`.
    #[serde(default)]
    pub parameters: String,
    /// Who answers for the document.
    #[serde(default)]
    pub author: String,
    /// Licence of the document and its bundled data.
    #[serde(default)]
    pub licence: String,
}

/// A thing in the system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// Unique name inside the twin, in snake case: `heater_1`.
    pub id: String,
    /// Kind name: `thermal.Body`.
    pub kind: String,
    /// Name on the screen; the id when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Id of the asset that this one is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<String>,
    /// Parameters and initial or default input values that differ from the kind's defaults, each with its unit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Quantity>,
    /// Settings that are words: a choice, or the id of a curve, a pattern or another asset.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Place in space. Assets of shape `Connection` need none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Points between the two ends of a connection, in order, each x, y, z \[m].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<[f64; 3]>,
    /// How it is drawn, where the kind's default shape does not serve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<Look>,
}

/// Where an asset is and how large it is. Right-handed, y up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Centre \[m], relative to the twin's origin.
    pub position: [f64; 3],
    /// Extent along x, y, z \[m].
    pub size: [f64; 3],
    /// Rotation about x, then y, then z \[degree].
    #[serde(default)]
    pub rotation: [f64; 3],
}

/// How an asset is drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// A glTF file, relative to the document; fitted into the asset's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gltf: Option<String>,
    /// A built-in shape other than the kind's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
}

/// A port of an asset, written `asset.port`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PortReference(pub String);

impl PortReference {
    /// The asset id and the port name; `None` when there is no dot.
    #[must_use]
    pub fn parts(&self) -> Option<(&str, &str)> {
        self.0.rsplit_once('.')
    }
}

/// A connection of one asset's port to another's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// One end.
    pub from: PortReference,
    /// The other end.
    pub to: PortReference,
}

/// What a channel is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChannelRole {
    /// Drives an input of the model.
    Input,
    /// Is compared with an output or state of the model.
    Measurement,
}

/// A telemetry stream bound to one quantity of one asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Unique name inside the twin; also the column name unless `column` says otherwise.
    pub id: String,
    /// The variable it measures or drives: `sensor_1.reading`.
    pub variable: String,
    /// Unit of the samples.
    pub unit: Unit,
    /// Whether it drives the model or judges it.
    pub role: ChannelRole,
    /// Header of its column in telemetry files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Expected time between samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<SimDuration>,
    /// Physical range; samples outside are rejected, kept aside and counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(Quantity, Quantity)>,
    /// Warning threshold drawn in plots, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Quantity>,
    /// What its samples have to be like.
    #[serde(default, skip_serializing_if = "Contract::is_empty")]
    pub contract: Contract,
}

/// A telemetry file that comes with the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryFile {
    /// Path relative to the document.
    pub path: String,
    /// What it is: shown in menus.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
}

/// What is not known exactly about one variable.
///
/// For a parameter the distribution is that of its value. For an input or a
/// state it is that of an addition to the value held at the start of a
/// forecast: uncertainty of what will be, or of where the system is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uncertainty {
    /// The uncertain variable: `heater_1.heat_capacity`.
    pub variable: String,
    /// Unit that the distribution's numbers are in.
    pub unit: Unit,
    /// The belief.
    pub distribution: Distribution,
}

/// How far and how densely the twin looks ahead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ForecastSettings {
    /// Length of the forecast.
    pub horizon: SimDuration,
    /// Time between stored instants; a multiple of the timestep.
    pub stride: SimDuration,
    /// Number of ensemble members.
    pub members: u32,
    /// Run seed.
    pub seed: u64,
}

impl Default for ForecastSettings {
    fn default() -> Self {
        Self {
            horizon: SimDuration::from_nanoseconds(600_000_000_000),
            stride: SimDuration::from_nanoseconds(5_000_000_000),
            members: 200,
            seed: 42,
        }
    }
}

/// A prepared what-if: a base plus a change set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Unique name inside the twin.
    pub id: String,
    /// Name on the screen; the id when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it asks.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Another scenario whose interventions come first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// How long it runs; the forecast's horizon, or the length of the telemetry, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon: Option<SimDuration>,
    /// Number of ensemble members, where it differs from the forecast's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<u32>,
    /// Run seed, where it differs from the forecast's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Uncertainties in place of the twin's own, by variable.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncertainties: Vec<Uncertainty>,
    /// What befalls assets, in any order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contingencies: Vec<Occurrence>,
    /// What is done, in any order; applied in order of time, then of listing, after contingencies
    /// of the same time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interventions: Vec<Intervention>,
}

/// One change of one input or parameter at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intervention {
    /// The changed variable, an input or a parameter: `heater_1_power.command`.
    pub variable: String,
    /// Time since the scenario's start.
    #[serde(default)]
    pub at: SimDuration,
    /// What happens.
    pub action: Action,
}

/// What an intervention does to its variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// Takes the value at once and keeps it, whatever telemetry or schedule says.
    Set(Quantity),
    /// Goes linearly from the value it has to `to`, then keeps it.
    Ramp {
        /// Value at the end.
        to: Quantity,
        /// Time the way takes.
        over: SimDuration,
    },
    /// Keeps the value it has, whatever telemetry or schedule says.
    Hold,
    /// Gives the variable back to telemetry, schedule or document.
    Release,
}

/// How an acceptance criterion measures disagreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Metric {
    /// Root mean square of the residual.
    RootMeanSquareError,
    /// Absolute mean of the residual.
    Bias,
    /// Largest absolute residual.
    MaximumAbsoluteError,
}

/// A statistical criterion with a threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptanceCriterion {
    /// The judged channel.
    pub channel: String,
    /// The measure of disagreement.
    pub metric: Metric,
    /// Largest value accepted, as a difference (`0.5 K`).
    pub at_most: Quantity,
}
