//! Files that fail, and documents changed at random.

use std::collections::BTreeMap;
use std::fs;

use proptest::prelude::*;

use super::super::document::{
    Action, Asset, Intervention, Link, Look, Place, PortReference, Scenario, TelemetryFile,
    Uncertainty,
};
use super::super::spans::DocumentPath;
use super::*;
use crate::quantity::{Distribution, Quantity, SimDuration, Unit};

const TEXT: &str = r#"// Above.
(
    format: 1, id: "t", name: "T", version: "1", // beside
    epoch: "2024-01-01T00:00:00Z",
    timestep: "1 s",
    assets: [
        // the first
        (id: "a", kind: "core.Group", parameters: {"x": "1 m", "y": "2.50 m"},),
        (id: "b", kind: "core.Group", part_of: Some("a"), /* here */ place: (position: (0, 1, 2), size: (1, 1, 1))),
        (
            id: "c",
            kind: "core.Group", // no comma follows the last
            name: "C"
        )
    ],
    links: [(from: "a.p", to: "b.p"), (from: "b.p", to: "c.p")],
    scenarios: [],
)
"#;

fn twin() -> Twin {
    load::options().from_str(TEXT).expect("a twin")
}

#[cfg(unix)]
#[test]
fn permissions_stay_and_a_link_stays_a_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("twin.ron");
    let link = folder.path().join("link.ron");
    fs::write(&path, "old").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
    symlink(&path, &link).expect("linked");
    save(&twin(), None, &link).expect("saved");
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    let mode = fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_ne!(fs::read_to_string(&path).expect("read"), "old");
}

#[test]
fn a_text_of_another_document_is_not_patched_but_replaced() {
    let saved = document_text(&twin(), Some("(this is no twin")).expect("a text");
    assert_eq!(saved.layout, Layout::Renewed);
}

fn odd_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z_]{1,8}",
        any::<String>(),
        Just("\"#/*)]}, \\ \n".to_owned()),
        Just("Some(None)".to_owned()),
    ]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL,
        (-1000..1000_i32).prop_map(f64::from),
    ]
}

fn quantity() -> impl Strategy<Value = Quantity> {
    (
        -1.0e6..1.0e6_f64,
        prop::sample::select(vec!["J/K", "Cel", "%", "1", "W"]),
    )
        .prop_map(|(value, code)| Quantity::new(value, Unit::known(code)).expect("finite"))
}

fn asset() -> impl Strategy<Value = Asset> {
    let place = (
        prop::array::uniform3(number()),
        prop::array::uniform3(number()),
    )
        .prop_map(|(position, size)| Place {
            position,
            size,
            rotation: [0.0; 3],
        });
    (
        odd_text(),
        odd_text(),
        prop::option::of(odd_text()),
        prop::collection::btree_map(odd_text(), quantity(), 0..4),
        prop::option::of(place),
        prop::option::of(odd_text()),
    )
        .prop_map(|(id, name, part_of, parameters, place, gltf)| Asset {
            id,
            kind: "core.Group".to_owned(),
            name,
            part_of,
            parameters,
            attributes: BTreeMap::new(),
            place,
            path: Vec::new(),
            look: gltf.map(|gltf| Look {
                gltf: Some(gltf),
                shape: None,
            }),
        })
}

fn scenario() -> impl Strategy<Value = Scenario> {
    let action = prop_oneof![
        quantity().prop_map(Action::Set),
        (quantity(), 1..1_000_000_i64).prop_map(|(to, seconds)| Action::Ramp {
            to,
            over: SimDuration::from_whole_seconds(seconds),
        }),
        Just(Action::Hold),
        Just(Action::Release),
    ];
    let intervention =
        (odd_text(), any::<i32>(), action).prop_map(|(variable, at, action)| Intervention {
            variable,
            at: SimDuration::from_nanoseconds(i64::from(at)),
            action,
        });
    (
        odd_text(),
        prop::option::of(odd_text()),
        prop::option::of(any::<u64>()),
        prop::collection::vec(intervention, 0..3),
    )
        .prop_map(|(id, base, seed, interventions)| Scenario {
            id,
            name: String::new(),
            description: String::new(),
            base,
            horizon: None,
            members: None,
            seed,
            uncertainties: Vec::new(),
            contingencies: Vec::new(),
            interventions,
        })
}

/// One edit as a person makes it in the workbench, or as a hostile one would.
#[derive(Clone, Debug)]
enum Change {
    Description(String),
    AddAsset(usize, Asset),
    ReplaceAsset(usize, Asset),
    RemoveAsset(usize),
    SetParameter(usize, String, Quantity),
    ClearParameters(usize),
    SetPartOf(usize, Option<String>),
    Move(usize, f64),
    AddLink(String, String),
    RemoveLink(usize),
    AddScenario(Scenario),
    Telemetry(Vec<String>),
    Belief(f64, f64),
    Members(u32),
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0..6_usize;
    prop_oneof![
        odd_text().prop_map(Change::Description),
        (at.clone(), asset()).prop_map(|(at, asset)| Change::AddAsset(at, asset)),
        (at.clone(), asset()).prop_map(|(at, asset)| Change::ReplaceAsset(at, asset)),
        at.clone().prop_map(Change::RemoveAsset),
        (at.clone(), odd_text(), quantity())
            .prop_map(|(at, name, value)| { Change::SetParameter(at, name, value) }),
        at.clone().prop_map(Change::ClearParameters),
        (at.clone(), prop::option::of(odd_text())).prop_map(|(at, id)| Change::SetPartOf(at, id)),
        (at.clone(), number()).prop_map(|(at, x)| Change::Move(at, x)),
        (odd_text(), odd_text()).prop_map(|(from, to)| Change::AddLink(from, to)),
        at.prop_map(Change::RemoveLink),
        scenario().prop_map(Change::AddScenario),
        prop::collection::vec(odd_text(), 0..3).prop_map(Change::Telemetry),
        (number(), number()).prop_map(|(mean, deviation)| Change::Belief(mean, deviation)),
        any::<u32>().prop_map(Change::Members),
    ]
}

fn apply(twin: &mut Twin, change: Change) {
    let assets = twin.assets.len();
    match change {
        Change::Description(text) => twin.description = text,
        Change::AddAsset(at, asset) => twin.assets.insert(at.min(assets), asset),
        Change::ReplaceAsset(at, asset) if at < assets => twin.assets[at] = asset,
        Change::RemoveAsset(at) if at < assets => drop(twin.assets.remove(at)),
        Change::SetParameter(at, name, value) if at < assets => {
            twin.assets[at].parameters.insert(name, value);
        }
        Change::ClearParameters(at) if at < assets => twin.assets[at].parameters.clear(),
        Change::SetPartOf(at, id) if at < assets => twin.assets[at].part_of = id,
        Change::Move(at, x) if at < assets => {
            if let Some(place) = &mut twin.assets[at].place {
                place.position[0] = x;
            }
        }
        Change::AddLink(from, to) => twin.links.push(Link {
            from: PortReference(from),
            to: PortReference(to),
        }),
        Change::RemoveLink(at) if at < twin.links.len() => drop(twin.links.remove(at)),
        Change::AddScenario(scenario) => twin.scenarios.push(scenario),
        Change::Telemetry(paths) => {
            twin.telemetry = paths
                .into_iter()
                .map(|path| TelemetryFile {
                    path,
                    title: String::new(),
                })
                .collect();
        }
        Change::Belief(mean, standard_deviation) => twin.uncertainties.push(Uncertainty {
            variable: "a.x".to_owned(),
            unit: Unit::known("m"),
            distribution: Distribution::Normal {
                mean,
                standard_deviation,
            },
        }),
        Change::Members(members) => twin.forecast.members = members,
        _ => {}
    }
}

/// The text at a place of a document, as the scanner finds it.
fn text_at(tree: &Tree<'_>, path: &DocumentPath) -> Option<String> {
    Some(tree.find(path)?.text(tree.source()).into_owned())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changes_are_worked_into_the_text_and_its_comments_stay(
        changes in prop::collection::vec(change(), 0..5)
    ) {
        let mut changed = twin();
        for change in changes {
            apply(&mut changed, change);
        }
        let saved = document_text(&changed, Some(TEXT)).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let read: Twin = load::options().from_str(&saved.text).expect("readable");
        prop_assert_eq!(&read, &changed);
        prop_assert_eq!(saved.layout, Layout::Kept, "{}", saved.text);
        prop_assert!(saved.text.starts_with("// Above.\n"), "{}", saved.text);
        prop_assert!(saved.text.contains("// beside"), "{}", saved.text);
        // Saved again, nothing changes.
        let again = document_text(&changed, Some(&saved.text)).expect("a text");
        prop_assert_eq!(again.text, saved.text);
    }

    #[test]
    fn the_scanner_finds_every_value_of_a_written_twin(
        changes in prop::collection::vec(change(), 0..6)
    ) {
        let mut twin = twin();
        for change in changes {
            apply(&mut twin, change);
        }
        let text = document_text(&twin, None).expect("a text").text;
        let tree = Tree::scan(&text).expect("a structure");
        let root = DocumentPath::root();
        for (index, asset) in twin.assets.iter().enumerate() {
            let path = root.field("assets").item(index);
            prop_assert_eq!(text_at(&tree, &path.field("id")), Some(asset.id.clone()));
            prop_assert_eq!(text_at(&tree, &path.field("part_of")), asset.part_of.clone());
            for (name, quantity) in &asset.parameters {
                let path = path.field("parameters").field(name.clone());
                prop_assert_eq!(text_at(&tree, &path), Some(quantity.to_string()));
            }
            for (axis, x) in asset.place.iter().flat_map(|place| place.position.iter().enumerate()) {
                let path = path.field("place").field("position").item(axis);
                let found = text_at(&tree, &path).and_then(|text| text.parse().ok());
                prop_assert_eq!(found, Some(*x));
            }
        }
        for (index, link) in twin.links.iter().enumerate() {
            let path = root.field("links").item(index);
            prop_assert_eq!(text_at(&tree, &path.field("to")), Some(link.to.0.clone()));
        }
        for (index, scenario) in twin.scenarios.iter().enumerate() {
            let path = root.field("scenarios").item(index);
            for (index, one) in scenario.interventions.iter().enumerate() {
                let path = path.field("interventions").item(index).field("action");
                if let Action::Ramp { to, over } = &one.action {
                    prop_assert_eq!(text_at(&tree, &path.field("to")), Some(to.to_string()));
                    prop_assert_eq!(text_at(&tree, &path.field("over")), Some(over.to_string()));
                }
                if let Action::Set(value) = &one.action {
                    prop_assert_eq!(text_at(&tree, &path.item(0)), Some(value.to_string()));
                }
            }
        }
    }
}
