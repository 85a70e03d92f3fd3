"""Functions that call functions: helpers, recursion, closures, lambdas, methods, run-time dispatch."""

import functools
import math
import operator
from functools import partial

import numpy as np

from tests.programs.registry import program


def square(x):
    return x * x


def affine(x, slope=2.0, shift=1.0):
    return slope * x + shift


def distance(x, y, *, power=2):
    return (abs(x) ** power + abs(y) ** power) ** (1.0 / power)


def log1pexp(x):
    """A softplus that does not overflow: a helper with a branch and a return in each arm."""
    if x > 30.0:
        return x
    return math.log(1.0 + math.exp(x))


def polynomial(coefficients, x):
    result = 0.0
    for c in reversed(coefficients):
        result = result * x + c
    return result


def settle(x, rate, limit=50):
    """Relax towards the fixed point of cos until the step is small, or give up."""
    for _ in range(limit):
        step = math.cos(x) - x
        if abs(step) < 1e-3:
            break
        x += rate * step
    return x


def min_and_argmin(values):
    best, where = values[0], 0
    for i, value in enumerate(values):
        if value < best:
            best, where = value, i
    return best, where


def normalize(v):
    """Scale v in place."""
    v /= np.sqrt(np.sum(v * v))


def three(x):
    return two(x) + square(x)


def two(x):
    return one(x) * math.sin(x)


def one(x):
    return math.exp(-x) + square(x)


@program(0.7, order=3)
def one_helper(x):
    return square(math.sin(x)) + square(x)


@program(0.7, order=3)
def three_levels(x):
    return three(x) * two(x)


@program(0.7, 0.2)
def defaults_and_keywords(x, y):
    a = affine(x)
    b = affine(x, y)
    c = affine(y, shift=x)
    d = affine(shift=a, x=b, slope=c)
    return d * a


@program(0.7, 0.2)
def keyword_only(x, y):
    return distance(x, y) + distance(y, x, power=3)


@program(0.7)
def own_defaults(x, scale=3.0, *, shift=0.5, power=2):
    return (scale * x + shift) ** power


@program(0.5, 1.5, 2.5)
def star_arguments(*xs):
    def product(first, *rest):
        return first * product(*rest) if rest else first

    return product(*xs) + product(xs[0], *xs[1:])


@program({"slope": 1.5, "shift": 0.3}, 0.7)
def double_star_arguments(options, x):
    return affine(x, **options) ** 2


@program(0.7, 1.1)
def double_star_parameters(x, y):
    def total(scale, **terms):
        result = 0.0
        for name, term in terms.items():
            result += term * term if name == "squared" else term
        return result * scale

    return total(x, squared=y, plain=x * y)


@program(1.2, 5)
def recursion(x, n):
    def power(n):
        return 1.0 if n == 0 else x * power(n - 1)

    return power(n) + power(2)


def horner(coefficients, x):
    if not coefficients:
        return 0.0
    return coefficients[0] + x * horner(coefficients[1:], x)


@program([1.0, -0.5, 0.25], 0.8)
def recursion_over_list(coefficients, x):
    return horner(coefficients, x) ** 2


def is_even(x, n):
    return x if n == 0 else is_odd(math.sin(x), n - 1)


def is_odd(x, n):
    return x * x if n == 0 else is_even(math.cos(x), n - 1)


@program(0.8, 5)
def mutual_recursion(x, n):
    return is_even(x, n) + is_odd(x, n)


def tree_sum(tree):
    if isinstance(tree, float):
        return tree * tree
    return math.sin(sum([tree_sum(child) for child in tree]))


@program([0.5, [1.5, 0.25], [[0.75], 0.1]])
def recursion_over_tree(tree):
    return tree_sum(tree)


@program(7.5, order=3)
def recursion_on_active(x):
    def collapse(y):
        if y < 1.0:
            return y * y
        return collapse(y / 2.0) + 0.1 * y

    return collapse(x)


@program(0.7, math.sin, square)
def functions_as_arguments(x, f, g):
    return f(g(x)) + g(f(x)) * x


@program(0.7)
def functions_in_list(x):
    layers = [math.sin, square, math.exp, lambda v: 0.5 * v]
    for layer in layers:
        x = layer(x)
    return x


@program(0.7, ["double", "sin", "half"])
def functions_in_dict(x, names):
    table = {"sin": math.sin, "double": lambda v: 2.0 * v * v, "half": lambda v: v / 2.0}
    for name in names:
        x = table[name](x) + 0.1
    return x


@program(0.7, -0.2)
def function_chosen_at_run_time(x, y):
    f = square if x > y else affine
    g = math.cos
    if y > 0.0:
        g = math.sin
    return f(g(x)) * f(y)


def power_of(n):
    def power(x):
        return x**n

    return power


def compose(*functions):
    def composed(x):
        for function in reversed(functions):
            x = function(x)
        return x

    return composed


@program(1.2)
def functions_returned(x):
    cube = power_of(3)
    return cube(x) + power_of(2)(x) * x


@program(0.6)
def composition(x):
    return compose(math.exp, square, math.sin)(x) + compose()(x)


@program(0.6, 0.3)
def closure_over_active(x, y):
    z = x * y

    def shifted(t):
        return math.sin(t + z) * x

    return shifted(x) + shifted(1.0) * z


@program(0.6)
def closure_reads_the_latest(x):
    def scaled(t):
        return t * scale

    scale = x
    a = scaled(2.0)
    scale = x * x
    return a + scaled(3.0) ** 2


@program(0.6, 4)
def nonlocal_counter(x, n):
    total = 0.0
    calls = 0

    def add(value):
        nonlocal total, calls
        total += value * value
        calls += 1

    for i in range(n):
        add(x * i)
    return total * calls + math.sin(total)


@program(0.6)
def nested_three_deep(x):
    def outer(a):
        b = a * x

        def middle(c):
            def inner(d):
                return b * c + math.sin(d * a)

            return inner(c) * inner(b)

        return middle(a)

    return outer(math.cos(x))


@program(0.6, 1.4)
def lambdas(x, y):
    f = lambda a: a * y + math.sin(a)  # noqa: E731 - the subject of the program
    g = lambda a, b=2.0, *cs: a * b + sum(cs)  # noqa: E731
    return f(f(x)) + g(x, y, x, y) * g(y) + (lambda: x * x)()


@program(0.6)
def lambdas_in_loop(x):
    functions = []
    for i in range(3):
        functions.append(lambda t, i=i: t**i * x)
    return sum([f(x + 1.0) for f in functions])


@program(0.6, 1.4)
def partials(x, y):
    f = partial(affine, slope=x)
    g = functools.partial(distance, x, power=3)
    return f(y) * g(y) + f(x, shift=y)


@program([0.5, 1.5, 2.5])
def reduced(values):
    product = functools.reduce(operator.mul, values)
    return product + functools.reduce(lambda total, v: total * 0.5 + v * v, values, 1.0)


@program(0.5, 1.5)
def operator_functions(x, y):
    total = operator.add(x, operator.mul(x, y))
    quotient = operator.truediv(operator.sub(x, y), operator.pow(y, 2))
    return operator.neg(total) * quotient


class Spring:
    """A thing with constant numbers in it, some computed."""

    rest = 0.25

    def __init__(self, stiffness, damping):
        self.stiffness = stiffness
        self.damping = damping

    @property
    def ratio(self):
        return self.damping / self.stiffness

    @classmethod
    def standard(cls):
        return cls(2.0, 0.5)

    @staticmethod
    def clamp(x):
        return x if x < 10.0 else 10.0

    def force(self, x):
        return -self.stiffness * (self.clamp(x) - self.rest)

    def energy(self, x, v=0.0):
        return 0.5 * self.stiffness * (x - Spring.rest) ** 2 + self.ratio * v * self.force(x)

    def __call__(self, x):
        return self.force(x) * self.energy(x)


SPRING = Spring(3.0, 0.75)


@program(0.7, Spring(1.5, 0.3))
def attributes(x, spring):
    return math.exp(-spring.damping * x) * math.sin(spring.stiffness * x) + spring.rest * x


@program(0.7, 1.1, Spring(1.5, 0.3))
def methods(x, v, spring):
    return spring.energy(x, v) + spring.energy(v=x, x=v) * spring.ratio


@program(0.7, Spring(1.5, 0.3))
def callable_object(x, spring):
    return spring(x) + SPRING(x * x)


@program(0.7)
def classmethods_and_staticmethods(x):
    spring = Spring.standard()
    return spring.force(Spring.clamp(x * x)) * x + Spring.clamp(x)


@program(0.7, Spring(1.5, 0.3))
def bound_methods(x, spring):
    forces = [spring.force, SPRING.force, spring.energy]
    energy = spring.energy
    return sum([force(x) ** 2 for force in forces]) + energy(x)


@program(0.7, 1.9)
def helper_with_branches(x, y):
    return log1pexp(x * y) + log1pexp(40.0 * y) + log1pexp(-x)


@program([0.5, -1.5, 0.25], 0.9)
def helper_with_loop(coefficients, x):
    value = polynomial(coefficients, x)
    return value * polynomial([1.0, x], value)


@program(0.2, 0.37)
def helper_with_break(x, rate):
    return settle(x, rate) + settle(x, rate, limit=2) * x


@program([2.5, 0.5, 1.5])
def helper_with_two_results(values):
    smallest, where = min_and_argmin(values)
    return smallest**2 * (where + 1) + values[0] * min_and_argmin(values[:1])[0]


@program(np.array([0.5, 1.5, -1.0]))
def helper_that_updates_its_argument(x):
    direction = x * x + x
    normalize(direction)
    return np.sum(direction * x)


@program(np.array([3.0, 4.0]))
def helper_that_updates_the_argument(x):
    normalize(x)
    return x[0] * x[1] + x[0]


@program(0.9, 3)
def helper_in_loop(x, n):
    total = 0.0
    for i in range(n):
        x = log1pexp(x) * polynomial([0.1, 0.2, 0.3], x)
        total += square(x) + affine(x, slope=i)
    return total


@program(0.9, 3)
def helper_returns_function_and_value(x, n):
    def stepper(size):
        scale = size * x

        def step(y):
            return y + scale * math.sin(y)

        return step, scale

    step, scale = stepper(0.5)
    y = x
    for _ in range(n):
        y = step(y)
    return y * scale


def cached_scale(function):
    """A decorator: its wrapper must be differentiated, not the function under it."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return 2.0 * function(*args, **kwargs)

    return wrapper


@cached_scale
def decorated_cube(x):
    return x * x * x


@program(0.9, order=3)
def decorated_helper(x):
    return decorated_cube(x) + x


@program(0.9, 1.1)
def iife_and_conditional_callee(x, y):
    return (math.sin if x < y else math.cos)(x * y) + [square, affine][0](y)


@program(0.9)
def function_attributes_of_modules(x):
    sin = math.sin
    for f in (sin, np.cos, math.tanh):
        x = f(x) * x
    return x
