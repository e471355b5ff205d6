#!/usr/bin/env python3
"""Makes a complete zeromiss model package of a model that you already have.

    venv/bin/python scripts/import_model.py ultralytics best.torchscript --output packages/dies --version 1 \\
      --defects all --min-score 0.25 --nms 0.45 --class-agnostic no --max-detections 300 \\
      --review-at 0.25 --reject-at 0.5 --golden images/a.jpg images/b.jpg

FORMAT is one of
    ultralytics   FILE is a TorchScript export (format=torchscript); its config.txt is read
    torchvision   FILE is a state_dict of --network NAME, or a scripted or traced network
    anomalib      FILE is the TorchScript of an anomalib 2 model, or (--trust-pickle yes) its torch export
    torchscript   FILE is any TorchScript network; every fact is an option
    openvino      FILE is any TorchScript network, --xml its OpenVINO twin, whose model_info is read

Nothing is guessed: what the file says, or its format fixes, is printed with where it comes from; an option
wins over it; what nobody says ends with an error that names the option. The golden images are scored here,
in Python, and the package records that: inspect refuses to start when it finds anything else. The limits are
yours: find them with `evaluate calibrate`, and validate them, before a part is shipped on them.

Needs PyTorch and Pillow (torchvision for NMS and its networks, OpenCV for --antialias no).
The licence of the weights is that of the model's maker; Ultralytics' exports are AGPL-3.0 unless you have another.
"""

import argparse
import hashlib
import json
import shutil
import sys
import warnings
from pathlib import Path

from importing import facts as fact
from importing import manifest as manifests
from importing import sources, steps

LISTED_DEFECTS = 50  # in a golden entry; more would test nothing more


def checked(reader):
    """A reader whose ValueError becomes argparse's message."""

    def read(text):
        try:
            return reader(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def names(text):
    """a,b,c, or a file with one name a line."""
    path = Path(text)
    if path.suffix == ".txt" and path.exists():
        return [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [part.strip() for part in text.split(",")]


def nms(text):
    if text == "none" or 0 <= float(text) <= 1:
        return text if text == "none" else float(text)
    raise ValueError(f"{text!r}: expected none or an IoU from 0 to 1")


def threshold(text):
    return text if text == "none" else float(text)


def probability(text):
    if 0 <= float(text) <= 1:
        return float(text)
    raise ValueError(f"{text!r}: expected a probability from 0 to 1")


def pixel(text):
    if text == "argmax" or 0 <= float(text) <= 1:
        return text
    raise ValueError(f"{text!r}: expected argmax or a probability from 0 to 1")


def arguments(argv=None):
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    yes_no = checked(manifests.yes_no)
    tensor = checked(manifests.tensor_name)
    p.add_argument(
        "format",
        metavar="FORMAT",
        choices=["ultralytics", "torchvision", "anomalib", "torchscript", "openvino"],
    )
    p.add_argument("file", metavar="FILE", type=Path)
    p.add_argument("--output", type=Path, required=True, help="folder of the new model package")
    p.add_argument("--golden", type=Path, nargs="+", required=True, help="one image or more")
    p.add_argument("--golden-tolerance", type=float, default=0.001)
    p.add_argument(
        "--golden-bbox-tolerance",
        type=float,
        help="pixels (default: 0.05; 1 for boxes of masks, whose sides are whole pixels)",
    )
    p.add_argument("--xml", type=Path, help="openvino: the .xml with model_info")
    p.add_argument("--trust-pickle", type=yes_no, metavar="yes|no", help="anomalib's torch export")
    p.add_argument("--network", help="torchvision: its name of the network of a state_dict")
    p.add_argument("--preset", help="torchvision: weights entry whose preprocessing is meant")

    g = p.add_argument_group("package")
    g.add_argument("--name", help="name of the model (default: that of the output folder)")
    g.add_argument("--version")
    g.add_argument("--license", help="licence of the weights")
    g.add_argument("--task", choices=["classification", "anomaly", "detection", "segmentation"])
    g.add_argument("--classes", type=names, metavar="A,B|FILE.txt", help="in the network's order")
    g.add_argument("--defects", type=names, metavar="A,B|all", help="which of them are defects")
    g.add_argument("--review-at", type=float)
    g.add_argument("--reject-at", type=float)

    g = p.add_argument_group("input")
    g.add_argument("--color", choices=["rgb", "bgr", "gray"])
    g.add_argument(
        "--steps",
        type=checked(steps.parse),
        nargs="+",
        metavar="STEP",
        help="what makes the network's input of a picture, in order: " + steps.HELP,
    )
    g.add_argument("--filter", choices=["nearest", "box", "bilinear", "bicubic", "lanczos"])
    g.add_argument(
        "--antialias", type=yes_no, metavar="yes|no", help="yes: Pillow, torchvision; no: OpenCV"
    )
    g.add_argument("--scale", type=float, help="pixel values are divided by this: 255, or 1")
    g.add_argument("--mean", type=float, nargs="+", help="subtracted then, one a channel")
    g.add_argument("--std", type=float, nargs="+", help="divided by then, one a channel")
    g.add_argument("--sixteen-bit", choices=["refuse", "scale"])
    g.add_argument("--alpha", choices=["refuse", "ignore"])
    g.add_argument("--orientation", choices=["refuse", "apply", "ignore"])

    g = p.add_argument_group("output (apps/README.md says what each means)")
    g.add_argument("--kind", choices=sorted(manifests.KINDS))
    g.add_argument("--network-output", type=tensor, metavar="KEY|N", help="which of its tensors")
    g.add_argument("--applied", type=yes_no, metavar="yes|no", help="kind sigmoid")
    g.add_argument("--layout", choices=["v5", "v8", "end2end"])
    g.add_argument("--transposed", type=yes_no, metavar="yes|no")
    g.add_argument("--activation", choices=["none", "sigmoid", "softmax"])
    g.add_argument("--boxes", choices=["pixels", "normalized"])
    g.add_argument("--multi-label", type=yes_no, metavar="yes|no")
    g.add_argument("--first-label", type=int)
    g.add_argument("--min-score", type=float)
    g.add_argument(
        "--export-conf",
        type=checked(probability),
        metavar="P",
        help="layout end2end: score below which the network leaves boxes out, conf of its export "
        "(Ultralytics: 0.25 for nms=True unless given; 0 if it leaves out none)",
    )
    g.add_argument("--nms", type=checked(nms), metavar="none|IOU")
    g.add_argument("--class-agnostic", type=yes_no, metavar="yes|no")
    g.add_argument("--max-detections", type=int)
    g.add_argument("--mask-output", type=tensor, metavar="KEY|N")
    g.add_argument("--prototypes", type=int)
    g.add_argument("--mask-stride", type=int)
    g.add_argument("--mask-threshold", type=float)
    g.add_argument("--pixel", type=checked(pixel), metavar="argmax|P")
    g.add_argument("--stride", type=int)
    g.add_argument("--resample", choices=["nearest", "bilinear"])
    g.add_argument("--map-output", type=tensor, metavar="KEY|N")
    g.add_argument("--score-output", type=tensor, metavar="KEY|N|none")
    g.add_argument("--map-threshold", type=checked(threshold), metavar="none|VALUE")
    options = p.parse_args(argv)
    if options.format == "openvino" and options.xml is None:
        p.error("openvino needs --xml, the file with model_info")
    for image in [options.file, *options.golden, *filter(None, [options.xml])]:
        if not image.is_file():
            p.error(f"{image}: no such file")
    if options.output.exists():
        p.error(f"--output {options.output} exists already; choose another folder")
    return options


def read_source(options, facts):
    """What FILE, or its format, says; prints nothing that it does not use."""
    if options.format == "ultralytics":
        sources.ultralytics(options.file, facts)
    elif options.format == "openvino":
        sources.openvino(options.xml, facts)
    elif options.format == "anomalib":
        sources.anomalib(facts)
    elif options.format == "torchvision":
        from importing import networks

        task = facts.options.task
        if options.network:
            detects = "detection" in networks.builder_module(options.network)
            task = task or ("detection" if detects else "classification")
        sources.torchvision_rules(task, facts) if task else None
        if options.preset:
            if not options.network:
                raise SystemExit("error: --preset needs --network")
            preset = networks.preset_of(options.network, options.preset)
            sources.torchvision_preset(preset, options.preset, facts)


def anomalib_network(options, facts):
    """The network, and its facts that only a run shows."""
    from importing import networks

    spec = manifests.input_of(facts)
    size = steps.input_size(spec["steps"])
    if networks.is_torchscript(options.file):
        module, weights = networks.load(options.file), options.file.read_bytes()
    elif options.trust_pickle:
        module = networks.traced_anomalib(options.file, size)
        weights = networks.bytes_of(module)
        print("  traced            here, from the pickled model   (option --trust-pickle)")
    else:
        raise SystemExit(
            f"error: {options.file}: no TorchScript, but a pickle, as anomalib's own torch export is: "
            "loading it runs what is inside; give --trust-pickle yes if you know where it comes from"
        )
    sources.anomalib_outputs(networks.output_keys(module, spec, size), facts)
    return module, weights


def network_of(options, manifest):
    """The network, and the bytes of its TorchScript file: FILE's own where it is one."""
    from importing import networks, operators

    if options.format == "torchvision" and options.network:
        extra = 1 if manifest["task"] != "classification" else 0
        classes = len(manifest["classes"]) + extra
        plain = networks.torchvision_network(options.network, options.file, classes)
        size = steps.input_size(manifest["input"]["steps"])
        module = networks.scripted(plain, manifest["task"], size, 3)
        module, _ = operators.usable(module, print)
        return module, networks.bytes_of(module)
    module, frozen = operators.usable(networks.load(options.file), print)
    return module, networks.bytes_of(module) if frozen else options.file.read_bytes()


def golden_entry(result, name, manifest, options):
    entry = {
        "image": f"golden/{name}",
        "score": result.score,
        "label": result.label,
        "tolerance": options.golden_tolerance,
    }
    objects = manifest["task"] in ("detection", "segmentation")
    if objects and len(result.defects) <= LISTED_DEFECTS:
        of_masks = manifest["output"]["kind"] == "mask_logits"
        tolerance = options.golden_bbox_tolerance
        entry["defects"] = [
            {
                "label": manifest["classes"][d.label]["name"],
                "score": d.score,
                "bbox": [round(float(v), 4) for v in d.box],
            }
            for d in result.defects
        ]
        entry["bbox_tolerance"] = tolerance if tolerance is not None else 1.0 if of_masks else 0.05
    return entry


def write(options, manifest, weights, module, show=print):
    """The package: weights, golden images with Python's results, model.json last."""
    from importing import results

    folder = options.output
    (folder / "golden").mkdir(parents=True)
    (folder / "model.pt").write_bytes(weights)
    manifest["weights"]["sha256"] = hashlib.sha256(weights).hexdigest()
    taken, empty = set(), manifest["task"] in ("detection", "segmentation")
    for image in options.golden:
        name = image.name
        if name in taken:
            raise SystemExit(f"error: --golden: two images are called {name}")
        taken.add(name)
        target = folder / "golden" / name
        shutil.copyfile(image, target)
        result = results.run(module, target, manifest)
        manifest["golden"].append(golden_entry(result, name, manifest, options))
        empty = empty and not result.defects
        found = f", {len(result.defects)} defect(s)" if result.defects else ""
        show(f"golden {name}: {result.verdict}, score {result.score:.6f}, {result.label!r}{found}")
    if empty:
        show("note: no golden image has a defect, so the self-test holds little: give one that has")
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    (folder / "model.json").write_text(text, encoding="utf-8")


def main():
    options = arguments()
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    print(f"{options.file}: {options.format}")
    facts = fact.Facts(options)
    facts.found("name", options.output.name, "name of the output folder")
    read_source(options, facts)
    ready = anomalib_network(options, facts) if options.format == "anomalib" else None
    manifest = manifests.build(facts)
    module, weights = ready or network_of(options, manifest)
    from importing import networks

    networks.check_batches(module, manifest, steps.input_size(manifest["input"]["steps"]), print)
    try:
        write(options, manifest, weights, module)
    except BaseException:
        shutil.rmtree(options.output, ignore_errors=True)
        raise
    print(
        f"written: {options.output}; its first test: inspect -m {options.output} -i IMAGES -o OUT --dry-run"
    )


if __name__ == "__main__":
    sys.exit(main())
