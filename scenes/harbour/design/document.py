"""The network as a twin document."""

from . import operation, telemetry, terrain
from .districts import DISTRICTS
from .ron import decimal, fields, mapping, number, quantity, string

NETWORK = "harbour"

HEADER = """\
// Harbour: the water supply of a small port, made up for Counterpart. A plain with
// quays, an old town and yards; a slope with the upper town; two tanks on hills;
// a works, two pump stations and an estate that is lifted once more.
//
// `generate.py` beside this file wrote it. Change that script and run it; what it
// does and why is in model-card.md.
"""

GROUPS = [
    ("works", "Works", "The treatment works in the east: clear well and two pumps side by side."),
    ("trunk_low", "Harbour Street trunk", ""),
    ("lighthouse_hill", "Lighthouse Hill", "The tank that the low zone rides on."),
    ("bridge_street_station", "Bridge Street station", "Lifts water to the high zone: a duty pump and a standby."),
    ("trunk_high", "Ridge Road trunk", ""),
    ("chapel_summit", "Chapel Hill summit", "The tank that the high zone rides on."),
    ("beacon_station", "Beacon station", "Lifts water to the estate: a pump of variable speed with a way around it."),
]  # fmt: skip

ZONES = {"low": "low zone", "high": "high zone", "estate": "estate"}


def position(x, y, height):
    east, north = x - terrain.ORIGIN[0], y - terrain.ORIGIN[1]
    return f"({decimal(east, 1)}, {decimal(height, 1)}, {decimal(-north, 1)})"


def place(node, height, size):
    return f"(position: {position(node.x, node.y, height)}, size: ({', '.join(decimal(s, 1) for s in size)}))"


def asset(identifier, kind, name, part_of="", parameters=(), attributes=(), where="", path=""):
    return fields([
        ("id", string(identifier)), ("kind", string(kind)), ("name", string(name)),
        ("part_of", string(part_of) if part_of else ""),
        ("parameters", mapping(parameters) if parameters else ""),
        ("attributes", mapping(attributes) if attributes else ""),
        ("place", where), ("path", path),
    ])  # fmt: skip


def options():
    """The asset that holds for the whole network."""
    parameters = [
        ("accuracy", quantity(1e-8, digits=9)), ("maximum_trials", quantity(500)),
        ("minimum_pressure", quantity(operation.MINIMUM_PRESSURE, "m")),
        ("required_pressure", quantity(operation.REQUIRED_PRESSURE, "m")),
        ("duration", quantity(operation.WEEK / 3600, "h")),
        ("hydraulic_step", quantity(operation.HYDRAULIC_STEP / 60, "min")),
        ("report_step", quantity(operation.REPORT_STEP / 60, "min")),
        ("rule_step", quantity(operation.RULE_STEP / 60, "min")),
        ("energy_price", quantity(operation.ENERGY_PRICE, "{EUR}/(kW.h)")),
    ]  # fmt: skip
    attributes = [
        ("headloss", string("HazenWilliams")), ("demand_model", string("PressureDriven")),
        ("price_pattern", string("tariff")),
    ]  # fmt: skip
    return asset(NETWORK, "water.Network", "Harbour", "", parameters, attributes)


def junction(one):
    parameters = [("elevation", quantity(one.elevation, "m"))]
    attributes = []
    if one.draws:
        first = one.draws[0]
        parameters.append(("base_demand", quantity(first.flow, "L/s")))
        attributes = [
            ("demand_pattern", string(first.pattern)),
            ("demand_category", string(first.category)),
        ]
    if one.emitter:
        parameters.append(("emitter_coefficient", quantity(one.emitter, "L/s", 5)))
    return asset(
        one.id,
        "water.Junction",
        one.name,
        one.area,
        parameters,
        attributes,
        place(one, one.elevation, (5, 5, 5)),
    )


def demands(network):
    """Further draws of junctions: the assets and their links."""
    assets, links = [], []
    for one in network.junctions.values():
        for further in one.draws[1:]:
            identifier = f"{one.id}_{further.category}"
            parameters = [("base_demand", quantity(further.flow, "L/s"))]
            attributes = [
                ("pattern", string(further.pattern)),
                ("category", string(further.category)),
            ]
            assets.append(
                asset(
                    identifier,
                    "water.Demand",
                    f"{one.name}, {further.category}",
                    one.area,
                    parameters,
                    attributes,
                )
            )
            links.append(f'(from: "{identifier}.junction", to: "{one.id}.demands")')
    return assets, links


def reservoir(one):
    return asset(
        one.id,
        "water.Reservoir",
        one.name,
        one.area,
        [("head", quantity(one.head, "m"))],
        [],
        place(one, one.head - 2.0, (40, 4, 40)),
    )


def tank(one):
    parameters = [
        ("elevation", quantity(one.elevation, "m")), ("initial_level", quantity(one.initial, "m")),
        ("minimum_level", quantity(one.minimum, "m")), ("maximum_level", quantity(one.maximum, "m")),
        ("diameter", quantity(one.diameter, "m")),
    ]  # fmt: skip
    height = one.maximum + 0.5
    return asset(
        one.id,
        "water.Tank",
        one.name,
        one.area,
        parameters,
        [],
        place(one, one.elevation + height / 2, (one.diameter, height, one.diameter)),
    )


def pipe(one, network):
    a, b = network.node(one.a), network.node(one.b)
    heights = [getattr(node, "elevation", None) for node in (a, b)]
    # A well has no elevation of its own: its pipe lies as low as the other end.
    low, high = (h if h is not None else next(o for o in heights if o is not None) for h in heights)
    parameters = [
        ("length", quantity(one.length, "m")), ("diameter", quantity(one.diameter, "mm")),
        ("roughness", quantity(one.roughness)),
    ]  # fmt: skip
    if one.minor_loss:
        parameters.append(("minor_loss", quantity(one.minor_loss)))
    attributes = [("tag", string(one.material)), ("comment", string(f"laid {one.year}"))]
    if one.check_valve:
        attributes.append(("check_valve", string("Yes")))
    if one.closed:
        attributes.append(("initial_status", string("Closed")))
    points = []
    for at, (x, y) in enumerate(one.path, 1):
        even = low + (high - low) * at / (len(one.path) + 1)
        # Out on the piers there is no ground to follow.
        points.append(
            position(x, y, even if terrain.inland(x, y) < 0.0 else terrain.elevation(x, y))
        )
    path = f"[{', '.join(points)}]" if points else ""
    return asset(one.id, "water.Pipe", one.name, one.area, parameters, attributes, "", path)


def between(one, network):
    """Where a pump or a valve stands: between its ends."""
    a, b = network.node(one.a), network.node(one.b)
    aside = 6.0 * (int(one.id[-1]) * 2 - 3) if one.id[-1] in "12" else 0.0
    return (a.x + b.x) / 2.0, (a.y + b.y) / 2.0 + aside, (a.elevation + b.elevation) / 2.0


def pump(one, network):
    x, y, height = between(one, network)
    attributes = [
        ("head_curve", string(one.head_curve)),
        ("efficiency_curve", string(one.efficiency_curve)),
    ]
    if one.speed_pattern:
        attributes.append(("speed_pattern", string(one.speed_pattern)))
    if one.closed:
        attributes.append(("initial_status", string("Closed")))
    where = f"(position: {position(x, y, height)}, size: (8.0, 5.0, 5.0))"
    return asset(one.id, "water.Pump", one.name, one.area, [], attributes, where)


VALVE_KINDS = {
    "reducing": ("water.PressureReducingValve", "m"),
    "flow": ("water.FlowControlValve", "L/s"),
    "throttle": ("water.ThrottleValve", ""),
}


def valve(one, network):
    kind, unit = VALVE_KINDS[one.kind]
    x, y, height = between(one, network)
    parameters = [
        ("diameter", quantity(one.diameter, "mm")), ("setting", quantity(one.setting, unit)),
        ("minor_loss", quantity(one.minor_loss)),
    ]  # fmt: skip
    where = f"(position: {position(x, y, height)}, size: (6.0, 4.0, 4.0))"
    return asset(one.id, kind, one.name, one.area, parameters, [], where)


def ends(one):
    return f'(from: "{one.id}.a", to: "{one.a}.water"), (from: "{one.id}.b", to: "{one.b}.water")'


def assets(network):
    """All assets, group by group."""
    text = [
        "        // What holds for all of it: the laws, the options of the solution, the price of energy.",
        f"        {options()},",
        "",
    ]
    groups = GROUPS + [(one.id, one.name, "") for one in DISTRICTS]
    zones = {
        one.id: f"A metered district of the {ZONES[one.zone]}."
        if one.zone != "estate"
        else "The estate above the high zone."
        for one in DISTRICTS
    }
    further, links = demands(network)
    for identifier, name, note in groups:
        text.append(
            f"        // {name}. {note or zones.get(identifier, 'The main that districts hang on; nobody is supplied from it directly.')}"
        )
        text.append(f"        {asset(identifier, 'core.Group', name, NETWORK)},")
        members = [reservoir(one) for one in network.reservoirs.values() if one.area == identifier]
        members += [tank(one) for one in network.tanks.values() if one.area == identifier]
        members += [pump(one, network) for one in network.pumps.values() if one.area == identifier]
        members += [
            valve(one, network) for one in network.valves.values() if one.area == identifier
        ]
        members += [junction(one) for one in network.junctions.values() if one.area == identifier]
        members += [one for one in further if f'part_of: "{identifier}"' in one]
        members += [pipe(one, network) for one in network.pipes.values() if one.area == identifier]
        text += [f"        {one}," for one in members] + [""]
    return text, links


def patterns():
    text = []
    for identifier, name, values in operation.patterns():
        text.append(f'        (id: "{identifier}", name: "{name}", step: "1 h", values: [')
        for at in range(0, len(values), 12):
            text.append(
                "            " + ", ".join(decimal(v, 3) for v in values[at : at + 12]) + ","
            )
        text.append("        ]),")
    return text


def curves():
    return [
        f'        (id: "{identifier}", name: "{name}", x: "L/s", y: "{unit}", points: [{", ".join(f"({decimal(x)}, {decimal(y)})" for x, y in points)}]),'
        for identifier, name, unit, points in operation.CURVES
    ]


def controls():
    return [
        f'        (id: "{identifier}", when: {relation}("{tank}.level", {quantity(level, "m")}), set: [("{pump}.open", "{on}")]),'
        for identifier, tank, relation, level, pump, on in operation.CONTROLS
    ]


def rules():
    text = []
    for identifier, name, priority, premises, then in operation.RULES:
        text += [
            "        (",
            f'            id: "{identifier}",',
            f'            name: "{name}",',
            f"            priority: {decimal(priority)},",
            "            premises: [",
        ]
        for join, subject, relation, value, unit in premises:
            of = "ClockTime" if subject == "clock" else f'Variable("{subject}.level")'
            text.append(
                f'                (join: {join}, of: {of}, relation: {relation}, value: "{number(value)} {unit}"),'
            )
        actions = ", ".join(f'("{pump}.open", "{on}")' for pump, on in then)
        text += ["            ],", f"            then: [{actions}],", "        ),"]
    return text


def text(network):
    """The whole document."""
    things, further = assets(network)
    links = [ends(one) for one in network.links()]
    lines = [HEADER + "("]
    lines += [
        "    format: 1,", f'    id: "{NETWORK}",', '    name: "Harbour",', '    version: "1.0.0",',
        '    description: "The water supply of a small port: a works, two tanks on hills, three pump stations, ten metered districts in three pressure zones.",',
        '    currency: "EUR",',
        "    provenance: (", '        parameters: "made up",', '        author: "Counterpart",', '        licence: "MIT OR Apache-2.0",', "    ),",
        "    // A Monday, midnight.", '    epoch: "2025-06-02T00:00:00Z",', '    timestep: "5 min",',
    ]  # fmt: skip

    def section(name, body, comment=""):
        if comment:
            lines.extend(f"    // {line}" for line in comment.split("\n"))
        lines.append(f"    {name}: [")
        lines.extend(body)
        lines.append("    ],")

    while things[-1] == "":
        things.pop()
    section("assets", things)
    section(
        "links",
        [f"        {one}," for one in links + further],
        "Each main, pump and valve with its two ends, then further demands with their junctions.",
    )
    section(
        "patterns", patterns(), "A week by the hour from Monday; a pattern of 24 values is a day."
    )
    section("curves", curves())
    section("controls", controls(), "Pumps follow the tanks.")
    section("rules", rules(), "Energy is cheap from ten in the evening to six in the morning.")
    lines += telemetry.text(network)
    lines.append(")")
    return "\n".join(lines) + "\n"
