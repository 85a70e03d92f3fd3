"""Simplifications of what the engine writes: where they apply, and where they must not."""

from __future__ import annotations

import operator
from types import SimpleNamespace

import numpy as np
import pytest

from s2sad.analysis import kinds as k
from s2sad.frontend.names import ref_to
from s2sad.ir.core import Call, Lit, Var
from s2sad.optimize.simplify import simplify

X = Var("x", k.Array("f8", (2, 3)))
T = Var("t", k.Array("f8", (2, 3, 4)))


class Builder(SimpleNamespace):
    """What simplifications ask of the builder: which call made a value, and to build a simpler one."""

    def emit(self, fn, args, kwargs=()):
        return fn.value, *args


def made(function, *args, kwargs=(), kind=X.kind):
    """Return a value, and a builder that knows which call made it."""
    out = Var("", kind)
    return out, Builder(made={out: Call((out,), ref_to(function), args, kwargs)})


@pytest.mark.parametrize("call", [(np.transpose, X), (np.moveaxis, X, Lit(0), Lit(-1))])
def test_transposes_cancel(call):
    out, b = made(*call)
    assert simplify(np.transpose, (out,), (), b) is X


@pytest.mark.parametrize(
    "call, kind",
    [
        ((np.moveaxis, T, Lit(0), Lit(-1)), T.kind),
        ((np.moveaxis, X, Lit(0), Lit(0)), X.kind),
        ((np.moveaxis, X, Lit(0), Lit(-1)), k.Array("f8")),
        ((np.transpose, T, Lit(None)), T.kind),
    ],
)
def test_other_exchanges_of_axes_stay(call, kind):
    out, b = made(*call, kind=kind)
    assert simplify(np.transpose, (out,), (), b) is None


def test_transposes_with_axes_stay():
    out, b = made(np.transpose, T, kwargs=(("axes", Lit(None)),), kind=T.kind)
    assert simplify(np.transpose, (out,), (), b) is None


def test_the_sign_of_a_ratio():
    out, b = made(operator.truediv, Lit(-1.5), X)
    assert simplify(operator.neg, (out,), (), b) == (operator.truediv, Lit(1.5), X)


@pytest.mark.parametrize("numerator", [Lit(1.5), Lit(-1.5j), Lit(0.0), Lit(-0.0), X])
def test_other_ratios_stay(numerator):
    out, b = made(operator.truediv, numerator, X)
    assert simplify(operator.neg, (out,), (), b) is None


def test_a_mask_that_meets_true():
    mask = Var("mask", k.Array("b1", (2, 3)))
    assert simplify(operator.and_, (mask, Lit(True)), (), None) is mask
    assert simplify(operator.and_, (Lit(True), mask), (), None) is mask


@pytest.mark.parametrize("other", [Lit(False), Lit(1), X])
def test_other_conjunctions_stay(other):
    integers = Var("n", k.Array("i8", (2, 3)))
    assert simplify(operator.and_, (integers, Lit(True)), (), None) is None
    mask = Var("mask", k.Array("b1", (2, 3)))
    assert simplify(operator.and_, (mask, other), (), None) is None
