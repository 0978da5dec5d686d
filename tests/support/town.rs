//! A town for the tests and benchmarks of the desktop: streets on a grid over hills.

use std::fmt::Write as _;

/// A twin document of `columns` by `rows` junctions 100 m apart, joined by
/// pipes, with a tank in one corner, a pump and a valve.
pub fn town(columns: usize, rows: usize) -> String {
    let mut assets = String::new();
    let mut links = String::new();
    let height = |x: f64, z: f64| 40.0 + 25.0 * (x / 900.0).sin() * (z / 700.0).cos();
    for index in 0..columns * rows {
        let (x, z) = (
            (index % columns) as f64 * 100.0,
            (index / columns) as f64 * 100.0,
        );
        let kind = if index == 0 { "Tank" } else { "Junction" };
        let _ = writeln!(
            assets,
            r#"(id: "n{index}", kind: "water.{kind}", place: (position: ({x:.1}, {:.2}, {z:.1}), size: (1.0, 1.0, 1.0))),"#,
            height(x, z)
        );
    }
    let mut join = |from: usize, to: usize, number: usize| {
        let (kind, diameter) = match number {
            1 => ("Pump", None),
            2 => ("ThrottleValve", Some(200)),
            _ if from % columns == columns / 2 => ("Pipe", Some(500)),
            _ => ("Pipe", Some(100 + 50 * (number % 3))),
        };
        let diameter = diameter.map_or_else(String::new, |one| {
            format!(r#", parameters: {{"diameter": "{one} mm"}}"#)
        });
        let _ = writeln!(
            assets,
            r#"(id: "l{number}", kind: "water.{kind}"{diameter}),"#
        );
        let _ = writeln!(
            links,
            r#"(from: "l{number}.a", to: "n{from}.water"), (from: "l{number}.b", to: "n{to}.water"),"#
        );
    };
    let mut number = 0;
    for index in 0..columns * rows {
        if index % columns + 1 < columns {
            join(index, index + 1, number);
            number += 1;
        }
        if index + columns < columns * rows {
            join(index, index + columns, number);
            number += 1;
        }
    }
    format!(
        r#"(format: 1, id: "town", name: "Town", version: "1", epoch: "2024-01-01T00:00:00Z", timestep: "1 h",
        assets: [(id: "options", kind: "water.Network"),
        {assets}], links: [{links}])"#
    )
}
