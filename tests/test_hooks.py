"""`adjoint_of`: statements of the user's in the reverse sweep."""

from __future__ import annotations

import numpy as np
import pytest

import s2sad
from s2sad import UnsupportedSyntax, adjoint_of, grad, jvp
from tests.numeric import assert_same, numerical_gradient

X = np.array([0.1, 1.0, 2.0])
W = np.array([1.0, -2.0, 3.0])


def clipped(x, w):
    y = np.sin(x) * w
    limit = 0.5
    with adjoint_of(y) as y_bar:
        y_bar = np.clip(y_bar, -limit, limit)
    return np.sum(y**2)


def test_the_adjoint_is_what_the_block_leaves():
    x_bar, w_bar = grad(clipped, (0, 1))(X, W)
    y_bar = np.clip(2 * np.sin(X) * W, -0.5, 0.5)
    assert np.allclose(x_bar, y_bar * W * np.cos(X)) and np.allclose(w_bar, y_bar * np.sin(X))


def test_a_block_that_only_looks_changes_nothing(capsys):
    def looked_at(x, n):
        for i in range(n):
            x = 0.5 * x + np.sin(x)
            with s2sad.adjoint_of(x) as x_bar:
                print(i, f"{x_bar:.3f}")
        return x

    slope = grad(looked_at)(1.0, 3)
    x1 = 0.5 + np.sin(1.0)
    x2 = 0.5 * x1 + np.sin(x1)
    after = 0.5 + np.cos(x2)
    assert capsys.readouterr().out == f"2 1.000\n1 {after:.3f}\n0 {after * (0.5 + np.cos(x1)):.3f}\n"
    assert_same(slope, numerical_gradient(looked_at, (1.0, 3), 0))


def test_the_block_sees_all_names_of_an_updated_array():
    def updated(x):
        a = 2 * x
        b = a
        a[0] = 3 * a[1]
        with adjoint_of(a) as a_bar:
            a_bar *= 2
        a[1] *= a[2]
        return np.sum(b * a)

    # with a = (6 x1, 4 x1 x2, 2 x2) in the end, the adjoint at the block is (2 a0, 2 a1 a2, 2 a1 a1' + 2 a2)
    a0, a1, a2 = 6 * X[1], 2 * X[1], 2 * X[2]
    bars = 2 * np.array([2 * a0, 2 * a1 * a2 * a2, 2 * a1 * a1 * a2 + 2 * a2])
    assert np.allclose(grad(updated)(X), [0.0, 2 * (bars[1] + 3 * bars[0]), 2 * bars[2]])


def test_forward_mode_passes_over_it():
    value, dot = jvp(clipped, (X, W), (np.ones(3), None))
    assert np.isclose(value, np.sum((np.sin(X) * W) ** 2))
    assert np.isclose(dot, np.sum(2 * np.sin(X) * W * np.cos(X) * W))


def test_a_call_of_the_function_itself_sees_zeros(capsys):
    def f(x):
        y = 2 * x
        with adjoint_of(y) as y_bar:
            print(y_bar)
        return y

    assert f(3.0) == 6.0 and capsys.readouterr().out == "0.0\n"


def test_a_variable_without_a_derivative_has_no_adjoint(capsys):
    def f(x):
        n = 3
        with adjoint_of(n) as n_bar:
            print(n_bar)
        return n * x

    assert grad(f)(2.0) == 3.0 and capsys.readouterr().out == ""


def unnamed(x):
    with adjoint_of(2 * x) as y_bar:
        print(y_bar)
    return x


def returning(x):
    with adjoint_of(x) as x_bar:
        return x_bar
    return x


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (unnamed, "`adjoint_of` needs a variable and a name for its adjoint"),
        (returning, "`return` in a block that runs in the reverse sweep"),
    ],
)
def test_refused(function, message):
    with pytest.raises(UnsupportedSyntax) as refusal:
        grad(function)(1.0)
    assert message in str(refusal.value) and refusal.value.where is not None and refusal.value.hint


def test_print_is_kept_in_gradients(capsys):
    def f(x):
        print("x is", x)
        return x * x

    assert grad(f)(3.0) == 6.0 and capsys.readouterr().out == "x is 3.0\n"
