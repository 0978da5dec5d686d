//! How a network is solved, and over which times.

/// Formula of the friction in pipes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Formula {
    /// Hazen–Williams, roughness C.
    #[default]
    HazenWilliams,
    /// Darcy–Weisbach, roughness height.
    DarcyWeisbach,
    /// Chezy–Manning, roughness n.
    ChezyManning,
}

/// How demands follow pressure.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum DemandModel {
    /// Demands are met whatever the pressure.
    #[default]
    DemandDriven,
    /// Demands fall with pressure.
    PressureDriven {
        /// Pressure at which nothing flows any more, m.
        minimum: f64,
        /// Pressure from which on the full demand flows, m.
        required: f64,
        /// Exponent between the two.
        exponent: f64,
    },
}

/// What happens at a step that does not converge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbalanced {
    /// The run stops there.
    Stop,
    /// Statuses are held for that many further trials, and the run goes on.
    Continue(u32),
}

/// How a network is solved, and over which times.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Formula of the friction.
    pub formula: Formula,
    /// How demands follow pressure.
    pub demand_model: DemandModel,
    /// What happens at a step that does not converge.
    pub unbalanced: Unbalanced,
    /// Sum of flow changes over sum of flows at which a solution is accepted.
    pub accuracy: f64,
    /// Trials before a step counts as unbalanced.
    pub maximum_trials: u32,
    /// Largest error of a link's head loss in an accepted solution, m; zero for any.
    pub head_error: f64,
    /// Largest flow change in an accepted solution, m³/s; zero for any.
    pub flow_change: f64,
    /// Trials between two looks at pumps, check valves and pipes to tanks.
    pub check_frequency: u32,
    /// Trials after which such looks are taken only at convergence.
    pub maximum_check: u32,
    /// Accuracy below which steps are shortened and valves looked at; zero for never.
    pub damping_limit: f64,
    /// Kinematic viscosity, m²/s.
    pub viscosity: f64,
    /// Density relative to that of water.
    pub specific_gravity: f64,
    /// Exponent of the pressure in the outflow of emitters.
    pub emitter_exponent: f64,
    /// Whether an emitter may draw water in.
    pub emitter_backflow: bool,
    /// Factor of all demands.
    pub demand_multiplier: f64,
    /// Efficiency of a pump without a curve, as a fraction.
    pub pump_efficiency: f64,
    /// Price of energy per J.
    pub energy_price: f64,
    /// Course of the price.
    pub price_pattern: Option<usize>,
    /// Price of the largest power drawn, per W.
    pub demand_charge: f64,
    /// Longest step, s.
    pub hydraulic_step: i64,
    /// A step ends at every whole multiple of this, s; zero for none.
    pub report_step: i64,
    /// Time of day at the start, s since midnight.
    pub start_clock: i64,
    /// Time between two looks at the rules, s.
    pub rule_step: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            formula: Formula::default(),
            demand_model: DemandModel::default(),
            unbalanced: Unbalanced::Continue(10),
            accuracy: 1e-6,
            maximum_trials: 200,
            head_error: 0.0,
            flow_change: 0.0,
            check_frequency: 2,
            maximum_check: 10,
            damping_limit: 0.0,
            viscosity: 1.1e-5 * 0.3048 * 0.3048,
            specific_gravity: 1.0,
            emitter_exponent: 0.5,
            emitter_backflow: true,
            demand_multiplier: 1.0,
            pump_efficiency: 0.75,
            energy_price: 0.0,
            price_pattern: None,
            demand_charge: 0.0,
            hydraulic_step: 3600,
            report_step: 0,
            start_clock: 0,
            rule_step: 360,
        }
    }
}
