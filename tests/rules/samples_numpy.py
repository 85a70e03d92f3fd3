"""Sample arguments, continued: polynomials, transforms of several axes, sets, NaN, and complex factorizations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from s2sad.rules.array_api import NEWER
from tests.rules.samples import SAMPLES, SQ, T3, M, P, V, X, complex_, normal, s, samples, spd
from tests.rules.samples_more import LEVELS, PLANES

__all__ = ["SAMPLES"]

C3, C34, C43, CS = complex_(3, 3), complex_(3, 4), complex_(4, 3), complex_(2, 3, 3)
HOLES = np.where(np.array([[1, 0, 1, 1], [1, 1, 1, 0], [0, 1, 1, 1]]) > 0, X, np.nan)
MASK = np.array([[True, False, True, True], [True, True, False, True], [False, True, True, True]])


def hermitian(a: Any) -> Any:
    return a @ np.conj(np.swapaxes(a, -1, -2)) + 3 * np.eye(a.shape[-1])


def more(function: Any, cases: list) -> None:
    """Add samples for one function; its list may be that of others too."""
    SAMPLES[function] = [*SAMPLES[function], *cases]


# ---- reductions -----------------------------------------------------------------------------------------

MASKED = [s(X, where=MASK), s(X, axis=0, where=MASK), s(X, axis=1, keepdims=True, where=MASK)]
for function in (np.var, np.std):
    more(function, [*MASKED, s(X, axis=0, ddof=1, where=MASK), s(X, axis=1, correction=1)])
for function in (np.nanvar, np.nanstd, np.nanmean, np.nansum, np.nanprod):
    more(function, [*MASKED, s(HOLES, where=MASK)])
more(np.prod, [*MASKED, s(X, initial=3.0), s(X, axis=0, initial=-2.0, where=MASK)])
more(np.max, [s(X, initial=-9.0, where=MASK), s(X, axis=0, initial=0.3), s(X, 1, initial=-9.0, where=MASK)])
samples(np.nancumprod, of=[s(X), s(HOLES, axis=0), s(HOLES, axis=1), s(HOLES)])
samples(*NEWER["cumulative_sum"], of=[s(V), s(X, axis=1), s(X, axis=0, include_initial=True)])
samples(*NEWER["cumulative_prod"], of=[s(V), s(X, axis=-1), s(X, axis=0, include_initial=True)])
samples(np.nanmedian, of=[s(HOLES), s(HOLES, axis=0), s(HOLES, axis=1, keepdims=True), s(X, axis=(0, 1))])
samples(np.nanquantile, of=[s(HOLES, np.array(q)) for q in LEVELS] + [s(HOLES, 0.4, 1, keepdims=True)])
samples(np.nanpercentile, of=[s(HOLES, np.array(100 * q), 0) for q in LEVELS])

# ---- polynomials ----------------------------------------------------------------------------------------

PAIRS = [s(V, normal(2)), s(normal(2), V), s(V, 1.5), s(complex_(3), V)]
samples(np.polyadd, np.polysub, of=PAIRS)
samples(np.polymul, of=[*PAIRS])
samples(np.polydiv, of=[s(normal(5), normal(3)), s(normal(4), normal(4)), s(normal(2), normal(3))])
more(np.polydiv, [s(normal(5), normal(1)), s(complex_(4), complex_(2))])
samples(np.polyder, of=[s(V), s(V, 2), s(V, 6), s(V, m=0), s(complex_(3))])
samples(np.polyint, of=[s(V), s(V, 2), s(V, 2, [1.0, 3.0]), s(V, k=0.5), s(complex_(3))])
samples(np.poly, of=[s(V), s(SQ), s(complex_(3)), s(C3), s(normal(1))])
samples(np.roots, of=[s(V), s(normal(3)), s(complex_(4)), s(np.array([1.0, -3.0, 2.0, 0.0]))])
FITS = [s(V, normal(4), 2), s(V, normal(4, 2), 1), s(V, normal(4), 1, w=P[0]), s(V, normal(4), 3)]
samples(np.polyfit, of=FITS)

# ---- transforms -----------------------------------------------------------------------------------------

SIZED = [
    s(X, (4, 3), axes=(0, 1)),
    s(X, s=(2, 6), axes=(0, 1)),
    s(T3, (5, 2), (0, -1), norm="ortho"),
    s(T3, (3, 3), (1, 2)),
]
for function in (np.fft.fft2, np.fft.ifft2, np.fft.fftn, np.fft.ifftn):
    more(function, [*SIZED, s(C34, (4, 5), (0, 1))])
REAL = [s(X), s(T3), s(T3, norm="ortho"), s(T3, axes=(2, 0), norm="forward"), *SIZED]
samples(np.fft.rfftn, np.fft.rfft2, of=REAL)
samples(np.fft.irfftn, np.fft.irfft2, of=[*PLANES, *SIZED, s(C34, (3, 5), (0, 1)), s(C34, axes=(1, 0))])
samples(np.fft.hfft, of=[s(complex_(4)), s(complex_(4), 5), s(C34, axis=0, norm="ortho"), s(V)])
samples(np.fft.ihfft, of=[s(V), s(X, 5), s(X, axis=0, norm="forward"), s(X, 3)])

# ---- linear algebra -------------------------------------------------------------------------------------

samples(np.matrix_transpose, np.linalg.matrix_transpose, of=[s(X), s(T3)])
samples(np.linalg.matmul, of=[s(X, M), s(T3, normal(2, 4, 2))])
samples(np.linalg.outer, of=[s(V, normal(3))])
samples(np.linalg.tensordot, of=[s(X, normal(3, 4)), s(X, M, axes=1), s(T3, X, axes=((1, 2), (0, 1)))])
samples(np.linalg.diagonal, of=[s(X), s(T3, offset=1), s(SQ, offset=-1)])
samples(np.linalg.trace, of=[s(SQ), s(T3, offset=1)])
samples(np.linalg.cross, of=[s(normal(3), normal(3)), s(SQ, normal(3, 3), axis=0)])
more(np.cross, [s(SQ, normal(3, 3), axis=0), s(SQ, normal(3, 3), axisa=0, axisb=1, axisc=0)])
more(np.vecdot, [s(complex_(3), complex_(3)), s(complex_(2, 3), normal(3)), s(X, X[::-1], axis=0)])
samples(np.linalg.vecdot, of=[s(X, X[::-1]), s(X, X[::-1], axis=0)])
samples(*NEWER["matvec"], of=[s(X, V), s(T3, V), s(C3, complex_(3)), s(X, normal(2, 4))])
samples(*NEWER["vecmat"], of=[s(normal(3), X), s(normal(3), T3), s(complex_(3), C34), s(normal(2, 3), X)])
samples(*NEWER["unstack"], of=[s(X), s(T3, axis=1)])
samples(np.astype, of=[s(X, np.float64)])
ORDERS = (1, -1, 2, -2, np.inf, -np.inf, "nuc", "fro")
samples(np.linalg.matrix_norm, of=[s(T3, ord=order) for order in ORDERS] + [s(X, keepdims=True), s(C34)])
more(np.linalg.norm, [s(T3, order, axis) for order in ORDERS for axis in ((1, 2), (2, 0))])
more(np.linalg.norm, [s(T3, 1, (0, 1), True), s(C34, "nuc"), s(C34, 2), s(C34, np.inf)])
LENGTHS = [s(X, ord=order) for order in (1, 2, 3, 2.5, -1, np.inf, -np.inf)]
samples(np.linalg.vector_norm, of=[*LENGTHS, s(T3, axis=(0, 2), ord=3), s(X, axis=1, keepdims=True), s(C34)])
samples(np.linalg.svdvals, of=[s(X), s(T3), s(C34)])
more(np.linalg.slogdet, [s(C3), s(CS)])
samples(np.linalg.tensorinv, of=[s(normal(6, 2, 3), 1), s(normal(2, 3, 6)), s(normal(2, 3, 3, 2))])
EQUATIONS = [s(SQ, normal(3)), s(normal(2, 3, 6), normal(2, 3)), s(normal(2, 3, 3, 2), normal(2, 3))]
samples(np.linalg.tensorsolve, of=[*EQUATIONS, s(normal(2, 3, 3, 2), normal(2, 3), (0, 2))])
more(np.linalg.cholesky, [s(hermitian(C3)), s(hermitian(CS)), s(spd(3), upper=True)])
more(np.linalg.cholesky, [s(hermitian(C3), upper=True)])
for function in (np.linalg.eigh, np.linalg.eigvalsh):
    more(function, [s(hermitian(C3)), s(hermitian(CS)), s(hermitian(C3), "U")])
more(np.linalg.svd, [s(C3), s(C34, full_matrices=False), s(C43, False), s(CS)])
more(np.linalg.svd, [s(spd(3), compute_uv=False, hermitian=True)])
more(np.linalg.qr, [s(C3), s(C43), s(C34), s(X), s(T3), s(X, "r"), s(X.T, "r"), s(CS, mode="r")])
more(np.linalg.pinv, [s(C34), s(C43), s(C3), s(X, 1e-10), s(X, rtol=1e-10)])
more(np.linalg.lstsq, [s(C43, complex_(4)), s(C34, complex_(3, 2)), s(C3, complex_(3))])
more(np.linalg.cond, [s(SQ, p) for p in (1, -1, np.inf, "fro", -2)] + [s(C3), s(C3, 1), s(CS)])
samples(np.linalg.eigvals, np.linalg.eig, of=[s(spd(3)), s(SQ), s(C3), s(CS), s(normal(2, 4, 4))])

# ---- sets and elements ----------------------------------------------------------------------------------

samples(np.unique, of=[s(X), s(V, True), s(X, return_inverse=True), s(V, True, True, True)])
samples(np.unique_values, of=[s(X)])
samples(np.union1d, np.setxor1d, np.setdiff1d, of=[s(V, normal(3)), s(X, V)])
samples(np.resize, of=[s(V, (3, 3)), s(X, 5), s(X, (2, 7))])
samples(np.trim_zeros, of=[s(V), s(V, "f")])
samples(np.sort_complex, of=[s(complex_(5)), s(V)])
samples(np.real_if_close, of=[s(V), s(complex_(3))])
samples(np.arange, of=[s(0.25, 2.1), s(0.25, 2.1, 0.5), s(2.0, -1.1, -0.5)])
samples(np.frexp, of=[s(V), s(0.7)])
samples(np.nextafter, of=[s(V, 2.0), s(X, V)])
samples(math.nextafter, of=[s(0.7, 2.0)])

# ---- Bessel functions -----------------------------------------------------------------------------------

samples(np.i0, of=[s(X), s(5 * X), s(0.5), s(40.0)])
samples(np.kaiser, of=[s(6, 3.5), s(5, 0.7), s(1, 2.0)])

# ---- methods of ufuncs ----------------------------------------------------------------------------------

samples(np.maximum.accumulate, np.minimum.accumulate, of=[s(V), s(X), s(X, 1), s(T3, axis=-1)])
PARTS = [s(V, [0, 2]), s(V, np.array([1, 3, 0, 0])), s(X, [0, 1], axis=-1), s(T3, [1, 0, 2], 1)]
samples(np.add.reduceat, np.maximum.reduceat, np.minimum.reduceat, of=PARTS)
