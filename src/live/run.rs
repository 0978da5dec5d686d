//! The headless job behind `counterpart run`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::LiveError;
use super::event_log::{
    BesideOutcome, beside_run, log_beside, refuse_without_flow, write_happenings,
};
use super::open::load;
use super::outputs::Outputs;
use super::session::{AskedFor, Session, SessionOptions};
use super::stored::{StoreRequest, read_stored};
use crate::inference::{
    Fit, FitOptions, FitScope, ParameterSet, ResidualStatistics, fit_least_squares,
};
use crate::quantity::{SimDuration, SimTime, Unit};
use crate::simulation::{
    EnsembleRequest, FileDigest, ProgramVersion, Progress, Provenance, RECORD_FORMAT,
    ResolvedScenario, RunRecord, StoredData, digest_file, run_ensemble,
};
use crate::telemetry::event_log::EventLog;
use crate::telemetry::{self, ColumnMapping, ReadOptions, Telemetry};
use crate::twin::{ChannelRole, LoadedTwin, Metric, Occurrence, VariableIndex};

/// Name of a run's record in its folder.
pub(super) const RECORD: &str = "run.ron";
/// Name of what differs from the log of the real line. It is no part of the record:
/// the run does not depend on the log.
const BESIDE: &str = "beside.csv";

/// What to run. Paths are used as they stand.
#[derive(Clone, Debug, Default)]
pub struct RunRequest {
    /// The document, or its folder.
    pub twin: PathBuf,
    /// Telemetry that drives and judges the run. The first file that comes
    /// with the document when absent, unless a scenario or a what-if is run.
    pub telemetry: Option<PathBuf>,
    /// Telemetry of a store in place of a file.
    pub store: Option<StoreRequest>,
    /// Runs without telemetry, also where the document brings some.
    pub without_telemetry: bool,
    /// Column assignments beyond those of the document.
    pub column_map: Vec<String>,
    /// Id of a scenario that starts with the run.
    pub scenario: Option<String>,
    /// What befalls assets besides, at times counted from the run's start.
    pub what_if: Vec<Occurrence>,
    /// Fitted values in place of the document's.
    pub parameters: Option<PathBuf>,
    /// Fit to the telemetry first.
    pub fit: Option<FitScope>,
    /// Run seed; the scenario's or the document's when absent.
    pub seed: Option<u64>,
    /// Members of an ensemble over the whole run; none when absent and the
    /// scenario asks for none.
    pub members: Option<u32>,
    /// How long to run; the scenario's horizon, the length of the telemetry or
    /// the forecast's horizon when absent.
    pub until: Option<SimDuration>,
    /// Folder for the results; nothing is written when absent.
    pub out: Option<PathBuf>,
    /// Event log to write: what happened to items and machines. Of a run that goes on
    /// from a saved state, what happened from there on.
    pub event_log: Option<PathBuf>,
    /// Event log to hold the run against; the one that comes with the document where no
    /// file is named.
    pub beside: Option<Option<PathBuf>>,
    /// Where a run without telemetry begins; the beginning of the log that it is held
    /// against when absent, or the epoch.
    pub begin: Option<SimTime>,
    /// A state that the same run had saved: goes on from there in place of the beginning.
    /// What comes out is what the run would have given in one go, record and all.
    pub from_state: Option<PathBuf>,
    /// File to save the state at the end in, so that a longer run can go on from it.
    pub save_state: Option<PathBuf>,
}

/// How far the twin was from one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelOutcome {
    /// Id of the channel.
    pub id: String,
    /// Unit of the channel; residuals are differences in it.
    pub unit: Unit,
    /// Residual statistics [SI, as a difference].
    pub statistics: ResidualStatistics,
    /// Samples that were rejected.
    pub rejected: usize,
}

/// One acceptance criterion and how the run did.
#[derive(Clone, Debug, PartialEq)]
pub struct AcceptanceOutcome {
    /// Id of the judged channel.
    pub channel: String,
    /// The measure.
    pub metric: Metric,
    /// Its value in the run \[SI]; `None` without samples.
    pub value: Option<f64>,
    /// The largest value accepted \[SI].
    pub at_most: f64,
    /// Unit of the channel.
    pub unit: Unit,
}

impl AcceptanceOutcome {
    /// Whether the criterion is met. Without samples it is not.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.value.is_some_and(|value| value <= self.at_most)
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct RunOutcome {
    /// Name, id and version of the twin.
    pub twin: String,
    /// Name of the parameters in force.
    pub parameters: String,
    /// First instant.
    pub begin: SimTime,
    /// Last instant.
    pub end: SimTime,
    /// Number of steps.
    pub steps: u64,
    /// Wall time of the simulation alone.
    pub duration: Duration,
    /// Residuals of the measured channels, in the document's order.
    pub channels: Vec<ChannelOutcome>,
    /// Pooled over them; absent when they measure different things.
    pub pooled: Option<ResidualStatistics>,
    /// The document's acceptance criteria.
    pub acceptance: Vec<AcceptanceOutcome>,
    /// The fit, if one was asked for.
    pub fit: Option<Fit>,
    /// Members that came to their end, and those that failed.
    pub members: Option<(u32, u32)>,
    /// The run beside an event log, if one was given.
    pub beside: Option<BesideOutcome>,
    /// What should be known: ignored columns, rejected samples.
    pub warnings: Vec<String>,
    /// Files written, in order of name.
    pub files: Vec<PathBuf>,
}

/// Runs a twin over telemetry or a horizon, and writes what came out.
///
/// `progress` counts simulated steps (and those of the members) and can cancel.
///
/// # Errors
/// When an input cannot be used, the simulation cannot go on, or a result
/// cannot be written.
pub fn run(request: &RunRequest, progress: &Progress) -> Result<RunOutcome, LiveError> {
    let loaded = load(&request.twin)?;
    let scenario = request
        .scenario
        .as_deref()
        .map(|id| ResolvedScenario::find(id, &loaded.twin, &loaded.variables))
        .transpose()?;
    let (telemetry, origin) = match read_telemetry(request, &loaded)? {
        Some((telemetry, origin)) => (Some(telemetry), Some(origin)),
        None => (None, None),
    };
    let mut warnings = warnings_of(&loaded, telemetry.as_ref(), origin.as_ref());

    let given = request
        .parameters
        .as_deref()
        .map(ParameterSet::read)
        .transpose()?;
    let (loaded, given) = apply(loaded, given, telemetry.as_ref())?;
    let fit = match request.fit {
        None => None,
        Some(scope) => {
            let Some(telemetry) = &telemetry else {
                return Err(LiveError::Request(
                    "`--fit` needs telemetry to fit to; give it with `--telemetry FILE`".to_owned(),
                ));
            };
            let options = FitOptions {
                scope,
                data_name: Path::new(&telemetry.name)
                    .file_stem()
                    .map(|stem| stem.to_string_lossy().into_owned())
                    .unwrap_or_default(),
                ..FitOptions::default()
            };
            let observations = telemetry.align(loaded.twin.timestep);
            let fit = fit_least_squares(&loaded, &observations, &telemetry.digest, &options)?;
            if !fit.converged {
                warnings.push(
                    "the fit stopped at its iteration limit before it converged; the values may \
                     still move"
                        .to_owned(),
                );
            }
            Some(fit)
        }
    };
    let parameters = fit.as_ref().map(|fit| fit.parameters.clone()).or(given);

    let log = (request.beside.as_ref())
        .map(|path| log_beside(&loaded, path.as_deref()))
        .transpose()?;
    let logged = log.as_ref().and_then(EventLog::span);
    let first = (telemetry.is_none())
        .then(|| request.begin.or_else(|| Some(logged?.0)))
        .flatten()
        .map(|first| first.floor_to(loaded.twin.timestep).unwrap_or(first));
    // To the step that holds the last instant of the log.
    let of_log = logged.map(|(_, last)| last + loaded.twin.timestep - first.unwrap_or_default());
    let horizon = request
        .until
        .or_else(|| scenario.as_ref().and_then(|one| one.horizon))
        .or_else(|| (telemetry.is_none()).then(|| of_log.unwrap_or(loaded.twin.forecast.horizon)));
    let mut forecast = loaded.twin.forecast.clone();
    if let Some(seed) = request
        .seed
        .or_else(|| scenario.as_ref().and_then(|one| one.seed))
    {
        forecast.seed = seed;
    }
    let has_telemetry = telemetry.is_some();
    let begin = match &telemetry {
        Some(telemetry) => telemetry.align(loaded.twin.timestep).begin,
        None => first.unwrap_or(SimTime::ZERO),
    };
    let mut session = Session::open(
        &loaded,
        telemetry,
        SessionOptions {
            parameters,
            scenario: request.scenario.clone(),
            what_if: request.what_if.clone(),
            begin: first,
            end: horizon.map(|horizon| begin + horizon),
            forecast: Some(forecast.clone()),
            ..SessionOptions::default()
        },
    )?;
    let begin = session.begin();
    let end = session.end().unwrap_or(begin);
    let members = request
        .members
        .or_else(|| scenario.as_ref().and_then(|one| one.members))
        .unwrap_or(0);

    // Members run from the beginning, wherever this run goes on from.
    let ensemble_request = ensemble_request(&session, members, end - begin);
    let start = session.simulation().fork();
    let asked_for = AskedFor {
        scenario: request.scenario.as_deref(),
        what_if: &request.what_if,
    };
    if let Some(path) = &request.from_state {
        session.go_on_from(path, asked_for)?;
    }
    if request.event_log.is_some() {
        refuse_without_flow(&loaded.twin)?;
    }
    if request.event_log.is_some() || log.is_some() {
        session.record_all_happenings();
    }
    let recorded_from = session.now();
    let duration = simulate(&mut session, end, progress)?;
    let ensemble = ensemble_request
        .map(|request| run_ensemble(&start, &request, progress))
        .transpose()?;

    let channels = channel_outcomes(&session);
    let mut outcome = RunOutcome {
        twin: format!(
            "{} ({} {})",
            loaded.twin.name, loaded.twin.id, loaded.twin.version
        ),
        parameters: session.twin().provenance.parameters.clone(),
        begin,
        end: session.now(),
        steps: steps_between(begin, session.now(), session.simulation().timestep()),
        duration,
        pooled: pooled(&channels),
        acceptance: if has_telemetry {
            acceptance(&session)
        } else {
            Vec::new()
        },
        channels,
        fit,
        members: ensemble.as_ref().map(|ensemble| {
            let failed = u32::try_from(ensemble.failures().len()).unwrap_or(u32::MAX);
            (ensemble.members() - failed, failed)
        }),
        beside: None,
        warnings,
        files: Vec::new(),
    };
    if let Some(path) = &request.save_state {
        session.save_state(path, asked_for)?;
        outcome.files.push(path.clone());
    }
    let (happenings, _) = session.take_happenings();
    if let Some(path) = &request.event_log {
        write_happenings(&happenings, path, &loaded.twin)?;
        outcome.files.push(path.clone());
    }
    if let Some(log) = &log {
        let beside = beside_run(&loaded.twin, log, &happenings, recorded_from, session.now())?;
        if let Some(folder) = &request.out {
            let table = folder.join(BESIDE);
            beside.write_csv(&table)?;
            outcome.files.push(table);
        }
        outcome.beside = Some(beside);
    }
    if let Some(folder) = &request.out {
        let provenance = Provenance {
            twin: format!("{} {}", loaded.twin.id, loaded.twin.version),
            twin_digest: loaded.digest.clone(),
            parameters: outcome.parameters.clone(),
            scenario: request.scenario.clone(),
            what_if: request.what_if.iter().map(Occurrence::to_string).collect(),
            seed: (members > 0).then_some(forecast.seed),
            epoch: loaded.twin.epoch.to_string(),
            data_until: has_telemetry
                .then(|| loaded.twin.epoch.instant(session.data_until()).to_string()),
        };
        let outputs = Outputs {
            folder,
            session: &session,
            ensemble: ensemble.as_ref(),
            fit: outcome.fit.as_ref(),
            provenance: &provenance,
        };
        let digests = outputs.write()?;
        (outcome.files).extend(digests.iter().map(|one| folder.join(&one.path)));
        let record = RunRecord {
            format: RECORD_FORMAT,
            program: ProgramVersion::default(),
            twin: digest(&request.twin, &loaded.path)?,
            telemetry: match &origin {
                Some(Origin::File(path)) => Some(digest(path, path)?),
                _ => None,
            },
            stored: match origin {
                Some(Origin::Store(data)) => Some(data),
                _ => None,
            },
            parameters: request
                .parameters
                .as_ref()
                .map(|path| digest(path, path))
                .transpose()?,
            column_map: request.column_map.clone(),
            fit: request.fit.map(FitScope::name).map(str::to_owned),
            scenario: request.scenario.clone(),
            what_if: request.what_if.clone(),
            seed: forecast.seed,
            members,
            start: begin,
            horizon: end - begin,
            stride: forecast.stride,
            outputs: digests,
        };
        record.write(&folder.join(RECORD))?;
        outcome.files.push(folder.join(RECORD));
    }
    Ok(outcome)
}

/// The digest of `path` under the name it was given by.
fn digest(named: &Path, path: &Path) -> Result<FileDigest, LiveError> {
    Ok(FileDigest {
        path: named.display().to_string(),
        blake3: digest_file(path)?,
    })
}

/// Where a run's telemetry is from.
enum Origin {
    /// A file.
    File(PathBuf),
    /// A part of a store.
    Store(StoredData),
}

/// The telemetry and where it is from; `None` where the run is to do without.
fn read_telemetry(
    request: &RunRequest,
    loaded: &LoadedTwin,
) -> Result<Option<(Telemetry, Origin)>, LiveError> {
    if request.without_telemetry {
        return Ok(None);
    }
    if let Some(store) = &request.store {
        let (telemetry, data) = read_stored(loaded, store)?;
        return Ok(Some((telemetry, Origin::Store(data))));
    }
    let bundled = loaded
        .twin
        .telemetry
        .first()
        .filter(|_| request.scenario.is_none() && request.what_if.is_empty())
        .map(|file| {
            loaded
                .path
                .parent()
                .unwrap_or_else(|| Path::new("."))
                .join(&file.path)
        });
    let Some(path) = request.telemetry.clone().or(bundled) else {
        return Ok(None);
    };
    let mut options = ReadOptions::default();
    for text in &request.column_map {
        let mapping: ColumnMapping = text
            .parse()
            .map_err(|error| LiveError::Request(format!("`--map {text}`: {error}")))?;
        options.mappings.push(mapping);
    }
    let telemetry = telemetry::read_csv_with(&path, &loaded.twin, &loaded.variables, &options)
        .map_err(LiveError::Telemetry)?;
    Ok(Some((telemetry, Origin::File(path))))
}

/// The twin with a given parameter set in place, so that a fit starts from it.
fn apply(
    loaded: LoadedTwin,
    given: Option<ParameterSet>,
    telemetry: Option<&Telemetry>,
) -> Result<(LoadedTwin, Option<ParameterSet>), LiveError> {
    let Some(set) = given else {
        return Ok((loaded, None));
    };
    // States of other data are of no use here.
    let digest = telemetry.map(|telemetry| telemetry.digest.as_str());
    set.initial_states_for(digest, &loaded.variables)?;
    let twin = std::sync::Arc::new(set.applied_to(&loaded.twin, &loaded.variables)?);
    let variables = std::sync::Arc::new(crate::twin::VariableTable::new(
        &twin,
        &crate::model::registry(),
    ));
    Ok((
        LoadedTwin {
            twin,
            variables,
            ..loaded
        },
        Some(set),
    ))
}

fn warnings_of(
    loaded: &LoadedTwin,
    telemetry: Option<&Telemetry>,
    origin: Option<&Origin>,
) -> Vec<String> {
    let mut warnings: Vec<String> = loaded
        .warnings
        .diagnostics()
        .iter()
        .map(|diagnostic| format!("{}: {}", diagnostic.place(), diagnostic.message))
        .collect();
    if let Some(telemetry) = telemetry {
        warnings.extend(
            telemetry
                .warnings
                .iter()
                .map(|warning| format!("{}: {warning}", telemetry.name)),
        );
        if !telemetry.ignored_columns.is_empty() {
            warnings.push(format!(
                "{}: no channel uses {}",
                telemetry.name,
                telemetry
                    .ignored_columns
                    .iter()
                    .map(|column| format!("`{column}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ));
        }
        if telemetry.rejected_count > 0 {
            let (what, place) = match origin {
                Some(Origin::Store(_)) => ("samples kept aside", "sample"),
                _ => ("samples or rows rejected", "line"),
            };
            let first = telemetry.rejected.first().map_or_else(String::new, |one| {
                format!(
                    "; the first, {place} {}: `{}` {}",
                    one.line, one.value, one.reason
                )
            });
            warnings.push(format!(
                "{}: {} {what}{first}",
                telemetry.name, telemetry.rejected_count
            ));
        }
    }
    warnings
}

fn ensemble_request(
    session: &Session,
    members: u32,
    horizon: SimDuration,
) -> Option<EnsembleRequest> {
    if members < 2 {
        return None;
    }
    let settings = session.forecast_settings();
    let mut record: Vec<VariableIndex> = session
        .measured()
        .iter()
        .copied()
        .chain(session.simulation().continuous_state().iter().copied())
        .collect();
    record.sort_unstable();
    record.dedup();
    Some(EnsembleRequest {
        members,
        seed: settings.seed,
        horizon,
        stride: settings.stride,
        record,
        plan: session.plan().clone(),
        uncertainties: session.uncertainties().to_vec(),
        observation_noise: true,
    })
}

/// Steps to the end and says how long it took.
#[expect(
    clippy::disallowed_methods,
    reason = "the time taken is shown to the person who waits; it reaches no result file"
)]
fn simulate(
    session: &mut Session,
    end: SimTime,
    progress: &Progress,
) -> Result<Duration, LiveError> {
    let began = Instant::now();
    advance_watched(session, end, progress)?;
    Ok(began.elapsed())
}

/// Steps to `end`, tells how far it is, and ends where the work is cancelled.
pub(in crate::live) fn advance_watched(
    session: &mut Session,
    end: SimTime,
    progress: &Progress,
) -> Result<(), LiveError> {
    const STEPS_AT_A_TIME: i64 = 1000;
    let timestep = session.simulation().timestep();
    progress.start(steps_between(session.now(), end, timestep));
    while !session.at_end() {
        if progress.is_cancelled() {
            return Err(LiveError::Request("the run was cancelled".to_owned()));
        }
        let before = session.now();
        session.advance_to((before + timestep * STEPS_AT_A_TIME).min(end))?;
        progress.advance(steps_between(before, session.now(), timestep));
    }
    Ok(())
}

fn steps_between(begin: SimTime, end: SimTime, timestep: SimDuration) -> u64 {
    (end - begin)
        .whole_steps(timestep)
        .and_then(|steps| u64::try_from(steps).ok())
        .unwrap_or(0)
}

fn channel_outcomes(session: &Session) -> Vec<ChannelOutcome> {
    session
        .channels()
        .iter()
        .filter(|channel| channel.role == ChannelRole::Measurement)
        .map(|channel| ChannelOutcome {
            id: channel.id.clone(),
            unit: session.observation_unit(channel.channel).clone(),
            statistics: channel.statistics,
            rejected: channel.rejected_until(session.now()),
        })
        .collect()
}

fn pooled(channels: &[ChannelOutcome]) -> Option<ResidualStatistics> {
    let first = channels.first()?;
    channels
        .iter()
        .all(|one| one.unit.is_commensurable(&first.unit))
        .then(|| {
            channels
                .iter()
                .fold(ResidualStatistics::new(), |pooled, one| {
                    pooled.pooled_with(&one.statistics)
                })
        })
}

fn acceptance(session: &Session) -> Vec<AcceptanceOutcome> {
    let twin = session.twin();
    twin.acceptance
        .iter()
        .filter_map(|criterion| {
            let channel = twin
                .channels
                .iter()
                .position(|channel| channel.id == criterion.channel)?;
            let statistics = session
                .residuals(channel)
                .map(|residuals| residuals.statistics)
                .filter(|statistics| statistics.count() > 0);
            Some(AcceptanceOutcome {
                channel: criterion.channel.clone(),
                metric: criterion.metric,
                value: statistics.map(|statistics| match criterion.metric {
                    Metric::RootMeanSquareError => statistics.root_mean_square(),
                    Metric::Bias => statistics.bias().abs(),
                    Metric::MaximumAbsoluteError => statistics.maximum_absolute(),
                }),
                at_most: criterion.at_most.difference_si(),
                unit: session.observation_unit(channel).clone(),
            })
        })
        .collect()
}
