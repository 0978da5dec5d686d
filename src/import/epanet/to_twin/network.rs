//! The asset that holds for the whole network.

use super::super::inp::{Options, QualityKind, Times};
use super::super::map;
use super::super::units::rounded;
use super::words::{self, word_of};
use super::{Maker, NETWORK_ID, Properties, time};
use crate::twin::Asset;

/// What EPANET relates viscosities to \[ft2/s].
const VISCOSITY: f64 = 1.1e-5;

impl Maker<'_> {
    pub(super) fn network(&self) -> Asset {
        let mut properties = Properties::default();
        self.hydraulics(&mut properties);
        self.times(&mut properties);
        self.quality(&mut properties);
        self.energy(&mut properties);
        self.map_frame(&mut properties);
        self.kept(&mut properties);
        properties.into_asset(NETWORK_ID, words::NETWORK, NETWORK_ID)
    }

    fn hydraulics(&self, properties: &mut Properties) {
        let options = &self.inp.options;
        let usual = Options::default();
        let units = &self.units;
        properties.word("flow_unit", Some(options.flow_unit.word().to_owned()));
        properties.word_unless(
            "Meters",
            "pressure_unit",
            word_of(&words::PRESSURE, options.pressure()),
        );
        properties.word(
            "headloss",
            Some(word_of(&words::HEADLOSS, options.headloss).to_owned()),
        );
        properties.word_unless(
            "DemandDriven",
            "demand_model",
            if options.pressure_driven {
                "PressureDriven"
            } else {
                "DemandDriven"
            },
        );
        properties.word_unless(
            "Yes",
            "backflow",
            if options.backflow { "Yes" } else { "No" },
        );
        let default = self
            .inp
            .patterns
            .iter()
            .position(|pattern| pattern.id == options.default_pattern);
        properties.word("default_pattern", self.pattern_id(default));
        if let Some(extra) = options.unbalanced {
            properties.word_unless("Stop", "unbalanced", "Continue");
            properties.set_unless(10.0, "extra_trials", extra as f64, &units.one);
        }
        let numbers = [
            (usual.accuracy, "accuracy", options.accuracy),
            (usual.trials, "maximum_trials", options.trials),
            (
                usual.check_frequency,
                "check_frequency",
                options.check_frequency,
            ),
            (usual.maximum_check, "maximum_check", options.maximum_check),
            (usual.damping_limit, "damping_limit", options.damping_limit),
            (
                usual.specific_gravity,
                "specific_gravity",
                options.specific_gravity,
            ),
            (
                usual.emitter_exponent,
                "emitter_exponent",
                options.emitter_exponent,
            ),
            (
                usual.pressure_exponent,
                "pressure_exponent",
                options.pressure_exponent,
            ),
            (
                usual.demand_multiplier,
                "demand_multiplier",
                options.demand_multiplier,
            ),
        ];
        for (default, name, value) in numbers {
            properties.set_unless(default, name, value, &units.one);
        }
        properties.set_unless(0.0, "head_error", options.head_error, &units.length);
        properties.set_unless(0.0, "flow_change", options.flow_change, &units.flow);
        if options.viscosity.to_bits() != usual.viscosity.to_bits() {
            let viscosity = rounded(options.viscosity * VISCOSITY);
            properties.set("kinematic_viscosity", viscosity, &units.viscosity);
        }
        // EPANET's default is a tenth of the file's own unit, whichever that is.
        let (minimum, unit) = self.column(options.minimum_pressure);
        properties.set_unless(0.0, "minimum_pressure", minimum, &unit);
        let (required, unit) = self.column(options.required_pressure);
        if unit.code() != "m" || required.to_bits() != usual.required_pressure.to_bits() {
            properties.set("required_pressure", required, &unit);
        }
    }

    fn times(&self, properties: &mut Properties) {
        let times = &self.inp.times;
        let usual = Times::default();
        let tenth = times.hydraulic_step / 10;
        let all = [
            (0, "duration", times.duration),
            (usual.hydraulic_step, "hydraulic_step", times.hydraulic_step),
            (360, "quality_step", times.quality_step.unwrap_or(tenth)),
            (360, "rule_step", times.rule_step.unwrap_or(tenth)),
            (0, "pattern_start", times.pattern_start),
            (usual.report_step, "report_step", times.report_step),
            (0, "report_start", times.report_start),
            (0, "start_clock", times.start_clock),
        ];
        for (default, name, seconds) in all {
            if seconds != default {
                let (value, unit) = time(seconds, &self.units);
                properties.set(name, value, unit);
            }
        }
        properties.word_unless(
            "None",
            "statistic",
            word_of(&words::STATISTICS, times.statistic),
        );
    }

    fn quality(&self, properties: &mut Properties) {
        let options = &self.inp.options;
        let units = &self.units;
        let mut tolerance = ("tolerance", &units.concentration);
        match &options.quality {
            QualityKind::None => {}
            QualityKind::Constituent(name) => {
                properties.word_unless("None", "quality", "Constituent");
                properties.word_unless("", "constituent", name);
            }
            QualityKind::Age => {
                properties.word_unless("None", "quality", "Age");
                tolerance = ("age_tolerance", &units.hour);
            }
            QualityKind::Trace(node) => {
                properties.word_unless("None", "quality", "Trace");
                properties.word("trace_node", Some(self.ids.nodes[*node].clone()));
                tolerance = ("share_tolerance", &units.percent);
            }
        }
        if options.micrograms {
            properties.word_unless("mg/L", "concentration_unit", "ug/L");
        }
        if let Some(value) = options.tolerance {
            properties.set(tolerance.0, value, tolerance.1);
        }
        properties.set_unless(1.0, "diffusivity", options.diffusivity, &units.one);
        let reactions = &self.inp.reactions;
        properties.set_unless(1.0, "bulk_order", reactions.bulk_order, &units.one);
        properties.set_unless(1.0, "wall_order", reactions.wall_order, &units.one);
        properties.set_unless(1.0, "tank_order", reactions.tank_order, &units.one);
        properties.set_unless(0.0, "bulk_coefficient", reactions.bulk, &units.per_day);
        if reactions.wall_order == 0.0 {
            properties.set_unless(0.0, "wall_rate", reactions.wall, &units.wall_rate);
        } else {
            properties.set_unless(0.0, "wall_coefficient", reactions.wall, &units.wall);
        }
        properties.set_unless(
            0.0,
            "limiting_concentration",
            reactions.limiting,
            &units.concentration,
        );
        properties.set_unless(
            0.0,
            "roughness_reaction_factor",
            reactions.roughness_correlation,
            &units.one,
        );
    }

    fn energy(&self, properties: &mut Properties) {
        let energy = &self.inp.energy;
        let units = &self.units;
        properties.set_unless(0.0, "energy_price", energy.price, &units.per_energy);
        properties.set_unless(0.0, "demand_charge", energy.demand_charge, &units.per_power);
        properties.set_unless(75.0, "pump_efficiency", energy.efficiency, &units.percent);
        properties.word("price_pattern", self.pattern_id(energy.pattern));
    }

    fn map_frame(&self, properties: &mut Properties) {
        let frame = &self.map.frame;
        let units = &self.units;
        properties.set_unless(0.0, "map_origin_x", frame.origin.0, &units.one);
        properties.set_unless(0.0, "map_origin_y", frame.origin.1, &units.one);
        properties.set_unless(
            1.0,
            "map_scale",
            frame.scale,
            &crate::quantity::Unit::known("m"),
        );
        properties.word_unless(
            "Plane",
            "map_unit",
            if frame.is_degrees { "Degrees" } else { "Plane" },
        );
    }

    fn kept(&self, properties: &mut Properties) {
        let inp = self.inp;
        let nothing = Vec::new();
        let backdrop = if map::backdrop_only_says_unit(inp) {
            &nothing
        } else {
            &inp.backdrop
        };
        let kept = [
            ("report", &inp.report),
            ("labels", &inp.labels),
            ("backdrop", backdrop),
            ("unused_options", &inp.unused_options),
            ("unused_sections", &inp.unknown_sections),
        ];
        for (name, lines) in kept {
            properties.word_unless("", name, &lines.join("\n"));
        }
    }
}
