//! Random times as parameters and attributes.

use super::{attribute, choice, declaration};
use crate::quantity::Unit;
use crate::twin::{Attribute, AttributeForm, Bounds, Causality, Declaration};

/// The names of the parameters and attributes that give one random time.
#[derive(Clone, Copy, Debug)]
pub(in crate::model::flow) struct RandomTime {
    pub(in crate::model::flow) time: &'static str,
    pub(in crate::model::flow) variation: &'static str,
    pub(in crate::model::flow) distribution: &'static str,
    pub(in crate::model::flow) data: &'static str,
    /// What the time is, for its documentation.
    time_doc: &'static str,
    variation_doc: &'static str,
    distribution_doc: &'static str,
    data_doc: &'static str,
}

macro_rules! random_time {
    ($name:literal, $what:literal) => {
        RandomTime {
            time: concat!($name, "_time"),
            variation: concat!($name, "_variation"),
            distribution: concat!($name, "_distribution"),
            data: concat!($name, "_data"),
            time_doc: concat!("Mean ", $what, "."),
            variation_doc: concat!(
                "Standard deviation over mean of the ",
                $what,
                ", where its distribution leaves a choice."
            ),
            distribution_doc: concat!("Distribution of the ", $what, "."),
            data_doc: concat!(
                "The ",
                $what,
                " by the probability that it is no longer, from 0 to 1: observed values in place \
                 of a distribution."
            ),
        }
    };
}

/// Shapes of distributions, the one that needs no variation to be known first.
const RANDOM_FIRST: &[&str] = &[
    "Exponential",
    "Constant",
    "Gamma",
    "LogNormal",
    "Weibull",
    "Normal",
    "Uniform",
    "Triangular",
];
const CONSTANT_FIRST: &[&str] = &[
    "Constant",
    "Exponential",
    "Gamma",
    "LogNormal",
    "Weibull",
    "Normal",
    "Uniform",
    "Triangular",
];

impl RandomTime {
    pub(in crate::model::flow) const INTERVAL: Self =
        random_time!("interval", "time from an arrival to the next");
    pub(in crate::model::flow) const SERVICE: Self =
        random_time!("service", "time of the work on one set of items");
    pub(in crate::model::flow) const SET_UP: Self =
        random_time!("set_up", "time of a set-up for another class of items");
    pub(in crate::model::flow) const FAILURE: Self = random_time!(
        "failure",
        "time from the end of a repair to the next failure"
    );
    pub(in crate::model::flow) const REPAIR: Self = random_time!("repair", "time of a repair");
    pub(in crate::model::flow) const LOADING: Self =
        random_time!("loading", "time to load a vehicle");
    pub(in crate::model::flow) const UNLOADING: Self =
        random_time!("unloading", "time to unload a vehicle");

    /// Its parameters. Without a default \[s] the mean has to be given.
    pub(super) fn parameters(&self, default: Option<f64>) -> [Declaration; 2] {
        [
            declaration(
                Causality::Parameter,
                self.time,
                "s",
                default,
                Bounds::NOT_NEGATIVE,
                self.time_doc,
            ),
            declaration(
                Causality::Parameter,
                self.variation,
                "1",
                Some(0.3),
                Bounds::between(0.01, 10.0),
                self.variation_doc,
            ),
        ]
    }

    /// Its attributes: random unless the document says otherwise.
    pub(super) fn attributes(&self) -> [Attribute; 2] {
        self.attributes_with(RANDOM_FIRST)
    }

    /// Its attributes: constant unless the document says otherwise.
    pub(super) fn attributes_of_constant(&self) -> [Attribute; 2] {
        self.attributes_with(CONSTANT_FIRST)
    }

    fn attributes_with(&self, words: &'static [&'static str]) -> [Attribute; 2] {
        let data = AttributeForm::Curve {
            x: Unit::known("1"),
            y: Unit::known("s"),
        };
        [
            choice(self.distribution, words, self.distribution_doc),
            attribute(self.data, data, None, self.data_doc),
        ]
    }
}
