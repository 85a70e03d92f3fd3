"""The right source is found, or none."""

from __future__ import annotations

import ast
import functools
import importlib.util
import linecache
import math
import os
import statistics
import subprocess
import sys
import textwrap
import types

import gast
import numpy as np
import pytest

from s2sad.backend.load import load
from s2sad.errors import SourceNotFound
from s2sad.frontend.source import find_source


def returned(function) -> str:
    """Return the expression that a function of one statement returns."""
    return gast.unparse(find_source(function).tree.body[-1].value).strip()


def registered(text: str, filename: str) -> dict:
    """Run a text that is known to linecache, as notebooks do."""
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict = {"__name__": "__main__"}
    exec(compile(text, filename, "exec"), namespace)
    return namespace


def identity(function):
    return function


def configured(*_, **__):
    return identity


def plain(x, y=2.0, *args, key=3, **kwargs):
    """Doc."""
    z = x * y
    return z + key


@identity
@configured(
    1,
    key=2,
)
def decorated(x):
    return x + 1


class Model:
    scale = 2.0

    def method(self, x):
        return self.__hidden(x)

    def __hidden(self, x):
        return x * self.scale

    @staticmethod
    def static(x):
        return -x

    def calls_super(self, x):
        return super().__init__() or x

    class Inner:
        def method(self, x):
            return x - 1


def maker(a):
    def inner(x):
        return a * x

    def recursive(n):
        return recursive(n - 1) if n else a

    return inner, recursive, lambda x: a + x


def test_module_level_function():
    source = find_source(plain)
    assert source.tree.name == "plain"
    assert [arg.id for arg in source.tree.args.args] == ["x", "y"]
    assert source.filename == plain.__code__.co_filename
    assert source.tree.lineno == plain.__code__.co_firstlineno
    assert source.text.startswith("def plain(x, y=2.0") and source.text.endswith("    return z + key\n")
    assert source.lines[source.tree.lineno - 1].startswith("def plain")


def test_decorators_stay_in_the_tree():
    source = find_source(decorated)
    assert len(source.tree.decorator_list) == 2
    assert source.text.startswith("@identity\n@configured(\n    1,")


def test_wrapped_is_not_followed():
    @functools.wraps(plain)
    def wrapper(x):
        return plain(x) * 5

    assert returned(wrapper) == "plain(x) * 5"


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (Model.method, "self.__hidden(x)"),
        (Model._Model__hidden, "x * self.scale"),
        (Model.static, "-x"),
        (Model.Inner.method, "x - 1"),
        (maker(1)[0], "a * x"),
        (maker(1)[2], "a + x"),
    ],
)
def test_methods_and_nested_functions(function, expected):
    assert returned(function) == expected


def test_recursion_and_super_do_not_confuse_the_check():
    assert find_source(maker(1)[1]).tree.name == "recursive"
    assert find_source(Model.calls_super).tree.name == "calls_super"


def test_text_is_at_the_left_margin_and_parses():
    source = find_source(Model.method)
    assert source.text == "def method(self, x):\n    return self.__hidden(x)\n"

    def with_string(x):
        text = """first
  second
        third"""
        # a comment
        return x, text

    tree = ast.parse(find_source(with_string).text)
    assert tree.body[0].body[0].value.value == with_string(0)[1]


two = [lambda x: x + 1, lambda x: x * 2]
named = lambda x: x - 1
nested = lambda x: lambda y: x + y
same = (lambda x: x, lambda x: x)
long = configured(3)(
    lambda x, y=(lambda z: z): (
        x
        + 2.0
    )
)  # fmt: skip


def test_lambdas_on_one_line():
    assert [returned(each) for each in two] == ["x + 1", "x * 2"]
    constants = [lambda: 1, lambda: 2.0, lambda: 2, lambda: True, lambda: 1.0]
    assert [returned(each) for each in constants] == ["1", "2.0", "2", "True", "1.0"]
    names = [lambda x: np.sin(x), lambda x: np.cos(x)]
    assert [returned(each) for each in names] == ["np.sin(x)", "np.cos(x)"]


def test_equal_lambdas_are_told_apart_by_position():
    columns = [find_source(each).tree.col_offset for each in same]
    assert columns == sorted(set(columns))


def test_lambda_names_and_text():
    assert find_source(named).tree.name == "named"
    assert find_source(two[0]).tree.name == "lambda_"
    assert isinstance(find_source(named).tree, gast.FunctionDef)
    assert find_source(named).text == "lambda x: x - 1"
    assert find_source(nested).tree.name == "nested"
    assert returned(nested(1)) == "x + y"
    assert returned(long) == "x + 2.0"
    if assigned := (lambda x: x / 2):
        assert find_source(assigned).tree.name == "assigned"


def test_async_functions_and_generators_are_returned():
    async def coroutine(x):
        return x

    def generator(x):
        yield x

    assert isinstance(find_source(coroutine).tree, gast.AsyncFunctionDef)
    assert find_source(generator).tree.name == "generator"


def test_where_counts_characters():
    def function(x):
        return "äöü€𝛼", x * 2

    source = find_source(function)
    node = source.tree.body[0].value.elts[1]
    place = source.where(node)
    assert place.text[place.col : place.end_col] == "x * 2"
    assert place.line == function.__code__.co_firstlineno + 1
    assert place.filename == __file__


def test_where_of_several_lines_and_of_made_nodes():
    source = find_source(long)
    place = source.where(source.tree.body[0].value)
    assert place.text[place.col : place.end_col] == "x"
    assert source.where(gast.Pass()).line == source.tree.lineno


def test_notebook_cell():
    text = "import numpy as np\n\ndef cell(x):\n    return np.sin(x)\n\nf = lambda x: x; g = lambda x: -x\n"
    for filename in ("<ipython-input-7-abc>", os.path.join("nowhere", "ipykernel_1", "2.py")):
        namespace = registered(text, filename)
        source = find_source(namespace["cell"])
        assert (source.filename, source.tree.lineno) == (filename, 3)
        assert returned(namespace["g"]) == "-x"


def test_generated_functions():
    namespace: dict = {}
    load("def g(x):\n    return x\n\n\ndef f(x):\n    return g(x)\n", "f", namespace)
    assert returned(namespace["f"]) == "g(x)"
    assert returned(namespace["g"]) == "x"


def test_frozen_standard_library():
    assert find_source(os.path.join).tree.name == "join"


def test_future_import_is_kept():
    text = "from __future__ import annotations\ndef f(x):\n    def g(y: unknown): return y\n    return g(x)\n"
    assert find_source(registered(text, "<cell future>")["f"]).tree.name == "f"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_type_parameters():
    text = "def f[T](x: T) -> T:\n    y: T = x\n    return (T, y)[1]\n"
    assert find_source(registered(text, "<cell types>")["f"]).tree.name == "f"


@pytest.mark.parametrize("thing", [math.sin, np.sin, functools.partial(plain, 1), Model().method, 3, Model])
def test_not_a_python_function(thing):
    with pytest.raises(SourceNotFound, match="is not a Python function") as caught:
        find_source(thing)
    assert "rule" in caught.value.hint


def test_no_text():
    namespace: dict = {}
    exec(compile("def f(x): return x", "<nowhere>", "exec"), namespace)
    with pytest.raises(SourceNotFound, match="`f` cannot be found") as caught:
        find_source(namespace["f"])
    assert "save it in a file" in caught.value.hint


@pytest.mark.parametrize(
    "after",
    [
        "def f(x):\n    return x ** 3\n",
        "def f(x):\n    return x + 2\n",
        "def f(x, y):\n    return x ** 2\n",
        "\n\ndef f(x):\n    return x ** 2\n",
        "def g(x):\n    return x ** 2\n",
        "def f(x) return x\n",
        "",
    ],
)
def test_edited_file_is_refused(tmp_path, after):
    path = tmp_path / "edited.py"
    path.write_text("def f(x):\n    return x ** 2\n")
    spec = importlib.util.spec_from_file_location("edited", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert find_source(module.f).tree.name == "f"
    path.write_text(after)
    os.utime(path, (1, 1))
    with pytest.raises(SourceNotFound, match=r"`edited\.f`"):
        find_source(module.f)


def test_assertions_that_pytest_rewrites_do_no_harm():
    def checked(x):
        assert x > 0, "positive"
        return np.log(x)

    assert len(find_source(checked).tree.body) == 2


def test_every_function_of_some_modules():
    for module in (statistics, textwrap, functools, ast, np.linalg._linalg):
        for function in vars(module).values():
            if isinstance(function, types.FunctionType) and function.__module__ == module.__name__:
                assert find_source(function).tree.name == function.__code__.co_name


@pytest.mark.parametrize("arguments", [["-c"], ["-i"]])
def test_command_line(arguments):
    program = (
        "from s2sad.frontend.source import find_source\n"
        "from s2sad.errors import SourceNotFound\n"
        "def f(x): return x * 2\n\n"
        "try: print('found', find_source(f).text)\nexcept SourceNotFound as error: print(error)\n\n"
    )
    text = program if arguments == ["-i"] else None
    command = [sys.executable, *arguments, *([program] if arguments == ["-c"] else [])]
    environment = {**os.environ, "PYTHON_BASIC_REPL": "1"}
    done = subprocess.run(command, input=text, capture_output=True, text=True, env=environment, check=False)
    if sys.version_info >= (3, 13):
        assert "found def f(x): return x * 2" in done.stdout
    else:
        assert "hint: save it in a file" in done.stdout
