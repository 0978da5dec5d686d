//! A thermal step allocates nothing once its step size has been used.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![expect(
    unsafe_code,
    reason = "a counting allocator has to implement an unsafe trait"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use counterpart::model::thermal::{Method, Network, Node, SolverOptions, ThermalSolver};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
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

fn network(radiation: bool) -> Network {
    let mut network = Network::new();
    let first = network.add_body(6.0).unwrap();
    let second = network.add_body(6.0).unwrap();
    let room = network.add_boundary();
    for node in [first, second] {
        network.add_conductance(node, room, 0.01).unwrap();
        network.add_lag(node, 20.0).unwrap();
        if radiation {
            network.add_radiation(node, room, 5e-11).unwrap();
        }
    }
    network.add_conductance(first, second, 0.004).unwrap();
    for body in 0..2 {
        network.add_source(body).unwrap();
    }
    assert_eq!(first, Node::Body(0));
    network
}

#[test]
fn steps_allocate_nothing_after_the_first() {
    for radiation in [false, true] {
        for method in [Method::Exponential, Method::Implicit] {
            let options = SolverOptions {
                method,
                ..SolverOptions::default()
            };
            let mut solver = ThermalSolver::new(network(radiation), options).unwrap();
            let mut state = [296.0; 4];
            let mut run = |solver: &mut ThermalSolver, steps: usize| {
                for index in 0..steps {
                    let heat = if index % 40 < 20 {
                        [1.0, 0.0]
                    } else {
                        [0.0, 0.5]
                    };
                    solver.advance(1.0, &mut state, &[296.0], &heat).unwrap();
                }
            };
            let start = ALLOCATIONS.get();
            run(&mut solver, 400);
            assert!(ALLOCATIONS.get() > start, "the counter counts nothing");
            let before = ALLOCATIONS.get();
            run(&mut solver, 400);
            assert_eq!(
                ALLOCATIONS.get(),
                before,
                "{method:?}, radiation {radiation}"
            );
        }
    }
}
