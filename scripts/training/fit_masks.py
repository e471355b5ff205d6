"""One training run of a segmenter."""

import copy
import time

import numpy as np
import torch

from . import masks, unet
from .fit import move_average


def normalize(x, spec):
    shape = (1, -1, 1, 1)
    mean, std = torch.tensor(spec["mean"]).view(shape), torch.tensor(spec["std"]).view(shape)
    return ((x.float() / 255 - mean) / std).contiguous(memory_format=torch.channels_last)


def draw_weights(labels):
    """Chance of each picture: the root of how rare its (largest class number) is."""
    first = labels.flatten(1).amax(1).numpy()
    weights = np.bincount(first)[first] ** -0.5
    return weights / weights.sum()


def class_weights(labels, classes):
    """Weight of each class's pixels: rare ones count more, at most 4 times as much as background."""
    counts = torch.bincount(labels.flatten().long(), minlength=classes + 1).float()
    return ((counts[0] / counts.clamp(min=1)) ** 0.25).clamp(1, 4)


def fit(arrays, classes, spec, options, keep):
    """Trains one network; returns its averaged weights in eval mode.

    @param keep  called with these weights after every fifth epoch, so that an interruption loses little
    """
    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    network = unet.SmallUnet(arrays.pixels.shape[1], classes)
    network = network.to(memory_format=torch.channels_last).train()
    average = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(
        network.parameters(), options.learning_rate, weight_decay=options.weight_decay
    )
    steps = max(1, len(arrays.pixels) // options.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, options.learning_rate, pct_start=0.15, total_steps=options.epochs * steps
    )
    chances, weights = draw_weights(arrays.labels), class_weights(arrays.labels, classes)
    start = time.time()
    for epoch in range(options.epochs):
        total = 0.0
        for step in range(steps):
            drawn = torch.from_numpy(rng.choice(len(chances), options.batch, p=chances))
            x, y = masks.changed(arrays.pixels[drawn], arrays.labels[drawn], generator)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.precision == "bf16"):
                pixel, image = network.both(normalize(x, spec))
            loss = unet.loss_of(pixel, image, y, weights)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            move_average(average, network, epoch * steps + step)
            total += loss.item()
        if (epoch + 1) % 5 == 0 or epoch + 1 == options.epochs:
            spent = time.time() - start
            print(
                f"epoch {epoch + 1}/{options.epochs}, loss {total / steps:.3f}, {spent:.0f} s",
                flush=True,
            )
            keep(average, epoch + 1)
    return average.eval()
