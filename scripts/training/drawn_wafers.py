"""Wafer maps drawn from scratch, as additional training pictures: a pattern, strays, a grid.

Every function gives the failure rate of each die. Coordinates go from -1 to 1, so that a wafer is
a circle on any grid; radius 1 is its edge.
"""

import numpy as np


def coordinates(grid):
    rows, columns = grid
    y = ((np.arange(rows) + 0.5) / rows * 2 - 1)[:, None] * np.ones(columns)
    x = ((np.arange(columns) + 0.5) / columns * 2 - 1)[None] * np.ones((rows, 1))
    return x, y, np.hypot(x, y)


def angle_from(x, y, start):
    """Distance of each die's angle from `start`, 0 to pi."""
    return np.abs((np.arctan2(y, x) - start + np.pi) % (2 * np.pi) - np.pi)


def waves(x, y, rng):
    """A smooth field between about -1 and 1."""
    field = np.zeros(x.shape)
    for _ in range(3):
        a, b = rng.normal(0, 1.6, 2)
        field += np.cos(a * x + b * y + rng.uniform(0, 2 * np.pi))
    return field / 3


def spot(x, y, rng, distance, size, stretch, rate):
    """An ellipse in a random direction, at least three dies wide, with a more or less soft edge."""
    place, turn = rng.uniform(0, 2 * np.pi), rng.uniform(0, np.pi)
    dx, dy = x - distance * np.cos(place), y - distance * np.sin(place)
    u = (dx * np.cos(turn) + dy * np.sin(turn)) / stretch
    v = (dy * np.cos(turn) - dx * np.sin(turn)) * stretch
    soft, size = rng.uniform(0.1, 0.5), max(size, 3.0 / x.shape[0])
    return rate * np.clip((1 + soft - np.hypot(u, v) / size) / (2 * soft), 0, 1)


def center(x, y, r, rng):
    size = np.exp(rng.uniform(np.log(0.07), np.log(0.5)))
    stretch = np.exp(rng.normal(0, 0.15))
    return spot(x, y, rng, rng.uniform(0, 0.15), size, stretch, rng.uniform(0.35, 1.0))


def loc(x, y, r, rng):
    rate = np.zeros(x.shape)
    for _ in range(1 if rng.random() < 0.85 else 2):
        size, stretch = np.exp(rng.uniform(np.log(0.08), np.log(0.32))), np.exp(rng.normal(0, 0.3))
        distance = rng.uniform(0.22, 0.8)
        rate = np.maximum(rate, spot(x, y, rng, distance, size, stretch, rng.uniform(0.4, 1.0)))
    return rate


def donut(x, y, r, rng):
    middle, width = rng.uniform(0.32, 0.62), rng.uniform(0.09, 0.22)
    at = rng.normal(0, 0.06, 2)
    distance = np.hypot(x - at[0], y - at[1])
    ring = np.clip((1.3 - np.abs(distance - middle) / width) / 0.5, 0, 1)
    weak = 1 - rng.uniform(0, 0.8) * np.cos(angle_from(x, y, rng.uniform(0, 2 * np.pi)) / 2) ** 2
    return rng.uniform(0.45, 1.0) * ring * weak


def rim(r, depth, die):
    """1 at the edge, down to `depth` from it, but at least one die deep."""
    depth = max(depth, 1.5 * die)
    return np.clip((r - (1 - depth)) / (0.25 * depth), 0, 1)


def edge_loc(x, y, r, rng):
    span = np.radians(np.exp(rng.uniform(np.log(9), np.log(75))))
    off = angle_from(x, y, rng.uniform(0, 2 * np.pi))
    along = np.clip((1.15 - off / span) / 0.3, 0, 1)
    depth = rng.uniform(0.05, 0.3)
    if rng.random() < 0.35:  # a cluster that the edge cuts
        size, distance = rng.uniform(0.12, 0.4), rng.uniform(0.85, 1.05)
        return spot(x, y, rng, distance, size, np.exp(rng.normal(0, 0.25)), rng.uniform(0.5, 1.0))
    if rng.random() < 0.4:  # deepest in its middle
        depth = np.maximum(depth * (1.1 - off / span), 0.01)
        return rng.uniform(0.45, 1.0) * along * np.clip((r - 1 + depth) / (0.25 * depth), 0, 1)
    return rng.uniform(0.45, 1.0) * along * rim(r, depth, 2.0 / max(x.shape))


def edge_ring(x, y, r, rng):
    ring = rim(r, rng.uniform(0.04, 0.2), 2.0 / max(x.shape))
    off = angle_from(x, y, rng.uniform(0, 2 * np.pi))
    if rng.random() < 0.4:  # open on one side
        ring = ring * np.clip((np.radians(rng.uniform(125, 175)) - off) / 0.15, 0, 1)
    return rng.uniform(0.5, 1.0) * ring * (1 - rng.uniform(0, 0.4) * np.cos(off / 2) ** 2)


def random(x, y, r, rng):
    return np.clip(rng.uniform(0.3, 0.66) + rng.uniform(0, 0.3) * waves(x, y, rng), 0.1, 0.9)


def near_full(x, y, r, rng):
    hole = np.clip((waves(x, y, rng) - 0.15) * rng.uniform(0, 3.0), 0, 1)
    return np.clip(rng.uniform(0.8, 1.0) - 0.8 * hole, 0, 1)


def scratch(x, y, r, rng):
    """Dies under one or two curves, with gaps; mostly one die wide."""
    rows, columns = x.shape
    hit = np.zeros(x.shape)
    step = 0.5 / max(rows, columns)
    for _ in range(1 if rng.random() < 0.85 else 2):
        n = int(np.exp(rng.uniform(np.log(0.35), np.log(1.9))) / step)
        heading = rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.9) * np.arange(n) * step
        heading += np.cumsum(rng.normal(0, 1, n)) * rng.uniform(0, 0.06)
        px, py = np.cumsum(np.cos(heading)) * step, np.cumsum(np.sin(heading)) * step
        distance, turn = 0.8 * np.sqrt(rng.random()), rng.uniform(0, 2 * np.pi)
        px += distance * np.cos(turn) - px.mean()
        py += distance * np.sin(turn) - py.mean()
        keep = np.ones(n, bool)
        if rng.random() < 0.4:
            gap, at = int(n * rng.uniform(0.05, 0.25)), rng.integers(n)
            keep[at : at + gap] = False
        width = rng.choice([0.0, 1.0, 2.0], p=[0.6, 0.3, 0.1]) * 2 / max(rows, columns)
        for offset in np.arange(0, width + 1e-9, 1.0 / max(rows, columns)):
            ox, oy = px - offset * np.sin(heading), py + offset * np.cos(heading)
            inside = keep & (np.hypot(ox, oy) < 1)
            row = ((oy[inside] + 1) / 2 * rows).astype(int).clip(0, rows - 1)
            column = ((ox[inside] + 1) / 2 * columns).astype(int).clip(0, columns - 1)
            hit[row, column] = 1.0
    return hit * rng.uniform(0.75, 1.0)


PATTERNS = {
    "Center": center,
    "Donut": donut,
    "Edge-Loc": edge_loc,
    "Edge-Ring": edge_ring,
    "Loc": loc,
    "Near-full": near_full,
    "Random": random,
    "Scratch": scratch,
}


def visible(rate, die, strays):
    """Whether the pattern stands out of strays of that rate; a map where it does not is no use."""
    p = rate[die]
    cells = int((p > 0.15).sum())
    excess = (p * (1 - strays)).sum()
    return cells >= 4 and excess >= 4.5 + 4.5 * np.sqrt(strays * (1 - strays) * cells)


def draw(kind, die, strays, rng):
    """Failed dies of one map with pattern `kind` on the dies `die`, or None: no visible one found.

    Strays come on top of it afterwards; `strays` is their rate.
    """
    x, y, r = coordinates(die.shape)
    r = r / r[die].max()
    for _ in range(8):
        rate = PATTERNS[kind](x, y, r, rng)
        if visible(rate, die, strays):
            return rng.random(die.shape) < rate
    return None


def strays(die, rng):
    """Failure rate of each die of a wafer without pattern: 0 to 25 %, slowly changing over it."""
    x, y, r = coordinates(die.shape)
    level = rng.choice([rng.uniform(0, 0.05), rng.uniform(0.05, 0.15), rng.uniform(0.12, 0.25)])
    rate = level * (1 + rng.uniform(0, 0.5) * waves(x, y, rng) + rng.uniform(-0.2, 0.6) * (r - 0.7))
    return rate.clip(0, 1)
