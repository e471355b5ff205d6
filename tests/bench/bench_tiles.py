#!/usr/bin/env python3
"""Peak memory and time of large pictures in tiles.

    cmake --build --preset release --target inspect make_test_packages
    python3 tests/bench/bench_tiles.py --bin build/release/bin [--side 8192] [--images 3]

Pictures of side x side (RGB, PPM, with a bright line over many tiles) go through tiles of 512 with overlap
64, as classification and as segmentation, with one worker and two. The peak must not grow with the number
of pictures, and a line must be one defect.
"""
import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

TILE = {"op": "tile", "width": 512, "height": 512, "overlap": 64}


def write_picture(file, side, number):
    dark, bright = bytes([10, 10, 10]) * side, bytearray([10, 10, 10]) * side
    bright[300:3 * side - 300] = bytes([250]) * (3 * side - 600)
    with open(file, "wb") as out:
        out.write(f"P6\n{side} {side}\n255\n".encode())
        for y in range(side):
            out.write(bright if y // 4 == side // 8 + number else dark)


def package(packages, name, folder):
    source = packages / name
    manifest = json.loads((source / "model.json").read_text())
    manifest["input"]["steps"] = [TILE]
    manifest["decision"]["review_at"] = 0.0
    del manifest["golden"][1:]
    manifest["golden"][0].pop("defects", None)
    folder.mkdir()
    weights = (source / manifest["weights"]["file"]).read_bytes()
    (folder / "model.pt").write_bytes(weights)
    (folder / "golden").mkdir()
    golden = folder / manifest["golden"][0]["image"]
    golden.write_bytes(b"P5\n512 512\n255\n" + b"\xff" * (512 * 512))
    assert manifest["weights"]["sha256"] == hashlib.sha256(weights).hexdigest()
    (folder / "model.json").write_text(json.dumps(manifest))
    return folder


def measure(command):
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss / 1024, time.monotonic() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--side", type=int, default=8192)
    parser.add_argument("--images", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        subprocess.run([args.bin.resolve() / "make_test_packages", work / "packages"], check=True)
        for count in {1, args.images}:
            (work / f"lot{count}").mkdir()
            for i in range(count):
                write_picture(work / f"lot{count}" / f"{i}.ppm", args.side, i)
        print(f"one picture: {args.side}x{args.side}, {3 * args.side ** 2 / 2 ** 20:.0f} MiB decoded")
        for model in ("mean", "class-map"):
            folder = package(work / "packages", model, work / model)
            for threads, count in ((1, 1), (1, args.images), (2, args.images)):
                out = work / f"out-{model}-{threads}-{count}"
                peak, seconds = measure([args.bin / "inspect", "-m", folder, "-i", work / f"lot{count}", "-o", out,
                                         "-t", str(threads), "--no-html", "-q", "--max-pixels", str(args.side ** 2)])
                defects = [len(json.loads(line).get("defects", [])) for line in open(out / "results.jsonl")]
                print(f"{model:10} threads {threads}  pictures {count}  peak {peak:6.0f} MiB  {seconds:6.1f} s"
                      f"  defects {defects}")


main()
