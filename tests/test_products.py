"""Products with Jacobians and Hessians against finite differences of gradients and of the functions themselves."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from s2sad import (
    ArgumentTypeError,
    NonScalarResult,
    ggnvp,
    grad,
    hessian_vector_product,
    hvp,
    jvp,
    linearize,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
    vjp,
)
from tests import operator_functions as fs
from tests.numeric import assert_same, flatten, numerical_gradient
from tests.test_forward import direction_like, moved

X = np.array([0.8, -0.3, 1.1])
A = np.array([[0.2, -1.0, 0.5], [1.5, 0.3, -0.7], [0.1, 0.9, 1.2]])
P = {"w": A, "l": fs.Layer(X[::-1].copy(), 0.7), "t": (1.3, 2)}


def slope(f, args, directions):
    """Return the derivative of all numbers of a result along the directions: central, two steps (Richardson)."""

    def at(h):
        return np.array(flatten(f(*(moved(a, d, h) for a, d in zip(args, directions, strict=True)))))

    h = 1e-4
    fine, coarse = (at(h / 2) - at(-h / 2)) / h, (at(h) - at(-h)) / (2 * h)
    return (4 * fine - coarse) / 3


def numerical_hvp(f, args, directions, argnums):
    """Return the derivative of the numerical gradient along the directions."""
    return slope(lambda *args: numerical_gradient(f, args, argnums, 1e-3), args, directions)


def random(value, seed=0):
    return direction_like(value, np.random.default_rng(seed))


CASES = [
    (fs.rosen, (X,), 0),
    (fs.loop, (X, 4), 0),
    (fs.in_place, (X,), 0),
    (fs.bilinear, (X, A, X + 1.0), 0),
    (fs.bilinear, (X, A, X + 1.0), (2, 0)),
    (fs.bilinear, (X, A, X + 1.0), 1),
    (fs.tree, (P, X), 0),
    (fs.tree, (P, X), (0, 1)),
    (fs.scaled, (X,), 0),
]


@pytest.mark.parametrize(("f", "args", "argnums"), CASES)
def test_hvp(f, args, argnums):
    directions = tuple(random(arg, i) for i, arg in enumerate(args))
    before = copy.deepcopy((args, directions))
    found = hvp(f, args, directions, argnums)
    assert_same((args, directions), before, rtol=0, atol=0)
    assert flatten(found) == pytest.approx(numerical_hvp(f, args, directions, argnums), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize(("f", "args", "argnums"), CASES)
def test_hessian_vector_product_and_make_hvp(f, args, argnums):
    chosen = (argnums,) if isinstance(argnums, int) else argnums
    directions = [random(arg, i) if i in chosen else None for i, arg in enumerate(args)]
    vector = directions[argnums] if isinstance(argnums, int) else tuple(directions[i] for i in argnums)
    expected = numerical_hvp(f, args, directions, argnums)
    product, gradient = make_hvp(f, argnums)(*args)
    assert_same(gradient, grad(f, argnums)(*args))
    for found in (
        hessian_vector_product(f, argnums)(*args, vector),
        make_hvp(f, argnums)(*args)(vector),
        product(vector),
    ):
        assert flatten(found) == pytest.approx(expected, rel=1e-4, abs=1e-4)
        assert type(found) is type(vector)


VECTORS = [
    (fs.curve, (X,), 0),
    (fs.several, (fs.Pair(X, 2.0), X * 2), 0),
    (fs.several, (fs.Pair(X, 2.0), X * 2), (1, 0)),
    (fs.by_table, (X,), 0),
    (fs.loop, (X,), "x"),
]


@pytest.mark.parametrize(("f", "args", "argnum"), VECTORS)
def test_make_jvp_and_make_vjp(f, args, argnum):
    chosen = {int: (argnum,), str: (0,)}.get(type(argnum), argnum)
    directions = [random(arg, i) if i in chosen else None for i, arg in enumerate(args)]
    single = isinstance(argnum, (int, str))
    v = directions[chosen[0]] if single else tuple(directions[i] for i in chosen)
    value, dot = make_jvp(f, argnum)(*args)(v)
    assert_same(value, f(*args))
    assert flatten(dot) == pytest.approx(slope(f, args, directions), rel=1e-6, abs=1e-7)
    pull, value = make_vjp(f, argnum)(*args)
    assert_same(value, f(*args))
    g = random(value, 5)
    bars = pull(g)
    assert type(bars) is type(v)
    assert np.dot(flatten(bars), flatten(v)) == pytest.approx(np.dot(flatten(g), slope(f, args, directions)))


def outer(y):
    return np.sum(np.exp(y) * y[::-1])


def numerical_jacobian_of(f, x):
    return np.stack([slope(f, (x,), (e,)) for e in np.eye(len(x))], axis=1)


def test_gauss_newton():
    v = random(X, 3)
    J = numerical_jacobian_of(fs.curve, X)
    y = fs.curve(X)
    H = np.stack([numerical_hvp(outer, (y,), (e,), 0) for e in np.eye(3)])
    assert ggnvp(fs.curve, outer, (X,), (v,)) == pytest.approx(J.T @ H @ J @ v, rel=1e-5)
    assert make_ggnvp(fs.curve, outer)(X)(v) == pytest.approx(J.T @ H @ J @ v, rel=1e-5)
    assert make_ggnvp(fs.curve)(X)(v) == pytest.approx(J.T @ J @ v, rel=1e-6)


def test_gauss_newton_of_containers():
    def loss(r):
        return np.sum(r["y"] ** 2) + r["s"][0] ** 4

    p, x = fs.Pair(X, 2.0), X * 2
    v = random(p, 1)
    f = fs.several
    unit = [fs.Pair(e[:3], e[3]) for e in np.eye(4)]
    J = np.stack([slope(f, (p, x), (u, None)) for u in unit], axis=1)
    H = np.diag([2.0, 2.0, 2.0, 12.0 * f(p, x)["s"][0] ** 2])
    expected = J.T @ H @ J @ np.array(flatten(v))
    for found in (ggnvp(f, loss, (p, x), (v, None)), make_ggnvp(f, loss)(p, x)(v)):
        assert type(found) is fs.Pair and flatten(found) == pytest.approx(expected, rel=1e-6)
    both = ggnvp(f, loss, (p, x), (v, None), argnums=(0, 1))
    assert type(both) is tuple and flatten(both[0]) == pytest.approx(expected, rel=1e-6)


def test_linearize():
    value, linear = linearize(fs.curve, X)
    v, w = random(X, 1), random(X, 2)
    assert_same(value, fs.curve(X))
    assert linear(v) == pytest.approx(slope(fs.curve, (X,), (v,)), rel=1e-7)
    assert linear(2 * v + w) == pytest.approx(2 * linear(v) + linear(w))
    out, linear = linearize(fs.several, fs.Pair(X, 2.0), X)
    dot = linear(fs.Pair(v, 1.0), None)
    assert flatten(dot) == pytest.approx(slope(fs.several, (fs.Pair(X, 2.0), X), (fs.Pair(v, 1.0), None)))
    assert list(dot) == list(out) == ["y", "s"]


def test_linearize_with_aux_and_integers():
    value, linear, aux = linearize(fs.with_aux, X, has_aux=True)
    assert_same((value, aux), fs.with_aux(X))
    assert linear(X) == pytest.approx(slope(lambda x: fs.with_aux(x)[0], (X,), (X,)))
    value, linear = linearize(fs.loop, X, 2)
    assert linear(X, None) == linear(X, 0) == pytest.approx(slope(fs.loop, (X, 2), (X, None))[0])
    with pytest.raises(ArgumentTypeError, match="argument 1 holds no floats"):
        linear(X, 1.0)
    with pytest.raises(ArgumentTypeError, match="2 arguments and 1 tangents"):
        linear(X)


def makers(x):
    """All linear maps at a point, each with a vector."""
    yield linearize(fs.scaled, x)[1], X
    yield vjp(fs.scaled, x)[1], 1.5
    yield make_jvp(fs.scaled)(x), X
    yield make_vjp(fs.scaled)(x)[0], 1.5
    yield make_hvp(fs.scaled)(x), X
    yield make_ggnvp(fs.curve)(x), X


def test_linear_maps_stay_when_arguments_and_variables_change(monkeypatch):
    x = X.copy()
    maps = list(makers(x))
    before = [f(v) for f, v in maps]
    x *= 3.0
    monkeypatch.setattr(fs, "SCALE", 7.0)
    monkeypatch.setattr(fs, "TABLE", fs.TABLE * 2.0)
    changed = [f(v) for f, v in makers(x)]
    for (f, v), old, new in zip(maps, before, changed, strict=True):
        assert_same(f(v), old, rtol=0, atol=0)
        assert flatten(new) != flatten(old)


def test_linear_maps_stay_when_a_variable_is_updated_in_place(monkeypatch):
    monkeypatch.setattr(fs, "TABLE", fs.TABLE.copy())
    maps = list(makers(X))
    before = [f(v) for f, v in maps]
    fs.TABLE[0] = 9.0
    for (f, v), old in zip(maps, before, strict=True):
        assert_same(f(v), old, rtol=0, atol=0)


def test_results_are_the_callers_own():
    x = X.copy()
    both = make_jvp(lambda x: x)(x)
    value, dot = both(X)
    value[:] = 9.0
    dot[:] = 9.0
    assert_same(both(X), (X, X))
    value, linear = linearize(lambda x: x, x)
    value[:] = 9.0
    assert_same(linear(X), X)


def test_single_precision():
    x = X.astype(np.float32)
    assert hvp(fs.rosen, (x,), (x,)).dtype == np.float32
    assert make_ggnvp(fs.curve)(x)(x).dtype == np.float32
    assert linearize(fs.curve, x)[1](x).dtype == np.float32


def test_complex_numbers():
    """The gradient is df/dx - 1j df/dy, also that of which the tangent is taken."""
    Z = A[0] + 1j * A[1]
    V = A[2] - 1j * A[0]
    M = A + 1j * A.T

    def outer(y):
        return np.sum(np.abs(y) ** 2 * np.real(y))

    def inner(z):
        return M @ z

    def both(z):
        return outer(M @ z)

    def along(v):
        h = 1e-4
        return (both(Z + h * v) - both(Z - h * v)) / (2 * h)

    def numerical_gradient_at(z):
        h = 1e-4
        parts = [[(both(z + h * s * e) - both(z - h * s * e)) / (2 * h) for s in (1, 1j)] for e in np.eye(3)]
        return np.array([x - 1j * y for x, y in parts])

    assert jvp(both, (Z,), (V,))[1] == pytest.approx(along(V), rel=1e-6)
    expected = (numerical_gradient_at(Z + 1e-3 * V) - numerical_gradient_at(Z - 1e-3 * V)) / 2e-3
    for found in (
        hvp(both, (Z,), (V,)),
        make_hvp(both)(Z)(V),
        hessian_vector_product(both)(Z, V),
        ggnvp(inner, outer, (Z,), (V,)),
        make_ggnvp(inner, outer)(Z)(V),
    ):
        assert np.allclose(found, expected, rtol=1e-4)
    assert np.allclose(linearize(inner, Z)[1](V), M @ V)
    assert np.allclose(make_vjp(inner)(Z)[0](V), V @ M)
    with pytest.raises(NonScalarResult, match="complex"):
        make_ggnvp(inner)(Z)


def test_keywords_and_methods():
    model = fs.Model(2.0)
    assert make_hvp(model.loss)(X)(X) == pytest.approx(12.0 * X * X)
    assert hessian_vector_product(model.loss)(X, X) == pytest.approx(12.0 * X * X)
    assert hvp(model.loss, (X,), (X,)) == pytest.approx(12.0 * X * X)
    assert make_vjp(fs.loop)(X, n=0)[0](1.0) == pytest.approx(np.ones(3))
    assert make_jvp(fs.loop)(X, n=0)(X)[1] == pytest.approx(np.sum(X))
    assert_same(make_hvp(fs.loop)(X, n=1)(X), 0 * X if np.sum(X) <= 0.5 else hvp(fs.loop, (X, 1), (X, None)))


def test_an_hvp_is_differentiated():
    def along(x):
        return np.sum(hvp(fs.rosen, (x,), (X,)) * TWO)

    assert_same(grad(along)(X), numerical_gradient(along, (X,), 0), rtol=1e-5)


TWO = np.array([1.0, 2.0, -1.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hvp(fs.rosen, (X,), (X[:2],)), "the tangent of argument 0 has the shape"),
        (lambda: hvp(fs.rosen, (X,), (X, X)), "1 primals and 2 tangents"),
        (lambda: hvp(fs.rosen, (X,), (1j * X,)), "is complex"),
        (lambda: hvp(fs.loop, (X, 2), (X, 1.0)), "argument 1 of jvp holds no floats"),
        (lambda: hessian_vector_product(fs.rosen)(X, X[:2]), "the vector has the shape"),
        (lambda: hessian_vector_product(fs.bilinear, (0, 2))(X, A, X, X), "2 arguments and 1 vectors"),
        (lambda: make_hvp(fs.rosen)(X)(A), "the vector has the shape"),
        (lambda: make_jvp(fs.several)(fs.Pair(X, 1.0), X)((X, 1.0)), "is a tuple, not a Pair"),
        (lambda: make_vjp(fs.curve)(X)[0](X[:2]), "the cotangent has the shape"),
        (lambda: make_vjp(fs.loop, 1)(X, 2), "is an integer"),
        (lambda: linearize(fs.curve, X)[1](A), "the tangent of argument 0 has the shape"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ArgumentTypeError, match=message):
        call()


def test_other_refusals():
    with pytest.raises(NonScalarResult):
        hvp(fs.curve, (X,), (X,))
    with pytest.raises(TypeError, match="make_hvp needs a function, not float"):
        make_hvp(3.0)
    with pytest.raises(TypeError, match="the vector is missing"):
        hessian_vector_product(fs.rosen)()


def test_a_transformation_is_made_once():
    hvp(fs.rosen, (X,), (X,))
    first = jvp.__globals__["at_run_time"](grad(fs.rosen), (X,), "jvp", [True])[0]
    hvp(fs.rosen, (X,), (X,))
    assert jvp.__globals__["at_run_time"](grad(fs.rosen), (X,), "jvp", [True])[0] is first
