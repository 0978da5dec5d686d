"""The network: trunk mains, works, tanks and pump stations, and the districts on them."""

import math

from . import mains, streets, terrain
from .districts import (
    BRIDGE_STREET,
    DISTRICTS,
    HARBOUR_STREET,
    RIDGE_ROAD,
    SHUT_BETWEEN,
    district,
)
from .parts import Draw, Junction, Network, Pipe, Pump, Reservoir, Tank, Valve

LOW_TRUNK, HIGH_TRUNK = "trunk_low", "trunk_high"
# Where the trunk mains turn or end, as corners of the streets.
WORKS_CORNER = (29, HARBOUR_STREET)
WEST_END = (6, HARBOUR_STREET)
BOOSTER_ROW = 9
CHAPEL_COLUMN = 11
BEACON_COLUMN = 22
RIDGE_ENDS = (8, 26)
BEACON_ROW = 14

# Commerce stands in these districts beside the houses; quays and works draw for themselves.
LARGE_USERS = [
    ("hospital", "Saint Luke's Hospital", "hospital_hill", (2980.0, 1790.0), 3.4, "hospital"),
    ("cannery", "Herring cannery", "port", (2720.0, 330.0), 4.6, "port"),
    ("shipyard", "Shipyard", "port", (3330.0, 420.0), 3.2, "port"),
    ("berths", "Ship supply, berths 1 to 4", "port", (2330.0, 470.0), 3.8, "berths"),
    ("brewery", "Lantern brewery", "foundry", (3260.0, 1020.0), 2.3, "port"),
    ("laundry", "Harbour laundry", "foundry", (2620.0, 860.0), 0.9, "commerce"),
    ("college_campus", "College campus", "college", (2230.0, 1860.0), 1.5, "commerce"),
    ("railway_station", "Railway station", "centre", (1900.0, 1330.0), 0.8, "commerce"),
    ("swimming_baths", "Swimming baths", "centre", (1350.0, 1050.0), 0.7, "commerce"),
]  # fmt: skip

# Leakage at a corner at a pressure of 1 m [L/s]: joints everywhere, and holes here and there.
BACKGROUND = 0.0016
HOLE = 0.016


def slug(name):
    return name.lower().replace("'", "").replace(",", "").replace(" ", "_")


class Builder:
    """Gathers the parts; every draw of chance comes from one stream, in one order."""

    def __init__(self, random):
        self.random = random
        self.network = Network()
        self.corners = streets.corners(random)
        self.counts = {}

    # --- names -----------------------------------------------------------------

    def numbered(self, stem):
        self.counts[stem] = self.counts.get(stem, 0) + 1
        return self.counts[stem]

    def junction(self, name, x, y, area, identifier=None, elevation=None):
        if identifier is None:
            identifier = f"{area}_{self.numbered(area)}"
        height = terrain.elevation(x, y) if elevation is None else elevation
        node = Junction(identifier, name, round(x, 1), round(y, 1), round(height, 1), area)
        self.network.junctions[identifier] = node
        return identifier

    def main(self, a, b, street, area, diameter, year, **more):
        """Lays a main along a street and gives its id."""
        start, end = self.network.node(a), self.network.node(b)
        path, length = mains.bend(self.random, (start.x, start.y), (end.x, end.y))
        number = self.numbered("main " + street)
        identifier = f"{slug(street)}_main_{number}"
        made_of = mains.material(year, diameter)
        self.network.pipes[identifier] = Pipe(
            identifier, f"{street} main {number}", a, b, length, diameter, made_of, year,
            mains.roughness(made_of, year), area, path, **more,
        )  # fmt: skip
        return identifier

    def named_pipe(self, identifier, name, a, b, area, diameter, year, length, **more):
        made_of = mains.material(year, diameter)
        self.network.pipes[identifier] = Pipe(
            identifier, name, a, b, length, diameter, made_of, year,
            mains.roughness(made_of, year), area, **more,
        )  # fmt: skip
        return identifier

    def street_between(self, a, b):
        return streets.row_name(*b) if a[1] == b[1] else streets.COLUMN_NAMES[a[0]]

    # --- trunk mains -----------------------------------------------------------

    def trunks(self):
        """Lays out the trunk mains: `trunk[corner]` is the junction on them there."""
        low = [(column, HARBOUR_STREET) for column in range(WORKS_CORNER[0], WEST_END[0] - 1, -1)]
        rise = [(BRIDGE_STREET, row) for row in range(HARBOUR_STREET, BOOSTER_ROW + 1)]
        high = [(BRIDGE_STREET, row) for row in range(BOOSTER_ROW + 1, RIDGE_ROAD + 1)]
        west = [(column, RIDGE_ROAD) for column in range(BRIDGE_STREET, RIDGE_ENDS[0] - 1, -1)]
        east = [(column, RIDGE_ROAD) for column in range(BRIDGE_STREET, RIDGE_ENDS[1] + 1)]
        chapel = [(CHAPEL_COLUMN, row) for row in range(RIDGE_ROAD, 16)]
        beacon = [(BEACON_COLUMN, row) for row in range(RIDGE_ROAD, BEACON_ROW)]
        self.trunk = {}
        runs = [
            (low, LOW_TRUNK, lambda k: 500 if k < 13 else 450 if k < 18 else 400, 1966),
            (rise, LOW_TRUNK, lambda k: 350, 1966),
            (high, HIGH_TRUNK, lambda k: 300, 1967),
            (west, HIGH_TRUNK, lambda k: 300 if k < 6 else 200, 1967),
            (east, HIGH_TRUNK, lambda k: 250, 1974),
            (chapel, HIGH_TRUNK, lambda k: 300, 1967),
            (beacon, HIGH_TRUNK, lambda k: 200, 1999),
        ]
        for run, area, diameter, year in runs:
            for at, corner in enumerate(run):
                if corner not in self.trunk:
                    place = self.corners[corner]
                    self.trunk[corner] = self.junction(place.name, place.x, place.y, area)
                if at > 0:
                    before = run[at - 1]
                    street = self.street_between(before, corner)
                    a, b = self.trunk[before], self.trunk[corner]
                    self.main(a, b, street + " trunk", area, diameter(at), year)

    # --- works, tanks, stations ------------------------------------------------

    def works(self):
        net = self.network
        first = net.node(self.trunk[WORKS_CORNER])
        x, y = first.x + 170.0, first.y + 95.0
        net.reservoirs["clear_well"] = Reservoir(
            "clear_well", "Works clear well", round(x + 60.0, 1), round(y, 1), 13.0, "works"
        )
        suction = self.junction("Works suction header", x + 25.0, y, "works", "works_suction", 9.0)
        header = self.junction("Works delivery header", x - 15.0, y, "works", "works_delivery", 9.0)
        outlet = self.junction("Works outlet", x - 60.0, y - 20.0, "works", "works_outlet", 9.5)
        self.named_pipe(
            "works_suction_main",
            "Works suction main",
            "clear_well",
            suction,
            "works",
            600,
            1966,
            38.0,
            minor_loss=1.2,
        )
        for number in (1, 2):
            identifier = f"works_pump_{number}"
            net.pumps[identifier] = Pump(
                identifier,
                f"Works pump {number}",
                suction,
                header,
                "works",
                "works_pump",
                "works_pump_efficiency",
                closed=number == 2,
            )
        self.named_pipe(
            "works_main_non_return",
            "Works non-return valve",
            header,
            outlet,
            "works",
            500,
            1966,
            46.0,
            minor_loss=2.5,
            check_valve=True,
        )
        self.main(outlet, first.id, "Works delivery", "works", 500, 1966)

    def tanks(self):
        net = self.network
        x, y = terrain.LIGHTHOUSE_HILL
        net.tanks["lighthouse_hill_tank"] = Tank(
            "lighthouse_hill_tank",
            "Lighthouse Hill tank",
            x,
            y,
            62.0,
            "lighthouse_hill",
            25.0,
            0.5,
            5.5,
            3.9,
        )
        a = self.trunk[WEST_END]
        west = net.node(a)
        middle = self.junction(
            "Lighthouse Hill, gate",
            0.45 * west.x + 0.55 * x,
            0.45 * west.y + 0.55 * y,
            "lighthouse_hill",
            "lighthouse_hill_gate",
        )
        self.main(a, middle, "Lantern Way trunk", "lighthouse_hill", 400, 1966)
        self.main(
            middle,
            "lighthouse_hill_tank",
            "Lantern Way trunk",
            "lighthouse_hill",
            400,
            1966,
            minor_loss=1.5,
        )

        x, y = terrain.CHAPEL_HILL
        net.tanks["chapel_hill_tank"] = Tank(
            "chapel_hill_tank",
            "Chapel Hill tank",
            x,
            y,
            103.0,
            "chapel_summit",
            16.0,
            0.4,
            4.5,
            3.0,
        )
        top = self.trunk[CHAPEL_COLUMN, 15]
        self.main(
            top,
            "chapel_hill_tank",
            "Chapel Street trunk",
            "chapel_summit",
            300,
            1967,
            minor_loss=1.5,
        )

    def high_booster(self):
        """The station on Bridge Street: a duty pump and a standby."""
        net = self.network
        below, above = (
            net.node(self.trunk[BRIDGE_STREET, BOOSTER_ROW]),
            net.node(self.trunk[BRIDGE_STREET, BOOSTER_ROW + 1]),
        )
        place = lambda part: (
            below.x + part * (above.x - below.x),
            below.y + part * (above.y - below.y),
        )
        suction = self.junction(
            "Bridge Street station, suction",
            *place(0.35),
            "bridge_street_station",
            "bridge_street_suction",
        )
        delivery = self.junction(
            "Bridge Street station, delivery",
            *place(0.6),
            "bridge_street_station",
            "bridge_street_delivery",
        )
        self.main(below.id, suction, "Bridge Street trunk", "bridge_street_station", 350, 1967)
        for number in (1, 2):
            identifier = f"bridge_street_pump_{number}"
            net.pumps[identifier] = Pump(
                identifier,
                f"Bridge Street pump {number}",
                suction,
                delivery,
                "bridge_street_station",
                "bridge_street_pump",
                "bridge_street_pump_efficiency",
                closed=number == 2,
            )
        self.main(delivery, above.id, "Bridge Street trunk", "bridge_street_station", 300, 1967)

    def beacon_booster(self, first):
        """The estate's station: a small pump of variable speed and a way around it."""
        net = self.network
        last = net.node(self.trunk[BEACON_COLUMN, BEACON_ROW - 1])
        to = net.node(first)
        place = lambda part, aside=0.0: (
            last.x + part * (to.x - last.x) + aside,
            last.y + part * (to.y - last.y),
        )
        suction = self.junction(
            "Beacon station, suction", *place(0.3), "beacon_station", "beacon_suction"
        )
        delivery = self.junction(
            "Beacon station, delivery", *place(0.55), "beacon_station", "beacon_delivery"
        )
        self.main(last.id, suction, "Beacon trunk", "beacon_station", 200, 1999)
        net.pumps["beacon_pump"] = Pump(
            "beacon_pump",
            "Beacon pump",
            suction,
            delivery,
            "beacon_station",
            "beacon_pump",
            "beacon_pump_efficiency",
            speed_pattern="beacon_speed",
        )
        self.named_pipe(
            "beacon_bypass",
            "Beacon bypass",
            suction,
            delivery,
            "beacon_station",
            150,
            1999,
            28.0,
            minor_loss=3.0,
            check_valve=True,
        )
        self.main(delivery, first, "Beacon trunk", "beacon_station", 200, 1999)

    # --- districts -------------------------------------------------------------

    def districts(self):
        random = self.random
        members = {one.id: [] for one in DISTRICTS}
        for corner, place in self.corners.items():
            missing = random.random() < 0.055
            if corner in self.trunk or missing:
                continue
            area = district(place)
            if area:
                members[area].append(corner)
        self.home = {}
        for area, corners in members.items():
            edges = self.neighbours(corners)
            parts = mains.components(sorted(corners), edges)
            for corner in parts[0]:
                self.home[corner] = area
        for one in DISTRICTS:
            corners = [corner for corner in sorted(self.home) if self.home[corner] == one.id]
            self.one_district(one, corners)
        self.shut_valves()

    def neighbours(self, corners):
        known = set(corners)
        edges = []
        for column, row in sorted(known):
            for other in ((column + 1, row), (column, row + 1)):
                if other in known:
                    edges.append(((column, row), other))
            # Streets cross under a trunk main without being connected to it.
            for middle, other in (
                ((column + 1, row), (column + 2, row)),
                ((column, row + 1), (column, row + 2)),
            ):
                if middle in self.trunk and other in known and (column + row) % 2 == 0:
                    edges.append(((column, row), other))
        return edges

    def one_district(self, one, corners):
        random, net = self.random, self.network
        self.nodes = getattr(self, "nodes", {})
        for corner in corners:
            place = self.corners[corner]
            self.nodes[corner] = self.junction(place.name, place.x, place.y, one.id)
        edges = mains.thinned(random, corners, self.neighbours(corners), one.density)
        for corner in corners:
            self.draw(one, self.nodes[corner])
        self.large_users(one, [self.nodes[corner] for corner in corners])
        entries = self.entries(one, corners)
        drawn = {c: sum(draw.flow for draw in net.junctions[self.nodes[c]].draws) for c in corners}
        spans = {
            edge: math.dist(*[(self.corners[c].x, self.corners[c].y) for c in edge])
            for edge in edges
        }
        flows = mains.carried([corner for corner, _, _ in entries], corners, spans, drawn)
        degree = {corner: 0 for corner in corners}
        for a, b in edges:
            degree[a] += 1
            degree[b] += 1
        for corner, _, _ in entries:
            degree[corner] += 1
        least = 150 if one.id == "port" else 80
        for a, b in edges:
            dead_end = 1 in (degree[a], degree[b])
            size = mains.diameter(flows[a, b], dead_end, least)
            first, last = one.years
            year = first + int(random.random() * (last - first + 1))
            # A fifth of the old mains has been renewed.
            renewed = random.random() < 0.2
            if renewed and year < 1975:
                year = 1988 + int(random.random() * 30)
            self.main(self.nodes[a], self.nodes[b], self.street_between(a, b), one.id, size, year)
        for number, (corner, trunk, inlet) in enumerate(entries, 1):
            if trunk is None:
                self.beacon_booster(self.nodes[corner])
            else:
                self.inlet(one, number, self.nodes[corner], trunk, inlet)

    def draw(self, one, node):
        """What is drawn and lost at a corner of a district."""
        random, junction = self.random, self.network.junctions[node]
        residents = one.residents * (0.45 + 1.1 * random.random())
        commerce = one.commerce * (0.3 + 1.4 * random.random())
        shops = random.random() < 0.4
        junction.draws.append(Draw(round(residents, 3), "residential", "residential"))
        if shops and commerce > 0.02:
            junction.draws.append(Draw(round(2.2 * commerce, 3), "commerce", "commerce"))
        # Old mains leak more, and here and there is a hole worth finding.
        age = 2.2 if one.years[1] < 1940 else 1.3 if one.years[1] < 1980 else 0.7
        junction.emitter = round(BACKGROUND * age * (0.6 + 0.8 * random.random()), 5)
        if random.random() < 0.08:
            junction.emitter = round(junction.emitter + HOLE * (0.5 + random.random()), 5)

    def large_users(self, one, nodes):
        for _, name, area, place, flow, pattern in LARGE_USERS:
            if area == one.id:
                free = [n for n in nodes if " at " in self.network.junctions[n].name]
                nearest = min(
                    free,
                    key=lambda n: math.dist(
                        place, (self.network.junctions[n].x, self.network.junctions[n].y)
                    ),
                )
                junction = self.network.junctions[nearest]
                junction.name = name
                junction.draws.insert(0, Draw(flow, pattern, pattern))

    def entries(self, one, corners):
        """For each inlet of a district the corner it leads to, the trunk's junction, the inlet."""
        if not one.inlets:
            last = self.corners[BEACON_COLUMN, BEACON_ROW - 1]
            corner = min(
                corners,
                key=lambda c: math.dist((last.x, last.y), (self.corners[c].x, self.corners[c].y)),
            )
            return [(corner, None, None)]
        known, area = set(corners), HIGH_TRUNK if one.zone == "high" else LOW_TRUNK
        candidates = []
        for (column, row), node in self.trunk.items():
            if self.network.junctions[node].area != area:
                continue
            for other in (
                (column + 1, row),
                (column - 1, row),
                (column, row + 1),
                (column, row - 1),
            ):
                if other in known:
                    candidates.append((other, node))
        found = []
        for inlet in one.inlets:
            corner, node = min(candidates, key=lambda c: (abs(self.corners[c[0]].x - inlet.x), c))
            found.append((corner, node, inlet))
        return found

    def inlet(self, one, number, node, trunk, inlet):
        """A metered way in, through a chamber where there is a valve."""
        net = self.network
        suffix = "abc"[number - 1]
        stem = f"{one.id}_inlet_{suffix}"
        title = f"{one.name} inlet {suffix.upper()}" if len(one.inlets) > 1 else f"{one.name} inlet"
        start, end = net.node(trunk), net.node(node)
        year = max(one.years[1], 1996)
        target = node
        if inlet.valve:
            x, y = 0.6 * start.x + 0.4 * end.x, 0.6 * start.y + 0.4 * end.y
            before = self.junction(f"{title}, chamber", x, y, one.id, f"{stem}_chamber")
            after = self.junction(
                f"{title}, behind the valve",
                0.9 * x + 0.1 * end.x,
                0.9 * y + 0.1 * end.y,
                one.id,
                f"{stem}_behind",
            )
            words = {
                "reducing": "pressure reducing valve",
                "flow": "flow control valve",
                "throttle": "throttle valve",
            }
            net.valves[f"{stem}_valve"] = Valve(
                f"{stem}_valve",
                f"{one.name} {words[inlet.valve]}",
                before,
                after,
                one.id,
                inlet.valve,
                inlet.diameter - 50,
                inlet.setting,
                2.0,
            )
            self.main(after, node, f"{one.name} inlet", one.id, inlet.diameter, year)
            target = before
        begin = (start.x, start.y)
        stop = net.node(target)
        path, length = mains.bend(self.random, begin, (stop.x, stop.y))
        self.named_pipe(
            f"{stem}_meter",
            f"{title}, metered",
            trunk,
            target,
            one.id,
            inlet.diameter,
            year,
            length,
            path=path,
            minor_loss=0.9,
        )

    def shut_valves(self):
        """Mains that cross from one district to another and are kept shut."""
        for first, second in SHUT_BETWEEN:
            found = []
            for corner, area in sorted(self.home.items()):
                for other in (
                    (corner[0] + 1, corner[1]),
                    (corner[0], corner[1] + 1),
                    (corner[0] - 1, corner[1]),
                    (corner[0], corner[1] - 1),
                ):
                    if area == first and self.home.get(other) == second:
                        found.append((corner, other))
            if not found:
                raise ValueError(f"{first} and {second} have no common border")
            a, b = found[len(found) // 2]
            self.main(
                self.nodes[a],
                self.nodes[b],
                self.street_between(a, b),
                first,
                150,
                1978,
                closed=True,
            )

    def piers(self):
        """Hydrants out on the piers: long dead ends over the water."""
        net = self.network
        for number, x in ((1, 2420.0), (2, 2760.0), (3, 3100.0)):
            quay = [
                j
                for j in net.junctions.values()
                if j.area == "port" and not j.id.startswith("pier")
            ]
            root = min(quay, key=lambda j: abs(j.x - x) + 2.5 * (j.y - terrain.shore(j.x)))
            at = root.id
            for step, part in ((1, "root"), (2, "head")):
                identifier = f"pier_{number}_{part}"
                end = net.node(at)
                node = self.junction(
                    f"Pier {number}, {part}",
                    x + 6.0 * step,
                    end.y - (70.0 if step == 1 else 120.0),
                    "port",
                    identifier,
                    3.2,
                )
                self.main(at, node, f"Pier {number}", "port", 150, 1969)
                at = node
            net.junctions[at].draws.append(Draw(0.35, "berths", "berths"))


def build(random):
    """The whole network."""
    builder = Builder(random)
    builder.trunks()
    builder.works()
    builder.high_booster()
    builder.tanks()
    builder.districts()
    builder.piers()
    return builder.network
