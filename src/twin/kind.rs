//! Kinds: what an asset type declares about itself.
//!
//! The inspector, the what-if controls, the document checks and the reference
//! page are all made from these declarations, so a kind is described once.

use std::collections::BTreeMap;

use super::contingency::Contingency;
use super::indicator::Indicator;
use crate::quantity::Unit;

/// The role a variable plays in a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Causality {
    /// Constant during a run unless a scenario changes it.
    Parameter,
    /// Given from outside at each step: a command, a set-point, a weather value.
    Input,
    /// Carried by the model from step to step.
    State,
    /// Computed from the others.
    Output,
}

/// The interval a value must lie in, in SI. Infinite ends are open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Smallest value allowed [SI unit of the declaration].
    pub low: f64,
    /// Largest value allowed [SI unit of the declaration].
    pub high: f64,
    /// Whether `low` itself is allowed. A heat capacity must be above zero, not at it.
    pub low_inclusive: bool,
}

impl Bounds {
    /// No limit on either side.
    pub const NONE: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
        low_inclusive: true,
    };

    /// Values above zero.
    pub const POSITIVE: Self = Self {
        low: 0.0,
        high: f64::INFINITY,
        low_inclusive: false,
    };

    /// Values of zero or above.
    pub const NOT_NEGATIVE: Self = Self {
        low: 0.0,
        high: f64::INFINITY,
        low_inclusive: true,
    };

    /// The closed interval from `low` to `high`, in SI.
    #[must_use]
    pub const fn between(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            low_inclusive: true,
        }
    }

    /// Whether a finite `value` in SI lies inside.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        let above = if self.low_inclusive {
            value >= self.low
        } else {
            value > self.low
        };
        above && value <= self.high && value.is_finite()
    }
}

/// One quantity a kind declares: a parameter, input, state or output.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// Name inside the asset, in snake case: `heat_capacity`.
    pub name: &'static str,
    /// Role in the model.
    pub causality: Causality,
    /// The unit documents and screens use unless the user chooses another.
    pub unit: Unit,
    /// Value in SI when the document gives none; `None` makes a parameter required.
    pub default: Option<f64>,
    /// Interval allowed, in SI.
    pub bounds: Bounds,
    /// One sentence for the inspector and the reference page.
    pub doc: &'static str,
    /// Values that stand for something, with the word for it: `(0.0, "closed")`.
    pub words: &'static [(f64, &'static str)],
}

impl Declaration {
    /// The same, with words for some of its values.
    #[must_use]
    pub fn with_words(self, words: &'static [(f64, &'static str)]) -> Self {
        Self { words, ..self }
    }
}

/// What flows through a port. Only ports of the same medium may be linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Medium {
    /// Heat between two temperatures.
    Heat,
    /// A measured or commanded value.
    Signal,
    /// Water under pressure.
    Water,
    /// Things that are handed on one by one.
    Items,
    /// Vehicles and people on their ways.
    Traffic,
    /// Requests and their answers.
    Calls,
}

/// A place where an asset can be linked to another.
#[derive(Clone, Debug)]
pub struct Port {
    /// Name inside the asset: `a`, `heat`, `body`.
    pub name: &'static str,
    /// What flows through.
    pub medium: Medium,
    /// Fewest links the port needs for the asset to be complete.
    pub at_least: usize,
    /// Most links the port accepts.
    pub at_most: usize,
    /// One sentence for the reference page.
    pub doc: &'static str,
}

/// The default silhouette of a kind in the 3D scene.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Shape {
    /// A plain block: something that stores heat.
    Block,
    /// A flat slab: a board, a floor, a room.
    Slab,
    /// A finned block: a heater.
    Heater,
    /// A small probe: a sensor.
    Probe,
    /// A sphere: a boundary or an environment.
    Sphere,
    /// A small box on the panel: a controller.
    Controller,
    /// Not a solid of its own: drawn as the tube between the assets it links.
    Connection,
    /// Drawn as a wire frame that holds its parts.
    Frame,
    /// A small knot where pipes meet.
    Junction,
    /// An open basin: water that does not run out.
    Reservoir,
    /// An upright cylinder that fills and empties.
    Tank,
    /// A pump: a volute with its motor.
    Pump,
    /// A valve: two cones that meet, with a handwheel.
    Valve,
    /// A table on legs: where things wait.
    Rack,
    /// A table with a housing behind it: something that works on things.
    Machine,
    /// A table with walls on three sides: places side by side.
    Stalls,
    /// A table under an arch: something that looks at things that pass.
    Gate,
    /// A belt between two rails on legs.
    Belt,
    /// A block that widens upwards: where things come from.
    Hopper,
    /// A truck: a deck on wheels with a mast at its front.
    Vehicle,
    /// A standing person.
    Person,
}

/// A setting of a kind that is a word and not a quantity.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Name inside the asset, in snake case: `head_curve`.
    pub name: &'static str,
    /// What may be given.
    pub form: AttributeForm,
    /// What holds when the document gives nothing; `None` where then there is none.
    pub default: Option<&'static str>,
    /// One sentence for the inspector and the reference page.
    pub doc: &'static str,
}

/// What may be given for an attribute.
#[derive(Clone, Debug)]
pub enum AttributeForm {
    /// One of these words.
    Choice(&'static [&'static str]),
    /// The id of a curve whose axes convert to these units.
    Curve {
        /// Unit of the first numbers.
        x: Unit,
        /// Unit of the second numbers.
        y: Unit,
    },
    /// The id of a pattern.
    Pattern,
    /// The id of an asset of one of these kinds.
    Asset {
        /// Full names: `water.Tank`.
        kinds: &'static [&'static str],
    },
    /// Any text.
    Text,
}

/// An asset type, named `domain.Name`.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Full name: `thermal.Body`.
    pub name: &'static str,
    /// Name on the screen: `Heat-storing body`.
    pub title: &'static str,
    /// One paragraph for the reference page.
    pub doc: &'static str,
    /// Everything the kind declares, parameters first, in the order shown.
    pub declarations: Vec<Declaration>,
    /// Its settings that are words, in the order shown.
    pub attributes: Vec<Attribute>,
    /// What may befall an asset of it, in the order shown.
    pub contingencies: Vec<Contingency>,
    /// What futures are compared by, in the order shown.
    pub indicators: Vec<Indicator>,
    /// The ports, in the order shown.
    pub ports: Vec<Port>,
    /// Default silhouette.
    pub shape: Shape,
}

impl Kind {
    /// The kind with the units of its money, `{currency}/h`, in this currency; empty
    /// leaves them as they are.
    #[must_use]
    pub fn counted_in(mut self, currency: &str) -> Self {
        let declared = self.declarations.iter_mut().map(|one| &mut one.unit);
        let indicated = self.indicators.iter_mut().map(|one| &mut one.unit);
        let sizes = (self.contingencies.iter_mut())
            .filter_map(|one| one.size.as_mut())
            .map(|size| &mut size.unit);
        for unit in declared.chain(indicated).chain(sizes) {
            *unit = unit.counted_in(currency);
        }
        self
    }

    /// The declaration called `name`, if there is one.
    #[must_use]
    pub fn declaration(&self, name: &str) -> Option<&Declaration> {
        self.declarations.iter().find(|one| one.name == name)
    }

    /// The attribute called `name`, if there is one.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|one| one.name == name)
    }

    /// The port called `name`, if there is one.
    #[must_use]
    pub fn port(&self, name: &str) -> Option<&Port> {
        self.ports.iter().find(|one| one.name == name)
    }

    /// The declarations of one causality, in the order shown.
    pub fn of_causality(&self, causality: Causality) -> impl Iterator<Item = &Declaration> {
        self.declarations
            .iter()
            .filter(move |one| one.causality == causality)
    }
}

/// All kinds that this program knows, by name.
#[derive(Clone, Debug)]
pub struct KindRegistry {
    kinds: BTreeMap<&'static str, Kind>,
}

impl Default for KindRegistry {
    /// The kinds without behaviour: `core.Group`, which only holds its parts.
    fn default() -> Self {
        let group = Kind {
            name: "core.Group",
            title: "Group",
            doc: "Holds other assets as its parts. It has no behaviour of its own.",
            declarations: Vec::new(),
            attributes: Vec::new(),
            contingencies: Vec::new(),
            indicators: Vec::new(),
            ports: Vec::new(),
            shape: Shape::Frame,
        };
        Self {
            kinds: BTreeMap::from([(group.name, group)]),
        }
    }
}

impl KindRegistry {
    /// Adds the kinds of a domain. A kind of the same name is replaced.
    pub fn register(&mut self, kinds: impl IntoIterator<Item = Kind>) {
        for kind in kinds {
            self.kinds.insert(kind.name, kind);
        }
    }

    /// The kind called `name`, if it is known.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Kind> {
        self.kinds.get(name)
    }

    /// All kinds in order of name.
    pub fn iter(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.values()
    }
}
