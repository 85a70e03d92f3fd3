"""Every program of the corpus against numerical differentiation, at each order that it is smooth to."""

import copy

import numpy as np
import pytest

from s2sad import S2sadError, grad
from tests.numeric import assert_same, flatten, numerical_gradient
from tests.programs.registry import PROGRAMS, REFUSED, Program, gradient_of


def each(programs):
    return pytest.mark.parametrize("program", programs, ids=[program.name for program in programs])


def argnums_of(program: Program):
    """An int where a single argument holds floats, as a user would write it."""
    return program.argnums[0] if len(program.argnums) == 1 else program.argnums


def of_one_float(program: Program) -> bool:
    return len(program.argnums) == 1 and isinstance(program.args[program.argnums[0]], float)


def of_containers(program: Program) -> bool:
    return any(not isinstance(program.args[k], (float, np.ndarray)) for k in program.argnums)


SMOOTH = [program for program in PROGRAMS if program.order >= 2]
SMOOTH_OF_ARRAYS = [program for program in SMOOTH if not of_containers(program)]

# Programs whose first derivative has a form that cannot be differentiated again: see docs/limits.md.
IN_A_STACK = "stacks inside a stack"
RECURSIVE = "the stacks of a recursive function"
REFUSED_TWICE = {
    "calls.composition": "callables known only at run time",
    "calls.functions_returned": "callables known only at run time",
    "effects.linalg_error_taken": "stacks that are filled inside `try`",
    "multilevel.full_multigrid": IN_A_STACK,
    "multilevel.multigrid_recursive": RECURSIVE,
    "multilevel.multigrid_recursive_on_copies": RECURSIVE,
    "updates.diagonal_by_stride_of_raveled": "the layout of an argument is not known in a call of a gradient",
    "updating_helpers.merge_sorted": RECURSIVE,
    "updating_helpers.power_spectrum": RECURSIVE,
    "updating_helpers.quick_sorted": RECURSIVE,
}
TWICE = [program for program in SMOOTH_OF_ARRAYS if program.name not in REFUSED_TWICE]
SMOOTHER = [program for program in PROGRAMS if program.order >= 3 and of_one_float(program)]


@pytest.mark.parametrize("optimize", [True, False], ids=["optimized", "plain"])
@each(PROGRAMS)
def test_reverse(program, optimize):
    args = copy.deepcopy(program.args)
    derivative = gradient_of(program) if optimize else grad(program.function, program.argnums, optimize=False)
    gradient = derivative(*args)
    assert_same(args, program.args, rtol=0, atol=0, path="args")
    assert_same(
        gradient, numerical_gradient(program.function, program.args, program.argnums), path="gradient"
    )


@each(REFUSED)
def test_refused(program):
    with pytest.raises(S2sadError) as refusal:
        grad(program.function, program.argnums)(*copy.deepcopy(program.args))
    assert refusal.value.where is not None and refusal.value.hint


@each([program for program in SMOOTH_OF_ARRAYS if program.name in REFUSED_TWICE])
def test_second_order_that_is_refused(program):
    first = gradient_of(program)
    directional = directional_derivative(first, random_directions(program))
    with pytest.raises(S2sadError):
        grad(directional, program.argnums)(*copy.deepcopy(program.args))


@each(TWICE)
def test_second_order(program):
    if of_one_float(program):
        (argnum,) = program.argnums
        first = grad(program.function, argnum)
        second = grad(first, argnum)(*copy.deepcopy(program.args))
        assert_same(second, numerical_gradient(first, program.args, argnum), path="second")
        return
    first = gradient_of(program)
    directions = random_directions(program)
    directional = directional_derivative(first, directions)
    second = grad(directional, program.argnums)(*copy.deepcopy(program.args))
    expected = numerical_gradient(slope_along(first, directions), program.args, program.argnums)
    assert_same(second, expected, path="second")


@each(SMOOTHER)
def test_third_order(program):
    (argnum,) = program.argnums
    second = grad(grad(program.function, argnum), argnum)
    third = grad(second, argnum)(*copy.deepcopy(program.args))
    assert_same(third, numerical_gradient(second, program.args, argnum), path="third")


def random_directions(program):
    """A fixed direction for each argument to differentiate, of its shape."""
    random = np.random.default_rng(0)
    directions = [random.standard_normal(np.shape(program.args[k])) for k in program.argnums]
    return [v if v.shape else float(v) for v in directions]


def directional_derivative(gradient, directions):
    """The function of the same arguments whose value is the slope along the directions; s2sad reads it."""

    def directional(*args):
        total = 0.0
        bars = gradient(*args)
        for k in range(len(directions)):
            total += np.sum(bars[k] * directions[k])
        return total

    return directional


def slope_along(gradient, directions):
    """What `directional_derivative` returns, for numerical differentiation: it never meets s2sad."""
    return lambda *args: np.dot(flatten(gradient(*args)), flatten(directions))
