//! What pumps draw, and what that costs.

use serde::{Deserialize, Serialize};

use super::constants::{HEAD_PER_POWER, ZERO_FLOW};
use super::hydraulics::Hydraulics;
use super::network::{Element, LinkIndex};

/// What a pump has drawn since the start of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PumpEnergy {
    /// Time for which it ran, s.
    pub running: f64,
    /// Energy drawn, J.
    pub energy: f64,
    /// Largest power drawn, W.
    pub peak: f64,
    /// What the energy cost.
    pub cost: f64,
    /// Efficiency times time, s.
    efficiency_time: f64,
    /// Power over flow times time, J·s/m³.
    energy_per_flow: f64,
    /// What it draws in the last solution.
    now: PumpPower,
}

impl PumpEnergy {
    /// Mean efficiency while it ran, as a fraction.
    #[must_use]
    pub fn mean_efficiency(&self) -> f64 {
        self.mean(self.efficiency_time)
    }

    /// Mean power while it ran, W.
    #[must_use]
    pub fn mean_power(&self) -> f64 {
        self.mean(self.energy)
    }

    /// Mean over the running time of the energy a volume took, J/m³.
    #[must_use]
    pub fn mean_energy_per_volume(&self) -> f64 {
        self.mean(self.energy_per_flow)
    }

    fn mean(&self, sum: f64) -> f64 {
        if self.running > 0.0 {
            sum / self.running
        } else {
            0.0
        }
    }
}

/// What a pump draws now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PumpPower {
    /// Power drawn, W.
    pub power: f64,
    /// Efficiency as a fraction; zero when it stands.
    pub efficiency: f64,
    /// What that power costs, per s.
    pub cost_rate: f64,
}

impl Hydraulics {
    /// What a pump has drawn since the start; `None` where the link is no pump.
    #[must_use]
    pub fn pump_energy(&self, link: LinkIndex) -> Option<&PumpEnergy> {
        self.energy.get(self.pump_place(link)?)
    }

    fn pump_place(&self, link: LinkIndex) -> Option<usize> {
        let pumps = &self.plan.pumps;
        pumps
            .binary_search_by_key(&link, |pump| pump.link as usize)
            .ok()
    }

    /// What a pump draws in the last solution; nothing where the link is no pump.
    #[must_use]
    pub fn pump_power(&self, link: LinkIndex) -> PumpPower {
        let network = &self.network;
        let Element::Pump(pump) = &network.links[link].element else {
            return PumpPower::default();
        };
        if self.state.links.status[link].is_closed() {
            return PumpPower::default();
        }
        let options = &network.options;
        let flow = self.flow(link).abs();
        let lifted = self.head_loss(link).abs();
        let speed = self.state.links.setting[link].unwrap_or(1.0);
        let efficiency = match pump.efficiency_curve {
            // Sarbu and Borza (1998): what is lost grows with the tenth root of
            // the slowing.
            Some(curve) if speed > 0.0 => {
                let nominal = network.curves[curve].at(flow / speed);
                1.0 - (1.0 - nominal) * libm::pow(1.0 / speed, 0.1)
            }
            _ => options.pump_efficiency,
        };
        let efficiency = efficiency.clamp(0.01, 1.0);
        let power = lifted * flow * options.specific_gravity / HEAD_PER_POWER / efficiency;
        PumpPower {
            power,
            efficiency,
            cost_rate: power * self.energy_price(pump.price, pump.price_pattern),
        }
    }

    /// Price of energy for a pump now, per J.
    fn energy_price(&self, own: Option<f64>, own_pattern: Option<usize>) -> f64 {
        let network = &self.network;
        let price = own.unwrap_or(network.options.energy_price) * self.price_factor;
        match own_pattern.or(network.options.price_pattern) {
            Some(pattern) => price * self.pattern_values[pattern],
            None => price,
        }
    }

    /// Notes what every pump draws in the last solution.
    pub(super) fn note_powers(&mut self) {
        for place in 0..self.energy.len() {
            self.energy[place].now = self.pump_power(self.plan.pumps[place].link as usize);
        }
    }

    /// Counts what was noted over a step of some seconds.
    pub(super) fn count_energy(&mut self, seconds: i64) {
        let seconds = seconds as f64;
        let mut total = 0.0;
        for (energy, pump) in self.energy.iter_mut().zip(&self.plan.pumps) {
            let now = energy.now;
            if now.efficiency <= 0.0 {
                continue;
            }
            let flow = self.shown_flow[pump.link as usize].abs().max(ZERO_FLOW);
            total += now.power;
            energy.running += seconds;
            energy.energy += now.power * seconds;
            energy.peak = energy.peak.max(now.power);
            energy.cost += now.cost_rate * seconds;
            energy.efficiency_time += now.efficiency * seconds;
            energy.energy_per_flow += now.power / flow * seconds;
        }
        self.largest_power = self.largest_power.max(total);
    }
}
