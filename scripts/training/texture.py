"""An anomaly model without training steps: how unlike the texture of good pictures a place is.

A fixed bank of filters describes the surroundings of each place in some numbers; one Gaussian is fitted to
those of all places of good pictures, and the map is the Mahalanobis distance to it, as in PaDiM (Defard et al.,
2021, doi 10.1007/978-3-030-68799-1_35) but with filters instead of a pretrained network, and one Gaussian for
all places.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

SIGMAS = (1.0, 2.0, 4.0)
ORIENTATIONS = 4
STRIDE = 4
TOP = 0.005  # the image's score is the mean of this share of the highest places


def derivative_bank():
    """Gaussian derivatives: for each sigma some orientations, and the Laplacian; 1 x k x k each."""
    kernels, size = [], 2 * int(3 * SIGMAS[-1]) + 1
    axis = torch.arange(size, dtype=torch.float64) - size // 2
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    for sigma in SIGMAS:
        g = torch.exp(-(x**2 + y**2) / (2 * sigma**2))
        g = g / g.sum()
        for k in range(ORIENTATIONS):
            a = math.pi * k / ORIENTATIONS
            kernels.append((x * math.cos(a) + y * math.sin(a)) * g / sigma)
        laplacian = ((x**2 + y**2) / sigma**2 - 2) * g
        kernels.append(laplacian - laplacian.mean())
    return torch.stack(kernels)[:, None].float()


class Texture(nn.Module):
    """N x 1 x H x W in, {"anomaly_map": N x 1 x H/4 x W/4, "pred_score": N} out."""

    stride = STRIDE

    def __init__(self, height, width):
        super().__init__()
        self.register_buffer("bank", derivative_bank())
        count = len(self.bank) + 2
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("whiten", torch.eye(count))
        self.places = max(1, int(TOP * (height // STRIDE) * (width // STRIDE)))

    def describe(self, x):
        """N x features x H/4 x W/4: logarithms of mean absolute answers, of the local deviation, and the
        local brightness against the picture's."""
        edge = self.bank.shape[-1] // 2
        x = x - x.mean((2, 3), keepdim=True)
        padded = F.pad(x, [edge, edge, edge, edge], mode="reflect")
        answers = F.avg_pool2d(F.conv2d(padded, self.bank).abs(), STRIDE)
        mean = F.avg_pool2d(x, STRIDE)
        deviation = (F.avg_pool2d(x * x, STRIDE) - mean * mean).clamp(min=0).sqrt()
        logs = (torch.cat([answers, deviation], 1) + 0.003).log()
        return torch.cat([logs, mean], 1)

    @torch.no_grad()
    def fit(self, pictures):
        parts = [self.describe(p[None]).flatten(2)[0].T for p in pictures]
        values = torch.cat(parts).double()
        self.mean.copy_(values.mean(0))
        covariance = torch.cov(values.T) + 1e-4 * torch.eye(values.shape[1], dtype=torch.float64)
        self.whiten.copy_(torch.linalg.inv(torch.linalg.cholesky(covariance)))
        return self

    def forward(self, x):
        values = self.describe(x) - self.mean.view(1, -1, 1, 1)
        white = F.conv2d(values, self.whiten[:, :, None, None])
        distance = white.square().mean(1, keepdim=True).sqrt()
        distance = F.avg_pool2d(distance, 3, 1, 1, count_include_pad=False)
        score = distance.flatten(1).topk(self.places, 1)[0].mean(1)
        return {"anomaly_map": distance, "pred_score": score}
