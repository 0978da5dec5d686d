//! How kinds of every domain put down what they declare.

use crate::quantity::Unit;
use crate::twin::{Attribute, AttributeForm, Bounds, Causality, Declaration};

/// A quantity of a kind; `unit` is a known code, `default` and `bounds` are in SI.
pub(super) fn declaration(
    causality: Causality,
    name: &'static str,
    unit: &'static str,
    default: Option<f64>,
    bounds: Bounds,
    doc: &'static str,
) -> Declaration {
    Declaration {
        name,
        causality,
        unit: Unit::known(unit),
        default,
        bounds,
        doc,
        words: &[],
    }
}

/// A result: no default and no bounds.
pub(super) fn output(name: &'static str, unit: &'static str, doc: &'static str) -> Declaration {
    declaration(Causality::Output, name, unit, None, Bounds::NONE, doc)
}

/// A parameter of zero or above with a default \[SI].
pub(super) fn not_negative(
    name: &'static str,
    unit: &'static str,
    default: f64,
    doc: &'static str,
) -> Declaration {
    declaration(
        Causality::Parameter,
        name,
        unit,
        Some(default),
        Bounds::NOT_NEGATIVE,
        doc,
    )
}

/// A setting of a kind that is no number.
pub(super) fn attribute(
    name: &'static str,
    form: AttributeForm,
    default: Option<&'static str>,
    doc: &'static str,
) -> Attribute {
    Attribute {
        name,
        form,
        default,
        doc,
    }
}

/// One of several words, the first being the default.
pub(super) fn choice(
    name: &'static str,
    words: &'static [&'static str],
    doc: &'static str,
) -> Attribute {
    attribute(
        name,
        AttributeForm::Choice(words),
        words.first().copied(),
        doc,
    )
}
