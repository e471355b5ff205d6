#!/usr/bin/env python3
"""Makes what `bench_speed.py` measures with: three networks with random weights, as TorchScript and as packages.

    venv/bin/python make_peer_packages.py FOLDER --golden IMAGE      FOLDER/<network>.pt and FOLDER/<network>/model.json

The preprocessing is that of ../shared/peers/python_loader.py: antialiased bilinear to 224 x 224, ImageNet's mean and
deviation. Needs torch, torchvision and Pillow. The weights are random (seed 0): for speed alone, never for a verdict.
"""
import argparse
import hashlib
import json
import pathlib
import shutil

import torch
import torchvision
from PIL import Image
from torchvision import transforms

NETWORKS = ("resnet18", "mobilenet_v3_large", "efficientnet_b0", "resnet50")
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def make(name, folder, golden):
    torch.manual_seed(0)
    network = torchvision.models.get_model(name, weights=None, num_classes=4).eval()
    last = [layer for layer in network.modules() if isinstance(layer, torch.nn.Linear)][-1]
    with torch.no_grad():
        last.bias.copy_(torch.tensor([0.0, 1.0, -1.0, -2.0]))  # else the golden image's label hangs by a hair
        traced = torch.jit.trace(network, torch.randn(8, 3, 224, 224))
    traced.save(str(folder / f"{name}.pt"))
    package = folder / name
    shutil.rmtree(package, ignore_errors=True)
    (package / "golden").mkdir(parents=True)
    shutil.copy(folder / f"{name}.pt", package / "model.pt")
    shutil.copy(golden, package / "golden" / pathlib.Path(golden).name)
    prepare = transforms.Compose([transforms.Resize((224, 224), antialias=True), transforms.ToTensor(), transforms.Normalize(MEAN, STD)])
    with torch.no_grad():
        probabilities = traced(prepare(Image.open(golden).convert("RGB"))[None]).softmax(1)[0].tolist()
    classes = ["ok", "a", "b", "c"]
    manifest = {
        "schema": "zeromiss-model/1", "name": f"{name}-random", "version": "1", "license": "BSD-3-Clause", "task": "classification",
        "weights": {"file": "model.pt", "format": "torchscript", "sha256": hashlib.sha256((package / "model.pt").read_bytes()).hexdigest()},
        "input": {"color": "rgb", "steps": [{"op": "resize", "width": 224, "height": 224, "filter": "bilinear", "antialias": True}],
                  "scale": 1 / 255, "mean": MEAN, "std": STD},
        "output": {"kind": "logits"},
        "classes": [{"name": each, "defect": each != "ok"} for each in classes],
        "decision": {"review_at": 0.1, "reject_at": 0.5, "origin": {"method": "none: random weights"}},
        "golden": [{"image": f"golden/{pathlib.Path(golden).name}", "score": 1 - probabilities[0],
                    "label": classes[max(range(4), key=probabilities.__getitem__)], "tolerance": 0.001}],
    }
    (package / "model.json").write_text(json.dumps(manifest, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--golden", required=True)
    parser.add_argument("--networks", nargs="+", default=NETWORKS, choices=NETWORKS)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    for name in args.networks:
        make(name, args.folder, args.golden)


if __name__ == "__main__":
    main()
