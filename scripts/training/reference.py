"""From an image file to the network's input with Pillow and NumPy, as apps/README.md describes it.

Written apart from the C++ code, so that golden results made here hold it to account.
"""

import numpy as np
from PIL import Image, ImageOps

FILTERS = {
    "nearest": Image.NEAREST,
    "box": Image.BOX,
    "bilinear": Image.BILINEAR,
    "bicubic": Image.BICUBIC,
    "lanczos": Image.LANCZOS,
}


def fit(width, height, step):
    """Size and place of a width x height picture in a letterbox: (w, h, left, top)."""
    ratio = min(step["height"] / height, step["width"] / width)
    w, h = round(width * ratio), round(height * ratio)
    left = round((step["width"] - w) / 2 - 0.1)
    top = round((step["height"] - h) / 2 - 0.1)
    return w, h, left, top


def resized(image, width, height, step):
    if image.size == (width, height):
        return image
    if step["antialias"]:
        return image.resize((width, height), FILTERS[step["filter"]])
    try:
        import cv2
    except ImportError:
        raise SystemExit(
            f"step {step['op']}: antialias false is OpenCV's resize: pip install "
            "opencv-python-headless"
        ) from None
    flags = {
        "nearest": cv2.INTER_NEAREST,
        "box": cv2.INTER_AREA,
        "bilinear": cv2.INTER_LINEAR,
        "bicubic": cv2.INTER_CUBIC,
        "lanczos": cv2.INTER_LANCZOS4,
    }
    pixels = cv2.resize(np.asarray(image), (width, height), interpolation=flags[step["filter"]])
    return Image.fromarray(pixels)


def letterboxed(image, step):
    w, h, left, top = fit(*image.size, step)
    fill = tuple(step["fill"]) if image.mode == "RGB" else step["fill"][0]
    canvas = Image.new(image.mode, (step["width"], step["height"]), fill)
    canvas.paste(resized(image, w, h, step), (left, top))
    return canvas


def turned(image, step):
    by = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180}
    return image.transpose(by.get(step["degrees"], Image.Transpose.ROTATE_270))


def apply(image, step):
    """One step of `input.steps` on a Pillow image."""
    op = step["op"]
    if op == "resize":
        return resized(image, step["width"], step["height"], step)
    if op == "resize_shortest":
        (w, h), size = image.size, step["size"]
        to = (size, int(size * h / w)) if w <= h else (int(size * w / h), size)
        return resized(image, *to, step)
    if op == "letterbox":
        return letterboxed(image, step)
    if op in ("center_crop", "crop"):
        w, h = step["width"], step["height"]
        x, y = step.get("x"), step.get("y")
        if op == "center_crop":
            x, y = round((image.size[0] - w) / 2), round((image.size[1] - h) / 2)
        return image.crop((x, y, x + w, y + h))
    if op == "rotate":
        return turned(image, step)
    if op == "flip":
        flips = {
            "horizontal": Image.Transpose.FLIP_LEFT_RIGHT,
            "vertical": Image.Transpose.FLIP_TOP_BOTTOM,
        }
        return image.transpose(flips[step["axis"]])
    raise SystemExit(f"step {op} is not known to this script")


def eight_bit(image):
    """16-bit gray as the content rule `scale` has it. Pillow gives 16-bit RGB as its upper bytes, which may
    be a level off."""
    if not image.mode.startswith("I"):
        return image
    exif = image.getexif()
    image = Image.fromarray(((np.asarray(image).astype(np.int64) + 128) // 257).astype(np.uint8))
    image.getexif().update(exif)
    return image


def pixels(image, spec):
    """8-bit pixels of the network's input, H x W x C, of an opened image."""
    if spec["color"] not in ("rgb", "bgr", "gray"):
        raise SystemExit(f"color {spec['color']} is not known to this script: use rgb, bgr or gray")
    image = eight_bit(image) if spec.get("sixteen_bit") == "scale" else image
    if spec.get("orientation") == "apply":
        image = ImageOps.exif_transpose(image)
    image = image.convert("L" if spec["color"] == "gray" else "RGB")
    for step in spec["steps"]:
        if op_fill_order_matters(step, spec):
            step = {**step, "fill": step["fill"][::-1]}  # `fill` is in the order of `color`
        image = apply(image, step)
    array = np.asarray(image)
    array = array[:, :, None] if array.ndim == 2 else array
    return array[:, :, ::-1] if spec["color"] == "bgr" else array


def op_fill_order_matters(step, spec):
    return step["op"] == "letterbox" and spec["color"] == "bgr"


def normalized(array, spec):
    """C x H x W float32 of 8-bit pixels: torchvision's ToTensor and Normalize."""
    x = array.astype(np.float32)
    divisor = round(1 / spec["scale"])
    exact = 1 <= divisor <= 65535 and 1 / divisor == spec["scale"]
    x = x / np.float32(divisor) if exact else x * np.float32(spec["scale"])
    x = (x - np.array(spec["mean"], np.float32)) / np.array(spec["std"], np.float32)
    return np.ascontiguousarray(x.transpose(2, 0, 1))


def network_input(path, spec):
    """C x H x W float32 of an image file."""
    with Image.open(path) as image:
        return normalized(pixels(image, spec), spec)
