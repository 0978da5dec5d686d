"""Streets become mains: which are built, how wide, of what and when."""

import heapq
import itertools
import math

from . import terrain

# Hazen-Williams coefficients: as laid, and what a decade takes away.
MATERIALS = {
    "grey cast iron": (118.0, 3.6),
    "asbestos cement": (132.0, 2.2),
    "ductile iron": (138.0, 2.0),
    "PVC": (147.0, 0.8),
    "polyethylene": (149.0, 0.7),
}
SURVEYED = 2024


def material(year, diameter):
    """What a main of this year and diameter [mm] was made of."""
    if year < 1948:
        return "grey cast iron"
    if year < 1974:
        return "asbestos cement" if diameter < 300 else "ductile iron"
    if diameter >= 300:
        return "ductile iron"
    return "PVC" if year < 1996 else "polyethylene"


def roughness(made_of, year):
    """Hazen-Williams coefficient today."""
    laid, loss = MATERIALS[made_of]
    return round(max(62.0, laid - loss * (SURVEYED - year) / 10.0))


def bend(random, a, b):
    """The corners of the way from `a` to `b`, and its length [m]."""
    span = math.hypot(b[0] - a[0], b[1] - a[1])
    count = 2 if span > 85.0 else 1
    sideways = (random.random() - 0.5) * 0.16 * span
    path = []
    for step in range(1, count + 1):
        part = step / (count + 1)
        off = sideways * math.sin(math.pi * part) * (1.0 if step % 2 else 0.8)
        x = a[0] + part * (b[0] - a[0]) - off * (b[1] - a[1]) / span
        y = a[1] + part * (b[1] - a[1]) + off * (b[0] - a[0]) / span
        path.append((x, y))
    points = [a, *path, b]
    length = sum(math.hypot(q[0] - p[0], q[1] - p[1]) for p, q in itertools.pairwise(points))
    rise = terrain.elevation(*b) - terrain.elevation(*a)
    # Fittings and bends of the street itself add a little to what the map shows.
    return path, round(1.02 * math.hypot(length, rise), 1)


def components(nodes, edges):
    """The connected parts of a graph, the largest first, each in order."""
    around = {node: [] for node in nodes}
    for a, b in edges:
        around[a].append(b)
        around[b].append(a)
    parts, seen = [], set()
    for node in nodes:
        if node in seen:
            continue
        part, waiting = [], [node]
        seen.add(node)
        while waiting:
            at = waiting.pop()
            part.append(at)
            for other in around[at]:
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        parts.append(sorted(part))
    return sorted(parts, key=lambda part: (-len(part), part[0]))


def thinned(random, nodes, edges, density):
    """Leaves a connected part of the streets: a random tree, and of the rest a share."""
    ranked = sorted((random.random(), edge) for edge in edges)
    leader = {node: node for node in nodes}

    def find(node):
        while leader[node] != node:
            node = leader[node]
        return node

    kept = []
    for _, edge in ranked:
        roots = find(edge[0]), find(edge[1])
        if roots[0] != roots[1]:
            leader[roots[0]] = roots[1]
            kept.append(edge)
        elif random.random() < density:
            kept.append(edge)
    return sorted(kept)


def carried(sources, nodes, edges, drawn):
    """Average flow [L/s] of each edge if water took the shortest way from the nearest source."""
    around = {node: [] for node in nodes}
    for (a, b), length in edges.items():
        around[a].append((b, length, (a, b)))
        around[b].append((a, length, (a, b)))
    distance, through, order = {}, {}, []
    waiting = [(0.0, source, None) for source in sources]
    heapq.heapify(waiting)
    while waiting:
        far, at, edge = heapq.heappop(waiting)
        if at in distance:
            continue
        distance[at], through[at] = far, edge
        order.append(at)
        for other, length, way in around[at]:
            if other not in distance:
                heapq.heappush(waiting, (far + length, other, way))
    flow = {edge: 0.0 for edge in edges}
    total = dict(drawn)
    for at in reversed(order):
        edge = through[at]
        if edge is not None:
            flow[edge] += total[at]
            upstream = edge[0] if edge[1] == at else edge[1]
            total[upstream] += total[at]
    return flow


def diameter(flow, dead_end, least):
    """Nominal diameter [mm] for an average flow [L/s], with room for peaks and a fire."""
    if dead_end:
        return max(80, least) if flow < 0.25 else max(100, least)
    for limit, size in ((1.1, 100), (2.6, 125), (5.5, 150), (11.0, 200), (20.0, 250)):
        if flow < limit:
            return max(size, least)
    return 300
