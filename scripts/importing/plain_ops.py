"""torchvision's compiled operators, written in plain PyTorch, for detectors that LibTorch shall load.

A scripted detector calls torchvision::nms and torchvision::roi_align, which only torchvision's own library
brings. While `plain()` is open, scripting finds these functions in their place.
"""

import contextlib

import torch
from torch import Tensor


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Of two boxes with an IoU above the threshold the one with the lower score goes."""
    order = torch.argsort(scores, dim=0, descending=True, stable=True)
    sorted_boxes = boxes[order]
    x1, y1, x2, y2 = sorted_boxes.unbind(1)
    areas = (x2 - x1) * (y2 - y1)
    alive = torch.ones(order.size(0), dtype=torch.bool, device=boxes.device)
    for i in range(order.size(0)):
        if bool(alive[i]):
            w = (torch.minimum(x2[i], x2[i + 1 :]) - torch.maximum(x1[i], x1[i + 1 :])).clamp(min=0)
            h = (torch.minimum(y2[i], y2[i + 1 :]) - torch.maximum(y1[i], y1[i + 1 :])).clamp(min=0)
            both = w * h
            alive[i + 1 :] &= ~(both / (areas[i] + areas[i + 1 :] - both) > iou_threshold)
    return order[alive]


def box_iou(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    """Of upright boxes, N x M; only training asks for it, but it is compiled all the same."""
    low = torch.maximum(boxes1[:, None, :2], boxes2[:, :2])
    high = torch.minimum(boxes1[:, None, 2:], boxes2[:, 2:])
    both = (high - low).clamp(min=0).prod(2)
    area1 = (boxes1[:, 2:] - boxes1[:, :2]).prod(1)
    area2 = (boxes2[:, 2:] - boxes2[:, :2]).prod(1)
    return both / (area1[:, None] + area2 - both)


def roi_align(
    input: Tensor,
    boxes: Tensor,
    output_size: list[int],
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> Tensor:
    """Mean of bilinear samples in each cell; boxes are K x 5: image, x1, y1, x2, y2."""
    assert sampling_ratio > 0, "a fixed number of samples a cell is needed"
    n, channels, height, width = input.shape
    rows, columns = output_size[0], output_size[1]
    offset = 0.5 if aligned else 0.0
    x1 = boxes[:, 1] * spatial_scale - offset
    y1 = boxes[:, 2] * spatial_scale - offset
    w = boxes[:, 3] * spatial_scale - offset - x1
    h = boxes[:, 4] * spatial_scale - offset - y1
    if not aligned:
        w, h = w.clamp(min=1.0), h.clamp(min=1.0)
    at_y = (torch.arange(rows * sampling_ratio, device=input.device) + 0.5) / sampling_ratio
    at_x = (torch.arange(columns * sampling_ratio, device=input.device) + 0.5) / sampling_ratio
    y = y1[:, None] + at_y[None] * (h[:, None] / rows)
    x = x1[:, None] + at_x[None] * (w[:, None] / columns)
    valid_y = (y >= -1.0) & (y <= height)
    valid_x = (x >= -1.0) & (x <= width)
    y, x = y.clamp(min=0.0), x.clamp(min=0.0)
    y_low, x_low = y.long().clamp(max=height - 1), x.long().clamp(max=width - 1)
    y_high, x_high = (y_low + 1).clamp(max=height - 1), (x_low + 1).clamp(max=width - 1)
    down = torch.where(y_low == height - 1, torch.zeros_like(y), y - y_low)
    right = torch.where(x_low == width - 1, torch.zeros_like(x), x - x_low)
    image = boxes[:, 0].long()[:, None, None]
    flat = input.permute(0, 2, 3, 1)
    down, right = down[:, :, None, None], right[:, None, :, None]
    yl, yh, xl, xh = y_low[:, :, None], y_high[:, :, None], x_low[:, None], x_high[:, None]
    upper = flat[image, yl, xl] * (1.0 - right) + flat[image, yl, xh] * right
    lower = flat[image, yh, xl] * (1.0 - right) + flat[image, yh, xh] * right
    values = upper * (1.0 - down) + lower * down
    values = values * (valid_y[:, :, None, None] & valid_x[:, None, :, None])
    cells = values.reshape(-1, rows, sampling_ratio, columns, sampling_ratio, channels)
    return cells.mean([2, 4]).permute(0, 3, 1, 2)


@contextlib.contextmanager
def plain():
    """While open, torchvision's functions are these ones."""
    from torchvision.ops import boxes, poolers

    kept = boxes.nms, boxes.box_iou, poolers.roi_align
    boxes.nms, boxes.box_iou, poolers.roi_align = nms, box_iou, roi_align
    try:
        yield
    finally:
        boxes.nms, boxes.box_iou, poolers.roi_align = kept


def compiled_operators(module):
    """Operators of torchvision that a TorchScript network calls."""
    found, seen = set(), set()

    def walk(block):
        for node in block.nodes():
            if node.kind().startswith("torchvision::"):
                found.add(node.kind())
            for inner in node.blocks():
                walk(inner)

    for part in module.modules():
        for name in part._c._method_names():
            graph = part._c._get_method(name).graph.copy()
            torch._C._jit_pass_inline(graph)
            if id(graph) not in seen:
                seen.add(id(graph))
                walk(graph)
    return sorted(found)
