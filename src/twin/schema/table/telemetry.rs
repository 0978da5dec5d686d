//! The parts that say what the plant sends: channels, contracts, sources.

use super::super::Value::{Leaf as Single, List, Map, Tuple};
use super::super::VariantContent::{Fields, Nothing};
use super::super::{Choice, Field, Part, Value};
use super::leaf::{
    DURATION, NAME, NUMBER, PATH, QUANTITY, TEXT, TRUTH, UNIT, VARIABLE, absent, default, required,
    variant,
};

pub(super) static CHANNEL: Part = Part {
    name: "Channel",
    title: "a channel",
    doc: "A telemetry stream bound to one quantity of one asset.",
    fields: &[
        required(
            "id",
            Single(&NAME),
            "Unique name inside the twin; also the column name unless `column` says otherwise.",
        ),
        required(
            "variable",
            Single(&VARIABLE),
            "The variable it measures or drives: `sensor_1.reading`.",
        ),
        required("unit", Single(&UNIT), "Unit of the samples."),
        required(
            "role",
            Value::Choice(&CHANNEL_ROLE),
            "Whether it drives the model or judges it.",
        ),
        absent(
            "column",
            Single(&TEXT),
            "the id",
            "Header of its column in telemetry files.",
        ),
        absent(
            "period",
            Single(&DURATION),
            "not known",
            "Expected time between samples; above zero.",
        ),
        absent(
            "range",
            Tuple(&[&QUANTITY, &QUANTITY]),
            "any value",
            "Physical range `(low, high)`; samples outside are rejected, kept aside and counted.",
        ),
        absent(
            "threshold",
            Single(&QUANTITY),
            "none",
            "Warning threshold drawn in plots.",
        ),
        default(
            "contract",
            Value::Part(&CONTRACT),
            "asks for nothing",
            "What its samples have to be like, beyond unit, period and physical range.",
        ),
    ],
};

pub(super) static CHANNEL_ROLE: Choice = Choice {
    name: "ChannelRole",
    title: "the role of a channel",
    example: "Measurement",
    doc: "What a channel is used for.",
    variants: &[
        variant("Input", Nothing, "Drives an input of the model."),
        variant(
            "Measurement",
            Nothing,
            "Is compared with an output or state of the model.",
        ),
    ],
};

pub(super) static TELEMETRY_FILE: Part = Part {
    name: "TelemetryFile",
    title: "a telemetry file",
    doc: "A telemetry file that comes with the document.",
    fields: &[
        required("path", Single(&PATH), "Path relative to the document."),
        default(
            "title",
            Single(&TEXT),
            "the path",
            "What it is: shown in menus.",
        ),
    ],
};

pub(super) static EVENT_LOG_FILE: Part = Part {
    name: "EventLogFile",
    title: "an event log",
    doc: "An event log that comes with the document, and how it names things: which item was where, and what each machine did.",
    fields: &[
        required(
            "file",
            Single(&PATH),
            "Path relative to the document: `.csv`, `.parquet` or `.xes`.",
        ),
        default(
            "columns",
            Map(&Single(&TEXT)),
            "the usual names",
            "What a column holds (`time`, `item`, `asset`, `event`, `server`, `class`, `end`, `from` or `to`), and its name in the log.",
        ),
        default(
            "assets",
            Map(&Single(&NAME)),
            "their ids",
            "Names of the log, and the id of the asset that each means.",
        ),
        default(
            "words",
            Map(&Single(&TEXT)),
            "the usual words",
            "Words of the log, and what each means: `enter`, `leave`, `travel`, `loaded`, `unloaded`, or a state (`starved`, `working`, `setting up`, `blocked`, `down`, `awaiting operator`, `off`).",
        ),
    ],
};

pub(super) static CONTRACT: Part = Part {
    name: "Contract",
    title: "a contract",
    doc: "What a channel's samples have to be like. What is left out is not checked. Flags are those of QARTOD: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing.",
    fields: &[
        absent(
            "jitter",
            Single(&DURATION),
            "half the period",
            "How far the time between two samples may be from the channel's period; not negative.",
        ),
        absent(
            "lateness",
            Single(&DURATION),
            "none: samples come in order",
            "How long after its event time a sample may arrive and still take part; not negative.",
        ),
        absent(
            "operational",
            Tuple(&[&QUANTITY, &QUANTITY]),
            "as the physical range",
            "Range of normal operation `(low, high)`, inside the physical one; samples outside are suspect.",
        ),
        absent(
            "rate",
            Single(&QUANTITY),
            "not checked",
            "Largest change per time between two samples, above zero: `2 K/s`. A faster change is suspect.",
        ),
        absent(
            "resolution",
            Single(&QUANTITY),
            "exactly the same value",
            "Smallest step the sensor can tell, a difference above zero: `0.1 K`.",
        ),
        absent(
            "noise",
            Single(&QUANTITY),
            "what the variable's model says",
            "Standard deviation of the random error of one reading, a difference above zero: `0.05 m`. A plant played from the document adds it.",
        ),
        absent(
            "stuck",
            Single(&DURATION),
            "not checked",
            "How long the value may stay the same, within the resolution: after half of that it is suspect, from then on it fails. Above zero.",
        ),
        absent(
            "drift",
            Single(&QUANTITY),
            "not checked",
            "Largest lasting distance from the model, a difference above zero: `1.5 K`.",
        ),
        default(
            "aggregation",
            Value::Choice(&AGGREGATION),
            "`Instant`",
            "How samples stand for the step they fall into.",
        ),
        default(
            "quality_codes",
            Map(&Value::Choice(&QUALITY_MEANING)),
            "as the source's standard says",
            "What the source's quality codes mean, where they differ from the standard's: a number `192`, a code in hexadecimal `0x80000000`, a severity of the standard `good`, `uncertain`, `bad`, or a word that the source writes.",
        ),
        default(
            "on_failure",
            Value::Choice(&ON_FAILURE),
            "`Drop`",
            "What becomes of a sample that fails.",
        ),
        default(
            "aliases",
            List(&Single(&TEXT)),
            "none",
            "Names that the same stream goes by elsewhere: tags, topics, older headers.",
        ),
    ],
};

pub(super) static AGGREGATION: Choice = Choice {
    name: "Aggregation",
    title: "an aggregation",
    example: "Mean",
    doc: "How samples of any spacing become one observation a step.",
    variants: &[
        variant(
            "Instant",
            Nothing,
            "The value at an instant: the last sample of the step.",
        ),
        variant(
            "Linear",
            Nothing,
            "The value at an instant, by a straight line between the samples around the end of the step, at most two periods apart.",
        ),
        variant(
            "Mean",
            Nothing,
            "The mean over the step, each sample holding until the next.",
        ),
        variant(
            "Total",
            Fields(&[absent(
                "rollover",
                Single(&QUANTITY),
                "never",
                "Where the counter starts again from zero; above zero.",
            )]),
            "A counter: the observation is the mean rate over the step, so that sums keep the total. The channel's unit is that of the counter, the variable's that of the rate: `m3` for a flow in `m3/s`.",
        ),
    ],
};

pub(super) static QUALITY_MEANING: Choice = Choice {
    name: "QualityMeaning",
    title: "the meaning of a quality code",
    example: "Good",
    doc: "What a quality code of a source says about its sample.",
    variants: &[
        variant("Good", Nothing, "The source vouches for it."),
        variant("Uncertain", Nothing, "The source is not sure: suspect."),
        variant("Bad", Nothing, "The source knows it is wrong: fails."),
    ],
};

pub(super) static ON_FAILURE: Choice = Choice {
    name: "OnFailure",
    title: "a way to treat failed samples",
    example: "Hold",
    doc: "What becomes of a sample that fails its contract.",
    variants: &[
        variant(
            "Drop",
            Nothing,
            "It is kept aside; there is a gap in its place.",
        ),
        variant(
            "Hold",
            Nothing,
            "It is kept aside; the last good value stands in its place.",
        ),
        variant("Flag", Nothing, "It takes part, and says that it failed."),
        variant(
            "Quarantine",
            Nothing,
            "It is kept aside until a person releases it.",
        ),
    ],
};

pub(super) static EVOLUTION: Choice = Choice {
    name: "Evolution",
    title: "a change of a table",
    example: "Removed(column: \"T1\")",
    doc: "How a table of telemetry has changed over time.",
    variants: &[
        variant(
            "Renamed",
            Fields(&[
                required(
                    "from",
                    Single(&TEXT),
                    "Header that the document's channel knows.",
                ),
                required("to", Single(&TEXT), "Header that files have now."),
            ]),
            "A column has another header.",
        ),
        variant(
            "Removed",
            Fields(&[required("column", Single(&TEXT), "The header.")]),
            "A column is no longer there; its channel is missing and that is known.",
        ),
        variant(
            "Added",
            Fields(&[required("column", Single(&TEXT), "The header.")]),
            "A column is there that no channel reads, and that is known.",
        ),
        variant(
            "Unit",
            Fields(&[
                required("column", Single(&TEXT), "The header."),
                required("unit", Single(&UNIT), "Unit that its numbers have now."),
            ]),
            "A column has another unit.",
        ),
    ],
};

pub(super) static BALANCE: Part = Part {
    name: "Balance",
    title: "a balance",
    doc: "Quantities that have to agree: a balance around an asset, or two sensors of one thing.",
    fields: &[
        required("id", Single(&NAME), "Unique name inside the twin."),
        required(
            "terms",
            Map(&Single(&NUMBER)),
            "Channel ids with the factor each enters with; their sum is to be zero. At least two.",
        ),
        required(
            "tolerance",
            Single(&QUANTITY),
            "Largest distance of the sum from zero, a difference above zero: `0.5 L/s`.",
        ),
        default(
            "patience",
            Single(&DURATION),
            "`0 s`",
            "How long the sum may be beyond it before that counts; not negative.",
        ),
    ],
};

pub(super) static SOURCE_SETTINGS: Part = Part {
    name: "SourceSettings",
    title: "a source",
    doc: "Where samples come from while a twin runs live.",
    fields: &[
        required("id", Single(&NAME), "Unique name inside the twin."),
        required("connection", Value::Choice(&CONNECTION), "How to reach it."),
        default(
            "bindings",
            List(&Value::Part(&BINDING)),
            "its own names are channel ids, columns or aliases",
            "Which part of it is which channel.",
        ),
    ],
};

/// How a broker is reached, whether to listen or to publish.
pub(super) const BROKER_URL: Field = required(
    "url",
    Single(&TEXT),
    "`mqtt://host:1883` or `mqtts://host:8883`.",
);
pub(super) const VERSION_5: Field = default(
    "version_5",
    Single(&TRUTH),
    "`false`",
    "MQTT 5 rather than 3.1.1.",
);
pub(super) const USER: Field = absent("user", Single(&TEXT), "nobody", "User name.");
pub(super) const PASSWORD_VARIABLE: Field = absent(
    "password_variable",
    Single(&TEXT),
    "no password",
    "Environment variable that holds the password.",
);
pub(super) const AUTHORITY: Field = absent(
    "authority",
    Single(&PATH),
    "those of the system",
    "Certificate authority to trust in place of the system's, a PEM file.",
);

pub(super) static CONNECTION: Choice = Choice {
    name: "Connection",
    title: "a connection",
    example: "File(path: \"file\")",
    doc: "How a source is reached. Secrets do not stand in a document: where one is needed, the name of the environment variable that holds it does.",
    variants: &[
        variant(
            "File",
            Fields(&[required("path", Single(&PATH), "The file.")]),
            "A CSV or Parquet file, read as it grows, relative to the document.",
        ),
        variant(
            "Folder",
            Fields(&[required("path", Single(&PATH), "The folder.")]),
            "A folder that CSV or Parquet files are written into.",
        ),
        variant(
            "Mqtt",
            Fields(&[
                BROKER_URL,
                required(
                    "topics",
                    List(&Single(&TEXT)),
                    "Topic filters to subscribe to.",
                ),
                default(
                    "payload",
                    Value::Choice(&PAYLOAD),
                    "`Json`",
                    "What the payloads are.",
                ),
                VERSION_5,
                USER,
                PASSWORD_VARIABLE,
                AUTHORITY,
            ]),
            "An MQTT broker.",
        ),
        variant(
            "HttpPush",
            Fields(&[
                required("listen", Single(&TEXT), "`127.0.0.1:8086`."),
                absent(
                    "token_variable",
                    Single(&TEXT),
                    "anybody may",
                    "Environment variable that holds the token a sender has to show.",
                ),
            ]),
            "An address that others push to by HTTP: line protocol or JSON.",
        ),
        variant(
            "Process",
            Fields(&[
                required(
                    "command",
                    List(&Single(&TEXT)),
                    "The program and its arguments.",
                ),
                default(
                    "payload",
                    Value::Choice(&PAYLOAD),
                    "`Json`",
                    "What its lines are.",
                ),
            ]),
            "A program whose standard output is read.",
        ),
    ],
};

pub(super) static PAYLOAD: Choice = Choice {
    name: "Payload",
    title: "a payload",
    example: "Json",
    doc: "How a message is written.",
    variants: &[
        variant("Json", Nothing, "A JSON document; bindings point into it."),
        variant("Number", Nothing, "A bare number."),
        variant("LineProtocol", Nothing, "InfluxDB line protocol."),
        variant("Sparkplug", Nothing, "Sparkplug B."),
        variant("Csv", Nothing, "CSV rows, the first of them a header."),
    ],
};

pub(super) static BINDING: Part = Part {
    name: "Binding",
    title: "a binding",
    doc: "Which part of a source is which channel.",
    fields: &[
        required("channel", Single(&NAME), "Id of the channel."),
        default(
            "topic",
            Single(&TEXT),
            "any",
            "Topic, measurement, metric or column that carries it; `+` and `#` as in MQTT.",
        ),
        default(
            "value",
            Single(&TEXT),
            "the whole payload",
            "Where the value stands in a JSON payload, a JSON pointer (RFC 6901).",
        ),
        default(
            "time",
            Single(&TEXT),
            "the time of reception",
            "Where its time stands.",
        ),
        default(
            "sequence",
            Single(&TEXT),
            "it is not numbered",
            "Where its sequence number stands.",
        ),
        default(
            "quality",
            Single(&TEXT),
            "nothing is said of it",
            "Where its quality code stands.",
        ),
        absent(
            "unit",
            Single(&UNIT),
            "the channel's",
            "Unit of the numbers.",
        ),
    ],
};
