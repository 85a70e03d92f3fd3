"""Scopes, control flow and classes: what Python itself means, with little mathematics in it."""

import contextlib
import enum
import functools
import math
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from tests.programs.registry import program


class Mode(enum.Enum):
    LINEAR = 1
    SQUARE = 2


class Level(enum.IntEnum):
    LOW = 2
    HIGH = 3


class Shape:
    """A base class whose methods call each other."""

    sides = 0

    def __init__(self, size):
        self.size = size

    def area(self):
        return self.size * self.factor()

    def factor(self):
        return 1.0

    @property
    def doubled(self):
        return 2.0 * self.size

    @doubled.setter
    def doubled(self, value):
        self.size = value / 2.0

    @classmethod
    def unit(cls, scale=1.0):
        return cls(scale)

    @staticmethod
    def bend(x):
        return math.sin(x)


class Square(Shape):
    sides = 4

    def __init__(self, size, tilt=0.5):
        super().__init__(size)
        self.tilt = tilt

    def factor(self):
        return self.size * super().factor() + self.tilt


class Vector:
    """Two numbers with operators."""

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y)

    def __mul__(self, scale):
        return Vector(self.x * scale, self.y * scale)

    __rmul__ = __mul__

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __getitem__(self, i):
        return self.x if i == 0 else self.y

    def __len__(self):
        return 2

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def __iadd__(self, other):
        self.x += other.x
        self.y += other.y
        return self

    def __call__(self, t):
        return self.x * t + self.y


class Timer:
    """A context manager that counts and swallows nothing."""

    def __init__(self):
        self.entered = 0
        self.left = 0

    def __enter__(self):
        self.entered += 1
        return self

    def __exit__(self, *error):
        self.left += 1


@dataclass
class Settings:
    rate: float
    steps: int = 2
    history: list = field(default_factory=list)

    def __post_init__(self):
        self.rate = self.rate * 0.5


@functools.lru_cache
def binomial(n, k):
    return 1 if k in (0, n) else binomial(n - 1, k - 1) + binomial(n - 1, k)


def doubled(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return 2.0 * function(*args, **kwargs)

    return wrapper


def scaled_by(scale):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(x):
            return scale * function(x)

        return wrapper

    return decorate


@scaled_by(3.0)
@doubled
def cubed(x):
    return x**3


def at_definition(x, table=[0.5, 1.5]):  # noqa: B006 - the subject of the program
    return x * table[1]


# ---- scopes ---------------------------------------------------------------------------------------------


@program(0.7, order=3)
def deleted_name(x):
    y = x * x
    z = y
    del y
    y = z * x
    return y


@program(0.7)
def closures_bind_late(x):
    functions = []
    for i in range(3):
        functions.append(lambda t: t * i + x)
    return sum([f(x) for f in functions])


@program(0.7)
def defaults_bind_at_definition(x):
    a = x * x

    def f(t, scale=a):
        return t * scale

    a = 100.0 * x
    return f(x) + at_definition(x)


@program(0.7)
def comprehension_has_its_own_scope(x):
    i = x * 2.0
    squares = [i * x for i in (1.0, 2.0, 3.0)]
    return sum(squares) * i


@program([0.5, 1.5])
def walrus_in_comprehension(values):
    squares = [last := value * value for value in values]
    return sum(squares) * last


@program([0.5, 1.5])
def nested_comprehensions(values):
    table = [[a * b for b in values if b > a / 4.0] for a in values]
    return sum([sum(row) for row in table]) + sum(a * b for a in values for b in values)


@program(0.7, 3)
def nonlocal_in_nested_functions(x, n):
    total = 0.0

    def outer(scale):
        def inner(value):
            nonlocal total
            total = total * scale + value

        for i in range(n):
            inner(x * i)

    outer(0.5)
    outer(x)
    return total


@program(0.7)
def decorated_local_function(x):
    calls = []

    def counted(function):
        def wrapper(t):
            calls.append(t)
            return function(t) * len(calls)

        return wrapper

    @counted
    def f(t):
        return t * t * x

    return f(x) + f(2.0 * x)


@program(0.7, order=3)
def stacked_decorators(x):
    return cubed(x) + cubed.__wrapped__(x)


@program(0.7)
def cached_helper(x):
    return sum([binomial(4, k) * x**k for k in range(5)])


@program(0.7, 1.3)
def chained_comparison_once(x, y):
    calls = []

    def middle(t):
        calls.append(t)
        return t * t

    z = x if 0.0 < middle(x) < y else y
    return z * len(calls) + x * y


@program(0.7, 1.3)
def short_circuits(x, y):
    a = x > 1.0 and 1.0 / (x - 0.7) > 0.0
    b = x or y
    c = (x > 0.0 and y) or x
    return b * c * (2.0 if a else 3.0) * (not a)


# ---- control flow ---------------------------------------------------------------------------------------


@program(0.7, 5)
def while_else(x, n):
    i = 0
    while i < n:
        x = x + math.sin(x) / n
        if x > 100.0:
            break
        i += 1
    else:
        x = x * x
    return x


@program([0.5, 1.5, 2.5], 2.0)
def for_else_with_return(values, limit):
    total = 0.0
    for value in values:
        total += value * value
        if total > limit:
            return total * value
    else:
        total = total * 2.0
    return total


@program(0.7)
def nested_finally(x):
    seen = []
    y = x
    try:
        try:
            y = y * math.exp(x)
        finally:
            seen.append(1)
            y = y + x
    finally:
        seen.append(2)
    return y * len(seen)


@program(0.7)
def finally_with_return(x):
    seen = []

    def f(t):
        try:
            if t > 1.0:
                return t * t
        finally:
            seen.append(t)
        return t

    return f(x) * f(x + 1.0) * len(seen)


@program([0.7, -1.0, -6.0])
def error_names(values):
    total = 0.0
    for value in values:
        try:
            if value < -5.0:
                raise ZeroDivisionError("small")
            total += math.log(value) * value
        except ZeroDivisionError as error:
            total += len(str(error)) * value
        except ValueError as error:
            total -= len(error.args) * value
    return total


@program(0.7)
def error_raised_again(x):
    def inverse(t):
        try:
            return 1.0 / t
        except ZeroDivisionError as error:
            raise ValueError("zero") from error

    try:
        return inverse(0.0 * x)
    except ValueError:
        return inverse(x) * x * x


@program(0.7)
def one_path_goes_on(x):
    try:
        y = math.log(x)
        values = [y, x]
    except ValueError:
        raise ArithmeticError(f"{x} is not positive") from None
    values[0] = values[0] * x
    return values[0] + y * values[1]


@program(0.7, -0.3)
def arms_that_raise(x, y):
    if x > 5.0:
        raise ValueError("large")
    elif y < 0.0:
        z = x * y
        if z > 3.0:
            raise ValueError("larger")
        else:
            w = z * x
    else:
        raise ValueError("positive")
    return w * z


@program(0.7, order=1)
def with_counting_manager(x):
    timer = Timer()
    with timer as t:
        y = x * x
    with timer:
        try:
            with Timer():
                z = math.log(-abs(y))
        except ValueError:
            z = y * t.entered
    return z * timer.left + y


@program(0.7)
def with_null_context(x):
    with contextlib.nullcontext():
        y = x * x
    return y * x


@program(0.7, ("scale", 2.0))
def match_with_guards(x, command):
    match command:
        case ("scale", factor) if factor > 5.0:
            return x
        case ("scale", factor) if factor > 1.0:
            return x * factor * x
        case [str() as name, *rest]:
            return x * len(rest) * len(name)
        case _:
            return 0.0


@program(0.7, Mode.SQUARE, Level.HIGH)
def enum_members(x, mode, level):
    y = x**level
    if mode is Mode.SQUARE:
        y = y * x
    elif mode == Mode.LINEAR:
        y = y + x
    return y * Level.LOW


# ---- classes --------------------------------------------------------------------------------------------


@program(0.7, 1.2)
def inheritance_and_super(x, y):
    square = Square(x, tilt=y)
    plain = Shape(y)
    return square.area() * plain.area() + square.sides * Square.unit().area() * x


@program(0.7)
def properties_and_setters(x):
    shape = Shape.unit(x)
    shape.doubled = shape.doubled * x
    return shape.size * Shape.bend(shape.doubled)


@program(0.7, 1.2)
def operators_of_objects(x, y):
    a, b = Vector(x, y), Vector(y, x * y)
    c = a + 2.0 * b - a * x
    c += -b
    d = c
    d += a
    return c(x) * c[0] + c[1] * len(c) + (1.0 if a == a else x)


@program(0.7, Vector(0.3, 0.4))
def operators_of_arguments(x, v):
    w = v * x + v
    return w(x) * w[1] + v.x * x


@program(0.7, 1.2)
def object_in_branches(x, y):
    if x > y:
        shape = Square(x)
    else:
        shape = Square(y, x)
        shape.size = shape.size * 2.0
    return shape.area()


@program(0.7, 4)
def object_in_loop(x, n):
    shape = Square(x)
    for i in range(n):
        shape.size = shape.size * 0.5 + x
        if i == 2:
            shape = Square(shape.size, x)
    return shape.area() * shape.tilt


@program(0.7, 1.2)
def list_of_objects(x, y):
    shapes = [Shape(x), Square(y)]
    shapes.append(Square(x * y, 0.1))
    shapes[0].size = y * y
    total = 0.0
    for i, shape in enumerate(shapes):
        total += shape.area() * (i + 1)
    return total * len(shapes)


@program(0.7, 1.2)
def dataclass_with_post_init(x, y):
    settings = Settings(x, steps=3)
    for _ in range(settings.steps):
        y = y - settings.rate * math.sin(y)
        settings.history.append(y)
    return y * settings.history[0] + len(settings.history)


@program(0.7)
def namespace(x):
    state = SimpleNamespace(position=x, speed=1.0)
    for _ in range(3):
        state.speed -= 0.1 * state.position
        state.position += 0.1 * state.speed
    return state.position * state.speed


@program(0.7, SimpleNamespace(rate=0.5))
def has_attributes(x, options):
    rate = getattr(options, "rate", 1.0) if hasattr(options, "rate") else x
    return x * x * rate * getattr(options, "steps", 3)


# ---- functions as values --------------------------------------------------------------------------------


@program(0.7, -0.4)
def function_from_either_arm(x, y):
    if x > y:
        scale = x * y

        def f(t):
            return t * scale

    else:
        f = lambda t: t + y  # noqa: E731 - the subject of the program
    g = math.sin if y > 0.0 else lambda t: f(t) * t
    return f(x) * g(y)


@program(0.7, 1)
def functions_indexed_at_run_time(x, i):
    functions = [math.sin, lambda t: t * x, math.exp]
    return functions[i](x) + functions[i - 2](x) * functions[-1](x)


@program(0.7)
def functions_appended(x):
    layers = [math.sin]
    layers.append(lambda t: t * x)
    layers += [math.exp]
    layers.insert(0, math.cos)
    last = layers.pop()
    for layer in layers:
        x = layer(x)
    return last(x) * len(layers)


@program(0.7)
def functions_from_comprehension(x):
    layers = [lambda t, k=k: t**k * x for k in range(1, 4)]
    return sum(layer(x) for layer in layers) + layers[0](layers[-1](x))


@program(0.7, order=3)
def tuples_of_generators(x):
    a, b = (t * x for t in (1.0, 2.0))
    c = tuple(t * a for t in (x, b))
    return math.hypot(*(t + 1.0 for t in c)) + max(*c, b)


@program([0.7, 1.4, 0.2], {"a": 0.5, "b": 2.0})
def unpacked_containers(values, table):
    first, *rest = values
    (a, b), c = rest, first
    merged = {"c": c, **table, "a": a}
    total = [*values, *rest, b]
    return sum(merged.values()) * sum(total) * max(*values) + math.hypot(*values)


@program(np.array([0.5, 1.5, -0.5, 2.0]))
def tuple_as_index(x):
    m = np.reshape(x * x, (2, 2))
    at = tuple([k for k in range(2)])
    return m[at] + np.sum(m[list(at)] * 0.5)


@program(0.7, 4)
def object_under_two_names(x, n):
    shape = other = Square(x)
    for i in range(n):
        shape.size = shape.size * 0.5 + x
    shape.tilt = other.size
    other.tilt *= 2.0
    return shape.area() * other.tilt
