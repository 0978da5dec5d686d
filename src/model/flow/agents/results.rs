//! What a fleet and its transports say of themselves.

use serde::{Deserialize, Serialize};

use crate::model::flow::run::FlowRun;

/// What a vehicle does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum VehicleMode {
    /// Has no task: stands at home or goes there.
    #[default]
    Idle,
    /// Goes to fetch something.
    Fetching,
    /// Is loaded.
    Loading,
    /// Carries something.
    Carrying,
    /// Is unloaded.
    Unloading,
    /// Goes to where it is charged.
    SeekingCharge,
    /// Is charged.
    Charging,
}

impl VehicleMode {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Idle,
        Self::Fetching,
        Self::Loading,
        Self::Carrying,
        Self::Unloading,
        Self::SeekingCharge,
        Self::Charging,
    ];

    /// Its number: its position in [`VehicleMode::ALL`].
    #[must_use]
    pub const fn number(self) -> usize {
        self as usize
    }
}

/// How a fleet has spent its time since counting began. The shares of busy, idle
/// and charging add to one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FleetReport {
    /// Share of time with a task: fetching, loading, carrying, unloading.
    pub busy: f64,
    /// Share of time without.
    pub idle: f64,
    /// Share of time with items on it, those included in which it is unloaded.
    pub carrying: f64,
    /// Share of time charging or on the way to it.
    pub charging: f64,
    /// Share of time in which it stood under way until the way was free.
    pub held_up: f64,
    /// Way gone by all vehicles, m.
    pub distance: f64,
    /// Tasks done.
    pub trips: u64,
    /// Mean time from the coming of an item to the start of its loading, s.
    pub mean_wait: f64,
    /// Items that wait to be fetched now.
    pub waiting: usize,
    /// Charge of the batteries now, of full ones, on average; one without batteries.
    pub battery: f64,
    /// The lowest that one was; one without batteries.
    pub lowest_battery: f64,
}

impl FlowRun {
    /// What a vehicle does now.
    #[must_use]
    pub fn vehicle_mode(&self, vehicle: u32) -> VehicleMode {
        self.vehicles[vehicle as usize].mode
    }

    /// How a fleet has spent its time since counting began.
    #[must_use]
    pub fn fleet_report(&self, fleet: u32) -> FleetReport {
        let definition = &self.network.roads.fleets[fleet as usize];
        let state = &self.fleets[fleet as usize];
        let mut times = [0_i64; VehicleMode::ALL.len()];
        let (mut distance, mut held_up, mut charge, mut vehicles) = (0.0, 0_i64, 0_i64, 0_u32);
        for vehicle in self
            .vehicles
            .iter()
            .filter(|vehicle| vehicle.fleet == fleet)
        {
            for (sum, time) in times.iter_mut().zip(vehicle.times) {
                *sum += time;
            }
            times[vehicle.mode.number()] += self.now - vehicle.since;
            distance += vehicle.distance;
            held_up += vehicle.held_up;
            charge += vehicle.charge;
            vehicles += 1;
        }
        let total = times.iter().sum::<i64>().max(1) as f64;
        let share = |modes: &[VehicleMode]| {
            modes.iter().map(|mode| times[mode.number()]).sum::<i64>() as f64 / total
        };
        let transports = self.network.transports.iter().zip(&self.transports);
        let waiting = transports
            .filter(|(transport, _)| transport.fleet == fleet)
            .map(|(_, state)| state.waiting.len());
        let of_full = |charge: f64| {
            definition
                .battery
                .map_or(1.0, |battery| charge / battery.running.max(1) as f64)
        };
        FleetReport {
            busy: share(&[
                VehicleMode::Fetching,
                VehicleMode::Loading,
                VehicleMode::Carrying,
                VehicleMode::Unloading,
            ]),
            idle: share(&[VehicleMode::Idle]),
            carrying: share(&[VehicleMode::Carrying, VehicleMode::Unloading]),
            charging: share(&[VehicleMode::SeekingCharge, VehicleMode::Charging]),
            held_up: held_up as f64 / total,
            distance,
            trips: state.trips,
            mean_wait: state.wait.mean(),
            waiting: waiting.sum(),
            battery: of_full(charge as f64 / f64::from(vehicles.max(1))),
            lowest_battery: state
                .least_charge
                .map_or(1.0, |least| of_full(least as f64)),
        }
    }

    /// Mean time from the coming of an item of a transport to the start of its
    /// loading, s, and how many items wait for that now.
    #[must_use]
    pub fn transport_wait(&self, transport: u32) -> (f64, usize) {
        let state = &self.transports[transport as usize];
        (state.wait.mean(), state.waiting.len())
    }

    /// Counting begins anew for all vehicles and transports.
    pub(in crate::model::flow) fn restart_agent_statistics(&mut self) {
        let now = self.now;
        for vehicle in &mut self.vehicles {
            vehicle.times = [0; VehicleMode::ALL.len()];
            vehicle.since = now;
            vehicle.held_up = 0;
            vehicle.distance = 0.0;
        }
        for (fleet, state) in (0_u32..).zip(&mut self.fleets) {
            let charges = self
                .vehicles
                .iter()
                .filter(|vehicle| vehicle.fleet == fleet);
            state.least_charge = charges.map(|vehicle| vehicle.charge).min();
            state.trips = 0;
            state.wait = Default::default();
        }
        for transport in &mut self.transports {
            transport.content.restart(now);
            transport.stay = Default::default();
            transport.wait = Default::default();
            transport.passed = 0;
        }
    }
}
