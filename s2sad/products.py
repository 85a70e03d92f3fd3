"""Products of Jacobians and Hessians with vectors, without the matrices.

>>> def f(x):
...     return np.sum(x**3)
>>> x, v = np.array([1.0, 2.0]), np.array([1.0, 0.0])
>>> hvp(f, (x,), (v,))  # the Hessian is diag(6 x)
array([6., 0.])

Second derivatives are taken forward over reverse: the tangent of the gradient program, at the cost of a few
gradients, whatever the number of arguments (Griewank and Walther, *Evaluating Derivatives*, section 5.1). The
functions that return functions of one direction, as in HIPS autograd, are in `s2sad.makers`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from s2sad.derivative import Derivative, at_run_time, kept
from s2sad.linear_maps import LinearMap, OperatorOf, chosen, directions
from s2sad.operators import Argnums, grad, jvp

# At a point, along a direction ------------------------------------------------------------------------------


def hvp(function: Callable, primals: Sequence[Any], tangents: Sequence[Any], argnums: Argnums = 0) -> Any:
    """Return the product of a scalar function's Hessian and a vector.

    Parameters
    ----------
    function : callable
        A function that returns a real scalar.
    primals : sequence
        The arguments.
    tangents : sequence
        The vector: a direction for each argument, as for `jvp`; None stands for zeros.
    argnums : int, str or sequence of them
        The arguments of the gradient, as in `grad`.

    Returns
    -------
    container
        The derivative of the gradient along the direction, in the structure and shapes of the gradient.

    Raises
    ------
    ArgumentTypeError
        A tangent does not fit its argument.
    NonScalarResult, UnsupportedSyntax, UnknownDerivative, AmbiguousAlias, SourceNotFound
        As for `grad`.

    References
    ----------
    Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6, 1994.

    Examples
    --------
    >>> def f(x, y):
    ...     return x * x * y
    >>> hvp(f, (3.0, 5.0), (1.0, 0.0)), hvp(f, (3.0, 5.0), (1.0, 0.0), argnums=(0, 1))
    (10.0, (10.0, 6.0))
    """
    return jvp(grad(function, argnums), primals, tangents)[1]


def half_squared_norm(x: Any) -> Any:
    """Return half the sum of the squares of an array: the function of which the Hessian is the identity.

    Examples
    --------
    >>> half_squared_norm(np.array([3.0, 4.0]))
    np.float64(12.5)
    """
    return 0.5 * np.sum(x * x)


def ggnvp(
    function: Callable,
    outer: Callable,
    primals: Sequence[Any],
    tangents: Sequence[Any],
    argnums: Argnums = 0,
) -> Any:
    """Return the product of the generalized Gauss-Newton matrix and a vector.

    The matrix is ``J^T H J`` with the Jacobian `J` of `function` and the Hessian `H` of `outer` at its result: the
    Hessian of ``outer(function(x))`` less the curvature of `function`; it has no negative eigenvalue where
    `outer` is convex.

    Parameters
    ----------
    function : callable
        The inner function, such as a network: its result is a float, an array or a container.
    outer : callable
        A scalar function of that result, such as a loss.
    primals : sequence
        The arguments of `function`.
    tangents : sequence
        The vector: a direction for each argument, as for `jvp`; None stands for zeros.
    argnums : int, str or sequence of them
        The arguments of which the cotangents are returned.

    Returns
    -------
    container
        The product: for a single one of `argnums` in its structure and shapes, otherwise a tuple of these.

    Raises
    ------
    ArgumentTypeError
        A tangent does not fit its argument.
    NonScalarResult, UnsupportedSyntax, UnknownDerivative, AmbiguousAlias, SourceNotFound
        As for `grad`.

    References
    ----------
    Schraudolph, "Fast curvature matrix-vector products for second-order gradient descent", Neural Computation 14,
    2002.

    Examples
    --------
    >>> def line(p, t):
    ...     return p[0] + p[1] * t
    >>> t = np.array([0.0, 1.0, 2.0])
    >>> ggnvp(line, half_squared_norm, (np.array([1.0, 1.0]), t), (np.array([1.0, 0.0]), None))
    array([3., 3.])
    """
    value, dot = jvp(function, primals, tangents)
    _, pull = kept(Derivative(function, argnums, mode="vjp")).pullback(primals)
    bars = pull(hvp(outer, (value,), (dot,)))
    return bars[0] if isinstance(argnums, (int, str)) else bars


def linearize(function: Callable, *primals: Any, has_aux: bool = False) -> Any:
    """Return a function's result and its linear approximation: the function from tangents to the result's tangent.

    Parameters
    ----------
    function : callable
        A function of floats, arrays and containers of them, with a result of such. It runs again in each call
        of the linear map; it should be deterministic.
    *primals
        The arguments.
    has_aux : bool
        The function returns ``(result, aux)``.

    Returns
    -------
    result : object
        What the function returns.
    f_jvp : callable
        ``f_jvp(*tangents)`` takes a tangent for each argument, as `jvp` does, and returns that of the result, at
        the cost of about two calls. It holds copies: it may be called after the arguments, or the variables that
        the function reads, have changed.
    aux : object
        With `has_aux` only.

    Raises
    ------
    ArgumentTypeError
        A tangent does not fit its argument.
    UnsupportedSyntax, UnknownDerivative, AmbiguousAlias, SourceNotFound
        As for `grad`.

    Examples
    --------
    >>> def square(x):
    ...     return x * x
    >>> value, slope = linearize(square, 3.0)
    >>> value, slope(1.0), slope(0.5)
    (9.0, 6.0, 3.0)
    """
    made, active = at_run_time(function, primals, "jvp", None, has_aux)
    out = made.pushforward(primals, directions([None] * len(active), [primals[i] for i in active]))
    linear = LinearMap(made.frozen_pushforward(primals), primals, active)
    return (out[0], linear, out[2]) if has_aux else (out[0], linear)


class HessianVectorProduct(OperatorOf):
    """What `hessian_vector_product` returns: a function of the arguments and a vector."""

    operator = "hessian_vector_product"
    extra = "vector"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not args:
            raise TypeError("the vector is missing: it comes after the arguments")
        *primals, vector = args
        made = kept(Derivative(grad(self.function, self.argnum), self.argnum, mode="jvp"))
        return made.pushforward(
            primals, directions(vector, chosen(made, primals, kwargs), self.single), kwargs
        )[1]


def hessian_vector_product(function: Any = None, argnum: Argnums = 0) -> Any:
    """Return the function ``(*args, vector)`` that multiplies a scalar function's Hessian and a vector.

    As in autograd: the vector is the last argument, in the structure and shapes of the differentiated one. A
    sequence of `argnum` takes and gives a tuple.

    Parameters
    ----------
    function : callable
        A function that returns a real scalar. Without it, a decorator is returned.
    argnum : int, str or sequence of them
        The arguments to differentiate twice.

    Raises
    ------
    ArgumentTypeError
        At a call: the vector does not fit.
    NonScalarResult, UnsupportedSyntax, UnknownDerivative, AmbiguousAlias, SourceNotFound
        At a call, as for `grad`.

    Examples
    --------
    >>> def f(x, scale):
    ...     return scale * np.sum(x**3)
    >>> hessian_vector_product(f)(np.array([1.0, 2.0]), 0.5, np.array([1.0, 1.0]))
    array([3., 6.])
    """
    return HessianVectorProduct.of(function, argnum)


__all__ = [
    "ggnvp",
    "half_squared_norm",
    "hessian_vector_product",
    "hvp",
    "linearize",
]
