#!/usr/bin/env python3
"""What a GPU machine gives: the figures that nothing was measured for yet.

    bench_cuda.py --images FOLDER --package PACKAGE [PACKAGE ...]

For every package (ResNet-18 and ResNet-50 at 256 x 256 are asked for) and precision, interleaved: the rate end to end,
that of the GPU alone, that of the processors alone (reading, decoding and resizing), and end to end ÷ the smaller of
these two; the goal is 0.95. Run first:  build/release/bin/engine_tests "[cuda]"
Ends with 6, saying why, where there is no usable GPU. Only Python's standard library.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PRECISIONS = ("fp32", "bf16", "fp16")


def measure(args, package, precision, out):
    run = subprocess.run([args.benchmark, "-m", package, "-i", args.images, "-o", out, "--overwrite", "-q", "-d", args.device, "-b", args.batch,
                          "--precision", precision, "--seconds", str(args.seconds)], capture_output=True, text=True)
    if run.returncode not in (0, 8):
        print(f"{package} at {precision}: {run.stderr.strip()}", file=sys.stderr)
        if run.returncode == 6:
            sys.exit(6)
        return None
    found = json.loads((pathlib.Path(out) / "benchmark.json").read_text())
    beside = sum(stage["median"] for name, stage in found["stages"].items() if name != "infer")
    processors = found["settings"]["threads"] / beside
    end_to_end, gpu = found["end_to_end_images_per_s"], found["model_only_images_per_s"]
    return {"end to end, images/s": end_to_end, "GPU alone, images/s": gpu, "processors alone, images/s": processors,
            "end to end / min of both": end_to_end / min(gpu, processors), "device": found["environment"]["device_reason"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", required=True)
    parser.add_argument("--package", required=True, nargs="+")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--batch", default="auto")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--benchmark", default=str(ROOT / "build/release/bin/benchmark"))
    args = parser.parse_args()
    found = {(package, precision): [] for package in args.package for precision in PRECISIONS}
    with tempfile.TemporaryDirectory() as work:
        for _ in range(args.runs):
            for (package, precision), values in found.items():
                result = measure(args, package, precision, work)
                if result is not None:
                    values.append(result)
    for (package, precision), values in found.items():
        print(f"{package} at {precision}: " + (values[0]["device"] if values else "not possible"))
        for key in list(values[0])[:-1] if values else []:
            numbers = [value[key] for value in values]
            print(f"  {key:28} {statistics.median(numbers):10.3f}  ({min(numbers):.3f} – {max(numbers):.3f}, n = {len(numbers)})")


if __name__ == "__main__":
    main()
