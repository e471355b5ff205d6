"""A small U-Net-type segmenter: an encoder (ours, or a pretrained one), additive decoder, global context."""

import torch
from torch import nn
from torch.nn import functional as F

from .networks import Residual, conv


SHARPNESS = 4.0  # of the classes among each other, see SmallUnet.forward


class Context(nn.Module):
    """Adds to every place what the whole picture looks like."""

    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(2 * width, width)
        self.outer = nn.Linear(width, width)

    def forward(self, x):
        pooled = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        return x + self.outer(F.relu(self.inner(pooled)))[:, :, None, None]


class Encoder(nn.Module):
    """Levels of 1/4, 1/8, 1/16 and 1/32 of the input's size, from random weights."""

    stride, widths, learning_rate = 4, (32, 64, 96, 160), 1.0

    def __init__(self, stem=16):
        super().__init__()
        self.stem = conv(3, stem, 2)
        inputs = (stem, *self.widths)
        self.down = nn.ModuleList(
            nn.Sequential(Residual(inputs[k], w, 2), Residual(w, w))
            for k, w in enumerate(self.widths)
        )

    def forward(self, x):
        x = F.relu(self.stem(x))
        levels = []
        for down in self.down:
            x = down(x)
            levels.append(x)
        return levels


class SmallUnet(nn.Module):
    """Logits N x (1 + classes) x H/stride x W/stride, background first; H and W must be multiples of 32.

    The encoder gives levels, each of half the size of the one before it, the first of 1/stride of the input's;
    its learning_rate is a share of the decoder's.

    The classes of a defect can often be told only from the `whole` picture, so the image's own class
    logits are added to those of its pixels; in training they have a loss of their own. A network that is
    trained on cut-outs and then sees whole pictures does without both.
    """

    def __init__(self, encoder, classes, whole=True, inner=48):
        super().__init__()
        self.encoder, self.whole = encoder, whole
        last = encoder.widths[-1]
        if whole:
            self.context = Context(last)
        self.lateral = nn.ModuleList([conv1(w, inner) for w in encoder.widths])
        self.smooth = nn.ModuleList([conv(inner, inner) for _ in encoder.widths[1:]])
        self.pixel = nn.Conv2d(inner, classes + 1, 1)
        if whole:
            self.dropout = nn.Dropout(0.3)
            self.image = nn.Linear(2 * last, classes)

    def both(self, x):
        """Pixel logits, and the image's class logits (None without them)."""
        levels = self.encoder(x)
        image, x = None, levels[-1]
        if self.whole:
            pooled = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
            image, x = self.image(self.dropout(pooled)), self.context(x)
        y = self.lateral[-1](x)
        for k in reversed(range(len(self.smooth))):
            y = F.interpolate(y, scale_factor=2.0, mode="nearest") + self.lateral[k](levels[k])
            y = F.relu(self.smooth[k](F.relu(y)))
        pixel = self.pixel(y)
        if image is None:
            return pixel, None
        defect = pixel[:, 1:] + image[:, :, None, None]
        return torch.cat([pixel[:, :1], defect], 1), image

    def forward(self, x):
        """The probability of any defect stays, and nearly all of it goes to the most likely class:
        a defect that could be of several classes is no less a defect."""
        pixel = self.both(x)[0]
        defect = pixel[:, 1:]
        shared = defect.logsumexp(1, keepdim=True) + (SHARPNESS * defect).log_softmax(1)
        return torch.cat([pixel[:, :1], shared], 1)


def conv1(inputs, outputs):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))


def loss_of(pixel, image, labels, weights):
    """Cross entropy and soft Dice over the pixels of the output, where one on a border is partly one
    class and partly another; and, from a network that says it, which classes the image holds."""
    log_probability = pixel.float().log_softmax(1)
    probability = log_probability.exp()
    truth = F.one_hot(labels, pixel.shape[1]).permute(0, 3, 1, 2).float()
    truth = F.avg_pool2d(truth, labels.shape[-1] // pixel.shape[-1])
    entropy = -(log_probability * truth * weights.view(1, -1, 1, 1)).sum(1).mean()
    both = (probability * truth).sum((0, 2, 3))
    dice = 1 - (2 * both + 1) / (probability.sum((0, 2, 3)) + truth.sum((0, 2, 3)) + 1)
    present = (truth[:, 1:].amax((2, 3)) > 0).float()
    defect, marked = 1 - probability[:, 0], 1 - truth[:, 0]
    overlap = (defect * marked).sum((1, 2))
    any_defect = 1 - (2 * overlap + 1) / (defect.sum((1, 2)) + marked.sum((1, 2)) + 1)
    loss = entropy + dice[1:].mean() + (any_defect * present.amax(1)).mean()
    if image is None:
        return loss
    return loss + F.binary_cross_entropy_with_logits(image.float(), present)
