//! What a document with one thing wrong is answered.
#![allow(dead_code, reason = "each test program uses its part of this")]
#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "helper functions of tests report by failing"
)]

use counterpart::twin::{Report, Severity};

/// `marked` gives exactly one finding by `report_of`. It has the severity, stands on the text
/// between the marks `«` and `»`, and its message and hint contain what is given.
#[track_caller]
pub fn expect_finding(
    report_of: impl Fn(&str) -> Report,
    severity: Severity,
    marked: &str,
    message: &str,
    hint: &str,
) {
    let (before, rest) = marked.split_once('«').expect("a mark «");
    let (offending, after) = rest.split_once('»').expect("a mark »");
    let line = before.matches('\n').count() + 1;
    let last_line = before.rsplit('\n').next().unwrap_or_default();
    let column = last_line.chars().count() + 1;
    let text = format!("{before}{offending}{after}");
    let report = report_of(&text);
    let [found] = report.diagnostics() else {
        panic!("one finding expected at {line}:{column}:\n{report}");
    };
    assert_eq!(found.severity, severity, "{report}");
    let position = found
        .position
        .unwrap_or_else(|| panic!("no place:\n{report}"));
    assert_eq!((position.line, position.column), (line, column), "{report}");
    let span = found.span.clone().unwrap_or_default();
    assert_eq!(&text[span], offending, "{report}");
    assert!(
        found.message.contains(message),
        "{message:?} expected:\n{report}"
    );
    let given = found.hint.clone().unwrap_or_default();
    assert!(given.contains(hint), "{hint:?} expected:\n{report}");
    assert!(report.to_string().contains(&format!(":{line}:{column}")));
}
