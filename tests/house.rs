//! The house keeps its floors apart: reads every import and path in `src/` and
//! fails when a floor uses one that it must not know. `ARCHITECTURE.md` draws
//! the floors; the tables below are the rule.
#![expect(clippy::panic, reason = "a test reports what it found by failing")]

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::UseTree;
use syn::visit::{self, Visit};

/// A floor and the floors of the house that it may use (itself always).
struct Floor {
    name: &'static str,
    may_use: &'static [&'static str],
}

/// The floors, top to bottom. Each may use those above it, less what its
/// purpose says it never knows: a simulation knows no telemetry, a foreign
/// format knows only the document it is turned into.
const FLOORS: &[Floor] = &[
    Floor {
        name: "quantity",
        may_use: &[],
    },
    Floor {
        name: "twin",
        may_use: &["quantity"],
    },
    Floor {
        name: "import",
        may_use: &["quantity", "twin"],
    },
    Floor {
        name: "telemetry",
        may_use: &["quantity", "twin"],
    },
    Floor {
        name: "model",
        may_use: &["quantity", "twin"],
    },
    Floor {
        name: "simulation",
        may_use: &["quantity", "twin", "model"],
    },
    Floor {
        name: "inference",
        may_use: &["quantity", "twin", "telemetry", "model", "simulation"],
    },
    Floor {
        name: "assurance",
        may_use: &[
            "quantity",
            "twin",
            "telemetry",
            "model",
            "simulation",
            "inference",
        ],
    },
    Floor {
        name: "live",
        may_use: &[
            "quantity",
            "twin",
            "import",
            "telemetry",
            "model",
            "simulation",
            "inference",
            "assurance",
        ],
    },
    Floor {
        name: "workbench",
        may_use: BELOW_THE_FACES,
    },
    Floor {
        name: "service",
        may_use: BELOW_THE_FACES,
    },
    Floor {
        name: "cli",
        may_use: BELOW_THE_FACES,
    },
];

const BELOW_THE_FACES: &[&str] = &[
    "quantity",
    "twin",
    "import",
    "telemetry",
    "model",
    "simulation",
    "inference",
    "assurance",
    "live",
];

/// A room of the workbench: which other rooms it may use, and which toolkits.
struct Room {
    name: &'static str,
    may_use: &'static [&'static str],
    egui: bool,
    bevy: bool,
}

/// The rooms of `workbench/`. `app` is the one place that joins the others;
/// `workbench/mod.rs` counts as `app`.
const ROOMS: &[Room] = &[
    Room {
        name: "view",
        may_use: &[],
        egui: false,
        bevy: false,
    },
    Room {
        name: "panels",
        may_use: &["view"],
        egui: true,
        bevy: false,
    },
    Room {
        name: "scene",
        may_use: &["view"],
        egui: false,
        bevy: true,
    },
    Room {
        name: "app",
        may_use: &["view", "panels", "scene"],
        egui: true,
        bevy: true,
    },
];

/// Whether a crate belongs to Bevy, to egui, or to both (`bevy_egui`).
fn toolkits(krate: &str) -> (bool, bool) {
    let bevy = krate == "bevy" || krate.starts_with("bevy_") || krate.starts_with("wgpu");
    let egui = krate == "egui"
        || krate.starts_with("egui_")
        || krate == "bevy_egui"
        || krate == "epaint"
        || krate == "emath"
        || krate == "eframe";
    (bevy, egui)
}

/// An import against the rule.
struct Violation {
    file: PathBuf,
    line: usize,
    path: String,
    rule: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: `{}`: {}",
            self.file.display(),
            self.line,
            self.path,
            self.rule
        )
    }
}

/// Where a path stands in the source.
struct Mention {
    line: usize,
    segments: Vec<String>,
    /// The inline modules around it, outermost first.
    inline: Vec<String>,
}

/// Collects every path of a file: imports, paths in code and types, and paths
/// inside macro calls, whose insides are only tokens to the parser.
#[derive(Default)]
struct Mentions {
    found: Vec<Mention>,
    inline: Vec<String>,
}

impl Mentions {
    fn record(&mut self, span: Span, segments: Vec<String>) {
        let line = span.start().line;
        self.found.push(Mention {
            line,
            segments,
            inline: self.inline.clone(),
        });
    }

    fn use_tree(&mut self, prefix: &[String], tree: &UseTree) {
        let with = |ident: &proc_macro2::Ident| {
            let mut segments = prefix.to_vec();
            segments.push(ident.to_string());
            segments
        };
        match tree {
            UseTree::Path(path) => self.use_tree(&with(&path.ident), &path.tree),
            UseTree::Name(name) => self.record(name.ident.span(), with(&name.ident)),
            UseTree::Rename(rename) => self.record(rename.ident.span(), with(&rename.ident)),
            UseTree::Glob(glob) => self.record(glob.star_token.spans[0], prefix.to_vec()),
            UseTree::Group(group) => {
                for item in &group.items {
                    self.use_tree(prefix, item);
                }
            }
        }
    }

    /// Finds `a :: b :: c` in loose tokens.
    fn tokens(&mut self, tokens: TokenStream) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let is_colons = |at: usize| {
            let colon = |tree: Option<&TokenTree>| matches!(tree, Some(TokenTree::Punct(p)) if p.as_char() == ':');
            colon(trees.get(at)) && colon(trees.get(at + 1))
        };
        let mut at = 0;
        while let Some(tree) = trees.get(at) {
            match tree {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(first) if is_colons(at + 1) => {
                    let mut segments = vec![first.to_string()];
                    while is_colons(at + 1)
                        && let Some(TokenTree::Ident(next)) = trees.get(at + 3)
                    {
                        segments.push(next.to_string());
                        at += 3;
                    }
                    self.record(first.span(), segments);
                }
                _ => {}
            }
            at += 1;
        }
    }
}

impl<'ast> Visit<'ast> for Mentions {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.use_tree(&[], &item.tree);
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        self.record(item.ident.span(), vec![item.ident.to_string()]);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.inline.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.inline.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let Some(first) = path.segments.first() {
            let segments = path.segments.iter().map(|s| s.ident.to_string()).collect();
            self.record(first.ident.span(), segments);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(in crate::x)` uses nothing.
    }

    fn visit_attribute(&mut self, item: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &item.meta {
            self.tokens(list.tokens.clone());
        }
    }
}

/// The module path of a file under `src/`: `model/thermal/mod.rs` is
/// `model::thermal`. The crate's roots, `lib.rs` and `main.rs`, are empty.
fn module_of(file: &Path) -> Vec<String> {
    let mut module: Vec<String> = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    let is_root = module.len() == 1 && (module[0] == "lib" || module[0] == "main");
    if is_root || module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

/// A path from the crate's root, if it leads into this crate; `None` if it
/// starts in another crate or at a name that is in scope.
fn resolve(module: &[String], mention: &Mention) -> Option<Vec<String>> {
    let mut rest = mention.segments.as_slice();
    let mut base: Vec<String> = match rest.first()?.as_str() {
        "crate" | "counterpart" => Vec::new(),
        "self" | "super" => module.iter().chain(&mention.inline).cloned().collect(),
        _ => return None,
    };
    while let Some((first, tail)) = rest.split_first() {
        match first.as_str() {
            "crate" | "counterpart" | "self" => {}
            "super" => {
                base.pop();
            }
            _ => break,
        }
        rest = tail;
    }
    base.extend_from_slice(rest);
    Some(base)
}

fn room_of(module: &[String]) -> Option<&str> {
    match module {
        [floor] if floor == "workbench" => Some("app"),
        [floor, room, ..] if floor == "workbench" => Some(room),
        _ => None,
    }
}

/// What is wrong with one path of a file in `module`, or `None`.
fn judge(module: &[String], mention: &Mention) -> Option<String> {
    // The roots name the floors: `lib.rs` declares them, `main.rs` picks a face.
    let floor_name = module.first()?;
    let Some(floor) = FLOORS.iter().find(|floor| floor.name == floor_name) else {
        return Some(format!(
            "`{floor_name}` is not a floor; move the file to one, or add the floor to the table \
             in tests/house.rs and to ARCHITECTURE.md"
        ));
    };
    let room = match room_of(module) {
        None => None,
        Some(name) => match ROOMS.iter().find(|room| room.name == name) {
            None => {
                return Some(format!(
                    "`workbench/{name}` is not a room; rooms are view, panels, scene and app"
                ));
            }
            room => room,
        },
    };

    let Some(target) = resolve(module, mention) else {
        let krate = mention.segments.first()?;
        let (bevy, egui) = toolkits(krate);
        return match room {
            None if bevy || egui => Some(format!(
                "only `workbench/` uses `{krate}`, `{floor_name}/` does not"
            )),
            Some(room) if (bevy && !room.bevy) || (egui && !room.egui) => {
                Some(format!("`workbench/{}` does not use `{krate}`", room.name))
            }
            _ => None,
        };
    };

    let target_floor = FLOORS
        .iter()
        .find(|floor| target.first().is_some_and(|t| t == floor.name));
    let Some(target_floor) = target_floor else {
        return match target.first() {
            // A glob over the whole crate brings every floor along.
            None => Some("name the floor that is used".to_owned()),
            Some(_) => None,
        };
    };
    if target_floor.name != floor.name && !floor.may_use.contains(&target_floor.name) {
        let allowed = match floor.may_use {
            [] => "no other floor".to_owned(),
            floors => floors.join(", "),
        };
        return Some(format!("`{}/` may use {allowed}", floor.name));
    }
    let room = room?;
    let target_room = ROOMS.iter().find(|r| room_of(&target) == Some(r.name))?;
    if target.len() > 1
        && target_room.name != room.name
        && !room.may_use.contains(&target_room.name)
    {
        let allowed = match room.may_use {
            [] => "no other room".to_owned(),
            rooms => rooms.join(", "),
        };
        return Some(format!(
            "`workbench/{}` may use {allowed} of the workbench",
            room.name
        ));
    }
    None
}

/// Every violation in one source file; `file` is relative to `src/`.
fn violations(file: &Path, source: &str) -> Vec<Violation> {
    let parsed = match syn::parse_file(source) {
        Ok(parsed) => parsed,
        Err(error) => panic!("src/{}: cannot be parsed: {error}", file.display()),
    };
    let mut mentions = Mentions::default();
    mentions.visit_file(&parsed);
    let module = module_of(file);

    let mut seen = BTreeSet::new();
    let mut violations = Vec::new();
    for mention in &mentions.found {
        if let Some(rule) = judge(&module, mention) {
            let path = mention.segments.join("::");
            if seen.insert((mention.line, rule.clone())) {
                violations.push(Violation {
                    file: Path::new("src").join(file),
                    line: mention.line,
                    path,
                    rule,
                });
            }
        }
    }
    violations
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => panic!("{}: {error}", folder.display()),
    };
    for entry in entries {
        let path = match entry {
            Ok(entry) => entry.path(),
            Err(error) => panic!("{}: {error}", folder.display()),
        };
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn no_floor_uses_what_it_must_not_know() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    files.sort();
    assert!(files.len() >= 2, "found no sources under {}", src.display());

    let mut found = Vec::new();
    for file in &files {
        let source = fs::read_to_string(file).unwrap();
        found.extend(violations(file.strip_prefix(&src).unwrap(), &source));
    }
    let lines: Vec<String> = found.iter().map(Violation::to_string).collect();
    assert!(
        found.is_empty(),
        "{} imports against the floors (see ARCHITECTURE.md):\n{}",
        found.len(),
        lines.join("\n")
    );
}

/// The lines on which the checker objects to `source` in `src/FILE`.
fn lines(file: &str, source: &str) -> Vec<usize> {
    violations(Path::new(file), source)
        .iter()
        .map(|violation| violation.line)
        .collect()
}

#[test]
fn a_floor_may_use_those_above_it_and_itself() {
    let source = "use crate::quantity::Unit;\nuse crate::twin::{Twin, asset::Asset};\nuse super::State;\nuse rayon::prelude::*;";
    assert!(lines("model/thermal/network.rs", source).is_empty());
    assert!(
        lines(
            "live/session.rs",
            "use crate::{import::epanet, telemetry::Sample};"
        )
        .is_empty()
    );
    assert!(lines("cli/run.rs", "use crate::live::Session;").is_empty());
}

#[test]
fn a_floor_may_not_use_one_below_it() {
    assert_eq!(lines("quantity/unit.rs", "\nuse crate::twin::Twin;"), [2]);
    assert_eq!(lines("twin/load.rs", "use crate::model::Model;"), [1]);
    assert_eq!(lines("model/mod.rs", "use crate::simulation::Clock;"), [1]);
    assert_eq!(
        lines("live/mod.rs", "use crate::workbench::view::TimeControl;"),
        [1]
    );
}

#[test]
fn what_a_floor_never_knows_counts_even_when_it_stands_above() {
    assert_eq!(
        lines("simulation/run.rs", "use crate::telemetry::Sample;"),
        [1]
    );
    assert_eq!(
        lines("import/epanet.rs", "use crate::model::water::Pipe;"),
        [1]
    );
    assert_eq!(lines("telemetry/csv.rs", "use crate::model::Model;"), [1]);
}

#[test]
fn a_face_does_not_know_another() {
    assert_eq!(lines("cli/mod.rs", "use crate::workbench::app;"), [1]);
    assert_eq!(lines("service/mod.rs", "use crate::cli::Arguments;"), [1]);
    assert!(lines("main.rs", "use counterpart::{cli, workbench};").is_empty());
}

#[test]
fn groups_renames_globs_and_relative_paths_are_followed() {
    let grouped = "use crate::{\n    quantity::Unit,\n    simulation::{self as sim, Run},\n};";
    assert_eq!(lines("twin/load.rs", grouped), [3]);
    assert_eq!(lines("twin/load.rs", "use crate::live::*;"), [1]);
    assert_eq!(
        lines("twin/load.rs", "use super::super::live::Session;"),
        [1]
    );
    assert_eq!(lines("twin/load.rs", "use crate::*;"), [1]);
    assert!(
        lines(
            "twin/mod.rs",
            "mod tests { use super::*; use super::super::quantity::Unit; }"
        )
        .is_empty()
    );
    assert_eq!(
        lines(
            "twin/mod.rs",
            "mod tests { use super::super::live::Session; }"
        ),
        [1]
    );
    assert_eq!(
        lines("twin/load.rs", "pub use crate::model::Model as Behaviour;"),
        [1]
    );
}

#[test]
fn paths_in_code_types_and_macros_count_as_imports() {
    assert_eq!(
        lines("twin/load.rs", "fn f(run: &crate::simulation::Run) {}"),
        [1]
    );
    assert_eq!(
        lines(
            "twin/load.rs",
            "fn f() {\n    let n = crate::live::count();\n}"
        ),
        [2]
    );
    assert_eq!(
        lines(
            "twin/load.rs",
            "fn f() {\n    format!(\"{}\", g(crate::live::NAME));\n}"
        ),
        [2]
    );
    assert_eq!(
        lines("twin/load.rs", "impl crate::model::Model for X {}"),
        [1]
    );
    assert_eq!(
        lines(
            "twin/load.rs",
            "macro_rules! m { () => { $crate::simulation::run() } }"
        ),
        [1]
    );
}

#[test]
fn comments_strings_and_doc_links_use_nothing() {
    let source = "//! See [`crate::simulation`].\n/// Used by [crate::live::Session].\nconst A: &str = \"crate::live::x\"; // crate::live\n/* use crate::live; */";
    assert!(lines("quantity/unit.rs", source).is_empty());
}

#[test]
fn only_the_workbench_uses_bevy_and_egui() {
    assert_eq!(lines("live/mod.rs", "use bevy::prelude::*;"), [1]);
    assert_eq!(lines("cli/render.rs", "fn f(ui: &mut egui::Ui) {}"), [1]);
    assert!(lines("workbench/app/mod.rs", "use bevy_egui::EguiContexts;").is_empty());
    assert!(lines("workbench/mod.rs", "use bevy::prelude::App;\nuse egui::Ui;").is_empty());
}

#[test]
fn the_rooms_of_the_workbench_do_not_mix() {
    assert_eq!(lines("workbench/view/selection.rs", "use egui::Id;"), [1]);
    assert_eq!(
        lines("workbench/view/selection.rs", "use bevy::prelude::Entity;"),
        [1]
    );
    assert_eq!(
        lines(
            "workbench/view/mod.rs",
            "use crate::workbench::panels::Theme;"
        ),
        [1]
    );
    assert_eq!(
        lines("workbench/view/mod.rs", "use super::scene::Pick;"),
        [1]
    );
    assert_eq!(
        lines("workbench/panels/tree.rs", "use bevy_egui::egui;"),
        [1]
    );
    assert_eq!(
        lines(
            "workbench/panels/tree.rs",
            "use super::super::app::Command;"
        ),
        [1]
    );
    assert_eq!(
        lines("workbench/scene/label.rs", "use egui_plot::Plot;"),
        [1]
    );
    assert!(
        lines(
            "workbench/panels/tree.rs",
            "use egui::Ui;\nuse crate::workbench::view::Tree;"
        )
        .is_empty()
    );
    assert!(
        lines(
            "workbench/scene/label.rs",
            "use bevy::prelude::*;\nuse crate::live::Snapshot;"
        )
        .is_empty()
    );
}

#[test]
fn a_file_on_no_floor_is_reported() {
    assert_eq!(lines("helpers.rs", "use std::fmt;"), [1]);
    assert_eq!(lines("workbench/widgets/knob.rs", "use egui::Ui;"), [1]);
}
