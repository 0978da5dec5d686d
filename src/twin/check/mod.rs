//! Whether what a document says makes sense.
//!
//! Each file looks at one part of the document. A check reports and goes on;
//! it says nothing about a part that the [schema](super::schema) had to mend.

mod assets;
mod channels;
mod contracts;
mod controls;
mod event_log;
mod links;
mod publish;
mod scenarios;
mod sources;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::document::Twin;
use super::kind::{Causality, KindRegistry};
use super::nearest;
use super::report::{Finding, Report};
use super::spans::{DocumentPath, Step, Tree};
use super::variable::{Variable, VariableTable};

pub(super) use values::{bounds_words, measure, with_unit};

/// Findings after which no more nearest names are looked for: with so many, the hints no
/// longer help, and the search would take quadratic time.
const MOST_HINTED: usize = 200;

/// The largest ensemble that is computed.
const MOST_MEMBERS: u32 = 100_000;

/// Checks everything a document says, apart from the files it names.
pub(super) fn check(
    twin: &Twin,
    variables: &VariableTable,
    registry: &KindRegistry,
    tree: &Tree<'_>,
    mended: &[DocumentPath],
) -> Vec<Finding> {
    checked(twin, variables, registry, Some(tree), mended)
}

/// Checks everything that a twin says which was read from no document: findings name the part
/// in place of showing it.
pub(super) fn check_made(
    twin: &Twin,
    variables: &VariableTable,
    registry: &KindRegistry,
) -> Vec<Finding> {
    checked(twin, variables, registry, None, &[])
}

fn checked(
    twin: &Twin,
    variables: &VariableTable,
    registry: &KindRegistry,
    tree: Option<&Tree<'_>>,
    mended: &[DocumentPath],
) -> Vec<Finding> {
    let mut checker = Checker {
        twin,
        variables,
        registry,
        tree,
        mended: mended.iter().map(DocumentPath::steps).collect(),
        assets: BTreeMap::new(),
        patterns: twin.patterns.iter().map(|one| one.id.as_str()).collect(),
        curves: BTreeMap::new(),
        findings: Vec::new(),
    };
    for (index, asset) in twin.assets.iter().enumerate() {
        checker.assets.entry(&asset.id).or_insert(index);
    }
    for (index, curve) in twin.curves.iter().enumerate() {
        checker.curves.entry(&curve.id).or_insert(index);
    }
    checker.twin();
    checker.check_assets();
    checker.check_links();
    checker.check_patterns();
    checker.check_curves();
    checker.check_controls();
    checker.check_rules();
    checker.check_channels();
    checker.check_telemetry();
    checker.check_event_log();
    checker.check_sources();
    checker.check_publish();
    checker.check_evolution();
    checker.check_balances();
    let root = DocumentPath::root();
    checker.check_uncertainties(&twin.uncertainties, &root.field("uncertainties"));
    checker.check_forecast();
    checker.check_scenarios();
    checker.check_acceptance();
    checker.findings
}

/// Warns of files that the document names and that are not there.
pub(super) fn named_files(twin: &Twin, text: &str, folder: &Path, report: &mut Report) {
    let Ok(tree) = Tree::scan(text) else {
        return;
    };
    let root = DocumentPath::root();
    let models = twin.assets.iter().enumerate().filter_map(|(index, asset)| {
        let gltf = asset.look.as_ref()?.gltf.as_ref()?;
        let path = root.field("assets").item(index).field("look").field("gltf");
        Some((
            path,
            "3D model",
            gltf,
            "the built-in shape is drawn instead",
        ))
    });
    let telemetry = twin.telemetry.iter().enumerate().map(|(index, file)| {
        let path = root.field("telemetry").item(index).field("path");
        (
            path,
            "telemetry file",
            &file.path,
            "the twin runs without it",
        )
    });
    let event_log = twin.event_log.iter().map(|log| {
        (
            root.field("event_log").field("file"),
            "event log",
            &log.file,
            "the twin runs without it, and `counterpart log` needs another one",
        )
    });
    for (path, what, name, consequence) in models.chain(telemetry).chain(event_log) {
        if !folder.join(name).is_file() {
            report.add(
                Finding::warning(format!("the {what} `{name}` does not exist"))
                    .at(tree.span(&path))
                    .hint(format!(
                        "it is looked for in {}; {consequence}",
                        folder.display()
                    )),
            );
        }
    }
}

struct Checker<'t, 's> {
    twin: &'t Twin,
    variables: &'t VariableTable,
    registry: &'t KindRegistry,
    /// The structure of the text; `None` for a twin without one.
    tree: Option<&'t Tree<'s>>,
    /// The parts that the schema had to mend.
    mended: BTreeSet<&'t [Step]>,
    /// Position of each asset by id; of the first where an id is used twice.
    assets: BTreeMap<&'t str, usize>,
    /// Ids of the patterns.
    patterns: BTreeSet<&'t str>,
    /// Position of each curve by id; of the first where an id is used twice.
    curves: BTreeMap<&'t str, usize>,
    findings: Vec<Finding>,
}

impl<'t> Checker<'t, '_> {
    /// Reports a finding about the value at `path`.
    fn report(&mut self, path: &DocumentPath, finding: Finding) {
        if !self.is_mended(path) {
            let finding = match self.tree {
                Some(tree) => finding.at(tree.span(path)),
                None => finding.about(path),
            };
            self.findings.push(finding);
        }
    }

    /// Reports a finding about the name of the entry at `path`.
    fn report_key(&mut self, path: &DocumentPath, finding: Finding) {
        if !self.is_mended(path) {
            let finding = match self.tree {
                Some(tree) => finding.at(tree.key_span(path)),
                None => finding.about(path),
            };
            self.findings.push(finding);
        }
    }

    /// The place of a part, for a finding that refers to it.
    fn span(&self, path: &DocumentPath) -> std::ops::Range<usize> {
        self.tree.map_or(0..0, |tree| tree.span(path))
    }

    /// Whether the part at `path`, or one around it, is not the author's own.
    fn is_mended(&self, path: &DocumentPath) -> bool {
        let steps = path.steps();
        !self.mended.is_empty()
            && (0..=steps.len()).any(|length| self.mended.contains(&steps[..length]))
    }

    fn near(&self, word: &str, what: &str, known: &[&str]) -> String {
        if self.findings.len() > MOST_HINTED {
            return String::new();
        }
        nearest::hint(word, what, known.iter().copied())
    }

    fn near_asset(&self, id: &str) -> String {
        if self.findings.len() > MOST_HINTED {
            return String::new();
        }
        nearest::hint(id, "assets", self.assets.keys().copied())
    }

    /// The variable called `name`, or a finding about `path` that says what there is.
    fn variable(&mut self, name: &str, path: &DocumentPath) -> Option<&'t Variable> {
        if let Some(index) = self.variables.find(name) {
            return Some(self.variables.get(index));
        }
        let error = Finding::error(format!("there is no variable `{name}`"));
        let finding = match name.rsplit_once('.') {
            None => {
                error.hint("write the asset's id, a dot and the quantity: `heater_1.temperature`")
            }
            Some((id, quantity)) => match self.assets.get(id) {
                None => error.hint(format!("there is no asset `{id}`; {}", self.near_asset(id))),
                Some(index) => {
                    let asset = &self.twin.assets[*index];
                    // Without its kind nothing is known of an asset's variables; the kind is
                    // reported where it stands.
                    let kind = self.registry.get(&asset.kind)?;
                    let names: Vec<&str> = kind.declarations.iter().map(|one| one.name).collect();
                    error.hint(format!(
                        "`{id}` is a {}; {}",
                        kind.name,
                        self.near(quantity, "quantities", &names)
                    ))
                }
            },
        };
        self.report(path, finding);
        None
    }

    /// Reports ids that are not well formed or used twice. `what` is one of them: `asset`.
    fn ids(&mut self, what: &str, ids: &[(&str, DocumentPath)]) {
        let mut seen: BTreeMap<&str, &DocumentPath> = BTreeMap::new();
        for (id, path) in ids {
            self.id(id, path);
            if let Some(first) = seen.get(id) {
                let finding = Finding::error(format!("two {what}s have the id `{id}`"))
                    .hint("give one of them another id")
                    .related(self.span(first), "the first one");
                self.report(path, finding);
            } else {
                seen.insert(id, path);
            }
        }
    }

    fn id(&mut self, id: &str, path: &DocumentPath) {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let begins = id.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if begins && id.chars().all(fits) {
            return;
        }
        let mended: String = id
            .chars()
            .map(|c| if fits(c) { c.to_ascii_lowercase() } else { '_' })
            .collect();
        let prefix = if begins { "" } else { "_" };
        let finding = Finding::error(format!("`{id}` cannot be an id")).hint(format!(
            "an id is made of letters, digits, `_` and `-` and begins with a letter or `_`: \
             `{prefix}{mended}`"
        ));
        self.report(path, finding);
    }

    /// Follows one reference per item and reports each ring among them once.
    ///
    /// `next` gives the item that an item refers to; `path` the place of the reference.
    fn rings(
        &mut self,
        names: &[&str],
        next: &[Option<usize>],
        message: &str,
        path: impl Fn(usize) -> DocumentPath,
    ) {
        let mut done = vec![false; next.len()];
        for start in 0..next.len() {
            let mut way: Vec<usize> = Vec::new();
            let mut on_way: BTreeMap<usize, usize> = BTreeMap::new();
            let mut at = Some(start);
            while let Some(item) = at.filter(|item| !done[*item]) {
                if let Some(begin) = on_way.get(&item) {
                    let ring: Vec<&str> = way[*begin..]
                        .iter()
                        .chain([&item])
                        .map(|one| names[*one])
                        .collect();
                    let finding = Finding::error(format!("{message}: {}", ring.join(" → ")))
                        .hint("take one of these references away");
                    self.report(&path(item), finding);
                    break;
                }
                on_way.insert(item, way.len());
                way.push(item);
                at = next[item];
            }
            for item in way {
                done[item] = true;
            }
        }
    }

    fn twin(&mut self) {
        let twin = self.twin;
        let root = DocumentPath::root();
        self.id(&twin.id, &root.field("id"));
        if !twin.timestep.is_positive() {
            let finding = Finding::error("the timestep must be above zero")
                .hint("write for example `\"1 s\"`");
            self.report(&root.field("timestep"), finding);
        }
        let is_code = twin.currency.len() == 3
            && twin
                .currency
                .bytes()
                .all(|letter| letter.is_ascii_uppercase());
        if !twin.currency.is_empty() && !is_code {
            let finding = Finding::error(format!("there is no currency `{}`", twin.currency))
                .hint("give its three letters of ISO 4217, such as `EUR` or `GBP`");
            self.report(&root.field("currency"), finding);
        }
        if twin.assets.is_empty() {
            let finding =
                Finding::warning("the twin has no assets").hint("there is nothing to run");
            self.report(&root.field("assets"), finding);
        }
    }

    /// A path of a file beside the document, in a form that works on every machine.
    fn relative_path(&mut self, name: &str, path: &DocumentPath) {
        let absolute = name.starts_with(['/', '\\'])
            || name.as_bytes().get(1) == Some(&b':')
            || Path::new(name).is_absolute();
        let finding = if name.trim().is_empty() {
            Finding::error("the path is empty").hint("name a file beside the document")
        } else if absolute {
            Finding::error(format!("`{name}` is not a relative path"))
                .hint("put the file beside the document, so that both can be moved together")
        } else if name.contains('\\') {
            Finding::error(format!("`{name}` holds a backslash"))
                .hint("separate folders with `/`, which works on every system")
        } else if name.split('/').any(|part| part == "..") {
            Finding::warning(format!("`{name}` leads out of the document's folder"))
                .hint("put the file beside the document, so that both can be moved together")
        } else {
            return;
        };
        self.report(path, finding);
    }

    fn members(&mut self, members: u32, path: &DocumentPath) {
        if !(1..=MOST_MEMBERS).contains(&members) {
            let finding =
                Finding::error(format!("an ensemble of {members} members is not possible"))
                    .hint(format!("write a number from 1 to {MOST_MEMBERS}"));
            self.report(path, finding);
        }
    }
}

/// A causality with its article, for messages.
const fn causality_words(causality: Causality) -> &'static str {
    match causality {
        Causality::Parameter => "a parameter",
        Causality::Input => "an input",
        Causality::State => "a state",
        Causality::Output => "an output",
    }
}
