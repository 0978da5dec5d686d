//! How fast networks are solved: hydraulics only, on one thread, at the accuracy
//! of the file.
//!
//! The networks are those of `COUNTERPART_DATA`; without them there is nothing to
//! measure. To compare, run EPANET on the same machine at the same time
//! (`pip install owa-epanet==2.3.5`), which prints its CPU time:
//!
//! ```text
//! python - L-TOWN.inp <<'END'
//! import sys, time
//! from epanet import toolkit as en
//! project = en.createproject()
//! en.open(project, sys.argv[1], "report.txt", "")
//! en.openH(project)
//! en.initH(project, 0)
//! start = time.process_time()
//! while True:
//!     en.runH(project)
//!     if en.nextH(project) <= 0:
//!         break
//! print(time.process_time() - start)
//! END
//! ```

use std::path::PathBuf;

use counterpart::import::epanet;
use counterpart::model;
use counterpart::model::water::{Hydraulics, network_of};
use counterpart::twin::VariableTable;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

/// Networks with the length of their runs \[s].
const NETWORKS: &[(&str, i64)] = &[
    ("C-Town", 604_800),
    ("L-TOWN", 604_800),
    ("ky4", 86_400),
    ("vitens_benchmark", 86_400),
];

fn networks() -> Option<PathBuf> {
    let data = std::env::var_os("COUNTERPART_DATA")?;
    let folder = PathBuf::from(data).join("water/networks");
    folder.is_dir().then_some(folder)
}

fn run(name: &str) -> Option<Hydraulics> {
    let imported = epanet::import_file(&networks()?.join(format!("{name}.inp"))).ok()?;
    let variables = VariableTable::new(&imported.twin, &model::registry());
    let network = network_of(&imported.twin, &variables).ok()??;
    Hydraulics::new(network).ok()
}

fn hydraulics(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hydraulics");
    group.sample_size(10);
    for &(name, duration) in NETWORKS {
        let Some(start) = run(name) else {
            continue;
        };
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || start.clone(),
                |mut run| {
                    // A step that does not settle counts as well.
                    let _ = run.advance_to(duration, |_, _| {});
                    run
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, hydraulics);
criterion_main!(benches);
