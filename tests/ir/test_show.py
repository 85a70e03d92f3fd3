"""The text of the intermediate representation, for hand-made programs and for lowered ones."""

import operator
import textwrap
from collections import namedtuple

import numpy as np
import pytest

import s2sad.rules  # noqa: F401  fills the registry
from s2sad.analysis import kinds as k
from s2sad.frontend.lowerer import Program, lower
from s2sad.ir import core as ir
from s2sad.ir.core import Call, Carry, Function, Handler, If, Lit, Loop, Merge, Param, Ref, Update, Var
from s2sad.ir.show import names_of, short, show
from s2sad.rules.declare import REGISTRY
from s2sad.rules.methods import ATTRIBUTES, METHODS

Pair = namedtuple("Pair", "a b")
ADD = Ref("operator.add", operator.add)


def text_of(body, result, *params):
    """Return the lines under the headline, without their indentation."""
    made = Function("f", tuple(Param(var, var.hint, None) for var in params), tuple(body), result)
    return textwrap.dedent(show(made).partition("\n")[2])


def floats(*hints):
    return [Var(hint, k.FLOAT) for hint in hints]


def expected(text):
    return textwrap.dedent(text).strip("\n")


# ---- kinds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (k.FLOAT, "f8"),
        (k.Scalar("c16"), "c16"),
        (k.Array("f8", ()), "f8[]"),
        (k.Array("f8", (k.Sym("n0", -1), 3)), "f8[n0-1,3]"),
        (k.Array(None, (2, None)), "any[2,?]"),
        (k.List(k.List(k.FLOAT)), "list(list(f8))"),
        (k.List(), "list(never)"),
        (k.Tuple((k.FLOAT, k.INT), Pair), "Pair(f8, i8)"),
        (k.Dict(None, (k.FLOAT,)), "dict(*: f8)"),
        (k.Object(dict), "dict"),
        (k.Slice(k.INT, k.NONE, k.NONE), "i8::"),
        (k.Constant("sum"), "'sum'"),
        (k.Constant(np.sum), "sum"),
    ],
)
def test_kinds(kind, text):
    assert short(kind) == text


# ---- statements -----------------------------------------------------------------------------------


def test_names_count_by_hint():
    x, y, again = floats("x", "", "x")
    body = (Call((y,), ADD, (x, x)), Call((again,), ADD, (y, x)))
    made = Function("f", (Param(x, "x", None),), body, again)
    assert [names_of(made)[var] for var in (x, y, again)] == ["x_1", "t_1", "x_2"]


@pytest.mark.parametrize(
    ("function", "args", "text"),
    [
        (operator.pow, 2, "x_1 ** y_1"),
        (operator.is_not, 2, "x_1 is not y_1"),
        (operator.not_, 1, "not x_1"),
        (operator.neg, 1, "-x_1"),
        (operator.getitem, 2, "x_1[y_1]"),
        (operator.contains, 2, "y_1 in x_1"),
        (np.hypot, 2, "np.hypot(x_1, y_1)"),
    ],
)
def test_operators(function, args, text):
    x, y, z = floats("x", "y", "z")
    call = Call((z,), Ref("np.hypot", function), (x, y)[:args])
    assert text_of([call], z, x, y).startswith(f"z_1:f8 = {text}\n")


@pytest.mark.parametrize(
    ("prim", "text"),
    [
        (ir.TUPLE, "(x_1, y_1)"),
        (ir.LIST, "[x_1, y_1]"),
        (ir.DICT, "{x_1: y_1}"),
        (ir.SLICE, "slice(x_1, y_1)"),
        (ir.UNPACK, "unpack x_1, y_1"),
    ],
)
def test_displays(prim, text):
    x, y, z = floats("x", "y", "z")
    assert text_of([Call((z,), prim, (x, y))], z, x, y).startswith(f"z_1:f8 = {text}\n")


def test_other_calls():
    x, y, z = floats("x", "", "")
    body = [
        Call((y,), Ref("getattr", getattr), (x, Lit("shape"))),
        Call((z,), Ref("np.sum", np.sum), (x,), (("axis", Lit(0)),)),
        Call((), ir.RAISE, (y,)),
    ]
    lines = text_of(body, z, x).splitlines()
    assert lines == ["t_1:f8 = x_1.shape", "t_2:f8 = np.sum(x_1, axis=0)", "raise t_1", "return t_2"]


@pytest.mark.parametrize(
    ("update", "args", "text"),
    [
        (Update("setitem"), (0, 2.0), "update x_1[0] = 2.0"),
        (Update("delitem"), (0,), "update del x_1[0]"),
        (Update("append"), (2.0,), "update x_1.append(2.0)"),
        (
            Update("setitem", ((Ref("np.transpose", np.transpose), 0), (operator.getitem, 1))),
            (1, 0, 2.0),
            "update np.transpose(x_1)[1][0] = 2.0",
        ),
    ],
)
def test_updates(update, args, text):
    x, y = floats("x", "x")
    assert text_of([Call((y,), update, (x, *map(Lit, args)))], y, x).startswith(f"x_2:f8 = {text}\n")


def test_if_with_merges():
    x, y, z, r = floats("x", "y", "", "y")
    branch = If(x, (Call((y,), ADD, (x, x)),), (Call((z,), ADD, (x, Lit(1))),), (Merge(r, y, z),))
    assert text_of([branch], r, x) == expected("""
        if x_1:
            y_1:f8 = x_1 + x_1
        else:
            t_1:f8 = x_1 + 1
        y_2:f8 = merge(y_1, t_1)
        return y_2
    """)


def test_for_loop():
    x, i, inner, last, out = floats("x", "i", "s", "s", "s")
    body = (Call((last,), ADD, (inner, i)),)
    loop = Loop((Carry(inner, x, last, out),), i, (Lit(0), Lit(3), Lit(1)), (), None, body, last)
    assert text_of([loop], out, x) == expected("""
        for i_1 in range(0, 3, 1) carrying s_1:f8 = x_1 .. s_2 -> s_3:
            s_2:f8 = s_1 + i_1
            leave if s_2
        return s_3
    """)


def test_while_loop():
    x, test, inner, last, out = floats("x", "", "s", "s", "s")
    head = (Call((test,), Ref("operator.lt", operator.lt), (inner, Lit(3.0))),)
    loop = Loop((Carry(inner, x, last, out),), None, None, head, test, (Call((last,), ADD, (inner, x)),))
    assert text_of([loop], out, x) == expected("""
        while carrying s_1:f8 = x_1 .. s_2 -> s_3:
            t_1:f8 = s_1 < 3.0
            test t_1
            s_2:f8 = s_1 + x_1
        return s_3
    """)


def test_with_try_and_finally():
    x, m, y, error, path, r = floats("x", "m", "y", "error", "path", "y")
    handler = Handler(Ref("ValueError", ValueError), error, ())
    attempt = ir.Try((Call((y,), ADD, (x, m)),), (handler,), path, (ir.Choice(r, (y, x)),))
    whole = ir.Finally((attempt,), (Call((), ir.ASSERT, (r,)),))
    assert text_of([ir.With(x, m, ()), whole], r, x) == expected("""
        with x_1 as m_1:f8:
            pass
        try:
            try:
                y_1:f8 = x_1 + m_1
            except ValueError as error_1:f8:
                pass
            path_1:f8 = path
            y_2:f8 = merge(y_1, x_1)
        finally:
            assert y_2
        return y_2
    """)


# ---- what the frontend makes ----------------------------------------------------------------------


def halved(x):
    y = 0.0
    while x > 1.0:
        x = x / 2.0
        y = y + x
    return y


def shown(f, **kinds):
    program = Program(REGISTRY, METHODS, ATTRIBUTES, None, k.Shapes())
    return show(lower(program, f, kinds, set(kinds))[0])


def test_lowered_loop():
    assert shown(halved, x=k.FLOAT) == expected("""
        def halved(x_1:f8):
            while carrying x_2:f8 = x_1 .. x_3 -> x_4, y_1:f8 = 0.0 .. y_2 -> y_3:
                t_1:b1 = x_2 > 1.0
                test t_1
                x_3:f8 = x_2 / 2.0
                y_2:f8 = y_1 + x_3
            return y_3
    """)


def test_same_program_same_text():
    assert shown(halved, x=k.FLOAT) == shown(halved, x=k.FLOAT)
