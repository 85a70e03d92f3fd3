"""Names: how they are bound, bound again, left unbound, and named."""

import math

import numpy as np

from tests.programs.registry import program


@program(0.7, 1.3)
def tuple_assignment(x, y):
    a, b = x * y, x + y
    return math.sin(a) + b * a


@program(0.7, 1.3)
def swap(x, y):
    x, y = y, x
    return x**3 + math.exp(y)


@program(0.4, 0.9, 1.7)
def rotate_three(a, b, c):
    a, b, c = b, c, a
    a, b, c = b * c, c * a, a * b
    return a + 2.0 * b + 3.0 * math.sin(c)


@program(1.1, order=3)
def chained(x):
    a = b = x * x
    a = a * b
    return a + b


@program(1.1, order=3)
def chained_tuples(x):
    (a, b) = pair = (x, x * x)
    return a * b + pair[0] - pair[1] ** 2


@program(0.8)
def annotated(x: float) -> float:
    y: float = x * 2.0
    z: "float"
    z = math.cos(y)
    n: int = 3
    return z * n + y


@program(1.2, 0.5)
def augmented(x, y):
    a = x
    a += y
    a *= x
    a -= math.sin(y)
    a /= 1.0 + y * y
    a **= 2
    return a


@program(np.array([1.0, 2.0, 3.0]), 0.5)
def augmented_array(x, scale):
    y = x * scale
    y += x
    y *= y
    y -= scale
    return np.sum(y)


@program(5.3, order=3)
def augmented_remainder(x):
    r = x
    r %= 2.0
    q = x
    q //= 2.0
    return r * r * r + q * x


@program(0.6, order=3)
def walrus(x):
    return (y := math.sin(x)) * y + y


@program(2.5)
def walrus_in_test(x):
    if (y := x * x) > 4.0:
        return y * x
    return y


@program([0.5, 1.5, 2.5])
def walrus_in_comprehension(xs):
    return sum([s * s for x in xs if (s := x * x) > 1.0]) + s


@program([1.0, 2.0, 3.0, 4.0])
def star_tail(values):
    first, *rest = values
    total = first
    for value in rest:
        total = total * 0.5 + value * value
    return total


@program((0.5, 1.5, 2.5, 3.5))
def star_middle(values):
    first, *middle, last = values
    return first * last + middle[0] * middle[1] ** 2


@program([1.5, 2.5])
def star_empty(values):
    *init, a, b = values
    return a * b + len(init)


@program((1.0, (2.0, 3.0)), [0.5, (1.5, 0.25)])
def nested_unpacking(left, right):
    a, (b, c) = left
    [d, (e, f)] = right
    return a * d + b * e**2 + c * math.exp(f)


@program(1.4, 0.3)
def unpack_call_result(x, y):
    def polar(u, v):
        return math.sqrt(u * u + v * v), math.atan2(v, u)

    radius, angle = polar(x, y)
    return radius * angle**2


@program(np.array([0.5, 1.5, 2.5]))
def unpack_array(v):
    x, y, z = v
    return x * y + y * z + math.sin(z * x)


@program(np.array([[0.5, 1.5], [2.5, 3.5]]))
def unpack_matrix(m):
    (a, b), (c, d) = m
    return a * d - b * c + a**2


@program(0.9, True)
def bound_on_one_path(x, flag):
    if flag:
        scale = x * x
    y = math.sin(x)
    if flag:
        y = y * scale
    return y


@program(0.9)
def bound_on_the_other_path(x):
    if x > 2.0:
        offset = x**3
    else:
        slope = math.exp(x)
    return slope * x if x < 2.0 else offset


@program(0.8, order=3)
def deleted(x):
    t = x * x
    y = t * math.sin(x)
    del t
    t = y * y
    return t + x


@program([1.0, 2.0, 3.0])
def deleted_item(values):
    del values[1]
    return values[0] * values[1] ** 2


@program(0.7, order=3)
def underscores(_x):
    _, __y, _z_ = _x, _x * _x, math.exp(_x)
    return _ * __y + _z_


@program(0.5)
def underscore_is_the_last(x):
    total = 0.0
    for _ in range(3):
        total += math.sin(x + _)
    return total * (_ + x)


@program(0.5, 1.5)
def shadowed_builtins(sum, max):
    list = sum * max
    float = list + sum
    range = [list, float, max]
    return range[0] * range[1] + range[2] ** 2


@program(0.5, 1.5)
def shadowed_modules(np, math):
    numpy = np * math
    s2sad = numpy + np
    return numpy * s2sad


@program(0.6, 1.1)
def names_of_adjoints(x_bar, y_bar):
    x = x_bar * y_bar
    y = x + math.sin(y_bar)
    x_bar = x * y
    z_bar = x_bar + y_bar
    return z_bar * x


@program(0.6)
def names_of_stacks(x):
    x_stack = x
    y_saved = 0.0
    x_undo = 1.0
    for i in range(4):
        i_1 = x_stack * x
        x_stack = math.sin(i_1) + i
        y_saved += x_stack * x_undo
        x_undo = y_saved * 0.1
    return y_saved


@program(0.6, 1.2)
def names_of_rules(g, ans):
    vjp = g * ans
    jvp = math.exp(g) / ans
    primal, cotangent, result, saved = vjp, jvp, g, ans
    tmp = t = primal * cotangent
    return t + tmp * result + saved


@program(0.6, 1.2)
def names_of_tangents(x, dx):
    x_dot = x * dx
    dx_dot = math.sin(x_dot)
    d_x = dx_dot**2
    dy = d_x + x_dot
    return dy * x


@program(np.array([0.3, 0.6]))
def names_of_modules(np_):
    np_1 = np.sin(np_)
    numpy_ = np_1 * np_
    _np = numpy_ + np_1
    return np.sum(_np * np_)


@program(0.8, 1.1)
def names_with_numbers(x, x_1):
    x_2 = x * x_1
    x = x_2 + x_1
    x_1 = x * x_2
    x_3 = x_1 - x
    x_bar_1, x_bar_2 = x_3, x_2
    return x_bar_1 * x_bar_2


@program(0.8)
def unicode_names(α):
    β = math.sin(α)
    Δα = α * β
    x̂ = Δα + β
    return x̂ * α


@program(1.3, order=3)
def overwritten_argument(x):
    x = x * x
    x = math.log(x)
    x = x * x + x
    return x


@program(1.3, order=3)
def same_name_many_meanings(x):
    t = x
    t = (t, t * t)
    t = {"a": t[0], "b": t[1]}
    t = t["a"] * t["b"]
    return t + x


@program(0.4, 0.7)
def order_of_evaluation(x, y):
    values = [x, y, 0.0]
    i = 0
    i, values[i] = 2, values[1] * x
    values[i] = values[0] ** 2
    return values[0] + values[1] * values[2]


@program(1.7)
def unused(x):
    wasted = math.exp(x) * x
    unread, used = wasted, x * x
    [x, wasted, unread]
    return used


@program(0.3, 2.0, 5.0, argnums=0)
def constant_in_some_arguments(x, a, b):
    scale = a * b
    shift = math.sin(a) / b
    return math.tanh(x * scale + shift)


@program(0.9, order=3)
def identity_of_argument(x):
    y = x
    z = y
    return z * 1.0 + y * x * z


@program(2.5, 1.5)
def plain_argument_returned(x, y):
    z = y
    return x


@program(1.5, 0.5)
def unary_operators(x, y):
    a = -x
    b = +y
    c = -(-a * b)
    return a * -b - +c * (not x) + -(c**2)


@program(1.5, order=3)
def literals(x):
    big = 1_000.0
    small = 1e-3
    third = 0x10 / 3
    return x**3 * big * small + third * x**2 + 0.5 + True * x - .25 * x  # fmt: skip
