#!/usr/bin/env python3
"""Chooses limits on one part of ../shared/data/wm811k-dev and certifies them on another, with the bundled model.

    show_calibration.py [--tools build/release/bin] [--data ../shared/data/wm811k-dev]

1. On `train`: the model has learnt these very maps, so their scores are better than any to come.
2. On half of the sources of `test` that have a defect, certified on the other half. File names are row numbers of WM-811K, where wafers of
   a lot are neighbours: rows at most 50 apart are one source, and no source is in both halves. The good maps come from few sources, all
   in the first half, so overkill is that of the first half.
Prints one line a margin, and the certificate by sources instead of images.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NEAR = 50


def rows_of(folder, data):
    """(image, class, source), in the order of the table."""
    rows, source, last = [], 0, None
    for row, file in sorted((int(file.stem), file) for file in folder.rglob("*.png")):
        source += last is not None and row - last > NEAR
        last = row
        rows.append((str(file.relative_to(data)), file.parent.name, source))
    return rows


def write(file, rows):
    file.write_text("image,label,source\n" + "".join(f"{image},{label},{source}\n" for image, label, source in rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "../shared/data/wm811k-dev")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)

        def tool(name, *words):
            subprocess.run([str(args.tools / name), *map(str, words)], check=True, stdout=subprocess.DEVNULL)

        tool("inspect", "-m", ROOT / "data/models/wafer-map-cnn", "-i", args.data, "-o", work / "run", "--no-html", "-q")
        train, test = (rows_of(args.data / part, args.data) for part in ("train", "test"))
        for name, rows in {"train": train, "test": test, "first half": [row for row in test if row[2] % 2 == 0],
                           "second half": [row for row in test if row[2] % 2]}.items():
            write(work / f"{name}.csv", rows)
        common = ["-p", work / "run", "--allow-unlabelled", "--overwrite", "--no-html", "-q"]
        for chosen_on, judged_on in (("train", "test"), ("first half", "second half")):
            print(f"limit chosen on: {chosen_on}, judged on: {judged_on}")
            for rule in (["--margin", "none"], ["--margin", "leave-one-out"], ["--margin", "bootstrap"]):
                tool("evaluate", "calibrate", *common, "-g", work / f"{chosen_on}.csv", "-o", work / "calibration", *rule)
                chosen = json.loads((work / "calibration/calibration.json").read_text())
                tool("evaluate", *common, "-g", work / f"{judged_on}.csv", "--calibration", work / "calibration", "-o", work / "metrics",
                     "--group-column", "source")
                metrics = json.loads((work / "metrics/metrics.json").read_text())
                point, overall = metrics["operating_point"], metrics["certificate"]["overall"]
                print(f"  {rule[1]:14} limit {chosen['review_at']:.4f}: {chosen['escapes']} of {chosen['defective']} escape where it was chosen "
                      f"(at most {chosen['escape_rate_upper']:.2%}), overkill {chosen['overkills']} of {chosen['good']}, accuracy {chosen['accuracy']:.3f} | "
                      f"judged: {point['escapes']} of {point['defective']} (at most {point['escape_rate_upper']:.2%}; by sources {overall['escapes']} of "
                      f"{overall['defective']}, at most {overall['escape_rate_upper']:.2%}), overkill {point['overkills']} of {point['good']}")


if __name__ == "__main__":
    main()
