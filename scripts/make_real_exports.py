#!/usr/bin/env python3
"""Exports detectors as people do, imports them, and writes what Python finds in pictures with them.

    venv/bin/python scripts/make_real_exports.py --images ../shared/data/wafer-die-dev/test/images --count 40 \\
      --yolov5 FOLDER --output /tmp/exports
    python3 tests/conformance/parity.py build/release/bin/inspect /tmp/exports --batch 1    # from the same folder

Ultralytics' own exporter (YOLOv8, YOLO11 with masks, YOLOv10 without NMS, YOLOv8 with NMS inside), the YOLOv5 of
the PyPI wheel `yolov5` (--yolov5: where it was unpacked; left out without), and torchvision's detectors as
TorchScript, each through scripts/import_model.py. Weights are random but fixed, and their last layers are stretched
until pictures differ; nothing is downloaded. Needs torch, torchvision, ultralytics, pillow, numpy.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

import make_parity
from importing import networks as importer
from importing import results

ROOT = Path(__file__).resolve().parent
CLASSES = ["scratch", "particle"]
SIDE = 320  # of the networks' input
MIN_SCORE = "0.5"


def arguments():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--images", type=Path, nargs="+", required=True, help="folders")
    p.add_argument("--count", type=int, default=40, help="pictures of them, evenly spread")
    p.add_argument("--yolov5", type=Path, help="folder that has yolov5/")
    p.add_argument("--only", nargs="+", help="names of exports")
    p.add_argument("--output", type=Path, required=True)
    p.add_argument("--seed", type=int, default=6)
    return p.parse_args()


def batch_of(files, side):
    """Some pictures as a batch, squeezed: only their statistics count."""
    arrays = []
    for file in files:
        with Image.open(file) as image:
            arrays.append(np.asarray(image.convert("RGB").resize((side, side)), np.float32) / 255)
    return torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2).contiguous()


@torch.no_grad()
def settle(network, run):
    """Batch norms take the statistics of what `run` shows them."""
    network.train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    run()
    network.eval()


@torch.no_grad()
def stretch(layers, run, mean, deviation, channels=slice(None)):
    """Makes the outputs of the last layers differ: logits of a mean and a deviation."""
    seen = {}
    hooks = [
        layer.register_forward_hook(lambda of, _, out: seen.setdefault(of, []).append(out))
        for layer in layers
    ]
    run()
    for hook in hooks:
        hook.remove()
    for layer in layers:
        out = torch.cat([one.movedim(1, -1).reshape(-1, one.shape[1]) for one in seen[layer]])
        scale, shift = torch.ones(out.shape[1]), torch.zeros(out.shape[1])
        scale[channels] = deviation / out.std(0).clamp(min=1e-3)[channels]
        shift[channels] = mean - (out.mean(0) * scale)[channels]
        layer.weight.mul_(scale.view(-1, *[1] * (layer.weight.ndim - 1)))
        layer.bias.copy_(layer.bias * scale + shift)


def ultralytics(config, folder, pictures, **options):
    from ultralytics import YOLO

    model = YOLO(config)
    network = model.model
    network.names = dict(enumerate(CLASSES))
    head = network.model[-1]
    assert head.nc == len(CLASSES), head.nc
    settle(network, lambda: network(pictures))
    for name in ("cv3", "one2one_cv3"):
        if getattr(head, name, None) is not None:
            stretch([part[-1] for part in getattr(head, name)], lambda: network(pictures), -3.0, 1.0)
    for part in getattr(head, "cv4", []) if "seg" in config else []:
        stretch([part[-1]], lambda: network(pictures), 0.0, 1.0)
    here = Path.cwd()
    os.chdir(folder)  # it writes beside its weights, whose name is that of the configuration
    try:
        return folder / model.export(format="torchscript", imgsz=SIDE, **options)
    finally:
        os.chdir(here)


def with_two_classes(name, folder):
    """A configuration of Ultralytics for our classes."""
    import ultralytics

    source = next(Path(ultralytics.__file__).parent.glob(f"cfg/models/*/{name[:-5]}.yaml"), None)
    size = "n"
    if source is None:  # yolov8n.yaml is yolov8.yaml in size n
        plain = name.replace("n-seg", "-seg") if "-seg" in name else name.replace("n.yaml", ".yaml")
        source = next(Path(ultralytics.__file__).parent.glob(f"cfg/models/*/{plain}"))
    text = source.read_text("utf-8").replace("nc: 80", f"nc: {len(CLASSES)}")
    target = folder / name
    target.write_text(text + f"\nscale: {size}\n", "utf-8")
    return str(target)


def yolov5(folder, pictures, place):
    sys.path.insert(0, str(place))
    from yolov5.models.yolo import Model

    config = place / "yolov5/models/yolov5n.yaml"
    network = Model(str(config), ch=3, nc=len(CLASSES))
    settle(network, lambda: network(pictures))
    head = network.model[-1]
    values = 5 + len(CLASSES)
    scored = [k for k in range(head.na * values) if k % values >= 4]
    stretch(head.m, lambda: network(pictures), -2.0, 2.0, scored)
    head.export = True  # one tensor, as its export.py sets it
    network.eval()
    traced = torch.jit.trace(network, torch.zeros(1, 3, SIDE, SIDE), strict=False)
    file = folder / "yolov5n.torchscript"
    traced.save(str(file))
    return file


def torchvision(name, folder, pictures):
    """A scripted detector whose first stage and scores differ from picture to picture."""
    from torchvision.models import get_model

    sizes = {"min_size": SIDE, "max_size": SIDE}
    network = get_model(name, weights=None, weights_backbone=None, num_classes=3, **sizes)
    settle(network.backbone, lambda: network.backbone(pictures))
    network.eval()
    run = lambda: network(list(pictures))  # noqa: E731
    stretch([network.roi_heads.box_predictor.cls_score], run, 0.0, 1.0)
    if network.roi_heads.has_mask():
        stretch([network.roi_heads.mask_predictor.mask_fcn_logits], run, 0.0, 8.0)
    file = folder / f"{name}.pt"
    torch.jit.script(network).save(str(file))
    return file


YOLO = ["--min-score", MIN_SCORE, "--max-detections", "20"]
NMS = ["--nms", "0.45", "--class-agnostic", "no", *YOLO]
LETTERBOX = ["--steps", f"letterbox:{SIDE}x{SIDE}:114,114,114", "--filter", "bilinear", "--antialias", "no"]
PLAIN = ["--color", "rgb", "--scale", "255", "--mean", "0", "0", "0", "--std", "1", "1", "1"]
SQUARE = ["--steps", f"resize:{SIDE}x{SIDE}", "--filter", "bilinear", "--antialias", "yes"]
VISION = ["--classes", ",".join(CLASSES), *SQUARE, *YOLO[:2], "--license", "BSD-3-Clause"]


def exports(options, folder, pictures):
    """name -> what makes its file, and what import_model.py is told."""

    def made(config, **more):
        return lambda: ultralytics(with_two_classes(config, folder), folder, pictures, **more)

    inside = {"nms": True, "conf": float(MIN_SCORE), "iou": 0.45, "max_det": 20}
    within = ["ultralytics", *YOLO[:2], "--export-conf", MIN_SCORE]
    named = {
        "yolov8n": (made("yolov8n.yaml"), ["ultralytics", *NMS]),
        "yolo11n-seg": (made("yolo11n-seg.yaml"), ["ultralytics", *NMS]),
        "yolov10n": (made("yolov10n.yaml", nms=False), ["ultralytics", *YOLO[:2]]),
        "yolov8n-nms": (made("yolov8n.yaml", **inside), within),
        "yolov8n-seg-nms": (made("yolov8n-seg.yaml", **inside), within),
    }
    if options.yolov5:
        facts = ["--kind", "boxes_yolo", "--layout", "v5", "--transposed", "no", "--activation", "none"]
        facts += ["--boxes", "pixels", "--multi-label", "no", "--task", "detection"]
        facts += ["--classes", ",".join(CLASSES), "--license", "AGPL-3.0", *LETTERBOX, *PLAIN, *NMS]
        named["yolov5n"] = (
            lambda: yolov5(folder, pictures, options.yolov5),
            ["torchscript", *facts],
        )
    for network, task in (
        ("fasterrcnn_resnet50_fpn", "detection"),
        ("maskrcnn_resnet50_fpn", "segmentation"),
    ):
        masks = ["--mask-threshold", "0.5"] if task == "segmentation" else []
        named[network] = (
            lambda network=network: torchvision(network, folder, pictures),
            ["torchvision", "--task", task, *VISION, *masks],
        )
    return named


def import_it(file, told, package, golden):
    command = [sys.executable, ROOT / "import_model.py", told[0], file, "--output", package, *told[1:]]
    command += ["--version", "1", "--defects", "all", "--review-at", "0.55", "--reject-at", "0.7"]
    command += ["--golden", *golden, "--golden-tolerance", "0.001", "--golden-bbox-tolerance", "2"]
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True)
    print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


def limits(scores):
    """Between the scores, or round them where all are alike."""
    try:
        return make_parity.limits(np.array(scores))
    except SystemExit:
        return 0.3, 0.95


def make(name, build, told, files, options, folder):
    shutil.rmtree(options.output / name, ignore_errors=True)
    print(f"== {name}", flush=True)
    if not import_it(build(), told, options.output / name, files[:2]):
        return False
    package = options.output / name
    manifest = json.loads((package / "model.json").read_text("utf-8"))
    if name.startswith(("yolo",)) and "license" not in manifest:
        manifest["license"] = "AGPL-3.0"
    module = importer.load(package / "model.pt")
    found = [results.run(module, file, manifest) for file in files]
    review, reject = limits([r.score for r in found])
    manifest["decision"].update(review_at=review, reject_at=reject)
    for r in found:
        r.verdict = results.verdict_of(r.score, manifest["decision"])
        if r.verdict == "PASS":
            r.label = ""
    for golden, r in zip(manifest["golden"], found):
        golden["label"] = r.label
    (package / "model.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    (package / "images.txt").write_text("".join(f"{f.as_posix()}\n" for f in files), "utf-8")
    lines = [
        json.dumps(make_parity.line_of(f.as_posix(), r, manifest["classes"])) + "\n"
        for f, r in zip(files, found)
    ]
    (package / "expected.jsonl").write_text("".join(lines), "utf-8")
    counts = {v: sum(r.verdict == v for r in found) for v in ("PASS", "REVIEW", "REJECT")}
    print(f"{name}: {len(files)} pictures, {counts}, {sum(len(r.defects) for r in found)} defects", flush=True)
    return True


def main():
    options = arguments()
    torch.set_num_threads(2)
    options.output.mkdir(parents=True, exist_ok=True)
    options.output = options.output.resolve()
    folder = options.output / "files"
    folder.mkdir(exist_ok=True)
    files = make_parity.pictures_of(options)
    pictures = batch_of(files[:8], SIDE)
    failed = []
    for name, (build, told) in exports(options, folder, pictures).items():
        if options.only and name not in options.only:
            continue
        torch.manual_seed(options.seed)
        if not make(name, build, told, files, options, folder):
            failed.append(name)
    if failed:
        raise SystemExit(f"not imported: {', '.join(failed)}")


if __name__ == "__main__":
    main()
