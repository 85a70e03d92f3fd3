"""An implicit heat equation as one writes it with NumPy: the solver works in place, and its helper returns nothing.

The diffusivity is recovered from measured temperatures by Newton's method, with two generated derivatives.
"""

import numpy as np

from s2sad import grad


def solve(below, diagonal, above, x):
    """Solve a tridiagonal system (Thomas): overwrite `diagonal`, and the right-hand side `x` by the solution."""
    n = len(x)
    for i in range(1, n):
        factor = below[i] / diagonal[i - 1]
        diagonal[i] -= factor * above[i - 1]
        x[i] -= factor * x[i - 1]
    x[-1] /= diagonal[-1]
    for i in range(n - 2, -1, -1):
        x[i] = (x[i] - above[i] * x[i + 1]) / diagonal[i]


def heat(u, diffusivity, steps):
    """Advance the temperatures `u` in place by the implicit Euler method; beyond both ends it is 0."""
    beside = np.full(len(u), -diffusivity)
    for _ in range(steps):
        diagonal = np.full(len(u), 1 + 2 * diffusivity)
        solve(beside, diagonal, beside, u)


def misfit(diffusivity, start, measured, steps):
    u = start.copy()
    heat(u, diffusivity, steps)
    return np.sum((u - measured) ** 2)


slope = grad(misfit)
curvature = grad(slope)

start = np.zeros(40)
start[10:20] = 1.0
measured = start.copy()
heat(measured, 0.7, 20)

print(slope.source_for(0.3, start, measured, 20))

diffusivity = 0.3
for _ in range(6):
    print(f"diffusivity {diffusivity:.6f}   misfit {misfit(diffusivity, start, measured, 20):.7f}")
    diffusivity -= slope(diffusivity, start, measured, 20) / curvature(diffusivity, start, measured, 20)

h = 1e-5
above, below = misfit(0.3 + h, start, measured, 20), misfit(0.3 - h, start, measured, 20)
print(f"slope at 0.3            {slope(0.3, start, measured, 20):.6f}")
print(f"by central differences  {(above - below) / (2 * h):.6f}")
assert abs(diffusivity - 0.7) < 1e-6
