#!/usr/bin/env python3
"""Writes tests/data/nms/golden.json: boxes, scores and what torchvision.ops leaves of them; and ops.pt and ops.json
there, a TorchScript module that calls torchvision's own operators, and what it gives.

Needs torchvision (pip install torch torchvision); the tests themselves read only the result. Numbers
are float32 written so that they read back to the same bits.
"""

import json
import pathlib
import sys

import torch
import torchvision
from torchvision.ops import batched_nms, nms

OUT = pathlib.Path(__file__).resolve().parents[1] / "tests/data/nms/golden.json"


def numbers(tensor):
    return [float(value) for value in tensor.flatten().tolist()]


def case(name, boxes, scores, iou, labels=None):
    boxes, scores = boxes.float(), scores.float()
    if labels is None:
        kept = nms(boxes, scores, iou)
    else:
        kept = batched_nms(boxes, scores, labels, iou)
    entry = {"name": name, "iou": iou, "boxes": numbers(boxes), "scores": numbers(scores), "kept": kept.tolist()}
    if labels is not None:
        entry["labels"] = labels.tolist()
    return entry


def with_iou(count, iou):
    """As torchvision's own test makes them: the last box overlaps the best one just above the limit."""
    boxes = torch.rand(count, 4) * 100
    boxes[:, 2:] += boxes[:, :2]
    boxes[-1, :] = boxes[0, :]
    x0, _, x1, _ = boxes[-1].tolist()
    boxes[-1, 0] += (x1 - x0) * (1 - (iou + 1e-5)) / (1 + (iou + 1e-5))
    scores = torch.rand(count)
    scores[0] = scores.max() + 1e-3
    return boxes, scores


def clustered(count):
    centres = torch.rand(12, 2) * 500
    which = torch.randint(0, 12, (count,))
    middle = centres[which] + torch.randn(count, 2) * 6
    half = 15 + torch.rand(count, 2) * 25
    return torch.cat([middle - half, middle + half], 1), torch.rand(count)


class Operators(torch.nn.Module):
    """As scripted detectors call them; four pictures of 4 x 4 in, a region each."""

    def __init__(self):
        super().__init__()
        self.register_buffer("regions", torch.tensor([[0, 0, 0, 4, 4], [1, 0.5, 1, 3.25, 2], [2, -2, -2, 1, 6], [3, 3, 3, 3, 3]]).float())
        self.register_buffer("boxes", torch.tensor([[0, 0, 10, 10], [1, 1, 11, 11], [20, 20, 30, 30], [21, 20, 30, 30]]).float())

    def forward(self, x):
        regions = self.regions + 0.0 * x[0, 0, 0, 0]  # nowhere, where that pixel is NaN
        a = torch.ops.torchvision.roi_align(x, regions, 1.0, 2, 3, 2, False)
        b = torch.ops.torchvision.roi_align(x, regions, 0.5, 2, 2, -1, True)
        kept = torch.ops.torchvision.nms(self.boxes, x[:, 0, 1, 1], 0.5)
        return a, b, kept.unsqueeze(0).expand(4, -1)


def write_operators(folder):
    module = torch.jit.script(Operators().eval())
    x = torch.arange(64).reshape(4, 1, 4, 4).float() * 37 % 101 / 100
    torch.jit.save(module, str(folder / "ops.pt"))
    a, b, kept = module(x)
    outputs = {"a": numbers(a), "b": numbers(b), "kept": kept.tolist()}
    (folder / "ops.json").write_text(json.dumps(outputs) + "\n")


def main() -> int:
    torch.manual_seed(20261)
    cases = []
    for iou in (0.2, 0.5, 0.8):
        cases.append(case(f"random, one at IoU {iou}", *with_iou(60, iou), iou))
        boxes, scores = clustered(80)
        cases.append(case(f"clusters at {iou}", boxes, scores, iou))
        cases.append(case(f"clusters of three classes at {iou}", boxes, scores, iou, torch.randint(0, 3, (80,))))
    boxes, scores = clustered(60)
    cases.append(case("equal scores", boxes, torch.full((60,), 0.5), 0.45))
    cases.append(case("scores in five steps", boxes, (scores * 5).floor() / 5, 0.45))
    same = torch.tensor([[10.0, 10.0, 20.0, 20.0]]).repeat(4, 1)
    cases.append(case("the same box four times", same, torch.tensor([0.1, 0.9, 0.9, 0.3]), 0.5))
    cases.append(case("the same box of two classes", same, torch.tensor([0.1, 0.9, 0.8, 0.3]), 0.5,
                      torch.tensor([0, 0, 1, 1])))
    # Overlap 1/3 exactly in numbers that float32 holds: not above its own limit.
    half = torch.tensor([[0.0, 0.0, 2.0, 1.0], [1.0, 0.0, 3.0, 1.0]])
    cases.append(case("at the limit", half, torch.tensor([0.9, 0.8]), float(torch.tensor(1 / 3))))
    cases.append(case("below the limit", half, torch.tensor([0.9, 0.8]), 0.34))
    cases.append(case("above the limit", half, torch.tensor([0.9, 0.8]), 0.33))
    empty = torch.tensor([[5.0, 5.0, 5.0, 5.0], [5.0, 5.0, 5.0, 5.0], [0.0, 0.0, 10.0, 10.0]])
    cases.append(case("boxes without area", empty, torch.tensor([0.9, 0.8, 0.7]), 0.5))
    cases.append(case("no overlap allowed", boxes, scores, 0.0))
    cases.append(case("every overlap allowed", boxes, scores, 1.0))
    cases.append(case("nothing", torch.zeros(0, 4), torch.zeros(0), 0.5))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    text = ",\n".join(json.dumps(entry) for entry in cases)
    OUT.write_text('{"made_with": {"torch": "%s", "torchvision": "%s"},\n"cases": [\n%s\n]}\n'
                   % (torch.__version__.split("+")[0], torchvision.__version__.split("+")[0], text))
    write_operators(OUT.parent)
    print(f"{len(cases)} cases in {OUT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
