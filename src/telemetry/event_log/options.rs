//! What a person says of a log that names things in its own way.

use std::collections::BTreeMap;

use super::event_word::{EventWord, plain};
use crate::twin::EventLogFile;

/// What a column of a log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColumnRole {
    /// When it happened.
    Time,
    /// Which item it happened to: the case.
    Item,
    /// Which asset it happened in: the activity.
    Asset,
    /// What happened.
    Event,
    /// Which server of the asset, or which vehicle or operator, from 0.
    Server,
    /// Class of the item.
    Class,
    /// When it was over, where a row is a stretch of time or a way.
    End,
    /// The waypoint at which a way begins.
    From,
    /// The waypoint at which it ends.
    To,
}

impl ColumnRole {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Time,
        Self::Item,
        Self::Asset,
        Self::Event,
        Self::Server,
        Self::Class,
        Self::End,
        Self::From,
        Self::To,
    ];

    /// Its name, and that of its column in what this program writes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Item => "item",
            Self::Asset => "asset",
            Self::Event => "event",
            Self::Server => "server",
            Self::Class => "class",
            Self::End => "end",
            Self::From => "from",
            Self::To => "to",
        }
    }

    /// Names of columns that are taken for it where nobody says otherwise, as words
    /// are compared.
    pub(super) const fn usual(self) -> &'static [&'static str] {
        match self {
            Self::Time => &[
                "time",
                "timestamp",
                "t",
                "time:timestamp",
                "start",
                "start time",
                "datetime",
            ],
            Self::Item => &[
                "item",
                "case",
                "case id",
                "caseid",
                "case:concept:name",
                "part",
                "serial",
                "order",
            ],
            Self::Asset => &[
                "asset",
                "station",
                "machine",
                "activity",
                "concept:name",
                "resource",
                "location",
            ],
            Self::Event => &[
                "event",
                "state",
                "status",
                "lifecycle",
                "lifecycle:transition",
            ],
            Self::Server => &["server", "unit"],
            Self::Class => &["class", "variant", "type", "product"],
            Self::From => &["from", "origin"],
            Self::To => &["to", "destination"],
            Self::End => &["end", "end time", "until", "finish time"],
        }
    }
}

/// How to read a log, where it does not name things as the twin does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// Which column holds what; goes before the usual names, and has to be there.
    pub columns: BTreeMap<ColumnRole, String>,
    /// Which column holds what where there is a column of that name; goes before the
    /// usual names too.
    pub columns_if_there: BTreeMap<ColumnRole, String>,
    /// Which asset of the twin a name of the log means.
    pub assets: BTreeMap<String, String>,
    /// What a word of the log means; goes before the known words.
    pub words: BTreeMap<String, EventWord>,
}

/// Something said of a log that says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionProblem {
    /// It is not two names with a sign of equality between them.
    #[error("`{0}` is no assignment; write `{1}`")]
    Form(String, &'static str),
    /// No column holds that.
    #[error(
        "a log has no `{0}`; a column can be `time`, `item`, `asset`, `event`, `server`, `class`, \
         `end`, `from` or `to`"
    )]
    Role(String),
    /// The word means nothing here.
    #[error(
        "`{0}` is nothing that happens; expected `enter`, `leave`, `travel`, `loaded`, \
         `unloaded`, `being served`, `worked on`, `answered`, `error`, `rejected`, \
         `timed out`, `cut off` or a state: `working`, `setting up`, `starved`, `blocked`, `down`, `awaiting operator`, `off`"
    )]
    Word(String),
}

impl LogOptions {
    /// What a document says of its log. What it says wrongly is left out: the checks
    /// of the document name it.
    #[must_use]
    pub fn of(file: &EventLogFile) -> Self {
        let roles = ColumnRole::ALL.into_iter();
        let columns = roles.filter_map(|role| Some((role, file.columns.get(role.name())?.clone())));
        let words = file.words.iter();
        let words = words.filter_map(|(word, says)| Some((plain(word), EventWord::read(says)?)));
        Self {
            columns: columns.collect(),
            columns_if_there: BTreeMap::new(),
            assets: file.assets.clone(),
            words: words.collect(),
        }
    }

    /// As [`LogOptions::of`], for another file than the one that the document names. It
    /// may come from the same place or not: columns that it does not have are no error,
    /// and the usual names count then.
    #[must_use]
    pub fn of_another(file: &EventLogFile) -> Self {
        let mut options = Self::of(file);
        options.columns_if_there = std::mem::take(&mut options.columns);
        options
    }

    /// These, and where they say nothing, `others`.
    #[must_use]
    pub fn or(mut self, others: Self) -> Self {
        for (role, column) in others.columns {
            self.columns.entry(role).or_insert(column);
        }
        for (role, column) in others.columns_if_there {
            self.columns_if_there.entry(role).or_insert(column);
        }
        for (name, asset) in others.assets {
            self.assets.entry(name).or_insert(asset);
        }
        for (word, meaning) in others.words {
            self.words.entry(word).or_insert(meaning);
        }
        self
    }

    /// Takes `time=Time stamp`: which column holds what.
    ///
    /// # Errors
    /// When it is no assignment, or no column can hold that.
    pub fn set_column(&mut self, text: &str) -> Result<(), OptionProblem> {
        let (role, column) = assignment(text, "item=Order number")?;
        let found = ColumnRole::ALL.iter().find(|one| one.name() == role);
        let role = found.ok_or_else(|| OptionProblem::Role(role.to_owned()))?;
        self.columns.insert(*role, column.to_owned());
        Ok(())
    }

    /// Takes `M1=saw`: which asset a name of the log means.
    ///
    /// # Errors
    /// When it is no assignment.
    pub fn set_asset(&mut self, text: &str) -> Result<(), OptionProblem> {
        let (name, asset) = assignment(text, "M1=saw")?;
        self.assets.insert(name.to_owned(), asset.to_owned());
        Ok(())
    }

    /// Takes `Automatic=working`: what a word of the log means.
    ///
    /// # Errors
    /// When it is no assignment, or means nothing.
    pub fn set_word(&mut self, text: &str) -> Result<(), OptionProblem> {
        let (word, meaning) = assignment(text, "Automatic=working")?;
        let found = EventWord::read(meaning);
        let meaning = found.ok_or_else(|| OptionProblem::Word(meaning.to_owned()))?;
        self.words.insert(plain(word), meaning);
        Ok(())
    }

    /// What a word says.
    pub(super) fn word(&self, text: &str) -> Option<EventWord> {
        let own = self.words.get(&plain(text)).copied();
        own.or_else(|| EventWord::read(text))
    }
}

/// Splits at the first sign of equality.
fn assignment<'text>(
    text: &'text str,
    example: &'static str,
) -> Result<(&'text str, &'text str), OptionProblem> {
    text.split_once('=')
        .map(|(left, right)| (left.trim(), right.trim()))
        .filter(|(left, right)| !left.is_empty() && !right.is_empty())
        .ok_or_else(|| OptionProblem::Form(text.to_owned(), example))
}
