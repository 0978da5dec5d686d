"""Which corner belongs to which metered district, and where water enters it."""

from dataclasses import dataclass

# Ground below this height [m] is supplied by the low zone, up to the next by the high zone.
LOW_ZONE_TOP = 27.0
HIGH_ZONE_TOP = 63.0

# The trunk mains follow these streets: (first column, last column) of a row, or
# (first row, last row) of a column.
HARBOUR_STREET = 4
RIDGE_ROAD = 12
BRIDGE_STREET = 17


@dataclass
class Inlet:
    """A way into a district: near `x`, through a valve or straight."""

    x: float
    valve: str = ""
    setting: float = 0.0
    diameter: int = 200


@dataclass
class District:
    id: str
    name: str
    zone: str
    # First and last year that its streets were built in, and what with.
    years: tuple
    # Residents' average demand of a corner [L/s], and what commerce draws beside it.
    residents: float
    commerce: float
    # Chance that a street between two corners was built where a way around exists.
    density: float
    inlets: list


DISTRICTS = [
    District("old_town", "Old Town", "low", (1898, 1934), 0.165, 0.080, 0.62,
             [Inlet(1640.0, "reducing", 44.0, 200)]),
    District("port", "Port", "low", (1952, 1976), 0.02, 0.030, 0.42,
             [Inlet(2300.0, "flow", 2.4, 200), Inlet(3150.0, "reducing", 52.0, 250)]),
    District("marina", "Marina", "low", (1968, 1996), 0.125, 0.030, 0.40, [Inlet(930.0)]),
    District("centre", "Centre", "low", (1924, 1962), 0.19, 0.055, 0.55,
             [Inlet(1270.0), Inlet(1950.0, diameter=250)]),
    District("foundry", "Foundry", "low", (1936, 1971), 0.15, 0.020, 0.45,
             [Inlet(2700.0, diameter=250), Inlet(3420.0, "throttle", 25.0, 200)]),
    District("terraces", "Terraces", "high", (1958, 1984), 0.15, 0.004, 0.40,
             [Inlet(1250.0, "reducing", 46.0, 200)]),
    District("chapel_hill", "Chapel Hill", "high", (1964, 1990), 0.15, 0.008, 0.42,
             [Inlet(1180.0), Inlet(1900.0)]),
    District("college", "College", "high", (1971, 2004), 0.14, 0.035, 0.42, [Inlet(2160.0)]),
    District("hospital_hill", "Hospital Hill", "high", (1962, 1998), 0.15, 0.012, 0.42,
             [Inlet(2700.0), Inlet(3250.0)]),
    District("beacon", "Beacon Estate", "estate", (1999, 2019), 0.125, 0.0, 0.36, []),
]  # fmt: skip

# Valves between districts that are kept shut, so that each is fed and metered alone.
SHUT_BETWEEN = [
    ("old_town", "port"), ("marina", "old_town"), ("marina", "centre"), ("hospital_hill", "foundry"),
    ("terraces", "centre"), ("college", "chapel_hill"),
]  # fmt: skip


def built(corner):
    """Whether there are houses at a corner: not on the hills' tops, in the stream's
    meadows, or outside the town."""
    x, y, height = corner.x, corner.y, corner.elevation
    if y < 900.0 and x < 800.0:
        return height < 22.0
    if 2380.0 < x < 2500.0 and y > 1300.0:
        return False
    outside = (
        (x < 1150.0 - 0.5 * (2300.0 - y) and y > 1250.0)
        or (x < 430.0 and y > 900.0)
        or (x > 3900.0 - 0.45 * (y - 900.0) and y > 900.0)
        or (x < 2420.0 and y > 2160.0)
    )
    summit = x < 2420.0 and height > HIGH_ZONE_TOP
    return not outside and not summit


def district(corner):
    """Id of the district that a corner off the trunk mains lies in, empty for none."""
    if not built(corner):
        return ""
    x, row = corner.x, corner.row
    if corner.elevation < LOW_ZONE_TOP:
        if row < HARBOUR_STREET:
            return "marina" if x < 1300.0 else "old_town" if x < 2070.0 else "port"
        if x < 1010.0:
            return "marina"
        return "centre" if x < 2290.0 else "foundry"
    if corner.elevation < HIGH_ZONE_TOP or x < 2420.0:
        if x < 1500.0 and row < RIDGE_ROAD:
            return "terraces"
        if x < 2030.0:
            return "chapel_hill"
        return "college" if x < 2430.0 else "hospital_hill"
    return "beacon"
