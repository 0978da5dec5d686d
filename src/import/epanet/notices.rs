//! What an import has to say, gathered on the way.

use std::sync::Arc;

use crate::twin::{Finding, Report, Severity};

/// Findings of one severity that are kept; a file that is wrong on every line is not told of
/// each.
const MOST_KEPT: usize = 2_000;

/// Findings as they come up.
#[derive(Debug, Default)]
pub(super) struct Notices {
    findings: Vec<Finding>,
    errors: usize,
    warnings: usize,
}

impl Notices {
    /// Takes a finding down, or counts it where there are too many.
    pub fn add(&mut self, finding: Finding) {
        let count = match finding.severity() {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        if *count <= MOST_KEPT {
            self.findings.push(finding);
        }
    }

    /// Whether something is wrong.
    pub const fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether there is nothing to say.
    #[cfg(test)]
    pub const fn is_empty(&self) -> bool {
        self.errors + self.warnings == 0
    }

    /// Whether names like a wrong one are still worth the search: with so many findings they
    /// no longer help, and the search takes time.
    pub const fn hints_are_worth_it(&self) -> bool {
        const MOST_HINTED: usize = 200;
        self.errors + self.warnings < MOST_HINTED
    }

    /// The report about the file called `file` with this text.
    pub fn into_report(self, file: &str, text: Arc<str>) -> Report {
        let mut report = Report::new(file, text);
        let left_out = |count: usize, what: &str| {
            count
                .checked_sub(MOST_KEPT + 1)
                .map(|more| format!("{} further {what} are not listed", more + 1))
        };
        let mut findings = self.findings;
        findings.extend(left_out(self.errors, "errors").map(Finding::error));
        findings.extend(left_out(self.warnings, "warnings").map(Finding::warning));
        report.extend(findings);
        report
    }
}
