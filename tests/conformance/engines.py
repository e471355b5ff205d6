"""LibTorch and OpenVINO give the same verdicts on 200 images: engines.py INSPECT

The bundled model as TorchScript (data/models) and as OpenVINO's files (tests/data/openvino, made of it by
scripts/convert_package.py), on the samples and on wafer maps drawn here. Needs only Python's library.
"""

import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "data/models/wafer-map-cnn"
IMAGES = 200
CLOSE = 1e-4  # of a score; fp32 sums in another order are apart by far less


def drawn_map(rng):
    """A wafer map as PGM: 0 no die, 128 passed, 255 failed, with a soft spot of failures."""
    side = rng.choice((26, 38, 52, 64))
    spot, size, rate = (rng.uniform(-0.7, 0.7), rng.uniform(-0.7, 0.7)), rng.uniform(0.1, 0.8), rng.random() ** 3
    pixels = bytearray()
    for row in range(side):
        for column in range(side):
            x, y = (column + 0.5) / side * 2 - 1, (row + 0.5) / side * 2 - 1
            near = ((x - spot[0]) ** 2 + (y - spot[1]) ** 2) ** 0.5 < size
            failed = rng.random() < (rate if near else 0.02)
            pixels.append(0 if x * x + y * y > 1 else 255 if failed else 128)
    return b"P5\n%d %d\n255\n" % (side, side) + bytes(pixels)


def make_lot(folder):
    files = sorted((ROOT / "data/samples").glob("*/*.png"))
    for file in files:
        shutil.copy(file, folder / f"{file.parent.name}-{file.name}")
    rng = random.Random(7)
    for number in range(IMAGES - len(files)):
        (folder / f"drawn-{number:03}.pgm").write_bytes(drawn_map(rng))


def inspected(inspect, package, lot, output):
    command = [inspect, "-m", package, "-i", lot, "-o", output, "--no-html", "-q"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"inspect -m {package} ended with {run.returncode}: {run.stderr}")
    return [json.loads(line) for line in (output / "results.jsonl").read_text().splitlines()]


def main():
    inspect = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="zeromiss-engines-") as name:
        work = pathlib.Path(name)
        package = shutil.copytree(ROOT / "tests/data/openvino/wafer-map-cnn", work / "package")
        shutil.copytree(MODEL / "golden", package / "golden")
        lot = work / "lot"
        lot.mkdir()
        make_lot(lot)
        torch = inspected(inspect, MODEL, lot, work / "torch")
        openvino = inspected(inspect, package, lot, work / "openvino")
    counts = {}
    largest, other = 0.0, []
    for a, b in zip(torch, openvino, strict=True):
        counts[a["verdict"]] = counts.get(a["verdict"], 0) + 1
        largest = max(largest, abs(a["score"] - b["score"]))
        if (a["image"], a["verdict"], a["label"]) != (b["image"], b["verdict"], b["label"]):
            other.append(a["image"])
    print(f"{len(torch)} images, {counts}; other verdicts: {other}; scores differ by at most {largest:.2g}")
    return 0 if len(torch) == IMAGES and len(counts) >= 2 and not other and largest <= CLOSE else 1


if __name__ == "__main__":
    sys.exit(main())
