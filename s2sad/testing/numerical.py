"""Gradients and Jacobians by numerical differentiation: central differences, Richardson, complex steps."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from s2sad.errors import ArgumentTypeError
from s2sad.testing.moves import (
    LARGEST_STEP,
    ArgNums,
    Direction,
    Function,
    Numbers,
    copied,
    entries_of,
    extrapolated,
    moved,
    positions_of,
    random_direction,
    real_number,
    sampled,
)
from s2sad.trees import Path, at, float_leaves, is_float_leaf, map_leaves, shown

_METHODS = ("central", "richardson", "complex-step")
_COMPLEX_STEP = 1e-20  # its square vanishes beside 1 in every precision: there is no truncation error

# derivative(args, position, direction, scale) -> the derivatives of all numbers in the result
Derivative = Callable[[Sequence[Any], int, Direction, float], np.ndarray]


def numerical_grad(
    f: Function, argnums: ArgNums = 0, *, method: str = "richardson", eps: float = LARGEST_STEP
) -> Function:
    """Return a function that computes the gradient of `f` numerically, one entry at a time.

    Parameters
    ----------
    f : callable
        A function with one real number as its result.
    argnums : int, str or sequence of them
        The arguments to differentiate with respect to, by position or name.
    method : {"richardson", "central", "complex-step"}
        As for `numerical_jacobian`.
    eps : float
        The largest step of Richardson's extrapolation, relative to the size of what moves.

    Returns
    -------
    callable
        A function with the parameters of `f`. Arguments and results are as for `s2sad.grad`; parts of a
        container that are not floats give None.

    Raises
    ------
    NonScalarResult, ArgumentTypeError, TypeError, ValueError
        When it is called: the result is not one real number; an argument holds no float; the complex step
        cannot be used.

    Examples
    --------
    >>> def f(x, n):
    ...     return x["a"] ** n + x["b"]
    >>> slopes = numerical_grad(f)({"a": 2.0, "b": 1.0}, 3)
    >>> round(slopes["a"], 8), round(slopes["b"], 8)
    (12.0, 1.0)
    >>> numerical_grad(lambda x: x**3, method="complex-step")(2.0)
    12.0
    """
    _check_method(method)

    def gradient(*args: Any) -> Any:
        # The function's own errors are shown here, not taken for the edge of the domain.
        result = f(*map(copied, args))
        real_number(result)
        positions = positions_of(f, args, argnums)
        derivative = _derivative(f, args, positions, Numbers(result), method, eps)
        parts = tuple(_gradient_part(derivative, args, i) for i in positions)
        return parts[0] if isinstance(argnums, (int, str)) else parts

    return gradient


def numerical_jacobian(
    f: Function, argnums: ArgNums = 0, *, method: str = "richardson", eps: float = LARGEST_STEP
) -> Function:
    """Return a function that computes the Jacobian of `f` numerically, one entry of the argument at a time.

    Parameters
    ----------
    f : callable
        A function of floats, arrays and containers, with such a result.
    argnums : int, str or sequence of them
        The arguments to differentiate with respect to, by position or name.
    method : {"richardson", "central", "complex-step"}
        ``"central"`` takes 2 evaluations of `f` for each number in the argument and is good to about ten digits:
        ``(f(x + h) - f(x - h)) / (2 h)`` with ``h`` the cube root of the machine epsilon. ``"richardson"`` takes
        18, with falling steps, and extrapolates to step zero [1]_ [2]_; it is good to about twelve digits.
        ``"complex-step"`` takes 1: ``imag(f(x + 1j * h)) / h`` with ``h = 1e-20`` subtracts nothing and is good
        to the last digit [3]_, but works only if `f` is analytic and accepts complex numbers. It is compared
        with differences along one random direction.
    eps : float
        The largest step of Richardson's extrapolation, relative to the size of what moves.

    Returns
    -------
    callable
        A function with the parameters of `f`. For arrays it returns an array with the axes of the result, then
        those of the argument. Containers give containers, the structure of the result outside, that of the
        argument inside; a sequence of argnums gives tuples in between. Where either leaf is not a float there
        is None. For complex arguments: of a real result, ``df/dx - 1j * df/dy``; of a complex result, the
        complex derivative.

    Raises
    ------
    ArgumentTypeError
        When it is called: an argument or the result holds no float, or a complex result does not depend
        analytically on a complex argument, so that no complex number is its derivative.
    TypeError
        The complex step was asked for, and the function does not accept complex numbers, or returns a real one
        for a complex one, because of `abs` or `float`, say.
    ValueError
        The complex step was asked for, and disagrees with differences; or there is no such method.

    References
    ----------
    .. [1] L. F. Richardson, "The approximate arithmetical solution by finite differences of physical problems
       involving differential equations", Philosophical Transactions of the Royal Society A 210, 1911.
    .. [2] C. J. F. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software
       4, 1982.
    .. [3] W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM
       Review 40, 1998.

    Examples
    --------
    >>> def polar(p):
    ...     return {"x": p[0] * np.cos(p[1]), "y": p[0] * np.sin(p[1])}
    >>> jacobian = numerical_jacobian(polar)(np.array([2.0, 0.0]))
    >>> jacobian["x"].round(8) + 0.0
    array([1., 0.])
    >>> jacobian["y"].round(8) + 0.0
    array([0., 2.])
    >>> numerical_jacobian(lambda x: x**2, method="complex-step")(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    _check_method(method)

    def jacobian(*args: Any) -> Any:
        result = f(*map(copied, args))
        positions = positions_of(f, args, argnums)
        numbers = Numbers(result)
        if not numbers.leaves:
            raise ArgumentTypeError("the result holds no float", hint="return a float or an array of floats")
        derivative = _derivative(f, args, positions, numbers, method, eps)
        parts = [_columns(derivative, args, i, numbers) for i in positions]

        def block(path: Path, leaf: Any) -> Any:
            if path not in parts[0]:
                return None
            trees = tuple(_inside(args[i], part[path]) for i, part in zip(positions, parts))
            return trees[0] if isinstance(argnums, (int, str)) else trees

        return map_leaves(block, result)

    return jacobian


def _check_method(method: str) -> None:
    if method not in _METHODS:
        raise ValueError(f"method {method!r} is not known; the methods are: {', '.join(map(repr, _METHODS))}")


def _gradient_part(derivative: Derivative, args: Sequence[Any], position: int) -> Any:
    """Return the gradient in one argument, of the kinds and dtypes of its leaves."""

    def slopes(path: Path, leaf: Any) -> Any:
        if not is_float_leaf(leaf):
            return None
        found = [derivative(args, position, axis, scale)[0] for _, axis, scale in entries_of([(path, leaf)])]
        value = np.array(found)
        if np.iscomplexobj(leaf):
            value = value[: value.size // 2] - 1j * value[value.size // 2 :]
        if isinstance(leaf, np.ndarray):
            return value.astype(leaf.dtype).reshape(leaf.shape)
        return value.item()

    return map_leaves(slopes, args[position])


# Jacobians by blocks ----------------------------------------------------------------------------------------


def _columns(
    derivative: Derivative, args: Sequence[Any], position: int, numbers: Numbers
) -> dict[Path, dict[Path, Any]]:
    """Return the blocks of the Jacobian in one argument, by the paths of the result and of the argument."""
    blocks: dict[Path, dict[Path, Any]] = {path: {} for path, _ in numbers.leaves}
    for path, leaf in float_leaves(args[position]):
        columns = [derivative(args, position, axis, scale) for _, axis, scale in entries_of([(path, leaf)])]
        matrix = np.stack(columns, axis=-1) if columns else np.zeros((numbers.size, 0))
        start = 0
        for out_path, out in numbers.leaves:
            size = np.size(out)
            rows = matrix[start : start + size]
            start += size
            if np.iscomplexobj(out):
                rows = rows + 1j * matrix[start : start + size]
                start += size
            if np.iscomplexobj(leaf):
                rows = _complex_derivative(rows, np.iscomplexobj(out), f"result{shown(out_path)}")
            blocks[out_path][path] = _block(rows, out, leaf)
    return blocks


def _complex_derivative(rows: np.ndarray, is_complex: bool, name: str) -> np.ndarray:
    """Combine the derivatives in the real and in the imaginary parts of an argument."""
    in_x, in_y = np.split(rows, 2, axis=-1)
    if not is_complex:
        return in_x - 1j * in_y
    # The Cauchy-Riemann equations; where they fail, two complex numbers are needed, not one.
    if not np.allclose(
        in_y, 1j * in_x, rtol=1e-4, atol=1e-4 * max(1.0, float(np.max(np.abs(in_x), initial=0)))
    ):
        raise ArgumentTypeError(
            f"{name} does not depend analytically on its complex argument, so it has no complex derivative",
            hint="differentiate in the real and the imaginary part",
        )
    return in_x


def _block(rows: np.ndarray, out: Any, leaf: Any) -> Any:
    if not isinstance(out, np.ndarray) and not isinstance(leaf, np.ndarray):
        return rows.item()
    kind = np.result_type(np.asarray(out), np.asarray(leaf))
    return rows.reshape(np.shape(out) + np.shape(leaf)).astype(kind)


def _inside(arg: Any, blocks: dict[Path, Any]) -> Any:
    return map_leaves(lambda path, leaf: blocks.get(path), arg)


# The three methods ------------------------------------------------------------------------------------------


def _derivative(
    f: Function, args: Sequence[Any], positions: Sequence[int], numbers: Numbers, method: str, eps: float
) -> Derivative:
    """Return the function that differentiates all numbers in the result of `f` in one direction."""
    if method == "complex-step":
        _check_analytic(f, args, positions, numbers)
        return lambda args, i, direction, scale: _by_complex_step(f, args, positions, i, direction, numbers)
    if method == "central":

        def by_central_differences(args: Sequence[Any], i: int, direction: Direction, scale: float) -> Any:
            step = _precision(args[i], numbers) ** (1 / 3) * scale
            sample = sampled(f, args, {i: direction}, numbers)
            return (sample(step) - sample(-step)) / (2 * step)

        return by_central_differences
    return lambda args, i, direction, scale: (
        extrapolated(sampled(f, args, {i: direction}, numbers), eps * scale).value
    )


def _precision(arg: Any, numbers: Numbers) -> float:
    """Return the machine epsilon of the coarsest float in an argument and in the result."""
    found = [np.asarray(leaf).dtype for _, leaf in [*float_leaves(arg), *numbers.leaves]]
    return max(float(np.finfo(dtype).eps) for dtype in found)


def _by_complex_step(
    f: Function,
    args: Sequence[Any],
    positions: Sequence[int],
    position: int,
    direction: Direction,
    numbers: Numbers,
) -> np.ndarray:
    """Return ``imag(f(x + 1j * h * direction)) / h``.

    All floats at `positions` become complex, also those that do not move: so a result that is real is one that
    has lost its imaginary part, or a constant.

    Raises
    ------
    TypeError
        The function does not accept complex numbers, or drops their imaginary part.
    """
    way_out = "; use method='richardson'"
    there: list[Any] = []
    for i, arg in enumerate(args):
        still = {path: 0.0 for path, _ in float_leaves(arg)} if i in positions else {}
        there.append(moved(arg, {**still, **direction} if i == position else still, _COMPLEX_STEP * 1j))
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            result = f(*there)
    except (TypeError, np.exceptions.ComplexWarning) as error:
        raise TypeError(
            f"the complex step needs a function that accepts complex numbers{way_out} ({error})"
        ) from error
    parts: list[np.ndarray] = []
    for path, _ in numbers.leaves:
        part = np.asarray(at(result, path))
        if not np.iscomplexobj(part):
            raise TypeError(
                f"the complex step needs a function that is analytic: result{shown(path)} is real for a complex "
                f"argument, as after `abs`, `float`, `np.real` or a comparison{way_out}"
            )
        parts.append(part.imag.ravel() / _COMPLEX_STEP)
    return np.concatenate(parts) if parts else np.zeros(0)


def _check_analytic(f: Function, args: Sequence[Any], positions: Sequence[int], numbers: Numbers) -> None:
    """Raise an error unless the complex step agrees with differences along a random direction.

    A function that conjugates, or takes the absolute value of only a part of its argument, returns a complex
    number with an imaginary part that means nothing.
    """
    if any(np.iscomplexobj(leaf) for _, leaf in numbers.leaves):
        raise TypeError("the complex step needs a function with real results; use method='richardson'")
    rng = np.random.default_rng(0)
    for i in positions:
        if any(np.iscomplexobj(leaf) for _, leaf in float_leaves(args[i])):
            raise TypeError("the complex step needs real arguments; use method='richardson'")
        direction = random_direction(args[i], rng)
        slope = extrapolated(sampled(f, args, {i: direction}, numbers), LARGEST_STEP)
        found = _by_complex_step(f, args, positions, i, direction, numbers)
        tolerance = 1e-3 * np.maximum(np.abs(slope.value), 1e-3) + 4 * slope.error
        wrong = np.flatnonzero(~(np.abs(found - slope.value) <= tolerance) & np.isfinite(slope.value))
        if wrong.size:
            k = int(wrong[0])
            raise ValueError(
                f"the complex step needs a function that is analytic: along a random direction it gives "
                f"{found[k]:.6g} for {numbers.names[k]}, differences give {slope.value[k]:.6g}; "
                "use method='richardson'"
            )
