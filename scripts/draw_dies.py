#!/usr/bin/env python3
"""Draws pictures of dies under a microscope, from nothing: golden images for models of such pictures.

    python3 scripts/draw_dies.py --output FOLDER

Free to use like the rest of the project; they only look like dies. Needs pillow and numpy.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE = (320, 240)


def wiring(rng, hue):
    """Metal lines, pads and a cell array on a substrate."""
    base = tuple(int(v) for v in hue)
    image = Image.new("RGB", SIZE, base)
    draw = ImageDraw.Draw(image)
    light = tuple(min(255, v + 60) for v in base)
    dark = tuple(max(0, v - 45) for v in base)
    for y in range(10, SIZE[1], int(rng.integers(14, 26))):
        draw.rectangle([0, y, SIZE[0], y + int(rng.integers(3, 8))], fill=light)
    x0, y0 = (int(v) for v in rng.integers(20, 90, 2))
    for row in range(9):
        for column in range(12):
            x, y = x0 + 12 * column, y0 + 12 * row
            draw.rectangle([x, y, x + 7, y + 7], fill=dark, outline=light)
    for _ in range(5):
        x, y = (int(v) for v in rng.integers(0, [SIZE[0] - 40, SIZE[1] - 40]))
        draw.rectangle([x, y, x + 34, y + 26], fill=(225, 215, 190), outline=dark)
    return image


def particle(image, rng):
    draw = ImageDraw.Draw(image)
    x, y = (int(v) for v in rng.integers(90, 150, 2))
    points = [
        (x + r * np.cos(a), y + r * np.sin(a))
        for a, r in zip(np.linspace(0, 6.1, 14), rng.uniform(9, 17, 14))
    ]
    draw.polygon(points, fill=(28, 22, 20), outline=(90, 60, 30))


def scratch(image, rng):
    draw = ImageDraw.Draw(image)
    x = np.linspace(20, 300, 40)
    y = 60 + 0.4 * x + 8 * np.sin(x / 30) + rng.normal(0, 1.5, 40)
    draw.line(list(zip(x, y)), fill=(50, 38, 35), width=4)
    draw.line(list(zip(x, y + 3)), fill=(240, 225, 200), width=1)


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--output", type=Path, required=True)
    options = p.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    hues = {"clean": (150, 110, 120), "particle": (120, 140, 165), "scratch": (185, 140, 80)}
    for n, (name, hue) in enumerate(hues.items()):
        rng = np.random.default_rng(n)
        image = wiring(rng, hue)
        if name != "clean":
            {"particle": particle, "scratch": scratch}[name](image, rng)
        image = image.filter(ImageFilter.GaussianBlur(0.8))
        noise = rng.normal(0, 3, (SIZE[1], SIZE[0], 3))
        picture = (np.asarray(image) + noise).clip(0, 255).astype(np.uint8)
        Image.fromarray(picture).save(options.output / f"{name}.jpg", quality=90)


if __name__ == "__main__":
    main()
