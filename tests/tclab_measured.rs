//! The bundled twin against the real device: the measured experiments of the
//! Temperature Control Lab.
#![expect(
    clippy::expect_used,
    reason = "a test reports what it found by failing"
)]

mod support;

use std::path::{Path, PathBuf};

use counterpart::inference::{Fit, FitOptions, FitScope, fit_least_squares};
use counterpart::live::{Session, SessionOptions};
use counterpart::telemetry::{Telemetry, read_csv};
use counterpart::twin::{LoadedTwin, Metric, load};
use counterpart::{live, model};

const FOLDER: &str = "thermal/tclab";

fn document() -> LoadedTwin {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab");
    load(&path, &model::registry()).expect("the bundled twin has no errors")
}

fn experiment(test: &str, name: &str) -> Option<PathBuf> {
    support::measured_data(test, &format!("{FOLDER}/{name}.csv"))
}

fn read(twin: &LoadedTwin, path: &Path) -> Telemetry {
    read_csv(path, &twin.twin, &twin.variables).expect("the experiment can be read")
}

fn fit(twin: &LoadedTwin, telemetry: &Telemetry, scope: FitScope) -> Fit {
    let options = FitOptions {
        scope,
        ..FitOptions::default()
    };
    let observations = telemetry.align(twin.twin.timestep);
    fit_least_squares(twin, &observations, &telemetry.digest, &options).expect("a fit")
}

/// The figures to reach are those of a linear four-state energy balance with
/// free initial states, with a little room.
fn pooled_after_fit(path: &Path) -> f64 {
    let twin = document();
    let telemetry = read(&twin, path);
    let fit = fit(&twin, &telemetry, FitScope::All);
    assert!(fit.converged);
    // The session must reproduce what the fit found, to the last digits that
    // the text of a value keeps.
    let options = SessionOptions {
        parameters: Some(fit.parameters.clone()),
        ..SessionOptions::default()
    };
    let mut session = Session::open(&twin, Some(telemetry), options).expect("a session");
    session
        .advance_to(session.end().expect("telemetry ends"))
        .expect("it runs");
    let pooled = session.channels().iter().fold(
        Default::default(),
        |pooled: counterpart::inference::ResidualStatistics, channel| {
            pooled.pooled_with(&channel.statistics)
        },
    );
    assert_eq!(pooled.count(), fit.pooled.count());
    assert!((pooled.root_mean_square() - fit.pooled.root_mean_square()).abs() < 1e-9);
    pooled.root_mean_square()
}

#[test]
fn the_twin_fits_prbs_2024_within_0_48_kelvin() {
    let test = "the_twin_fits_prbs_2024_within_0_48_kelvin";
    let Some(path) = experiment(test, "tclab_prbs_2024") else {
        return;
    };
    let error = pooled_after_fit(&path);
    assert!(error <= 0.48, "pooled root mean square error {error} K");
}

#[test]
fn the_twin_fits_prbs_2022_within_0_65_kelvin() {
    let test = "the_twin_fits_prbs_2022_within_0_65_kelvin";
    let Some(path) = experiment(test, "tclab_prbs_2022") else {
        return;
    };
    let error = pooled_after_fit(&path);
    assert!(error <= 0.65, "pooled root mean square error {error} K");
}

/// The document's own values, without any fit but of where the device was at
/// the start, pass on the board they are from and fail on the other board.
#[test]
fn a_twin_of_one_board_notices_the_other() {
    let test = "a_twin_of_one_board_notices_the_other";
    let Some(own) = experiment(test, "tclab_prbs_2024") else {
        return;
    };
    let Some(other) = experiment(test, "tclab_prbs_2022") else {
        return;
    };
    let outcome = |telemetry: PathBuf| {
        let request = live::RunRequest {
            twin: Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab"),
            telemetry: Some(telemetry),
            fit: Some(FitScope::InitialStates),
            ..live::RunRequest::default()
        };
        live::run(&request, &counterpart::simulation::Progress::new()).expect("it runs")
    };
    let accepted = outcome(own);
    assert!(accepted.is_accepted(), "{}", accepted.to_text());
    let refused = outcome(other);
    assert!(!refused.is_accepted(), "{}", refused.to_text());
    let failed = refused
        .acceptance
        .iter()
        .find(|criterion| !criterion.is_met() && criterion.metric == Metric::RootMeanSquareError)
        .expect("a root mean square error that is too large");
    assert!(failed.value.unwrap() > failed.at_most);
}

/// The same fit on one thread and on three, bit for bit.
#[test]
fn a_fit_does_not_depend_on_the_number_of_threads() {
    let test = "a_fit_does_not_depend_on_the_number_of_threads";
    let Some(path) = experiment(test, "tclab_prbs_2024") else {
        return;
    };
    let twin = document();
    let telemetry = read(&twin, &path);
    let mut options = FitOptions {
        starts: 2,
        until: Some(counterpart::quantity::SimTime::parse("10 min").unwrap()),
        ..FitOptions::default()
    };
    options.stopping.iterations = 5;
    let observations = telemetry.align(twin.twin.timestep);
    let on = |threads: usize| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads")
            .install(|| {
                fit_least_squares(&twin, &observations, &telemetry.digest, &options).expect("a fit")
            })
    };
    assert_eq!(on(1), on(3));
}
