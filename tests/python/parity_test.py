"""The comparison of tests/conformance/parity.py must see what it is there to see."""

import copy
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))
sys.dont_write_bytecode = True

import parity  # noqa: E402

EXPECTED = {
    "image": "a.png", "verdict": "REJECT", "score": 0.9, "label": "dent",
    "defects": [
        {"label": "dent", "score": 0.9, "bbox": [1.0, 2.0, 3.0, 4.0]},
        {"label": "dent", "score": 0.9, "bbox": [9.0, 2.0, 3.0, 4.0]},
    ],
}


def found(**changes):
    return {**copy.deepcopy(EXPECTED), **changes}


class Masks(unittest.TestCase):
    def test_runs(self):
        # mask.frPyObjects of pycocotools 2.0.10 for runs [6, 1, 40, 4, 5, 4, 5, 4, 21] of 9 x 10.
        self.assertEqual(parity.runs_of("61X13mN000`0"), [6, 1, 40, 4, 5, 4, 5, 4, 21])

    def test_iou(self):
        # 4 pixels and 4 pixels share 2 of 6.
        self.assertAlmostEqual(parity.iou([2, 4, 4], [4, 4, 2]), 2 / 6)
        self.assertEqual(parity.iou([10], [10]), 1.0)
        self.assertEqual(parity.iou([0, 4, 6], [6, 4]), 0.0)


class Records(unittest.TestCase):
    def compare(self, record, expected=EXPECTED):
        return parity.compare(expected, record, parity.Worst())

    def test_equal(self):
        self.assertIsNone(self.compare(found()))
        self.assertIsNone(self.compare(found(score=0.90009)))
        self.assertIsNone(self.compare(found(defects=EXPECTED["defects"][::-1])))

    def test_different(self):
        self.assertIn("score", self.compare(found(score=0.9002)))
        self.assertIn("score", self.compare(found(score=float("nan"))))
        self.assertIn("verdict", self.compare(found(verdict="REVIEW")))
        self.assertIn("label", self.compare(found(label="crack")))
        self.assertIn("1 defects", self.compare(found(defects=EXPECTED["defects"][:1])))
        moved = found()
        moved["defects"][1]["bbox"][0] += 0.011
        self.assertIn("box", self.compare(moved))
        other = found()
        other["defects"][0]["label"] = "crack"
        self.assertIn("label crack", self.compare(other))

    def test_probabilities(self):
        expected = {k: v for k, v in EXPECTED.items() if k != "defects"} | {"probabilities": [0.1, 0.9]}
        record = {**expected, "probabilities": [0.1002, 0.8998]}
        self.assertIn("probabilities", self.compare(record, expected))


if __name__ == "__main__":
    unittest.main()
