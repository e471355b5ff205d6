#!/usr/bin/env python3
"""Writes tests/data/preprocess/golden.{json,bin}: what Pillow, torchvision, OpenCV and NumPy make of
pictures that a formula draws (tests/unit/image/golden.cpp has the same one).

    pip install pillow==13.0.0 torch torchvision opencv-python-headless numpy
    python3 scripts/make_preprocess_golden.py

Small results are stored byte for byte, large ones as their SHA-256. The steps that are OpenCV's alone
(warps, filters, equalisation) are in make_opencv_golden.py.
"""
import hashlib
import json
import pathlib

import cv2
import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from torchvision.transforms import functional as tv

from opencv_steps import CV_FLAGS, draw

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests/data/preprocess"
FILTERS = {"nearest": Image.NEAREST, "box": Image.BOX, "bilinear": Image.BILINEAR,
           "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
TV_FILTERS = {name: getattr(tv.InterpolationMode, name.upper()) for name in FILTERS}
STORED_BYTES = 3000  # larger results become a hash

blob = bytearray()


def expected(array):
    data = np.ascontiguousarray(array).tobytes()
    if len(data) > STORED_BYTES:
        return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    blob.extend(data)
    return {"bytes": len(data), "at": len(blob) - len(data)}


def resample_cases():
    sizes = [(1, 1, 1, 1), (1, 1, 7, 5), (1, 9, 4, 3), (9, 1, 3, 4), (2, 3, 17, 11), (5, 5, 1, 1),
             (17, 13, 16, 13), (17, 13, 17, 9), (17, 13, 23, 29), (64, 48, 20, 15), (40, 64, 64, 5),
             (33, 90, 12, 9), (90, 33, 9, 12), (61, 7, 3, 7), (31, 200, 30, 3), (200, 31, 3, 30),
             (131, 97, 56, 56), (320, 240, 224, 224), (28, 28, 224, 224), (1280, 1024, 224, 224),
             (500, 375, 341, 256), (1021, 769, 97, 331)]
    for n, (width, height, to_width, to_height) in enumerate(sizes):
        for m, (name, code) in enumerate(FILTERS.items()):
            for channels in (1, 3):
                kind = ("noise", "mixed", "extreme")[(n + m) % 3]
                image = Image.fromarray(draw(kind, width, height, channels))
                result = np.asarray(image.resize((to_width, to_height), code))
                yield {"picture": [kind, width, height, channels], "width": to_width,
                       "height": to_height, "filter": name, **expected(result)}


def convert(picture, color):
    """The colour rules of transform.hpp, by the library that each names."""
    if color == "gray":
        return np.asarray(Image.fromarray(picture).convert("L"))
    if picture.ndim == 2:
        picture = np.ascontiguousarray(np.stack([picture] * 3, axis=2))
    if color == "ycbcr":
        return np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)[:, :, [0, 2, 1]])
    codes = {"rgb": None, "bgr": cv2.COLOR_RGB2BGR, "hsv": cv2.COLOR_RGB2HSV, "lab": cv2.COLOR_RGB2Lab}
    return picture if codes[color] is None else cv2.cvtColor(picture, codes[color])


def resized(picture, width, height, step):
    if step["antialias"]:
        return np.asarray(Image.fromarray(picture).resize((width, height), FILTERS[step["filter"]]))
    if picture.shape[:2] == (height, width):
        return picture
    return cv2.resize(picture, (width, height), interpolation=CV_FLAGS[step["filter"]])


def letterbox(picture, step):
    """The rounding of Ultralytics' LetterBox (auto=False, scaleup=True, center=True)."""
    height, width = picture.shape[:2]
    ratio = min(step["height"] / height, step["width"] / width)
    new_width, new_height = int(round(width * ratio)), int(round(height * ratio))
    half_x, half_y = (step["width"] - new_width) / 2, (step["height"] - new_height) / 2
    top, bottom = int(round(half_y - 0.1)), int(round(half_y + 0.1))
    left, right = int(round(half_x - 0.1)), int(round(half_x + 0.1))
    inner = resized(picture, new_width, new_height, step)
    fill = step["fill"] if picture.ndim == 3 else step["fill"][0]
    return cv2.copyMakeBorder(inner, top, bottom, left, right, cv2.BORDER_CONSTANT, value=fill)


def run(picture, step):
    op = step["op"]
    if op == "resize":
        return resized(picture, step["width"], step["height"], step)
    if op == "resize_shortest":
        if step["antialias"]:
            image = tv.resize(Image.fromarray(picture), [step["size"]], TV_FILTERS[step["filter"]])
            return np.asarray(image)
        # torchvision only for the size: its own interpolation of tensors is not OpenCV's
        size = tv.resize(Image.fromarray(picture), [step["size"]], TV_FILTERS["nearest"]).size
        return resized(picture, *size, step)
    if op == "letterbox":
        return letterbox(picture, step)
    if op == "center_crop":
        return np.asarray(tv.center_crop(Image.fromarray(picture), [step["height"], step["width"]]))
    if op == "crop":
        x, y = step["x"], step["y"]
        return picture[y:y + step["height"], x:x + step["width"]]
    if op == "rotate":
        return np.rot90(picture, step["degrees"] // 90)
    if op == "flip":
        return np.fliplr(picture) if step["axis"] == "horizontal" else np.flipud(picture)
    raise ValueError(op)


def spec(color, steps):
    channels = 1 if color == "gray" else 3
    return {"color": color, "steps": steps, "scale": 1 / 255,
            "mean": [0.485, 0.456, 0.406][:channels], "std": [0.229, 0.224, 0.225][:channels]}


def step_case(picture, color, steps):
    result = convert(draw(*picture), color)
    for step in steps:
        result = run(result, step)
    result = np.ascontiguousarray(result)
    tensor = tv.to_tensor(result)
    input_spec = spec(color, steps)
    tensor = tv.normalize(tensor, input_spec["mean"], input_spec["std"]).permute(1, 2, 0)
    return {"picture": picture, "input": input_spec, "width": result.shape[1],
            "height": result.shape[0], "pixels": expected(result),
            "tensor": expected(tensor.contiguous().numpy())}


def step_cases():
    colors = ["rgb", "bgr", "gray", "hsv", "lab", "ycbcr"]
    plain = {"op": "crop", "x": 0, "y": 0, "width": 251, "height": 257}
    for width in range(1, 38):  # around the blocks of vector instructions
        yield step_case(["noise", width, 2, 3], "gray", [plain | {"width": width, "height": 2}])
    for color in colors:
        for channels in (1, 3):
            yield step_case(["noise", 251, 257, channels], color, [plain])
            yield step_case(["mixed", 37, 23, channels], color,
                            [{"op": "resize", "width": 16, "height": 12, "filter": "bilinear",
                              "antialias": True}])
    for name in FILTERS:
        for antialias in (True, False):
            sampling = {"filter": name, "antialias": antialias}
            for picture in (["mixed", 97, 61, 3], ["noise", 61, 97, 1], ["extreme", 20, 30, 3],
                            ["noise", 128, 96, 3]):
                yield step_case(picture, "gray" if picture[3] == 1 else "rgb",
                                [{"op": "resize", "width": 32, "height": 24, **sampling}])
            yield step_case(["mixed", 75, 50, 1], "rgb",
                            [{"op": "resize", "width": 31, "height": 33, **sampling}])
            yield step_case(["mixed", 97, 61, 3], "rgb",
                            [{"op": "resize_shortest", "size": 32, **sampling},
                             {"op": "center_crop", "width": 27, "height": 28}])
            for picture in (["mixed", 97, 61, 3], ["mixed", 50, 33, 3], ["noise", 8, 15, 3],
                            ["noise", 45, 45, 1]):
                yield step_case(picture, "bgr", [{"op": "letterbox", "width": 32, "height": 40,
                                                  **sampling, "fill": [114, 20, 7]}])
            yield step_case(["mixed", 41, 30, 1], "rgb",
                            [{"op": "letterbox", "width": 32, "height": 32, **sampling,
                              "fill": [114, 114, 114]}])
    bilinear = {"filter": "bilinear", "antialias": True}
    for picture in (["noise", 5, 8, 3], ["noise", 8, 5, 3], ["noise", 7, 8, 3]):  # 2.5 and 3.5
        yield step_case(picture, "rgb", [{"op": "letterbox", "width": 4, "height": 4, **bilinear,
                                          "fill": [1, 2, 3]}])
    for width, height in ((400, 301), (301, 400), (300, 300), (256, 341), (77, 1), (1, 77), (333, 500)):
        yield step_case(["mixed", width, height, 3], "rgb",
                        [{"op": "resize_shortest", "size": 64, **bilinear},
                         {"op": "center_crop", "width": 57, "height": 56}])
    for degrees in (90, 180, 270):
        yield step_case(["mixed", 21, 13, 3], "rgb", [{"op": "rotate", "degrees": degrees},
                        {"op": "crop", "x": 1, "y": 2, "width": 11, "height": 10}])
    for axis in ("horizontal", "vertical"):
        yield step_case(["mixed", 21, 13, 3], "hsv", [{"op": "flip", "axis": axis},
                        {"op": "crop", "x": 3, "y": 1, "width": 12, "height": 9}])
    for width, height in ((10, 10), (11, 10), (12, 13), (13, 9), (14, 8), (15, 7)):
        yield step_case(["noise", 15, 14, 1], "gray",
                        [{"op": "center_crop", "width": width, "height": min(height, 14)}])
    yield step_case(["mixed", 1280, 1024, 3], "rgb",
                    [{"op": "resize", "width": 224, "height": 224, **bilinear}])


def normalize_cases():
    """All 256 values of one channel."""
    values = torch.arange(256, dtype=torch.uint8).reshape(1, 256, 1)
    for mean, std in ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225), (0.5, 0.5), (0.0, 1.0),
                      (0.1307, 0.3081), (-1.5, 3.7)):
        tensor = tv.normalize(tv.to_tensor(values.numpy()), [mean], [std])
        yield {"scale": 1 / 255, "mean": mean, "std": std, **expected(tensor.numpy())}
    for scale, mean, std in ((1.0, 123.675, 58.395), (1.0, 0.0, 1.0)):
        tensor = tv.normalize(values.float().reshape(1, 1, 256), [mean], [std])
        yield {"scale": scale, "mean": mean, "std": std, **expected(tensor.numpy())}
    for scale in (0.00784313725490196, 0.017):  # 2/255 and one that divides nothing
        factor = torch.tensor(scale, dtype=torch.float32)
        tensor = tv.normalize((values.float() * factor).reshape(1, 1, 256), [0.5], [0.25])
        yield {"scale": scale, "mean": 0.5, "std": 0.25, **expected(tensor.numpy())}


def main():
    cv2.setNumThreads(1)
    if hasattr(cv2, "ipp"):
        cv2.ipp.setUseIPP(False)  # Intel's library rounds differently; Linux distributions build without
    golden = {"made_with": {"pillow": PIL.__version__, "torch": torch.__version__.split("+")[0],
                            "torchvision": torchvision.__version__.split("+")[0],
                            "opencv": cv2.__version__, "numpy": np.__version__},
              "resample": list(resample_cases()), "steps": list(step_cases()),
              "normalize": list(normalize_cases())}
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "golden.json", "w", encoding="utf-8") as file:
        file.write('{"made_with": ' + json.dumps(golden["made_with"]))
        for section in ("resample", "steps", "normalize"):
            lines = ",\n".join(json.dumps(case) for case in golden[section])
            file.write(f',\n"{section}": [\n{lines}]')
        file.write("}\n")
    (FOLDER / "golden.bin").write_bytes(bytes(blob))
    print(f"{len(golden['resample'])} resample, {len(golden['steps'])} steps, "
          f"{len(golden['normalize'])} normalize cases; {len(blob)} bytes")


main()
