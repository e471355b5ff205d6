#!/usr/bin/env python3
"""What can happen to a night's run: a scenario a test.

    scenarios.py --tools DIR --preload FILE [NAME…]     all of them without a name; --list prints the names
"""
import argparse
import hashlib
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import time
import unicodedata

from faultlab import (DONE, EDQUOT, EIO, ENOSPC, EROFS, ESTALE, OUTPUT, SOME_ERROR, Broken, Lab, add_tool_options, gray_pgm,
                      require)

SCENARIOS = {}


def scenario(**lab):
    def add(function):
        SCENARIOS[function.__name__] = (function, lab)
        return function
    return add


def records(output):
    return {record["image"]: record for record in map(json.loads, (output / "results.jsonl").read_text().splitlines())}


def errors(output):
    return {name: record["error"]["code"] for name, record in records(output).items() if record["verdict"] == "ERROR"}


def expect(lab, output, result, code, *words):
    require(result.code == code, f"exit code {result.code}, expected {code}: {result.err}")
    for word in words:
        require(word in result.err, f"the message does not say \"{word}\": {result.err!r}")
    return lab.check_inspection(output, result)


# Writing

@scenario(images=60)
def disk_full(lab):
    """A real file system of 64 KB where one can be mounted, else a limit on the size of files."""
    output = lab.folder / "small"
    output.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", output], capture_output=True).returncode == 0
    if not mounted:
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
        expect(lab, output, lab.inspect(output, "--overwrite", preexec_fn=limit), OUTPUT, "results.jsonl", "File too large")
        return lab.check_resumed(output, False)
    try:
        filler = output / "filler"
        filler.write_bytes(b"x" * 56 * 1024)
        result = lab.inspect(output / "out")
        expect(lab, output / "out", result, OUTPUT, "No space left on device")
        require(not (output / "out/summary.json").exists(), "a summary on a full disk")
        filler.unlink()
        subprocess.run(["mount", "-o", "remount,size=1m", output], check=True)
        lab.check_resumed(output / "out", False)
    finally:
        subprocess.run(["umount", output], check=True)


@scenario()
def quota(lab):
    result = lab.inspect("out", fault={"CALL": "write", "PATH": "results.jsonl", "ERRNO": EDQUOT, "ALL": 1})
    expect(lab, lab.folder / "out", result, OUTPUT, "results.jsonl", "Disk quota exceeded")
    lab.check_resumed(lab.folder / "out", False)


@scenario()
def read_only(lab):
    result = lab.inspect("out", fault={"CALL": "mkdir", "ERRNO": EROFS})
    require(result.code == OUTPUT and "Read-only file system" in result.err, f"{result.code} {result.err}")
    require(not (lab.folder / "out").exists(), "an output folder was left")
    (lab.folder / "file").write_text("")
    result = lab.inspect("file", "--overwrite")
    require(result.code == OUTPUT and "is not a folder" in result.err, f"{result.code} {result.err}")
    result = lab.inspect("n" * 300)
    require(result.code == OUTPUT and "name too long" in result.err, f"{result.code} {result.err}")


@scenario()
def failed_sync_is_never_retried(lab):
    """After a failed fsync the kernel may have dropped the pages: a second one would succeed and prove nothing."""
    result = lab.inspect("out", fault={"CALL": "sync", "PATH": "results.jsonl", "ERRNO": EIO})
    expect(lab, lab.folder / "out", result, OUTPUT, "results.jsonl", "Input/output error")
    require(not (lab.folder / "out/summary.json").exists(), "a summary after a failed sync")
    lab.check_resumed(lab.folder / "out", False)


@scenario()
def short_and_interrupted_writes(lab):
    for fault in ({"CALL": "write", "ACTION": "short", "ALL": 1}, {"CALL": "read", "ACTION": "short", "ALL": 1},
                  {"CALL": "write", "ERRNO": 4}, {"CALL": "read", "ERRNO": 4, "PATH": "lot/"}):
        result = lab.inspect("out", "--overwrite", fault=fault)
        require(not expect(lab, lab.folder / "out", result, DONE), f"{fault}: images became ERROR")


@scenario(images=30)
def output_removed_meanwhile(lab):
    output = lab.folder / "out"
    result = lab.inspect(output, fault={"CALL": "read", "PATH": "lot/", "NTH": 17, "ACTION": "run", "RUN": f"rm -rf '{output}'"})
    require(result.code == OUTPUT, f"exit code {result.code}: {result.err}")
    require(not (output / "summary.json").exists(), "a summary of nothing")


@scenario(images=30)
def output_replaced_by_another_run(lab):
    """Another run makes the removed folder anew, finishes, and is then not vouched for by this one."""
    output = lab.folder / "out"
    lab.reference()
    swap = f"rm -rf '{output}' && cp -r '{lab.folder}/reference' '{output}' && rm '{output}/summary.json'"
    result = lab.inspect(output, fault={"CALL": "read", "PATH": "lot/", "NTH": 17, "ACTION": "run", "RUN": swap})
    require(result.code == OUTPUT and "removed or replaced" in result.err, f"exit code {result.code}: {result.err}")
    require(not (output / "summary.json").exists(), "the summary of one run beside the records of another")


@scenario(images=60)
def two_runs_on_one_output(lab):
    output = lab.folder / "out"
    first = subprocess.Popen([lab.tools / "inspect", "-m", lab.package, "-i", lab.lot, "-o", output, "-b", "4", "-t", "2", "-q"],
                             env=dict(os.environ, FAKE_ENGINE_MS="60"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while not (output / "results.jsonl").exists() and first.poll() is None:
        time.sleep(0.01)
    for option in ("--resume", "--overwrite"):
        result = lab.inspect(output, option)
        require(result.code == OUTPUT and "in use by another run" in result.err, f"{option}: exit code {result.code}: {result.err}")
    require(first.wait() == DONE, f"the first run: {first.stderr.read()}")
    first.stderr.close()
    require((output / "results.jsonl").read_bytes() == lab.reference(), "the second run changed the first one's records")


@scenario()
def power_cut(lab):
    """Blocks that never reached the disk are zeros after the power came back."""
    output = lab.folder / "out"
    whole = lab.reference()
    for name in ("results.jsonl", ".zeromiss.times"):
        size = (lab.folder / "reference" / name).stat().st_size
        for keep in range(0, size, max(1, size // 23)):
            shutil.rmtree(output, ignore_errors=True)
            shutil.copytree(lab.folder / "reference", output)
            (output / "summary.json").unlink()
            text = (output / name).read_bytes()
            for lost in (text[:keep] + bytes(size - keep), text[:keep] + bytes(min(64, size - keep)) + text[keep + 64:]):
                (output / name).write_bytes(lost)
                lab.check_resumed(output, False)
                require((output / "results.jsonl").read_bytes() == whole, f"{name}, zeros from byte {keep}: other records")
                (output / "summary.json").unlink()


@scenario()
def closed_streams(lab):
    """Their numbers must not go to results.jsonl, and a full stderr must not stop a run."""
    for closed in ("2>&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full", "2>/dev/full >&-"):
        shutil.rmtree(lab.folder / "out", ignore_errors=True)
        command = (f"exec '{lab.tools}/inspect' -m '{lab.package}' -i '{lab.lot}' -o out -b {lab.batch} -t {lab.threads} "
                   f"--progress always -v {closed}")
        code = subprocess.run(["bash", "-c", command], cwd=lab.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
        require(code == DONE, f"{closed}: exit code {code}")
        require((lab.folder / "out/results.jsonl").read_bytes() == lab.reference(), f"{closed}: other records")
        code = subprocess.run(["bash", "-c", command], cwd=lab.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
        require(code == OUTPUT, f"{closed}: an existing output gives exit code {code}")
    shutil.rmtree(lab.folder / "out")
    command = f"'{lab.tools}/inspect' -m '{lab.package}' -i '{lab.lot}' -o out -b {lab.batch} | true; exit ${{PIPESTATUS[0]}}"
    code = subprocess.run(["bash", "-c", command], cwd=lab.folder).returncode
    require(code in (DONE, OUTPUT), f"a pipe without reader: exit code {code}")
    require((lab.folder / "out/results.jsonl").read_bytes() == lab.reference(), "a pipe without reader: other records")


# Reading

@scenario(images=30, threads=1)
def network_folder_gone(lab):
    """From one image on every open, or every read, fails: the rest is ERROR, and what was done stands."""
    for call, error, text in (("open", ESTALE, "Stale file handle"), ("read", EIO, "Input/output error"), ("stat", ESTALE, "Stale file handle")):
        output = lab.folder / call
        result = lab.inspect(output, fault={"CALL": call, "PATH": ".pgm", "NTH": 12, "ERRNO": error, "ALL": 1})
        if call == "stat":  # also the listing's: a file that cannot be looked at is an image, and its read says why
            require(result.code in (SOME_ERROR, OUTPUT), f"{call}: exit code {result.code}: {result.err}")
            lab.check_inspection(output, result)
            continue
        expect(lab, output, result, SOME_ERROR)
        codes = errors(output)
        require(15 <= len(codes) <= 29 and set(codes.values()) == {"image.unreadable"}, f"{call}: {codes}")
        require(any(text in record["error"]["message"] for record in records(output).values() if "error" in record), f"{call}: no \"{text}\"")


@scenario()
def folder_gone_while_listing(lab):
    for call in ("list", "open"):
        result = lab.inspect("out-" + call, fault={"CALL": call, "PATH": "defect" if call == "open" else "lot", "NTH": 1 if call == "open" else 6,
                                                   "ERRNO": ESTALE, "ALL": 1})
        require(result.code == SOME_ERROR, f"{call}: exit code {result.code}: {result.err}")
        require("folder.unreadable" in errors(lab.folder / ("out-" + call)).values(), f"{call}: the lost folder is silent")


@scenario()
def folder_that_cannot_be_looked_at(lab):
    """A mount that is gone behind a link: what it is cannot be known, and it must not be skipped as \"no image\"."""
    os.symlink(lab.folder / "away", lab.lot / "line2")
    (lab.folder / "away").mkdir()
    (lab.folder / "away/1.pgm").write_bytes(gray_pgm(250))
    result = lab.inspect("out", "--follow-links", fault={"CALL": "stat", "PATH": "line2", "ERRNO": ESTALE, "ALL": 1})
    require(result.code == SOME_ERROR, f"exit code {result.code}: {result.err}")
    require(errors(lab.folder / "out").get("line2/") == "folder.unreadable", f"{errors(lab.folder / 'out')}")


@scenario()
def file_changes_while_read(lab):
    victim = sorted(lab.lot.rglob("*.pgm"))[4]
    name, content = victim.relative_to(lab.lot).as_posix(), victim.read_bytes()
    for what, command in (("grows", "printf x >>"), ("shrinks", "truncate -s 20"), ("is rewritten", "sleep 0.02; printf Q | dd conv=notrunc status=none of="),
                          ("is emptied", ": >")):
        victim.write_bytes(content)
        output = lab.folder / what.replace(" ", "-")
        space = "" if command.endswith("=") else " "
        result = lab.inspect(output, fault={"CALL": "read", "PATH": victim.name, "ACTION": "run", "RUN": f"{command}{space}'{victim}'"})
        require(result.fired, "the file was never read")
        expect(lab, output, result, SOME_ERROR)
        require(errors(output) == {name: "image.changed"}, f"a file that {what}: {errors(output)}")


@scenario()
def file_vanishes_before_it_is_read(lab):
    victim = sorted(lab.lot.rglob("*.pgm"))[4]
    result = lab.inspect("out", fault={"CALL": "open", "PATH": victim.name, "ACTION": "run", "RUN": f"rm '{victim}'"})
    expect(lab, lab.folder / "out", result, SOME_ERROR)
    require(errors(lab.folder / "out") == {victim.relative_to(lab.lot).as_posix(): "image.unreadable"}, f"{errors(lab.folder / 'out')}")


@scenario()
def file_replaced_before_it_is_read(lab):
    """A good picture takes the place of a bad one after the listing: the record is of the bytes that were judged, and says so."""
    victim = sorted(lab.lot.rglob("*.pgm"))[4]
    other = lab.folder / "other.pgm"
    other.write_bytes(gray_pgm(20))
    lab.inspect("out", fault={"CALL": "open", "PATH": victim.name, "ACTION": "run", "RUN": f"mv '{other}' '{victim}'"})
    record = records(lab.folder / "out")[victim.relative_to(lab.lot).as_posix()]
    require(record["sha256"] == hashlib.sha256(gray_pgm(20)).hexdigest(), "the hash is not that of the judged bytes")


# Time, names, settings of the machine

@scenario()
def clock_jumps(lab):
    result = lab.inspect("out", fault={"CLOCK": "jump"})
    expect(lab, lab.folder / "out", result, DONE)
    summary = json.loads((lab.folder / "out/summary.json").read_text())
    require(0 <= summary["seconds"] < 60 and summary["images_per_s"] > 0, f"seconds {summary['seconds']}, {summary['images_per_s']} images/s")
    require(min(summary["stages"].values()) >= 0, "a stage of negative time")
    lab.check_resumed(lab.folder / "out", False)


@scenario()
def any_locale(lab):
    """A locale whose decimal sign is a comma; where it is not installed its name alone must do no harm."""
    for locale in ("de_DE.UTF-8", "ko_KR.UTF-8", "C", "tr_TR.UTF-8", "nonsense"):
        result = lab.inspect("out", "--overwrite", env={"LC_ALL": locale, "LANG": locale})
        require(not expect(lab, lab.folder / "out", result, DONE), f"{locale}: other records")


@scenario(images=0)
def odd_names(lab):
    lab.lot.mkdir()
    names = ["한글 이름.pgm", "한글.pgm", unicodedata.normalize("NFD", "한글.pgm"), "a.PGM", "A.pgm", "-o.pgm", "new\nline.pgm", "quote'\".pgm",
             "<script>alert(1)</script>.pgm".replace("/", "∕"), "=cmd|' /C calc'!A0.pgm".replace("/", "∕"), "n" * 251 + ".pgm", "\x1b[31mred.pgm", "$(touch x).pgm", "%41.pgm"]
    for name in names:
        (lab.lot / name).write_bytes(gray_pgm(10))
    cp949 = "한글".encode("cp949") + b".pgm"
    pathlib.Path(os.fsdecode(os.fsencode(lab.lot) + b"/" + cp949)).write_bytes(gray_pgm(250))
    result = lab.inspect("out")
    require(result.code == DONE, f"exit code {result.code}: {result.err}")
    found = records(lab.folder / "out")
    require(set(names) <= set(found) and len(found) == len(names) + 1, f"{set(names) ^ set(found)}")
    raw = [record for record in found.values() if "image_hex" in record]
    require(len(raw) == 1 and bytes.fromhex(raw[0]["image_hex"]) == cp949, "the name that is not UTF-8 cannot be recovered")
    require(raw[0]["verdict"] == "REJECT", "its verdict")
    for name in ("results.csv", "report.html", "summary.json"):
        (lab.folder / "out" / name).read_text(encoding="utf-8")
    page = (lab.folder / "out/report.html").read_text()
    require("<script>alert" not in page, "a name became markup")
    require("\n=cmd" not in (lab.folder / "out/results.csv").read_text(), "a name became a formula")


@scenario()
def output_inside_the_input(lab):
    output = lab.lot / "results"
    for option in ([], ["--overwrite"]):
        result = lab.inspect(output, *option)
        expect(lab, output, result, DONE)
    lab.check_resumed(output, False)


@scenario()
def one_cpu_only(lab):
    """More workers than processors: slower, nothing else."""
    one = lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    lab.threads = 16
    result = lab.inspect("out", preexec_fn=one)
    require(not expect(lab, lab.folder / "out", result, DONE), "other records")
    result = lab.run("inspect", "-m", lab.package, "-i", lab.lot, "-o", "auto", "-b", lab.batch, preexec_fn=one)
    require(not expect(lab, lab.folder / "auto", result, DONE), "other records")
    threads = json.loads((lab.folder / "auto/run.json").read_text())["settings"]["threads"]
    require(threads == 1, f"--threads auto takes {threads} on one processor")


@scenario()
def too_few_file_descriptors(lab):
    """Whatever the limit is: no image passes unread."""
    for most in range(4, 30, 3):
        shutil.rmtree(lab.folder / "out", ignore_errors=True)
        limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        try:
            result = lab.inspect("out", preexec_fn=limit)
        except OSError:
            continue
        if result.code == 127:  # the loader itself had too few
            continue
        lab.check_inspection(lab.folder / "out", result)


@scenario(images=3)
def text_bombs(lab):
    """Nesting, aliases and entities that would unfold to more than any memory: refused, in 2 GB and a few seconds."""
    memory = lambda: resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    lab.reference()
    manifest = lab.package / "model.json"
    good = manifest.read_text()
    for bomb in ("[" * 1_000_000, '{"a":' * 1_000_000, good.replace('"mean"', '"' + "x" * 100_000_000 + '"', 1)):
        manifest.write_text(bomb)
        result = lab.inspect("out", preexec_fn=memory, timeout=20)
        require(result.code == 3 and "model.json" in result.err and len(result.err) < 1000, f"exit code {result.code}: {result.err[:300]}")
    manifest.write_text(good)
    yolo = lab.folder / "yolo"
    (yolo / "images").mkdir(parents=True)
    lines = ["path: .", "test: images", 'a0: &a0 ["lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol"]']
    lines += [f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 9) + "]" for i in range(1, 12)]
    (yolo / "data.yaml").write_text("\n".join(lines + ["names: *a11"]) + "\n")
    (yolo / "images/1.pgm").write_bytes(gray_pgm(10))
    voc = lab.folder / "voc"
    voc.mkdir()
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    (voc / "1.xml").write_text(f'<?xml version="1.0"?><!DOCTYPE annotation [<!ENTITY a0 "lol">{entities}<!ENTITY file SYSTEM "file:///etc/passwd">]>'
                               "<annotation><filename>&a11;&file;</filename><object><name>&a11;</name></object></annotation>")
    deep = lab.folder / "deep.json"
    deep.write_text('{"images":' + "[" * 1_000_000)
    for labels in (yolo, voc, deep):
        result = lab.run("evaluate", "--predictions", lab.folder / "reference", "--gt", labels, "-q", preexec_fn=memory, timeout=20)
        require(result.code in (2, 3) and len(result.err) < 1000, f"{labels.name}: exit code {result.code}: {result.err[:300]}")
        require("root:" not in result.err, "a file of the machine was read into a label")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true")
    add_tool_options(parser)
    parser.add_argument("--evaluate", help="folder of evaluate, for the scenarios that need it")
    parser.set_defaults(tools=None)
    for action in parser._actions:
        action.required = False
    args = parser.parse_args()
    if args.list:
        print("\n".join(SCENARIOS))
        return 0
    broken = 0
    for name in args.names or SCENARIOS:
        function, settings = SCENARIOS[name]
        try:
            with Lab(args.tools, args.preload, evaluate=args.evaluate, **settings) as lab:
                function(lab)
            print(f"{name}: good", flush=True)
        except Broken as problem:
            broken += 1
            print(f"{name}: BROKEN {problem}", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
