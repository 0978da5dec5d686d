//! Contingencies: what may befall an asset, under a name of its own.
//!
//! A kind declares them: a pipe may burst, a pump may be out. Each says which
//! inputs and parameters of the asset take which values while it lasts, so that
//! who asks *what if this main bursts* need not know that a burst is a leak
//! coefficient. An [`Occurrence`] is a contingency of one asset at a time; a
//! scenario lists occurrences, and everything that runs one sees the plain
//! [interventions](Intervention) they stand for.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::check::{bounds_words, measure, with_unit};
use super::control::is_zero;
use super::document::{Action, Intervention, Twin};
use super::kind::Bounds;
use super::nearest;
use super::variable::VariableTable;
use crate::quantity::{Quantity, SimDuration, Unit};

/// Something that may befall an asset of a kind.
#[derive(Clone, Debug)]
pub struct Contingency {
    /// Name inside the kind, in snake case: `burst`.
    pub name: &'static str,
    /// Name on the screen: `Burst`.
    pub title: &'static str,
    /// The word that joins it to an asset: burst `of` a main, fire flow `at` a junction.
    pub joint: &'static str,
    /// One sentence for the screen and the reference page.
    pub doc: &'static str,
    /// How large it is, where that is asked.
    pub size: Option<Size>,
    /// What it sets while it lasts.
    pub effects: Vec<Effect>,
    /// What the document has to say for it to have an effect; it can always come about
    /// when absent. Where the document does not say so, it is not offered.
    pub needs: Option<Need>,
}

/// What a document has to say of some asset for a contingency to have an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The kind of that asset; one asset of it is enough.
    pub kind: &'static str,
    /// Its attribute.
    pub attribute: &'static str,
    /// The word that the attribute has to have.
    pub word: &'static str,
    /// What is missing otherwise, as a part of a sentence: `no constituent is followed`.
    pub missing: &'static str,
}

impl Need {
    /// Whether a document says so.
    #[must_use]
    pub fn is_met(&self, twin: &Twin) -> bool {
        let mut said = (twin.assets.iter())
            .filter(|asset| asset.kind == self.kind)
            .filter_map(|asset| asset.attributes.get(self.attribute));
        said.any(|word| word == self.word)
    }

    /// What to write into a document that does not say so.
    pub(super) fn advice(&self, twin: &Twin) -> String {
        let Self {
            kind,
            attribute,
            word,
            ..
        } = self;
        match twin.assets.iter().find(|asset| asset.kind == *kind) {
            Some(asset) => format!(
                "set `\"{attribute}\": \"{word}\"` among the attributes of `{}`",
                asset.id
            ),
            None => format!(
                "add an asset of the kind `{kind}` with `\"{attribute}\": \"{word}\"` among its \
                 attributes"
            ),
        }
    }
}

/// How large a contingency is: one number that the user gives.
#[derive(Clone, Debug)]
pub struct Size {
    /// What the number is: `opening`.
    pub name: &'static str,
    /// The unit documents and screens use unless the user chooses another.
    pub unit: Unit,
    /// Size where none is given \[SI]; `None` where it must be given.
    pub default: Option<f64>,
    /// Interval allowed \[SI].
    pub bounds: Bounds,
    /// One sentence for the screen and the reference page.
    pub doc: &'static str,
    /// Another quantity that may be given in its place.
    pub equivalent: Option<Equivalent>,
}

/// A quantity in proportion to a [`Size`], which may be given in its place.
#[derive(Clone, Debug)]
pub struct Equivalent {
    /// Its unit, of another dimension than that of the size.
    pub unit: Unit,
    /// Its value for a size of one \[SI by SI].
    pub per_size: f64,
    /// What it is: `flow out of it at a pressure of 1 m`.
    pub doc: &'static str,
}

/// One thing that a contingency sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The input or parameter of the asset.
    pub quantity: &'static str,
    /// The value it takes.
    pub value: EffectValue,
}

/// The value that a contingency sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EffectValue {
    /// Always this \[SI].
    Fixed(f64),
    /// This much for each unit of the size \[SI by SI].
    PerSize(f64),
}

impl Contingency {
    /// A contingency without a size that sets one quantity to `value` \[SI].
    #[must_use]
    pub fn fixed(
        name: &'static str,
        title: &'static str,
        doc: &'static str,
        quantity: &'static str,
        value: f64,
    ) -> Self {
        Self::of_one(name, title, doc, None, quantity, EffectValue::Fixed(value))
    }

    /// A contingency whose size is the value of one quantity.
    #[must_use]
    pub fn sized(
        name: &'static str,
        title: &'static str,
        doc: &'static str,
        quantity: &'static str,
        size: Size,
    ) -> Self {
        Self::of_one(
            name,
            title,
            doc,
            Some(size),
            quantity,
            EffectValue::PerSize(1.0),
        )
    }

    fn of_one(
        name: &'static str,
        title: &'static str,
        doc: &'static str,
        size: Option<Size>,
        quantity: &'static str,
        value: EffectValue,
    ) -> Self {
        Self {
            name,
            title,
            joint: "of",
            doc,
            size,
            effects: vec![Effect { quantity, value }],
            needs: None,
        }
    }

    /// This contingency, which has an effect only where the document says something.
    #[must_use]
    pub fn needing(mut self, need: Need) -> Self {
        self.needs = Some(need);
        self
    }

    /// This contingency, said to be `at` an asset instead of `of` it.
    #[must_use]
    pub fn at(mut self) -> Self {
        self.joint = "at";
        self
    }

    /// What it is called for one asset: `Burst of Fish Market main 3`.
    #[must_use]
    pub fn title_for(&self, asset: &str) -> String {
        format!("{} {} {asset}", self.title, self.joint)
    }

    /// The quantities it sets and their values \[SI], for a `size` \[SI].
    pub fn settings(&self, size: f64) -> impl Iterator<Item = (&'static str, f64)> {
        self.effects.iter().map(move |effect| {
            let value = match effect.value {
                EffectValue::Fixed(value) => value,
                EffectValue::PerSize(factor) => factor * size,
            };
            (effect.quantity, value)
        })
    }
}

impl Size {
    /// The size \[SI] that a quantity stands for.
    fn read(&self, quantity: &Quantity) -> Result<f64, Misfit> {
        let size = if quantity.unit().is_commensurable(&self.unit) {
            quantity.si()
        } else {
            match &self.equivalent {
                Some(other) if quantity.unit().is_commensurable(&other.unit) => {
                    quantity.si() / other.per_size
                }
                _ => return Err(Misfit::Dimension),
            }
        };
        if self.bounds.contains(size) {
            Ok(size)
        } else {
            Err(Misfit::Bounds)
        }
    }

    /// `its opening, such as "6 cm2", or its flow …, such as "1 L/s"`.
    fn expected(&self) -> String {
        let example = |unit: &Unit, si: f64| with_unit(unit.from_si(si), unit);
        let size = self.default.unwrap_or_else(|| self.unit.to_si(1.0));
        let mut words = format!(
            "its {}, such as \"{}\"",
            self.name,
            example(&self.unit, size)
        );
        if let Some(other) = &self.equivalent {
            words.push_str(&format!(
                ", or the {}, such as \"{}\"",
                other.doc,
                example(&other.unit, other.unit.to_si(1.0))
            ));
        }
        words
    }
}

/// Why a quantity cannot be a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Misfit {
    Dimension,
    Bounds,
}

/// A contingency of one asset that comes about.
///
/// As text it is `asset contingency size from … to …`, of which only the first
/// two words are needed: `main_3 burst 6 cm2 from 2 h to 8 h`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Occurrence {
    /// Id of the asset it befalls: `main_3`.
    pub of: String,
    /// Name of a contingency of the asset's kind: `burst`.
    pub what: String,
    /// How large it is; the kind's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Quantity>,
    /// When it begins, since the scenario's start.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub at: SimDuration,
    /// When it is over, since the scenario's start; it stays when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<SimDuration>,
}

/// What keeps an occurrence from coming about.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}; {hint}")]
pub struct OccurrenceError {
    /// The field of the occurrence that is wrong: `size`.
    pub field: &'static str,
    /// What is wrong.
    pub message: String,
    /// What is expected and what to do.
    pub hint: String,
}

impl OccurrenceError {
    fn new(field: &'static str, message: String, hint: impl Into<String>) -> Self {
        Self {
            field,
            message,
            hint: hint.into(),
        }
    }
}

impl Occurrence {
    /// What is set while it lasts: the variable's path and value \[SI].
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of its fields.
    pub fn settings(
        &self,
        variables: &VariableTable,
    ) -> Result<Vec<(String, f64)>, Vec<OccurrenceError>> {
        let contingency = self.contingency(variables).map_err(|error| vec![error])?;
        let mut errors = Vec::new();
        let size = self.size_of(contingency).unwrap_or_else(|error| {
            errors.push(error);
            0.0
        });
        errors.extend(self.time_errors());
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(contingency
            .settings(size)
            .map(|(quantity, value)| (format!("{}.{quantity}", self.of), value))
            .collect())
    }

    /// The interventions it stands for, in order of time.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn interventions(
        &self,
        variables: &VariableTable,
    ) -> Result<Vec<Intervention>, OccurrenceError> {
        let settings = self
            .settings(variables)
            .map_err(|mut errors| errors.swap_remove(0))?;
        let mut interventions = Vec::with_capacity(2 * settings.len());
        for (variable, value) in &settings {
            // In SI, so that no rounding of a unit stands between size and model.
            let value = variables
                .find(variable)
                .and_then(|index| Unit::si(variables.get(index).unit.dimension()).ok())
                .and_then(|unit| Quantity::new(*value, unit).ok())
                .ok_or_else(|| {
                    OccurrenceError::new(
                        "what",
                        format!("`{}` sets `{variable}`, which does not exist", self.what),
                        "its kind has to be mended",
                    )
                })?;
            interventions.push(Intervention {
                variable: variable.clone(),
                at: self.at,
                action: Action::Set(value),
            });
        }
        if let Some(until) = self.until {
            interventions.extend(settings.into_iter().map(|(variable, _)| Intervention {
                variable,
                at: until,
                action: Action::Release,
            }));
        }
        Ok(interventions)
    }

    /// What it is, as its asset's kind declares it.
    ///
    /// # Errors
    /// When there is no such asset, or none such in its kind.
    pub fn contingency<'t>(
        &self,
        variables: &'t VariableTable,
    ) -> Result<&'t Contingency, OccurrenceError> {
        let Some(asset) = variables.asset(&self.of) else {
            return Err(OccurrenceError::new(
                "of",
                format!("there is no asset `{}`", self.of),
                nearest::hint(&self.of, "assets", variables.asset_ids()),
            ));
        };
        if let Some(withheld) = variables.withheld(asset, &self.what) {
            let message = format!(
                "`{}` would have no effect at `{}`: {}",
                self.what, self.of, withheld.missing
            );
            return Err(OccurrenceError::new("what", message, &withheld.advice));
        }
        let known = variables.contingencies_of(asset);
        known
            .iter()
            .find(|one| one.name == self.what)
            .ok_or_else(|| {
                let names = known.iter().map(|one| one.name);
                let hint = if known.is_empty() {
                    "its kind declares nothing that may befall it; change its inputs by \
                 `interventions`"
                        .to_owned()
                } else {
                    nearest::hint(&self.what, "contingencies", names)
                };
                let message = format!("`{}` knows no `{}`", self.of, self.what);
                OccurrenceError::new("what", message, hint)
            })
    }

    /// How large it is \[SI]; zero where no size is asked.
    fn size_of(&self, contingency: &Contingency) -> Result<f64, OccurrenceError> {
        let error =
            |message: String, hint: String| Err(OccurrenceError::new("size", message, hint));
        let what = &self.what;
        match (&contingency.size, &self.size) {
            (None, None) => Ok(0.0),
            (None, Some(given)) => error(
                format!("`{what}` has no size, and \"{given}\" is given"),
                "leave the size out".to_owned(),
            ),
            (Some(size), None) => match size.default {
                Some(default) => Ok(default),
                None => error(
                    format!("`{what}` needs a size"),
                    format!("give {}", size.expected()),
                ),
            },
            (Some(size), Some(given)) => match size.read(given) {
                Ok(size) => Ok(size),
                Err(Misfit::Dimension) => error(
                    format!(
                        "the size of `{what}` cannot be \"{given}\", which is {}",
                        measure(given.unit())
                    ),
                    format!("give {}", size.expected()),
                ),
                Err(Misfit::Bounds) => error(
                    format!("the size of `{what}` is out of bounds: \"{given}\""),
                    bounds_words(size.bounds, &size.unit).map_or_else(
                        || "it must be finite".to_owned(),
                        |words| format!("it must be {words}"),
                    ),
                ),
            },
        }
    }

    fn time_errors(&self) -> impl Iterator<Item = OccurrenceError> {
        let early = self.at.is_negative().then(|| {
            OccurrenceError::new(
                "at",
                "it cannot begin before its scenario".to_owned(),
                "the time counts from the scenario's start; write `0 s` or later",
            )
        });
        let over = self.until.filter(|until| *until <= self.at).map(|until| {
            OccurrenceError::new(
                "until",
                format!("it is over at {until}, before it begins at {}", self.at),
                "both times count from the scenario's start; let it end later, or leave the end \
                 out",
            )
        });
        early.into_iter().chain(over)
    }

    /// Reads `asset contingency size from … to …`, as people type it.
    ///
    /// # Errors
    /// When a part is missing or cannot be read.
    pub fn parse(text: &str) -> Result<Self, ParseOccurrenceError> {
        let fail = |problem: ParseProblem| ParseOccurrenceError {
            text: text.to_owned(),
            problem,
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let [of, what, rest @ ..] = words.as_slice() else {
            return Err(fail(ParseProblem::TooShort));
        };
        let position = |word: &str| rest.iter().position(|one| one.eq_ignore_ascii_case(word));
        let from = position("from");
        let to = position("to").or_else(|| position("until"));
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            return Err(fail(ParseProblem::Order));
        }
        let end = to.unwrap_or(rest.len());
        let duration = |words: &[&str]| {
            SimDuration::parse(&words.join(" "))
                .map_err(|error| fail(ParseProblem::Time(error.to_string())))
        };
        let at = from.map_or(Ok(SimDuration::default()), |from| {
            duration(&rest[from + 1..end])
        })?;
        let until = to.map(|to| duration(&rest[to + 1..])).transpose()?;
        let size = rest[..from.unwrap_or(end)].join(" ");
        let size = (!size.is_empty())
            .then(|| Quantity::parse_lenient(&size))
            .transpose()
            .map_err(|error| fail(ParseProblem::Size(error.to_string())))?;
        Ok(Self {
            of: (*of).to_owned(),
            what: (*what).to_owned(),
            size,
            at,
            until,
        })
    }
}

impl fmt::Display for Occurrence {
    /// As [`Occurrence::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.of, self.what)?;
        if let Some(size) = &self.size {
            write!(f, " {size}")?;
        }
        if !self.at.is_zero() {
            write!(f, " from {}", self.at)?;
        }
        match &self.until {
            Some(until) => write!(f, " to {until}"),
            None => Ok(()),
        }
    }
}

/// Why a text is no occurrence.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("`{text}`: {problem}; write for example `main_3 burst 6 cm2 from 2 h to 8 h`")]
pub struct ParseOccurrenceError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub problem: ParseProblem,
}

/// What is wrong with the text of an occurrence.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ParseProblem {
    /// Asset or contingency is missing.
    #[error("an asset and what happens to it are needed")]
    TooShort,
    /// The end stands in front of the begin.
    #[error("`to` stands in front of `from`")]
    Order,
    /// A time cannot be read.
    #[error("{0}")]
    Time(String),
    /// The size cannot be read.
    #[error("the size: {0}")]
    Size(String),
}

#[cfg(test)]
mod tests;
