"""Rearranging, joining, splitting and repeating arrays: all linear, so only the transpose is written.

>>> flip(np.array([1.0, 2.0]), None, np.zeros(2))
array([2., 1.])
>>> concatenate(np.array([1.0, 2.0, 3.0]), None, [np.zeros(1), np.zeros(2)])
[array([1.]), array([2., 3.])]

The adjoint of a sequence of arrays is a list of arrays. An operand whose adjoint is None (an index, a shape)
keeps its value in the tangent.
"""

from __future__ import annotations

import numpy as np

from s2sad import runtime
from s2sad.rules.declare import adjoint, known, linear, nondifferentiable, tangent
from s2sad.runtime import unbroadcast

# ---- copies ---------------------------------------------------------------------------------------------


@linear(np.copy, np.ascontiguousarray, np.asfortranarray)
def copy(g, y, a, order="K"):
    return g


@linear(np.array, np.asarray, np.asanyarray)
def array(g, y, object, dtype=None, *, copy=True, order="K", ndmin=0):
    if known(y.dtype) and not np.issubdtype(y.dtype, np.inexact):
        return None
    if isinstance(object, (list, tuple)):
        return runtime.like_nested(g, object)
    return np.reshape(g, np.shape(object)) if ndmin > 0 else g


@linear(np.ndarray.astype)
def astype(g, y, a, dtype, order="K", casting="unsafe", copy=True):
    if not known(y.dtype):
        return np.where(np.issubdtype(y.dtype, np.inexact), g, 0), None
    return (g if np.issubdtype(y.dtype, np.inexact) else None), None


@linear(runtime.like_nested)
def like_nested(g, y, x, like):
    return np.array(g), None


@linear(runtime.item)
def item(g, y, a):
    return np.reshape(g, np.shape(a))


@linear(runtime.tolist)
def tolist(g, y, a):
    return np.array(g)


# ---- one array, other axes ------------------------------------------------------------------------------


@linear(np.reshape)
def reshape(g, y, a, shape, order="C"):
    return np.reshape(g, np.shape(a), order), None


@linear(runtime.reshape)
def reshape_method(g, y, a, *shape, order="C"):
    return np.reshape(g, np.shape(a), order), None


@linear(np.ravel, runtime.flatten)
def ravel(g, y, a, order="C"):
    return np.reshape(g, np.shape(a), "C" if order == "K" else order)


@linear(np.squeeze)
def squeeze(g, y, a, axis=None):
    return np.reshape(g, np.shape(a))


@linear(np.expand_dims)
def expand_dims(g, y, a, axis):
    return np.squeeze(g, axis), None


@linear(np.atleast_1d, np.atleast_2d, np.atleast_3d)
def atleast(g, y, a):
    return np.reshape(g, np.shape(a))


@linear(np.transpose)
def transpose(g, y, a, axes=None):
    if axes is None:
        return g.T
    return np.transpose(g, np.argsort(axes))


@linear(runtime.transpose)
def transpose_method(g, y, a, *axes):
    if len(axes) == 0:
        return g.T, None
    order = axes[0] if len(axes) == 1 else axes
    return (g.T if order is None else np.transpose(g, np.argsort(order))), None


@linear(np.swapaxes)
def swapaxes(g, y, a, axis1, axis2):
    return np.swapaxes(g, axis1, axis2), None, None


@linear(runtime.matrix_transpose)
def matrix_transpose(g, y, a):
    return np.swapaxes(g, -1, -2)


@linear(np.moveaxis)
def moveaxis(g, y, a, source, destination):
    return np.moveaxis(g, destination, source), None, None


@linear(np.rollaxis)
def rollaxis(g, y, a, axis, start=0):
    axis, start = axis % a.ndim, start + a.ndim if start < 0 else start
    return np.moveaxis(g, start - 1 if axis < start else start, axis), None


@linear(np.flip)
def flip(g, y, m, axis=None):
    return np.flip(g, axis)


@linear(np.flipud)
def flipud(g, y, m):
    return np.flipud(g)


@linear(np.fliplr)
def fliplr(g, y, m):
    return np.fliplr(g)


@linear(np.rot90)
def rot90(g, y, m, k=1, axes=(0, 1)):
    return np.rot90(g, -k, axes)


@linear(np.roll)
def roll(g, y, a, shift, axis=None):
    return np.roll(g, [-s for s in shift] if isinstance(shift, (tuple, list)) else -shift, axis), None


# ---- joining --------------------------------------------------------------------------------------------


@linear(np.concatenate)
def concatenate(g, y, arrays, axis=0):
    if axis is None:
        ends = np.cumsum([np.size(a) for a in arrays])
        return [np.reshape(g[n - np.size(a) : n], np.shape(a)) for a, n in zip(arrays, ends)]
    if len(arrays) == 2 and axis == 0:
        n = np.shape(arrays[0])[0]
        return [g[:n], g[n:]]
    return np.split(g, np.cumsum([np.shape(a)[axis] for a in arrays])[:-1], axis)


@linear(np.stack)
def stack(g, y, arrays, axis=0):
    return list(g) if axis == 0 else list(np.moveaxis(g, axis, 0))


@linear(np.vstack)
def vstack(g, y, tup):
    ends = np.cumsum([len(a) if np.ndim(a) > 1 else 1 for a in tup])
    return [np.reshape(part, np.shape(a)) for a, part in zip(tup, np.split(g, ends[:-1]))]


@linear(np.hstack)
def hstack(g, y, tup):
    if np.ndim(y) > 1:
        return np.split(g, np.cumsum([np.shape(a)[1] for a in tup])[:-1], 1)
    ends = np.cumsum([np.size(a) for a in tup])
    return [np.reshape(part, np.shape(a)) for a, part in zip(tup, np.split(g, ends[:-1]))]


@linear(np.column_stack)
def column_stack(g, y, tup):
    ends = np.cumsum([np.shape(a)[1] if np.ndim(a) > 1 else 1 for a in tup])
    return [np.reshape(part, np.shape(a)) for a, part in zip(tup, np.split(g, ends[:-1], 1))]


@linear(np.dstack)
def dstack(g, y, tup):
    ends = np.cumsum([np.shape(a)[2] if np.ndim(a) > 2 else 1 for a in tup])
    return [np.reshape(part, np.shape(a)) for a, part in zip(tup, np.split(g, ends[:-1], 2))]


@linear(np.append)
def append(g, y, arr, values, axis=None):
    if axis is None:
        n = np.size(arr)
        return np.reshape(g[:n], np.shape(arr)), np.reshape(g[n:], np.shape(values))
    parts = np.split(g, [np.shape(arr)[axis]], axis)
    return parts[0], parts[1]


# ---- splitting: the result, and so `g`, is a list -------------------------------------------------------


@linear(np.split, np.array_split)
def split(g, y, ary, indices_or_sections, axis=0):
    return np.concatenate(g, axis), None


@linear(np.vsplit)
def vsplit(g, y, ary, indices_or_sections):
    return np.concatenate(g, 0), None


@linear(np.hsplit)
def hsplit(g, y, ary, indices_or_sections):
    return np.concatenate(g, 0 if np.ndim(ary) == 1 else 1), None


@linear(np.dsplit)
def dsplit(g, y, ary, indices_or_sections):
    return np.concatenate(g, 2), None


# ---- repeating ------------------------------------------------------------------------------------------


@linear(np.broadcast_to)
def broadcast_to(g, y, array, shape):
    return unbroadcast(g, array), None


@linear(np.broadcast_arrays)
def broadcast_arrays(g, y, *args):
    return tuple([unbroadcast(g[i], args[i]) for i in range(len(args))])


@linear(np.meshgrid)
def meshgrid(g, y, *xi, indexing="xy", sparse=False):
    order = [1, 0] if indexing == "xy" and len(xi) > 1 else [0, 1]
    bars = []
    for i in range(len(xi)):
        axis = order[i] if i < 2 else i
        others = tuple([k for k in range(len(xi)) if k != axis])
        bars.append(np.reshape(np.sum(g[i], axis=others), np.shape(xi[i])))
    return tuple(bars)


@linear(np.tile)
def tile(g, y, A, reps):
    reps = tuple(reps) if isinstance(reps, (tuple, list)) else (reps,)
    rank = max(len(reps), np.ndim(A))
    reps = (1,) * (rank - len(reps)) + reps
    shape = (1,) * (rank - np.ndim(A)) + np.shape(A)
    blocks = np.reshape(g, tuple([n for pair in zip(reps, shape) for n in pair]))
    return np.reshape(np.sum(blocks, axis=tuple(range(0, 2 * rank, 2))), np.shape(A)), None


@linear(np.repeat)
def repeat(g, y, a, repeats, axis=None):
    length = np.size(a) if axis is None else np.shape(a)[axis]
    if isinstance(repeats, int):
        if axis is None:
            return np.reshape(np.sum(np.reshape(g, (length, repeats)), axis=1), np.shape(a)), None
        k = axis % np.ndim(a)
        blocks = np.reshape(g, g.shape[:k] + (length, repeats) + g.shape[k + 1 :])
        return np.sum(blocks, axis=k + 1), None
    return runtime.take_adjoint(g, a, np.repeat(np.arange(length), repeats), axis), None


@linear(np.full)
def full(g, y, shape, fill_value, dtype=None):
    return None, unbroadcast(g, fill_value)


@linear(np.full_like)
def full_like(g, y, a, fill_value, dtype=None):
    return None, unbroadcast(g, fill_value)


@linear(np.linspace)
def linspace(g, y, start, stop, num=50, endpoint=True):
    if np.ndim(start) == 0 and np.ndim(stop) == 0:
        t = np.linspace(0.0, 1.0, num, endpoint).astype(np.result_type(g))
        stop_bar = t @ g
        return np.sum(g) - stop_bar, stop_bar
    stop_bar = np.tensordot(np.linspace(0.0, 1.0, num, endpoint).astype(np.result_type(g)), g, 1)
    return unbroadcast(np.sum(g, axis=0) - stop_bar, start), unbroadcast(stop_bar, stop)


@adjoint(np.pad)
def pad(g, y, array, pad_width, mode="constant", constant_values=0):
    if mode in ("constant", "empty"):
        return g[runtime.unpadded(np.shape(array), pad_width)], None
    return runtime.take_adjoint(
        g, array, runtime.padded_indices(np.shape(array), pad_width, mode), None
    ), None


@tangent(np.pad)
def pad_tangent(dots, y, array, pad_width, mode="constant", constant_values=0):
    if mode in ("constant", "empty"):
        return np.pad(dots[0], pad_width)
    return np.take(dots[0], runtime.padded_indices(np.shape(array), pad_width, mode))


# ---- diagonals and triangles ----------------------------------------------------------------------------


@linear(np.triu)
def triu(g, y, m, k=0):
    return np.triu(g, k)


@linear(np.tril)
def tril(g, y, m, k=0):
    return np.tril(g, k)


@linear(np.diag)
def diag(g, y, v, k=0):
    if np.ndim(v) == 1 or np.shape(v)[0] == np.shape(v)[1]:
        return np.diag(g, k)
    return runtime.diagonal_adjoint(g, v, k, 0, 1)


@linear(np.diagonal)
def diagonal(g, y, a, offset=0, axis1=0, axis2=1):
    return runtime.diagonal_adjoint(g, a, offset, axis1, axis2)


@linear(runtime.diagonal_adjoint)
def diagonal_adjoint(g, y, x, like, offset=0, axis1=0, axis2=1):
    return np.diagonal(g, offset, axis1, axis2), None


@linear(np.diagflat)
def diagflat(g, y, v, k=0):
    return np.reshape(np.diag(g, k), np.shape(v))


# ---- picking --------------------------------------------------------------------------------------------


@linear(np.take)
def take(g, y, a, indices, axis=None):
    return runtime.take_adjoint(g, a, indices, axis), None


@linear(np.take_along_axis)
def take_along_axis(g, y, arr, indices, axis):
    if axis is None:
        return runtime.take_adjoint(g, arr, indices, None), None, None
    return runtime.scatter(g, runtime.along_axis(indices, axis), arr), None, None


@adjoint(np.sort)
def sort(g, y, a, axis=-1, kind=None, *, stable=None):
    if axis is None:
        order = np.argsort(np.ravel(a), kind="stable")
        return np.reshape(g[np.argsort(order)], np.shape(a))
    order = np.argsort(a, axis, kind="stable")
    return np.take_along_axis(g, np.argsort(order, axis), axis)


@tangent(np.sort)
def sort_tangent(dots, y, a, axis=-1, kind=None, *, stable=None):
    if axis is None:
        return np.ravel(dots[0])[np.argsort(np.ravel(a), kind="stable")]
    return np.take_along_axis(dots[0], np.argsort(a, axis, kind="stable"), axis)


@linear(runtime.scatter)
def scatter(g, y, x, index, like):
    return g[index], None, None


@linear(runtime.take_adjoint)
def take_adjoint(g, y, x, like, indices, axis):
    return np.take(g, indices, axis), None, None, None


@linear(runtime.unbroadcast)
def unbroadcast_rule(g, y, x, like):
    return unbroadcast(g, x), None


@adjoint(np.select)
def select(g, y, condlist, choicelist, default=0):
    return None, runtime.select_adjoint(g, condlist, choicelist)


@tangent(np.select)
def select_tangent(dots, y, condlist, choicelist, default=0):
    return np.select(condlist, dots[1])


nondifferentiable(runtime.last_writes)
nondifferentiable(runtime.along_axis, runtime.unpadded, runtime.padded_indices, runtime.tie_weights)
