"""Networks by name: two small ones of our own, torchvision's, and timm's when installed."""

import copy
import importlib.util

import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs, outputs, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
    )


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.first, self.second = conv(inputs, outputs, stride), conv(outputs, outputs)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride),
                nn.Conv2d(inputs, outputs, 1, bias=False),
                nn.BatchNorm2d(outputs),
            )

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))) + self.shortcut(x))


class SmallCnn(nn.Module):
    """A residual network of a third of a million parameters, for inputs of about 64 x 64."""

    def __init__(self, channels, classes, stem_stride=2, widths=(24, 48, 96), dropout=0.2):
        super().__init__()
        a, b, c = widths
        self.stem = conv(channels, a, stem_stride)
        self.body = nn.Sequential(
            Residual(a, a), Residual(a, b, 2), Residual(b, b), Residual(b, c, 2), Residual(c, c)
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * c, classes)

    def forward(self, x):
        x = self.body(F.relu(self.stem(x)))
        pooled = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        return self.head(self.dropout(pooled))


class WaferCnn(nn.Module):
    """SmallCnn on what a wafer map's gray levels mean (0 no die, 128 passed, 255 failed).

    The classes differ in where dies fail more often than on the rest of the same wafer, so the
    network also gets the local failure density, that density less the wafer's own, and the radius.
    """

    def __init__(self, classes, size):
        super().__init__()
        half = size // 2
        axis = (torch.arange(half, dtype=torch.float32) + 0.5) / half * 2 - 1
        self.register_buffer("radius", (axis[:, None] ** 2 + axis[None] ** 2).sqrt()[None, None])
        self.cnn = SmallCnn(8, classes, stem_stride=1)

    def forward(self, x):
        if self.training:
            return self.one_view(x)
        # A wafer map turned or mirrored is the same case, so outside training two views decide.
        return (self.one_view(x) + self.one_view(x.transpose(2, 3).flip(2))) / 2

    def one_view(self, x):
        return self.cnn(self.quantities(x))

    def quantities(self, x):
        fail = ((x - 128.0 / 255.0) * (255.0 / 127.0)).clamp(0.0, 1.0)
        fine = F.pixel_unshuffle(fail, 2)
        die = F.avg_pool2d((x * (255.0 / 128.0)).clamp(0.0, 1.0), 2)
        mean_fail = fine.mean(1, keepdim=True)
        density = F.avg_pool2d(mean_fail, 5, 1, 2) / (F.avg_pool2d(die, 5, 1, 2) + 0.05)
        overall = mean_fail.mean((2, 3), keepdim=True) / (die.mean((2, 3), keepdim=True) + 0.05)
        radius = self.radius * torch.ones_like(die)
        return torch.cat([fine, die, density, density - overall, radius], 1)


class HalfConv(nn.Module):
    """A convolution with its batch norm worked in and its weights stored as 16-bit floats.

    It calculates in 32 bit; a loader that freezes the network widens the weights once.
    """

    def __init__(self, convolution, norm):
        super().__init__()
        fused = nn.utils.fusion.fuse_conv_bn_eval(convolution, norm)
        self.register_buffer("weight", fused.weight.detach().half())
        self.register_buffer("bias", fused.bias.detach())
        self.stride, self.padding = fused.stride, fused.padding

    def forward(self, x):
        return F.conv2d(x, self.weight.float(), self.bias, self.stride, self.padding)


def halved(module):
    """A copy in which every convolution with its batch norm is a HalfConv."""
    module = copy.deepcopy(module).eval()
    for name, child in list(module.named_children()):
        parts = list(child.children()) if isinstance(child, nn.Sequential) else []
        if len(parts) >= 2 and isinstance(parts[-1], nn.BatchNorm2d):
            merged = nn.Sequential(*parts[:-2], HalfConv(parts[-2], parts[-1]))
            setattr(module, name, merged)
        else:
            setattr(module, name, halved(child))
    return module


class Averaged(nn.Module):
    """The mean of several networks' logits; wafer networks look at two views each, no two alike."""

    def __init__(self, members):
        super().__init__()
        self.members = nn.ModuleList(halved(m) for m in members)

    def forward(self, x):
        logits = []
        for n, member in enumerate(self.members):
            if not isinstance(member, WaferCnn):
                logits.append(member(x))
                continue
            view = x.flip(3) if n % 2 else x
            logits.append(member.one_view(view))
            logits.append(member.one_view(view.transpose(2, 3).flip(2)))
        return sum(logits) / len(logits)


def make(name, classes, channels, size):
    """A network that gives one logit per class."""
    if name == "small":
        return SmallCnn(channels, classes)
    if name == "wafer":
        if channels != 1 or size % 8:
            raise SystemExit("--network wafer needs --color gray and a --size that 8 divides")
        return WaferCnn(classes, size)
    import torchvision

    if name in torchvision.models.list_models(module=torchvision.models):
        if channels != 3:
            raise SystemExit(f"--network {name} needs --color rgb")
        return torchvision.models.get_model(name, weights=None, num_classes=classes)
    if importlib.util.find_spec("timm"):
        import timm

        return timm.create_model(name, num_classes=classes, in_chans=channels)
    raise SystemExit(
        f"--network {name}: not ours (small, wafer) or torchvision's; timm is not installed"
    )
