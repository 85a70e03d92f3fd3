"""Forward mode over the corpus: tangents against finite differences and, by duality, against reverse mode."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from s2sad import S2sadError, grad, jvp
from s2sad.derivative import Derivative
from tests.numeric import assert_same, flatten, rebuilt
from tests.programs.registry import PROGRAMS, gradient_of
from tests.test_programs import TWICE, each


def direction_like(value, random):
    """Return a random tangent of a value: None for what is not a float."""
    if isinstance(value, (float, np.floating)):
        return float(random.standard_normal())
    if isinstance(value, np.ndarray):
        return (
            np.asarray(random.standard_normal(value.shape), value.dtype) if value.dtype.kind == "f" else None
        )
    if isinstance(value, dict):
        return {key: direction_like(item, random) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return rebuilt(value, dict(enumerate(direction_like(item, random) for item in value)))
    if hasattr(value, "__dataclass_fields__"):
        names = value.__dataclass_fields__
        return rebuilt(value, {name: direction_like(getattr(value, name), random) for name in names})
    return None


def moved(value, direction, step):
    """Return a value moved along a direction."""
    if direction is None:
        return copy.deepcopy(value)
    if isinstance(value, np.ndarray):
        return np.asarray(value + step * direction)
    if isinstance(value, (float, np.floating)):
        return value + step * direction
    if isinstance(value, dict):
        return {key: moved(item, direction[key], step) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = (moved(item, d, step) for item, d in zip(value, direction, strict=True))
        return rebuilt(value, dict(enumerate(items)))
    names = value.__dataclass_fields__
    parts = {name: moved(getattr(value, name), getattr(direction, name), step) for name in names}
    return rebuilt(value, parts)


def directions_of(program):
    random = np.random.default_rng(1)
    return [direction_like(program.args[k], random) for k in program.argnums]


def slope(function, program, directions, weights=None):
    """Return the derivative of the (weighted) results along the directions: central, two steps (Richardson)."""

    def central(h):
        results = []
        for step in (h, -h):
            args = list(program.args)
            for k, direction in zip(program.argnums, directions, strict=True):
                args[k] = moved(args[k], direction, step)
            values = flatten(function(*copy.deepcopy(args)))
            results.append(np.dot(values, weights) if weights is not None else values[0])
        return (results[0] - results[1]) / (2 * h)

    h = 1e-4
    return float((4 * central(h / 2) - central(h)) / 3)


def assert_tangent(program, optimize):
    """Compare a tangent with finite differences; return it, and the directions."""
    directions = directions_of(program)
    args = copy.deepcopy(program.args)
    before = copy.deepcopy(directions)
    derivative = Derivative(program.function, program.argnums, mode="jvp", optimize=optimize)
    value, dot = derivative.pushforward(args, directions)
    assert_same(args, program.args, rtol=0, atol=0, path="args")
    assert_same(directions, before, rtol=0, atol=0, path="tangents")
    assert_same(float(value), float(program.function(*copy.deepcopy(program.args))), path="value")
    assert_same(float(dot), slope(program.function, program, directions), path="tangent")
    return float(dot), directions


@each(PROGRAMS)
def test_forward(program):
    dot, directions = assert_tangent(program, True)
    bars = gradient_of(program)(*copy.deepcopy(program.args))
    assert_same(dot, contracted(bars, directions), path="<w, J v>")  # duality: <w, J v> is <J^T w, v>


@each(PROGRAMS[::4])
def test_plain_forward(program):
    assert_tangent(program, False)


def contracted(bars, directions):
    """Return the sum of the products of the floats of two structures, leaf by leaf."""
    return float(np.dot(flatten(bars), flatten(directions)))


def weights_for(result):
    return np.random.default_rng(2).standard_normal(len(flatten(result)))


# Programs whose first derivative, in one mode, has a form that the other cannot follow: see docs/limits.md.
TANGLED = "updates of the items of a list cannot be told apart"
REFUSED_AFTER_REVERSE = {
    "aliases.buffers_in_a_list": TANGLED,
    "multilevel.multigrid_level_lists": TANGLED,
}
REFUSED_AFTER_FORWARD = {
    "effects.name_assigned_before_the_exception": "a tangent may or may not have its new value after `except`",
}
NAN_AFTER_FORWARD = {
    "masked.nan_marks_missing_data": "a tangent that is not zero meets a NaN in a factor that is masked later",
}


@each([program for program in TWICE if program.name not in REFUSED_AFTER_REVERSE])
def test_forward_over_reverse(program):
    directions = directions_of(program)
    first = gradient_of(program)
    bars = first(*copy.deepcopy(program.args))
    dots = Derivative(first, program.argnums, mode="jvp").pushforward(program.args, directions)[1]
    weights = weights_for(bars)
    expected = slope(first, program, directions, weights)
    assert_same(float(np.dot(flatten(dots), weights)), expected, path="tangent of the gradient")


@each([program for program in PROGRAMS if program.name in REFUSED_AFTER_REVERSE])
def test_forward_over_reverse_that_is_refused(program):
    first = gradient_of(program)
    with pytest.raises(S2sadError):
        Derivative(first, program.argnums, mode="jvp").pushforward(program.args, directions_of(program))


def slope_program(program, directions):
    """Return the derivative along the directions, by forward mode, as a function of the same arguments."""
    tangents = [None] * len(program.args)
    for k, direction in zip(program.argnums, directions, strict=True):
        tangents[k] = direction
    tangents = tuple(tangents)
    function = program.function

    def along(*args):
        return jvp(function, args, tangents)[1]

    return along


@each([program for program in TWICE if program.name not in {**REFUSED_AFTER_FORWARD, **NAN_AFTER_FORWARD}])
def test_reverse_over_forward(program):
    directions = directions_of(program)
    along = slope_program(program, directions)
    bars = grad(along, program.argnums)(*copy.deepcopy(program.args))
    random = np.random.default_rng(3)
    other = [direction_like(program.args[k], random) for k in program.argnums]
    assert_same(contracted(bars, other), slope(along, program, other), path="gradient of the tangent")


@each([program for program in PROGRAMS if program.name in REFUSED_AFTER_FORWARD])
def test_reverse_over_forward_that_is_refused(program):
    along = slope_program(program, directions_of(program))
    with pytest.raises(S2sadError):
        grad(along, program.argnums)(*copy.deepcopy(program.args))


@each([program for program in TWICE if program.name not in REFUSED_AFTER_FORWARD][::3])
def test_forward_over_forward(program):
    directions = directions_of(program)
    along = slope_program(program, directions)
    dot = Derivative(along, program.argnums, mode="jvp").pushforward(program.args, directions)[1]
    assert_same(float(dot), slope(along, program, directions), path="tangent of the tangent")
