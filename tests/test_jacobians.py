"""Jacobians and Hessians: the numbers against numerical differentiation, and against JAX where it is installed."""

from __future__ import annotations

import copy
import doctest
import math
import pickle
import types
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from s2sad import ArgumentTypeError, NonScalarResult, S2sadError, grad, hessian, jacfwd, jacobian, jacrev
from s2sad.testing import numerical_jacobian
from s2sad.trees import float_leaves

X = np.array([0.7, -1.3, 2.1])
Y = np.array([0.4, 1.9, -0.6])
A = np.array([[2.0, 0.3, -0.5], [0.1, 1.7, 0.4], [-0.2, 0.6, 1.5]])
T = np.arange(1.0, 13.0).reshape(2, 3, 2) / 7

# ---- functions: name -> (function, arguments, argnums); those that JAX can do are marked ------------------------


class Point(NamedTuple):
    x: float
    y: np.ndarray


@dataclass
class Layer:
    weights: np.ndarray
    bias: float
    name: str


def square(x):
    return x**2


def curve(t):
    return np.array([np.cos(t), np.sin(t), t])


def total(x):
    return np.sum(x**3)


def elementwise(x):
    return np.sin(x) * x + np.exp(-x)


def affine(A, x):
    return A @ x + 1.0


def quadratic(A):
    return A @ A.T


def outer_and_inner(x, y):
    return np.outer(x, y), np.inner(x, y)


def broadcasting(x, A):
    return x[:, None] * A + x


def indexing(A):
    return A[0] * A[:, 1], A[1:, ::2], A[[0, 2, 2]], A[A > 0.2]


def contraction(A, x):
    return np.einsum("ij,j->i", A, x)


def solved(A, x):
    return np.linalg.solve(A, x)


def inverse(A):
    return np.linalg.inv(A)


def determinants(A):
    return np.linalg.det(A), np.linalg.slogdet(A)[1]


def cholesky(A):
    return np.linalg.cholesky(A @ A.T + np.eye(3))


def eigenvalues(A):
    return np.linalg.eigvalsh(A + A.T)


def spectrum(x):
    return np.abs(np.fft.fft(x)) ** 2


def filtered(x):
    return np.real(np.fft.ifft(np.fft.fft(x) * np.arange(3.0)))


def reductions(A):
    return (
        np.sum(A, axis=0),
        np.mean(A, axis=1),
        np.max(A, axis=-1),
        np.prod(A, axis=0, keepdims=True),
        np.var(A),
    )


def norms(A):
    return np.linalg.norm(A, axis=1), np.linalg.norm(A)


def rearranged(T):
    return (
        np.transpose(T, (2, 0, 1)),
        T.reshape(4, 3),
        np.flip(T, 1),
        np.roll(T, 1, axis=2),
        np.swapaxes(T, 0, 2),
    )


def joined(x, y):
    return np.concatenate((x, y * x)), np.stack([x, y], axis=1), np.array([[x[0], y[1]], [1.0, x[2] * y[2]]])


def running(x):
    return np.cumsum(x), np.diff(x * x), np.cumprod(x)


def choices(x):
    return np.where(x > 0, x**2, -x), np.maximum(x, 0.5), np.clip(x, -1.0, 1.0)


def constant_part(x):
    return np.ones((2, 2)), x


def complex_result(x):
    return x * (1.0 + 2.0j)


def mean_of_squares(p):
    return {"mean": np.mean(p["x"]), "parts": [p["y"] ** 2, (p["x"] * p["y"],)]}


JAX_CAN = {
    "square": (square, (1.5,), 0),
    "curve": (curve, (0.7,), 0),
    "total": (total, (X,), 0),
    "elementwise": (elementwise, (X,), 0),
    "affine": (affine, (A, X), (0, 1)),
    "quadratic": (quadratic, (A,), 0),
    "outer_and_inner": (outer_and_inner, (X, Y), (0, 1)),
    "broadcasting": (broadcasting, (X, A), (1, 0)),
    "contraction": (contraction, (A, X), (0, 1)),
    "solved": (solved, (A, X), (0, 1)),
    "inverse": (inverse, (A,), 0),
    "determinants": (determinants, (A,), 0),
    "cholesky": (cholesky, (A,), 0),
    "eigenvalues": (eigenvalues, (A,), 0),
    "spectrum": (spectrum, (X,), 0),
    "filtered": (filtered, (X,), 0),
    "reductions": (reductions, (A,), 0),
    "norms": (norms, (A,), 0),
    "rearranged": (rearranged, (T,), 0),
    "joined": (joined, (X, Y), (0, 1)),
    "running": (running, (X,), 0),
    "choices": (choices, (X,), 0),
    "mean_of_squares": (mean_of_squares, ({"x": X, "y": 0.5},), 0),
    "constant_part": (constant_part, (X,), 0),
}


def helper(u, scale):
    u = u.copy()
    u[0] *= scale
    return u * np.sum(u)


def with_helper(x, a):
    return helper(x, a) + helper(x[::-1], 2.0)


def heat(u, steps):
    for _ in range(steps):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return u


def elimination(A):
    n = len(A)
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    return A


def views(x):
    y = np.zeros((2, 3))
    row = y[1]
    row[:] = x**2
    y.T[0] = x[0]
    y[:, 1:][0, 1] = x[2] ** 3
    return y


def branches(x):
    y = []
    for value in x:
        if value > 0:
            y.append(value**2)
        else:
            y.append(math.sin(value))
    return y


def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


def recursive(x, n):
    return x if n == 0 else recursive(x * np.sin(x), n - 1)


def attempts(x):
    try:
        y = np.linalg.inv(np.outer(x, x) * 0.0)
    except np.linalg.LinAlgError:
        y = np.outer(x, x)
    return y


def function_at_run_time(x, f):
    return f(x) * x


def named(p):
    return Point(p.x * 2.0, p.y * p.x)


def layered(layers, x):
    for layer in layers:
        x = np.tanh(layer.weights @ x + layer.bias)
    return x


def counts(x, n):
    return {"n": n, "x": x * n, "name": "text"}


def starred(*xs):
    return xs[0] * xs[1]


def keyword(x, *, scale=2.0):
    return scale * x


def apart(T):
    return T[0, :, [0, 1]], T[np.array([1, 0]), 1:]


def buffer_of_unknown_kind(x):
    y = np.ndarray(3)
    y[:] = x**2
    y[0] = x[1]
    return y


def in_order(x):
    return np.sort(x), np.argsort(x), x[np.argmax(x)]


def singular(x):
    return np.array([np.sqrt(x[0]) * 0.0 + x[1], x[1] ** 0.5])


F32 = np.array([0.5, 1.5], np.float32)

FUNCTIONS = {
    **JAX_CAN,
    "indexing": (indexing, (A,), 0),
    "complex_result": (complex_result, (X,), 0),
    "with_helper": (with_helper, (X, 1.5), (0, 1)),
    "heat": (heat, (np.linspace(0.0, 1.0, 5) ** 2, 3), 0),
    "elimination": (elimination, (A,), 0),
    "views": (views, (X,), 0),
    "branches": (branches, ([0.5, -0.7, 1.2],), 0),
    "newton": (newton, (2.0,), 0),
    "recursive": (recursive, (X, 2), 0),
    "attempts": (attempts, (X,), 0),
    "function_at_run_time": (function_at_run_time, (X, elementwise), 0),
    "named": (named, (Point(2.0, X),), 0),
    "layered": (layered, ([Layer(A, 0.3, "first"), Layer(-A, 0.1, "second")], X), (0, 1)),
    "counts": (counts, (X, 2), 0),
    "starred": (starred, (2.0, X, "text"), (1, 0)),
    "keyword": (keyword, (X,), "x"),
    "apart": (apart, (T,), 0),
    "buffer_of_unknown_kind": (buffer_of_unknown_kind, (X,), 0),
    "in_order": (in_order, (X,), 0),
    "square of float32": (square, (F32,), 0),
    "broadcasting of float32": (broadcasting, (F32, F32[:, None]), (0, 1)),
    "float32 number": (square, (np.float32(1.5),), 0),
    "0-d": (square, (np.array(1.5),), 0),
    "curve in 0-d": (curve, (np.array(0.7),), 0),
    "empty": (square, (np.zeros(0),), 0),
    "empty rows": (square, (np.zeros((0, 3)),), 0),
    "outer with empty": (outer_and_inner, (np.zeros(0), np.zeros(0)), (0, 1)),
    "one entry": (elementwise, (np.array([0.5]),), 0),
}


def table(functions):
    return pytest.mark.parametrize("name", list(functions))


def assert_jacobian(actual, expected, rtol=1e-6, atol=1e-7):
    """Compare Jacobians: structure, shapes, numbers."""
    found, wanted = dict(float_leaves(actual)), dict(float_leaves(expected))
    assert list(found) == list(wanted)
    for path, leaf in wanted.items():
        assert np.shape(found[path]) == np.shape(leaf), path
        np.testing.assert_allclose(found[path], leaf, rtol, atol, err_msg=str(path))


# ---- against numerical differentiation --------------------------------------------------------------------------


@pytest.mark.parametrize("operator", [jacfwd, jacrev, jacobian])
@table(FUNCTIONS)
def test_jacobian(name, operator):
    function, args, argnums = FUNCTIONS[name]
    if name == "complex_result" and operator is jacrev:
        with pytest.raises(ArgumentTypeError, match="is complex"):
            jacrev(function)(*args)
        return
    given = copy.deepcopy(args)
    found = operator(function, argnums)(*given)
    is_single = "32" in name
    rtol, atol = (1e-2, 1e-2) if is_single else (1e-6, 1e-7)
    assert_jacobian(found, numerical_jacobian(function, argnums)(*args), rtol, atol)
    for (_, before), (_, after) in zip(float_leaves(args), float_leaves(given), strict=True):
        assert np.array_equal(before, after), "an argument was changed"
    if is_single:
        assert all(np.asarray(leaf).dtype == np.float32 for _, leaf in float_leaves(found))


def cubic(x):
    return np.sum(x**3) * x[0]


def interaction(x, a):
    return np.sum(np.sin(a * x)) ** 2


def of_matrix(A):
    return np.sum(np.linalg.inv(A) ** 2) + np.trace(A @ A @ A)


def of_dict(p):
    return p["a"] * np.sum(p["b"] ** 3) + np.exp(p["a"])


def loop(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def in_place(x):
    for i in range(1, len(x)):
        x[i] = x[i] * x[i - 1] ** 2
    return np.sum(x)


HESSIANS = {
    "number": (lambda x: x**4, (1.5,), 0),
    "cubic": (cubic, (X,), 0),
    "interaction": (interaction, (X, 0.5), (0, 1)),
    "of_matrix": (of_matrix, (A,), 0),
    "of_dict": (of_dict, ({"a": 0.5, "b": X},), 0),
    "loop": (loop, (X,), 0),
    "in_place": (in_place, (X,), 0),
}


@table(HESSIANS)
def test_hessian(name):
    function, args, argnums = HESSIANS[name]
    first = grad(function, argnums)
    assert_jacobian(hessian(function, argnums)(*args), numerical_jacobian(first, argnums)(*args))


@pytest.mark.parametrize("outer", [jacfwd, jacrev, jacobian])
@pytest.mark.parametrize("inner", [jacfwd, jacrev, jacobian, hessian, grad])
def test_nested(outer, inner):
    first = inner(cubic)
    assert_jacobian(outer(first)(X), numerical_jacobian(first)(X))


def test_three_times():
    second = jacfwd(jacfwd(elementwise))
    assert_jacobian(jacfwd(second)(X), numerical_jacobian(second)(X))


def test_nested_over_containers():
    first = jacfwd(mean_of_squares)
    assert_jacobian(jacfwd(first)({"x": X, "y": 0.5}), numerical_jacobian(first)({"x": X, "y": 0.5}))


laplacian_of = hessian(cubic)


def laplacian(x):
    return np.trace(laplacian_of(x)) + np.sum(jacrev(lambda u: u**2 * x[0])(x))


def test_inside_a_function_that_is_differentiated():
    assert_jacobian(grad(laplacian)(X), numerical_jacobian(laplacian)(X))
    assert_jacobian(hessian(laplacian)(X), numerical_jacobian(grad(laplacian))(X), rtol=1e-5, atol=1e-5)


def test_a_zero_tangent_kills_an_infinite_slope():
    found = jacfwd(singular)(np.array([1.0, 0.0]))
    assert found[0].tolist() == [0.0, 1.0]
    assert found[1].tolist() == [0.0, np.inf]


def test_empty_argument_of_a_function_with_a_result():
    assert jacfwd(lambda x, y: np.outer(y, y) + np.sum(x))(np.zeros(0), X).shape == (3, 3, 0)
    assert jacrev(lambda x, y: np.outer(y, y) + np.sum(x))(np.zeros(0), X).shape == (3, 3, 0)


# ---- the text ---------------------------------------------------------------------------------------------------


def test_all_columns_at_once():
    assert jacfwd(affine, 1).source_for(A, X) == (
        "def affine_jacfwd(A, x):\n"
        "    n = len(x)\n"
        "    x_dot = np.eye(n)\n"
        "    return np.moveaxis(x_dot @ A.T, 0, -1)\n"
    )


def test_updates_behind_the_first_axis():
    text = jacfwd(heat).source_for(np.zeros(5), 3)
    assert "u_dot[:, 1:-1] += 0.1 * (u_dot[:, 2:] - 2 * u_dot[:, 1:-1] + u_dot[:, :-2])" in text


def test_source_is_that_of_the_last_call():
    by_columns, by_rows = jacfwd(square), jacrev(square)
    by_columns(X)
    by_rows(X)
    assert "np.eye" in by_columns.source and "square_backward" in by_rows.source
    fallback = jacfwd(buffer_of_unknown_kind)
    fallback(X)
    assert "buffer_of_unknown_kind_jvp(" in fallback.source


# ---- holomorphic functions --------------------------------------------------------------------------------------


def holomorphic(z):
    return z**2 * np.exp(z)


@pytest.mark.parametrize("operator", [jacfwd, jacrev, jacobian])
def test_holomorphic(operator):
    z = np.array([1.0 + 1.0j, 2.0 - 0.5j])
    found = operator(holomorphic, holomorphic=True)(z)
    assert_jacobian(found, numerical_jacobian(holomorphic)(z))
    with pytest.raises(ArgumentTypeError, match="is complex"):
        operator(holomorphic)(z)
    with pytest.raises(ArgumentTypeError, match="is real"):
        operator(holomorphic, holomorphic=True)(X)
    with pytest.raises(ArgumentTypeError, match="not holomorphic"):
        operator(np.abs, holomorphic=True)(z)


# ---- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operator", [jacfwd, jacrev, jacobian])
@pytest.mark.parametrize("bad", [3, np.arange(3), True, "text", [1, 2]])
def test_arguments_without_derivative(operator, bad):
    with pytest.raises(ArgumentTypeError):
        operator(square)(bad)


def test_refusals():
    with pytest.raises(NonScalarResult):
        hessian(square)(X)
    with pytest.raises(TypeError, match="needs a function"):
        jacfwd(3)
    with pytest.raises(ArgumentTypeError):
        jacfwd(square, 1)(X)
    with pytest.raises(S2sadError):
        jacfwd(lambda x: np.sign(x) + eval("x"))(X)


# ---- they are functions -----------------------------------------------------------------------------------------


@jacfwd(argnums=1, has_aux=True)
def decorated(a, x):
    """Scale."""
    return a * x**2, {"a": a}


def test_decorator_with_auxiliary_output():
    found, aux = decorated(2.0, X)
    assert_jacobian(found, np.diag(4.0 * X))
    assert aux == {"a": 2.0}
    assert pickle.loads(pickle.dumps(decorated)) is decorated


@pytest.mark.parametrize("operator", [jacfwd, jacrev, jacobian])
def test_auxiliary_output(operator):
    def function(x):
        return x**2, ("aux", 3)

    found, aux = operator(function, has_aux=True)(X)
    assert_jacobian(found, np.diag(2.0 * X))
    assert aux == ("aux", 3)


def test_auxiliary_output_of_a_hessian():
    found, aux = hessian(lambda x: (np.sum(x**3), "aux"), has_aux=True)(X)
    assert_jacobian(found, np.diag(6.0 * X))
    assert aux == "aux"


@pytest.mark.parametrize("operator", [jacfwd, jacrev, jacobian, hessian])
def test_copies(operator):
    function = cubic if operator is hessian else square
    made = operator(function)
    for other in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made), copy.copy(made)):
        assert_jacobian(other(X), made(X))
        assert other == made and hash(other) == hash(made)
    assert made.__name__ == f"{function.__name__}_{operator.__name__}"
    assert function.__name__ in made.__doc__
    assert str(made.__signature__) == "(x)"
    assert operator.__name__ in repr(made)


def test_each_operator_is_one_of_its_own():
    assert len({jacfwd(square), jacrev(square), jacobian(square), jacfwd(square)}) == 3


class Model:
    def __init__(self, w):
        self.w = w

    def value(self, x):
        return self.w * x**2

    @jacfwd(argnums=1)
    def slopes(self, x):
        return self.w * x**2


def test_methods():
    model = Model(2.0)
    assert_jacobian(jacfwd(model.value)(X), np.diag(4.0 * X))
    assert_jacobian(model.slopes(X), np.diag(4.0 * X))


def test_jacobian_takes_the_smaller_side():
    wide, tall = jacobian(total), jacobian(curve)
    wide(X)
    tall(np.array(0.5))
    assert "total_backward" in wide.source
    assert "curve_jacfwd" in tall.source


# ---- against JAX ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operator", ["jacfwd", "jacrev"])
@table(JAX_CAN)
def test_against_jax(name, operator):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    function, args, argnums = JAX_CAN[name]
    there = types.FunctionType(function.__code__, {**function.__globals__, "np": jax.numpy})
    expected = jax.tree_util.tree_map(np.asarray, getattr(jax, operator)(there, argnums)(*args))
    found = {"jacfwd": jacfwd, "jacrev": jacrev}[operator](function, argnums)(*args)
    assert_jacobian(found, expected)


# ---- the page ---------------------------------------------------------------------------------------------------


def test_the_page_on_jacobians():
    page = Path(__file__).resolve().parent.parent / "docs" / "jacobians.md"
    result = doctest.testfile(str(page), module_relative=False)
    assert result.attempted > 8 and result.failed == 0
