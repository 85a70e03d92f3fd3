"""Sample arguments for the rules of SciPy's functions: `SAMPLES[function]` is a list of (args, kwargs)."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import fft, integrate, linalg, ndimage, signal, sparse
from scipy.sparse import linalg as sparse_linalg

from s2sad.rules import scipy_ndimage_places
from s2sad.rules.scipy_sparse import sparse_matmul, sparse_solve, sparse_toarray

RNG = np.random.default_rng(3)
Sample = tuple[tuple[Any, ...], dict[str, Any]]
SAMPLES: dict[Any, list[Sample]] = {}


def s(*args: Any, **kwargs: Any) -> Sample:
    return args, kwargs


def samples(*functions: Any, of: list[Sample]) -> None:
    for function in functions:
        SAMPLES[function] = of


def normal(*shape: int) -> Any:
    return RNG.normal(size=shape)


def complex_(*shape: int) -> Any:
    return normal(*shape) + 1j * normal(*shape)


def spd(n: int) -> Any:
    a = normal(n, n)
    return a @ a.T + n * np.eye(n)


V, W, X, TALL, T3 = normal(4), normal(3), normal(3, 2), normal(4, 3), normal(2, 3, 3)
SQ, SPD = normal(3, 3) + 2 * np.eye(3), spd(3)
C = complex_(3, 3)

# ---- linear algebra -------------------------------------------------------------------------------------

samples(linalg.inv, linalg.det, of=[s(SQ), s(T3), s(SQ, check_finite=False), s(C)])
samples(linalg.expm, of=[s(0.5 * SQ), s(3 * SQ), s(T3), s(C)])
samples(linalg.norm, of=[s(W), s(SQ), s(SQ, 1), s(SQ, 2), s(TALL, None, 0), s(TALL, axis=1, keepdims=True)])
samples(linalg.cholesky, of=[s(SPD), s(SPD, lower=True), s(SPD, True)])
samples(linalg.eigh, of=[s(SPD), s(SPD, lower=False), s(SPD, eigvals_only=True)])
samples(linalg.eigvalsh, of=[s(SPD), s(SPD, lower=False)])
samples(linalg.svd, of=[s(SQ), s(TALL, False), s(TALL.T, full_matrices=False), s(TALL, compute_uv=False)])
samples(linalg.svdvals, of=[s(SQ), s(TALL)])
samples(linalg.qr, of=[s(SQ), s(TALL, mode="economic")])
samples(linalg.pinv, of=[s(SQ), s(TALL), s(TALL.T)])
samples(linalg.lstsq, of=[s(TALL, V), s(TALL, normal(4, 2)), s(SQ, W)])

SYSTEMS = [s(SQ, W), s(SQ, X), s(C, W), s(SQ, W, transposed=True), s(SQ, X, transposed=True)]
SYSTEMS += [
    s(SPD, b, lower=low, assume_a=kind) for b in (W, X) for low in (False, True) for kind in ("sym", "pos")
]
TRIDIAGONAL = np.triu(np.tril(SQ, 1), -1)
KINDS = ["upper triangular", "lower triangular", "diagonal", "general", "banded", "tridiagonal"]
SYSTEMS += [s(SQ, W, assume_a=kind) for kind in KINDS] + [s(np.triu(SQ), W), s(np.diag(W + 3), W)]
SYSTEMS += [s(SQ, X, assume_a=kind, transposed=True) for kind in KINDS[:3]]
samples(linalg.solve, of=SYSTEMS)
TRIANGULAR = [
    s(SQ, b, trans, lower=low, unit_diagonal=unit)
    for b in (W, X)
    for trans in (0, "T", 2)
    for low in (False, True)
    for unit in (False, True)
]
samples(linalg.solve_triangular, of=[*TRIANGULAR, s(C, W), s(C, W, 1, True)])
FACTORS = [s(linalg.cho_factor(SPD, low), b) for low in (False, True) for b in (W, X)]
samples(linalg.cho_solve, of=FACTORS)
samples(linalg.cho_factor, of=[])  # half of the result is random: see `test_cho_factor`
SAMPLES[linalg.lu_solve] = [s(linalg.lu_factor(SQ[::-1]), b, trans) for b in (W, X) for trans in (0, 1, 2)]
SAMPLES[linalg.lu_solve] += [s(linalg.lu_factor(C), W), s(linalg.lu_factor(C), W, 1)]
samples(linalg.lu_factor, of=[s(SQ), s(SQ[::-1]), s(C), s(spd(5)[[3, 1, 4, 0, 2]])])
BAND = normal(4, 6) + np.array([0, 0, 4, 0])[:, None]
BANDED = [s((1, 2), BAND, normal(6)), s((2, 1), BAND[::-1], normal(6, 2)), s((1, 1), BAND[1:], normal(6))]
samples(linalg.solve_banded, of=[*BANDED, s((0, 0), BAND[2:3], normal(6)), s((0, 2), BAND[:3], normal(6))])
HALF = normal(3, 6) + np.array([7, 0, 0])[:, None]
HALVES = [s(HALF, normal(6), lower=True), s(HALF[::-1], normal(6)), s(HALF[::-1], normal(6, 2))]
samples(linalg.solveh_banded, of=[*HALVES, s(HALF, normal(6, 2), lower=True), s(HALF[:1], normal(6))])
COLUMN = normal(5) + np.array([5, 0, 0, 0, 0])
samples(
    linalg.solve_toeplitz, of=[s(COLUMN, normal(5)), s((COLUMN, normal(5)), normal(5)), s(COLUMN[:1], W[:1])]
)

samples(linalg.expm_frechet, of=[s(SQ, T3[0]), s(SQ, T3[0], compute_expm=False), s(C, SQ + 0j)])
samples(linalg.logm, of=[s(SPD), s(SPD + 0.1 * SQ), s(C)])
samples(linalg.sqrtm, of=[s(SPD), s(SPD + 0.1 * SQ), s(C)])
samples(linalg.polar, of=[s(SQ), s(T3[0])])
samples(linalg.solve_sylvester, of=[s(SQ, TALL[:3], T3[0]), s(SPD, spd(2), X), s(C, C, C)])
samples(linalg.solve_continuous_lyapunov, of=[s(SQ, T3[0])])
SMALL = [s(0.3 * SQ, T3[0]), s(0.3 * SQ, T3[0], method="bilinear"), s(0.2 * normal(11, 11), normal(11, 11))]
samples(linalg.solve_discrete_lyapunov, of=SMALL)
samples(linalg.toeplitz, of=[s(V), s(V, W), s(W, V), s(complex_(3)), s(V[:1]), s(complex_(3), complex_(2))])
samples(linalg.hankel, of=[s(V), s(V, W), s(W, V), s(complex_(3))])
samples(linalg.circulant, of=[s(V), s(complex_(3)), s(V[:1])])
samples(linalg.block_diag, of=[s(SQ, X, W), s(2.5, X), s(C, SQ)])

# ---- Fourier transforms ---------------------------------------------------------------------------------

A34, A234 = normal(3, 4), normal(2, 3, 4)
SPECTRA = [s(normal(6)), s(normal(5)), s(A34, axis=0), s(A34, 6), s(A34, 3, 1), s(A234, None, 1, "ortho")]
SPECTRA += [s(A34, 7, 0, "forward"), s(normal(6), norm="forward", workers=1)]
COMPLEX = [s(complex_(5)), s(complex_(4, 3), axis=0), s(complex_(4), 6), s(complex_(4), 3, norm="ortho")]
samples(fft.fft, fft.ifft, fft.irfft, fft.hfft, of=SPECTRA + COMPLEX)
samples(fft.rfft, fft.ihfft, of=SPECTRA)
PLANES = [s(A34), s(A234), s(A234, norm="ortho"), s(A234, axes=(0, 1)), s(complex_(3, 4), norm="forward")]
PLANES += [s(A234, (4, 2)), s(A234, (2, 5), (0, 1)), s(complex_(3, 4), axes=(1, 0))]
samples(fft.fft2, fft.ifft2, fft.fftn, fft.ifftn, of=PLANES)
REALS = [s(A34), s(A234), s(A234[:, :, :3], norm="ortho"), s(A34, norm="forward")]
samples(fft.rfft2, fft.rfftn, of=REALS)
samples(fft.irfft2, fft.irfftn, of=[*REALS, s(complex_(3, 4))])
COSINES = [s(normal(5), type, norm=norm) for type in (1, 2, 3, 4) for norm in (None, "ortho", "forward")]
COSINES += [s(A34), s(A34, 2, 6), s(A34, 2, 3, 0), s(A234, 3, axis=1), s(A34, 1, 2), s(A34, 2, axis=0)]
samples(fft.dct, fft.idct, fft.dst, fft.idst, of=COSINES)
samples(fft.dctn, fft.idctn, fft.dstn, fft.idstn, of=[s(A234, norm="ortho"), s(A34, 3, axes=0, norm="ortho")])
samples(fft.fftshift, fft.ifftshift, of=[s(normal(5)), s(A234), s(A234, (0, 1)), s(A34, 0)])

# ---- signals --------------------------------------------------------------------------------------------

LENGTHS = [(6, 3), (5, 2), (3, 5), (4, 4), (2, 6)]
KERNELS = [s(normal(m), normal(n), mode) for m, n in LENGTHS for mode in ("full", "same", "valid")]
KERNELS = KERNELS[::2] + [s(normal(4, 5), normal(2, 3), mode) for mode in ("same", "valid")]
COMPLEX_KERNELS = [s(complex_(4), complex_(3), "same"), s(complex_(4), normal(3))]
samples(signal.convolve, of=[*KERNELS, *COMPLEX_KERNELS, s(normal(5), normal(3), method="direct")])
samples(signal.fftconvolve, signal.oaconvolve, of=[*KERNELS, *COMPLEX_KERNELS])
samples(signal.correlate, of=[*KERNELS, COMPLEX_KERNELS[1]])
SIZES = [((4, 5), (2, 3)), ((4, 4), (4, 4)), ((2, 3), (4, 5)), ((5, 4), (2, 2))]
IMAGES = [s(normal(*m), normal(*n), mode) for m, n in SIZES for mode in ("full", "same", "valid")]
samples(
    signal.convolve2d,
    signal.correlate2d,
    of=[*IMAGES, s(normal(3, 3), normal(2, 2), "same", boundary="fill")],
)
RECURSION = np.array([1.3, -0.4, 0.2])
FILTERS = [s(normal(2), RECURSION, normal(6)), s(normal(4), RECURSION, normal(3, 5), axis=0)]
FILTERS += [
    s(normal(3), 1.0, normal(2, 5)),
    s(normal(3), [2.0], normal(5)),
    s(normal(8), RECURSION, normal(5)),
]
samples(
    signal.lfilter, of=[*FILTERS, s(np.array([1.5]), RECURSION[:1], normal(4)), s(1.0, RECURSION, normal(5))]
)
samples(
    signal.detrend, of=[s(normal(6)), s(normal(3, 5), 0), s(normal(6), type="constant"), s(normal(8), bp=[3])]
)
samples(signal.hilbert, of=[s(normal(6)), s(normal(5)), s(normal(3, 4), axis=0)])
SECTIONS = signal.butter(3, 0.4, output="sos")
samples(signal.sosfilt, of=[])  # only in `x`: see `test_sosfilt`

SMOOTHED = [s(normal(12), 5, 2, mode=mode) for mode in ("interp", "mirror", "nearest", "constant", "wrap")]
SMOOTHED += [s(normal(2, 9), 7, 3, 1, 0.5), s(normal(9, 2), 5, 2, axis=0), s(normal(5), 5, 3)]
samples(signal.savgol_filter, of=SMOOTHED)
LENGTHS = [(8, 6), (8, 5), (7, 6), (6, 8), (5, 8), (8, 8), (9, 4)]
samples(signal.resample, of=[*[s(normal(n), m) for n, m in LENGTHS], s(normal(2, 8), 6, axis=1)])
RATES = [s(normal(10), up, down) for up, down in ((3, 2), (2, 3), (1, 4), (4, 1), (6, 4))]
RATES += [s(normal(2, 9), 2, 3, axis=1), s(normal(9), 2, 3, window=np.array([1.0, 2.0, 3.0, 4.0, 2.0]))]
samples(signal.resample_poly, of=RATES)
BUTTER = signal.butter(3, 0.3)
PADDINGS = [{}, {"padtype": "even"}, {"padtype": "constant"}, {"padtype": None}, {"padlen": 3}, {"padlen": 0}]
samples(signal.filtfilt, of=[])  # in `x` alone, or written out: see `test_filters`
samples(signal.sosfiltfilt, of=[])

# ---- images ---------------------------------------------------------------------------------------------

MODES = ["reflect", "constant", "nearest", "mirror", "wrap", "grid-mirror", "grid-constant", "grid-wrap"]
WEIGHTED = [s(normal(6), normal(n), mode=mode) for n in (3, 4) for mode in MODES[:5]][::2]
WEIGHTED += [
    s(normal(6), normal(n), -1, mode=mode, origin=k) for n, k in ((3, 1), (4, -1)) for mode in MODES[1:5]
]
WEIGHTED += [s(normal(5, 3), normal(3), 0), s(normal(3), normal(7)), s(normal(4), np.ones(2), mode=MODES[5])]
samples(ndimage.correlate1d, ndimage.convolve1d, of=WEIGHTED)
MASKS = [s(normal(4, 5), normal(3, 2), mode=mode) for mode in MODES]
samples(
    ndimage.correlate,
    ndimage.convolve,
    of=[*MASKS, s(normal(5), normal(3)), s(normal(3, 3, 3), normal(2, 2, 2))],
)
BLURS = [s(normal(6), 0.7, order=order, mode=mode) for order in (0, 1, 2) for mode in MODES[:5]]
BLURS += [s(normal(5, 3), 0.5, 0), s(normal(6), 1, radius=2, mode="mirror"), s(normal(6), 1.0, truncate=2.0)]
samples(ndimage.gaussian_filter1d, of=BLURS)
samples(
    ndimage.gaussian_filter,
    of=[s(normal(4, 5), 0.6), s(normal(4, 5), (0.6, 0.9), mode="wrap"), s(normal(6), 1.0)],
)
MEANS = [
    s(normal(6), size, mode=mode, origin=k) for size, k in ((3, 0), (4, 0), (3, 1)) for mode in MODES[:5]
]
samples(ndimage.uniform_filter1d, of=[*MEANS, s(normal(5, 4), 3, 0)])
samples(
    ndimage.uniform_filter,
    of=[s(normal(4, 5)), s(normal(4, 5), 3, mode="constant"), s(normal(7), 5, mode="wrap")],
)
samples(ndimage.laplace, of=[s(normal(4, 5)), s(normal(6), mode="constant"), s(normal(4, 3), mode="wrap")])
EDGES = [
    s(normal(4, 5)),
    s(normal(4, 5), 0),
    s(normal(6)),
    s(normal(4, 3), mode="wrap"),
    s(normal(4, 3), mode="constant"),
]
samples(ndimage.sobel, ndimage.prewitt, of=EDGES)

samples(ndimage.map_coordinates, scipy_ndimage_places.placed, of=[])  # with literal orders: see `test_places`

# ---- quadrature -----------------------------------------------------------------------------------------

GRID = np.array([0.0, 0.3, 1.0, 1.1, 2.0])
SUMS = [
    s(normal(5)),
    s(normal(5), dx=0.3),
    s(normal(2, 5), axis=0),
    s(normal(2, 5), GRID),
    s(normal(5, 2), GRID, axis=0),
]
samples(integrate.trapezoid, of=[*SUMS, s(normal(3, 5), normal(3, 5))])
samples(
    integrate.cumulative_trapezoid, of=[*SUMS, s(normal(5), initial=0), s(normal(5, 2), axis=0, initial=0)]
)
samples(integrate.simpson, of=[s(normal(5)), s(normal(3, 2), axis=0, dx=0.2), s(normal(2, 7))])

# ---- sparse matrices ------------------------------------------------------------------------------------

ROWS, COLS = np.array([0, 0, 1, 2, 2, 1, 1]), np.array([0, 1, 1, 2, 0, 1, 2])  # one place comes twice
ENTRIES = normal(7) + np.array([4.0, 0, 4, 4, 0, 0, 0])
CSC = sparse.csc_matrix(SQ + 2 * np.eye(3))
CSR, HERMITIAN = sparse.csr_array(SPD), sparse.csr_array(SPD + 1j * (np.tri(3, k=-1) - np.tri(3, k=-1).T))
NONSINGULAR = sparse.csc_array(C + 4 * np.eye(3))
HALF = sparse.linalg.LinearOperator((3, 3), matvec=lambda x: x / 2, rmatvec=lambda x: x / 2, dtype=float)
TIGHT = {"rtol": 1e-13}

PLACES = (ENTRIES, ROWS, COLS, (3, 3))
samples(sparse_matmul, of=[s(*PLACES, W), s(*PLACES, X), s(ENTRIES, ROWS, COLS, (5, 3), W), s(*PLACES, C)])
samples(
    sparse_solve, of=[s(*PLACES, W), s(*PLACES, X), s(*PLACES, X[:, :1]), s(1j * ENTRIES, *PLACES[1:], W)]
)
samples(sparse_toarray, of=[s(*PLACES), s(ENTRIES, ROWS, COLS, (3, 4))])
SAMPLES[sparse_linalg.spsolve] = [
    s(CSC, W),
    s(CSR.tocsr(), X),
    s(CSC, X[:, :1]),
    s(NONSINGULAR, W),
    s(CSC, C),
]
SAMPLES[sparse_linalg.spsolve_triangular] = [
    s(sparse.csr_array(np.tril(SQ)), W),
    s(sparse.csr_array(np.triu(SQ)), X, lower=False),
    s(sparse.csr_array(np.tril(SQ)), W, unit_diagonal=True),
]
FACTORED, COMPLEX = sparse_linalg.splu(CSC), sparse_linalg.splu(NONSINGULAR)
SAMPLES[sparse_linalg.SuperLU.solve] = [s(FACTORED, W), s(FACTORED, X, "T"), s(FACTORED, W, "H")]
SAMPLES[sparse_linalg.SuperLU.solve] += [s(COMPLEX, C[0], trans) for trans in "NTH"]
SAMPLES[sparse_linalg.cg] = [s(CSR, W, **TIGHT), s(CSR, W, M=HALF, **TIGHT), s(HERMITIAN, C[0], **TIGHT)]
for function in (sparse_linalg.bicgstab, sparse_linalg.gmres):
    SAMPLES[function] = [
        s(CSC, W, **TIGHT),
        s(CSC, W, M=HALF, maxiter=50, **TIGHT),
        s(NONSINGULAR, C[0], **TIGHT),
    ]
SAMPLES[sparse_linalg.gmres].append(s(CSC, W, restart=3, **TIGHT))
SAMPLES[sparse_linalg.expm_multiply] = [
    s(0.3 * CSC, W),
    s(0.3 * CSC, X, traceA=2.0),
    s(0.3 * NONSINGULAR, C[0]),
]
