"""train_segmenter.py: its limits and what it says they let pass, its cut-outs, its test part.

Skipped without PyTorch.
"""

import argparse
import json
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
            size=(SIZE, SIZE), encoder="small", name="m", version="1", license="x", pixel=pixel, min_area=min_area, margin=0.1,
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


class CutOuts(unittest.TestCase):
    SIDE, WIDTH, HEIGHT = 64, 256, 96

    def setUp(self):
        """Two letterboxed pictures: one with a bright defect of 8 x 8 pixels, one without any."""
        pixels = torch.full((2, 3, self.HEIGHT, self.WIDTH), 60, dtype=torch.uint8)
        labels = torch.zeros(2, self.HEIGHT, self.WIDTH, dtype=torch.uint8)
        pixels[0, :, 20:28, 200:208], labels[0, 20:28, 200:208] = 240, 1
        self.arrays = masks.Arrays(pixels, labels, torch.tensor([[90, 0, 250, 96], [90, 0, 166, 96]]))

    def centres(self, picture, count=200):
        drawn = torch.full((count,), picture)
        return masks.centres(self.arrays, drawn, self.SIDE, np.random.default_rng(1)).numpy()

    def test_a_centre_is_near_a_defect_or_else_anywhere_in_the_picture(self):
        x, y = self.centres(0).T
        near = 0.35 * self.SIDE
        self.assertTrue((x > 200 - near).all() and (x < 207 + near).all())
        self.assertTrue((y > 20 - near).all() and (y < 27 + near).all())
        x, y = self.centres(1).T
        self.assertTrue((x >= 90).all() and (x <= 166).all() and (y >= 0).all() and (y <= 96).all())
        self.assertLess(x.min(), 95)  # and not in one place
        self.assertGreater(x.max(), 161)

    def test_picture_and_labels_are_cut_alike(self):
        drawn = torch.zeros(64, dtype=torch.long)
        centre = torch.tensor([[203.5, 23.5]]).expand(64, 2)
        generator = torch.Generator().manual_seed(1)
        x, y = masks.changed(
            self.arrays.pixels[drawn], self.arrays.labels[drawn], generator, self.SIDE, centre
        )
        self.assertEqual((x.shape, y.shape), ((64, 3, 64, 64), (64, 64, 64)))
        # zoom exp(-0.35 .. 0.45) both ways and aspect exp(-0.15 .. 0.15): 64 pixels become 22 to 150
        area = y.sum((1, 2))
        self.assertGreater(area.min(), 15)
        self.assertLess(area.max(), 170)
        for picture, label in zip(x.mean(1), y):
            self.assertGreater(picture[label == 1].mean(), picture[label == 0].mean() + 60)
            rows, columns = (label == 1).nonzero().float().mean(0).tolist()
            self.assertAlmostEqual(rows, 31.5, delta=1.5)
            self.assertAlmostEqual(columns, 31.5, delta=1.5)


class Labels(unittest.TestCase):
    """What would be taught as good without a word."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)

    def test_masks_of_class_numbers_are_no_shades(self):
        Image.new("L", (4, 4)).save(self.path / "a.jpg")
        for value, expected in (0, 0), (128, 1), (255, 1), (1, None), (127, None):
            Image.new("L", (4, 4), value).save(self.path / "a.png")
            item = masks.from_pairs(self.path, "defect")[0][0]
            if expected is None:
                self.assertRaises(SystemExit, item.mask)
            else:
                self.assertTrue((item.mask() == expected).all())

    def test_a_box_without_a_polygon_is_no_mask(self):
        annotation = {"id": 7, "image_id": 1, "category_id": 1, "area": 4, "bbox": [0, 0, 2, 2]}
        document = {
            "categories": [{"id": 1, "name": "scratch"}],
            "images": [{"id": 1, "file_name": "a.png", "width": 4, "height": 4}],
        }
        for polygons, fine in ([[0, 0, 2, 0, 2, 2]], True), ([], False):
            labels = {**document, "annotations": [{**annotation, "segmentation": polygons}]}
            (self.path / "coco.json").write_text(json.dumps(labels))
            if fine:
                self.assertTrue(masks.from_coco(self.path, self.path / "coco.json")[0][0].mask().any())
            else:
                self.assertRaises(SystemExit, masks.from_coco, self.path, self.path / "coco.json")

    def test_golden_images_have_names_of_their_own(self):
        for name in "a/1.png", "b/1.png", "b/2.png":
            (self.path / name).parent.mkdir(exist_ok=True)
            (self.path / name).touch()
        masks.require_golden([self.path / "a/1.png", self.path / "b/2.png"])
        self.assertRaises(SystemExit, masks.require_golden, [self.path / "a/1.png", self.path / "b/1.png"])
        self.assertRaises(SystemExit, masks.require_golden, [self.path / "a/3.png"])

    def test_no_limit_without_the_images_that_have_no_number(self):
        limits = train.limits
        limits.require_finite(np.array([[0.5, 0.5]]), "an image")
        limits.require_finite(np.empty((0, 2)), "an image")
        self.assertRaises(SystemExit, limits.require_finite, np.array([[0.5, 0.5], [np.nan, 0]]), "an image")


class Options(unittest.TestCase):
    def test_sides(self):
        self.assertEqual(train.data.sides("224"), (224, 224))
        self.assertEqual(train.data.sides("640x416"), (640, 416))
        for text in "", "x", "640x", "a", "0", "1x2x3", "-32":
            self.assertRaises(ValueError, train.data.sides, text)

    def test_test_part_is_written_as_labels(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "test.csv"
            items = [
                masks.Item(pathlib.Path("x"), name, lambda bad=bad: np.full((4, 4), bad, np.uint8))
                for name, bad in (("b/a,1.jpg", 1), ("a.jpg", 0))
            ]
            train.save_test(items, file)
            self.assertEqual(
                file.read_bytes(), b'image,label\na.jpg,good\n"b/a,1.jpg",defect\n'
            )


if __name__ == "__main__":
    unittest.main()
