"""Direct solvers and the dense kernels around them, in place, as in textbooks and benchmark suites."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(101)

N = 5
GENERAL = rng.normal(size=(N, N)) + np.diag([0.3, 0.2, 2.5, -2.0, 0.4])
DOMINANT = rng.normal(size=(N, N)) * 0.5 + 4.0 * np.eye(N)
FACTOR = rng.normal(size=(N, N)) * 0.6
SPD = FACTOR @ FACTOR.T + 2.0 * np.eye(N)
LOWER = np.tril(rng.normal(size=(N, N))) * 0.5 + 2.0 * np.eye(N)
RHS = rng.normal(size=N)
RHS2 = rng.normal(size=(N, 2))

W = rng.normal(size=N)
WW = rng.normal(size=(N, N))
W2 = rng.normal(size=(N, 2))
W34 = rng.normal(size=(3, 4))
W44 = rng.normal(size=(4, 4))


# LU with partial pivoting, rows exchanged in place


def lu_factor(A, piv):
    n = A.shape[0]
    for k in range(n - 1):
        p = k + np.argmax(np.abs(A[k:, k]))
        if p != k:
            A[[k, p]] = A[[p, k]]
            piv[[k, p]] = piv[[p, k]]
        A[k + 1 :, k] /= A[k, k]
        A[k + 1 :, k + 1 :] -= np.outer(A[k + 1 :, k], A[k, k + 1 :])


def lu_substitute(LU, piv, b):
    n = LU.shape[0]
    x = b[piv].copy()
    for i in range(1, n):
        x[i] -= LU[i, :i] @ x[:i]
    for i in range(n - 1, -1, -1):
        x[i] = (x[i] - LU[i, i + 1 :] @ x[i + 1 :]) / LU[i, i]
    return x


@program(GENERAL, RHS)
def lu_partial_pivoting(A, b):
    """Solve A x = b by Gaussian elimination with partial pivoting."""
    LU = A.copy()
    piv = np.arange(A.shape[0])
    lu_factor(LU, piv)
    x = lu_substitute(LU, piv, b)
    return np.sum(W * x)


@program(GENERAL, RHS)
def gauss_with_row_swaps_by_element(A, b):
    """Gaussian elimination on the augmented matrix, rows exchanged one element at a time."""
    n = len(b)
    M = np.zeros((n, n + 1))
    M[:, :n] = A
    M[:, n] = b
    for k in range(n):
        pivot = k
        for i in range(k + 1, n):
            if abs(M[i, k]) > abs(M[pivot, k]):
                pivot = i
        for j in range(k, n + 1):
            tmp = M[k, j]
            M[k, j] = M[pivot, j]
            M[pivot, j] = tmp
        for i in range(k + 1, n):
            factor = M[i, k] / M[k, k]
            M[i, k] = 0.0
            for j in range(k + 1, n + 1):
                M[i, j] -= factor * M[k, j]
    x = np.zeros(n)
    for i in reversed(range(n)):
        s = M[i, n]
        for j in range(i + 1, n):
            s -= M[i, j] * x[j]
        x[i] = s / M[i, i]
    return np.sum(W * x)


@program(GENERAL)
def determinant_with_complete_pivoting(A):
    """The determinant by elimination with complete pivoting: rows and columns are exchanged."""
    U = np.array(A)
    n = len(U)
    sign = 1.0
    det = 1.0
    for k in range(n):
        sub = np.abs(U[k:, k:])
        i, j = np.unravel_index(np.argmax(sub), sub.shape)
        i += k
        j += k
        if i != k:
            U[[k, i], :] = U[[i, k], :]
            sign = -sign
        if j != k:
            U[:, [k, j]] = U[:, [j, k]]
            sign = -sign
        det *= U[k, k]
        for r in range(k + 1, n):
            U[r, k:] -= (U[r, k] / U[k, k]) * U[k, k:]
    return sign * det


@program(DOMINANT, RHS)
def gauss_with_unconditional_swaps(A, b):
    """Elimination with partial pivoting; a row that is its own pivot is exchanged with itself."""
    n = A.shape[0]
    for k in range(n):
        p = k + np.argmax(np.abs(A[k:, k]))
        A[[k, p]] = A[[p, k]]
        b[[k, p]] = b[[p, k]]
        for i in range(k + 1, n):
            m = A[i, k] / A[k, k]
            A[i, k:] -= m * A[k, k:]
            b[i] -= m * b[k]
    for i in range(n - 1, -1, -1):
        b[i] = (b[i] - A[i, i + 1 :] @ b[i + 1 :]) / A[i, i]
    return np.sum(W * b)


# LU without pivoting, in one array


def kernel_ludcmp(N, A, b, x, y):
    for i in range(N):
        for j in range(i):
            w = A[i, j]
            for k in range(j):
                w -= A[i, k] * A[k, j]
            A[i, j] = w / A[j, j]
        for j in range(i, N):
            w = A[i, j]
            for k in range(i):
                w -= A[i, k] * A[k, j]
            A[i, j] = w
    for i in range(N):
        w = b[i]
        for j in range(i):
            w -= A[i, j] * y[j]
        y[i] = w
    for i in range(N - 1, -1, -1):
        w = y[i]
        for j in range(i + 1, N):
            w -= A[i, j] * x[j]
        x[i] = w / A[i, i]


@program(DOMINANT, RHS)
def ludcmp(A, b):
    """Doolittle's LU and two substitutions, element by element."""
    x = np.zeros_like(b)
    y = np.zeros_like(b)
    kernel_ludcmp(A.shape[0], A, b, x, y)
    return np.sum(W * x) + np.sum(W[::-1] * y)


def crout(A):
    n = A.shape[0]
    L = np.zeros((n, n))
    U = np.eye(n)
    for j in range(n):
        L[j:, j] = A[j:, j] - L[j:, :j] @ U[:j, j]
        U[j, j + 1 :] = (A[j, j + 1 :] - L[j, :j] @ U[:j, j + 1 :]) / L[j, j]
    return L, U


@program(DOMINANT)
def crout_factors(A):
    """Crout's factorization, L times a unit upper triangle."""
    L, U = crout(A)
    return np.sum(WW * L) + np.sum(WW.T * U)


# Cholesky and its relatives


def cholesky_outer(A):
    n = len(A)
    for k in range(n):
        A[k, k] = np.sqrt(A[k, k])
        A[k + 1 :, k] = A[k + 1 :, k] / A[k, k]
        A[k + 1 :, k + 1 :] -= np.outer(A[k + 1 :, k], A[k + 1 :, k])
    for k in range(n):
        A[k, k + 1 :] = 0.0


@program(SPD)
def cholesky_outer_products(A):
    """Right-looking Cholesky by rank-one updates of the trailing block."""
    cholesky_outer(A)
    return np.sum(WW * A)


def kernel_cholesky(A):
    A[0, 0] = np.sqrt(A[0, 0])
    for i in range(1, A.shape[0]):
        for j in range(i):
            A[i, j] -= np.dot(A[i, :j], A[j, :j])
            A[i, j] /= A[j, j]
        A[i, i] -= np.dot(A[i, :i], A[i, :i])
        A[i, i] = np.sqrt(A[i, i])


@program(SPD)
def cholesky_row_by_row(A):
    """Cholesky as benchmark suites have it: rows, dot products, in place in the lower triangle."""
    L = A.copy()
    kernel_cholesky(L)
    return np.sum(WW * np.tril(L))


def potrf(A):
    for j in range(A.shape[0]):
        A[j, j] = np.sqrt(A[j, j] - A[j, :j] @ A[j, :j])
        A[j + 1 :, j] = (A[j + 1 :, j] - A[j + 1 :, :j] @ A[j, :j]) / A[j, j]


def trsm(L, B):
    """Overwrite B with B inv(L)^T."""
    for j in range(L.shape[0]):
        B[:, j] -= B[:, :j] @ L[j, :j]
        B[:, j] /= L[j, j]


@program(SPD)
def blocked_cholesky(A):
    """Cholesky by blocks of two: factor a diagonal block, solve the panel, update what is left."""
    n = A.shape[0]
    nb = 2
    for k in range(0, n, nb):
        e = min(k + nb, n)
        potrf(A[k:e, k:e])
        if e < n:
            trsm(A[k:e, k:e], A[e:, k:e])
            A[e:, e:] -= A[e:, k:e] @ A[e:, k:e].T
    return np.sum(WW * np.tril(A))


@program(SPD, RHS)
def ldlt_solve(A, b):
    """Solve a symmetric system by L D L^T without square roots."""
    n = len(b)
    L = np.eye(n)
    D = np.zeros(n)
    for j in range(n):
        D[j] = A[j, j] - np.sum(L[j, :j] ** 2 * D[:j])
        for i in range(j + 1, n):
            L[i, j] = (A[i, j] - np.sum(L[i, :j] * L[j, :j] * D[:j])) / D[j]
    x = b.copy()
    for i in range(n):
        x[i] -= np.dot(L[i, :i], x[:i])
    x /= D
    for i in range(n - 1, -1, -1):
        x[i] -= np.dot(L[i + 1 :, i], x[i + 1 :])
    return np.sum(W * x)


def rank_one_update(L, x):
    """Turn the Cholesky factor of A into that of A + x x^T; x is overwritten."""
    n = len(x)
    for k in range(n):
        r = np.hypot(L[k, k], x[k])
        c = r / L[k, k]
        s = x[k] / L[k, k]
        L[k, k] = r
        if k < n - 1:
            L[k + 1 :, k] += s * x[k + 1 :]
            L[k + 1 :, k] /= c
            x[k + 1 :] *= c
            x[k + 1 :] -= s * L[k + 1 :, k]


@program(LOWER, RHS)
def cholesky_rank_one_update(L, x):
    """A rank-one update of a Cholesky factor."""
    rank_one_update(L, x.copy())
    return np.sum(WW * L)


# Inverses


@program(GENERAL)
def gauss_jordan_inverse(A):
    """The inverse in the place of the matrix, with row exchanges undone as column exchanges."""
    n = A.shape[0]
    perm = []
    for k in range(n):
        p = k + np.argmax(np.abs(A[k:, k]))
        perm.append(p)
        if p != k:
            tmp = A[k].copy()
            A[k] = A[p]
            A[p] = tmp
        pivot = A[k, k]
        A[k, k] = 1.0
        A[k] /= pivot
        for i in range(n):
            if i != k:
                factor = A[i, k]
                A[i, k] = 0.0
                A[i] -= factor * A[k]
    for k in range(n - 1, -1, -1):
        p = perm[k]
        if p != k:
            A[:, [k, p]] = A[:, [p, k]]
    return np.sum(WW * A)


@program(LOWER)
def triangular_inverse(L):
    """The inverse of a lower triangle, column by column, in place."""
    n = L.shape[0]
    for j in range(n):
        L[j, j] = 1.0 / L[j, j]
        for i in range(j + 1, n):
            s = 0.0
            for k in range(j, i):
                s += L[i, k] * L[k, j]
            L[i, j] = -s / L[i, i]
    return np.sum(WW * L)


def kernel_trisolv(L, x, b):
    for i in range(x.shape[0]):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]


@program(LOWER, RHS)
def trisolv(L, b):
    """A triangular solve into a given vector."""
    x = np.empty_like(b)
    kernel_trisolv(L, x, b)
    return np.sum(W * x)


@program(LOWER, RHS2)
def triangular_solve_column_oriented(L, B):
    """Forward substitution for two right-hand sides, by columns of the matrix."""
    n = L.shape[0]
    for k in range(n):
        B[k, :] /= L[k, k]
        B[k + 1 :, :] -= np.outer(L[k + 1 :, k], B[k, :])
    return np.sum(W2 * B)


# Banded, tridiagonal and Toeplitz systems


def thomas(lower, diag, upper, d):
    n = d.shape[0]
    c = np.zeros(n - 1)
    c[0] = upper[0] / diag[0]
    d[0] = d[0] / diag[0]
    for i in range(1, n):
        m = 1.0 / (diag[i] - lower[i - 1] * c[i - 1])
        if i < n - 1:
            c[i] = upper[i] * m
        d[i] = (d[i] - lower[i - 1] * d[i - 1]) * m
    for i in range(n - 2, -1, -1):
        d[i] -= c[i] * d[i + 1]
    return d


@program(
    rng.normal(size=5) * 0.6, rng.normal(size=6) * 0.2 + 3.0, rng.normal(size=5) * 0.6, rng.normal(size=6)
)
def thomas_crank_nicolson(lower, diag, upper, u):
    """Three implicit steps: a tridiagonal product, then Thomas's algorithm in place."""
    for _ in range(3):
        rhs = 2.0 * u
        rhs[1:] -= 0.5 * lower * u[:-1]
        rhs[:-1] -= 0.5 * upper * u[1:]
        u = thomas(lower, diag, upper, rhs)
    return np.sum(np.append(W, 0.8) * u)


@program(
    rng.normal(size=(2, 2, 2)) * 0.4,
    rng.normal(size=(3, 2, 2)) * 0.4 + 3.0 * np.eye(2),
    rng.normal(size=(2, 2, 2)) * 0.4,
    rng.normal(size=(3, 2)),
    order=1,
)
def block_tridiagonal(A, B, C, d):
    """Block elimination downwards and substitution upwards, in place in the diagonal and the right-hand side."""
    n = B.shape[0]
    for i in range(1, n):
        M = np.linalg.solve(B[i - 1].T, A[i - 1].T).T
        B[i] -= M @ C[i - 1]
        d[i] -= M @ d[i - 1]
    d[n - 1] = np.linalg.solve(B[n - 1], d[n - 1])
    for i in range(n - 2, -1, -1):
        d[i] = np.linalg.solve(B[i], d[i] - C[i] @ d[i + 1])
    return np.sum(W2[:3] * d)


def banded_lu(ab, kl, ku):
    """Factor a matrix in band storage, ab[ku + i - j, j] = a[i, j], without pivoting."""
    n = ab.shape[1]
    for k in range(n - 1):
        last = min(k + kl, n - 1)
        for i in range(k + 1, last + 1):
            ab[ku + i - k, k] /= ab[ku, k]
            for j in range(k + 1, min(k + ku, n - 1) + 1):
                ab[ku + i - j, j] -= ab[ku + i - k, k] * ab[ku + k - j, j]


def banded_solve(ab, kl, ku, b):
    n = b.shape[0]
    for j in range(n):
        for i in range(j + 1, min(j + kl, n - 1) + 1):
            b[i] -= ab[ku + i - j, j] * b[j]
    for j in range(n - 1, -1, -1):
        b[j] /= ab[ku, j]
        for i in range(max(0, j - ku), j):
            b[i] -= ab[ku + i - j, j] * b[j]


@program(rng.normal(size=(4, 6)) * 0.3 + np.array([0.0, 0.0, 3.0, 0.0])[:, None], rng.normal(size=6))
def banded_system(ab, b):
    """LU in band storage, one subdiagonal and two superdiagonals."""
    banded_lu(ab, 1, 2)
    banded_solve(ab, 1, 2, b)
    return np.sum(np.append(W, -0.4) * b)


def kernel_durbin(r):
    y = np.empty_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = -r[0]
    for k in range(1, r.shape[0]):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return y


@program(np.array([0.5, 0.3, -0.1, 0.15, 0.05]))
def durbin(r):
    """The Yule-Walker equations by Durbin's recursion."""
    y = kernel_durbin(r)
    return np.sum(W * y)


@program(np.array([2.5, 0.6, -0.4, 0.3, 0.1]), RHS)
def levinson(t, b):
    """A symmetric Toeplitz system by Levinson's recursion, with two vectors that grow in place."""
    n = len(t)
    f = np.zeros(n)
    x = np.zeros(n)
    f[0] = 1.0 / t[0]
    x[0] = b[0] / t[0]
    for k in range(1, n):
        e = 0.0
        g = 0.0
        for i in range(k):
            e += t[k - i] * f[i]
            g += t[k - i] * x[i]
        fk = f[: k + 1] / (1.0 - e * e)
        bk = fk[::-1]
        f[: k + 1] = fk - e * bk
        x[: k + 1] += (b[k] - g) * f[k::-1]
    return np.sum(W * x)


# Dense kernels


def kernel_symm(alpha, beta, C, A, B):
    for i in range(C.shape[0]):
        for j in range(C.shape[1]):
            C[:i, j] += alpha * B[i, j] * A[i, :i]
            temp2 = B[:i, j] @ A[i, :i]
            C[i, j] = beta * C[i, j] + alpha * B[i, j] * A[i, i] + alpha * temp2


@program(1.5, 1.2, rng.normal(size=(3, 4)), rng.normal(size=(3, 3)), rng.normal(size=(3, 4)), order=1)
def symm(alpha, beta, C, A, B):
    """C = beta C + alpha A B, where only the lower triangle of the symmetric A is read."""
    kernel_symm(alpha, beta, C, A, B)
    return np.sum(W34 * C)


def kernel_syrk(alpha, beta, C, A):
    for i in range(A.shape[0]):
        C[i, : i + 1] *= beta
        for k in range(A.shape[1]):
            C[i, : i + 1] += alpha * A[i, k] * A[: i + 1, k]


@program(1.5, 1.2, rng.normal(size=(4, 4)), rng.normal(size=(4, 3)))
def syrk(alpha, beta, C, A):
    """A symmetric rank-k update of the lower triangle."""
    kernel_syrk(alpha, beta, C, A)
    return np.sum(W44 * C)


def kernel_syr2k(alpha, beta, C, A, B):
    for i in range(A.shape[0]):
        C[i, : i + 1] *= beta
        for k in range(A.shape[1]):
            C[i, : i + 1] += A[: i + 1, k] * alpha * B[i, k] + B[: i + 1, k] * alpha * A[i, k]


@program(1.5, 1.2, rng.normal(size=(4, 4)), rng.normal(size=(4, 2)), rng.normal(size=(4, 2)), order=1)
def syr2k(alpha, beta, C, A, B):
    """A symmetric rank-2k update of the lower triangle."""
    kernel_syr2k(alpha, beta, C, A, B)
    return np.sum(W44 * C)


def kernel_trmm(alpha, A, B):
    for i in range(B.shape[0]):
        for j in range(B.shape[1]):
            B[i, j] += np.dot(A[i + 1 :, i], B[i + 1 :, j])
    B *= alpha


@program(1.5, rng.normal(size=(3, 3)), rng.normal(size=(3, 4)))
def trmm(alpha, A, B):
    """A triangular matrix product in place."""
    kernel_trmm(alpha, A, B)
    return np.sum(W34 * B)


def kernel_gemver(alpha, beta, A, u1, v1, u2, v2, w, x, y, z):
    A += np.multiply.outer(u1, v1) + np.multiply.outer(u2, v2)
    x += beta * y @ A + z
    w += alpha * A @ x


@program(
    1.5,
    1.2,
    rng.normal(size=(3, 3)),
    *(rng.normal(size=3) for _ in range(4)),
    rng.normal(size=3),
    rng.normal(size=3),
)
def gemver(alpha, beta, A, u1, v1, u2, v2, y, z):
    """Two rank-one updates and two matrix-vector products."""
    w = np.zeros_like(y)
    x = np.zeros_like(y)
    kernel_gemver(alpha, beta, A, u1, v1, u2, v2, w, x, y, z)
    return np.sum(W[:3] * w)


def kernel_doitgen(NR, NQ, NP, A, C4):
    sum_ = np.zeros(NP)
    for r in range(NR):
        for q in range(NQ):
            for p in range(NP):
                sum_[p] = 0.0
                for s in range(NP):
                    sum_[p] += A[r, q, s] * C4[s, p]
            A[r, q, :] = sum_


@program(rng.normal(size=(2, 2, 3)), rng.normal(size=(3, 3)))
def doitgen(A, C4):
    """A contraction of the last axis in place, through one row of work space."""
    kernel_doitgen(2, 2, 3, A, C4)
    return np.sum(W34.reshape(2, 2, 3) * A)


# Covariance and correlation with a symmetric fill


def kernel_covariance(M, float_n, data):
    mean = np.mean(data, axis=0)
    data -= mean
    cov = np.zeros((M, M), dtype=data.dtype)
    for i in range(M):
        cov[i:M, i] = data[:, i] @ data[:, i:M] / (float_n - 1.0)
        cov[i, i:M] = cov[i:M, i]
    return cov


@program(rng.normal(size=(5, 4)))
def covariance(data):
    """The covariance matrix, one row and column at a time; the data are centered in place."""
    cov = kernel_covariance(4, 5.0, data)
    return np.sum(W44 * cov)


@program(rng.normal(size=(5, 4)))
def covariance_chained_assignment(data):
    """The same with one value assigned to the row and to the column."""
    n, m = data.shape
    data -= data.mean(axis=0)
    cov = np.empty((m, m))
    for i in range(m):
        cov[i, i:] = cov[i:, i] = data[:, i] @ data[:, i:] / (n - 1)
    return np.sum(W44 * cov)


def kernel_correlation(M, float_n, data):
    mean = np.mean(data, axis=0)
    stddev = np.std(data, axis=0)
    stddev[stddev <= 0.1] = 1.0
    data -= mean
    data /= np.sqrt(float_n) * stddev
    corr = np.eye(M, dtype=data.dtype)
    for i in range(M - 1):
        corr[i + 1 : M, i] = corr[i, i + 1 : M] = data[:, i] @ data[:, i + 1 : M]
    return corr


@program(rng.normal(size=(5, 4)))
def correlation(data):
    """The correlation matrix, with small deviations replaced by one."""
    corr = kernel_correlation(4, 5.0, data)
    return np.sum(W44 * corr)
