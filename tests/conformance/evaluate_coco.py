"""Runs `evaluate` on the COCO vectors of ../shared and compares metrics.json with the published
figures: evaluate_coco.py EVALUATE VECTORS. Prints SKIPPED when the vectors are not there."""

import json
import pathlib
import subprocess
import sys
import tempfile

TOLERANCE = 1e-9
KEYS = ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"]
failures = []
checked = 0


def evaluate(truth, results, *options):
    """The detection block; `truth` and `results` are files or JSON values."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, value in (("gt.json", truth), ("dt.json", results)):
            if not isinstance(value, pathlib.Path):
                file = pathlib.Path(folder, name)
                file.write_text(json.dumps(value))
                value = file
            files.append(str(value))
        out = pathlib.Path(folder, "out")
        command = [sys.argv[1], "--gt", files[0], "--predictions", files[1], "-o", str(out), "-q"]
        subprocess.run(command + list(options), check=True, stdout=subprocess.DEVNULL)
        return json.loads((out / "metrics.json").read_text())["detection"]


def compare(name, expected, found):
    """COCO's -1 is null here."""
    global checked
    for key in [k for k in KEYS if k in expected]:
        checked += 1
        number = -1.0 if found[key] is None else found[key]
        if not abs(number - expected[key]) <= TOLERANCE:
            failures.append(f"{name}: {key} is {found[key]}, expected {expected[key]}")


def compare_classes(name, expected, found, truth):
    names = {str(c["id"]): c["name"] for c in truth["categories"]}
    by_name = {c["name"]: c for c in found["classes"]}
    for identity, figures in expected.items():
        compare(f"{name} class {identity}", figures, by_name[names[identity]])


def read(file):
    return json.loads(file.read_text())


def without(results, key):
    return [{k: v for k, v in item.items() if k != key} for item in results]


def main():
    vectors = pathlib.Path(sys.argv[2])
    if not vectors.is_dir():
        print(f"SKIPPED: {vectors} is not there")
        return
    for folder, kinds in (("coco-val2014-100", ("bbox", "segm")),
                          ("padilla-review-coco-sample", ("bbox",))):
        place = vectors / folder
        expected = read(place / "expected.json")
        for kind in kinds:
            results = place / (f"dt_{kind}.json" if len(kinds) > 1 else "dt.json")
            found = evaluate(place / "gt.json", results)
            assert found["iou_type"] == kind
            compare(f"{folder} {kind}", expected[kind]["summary"], found["coco"])
            compare_classes(folder, expected[kind]["per_class"], found, read(place / "gt.json"))

    for case in read(vectors / "coco-quirks/cases.json"):
        if case["name"] != "maxDets_without_100":  # the limits are not an option
            compare(case["name"], case["expected"], evaluate(case["gt"], case["dt"])["coco"])

    place = vectors / "detectron2-mini"
    truth, results, expected = (read(place / f"{n}.json") for n in ("gt", "dt", "expected"))
    compare("detectron2", expected["bbox"], evaluate(truth, results)["coco"])
    compare("detectron2 segm", expected["segm"], evaluate(truth, without(results, "bbox"))["coco"])
    truth["annotations"] = []
    compare("detectron2 empty", expected["empty_gt_bbox"], evaluate(truth, results)["coco"])
    evaluate(truth, [])  # nothing labelled and nothing found is no error

    place = vectors / "faster-coco-eval-small"
    expected = read(place / "expected.json")
    truth, poly, rle = (place / f"{n}.json" for n in ("gt", "dt_poly", "dt_rle"))
    compare("small bbox", expected["bbox_from_dt_poly"], evaluate(truth, poly)["coco"])
    compare("small segm", expected["segm_from_dt_poly"],
            evaluate(truth, poly, "--iou-type", "segm")["coco"])
    compare("small rle", expected["segm_from_dt_rle"], evaluate(truth, rle)["coco"])

    place = vectors / "padilla-toy-cats"
    expected = read(place / "expected.json")
    for name in ("coco_gt_id0", "coco_gt_id1"):  # an id of 0 matches like any other
        found = evaluate(place / f"{name}.json", place / "coco_dt.json")
        compare(name, expected["coco"]["coco_gt_id1"], found["coco"])

    place = vectors / "torchmetrics-map"
    expected = read(place / "expected.json")
    for name in ("inputs", "inputs2", "inputs3", "missing_pred", "missing_gt", "docs_segm"):
        found = evaluate(place / f"{name}_gt.json", place / f"{name}_dt.json")
        figures = expected.get(name) or expected[name + "_example"]
        compare(name, figures["summary"], found["coco"])

    print("\n".join(failures) or f"{checked} figures agree to {TOLERANCE}")
    sys.exit(1 if failures or checked < 800 else 0)


main()
