#!/usr/bin/env python3
"""Makes a package for OpenVINO of a package with TorchScript weights.

    venv/bin/python scripts/convert_package.py packages/dies --to openvino --output packages/dies-openvino

--to openvino  model.xml and model.bin, fp32
--to onnx      model.onnx, one file; OpenVINO reads it, too

The network is converted here and then held to the original: on every golden image and on noise, for
batches of 1, 2 and 8. Everything else of the package is kept, also its golden scores, so that inspect holds
OpenVINO to what PyTorch computed and refuses the package where they differ.

The limits are kept too, and model.json says (decision.origin.converted) that another engine set them and
how far the outputs were apart. They are yours to confirm: inspect a labelled set with both packages,
`evaluate compare`, and `evaluate calibrate` again where a verdict changed.

Needs PyTorch and the PyPI package openvino (and onnx for --to onnx).
"""

import argparse
import hashlib
import json
import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
import torch

from importing import networks, results, steps
from training import reference

RELATIVE, ABSOLUTE = 1e-3, 1e-4  # of the largest value of its kind, and of any
BATCHES = 1, 2, 8


def arguments(argv=None):
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("package", metavar="PACKAGE", type=Path, help="folder with model.json")
    p.add_argument("--to", required=True, choices=["openvino", "onnx"])
    p.add_argument("-o", "--output", type=Path, required=True, help="folder of the new package")
    p.add_argument("--version", help="of the new package (default: VERSION+openvino or +onnx)")
    options = p.parse_args(argv)
    if not (options.package / "model.json").is_file():
        p.error(f"{options.package}: no model package: model.json is not there")
    if options.output.exists():
        p.error(f"--output {options.output} exists already; choose another folder")
    return options


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read(folder):
    """The manifest, and the weights that it pins."""
    text = (folder / "model.json").read_bytes()
    manifest = json.loads(text)
    weights = manifest["weights"]
    if weights["format"] != "torchscript":
        raise SystemExit(
            f"error: {folder}: its weights are {weights['format']}, expected torchscript"
        )
    precision = manifest["decision"].get("origin", {}).get("precision", "fp32")
    if precision != "fp32":
        raise SystemExit(
            f"error: {folder}: its limits were set at {precision}, and OpenVINO computes in fp32 here: "
            "calibrate it at fp32 first"
        )
    data = (folder / weights["file"]).read_bytes()
    if sha256(data) != weights["sha256"]:
        raise SystemExit(f"error: {folder / weights['file']}: is not the file that model.json pins")
    return manifest, sha256(text)


def input_shape(manifest):
    width, height = steps.input_size(manifest["input"]["steps"])
    return 1 if manifest["input"]["color"] == "gray" else 3, height, width


def samples(folder, manifest, show):
    """Inputs to compare on: noise, and golden images where this side knows all steps of theirs."""
    generator = torch.Generator().manual_seed(1)
    inputs = [torch.randn(max(BATCHES), *input_shape(manifest), generator=generator)]
    for golden in manifest["golden"]:
        try:
            pixels = reference.network_input(folder / golden["image"], manifest["input"])
        except (SystemExit, KeyError, ValueError) as error:
            show(f"note: {golden['image']} is left to inspect's self-test ({error})")
            continue
        inputs.append(torch.from_numpy(pixels)[None])
    return torch.cat(inputs)


def named_outputs(module, shape):
    """The keys of the network's tensors in order; "" where it gives none."""
    with torch.no_grad():
        try:
            outputs = module(torch.zeros(2, *shape))
        except RuntimeError as error:
            raise SystemExit(
                "error: the network takes no batch as one tensor (torchvision's detectors take a "
                f"list): it cannot be converted ({str(error).splitlines()[-1]})"
            ) from None
    return [key or "" for key, _ in results.flatten(outputs)]


def to_openvino(module, shape, names):
    import openvino as ov

    with torch.no_grad():
        model = ov.convert_model(
            module, example_input=torch.zeros(2, *shape), input=[-1, *shape]
        )
    if len(model.outputs) != len(names):
        raise SystemExit(
            f"error: OpenVINO made {len(model.outputs)} outputs of the network's {len(names)}"
        )
    for output, name in zip(model.outputs, names):
        output.get_tensor().set_names({name} if name else set())
    return model


def to_onnx(module, shape, names, file):
    shown = [name or f"output{i}" for i, name in enumerate(names)]
    dynamic = {name: {0: "batch"} for name in ["input", *shown]}
    with torch.no_grad():
        torch.onnx.export(
            module, (torch.zeros(2, *shape),), str(file), dynamo=False,
            input_names=["input"], output_names=shown, dynamic_axes=dynamic, opset_version=17,
        )


def limits_of(values):
    """What is rounding, beside each value. In a detector's head each kind of value has its own scale:
    boxes of 640 pixels excuse no other score."""
    size = np.abs(values)
    if values.ndim == 3:  # N x values x candidates, or the other way round: there are fewer kinds
        size = size.max(axis=(0, 2) if values.shape[1] < values.shape[2] else (0, 1), keepdims=True)
    return ABSOLUTE + RELATIVE * (size if values.ndim == 3 else size.max(initial=0))


def largest_difference(module, compiled, inputs):
    """Over all batches; ends the script where an output is another one."""
    largest = 0.0
    for batch in BATCHES:
        for first in range(0, len(inputs) - batch + 1, batch):
            x = inputs[first : first + batch].contiguous()
            with torch.no_grad():
                expected = [t.float().numpy() for _, t in results.flatten(module(x))]
            found = compiled(x.numpy())
            for i, values in enumerate(expected):
                other = np.asarray(found[i], np.float32)
                if other.shape != values.shape:
                    raise SystemExit(
                        f"error: output {i} is {list(other.shape)}, expected {list(values.shape)}"
                    )
                difference = np.abs(other - values)
                limits = np.broadcast_to(limits_of(values), values.shape)
                bad = ~(difference <= limits)  # NaN, too
                if bad.any():
                    raise SystemExit(
                        f"error: output {i} differs by {difference[bad].max():g} from the original's, "
                        f"at most {limits[bad].min():g} is rounding: not converted"
                    )
                largest = max(largest, float(difference.max(initial=0)))
    return largest


def compiled_in_fp32(model):
    import openvino as ov

    settings = {"INFERENCE_PRECISION_HINT": "f32", "EXECUTION_MODE_HINT": "ACCURACY"}
    return ov.Core().compile_model(model, "CPU", settings)


def write(options, manifest, manifest_sha256, show=print):
    import openvino as ov

    folder, target = options.package, options.output
    weights = manifest["weights"]
    module, shape = networks.load(folder / weights["file"]), input_shape(manifest)
    names = named_outputs(module, shape)
    own = {Path("model.json"), Path("model.sig"), Path(weights["file"])}

    def not_copied(place, entries):
        inside = Path(place).relative_to(folder)
        return [n for n in entries if n.startswith(".") or inside / n in own]

    shutil.copytree(folder, target, ignore=not_copied)
    if options.to == "openvino":
        model = to_openvino(module, shape, names)
        ov.save_model(model, target / "model.xml", compress_to_fp16=False)
        made = ["model.xml", "model.bin"]
    else:
        to_onnx(module, shape, names, target / "model.onnx")
        made = ["model.onnx"]
    # What is compared is what was written.
    compiled = compiled_in_fp32(ov.Core().read_model(target / made[0]))
    inputs = samples(folder, manifest, show)
    difference = largest_difference(module, compiled, inputs)
    hashes = [sha256((target / name).read_bytes()) for name in made]
    manifest["weights"] = {"file": made[0], "format": options.to, "sha256": hashes[0]}
    if len(made) > 1:
        manifest["weights"]["data"] = {"file": made[1], "sha256": hashes[1]}
    manifest["decision"]["origin"]["converted"] = {
        "from": {"version": manifest["version"], "format": "torchscript",
                 "sha256": weights["sha256"], "manifest_sha256": manifest_sha256},
        "with": f"openvino {ov.__version__.split('-')[0]}, torch {torch.__version__}",
        "largest_output_difference": difference,
        "inputs_compared": len(inputs),
        "limits": "set with the TorchScript weights; confirm them with this package",
    }
    manifest["version"] = options.version or f"{manifest['version']}+{options.to}"
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    (target / "model.json").write_text(text, encoding="utf-8")
    show(f"{', '.join(made)}: outputs differ by at most {difference:.3g} on {len(inputs)} inputs")
    show(
        "the limits were set with LibTorch: inspect a labelled set with both packages and compare "
        "(evaluate compare) before a part is shipped on this one"
    )


def main():
    options = arguments()
    for category in (FutureWarning, DeprecationWarning, torch.jit.TracerWarning):
        warnings.filterwarnings("ignore", category=category)
    manifest, manifest_sha256 = read(options.package)
    try:
        write(options, manifest, manifest_sha256)
    except BaseException:
        shutil.rmtree(options.output, ignore_errors=True)
        raise
    print(
        f"written: {options.output}; compare the engines: benchmark -m {options.package} "
        f"--compare {options.output} -i IMAGES"
    )


if __name__ == "__main__":
    sys.exit(main())
