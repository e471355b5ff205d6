"""Holds the records of `inspect` to what Python found: parity.py INSPECT FOLDER [options of inspect].

FOLDER is of scripts/make_parity.py or make_real_exports.py: for each family of networks a model package with images.txt and
expected.jsonl. Run it in the folder that the paths of images.txt are relative to. Scores within 1e-4,
boxes within 0.01 pixels, masks with an IoU of 0.999, the same verdicts and labels.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

SCORE = 1e-4
BOX = 0.01
IOU = 0.999
SHOWN = 20


def runs_of(counts):
    """Run lengths of COCO's compressed RLE: 5 bits a character, later ones as differences."""
    runs, at = [], 0
    while at < len(counts):
        value, shift, more = 0, 0, True
        while more:
            c = ord(counts[at]) - 48
            value |= (c & 31) << shift
            more = bool(c & 32)
            at, shift = at + 1, shift + 5
            if not more and c & 16:
                value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
    return runs


def intervals(runs):
    at, result = 0, []
    for k, length in enumerate(runs):
        if k % 2 and length:
            result.append((at, at + length))
        at += length
    return result


def iou(one, other):
    """Intersection over union of two masks, given as run lengths."""
    a, b = intervals(one), intervals(other)
    area = sum(e - s for s, e in a) + sum(e - s for s, e in b)
    both = i = j = 0
    while i < len(a) and j < len(b):
        both += max(0, min(a[i][1], b[j][1]) - max(a[i][0], b[j][0]))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return both / (area - both) if area > both else 1.0


class Worst:
    """The largest difference of each kind, for the last line."""

    def __init__(self):
        self.score = self.box = 0.0
        self.iou = 1.0

    def __str__(self):
        return f"scores {self.score:.1e}, boxes {self.box:.1e} pixels, masks IoU {self.iou:.5f}"


def difference(expected, found, worst):
    """What differs between two defects, or None."""
    if expected["label"] != found["label"]:
        return f"label {found['label']}, expected {expected['label']}"
    score = abs(expected["score"] - found["score"])
    if not score <= SCORE:
        return f"score {found['score']}, expected {expected['score']}"
    box = max(abs(a - b) for a, b in zip(expected["bbox"], found["bbox"]))
    overlap = 1.0
    if sum(expected.get("runs", [])[1::2]):  # a mask without a pixel is none, and its box counts
        mask = found["segmentation"]
        if mask["size"] != expected["size"]:
            return f"mask of {mask['size']}, expected {expected['size']}"
        overlap = iou(expected["runs"], runs_of(mask["counts"]))
        if not overlap >= IOU:
            return f"mask IoU {overlap}"
    elif not box <= BOX:
        return f"box {found['bbox']}, expected {expected['bbox']}"
    worst.score, worst.iou = max(worst.score, score), min(worst.iou, overlap)
    worst.box = max(worst.box, box if "segmentation" not in found else 0.0)
    return None


def compare_defects(expected, found, worst):
    """Pairs them in any order: equal scores have none."""
    if len(expected) != len(found):
        return f"{len(found)} defects, expected {len(expected)}"
    left = list(found)
    for e in expected:
        left.sort(
            key=lambda f: abs(e["score"] - f["score"])
            + max(abs(a - b) for a, b in zip(e["bbox"], f["bbox"]))
        )
        if (what := difference(e, left.pop(0), worst)) is not None:
            return what
    return None


def compare(expected, found, worst):
    """What differs between a line of expected.jsonl and a record, or None."""
    for key in ("image", "verdict", "label"):
        wanted = expected[key] or None if key == "label" else expected[key]
        if (found[key] or None) != wanted:
            return f"{key} {found[key]!r}, expected {expected[key]!r} ({found.get('error')})"
    worst.score = max(worst.score, abs(expected["score"] - found["score"]))
    if not abs(expected["score"] - found["score"]) <= SCORE:
        return f"score {found['score']}, expected {expected['score']}"
    pairs = zip(expected.get("probabilities", []), found.get("probabilities", []))
    far = max((abs(a - b) for a, b in pairs), default=0.0)
    worst.score = max(worst.score, far)
    if not far <= SCORE:
        return f"probabilities {found['probabilities']}, expected {expected['probabilities']}"
    return compare_defects(expected.get("defects", []), found.get("defects", []), worst)


def lines(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def inspect(program, package, images, more):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "out")
        command = [program, "-m", package, "--files-from", images, "-o", out, "--no-html", "-q", *more]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"FAILED: inspect ended with {done.returncode}: {done.stderr.strip()}")
        return lines(out / "results.jsonl")


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    failures, families = 0, sorted(p.parent for p in folder.glob("*/expected.jsonl"))
    for package in families:
        images = package / "images.txt"
        count = len(images.read_text(encoding="utf-8").splitlines())
        expected = {line["image"]: line for line in lines(package / "expected.jsonl")}
        found = inspect(program, package, images, sys.argv[3:])
        assert len(found) == len(expected) == count, (len(found), len(expected), count)
        worst, differing, verdicts = Worst(), 0, {}
        for record in found:
            verdicts[record["verdict"]] = verdicts.get(record["verdict"], 0) + 1
            if (what := compare(expected[record["image"]], record, worst)) is None:
                continue
            differing += 1
            if differing <= SHOWN:
                print(f"{package.name}: {record['image']}: {what}")
        failures += differing
        print(f"{package.name}: {count - differing} of {count} images agree; worst: {worst}; {verdicts}")
    if failures or not families:
        raise SystemExit(f"FAILED: {failures} records of {len(families)} families differ from Python's")


if __name__ == "__main__":
    main()
