//! The start page: the twins that come with the program, the documents opened
//! before, and what kept the last one from being opened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::network::state::NetworkState;
use super::record::Record;
use super::selection::Selection;
use super::tree::TreeState;
use super::viewport::ViewportView;
use super::what_if::WhatIf;
use super::{Effect, Workbench, counted};
use crate::live::Severity;
use crate::twin::{Kind, KindRegistry, Medium, Port, Shape, Twin};

/// Kinds of assets that are told of a twin.
const KINDS_TOLD: usize = 3;

/// A picture in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwinPicture {
    /// Width [pixels].
    pub width: usize,
    /// Height [pixels].
    pub height: usize,
    /// Red, green and blue of each pixel, row by row from the top.
    pub rgb: Vec<u8>,
}

/// A twin that comes with the program, as its card shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundledTwin {
    /// Its folder.
    pub folder: PathBuf,
    /// Name on the screen.
    pub name: String,
    /// What it is, in one sentence.
    pub sentence: String,
    /// How large it is, in words: `476 pipes, 397 junctions, 5 pumps, 64 channels`.
    pub size: String,
    /// What it looks like.
    pub picture: Option<Arc<TwinPicture>>,
}

impl BundledTwin {
    /// The card of `twin`, whose document lies in `folder`.
    #[must_use]
    pub fn of(
        twin: &Twin,
        registry: &KindRegistry,
        folder: PathBuf,
        picture: Option<TwinPicture>,
    ) -> Self {
        let name = if twin.name.is_empty() {
            &twin.id
        } else {
            &twin.name
        };
        Self {
            folder,
            name: name.clone(),
            sentence: first_sentence(&twin.description),
            size: size_of(twin, registry),
            picture: picture.map(Arc::new),
        }
    }
}

/// A document that could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What happened: `town.inp was not opened: 3 problems`.
    pub title: String,
    /// Everything that is wrong, with its place and a hint.
    pub problems: Vec<(Severity, String)>,
}

/// The start page.
#[derive(Clone, Debug, Default)]
pub struct StartPage {
    /// Whether it was asked for while a twin is open.
    pub asked: bool,
    /// Folders of the twins that come with the program.
    pub folders: Vec<PathBuf>,
    /// Their cards, as soon as they were looked at.
    pub twins: Vec<BundledTwin>,
    /// What could not be opened last.
    pub refusal: Option<Refusal>,
}

impl StartPage {
    /// Whether a document comes with the program.
    #[must_use]
    pub fn is_bundled(&self, document: &Path) -> bool {
        self.folders
            .iter()
            .any(|folder| document == folder || document.parent() == Some(folder))
    }
}

impl Workbench {
    /// Whether the start page is what the window shows.
    #[must_use]
    pub fn shows_start_page(&self) -> bool {
        match self.document {
            Some(_) => self.start.asked,
            None => self.busy.is_none(),
        }
    }

    /// Documents opened before that do not come with the program, newest first,
    /// each with the name it is told by: that of its folder for a `twin.ron`.
    #[must_use]
    pub fn recent_elsewhere(&self) -> Vec<(String, &PathBuf)> {
        self.settings
            .recent
            .paths()
            .iter()
            .filter(|path| !self.start.is_bundled(path))
            .map(|path| (title_of(path), path))
            .collect()
    }

    /// Closes the document: nothing of it stays on the screen.
    pub(super) fn close(&mut self) -> Effect {
        self.document = None;
        self.busy = None;
        self.time.pause();
        self.plots = super::PlotState::default();
        self.record = Record::default();
        self.selection = Selection::default();
        self.undo.clear();
        self.what_if = WhatIf::default();
        self.tree = TreeState::default();
        self.network = NetworkState::default();
        self.viewport = ViewportView::default();
        self.start.asked = false;
        Effect::Closed
    }
}

/// The name under which a document is told: the folder's for a `twin.ron`, else the file's.
#[must_use]
pub fn title_of(path: &Path) -> String {
    let named = if path.file_name().is_some_and(|name| name == "twin.ron") {
        path.parent()
            .filter(|folder| folder.file_name().is_some())
            .unwrap_or(path)
    } else {
        path
    };
    named.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// The first sentence of a description, without its full stop.
fn first_sentence(text: &str) -> String {
    let text = text.trim();
    let end = text
        .find(". ")
        .or_else(|| text.find(".\n"))
        .unwrap_or(text.len());
    text[..end].trim_end_matches('.').replace('\n', " ")
}

/// How many assets there are of the commonest kinds of things one can touch, and how many channels.
fn size_of(twin: &Twin, registry: &KindRegistry) -> String {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for asset in &twin.assets {
        if registry.get(&asset.kind).is_some_and(is_thing) {
            *counts.entry(&asset.kind).or_default() += 1;
        }
    }
    let mut kinds: Vec<(&str, u64)> = counts.into_iter().collect();
    kinds.sort_by_key(|(kind, count)| (std::cmp::Reverse(*count), *kind));
    let mut parts: Vec<String> = kinds
        .into_iter()
        .take(KINDS_TOLD)
        .map(|(kind, count)| {
            let one = in_words(kind);
            counted(count, &one, &plural(&one))
        })
        .collect();
    let channels = twin.channels.len() as u64;
    if channels > 0 {
        parts.push(counted(channels, "channel", "channels"));
    }
    parts.join(", ")
}

/// Whether assets of a kind are things one would count: groups are not, nor is
/// what only stands for a relation of two things. A pipe is.
fn is_thing(kind: &Kind) -> bool {
    let carries_water = |port: &&Port| port.medium == Medium::Water;
    match kind.shape {
        Shape::Frame => false,
        Shape::Connection => kind.ports.iter().filter(carries_water).count() > 1,
        _ => true,
    }
}

/// A kind as a word in a sentence: `water.PressureReducingValve` is a `pressure reducing valve`.
fn in_words(kind: &str) -> String {
    let name = kind.rsplit('.').next().unwrap_or(kind);
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

fn plural(one: &str) -> String {
    match one.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::command::{AppCommand, EditCommand};
    use super::super::test_support::{document, running_workbench};
    use super::*;

    #[test]
    fn a_card_tells_what_a_twin_is_in_one_sentence_and_how_large_it_is() {
        let document = document();
        let mut twin = document.twin().as_ref().clone();
        twin.description = "Two heaters on a board. Measured in 2024.\nMore.".to_owned();
        let card = BundledTwin::of(
            &twin,
            &crate::model::registry(),
            PathBuf::from("scenes/x"),
            None,
        );
        assert_eq!(card.sentence, "Two heaters on a board");
        assert!(card.size.contains("channel"), "{}", card.size);
        assert!(!card.size.contains("group"), "{}", card.size);
    }

    #[test]
    fn a_twin_is_called_by_its_folder_and_other_files_by_their_name() {
        assert_eq!(title_of(Path::new("scenes/tclab/twin.ron")), "tclab");
        assert_eq!(title_of(Path::new("scenes/tclab")), "tclab");
        assert_eq!(title_of(Path::new("data/run.csv")), "run.csv");
        assert_eq!(title_of(Path::new("twin.ron")), "twin.ron");
    }

    #[test]
    fn kinds_are_told_in_words() {
        assert_eq!(
            in_words("water.PressureReducingValve"),
            "pressure reducing valve"
        );
        assert_eq!(plural("body"), "bodies");
        assert_eq!(plural("pump"), "pumps");
    }

    #[test]
    fn the_start_page_is_there_when_nothing_is_open_and_when_it_was_asked_for() {
        let empty = Workbench::default();
        assert!(empty.shows_start_page());
        let mut running = running_workbench();
        assert!(!running.shows_start_page());
        running.start.asked = true;
        assert!(running.shows_start_page());
        let opening = Workbench {
            busy: Some("Opening harbour".to_owned()),
            ..Workbench::default()
        };
        assert!(!opening.shows_start_page());
    }

    #[test]
    fn closing_leaves_the_start_page_and_asks_before_edits_are_lost() {
        let mut workbench = running_workbench();
        assert_eq!(
            workbench.apply(AppCommand::CloseTwin.into()),
            [Effect::Closed]
        );
        assert!(workbench.document.is_none() && workbench.shows_start_page());
        let mut workbench = running_workbench();
        let rename = EditCommand::Rename {
            asset: 0,
            name: "Another".to_owned(),
        };
        workbench.apply(rename.into());
        assert!(workbench.apply(AppCommand::CloseTwin.into()).is_empty());
        assert!(workbench.document.is_some());
        let effects = workbench.apply(AppCommand::DiscardEdits.into());
        assert_eq!(effects, [Effect::Closed]);
    }

    #[test]
    fn escape_leads_back_from_the_start_page() {
        let mut workbench = running_workbench();
        workbench.apply(AppCommand::StartPage.into());
        assert!(workbench.shows_start_page());
        workbench.apply(AppCommand::Back.into());
        assert!(!workbench.shows_start_page());
    }

    #[test]
    fn a_document_in_a_bundled_folder_is_bundled() {
        let page = StartPage {
            folders: vec![PathBuf::from("scenes/harbour")],
            ..StartPage::default()
        };
        assert!(page.is_bundled(Path::new("scenes/harbour/twin.ron")));
        assert!(page.is_bundled(Path::new("scenes/harbour")));
        assert!(!page.is_bundled(Path::new("scenes/harbour/deep/twin.ron")));
    }
}
