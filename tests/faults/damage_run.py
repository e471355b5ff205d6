#!/usr/bin/env python3
"""Damaged files through inspect itself: what damage_sweep wrote is inspected without and with --hash-list.

    damage_run.py --sweep FILE --inspect FILE --package DIR [--rounds 80] [--work DIR] SOURCE…

Every file that the decoder refuses must be ERROR in results.jsonl, so none of them PASS; with the SHA-256s from
before the damage every single file must be ERROR. The table of damage_sweep is printed first.
"""
import argparse
import collections
import csv
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sweep", required=True, help="damage_sweep")
    parser.add_argument("--inspect", required=True)
    parser.add_argument("--package", required=True)
    parser.add_argument("--rounds", default="80", help="80 rounds are 20,000 files")
    parser.add_argument("--work")
    parser.add_argument("sources", nargs="+")
    args = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="zeromiss-damage-", dir=args.work))
    broken = 0
    try:
        swept = subprocess.run([args.sweep, "--rounds", args.rounds, "--write", work, *args.sources], text=True, stdout=subprocess.PIPE)
        print(swept.stdout)
        broken += swept.returncode != 0
        with (work / "files.csv").open() as file:
            rows = list(csv.DictReader(file))
        base = [args.inspect, "-m", args.package, "-i", work / "files", "-q", "--no-html"]
        for name, more in (("without --hash-list", []), ("with --hash-list", ["--hash-list", work / "sums"])):
            output = work / name.replace(" ", "-")
            code = subprocess.run([*base, "-o", output, *more], stdout=subprocess.DEVNULL).returncode
            with (output / "results.jsonl").open() as lines:
                found = {record["image"]: record for record in map(json.loads, lines)}
            counts = collections.Counter((row["outcome"], found[row["file"]]["verdict"]) for row in rows)
            codes = collections.Counter(record["error"]["code"] for record in found.values() if "error" in record)
            print(f"inspect {name}: exit code {code}, {len(found)} records")
            for (outcome, verdict), count in sorted(counts.items()):
                print(f"  {outcome:8} by the decoder: {count:6} {verdict}")
            print("  " + ", ".join(f"{code} {count}" for code, count in codes.most_common()))
            passes = sum(count for (outcome, verdict), count in counts.items() if verdict != "ERROR" and (more or outcome == "refused"))
            if code != 4 or len(found) != len(rows) or passes:
                print(f"BROKEN {passes} damaged files that can be told were not ERROR")
                broken += 1
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
