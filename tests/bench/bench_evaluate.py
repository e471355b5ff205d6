#!/usr/bin/env python3
"""Measures `evaluate` as a whole program: from process start to metrics.json.

    bench_evaluate.py coco    [--images 5000]     COCO results against faster-coco-eval and pycocotools
    bench_evaluate.py records [--records 1000000] an inspect output with 10 classes against its class folders' CSV
    bench_evaluate.py calibrate [--records 1000000] evaluate calibrate on these records, and the certificate on them
    bench_evaluate.py start                       evaluate --version

`coco` makes a set of COCO val2017's size (5,000 images, 36,000 objects of 80 classes, 100 detections an image) from a fixed
seed, runs the three programs in turn and compares their twelve figures. It needs a Python with numpy, pycocotools and
faster-coco-eval (--python); the rest needs Python's standard library alone. Times are wall-clock seconds of the whole process,
memory its peak RSS; the median of --runs is printed with the spread, and the smallest CPU time, which a busy machine changes less.
"""
import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FIGURES = ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl")

# Runs in its own process, as a user's script would; the last line is the twelve figures.
PEER = """
import json, sys
if sys.argv[1] == "pycocotools":
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
else:
    from faster_coco_eval import COCO, COCOeval_faster as COCOeval
truth = COCO(sys.argv[2])
run = COCOeval(truth, truth.loadRes(sys.argv[3]), "bbox")
run.evaluate(); run.accumulate(); run.summarize()
print(json.dumps([float(value) for value in run.stats[:12]]))
"""


def timed(command, wanted_exit=0):
    """Returns (wall seconds, peak MB, stdout, CPU seconds) of one process."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=None if "-q" in command else subprocess.DEVNULL)
    text = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) != wanted_exit:
        sys.exit(f"{' '.join(map(str, command[:2]))} ended with {os.waitstatus_to_exitcode(status)}")
    return seconds, usage.ru_maxrss / 1e3, text, usage.ru_utime + usage.ru_stime


def make_coco(folder, images):
    """Labels spread as COCO's: 7.2 objects an image, sides from 8 to 320 pixels; a third of the detections near an object."""
    draw = random.Random(20170901)
    labels = {"images": [], "annotations": [], "categories": [{"id": k + 1, "name": f"class {k}"} for k in range(80)]}
    found = []
    for image in range(1, images + 1):
        labels["images"].append({"id": image, "file_name": f"{image:012}.jpg", "width": 640, "height": 480})
        here = []
        for _ in range(min(30, int(draw.expovariate(1 / 7.2) + 0.5))):
            width, height = (round(8 * 40 ** draw.random(), 2) for _ in range(2))
            box = [round(draw.uniform(0, 640 - width), 2), round(draw.uniform(0, 480 - min(height, 470)), 2), width, height]
            here.append((box, draw.randrange(80) + 1))
            labels["annotations"].append({"id": len(labels["annotations"]) + 1, "image_id": image, "category_id": here[-1][1],
                                          "bbox": box, "area": round(width * height, 2), "iscrowd": int(draw.random() < 0.01)})
        for _ in range(100):
            if here and draw.random() < 0.33:
                (x, y, width, height), label = draw.choice(here)
                box = [x + draw.gauss(0, width / 12), y + draw.gauss(0, height / 12), width * draw.uniform(0.8, 1.25), height * draw.uniform(0.8, 1.25)]
                score = draw.betavariate(3, 2)
            else:
                box = [draw.uniform(0, 600), draw.uniform(0, 440), draw.uniform(4, 200), draw.uniform(4, 200)]
                label, score = draw.randrange(80) + 1, draw.betavariate(1, 4)
            found.append({"image_id": image, "category_id": label, "bbox": [round(value, 2) for value in box], "score": round(score, 5)})
    (folder / "labels.json").write_text(json.dumps(labels))
    (folder / "results.json").write_text(json.dumps(found))
    megabytes = (folder / "results.json").stat().st_size / 1e6
    print(f"{images} images, {len(labels['annotations'])} objects, {len(found)} detections, {megabytes:.0f} MB of results")


def show(name, runs):
    seconds, memory = [run[0] for run in runs], max(run[1] for run in runs)
    print(f"{name:18} {statistics.median(seconds):7.2f} s  ({min(seconds):.2f} – {max(seconds):.2f}, n = {len(runs)})  {memory:6.0f} MB  CPU {min(run[3] for run in runs):.2f} s")
    return statistics.median(seconds)


def coco(args, work):
    make_coco(work, args.images)
    ours = [args.evaluate, "-p", work / "results.json", "-g", work / "labels.json", "-o", work / "out", "--overwrite", "-q", *args.more]
    commands = {"evaluate": ours} | {name: [args.python, "-c", PEER, name, work / "labels.json", work / "results.json"]
                                     for name in ("faster-coco-eval", "pycocotools")}
    runs = {name: [] for name in commands}
    for _ in range(args.runs):
        for name, command in commands.items():
            runs[name].append(timed([str(word) for word in command]))
    medians = {name: show(name, found) for name, found in runs.items()}
    for name in ("faster-coco-eval", "pycocotools"):
        print(f"{name} / evaluate: {medians[name] / medians['evaluate']:.1f}")
    mine = json.loads((work / "out/metrics.json").read_text())["detection"]["coco"]
    theirs = json.loads(runs["pycocotools"][0][2].splitlines()[-1])
    print(f"largest difference to pycocotools: {max(abs(mine[key] - value) for key, value in zip(FIGURES, theirs)):.1e}")


def make_records(args, work):
    draw, names = random.Random(1), [f"class {k}" for k in range(10)]
    (work / "run").mkdir()
    model = {"name": "m", "version": "1", "sha256": "0" * 64, "manifest_sha256": "0" * 64, "task": "classification",
             "classes": [{"name": name, "defect": k > 0} for k, name in enumerate(names)]}
    run = {"schema": "zeromiss-run/1", "tool": {}, "libraries": {}, "device": {}, "settings": {}, "model": model,
           "limits": {"review_at": 0.2, "reject_at": 0.8}, "images": args.records, "position_exact": True}
    (work / "run/run.json").write_text(json.dumps(run))
    with open(work / "run/results.jsonl", "w") as results, open(work / "labels.csv", "w") as labels:
        labels.write("image,label\n")
        for index in range(args.records):
            values = [draw.random() for _ in names]
            total = sum(values)
            values = [round(value / total, 6) for value in values]
            values[0] = max(0.0, round(1 - sum(values[1:]), 6))
            score = 1 - values[0]
            verdict = "PASS" if score < 0.2 else "REVIEW" if score < 0.8 else "REJECT"
            image = f"lot{index // 1000:04}/{index:07}.png"
            record = {"image": image, "bytes": 1234, "sha256": f"{index:064x}", "width": 64, "height": 64, "verdict": verdict,
                      "score": score, "label": names[values.index(max(values))], "probabilities": values}
            results.write(json.dumps(record, separators=(",", ":")) + "\n")
            labels.write(f"{image},{names[draw.randrange(10)]}\n")


def records(args, work):
    make_records(args, work)
    command = [str(word) for word in (args.evaluate, "-p", work / "run", "-g", work / "labels.csv", "-o", work / "out", "--overwrite", "-q", *args.more)]
    show(f"{args.records} records", [timed(command) for _ in range(args.runs)])


def calibrate(args, work):
    make_records(args, work)
    inputs = ["-p", work / "run", "-g", work / "labels.csv", "--overwrite", "-q"]
    commands = {"calibrate": ["calibrate", *inputs, "-o", work / "calibration", "--margin", "bootstrap", *args.more],
                "certificate": [*inputs, "--zero-miss", "--no-html", *args.more],
                "the same, by parts": [*inputs, "--zero-miss", "--no-html", "--group", "^(.*)[0-9][.]png", *args.more]}
    for name, words in commands.items():
        show(name, [timed([str(word) for word in (args.evaluate, *words)]) for _ in range(args.runs)])


def start(args, _):
    show("evaluate --version", [timed([args.evaluate, "--version"]) for _ in range(max(args.runs, 7))])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("coco", "records", "calibrate", "start"))
    parser.add_argument("--evaluate", default=str(ROOT / "build/release/bin/evaluate"))
    parser.add_argument("--python", default=sys.executable, help="with pycocotools and faster-coco-eval")
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("more", nargs="*", help="further options of evaluate, after --")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        {"coco": coco, "records": records, "calibrate": calibrate, "start": start}[args.what](args, pathlib.Path(work))


if __name__ == "__main__":
    main()
