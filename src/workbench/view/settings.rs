//! What a person chose once and wants to find again: theme, units, recent
//! documents, what the scene shows.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::recent::Recent;
use crate::live::ForecastInputs;
use crate::quantity::Unit;

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Theme {
    /// Light marks on a dark ground.
    #[default]
    Dark,
    /// Dark marks on a light ground.
    Light,
}

impl Theme {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Dark,
        }
    }
}

/// A unit that quantities of one dimension are shown in.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitChoice {
    /// UCUM code of the dimension's SI unit, which names the dimension.
    pub dimension: String,
    /// The unit; `None` goes back to what each kind prefers.
    pub unit: Option<Unit>,
}

/// Everything that is kept between two starts of the program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light or dark.
    pub theme: Theme,
    /// Chosen units, by UCUM code of the dimension's SI unit.
    pub units: BTreeMap<String, Unit>,
    /// Documents opened before.
    pub recent: Recent,
    /// Whether the scene has labels.
    pub labels: bool,
    /// Whether the scene shows what flows.
    pub flows: bool,
    /// Whether the scene has a ground grid.
    pub grid: bool,
    /// Whether a network lies on its terrain.
    pub terrain: bool,
    /// Whether a network has lines of equal value.
    pub contours: bool,
    /// Whether plots have a residual strip.
    pub residuals: bool,
    /// What forecasts take for the inputs after now.
    pub forecast_inputs: ForecastInputs,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            units: BTreeMap::new(),
            recent: Recent::default(),
            labels: true,
            flows: true,
            grid: true,
            terrain: true,
            contours: false,
            residuals: true,
            forecast_inputs: ForecastInputs::default(),
        }
    }
}

impl Settings {
    /// The unit to show a quantity in whose kind prefers `preferred`.
    #[must_use]
    pub fn unit(&self, preferred: &Unit) -> Unit {
        self.units
            .get(&preferred.dimension().si_code())
            .filter(|chosen| chosen.is_commensurable(preferred))
            .unwrap_or(preferred)
            .clone()
    }

    /// Units on offer for quantities that are commensurable with `unit`, without those it cannot be told in.
    #[must_use]
    pub fn offers(unit: &Unit) -> Vec<Unit> {
        const COMMON: &[&str] = &[
            "Cel", "K", "[degF]", "W", "mW", "kW", "J", "kJ", "kW.h", "J/K", "kJ/K", "W/K", "mW/K",
            "s", "min", "h", "d", "%", "1", "m", "mm", "Pa", "kPa", "bar", "[psi]", "L/s", "m3/h",
        ];
        COMMON
            .iter()
            .filter_map(|code| Unit::parse(code).ok())
            .filter(|one| one.is_commensurable(unit))
            .collect()
    }

    /// The settings as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::default()).unwrap_or_default()
    }

    /// Reads [`Settings::to_text`].
    ///
    /// # Errors
    /// With the reader's message, when it is no such text.
    pub fn from_text(text: &str) -> Result<Self, String> {
        ron::from_str(text).map_err(|error| error.to_string())
    }
}

/// The folder of the user's settings on this system, if it has one.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "counterpart").map(|dirs| dirs.config_dir().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_as_they_were_saved() {
        let mut settings = Settings {
            theme: Theme::Light,
            labels: false,
            ..Settings::default()
        };
        settings.units.insert("K".to_owned(), Unit::known("[degF]"));
        settings.recent.add(PathBuf::from("a/twin.ron"));
        assert_eq!(Settings::from_text(&settings.to_text()), Ok(settings));
    }

    #[test]
    fn settings_of_an_older_version_keep_what_they_have() {
        let settings = Settings::from_text("(theme: Light)").expect("a subset is enough");
        assert_eq!(settings.theme, Theme::Light);
        assert!(settings.labels);
    }

    #[test]
    fn a_chosen_unit_counts_for_its_dimension_only() {
        let mut settings = Settings::default();
        let celsius = Unit::known("Cel");
        let kelvin = celsius.dimension().si_code();
        settings.units.insert(kelvin, Unit::known("K"));
        assert_eq!(settings.unit(&celsius).code(), "K");
        assert_eq!(settings.unit(&Unit::known("W")).code(), "W");
    }

    #[test]
    fn units_on_offer_measure_the_same() {
        let offered: Vec<String> = Settings::offers(&Unit::known("Cel"))
            .iter()
            .map(|unit| unit.code().to_owned())
            .collect();
        assert!(offered.contains(&"K".to_owned()));
        assert!(!offered.contains(&"W".to_owned()));
    }
}
