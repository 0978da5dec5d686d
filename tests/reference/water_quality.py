"""Water quality that EPANET 2.3.5 computes for small networks and for its examples.

Writes the small networks that this file holds, and the results for them and for
Net1, Net2 and Net3, to tests/reference/water_quality/, which tests/water_quality.rs
reads:

    python3 -m venv /tmp/owa && /tmp/owa/bin/pip install owa-epanet==2.3.5
    /tmp/owa/bin/python tests/reference/water_quality.py $COUNTERPART_DATA/water/networks

A table has a row a node (n) or link (l) and a column an hour; the first line names
the network. Hydraulics are converged to 1e-7, so that what differs is the quality.
"""

import pathlib
import sys
import tempfile

from epanet import toolkit as en

HERE = pathlib.Path(__file__).parent / "water_quality"
HOUR = 3600

# A town of five junctions: a source, a pump, a loop, a tank at its far side, a zone
# behind a reducing valve and a dead end. The demands are such that the tank fills at
# night and the loop turns its flow.
TOWN = """[TITLE]
{title}
[JUNCTIONS]
J1 20 0
J2 22 4 day
J3 25 6 day
J4 24 5 day
J5 18 1.5 evening
J6 20 0
J7 15 3 day
[RESERVOIRS]
R 20
[TANKS]
T 62 {level} 0.5 6 {diameter} 0
[PIPES]
p1 J1 J2 800 250 110
p2 J2 J3 600 200 100
p3 J3 J4 500 150 95
p4 J2 J4 900 150 90
p5 J4 T 400 200 110
p6 J3 J5 700 80 100
p7 J6 J7 300 150 100
[PUMPS]
pump R J1 HEAD curve
[VALVES]
valve J4 J6 150 PRV 30 0
[CURVES]
curve 30 55
[PATTERNS]
day 0.3 0.25 0.2 0.2 0.3 0.6 1.3 1.9 1.7 1.3 1.1 1.0
day 1.1 1.0 0.9 0.9 1.1 1.5 2.1 2.2 1.7 1.2 0.8 0.5
evening 0 0 0 0 0 0 1 1 0 0 0 0 0 0 0 0 2 4 4 3 2 0 0 0
dose 1 1 1 0.4 0.4 0.4 1.5 1.5 1.5 1 1 1
[CONTROLS]
LINK pump CLOSED IF NODE T ABOVE 5.5
LINK pump OPEN IF NODE T BELOW 2.5
[TIMES]
DURATION {hours}:00
HYDRAULIC TIMESTEP 1:00
QUALITY TIMESTEP 0:05
PATTERN TIMESTEP 1:00
REPORT TIMESTEP 1:00
[OPTIONS]
UNITS {units}
HEADLOSS {headloss}
ACCURACY 1e-7
TRIALS 2000
QUALITY {quality}
TOLERANCE {tolerance}
{options}
[QUALITY]
{initial}
[SOURCES]
{sources}
[MIXING]
{mixing}
[REACTIONS]
{reactions}
[END]
"""

DECAY = "GLOBAL BULK -0.8\nGLOBAL WALL -0.3\nTANK T -0.4"


def town(title, **changes):
    """The town with some of its lines changed."""
    lines = {
        "title": title,
        "level": 3,
        "diameter": 10,
        "hours": 48,
        "units": "LPS",
        "headloss": "H-W",
        "quality": "Chlorine mg/L",
        "tolerance": 0.001,
        "options": "",
        "initial": "R 0.8",
        "sources": "",
        "mixing": "",
        "reactions": DECAY,
    }
    return TOWN.format(**(lines | changes))


ROUGH_METRIC = [("110", "0.2"), ("100", "0.5"), ("95", "0.8"), ("90", "1.0")]


def with_roughness(text, pairs):
    """The town with other numbers for the roughness of its pipes."""
    lines = []
    for line in text.splitlines():
        words = line.split()
        if len(words) == 6 and words[0].startswith("p") and words[0][1:].isdigit():
            words[5] = dict(pairs).get(words[5], words[5])
            line = " ".join(words)
        lines.append(line)
    return "\n".join(lines) + "\n"


DOSED = "R CONCEN 0.9 dose"
CASES = {
    "mixed": town("A completely mixed tank", sources=DOSED),
    "two_compartments": town(
        "A tank of two compartments", sources=DOSED, mixing="T 2COMP 0.3"
    ),
    "first_in_first_out": town(
        "A tank without mixing, first in first out",
        sources=DOSED,
        mixing="T FIFO",
        tolerance=0.0001,
    ),
    "last_in_first_out": town(
        "A tank without mixing, last in first out",
        sources=DOSED,
        mixing="T LIFO",
        tolerance=0,
    ),
    "mass": town("A mass put in at a junction", sources="J2 MASS 300 dose"),
    "set_point": town(
        "A set-point at a junction and at a tank",
        sources="J2 SETPOINT 0.7 dose\nT SETPOINT 0.5",
    ),
    "flow_paced": town(
        "A concentration added to what passes a junction",
        sources="J2 FLOWPACED 0.3 dose\nJ6 FLOWPACED 0.1",
    ),
    "inflow_at_junction": town(
        "Water with a constituent enters at a junction",
        sources="J7 CONCEN 2 dose",
    )
    .replace("J7 15 3 day", "J7 15 -2 evening")
    .replace("valve J4 J6 150 PRV 30 0", "valve J6 J4 150 TCV 1 0")
    .replace("p7 J6 J7", "p7 J7 J6"),
    "order_zero": town(
        "Bulk and wall of order zero",
        reactions="ORDER BULK 0\nORDER TANK 0\nORDER WALL 0\nGLOBAL BULK -0.3\n"
        "GLOBAL WALL -20\nTANK T -0.2",
    ),
    "order_two": town(
        "Bulk and tank of order two",
        reactions="ORDER BULK 2\nORDER TANK 2\nGLOBAL BULK -1.5\nTANK T -0.5",
    ),
    "order_one_and_a_half": town(
        "An order that is no whole number, and a pipe of its own",
        reactions="ORDER BULK 1.5\nORDER TANK 1.5\nGLOBAL BULK -1.2\nBULK p4 -6\nTANK T -0.5",
    ),
    "limited_growth": town(
        "Growth up to a limiting concentration",
        initial="R 0.1",
        reactions="LIMITING POTENTIAL 1.2\nGLOBAL BULK 1.1\nTANK T 0.9",
    ),
    "limited_decay": town(
        "Decay of order two down to a limiting concentration",
        reactions="ORDER BULK 2\nORDER TANK 2\nLIMITING POTENTIAL 0.2\nGLOBAL BULK -2\nTANK T -2",
    ),
    "michaelis_menten": town(
        "Kinetics of Michaelis and Menten",
        reactions="ORDER BULK -1\nORDER TANK -1\nLIMITING POTENTIAL 1.5\nGLOBAL BULK -1\nTANK T -1",
    ),
    "wall_one": town(
        "Walls of order one, one pipe of its own",
        options="DIFFUSIVITY 1.3",
        reactions="GLOBAL WALL -0.6\nWALL p6 -2",
    ),
    "wall_without_transfer": town(
        "Walls of order one that nothing keeps the constituent from",
        options="DIFFUSIVITY 0",
        reactions="GLOBAL WALL -0.05",
    ),
    "roughness": town(
        "Wall coefficients that follow from roughness",
        reactions="GLOBAL BULK -0.1\nROUGHNESS CORRELATION -30",
    ),
    "darcy_weisbach": with_roughness(
        town(
            "Wall coefficients that follow from roughness heights",
            headloss="D-W",
            reactions="ROUGHNESS CORRELATION -1.5",
        ),
        ROUGH_METRIC,
    ),
    "micrograms": town(
        "Micrograms, order two",
        quality="Chlorine ug/L",
        tolerance=1,
        initial="R 800",
        reactions="ORDER BULK 2\nORDER TANK 2\nGLOBAL BULK -0.002\nTANK T -0.001",
    ),
    "emitters": town(
        "Demand by pressure, an emitter, a leaking pipe",
        options="DEMAND MODEL PDA\nREQUIRED PRESSURE 50",
    ).replace("[CURVES]", "[EMITTERS]\nJ3 0.2\n[LEAKAGE]\np4 30 1\n[CURVES]"),
    "age": town(
        "Age, a tank of two compartments",
        quality="Age",
        tolerance=0.01,
        initial="",
        reactions="",
        mixing="T 2COMP 0.4",
    ),
    "trace": town(
        "Water of the tank is traced",
        quality="Trace T",
        tolerance=0.01,
        initial="",
        reactions="",
    ),
    "overflow": town(
        "A tank that flows over",
        sources=DOSED,
        level=5.5,
        diameter=6,
    )
    .replace("6 6 0\n", "6 6 0 * YES\n")
    .replace("LINK pump CLOSED IF NODE T ABOVE 5.5", ""),
    "stands": town("Pipes that are shut for a while").replace(
        "[TIMES]",
        "LINK p2 CLOSED AT TIME 1\nLINK p2 OPEN AT TIME 2\n"
        "LINK p4 CLOSED AT TIME 10\nLINK p4 OPEN AT TIME 12\n[TIMES]",
    ),
    "check_valve": town("A pipe with a check valve").replace(
        "p1 J1 J2 800 250 110", "p1 J1 J2 800 250 110 0 CV"
    ),
}

# EPANET takes a pipe with a check valve to hold no water. As the valve here never
# closes, the pipe is one without.
PLAIN = {"check_valve": (" 0 CV", "")}

EXAMPLES = {
    "net1": ("Net1", 24, None),
    "net2": ("Net2", 55, None),
    "net3": ("Net3", 24, None),
    "net3_age": ("Net3", 24, (en.AGE, "", "")),
    "net3_lake_and_river": ("Net3", 24, (en.TRACE, "", "River")),
}


def table(network, hours, followed):
    """Quality of every node and link at every hour."""
    project = en.createproject()
    with tempfile.NamedTemporaryFile() as report:
        en.open(project, str(network), report.name, "")
        en.setoption(project, en.ACCURACY, 1e-7)
        en.setoption(project, en.TRIALS, 2000)
        if followed:
            kind, unit, node = followed
            en.setqualtype(project, kind, "", unit, node)
        en.solveH(project)
        nodes = range(1, en.getcount(project, en.NODECOUNT) + 1)
        links = range(1, en.getcount(project, en.LINKCOUNT) + 1)
        columns = []
        en.openQ(project)
        en.initQ(project, en.NOSAVE)
        while True:
            time = en.runQ(project)
            if time % HOUR == 0 and time <= hours * HOUR:
                values = [en.getnodevalue(project, n, en.QUALITY) for n in nodes]
                values += [en.getlinkvalue(project, l, en.LINKQUAL) for l in links]
                columns.append((time // HOUR, values))
            if en.nextQ(project) <= 0:
                break
        names = [("n", en.getnodeid(project, n)) for n in nodes]
        names += [("l", en.getlinkid(project, l)) for l in links]
        en.deleteproject(project)
    return names, columns


def write(name, network, table_of):
    names, columns = table_of
    lines = [f"# EPANET {en.getversion() / 10000:.4f} {network}"]
    lines.append("kind,id," + ",".join(str(hour) for hour, _ in columns))
    for row, (kind, element) in enumerate(names):
        cells = ",".join(f"{values[row]:.7g}" for _, values in columns)
        lines.append(f"{kind},{element},{cells}")
    (HERE / f"{name}.csv").write_text("\n".join(lines) + "\n")


HERE.mkdir(exist_ok=True)
for name, text in CASES.items():
    file = HERE / f"{name}.inp"
    text = "\n".join(line for line in text.splitlines() if line) + "\n"
    with tempfile.NamedTemporaryFile("w", suffix=".inp") as plain:
        plain.write(text.replace(*PLAIN.get(name, ("", ""))))
        plain.flush()
        write(name, file.name, table(plain.name, 48, None))
    file.write_text(text)
for name, (network, hours, followed) in EXAMPLES.items():
    file = pathlib.Path(sys.argv[1]) / f"{network}.inp"
    write(name, file.name, table(file, hours, followed))
