"""Transfer functions are right about every call that the derivative rules are tested with."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import runtime
from s2sad.analysis.kinds import UNKNOWN, Shapes
from s2sad.analysis.transfer import result_kind
from tests.analysis.covering import literal
from tests.analysis.test_transfer import check
from tests.rules.samples_more import SAMPLES, M, V, X, normal, s

pytestmark = pytest.mark.filterwarnings("ignore")

F = V.astype("f4")
ADJOINTS = [
    (
        runtime.unbroadcast,
        [s(F, 1.5), s(X, F), s(np.array(2.0), V), s(V, np.array(1.0)), s(2, X), s(V > 0, V)],
    ),
    (runtime.scatter, [s(2, 1, V), s(F[:1], [0], V), s(2.5, 0, [1.0, 2.0])]),
    (runtime.along_axis, [s(np.argsort(X), 1)]),
    (runtime.unpadded, [s((3, 4), 2)]),
    (runtime.padded_indices, [s((3, 4), 2, "edge"), s((3,), (0, 1), "wrap")]),
    (runtime.select_adjoint, [s(X, [X > 1, X > 0], [X, V]), s(X, [X > 1], [2.0])]),
    (runtime.tie_weights, [s(X, 1.0), s(F, F[0]), s(X, X[:1], 0), s(1.5, 1.5), s(np.arange(3), 1)]),
    (runtime.product_of_others, [s(X), s(F), s(X, 0), s(X, (0, 1)), s(np.array(1.5))]),
    (runtime.cumprod_adjoint, [s(X, np.cumprod(X, 0), X, 0), s(F, np.cumprod(F), F, 0), s(V, 0 * V, V, 0)]),
    (runtime.matmul_left, [s(normal(3, 2), X, M), s(normal(3), X, V), s(1.5, V, V), s(normal(2), V, M)]),
    (runtime.matmul_right, [s(normal(3, 2), X, M), s(normal(3), X, V), s(1.5, V, V), s(normal(2), V, M)]),
    (runtime.dot_left, [s(normal(3, 2), X, M), s(X, 1.5, X), s(X, X, 1.5), s(X, np.array(2.0), X)]),
    (runtime.dot_right, [s(normal(3, 2), X, M), s(X, 1.5, X), s(X, X, 1.5), s(normal(3), X, V)]),
    (
        runtime.cofactors,
        [s(np.eye(3), 1.0), s(np.ones((2, 2)), 0.0), s(np.eye(3, dtype="f4"), np.float32(1))],
    ),
    (runtime.inverse_gaps, [s(V), s(F), s(X)]),
    (runtime.matrix_power_adjoint, [s(np.eye(3), np.ones((3, 3)), n) for n in (0, 1, 3)]),
    (runtime.symmetric, [s(np.eye(3)), s(np.eye(3, dtype="f4"))]),
    (runtime.lower, [s(np.eye(3)), s(np.eye(3, dtype="f4"))]),
    (runtime.clip, [s(V, 0.0, 1.0), s(V, min=0.0), s(V, max=F)]),
    (
        runtime.zeros_like,
        [s(x) for x in (V, F, 1.5, 2, None, "x", (V, 1), [1.0], [], {"a": V, "b": 1}, F[0])],
    ),
    (
        runtime.add,
        [s(V, None), s(None, 1.5), s((V, None), (None, 2.0)), s([F], [V]), s({"a": 1.0}, {"a": V})],
    ),
    (runtime.add, [s(None, None), s([], []), s([1.0], None), s(1, 2.5), s({"a": 1.0}, {"b": V})]),
    (runtime.fold_repeats, [s([], 2), s([1, 2], 2), s([V, V], 1)]),
    (runtime.scalar_seed, [s(1.5), s(np.array(2.0))]),
    (np.median, [s(X.astype("f4"), 0), s(np.arange(4))]),
    (np.quantile, [s(F, 0.5), s(V, [0.5, 0.2]), s(np.arange(3), 1), s(X, 0.5, 0, keepdims=True)]),
    (np.cov, [s(F), s(np.arange(3)), s(X[:1]), s(X, V, rowvar=True), s([1.0, 2.0])]),
    (np.convolve, [s(F, V), s(np.arange(3), V, "full"), s(1.5, V)]),
    (np.gradient, [s(F), s(np.arange(4)), s(V, F[0]), s(V, V), s(F, V)]),
    (np.unwrap, [s(F), s(np.arange(3)), s(F, period=3), s(np.arange(5), period=4)]),
    (np.polyval, [s(F, V), s([1, 2], 3), s([1.0, 2.0], V), s(V, F), s([], V), s(V, np.array(2.0))]),
    (np.vander, [s(F), s(np.arange(3), 2), s([1.0, 2.0])]),
    (np.insert, [s(F, 1, 2.5), s(np.arange(3), 1, 2.5), s([1.0, 2.0], 0, 3.0)]),
    (np.choose, [s(np.array([0, 1]), [1, 2.5]), s(0, (V, F))]),
    (np.block, [s([F, V]), s([[1, 2.5]]), s((V,)), s(1.5), s([[V], [X]])]),
    (
        np.logspace,
        [s(0, 1), s(np.float32(0), np.float32(1)), s(0.0, 1.0, 3, base=F[0]), s(0, 2, 3, dtype=int)],
    ),
    (np.linalg.multi_dot, [s([X, M, F[:2]]), s((V, V)), s([V, V])]),
    (np.linalg.cond, [s(np.eye(3, dtype="f4")), s(X), s(np.eye(2), 1), s(np.stack([np.eye(2)] * 2))]),
]
CASES = [
    pytest.param(function, *sample, id=f"{getattr(function, '__name__', function)}-{k}")
    for function, samples in [*SAMPLES.items(), *ADJOINTS]
    for k, sample in enumerate(samples)
]


@pytest.mark.parametrize("function, args, kwargs", CASES)
def test_a_call_of_the_samples_is_covered(function, args, kwargs):
    check(function, args, kwargs)


HELPERS = sorted(
    name for name, value in vars(runtime).items() if getattr(value, "__module__", "") == runtime.__name__
)
SILENT = {"einsum_adjoint_of", "einsum_indices"}


@pytest.mark.parametrize("name", [name for name in HELPERS if name[0] != "_" and name not in SILENT])
def test_helpers_have_kinds(name):
    helper = getattr(runtime, name)
    calls = [*SAMPLES.get(helper, ()), *(call for of, calls in ADJOINTS if of is helper for call in calls)]
    shapes = Shapes()
    kinds = [
        result_kind(helper, [literal(a, shapes) for a in args], {k: literal(v) for k, v in kwargs.items()})
        for args, kwargs in calls
    ]
    assert not calls or any(kind != UNKNOWN for kind in kinds)
