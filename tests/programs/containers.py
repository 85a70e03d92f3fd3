"""Tuples, lists, dicts, sets of ints, dataclasses and named tuples, and comprehensions over them."""

import math
from collections import namedtuple
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from tests.programs.registry import program


@program(0.7, 1.3)
def tuple_built_and_indexed(x, y):
    t = (x, x * y, math.sin(y))
    return t[0] * t[1] + t[2] * t[-1] - t[-2]


@program(0.7, 1.3)
def list_built_and_indexed(x, y):
    values = [x, y, 2.0, x * y]
    i = len(values) - 1
    return values[i] * values[i - 2] + values[-4] ** values[2]


@program(0.7, 1.3)
def dict_built_and_indexed(x, y):
    point = {"x": x, "y": y, 3: x + y}
    point["z"] = point["x"] * point["y"]
    point["x"] = math.sin(point[3])
    return point["x"] * point["z"] + point.get("y", 0.0) * point.get("w", 2.0)


@program([0.5, 1.5, 2.5, 3.5, 4.5])
def list_slices(values):
    head, tail = values[:2], values[2:]
    total = head[0] * tail[-1]
    for a, b in zip(values[::2], values[::-1]):
        total += a * b
    return total + sum(values[1:-1]) ** 2


@program(0.9, 4)
def append_in_loop(x, n):
    powers = [1.0]
    for _ in range(n):
        powers.append(powers[-1] * x)
    return sum(powers) * powers[2]


@program(0.9, 4)
def append_and_pop(x, n):
    stack = []
    for i in range(n):
        stack.append(math.sin(x * (i + 1)))
    total = 1.0
    while stack:
        total = total * 0.5 + stack.pop() * total
    return total


@program([0.5, 1.5, 2.5])
def pop_from_the_front(values):
    total = 0.0
    while len(values) > 1:
        first = values.pop(0)
        total += first * values[0] ** 2
    return total * values.pop()


@program([0.5, 1.5], [2.5, 3.5])
def extend_and_insert(xs, ys):
    zs = []
    zs.extend(xs)
    zs.insert(1, xs[0] * ys[0])
    zs.extend([y * y for y in ys])
    return zs[0] * zs[1] + zs[2] * zs[3] + zs[-1]


@program(0.6, 5)
def item_assignment(x, n):
    table = [0.0] * n
    table[0] = x
    table[1] = x * x
    for i in range(2, n):
        table[i] = table[i - 1] * x + math.sin(table[i - 2])
    return table[-1] + table[2]


@program([0.5, 1.5, 2.5])
def item_augmented(values):
    for i in range(len(values)):
        values[i] *= values[i - 1]
    values[0] += 1.0
    values[-1] -= values[0]
    return values[0] * values[1] + values[2]


@program([3.0, 1.0, 2.0])
def item_swap(values):
    n = len(values)
    for i in range(n):
        for j in range(n - 1 - i):
            if values[j] > values[j + 1]:
                values[j], values[j + 1] = values[j + 1], values[j]
    return values[0] * 1.0 + values[1] ** 2 + values[2] ** 3


@program([0.5, 1.5], 2.0)
def concatenation(values, x):
    joined = values + [x, x * x]
    joined += values
    return sum([(i + 1) * v**2 for i, v in enumerate(joined)])


@program(0.8, 3)
def repetition(x, n):
    values = [x, 2.0] * n
    product = 1.0
    for value in values:
        product *= value
    return product + len((x,) * n) * x


@program(0.8, 1.2)
def aliases_of_a_list(x, y):
    a = [x, y]
    b = a
    b[0] = x * y
    c = list(a)
    c[1] = 0.0
    return a[0] * a[1] + c[0] + c[1]


@program([[1.0, 2.0], [3.0, 4.0]])
def list_of_lists(m):
    total = 0.0
    for i in range(len(m)):
        for j in range(len(m[i])):
            total += m[i][j] * m[j][i]
    return total + m[0][-1] ** 3


@program([[1.0, 0.5], [0.25, 2.0]], [[0.5, 1.0], [1.5, 0.1]])
def matrix_product_of_lists(a, b):
    n = len(a)
    c = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            for k in range(n):
                c[i][j] += a[i][k] * b[k][j]
    return sum([sum(row) for row in c]) * c[0][1]


@program({"a": [0.5, 1.5], "b": [2.5]})
def dict_of_lists(groups):
    groups["b"].append(groups["a"][0] ** 2)
    total = 0.0
    for name, values in groups.items():
        weight = 2.0 if name == "a" else 3.0
        total += weight * sum(values) ** 2
    return total


@program({"rate": 0.05, "growth": 0.02})
def dict_updated(parameters):
    parameters["rate"] *= 2.0
    parameters.update({"growth": parameters["growth"] + parameters["rate"], "years": 10})
    removed = parameters.pop("rate")
    return math.exp(parameters["growth"] * parameters["years"]) * (1.0 + removed)


@program([1.0, 2.0, 0.5, 1.5])
def dict_accumulates(values):
    groups = {}
    for i, value in enumerate(values):
        key = "even" if i % 2 == 0 else "odd"
        if key not in groups:
            groups[key] = 0.0
        groups[key] += value**2
    return groups["even"] * groups["odd"]


@program([1.0, 2.0, 0.5, 1.5])
def dict_setdefault(values):
    groups = {}
    for i, value in enumerate(values):
        groups.setdefault(i % 3, []).append(value)
    return sum([sum(group) ** 2 for group in groups.values()])


@program([0.5, 1.5, 2.5])
def list_comprehension(values):
    squares = [value * value for value in values]
    return sum([math.sin(s) for s in squares]) + squares[1]


@program([0.5, -1.5, 2.5, -3.5])
def comprehension_with_condition(values):
    positive = [v for v in values if v > 0.0]
    signed = [math.sqrt(v) if v > 0.0 else v * v for v in values]
    return sum(positive) * sum(signed) * len(positive)


@program([0.5, 1.5], [2.5, 0.1, 0.2])
def comprehension_nested(xs, ys):
    products = [x * y for x in xs for y in ys if x < y]
    table = [[x - y for y in ys] for x in xs]
    return sum(products) ** 2 + sum([row[0] * row[1] for row in table])


@program({"a": 0.5, "b": 1.5})
def dict_comprehension(point):
    squares = {name: value**2 for name, value in point.items()}
    weights = {name: i + 1 for i, name in enumerate(squares)}
    return sum([weights[name] * squares[name] * point[name] for name in point])


@program([0.5, 1.5, 2.5, 3.5])
def set_of_ints(values):
    chosen = {i % 3 for i in range(1, 5)}
    skipped = {0, 3}
    total = 0.0
    for i, value in enumerate(values):
        if i in chosen and i not in skipped:
            total += value**2
    return total * len(chosen)


@program([0.5, -1.5, 2.5])
def generators_consumed(values):
    total = sum(v * v for v in values)
    largest = max(abs(v) for v in values)
    smallest = min(v * v for v in values if v > 0.0)
    if any(v < 0.0 for v in values) and not all(v < 0.0 for v in values):
        total *= largest
    return total + smallest


@program([0.5, 1.5, 2.5])
def generator_into_list_and_tuple(values):
    a = list(math.exp(-v) for v in values)
    b = tuple(v * w for v, w in zip(values, a))
    return math.prod(b) + math.fsum(a)


@program([2.5, -0.5, 1.5])
def sorted_with_key(values):
    by_size = sorted(values, key=lambda v: -abs(v))
    order = sorted(range(len(values)), key=lambda i: values[i])
    return by_size[0] * by_size[1] ** 2 + values[order[0]] ** 3


@program([2.5, -0.5, 1.5])
def list_sort_and_reverse(values):
    values.sort()
    total = values[0] * values[1]
    values.reverse()
    return total + values[0] ** 2


@program([(2.0, "b"), (1.0, "a")])
def max_with_key(pairs):
    value, name = max(pairs, key=lambda pair: pair[0])
    other, _ = min(pairs, key=lambda pair: pair[1])
    return value**2 * other if name == "b" else value


@dataclass
class Point:
    x: float
    y: float

    def norm2(self):
        return self.x * self.x + self.y * self.y


@dataclass(frozen=True)
class Segment:
    start: Point
    end: Point
    width: float = 1.0


@dataclass
class Trace:
    scale: float
    values: list = field(default_factory=list)


class Gaussian(NamedTuple):
    mean: float
    deviation: float

    def log_density(self, x):
        z = (x - self.mean) / self.deviation
        return -0.5 * z * z - math.log(self.deviation)


Pair = namedtuple("Pair", "first second")


@program(Point(0.5, 1.5))
def dataclass_argument(p):
    return p.x * p.y + math.sin(p.x) * p.norm2()


@program(Segment(Point(0.5, 1.5), Point(2.0, 3.0), 0.3))
def dataclass_nested(segment):
    dx = segment.end.x - segment.start.x
    dy = segment.end.y - segment.start.y
    return math.hypot(dx, dy) * segment.width**2


@program(0.5, 1.5)
def dataclass_local(x, y):
    p = Point(x * y, y)
    segment = Segment(p, Point(y=x, x=1.0))
    return segment.start.norm2() * segment.end.y + segment.width * p.x


@program(Point(0.5, 1.5), 0.3)
def dataclass_fields_assigned(p, step):
    for _ in range(3):
        p.x += step * p.y
        p.y -= step * math.sin(p.x)
    return p.norm2()


@program(Point(0.5, 1.5))
def dataclass_replaced(p):
    q = replace(p, x=p.y * p.x)
    return q.x * q.y + p.x


@program([Point(0.5, 1.5), Point(1.0, -0.5), Point(-1.0, 0.25)])
def list_of_dataclasses(points):
    area = 0.0
    for p, q in zip(points, points[1:] + points[:1]):
        area += p.x * q.y - q.x * p.y
    return 0.5 * area * area


@program(0.5, 3)
def dataclass_holding_list(x, n):
    trace = Trace(scale=x)
    for i in range(n):
        trace.values.append(trace.scale * math.cos(i * x))
    return sum(trace.values) * trace.scale


@program(Gaussian(0.5, 1.5), [0.1, 1.0, 2.0])
def named_tuple_argument(gaussian, data):
    return sum([gaussian.log_density(x) for x in data]) * gaussian[1]


@program(0.5, 1.5)
def named_tuple_local(x, y):
    pair = Pair(x * y, second=y)
    first, second = pair
    changed = pair._replace(first=second * first)
    return changed.first * pair.first + Gaussian(x, y).log_density(pair[1])


@program(((0.5, 1.5), (2.5, 3.5)))
def tuple_of_tuples_argument(intervals):
    length = 1.0
    for low, high in intervals:
        length *= high**2 - low
    return length


@program(
    [(np.array([[0.5, -0.2], [0.3, 0.8]]), np.array([0.1, -0.1])), (np.array([[1.0, 0.5]]), np.array([0.2]))],
    np.array([0.7, -0.4]),
)
def layers(parameters, x):
    for W, b in parameters[:-1]:
        x = np.tanh(W @ x + b)
    W, b = parameters[-1]
    return np.sum(W @ x + b)


@program({"w": np.array([0.5, 1.5]), "b": 0.25}, np.array([[1.0, 2.0], [0.5, -1.0]]), argnums=0)
def dict_of_arrays(parameters, X):
    logits = X @ parameters["w"] + parameters["b"]
    return np.sum(np.log1p(np.exp(-logits))) + 0.1 * np.sum(parameters["w"] ** 2)


@program({"encoder": {"scale": 0.5, "shifts": [1.0, 2.0]}, "decoder": (0.25, 0.75)}, 0.3)
def nested_argument(model, x):
    for shift in model["encoder"]["shifts"]:
        x = math.tanh(model["encoder"]["scale"] * x + shift)
    slope, power = model["decoder"]
    return slope * x**power


@program(["2", "x", "*", "x", "sin", "+"], 0.8)
def stack_machine(tokens, x):
    stack = []
    for token in tokens:
        if token == "x":
            stack.append(x)
        elif token == "sin":
            stack.append(math.sin(stack.pop()))
        elif token in "+*":
            right, left = stack.pop(), stack.pop()
            stack.append(left + right if token == "+" else left * right)
        else:
            stack.append(float(token))
    return stack.pop()


@program([0.5, 1.5, 2.5, 0.75])
def queue_of_pairs(values):
    """Combine the two oldest until one is left."""
    queue = list(values)
    while len(queue) > 1:
        a, b = queue.pop(0), queue.pop(0)
        queue.append(a * b + math.sin(a))
    return queue[0]


@program([0.3, -0.5, 2.0, 1.0], 0.7)
def horner_over_list(coefficients, x):
    value, slope = 0.0, 0.0
    for c in coefficients[::-1]:
        slope = slope * x + value
        value = value * x + c
    return value * slope


@program({0: [1, 2], 1: [3], 2: [3], 3: []}, [0.5, 1.5, 2.5, 0.1])
def graph_paths(graph, weights):
    """The weights of the paths, summed in topological order."""
    reach = {0: weights[0]}
    for node in sorted(graph):
        for successor in graph[node]:
            reach[successor] = reach.get(successor, 0.0) + reach[node] * weights[successor]
    return reach[3] ** 2


@program([0.5, 1.5, 2.5])
def pairwise_distances(xs):
    distances = {(i, j): (xs[i] - xs[j]) ** 2 for i in range(3) for j in range(i)}
    return distances[1, 0] * distances[2, 1] + math.sqrt(distances[2, 0])


@program([0.5, 1.5], [1.0, 2.0, 3.0])
def convolution_of_lists(xs, ys):
    out = [0.0] * (len(xs) + len(ys) - 1)
    for i, x in enumerate(xs):
        for j, y in enumerate(ys):
            out[i + j] += x * y
    return sum([v**2 for v in out])


@program([0.5, 1.5, 2.5])
def list_to_array_and_back(values):
    array = np.array(values)
    doubled = (array * array[::-1]).tolist()
    return doubled[0] * values[1] + sum(doubled)


@program([np.array([0.5, 1.5]), np.array([2.5, 3.5])])
def list_of_arrays(arrays):
    stacked = np.stack(arrays)
    total = 0.0
    for array in arrays:
        total += array @ stacked[0]
    return total


@program(0.8, 2)
def slice_assignment(x, n):
    values = [x, x * x, 1.0, 2.0]
    values[1:3] = [math.sin(x), x**3, x]
    values[:1] = []
    return values[0] * values[1] + values[2] * values[n]


@program([0.5, 1.5, 2.5])
def list_unpacked_in_display(values):
    extended = [0.0, *values, *[v * v for v in values]]
    merged = {**{"a": values[0]}, "b": extended[-1]}
    return sum(extended) * merged["a"] + merged["b"]


@program(np.array([0.3, 0.5, 0.7]), -1)
def inserted_counting_from_the_end(x, n):
    parts = [x[0], x[1]]
    parts.insert(n, x[2] ** 2)
    parts.insert(9, x[0] * x[1])
    parts.insert(-7, x[2])
    return sum([part * (i + 1.0) ** 2 for i, part in enumerate(parts)])


@program(np.array([0.3, 0.5, 0.7]), -3)
def popped_counting_from_the_end(x, n):
    parts = [x[0] ** 2, x[1] * x[2], x[2] ** 2, x[0]]
    first = parts.pop(n)
    second = parts.pop(-2)
    return first * parts[0] + 2.0 * second + 3.0 * parts[1] ** 2
