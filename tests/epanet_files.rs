//! What a utility's engineer does with EPANET files: read public networks, write
//! them again, hand in damaged ones.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test reports what it found by failing"
)]

#[path = "../fuzz/shared.rs"]
mod shared;
mod support;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use counterpart::import::epanet;
use counterpart::model;
use counterpart::twin::{self, KindRegistry, Severity};
use proptest::prelude::*;

fn registry() -> KindRegistry {
    let mut registry = model::registry();
    registry.register(model::water::kinds::kinds());
    registry
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("read").path()).collect();
    files.sort();
    files
}

#[test]
fn the_fuzz_corpus_holds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/epanet");
    let files = files_in(&corpus);
    assert!(files.len() >= 5, "the corpus is there");
    for file in files {
        let data = fs::read(&file).expect("read");
        shared::run(shared::Target::Epanet, &data);
        // Cut anywhere, a file is still answered.
        for end in (0..data.len()).step_by(7) {
            shared::run(shared::Target::Epanet, &data[..end]);
        }
    }
}

#[test]
fn public_networks_are_read_without_errors_and_come_back_as_they_were() {
    let name = "public_networks_are_read_without_errors_and_come_back_as_they_were";
    let Some(folder) = support::measured_data(name, "water/networks") else {
        return;
    };
    let registry = registry();
    let files = files_in(&folder);
    assert!(files.len() >= 19, "{}", files.len());
    for file in files {
        let imported = epanet::import_file(&file).unwrap_or_else(|report| panic!("{report}"));
        let first = imported.twin.clone();
        let checked = twin::check_imported(
            imported.twin,
            imported.report,
            &file,
            imported.digest,
            &registry,
        )
        .unwrap_or_else(|report| panic!("{report}"));
        assert_eq!(checked.twin.assets.len(), first.assets.len());
        let exported = epanet::export(&first).expect("a network");
        assert!(exported.left_out.is_empty(), "{:?}", exported.left_out);
        let name = file.display().to_string();
        let again = epanet::import(exported.text.as_bytes(), &name)
            .unwrap_or_else(|report| panic!("{report}"));
        for (one, other) in first.assets.iter().zip(&again.twin.assets) {
            assert_eq!(one, other, "{name}");
        }
        assert!(
            again.twin == first,
            "{name}: something beside the assets differs"
        );
    }
}

#[test]
fn an_imported_network_is_saved_and_read_as_a_document() {
    let text = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/epanet/valves"))
        .expect("the corpus");
    let imported = epanet::import(&text, "valves.inp").unwrap_or_else(|report| panic!("{report}"));
    let saved = twin::document_text(&imported.twin, None).expect("a document");
    let loaded = twin::parse(&saved.text, "valves.ron", &registry())
        .unwrap_or_else(|report| panic!("{report}\n{}", saved.text));
    assert_eq!(*loaded.twin, imported.twin);
    // The document keeps the units of the file.
    assert!(saved.text.contains("[gal_us]/min"), "{}", saved.text);
}

#[test]
fn a_hostile_file_is_answered_in_bounded_time() {
    // One line of 4 MB, many errors, and names that all look alike.
    let mut text = "[JUNCTIONS]\n".to_owned();
    text.push_str(&"x".repeat(4_000_000));
    text.push_str("\n[PIPES]\n");
    for number in 0..20_000 {
        let _ = writeln!(text, "p{number} n{number} m{number} -1 a b c d");
    }
    let report = epanet::import(text.as_bytes(), "hostile.inp").expect_err("wrong");
    assert!(report.count(Severity::Error) > 1_000);
    let told = report.to_string();
    assert!(told.len() < 200_000, "{}", told.len());
}

/// A network that is a tree, with a few options, as text.
fn generated() -> impl Strategy<Value = String> {
    let node = (
        0_usize..1_000,
        -50.0..500.0_f64,
        0.0..20.0_f64,
        any::<bool>(),
    );
    let nodes = prop::collection::vec(node, 1..12);
    let unit = prop::sample::select(&["LPS", "GPM", "CMH", "MGD", "AFD", "CFS", "CMD"][..]);
    (nodes, unit, 0.3..3.0_f64, any::<bool>()).prop_map(|(nodes, unit, viscosity, placed)| {
        let mut text = format!(
            "[OPTIONS]\nUNITS {unit}\nVISCOSITY {viscosity}\n[RESERVOIRS]\n0 100\n[JUNCTIONS]\n"
        );
        let mut pipes = "[PIPES]\n".to_owned();
        let mut rest = "[VALVES]\n".to_owned();
        let mut places = "[COORDINATES]\n0 0 0\n".to_owned();
        for (index, (parent, elevation, demand, valve)) in nodes.iter().enumerate() {
            let (node, above) = (index + 1, parent % (index + 1));
            let _ = writeln!(text, "{node} {elevation} {demand}");
            let _ = writeln!(places, "{node} {} {}", elevation * 3.7, demand * 11.3);
            // A TCV may stand anywhere.
            if *valve {
                let _ = writeln!(rest, "{node} {above} {node} 100 TCV {demand} 0.1");
            } else {
                let _ = writeln!(
                    pipes,
                    "{node} {above} {node} {} 150 {}",
                    demand + 1.0,
                    60.0 + demand
                );
            }
        }
        let places = if placed { places } else { String::new() };
        format!("{text}{pipes}{rest}{places}[END]\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(data in prop::collection::vec(any::<u8>(), 0..400)) {
        shared::run(shared::Target::Epanet, &data);
    }

    #[test]
    fn generated_networks_come_back_as_they_were(text in generated()) {
        let imported = epanet::import(text.as_bytes(), "made.inp");
        let twin = imported.map_err(|report| TestCaseError::fail(report.to_string()))?.twin;
        let exported = epanet::export(&twin).expect("a network").text;
        let again = epanet::import(exported.as_bytes(), "made.inp");
        let again = again.map_err(|report| TestCaseError::fail(report.to_string()))?.twin;
        prop_assert_eq!(again, twin);
    }
}
