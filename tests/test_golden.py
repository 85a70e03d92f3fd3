"""The text of a few derivatives, as the design draws it: what a reader of the output must find."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import grad
from tests.numeric import assert_same, numerical_gradient


def sum_of_products(x1, x2):
    return np.sin(x1) + x1 * x2


def heat(u, steps):
    for _ in range(steps):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


def lu_sum(A):
    n = len(A)
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    return np.sum(A)


def series(x, tolerance):
    total = 1.0
    term = 1.0
    for n in range(1, 100):
        term *= x / n
        total += term
        if abs(term) < tolerance:
            return total
    return total


def logistic_unit(w, b, x):
    return 1 / (1 + np.exp(-(w @ x + b)))


SUM_OF_PRODUCTS = """\
def sum_of_products_grad(x1, x2):
    # return np.sin(x1) + x1 * x2
    x1_bar = np.cos(x1) + x2
    return x1_bar
"""

HEAT = """\
def heat_grad(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    # return np.sum(u**2)
    u_bar = 2 * u
    for _ in range(steps):
        # u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
        t_bar = u_bar[1:-1].copy()
        u_bar[1:-1] = 0.0
        t = 0.1 * t_bar
        u_bar[:-2] += t
        u_bar[1:-1] += -0.2 * t_bar
        u_bar[2:] += t
        u_bar[1:-1] += t_bar
    return u_bar
"""

LU_SUM = """\
def lu_sum_grad(A):
    A_undo = []
    A_undo_1 = []
    A_undo_2 = []
    n = len(A)
    A = A.copy()
    for i in range(n):
        for j in range(i):
            A_undo_2.append(A[i, j])
            A[i, j] -= A[i, :j] @ A[:j, j]
            A_undo_1.append(A[i, j])
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A_undo.append(A[i, j])
            A[i, j] -= A[i, :i] @ A[:i, j]
    A_bar = np.ones_like(A)
    for i in range(n - 1, -1, -1):
        for j in range(n - 1, i - 1, -1):
            # A[i, j] -= A[i, :i] @ A[:i, j]
            A[i, j] = A_undo.pop()
            t = A_bar[i, j]
            A_bar[:i, j] -= t * A[i, :i]
            A_bar[i, :i] -= t * A[:i, j]
        for j in range(i - 1, -1, -1):
            # A[i, j] /= A[j, j]
            A[i, j] = A_undo_1.pop()
            t_bar = A_bar[i, j]
            A_bar[i, j] = 0.0
            t = A[j, j]
            A_bar[j, j] += -(t_bar * (A[i, j] / t)) / t
            A_bar[i, j] += t_bar / t
            # A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] = A_undo_2.pop()
            t = A_bar[i, j]
            A_bar[:j, j] -= t * A[i, :j]
            A_bar[i, :j] -= t * A[:j, j]
    return A_bar
"""

SERIES = """\
def series_grad(x, tolerance):
    stack = []
    term_stack = []
    escaped = False
    term = 1.0
    n = 0
    for n in range(1, 100):
        term_stack.append(term)
        term *= x / n
        t = abs(term) < tolerance
        stack.append(t)
        if t:
            escaped = True
            break
    if escaped:
        result_bar = 1.0
        total_bar = 0.0
    else:
        result_bar = 0.0
        total_bar = 1.0
    term_bar = 0.0
    x_bar = 0.0
    for n in range(n, 0, -1):
        t = stack.pop()
        term = term_stack.pop()
        if t:
            # if abs(term) < tolerance:
            total_bar += result_bar
            result_bar = 0.0
        # total += term
        term_bar_1 = term_bar + total_bar
        # term *= x / n
        term_bar = term_bar_1 * (x / n)
        x_bar += term_bar_1 * term / n
    return x_bar
"""

LOGISTIC_UNIT = """\
def logistic_unit_grad(w, b, x):
    t = np.exp(-(w @ x + b))
    t1 = 1 + t
    t2 = 1 / t1
    # return 1 / (1 + np.exp(-(w @ x + b)))
    t = -t2 / t1 * t
    b_bar = -t
    w_bar = -(t * x)
    return w_bar, b_bar
"""

CASES = [
    (sum_of_products, 0, (0.7, -1.3), SUM_OF_PRODUCTS),
    (heat, 0, (np.array([0.3, -1.2, 0.8, 2.0, 0.1, -0.6]), 3), HEAT),
    (lu_sum, 0, (np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.7], [0.2, -0.4, 2.0]]),), LU_SUM),
    (series, 0, (1.2, 1e-9), SERIES),
    (logistic_unit, (0, 1), (np.array([0.3, -0.8]), 0.5, np.array([1.5, 0.4])), LOGISTIC_UNIT),
]


@pytest.mark.parametrize(
    ("function", "argnums", "args", "text"), CASES, ids=[case[0].__name__ for case in CASES]
)
def test_golden(function, argnums, args, text):
    gradient = grad(function, argnums)
    assert gradient.source_for(*args) == text
    assert_same(gradient(*args), numerical_gradient(function, args, argnums))


def test_series_that_does_not_converge():
    args = (40.0, 1e-9)
    assert_same(grad(series)(*args), numerical_gradient(series, args, 0))
