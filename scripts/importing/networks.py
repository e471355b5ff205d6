"""Networks to import: TorchScript files, and torchvision's by name."""

import contextlib
import io
import warnings
import zipfile

import torch

from training.package import rewrite

from . import results


def load(path):
    with contextlib.suppress(ImportError):
        import torchvision  # noqa: F401  (files that call its operators cannot be read without)
    try:
        module = torch.jit.load(str(path), map_location="cpu").eval()
    except (RuntimeError, OSError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        raise SystemExit(
            f"error: {path}: PyTorch cannot load it as TorchScript ({first}); save the network with "
            "torch.jit.trace or torch.jit.script and torch.jit.save"
        ) from None
    return module


def is_torchscript(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("/constants.pkl") for name in archive.namelist())
    except zipfile.BadZipFile:
        return False


class Anomalib(torch.nn.Module):
    """The three parts of an anomalib model, without what only its training needs."""

    def __init__(self, model):
        super().__init__()
        self.before, self.model, self.after = model.pre_processor, model.model, model.post_processor

    def forward(self, x):
        x = self.before(x) if self.before is not None else x
        x = self.model(x)
        x = self.after(x) if self.after is not None else x
        return {"pred_score": x.pred_score, "anomaly_map": x.anomaly_map}


def traced_anomalib(path, input_size):
    """TorchScript of the pickled model that anomalib's own `torch` export writes."""
    stored = torch.load(str(path), map_location="cpu", weights_only=False)
    if not isinstance(stored, dict) or not hasattr(stored.get("model"), "pre_processor"):
        raise SystemExit(f"error: {path}: no model of anomalib 2 inside")
    width, height = input_size
    wrapped = Anomalib(stored["model"].eval())
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", torch.jit.TracerWarning)  # checked below instead
        traced = torch.jit.trace(
            wrapped, torch.rand(2, 3, height, width), strict=False, check_trace=False
        )
    require_same(wrapped, traced, torch.rand(3, 3, height, width))
    return traced


def require_same(network, traced, x):
    """What a trace took for constant may not be: other pictures, another batch size."""
    with torch.no_grad():
        pairs = zip(results.flatten(network(x)), results.flatten(traced(x)))
        if not all(torch.allclose(a, b, rtol=1e-4, atol=1e-5) for (_, a), (_, b) in pairs):
            raise SystemExit(
                "error: the traced network differs from the one it was traced from: save it with "
                "torch.jit.script"
            )


def output_keys(network, manifest_input, input_size):
    width, height = input_size
    channels = 1 if manifest_input["color"] == "gray" else 3
    with torch.no_grad():
        return [key for key, _ in results.flatten(network(torch.zeros(1, channels, height, width)))]


def state_of(path):
    state = torch.load(str(path), map_location="cpu", weights_only=True)
    for key in ("model", "state_dict", "model_state_dict"):
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            return state[key]
    return state


def torchvision_network(name, state, classes):
    """@param classes  outputs of a classifier; a detector has one more, its background"""
    import torchvision

    names = torchvision.models.list_models()
    if name not in names:
        raise SystemExit(f"error: --network {name}: torchvision has no such network")
    extra = {"weights_backbone": None} if "detection" in builder_module(name) else {}
    if name.startswith(("googlenet", "inception")):
        extra = {"aux_logits": False, "init_weights": False}
    network = torchvision.models.get_model(name, weights=None, num_classes=classes, **extra)
    try:
        network.load_state_dict(state_of(state))
    except (RuntimeError, TypeError, AttributeError) as error:
        lines = str(error).strip().splitlines()
        raise SystemExit(
            f"error: {state}: these weights do not fit {name} with {classes} outputs: "
            + " ".join(line.strip() for line in lines[:2])
        ) from None
    return network.eval()


def builder_module(name):
    import torchvision

    return torchvision.models.get_model_builder(name).__module__


def preset_of(name, preset):
    """The transforms() of a torchvision weights entry; nothing is downloaded for that."""
    import torchvision

    entries = torchvision.models.get_model_weights(name)
    if preset not in entries.__members__:
        raise SystemExit(
            f"error: --preset {preset}: {name} has {', '.join(entries.__members__) or 'none'}"
        )
    return entries[preset].transforms()


def scripted(network, task, input_size, channels):
    """TorchScript of a torchvision network: traced classifiers, scripted detectors."""
    width, height = input_size
    with torch.no_grad():
        if task != "classification":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # about its pair of results
                return torch.jit.script(network)
        traced = torch.jit.trace(network, torch.rand(2, channels, height, width))
    require_same(network, traced, torch.rand(3, channels, height, width))
    return traced


def bytes_of(network):
    buffer = io.BytesIO()
    torch.jit.save(network, buffer)
    return rewrite(buffer.getvalue())


def check_batches(network, manifest, input_size, show):
    """Whether several pictures at a time give what each gives alone."""
    width, height = input_size
    channels = 1 if manifest["input"]["color"] == "gray" else 3
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(3, channels, height, width, generator=generator)
    if manifest["output"]["kind"] == "boxes_torchvision":
        return
    with torch.no_grad():
        alone = [[t for _, t in results.flatten(network(x[k : k + 1]))] for k in range(len(x))]
        try:
            together = [t for _, t in results.flatten(network(x))]
        except RuntimeError:
            show("note: the network takes one picture at a time: use inspect --batch 1")
            return
    for *single, several in zip(*alone, together):
        rows = several.ndim > 0 and len(several) == len(single)
        if not rows or not torch.allclose(torch.cat(single), several, rtol=1e-3, atol=1e-3):
            show(
                "note: the network gives other values for several pictures at a time than for one: "
                "use inspect --batch 1"
            )
            return
