#!/usr/bin/env python3
"""Plants wrong labels and says how many of them `evaluate audit --predictions` ranks on top.

    bench_doubts.py --bin DIR --model PACKAGE --test FOLDER [--wrong 20] [--good none] [--work DIR]

FOLDER has one folder a class. Every k-th image moves from the good class to a defect class or the other way
round; then inspect and evaluate audit run on the set, and label_doubts.csv is held against what was planted.
"""
import argparse
import csv
import pathlib
import shutil
import subprocess
import tempfile


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--inspect", type=pathlib.Path, help="instead of the one in --bin")
    parser.add_argument("--model", required=True, type=pathlib.Path)
    parser.add_argument("--test", required=True, type=pathlib.Path)
    parser.add_argument("--wrong", type=int, default=20)
    parser.add_argument("--good", default="none")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        test = pathlib.Path(work) / "test"
        shutil.copytree(args.test, test)
        defects = sorted(f.name for f in test.iterdir() if f.is_dir() and f.name != args.good)
        goods = sorted((test / args.good).iterdir())
        bads = sorted(f for name in defects for f in (test / name).iterdir())
        planted = set()
        for i in range(args.wrong):
            source = goods if i % 2 == 0 else bads
            file = source[(i // 2) * len(source) // (args.wrong // 2 + 1)]
            target = test / (defects[i % len(defects)] if i % 2 == 0 else args.good) / f"wrong_{i}{file.suffix}"
            file.rename(target)
            planted.add("test/" + str(target.relative_to(test)))
        inspect = args.inspect or args.bin / "inspect"
        subprocess.run([inspect, "-m", args.model, "-i", test, "-o", f"{work}/out", "-q", "--no-html"], check=True)
        result = subprocess.run([args.bin / "evaluate", "audit", test, "-p", f"{work}/out", "-o", f"{work}/audit", "-q",
                                 "--no-crops", "--no-html"], stdout=subprocess.DEVNULL)
        print("audit: exit", result.returncode)
        with open(f"{work}/audit/label_doubts.csv", newline="") as table:
            ranks = {row["image"]: int(row["rank"]) for row in csv.DictReader(table)}
    hit = sorted(ranks[name] for name in planted if name in ranks)
    total = sum(1 for f in args.test.rglob("*") if f.is_file())
    print(f"{len(planted)} wrong labels among {total} images; {len(hit)} of them among the {len(ranks)} doubts")
    for top in (args.wrong // 2, args.wrong, 2 * args.wrong, 5 * args.wrong):
        print(f"  in the first {top}: {sum(1 for r in hit if r <= top)}")


if __name__ == "__main__":
    main()
