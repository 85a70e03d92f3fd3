"""`out=` and `where=`: what a NumPy function writes into an array that exists already.

``np.exp(x, out=y)`` is ``y[...] = np.exp(x)``, an update of `y`, whichever function it is and however `out` is
passed. ``np.divide(x, y, out=z, where=m)`` is ``z[m] = x[m] / y[m]``: the rest of `z` keeps its contents, and
nothing is computed where the mask is false.
"""

from __future__ import annotations

import functools
import inspect
import operator
import types
from typing import Any

import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.frontend.names import ref_to
from s2sad.frontend.standard import Standard
from s2sad.frontend.values import TRUE, TupleValue, Value
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Lit, Ref, Var

NONE = Lit(None)
CLIPS = (np.clip, runtime.clip)  # in substance ufuncs of three arguments

# Functions that write their result last, or a copy of it, so that `out` may be one of their operands.
TIDY = {np.sum, np.prod, np.max, np.min, np.mean, np.std, np.var, np.cumsum, np.cumprod, np.dot, np.einsum}
TIDY |= {np.take, np.round, np.outer, np.choose, np.compress, np.any, np.all, np.argmax, np.argmin, *CLIPS}


class Outs(Standard):
    """Calls that write their results into given arrays."""

    def call_object(self, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
        target = ref.value
        if self.lean or not writes_out(self.registry, target):
            return self.method_of_array(ref, args, kwargs)
        args, kwargs, outs = split_out(target, args, kwargs)
        outs = None if outs is None else self.outs_in(target, outs)
        exact = isinstance(target, np.ufunc) and kwargs.get("casting") != Lit("unsafe")
        if isinstance(target, np.ufunc) or target in CLIPS:
            kwargs = self.ufunc_options(ref, args, kwargs)
            where = kwargs.pop("where", TRUE)
            if where != TRUE:
                return self.masked_call(ref, args, kwargs, outs, where)
        if outs is None:
            return super().call_object(ref, args, kwargs)
        if target not in TIDY and not isinstance(target, np.ufunc):
            for out in outs:
                if any(self.shares(value, out) for value in (*args, *kwargs.values())):
                    raise self.refuse(
                        f"`{ref.text}` writes to an array that it reads",
                        "assign the result to `x[...]`, or give it an `out` of its own",
                    )
        return self.stored(ref, super().call_object(ref, args, kwargs), outs, exact)

    def method_of_array(self, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Call ``np.ndarray.fill(x, v)`` as ``x.fill(v)``, and any other function as it stands."""
        target = ref.value
        unbound = isinstance(target, types.MethodDescriptorType) and target.__objclass__ is np.ndarray
        if unbound and args and self.registry.rule(target) is None:
            return self.method(args[0], target.__name__, args[1:], kwargs)
        if (getattr(target, "__module__", None) or "").startswith("scipy."):
            self.refuse_output(ref, args, kwargs)
        return super().call_object(ref, args, kwargs)

    def outs_in(self, target: Any, out: Value) -> list[Value] | None:
        """Return the arrays to write to, one for each result (a None stands for a new one); None for none."""
        out = self.static_items(out) if isinstance(out, Var) else out
        outs = list(out.items) if isinstance(out, TupleValue) else [out]
        count = target.nout if isinstance(target, np.ufunc) else 1
        outs += [NONE] * (count - len(outs))
        if all(each == NONE for each in outs):
            return None
        for each in outs:
            if each != NONE and not (isinstance(each, Var) and isinstance(self.kind(each), ARRAYS)):
                raise self.refuse("this `out` cannot be followed", "assign the result to `x[...]` instead")
        return outs

    def ufunc_options(self, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> dict[str, Value]:
        """Drop the options of a ufunc that say nothing about its derivative; refuse those that do."""
        kwargs = dict(kwargs)
        if not any(map(self.is_varied, (*args, *kwargs.values()))):
            return kwargs
        for name in ("order", "subok", "casting"):
            kwargs.pop(name, None)
        dtype = kwargs.get("dtype")
        if dtype is not None:
            kind = self.kind_of_call(ref.value, tuple(map(self.atom, args)), ())
            named = dtype.value if isinstance(dtype, (Ref, Lit)) else object
            if named is not None and (
                k.dtype_of(kind) is None or np.dtype(named).str[1:] != k.dtype_of(kind)
            ):
                raise self.refuse(
                    f"`dtype` of `{ref.text}` changes the type of its result",
                    "write `.astype(dtype)` instead",
                )
            del kwargs["dtype"]
        return kwargs

    def stored(self, ref: Ref, result: Value, outs: list[Value], exact: bool = False) -> Value:
        """Write the results of a call to its outs, and return these."""
        count = len(outs)
        results = [result] if count == 1 else self.unpack_value(result, count, [""] * count)
        atoms = [self.atom(each) for each in results]
        written: list[Value] = []
        for out, atom in zip(outs, atoms, strict=True):
            if out != NONE:
                if exact and casts_down(atom.kind, self.kind(out)):
                    raise self.refuse(
                        f"NumPy writes no result of `{ref.text}` to an array of this type",
                        "use an array of floats",
                    )
                self.update("setitem", out, (Lit(Ellipsis), atom))
            written.append(atom if out == NONE else out)
        written = [self.current(out) for out in written]
        return written[0] if count == 1 else TupleValue(tuple(written))

    def shares(self, value: Value, out: Value) -> bool:
        """Tell whether a value may share memory with an array."""
        if not isinstance(out, Var):
            return False
        suspects = self.affected(self.storage(out), True) | {self.storage(out)}
        found = {self.storage(var) for var in self.leaves(value)}
        made = [self.made.get(self.root(var)) for var in self.leaves(value)]
        for call in made:  # the items of a display
            if call is not None and call.fn in (ir.LIST, ir.TUPLE):
                found |= {self.storage(item) for item in call.args if isinstance(item, Var)}
        return not found.isdisjoint(suspects)

    # ---- masks --------------------------------------------------------------------------------------

    def masked_call(
        self, ref: Ref, args: list, kwargs: dict, outs: list[Value] | None, where: Value
    ) -> Value:
        """Lower a ufunc with ``where=``: it is computed where the mask is true, and nowhere else."""
        atoms = [self.as_array(arg) for arg in args]
        mask = self.as_array(where)
        if outs is None:
            plain = self.kind_of_call(ref.value, tuple(atoms), ())
            if not any(map(self.is_varied, atoms)):
                named = [(name, self.atom(value)) for name, value in kwargs.items()]
                kind = plain if k.shape_of(plain) == k.shape_of(mask.kind) else k.UNKNOWN
                return self.emit(ref, atoms, [*named, ("where", mask)], kind=kind)
            outs = [self.unset(ref, plain, mask)]
        if len(outs) != 1:
            raise self.refuse(f"`where` of `{ref.text}` cannot be differentiated", "assign to `x[mask]`")
        (out,) = outs

        def compute(picked: list[Atom]) -> Value:
            return super(Outs, self).call_object(ref, list(picked), kwargs)

        self.masked_store(out, mask, atoms, compute)
        return self.current(out)

    def unset(self, ref: Ref, plain: k.Kind, mask: Atom) -> Atom:
        """Make the array that a ufunc with a mask makes if it gets none: what is not written is not set."""
        shape = k.shape_of(mask.kind)
        code = k.dtype_of(plain)
        if not shape or k.shape_of(plain) != shape or code not in ("f8", "c16"):
            raise self.refuse(
                f"`where` of `{ref.text}` without `out` cannot be differentiated here",
                "give it an `out`, or assign to `x[mask]`",
            )
        options = [] if code == "f8" else [("dtype", Ref("complex", complex))]
        lengths = self.emit(ref_to(np.shape), (mask,))
        return self.emit(ref_to(np.empty), (lengths,), options, kind=k.Array(code, shape))

    def masked_store(self, out: Value, mask: Atom, operands: list[Atom], compute: Any) -> None:
        """Lower ``out[mask] = compute(*(x[mask] for x in operands))``, all broadcast to the shape of `out`."""
        shape = k.shape_of(self.kind(out))
        if shape == ():
            raise self.refuse("a mask for a single number cannot be differentiated", "use `if`")
        length = k.Sym(f"u{ir.next_number()}")
        mask = self.spread_over(mask, out)
        alone = all(isinstance(atom.kind, k.Scalar) for atom in operands)

        def pick(atom: Atom) -> Atom:
            if isinstance(atom.kind, k.Scalar) and not alone:
                return atom
            atom = self.spread_over(atom, out)
            kind = k.Array(k.dtype_of(atom.kind), (length,))
            return self.emit(ref_to(operator.getitem), (atom, mask), kind=kind)

        self.set_item(out, mask, compute([pick(atom) for atom in operands]))

    def spread_over(self, atom: Atom, out: Value) -> Atom:
        """Return an operand, broadcast to the shape of an array if it does not have that shape."""
        shape = k.shape_of(self.kind(out))
        if isinstance(atom.kind, k.Array) and shape is not None and atom.kind.shape == shape:
            if None not in shape:
                return atom
        lengths = self.emit(ref_to(np.shape), (self.atom(out),))
        kind = k.Array(k.dtype_of(atom.kind), shape)
        return self.emit(ref_to(np.broadcast_to), (atom, lengths), kind=kind)

    def as_array(self, value: Value) -> Atom:
        """Return a number as it is, and a list as an array."""
        atom = self.atom(value)
        if isinstance(atom.kind, (k.Array, k.Scalar)) or isinstance(atom, Ref):
            return atom
        return self.call(np.asarray, atom)

    def opaque_call(self, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
        self.refuse_output(ref, args, kwargs)
        return super().opaque_call(ref, args, kwargs)

    def refuse_output(self, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> None:
        """Refuse a call of a function that is not followed if it writes to one of its arguments."""
        given = dict(zip(positional(ref.value), args, strict=False)) | kwargs
        for name in ("out", "output"):
            if isinstance(given.get(name), Var):
                raise self.refuse(
                    f"what `{ref.text}` writes to its `{name}` cannot be followed",
                    "assign the result to `x[...]` instead",
                )


ARRAYS = (k.Array, k.Unknown)


def writes_out(registry: Any, target: Any) -> bool:
    """Tell whether a function takes `out` as NumPy's functions do."""
    if isinstance(target, np.ufunc) or target in CLIPS:
        return True
    if isinstance(target, types.MethodDescriptorType):
        return False
    home = getattr(target, "__module__", None) or ""
    library = home.partition(".")[0]
    return library == "numpy" or (library != "scipy" and registry.rule(target) is not None)


def split_out(target: Any, args: list, kwargs: dict) -> tuple[list, dict, Any]:
    """Take `out` from the arguments of a call, wherever it stands.

    >>> split_out(np.exp, ["x", "y"], {}), split_out(np.sum, ["x"], {"axis": 0})
    ((['x'], {}, TupleValue(items=('y',), type=<class 'tuple'>, identity=None)), (['x'], {'axis': 0}, None))
    >>> split_out(np.take, ["x", "i", NONE, "y", "clip"], {})
    (['x', 'i'], {'mode': 'clip'}, 'y')
    >>> split_out(np.sum, ["x", "axis", float], {})
    (['x', 'axis'], {'dtype': <class 'float'>}, None)
    """
    kwargs = dict(kwargs)
    if isinstance(target, np.ufunc) and len(args) > target.nin:
        return args[: target.nin], kwargs, TupleValue(tuple(args[target.nin :]))
    names = positional(target)
    named = min((names.index(name) for name in ("dtype", "out") if name in names), default=len(args))
    if "out" in names and len(args) > named:
        kwargs.update(zip(names[named:], args[named:], strict=False))
        args = args[:named]
        if kwargs.get("dtype") == NONE:
            del kwargs["dtype"]
        while args and args[-1] == NONE:  # a default, such as the axis of a sum
            args.pop()
    return args, kwargs, kwargs.pop("out", None)


@functools.cache
def positional(target: Any) -> tuple[str, ...]:
    """Return the names of a function's positional parameters, as far as they are known."""
    if target is runtime.clip:
        return "a", "min", "max", "out"
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return ()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(each.name for each in parameters if each.kind in kinds)


def casts_down(value: k.Kind, out: k.Kind) -> bool:
    """Tell whether NumPy surely refuses to write such a value to such an array.

    >>> casts_down(k.FLOAT, k.Array("i8", (3,))), casts_down(k.FLOAT, k.Array("f4", (3,)))
    (True, False)
    """
    a, b = k.dtype_of(value), k.dtype_of(out)
    return a is not None and b is not None and not np.can_cast(a, b, "same_kind")
