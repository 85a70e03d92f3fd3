"""Sample arguments for every differentiable rule: `SAMPLES[function]` is a list of (args, kwargs).

The points lie away from kinks; those have value tests of their own.
"""

from __future__ import annotations

import builtins
import cmath
import math
import operator
from typing import Any

import numpy as np

from s2sad import runtime

RNG = np.random.default_rng(0)
Sample = tuple[tuple[Any, ...], dict[str, Any]]


def s(*args: Any, **kwargs: Any) -> Sample:
    return args, kwargs


def normal(*shape: int) -> Any:
    return RNG.normal(size=shape)


def positive(*shape: int) -> Any:
    return RNG.uniform(0.3, 2.0, size=shape)


def complex_(*shape: int) -> Any:
    return normal(*shape) + 1j * normal(*shape)


def inside(*shape: int) -> Any:
    return RNG.uniform(-0.8, 0.8, size=shape)


def spd(n: int, *lead: int) -> Any:
    a = normal(*lead, n, n)
    return a @ np.swapaxes(a, -1, -2) + n * np.eye(n)


X, M, V, P = normal(3, 4), normal(4, 2), normal(4), positive(3, 4)
T3, SQ = normal(2, 3, 4), normal(3, 3)
ZERO = np.array([[2.0, 0.0, 3.0], [0.0, 0.0, 1.5], [1.1, 0.7, -2.0]])
BINARY = [s(X, V), s(2.5, X), s(1.5, 0.7), s(complex_(3), normal(3, 1))]
QUOTIENT = [s(X, positive(4)), s(2.5, P), s(1.5, 0.7), s(normal(3, 1), complex_(3))]
REAL_BINARY = BINARY[:3]
REDUCE = [s(X), s(X, axis=0), s(X, axis=-1, keepdims=True), s(T3, axis=(0, 2))]
POWER = [
    s(P, 3),
    s(P, positive(4)),
    s(P, 0.5),
    s(P, 0.3),
    s(2.0, normal(3)),
    s(1.3, 2.1),
    s(P, -1.5),
    s(P, 0),
]
SPREAD = REDUCE + [s(X, axis=0, ddof=1), s(complex_(4))]

SAMPLES: dict[Any, list[Sample]] = {}


def samples(*functions: Any, of: list[Sample]) -> None:
    for function in functions:
        SAMPLES[function] = of


# ---- arithmetic -----------------------------------------------------------------------------------------

samples(np.positive, operator.pos, np.negative, operator.neg, np.square, of=[s(X), s(1.5), s(complex_(3))])
samples(np.add, operator.add, np.subtract, operator.sub, np.multiply, operator.mul, of=BINARY)
samples(operator.iadd, operator.isub, operator.imul, operator.itruediv, of=[s(1.5, 0.7)])
samples(operator.truediv, np.divide, of=QUOTIENT)
samples(np.reciprocal, of=[s(P), s(1.5), s(complex_(3))])
samples(np.absolute, builtins.abs, operator.abs, of=[s(X), s(-1.5), s(complex_(3))])
samples(np.fabs, of=[s(X), s(-1.5)])
samples(operator.mod, np.remainder, np.fmod, of=[s(X, positive(4)), s(-5.5, 1.7)])
samples(operator.imod, math.fmod, math.remainder, math.fabs, of=[s(5.5, 1.7)])
samples(math.fabs, of=[s(-1.5)])
samples(builtins.divmod, np.divmod, of=[s(X, positive(4)), s(5.5, 1.7)])
samples(operator.pow, np.power, np.float_power, builtins.pow, of=POWER + [s(complex_(3), 3)])
samples(operator.ipow, math.pow, of=[s(1.3, 2.1), s(1.3, 0.5), s(1.3, -1)])

# ---- elementary -----------------------------------------------------------------------------------------

samples(np.exp, np.expm1, np.exp2, np.sin, np.cos, of=[s(X), s(0.5), s(complex_(3))])
samples(np.tan, np.sinh, np.cosh, np.tanh, of=[s(X), s(0.5), s(complex_(3))])
samples(np.log, np.log2, np.log10, np.log1p, np.sqrt, of=[s(P), s(0.5), s(complex_(3))])
samples(np.exp2, np.log2, np.cbrt, of=[s(P), s(0.5)])
samples(
    np.arcsin, np.arccos, np.arctan, np.arcsinh, np.arctanh, of=[s(inside(4)), s(0.5), s(0.3 * complex_(3))]
)
samples(np.arccosh, of=[s(1 + P), s(1.5)])
samples(np.deg2rad, np.radians, np.rad2deg, np.degrees, np.sinc, of=[s(X), s(0.5)])
samples(np.hypot, np.arctan2, np.logaddexp, np.logaddexp2, of=REAL_BINARY)
samples(np.maximum, np.minimum, np.fmax, np.fmin, of=REAL_BINARY)
samples(np.where, of=[s(X > 0, X, V), s(X > 0, 1.5, X), s(True, 1.5, 2.5)])
samples(
    np.clip,
    of=[s(X, -0.5, 0.5), s(X, normal(4) - 1, 1.0), s(X, None, 0.3), s(X, 0.3, None), s(0.2, 0.0, 1.0)],
)
samples(np.copysign, of=[s(X, V), s(1.5, -0.7)])
samples(np.nan_to_num, of=[s(X)])
samples(np.real, np.imag, np.conjugate, of=[s(complex_(3)), s(1.5 + 2j)])
samples(np.angle, of=[s(complex_(3)), s(complex_(3), deg=True)])
samples(np.ldexp, of=[s(X, 3), s(1.5, 2)])
samples(np.modf, of=[s(X), s(1.5)])
for name in (
    "exp",
    "expm1",
    "exp2",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "log",
    "log2",
    "log10",
    "log1p",
):
    if hasattr(math, name):
        samples(getattr(math, name), of=[s(0.7)])
for name in ("sqrt", "cbrt", "asin", "acos", "atan", "asinh", "atanh", "radians", "degrees", "erf", "erfc"):
    if hasattr(math, name):
        samples(getattr(math, name), of=[s(0.7)])
samples(math.log, of=[s(0.7), s(0.7, 3.0)])
samples(math.acosh, of=[s(1.7)])
samples(math.atan2, math.copysign, of=[s(0.7, -0.3)])
samples(math.ldexp, of=[s(0.7, 3)])
samples(math.modf, of=[s(1.7)])
samples(cmath.exp, cmath.log, cmath.log10, cmath.sqrt, cmath.tan, cmath.tanh, of=[s(0.7 + 0.3j)])

# ---- special --------------------------------------------------------------------------------------------

samples(math.gamma, math.lgamma, of=[s(0.7), s(4.2), s(-1.3)])
samples(runtime.sinc_derivative, of=[s(X, 1), s(0.0, 2), s(9.5, 3)])
samples(np.sinc, of=[s(X), s(0.0), s(1e-7), s(np.array([0.0, 30.5]))])
samples(runtime.polygamma, of=[s(0, 0.7), s(1, 2.3), s(2, -0.4)])
samples(math.hypot, of=[s(0.7, -0.3, 2.0), s(0.7)])
samples(math.dist, of=[s([0.7, 0.2], [1.5, -1.0]), s(normal(3), normal(3)), s((0.7, 0.2), (1.5, -1.0))])
samples(math.fsum, of=[s([0.7, 0.2]), s(normal(3))])
samples(math.prod, of=[s([0.7, 0.2, 3.0]), s(normal(3)), s([0.7, 0.0, 3.0], start=2.0)])
if hasattr(math, "sumprod"):
    samples(math.sumprod, of=[s([0.7, 0.2], [1.5, -1.0])])

# ---- reductions -----------------------------------------------------------------------------------------

samples(np.sum, of=REDUCE + [s(1.5), s(X, axis=0, where=X > 0), s(X, where=X > 0)])
samples(np.mean, np.nansum, np.nanmean, np.nanprod, np.ptp, of=REDUCE)
samples(np.max, np.min, np.amax, np.amin, np.nanmax, np.nanmin, of=REDUCE)
samples(np.average, of=REDUCE + [s(X, axis=0, weights=positive(3)), s(X, axis=1, weights=P), s(X, weights=P)])
samples(np.prod, of=REDUCE + [s(ZERO), s(ZERO, axis=0), s(ZERO, axis=1), s(T3 * (T3 > 0), axis=(0, 2))])
samples(np.var, np.std, np.nanvar, np.nanstd, of=SPREAD)
samples(np.cumsum, np.nancumsum, of=[s(X), s(X, axis=0), s(X, axis=-1), s(V)])
samples(np.cumprod, of=[s(X), s(X, axis=-1), s(ZERO), s(ZERO, axis=0), s(ZERO, axis=1)])
samples(np.diff, of=[s(V), s(X), s(X, 2), s(X, 1, 0)])
TRAPEZOID = getattr(np, "trapezoid" if hasattr(np, "trapezoid") else "trapz")
samples(TRAPEZOID, of=[s(V), s(X, np.sort(V)), s(X, None, 0.3, 0), s(X, np.cumsum(P, 0), axis=0)])
samples(np.trace, of=[s(SQ), s(X, 1), s(T3, 0, 1, 2), s(T3, -1, 2, 0)])

# ---- shapes ---------------------------------------------------------------------------------------------

samples(np.copy, np.ascontiguousarray, np.asfortranarray, np.asarray, np.asanyarray, of=[s(X)])
samples(np.array, of=[s(X), s([1.0, 2.0]), s([[1.0, V[0]], [3.0, 4.0]]), s((V, V + 1)), s(V, ndmin=2)])
samples(np.ndarray.astype, of=[s(X, float), s(X, np.int64)])
samples(np.reshape, of=[s(X, (2, 6)), s(X, -1), s(X, (2, 6), "F"), s(1.5, (1, 1))])
samples(runtime.reshape, of=[s(X, 2, 6), s(X, (2, 6)), s(X, -1)])
samples(np.ravel, runtime.flatten, of=[s(X), s(X, "F")])
samples(np.squeeze, of=[s(normal(1, 3, 1)), s(normal(1, 3, 1), 0)])
samples(np.expand_dims, of=[s(X, 1), s(X, (0, -1))])
samples(np.atleast_1d, np.atleast_2d, np.atleast_3d, of=[s(1.5), s(V), s(X)])
samples(np.transpose, of=[s(X), s(T3, (1, 2, 0)), s(T3)])
samples(runtime.transpose, of=[s(X), s(T3, 1, 2, 0), s(T3, (1, 2, 0)), s(T3, None)])
samples(runtime.matrix_transpose, of=[s(X), s(T3)])
samples(np.swapaxes, np.moveaxis, of=[s(T3, 0, 2), s(T3, 1, -1)])
samples(np.rollaxis, of=[s(T3, 2), s(T3, 0, 2), s(T3, 1, 3), s(T3, -1, -3)])
samples(np.flip, of=[s(X), s(X, 1), s(T3, (0, 2))])
samples(np.flipud, np.fliplr, of=[s(X)])
samples(np.rot90, of=[s(X), s(X, 2), s(T3, 1, (1, 2))])
samples(np.roll, of=[s(X, 2), s(X, 1, 0), s(X, (1, -1), (0, 1))])
samples(np.concatenate, of=[s([X, X[:1]]), s([X, X[:, :2]], 1), s([X, V], None)])
samples(np.stack, of=[s([V, V + 1]), s([V, V + 1], 1), s([1.0, 2.0])])
samples(np.vstack, of=[s([V, V]), s([V, X]), s([1.0, 2.0]), s([X, X])])
samples(np.hstack, of=[s([V, V]), s([X, X[:, :1]]), s([1.0, V]), s([1.0, 2.0])])
samples(np.column_stack, of=[s([V, V]), s([V, M])])
samples(np.dstack, of=[s([V, V]), s([X, X]), s([T3, T3[:, :, :1]])])
samples(np.append, of=[s(V, 1.0), s(X, V), s(X, X[:1], 0)])
samples(np.split, of=[s(V, 2), s(X, [1, 3], 1)])
samples(np.array_split, of=[s(V, 3), s(X, 3, 1)])
samples(np.vsplit, of=[s(X, 3)])
samples(np.hsplit, of=[s(X, 2), s(V, 2)])
samples(np.dsplit, of=[s(T3, 2)])
samples(np.broadcast_to, of=[s(V, (3, 4)), s(1.5, (2,)), s(normal(3, 1), (2, 3, 4))])
samples(np.broadcast_arrays, of=[s(V, X), s(1.5, X)])
samples(np.meshgrid, of=[s(V, normal(3)), s(V, normal(3), normal(2)), s(V, normal(3), indexing="ij"), s(V)])
samples(np.tile, of=[s(V, 2), s(X, (2, 3)), s(V, (2, 3)), s(X, 2)])
samples(np.repeat, of=[s(V, 2), s(X, 2, 1), s(X, [1, 0, 2], 0), s(X, 3)])
samples(np.full, of=[s((2, 3), 1.5), s((2, 4), V)])
samples(np.full_like, of=[s(X, 1.5), s(X, V)])
samples(np.linspace, of=[s(0.0, 1.0, 5), s(V, V + 2, 3), s(0.0, V, 3), s(0.3, 2.0, 4, endpoint=False)])
samples(np.pad, of=[s(V, 2), s(X, ((1, 0), (2, 3))), s(X, 1, "reflect"), s(X, 1, constant_values=2.0)])
samples(np.triu, np.tril, of=[s(X), s(SQ, 1), s(T3, -1)])
samples(np.diag, of=[s(V), s(V, -1), s(SQ), s(X), s(X, 1)])
samples(np.diagonal, of=[s(SQ), s(X, 1), s(T3, -1, 2, 0)])
samples(runtime.diagonal_adjoint, of=[s(normal(3), X), s(normal(3), X, 1)])
samples(np.diagflat, of=[s(V), s(X, 1)])
samples(np.take, of=[s(V, [1, 1, 2]), s(X, np.array([[0, 2], [2, 2]]), 1), s(X, [3, 3]), s(X, 1, 0)])
ORDER = np.argsort(X, 1)
samples(np.take_along_axis, of=[s(X, ORDER, 1), s(X, np.array([[0, 0, 2, 1]]), 0), s(X, ORDER[0], None)])
samples(runtime.scatter, of=[s(normal(3), np.array([1, 1, 2]), V), s(normal(4), 1, X)])
samples(runtime.take_adjoint, of=[s(normal(3), V, [1, 1, 2], None), s(normal(3, 2), X, [1, 1], 1)])
samples(runtime.unbroadcast, of=[s(X, V), s(X, 1.5), s(X, X), s(1.5, X), s(X, X[:, :1])])
samples(runtime.like_nested, of=[s(normal(2), [0.0, 0.0]), s(normal(2, 2), ([0.0, 0.0], [0.0, 0.0]))])
samples(runtime.item, of=[s(np.array([1.5]))])
samples(runtime.tolist, of=[s(X)])
samples(np.sort, of=[s(V), s(X), s(X, 0), s(X, None)])
samples(np.select, of=[s([X > 1, X > 0], [X, V]), s([X > 0.5], [2 * X], 3.0)])

# ---- linear algebra -------------------------------------------------------------------------------------

PRODUCTS = [s(V, V + 1), s(X, V), s(V, M), s(X, M)]
STACKS = [
    s(T3, M),
    s(T3, V),
    s(V, normal(2, 4, 3)),
    s(X, normal(2, 4, 3)),
    s(normal(2, 1, 3, 4), normal(5, 4, 2)),
]
samples(operator.imatmul, of=[])  # in place: the rule is that of matmul
samples(np.matmul, operator.matmul, of=PRODUCTS + STACKS + [s(complex_(2, 3), complex_(3))])
samples(
    np.dot,
    of=PRODUCTS + [s(1.5, X), s(X, 1.5), s(T3, M), s(T3, V), s(V, normal(2, 4, 3)), s(T3, normal(5, 4, 2))],
)
samples(np.inner, of=[s(V, V + 1), s(X, V), s(V, X), s(X, T3), s(1.5, X)])
samples(np.outer, of=[s(V, normal(3)), s(X, V)])
samples(np.vdot, of=[s(V, V + 1), s(X, 2 * X), s(complex_(3), complex_(3))])
samples(
    np.tensordot,
    of=[s(X, M, 1), s(T3, normal(3, 4, 5)), s(T3, normal(5, 4, 3), ([1, 2], [2, 1])), s(V, X, 0)],
)
samples(np.tensordot, of=[*SAMPLES[np.tensordot], s(T3, normal(3, 5, 2), ([0, 1], [2, 0])), s(X, X, (0, 0))])
samples(
    np.einsum,
    of=[
        s("ij,jk->ik", X, M),
        s("ij,jk", X, M),
        s("ij->ji", X),
        s("ii->i", SQ),
        s("ii", SQ),
        s("ij->", X),
        s("ij,k->i", X, V),
        s("...ij,jk->...ik", T3, M),
        s("...,...->...", X, V),
        s("ij,jk,kl->il", X, M, normal(2, 3)),
        s("ij,ij->j", X, X[:1]),
        s("iij,j->i", normal(3, 3, 4), V),
        s("i,i->", V, V + 1, optimize=True),
    ],
)
samples(runtime.einsum_adjoints, of=[s(normal(3, 2), "ij,jk->ik", (X, M)), s(normal(3), "ii->i", (SQ,))])
samples(np.kron, of=[s(X, M), s(V, X), s(V, V)])
samples(np.cross, of=[s(normal(3), normal(3)), s(normal(4, 3), normal(3))])
AXES = [s(X, axis=0), s(X, axis=1, keepdims=True), s(T3, axis=(1, 2))]
ORDERS = [s(V, k) for k in (1, 2, 3, 2.5, np.inf, -np.inf)] + [s(X, k, axis=1) for k in (1, 2, 3, np.inf)]
MATRIX = [s(X, k) for k in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)]
samples(np.linalg.norm, of=[s(V), s(X), s(complex_(3)), s(complex_(3), 1), *AXES, *ORDERS, *MATRIX])
samples(np.linalg.inv, of=[s(SQ), s(normal(2, 3, 3)), s(complex_(2, 2))])
SOLVES = [
    s(SQ, normal(3)),
    s(SQ, normal(3, 2)),
    s(normal(2, 3, 3), normal(2, 3, 2)),
    s(normal(2, 3, 3), normal(3, 2)),
]
samples(np.linalg.solve, of=[*SOLVES, s(normal(2, 3, 3), normal(3)), s(complex_(2, 2), complex_(2))])
RANK2 = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]])
samples(np.linalg.det, of=[s(SQ), s(normal(2, 3, 3)), s(RANK2), s(np.stack([SQ, RANK2])), s(complex_(2, 2))])
samples(np.linalg.slogdet, of=[s(SQ), s(normal(2, 3, 3))])
samples(np.linalg.matrix_power, of=[s(SQ, n) for n in (0, 1, 2, 5, -1, -3)])
samples(np.linalg.cholesky, of=[s(spd(3)), s(spd(2, 2))])
SYMMETRIC = [s(spd(3)), s(spd(3, 2)), s(spd(3), "U")]
samples(np.linalg.eigh, np.linalg.eigvalsh, of=SYMMETRIC)
THIN = [s(normal(*shape), full_matrices=False) for shape in ((4, 3), (3, 4), (3, 3), (2, 4, 3))]
samples(np.linalg.svd, of=[*THIN, s(SQ), s(X, compute_uv=False), s(complex_(2, 3), compute_uv=False)])
samples(np.linalg.qr, of=[s(SQ), s(normal(4, 3)), s(normal(2, 4, 3))])
samples(np.linalg.pinv, of=[s(SQ), s(X), s(normal(4, 3)), s(normal(2, 3, 4))])

# ---- conversions ----------------------------------------------------------------------------------------

samples(builtins.float, np.float64, of=[s(1.5)])
samples(np.float32, of=[])  # too coarse for finite differences
samples(builtins.complex, of=[s(1.5 + 1j)])
