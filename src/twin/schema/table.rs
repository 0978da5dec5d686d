//! The table of parts, fields and variants.

mod control;
mod leaf;
mod publish;
mod telemetry;

use super::{Choice, Part, Value, VariantContent};
use control::{CONTROL, CURVE, PATTERN, RULE};
use leaf::*;
use publish::PUBLISH_SETTINGS;
use telemetry::{BALANCE, CHANNEL, EVENT_LOG_FILE, EVOLUTION, SOURCE_SETTINGS, TELEMETRY_FILE};

use Value::{Leaf as Single, List, Map, Tuple};
use VariantContent::{Fields, Nothing, One};

/// The whole document.
pub(in crate::twin) static TWIN: Part = Part {
    name: "Twin",
    title: "a twin document",
    doc: "The whole document: a versioned description of one real system.",
    fields: &[
        required(
            "format",
            Single(&COUNT),
            "Version of the document format; this page is of version 1.",
        ),
        required(
            "id",
            Single(&NAME),
            "Short stable name, used in file names and records.",
        ),
        required("name", Single(&TEXT), "Name on the screen."),
        required(
            "version",
            Single(&TEXT),
            "Version of this description, raised by its author on every change of meaning.",
        ),
        default(
            "description",
            Single(&TEXT),
            "empty",
            "What the system is, in a sentence or two.",
        ),
        default(
            "currency",
            Single(&TEXT),
            "none is named",
            "What prices and costs are counted in, by its ISO 4217 code: `EUR`.",
        ),
        default(
            "provenance",
            Value::Part(&PROVENANCE),
            "all empty",
            "Where the parameter values come from.",
        ),
        required(
            "epoch",
            Single(&EPOCH),
            "The instant that simulation time zero stands for.",
        ),
        required(
            "timestep",
            Single(&DURATION),
            "Base timestep of the simulation; above zero.",
        ),
        required(
            "assets",
            List(&Value::Part(&ASSET)),
            "The things in the system.",
        ),
        default(
            "links",
            List(&Value::Part(&LINK)),
            "none",
            "Connections of one asset's port to another's.",
        ),
        default(
            "patterns",
            List(&Value::Part(&PATTERN)),
            "none",
            "Multipliers that repeat in time, for the attributes that name one.",
        ),
        default(
            "curves",
            List(&Value::Part(&CURVE)),
            "none",
            "Functions given by points, for the attributes that name one.",
        ),
        default(
            "controls",
            List(&Value::Part(&CONTROL)),
            "none",
            "What sets variables when something happens.",
        ),
        default(
            "rules",
            List(&Value::Part(&RULE)),
            "none",
            "What sets variables while premises hold.",
        ),
        default(
            "channels",
            List(&Value::Part(&CHANNEL)),
            "none",
            "Telemetry streams bound to variables.",
        ),
        default(
            "telemetry",
            List(&Value::Part(&TELEMETRY_FILE)),
            "none",
            "Telemetry files that come with the document.",
        ),
        absent(
            "event_log",
            Value::Part(&EVENT_LOG_FILE),
            "none",
            "The event log that comes with the document, of a real line or of another twin.",
        ),
        default(
            "sources",
            List(&Value::Part(&SOURCE_SETTINGS)),
            "none",
            "Where samples come from while the twin runs live.",
        ),
        default(
            "publish",
            List(&Value::Part(&PUBLISH_SETTINGS)),
            "nowhere",
            "Where the twin publishes what it knows while it runs live.",
        ),
        default(
            "evolution",
            List(&Value::Choice(&EVOLUTION)),
            "none",
            "How the columns of telemetry files have changed over time.",
        ),
        default(
            "balances",
            List(&Value::Part(&BALANCE)),
            "none",
            "Channels that have to agree with each other.",
        ),
        default(
            "uncertainties",
            List(&Value::Part(&UNCERTAINTY)),
            "none",
            "What is not known exactly, and how well it is known.",
        ),
        default(
            "forecast",
            Value::Part(&FORECAST),
            "its defaults",
            "How far and how densely the twin looks ahead.",
        ),
        default(
            "scenarios",
            List(&Value::Part(&SCENARIO)),
            "none",
            "Prepared what-ifs.",
        ),
        default(
            "acceptance",
            List(&Value::Part(&ACCEPTANCE)),
            "none",
            "Statistical criteria the twin has to meet to be trusted.",
        ),
    ],
};

static PROVENANCE: Part = Part {
    name: "Provenance",
    title: "a provenance",
    doc: "Where a twin's parameter values come from; shown in the status bar and in every export.",
    fields: &[
        default(
            "parameters",
            Single(&TEXT),
            "empty",
            "Name of the parameter set: `nominal values`.",
        ),
        default(
            "author",
            Single(&TEXT),
            "empty",
            "Who answers for the document.",
        ),
        default(
            "licence",
            Single(&TEXT),
            "empty",
            "Licence of the document and its bundled data.",
        ),
    ],
};

static ASSET: Part = Part {
    name: "Asset",
    title: "an asset",
    doc: "A thing in the system.",
    fields: &[
        required(
            "id",
            Single(&NAME),
            "Unique name inside the twin, in snake case: `heater_1`.",
        ),
        required(
            "kind",
            Single(&KIND),
            "What it is. The kind says which parameters, ports and variables it has.",
        ),
        default("name", Single(&TEXT), "the id", "Name on the screen."),
        absent(
            "part_of",
            Single(&NAME),
            "stands alone",
            "Id of the asset that this one is a part of.",
        ),
        default(
            "parameters",
            Map(&Single(&QUANTITY)),
            "the kind's defaults",
            "Parameters, and initial or default input values, that differ from the kind's defaults.",
        ),
        default(
            "attributes",
            Map(&Single(&TEXT)),
            "the kind's defaults",
            "Settings that are words: a choice, or the id of a curve, a pattern or another asset.",
        ),
        absent(
            "place",
            Value::Part(&PLACE),
            "not drawn as a solid",
            "Place in space. Assets drawn as a connection need none.",
        ),
        default(
            "path",
            List(&Tuple(&[&NUMBER, &NUMBER, &NUMBER])),
            "straight",
            "Points between the two ends of a connection, in order, in metres, relative to the twin's origin.",
        ),
        absent(
            "look",
            Value::Part(&LOOK),
            "the kind's shape",
            "How it is drawn, where the kind's default shape does not serve.",
        ),
    ],
};

static PLACE: Part = Part {
    name: "Place",
    title: "a place",
    doc: "Where an asset is and how large it is. Right-handed, y up.",
    fields: &[
        required(
            "position",
            Tuple(&[&NUMBER, &NUMBER, &NUMBER]),
            "Centre in metres, relative to the twin's origin.",
        ),
        required(
            "size",
            Tuple(&[&NUMBER, &NUMBER, &NUMBER]),
            "Extent along x, y and z in metres; above zero.",
        ),
        default(
            "rotation",
            Tuple(&[&NUMBER, &NUMBER, &NUMBER]),
            "`(0, 0, 0)`",
            "Rotation about x, then y, then z in degrees.",
        ),
    ],
};

static LOOK: Part = Part {
    name: "Look",
    title: "a look",
    doc: "How an asset is drawn.",
    fields: &[
        absent(
            "gltf",
            Single(&PATH),
            "a built-in shape",
            "A glTF file, relative to the document; fitted into the asset's place.",
        ),
        absent(
            "shape",
            Value::Choice(&SHAPE),
            "the kind's shape",
            "A built-in shape other than the kind's.",
        ),
    ],
};

static SHAPE: Choice = Choice {
    name: "Shape",
    title: "a shape",
    example: "Block",
    doc: "A built-in shape.",
    variants: &[
        variant(
            "Block",
            Nothing,
            "A plain block: something that stores heat.",
        ),
        variant("Slab", Nothing, "A flat slab: a board, a floor, a room."),
        variant("Heater", Nothing, "A finned block: a heater."),
        variant("Probe", Nothing, "A small probe: a sensor."),
        variant("Sphere", Nothing, "A sphere: a boundary or an environment."),
        variant(
            "Controller",
            Nothing,
            "A small box on the panel: a controller.",
        ),
        variant(
            "Connection",
            Nothing,
            "Not a solid of its own: drawn as the tube between the assets it links.",
        ),
        variant("Frame", Nothing, "A wire frame that holds its parts."),
        variant("Junction", Nothing, "A small knot where pipes meet."),
        variant(
            "Reservoir",
            Nothing,
            "An open basin: water that does not run out.",
        ),
        variant(
            "Tank",
            Nothing,
            "An upright cylinder that fills and empties.",
        ),
        variant("Pump", Nothing, "A volute with its motor: a pump."),
        variant(
            "Valve",
            Nothing,
            "Two cones that meet, with a handwheel: a valve.",
        ),
        variant("Rack", Nothing, "A table on legs: where things wait."),
        variant(
            "Machine",
            Nothing,
            "A table with a housing behind it: something that works on things.",
        ),
        variant(
            "Stalls",
            Nothing,
            "A table with walls on three sides: places side by side.",
        ),
        variant(
            "Gate",
            Nothing,
            "A table under an arch: something that looks at things that pass.",
        ),
        variant("Belt", Nothing, "A belt between two rails on legs."),
        variant(
            "Hopper",
            Nothing,
            "A block that widens upwards: where things come from.",
        ),
        variant(
            "Vehicle",
            Nothing,
            "A truck: a deck on wheels with a mast at its front.",
        ),
        variant("Person", Nothing, "A standing person."),
    ],
};

static LINK: Part = Part {
    name: "Link",
    title: "a link",
    doc: "A connection of one asset's port to another's. Both ports must be of the same medium.",
    fields: &[
        required("from", Single(&PORT), "One end."),
        required("to", Single(&PORT), "The other end."),
    ],
};

static UNCERTAINTY: Part = Part {
    name: "Uncertainty",
    title: "an uncertainty",
    doc: "What is not known exactly about one variable. For a parameter the distribution is that of its value. For an input or a state it is that of an addition to the value held at the start of a forecast.",
    fields: &[
        required(
            "variable",
            Single(&VARIABLE),
            "The uncertain variable: `heater_1.heat_capacity`.",
        ),
        required(
            "unit",
            Single(&UNIT),
            "Unit that the distribution's numbers are in; for an input or state that of a difference, `K` and not `Cel`.",
        ),
        required("distribution", Value::Choice(&DISTRIBUTION), "The belief."),
    ],
};

static DISTRIBUTION: Choice = Choice {
    name: "Distribution",
    title: "a distribution",
    example: "Uniform(low: 0.0, high: 1.0)",
    doc: "A belief about one number. Numbers are in the unit stated beside it.",
    variants: &[
        variant("Constant", One(Single(&NUMBER)), "Exactly one value."),
        variant(
            "Normal",
            Fields(&[
                required("mean", Single(&NUMBER), "Mean."),
                required(
                    "standard_deviation",
                    Single(&NUMBER),
                    "Standard deviation, above zero.",
                ),
            ]),
            "Normal (Gaussian).",
        ),
        variant(
            "LogNormal",
            Fields(&[
                required("median", Single(&NUMBER), "Median, above zero."),
                required(
                    "geometric_standard_deviation",
                    Single(&NUMBER),
                    "Geometric standard deviation, above one: 1.1 is about ten per cent.",
                ),
                default("shift", Single(&NUMBER), "`0`", "Added to every value."),
            ]),
            "The logarithm is normal.",
        ),
        variant(
            "Uniform",
            Fields(&[
                required("low", Single(&NUMBER), "Smallest value."),
                required("high", Single(&NUMBER), "Largest value."),
            ]),
            "Equally likely between two values.",
        ),
        variant(
            "Triangular",
            Fields(&[
                required("low", Single(&NUMBER), "Smallest value."),
                required("mode", Single(&NUMBER), "Most likely value."),
                required("high", Single(&NUMBER), "Largest value."),
            ]),
            "Rises linearly to the mode and falls linearly from it.",
        ),
        variant(
            "TruncatedNormal",
            Fields(&[
                required("mean", Single(&NUMBER), "Mean before truncation."),
                required(
                    "standard_deviation",
                    Single(&NUMBER),
                    "Standard deviation before truncation, above zero.",
                ),
                required("low", Single(&NUMBER), "Smallest value."),
                required("high", Single(&NUMBER), "Largest value."),
            ]),
            "Normal, given that it lies between two values.",
        ),
        variant(
            "Beta",
            Fields(&[
                required("alpha", Single(&NUMBER), "First shape, above zero."),
                required("beta", Single(&NUMBER), "Second shape, above zero."),
                required("low", Single(&NUMBER), "Smallest value."),
                required("high", Single(&NUMBER), "Largest value."),
            ]),
            "Beta, stretched between two values.",
        ),
        variant(
            "Exponential",
            Fields(&[
                required(
                    "mean",
                    Single(&NUMBER),
                    "Mean of the part above the shift, above zero.",
                ),
                default("shift", Single(&NUMBER), "`0`", "Added to every value."),
            ]),
            "Waiting for what happens by chance at a constant rate.",
        ),
        variant(
            "Weibull",
            Fields(&[
                required("shape", Single(&NUMBER), "Shape, from 0.1 to 1000."),
                required(
                    "scale",
                    Single(&NUMBER),
                    "The value above the shift that 63.2 % stay below.",
                ),
                default("shift", Single(&NUMBER), "`0`", "Added to every value."),
            ]),
            "Times to failure, likelier with age above a shape of one.",
        ),
        variant(
            "Gamma",
            Fields(&[
                required("shape", Single(&NUMBER), "Shape, from 0.01 to 10000."),
                required("scale", Single(&NUMBER), "Scale, above zero."),
                default("shift", Single(&NUMBER), "`0`", "Added to every value."),
            ]),
            "A sum of exponential times, as many as the shape says.",
        ),
        variant(
            "Empirical",
            Fields(&[required(
                "values",
                List(&Single(&NUMBER)),
                "The values, in any order; at least one.",
            )]),
            "Observed values, each equally likely, with linear interpolation between them.",
        ),
    ],
};

static FORECAST: Part = Part {
    name: "ForecastSettings",
    title: "forecast settings",
    doc: "How far and how densely the twin looks ahead.",
    fields: &[
        default(
            "horizon",
            Single(&DURATION),
            "`10 min`",
            "Length of the forecast; at least the stride.",
        ),
        default(
            "stride",
            Single(&DURATION),
            "`5 s`",
            "Time between stored instants; a multiple of the timestep.",
        ),
        default(
            "members",
            Single(&COUNT),
            "`200`",
            "Number of ensemble members, 1 to 100000.",
        ),
        default("seed", Single(&SEED), "`42`", "Run seed."),
    ],
};

static SCENARIO: Part = Part {
    name: "Scenario",
    title: "a scenario",
    doc: "A prepared what-if: a base plus a change set.",
    fields: &[
        required("id", Single(&NAME), "Unique name inside the twin."),
        default("name", Single(&TEXT), "the id", "Name on the screen."),
        default("description", Single(&TEXT), "empty", "What it asks."),
        absent(
            "base",
            Single(&NAME),
            "the twin as it is",
            "Another scenario whose interventions come first.",
        ),
        absent(
            "horizon",
            Single(&DURATION),
            "the forecast's horizon, or the length of the telemetry",
            "How long it runs; above zero.",
        ),
        absent(
            "members",
            Single(&COUNT),
            "the forecast's",
            "Number of ensemble members, 1 to 100000.",
        ),
        absent("seed", Single(&SEED), "the forecast's", "Run seed."),
        default(
            "uncertainties",
            List(&Value::Part(&UNCERTAINTY)),
            "the twin's own",
            "Uncertainties in place of the twin's own, by variable.",
        ),
        default(
            "contingencies",
            List(&Value::Part(&OCCURRENCE)),
            "none",
            "What befalls assets, in any order: a burst, an outage.",
        ),
        default(
            "interventions",
            List(&Value::Part(&INTERVENTION)),
            "none",
            "What is done, in any order; applied in order of time, then of listing, after contingencies of the same time.",
        ),
    ],
};

static OCCURRENCE: Part = Part {
    name: "Occurrence",
    title: "an occurrence",
    doc: "A contingency of one asset that comes about. The asset's kind says which contingencies there are, how they are sized and what they set while they last.",
    fields: &[
        required("of", Single(&NAME), "Id of the asset it befalls."),
        required(
            "what",
            Single(&NAME),
            "Name of a contingency of the asset's kind: `burst`.",
        ),
        absent(
            "size",
            Single(&QUANTITY),
            "the contingency's default",
            "How large it is.",
        ),
        default(
            "at",
            Single(&DURATION),
            "`0 s`",
            "When it begins, since the scenario's start; not negative.",
        ),
        absent(
            "until",
            Single(&DURATION),
            "it stays",
            "When it is over, since the scenario's start; after `at`.",
        ),
    ],
};

static INTERVENTION: Part = Part {
    name: "Intervention",
    title: "an intervention",
    doc: "One change of one input or parameter at one time.",
    fields: &[
        required(
            "variable",
            Single(&VARIABLE),
            "The changed variable, an input or a parameter: `heater_1_power.command`.",
        ),
        default(
            "at",
            Single(&DURATION),
            "`0 s`",
            "Time since the scenario's start; not negative.",
        ),
        required("action", Value::Choice(&ACTION), "What happens."),
    ],
};

static ACTION: Choice = Choice {
    name: "Action",
    title: "an action",
    example: "Hold",
    doc: "What an intervention does to its variable.",
    variants: &[
        variant(
            "Set",
            One(Single(&QUANTITY)),
            "Takes the value at once and keeps it, whatever telemetry or schedule says.",
        ),
        variant(
            "Ramp",
            Fields(&[
                required("to", Single(&QUANTITY), "Value at the end."),
                required("over", Single(&DURATION), "Time the way takes; above zero."),
            ]),
            "Goes linearly from the value it has to `to`, then keeps it.",
        ),
        variant(
            "Hold",
            Nothing,
            "Keeps the value it has, whatever telemetry or schedule says.",
        ),
        variant(
            "Release",
            Nothing,
            "Gives the variable back to telemetry, schedule or document.",
        ),
    ],
};

static ACCEPTANCE: Part = Part {
    name: "AcceptanceCriterion",
    title: "an acceptance criterion",
    doc: "A statistical criterion with a threshold.",
    fields: &[
        required("channel", Single(&NAME), "Id of the judged channel."),
        required(
            "metric",
            Value::Choice(&METRIC),
            "The measure of disagreement.",
        ),
        required(
            "at_most",
            Single(&QUANTITY),
            "Largest value accepted, as a difference (`0.5 K`); above zero.",
        ),
    ],
};

static METRIC: Choice = Choice {
    name: "Metric",
    title: "a metric",
    example: "Bias",
    doc: "How an acceptance criterion measures disagreement.",
    variants: &[
        variant(
            "RootMeanSquareError",
            Nothing,
            "Root mean square of the residual.",
        ),
        variant("Bias", Nothing, "Absolute mean of the residual."),
        variant(
            "MaximumAbsoluteError",
            Nothing,
            "Largest absolute residual.",
        ),
    ],
};

#[cfg(test)]
mod tests;
