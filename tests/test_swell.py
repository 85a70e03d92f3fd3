"""Expression swell: the emitted gradient grows linearly where the symbolic derivative grows exponentially."""

from __future__ import annotations

import itertools
import linecache
import math
import runpy
from pathlib import Path

import numpy as np
import pytest

from s2sad import grad

SIZES = [4, 8, 16, 32, 64]


def nested(n):
    """Return a program of n nested products, y = y * sin(y)."""
    text = "def f(x):\n    y = x\n" + "    y = y * np.sin(y)\n" * n + "    return y\n"
    filename = f"<nested products {n}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    scope = {"np": np}
    exec(compile(text, filename, "exec"), scope)
    return scope["f"]


def symbolic_sizes(n):
    """Return the number of symbols of n nested products and of their derivative, both written out.

    A product a * b has the derivative a' * b + a * b'; sin(a) has cos(a) * a'.
    """
    primal = derivative = 1
    for _ in range(n):
        sine, sine_derivative = primal + 1, primal + derivative + 2
        derivative = (1 + derivative + sine) + (1 + primal + sine_derivative) + 1
        primal = 1 + primal + sine
    return primal, derivative


def test_the_gradient_is_right():
    def slope(n, x):
        y, dy = x, 1.0
        for _ in range(n):
            y, dy = y * math.sin(y), (math.sin(y) + y * math.cos(y)) * dy
        return dy

    for n in SIZES:
        assert math.isclose(grad(nested(n))(1.9), slope(n, 1.9), rel_tol=1e-9)


@pytest.mark.parametrize("measure", [len, lambda text: len(text.splitlines())], ids=["characters", "lines"])
def test_emitted_text_grows_linearly(measure):
    lengths = [measure(grad(nested(n)).source_for(1.9)) for n in SIZES]
    slopes = [(b - a) / (n - m) for a, b, m, n in zip(lengths, lengths[1:], SIZES, SIZES[1:])]
    assert max(slopes) <= 1.25 * min(slopes), lengths


def test_emitted_text_is_a_small_multiple_of_the_program():
    program = "    y = y * np.sin(y)\n" * 64
    assert len(grad(nested(64)).source_for(1.9)) <= 12 * len(program)


def test_symbolic_derivative_grows_exponentially():
    sizes = [symbolic_sizes(n)[1] for n in range(1, 65)]
    assert all(b >= 2 * a for a, b in itertools.pairwise(sizes))
    assert sizes[-1] > 10**21


def test_the_plot_counts_the_same():
    pytest.importorskip("matplotlib")
    script = Path(__file__).resolve().parent.parent / "docs" / "plot_swell.py"
    counted = runpy.run_path(str(script))["symbolic_size"]
    assert [counted(n) for n in range(1, 20)] == [symbolic_sizes(n)[1] for n in range(1, 20)]
