"""Vector mode over the corpus: bunches of tangents against finite differences."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from s2sad import S2sadError, batches
from s2sad.derivative import Derivative
from tests.numeric import assert_same
from tests.programs.registry import PROGRAMS
from tests.test_forward import direction_like, slope
from tests.test_programs import each

# Programs that `jacfwd` runs once for each column, and why.
REFUSED_AT_ONCE = {
    "columns.vertical_advection": "np.ndarray(...) is of unknown kind, and is updated",
    "containers.dict_setdefault": "the updates of a list in a dict cannot be told apart",
    "updates.bare_ndarrays": "np.ndarray(...) is of unknown kind, and is updated",
    "updating_helpers.default_buffer_in_a_loop": "a buffer that may be None is of unknown kind, and is updated",
}


def directions_of(program, seed):
    random = np.random.default_rng(seed)
    return [direction_like(program.args[k], random) for k in program.argnums]


def bunches_of(program, rows):
    likes = [program.args[k] for k in program.argnums]
    return [batches.stacked([row[j] for row in rows], like) for j, like in enumerate(likes)]


@each([program for program in PROGRAMS if program.name not in REFUSED_AT_ONCE])
def test_many_tangents_at_once(program):
    rows = [directions_of(program, seed) for seed in range(3)]
    bunches = bunches_of(program, rows)
    before = copy.deepcopy(bunches)
    args = copy.deepcopy(program.args)
    derivative = Derivative(program.function, program.argnums, mode="jvps")
    value, dots = derivative.pushforwards(args, bunches, 3)
    assert_same(args, program.args, rtol=0, atol=0, path="args")
    assert_same(bunches, before, rtol=0, atol=0, path="tangents")
    assert_same(float(value), float(program.function(*copy.deepcopy(program.args))), path="value")
    expected = np.array([slope(program.function, program, row) for row in rows])
    assert_same(dots, expected, path="tangents of the result")


@each([program for program in PROGRAMS if program.name in REFUSED_AT_ONCE])
def test_programs_that_are_refused(program):
    with pytest.raises(S2sadError):
        rows = [directions_of(program, 0)]
        derivative = Derivative(program.function, program.argnums, mode="jvps")
        derivative.pushforwards(copy.deepcopy(program.args), bunches_of(program, rows), 1)


@pytest.mark.parametrize("count", [0, 1])
@each([program for i, program in enumerate(PROGRAMS) if i % 20 == 0 and program.name not in REFUSED_AT_ONCE])
def test_no_tangents_and_one(program, count):
    rows = [directions_of(program, 0)] * count
    likes = [program.args[k] for k in program.argnums]
    bunches = bunches_of(program, rows) if rows else [batches.zeros(0, like) for like in likes]
    derivative = Derivative(program.function, program.argnums, mode="jvps")
    _, dots = derivative.pushforwards(copy.deepcopy(program.args), bunches, count)
    assert np.shape(dots) == (count,)
    if rows:
        assert_same(float(dots[0]), slope(program.function, program, rows[0]), path="tangent")
