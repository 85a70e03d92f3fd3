"""Sample arguments for the rules of the distributions of `scipy.stats`: `SAMPLES[method]` is a list of (args, kwargs).

In `SHAPES` are the shapes of each distribution, in `INSIDE` numbers inside of its support if this is not the half line.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from tests.rules.samples_scipy import Sample, normal, s, spd

SHAPES = {
    **dict.fromkeys(
        "norm uniform expon laplace logistic cauchy halfnorm halfcauchy halflogistic".split(), ()
    ),
    **dict.fromkeys("hypsecant rayleigh maxwell gumbel_r gumbel_l".split(), ()),
    **dict.fromkeys("gamma chi2 chi invgamma t pareto lomax powerlaw weibull_min".split(), (2.3,)),
    **dict.fromkeys("lognorm weibull_max gompertz invgauss skewnorm".split(), (0.7,)),
    "beta": (2.3, 1.6),
    "f": (2.3, 3.1),
}
INSIDE = {
    **dict.fromkeys(("uniform", "powerlaw", "beta"), np.array([0.15, 0.4, 0.8])),
    "weibull_max": np.array([-1.7, -0.9, -0.2]),
    "pareto": np.array([1.2, 1.9, 3.0]),
}
SAMPLES: dict[object, list[Sample]] = {}
Q = np.array([0.15, 0.4, 0.8])
DENSITIES, PROBABILITIES, INVERSES = ("pdf", "logpdf"), ("cdf", "sf", "logcdf", "logsf"), ("ppf", "isf")


def fixed(*shapes: float) -> tuple[int, ...]:
    """Shapes in which there is no derivative are integers in the samples: these are not varied."""
    return tuple(round(shape + 0.4) for shape in shapes)


for name, shapes in SHAPES.items():
    dist = getattr(stats, name)
    x = INSIDE.get(name, np.array([0.3, 0.9, 2.1]))
    wide = tuple(np.linspace(1, 1.2, 2)[:, None] * shape for shape in shapes)
    for method in DENSITIES:
        SAMPLES[getattr(dist, method)] = [
            s(2.5 * x + 0.7, *shapes, 0.7, 2.5),
            s(1.5 * x, *wide, scale=1.5),
        ]
    for method in PROBABILITIES:
        SAMPLES[getattr(dist, method)] = [s(2.5 * x + 0.7, *fixed(*shapes), loc=0.7, scale=2.5)]
    for method in INVERSES:
        SAMPLES[getattr(dist, method)] = [s(Q, *fixed(*shapes), 0.7, np.array([[1.5], [2.5]]))]

SAMPLES |= {
    getattr(stats.erlang, method): [s(INSIDE["pareto"], 2, 0.7, 0.5)]
    for method in (*DENSITIES, *PROBABILITIES)
}
SAMPLES |= {getattr(stats.erlang, method): [s(Q, 2, 0.7, 0.5)] for method in INVERSES}

COUNTS = np.array([0, 1, 3])
P = np.array([[0.3], [0.6]])
for methods, dist, first, shapes in (
    (("pmf", "logpmf", "cdf", "sf"), stats.poisson, COUNTS, (1.7,)),
    (("pmf", "logpmf"), stats.bernoulli, COUNTS[:2], (0.3,)),
    (("pmf", "logpmf"), stats.geom, COUNTS + 1, (0.3,)),
    (("pmf", "logpmf", "cdf", "sf"), stats.binom, COUNTS, (5, 0.3)),
    (("pmf", "logpmf"), stats.nbinom, COUNTS, (2.5, 0.3)),
):
    for method in methods:
        SAMPLES[getattr(dist, method)] = [
            s(first, *shapes),
            s(first, *shapes[:-1], P),
            s(first + 2, *shapes, loc=2),
        ]

NORMAL = stats.multivariate_normal
SAMPLES[stats.norm.logpdf] += [
    s(Q),
    s(0.4),
    s(0.4, 0.2),
    s(0.4, scale=2.0),
    s(np.array(0.4), loc=Q),
    s(np.zeros(0)),
]
SAMPLES[NORMAL.logpdf] = [
    s(normal(4, 3), normal(3), spd(3)),
    s(normal(3), normal(3), spd(3)),
    s(normal(2, 4, 3), normal(3), spd(3)),
    s(normal(1, 3), normal(3), spd(3)),
    s(normal(4, 3), cov=spd(3)),
    s(normal(4, 1), normal(1), spd(1)),
    s(normal(4), normal(1), spd(1)),
]
A = np.random.default_rng(4).uniform(0.5, 2.0, (3, 4))
WHOLE = np.arange(1, 13).reshape(3, 4)
SUMMARIES = {
    "zscore": [s(A), s(A, axis=1, ddof=1), s(A, axis=None)],
    "zmap": [s(A, A + normal(3, 4)), s(A, A * A, axis=1)],
    "gmean": [s(A), s(A, axis=None), s(A, 1, weights=WHOLE), s(A, keepdims=True)],
    "hmean": [s(A), s(A, axis=1, keepdims=True), s(A, weights=WHOLE)],
    "pmean": [s(A, 2.5), s(A, 3, axis=1), s(A, 0), s(A, -1, axis=None)],
    "moment": [s(A, 3), s(A, 2, axis=None), s(A, 4, 1, center=0.5), s(A, order=2, keepdims=True)],
    "skew": [s(A), s(A, axis=1, bias=False), s(A, axis=None, keepdims=True)],
    "kurtosis": [s(A), s(A, axis=1, fisher=False), s(A, axis=None, bias=False), s(A, 1, False, False)],
    "sem": [s(A), s(A, axis=None, ddof=0), s(A, 1, keepdims=True)],
    "variation": [s(A), s(A, axis=1, ddof=1), s(A, axis=None)],
    "entropy": [s(A), s(A[0]), s(A, A + 0.5), s(A, base=2), s(A, A * A, axis=1)],
}
