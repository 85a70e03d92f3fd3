"""Linear maps at one point: functions of the arguments that return functions of a vector, as in HIPS autograd.

>>> def f(x):
...     return x[0] * x[1]
>>> x, v = np.array([2.0, 3.0]), np.array([1.0, 0.0])
>>> make_jvp(f)(x)(v)
(np.float64(6.0), np.float64(3.0))
>>> pull, value = make_vjp(f)(x)
>>> pull(1.0)
array([3., 2.])
>>> make_hvp(f)(x)(v)
array([0., 1.])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np  # noqa: F401  for the examples

from s2sad.derivative import Derivative, kept
from s2sad.linear_maps import GaussNewtonMap, HessianMap, OperatorOf, Products, TangentMap, chosen
from s2sad.operators import Argnums, CheckedPullback, grad
from s2sad.products import half_squared_norm


class VjpMaker(OperatorOf):
    """What `make_vjp` returns."""

    operator = "make_vjp"

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        value, pull = kept(Derivative(self.function, self.argnum, mode="vjp")).pullback(args, kwargs)
        return CotangentMap(pull, value, self.count, self.single), value


class CotangentMap(CheckedPullback):
    """A checked pullback of one argument, or of several."""

    def __init__(self, pull: Any, like: Any, count: int, single: bool):
        super().__init__(pull, like, tuple(range(count)), count)
        self.single = single

    def __call__(self, g: Any) -> Any:
        bars = super().__call__(g)
        return bars[0] if self.single else bars


def make_vjp(function: Any = None, argnum: Argnums = 0) -> Any:
    """Return the function of the arguments that returns ``(vjp, value)``, as in autograd.

    Parameters
    ----------
    function : callable
        A function of floats, arrays and containers of them, with a result of such. Without it, a decorator is
        returned.
    argnum : int, str or sequence of them
        The arguments to differentiate with respect to.

    Returns
    -------
    callable
        ``make_vjp(f)(*args)`` returns ``(vjp, value)``. ``vjp(g)`` takes a cotangent like the value, and returns
        that of the argument; for a sequence of `argnum` a tuple. It may be called many times.

    Raises
    ------
    ArgumentTypeError, UnsupportedSyntax, UnknownDerivative, AmbiguousAlias, SourceNotFound
        At a call, as for `vjp`.

    Examples
    --------
    >>> pull, value = make_vjp(np.square)(np.array([1.0, 2.0]))
    >>> value, pull(np.array([1.0, 10.0]))
    (array([1., 4.]), array([ 2., 40.]))
    """
    return VjpMaker.of(function, argnum)


class JvpMaker(OperatorOf):
    """What `make_jvp` returns."""

    operator = "make_jvp"

    def __call__(self, *args: Any, **kwargs: Any) -> TangentMap:
        made = kept(Derivative(self.function, self.argnum, mode="jvp"))
        return TangentMap(made.frozen_pushforward(args, kwargs), chosen(made, args, kwargs), self.single)


def make_jvp(function: Any = None, argnum: Argnums = 0) -> Any:
    """Return the function of the arguments that returns ``v -> (value, tangent)``, as in autograd.

    Parameters
    ----------
    function, argnum
        As for `make_vjp`.

    Returns
    -------
    callable
        ``make_jvp(f)(*args)(v)`` returns the value and its tangent along `v`, which is like the argument; for a
        sequence of `argnum` a tuple. The arguments are copied.

    Raises
    ------
    ArgumentTypeError, UnsupportedSyntax, UnknownDerivative, AmbiguousAlias, SourceNotFound
        At a call, as for `jvp`.

    Examples
    --------
    >>> make_jvp(np.square)(np.array([1.0, 2.0]))(np.array([1.0, 0.0]))
    (array([1., 4.]), array([2., 0.]))
    """
    return JvpMaker.of(function, argnum)


class HvpMaker(OperatorOf):
    """What `make_hvp` returns."""

    operator = "make_hvp"

    def __call__(self, *args: Any, **kwargs: Any) -> Products:
        gradient = grad(self.function, self.argnum)
        made = kept(Derivative(gradient, self.argnum, mode="jvp"))
        product = HessianMap(made.frozen_pushforward(args, kwargs), chosen(made, args, kwargs), self.single)
        return Products(product, gradient(*args, **kwargs))


def make_hvp(function: Any = None, argnum: Argnums = 0) -> Any:
    """Return the function of the arguments that returns the Hessian-vector product at that point.

    Parameters
    ----------
    function : callable
        A function that returns a real scalar. Without it, a decorator is returned.
    argnum : int, str or sequence of them
        The arguments to differentiate twice.

    Returns
    -------
    callable
        ``make_hvp(f)(*args)(v)`` is the product of the Hessian and `v`, which is like the argument; for a sequence
        of `argnum` a tuple. What ``make_hvp(f)(*args)`` returns is also a pair, of the product as a function and
        the gradient, as in autograd.

    Raises
    ------
    NonScalarResult, ArgumentTypeError, UnsupportedSyntax, UnknownDerivative, AmbiguousAlias, SourceNotFound
        At a call, as for `hvp`.

    Examples
    --------
    >>> def f(x):
    ...     return np.sum(x**3)
    >>> make_hvp(f)(np.array([1.0, 2.0]))(np.array([1.0, 1.0]))
    array([ 6., 12.])
    >>> product, gradient = make_hvp(f)(np.array([1.0, 2.0]))
    >>> gradient
    array([ 3., 12.])
    """
    return HvpMaker.of(function, argnum)


class GgnvpMaker(OperatorOf):
    """What `make_ggnvp` returns."""

    operator = "make_ggnvp"

    def __init__(self, function: Callable, argnum: Argnums, outer: Callable):
        super().__init__(function, argnum, outer)
        self.outer = outer

    def __call__(self, *args: Any, **kwargs: Any) -> GaussNewtonMap:
        pull, value = VjpMaker(self.function, self.argnum)(*args, **kwargs)
        push = JvpMaker(self.function, self.argnum)(*args, **kwargs)
        return GaussNewtonMap(push, make_hvp(self.outer)(value).product, pull)


def make_ggnvp(function: Any = None, g: Callable = half_squared_norm, f_argnum: Argnums = 0) -> Any:
    """Return the function of the arguments that returns the Gauss-Newton vector product at that point.

    Parameters
    ----------
    function : callable
        The inner function, with an array or a container as its result. Without it, a decorator is returned.
    g : callable
        A scalar function of that result; by default half the squared norm, for least squares.
    f_argnum : int, str or sequence of them
        The arguments of `function` to differentiate with respect to.

    Returns
    -------
    callable
        ``make_ggnvp(f, g)(*args)(v)`` is ``J^T H J v``; see `ggnvp`.

    Raises
    ------
    NonScalarResult, ArgumentTypeError, UnsupportedSyntax, UnknownDerivative, AmbiguousAlias, SourceNotFound
        At a call, as for `ggnvp`.

    References
    ----------
    Schraudolph, "Fast curvature matrix-vector products for second-order gradient descent", Neural Computation 14,
    2002.

    Examples
    --------
    >>> def f(x):
    ...     return np.array([x[0] * x[1], x[1]])
    >>> make_ggnvp(f)(np.array([2.0, 3.0]))(np.array([1.0, 0.0]))
    array([9., 6.])
    """
    return GgnvpMaker.of(function, f_argnum, g)


__all__ = ["make_ggnvp", "make_hvp", "make_jvp", "make_vjp"]
