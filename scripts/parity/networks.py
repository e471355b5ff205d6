"""Five families of networks with random but fixed weights, tiny or in full size.

Random networks answer nearly the same to every picture, which would test nothing. So their batch norms
take the statistics of some pictures, and the last layer is stretched until the answers differ.
"""

import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models import efficientnet, mobilenetv3, resnet

from training import unet

CLASSES = 3  # good and two defects


class TinyResNet(nn.Module):
    """torchvision's blocks, a few of them."""

    def __init__(self):
        super().__init__()

        def block(inputs, outputs, stride):
            down = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )
            return resnet.BasicBlock(inputs, outputs, stride, down)

        self.stem = nn.Sequential(
            nn.Conv2d(3, 8, 7, 2, 3, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
        )
        self.body = nn.Sequential(block(8, 16, 1), block(16, 24, 2))
        self.fc = nn.Linear(24, CLASSES)

    def forward(self, x):
        return self.fc(self.body(self.stem(x)).mean((2, 3)))


def tiny_mobilenet():
    setting = mobilenetv3.InvertedResidualConfig
    blocks = [
        setting(8, 3, 16, 8, True, "RE", 2, 1, 1.0),
        setting(8, 5, 24, 16, True, "HS", 2, 1, 1.0),
    ]
    return mobilenetv3.MobileNetV3(blocks, 32, num_classes=CLASSES)


def tiny_efficientnet():
    blocks = [
        efficientnet.MBConvConfig(1, 3, 1, 8, 8, 1),
        efficientnet.MBConvConfig(4, 3, 2, 8, 16, 1),
        efficientnet.MBConvConfig(4, 5, 2, 16, 16, 1),
    ]
    return efficientnet.EfficientNet(blocks, 0.0, num_classes=CLASSES, last_channel=48)


class Yolo(nn.Module):
    """A detector of the YOLOv8 kind: N x (4 + classes) x candidates, boxes in pixels of the input."""

    def __init__(self, width, size, classes=2):
        super().__init__()

        def conv(inputs, outputs, stride):
            return nn.Sequential(
                nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.SiLU(),
            )

        self.stem = nn.Sequential(conv(3, width, 2), conv(width, 2 * width, 2))
        self.first = nn.Sequential(conv(2 * width, 4 * width, 2), conv(4 * width, 4 * width, 1))
        self.second = nn.Sequential(conv(4 * width, 8 * width, 2), conv(8 * width, 8 * width, 1))
        self.head = nn.ModuleList(
            [nn.Conv2d(4 * width, 4 + classes, 1), nn.Conv2d(8 * width, 4 + classes, 1)]
        )
        self.strides = (8.0, 16.0)
        for k, stride in enumerate(self.strides):
            n = int(size // stride)
            y, x = torch.meshgrid(torch.arange(n) + 0.5, torch.arange(n) + 0.5, indexing="ij")
            self.register_buffer(f"grid{k}", torch.stack([x, y]).reshape(1, 2, -1) * stride)

    def raw(self, x):
        x = self.first(self.stem(x))
        return [self.head[0](x).flatten(2), self.head[1](self.second(x)).flatten(2)]

    def forward(self, x):
        parts = []
        for values, grid, stride in zip(self.raw(x), (self.grid0, self.grid1), self.strides):
            side = F.softplus(values[:, :4]) * (3.0 * stride)
            upper, lower = grid - side[:, :2], grid + side[:, 2:]
            parts.append(
                torch.cat([(upper + lower) / 2, lower - upper, values[:, 4:].sigmoid()], 1)
            )
        return torch.cat(parts, 2)


def families(full, size):
    """name -> network; `size` is the side of the detector's input."""
    if full:
        named = {
            "resnet18": resnet.resnet18(num_classes=CLASSES),
            "mobilenet_v3_large": mobilenetv3.mobilenet_v3_large(num_classes=CLASSES),
            "efficientnet_b0": efficientnet.efficientnet_b0(num_classes=CLASSES),
        }
        return {**named, "yolo": Yolo(16, size), "unet": unet.SmallUnet(3, 2)}
    named = {
        "resnet": TinyResNet(),
        "mobilenet_v3": tiny_mobilenet(),
        "efficientnet": tiny_efficientnet(),
    }
    return {**named, "yolo": Yolo(6, size), "unet": unet.SmallUnet(3, 2, (6, 8, 12, 12, 16))}


def last_layers(name, network):
    if name == "yolo":
        return list(network.head)
    if name == "unet":
        return [network.pixel, network.image]
    return [[m for m in network.modules() if isinstance(m, nn.Linear)][-1]]


@torch.no_grad()
def awaken(name, network, pictures, spread):
    """Makes the answers to `pictures` (a batch) differ: logits of mean 0 and deviation `spread`."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # the mean over all batches
    network.train()
    for dropped in [m for m in network.modules() if isinstance(m, nn.Dropout)]:
        dropped.p = 0.0
    network(pictures)
    network.eval()
    for layer in last_layers(name, network):
        seen = []
        hook = layer.register_forward_hook(lambda _, __, out: seen.append(out))
        network(pictures)
        hook.remove()
        out = seen[0]
        over = [d for d in range(out.ndim) if d != 1]
        mean, deviation = out.mean(over), out.std(over).clamp(min=1e-3)
        scale = spread / deviation
        layer.weight.mul_(scale.view(-1, *[1] * (layer.weight.ndim - 1)))
        layer.bias.copy_((layer.bias - mean) * scale)
    return network
