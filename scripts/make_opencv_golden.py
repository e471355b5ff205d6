#!/usr/bin/env python3
"""Writes tests/data/preprocess/opencv.json: SHA-256s of what OpenCV makes of pictures that a formula
draws (tests/unit/image/golden.cpp has the same one) by the steps of scripts/opencv_steps.py.

    pip install opencv-python-headless==4.10.0.84 numpy
    python3 scripts/make_opencv_golden.py

The figures are the same with 4.6.0.66 (Debian 12 has 4.6, Debian 13 has 4.10).
"""
import hashlib
import json
import pathlib

import cv2
import numpy as np

from opencv_steps import draw, equalize_steps, filter_steps, run, warp_steps

FILE = pathlib.Path(__file__).resolve().parent.parent / "tests/data/preprocess/opencv.json"


def convert(picture, color):
    if color == "gray":
        return picture  # gray pictures only: Pillow's L is make_preprocess_golden.py's
    if picture.ndim == 2:
        picture = np.ascontiguousarray(np.stack([picture] * 3, axis=2))
    if color == "ycbcr":
        return np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)[:, :, [0, 2, 1]])
    codes = {"bgr": cv2.COLOR_RGB2BGR, "hsv": cv2.COLOR_RGB2HSV, "lab": cv2.COLOR_RGB2Lab}
    return picture if color == "rgb" else cv2.cvtColor(picture, codes[color])


def case(picture, color, steps):
    result = convert(draw(*picture), color)
    for step in steps:
        if step["op"] == "crop":
            x, y = step["x"], step["y"]
            result = result[y:y + step["height"], x:x + step["width"]]
        else:
            result = run(result, step, color)
    channels = 1 if color == "gray" else 3
    data = np.ascontiguousarray(result).tobytes()
    return {"picture": picture,
            "input": {"color": color, "steps": steps, "scale": 1, "mean": [0] * channels, "std": [1] * channels},
            "width": result.shape[1], "height": result.shape[0],
            "pixels": {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}}


def cases():
    crop = {"op": "crop", "x": 5, "y": 3, "width": 30, "height": 24}
    for step in warp_steps():
        yield case(["mixed", 41, 33, 3], "rgb", [step])
        yield case(["noise", 64, 50, 3], "bgr", [crop, step])
        yield case(["mixed", 40, 34, 1], "gray", [step | {"fill": [9, 9, 9]}])
    yield case(["noise", 20, 17, 1], "rgb", [step])  # one channel into three that differ in the fill
    for step in filter_steps():
        yield case(["mixed", 41, 33, 3], "rgb", [step])
        yield case(["extreme", 64, 50, 3], "bgr", [crop, step])  # nothing from outside the crop
        yield case(["noise", 40, 34, 1], "gray", [step])
        yield case(["noise", 23, 3, 1], "rgb", [step])  # kernels larger than the picture
    for channels, own in (("luma", "ycbcr"), ("lightness", "lab"), ("value", "hsv"), ("all", "gray")):
        for step in equalize_steps(channels):
            for color in ("rgb", "bgr"):
                yield case(["mixed", 41, 33, 3], color, [step])
            yield case(["mixed", 61, 47, 1 if own == "gray" else 3], own, [crop, step])
            yield case(["noise", 7, 5, 1], "rgb", [step])  # fewer pixels than tiles


def main():
    cv2.setNumThreads(1)
    if hasattr(cv2, "ipp"):
        cv2.ipp.setUseIPP(False)  # Intel's library rounds differently; Linux distributions build without
    golden = list(cases())
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in golden)
    FILE.write_text(f'{{"made_with": {{"opencv": "{cv2.__version__}"}}, "steps": [\n{lines}]}}\n', encoding="utf-8")
    print(f"{len(golden)} cases, OpenCV {cv2.__version__}")


main()
