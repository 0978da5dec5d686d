//! A forecast from where a log ends, or from any instant of it.

use std::fmt::Write;

use super::files::OpenedLog;
use super::hindrance::{Hindrance, Stops};
use crate::inference::statistics::{ConfidenceInterval, interval_of_mean};
use crate::live::error::LiveError;
use crate::quantity::{SimDuration, SimTime, Unit, format};
use crate::simulation::{Progress, Simulation};
use crate::telemetry::event_log::{CountedTime, Timeline};
use crate::twin::{Carried, LoadedTwin, Standing, Twin, VariableIndex, What};

/// What to forecast.
#[derive(Clone, Debug, Default)]
pub struct LogForecastRequest {
    /// The instant to go on from; the end of the log where it is not given.
    pub at: Option<SimTime>,
    /// How far to look ahead; the document's horizon where it is not given.
    pub horizon: Option<SimDuration>,
    /// Runs with chances of their own; at least two.
    pub members: u32,
    /// Seed of the runs; the document's where it is not given.
    pub seed: Option<u64>,
}

/// What comes out of an asset in which items end.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Id of the asset.
    pub asset: String,
    /// Items that come out on average, with its interval.
    pub mean: ConfidenceInterval,
    /// The least and the most of the runs.
    pub range: (f64, f64),
    /// What the log says came out, where it goes on for so long.
    pub logged: Option<usize>,
    /// What comes out in so much time on average over the whole log.
    pub usual: f64,
    /// Where none is expected, or far fewer than usual: what keeps them from coming out,
    /// what does most first.
    pub hindrances: Vec<Hindrance>,
}

/// Part of what usually comes out below which it is asked why.
const FEW: f64 = 0.25;

impl Expected {
    /// Whether none is expected, or far fewer than usual.
    #[must_use]
    pub fn is_low(&self) -> bool {
        self.mean.mean <= 0.0 || self.mean.mean < FEW * self.usual
    }

    /// Why so few are expected, in words; `None` where it is not few. `name` gives the
    /// name of an asset, `time` that of an instant.
    #[must_use]
    pub fn why(
        &self,
        name: impl Fn(usize) -> String,
        time: impl Fn(SimTime) -> String,
    ) -> Option<String> {
        if !self.is_low() {
            return None;
        }
        if self.hindrances.is_empty() {
            // Where hardly any ever come out, that none does needs no reason.
            let text = "nothing on the way is closed, held, down or switched off for long";
            return (self.usual >= 1.0).then(|| text.to_owned());
        }
        let words = self.hindrances.iter().map(|one| one.words(&name, &time));
        Some(words.collect::<Vec<_>>().join("; "))
    }
}

/// A forecast from a log.
#[derive(Clone, Debug)]
pub struct LogForecast {
    /// How the line stands at the beginning.
    pub standing: Standing,
    /// How far it looks ahead.
    pub horizon: SimDuration,
    /// Asset by asset.
    pub expected: Vec<Expected>,
}

/// How the line of a log stands at `time`, as far as the twin has to know: the last
/// step of the twin's clock before it.
#[must_use]
pub fn standing(opened: &OpenedLog, time: SimTime) -> Standing {
    let twin = &opened.loaded.twin;
    let time = time.floor_to(twin.timestep).unwrap_or(time);
    opened.log.standing(time, |asset| {
        let asset = twin.assets.get(asset as usize);
        let clock = asset.and_then(|asset| asset.attributes.get("failure_clock"));
        match clock.map(String::as_str) {
            Some("Calendar") => CountedTime::Calendar,
            _ => CountedTime::Operating,
        }
    })
}

/// A simulation that goes on from how a line stands, with the chances of one member.
/// Every member draws anew how long what has begun will last.
///
/// # Errors
/// When the twin does not make a simulation, or cannot stand so.
pub fn resumed(
    loaded: &LoadedTwin,
    standing: &Standing,
    seed: u64,
    member: u64,
) -> Result<Simulation, LiveError> {
    let mut simulation = Simulation::compile(&loaded.twin, &loaded.variables)?;
    simulation.reseed(seed, member);
    let at = standing.time;
    (simulation.resume(standing)).map_err(|source| LiveError::Simulation { at, source })?;
    Ok(simulation)
}

/// Sets the twin's state from its opened log up to an instant and looks ahead from there.
///
/// # Errors
/// When the log says nothing of the instant, or a run cannot go on.
pub fn forecast_opened(
    opened: &OpenedLog,
    request: &LogForecastRequest,
    progress: &Progress,
) -> Result<LogForecast, LiveError> {
    let loaded = &opened.loaded;
    let (first, last) = opened.log.span().unwrap_or((SimTime::ZERO, SimTime::ZERO));
    let at = request.at.unwrap_or(last);
    if at < first || at > last {
        return Err(LiveError::Request(format!(
            "the log goes from {first} to {last} after the epoch and says nothing of {at}; choose \
             an instant in between"
        )));
    }
    let standing = standing(opened, at);
    let horizon = request.horizon.unwrap_or(loaded.twin.forecast.horizon);
    let seed = request.seed.unwrap_or(loaded.twin.forecast.seed);
    let ends: Vec<(usize, VariableIndex)> = (loaded.twin.assets.iter().enumerate())
        .filter(|(_, asset)| asset.kind == crate::model::flow::kinds::name::SINK)
        .filter_map(|(place, _)| Some((place, loaded.variables.of_asset(place, "passed")?)))
        .collect();
    let mut passed: Vec<Vec<f64>> = vec![Vec::new(); ends.len()];
    let end = standing.time + horizon;
    let mut stops = Stops::between(loaded, standing.time, end);
    progress.start(u64::from(request.members));
    for member in 0..request.members {
        if progress.is_cancelled() {
            return Err(LiveError::Request("the forecast was cancelled".to_owned()));
        }
        let mut simulation = resumed(loaded, &standing, seed, u64::from(member))?;
        while simulation.time() + simulation.timestep() <= end {
            let at = simulation.time();
            (simulation.step()).map_err(|source| LiveError::Simulation { at, source })?;
        }
        for ((_, variable), passed) in ends.iter().zip(&mut passed) {
            passed.push(simulation.value(*variable));
        }
        stops.take_in(&simulation);
        progress.advance(1);
    }
    let told = (end <= last).then(|| Timeline::between(&opened.log, standing.time, end));
    let expected = ends.iter().zip(&passed).map(|((place, _), passed)| {
        let of_log = told.as_ref().map(|told| {
            // A document of four billion assets cannot be held.
            let asset = told.assets.get(&(*place as u32));
            asset.map_or(0, |asset| asset.passed(standing.time, end))
        });
        let mean = interval_of_mean(passed, 0.95)
            .map_err(|error| LiveError::Request(error.to_string()))?;
        let left = opened
            .log
            .happenings()
            .filter(|one| one.asset as usize == *place && matches!(one.what, What::Left { .. }));
        let whole = (last - first).as_seconds().max(1e-9);
        let mut expected = Expected {
            usual: left.count() as f64 * horizon.as_seconds() / whole,
            hindrances: Vec::new(),
            asset: loaded.twin.assets[*place].id.clone(),
            mean,
            range: (
                passed.iter().copied().fold(f64::INFINITY, f64::min),
                passed.iter().copied().fold(0.0, f64::max),
            ),
            logged: of_log,
        };
        if expected.is_low() {
            expected.hindrances = stops.before(*place);
        }
        Ok(expected)
    });
    let expected = expected.collect::<Result<Vec<Expected>, LiveError>>()?;
    Ok(LogForecast {
        standing,
        horizon,
        expected,
    })
}

impl LogForecast {
    /// The forecast as text for a terminal, of the twin that it was made with.
    #[must_use]
    pub fn to_text(&self, twin: &Twin) -> String {
        let busy = (self.standing.servers.iter()).filter(|server| server.work.is_some());
        let items = self.standing.items.iter();
        let on_vehicles = items.filter(|item| matches!(item.carried, Some(Carried::Loaded { .. })));
        let on_vehicles = match on_vehicles.count() {
            0 => String::new(),
            count => format!(", {count} of them on vehicles"),
        };
        let mut text = format!(
            "at {} after the epoch: {} items inside{on_vehicles}, {} servers at work\nwithin {}\n",
            self.standing.time,
            self.standing.items.len(),
            busy.count(),
            self.horizon
        );
        let seconds = self.horizon.as_seconds();
        let per_hour = Unit::known("1/h");
        for expected in &self.expected {
            let logged = (expected.logged)
                .map_or_else(String::new, |logged| format!("; the log says {logged}"));
            // Writing into a string does not fail.
            let _ = writeln!(
                text,
                "  {}: {} ± {} items, {} ({} to {} in the runs){logged}",
                expected.asset,
                format::format_number(expected.mean.mean, 4),
                format::format_number(expected.mean.half_width, 2),
                format::format_quantity(expected.mean.mean / seconds, &per_hour, 4),
                expected.range.0,
                expected.range.1
            );
            let id = |asset: usize| {
                let found = twin.assets.get(asset);
                found.map_or_else(String::new, |asset| asset.id.clone())
            };
            let instant = |time| twin.epoch.instant(time).to_string();
            if let Some(why) = expected.why(id, instant) {
                let _ = writeln!(text, "    {why}");
            }
        }
        text
    }
}
