"""Numerical differentiation as a tool for everyone: `check_grads` and `numerical_grad`.

Derivatives are compared along random directions, so that a check costs a few evaluations of the function,
however many numbers the arguments hold; only where a check fails are single entries looked at, to name one.
Each number comes from central differences with a falling step, extrapolated to step zero (L. F. Richardson,
1911), which also gives an estimate of its own error (C. J. F. Ridders, "Accurate computation of F'(x)",
Advances in Engineering Software, 1982).

For complex arguments the gradient is ``df/dx - 1j * df/dy``: f changes by ``Re(sum(gradient * dz))``.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import itertools
import linecache
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from s2sad.errors import ArgumentTypeError, NonScalarResult
from s2sad.operators import grad

ArgNums = int | str | Sequence[int | str]
Path = tuple[Any, ...]
Function = Callable[..., Any]

_STEPS = 9
_ENTRIES_TO_NAME = 2000
_serial = itertools.count(1)


class GradientMismatch(AssertionError):
    """A derivative disagrees with its numerical value.

    Attributes
    ----------
    argument, path : str
        The argument by name, and the entry in it, such as ``['W'][2, 3]``; or the direction that was tried.
    analytic, numeric : float
        The two values.
    study : tuple of (step, difference quotient)
        The difference quotients at falling steps.
    """

    def __init__(
        self,
        argument: str,
        path: str,
        analytic: float,
        numeric: float,
        error: float,
        study: tuple[tuple[float, float], ...],
        order: int = 1,
    ):
        self.argument = argument
        self.path = path
        self.analytic = analytic
        self.numeric = numeric
        self.error = error
        self.study = study
        self.order = order
        super().__init__(argument, path, analytic, numeric, error, study, order)

    def __str__(self) -> str:
        lines = [
            f"the derivative of order {self.order} in {self.argument}{self.path} is wrong",
            f"    analytic  {self.analytic:.12g}",
            f"    numeric   {self.numeric:.12g}   (error estimate {self.error:.1e})",
            "    step       difference quotient",
        ]
        lines += [f"    {step:.2e}   {quotient:.12g}" for step, quotient in self.study]
        if not self.error <= 1e-4 * max(abs(self.numeric), 1e-3):
            lines.append(
                "note: the quotients do not settle; near a kink or a jump, at the edge of the domain or in "
                "single precision the numeric value is the doubtful one"
            )
        return "\n".join(lines)


# Containers: the floats in an argument, by path -------------------------------------------------------------


def _is_number(value: Any) -> bool:
    if isinstance(value, (float, complex)):
        return True
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fc"


def _children(value: Any) -> list[tuple[Any, Any]]:
    """Return the (key, part) pairs of a container; a key is an index, a dict key or ("." + field name)."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return [("." + name, part) for name, part in zip(value._fields, value)]
    if isinstance(value, (list, tuple)):
        return list(enumerate(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [("." + field.name, getattr(value, field.name)) for field in dataclasses.fields(value)]
    return []


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the floats and float arrays of a value with their paths.

    >>> list(_leaves({"a": (1.0, 2), "b": [3.0]}))
    [(('a', 0), 1.0), (('b', 0), 3.0)]
    """
    if _is_number(value):
        yield path, value
    for key, part in _children(value):
        yield from _leaves(part, (*path, key))


def _copy(leaf: Any) -> Any:
    return leaf.copy() if isinstance(leaf, np.ndarray) else leaf


def _rebuild(
    value: Any,
    change: Callable[[Path, Any], Any] = lambda path, leaf: _copy(leaf),
    constant: Callable[[Any], Any] = _copy,
    path: Path = (),
) -> Any:
    """Return a copy of a value, with `change(path, leaf)` for each float and float array in it."""
    if _is_number(value):
        return change(path, value)
    parts = [(key, _rebuild(part, change, constant, (*path, key))) for key, part in _children(value)]
    result: Any
    if isinstance(value, dict):
        result = copy.copy(value)
        result.update(parts)
        return result
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(part for _, part in parts))
    if isinstance(value, (list, tuple)):
        return type(value)(part for _, part in parts)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        result = copy.copy(value)
        for key, part in parts:
            object.__setattr__(result, key[1:], part)  # a frozen dataclass too
        return result
    return constant(value)


def _at(value: Any, path: Path) -> Any:
    for key in path:
        if isinstance(key, str) and key.startswith(".") and not isinstance(value, dict):
            value = getattr(value, key[1:])
        else:
            value = value[key]
    return value


def _shown(path: Path) -> str:
    """Return a path as Python source.

    >>> _shown(("layers", 0, ".bias"))
    "['layers'][0].bias"
    """
    return "".join(key if isinstance(key, str) and key.startswith(".") else f"[{key!r}]" for key in path)


def _positions(f: Function, args: Sequence[Any], argnums: ArgNums | None) -> tuple[int, ...]:
    """Return the positions of the arguments to differentiate; all that hold floats, unless they are named."""
    if argnums is None:
        chosen = tuple(i for i, arg in enumerate(args) if any(True for _ in _leaves(arg)))
        if not chosen:
            raise ArgumentTypeError("no argument holds a float", hint="write 2.0 instead of 2")
        return chosen
    if isinstance(argnums, (int, str)):
        argnums = (argnums,)
    names = _names(f, len(args))
    chosen = tuple(names.index(n) if isinstance(n, str) else range(len(args))[n] for n in argnums)
    for i in chosen:
        if not any(True for _ in _leaves(args[i])):
            raise ArgumentTypeError(f"argument `{names[i]}` holds no float", hint="write 2.0 instead of 2")
    return chosen


def _names(f: Function, count: int) -> list[str]:
    try:
        names = list(inspect.signature(f).parameters)[:count]
    except (TypeError, ValueError):
        names = []
    return names + [f"argument {i}" for i in range(len(names), count)]


# Numerical differentiation along a direction ----------------------------------------------------------------


def _value(f: Function, args: Sequence[Any]) -> Any:
    result = f(*args)
    if np.ndim(result) != 0 or not isinstance(result, (int, float, np.generic, np.ndarray)):
        raise NonScalarResult(
            f"the result must be one real number, not {type(result).__name__} of shape {np.shape(result)}"
            if isinstance(result, np.ndarray)
            else f"the result must be one real number, not {type(result).__name__}"
        )
    return result


def _along(
    f: Function, args: Sequence[Any], position: int, direction: dict[Path, Any], eps: float
) -> tuple[float, float, tuple[tuple[float, float], ...]]:
    """Return f's derivative along `direction`, an estimate of its error, and the difference quotients.

    The tableau of Richardson's extrapolation: each column removes one more even power of the step. The entry
    that differs least from those that it was made of is the result.
    """

    def shifted(step: float) -> float:
        def change(path: Path, leaf: Any) -> Any:
            if path not in direction:
                return _copy(leaf)
            moved = leaf + step * direction[path]
            return moved.astype(leaf.dtype) if isinstance(leaf, (np.ndarray, np.generic)) else moved

        moved_args = [_rebuild(arg, change) if i == position else _rebuild(arg) for i, arg in enumerate(args)]
        try:
            with np.errstate(all="ignore"):
                return float(_value(f, moved_args))
        except (ArithmeticError, ValueError):  # outside of the domain: `math.log(-1.0)`
            return math.nan

    best, least = math.nan, math.inf
    study: list[tuple[float, float]] = []
    above: list[float] = []
    step = eps
    for _ in range(_STEPS):
        quotient = (shifted(step) - shifted(-step)) / (2 * step)
        study.append((step, quotient))
        row = [quotient]
        factor = 1.0
        for column, older in enumerate(above):
            factor *= 4.0
            row.append(row[column] + (row[column] - older) / (factor - 1))
            error = max(abs(row[-1] - row[column]), abs(row[-1] - older))
            if error < least:
                best, least = row[-1], error
        above = row
        step /= 2
    return best, least, tuple(study)


def _inner(gradient: Any, direction: dict[Path, Any]) -> tuple[float, float]:
    """Return the product of a gradient with a direction, and the size of its terms (for tolerances)."""
    total = squares = 0.0
    for path, part in direction.items():
        terms = np.real(np.asarray(_at(gradient, path)) * part)
        total += float(np.sum(terms))
        squares += float(np.sum(terms**2))
    return total, math.sqrt(squares)


def _scale(leaf: Any) -> Any:
    """Return the size that steps in each number of a leaf are relative to."""
    magnitude = np.abs(leaf).astype(float)
    return np.where(magnitude == 0, 1.0, np.clip(magnitude, 0.05, 1e3))


def _random_direction(leaves: list[tuple[Path, Any]], rng: np.random.Generator) -> dict[Path, Any]:
    """Return a direction in which each number moves, by about its own size."""
    direction: dict[Path, Any] = {}
    for path, leaf in leaves:
        part = rng.uniform(0.5, 1.0, np.shape(leaf)) * rng.choice([-1.0, 1.0], np.shape(leaf))
        if np.iscomplexobj(leaf):
            part = part + 1j * rng.uniform(-1.0, 1.0, np.shape(leaf))
        part = part * _scale(leaf)
        direction[path] = part if isinstance(leaf, np.ndarray) else part.item()
    return direction


def _entries(leaves: list[tuple[Path, Any]]) -> Iterator[tuple[str, dict[Path, Any], float]]:
    """Yield each number of an argument: its path as text, the direction of its axis, its scale."""
    for path, leaf in leaves:
        units: tuple[complex, ...] = (1.0, 1j) if np.iscomplexobj(leaf) else (1.0,)
        for unit in units:
            suffix = " (imaginary part)" if unit == 1j else ""
            if not isinstance(leaf, np.ndarray):
                yield _shown(path) + suffix, {path: unit}, float(_scale(leaf))
                continue
            scale = _scale(leaf)
            for index in np.ndindex(leaf.shape):
                part = np.zeros(leaf.shape, dtype=complex if np.iscomplexobj(leaf) else float)
                part[index] = unit
                where = "[" + ", ".join(map(str, index)) + "]" if index else ""
                yield _shown(path) + where + suffix, {path: part}, float(scale[index])


# The public tools -------------------------------------------------------------------------------------------


def check_grads(
    f: Function,
    args: Sequence[Any],
    order: int = 1,
    argnums: ArgNums | None = None,
    *,
    modes: Sequence[str] = ("rev",),
    atol: float | None = None,
    rtol: float | None = None,
    eps: float = 2.0**-7,
    directions: int = 2,
    seed: int = 0,
    operator: Callable[[Function, tuple[int, ...]], Function] = grad,
) -> None:
    """Raise `GradientMismatch` unless the gradient of a function agrees with numerical differentiation.

    Parameters
    ----------
    f : callable
        A function with one real number as its result.
    args : sequence
        The arguments at which to check: floats, float arrays, and tuples, lists, dicts, dataclasses and
        NamedTuples of them. What is neither is held constant.
    order : int
        Check the derivatives of orders 1 to `order`. Order 2 is checked as the gradient of the inner product
        of the gradient with a random direction: `operator` differentiates the program that it made, and the
        result is compared with numerical differentiation of that program; and so on. Each order is thus
        checked against the one below, and the first against `f` itself.
    argnums : int, str or sequence of these, optional
        The arguments to differentiate in; all those that hold floats, if not given.
    modes : sequence of str
        Only ``"rev"`` so far.
    atol, rtol : float, optional
        The tolerances; by default ``1e-6``, ``1e-2`` where single precision is involved.
    eps : float
        The largest step. It is halved eight times.
    directions : int
        The number of random directions that are tried in each argument.
    seed : int
        The seed of the random directions.
    operator : callable
        ``operator(f, argnums)`` returns the function to check: it returns a tuple with one gradient for each
        of `argnums`. A gradient written by hand is checked with ``operator=lambda f, argnums: by_hand``.

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
    """
    for mode in modes:
        if mode != "rev":
            raise ValueError(f"mode {mode!r} is not known; the modes are: 'rev'")
    positions = _positions(f, args, argnums)
    single = any(
        np.asarray(leaf).dtype in (np.float32, np.float16, np.complex64)
        for i in positions
        for _, leaf in _leaves(args[i])
    )
    default = 1e-2 if single else 1e-6
    tolerances = (default if atol is None else atol, default if rtol is None else rtol)
    rng = np.random.default_rng(seed)
    names = _names(f, len(args))
    current = f
    for level in range(1, order + 1):
        gradient = operator(current, positions)
        _check_first(current, gradient, args, positions, names, tolerances, eps, directions, rng, level)
        if level < order:
            current = _contraction(gradient, args, positions, rng)


def _check_first(
    f: Function,
    gradient: Function,
    args: Sequence[Any],
    positions: tuple[int, ...],
    names: list[str],
    tolerances: tuple[float, float],
    eps: float,
    directions: int,
    rng: np.random.Generator,
    order: int,
) -> None:
    atol, rtol = tolerances
    analytic = gradient(*(_rebuild(arg) for arg in args))
    if not isinstance(analytic, tuple) or len(analytic) != len(positions):
        wanted = f"a tuple with {len(positions)} gradient{'s' * (len(positions) > 1)}"
        raise TypeError(f"the gradient is a {type(analytic).__name__}, not {wanted}")

    def compare(
        i: int, part: Any, path: str, direction: dict[Path, Any], scale: float = 1.0
    ) -> GradientMismatch | None:
        numeric, error, study = _along(f, args, i, direction, eps * scale)
        value, terms = _inner(part, direction)
        size = max(abs(numeric), terms)
        allowed = atol + rtol * size + min(4 * error, 1e-4 * size)
        if abs(value - numeric) <= allowed:  # False for nan
            return None
        return GradientMismatch(names[i], path, value, numeric, error, study, order)

    for i, part in zip(positions, analytic):
        leaves = list(_leaves(args[i]))
        for path, leaf in leaves:
            shape = np.shape(_at(part, path))
            if shape != np.shape(leaf):
                raise GradientMismatch(
                    names[i],
                    f"{_shown(path)} has shape {shape} instead of {np.shape(leaf)}; it",
                    math.nan,
                    math.nan,
                    math.nan,
                    (),
                    order,
                )
        for _ in range(directions):
            failure = compare(i, part, ", along a random direction,", _random_direction(leaves, rng))
            if failure is None:
                continue
            found = [
                compare(i, part, *entry) for entry in itertools.islice(_entries(leaves), _ENTRIES_TO_NAME)
            ]
            wrong = [entry for entry in found if entry is not None]
            raise max(wrong, key=_gap, default=failure)


def _gap(failure: GradientMismatch) -> float:
    gap = abs(failure.analytic - failure.numeric)
    return math.inf if math.isnan(gap) else gap


def _contraction(
    gradient: Function, args: Sequence[Any], positions: tuple[int, ...], rng: np.random.Generator
) -> Function:
    """Return ``sum(gradient(*args) * v)`` for random v, as a plain function with a text of its own.

    The text names each entry, so that it is ordinary code for whoever differentiates it::

        def contraction(a0, a1):
            g = gradient(a0, a1)
            return np.sum(g[0]['W'] * v0) + g[1] * v1
    """
    scope: dict[str, Any] = {"np": np, "gradient": gradient}
    terms: list[str] = []
    for place, i in enumerate(positions):
        for path, leaf in _leaves(args[i]):
            name = f"v{len(terms)}"
            scope[name] = _random_direction([((), leaf)], rng)[()]
            product = f"g[{place}]{_shown(path)} * {name}"
            if isinstance(leaf, np.ndarray) and leaf.ndim:
                product = f"np.sum({product})"
            terms.append(f"np.real({product})" if np.iscomplexobj(leaf) else product)
    parameters = ", ".join(f"a{i}" for i in range(len(args)))
    text = f"def contraction({parameters}):\n    g = gradient({parameters})\n    return {' + '.join(terms)}\n"
    filename = f"<s2sad check {next(_serial)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec"), scope)
    return scope["contraction"]


def numerical_grad(f: Function, argnums: ArgNums = 0, *, eps: float = 2.0**-7) -> Function:
    """Return a function that computes the gradient of `f` numerically, one entry at a time.

    It takes 18 evaluations of `f` for each number in the arguments, and is good to about ten digits where `f`
    is smooth. Arguments and results are as for `s2sad.grad`; parts of a container that are not floats give
    None.

    Examples
    --------
    >>> def f(x, n):
    ...     return x["a"] ** n + x["b"]
    >>> slopes = numerical_grad(f)({"a": 2.0, "b": 1.0}, 3)
    >>> round(slopes["a"], 8), round(slopes["b"], 8)
    (12.0, 1.0)
    """

    def gradient(*args: Any) -> Any:
        _value(
            f, [_rebuild(arg) for arg in args]
        )  # its errors are shown here, not taken for the domain's edge
        positions = _positions(f, args, argnums)
        parts = tuple(_numerical_part(f, args, i, eps) for i in positions)
        return parts[0] if isinstance(argnums, (int, str)) else parts

    return gradient


def _numerical_part(f: Function, args: Sequence[Any], position: int, eps: float) -> Any:
    def change(path: Path, leaf: Any) -> Any:
        values = [
            _along(f, args, position, axis, eps * scale)[0] for _, axis, scale in _entries([(path, leaf)])
        ]
        if np.iscomplexobj(leaf):
            half = len(values) // 2
            slopes = np.array(values[:half]) - 1j * np.array(values[half:])
        else:
            slopes = np.array(values)
        if isinstance(leaf, np.ndarray):
            return slopes.astype(leaf.dtype).reshape(leaf.shape)
        return slopes.item()

    return _rebuild(args[position], change, constant=lambda value: None)
