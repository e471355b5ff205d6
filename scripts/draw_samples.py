#!/usr/bin/env python3
"""Draws the sample wafer maps of data/samples: a folder per class, the same files every time.

    python3 scripts/draw_samples.py --output data/samples

A wafer map is an 8-bit gray PNG, one pixel a die: 0 no die, 128 passed, 255 failed. Needs numpy and
Pillow. Every failure rate below is a share of dies; radius 1 is the wafer's edge, 0 its centre.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

GRIDS = [(26, 26), (30, 34), (39, 31), (41, 42), (38, 38), (52, 46), (59, 52), (64, 71)]
PER_CLASS = {
    "Center": 7,
    "Donut": 7,
    "Edge-Loc": 7,
    "Edge-Ring": 7,
    "Loc": 7,
    "Near-full": 7,
    "Random": 7,
    "Scratch": 7,
    "none": 16,
}


def coordinates(grid):
    """x and y of every die, from -1 to 1, and its radius."""
    rows, columns = grid
    y = ((np.arange(rows) + 0.5) / rows * 2 - 1)[:, None] * np.ones(columns)
    x = ((np.arange(columns) + 0.5) / columns * 2 - 1)[None] * np.ones((rows, 1))
    return x, y, np.hypot(x, y)


def blob(x, y, at, size, stretch, turn, rate):
    """Failure rate of a soft ellipse: full inside 80 % of its size, gone at 120 %."""
    dx, dy = x - at[0], y - at[1]
    u = (dx * np.cos(turn) + dy * np.sin(turn)) / stretch
    v = (dy * np.cos(turn) - dx * np.sin(turn)) * stretch
    return rate * np.clip((1.2 - np.hypot(u, v) / size) / 0.4, 0, 1)


def polar(radius, angle):
    return radius * np.cos(angle), radius * np.sin(angle)


def center(x, y, r, rng):
    at = polar(rng.uniform(0, 0.07), rng.uniform(0, 2 * np.pi))
    return blob(
        x, y, at, rng.uniform(0.2, 0.32), rng.uniform(0.85, 1.2), rng.uniform(0, np.pi), 0.9
    )


def donut(x, y, r, rng):
    middle, width = rng.uniform(0.42, 0.52), rng.uniform(0.13, 0.18)
    ring = np.clip((1.3 - np.abs(r - middle) / width) / 0.5, 0, 1)
    weak_side = 1 - 0.35 * (1 + np.cos(np.arctan2(y, x) - rng.uniform(0, 2 * np.pi))) / 2
    return 0.85 * ring * weak_side


def edge_loc(x, y, r, rng):
    at = polar(rng.uniform(0.88, 0.96), rng.uniform(0, 2 * np.pi))
    along = np.arctan2(at[1], at[0]) + np.pi / 2
    return blob(x, y, at, rng.uniform(0.2, 0.28), rng.uniform(1.2, 1.5), along, 0.92)


def edge_ring(x, y, r, rng):
    inner = rng.uniform(0.88, 0.92)
    return 0.93 * np.clip((r - inner) / 0.03, 0, 1)


def loc(x, y, r, rng):
    at = polar(rng.uniform(0.42, 0.6), rng.uniform(0, 2 * np.pi))
    return blob(
        x, y, at, rng.uniform(0.17, 0.25), rng.uniform(0.8, 1.25), rng.uniform(0, np.pi), 0.9
    )


def near_full(x, y, r, rng):
    angle = rng.uniform(0, 2 * np.pi)
    free_side = np.clip((x * np.cos(angle) + y * np.sin(angle) - 0.6) / 0.4, 0, 1)
    return rng.uniform(0.86, 0.97) * (1 - 0.6 * free_side)


def random(x, y, r, rng):
    return np.full(r.shape, rng.uniform(0.38, 0.58))


def scratch(x, y, r, rng):
    """The dies under an arc: a tool's path across the wafer."""
    heading, bend = rng.uniform(0, 2 * np.pi), rng.uniform(-0.9, 0.9)
    length, step = rng.uniform(0.8, 1.2), 0.01
    turns = heading + bend * np.arange(0, length, step)
    path = np.stack([np.cumsum(np.cos(turns)), np.cumsum(np.sin(turns))]) * step
    path += (
        np.array(polar(rng.uniform(0.1, 0.4), rng.uniform(0, 2 * np.pi)))[:, None]
        - path.mean(1)[:, None]
    )
    rows, columns = r.shape
    hit = np.zeros(r.shape)
    row = np.clip(((path[1] + 1) / 2 * rows).astype(int), 0, rows - 1)
    column = np.clip(((path[0] + 1) / 2 * columns).astype(int), 0, columns - 1)
    hit[row, column] = 0.96
    return hit


def no_pattern(x, y, r, rng):
    return np.zeros(r.shape)


PATTERNS = {
    "Center": center,
    "Donut": donut,
    "Edge-Loc": edge_loc,
    "Edge-Ring": edge_ring,
    "Loc": loc,
    "Near-full": near_full,
    "Random": random,
    "Scratch": scratch,
    "none": no_pattern,
}


def draw(name, number, seed):
    rng = np.random.default_rng([seed, list(PATTERNS).index(name), number])
    grid = GRIDS[number % len(GRIDS)]
    x, y, r = coordinates(grid)
    stray = rng.uniform(0.02, 0.07 if name == "Scratch" else 0.14)
    fail = (rng.random(grid) < PATTERNS[name](x, y, r, rng)) | (rng.random(grid) < stray)
    return np.where(r <= 1, np.where(fail, 255, 128), 0).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=811)
    options = parser.parse_args()
    for name, count in PER_CLASS.items():
        (options.output / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            image = Image.fromarray(draw(name, number, options.seed))
            image.save(options.output / name / f"{number:02}.png", optimize=True)
    print(f"{sum(PER_CLASS.values())} wafer maps in {options.output}")


if __name__ == "__main__":
    main()
