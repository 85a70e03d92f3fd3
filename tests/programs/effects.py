"""Statements for their effect: exceptions, with, assert, print, queries, globals, and number builtins."""

import contextlib
import logging
import math
import warnings

import numpy as np

from tests.programs.registry import program

GRAVITY = 9.81
WEIGHTS = np.array([0.5, 0.3, 0.2])
SETTINGS = {"rate": 0.1, "steps": 3}
COEFFICIENTS = (1.0, -0.5, 0.25)

logger = logging.getLogger(__name__)


class Scaled:
    """A context manager of the user's own: it yields its number and swallows LookupError."""

    def __init__(self, factor):
        self.factor = factor
        self.depth = 0

    def __enter__(self):
        self.depth += 1
        return self.factor

    def __exit__(self, kind, error, traceback):
        self.depth -= 1
        return kind is not None and issubclass(kind, LookupError)


def checked_sqrt(x):
    if x < 0.0:
        raise ValueError(f"negative: {x}")
    return math.sqrt(x)


@program(0.7, order=3)
def try_finally(x):
    y = x
    try:
        y = y * math.sin(x)
    finally:
        y = y + x * x
    return y


@program(0.7)
def try_not_taken(x):
    try:
        y = checked_sqrt(x) * x
    except ValueError:
        y = 0.0
    return y + x


@program(-0.7)
def try_taken(x):
    try:
        y = checked_sqrt(x) * x
    except ValueError:
        y = x * x
    return y + x


@program([2.0, 0.5, -4.0], [3, 0, 1])
def try_in_loop(values, divisors):
    total = 0.0
    for value, divisor in zip(values, divisors):
        try:
            total += value**2 / divisor + math.log(value)
        except ZeroDivisionError:
            total *= 2.0
        except ValueError as error:
            total -= value * len(error.args)
    return total * total


@program(3.0, 0)
def zero_division(x, y):
    try:
        ratio = x / y
    except ZeroDivisionError:
        ratio = x * x + y
    return ratio * ratio


@program({"a": 1.5})
def key_error(point):
    try:
        b = point["b"]
    except KeyError:
        b = point["a"] * 2.0
    return b * point["a"]


@program([1.5, 2.5])
def index_error_ends_the_loop(values):
    total, i = 0.0, 0
    while True:
        try:
            total += values[i] ** 2
        except IndexError:
            break
        i += 1
    return total * i


@program(1.3)
def try_else_finally(x):
    log = []
    try:
        y = math.log(x)
    except (ValueError, OverflowError):
        y = x
    else:
        y = y * x
    finally:
        log.append("done")
    return y * y * len(log)


@program(0.7)
def name_assigned_before_the_exception(x):
    """The assignments made before the exception stay."""
    y = x
    try:
        y = x * x
        y = y * checked_sqrt(-x)
        y = 100.0 * y
    except ValueError:
        z = y * x
    return z + y


@program(0.7)
def return_in_try(x):
    def attempt(v):
        try:
            return checked_sqrt(v)
        except ValueError:
            return v * v
        finally:
            logger.debug("tried %s", v)

    return attempt(x) * attempt(-x)


@program(0.7)
def nested_try(x):
    try:
        try:
            y = checked_sqrt(-x)
        except KeyError:
            y = 0.0
    except ValueError:
        y = math.exp(x)
    return y * x


@program(np.array([[2.0, 0.5], [0.25, 1.0]]), np.array([1.0, -1.0]))
def linalg_error_not_taken(A, b):
    try:
        x = np.linalg.solve(A, b)
    except np.linalg.LinAlgError:
        x = b * 0.0
    return np.sum(x * x)


@program(np.array([[1.0, 2.0], [2.0, 1.0]]))
def linalg_error_taken(A):
    """Not positive definite: Cholesky fails until the diagonal is large enough."""
    shift = 0.0
    while True:
        try:
            L = np.linalg.cholesky(A + A.T + shift * np.eye(2))
            break
        except np.linalg.LinAlgError:
            shift = 2.0 * shift + 1.0
    return np.sum(L)


@program(np.array([0.5, 1.5]))
def with_errstate(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x) * x
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        z = y / x.mean()
    return np.sum(y * z)


@program(0.7)
def with_suppress(x):
    y = x
    with contextlib.suppress(ValueError):
        y = x * x
        y = checked_sqrt(-y)
    return y * x


@program(0.7)
def with_own_manager(x):
    with Scaled(2.0) as factor:
        y = factor * x * x
    with Scaled(3.0) as a, Scaled(4.0):
        y = y + a * math.sin(x)
    return y


@program(0.7)
def return_within_with(x):
    with Scaled(2.0) as factor:
        if x > 0.5:
            return factor * x**3
        x = x + 1.0
    return x


@program(0.7, 1.3)
def asserts(x, y):
    assert x > 0.0
    assert y > x, f"{y} must be greater than {x}"
    z = math.log(y / x)
    assert isinstance(z, float) and z == z
    return z * z


@program(0.7, 3)
def raise_not_taken(x, n):
    if n < 0:
        raise ValueError("n must not be negative")
    if not isinstance(x, float):
        raise TypeError(f"{x!r} is not a float") from None
    return x**n + checked_sqrt(x)


@program(0.7)
def prints(x):
    print("x is", x)
    y = x * x
    for i in range(2):
        print(f"{i}: {y:.3f}", end=";\n")
        y = math.sin(y)
    return y


@program(0.7)
def logs(x):
    logger.debug("starting at %.2f", x)
    y = math.cos(x) * x
    logger.info(f"reached {y}")
    return y


@program(0.7, 2)
def strings(x, n):
    """Numbers in strings are not numbers."""
    name = f"p{n}" + "_" + str(n)
    label = "%s=%d" % (name, n)
    parts = label.upper().split("_")
    powers = {"p2_2": 3.0}
    return x ** powers[name] * len(parts) + len("{:.2f}".format(x)) * x


@program(0.7, np.array([0.5, 1.5]))
def type_queries(x, y):
    if isinstance(x, (int, float)):
        x = x * 2.0
    if isinstance(y, np.ndarray) and not isinstance(x, list):
        y = y * x
    if type(x) is float and callable(math.sin) and hasattr(y, "shape"):
        x = math.sin(x)
    return np.sum(y) * x


@program(np.array([[0.5, 1.5, 0.1], [2.5, 3.5, 0.2]]))
def array_queries(m):
    rows, columns = m.shape
    total = 0.0
    if m.ndim == 2 and m.dtype == np.float64 and m.size == rows * columns:
        for i in range(m.shape[0]):
            total += m[i, -1] * m[i, 0] ** 2 * len(m[i])
    return total / np.ndim(m) / np.size(m) * np.shape(m)[1]


@program(0.7)
def passes_and_docstring(x):
    """A docstring of its own.

    It has several lines.
    """
    if x < 0.0:
        pass
    else:
        ...
    for _ in range(2):
        pass
    "a string that does nothing"
    return x * x


@program(0.5, order=3)
def module_constants(t):
    height = 2.0 + 3.0 * t - GRAVITY * t**2 / 2.0
    for c in COEFFICIENTS:
        height = height * t + c
    return height


@program(np.array([0.5, 1.5, 2.5]))
def module_array(x):
    return WEIGHTS @ np.sin(x) + np.sum(WEIGHTS[::-1] * x**2)


@program(0.7)
def module_dict(x):
    for _ in range(SETTINGS["steps"]):
        x = x - SETTINGS["rate"] * math.sin(x)
    return x * x


@program(0.7)
def constant_arrays(x):
    nodes = np.linspace(0.0, 1.0, 5)
    weights = np.array([1.0, 4.0, 2.0, 4.0, 1.0]) / 12.0
    return float(np.sum(weights * np.exp(-x * nodes**2)))


@program(2.7, order=3)
def conversions(x):
    n = int(x)
    y = float(x) * x**n
    return y + round(x) * x + bool(x) * x * x


@program(-1.7, 3)
def abs_pow_round(x, n):
    return abs(x) ** n + pow(x, 2) + pow(abs(x), 1.5) * round(x, 1) + abs(-2) * x


@program(7.3, 2.0)
def divmod_of_floats(x, y):
    quotient, remainder = divmod(x, y)
    return quotient * x * y + remainder**2


@program(7.3, 2.0)
def floor_division(x, y):
    return (x // y) * x + (x % y) * y + math.fmod(x, y) ** 2


@program(0.3, 0.9, 0.6)
def max_and_min(x, y, z):
    return max(x, y, z) * min(x, y, z) + max([x, z]) ** 2 + min((y, 2.0)) * max(0.0, x)


@program([0.3, 0.9, 0.6])
def sums_and_starts(values):
    return sum(values) ** 2 + sum(values[1:], 2.0) * sum([]) + sum(values, start=values[0]) * values[0]


@program([0.3, 0.9, 0.6])
def any_and_all(values):
    big = [v > 0.5 for v in values]
    scale = 2.0 if any(big) and not all(big) else 1.0
    count = sum(big)
    return scale * math.prod(values) + count * values[0] ** 2


@program(1e-3, order=3)
def small_numbers(x):
    return math.log1p(x) + math.expm1(x) * x


@program(0.7, [], {}, argnums=0)
def empty_containers(x, values, table):
    y = x
    for value in values:
        y *= value
    if not values and not table:
        y = y * y
    return max(values, default=y) + sum(values) * x


@program(0.7, "wave")
def effects_in_order(x, mode):
    seen = []

    def note(value):
        seen.append(mode)
        return value * len(seen)

    y = note(x) + note(x * x) * note(1.0)
    assert len(seen) == 3
    return y
