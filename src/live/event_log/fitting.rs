//! Distributions of a line's times, fitted to its log and written into its document.

use std::fmt::Write;
use std::path::PathBuf;

use super::files::{LogRequest, OpenedLog, open_log};
use crate::inference::times::{
    FittedTimes, Goodness, ObservedTimes, TimesFitError, fit_times, goodness_of_fit,
};
use crate::live::error::LiveError;
use crate::quantity::{Purpose, Quantity, Stream, Unit, format};
use crate::telemetry::event_log::{CountedTime, Observed};
use crate::twin::{self, Twin, VariableTable};

/// Repeats of the bootstrap.
const REPEATS: u32 = 199;

/// What to fit.
#[derive(Clone, Debug, Default)]
pub struct TimesFitRequest {
    /// The log and its twin.
    pub log: LogRequest,
    /// Seed of the bootstrap.
    pub seed: u64,
}

/// One kind of times of one station.
#[derive(Clone, Debug, PartialEq)]
pub struct StationTimes {
    /// Id of the station.
    pub asset: String,
    /// Which times: `service`, `set_up`, `failure` or `repair`.
    pub what: &'static str,
    /// Times that came to their end.
    pub complete: usize,
    /// Times that had not ended.
    pub censored: usize,
    /// The families, the best first, or why there is none.
    pub fits: Result<Vec<FittedTimes>, TimesFitError>,
    /// How well the best one fits; `None` of constant times.
    pub goodness: Option<Goodness>,
    /// What has to be known of the times.
    pub note: Option<&'static str>,
}

/// Times of all stations.
#[derive(Clone, Debug)]
pub struct TimesFitOutcome {
    /// The log and its twin.
    pub opened: OpenedLog,
    /// Station by station, in the order of the document.
    pub times: Vec<StationTimes>,
}

/// The random times that are looked for.
const KINDS: [&str; 4] = ["service", "set_up", "failure", "repair"];

/// Fits the times of all stations of a log.
///
/// # Errors
/// When the document or the log cannot be used.
pub fn fit_log(request: &TimesFitRequest) -> Result<TimesFitOutcome, LiveError> {
    let opened = open_log(&request.log)?;
    let twin = &opened.loaded.twin;
    let variables = &opened.loaded.variables;
    let mut times = Vec::new();
    for (position, asset) in twin.assets.iter().enumerate() {
        if variables.of_asset(position, "service_time").is_none() {
            continue;
        }
        let counted = match asset.attributes.get("failure_clock").map(String::as_str) {
            Some("Calendar") => CountedTime::Calendar,
            _ => CountedTime::Operating,
        };
        // A document of four billion assets cannot be held.
        let durations = opened.log.durations(position as u32, counted);
        let observed = [
            &durations.service,
            &durations.set_up,
            &durations.failure,
            &durations.repair,
        ];
        for (what, observed) in KINDS.into_iter().zip(observed) {
            let parameter = format!("{what}_time");
            let is_declared = variables.of_asset(position, &parameter).is_some();
            if observed.is_empty() || !is_declared {
                continue;
            }
            let name = format!("{}.{parameter}", asset.id);
            let mut stream = Stream::new(request.seed, 0, &name, Purpose::Estimation);
            let note = (what == "service" && durations.from_stays).then_some(
                "the log tells of no states: these are the times that items stayed, waiting to \
                 leave included",
            );
            times.push(station_times(&asset.id, what, observed, note, &mut stream));
        }
    }
    Ok(TimesFitOutcome { opened, times })
}

fn station_times(
    asset: &str,
    what: &'static str,
    observed: &[Observed],
    note: Option<&'static str>,
    stream: &mut Stream,
) -> StationTimes {
    let of = |is_complete: bool| {
        let found = observed.iter().filter(|one| one.is_complete == is_complete);
        found.map(|one| one.seconds).collect()
    };
    let times = ObservedTimes {
        complete: of(true),
        censored: of(false),
    };
    let fits = fit_times(&times);
    let best = fits.as_ref().ok().and_then(|fits| fits.first());
    StationTimes {
        asset: asset.to_owned(),
        what,
        complete: times.complete.len(),
        censored: times.censored.len(),
        goodness: best.and_then(|best| goodness_of_fit(&times, best, REPEATS, stream)),
        fits,
        note,
    }
}

impl TimesFitOutcome {
    /// The document with the best distributions in it. Values are rounded to what
    /// their standard errors let one know.
    ///
    /// # Errors
    /// When a value cannot be written down.
    pub fn document(&self) -> Result<Twin, LiveError> {
        let mut twin = Twin::clone(&self.opened.loaded.twin);
        for times in &self.times {
            let Some(best) = times.fits.as_ref().ok().and_then(|fits| fits.first()) else {
                continue;
            };
            let found = twin.assets.iter_mut().find(|asset| asset.id == times.asset);
            let Some(asset) = found else {
                continue;
            };
            let what = times.what;
            let unit = (asset.parameters.get(&format!("{what}_time")))
                .map_or_else(|| Unit::known("s"), |value| value.unit().clone());
            let digits = |value: f64| format::format_number(value, 5);
            let mean = format!("{} {}", digits(unit.from_si(best.mean)), unit.code());
            let mean = Quantity::parse(&mean)?;
            asset.parameters.insert(format!("{what}_time"), mean);
            if best.family.parameters() == 2 {
                let variation = Quantity::parse(&digits(best.variation))?;
                asset
                    .parameters
                    .insert(format!("{what}_variation"), variation);
            }
            let word = best.family.word().to_owned();
            asset
                .attributes
                .insert(format!("{what}_distribution"), word);
            // Observed values would go before the distribution.
            asset.attributes.remove(&format!("{what}_data"));
        }
        Ok(twin)
    }

    /// Writes the best distributions into the document, with its comments and layout.
    ///
    /// # Errors
    /// When the document cannot be written, or would be wrong.
    pub fn accept(&self) -> Result<PathBuf, LiveError> {
        let loaded = &self.opened.loaded;
        let twin = self.document()?;
        let variables = VariableTable::new(&twin, &crate::model::registry());
        // What does not run is not written.
        crate::simulation::Simulation::compile(
            &std::sync::Arc::new(twin.clone()),
            &std::sync::Arc::new(variables),
        )?;
        twin::save(&twin, Some(&loaded.source), &loaded.path)
            .map_err(|error| LiveError::Request(error.to_string()))?;
        Ok(loaded.path.clone())
    }

    /// The fits as text for a terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let seconds = Unit::known("s");
        let spread = |value: f64, error: Option<f64>| {
            let error = error.map_or_else(String::new, |error| {
                format!(" ± {}", format::format_number(error, 2))
            });
            format!("{}{error}", format::format_number(value, 4))
        };
        for times in &self.times {
            // Writing into a string does not fail.
            let _ = writeln!(
                text,
                "{}.{}_time: {} times, {} not ended",
                times.asset, times.what, times.complete, times.censored
            );
            if let Some(note) = times.note {
                let _ = writeln!(text, "  {note}");
            }
            let fits = match &times.fits {
                Ok(fits) => fits,
                Err(error) => {
                    let _ = writeln!(text, "  {error}");
                    continue;
                }
            };
            let least = fits.first().map_or(0.0, |best| best.criterion);
            for fit in fits {
                let _ = writeln!(
                    text,
                    "  {:<12} mean {} {}, variation {}, criterion +{:.1}",
                    fit.family.word(),
                    spread(fit.mean, fit.mean_error),
                    seconds.symbol(),
                    spread(fit.variation, fit.variation_error),
                    fit.criterion - least
                );
            }
            if let Some(good) = &times.goodness {
                let p = good.anderson_darling_p.min(good.kolmogorov_smirnov_p);
                let verdict = if p < 0.05 {
                    "; it does not fit, take the observed times as a curve"
                } else {
                    ""
                };
                let _ = writeln!(
                    text,
                    "  the first fits: A² {:.3} (p {:.2}), D {:.3} (p {:.2}){verdict}",
                    good.anderson_darling,
                    good.anderson_darling_p,
                    good.kolmogorov_smirnov,
                    good.kolmogorov_smirnov_p
                );
            }
        }
        text
    }
}
