//! What the thermal kinds declare: parameters, inputs, states, outputs, ports.

use crate::model::declare::declaration;
use crate::quantity::Unit;
use crate::twin::{
    Bounds, Causality, Contingency, Declaration, Indicator, Kind, Measure, Medium, Port, Shape,
    Size,
};

/// Room temperature where a document says nothing, in K: 20 °C.
const ROOM: f64 = 293.15;

/// The names of the kinds.
pub(crate) mod name {
    pub(crate) const BODY: &str = "thermal.Body";
    pub(crate) const BOUNDARY: &str = "thermal.Boundary";
    pub(crate) const CONDUCTANCE: &str = "thermal.Conductance";
    pub(crate) const RADIATION: &str = "thermal.Radiation";
    pub(crate) const HEATER: &str = "thermal.Heater";
    pub(crate) const SENSOR: &str = "thermal.Sensor";
    pub(crate) const THERMOSTAT: &str = "thermal.Thermostat";
    pub(crate) const PID: &str = "thermal.Pid";
}

/// All kinds of this domain.
pub(crate) fn kinds() -> Vec<Kind> {
    vec![
        body(),
        boundary(),
        conductance(),
        radiation(),
        heater(),
        sensor(),
        thermostat(),
        pid(),
    ]
}

use Causality::{Input, Output, Parameter, State};

fn port(
    name: &'static str,
    medium: Medium,
    at_least: usize,
    at_most: usize,
    doc: &'static str,
) -> Port {
    Port {
        name,
        medium,
        at_least,
        at_most,
        doc,
    }
}

fn body() -> Kind {
    Kind {
        name: name::BODY,
        title: "Body",
        doc: "Stores heat. Its temperature is uniform and changes with the net heat flow \
              through its port divided by its heat capacity.",
        declarations: vec![
            declaration(
                Parameter,
                "heat_capacity",
                "J/K",
                None,
                Bounds::POSITIVE,
                "Heat that raises the temperature by one kelvin.",
            ),
            declaration(
                Parameter,
                "initial_temperature",
                "Cel",
                Some(ROOM),
                Bounds::NOT_NEGATIVE,
                "Temperature at the start of a run.",
            ),
            declaration(
                State,
                "temperature",
                "Cel",
                None,
                Bounds::NOT_NEGATIVE,
                "Temperature of the body.",
            ),
        ],
        attributes: Vec::new(),
        contingencies: Vec::new(),
        indicators: vec![
            Indicator::of(
                "Highest temperature",
                "temperature",
                Measure::Highest,
                "Cel",
            ),
            Indicator::of("Lowest temperature", "temperature", Measure::Lowest, "Cel"),
        ],
        ports: vec![port(
            "heat",
            Medium::Heat,
            0,
            usize::MAX,
            "Everything that gives or takes heat, and the sensors on the body.",
        )],
        shape: Shape::Block,
    }
}

fn boundary() -> Kind {
    Kind {
        name: name::BOUNDARY,
        title: "Boundary",
        doc: "A temperature that is given, whatever heat flows: a room, the weather, a large \
              tank. Constant, or driven by a channel or a scenario.",
        declarations: vec![declaration(
            Input,
            "temperature",
            "Cel",
            Some(ROOM),
            Bounds::NOT_NEGATIVE,
            "The given temperature.",
        )],
        attributes: Vec::new(),
        contingencies: Vec::new(),
        indicators: Vec::new(),
        ports: vec![port(
            "heat",
            Medium::Heat,
            0,
            usize::MAX,
            "The conductances and radiation links that end here.",
        )],
        shape: Shape::Sphere,
    }
}

fn two_ends() -> Vec<Port> {
    vec![
        port(
            "a",
            Medium::Heat,
            1,
            1,
            "The body or boundary that positive heat flow comes from.",
        ),
        port(
            "b",
            Medium::Heat,
            1,
            1,
            "The body or boundary that positive heat flow goes to.",
        ),
    ]
}

fn heat_flow() -> Declaration {
    declaration(
        Output,
        "heat_flow",
        "W",
        None,
        Bounds::NONE,
        "Heat flow from end a to end b.",
    )
}

fn conductance() -> Kind {
    Kind {
        name: name::CONDUCTANCE,
        title: "Conductance",
        doc: "Carries heat in proportion to the difference of temperature between its ends: \
              conduction, or convection with a constant coefficient.",
        declarations: vec![
            declaration(
                Parameter,
                "conductance",
                "W/K",
                None,
                Bounds::NOT_NEGATIVE,
                "Heat flow per kelvin of difference.",
            ),
            heat_flow(),
        ],
        attributes: Vec::new(),
        contingencies: Vec::new(),
        indicators: Vec::new(),
        ports: two_ends(),
        shape: Shape::Connection,
    }
}

fn radiation() -> Kind {
    Kind {
        name: name::RADIATION,
        title: "Radiation",
        doc: "Carries heat in proportion to the difference of the fourth powers of the \
              absolute temperatures of its ends, by the Stefan-Boltzmann law.",
        declarations: vec![
            declaration(
                Parameter,
                "area",
                "m2",
                None,
                Bounds::NOT_NEGATIVE,
                "Radiating area.",
            ),
            declaration(
                Parameter,
                "emissivity",
                "1",
                Some(0.9),
                Bounds::between(0.0, 1.0),
                "Emitted part of what a black surface would emit; between two surfaces, \
                 their effective emissivity.",
            ),
            declaration(
                Parameter,
                "view_factor",
                "1",
                Some(1.0),
                Bounds::between(0.0, 1.0),
                "Part of the radiation from the area that meets the other end.",
            ),
            heat_flow(),
        ],
        attributes: Vec::new(),
        contingencies: Vec::new(),
        indicators: Vec::new(),
        ports: two_ends(),
        shape: Shape::Connection,
    }
}

fn heater() -> Kind {
    Kind {
        name: name::HEATER,
        title: "Heater",
        doc: "Gives a body a heat flow: its command times its power at full command. The \
              command is limited to 0 to 100 %. A controller linked to it sets the command \
              while it is automatic.",
        declarations: vec![
            declaration(
                Parameter,
                "power_at_full",
                "W",
                None,
                Bounds::NOT_NEGATIVE,
                "Heat flow at a command of 100 %.",
            ),
            declaration(
                Input,
                "command",
                "%",
                Some(0.0),
                Bounds::between(0.0, 1.0),
                "Part of the full power asked for.",
            ),
            declaration(
                Output,
                "power",
                "W",
                None,
                Bounds::NOT_NEGATIVE,
                "Heat flow given over the last step.",
            ),
        ],
        attributes: Vec::new(),
        contingencies: vec![Contingency::fixed(
            "failed",
            "Failure",
            "It gives no heat, whatever its command.",
            "power_at_full",
            0.0,
        )],
        indicators: vec![Indicator::of("Heat given", "power", Measure::Total, "kJ")],
        ports: vec![
            port("heat", Medium::Heat, 1, 1, "The body that is heated."),
            port(
                "control",
                Medium::Signal,
                0,
                1,
                "The controller that sets the command, if any.",
            ),
        ],
        shape: Shape::Heater,
    }
}

fn sensor() -> Kind {
    Kind {
        name: name::SENSOR,
        title: "Sensor",
        doc: "Follows the temperature of a body or boundary with a first-order lag, without \
              taking heat from it, and reports it with a bias, in steps of its resolution. \
              Where readings are asked for as a real sensor would send them, noise is added.",
        declarations: vec![
            declaration(
                Parameter,
                "time_constant",
                "s",
                Some(0.0),
                Bounds::NOT_NEGATIVE,
                "Time constant of the lag; zero follows at once.",
            ),
            declaration(
                Parameter,
                "noise",
                "K",
                Some(0.0),
                Bounds::NOT_NEGATIVE,
                "Standard deviation of the noise of one reading.",
            ),
            declaration(
                Parameter,
                "bias",
                "K",
                Some(0.0),
                Bounds::NONE,
                "What the sensor reads too much.",
            ),
            declaration(
                Parameter,
                "resolution",
                "K",
                Some(0.0),
                Bounds::NOT_NEGATIVE,
                "Step of the readings, counted from 0 °C; zero for none.",
            ),
            declaration(
                State,
                "temperature",
                "Cel",
                None,
                Bounds::NOT_NEGATIVE,
                "Temperature of the sensor itself.",
            ),
            declaration(
                Output,
                "reading",
                "Cel",
                None,
                Bounds::NONE,
                "What the sensor reports, without noise.",
            ),
        ],
        attributes: Vec::new(),
        contingencies: vec![Contingency::sized(
            "misreads",
            "Wrong reading",
            "It reads too much, or too little where the size is below zero, and a controller \
             that listens to it acts on that.",
            "bias",
            Size {
                name: "error",
                unit: Unit::known("K"),
                default: Some(2.0),
                bounds: Bounds::NONE,
                doc: "What it reads too much.",
                equivalent: None,
            },
        )],
        indicators: Vec::new(),
        ports: vec![
            port(
                "body",
                Medium::Heat,
                1,
                1,
                "The body or boundary whose temperature is followed.",
            ),
            port(
                "signal",
                Medium::Signal,
                0,
                usize::MAX,
                "The controllers that act on the reading.",
            ),
        ],
        shape: Shape::Probe,
    }
}

fn controller_inputs() -> [Declaration; 2] {
    [
        declaration(
            Input,
            "set_point",
            "Cel",
            Some(ROOM),
            Bounds::NOT_NEGATIVE,
            "Temperature to hold.",
        ),
        declaration(
            Input,
            "automatic",
            "1",
            Some(1.0),
            Bounds::between(0.0, 1.0),
            "At 0.5 and above the controller sets the heater's command; below, the heater \
             follows its own command.",
        ),
    ]
}

/// Nobody regulates any more.
fn switched_off() -> Contingency {
    Contingency::fixed(
        "switched_off",
        "Switching off",
        "The heaters follow their own commands.",
        "automatic",
        0.0,
    )
}

fn controller_ports() -> Vec<Port> {
    vec![
        port(
            "sensor",
            Medium::Signal,
            1,
            1,
            "The sensor whose reading is acted on.",
        ),
        port(
            "heater",
            Medium::Signal,
            1,
            usize::MAX,
            "The heaters whose command is set.",
        ),
    ]
}

fn thermostat() -> Kind {
    let mut declarations = vec![declaration(
        Parameter,
        "hysteresis",
        "K",
        Some(1.0),
        Bounds::NOT_NEGATIVE,
        "Width of the band around the set-point in which nothing is switched.",
    )];
    declarations.extend(controller_inputs());
    declarations.push(declaration(
        State,
        "on",
        "1",
        None,
        Bounds::between(0.0, 1.0),
        "1 while it heats, 0 while it does not.",
    ));
    Kind {
        name: name::THERMOSTAT,
        title: "Thermostat",
        doc: "Switches heaters to full command when the reading is half the hysteresis below \
              the set-point, and off when it is as much above. Looks at the reading once per \
              base timestep, at its start.",
        declarations,
        attributes: Vec::new(),
        contingencies: vec![switched_off()],
        indicators: Vec::new(),
        ports: controller_ports(),
        shape: Shape::Controller,
    }
}

fn pid() -> Kind {
    let mut declarations = vec![
        declaration(
            Parameter,
            "gain",
            "%/K",
            None,
            Bounds::NONE,
            "Change of the output per kelvin of error.",
        ),
        declaration(
            Parameter,
            "integral_time",
            "s",
            Some(0.0),
            Bounds::NOT_NEGATIVE,
            "Time in which the integral part repeats the proportional part; zero for none.",
        ),
        declaration(
            Parameter,
            "derivative_time",
            "s",
            Some(0.0),
            Bounds::NOT_NEGATIVE,
            "Time by which the derivative part looks ahead; zero for none. It acts on the \
             reading, filtered with a tenth of this time.",
        ),
        declaration(
            Parameter,
            "output_low",
            "%",
            Some(0.0),
            Bounds::between(0.0, 1.0),
            "Lowest output.",
        ),
        declaration(
            Parameter,
            "output_high",
            "%",
            Some(1.0),
            Bounds::between(0.0, 1.0),
            "Highest output.",
        ),
    ];
    declarations.extend(controller_inputs());
    declarations.extend([
        declaration(
            State,
            "integral",
            "%",
            None,
            Bounds::NONE,
            "Integral part of the output.",
        ),
        declaration(
            State,
            "derivative",
            "%",
            None,
            Bounds::NONE,
            "Derivative part of the output.",
        ),
        declaration(
            State,
            "last_reading",
            "Cel",
            None,
            Bounds::NONE,
            "The reading at the sample before.",
        ),
        declaration(
            Output,
            "output",
            "%",
            None,
            Bounds::between(0.0, 1.0),
            "Command given to the heaters over the last step while automatic.",
        ),
    ]);
    Kind {
        name: name::PID,
        title: "PID controller",
        doc: "Sets the command of heaters from the difference between set-point and reading, \
              in the standard form, sampled once per base timestep at its start. The integral \
              part stops while the output is at a limit (no windup) and follows the heater's \
              own command while the controller is not automatic (no bump).",
        declarations,
        attributes: Vec::new(),
        contingencies: vec![switched_off()],
        indicators: Vec::new(),
        ports: controller_ports(),
        shape: Shape::Controller,
    }
}
