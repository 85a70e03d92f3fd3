"""Peak memory of gradients of in-place stencils: what is saved for each step, counted by tracemalloc."""

from __future__ import annotations

import runpy
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from s2sad import grad
from tests.numeric import assert_same, numerical_gradient

BENCHMARK = runpy.run_path(str(Path(__file__).resolve().parent.parent / "benchmarks" / "memory.py"))
PROGRAMS = BENCHMARK["PROGRAMS"]
NAMES = [program.__name__ for program, _ in PROGRAMS]
SIZE = 2000
COUNTS = (20, 120)


def growth(program, constants):
    """Return by how many slices the peak grows with each step."""
    u = np.sin(np.linspace(0, 3, SIZE))
    found = BENCHMARK["peaks"](program, u, COUNTS, constants)
    return BENCHMARK["slices_per_step"](u, COUNTS, found)


@pytest.mark.parametrize(("program", "constants"), PROGRAMS, ids=NAMES)
def test_growth_with_each_step(program, constants):
    slices = growth(program, constants)
    if program.__name__.startswith("linear"):
        assert abs(slices) < 0.01
    else:
        assert 0.9 < slices < 1.1


@pytest.mark.parametrize(("program", "constants"), PROGRAMS, ids=NAMES)
def test_only_what_is_read_is_saved(program, constants):
    text = grad(program).source_for(np.ones(9), 3, *constants)
    saved = text.count(".append(")
    assert saved == (0 if program.__name__.startswith("linear") else 1)


@pytest.mark.parametrize(("program", "constants"), PROGRAMS, ids=NAMES)
def test_the_gradient_is_right(program, constants):
    args = (np.sin(np.linspace(0, 3, 7)), 4, *constants)
    assert_same(grad(program)(*args), numerical_gradient(program, args, 0))


def test_nothing_is_kept_after_a_call():
    program, constants = PROGRAMS[1]
    u = np.sin(np.linspace(0, 3, SIZE))
    gradient = grad(program)
    gradient(u, 50, *constants)
    tracemalloc.start()
    try:
        gradient(u, 50, *constants)
        assert tracemalloc.get_traced_memory()[0] < u.nbytes
    finally:
        tracemalloc.stop()


def test_rows_are_saved_not_matrices():
    """A step that overwrites one row of a matrix saves that row."""

    def relax(A, steps):
        for k in range(steps):
            A[k % 4] = A[k % 4] * A[(k + 1) % 4]
        return np.sum(A)

    A = np.full((4, SIZE), 0.99)
    low, high = BENCHMARK["peaks"](relax, A, COUNTS, ())
    rows = (high - low) / (COUNTS[1] - COUNTS[0]) / A[0].nbytes
    assert 0.9 < rows < 1.1
