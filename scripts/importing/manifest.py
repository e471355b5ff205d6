"""model.json from facts. Standard library only."""

from . import steps

REVIEW_AT = "from which score on a person looks"


def yes_no(text):
    if text.lower() not in ("yes", "no"):
        raise ValueError(f"{text!r}: expected yes or no")
    return text.lower() == "yes"


def tensor_name(text):
    """Which tensor of the network: its position from 0, or its key."""
    return int(text) if text.isdigit() else text


def input_of(facts):
    color = facts.get("color", "the order of the channels")
    channels = 1 if color == "gray" else 3
    shape = facts.get("steps", "how a picture gets its size")
    scale = facts.get("scale", "by what pixel values are divided (255, or 1)")
    spec = {
        "color": color,
        "steps": steps.complete(shape, facts),
        "scale": 1.0 / scale,
        "mean": facts.get("mean", "what is subtracted (0 for nothing)"),
        "std": facts.get("std", "by what is divided then (1 for nothing)"),
    }
    for key in ("mean", "std"):
        if len(spec[key]) != channels:
            raise SystemExit(
                f"error: --{key}: {len(spec[key])} number(s), color {color} needs {channels}"
            )
    steps.input_size(spec["steps"])
    for option in ("sixteen-bit", "alpha", "orientation"):
        value = getattr(facts.options, option.replace("-", "_"), None)
        if value is not None:
            spec[option.replace("-", "_")] = value
    return spec


def nms_of(facts):
    value = facts.get("nms", "which overlapping boxes go (none, or the IoU)")
    if value == "none":
        return "none"
    return {
        "iou": float(value),
        "class_agnostic": facts.get("class-agnostic", "whether boxes of two classes compete"),
        "max_detections": facts.get("max-detections", "how many boxes of an image stay at most"),
    }


def hold_to_floor(facts, min_score):
    """Refuses limits below the score under which the network itself leaves boxes out."""
    floor = facts.get(
        "export-conf",
        "below which score the network leaves boxes out (conf of its export; with nms=True "
        "Ultralytics' default is 0.25; 0 if it leaves out none)",
    )
    review_at = facts.get("review-at", REVIEW_AT)
    for option, value in (("min-score", min_score), ("review-at", review_at)):
        if not value >= floor:
            raise SystemExit(
                f"error: --{option} {value} is below --export-conf {floor}: boxes between them are "
                f"not in the network's output, so that a part with one would pass; give {floor} or "
                "more, or export again with a lower conf"
            )


def yolo(facts, task):
    layout = facts.get("layout", "what the network's values are (v5, v8, end2end)")
    output = {
        "layout": layout,
        "transposed": facts.get("transposed", "whether candidates are the last dimension"),
        "activation": facts.get("activation", "whether a sigmoid is still to be applied"),
        "boxes": facts.get("boxes", "whether boxes are in pixels or normalized"),
        "min_score": facts.get("min-score", "from which score on a box counts"),
        "nms": nms_of(facts),
        "masks": None,
    }
    if layout == "end2end":
        hold_to_floor(facts, output["min_score"])
    else:
        output["multi_label"] = facts.get("multi-label", "whether a box may be of two classes")
    if task == "segmentation":
        output["masks"] = {
            "output": facts.get("mask-output", "which tensor the mask prototypes are"),
            "prototypes": facts.get("prototypes", "how many mask prototypes there are"),
            "stride": facts.get("mask-stride", "how much smaller the prototypes are"),
            "threshold": facts.get("mask-threshold", "from which probability on a mask is set"),
        }
    return output


def torchvision(facts, task):
    masks = None
    if task == "segmentation":
        masks = {
            "threshold": facts.get("mask-threshold", "from which probability on a mask is set")
        }
    return {
        "first_label": facts.get("first-label", "the number of the first class"),
        "min_score": facts.get("min-score", "from which score on a box counts"),
        "nms": nms_of(facts),
        "masks": masks,
    }


def mask_logits(facts, _):
    pixel = facts.get("pixel", "when a pixel is a defect (argmax, or a probability)")
    return {
        "activation": facts.get("activation", "what makes probabilities of the values"),
        "pixel": pixel if pixel == "argmax" else float(pixel),
        "stride": facts.get("stride", "how much smaller the output is than the input"),
        "resample": facts.get("resample", "how the output gets the size of the picture"),
    }


def score_map(facts, _):
    threshold = facts.get("map-threshold", "from which value on a pixel is listed as a defect")
    score = facts.get("score-output", "which tensor the image's score is (or none)")
    return {
        "map_output": facts.get("map-output", "which tensor the anomaly map is"),
        "score_output": None if score == "none" else score,
        "stride": facts.get("stride", "how much smaller the map is than the input"),
        "threshold": None if threshold == "none" else float(threshold),
        "resample": facts.get("resample", "how the map gets the size of the picture"),
    }


KINDS = {
    "logits": ("classification",),
    "probabilities": ("classification",),
    "sigmoid": ("classification",),
    "score": ("anomaly",),
    "score_map": ("anomaly",),
    "boxes_yolo": ("detection", "segmentation"),
    "boxes_torchvision": ("detection", "segmentation"),
    "mask_logits": ("segmentation",),
}


def output_of(facts, task):
    kind = facts.get("kind", "what the network's output is")
    if task not in KINDS[kind]:
        raise SystemExit(
            f"error: --kind {kind} is of task {' or '.join(KINDS[kind])}, not of {task}"
        )
    makers = {
        "boxes_yolo": yolo,
        "boxes_torchvision": torchvision,
        "mask_logits": mask_logits,
        "score_map": score_map,
    }
    output = {"kind": kind}
    if kind in makers:
        output.update(makers[kind](facts, task))
    if kind == "sigmoid":
        output["applied"] = facts.get("applied", "whether the network applies the sigmoid itself")
    named = getattr(facts.options, "network_output", None)
    if named is not None:
        facts.get("network-output", "")
        output["output"] = named
    return output


def classes_of(facts, task):
    names = facts.get("classes", "the names of the classes, in their order")
    defects = facts.get("defects", "which classes are defects (names, or all)")
    if defects == ["all"]:
        defects = names
    unknown = sorted(set(defects) - set(names))
    if unknown:
        raise SystemExit(f"error: --defects {', '.join(unknown)}: no such class; there are {names}")
    if len(set(names)) != len(names):
        raise SystemExit("error: --classes: a name is there twice")
    if task == "classification" and len(set(defects)) == len(names):
        raise SystemExit(
            "error: --defects: a classifier needs a class that is no defect; name the others only"
        )
    return [{"name": name, "defect": name in defects} for name in names]


def build(facts):
    """Everything of model.json but the weights' hash and the golden entries."""
    task = facts.get("task", "what the model does")
    manifest = {
        "schema": "zeromiss-model/1",
        "name": facts.get("name", "the model's name"),
        "version": facts.get("version", "the model's version"),
        "license": facts.get("license", "the licence of the weights"),
        "task": task,
        "weights": {"file": "model.pt", "format": "torchscript", "sha256": ""},
        "input": input_of(facts),
        "output": output_of(facts, task),
        "classes": classes_of(facts, task),
        "decision": {
            "review_at": facts.get("review-at", REVIEW_AT),
            "reject_at": facts.get("reject-at", "from which score on a part is rejected"),
            "origin": {"method": "set by hand at import; not validated"},
        },
        "golden": [],
    }
    decision = manifest["decision"]
    if decision["review_at"] > decision["reject_at"]:
        raise SystemExit("error: --review-at is above --reject-at")
    return manifest
