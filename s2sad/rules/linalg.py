"""Products of arrays and linear algebra.

Where ranks are known, a product's adjoint is one product of NumPy's; else a helper of `s2sad.runtime` looks.

>>> A = np.array([[2.0, 1.0], [1.0, 3.0]])
>>> det(1.0, 5.0, A)
array([[ 3., -1.],
       [-1.,  2.]])
>>> matmul(np.ones(2), None, A, np.array([5.0, 7.0]))[1]
array([3., 4.])

Source: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode
algorithmic differentiation" (Oxford NA-08-01, 2008), sections cited below. Convention: norm at 0 has slope 0.
"""

from __future__ import annotations

import operator

import numpy as np

from s2sad.rules.declare import adjoint, known, nondifferentiable, tangent
from s2sad.runtime import (
    cofactors,
    dot_left,
    dot_right,
    einsum_adjoint_of,
    einsum_adjoints,
    einsum_is_plain,
    matmul_left,
    matmul_right,
    matrix_power_adjoint,
    tie_weights,
    unbroadcast,
)

# ---- products -------------------------------------------------------------------------------------------


@adjoint(np.matmul, operator.matmul, operator.imatmul, np.linalg.matmul)
def matmul(g, y, a, b):
    if known(a.ndim) and known(b.ndim):
        if a.ndim == 1 and b.ndim == 1:
            return g * b, g * a
        if a.ndim == 2 and b.ndim == 1:
            return np.outer(g, b), a.T @ g
        if a.ndim == 1 and b.ndim == 2:
            return b @ g, np.outer(a, g)
        if a.ndim == 2 and b.ndim == 2:
            return g @ b.T, a.T @ g
    return matmul_left(g, a, b), matmul_right(g, a, b)


@tangent(np.matmul, operator.matmul, operator.imatmul, np.linalg.matmul)
def matmul_tangent(dots, y, a, b):
    if dots[0] is None:
        return a @ dots[1]
    if dots[1] is None:
        return dots[0] @ b
    return dots[0] @ b + a @ dots[1]


@adjoint(np.dot)
def dot(g, y, a, b):
    if known(np.ndim(a)) and known(np.ndim(b)):
        if np.ndim(a) == 0 or np.ndim(b) == 0:
            return unbroadcast(g * b, a), unbroadcast(g * a, b)
        if a.ndim == 1 and b.ndim == 1:
            return g * b, g * a
        if a.ndim == 2 and b.ndim == 1:
            return np.outer(g, b), a.T @ g
        if a.ndim == 1 and b.ndim == 2:
            return b @ g, np.outer(a, g)
        if a.ndim == 2 and b.ndim == 2:
            return g @ b.T, a.T @ g
    return dot_left(g, a, b), dot_right(g, a, b)


@tangent(np.dot)
def dot_tangent(dots, y, a, b):
    if dots[0] is None:
        return np.dot(a, dots[1])
    if dots[1] is None:
        return np.dot(dots[0], b)
    return np.dot(dots[0], b) + np.dot(a, dots[1])


@adjoint(np.inner)
def inner(g, y, a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return unbroadcast(g * b, a), unbroadcast(g * a, b)
    if a.ndim == 1 and b.ndim == 1:
        return g * b, g * a
    m, n = a.ndim - 1, b.ndim - 1
    a_bar = np.tensordot(g, b, (tuple(range(m, m + n)), tuple(range(n))))
    return a_bar, np.tensordot(g, a, (tuple(range(m)), tuple(range(m))))


@tangent(np.inner)
def inner_tangent(dots, y, a, b):
    if dots[0] is None:
        return np.inner(a, dots[1])
    if dots[1] is None:
        return np.inner(dots[0], b)
    return np.inner(dots[0], b) + np.inner(a, dots[1])


@adjoint(np.outer, np.linalg.outer)
def outer(g, y, a, b):
    return np.reshape(g @ np.ravel(b), np.shape(a)), np.reshape(np.ravel(a) @ g, np.shape(b))


@tangent(np.outer, np.linalg.outer)
def outer_tangent(dots, y, a, b):
    if dots[0] is None:
        return np.outer(a, dots[1])
    if dots[1] is None:
        return np.outer(dots[0], b)
    return np.outer(dots[0], b) + np.outer(a, dots[1])


@adjoint(np.vecdot, np.linalg.vecdot)
def vecdot(g, y, x1, x2, *, axis=-1):
    """The first vector is conjugated."""
    g = np.expand_dims(g, axis)
    if known(np.iscomplexobj(y)) and not np.iscomplexobj(y):
        return unbroadcast(g * x2, x1), unbroadcast(g * x1, x2)
    return unbroadcast(np.conj(g * x2), x1), unbroadcast(g * np.conj(x1), x2)


@tangent(np.vecdot, np.linalg.vecdot)
def vecdot_tangent(dots, y, x1, x2, *, axis=-1):
    if dots[0] is None:
        return np.vecdot(x1, dots[1], axis=axis)
    if dots[1] is None:
        return np.vecdot(dots[0], x2, axis=axis)
    return np.vecdot(dots[0], x2, axis=axis) + np.vecdot(x1, dots[1], axis=axis)


@adjoint(np.vdot)
def vdot(g, y, a, b):
    if known(np.iscomplexobj(y)) and not np.iscomplexobj(y):
        return np.reshape(g * np.ravel(b), np.shape(a)), np.reshape(g * np.ravel(a), np.shape(b))
    return np.conj(np.reshape(g * np.ravel(b), np.shape(a))), np.reshape(
        g * np.conj(np.ravel(a)), np.shape(b)
    )


@tangent(np.vdot)
def vdot_tangent(dots, y, a, b):
    if dots[0] is None:
        return np.vdot(a, dots[1])
    if dots[1] is None:
        return np.vdot(dots[0], b)
    return np.vdot(dots[0], b) + np.vdot(a, dots[1])


@adjoint(np.tensordot, np.linalg.tensordot)
def tensordot(g, y, a, b, axes=2):
    m, n = np.ndim(a), np.ndim(b)
    if isinstance(axes, int):
        left, right = list(range(m - axes, m)), list(range(axes))
    else:
        left = [k % m for k in (axes[0] if isinstance(axes[0], (tuple, list)) else [axes[0]])]
        right = [k % n for k in (axes[1] if isinstance(axes[1], (tuple, list)) else [axes[1]])]
    rows = [k for k in range(m) if k not in left]
    columns = [k for k in range(n) if k not in right]
    # the contracted axes come out in the other operand's order
    a_bar = np.tensordot(g, b, (list(range(len(rows), np.ndim(g))), columns))
    b_bar = np.tensordot(a, g, (rows, list(range(len(rows)))))
    a_order = rows + [left[k] for k in np.argsort(right)]
    b_order = [right[k] for k in np.argsort(left)] + columns
    return np.transpose(a_bar, np.argsort(a_order)), np.transpose(b_bar, np.argsort(b_order))


@tangent(np.tensordot, np.linalg.tensordot)
def tensordot_tangent(dots, y, a, b, axes=2):
    if dots[0] is None:
        return np.tensordot(a, dots[1], axes)
    if dots[1] is None:
        return np.tensordot(dots[0], b, axes)
    return np.tensordot(dots[0], b, axes) + np.tensordot(a, dots[1], axes)


@adjoint(np.einsum)
def einsum(g, y, subscripts, *operands, optimize=False):
    """Where `subscripts` are known, the engine evaluates the calls that make the new ones."""
    if known(subscripts) and einsum_is_plain(subscripts) and len(operands) == 1:
        return None, (np.einsum(einsum_adjoint_of(subscripts, 0), g),)
    if known(subscripts) and einsum_is_plain(subscripts) and len(operands) == 2:
        a, b = operands
        a_bar = unbroadcast(np.einsum(einsum_adjoint_of(subscripts, 0), g, b), a)
        return None, (a_bar, unbroadcast(np.einsum(einsum_adjoint_of(subscripts, 1), a, g), b))
    return None, einsum_adjoints(g, subscripts, operands)


@adjoint(einsum_adjoints)
def einsum_adjoints_rule(h, bars, g, subscripts, operands):
    """The sum of <h[i], bars[i]> is that of <g, einsum of the operands with the i-th replaced by h[i]>."""
    g_bar = np.zeros_like(g)
    operand_bars = [np.zeros_like(x) for x in operands]
    for i in range(len(operands)):
        if h[i] is not None:
            replaced = tuple([h[i] if k == i else operands[k] for k in range(len(operands))])
            g_bar = g_bar + np.einsum(subscripts, *replaced)
            parts = einsum_adjoints(g, subscripts, replaced)
            operand_bars = [
                operand_bars[k] if k == i else operand_bars[k] + parts[k] for k in range(len(operands))
            ]
    return g_bar, None, tuple(operand_bars)


@tangent(einsum_adjoints)
def einsum_adjoints_tangent(dots, bars, g, subscripts, operands):
    n = len(operands)
    totals = [np.zeros_like(x) for x in operands]
    if dots[0] is not None:
        totals = list(einsum_adjoints(dots[0], subscripts, operands))
    if dots[2] is not None:
        for i in range(n):
            if dots[2][i] is not None:
                replaced = tuple([dots[2][i] if k == i else operands[k] for k in range(n)])
                parts = einsum_adjoints(g, subscripts, replaced)
                totals = [totals[k] if k == i else totals[k] + parts[k] for k in range(n)]
    return tuple(totals)


@tangent(np.einsum)
def einsum_tangent(dots, y, subscripts, *operands, optimize=False):
    total = 0.0
    for i in range(len(operands)):
        if dots[1][i] is not None:
            total = total + np.einsum(
                subscripts, *operands[:i], dots[1][i], *operands[i + 1 :], optimize=optimize
            )
    return total


@adjoint(np.kron)
def kron(g, y, a, b):
    """Split each axis of `y` into one of `a` and one of `b`."""
    n = max(np.ndim(a), np.ndim(b))
    left = (1,) * (n - np.ndim(a)) + np.shape(a)
    right = (1,) * (n - np.ndim(b)) + np.shape(b)
    blocks = np.reshape(g, tuple([size for pair in zip(left, right) for size in pair]))
    evens, odds = tuple(range(0, 2 * n, 2)), tuple(range(1, 2 * n, 2))
    a_bar = np.tensordot(blocks, np.reshape(b, right), (odds, tuple(range(n))))
    b_bar = np.tensordot(blocks, np.reshape(a, left), (evens, tuple(range(n))))
    return np.reshape(a_bar, np.shape(a)), np.reshape(b_bar, np.shape(b))


@tangent(np.kron)
def kron_tangent(dots, y, a, b):
    if dots[0] is None:
        return np.kron(a, dots[1])
    if dots[1] is None:
        return np.kron(dots[0], b)
    return np.kron(dots[0], b) + np.kron(a, dots[1])


@adjoint(np.cross)
def cross(g, y, a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """By g . (a x b) = a . (b x g) = b . (g x a); vectors of length 3."""
    if axis is not None:
        axisa, axisb, axisc = axis, axis, axis
    if np.shape(a)[axisa] != 3 or np.shape(b)[axisb] != 3:
        raise ValueError("np.cross: only vectors of length 3 have a derivative")
    if axisa == -1 and axisb == -1 and axisc == -1:
        return unbroadcast(np.cross(b, g), a), unbroadcast(np.cross(g, a), b)
    first, second, g = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1), np.moveaxis(g, axisc, -1)
    a_bar = np.moveaxis(unbroadcast(np.cross(second, g), first), -1, axisa)
    return a_bar, np.moveaxis(unbroadcast(np.cross(g, first), second), -1, axisb)


@tangent(np.cross)
def cross_tangent(dots, y, a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if dots[0] is None:
        return np.cross(a, dots[1], axisa, axisb, axisc, axis)
    if dots[1] is None:
        return np.cross(dots[0], b, axisa, axisb, axisc, axis)
    change = np.cross(dots[0], b, axisa, axisb, axisc, axis)
    return change + np.cross(a, dots[1], axisa, axisb, axisc, axis)


@adjoint(np.linalg.cross)
def linalg_cross(g, y, x1, x2, *, axis=-1):
    return cross(g, y, x1, x2, axis, axis, axis)


@tangent(np.linalg.cross)
def linalg_cross_tangent(dots, y, x1, x2, *, axis=-1):
    return cross_tangent(dots, y, x1, x2, axis, axis, axis)


# ---- norms ----------------------------------------------------------------------------------------------


@adjoint(np.linalg.norm)
def norm(g, y, x, ord=None, axis=None, keepdims=False):
    if not (axis is None or keepdims):
        g, y = np.expand_dims(g, axis), np.expand_dims(y, axis)
    if ord is None or ord == "fro" or (ord == 2 and (np.ndim(x) == 1 or isinstance(axis, int))):
        return g / (y + (y == 0)) * (np.conj(x) if np.iscomplexobj(x) else x)
    size = np.abs(x)
    sign = np.conj(x) / (size + (size == 0)) if np.iscomplexobj(x) else np.sign(x)
    if np.ndim(x) == 1 or isinstance(axis, int):
        if ord == 1:
            return g * sign
        if ord == np.inf or ord == -np.inf:
            return g * tie_weights(np.abs(x), y, axis) * sign
        if ord == 0:
            return np.zeros_like(x)
        return g * (np.abs(x) / (y + (y == 0))) ** (ord - 1) * sign
    if axis is None:
        return g * matrix_norm_slope(x, ord)
    return g * np.moveaxis(matrix_norm_slope(np.moveaxis(x, axis, (-2, -1)), ord), (-2, -1), axis)


def matrix_norm_slope(x, ord):
    """Return the adjoint of matrices in their norms: of singular values, or of sums of rows or columns."""
    if ord == 2 or ord == -2 or ord == "nuc":
        u, s, vh = np.linalg.svd(x, full_matrices=False)
        if ord == "nuc":
            weights = np.sign(s)
        else:
            weights = tie_weights(s, s[..., :1] if ord == 2 else s[..., -1:], -1)
        return np.conj((u * np.expand_dims(weights, -2)) @ vh)
    size = np.abs(x)
    sums = np.sum(size, axis=-2 if abs(ord) == 1 else -1, keepdims=True)
    best = (
        np.max(sums, axis=(-2, -1), keepdims=True) if ord > 0 else np.min(sums, axis=(-2, -1), keepdims=True)
    )
    sign = np.conj(x) / (size + (size == 0)) if np.iscomplexobj(x) else np.sign(x)
    return tie_weights(sums, best, (-2, -1)) * sign


@tangent(np.linalg.norm)
def norm_tangent(dots, y, x, ord=None, axis=None, keepdims=False):
    x_bar = norm(np.ones_like(y), y, x, ord, axis, keepdims)
    return np.sum(np.real(x_bar * dots[0]), axis=axis, keepdims=keepdims)


@adjoint(np.linalg.matrix_norm)
def matrix_norm(g, y, x, *, keepdims=False, ord="fro"):
    return norm(g, y, x, ord, (-2, -1), keepdims)


@tangent(np.linalg.matrix_norm)
def matrix_norm_tangent(dots, y, x, *, keepdims=False, ord="fro"):
    return norm_tangent(dots, y, x, ord, (-2, -1), keepdims)


@adjoint(np.linalg.vector_norm)
def vector_norm(g, y, x, *, axis=None, keepdims=False, ord=2):
    """Several axes are one long one."""
    if not (axis is None or keepdims):
        g, y = np.expand_dims(g, axis), np.expand_dims(y, axis)
    if ord == 2:
        return g / (y + (y == 0)) * (np.conj(x) if np.iscomplexobj(x) else x)
    size = np.abs(x)
    sign = np.conj(x) / (size + (size == 0)) if np.iscomplexobj(x) else np.sign(x)
    if ord == 1:
        return g * sign
    if ord == np.inf or ord == -np.inf:
        return g * tie_weights(size, y, axis) * sign
    if ord == 0:
        return np.zeros_like(x)
    return g * (size / (y + (y == 0))) ** (ord - 1) * sign


@tangent(np.linalg.vector_norm)
def vector_norm_tangent(dots, y, x, *, axis=None, keepdims=False, ord=2):
    x_bar = vector_norm(np.ones_like(y), y, x, axis=axis, keepdims=keepdims, ord=ord)
    return np.sum(np.real(x_bar * dots[0]), axis=axis, keepdims=keepdims)


# ---- inverses and determinants: Giles 2.2 ---------------------------------------------------------------


@adjoint(np.linalg.inv)
def inv(g, y, a):
    if known(y.ndim) and y.ndim == 2:
        return -y.T @ g @ y.T
    return -np.swapaxes(y, -1, -2) @ g @ np.swapaxes(y, -1, -2)


@tangent(np.linalg.inv)
def inv_tangent(dots, y, a):
    return -y @ dots[0] @ y


@adjoint(np.linalg.solve)
def solve(g, y, a, b):
    if known(a.ndim) and known(b.ndim) and a.ndim == 2 and b.ndim <= 2:
        b_bar = np.linalg.solve(a.T, g)
        return (-np.outer(b_bar, y) if b.ndim == 1 else -b_bar @ y.T), b_bar
    if b.ndim == 1:
        b_bar = np.squeeze(np.linalg.solve(np.swapaxes(a, -1, -2), np.expand_dims(g, -1)), -1)
        a_bar = -np.expand_dims(b_bar, -1) * np.expand_dims(y, -2)
    else:
        b_bar = np.linalg.solve(np.swapaxes(a, -1, -2), g)
        a_bar = -b_bar @ np.swapaxes(y, -1, -2)
    return unbroadcast(a_bar, a), unbroadcast(b_bar, b)


@tangent(np.linalg.solve)
def solve_tangent(dots, y, a, b):
    if dots[0] is None:
        return np.linalg.solve(a, dots[1])
    if b.ndim == 1 and a.ndim > 2:
        change = -np.squeeze(dots[0] @ np.expand_dims(y, -1), -1)
        change = change if dots[1] is None else change + dots[1]
        return np.squeeze(np.linalg.solve(a, np.expand_dims(change, -1)), -1)
    if dots[1] is None:
        return np.linalg.solve(a, -(dots[0] @ y))
    return np.linalg.solve(a, dots[1] - dots[0] @ y)


@adjoint(np.linalg.det)
def det(g, y, a):
    return np.expand_dims(g, (-2, -1)) * cofactors(a, y) if a.ndim > 2 else g * cofactors(a, y)


@tangent(np.linalg.det)
def det_tangent(dots, y, a):
    return np.sum(cofactors(a, y) * dots[0], axis=(-2, -1))


@adjoint(np.linalg.slogdet)
def slogdet(g, y, a):
    """By d log det = tr(inv(a) da), whose imaginary part turns the sign; of real matrices that is constant."""
    scale = 0.0 if g[1] is None else g[1]
    if g[0] is not None and np.iscomplexobj(a):
        scale = scale + 1j * np.imag(g[0] * y[0])
    if a.ndim == 2:
        return scale * np.linalg.inv(a).T
    return np.expand_dims(scale, (-2, -1)) * np.swapaxes(np.linalg.inv(a), -1, -2)


@tangent(np.linalg.slogdet)
def slogdet_tangent(dots, y, a):
    change = np.trace(np.linalg.solve(a, dots[0]), axis1=-2, axis2=-1)
    if np.iscomplexobj(a):
        return 1j * np.imag(change) * y[0], np.real(change)
    return np.zeros_like(y[0]), change


@adjoint(np.linalg.matrix_power)
def matrix_power(g, y, a, n):
    return matrix_power_adjoint(g, a, n), None


@tangent(np.linalg.matrix_power)
def matrix_power_tangent(dots, y, a, n):
    return matrix_power_adjoint(dots[0], np.swapaxes(a, -1, -2), n)


# ---- properties without a derivative --------------------------------------------------------------------

nondifferentiable(np.linalg.matrix_rank, einsum_is_plain, einsum_adjoint_of)
