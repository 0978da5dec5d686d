//! What is wrong with a document, said for people: message, place, hint.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, MietteError,
    MietteSpanContents, SourceSpan, SpanContents,
};

/// Diagnostics drawn with their piece of text; the rest is only counted.
const MOST_DRAWN: usize = 50;

/// Longest line of the document that is shown, in bytes. Beyond it the picture says nothing.
const LONGEST_LINE: usize = 500;

/// Whether a finding stops the document from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The document cannot be used.
    Error,
    /// The document can be used, and something in it is probably not as meant.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A second place that explains a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Bytes of the document.
    pub span: Range<usize>,
    /// Where they start.
    pub position: Position,
    /// What is there: `first used here`.
    pub label: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the document can still be used.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Name of the file.
    pub file: String,
    /// Where the offending text starts; `None` when the finding is about the file as a whole.
    pub position: Option<Position>,
    /// Bytes of the offending text, at most up to the end of its line.
    pub span: Option<Range<usize>>,
    /// What was expected and what to do.
    pub hint: Option<String>,
    /// Other places that explain it.
    pub related: Vec<Related>,
}

impl Diagnostic {
    /// `file:line:column`, or only the file's name.
    #[must_use]
    pub fn place(&self) -> String {
        match self.position {
            Some(Position { line, column }) => format!("{}:{line}:{column}", self.file),
            None => self.file.clone(),
        }
    }
}

impl fmt::Display for Diagnostic {
    /// One line, as compilers write it: `twin.ron:12:8: error: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.place(), self.severity, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// How a report is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appearance {
    /// ASCII without colours: for files, pipes and logs.
    Plain,
    /// Unicode lines and ANSI colours: for a terminal.
    Coloured,
}

/// All findings about one document, in order of place.
#[derive(Clone, Debug)]
pub struct Report {
    file: String,
    source: Arc<str>,
    line_starts: Vec<usize>,
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// A report without findings about the document `source` called `file`.
    #[must_use]
    pub fn new(file: impl Into<String>, source: Arc<str>) -> Self {
        let line_starts = std::iter::once(0)
            .chain(source.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            file: file.into(),
            source,
            line_starts,
            diagnostics: Vec::new(),
        }
    }

    /// A report of one error about the file as a whole, such as that it cannot be read.
    #[must_use]
    pub fn about_file(
        file: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let mut report = Self::new(file, Arc::from(""));
        report.add(Finding::error(message).hint(hint));
        report
    }

    /// All findings, in order of place; those about the file as a whole come first.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Name of the document's file, as given on loading.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// Whether there is an error among the findings.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// Number of findings of one severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics
            .iter()
            .filter(|one| one.severity == severity)
            .count()
    }

    /// Adds a finding, keeping the order.
    pub fn add(&mut self, finding: Finding) {
        self.extend([finding]);
    }

    /// Adds findings, keeping the order; those at one place stay in the order given.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            let diagnostic = self.placed(finding);
            self.diagnostics.push(diagnostic);
        }
        self.diagnostics
            .sort_by_key(|one| one.span.as_ref().map(|span| span.start));
    }

    fn placed(&self, finding: Finding) -> Diagnostic {
        let span = finding.span.map(|span| self.within_line(span));
        Diagnostic {
            severity: finding.severity,
            message: finding.message,
            file: self.file.clone(),
            position: span.as_ref().map(|span| self.position(span.start)),
            span,
            hint: finding.hint,
            related: finding
                .related
                .into_iter()
                .map(|(span, label)| {
                    let span = self.within_line(span);
                    Related {
                        position: self.position(span.start),
                        span,
                        label,
                    }
                })
                .collect(),
        }
    }

    /// Line and column of the byte at `offset`.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        let before = self.source.get(start..offset).unwrap_or_default();
        Position {
            line,
            column: before.chars().count() + 1,
        }
    }

    /// The byte offset of a line and column, both from 1; the end of the text where there is no such place.
    #[must_use]
    pub fn offset(&self, position: Position) -> usize {
        let Some(start) = self.line_starts.get(position.line.saturating_sub(1)) else {
            return self.source.len();
        };
        let rest = &self.source[*start..];
        start
            + rest
                .char_indices()
                .nth(position.column.saturating_sub(1))
                .map_or(rest.len(), |(at, _)| at)
    }

    /// The span up to the end of its first line, on character boundaries.
    fn within_line(&self, span: Range<usize>) -> Range<usize> {
        let mut start = span.start.min(self.source.len());
        while !self.source.is_char_boundary(start) {
            start -= 1;
        }
        let text = self
            .source
            .get(start..span.end.min(self.source.len()))
            .unwrap_or_default();
        let first_line = text.split(['\n', '\r']).next().unwrap_or_default();
        start..start + first_line.trim_end().len()
    }

    /// The findings drawn with their pieces of text, and a closing line that counts them.
    #[must_use]
    pub fn render(&self, appearance: Appearance) -> String {
        let theme = match appearance {
            Appearance::Plain => GraphicalTheme::none(),
            Appearance::Coloured => GraphicalTheme::unicode(),
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_width(100)
            .with_context_lines(1);
        let mut text = String::new();
        for diagnostic in self.diagnostics.iter().take(MOST_DRAWN) {
            let mut drawn = String::new();
            match handler.render_report(&mut drawn, &*self.for_miette(diagnostic)) {
                Ok(()) => text.push_str(&drawn),
                // Drawing into a string fails only where the handler itself cannot draw.
                Err(fmt::Error) => text.push_str(&format!("{diagnostic}\n")),
            }
            text.push('\n');
        }
        if let Some(more) = self.diagnostics.len().checked_sub(MOST_DRAWN + 1) {
            text.push_str(&format!("… and {} more\n\n", more + 1));
        }
        text.push_str(&self.summary());
        text.push('\n');
        text
    }

    /// `3 errors, 1 warning in twin.ron`.
    #[must_use]
    pub fn summary(&self) -> String {
        let counted = |count: usize, word: &str| match count {
            0 => None,
            1 => Some(format!("1 {word}")),
            many => Some(format!("{many} {word}s")),
        };
        let parts: Vec<String> = [
            counted(self.count(Severity::Error), "error"),
            counted(self.count(Severity::Warning), "warning"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if parts.is_empty() {
            format!("no errors in {}", self.file)
        } else {
            format!("{} in {}", parts.join(", "), self.file)
        }
    }

    fn for_miette(&self, diagnostic: &Diagnostic) -> Box<dyn miette::Diagnostic> {
        let mut picture =
            MietteDiagnostic::new(&diagnostic.message).with_severity(match diagnostic.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
            });
        if let Some(hint) = &diagnostic.hint {
            picture = picture.with_help(hint);
        }
        let shown = |position: Position| {
            let line = &self.source[self.line_starts[position.line - 1]..];
            line.split('\n').next().unwrap_or_default().len() <= LONGEST_LINE
        };
        let (Some(span), Some(position)) = (&diagnostic.span, diagnostic.position) else {
            picture.message = format!("{}: {}", diagnostic.file, diagnostic.message);
            return Box::new(picture);
        };
        if !shown(position) {
            picture.message = format!("{}: {}", diagnostic.place(), diagnostic.message);
            return Box::new(picture);
        }
        picture = picture.with_label(LabeledSpan::new_primary_with_span(None, span.clone()));
        for related in &diagnostic.related {
            if shown(related.position) {
                let label = Some(related.label.clone());
                picture =
                    picture.and_label(LabeledSpan::new_with_span(label, related.span.clone()));
            }
        }
        Box::new(WithSource {
            picture,
            source: NamedText {
                name: self.file.clone(),
                text: Arc::clone(&self.source),
            },
        })
    }
}

impl fmt::Display for Report {
    /// As [`Report::render`] in [`Appearance::Plain`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Appearance::Plain))
    }
}

impl std::error::Error for Report {}

/// A diagnostic together with the text it points into.
#[derive(Debug)]
struct WithSource {
    picture: MietteDiagnostic,
    source: NamedText,
}

/// A text with the name of its file, whose columns are counted in characters and not in bytes.
#[derive(Debug)]
struct NamedText {
    name: String,
    text: Arc<str>,
}

impl miette::SourceCode for NamedText {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let found = self.text.read_span(span, lines_before, lines_after)?;
        let start = found.span().offset();
        let before = self.text.get(..start).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            found.data(),
            *found.span(),
            found.line(),
            line.chars().count(),
            found.line_count(),
        )))
    }
}

impl fmt::Display for WithSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.picture.fmt(f)
    }
}

impl std::error::Error for WithSource {}

impl miette::Diagnostic for WithSource {
    fn severity(&self) -> Option<miette::Severity> {
        self.picture.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.picture.help()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.picture.labels()
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.source)
    }
}

/// A finding before it has a place in a report.
#[derive(Clone, Debug)]
pub struct Finding {
    severity: Severity,
    message: String,
    span: Option<Range<usize>>,
    hint: Option<String>,
    related: Vec<(Range<usize>, String)>,
}

impl Finding {
    /// An error that says `message`.
    #[must_use]
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            span: None,
            hint: None,
            related: Vec::new(),
        }
    }

    /// A warning that says `message`.
    #[must_use]
    pub fn warning(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(message)
        }
    }

    /// Whether it stops the document from being used.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// The bytes of the document it is about.
    #[must_use]
    pub fn at(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// The part of a document it is about, where there is no text to point into.
    #[must_use]
    pub fn about(mut self, path: &impl fmt::Display) -> Self {
        self.message = format!("{path}: {}", self.message);
        self
    }

    /// What was expected and what to do. An empty hint is none.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into()).filter(|hint| !hint.is_empty());
        self
    }

    /// Another place that explains it.
    #[must_use]
    pub fn related(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Report {
        let source: Arc<str> = Arc::from("(\n    näme: 1,\n    b: [\n        2,\n    ],\n)\n");
        let mut report = Report::new("twin.ron", Arc::clone(&source));
        let list = source.find('[').unwrap();
        let one = source.find('1').unwrap();
        report.add(Finding::warning("the list is odd").at(list..source.len() - 3));
        report.add(
            Finding::error("one is too small")
                .at(one..one + 1)
                .hint("at least 2")
                .related(list..list + 1, "as here"),
        );
        report
    }

    #[test]
    fn findings_stand_in_order_of_place_with_line_and_column_in_characters() {
        let report = sample();
        let places: Vec<String> = report.diagnostics().iter().map(Diagnostic::place).collect();
        assert_eq!(places, ["twin.ron:2:11", "twin.ron:3:8"]);
        assert_eq!(
            report.diagnostics()[0].to_string(),
            "twin.ron:2:11: error: one is too small (at least 2)"
        );
    }

    #[test]
    fn a_span_over_several_lines_is_cut_at_the_first() {
        let report = sample();
        let list = &report.diagnostics()[1];
        assert_eq!(&report.source[list.span.clone().unwrap()], "[");
    }

    #[test]
    fn positions_and_offsets_are_inverse() {
        let report = sample();
        for (offset, _) in report.source.char_indices() {
            assert_eq!(report.offset(report.position(offset)), offset);
        }
        let beyond = Position {
            line: 99,
            column: 1,
        };
        assert_eq!(report.offset(beyond), report.source.len());
    }

    #[test]
    fn the_drawing_names_place_text_and_hint_and_counts() {
        let drawn = sample().to_string();
        for part in [
            "one is too small",
            "twin.ron:2:11",
            "at least 2",
            "as here",
            "the list is odd",
            "1 error, 1 warning in twin.ron",
        ] {
            assert!(drawn.contains(part), "{part:?} is missing in\n{drawn}");
        }
        assert!(!drawn.contains('\u{1b}'), "plain text has no colours");
        assert!(sample().render(Appearance::Coloured).contains('\u{1b}'));
    }

    #[test]
    fn a_very_long_line_is_named_and_not_drawn() {
        let source: Arc<str> = Arc::from("x".repeat(100_000));
        let mut report = Report::new("twin.ron", source);
        report.add(Finding::error("wrong").at(70_000..70_001));
        let drawn = report.to_string();
        assert!(drawn.contains("twin.ron:1:70001"), "{drawn}");
        assert!(drawn.len() < 1_000);
    }

    #[test]
    fn many_findings_are_counted_and_not_all_drawn() {
        let mut report = Report::new("twin.ron", Arc::from("x"));
        for _ in 0..60 {
            report.add(Finding::error("wrong").at(0..1));
        }
        let drawn = report.to_string();
        assert!(drawn.contains("… and 10 more"));
        assert!(drawn.ends_with("60 errors in twin.ron\n"));
    }
}
