"""The verifier accepts well-formed programs, and says in a sentence what is wrong with the others."""

import math
import operator
import re

import numpy as np
import pytest

import s2sad.rules  # noqa: F401  fills the registry
from s2sad.analysis import kinds as k
from s2sad.frontend.lowerer import Program, lower
from s2sad.ir import core as ir
from s2sad.ir.core import Call, Carry, Function, If, Lit, Loop, Merge, Param, Ref, Update, Var
from s2sad.ir.verify import VerificationError, verify
from s2sad.rules.declare import REGISTRY
from s2sad.rules.methods import ATTRIBUTES, METHODS

ADD = Ref("operator.add", operator.add)
ONE, NONE = Lit(1.0), Lit(None)
LESS = Ref("operator.lt", operator.lt)


def add(out, a, b=ONE):
    return Call((out,), ADD, (a, b))


def function(params, body, result):
    return Function("f", tuple(Param(var, var.hint, None) for var in params), tuple(body), result)


def wrong(message, params, body, result=NONE, **options):
    with pytest.raises(VerificationError, match=re.escape(message)):
        verify(function(params, body, result), **options)


@pytest.fixture
def v():
    """Variables by name, made when first asked for."""

    class Variables(dict):
        def __missing__(self, name):
            self[name] = Var(name.rstrip("0123456789"), k.FLOAT)
            return self[name]

        def __getattribute__(self, name):
            return self[name] if not name.startswith("_") else super().__getattribute__(name)

    return Variables()


# ---- calls ----------------------------------------------------------------------------------------


def test_straight_line(v):
    verify(function([v.x], [add(v.y, v.x), add(v.z, v.y, v.x)], v.z))


def test_read_before_bound(v):
    wrong("`y_1` is read in the function `f` before it is bound", [v.x], [add(v.z, v.y), add(v.y, v.x)])


def test_the_pass_is_named(v):
    wrong("before it is bound, after pass `share`", [], [add(v.y, v.x)], after="share")


def test_bound_twice(v):
    wrong("`y_1` is bound a second time in the function `f`", [v.x], [add(v.y, v.x), add(v.y, v.x)])
    wrong("`x_1` is bound a second time as a parameter", [v.x, v.x], [])


def test_the_result_must_be_bound(v):
    wrong("`y_1` is read as the result of the function `f`", [v.x], [], v.y)


def test_the_called_variable_is_read(v):
    wrong("`g_1` is read in the function `f`", [v.x], [Call((v.y,), v.g, (v.x,))])


def test_keywords_are_read(v):
    wrong("`y_1` is read", [v.x], [Call((v.z,), ADD, (v.x,), (("axis", v.y),))])


def test_undefined_is_for_merges_only(v):
    wrong("an undefined value is read in the function `f`", [v.x], [add(v.y, v.x, ir.UNDEFINED)])


def test_given_variables_are_bound(v):
    verify(function([v.x], [add(v.y, v.x, v.c)], v.y), bound={v.c})


def test_calls_bind_a_result(v):
    wrong("binds no result", [v.x], [Call((), ADD, (v.x, v.x))])
    wrong("binds no result", [v.x], [Call((), Update("append"), (v.x, v.x))])
    for prim in (ir.RAISE, ir.ASSERT, ir.PUSH):
        verify(function([v.x], [Call((), prim, (v.x, v.x))], v.x))


def test_an_update_has_the_arguments_of_its_path(v):
    view = Update("setitem", ((operator.getitem, 1), (np.transpose, 0)))
    verify(function([v.x], [Call((v.y,), view, (v.x, Lit(0), Lit(1), Lit(2.0)))], v.y))
    wrong("its path needs 2", [v.x], [Call((v.y,), view, (v.x,))])


def test_a_stack_is_bound_before(v):
    push = Call((), ir.PUSH, (v.stack, v.x))
    wrong("`stack_1` is read", [v.x], [push])
    wrong("has no stack", [v.x], [Call((v.y,), ir.POP, (Lit(1.0),))])
    verify(function([v.x], [Call((v.stack,), ir.LIST), push, Call((v.y,), ir.POP, (v.stack,))], v.y))


# ---- structure ------------------------------------------------------------------------------------


def test_merges_read_the_ends_of_the_arms(v):
    arms = ((add(v.y, v.x),), (add(v.z, v.x),))
    verify(function([v.x], [If(v.x, *arms, (Merge(v.r, v.y, v.z),))], v.r))
    wrong(
        "`z_1` is read by a merge at the end of the then arm of an `if` before it is bound",
        [v.x],
        [If(v.x, *arms, (Merge(v.r, v.z, v.y),))],
    )


def test_an_arm_hides_its_variables(v):
    branch = If(v.x, (add(v.y, v.x),), ())
    wrong("`y_1` is read in the function `f` outside the block that binds it", [v.x], [branch, add(v.z, v.y)])
    both = If(v.x, (add(v.y, v.x),), (add(v.z, v.y),))
    wrong("`y_1` is read in the else arm of an `if` outside the block", [v.x], [both])


def test_a_merge_may_be_undefined(v):
    verify(function([v.x], [If(v.x, (add(v.y, v.x),), (), (Merge(v.r, v.y, ir.UNDEFINED),))], v.r))


def counted(v, body, last, leave=None):
    carries, bounds = (Carry(v.s, Lit(0.0), last, v.r),), (Lit(0), Lit(3), Lit(1))
    return Loop(carries, v.i, bounds, (), None, tuple(body), leave)


def test_a_loop_body_sees_index_and_carries(v):
    verify(function([v.x], [counted(v, [add(v.t, v.s, v.i)], v.t)], v.r))
    verify(function([v.x], [counted(v, [add(v.t, v.s), Call((v.c,), LESS, (v.t, v.x))], v.t, v.c)], v.r))


@pytest.mark.parametrize("name", ["s", "i", "t"])
def test_a_loop_hides_its_variables(v, name):
    loop = counted(v, [add(v.t, v.s, v.i)], v.t)
    wrong(f"`{name}_1` is read in the function `f` outside the block", [v.x], [loop, add(v.z, v[name])])


def test_the_result_of_a_loop_is_not_visible_in_it(v):
    wrong("`r_1` is read in the loop body before it is bound", [v.x], [counted(v, [add(v.t, v.r)], v.t)])


def test_the_start_of_a_carry_is_read_before_the_loop(v):
    loop = Loop((Carry(v.s, v.t, v.t, v.r),), v.i, (Lit(0), Lit(3), Lit(1)), (), None, (add(v.t, v.s),))
    wrong("`t_1` is read as the start of a carry of a loop in the function `f` before", [v.x], [loop])


def test_the_head_of_a_while_loop(v):
    def loop(test, body):
        head = (Call((v.c,), LESS, (v.s, v.x)),)
        return Loop((Carry(v.s, Lit(0.0), v.t, v.r),), None, None, head, test, tuple(body))

    verify(function([v.x], [loop(v.c, [add(v.t, v.s, v.c)])], v.r))
    wrong("`t_1` is read as the test of a loop before it is bound", [v.x], [loop(v.t, [add(v.t, v.s)])])
    wrong("needs either bounds or a test", [v.x], [loop(None, [add(v.t, v.s)])])


def test_with_and_finally_show_their_variables(v):
    verify(function([v.x], [ir.With(v.x, v.m, (add(v.y, v.m),)), add(v.z, v.y, v.m)], v.z))
    verify(function([v.x], [ir.Finally((add(v.y, v.x),), (add(v.z, v.y),)), add(v.r, v.z)], v.r))


def test_try_hides_its_variables(v):
    def attempt(*atoms):
        handler = ir.Handler(Ref("ValueError", ValueError), v.error, (add(v.z, v.x, v.error),))
        return ir.Try((add(v.y, v.x),), (handler,), v.path, (ir.Choice(v.r, atoms),))

    verify(function([v.x], [attempt(v.y, v.z), add(v.t, v.r, v.path)], v.t))
    wrong("`z_1` is read by a merge at the end of the body of a `try`", [v.x], [attempt(v.z, v.z)])
    wrong("`y_1` is read by a merge at the end of an `except` of a `try`", [v.x], [attempt(v.y, v.y)])
    wrong("chooses among 1 values", [v.x], [attempt(v.y)])
    wrong("`error_1` is read", [v.x], [attempt(v.y, v.z), add(v.t, v.error)])


# ---- what the frontend makes ----------------------------------------------------------------------


def polynomial(x, n):
    total = 0.0
    for i in range(n):
        if total > 3.0:
            break
        total = total * x + i
    return total


def newton(x, n):
    y = x
    while abs(y * y - x) > 1e-8:
        y = 0.5 * (y + x / y)
        if y < 0.0:
            y = -y
    return y


def guarded(x, n):
    try:
        y = math.log(x)
    except ValueError:
        y = x
    finally:
        print("done")
    return y * n


def in_place(x, n):
    values = np.zeros(3)
    for i in range(3):
        values[i] = x * i
        values[1:] += values[0]
    return np.sum(values)


@pytest.mark.parametrize("f", [polynomial, newton, guarded, in_place])
def test_lowered_functions_are_well_formed(f):
    program = Program(REGISTRY, METHODS, ATTRIBUTES, None, k.Shapes())
    lowered, _ = lower(program, f, {"x": k.FLOAT, "n": k.INT}, {"x"})
    verify(lowered, "lower", {external.var for external in program.externals.values()})
