"""Make a function from generated text, so that it is debugged like any other.

The text is kept in `linecache` under a unique ``<s2sad NAME N>`` file name: tracebacks quote its lines, pdb
steps through it, `inspect.getsource` and `s2sad.frontend.source.find_source` read it.
"""

from __future__ import annotations

import io
import itertools
import linecache
import threading
import types
import weakref

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
    with _LOCK:
        filename = f"{_PREFIX}{name} {next(_COUNTER)}>"
    linecache.cache[filename] = (len(text), None, list(io.StringIO(text)), filename)
    try:
        module = compile(text, filename, "exec", dont_inherit=True)
        namespace.setdefault("__name__", "s2sad_generated")
        exec(module, namespace)
        function = namespace[name]
        if not isinstance(function, types.FunctionType):
            raise TypeError(f"`{name}` is not a function in the generated text")
    except BaseException:
        linecache.cache.pop(filename, None)
        raise
    _forget_with(module, filename)
    return function


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
    codes = [each for each in module.co_consts if isinstance(each, types.CodeType)]
    alive = [len(codes)]

    def forget() -> None:
        alive[0] -= 1
        if not alive[0]:
            linecache.cache.pop(filename, None)

    for each in codes:
        weakref.finalize(each, forget).atexit = False
