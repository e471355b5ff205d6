#!/usr/bin/env python3
"""Trains a classifier on a folder per class and writes a complete zeromiss model package.

Your own model in three lines (a virtual environment with PyTorch is needed for training only):

    python3 -m venv venv && venv/bin/pip install torch torchvision pillow numpy
    venv/bin/python scripts/train_classifier.py --train images/train --good good --output my-model
    build/release/bin/inspect --model my-model --input images/new --output result

images/train holds one folder per class; the folder named by --good is the class without defect.
Images of one source (lot, part, camera day) must not be on both sides of the split: tell how the
file name gives the source with --group-pattern, else the figures flatter the model.

With --folds K the limits come from K models, each scoring the images that it has not seen, and the
shipped network is trained on all images; with --folds 1 they come from a part (--validation) that
is left out. training.json, beside model.json, holds the settings and the figures of both parts.
"""

import argparse
import io
import json
import warnings
from datetime import date
from pathlib import Path

import numpy as np
import torch

from training import augment, data, fit, limits, networks, package


def arguments():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--train", type=Path, required=True, help="folder with one folder per class")
    p.add_argument("--test", type=Path, help="same, only for the figures at the very end")
    p.add_argument("--output", type=Path, required=True, help="folder of the new model package")
    p.add_argument(
        "--save-scores",
        type=Path,
        metavar="CSV",
        help="held-out probabilities: image and a column per class, as evaluate reads them",
    )
    p.add_argument("--good", default="good", help="class without defect (default: %(default)s)")

    g = p.add_argument_group("split")
    g.add_argument(
        "--group-pattern", help="regular expression; what it finds in the file name is the source"
    )
    g.add_argument(
        "--group-near",
        type=int,
        default=0,
        metavar="N",
        help="the pattern finds a running number; numbers at most N apart are one source",
    )
    g.add_argument(
        "--folds",
        type=int,
        default=1,
        help="cross-validation for the limits (default: %(default)s)",
    )
    g.add_argument(
        "--split-by",
        choices=["source", "size"],
        default="source",
        help="size: pictures of a defective class that are held out have sizes which no picture of "
        "that class has in training; harder than a new source (default: %(default)s)",
    )
    g.add_argument("--validation", type=float, default=0.2, help="share left out with --folds 1")

    g = p.add_argument_group("input")
    g.add_argument("--color", choices=sorted(data.MODES), default="rgb")
    g.add_argument("--size", type=int, default=64, help="width and height of the network's input")
    g.add_argument("--filter", choices=sorted(data.FILTERS), default="bilinear")
    g.add_argument("--mean", type=float, nargs="+", default=[0.485, 0.456, 0.406])
    g.add_argument("--std", type=float, nargs="+", default=[0.229, 0.224, 0.225])

    g = p.add_argument_group("training")
    g.add_argument(
        "--network", default="small", help="small, wafer, or a name of torchvision or timm"
    )
    g.add_argument("--augment", choices=sorted(augment.KINDS), default="standard")
    g.add_argument("--epochs", type=int, default=40)
    g.add_argument("--draws", type=int, help="images an epoch (default: as many as there are)")
    g.add_argument("--batch", type=int, default=64)
    g.add_argument("--learning-rate", type=float, default=3e-3)
    g.add_argument("--weight-decay", type=float, default=0.05)
    g.add_argument(
        "--class-weights",
        type=float,
        default=0.75,
        metavar="POWER",
        help="draw a class by its size ** (1 - POWER): 0 as it is, 1 all classes alike",
    )
    g.add_argument(
        "--binary-loss", type=float, default=0.5, help="weight of good against defective"
    )
    g.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    g.add_argument("--threads", type=int, default=torch.get_num_threads())
    g.add_argument(
        "--jobs", type=int, default=1, help="training runs at a time, each with --threads"
    )
    g.add_argument(
        "--members",
        type=int,
        default=1,
        help="networks to ship as one, needs --folds 2 or more: their logits are averaged, their "
        "weights stored as 16-bit floats",
    )
    g.add_argument("--seed", type=int, default=1)

    g = p.add_argument_group("package")
    g.add_argument(
        "--margin",
        type=float,
        default=0.1,
        help="review_at lies this share below the lowest defective score of the validation",
    )
    g.add_argument(
        "--shifted",
        type=int,
        default=0,
        metavar="N",
        help="also score N copies of each defective held-out image, changed by --augment, and set "
        "review_at for them too",
    )
    g.add_argument(
        "--shifted-escapes",
        type=float,
        default=0.01,
        help="at most this share of these copies lies below review_at (default: %(default)s)",
    )
    g.add_argument(
        "--reject-overkill",
        type=float,
        default=0.005,
        help="reject_at: at most this share of the good validation images is rejected",
    )
    g.add_argument(
        "--golden",
        type=Path,
        nargs="+",
        help="golden images (default: one validation image a class)",
    )
    g.add_argument("--golden-tolerance", type=float, default=0.001)
    g.add_argument("--name", help="default: name of the output folder")
    g.add_argument("--version", default="1.0.0")
    g.add_argument("--license", default="Apache-2.0")
    g.add_argument("--date", default=date.today().isoformat(), help="written into decision.origin")
    return check(p.parse_args(), p)


def check(options, parser):
    channels = 1 if options.color == "gray" else 3
    if len(options.mean) != channels or len(options.std) != channels:
        parser.error(f"--color {options.color} needs {channels} value(s) for --mean and --std")
    if options.folds < 1 or not 0 < options.validation < 1 or not 0 <= options.margin < 1:
        parser.error(
            "--folds must be 1 or more, --validation between 0 and 1, --margin from 0 to below 1"
        )
    if options.folds == 1 and options.members > 1:
        parser.error("--members needs --folds 2 or more")
    if options.group_near and not options.group_pattern:
        parser.error("--group-near needs --group-pattern")
    return options


def train(pictures, labels, folds, classes, good, spec, options):
    """Probabilities of the held-out images, which images those are, and the network to ship."""

    def job(title, inside, outside, seed):
        chosen = [pictures[i] for i in inside]
        held = [pictures[i] for i in outside]
        of = labels[inside].tolist(), held, labels[outside].tolist()
        return fit.Job(title, chosen, *of, classes, good, spec, options, seed)

    parts = [(np.flatnonzero(folds != f), np.flatnonzero(folds == f)) for f in range(options.folds)]
    jobs = [job(f"fold {f + 1}", *part, options.seed + f) for f, part in enumerate(parts)]
    if options.folds > 1:
        everything = np.arange(len(labels))
        for m in range(options.members):
            jobs.append(job(f"all images, {m + 1}", everything, everything[:0], options.seed + m))
    results = fit.run_all(jobs, options.jobs)
    held = np.zeros((len(labels), len(classes)))
    seen = np.zeros(len(labels), bool)
    for (_, outside), (_, p, _) in zip(parts, results):
        held[outside], seen[outside] = p, True
    shifted = np.concatenate([changed for _, _, changed in results[: len(parts)]])
    limits.require_finite(held[seen], "a held-out image")
    limits.require_finite(shifted, "a changed copy of a held-out image (--shifted)")
    shipped = results[len(parts) :] or results[-1:]
    members = [torch.load(io.BytesIO(b), weights_only=False) for b, _, _ in shipped]
    network = members[0] if len(members) == 1 else networks.Averaged(members)
    return held[seen], seen, shifted, network


def save_scores(file, held, items, classes):
    rows = [",".join(["image", *classes])]
    rows += [
        ",".join([item.name, *(repr(float(p)) for p in row)]) for item, row in zip(items, held)
    ]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")


# Paths, and what only changes the speed.
UNRECORDED = {"train", "test", "output", "golden", "threads", "jobs", "save_scores"}


def origin_of(items, folds, labels, good, options, validation):
    method = (
        f"{options.folds}-fold cross-validation by {options.split_by}"
        if options.folds > 1
        else f"one validation part by {options.split_by}, share {options.validation}"
    )
    return {
        "method": f"zero escapes on held-out images; {method}",
        "margin": options.margin,
        "shifted": options.shifted,
        "shifted_escapes": options.shifted_escapes,
        "reject_overkill": options.reject_overkill,
        "split_sha256": data.split_hash(items, folds),
        "images": validation["images"],
        "defective": validation["defective"],
        "good": validation["good"],
        "escapes": validation["escapes"],
        "overkills": validation["overkills"],
        "escape_rate_upper_95": validation["escape_rate_upper_95"],
        "date": options.date,
        "torch": torch.__version__.split("+")[0],
        "precision": "fp32",
    }


def golden_images(options, items, seen, labels):
    if options.golden:
        return options.golden
    return [
        next(items[i].path for i in np.flatnonzero(seen & (labels == k)))
        for k in np.unique(labels[seen])
    ]


def main():
    options = arguments()
    warnings.filterwarnings("ignore", category=FutureWarning)  # TorchScript is what the tools load
    torch.set_num_threads(options.threads)
    classes = data.class_names(options.train)
    if options.good not in classes:
        raise SystemExit(
            f"--good {options.good}: no such folder in {options.train}; there are {classes}"
        )
    good = classes.index(options.good)
    spec = data.InputSpec(
        options.color, options.size, options.filter, tuple(options.mean), tuple(options.std)
    )
    items = data.list_items(options.train, classes)
    pictures, labels = data.load(items), np.array([item.label for item in items])
    groups = data.sources(items, options.group_pattern, options.group_near)
    parts = options.folds if options.folds > 1 else max(2, round(1 / options.validation))
    if options.split_by == "size":
        folds = data.split_by_size(pictures, labels, groups, good, parts, options.seed)
    else:
        folds = data.split(labels, groups, parts, options.seed)

    held, seen, shifted, network = train(pictures, labels, folds, classes, good, spec, options)
    if options.save_scores:
        save_scores(options.save_scores, held, [items[i] for i in np.flatnonzero(seen)], classes)
    shifted_score = limits.scores(shifted, good) if options.shifted else np.empty(0)
    review_at, reject_at = limits.choose(
        limits.scores(held, good), labels[seen] != good, shifted_score, options
    )
    validation = limits.figures(held, labels[seen], good, review_at, reject_at, classes)

    origin = origin_of(items, folds, labels, good, options, validation)
    scripted = package.write(
        options.output,
        network,
        spec,
        classes,
        good,
        (review_at, reject_at),
        origin,
        golden_images(options, items, seen, labels),
        options,
    )
    settings = {k: v for k, v in vars(options).items() if k not in UNRECORDED}
    report = {
        "settings": settings,
        "classes": classes,
        "sources": int(len(np.unique(groups))),
        "limits": {"review_at": review_at, "reject_at": reject_at},
        "validation": validation,
        "shifted": {"images": len(shifted_score), "escapes": int((shifted_score < review_at).sum())},
    }
    if options.test:
        test = data.list_items(options.test, classes)
        p = fit.probabilities(scripted, data.load(test), spec)
        report["test"] = limits.figures(
            p, np.array([t.label for t in test]), good, review_at, reject_at, classes
        )
    (options.output / "training.json").write_text(
        json.dumps(report, indent=1) + "\n", encoding="utf-8"
    )
    for part in ("validation", "test"):
        if part in report:
            print(part, {k: v for k, v in report[part].items() if not isinstance(v, (dict, list))})


if __name__ == "__main__":
    main()
