"""Scores, limits and the figures that are reported about them."""

from math import ceil, exp, floor, lgamma, log

import numpy as np


def require_finite(probabilities, what):
    """No limit is chosen without the images that the network has no number for."""
    bad = int((~np.isfinite(probabilities)).any(axis=-1).sum()) if len(probabilities) else 0
    if bad:
        raise SystemExit(
            f"error: the network gives NaN or infinity for {what}, {bad} of {len(probabilities)}: a training "
            "run diverged; try a lower --learning-rate"
        )


def scores(probabilities, good):
    """Defect score of each image: 1 - P(good class)."""
    return 1.0 - probabilities[:, good]


DECIMALS = 4  # of the limits: more are luck, and nobody can read them


def choose(score, defective, shifted, options):
    """review_at and reject_at from the scores of held-out images.

    review_at: no escape among these images, and at most --shifted-escapes of their `shifted` copies
    below it; less --margin (a share of it). reject_at: the lowest limit from there on that rejects
    at most --reject-overkill of the good ones; what lies between is for a person to look at.
    review_at is rounded down, towards fewer escapes, reject_at up, towards a person.
    """
    if not defective.any() or defective.all():
        raise SystemExit("limits need good and defective images in the validation part")
    lowest = float(score[defective].min())
    if len(shifted):
        allowed = int(options.shifted_escapes * len(shifted))
        lowest = min(lowest, float(np.sort(shifted)[allowed]))
    review_at = floor(lowest * (1.0 - options.margin) * 10**DECIMALS) / 10**DECIMALS
    good = np.sort(score[~defective])
    allowed = int(options.reject_overkill * len(good))
    highest_not_allowed = good[len(good) - allowed - 1]
    reject_at = ceil(np.nextafter(highest_not_allowed, 2.0) * 10**DECIMALS) / 10**DECIMALS
    return review_at, max(review_at, min(reject_at, 1.0))


def binomial_tail(k, n, p):
    """P(X <= k) for X ~ Binomial(n, p)."""
    if p <= 0 or k >= n:
        return 1.0
    if p >= 1:
        return 0.0
    terms = (
        lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1) + i * log(p) + (n - i) * log(1 - p)
        for i in range(k + 1)
    )
    return sum(exp(t) for t in terms)


def upper_bound(k, n, confidence=0.95):
    """Exact (Clopper-Pearson) one-sided upper bound of a rate, k of n seen."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if binomial_tail(k, n, middle) > 1 - confidence else (low, middle)
        )
    return high


def figures(probabilities, labels, good, review_at, reject_at, classes):
    """Everything the README of a model package states about one set."""
    predicted, score, defective = (
        probabilities.argmax(1),
        scores(probabilities, good),
        labels != good,
    )
    counts = np.zeros((len(classes), len(classes)), int)
    np.add.at(counts, (labels, predicted), 1)
    per_class = {}
    for k, name in enumerate(classes):
        tp, support, called = counts[k, k], counts[k].sum(), counts[:, k].sum()
        per_class[name] = {
            "support": int(support),
            "precision": round(tp / max(called, 1), 4),
            "recall": round(tp / max(support, 1), 4),
            "f1": round(2 * tp / max(support + called, 1), 4),
            "pass": int((score[labels == k] < review_at).sum()),
            "review": int(((score >= review_at) & (score < reject_at))[labels == k].sum()),
            "reject": int((score[labels == k] >= reject_at).sum()),
        }
    escapes = int((score[defective] < review_at).sum())
    overkills = int((score[~defective] >= review_at).sum())
    bad, fine = int(defective.sum()), int((~defective).sum())
    return {
        "images": len(labels),
        "accuracy": round(float((predicted == labels).mean()), 4),
        "macro_f1": round(float(np.mean([c["f1"] for c in per_class.values()])), 4),
        "defective": bad,
        "escapes": escapes,
        "escape_rate": round(escapes / max(bad, 1), 4),
        "escape_rate_upper_95": round(upper_bound(escapes, bad), 4) if bad else None,
        "good": fine,
        "overkills": overkills,
        "overkill_rate": round(overkills / max(fine, 1), 4),
        "overkill_rate_upper_95": round(upper_bound(overkills, fine), 4) if fine else None,
        "good_rejected": int((score[~defective] >= reject_at).sum()),
        "per_class": per_class,
        "confusion_rows_are_truth": counts.tolist(),
    }
