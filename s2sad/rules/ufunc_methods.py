"""Methods of ufuncs that have rules of their own: running extremes, and sums and extremes of parts.

>>> x = np.array([1.0, 3.0, 2.0, 5.0])
>>> running_extreme(np.ones(4), np.maximum.accumulate(x), x)
array([1., 2., 0., 1.])
>>> sums_of_parts(np.array([1.0, 2.0]), None, x, [0, 3])
(array([1., 1., 1., 2.]), None)

Conventions: of equal running extremes the latest counts; equal extremes of a part share.
"""

from __future__ import annotations

import numpy as np

from s2sad.rules.declare import adjoint, linear, tangent
from s2sad.runtime import along_axis, scatter, take_adjoint

# ---- running extremes -------------------------------------------------------------------------------------


def latest(x, y, axis):
    """Return where along an axis each running extreme `y` of `x` was reached last."""
    places = np.cumsum(np.ones(np.shape(x), int), axis=axis) - 1
    return np.maximum.accumulate(np.where(x == y, places, 0), axis)


@adjoint(np.maximum.accumulate, np.minimum.accumulate)
def running_extreme(g, y, array, axis=0):
    return scatter(g, along_axis(latest(array, y, axis), axis), array)


@tangent(np.maximum.accumulate, np.minimum.accumulate)
def running_extreme_tangent(dots, y, array, axis=0):
    return np.take_along_axis(dots[0], latest(array, y, axis), axis)


# ---- parts: each reaches to the start of the next, or is one element where that is not behind it ----------


def parts(array, indices, axis):
    """Return the lengths of all parts, and the indices in them, one part after the other."""
    starts = np.asarray(indices)
    ends = np.append(starts[1:], np.shape(array)[axis])
    lengths = np.where(ends > starts, ends - starts, 1)
    offsets = np.cumsum(lengths) - lengths
    return lengths, np.repeat(starts - offsets, lengths) + np.arange(np.sum(lengths))


@linear(np.add.reduceat)
def sums_of_parts(g, y, array, indices, axis=0):
    lengths, places = parts(array, indices, axis)
    return take_adjoint(np.repeat(g, lengths, axis), array, places, axis), None


def shares(picked, y, lengths, axis):
    """Return 1/k for each of the k elements of a part that are its extreme, and 0 for the others."""
    extreme = np.where(picked == np.repeat(y, lengths, axis), np.ones_like(picked), 0)
    counts = np.add.reduceat(extreme, np.cumsum(lengths) - lengths, axis)
    return extreme / np.repeat(counts, lengths, axis)


@adjoint(np.maximum.reduceat, np.minimum.reduceat)
def extremes_of_parts(g, y, array, indices, axis=0):
    lengths, places = parts(array, indices, axis)
    weights = shares(np.take(array, places, axis), y, lengths, axis)
    return take_adjoint(np.repeat(g, lengths, axis) * weights, array, places, axis), None


@tangent(np.maximum.reduceat, np.minimum.reduceat)
def extremes_of_parts_tangent(dots, y, array, indices, axis=0):
    lengths, places = parts(array, indices, axis)
    weights = shares(np.take(array, places, axis), y, lengths, axis)
    return np.add.reduceat(weights * np.take(dots[0], places, axis), np.cumsum(lengths) - lengths, axis)
