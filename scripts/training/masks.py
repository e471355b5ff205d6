"""Labelled masks for train_segmenter.py: reading, splitting by source, random changes."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch.nn import functional as F

from . import data, reference


@dataclass(frozen=True)
class Item:
    path: Path
    name: str  # relative to the image folder, with /
    mask: object  # a function of nothing: class numbers, H x W uint8, in the size of the image


def from_coco(images, file):
    """Items and class names (without background) of COCO polygons."""
    document = json.loads(Path(file).read_text(encoding="utf-8"))
    categories = sorted(document["categories"], key=lambda c: c["id"])
    number = {c["id"]: k + 1 for k, c in enumerate(categories)}
    polygons = {image["id"]: [] for image in document["images"]}
    for a in document["annotations"]:
        if not isinstance(a["segmentation"], list):
            raise SystemExit(f"{file}: annotation {a['id']}: only polygons are read, not RLE")
        if not a["segmentation"]:
            raise SystemExit(
                f"{file}: annotation {a['id']} has no polygon, a box alone says nothing of pixels: draw its "
                "outline, or leave the image out; it would be taught as good"
            )
        polygons[a["image_id"]].append((a["area"], number[a["category_id"]], a["segmentation"]))

    def drawn(size, shapes):
        canvas = Image.new("L", size)
        draw = ImageDraw.Draw(canvas)
        for _, label, parts in sorted(shapes, key=lambda s: -s[0]):  # small ones on top
            for xy in parts:
                draw.polygon(xy, fill=label)
        return np.asarray(canvas)

    items = [
        Item(
            Path(images) / image["file_name"],
            image["file_name"],
            lambda image=image: drawn((image["width"], image["height"]), polygons[image["id"]]),
        )
        for image in sorted(document["images"], key=lambda i: i["file_name"])
    ]
    return items, [c["name"] for c in categories]


def from_pairs(folder, name):
    """Items of pictures with a .png mask of the same name beside them; 128 and up is the defect."""
    items = []
    for path in sorted(Path(folder).rglob("*")):
        mask = path.with_suffix(".png")
        if path.suffix.lower() in data.EXTENSIONS - {".png"} and mask.exists():

            def read(mask=mask):
                with Image.open(mask) as image:
                    shades = np.asarray(image.convert("L"))
                if 0 < shades.max(initial=0) < 128:
                    raise SystemExit(
                        f"{mask}: its highest value is {shades.max()}, and 128 and up is the defect: it "
                        "would be taught as good; draw defects as 255 (class numbers are no shades)"
                    )
                return (shades >= 128).astype(np.uint8)

            items.append(Item(path, path.relative_to(folder).as_posix(), read))
    if not items:
        raise SystemExit(f"{folder}: no picture with a .png mask of the same name beside it")
    return items, [name]


def require_golden(files):
    """Golden images lie in one folder, so their names must differ."""
    names = [file.name for file in files]
    for file in files:
        if names.count(file.name) > 1:
            raise SystemExit(f"error: --golden: two images are called {file.name}")
        if not file.is_file():
            raise SystemExit(f"error: --golden {file}: no such file")


def held_out(items, groups, share, seed):
    """True for the items of the validation part: whole sources, images of each first class alike."""
    first = np.array([int(item.mask().max()) for item in items])
    parts = max(2, round(1 / share))
    return data.split(first, groups, parts, seed) == 0


@dataclass
class Arrays:
    """Pictures of one part in the size of the network's input."""

    pixels: torch.Tensor  # N x C x H x W uint8
    labels: torch.Tensor  # N x H x W uint8
    boxes: torch.Tensor  # N x 4: where the picture is, x1 y1 x2 y2; around it is the letterbox's fill


def load(items, spec):
    """Pictures and masks through the manifest's steps; masks take the nearest pixel."""
    pixels, labels, boxes = [], [], []
    plain = {**spec, "color": "gray", "steps": [{**s, "filter": "nearest"} for s in spec["steps"]]}
    for step in plain["steps"]:
        step["fill"] = [0, 0, 0]
    for item in items:
        with Image.open(item.path) as image:
            pixels.append(reference.pixels(image, spec).transpose(2, 0, 1))
            there = Image.new("L", image.size, 255)
        boxes.append(Image.fromarray(reference.pixels(there, plain)[:, :, 0]).getbbox())
        labels.append(reference.pixels(Image.fromarray(item.mask()), plain)[:, :, 0])
    return Arrays(
        torch.from_numpy(np.stack(pixels)),
        torch.from_numpy(np.stack(labels)),
        torch.tensor(boxes),
    )


def centres(arrays, drawn, side, rng):
    """Where to cut squares from: N x 2 (x, y), in a picture with a defect so that it holds part of one."""
    points = []
    for i in drawn.tolist():
        marked = arrays.labels[i].nonzero()
        if len(marked):
            y, x = marked[rng.integers(len(marked))].tolist()
            points.append((x, y) + rng.uniform(-0.35, 0.35, 2) * side)
        else:
            x1, y1, x2, y2 = arrays.boxes[i].tolist()
            points.append(rng.uniform((x1, y1), (x2, y2)))
    return torch.from_numpy(np.stack(points)).float()


def changed(pixels, labels, generator, side=None, centre=None):
    """Turned, mirrored, moved, zoomed, and of other brightness, contrast, colour and sharpness.

    With a `side`, squares of so many pixels round each `centre` (N x 2) instead of the whole picture.
    """
    n, height, width = labels.shape

    def random(low, high, *shape):
        return torch.rand(n, *shape, generator=generator) * (high - low) + low

    angle = random(-0.3, 0.3) + torch.randint(0, 4, (n,), generator=generator) * (np.pi / 2)
    zoom = torch.exp(random(-0.35, 0.45))
    mirror = torch.randint(0, 2, (n,), generator=generator) * 2.0 - 1
    aspect = torch.exp(random(-0.15, 0.15))
    cos, sin = torch.cos(angle), torch.sin(angle)
    theta = torch.stack(
        [
            torch.stack([cos * zoom * mirror * aspect, -sin * zoom, random(-0.2, 0.2)], 1),
            torch.stack([sin * zoom * mirror * aspect, cos * zoom, random(-0.2, 0.2)], 1),
        ],
        1,
    )
    size = labels.shape[1:]
    if side:
        of_picture = torch.tensor([width, height]).float()
        theta[:, :, :2] *= (side / of_picture)[:, None]
        theta[:, :, 2] = (2 * centre + 1) / of_picture - 1
        size = (side, side)
    grid = F.affine_grid(theta, [n, 1, *size], align_corners=False)
    x = F.grid_sample(pixels.float() - 114, grid, padding_mode="zeros", align_corners=False) + 114
    y = F.grid_sample(labels[:, None].float(), grid, mode="nearest", align_corners=False)[:, 0]
    center = x.mean((2, 3), keepdim=True)
    x = (x - center) * random(0.7, 1.35, 1, 1, 1) + center + random(-30, 30, 1, 1, 1)
    if x.shape[1] == 3:
        x = x * random(0.88, 1.14, 3, 1, 1)
        gray = x.mean(1, keepdim=True)
        x = gray + (x - gray) * random(0.4, 1.5, 1, 1, 1)
    blurred = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
    x = x + (blurred - x) * random(-0.6, 1.0, 1, 1, 1)
    return x.clamp(0, 255), y.long()
