"""Random changes of training pictures. Validation images come here only for --shifted, after training;
test and golden images never do."""

import numpy as np
from PIL import Image

from . import drawn_wafers


def none(pictures, labels, classes, good):
    return lambda index, rng: pictures[index]


def standard(pictures, labels, classes, good):
    """Flips, quarter turns, a slight change of size, place, aspect and brightness."""

    def change(index, rng):
        image = pictures[index]
        image = (
            image.transpose(Image.Transpose(rng.integers(0, 7))) if rng.random() < 0.9 else image
        )
        width, height = image.size
        w, h = width * rng.uniform(0.85, 1.1), height * rng.uniform(0.85, 1.1)
        x, y = rng.uniform(-0.05, 0.05) * width, rng.uniform(-0.05, 0.05) * height
        box = ((width - w) / 2 + x, (height - h) / 2 + y, (width + w) / 2 + x, (height + h) / 2 + y)
        image = image.transform(image.size, Image.EXTENT, box, Image.BILINEAR)
        gain, offset = rng.uniform(0.85, 1.15), rng.uniform(-12, 12)
        return image.point(lambda v: v * gain + offset)

    return change


class WaferMaps:
    """New wafer maps from real ones, so that only the pattern of failed dies tells the class.

    Every map moves to a random grid (rows x columns) with a random wafer outline, is turned and
    mirrored, and loses or gains single failed dies; a map with a pattern often gets the failures of
    a map without one on top. So neither grid size, aspect, outline nor the rate of stray failures
    gives a class away.
    """

    def __init__(self, pictures, labels, classes, good):
        self.maps = [np.asarray(p.convert("L")) for p in pictures]
        self.labels, self.good = labels, good
        self.clean = [i for i, label in enumerate(labels) if label == good]

    def __call__(self, index, rng):
        own = self.maps[index]
        grid = own.shape if rng.random() < 0.25 else self.random_grid(rng)
        outline = self.maps[rng.integers(len(self.maps))] if rng.random() < 0.5 else own
        die = sample(outline > 0, grid, mirror(rng)) > 0.5
        is_good = self.labels[index] == self.good
        fail = self.strays(index, grid, rng) if is_good else self.pattern(own, grid, rng)
        fail &= rng.random(grid) < rng.choice([1.0, rng.uniform(0.6, 1.0)])
        fail |= self.background(grid, rng)
        return Image.fromarray(np.where(die, np.where(fail, 255, 128), 0).astype(np.uint8))

    @staticmethod
    def random_grid(rng):
        side, aspect = np.exp(rng.uniform(np.log(22), np.log(72))), np.exp(rng.normal(0, 0.13))
        return max(12, round(side * aspect)), max(12, round(side / aspect))

    @staticmethod
    def pattern(source, grid, rng):
        turn = rng.uniform(-np.pi / 4, np.pi / 4) if rng.random() < 0.6 else 0.0
        zoom, shift = rng.uniform(0.95, 1.03), rng.normal(0, 0.01, 2)
        matrix = (
            mirror(rng)
            @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
            * zoom
        )
        failed, present = (sample(m, grid, matrix, shift) for m in (source == 255, source > 0))
        return failed > present * rng.uniform(0.1, 0.5)

    def strays(self, index, grid, rng):
        """Failed dies of a map without pattern. Copied onto a finer grid they would clump, so there
        dies fail independently at the map's own rate."""
        source = self.maps[index]
        if grid[0] * grid[1] <= 1.2 * source.size and rng.random() < 0.85:
            return sample(source == 255, grid, mirror(rng), detail=1) > 0.5
        rate = (source == 255).sum() / (source > 0).sum()
        return rng.random(grid) < rate * rng.uniform(0.5, 1.3)

    def background(self, grid, rng):
        kind = rng.random()
        if kind < 0.4:
            return np.zeros(grid, bool)
        if kind < 0.75:
            return self.strays(rng.choice(self.clean), grid, rng) & (
                rng.random(grid) < rng.uniform(0.1, 1.0)
            )
        return rng.random(grid) < rng.uniform(0.0, 0.15)


class DrawnWaferMaps(WaferMaps):
    """WaferMaps, and instead of a share of them maps whose pattern is drawn (drawn_wafers).

    The folders must have the names of WM-811K's classes; maps of any other name are never drawn.
    Small grids, where a pattern is only a few dies, are taken more often; single failed dies are
    sometimes taken from a real pattern before it moves, so that other ones can take their place.
    """

    SHARE = 0.35

    def __init__(self, pictures, labels, classes, good):
        super().__init__(pictures, labels, classes, good)
        self.classes = classes

    def __call__(self, index, rng):
        kind = self.classes[self.labels[index]]
        is_good = self.labels[index] == self.good
        if rng.random() >= self.SHARE or not (is_good or kind in drawn_wafers.PATTERNS):
            return super().__call__(index, rng)
        grid = self.random_grid(rng)
        die = self.outline(grid, rng)
        fail = self.all_strays(die, grid, rng)
        if not is_good:
            pattern = drawn_wafers.draw(kind, die, float(fail[die].mean()), rng)
            if pattern is None:
                return super().__call__(index, rng)
            fail |= pattern
        return Image.fromarray(np.where(die, np.where(fail, 255, 128), 0).astype(np.uint8))

    def random_grid(self, rng):
        if rng.random() < 0.3:
            return self.maps[rng.choice(self.clean)].shape
        return WaferMaps.random_grid(rng)

    def pattern(self, source, grid, rng):
        if rng.random() < 0.4:
            source = without_singles(source)
        return WaferMaps.pattern(source, grid, rng)

    def outline(self, grid, rng):
        if rng.random() < 0.5:
            return sample(self.maps[rng.integers(len(self.maps))] > 0, grid, mirror(rng)) > 0.5
        x, y, r = drawn_wafers.coordinates(grid)
        return r <= rng.uniform(0.96, 1.04)

    def all_strays(self, die, grid, rng):
        if rng.random() < 0.45:
            return self.strays(rng.choice(self.clean), grid, rng)
        return rng.random(grid) < drawn_wafers.strays(die, rng)


class NoisyWaferMaps(DrawnWaferMaps):
    """DrawnWaferMaps for lots that lose more single dies than the training's: fewer drawn maps,
    and stray failures of up to a quarter of the dies on maps of every class."""

    SHARE = 0.15

    def background(self, grid, rng):
        kind = rng.random()
        if kind < 0.3:
            return np.zeros(grid, bool)
        if kind < 0.6:
            return self.strays(rng.choice(self.clean), grid, rng) & (
                rng.random(grid) < rng.uniform(0.1, 1.0)
            )
        return rng.random(grid) < rng.uniform(0.0, 0.25)


def without_singles(source):
    """The map, failed dies that have no failed neighbour among eight passed."""
    fail = np.pad(source == 255, 1).astype(int)
    near = sum(np.roll(fail, (a, b), (0, 1)) for a in (-1, 0, 1) for b in (-1, 0, 1))
    return np.where((source == 255) & (near[1:-1, 1:-1] < 2), 128, source)


def mirror(rng):
    """One of the eight symmetries of a square."""
    matrix = np.diag(rng.choice([-1.0, 1.0], 2))
    return matrix if rng.random() < 0.5 else matrix[::-1]


def sample(source, grid, matrix, shift=(0.0, 0.0), detail=None):
    """Share of each cell of `grid` that `source`, turned by `matrix`, fills (0..1)."""
    rows, columns = grid
    detail = detail or int(np.clip(np.ceil(max(source.shape) / max(grid)), 1, 4))
    y = (np.arange(rows * detail) + 0.5) / (rows * detail) * 2 - 1
    x = (np.arange(columns * detail) + 0.5) / (columns * detail) * 2 - 1
    v = matrix[0, 0] * y[:, None] + matrix[0, 1] * x + shift[0]
    u = matrix[1, 0] * y[:, None] + matrix[1, 1] * x + shift[1]
    r = np.floor((v + 1) / 2 * source.shape[0]).astype(int)
    c = np.floor((u + 1) / 2 * source.shape[1]).astype(int)
    inside = (r >= 0) & (r < source.shape[0]) & (c >= 0) & (c < source.shape[1])
    values = source[r.clip(0, source.shape[0] - 1), c.clip(0, source.shape[1] - 1)] & inside
    return values.reshape(rows, detail, columns, detail).mean((1, 3))


KINDS = {
    "none": none,
    "standard": standard,
    "wafer-map": WaferMaps,
    "wafer-map-drawn": DrawnWaferMaps,
    "wafer-map-noisy": NoisyWaferMaps,
}
