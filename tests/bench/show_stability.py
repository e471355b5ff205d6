#!/usr/bin/env python3
"""What --prove-stable finds and costs: show_stability.py --bin DIR --model PACKAGE --images FOLDER [--bands 2 3 5]

Judges every image again (a band of 1e9), so that all flips are known; says from these records how many a narrower
band would have found and how many images it would have had to judge again; then runs a few bands, by turns with a run
without the proof, and prints what they really cost. For models whose scores are probabilities.
"""

import argparse
import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time


def inspect(args, out, *more):
    command = [str(args.bin / "inspect"), "-m", str(args.model), "-i", str(args.images), "-o", str(out), "--overwrite", "-q", "--no-html", *more]
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL)
    if done.returncode not in (0, 4):
        sys.exit(f"{' '.join(command)} ended with {done.returncode}")
    seconds = time.monotonic() - start
    return seconds, [json.loads(line) for line in (out / "results.jsonl").open()], json.loads((out / "summary.json").read_text())


def logit(p):
    p = min(max(p, 1e-6), 1 - 1e-6)
    return math.log(p / (1 - p))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build/release/bin"))
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--images", type=pathlib.Path, required=True)
    parser.add_argument("--bands", type=float, nargs="+", default=[2.0, 3.0, 5.0])
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        out = pathlib.Path(name) / "out"
        _, records, summary = inspect(args, out, "--prove-stable", "--stability-band", "1e9")
        limits = json.loads((out / "run.json").read_text())["limits"]
        judged = [r for r in records if r["verdict"] != "ERROR"]
        distance = {r["image"]: min(abs(logit(r["score"]) - logit(limits[k])) for k in ("review_at", "reject_at")) for r in judged}
        flips = [r for r in judged if r.get("stability", {}).get("flips")]
        print(f"{len(judged)} images judged, limits {limits['review_at']:.4g} and {limits['reject_at']:.4g}; all judged again: {len(flips)} are not stable")
        own = {}
        for r in flips:
            own[r["stability"]["verdict"]] = own.get(r["stability"]["verdict"], 0) + 1
        print(f"  by their own verdict {own}, by cause {summary['stability']['flips']}")
        for band in (1.1, 1.5, 2, 3, 5, 10, 20):
            near = [r for r in judged if distance[r["image"]] <= math.log(band)]
            found = [r for r in flips if distance[r["image"]] <= math.log(band)]
            share = f"{100 * len(found) / len(flips):.1f} %" if flips else "-"
            print(f"  band {band:4g}: {len(near):6} images near ({100 * len(near) / len(judged):5.2f} %), {len(found):5} of the flips ({share})")
        seconds = {band: [] for band in [None, *args.bands]}
        found = {}
        for _ in range(args.rounds):
            for band, list_of in seconds.items():
                more = [] if band is None else ["--prove-stable", "--stability-band", str(band)]
                time_taken, _, one = inspect(args, out, *more)
                list_of.append(time_taken)
                found[band] = one.get("stability")
        plain = statistics.median(seconds[None])
        print(f"without the proof {plain:.2f} s (median of {args.rounds}, by turns)")
        for band in args.bands:
            taken = statistics.median(seconds[band])
            print(f"  band {band:4g}: {taken:.2f} s ({100 * (taken / plain - 1):+.1f} %), {found[band]['near_limit']} judged again, {found[band]['unstable']} not stable")


main()
