//! A lumped thermal network: what is connected to what, in SI units.
//!
//! A network has *bodies*, whose temperature follows from the heat they
//! receive, and *boundaries*, whose temperature is given. Conductances and
//! radiation links carry heat between any two of them, heat sources feed bodies,
//! and lags (sensors) follow the temperature of a body or boundary without
//! taking heat from it:
//!
//! ```text
//! C_i dT_i/dt = sum of G (T_j - T_i) + sum of k (T_j^4 - T_i^4) + sum of sources
//! tau dS/dt   = T - S
//! ```
//!
//! The network is only the description; [`ThermalSolver`](super::ThermalSolver)
//! advances its temperatures.

use super::dense::Square;
use super::exponential::Rates;

/// The Stefan-Boltzmann constant in W/(m² K⁴), exact in the SI since 2019.
pub const STEFAN_BOLTZMANN: f64 = 5.670_374_419e-8;

/// Time constant given to a body without heat capacity and to a lag without
/// delay, in seconds. The solution is accurate at any ratio of time constants,
/// so this is "at once" without an algebraic equation of its own.
const INSTANT: f64 = 1e-9;

/// One end of a link: a body or a boundary, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// The body with this index.
    Body(usize),
    /// The boundary with this index.
    Boundary(usize),
}

/// A link whose heat flow from `a` to `b` is `conductance * (Ta - Tb)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conductance {
    /// Where positive heat flow comes from.
    pub a: Node,
    /// Where positive heat flow goes to.
    pub b: Node,
    /// Heat flow per difference of temperature, in W/K.
    pub conductance: f64,
}

/// A link whose heat flow from `a` to `b` is `coefficient * (Ta^4 - Tb^4)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Radiation {
    /// Where positive heat flow comes from.
    pub a: Node,
    /// Where positive heat flow goes to.
    pub b: Node,
    /// Emissivity (or exchange factor) times area times
    /// [`STEFAN_BOLTZMANN`], in W/K⁴.
    pub coefficient: f64,
}

/// A temperature that follows a node with a first-order lag and takes no heat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lag {
    /// The node that is followed.
    pub node: Node,
    /// Time constant in s; zero follows at once.
    pub time_constant: f64,
}

/// Why a network cannot be built or changed as asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NetworkError {
    /// A quantity that must be finite and not negative is not.
    #[error("{quantity} must be a finite number of at least zero, not {value}")]
    NotPhysical {
        /// What the number stands for, with its unit.
        quantity: &'static str,
        /// The number given.
        value: f64,
    },
    /// An index names a body, boundary or link that the network does not have.
    #[error("there is no {what} with index {index}: the network has {count}")]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// The index given.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// Both ends of a link are the same node.
    #[error("a link needs two different ends, but both are {node:?}")]
    SameEnds {
        /// The node at both ends.
        node: Node,
    },
    /// A body without heat capacity has nothing that sets its temperature.
    #[error(
        "body {body} has neither heat capacity nor a conductance: \
         nothing sets its temperature; give it one of the two"
    )]
    Undetermined {
        /// Index of the body.
        body: usize,
    },
    /// A body without heat capacity takes part in radiation.
    #[error("body {body} radiates, which needs a heat capacity above zero")]
    RadiatingWithoutCapacity {
        /// Index of the body.
        body: usize,
    },
}

/// The description of a thermal network.
///
/// States are ordered bodies first, then lags, each in the order in which they
/// were added; see [`state_count`](Self::state_count).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    heat_capacities: Vec<f64>,
    boundary_count: usize,
    lags: Vec<Lag>,
    sources: Vec<usize>,
    conductances: Vec<Conductance>,
    radiations: Vec<Radiation>,
}

impl Network {
    /// An empty network.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a body and returns its node.
    ///
    /// `heat_capacity` is in J/K. Zero is allowed for a body that has a
    /// conductance: its temperature then follows its neighbours at once.
    ///
    /// # Errors
    /// When the heat capacity is negative or not finite.
    pub fn add_body(&mut self, heat_capacity: f64) -> Result<Node, NetworkError> {
        let heat_capacity = physical("a heat capacity [J/K]", heat_capacity)?;
        self.heat_capacities.push(heat_capacity);
        Ok(Node::Body(self.heat_capacities.len() - 1))
    }

    /// Adds a boundary, whose temperature is given with each step, and returns
    /// its node.
    pub fn add_boundary(&mut self) -> Node {
        self.boundary_count += 1;
        Node::Boundary(self.boundary_count - 1)
    }

    /// Adds a lag that follows `node` and returns its index among the lags.
    ///
    /// `time_constant` is in s; zero follows at once.
    ///
    /// # Errors
    /// When the node does not exist or the time constant is negative or not
    /// finite.
    pub fn add_lag(&mut self, node: Node, time_constant: f64) -> Result<usize, NetworkError> {
        self.check_node(node)?;
        let time_constant = physical("a time constant [s]", time_constant)?;
        self.lags.push(Lag {
            node,
            time_constant,
        });
        Ok(self.lags.len() - 1)
    }

    /// Adds a heat source into the body with index `body` and returns its index
    /// among the sources. Its heat flow in W is given with each step.
    ///
    /// # Errors
    /// When the body does not exist.
    pub fn add_source(&mut self, body: usize) -> Result<usize, NetworkError> {
        self.check_node(Node::Body(body))?;
        self.sources.push(body);
        Ok(self.sources.len() - 1)
    }

    /// Adds a conductance in W/K between two nodes and returns its index among
    /// the conductances.
    ///
    /// # Errors
    /// When a node does not exist, both are the same, or the conductance is
    /// negative or not finite.
    pub fn add_conductance(
        &mut self,
        a: Node,
        b: Node,
        conductance: f64,
    ) -> Result<usize, NetworkError> {
        self.check_ends(a, b)?;
        let conductance = physical("a conductance [W/K]", conductance)?;
        self.conductances.push(Conductance { a, b, conductance });
        Ok(self.conductances.len() - 1)
    }

    /// Adds a radiation link between two nodes and returns its index among the
    /// radiation links. `coefficient` is in W/K⁴, see
    /// [`Radiation::coefficient`].
    ///
    /// # Errors
    /// When a node does not exist, both are the same, or the coefficient is
    /// negative or not finite.
    pub fn add_radiation(
        &mut self,
        a: Node,
        b: Node,
        coefficient: f64,
    ) -> Result<usize, NetworkError> {
        self.check_ends(a, b)?;
        let coefficient = physical("a radiation coefficient [W/K4]", coefficient)?;
        self.radiations.push(Radiation { a, b, coefficient });
        Ok(self.radiations.len() - 1)
    }

    /// Changes the heat capacity of a body, in J/K.
    ///
    /// # Errors
    /// When the body does not exist or the value is negative or not finite.
    pub fn set_heat_capacity(&mut self, body: usize, value: f64) -> Result<(), NetworkError> {
        self.check_node(Node::Body(body))?;
        self.heat_capacities[body] = physical("a heat capacity [J/K]", value)?;
        Ok(())
    }

    /// Changes a conductance, in W/K.
    ///
    /// # Errors
    /// When the link does not exist or the value is negative or not finite.
    pub fn set_conductance(&mut self, link: usize, value: f64) -> Result<(), NetworkError> {
        check_index("conductance", link, self.conductances.len())?;
        self.conductances[link].conductance = physical("a conductance [W/K]", value)?;
        Ok(())
    }

    /// Changes the coefficient of a radiation link, in W/K⁴.
    ///
    /// # Errors
    /// When the link does not exist or the value is negative or not finite.
    pub fn set_radiation(&mut self, link: usize, value: f64) -> Result<(), NetworkError> {
        check_index("radiation link", link, self.radiations.len())?;
        self.radiations[link].coefficient = physical("a radiation coefficient [W/K4]", value)?;
        Ok(())
    }

    /// Changes the time constant of a lag, in s.
    ///
    /// # Errors
    /// When the lag does not exist or the value is negative or not finite.
    pub fn set_time_constant(&mut self, lag: usize, value: f64) -> Result<(), NetworkError> {
        check_index("lag", lag, self.lags.len())?;
        self.lags[lag].time_constant = physical("a time constant [s]", value)?;
        Ok(())
    }

    /// Number of bodies.
    pub fn body_count(&self) -> usize {
        self.heat_capacities.len()
    }

    /// Number of boundaries.
    pub fn boundary_count(&self) -> usize {
        self.boundary_count
    }

    /// Number of states: bodies, then lags.
    pub fn state_count(&self) -> usize {
        self.heat_capacities.len() + self.lags.len()
    }

    /// The heat capacity of each body, in J/K.
    pub fn heat_capacities(&self) -> &[f64] {
        &self.heat_capacities
    }

    /// The lags, in the order of their indexes.
    pub fn lags(&self) -> &[Lag] {
        &self.lags
    }

    /// The body that each source feeds.
    pub fn sources(&self) -> &[usize] {
        &self.sources
    }

    /// The conductances, in the order of their indexes.
    pub fn conductances(&self) -> &[Conductance] {
        &self.conductances
    }

    /// The radiation links, in the order of their indexes.
    pub fn radiations(&self) -> &[Radiation] {
        &self.radiations
    }

    /// Checks what can only be judged once the network is complete.
    ///
    /// # Errors
    /// When a body without heat capacity has no conductance, or radiates.
    pub fn check(&self) -> Result<(), NetworkError> {
        let massless = |node: Node| match node {
            Node::Body(body) if self.heat_capacities[body] == 0.0 => Some(body),
            _ => None,
        };
        for link in &self.radiations {
            if let Some(body) = massless(link.a).or_else(|| massless(link.b)) {
                return Err(NetworkError::RadiatingWithoutCapacity { body });
            }
        }
        for (body, inertia) in self.inertias().into_iter().enumerate() {
            if inertia == 0.0 {
                return Err(NetworkError::Undetermined { body });
            }
        }
        Ok(())
    }

    /// Temperature of `node`, given the states and the boundary temperatures.
    pub fn temperature(&self, node: Node, states: &[f64], boundaries: &[f64]) -> f64 {
        match node {
            Node::Body(body) => states[body],
            Node::Boundary(boundary) => boundaries[boundary],
        }
    }

    /// Heat flow through a conductance from its end `a` to its end `b` now, in W.
    pub fn conductance_heat_flow(&self, link: usize, states: &[f64], boundaries: &[f64]) -> f64 {
        let link = self.conductances[link];
        link.conductance
            * (self.temperature(link.a, states, boundaries)
                - self.temperature(link.b, states, boundaries))
    }

    /// Heat flow through a radiation link from its end `a` to its end `b` now,
    /// in W.
    pub fn radiation_heat_flow(&self, link: usize, states: &[f64], boundaries: &[f64]) -> f64 {
        let link = self.radiations[link];
        link.coefficient
            * fourth_power_difference(
                self.temperature(link.a, states, boundaries),
                self.temperature(link.b, states, boundaries),
            )
    }

    /// The inertia of each body: its heat capacity, or, without one, what makes
    /// it follow its neighbours within [`INSTANT`].
    pub(crate) fn inertias(&self) -> Vec<f64> {
        let mut inertias = self.heat_capacities.clone();
        for link in &self.conductances {
            for node in [link.a, link.b] {
                if let Node::Body(body) = node
                    && self.heat_capacities[body] == 0.0
                {
                    inertias[body] += INSTANT * link.conductance;
                }
            }
        }
        inertias
    }

    /// The rate at which a lag follows its node, in 1/s.
    pub(crate) fn lag_rate(&self, lag: usize) -> f64 {
        1.0 / self.lags[lag].time_constant.max(INSTANT)
    }

    /// The rates between the states, and from each state to each boundary (row
    /// by row), with each radiation link replaced by a conductance of
    /// `linearised[link]`, in W/K.
    pub(crate) fn rates(&self, linearised: &[f64]) -> (Rates, Vec<f64>) {
        let states = self.state_count();
        let inertias = self.inertias();
        let mut exchange = Square::zeros(states);
        let mut to_boundaries = vec![0.0; states * self.boundary_count];
        let mut follow = |state: usize, node: Node, rate: f64| match node {
            Node::Body(other) => exchange.add_at(state, other, rate),
            Node::Boundary(boundary) => {
                to_boundaries[state * self.boundary_count + boundary] += rate;
            }
        };
        let radiating = self.radiations.iter().zip(linearised);
        let links = (self.conductances.iter())
            .map(|link| (link.a, link.b, link.conductance))
            .chain(radiating.map(|(link, &conductance)| (link.a, link.b, conductance)));
        for (a, b, conductance) in links {
            for (from, to) in [(a, b), (b, a)] {
                // A link of no conductance at a body of no inertia is 0 / 0.
                if let Node::Body(body) = from
                    && conductance > 0.0
                {
                    follow(body, to, conductance / inertias[body]);
                }
            }
        }
        for (index, lag) in self.lags.iter().enumerate() {
            follow(self.body_count() + index, lag.node, self.lag_rate(index));
        }
        let leak = (0..states)
            .map(|state| {
                let start = state * self.boundary_count;
                to_boundaries[start..start + self.boundary_count]
                    .iter()
                    .sum()
            })
            .collect();
        (Rates { exchange, leak }, to_boundaries)
    }

    fn check_node(&self, node: Node) -> Result<(), NetworkError> {
        match node {
            Node::Body(index) => check_index("body", index, self.body_count()),
            Node::Boundary(index) => check_index("boundary", index, self.boundary_count),
        }
    }

    fn check_ends(&self, a: Node, b: Node) -> Result<(), NetworkError> {
        self.check_node(a)?;
        self.check_node(b)?;
        if a == b {
            return Err(NetworkError::SameEnds { node: a });
        }
        Ok(())
    }
}

/// `a^4 - b^4` without cancellation for temperatures close to each other.
#[inline(always)]
pub(crate) fn fourth_power_difference(a: f64, b: f64) -> f64 {
    (a - b) * ((a + b) * (a * a + b * b))
}

fn physical(quantity: &'static str, value: f64) -> Result<f64, NetworkError> {
    if value.is_finite() && value >= 0.0 {
        Ok(value)
    } else {
        Err(NetworkError::NotPhysical { quantity, value })
    }
}

fn check_index(what: &'static str, index: usize, count: usize) -> Result<(), NetworkError> {
    if index < count {
        Ok(())
    } else {
        Err(NetworkError::Unknown { what, index, count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_without_physical_meaning_are_refused() {
        let mut network = Network::new();
        assert!(network.add_body(-1.0).is_err());
        assert!(network.add_body(f64::NAN).is_err());
        let body = network.add_body(1.0).unwrap();
        let room = network.add_boundary();
        assert!(network.add_conductance(body, room, f64::INFINITY).is_err());
        assert_eq!(
            network.add_conductance(body, body, 1.0),
            Err(NetworkError::SameEnds { node: body })
        );
        assert!(network.add_conductance(body, Node::Body(7), 1.0).is_err());
        assert!(network.add_source(7).is_err());
        assert!(network.set_conductance(0, 1.0).is_err());
    }

    #[test]
    fn a_body_that_nothing_holds_is_refused() {
        let mut network = Network::new();
        network.add_body(0.0).unwrap();
        assert_eq!(network.check(), Err(NetworkError::Undetermined { body: 0 }));
        let room = network.add_boundary();
        network.add_conductance(Node::Body(0), room, 2.0).unwrap();
        assert_eq!(network.check(), Ok(()));
        network.add_radiation(Node::Body(0), room, 1e-9).unwrap();
        assert_eq!(
            network.check(),
            Err(NetworkError::RadiatingWithoutCapacity { body: 0 })
        );
    }

    #[test]
    fn difference_of_fourth_powers_keeps_its_digits() {
        let (a, b) = (300.0 + 1.0 / 1024.0, 300.0);
        // d/dT T^4 = 4 T^3, and the next term is 6 T^2 dT^2.
        let difference: f64 = 1.0 / 1024.0;
        let expected = 4.0 * 2.7e7 * difference
            + 6.0 * 9e4 * difference.powi(2)
            + 4.0 * 300.0 * difference.powi(3)
            + difference.powi(4);
        assert!((fourth_power_difference(a, b) - expected).abs() < 1e-15 * expected);
    }
}
