#!/usr/bin/env python3
"""What finding objects costs beside the network: python3 tests/bench/bench_objects.py [--bin DIR] [--images N]

Needs PyTorch. Makes a network of the size of YOLOv8n-seg (random weights, 8400 candidates of 7 classes at
640 x 640, 32 prototypes of 160 x 160) whose boxes and scores are set so that about `--objects` stay for each
image, runs `inspect` on pictures of 1280 x 1024, and prints
    interpret / infer   decoding, suppression and masks beside the network     goal < 10 %
    overlays            the whole of inspect with --save-overlay rejected beside none, by turns   goal < 5 %
`--rejected` percent of the pictures have defects. 10 is a bad day: lines that reject one part in ten are stopped.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import torch
from torch import nn

CLASSES, PROTOTYPES, SIDE = 7, 32, 640


class Block(nn.Module):
    """C2f: split, a few 3 x 3 pairs, all of it joined."""

    def __init__(self, inner, outer, pairs):
        super().__init__()
        half = outer // 2
        self.first = conv(inner, outer, 1, 1)
        self.pairs = nn.ModuleList(nn.Sequential(conv(half, half, 3, 1), conv(half, half, 3, 1)) for _ in range(pairs))
        self.last = conv((2 + pairs) * half, outer, 1, 1)

    def forward(self, x):
        parts = list(self.first(x).chunk(2, 1))
        for pair in self.pairs:
            parts.append(parts[-1] + pair(parts[-1]))
        return self.last(torch.cat(parts, 1))


def conv(inner, outer, kernel, stride):
    return nn.Sequential(nn.Conv2d(inner, outer, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outer), nn.SiLU())


class Network(nn.Module):
    """Backbone, neck and heads with the widths and depths of YOLOv8n; what they say is overruled."""

    def __init__(self, objects):
        super().__init__()
        self.stem = nn.Sequential(conv(3, 16, 3, 2), conv(16, 32, 3, 2), Block(32, 32, 1))
        self.p3 = nn.Sequential(conv(32, 64, 3, 2), Block(64, 64, 2))
        self.p4 = nn.Sequential(conv(64, 128, 3, 2), Block(128, 128, 2))
        self.p5 = nn.Sequential(conv(128, 256, 3, 2), Block(256, 256, 1))
        self.up4, self.up3 = Block(384, 128, 1), Block(192, 64, 1)
        self.down4, self.out4 = conv(64, 64, 3, 2), Block(192, 128, 1)
        self.down5, self.out5 = conv(128, 128, 3, 2), Block(384, 256, 1)
        widths = (64, 128, 256)
        self.boxes = nn.ModuleList(self.head(w, 64, 64) for w in widths)
        self.classes = nn.ModuleList(self.head(w, 80, CLASSES) for w in widths)
        self.weights = nn.ModuleList(self.head(w, 32, PROTOTYPES) for w in widths)
        self.proto = nn.Sequential(conv(64, 64, 3, 1), nn.ConvTranspose2d(64, 64, 2, 2), conv(64, 64, 3, 1), nn.Conv2d(64, PROTOTYPES, 1))
        places = torch.cat([self.grid(SIDE // s, s) for s in (8, 16, 32)], 1)
        count = places.shape[1]
        fixed = torch.cat([places, torch.rand(2, count) * 60 + 20], 0)
        # Each object is seen by a cluster of candidates that nearly agree, as a trained head's do.
        scores = torch.full((CLASSES, count), 0.001)
        for _ in range(objects):
            centre = torch.rand(2, 1) * (SIDE - 80) + 40
            near = ((places - centre).abs().amax(0) < 16).nonzero().flatten()
            box = torch.cat([centre, torch.rand(2, 1) * 60 + 20], 0)
            fixed[:, near] = box + torch.randn(4, len(near))
            scores[:, near] = 0.001
            scores[random.randrange(CLASSES), near] = 0.3 + 0.6 * torch.rand(len(near))
        self.register_buffer("fixed", fixed)
        self.register_buffer("scores", scores)

    @staticmethod
    def head(inner, width, outer):
        return nn.Sequential(conv(inner, width, 3, 1), conv(width, width, 3, 1), nn.Conv2d(width, outer, 1))

    @staticmethod
    def grid(cells, stride):
        line = (torch.arange(cells) + 0.5) * stride
        y, x = torch.meshgrid(line, line, indexing="ij")
        return torch.stack([x.flatten(), y.flatten()])

    def forward(self, x):
        bright = (x.mean(dim=[1, 2, 3]) > 0.5).float().view(-1, 1, 1)  # dark pictures have no object
        a = self.p3(self.stem(x))
        b = self.p4(a)
        c = self.p5(b)
        b = self.up4(torch.cat([nn.functional.interpolate(c, scale_factor=2.0), b], 1))
        a = self.up3(torch.cat([nn.functional.interpolate(b, scale_factor=2.0), a], 1))
        b = self.out4(torch.cat([self.down4(a), b], 1))
        c = self.out5(torch.cat([self.down5(b), c], 1))
        levels = [a, b, c]
        boxes = torch.cat([head(level).flatten(2) for head, level in zip(self.boxes, levels)], 2)
        classes = torch.cat([head(level).flatten(2) for head, level in zip(self.classes, levels)], 2)
        weights = torch.cat([head(level).flatten(2) for head, level in zip(self.weights, levels)], 2)
        # Every result is used, though it changes nothing: no part may be optimised away.
        fixed = self.fixed + boxes.mean(1, keepdim=True) * 0.0
        scores = self.scores * bright + classes * 0.0
        return torch.cat([fixed, scores, weights], 1), self.proto(a)


def picture(path, level):
    """Of 1280 x 1024 with a little structure: PPM, or what the name's extension says (by Pillow)."""
    width, height = 1280, 1024
    row = bytes(min(255, max(0, level + (x * 7 % 23) - 11)) for x in range(width * 3))
    if path.suffix == ".ppm":
        path.write_bytes(b"P6\n%d %d\n255\n" % (width, height) + row * height)
    else:
        from PIL import Image

        Image.frombytes("RGB", (width, height), row * height).save(path, quality=90)


def make_package(folder, objects):
    folder.mkdir()
    torch.manual_seed(1)
    random.seed(1)
    network = Network(objects).eval()
    example = torch.rand(1, 3, SIDE, SIDE)
    with torch.no_grad():
        torch.jit.trace(network, example).save(str(folder / "model.pt"))
    (folder / "golden").mkdir()
    picture(folder / "golden/0.ppm", 60)
    manifest = {
        "schema": "zeromiss-model/1", "name": "bench", "version": "1", "license": "Apache-2.0", "task": "segmentation",
        "weights": {"file": "model.pt", "format": "torchscript", "sha256": hashlib.sha256((folder / "model.pt").read_bytes()).hexdigest()},
        "input": {"color": "rgb", "steps": [{"op": "letterbox", "width": SIDE, "height": SIDE, "filter": "bilinear", "antialias": False, "fill": [114, 114, 114]}],
                  "scale": 1 / 255, "mean": [0, 0, 0], "std": [1, 1, 1]},
        "output": {"kind": "boxes_yolo", "layout": "v8", "transposed": True, "activation": "none", "boxes": "pixels", "multi_label": False,
                   "min_score": 0.25, "nms": {"iou": 0.45, "class_agnostic": False, "max_detections": 300}, "output": 0,
                   "masks": {"output": 1, "prototypes": PROTOTYPES, "stride": 4, "threshold": 0.5}},
        "classes": [{"name": f"class {i}", "defect": True} for i in range(CLASSES)],
        "decision": {"review_at": 0.25, "reject_at": 0.25, "origin": {}},
        "golden": [{"image": "golden/0.ppm", "score": 0, "label": "", "tolerance": 0.001}]}
    (folder / "model.json").write_text(json.dumps(manifest))
    macs = count_macs(network, example)
    print(f"network: {sum(p.numel() for p in network.parameters()) / 1e6:.1f} M weights, {2 * macs / 1e9:.1f} GFLOP (YOLOv8n-seg: 3.4 M, 12.6)")


def count_macs(network, example):
    total = 0

    def count(module, _, output):
        nonlocal total
        total += output.numel() * module.weight[0].numel()

    hooks = [m.register_forward_hook(count) for m in network.modules() if isinstance(m, nn.Conv2d)]
    with torch.no_grad():
        network(example)
    for hook in hooks:
        hook.remove()
    return total


def run(args, work, lot, *more):
    out = work / "out"
    command = [str(args.bin / "inspect"), "-m", str(work / "package"), "-i", str(lot), "-o", str(out), "--overwrite", "-q", "-t", str(args.threads),
               "-b", "2", "--no-html", "--no-masks", *more]
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"inspect ended with {os.waitstatus_to_exitcode(status)}")
    # Of the clock, and of the processor, which other programs disturb less.
    seconds = time.monotonic() - start, usage.ru_utime + usage.ru_stime
    return seconds, json.loads((out / "summary.json").read_text()), sum(len(json.loads(line)["defects"]) for line in (out / "results.jsonl").open())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build/release/bin"))
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--rejected", type=int, default=10, help="percent of the pictures that have defects")
    parser.add_argument("--objects", type=int, default=30, help="for each picture that has any")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--format", choices=["jpg", "ppm"], default="jpg", help="of the pictures")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        make_package(work / "package", args.objects)
        full, mixed = work / "full", work / "mixed"
        for lot in (full, mixed):
            lot.mkdir()
        for i in range(args.images):
            picture(full / f"{i:04}.{args.format}", 180)
            picture(mixed / f"{i:04}.{args.format}", 180 if i * args.rejected // 100 != (i + 1) * args.rejected // 100 else 60)
        _, summary, defects = run(args, work, full)
        stages = summary["stages"]
        print(f"{args.images} pictures with {defects / args.images:.1f} defects each: "
              f"infer {1e3 * stages['infer'] / args.images:.1f} ms, interpret {1e3 * stages['interpret'] / args.images:.2f} ms, "
              f"interpret / infer {100 * stages['interpret'] / stages['infer']:.1f} %")
        seconds = {"none": [], "rejected": []}
        for _ in range(args.rounds):
            for overlay, times in seconds.items():
                times.append(run(args, work, mixed, "--save-overlay", overlay)[0])
        for what, name in enumerate(("clock", "processor")):
            pairs = [b[what] / a[what] for a, b in zip(seconds["none"], seconds["rejected"])]
            none, rejected = (statistics.median(t[what] for t in seconds[k]) for k in ("none", "rejected"))
            print(f"{args.rejected} % of {args.images} rejected, seconds of the {name}: {none:.2f}, with their overlays {rejected:.2f}; "
                  f"median of {len(pairs)} pairs {100 * (statistics.median(pairs) - 1):+.1f} % ({100 * (min(pairs) - 1):+.1f} to {100 * (max(pairs) - 1):+.1f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
