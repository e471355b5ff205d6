"""What a network's outputs mean for one picture, as apps/README.md says, with NumPy, SciPy-free, and
torchvision's NMS. Written apart from the C++ code, which is held to it by golden images.
"""

from dataclasses import dataclass, field

import numpy as np
import torch

from training import reference


@dataclass
class Found:
    label: int
    score: float
    box: tuple  # x, y, width, height in pixels of the picture
    mask: object = None  # H x W bool, or None

    @property
    def area(self):
        return float(self.mask.sum()) if self.mask is not None else self.box[2] * self.box[3]


@dataclass
class Result:
    score: float
    label: str
    verdict: str
    defects: list = field(default_factory=list)
    probabilities: list = None


def placement(spec, size):
    """3 x 3 matrix from continuous coordinates of a picture to those of the network's input, and the
    input's size."""
    matrix, (w, h) = np.eye(3), size

    def then(a, b, c, d, e, f):
        nonlocal matrix
        matrix = np.array([[a, b, c], [d, e, f], [0, 0, 1.0]]) @ matrix

    for step in spec["steps"]:
        op = step["op"]
        if op in ("resize", "resize_shortest"):
            if op == "resize":
                to = step["width"], step["height"]
            else:
                s = step["size"]
                to = (s, int(s * h / w)) if w <= h else (int(s * w / h), s)
            then(to[0] / w, 0, 0, 0, to[1] / h, 0)
            w, h = to
        elif op == "letterbox":
            rw, rh, left, top = reference.fit(w, h, step)
            then(rw / w, 0, left, 0, rh / h, top)
            w, h = step["width"], step["height"]
        elif op in ("center_crop", "crop"):
            x = step["x"] if op == "crop" else round((w - step["width"]) / 2)
            y = step["y"] if op == "crop" else round((h - step["height"]) / 2)
            then(1, 0, -x, 0, 1, -y)
            w, h = step["width"], step["height"]
        elif op == "flip":
            if step["axis"] == "horizontal":
                then(-1, 0, w, 0, 1, 0)
            else:
                then(1, 0, 0, 0, -1, h)
        elif op == "rotate":  # counter-clockwise
            if step["degrees"] == 90:
                then(0, 1, 0, -1, 0, w)
            elif step["degrees"] == 180:
                then(-1, 0, w, 0, -1, h)
            else:
                then(0, -1, h, 1, 0, 0)
            if step["degrees"] != 180:
                w, h = h, w
        else:
            raise SystemExit(f"step {op} is not known to this script")
    return matrix, (w, h)


def to_picture(corners, matrix, size):
    """x, y, width, height in the picture, cut to it, of x1 y1 x2 y2 in the network's input."""
    x1, y1, x2, y2 = (float(v) for v in corners)
    points = np.linalg.inv(matrix) @ np.array(
        [[x1, x2, x1, x2], [y1, y1, y2, y2], [1, 1, 1, 1]], float
    )
    xs = np.clip(points[0], 0, size[0])
    ys = np.clip(points[1], 0, size[1])
    return xs.min(), ys.min(), xs.max() - xs.min(), ys.max() - ys.min()


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def pick(outputs, name):
    """The tensor that a manifest names: key or position; the only one without a name."""
    flat = list(flatten(outputs))
    if isinstance(name, str):
        found = [t for key, t in flat if key == name]
        if len(found) != 1:
            raise SystemExit(
                f"error: the network has no output {name!r}; it has "
                + ", ".join(key or str(i) for i, (key, _) in enumerate(flat))
            )
        return found[0]
    if name is None:
        if len(flat) != 1:
            raise SystemExit(
                f"error: the network gives {len(flat)} tensors: name one with --network-output"
            )
        return flat[0][1]
    if name >= len(flat):
        raise SystemExit(f"error: the network gives {len(flat)} tensors, no number {name}")
    return flat[name][1]


def flatten(outputs, key=None):
    """(key or None, tensor) of nested tuples, lists and dictionaries, in order."""
    if isinstance(outputs, torch.Tensor):
        yield key, outputs
    elif isinstance(outputs, dict):
        for name, value in outputs.items():
            yield from flatten(value, name)
    elif isinstance(outputs, tuple) and hasattr(outputs, "_fields"):
        for name, value in zip(outputs._fields, outputs):
            yield from flatten(value, name)
    elif isinstance(outputs, (tuple, list)):
        for value in outputs:
            yield from flatten(value)
    elif outputs is not None:
        raise SystemExit(f"error: the network gives a {type(outputs).__name__}, not tensors")


def may_count(scores, labels, classes):
    """Which boxes are defects from their class's min_score on: the others suppress nothing."""
    least = [c.get("min_score", 0.0) if c["defect"] else np.inf for c in classes]
    return scores.astype(float) >= np.array(least)[labels]


def suppressed(boxes, scores, labels, rules):
    """Positions that stay, best first."""
    from torchvision.ops import batched_nms, nms

    boxes, scores = torch.as_tensor(boxes), torch.as_tensor(scores)
    if rules == "none":
        return list(range(len(scores)))
    if rules["class_agnostic"]:
        kept = nms(boxes, scores, rules["iou"])
    else:
        kept = batched_nms(boxes, scores, torch.as_tensor(labels), rules["iou"])
    return kept[: rules["max_detections"]].tolist()


def best_classes(scores, output, classes):
    """Of each candidate; where that is a defect too low for its class, the best defect that is not. Of equal
    ones a defect comes first."""
    defect = np.array([bool(c["defect"]) for c in classes])
    order = np.argsort(~defect, kind="stable")
    best = order[scores[:, order].argmax(1)]
    least = np.maximum([c.get("min_score", 0.0) for c in classes], output["min_score"])
    counting = np.where(defect & (scores >= least), scores, -1.0)
    rows = np.arange(len(scores))
    low = defect[best] & (scores[rows, best] < least[best]) & (counting.max(1) >= 0)
    return np.where(low, counting.argmax(1), best)


def yolo(outputs, output, classes, matrix, size, input_size):
    masks = output["masks"]
    name = output.get("output", 0 if masks else None)
    table = pick(outputs, name)[0].float().numpy()
    if output["transposed"]:
        table = table.T
    count = len(classes)
    if output["layout"] == "end2end":
        corners, scores = table[:, :4].copy(), table[:, 4:5]
        labels = table[:, 5].astype(int)
        coefficients = table[:, 6:]
        if output["activation"] == "sigmoid":
            scores = sigmoid(scores)
        rows, best, labels = np.arange(len(table)), scores[:, 0], labels
    else:
        start = 5 if output["layout"] == "v5" else 4
        values = table[:, 4 : start + count]
        if values.shape[1] != count + start - 4:
            raise SystemExit(
                f"error: a candidate has {table.shape[1]} values, {count} classes need more: "
                "check --layout, --transposed, --classes"
            )
        if output["activation"] == "sigmoid":
            values = sigmoid(values)
        scores = values[:, 1:] * values[:, :1] if output["layout"] == "v5" else values
        coefficients = table[:, start + count :]
        center, half = table[:, :2], table[:, 2:4] / 2
        corners = np.concatenate([center - half, center + half], 1)
        if output["multi_label"]:
            rows, labels = np.nonzero(scores >= np.float32(output["min_score"]))
        else:
            rows, labels = np.arange(len(scores)), best_classes(scores, output, classes)
        best = scores[rows, labels]
    if output["boxes"] == "normalized":
        corners = corners * np.array([*input_size, *input_size], np.float32)
    chosen = best >= np.float32(output["min_score"])
    rows, labels, best = rows[chosen], labels[chosen], best[chosen]
    chosen = may_count(best, labels, classes)
    rows, labels, best = rows[chosen], labels[chosen], best[chosen]
    corners, coefficients = corners[rows], coefficients[rows]
    defects = []
    for i in suppressed(corners, best, labels, output["nms"]):
        box = to_picture(corners[i], matrix, size)
        found = Found(int(labels[i]), float(best[i]), box)
        if masks:
            prototypes = pick(outputs, masks["output"])[0].float().numpy()
            # As Ultralytics' process_mask does: the sum is enlarged, not its sigmoid.
            plane = np.tensordot(coefficients[i], prototypes, 1)
            values = sampled(plane[None], matrix, size, input_size, masks["stride"])[0]
            limit = np.log(masks["threshold"] / (1 - masks["threshold"]))
            found.mask = inside(values >= limit, box)
        defects.append(found)
    return defects


def inside(mask, box):
    """Only pixels whose centre is inside the box."""
    h, w = mask.shape
    x, y = np.arange(w) + 0.5, np.arange(h) + 0.5
    across = (x >= box[0]) & (x < box[0] + box[2])
    down = (y >= box[1]) & (y < box[1] + box[3])
    return mask & across[None] & down[:, None]


def sampled(planes, matrix, size, input_size, stride, mode="bilinear"):
    """Values of C x h x w planes at the centres of a picture's pixels; NaN where it was cut off."""
    import torch.nn.functional as F

    w, h = size
    x, y = np.meshgrid(np.arange(w) + 0.5, np.arange(h) + 0.5)
    points = matrix @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    u, v = points[0].reshape(h, w), points[1].reshape(h, w)
    grid = np.stack([u / input_size[0] * 2 - 1, v / input_size[1] * 2 - 1], -1)
    expected = planes.shape[0], input_size[1] // stride, input_size[0] // stride
    if planes.shape != expected:
        raise SystemExit(
            f"error: the network's output has shape {planes.shape}, expected {expected}: check "
            "--classes and --stride"
        )
    values = F.grid_sample(
        torch.from_numpy(planes[None].astype(np.float64)),
        torch.from_numpy(grid[None]),
        mode=mode,
        padding_mode="border",
        align_corners=False,
    )[0].numpy()
    outside = (u < 0) | (v < 0) | (u >= input_size[0]) | (v >= input_size[1])
    values[:, outside] = np.nan
    return values


def groups(mask):
    """Connected groups (8 neighbours) of a mask: a list of (rows, columns).

    Runs of set pixels are joined with those of the row above that they touch, corners included.
    """
    runs, parent, above = [], [], []

    def root(k):
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    for r, row in enumerate(mask):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
        here = []
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist()):
            k = len(runs)
            runs.append((r, start, end))
            parent.append(k)
            here.append(k)
            for other in above:
                if runs[other][1] <= end and start <= runs[other][2]:
                    parent[root(k)] = root(other)
        above = here
    members = {}
    for k, run in enumerate(runs):
        members.setdefault(root(k), []).append(run)
    return [
        (
            np.concatenate([np.full(e - s, r) for r, s, e in group]),
            np.concatenate([np.arange(s, e) for _, s, e in group]),
        )
        for group in members.values()
    ]


def pixel_defects(labels, probability, classes):
    """Defects of a class map (-1: none); the score is the highest of a group's pixels."""
    defects = []
    for k in range(len(classes)):
        for rows, columns in groups(labels == k):
            mask = np.zeros(labels.shape, bool)
            mask[rows, columns] = True
            x, y = columns.min(), rows.min()
            box = float(x), float(y), float(columns.max() - x + 1), float(rows.max() - y + 1)
            defects.append(Found(k, float(probability[k][rows, columns].max()), box, mask))
    return defects


def decided(values, output, classes):
    """Class of each place (-1: no defect), and the probabilities, from C x H x W values."""
    if output["activation"] == "softmax":
        e = np.exp(values - values.max(0))
        probability = e / e.sum(0)
    else:
        probability = sigmoid(values) if output["activation"] == "sigmoid" else values
    defect = np.array([c["defect"] for c in classes])
    ranked = np.where(defect[:, None, None], values, -np.inf)
    best = ranked.argmax(0)
    highest = np.take_along_axis(values, best[None], 0)[0]
    if output["pixel"] == "argmax":
        good = np.where(~defect[:, None, None], values, -np.inf).max(0)
        labels = np.where(highest >= good, best, -1)
    else:
        p = np.take_along_axis(probability, best[None], 0)[0]
        labels = np.where(p >= output["pixel"], best, -1)
    labels[np.isnan(values[0])] = -1
    return labels, probability


def pixels_of_cells(matrix, size, stride, shape):
    """Where a picture is smaller than the network's output: x, y of the pixel that each cell's centre falls
    in, and which cells fall in none; else None."""
    if np.abs(matrix[:2, :2]).sum(1).max() <= stride:
        return None
    rows, columns = np.indices(shape)
    centres = np.stack([columns.ravel() + 0.5, rows.ravel() + 0.5, np.full(rows.size, 1 / stride)])
    at = (np.linalg.inv(matrix) @ (centres * stride))[:2].reshape(2, *shape)
    sides = np.reshape(size, (2, 1, 1))
    inside = ((at > -1e-9) & (at < sides + 1e-9)).all(0)
    x, y = np.minimum(np.floor(at + 1e-9).astype(int), sides - 1)
    return x, y, inside


def placed_cells(labels, probability, planes, matrix, output, classes):
    """Where a picture is smaller than the network's output, a pixel is also what the surest cell in it is."""
    places = pixels_of_cells(matrix, labels.shape[::-1], output["stride"], planes.shape[1:])
    if places is None:
        return
    x, y, inside = places
    of_cells, sure = decided(planes, output, classes)
    cells = np.argwhere((of_cells >= 0) & inside)
    scores = [sure[of_cells[r, c], r, c] for r, c in cells]
    for score, (r, c) in sorted(zip(scores, cells.tolist())):  # the surest one last
        at, label = (y[r, c], x[r, c]), of_cells[r, c]
        own = labels[at]
        if own < 0 or score > probability[own][at]:
            labels[at] = label
            probability[label][at] = max(score, probability[label][at])


def mask_logits(outputs, output, classes, matrix, size, input_size):
    planes = pick(outputs, output.get("output"))[0].float().numpy()
    mode = "nearest" if output["resample"] == "nearest" else "bilinear"
    values = sampled(planes, matrix, size, input_size, output["stride"], mode)
    labels, probability = decided(values, output, classes)
    placed_cells(labels, probability, planes, matrix, output, classes)
    return pixel_defects(labels, probability, classes)


def torchvision_boxes(outputs, output, classes, matrix, size, input_size):
    detections = outputs[1] if isinstance(outputs, tuple) else outputs
    one = detections[0] if isinstance(detections, list) else detections
    boxes, scores = one["boxes"].float().numpy(), one["scores"].float().numpy()
    labels = one["labels"].numpy() - output["first_label"]
    if len(labels) and (labels.min() < 0 or labels.max() >= len(classes)):
        raise SystemExit("error: a label outside --classes: check --first-label and --classes")
    chosen = scores >= np.float32(output["min_score"])
    chosen = np.flatnonzero(chosen & may_count(scores, labels, classes))
    defects = []
    for i in chosen[suppressed(boxes[chosen], scores[chosen], labels[chosen], output["nms"])]:
        box = to_picture(boxes[i], matrix, size)
        found = Found(int(labels[i]), float(scores[i]), box)
        if output["masks"]:
            plane = one["masks"][i].float().numpy()
            values = sampled(plane.reshape(1, *plane.shape[-2:]), matrix, size, input_size, 1)
            found.mask = inside(values[0] >= output["masks"]["threshold"], box)
        defects.append(found)
    return defects


def verdict_of(score, decision):
    if score >= decision["reject_at"]:
        return "REJECT"
    return "REVIEW" if score >= decision["review_at"] else "PASS"


def classification(outputs, manifest):
    output, classes = manifest["output"], manifest["classes"]
    row = pick(outputs, output.get("output"))[0].double().numpy()
    if row.shape != (len(classes),):
        raise SystemExit(
            f"error: the network gives {row.shape} values an image, --classes are {len(classes)}"
        )
    defect = np.array([c["defect"] for c in classes])
    if output["kind"] == "sigmoid":
        p = row if output["applied"] else sigmoid(row)
        score = p[defect].max()
    else:
        p = row
        if output["kind"] == "logits":
            p = np.exp(row - row.max())
            p /= p.sum()
        elif abs(p.sum() - 1) > 1e-3 or p.min() < 0:
            raise SystemExit("error: the outputs are no probabilities: --kind logits?")
        score = min(max(1.0 - p[~defect].sum(), 0.0), 1.0)
    label = classes[int(p.argmax())]["name"]
    return Result(
        float(score), label, verdict_of(score, manifest["decision"]), [], [float(v) for v in p]
    )


def anomaly(outputs, manifest, input_size):
    output, decision = manifest["output"], manifest["decision"]
    if output["kind"] == "score":
        score = float(pick(outputs, output.get("output")).reshape(-1)[0])
    elif output["score_output"] is None:
        score = float(pick(outputs, output["map_output"])[0].max())
    else:
        score = float(pick(outputs, output["score_output"]).reshape(-1)[0])
    if output["kind"] == "score_map":
        shape = pick(outputs, output["map_output"])[0].shape[-2:]
        sides = tuple(side // output["stride"] for side in input_size[::-1])
        if tuple(shape) != sides:
            raise SystemExit(
                f"error: the map is {shape[1]}x{shape[0]}, expected {sides[1]}x{sides[0]}: "
                "does the network resize inside? let --steps give that size"
            )
    rejected = score >= decision["reject_at"]
    names = [c["name"] for c in manifest["classes"] if c["defect"] == rejected]
    return Result(score, names[0] if names else "", verdict_of(score, decision))


READERS = {
    "boxes_yolo": yolo,
    "boxes_torchvision": torchvision_boxes,
    "mask_logits": mask_logits,
}


def interpret(outputs, manifest, size):
    """The result for a picture of `size` (width, height)."""
    kind = manifest["output"]["kind"]
    if manifest["task"] == "classification":
        return classification(outputs, manifest)
    matrix, input_size = placement(manifest["input"], size)
    if manifest["task"] == "anomaly":
        return anomaly(outputs, manifest, input_size)
    classes = manifest["classes"]
    defects = READERS[kind](outputs, manifest["output"], classes, matrix, size, input_size)
    defects = [
        d
        for d in defects
        if classes[d.label]["defect"]
        and d.score >= classes[d.label].get("min_score", 0)
        and d.area >= classes[d.label].get("min_area", 0)
    ]
    defects.sort(key=lambda d: -d.score)
    score = defects[0].score if defects else 0.0
    verdict = verdict_of(score, manifest["decision"])
    label = classes[defects[0].label]["name"] if defects and verdict != "PASS" else ""
    return Result(score, label, verdict, defects)


def run(network, path, manifest):
    """Result of an image file, all in Python."""
    from PIL import Image

    with Image.open(path) as image:
        size = image.size
    x = torch.from_numpy(reference.network_input(path, manifest["input"]))
    with torch.no_grad():
        outputs = forward(network, x, manifest)
    return interpret(outputs, manifest, size)


def forward(network, x, manifest):
    if manifest["output"]["kind"] == "boxes_torchvision":
        return network([x])
    return network(x[None])
