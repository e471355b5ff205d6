"""Runs `evaluate` on labels of objects that are not COCO's: evaluate_objects.py EVALUATE SHARED.

Published VOC figures (padilla-24det-15gt, padilla-toy-cats), and wafer-die-dev, whose YOLO side must give the figures of its
COCO side for the same predictions. Prints SKIPPED when the folder is not there."""

import json
import pathlib
import random
import subprocess
import sys
import tempfile

TOLERANCE = 1e-9
failures = []
checked = 0


def check(name, found, expected, tolerance=TOLERANCE):
    global checked
    checked += 1
    if found is None or not abs(found - expected) <= tolerance:
        failures.append(f"{name} is {found}, expected {expected}")


def evaluate(truth, found, *options):
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.argv[1], "--gt", truth, "--predictions", found, "-o", f"{folder}/out", "-q", *options]
        subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
        return json.loads(pathlib.Path(folder, "out/metrics.json").read_text())


def corners(source, target, scored):
    """Rows `class [score] x y w h` as `class [score] left top right bottom`, right = x + w as in the vectors' own reader."""
    target.mkdir()
    for file in sorted(source.iterdir()):
        rows = []
        for row in file.read_text().splitlines():
            *names, x, y, w, h = row.split()
            assert len(names) == 1 + scored
            rows.append(" ".join([*names, x, y, str(float(x) + float(w)), str(float(y) + float(h))]))
        (target / file.name).write_text("\r\n".join(rows) + "\r\n")


def people(vectors, work):
    expected = json.loads((vectors / "expected.json").read_text())
    corners(vectors / "groundtruths", work / "truth", False)
    corners(vectors / "detections", work / "found", True)
    for iou in expected["ap_11point"]:
        voc = evaluate(work / "truth", work / "found", "--voc-iou", iou)["detection"]["voc"]
        check(f"people 11-point AP at {iou}", voc["ap_11point"], expected["ap_11point"][iou])
        check(f"people all-point AP at {iou}", voc["ap_all_point"], expected["ap_allpoint"][iou])


def cats(vectors):
    # The figures of the vectors' README, in percent with two digits; COCO's AP of the same boxes is there in full, for
    # continuous boxes, so only its order of size can be held against inclusive ones.
    for iou, eleven, every in (("0.5", 0.8864, 0.8958), ("0.75", 0.4924, 0.5097)):
        voc = evaluate(vectors / "voc_xml", vectors / "detections_xyrb", "--voc-iou", iou)["detection"]["voc"]
        check(f"cats 11-point AP at {iou}", voc["ap_11point"], eleven, 5.1e-5)
        check(f"cats all-point AP at {iou}", voc["ap_all_point"], every, 5.1e-5)


def numbers(value, path=""):
    """Every number of a JSON value under its path."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from numbers(part, f"{path}.{key}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from numbers(part, f"{path}[{index}]")
    else:
        yield path, value


def dies(data, work):
    """Predictions made from the COCO labels, moved a little; the same boxes as COCO results and as YOLO text."""
    labels = json.loads((data / "test/coco.json").read_text())
    draw = random.Random(3)
    images = {image["id"]: image for image in labels["images"]}
    names = {category["id"]: category["name"] for category in labels["categories"]}
    listed = [line for line in (data / "data.yaml").read_text().splitlines() if line.startswith("names:")]
    order = json.loads(listed[0].removeprefix("names:"))
    (work / "yolo").mkdir()
    results = []
    for annotation in labels["annotations"]:
        if draw.random() < 0.15:
            continue
        image = images[annotation["image_id"]]
        x, y, w, h = annotation["bbox"]
        x, y = (max(0.0, value + draw.gauss(0, side / 15)) for value, side in ((x, w), (y, h)))
        w, h = min(w * draw.uniform(0.8, 1.2), image["width"] - x), min(h * draw.uniform(0.8, 1.2), image["height"] - y)
        category = annotation["category_id"] if draw.random() < 0.9 else draw.choice(list(names))
        score = draw.random()
        results.append({"image_id": image["id"], "category_id": category, "bbox": [x, y, w, h], "score": score})
        stem = pathlib.Path(image["file_name"]).stem
        shares = ((x + w / 2) / image["width"], (y + h / 2) / image["height"], w / image["width"], h / image["height"])
        with open(work / "yolo" / f"{stem}.txt", "a") as file:
            file.write(" ".join([str(order.index(names[category])), *(repr(share) for share in shares), repr(score)]) + "\n")
    (work / "coco.json").write_text(json.dumps(results))
    coco = evaluate(data / "test/coco.json", work / "coco.json", "--classes", ",".join(order))
    yolo = evaluate(data / "data.yaml", work / "yolo")
    first, second = dict(numbers(coco["detection"])), dict(numbers(yolo["detection"]))
    if first.keys() != second.keys():
        failures.append(f"wafer-die-dev: other keys: {sorted(first.keys() ^ second.keys())[:5]}")
    for path in first.keys() & second.keys():
        if isinstance(first[path], (int, float)) and not isinstance(first[path], bool):
            check(f"wafer-die-dev: COCO's detection{path}", second[path], first[path])
    for key in ("escapes", "overkills", "defective", "good"):
        check(f"wafer-die-dev: {key}", yolo["operating_point"][key], coco["operating_point"][key])


def main():
    shared = pathlib.Path(sys.argv[2])
    if not shared.is_dir():
        print(f"SKIPPED: {shared} is not there")
        return 0
    with tempfile.TemporaryDirectory() as work:
        for part, test in (("people", lambda w: people(shared / "vectors/padilla-24det-15gt", w)),
                           ("cats", lambda w: cats(shared / "vectors/padilla-toy-cats")),
                           ("dies", lambda w: dies(shared / "data/wafer-die-dev", w))):
            folder = pathlib.Path(work, part)
            folder.mkdir()
            test(folder)
    print("\n".join(failures) or f"{checked} figures agree")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
