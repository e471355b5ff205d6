"""`input.steps` from short texts: letterbox:640x640:114,114,114 and so on."""

FORMS = {
    "resize": "resize:WxH",
    "resize_shortest": "resize_shortest:N",
    "letterbox": "letterbox:WxH:R,G,B",
    "center_crop": "center_crop:WxH",
    "crop": "crop:WxH:X,Y",
    "rotate": "rotate:90|180|270",
    "flip": "flip:horizontal|vertical",
}
RESAMPLING = ("resize", "resize_shortest", "letterbox")
HELP = ", ".join(FORMS.values())


def whole(text, separator, count, all_of):
    parts = text.split(separator)
    if len(parts) != count or not all(p.isdigit() for p in parts):
        raise ValueError(f"{all_of}: expected {count} whole number(s) in {text!r}")
    return [int(p) for p in parts]


def parse(text):
    """One step without its filter. @throws ValueError naming what is wrong"""
    op, _, rest = text.partition(":")
    if op not in FORMS:
        raise ValueError(f"{text}: unknown step; there are {HELP}")
    first, _, second = rest.partition(":")
    needs_second = op in ("letterbox", "crop")
    if not first or bool(second) != needs_second:
        raise ValueError(f"{text}: expected {FORMS[op]}")
    if op == "resize_shortest":
        return {"op": op, "size": whole(first, "x", 1, text)[0]}
    if op == "rotate":
        degrees = whole(first, "x", 1, text)[0]
        if degrees not in (90, 180, 270):
            raise ValueError(f"{text}: expected {FORMS[op]}")
        return {"op": op, "degrees": degrees}
    if op == "flip":
        if first not in ("horizontal", "vertical"):
            raise ValueError(f"{text}: expected {FORMS[op]}")
        return {"op": op, "axis": first}
    width, height = whole(first, "x", 2, text)
    step = {"op": op, "width": width, "height": height}
    if op == "letterbox":
        step["fill"] = whole(second, ",", 3, text)
    if op == "crop":
        step["x"], step["y"] = whole(second, ",", 2, text)
    return step


def complete(steps, facts):
    """The steps with filter and antialias in those that resample."""
    result = []
    for step in steps:
        step = dict(step)
        if step["op"] in RESAMPLING:
            step["filter"] = facts.get("filter", "how pictures are resized")
            step["antialias"] = facts.get(
                "antialias", "whether resizing is Pillow's (yes) or OpenCV's (no)"
            )
        result.append(step)
    return result


def input_size(steps):
    """(width, height) of the network's input, from the last step that fixes it."""
    size = None
    for step in steps:
        if "width" in step:
            size = step["width"], step["height"]
        elif step["op"] == "rotate" and size and step["degrees"] != 180:
            size = size[::-1]
        elif step["op"] == "resize_shortest":
            size = None
    if size is None:
        raise SystemExit(
            "error: --steps leave the size of the network's input open: add resize, letterbox, "
            "center_crop or crop"
        )
    return size
