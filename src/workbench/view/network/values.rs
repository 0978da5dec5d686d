//! How the parts of a network are at the instant shown, read from the workbench.

use super::super::Workbench;
use super::{LinkForm, Network, NodeForm};
use crate::twin::VariableIndex;

/// Flow below which water counts as at rest [m³/s].
pub const LEAST_FLOW: f64 = 1e-9;

/// What a network does at one instant, by node and by link.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Present {
    /// Flow of each link [m³/s], start to end positive.
    pub flows: Vec<Option<f64>>,
    /// Speed of the water in each link [m/s], start to end positive.
    pub velocities: Vec<Option<f64>>,
    /// Whether each link is closed.
    pub closed: Vec<bool>,
    /// What each node takes [m³/s].
    pub demands: Vec<Option<f64>>,
    /// Hydraulic head of each node [m].
    pub heads: Vec<Option<f64>>,
    /// How full each tank is, from 0 to 1; 1 for other nodes.
    pub fill: Vec<f64>,
}

/// Reads what is shown. `value` gives the value of a variable at the instant shown [SI].
#[must_use]
pub fn read(network: &Network, value: impl Fn(VariableIndex) -> Option<f64>) -> Present {
    let read = |variable: Option<VariableIndex>| {
        variable.and_then(&value).filter(|value| value.is_finite())
    };
    let flows: Vec<Option<f64>> = network.links.iter().map(|link| read(link.flow)).collect();
    let velocities = network
        .links
        .iter()
        .zip(&flows)
        .map(|(link, flow)| {
            let flow = (*flow)?;
            let speed = match read(link.velocity) {
                Some(speed) => speed.abs(),
                // Pumps state none, nor do documents without that output.
                None if link.diameter > 0.0 => {
                    flow.abs() / (std::f64::consts::PI * link.diameter * link.diameter / 4.0)
                }
                None => 1.0,
            };
            Some(if flow.abs() < LEAST_FLOW {
                0.0
            } else {
                speed.copysign(flow)
            })
        })
        .collect();
    Present {
        velocities,
        flows,
        closed: network
            .links
            .iter()
            .map(|link| read(link.status).is_some_and(|status| status < 0.5))
            .collect(),
        demands: network.nodes.iter().map(|node| read(node.demand)).collect(),
        heads: network.nodes.iter().map(|node| read(node.head)).collect(),
        fill: network
            .nodes
            .iter()
            .map(|node| match (node.form, read(node.level)) {
                (NodeForm::Tank, Some(level)) => {
                    let (low, high) = node.level_range;
                    if high > low {
                        ((level - low) / (high - low)).clamp(0.0, 1.0)
                    } else {
                        1.0
                    }
                }
                _ => 1.0,
            })
            .collect(),
    }
}

impl Workbench {
    /// How the network is at the instant shown.
    #[must_use]
    pub fn present(&self, network: &Network) -> Present {
        read(network, |variable| self.shown_value(variable))
    }
}

impl Present {
    /// A speed that is fast for this network [m/s]: exceeded by one pipe in fifty.
    #[must_use]
    pub fn fast(&self, network: &Network) -> f64 {
        let mut speeds: Vec<f64> = network
            .links
            .iter()
            .zip(&self.velocities)
            .filter(|(link, _)| link.form == LinkForm::Pipe)
            .filter_map(|(_, speed)| speed.map(f64::abs))
            .filter(|speed| *speed > 0.0)
            .collect();
        quantile(&mut speeds, 0.98).unwrap_or(0.0)
    }
}

/// The value below which this share of `values` lies; sorts them in part.
#[must_use]
pub fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let position = ((last as f64) * share.clamp(0.0, 1.0)).round() as usize;
    let (_, value, _) = values.select_nth_unstable_by(position, f64::total_cmp);
    Some(*value)
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{link, node};
    use super::*;

    fn network() -> Network {
        let mut nodes = vec![node(0, [0.0; 3]), node(1, [1.0, 0.0, 0.0])];
        nodes[1].form = NodeForm::Tank;
        nodes[1].level = Some(VariableIndex(0));
        nodes[1].level_range = (1.0, 5.0);
        let mut pipe = link(2, 0, 1);
        pipe.flow = Some(VariableIndex(1));
        pipe.velocity = Some(VariableIndex(2));
        pipe.status = Some(VariableIndex(3));
        let mut pump = link(3, 0, 1);
        pump.flow = Some(VariableIndex(4));
        Network::from_parts(nodes, vec![(pipe, Vec::new()), (pump, Vec::new())], 4)
    }

    fn present(values: [f64; 5]) -> Present {
        read(&network(), |variable| {
            values.get(variable.position()).copied()
        })
    }

    #[test]
    fn a_speed_has_the_sign_of_the_flow() {
        let now = present([3.0, -0.02, 0.7, 1.0, 0.0314]);
        assert_eq!(now.velocities[0], Some(-0.7));
        let of_flow = now.velocities[1].unwrap();
        assert!(
            (of_flow - 1.0).abs() < 0.01,
            "from flow and diameter: {of_flow}"
        );
        assert!((now.fast(&network()) - of_flow).abs() < 1e-12);
    }

    #[test]
    fn a_tank_is_as_full_as_its_level_between_empty_and_full() {
        assert_eq!(present([3.0, 0.0, 0.0, 1.0, 0.0]).fill, vec![1.0, 0.5]);
        assert_eq!(present([9.0, 0.0, 0.0, 1.0, 0.0]).fill[1], 1.0);
        assert_eq!(present([0.0, 0.0, 0.0, 1.0, 0.0]).fill[1], 0.0);
    }

    #[test]
    fn only_what_says_so_is_closed() {
        assert_eq!(present([0.0, 0.0, 0.0, 0.0, 0.0]).closed, vec![true, false]);
        assert_eq!(
            present([0.0, 0.0, 0.0, 1.0, 0.0]).closed,
            vec![false, false]
        );
        let nothing = read(&network(), |_| Some(f64::NAN));
        assert_eq!(nothing.flows, vec![None, None]);
    }

    #[test]
    fn quantiles_are_values_of_the_set() {
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 0.5), Some(2.0));
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 1.0), Some(3.0));
        assert_eq!(quantile(&mut [], 0.5), None);
    }
}
