"""Transfer functions for `scipy.sparse`; the tables of rules register them, since SciPy need not be installed."""

from __future__ import annotations

import numpy as np

from s2sad.analysis.kinds import (
    INT,
    NONE,
    UNKNOWN,
    Array,
    Dim,
    Kind,
    List,
    Matrix,
    Object,
    Scalar,
    Tuple,
    dtype_of,
)
from s2sad.analysis.transfer_base import Transfer, Undecided, as_array, least

# ----------------------------------------------------------------------------------------------- matrices


def two(kind: Kind) -> tuple[Dim, ...] | None:
    """Return the shape that an argument spells, where that is of two lengths."""
    if isinstance(kind, Tuple) and len(kind.items) == 2 and all(isinstance(n, Scalar) for n in kind.items):
        return tuple(n.value for n in kind.items if isinstance(n, Scalar))
    return None


def made(form: str) -> Transfer:
    """Return the row of the classes of one form; those of the form ``"array"`` may have one axis."""

    def row(arg1: Kind, shape: Kind = NONE, *rest: Kind, **options: Kind) -> Kind:
        found = two(shape) or two(arg1)
        if found is None and isinstance(arg1, (Array, Matrix)):
            found = arg1.shape if len(arg1.shape or ()) == 2 else None
        if found is None and form == "matrix":
            found = (None, None)
        return Matrix(None, found, form)

    return row


def built(form: str) -> Transfer:
    """Return the row of functions that make a matrix of two axes."""

    def row(*args: Kind, shape: Kind = NONE, **options: Kind) -> Kind:
        return Matrix(None, two(shape) or (None, None), form)

    return row


def square(form: str) -> Transfer:
    """Return the row of identities: ``n`` rows, and as many columns unless a second argument says otherwise."""

    def row(m: Kind, n: Kind = NONE, k: Kind = NONE, dtype: Kind = NONE, format: Kind = NONE) -> Kind:
        lengths = [kind.value for kind in (m, m if n == NONE else n) if isinstance(kind, Scalar)]
        return Matrix(
            "f8" if dtype == NONE else None, tuple(lengths) if len(lengths) == 2 else (None, None), form
        )

    return row


def identity(n: Kind, dtype: Kind = NONE, format: Kind = NONE) -> Kind:
    return square("matrix")(n, dtype=dtype)


def forms_in(kind: Kind) -> set[str]:
    """Return the forms of the matrices in an argument; ``"?"`` stands for one that is not known."""
    if isinstance(kind, Matrix):
        return {kind.form}
    if isinstance(kind, Tuple):
        return set().union(*map(forms_in, kind.items))
    if isinstance(kind, List):
        return forms_in(kind.item)
    return set() if isinstance(kind, (Array, Scalar)) or kind == NONE else {"?"}


def joined(*args: Kind, **options: Kind) -> Kind:
    """One sparse array makes the result one; arrays of NumPy alone make a sparse matrix."""
    forms = set().union(*map(forms_in, args))
    if "?" in forms or "operator" in forms:
        raise Undecided
    return Matrix(None, (None, None), "array" if "array" in forms else "matrix")


def operator_of(A: Kind) -> Kind:
    if isinstance(A, (Array, Matrix)):
        return Matrix(A.dtype, A.shape, "operator")
    return UNKNOWN


def operator(shape: Kind, *rest: Kind, **options: Kind) -> Kind:
    return Matrix(None, two(shape) or (None, None), "operator")


# ------------------------------------------------------------------------------------------------ solvers


def dtype_with(matrix: Kind, *others: Kind) -> str | None:
    """Return the dtype of a solution, where all is of double precision."""
    codes = [matrix.dtype if isinstance(matrix, Matrix) else dtype_of(matrix), *map(dtype_of, others)]
    return np.result_type(*codes).str[1:] if set(codes) <= {"f8", "c16"} else None


def solution(A: Kind, b: Kind, *rest: Kind, **options: Kind) -> Kind:
    """A right-hand side of one column has a solution without columns."""
    right = as_array(b)
    shape = right.shape
    if shape is not None and len(shape) == 2:
        columns = shape[1]
        if columns == 1:
            shape = shape[:1]
        elif least(columns) < 2:
            shape = None
    return Array(dtype_with(A, right), shape or None)


def triangular_solution(A: Kind, b: Kind, *rest: Kind, **options: Kind) -> Kind:
    right = as_array(b)
    return Array(dtype_with(A, right), right.shape or None)


def factored_solution(lu: Kind, rhs: Kind, trans: Kind = NONE) -> Kind:
    return Array(None, as_array(rhs).shape or None)


def solution_and_info(A: Kind, b: Kind, x0: Kind = NONE, **options: Kind) -> Kind:
    right = as_array(b)
    alone = right.shape is not None and len(right.shape) == 1
    known = x0 == NONE and options.get("M", NONE) == NONE
    return Tuple((Array(dtype_with(A, right) if known else None, right.shape if alone else None), INT))


def propagated(A: Kind, B: Kind, start: Kind = NONE, *rest: Kind, **options: Kind) -> Kind:
    right = as_array(B)
    if start != NONE or options.keys() & {"start", "stop", "num"}:
        return Array(dtype_with(A, right), None)
    return Array(dtype_with(A, right), right.shape or None)


def factors(cls: type) -> Transfer:
    def row(A: Kind, *rest: Kind, **options: Kind) -> Kind:
        return Object(cls)

    return row


# ---------------------------------------------------------------------------------------- arrays of entries


def product_of_entries(entries: Kind, rows: Kind, cols: Kind, shape: Kind, x: Kind) -> Kind:
    right, sizes = as_array(x), two(shape) or (None, None)
    found = None if not right.shape else (sizes[0], *right.shape[1:])
    return Array(dtype_with(entries, right), found)


def solution_with_entries(entries: Kind, rows: Kind, cols: Kind, shape: Kind, b: Kind) -> Kind:
    return solution(entries, b)


def array_of_entries(entries: Kind, rows: Kind, cols: Kind, shape: Kind) -> Kind:
    return Array(dtype_of(entries), two(shape))


def entries(matrix: Kind) -> Kind:
    places = Array("i8", (None,))
    return Tuple((Array(matrix.dtype if isinstance(matrix, Matrix) else None, (None,)), places, places))


def pairs(cols: Kind, rows: Kind) -> Kind:
    return Tuple((Array("i8", (None,)), Array("i8", (None,))))
