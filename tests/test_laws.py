"""The laws of the design, over every program of the corpus."""

from __future__ import annotations

import ast
import copy
import inspect
import re

import pytest

from s2sad import grad
from s2sad.analysis import kinds as k
from s2sad.derivative import Derivative, is_laid_out_by_rows, jvp, vjp
from s2sad.pipeline import derive
from tests.programs.registry import PROGRAMS, gradient_of

STACKED = re.compile(r"\b(?:\w+_)?(?:stack|undo)(?:_\d+)?\.(?:append|pop)\(")

# Law 2, "closed", does not hold for these yet: the text of the gradient is refused when it is read again.
RUN_TIME_CALL = "calls `vjp`, whose own text is read and refused"
HELPER_STACK = "a stack comes back from a helper in a tuple and is popped"
SHARED_ITEMS = "which items of a container share storage is not seen in the text"
STACK_IN_TRY = "the forward sweep pushes inside `try`"
NOT_CLOSED = {
    "aliases.buffers_in_a_list": SHARED_ITEMS,
    "calls.recursion_over_tree": "the saved values of a recursion nest without a bound",
    "calls.functions_returned": RUN_TIME_CALL,
    "calls.composition": RUN_TIME_CALL,
    "calls.helper_in_loop": HELPER_STACK,
    "containers.matrix_product_of_lists": SHARED_ITEMS,
    "containers.dict_of_lists": SHARED_ITEMS,
    "containers.dict_setdefault": SHARED_ITEMS,
    "effects.try_in_loop": STACK_IN_TRY,
    "effects.linalg_error_taken": STACK_IN_TRY,
    "language.error_names": STACK_IN_TRY,
    "fluids.lattice_boltzmann_inflow": HELPER_STACK,
    "inplace.list_of_arrays": SHARED_ITEMS,
    "inplace.parameters_updated_in_a_list": SHARED_ITEMS,
    "iterative.conjugate_gradients_with_ssor": HELPER_STACK,
    "multilevel.multigrid_level_lists": SHARED_ITEMS,
    "learning_loops.soft_alignment": HELPER_STACK,
    "multilevel.full_multigrid": HELPER_STACK,
    "multilevel.multigrid_recursive": HELPER_STACK,
    "multilevel.multigrid_recursive_on_copies": HELPER_STACK,
    "particles.density_contrast": "`np.fft.fft2` with its axes by position",
    "particles.metropolis": HELPER_STACK,
    "updating_helpers.merge_sorted": HELPER_STACK,
    "updating_helpers.power_spectrum": HELPER_STACK,
    "updating_helpers.quick_sorted": HELPER_STACK,
}

# Without optimization an explicit `einsum` is refused: its split result string is not folded then.
NOT_PLAIN = {
    "linear_algebra.einsum_bilinear_form",
    "linear_algebra.einsum_sums",
    "linear_algebra.einsum_trace_and_diagonal",
    "linear_algebra.einsum_transpose",
}

# Law 5: a program of six lines that tests the classes of its argument's parts, each test a line of text.
LONG = {"branches.match_classes"}


def each(programs):
    return pytest.mark.parametrize("program", programs, ids=[program.name for program in programs])


def argnums_of(program):
    return program.argnums[0] if len(program.argnums) == 1 else program.argnums


def text_of(program):
    """Return the text of the gradient that all tests share."""
    return gradient_of(program).source_for(*copy.deepcopy(program.args))


def derive_for(derivative, args):
    """Run the passes for a call with these arguments, the verifier after each."""
    shapes = k.Shapes()
    bound = inspect.Signature(derivative.parameters()).bind(*args)
    bound.apply_defaults()
    kinds = {name: k.kind_of(value, shapes) for name, value in bound.arguments.items()}
    given = bound.arguments.items()
    shapes.by_rows = frozenset(name for name, value in given if is_laid_out_by_rows(value))
    return derive(derivative.target, kinds, derivative.request(), shapes, (vjp, jvp), check=True)


@each(PROGRAMS)
def test_same_input_same_bytes(program):
    anew = grad(program.function, program.argnums)
    assert anew.source_for(*copy.deepcopy(program.args)) == text_of(program)


def assert_verified(program, optimize):
    derivative = Derivative(program.function, argnums_of(program), optimize=optimize)
    stages = derive_for(derivative, copy.deepcopy(program.args)).stages
    assert list(stages) == ["lower", "prune", "reverse", "clean", "emit"]


@each(PROGRAMS)
def test_verifier_passes_after_each_pass(program):
    assert_verified(program, True)


@each([program for program in PROGRAMS if program.name not in NOT_PLAIN])
def test_verifier_passes_after_each_plain_pass(program):
    assert_verified(program, False)


@each([program for program in PROGRAMS if program.order >= 2 and program.name not in NOT_CLOSED])
def test_emitted_text_is_accepted(program):
    args = copy.deepcopy(program.args)
    emitted = gradient_of(program)._version(args, {}).function
    again = Derivative(emitted, program.argnums, mode="vjp")
    derive_for(again, args)


def test_exceptions_are_programs():
    assert {*NOT_CLOSED, *NOT_PLAIN, *LONG} <= {program.name for program in PROGRAMS}


@each(PROGRAMS)
def test_straight_line_code_has_no_stack(program):
    text = text_of(program)
    if not any(isinstance(node, (ast.For, ast.While)) for node in ast.walk(ast.parse(text))):
        assert not STACKED.search(text), text


MOSTLY_HELPERS = {
    "aliases.two_views_from_a_helper",
    "columns.richards_equation",
    "columns.vertical_advection",
    "direct_solvers.lu_partial_pivoting",
    "fluids.channel_flow",
    "fluids.lid_driven_cavity",
    "fluids.stable_fluids",
    "images.flow_on_a_pyramid",
    "integrators.lorenz_by_rk4",
    "learning_loops.attention_by_loops",
    "learning_loops.character_model",
    "multilevel.multigrid_recursive",
    "multilevel.multigrid_recursive_on_copies",
    "orthogonal.householder_in_place",
    "particles.lennard_jones_verlet",
    "particles.planets_in_lists",
    "particles.smoothed_particle_star",
    "signals.deriche",
    "stencils.alternating_directions_by_lines",
    "stencils.heat_3d",
    "stencils.red_black_sor",
    "updating_helpers.both_arguments_returned",
    "updating_helpers.default_buffer",
    "updating_helpers.default_buffer_in_a_loop",
    "updating_helpers.early_returns",
    "updating_helpers.hadamard_transform",
    "updating_helpers.helpers_in_helpers",
    "updating_helpers.multigrid",
}
"""Programs whose own text is a small part of what they run: the helpers that they call are counted too."""


@each([program for program in PROGRAMS if program.name not in LONG])
def test_emitted_text_is_a_small_multiple_of_the_source(program):
    source = inspect.getsource(program.function)
    if len(source.splitlines()) > 5:
        whole = program.name in MOSTLY_HELPERS
        assert len(text_of(program)) <= 12 * (written_out(program.function, ()) if whole else len(source))


def written_out(function, callers):
    """The length of a function's source with that of the functions of its module for each call of one."""
    source = inspect.getsource(function)
    total = len(source)
    for name in function.__code__.co_names:
        callee = function.__globals__.get(name)
        if inspect.isfunction(callee) and callee.__module__ == function.__module__ and callee not in callers:
            total += source.count(f"{name}(") * written_out(callee, (*callers, function, callee))
    return total
