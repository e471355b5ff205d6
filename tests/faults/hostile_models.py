#!/usr/bin/env python3
"""Runs `inspect --isolate` on damaged and crafted TorchScript archives whose hashes are right.

    hostile_models.py --inspect B/bin/inspect --package data/models/wafer-map-cnn --images data/samples --rounds 20

Each round makes one archive of every kind below, writes a package around it whose manifest has its hash, and runs
inspect on a few images. Whatever the archive does to its child, the parent must end with 3 and one line on stderr, or
with 0, 1 or 4 and the records that the same archive gives without --isolate (damaged weights that pass the golden images
are just another model; who must not get another model pins it): never by a signal, never with 70, never late.
Prints the counts by kind; the same seed gives the same archives.
"""
import argparse
import collections
import hashlib
import io
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import zipfile

SECONDS = 120  # for one run, on a busy machine
HUGE = (1 << 31) - 1


def cut(data, rng):
    return data[: rng.randrange(len(data))]


def flipped(data, rng):
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 8, 64))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def overwritten(data, rng):
    begin, length = rng.randrange(len(data)), rng.choice((16, 512, 4096))
    fill = rng.choice((bytes(length), rng.randbytes(length)))
    return data[:begin] + fill + data[begin + length:]


def directory_flipped(data, rng):
    """Bits of the zip's own directory: names, sizes and offsets of its entries."""
    begin = data.rfind(b"PK\x05\x06")
    first = int.from_bytes(data[begin + 16: begin + 20], "little") if begin >= 0 else len(data) // 2
    out = bytearray(data)
    for _ in range(rng.choice((1, 4, 16))):
        out[rng.randrange(min(first, len(out) - 1), len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def rewritten(data, edit):
    """The archive with other entries, and checksums that fit them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name, content in edit([(entry.filename, old.read(entry)) for entry in old.infolist()]):
            new.writestr(name, content)
    return out.getvalue()


def claims(data, rng):
    """An integer of the pickle (a size, a stride, an offset, a number of elements) becomes huge."""
    def edit(entries):
        for name, content in entries:
            if name.endswith("/data.pkl"):
                places = [i for i, byte in enumerate(content) if byte in b"KMJ"]
                at = rng.choice(places)
                size = {ord("K"): 2, ord("M"): 3, ord("J"): 5}[content[at]]
                value = rng.choice((HUGE, -1, 0, 1 << 20)).to_bytes(4, "little", signed=True)
                content = content[:at] + b"J" + value + content[at + size:]
            yield name, content
    return rewritten(data, edit)


def pickle_noise(data, rng):
    def edit(entries):
        for name, content in entries:
            yield name, flipped(content, rng) if name.endswith(".pkl") else content
    return rewritten(data, edit)


def code_noise(data, rng):
    def edit(entries):
        for name, content in entries:
            yield name, flipped(content, rng) if "/code/" in name and content else content
    return rewritten(data, edit)


def entry_lost(data, rng):
    return rewritten(data, lambda entries: [e for e in entries if e is not rng.choice(entries)])


def entry_emptied(data, rng):
    def edit(entries):
        victim = rng.choice(entries)[0]
        return [(name, b"" if name == victim else content) for name, content in entries]
    return rewritten(data, edit)


KINDS = [cut, flipped, overwritten, directory_flipped, claims, pickle_noise, code_noise, entry_lost, entry_emptied]


def run(args, package, output, isolate=True):
    command = [args.inspect, "-m", package, "-i", args.images, "-o", output, "-q", "--no-html", "-t", "1", "--batch", "2"]
    if isolate:
        command += ["--isolate", "--image-timeout", "10", "--load-timeout", str(SECONDS // 2)]
    return subprocess.run(list(map(str, command)), capture_output=True, timeout=SECONDS)


def broken_promise(args, package, result, output):
    """What went wrong, or nothing."""
    lines = result.stderr.decode("utf-8", "replace").splitlines()
    if result.returncode == 3:
        if (output / "results.jsonl").exists():
            return "exit 3 with records"
        return None if len(lines) == 1 and lines[0].startswith("inspect: error: ") else f"exit 3 with {lines}"
    if result.returncode not in (0, 1, 4):
        return f"exit {result.returncode}: {lines}"
    shutil.rmtree(plain := output.with_name("plain"), ignore_errors=True)
    if run(args, package, plain, isolate=False).returncode != result.returncode:
        return "another exit code without --isolate"
    if (plain / "results.jsonl").read_bytes() != (output / "results.jsonl").read_bytes():
        return "other records without --isolate"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inspect", type=lambda p: pathlib.Path(p).resolve(), required=True)
    parser.add_argument("--package", type=pathlib.Path, required=True)
    parser.add_argument("--images", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    manifest = json.loads((args.package / "model.json").read_text())
    weights = (args.package / manifest["weights"]["file"]).read_bytes()
    counts, problems = collections.Counter(), []
    with tempfile.TemporaryDirectory(prefix="zeromiss-hostile-") as folder:
        work = pathlib.Path(folder)
        images = work / "images"
        images.mkdir()
        for image in sorted(path for path in args.images.rglob("*") if path.suffix in (".png", ".pgm"))[:3]:
            shutil.copy(image, images)
        args.images = images
        first = run(args, args.package, work / "whole", isolate=False)
        if first.returncode not in (0, 1, 4):
            sys.exit(f"the whole model: exit {first.returncode}: {first.stderr.decode()}")
        for index in range(args.rounds):
            for kind in KINDS:
                archive = kind(weights, random.Random(f"{args.seed} {index} {kind.__name__}"))
                package, output = work / "package", work / "out"
                for old in (package, output):
                    shutil.rmtree(old, ignore_errors=True)
                shutil.copytree(args.package, package)
                manifest["weights"]["sha256"] = hashlib.sha256(archive).hexdigest()
                (package / manifest["weights"]["file"]).write_bytes(archive)
                (package / "model.json").write_text(json.dumps(manifest))
                try:
                    result = run(args, package, output)
                    problem = broken_promise(args, package, result, output)
                    crashed = b"'s process" in result.stderr
                    counts[kind.__name__, "child died" if crashed else f"exit {result.returncode}"] += 1
                except subprocess.TimeoutExpired:
                    problem = f"no end within {SECONDS} s"
                if problem:
                    problems.append(f"{kind.__name__}, round {index}: {problem}")
    for (kind, end), count in sorted(counts.items()):
        print(f"{kind:18} {end:12} {count}")
    print(f"{sum(counts.values())} archives, {len(problems)} broken promises")
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
