#!/usr/bin/env python3
"""Lets the 1st, 2nd, 3rd, … call of every kind fail, once and then for good, until the command passes without
reaching the n-th (SQLite's I/O error and out-of-memory loops). After every run: no PASS lost or made, an exit
code that tells the truth, no summary.json (metrics.json) without everything it vouches for, and a --resume
without faults that ends with the bytes of an undisturbed run.

    nth_failure.py --tools DIR --preload FILE [--stride N] [--malloc-stride N] [--calls read,write,…]

--stride N takes every N-th call only; malloc has thousands, so it has its own.
"""
import argparse
import contextlib
import json
import shutil
import sqlite3
import sys
import time

from faultlab import BUG, DONE, EDQUOT, EIO, ENOSPC, INPUT, OUTPUT, SOME_ERROR, Broken, Lab, add_tool_options, require

CALLS = {"open": [EIO], "read": [EIO], "write": [ENOSPC, EDQUOT], "sync": [EIO], "rename": [EIO], "close": [EIO],
         "truncate": [EIO], "mkdir": [ENOSPC], "unlink": [EIO], "stat": [EIO], "list": [EIO], "lock": [EIO],
         "malloc": [12], "thread": [11]}


class InspectCase:
    name = "inspect"

    def prepare(self, lab):
        lab.reference()

    def run(self, lab, output, fault):
        return lab.inspect(output, fault=fault)

    def check(self, lab, output, result):
        errors = lab.check_inspection(output, result) if result.code != BUG or output.exists() else False
        lab.check_resumed(output, errors)


class ResumeCase(InspectCase):
    """The same for a run that goes on: eight records of nine are there, the last of them cut."""
    name = "inspect --resume"

    def run(self, lab, output, fault):
        shutil.copytree(lab.folder / "reference", output)
        (output / "summary.json").unlink()
        results = output / "results.jsonl"
        results.write_bytes(results.read_bytes()[:-40])
        return lab.inspect(output, "--resume", fault=fault)


class OverwriteCase(InspectCase):
    """A finished run is replaced."""
    name = "inspect --overwrite"

    def run(self, lab, output, fault):
        shutil.copytree(lab.folder / "reference", output)
        return lab.inspect(output, "--overwrite", fault=fault)


class IsolateCase(InspectCase):
    """The model in a process of its own, where every n-th call fails too."""
    name = "inspect --isolate"

    def run(self, lab, output, fault):
        result = lab.inspect(output, "--isolate", fault=fault)
        # The note that a fault came is a file, which a child may not write: the sandbox then ends it.
        result.fired = result.fired or "Bad system call" in result.err
        return result

    def check(self, lab, output, result):
        errors = lab.check_inspection(output, result) if result.code != BUG or output.exists() else False
        lab.check_resumed(output, errors, "--isolate")


class ExportCase:
    """The records of a finished run as SQLite: the whole table, or no file."""
    name = "inspect export"

    def prepare(self, lab):
        self.rows = [(r["image"], r["verdict"], r["score"]) for r in map(json.loads, lab.reference().splitlines())]

    def run(self, lab, output, fault):
        output.mkdir(exist_ok=True)
        return lab.run("inspect", "export", lab.folder / "reference", "--sqlite", output / "records.db", fault=fault)

    def same_rows(self, output):
        with contextlib.closing(sqlite3.connect(output / "records.db")) as table:
            found = table.execute("select image, verdict, score from images order by rowid").fetchall()
        require(found == self.rows, f"the table holds {found}")

    def check(self, lab, output, result):
        if result.code != DONE:
            require(result.code in (INPUT, OUTPUT, BUG), f"exit code {result.code}\n{result.err}")
            require(result.one_error_line(), f"exit code {result.code} says: {result.err!r}")
        if result.code == DONE or (output / "records.db").exists():
            self.same_rows(output)
        again = self.run(lab, output, None)
        require(again.code == DONE, f"exporting again ended with {again.code}: {again.err}")
        self.same_rows(output)
        require(len(list(output.iterdir())) == 1, f"left behind: {list(output.iterdir())}")


class MergeCase:
    name = "inspect merge"

    def prepare(self, lab):
        lab.reference()
        for i in range(2):
            result = lab.inspect(lab.folder / f"shard{i}", "--shard", f"{i}/2")
            require(result.code == DONE, f"shard {i}: {result.err}")

    def run(self, lab, output, fault):
        return lab.run("inspect", "merge", "-q", "-o", output, lab.folder / "shard0", lab.folder / "shard1",
                       "-i", lab.lot, *(["--overwrite"] if output.exists() else []), fault=fault)

    def check(self, lab, output, result):
        if result.code in (DONE, SOME_ERROR):
            require((output / "summary.json").exists(), "merged without summary.json")
            require((output / "results.jsonl").read_bytes() == lab.reference(), "merged records differ")
            require("9 images" in result.out, f"stdout is {result.out!r}")
        else:
            require(result.code in (INPUT, OUTPUT, BUG), f"exit code {result.code}\n{result.err}")
            require(result.one_error_line(), f"exit code {result.code} says: {result.err!r}")
        if (output / "summary.json").exists():
            require((output / "results.jsonl").read_bytes() == lab.reference(), "summary.json beside other records")
        again = self.run(lab, output, None)
        require(again.code == DONE, f"merging again ended with {again.code}: {again.err}")
        require((output / "results.jsonl").read_bytes() == lab.reference(), "merged records differ")


class EvaluateCase:
    name = "evaluate"
    files = ["metrics.json", "per_class.csv", "confusion_matrix.csv", "curves.json", "misses.csv", "report.html", "junit.xml"]

    def prepare(self, lab):
        lab.reference()
        labels = ["image,label"] + [f"{name},{'dark' if gray == 10 else 'bright'}" for name, gray in lab.grays.items()]
        (lab.folder / "labels.csv").write_text("\n".join(labels) + "\n")
        result = self.run(lab, lab.folder / "metrics", None)
        require(result.code == DONE, f"undisturbed: {result.code} {result.err}")
        self.out = result.out

    def run(self, lab, output, fault):
        return lab.run("evaluate", "-q", "--predictions", lab.folder / "reference", "--gt", lab.folder / "labels.csv", "--images", lab.lot,
                       "-o", output, "--require", "recall >= 0.5", *(["--overwrite"] if output.exists() else []), fault=fault)

    def same_files(self, lab, output):
        for name in self.files:
            if name == "report.html":  # a picture that could not be read leaves a place with its name
                require((output / name).exists(), f"no {name}")
                continue
            found = (output / name).read_bytes() if (output / name).exists() else None
            require(found == (lab.folder / "metrics" / name).read_bytes(), f"{name} differs or is not there")

    def check(self, lab, output, result):
        if result.code == DONE:
            self.same_files(lab, output)
            require(result.out.splitlines()[:5] == self.out.splitlines()[:5], f"stdout is {result.out!r}")
        else:
            require(result.code in (INPUT, OUTPUT, BUG), f"exit code {result.code}\n{result.err}")
            require(result.one_error_line(), f"exit code {result.code} says: {result.err!r}")
        if (output / "metrics.json").exists():
            self.same_files(lab, output)
        again = self.run(lab, output, None)
        require(again.code == DONE, f"evaluating again ended with {again.code}: {again.err}")
        self.same_files(lab, output)


def sweep(lab, case, call, error, persistent, stride):
    """@return how many calls were let fail"""
    output = lab.folder / "out"
    number, runs = 1, 0
    while True:
        shutil.rmtree(output, ignore_errors=True)
        fault = {"CALL": call, "NTH": number, "ERRNO": error}
        if persistent:
            fault["ALL"] = 1
        result = case.run(lab, output, fault)
        try:
            case.check(lab, output, result)
        except Broken as broken:
            raise Broken(f"{case.name}: {call} {number} {'and later' if persistent else 'once'}, errno {error}: {broken}") from None
        if not result.fired:
            require(result.code == DONE, f"{case.name}: {call} {number} never came, yet exit code {result.code}: {result.err}")
            return runs
        runs += 1
        number += stride


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_tool_options(parser)
    parser.add_argument("--evaluate", help="folder of evaluate, when it is another")
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--malloc-stride", type=int, default=1)
    parser.add_argument("--calls", default=",".join(CALLS))
    parser.add_argument("--cases", default="inspect,resume,overwrite,isolate,merge,export,evaluate")
    parser.add_argument("--keep-going", action="store_true", help="report every broken promise, not only the first of a sweep")
    args = parser.parse_args()
    known = {"inspect": InspectCase, "resume": ResumeCase, "overwrite": OverwriteCase, "isolate": IsolateCase, "merge": MergeCase,
             "export": ExportCase, "evaluate": EvaluateCase}
    start, total, broken = time.monotonic(), 0, 0
    for name in args.cases.split(","):
        with Lab(args.tools, args.preload, evaluate=args.evaluate) as lab:
            case = known[name]()
            case.prepare(lab)
            for call in args.calls.split(","):
                for error in CALLS[call]:
                    for persistent in (False, True):
                        try:
                            runs = sweep(lab, case, call, error, persistent, args.malloc_stride if call == "malloc" else args.stride)
                        except Broken as problem:
                            print(f"BROKEN {problem}", flush=True)
                            broken += 1
                            continue
                        total += runs
                        print(f"{case.name}: {call:8} errno {error:3} {'from the n-th on' if persistent else 'the n-th alone  '}: "
                              f"{runs} failures, all promises held", flush=True)
    print(f"{total} failures in {time.monotonic() - start:.0f} s, {broken} sweeps broke a promise")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
