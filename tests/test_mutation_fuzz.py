"""Random programs that update arrays, the programs that once failed, and a proof that failures are found."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import grad
from s2sad.errors import S2sadError
from tests.mutation_fuzz import Task, campaign, check, generate, load, shrink
from tests.mutation_seeds import SOURCES

KEYS = ["test-0", "test-1", "test-2"]
PROGRAM = """
def h(w, b):
    w[1:] += b * w[:-1]


def f(x, y, p, q, c, m, g, n):
    v = p[::2]
    for i in range(n):
        h(v, x)
        p[1] *= q[i]
    return np.sum(p * np.arange(5.0)) + y * np.sum(m * m)
"""


@pytest.mark.parametrize("name", SOURCES)
def test_programs_that_once_failed(name):
    outcome = check(SOURCES[name], KEYS)
    assert outcome.kind in ("right", "refused"), outcome


@pytest.mark.parametrize("seed", ["first", "second", "third"])
def test_random_programs_are_right_or_refused(seed, capsys):
    counts = campaign([Task(seed, index, sets=2) for index in range(60)])
    assert not counts["WRONG"] and not counts["CRASH"], capsys.readouterr().out
    assert counts["right"] > 20
    assert counts["skipped"] < 10


def test_a_program_is_determined_by_seed_and_index():
    assert [generate(7, k) for k in range(5)] == [generate(7, k) for k in range(5)]
    assert generate(7, 0) != generate(8, 0)


# Proof that failures are seen


def derivative_of(altered):
    """In the place of `grad`: the derivative of another program."""
    return lambda f, argnums: grad(load(altered, {"np": np}), argnums)


def test_a_right_gradient_is_right():
    assert check(PROGRAM, KEYS).kind == "right"


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("w[:-1]", "w[:-1].copy() * 1.000001"),  # a wrong coefficient
        ("p[::2]", "p[::2].copy()"),  # an alias that is not seen
        ("p[1] *=", "p[1] +="),
        ("        h(v, x)\n", ""),  # an update that is lost
        ("range(n)", "range(n - 1)"),
        ("y * np.sum(m * m)", "y"),
    ],
)
def test_a_wrong_gradient_is_seen(text, instead):
    assert check(PROGRAM, KEYS, derivative_of(PROGRAM.replace(text, instead))).kind == "WRONG"


def test_a_changed_argument_is_seen():
    def careless(f, argnums):
        def gradient(*args):
            result = grad(f, argnums)(*args)
            args[2][0] += 1.0
            return result

        return gradient

    assert check(PROGRAM, KEYS, careless).reason == "an argument was changed"


@pytest.mark.parametrize(("error", "kind"), [(KeyError("v"), "CRASH"), (S2sadError("no"), "refused")])
def test_errors_are_told_apart(error, kind):
    def failing(f, argnums):
        raise error

    assert check(PROGRAM, KEYS, failing).kind == kind


def test_programs_that_say_nothing_are_skipped():
    header = "def f(x, y, p, q, c, m, g, n):\n"
    for line in [
        "return p[7]",
        "return np.sum(p) / 0.0",
        "return abs(x - x * (1.0 + 1e-12))",
        "return 1e7 * x",
    ]:
        assert check(f"{header}    {line}\n", KEYS).kind == "skipped"


def test_a_failing_program_is_cut_down():
    def fails(source):
        return check(source, KEYS, derivative_of(source.replace("q[i]", "1.0"))).kind == "WRONG"

    small = shrink(PROGRAM, fails)
    assert "q[i]" in small
    assert "h" not in small and "v" not in small
    assert len(small.splitlines()) <= 5
