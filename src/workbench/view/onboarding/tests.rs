use std::fs;
use std::path::PathBuf;

use super::review::Sureness;
use super::*;
use crate::live::onboarding::ColumnField;
use crate::workbench::view::Command;
use crate::workbench::view::command::AppCommand;

/// A folder with the bundled twin and a file that nobody has described.
pub(crate) struct Unknown {
    _folder: tempfile::TempDir,
    pub(crate) twin: PathBuf,
    pub(crate) file: PathBuf,
}

/// Two minutes from rest: one heater is switched on, its sensor follows.
pub(crate) fn unknown() -> Unknown {
    let folder = tempfile::tempdir().expect("a folder");
    let twin = folder.path().join("twin.ron");
    let document = include_str!("../../../../scenes/tclab/twin.ron");
    fs::write(&twin, document).expect("written");
    let file = folder.path().join("logger.csv");
    let rows: String = (0..120)
        .map(|second| {
            let warm = 25.3 + 0.08 * f64::from((second - 20).max(0));
            let power = if second < 20 { 0 } else { 60 };
            format!("{second},{power},0,{warm:.2},25.30,{}\n", second % 7)
        })
        .collect();
    let header = "time,Heater 1 power [%],Heater 2 power [%],temp sensor 1 [degC],\
                  temp sensor 2 [degC],tick";
    fs::write(&file, format!("{header}\n{rows}")).expect("written");
    Unknown {
        _folder: folder,
        twin,
        file,
    }
}

pub(crate) fn fill(workbench: &mut Workbench, field: FormField, text: impl Into<String>) {
    let text = text.into();
    workbench.apply(OnboardingCommand::Fill { field, text }.into());
}

/// Does what the wizard asked for, and tells it; what is asked for then comes back.
pub(crate) fn run(workbench: &mut Workbench, effects: Vec<Effect>) -> Vec<Effect> {
    let mut left = Vec::new();
    for effect in effects {
        match effect {
            Effect::Onboarding(errand) => {
                let number = errand.number;
                let news = errand.run(&|_| {});
                left.extend(workbench.onboarding_told(number, news));
            }
            other => left.push(other),
        }
    }
    left
}

fn next(workbench: &mut Workbench) -> Vec<Effect> {
    let effects = workbench.apply(OnboardingCommand::Next.into());
    run(workbench, effects)
}

fn wizard(workbench: &Workbench) -> &Wizard {
    workbench.onboarding.wizard.as_ref().expect("it is open")
}

fn review(workbench: &Workbench) -> &Review {
    wizard(workbench).review().expect("proposals are on show")
}

/// A wizard that shows what is proposed for the unknown file.
pub(crate) fn with_proposals(unknown: &Unknown) -> Workbench {
    let mut workbench = Workbench::default();
    workbench.apply(OnboardingCommand::Begin.into());
    fill(
        &mut workbench,
        FormField::File,
        unknown.file.display().to_string(),
    );
    fill(
        &mut workbench,
        FormField::Twin,
        unknown.twin.display().to_string(),
    );
    let left = next(&mut workbench);
    assert!(left.is_empty(), "{left:?}");
    workbench
}

fn column(workbench: &Workbench, header: &str) -> usize {
    let rows = &review(workbench).rows;
    rows.iter()
        .position(|row| row.header == header)
        .expect("a column of the file")
}

#[test]
fn an_unknown_file_goes_all_the_way_to_its_first_residuals() {
    let unknown = unknown();
    let mut workbench = with_proposals(&unknown);
    let taken: Vec<&str> = review(&workbench)
        .rows
        .iter()
        .filter(|row| row.is_taken)
        .map(|row| row.target.as_ref().expect("a target").id.as_str())
        .collect();
    assert_eq!(taken, ["Q1", "Q2", "T1", "T2"]);
    let left = next(&mut workbench);
    assert_eq!(
        left,
        [Effect::Open(unknown.twin.clone())],
        "it opens behind"
    );
    let Stage::FirstLook(welcome) = &wizard(&workbench).stage else {
        panic!("{:?}", wizard(&workbench).problem);
    };
    let view = look::view(welcome);
    let residuals: Vec<(&str, bool)> = view
        .rows
        .iter()
        .map(|row| (row.id.as_str(), row.root_mean_square.ends_with("\u{202f}K")))
        .collect();
    assert_eq!(
        residuals,
        [("Q1", false), ("Q2", false), ("T1", true), ("T2", true)]
    );
    assert!(
        view.rows.iter().all(|row| row.verdicts == [(120, "good")]),
        "{view:?}"
    );
    next(&mut workbench);
    assert!(workbench.onboarding.wizard.is_none());
}

#[test]
fn what_the_form_lacks_is_told_at_its_field() {
    let mut workbench = Workbench::default();
    workbench.apply(OnboardingCommand::Begin.into());
    for (field, text) in [
        (FormField::File, "/no/such/file.csv"),
        (FormField::Twin, "/no/such/twin.ron"),
    ] {
        assert!(next(&mut workbench).is_empty());
        let problem = wizard(&workbench).problem.clone().expect("something lacks");
        assert_eq!(problem.place, ProblemPlace::Field(field));
        fill(&mut workbench, field, text);
        assert_eq!(wizard(&workbench).problem, None, "typing answers it");
    }
    next(&mut workbench);
    let problem = wizard(&workbench)
        .problem
        .clone()
        .expect("there is no twin");
    assert_eq!(problem.place, ProblemPlace::Page);
    assert!(
        problem.text.contains("/no/such/twin.ron"),
        "{}",
        problem.text
    );
    assert!(
        matches!(wizard(&workbench).stage, Stage::Source),
        "it can be mended"
    );
}

#[test]
fn a_broker_is_asked_for_address_topics_and_time() {
    let mut workbench = Workbench::default();
    workbench.apply(OnboardingCommand::Begin.into());
    workbench.apply(OnboardingCommand::From(Origin::Broker).into());
    let refused = |workbench: &Workbench| wizard(workbench).form.refusal().map(|(field, _)| field);
    assert_eq!(refused(&workbench), Some(FormField::Url));
    fill(&mut workbench, FormField::Url, "mqtt://127.0.0.1:1");
    fill(&mut workbench, FormField::Topics, " , ");
    assert_eq!(refused(&workbench), Some(FormField::Topics));
    fill(&mut workbench, FormField::Topics, "plant/#, lab/+");
    fill(&mut workbench, FormField::Seconds, "a while");
    assert_eq!(refused(&workbench), Some(FormField::Seconds));
    fill(&mut workbench, FormField::Seconds, "2 min");
    fill(&mut workbench, FormField::Twin, "twin.ron");
    assert_eq!(refused(&workbench), None);
    let request = wizard(&workbench).form.broker_request();
    assert_eq!(request.topics, ["plant/#", "lab/+"]);
    assert!((request.seconds - 120.0).abs() < 1e-9);
}

#[test]
fn news_of_what_was_cancelled_changes_nothing() {
    let unknown = unknown();
    let mut workbench = Workbench::default();
    workbench.apply(OnboardingCommand::Begin.into());
    fill(
        &mut workbench,
        FormField::File,
        unknown.file.display().to_string(),
    );
    fill(
        &mut workbench,
        FormField::Twin,
        unknown.twin.display().to_string(),
    );
    let effects = workbench.apply(OnboardingCommand::Next.into());
    let [Effect::Onboarding(errand)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert!(wizard(&workbench).is_busy());
    workbench.apply(OnboardingCommand::Back.into());
    assert!(errand.progress.is_cancelled(), "it is told to stop");
    run(&mut workbench, effects);
    assert!(matches!(wizard(&workbench).stage, Stage::Source));
    assert!(!wizard(&workbench).is_busy());
}

#[test]
fn escape_goes_back_a_step_and_then_closes() {
    let unknown = unknown();
    let mut workbench = with_proposals(&unknown);
    workbench.apply(AppCommand::Back.into());
    assert!(matches!(wizard(&workbench).stage, Stage::Source));
    assert_eq!(
        wizard(&workbench).form.file,
        unknown.file.display().to_string()
    );
    workbench.apply(AppCommand::Back.into());
    assert!(workbench.onboarding.wizard.is_none());
    let before = include_str!("../../../../scenes/tclab/twin.ron");
    let after = fs::read_to_string(&unknown.twin).expect("the document");
    assert_eq!(after, before, "nothing was written");
}

#[test]
fn two_columns_cannot_be_one_channel() {
    let unknown = unknown();
    let mut workbench = with_proposals(&unknown);
    let second = column(&workbench, "temp sensor 2 [degC]");
    let assign = |target: &str| {
        let target = target.to_owned();
        Command::from(OnboardingCommand::Assign {
            column: second,
            target,
        })
    };
    workbench.apply(assign("T1"));
    let conflicts = |workbench: &Workbench| {
        let rows = &review(workbench).rows;
        rows.iter().filter(|row| row.conflict.is_some()).count()
    };
    assert_eq!(conflicts(&workbench), 2, "both say so");
    assert!(wizard(&workbench).can_go_on().is_err());
    let undone: Vec<&str> = review(&workbench).rows[second]
        .choices
        .iter()
        .map(|one| one.id.as_str())
        .collect();
    assert!(undone.contains(&"T2"), "what was proposed is still offered");
    workbench.apply(assign("T2"));
    assert_eq!(conflicts(&workbench), 0);
    assert_eq!(wizard(&workbench).can_go_on(), Ok(()));
}

#[test]
fn nothing_taken_is_nothing_to_accept() {
    let unknown = unknown();
    let mut workbench = with_proposals(&unknown);
    for column in 0..review(&workbench).rows.len() {
        let taken = false;
        workbench.apply(OnboardingCommand::Take { column, taken }.into());
    }
    let refusal = wizard(&workbench)
        .can_go_on()
        .expect_err("nothing is taken");
    assert!(refusal.contains("at least one"), "{refusal}");
    assert!(next(&mut workbench).is_empty());
    let tick = column(&workbench, "tick");
    let taken = true;
    workbench.apply(
        OnboardingCommand::Take {
            column: tick,
            taken,
        }
        .into(),
    );
    if review(&workbench).rows[tick].target.is_none() {
        let problem = wizard(&workbench).problem.as_ref().expect("it is nothing");
        assert_eq!(problem.place, ProblemPlace::Column(tick));
    }
}

#[test]
fn what_is_typed_for_a_column_goes_before_the_document() {
    let unknown = unknown();
    let mut workbench = with_proposals(&unknown);
    let sensor = column(&workbench, "temp sensor 1 [degC]");
    let mut edit = |field, text: &str| {
        let text = text.to_owned();
        workbench.apply(
            OnboardingCommand::EditColumn {
                column: sensor,
                field,
                text,
            }
            .into(),
        );
        let wizard = wizard(&workbench);
        (
            wizard.problem.clone(),
            review(&workbench).rows[sensor].fields.clone(),
        )
    };
    let (problem, fields) = edit(ColumnField::Period, "2 s");
    assert_eq!(problem, None);
    let period = fields
        .iter()
        .find(|one| one.field == ColumnField::Period)
        .expect("shown");
    assert_eq!(
        (period.text.as_str(), period.reason.as_str()),
        ("2 s", "You chose it")
    );
    let (problem, fields) = edit(ColumnField::Unit, "kg");
    let problem = problem.expect("a temperature is not weighed");
    assert_eq!(problem.place, ProblemPlace::Column(sensor));
    assert!(problem.text.contains("kg"), "{}", problem.text);
    assert_eq!(fields[0].text, "°C", "the unit stays");
    let (problem, _) = edit(ColumnField::Range, "20 to 90");
    assert_eq!(problem, None);
    next(&mut workbench);
    let document = fs::read_to_string(&unknown.twin).expect("the document");
    assert!(document.contains("period: \"2 s\""), "{document}");
}

#[test]
fn edits_that_are_not_saved_are_not_lost() {
    let unknown = unknown();
    let mut workbench = crate::workbench::view::test_support::running_workbench();
    workbench
        .document
        .as_mut()
        .expect("open")
        .saved_at(unknown.twin.clone());
    let capacity = workbench.variable("heater_1.heat_capacity");
    workbench.apply(
        crate::workbench::view::command::EditCommand::SetParameter {
            variable: capacity,
            value: 7.0,
        }
        .into(),
    );
    workbench.apply(OnboardingCommand::Begin.into());
    fill(
        &mut workbench,
        FormField::File,
        unknown.file.display().to_string(),
    );
    assert!(next(&mut workbench).is_empty());
    let problem = wizard(&workbench).problem.clone().expect("it is refused");
    assert_eq!(problem.place, ProblemPlace::Field(FormField::Twin));
    assert!(problem.text.contains("save"), "{}", problem.text);
}

#[test]
fn a_file_dropped_on_the_window_is_looked_at_at_once() {
    let unknown = unknown();
    let mut workbench = Workbench::default();
    let effects = workbench.apply(OnboardingCommand::FileAt(unknown.file.clone()).into());
    assert!(effects.is_empty(), "nobody knows for which twin");
    fill(
        &mut workbench,
        FormField::Twin,
        unknown.twin.display().to_string(),
    );
    let effects = workbench.apply(OnboardingCommand::FileAt(unknown.file.clone()).into());
    run(&mut workbench, effects);
    assert_eq!(review(&workbench).rows.len(), 5);
}

#[test]
fn a_document_changed_meanwhile_is_not_overwritten() {
    let unknown = unknown();
    let mut workbench = with_proposals(&unknown);
    let other = include_str!("../../../../scenes/tclab/twin.ron").replace("1.0.0", "1.0.1");
    fs::write(&unknown.twin, &other).expect("written");
    next(&mut workbench);
    let problem = wizard(&workbench).problem.clone().expect("it is refused");
    assert!(problem.text.contains("meanwhile"), "{}", problem.text);
    assert!(
        matches!(wizard(&workbench).stage, Stage::Proposals(_)),
        "nothing typed is lost"
    );
    assert_eq!(
        fs::read_to_string(&unknown.twin).expect("the document"),
        other
    );
}

#[test]
fn sureness_is_told_in_a_word() {
    assert_eq!(Sureness::of(0.95).word(), "sure");
    assert_eq!(Sureness::of(0.7).word(), "likely");
    assert_eq!(Sureness::of(0.2).word(), "a guess");
}
