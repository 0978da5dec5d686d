//! From channels to a contract in YAML.

use serde::Serialize;

use super::{ODCS_VERSION, OdcsError, TABLE, TIME};
use crate::quantity::{Quantity, SimDuration};
use crate::twin::{Aggregation, Channel, ChannelRole, OnFailure, QualityMeaning, Twin};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    api_version: &'static str,
    kind: &'static str,
    id: String,
    name: String,
    version: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Description>,
    schema: Vec<Table>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sla_properties: Vec<ServiceLevel>,
}

#[derive(Serialize)]
struct Description {
    purpose: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    name: &'static str,
    logical_type: &'static str,
    physical_type: &'static str,
    description: String,
    properties: Vec<Column>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Column {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_name: Option<String>,
    logical_type: &'static str,
    physical_type: &'static str,
    required: bool,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    logical_type_options: Option<Bounds>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    custom_properties: Vec<Custom>,
}

#[derive(Serialize)]
struct Bounds {
    minimum: f64,
    maximum: f64,
}

#[derive(Serialize)]
struct Custom {
    property: &'static str,
    value: Value,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Texts(Vec<String>),
    Codes(std::collections::BTreeMap<String, &'static str>),
}

#[derive(Serialize)]
struct ServiceLevel {
    property: &'static str,
    value: f64,
    unit: &'static str,
    element: String,
}

/// A twin's channels and their contracts as an ODCS document in YAML.
///
/// # Errors
/// When the twin has no channels, or the YAML cannot be written.
pub fn to_odcs(twin: &Twin) -> Result<String, OdcsError> {
    if twin.channels.is_empty() {
        return Err(OdcsError::NoChannels(twin.id.clone()));
    }
    let mut properties = vec![Column {
        name: TIME.to_owned(),
        physical_name: None,
        logical_type: "timestamp",
        physical_type: "timestamp",
        required: true,
        description: "When the readings of the row were measured".to_owned(),
        logical_type_options: None,
        custom_properties: Vec::new(),
    }];
    properties.extend(twin.channels.iter().map(column));
    let document = Document {
        api_version: ODCS_VERSION,
        kind: "DataContract",
        id: twin.id.clone(),
        name: twin.name.clone(),
        version: twin.version.clone(),
        status: "active",
        description: (!twin.description.is_empty()).then(|| Description {
            purpose: twin.description.clone(),
        }),
        schema: vec![Table {
            name: TABLE,
            logical_type: "object",
            physical_type: "table",
            description: format!("What the sensors of {} send", twin.name),
            properties,
        }],
        sla_properties: twin.channels.iter().flat_map(service_levels).collect(),
    };
    serde_saphyr::to_string(&document).map_err(|error| OdcsError::Write(error.to_string()))
}

/// Seconds that read back as the same duration.
fn exact_seconds(duration: SimDuration) -> Option<f64> {
    let seconds = duration.as_seconds();
    (SimDuration::from_seconds(seconds) == Some(duration)).then_some(seconds)
}

fn service_levels(channel: &Channel) -> Vec<ServiceLevel> {
    [
        ("frequency", channel.period),
        ("latency", channel.contract.lateness),
    ]
    .into_iter()
    .filter_map(|(property, duration)| {
        Some(ServiceLevel {
            property,
            value: exact_seconds(duration?)?,
            unit: "s",
            element: format!("{TABLE}.{}", channel.id),
        })
    })
    .collect()
}

fn column(channel: &Channel) -> Column {
    let bounds = channel.range.as_ref().map(|(low, high)| Bounds {
        minimum: in_unit_of(low, channel),
        maximum: in_unit_of(high, channel),
    });
    let role = match channel.role {
        ChannelRole::Input => "drives",
        ChannelRole::Measurement => "measures",
    };
    Column {
        name: channel.id.clone(),
        physical_name: channel.column.clone(),
        logical_type: "number",
        physical_type: "double",
        required: false,
        description: match channel.contract.aggregation {
            // Its samples are no values of the variable.
            Aggregation::Total { .. } => format!(
                "In {}; a counter whose rate {role} {}",
                channel.unit.code(),
                channel.variable
            ),
            _ => format!("In {}; {role} {}", channel.unit.code(), channel.variable),
        },
        logical_type_options: bounds,
        custom_properties: custom(channel),
    }
}

/// The number of a quantity in a channel's unit; as written where it is in it.
fn in_unit_of(quantity: &Quantity, channel: &Channel) -> f64 {
    if *quantity.unit() == channel.unit {
        quantity.value()
    } else {
        channel.unit.from_si(quantity.si())
    }
}

fn custom(channel: &Channel) -> Vec<Custom> {
    let mut found = Vec::new();
    let mut add = |property, value: Option<Value>| {
        if let Some(value) = value {
            found.push(Custom { property, value });
        }
    };
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    let quantity = |quantity: &Option<Quantity>| {
        quantity
            .as_ref()
            .map(|quantity| Value::Text(quantity.to_string()))
    };
    let pair = |pair: &Option<(Quantity, Quantity)>| {
        pair.as_ref()
            .map(|(low, high)| Value::Texts(vec![low.to_string(), high.to_string()]))
    };
    let duration =
        |duration: Option<SimDuration>| duration.map(|duration| Value::Text(duration.to_string()));
    let inexact = |duration: Option<SimDuration>| {
        duration.filter(|duration| exact_seconds(*duration).is_none())
    };
    let contract = &channel.contract;
    add("unit", text(channel.unit.code()));
    add("variable", text(&channel.variable));
    add(
        "role",
        text(match channel.role {
            ChannelRole::Input => "input",
            ChannelRole::Measurement => "measurement",
        }),
    );
    // The bounds tell a range in the channel's own unit.
    let is_told = |(low, high): &(Quantity, Quantity)| {
        *low.unit() == channel.unit && *high.unit() == channel.unit
    };
    if !channel.range.as_ref().is_none_or(is_told) {
        add("range", pair(&channel.range));
    }
    add("threshold", quantity(&channel.threshold));
    add("period", duration(inexact(channel.period)));
    add("lateness", duration(inexact(contract.lateness)));
    add("jitter", duration(contract.jitter));
    add("operational", pair(&contract.operational));
    add("rate", quantity(&contract.rate));
    add("resolution", quantity(&contract.resolution));
    add("stuck", duration(contract.stuck));
    add("noise", quantity(&contract.noise));
    add("drift", quantity(&contract.drift));
    let (aggregation, rollover) = match &contract.aggregation {
        Aggregation::Instant => (None, &None),
        Aggregation::Linear => (text("linear"), &None),
        Aggregation::Mean => (text("mean"), &None),
        Aggregation::Total { rollover } => (text("total"), rollover),
    };
    add("aggregation", aggregation);
    add("rollover", quantity(rollover));
    add(
        "onFailure",
        match contract.on_failure {
            OnFailure::Drop => None,
            OnFailure::Hold => text("hold"),
            OnFailure::Flag => text("flag"),
            OnFailure::Quarantine => text("quarantine"),
        },
    );
    if !contract.quality_codes.is_empty() {
        let codes = contract
            .quality_codes
            .iter()
            .map(|(code, meaning)| {
                let word = match meaning {
                    QualityMeaning::Good => "good",
                    QualityMeaning::Uncertain => "uncertain",
                    QualityMeaning::Bad => "bad",
                };
                (code.clone(), word)
            })
            .collect();
        add("qualityCodes", Some(Value::Codes(codes)));
    }
    if !contract.aliases.is_empty() {
        add("aliases", Some(Value::Texts(contract.aliases.clone())));
    }
    found
}
