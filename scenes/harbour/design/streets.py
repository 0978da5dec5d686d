"""Where the streets are and what they are called.

Streets begin as a lattice: rows along the shore, columns away from it. The shore
bends the rows, the more the nearer they are; hills bend them along their
contours; every corner is a little off; some corners and some streets were
never built. What is left looks grown and not drawn with a ruler.
"""

import math
from dataclasses import dataclass

from . import terrain

COLUMNS = 31
ROWS = 18
COLUMN_SPACING = 122.0
ROW_SPACING = 113.0
WEST = 150.0

# Streets along the shore, from the water upwards. Each is a row of the lattice.
ROW_NAMES = [
    "Quayside", "Fish Market", "Sailmakers Street", "Customs Street", "Harbour Street",
    "Tar Lane", "Cooper Street", "Guildhall Street", "Station Road", "Mill Street",
    "Linden Avenue", "Garden Street", "Ridge Road", "Terrace Road", "Vineyard Lane",
    "College Road", "Heath Road", "Beacon Road",
]  # fmt: skip

# Below Harbour Street they have other names west of the Old Town and east of the basin.
WEST_NAMES = ["Promenade", "Marina Parade", "Boatyard Road", "Lighthouse Road"]
EAST_NAMES = ["Coal Quay", "Dock Road", "Warehouse Street", "Excise Street"]
OLD_TOWN_COLUMNS = (9, 15)

# Streets away from the shore, from the west eastwards. Each is a column.
COLUMN_NAMES = [
    "Lantern Way", "Gull Lane", "Keeper Lane", "Pilot Street", "Boathouse Lane",
    "Regatta Street", "Anchor Street", "Chandler Lane", "Rope Walk", "Saint Nicholas Street",
    "Chapel Street", "Herring Lane", "Salt Lane", "Market Street", "Baker Lane", "Admiral Street",
    "Weir Street", "Bridge Street", "Tanner Lane", "Granary Street", "Crane Street",
    "Dock Street", "Shipwright Street", "Foundry Lane", "Cable Street", "Hospital Lane",
    "Orchard Street", "Observatory Lane", "Quarry Lane", "Poplar Street", "Waterworks Lane",
]  # fmt: skip


@dataclass
class Corner:
    """Where a row and a column meet."""

    column: int
    row: int
    x: float
    y: float
    elevation: float

    @property
    def name(self):
        return f"{row_name(self.column, self.row)} at {COLUMN_NAMES[self.column]}"


def row_name(column, row):
    """Name of the street along the shore at a corner."""
    if row < len(WEST_NAMES):
        if column < OLD_TOWN_COLUMNS[0]:
            return WEST_NAMES[row]
        if column > OLD_TOWN_COLUMNS[1]:
            return EAST_NAMES[row]
    return ROW_NAMES[row]


def corners(random):
    """All corners on land, by (column, row), in a fixed order."""
    found = {}
    for column in range(COLUMNS):
        for row in range(ROWS):
            # Two draws each, used or not: a corner more or less changes no other.
            aside, along = random.random() - 0.5, random.random() - 0.5
            x, y = place(column, row)
            old_town = 1300.0 < x < 2080.0 and row < 5
            spread = 52.0 if old_town else 30.0
            x, y = x + spread * aside, y + spread * along
            if terrain.inland(x, y) > 14.0:
                height = terrain.elevation(x, y)
                found[column, row] = Corner(column, row, x, y, height)
    return found


def place(column, row):
    """Where a corner is before chance moves it."""
    across = WEST + COLUMN_SPACING * column
    away = 24.0 + ROW_SPACING * row
    # Columns lean and swing, so that no two are parallel for long.
    x = (
        across
        + 34.0 * math.sin(away / 420.0 + 0.41 * column)
        + 0.035 * away * math.sin(across / 700.0)
    )
    nearness = math.exp(-away / 900.0)
    y = nearness * terrain.shore(x) + (1.0 - nearness) * 300.0 + away
    # On a slope a street keeps its height: it runs lower where the hill stands out.
    for _ in range(2):
        usual = sum(terrain.elevation(x + step, y) for step in (-480.0, -240.0, 240.0, 480.0)) / 4.0
        rise = terrain.elevation(x, y) - usual
        y -= max(-34.0, min(34.0, 1.6 * rise))
    return x, y
