"""Generated text is debugged like any other source."""

from __future__ import annotations

import bdb
import contextlib
import gc
import inspect
import io
import linecache
import pdb
import threading
import traceback

import pytest

from s2sad.backend.load import is_generated, load
from s2sad.frontend.source import find_source

TEXT = '''def helper(x):
    return 1.0 / x


def f(x):
    """Doc."""
    return helper(x)
'''


def test_the_function_runs_in_its_namespace():
    namespace: dict[str, object] = {}
    f = load(TEXT, "f", namespace)
    assert f(2.0) == 0.5
    assert f.__globals__ is namespace
    assert f.__module__ == "s2sad_generated"
    assert load(TEXT, "f", {"__name__": "mine"}).__module__ == "mine"


def test_file_names_are_unique_and_tell_the_name():
    one, two = load(TEXT, "f", {}), load(TEXT, "f", {})
    names = [each.__code__.co_filename for each in (one, two)]
    assert names[0] != names[1]
    assert all(name.startswith("<s2sad f ") and name.endswith(">") for name in names)


def test_names_are_unique_across_threads():
    made = []
    threads = [threading.Thread(target=lambda: made.append(load(TEXT, "f", {}))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.__code__.co_filename for each in made}) == 8


def test_getsource_and_find_source():
    namespace: dict[str, object] = {}
    f = load(TEXT, "f", namespace)
    assert inspect.getsource(f) == TEXT[TEXT.index("def f") :]
    assert find_source(f).tree.name == "f"
    assert find_source(namespace["helper"]).text == "def helper(x):\n    return 1.0 / x\n"


def test_traceback_quotes_the_line():
    f = load(TEXT, "f", {})
    with pytest.raises(ZeroDivisionError) as caught:
        f(0.0)
    text = "".join(traceback.format_exception(caught.value))
    assert "return 1.0 / x" in text
    assert "return helper(x)" in text


def test_pdb_shows_the_line():
    f = load(TEXT, "f", {})
    out = io.StringIO()
    debugger = pdb.Pdb(
        stdin=io.StringIO("step\nstep\nwhere\nquit\n"), stdout=out, nosigint=True, readrc=False
    )
    with contextlib.suppress(bdb.BdbQuit):
        debugger.runcall(f, 2.0)
    assert "return helper(x)" in out.getvalue()


def test_text_survives_checkcache_and_goes_with_the_last_function():
    namespace: dict[str, object] = {}
    f = load(TEXT, "f", namespace)
    filename = f.__code__.co_filename
    linecache.checkcache()
    assert filename in linecache.cache
    helper = namespace.pop("helper")
    namespace.clear()
    del f
    gc.collect()
    assert filename in linecache.cache
    del helper
    gc.collect()
    assert filename not in linecache.cache


def test_nothing_is_left_behind_when_the_text_is_wrong():
    before = set(linecache.cache)
    with pytest.raises(SyntaxError):
        load("def f(x) return x", "f", {})
    with pytest.raises(KeyError):
        load("def f(x): return x", "g", {})
    with pytest.raises(TypeError, match="`f` is not a function"):
        load("f = 1", "f", {})
    assert not [name for name in set(linecache.cache) - before if name.startswith("<s2sad ")]


def test_is_generated():
    assert is_generated(load(TEXT, "f", {}))
    assert not is_generated(load)
    assert not is_generated(len)
    assert not is_generated(None)


def test_line_separators_in_strings_do_not_shift_lines():
    f = load("s = 'a\x0cb\u2028c'\ndef f(x):\n    return x\n", "f", {})
    assert inspect.getsource(f) == "def f(x):\n    return x\n"
