"""The same network as an EPANET input file, for checking it with that engine."""

from . import operation

VALVES = {"reducing": "PRV", "flow": "FCV", "throttle": "TCV"}
WORDS = {"Below": "BELOW", "Above": "ABOVE", "AtLeast": ">=", "AtMost": "<="}
# Rules want symbols, controls want words.
SYMBOLS = {"Below": "<", "Above": ">", "AtLeast": ">=", "AtMost": "<="}


def clock(seconds):
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def short(identifier):
    """EPANET allows 31 characters; ours are shorter, and that is made sure of."""
    if len(identifier) > 31:
        raise ValueError(f"`{identifier}` has more than the 31 characters that EPANET allows")
    return identifier


def text(network, accuracy=1e-8):
    """The whole file."""
    lines = ["[TITLE]", "Harbour", ""]

    def section(name, rows):
        lines.append(f"[{name}]")
        lines.extend(" ".join(str(part) for part in row) for row in rows)
        lines.append("")

    junctions = network.junctions.values()
    section("JUNCTIONS", [(short(j.id), j.elevation) for j in junctions])
    section("RESERVOIRS", [(short(r.id), r.head) for r in network.reservoirs.values()])
    section(
        "TANKS",
        [
            (short(t.id), t.elevation, t.initial, t.minimum, t.maximum, t.diameter, 0)
            for t in network.tanks.values()
        ],
    )
    section("PIPES", [
        (short(p.id), p.a, p.b, p.length, p.diameter, p.roughness, p.minor_loss, "CV" if p.check_valve else "Closed" if p.closed else "Open")
        for p in network.pipes.values()
    ])  # fmt: skip
    section("PUMPS", [
        (short(p.id), p.a, p.b, "HEAD", p.head_curve, *(("PATTERN", p.speed_pattern) if p.speed_pattern else ()))
        for p in network.pumps.values()
    ])  # fmt: skip
    section(
        "VALVES",
        [
            (short(v.id), v.a, v.b, v.diameter, VALVES[v.kind], v.setting, v.minor_loss)
            for v in network.valves.values()
        ],
    )
    section(
        "DEMANDS", [(j.id, d.flow, d.pattern, f";{d.category}") for j in junctions for d in j.draws]
    )
    section("EMITTERS", [(j.id, j.emitter) for j in junctions if j.emitter])
    section("STATUS", [(p.id, "Closed") for p in network.pumps.values() if p.closed])
    section("PATTERNS", [
        (name, *values[at : at + 12]) for name, _, values in operation.patterns() for at in range(0, len(values), 12)
    ])  # fmt: skip
    section("CURVES", [(name, x, y) for name, _, _, points in operation.CURVES for x, y in points])
    section("CONTROLS", [
        ("LINK", pump, "OPEN" if on else "CLOSED", "IF NODE", tank, WORDS[relation], level)
        for _, tank, relation, level, pump, on in operation.CONTROLS
    ])  # fmt: skip
    rows = []
    for name, _, priority, premises, then in operation.RULES:
        rows.append(("RULE", name))
        for join, subject, relation, value, _ in premises:
            what = (
                f"SYSTEM CLOCKTIME {SYMBOLS[relation]} {value}:00"
                if subject == "clock"
                else f"TANK {subject} LEVEL {SYMBOLS[relation]} {value}"
            )
            rows.append((join.upper(), what))
        for at, (pump, on) in enumerate(then):
            rows.append(
                ("AND" if at else "THEN", "PUMP", pump, "STATUS =", "OPEN" if on else "CLOSED")
            )
        rows.append(("PRIORITY", priority))
        rows.append(("",))
    section("RULES", rows)
    section("ENERGY", [
        ("GLOBAL PRICE", operation.ENERGY_PRICE), ("GLOBAL PATTERN tariff",), ("GLOBAL EFFIC 75",),
        *(("PUMP", p.id, "EFFICIENCY", p.efficiency_curve) for p in network.pumps.values()),
    ])  # fmt: skip
    section("OPTIONS", [
        ("UNITS LPS",), ("HEADLOSS H-W",), ("ACCURACY", accuracy), ("TRIALS 2000",), ("UNBALANCED STOP",), ("EMITTER EXPONENT 0.5",),
        ("DEMAND MODEL PDA",), ("MINIMUM PRESSURE", operation.MINIMUM_PRESSURE), ("REQUIRED PRESSURE", operation.REQUIRED_PRESSURE), ("PRESSURE EXPONENT 0.5",),
    ])  # fmt: skip
    section("TIMES", [
        ("DURATION", clock(operation.WEEK)), ("HYDRAULIC TIMESTEP", clock(operation.HYDRAULIC_STEP)),
        ("PATTERN TIMESTEP 1:00",), ("RULE TIMESTEP", clock(operation.RULE_STEP)),
        ("REPORT TIMESTEP", clock(operation.REPORT_STEP)), ("START CLOCKTIME 0:00",),
    ])  # fmt: skip
    nodes = [*junctions, *network.reservoirs.values(), *network.tanks.values()]
    section("COORDINATES", [(node.id, node.x, node.y) for node in nodes])
    section(
        "VERTICES",
        [(p.id, round(x, 1), round(y, 1)) for p in network.pipes.values() for x, y in p.path],
    )
    lines.append("[END]")
    return "\n".join(lines) + "\n"
