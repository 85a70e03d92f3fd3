"""Sample arguments, continued: statistics, signals, picking, least squares and containers."""

from __future__ import annotations

import numpy as np

from s2sad import batches, runtime
from tests.rules.samples import SAMPLES, SQ, T3, M, P, V, X, complex_, normal, s, samples

__all__ = ["SAMPLES"]

# ---- statistics -----------------------------------------------------------------------------------------

AXES = [s(V), s(normal(5)), s(X), s(X, axis=0), s(X, axis=-1, keepdims=True), s(T3, axis=(0, 2))]
samples(np.median, of=[*AXES, s(T3, axis=(2, 0), keepdims=True)])
LEVELS = (0.3, 0.77, np.array([0.1, 0.6]), np.array([[0.2], [0.9]]))
FORMS = [((V,), {}), ((X, None), {}), ((X, 0), {}), ((X, 1), {"keepdims": True}), ((T3, (0, 2)), {})]
QUANTILES = [(args[0], q, args[1:], options) for args, options in FORMS for q in LEVELS]
samples(np.quantile, of=[s(a, q, *axis, **options) for a, q, axis, options in QUANTILES])
samples(np.percentile, of=[s(a, 100 * q, *axis, **options) for a, q, axis, options in QUANTILES])
PAIRS = [s(V), s(X), s(V, V + P[0]), s(X, normal(2, 4)), s(X, V), s(V, X), s(X, rowvar=False)]
PAIRS += [s(X, None), s(X, normal(3, 2), rowvar=False), s(normal(4, 3), V[None, :], rowvar=False)]
samples(np.cov, of=[*PAIRS, s(X, ddof=0), s(X, bias=True), s(X, bias=True, ddof=2)])
samples(np.corrcoef, of=PAIRS)

samples(np.partition, of=[s(V, 1), s(X, (0, 2), axis=-1), s(X, 1, axis=0), s(T3, 1), s(X, 3, axis=None)])

# ---- signals --------------------------------------------------------------------------------------------

LENGTHS = [(5, 3), (5, 2), (3, 5), (2, 5), (4, 4), (6, 5), (1, 4), (4, 1), (5, 6), (4, 6)]
KERNELS = [(normal(m), normal(n), mode) for m, n in LENGTHS for mode in ("full", "same", "valid")]
KERNELS += [
    (complex_(4), complex_(3), "same"),
    (complex_(2), normal(5), "same"),
    (normal(4), complex_(4), "full"),
]
samples(np.convolve, of=[s(a, v, mode) for a, v, mode in KERNELS] + [s(V, V)])
samples(np.correlate, of=[s(a, v, mode) for a, v, mode in KERNELS] + [s(V, V)])
GRADIENTS = [s(V), s(V, 0.3), s(X), s(X, 0.3), s(X, 0.3, 0.7), s(X, axis=0), s(T3, 0.5, 2.0, axis=(0, -1))]
EDGES = [s(V, edge_order=2), s(X, 0.3, axis=1, edge_order=2), s(X, edge_order=2), s(normal(3), edge_order=2)]
samples(np.gradient, of=[*GRADIENTS, *EDGES, s(normal(2)), s(normal(2, 3), 0.2), s(X, 0.5, axis=(1,))])
samples(np.ediff1d, of=[s(V), s(X), s(V, 1.0, [2.0, 3.0]), s(V, to_end=np.array([1.0, 5.0])), s(normal(1))])
samples(np.unwrap, of=[s(4 * V), s(9 * X, axis=0), s(9 * X), s(3 * V, None, -1)])
KNOTS, VALUES = np.array([-1.0, 0.2, 0.5, 2.0]), normal(4)
POINTS = np.array([-3.0, -0.5, 0.3, 0.4, 1.9, 2.5])
INTERPOLATIONS = [s(x, KNOTS, VALUES, None, None) for x in (POINTS, 0.3, 5.0, -5.0)]
INTERPOLATIONS += [s(POINTS, KNOTS, VALUES, 7.0, -7.0), s(POINTS.reshape(2, 3), KNOTS, VALUES, None, 0.0)]
INTERPOLATIONS += [s(0.1, KNOTS[:2], VALUES[:2], 1.0, None), s(-5.0, KNOTS, VALUES, 2.0, None)]
samples(np.interp, of=INTERPOLATIONS)
samples(np.polyval, of=[s(V, 0.7), s(V, normal(3)), s(V, X), s(normal(1), V), s(normal(2), 1.5)])
samples(np.vander, of=[s(V), s(V, 3), s(V, 6, increasing=True), s(V, 1), s(V, 2, True), s(complex_(3))])
SPECTRA = [s(normal(6)), s(normal(5)), s(X, axis=0), s(X, 6), s(X, 3, 1), s(T3, None, 1, "ortho")]
SPECTRA += [s(X, 7, 0, "forward"), s(normal(6), norm="forward"), s(X, 2, axis=-2)]
COMPLEX = [s(complex_(5)), s(complex_(4, 3), axis=0), s(complex_(4), 6), s(complex_(4), 5), s(complex_(4), 3)]
COMPLEX += [s(complex_(5), 4, norm="ortho"), s(complex_(2, 3), norm="forward")]
samples(np.fft.fft, np.fft.ifft, np.fft.irfft, of=SPECTRA + COMPLEX)
samples(np.fft.rfft, of=SPECTRA)
PLANES = [
    s(X),
    s(T3),
    s(T3, norm="ortho"),
    s(T3, axes=(0, 1)),
    s(complex_(3, 4), axes=(1, 0), norm="forward"),
]
samples(np.fft.fft2, np.fft.ifft2, np.fft.fftn, np.fft.ifftn, of=PLANES)
samples(np.fft.fftshift, np.fft.ifftshift, of=[s(normal(5)), s(T3), s(T3, (0, 1)), s(X, 0), s(complex_(3))])

# ---- picking --------------------------------------------------------------------------------------------

PLACES = [
    s(V, 1, 0.5),
    s(V, 2, normal(3)),
    s(V, -1, 0.5),
    s(V, [3, 0], normal(2)),
    s(V, [2, 1, 1], normal(3)),
]
PLACES += [
    s(V, [0, 2], 0.5),
    s(V, slice(0, 4, 2), normal(2)),
    s(X, 5, 0.5),
    s(X, [1, 1], normal(2)),
    s(V, 4, 1.5),
]
PLACES += [s(X, 1, 0.5, 0), s(X, 1, V, 0), s(X, 2, normal(3), 1), s(X, [1], normal(3, 1), 1)]
PLACES += [s(X, [0, 2], normal(3, 2), 1), s(X, 1, normal(2, 4), 0), s(T3, 1, normal(2, 4), 1)]
PLACES += [
    s(X, [2, 0], normal(2, 4), 0),
    s(T3, 1, 0.5, -1),
    s(X, 1, normal(2, 3), 1),
    s(X, [1, 2], 0.5, axis=1),
]
samples(np.insert, of=PLACES)
GONE = [
    s(V, 1),
    s(V, [0, -1]),
    s(V, slice(1, 3)),
    s(X, 5),
    s(X, 1, 0),
    s(X, [0, 2], 1),
    s(X, slice(None, 2), -1),
]
samples(np.delete, of=[*GONE, s(V, []), s(V, np.array([True, False, True, False]))])
samples(np.extract, of=[s(X > 0, X), s(V > 0, V), s(np.array([0, 1, 2, 0]), V)])
samples(
    np.compress,
    of=[s([True, False, True], V), s([False, True], X, 0), s([1, 0, 1, 1], X, -1), s(X.ravel() > 0, X)],
)
CHOICES = [s(np.array([0, 1, 1, 0]), [V, V + 1]), s(1, [V, X]), s(np.array([[0], [2], [1]]), [V, 0.5, X])]
samples(np.choose, of=[*CHOICES, s(np.array([2, 0, 1, 2]), X), s(np.array([1, 0]), [0.5, 1.5])])
BLOCKS = [
    s([V, V]),
    s([1.0, V]),
    s([[X, X], [X[:1], X[1:2]]]),
    s([[X, X[:, :1]]]),
    s([[V], [X]]),
    s([T3, T3]),
]
BLOCKS += [
    s(X),
    s([[1.0, 2.0], [3.0, 4.0]]),
    s([[T3, T3[:, :, :1]], [T3[:, :1, :2], T3[:, :1, :3]]]),
    s([0.5]),
]
samples(np.block, of=[*BLOCKS, s([[SQ, normal(3, 1)], [normal(3), 2.0]])])
ENDS = [s(0.5, 2.0, 5), s(0.5, 2.0, 4, endpoint=False), s(V, 2.0, 3), s(V, V + 1, 3), s(1.0, 0.3)]
samples(np.logspace, of=[*ENDS, s(0.5, 2.0, 5, base=2.0), s(0.5, 2.0, 5, True, 3.0)])
samples(
    np.geomspace,
    of=[s(0.5, 2.0, 5), s(0.5, 2.0, 4, endpoint=False), s(P[0], 2.0, 3), s(P[0], P[1], 3), s(-1.0, -3.0)],
)

# ---- linear algebra -------------------------------------------------------------------------------------

SYSTEMS = [
    s(normal(4, 3), V),
    s(normal(4, 2), normal(4, 3)),
    s(SQ, normal(3)),
    s(X, normal(3)),
    s(X, normal(3, 2)),
]
samples(np.linalg.lstsq, of=[*SYSTEMS, s(normal(5, 1), normal(5), rcond=None), s(SQ, normal(3, 2), None)])
CHAIN = [X, M, normal(2, 5)]
samples(
    np.linalg.multi_dot,
    of=[s(CHAIN), s([V, *CHAIN[1:]]), s([X, M, normal(2)]), s([V, M, normal(2)]), s([X, M])],
)
SAMPLES[np.linalg.multi_dot] += [s([V, X.T, SQ, normal(3)]), s([V, X.T @ X, X.T, normal(3)]), s((X, M))]
samples(np.linalg.cond, of=[s(SQ), s(X), s(normal(2, 3, 3)), s(M, 2), s(normal(2, 4, 3), p=2)])

# ---- containers -----------------------------------------------------------------------------------------

samples(runtime.add, of=[s(1.5, 0.5), s(V, V), s([1.0, V], [0.5, V]), s((1.0, [V]), (2.0, [V]))])
samples(runtime.scatter_item, of=[s(0.5, 1, (1.0, 2.0)), s(V, -1, (1.0, V)), s([V], 0, ([V], 2.0))])
samples(
    runtime.scatter_slice, of=[s([0.5, 1.5], slice(1, 3), [1.0] * 4), s([V], slice(None, None, 2), [V, X])]
)
samples(runtime.fold_repeats, of=[s([0.5, 1.5, 2.5, 3.5], 2), s([V, V, V], 1), s([0.5, 1.5], 2)])
samples(runtime.insert_slice, of=[s([0.5, 1.5], slice(1, 3), [1.0] * 4), s([V], slice(0, 4, -1), [V])])
SAMPLES[runtime.insert_slice] += [
    s([0.5, 1.5], slice(3, 0, -2), [1.0] * 4),
    s([V], slice(1, None), [V, X, X]),
]

samples(runtime.add_item, of=[s([0.5, 1.5], 1, 2.0), s((0.5, 1.5), 0, 2.0), s(V, 1, 2.0)])
samples(runtime.assigned_part, of=[s([1.0, 2.0, 3.0], slice(1, 3), [4.0, 5.0, 6.0], [7.0, 8.0])])
samples(runtime.unassigned, of=[s([1.0, 2.0, 3.0], slice(1, 3), [4.0, 5.0, 6.0], [7.0, 8.0])])
samples(runtime.reset_entry, of=[s({"a": 1.0, "b": V}, key, {"a": 3.0, "b": V}) for key in "ab"])
samples(np.vecdot, of=[s(V, V), s(np.outer(V, V), V)])
samples(np.bincount, of=[s(np.array([1, 0, 4]), V[:3], 6), s(np.array([2, 2, 0]), V[:3])])
samples(batches.taken, of=[s(X, 1), s((V, X), 0), s([V, {"a": X}], 1)])
samples(batches.placed, of=[s(1.5, V, 1), s(normal(X.shape[1]), X, 0), s([0.5, 1.5], [V, V], 1)])
samples(batches.stacked, of=[s([0.5, 1.5], 2.0), s([V, V], V), s([(0.5, V), (1.5, V)], (2.0, V))])
samples(
    batches.arranged,
    of=[
        s(normal(3), 1.0, np.zeros(3)),
        s(normal(3, 2), np.zeros(2), (0.0, np.zeros(2))),
        s((normal(1), normal(1, 2)), (1.0, np.zeros(2)), 2.0),
    ],
)
samples(
    runtime.reassigned, of=[s([1.0, 2.0, 3.0], slice(1, 3), [4.0, 5.0, 6.0], [7.0, 8.0], [0.5, 1.5, 2.5])]
)
samples(runtime.restored_entry, of=[s({"a": 1.0, "b": V}, "b", {"a": 3.0, "b": V})])
samples(
    batches.rearranged,
    of=[s((1.5, normal(1)), normal(2), (0.0, np.zeros(1))), s(normal(2, 3), normal(3, 2), np.zeros(3))],
)
samples(runtime.real_like, of=[s(V, V), s(V + 1j, V), s(V + 1j, V * 1j)])
samples(runtime.deepcopy, of=[s(V), s([1.5, V]), s({"a": (V, 0.5)})])
