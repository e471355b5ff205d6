"""An anomaly model that remembers good pictures: how far a place's features are from the nearest known ones.

As PatchCore (Roth et al., 2022, arXiv 2106.08265), with features of EfficientNet-Lite0 (pretrained.py) and a
bank drawn at random.
"""

import torch
from torch import nn
from torch.nn import functional as F

from . import pretrained

BANK = 4000  # remembered places
TOP = 10  # the image's score is the mean of so many highest places


class Memory(nn.Module):
    """N x 3 x H x W in, {"anomaly_map": N x 1 x H/8 x W/8, "pred_score": N} out."""

    stride = 8
    LEVELS = (2, 3)  # of the encoder: 1/8 and 1/16 of the input

    def __init__(self, seed=1):
        super().__init__()
        self.encoder, self.seed = pretrained.LiteEncoder(), seed
        width = sum(self.encoder.widths[k] for k in self.LEVELS)
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))
        self.register_buffer("bank", torch.zeros(BANK, width))

    def describe(self, x):
        """N x places x features, each the mean of its nine neighbours."""
        levels = self.encoder(x)
        fine, coarse = (F.avg_pool2d(levels[k], 3, 1, 1) for k in self.LEVELS)
        coarse = F.interpolate(coarse, size=fine.shape[2:], mode="bilinear", align_corners=False)
        return torch.cat([fine, coarse], 1).flatten(2).transpose(1, 2)

    @torch.no_grad()
    def fit(self, pictures):
        places = torch.cat([self.describe(p[None])[0] for p in pictures])
        self.mean.copy_(places.mean(0))
        self.scale.copy_(1 / places.std(0).clamp(min=1e-6))
        generator = torch.Generator().manual_seed(self.seed)
        drawn = torch.randperm(len(places), generator=generator)[:BANK]
        self.bank = (places[drawn] - self.mean) * self.scale
        return self

    def forward(self, x):
        places = (self.describe(x) - self.mean) * self.scale
        square = (places * places).sum(2, keepdim=True) + (self.bank * self.bank).sum(1)
        distance = (square - 2 * places @ self.bank.T).amin(2).clamp(min=0).sqrt()
        score = distance.topk(TOP, 1)[0].mean(1)
        height, width = x.shape[2] // self.stride, x.shape[3] // self.stride
        return {"anomaly_map": distance.view(-1, 1, height, width), "pred_score": score}
