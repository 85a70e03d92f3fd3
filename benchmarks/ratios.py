"""Measure ratios, side by side in one run: time and text of gradients against those of their programs."""

from __future__ import annotations

import inspect
import linecache
import time
import timeit
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad import grad

try:
    import numba
except ImportError:
    numba = None
try:
    import autograd
    import autograd.numpy
except ImportError:
    autograd = None
try:
    import jax
except ImportError:
    jax = None

# The programs -----------------------------------------------------------------------------------------------


def lotka_volterra(x, y, a, b, steps):
    for _ in range(steps):
        dx = a * x - b * x * y
        dy = b * x * y - y
        x = x + 0.001 * dx
        y = y + 0.001 * dy
    return x + y


def while_loop(x, tolerance):
    term = 1.0
    total = 0.0
    k = 0
    while abs(term) > tolerance:
        total = total + term
        k = k + 1
        term = term * x / k
    return total


def vector_code(x):
    y = np.tanh(x) * np.exp(-x * x)
    return np.sum(np.sqrt(1 + y * y))


def heat(u, steps):
    for _ in range(steps):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


def lu(A):
    n = len(A)
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    return np.sum(A)


def logistic_regression(w, X, labels):
    scores = X @ w
    return np.mean(np.log(1 + np.exp(-labels * scores)))


def two_layers(parameters, X, targets):
    hidden = np.tanh(X @ parameters["W1"] + parameters["b1"])
    errors = hidden @ parameters["W2"] + parameters["b2"] - targets
    return np.mean(errors**2)


def early_return(x, limit):
    for k in range(limit):
        x = x * x * 0.5 + 0.501
        if x > 4:
            return x / (k + 1)
    return x


_rng = np.random.default_rng(0)
PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (lotka_volterra, (1.0, 0.7, 1.1, 0.4, 1000)),
    (while_loop, (20.0, 1e-12)),
    (vector_code, (_rng.normal(size=100_000),)),
    (heat, (_rng.normal(size=10_000), 100)),
    (lu, (_rng.normal(size=(30, 30)) + 30 * np.eye(30),)),
    (
        logistic_regression,
        (_rng.normal(size=50), _rng.normal(size=(2000, 50)), np.sign(_rng.normal(size=2000))),
    ),
    (
        two_layers,
        (
            {
                "W1": _rng.normal(size=(64, 64)),
                "b1": np.zeros(64),
                "W2": _rng.normal(size=(64, 10)),
                "b2": np.zeros(10),
            },
            _rng.normal(size=(500, 64)),
            _rng.normal(size=(500, 10)),
        ),
    ),
    (early_return, (0.9, 1000)),
]

# Measuring --------------------------------------------------------------------------------------------------


def copied(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments with fresh arrays: some programs update theirs."""
    return tuple(a.copy() if isinstance(a, np.ndarray) else a for a in args)


def seconds(function: Callable[..., Any], args: tuple[Any, ...]) -> float:
    """Return the time of one call: the least of seven rounds of at least 20 ms, copies of arguments taken off."""

    def call() -> None:
        function(*copied(args))

    def copies() -> None:
        copied(args)

    call()
    number = max(1, int(0.02 / max(timeit.timeit(call, number=1), 1e-7)))
    whole, part = (min(timeit.repeat(f, number=number, repeat=7)) / number for f in (call, copies))
    return whole - part


def row(*cells: Any) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def head(*cells: str) -> None:
    print()
    row(*cells)
    row("---", *["---:"] * (len(cells) - 1))


def times() -> None:
    """Print the time of each gradient divided by that of its program."""
    head("program", "program, µs", "gradient, µs", "gradient / program")
    for function, args in PROGRAMS:
        gradient = grad(function)
        gradient(*copied(args))
        primal, adjoint = seconds(function, args), seconds(gradient, args)
        row(function.__name__, f"{primal * 1e6:.1f}", f"{adjoint * 1e6:.1f}", f"{adjoint / primal:.1f}")


def lengths() -> None:
    """Print the length of each emitted text divided by that of its source, for orders 1 to 3."""
    head("program", "source, characters", "order 1", "order 2", "order 3")
    for function, args in PROGRAMS:
        if not isinstance(args[0], float):
            continue  # the gradient in an array is no scalar function
        source = len(inspect.getsource(function))
        derivative: Any = function
        ratios = []
        for _ in range(3):
            derivative = grad(derivative)
            ratios.append(f"{len(derivative.source_for(*args)) / source:.1f}")
        row(function.__name__, source, *ratios)


def straight_line(n: int) -> Callable[[float], float]:
    """Return a straight-line program of n statements."""
    text = "def f(x):\n    y = x\n" + "    y = y * np.sin(y)\n" * n + "    return y\n"
    filename = f"<straight line {n}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    scope = {"np": np}
    exec(compile(text, filename, "exec"), scope)
    return scope["f"]


def transformation() -> None:
    """Print the time of the transformation, which should grow in proportion to the program."""
    grad(straight_line(10)).source_for(0.9)
    head("statements", "transformation, ms", "ms per statement")
    for n in (25, 50, 100, 200, 400):
        start = time.perf_counter()
        grad(straight_line(n)).source_for(0.9)
        spent = 1e3 * (time.perf_counter() - start)
        row(n, f"{spent:.0f}", f"{spent / n:.2f}")


def compiled() -> None:
    """Print the time of a loop's gradient under numba, which compiles the emitted text as it is."""
    if numba is None:
        print("\nnumba is not installed")
        return
    head("compiled by numba", "gradient, µs", "njit of its text, µs", "speedup")
    for function, args in (PROGRAMS[0], PROGRAMS[1]):
        gradient = grad(function)
        scope: dict[str, Any] = {"np": np}
        exec(gradient.source_for(*args), scope)
        fast = numba.njit(scope[gradient_name(function)])
        try:
            value = fast(*args)
        except numba.core.errors.NumbaError as error:
            row(function.__name__, "", f"refused: {type(error).__name__}", "")
            continue
        assert np.isclose(value, gradient(*args))
        slow, quick = seconds(gradient, args), seconds(fast, args)
        row(function.__name__, f"{slow * 1e6:.1f}", f"{quick * 1e6:.1f}", f"{slow / quick:.0f}")


def gradient_name(function: Callable[..., Any]) -> str:
    return f"{function.__name__}_grad"


def others() -> None:
    """Print the times of other tools on the scalar loop, those that are installed."""
    function, args = PROGRAMS[0]
    found = []
    if autograd is not None:
        found.append(("autograd", autograd.grad(function)))
    if jax is not None:
        jax.config.update("jax_enable_x64", True)
        found.append(("jax, compiled", jax.jit(jax.grad(function), static_argnums=4)))
    if not found:
        print("\nautograd and jax are not installed")
        return
    own = seconds(grad(function), args)
    head("Lotka-Volterra, 1,000 steps", "gradient, µs", "time / s2sad")
    row("s2sad", f"{own * 1e6:.1f}", "1.0")
    for name, gradient in found:
        spent = seconds(gradient, args)
        row(name, f"{spent * 1e6:.1f}", f"{spent / own:.2f}")


def main() -> None:
    times()
    lengths()
    transformation()
    compiled()
    others()


if __name__ == "__main__":
    main()
