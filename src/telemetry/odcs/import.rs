//! From a contract in YAML to channels.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::{ODCS_VERSION, OdcsError, TABLE, TIME};
use crate::quantity::{Quantity, SimDuration, Unit};
use crate::twin::{Aggregation, Channel, ChannelRole, Contract, OnFailure, QualityMeaning, Twin};

/// Largest contract that is read, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// Parts of a contract that say nothing of channels and are understood as such.
const ABOUT_IT: [&str; 7] = [
    "apiVersion",
    "kind",
    "id",
    "name",
    "version",
    "status",
    "description",
];

/// What a contract says of a twin's channels.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedContract {
    /// The twin's channels with what the contract says of them, in the twin's
    /// order, then those that are new. What it does not say stays.
    pub channels: Vec<Channel>,
    /// Ids of channels that are other than before.
    pub changed: Vec<String>,
    /// Ids of channels that are new.
    pub added: Vec<String>,
    /// Everything that was not understood or not taken, one sentence each with
    /// its place in the contract.
    pub notes: Vec<String>,
}

/// Reads an ODCS document and says what it makes of a twin's channels.
///
/// A column is a channel by its name; a new one has to say the variable that it
/// drives or measures.
///
/// # Errors
/// When the text is no YAML, no contract, or of a version that is not known.
pub fn from_odcs(text: &str, twin: &Twin) -> Result<ImportedContract, OdcsError> {
    if text.len() > LARGEST {
        return Err(OdcsError::NotAContract(format!(
            "it is larger than {} MiB",
            LARGEST / (1024 * 1024)
        )));
    }
    let document: Value =
        serde_saphyr::from_str(text).map_err(|error| OdcsError::Yaml(error.to_string()))?;
    let Value::Object(mut document) = document else {
        return Err(OdcsError::NotAContract(
            "there are no fields in it".to_owned(),
        ));
    };
    check_version(&document)?;
    let mut import = Import {
        twin,
        columns: Vec::new(),
        notes: Vec::new(),
    };
    for known in ABOUT_IT {
        document.remove(known);
    }
    let tables = import.list(document.remove("schema"), "schema");
    for (position, table) in tables.into_iter().enumerate() {
        import.table(table, &format!("schema[{position}]"));
    }
    let levels = import.list(document.remove("slaProperties"), "slaProperties");
    for (position, level) in levels.into_iter().enumerate() {
        import.service_level(level, &format!("slaProperties[{position}]"));
    }
    import.rest(document, "");
    Ok(import.finished())
}

fn check_version(document: &Map<String, Value>) -> Result<(), OdcsError> {
    if document.get("kind").and_then(Value::as_str) != Some("DataContract") {
        return Err(OdcsError::NotAContract(
            "its `kind` is not `DataContract`".to_owned(),
        ));
    }
    match document.get("apiVersion").and_then(Value::as_str) {
        Some(version) if version.starts_with("v3.0.") || version == ODCS_VERSION => Ok(()),
        Some(version) => Err(OdcsError::Version(version.to_owned())),
        None => Err(OdcsError::NotAContract(
            "it has no `apiVersion`; expected `v3.1.0`".to_owned(),
        )),
    }
}

/// A column that is a channel.
struct ImportedColumn {
    channel: Channel,
    is_new: bool,
}

struct Import<'t> {
    twin: &'t Twin,
    columns: Vec<ImportedColumn>,
    notes: Vec<String>,
}

impl Import<'_> {
    fn note(&mut self, place: &str, text: impl Display) {
        self.notes.push(format!("`{place}`: {text}"));
    }

    /// Tells what is left of an object.
    fn rest(&mut self, left: Map<String, Value>, place: &str) {
        for (key, value) in left {
            if value.is_null() {
                continue;
            }
            let place = if place.is_empty() {
                key
            } else {
                format!("{place}.{key}")
            };
            self.note(&place, "not understood, left out");
        }
    }

    fn list(&mut self, value: Option<Value>, place: &str) -> Vec<Value> {
        match value {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.note(place, "expected a list, left out");
                Vec::new()
            }
        }
    }

    fn object(&mut self, value: Value, place: &str) -> Option<Map<String, Value>> {
        match value {
            Value::Object(fields) => Some(fields),
            _ => {
                self.note(place, "expected fields, left out");
                None
            }
        }
    }

    fn table(&mut self, table: Value, place: &str) {
        let Some(mut table) = self.object(table, place) else {
            return;
        };
        for known in ["name", "logicalType", "physicalType", "description"] {
            table.remove(known);
        }
        let properties_place = format!("{place}.properties");
        let columns = self.list(table.remove("properties"), &properties_place);
        for (position, column) in columns.into_iter().enumerate() {
            self.column(column, &format!("{properties_place}[{position}]"));
        }
        self.rest(table, place);
    }

    fn column(&mut self, column: Value, place: &str) {
        let Some(mut column) = self.object(column, place) else {
            return;
        };
        let Some(Value::String(name)) = column.remove("name") else {
            self.note(place, "a column without a name, left out");
            return;
        };
        let place = format!("{place} ({name})");
        let kind = column.remove("logicalType");
        let kind = kind.as_ref().and_then(Value::as_str).unwrap_or("number");
        if matches!(kind, "timestamp" | "date" | "time") {
            for known in ["physicalType", "required", "description", "physicalName"] {
                column.remove(known);
            }
            if name != TIME {
                self.note(
                    &place,
                    "taken for the time column, which the reader of files calls `t`, `time` or \
                     `timestamp`",
                );
            }
            self.rest(column, &place);
            return;
        }
        if !matches!(kind, "number" | "integer") {
            self.note(
                &place,
                format!("a column of type `{kind}` is no channel, left out"),
            );
            return;
        }
        let custom_place = format!("{place}.customProperties");
        let mut custom = BTreeMap::new();
        for item in self.list(column.remove("customProperties"), &custom_place) {
            match item {
                Value::Object(mut fields) => {
                    if let Some(Value::String(property)) = fields.remove("property") {
                        custom.insert(property, fields.remove("value").unwrap_or(Value::Null));
                        fields.remove("description");
                        self.rest(fields, &custom_place);
                    } else {
                        self.note(&custom_place, "an entry without a `property`, left out");
                    }
                }
                _ => self.note(&custom_place, "expected fields, left out"),
            }
        }
        let Some((mut channel, is_new)) = self.channel(&name, &mut custom, &place) else {
            return;
        };
        if let Some(Value::String(physical)) = column.remove("physicalName") {
            channel.column = (physical != channel.id).then_some(physical);
        }
        if let Some(options) = column.remove("logicalTypeOptions") {
            self.bounds(options, &mut channel, &place);
        }
        self.custom(custom, &mut channel, &custom_place);
        for known in ["physicalType", "required", "description"] {
            column.remove(known);
        }
        self.rest(column, &place);
        self.columns.push(ImportedColumn { channel, is_new });
    }

    /// The channel of a column with the unit that the contract says, or a new one.
    fn channel(
        &mut self,
        name: &str,
        custom: &mut BTreeMap<String, Value>,
        place: &str,
    ) -> Option<(Channel, bool)> {
        let unit: Option<Unit> = self.parsed(custom.remove("unit"), place, "unit");
        let variable = custom.remove("variable").and_then(|value| match value {
            Value::String(text) => Some(text),
            _ => None,
        });
        let role = self.word(
            custom.remove("role"),
            &[
                ("input", ChannelRole::Input),
                ("measurement", ChannelRole::Measurement),
            ],
            place,
            "role",
        );
        if let Some(own) = self.twin.channels.iter().find(|one| one.id == name) {
            let mut channel = own.clone();
            if let Some(unit) = unit {
                channel.unit = unit;
            }
            if let Some(variable) = variable {
                channel.variable = variable;
            }
            if let Some(role) = role {
                channel.role = role;
            }
            return Some((channel, false));
        }
        let (Some(unit), Some(variable), Some(role)) = (unit, variable, role) else {
            self.note(
                place,
                "no channel of the twin, and it does not say `unit`, `variable` and `role` in its \
                 customProperties to become one; left out",
            );
            return None;
        };
        let channel = Channel {
            id: name.to_owned(),
            variable,
            unit,
            role,
            column: None,
            period: None,
            range: None,
            threshold: None,
            contract: Contract::default(),
        };
        Some((channel, true))
    }

    /// `minimum` and `maximum` of a column, in the channel's unit.
    fn bounds(&mut self, options: Value, channel: &mut Channel, place: &str) {
        let place = format!("{place}.logicalTypeOptions");
        let Some(mut options) = self.object(options, &place) else {
            return;
        };
        let mut end = |name: &str| options.remove(name).as_ref().and_then(Value::as_f64);
        let ends = (end("minimum"), end("maximum"));
        self.rest(options, &place);
        let quantity = |value: f64| Quantity::new(value, channel.unit.clone()).ok();
        match ends {
            (Some(low), Some(high)) => match (quantity(low), quantity(high)) {
                (Some(low), Some(high)) => channel.range = Some((low, high)),
                _ => self.note(&place, "bounds that are not finite, left out"),
            },
            (None, None) => {}
            _ => self.note(
                &place,
                "a range takes both `minimum` and `maximum`; the one there is was left out",
            ),
        }
    }

    fn custom(&mut self, mut custom: BTreeMap<String, Value>, channel: &mut Channel, place: &str) {
        let told = channel.range.clone();
        if let Some(range) = self.pair(custom.remove("range"), place, "range") {
            // The bounds are for everybody and may have been edited; this is exact.
            let near = |a: &Quantity, b: &Quantity| {
                (a.si() - b.si()).abs() <= 1e-9 * a.si().abs().max(1.0)
            };
            match told {
                Some((low, high)) if !near(&low, &range.0) || !near(&high, &range.1) => {
                    self.note(
                        place,
                        "`range` differs from `minimum` and `maximum`, which are taken",
                    );
                }
                _ => channel.range = Some(range),
            }
        }
        macro_rules! take {
            ($name:literal => $place:expr) => {
                if let Some(value) = self.parsed(custom.remove($name), place, $name) {
                    $place = Some(value);
                }
            };
        }
        take!("threshold" => channel.threshold);
        take!("period" => channel.period);
        let contract = &mut channel.contract;
        take!("lateness" => contract.lateness);
        take!("jitter" => contract.jitter);
        take!("rate" => contract.rate);
        take!("resolution" => contract.resolution);
        take!("stuck" => contract.stuck);
        take!("noise" => contract.noise);
        take!("drift" => contract.drift);
        if let Some(range) = self.pair(custom.remove("operational"), place, "operational") {
            contract.operational = Some(range);
        }
        let rollover: Option<Quantity> = self.parsed(custom.remove("rollover"), place, "rollover");
        let words = [
            ("instant", Aggregation::Instant),
            ("linear", Aggregation::Linear),
            ("mean", Aggregation::Mean),
            ("total", Aggregation::Total { rollover: None }),
        ];
        if let Some(word) = self.word(custom.remove("aggregation"), &words, place, "aggregation") {
            contract.aggregation = word;
        }
        match (&mut contract.aggregation, rollover) {
            (_, None) => {}
            (Aggregation::Total { rollover }, Some(value)) => *rollover = Some(value),
            _ => self.note(place, "`rollover` is of counters only, left out"),
        }
        let words = [
            ("drop", OnFailure::Drop),
            ("hold", OnFailure::Hold),
            ("flag", OnFailure::Flag),
            ("quarantine", OnFailure::Quarantine),
        ];
        if let Some(word) = self.word(custom.remove("onFailure"), &words, place, "onFailure") {
            contract.on_failure = word;
        }
        if let Some(codes) = custom.remove("qualityCodes") {
            contract.quality_codes = self.quality_codes(codes, place);
        }
        if let Some(aliases) = custom.remove("aliases") {
            contract.aliases = self
                .list(Some(aliases), place)
                .into_iter()
                .filter_map(|alias| match alias {
                    Value::String(alias) => Some(alias),
                    _ => None,
                })
                .collect();
        }
        self.rest(custom.into_iter().collect(), place);
    }

    fn quality_codes(&mut self, codes: Value, place: &str) -> BTreeMap<String, QualityMeaning> {
        let words = [
            ("good", QualityMeaning::Good),
            ("uncertain", QualityMeaning::Uncertain),
            ("bad", QualityMeaning::Bad),
        ];
        let Some(codes) = self.object(codes, place) else {
            return BTreeMap::new();
        };
        codes
            .into_iter()
            .filter_map(|(code, word)| {
                let meaning = self.word(Some(word), &words, place, "qualityCodes")?;
                Some((code, meaning))
            })
            .collect()
    }

    /// A text read as what it stands for.
    fn parsed<T: FromStr<Err: Display>>(
        &mut self,
        value: Option<Value>,
        place: &str,
        name: &str,
    ) -> Option<T> {
        let text = match value? {
            Value::Null => return None,
            Value::String(text) => text,
            other => other.to_string(),
        };
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.note(place, format!("`{name}`: {error}; left out"));
                None
            }
        }
    }

    fn pair(
        &mut self,
        value: Option<Value>,
        place: &str,
        name: &str,
    ) -> Option<(Quantity, Quantity)> {
        let items = self.list(Some(value?), place);
        let [low, high] = <[Value; 2]>::try_from(items)
            .map_err(|_| self.note(place, format!("`{name}` takes two ends, left out")))
            .ok()?;
        let low = self.parsed(Some(low), place, name)?;
        let high = self.parsed(Some(high), place, name)?;
        Some((low, high))
    }

    fn word<T: Clone>(
        &mut self,
        value: Option<Value>,
        words: &[(&str, T)],
        place: &str,
        name: &str,
    ) -> Option<T> {
        let value = value?;
        let text = value.as_str().unwrap_or_default();
        if let Some((_, meant)) = words.iter().find(|(word, _)| *word == text) {
            return Some(meant.clone());
        }
        let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        self.note(
            place,
            format!(
                "`{name}` is {value}; expected {}; left out",
                known.join(", ")
            ),
        );
        None
    }

    /// The period or lateness of one column or of all.
    fn service_level(&mut self, level: Value, place: &str) {
        let Some(mut level) = self.object(level, place) else {
            return;
        };
        level.remove("description");
        level.remove("driver");
        let text = |value: Option<Value>| match value {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        let property = text(level.remove("property"));
        let value = level.remove("value");
        let unit = text(level.remove("unit"));
        let element = text(level.remove("element"));
        if !matches!(property.as_str(), "frequency" | "latency") {
            self.note(
                place,
                format!("the service level `{property}` is not one that channels have, left out"),
            );
            return;
        }
        self.rest(level, place);
        let number = value.as_ref().and_then(Value::as_f64);
        let unit = if unit.is_empty() { "s" } else { &unit };
        let seconds = Unit::parse_lenient(unit)
            .ok()
            .filter(|unit| unit.is_commensurable(&Unit::known("s")))
            .zip(number)
            .map(|(unit, number)| unit.to_si(number));
        let Some(duration) = seconds.and_then(SimDuration::from_seconds) else {
            self.note(
                place,
                format!("`{property}` is no number in a unit of time, left out"),
            );
            return;
        };
        let mut found = false;
        // As this program writes it, before any other reading: an id may hold dots.
        let own = |id: &str| element == format!("{TABLE}.{id}");
        let is_own = self.columns.iter().any(|one| own(&one.channel.id));
        for one in &mut self.columns {
            let id = &one.channel.id;
            let is_meant = if is_own { own(id) } else { names(&element, id) };
            if is_meant {
                found = true;
                match property.as_str() {
                    "frequency" => one.channel.period = Some(duration),
                    _ => one.channel.contract.lateness = Some(duration),
                }
            }
        }
        if !found {
            self.note(
                place,
                format!("`{element}` is no column that became a channel, left out"),
            );
        }
    }

    fn finished(self) -> ImportedContract {
        let mut channels = self.twin.channels.clone();
        let (mut changed, mut added) = (Vec::new(), Vec::new());
        for column in self.columns {
            let channel = column.channel;
            match channels.iter_mut().find(|one| one.id == channel.id) {
                Some(own) if *own == channel => {}
                Some(own) => {
                    if !column.is_new && !changed.contains(&channel.id) {
                        changed.push(channel.id.clone());
                    }
                    *own = channel;
                }
                None => {
                    added.push(channel.id.clone());
                    channels.push(channel);
                }
            }
        }
        ImportedContract {
            channels,
            changed,
            added,
            notes: self.notes,
        }
    }
}

/// Whether the element of a service level names a column: `table.column`, the
/// column alone, several with commas between, or nothing, which is all.
fn names(element: &str, id: &str) -> bool {
    let is_it = |name: &str| {
        name == id
            || name
                .rsplit_once('.')
                .is_some_and(|(_, column)| column == id)
    };
    element.is_empty()
        || element == TABLE
        || is_it(element)
        || element.split(',').any(|name| is_it(name.trim()))
}
