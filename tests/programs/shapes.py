"""Programs that rearrange arrays and read parts of them."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(14)

VECTOR = rng.normal(size=6)
MATRIX = rng.normal(size=(3, 4))
SQUARE = rng.normal(size=(4, 4))
CUBE = rng.normal(size=(2, 3, 4))
W3 = np.array([1.1, -0.6, 0.8])
W4 = np.array([0.7, -1.3, 0.4, 1.9])
W6 = np.array([0.7, -1.3, 0.4, 1.9, -0.5, 0.2])
W12 = rng.normal(size=12)
W34 = rng.normal(size=(3, 4))
W44 = rng.normal(size=(4, 4))
W234 = rng.normal(size=(2, 3, 4))


# Shapes


@program(VECTOR)
def reshape_function_and_method(x):
    a = np.reshape(x, (2, 3))
    b = x.reshape(3, 2)
    c = x.reshape((-1, 2))
    return np.sum((a @ b) ** 2) + np.sum(c[1] * c[2] * np.array([1.0, -2.0]))


@program(MATRIX)
def ravel_and_flatten(x):
    return W12 @ np.ravel(x) ** 2 + W12 @ np.sin(x.ravel()) + W12 @ x.flatten() ** 3


@program(MATRIX)
def ravel_fortran_order(x):
    return W12 @ (np.ravel(x, order="F") ** 2) + np.sum(W34 * np.reshape(x, (3, 4), order="F"))


@program(MATRIX)
def transposes(x):
    return np.sum(W34.T * x.T**2) + np.sum(np.transpose(x) * np.sin(x.transpose()) * W34.T)


@program(CUBE)
def transpose_with_axes(x):
    a = np.transpose(x, (2, 0, 1))
    b = x.transpose(1, 2, 0)
    return np.sum(np.transpose(W234, (2, 0, 1)) * a**2) + np.sum(b[0] * W34[:2].T)


@program(CUBE)
def swapaxes_and_moveaxis(x):
    a = np.swapaxes(x, 0, 2)
    b = np.moveaxis(x, 0, -1)
    c = x.swapaxes(1, -1)
    return np.sum(W234 * np.swapaxes(a, 0, 2) ** 2) + np.sum(b[:, :, 0] * W34) + np.sum(c[1] ** 3 * W34.T)


@program(VECTOR)
def expand_dims_and_squeeze(x):
    a = np.expand_dims(x, 0)
    b = np.expand_dims(x, axis=-1)
    c = np.squeeze(a * b, axis=None)
    return W6 @ c @ W6 + np.sum(W6 * np.squeeze(a) ** 2) + np.sum(b.squeeze(axis=1) * W6)


@program(VECTOR[:4])
def broadcast_to(x):
    return np.sum(W34 * np.broadcast_to(x, (3, 4)) ** 2)


@program(VECTOR[:3], VECTOR[2:])
def meshgrid(x, y):
    a, b = np.meshgrid(x, y)
    return np.sum(W34.T * np.sin(a) * b**2)


@program(VECTOR)
def atleast_dimensions(x):
    return np.sum(np.atleast_2d(x) ** 2 @ W6) + np.sum(np.atleast_1d(x[0]) * x[1])


# Joining and splitting


@program(VECTOR[:2], VECTOR[2:])
def concatenate_vectors(x, y):
    return W6 @ np.concatenate([x**2, y]) ** 2 + W6 @ np.concatenate((y, x))


@program(MATRIX, SQUARE)
def concatenate_along_axes(x, y):
    a = np.concatenate([x, y], axis=0)
    b = np.concatenate([x.T, y], axis=1)
    return np.sum(a @ W4) ** 2 + np.sum(W4 @ np.sin(b))


@program(VECTOR, 0.4)
def concatenate_with_constants(x, a):
    padded = np.concatenate(([a], x, np.zeros(2), [1.0]))
    return np.sum(np.arange(10.0) * padded**2)


@program(VECTOR[:4], VECTOR[1:5])
def stack_along_axes(x, y):
    a = np.stack([x, y, x * y])
    b = np.stack((x, y), axis=-1)
    return np.sum(W34 * a**2) + np.sum(W44[:, :2] * np.sin(b))


@program(VECTOR[:4], MATRIX)
def vstack_and_hstack(x, y):
    a = np.vstack([x, y])
    b = np.hstack([x, y[0], y[1] ** 2])
    c = np.hstack([y, y * 2.0])
    return np.sum(W44 * a**2) + W12 @ b + np.sum(c[:, 2:6] * W34)


@program(VECTOR[:4], VECTOR[2:])
def column_stack(x, y):
    return np.sum(W44[:, :3] * np.column_stack([x, y, x * y]) ** 2)


@program(MATRIX[:2, :2], MATRIX[1:, 2:])
def block_matrix(a, b):
    m = np.block([[a, b], [b.T, a @ b]])
    return np.sum(W44 * m**2)


@program(VECTOR, 0.7)
def append_function(x, a):
    return np.arange(7.0) @ np.append(x, a**2)


@program(VECTOR)
def split_into_parts(x):
    a, b, c = np.split(x, 3)
    d, e = np.split(x, [2])
    return a @ b * c[0] + d[1] * np.sum(e**2)


@program(CUBE)
def split_along_axis(x):
    left, right = np.split(x, 2, axis=2)
    return np.sum(W234[:, :, :2] * left * right**2)


@program(VECTOR[:4])
def tile(x):
    return np.sum(W34 * np.tile(x, (3, 1)) ** 2) + W12 @ np.tile(np.sin(x), 3)


@program(MATRIX[:, :2])
def repeat(x):
    a = np.repeat(x, 2, axis=1)
    b = np.repeat(x, 2)
    c = x.repeat(np.array([2, 0, 1]), axis=0)
    return np.sum(W34 * a**2) + W12 @ b + np.sum(c**3)


@program(VECTOR, MATRIX)
def roll(x, y):
    a = np.roll(x, 2)
    b = np.roll(y, -1, axis=1)
    return np.sum(W6 * x * a) + np.sum(W34 * y * b**2)


@program(MATRIX)
def flips(x):
    return (
        np.sum(W34 * np.flip(x) * x)
        + np.sum(W34 * np.flip(x, axis=0) ** 2)
        + np.sum(W34 * np.fliplr(x) * np.flipud(x))
    )


@program(VECTOR)
def differences(x):
    return np.sum(W6[1:] * np.diff(x) ** 2) + np.sum(W6[2:] * np.diff(x, n=2) * x[2:])


@program(MATRIX)
def differences_along_axis(x):
    return np.sum(np.diff(x, axis=0) ** 2 @ W4) + np.sum(np.diff(x, axis=-1) ** 3)


@program(SQUARE)
def triangles(x):
    return np.sum(W44 * np.triu(x) ** 2) + np.sum(W44 * np.tril(x, -1) * x.T) + np.sum(np.triu(x, k=1))


@program(SQUARE, VECTOR[:4])
def diagonals(x, d):
    return W4 @ np.diag(x) ** 2 + np.sum(W44 * np.diag(d) @ x) + np.sum(np.diag(x, 1) * np.diagonal(x)[1:])


@program(np.array([0.4, -1.2, 0.9, 2.2, -0.3, 0.1]))
def sort_and_argsort(x):
    return W6 @ np.sort(x) ** 2 + W6 @ x[np.argsort(x)[::-1]]


@program(MATRIX)
def sort_along_axes(x):
    return np.sum(W34 * np.sort(x, axis=0) ** 2) + np.sum(W34 * np.sort(x))


@program(VECTOR)
def pad_with_zeros(x):
    return np.sum(np.arange(9.0) * np.pad(x, (1, 2)) ** 2) + np.sum(np.pad(x, 1, mode="edge") ** 2)


@program(VECTOR[:3])
def rotation_by_90(x):
    m = np.outer(x, W4)
    return np.sum(W34.T * np.rot90(m) ** 2)


@program(VECTOR)
def convolution(x):
    k = x[:3] * 0.5
    return np.sum(np.convolve(x, k) ** 2) + W6 @ np.convolve(x, k, mode="same")


# Reading by basic indices


@program(VECTOR, order=3)
def integer_indices(x):
    return x[0] * x[-1] + np.sin(x[2]) * x[-3] ** 2


@program(MATRIX)
def matrix_indices(x):
    return x[0, 0] * x[2, 3] + x[-1, -2] ** 2 * x[1][2]


@program(VECTOR)
def slices(x):
    return np.sum(x[1:4] * x[:3] ** 2) + np.sum(x[-2:] * x[2:4])


@program(VECTOR)
def slices_with_steps(x):
    return np.sum(x[::2] * x[1::2] ** 2) + np.sum(x[::-1] * W6) ** 2 + np.sum(x[4:0:-2])


@program(VECTOR, 1, 4)
def slices_with_variable_bounds(x, a, b):
    n = len(x)
    return np.sum(x[a:b] ** 2) * x[b - a] + np.sum(x[n - b : n - a] ** 3) + x[slice(a, b)] @ W3


@program(MATRIX)
def rows_and_columns(x):
    return x[0] @ x[1] + x[:, 0] @ x[:, 1] + np.sum(x[1, 1:] * x[2, :-1])


@program(CUBE)
def ellipsis_reads(x):
    return np.sum(x[..., 0] * x[..., 1] ** 2) + np.sum(x[0, ..., 2] * W3) + np.sum(W234 * x[...] ** 2)


@program(VECTOR)
def newaxis_reads(x):
    return np.sum(np.outer(W6, W6 + 1) * x[:, None] ** 2 * x[np.newaxis, :])


@program(CUBE)
def slices_of_cube(x):
    return np.sum(x[:, 1:, ::2] ** 2 * x[:, :2, 1::2]) + np.sum(x[1, :, -1] * W3)


@program(MATRIX)
def chained_indices(x):
    return x[1:][0][2] ** 2 + x.T[1][2] * x[::-1, 1][0] + x[0][1:][::2] @ W4[:2]


@program(VECTOR)
def index_in_a_loop(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += (x[i + 1] - x[i] ** 2) ** 2
    return total


@program(MATRIX, (1, 2))
def index_by_tuple(x, at):
    i, j = at
    return x[at] * x[i, j - 1] + x[(0, 3)] ** 2


# Reading by arrays


@program(VECTOR)
def boolean_mask_reads(x):
    y = x[x > -0.2]
    return np.sum(y**2) * np.mean(x[W6 > 0])


@program(MATRIX)
def boolean_mask_of_matrix(x):
    return np.sum(x[W34 > 0] ** 3) + np.sum(x[np.array([True, False, True])] @ W4) ** 2


@program(VECTOR)
def index_array_with_repeats(x):
    idx = np.array([0, 2, 2, 5, 0, 2])
    return np.sum(W6 * x[idx] ** 2) + np.sum(x[[1, 1, 3]] * W3) ** 2


@program(MATRIX)
def index_array_of_rows(x):
    return np.sum(W44[:, :] * x[[0, 2, 2, 1]] ** 2)


@program(MATRIX)
def two_index_arrays(x):
    rows = np.array([0, 2, 0])
    cols = np.array([3, 1, 3])
    return W3 @ x[rows, cols] ** 2 + np.sum(x[rows][:, cols] ** 3)


@program(MATRIX)
def mixed_indices(x):
    idx = np.array([1, 3, 1])
    return np.sum(W3 * x[0, idx] ** 2) + np.sum(x[1:, idx] ** 2 @ W3) + np.sum(x[idx[:1], ::2])


@program(CUBE)
def mixed_indices_of_cube(x):
    i = np.array([0, 1, 1])
    return np.sum(W34 * x[i, 1] ** 2) + np.sum(x[i, :, np.array([0, 3, 3])] * W34[:, 1:] ** 2)


@program(VECTOR)
def two_dimensional_index_array(x):
    idx = np.array([[0, 1, 1, 5], [3, 2, 0, 0], [4, 4, 4, 1]])
    return np.sum(W34 * np.sin(x[idx]) * x[idx])


@program(MATRIX, np.array([1, 0, 3]))
def labels_pick_columns(x, labels):
    return W3 @ x[np.arange(len(labels)), labels] ** 2


@program(VECTOR, MATRIX)
def take_functions(x, y):
    a = np.take(x, [0, 3, 3])
    b = np.take(y, [1, 1, 0], axis=1)
    c = np.take_along_axis(y, np.argsort(y, axis=1), axis=1)
    return W3 @ a**2 + np.sum(W34[:, 1:] * b**2) + np.sum(W34 * c)


@program(SQUARE)
def triangle_indices(x):
    i, j = np.triu_indices(4, 1)
    return W6 @ x[i, j] ** 2 + x[np.tril_indices(4, -1)] @ W6


@program(VECTOR)
def nonzero_indices(x):
    (idx,) = np.nonzero(x > 0)
    return np.sum(x[idx] ** 2) + np.sum(x[np.where(x < 0)] ** 3)


@program(VECTOR)
def gather_with_computed_indices(x):
    n = len(x)
    idx = (3 * np.arange(n) + 1) % n
    return np.sum(W6 * x[idx] * x)


@program(SQUARE)
def antisymmetric_part(x):
    a = (x - x.T) / 2
    return np.sum(W44 * a**2 * x)


@program(VECTOR)
def circulant_matrix(x):
    n = len(x)
    m = np.array([np.roll(x, k) for k in range(n)])
    return W6 @ m @ np.sin(x)


@program(VECTOR)
def vandermonde_by_hand(x):
    v = x[:, None] ** np.arange(4)
    return W6 @ v @ W4


@program(MATRIX)
def moving_average(x):
    y = (x[:, :-2] + x[:, 1:-1] + x[:, 2:]) / 3
    return np.sum(W34[:, :2] * y**2)


@program(rng.normal(size=(5, 5)))
def laplacian_of_image(u):
    lap = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]
    return np.sum(W34[:, :3] * lap**2)


@program(MATRIX)
def unpack_rows(x):
    a, b, c = x
    return np.sum(a * b * c) + a[0] * c @ W4


@program(VECTOR)
def finite_gradient(x):
    return np.sum(W6 * np.gradient(x) ** 2)
