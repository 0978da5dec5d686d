//! A step of the simulation, inputs included, asks the allocator for nothing.
#![expect(
    unsafe_code,
    reason = "counting allocations takes an allocator, whose trait is unsafe; this one only passes \
              calls on"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;

use counterpart::model;
use counterpart::quantity::{SimDuration, SimTime};
use counterpart::simulation::{Change, InputPlan, InputSeries, Simulation};
use counterpart::twin;

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

#[test]
fn an_hour_of_tclab_allocates_nothing() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab/twin.ron");
    let loaded = twin::load(&path, &model::registry()).expect("the bundled twin");
    let mut simulation = Simulation::compile(&loaded.twin, &loaded.variables).expect("it compiles");
    let find = |path| loaded.variables.find(path).expect("a variable of tclab");
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

    let before = allocations();
    for _ in 1..3600 {
        cursor.apply(&mut simulation);
        simulation.step().expect("a step");
    }
    assert_eq!(allocations() - before, 0);
    assert_eq!(simulation.time(), minute(60));
}

#[test]
fn the_counter_counts() {
    let before = allocations();
    let boxed = std::hint::black_box(Box::new(1));
    assert_eq!(allocations() - before, 1);
    drop(boxed);
}
