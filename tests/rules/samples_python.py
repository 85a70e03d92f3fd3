"""Sample arguments, continued: the modules `cmath`, `math` and `statistics`."""

from __future__ import annotations

import cmath
import math
import statistics

import numpy as np

from tests.rules.samples import SAMPLES, s, samples

__all__ = ["SAMPLES"]

for name in (
    "sin",
    "cos",
    "sinh",
    "cosh",
    "asin",
    "acos",
    "atan",
    "asinh",
    "acosh",
    "atanh",
    "phase",
    "polar",
):
    samples(getattr(cmath, name), of=[s(0.7 + 0.3j), s(-1.8 - 0.4j)])
samples(cmath.rect, of=[s(0.7, 0.3), s(2.0, -2.5)])
samples(math.frexp, of=[s(0.7), s(-5.3)])

MIXED = np.array([0.7, -1.2, 0.4, 1.9, 0.1])
DATA = [s([0.7, 0.2, 3.0, 1.1]), s(np.array([0.7, 1.2, 0.4]))]
samples(statistics.mean, statistics.fmean, of=[*DATA, s([0.7]), s(MIXED)])
samples(statistics.geometric_mean, statistics.harmonic_mean, of=DATA)
samples(statistics.variance, statistics.pvariance, statistics.stdev, statistics.pstdev, of=[*DATA, s(MIXED)])
samples(
    statistics.NormalDist.inv_cdf.__globals__["_normal_dist_inv_cdf"],
    of=[s(0.3, 1.0, 2.0), s(0.9, -1.0, 0.5)],
)
