"""Derivatives entry by entry: of functions that act on each element, and of functions of one number.

What both return is text like that of `grad`, so that they nest:

>>> print(derivative(np.sin, order=3).source, end="")
def sin_derivative_derivative_derivative(x):
    return -np.cos(x)
>>> elementwise_grad(elementwise_grad(np.sin))(np.array([0.0, np.pi / 2]))
array([-0., -1.])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

import numpy as np  # noqa: F401  for the examples

from s2sad.derivative import Derivative
from s2sad.operators import Argnums
from s2sad.runtime import stop_gradient


@overload
def elementwise_grad(function: Callable, argnum: Argnums = 0) -> Derivative: ...
@overload
def elementwise_grad(function: None = None, argnum: Argnums = 0) -> Callable[[Callable], Derivative]: ...
def elementwise_grad(function: Any = None, argnum: Argnums = 0) -> Any:
    """Return the function that computes the gradient of the sum of a function's result.

    Where each element of the result depends on the same element of the argument alone, that is its derivative:
    the diagonal of the Jacobian at the cost of one gradient. Other functions get the column sums of the
    Jacobian. The same as ``autograd.elementwise_grad``.

    Parameters
    ----------
    function : callable
        A function that returns an array of floats, or a float. Without it, a decorator is returned.
    argnum : int, str or sequence of them
        The arguments to differentiate with respect to, as in `grad`.

    Returns
    -------
    Derivative
        A function with the same parameters. Each derivative has the shape of its argument.

    Raises
    ------
    NonScalarResult
        The result is complex or a container.
    ArgumentTypeError, UnsupportedSyntax, UnknownDerivative, AmbiguousAlias, SourceNotFound
        As for `grad`.

    Examples
    --------
    >>> elementwise_grad(np.square)(np.array([1.0, 2.0, 3.0]))
    array([2., 4., 6.])
    """
    if function is None:
        return lambda f: elementwise_grad(f, argnum)
    return Derivative(function, argnum, mode="elementwise_grad")


@overload
def derivative(function: Callable, argnum: int | str = 0, order: int = 1) -> Derivative: ...
@overload
def derivative(
    function: None = None, argnum: int | str = 0, order: int = 1
) -> Callable[[Callable], Derivative]: ...
def derivative(function: Any = None, argnum: int | str = 0, order: int = 1) -> Any:
    """Return the n-th derivative of a function of a number, by forward mode nested n times.

    The result of the function may be an array or a container: the coordinates of a moving point, say. Each order
    about triples the length of a program with loops; the cost of a call grows no faster.

    Parameters
    ----------
    function : callable
        The function. Without it, a decorator is returned.
    argnum : int or str
        The argument to differentiate with respect to: a real number.
    order : int
        How many times, at least 1.

    Returns
    -------
    Derivative
        A function with the same parameters; its result has the structure of the function's.

    Raises
    ------
    ArgumentTypeError
        The argument is not one real floating-point number.
    ValueError
        The order is not a positive integer.
    UnsupportedSyntax, UnknownDerivative, AmbiguousAlias, SourceNotFound
        As for `grad`.

    References
    ----------
    Griewank and Walther, *Evaluating Derivatives*, 2nd edition, SIAM 2008, section 3.1.

    Examples
    --------
    >>> def position(t):
    ...     return np.array([3.0 * t, 20.0 * t - 5.0 * t**2])
    >>> derivative(position)(1.0), derivative(position, order=2)(1.0)
    (array([ 3., 10.]), array([  0., -10.]))
    """
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise ValueError(f"order is {order!r}, not a positive integer")
    if not isinstance(argnum, (int, str)):
        raise TypeError(f"argnum is {argnum!r}: a derivative is with respect to one argument")
    if function is None:
        return lambda f: derivative(f, argnum, order)
    for _ in range(order):
        function = Derivative(function, argnum, mode="derivative")
    return function


__all__ = ["derivative", "elementwise_grad", "stop_gradient"]
