"""The few helpers that emitted code may call. Imports NumPy only.

Each is written in the language that s2sad reads, or has a rule of its own in `s2sad.rules`, so that a
derivative that calls it can be differentiated again. The commonest come first, and their commonest cases.

>>> unbroadcast(np.ones((3, 2)), np.zeros(2))
array([3., 3.])
>>> product_of_others(np.array([0.0, 2.0, 3.0]))
array([6., 0., 0.])
>>> tie_weights(np.array([1.0, 4.0, 4.0]), 4.0)
array([0. , 0.5, 0.5])
>>> round(-polygamma(0, 1.0), 12)  # Euler's constant
0.577215664902
>>> einsum_adjoint_of("ij,jk->ik", 0), einsum_adjoint_of("ij,jk->ik", 1)
('ik,jk->ij', 'ij,ik->jk')

Adjoints of containers are containers of adjoints; None stands for what is not a float:

>>> zeros_like((1.5, [np.ones(2), 3], {"name": "x"})), add((1.0, [None, 2.0]), (0.5, [3.0, None]))
((0.0, [array([0., 0.]), None], {'name': None}), (1.5, [3.0, 2.0]))
>>> scatter_item(7.0, -1, (1.0, 2.0)), scatter_slice([7.0], slice(1, 2), [1.0, 2.0, 3.0])
((0.0, 7.0), [0.0, 7.0, 0.0])
>>> fold_repeats([1.0, 2.0, 3.0, 4.0], 2), insert_slice([1.0], slice(1, None), [5.0, 6.0, 7.0])
([4.0, 6.0], [1.0, 0.0, 0.0])
>>> scalar_seed(np.float64(3.0))
1.0
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# ---- broadcasting and indexing --------------------------------------------------------------------------


def unbroadcast(g: Any, like: Any) -> Any:
    """Sum `g` over the axes in which `like` was broadcast: the result has the shape of `like`.

    A scalar `like` gives a scalar. A `g` smaller than `like` (it stands for its broadcast) is expanded.
    Arrays of other libraries, which answer calls of NumPy's functions, are arrays too.
    """
    if not hasattr(like, "__array_function__"):
        return np.sum(g) if hasattr(g, "__array_function__") else g
    if not hasattr(g, "__array_function__") or g.ndim < like.ndim:
        return np.broadcast_to(g, like.shape)
    if g.shape == like.shape:
        return g
    if g.ndim > like.ndim:
        g = np.sum(g, axis=tuple(range(g.ndim - like.ndim)))
        if g.shape == like.shape:
            return g
    axes = tuple([k for k in range(like.ndim) if like.shape[k] == 1])
    return np.broadcast_to(np.sum(g, axis=axes, keepdims=True), like.shape)


def real_like(g: Any, like: Any) -> Any:
    """Return the real part of an adjoint whose primal `like` is real, and any other adjoint as it is.

    >>> real_like(np.array([1 + 2j]), np.ones(1)), real_like(1 + 2j, 3j)
    (array([1.]), (1+2j))
    """
    if isinstance(g, (np.ndarray, np.generic, complex)) and isinstance(like, (np.ndarray, np.generic, float)):
        return np.real(g) if np.iscomplexobj(g) and np.isrealobj(like) else g
    return g


def scatter(g: Any, index: Any, like: Any) -> Any:
    """Return zeros of the shape of `like` to which `g` is added at `index`; repeated indices add up."""
    result = np.zeros(np.shape(like), g.dtype if isinstance(g, (np.ndarray, np.generic)) else type(g))
    np.add.at(result, index, g)
    return result


def last_writes(x: Any, index: Any) -> Any:
    """Tell which elements of ``x[index]`` hold what a store ``x[index] = v`` puts there: of equal places the last.

    >>> last_writes(np.zeros(3), [1, 1, 0])
    array([False,  True,  True])
    """
    order = np.empty(np.shape(x), int)
    turn = np.arange(order[index].size).reshape(order[index].shape)
    order[index] = turn
    return order[index] == turn


def take_adjoint(g: Any, like: Any, indices: Any, axis: int | None) -> Any:
    """Return the adjoint of ``np.take(like, indices, axis)``."""
    if axis is None:
        return np.reshape(scatter(g, (indices,), np.ravel(like)), np.shape(like))
    axis = axis % like.ndim
    return scatter(g, (slice(None),) * axis + (indices,), like)


def along_axis(indices: Any, axis: int) -> tuple[Any, ...]:
    """Return the index tuple with which ``x[...]`` is ``np.take_along_axis(x, indices, axis)``."""
    axis = axis % indices.ndim
    grid = np.indices(indices.shape, sparse=True)
    return tuple([indices if k == axis else grid[k] for k in range(indices.ndim)])


def diagonal_adjoint(g: Any, like: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return zeros of the shape of `like` with `g` on the diagonal that np.diagonal would return."""
    result = np.zeros(like.shape, g.dtype)
    i = np.arange(g.shape[-1])
    np.moveaxis(result, (axis1, axis2), (-2, -1))[..., i - min(offset, 0), i + max(offset, 0)] = g
    return result


def unpadded(shape: tuple[int, ...], pad_width: Any) -> tuple[slice, ...]:
    """Return the index at which ``np.pad(x, pad_width)`` holds `x`."""
    before = np.broadcast_to(pad_width, (len(shape), 2))[:, 0]
    return tuple([slice(int(before[k]), int(before[k]) + shape[k]) for k in range(len(shape))])


def padded_indices(shape: tuple[int, ...], pad_width: Any, mode: str) -> Any:
    """Return where in ``np.ravel(x)`` each element of ``np.pad(x, pad_width, mode)`` comes from."""
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise ValueError(f"np.pad: mode={mode!r} has no derivative")
    return np.pad(np.reshape(np.arange(math.prod(shape)), shape), pad_width, mode)


def select_adjoint(g: Any, condlist: Any, choicelist: Any) -> list[Any]:
    """Return the adjoint of `choicelist` in ``np.select(condlist, choicelist)``."""
    free = np.ones(np.shape(g), bool)
    bars = []
    for condition, choice in zip(condlist, choicelist):
        bars.append(unbroadcast(np.where(free & condition, g, 0), choice))
        free = free & ~condition
    return bars


def like_nested(g: Any, like: Any) -> Any:
    """Return the array `g` as nested lists and tuples, like the ones that np.array made it from."""
    if isinstance(like, tuple):
        return tuple([like_nested(g[i], like[i]) for i in range(len(like))])
    if isinstance(like, list):
        return [like_nested(g[i], like[i]) for i in range(len(like))]
    return g


# ---- methods whose parameters differ from the function's ------------------------------------------------


def reshape(a: Any, *shape: Any, order: str = "C") -> Any:
    """Return ``a.reshape(2, 3)`` or ``a.reshape((2, 3))``."""
    return np.reshape(a, shape[0] if len(shape) == 1 else shape, order)


def transpose(a: Any, *axes: Any) -> Any:
    """Return ``a.transpose()``, ``a.transpose(1, 0)`` or ``a.transpose((1, 0))``."""
    return np.transpose(a, None if len(axes) == 0 else axes[0] if len(axes) == 1 else axes)


def flatten(a: Any, order: str = "C") -> Any:
    """Return ``a.flatten()``: always a copy, which np.ravel is not."""
    return np.copy(np.ravel(a, order))


def clip(a: Any, min: Any = None, max: Any = None) -> Any:
    """Return ``a.clip(min, max)``."""
    return np.clip(a, min, max)


def matrix_transpose(a: Any) -> Any:
    """Return ``a.mT``."""
    return np.swapaxes(a, -1, -2)


def item(a: Any) -> Any:
    """Return ``a.item()``: the one element as a Python number."""
    return a.item()


def tolist(a: Any) -> Any:
    """Return ``a.tolist()``: nested lists of Python numbers."""
    return a.tolist()


# ---- reductions -----------------------------------------------------------------------------------------


def tie_weights(x: Any, y: Any, axis: Any = None) -> Any:
    """Return 1/k at each of the k elements of `x` that equal `y` (along `axis`), and 0 elsewhere.

    `y` keeps the reduced axes, with length 1, or is a scalar where `axis` is None. The dtype is that of `x`.
    """
    hits = np.asarray(x == y).astype(np.result_type(x))
    return hits / np.maximum(np.sum(hits, axis=axis, keepdims=axis is not None), 1)


def product_of_others(x: Any, axis: Any = None) -> Any:
    """Return, for each element, the product of the others along `axis`: exact where there are zeros."""
    y = np.prod(x, axis=axis, keepdims=True)
    if np.all((y != 0) & np.isfinite(y)):
        return y / x
    if axis is None:
        return np.reshape(_others(np.ravel(x), 0), np.shape(x))
    if not isinstance(axis, tuple):
        return _others(x, axis)
    result, rest = np.ones_like(x), x
    for k in axis:
        result, rest = result * _others(rest, k), np.prod(rest, axis=k, keepdims=True)
    return result


def _others(x: Any, axis: int) -> Any:
    x = np.moveaxis(x, axis, 0)
    one = np.ones_like(x[:1])
    before = np.concatenate((one, np.cumprod(x[:-1], axis=0)))
    after = np.flip(np.concatenate((one, np.cumprod(np.flip(x[1:], 0), axis=0))), 0)
    return np.moveaxis(before * after, 0, axis)


def cumprod_adjoint(g: Any, y: Any, x: Any, axis: int) -> Any:
    """Return the adjoint of ``np.cumprod(x, axis)``: exact where there are zeros.

    With r[i] = g[i] + x[i + 1] r[i + 1], it is r[i] times the product of the elements before i.
    """
    if np.all((y != 0) & np.isfinite(y)):
        return np.flip(np.cumsum(np.flip(g * y, axis), axis), axis) / x
    x, g, y = np.moveaxis(x, axis, 0), np.moveaxis(g, axis, 0), np.moveaxis(y, axis, 0)
    rest = np.zeros_like(g[0])
    rows = []
    for i in range(len(x) - 1, -1, -1):
        rest = g[i] + x[i + 1] * rest if i + 1 < len(x) else g[i]
        rows.append(rest * y[i - 1] if i > 0 else rest)
    return np.moveaxis(np.flip(np.stack(rows), 0), 0, axis)


# ---- products of matrices whose ranks are not known when the derivative is generated -----------------------


def matmul_left(g: Any, a: Any, b: Any) -> Any:
    """Return the adjoint of `a` in ``a @ b``, where `b` may be a sparse matrix or linear operator."""
    if not hasattr(a, "__array_function__"):
        raise TypeError(
            "the derivative of a product in a sparse matrix is not known where that has no fixed type"
        )
    if not hasattr(b, "__array_function__"):
        return (b @ g.T).T
    if b.ndim == 1:
        return unbroadcast(np.expand_dims(g, -1) * b, a)
    if a.ndim == 1:
        return unbroadcast(np.squeeze(b @ np.expand_dims(g, -1), -1), a)
    return unbroadcast(g @ np.swapaxes(b, -1, -2), a)


def matmul_right(g: Any, a: Any, b: Any) -> Any:
    """Return the adjoint of `b` in ``a @ b``, where `a` may be a sparse matrix or linear operator."""
    if not hasattr(b, "__array_function__"):
        raise TypeError(
            "the derivative of a product in a sparse matrix is not known where that has no fixed type"
        )
    if not hasattr(a, "__array_function__"):
        return a.T @ g
    if a.ndim == 1:
        return g * a if b.ndim == 1 else unbroadcast(np.expand_dims(a, -1) * np.expand_dims(g, -2), b)
    if b.ndim == 1:
        return unbroadcast(np.squeeze(np.swapaxes(a, -1, -2) @ np.expand_dims(g, -1), -1), b)
    return unbroadcast(np.swapaxes(a, -1, -2) @ g, b)


def dot_left(g: Any, a: Any, b: Any) -> Any:
    """Return the adjoint of `a` in ``np.dot(a, b)``, for any ranks."""
    m, n = np.ndim(a), np.ndim(b)
    if m == 0:
        return np.sum(g * b)
    if n == 0:
        return g * b
    if n == 1:
        return np.expand_dims(g, -1) * b
    others = [k for k in range(n) if k != n - 2]
    return np.tensordot(g, b, (list(range(m - 1, m + n - 2)), others))


def dot_right(g: Any, a: Any, b: Any) -> Any:
    """Return the adjoint of `b` in ``np.dot(a, b)``, for any ranks."""
    m, n = np.ndim(a), np.ndim(b)
    if n == 0:
        return np.sum(g * a)
    if m == 0:
        return g * a
    rows = list(range(m - 1))
    if n == 1:
        return np.tensordot(g, a, (rows, rows))
    return np.moveaxis(np.tensordot(a, g, (rows, rows)), 0, n - 2)


# ---- linear algebra -------------------------------------------------------------------------------------


def cofactors(a: Any, det: Any) -> Any:
    """Return the derivative of the determinant `det` of `a`: det(a) inv(a).T, or by minors if singular.

    The cofactor (i, j) is the determinant of `a` with row i replaced by the unit vector j.
    """
    if np.all(det != 0):
        return np.expand_dims(det, (-2, -1)) * np.swapaxes(np.linalg.inv(a), -1, -2)
    n = a.shape[-1]
    unit = np.expand_dims(np.eye(n, dtype=a.dtype), 1)
    rows = []
    for i in range(n):
        here = np.expand_dims(np.arange(n) == i, 1)
        rows.append(np.linalg.det(np.where(here, unit, np.expand_dims(a, -3))))
    return np.stack(rows, axis=-2)


def inverse_gaps(w: Any) -> Any:
    """Return the matrix 1 / (w[j] - w[i]), with 0 where the two are equal."""
    gaps = np.expand_dims(w, -2) - np.expand_dims(w, -1)
    # equal up to rounding: a repeated eigenvalue rarely comes out of LAPACK as two equal floats
    tiny = 8 * np.finfo(w.dtype).eps * np.expand_dims(np.max(np.abs(w), axis=-1), (-2, -1))
    return np.where(np.abs(gaps) <= tiny, 0, 1 / np.where(np.abs(gaps) <= tiny, 1, gaps))


def matrix_power_adjoint(g: Any, a: Any, n: int) -> Any:
    """Return the adjoint of ``np.linalg.matrix_power(a, n)``: the sum of (a.T)^i g (a.T)^(n-1-i)."""
    if n < 0:
        inverse = np.linalg.inv(a)
        b = np.swapaxes(inverse, -1, -2)
        return -(b @ matrix_power_adjoint(g, inverse, -n) @ b)
    b = np.swapaxes(a, -1, -2)
    total = np.zeros_like(a)
    for _ in range(n):  # Horner: total = b total + g b^i
        total = b @ total + g
        g = g @ b
    return total


def symmetric(a: Any) -> Any:
    """Return the symmetric part, (a + a.T) / 2."""
    return 0.5 * (a + np.swapaxes(a, -1, -2))


def lower(a: Any) -> Any:
    """Return the lower triangle with the diagonal halved."""
    return np.tril(a) - 0.5 * a * np.eye(a.shape[-1], dtype=a.dtype)


def einsum_is_plain(subscripts: str) -> bool:
    """Tell whether each index of each operand occurs once in it, and elsewhere too; without an ellipsis."""
    terms = subscripts.replace(" ", "").replace("->", ",").split(",")
    others = ["".join(terms[:k] + terms[k + 1 :]) for k in range(len(terms))]
    plain = all(len(set(term)) == len(term) and set(term) <= set(rest) for term, rest in zip(terms, others))
    return plain and "->" in subscripts and "." not in subscripts


def einsum_adjoint_of(subscripts: str, i: int) -> str:
    """Return the subscripts of the adjoint of operand `i`: the result takes its place."""
    inputs, output = subscripts.replace(" ", "").split("->")
    terms = inputs.split(",")
    return ",".join(terms[:i] + [output] + terms[i + 1 :]) + "->" + terms[i]


def einsum_adjoints(g: Any, subscripts: str, operands: Any) -> tuple[Any, ...]:
    """Return the adjoints of the operands of ``np.einsum(subscripts, *operands)``.

    That of one operand is the einsum of `g` with all others. An index that occurs in that operand alone is
    summed over: its axis is repeated; one that occurs in it twice is a diagonal: the rest is 0.
    """
    inputs, output = einsum_indices(subscripts, operands)
    letters = [c for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in subscripts]
    bars = []
    for i in range(len(operands)):
        others = [operands[k] for k in range(len(operands)) if k != i]
        terms = [inputs[k] for k in range(len(operands)) if k != i]
        seen, target, x = output + "".join(terms), "", operands[i]
        for k in range(len(inputs[i])):
            c = inputs[i][k]
            length = np.shape(x)[k]
            new = letters[k] if c in target else c
            if c in target:  # repeated: tie a new index to the first by a unit matrix
                terms, others = terms + [c + new], others + [np.eye(length, dtype=np.result_type(x))]
            elif c not in seen:
                terms, others = terms + [c], others + [np.ones(length, np.result_type(x))]
            target = target + new
        equation = ",".join([output] + terms) + "->" + target
        bars.append(unbroadcast(np.einsum(equation, g, *others), x))
    return tuple(bars)


def einsum_indices(subscripts: str, operands: Any) -> tuple[list[str], str]:
    """Return the indices of each operand and of the result, with the ellipsis and the arrow spelled out."""
    subscripts = subscripts.replace(" ", "")
    unused = [c for c in "ZYXWVUTSRQPONMLKJIHGFEDCBA" if c not in subscripts]
    inputs, longest = [], ""
    terms = subscripts.split("->")[0].split(",")
    for k in range(len(terms)):
        count = np.ndim(operands[k]) - len(terms[k]) + 3 if "..." in terms[k] else 0
        dots = "".join(unused[:count][::-1])
        longest = dots if len(dots) > len(longest) else longest
        inputs.append(terms[k].replace("...", dots))
    if "->" in subscripts:
        return inputs, subscripts.split("->")[1].replace("...", longest)
    joined = "".join(terms).replace(".", "")
    return inputs, longest + "".join(sorted([c for c in set(joined) if joined.count(c) == 1]))


# ---- containers --------------------------------------------------------------------------------------------


def zeros_like(value: Any) -> Any:
    """Return the zero adjoint of a value; a number alone is one that may become a float."""
    if type(value) is int:
        return 0.0
    return _zeros_like(value)


def _zeros_like(value: Any) -> Any:
    if isinstance(value, (tuple, list, dict)) or hasattr(type(value), "__dataclass_fields__"):
        return mapped(lambda x, _: _zeros_like(x), value, value)
    if hasattr(value, "__array_function__"):
        return np.zeros_like(value) if value.dtype.kind in "fc" else None
    return type(value)(0) if isinstance(value, (float, complex, np.inexact)) else None


def add(a: Any, b: Any) -> Any:
    """Return the sum of two adjoints of one structure; None counts as zero. It shares no memory with them.

    >>> add(np.array(1.0), 2.0)  # an array of rank 0 stays one: it is updated in place as its primal is
    array(3.)
    """
    a, b = (b, a) if a is None else (a, b)
    if isinstance(a, (tuple, list, dict)) or hasattr(type(a), "__dataclass_fields__"):
        return mapped(lambda x, _: add(x, None), a, a) if b is None else mapped(add, a, b)
    if a is None:
        return None
    total = a + (0.0 if b is None else b)
    return np.asarray(total) if isinstance(a, np.ndarray) else total


PARTS_OF_OTHERS = (
    "a part of an array that is not NumPy's is read or updated: only functions of all of it have an adjoint"
)


def mapped(function: Any, a: Any, b: Any) -> Any:
    """Return a container like `a` of what `function` makes of the parts of `a` and `b`."""
    if isinstance(a, dict):
        return {key: function(a.get(key), b.get(key)) for key in {**a, **b}}
    if isinstance(a, (tuple, list)):
        items = [function(x, y) for x, y in zip(a, b, strict=True)]
        return items if isinstance(a, list) else getattr(a, "_make", tuple)(items)
    if hasattr(a, "__array_function__"):
        raise TypeError(PARTS_OF_OTHERS)
    result = object.__new__(type(a))  # a dataclass instance
    for name in a.__dataclass_fields__:
        object.__setattr__(result, name, function(getattr(a, name), getattr(b, name)))
    return result


def add_item(total: Any, index: Any, g: Any) -> Any:
    """Return an adjoint like `total` with `g` added to the item at `index`, or to the field of that name."""
    for array in (total, g):
        if hasattr(array, "__array_function__") and not isinstance(array, np.ndarray):
            raise TypeError(PARTS_OF_OTHERS)
    if isinstance(total, np.ndarray):
        total = total.copy()
        np.add.at(total, index, g)
        return total
    if isinstance(total, (list, dict)):
        total = total.copy()
        total[index] = add(total[index], g)
        return total
    if isinstance(total, tuple) and not isinstance(index, str):
        return mapped(lambda x, k: add(x, g) if k == index % len(total) else x, total, range(len(total)))
    if isinstance(total, tuple):
        return total._replace(**{index: add(getattr(total, index), g)})  # type: ignore[attr-defined]
    result = mapped(lambda x, _: x, total, total)
    object.__setattr__(result, index, add(getattr(total, index), g))
    return result


def reset_entry(g: Any, key: Any, before: Any) -> Any:
    """Return the adjoint of the dict `before` in ``before[key] = value``: without `key` where it was new."""
    result = dict(g)
    if key in before:
        result[key] = _zeros_like(before[key])
    else:
        del result[key]
    return result


def restored_entry(h: Any, key: Any, g: Any) -> Any:
    """Return the adjoint of `g` in ``reset_entry(g, key, before)``: zero for the entry that is not read."""
    result = dict(h)
    result[key] = _zeros_like(g[key])
    return result


def assigned_part(g: Any, index: slice, old: Any, new: Any) -> Any:
    """Return the adjoint of the list `new` in ``old[index] = new``, given that of `old` afterwards."""
    start, _, step = index.indices(len(old))
    return g[start : start + len(new)] if step == 1 else g[index]


def unassigned(g: Any, index: slice, old: Any, new: Any) -> Any:
    """Return the adjoint of `old` before ``old[index] = new``: zeros for the items that were replaced."""
    start, _, step = index.indices(len(old))
    result = list(g)
    result[slice(start, start + len(new)) if step == 1 else index] = _zeros_like(old[index])
    return result


def reassigned(h: Any, index: slice, old: Any, new: Any, g: Any) -> Any:
    """Return the adjoint of `g` in ``unassigned(g, index, old, new)``: zeros where it is not read."""
    start, _, step = index.indices(len(old))
    result = list(h)
    if step == 1:
        end = start + len(old[index])
        result[start:end] = _zeros_like(g[start : start + len(new)])
    else:
        result[index] = _zeros_like(g[index])
    return result


def scatter_item(g: Any, index: int, like: Any) -> Any:
    """Return zeros like the tuple `like`, with `g` at `index`."""
    return mapped(lambda x, k: g if k == index % len(like) else _zeros_like(x), like, range(len(like)))


def scatter_slice(g: Any, index: slice, like: Any) -> list[Any]:
    """Return zeros like the list `like`, with the items of the list `g` at the slice `index`."""
    result = _zeros_like(like)
    result[index] = g
    return result


def fold_repeats(g: Any, n: int) -> list[Any]:
    """Return the adjoint of `xs`, of length `n`, in ``xs * m``: the sums of every n-th item of `g`."""
    totals = [None if len(g) > 0 else 0.0] * n
    for k in range(len(g)):
        totals[k % n] = add(totals[k % n], g[k])
    return totals


def inserted_at(index: int, length: int) -> int:
    """Return where ``xs.insert(index, x)`` has put `x` in a list that has `length` items now.

    >>> inserted_at(-1, 3), inserted_at(7, 3)
    (1, 2)
    """
    return slice(index, None).indices(length - 1)[0]


def insert_slice(g: Any, index: slice, like: Any) -> list[Any]:
    """Return the adjoint of `like` before ``del like[index]``: `g` with zeros for the deleted items."""
    deleted, rest = range(len(like))[index], iter(g)
    return [_zeros_like(like[k]) if k in deleted else next(rest) for k in range(len(like))]


def scalar_seed(y: Any) -> float:
    """Return 1.0, the adjoint of a scalar result; raise for any other."""
    if isinstance(y, (int, float, np.number, np.ndarray)) and np.ndim(y) == 0 and np.isrealobj(y):
        return 1.0
    if hasattr(y, "__array_function__") and y.ndim == 0 and y.dtype.kind in "fiub":  # of another library
        return 1.0
    raise TypeError("the function's result is not a scalar")


def stop_gradient(x: Any) -> Any:
    """Return a copy of a value that counts as a constant: its derivative is zero in both modes.

    Parameters
    ----------
    x : container
        A number, an array, or tuples, NamedTuples, lists, dicts and dataclass instances of such.

    Returns
    -------
    container
        A value like `x` that shares no memory with it.

    References
    ----------
    ``jax.lax.stop_gradient``; van den Oord et al., "Neural discrete representation learning", NeurIPS 2017, for
    the straight-through estimator ``x + stop_gradient(quantized - x)``.

    Examples
    --------
    >>> from s2sad import grad
    >>> def f(x):
    ...     return x * stop_gradient(x)
    >>> f(3.0), grad(f)(3.0)
    (9.0, 3.0)
    """
    if isinstance(x, np.ndarray):
        return x.copy()
    if isinstance(x, (dict, list, tuple)) or hasattr(type(x), "__dataclass_fields__"):
        return mapped(lambda part, _: stop_gradient(part), x, x)
    return x


# ---- special functions ----------------------------------------------------------------------------------

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def sinc_derivative(x: Any, n: int) -> Any:
    """Return the n-th derivative of `np.sinc`, also at 0 and near it.

    >>> round(float(sinc_derivative(0.0, 2)) / np.pi**2, 9)
    -0.333333333
    """
    u = np.pi * x
    near = abs(u) < n + 1
    far = np.where(near, 1.0, u)
    value = np.sin(far) / far
    for k in range(1, n + 1):  # u f^(k) + k f^(k-1) is the k-th derivative of sin
        value = (np.sin(far + k * np.pi / 2) - k * value) / far
    small = np.where(near, u, 0.0)
    series = np.zeros_like(small)
    for k in range((n + 1) // 2, n // 2 + 20):
        series = series + (-1) ** k * small ** (2 * k - n) / ((2 * k + 1) * math.factorial(2 * k - n))
    return (np.pi**n * np.where(near, series, value))[()]


def polygamma(n: int, x: float) -> float:
    """Return the n-th derivative of digamma at `x`; digamma itself is ``polygamma(0, x)``."""
    # recurrence, then the asymptotic series: Abramowitz and Stegun, 6.4.6, 6.3.18 and 6.4.11
    total, sign = 0.0, -1.0 if n % 2 == 0 else 1.0
    while x < 12.0 + n:
        total += sign * math.factorial(n) / x ** (n + 1)
        x += 1.0
    first = math.log(x) if n == 0 else sign * math.factorial(n - 1) / x**n
    total += first + sign * math.factorial(n) / (2.0 * x ** (n + 1))
    for k in range(1, len(_BERNOULLI) + 1):
        scale = math.factorial(2 * k + n - 1) / math.factorial(2 * k)
        total += sign * _BERNOULLI[k - 1] * scale / x ** (2 * k + n)
    return total


def deepcopy(value: Any) -> Any:
    """Copy a container and the arrays in it.

    >>> deepcopy([np.zeros(1), (1.0,)])
    [array([0.]), (1.0,)]
    """
    if hasattr(value, "__array_function__"):
        return value.copy()
    if isinstance(value, list):
        return [deepcopy(item) for item in value]
    if isinstance(value, dict):
        return {key: deepcopy(item) for key, item in value.items()}
    if isinstance(value, tuple):
        items = [deepcopy(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return value
