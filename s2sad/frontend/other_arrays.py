"""Arrays of libraries that calculate by rules of their own, such as broadcasting by name: what is not followed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from s2sad.analysis import kinds as k
from s2sad.frontend.library import Library
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import Value
from s2sad.ir.core import Atom, Lit, Ref, Var


class OtherArrays(Library):
    """Constants of such classes may be read; no differentiated value may meet them."""

    def emit(self, fn: Any, args: Iterable[Atom] = (), kwargs: Iterable = (), **options: Any) -> Atom:
        args = tuple(args)
        out = super().emit(fn, args, kwargs, **options)
        if out in self.varied and isinstance(out.kind, k.Unknown) and isinstance(fn, Ref) and not self.lean:
            self.check_operands(fn, [arg.kind for arg in args])
        return out

    def check_operands(self, fn: Ref, kinds: Iterable[k.Kind]) -> None:
        """Refuse an operation of which the derivative is not known because of its operands."""
        other = next(filter(None, map(k.unfollowed_in, kinds)), None)
        if other is not None:
            raise self.refuse(
                f"an operation with a `{other.__name__}` cannot be differentiated",
                "take the array in it: its `.values`"
                if hasattr(other, "values")
                else "use `np.asarray` of it",
            )

    def binary(self, function: Any, left: Value, right: Value) -> Value:
        kinds = self.kind(left), self.kind(right)
        if any(isinstance(kind, k.Object) and k.is_unfollowed(kind.type) for kind in kinds):
            if self.is_varied(left) or self.is_varied(right):
                self.check_operands(ref_to(function), kinds)
            return self.emit(ref_to(function), (self.atom(left), self.atom(right)))
        return super().binary(function, left, right)

    def attribute(self, value: Value, name: str) -> Value:
        kind = self.kind(value)
        if isinstance(kind, k.Object) and k.is_unfollowed(kind.type) and isinstance(value, Var):
            return self.emit(Ref("getattr", getattr), (value, Lit(name)))
        return super().attribute(value, name)
