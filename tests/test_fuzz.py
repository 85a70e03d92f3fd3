"""Random programs against numerical differentiation; `tests.fuzz` says which, and runs longer campaigns."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, event, given, note, settings
from hypothesis import strategies as st

from s2sad import grad
from s2sad.errors import S2sadError
from tests.fuzz import check, expected_gradient, generate

QUIET = [
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
]


def programs(with_arrays):
    return st.randoms(use_true_random=False).map(lambda choose: generate(choose, with_arrays))


def moderate(max_examples):
    return settings(max_examples=max_examples, derandomize=True, deadline=None, suppress_health_check=QUIET)


def right(program):
    note(program.source)
    expected = expected_gradient(program)
    assume(expected is not None)
    return check(program, expected)


@moderate(150)
@given(programs(with_arrays=False))
def test_scalar_programs_are_right(program):
    assert right(program) == "passed"


@moderate(150)
@given(programs(with_arrays=True))
def test_array_programs_are_right_or_refused(program):
    event(f"aliases: {program.aliases}, {right(program)}")


@moderate(50)
@given(programs(with_arrays=False) | programs(with_arrays=True))
def test_same_program_same_bytes(program):
    note(program.source)
    f = program.load()
    try:
        first = grad(f, program.argnums).source_for(*program.args)
    except S2sadError:
        assert program.aliases
        event("refused")
        return
    assert grad(f, program.argnums).source_for(*program.args) == first
    assert grad(program.load(), program.argnums).source_for(*program.args) == first
