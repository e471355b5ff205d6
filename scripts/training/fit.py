"""One training run, and the probabilities of a trained network."""

import copy
import io
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from . import augment, data, networks


def draw_weights(labels, power):
    """Chance of each image to be drawn: 0 draws all images alike, 1 all classes alike."""
    labels = np.asarray(labels)
    weights = np.bincount(labels)[labels] ** -float(power)
    return weights / weights.sum()


def loss_of(logits, labels, good, binary_weight):
    """Cross entropy over the classes, plus over good against defective: that is what limits cut."""
    logits = logits.float()
    others = torch.cat([logits[:, :good], logits[:, good + 1 :]], 1).logsumexp(1)
    binary = F.binary_cross_entropy_with_logits(others - logits[:, good], (labels != good).float())
    return F.cross_entropy(logits, labels) + binary_weight * binary


@torch.no_grad()
def move_average(average, network, step):
    """Exponential moving average of weights and statistics, with a decay that rises to 0.997."""
    share = 1.0 - min(0.997, (1.0 + step) / (10.0 + step))
    for mean, value in zip(average.state_dict().values(), network.state_dict().values()):
        if mean.is_floating_point():
            mean.lerp_(value, share)


@dataclass(frozen=True)
class Job:
    """One training run: what to train on, what to score afterwards, and how."""

    title: str
    pictures: list
    labels: list
    held: list  # pictures that the network never sees
    held_labels: list
    classes: list
    good: int
    spec: data.InputSpec
    options: object
    seed: int


def run(job):
    """@return the trained network as bytes, the class probabilities of job.held, and those of shifted()"""
    torch.set_num_threads(job.options.threads)
    network = fit(job)
    buffer = io.BytesIO()
    torch.save(network, buffer)
    changed = probabilities(network, shifted(job), job.spec)
    return buffer.getvalue(), probabilities(network, job.held, job.spec), changed


def shifted(job):
    """--shifted copies of each defective held-out picture, changed as training pictures are: what
    the patterns may look like on other lots."""
    if not job.options.shifted or not job.held:
        return []
    rng = np.random.default_rng(1000 + job.seed)
    change = augment.KINDS[job.options.augment](job.held, job.held_labels, job.classes, job.good)
    defective = [i for i, label in enumerate(job.held_labels) if label != job.good]
    return [change(i, rng) for i in defective for _ in range(job.options.shifted)]


def run_all(jobs, processes):
    """Runs the jobs, `processes` of them at a time; the results do not depend on that."""
    if processes == 1:
        return [run(job) for job in jobs]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        return list(pool.map(run, jobs))


def fit(job):
    """Trains one network; returns its averaged weights in eval mode."""
    options, labels, good, spec = job.options, job.labels, job.good, job.spec
    torch.manual_seed(job.seed)
    rng = np.random.default_rng(job.seed)
    change = augment.KINDS[options.augment](job.pictures, labels, job.classes, good)
    weights = draw_weights(labels, options.class_weights)
    channels = 1 if spec.color == "gray" else 3
    network = networks.make(options.network, len(job.classes), channels, spec.size)
    network = network.to(memory_format=torch.channels_last).train()
    average = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(
        network.parameters(), options.learning_rate, weight_decay=options.weight_decay
    )
    batches = max(1, (options.draws or len(labels)) // options.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, options.learning_rate, pct_start=0.15, total_steps=options.epochs * batches
    )
    start = time.time()
    for epoch in range(options.epochs):
        total = 0.0
        for batch in range(batches):
            drawn = rng.choice(len(labels), options.batch, p=weights)
            x = spec.tensor(np.stack([spec.resize(change(i, rng)) for i in drawn]))
            x = x.to(memory_format=torch.channels_last)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.precision == "bf16"):
                logits = network(x)
            loss = loss_of(
                logits, torch.tensor([labels[i] for i in drawn]), good, options.binary_loss
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            move_average(average, network, epoch * batches + batch)
            total += loss.item()
        if (epoch + 1) % 10 == 0 or epoch + 1 == options.epochs:
            spent = time.time() - start
            print(
                f"{job.title}: epoch {epoch + 1}/{options.epochs}, loss {total / batches:.3f}, "
                f"{spent:.0f} s",
                flush=True,
            )
    return average.eval()


@torch.no_grad()
def probabilities(network, pictures, spec, batch=64):
    """Class probabilities, float64, of pictures as they are: resized, never changed."""
    out = [torch.empty(0, dtype=torch.float64)] if not pictures else []
    for i in range(0, len(pictures), batch):
        x = spec.tensor(np.stack([spec.resize(p) for p in pictures[i : i + batch]]))
        out.append(network(x).double().softmax(1))
    return torch.cat(out).numpy()
