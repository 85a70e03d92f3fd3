"""Measure expression swell and plot it to docs/swell.png: see swell.md."""

from __future__ import annotations

import linecache
import timeit
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np

from s2sad import grad

matplotlib.use("Agg")
from matplotlib import pyplot as plt

# A symbolic differentiator, as small as can be --------------------------------------------------------------
#
# An expression is "x" or a tuple (operator, operand, ...). Python shares the parts of these tuples, so that
# building them is cheap; `size` counts what would be printed, in which nothing is shared.

Expression = str | tuple


def derive(e: Expression, memo: dict[int, Expression]) -> Expression:
    """Return the derivative of an expression in x, with the rules as in a textbook and no simplification."""
    if e == "x":
        return "1"
    if id(e) not in memo:
        if e[0] == "*":
            memo[id(e)] = ("+", ("*", derive(e[1], memo), e[2]), ("*", e[1], derive(e[2], memo)))
        else:
            assert e[0] == "sin"
            memo[id(e)] = ("*", ("cos", e[1]), derive(e[1], memo))
    return memo[id(e)]


def size(e: Expression, memo: dict[int, int]) -> int:
    """Return the number of symbols of an expression when it is written out."""
    if isinstance(e, str):
        return 1
    if id(e) not in memo:
        memo[id(e)] = 1 + sum(size(part, memo) for part in e[1:])
    return memo[id(e)]


def symbolic_size(n: int) -> int:
    """Return the size of the symbolic derivative of n nested products y * sin(y)."""
    y: Expression = "x"
    for _ in range(n):
        y = ("*", y, ("sin", y))
    return size(derive(y, {}), {})


# The same function as a program -----------------------------------------------------------------------------


def nested(n: int) -> Callable[[float], float]:
    """Return a straight-line program of n nested products."""
    text = "def f(x):\n    y = x\n" + "    y = y * np.sin(y)\n" * n + "    return y\n"
    filename = f"<nested {n}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    scope = {"np": np}
    exec(compile(text, filename, "exec"), scope)
    return scope["f"]


def measure(n: int) -> tuple[int, float]:
    """Return the length of the emitted gradient in characters, and the time of one call in seconds."""
    gradient = grad(nested(n))
    length = len(gradient.source_for(0.9))
    gradient(0.9)
    repeats = max(1, 4000 // n)
    seconds = min(timeit.repeat(lambda: gradient(0.9), number=repeats, repeat=5)) / repeats
    return length, seconds


def main() -> None:
    sizes = [1, 2, 4, 8, 16, 32, 64]
    measured = [measure(n) for n in sizes]
    symbols = [symbolic_size(n) for n in sizes]
    print("|  n | emitted text, characters | one call, microseconds | symbolic derivative, symbols |")
    print("|---:|---:|---:|---:|")
    for n, (length, seconds), count in zip(sizes, measured, symbols):
        print(f"| {n:2} | {length} | {seconds * 1e6:.1f} | {count:.3g} |")

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    left.plot(sizes, symbols, "o-", label="symbolic derivative, symbols")
    left.plot(sizes, [length for length, _ in measured], "s-", label="emitted gradient, characters")
    left.set(xlabel="nested products n", yscale="log", title="length")
    left.legend()
    right.plot(sizes, [1e6 * seconds for _, seconds in measured], "s-")
    right.set(xlabel="nested products n", ylabel="microseconds", title="one call of the gradient", ylim=0)
    figure.savefig(Path(__file__).with_name("swell.png"), dpi=120)


if __name__ == "__main__":
    main()
