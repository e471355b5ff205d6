#!/usr/bin/env python3
"""Pillow's resize against ours, in turn in one run: median processor times and their ratio.

    cmake --build --preset release --target bench_resize
    python3 tests/bench/bench_resize.py build/release/bin/bench_resize
"""
import os
import statistics
import subprocess
import sys
import time

import PIL
from PIL import Image

ROUNDS = 15
CASES = [(1280, 1024, 3, 224, 224, "bilinear"), (1280, 1024, 3, 224, 224, "box"),
         (1280, 1024, 3, 224, 224, "bicubic"), (1280, 1024, 3, 224, 224, "lanczos"),
         (1280, 1024, 1, 224, 224, "bilinear"), (640, 480, 3, 341, 256, "bilinear"),
         (64, 64, 3, 224, 224, "bilinear")]


def pillow_ms(width, height, channels, to_width, to_height, name, repeats):
    data = os.urandom(width * height * channels)
    image = Image.frombytes("L" if channels == 1 else "RGB", (width, height), data)
    start = time.thread_time()
    for _ in range(repeats):
        image.resize((to_width, to_height), Image.Resampling[name.upper()])
    return (time.thread_time() - start) / repeats * 1e3


def main():
    ours = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    print(f"Pillow {PIL.__version__}, median of {ROUNDS} rounds, ms a picture")
    for case in CASES:
        repeats = 5 if case[0] > 200 else 50
        times = ([], [])
        for _ in range(ROUNDS):
            times[0].append(pillow_ms(*case, repeats))
            print(*case, repeats, file=ours.stdin, flush=True)
            times[1].append(float(ours.stdout.readline().split()[0]))
        pillow, own = map(statistics.median, times)
        print("{}x{}x{} -> {}x{} {:9}".format(*case), f"Pillow {pillow:7.3f}  zeromiss {own:7.3f}"
              f"  ratio {pillow / own:5.2f}")
    ours.stdin.close()
    ours.wait()


main()
