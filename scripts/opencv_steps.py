"""What OpenCV makes of the manifest's warps, filters and equalisations: a second implementation, in
Python, for scripts/make_preprocess_golden.py and for comparing OpenCV's versions:

    python3 scripts/opencv_steps.py     # prints the version and one SHA-256 over each op's results

Needs opencv-python-headless and numpy.
"""
import hashlib
import itertools
import math

import cv2
import numpy as np

CV_FLAGS = {"nearest": cv2.INTER_NEAREST, "box": cv2.INTER_AREA, "bilinear": cv2.INTER_LINEAR,
            "bicubic": cv2.INTER_CUBIC, "lanczos": cv2.INTER_LANCZOS4}


def draw(kind, width, height, channels):
    """noise: every value alike often; mixed: gradients under noise; extreme: only 0 and 255."""
    y, x, c = np.meshgrid(np.arange(height, dtype=np.uint32), np.arange(width, dtype=np.uint32),
                          np.arange(channels, dtype=np.uint32), indexing="ij")
    h = x * np.uint32(73856093) ^ y * np.uint32(19349663) ^ c * np.uint32(83492791)
    h = (h ^ h >> np.uint32(13)) * np.uint32(1540483477)
    noise = (h ^ h >> np.uint32(15)) & np.uint32(255)
    if kind == "mixed":
        noise = (((x * 3 + y * 2 + c * 50) & 255) * 3 + noise) // 4
    if kind == "extreme":
        noise = (noise > 127) * 255
    picture = np.ascontiguousarray(noise.astype(np.uint8))
    return picture[:, :, 0] if channels == 1 else picture


def fill_of(picture, step):
    return step["fill"] if picture.ndim == 3 else step["fill"][0]


def warp(picture, matrix, size, step):
    matrix = np.asarray(matrix, dtype=np.float64)
    function = cv2.warpAffine if matrix.shape[0] == 2 else cv2.warpPerspective
    return function(picture, matrix, size, flags=CV_FLAGS[step["filter"]],
                    borderMode=cv2.BORDER_CONSTANT, borderValue=fill_of(picture, step))


def rotate(picture, step):
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), step["degrees"], 1)
    size = width, height
    if step["expand"]:
        turn = math.radians(step["degrees"])
        cosine, sine = abs(math.cos(turn)), abs(math.sin(turn))
        size = (math.ceil(width * cosine + height * sine - 1e-6),
                math.ceil(width * sine + height * cosine - 1e-6))
        matrix[0, 2] += (size[0] - width) / 2
        matrix[1, 2] += (size[1] - height) / 2
    return warp(picture, matrix, size, step)


def gaussian(picture, step):
    return cv2.GaussianBlur(picture, (step["width"], step["height"]), step["sigma_x"],
                            sigmaY=step["sigma_y"])


def sharpen(picture, step):
    amount = step["amount"]
    if step["method"] == "unsharp":
        return cv2.addWeighted(picture, 1 + amount, gaussian(picture, step), -amount, 0)
    kernel = np.float32([[0, -amount, 0], [-amount, 1 + 4 * amount, -amount], [0, -amount, 0]])
    return cv2.filter2D(picture, -1, kernel)


def equalize_one(channel, step):
    if step["method"] == "global":
        return cv2.equalizeHist(channel)
    return cv2.createCLAHE(step["clip_limit"], tuple(step["tile_grid"])).apply(channel)


def equalize(picture, step, color):
    """A BGR picture is equalised as BGR here; the order must not matter."""
    if picture.ndim == 2:
        return equalize_one(picture, step)
    codes = {"luma": ("YCrCb", 0), "lightness": ("Lab", 0), "value": ("HSV", 2)}
    if step["channels"] == "all":
        return cv2.merge([equalize_one(np.ascontiguousarray(c), step) for c in cv2.split(picture)])
    space, index = codes[step["channels"]]
    through = color in ("rgb", "bgr")
    order = color.upper()
    if through:
        picture = cv2.cvtColor(picture, getattr(cv2, f"COLOR_{order}2{space}"))
    channels = list(cv2.split(picture))
    channels[index] = equalize_one(channels[index], step)
    picture = cv2.merge(channels)
    return cv2.cvtColor(picture, getattr(cv2, f"COLOR_{space}2{order}")) if through else picture


def run(picture, step, color):
    """@return None for a step that is not OpenCV's alone."""
    op = step["op"]
    picture = np.ascontiguousarray(picture)
    if op == "rotate" and "filter" in step:
        return rotate(picture, step)
    if op in ("affine", "perspective"):
        return warp(picture, step["matrix"], (step["width"], step["height"]), step)
    if op == "blur":
        return cv2.blur(picture, (step["width"], step["height"]))
    if op == "gaussian":
        return gaussian(picture, step)
    if op == "median":
        return cv2.medianBlur(picture, step["size"])
    if op == "sharpen":
        return sharpen(picture, step)
    if op == "equalize":
        return equalize(picture, step, color)
    return None


def warp_steps():
    sampling = {"fill": [114, 20, 7]}
    for name in ("nearest", "bilinear", "bicubic", "lanczos"):
        sampling["filter"] = name
        for degrees, expand in itertools.product((0, 90, 30, -7.5, 181.25), (True, False)):
            yield {"op": "rotate", "degrees": degrees, "expand": expand, **sampling}
        for matrix in ([[1, 0, 0], [0, 1, 0]], [[1, 0, 2.5], [0, 1, -3.25]], [[0.7, 0.2, 3], [-0.3, 1.4, 5]],
                       [[-1, 0, 40], [0, 1, 0]], [[3.1, 0, -10], [0, 0.4, 2]]):
            yield {"op": "affine", "matrix": matrix, "width": 45, "height": 38, **sampling}
        for matrix in ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 0.1, 2], [0.05, 0.9, 1], [0.002, 0.001, 1]],
                       [[0.8, -0.2, 9], [0.1, 1.2, -4], [-0.003, 0.004, 1.1]]):
            yield {"op": "perspective", "matrix": matrix, "width": 43, "height": 37, **sampling}


def filter_steps():
    for width, height in ((1, 1), (3, 3), (5, 5), (7, 3), (1, 9), (31, 31)):
        yield {"op": "blur", "width": width, "height": height}
        for sigma_x, sigma_y in ((0, 0), (0.8, 0.8), (1.5, 3)):
            yield {"op": "gaussian", "width": width, "height": height, "sigma_x": sigma_x, "sigma_y": sigma_y}
    for size in (3, 5, 7, 9, 21):
        yield {"op": "median", "size": size}
    for amount in (0, 0.5, 1, 2.75):
        yield {"op": "sharpen", "method": "laplacian", "amount": amount}
        yield {"op": "sharpen", "method": "unsharp", "amount": amount, "width": 5, "height": 5,
               "sigma_x": 1.2, "sigma_y": 1.2}


def equalize_steps(channels):
    yield {"op": "equalize", "method": "global", "channels": channels}
    for clip_limit, grid in ((2.0, [8, 8]), (40.0, [3, 5]), (0.5, [1, 1]), (4.0, [16, 2])):
        yield {"op": "equalize", "method": "clahe", "channels": channels, "clip_limit": clip_limit,
               "tile_grid": grid}


def main():
    sums = {}
    for step in itertools.chain(warp_steps(), filter_steps()):
        for picture in (draw("mixed", 41, 33, 3), draw("noise", 64, 50, 1), draw("extreme", 20, 47, 3)):
            name = f"{step['op']} {step.get('filter', step.get('method', ''))}"
            sums.setdefault(name, hashlib.sha256()).update(run(picture, step, "rgb").tobytes())
    for channels in ("all", "luma", "lightness", "value"):
        for step in equalize_steps(channels):
            name = f"equalize {step['method']} {channels}"
            for picture in (draw("mixed", 41, 33, 3), draw("noise", 64, 50, 3)):
                sums.setdefault(name, hashlib.sha256()).update(run(picture, step, "rgb").tobytes())
    print(cv2.__version__)
    for name, value in sums.items():
        print(f"{name:24} {value.hexdigest()[:16]}")


if __name__ == "__main__":
    cv2.setNumThreads(1)
    if hasattr(cv2, "ipp"):
        cv2.ipp.setUseIPP(False)  # Intel's library rounds differently; Linux distributions build without
    main()
