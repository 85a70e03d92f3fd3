"""What carries no derivative: questions about values, shapes and types, and constants; and conversions.

>>> float_(2.0, 3.0, np.float64(3.0))
2.0
"""

from __future__ import annotations

import builtins
import math
import operator

import numpy as np

from s2sad.rules.declare import elementwise, linear, nondifferentiable

# ---- conversions ----------------------------------------------------------------------------------------


@elementwise(builtins.float, np.float64, np.float32)
def float_(g, y, x):
    return g


@linear(builtins.complex)
def complex_(g, y, real, imag=0):
    return g


nondifferentiable(builtins.int, builtins.bool, builtins.str, builtins.repr, builtins.format, builtins.bytes)
nondifferentiable(np.int64, np.int32, np.intp, np.bool_, operator.index, operator.not_, operator.truth)

# ---- questions about Python objects ---------------------------------------------------------------------

nondifferentiable(builtins.len, builtins.range, builtins.isinstance, builtins.issubclass, builtins.id)
nondifferentiable(builtins.hash, builtins.type, builtins.callable, builtins.hasattr, builtins.slice)
nondifferentiable(builtins.ord, builtins.chr, operator.is_, operator.is_not, operator.contains)
nondifferentiable(operator.countOf, operator.indexOf, operator.length_hint, operator.inv)

# ---- comparisons and logic ------------------------------------------------------------------------------

nondifferentiable(operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge)
nondifferentiable(
    operator.and_, operator.or_, operator.xor, operator.invert, operator.lshift, operator.rshift
)
nondifferentiable(operator.iand, operator.ior, operator.ixor, operator.ilshift, operator.irshift)
nondifferentiable(np.less, np.less_equal, np.equal, np.not_equal, np.greater, np.greater_equal)
nondifferentiable(np.logical_and, np.logical_or, np.logical_not, np.logical_xor)
nondifferentiable(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift)
nondifferentiable(np.isclose, np.allclose, np.array_equal, np.array_equiv, np.isin, np.may_share_memory)
nondifferentiable(np.isreal, np.iscomplex, np.isrealobj, np.iscomplexobj, np.isscalar, np.shares_memory)

# ---- shapes and types -----------------------------------------------------------------------------------

nondifferentiable(np.shape, np.ndim, np.size, np.broadcast_shapes, np.dtype, np.result_type, np.promote_types)
nondifferentiable(np.can_cast, np.issubdtype, np.finfo, np.iinfo, np.min_scalar_type)

# ---- constants ------------------------------------------------------------------------------------------

nondifferentiable(np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri, np.indices)
nondifferentiable(np.zeros_like, np.ones_like, np.empty_like, np.tril_indices, np.triu_indices)
nondifferentiable(np.tril_indices_from, np.triu_indices_from, np.diag_indices, np.diag_indices_from, np.ix_)
nondifferentiable(np.hanning, np.hamming, np.blackman, np.bartlett)

# ---- indices and counts ---------------------------------------------------------------------------------

nondifferentiable(np.argsort, np.argpartition, np.argwhere, np.nonzero, np.flatnonzero, np.lexsort)
nondifferentiable(np.searchsorted, np.digitize, np.unravel_index, np.ravel_multi_index)

# ---- integers of `math` ---------------------------------------------------------------------------------

nondifferentiable(math.ulp)
