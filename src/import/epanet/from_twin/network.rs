//! The options of the whole network.

use super::super::inp::{QualityKind, Statistic};
use super::super::units::rounded;
use super::{Writer, in_unit, shortest, words};

/// What EPANET relates viscosities to \[ft2/s].
const VISCOSITY: f64 = 1.1e-5;

impl Writer<'_> {
    pub(super) fn network(&mut self) {
        self.inp.title = self
            .twin
            .description
            .lines()
            .map(|line| line.trim().to_owned())
            .collect();
        // A twin without a title of its own is called by its id.
        if self.inp.title.is_empty() && self.twin.name != self.twin.id {
            self.inp.title.push(self.twin.name.clone());
        }
        if let Some(pattern) = self.twin.patterns.first() {
            self.inp.times.pattern_step = seconds(pattern.step.as_seconds());
        }
        self.hydraulics();
        self.times();
        self.quality();
        self.energy();
        self.kept();
    }

    fn number(&self, name: &str, default: f64) -> f64 {
        self.network.map_or(default, |network| {
            self.value(network, name, &self.units.one, default)
        })
    }

    fn choice(&self, name: &str) -> Option<&str> {
        self.network.and_then(|network| self.word(network, name))
    }

    fn pressure_option(&self, name: &str, default: f64) -> f64 {
        self.network
            .and_then(|network| network.parameters.get(name))
            .map_or(default, |column| self.pressure(column))
    }

    fn hydraulics(&mut self) {
        let mut options = std::mem::take(&mut self.inp.options);
        // `pressure` asks the options for its unit.
        self.inp.options = options.clone();
        options.pressure_driven = self.choice("demand_model") == Some("PressureDriven");
        options.backflow = self.choice("backflow") != Some("No");
        options.unbalanced = (self.choice("unbalanced") == Some("Continue"))
            .then(|| self.number("extra_trials", 10.0) as i64);
        options.accuracy = self.number("accuracy", options.accuracy);
        options.trials = self.number("maximum_trials", options.trials);
        options.check_frequency = self.number("check_frequency", options.check_frequency);
        options.maximum_check = self.number("maximum_check", options.maximum_check);
        options.damping_limit = self.number("damping_limit", options.damping_limit);
        options.pressure_exponent = self.number("pressure_exponent", options.pressure_exponent);
        options.demand_multiplier = self.number("demand_multiplier", options.demand_multiplier);
        options.minimum_pressure = self.pressure_option("minimum_pressure", 0.0);
        options.required_pressure = self.pressure_option("required_pressure", 0.1);
        if let Some(network) = self.network {
            options.head_error = self.value(network, "head_error", &self.units.length, 0.0);
            options.flow_change = self.value(network, "flow_change", &self.units.flow, 0.0);
            if let Some(viscosity) = network.parameters.get("kinematic_viscosity") {
                let absolute = in_unit(viscosity, &self.units.viscosity);
                options.viscosity = shortest(absolute / VISCOSITY, |relative| {
                    rounded(relative * VISCOSITY).to_bits() == absolute.to_bits()
                });
            }
        }
        options.default_pattern = match self
            .network
            .and_then(|network| self.pattern(network, "default_pattern"))
        {
            Some(pattern) => self.inp.patterns[pattern].id.clone(),
            // EPANET takes a pattern of this name by itself, unless another is named.
            None if self.inp.patterns.iter().any(|pattern| pattern.id == "1") => "none".to_owned(),
            None => "1".to_owned(),
        };
        self.inp.options = options;
    }

    fn times(&mut self) {
        let Some(network) = self.network else { return };
        let time = |name: &str, default: f64| {
            seconds(self.value(network, name, &self.units.second, default))
        };
        let step = time("hydraulic_step", 3_600.0);
        let times = super::super::inp::Times {
            duration: time("duration", 0.0),
            hydraulic_step: step,
            quality_step: Some(time("quality_step", 360.0)),
            rule_step: Some(time("rule_step", 360.0)),
            // Without patterns nothing says how long their step is; it may not cut the others.
            pattern_step: if self.twin.patterns.is_empty() {
                step.max(3_600)
            } else {
                self.inp.times.pattern_step
            },
            pattern_start: time("pattern_start", 0.0),
            report_step: time("report_step", 3_600.0),
            report_start: time("report_start", 0.0),
            start_clock: time("start_clock", 0.0),
            statistic: self
                .word(network, "statistic")
                .and_then(|word| words::value_of(&words::STATISTICS, word))
                .unwrap_or(Statistic::None),
        };
        self.inp.times = times;
    }

    fn quality(&mut self) {
        let Some(network) = self.network else { return };
        let units = &self.units;
        let (name, unit) = match self.choice("quality") {
            Some("Age") => ("age_tolerance", &units.hour),
            Some("Trace") => ("share_tolerance", &units.percent),
            _ => ("tolerance", &units.concentration),
        };
        let tolerance = network
            .parameters
            .get(name)
            .map(|quantity| in_unit(quantity, unit));
        let quality = match self.choice("quality") {
            Some("Age") => QualityKind::Age,
            Some("Constituent") => QualityKind::Constituent(
                self.choice("constituent").unwrap_or("Chemical").to_owned(),
            ),
            Some("Trace") => match self.choice("trace_node").and_then(|id| self.nodes.get(id)) {
                Some(node) => QualityKind::Trace(*node),
                None => QualityKind::None,
            },
            _ => QualityKind::None,
        };
        let mut reactions = self.inp.reactions.clone();
        reactions.bulk_order = self.number("bulk_order", 1.0);
        reactions.tank_order = self.number("tank_order", 1.0);
        reactions.bulk = self.value(network, "bulk_coefficient", &units.per_day, 0.0);
        reactions.wall = if reactions.wall_order == 0.0 {
            self.value(network, "wall_rate", &units.wall_rate, 0.0)
        } else {
            self.value(network, "wall_coefficient", &units.wall, 0.0)
        };
        reactions.limiting =
            self.value(network, "limiting_concentration", &units.concentration, 0.0);
        reactions.roughness_correlation = self.number("roughness_reaction_factor", 0.0);
        let diffusivity = self.number("diffusivity", 1.0);
        self.inp.reactions = reactions;
        self.inp.options.tolerance = tolerance;
        self.inp.options.quality = quality;
        self.inp.options.diffusivity = diffusivity;
    }

    fn energy(&mut self) {
        let Some(network) = self.network else { return };
        let units = &self.units;
        self.inp.energy = super::super::inp::Energy {
            price: self.value(network, "energy_price", &units.per_energy, 0.0),
            pattern: self.pattern(network, "price_pattern"),
            efficiency: self.value(network, "pump_efficiency", &units.percent, 75.0),
            demand_charge: self.value(network, "demand_charge", &units.per_power, 0.0),
        };
    }

    fn kept(&mut self) {
        let lines = |name: &str| -> Vec<String> {
            self.choice(name)
                .map(|text| text.lines().map(str::to_owned).collect())
                .unwrap_or_default()
        };
        let (report, labels, backdrop) = (lines("report"), lines("labels"), lines("backdrop"));
        let (options, sections) = (lines("unused_options"), lines("unused_sections"));
        self.inp.report = report;
        self.inp.labels = labels;
        self.inp.backdrop = backdrop;
        self.inp.unused_options = options;
        self.inp.unknown_sections = sections;
    }
}

/// Whole seconds, as EPANET counts.
fn seconds(seconds: f64) -> i64 {
    seconds.round() as i64
}
