//! The event log that comes with a document.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::event_log_file::{EVENT_LOG_COLUMNS, EVENT_LOG_ENDINGS, EventLogFile};
use super::super::report::Finding;
use super::super::spans::DocumentPath;
use super::Checker;

impl Checker<'_, '_> {
    pub(super) fn check_event_log(&mut self) {
        let Some(log) = &self.twin.event_log else {
            return;
        };
        let path = DocumentPath::root().field("event_log");
        let file = path.field("file");
        self.relative_path(&log.file, &file);
        let ending = Path::new(&log.file).extension().unwrap_or_default();
        let is_log = |known: &&str| ending.eq_ignore_ascii_case(known);
        if !log.file.trim().is_empty() && !EVENT_LOG_ENDINGS.iter().any(is_log) {
            let finding = Finding::error(format!("`{}` is no event log", log.file))
                .hint("its name ends in `.csv`, `.parquet` or `.xes`, which says the format");
            self.report(&file, finding);
        }
        self.log_columns(log, &path.field("columns"));
        for (name, asset) in &log.assets {
            if !self.assets.contains_key(asset.as_str()) {
                let finding = Finding::error(format!("there is no asset `{asset}`"))
                    .hint(self.near_asset(asset));
                self.report(&path.field("assets").field(name.clone()), finding);
            }
        }
        let meanings: Vec<&str> = EventLogFile::meanings().collect();
        for (word, meaning) in &log.words {
            if !meanings.contains(&meaning.as_str()) {
                let finding = Finding::error(format!("`{meaning}` is nothing that happens"))
                    .hint(self.near(meaning, "words", &meanings));
                self.report(&path.field("words").field(word.clone()), finding);
            }
        }
    }

    fn log_columns(&mut self, log: &EventLogFile, path: &DocumentPath) {
        let mut named: BTreeMap<&str, DocumentPath> = BTreeMap::new();
        for (role, column) in &log.columns {
            let place = path.field(role.clone());
            if !EVENT_LOG_COLUMNS.contains(&role.as_str()) {
                let hint = self.near(role, "columns", &EVENT_LOG_COLUMNS);
                let finding = Finding::error(format!("an event log has no `{role}`"));
                self.report_key(&place, finding.hint(hint));
            }
            if let Some(first) = named.get(column.as_str()) {
                let finding = Finding::error(format!("`{column}` is to hold two things"))
                    .hint("name another column for one of them")
                    .related(self.span(first), "the first one");
                self.report(&place, finding);
            } else {
                named.insert(column, place);
            }
        }
    }
}
