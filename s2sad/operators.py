"""The derivative operators that users call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

from s2sad.derivative import Derivative

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
