"""What is measured, what is not known exactly, and what people ask of the twin."""

import math

from .districts import DISTRICTS
from .ron import decimal, fields, string

PERIOD = "5 min"
TIMING = 'jitter: "1 min", lateness: "20 min"'

# The places whose pressure is telemetered besides the worst of each district.
STATION_PRESSURES = [
    ("PT-WORKS", "works_outlet", "works delivery"),
    ("PT-BRIDGE-IN", "bridge_street_suction", "suction of the Bridge Street station"),
    ("PT-BRIDGE-OUT", "bridge_street_delivery", "delivery of the Bridge Street station"),
    ("PT-BEACON-OUT", "beacon_delivery", "delivery of the Beacon station"),
]

PUMPS = [
    ("XS-WORKS-1", "works_pump_1"), ("XS-WORKS-2", "works_pump_2"),
    ("XS-BRIDGE-1", "bridge_street_pump_1"), ("XS-BRIDGE-2", "bridge_street_pump_2"),
]  # fmt: skip

# Main flows: tag, pipe, range [L/s], largest change [L/s] that is not suspect.
FLOWS = [
    ("FT-WORKS", "works_main_non_return", (-2, 220)),
    ("FT-TANK1", "lantern_way_trunk_main_2", (-180, 180)),
    ("FT-BRIDGE", "bridge_street_trunk_main_9", (-2, 90)),
    ("FT-TANK2", "chapel_street_trunk_main_1", (-90, 90)),
    ("FT-BEACON", "beacon_trunk_main_2", (-2, 30)),
]


def tag(district, number, of):
    name = district.upper().replace("_", "-")
    return f"FT-{name}" if of == 1 else f"FT-{name}-{'AB'[number]}"


def inlets():
    """Of every metered inlet its tag, its pipe and its district."""
    return [
        (tag(one.id, number, len(one.inlets)), f"{one.id}_inlet_{'abc'[number]}_meter", one)
        for one in DISTRICTS
        for number in range(len(one.inlets))
    ]


def critical(network, district):
    """The highest junction of a district, where pressure fails first."""
    members = [j for j in network.junctions.values() if j.area == district and "inlet" not in j.id]
    return max(members, key=lambda j: (j.elevation, j.id))


def farthest(network, district, place):
    """The junction of a district that is farthest from a place."""
    members = [j for j in network.junctions.values() if j.area == district and "inlet" not in j.id]
    return max(members, key=lambda j: (math.dist((j.x, j.y), place), j.id))


def pressures(network):
    """Of every pressure sensor its tag, its junction and what it watches."""
    found = list(STATION_PRESSURES)
    number = 101
    for one in DISTRICTS:
        high = critical(network, one.id)
        inlet = network.pipes.get(f"{one.id}_inlet_a_meter")
        start = network.node(inlet.a) if inlet else network.node("beacon_delivery")
        far = farthest(network, one.id, (start.x, start.y))
        found.append((f"PT-{number}", high.id, f"highest of {one.name}"))
        if far.id != high.id:
            found.append((f"PT-{number + 1}", far.id, f"end of {one.name}"))
        number += 10
    return found


def channel(identifier, variable, unit, role, low, high, noise, contract):
    return (
        f'        (id: "{identifier}", variable: "{variable}", unit: "{unit}", role: {role}, period: "{PERIOD}", '
        f'range: ("{low}{suffix(unit)}", "{high}{suffix(unit)}"), contract: ({TIMING}{noise}{contract})),'
    )


def suffix(unit):
    return "" if unit == "1" else f" {unit}"


def noise(value, unit):
    return f', noise: "{value}{suffix(unit)}"'


def channels(network):
    lines = ["        // Levels of the tanks."]
    for identifier, tank in (
        ("LT-TANK1", "lighthouse_hill_tank"),
        ("LT-TANK2", "chapel_hill_tank"),
    ):
        one = network.tanks[tank]
        high = decimal(one.maximum + 0.5)
        lines.append(
            channel(
                identifier,
                f"{tank}.level",
                "m",
                "Measurement",
                "0",
                high,
                noise("0.01", "m"),
                ', rate: "3 m/h", resolution: "0.01 m", stuck: "3 h", drift: "1.5 m"',
            )
        )
    lines.append(
        "        // Flows at the works, the stations and the tanks; into a tank counts above zero."
    )
    for identifier, pipe, (low, high) in FLOWS:
        lines.append(
            channel(
                identifier,
                f"{pipe}.flow",
                "L/s",
                "Measurement",
                low,
                high,
                noise("0.2", "L/s"),
                ', resolution: "0.1 L/s"',
            )
        )
    lines.append("        // Flows into the metered districts.")
    for identifier, pipe, one in inlets():
        # What the flow control valve lets through does not change: not a sign of a stuck meter.
        still = one.id == "port" and pipe.endswith("a_meter")
        stuck = "" if still else ', stuck: "4 h"'
        lines.append(
            channel(
                identifier,
                f"{pipe}.flow",
                "L/s",
                "Measurement",
                -25,
                60,
                noise("0.05", "L/s"),
                f', resolution: "0.01 L/s"{stuck}, drift: "3 L/s"',
            )
        )
    lines.append(
        "        // Pressures: stations, and the highest and the farthest place of each district."
    )
    for identifier, junction, _ in pressures(network):
        lines.append(
            channel(
                identifier,
                f"{junction}.pressure",
                "m",
                "Measurement",
                0,
                120,
                noise("0.15", "m"),
                ', rate: "4 m/min", resolution: "0.05 m", stuck: "6 h", drift: "8 m"',
            )
        )
    lines.append(
        "        // Pumps: whether they run, the speed of the one that varies, and the power of the works."
    )
    for identifier, pump in PUMPS:
        lines.append(channel(identifier, f"{pump}.status", "1", "Measurement", 0, 2, "", ""))
    lines.append(channel("ST-BEACON", "beacon_pump.setting", "1", "Measurement", 0, "1.2", "", ""))
    for number in (1, 2):
        lines.append(
            channel(
                f"JT-WORKS-{number}",
                f"works_pump_{number}.power_drawn",
                "kW",
                "Measurement",
                -2,
                150,
                noise("0.3", "kW"),
                ', resolution: "0.1 kW"',
            )
        )
    lines.append("        // The set-point that the control room gives the valve of the Old Town.")
    lines.append(
        channel(
            "SP-OLD-TOWN", "old_town_inlet_a_valve.setting_command", "m", "Input", 38, 48, "", ""
        )
    )
    return lines


def balance(identifier, terms, tolerance):
    inside = ", ".join(f'"{name}": {decimal(factor)}' for name, factor in terms)
    return f'        (id: "{identifier}", terms: {{ {inside} }}, tolerance: "{tolerance} L/s", patience: "30 min"),'


def balances():
    """The trunk mains draw and store nothing: what enters them leaves them."""
    zones = {"low": [], "high": []}
    for identifier, _, one in inlets():
        zones[one.zone].append((identifier, -1.0))
    return [
        balance(
            "low_zone",
            [("FT-WORKS", 1.0), ("FT-TANK1", -1.0), ("FT-BRIDGE", -1.0), *zones["low"]],
            4,
        ),
        balance(
            "high_zone",
            [("FT-BRIDGE", 1.0), ("FT-TANK2", -1.0), ("FT-BEACON", -1.0), *zones["high"]],
            3,
        ),
    ]


def normal(variable, unit, mean, deviation):
    return f'        (variable: "{variable}", unit: "{unit}", distribution: Normal(mean: {decimal(mean, 5)}, standard_deviation: {decimal(deviation, 5)})),'


def large_users(network):
    """Junctions of single users that matter, with how far their draw may be from usual."""
    doubt = {"hospital": 0.06, "port": 0.12, "berths": 0.2}
    return [
        (one, doubt[one.draws[0].category])
        for one in network.junctions.values()
        if one.draws and one.draws[0].flow > 1.0 and one.draws[0].category in doubt
    ]


def uncertainties(network):
    lines = [
        "        // How much the town draws on a day, and single users: additions to what is held."
    ]
    lines.append(normal("harbour.demand_multiplier", "1", 0.0, 0.03))
    for one, doubt in large_users(network):
        lines.append(normal(f"{one.id}.demand_factor", "1", 0.0, doubt))
    lines.append(
        "        // The trunk mains' roughness, and that of the oldest mains of the Old Town."
    )
    trunk = [
        p for p in network.pipes.values() if p.area.startswith("trunk_low") and p.diameter >= 400
    ]
    old = [
        p
        for p in network.pipes.values()
        if p.area == "old_town" and p.material == "grey cast iron" and p.diameter >= 125
    ]
    for one in trunk:
        lines.append(normal(f"{one.id}.roughness", "1", one.roughness, 0.04 * one.roughness))
    for one in old:
        lines.append(normal(f"{one.id}.roughness", "1", one.roughness, 0.1 * one.roughness))
    lines.append("        // Holes in mains: leakage at a pressure of 1 m.")
    for one in network.junctions.values():
        if one.emitter > 0.012:
            lines.append(
                f'        (variable: "{one.id}.emitter_coefficient", unit: "L/s", distribution: LogNormal(median: {decimal(one.emitter, 5)}, geometric_standard_deviation: 1.3)),'
            )
    lines.append("        // The level of the clear well, which nobody telemeters.")
    lines.append(normal("clear_well.head", "m", 13.0, 0.4))
    lines.append(
        "        // How far the running twin's tanks may be from the real ones beyond that."
    )
    for tank in network.tanks:
        lines.append(normal(f"{tank}.level", "m", 0.0, 0.15))
    return lines


def street_main(network, street, district, at=0):
    """A main of a street in a district, by the street's name."""
    found = [
        p
        for p in network.pipes.values()
        if p.area == district and p.name.startswith(street + " main") and not p.closed
    ]
    return found[at]


def shut_between(network, first, second):
    """The main between two districts that is kept shut."""
    for one in network.pipes.values():
        if one.closed and {network.node(one.a).area, network.node(one.b).area} == {first, second}:
            return one
    raise KeyError((first, second))


def scenarios(network):
    fish_market = street_main(network, "Fish Market", "old_town", 2)
    crossing = shut_between(network, "old_town", "port")
    entries = [
        ("burst_fish_market", f"Burst of {fish_market.name}", "An old cast iron main in the Old Town breaks at two in the morning; repaired six hours later.", "", "24 h",
         [(fish_market.id, "burst", "6 cm2", "2 h", "8 h")], []),
        ("works_pump_outage", "Works pump 1 fails", "The duty pump of the works is lost for the morning and the afternoon.", "", "24 h",
         [("works_pump_1", "outage", "", "6 h", "18 h")], []),
        ("fire_at_the_port", "Fire at pier 2", "A hydrant at the head of pier 2 gives 1000 L/min for two hours.", "", "6 h",
         [("pier_2_head", "fire_flow", "1000 L/min", "1 h", "3 h")], []),
        ("hot_day", "Hot day, 30 % more demand", "All draw is up by three tenths.", "", "24 h",
         [], [("harbour.demand_multiplier", "0 s", 'Ramp(to: "1.3", over: "2 h")')]),
        ("chapel_tank_cleaned", "Chapel Hill tank out of service", "The high zone rides on the Bridge Street pump alone, slowed down to spare the mains.", "", "12 h",
         [("chapel_hill_tank", "out_of_service", "", "0 s", "")],
         [("bridge_street_pump_1.open", "0 s", 'Set("1")'), ("bridge_street_pump_1.speed_command", "0 s", 'Set("0.95")')]),
        ("dear_energy", "Energy at 0.28", "The price of energy rises by half; the pattern of the day stays.", "", "24 h",
         [("harbour", "tariff", "0.28 {EUR}/(kW.h)", "0 s", "")], []),
        ("port_valve_stuck", "Port valve stuck closed", "The reducing valve of the Port sticks closed at the start of the morning shift; only the flow control valve feeds the quays.", "", "12 h",
         [("port_inlet_b_valve", "stuck_closed", "", "5 h", "")], []),
        ("port_from_old_town", "… and the Port fed from the Old Town", f"An hour later {crossing.name}, kept shut, is opened.", "port_valve_stuck", "12 h",
         [(crossing.id, "opened", "", "6 h", "")], []),
    ]  # fmt: skip
    lines = []
    for identifier, name, description, base, horizon, contingencies, interventions in entries:
        lines += [
            "        (",
            f"            id: {string(identifier)},",
            f"            name: {string(name)},",
            f"            description: {string(description)},",
        ]
        if base:
            lines.append(f"            base: {string(base)},")
        lines.append(f'            horizon: "{horizon}",')
        if contingencies:
            lines.append("            contingencies: [")
            for of, what, size, at, until in contingencies:
                one = fields([
                    ("of", string(of)), ("what", string(what)),
                    ("size", string(size) if size else ""),
                    ("at", string(at) if at != "0 s" else ""),
                    ("until", string(until) if until else ""),
                ])  # fmt: skip
                lines.append(f"                {one},")
            lines.append("            ],")
        if interventions:
            lines.append("            interventions: [")
            for variable, at, action in interventions:
                when = "" if at == "0 s" else f'at: "{at}", '
                lines.append(f'                (variable: "{variable}", {when}action: {action}),')
            lines.append("            ],")
        lines.append("        ),")
    return lines


ACCEPTANCE = [
    ("LT-TANK1", "RootMeanSquareError", "0.3 m"),
    ("LT-TANK1", "Bias", "0.15 m"),
    ("LT-TANK2", "RootMeanSquareError", "0.3 m"),
    ("LT-TANK2", "Bias", "0.15 m"),
    ("FT-WORKS", "Bias", "2 L/s"),
    ("FT-OLD-TOWN", "RootMeanSquareError", "0.5 L/s"),
    ("FT-MARINA", "RootMeanSquareError", "0.7 L/s"),
    ("FT-PORT-B", "RootMeanSquareError", "2.2 L/s"),
    ("FT-COLLEGE", "RootMeanSquareError", "0.3 L/s"),
    ("PT-101", "RootMeanSquareError", "0.5 m"),
    ("PT-131", "RootMeanSquareError", "0.7 m"),
    ("PT-191", "RootMeanSquareError", "0.7 m"),
]  # fmt: skip


def text(network):
    """Lines of the document from the channels to its end."""
    lines = []

    def section(name, body, comment=""):
        lines.extend(f"    // {line}" for line in comment.split("\n") if line)
        lines.append(f"    {name}: [")
        lines.extend(body)
        lines.append("    ],")

    section(
        "channels",
        channels(network),
        "Tags of the control room: L level, F flow, P pressure, X whether it runs, S speed, J power.",
    )
    lines.append(
        '    telemetry: [(path: "telemetry.csv", title: "Three days of June (synthetic)")],'
    )
    section(
        "balances", balances(), "Meters that have to agree: a trunk main gives on what it gets."
    )
    section("uncertainties", uncertainties(network), "What a utility would not know exactly.")
    lines.append('    forecast: (horizon: "24 h", stride: "15 min", members: 40, seed: 42),')
    section("scenarios", scenarios(network))
    acceptance = [
        f'        (channel: "{c}", metric: {m}, at_most: "{q}"),' for c, m, q in ACCEPTANCE
    ]
    section(
        "acceptance",
        acceptance,
        "What the twin meets beside its own plant, and would not with a leak, a lost pump or an open boundary.",
    )
    return lines
