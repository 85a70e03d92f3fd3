"""Control flow that chooses: if, ternaries, and/or/not, early returns, match."""

import math
from dataclasses import dataclass

import numpy as np

from tests.programs.registry import program


@program(1.5, 0.5)
def two_arms(x, y):
    if x > y:
        z = x * x - y
    else:
        z = y * y - x
    return math.sin(z)


@program([-2.0, 0.3, 1.7, 5.0])
def ladder(values):
    total = 0.0
    for x in values:
        if x < 0.0:
            y = x * x
        elif x < 1.0:
            y = math.sin(x)
        elif x < 2.0:
            y = math.exp(-x) + x
        else:
            y = math.log(x)
        total += y
    return total


@program(0.8, order=3)
def if_without_else(x):
    y = x * x
    if y < 1.0:
        y = y * math.cos(x)
    return y + x


@program(0.8, order=3)
def if_not_taken(x):
    y = x * x
    if y > 1.0:
        y = y * math.cos(x)
        x = y + 1.0
    return y * x


@program(1.4, -0.6)
def nested_ifs(x, y):
    if x > 0.0:
        if y > 0.0:
            r = x * y
        else:
            r = x - y * y
            if r > 1.0:
                r = math.sqrt(r)
    else:
        r = y
    return r * r + x


@program(1.4, -0.6)
def arms_with_different_names(x, y):
    if y < 0.0:
        a, b = x * x, y
        c = a * b
    else:
        c, d = y, x
        a = c * d
    return a + c**2


@program(0.3, order=3)
def ternary(x):
    y = math.sin(x) if x > 0.0 else math.cos(x)
    return y * (2.0 if y > 5.0 else x)


@program([-1.5, -0.2, 0.4, 2.5])
def nested_ternaries(values):
    result = 0.0
    for x in values:
        result += x**2 if x < -1.0 else -x if x < 0.0 else math.exp(x) if x < 1.0 else x**3
    return result


@program(0.0, 1.5)
def or_as_value(x, y):
    a = x * 0.0 or y
    b = y or x
    return a * b + math.sin(y) + x * y


@program(0.7, 1.5)
def and_as_value(x, y):
    a = x and y
    b = (x > 1.0 and x) or y * y
    return a * b


@program(0.7, None)
def default_by_or(x, scale):
    scale = scale or 2.0
    return math.sin(scale * x) * scale


@program(0.7, 1.5)
def boolean_operators(x, y):
    if x > 0.5 and not y < 1.0:
        z = x * y
    elif x > 5.0 or y > 5.0:
        z = x
    else:
        z = y
    return z**2 if not (z < 0.0 or z > 100.0) else z


@program(0.7, 1.5, order=1)
def short_circuit(x, n):
    """The division must not happen."""
    zero = 0.0
    if x > 1.0 and n / zero > 2.0:
        return x
    return 2.0 * n + (x if x < 1.0 or n / zero else n)


@program(0.7, 1.5, 2.0)
def chained_comparison(a, b, c):
    if 0.0 < a < b <= c:
        return a * b * c
    return a + b + c


@program([0.1, 0.45, 0.7, 0.95])
def chained_comparison_mixed(values):
    total = 0.0
    for x in values:
        inside = 0.25 <= x < 0.5 != 0.75
        total += x**2 if inside else x**3 if 0.9 > x > 0.6 else math.cos(x)
    return total


@program(-1.2, order=3)
def guard(x):
    if x < 0.0:
        return x * x
    return x


@program([-3.0, -0.5, 0.5, 3.0, 30.0])
def guards(values):
    def response(x):
        if x < -1.0:
            return -1.0 / x
        if x < 0.0:
            return math.exp(x)
        if x > 20.0:
            return math.log(x)
        y = x * x
        if y > 4.0:
            return math.sqrt(y + x)
        return y + 1.0

    return sum([response(x) for x in values])


@program(0.6, 1.9)
def early_returns_nested(x, y):
    a = x * y
    if a > 1.0:
        if x > 1.0:
            return a
        b = math.sin(a)
        if b > 0.5:
            return b * y
    else:
        a = a * a
    return a + y


@program(2.0, 3.0)
def return_in_both_arms(x, y):
    if x * y > 5.0:
        z = x**2
        return z * y
    else:
        z = y**2
        return z * x


@program(0.9, "tanh")
def choose_by_string(x, name):
    if name == "sin":
        return math.sin(x)
    elif name == "tanh":
        return math.tanh(x) * x
    raise ValueError(name)


@program(0.9, 3)
def parity(x, n):
    if n % 2 == 0:
        return x**n
    if n & 1 and n >> 1 == 1:
        x = x + n
    return x ** (n - 1)


@program(0.9, None)
def none_default(x, y=None):
    if y is None:
        y = x * 2.0
    if y is not None and x is not y:
        x = x * y
    return x + y


@program(0.9, [1, 3, 5])
def membership(x, allowed):
    y = x
    if 3 in allowed:
        y = y * math.sin(x)
    if 4 not in allowed:
        y = y + x * x
    return y


@program(1.3, ["square", "log", "skip", "cube"])
def match_literals(x, commands):
    total = 0.0
    for command in commands:
        match command:
            case "square":
                total += x * x
            case "cube" | "triple":
                total += x**3
            case "log":
                total *= math.log(x)
            case _:
                pass
    return total


@program((0.5, 1.5))
def match_sequence(values):
    match values:
        case []:
            return 0.0
        case [x]:
            return x
        case [x, y]:
            return x * y + math.sin(x)
        case [x, y, *rest]:
            return x + y + sum(rest)


@program([[2.0], [0.5, 1.5], [1.0, 2.0, 3.0]])
def match_star(rows):
    total = 0.0
    for row in rows:
        match row:
            case [x]:
                total += x**2
            case [first, *_, last]:
                total += first * last**2
    return total


@program([-1.5, 0.5, 2.5])
def match_guards(values):
    result = 1.0
    for value in values:
        match value:
            case v if v < 0.0:
                result += v * v
            case v if v < 1.0:
                result *= math.cos(v)
            case v:
                result -= v**3
    return result


@dataclass
class Circle:
    radius: float


@dataclass
class Rectangle:
    width: float
    height: float


@program([Circle(1.5), Rectangle(2.0, 0.5)])
def match_classes(shapes):
    area = 0.0
    for shape in shapes:
        match shape:
            case Circle(radius=r):
                area += math.pi * r**2
            case Rectangle(w, h):
                area += w * h
    return area * area


@program({"kind": "spring", "k": 2.0, "x": 0.3})
def match_mapping(term):
    match term:
        case {"kind": "gravity", "m": m, "h": h}:
            return 9.81 * m * h
        case {"kind": "spring", "k": k, "x": x}:
            return 0.5 * k * x**2
        case _:
            return 0.0


@program(("add", ("mul", 2.0, 3.0), ("neg", 1.5)))
def match_expression_tree(tree):
    def evaluate(node):
        match node:
            case ("add", a, b):
                return evaluate(a) + evaluate(b)
            case ("mul", a, b):
                return evaluate(a) * evaluate(b)
            case ("neg", a):
                return -evaluate(a)
            case float() as value:
                return value

    return evaluate(tree) ** 2


@program(np.array([[0.5, 1.5], [2.5, 3.5]]))
def match_shape(m):
    match m.shape:
        case (n,):
            return n * np.sum(m)
        case (rows, columns) if rows == columns:
            return np.sum(m @ m) / rows
        case _:
            return np.sum(m)


@program(np.array([0.5, -1.5, 2.5]))
def branch_on_array_test(x):
    if np.any(x < 0.0) and not np.all(x < 0.0):
        y = x * x
    else:
        y = x
    if x.sum() > 1.0:
        y = np.sin(y)
    return np.sum(y)


@program(np.array([[0.5, 1.5], [2.5, 3.5]]))
def branch_changes_rank(m):
    if m.ndim == 2:
        m = m[0] * m[1]
    if m.ndim == 1:
        m = m.sum()
    return m**2


@program(1.7, order=3)
def branch_merges_constant(x):
    if x > 1.0:
        slope = x
    else:
        slope = 0.0
    offset = 1.0 if x > 1.0 else x
    return slope * x + offset


@program(1.7, 0.2)
def flag_computed_once(x, y):
    flag = x > y
    x = x - 3.0 * y * x
    y = y + 5.0
    if flag:
        x = x * y
    else:
        x = x + y
    return x if flag else y


@program(0.4, 0.6)
def swap_in_branch(x, y):
    if x < y:
        x, y = y, x
    x = x - y
    if x < y:
        x, y = y, x
    return x**2 * y


@program(1.0, 0.4)
def hard_gates(x, y):
    return max(x * y, y - 1.0) + min(x**2, 5.0) * y
