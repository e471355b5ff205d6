"""The limits of train_segmenter.py, and what it says they let pass. Skipped without PyTorch."""

import argparse
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
sys.dont_write_bytecode = True

try:
    import numpy as np
    import torch
    import train_segmenter as train
    from PIL import Image
    from training import masks
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(4)

SIZE, STRIDE, GAIN = 32, 4, 6.0


class Bright(torch.nn.Module):
    """A block of 4 x 4 pixels is a defect as far as it is bright: P = 1 / (1 + exp(-6 (mean - 1)))."""

    def forward(self, x):
        bright = GAIN * (torch.nn.functional.avg_pool2d(x[:, :1], STRIDE) - 1.0)
        return torch.cat([torch.zeros_like(bright), bright], 1)


class Limits(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        self.items = []

    def picture(self, defective, *blocks):
        """Black, with bright rectangles (x, y, width, height, brightness), all in blocks of 4."""
        pixels = np.zeros((SIZE, SIZE, 3), np.uint8)
        for x, y, w, h, brightness in blocks:
            pixels[4 * y : 4 * (y + h), 4 * x : 4 * (x + w)] = brightness
        file = self.path / f"{len(self.items)}.png"
        Image.fromarray(pixels).save(file)
        truth = np.zeros((SIZE, SIZE), np.uint8)
        truth[:4, :4] = defective
        self.items.append(masks.Item(file, file.name, lambda: truth))

    def limits(self, min_area, pixel=0.4):
        options = argparse.Namespace(
            size=SIZE, name="m", version="1", license="x", pixel=pixel, min_area=min_area, margin=0.1,
            reject_at=0.5, date="2026-01-31", output=pathlib.Path("m"),
        )
        manifest = train.manifest_of(["defect"], options)
        manifest["input"].update({"mean": [0, 0, 0], "std": [0.5, 0.5, 0.5]})
        highest, defective, seen, _ = train.figures(Bright(), self.items, manifest)
        train.choose(highest, defective, seen, manifest, options)
        origin = train.judged(train.package_scores(highest, seen, manifest), defective, manifest, options)
        # What the package does with the files themselves.
        verdicts = [train.results.run(Bright(), item.path, manifest).verdict for item in self.items]
        passed = sum(v == "PASS" for v, d in zip(verdicts, defective) if d)
        kept = sum(v != "PASS" for v, d in zip(verdicts, defective) if not d)
        self.assertEqual((passed, kept), (origin["escapes"], origin["overkills"]))
        return highest, manifest, origin

    def test_without_min_area_the_highest_probability_counts(self):
        self.picture(True, (1, 1, 3, 3, 240))
        self.picture(True, (5, 5, 1, 1, 200))  # the lowest
        self.picture(False, (2, 2, 1, 1, 40))
        highest, manifest, origin = self.limits(0.0)
        expected = int(highest[1] * 0.9 * 1e4) / 1e4
        self.assertEqual(manifest["decision"]["review_at"], expected)
        self.assertEqual(manifest["output"]["pixel"], 0.4)
        self.assertEqual((origin["escapes"], origin["overkills"]), (0, 0))
        self.assertEqual(origin["method"], "no escape on held-out images, one validation part by source")
        # A min_area that drops nothing changes nothing.
        self.assertEqual(self.limits(1.0)[1]["decision"], manifest["decision"])

    def test_pixel_sinks_with_a_low_limit(self):
        self.picture(True, (1, 1, 4, 4, 90))
        self.picture(False)
        for min_area in 0.0, 20.0:
            highest, manifest, origin = self.limits(min_area)
            self.assertLess(highest[0], 0.4)
            self.assertEqual(manifest["output"]["pixel"], manifest["decision"]["review_at"])
            self.assertEqual(origin["escapes"], 0)

    def test_a_defect_that_is_dropped_escapes(self):
        self.picture(True, (1, 1, 3, 3, 240))
        self.picture(True, (5, 5, 1, 1, 240))  # its only group is too small
        self.picture(False)
        self.assertEqual(self.limits(0.0)[2]["escapes"], 0)
        origin = self.limits(60.0)[2]
        self.assertEqual((origin["escapes"], origin["defective"]), (1, 2))
        self.assertNotIn("no escape", origin["method"])
        self.assertEqual(origin["escape_rate_upper_95"], round(0.95**0.5, 4))  # 1 - p^2 = 0.05

    def test_the_groups_that_are_left_set_the_limit(self):
        # The small group is brighter than the large one, which is all that the package sees.
        self.picture(True, (0, 0, 3, 3, 150), (6, 6, 1, 1, 255))
        self.picture(False, (2, 2, 1, 1, 255))  # dropped: no overkill
        highest, manifest, origin = self.limits(60.0)
        self.assertLess(manifest["decision"]["review_at"], 0.9 * 0.75)
        self.assertGreater(highest[0], 0.95)
        self.assertEqual((origin["escapes"], origin["overkills"]), (0, 0))


if __name__ == "__main__":
    unittest.main()
