"""The adjoints of tuples, lists and other containers: the helpers that build them are linear themselves.

>>> fold_repeats_rule([5.0, 6.0], None, [1.0, 2.0, 3.0, 4.0], 2)
([5.0, 6.0, 5.0, 6.0], None)
>>> insert_slice_rule([1.0, 2.0, 3.0], None, [7.0], slice(1, None), [0.0, 0.0, 0.0])
([1.0], None, None)
"""

from __future__ import annotations

from s2sad import callees, runtime
from s2sad.rules.declare import linear, nondifferentiable

nondifferentiable(runtime.inserted_at, runtime.zeros_like, runtime.scalar_seed, callees.undisturbed)
nondifferentiable(runtime.stop_gradient)


@linear(runtime.add)
def add_rule(g, y, a, b):
    return g, g


@linear(runtime.real_like)
def real_like_rule(h, y, g, like):
    return h, None


@linear(runtime.deepcopy)
def deepcopy(g, y, value):
    return g


@linear(runtime.add_item)
def add_item_rule(h, y, total, index, g):
    return h, None, getattr(h, index) if isinstance(index, str) else h[index]


@linear(runtime.reset_entry)
def reset_entry_rule(h, y, g, key, before):
    return runtime.restored_entry(h, key, g), None, None


@linear(runtime.assigned_part)
def assigned_part_rule(h, y, g, index, old, new):
    start, _, step = index.indices(len(old))
    return (
        runtime.scatter_slice(h, slice(start, start + len(new)) if step == 1 else index, g),
        None,
        None,
        None,
    )


@linear(runtime.unassigned)
def unassigned_rule(h, y, g, index, old, new):
    return runtime.reassigned(h, index, old, new, g), None, None, None


@linear(runtime.restored_entry)
def restored_entry_rule(k, y, h, key, g):
    return runtime.reset_entry(k, key, h), None, None


@linear(runtime.reassigned)
def reassigned_rule(k, y, h, index, old, new, g):
    return runtime.unassigned(k, index, old, new), None, None, None, None


@linear(runtime.scatter_item)
def scatter_item_rule(h, y, g, index, like):
    return h[index], None, None


@linear(runtime.scatter_slice)
def scatter_slice_rule(h, y, g, index, like):
    return h[index], None, None


@linear(runtime.fold_repeats)
def fold_repeats_rule(h, y, g, n):
    return h * (len(g) // n if n > 0 else 0), None


@linear(runtime.insert_slice)
def insert_slice_rule(h, y, g, index, like):
    rest = list(h)
    del rest[index]
    return rest, None, None
