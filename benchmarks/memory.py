"""Measure the peak memory of gradients of stencils that update arrays in place, as the number of steps grows."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable

import numpy as np

from s2sad import grad

# The programs -----------------------------------------------------------------------------------------------


def linear(u, steps):
    for _ in range(steps):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


def burgers(u, steps, dt):
    for _ in range(steps):
        u[1:-1] = u[1:-1] - dt * u[1:-1] * (u[2:] - u[:-2])
    return np.sum(u**2)


def linear_two_buffers(u, steps):
    v = u.copy()
    for _ in range(steps):
        v[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
        u, v = v, u
    return np.sum(u**2)


def burgers_two_buffers(u, steps, dt):
    v = u.copy()
    for _ in range(steps):
        v[1:-1] = u[1:-1] - dt * u[1:-1] * (u[2:] - u[:-2])
        u, v = v, u
    return np.sum(u**2)


PROGRAMS: list[tuple[Callable, tuple]] = [
    (linear, ()),
    (burgers, (1e-3,)),
    (linear_two_buffers, ()),
    (burgers_two_buffers, (1e-3,)),
]

# The measurement --------------------------------------------------------------------------------------------


def peak_memory(call: Callable, *args: object) -> int:
    """Return how many bytes more are allocated at the worst moment of a call than before it.

    NumPy reports its arrays to tracemalloc. Making the derivative is left out: the call is made once before.
    """
    call(*args)
    tracemalloc.start()
    try:
        call(*args)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def peaks(program: Callable, u: np.ndarray, counts: tuple[int, ...], constants: tuple) -> list[int]:
    """Return the peak memory, in bytes, of the gradient of a program for each number of steps."""
    gradient = grad(program)
    return [peak_memory(gradient, u, steps, *constants) for steps in counts]


def slices_per_step(u: np.ndarray, counts: tuple[int, ...], found: list[int]) -> float:
    """Return by how many slices `u[1:-1]` the peak grows with each step, between the last two counts."""
    return (found[-1] - found[-2]) / (counts[-1] - counts[-2]) / u[1:-1].nbytes


def main() -> None:
    counts = (10, 100, 1000)
    u = np.sin(np.linspace(0, 3, 20_000))
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, {u.size} floats, {u.nbytes} bytes")
    print()
    print("| program |", " | ".join(f"{n} steps" for n in counts), "| slices a step |")
    print("| --- |", " | ".join("---:" for _ in counts), "| ---: |")
    for program, constants in PROGRAMS:
        found = peaks(program, u, counts, constants)
        cells = " | ".join(f"{bytes_ / u.nbytes:.1f}" for bytes_ in found)
        print(f"| {program.__name__} | {cells} | {slices_per_step(u, counts, found):.3f} |")


if __name__ == "__main__":
    main()
