"""What imports and conversions hold a package to: content rules, batches, rounding. Skipped without PyTorch."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
sys.dont_write_bytecode = True

try:
    import convert_package
    import numpy as np
    import torch
    from importing import networks
    from PIL import Image
    from training import reference
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(4)


class ContentRules(unittest.TestCase):
    SPEC = {"color": "gray", "steps": []}

    def opened(self, image, suffix, **how):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / f"picture.{suffix}"
        image.save(path, **how)
        opened = Image.open(path)
        self.addCleanup(opened.close)
        return opened

    def test_sixteen_bit_gray_is_rounded_to_eight(self):
        values = np.array([[0, 128, 129, 256], [257, 385, 386, 65535]], np.uint16)
        for suffix in "png", "tif":
            found = reference.pixels(
                self.opened(Image.fromarray(values), suffix), {**self.SPEC, "sixteen_bit": "scale"}
            )
            # v / 257: 0, 0.498, 0.502, 0.996; 1, 1.498, 1.502, 255
            self.assertEqual(found[:, :, 0].tolist(), [[0, 0, 1, 1], [1, 1, 2, 255]])

    def test_orientation_is_applied_when_the_package_says_so(self):
        picture = Image.fromarray(np.array([[10, 20], [30, 40]], np.uint8))
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned clockwise by 90 degrees
        opened = self.opened(picture, "png", exif=exif)
        found = reference.pixels(opened, {**self.SPEC, "orientation": "apply"})
        self.assertEqual(found[:, :, 0].tolist(), [[30, 10], [40, 20]])
        found = reference.pixels(opened, {**self.SPEC, "orientation": "ignore"})
        self.assertEqual(found[:, :, 0].tolist(), [[10, 20], [30, 40]])


class Batches(unittest.TestCase):
    MANIFEST = {"input": {"color": "gray"}, "output": {"kind": "logits"}}

    def notes(self, network):
        shown = []
        networks.check_batches(network, self.MANIFEST, (4, 4), shown.append)
        return shown

    def test_every_place_of_a_batch_is_looked_at(self):
        mean = lambda x: x.mean((1, 2, 3))[:, None]
        self.assertEqual(self.notes(mean), [])
        for place in range(3):
            def changed(x, place=place):
                return mean(x) + (torch.arange(len(x)) == place)[:, None] * (len(x) > 1)

            self.assertEqual(len(self.notes(changed)), 1)
        self.assertEqual(len(self.notes(lambda x: mean(x)[:1])), 1)
        self.assertEqual(len(self.notes(lambda x: mean(x).sum())), 1)


class Rounding(unittest.TestCase):
    def difference(self, change, transposed=False):
        head = torch.rand(1, 40, 6) * torch.tensor([640.0, 640, 640, 640, 1, 1])
        head = head.transpose(1, 2) if transposed else head

        def compiled(x):
            values = head.repeat(len(x), 1, 1)
            change(values.transpose(1, 2) if transposed else values)
            return [values.numpy()]

        network = lambda x: head.repeat(len(x), 1, 1)
        return convert_package.largest_difference(network, compiled, torch.zeros(8, 1, 2, 2))

    def test_large_boxes_excuse_no_other_score(self):
        def box(values):
            values[:, 3, 0] += 0.3

        def score(values):
            values[:, 3, 5] += 0.3

        for transposed in False, True:
            self.assertAlmostEqual(self.difference(box, transposed), 0.3, places=3)
            self.assertRaises(SystemExit, self.difference, score, transposed)


if __name__ == "__main__":
    unittest.main()
