"""Bunches of tangents: the helpers of vector mode are linear in the tangents.

>>> taken_rule(np.ones(2), None, np.zeros((3, 2)), 1)
(array([[0., 0.],
       [1., 1.],
       [0., 0.]]), None)
>>> stacked_rule(np.array([1.0, 2.0]), None, [0.0, 0.0], 5.0)
([np.float64(1.0), np.float64(2.0)], None)
"""

from __future__ import annotations

import numpy as np  # noqa: F401  for the examples

from s2sad import batches
from s2sad.rules.declare import linear, nondifferentiable

nondifferentiable(batches.zeros, batches.entries, batches.basis)


@linear(batches.taken)
def taken_rule(g, y, bunch, i):
    return batches.placed(g, bunch, i), None


@linear(batches.placed)
def placed_rule(h, y, g, bunch, i):
    return batches.taken(h, i), None, None


@linear(batches.stacked)
def stacked_rule(g, y, rows, value):
    return [batches.taken(g, i) for i in range(len(rows))], None


@linear(batches.arranged)
def arranged_rule(g, y, bunch, result, args):
    return batches.rearranged(g, bunch, args), None, None


@linear(batches.rearranged)
def rearranged_rule(h, y, g, bunch, args):
    return batches.arranged(h, batches.taken(bunch, 0), args), None, None
