"""The derivative operators that users call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np  # noqa: F401  for the examples

from s2sad.derivative import Derivative, at_run_time
from s2sad.directions import fitted, fitted_tangents
from s2sad.errors import ArgumentTypeError
from s2sad.versions import Pullback, Spread, copied

Argnums = int | str | Sequence[int | str]


@overload
def grad(
    function: Callable, argnums: Argnums = 0, has_aux: bool = False, *, optimize: bool = True
) -> Derivative: ...
@overload
def grad(
    function: None = None, argnums: Argnums = 0, has_aux: bool = False, *, optimize: bool = True
) -> Callable[[Callable], Derivative]: ...
def grad(function: Any = None, argnums: Argnums = 0, has_aux: bool = False, *, optimize: bool = True) -> Any:
    """Return the gradient function of a scalar function.

    The function's source is read and transformed; what runs is plain Python, shown by `.source`.

    Parameters
    ----------
    function : callable
        A function that returns a real scalar. Without it, a decorator is returned.
    argnums : int, str or sequence of them
        The arguments to differentiate with respect to, by position or name. A single one gives a bare
        gradient, a sequence gives a tuple. An argument that is a container gives a container.
    has_aux : bool
        The function returns ``(result, aux)``; the gradient function returns ``(gradient, aux)``.
    optimize : bool
        Whether to simplify the generated code.

    Returns
    -------
    Derivative
        A function with the same parameters. Each gradient has the shape of its argument.

    Raises
    ------
    NonScalarResult, ArgumentTypeError, UnsupportedSyntax, UnknownDerivative, AmbiguousAlias, SourceNotFound
        At the first call with arguments of some kind; all are `S2sadError`.

    References
    ----------
    Griewank and Walther, *Evaluating Derivatives*, 2nd edition, SIAM 2008, chapter 3.

    Examples
    --------
    >>> @grad
    ... def cube(x):
    ...     return x ** 3
    >>> cube(2.0)
    12.0
    >>> print(cube.source, end="")
    def cube_grad(x):
        # return x ** 3
        x_bar = 3 * x ** 2
        return x_bar
    """
    if function is None:
        return lambda f: Derivative(f, argnums, has_aux=has_aux, optimize=optimize)
    return Derivative(function, argnums, has_aux=has_aux, optimize=optimize)


@overload
def value_and_grad(
    function: Callable, argnums: Argnums = 0, has_aux: bool = False, *, optimize: bool = True
) -> Derivative: ...
@overload
def value_and_grad(
    function: None = None, argnums: Argnums = 0, has_aux: bool = False, *, optimize: bool = True
) -> Callable[[Callable], Derivative]: ...
def value_and_grad(
    function: Any = None, argnums: Argnums = 0, has_aux: bool = False, *, optimize: bool = True
) -> Any:
    """Return a function that computes a scalar function's value and gradient together.

    Parameters
    ----------
    function, argnums, has_aux, optimize
        As for `grad`.

    Returns
    -------
    Derivative
        A function that returns ``(value, gradient)``, or ``((value, aux), gradient)`` with `has_aux`.

    Examples
    --------
    >>> def area(r):
    ...     return 3.0 * r * r
    >>> value_and_grad(area)(2.0)
    (12.0, 12.0)
    """
    if function is None:
        return lambda f: Derivative(f, argnums, value=True, has_aux=has_aux, optimize=optimize)
    return Derivative(function, argnums, value=True, has_aux=has_aux, optimize=optimize)


def jvp(function: Callable, primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """Return a function's result and its derivative along a direction: forward mode.

    The product of the Jacobian and the tangents, at the cost of about two calls, whatever the number of results.

    Parameters
    ----------
    function : callable
        A function of floats, arrays and containers of them, with a result of such.
    primals : sequence
        The arguments.
    tangents : sequence
        The direction: for each argument a container of its structure, with numbers and arrays of the same
        shapes. None stands for zeros; an argument without floats has the tangent None.
    has_aux : bool
        The function returns ``(result, aux)``.

    Returns
    -------
    tuple
        The result and its tangent, which has the structure of the result; with `has_aux` also `aux`.

    Raises
    ------
    ArgumentTypeError
        A tangent does not fit its argument.
    UnsupportedSyntax, UnknownDerivative, AmbiguousAlias, SourceNotFound
        As for `grad`.

    References
    ----------
    Griewank and Walther, *Evaluating Derivatives*, 2nd edition, SIAM 2008, section 3.1.

    Examples
    --------
    >>> def product(x, y):
    ...     return x * y
    >>> jvp(product, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    if len(primals) != len(tangents):
        raise ArgumentTypeError(f"jvp got {len(primals)} primals and {len(tangents)} tangents")
    wanted = [tangent is not None for tangent in tangents]
    derivative, active = at_run_time(function, primals, "jvp", wanted, has_aux)
    return derivative.pushforward(primals, fitted_tangents(tangents, primals, active, " of jvp"))


def vjp(function: Callable, *primals: Any, has_aux: bool = False) -> Any:
    """Return a function's result, and the function from its cotangent to those of the arguments: reverse mode.

    Parameters
    ----------
    function : callable
        A function of floats, arrays and containers of them, with a result of such.
    *primals
        The arguments.
    has_aux : bool
        The function returns ``(result, aux)``.

    Returns
    -------
    result : object
        What the function returns.
    pullback : callable
        ``pullback(g)``, with `g` in the structure and shapes of the result, returns a tuple with the cotangent of
        each argument, None for one without floats. It may be called many times, also after the arguments have
        been changed; the function itself does not run again.
    aux : object
        With `has_aux` only.

    Raises
    ------
    ArgumentTypeError
        The cotangent does not fit the result.
    UnsupportedSyntax, UnknownDerivative, AmbiguousAlias, SourceNotFound
        As for `grad`.

    References
    ----------
    Griewank and Walther, *Evaluating Derivatives*, 2nd edition, SIAM 2008, section 3.2.

    Examples
    --------
    >>> def polar(r, t):
    ...     return r * np.cos(t), r * np.sin(t)
    >>> point, pullback = vjp(polar, 2.0, 0.0)
    >>> [[float(x) for x in pullback(g)] for g in ((1.0, 0.0), (0.0, 1.0))]
    [[1.0, 0.0], [0.0, 2.0]]
    """
    derivative, active = at_run_time(function, primals, "vjp", None, has_aux)
    value, pull = derivative.pullback(primals)
    out = value[0] if has_aux else value
    pullback = CheckedPullback(pull, out, active, len(primals))
    return (out, pullback, value[1]) if has_aux else (out, pullback)


class CheckedPullback(Spread):
    """A pullback of all arguments, which checks its cotangent.

    Parameters
    ----------
    pull : Pullback
        The pullback of those arguments that hold floats.
    like : container
        What has the structure and shapes of the result.
    active : tuple of int
        The arguments that hold floats.
    count : int
        The number of arguments.
    """

    def __init__(self, pull: Pullback, like: Any, active: tuple[int, ...], count: int):
        super().__init__(pull, active, count)
        self.like = copied(like)

    def __call__(self, g: Any) -> tuple:
        return super().__call__(fitted(g, self.like, "the cotangent"))

    def __repr__(self) -> str:
        return f"<pullback of {self.pull.version.function.__name__.removesuffix('_forward')}>"
