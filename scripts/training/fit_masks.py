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


def draw_weights(labels, power):
    """Chance of each picture: a power of how rare its (largest class number) is; 1: all classes alike."""
    first = labels.flatten(1).amax(1).numpy()
    weights = np.bincount(first)[first] ** -power
    return weights / weights.sum()


def class_weights(labels, classes):
    """Weight of each class's pixels: rare ones count more, at most 4 times as much as background."""
    counts = torch.bincount(labels.flatten().long(), minlength=classes + 1).float()
    return ((counts[0] / counts.clamp(min=1)) ** 0.25).clamp(1, 4)


def by_learning_rate(network, rate):
    """The encoder's parameters and the others, each with its learning rate."""
    inside = list(network.encoder.parameters())
    known = {id(p) for p in inside}
    others = [p for p in network.parameters() if id(p) not in known]
    return [
        {"params": inside, "lr": rate * network.encoder.learning_rate},
        {"params": others, "lr": rate},
    ]


def fit(network, arrays, classes, spec, options, keep):
    """Trains a network; returns its averaged weights in eval mode.

    @param keep  called with these weights after every fifth epoch, so that an interruption loses little
    """
    generator = torch.Generator().manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    network = network.to(memory_format=torch.channels_last).train()
    average = copy.deepcopy(network)
    groups = by_learning_rate(network, options.learning_rate)
    optimizer = torch.optim.AdamW(groups, weight_decay=options.weight_decay)
    steps = max(1, len(arrays.pixels) // options.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        [g["lr"] for g in groups],
        pct_start=0.15,
        total_steps=options.epochs * steps,
    )
    chances = draw_weights(arrays.labels, 1.0 if options.crop else 0.5)
    weights = class_weights(arrays.labels, classes)
    start = time.time()
    for epoch in range(options.epochs):
        total = 0.0
        for step in range(steps):
            drawn = torch.from_numpy(rng.choice(len(chances), options.batch, p=chances))
            centre = masks.centres(arrays, drawn, options.crop, rng) if options.crop else None
            x, y = masks.changed(
                arrays.pixels[drawn], arrays.labels[drawn], generator, options.crop, centre
            )
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
