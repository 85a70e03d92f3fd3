"""Lowering of sparse matrices and linear operators: constants that stand in products with arrays.

They have no adjoints. Where an operation would give a matrix whose entries are differentiated, the matrix becomes an
object of `ENTRIES`, a class written in Python: the arrays of its entries are values like any other.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

from s2sad.analysis import kinds as k
from s2sad.frontend.library import SPECIAL
from s2sad.frontend.named_arrays import NamedArrays
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import FunctionValue, ObjectValue, Value
from s2sad.ir.core import Lit, Ref

Operation = Callable[[Any, Any, Value, Value], Value | None]
# the classes of matrices of differentiated entries, and how operators are lowered
ENTRIES: dict[type, Operation] = {}
# the functions that make one of a matrix, by its form
FORMS: dict[str, Callable[[Any], Any]] = {}
PRODUCTS = ("dot", "matvec", "matmat", "__matmul__")
SAME = "tocsr tocsc tocoo todia tobsr tolil todok copy asformat astype conj conjugate".split()
IN_PLACE = ("setdiag", "resize", "__setitem__", "__delitem__")


class Matrices(NamedArrays):
    """Operators and methods of values of the kind `Matrix`."""

    def check_operands(self, fn: Ref, kinds: Iterable[k.Kind]) -> None:
        kinds = tuple(kinds)
        if any(isinstance(kind, k.Matrix) for kind in kinds):
            raise self.refuse_matrix(f"`{fn.text}`")
        super().check_operands(fn, kinds)

    def binary(self, function: Any, left: Value, right: Value) -> Value:
        kinds = self.kind(left), self.kind(right)
        matrix = next((kind for kind in kinds if isinstance(kind, k.Matrix)), None)
        if matrix is None and self.operation_of(left, right) is None:
            return super().binary(function, left, right)
        if matrix is not None and self.is_constant(function, matrix, left, right):
            product = function is operator.mul and matrix.form != "array"
            product = product and all(map(self.is_matrix_or_array, (left, right)))
            return super().binary(operator.matmul if product else function, left, right)
        left, right = self.entries(left), self.entries(right)
        operation = self.operation_of(left, right)
        found = None if operation is None else operation(self, function, left, right)
        if found is None:
            raise self.refuse_matrix(f"this `{function.__name__.strip('_')}`")
        return found

    def operation_of(self, *values: Value) -> Operation | None:
        """Return how operators are lowered that have a matrix of differentiated entries among their operands."""
        types = (value.type for value in values if isinstance(value, ObjectValue))
        return next((ENTRIES[cls] for cls in types if cls in ENTRIES), None)

    def is_constant(self, function: Any, matrix: k.Matrix, left: Value, right: Value) -> bool:
        """Tell whether an operation leaves a matrix what it is: a constant, whose products are arrays."""
        if self.operation_of(left, right) is not None:
            return False
        if not self.is_varied(left) and not self.is_varied(right):
            return True
        if function is operator.matmul:
            return True
        if not all(map(self.is_matrix_or_array, (left, right))):
            return False
        if matrix.form == "array":
            return function in (operator.add, operator.sub)
        return function is operator.mul

    def is_matrix_or_array(self, value: Value) -> bool:
        kind = self.kind(value)
        return isinstance(kind, (k.Matrix, k.List)) or (isinstance(kind, k.Array) and bool(kind.shape))

    def attribute(self, value: Value, name: str) -> Value:
        made = self.made.get(value) if name == "T" and isinstance(self.kind(value), k.Matrix) else None
        if made is not None and made.target is getattr and made.args[1] == Lit("T"):
            return made.args[0]
        return super().attribute(value, name)

    def entries(self, value: Value) -> Value:
        """Return a sparse matrix as an object with its entries; any other value as it is."""
        kind = self.kind(value)
        if not isinstance(kind, k.Matrix) or kind.form not in FORMS:
            return value
        return self.inlined(FORMS[kind.form], [value])

    def call_function(self, value: FunctionValue, args: list[Value], kwargs: dict[str, Value]) -> Value:
        owner = args[0] if args else None
        if isinstance(owner, ObjectValue) and owner.type in ENTRIES and not kwargs and not self.lean:
            if getattr(value.function, "__module__", None) == owner.type.__module__:
                return self.inlined(value.function, args)
        return super().call_function(value, args, kwargs)

    def class_attribute(self, cls: type, value: Value, name: str) -> Value:
        if cls in ENTRIES and not hasattr(cls, name):
            raise self.refuse_matrix(f"`.{name}`")
        return super().class_attribute(cls, value, name)

    def refuse_matrix(self, what: str) -> Exception:
        return self.refuse(
            f"the derivative of {what} with a sparse matrix or linear operator is not known",
            "products, sums of sparse matrices, and solvers have one; `.toarray()` gives an array",
        )

    def matrix_method(self, owner: Value, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Call a method of a sparse matrix or linear operator."""
        kind = self.kind(owner)
        assert isinstance(kind, k.Matrix)
        if name in PRODUCTS and len(args) == 1 and not kwargs:
            by_number = isinstance(self.kind(args[0]), k.Scalar)
            return self.binary(operator.mul if by_number else operator.matmul, owner, args[0])
        if name in ("rmatvec", "rmatmat") and len(args) == 1:
            return self.binary(operator.matmul, self.attribute(owner, "H"), args[0])
        if name == "transpose" and not args and not kwargs:
            return self.attribute(owner, "T")
        if name in IN_PLACE:
            raise self.refuse(
                "a sparse matrix is updated in place", "make it by a function of its own, or of its entries"
            )
        if any(map(self.is_varied, (*args, *kwargs.values()))):
            if kind.form in FORMS:
                return self.method(self.entries(owner), name, args, kwargs)
            raise self.refuse_matrix(f"`{name}`")
        return self.dynamic_method(owner, name, args, kwargs, kind=method_kind(kind, name, args))

    def set_item(self, container: Value, index: Value, value: Value) -> None:
        if isinstance(self.kind(container), k.Matrix):
            self.matrix_method(container, "__setitem__", [index, value], {})
        super().set_item(container, index, value)


def call_as_it_stands(function: Any) -> None:
    """Let calls of a function be calls of what is not known, instead of reading its text."""
    SPECIAL.setdefault(function, lambda b, args, kwargs: b.opaque_call(ref_to(function), args, kwargs))


def method_kind(kind: k.Matrix, name: str, args: list[Value]) -> k.Kind:
    """Return the kind of what a method without differentiated arguments returns."""
    if name in SAME:
        return k.Matrix(None if name == "astype" else kind.dtype, kind.shape, kind.form)
    if name == "toarray" and not args:
        return k.Array(kind.dtype, kind.shape)
    if name == "diagonal":
        return k.Array(kind.dtype, (None,))
    return k.UNKNOWN
