"""Make a function from generated text, so that it is debugged like any other.

The text is kept in `linecache` under a unique ``<s2sad NAME N>`` file name: tracebacks quote its lines, pdb
steps through it, `inspect.getsource` and `s2sad.frontend.source.find_source` read it.
"""

from __future__ import annotations

import functools
import io
import itertools
import linecache
import threading
import types
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PREFIX = "<s2sad "
_COUNTER = itertools.count(1)
_LOCK = threading.Lock()


def load(text: str, name: str, namespace: dict[str, object]) -> types.FunctionType:
    """Run the text of a generated module and return the function of the given name.

    Parameters
    ----------
    text : str
        Definitions of one or several functions.
    name : str
        Name of the function to return; it is also part of the file name.
    namespace : dict
        The globals of the functions. The definitions are added to it.

    Examples
    --------
    >>> f = load("def f(x):\\n    return 2 * x\\n", "f", {})
    >>> f(3.0)
    6.0
    >>> import inspect
    >>> print(inspect.getsource(f), end="")
    def f(x):
        return 2 * x
    """
    module = compiled(text, f"{_PREFIX}{name}")
    try:
        namespace.setdefault("__name__", "s2sad_generated")
        exec(module, namespace)
        function = namespace[name]
        if not isinstance(function, types.FunctionType):
            raise TypeError(f"`{name}` is not a function in the generated text")
    except BaseException:
        linecache.cache.pop(module.co_filename, None)
        raise
    return function


@dataclass(frozen=True, eq=False)
class Around:
    """What a local function finds around it: the globals, the variables of outer functions, and known objects.

    Two are equal if they are of the same objects.
    """

    module: dict[str, Any]
    cells: Mapping[str, types.CellType]
    objects: Mapping[str, Any]

    @functools.cached_property
    def key(self) -> tuple[Any, ...]:
        inner = ((name, id(each)) for part in (self.cells, self.objects) for name, each in part.items())
        return id(self.module), *inner

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Around) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@functools.lru_cache(maxsize=512)
def load_local(text: str, name: str, around: Around) -> types.FunctionType:
    """Return a function out of the text of a function ``around`` it, which has its free names as parameters.

    The same text is compiled once for the same objects.

    Examples
    --------
    >>> text = "def around(c):\\n    def f(x):\\n        return c * x\\n"
    >>> f = load_local(text, "f", Around({}, {"c": types.CellType(2)}, {}))
    >>> f(3.0)
    6.0
    """
    cells = {**around.cells, **{each: types.CellType(value) for each, value in around.objects.items()}}
    code = _inner_code(_inner_code(compiled(text, f"<local function {name}"), "around"), name)
    closure = tuple(cells[each] for each in code.co_freevars)
    return types.FunctionType(code, around.module, name, None, closure)


def compiled(text: str, stem: str) -> types.CodeType:
    """Compile the text of a module under a file name of its own, which is found as long as its code is there."""
    with _LOCK:
        filename = f"{stem} {next(_COUNTER)}>"
    linecache.cache[filename] = (len(text), None, list(io.StringIO(text)), filename)
    try:
        module = compile(text, filename, "exec", dont_inherit=True)
    except BaseException:
        linecache.cache.pop(filename, None)
        raise
    _forget_with(module, filename)
    return module


def _inner_code(code: types.CodeType, name: str) -> types.CodeType:
    """Return the code of a function that is defined in other code."""
    return next(c for c in code.co_consts if isinstance(c, types.CodeType) and c.co_name == name)


def is_generated(function: object) -> bool:
    """Tell whether a function was made by `load`.

    Examples
    --------
    >>> is_generated(load("def f(x): return x", "f", {})), is_generated(load)
    (True, False)
    """
    code = getattr(function, "__code__", None)
    return isinstance(code, types.CodeType) and code.co_filename.startswith(_PREFIX)


def _forget_with(module: types.CodeType, filename: str) -> None:
    """Drop the text when the last code object of the file is gone; frames and tracebacks keep theirs."""
    codes = [module]
    for code in codes:
        codes += [each for each in code.co_consts if isinstance(each, types.CodeType)]
    alive = [len(codes)]

    def forget() -> None:
        alive[0] -= 1
        if not alive[0]:
            linecache.cache.pop(filename, None)

    for each in codes:
        weakref.finalize(each, forget).atexit = False
