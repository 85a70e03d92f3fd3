"""Every rule against central finite differences, in both modes, and values at kinks."""

from __future__ import annotations

import inspect
import math
import operator
import warnings
from typing import Any

import numpy as np
import pytest

from s2sad.rules import REGISTRY, Rule, unknown
from s2sad.runtime import (
    dot_left,
    dot_right,
    einsum_adjoints,
    matmul_left,
    matmul_right,
    polygamma,
    tie_weights,
    unbroadcast,
)
from tests.rules import samples_python  # noqa: F401  it adds to SAMPLES
from tests.rules.samples_numpy import SAMPLES

STEP = 1e-6
DIFFERENTIABLE = [  # not those that other tests declare
    function
    for function, rule in REGISTRY.rules.items()
    if rule.differentiable and rule.vjp.__module__.startswith("s2sad.") and "scipy" not in rule.vjp.__module__
]
CASES = [
    pytest.param(function, args, kwargs, id=f"{getattr(function, '__name__', function)}-{k}")
    for function, samples in SAMPLES.items()
    for k, (args, kwargs) in enumerate(samples)
]


# ---- trees of numbers -----------------------------------------------------------------------------------


def is_number(x: Any) -> bool:
    return isinstance(x, (float, complex, np.ndarray, np.generic)) and np.asarray(x).dtype.kind in "fc"


def tree_map(function: Any, x: Any, *others: Any) -> Any:
    if isinstance(x, dict):
        return {key: tree_map(function, x[key], *(other[key] for other in others)) for key in x}
    if isinstance(x, (list, tuple)):
        return [tree_map(function, *items) for items in zip(x, *others, strict=True)]
    return function(x, *others)


def total(x: Any) -> float:
    if isinstance(x, dict):
        x = list(x.values())
    return math.fsum(map(total, x)) if isinstance(x, (list, tuple)) else float(np.sum(np.real(x)))


def random_like(x: Any, rng: Any) -> Any:
    """Return a random tree of the structure of `x`; zero for what is not a float."""
    if isinstance(x, dict):
        return {key: random_like(item, rng) for key, item in x.items()}
    if isinstance(x, (list, tuple)):
        return [random_like(item, rng) for item in x]
    if not is_number(x):
        return 0.0
    if np.iscomplexobj(x):
        return rng.normal(size=np.shape(x)) + 1j * rng.normal(size=np.shape(x))
    return rng.normal(size=np.shape(x)) if isinstance(x, np.ndarray) else float(rng.normal())


def shifted(x: Any, direction: Any, h: float) -> Any:
    if direction is None:
        return x
    if isinstance(x, dict):
        return {key: shifted(x[key], direction[key], h) for key in x}
    if isinstance(x, (list, tuple)):
        return type(x)([shifted(a, d, h) for a, d in zip(x, direction, strict=True)])
    return x + h * direction if is_number(x) else x


def contract(a: Any, b: Any) -> float:
    """Return Re(sum(a b)) over two trees; a None contributes nothing."""
    if a is None or b is None:
        return 0.0
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        return math.fsum(contract(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return math.fsum(contract(x, y) for x, y in zip(a, b, strict=True))
    return float(np.sum(np.real(a * b)))


def same_shapes(x: Any, x_bar: Any) -> bool:
    if x_bar is None:
        return True
    if isinstance(x, dict):
        return x.keys() == x_bar.keys() and all(same_shapes(x[key], x_bar[key]) for key in x)
    if isinstance(x, (list, tuple)) and isinstance(x_bar, (list, tuple)):
        return len(x) == len(x_bar) and all(map(same_shapes, x, x_bar))
    return np.shape(x) == np.shape(x_bar)


# ---- rules ----------------------------------------------------------------------------------------------


def operands_of(rule: Rule, args: tuple[Any, ...]) -> list[Any]:
    """Return the differentiable operands: the parameters without a default; varargs are one tuple."""
    parameters = list(inspect.signature(rule.vjp).parameters.values())[2:]
    operands: list[Any] = []
    for k, parameter in enumerate(parameters):
        if parameter.kind is parameter.VAR_POSITIONAL:
            operands.append(tuple(args[k:]))
        elif parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.default is parameter.empty:
            operands.append(args[k])
    return operands


def adjoints(function: Any, g: Any, y: Any, args: Any, kwargs: Any) -> tuple[list[Any], list[Any]]:
    rule = REGISTRY.rules[function]
    operands = operands_of(rule, args)
    bars = rule.vjp(g, y, *args, **kwargs)
    bars = [bars] if len(operands) == 1 else list(bars)
    bars = [None if bar is unknown else bar for bar in bars]
    if rule.elementwise:
        bars = [None if bar is None else unbroadcast(bar, x) for bar, x in zip(bars, operands, strict=True)]
    return operands, bars


def rebuilt(rule: Rule, operands: list[Any], args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Put changed operands back into the arguments."""
    parameters = list(inspect.signature(rule.vjp).parameters.values())[2:]
    result: list[Any] = []
    for operand, parameter in zip(operands, parameters, strict=False):
        result.extend(operand if parameter.kind is parameter.VAR_POSITIONAL else [operand])
    return tuple(result) + args[len(result) :]


def tangent_of(
    rule: Rule, function: Any, y: Any, operands: list[Any], dots: list[Any], args: Any, kwargs: Any
) -> Any:
    if rule.jvp is not None:
        return rule.jvp(tuple(dots), y, *args, **kwargs)
    if rule.linear:
        moved = [x if dot is None else _typed(dot, x) for x, dot in zip(operands, dots, strict=True)]
        return function(*rebuilt(rule, moved, args), **kwargs)
    result = 0.0
    for k, dot in enumerate(dots):
        if dot is not None:
            parts = rule.vjp(dot, y, *args, **kwargs)
            result = result + (parts if len(dots) == 1 else parts[k])
    return result


def _typed(dot: Any, x: Any) -> Any:
    return (
        type(x)([_typed(d, a) for d, a in zip(dot, x, strict=True)]) if isinstance(x, (list, tuple)) else dot
    )


def test_every_differentiable_rule_has_samples():
    missing = [function for function in DIFFERENTIABLE if function not in SAMPLES]
    assert not missing
    assert not [function for function in SAMPLES if function not in REGISTRY.rules]


def test_every_differentiable_rule_serves_both_modes():
    for function in DIFFERENTIABLE:
        rule = REGISTRY.rules[function]
        assert rule.vjp and (rule.jvp or rule.linear or rule.elementwise), function


@pytest.mark.parametrize("function, args, kwargs", CASES)
def test_rule(function, args, kwargs):
    rng = np.random.default_rng(1)
    rule = REGISTRY.rules[function]
    y = function(*args, **kwargs)
    g = random_like(y, rng)
    operands, bars = adjoints(function, g, y, args, kwargs)
    for x, x_bar in zip(operands, bars, strict=True):
        assert same_shapes(x, x_bar)
    dots = [None if bar is None else random_like(x, rng) for x, bar in zip(operands, bars, strict=True)]

    def along(h):
        moved = [shifted(x, dot, h) for x, dot in zip(operands, dots, strict=True)]
        return function(*rebuilt(rule, moved, args), **kwargs)

    difference = tree_map(lambda a, b: (a - b) / (2 * STEP), along(STEP), along(-STEP))
    expected = contract(g, difference)
    assert contract(bars, dots) == pytest.approx(expected, rel=2e-6, abs=2e-7)
    if any(dot is not None for dot in dots) and (rule.jvp or rule.linear or rule.elementwise):
        tangent = tangent_of(rule, function, y, operands, dots, args, kwargs)
        assert contract(tangent, g) == pytest.approx(expected, rel=2e-6, abs=2e-7)


ELEMENTWISE = [f for f in DIFFERENTIABLE if REGISTRY.rules[f].elementwise and isinstance(f, np.ufunc)]


@pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda f: f.__name__)
def test_float32_stays_float32(function):
    args, kwargs = SAMPLES[function][0]
    args = tuple(a.astype(np.float32) if is_number(a) and isinstance(a, np.ndarray) else a for a in args)
    y = function(*args, **kwargs)
    if function is np.float_power:  # it computes in float64
        return
    _, bars = adjoints(function, np.ones_like(y), y, args, kwargs)
    assert {np.asarray(bar).dtype for bar in bars if bar is not None} == {np.dtype(np.float32)}


REDUCTIONS = [np.sum, np.mean, np.prod, np.max, np.ptp, np.var, np.std, np.cumsum, np.cumprod, np.average]


@pytest.mark.parametrize("function", [*REDUCTIONS, np.linalg.norm, np.linalg.svd], ids=lambda f: f.__name__)
def test_float32_reductions(function):
    x = np.array([[1, 2, 4], [8, 1, 5]], np.float32)
    kwargs = {"full_matrices": False} if function is np.linalg.svd else {}
    y = function(x, **kwargs)
    g = tuple(np.ones_like(part) for part in y) if isinstance(y, tuple) else np.ones_like(y)
    assert REGISTRY.rules[function].vjp(g, y, x, **kwargs).dtype == np.float32


# ---- conventions at kinks -------------------------------------------------------------------------------


def slope(function, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = function(*args, **kwargs)
        bars = REGISTRY.rules[function].vjp(1.0, y, *args, **kwargs)
    return [
        None if b is None else np.asarray(b).tolist() for b in (bars if isinstance(bars, tuple) else (bars,))
    ]


KINKS = [
    (np.absolute, (0.0,), [0]),
    (abs, (0.0,), [0]),
    (np.maximum, (2.0, 2.0), [0.5, 0.5]),
    (np.minimum, (-np.inf, -np.inf), [0.5, 0.5]),
    (np.fmax, (2.0, 2.0), [0.5, 0.5]),
    (np.fmax, (2.0, np.nan), [1, 0]),
    (np.fmin, (np.nan, 2.0), [0, 1]),
    (np.clip, (1.0, 0.0, 1.0), [0.5, 0, 0.5]),
    (np.clip, (0.0, 0.0, None), [0.5, 0.5, None]),
    (np.clip, (3.0, 0.0, 1.0), [0, 0, 1]),
    (np.max, (np.array([1.0, 3.0, 3.0]),), [[0, 0.5, 0.5]]),
    (np.sqrt, (0.0,), [np.inf]),
    (math.sqrt, (0.0,), [np.inf]),
    (np.log, (0.0,), [np.inf]),
    (np.cbrt, (0.0,), [np.inf]),
    (np.arcsin, (1.0,), [np.inf]),
    (np.arctanh, (1.0,), [np.inf]),
    (operator.pow, (0.0, 0.5), [np.inf, 0]),
    (operator.pow, (0.0, 0), [None, 0]),
    (operator.pow, (0.0, 3.0), [0, 0]),
    (operator.pow, (np.zeros(1), np.zeros(1)), [[0], [0]]),
    (operator.pow, (np.zeros(1), np.array([2.0])), [[0], [0]]),
    (math.pow, (0.0, 2.0), [0, 0]),
    (np.hypot, (0.0, 0.0), [0, 0]),
    (np.arctan2, (0.0, 0.0), [0, 0]),
    (math.hypot, (0.0, 0.0), [0, 0]),
    (np.sinc, (0.0,), [0]),
    (np.logaddexp, (-np.inf, -np.inf), [0.5, 0.5]),
    (np.logaddexp2, (-np.inf, -np.inf), [0.5, 0.5]),
    (np.nan_to_num, (np.nan,), [0]),
    (np.remainder, (4.0, 2.0), [1, -2]),
    (np.linalg.norm, (np.zeros(2),), [[0, 0]]),
    (np.std, (np.ones(2),), [[0, 0]]),
    (np.prod, (np.array([0.0, 2.0, 3.0]),), [[6, 0, 0]]),
    (np.prod, (np.array([1e200, 1e200, 0.5]),), [[5e199, 5e199, np.inf]]),
    (np.linalg.det, (np.ones((2, 2)),), [[[1, -1], [-1, 1]]]),
]


@pytest.mark.parametrize("function, args, expected", KINKS)
def test_kink(function, args, expected):
    for value, wanted in zip(slope(function, *args), expected, strict=True):
        assert (value is None) == (wanted is None)
        if wanted is not None:
            np.testing.assert_allclose(value, wanted, rtol=1e-12)


def test_sort_ties_are_stable():
    assert REGISTRY.rules[np.sort].vjp(np.array([2.0, 3.0]), None, np.array([1.0, 1.0])).tolist() == [2, 3]


def test_norm_inf_shares_ties():
    assert slope(np.linalg.norm, np.array([2.0, -2.0]), np.inf) == [[0.5, -0.5]]


def test_repeated_eigenvalues_give_no_nan():
    y = np.linalg.eigh(np.eye(3))
    a_bar = REGISTRY.rules[np.linalg.eigh].vjp((np.ones(3), np.ones((3, 3))), y, np.eye(3))
    assert np.allclose(a_bar, np.eye(3))


def test_unused_results_may_be_none():
    a = np.array([[2.0, 1.0], [1.0, 3.0]])
    for function, kwargs in ((np.linalg.eigh, {}), (np.linalg.svd, {}), (np.linalg.qr, {})):
        y = function(a, **kwargs)
        whole = [np.ones_like(part) for part in y]
        for k in range(len(y)):
            alone = tuple(g if i == k else None for i, g in enumerate(whole))
            padded = tuple(g if i == k else 0 * g for i, g in enumerate(whole))
            vjp = REGISTRY.rules[function].vjp
            assert np.allclose(vjp(alone, y, a, **kwargs), vjp(padded, y, a, **kwargs))


def test_einsum_helpers_agree():
    x, m = SAMPLES[np.einsum][0][0][1:]
    g = np.ones((3, 2))
    plain = REGISTRY.rules[np.einsum].vjp(g, None, "ij,jk->ik", x, m)[1]
    assert all(map(np.allclose, plain, einsum_adjoints(g, "ij,jk->ik", (x, m))))


def test_unknown_rank_helpers_agree():
    for args, _ in SAMPLES[np.matmul]:
        g = np.ones_like(args[0] @ args[1])
        bars = REGISTRY.rules[np.matmul].vjp(g, None, *args)
        assert np.allclose(bars[0], matmul_left(g, *args))
        assert np.allclose(bars[1], matmul_right(g, *args))
    for args, _ in SAMPLES[np.dot]:
        g = np.ones_like(np.dot(*args))
        bars = REGISTRY.rules[np.dot].vjp(g, None, *args)
        assert np.allclose(bars[0], dot_left(g, *args))
        assert np.allclose(bars[1], dot_right(g, *args))


@pytest.mark.parametrize(
    "n, x, value", [(0, 1.0, -0.5772156649015329), (1, 1.0, math.pi**2 / 6), (0, -0.5, 0.03648997397857652)]
)
def test_polygamma(n, x, value):
    assert polygamma(n, x) == pytest.approx(value, rel=1e-13)


def test_unbroadcast_types():
    assert type(unbroadcast(np.float64(2.0), 1.0)) is np.float64
    assert unbroadcast(np.ones((2, 3)), np.ones((2, 1))).shape == (2, 1)
    x = np.ones(3)
    assert unbroadcast(x, np.zeros(3)) is x
    assert unbroadcast(1.0, np.zeros((2, 2))).shape == (2, 2)
    assert not isinstance(unbroadcast(np.array(1.0), 1.0), np.ndarray)


def test_tie_weights_keeps_dtype():
    assert tie_weights(np.ones(3, np.float32), np.float32(1)).dtype == np.float32
