//! The model on top of the network: documents in, values out.

use super::*;
use crate::model::{Step, registry};
use crate::quantity::{SimDuration, SimTime};

/// A twin with the given assets and links, its model and its values.
struct Bench {
    variables: VariableTable,
    model: Box<dyn Model>,
    values: Vec<f64>,
    time: SimTime,
}

fn twin(assets: &str, links: &[(&str, &str)]) -> Twin {
    let links: String = links
        .iter()
        .map(|(from, to)| format!("(from: \"{from}\", to: \"{to}\"),"))
        .collect();
    let text = format!(
        "(format: 1, id: \"bench\", name: \"Bench\", version: \"1\", \
         epoch: \"2024-01-01T00:00:00Z\", timestep: \"1 s\", \
         assets: [{assets}], links: [{links}])"
    );
    ron::from_str(&text).unwrap()
}

impl Bench {
    fn new(assets: &str, links: &[(&str, &str)]) -> Self {
        let twin = twin(assets, links);
        let variables = VariableTable::new(&twin, &registry());
        let mut model = Thermal.build(&twin, &variables).unwrap().unwrap();
        let mut values = variables.initial_values();
        model.initialise(&mut values).unwrap();
        Self {
            variables,
            model,
            values,
            time: SimTime::from_nanoseconds(0),
        }
    }

    fn slot(&self, path: &str) -> usize {
        self.variables.find(path).unwrap().position()
    }

    fn get(&self, path: &str) -> f64 {
        self.values[self.slot(path)]
    }

    fn set(&mut self, path: &str, value: f64) {
        let slot = self.slot(path);
        self.values[slot] = value;
    }

    fn step(&mut self, seconds: f64) {
        let length = SimDuration::from_seconds(seconds).unwrap();
        let step = Step {
            from: self.time,
            length,
        };
        self.model.step(&mut self.values, step).unwrap();
        self.time = self.time.checked_add(length).unwrap();
    }
}

fn problems(assets: &str, links: &[(&str, &str)]) -> Vec<String> {
    let twin = twin(assets, links);
    let variables = VariableTable::new(&twin, &registry());
    let errors = Thermal.build(&twin, &variables).unwrap_err();
    errors.iter().map(ToString::to_string).collect()
}

const HEATED: &str = r#"
    (id: "block", kind: "thermal.Body", parameters: { "heat_capacity": "100 J/K", "initial_temperature": "20 Cel" }),
    (id: "room", kind: "thermal.Boundary", parameters: { "temperature": "20 Cel" }),
    (id: "loss", kind: "thermal.Conductance", parameters: { "conductance": "0.5 W/K" }),
    (id: "supply", kind: "thermal.Heater", parameters: { "power_at_full": "40 W" }),
    (id: "probe", kind: "thermal.Sensor", parameters: { "noise": "0.1 K" }),
"#;
const HEATED_LINKS: [(&str, &str); 4] = [
    ("loss.a", "block.heat"),
    ("room.heat", "loss.b"),
    ("supply.heat", "block.heat"),
    ("probe.body", "block.heat"),
];

fn heated(extra: &str, links: &[(&str, &str)]) -> Bench {
    let links: Vec<_> = HEATED_LINKS.iter().chain(links).copied().collect();
    Bench::new(&format!("{HEATED}{extra}"), &links)
}

#[test]
fn a_heated_block_follows_the_closed_form_and_reports_its_flows() {
    let mut bench = heated("", &[]);
    assert_eq!(bench.get("block.temperature"), 293.15);
    assert_eq!(bench.get("probe.reading"), 293.15);
    bench.set("supply.command", 0.25);
    for second in 1..=300 {
        bench.step(1.0);
        let rise = 20.0 * (1.0 - (-f64::from(second) / 200.0).exp());
        assert!((bench.get("block.temperature") - 293.15 - rise).abs() < 1e-9);
        assert!((bench.get("probe.reading") - bench.get("block.temperature")).abs() < 1e-6);
        assert!((bench.get("loss.heat_flow") - 0.5 * rise).abs() < 1e-9);
        assert_eq!(bench.get("supply.power"), 10.0);
    }
    // More than all is all.
    bench.set("supply.command", 3.0);
    bench.step(1.0);
    assert_eq!(bench.get("supply.power"), 40.0);
}

#[test]
fn a_radiating_block_cools_to_its_surroundings() {
    let mut bench = Bench::new(
        r#"
        (id: "block", kind: "thermal.Body", parameters: { "heat_capacity": "100 J/K", "initial_temperature": "400 Cel" }),
        (id: "room", kind: "thermal.Boundary", parameters: { "temperature": "0 K" }),
        (id: "glow", kind: "thermal.Radiation", parameters: { "area": "0.02 m2", "emissivity": "0.5", "view_factor": "0.8" }),
        "#,
        &[("glow.a", "block.heat"), ("glow.b", "room.heat")],
    );
    let coefficient = 0.02 * 0.5 * 0.8 * STEFAN_BOLTZMANN;
    let start: f64 = 673.15;
    assert!((bench.get("glow.heat_flow") - coefficient * start.powi(4)).abs() < 1e-9);
    for minute in 1..=60 {
        bench.step(60.0);
        let time = 60.0 * f64::from(minute);
        let exact = (start.powi(-3) + 3.0 * coefficient * time / 100.0).powf(-1.0 / 3.0);
        assert!((bench.get("block.temperature") - exact).abs() < 1e-6);
    }
}

#[test]
fn a_sensor_reads_with_bias_and_resolution() {
    let mut bench = heated("", &[]);
    bench.set("probe.bias", 0.3);
    bench.set("probe.resolution", 0.25);
    bench.model.refresh_outputs(&mut bench.values).unwrap();
    assert!((bench.get("probe.reading") - (273.15 + 20.25)).abs() < 1e-9);
    let noise = bench.model.observation_noise();
    assert_eq!(noise.len(), 1);
    assert_eq!(
        noise[0].variable,
        bench.variables.find("probe.reading").unwrap()
    );
    assert_eq!(bench.values[noise[0].standard_deviation.position()], 0.1);
}

#[test]
fn a_change_of_parameters_acts_from_the_next_step_and_keeps_the_states() {
    let mut bench = heated("", &[]);
    bench.set("block.temperature", 313.15);
    bench.set("loss.conductance", 5.0);
    bench.model.parameters_changed(&mut bench.values).unwrap();
    assert_eq!(bench.get("block.temperature"), 313.15);
    bench.step(20.0);
    let expected = 293.15 + 20.0 * (-1.0_f64).exp();
    assert!((bench.get("block.temperature") - expected).abs() < 1e-9);
    bench.set("block.heat_capacity", -1.0);
    let error = bench
        .model
        .parameters_changed(&mut bench.values)
        .unwrap_err();
    assert!(error.to_string().contains("`block`"), "{error}");
}

#[test]
fn a_fork_goes_its_own_way_with_the_same_bits() {
    let mut bench = heated("", &[]);
    bench.set("supply.command", 0.5);
    bench.step(1.0);
    let mut fork = bench.model.fork();
    let mut values = bench.values.clone();
    let step = Step {
        from: bench.time,
        length: SimDuration::from_seconds(1.0).unwrap(),
    };
    for _ in 0..50 {
        fork.step(&mut values, step).unwrap();
        bench.step(1.0);
    }
    assert_eq!(values, bench.values);
}

#[test]
fn a_thermostat_cycles_with_the_analytic_period() {
    let mut bench = heated(
        r#"(id: "switch", kind: "thermal.Thermostat", parameters: { "set_point": "50 Cel", "hysteresis": "2 K" }),"#,
        &[
            ("switch.sensor", "probe.signal"),
            ("switch.heater", "supply.control"),
        ],
    );
    // On: towards 20 + 80 °C, off: towards 20 °C, time constant 200 s; between
    // 49 and 51 °C. Small steps, because switching happens on their grid.
    let step = 0.01;
    let (tau, low, high): (f64, f64, f64) = (200.0, 29.0, 31.0);
    let up = tau * ((80.0 - low) / (80.0 - high)).ln();
    let down = tau * (high / low).ln();
    let mut rises = Vec::new();
    let mut before = bench.get("switch.on");
    assert_eq!(before, 1.0);
    let mut on_time = 0.0;
    for index in 0..40_000 {
        bench.step(step);
        let now = bench.get("switch.on");
        if now > before {
            rises.push(f64::from(index) * step);
        }
        if rises.len() == 1 {
            on_time += now * step;
        }
        before = now;
    }
    let cycles = rises.len() - 1;
    assert!(cycles >= 5);
    let period = (rises[cycles] - rises[0]) / cycles as f64;
    // A switch comes up to one step late, and what was overshot by then takes
    // its time on the way back, by the ratio of the two slopes.
    let at_high = step * (1.0 + (80.0 - high) / high);
    let at_low = step * (1.0 + low / (80.0 - low));
    let late = period - (up + down);
    assert!(late > 0.0 && late < at_high + at_low, "{late}");
    assert!(on_time > up && on_time < up + at_low + step, "{on_time}");
}

const PID: &str = r#"(id: "control", kind: "thermal.Pid", parameters: {
    "gain": "5 %/K", "integral_time": "100 s", "set_point": "50 Cel" }),"#;
const PID_LINKS: [(&str, &str); 2] = [
    ("control.sensor", "probe.signal"),
    ("supply.control", "control.heater"),
];

#[test]
fn a_pid_controller_holds_the_set_point_without_offset() {
    let mut bench = heated(PID, &PID_LINKS);
    for _ in 0..5000 {
        bench.step(1.0);
    }
    assert!((bench.get("block.temperature") - 323.15).abs() < 1e-6);
    // 30 K above the room through 0.5 W/K.
    assert!((bench.get("supply.power") - 15.0).abs() < 1e-6);
    assert!((bench.get("control.output") - 0.375).abs() < 1e-8);
}

#[test]
fn a_set_point_out_of_reach_does_not_wind_the_controller_up() {
    let mut bench = heated(PID, &PID_LINKS);
    // 100 °C needs 40 W, 200 °C cannot be had.
    bench.set("control.set_point", 473.15);
    for _ in 0..20_000 {
        bench.step(1.0);
    }
    assert_eq!(bench.get("control.output"), 1.0);
    bench.set("control.set_point", 323.15);
    let mut lowest = f64::INFINITY;
    for _ in 0..2000 {
        bench.step(1.0);
        lowest = lowest.min(bench.get("block.temperature"));
    }
    // The heater went off at once: cooling from 100 to 50 °C takes under 200 s,
    // and what is left is the controller's own settling.
    assert!((bench.get("block.temperature") - 323.15).abs() < 0.1);
    assert!(lowest > 318.15);
}

#[test]
fn a_pid_controller_out_of_automatic_leaves_the_heater_alone_and_returns_without_bump() {
    let mut bench = heated(PID, &PID_LINKS);
    bench.set("control.automatic", 0.0);
    bench.set("supply.command", 0.3);
    for _ in 0..100 {
        bench.step(1.0);
        assert_eq!(bench.get("supply.power"), 12.0);
    }
    bench.set("control.automatic", 1.0);
    bench.step(1.0);
    assert!((bench.get("control.output") - 0.3).abs() < 0.01);
}

#[test]
fn every_structural_problem_is_told() {
    let found = problems(
        r#"
        (id: "a", kind: "thermal.Body", parameters: { "heat_capacity": "1 J/K" }),
        (id: "b", kind: "thermal.Body"),
        (id: "room", kind: "thermal.Boundary"),
        (id: "tie", kind: "thermal.Conductance", parameters: { "conductance": "1 W/K" }),
        (id: "fire", kind: "thermal.Heater", parameters: { "power_at_full": "1 W" }),
        (id: "probe", kind: "thermal.Sensor"),
        (id: "switch", kind: "thermal.Thermostat"),
        "#,
        &[
            ("a.heat", "b.heat"),
            ("tie.a", "a.heat"),
            ("fire.heat", "room.heat"),
            ("switch.sensor", "fire.control"),
        ],
    );
    let expect = |part: &str| {
        let count = found.iter().filter(|text| text.contains(part)).count();
        assert_eq!(count, 1, "`{part}` in {found:#?}");
    };
    expect("put a thermal.Conductance between the two");
    expect("`b`: its heat capacity is zero or not given");
    expect("`tie`: its port `b` is linked to nothing");
    expect("`fire`: it heats a boundary");
    expect("`probe`: its port `body` is linked to nothing");
    expect("`switch`: its port `sensor` cannot be linked to `fire.control`");
    expect("`switch`: its port `sensor` is linked to nothing");
    expect("`switch`: its port `heater` is linked to nothing");
    assert_eq!(found.len(), 8, "{found:#?}");
}

#[test]
fn a_twin_without_thermal_assets_has_no_thermal_model() {
    let twin = twin(r#"(id: "group", kind: "core.Group"),"#, &[]);
    let variables = VariableTable::new(&twin, &registry());
    assert!(Thermal.build(&twin, &variables).unwrap().is_none());
}

#[test]
fn a_failed_step_names_the_variable_and_leaves_the_temperatures() {
    let mut bench = heated("", &[]);
    bench.set("room.temperature", f64::NAN);
    let step = Step {
        from: bench.time,
        length: SimDuration::from_seconds(1.0).unwrap(),
    };
    let error = bench.model.step(&mut bench.values, step).unwrap_err();
    assert!(error.to_string().contains("`room.temperature`"), "{error}");
    assert_eq!(bench.get("block.temperature"), 293.15);
}

#[test]
fn kinds_declare_each_name_once_and_defaults_inside_their_bounds() {
    for kind in Thermal.kinds() {
        assert!(kind.name.starts_with("thermal."));
        for (index, one) in kind.declarations.iter().enumerate() {
            assert!(
                kind.declarations[..index]
                    .iter()
                    .all(|other| other.name != one.name)
            );
            if let Some(default) = one.default {
                assert!(one.bounds.contains(default), "{}.{}", kind.name, one.name);
            }
        }
    }
}

#[test]
fn the_bundled_twin_builds_and_settles_where_all_heat_leaves_to_the_room() {
    let text = include_str!("../../../scenes/tclab/twin.ron");
    let options =
        ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    let twin: Twin = options.from_str(text).unwrap();
    let variables = VariableTable::new(&twin, &registry());
    let mut model = ThermalModel::build(&twin, &variables).unwrap().unwrap();
    assert_eq!(model.network().body_count(), 2);
    assert_eq!(model.continuous_state().len(), 4);
    let mut values = variables.initial_values();
    model.initialise(&mut values).unwrap();
    let slot = |path: &str| variables.find(path).unwrap().position();
    values[slot("power_1.command")] = 0.5;
    let step = Step {
        from: SimTime::from_nanoseconds(0),
        length: SimDuration::from_seconds(60.0).unwrap(),
    };
    for _ in 0..1000 {
        model.step(&mut values, step).unwrap();
    }
    // All the heat leaves through the links that end at the room.
    let out: f64 = (twin.links.iter())
        .filter(|link| link.to.0 == "room.heat")
        .filter_map(|link| link.from.parts())
        .map(|(asset, _)| values[slot(&format!("{asset}.heat_flow"))])
        .sum();
    let given = values[slot("power_1.power")];
    assert!(
        given > 0.0 && (out - given).abs() < 1e-8,
        "{out} of {given}"
    );
}
