"""Library functions that write into arrays: what cannot be followed is refused, at the user's line, with a way out."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import grad
from s2sad.errors import S2sadError, UnsupportedSyntax
from tests.frontend.test_refused import refusal

VECTOR = np.array([1.0, -2.0, 3.0, 0.5])
MATRIX = np.arange(12.0).reshape(3, 4)


def out_that_is_an_input(x):
    np.concatenate((x[2:], x[:2]), out=x)  # refused
    return np.sum(x)


def out_of_integers(x):
    n = np.zeros(4, dtype=int)
    np.add(x, 1.0, out=n)  # refused
    return np.sum(n * x)


def out_of_an_unknown_function(x):
    noise = np.empty(4)
    np.random.default_rng(0).random(out=noise)  # refused
    return np.sum(noise * x)


def mask_without_out(x):
    return np.sum(np.add(x, x[:, None], where=x > 0))  # refused


def changed_type(x):
    return np.sum(np.add(x, x, dtype=np.float32))  # refused


def place_from_itself(x):
    np.place(x, x > 0, x)  # refused
    return np.sum(x)


def flat_from_a_view(x):
    x.flat[1:] = x[:-1]  # refused
    return np.sum(x)


def wrapped_diagonal(x):
    a = np.zeros((8, 3))
    np.fill_diagonal(a, x[0], wrap=True)  # refused
    return np.sum(a)


def unbuffered_rows_of_slices(x):
    a = np.outer(x, x)
    np.multiply.at(a, (slice(None), [0, 0, 1]), 2.0)  # refused
    return np.sum(a)


def reduced_in_parts(x):
    return np.sum(np.multiply.reduceat(x, [0, 2]) ** 2)  # refused


def powers_so_far(x):
    return np.sum(np.power.accumulate(x))  # refused


def resized(x):
    y = x * 2.0
    y.resize(6)  # refused
    return np.sum(y)


def locked(x):
    y = x * 2.0
    y.setflags(write=False)  # refused
    return np.sum(y)


def swapped_bytes(x):
    y = x * 2.0
    y.byteswap(inplace=True)  # refused
    return np.sum(y)


def item_set(x):
    x.itemset(0, 2.0)  # refused
    return np.sum(x)


def shape_of_an_argument(x):
    x.shape = (2, 2)  # refused
    return np.sum(x)


def shape_of_an_item(x):
    y = x * 2.0
    arrays = [y]
    y.shape = (2, 2)  # refused
    return np.sum(arrays[0])


def type_assigned(x):
    y = x * 2.0
    y.dtype = float  # refused
    return np.sum(y)


def imaginary_part_of_a_real_array(x):
    x.imag = 1.0  # refused
    return np.sum(x)


def iterator_of_numpy(x):
    total = 0.0
    for v in np.nditer(x):  # refused
        total += v**2
    return total


def directive_in_brackets(x):
    return np.sum(np.r_["0,2", x, x])  # refused


def shuffled_list(x):
    values = list(x)
    np.random.default_rng(0).shuffle(values)  # refused
    return values[0]


def permuted(x):
    np.random.default_rng(0).permuted(x, out=x)  # refused
    return x[0]


def added_to_what(x):
    noise = np.random.default_rng(0).normal(size=4)
    noise.__iadd__(1.0)  # refused
    return np.sum(noise * x)


@pytest.mark.parametrize(
    ("function", "message", "hint"),
    [
        (out_that_is_an_input, "`np.concatenate` writes to an array that it reads", "an `out` of its own"),
        (out_of_integers, "NumPy writes no result of `np.add` to an array of this type", "floats"),
        (out_of_an_unknown_function, "what `random` writes to its `out` cannot be followed", "`x[...]`"),
        (mask_without_out, "`where` of `np.add` without `out` cannot be differentiated here", "`out`"),
        (changed_type, "`dtype` of `np.add` changes the type of its result", "`.astype(dtype)`"),
        (place_from_itself, "`np.place` reads the array that it writes", "a copy of the values"),
        (flat_from_a_view, "`.flat` is assigned from a view of the same array", "a copy"),
        (wrapped_diagonal, "`np.fill_diagonal` with `wrap` cannot be differentiated", "`x[i, j]`"),
        (unbuffered_rows_of_slices, "`np.multiply.at` is differentiated for", "a loop over the indices"),
        (reduced_in_parts, "`np.multiply.reduceat` cannot be differentiated", "a loop"),
        (powers_so_far, "`np.power.accumulate` cannot be differentiated", "a loop"),
        (resized, "the method `resize` cannot be differentiated", "`np.concatenate`"),
        (locked, "the method `setflags` cannot be differentiated", "leave it out"),
        (swapped_bytes, "the method `byteswap` cannot be differentiated", "native byte order"),
        (item_set, "the method `itemset` cannot be differentiated", "`x[i]`"),
        (
            shape_of_an_argument,
            "the shape of an array that was not made here is assigned",
            "x.reshape(shape)",
        ),
        (shape_of_an_item, "the shape of an array that a container may hold is assigned", "x.reshape(shape)"),
        (type_assigned, "the attribute `dtype` of an array is assigned", "`x.astype(dtype)`"),
        (
            imaginary_part_of_a_real_array,
            "`imag` of an array that is not known to be complex",
            "complex first",
        ),
        (iterator_of_numpy, "`np.nditer` cannot be differentiated", "np.ndindex(x.shape)"),
        (directive_in_brackets, "a directive in `np.r_` cannot be followed", "`np.concatenate`"),
        (shuffled_list, "this `shuffle` cannot be differentiated", "permutation"),
        (permuted, "what `permuted` writes to its `out` cannot be followed", "`x[...]`"),
        (added_to_what, "it is not known whether this updates an array or a number", "`x[...]`"),
    ],
)
def test_refused_at_its_line(function, message, hint):
    error = refusal(function, VECTOR)
    assert isinstance(error, UnsupportedSyntax)
    assert message in error.message
    assert hint in error.hint
    assert "# refused" in error.where.text


def test_unknown_writers_are_refused():
    ndimage = pytest.importorskip("scipy.ndimage")

    def smoothed(x):
        table = np.ones(4)
        ndimage.uniform_filter(np.arange(4.0), 3, output=table)
        return np.sum(table * x)

    with pytest.raises(S2sadError, match=r"what `.*uniform_filter` writes to its `output`"):
        grad(smoothed)(VECTOR)


def test_nothing_is_computed_outside_the_mask():
    def quotients(x, y):
        return np.sum(np.divide(x, y, out=np.zeros_like(x), where=y != 0))

    y = np.array([2.0, 0.0, 4.0, 0.0])
    with np.errstate(all="raise"):
        x_bar, y_bar = grad(quotients, (0, 1))(VECTOR, y)
    np.testing.assert_allclose(x_bar, [0.5, 0.0, 0.25, 0.0])
    np.testing.assert_allclose(y_bar, [-0.25, 0.0, -0.1875, 0.0])


def test_constants_that_are_updated_by_functions_keep_their_old_values_for_the_reverse_sweep():
    def weighted(x):
        weights, order, total = np.ones(4), np.arange(4), 0.0
        generator = np.random.default_rng(1)
        for i in range(3):
            total += np.sum(weights * x**2) * x[order[0]]
            np.multiply(weights, 2.0, out=weights)
            np.put(weights, [i], 5.0)
            weights.flat[i + 1] *= 3.0
            generator.shuffle(order)
        return total

    step = 1e-6
    slopes = [(weighted(VECTOR + d) - weighted(VECTOR - d)) / (2 * step) for d in step * np.eye(4)]
    np.testing.assert_allclose(grad(weighted)(VECTOR), slopes, rtol=1e-6)


def test_flat_places_of_a_matrix_are_indices():
    def corner(a):
        a.flat[5] = a[0, 0] ** 2
        return np.sum(a)

    text = grad(corner).source_for(MATRIX)
    assert "a[5 // n, 5 % n]" in text
