"""The ground that the town stands on.

Map coordinates are metres, x to the east and y to the north. The sea is in the
south. The heights are sums of smooth shapes: a plain behind the quays, a slope
that carries the town's upper part, three hills, and the valley of a stream.
"""

import math

# The town's origin on the map: the harbour master's office at the head of the basin.
ORIGIN = (1900.0, 640.0)

LIGHTHOUSE_HILL = (470.0, 520.0)
CHAPEL_HILL = (1480.0, 2190.0)
BEACON_HILL = (3060.0, 2260.0)


def bump(x, y, centre, height, width):
    """A round hill [m]: `height` at its centre, a third of it at `width` from there."""
    distance = ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / width**2
    return height * math.exp(-distance)


def slope(distance, middle, width):
    """From 0 to 1 around `middle`."""
    return 1.0 / (1.0 + math.exp(-(distance - middle) / width))


def shore(x):
    """Northing of the waterline [m]: a headland in the west, the basin in the middle."""
    basin = 390.0 * math.exp(-(((x - ORIGIN[0]) / 400.0) ** 2))
    headland = -130.0 * math.exp(-(((x - 480.0) / 330.0) ** 2))
    return 250.0 + basin + headland + 18.0 * math.sin(x / 310.0)


def inland(x, y):
    """How far north of the waterline a place is [m]."""
    return y - shore(x)


def elevation(x, y):
    """Height of the ground above mean sea level [m]."""
    away = max(inland(x, y), 0.0)
    plain = 2.4 + 11.0 * (1.0 - math.exp(-away / 650.0))
    upper_town = 41.0 * slope(y, 1440.0 + 60.0 * math.sin(x / 520.0), 130.0)
    valley = -15.0 * math.exp(-(((x - 2440.0) / 190.0) ** 2)) * slope(y, 1280.0, 150.0)
    hills = (
        bump(x, y, LIGHTHOUSE_HILL, 53.0, 185.0)
        + bump(x, y, CHAPEL_HILL, 47.0, 300.0)
        + bump(x, y, BEACON_HILL, 42.0, 400.0)
    )
    return plain + upper_town + valley + hills
