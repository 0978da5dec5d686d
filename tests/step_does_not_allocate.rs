//! A step of the simulation, inputs included, asks the allocator for nothing
//! but where a radiating network assembles its operators anew.
#![expect(
    clippy::expect_used,
    reason = "a test reports what it found by failing"
)]
#![expect(
    unsafe_code,
    reason = "counting allocations takes an allocator, whose trait is unsafe; this one only passes \
              calls on"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

use counterpart::model;
use counterpart::quantity::{SimDuration, SimTime};
use counterpart::simulation::{Change, InputPlan, InputSeries, Simulation};
use counterpart::twin::{self, Twin, VariableTable};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counting the calls of each thread.
struct Counting;

// SAFETY: every call goes to the system's allocator with the same arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: as promised by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as promised by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations() -> u64 {
    ALLOCATIONS.with(Cell::get)
}

/// What an hour of 1 s steps asked of the allocator, after the first.
#[derive(Debug, Default)]
struct Asked {
    /// Allocations made while inputs were applied.
    by_inputs: u64,
    /// Steps in which the models allocated.
    steps: u64,
}

/// Runs an hour of the Temperature Control Lab, with or without its radiation,
/// under a series, a ramp and a set.
fn an_hour_of_tclab(radiating: bool) -> Asked {
    let registry = model::registry();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab/twin.ron");
    let loaded = twin::load(&path, &registry).expect("the bundled twin");
    let mut twin = Twin::clone(&loaded.twin);
    if !radiating {
        let (radiations, others) = (twin.assets.into_iter())
            .partition::<Vec<_>, _>(|asset| asset.kind == "thermal.Radiation");
        assert!(!radiations.is_empty(), "tclab radiates");
        twin.assets = others;
        twin.links.retain(|link| {
            !radiations.iter().any(|asset| {
                [&link.from, &link.to]
                    .iter()
                    .any(|end| end.parts().is_some_and(|(id, _)| id == asset.id))
            })
        });
    }
    let twin = Arc::new(twin);
    let variables = Arc::new(VariableTable::new(&twin, &registry));
    let mut simulation = Simulation::compile(&twin, &variables).expect("it compiles");
    let find = |path| variables.find(path).expect("a variable of tclab");
    let minute = |minute: i64| SimTime::ZERO + SimDuration::from_whole_seconds(60 * minute);
    let plan = InputPlan::new(&[InputSeries {
        variable: find("power_1.command"),
        times: (0..60).map(minute).collect(),
        values: (0..60_i32)
            .map(|sample| f64::from(sample % 10) * 0.1)
            .collect(),
    }])
    .with_change(
        find("room.temperature"),
        minute(10),
        Change::Ramp {
            to: 300.0,
            until: minute(20),
        },
    )
    .with_change(find("power_2.command"), minute(30), Change::Set(1.0));
    let mut cursor = plan.cursor();
    // The first step may prepare what derives from the parameters.
    cursor.apply(&mut simulation);
    simulation.step().expect("a step");

    let mut asked = Asked::default();
    for _ in 1..3600 {
        let before = allocations();
        cursor.apply(&mut simulation);
        let applied = allocations();
        simulation.step().expect("a step");
        asked.by_inputs += applied - before;
        asked.steps += u64::from(allocations() > applied);
    }
    assert_eq!(simulation.time(), minute(60));
    asked
}

#[test]
fn a_linear_network_allocates_in_no_step() {
    let asked = an_hour_of_tclab(false);
    assert_eq!((asked.by_inputs, asked.steps), (0, 0));
}

/// A radiating network holds the conductances of its radiation frozen, and
/// allocates where it freezes them anew because temperatures have moved far.
/// That is an exception to what `Model::step` promises; it stays a rare one.
#[test]
fn a_radiating_network_allocates_only_where_it_assembles_its_operators_anew() {
    let asked = an_hour_of_tclab(true);
    assert_eq!(asked.by_inputs, 0);
    assert!(asked.steps <= 10, "{asked:?}: more than one step in 360");
}

#[test]
fn the_counter_counts() {
    let before = allocations();
    let boxed = std::hint::black_box(Box::new(1));
    assert_eq!(allocations() - before, 1);
    drop(boxed);
}
