"""A folder per class: listing, sources, folds, and pixels as the model package describes them."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

EXTENSIONS = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".pgm", ".ppm"}
FILTERS = {
    "nearest": Image.NEAREST,
    "box": Image.BOX,
    "bilinear": Image.BILINEAR,
    "bicubic": Image.BICUBIC,
    "lanczos": Image.LANCZOS,
}
MODES = {"gray": "L", "rgb": "RGB"}


@dataclass(frozen=True)
class Item:
    path: Path
    name: str  # relative to the data folder, with /
    label: int


@dataclass(frozen=True)
class InputSpec:
    """The part of a model package's `input` that training needs."""

    color: str
    size: int
    filter: str
    mean: tuple
    std: tuple

    def resize(self, image):
        """8-bit pixels of the network's input, H x W (gray) or H x W x 3."""
        image = image.convert(MODES[self.color])
        return np.array(image.resize((self.size, self.size), FILTERS[self.filter]))

    def tensor(self, pixels):
        """torchvision's ToTensor and Normalize on a stack of 8-bit pictures."""
        x = torch.from_numpy(np.ascontiguousarray(pixels))
        x = x[:, None] if x.ndim == 3 else x.permute(0, 3, 1, 2).contiguous()
        shape = (1, -1, 1, 1)
        return (x.float().div(255) - torch.tensor(self.mean).view(shape)) / torch.tensor(
            self.std
        ).view(shape)

    def manifest(self):
        step = {
            "op": "resize",
            "width": self.size,
            "height": self.size,
            "filter": self.filter,
            "antialias": True,
        }
        return {
            "color": self.color,
            "steps": [step],
            "scale": 1 / 255,
            "mean": list(self.mean),
            "std": list(self.std),
        }


def sides(text):
    """(width, height) of "224" or "640x416"."""
    numbers = [int(part) for part in text.split("x")]
    if len(numbers) > 2 or min(numbers) <= 0:
        raise ValueError
    return numbers[0], numbers[-1]


def class_names(folder):
    names = sorted(
        p.name for p in Path(folder).iterdir() if p.is_dir() and not p.name.startswith(".")
    )
    if len(names) < 2:
        raise SystemExit(f"{folder}: {len(names)} class folders found, at least 2 are needed")
    return names


def list_items(folder, classes):
    """Every image of the class folders, sorted by name."""
    unknown = sorted(set(class_names(folder)) - set(classes))
    if unknown:
        raise SystemExit(
            f"{folder}: class folders {unknown} do not exist in the training data {classes}"
        )
    items = [
        Item(path, path.relative_to(folder).as_posix(), label)
        for label, name in enumerate(classes)
        for path in sorted((Path(folder) / name).rglob("*"))
        if path.suffix.lower() in EXTENSIONS
    ]
    if not items:
        raise SystemExit(f"{folder}: no images in its class folders")
    return items


def source_key(item, pattern):
    """What the pattern finds in the file name: its first group, or the whole match."""
    found = re.search(pattern, item.path.stem)
    if not found:
        raise SystemExit(
            f"{item.name}: --group-pattern {pattern!r} matches nothing in the file name"
        )
    return found.group(1) if found.groups() else found.group(0)


def sources(items, pattern, near):
    """One source number per item. Items of one source never end up on both sides of a split.

    Without a pattern every image is its own source. With `near`, the pattern finds a running
    number: numbers that follow each other at most `near` apart are one source, of at most 4 * near
    numbers.
    """
    if pattern is None:
        return np.arange(len(items))
    keys = [source_key(item, pattern) for item in items]
    if not near:
        names = {key: n for n, key in enumerate(sorted(set(keys)))}
        return np.array([names[key] for key in keys])
    group, first, last, of_number = -1, None, None, {}
    for number in sorted({int(key) for key in keys}):
        if last is None or number - last > near or number - first > 4 * near:
            group, first = group + 1, number
        of_number[number], last = group, number
    return np.array([of_number[int(key)] for key in keys])


def split(labels, groups, folds, seed):
    """Fold number per item: whole sources, every class spread as evenly as the sources allow."""
    rng = np.random.default_rng(seed)
    labels, groups = np.asarray(labels), np.asarray(groups)
    names = np.unique(groups)
    counts = np.zeros((len(names), labels.max() + 1))
    np.add.at(counts, (np.searchsorted(names, groups), labels), 1)
    shares = counts / counts.sum(0).clip(1)
    order = rng.permutation(len(names))
    order = order[np.argsort(-shares[order].max(1), kind="stable")]
    filled, fold_of = np.zeros((folds, shares.shape[1])), np.empty(len(names), int)
    for g in order:
        after = [
            np.where(np.arange(folds)[:, None] == f, filled + shares[g], filled)
            for f in range(folds)
        ]
        fold_of[g] = int(np.argmin([a.var(0).sum() for a in after]))
        filled = after[fold_of[g]]
    return fold_of[np.searchsorted(names, groups)]


def split_by_size(pictures, labels, groups, good, parts, seed):
    """Part number per item, for a harder test than new sources: new picture sizes.

    In every class but the good one, the pictures are put in order of their area and cut into parts
    of about the same count, equal areas together. The good class, which may have few sizes, and
    classes of one size, which a part would lack in training, are cut by source.
    """
    part = split(labels, groups, parts, seed)
    area = np.array([p.size[0] * p.size[1] for p in pictures])
    for k in np.unique(labels[labels != good]):
        chosen = np.flatnonzero(labels == k)
        sizes, where, counts = np.unique(area[chosen], return_inverse=True, return_counts=True)
        if len(sizes) == 1:
            continue
        middle = (np.cumsum(counts) - counts / 2) / counts.sum()
        part[chosen] = np.minimum((middle * parts).astype(int), parts - 1)[where]
    return part


def load(items):
    """Decoded pictures; the sets this is meant for fit into memory."""
    pictures = []
    for item in items:
        with Image.open(item.path) as image:
            image.load()
            pictures.append(image.copy())
    return pictures


def split_hash(items, folds):
    """SHA-256 over `fold<TAB>name<LF>` in name order: names the split beyond doubt."""
    lines = sorted(f"{fold}\t{item.name}\n" for item, fold in zip(items, folds))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
