"""The functions that NumPy has from the array API standard, and tensor equations.

>>> vecmat(np.ones(1), None, np.array([2.0, 3.0]), np.array([[5.0], [7.0]]))[0]
array([5., 7.])
>>> cumulative_sum(np.array([1.0, 1.0, 1.0]), None, np.zeros(2), include_initial=True)
array([2., 1.])
"""

from __future__ import annotations

import numpy as np

from s2sad.rules.declare import adjoint, linear, tangent
from s2sad.rules.reductions import cumprod_tangent, cumsum, trace
from s2sad.rules.shapes import astype as cast
from s2sad.runtime import cumprod_adjoint, diagonal_adjoint, unbroadcast

NEWER = {  # what the oldest NumPy that we support does not have
    name: [getattr(np, name)] if hasattr(np, name) else []
    for name in ("cumulative_prod", "cumulative_sum", "matvec", "unstack", "vecmat")
}

# ---- matrices -------------------------------------------------------------------------------------------


@linear(np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transpose(g, y, x):
    return np.swapaxes(g, -1, -2)


@linear(np.linalg.diagonal)
def diagonal(g, y, x, *, offset=0):
    return diagonal_adjoint(g, x, offset, -2, -1)


@linear(np.linalg.trace)
def linalg_trace(g, y, x, *, offset=0, dtype=None):
    return trace(g, y, x, offset, -2, -1)


@adjoint(*NEWER["matvec"])
def matvec(g, y, x1, x2):
    x1_bar = np.expand_dims(g, -1) * np.expand_dims(x2, -2)
    x2_bar = np.squeeze(np.expand_dims(g, -2) @ x1, -2)
    return unbroadcast(x1_bar, x1), unbroadcast(x2_bar, x2)


@tangent(*NEWER["matvec"])
def matvec_tangent(dots, y, x1, x2):
    if dots[0] is None:
        return np.matvec(x1, dots[1])
    if dots[1] is None:
        return np.matvec(dots[0], x2)
    return np.matvec(dots[0], x2) + np.matvec(x1, dots[1])


@adjoint(*NEWER["vecmat"])
def vecmat(g, y, x1, x2):
    """The vector is conjugated."""
    vector = np.conj(x1) if np.iscomplexobj(x1) else x1
    x1_bar = np.squeeze(x2 @ np.expand_dims(g, -1), -1)
    x2_bar = np.expand_dims(vector, -1) * np.expand_dims(g, -2)
    return unbroadcast(np.conj(x1_bar) if np.iscomplexobj(x1) else x1_bar, x1), unbroadcast(x2_bar, x2)


@tangent(*NEWER["vecmat"])
def vecmat_tangent(dots, y, x1, x2):
    if dots[0] is None:
        return np.vecmat(x1, dots[1])
    if dots[1] is None:
        return np.vecmat(dots[0], x2)
    return np.vecmat(dots[0], x2) + np.vecmat(x1, dots[1])


# ---- running sums and products --------------------------------------------------------------------------


def behind_initial(g, axis, include_initial):
    """Drop what belongs to the initial 0 or 1."""
    if not include_initial:
        return g
    return np.moveaxis(np.moveaxis(g, axis, 0)[1:], 0, axis)


@linear(*NEWER["cumulative_sum"])
def cumulative_sum(g, y, x, *, axis=None, dtype=None, include_initial=False):
    return cumsum(behind_initial(g, 0 if axis is None else axis, include_initial), y, x, axis)


@adjoint(*NEWER["cumulative_prod"])
def cumulative_prod(g, y, x, *, axis=None, dtype=None, include_initial=False):
    k = 0 if axis is None else axis
    return cumprod_adjoint(behind_initial(g, k, include_initial), behind_initial(y, k, include_initial), x, k)


@tangent(*NEWER["cumulative_prod"])
def cumulative_prod_tangent(dots, y, x, *, axis=None, dtype=None, include_initial=False):
    k = 0 if axis is None else axis
    change = cumprod_tangent(dots, behind_initial(y, k, include_initial), x, k)
    if not include_initial:
        return change
    return np.concatenate((np.zeros_like(np.take(y, [0], k)), change), k)


# ---- pieces and types -----------------------------------------------------------------------------------


@linear(*NEWER["unstack"])
def unstack(g, y, x, *, axis=0):
    return np.stack(g, axis)


@linear(np.astype)
def astype(g, y, x, dtype, *, copy=True, device=None):
    return cast(g, y, x, dtype)


# ---- tensor equations -----------------------------------------------------------------------------------


@adjoint(np.linalg.tensorinv)
def tensorinv(g, y, a, ind=2):
    n = int(np.prod(y.shape[: y.ndim - ind]))
    inverse = np.reshape(y, (n, n))
    return np.reshape(-inverse.T @ np.reshape(g, (n, n)) @ inverse.T, a.shape)


@tangent(np.linalg.tensorinv)
def tensorinv_tangent(dots, y, a, ind=2):
    n = int(np.prod(y.shape[: y.ndim - ind]))
    inverse = np.reshape(y, (n, n))
    return np.reshape(-inverse @ np.reshape(dots[0], (n, n)) @ inverse, y.shape)


def as_matrix(a, n, axes):
    """Return the matrix of a tensor equation: the axes of the unknown come last."""
    if axes is None:
        return np.reshape(a, (n, n))
    return np.reshape(np.moveaxis(a, axes, list(range(-len(axes), 0))), (n, n))


@adjoint(np.linalg.tensorsolve)
def tensorsolve(g, y, a, b, axes=None):
    n = np.size(b)
    b_bar = np.linalg.solve(as_matrix(a, n, axes).T, np.ravel(g))
    a_bar = -np.outer(b_bar, np.ravel(y))
    if axes is None:
        return np.reshape(a_bar, a.shape), np.reshape(b_bar, np.shape(b))
    last = list(range(-len(axes), 0))
    moved = np.reshape(a_bar, np.shape(np.moveaxis(a, axes, last)))
    return np.moveaxis(moved, last, axes), np.reshape(b_bar, np.shape(b))


@tangent(np.linalg.tensorsolve)
def tensorsolve_tangent(dots, y, a, b, axes=None):
    n = np.size(b)
    change = np.zeros_like(np.ravel(y)) if dots[1] is None else np.ravel(dots[1])
    if dots[0] is not None:
        change = change - as_matrix(dots[0], n, axes) @ np.ravel(y)
    return np.reshape(np.linalg.solve(as_matrix(a, n, axes), change), np.shape(y))
