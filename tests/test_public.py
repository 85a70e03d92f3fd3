"""The public functions as users call them: what they take, what they give, what can be seen of the text."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import linecache
import pickle
import re
import traceback
from typing import NamedTuple

import numpy as np
import pytest

from s2sad import grad, jvp, value_and_grad, vjp
from tests.numeric import assert_same, numerical_gradient

X = np.array([0.3, 1.2, -0.4])


def poly(a, b, c=3.0):
    return a * a * b + c * b


def half_square(x):
    return np.sum(x * x * 0.5)


# Which arguments


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, 12.0),
        (1, 8.0),
        (-1, 3.0),
        (-3, 12.0),
        ("b", 8.0),
        ("c", 3.0),
        ((0, 1), (12.0, 8.0)),
        ([1, 0], (8.0, 12.0)),
        ((0, -1, "b"), (12.0, 3.0, 8.0)),
        (("c",), (3.0,)),
        ((), ()),
    ],
)
def test_argnums(argnums, expected):
    assert grad(poly, argnums)(2.0, 3.0, 4.0) == expected
    assert value_and_grad(poly, argnums)(2.0, 3.0, 4.0) == (24.0, expected)


def test_keywords_and_defaults():
    assert grad(poly)(2.0, 3.0) == 12.0
    assert grad(poly, 1)(2.0, 3.0) == 7.0
    assert grad(poly, 1)(b=3.0, a=2.0) == 7.0
    assert grad(poly, "c")(2.0, b=3.0, c=1.0) == 3.0
    assert grad(poly, "c")(2.0, 3.0) == 3.0


def test_keyword_only_argument():
    def f(x, *, s):
        return x * s * s

    assert grad(f, "s")(2.0, s=3.0) == 12.0
    assert grad(f)(2.0, s=3.0) == 9.0


def test_variable_arguments():
    def f(k, *xs):
        return k * xs[0] * xs[1]

    assert grad(f)(1.0, 2.0, 3.0) == 6.0
    assert grad(f, 1)(1.0, 2.0, 3.0) == 3.0
    assert grad(f, (0, 2))(1.0, 2.0, 3.0) == (6.0, 2.0)
    assert grad(f, (2, 1))(1.0, 2.0, 3.0) == (2.0, 3.0)
    assert grad(f, "xs")(1.0, 2.0, 3.0) == (3.0, 2.0)


def test_variable_keywords():
    def f(x, **options):
        return x * options["a"]

    assert grad(f)(2.0, a=3.0) == 3.0
    assert grad(f, "options")(2.0, a=3.0) == {"a": 2.0}


@pytest.mark.parametrize("argnums", [0, 1, (0, 1)])
def test_missing_and_superfluous_arguments(argnums):
    with pytest.raises(TypeError, match="missing a required argument: 'b'"):
        grad(poly, argnums)(1.0)
    with pytest.raises(TypeError, match="too many positional arguments"):
        grad(poly, argnums)(1.0, 2.0, 3.0, 4.0)


def test_only_functions():
    with pytest.raises(TypeError, match="grad needs a function, not float"):
        grad(3.0)


# Auxiliary results


def test_has_aux():
    def f(x):
        y = x * 3.0
        return y * y, y

    assert grad(f, has_aux=True)(2.0) == (36.0, 6.0)
    assert value_and_grad(f, has_aux=True)(2.0) == ((36.0, 6.0), 36.0)


def test_has_aux_that_is_no_number():
    def f(x):
        return x * x, "text"

    assert grad(f, has_aux=True)(2.0) == (4.0, "text")


# Containers


@dataclasses.dataclass
class Layer:
    w: np.ndarray
    b: float


class Pair(NamedTuple):
    w: np.ndarray
    b: float


def affine(p, x):
    return p.w @ x + p.b * p.b


def test_tuple_list_dict():
    def product(t):
        return t[0] * t[1]

    def by_key(t):
        return t["a"] * t["b"]

    assert_same(grad(product)((2.0, 3.0)), (3.0, 2.0))
    assert_same(grad(product)([2.0, 3.0]), [3.0, 2.0])
    assert_same(grad(by_key)({"a": 2.0, "b": 3.0}), {"a": 3.0, "b": 2.0})
    assert type(grad(product)((2.0, 3.0))) is tuple and type(grad(product)([2.0, 3.0])) is list


@pytest.mark.parametrize("cls", [Layer, Pair])
def test_records(cls):
    bar, x_bar = grad(affine, (0, 1))(cls(X, 3.0), X[::-1])
    assert type(bar) is cls
    assert_same(bar.w, X[::-1])
    assert_same(bar.b, 6.0)
    assert_same(x_bar, X)


def test_nested_containers():
    def f(p):
        return p["l"][0].w @ p["l"][1][0] * p["d"].b

    bar = grad(f)({"l": [Pair(X, 1.0), (X,)], "d": Layer(X, 2.0)})
    assert list(bar) == ["l", "d"]
    assert_same(bar["l"][0].w, 2.0 * X)
    assert_same(bar["l"][0].b, 0.0)
    assert_same(bar["l"][1][0], 2.0 * X)
    assert_same(bar["d"].w, 0.0 * X)
    assert_same(bar["d"].b, X @ X)


def test_what_holds_no_floats_has_no_gradient():
    def f(p):
        return p["x"] * p["n"]

    assert grad(f)({"x": 2.0, "n": 3, "s": "a"}) == {"x": 3.0, "n": None, "s": None}


# Forms of functions


@grad
def bare(x):
    return x * x


@grad(argnums=(0, 1))
def both(x, y):
    return x * y


@value_and_grad(argnums=1)
def second(x, y):
    return x * y


def test_decorators():
    assert bare(3.0) == 6.0
    assert both(3.0, 4.0) == (4.0, 3.0)
    assert second(3.0, 4.0) == (12.0, 3.0)


class Model:
    def __init__(self, k):
        self.k = k

    def loss(self, x):
        return self.k * x * x

    @grad(argnums=1)
    def slope(self, x):
        return self.k * x**3

    def __call__(self, x):
        return self.k * x**3

    @staticmethod
    def plain(x):
        return x * x

    @classmethod
    def of_class(cls, x):
        return x * x * x


def test_methods():
    model = Model(3.0)
    assert grad(model.loss)(2.0) == 12.0
    assert grad(Model.loss, 1)(model, 2.0) == 12.0
    assert model.slope(2.0) == 36.0
    assert grad(model)(2.0) == 36.0
    assert grad(Model.plain)(2.0) == 4.0
    assert grad(Model.of_class)(2.0) == 12.0


def test_attributes_are_read_at_each_call():
    model = Model(3.0)
    slope = grad(model.loss)
    assert slope(2.0) == 12.0
    model.k = 5.0
    assert slope(2.0) == 20.0


def test_partial():
    assert grad(functools.partial(poly, 2.0))(3.0) == 7.0
    assert grad(functools.partial(poly, c=5.0), (0, 1))(2.0, 3.0) == (12.0, 9.0)


def product_of_powers(*xs):
    return xs[0] * xs[1] ** 2 * np.sin(xs[2])


def test_partial_of_a_function_of_any_number_of_arguments():
    bound = functools.partial(product_of_powers, 1.5)
    plain = lambda x, y: product_of_powers(1.5, x, y)
    expected = numerical_gradient(plain, (0.7, 1.4), (0, 1))
    np.testing.assert_allclose(grad(bound, (0, 1))(0.7, 1.4), expected, rtol=1e-8)
    np.testing.assert_allclose(grad(bound, 1)(0.7, 1.4), expected[1], rtol=1e-8)
    np.testing.assert_allclose(vjp(bound, 0.7, 1.4)[1](1.0), expected, rtol=1e-8)
    _, tangent = jvp(bound, (0.7, 1.4), (0.3, -0.2))
    np.testing.assert_allclose(tangent, 0.3 * expected[0] - 0.2 * expected[1], rtol=1e-8)
    two = functools.partial(product_of_powers, 1.5, 0.7)
    np.testing.assert_allclose(grad(two)(1.4), expected[1], rtol=1e-8)


def test_two_lambdas_on_a_line():
    square, cube = grad(lambda x: x * x), grad(lambda x: x * x * x)
    assert (square(2.0), cube(2.0)) == (4.0, 12.0)


def test_closure_is_read_at_each_call():
    def make(k):
        def f(x):
            return k * x

        def change(value):
            nonlocal k
            k = value

        return grad(f), change

    slope, change = make(2.0)
    assert slope(1.0) == 2.0
    for value in (5.0, 7, np.array(3.0), np.float32(0.5), 2.0):
        change(value)
        assert slope(1.0) == value


SCALE = 2.0


def scaled(x):
    return SCALE * x


def doubled(x):
    return 2.0 * x


def tripled(x):
    return 3.0 * x


HELPER = doubled


def helped(x):
    return HELPER(x)


def test_globals_are_read_at_each_call(monkeypatch):
    slope = grad(scaled)
    assert slope(1.0) == 2.0
    for value in (5.0, 7, np.float64(1.5)):
        monkeypatch.setitem(globals(), "SCALE", value)
        assert slope(1.0) == value
    slope = grad(helped)
    assert slope(1.0) == 2.0
    monkeypatch.setitem(globals(), "HELPER", tripled)
    assert slope(1.0) == 3.0


def test_exec_with_linecache():
    text = "def f(x):\n    return x * x\n"
    filename = "<typed by hand>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    scope = {}
    exec(compile(text, filename, "exec"), scope)
    assert grad(scope["f"])(3.0) == 6.0


def test_pickling():
    for slope in (grad(poly, (0, 1)), grad(grad(poly))):
        slope(2.0, 3.0)
        assert pickle.loads(pickle.dumps(slope))(2.0, 3.0) == slope(2.0, 3.0)


# Types of numbers


def test_float32_stays_float32():
    def f(x):
        y = np.zeros_like(x)
        for i in range(len(x)):
            y[i] = np.sin(x[i]) * x[i]
        return np.sum(y) / len(x) + np.mean(np.exp(x)) + np.linalg.norm(x)

    for function in (half_square, f):
        assert grad(function)(np.ones(3, np.float32)).dtype == np.float32
        assert grad(function)(np.ones(3)).dtype == np.float64


def test_scalars_keep_their_type():
    assert type(grad(half_square)(2.0)) in (float, np.float64)
    assert type(grad(half_square)(np.float64(2.0))) is np.float64
    assert type(grad(half_square)(np.float32(2.0))) is np.float32
    zero_dimensional = grad(half_square)(np.array(2.0))
    assert (
        isinstance(zero_dimensional, np.ndarray) and zero_dimensional.shape == () and zero_dimensional == 2.0
    )


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0, 1)])
def test_empty_arrays(shape):
    value, bar = value_and_grad(half_square)(np.zeros(shape))
    assert value == 0.0 and bar.shape == shape and bar.dtype == np.float64


def test_arguments_and_results_are_the_callers_own():
    def f(x, y):
        return np.sum(x) + np.sum(y)

    x_bar, y_bar = grad(f, (0, 1))(X, X.copy())
    x_bar[0] = 7.0
    assert y_bar[0] == 1.0
    assert grad(f)(X, X)[0] == 1.0


# The text


def test_source_before_any_call_uses_annotations():
    def f(x: float, n: int):
        for _ in range(n):
            x = x * x
        return x

    slope = grad(f)
    before = slope.source
    assert slope(1.1, 2) == pytest.approx(4 * 1.1**3)
    assert slope.source == before == slope.source_for(1.1, 2)


def test_source_before_any_call_without_annotations_is_generic():
    slope = grad(half_square)
    before = slope.source
    assert before.startswith("def half_square_grad(x):\n")
    slope(X)
    assert slope.source == slope.source_for(X)
    slope(2.0)
    assert slope.source == slope.source_for(2.0)


def test_source_for_does_not_run():
    def f(x, n):
        while n > 0:
            x = x * 2.0
        return x

    assert grad(f).source_for(1.0, 1).startswith("def f_grad(x, n):\n")


def test_names_that_clash():
    def f(x):
        x_bar = x * x
        x_stack = x_bar + 1
        np_ = np.sin(x_stack)
        t1 = np_ * x
        t = t1 * t1
        stack = t + 1
        seed = stack * stack
        for escaped in range(2):
            seed = seed * np.sin(seed) + escaped
        return seed

    first, other = grad(f), grad(f)
    assert_same(first(0.7), numerical_gradient(f, (0.7,), 0))
    assert first.source == other.source_for(0.7)
    assert not re.search(r"0x[0-9a-f]{6}", first.source)


def test_name_signature_and_doc():
    slope = grad(poly, (0, 1))
    assert slope.__name__ == "poly_grad"
    assert slope.__doc__ == "Gradient of `poly` with respect to (0, 1), generated by s2sad."
    assert str(inspect.signature(slope)) == "(a, b, c=3.0)"
    assert repr(slope) == "<derivative of poly, argnums=(0, 1)>"


def failing(x):
    y = x * x
    return np.sum(np.linalg.inv(y))


def test_tracebacks_quote_the_generated_line():
    with pytest.raises(np.linalg.LinAlgError) as caught:
        grad(failing)(np.ones((2, 2)))
    frames = [f for f in traceback.extract_tb(caught.value.__traceback__) if f.name == "failing_grad"]
    assert [frame.line for frame in frames] == ["t = np.linalg.inv(y)"]
    assert frames[0].filename.startswith("<s2sad failing_grad ")


def test_getsource_of_the_emitted_function():
    slope = grad(poly)
    slope(2.0, 3.0)
    assert inspect.getsource(slope._last.function) == slope.source


# Higher order


def branching(x):
    y = x
    for _ in range(4):
        if y > 1.5:
            y = np.sin(y) * x
        else:
            y = y * y + 0.5 * x
    return y


def doubling(x):
    y = x
    while y < 50.0:
        y = y * y * x
    return np.log(y)


@pytest.mark.parametrize(("function", "x"), [(branching, 0.9), (doubling, 1.4)])
def test_four_orders_of_a_scalar(function, x):
    lower = function
    for order in range(1, 5):
        higher = grad(lower)
        assert_same(higher(x), numerical_gradient(lower, (x,), 0), path=f"order {order}")
        lower = higher


def complex_step(f, x, h=1e-30):
    return f(x + 1j * h).imag / h


def rational(x):
    y = 1.0
    for k in range(1, 3):
        y = y * x / k + 1.0 / x
    return y


def rational_slope(x):
    return x - 1.0 / (x * x)


def test_orders_against_the_complex_step():
    first = grad(rational)
    second_order = grad(first)
    assert first(1.3) == pytest.approx(complex_step(rational, 1.3), rel=1e-14)
    assert second_order(1.3) == pytest.approx(complex_step(rational_slope, 1.3), rel=1e-13)


def smooth(x):
    return np.sum(np.sin(x) * x**3)


def relaxed(x):
    y = x * 1.0
    for _ in range(3):
        y = np.tanh(y) * x + 0.5 * y
    return np.sum(y * y)


@pytest.mark.parametrize("function", [smooth, relaxed])
def test_three_orders_of_an_array(function):
    direction = np.array([1.0, -2.0, 0.5])
    first = grad(function)

    def along(x):
        return np.sum(first(x) * direction)

    second_order = grad(along)

    def along_again(x):
        return np.sum(second_order(x) * direction)

    third_order = grad(along_again)
    assert_same(first(X), numerical_gradient(function, (X,), 0), path="order 1")
    assert_same(second_order(X), numerical_gradient(along, (X,), 0), path="order 2")
    assert_same(third_order(X), numerical_gradient(along_again, (X,), 0), path="order 3")
