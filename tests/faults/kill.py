#!/usr/bin/env python3
"""Kills inspect with SIGKILL until it has been killed often enough, and finishes every run with --resume.

    kill.py --tools DIR --preload FILE [--kills 200] [--seed 1] [--no-points]

At random moments: each run is started, killed after a random time, started again with --resume, and so on, until
it ends by itself. At chosen points (--preload): before and after every single write, sync, rename, … of a run.
After every kill: no record is wrong, and summary.json is there only beside a complete run. At the end of every
run: results.jsonl is that of an unbroken run, to the byte.
"""
import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time

from faultlab import DONE, Broken, Lab, add_tool_options, require

POINTS = ["open", "write", "sync", "rename", "close", "truncate", "mkdir", "unlink"]


def start(lab, output, pause):
    command = [lab.tools / "inspect", "-m", lab.package, "-i", lab.lot, "-o", output, "-b", str(lab.batch), "-t", str(lab.threads),
               "-q", "--resume"]
    return subprocess.Popen(command, cwd=lab.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            env=dict(os.environ, FAKE_ENGINE_MS=str(pause)))


def random_kills(lab, wanted, seed):
    chance = random.Random(seed)
    reference = lab.reference()
    output, pause = lab.folder / "out", 4
    started = time.monotonic()
    run = start(lab, output, pause)
    require(run.wait() == DONE, "the undisturbed run failed")
    whole = time.monotonic() - started
    kills = runs = restarts = partial = 0
    while kills < wanted:
        shutil.rmtree(output, ignore_errors=True)
        runs += 1
        while True:
            run = start(lab, output, pause)
            restarts += 1
            try:
                # Mostly early: a run that is nearly done is killed seldom enough anyhow.
                code = run.wait(timeout=chance.uniform(0, whole) * chance.choice((0.3, 0.6, 1.0)))
            except subprocess.TimeoutExpired:
                run.send_signal(signal.SIGKILL)
                code = run.wait()
            message = run.stderr.read().decode()
            run.stderr.close()
            lab.check_inspection(output, None, sabotaged=True)
            if code == -signal.SIGKILL:
                kills += 1
                partial += (output / "results.jsonl").exists() and not (output / "summary.json").exists()
                continue
            require(code == DONE, f"exit code {code}: {message}")
            break
        require((output / "results.jsonl").read_bytes() == reference, "the finished records differ")
        require((output / "summary.json").exists(), "no summary.json")
    print(f"random moments: {kills} kills ({partial} of them amid the records), {restarts} starts, {runs} runs: every one ended with the bytes "
          "of an unbroken run")


def kill_points(lab, stride):
    reference, output, total = lab.reference(), lab.folder / "out", 0
    for call in POINTS:
        for action in ("kill", "after"):
            number, kills = 1, 0
            while True:
                shutil.rmtree(output, ignore_errors=True)
                result = lab.inspect(output, fault={"CALL": call, "NTH": number, "ACTION": action})
                if not result.fired:
                    require(result.code == DONE, f"exit code {result.code}: {result.err}")
                    break
                require(result.code == -signal.SIGKILL, f"{call} {number}: exit code {result.code}")
                where = f"killed {'before' if action == 'kill' else 'after'} {call} {number}"
                try:
                    lab.check_inspection(output, None, sabotaged=True)
                    lab.check_resumed(output, False)
                    require((output / "results.jsonl").read_bytes() == reference, "the finished records differ")
                except Broken as problem:
                    raise Broken(f"{where}: {problem}") from None
                kills += 1
                number += stride
            total += kills
            print(f"killed {'before' if action == 'kill' else 'right after'} each {call}: {kills} times, every run was finished")
    print(f"chosen points: {total} kills")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_tool_options(parser)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stride", type=int, default=1, help="take every N-th point only")
    args = parser.parse_args()
    try:
        with Lab(args.tools, args.preload, images=150) as lab:
            random_kills(lab, args.kills, args.seed)
        if args.preload:
            with Lab(args.tools, args.preload) as lab:
                kill_points(lab, args.stride)
    except Broken as problem:
        print(f"BROKEN {problem}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
