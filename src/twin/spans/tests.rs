//! Structure of texts, good and bad.

use super::*;

fn path(steps: &[&str]) -> DocumentPath {
    steps.iter().fold(DocumentPath::root(), |path, step| {
        match step.parse::<usize>() {
            Ok(index) => path.item(index),
            Err(_) => path.field((*step).to_owned()),
        }
    })
}

fn found<'s>(source: &'s str, steps: &[&str]) -> &'s str {
    let tree = Tree::scan(source).unwrap();
    &source[tree.find(&path(steps)).expect("a part at the path").span()]
}

#[test]
fn finds_values_in_every_kind_of_nesting() {
    let source = r##"// first
        #![enable(implicit_some)]
        Twin ( /* a /* nested */ ) comment */
            plain: -1.5e-3, text: "a \" ) b", raw: r#"c " ]"#, letter: ')',
            list: [1, (2, 3,), Name, Name(4), Name(inner: Some("x")),],
            map: {"a.b": 'c', "k\u{65}y": {}}, empty: (), byte: b'\'', r#odd.name: true
        )
        // last"##;
    assert_eq!(found(source, &["plain"]), "-1.5e-3");
    assert_eq!(found(source, &["text"]), r#""a \" ) b""#);
    assert_eq!(found(source, &["raw"]), r##"r#"c " ]"#"##);
    assert_eq!(found(source, &["letter"]), "')'");
    assert_eq!(found(source, &["list", "1", "0"]), "2");
    assert_eq!(found(source, &["list", "2"]), "Name");
    assert_eq!(found(source, &["list", "3", "0"]), "4");
    assert_eq!(found(source, &["list", "4", "inner"]), "\"x\"");
    assert_eq!(found(source, &["map", "a.b"]), "'c'");
    assert_eq!(found(source, &["map", "key"]), "{}");
    assert_eq!(found(source, &["empty"]), "()");
    assert_eq!(found(source, &["byte"]), r"b'\''");
    assert_eq!(found(source, &["odd.name"]), "true");
}

#[test]
fn a_part_left_out_is_placed_at_what_would_hold_it() {
    let source = r#"(assets: [(id: "a")])"#;
    let tree = Tree::scan(source).unwrap();
    assert_eq!(
        &source[tree.span(&path(&["assets", "0", "kind"]))],
        r#"(id: "a")"#
    );
    assert_eq!(
        &source[tree.span(&path(&["assets", "7"]))],
        r#"[(id: "a")]"#
    );
    assert_eq!(tree.span(&path(&["nothing"])), 0..source.len());
    assert_eq!(&source[tree.key_span(&path(&["assets", "0", "id"]))], "id");
}

#[test]
fn a_path_reads_as_people_write_it() {
    let path = path(&["assets", "3", "parameters", "heat_capacity"]);
    assert_eq!(path.to_string(), "assets[3].parameters.heat_capacity");
}

fn fault(source: &str) -> (String, String) {
    let error = Tree::scan(source).unwrap_err();
    (source[error.span].to_owned(), error.message)
}

#[test]
fn faults_point_at_their_cause() {
    let opened = |source| fault(source).1.contains("never closed");
    assert!(opened("(a: [1, 2"));
    assert_eq!(fault("(a: [1, 2").0, "[");
    assert!(opened("(a: \"x)"));
    assert!(opened("/* ("));
    assert!(opened("(a: r#\"x\")"));
    assert_eq!(fault("(a: 1 b: 2)").1, "a comma is missing here");
    assert_eq!(fault("(a: [1, 2), b: 3").0, ")");
    assert_eq!(fault("(a: )").0, ")");
    assert_eq!(fault("(a: 1) x").0, "x");
    assert_eq!(fault("(a: 1, \"b\": 2)").0, "\"b\"");
    assert_eq!(fault("").0, "");
    assert!(fault(&"[".repeat(500)).1.contains("nested"));
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_the_scanner_panic(source in any::<String>()) {
            let _ = Tree::scan(&source);
        }

        #[test]
        fn no_text_of_ron_signs_makes_the_scanner_panic(
            source in "[\\[\\](){}:,\"'\\\\#r!b/*\n a1.é]{0,60}"
        ) {
            let _ = Tree::scan(&source);
        }

        #[test]
        fn what_ron_reads_the_scanner_reads(
            source in "[\\[\\](){}:,\"'#rb/* a1.]{0,14}"
        ) {
            if ron::from_str::<ron::Value>(&source).is_ok() {
                prop_assert!(Tree::scan(&source).is_ok(), "{source:?}");
            }
        }
    }
}
