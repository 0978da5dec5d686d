use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::quantity::SimTime;
use crate::twin::{RequestStep, Twin, UnitState};

fn line() -> Arc<Twin> {
    let text = r#"(
        format: 1, id: "line", name: "A small line", version: "1.0.0",
        epoch: "2026-01-05T00:00:00Z", timestep: "1 s",
        assets: [
            (id: "raw", kind: "flow.Source", parameters: { "interval_time": "60 s" }),
            (id: "saw", kind: "flow.Machine", parameters: { "service_time": "55 s" }),
            (id: "rack", kind: "flow.Buffer", parameters: { "capacity": "4" }),
            (id: "done", kind: "flow.Sink"),
        ],
        links: [
            (from: "raw.out", to: "saw.in"),
            (from: "saw.out", to: "rack.in"),
            (from: "rack.out", to: "done.in"),
        ],
    )"#;
    // Read without the kinds of the models, which a log knows nothing of.
    let options =
        ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    Arc::new(options.from_str(text).expect("a twin"))
}

fn ends() -> ItemEnds {
    ItemEnds {
        makes: [0].into(),
        takes: [3].into(),
    }
}

fn at(seconds: i64) -> SimTime {
    SimTime::from_nanoseconds(seconds * 1_000_000_000)
}

fn read_with(text: &str, options: &LogOptions) -> Result<EventLog, EventLogError> {
    let mut log =
        read_event_log_from(text.as_bytes(), LogFormat::Csv, "log.csv", &line(), options)?;
    log.check(&line(), &ends());
    Ok(log)
}

fn read(text: &str) -> EventLog {
    read_with(text, &LogOptions::default()).expect("a log")
}

fn problems(text: &str) -> Vec<String> {
    read(text)
        .problems
        .iter()
        .map(ToString::to_string)
        .collect()
}

const GOOD: &str = "\
time,item,asset,event,server
0,,saw,idle,0
60,7,raw,enter,
60,7,raw,leave,
60,7,saw,enter,
60,,saw,running,0
115,7,saw,leave,
115,7,rack,enter,
115,,saw,idle,0
200,7,rack,leave,
200,7,done,enter,
200,7,done,leave,
";

#[test]
fn a_log_in_order_has_no_problems() {
    let log = read(GOOD);
    assert_eq!(log.problems, []);
    assert_eq!(log.items, ["7"]);
    let timeline = Timeline::new(&log);
    let saw = &timeline.assets[&1];
    assert!((saw.share(UnitState::Working) - 55.0 / 200.0).abs() < 1e-12);
    assert!((saw.mean_content(at(0), at(200)) - 55.0 / 200.0).abs() < 1e-12);
    assert_eq!(saw.passed(at(0), at(200)), 1);
    assert_eq!(timeline.assets[&2].content_at(at(150)), 1);
    let history = log.history(0);
    let stays: Vec<_> = history
        .visits
        .iter()
        .map(|visit| (visit.asset, visit.length()))
        .collect();
    assert_eq!(stays[1], (1, Some(at(115) - at(60))));
    assert_eq!(stays[2], (2, Some(at(200) - at(115))));
}

#[test]
fn every_defect_is_named_with_its_line() {
    let bad = "\
time,item,asset,event,server
0,,saw,idle,0
1,9,raw,enter,
1,9,raw,leave,
1,9,saw,enter,
2,9,saw,leave,
2,9,rack,enter,
3,9,rack,leave,
3,9,done,enter,
3,9,done,leave,
soon,1,saw,enter,
10,1,swa,enter,
20,1,saw,melted,
30,1,saw,enter,
40,1,rack,enter,
50,1,done,leave,
45,,saw,running,-1
60,2
70,3,rack,enter,
80,3,rack,leave,
99,,saw,down,0
";
    assert_eq!(
        problems(bad),
        [
            "line 11: the time `soon` is no time: it is neither a number nor an ISO 8601 instant \
             such as `2024-03-01T00:00:00Z`",
            "line 12: the twin has no asset `swa`; is `saw` meant?",
            "line 13: the event `melted` is not known; say what it means with `--word \
             \"WORD=working\"`, or under `words` of the document's `event_log`",
            "line 14: item `1` appears in `saw` without having been in anything before it",
            "line 15: item `1` comes into `rack` but is still in `saw` (line 14)",
            "line 16: item `1` leaves `done`, where it is not",
            "line 17: the server `-1` is no whole number from 0 to 65535",
            "line 18: 2 fields where the header has 5",
            "line 19: item `3` appears in `rack` without having been in anything before it",
            "line 20: item `3` leaves `rack` and is never seen again",
        ]
    );
}

#[test]
fn rows_out_of_order_are_named_and_put_into_their_place() {
    let text = "time,item,asset,event\n0,,saw,idle\n20,,saw,down\n10,,saw,running\n30,,saw,idle\n";
    let log = read(text);
    let said: Vec<_> = log.problems.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with("line 4: its time"), "{}", said[0]);
    let times: Vec<_> = log
        .records
        .iter()
        .map(|record| record.happening.time)
        .collect();
    assert_eq!(times, [at(0), at(10), at(20), at(30)]);
}

#[test]
fn stretches_of_time_that_overlap_are_named_with_both_lines() {
    let text = "asset;state;start;end\nsaw;working;0;50\nsaw;down;40;60\nsaw;working;60;90\n";
    assert_eq!(
        problems(text),
        ["line 3: server 0 of `saw` is down while it is working (line 2)"]
    );
    let timeline = Timeline::new(&read(text));
    // The later one holds from its beginning on.
    assert!((timeline.assets[&1].share(UnitState::Down) - 20.0 / 90.0).abs() < 1e-12);
}

#[test]
fn a_log_that_names_things_in_its_own_way_is_read_when_told_how() {
    let mut options = LogOptions::default();
    options.set_column("time=Zeit").expect("a column");
    options.set_column("item=Auftrag").expect("a column");
    options.set_column("asset=Maschine").expect("a column");
    options.set_column("event=Meldung").expect("a column");
    options.set_asset("M1=saw").expect("an asset");
    options.set_word("Automatik=working").expect("a word");
    let text = "Zeit\tAuftrag\tMaschine\tMeldung\n\
                2026-01-05T01:00:00+01:00\t\tM1\tautomatik\n\
                1767571260\t\tM1\tStopped\n";
    let log = read_with(text, &options).expect("a log");
    assert_eq!(log.problems, []);
    let times: Vec<_> = log
        .records
        .iter()
        .map(|record| record.happening.time)
        .collect();
    assert_eq!(times, [at(0), at(60)]);
    for wrong in ["time", "colour=red", "=x"] {
        assert!(options.set_column(wrong).is_err(), "{wrong}");
    }
    assert!(options.set_word("Automatik=flying").is_err());
    let missing = read_with("Zeit,Maschine\n", &LogOptions::default());
    let said = missing.expect_err("no columns").to_string();
    assert!(said.contains("no column for the time"), "{said}");
}

#[test]
fn a_way_needs_its_two_ends_and_an_item_is_carried_where_it_is() {
    let log = "time,item,asset,event,server,end,from,to\n\
               2026-01-05T00:00:00Z,,saw,travel,1,2026-01-05T00:00:10Z,saw,rack\n\
               2026-01-05T00:00:01Z,a,rack,enter,,,,\n\
               2026-01-05T00:00:02Z,a,rack,loaded,1,,,\n\
               2026-01-05T00:00:03Z,a,rack,unloaded,,,,\n\
               2026-01-05T00:00:04Z,a,done,loaded,,,,\n\
               2026-01-05T00:00:05Z,,saw,travel,1,2026-01-05T00:00:15Z,rack,don\n\
               2026-01-05T00:00:06Z,,saw,travel,1,,rack,done\n\
               2026-01-05T00:00:07Z,,rack,loaded,1,,,\n";
    let found = read(log);
    let said: Vec<What> = found.happenings().map(|one| one.what).take(3).collect();
    let ways = [
        What::Travels {
            agent: 1,
            from: 1,
            to: 2,
            arrives: at(10),
        },
        What::Entered { item: 0, class: 0 },
        What::Loaded { item: 0, agent: 1 },
    ];
    assert_eq!(said, ways);
    let problems = problems(log);
    let expected = [
        "line 6: item `a` is carried by a vehicle of `done`, where it is not",
        "line 7: the twin has no asset `don`; is `done` meant?",
        "line 8: the event `travel` needs an end",
        "line 9: the event `loaded` needs an item",
    ];
    assert_eq!(problems.len(), expected.len(), "{problems:?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.starts_with(expected), "{problem}");
    }
}

#[test]
fn a_document_can_say_of_its_log_what_a_person_can() {
    let roles = ColumnRole::ALL.map(ColumnRole::name);
    assert_eq!(roles, crate::twin::EVENT_LOG_COLUMNS);
    for meaning in crate::twin::EventLogFile::meanings() {
        let word = EventWord::read(meaning).expect("a word");
        assert_eq!(word.word(), meaning);
    }
    for ending in crate::twin::EVENT_LOG_ENDINGS {
        let file = std::path::Path::new("log").with_extension(ending);
        assert!(LogFormat::of(&file).is_ok(), "{ending}");
    }
}

#[test]
fn a_file_that_is_none_is_refused_with_a_reason() {
    for (text, what) in [
        ("", "empty"),
        ("time,asset,event\n", "empty"),
        ("time,asset,event\nx,saw,down\n", "none of its 1 rows"),
    ] {
        let said = read_with(text, &LogOptions::default())
            .expect_err("no log")
            .to_string();
        assert!(said.contains(what), "{said}");
    }
}

#[test]
fn an_event_stream_of_others_is_read() {
    let text = r#"<?xml version="1.0" encoding="UTF-8" ?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
  <global scope="event"><string key="concept:name" value="__INVALID__"/></global>
  <trace>
    <string key="concept:name" value="order &amp; 7"/>
    <event>
      <string key="concept:name" value="saw"><string key="note" value="nested"/></string>
      <string key="lifecycle:transition" value="START"/>
      <date key="time:timestamp" value="2026-01-05T00:01:00.000+00:00"/>
    </event>
    <event>
      <string key="concept:name" value="saw"/>
      <string key="lifecycle:transition" value="complete"/>
      <date key="time:timestamp" value="2026-01-05T00:01:55.000+00:00"/>
    </event>
  </trace>
</log>"#;
    let options = LogOptions::default();
    let log = read_event_log_from(
        text.as_bytes(),
        LogFormat::Xes,
        "log.xes",
        &line(),
        &options,
    );
    let log = log.expect("a log");
    assert_eq!(log.items, ["order & 7"]);
    assert_eq!(log.records.len(), 2);
    assert_eq!(log.records[0].line, 6);
    assert_eq!(log.records[1].happening.time, at(115));
}

/// Logs as a simulation could tell them, items named however they are.
fn any_log() -> impl Strategy<Value = EventLog> {
    let record = (
        0_i64..5_000_000_000_000,
        0_u32..4,
        0_u64..6,
        0_u16..4,
        0_usize..14,
    );
    prop::collection::vec(record, 1..60).prop_flat_map(|records| {
        prop::collection::vec("[a-z0-9 ,;\"'<&>=é]{1,8}[a-z]", 6).prop_map(move |mut names| {
            for (place, name) in names.iter_mut().enumerate() {
                *name = format!("{}{place}", name.trim());
            }
            let mut records = records.clone();
            records.sort_unstable_by_key(|record| record.0);
            records.dedup_by_key(|record| record.0);
            let mut log = EventLog::default();
            let mut numbers = BTreeMap::new();
            for (time, asset, item, number, what) in records {
                let mut known = |item: u64| {
                    *numbers.entry(item).or_insert_with(|| {
                        log.items.push(names[item as usize].clone());
                        log.items.len() as u64 - 1
                    })
                };
                let what = match what {
                    0 => What::Entered {
                        item: known(item),
                        class: number,
                    },
                    1 => What::Left { item: known(item) },
                    2 => What::Loaded {
                        item: known(item),
                        agent: number,
                    },
                    3 => What::Unloaded { item: known(item) },
                    4 => What::Travels {
                        agent: number,
                        from: asset,
                        to: (asset + 1) % 4,
                        arrives: SimTime::from_nanoseconds(time + 1_500_000_000),
                    },
                    12 => What::Request {
                        item: known(item),
                        step: RequestStep::Begun,
                    },
                    13 => What::Request {
                        item: known(item),
                        step: RequestStep::ENDS[usize::from(number)],
                    },
                    state => What::State {
                        server: number,
                        state: UnitState::ALL[state - 5],
                    },
                };
                let time = SimTime::from_nanoseconds(time);
                let until = matches!(what, What::State { .. }) && number == 3;
                log.records.push(Record {
                    line: 0,
                    happening: Happening { time, asset, what },
                    until: until.then(|| SimTime::from_nanoseconds(6_000_000_000_000)),
                });
            }
            log
        })
    })
}

/// What a log says, without lines and numbers of items.
fn said(log: &EventLog) -> Vec<(SimTime, u32, String, Option<SimTime>)> {
    let words = log.records.iter().map(|record| {
        let what = match record.happening.what {
            What::Entered { item, class } => format!("+{} {class}", log.items[item as usize]),
            What::Left { item } => format!("-{}", log.items[item as usize]),
            What::Loaded { item, agent } => format!("{agent}↑{}", log.items[item as usize]),
            What::Unloaded { item } => format!("↓{}", log.items[item as usize]),
            What::Request { item, step } => format!("{step:?} {}", log.items[item as usize]),
            other => format!("{other:?}"),
        };
        (
            record.happening.time,
            record.happening.asset,
            what,
            record.until,
        )
    });
    words.collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(log in any_log()) {
        let twin = line();
        for format in [LogFormat::Csv, LogFormat::Xes] {
            let mut bytes = Vec::new();
            log.write_to(&mut bytes, format, &twin).expect("written");
            let options = LogOptions::default();
            let again = read_event_log_from(bytes.as_slice(), format, "log", &twin, &options);
            let again = again.expect("read");
            prop_assert_eq!(&again.problems, &[]);
            prop_assert_eq!(said(&again), said(&log));
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.parquet");
        log.write(&path, &twin).expect("written");
        let again = read_event_log(&path, &twin, &LogOptions::default()).expect("read");
        prop_assert_eq!(said(&again), said(&log));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[<>=/\"' a-z0-9,;&!?\\[\\]\\-\n]{0,200}") {
        let twin = line();
        let options = LogOptions::default();
        for format in [LogFormat::Csv, LogFormat::Xes] {
            let read = read_event_log_from(text.as_bytes(), format, "log", &twin, &options);
            if let Ok(mut log) = read {
                log.check(&twin, &ends());
                let _ = Timeline::new(&log);
            }
        }
    }

    #[test]
    fn a_log_that_is_damaged_anywhere_is_read_or_refused(
        log in any_log(),
        changes in prop::collection::vec((0.0..1.0_f64, any::<u8>()), 1..4),
        end in 0.5..3.0_f64,
    ) {
        let twin = line();
        let options = LogOptions::default();
        let folder = tempfile::tempdir().expect("a folder");
        for format in [LogFormat::Csv, LogFormat::Xes, LogFormat::Parquet] {
            let mut bytes = Vec::new();
            log.write_to(&mut bytes, format, &twin).expect("written");
            for (place, byte) in &changes {
                let place = (place * bytes.len() as f64) as usize;
                bytes[place] = *byte;
            }
            // Now and then it is cut off as well.
            bytes.truncate((end * bytes.len() as f64) as usize);
            let read = read_event_log_from(bytes.as_slice(), format, "log", &twin, &options);
            if let Ok(mut log) = read {
                log.check(&twin, &ends());
                let _ = Timeline::new(&log);
            }
            if format == LogFormat::Parquet {
                let path = folder.path().join("log.parquet");
                std::fs::write(&path, bytes).expect("written");
                let _ = read_event_log(&path, &twin, &options);
            }
        }
    }
}
