//! Networks for tests: small ones by hand, large ones as a grid of streets.

use std::sync::Arc;

use super::state::NetworkState;
use super::{LinkForm, Network, NetworkLink, Node, NodeForm};
use crate::live::Rows;
use crate::twin::{KindRegistry, Twin, VariableTable};
use crate::workbench::view::geometry::{Vector, length, subtract};
use crate::workbench::view::test_support::{self as view_support, at};
use crate::workbench::view::{Document, Workbench};

/// A junction.
#[must_use]
pub fn node(asset: usize, position: Vector) -> Node {
    Node {
        asset,
        form: NodeForm::Junction,
        position,
        elevation: position[1],
        level_range: (0.0, 0.0),
        head: None,
        level: None,
        demand: None,
    }
}

/// A pipe 200 mm wide.
#[must_use]
pub fn link(asset: usize, from: usize, to: usize) -> NetworkLink {
    NetworkLink {
        asset,
        form: LinkForm::Pipe,
        from,
        to,
        diameter: 0.2,
        length: 100.0,
        metered: false,
        flow: None,
        velocity: None,
        status: None,
    }
}

/// Streets 100 m apart over gentle hills; nodes first, then pipes, in document order.
#[must_use]
pub fn grid(columns: usize, rows: usize) -> Network {
    let count = columns * rows;
    let nodes: Vec<Node> = (0..count)
        .map(|index| {
            let (x, z) = (
                (index % columns) as f64 * 100.0,
                (index / columns) as f64 * 100.0,
            );
            node(index, [x, 20.0 * (x / 700.0).sin() * (z / 900.0).cos(), z])
        })
        .collect();
    let mut ends = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            let index = row * columns + column;
            if column + 1 < columns {
                ends.push((index, index + 1));
            }
            if row + 1 < rows {
                ends.push((index, index + columns));
            }
        }
    }
    let links = ends
        .into_iter()
        .enumerate()
        .map(|(position, (from, to))| {
            let mut one = link(count + position, from, to);
            one.length = length(subtract(nodes[to].position, nodes[from].position));
            (one, Vec::new())
        })
        .collect::<Vec<_>>();
    let assets = count + links.len();
    Network::from_parts(nodes, links, assets)
}

/// A reservoir, a pump, three junctions, a reducing valve and a tank in a row,
/// the last pipe closed and bent, one flow measured.
const DOCUMENT: &str = r#"(
    format: 1, id: "row", name: "A row", version: "1", epoch: "2024-01-01T00:00:00Z", timestep: "1 h",
    assets: [
        (id: "options", kind: "water.Network"),
        (id: "lake", kind: "water.Reservoir", name: "Lake", place: (position: (0.0, 5.0, 0.0), size: (1.0, 1.0, 1.0)), parameters: {"head": "5 m"}),
        (id: "a", kind: "water.Junction", name: "A", place: (position: (100.0, 10.0, 0.0), size: (1.0, 1.0, 1.0))),
        (id: "b", kind: "water.Junction", name: "B", place: (position: (200.0, 12.0, 0.0), size: (1.0, 1.0, 1.0))),
        (id: "c", kind: "water.Junction", name: "C", place: (position: (300.0, 8.0, 0.0), size: (1.0, 1.0, 1.0))),
        (id: "tower", kind: "water.Tank", name: "Tower", place: (position: (400.0, 30.0, 0.0), size: (1.0, 1.0, 1.0)),
            parameters: {"initial_level": "2 m", "minimum_level": "1 m", "maximum_level": "5 m", "diameter": "10 m"}),
        (id: "pump", kind: "water.Pump", name: "Pump"),
        (id: "main", kind: "water.Pipe", name: "Main", parameters: {"length": "100 m", "diameter": "300 mm"}),
        (id: "valve", kind: "water.PressureReducingValve", name: "Reducer", parameters: {"diameter": "200 mm"}),
        (id: "riser", kind: "water.Pipe", name: "Riser", parameters: {"length": "150 m", "diameter": "150 mm"}, path: [(350.0, 15.0, 40.0)]),
    ],
    links: [
        (from: "pump.a", to: "lake.water"), (from: "pump.b", to: "a.water"),
        (from: "main.a", to: "a.water"), (from: "main.b", to: "b.water"),
        (from: "b.water", to: "valve.a"), (from: "valve.b", to: "c.water"),
        (from: "riser.a", to: "c.water"), (from: "riser.b", to: "tower.water"),
    ],
    channels: [(id: "meter", variable: "main.flow", unit: "L/s", role: Measurement)],
)"#;

/// The kinds of water networks.
#[must_use]
pub fn registry() -> KindRegistry {
    let mut registry = KindRegistry::default();
    registry.register(crate::model::water::kinds::kinds());
    registry
}

/// The document of a small network, as it would be read.
#[must_use]
pub fn document() -> Document {
    let twin: Twin = ron::Options::default()
        .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
        .from_str(DOCUMENT)
        .expect("a document of the tests");
    let registry = registry();
    let variables = VariableTable::new(&twin, &registry);
    Document::new(
        Arc::new(twin),
        Arc::new(variables),
        Arc::new(registry),
        None,
    )
}

/// A workbench with [`document`] open and its scene's network known, told of
/// two instants: 12 L/s run from the lake to C, the riser is closed, heads fall
/// along the way and were a metre lower before.
#[must_use]
pub fn running_workbench() -> Workbench {
    let document = document();
    let network = Network::new(document.twin(), &registry(), document.variables());
    let values = document.variables().initial_values();
    let mut rows = [values.clone(), values];
    for (row, values) in rows.iter_mut().enumerate() {
        let mut set = |path: &str, value: f64| {
            let variable = document.variables().find(path).expect("declared");
            values[variable.position()] = value;
        };
        for (id, head) in [("a", 60.0), ("b", 58.0), ("c", 40.0), ("tower", 34.0)] {
            set(&format!("{id}.head"), head - 1.0 + row as f64);
        }
        for (id, pressure) in [("a", 50.0), ("b", 46.0), ("c", 32.0)] {
            set(&format!("{id}.pressure"), pressure);
        }
        set("tower.level", 4.0);
        set("b.demand", 0.002);
        set("c.demand", 0.010);
        for (id, flow) in [
            ("pump", 0.012),
            ("main", 0.012),
            ("valve", 0.010),
            ("riser", 0.0),
        ] {
            set(&format!("{id}.flow"), flow);
            set(
                &format!("{id}.status"),
                if id == "riser" { 0.0 } else { 1.0 },
            );
        }
        set("main.velocity", 0.17);
    }
    let [before, now] = rows;
    let width = now.len();
    let mut workbench = Workbench::default();
    workbench.open(document);
    workbench.network = NetworkState::of(Some(Arc::new(network)));
    let mut told = view_support::snapshot_of(at(3_600), now.clone());
    told.rows = Arc::new(Rows {
        first: 0,
        width,
        times: vec![at(0), at(3_600)],
        values: before.into_iter().chain(now).collect(),
    });
    workbench.receive(&told);
    workbench
}
