"""Arguments moved along a direction, the numbers in a result, and difference quotients of them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from s2sad.errors import ArgumentTypeError, NonScalarResult
from s2sad.trees import Path, at, float_leaves, map_leaves, shown

ArgNums = int | str | Sequence[int | str]
Function = Callable[..., Any]
Direction = dict[Path, Any]  # what is added to each leaf; a leaf that is not named stays
Sample = Callable[[float], np.ndarray]

LARGEST_STEP = 2.0**-7  # relative to the size of what moves
_STEPS = 9


# Arguments --------------------------------------------------------------------------------------------------


def names_of(f: Function, count: int) -> list[str]:
    """Return the names of the first parameters of a function, or "argument 0" and so on.

    >>> names_of(lambda x, *rest: x, 3)
    ['x', 'rest[0]', 'rest[1]']
    """
    names: list[str] = []
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    for parameter in parameters[:count]:
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{i}]" for i in range(count - len(names))]
        names.append(parameter.name)
    names = names[:count]
    return names + [f"argument {i}" for i in range(len(names), count)]


def positions_of(f: Function, args: Sequence[Any], argnums: ArgNums | None) -> tuple[int, ...]:
    """Return the positions of the arguments to differentiate; all that hold floats, unless they are named.

    Raises
    ------
    ArgumentTypeError
        An argument that is named holds no float, or none does.
    ValueError, IndexError
        There is no such argument.
    """
    if argnums is None:
        chosen = tuple(i for i, arg in enumerate(args) if float_leaves(arg))
        if not chosen:
            raise ArgumentTypeError("no argument holds a float", hint="write 2.0 instead of 2")
        return chosen
    if isinstance(argnums, (int, str)):
        argnums = (argnums,)
    names = names_of(f, len(args))
    chosen = tuple(names.index(n) if isinstance(n, str) else range(len(args))[n] for n in argnums)
    for i in chosen:
        if not float_leaves(args[i]):
            raise ArgumentTypeError(f"argument `{names[i]}` holds no float", hint="write 2.0 instead of 2")
    return chosen


def copied(tree: Any) -> Any:
    """Return a copy of the containers and arrays in a value; a function may change what it is given."""
    return map_leaves(lambda path, leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, tree)


def moved(tree: Any, direction: Direction, step: complex) -> Any:
    """Return a copy of a value that is moved along a direction, with the dtypes kept unless `step` is complex.

    >>> moved({"a": 1.0, "b": 2.0}, {("a",): 4.0}, 0.5)
    {'a': 3.0, 'b': 2.0}
    """

    def leaf_moved(path: Path, leaf: Any) -> Any:
        if path not in direction:
            return leaf.copy() if isinstance(leaf, np.ndarray) else leaf
        result = leaf + step * direction[path]
        if isinstance(leaf, np.ndarray):
            result = np.asarray(result)  # NumPy makes a scalar of a 0-d array
        if isinstance(leaf, (np.ndarray, np.generic)) and not isinstance(step, complex):
            return result.astype(leaf.dtype)
        return result

    return map_leaves(leaf_moved, tree)


def scale_of(leaf: Any) -> Any:
    """Return the size that steps in each number of a leaf are relative to."""
    magnitude = np.abs(leaf).astype(float)
    return np.where(magnitude == 0, 1.0, np.clip(magnitude, 0.05, 1e3))


def random_part(leaf: Any, rng: np.random.Generator, scaled: bool = True) -> Any:
    """Return a random value like a float leaf; no number in it is near zero."""
    part: Any = rng.uniform(0.5, 1.0, np.shape(leaf)) * rng.choice([-1.0, 1.0], np.shape(leaf))
    if np.iscomplexobj(leaf):
        part = part + 1j * rng.uniform(-1.0, 1.0, np.shape(leaf))
    part = np.asarray(part * scale_of(leaf) if scaled else part)
    if isinstance(leaf, (np.ndarray, np.generic)):
        part = part.astype(leaf.dtype)
        return part if isinstance(leaf, np.ndarray) else part[()]
    return part.item()


def random_direction(arg: Any, rng: np.random.Generator) -> Direction:
    """Return a direction in which each number of an argument moves, by about its own size."""
    return {path: random_part(leaf, rng) for path, leaf in float_leaves(arg)}


def entries_of(leaves: Sequence[tuple[Path, Any]]) -> Iterator[tuple[str, Direction, float]]:
    """Yield each number in some leaves: its path as text, the direction of its axis, its scale.

    The imaginary parts of a leaf come after its real parts.

    >>> [name for name, _, _ in entries_of(float_leaves({"a": np.ones(2), "b": 1j}))]
    ["['a'][0]", "['a'][1]", "['b']", "['b'] (imaginary part)"]
    """
    for path, leaf in leaves:
        units: tuple[complex, ...] = (1.0, 1j) if np.iscomplexobj(leaf) else (1.0,)
        scale = scale_of(leaf)
        for unit in units:
            suffix = " (imaginary part)" if unit == 1j else ""
            for index in np.ndindex(np.shape(leaf)):
                part: Any = unit
                if isinstance(leaf, np.ndarray):
                    part = np.zeros(leaf.shape, complex if np.iscomplexobj(leaf) else float)
                    part[index] = unit
                where = "[" + ", ".join(map(str, index)) + "]" if index else ""
                yield shown(path) + where + suffix, {path: part}, float(scale[index])


# Results ----------------------------------------------------------------------------------------------------


def is_real_number(value: Any) -> bool:
    """Tell whether a value is one real number: a Python or NumPy scalar, or a 0-d array."""
    if isinstance(value, (np.ndarray, np.generic)):
        return np.ndim(value) == 0 and value.dtype.kind in "fiub"
    return isinstance(value, (int, float))


def real_number(value: Any) -> float:
    """Return a result that has to be one real number.

    Raises
    ------
    NonScalarResult
        It is something else.
    """
    if is_real_number(value):
        return float(value)
    shape = f" of shape {np.shape(value)}" if isinstance(value, np.ndarray) else ""
    raise NonScalarResult(f"the result must be one real number, not {type(value).__name__}{shape}")


class Numbers:
    """The real numbers in the floats of a result, in order; the imaginary parts of a leaf come last in it.

    Parameters
    ----------
    result : container
        A result; others of the same function are then read in the same way.

    Examples
    --------
    >>> numbers = Numbers({"a": np.array([1.0, 2.0]), "n": 3, "z": 4 + 5j})
    >>> numbers.flat({"a": np.array([6.0, 7.0]), "n": 3, "z": 8 + 9j})
    array([6., 7., 8., 9.])
    >>> numbers.names
    ["result['a'][0]", "result['a'][1]", "result['z']", "result['z'] (imaginary part)"]
    """

    def __init__(self, result: Any):
        self.leaves = float_leaves(result)
        if not self.leaves and is_real_number(result):  # an integer: a constant, but a number
            self.leaves = [((), float(result))]

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return sum(np.size(leaf) * (1 + np.iscomplexobj(leaf)) for _, leaf in self.leaves)

    @property
    def names(self) -> list[str]:
        """The numbers as they are named in reports."""
        return ["result" + name for name, _, _ in entries_of(self.leaves)]

    def flat(self, result: Any) -> np.ndarray:
        """Return the numbers in a result; ValueError if it is not like the first one."""
        parts: list[np.ndarray] = []
        for path, leaf in self.leaves:
            part = np.asarray(at(result, path))
            if part.shape != np.shape(leaf):
                raise ValueError(f"result{shown(path)} has shape {part.shape}, not {np.shape(leaf)}")
            if np.iscomplexobj(part) and not np.iscomplexobj(leaf):
                raise ValueError(f"result{shown(path)} is complex, not real")
            parts.append(part.real.ravel())
            if np.iscomplexobj(leaf):
                parts.append(part.imag.ravel())
        return np.concatenate(parts).astype(float) if parts else np.zeros(0)


# Difference quotients ---------------------------------------------------------------------------------------


class Slope(NamedTuple):
    """The derivatives of n numbers in one direction."""

    value: np.ndarray  # (n,)
    error: np.ndarray  # (n,), estimates
    study: tuple[tuple[float, np.ndarray], ...]  # each step with its n difference quotients

    def of(self, i: int) -> tuple[float, float, tuple[tuple[float, float], ...]]:
        """Return the value, the error and the study of one of the numbers."""
        study = tuple((step, float(quotients[i])) for step, quotients in self.study)
        return float(self.value[i]), float(self.error[i]), study


def sampled(f: Function, args: Sequence[Any], directions: dict[int, Direction], numbers: Numbers) -> Sample:
    """Return the numbers in the result of `f` as a function of a step along directions in its arguments.

    They are nan where the function raises an arithmetic error or a ValueError: outside of its domain, as
    ``math.log(-1.0)``.
    """

    def sample(step: float) -> np.ndarray:
        there = [moved(arg, directions.get(i, {}), step) for i, arg in enumerate(args)]
        try:
            with np.errstate(all="ignore"):
                return numbers.flat(f(*there))
        except (ArithmeticError, ValueError):
            return np.full(numbers.size, math.nan)

    return sample


def extrapolated(sample: Sample, step: float) -> Slope:
    """Return derivatives at step zero by Richardson's extrapolation of central differences.

    In the tableau each column removes one more even power of the step. The entry that differs least from those
    that it was made of is the result, and that difference the estimate of its error (Ridders, 1982).

    Examples
    --------
    >>> slope = extrapolated(lambda step: np.array([np.exp(step)]), 0.1)
    >>> bool(abs(slope.value[0] - 1) < 1e-12)
    True
    """
    study: list[tuple[float, np.ndarray]] = []
    above: list[np.ndarray] = []
    best = least = np.zeros(0)
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            quotient = (sample(step) - sample(-step)) / (2 * step)
            study.append((step, quotient))
            if not above:
                best, least = np.full(quotient.shape, math.nan), np.full(quotient.shape, math.inf)
            row = [quotient]
            factor = 1.0
            for column, older in enumerate(above):
                factor *= 4.0
                row.append(row[column] + (row[column] - older) / (factor - 1))
                error = np.maximum(np.abs(row[-1] - row[column]), np.abs(row[-1] - older))
                better = error < least  # False for nan
                best, least = np.where(better, row[-1], best), np.where(better, error, least)
            above = row
            step /= 2
    return Slope(best, least, tuple(study))
