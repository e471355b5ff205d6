#!/usr/bin/env python3
"""A million images through the real pipeline: memory, file descriptors and threads must stay what they are.

    soak.py --inspect FILE --package DIR [--images 1000000] [--work DIR] [--resume-images 100000] [--threads N]

1,000 small pictures are made and linked until there are enough names (folders of 10,000). Measured: listing alone
(--dry-run), the run with its report, every half second what /proc says of the process, then that every file has
exactly one record, and a --resume of a finished run. Ends with 1 when
    memory differs by more than 5 % after the first tenth of the images, or file descriptors or threads change,
    a file has no record or two, listing takes more than 5 s or 150 MB a million, or the resume more than 5 s.
Listing and resume work on one thread and on cached folders: held to the limit is their processor time, the time on
the clock is printed beside it, and the last line says how busy the machine was.
"""
import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

from faultlab import gray_pgm

FOLDER, PICTURES = 10_000, 1_000


def make_lot(lot, images):
    seeds = lot.parent / "pictures"
    seeds.mkdir()
    for i in range(PICTURES):  # good ones, defective ones, and a few that are none
        content = b"no picture" if i % 100 == 99 else gray_pgm(i % 256)
        (seeds / f"{i}.pgm").write_bytes(content)
    lot.mkdir()
    for first in range(0, images, FOLDER):
        folder = lot / f"lot{first // FOLDER:04}"
        folder.mkdir()
        for i in range(first, min(first + FOLDER, images)):
            os.link(seeds / f"{i % PICTURES}.pgm", folder / f"wafer{i:08}.pgm")


def timed(command):
    """@return exit code, processor seconds, seconds on the clock, peak MiB"""
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024


def look(pid):
    """RSS in MiB, threads, file descriptors"""
    facts = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return (int(facts["VmRSS"].split()[0]) / 1024, int(facts["Threads"]), len(os.listdir(f"/proc/{pid}/fd")))


def watch(command, results, images):
    """Runs it; @return exit code, seconds, and (records, RSS, threads, descriptors) while it worked through the images"""
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    samples, line_bytes = [], None
    while child.poll() is None:
        time.sleep(0.5)
        try:
            sample, size = look(child.pid), results.stat().st_size
        except (FileNotFoundError, ProcessLookupError, KeyError):
            continue
        if line_bytes is None and size > 200_000:
            with results.open("rb") as file:
                line_bytes = 200_000 / file.read(200_000).count(b"\n")
        if line_bytes:
            samples.append((min(size / line_bytes, images), *sample))
    return child.returncode, time.monotonic() - start, samples


def every_file_once(results, lot, images):
    names = set()
    with results.open() as lines:
        for line in lines:
            names.add(json.loads(line)["image"])
    expected = sum(1 for folder in lot.iterdir() for _ in folder.iterdir())
    with results.open("rb") as file:
        count = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    missing = sum(f"lot{i // FOLDER:04}/wafer{i:08}.pgm" not in names for i in range(images))
    return count == len(names) == expected == images and missing == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inspect", required=True, help="the program")
    parser.add_argument("--package", required=True, help="a package with a tiny model for small pictures")
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--resume-images", type=int, default=100_000)
    parser.add_argument("--threads", default="auto")
    parser.add_argument("--work", help="where the files go (default: a temporary folder)")
    args = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="zeromiss-soak-", dir=args.work))
    broken = []

    def hold(good, what):
        print(f"{'good  ' if good else 'BROKEN'} {what}", flush=True)
        if not good:
            broken.append(what)

    try:
        start = time.monotonic()
        make_lot(work / "lot", args.images)
        print(f"{args.images} names made in {time.monotonic() - start:.0f} s", flush=True)
        base = [args.inspect, "-m", args.package, "-i", work / "lot", "-q", "-t", args.threads]

        code, seconds, clock, peak = timed([*base, "-o", work / "none", "--dry-run"])
        _, start_seconds, start_clock, start_peak = timed([args.inspect, "--version"])
        share = args.images / 1_000_000
        hold(code == 0 and seconds <= max(5 * share, 1) and peak - start_peak <= 150 * share + 5,
             f"listing {args.images} files: {seconds:.1f} s of processor, {clock:.1f} s on the clock, peak {peak:.0f} MiB "
             f"(--version alone: {start_seconds:.2f} s, {start_clock:.1f} s, {start_peak:.0f} MiB)")

        output = work / "out"
        code, seconds, samples = watch([*base, "-o", output], output / "results.jsonl", args.images)
        summary = json.loads((output / "summary.json").read_text())
        hold(code == 4 and summary["images"] == args.images, f"{args.images} images: exit code {code}, {seconds:.0f} s in all, "
             f"{summary['images_per_s']:.0f} images/s, verdicts {summary['verdicts']}")
        steady = [sample for sample in samples if 0.1 * args.images <= sample[0] < 0.999 * args.images]
        for i, what, allowed in ((1, "memory in MiB", 1.05), (2, "threads", 1), (3, "file descriptors", 1)):
            values = [sample[i] for sample in steady]
            # One descriptor a worker is open while an image is read.
            slack = summary_threads(output) if i == 3 else 0
            good = len(values) > 10 and max(values) <= min(values) * allowed + slack
            hold(good, f"{what}: {min(values):.1f} to {max(values):.1f} in {len(values)} looks from 10 % of the images on, "
                       f"{values[0]:.1f} first, {values[-1]:.1f} last")
        hold(every_file_once(output / "results.jsonl", work / "lot", args.images), "every file has exactly one record")

        code, seconds, clock, peak = timed([*base, "-o", output, "--resume"])
        print(f"       --resume of the finished {args.images}: exit code {code}, {seconds:.1f} s of processor, {clock:.1f} s on the clock (with reports), "
              f"peak {peak:.0f} MiB", flush=True)
        part = work / "part"
        part.mkdir()
        for folder in sorted((work / "lot").iterdir())[:args.resume_images // FOLDER]:
            folder.rename(part / folder.name)
        some = [args.inspect, "-m", args.package, "-i", part, "-q", "-t", args.threads, "-o", work / "some"]
        timed(some)
        for more, what in (([], "with reports"), (["--no-html"], "with --no-html")):
            code, seconds, clock, peak = timed([*some, "--resume", *more])
            hold(code == 4 and seconds <= 5, f"--resume of a finished run of {args.resume_images}: {seconds:.1f} s of processor, {clock:.1f} s on the "
                 f"clock, {what}, peak {peak:.0f} MiB")
    finally:
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; this script and its children: "
              f"{sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]):.0f} s of processor time")
        shutil.rmtree(work, ignore_errors=True)
    return 1 if broken else 0


def summary_threads(output):
    return json.loads((output / "run.json").read_text())["settings"]["threads"]


if __name__ == "__main__":
    sys.exit(main())
