#!/usr/bin/env python3
"""Makes packages of five network families and writes what Python finds in pictures with them.

    python3 scripts/make_parity.py --images data/samples --count 36 --draw 8 --output tests/data/parity
    python3 scripts/make_parity.py --full --images ../shared/data/wafer-die-dev/test/images \\
      ../shared/data/magnetic-tile-dev/MT_Break --count 200 --output /tmp/parity
    python3 tests/conformance/parity.py build/release/bin/inspect /tmp/parity    # from the same folder

Families: ResNet, MobileNetV3, EfficientNet (classification), a YOLO-type detector, a U-Net-type
segmenter; weights are random but fixed (--seed). Everything from the file's bytes to the verdict is
Pillow, NumPy, PyTorch and torchvision here (scripts/training/reference.py, scripts/importing/results.py);
parity.py then holds the records of `inspect` to it. Needs torch, torchvision, pillow, numpy.
"""

import argparse
import hashlib
import json
import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from importing import networks as importer
from importing import results
from parity import networks
from training import data, reference

NORMAL = {"scale": 1 / 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
TIE = 1e-5  # in small pictures one pixel is more than a thousandth of a mask, so none may be a toss-up
CLEAR = 3e-4  # no score may lie nearer to a limit: verdicts must not hang on the last digits


def arguments():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--images", type=Path, nargs="+", required=True, help="folders")
    p.add_argument("--count", type=int, default=200, help="pictures of them, evenly spread")
    p.add_argument("--draw", type=int, default=0, help="pictures to draw and store beside")
    p.add_argument("--full", action="store_true", help="torchvision's sizes instead of tiny ones")
    p.add_argument("--output", type=Path, required=True)
    p.add_argument("--seed", type=int, default=6)
    p.add_argument("--threads", type=int, default=1)
    return p.parse_args()


def pictures_of(options):
    """Pictures of the folders, evenly spread over their sorted list."""
    found = []
    for folder in options.images:
        for path in sorted(folder.rglob("*")):
            # In magnetic-tile the masks are PNGs beside the pictures.
            twin = path.suffix == ".png" and path.with_suffix(".jpg").exists()
            if path.suffix.lower() in data.EXTENSIONS and not twin:
                found.append(path)
    chosen = np.linspace(0, len(found) - 1, min(options.count, len(found))).round().astype(int)
    return [found[i] for i in sorted(set(chosen))]


def draw(folder, count, seed):
    """Colourful pictures of odd sizes, as PNG and JPEG."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    files = []
    for n in range(count):
        w, h = (int(v) for v in rng.integers(40, 140, 2))
        y, x = np.mgrid[0:h, 0:w].astype(float)
        picture = np.zeros((h, w, 3))
        for c in range(3):
            a, b, phase = rng.uniform(-0.3, 0.3, 3)
            picture[:, :, c] = 110 + 60 * np.sin(a * x + b * y + 9 * phase)
        for _ in range(4):
            cx, cy, r = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(3, 20)
            picture[(x - cx) ** 2 + (y - cy) ** 2 < r * r] = rng.uniform(0, 255, 3)
        image = Image.fromarray(picture.clip(0, 255).astype(np.uint8))
        file = folder / f"{n:02d}.{'png' if n % 2 else 'jpg'}"
        image.save(file, **({} if n % 2 else {"quality": 85, "subsampling": n % 4}))
        files.append(file)
    return files


def spec_of(name, full):
    """Each family another way of preprocessing, as the field does."""
    size = 224 if full else 64
    resample = {"filter": "bilinear", "antialias": True}
    square = {"width": size, "height": size}
    shortest = {"op": "resize_shortest", "size": size * 8 // 7, **resample}
    if name in ("yolo", "unet"):
        steps = [{"op": "letterbox", **square, **resample, "fill": [114, 114, 114]}]
        plain = {"scale": 1 / 255, "mean": [0.0] * 3, "std": [1.0] * 3}
        return {"color": "rgb", "steps": steps, **(plain if name == "yolo" else NORMAL)}
    if name.startswith("mobilenet"):
        return {"color": "rgb", "steps": [{"op": "resize", **square, **resample}], **NORMAL}
    if name.startswith("efficientnet"):
        shortest["filter"] = "bicubic"
    return {"color": "rgb", "steps": [shortest, {"op": "center_crop", **square}], **NORMAL}


OUTPUTS = {
    "yolo": {
        "kind": "boxes_yolo",
        "layout": "v8",
        "transposed": True,
        "activation": "none",
        "boxes": "pixels",
        "multi_label": False,
        "min_score": 0.6,
        "nms": {"iou": 0.45, "class_agnostic": False, "max_detections": 8},
        "masks": None,
    },
    "unet": {
        "kind": "mask_logits",
        "activation": "softmax",
        "pixel": "argmax",
        "stride": 4,
        "resample": "bilinear",
    },
}


def classes_of(name, full):
    defects = [{"name": "scratch", "defect": True}, {"name": "particle", "defect": True}]
    if name == "yolo":
        return defects
    if name == "unet":
        # One pixel on the border between two classes must not be a thousandth of a mask.
        defects = [{**d, "min_area": 1500 if full else 40} for d in defects]
    return [{"name": "good", "defect": False}, *defects]


def limits(scores):
    """review_at and reject_at in the widest gaps round a third and two thirds of the pictures."""
    s = np.unique(np.round(scores, 9))

    def gap(share):
        first = max(1, int(len(s) * (share - 0.12)))
        last = max(first + 1, min(len(s), int(len(s) * (share + 0.12))))
        k = first + int(np.argmax(s[first:last] - s[first - 1 : last - 1]))
        if s[k] - s[k - 1] < 2 * CLEAR:
            raise SystemExit("no gap between the scores is wide enough for a limit")
        return round(float(s[k] + s[k - 1]) / 2, 6)

    return gap(0.33), gap(0.67)


def runs_of(mask):
    """Uncompressed COCO RLE: lengths of runs in column order, beginning with zeros."""
    flat = mask.ravel(order="F").astype(np.int8)
    edges = np.flatnonzero(np.diff(flat)) + 1
    ends = np.concatenate([edges, [flat.size]])
    starts = np.concatenate([[0], edges])
    counts = (ends - starts).tolist()
    return counts if flat[0] == 0 else [0, *counts]


def line_of(image, result, classes):
    line = {"image": image, "verdict": result.verdict, "score": result.score, "label": result.label}
    if result.probabilities is not None:
        line["probabilities"] = result.probabilities
        return line
    line["defects"] = []
    for d in result.defects:
        entry = {"label": classes[d.label]["name"], "score": d.score}
        entry["bbox"] = [float(v) for v in d.box]
        if d.mask is not None:
            entry["size"], entry["runs"] = list(d.mask.shape), runs_of(d.mask)
        line["defects"].append(entry)
    return line


def closest(module, path, manifest):
    """How near the two highest values of a pixel come anywhere: float32 cannot tell 1e-6."""
    with Image.open(path) as image:
        size = image.size
    x = torch.from_numpy(reference.network_input(path, manifest["input"]))
    with torch.no_grad():
        planes = module(x[None])[0].numpy()
    matrix, input_size = results.placement(manifest["input"], size)
    values = np.sort(results.sampled(planes, matrix, size, input_size, 4), 0)
    return float((values[-1] - values[-2]).min())


def make(name, network, files, options):
    folder = options.output / name
    (folder / "golden").mkdir(parents=True, exist_ok=True)
    spec = spec_of(name, options.full)
    inputs = [
        torch.from_numpy(reference.network_input(f, spec)) for f in files[:: len(files) // 24 or 1]
    ]
    networks.awaken(name, network, torch.stack(inputs), 1.0 if name in ("yolo", "unet") else 2.0)
    with torch.no_grad():
        traced = torch.jit.freeze(torch.jit.trace(network, torch.stack(inputs[:2])))
    weights = importer.bytes_of(traced)
    (folder / "model.pt").write_bytes(weights)
    task = {"yolo": "detection", "unet": "segmentation"}.get(name, "classification")
    manifest = {
        "schema": "zeromiss-model/1",
        "name": f"parity-{name}",
        "version": "1",
        "license": "Apache-2.0",
        "task": task,
        "weights": {
            "file": "model.pt",
            "format": "torchscript",
            "sha256": hashlib.sha256(weights).hexdigest(),
        },
        "input": spec,
        "output": OUTPUTS.get(name, {"kind": "logits"}),
        "classes": classes_of(name, options.full),
        "decision": {"review_at": 0.0, "reject_at": 0.0, "origin": {}},
        "golden": [],
    }
    module = importer.load(folder / "model.pt")
    if name == "unet" and not options.full:
        files = [f for f in files if closest(module, f, manifest) > TIE]
    names = [f.as_posix() for f in files]  # as inspect records them when it is run from here
    (folder / "images.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    found = [results.run(module, f, manifest) for f in files]
    review, reject = limits(np.array([r.score for r in found]))
    manifest["decision"] = {
        "review_at": review,
        "reject_at": reject,
        "origin": {"method": "gaps between the scores; these weights are random"},
    }
    for r in found:
        r.verdict = results.verdict_of(r.score, manifest["decision"])
        if task != "classification" and r.verdict == "PASS":
            r.label = ""
    best = int(np.argmax([r.score for r in found]))
    golden = folder / "golden" / ("0" + files[best].suffix)
    golden.write_bytes(files[best].read_bytes())
    r = found[best]
    manifest["golden"] = [
        {"image": f"golden/{golden.name}", "score": r.score, "label": r.label, "tolerance": 0.0001}
    ]
    (folder / "model.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    lines = [json.dumps(line_of(n, r, manifest["classes"])) for n, r in zip(names, found)]
    (folder / "expected.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    counts = {v: sum(r.verdict == v for r in found) for v in ("PASS", "REVIEW", "REJECT")}
    defects = sum(len(r.defects) for r in found)
    print(
        f"{name}: {len(files)} pictures, {len(weights) / 1e3:.0f} kB, {counts}, {defects} defects",
        flush=True,
    )


def main():
    options = arguments()
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.output.mkdir(parents=True, exist_ok=True)
    files = pictures_of(options)
    files += draw(options.output / "images", options.draw, options.seed) if options.draw else []
    for name, network in networks.families(options.full, 224 if options.full else 64).items():
        make(name, network, files, options)


if __name__ == "__main__":
    main()
