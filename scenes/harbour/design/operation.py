"""How the network is used and run: patterns, curves, controls, rules and tariff."""

# A working day, a Saturday and a Sunday, each by the hour from midnight.
RESIDENTIAL = (
    [0.42, 0.34, 0.30, 0.30, 0.38, 0.72, 1.34, 1.78, 1.62, 1.22, 1.02, 0.98,
     1.04, 1.00, 0.88, 0.86, 0.98, 1.24, 1.52, 1.60, 1.42, 1.12, 0.84, 0.58],
    [0.56, 0.42, 0.34, 0.32, 0.34, 0.46, 0.74, 1.14, 1.52, 1.74, 1.64, 1.46,
     1.30, 1.18, 1.06, 1.02, 1.08, 1.22, 1.38, 1.36, 1.22, 1.04, 0.88, 0.72],
    [0.62, 0.48, 0.38, 0.34, 0.34, 0.40, 0.58, 0.92, 1.40, 1.78, 1.82, 1.60,
     1.42, 1.22, 1.06, 1.00, 1.06, 1.20, 1.40, 1.42, 1.28, 1.04, 0.78, 0.56],
)  # fmt: skip
COMMERCE = (
    [0.28, 0.26, 0.26, 0.26, 0.30, 0.46, 0.78, 1.18, 1.52, 1.66, 1.72, 1.80,
     1.88, 1.74, 1.64, 1.58, 1.50, 1.42, 1.24, 1.02, 0.84, 0.66, 0.46, 0.34],
    [0.34, 0.28, 0.26, 0.26, 0.28, 0.36, 0.54, 0.82, 1.18, 1.46, 1.62, 1.70,
     1.66, 1.52, 1.38, 1.24, 1.12, 1.06, 1.04, 0.98, 0.90, 0.76, 0.58, 0.44],
    [0.36, 0.28, 0.24, 0.24, 0.24, 0.26, 0.32, 0.40, 0.52, 0.66, 0.78, 0.90,
     0.96, 0.90, 0.80, 0.72, 0.68, 0.70, 0.72, 0.66, 0.56, 0.46, 0.36, 0.30],
)  # fmt: skip
# Two shifts in the yards and the cannery, from six to ten in the evening.
PORT = (
    [0.34, 0.32, 0.32, 0.32, 0.44, 0.86, 1.52, 1.68, 1.74, 1.72, 1.66, 1.50,
     1.34, 1.50, 1.46, 1.62, 1.58, 1.46, 1.30, 1.18, 1.02, 0.86, 0.52, 0.38],
    [0.32, 0.30, 0.30, 0.30, 0.38, 0.66, 1.06, 1.22, 1.26, 1.22, 1.14, 0.98,
     0.80, 0.66, 0.56, 0.48, 0.44, 0.42, 0.40, 0.38, 0.36, 0.36, 0.34, 0.32],
    [0.30, 0.28, 0.28, 0.28, 0.28, 0.30, 0.32, 0.34, 0.36, 0.36, 0.36, 0.36,
     0.36, 0.36, 0.36, 0.36, 0.36, 0.36, 0.36, 0.36, 0.36, 0.36, 0.36, 0.34],
)  # fmt: skip
# Ships take water while they load: the morning and the afternoon tide, by day of the week.
BERTHS_DAY = [
    0.2, 0.2, 0.2, 0.2, 0.3, 0.8, 1.9, 2.4, 2.2, 1.6, 1.0, 0.6,
    0.5, 0.9, 1.8, 2.2, 2.1, 1.6, 1.0, 0.7, 0.5, 0.4, 0.3, 0.2,
]  # fmt: skip
BERTHS_BY_DAY = [0.9, 1.2, 1.0, 1.3, 1.2, 0.8, 0.5]
HOSPITAL_DAY = [
    0.58, 0.54, 0.52, 0.52, 0.58, 0.78, 1.12, 1.38, 1.46, 1.42, 1.36, 1.30,
    1.26, 1.20, 1.16, 1.14, 1.12, 1.12, 1.14, 1.08, 0.96, 0.84, 0.72, 0.64,
]  # fmt: skip

# Speed of the Beacon pump by the hour: it holds the estate's pressure against its draw.
BEACON_SPEED = [
    0.85, 0.85, 0.85, 0.85, 0.86, 0.92, 0.98, 1.0, 1.0, 0.97, 0.95, 0.94,
    0.94, 0.94, 0.93, 0.93, 0.94, 0.96, 0.99, 1.0, 0.98, 0.95, 0.92, 0.90,
]  # fmt: skip
# Energy: cheap at night, dear in the evening.
TARIFF = [0.62] * 6 + [1.0] * 11 + [1.45] * 3 + [1.0] * 2 + [0.62] * 2
ENERGY_PRICE = 0.19


def week(days):
    """A week by the hour from Monday, its mean 1."""
    weekday, saturday, sunday = days
    values = weekday * 5 + saturday + sunday
    return normal(values)


def normal(values):
    mean = sum(values) / len(values)
    return [round(value / mean, 3) for value in values]


def patterns():
    """Of each pattern its id, name and hourly values."""
    berths = [share * value for share in BERTHS_BY_DAY for value in BERTHS_DAY]
    return [
        ("residential", "Households", week(RESIDENTIAL)),
        ("commerce", "Shops, offices and schools", week(COMMERCE)),
        ("port", "Yards and factories, two shifts", week(PORT)),
        ("berths", "Ship supply", normal(berths)),
        ("hospital", "Hospital", normal(HOSPITAL_DAY)),
        ("beacon_speed", "Speed of the Beacon pump", BEACON_SPEED),
        ("tariff", "Energy tariff", TARIFF),
    ]


# Head [m] and efficiency [%] by flow [L/s].
CURVES = [
    ("works_pump", "Works pumps", "m", [(0.0, 76.0), (62.0, 60.0), (100.0, 34.0)]),
    ("works_pump_efficiency", "Works pumps, efficiency", "%",
     [(10.0, 32.0), (25.0, 58.0), (40.0, 73.0), (55.0, 80.0), (65.0, 81.5), (80.0, 77.0), (100.0, 62.0)]),
    ("bridge_street_pump", "Bridge Street pumps", "m", [(0.0, 55.0), (32.0, 43.0), (52.0, 24.0)]),
    ("bridge_street_pump_efficiency", "Bridge Street pumps, efficiency", "%",
     [(5.0, 28.0), (15.0, 56.0), (25.0, 72.0), (33.0, 77.0), (42.0, 73.0), (52.0, 58.0)]),
    ("beacon_pump", "Beacon pump", "m", [(0.0, 38.0), (4.0, 33.0), (9.0, 17.0)]),
    ("beacon_pump_efficiency", "Beacon pump, efficiency", "%",
     [(0.5, 18.0), (1.5, 42.0), (3.0, 60.0), (4.5, 66.0), (6.0, 61.0), (9.0, 40.0)]),
]  # fmt: skip

LOW_TANK, HIGH_TANK = "lighthouse_hill_tank", "chapel_hill_tank"

# Each: tank, whether above, level [m], pump, whether to run it.
CONTROLS = [
    ("works_pump_1_start", LOW_TANK, "Below", 3.5, "works_pump_1", 1),
    ("works_pump_1_stop", LOW_TANK, "Above", 5.1, "works_pump_1", 0),
    ("bridge_street_pump_1_start", HIGH_TANK, "Below", 1.9, "bridge_street_pump_1", 1),
    ("bridge_street_pump_1_stop", HIGH_TANK, "Above", 4.1, "bridge_street_pump_1", 0),
]

# Each: id, name, priority, premises (join, subject, relation, value, unit), then.
RULES = [
    ("night_filling", "Fill Lighthouse Hill while energy is cheap", 2,
     [("If", "clock", "AtLeast", 22, "h"), ("Or", "clock", "Below", 6, "h"), ("And", LOW_TANK, "Below", 4.6, "m")],
     [("works_pump_2", 1)]),
    ("night_filling_ends", "Lighthouse Hill is full", 3,
     [("If", LOW_TANK, "Above", 5.2, "m")], [("works_pump_2", 0)]),
    ("day_saving", "By day the second works pump rests", 1,
     [("If", "clock", "AtLeast", 6, "h"), ("And", "clock", "Below", 22, "h"), ("And", LOW_TANK, "Above", 3.2, "m")],
     [("works_pump_2", 0)]),
    ("low_reserve", "Both works pumps when Lighthouse Hill is low", 4,
     [("If", LOW_TANK, "Below", 2.2, "m")], [("works_pump_1", 1), ("works_pump_2", 1)]),
    ("high_reserve", "The standby pump when Chapel Hill is low", 4,
     [("If", HIGH_TANK, "Below", 1.2, "m")], [("bridge_street_pump_2", 1)]),
    ("high_reserve_ends", "The standby pump rests again", 3,
     [("If", HIGH_TANK, "Above", 2.4, "m")], [("bridge_street_pump_2", 0)]),
]  # fmt: skip

# Demand is delivered in full from this pressure on, and not at all below the other [m].
REQUIRED_PRESSURE = 15
MINIMUM_PRESSURE = 0

HYDRAULIC_STEP = 300
REPORT_STEP = 900
RULE_STEP = 60
WEEK = 7 * 24 * 3600
