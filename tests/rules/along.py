"""A quick check of derivatives to second order: along random directions, in both modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from s2sad import grad, jvp, ravel_pytree

STEP = 1e-5


def check_loss(loss: Callable, point: Any, order: int = 2) -> None:
    """Check a loss's gradient, its tangent and that of the gradient, in all floats of its one argument."""

    def along_v(bar: Any) -> Any:
        return ravel_pytree(bar)[0] @ v

    def slope(f: Callable) -> Any:
        return (f(unravel(flat + STEP * u)) - f(unravel(flat - STEP * u))) / (2 * STEP)

    flat, unravel = ravel_pytree(point)
    u, v = np.random.default_rng(2).normal(size=(2, len(flat)))
    gradient = grad(loss)
    first = pytest.approx(slope(loss), rel=1e-6, abs=1e-7)
    assert ravel_pytree(gradient(point))[0] @ u == first
    assert jvp(loss, (point,), (unravel(u),))[1] == first
    if order == 1:
        return
    second = slope(lambda point: along_v(gradient(point)))
    assert along_v(jvp(gradient, (point,), (unravel(u),))[1]) == pytest.approx(second, rel=1e-5, abs=1e-6)


def check_third(loss: Callable, point: Any) -> None:
    """Check the tangent of the tangent of a loss's gradient."""

    def second(point: Any) -> Any:
        return jvp(gradient, (point,), (unravel(u),))[1]

    def along_v(h: float) -> Any:
        return ravel_pytree(second(unravel(flat + h * w)))[0] @ v

    flat, unravel = ravel_pytree(point)
    u, v, w = np.random.default_rng(3).normal(size=(3, len(flat)))
    gradient = grad(loss)
    found = ravel_pytree(jvp(second, (point,), (unravel(w),))[1])[0] @ v
    numeric = (along_v(STEP) - along_v(-STEP)) / (2 * STEP)
    assert found == pytest.approx(numeric, rel=1e-4, abs=1e-5)


def check_along(f: Callable, args: Any, order: int = 2) -> None:
    """Check a function of arrays, the results of which are arrays, by random sums of their elements."""
    results = f(*args)
    many = results if isinstance(results, tuple) else (results,)
    rng = np.random.default_rng(1)
    weights = tuple(rng.normal(size=np.shape(each)) for each in many)

    def of_one(point):
        return np.sum(weights[0] * f(*point))

    def of_many(point):
        return sum([np.sum(w * y) for w, y in zip(weights, f(*point), strict=True)])

    check_loss(of_many if isinstance(results, tuple) else of_one, tuple(args), order)
