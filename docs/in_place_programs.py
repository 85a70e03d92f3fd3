"""The programs of in_place.md: what is shown of each, and the arguments that its gradient is made for."""

from __future__ import annotations

import numpy as np


def smooth(u):
    u[1:-1] = (u[:-2] + u[2:]) / 2


def roughness(u, steps):
    start = u.copy()
    for _ in range(steps):
        smooth(u)
    return np.sum((u - start) ** 2)


def cumulative(x):
    for i in range(1, len(x)):
        x[i] *= x[i - 1]
    return np.sum(x)


def border(u):
    inner = u[1:-1]
    inner[0] = u[0] ** 2
    return np.sum(inner * u[:-2])


PROGRAMS = {
    "roughness": ((smooth, roughness), (np.ones(6), 3)),
    "cumulative": ((cumulative,), (np.ones(6),)),
    "border": ((border,), (np.ones(6),)),
}
