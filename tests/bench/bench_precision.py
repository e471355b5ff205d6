#!/usr/bin/env python3
"""What bf16 gives, and whether --batch auto finds the fastest batch.

    bench_precision.py bf16 --images FOLDER --package PACKAGE    benchmark at fp32 and bf16: the model alone and end to end,
                                                                 and the computed what-if against the measured rate
    bench_precision.py auto --images FOLDER --package PACKAGE    the batch that --batch auto takes against every swept one

Runs are interleaved (A B A B …), the median is printed with the spread, and at the end the load of the machine. Only
Python's standard library. `auto` wants some hundred images: FOLDER's files are hard-linked to --count names.
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

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BATCHES = (1, 2, 4, 8, 16)


def show(name, values, unit=""):
    print(f"{name:38} {statistics.median(values):9.3f} {unit}  ({min(values):.3f} – {max(values):.3f}, n = {len(values)})")
    return statistics.median(values)


def benchmark(args, work, *options):
    """benchmark.json; a measurement that is not VALID (exit 8) still compares with its neighbours of the same minute."""
    out = work / "speed"
    code = subprocess.run([args.benchmark, "-m", args.package, "-i", args.images, "-o", str(out), "--overwrite", "-q", "-d", "cpu",
                           "-t", str(args.threads), "--seconds", str(args.seconds), *options], stdout=subprocess.DEVNULL).returncode
    if code not in (0, 8):
        sys.exit(f"benchmark ended with {code}")
    return json.loads((out / "benchmark.json").read_text())


def bf16(args, work):
    found = {name: {"model alone": [], "end to end": []} for name in ("fp32", "bf16")}
    predicted, valid = [], 0
    for _ in range(args.runs):
        rates = {}
        for precision in found:
            result = benchmark(args, work, "--precision", precision)
            valid += result["valid"]
            rates[precision] = result
            found[precision]["model alone"].append(result["model_only_images_per_s"])
            found[precision]["end to end"].append(result["end_to_end_images_per_s"])
        computed = rates["fp32"]["what_if"]["bf16"]["images_per_s"]
        if computed is not None:
            predicted.append(computed / rates["bf16"]["end_to_end_images_per_s"])
    for what in ("model alone", "end to end"):
        medians = {name: show(f"{what}, {name}", found[name][what], "images/s") for name in found}
        pairs = [b / f for f, b in zip(found["fp32"][what], found["bf16"][what])]
        show(f"{what}, bf16 / fp32, pair by pair", pairs)
        print(f"{what}, bf16 / fp32, of the medians   {medians['bf16'] / medians['fp32']:.3f}")
    if predicted:
        show("what-if bf16, computed / measured", predicted)
    print(f"{valid} of {2 * args.runs} measurements were VALID")


def inspect(args, work, images, batch):
    out = work / "out"
    subprocess.run([args.inspect, "-m", args.package, "-i", str(images), "-o", str(out), "--overwrite", "-q", "--no-html", "-d", "cpu",
                    "-t", str(args.threads), "-b", str(batch)], check=True, stdout=subprocess.DEVNULL)
    return json.loads((out / "run.json").read_text())["settings"]["batch"], json.loads((out / "summary.json").read_text())["images_per_s"]


def auto(args, work):
    files = sorted(path for path in pathlib.Path(args.images).rglob("*") if path.suffix in (".png", ".jpg", ".bmp"))
    (work / "lot").mkdir()
    for index in range(args.count):
        source = files[index % len(files)]
        try:
            os.link(source, work / "lot" / f"{index:05}{source.suffix}")
        except OSError:
            shutil.copy(source, work / "lot" / f"{index:05}{source.suffix}")
    rates, taken = {batch: [] for batch in BATCHES}, []
    for _ in range(args.runs):
        for batch in BATCHES:
            rates[batch].append(inspect(args, work, work / "lot", batch)[1])
        taken.append(inspect(args, work, work / "lot", "auto")[0])
    medians = {batch: show(f"--batch {batch}", values, "images/s") for batch, values in rates.items()}
    best = max(medians.values())
    print(f"--batch auto took {taken}")
    for batch in sorted(set(taken)):
        print(f"rate of batch {batch} / best                {medians[batch] / best:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["bf16", "auto"])
    parser.add_argument("--images", required=True)
    parser.add_argument("--package", required=True)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3, help="of each benchmark's end-to-end measurement")
    parser.add_argument("--count", type=int, default=400, help="images of one run of auto")
    parser.add_argument("--inspect", default=str(ROOT / "build/release/bin/inspect"))
    parser.add_argument("--benchmark", default=str(ROOT / "build/release/bin/benchmark"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        {"bf16": bf16, "auto": auto}[args.what](args, pathlib.Path(work))
    print(f"load of the last minute, of {os.cpu_count()} processors: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
