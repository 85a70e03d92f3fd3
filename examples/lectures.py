"""The classics of every lecture on automatic differentiation, each with its generated gradient program."""

import numpy as np

from s2sad import check_grads, grad


def show(title, derivative, *args):
    """Print the program that `derivative` runs for these arguments, and its result."""
    print(f"--- {title}")
    print(derivative.source_for(*args))
    print("at", *args, "gives", derivative(*args), end="\n\n")


# The computational graph of the first lecture ---------------------------------------------------------------


def first(x1, x2):
    return np.sin(x1) + x1 * x2


show("sin(x1) + x1 * x2", grad(first, argnums=(0, 1)), 2.0, 5.0)
x1_bar, x2_bar = grad(first, argnums=(0, 1))(2.0, 5.0)
assert np.isclose(x1_bar, np.cos(2.0) + 5.0)
assert np.isclose(x2_bar, 2.0)


# A logistic unit --------------------------------------------------------------------------------------------


def unit(w0, w1, w2, x0, x1):
    return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))


point = (2.0, -3.0, -3.0, -1.0, -2.0)
show("a logistic unit", grad(unit, argnums=(0, 1, 2, 3, 4)), *point)
out = unit(*point)
expected = out * (1 - out) * np.array([-1.0, -2.0, 1.0, 2.0, -3.0])
assert np.allclose(grad(unit, argnums=(0, 1, 2, 3, 4))(*point), expected)


# Gates: an addition distributes, a product switches, a maximum routes, a fan-out adds -----------------------


def add_gate(x, y):
    return x + y


def mul_gate(x, y):
    return x * y


def max_gate(x, y):
    return np.maximum(x, y)


def fan_out(x, y):
    a = x * y
    return a * a + 3 * a


show("an addition distributes", grad(add_gate, argnums=(0, 1)), 3.0, -4.0)
show("a product switches", grad(mul_gate, argnums=(0, 1)), 3.0, -4.0)
show("a maximum routes", grad(max_gate, argnums=(0, 1)), 3.0, -4.0)
show("where a value fans out, adjoints add", grad(fan_out, argnums=(0, 1)), 3.0, -4.0)
assert grad(add_gate, argnums=(0, 1))(3.0, -4.0) == (1, 1)
assert grad(mul_gate, argnums=(0, 1))(3.0, -4.0) == (-4, 3)
assert grad(max_gate, argnums=(0, 1))(3.0, -4.0) == (1, 0)
assert grad(fan_out, argnums=(0, 1))(3.0, -4.0) == (84, -63)


# The gradient of a gradient ---------------------------------------------------------------------------------


def wave(x):
    return np.exp(-x * x) * np.sin(3 * x)


show("the first derivative", grad(wave), 0.4)
show("the second derivative: the program above, differentiated", grad(grad(wave)), 0.4)
second = np.exp(-(0.4**2)) * ((4 * 0.4**2 - 11) * np.sin(1.2) - 12 * 0.4 * np.cos(1.2))
assert np.isclose(grad(grad(wave))(0.4), second)


# A gradient is checked numerically --------------------------------------------------------------------------

check_grads(first, (2.0, 5.0), order=2)
check_grads(unit, point, order=2)
check_grads(wave, (0.4,), order=3)
print("all checked against numerical differentiation")
