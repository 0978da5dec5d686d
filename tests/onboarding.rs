//! A real experiment of unknown columns becomes a twin that runs beside it,
//! without a window: what the wizard does, step by step.
#![expect(
    clippy::expect_used,
    reason = "helper functions of tests report by failing"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use counterpart::live::onboarding::{OnboardingRequest, Welcome, examine_file};
use counterpart::live::open_document;
use counterpart::simulation::Progress;

/// The bundled twin alone, in a folder of its own.
fn folder_with_twin() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let scene = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab");
    for name in ["twin.ron", "telemetry.csv"] {
        fs::copy(scene.join(name), folder.path().join(name)).expect("copied");
    }
    folder
}

fn measured(test: &str, name: &str) -> Option<PathBuf> {
    support::measured_data(test, &format!("thermal/tclab/{name}.csv"))
}

fn onboarded(folder: &Path, file: &Path) -> Welcome {
    let onboarding = examine_file(&OnboardingRequest {
        file: file.to_owned(),
        twin: Some(folder.to_owned()),
        zone: None,
    })
    .expect("proposals");
    onboarding
        .accept_and_look(&Progress::new())
        .expect("accepted")
}

#[test]
fn a_real_experiment_goes_from_unknown_file_to_first_residuals() {
    let test = "a_real_experiment_goes_from_unknown_file_to_first_residuals";
    for name in [
        "tclab_prbs_2024",
        "tclab_prbs_2022",
        "tclab_cl_0",
        "tclab_cldist_0",
    ] {
        let Some(file) = measured(test, name) else {
            return;
        };
        let folder = folder_with_twin();
        let welcome = onboarded(folder.path(), &file);
        assert_eq!(welcome.channels, ["Q1", "Q2", "T1", "T2"], "{name}");
        let look = welcome.look.expect("a first look");
        assert_eq!(look.stopped, None, "{name}");
        let rows = usize::try_from(welcome.rows).expect("not that many");
        for channel in &look.channels {
            assert_eq!(channel.observations, rows, "{name} {}", channel.id);
            let judged: u64 = channel.by_flag.iter().sum();
            assert!(judged >= welcome.rows, "{name} {}: {judged}", channel.id);
        }
        // What the twin begins with is not what the plant began with: in the
        // second half that is forgotten.
        for channel in look.channels.iter().filter(|one| one.id.starts_with('T')) {
            assert_eq!(channel.residuals.len(), rows, "{name} {}", channel.id);
            let (whole, later) = (
                channel.statistics.root_mean_square(),
                channel.later.root_mean_square(),
            );
            assert!(
                later <= whole,
                "{name} {}: {later} of {whole} K",
                channel.id
            );
        }
        // The document opens beside the file from now on.
        let opened = open_document(folder.path(), None).expect("it opens");
        assert_eq!(opened.telemetry.expect("it names it").rows, welcome.rows);
    }
}

/// The twin is fitted to the experiment of 2024: beside it, its acceptance
/// criteria hold once it has forgotten how it began.
#[test]
fn the_experiment_that_the_twin_was_fitted_to_is_recognised_as_such() {
    let test = "the_experiment_that_the_twin_was_fitted_to_is_recognised_as_such";
    let Some(file) = measured(test, "tclab_prbs_2024") else {
        return;
    };
    let folder = folder_with_twin();
    let welcome = onboarded(folder.path(), &file);
    let look = welcome.look.expect("a first look");
    for channel in look.channels.iter().filter(|one| one.id.starts_with('T')) {
        let later = channel.later.root_mean_square();
        assert!(later < 1.0, "{}: {later} K", channel.id);
    }
}

#[test]
fn a_file_that_was_accepted_can_be_accepted_again() {
    let test = "a_file_that_was_accepted_can_be_accepted_again";
    let Some(file) = measured(test, "tclab_prbs_2024") else {
        return;
    };
    let folder = folder_with_twin();
    let first = onboarded(folder.path(), &file);
    let document = fs::read(&first.document).expect("the document");
    let second = onboarded(folder.path(), &file);
    assert_eq!(second.channels, first.channels);
    assert_eq!(fs::read(&second.document).expect("the document"), document);
}
