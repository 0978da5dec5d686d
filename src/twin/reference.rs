//! The reference page of the document format and of all kinds, made from the program itself.

use std::fmt::Write;

use super::check::{bounds_words, with_unit};
use super::contingency::{Contingency, EffectValue};
use super::kind::{Attribute, AttributeForm, Causality, Declaration, Kind, KindRegistry, Medium};
use super::schema::{Choice, Field, Leaf, Part, Presence, TWIN, Value, VariantContent};

/// The reference page in Markdown: every part of a document with its fields, and every kind
/// of `registry` with its parameters, units, bounds, defaults and ports.
#[must_use]
pub fn reference_markdown(registry: &KindRegistry) -> String {
    let mut page = Page::default();
    page.line("# The twin document");
    page.line("");
    page.line("<!-- Made by `counterpart reference > docs/reference/twin-document.md`; edit the sources, not this page. -->");
    page.line("");
    page.line(INTRODUCTION);
    page.parts();
    page.leaves();
    page.kinds(registry);
    page.text
}

const INTRODUCTION: &str = "\
A twin document is a text in [RON](https://github.com/ron-rs/ron) (Rusty Object Notation) that describes one \
real system: `( name: value, … )` holds named fields, `[ … ]` a list, `{ \"name\": value, … }` a map; comments \
begin with `//`. Fields stand in any order. A field that this page does not list is refused. Quantities carry \
their unit as a [UCUM](https://ucum.org/ucum) code. `Some(…)` around an optional value may be left out.

`counterpart check FILE` says what is wrong with a document, with line and column.";

/// The page as it grows, and what is still to be described on it.
#[derive(Default)]
struct Page {
    text: String,
    leaves: Vec<&'static Leaf>,
}

/// A part or choice that has a section of its own.
#[derive(Clone, Copy)]
enum Section {
    Part(&'static Part),
    Choice(&'static Choice),
}

impl Section {
    const fn name(self) -> &'static str {
        match self {
            Self::Part(part) => part.name,
            Self::Choice(choice) => choice.name,
        }
    }
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// The parts and choices, in the order in which the document leads to them.
    fn parts(&mut self) {
        let mut sections = vec![Section::Part(&TWIN)];
        let mut next = 0;
        while let Some(section) = sections.get(next).copied() {
            next += 1;
            match section {
                Section::Part(part) => {
                    self.line(&format!("\n## {}\n\n{}\n", part.name, part.doc));
                    self.fields(part.fields);
                    for field in part.fields {
                        add_sections(field.value, &mut sections);
                    }
                }
                Section::Choice(choice) => {
                    self.line(&format!("\n## {}\n\n{}\n", choice.name, choice.doc));
                    self.variants(choice, &mut sections);
                }
            }
        }
    }

    fn fields(&mut self, fields: &'static [Field]) {
        self.line("| field | value | when left out | meaning |");
        self.line("|---|---|---|---|");
        for field in fields {
            let otherwise = match field.presence {
                Presence::Required => "**required**",
                Presence::Default(text) | Presence::Absent(text) => text,
            };
            let value = self.value(field.value);
            self.line(&format!(
                "| `{}` | {value} | {otherwise} | {} |",
                field.name, field.doc
            ));
        }
    }

    fn variants(&mut self, choice: &'static Choice, sections: &mut Vec<Section>) {
        self.line("| written | meaning |");
        self.line("|---|---|");
        for variant in choice.variants {
            let (written, doc) = match variant.content {
                VariantContent::Nothing => (format!("`{}`", variant.name), variant.doc.to_owned()),
                VariantContent::One(value) => {
                    add_sections(value, sections);
                    let inner = self.value(value);
                    (
                        format!("`{}(…)` of {inner}", variant.name),
                        variant.doc.to_owned(),
                    )
                }
                VariantContent::Several(leaves) => {
                    let inner = self.value(Value::Tuple(leaves));
                    let places = vec!["…"; leaves.len()].join(", ");
                    (
                        format!("`{}({places})` of {inner}", variant.name),
                        variant.doc.to_owned(),
                    )
                }
                VariantContent::Fields(fields) => {
                    let mut names = Vec::new();
                    let mut doc = variant.doc.to_owned();
                    for field in fields {
                        add_sections(field.value, sections);
                        names.push(format!("{}: …", field.name));
                        let value = self.value(field.value);
                        let otherwise = match field.presence {
                            Presence::Required => String::new(),
                            Presence::Default(text) | Presence::Absent(text) => {
                                format!("; {text} when left out")
                            }
                        };
                        let own = field.doc.trim_end_matches('.');
                        let _ = write!(doc, " `{}` ({value}{otherwise}): {own}.", field.name);
                    }
                    (format!("`{}({})`", variant.name, names.join(", ")), doc)
                }
            };
            self.line(&format!("| {written} | {doc} |"));
        }
    }

    /// A value's type, linked to where it is described.
    fn value(&mut self, value: Value) -> String {
        match value {
            Value::Leaf(leaf) => {
                if !self.leaves.iter().any(|known| known.doc == leaf.doc) {
                    self.leaves.push(leaf);
                }
                format!("[{}](#values)", without_article(leaf.title))
            }
            Value::Part(part) => linked(part.name),
            Value::Choice(choice) => linked(choice.name),
            Value::List(inner) => format!("list of {}", self.value(*inner)),
            Value::Map(inner) => format!("map from name to {}", self.value(*inner)),
            Value::Tuple(items) => {
                let items: Vec<String> = items
                    .iter()
                    .map(|leaf| self.value(Value::Leaf(leaf)))
                    .collect();
                format!("({})", items.join(", "))
            }
        }
    }

    fn leaves(&mut self) {
        self.line("\n## Values\n");
        self.line("| value | example | how it is written |");
        self.line("|---|---|---|");
        for leaf in std::mem::take(&mut self.leaves) {
            self.line(&format!(
                "| {} | `{}` | {} |",
                without_article(leaf.title),
                leaf.example,
                leaf.doc
            ));
        }
    }

    fn kinds(&mut self, registry: &KindRegistry) {
        self.line("\n# Kinds\n");
        self.line("What an asset may be. A document gives parameters, and initial or default values of inputs, under `parameters`; states and outputs are computed, and channels may be compared with them. A contingency is what may befall an asset, see [scenarios](../scenarios.md).");
        for kind in registry.iter() {
            self.kind(kind);
        }
    }

    fn kind(&mut self, kind: &Kind) {
        self.line(&format!(
            "\n## `{}`: {}\n\n{}",
            kind.name, kind.title, kind.doc
        ));
        if !kind.declarations.is_empty() {
            self.line("\n| quantity | role | unit | default | bounds | meaning |");
            self.line("|---|---|---|---|---|---|");
            for declaration in &kind.declarations {
                self.declaration(declaration);
            }
        }
        if !kind.attributes.is_empty() {
            self.line("\n| attribute | what may be given | default | meaning |");
            self.line("|---|---|---|---|");
            for attribute in &kind.attributes {
                self.attribute(attribute);
            }
        }
        if !kind.contingencies.is_empty() {
            self.line("\n| contingency | size | default | bounds | sets | meaning |");
            self.line("|---|---|---|---|---|---|");
            for contingency in &kind.contingencies {
                self.contingency(contingency);
            }
        }
        if !kind.ports.is_empty() {
            self.line("\n| port | medium | links | meaning |");
            self.line("|---|---|---|---|");
            for port in &kind.ports {
                let medium = match port.medium {
                    Medium::Heat => "heat",
                    Medium::Signal => "signal",
                    Medium::Water => "water",
                    Medium::Items => "items",
                    Medium::Traffic => "traffic",
                    Medium::Calls => "calls",
                };
                let links = match (port.at_least, port.at_most) {
                    (0, usize::MAX) => "any number".to_owned(),
                    (least, usize::MAX) => format!("{least} or more"),
                    (least, most) if least == most => format!("{least}"),
                    (least, most) => format!("{least} to {most}"),
                };
                self.line(&format!(
                    "| `{}` | {medium} | {links} | {} |",
                    port.name, port.doc
                ));
            }
        }
        self.line(&format!("\nDrawn as: `{:?}`.", kind.shape));
    }

    fn attribute(&mut self, attribute: &Attribute) {
        let form = match &attribute.form {
            AttributeForm::Choice(words) => words
                .iter()
                .map(|word| format!("`{word}`"))
                .collect::<Vec<_>>()
                .join(", "),
            AttributeForm::Curve { x, y } => format!("a curve of `{}` by `{}`", y.code(), x.code()),
            AttributeForm::Pattern => "a pattern".to_owned(),
            AttributeForm::Asset { kinds } => format!("an asset: `{}`", kinds.join("`, `")),
            AttributeForm::Text => "text".to_owned(),
        };
        let default = attribute
            .default
            .map_or_else(|| "none".to_owned(), |word| format!("`{word}`"));
        self.line(&format!(
            "| `{}` | {form} | {default} | {} |",
            attribute.name, attribute.doc
        ));
    }

    fn contingency(&mut self, contingency: &Contingency) {
        let (mut size, mut default, mut bounds) = (String::new(), String::new(), String::new());
        if let Some(one) = &contingency.size {
            let _ = write!(size, "{} in `{}`: {}", one.name, one.unit.code(), one.doc);
            if let Some(other) = &one.equivalent {
                let _ = write!(size, " Or the {}, in `{}`.", other.doc, other.unit.code());
            }
            default = one.default.map_or_else(
                || "**required**".to_owned(),
                |value| format!("`{}`", with_unit(one.unit.from_si(value), &one.unit)),
            );
            bounds = bounds_words(one.bounds, &one.unit).unwrap_or_default();
        }
        let sets: Vec<String> = contingency
            .effects
            .iter()
            .map(|effect| match effect.value {
                EffectValue::Fixed(value) => format!("`{}` to {value}", effect.quantity),
                EffectValue::PerSize(_) => format!("`{}` by its size", effect.quantity),
            })
            .collect();
        let needs = contingency.needs.map(|need| {
            format!(
                " Only where a `{}` has `{}: {}`.",
                need.kind, need.attribute, need.word
            )
        });
        self.line(&format!(
            "| `{}` | {size} | {default} | {bounds} | {} | {}{} |",
            contingency.name,
            sets.join(", "),
            contingency.doc,
            needs.unwrap_or_default()
        ));
    }

    fn declaration(&mut self, declaration: &Declaration) {
        let unit = &declaration.unit;
        let role = match declaration.causality {
            Causality::Parameter => "parameter",
            Causality::Input => "input",
            Causality::State => "state",
            Causality::Output => "output",
        };
        let default = match (declaration.default, declaration.causality) {
            (Some(value), _) => format!("`{}`", with_unit(unit.from_si(value), unit)),
            (None, Causality::Parameter) => "**required**".to_owned(),
            (None, _) => String::new(),
        };
        self.line(&format!(
            "| `{}` | {role} | `{}` | {default} | {} | {} |",
            declaration.name,
            unit.code(),
            bounds_words(declaration.bounds, unit).unwrap_or_default(),
            declaration.doc
        ));
    }
}

fn linked(name: &str) -> String {
    format!("[{name}](#{})", name.to_lowercase())
}

fn without_article(title: &str) -> &str {
    title
        .strip_prefix("a ")
        .or_else(|| title.strip_prefix("an "))
        .unwrap_or(title)
}

fn add_sections(value: Value, sections: &mut Vec<Section>) {
    let section = match value {
        Value::Part(part) => Section::Part(part),
        Value::Choice(choice) => Section::Choice(choice),
        Value::List(inner) | Value::Map(inner) => return add_sections(*inner, sections),
        Value::Leaf(_) | Value::Tuple(_) => return,
    };
    if !sections.iter().any(|known| known.name() == section.name()) {
        sections.push(section);
    }
}
