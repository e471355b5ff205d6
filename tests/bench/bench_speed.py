#!/usr/bin/env python3
"""The ratios that `inspect` is held to, each measured in one run, interleaved, as median and spread.

    bench_speed.py peers      --folder F --python PYTHON --naive NAIVE   F as below: every network on JPEG and PNG against ../shared/peers
    bench_speed.py bound      --folder F     `benchmark`'s efficiency, end to end / bound, and its model loop / a bare one
    bench_speed.py neighbours --folder F     with a busy loop on each core / alone, `inspect`, ResNet-18 on JPEG
    bench_speed.py report     --folder F     with report.html / --no-html
    bench_speed.py hash       --folder F     with SHA-256 of the images / with a SHA-256 that does nothing
    bench_speed.py listing                   1,000,000 empty files, --dry-run: seconds and peak memory
    bench_speed.py many       --maps FOLDER --package PACKAGE   memory at 100,000 / 1,000 images; resume of the finished run

F holds the networks of make_peer_packages.py and the images of ../shared/peers/make_images.py in F/jpg, F/png and F/bmp.
Times of other programs on the machine count: run it when nothing else does; the load before each part is printed.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from bench_inspect import PEERS, ROOT, linked, peer_rate, run_inspect, show

NETWORKS = ("resnet18", "mobilenet_v3_large", "efficientnet_b0")
TUNED = {"MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "2147483647", "MALLOC_ARENA_MAX": "1"}


def interleaved(runs, count):
    """Each of `runs` {name: function} `count` times, in turns; every second turn backwards. Lists of figures by name."""
    print(f"load before: {os.getloadavg()[0]:.2f}")
    found = {name: [] for name in runs}
    for number in range(count):
        for name in list(runs)[:: -1 if number % 2 else 1]:
            found[name].append(runs[name]())
    return found


def paired(name, above, below):
    return show(name, [a / b for a, b in zip(above, below)], "(pair by pair)")


def inspect_rate(args, network, images, output, *more, env=None):
    args.package = str(args.folder / network)
    return run_inspect(args, images, output, "--no-masks", *more, env=env)[0]["images_per_s"]


def loader_rate(args, network, images, work, layout, env=None):
    command = [args.python, str(PEERS / "python_loader.py"), str(args.folder / f"{network}.pt"), str(images), "--csv", str(work / "a.csv"),
               "--workers", str(layout[0]), "--threads", str(layout[1])]
    text = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ, **(env or {}))).stdout
    return float(text.split("images_per_s ")[1].split()[0])


def peers(args, work):
    """The DataLoader program in its best two layouts, chosen by one run of all four."""
    for kind in args.formats:
        images = args.folder / kind
        for network in args.networks:
            print(f"\n{network} on {kind}")
            layouts = {layout: loader_rate(args, network, images, work, layout) for layout in ((1, 1), (1, 2), (2, 1), (2, 2))}
            best = sorted(layouts, key=layouts.get)[-2:]
            runs = {f"python_loader {w} x {t}": (lambda w=w, t=t: loader_rate(args, network, images, work, (w, t))) for w, t in best}
            if network == "efficientnet_b0":
                runs["python_loader 2 x 1, MALLOC_*"] = lambda: loader_rate(args, network, images, work, (2, 1), TUNED)
            runs["naive C++"] = lambda: peer_rate([args.naive, str(args.folder / f"{network}.pt"), str(images), str(work / "b.csv")])
            runs["inspect"] = lambda: inspect_rate(args, network, images, work / "out")
            medians = {name: show(name, values, "images/s") for name, values in interleaved(runs, args.runs).items()}
            plain = max(value for name, value in medians.items() if name.startswith("python_loader") and "MALLOC" not in name)
            print(f"inspect / best python_loader       {medians['inspect'] / plain:.2f}")
            for name, value in medians.items():
                if "MALLOC" in name or name == "naive C++":
                    print(f"inspect / {name:24} {medians['inspect'] / value:.2f}")


def bare_rate(args, network, settings):
    return peer_rate([args.inspect.replace("inspect", "bench_bare_loop"), str(args.folder / f"{network}.pt"), str(settings["batch"]),
                      str(settings["threads"]), "3"])


def bound(args, work):
    print(f"load before: {os.getloadavg()[0]:.2f}")
    for network in args.networks:
        for kind in args.formats:
            found = {"efficiency": [], "model loop / bare loop": [], "scaling": [], "end_to_end_images_per_s": []}
            for _ in range(args.runs):
                output = work / "bench"
                command = [args.inspect.replace("inspect", "benchmark"), "-m", str(args.folder / network), "-i", str(args.folder / kind),
                           "-o", str(output), "--overwrite", "-q", "--seconds", str(args.seconds)]
                subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
                result = json.loads((output / "benchmark.json").read_text())
                if not result["valid"]:
                    print(f"  not valid, left out: {result['reasons']}")
                    continue
                result["model loop / bare loop"] = result["model_only_images_per_s"] / bare_rate(args, network, result["settings"])
                for key, values in found.items():
                    values.append(result[key])
            for key, values in found.items():
                if values:
                    show(f"{network} {kind} {key}", values, "")


def neighbours(args, work):
    def busy():
        loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in os.sched_getaffinity(0)]
        try:
            return inspect_rate(args, "resnet18", args.folder / "jpg", work / "busy")
        finally:
            for loop in loops:
                loop.kill()
                loop.wait()

    found = interleaved({"alone": lambda: inspect_rate(args, "resnet18", args.folder / "jpg", work / "alone"), "busy": busy}, args.runs)
    for name, values in found.items():
        show(name, values, "images/s")
    paired("busy / alone", found["busy"], found["alone"])


def wall(args, network, images, output, *more, env=None):
    """Images a second over the whole process: what is derived after the last record counts too."""
    args.package = str(args.folder / network)
    begin = time.monotonic()
    summary, _ = run_inspect(args, images, output, *more, env=env)
    return summary["images"] / (time.monotonic() - begin)


def report(args, work):
    images = linked(args.folder / "jpg", 1024, work / "many")
    found = interleaved({"report": lambda: wall(args, "resnet18", images, work / "a"),
                         "none": lambda: wall(args, "resnet18", images, work / "b", "--no-html")}, args.runs)
    for name, values in found.items():
        show(name, values, "images/s, whole process")
    paired("with report / without", found["report"], found["none"])


STUB = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
int SHA256_Update(void *context, const void *data, size_t size) {  /* weights and manifests are hashed as ever */
  static int (*real)(void *, const void *, size_t);
  if (!real) real = (int (*)(void *, const void *, size_t))dlsym(RTLD_NEXT, "SHA256_Update");
  return size > 100000 && size < 1000000 ? 1 : real(context, data, size);
}
"""


def hashing(args, work):
    stub = work / "hash.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-x", "c", "-", "-o", str(stub), "-ldl"], check=True, input=STUB.encode())
    env = dict(os.environ, LD_PRELOAD=str(stub))
    images = linked(args.folder / "jpg", 1024, work / "many")


    def run(network, output, env=None):
        args.package = str(args.folder / network)
        summary, usage = run_inspect(args, images, output, "--no-masks", "--no-html", env=env)
        return summary["images_per_s"], usage.ru_utime + usage.ru_stime

    for network in args.networks:
        found = interleaved({"hash": lambda: run(network, work / "a"), "none": lambda: run(network, work / "b", env)}, args.runs)
        first = [json.loads((work / name / "results.jsonl").read_text().split("\n")[0])["sha256"] for name in "ab"]
        if first[0] == first[1]:
            sys.exit("the hash that does nothing was not used")
        for index, unit in enumerate(("images/s", "s of processor")):
            for name, values in found.items():
                show(f"{network} {name}", [value[index] for value in values], unit)
            paired(f"with hash / without, {unit}", *([value[index] for value in found[name]] for name in ("hash", "none")))


def listing(args, work):
    folder = work / "million"
    for lot in range(1000):
        (folder / f"lot{lot:04}").mkdir(parents=True)
        for number in range(1000):
            os.close(os.open(folder / f"lot{lot:04}/{number:07}.png", os.O_CREAT | os.O_WRONLY, 0o644))
    command = [args.inspect, "-m", str(ROOT / "data/models/wafer-map-cnn"), "-i", str(folder), "-o", str(work / "none"), "--dry-run", "-q"]
    small = work / "one"
    small.mkdir()
    (small / "a.png").touch()
    for name, where in (("1 file", small), ("1,000,000 files", folder)):
        seconds, peak = [], []
        for _ in range(args.runs):
            begin = time.monotonic()
            process = subprocess.Popen([*command[:4], str(where), *command[5:]], stdout=subprocess.DEVNULL)
            usage = os.wait4(process.pid, 0)[2]
            seconds.append(time.monotonic() - begin)
            peak.append(usage.ru_maxrss / 1024)
        show(f"--dry-run, {name}", seconds, "s")
        show(f"--dry-run, {name}", peak, "MiB")


def many(args, work):
    peak = {}
    for count in (1000, 100_000):
        images = linked(args.maps, count, work / f"n{count}")
        summary, usage = run_inspect(args, images, work / f"out{count}")
        peak[count] = usage.ru_maxrss / 1024
        print(f"{count} images: {peak[count]:.1f} MiB, {summary['images_per_s']:.0f} images/s")
    print(f"100,000 / 1,000: {peak[100_000] / peak[1000]:.3f}")
    seconds = []
    for _ in range(args.runs):
        begin = time.monotonic()
        subprocess.run([args.inspect, "-m", args.package, "-i", str(work / "n100000"), "-o", str(work / "out100000"), "--resume", "-q"],
                       check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.monotonic() - begin)
    show("resume of the finished run", seconds, "s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = {"peers": peers, "bound": bound, "neighbours": neighbours, "report": report, "hash": hashing, "listing": listing, "many": many}
    parser.add_argument("what", choices=parts)
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--networks", nargs="+", default=NETWORKS)
    parser.add_argument("--formats", nargs="+", default=("jpg", "png"), help="bmp, too, for bound")
    parser.add_argument("--inspect", default=str(ROOT / "build/release/bin/inspect"))
    parser.add_argument("--python", default="python3", help="peers: a Python with torch, torchvision and Pillow")
    parser.add_argument("--naive", default="./naive", help="peers: naive.cpp, built")
    parser.add_argument("--maps", help="many: a folder of small images")
    parser.add_argument("--package", help="many: its package")
    parser.add_argument("--seconds", type=float, default=5, help="bound: of each end-to-end measurement")
    parser.add_argument("--runs", type=int, default=7)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zeromiss-bench-", dir=os.environ.get("BENCH_DIR")) as work:
        parts[args.what](args, pathlib.Path(work))


if __name__ == "__main__":
    main()
