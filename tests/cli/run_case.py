#!/usr/bin/env python3
"""Runs one command-line case: a folder with `cmd` and what is expected of it.

    run_case.py CASE --bin DIR --packages DIR [--update]

`cmd` is a bash script that runs in an empty folder; $PACKAGES holds the test models, $SAMPLES is
data/, PATH begins with the tools. Expected, beside it:
    exit        the exit code (absent: 0)
    stdout      the whole of it; absent: must be empty
    stderr      the same
    out/…       files that must be there with this content, relative to the case's folder
Paths of this machine become $PACKAGES, $SAMPLES and $CASE before anything is compared. JSON files are
compared by value; "*" as an expected JSON value fits anything. --update (or ZEROMISS_UPDATE=1)
writes stdout, stderr and exit as they are now, and the expected files again: read the diff before a commit.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile


def fits(expected, found):
    if expected == "*":
        return True
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(fits(v, found[k]) for k, v in expected.items())
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(fits, expected, found))
    if isinstance(expected, float) or isinstance(found, float):  # another LibTorch may differ in the last digits
        return isinstance(found, (int, float)) and abs(expected - found) <= 1e-6 * max(1.0, abs(expected))
    return type(expected) is type(found) and expected == found


def parsed(name, text):
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    return json.loads(text)


def same(name, expected, found):
    if name.endswith((".json", ".jsonl")):
        try:
            return fits(parsed(name, expected), parsed(name, found))
        except ValueError:
            return False
    return expected == found


class Case:
    def __init__(self, args, work):
        self.folder, self.work = args.case, work
        self.update = args.update or os.environ.get("ZEROMISS_UPDATE") == "1"
        samples = pathlib.Path(__file__).resolve().parent.parent.parent / "data"
        self.names = {str(work): "$CASE", str(args.packages): "$PACKAGES", str(samples): "$SAMPLES"}
        self.environment = dict(os.environ, PACKAGES=str(args.packages), SAMPLES=str(samples), LC_ALL="C.UTF-8",
                                PATH=f"{args.bin}{os.pathsep}{os.environ['PATH']}")
        for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):  # a case that wants them sets them
            self.environment.pop(name, None)
        self.problems = []

    def named(self, text):
        for path, name in self.names.items():
            text = text.replace(path, name)
        return text

    def expect(self, name, found, default=""):
        file = self.folder / name
        if self.update and (file.exists() or found != default):
            file.write_text(found)
            return
        expected = file.read_text() if file.exists() else default
        if not same(name, expected, found):
            self.problems.append(f"{name}:\n--- expected\n{expected}\n--- found\n{found}")

    def run(self):
        result = subprocess.run(["bash", "-e", str(self.folder / "cmd")], cwd=self.work, env=self.environment,
                                stdin=subprocess.DEVNULL, capture_output=True, timeout=240)
        self.expect("exit", f"{result.returncode}\n", "0\n")
        self.expect("stdout", self.named(result.stdout.decode("utf-8", "replace")))
        self.expect("stderr", self.named(result.stderr.decode("utf-8", "replace")))
        for file in sorted((self.folder / "out").rglob("*")):
            if file.is_file():
                name = str(file.relative_to(self.folder))
                if self.update and "*" in file.read_text():
                    continue  # written by hand: its stars would be lost
                made = self.work / file.relative_to(self.folder / "out")
                self.expect(name, self.named(made.read_text()) if made.is_file() else "(no such file)")
        return self.problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("--bin", type=lambda p: pathlib.Path(p).resolve(), required=True)
    parser.add_argument("--packages", type=lambda p: pathlib.Path(p).resolve(), required=True)
    parser.add_argument("--update", action="store_true")
    with tempfile.TemporaryDirectory(prefix="zeromiss-case-") as work:
        problems = Case(parser.parse_args(), pathlib.Path(work)).run()
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
