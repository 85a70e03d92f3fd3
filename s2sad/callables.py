"""Functions and arguments as users give them: what is behind a method or a partial, which is which, who shares memory.

>>> import operator
>>> unwrap(functools.partial(operator.mul, 2.0))[1:]
((2.0,), {})
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.backend.load import load

# ---- arguments ------------------------------------------------------------------------------------------

WORK: Any = 10_000  # how many steps to spend on finding out whether two arrays share memory


def is_laid_out_by_rows(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.flags.c_contiguous


def mutable_parts(value: Any, path: str, around: tuple) -> Iterator[tuple[str, str, Any]]:
    """Yield the arrays, lists and dicts within an argument: how to reach each, the argument's name, the object."""
    name = path.partition("[")[0].partition(".")[0]
    if any(value is outer for outer in around):
        return
    if isinstance(value, (np.ndarray, list, dict)):
        yield path, name, value
    inner: Iterable[tuple[str, Any]] = ()
    if isinstance(value, (list, tuple)):
        inner = ((f"{path}[{i}]", item) for i, item in enumerate(value))
    elif isinstance(value, dict):
        inner = ((f"{path}[{key!r}]", item) for key, item in value.items())
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = ((f"{path}.{f.name}", getattr(value, f.name, None)) for f in dataclasses.fields(value))
    elif type(value) in k.NAMED:
        inner = ((f"{path}.values", value.values),)
    for at, item in inner:
        yield from mutable_parts(item, at, (*around, value))


def overlap(a: Any, b: Any) -> bool:
    """Tell whether two objects share memory; arrays whose case is too hard to decide are taken to."""
    if not isinstance(a, np.ndarray) or not isinstance(b, np.ndarray):
        return a is b
    try:
        return bool(np.may_share_memory(a, b)) and bool(np.shares_memory(a, b, max_work=WORK))
    except np.exceptions.TooHardError:
        return True


def annotated(parameter: inspect.Parameter) -> k.Kind | None:
    """Return the kind that a parameter's annotation or default promises."""
    named = {"float": k.FLOAT, "int": k.INT, "bool": k.BOOL, "np.ndarray": k.NUMERIC, "ndarray": k.NUMERIC}
    table: dict[Any, k.Kind] = {float: k.FLOAT, int: k.INT, bool: k.BOOL, np.ndarray: k.NUMERIC}
    if parameter.kind is parameter.VAR_POSITIONAL:
        return k.Tuple(())
    if parameter.kind is parameter.VAR_KEYWORD:
        return k.Dict((), ())
    annotation = parameter.annotation
    found = named.get(annotation) if isinstance(annotation, str) else None
    try:
        found = found or table.get(annotation)
    except TypeError:
        pass
    if found is None and parameter.default is not parameter.empty:
        default = k.kind_of(parameter.default)
        found = default if not isinstance(default, k.Array) else None
    return found


# ---- functions ------------------------------------------------------------------------------------------


def unwrap(function: Any) -> tuple[Any, tuple, dict[str, Any]]:
    """Return the plain function behind a bound method, partial or callable object, and what is bound."""
    if hasattr(type(function), "__s2sad_derivative__"):
        return function, function.leading, function.keywords
    if isinstance(function, functools.partial):
        target, leading, keywords = unwrap(function.func)
        return target, (*leading, *function.args), {**keywords, **function.keywords}
    if isinstance(function, types.MethodType):
        target, leading, keywords = unwrap(function.__func__)
        return target, (*leading, function.__self__), keywords
    if isinstance(function, types.FunctionType):
        return function, (), {}
    if isinstance(function, np.vectorize) or type(function) in k.DESCRIBED:
        return plain(function), (), {}
    if isinstance(getattr(type(function), "__call__", None), types.FunctionType) and not isinstance(  # noqa: B004  a class with this method, not any callable
        function, type
    ):
        return type(function).__call__, (function,), {}
    wrapped = getattr(function, "__wrapped__", None)
    if type(function).__name__ == "_lru_cache_wrapper" and wrapped is not None:
        return unwrap(wrapped)
    return plain(function), (), {}


@functools.cache
def plain(function: Any) -> types.FunctionType:
    """Wrap a library function in a Python function whose text can be read."""
    try:
        signature = inspect.signature(getattr(function, "pyfunc", function))
        count = len([p for p in signature.parameters.values() if p.default is p.empty])
    except (ValueError, TypeError):
        count = getattr(function, "nin", 1)
    names = ", ".join(["x", "y", "z", "u", "v", "w"][: max(count, 1)])
    name = getattr(function, "__name__", "call")
    name = name if name.isidentifier() and name != "function" else "call"
    return load(f"def {name}({names}):\n    return function({names})\n", name, {"function": function})


def identity(function: Any) -> Any:
    """Return what two functions share if and only if they are the same; methods are made anew at each access."""
    if hasattr(type(function), "__s2sad_derivative__"):
        return function.key()
    if isinstance(function, types.MethodType):
        return id(function.__self__), id(function.__func__)
    return id(function)


def global_name(made: Any, function: Any) -> str | None:
    """Return the name of a function if in its module that name stands for `made`, which was made of it."""
    while hasattr(type(function), "__s2sad_derivative__"):
        function = function.function
    name = getattr(function, "__qualname__", "")
    found: Any = sys.modules.get(getattr(function, "__module__", None) or "")
    for part in name.split("."):
        found = getattr(found, part, None)
    return name if found is made else None
