#!/usr/bin/env python3
"""Measures `inspect` as a whole program, against the programs of ../shared/peers and against itself.

    bench_inspect.py peers    --images JPEGS --package PACKAGE --model model.pt --python PYTHON --naive NAIVE
    bench_inspect.py maps     --images FOLDER --package PACKAGE        images/s on FOLDER, hard-linked to 2,000 files
    bench_inspect.py memory   --images FOLDER --package PACKAGE        peak memory at 1,000 and 20,000 images
    bench_inspect.py faults   --images FOLDER --package PACKAGE        page faults an image, rate and memory; --preload: other allocators, too
    bench_inspect.py merge                                             1,000,000 records in 8 shards, made here
    bench_inspect.py isolate  --images FOLDER --package PACKAGE        what --isolate costs, on FOLDER hard-linked to 2,000 files
    bench_inspect.py start    --images FOLDER --package PACKAGE        seconds from process start to the first record, and --help

Runs are interleaved (A B C A B C …) and the median is printed with the spread, because machines drift. Rates are
images_per_s of summary.json: from the first slice to the last record, as the peers count. Needs only
Python's standard library; `peers` needs a Python with torch, torchvision and Pillow, and naive.cpp built
by the line at its head. Make the images with ../shared/peers/make_images.py.
"""
import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PEERS = ROOT.parent / "shared/peers"


def inspect_command(args, images, output, *more):
    return [args.inspect, "-m", args.package, "-i", str(images), "-o", str(output), "--overwrite", "-q", *more]


def run_inspect(args, images, output, *more, env=None):
    """Returns summary.json and the process's own resource usage."""
    process = subprocess.Popen(inspect_command(args, images, output, *more), stdout=subprocess.DEVNULL, env=env)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"inspect ended with {os.waitstatus_to_exitcode(status)}")
    return json.loads((output / "summary.json").read_text()), usage


def peer_rate(command):
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(re.search(r"images_per_s ([0-9.]+)", text)[1])


def show(name, values, unit):
    print(f"{name:34} {statistics.median(values):9.2f} {unit}  ({min(values):.2f} – {max(values):.2f}, n = {len(values)})")
    return statistics.median(values)


def peers(args, work):
    loader = [args.python, str(PEERS / "python_loader.py"), args.model, args.images, "--csv", str(work / "a.csv")]
    runs = {f"python_loader {w} workers x {t}": (lambda w=w, t=t: peer_rate([*loader, "--workers", str(w), "--threads", str(t)]))
            for w, t in ((1, 1), (1, 2), (2, 1), (2, 2))}
    runs["naive C++"] = lambda: peer_rate([args.naive, args.model, args.images, str(work / "b.csv")])
    runs["inspect"] = lambda: run_inspect(args, args.images, work / "out")[0]["images_per_s"]
    found = {name: [] for name in runs}
    for _ in range(args.runs):
        for name, run in runs.items():
            found[name].append(run())
    medians = {name: show(name, values, "images/s") for name, values in found.items()}
    best = max(value for name, value in medians.items() if name.startswith("python_loader"))
    print(f"inspect / best python_loader       {medians['inspect'] / best:.2f}")
    print(f"inspect / naive C++                {medians['inspect'] / medians['naive C++']:.2f}")


def linked(images, count, folder):
    """`count` hard links to the files of `images`, in turn."""
    files = sorted(path for path in pathlib.Path(images).rglob("*") if path.suffix in (".png", ".jpg", ".bmp"))
    folder.mkdir()
    for index in range(count):
        source = files[index % len(files)]
        try:
            os.link(source, folder / f"{index:07}{source.suffix}")
        except OSError:  # another file system
            shutil.copy(source, folder / f"{index:07}{source.suffix}")
    return folder


def maps(args, work):
    images = linked(args.images, 2000, work / "maps")
    show("inspect, 2,000 files", [run_inspect(args, images, work / "out")[0]["images_per_s"] for _ in range(args.runs)], "images/s")


def isolate(args, work):
    images = linked(args.images, 2000, work / "maps")
    found = {"plain": [], "isolated": []}
    for number in range(args.runs):  # each goes first as often as the other
        for name in sorted(found, reverse=number % 2 == 0):
            more = ["--isolate"] if name == "isolated" else []
            summary, usage = run_inspect(args, images, work / name, "--no-html", *more)
            infer = summary["stages"]["infer"]
            found[name].append((summary["images_per_s"], summary["seconds"], infer, usage.ru_utime + usage.ru_stime))
    for index, unit in enumerate(("images/s", "s in all", "s in infer, all workers", "s of processor, children too")):
        for name, values in found.items():
            show(f"{name}", [value[index] for value in values], unit)
        ratios = [isolated[index] / plain[index] for plain, isolated in zip(found["plain"], found["isolated"])]
        show("isolated / plain, pair by pair", ratios, unit)
    if (work / "plain/results.jsonl").read_bytes() != (work / "isolated/results.jsonl").read_bytes():
        sys.exit("the records differ")


def memory(args, work):
    peak = {}
    for count in (1000, 20000):
        images = linked(args.images, count, work / f"n{count}")
        peak[count] = show(f"peak memory, {count} images",
                           [run_inspect(args, images, work / "out")[1].ru_maxrss / 1024 for _ in range(args.runs)], "MiB")
    print(f"20,000 / 1,000                     {peak[20000] / peak[1000]:.3f}")


def faults(args, work):
    few, many = linked(args.images, 64, work / "few"), linked(args.images, 64 + 256, work / "many")
    found = {name: [] for name in ("as built", *args.preload)}
    for _ in range(args.runs):
        for name, values in found.items():
            env = dict(os.environ, **({} if name == "as built" else {"LD_PRELOAD": name}))
            small = run_inspect(args, few, work / "out", "--no-html", env=env)[1].ru_minflt  # leaves the start out
            summary, usage = run_inspect(args, many, work / "out", "--no-html", env=env)
            values.append(((usage.ru_minflt - small) / 256, summary["images_per_s"], usage.ru_maxrss / 1024))
    for index, unit in enumerate(("page faults an image", "images/s", "MiB at most")):
        for name, values in found.items():
            show(pathlib.Path(name).name, [value[index] for value in values], unit)


def start(args, work):
    programs = {"": args.inspect} if not args.against else {" (--inspect)": args.inspect, " (--against)": args.against}
    helps, firsts = {name: [] for name in programs}, {name: [] for name in programs}
    for _ in range(args.runs):
        for name, args.inspect in programs.items():
            begin = time.monotonic()
            subprocess.run([args.inspect, "--help"], check=True, stdout=subprocess.DEVNULL)
            helps[name].append(time.monotonic() - begin)
            shutil.rmtree(work / "out", ignore_errors=True)
            begin = time.monotonic()
            process = subprocess.Popen(inspect_command(args, args.images, work / "out"), stdout=subprocess.DEVNULL)
            results = work / "out/results.jsonl"
            while not results.exists() or results.stat().st_size == 0:
                time.sleep(0.001)
            firsts[name].append(time.monotonic() - begin)
            process.wait()
    for name in programs:
        show(f"inspect --help{name}", helps[name], "s")
        show(f"start to first record{name}", firsts[name], "s")


def merge(args, work):
    """Records of pictures that never were: only their form counts."""
    count, shards = 1_000_000, 8
    names, starts = hashlib.sha256(), [count // 8 * k // shards * 8 for k in range(shards + 1)]
    for index in range(shards):
        folder = work / f"shard-{index}"
        folder.mkdir()
        lines = []
        for number in range(starts[index], starts[index + 1]):
            name = f"lot{number // 1000:04}/{number:07}.png"
            names.update(name.encode() + b"\0")
            lines.append(f'{{"image":"{name}","bytes":1234,"sha256":"{number:064x}","width":64,"height":64,"verdict":"REJECT",'
                         '"score":0.9375,"label":"b","probabilities":[0.0625,0.9375]}\n')
        text = "".join(lines).encode()
        (folder / "results.jsonl").write_bytes(text)
        (folder / "summary.json").write_text(json.dumps({"images": len(lines), "results_sha256": hashlib.sha256(text).hexdigest()}))
    run = {"schema": "zeromiss-run/1", "tool": {}, "libraries": {}, "device": {"type": "cpu", "name": "", "reason": ""},
           "settings": {"batch": 8, "list_sha256": names.hexdigest()}, "limits": {"review_at": 0.2, "reject_at": 0.8},
           "model": {"name": "m", "version": "1", "task": "classification", "classes": [{"name": "a", "defect": False}, {"name": "b", "defect": True}]},
           "position_exact": True}
    for index in range(shards):
        shard = {"index": index, "count": shards, "images_listed": count}
        (work / f"shard-{index}/run.json").write_text(json.dumps(run | {"shard": shard}))
    command = [args.inspect, "merge", "-q", "-o", str(work / "out"), *(str(work / f"shard-{k}") for k in range(shards))]
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"inspect merge ended with {os.waitstatus_to_exitcode(status)}")
    print(f"{count} records in {shards} shards: {time.monotonic() - start:.1f} s, {usage.ru_maxrss / 1024:.0f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["peers", "maps", "isolate", "memory", "faults", "merge", "start"])
    parser.add_argument("--images", help="all but merge")
    parser.add_argument("--package", help="all but merge")
    parser.add_argument("--inspect", default=str(ROOT / "build/release/bin/inspect"))
    parser.add_argument("--against", help="start: another inspect to compare with, as the one of an archive")
    parser.add_argument("--model", help="peers: the TorchScript file of the package")
    parser.add_argument("--python", default="python3", help="peers: a Python with torch, torchvision and Pillow")
    parser.add_argument("--naive", default="./naive", help="peers: naive.cpp, built")
    parser.add_argument("--preload", nargs="*", default=(), help="faults: libraries of other allocators")
    parser.add_argument("--runs", type=int, default=7)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zeromiss-bench-", dir=os.environ.get("BENCH_DIR")) as work:
        globals()[args.what](args, pathlib.Path(work))


if __name__ == "__main__":
    main()
