"""Partial orders: what np.partition leaves in no particular order is found again by comparing ranks.

>>> partition(np.array([1.0, 2.0, 3.0]), np.array([3.0, 4.0, 5.0]), np.array([5.0, 3.0, 4.0]), 0)
(array([3., 1., 2.]), None)
"""

from __future__ import annotations

import numpy as np

from s2sad.rules.declare import adjoint, tangent


@adjoint(np.partition)
def partition(g, y, a, kth, axis=-1, kind="introselect"):
    if axis is None:
        ranks = np.argsort(np.argsort(np.ravel(a), kind="stable"))
        return np.reshape(g[np.argsort(y, kind="stable")][ranks], np.shape(a)), None
    ranks = np.argsort(np.argsort(a, axis, kind="stable"), axis)
    return np.take_along_axis(
        np.take_along_axis(g, np.argsort(y, axis, kind="stable"), axis), ranks, axis
    ), None


@tangent(np.partition)
def partition_tangent(dots, y, a, kth, axis=-1, kind="introselect"):
    if axis is None:
        ranks = np.argsort(np.argsort(y, kind="stable"))
        return np.ravel(dots[0])[np.argsort(np.ravel(a), kind="stable")][ranks]
    ranks = np.argsort(np.argsort(y, axis, kind="stable"), axis)
    return np.take_along_axis(
        np.take_along_axis(dots[0], np.argsort(a, axis, kind="stable"), axis), ranks, axis
    )
