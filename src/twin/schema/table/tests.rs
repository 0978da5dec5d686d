//! Holds the table against what serde reads.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Visitor, value::Error};
use serde::forward_to_deserialize_any;

use super::control::*;
use super::leaf::read;
use super::publish::*;
use super::telemetry::*;
use super::*;
use crate::quantity::Distribution;
use crate::twin::{
    AcceptanceCriterion, Action, Aggregation, Asset, Balance, Binding, Channel, ChannelRole,
    Condition, Connection, Contract, Control, Curve, EventLogFile, Evolution, ForecastSettings,
    Intervention, Join, Link, Look, Metric, Occurrence, OnFailure, Pattern, Payload, Place,
    Premise, Provenance, PublishSettings, PublishTarget, QualityMeaning, Relation, Rule, Scenario,
    Shape, SourceSettings, Subject, TelemetryFile, Twin, Uncertainty,
};

/// Takes down the names that a type asks for, and gives nothing.
struct Names(Vec<&'static str>);

impl<'de> Deserializer<'de> for &mut Names {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("not a struct or enum"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0 = fields.to_vec();
        Err(Error::custom("taken down"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0 = variants.to_vec();
        Err(Error::custom("taken down"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

fn names_of<'de, T: Deserialize<'de>>() -> Vec<&'static str> {
    let mut names = Names(Vec::new());
    let _ = T::deserialize(&mut names);
    names.0
}

#[test]
fn the_table_has_the_fields_that_serde_reads() {
    fn same<'de, T: Deserialize<'de>>(part: &Part) {
        let listed: Vec<&str> = part.fields.iter().map(|field| field.name).collect();
        assert_eq!(listed, names_of::<T>(), "{}", part.name);
    }
    same::<Twin>(&TWIN);
    same::<Provenance>(&PROVENANCE);
    same::<Asset>(&ASSET);
    same::<Place>(&PLACE);
    same::<Look>(&LOOK);
    same::<Link>(&LINK);
    same::<Pattern>(&PATTERN);
    same::<Curve>(&CURVE);
    same::<Control>(&CONTROL);
    same::<Rule>(&RULE);
    same::<Premise>(&PREMISE);
    same::<Channel>(&CHANNEL);
    same::<TelemetryFile>(&TELEMETRY_FILE);
    same::<EventLogFile>(&EVENT_LOG_FILE);
    same::<Uncertainty>(&UNCERTAINTY);
    same::<ForecastSettings>(&FORECAST);
    same::<Scenario>(&SCENARIO);
    same::<Occurrence>(&OCCURRENCE);
    same::<Intervention>(&INTERVENTION);
    same::<AcceptanceCriterion>(&ACCEPTANCE);
    same::<Contract>(&CONTRACT);
    same::<Balance>(&BALANCE);
    same::<SourceSettings>(&SOURCE_SETTINGS);
    same::<Binding>(&BINDING);
    same::<PublishSettings>(&PUBLISH_SETTINGS);
}

#[test]
fn the_table_has_the_variants_that_serde_reads() {
    fn same<'de, T: Deserialize<'de>>(choice: &Choice) {
        let listed: Vec<&str> = choice.variants.iter().map(|variant| variant.name).collect();
        assert_eq!(listed, names_of::<T>(), "{}", choice.name);
    }
    same::<Shape>(&SHAPE);
    same::<Condition>(&CONDITION);
    same::<Join>(&JOIN);
    same::<Subject>(&SUBJECT);
    same::<Relation>(&RELATION);
    same::<ChannelRole>(&CHANNEL_ROLE);
    same::<Distribution>(&DISTRIBUTION);
    same::<Action>(&ACTION);
    same::<Metric>(&METRIC);
    same::<Aggregation>(&AGGREGATION);
    same::<QualityMeaning>(&QUALITY_MEANING);
    same::<OnFailure>(&ON_FAILURE);
    same::<Evolution>(&EVOLUTION);
    same::<Connection>(&CONNECTION);
    same::<Payload>(&PAYLOAD);
    same::<PublishTarget>(&PUBLISH_TARGET);
}

/// Every variant's example, made of the examples of its content.
fn variant_examples(choice: &'static Choice) -> impl Iterator<Item = String> {
    choice.variants.iter().map(|variant| match variant.content {
        VariantContent::Nothing => variant.name.to_owned(),
        VariantContent::One(value) => format!("{}({})", variant.name, value.example()),
        VariantContent::Several(leaves) => {
            let leaves: Vec<&str> = leaves.iter().map(|leaf| leaf.example).collect();
            format!("{}({})", variant.name, leaves.join(", "))
        }
        VariantContent::Fields(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| format!("{}: {}", field.name, field.value.example()))
                .collect();
            format!("{}({})", variant.name, fields.join(", "))
        }
    })
}

#[test]
fn every_variant_has_the_content_that_the_table_says() {
    fn readable<T: serde::de::DeserializeOwned>(choice: &'static Choice) {
        for example in variant_examples(choice) {
            assert_eq!(read::<T>(&example), Ok(()), "{example}");
        }
        assert_eq!(read::<T>(choice.example), Ok(()), "{}", choice.example);
    }
    readable::<Shape>(&SHAPE);
    readable::<Condition>(&CONDITION);
    readable::<Join>(&JOIN);
    readable::<Subject>(&SUBJECT);
    readable::<Relation>(&RELATION);
    readable::<ChannelRole>(&CHANNEL_ROLE);
    readable::<Distribution>(&DISTRIBUTION);
    readable::<Action>(&ACTION);
    readable::<Metric>(&METRIC);
    readable::<Aggregation>(&AGGREGATION);
    readable::<QualityMeaning>(&QUALITY_MEANING);
    readable::<OnFailure>(&ON_FAILURE);
    readable::<Evolution>(&EVOLUTION);
    readable::<Connection>(&CONNECTION);
    readable::<Payload>(&PAYLOAD);
    readable::<PublishTarget>(&PUBLISH_TARGET);
}

/// A part with every field present.
fn full(part: &Part) -> String {
    let fields: Vec<String> = part
        .fields
        .iter()
        .map(|field| {
            let value = match field.value {
                Value::Part(inner) => full(inner),
                Value::List(Value::Part(inner)) => format!("[{}]", full(inner)),
                Value::Map(inner) => format!("{{\"name\": {}}}", inner.example()),
                other => other.example(),
            };
            format!("{}: {value}", field.name)
        })
        .collect();
    format!("({})", fields.join(", "))
}

#[test]
fn every_field_has_the_type_and_presence_that_the_table_says() {
    assert_eq!(read::<Twin>(&full(&TWIN)), Ok(()));
    let smallest = Value::Part(&TWIN).example();
    assert_eq!(read::<Twin>(&smallest), Ok(()), "{smallest}");
    for field in TWIN.fields {
        let without = full(&TWIN).replacen(&format!("{}: ", field.name), "other: ", 1);
        assert!(
            read::<Twin>(&without).is_err(),
            "unknown fields are refused"
        );
    }
    for leaf in [
        TEXT, NAME, KIND, VARIABLE, PORT, PATH, COUNT, SEED, NUMBER, TRUTH,
    ] {
        assert_eq!((leaf.read)(leaf.example), Ok(()), "{}", leaf.title);
    }
    for leaf in [DURATION, EPOCH, UNIT, QUANTITY] {
        assert_eq!((leaf.read)(leaf.example), Ok(()), "{}", leaf.title);
        assert!((leaf.read)("\"?\"").is_err(), "{}", leaf.title);
    }
}
