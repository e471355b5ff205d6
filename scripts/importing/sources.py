"""What the files that people have say about their model. Standard library only."""

import json
import xml.etree.ElementTree
import zipfile

ULTRALYTICS_TASKS = {
    "classify": "classification",
    "detect": "detection",
    "segment": "segmentation",
}


def extra_file(path, name):
    """Text of an extra file inside a TorchScript archive, or None. @throws SystemExit"""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                if member.endswith(f"/extra/{name}"):
                    return archive.read(member).decode("utf-8")
    except (OSError, zipfile.BadZipFile) as error:
        raise SystemExit(f"error: {path}: not a TorchScript file: {error}") from None
    return None


def probability(value, path):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise SystemExit(f"error: {path}: its config.txt: conf {value!r} is not from 0 to 1")
    return float(value)


def ultralytics(path, facts):
    """Reads the config.txt that an Ultralytics export carries."""
    text = extra_file(path, "config.txt")
    if text is None:
        raise SystemExit(
            f"error: {path}: no config.txt inside, so not an Ultralytics TorchScript export; "
            "export with format=torchscript, or import it as `torchscript`"
        )
    try:
        config = json.loads(text)
    except ValueError as error:
        raise SystemExit(f"error: {path}: its config.txt is not JSON: {error}") from None
    inside, rule = "from config.txt", "Ultralytics' own rule"

    def need(key):
        if key not in config:
            raise SystemExit(
                f"error: {path}: its config.txt has no {key}; import it as `torchscript`"
            )
        return config[key]

    task = need("task")
    if task not in ULTRALYTICS_TASKS:
        raise SystemExit(
            f"error: {path}: task {task} is not supported: {', '.join(ULTRALYTICS_TASKS)} are"
        )
    args = config.get("args") or {}
    if args.get("half"):
        raise SystemExit(f"error: {path}: exported with half=True; export again without it")
    if config.get("channels", 3) != 3:
        raise SystemExit(f"error: {path}: a network of {config['channels']} channels, not 3")
    if "version" in config:
        facts.show(f"  made by           Ultralytics {config['version']}   ({inside})")
    names = need("names")
    names = [names[str(k)] for k in range(len(names))] if isinstance(names, dict) else names
    facts.found("task", ULTRALYTICS_TASKS[task], inside)
    facts.found("classes", names, inside)
    if config.get("license"):
        facts.found("license", config["license"], inside)
    height, width = need("imgsz")
    facts.found("scale", 255.0, rule)
    facts.found("mean", [0.0, 0.0, 0.0], rule)
    facts.found("std", [1.0, 1.0, 1.0], rule)
    facts.found("color", "rgb", rule)
    if task == "classify":
        # Its classify_transforms: only square inputs keep the picture's proportions.
        shape = [{"op": "resize", "width": width, "height": height}]
        if height == width:
            shape = [
                {"op": "resize_shortest", "size": width},
                {"op": "center_crop", "width": width, "height": height},
            ]
        facts.found("steps", shape, f"imgsz {inside}, {rule}")
        facts.found("filter", "bilinear", rule)
        facts.found("antialias", True, rule)
        facts.found("kind", "probabilities", rule)
        return
    shape = [{"op": "letterbox", "width": width, "height": height, "fill": [114, 114, 114]}]
    facts.found("steps", shape, f"imgsz {inside}, {rule}")
    facts.found("filter", "bilinear", rule)
    facts.found("antialias", False, rule)
    facts.found("kind", "boxes_yolo", rule)
    inside_nms = bool(args.get("nms")) or bool(config.get("end2end"))
    where = f"{'nms' if args.get('nms') else 'end2end'} {inside}" if inside_nms else rule
    facts.found("layout", "end2end" if inside_nms else "v8", where)
    facts.found("transposed", not inside_nms, where)
    facts.found("activation", "none", rule)
    facts.found("boxes", "pixels", rule)
    if inside_nms:
        facts.found("nms", "none", where)
    if args.get("nms"):
        if args.get("conf") is not None:
            facts.found("export-conf", probability(args["conf"], path), f"conf {inside}")
    elif inside_nms:  # its best candidates, whatever their scores
        facts.found("export-conf", 0.0, where)
    facts.found("multi-label", False, rule)
    if task == "segment":
        facts.found("mask-output", 1, rule)
        facts.found("prototypes", 32, rule)
        facts.found("mask-stride", 4, rule)
        facts.found("mask-threshold", 0.5, rule)


OPENVINO_TYPES = {
    "yolo": ("detection", "boxes_yolo"),  # of any version, so its layout is asked for
    "yolo_v8": ("detection", "boxes_yolo"),
    "yolov8": ("detection", "boxes_yolo"),
    "yolo11": ("detection", "boxes_yolo"),
    "yolov5": ("detection", "boxes_yolo"),
    "classification": ("classification", None),
    "label": ("classification", None),
    "anomalydetection": ("anomaly", "score_map"),
    "segmentation": ("segmentation", "mask_logits"),
}


def numbers(text):
    return [float(part) for part in text.replace(",", " ").split()]


def truth(text):
    if text.lower() not in ("true", "false", "yes", "no", "1", "0"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() in ("true", "yes", "1")


def model_info(path):
    """The names of rt_info/model_info of an OpenVINO .xml, and its input's shape."""
    try:
        root = xml.etree.ElementTree.parse(path).getroot()
    except (OSError, xml.etree.ElementTree.ParseError) as error:
        raise SystemExit(f"error: {path}: {error}") from None
    info = root.find("rt_info/model_info")
    if info is None:
        raise SystemExit(
            f"error: {path}: no rt_info/model_info inside; import the .pt as `torchscript`"
        )
    shapes = [
        layer.find("data").get("shape", "")
        for layer in root.iter("layer")
        if layer.get("type") == "Parameter" and layer.find("data") is not None
    ]
    return {child.tag: child.get("value", "") for child in info}, shapes


def openvino(path, facts):
    """Takes what model_info says. The names are those of OpenVINO's Model API."""
    info, shapes = model_info(path)
    known = set()

    def value(key, read=str):
        known.add(key)
        if not info.get(key):
            return None
        try:
            return read(info[key])
        except ValueError as error:
            raise SystemExit(f"error: {path}: model_info/{key}: {error}") from None

    def where(key):
        return f"from model_info/{key}"

    kind = value("model_type")
    if kind is not None:
        if kind.lower() not in OPENVINO_TYPES:
            facts.show(f"  model_type        {kind}: not known here, say --task and --kind")
        else:
            task, output = OPENVINO_TYPES[kind.lower()]
            facts.found("task", task, where("model_type"))
            if output:
                facts.found("kind", output, where("model_type"))
            if output == "boxes_yolo" and kind.lower() != "yolo":
                layout = "v5" if kind.lower() == "yolov5" else "v8"
                facts.found("layout", layout, where("model_type"))
    if (labels := value("labels", str.split)) is not None:
        facts.found("classes", labels, where("labels"))
    if (swap := value("reverse_input_channels")) is not None:
        # Whether the caller's order is turned, and callers differ: with True the network wants RGB
        # where pictures come as BGR (Ultralytics), BGR where they come as RGB (YOLOX-S of OpenVINO
        # Training Extensions 2, which writes False for networks of RGB).
        facts.show(
            f"  reverse_input_channels {swap}   (model_info, not used: the network's order depends on "
            "what its caller gave; say --color)"
        )
    for key, option, read in (
        ("mean_values", "mean", numbers),
        ("scale_values", "std", numbers),
        ("confidence_threshold", "min-score", float),
        ("iou_threshold", "nms", float),
        ("agnostic_nms", "class-agnostic", truth),
    ):
        if (found := value(key, read)) is not None:
            if option in ("mean", "std") and len(found) == 1:
                found = found * 3
            facts.found(option, found, where(key))
    if "mean" in facts.file or "std" in facts.file:
        facts.found("scale", 1.0, "model_info's mean_values and scale_values are in 0..255")
        facts.found("mean", [0.0, 0.0, 0.0], "no mean_values") if "mean" not in facts.file else None
        facts.found("std", [1.0, 1.0, 1.0], "no scale_values") if "std" not in facts.file else None
    found_steps(path, facts, value, shapes)
    for key in sorted(set(info) - known):
        facts.show(f"  {key:<17} {info[key]}   (model_info, not used)")


def found_steps(path, facts, value, shapes):
    """`steps` from resize_type, pad_value and the shape of the network's input."""
    resize, pad = value("resize_type"), value("pad_value", int)
    sides = shapes[0].split(",") if len(shapes) == 1 else []
    if resize is None or len(sides) != 4 or not all(s.strip().isdigit() for s in sides):
        return
    n = [int(s) for s in sides]
    height, width = (n[2], n[3]) if n[1] in (1, 3) else (n[1], n[2])
    where = "from model_info/resize_type and the shape of the input"
    if resize == "standard":
        facts.found("steps", [{"op": "resize", "width": width, "height": height}], where)
    elif resize == "fit_to_window_letterbox":
        if pad is None:
            facts.show("  resize_type       letterbox, but no pad_value: say --steps")
            return
        step = {"op": "letterbox", "width": width, "height": height, "fill": [pad] * 3}
        facts.found("steps", [step], where)
    else:
        facts.show(f"  resize_type       {resize}: no step does that, say --steps")
        return
    facts.found("filter", "bilinear", "the Model API's rule")
    facts.found("antialias", False, "the Model API's rule: OpenCV's resize")


def torchvision_preset(preset, name, facts):
    """@param preset  a torchvision weights entry's transforms() of classification"""
    where = f"from torchvision's preset {name}"
    size, crop = preset.resize_size[0], preset.crop_size[0]
    shape = [
        {"op": "resize_shortest", "size": size},
        {"op": "center_crop", "width": crop, "height": crop},
    ]
    facts.found("steps", shape, where)
    facts.found("filter", preset.interpolation.value, where)
    facts.found("antialias", True, where)
    facts.found("mean", list(preset.mean), where)
    facts.found("std", list(preset.std), where)


def torchvision_rules(task, facts):
    rule = "torchvision's own rule"
    facts.found("color", "rgb", rule)
    facts.found("scale", 255.0, rule)
    facts.found("task", task, "the network's kind")
    if task == "classification":
        facts.found("kind", "logits", rule)
        return
    # Its detectors normalise and resize inside, and leave out what overlaps.
    facts.found("mean", [0.0, 0.0, 0.0], rule)
    facts.found("std", [1.0, 1.0, 1.0], rule)
    facts.found("kind", "boxes_torchvision", rule)
    facts.found("first-label", 1, rule)
    facts.found("nms", "none", rule)


ANOMALIB_ORDER = ("pred_score", "pred_label", "anomaly_map", "pred_mask")  # its InferenceBatch


def anomalib(facts):
    """A TorchScript file of anomalib carries no names: only the rules of the library are known."""
    rule = "anomalib's own rule"
    facts.found("task", "anomaly", rule)
    facts.found("color", "rgb", rule)
    facts.found("scale", 255.0, rule)
    facts.found("kind", "score_map", rule)
    facts.found("stride", 1, rule)
    facts.found("resample", "bilinear", rule)


def anomalib_outputs(keys, facts):
    """@param keys  of the network's tensors in order, None where it has no name (tracing drops them)"""
    if "pred_score" in keys and "anomaly_map" in keys:
        facts.found("score-output", "pred_score", "from the network's outputs")
        facts.found("map-output", "anomaly_map", "from the network's outputs")
    elif keys == [None] * len(ANOMALIB_ORDER):
        where = "of four tensors without names, anomalib's order " + ", ".join(ANOMALIB_ORDER)
        facts.found("score-output", ANOMALIB_ORDER.index("pred_score"), where)
        facts.found("map-output", ANOMALIB_ORDER.index("anomaly_map"), where)
    else:
        named = ", ".join(str(k if k is not None else i) for i, k in enumerate(keys))
        facts.show(f"  outputs           {named}   (from the network)")


__all__ = [
    "anomalib",
    "anomalib_outputs",
    "openvino",
    "torchvision_preset",
    "torchvision_rules",
    "ultralytics",
]
