"""Loops: over ranges, arrays and containers, while, break, continue, else, returns from within."""

import math

import numpy as np

from tests.programs.registry import program


@program(0.7, 5)
def overwritten_scalar(x, n):
    for _ in range(n):
        x = math.sin(x) * x
    return x


@program(1.1, order=3)
def range_of_three(x):
    y = 1.0
    for i in range(2, 11, 3):
        y = y * x + i
    return y


@program(1.1, order=3)
def negative_step(x):
    y = 0.0
    for i in range(4, -1, -2):
        y = (y + i) * x
    return y


@program(1.1, 3, -7, -3)
def step_as_argument(x, start, stop, step):
    y = x
    for i in range(start, stop, step):
        y = math.cos(y * x) + 0.1 * i
    return y * (x + i)


@program(0.9, 0)
def loop_of_zero_trips(x, n):
    y = x * x
    for i in range(n):
        y = y * math.exp(x) + i
    for i in range(5, 2):
        y = y - x
    return y * x


@program(0.8, 4)
def several_carried(x, n):
    a, b, c = x, 1.0, 0.0
    for _ in range(n):
        a, b, c = b * x, a + c, math.sin(a * b)
    return a + b * c


@program(0.8, order=3)
def fibonacci_like(x):
    previous, current = 1.0, x
    for _ in range(6):
        previous, current = current, 0.5 * current + previous * x
    return current


@program(np.array([0.5, 1.5, -0.5]))
def over_array(values):
    product = 1.0
    for value in values:
        product *= 1.0 + value * value
    return product


@program(np.array([[0.5, 1.5], [-0.5, 2.0], [1.0, 0.1]]))
def over_rows(matrix):
    total = 0.0
    for row in matrix:
        total += np.sum(row) * row[0] ** 2
    return total


@program(np.array([[0.5, 1.5], [-0.5, 2.0]]))
def over_rows_and_items(matrix):
    total = 1.0
    for row in matrix:
        for item in row:
            total = total * 0.9 + math.sin(item) * item
    return total


@program(np.array([[0.5, 1.5], [-0.5, 2.0], [1.0, 0.1]]))
def over_transposed(matrix):
    result = 1.0
    for column in matrix.T:
        result *= column @ column
    return result


@program([0.5, 1.5, 2.5])
def over_list(values):
    mean = sum(values) / len(values)
    variance = 0.0
    for value in values:
        variance += (value - mean) ** 2
    return variance / (len(values) - 1)


@program(0.3, 0.6, 0.9)
def over_tuple(a, b, c):
    result = 0.0
    for weight, value in ((1.0, a), (2.0, b), (a, c)):
        result = result * value + weight
    return result


@program({"a": 0.5, "b": 1.5, "c": 2.5})
def over_dict(parameters):
    total = 0.0
    for name in parameters:
        total = total * 0.5 + parameters[name] ** 2
    return total


@program({"a": 0.5, "b": 1.5, "c": 2.5}, {"a": 1, "b": 2, "c": 3})
def over_items(parameters, powers):
    total = 1.0
    for name, value in parameters.items():
        total += value ** powers[name] * total
    return total


@program({"x": 0.5, "y": 1.5})
def over_keys_and_values(point):
    total = 0.0
    for value in point.values():
        total += math.exp(value)
    for key in point.keys():
        if key == "x":
            total *= point[key]
    return total


@program([0.5, 1.5, 2.5])
def with_enumerate(coefficients):
    total = 0.0
    for i, c in enumerate(coefficients):
        total += c * c / (i + 1)
    for i, c in enumerate(coefficients, start=2):
        total *= 1.0 + c / i
    return total


@program([0.5, 1.5, 2.5], [1.0, -1.0, 0.3])
def with_zip(xs, ys):
    dot, square = 0.0, 0.0
    for x, y in zip(xs, ys):
        dot += x * y
        square += x * x + y * y
    return dot / math.sqrt(square)


@program([0.5, 1.5, 2.5])
def with_reversed(values):
    result = 0.0
    for value in reversed(values):
        result = math.tanh(result + value)
    for i in reversed(range(3)):
        result += i * result * values[i]
    return result


@program([2.5, 0.5, 1.5])
def with_sorted(values):
    result = 1.0
    for value in sorted(values):
        result = result / (1.0 + value)
    for value in sorted(values, reverse=True):
        result += result * value * value
    return result


@program([0.5, 1.5, 2.5])
def with_map_and_filter(values):
    total = 0.0
    for y in map(math.sin, values):
        total += y * y
    for y in filter(lambda v: v > 1.0, values):
        total *= y
    return total


@program([0.5, 1.5, 2.5], [1.0, -1.0, 0.3])
def nested_iterators(xs, ys):
    total = 0.0
    for i, (x, y) in enumerate(zip(xs, reversed(ys))):
        total += x * y**2 * (i + 1)
    for (i, x), y in zip(enumerate(xs), sorted(ys)):
        total += math.sin(x * y) * i
    return total


@program(0.7, "sscex")
def over_string(x, letters):
    for letter in letters:
        if letter == "s":
            x = math.sin(x)
        elif letter == "c":
            x = math.cos(x)
        elif letter == "e":
            x = math.exp(x)
    return x


@program(0.7, 4)
def while_counter(x, n):
    i = 0
    while i < n:
        x = x * math.cos(x) + 1.0
        i += 1
    return x


@program(9.3, order=3)
def while_on_active(x):
    """The trip count depends on the argument."""
    y = x
    while y > 1.0:
        y = 0.4 * y
    return y * y


@program(3.3, 0.7)
def while_two_conditions(x, y):
    steps = 0
    while x > 0.5 and steps < 20:
        x = x * y
        y = y - 0.01 * x
        steps += 1
    return x + y * steps


@program(0.9)
def while_never(x):
    while x > 1.0:
        x = x / 2.0
    return x**3


@program(5.0)
def exit_in_the_middle(x):
    total = 0.0
    while True:
        x = x / 2.0
        if x < 0.5:
            break
        total += math.sqrt(x)
    return total * x


@program([0.5, 1.5, -2.5, 3.5])
def break_on_value(values):
    total = 1.0
    for value in values:
        if value < 0.0:
            break
        total *= value + 1.0
    return total * total


@program([0.5, -1.5, 2.5, -3.5])
def continue_on_value(values):
    total = 0.0
    for value in values:
        if value < 0.0:
            continue
        root = math.sqrt(value)
        total += root * (total + 1.0)
    return total


@program([0.5, -1.5, 2.5, 99.0, 1.0])
def break_and_continue(values):
    total, count = 0.0, 0
    for value in values:
        count += 1
        if value < 0.0:
            continue
        if value > 10.0:
            break
        total += value**2 * count
    return total / count


@program([0.5, 1.5, 2.5])
def for_else(values):
    y = 1.0
    for value in values:
        if value > 5.0:
            break
        y *= value
    else:
        y = math.sin(y)
    return y


@program([0.5, 1.5, 7.5])
def for_else_broken(values):
    y = 1.0
    for value in values:
        if value > 5.0:
            y = y * value
            break
        y *= math.exp(-value)
    else:
        y = 0.0
    return y


@program(2.7)
def while_else(x):
    n = 0
    while n < 3:
        x = math.log(1.0 + x)
        n += 1
    else:
        x = x * n
    return x * x


@program([0.5, 1.5, 2.5, 3.5], 2.0)
def return_in_loop(values, limit):
    total = 0.0
    for value in values:
        total += value * value
        if total > limit:
            return total * value
    return total


@program(np.array([[0.5, 1.5], [2.5, 3.5]]), 3)
def return_in_nested_loop(matrix, limit):
    total = 0.0
    for i in range(2):
        for j in range(2):
            total += matrix[i, j] ** 2 * (i + 1)
            if i + j + 1 == limit:
                return math.log(total)
        total = total * 0.5
    return total


@program(1.2, 7)
def search_then_use(x, n):
    found = None
    for i in range(n):
        if i * i > 10:
            found = i
            break
    if found is None:
        return x
    return x**found + i


@program(0.8, 3)
def two_deep(x, n):
    y = 0.0
    for i in range(n):
        for j in range(i + 1):
            y = y * x + math.sin(x * (i - j))
    return y


@program(0.8, 2)
def three_deep(x, n):
    y = x
    for i in range(n):
        for j in range(n):
            for k in range(i, n):
                y = y * math.cos(y) + x * (i + 2 * j + k)
            y = y / 3.0
    return y


@program(0.6, 4)
def conditional_in_loop(x, n):
    for i in range(n):
        if i % 2 == 0:
            x = math.sin(x)
        else:
            x = x * x + 1.0
    return x


@program(3.0, 12)
def active_conditional_in_loop(x, n):
    total = 0.0
    for _ in range(n):
        if x > 1.0:
            x = x * 0.6
        elif x > 0.3:
            y = math.sin(x)
            x = x - 0.5 * y
        else:
            x = x + 2.0
        total += x * x
    return total


@program(0.6, 4)
def loop_variable_afterwards(x, n):
    total = 0.0
    for i in range(n):
        total += x**i
    for value in [x, x * x, total]:
        pass
    return total * i + value


@program(0.6, 4)
def loop_variable_overwritten(x, n):
    total = 0.0
    for i in range(n):
        i = i * x + 1.0
        total += i * i
    return total + i


@program(0.6)
def inner_break_outer_continues(x):
    y = 1.0
    for i in range(4):
        for j in range(10):
            if j > i:
                break
            y *= 1.0 + x / (j + 1)
        if i == 1:
            continue
        y -= i * x
    return y


@program(0.6, 3)
def while_in_for(x, n):
    total = 0.0
    for i in range(n):
        y = x + i
        while y > 0.5:
            y = y * y / (1.0 + y)
        total += y
    return total


@program(0.6, 3)
def for_in_while(x, n):
    while n > 0:
        for i in range(n):
            x = x + 0.1 * math.sin(i * x)
        n = n - 1
    return x * x


@program(0.6, 3)
def loops_in_sequence(x, n):
    a = 1.0
    for _ in range(n):
        a = a * x + 0.5
    b = a
    for _ in range(n + 1):
        b = math.sin(b) * a
    return b + a


@program(1.3, 5)
def linear_recurrence(x, n):
    """Nothing but x and y0 need be kept."""
    y = 2.0
    for _ in range(n):
        y = 0.5 * y + x
    return y * y


@program(1.3, 5)
def bound_in_loop_only(x, n):
    for i in range(n):
        if i == 0:
            seed = x * x
        else:
            seed = seed + 0.3 * math.sin(seed)
        last = seed * i
    return last


@program(0.3, 6)
def invariants_in_loop(x, n):
    total = 0.0
    for i in range(n):
        scale = math.exp(x) / (1.0 + math.exp(x))
        total += scale * i
    return total


@program(np.array([1.0, 2.0, 3.0, 4.0]))
def in_place_sweep(u):
    for i in range(1, len(u)):
        u[i] = u[i] * u[i - 1] ** 2 / 4.0
    return np.sum(u)


@program(np.array([1.0, 2.0, 0.5, 4.0, 3.0]), 3)
def heat(u, steps):
    for _ in range(steps):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


@program(np.array([0.4, 0.7, 0.2]), 3)
def array_carried(x, n):
    y = np.ones(3)
    for i in range(n):
        y = np.tanh(x * y) + i * x
    return np.sum(y)


@program(np.array([[2.0, 0.3], [0.1, 1.5]]), np.array([1.0, 1.0]), 3)
def power_iteration(A, v, n):
    for _ in range(n):
        w = A @ v
        v = w / np.sqrt(np.sum(w * w))
    return v @ A @ v


@program(np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]]))
def lu_in_place(A):
    n = len(A)
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    return np.sum(A)


@program(40.0, 1e-6, argnums=0)
def babylonian_root(x, tolerance):
    guess = x / 2.0
    while abs(guess * guess - x) > tolerance:
        guess = 0.5 * (guess + x / guess)
    return guess


@program(0.7, [3, 0, 2])
def trip_counts_as_data(x, counts):
    y = x
    for count in counts:
        for _ in range(count):
            y = math.sin(y) + 0.2 * x
        y = y * 1.5
    return y
