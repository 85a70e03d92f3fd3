"""Sets of values, and other functions whose results are elements of their arguments; modified Bessel functions.

>>> unique(np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.array([4.0, 3.0, 4.0]))
array([2., 1., 0.])
>>> round(float(i0(1.0, None, 1.0)), 6)
0.565159

Conventions: of equal elements the first one counts; np.arange keeps its number of elements.
"""

from __future__ import annotations

import numpy as np

from s2sad.rules.declare import adjoint, elementwise, linear, nondifferentiable, tangent
from s2sad.rules.polynomials import leading_zeros
from s2sad.runtime import take_adjoint

# ---- sets -----------------------------------------------------------------------------------------------


def found(values, pool):
    """Return where each of the values stands first."""
    order = np.argsort(pool, kind="stable")
    return order[np.searchsorted(pool, values, sorter=order)]


@adjoint(np.unique)
def unique(g, y, ar, return_index=False, return_inverse=False, return_counts=False):
    if return_index or return_inverse or return_counts:
        g, y = g[0], y[0]
    return take_adjoint(g, ar, found(y, np.ravel(ar)), None)


@tangent(np.unique)
def unique_tangent(dots, y, ar, return_index=False, return_inverse=False, return_counts=False):
    if return_index or return_inverse or return_counts:
        change = np.take(dots[0], found(y[0], np.ravel(ar)))
        if return_index and return_inverse and return_counts:
            return change, None, None, None
        if (return_index and return_inverse) or ((return_index or return_inverse) and return_counts):
            return change, None, None
        return change, None
    return np.take(dots[0], found(y, np.ravel(ar)))


@adjoint(np.unique_values)
def unique_values(g, y, x):
    return take_adjoint(g, x, found(y, np.ravel(x)), None)


@tangent(np.unique_values)
def unique_values_tangent(dots, y, x):
    return np.take(dots[0], found(y, np.ravel(x)))


@adjoint(np.union1d, np.setxor1d)
def union1d(g, y, ar1, ar2):
    pool = np.concatenate((np.ravel(ar1), np.ravel(ar2)))
    bars = take_adjoint(g, pool, found(y, pool), None)
    return np.reshape(bars[: np.size(ar1)], np.shape(ar1)), np.reshape(bars[np.size(ar1) :], np.shape(ar2))


@tangent(np.union1d, np.setxor1d)
def union1d_tangent(dots, y, ar1, ar2):
    first = np.zeros_like(ar1) if dots[0] is None else dots[0]
    second = np.zeros_like(ar2) if dots[1] is None else dots[1]
    places = found(y, np.concatenate((np.ravel(ar1), np.ravel(ar2))))
    return np.concatenate((np.ravel(first), np.ravel(second)))[places]


@adjoint(np.setdiff1d)
def setdiff1d(g, y, ar1, ar2):
    return take_adjoint(g, ar1, found(y, np.ravel(ar1)), None), None


@tangent(np.setdiff1d)
def setdiff1d_tangent(dots, y, ar1, ar2):
    return np.zeros_like(y) if dots[0] is None else np.take(dots[0], found(y, np.ravel(ar1)))


# ---- other lengths and orders ---------------------------------------------------------------------------


@linear(np.resize)
def resize(g, y, a, new_shape):
    return take_adjoint(g, a, np.resize(np.arange(np.size(a)), new_shape), None), None


@adjoint(np.trim_zeros)
def trim_zeros(g, y, filt, trim="fb"):
    if np.ndim(filt) != 1:
        raise ValueError("np.trim_zeros: has a derivative for one dimension only")
    start = leading_zeros(filt) if "f" in trim.lower() else 0
    return np.pad(g, (start, len(filt) - len(g) - start))


@tangent(np.trim_zeros)
def trim_zeros_tangent(dots, y, filt, trim="fb"):
    if np.ndim(filt) != 1:
        raise ValueError("np.trim_zeros: has a derivative for one dimension only")
    start = leading_zeros(filt) if "f" in trim.lower() else 0
    return dots[0][start : start + len(y)]


@adjoint(np.sort_complex)
def sort_complex(g, y, a):
    a_bar = np.take_along_axis(g, np.argsort(np.argsort(a, -1, kind="stable"), -1), -1)
    return a_bar if np.iscomplexobj(a) else np.real(a_bar)


@tangent(np.sort_complex)
def sort_complex_tangent(dots, y, a):
    return np.take_along_axis(dots[0] + 0j, np.argsort(a, -1, kind="stable"), -1)


# ---- types ----------------------------------------------------------------------------------------------


@adjoint(np.real_if_close)
def real_if_close(g, y, a, tol=100):
    return g


@tangent(np.real_if_close)
def real_if_close_tangent(dots, y, a, tol=100):
    return dots[0] if np.iscomplexobj(y) else np.real(dots[0])


# ---- progressions ---------------------------------------------------------------------------------------


@adjoint(np.arange)
def arange(g, y, *args, dtype=None):
    """The limit changes only how many elements there are."""
    if len(args) < 2:
        return (None,)
    if len(args) == 2:
        return np.sum(g), None
    return np.sum(g), None, np.sum(g * np.arange(len(g)))


@tangent(np.arange)
def arange_tangent(dots, y, *args, dtype=None):
    total = np.zeros_like(y)
    if len(args) > 1 and dots[0][0] is not None:
        total = total + dots[0][0]
    if len(args) > 2 and dots[0][2] is not None:
        total = total + np.arange(len(y)) * dots[0][2]
    return total


# ---- Bessel functions -----------------------------------------------------------------------------------


def bessel_slope(x):
    """Return I1(x), the mean of cos(t) exp(x cos(t)) over a period: the rule of equal steps is exact here."""
    n = 32 + int(9 * np.sqrt(np.max(np.abs(x), initial=0.0)))
    cosines = np.cos(2 * np.pi / n * np.arange(n)).astype(np.result_type(x))
    return np.mean(cosines * np.exp(np.expand_dims(x, -1) * cosines), axis=-1)


@elementwise(np.i0)
def i0(g, y, x):
    return g * bessel_slope(x)


def kaiser_slope(y, M, beta):
    if M == 1:
        return np.zeros_like(y)
    roots = np.sqrt(1 - np.linspace(-1.0, 1.0, M) ** 2)
    return (roots * bessel_slope(beta * roots) - y * bessel_slope(beta)) / np.i0(beta)


@adjoint(np.kaiser)
def kaiser(g, y, M, beta):
    return None, np.sum(g * kaiser_slope(y, M, beta))


@tangent(np.kaiser)
def kaiser_tangent(dots, y, M, beta):
    return dots[1] * kaiser_slope(y, M, beta)


# ---- integers, bits and questions -----------------------------------------------------------------------

nondifferentiable(np.gcd, np.lcm, np.bitwise_count, np.packbits, np.unpackbits, np.isfortran, np.iterable)
nondifferentiable(np.mask_indices, np.isnat, np.isdtype, np.common_type, np.mintypecode, np.typename)
nondifferentiable(np.base_repr, np.binary_repr, np.array2string, np.array_repr, np.array_str)
nondifferentiable(np.einsum_path, np.argpartition, np.iscomplexobj)
