#!/usr/bin/env python3
"""Holds LibTorch and OpenVINO against each other on the same models and the same processors.

    bench_engines.py make FOLDER [--networks resnet18 …]     packages FOLDER/NETWORK and FOLDER/NETWORK-openvino
    bench_engines.py rates FOLDER --images JPEGS             images/s, end to end and in the model, pair by pair
    bench_engines.py start FOLDER --images JPEGS             seconds: inspect --help, start to the first record
    bench_engines.py agree FOLDER --images JPEGS             verdicts that differ, on 200 images

`make` needs Python with torch, torchvision and openvino; its weights are random (seed 1), the limits lie around the
median score of the images. Everything else needs Python's standard library. Runs are interleaved; medians are printed
with their range, and the load of others before and after.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
NETWORKS = ["resnet18", "mobilenet_v3_large", "efficientnet_b0"]
IMAGENET = {"color": "rgb", "scale": 1 / 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
STEPS = [{"op": "resize", "width": 224, "height": 224, "filter": "bilinear", "antialias": True}]


def make(args):
    import torch
    import torchvision
    from PIL import Image

    sys.path.insert(0, str(ROOT / "scripts"))
    from importing import networks, results

    images = sorted(pathlib.Path(args.images).glob("*.jpg"))[:24]
    for name in args.networks:
        torch.manual_seed(1)
        network = torchvision.models.get_model(name, weights=None, num_classes=4).eval()
        traced = networks.scripted(network, "classification", (224, 224), 3)
        package = pathlib.Path(args.folder) / name
        (package / "golden").mkdir(parents=True)
        weights = networks.bytes_of(traced)
        (package / "model.pt").write_bytes(weights)
        with Image.open(images[0]) as picture:
            picture.crop((0, 0, 256, 256)).save(package / "golden/0.png")
        import hashlib

        manifest = {
            "schema": "zeromiss-model/1", "name": name, "version": "1", "license": "BSD-3-Clause", "task": "classification",
            "weights": {"file": "model.pt", "format": "torchscript", "sha256": hashlib.sha256(weights).hexdigest()},
            "input": {**IMAGENET, "steps": STEPS}, "output": {"kind": "logits"},
            "classes": [{"name": "good", "defect": False}] + [{"name": c, "defect": True} for c in "abc"],
            "decision": {"review_at": 0.5, "reject_at": 0.5, "origin": {}}, "golden": []}
        scores = sorted(results.run(traced, image, manifest).score for image in images)
        # Between two scores, so that both verdicts appear.
        middle = (scores[len(scores) // 2 - 1] + scores[len(scores) // 2]) / 2
        manifest["decision"].update(review_at=middle, reject_at=middle)
        golden = results.run(traced, package / "golden/0.png", manifest)
        manifest["golden"].append({"image": "golden/0.png", "score": golden.score, "label": golden.label, "tolerance": 0.001})
        (package / "model.json").write_text(json.dumps(manifest, indent=1))
        subprocess.run([sys.executable, ROOT / "scripts/convert_package.py", package, "--to", "openvino", "-o", f"{package}-openvino"], check=True)


def pairs(args):
    for package in sorted(pathlib.Path(args.folder).iterdir()):
        twin = package.with_name(package.name + "-openvino")
        if twin.is_dir():
            yield package.name, {"LibTorch": package, "OpenVINO": twin}


def run_inspect(args, package, images, output):
    command = [args.inspect, "-m", package, "-i", images, "-o", output, "--overwrite", "-q", "--no-html", "-t", str(args.threads)]
    status = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
    if status not in (0, 4):
        sys.exit(f"inspect ended with {status}")
    return json.loads((output / "summary.json").read_text())


def show(name, values, unit):
    print(f"{name:44} {statistics.median(values):9.2f} {unit}  ({min(values):.2f} – {max(values):.2f}, n = {len(values)})", flush=True)


def rates(args, work):
    for name, packages in pairs(args):
        found = {engine: [] for engine in packages}
        for number in range(args.runs):
            for engine in sorted(packages, reverse=number % 2 == 1):
                summary = run_inspect(args, packages[engine], args.images, work / "out")
                model = summary["images"] * args.threads / summary["stages"]["infer"]
                found[engine].append((summary["images_per_s"], model))
        for engine, values in found.items():
            show(f"{name}, {engine}, end to end", [value[0] for value in values], "images/s")
            show(f"{name}, {engine}, in the model", [value[1] for value in values], "images/s")
        for index, what in enumerate(("end to end", "in the model")):
            show(f"{name}, OpenVINO / LibTorch, {what}",
                 [b[index] / a[index] for a, b in zip(found["LibTorch"], found["OpenVINO"])], "times")


def seconds(command, check=True):
    begin = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=check)
    return time.monotonic() - begin


def start(args, work):
    show("inspect --help", [seconds([args.inspect, "--help"]) for _ in range(args.runs)], "s")
    one = work / "one"
    one.mkdir()
    shutil.copy(sorted(pathlib.Path(args.images).glob("*.jpg"))[0], one)
    for name, packages in pairs(args):
        found = {engine: [] for engine in packages}
        for _ in range(args.runs):
            for engine, package in packages.items():
                found[engine].append(seconds([args.inspect, "-m", package, "-i", one, "-o", work / "out", "--overwrite", "-q",
                                              "--no-html", "-t", str(args.threads)]))
        for engine, values in found.items():
            show(f"{name}, {engine}, one image in all", values, "s")


def agree(args, work):
    lot = work / "lot"
    lot.mkdir()
    files = sorted(pathlib.Path(args.images).glob("*.jpg"))
    for number, file in enumerate(files[:200]):
        os.symlink(file.resolve(), lot / f"{number:03}.jpg")
    for name, packages in pairs(args):
        records = {}
        for engine, package in packages.items():
            run_inspect(args, package, lot, work / engine)
            records[engine] = [json.loads(line) for line in (work / engine / "results.jsonl").read_text().splitlines()]
        both = list(zip(records["LibTorch"], records["OpenVINO"]))
        other = sum((a["verdict"], a["label"]) != (b["verdict"], b["label"]) for a, b in both)
        apart = max(abs(a["score"] - b["score"]) for a, b in both)
        counts = {v: sum(a["verdict"] == v for a, _ in both) for v in ("PASS", "REVIEW", "REJECT", "ERROR")}
        print(f"{name}: {len(both)} images {counts}, other verdicts {other}, scores differ by at most {apart:.2g}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["make", "rates", "start", "agree"])
    parser.add_argument("folder")
    parser.add_argument("--images", required=True)
    parser.add_argument("--networks", nargs="+", default=NETWORKS)
    parser.add_argument("--inspect", default=str(ROOT / "build/release/bin/inspect"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=7)
    args = parser.parse_args()
    if args.what == "make":
        return make(args)
    print(f"load before: {os.getloadavg()}")
    with tempfile.TemporaryDirectory(prefix="zeromiss-bench-") as folder:
        {"rates": rates, "start": start, "agree": agree}[args.what](args, pathlib.Path(folder))
    print(f"load after: {os.getloadavg()}")


if __name__ == "__main__":
    main()
