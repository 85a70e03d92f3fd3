"""A function without a rule whose source is out of reach: the error names it, and hands out the rule to fill in."""

from __future__ import annotations

import ctypes
import inspect
import linecache
import math
import operator
import sys
import types

import numpy as np
import pytest

import s2sad
from s2sad import UnknownDerivative, grad, jvp
from s2sad.rules import REGISTRY
from s2sad.testing import check_grads

WAYS = (
    "hint: give it a rule with `s2sad.rules.elementwise` or `adjoint`, declare it `nondifferentiable`, or rewrite "
    "the line with functions that have one"
)


def parameter(name, default=inspect.Parameter.empty, kind=inspect.Parameter.POSITIONAL_OR_KEYWORD):
    return inspect.Parameter(name, kind, default=default)


def compiled(function, name, count, parameters=None):
    """Return a function as a C library would give it, with a signature or without."""
    prototype = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count)
    flags = {"_flags_": prototype._flags_, "_argtypes_": prototype._argtypes_, "_restype_": ctypes.c_double}
    found = type("Compiled", (prototype,), {"__hash__": object.__hash__, **flags})(function)
    found.__name__, found.__module__ = name, "fastlib"
    if parameters is not None:
        found.__signature__ = inspect.Signature(parameters)
    return found


fastlib = types.ModuleType("fastlib")
fastlib.soften = compiled(lambda x: math.log1p(math.exp(x)), "soften", 1, [parameter("x")])
BLEND = [parameter("x"), parameter("y"), parameter("power", 3)]
fastlib.blend = compiled(lambda x, y, power: x * y**power, "blend", 3, BLEND)
fastlib.area = compiled(lambda a, b: a * b, "area", 2)
sys.modules["fastlib"] = fastlib


@pytest.fixture(autouse=True)
def no_rules_are_left():
    yield
    for function in vars(fastlib).values():
        if callable(function):
            REGISTRY.rules.pop(function, None)
    REGISTRY.edition = object()


def place(function, line, column):
    return f"{__file__}:{function.__code__.co_firstlineno + line}:{column}"


def refusal(call, *args):
    with pytest.raises(UnknownDerivative) as error:
        call(*args)
    return str(error.value)


def skeleton_in(message):
    return message.partition("\n\n")[2]


def softened(x):
    return x * fastlib.soften(x)


def blended(x):
    return fastlib.blend(x, 2.0 * x, 3)


def area_of(x):
    return fastlib.area(x, 3.0) * x


def test_the_message():
    assert refusal(grad(softened), 0.5) == "\n".join(
        (
            f"{place(softened, 1, 15)}: the derivative of `soften` is not known",
            "    return x * fastlib.soften(x)",
            "               ^~~~~~~~~~~~~~~~~",
            WAYS,
            "",
            "@s2sad.rules.adjoint(fastlib.soften)",
            "def soften_adjoint(g, y, x):",
            "    return ...  # the adjoint of x",
            "",
            "@s2sad.rules.tangent(fastlib.soften)",
            "def soften_tangent(dots, y, x):",
            "    return ...  # the tangent of y; dots[0] is that of x",
        )
    )


def test_operands_and_options():
    assert skeleton_in(refusal(grad(blended), 0.5)) == "\n".join(
        (
            "@s2sad.rules.adjoint(fastlib.blend)",
            "def blend_adjoint(g, z, x, y, power=3):",
            "    return ..., ...  # the adjoints of x, y",
            "",
            "@s2sad.rules.tangent(fastlib.blend)",
            "def blend_tangent(dots, z, x, y, power=3):",
            "    return ...  # the tangent of z; dots holds those of x, y",
        )
    )


def test_no_signature():
    assert skeleton_in(refusal(grad(area_of), 0.5)).splitlines()[:3] == [
        "@s2sad.rules.adjoint(fastlib.area)",
        "def area_adjoint(g, y, *operands):",
        "    return (...)  # the adjoints of *operands",
    ]


def test_a_ufunc():
    gain = np.frompyfunc(operator.mul, 2, 1)

    def f(x):
        return float(gain(x, 2.0))

    assert skeleton_in(refusal(grad(f), 0.5)) == "\n".join(
        (
            "@s2sad.rules.elementwise(gain)",
            "def gain_rule(g, y, x1, x2):",
            "    return ..., ...  # g times the derivatives in x1, x2",
        )
    )


def test_what_belongs_to_python_has_no_skeleton():
    def f(x):
        return float.fromhex(x.hex())

    assert refusal(grad(f), 0.5).endswith(WAYS)


def pasted(text, **formulas):
    """Run a skeleton in which the dots of each rule are replaced."""
    for name, formula in formulas.items():
        head, _, body = text.partition(f"def {name}(")
        signature, _, rest = body.partition("return ")
        text = f"{head}def {name}({signature}return {formula}{rest[rest.index('  #') :]}"
    space = {"s2sad": s2sad, "fastlib": fastlib, "math": math}
    name = f"<pasted {sorted(formulas)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    exec(compile(text, name, "exec"), space)


def test_a_pasted_rule_works():
    pasted(
        skeleton_in(refusal(grad(softened), 0.5)),
        soften_adjoint="g / (1 + math.exp(-x))",
        soften_tangent="dots[0] / (1 + math.exp(-x))",
    )
    check_grads(softened, (0.5,), order=2)


def test_a_pasted_rule_of_two_operands_works():
    pasted(
        skeleton_in(refusal(grad(blended), 0.5)),
        blend_adjoint="g * y**power, g * x * power * y ** (power - 1)",
        blend_tangent="dots[0] * y**power + x * power * y ** (power - 1) * dots[1]",
    )
    check_grads(blended, (0.5,), order=2)


def test_the_missing_mode_is_handed_out():
    def softened(x):
        return fastlib.soften(x) * x

    pasted(
        skeleton_in(refusal(grad(softened), 0.5)).partition("\n\n")[0],
        soften_adjoint="g / (1 + math.exp(-x))",
    )
    assert grad(softened)(0.5) == pytest.approx(math.log1p(math.exp(0.5)) + 0.5 / (1 + math.exp(-0.5)))
    assert skeleton_in(refusal(jvp, softened, (0.5,), (1.0,))) == "\n".join(
        (
            "@s2sad.rules.tangent(fastlib.soften)",
            "def soften_tangent(dots, y, x):",
            "    return ...  # the tangent of y; dots[0] is that of x",
        )
    )
