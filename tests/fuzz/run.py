#!/usr/bin/env python3
"""Fuzzes for so many minutes of processor time a target, several targets at once; ends with 1 at the first finding.

    cmake --preset fuzz && cmake --build --preset fuzz
    tests/fuzz/run.py build/fuzz/bin --minutes 10 [--targets fuzz_coco …] [--jobs 2] [--keep FOLDER]

Each target starts from its corpus in tests/data and grows a copy of it (--keep: there, so that the next run goes on). What makes a
target crash, hang, leak or take too much memory is left as FOLDER/TARGET/found-*: put it into the corpus, which CI replays.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = re.compile(r"zeromiss_fuzz\((\w+) CORPUS (\S+)")
SLICE_S = 60  # of wall-clock time: after each the processor time is looked at


def fuzz(target, seeds, options, folder):
    """Runs one target slice by slice. Its line for the report, and whether it found nothing."""
    corpus = folder / target
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in seeds.rglob("*"):
        if seed.is_file():
            shutil.copy(seed, corpus / seed.name)
    used, runs = 0.0, 0
    while used < options.minutes * 60:
        command = [str(options.bin / target), str(corpus), f"-artifact_prefix={corpus}/found-", f"-max_total_time={SLICE_S}",
                   "-timeout=20", "-rss_limit_mb=4096", "-print_final_stats=1", "-verbosity=0"]
        with tempfile.TemporaryFile("w+", errors="replace") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ, TMPDIR=str(folder)))
            _, status, usage = os.wait4(process.pid, 0)
            log.seek(0)
            text = log.read()
        used += usage.ru_utime + usage.ru_stime
        runs += sum(int(number) for number in re.findall(r"number_of_executed_units: (\d+)", text))
        if status != 0:
            return f"{target}: FOUND something after {used / 60:.1f} min of processor\n{text[-3000:]}", False
    return f"{target}: nothing found, {runs} runs, {used / 60:.1f} min of processor", True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--targets", nargs="+")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--keep", type=pathlib.Path, metavar="FOLDER")
    options = parser.parse_args()
    corpora = dict(CORPUS.findall((HERE / "CMakeLists.txt").read_text()))
    folder = options.keep or pathlib.Path(tempfile.mkdtemp(prefix="zeromiss-fuzz-"))
    good = True
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        started = [pool.submit(fuzz, target, HERE.parent / corpora[target], options, folder) for target in options.targets or corpora]
        for done in concurrent.futures.as_completed(started):
            line, clean = done.result()
            print(line, flush=True)
            good = good and clean
    if good and not options.keep:
        shutil.rmtree(folder)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
