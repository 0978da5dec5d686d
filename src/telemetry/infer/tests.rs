use std::path::Path;

use super::*;
use crate::quantity::SimDuration;

fn inferred(text: &str) -> Inference {
    infer_from(text.as_bytes(), "test.csv", &InferOptions::default()).expect("a table")
}

fn minutes(rows: usize, line: impl Fn(usize) -> String) -> String {
    (0..rows).map(|row| line(row) + "\n").collect()
}

#[test]
fn a_german_export_is_understood() {
    let body = minutes(300, |row| {
        format!(
            "01.03.2024 {:02}:{:02}:00;{},{};{}",
            10 + row / 60,
            row % 60,
            20 + row % 7,
            row % 10,
            row % 100
        )
    });
    let text = format!("Zeit;Temperatur in °C;Ventil [%]\n{body}");
    let found = inferred(&text);
    assert_eq!(found.layout.value.delimiter, ';');
    assert_eq!(found.layout.value.numbers.decimal, ',');
    assert_eq!(found.time_header, "Zeit");
    assert!(found.time.value.format.is_local());
    assert!(found.warnings.iter().any(|text| text.contains("UTC")));
    let codes: Vec<_> = found
        .columns
        .iter()
        .map(|column| column.unit.as_ref().expect("a unit").value.code())
        .collect();
    assert_eq!(codes, ["Cel", "%"]);
    for column in &found.columns {
        let period = column.period.as_ref().expect("a period");
        assert_eq!(period.value, SimDuration::from_whole_seconds(60));
    }
    let reasons = is_readable_as_it_is(&found).expect_err("local times");
    assert!(
        reasons.iter().any(|text| text.contains("name")),
        "{reasons:?}"
    );
}

#[test]
fn a_zone_moves_the_instants() {
    let text = "time,T1\n2024-07-01 12:00:00,20.1\n2024-07-01 12:01:00,20.2\n";
    let options = InferOptions {
        zone: Some("Europe/Berlin".to_owned()),
        ..InferOptions::default()
    };
    let berlin = infer_from(text.as_bytes(), "t", &options).expect("a table");
    let utc = inferred(text);
    // Two hours ahead of UTC in summer.
    assert_eq!(utc.span.0 - berlin.span.0, 2 * 3600 * 1_000_000_000);
    assert!(berlin.time.confidence > utc.time.confidence);
    let wrong = InferOptions {
        zone: Some("Mars/Olympus".to_owned()),
        ..InferOptions::default()
    };
    let error = infer_from(text.as_bytes(), "t", &wrong).expect_err("no such zone");
    assert!(error.to_string().contains("Mars/Olympus"));
}

#[test]
fn the_beginning_of_a_long_file_is_judged_and_that_is_said() {
    let text = format!(
        "t,T1\n{}",
        minutes(5000, |row| format!("{row},{}", row % 9))
    );
    let options = InferOptions {
        most_bytes: 1000,
        ..InferOptions::default()
    };
    let found = infer_from(text.as_bytes(), "t", &options).expect("a table");
    assert!(found.is_part && found.rows < 200);
    assert!(found.warnings.iter().any(|text| text.contains("first")));
    assert_eq!(found.columns[0].texts, 0, "no line is cut in two");
}

#[test]
fn what_is_no_table_says_what_to_do() {
    let infer = |text: &str| {
        infer_from(text.as_bytes(), "x.csv", &InferOptions::default())
            .expect_err("no table")
            .to_string()
    };
    assert!(infer("").contains("x.csv"));
    assert!(infer("once upon a time\n").contains("CSV"));
    assert!(infer("a,b\n1,x\n0,y\n1,z\n").contains("time"));
    let missing = super::infer(Path::new("no/such.csv"), &InferOptions::default());
    assert!(
        missing
            .expect_err("no file")
            .to_string()
            .contains("no/such.csv")
    );
}

#[test]
fn a_cell_that_holds_text_is_counted_and_not_a_number() {
    let text = "Zeit;T1 [°C]\n01.01.2024 00:00:00;21,5\n01.01.2024 00:00:01;defekt\n";
    let found = inferred(text);
    assert_eq!(found.columns[0].texts, 1);
    assert_eq!(found.columns[0].values(), [21.5]);
}

mod any_text {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever the bytes are, there is an answer or an error, and no panic.
        #[test]
        fn no_file_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = infer_from(bytes.as_slice(), "any", &InferOptions::default());
        }

        #[test]
        fn no_table_panics(
            delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
            cells in prop::collection::vec("[-0-9.,eE:T Z]{0,12}", 0..60),
            width in 1_usize..5,
        ) {
            let lines: Vec<String> = cells
                .chunks(width)
                .map(|row| row.join(&delimiter.to_string()))
                .collect();
            let text = format!("time{delimiter}a{delimiter}b\n{}", lines.join("\n"));
            let _ = infer_from(text.as_bytes(), "any", &InferOptions::default());
        }
    }
}
