#!/usr/bin/env python3
"""Plays Harbour with EPANET and writes what its sensors would have said.

    pip install owa-epanet
    python3 measure.py                    # telemetry.csv and telemetry.hidden.ron beside this file

Another engine than the program's own stands in for the real network, with
parameters drawn from what the document says is uncertain: roughness, leaks, the
levels it begins with. Draw wanders about its patterns, as
`counterpart plant` has it wander: an Ornstein-Uhlenbeck process with a correlation
time of an hour. The control room gives the valve of the Old Town another set-point
now and then. Every reading has the noise and the resolution of its channel.
"""

import math
import re
import sys
import tempfile
from pathlib import Path
from random import Random

sys.dont_write_bytecode = True

from design import epanet as inp
from design import network
from epanet import toolkit
from generate import SEED as NETWORK_SEED

SEED = 1
HOURS = 72
PERIOD = 300
DRIFT_TIME = 3600.0
# A set-point stays for so many periods, and lies on so many steps of its channel's range.
DWELL = (180, 900)
LEVELS = 20
USED_RANGE = 0.7

HERE = Path(__file__).resolve().parent
NUMBER = r"(-?[\d.]+)"


def standard_normal(random):
    """By the method of Box and Muller, from two numbers of `Random.random`."""
    radius = math.sqrt(-2.0 * math.log(1.0 - random.random()))
    return radius * math.cos(2.0 * math.pi * random.random())


def channels(document):
    """Of each channel its id, variable, unit, role, noise and resolution, in order."""
    line = re.compile(r'\(id: "([^"]+)", variable: "([^"]+)", unit: "([^"]+)", role: (\w+)')
    found = []
    for text in document.splitlines():
        if match := line.search(text):
            noise = re.search(rf'noise: "{NUMBER}', text)
            step = re.search(rf'resolution: "{NUMBER}', text)
            span = re.search(rf'range: \("{NUMBER}[^"]*", "{NUMBER}', text)
            numbers = [float(one.group(1)) if one else 0.0 for one in (noise, step)]
            found.append((*match.groups(), *numbers, tuple(map(float, span.groups()))))
    return found


def uncertainties(document):
    """Of each uncertain variable its unit, kind of distribution and two numbers."""
    line = re.compile(
        rf'\(variable: "([^"]+)", unit: "([^"]+)", distribution: (\w+)\(\w+: {NUMBER}, \w+: {NUMBER}\)'
    )
    return [
        (variable, unit, kind, float(first), float(second))
        for variable, unit, kind, first, second in line.findall(document)
    ]


class Wander:
    """An addition that wanders about zero, stepped exactly."""

    def __init__(self, random, deviation):
        self.random, self.deviation = random, deviation
        self.value = deviation * standard_normal(random)
        self.decay = math.exp(-PERIOD / DRIFT_TIME)

    def step(self):
        kick = self.deviation * math.sqrt(1.0 - self.decay**2)
        self.value = self.decay * self.value + kick * standard_normal(self.random)


class Plant:
    """The network in EPANET with what is hidden in it."""

    def __init__(self, built, document, random):
        self.random = random
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "harbour.inp"
        path.write_text(inp.text(built), encoding="utf-8")
        self.project = toolkit.createproject()
        toolkit.open(self.project, str(path), str(path.with_suffix(".rpt")), "")
        # The engine's steps meet the times of readings.
        toolkit.settimeparam(self.project, toolkit.REPORTSTEP, PERIOD)
        toolkit.settimeparam(self.project, toolkit.DURATION, HOURS * 3600)
        self.parameters, self.states, self.drifts, self.wanders = {}, {}, {}, {}
        self.bases = {}
        for one in uncertainties(document):
            self.hide(*one)

    def node(self, name):
        return toolkit.getnodeindex(self.project, name)

    def link(self, name):
        return toolkit.getlinkindex(self.project, name)

    def hide(self, variable, unit, kind, first, second):
        asset, quantity = variable.rsplit(".", 1)
        normal = standard_normal(self.random)
        value = first * second**normal if kind == "LogNormal" else first + second * normal
        if quantity in ("demand_multiplier", "demand_factor"):
            self.wanders[variable] = Wander(self.random, second)
            self.drifts[variable] = f"{second} {unit}"
            if quantity == "demand_factor":
                index = self.node(asset)
                count = toolkit.getnumdemands(self.project, index)
                bases = [toolkit.getbasedemand(self.project, index, k + 1) for k in range(count)]
                self.bases[variable] = (index, bases)
            return
        if quantity == "level":
            index = self.node(asset)
            value += toolkit.getnodevalue(self.project, index, toolkit.TANKLEVEL)
            toolkit.setnodevalue(self.project, index, toolkit.TANKLEVEL, value)
            self.states[variable] = f"{value:.6f} {unit}"
            return
        if quantity == "roughness":
            toolkit.setlinkvalue(self.project, self.link(asset), toolkit.ROUGHNESS, value)
        elif quantity == "head":
            toolkit.setnodevalue(self.project, self.node(asset), toolkit.ELEVATION, value)
        elif quantity == "emitter_coefficient":
            toolkit.setnodevalue(self.project, self.node(asset), toolkit.EMITTER, value)
        else:
            raise ValueError(f"there is no way here to hide `{variable}`")
        self.parameters[variable] = f"{value:.6f} {unit}" if unit != "1" else f"{value:.6f}"

    def wander(self):
        for variable, one in self.wanders.items():
            factor = 1.0 + one.value
            if variable in self.bases:
                index, bases = self.bases[variable]
                for at, base in enumerate(bases, 1):
                    toolkit.setbasedemand(self.project, index, at, base * factor)
            else:
                toolkit.setoption(self.project, toolkit.DEMANDMULT, factor)
            one.step()

    def read(self, variable):
        asset, quantity = variable.rsplit(".", 1)
        if quantity == "pressure":
            return toolkit.getnodevalue(self.project, self.node(asset), toolkit.PRESSURE)
        if quantity == "level":
            # The engine's own tank level is the one at the start.
            head = toolkit.getnodevalue(self.project, self.node(asset), toolkit.HEAD)
            return head - toolkit.getnodevalue(self.project, self.node(asset), toolkit.ELEVATION)
        what = {
            "flow": toolkit.FLOW,
            "status": toolkit.STATUS,
            "setting": toolkit.SETTING,
            "power_drawn": toolkit.ENERGY,
            "setting_command": toolkit.SETTING,
        }[quantity]
        return toolkit.getlinkvalue(self.project, self.link(asset), what)

    def command(self, variable, value):
        asset = variable.rsplit(".", 1)[0]
        toolkit.setlinkvalue(self.project, self.link(asset), toolkit.SETTING, value)


def play(plant, listed):
    """The rows of the file, a time and a text for each channel."""
    random, rows = plant.random, []
    held = {one[1]: (0, 0.0) for one in listed if one[3] == "Input"}
    toolkit.openH(plant.project)
    toolkit.initH(plant.project, toolkit.NOSAVE)
    while True:
        now = toolkit.gettimeparam(plant.project, toolkit.HTIME)
        if now % PERIOD == 0:
            plant.wander()
            for _, variable, _, role, _, _, (low, high) in listed:
                if role == "Input":
                    until, value = held[variable]
                    if now >= until:
                        level = round(random.random() * USED_RANGE * LEVELS) / LEVELS
                        value = low + level * (high - low)
                        stay = DWELL[0] + int(random.random() * (DWELL[1] - DWELL[0] + 1))
                        held[variable] = (now + stay * PERIOD, value)
                    plant.command(variable, value)
        time = toolkit.runH(plant.project)
        if time % PERIOD == 0:
            row = [str(time)]
            for _, variable, _, _, noise, step, _ in listed:
                value = plant.read(variable) + noise * standard_normal(random)
                digits = 2
                if step:
                    value = round(value / step) * step
                    digits = max(0, math.ceil(-math.log10(step) - 1e-9))
                row.append(f"{value + 0.0:.{digits}f}")
            rows.append(",".join(row))
        if toolkit.nextH(plant.project) <= 0:
            return rows


def hidden(plant):
    """What was hidden, as the program writes it."""
    lines = [
        "(",
        '    note: "what `measure.py` hid in the telemetry beside this file",',
        '    twin: "harbour 1.0.0",',
        f"    seed: {SEED},",
        f'    duration: "{HOURS} h",',
    ]
    groups = ("parameters", "initial_states", "drifts")
    for name, values in zip(groups, (plant.parameters, plant.states, plant.drifts), strict=True):
        lines.append(f"    {name}: {{")
        lines += [f'        "{variable}": "{values[variable]}",' for variable in sorted(values)]
        lines.append("    },")
    lines += ['    drift_time: "1 h",', '    outage: ("0 s", "0 s"),', ")"]
    return "\n".join(lines) + "\n"


def main():
    document = (HERE / "twin.ron").read_text(encoding="utf-8")
    listed = channels(document)
    plant = Plant(network.build(Random(NETWORK_SEED)), document, Random(SEED))
    rows = play(plant, listed)
    header = ",".join(["t", *(f"{one[0]} [{one[2]}]" for one in listed)])
    text = "\n".join([header, *rows]) + "\n"
    (HERE / "telemetry.csv").write_text(text, encoding="utf-8", newline="\n")
    (HERE / "telemetry.hidden.ron").write_text(hidden(plant), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
