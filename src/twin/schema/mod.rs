//! What may stand in a document: every field with its type, presence and meaning.
//!
//! One table serves the [examination](examine) of a document and the reference
//! page. Tests hold it against the names that serde reads, so that neither can
//! drift from [`document`](super::document).

mod examine;
mod table;

pub(super) use examine::{Edit, edited, examine};
pub(super) use table::TWIN;

/// What kind of value stands in a place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    /// A single value.
    Leaf(&'static Leaf),
    /// `(name: value, …)`.
    Part(&'static Part),
    /// `[value, …]`.
    List(&'static Value),
    /// `{"name": value, …}`.
    Map(&'static Value),
    /// `(value, …)` of fixed length.
    Tuple(&'static [&'static Leaf]),
    /// One of several named variants.
    Choice(&'static Choice),
}

/// A single value, such as a duration.
#[derive(Debug)]
pub(super) struct Leaf {
    /// With its article: `a duration`.
    pub title: &'static str,
    /// An example as it stands in a document: `"1 s"` with its quotes.
    pub example: &'static str,
    /// How it is written, for the reference page.
    pub doc: &'static str,
    /// Reads it from its piece of the document. The error is the type's own words, if it has any.
    pub read: fn(&str) -> Result<(), Option<String>>,
}

/// A struct of the document.
#[derive(Debug)]
pub(super) struct Part {
    /// Its name in the program: `Asset`.
    pub name: &'static str,
    /// With its article: `an asset`.
    pub title: &'static str,
    /// What it is, for the reference page.
    pub doc: &'static str,
    /// Its fields, in the order shown.
    pub fields: &'static [Field],
}

/// A field of a struct or variant.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name in the document.
    pub name: &'static str,
    /// What stands there.
    pub value: Value,
    /// Whether it may be left out.
    pub presence: Presence,
    /// What it means.
    pub doc: &'static str,
}

/// Whether a field may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// It must be there.
    Required,
    /// It may be left out; the text says what then holds.
    Default(&'static str),
    /// It may be left out or be `None`; the text says what then holds.
    Absent(&'static str),
}

/// An enum of the document.
#[derive(Debug)]
pub(super) struct Choice {
    /// Its name in the program: `Distribution`.
    pub name: &'static str,
    /// With its article: `a distribution`.
    pub title: &'static str,
    /// An example as it stands in a document.
    pub example: &'static str,
    /// What it is, for the reference page.
    pub doc: &'static str,
    /// Its variants, in the order shown.
    pub variants: &'static [Variant],
}

/// A variant of an enum.
#[derive(Debug)]
pub(super) struct Variant {
    /// Its name in the document.
    pub name: &'static str,
    /// What stands behind the name.
    pub content: VariantContent,
    /// What it means.
    pub doc: &'static str,
}

/// What stands behind a variant's name.
#[derive(Clone, Copy, Debug)]
pub(super) enum VariantContent {
    /// Nothing: `Hold`.
    Nothing,
    /// One value: `Set("5 W")`.
    One(Value),
    /// Several values in order: `Above("tank_1.level", "4 m")`.
    Several(&'static [&'static Leaf]),
    /// Named fields: `Ramp(to: "5 W", over: "1 min")`.
    Fields(&'static [Field]),
}

impl Value {
    /// With its article: `a duration`, `a list`.
    pub(super) const fn title(&self) -> &'static str {
        match self {
            Self::Leaf(leaf) => leaf.title,
            Self::Part(part) => part.title,
            Self::List(_) => "a list `[…]`",
            Self::Map(_) => "a map `{\"name\": value, …}`",
            Self::Tuple(_) => "a tuple `(…)`",
            Self::Choice(choice) => choice.title,
        }
    }

    /// The smallest valid value as it would stand in a document.
    pub(super) fn example(&self) -> String {
        match self {
            Self::Leaf(leaf) => leaf.example.to_owned(),
            Self::Part(part) => {
                let fields: Vec<String> = part
                    .fields
                    .iter()
                    .filter(|field| field.presence == Presence::Required)
                    .map(|field| format!("{}: {}", field.name, field.value.example()))
                    .collect();
                format!("({})", fields.join(", "))
            }
            Self::List(_) => "[]".to_owned(),
            Self::Map(_) => "{}".to_owned(),
            Self::Tuple(items) => {
                let items: Vec<&str> = items.iter().map(|leaf| leaf.example).collect();
                format!("({})", items.join(", "))
            }
            Self::Choice(choice) => choice.example.to_owned(),
        }
    }
}
