"""Orthogonal transformations in place: QR, Hessenberg form, eigenvalues, Krylov bases."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(102)

TALL = rng.normal(size=(5, 3)) + 2.0 * np.eye(5, 3)
SQUARE = rng.normal(size=(4, 4)) + np.diag([3.0, 2.0, -2.5, 1.5])
SYMMETRIC = np.diag([1.0, 2.5, 4.5, 7.0]) + 0.3 * (SQUARE + SQUARE.T - 2 * np.diag(np.diag(SQUARE)))
RHS4 = rng.normal(size=4)
RHS5 = rng.normal(size=5)

W3 = rng.normal(size=3)
W4 = rng.normal(size=4)
W53 = rng.normal(size=(5, 3))
W33 = rng.normal(size=(3, 3))
W44 = rng.normal(size=(4, 4))


# QR


def householder_qr(A, tau):
    """Overwrite A with R and, below its diagonal, the reflectors without their leading one."""
    m, n = A.shape
    for k in range(n):
        x = A[k:, k]
        alpha = -np.sign(x[0]) * np.linalg.norm(x)
        v0 = x[0] - alpha
        tau[k] = -v0 / alpha
        A[k + 1 :, k] /= v0
        A[k, k] = alpha
        for j in range(k + 1, n):
            s = A[k, j] + np.dot(A[k + 1 :, k], A[k + 1 :, j])
            s *= tau[k]
            A[k, j] -= s
            A[k + 1 :, j] -= s * A[k + 1 :, k]


@program(TALL)
def householder_in_place(A):
    """Householder QR in the LAPACK layout: R, reflectors and their factors."""
    tau = np.zeros(A.shape[1])
    householder_qr(A, tau)
    return np.sum(W53 * A) + np.sum(W3 * tau)


@program(TALL, RHS5)
def least_squares_by_householder(A, b):
    """Least squares: reflect the matrix and the right-hand side, then substitute backwards."""
    m, n = A.shape
    R = A.copy()
    y = b.copy()
    for k in range(n):
        v = R[k:, k].copy()
        v[0] += np.copysign(np.linalg.norm(v), v[0])
        v /= np.linalg.norm(v)
        R[k:, k:] -= 2.0 * np.outer(v, v @ R[k:, k:])
        y[k:] -= 2.0 * v * (v @ y[k:])
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (y[i] - R[i, i + 1 :] @ x[i + 1 :]) / R[i, i]
    return np.sum(W3 * x)


def givens(a, b):
    if abs(b) > abs(a):
        t = -a / b
        s = 1.0 / np.sqrt(1.0 + t * t)
        c = s * t
    else:
        t = -b / a
        c = 1.0 / np.sqrt(1.0 + t * t)
        s = c * t
    return c, s


@program(TALL)
def givens_qr(A):
    """QR by plane rotations of neighboring rows."""
    m, n = A.shape
    Q = np.eye(m)
    for j in range(n):
        for i in range(m - 1, j, -1):
            c, s = givens(A[i - 1, j], A[i, j])
            G = np.array([[c, -s], [s, c]])
            A[i - 1 : i + 1, j:] = G @ A[i - 1 : i + 1, j:]
            Q[:, i - 1 : i + 1] = Q[:, i - 1 : i + 1] @ G.T
    return np.sum(W53 * A) + np.sum(W53.T * Q[:3, :])


@program(TALL)
def givens_qr_by_elements(A):
    """The same rotations, element by element."""
    m, n = A.shape
    for j in range(n):
        for i in range(j + 1, m):
            r = np.sqrt(A[j, j] ** 2 + A[i, j] ** 2)
            c = A[j, j] / r
            s = A[i, j] / r
            for k in range(j, n):
                upper = A[j, k]
                lower = A[i, k]
                A[j, k] = c * upper + s * lower
                A[i, k] = c * lower - s * upper
    return np.sum(W53 * A)


def kernel_gramschmidt(A, Q, R):
    for k in range(A.shape[1]):
        nrm = np.dot(A[:, k], A[:, k])
        R[k, k] = np.sqrt(nrm)
        Q[:, k] = A[:, k] / R[k, k]
        for j in range(k + 1, A.shape[1]):
            R[k, j] = np.dot(Q[:, k], A[:, j])
            A[:, j] -= Q[:, k] * R[k, j]


@program(TALL)
def modified_gram_schmidt(A):
    """Modified Gram-Schmidt into given Q and R; the matrix itself is used up."""
    Q = np.zeros_like(A)
    R = np.zeros((A.shape[1], A.shape[1]), dtype=A.dtype)
    kernel_gramschmidt(A, Q, R)
    return np.sum(W53 * Q) + np.sum(W33 * R)


@program(TALL)
def classical_gram_schmidt_twice(A):
    """Classical Gram-Schmidt, each column orthogonalized twice."""
    m, n = A.shape
    Q = np.empty((m, n))
    R = np.zeros((n, n))
    for k in range(n):
        q = A[:, k].copy()
        for _ in range(2):
            h = Q[:, :k].T @ q
            q -= Q[:, :k] @ h
            R[:k, k] += h
        R[k, k] = np.linalg.norm(q)
        Q[:, k] = q / R[k, k]
    return np.sum(W53 * Q) + np.sum(W33 * R)


# Hessenberg and tridiagonal form, eigenvalues


def hessenberg(A):
    n = A.shape[0]
    for k in range(n - 2):
        v = A[k + 1 :, k].copy()
        v[0] += np.sign(v[0]) * np.linalg.norm(v)
        v /= np.linalg.norm(v)
        A[k + 1 :, k:] -= 2.0 * np.outer(v, v @ A[k + 1 :, k:])
        A[:, k + 1 :] -= 2.0 * np.outer(A[:, k + 1 :] @ v, v)
        A[k + 2 :, k] = 0.0


@program(SQUARE)
def hessenberg_reduction(A):
    """Reduction to Hessenberg form by reflections from both sides."""
    hessenberg(A)
    return np.sum(W44 * A)


@program(SYMMETRIC)
def householder_tridiagonalization(A):
    """A symmetric matrix to tridiagonal form; returns diagonal and subdiagonal."""
    A = 0.5 * (A + A.T)
    n = A.shape[0]
    d = np.zeros(n)
    e = np.zeros(n - 1)
    for k in range(n - 2):
        x = A[k + 1 :, k]
        alpha = -np.copysign(np.sqrt(np.sum(x**2)), x[0])
        u = x.copy()
        u[0] -= alpha
        h = 0.5 * np.dot(u, u)
        p = A[k + 1 :, k + 1 :] @ u / h
        q = p - (np.dot(u, p) / (2.0 * h)) * u
        A[k + 1 :, k + 1 :] -= np.outer(u, q) + np.outer(q, u)
        d[k] = A[k, k]
        e[k] = alpha
    d[n - 2] = A[n - 2, n - 2]
    d[n - 1] = A[n - 1, n - 1]
    e[n - 2] = A[n - 1, n - 2]
    return np.sum(W4 * d) + np.sum(W3 * e)


@program(SYMMETRIC)
def jacobi_eigenvalues(A):
    """Three cyclic Jacobi sweeps, rows and columns rotated in place, eigenvectors accumulated."""
    A = (A + A.T) / 2
    n = len(A)
    V = np.eye(n)
    for _ in range(3):
        for p in range(n - 1):
            for q in range(p + 1, n):
                if abs(A[p, q]) < 1e-12:
                    continue
                theta = (A[q, q] - A[p, p]) / (2.0 * A[p, q])
                t = np.sign(theta) / (abs(theta) + np.sqrt(theta**2 + 1.0))
                c = 1.0 / np.sqrt(t**2 + 1.0)
                s = t * c
                row_p = A[p, :].copy()
                row_q = A[q, :].copy()
                A[p, :] = c * row_p - s * row_q
                A[q, :] = s * row_p + c * row_q
                col_p = A[:, p].copy()
                col_q = A[:, q].copy()
                A[:, p] = c * col_p - s * col_q
                A[:, q] = s * col_p + c * col_q
                vp = V[:, p].copy()
                V[:, p] = c * vp - s * V[:, q]
                V[:, q] = s * vp + c * V[:, q]
    w = np.diag(A)
    return np.sum(W4 * w) + np.sum(W44 * V**2)


@program(SQUARE[:, :3].copy())
def one_sided_jacobi_singular_values(U):
    """Singular values by Hestenes's one-sided rotations of columns."""
    n = U.shape[1]
    for _ in range(4):
        for i in range(n - 1):
            for j in range(i + 1, n):
                a = U[:, i] @ U[:, i]
                b = U[:, j] @ U[:, j]
                g = U[:, i] @ U[:, j]
                if abs(g) > 1e-10 * np.sqrt(a * b):
                    zeta = (b - a) / (2 * g)
                    t = np.sign(zeta) / (abs(zeta) + np.sqrt(1 + zeta * zeta))
                    c = 1 / np.sqrt(1 + t * t)
                    s = c * t
                    ui = U[:, i].copy()
                    U[:, i] = c * ui - s * U[:, j]
                    U[:, j] = s * ui + c * U[:, j]
    sigma = np.zeros(n)
    for j in range(n):
        sigma[j] = np.linalg.norm(U[:, j])
    return np.sum(W3 * sigma)


@program(SYMMETRIC)
def qr_algorithm_with_shifts(A):
    """A few shifted QR steps on a symmetric matrix, by rotations on the tridiagonal part."""
    T = A.copy()
    n = T.shape[0]
    for _ in range(3):
        mu = T[n - 1, n - 1]
        for i in range(n):
            T[i, i] -= mu
        cs = []
        for k in range(n - 1):
            r = np.hypot(T[k, k], T[k + 1, k])
            c, s = T[k, k] / r, T[k + 1, k] / r
            cs.append((c, s))
            top = T[k].copy()
            T[k] = c * top + s * T[k + 1]
            T[k + 1] = c * T[k + 1] - s * top
        for k, (c, s) in enumerate(cs):
            left = T[:, k].copy()
            T[:, k] = c * left + s * T[:, k + 1]
            T[:, k + 1] = c * T[:, k + 1] - s * left
        T[np.arange(n), np.arange(n)] += mu
    return np.sum(W44 * T)


# Krylov bases


@program(SYMMETRIC, RHS4)
def lanczos(A, v0):
    """Lanczos's three-term recursion with full reorthogonalization."""
    m = 3
    n = len(v0)
    V = np.zeros((m + 1, n))
    alpha = np.zeros(m)
    beta = np.zeros(m)
    V[0] = v0 / np.linalg.norm(v0)
    for j in range(m):
        w = A @ V[j]
        if j > 0:
            w -= beta[j - 1] * V[j - 1]
        alpha[j] = w @ V[j]
        w -= alpha[j] * V[j]
        for i in range(j + 1):
            w -= (w @ V[i]) * V[i]
        beta[j] = np.linalg.norm(w)
        V[j + 1] = w / beta[j]
    T = np.diag(alpha) + np.diag(beta[:-1], 1) + np.diag(beta[:-1], -1)
    return np.sum(W33 * T) + np.sum(W44 * V)


def arnoldi(A, Q, H, k):
    """One step: column k of H and vector k + 1 of the basis."""
    q = A @ Q[:, k]
    for i in range(k + 1):
        H[i, k] = Q[:, i] @ q
        q -= H[i, k] * Q[:, i]
    H[k + 1, k] = np.sqrt(q @ q)
    Q[:, k + 1] = q / H[k + 1, k]


@program(SQUARE, RHS4)
def arnoldi_iteration(A, b):
    """An orthonormal Krylov basis and the Hessenberg matrix, filled column by column."""
    m = 3
    Q = np.zeros((4, m + 1))
    H = np.zeros((m + 1, m))
    Q[:, 0] = b / np.linalg.norm(b)
    for k in range(m):
        arnoldi(A, Q, H, k)
    return np.sum(W44 * Q) + np.sum(W44[:, :3] * H)


@program(SQUARE, rng.normal(size=(4, 2)))
def subspace_iteration(A, X):
    """Orthogonal iteration for two vectors, with Gram-Schmidt in place."""
    for _ in range(4):
        X[:] = A @ X
        X[:, 0] /= np.sqrt(np.sum(X[:, 0] ** 2))
        X[:, 1] -= np.dot(X[:, 0], X[:, 1]) * X[:, 0]
        X[:, 1] /= np.sqrt(np.sum(X[:, 1] ** 2))
    return np.sum(W44[:, :2] * X)
