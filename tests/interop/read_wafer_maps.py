#!/usr/bin/env python3
"""Reads what `inspect --id-pattern` wrote with readers that others made, and compares with wafers.csv.

    python3 -m venv v && v/bin/pip install g85 klarf-reader klarfio klarfrs
    v/bin/python tests/interop/read_wafer_maps.py RESULTS        (needs RESULTS/wafers, made by inspect)

For hands, not for CI: these packages are no part of the set-up.
"""
import csv
import pathlib
import sys

import g85
import klarfio.klarfio
import klarfrs
from klarf_reader.klarf import Klarf


def check(name, found, expected):
    if found != expected:
        sys.exit(f"{name}: {found!r}, expected {expected!r}")


def main():
    folder = pathlib.Path(sys.argv[1]) / "wafers"
    with open(folder / "wafers.csv", newline="") as text:
        rows = list(csv.DictReader(text))
    for row in rows:
        wafer = folder / row["folder"]
        bad = sum(int(row[state]) for state in ("review", "reject", "error", "missing"))
        with open(wafer / "map.g85.xml") as text:
            (wafer_map,) = g85.read(text)
        (device,) = wafer_map.devices
        counts = device.bin_counts()
        passing = [code for code, good in device.bin_pass.items() if good]
        check("G85 pass bins", passing, ["1"])
        check("G85 pass dies", counts["1"], int(row["pass"]))
        check("G85 other dies", sum(n for code, n in counts.items() if code not in ("1", device.NullBin)), bad)
        content = Klarf.load_from_file(filepath=str(wafer / "defects.001"))
        check("klarf-reader lot", content.lot_id, row["lot"])
        check("klarf-reader defects", len(content.wafers[0].defects), bad)
        other = klarfio.klarfio.klarf(str(wafer / "defects.001"))
        check("klarfio version", other.version, "1.2")
        # Its parse_defects() takes every line up to the end of the file for a defect: only the head is asked.
        third = klarfrs.parse(str(wafer / "defects.001"))
        check("klarfrs wafer", third.wafer_id.strip('";'), row["wafer"])
        print(row["folder"], "dies", row["dies"], "pass", counts["1"], "defects", bad, "orientation", device.Orientation,
              "origin", device.OriginLocation, "klarfrs sees", third.wafer_id)
    print(f"{len(rows)} wafers read back")


if __name__ == "__main__":
    main()
