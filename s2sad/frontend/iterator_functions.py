"""The functions of `itertools`.

Combinations and products are read by the tuples of their indices, which are known; what depends on the items, such
as a condition, is written out in `s2sad.frontend.stand_ins`.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.frontend import stand_ins
from s2sad.frontend.iterators import Endless, Iterators, argument, counting, held, is_known
from s2sad.frontend.library import handles
from s2sad.frontend.loops import TURNS
from s2sad.frontend.names import add_module, ref_to
from s2sad.frontend.values import GeneratorValue, RangeValue, Sequence, TupleValue, Value
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Lit, Ref

add_module("itertools", itertools)

# ---- iterators over items in another order --------------------------------------------------------------


def _ordered(
    b: Iterators, function: Any, columns: list[Sequence], spans: list[Value], rest: list[Atom]
) -> Value:
    """Return tuples of items by the tuples of their indices."""
    indices = b.emit(ref_to(function), [*map(b.atom, spans), *rest], kind=k.UNKNOWN, active=False)
    count = len(columns)
    kind = k.List(k.Tuple((k.INT,) * count))
    order = b.emit(Ref("list", list), (indices,), kind=kind, active=False, hint="order")

    def item(i: Atom) -> Value:
        place = b.emit(ref_to(operator.getitem), (order, i))
        found = (b.emit(ref_to(operator.getitem), (place, Lit(j))) for j in range(count))
        return TupleValue(tuple(b.root_value(each.item(at)) for each, at in zip(columns, found, strict=True)))

    return Sequence(b.emit(Ref("len", len), (order,), kind=k.INT), item)


def span(b: Iterators, sequence: Sequence) -> Value:
    return b.emit(Ref("range", range), (sequence.length,), kind=k.UNKNOWN)


def item_kind(b: Iterators, value: Value) -> k.Kind:
    return k.INT if isinstance(value, RangeValue) else k.UNKNOWN


def as_list(b: Iterators, function: Any, args: list[Atom], kind: k.Kind) -> Atom:
    """Return a list of what an iterator over known values yields."""
    iterator = b.emit(ref_to(function), args, kind=k.UNKNOWN, active=False)
    return b.emit(Ref("list", list), (iterator,), kind=k.List(kind), active=False)


@handles(itertools.product)
def _product(b: Iterators, args: list[Value], kwargs: dict) -> Value:
    repeat = kwargs.get("repeat", Lit(1))
    if not isinstance(repeat, Lit):
        raise b.refuse("`repeat` of `product` is not a literal", "write it as a number")
    values = [held(b, arg) for arg in args] * repeat.value
    if all(isinstance(value, TupleValue) for value in values):
        if math.prod(len(value.items) for value in values) <= TURNS:
            return TupleValue(tuple(map(TupleValue, itertools.product(*(value.items for value in values)))))
    elif is_known(b, args):
        kinds = tuple(item_kind(b, value) for value in values)
        return as_list(b, itertools.product, [b.atom(value) for value in values], k.Tuple(kinds))

    def build() -> Value:
        columns = [b.sequence(value) for value in values[: len(args)]]
        spans = [span(b, column) for column in columns]
        return _ordered(b, itertools.product, columns * repeat.value, spans * repeat.value, [])

    return b.at_that_time(build)


def _choices(function: Any) -> Callable:
    def handler(b: Iterators, args: list[Value], kwargs: dict) -> Value:
        value = held(b, argument(args, kwargs, 0, "iterable"))
        r = argument(args, kwargs, 1, "r")
        if isinstance(value, TupleValue) and isinstance(r, Lit):
            found = list(
                itertools.islice(function(value.items, *([] if r.value is None else [r.value])), TURNS + 1)
            )
            if len(found) <= TURNS:
                return TupleValue(tuple(map(TupleValue, found)))
        if r == Lit(None) and isinstance(value, TupleValue):
            r = Lit(len(value.items))
        if r == Lit(None) and is_known(b, [value]):
            return as_list(b, function, [b.atom(value)], k.UNKNOWN)
        if r == Lit(None):
            return b.at_that_time(lambda: _rearranged(b, b.sequence(value)))
        if not isinstance(r, Lit):
            raise b.refuse(
                f"the number of items that `{function.__name__}` takes is not known", "write it as a number"
            )
        if is_known(b, [value]):
            return as_list(b, function, [b.atom(value), r], k.Tuple((item_kind(b, value),) * r.value))

        def build() -> Value:
            column = b.sequence(value)
            return _ordered(b, function, [column] * r.value, [span(b, column)], [r])

        return b.at_that_time(build)

    return handler


def _rearranged(b: Iterators, column: Sequence) -> Value:
    """Return all permutations, each as a list."""
    order = as_list(b, itertools.permutations, [b.atom(span(b, column))], k.UNKNOWN)

    def item(i: Atom) -> Value:
        place = b.emit(ref_to(operator.getitem), (order, i), kind=k.UNKNOWN)
        return b.atom_of_sequence(
            Sequence(
                column.length,
                lambda j: column.item(b.emit(ref_to(operator.getitem), (place, j), kind=k.INT)),
            )
        )

    return Sequence(b.emit(Ref("len", len), (order,), kind=k.INT), item)


for _function in (itertools.combinations, itertools.permutations, itertools.combinations_with_replacement):
    handles(_function)(_choices(_function))


@handles(itertools.pairwise)
def _pairwise(b: Iterators, args: list[Value], kwargs: dict) -> Value:
    value = held(b, args[0])
    if isinstance(value, TupleValue):
        return TupleValue(tuple(map(TupleValue, itertools.pairwise(value.items))))

    def build() -> Value:
        sequence = b.sequence(value)

        def item(i: Atom) -> Value:
            after = b.atom(b.binary(operator.add, i, Lit(1)))
            return TupleValue((b.root_value(sequence.item(i)), b.root_value(sequence.item(after))))

        return Sequence(b.atom(b.binary(operator.sub, sequence.length, Lit(1))), item)

    return b.at_that_time(build)


@handles(itertools.zip_longest)
def _zip_longest(b: Iterators, args: list[Value], kwargs: dict) -> Value:
    fill = b.root_value(kwargs.get("fillvalue", Lit(None)))
    values = [b.indexed(arg) for arg in args]
    if all(isinstance(value, TupleValue) for value in values):
        columns = (value.items for value in values)
        return TupleValue(tuple(map(TupleValue, itertools.zip_longest(*columns, fillvalue=fill))))
    parts = [b.sequence(value) for value in values]
    length = b.emit(ref_to(max), [part.length for part in parts], kind=k.INT)

    def item(i: Atom) -> Value:
        found = []
        for part in parts:
            inside = b.truth(b.emit(ref_to(operator.lt), (i, part.length), kind=k.BOOL))
            found.append(
                b.root_value(b.select(inside, lambda part=part: b.root_value(part.item(i)), lambda: fill))
            )
        return TupleValue(tuple(found))

    return Sequence(length, item)


@handles(itertools.islice)
def _islice(b: Iterators, args: list[Value], kwargs: dict) -> Value:
    bounds = [Lit(None), args[1], Lit(None)] if len(args) == 2 else [*args[1:], Lit(None)][:3]
    if isinstance(args[0], Endless):
        start, stop, step = (
            default if bound == Lit(None) else b.atom(bound)
            for bound, default in zip(bounds, (Lit(0), Lit(None), Lit(1)), strict=True)
        )
        if stop == Lit(None):
            raise b.refuse("an iterator without an end is used up", "give `islice` an end")
        places = b.sequence(RangeValue(start, stop, step))
        return Sequence(places.length, lambda i: args[0].item(b.atom(places.item(i))))
    value = b.indexed(args[0])
    if isinstance(value, TupleValue) and all(isinstance(bound, Lit) for bound in bounds):
        return TupleValue(tuple(itertools.islice(value.items, *(bound.value for bound in bounds))))
    if not isinstance(b.kind(value), (k.List, k.Array)):
        value = b.atom_of_sequence(b.sequence(value))
    part = b.emit(ir.SLICE, [b.atom(bound) for bound in bounds])
    if isinstance(b.kind(value), k.Array):
        return b.subscript(value, part)
    return b.at_that_time(lambda: b.subscript(value, part))


# ---- iterators one after the other ----------------------------------------------------------------------


def chained(b: Iterators, values: list[Value]) -> Value:
    values = [b.indexed(value) for value in values]
    if all(isinstance(value, TupleValue) for value in values):
        return TupleValue(tuple(item for value in values for item in value.items))

    def build() -> Value:
        out = b.emit(ir.LIST, ())
        for value in values:
            b.iterate(value, lambda item: b.list_update("append", out, [item]))
        return b.current(out)

    return b.at_that_time(build)


@handles(itertools.chain)
def _chain(b: Iterators, args: list[Value], kwargs: dict) -> Value:
    return chained(b, args)


def chain_from(b: Iterators, args: list[Value], kwargs: dict) -> Value:
    value = b.indexed(args[-1])
    if isinstance(value, TupleValue):
        return chained(b, list(map(b.read, value.items)))

    def build() -> Value:
        out = b.emit(ir.LIST, ())
        b.iterate(value, lambda each: b.iterate(each, lambda item: b.list_update("append", out, [item])))
        return b.current(out)

    return b.at_that_time(build)


handles(itertools.chain.from_iterable)(chain_from)


@handles(itertools.starmap)
def _starmap(b: Iterators, args: list[Value], kwargs: dict) -> Value:
    value = b.indexed(args[1])
    if isinstance(value, TupleValue):
        return TupleValue(
            tuple(b.root_value(b.call_value(args[0], b.unpack_all(item, None), {})) for item in value.items)
        )
    sequence = b.sequence(value)
    return Sequence(
        sequence.length, lambda i: b.call_value(args[0], b.unpack_all(sequence.item(i), None), {})
    )


@handles(itertools.tee)
def _tee(b: Iterators, args: list[Value], kwargs: dict) -> Value:
    n = argument(args, kwargs, 1, "n", 2)
    value = held(b, args[0])
    if not isinstance(n, Lit):
        raise b.refuse("the number of iterators that `tee` makes is not known", "write it as a number")
    value = value if isinstance(value, TupleValue) else b.at_that_time(lambda: b.sequence(value))
    return TupleValue((value,) * n.value)


# ---- iterators without an end ---------------------------------------------------------------------------


@handles(itertools.count)
def _count(b: Iterators, args: list[Value], kwargs: dict) -> Value:
    return counting(b, argument(args, kwargs, 0, "start", 0), argument(args, kwargs, 1, "step", 1))


@handles(itertools.repeat)
def _repeat(b: Iterators, args: list[Value], kwargs: dict) -> Value:
    value = b.root_value(argument(args, kwargs, 0, "object"))
    times = argument(args, kwargs, 1, "times")
    if times == Lit(None):
        return Endless(Lit(0), lambda i: b.read(value))
    if isinstance(times, Lit) and times.value <= TURNS:
        return TupleValue((value,) * times.value)
    return Sequence(b.atom(times), lambda i: b.read(value))


@handles(itertools.cycle)
def _cycle(b: Iterators, args: list[Value], kwargs: dict) -> Value:
    value = held(b, args[0])
    sequence = b.sequence(b.at_that_time(lambda: b.sequence(value)))
    return Endless(Lit(0), lambda i: sequence.item(b.atom(b.binary(operator.mod, i, sequence.length))))


# ---- functions that are written out ---------------------------------------------------------------------


def written_out(b: Iterators, function: Any, args: list[Value]) -> Value:
    """Lower a call of a stand-in."""
    args = [b.listed(arg) if isinstance(arg, GeneratorValue) else arg for arg in args]
    args = [b.atom_of_sequence(arg) if type(arg) is Sequence else arg for arg in args]
    return b.call_value(Ref(function.__name__, function), args, {})


def instead(original: Any, function: Any, iterator: bool = False) -> None:
    """Let a stand-in be lowered for a function; some of these return iterators."""
    text = original.__module__ + "." + original.__name__

    def handler(b: Iterators, args: list[Value], kwargs: dict) -> Value:
        if kwargs:
            raise b.refuse(f"`{text}` with keywords cannot be differentiated", "pass them by position")
        if any(isinstance(arg, Endless) for arg in args):
            raise b.refuse("an iterator without an end is used up", "write a loop with `break`")
        if iterator:
            return b.at_that_time(lambda: written_out(b, function, args))
        if is_known(b, args):
            return b.opaque_call(Ref(text, original), args, kwargs)
        return written_out(b, function, args)

    handles(original)(handler)


instead(itertools.takewhile, stand_ins.taken_while, iterator=True)
instead(itertools.dropwhile, stand_ins.dropped_while, iterator=True)
instead(itertools.filterfalse, stand_ins.failing, iterator=True)
instead(itertools.compress, stand_ins.compressed, iterator=True)


@handles(itertools.accumulate)
def _accumulate(b: Iterators, args: list[Value], kwargs: dict) -> Value:
    value = b.indexed(args[0])
    function = argument(args, kwargs, 1, "func")
    initial = kwargs.get("initial", Lit(None))
    if function == Lit(None):
        function = ref_to(operator.add)
    if isinstance(value, TupleValue) and value.items and initial == Lit(None) and len(value.items) <= TURNS:
        totals = [value.items[0]]
        for item in value.items[1:]:
            totals.append(b.root_value(b.call_value(function, [b.read(totals[-1]), b.read(item)], {})))
        return TupleValue(tuple(totals))
    running = {operator.add: np.cumsum, operator.mul: np.cumprod}.get(getattr(function, "value", None))
    kind = b.kind(value)
    if running is not None and initial == Lit(None) and isinstance(kind, k.Array) and kind.ndim == 1:
        return b.at_that_time(lambda: b.call(running, b.atom(value)))
    return b.at_that_time(lambda: written_out(b, stand_ins.accumulated, [value, function, initial]))


@handles(itertools.groupby)
def _groupby(b: Iterators, args: list[Value], kwargs: dict) -> Value:
    key = argument(args, kwargs, 1, "key")
    return b.at_that_time(
        lambda: b.zipped(b.unpack_all(written_out(b, stand_ins.grouped, [args[0], key]), None))
    )
