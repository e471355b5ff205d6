"""Writes a complete model package (zeromiss-model/1): weights, golden images, model.json."""

import hashlib
import io
import json
import shutil
import zipfile

import numpy as np
import torch
from PIL import Image

ALIGNMENT = 64  # of every tensor in the file, as PyTorch's own writer does


def torchscript(network, spec):
    """TorchScript bytes; the same network gives the same bytes, and no path of this machine."""
    channels = 1 if spec.color == "gray" else 3
    example = torch.rand(2, channels, spec.size, spec.size)
    with torch.no_grad():
        traced = torch.jit.trace(network.to(memory_format=torch.contiguous_format).eval(), example)
        five = torch.rand(5, channels, spec.size, spec.size)
        if not torch.allclose(traced(five), network(five), atol=1e-5):
            raise SystemExit(
                "the traced network differs from the trained one at another batch size"
            )
    buffer = io.BytesIO()
    torch.jit.save(traced, buffer)
    return rewrite(buffer.getvalue())


def rewrite(archive):
    """The same archive without debug records (they hold paths), traced inputs and time stamps."""
    source, out = zipfile.ZipFile(io.BytesIO(archive)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for info in source.infolist():
            inner = info.filename.split("/", 1)[1]
            if inner.endswith(".debug_pkl") or inner.startswith((".data/", "traced_inputs")):
                continue
            entry = zipfile.ZipInfo("model/" + inner, (1980, 1, 1, 0, 0, 0))
            header = out.tell() + 30 + len(entry.filename) + 4
            padding = -header % ALIGNMENT
            entry.extra = b"FB" + padding.to_bytes(2, "little") + b"Z" * padding
            target.writestr(entry, source.read(info))
    return out.getvalue()


def golden(folder, images, network, spec, classes, good, tolerance):
    """Copies the golden images and scores them with Python's own preprocessing, from the file."""
    (folder / "golden").mkdir(parents=True, exist_ok=True)
    entries = []
    for path in images:
        target = folder / "golden" / f"{path.parent.name}-{path.name}"
        shutil.copyfile(path, target)
        with Image.open(target) as image, torch.no_grad():
            p = network(spec.tensor(spec.resize(image)[None])).double().softmax(1)[0].numpy()
        entries.append(
            {
                "image": f"golden/{target.name}",
                "score": float(1.0 - p[good]),
                "label": classes[int(np.argmax(p))],
                "tolerance": tolerance,
            }
        )
    return entries


def write(folder, network, spec, classes, good, limits, origin, images, options):
    """Everything of a package but its README."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = torchscript(network, spec)
    (folder / "model.pt").write_bytes(weights)
    scripted = torch.jit.load(io.BytesIO(weights)).eval()
    review_at, reject_at = limits
    manifest = {
        "schema": "zeromiss-model/1",
        "name": options.name or folder.name,
        "version": options.version,
        "license": options.license,
        "task": "classification",
        "weights": {
            "file": "model.pt",
            "format": "torchscript",
            "sha256": hashlib.sha256(weights).hexdigest(),
        },
        "input": spec.manifest(),
        "output": {"kind": "logits"},
        "classes": [{"name": name, "defect": k != good} for k, name in enumerate(classes)],
        "decision": {"review_at": review_at, "reject_at": reject_at, "origin": origin},
        "golden": golden(folder, images, scripted, spec, classes, good, options.golden_tolerance),
    }
    (folder / "model.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return scripted
