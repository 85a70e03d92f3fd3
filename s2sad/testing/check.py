"""`check_grads`: derivatives of both modes and of higher orders against numerical differentiation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad import operators
from s2sad.errors import ArgumentTypeError
from s2sad.testing.moves import (
    LARGEST_STEP,
    ArgNums,
    Direction,
    Function,
    Numbers,
    Slope,
    copied,
    entries_of,
    extrapolated,
    is_real_number,
    names_of,
    positions_of,
    random_direction,
    random_part,
    real_number,
    sampled,
)
from s2sad.testing.programs import contraction, tangent
from s2sad.testing.report import GradientMismatch, Origin
from s2sad.trees import Path, at, float_leaves, is_float_leaf, map_leaves, shown

_MODES = ("fwd", "rev")
_ENTRIES_TO_NAME = 2000


def check_grads(
    f: Function,
    args: Sequence[Any],
    order: int = 1,
    argnums: ArgNums | None = None,
    *,
    modes: Sequence[str] | None = None,
    atol: float | None = None,
    rtol: float | None = None,
    eps: float = LARGEST_STEP,
    directions: int = 2,
    seed: int = 0,
    operator: Callable[[Function, tuple[int, ...]], Function] | None = None,
    jvp: Function | None = None,
    vjp: Function | None = None,
) -> None:
    """Raise `GradientMismatch` unless the derivatives of a function agree with numerical differentiation.

    Parameters
    ----------
    f : callable
        A function whose result is a float, an array or a container of them.
    args : sequence
        The arguments at which to check: floats, float arrays, and tuples, lists, dicts, dataclasses and
        NamedTuples of them, real or complex. What is neither is held constant.
    order : int
        Check the derivatives of orders 1 to `order`: each derivative that was checked is contracted with a
        random direction, and its own derivatives are checked, in each of the modes. So with both modes there
        are four checks of order 2: of the gradient of the gradient, its tangent, the gradient of the tangent,
        and the tangent of the tangent. Each is compared with numerical differentiation of the derivative below.
    argnums : int, str or sequence of these, optional
        The arguments to differentiate in; all those that hold floats, if not given.
    modes : sequence of str, optional
        ``"rev"`` checks the gradient; where the result is not one real number, the pullback of a random
        cotangent. ``"fwd"`` checks the tangents along random directions. By default ``("fwd", "rev")``; if
        derivatives by hand are given, the modes that they are for.
    atol, rtol : float, optional
        The tolerances; by default ``1e-6``, ``1e-2`` where single precision is involved.
    eps : float
        The largest step, relative to the size of each number. It is halved eight times.
    directions : int
        The number of random directions that are tried in each argument.
    seed : int
        The seed of the random directions.
    operator : callable, optional
        ``operator(f, argnums)`` returns the function to check in place of ``grad(f, argnums)``: it returns a tuple
        with one gradient for each of `argnums`, like the arguments; f changes by ``Re(sum(gradient * dx))``. A
        gradient by hand is checked with ``operator=lambda f, argnums: by_hand``. The result of f is then one
        real number.
    jvp, vjp : callable, optional
        What to check in place of ``s2sad.jvp`` and ``s2sad.vjp``. ``jvp(f, primals, tangents)`` returns the result
        and its tangent; ``vjp(f, *primals)`` the result and a function from a cotangent to a tuple with one
        cotangent for each primal. The tangents are like the primals, with None in place of what is no float.

    Raises
    ------
    GradientMismatch
        A derivative is wrong. The message names the argument and the entry, gives the analytic and the
        numeric value, and the difference quotients for several steps.
    ArgumentTypeError
        No argument, or one of `argnums`, holds a float; or the result holds none.
    NonScalarResult
        A gradient by hand was given, and the result is not one real number.
    ValueError
        A mode is not known.

    References
    ----------
    A. Griewank and A. Walther, *Evaluating Derivatives*, 2nd edition, SIAM 2008, section 3.2: the tangent
    ``F'(x) x_dot`` and the cotangent ``y_bar F'(x)`` satisfy ``y_bar (F' x_dot) = (y_bar F') x_dot``.

    Examples
    --------
    >>> def area(sides):
    ...     return sides[0] * sides[1]
    >>> def area_gradient(sides):
    ...     return ([sides[1], sides[0]],)
    >>> check_grads(area, ([2.0, 3.0],), operator=lambda f, argnums: area_gradient)
    >>> check_grads(area, ([2.0, 3.0],), operator=lambda f, argnums: area)
    Traceback (most recent call last):
        ...
    TypeError: the gradient is a float, not a tuple with 1 gradient
    >>> def area_tangent(f, primals, tangents):
    ...     (a, b), (a_dot, b_dot) = primals[0], tangents[0]
    ...     return a * b, a_dot * b + a * b_dot
    >>> check_grads(area, ([2.0, 3.0],), jvp=area_tangent)
    """
    if modes is None:
        by_hand = {"fwd": jvp is not None, "rev": operator is not None or vjp is not None}
        modes = [mode for mode in _MODES if by_hand[mode] or not any(by_hand.values())]
    for mode in modes:
        if mode not in _MODES:
            raise ValueError(f"mode {mode!r} is not known; the modes are: 'fwd', 'rev'")
    args = tuple(args)
    positions = positions_of(f, args, argnums)
    result = f(*map(copied, args))
    precisions = [
        np.asarray(leaf).dtype
        for tree in (*(args[i] for i in positions), result)
        for _, leaf in float_leaves(tree)
    ]
    default = 1e-2 if any(dtype in (np.float32, np.float16, np.complex64) for dtype in precisions) else 1e-6
    checker = _Checker(
        args=args,
        positions=positions,
        names=names_of(f, len(args)),
        modes=tuple(modes),
        order=order,
        atol=default if atol is None else atol,
        rtol=default if rtol is None else rtol,
        eps=eps,
        directions=directions,
        rng=np.random.default_rng(seed),
        operator=operator,
        jvp=jvp,
        vjp=vjp,
    )
    checker.check(f)


@dataclass
class _Checker:
    """One call of `check_grads`: what is the same for all orders and modes."""

    args: tuple[Any, ...]
    positions: tuple[int, ...]
    names: list[str]
    modes: tuple[str, ...]
    order: int
    atol: float
    rtol: float
    eps: float
    directions: int
    rng: np.random.Generator
    operator: Function | None
    jvp: Function | None
    vjp: Function | None

    def check(self, f: Function, below: tuple[str, ...] = ()) -> None:
        """Check the derivatives of a function that was itself made in the modes `below`, the first one first."""
        if self.order <= len(below):
            return
        for mode in self.modes:
            history = (*below, mode)
            derived = self.reverse(f, history) if mode == "rev" else self.forward(f, history)
            self.check(derived, history)

    def origin(self, history: tuple[str, ...], result: str = "", note: str = "") -> Origin:
        return Origin(len(history), " over ".join(reversed(history)), result, note)

    # Reverse mode: the gradient, or the pullback of a cotangent

    def reverse(self, f: Function, history: tuple[str, ...]) -> Function:
        """Check the gradient of a function; return it, contracted with a random direction."""
        result = f(*map(copied, self.args))
        origin = self.origin(history)
        operator = self.operator or _gradient_operator
        if self.operator is not None:
            real_number(result)  # a gradient by hand is one of a scalar function
        if is_real_number(result) and (self.vjp is None or self.operator is not None):
            scalar, gradient = f, operator(f, self.positions)
            parts = self.gradient_parts(gradient(*map(copied, self.args)))
        else:
            weights = self.cotangent(result)
            scalar = contraction(f, len(self.args), weights)
            parts = self.pulled_back(f, result, dict(weights), origin)
            origin = self.origin(history, note="the result was contracted with a random cotangent")
            gradient = operator(scalar, self.positions) if self.order > len(history) else f
        for i, part in zip(self.positions, parts):
            self.compare_gradient(scalar, i, part, origin)
        weights = [
            ((place, *path), random_part(leaf, self.rng))
            for place, i in enumerate(self.positions)
            for path, leaf in float_leaves(self.args[i])
        ]
        return contraction(gradient, len(self.args), weights) if self.order > len(history) else gradient

    def gradient_parts(self, gradient: Any) -> tuple[Any, ...]:
        count = len(self.positions)
        if isinstance(gradient, tuple) and len(gradient) == count:
            return gradient
        wanted = f"a tuple with {count} gradient{'s' * (count > 1)}"
        raise TypeError(f"the gradient is a {type(gradient).__name__}, not {wanted}")

    def cotangent(self, result: Any) -> list[tuple[Path, Any]]:
        leaves = Numbers(result).leaves
        if not leaves:
            raise ArgumentTypeError("the result holds no float", hint="return a float or an array of floats")
        return [(path, random_part(leaf, self.rng, scaled=False)) for path, leaf in leaves]

    def pulled_back(
        self, f: Function, result: Any, weights: dict[Path, Any], origin: Origin
    ) -> tuple[Any, ...]:
        """Return the cotangents of the arguments at `positions`."""
        vjp = self.vjp or operators.vjp
        out, pullback = vjp(f, *map(copied, self.args))
        self.compare_value(result, out, origin)
        bars = pullback(map_leaves(lambda path, leaf: weights.get(path), result))
        count = len(self.args)
        if not isinstance(bars, tuple) or len(bars) != count:
            wanted = f"a tuple with {count} cotangent{'s' * (count > 1)}"
            raise TypeError(f"the pullback returns a {type(bars).__name__}, not {wanted}")
        return tuple(bars[i] for i in self.positions)

    def compare_gradient(self, scalar: Function, i: int, gradient: Any, origin: Origin) -> None:
        name, leaves = self.names[i], float_leaves(self.args[i])
        for path, leaf in leaves:
            _check_likeness(gradient, path, leaf, name, origin)
        numbers = Numbers(1.0)

        def compare(path: str, direction: Direction, scale: float = 1.0) -> GradientMismatch | None:
            sample = sampled(scalar, self.args, {i: direction}, numbers)
            slope = extrapolated(sample, self.eps * scale)
            value, terms = _inner(gradient, direction)
            wrong = self.wrong(slope, np.array([value]), np.array([terms]))
            return GradientMismatch(name, path, value, *slope.of(0), origin) if wrong.size else None

        for _ in range(self.directions):
            failure = compare(", along a random direction,", random_direction(self.args[i], self.rng))
            if failure is not None:
                entries = itertools.islice(entries_of(leaves), _ENTRIES_TO_NAME)
                raise _worst([compare(*entry) for entry in entries], failure)

    # Forward mode: the tangent

    def forward(self, f: Function, history: tuple[str, ...]) -> Function:
        """Check the tangents of a function; return that along a random direction in all arguments."""
        result = f(*map(copied, self.args))
        numbers = Numbers(result)
        if not numbers.leaves:
            raise ArgumentTypeError("the result holds no float", hint="return a float or an array of floats")
        for _ in range(self.directions):
            moves = {i: random_direction(self.args[i], self.rng) for i in self.positions}
            if len(moves) > 1:
                self.compare_tangent(f, result, numbers, moves, history)
            for i, move in moves.items():
                self.compare_tangent(f, result, numbers, {i: move}, history)
        moves = {i: random_direction(self.args[i], self.rng) for i in self.positions}
        return tangent(f, self.tangents(moves), self.pushed_by)

    @property
    def pushed_by(self) -> Function:
        return self.jvp or operators.jvp

    def tangents(self, moves: dict[int, Direction]) -> tuple[Any, ...]:
        """Return directions as tangents: like the arguments, zero where nothing moves, None for no floats."""
        return tuple(_tangent(arg, moves.get(i, {})) for i, arg in enumerate(self.args))

    def compare_tangent(
        self,
        f: Function,
        result: Any,
        numbers: Numbers,
        moves: dict[int, Direction],
        history: tuple[str, ...],
    ) -> None:
        def compare(
            argument: str, path: str, moves: dict[int, Direction], scale: float = 1.0
        ) -> GradientMismatch | None:
            pushed = self.pushed_by(f, tuple(map(copied, self.args)), self.tangents(moves))
            if not isinstance(pushed, tuple) or len(pushed) != 2:
                raise TypeError(f"jvp returns a {type(pushed).__name__}, not the result and its tangent")
            self.compare_value(result, pushed[0], self.origin(history))
            for out_path, leaf in numbers.leaves:
                if is_float_leaf(at(result, out_path)):
                    _check_likeness(pushed[1], out_path, leaf, "", self.origin(history, "result"))
            values = numbers.flat(pushed[1])
            slope = extrapolated(sampled(f, self.args, moves, numbers), self.eps * scale)
            wrong = self.wrong(slope, values, np.sqrt(np.mean(values**2)))
            if not wrong.size:
                return None
            gaps = np.abs(values - slope.value)[wrong]
            k = wrong[np.argmax(np.where(np.isnan(gaps), math.inf, gaps))]
            one = is_real_number(result)
            origin = self.origin(history, "" if one else numbers.names[k])
            return GradientMismatch(argument, path, float(values[k]), *slope.of(int(k)), origin)

        argument = " and ".join(self.names[i] for i in moves)
        failure = compare(argument, ", along a random direction,", moves)
        if failure is None:
            return
        entries = (
            (self.names[i], path, {i: axis}, scale)
            for i in moves
            for path, axis, scale in entries_of(float_leaves(self.args[i]))
        )
        raise _worst([compare(*entry) for entry in itertools.islice(entries, _ENTRIES_TO_NAME)], failure)

    # Comparisons

    def wrong(self, slope: Slope, values: np.ndarray, terms: Any) -> np.ndarray:
        """Return where values disagree with numerical derivatives; `terms` is the size of what they sum."""
        with np.errstate(all="ignore"):
            size = np.maximum(np.abs(slope.value), np.where(np.isfinite(terms), terms, 0.0))
            allowed = self.atol + self.rtol * size + np.minimum(4 * slope.error, 1e-4 * size)
            right = np.isfinite(values) & (np.abs(values - slope.value) <= allowed)  # False for nan
        return np.flatnonzero(~right)

    def compare_value(self, result: Any, out: Any, origin: Origin) -> None:
        """Check the value that comes with a derivative."""
        origin = Origin(0, origin.mode, "result")
        numbers = Numbers(result)
        for path, leaf in numbers.leaves:
            _check_likeness(out, path, leaf, "", origin)
        wanted, found = numbers.flat(result), numbers.flat(out)
        near = np.abs(found - wanted) <= self.atol + self.rtol * np.abs(wanted)
        same = near | (found == wanted) | (np.isnan(found) & np.isnan(wanted))
        for k in np.flatnonzero(~same):
            entry = Origin(0, origin.mode, numbers.names[k])
            raise GradientMismatch("", "", float(found[k]), float(wanted[k]), origin=entry)


def _gradient_operator(f: Function, argnums: tuple[int, ...]) -> Function:
    return operators.grad(f, argnums)


def _tangent(arg: Any, direction: Direction) -> Any:
    """Return a direction as a container like the argument, with None in place of what is no float."""
    if not float_leaves(arg):
        return None

    def tangent_of(path: Path, leaf: Any) -> Any:
        if not is_float_leaf(leaf):
            return None
        part = direction.get(path, 0.0)
        if isinstance(leaf, (np.ndarray, np.generic)):
            value = np.zeros(np.shape(leaf), leaf.dtype)
            value[...] = part
            return value if isinstance(leaf, np.ndarray) else value[()]
        return type(leaf)(part)

    return map_leaves(tangent_of, arg)


def _check_likeness(tree: Any, path: Path, leaf: Any, argument: str, origin: Origin) -> None:
    """Raise an error unless a derivative has the shape of a leaf at the same place, and is real if it is."""
    place = argument + shown(path)
    try:
        part = at(tree, path)
    except (LookupError, AttributeError, TypeError):
        raise GradientMismatch(argument, shown(path), origin=origin, problem="is missing") from None
    if not isinstance(part, (int, float, complex, np.ndarray, np.generic)):
        problem = f"is {'None' if part is None else 'a ' + type(part).__name__}, not a number"
    elif np.shape(part) != np.shape(leaf):
        problem = f"has shape {np.shape(part)}, not {np.shape(leaf)}"
    elif np.iscomplexobj(part) and not np.iscomplexobj(leaf):
        problem = f"is complex, but {place or origin.result} is real"
    else:
        return
    raise GradientMismatch(argument, shown(path), origin=origin, problem=problem)


def _inner(gradient: Any, direction: Direction) -> tuple[float, float]:
    """Return the product of a gradient with a direction, and the size of its terms (for tolerances)."""
    total = squares = 0.0
    with np.errstate(all="ignore"):
        for path, part in direction.items():
            terms = np.real(np.asarray(at(gradient, path)) * part)
            total += float(np.sum(terms))
            squares += float(np.sum(terms**2))
    return total, math.sqrt(squares)


def _worst(found: Sequence[GradientMismatch | None], otherwise: GradientMismatch) -> GradientMismatch:
    return max((entry for entry in found if entry is not None), key=lambda e: e.gap, default=otherwise)
