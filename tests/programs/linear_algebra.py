"""Products, contractions and decompositions of matrices."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(15)

X4 = rng.normal(size=4)
Y4 = rng.normal(size=4)
X3 = rng.normal(size=3)
A34 = rng.normal(size=(3, 4))
B45 = rng.normal(size=(4, 5))
STACK = rng.normal(size=(2, 3, 4))
STACK2 = rng.normal(size=(2, 4, 2))
SQUARE = rng.normal(size=(3, 3)) + 3.0 * np.eye(3)
FACTOR = rng.normal(size=(3, 3))
SPD = FACTOR @ FACTOR.T + 2.0 * np.eye(3)
SYMMETRIC = np.array([[2.0, 0.3, -0.4], [0.3, 0.5, 0.2], [-0.4, 0.2, -1.1]])

W3 = np.array([1.1, -0.6, 0.8])
W4 = np.array([0.7, -1.3, 0.4, 1.9])
W5 = np.array([0.7, -1.3, 0.4, 1.9, -0.5])
W33 = rng.normal(size=(3, 3))
W34 = rng.normal(size=(3, 4))
W35 = rng.normal(size=(3, 5))
W232 = rng.normal(size=(2, 3, 2))


# Products


@program(X4, Y4, order=3)
def dot_of_vectors(x, y):
    return np.dot(x, y) ** 2 + x.dot(np.sin(y))


@program(A34, X4)
def dot_of_matrix_and_vector(a, x):
    return W3 @ np.dot(a, x) ** 2 + a.dot(x) @ W3


@program(X3, A34)
def dot_of_vector_and_matrix(x, a):
    return np.dot(x, a) ** 2 @ W4


@program(A34, B45)
def dot_of_matrices(a, b):
    return np.sum(W35 * np.dot(a, b) ** 2)


@program(2.5, A34)
def dot_with_a_scalar(s, a):
    return np.sum(W34 * np.dot(s, a) ** 2)


@program(A34, STACK2)
def dot_of_matrix_and_stack(a, b):
    return np.sum(np.dot(a, b) ** 2 * W232.transpose(1, 0, 2))


@program(A34, B45, X3)
def matmul_chain(a, b, x):
    return np.tanh(x @ a @ b) @ W5


@program(STACK, STACK2)
def matmul_of_stacks(a, b):
    return np.sum(W232 * np.matmul(a, b) ** 2)


@program(STACK, B45)
def matmul_with_broadcasting(a, b):
    return np.sum(W35 * (a @ b) ** 2)


@program(STACK, X4)
def matmul_of_stack_and_vector(a, x):
    return np.sum(np.sin(a @ x) @ W3)


@program(X3, STACK)
def matmul_of_vector_and_stack(x, a):
    return np.sum(np.sin(x @ a) @ W4)


@program(X3, X4)
def outer_product(x, y):
    return np.sum(W34 * np.outer(x, y) ** 2)


@program(A34, X4)
def inner_products(a, x):
    return np.inner(x, x) ** 2 + np.inner(a, x) @ W3 + np.sum(W33 * np.inner(a, a))


@program(X4, Y4)
def vdot(x, y):
    return np.vdot(x, y) * np.vdot(np.sin(x), y)


@program(A34, B45)
def tensordot_one_axis(a, b):
    return np.sum(W35 * np.tensordot(a, b, axes=1) ** 2)


@program(STACK, STACK + 0.5)
def tensordot_two_axes(a, b):
    c = np.tensordot(a, b, axes=([0, 2], [0, 2]))
    return np.sum(W33 * np.sin(c)) + np.tensordot(a, b, axes=3)


@program(X3, X4)
def tensordot_outer(x, y):
    return np.sum(W34 * np.tensordot(x, y, axes=0) ** 2)


@program(A34[:2, :2], SQUARE)
def kronecker_product(a, b):
    k = np.kron(a, b)
    return np.sum(np.arange(36.0).reshape(6, 6) * k**2) * 0.01


@program(X3, X3[::-1] + 0.5)
def cross_product(x, y):
    return W3 @ np.cross(x, y) ** 2


# einsum


@program(A34, B45)
def einsum_matrix_product(a, b):
    return np.sum(W35 * np.einsum("ij,jk->ik", a, b) ** 2)


@program(X3, A34, X4)
def einsum_bilinear_form(x, a, y):
    return np.einsum("i,ij,j->", x, a, y) ** 2


@program(A34)
def einsum_sums(a):
    return np.einsum("ij->i", a**2) @ W3 + np.einsum("ij->j", a) @ W4 + np.einsum("ij->", a) ** 2


@program(SQUARE)
def einsum_trace_and_diagonal(a):
    return np.einsum("ii->", a) ** 2 + np.einsum("ii->i", a) ** 2 @ W3


@program(A34)
def einsum_transpose(a):
    return np.sum(W34.T * np.einsum("ij->ji", a) ** 2)


@program(STACK, STACK2)
def einsum_batched(a, b):
    return np.sum(W232 * np.einsum("bij,bjk->bik", a, b) ** 2)


@program(STACK, B45)
def einsum_ellipsis(a, b):
    return np.sum(W35 * np.einsum("...j,jk->...k", a, b) ** 2)


@program(X3, X4)
def einsum_outer(x, y):
    return np.sum(W34 * np.einsum("i,j->ij", x, y) ** 2)


@program(A34, A34 + 0.4)
def einsum_implicit_output(a, b):
    return np.sum(W33 * np.einsum("ij,kj", a, b) ** 2) + np.einsum("ij,ij", a, b)


@program(A34)
def einsum_same_operand(a):
    return np.sum(W33 * np.einsum("ij,kj->ik", a, a) ** 2)


@program(A34, X4)
def einsum_summed_axis_of_one_operand(a, x):
    return np.einsum("ij,k->k", a, x) @ W4**2 + np.einsum("ij,j->i", a, x**2) @ W3


# Quantities of one matrix


@program(SQUARE)
def trace(a):
    return np.trace(a @ a) + np.trace(a, offset=1) ** 2 + a.trace()


@program(SQUARE)
def trace_of_product(a):
    return np.trace(a.T @ W33 @ a)


@program(SQUARE)
def determinant(a):
    return np.linalg.det(a)


@program(SPD)
def log_determinant(a):
    sign, logdet = np.linalg.slogdet(a)
    return sign * logdet


@program(SQUARE)
def inverse(a):
    return np.sum(W33 * np.linalg.inv(a))


@program(SQUARE, X3)
def solve_vector(a, b):
    return W3 @ np.linalg.solve(a, b) ** 2


@program(SQUARE, A34)
def solve_matrix(a, b):
    return np.sum(W34 * np.linalg.solve(a, b) ** 2)


@program(SQUARE, X3)
def inverse_times_vector(a, b):
    return b @ np.linalg.inv(a) @ W3


@program(A34, X4)
def vector_norms(a, x):
    return (
        np.linalg.norm(x) ** 3 + np.linalg.norm(x, 1) + np.linalg.norm(x, ord=3) * np.linalg.norm(x, np.inf)
    )


@program(A34)
def norms_over_axes(a):
    return W3 @ np.linalg.norm(a, axis=1) ** 2 + np.linalg.norm(a, axis=0) @ W4 + np.linalg.norm(a)


@program(A34)
def norm_with_keepdims(a):
    return np.sum(W34 * a / np.linalg.norm(a, axis=1, keepdims=True))


@program(SPD)
def cholesky(a):
    return np.sum(W33 * np.linalg.cholesky(a))


@program(SYMMETRIC)
def symmetric_eigenvalues(a):
    return np.linalg.eigvalsh((a + a.T) / 2) ** 2 @ W3


@program(SYMMETRIC, order=1)
def symmetric_eigenvectors(a):
    values, vectors = np.linalg.eigh((a + a.T) / 2)
    return values @ W3 + np.sum(W33 * vectors**2)


@program(A34)
def singular_values(a):
    return np.linalg.svd(a, compute_uv=False) @ W3


@program(SQUARE, 3)
def matrix_power(a, n):
    return np.sum(W33 * np.linalg.matrix_power(0.2 * a, n))


@program(rng.normal(size=(5, 3)))
def pseudo_inverse(a):
    return np.sum(W35 * np.linalg.pinv(a))


@program(rng.normal(size=(5, 3)), rng.normal(size=5))
def least_squares(a, b):
    x = np.linalg.lstsq(a, b, rcond=None)[0]
    return W3 @ x**2


@program(rng.normal(size=(4, 3)))
def qr_decomposition(a):
    q, r = np.linalg.qr(a)
    return np.sum(W34.T * q**2) + np.sum(W33 * r**2)


# Small formulas of linear algebra


@program(SQUARE, X3)
def quadratic_form(a, x):
    return x @ a @ x


@program(SQUARE, X3)
def rayleigh_quotient(a, x):
    return (x @ a @ x) / (x @ x)


@program(SPD, X3, W3)
def gaussian_log_density(cov, x, mean):
    d = x - mean
    _, logdet = np.linalg.slogdet(cov)
    return -0.5 * (d @ np.linalg.solve(cov, d) + logdet + len(x) * np.log(2 * np.pi))


@program(rng.normal(size=(5, 3)), rng.normal(size=5), 0.4)
def ridge_regression(x, y, penalty):
    n = x.shape[1]
    w = np.linalg.solve(x.T @ x + penalty * np.eye(n), x.T @ y)
    r = x @ w - y
    return r @ r + w @ W3


@program(0.3, -0.7, 1.1)
def euler_angles(a, b, c):
    ca, sa, cb, sb = np.cos(a), np.sin(a), np.cos(b), np.sin(b)
    rx = np.array([[1.0, 0.0, 0.0], [0.0, ca, -sa], [0.0, sa, ca]])
    ry = np.array([[cb, 0.0, sb], [0.0, 1.0, 0.0], [-sb, 0.0, cb]])
    rz = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return W3 @ (rz @ ry @ rx @ np.array([1.0, 2.0, 3.0])) ** 2


@program(rng.normal(size=(3, 3)))
def determinant_by_cofactors(m):
    a, b, c = m[0]
    d, e, f = m[1]
    g, h, i = m[2]
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


@program(SQUARE * 0.2)
def matrix_exponential_series(a):
    term = np.eye(3)
    total = np.eye(3)
    for k in range(1, 6):
        term = term @ a / k
        total = total + term
    return np.sum(W33 * total)


@program(np.zeros((3, 3)) + np.outer(X3, W3), order=1)
def determinant_of_rank_one_matrix(a):
    return np.linalg.det(a) + np.sum(W33 * a**2)
