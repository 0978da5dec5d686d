//! The single values of a document, and short ways to write its fields.

use serde::de::DeserializeOwned;

use super::super::{Field, Leaf, Presence, Value, Variant, VariantContent};
use crate::quantity::{Epoch, Quantity, SimDuration, Unit};

/// Reads a value from its piece of a document as the type itself does.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<(), Option<String>> {
    match crate::twin::load::options().from_str::<T>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.code {
            ron::Error::Message(message) => Some(message),
            _ => None,
        }),
    }
}

fn read_number(text: &str) -> Result<(), Option<String>> {
    match crate::twin::load::options().from_str::<f64>(text) {
        Ok(number) if number.is_finite() => Ok(()),
        Ok(_) => Err(Some(format!("`{text}` is not a finite number"))),
        Err(_) => Err(None),
    }
}

pub(super) const TEXT: Leaf = Leaf {
    title: "a text",
    example: "\"text\"",
    doc: "Text in double quotes.",
    read: read::<String>,
};
pub(super) const NAME: Leaf = Leaf {
    title: "a name",
    example: "\"name\"",
    doc: "Text in double quotes: letters, digits, `_` and `-`, beginning with a letter or `_`.",
    read: read::<String>,
};
pub(super) const KIND: Leaf = Leaf {
    title: "the name of a kind",
    example: "\"core.Group\"",
    doc: "Text in double quotes: `domain.Name`, see the kinds below.",
    read: read::<String>,
};
pub(super) const VARIABLE: Leaf = Leaf {
    title: "a variable",
    example: "\"heater_1.heat_capacity\"",
    doc: "Text in double quotes: the asset's id, a dot, and the name of one of its quantities.",
    read: read::<String>,
};
pub(super) const PORT: Leaf = Leaf {
    title: "a port",
    example: "\"heater_1.heat\"",
    doc: "Text in double quotes: the asset's id, a dot, and the name of one of its ports.",
    read: read::<String>,
};
pub(super) const PATH: Leaf = Leaf {
    title: "a path",
    example: "\"file\"",
    doc: "Text in double quotes: the path of a file, relative to the document's folder, with `/`.",
    read: read::<String>,
};
pub(super) const COUNT: Leaf = Leaf {
    title: "a whole number",
    example: "1",
    doc: "A whole number of zero or above.",
    read: read::<u32>,
};
pub(super) const SEED: Leaf = Leaf {
    title: "a whole number",
    example: "42",
    doc: "A whole number of zero or above.",
    read: read::<u64>,
};
pub(super) const NUMBER: Leaf = Leaf {
    title: "a number",
    example: "1.0",
    doc: "A finite number.",
    read: read_number,
};
pub(super) const TRUTH: Leaf = Leaf {
    title: "a truth value",
    example: "false",
    doc: "`true` or `false`.",
    read: read::<bool>,
};
pub(super) const DURATION: Leaf = Leaf {
    title: "a duration",
    example: "\"1 s\"",
    doc: "Text in double quotes: `15 min`, `1 h 30 min`, `250 ms`, or ISO 8601 `PT15M`.",
    read: read::<SimDuration>,
};
pub(super) const EPOCH: Leaf = Leaf {
    title: "a date and time",
    example: "\"2024-01-01T00:00:00Z\"",
    doc: "Text in double quotes: an ISO 8601 date and time with its offset from UTC.",
    read: read::<Epoch>,
};
pub(super) const UNIT: Leaf = Leaf {
    title: "a unit",
    example: "\"1\"",
    doc: "Text in double quotes: a UCUM code such as `Cel`, `W/K`, `%`, `L/s`; `1` for a plain number.",
    read: read::<Unit>,
};
pub(super) const QUANTITY: Leaf = Leaf {
    title: "a quantity",
    example: "\"7.5 J/K\"",
    doc: "Text in double quotes: a number, a space and a UCUM unit, such as `7.5 J/K` or `23 Cel`.",
    read: read::<Quantity>,
};

pub(super) const fn required(name: &'static str, value: Value, doc: &'static str) -> Field {
    Field {
        name,
        value,
        presence: Presence::Required,
        doc,
    }
}

pub(super) const fn default(
    name: &'static str,
    value: Value,
    otherwise: &'static str,
    doc: &'static str,
) -> Field {
    Field {
        name,
        value,
        presence: Presence::Default(otherwise),
        doc,
    }
}

pub(super) const fn absent(
    name: &'static str,
    value: Value,
    otherwise: &'static str,
    doc: &'static str,
) -> Field {
    Field {
        name,
        value,
        presence: Presence::Absent(otherwise),
        doc,
    }
}

pub(super) const fn variant(
    name: &'static str,
    content: VariantContent,
    doc: &'static str,
) -> Variant {
    Variant { name, content, doc }
}
