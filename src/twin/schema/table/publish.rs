//! The parts that say what a twin publishes, and where to.

use super::super::Value::{Leaf as Single, List};
use super::super::VariantContent::Fields;
use super::super::{Choice, Part, Value};
use super::leaf::{DURATION, NAME, PATH, TEXT, TRUTH, absent, default, required, variant};
use super::telemetry::{AUTHORITY, BROKER_URL, PASSWORD_VARIABLE, USER, VERSION_5};

pub(super) static PUBLISH_SETTINGS: Part = Part {
    name: "PublishSettings",
    title: "a publisher",
    doc: "Somewhere that a twin publishes what it knows while it runs live.",
    fields: &[
        required("id", Single(&NAME), "Unique name inside the twin."),
        required("to", Value::Choice(&PUBLISH_TARGET), "Where it goes."),
        default(
            "what",
            List(&Single(&TEXT)),
            "every measured channel",
            "Ids of channels and names of variables, published in their units: the simulated values.",
        ),
        required(
            "every",
            Single(&DURATION),
            "Time of the twin from one value to the next; above zero.",
        ),
        default(
            "residuals",
            Single(&TRUTH),
            "`false`",
            "Whether residuals, observed minus simulated, go along as `CHANNEL.residual`, a difference in SI.",
        ),
        default(
            "alarms",
            Single(&TRUTH),
            "`false`",
            "Whether it is told when something goes wrong with a channel, and when that is over.",
        ),
    ],
};

pub(super) static PUBLISH_TARGET: Choice = Choice {
    name: "PublishTarget",
    title: "a place to publish to",
    example: "File(path: \"file\")",
    doc: "Where a twin publishes to. Secrets do not stand in a document: where one is needed, the name of the environment variable that holds it does.",
    variants: &[
        variant(
            "Mqtt",
            Fields(&[
                BROKER_URL,
                required("topic", Single(&TEXT), "First levels of all topics."),
                default(
                    "retain",
                    Single(&TRUTH),
                    "`false`",
                    "Whether the broker keeps the last value of each for those who come later. Alarms are always kept.",
                ),
                VERSION_5,
                USER,
                PASSWORD_VARIABLE,
                AUTHORITY,
            ]),
            "An MQTT broker, at quality of service 1: JSON on `topic/NAME`, alarms on `topic/alarms/NAME`.",
        ),
        variant(
            "Http",
            Fields(&[
                required(
                    "url",
                    Single(&TEXT),
                    "`http://host:8086/api/v2/write?bucket=plant`, or `https://…`.",
                ),
                required(
                    "measurement",
                    Single(&TEXT),
                    "The measurement that values are of; their name is the tag `channel`.",
                ),
                absent(
                    "token_variable",
                    Single(&TEXT),
                    "no token",
                    "Environment variable that holds the token to show.",
                ),
                AUTHORITY,
            ]),
            "A server that takes line protocol by HTTP, such as InfluxDB.",
        ),
        variant(
            "File",
            Fields(&[required("path", Single(&PATH), "The file.")]),
            "A CSV file, relative to the document; it is replaced by every session. Alarms have no place in it.",
        ),
    ],
};
