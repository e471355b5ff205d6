"""What the fault tests share: a small lot with its model package, one run of a tool, and the promises that
must hold whatever happened to that run."""
import hashlib
import json
import math
import os
import pathlib
import shutil
import subprocess
import tempfile

# Exit codes of the manual. Anything else (a signal, an abort) is a broken promise.
DONE, GATE, USAGE, INPUT, SOME_ERROR, OUTPUT, BUG = 0, 1, 2, 3, 4, 5, 70
WRITTEN = ["run.json", "results.jsonl", "results.csv", "report.html", "summary.json"]
ENOENT, EIO, ENOSPC, EROFS, ESTALE, EDQUOT = 2, 5, 28, 30, 116, 122


class Broken(Exception):
    """A promise that did not hold."""


def require(condition, what):
    if not condition:
        raise Broken(what)


def gray_pgm(value, side=8):
    return f"P5\n{side} {side}\n255\n".encode() + bytes([value]) * (side * side)


def bright(gray):
    """The score of the test network for a plain picture (tests/support/packages.hpp)."""
    return 1 / (1 + math.exp(-10 * (gray / 255 - 0.5)))


def write_package(folder):
    weights = b"weights"
    (folder / "golden").mkdir(parents=True)
    (folder / "model.pt").write_bytes(weights)
    (folder / "golden/white.pgm").write_bytes(gray_pgm(255))
    (folder / "model.json").write_text(json.dumps({
        "schema": "zeromiss-model/1", "name": "mean", "version": "1.0.0", "license": "Apache-2.0",
        "task": "classification",
        "weights": {"file": "model.pt", "format": "torchscript", "sha256": hashlib.sha256(weights).hexdigest()},
        "input": {"color": "gray",
                  "steps": [{"op": "resize", "width": 4, "height": 4, "filter": "bilinear", "antialias": True}],
                  "scale": 1 / 255, "mean": [0], "std": [1]},
        "output": {"kind": "logits"},
        "classes": [{"name": "dark", "defect": False}, {"name": "bright", "defect": True}],
        "decision": {"review_at": 0.25, "reject_at": 0.75, "origin": {}},
        "golden": [{"image": "golden/white.pgm", "score": bright(255), "label": "bright", "tolerance": 0.0001}]}))
    return folder


def verdict(gray):
    return "PASS" if bright(gray) < 0.25 else "REVIEW" if bright(gray) < 0.75 else "REJECT"


class Result:
    def __init__(self, code, out, err, fired):
        self.code, self.out, self.err, self.fired = code, out, err, fired

    def one_error_line(self):
        return self.err.split(":")[1:2] == [" error"] and self.err.count("\n") == 1


class Lab:
    """An empty folder with a package, a lot of plain pictures (by turns good, defective and in between), and
    the tools. Used as `with Lab(bin, preload) as lab`."""

    def __init__(self, tools, preload, evaluate=None, images=9, batch=4, threads=2):
        self.evaluate = pathlib.Path(evaluate).resolve() if evaluate else None
        self.tools, self.preload = pathlib.Path(tools).resolve(), preload and pathlib.Path(preload).resolve()
        self.images, self.batch, self.threads = images, batch, threads

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="zeromiss-faults-"))
        self.package = write_package(self.folder / "package")
        self.lot = self.folder / "lot"
        self.grays = {}
        for i in range(self.images):
            gray = (10, 250, 128)[i % 3]
            name = f"{'good' if gray == 10 else 'defect'}/{1000 + i}.pgm"
            (self.lot / name).parent.mkdir(parents=True, exist_ok=True)
            (self.lot / name).write_bytes(gray_pgm(gray))
            self.grays[name] = gray
        if self.images:
            self.reference()  # before anything happens to the lot
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *words, fault=None, timeout=60, **popen):
        """One run of a tool. `fault` is a dict of FAULT_… of fault_preload.cpp, without the prefix."""
        log = self.folder / "fired"
        log.unlink(missing_ok=True)
        environment = dict(os.environ, LC_ALL="C.UTF-8")
        if fault:
            environment.update({f"FAULT_{key}": str(value) for key, value in fault.items()},
                               FAULT_LOG=str(log), LD_PRELOAD=str(self.preload))
        environment.update(popen.pop("env", {}))
        folder = self.evaluate if words[0] == "evaluate" and self.evaluate else self.tools
        command = [str(folder / words[0]), *map(str, words[1:])]
        done = subprocess.run(command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                              stdout=popen.pop("stdout", subprocess.PIPE), stderr=popen.pop("stderr", subprocess.PIPE),
                              timeout=timeout, **popen)
        text = lambda stream: "" if stream is None else stream.decode("utf-8", "replace")
        return Result(done.returncode, text(done.stdout), text(done.stderr), log.exists())

    def inspect(self, output, *more, fault=None, **popen):
        return self.run("inspect", "-m", self.package, "-i", self.lot, "-o", output, "-b", self.batch,
                        "-t", self.threads, "-q", *more, fault=fault, **popen)

    def reference(self):
        """results.jsonl of a run in which nothing happened, checked against what the pictures are."""
        output = self.folder / "reference"
        if not output.exists():
            result = self.inspect(output)
            require(result.code == DONE, f"the undisturbed run ended with {result.code}: {result.err}")
            records = [json.loads(line) for line in (output / "results.jsonl").read_text().splitlines()]
            found = {record["image"]: record["verdict"] for record in records}
            require(found == {name: verdict(gray) for name, gray in self.grays.items()}, "wrong verdicts without any fault")
        return (output / "results.jsonl").read_bytes()

    def check_inspection(self, output, result, sabotaged=False):
        """Every promise about a run that a fault may have hit: no PASS lost or made, an exit code that tells the
        truth, and no summary.json without everything it vouches for.
        @param sabotaged  the run may end anyhow; only what lies on the disk is looked at
        @return whether images became ERROR; "another list" when a whole folder did"""
        output = pathlib.Path(output)
        reference = self.reference().split(b"\n")[:-1]
        by_name = {json.loads(line)["image"]: line for line in reference}
        results = output / "results.jsonl"
        lines = results.read_bytes().split(b"\n")[:-1] if results.exists() else []
        errors = 0
        folders = [line for line in lines if json.loads(line)["image"].endswith("/")]
        for line in folders:  # a folder that could not be listed stands for its images
            record = json.loads(line)
            require(record["verdict"] == "ERROR" and record["error"]["code"] == "folder.unreadable", f"a folder's record is {line}")
        if folders:
            return self.check_partial_listing(output, result, lines, by_name)
        for number, line in enumerate(lines):
            require(number < len(reference), "more records than images")
            if line == reference[number]:
                continue
            record = json.loads(line)
            expected = json.loads(reference[number])["image"]
            require(record["image"] == expected, f"record {number + 1} is {record['image']}, expected {expected}")
            require(record["verdict"] == "ERROR", f"a fault changed a record: {line} for {by_name[expected]}")
            errors += 1
        summary = output / "summary.json"
        if summary.exists():
            facts = json.loads(summary.read_text())
            require(len(lines) == len(reference) == facts["images"], f"summary.json beside {len(lines)} records")
            require(hashlib.sha256(results.read_bytes()).hexdigest() == facts["results_sha256"], "summary.json has another hash")
            require(facts["verdicts"]["ERROR"] == errors, "summary.json counts other errors")
            for name in WRITTEN:
                require((output / name).exists(), f"summary.json without {name}")
        if sabotaged:
            return errors > 0
        code = result.code
        require(code in (DONE, INPUT, SOME_ERROR, OUTPUT, BUG), f"exit code {code}\n{result.err}")
        if code in (DONE, SOME_ERROR):
            require(summary.exists(), f"exit code {code} without summary.json")
            require((errors > 0) == (code == SOME_ERROR), f"exit code {code} with {errors} errors")
            require(f"{len(reference)} images: " in result.out, f"exit code {code}, but stdout is {result.out!r}")
        else:
            require(result.one_error_line(), f"exit code {code} says: {result.err!r}")
        return errors > 0

    def check_partial_listing(self, output, result, lines, by_name):
        for line in lines:
            record = json.loads(line)
            require(record["verdict"] == "ERROR" or by_name.get(record["image"]) == line, f"a fault changed a record: {line}")
        require(result is None or result.code != DONE, "exit code 0 with a folder that could not be listed")
        return "another list"

    def check_resumed(self, output, errors, *more):
        """Finishing the run gives every file, to the byte the ones of an undisturbed run (recorded ERRORs stand)."""
        output = pathlib.Path(output)
        result = self.inspect(output, "--resume", *more)
        if errors == "another list":  # its folders are there again: refused, and a new run is needed
            require(result.code == INPUT and "list" in result.err, f"--resume with another list ended with {result.code}: {result.err}")
            return
        require(result.code == (SOME_ERROR if errors else DONE), f"--resume ended with {result.code}: {result.err}")
        require(self.check_inspection(output, result) == errors, "--resume changed which images are ERROR")
        if not errors:
            require((output / "results.jsonl").read_bytes() == self.reference(), "resumed records differ")
            require((output / "results.csv").read_bytes() == (self.folder / "reference/results.csv").read_bytes(), "resumed CSV differs")
        stray = sorted(path.name for path in output.iterdir() if path.name.endswith(".tmp"))
        require(not stray, f"left behind: {stray}")


def add_tool_options(parser):
    parser.add_argument("--tools", required=True, help="folder of inspect (and evaluate)")
    parser.add_argument("--preload", help="libfaults_preload.so")
