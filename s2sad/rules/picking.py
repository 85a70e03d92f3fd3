"""Putting elements in, taking them out, nested blocks, and geometric progressions.

>>> delete(np.array([1.0, 2.0]), None, np.zeros(3), 1)
(array([1., 0., 2.]), None)
>>> insert(np.array([1.0, 2.0, 3.0]), None, np.zeros(2), 1, 5.0)
(array([1., 3.]), None, np.float64(2.0))
>>> choose(np.array([1.0, 2.0]), None, np.array([1, 0]), [np.zeros(2), 0.0])
(None, [array([0., 2.]), np.float64(1.0)])
"""

from __future__ import annotations

import numpy as np

from s2sad.rules.declare import adjoint, linear, tangent
from s2sad.rules.shapes import linspace
from s2sad.runtime import take_adjoint, unbroadcast

# ---- in and out -----------------------------------------------------------------------------------------


@linear(np.insert)
def insert(g, y, arr, obj, values, axis=None):
    """Label the new elements -1, -2, ...; sorting the labels tells where each element of `g` came from."""
    k = 0 if axis is None else axis
    length = np.size(arr) if axis is None else np.shape(arr)[axis]
    count = np.shape(g)[k] - length
    order = np.argsort(np.insert(np.arange(length), obj, -1 - np.arange(count)))
    new = np.take(g, np.flip(order[:count]), k)
    if axis is not None and np.ndim(obj) == 0 and not isinstance(obj, slice):
        new = np.moveaxis(new, axis, 0)  # for one place, NumPy lays the values out along the first axis
    return np.reshape(np.take(g, order[count:], k), np.shape(arr)), None, unbroadcast(new, values)


@linear(np.delete)
def delete(g, y, arr, obj, axis=None):
    length = np.size(arr) if axis is None else np.shape(arr)[axis]
    return take_adjoint(g, arr, np.delete(np.arange(length), obj), axis), None


@linear(np.extract)
def extract(g, y, condition, arr):
    return None, take_adjoint(g, arr, np.flatnonzero(condition), None)


@linear(np.compress)
def compress(g, y, condition, a, axis=None):
    return None, take_adjoint(g, a, np.flatnonzero(condition), axis)


@linear(np.choose)
def choose(g, y, a, choices):
    bars = [unbroadcast(np.where(a == k, g, 0), choices[k]) for k in range(len(choices))]
    return None, bars if isinstance(choices, (list, tuple)) else np.stack(bars)


# ---- blocks ---------------------------------------------------------------------------------------------


def strip_bars(g, row):
    """Return the adjoints of arrays that were joined along the last axis."""
    ends = np.cumsum([np.shape(a)[-1] if np.ndim(a) > 0 else 1 for a in row])
    return [np.reshape(part, np.shape(a)) for a, part in zip(row, np.split(g, ends[:-1], -1))]


def height(row):
    """Return the length, along the axis before the last, of arrays joined along the last axis."""
    return np.shape(row[0])[-2] if np.ndim(row[0]) > 1 else 1


@linear(np.block)
def block(g, y, arrays):
    if not isinstance(arrays, list):
        return g
    if not isinstance(arrays[0], list):
        return strip_bars(g, arrays)
    if isinstance(arrays[0][0], list):
        raise ValueError("np.block: lists of lists of lists have no derivative")
    ends = np.cumsum([height(row) for row in arrays])
    return [strip_bars(strip, row) for row, strip in zip(arrays, np.split(g, ends[:-1], -2))]


# ---- geometric progressions -----------------------------------------------------------------------------


@adjoint(np.logspace)
def logspace(g, y, start, stop, num=50, endpoint=True, base=10.0):
    return linspace(g * y * np.log(base), y, start, stop, num, endpoint)


@tangent(np.logspace)
def logspace_tangent(dots, y, start, stop, num=50, endpoint=True, base=10.0):
    start_dot = np.zeros_like(start) if dots[0] is None else dots[0]
    stop_dot = np.zeros_like(stop) if dots[1] is None else dots[1]
    return y * np.log(base) * np.linspace(start_dot, stop_dot, num, endpoint)


@adjoint(np.geomspace)
def geomspace(g, y, start, stop, num=50, endpoint=True):
    start_bar, stop_bar = linspace(g * y, y, start, stop, num, endpoint)
    return start_bar / start, stop_bar / stop


@tangent(np.geomspace)
def geomspace_tangent(dots, y, start, stop, num=50, endpoint=True):
    start_dot = np.zeros_like(start) if dots[0] is None else dots[0] / start
    stop_dot = np.zeros_like(stop) if dots[1] is None else dots[1] / stop
    return y * np.linspace(start_dot, stop_dot, num, endpoint)
