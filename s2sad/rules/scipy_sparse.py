"""Sparse matrices of `scipy.sparse` whose entries are differentiated, and what is known of constant ones.

A matrix that a program makes of differentiated entries is followed as a `SparseMatrix` or `SparseArray`: three arrays,
of which two are constant. Operations on it are programs on these arrays, and products and solutions have the rules
below. Entries that stand in one place add up; so do their derivatives.

>>> entries, rows, cols = np.array([1.0, 2.0, 4.0]), np.array([0, 0, 1]), np.array([0, 1, 1])
>>> sparse_matmul(entries, rows, cols, (2, 2), np.array([1.0, 10.0]))
array([21., 40.])
>>> matmul(np.ones(2), None, entries, rows, cols, (2, 2), np.array([1.0, 10.0]))[0]
array([ 1., 10., 10.])
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import scipy.sparse
import scipy.sparse.linalg

from s2sad.analysis import kinds as k
from s2sad.analysis import transfer_sparse as rows_of
from s2sad.analysis.kinds import MATRICES
from s2sad.analysis.transfer_base import transfer
from s2sad.analysis.transfer_scipy import fresh
from s2sad.frontend.library import SPECIAL
from s2sad.frontend.matrices import ENTRIES, FORMS, call_as_it_stands
from s2sad.frontend.names import add_module, ref_to
from s2sad.frontend.values import ObjectValue, TupleValue, Value
from s2sad.ir import core as ir
from s2sad.ir.core import Lit, Ref
from s2sad.rules.declare import adjoint, known, nondifferentiable, tangent

add_module("scipy", scipy)
add_module("scipy.sparse", scipy.sparse)

MATRICES[scipy.sparse.sparray] = "array"
MATRICES[scipy.sparse.spmatrix] = "matrix"

FORMATS = "bsr coo csc csr dia dok lil".split()
CLASSES = {
    form: [getattr(scipy.sparse, f"{name}_{form}") for name in FORMATS] for form in ("matrix", "array")
}
for form, classes in CLASSES.items():
    transfer(*classes)(rows_of.made(form))
transfer(scipy.sparse.diags, scipy.sparse.spdiags, scipy.sparse.random, scipy.sparse.rand)(
    rows_of.built("matrix")
)
transfer(scipy.sparse.diags_array, scipy.sparse.random_array, scipy.sparse.block_array)(
    rows_of.built("array")
)
transfer(scipy.sparse.eye)(rows_of.square("matrix"))
transfer(scipy.sparse.eye_array)(rows_of.square("array"))
transfer(scipy.sparse.identity)(rows_of.identity)
JOINING = "kron kronsum hstack vstack bmat block_diag tril triu".split()
transfer(*(getattr(scipy.sparse, name) for name in JOINING))(rows_of.joined)

# ---- what emitted code calls ----------------------------------------------------------------------------


def sparse_matmul(entries: Any, rows: Any, cols: Any, shape: Any, x: Any) -> Any:
    """Return the product of the sparse matrix with these entries and an array."""
    return scipy.sparse.coo_array((entries, (rows, cols)), shape) @ x


def sparse_solve(entries: Any, rows: Any, cols: Any, shape: Any, b: Any) -> Any:
    """Solve a linear system, as `scipy.sparse.linalg.spsolve` does, with the sparse matrix that has these entries."""
    return scipy.sparse.linalg.spsolve(scipy.sparse.csc_array((entries, (rows, cols)), shape), b)


def sparse_toarray(entries: Any, rows: Any, cols: Any, shape: Any) -> Any:
    """Return the array that the sparse matrix with these entries stands for."""
    return scipy.sparse.coo_array((entries, (rows, cols)), shape).toarray()


def sparse_entries(matrix: Any) -> tuple[Any, Any, Any]:
    """Return the entries of a sparse matrix, their rows and their columns.

    >>> sparse_entries(scipy.sparse.csr_array([[0.0, 2.0], [3.0, 0.0]]))
    (array([2., 3.]), array([0, 1]), array([1, 0]))
    """
    rows, cols, entries = scipy.sparse.find(matrix)
    return entries, rows.astype(np.intp), cols.astype(np.intp)


def meeting(cols: Any, rows: Any) -> tuple[Any, Any]:
    """Return all pairs of places in which two arrays of integers hold the same: those of one, and of the other.

    >>> meeting(np.array([0, 2, 1]), np.array([1, 1, 0]))
    (array([0, 2, 2]), array([2, 0, 1]))
    """
    order = np.argsort(rows, kind="stable")
    first, last = np.searchsorted(rows[order], cols), np.searchsorted(rows[order], cols, "right")
    counts = last - first
    left = np.repeat(np.arange(len(cols)), counts)
    turn = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
    return left, order[np.repeat(first, counts) + turn]


nondifferentiable(sparse_entries, meeting)
fresh(rows_of.product_of_entries, sparse_matmul)
fresh(rows_of.solution_with_entries, sparse_solve)
fresh(rows_of.array_of_entries, sparse_toarray)
fresh(rows_of.entries, sparse_entries)
fresh(rows_of.pairs, meeting)

# ---- rules ----------------------------------------------------------------------------------------------


@adjoint(sparse_matmul)
def matmul(g, y, entries, rows, cols, shape, x):
    m, n = shape
    products = g[rows] * x[cols]
    if not (known(np.ndim(x)) and np.ndim(x) == 1):
        products = np.sum(np.reshape(products, (len(rows), -1)), axis=1)
    return products, None, None, None, sparse_matmul(entries, cols, rows, (n, m), g)


@tangent(sparse_matmul)
def matmul_tangent(dots, y, entries, rows, cols, shape, x):
    if dots[0] is None:
        return sparse_matmul(entries, rows, cols, shape, dots[4])
    if dots[4] is None:
        return sparse_matmul(dots[0], rows, cols, shape, x)
    return sparse_matmul(dots[0], rows, cols, shape, x) + sparse_matmul(entries, rows, cols, shape, dots[4])


@adjoint(sparse_solve)
def solve(g, y, entries, rows, cols, shape, b):
    """As for `scipy.sparse.linalg.spsolve`, the solution for one column has no columns."""
    b_bar = sparse_solve(entries, cols, rows, shape, g)
    products = -b_bar[rows] * y[cols]
    if not (known(np.ndim(y)) and np.ndim(y) == 1):
        products = np.sum(np.reshape(products, (len(rows), -1)), axis=1)
    if not (known(np.ndim(y)) and known(np.ndim(b)) and np.ndim(y) == np.ndim(b)):
        b_bar = np.reshape(b_bar, np.shape(b))
    return products, None, None, None, b_bar


@tangent(sparse_solve)
def solve_tangent(dots, y, entries, rows, cols, shape, b):
    if dots[0] is None:
        return sparse_solve(entries, rows, cols, shape, dots[4])
    change = sparse_matmul(dots[0], rows, cols, shape, y)
    if dots[4] is None:
        return -sparse_solve(entries, rows, cols, shape, change)
    if known(np.ndim(y)) and known(np.ndim(b)) and np.ndim(y) == np.ndim(b):
        return sparse_solve(entries, rows, cols, shape, dots[4] - change)
    return sparse_solve(entries, rows, cols, shape, np.reshape(dots[4], np.shape(y)) - change)


@adjoint(sparse_toarray)
def toarray(g, y, entries, rows, cols, shape):
    return g[rows, cols], None, None, None


@tangent(sparse_toarray)
def toarray_tangent(dots, y, entries, rows, cols, shape):
    return sparse_toarray(dots[0], rows, cols, shape)


# ---- matrices of differentiated entries -----------------------------------------------------------------


def at_places(x: Any, rows: Any, cols: Any, shape: Any) -> Any:
    """Return the elements of ``np.broadcast_to(x, shape)`` at places."""
    if known(np.ndim(x)) and np.ndim(x) == 0:
        return x
    if known(np.ndim(x)) and np.ndim(x) == 1 and not (known(len(x) == 1) and len(x) == 1):
        return x[cols]
    if known(np.ndim(x)) and np.ndim(x) == 2 and known(x.shape[1] == 1) and x.shape[1] == 1:
        return x[:, 0][rows]
    return np.broadcast_to(x, shape)[rows, cols]


class SparseMatrix:
    """A sparse matrix whose entries are differentiated; ``*`` is the product of matrices."""

    not_followed = (
        "a sparse matrix of differentiated entries is passed to a place where it cannot be followed",
        "use its products, its sums, `spsolve` and `.toarray()`",
    )

    def __init__(self, entries: Any, rows: Any, cols: Any, shape: Any):
        self.entries = entries
        self.rows = rows
        self.cols = cols
        self.shape = shape

    @property
    def ndim(self) -> int:
        return 2

    @property
    def T(self) -> Any:
        m, n = self.shape
        return type(self)(self.entries, self.cols, self.rows, (n, m))

    def transpose(self) -> Any:
        return self.T

    def copy(self) -> Any:
        return self

    def tocsr(self) -> Any:
        return self

    def tocsc(self) -> Any:
        return self

    def tocoo(self) -> Any:
        return self

    def asformat(self, format: Any) -> Any:
        return self

    def toarray(self) -> Any:
        return sparse_toarray(self.entries, self.rows, self.cols, self.shape)

    def dot(self, x: Any) -> Any:
        return self @ x

    def diagonal(self) -> Any:
        return np.diagonal(self.toarray())

    def multiply(self, x: Any) -> Any:
        return type(self)(
            self.entries * at_places(x, self.rows, self.cols, self.shape), self.rows, self.cols, self.shape
        )

    def __neg__(self) -> Any:
        return type(self)(-self.entries, self.rows, self.cols, self.shape)


class SparseArray(SparseMatrix):
    """The same; ``*`` works element by element."""


def scaled(a: Any, factor: Any) -> Any:
    return type(a)(a.entries * factor, a.rows, a.cols, a.shape)


def divided(a: Any, divisor: Any) -> Any:
    return type(a)(a.entries / divisor, a.rows, a.cols, a.shape)


def added(a: Any, b: Any) -> Any:
    entries = np.concatenate((a.entries, b.entries))
    return type(a)(entries, np.concatenate((a.rows, b.rows)), np.concatenate((a.cols, b.cols)), a.shape)


def subtracted(a: Any, b: Any) -> Any:
    return added(a, -b)


def product(a: Any, b: Any) -> Any:
    """Return the product of two sparse matrices: an entry for each pair that meets."""
    i, j = meeting(a.cols, b.rows)
    return type(a)(a.entries[i] * b.entries[j], a.rows[i], b.cols[j], (a.shape[0], b.shape[1]))


def times(a: Any, x: Any) -> Any:
    return sparse_matmul(a.entries, a.rows, a.cols, a.shape, x)


def times_from_left(x: Any, a: Any) -> Any:
    return a.T @ x if known(np.ndim(x)) and np.ndim(x) == 1 else (a.T @ x.T).T


def elementwise_product(a: Any, x: Any) -> Any:
    return a.multiply(x)


def as_matrix(matrix: Any) -> Any:
    entries, rows, cols = sparse_entries(matrix)
    return SparseMatrix(entries, rows, cols, matrix.shape)


def as_sparse_array(matrix: Any) -> Any:
    entries, rows, cols = sparse_entries(matrix)
    return SparseArray(entries, rows, cols, matrix.shape)


FORMS.update(matrix=as_matrix, array=as_sparse_array)
OF_FORM = {"matrix": SparseMatrix, "array": SparseArray}


def is_sparse(value: Value) -> bool:
    return isinstance(value, ObjectValue) and value.type in ENTRIES


def operate(b: Any, function: Any, left: Value, right: Value) -> Value | None:
    """Lower an operator with a matrix of differentiated entries; None for one that has no meaning here."""
    left, right = b.entries(left), b.entries(right)
    if is_sparse(left) and is_sparse(right):
        if left.type is not right.type:  # type: ignore[union-attr]
            return None
        both = {operator.add: added, operator.sub: subtracted, operator.matmul: product}
        if left.type is SparseMatrix:  # type: ignore[union-attr]
            both[operator.mul] = product
        return b.inlined(both[function], [left, right]) if function in both else None
    matrix, other = (left, right) if is_sparse(left) else (right, left)
    kind = b.kind(other)
    array = (isinstance(kind, k.Array) and bool(kind.shape)) or isinstance(kind, k.List)
    by_rows = matrix.type is SparseMatrix  # type: ignore[union-attr]
    if function is operator.matmul or (function is operator.mul and by_rows and array):
        return b.inlined(times if matrix is left else times_from_left, [left, right])
    if function is operator.mul and (array or isinstance(kind, k.Scalar)):
        return b.inlined(elementwise_product if array else scaled, [matrix, other])
    if function is operator.truediv and matrix is left and isinstance(kind, k.Scalar):
        return b.inlined(divided, [left, right])
    return None


ENTRIES.update({SparseMatrix: operate, SparseArray: operate})

# ---- how they are made ----------------------------------------------------------------------------------


def of_places(cls: Any, entries: Any, rows: Any, cols: Any, shape: Any) -> Any:
    """Return a matrix of entries at places: ``coo_matrix((entries, (rows, cols)), shape)``."""
    if shape is None:
        shape = (int(np.max(rows)) + 1, int(np.max(cols)) + 1)
    return cls(entries, rows, cols, shape)


def of_compressed_rows(cls: Any, entries: Any, indices: Any, indptr: Any, shape: Any) -> Any:
    rows = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    if shape is None:
        shape = (len(indptr) - 1, int(np.max(indices)) + 1)
    return cls(entries, rows, indices, shape)


def of_compressed_columns(cls: Any, entries: Any, indices: Any, indptr: Any, shape: Any) -> Any:
    cols = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    if shape is None:
        shape = (int(np.max(indices)) + 1, len(indptr) - 1)
    return cls(entries, indices, cols, shape)


def of_array(cls: Any, x: Any) -> Any:
    """Return the matrix that has all elements of an array as entries: a 0 may change, too."""
    m, n = x.shape
    return cls(np.ravel(x), np.repeat(np.arange(m), n), np.tile(np.arange(n), m), (m, n))


def places_of_diagonal(offset: Any, shape: Any) -> Any:
    """Return the rows and columns of a diagonal."""
    m, n = shape
    if offset == 0:
        i = np.arange(n if m == n else min(m, n))
        return i, i
    away = abs(offset)
    if offset > 0:
        i = np.arange(n - away if m == n else min(m, n - away))
        return i, i + away
    j = np.arange(n - away if m == n else min(m - away, n))
    return j + away, j


def on_diagonal(diagonal: Any, i: Any) -> Any:
    if known(np.ndim(diagonal)) and np.ndim(diagonal) == 0:
        return np.broadcast_to(diagonal, np.shape(i))
    if known(len(diagonal) == len(i)) and len(diagonal) == len(i):
        return diagonal
    return np.broadcast_to(diagonal[: len(i)], np.shape(i))


def whole(diagonal: Any, offset: Any) -> Any:
    """Return the shape of the smallest square matrix with such a diagonal."""
    n = len(diagonal) if offset == 0 else len(diagonal) + abs(offset)
    return n, n


def maker(form: str, name: str, target: Any) -> Any:
    """Return how a call of a class of sparse matrices is lowered."""
    cls = Ref(OF_FORM[form].__name__, OF_FORM[form])
    compressed = {"csr": of_compressed_rows, "csc": of_compressed_columns}.get(name)

    def handler(b: Any, args: list[Value], kwargs: dict[str, Value]) -> Value:
        given = dict(zip(("arg1", "shape", "dtype", "copy"), args, strict=False)) | kwargs
        if not any(map(b.is_varied, given.values())):
            return b.opaque_call(ref_to(target), args, kwargs)
        source, shape = given["arg1"], given.get("shape", Lit(None))
        if is_sparse(source) and shape == Lit(None):
            places = [b.attribute(source, part) for part in ("entries", "rows", "cols", "shape")]
            return b.call_value(cls, places, {})
        parts = b.static_items(source)
        items = parts.items if isinstance(parts, TupleValue) and parts.type is tuple else ()
        if given.get("dtype", Lit(None)) == Lit(None) and name not in ("dia", "bsr"):
            places = b.static_items(items[1]) if len(items) == 2 else None
            if isinstance(places, TupleValue) and len(places.items) == 2:
                arrays = [held(b, each) for each in (items[0], *places.items)]
                return b.inlined(of_places, [cls, *arrays, shape])
            if len(items) == 3 and compressed is not None:
                return b.inlined(compressed, [cls, *(held(b, each) for each in items), shape])
            kind = b.kind(source)
            if isinstance(kind, k.Array) and kind.ndim == 2 and shape == Lit(None):
                return b.inlined(of_array, [cls, held(b, source)])
        raise b.unknown_derivative(ref_to(target))

    return handler


def diagonals(form: str, target: Any) -> Any:
    """Return how a call of `diags` or `diags_array` is lowered."""
    cls = Ref(OF_FORM[form].__name__, OF_FORM[form])
    names = ("diagonals", "offsets", "shape", "format", "dtype")

    def handler(b: Any, args: list[Value], kwargs: dict[str, Value]) -> Value:
        given = dict(zip(names, args, strict=False)) | kwargs
        if not any(map(b.is_varied, given.values())):
            return b.opaque_call(ref_to(target), args, kwargs)
        source, offsets = given["diagonals"], b.static_items(given.get("offsets", Lit(0)))
        shape = given.get("shape", Lit(None))
        if isinstance(offsets, Lit):
            parts, places = (b.as_array(source),), (offsets,)
            fits = b.kind(parts[0]).ndim == 1 if isinstance(b.kind(parts[0]), k.Array) else False
        else:
            parts, places = b.items_of(source) or (), b.items_of(offsets) or ()
            fits = len(parts) == len(places) > 0
        if not fits or given.get("dtype", Lit(None)) != Lit(None):
            raise b.unknown_derivative(ref_to(target))
        if shape == Lit(None):
            shape = b.inlined(whole, [parts[0], places[0]])
        ends = [b.unpack_all(b.inlined(places_of_diagonal, [place, shape]), None) for place in places]
        entries = [b.inlined(on_diagonal, [held(b, x), i]) for x, (i, j) in zip(parts, ends, strict=True)]
        columns = entries, [i for i, j in ends], [j for i, j in ends]
        return b.call_value(cls, [*(joined(b, column) for column in columns), shape], {})

    return handler


def joined(b: Any, arrays: list[Value]) -> Value:
    return arrays[0] if len(arrays) == 1 else b.call(np.concatenate, b.atom(TupleValue(tuple(arrays))))


def held(b: Any, value: Value) -> Value:
    """Return an array that a matrix is made of, which may share its memory or not: it must stay as it is."""
    array = b.as_array(value)
    if isinstance(array, ir.Var):
        storage = b.storage(array)
        b.protected[storage] = f"`{storage.hint or 'an array'}`, of which a sparse matrix has been made,"
    return array


for form, classes in CLASSES.items():
    for name, target in zip(FORMATS, classes, strict=True):
        SPECIAL[target] = maker(form, name, target)
SPECIAL[scipy.sparse.diags] = diagonals("matrix", scipy.sparse.diags)
SPECIAL[scipy.sparse.diags_array] = diagonals("array", scipy.sparse.diags_array)


def _is_sparse(b: Any, args: list[Value], kwargs: dict) -> Value:
    """Tell whether a value is a sparse matrix, where its kind says so."""
    kind = b.kind(args[0])
    if is_sparse(args[0]) or (isinstance(kind, k.Matrix) and kind.form != "operator"):
        return Lit(True)
    if isinstance(kind, (k.Array, k.Scalar)):
        return Lit(False)
    return b.opaque_call(ref_to(scipy.sparse.issparse), args, kwargs)


SPECIAL[scipy.sparse.issparse] = _is_sparse

# ---- everything else ------------------------------------------------------------------------------------

for name in scipy.sparse.__all__:
    function = getattr(scipy.sparse, name)
    if callable(function):
        call_as_it_stands(function)
