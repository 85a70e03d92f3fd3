"""What the operators return, as Python objects: pickled, copied, sent to processes, shared by threads, looked at."""

from __future__ import annotations

import concurrent.futures
import copy
import dataclasses
import functools
import inspect
import multiprocessing
import pickle
import pydoc
import sys
import threading

import numpy as np
import pytest

from s2sad import (
    Derivative,
    derivative,
    elementwise_grad,
    grad,
    hessian_vector_product,
    hvp,
    jvp,
    linearize,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
    value_and_grad,
    vjp,
)
from s2sad.testing import check_grads
from tests import operator_functions as fs
from tests.numeric import assert_same, numerical_gradient

X = np.array([0.8, -0.3, 1.1])
P = fs.Pair(X, 2.0)

# Each object with the arguments of a call.
FUNCTIONS = {
    "grad": (grad(fs.rosen), (X,)),
    "grad of a grad": (grad(grad(fs.branching)), (0.9, 3)),
    "value_and_grad": (value_and_grad(fs.bilinear, (0, "y")), (X, np.eye(3), X)),
    "grad as it is": (grad(fs.scaled, optimize=False), (X,)),
    "grad of a method": (grad(fs.Model(3.0).loss), (X,)),
    "grad of a partial": (grad(functools.partial(fs.loop, n=2)), (X,)),
    "derivative": (derivative(fs.path, order=3), (0.7,)),
    "elementwise_grad": (elementwise_grad(elementwise_grad(fs.curve)), (X,)),
    "hessian_vector_product": (hessian_vector_product(fs.rosen), (X, X)),
    "make_vjp": (make_vjp(fs.rosen), (X,)),
    "make_jvp": (make_jvp(fs.rosen), (X,)),
    "make_hvp": (make_hvp(fs.rosen), (X,)),
    "make_ggnvp": (make_ggnvp(fs.curve), (X,)),
    "decorated": (fs.decorated, (X,)),
    "decorated twice": (fs.twice, (1.5,)),
    "decorated with arguments": (fs.decorated_value, (2.0, 3.0)),
    "decorated derivative": (fs.acceleration, (0.7,)),
    "decorated elementwise_grad": (fs.slopes, (X,)),
    "decorated hessian_vector_product": (fs.curvature, (X, X)),
    "decorated method": (fs.Model(3.0).speed, (2.0,)),
}
# Linear maps at a point, each with a vector.
MAPS = {
    "vjp": (vjp(fs.rosen, X)[1], (1.5,)),
    "vjp of branches": (vjp(fs.loop, X, 4)[1], (1.5,)),
    "vjp of containers": (vjp(fs.several, P, X)[1], ({"y": X, "s": (1.0,)},)),
    "vjp of a table": (vjp(fs.by_table, X)[1], (1.5,)),
    "vjp with aux": (vjp(fs.with_aux, X, has_aux=True)[1], (X,)),
    "vjp of a method": (vjp(fs.Model(3.0).loss, X)[1], (1.0,)),
    "linearize": (linearize(fs.several, P, X)[1], (P, None)),
    "linearize with variables": (linearize(fs.scaled, X)[1], (X,)),
    "make_vjp": (make_vjp(fs.curve)(X)[0], (X,)),
    "make_jvp": (make_jvp(fs.curve)(X), (X,)),
    "make_hvp": (make_hvp(fs.rosen)(X), (X,)),
    "make_ggnvp": (make_ggnvp(fs.curve)(X), (X,)),
}
OBJECTS = {**FUNCTIONS, **{f"map of {name}": value for name, value in MAPS.items()}}


def plain(result):
    """Return the numbers of a result: functions in it are called."""
    if isinstance(result, tuple):
        return tuple(plain(part) for part in result)
    return None if callable(result) else result


def again(made):
    return pickle.loads(pickle.dumps(made))


@pytest.mark.parametrize("how", [again, copy.copy, copy.deepcopy, lambda made: again(again(made))])
@pytest.mark.parametrize("name", OBJECTS)
def test_pickled_and_copied(name, how):
    made, args = OBJECTS[name]
    expected = plain(made(*args))
    assert_same(plain(how(made)(*args)), expected, rtol=0, atol=0)
    assert_same(plain(made(*args)), expected, rtol=0, atol=0)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_protocols(protocol):
    for made, args in (FUNCTIONS["derivative"], FUNCTIONS["decorated"], MAPS["vjp of containers"]):
        same = pickle.loads(pickle.dumps(made, protocol))
        assert_same(plain(same(*args)), plain(made(*args)), rtol=0, atol=0)


@pytest.mark.parametrize("mode", ["grad", "elementwise_grad", "derivative", "vjp", "jvp"])
def test_every_mode_is_pickled(mode):
    made = Derivative(fs.branching, 0, mode=mode)
    same = again(made)
    assert same == made and hash(same) == hash(made) and same.options == made.options
    assert same.source_for(0.9, 2) == made.source_for(0.9, 2)


def test_what_a_decorator_returned_is_pickled_by_name():
    for made in (
        fs.decorated,
        fs.twice,
        fs.decorated_value,
        fs.acceleration,
        fs.slopes,
        fs.curvature,
        fs.pulled,
    ):
        assert again(made) is made and copy.deepcopy(made) is made


def test_local_functions_are_not_pickled():
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(grad(lambda x: x * x))
    assert copy.deepcopy(grad(lambda x: x * x))(3.0) == 6.0


def test_a_pullback_is_pickled_with_the_variables_that_it_reads(monkeypatch):
    pull = vjp(fs.scaled, X)[1]
    text = pickle.dumps(pull)
    expected = pull(1.0)
    monkeypatch.setattr(fs, "SCALE", 5.0)
    assert_same(pickle.loads(text)(1.0), expected, rtol=0, atol=0)
    assert_same(pull(1.0), expected, rtol=0, atol=0)


def test_a_pullback_of_a_function_that_has_changed_is_refused(monkeypatch):
    text = pickle.dumps(vjp(fs.scaled, X)[1])

    def scaled(x):
        return np.sum(x)

    scaled.__module__, scaled.__qualname__ = fs.__name__, "scaled"
    monkeypatch.setattr(fs, "scaled", scaled)
    with pytest.raises(pickle.UnpicklingError, match="`scaled` has changed"):
        pickle.loads(text)


def test_equality():
    model = fs.Model(2.0)
    assert grad(fs.rosen) == grad(fs.rosen) and hash(grad(fs.rosen)) == hash(grad(fs.rosen))
    assert grad(model.loss) == grad(model.loss) != grad(fs.Model(2.0).loss)
    assert grad(grad(fs.branching)) == grad(grad(fs.branching)) != grad(fs.branching)
    assert grad(fs.bilinear, [0, 1]) == grad(fs.bilinear, (0, 1)) != grad(fs.bilinear, 0)
    assert grad(fs.rosen) != fs.rosen


@dataclasses.dataclass
class Unhashable:
    k: float
    hidden: float = dataclasses.field(default=0.0, compare=False)

    def __call__(self, x):
        return self.k * x * x + self.hidden * x


class Hashable(Unhashable):
    def __hash__(self):
        return hash(self.k)


def test_equal_objects_are_different_functions():
    for cls in (Unhashable, Hashable):
        assert cls(2.0, 0.0) == cls(2.0, 5.0)
        for hidden in (0.0, 5.0):
            f = cls(2.0, hidden)
            assert jvp(f, (3.0,), (1.0,)) == (f(3.0), 12.0 + hidden)
            assert vjp(f, 3.0)[1](1.0) == (12.0 + hidden,)
            assert grad(f)(3.0) == elementwise_grad(f)(3.0) == derivative(f)(3.0) == 12.0 + hidden
            assert hvp(f, (3.0,), (1.0,)) == 4.0


# Processes


def call(made, args):
    return plain(made(*args))


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_processes(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no start method {method}")
    context = multiprocessing.get_context(method)
    names = [
        name
        for name in OBJECTS
        if method == "fork" or name in ("grad", "decorated twice", "map of vjp of a table")
    ]
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        futures = {name: pool.submit(call, *OBJECTS[name]) for name in names}
        for name, future in futures.items():
            assert_same(future.result(timeout=120), call(*OBJECTS[name]), rtol=0, atol=0, path=name)


# Threads


@pytest.fixture
def hurried():
    """Switch between threads as often as possible."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(jobs):
    """Run all jobs at once, and return their results."""
    start = threading.Barrier(len(jobs))

    def run(job):
        start.wait(timeout=60)
        return job()

    with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(timeout=120) for future in [pool.submit(run, job) for job in jobs]]


def test_many_threads_on_one_derivative(hurried):
    def f(x, n=2):
        y = x
        for _ in range(n):
            y = np.sin(y) * x
        return np.sum(y)

    made = value_and_grad(f)
    inputs = [0.3, 1.2, X, X[:2], np.ones((2, 2)), X.astype(np.float32), np.ones((3, 1)), np.float64(0.4)] * 3
    results = in_threads([functools.partial(made, x, n) for n in (1, 2) for x in inputs])
    for (value, bar), (x, n) in zip(results, [(x, n) for n in (1, 2) for x in inputs], strict=True):
        expected = grad(f)(x, n)
        assert type(bar) is type(expected)
        assert_same(bar, expected, rtol=0, atol=0)
        assert float(value) == float(f(x, n))


def test_many_threads_on_many_derivatives(hurried):
    calls = [
        (fs.rosen, X),
        (fs.loop, X),
        (fs.in_place, X),
        (fs.branching, 0.9),
        (fs.rational, 1.3),
        (fs.by_table, X),
        (fs.scaled, X),
    ]

    def job(f, x):
        rest = (2,) if f is fs.branching else ()
        made = grad(f)
        bar = made(x, *rest)
        tangent = jvp(
            f, (x, *rest), (np.ones_like(x) if isinstance(x, np.ndarray) else 1.0, *(None for _ in rest))
        )[1]
        pulled = vjp(f, x, *rest)[1](1.0)[0]
        return made.source, bar, tangent, pulled

    jobs = [functools.partial(job, f, x) for _ in range(4) for f, x in calls]
    alone = [job(f, x) for f, x in calls]
    for i, (text, bar, tangent, pulled) in enumerate(in_threads(jobs)):
        expected = alone[i % len(calls)]
        assert text == expected[0]
        assert_same((bar, tangent, pulled), expected[1:], rtol=0, atol=0)


def test_many_threads_on_nested_derivatives(hurried):
    outer = grad(grad(grad(fs.branching)))
    results = in_threads([functools.partial(outer, x, n) for n in (1, 2, 3) for x in (0.5, 0.9, 1.2, 1.4)])
    expected = [grad(grad(grad(fs.branching)))(x, n) for n in (1, 2, 3) for x in (0.5, 0.9, 1.2, 1.4)]
    assert results == expected


# What can be seen


@pytest.mark.parametrize("name", FUNCTIONS)
def test_name_doc_signature_help(name):
    made, args = FUNCTIONS[name]
    assert made.__name__ and made.__doc__ and made.__qualname__
    inspect.signature(made).bind(*args)
    shown = pydoc.plain(pydoc.render_doc(made))
    assert f"{made.__name__}(" in shown and made.__doc__ in shown
    assert repr(made).startswith(("<", "functools"))


@pytest.mark.parametrize("name", MAPS)
def test_maps_have_a_signature_and_a_repr(name):
    made, args = MAPS[name]
    inspect.signature(made).bind(*args)
    assert " object at 0x" not in repr(made)
    assert type(made).__doc__


def test_names():
    assert derivative(fs.path).__name__ == "path_derivative"
    assert derivative(fs.path).__doc__ == "Derivative of `path` with respect to 0, generated by s2sad."
    assert elementwise_grad(fs.path).__name__ == "path_elementwise_grad"
    assert make_hvp(fs.rosen).__name__ == "rosen_make_hvp"
    assert str(inspect.signature(hessian_vector_product(fs.bilinear))) == "(x, a, y, vector, /)"
    assert str(inspect.signature(make_vjp(fs.loop))) == "(x, n=3)"


# Methods of objects, inside differentiated programs

MODEL = fs.Model(2.0)


def gradient_of_a_method(x):
    return np.sum(grad(MODEL.loss)(x))


def entries(x, a):
    def q(t):
        return np.sin(a * t) * t

    return np.sum(elementwise_grad(q)(x)) + derivative(q, order=2)(a)


def test_operators_inside_programs():
    assert_same(grad(gradient_of_a_method)(X), numerical_gradient(gradient_of_a_method, (X,), 0))
    assert_same(grad(entries, (0, 1))(X, 0.5), numerical_gradient(entries, (X, 0.5), (0, 1)))


# Objects of plain classes that functions make and return


class Point:
    def __init__(self, a):
        self.a = a

    def squared(self):
        return self.a**2


def made_point(x):
    point = Point(x * 2)
    for _ in range(2):
        point.a = point.a + np.sin(point.a)
    return point


def made_pair(x):
    point = made_point(x)
    return point, x + 1


def of_a_made_point(x):
    return np.sum(made_point(x).squared())


def of_a_made_pair(x):
    point, y = made_pair(x)
    return np.sum(point.squared() * y)


@pytest.mark.parametrize("function", [of_a_made_point, of_a_made_pair])
def test_helpers_that_return_objects(function):
    check_grads(function, (X,), order=2, modes=("fwd", "rev"))
