//! The panel of the event log.

use std::path::Path;

use egui_kittest::kittest::Queryable as _;

use super::tests::{click, desk_of, sent};
use crate::inference::{RequestAgreement, SideBySide};
use crate::simulation::{Progress, Simulation};
use crate::telemetry::event_log::EventLog;
use crate::twin::RequestStep;
use crate::workbench::view::command::EventLogCommand;
use crate::workbench::view::dock::Pane;
use crate::workbench::view::flow::event_log::{LogPage, ReadingState, chart, lines};
use crate::workbench::view::flow::gantt::{Bars, Side};
use crate::workbench::view::flow::test_support::running_line;
use crate::workbench::view::{Effect, Workbench};

/// Writes what the line of `workbench` does in a day with the chances of `seed`.
fn write_log(workbench: &Workbench, seed: u64, path: &Path) {
    let document = workbench.document.as_ref().expect("a document");
    let mut simulation =
        Simulation::compile(document.twin(), document.variables()).expect("it compiles");
    simulation.reseed(seed, 0);
    simulation.record_happenings(true);
    let mut told = Vec::new();
    for _ in 0..1440 {
        simulation.step().expect("it runs");
        simulation.take_happenings(&mut told);
    }
    let log = EventLog::from_happenings(&told);
    log.write(path, document.twin()).expect("it is written");
}

/// The line beside a log of its own with other chances.
fn beside_log() -> Workbench {
    let mut workbench = running_line();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log.csv");
    write_log(&workbench, 9, &path);
    let request = workbench.reading_request(folder.path().to_owned(), Some(path));
    let reading = request
        .expect("a flow")
        .run(&Progress::new())
        .expect("a log");
    workbench.log_told(Ok(reading));
    workbench
}

#[test]
fn how_requests_ended_and_how_soon_stands_beside_each_other() {
    let mut workbench = beside_log();
    let side = |logged: f64, simulated: f64| SideBySide {
        logged,
        simulated,
        difference: None,
    };
    let reading = workbench.flow.log.reading.as_mut().expect("a log");
    let reading = std::sync::Arc::make_mut(reading);
    reading.outcome.assets[0].requests = Some(RequestAgreement {
        ends: vec![
            (RequestStep::Answered, side(0.9, 0.8)),
            (RequestStep::TimedOut, side(0.1, 0.2)),
        ],
        latency: [side(0.04, 0.05), side(0.3, 0.4), side(1.5, 1.25)],
    });
    workbench.layout.reveal(Pane::EventLog);
    let harness = desk_of(workbench, 1600.0, 1200.0);
    for text in ["answered", "90.", "80.", "timed out", "99 % within", "1.25"] {
        assert!(
            harness.query_all_by_label_contains(text).count() > 0,
            "{text}"
        );
    }
}

#[test]
fn log_and_twin_stand_beside_each_other_with_their_difference() {
    let workbench = beside_log();
    assert!(workbench.layout.shows(Pane::EventLog));
    let lines = lines(&workbench);
    let mill = lines
        .iter()
        .find(|one| one.name == "Mill")
        .expect("told of");
    // Sixty an hour at most, of which blocking and starving take a part.
    let (logged, _) = mill
        .throughput
        .logged
        .split_once(char::is_whitespace)
        .expect("a unit");
    let logged: f64 = logged.parse().expect("a number");
    assert!((40.0..60.0).contains(&logged), "{logged}");
    assert!(mill.throughput.difference.contains('±'), "{mill:?}");
    // The same line with other chances: no certain difference, and agreement by chance only.
    assert!(!mill.throughput.is_certain, "{mill:?}");
    assert!((0.5..1.0).contains(&mill.agreement.expect("a machine")));
    let working = mill.working.as_ref().expect("a machine");
    assert!(working.difference.contains('±') && working.difference.ends_with('%'));
    assert!(!working.is_certain, "{working:?}");
    assert!(mill.stay.is_some(), "items leave it");
    let mut harness = desk_of(workbench, 1600.0, 900.0);
    assert!(harness.query_by_label("No problems").is_some());
    assert!(
        harness
            .query_all_by_label(&mill.throughput.difference)
            .count()
            > 0
    );
    click(&mut harness, "Ahead");
    assert!(sent(&harness, EventLogCommand::Page(LogPage::Ahead)));
}

#[test]
fn a_row_of_the_log_stands_above_the_row_of_the_twin() {
    let mut workbench = beside_log();
    workbench.apply(EventLogCommand::Page(LogPage::States).into());
    let view = chart(&workbench, 4000).expect("a log");
    assert_eq!(view.rows.len(), 4);
    for pair in view.rows.chunks(2) {
        assert_eq!(pair[0].name, pair[1].name);
        assert_eq!(pair[0].side, Side::Log);
        let Side::Twin { agreement } = pair[1].side else {
            panic!("{:?}", pair[1].side);
        };
        assert!((0.0..1.0).contains(&agreement), "{agreement}");
    }
    assert_eq!(view.rows[0].name, "Saw");
    // A stretch of an hour holds the bars of that hour and no other.
    workbench.apply(
        EventLogCommand::Range {
            from: 3600.0,
            to: 7200.0,
        }
        .into(),
    );
    let view = chart(&workbench, 4000).expect("a log");
    for row in &view.rows {
        let Bars::Each(servers) = &row.bars else {
            panic!("few enough to be told one by one");
        };
        let bars = &servers[0];
        let whole: f64 = bars.iter().map(|bar| bar.to - bar.from).sum();
        assert!((whole - 3600.0).abs() < 1e-6, "{}: {whole}", row.name);
        assert!(
            bars.iter()
                .all(|bar| bar.from >= 3600.0 && bar.to <= 7200.0)
        );
    }
    let harness = desk_of(workbench, 1600.0, 900.0);
    assert!(
        harness
            .query_by_label("States of log and twin over time")
            .is_some()
    );
}

#[test]
fn problems_of_a_log_are_listed_with_their_lines() {
    let mut workbench = running_line();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log.csv");
    let text = "time,item,asset,event,server,class,end\n\
                2026-01-05T00:00:00Z,1,saw,enter,,,\n\
                2026-01-05T00:01:00Z,1,mangle,enter,,,\n\
                2026-01-05T00:02:00Z,1,saw,leave,,,\n";
    std::fs::write(&path, text).expect("it is written");
    let request = workbench.reading_request(folder.path().to_owned(), Some(path));
    workbench.log_told(Ok(request
        .expect("a flow")
        .run(&Progress::new())
        .expect("a log")));
    workbench.apply(EventLogCommand::Page(LogPage::Problems).into());
    let harness = desk_of(workbench, 1600.0, 900.0);
    assert!(harness.query_by_label_contains("mangle").is_some());
    assert!(harness.query_by_label_contains("line 3").is_some());
}

#[test]
fn what_cannot_be_read_is_said_and_what_was_read_before_stays() {
    let mut workbench = beside_log();
    workbench.log_told(Err("log.csv is empty".to_owned()));
    assert!(workbench.flow.log.reading.is_some());
    let harness = desk_of(workbench, 1600.0, 900.0);
    assert!(
        harness
            .query_by_label_contains("log.csv is empty")
            .is_some()
    );
    assert!(harness.query_by_label("No problems").is_some());
}

#[test]
fn the_line_goes_on_from_its_log() {
    use crate::live::event_log::{Hindering, Hindrance, LogForecastRequest, forecast_opened};
    let mut workbench = beside_log();
    let effects = workbench.apply(EventLogCommand::GoOn.into());
    assert_eq!(effects, [Effect::GoOnFromLog]);
    assert_eq!(workbench.flow.log.page, LogPage::Ahead);
    let reading = workbench.flow.log.reading.clone().expect("read");
    let request = LogForecastRequest {
        members: 4,
        ..LogForecastRequest::default()
    };
    let outcome = forecast_opened(
        &reading.opened,
        &request,
        &crate::simulation::Progress::new(),
    );
    let mut outcome = outcome.expect("it goes on");
    let expected = &mut outcome.expected[0];
    assert!(!expected.is_low(), "{expected:?}");
    // As if far more came out usually, and the mill were held.
    expected.usual = 100.0 * expected.mean.mean;
    expected.hindrances.push(Hindrance {
        asset: 4,
        what: Hindering::Held,
        share: 0.5,
    });
    workbench.ahead_told(Ok(outcome));
    let harness = desk_of(workbench, 1600.0, 900.0);
    assert!(harness.query_by_label_contains("items come out").is_some());
    let why = "Mill is held 50 % of the time";
    assert!(harness.query_by_label_contains(why).is_some());
}

#[test]
fn without_a_log_of_its_own_the_twin_offers_to_open_one() {
    let mut workbench = running_line();
    assert!(workbench.apply(EventLogCommand::OpenOwn.into()).is_empty());
    let effects = workbench.apply(EventLogCommand::Dropped("mes.csv".into()).into());
    let expected = Effect::ReadEventLog {
        path: Some("mes.csv".into()),
        or_telemetry: true,
    };
    assert_eq!(effects, [expected]);
}

#[test]
fn a_log_that_cannot_be_held_against_the_twin_is_refused_aloud() {
    use crate::workbench::view::test_support::running_workbench;
    let said = |workbench: &Workbench, what: &str| {
        let entries = workbench.log.entries();
        entries.iter().any(|one| one.message.contains(what))
    };
    // Nothing flows in it.
    let mut workbench = running_workbench();
    let command = EventLogCommand::OpenAt("mes.csv".into());
    assert!(workbench.apply(command.into()).is_empty());
    assert!(said(&workbench, "this twin has none"));
    // A line whose document names no log.
    let mut workbench = running_line();
    workbench.apply(EventLogCommand::OpenOwn.into());
    assert!(said(&workbench, "names no event log"));
    // One log at a time.
    workbench.flow.log.running = Some(ReadingState {
        title: "mes.csv".to_owned(),
        done: 0.0,
    });
    workbench.apply(EventLogCommand::Dropped("other.csv".into()).into());
    workbench.layout.reveal(Pane::EventLog);
    assert!(said(
        &workbench,
        "other.csv was not opened: A log is being read"
    ));
    // Which can be given up.
    let mut harness = desk_of(workbench, 1600.0, 900.0);
    assert!(harness.query_by_label_contains("Reading mes.csv").is_some());
    click(&mut harness, "Give up reading the log");
    assert!(sent(&harness, EventLogCommand::CancelReading));
}
