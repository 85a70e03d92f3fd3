"""Iterative solvers, sparse products and fixed points, with vectors that are updated in place."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(103)

N = 4
OFF = rng.normal(size=(N, N)) * 0.4
DOMINANT = OFF + 4.0 * np.eye(N)
SPD = 0.5 * (OFF + OFF.T) + np.diag([3.0, 4.0, 5.0, 3.5])
POSITIVE = rng.uniform(0.2, 1.0, size=(N, N))
RHS = rng.normal(size=N)

W = rng.normal(size=N)
W66 = rng.normal(size=(6, 6))

# A sparse matrix of five rows: its pattern is fixed, its values are differentiated
ROWS = np.array([0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4])
COLS = np.array([0, 1, 0, 1, 3, 2, 4, 1, 3, 4, 2, 4])
INDPTR = np.array([0, 2, 5, 7, 10, 12])
VALUES = np.where(ROWS == COLS, 3.0, 0.0) + rng.normal(size=12) * 0.5
X5 = rng.normal(size=5)
W5 = rng.normal(size=5)


# Conjugate gradients and relatives


def cg(A, b, x, iterations):
    r = b - A @ x
    p = r.copy()
    rr = r @ r
    for _ in range(iterations):
        Ap = A @ p
        alpha = rr / (p @ Ap)
        x += alpha * p
        r -= alpha * Ap
        rr_new = r @ r
        p *= rr_new / rr
        p += r
        rr = rr_new


@program(SPD, RHS)
def conjugate_gradients_in_place(A, b):
    """Three steps of conjugate gradients on vectors that are updated in place."""
    x = np.zeros_like(b)
    cg(A, b, x, 3)
    return np.sum(W * x)


@program(SPD, RHS, 1e-4, argnums=(0, 1))
def conjugate_gradients_to_tolerance(A, b, tol):
    """Conjugate gradients with Jacobi preconditioning, until the residual is small."""
    x = np.zeros(len(b))
    r = b.copy()
    d = A.diagonal()
    z = r / d
    p = z.copy()
    rz = np.dot(r, z)
    k = 0
    while np.linalg.norm(r) > tol and k < 50:
        q = A.dot(p)
        alpha = rz / np.dot(p, q)
        x += alpha * p
        r -= alpha * q
        z[:] = r / d
        rz, rz_old = np.dot(r, z), rz
        p[:] = z + (rz / rz_old) * p
        k += 1
    return np.sum(W * x)


def ssor(A, r, omega):
    """Apply the symmetric SOR preconditioner: a forward, a diagonal and a backward sweep."""
    n = len(r)
    z = np.zeros(n)
    for i in range(n):
        z[i] = omega * (r[i] - np.dot(A[i, :i], z[:i])) / A[i, i]
    for i in range(n):
        z[i] *= A[i, i] * (2.0 - omega) / omega
    for i in range(n - 1, -1, -1):
        z[i] -= omega * np.dot(A[i, i + 1 :], z[i + 1 :]) / A[i, i] * 0.5
        z[i] = omega * z[i] / A[i, i]
    return z


@program(SPD, RHS, 1.2)
def conjugate_gradients_with_ssor(A, b, omega):
    """Preconditioned conjugate gradients; the preconditioner sweeps in place."""
    x = np.zeros_like(b)
    r = b - A @ x
    z = ssor(A, r, omega)
    p = z.copy()
    gamma = r @ z
    for _ in range(2):
        q = A @ p
        step = gamma / (p @ q)
        x += step * p
        r -= step * q
        z = ssor(A, r, omega)
        gamma, old = r @ z, gamma
        p *= gamma / old
        p += z
    return np.sum(W * x)


@program(DOMINANT, RHS)
def biconjugate_gradients(A, b):
    """BiCG with its two residuals."""
    x = np.zeros_like(b)
    r = b - A @ x
    rt = r.copy()
    p = r.copy()
    pt = rt.copy()
    rho = rt @ r
    for _ in range(3):
        q = A @ p
        qt = A.T @ pt
        alpha = rho / (pt @ q)
        x += alpha * p
        r -= alpha * q
        rt -= alpha * qt
        rho_new = rt @ r
        beta = rho_new / rho
        p = r + beta * p
        pt = rt + beta * pt
        rho = rho_new
    return np.sum(W * x)


@program(DOMINANT, RHS)
def bicgstab(A, b):
    """Stabilized biconjugate gradients."""
    x = np.zeros_like(b)
    r = b.copy()
    r0 = r.copy()
    rho = alpha = omega = 1.0
    v = np.zeros_like(b)
    p = np.zeros_like(b)
    for _ in range(2):
        rho1 = r0 @ r
        beta = (rho1 / rho) * (alpha / omega)
        p -= omega * v
        p *= beta
        p += r
        v[:] = A @ p
        alpha = rho1 / (r0 @ v)
        s = r - alpha * v
        t = A @ s
        omega = (t @ s) / (t @ t)
        x += alpha * p + omega * s
        r[:] = s - omega * t
        rho = rho1
    return np.sum(W * x)


def apply_rotations(h, cs, sn, k):
    for i in range(k):
        temp = cs[i] * h[i] + sn[i] * h[i + 1]
        h[i + 1] = -sn[i] * h[i] + cs[i] * h[i + 1]
        h[i] = temp
    rho = np.sqrt(h[k] ** 2 + h[k + 1] ** 2)
    cs[k] = h[k] / rho
    sn[k] = h[k + 1] / rho
    h[k] = cs[k] * h[k] + sn[k] * h[k + 1]
    h[k + 1] = 0.0


@program(DOMINANT, RHS)
def gmres(A, b):
    """GMRES: Arnoldi's basis, Givens rotations applied to each new column, back substitution."""
    n = len(b)
    m = 3
    x = np.zeros(n)
    r = b - A @ x
    Q = np.zeros((n, m + 1))
    H = np.zeros((m + 1, m))
    cs = np.zeros(m)
    sn = np.zeros(m)
    beta = np.zeros(m + 1)
    r_norm = np.linalg.norm(r)
    Q[:, 0] = r / r_norm
    beta[0] = r_norm
    for k in range(m):
        q = A @ Q[:, k]
        for i in range(k + 1):
            H[i, k] = q @ Q[:, i]
            q = q - H[i, k] * Q[:, i]
        H[k + 1, k] = np.linalg.norm(q)
        Q[:, k + 1] = q / H[k + 1, k]
        apply_rotations(H[: k + 2, k], cs, sn, k)
        beta[k + 1] = -sn[k] * beta[k]
        beta[k] = cs[k] * beta[k]
    y = np.zeros(m)
    for i in range(m - 1, -1, -1):
        y[i] = (beta[i] - H[i, i + 1 :] @ y[i + 1 :]) / H[i, i]
    x += Q[:, :m] @ y
    return np.sum(W * x)


# Relaxation


@program(DOMINANT, RHS, 1.1)
def sor_until_converged(A, b, omega):
    """Successive over-relaxation by elements, until the largest change is small."""
    n = len(b)
    x = np.zeros(n)
    for _ in range(40):
        change = 0.0
        for i in range(n):
            sigma = 0.0
            for j in range(n):
                if j != i:
                    sigma += A[i, j] * x[j]
            new = (1.0 - omega) * x[i] + omega * (b[i] - sigma) / A[i, i]
            change = max(change, abs(new - x[i]))
            x[i] = new
        if change < 1e-9:
            break
    return np.sum(W * x)


def red_black_sweep(u, f, h2):
    n = u.shape[0]
    for color in range(2):
        for i in range(1, n - 1):
            start = 1 + (i + color) % 2
            u[i, start:-1:2] = 0.25 * (
                u[i - 1, start:-1:2]
                + u[i + 1, start:-1:2]
                + u[i, start - 1 : -2 : 2]
                + u[i, start + 1 :: 2]
                - h2 * f[i, start:-1:2] * u[i, start:-1:2] ** 2
            )


@program(rng.normal(size=(6, 6)) * 0.5, rng.normal(size=(6, 6)) * 0.5, order=1)
def red_black_gauss_seidel(u, f):
    """Red-black relaxation of a mildly nonlinear Poisson equation, strided slices in place."""
    for _ in range(3):
        red_black_sweep(u, f, 0.2)
    return np.sum(W66 * u)


def jacobi_2d(T, A, B):
    for _ in range(T):
        B[1:-1, 1:-1] = 0.2 * (A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1])
        A[1:-1, 1:-1] = 0.2 * (B[1:-1, 1:-1] + B[1:-1, :-2] + B[1:-1, 2:] + B[2:, 1:-1] + B[:-2, 1:-1])


@program(rng.normal(size=(6, 6)))
def jacobi_with_two_buffers(A):
    """Two half steps of Jacobi's relaxation between two arrays."""
    B = A.copy()
    jacobi_2d(2, A, B)
    return np.sum(W66 * A)


# Eigenvectors and rankings


@program(SPD, RHS)
def power_iteration_in_place(A, v):
    """The dominant eigenvalue; the vector is normalized in place and a Rayleigh quotient is taken."""
    Av = np.empty_like(v)
    lam = 0.0
    for _ in range(8):
        np.dot(A, v, out=Av)
        lam = np.dot(v, Av) / np.dot(v, v)
        v[:] = Av
        v /= np.sqrt(np.sum(v**2))
    return lam + np.sum(W * v)


@program(SPD, RHS)
def deflation(A, start):
    """Two eigenvalues by power iteration and Hotelling's deflation of the matrix in place."""
    values = np.zeros(2)
    for k in range(2):
        v = start.copy()
        for _ in range(6):
            v = A @ v
            v /= np.linalg.norm(v)
        values[k] = v @ A @ v
        A -= values[k] * np.outer(v, v)
    return 0.7 * values[0] - 1.3 * values[1]


@program(POSITIVE, 0.85)
def pagerank(links, damping):
    """PageRank: columns are normalized in place, then the ranks are iterated to a tolerance."""
    M = links.copy()
    np.fill_diagonal(M, 0.0)
    n = M.shape[0]
    for j in range(n):
        M[:, j] /= M[:, j].sum()
    rank = np.full(n, 1.0 / n)
    while True:
        new = damping * (M @ rank) + (1.0 - damping) / n
        delta = np.abs(new - rank).sum()
        rank[:] = new
        if delta < 1e-6:
            break
    return np.sum(W * rank)


@program(POSITIVE)
def sinkhorn_scaling(K):
    """Rows and columns scaled in turn, in place, towards a doubly stochastic matrix."""
    for _ in range(5):
        K /= K.sum(axis=1, keepdims=True)
        K /= K.sum(axis=0)
    return np.sum(W66[:N, :N] * K)


# Sparse matrices: fixed patterns, differentiated values


def csr_matvec(n, indptr, indices, data, x, y):
    for i in range(n):
        acc = 0.0
        for jj in range(indptr[i], indptr[i + 1]):
            acc += data[jj] * x[indices[jj]]
        y[i] = acc


@program(VALUES, X5)
def csr_product_by_loops(data, x):
    """Two products with a matrix in compressed rows."""
    y = np.zeros_like(x)
    z = np.zeros_like(x)
    csr_matvec(5, INDPTR, COLS, data, x, y)
    y *= x
    csr_matvec(5, INDPTR, COLS, data, y, z)
    return np.sum(W5 * z)


@program(VALUES, X5)
def csr_product_by_slices(data, x):
    """The same by slices of the values and a gather."""
    y = np.empty(5)
    for i in range(len(INDPTR) - 1):
        cols = COLS[INDPTR[i] : INDPTR[i + 1]]
        vals = data[INDPTR[i] : INDPTR[i + 1]]
        y[i] = vals @ x[cols]
    return np.sum(W5 * np.tanh(y))


@program(VALUES, X5)
def coo_product_with_add_at(data, x):
    """Products with a matrix in coordinates, and with its transpose, by np.add.at."""
    y = np.zeros(5)
    np.add.at(y, ROWS, data * x[COLS])
    z = np.zeros(5)
    np.add.at(z, COLS, data * y[ROWS] ** 2)
    return np.sum(W5 * z)


@program(VALUES, X5)
def coo_product_with_bincount(data, x):
    """The same by np.bincount, three times over."""
    for _ in range(3):
        x = np.bincount(ROWS, weights=data * x[COLS], minlength=5)
        x /= np.sqrt(np.sum(x**2))
    return np.sum(W5 * x)


@program(VALUES, X5)
def sparse_gauss_seidel(data, b):
    """Gauss-Seidel on compressed rows, the diagonal found on the way."""
    x = np.zeros(5)
    for _ in range(3):
        for i in range(5):
            rsum = 0.0
            diag = 0.0
            for jj in range(INDPTR[i], INDPTR[i + 1]):
                j = COLS[jj]
                if i == j:
                    diag = data[jj]
                else:
                    rsum += data[jj] * x[j]
            if diag != 0.0:
                x[i] = (b[i] - rsum) / diag
    return np.sum(W5 * x)


ELEMENTS = np.array([[0, 1], [1, 2], [2, 3], [3, 4]])


@program(rng.uniform(0.5, 1.5, size=4), np.cumsum(rng.uniform(0.5, 1.0, size=5)), order=1)
def finite_element_assembly(stiffness, nodes):
    """A bar of four elements: assemble by np.ix_ and loops, fix one end, solve."""
    n = len(nodes)
    K = np.zeros((n, n))
    F = np.zeros(n)
    for e, dofs in enumerate(ELEMENTS):
        length = nodes[dofs[1]] - nodes[dofs[0]]
        ke = stiffness[e] / length * np.array([[1.0, -1.0], [-1.0, 1.0]])
        K[np.ix_(dofs, dofs)] += ke
        F[dofs] += 0.5 * length
    K[0, :] = 0.0
    K[:, 0] = 0.0
    K[0, 0] = 1.0
    F[0] = 0.0
    u = np.linalg.solve(K, F)
    return np.sum(W5 * u)


# Paths


def kernel_floyd_warshall(path):
    for k in range(path.shape[0]):
        path[:] = np.minimum(path[:], np.add.outer(path[:, k], path[k, :]))


@program(rng.uniform(1.0, 10.0, size=(5, 5)))
def floyd_warshall(path):
    """All shortest paths, min-plus in place over the whole matrix."""
    np.fill_diagonal(path, 0.0)
    kernel_floyd_warshall(path)
    return np.sum(W66[:5, :5] * path)


@program(rng.uniform(1.0, 3.0, size=(4, 4)), 0.5)
def soft_floyd_warshall(path, temperature):
    """The same with a smooth minimum, element by element."""
    n = path.shape[0]
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if i != j and i != k and j != k:
                    through = path[i, k] + path[k, j]
                    path[i, j] = -temperature * np.log(
                        np.exp(-path[i, j] / temperature) + np.exp(-through / temperature)
                    )
    return np.sum(W66[:4, :4] * path)
