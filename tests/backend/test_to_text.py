"""Statements are printed as a person would write them, and read back as the same tree."""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
import math
import statistics
import subprocess
import sys
import textwrap

import gast
import numpy as np
import pytest

from s2sad.backend.to_text import WIDTH, Blank, Comment, to_text


def printed(source: str) -> str:
    return to_text(gast.parse(textwrap.dedent(source)).body)


def constant(value: object) -> str:
    return to_text([gast.Expr(value=gast.Constant(value=value, kind=None))]).rstrip("\n")


SAME = """
a + b * c
-x ** 2
(-x) ** 2
2 ** -x
x ** y ** z
(x ** y) ** z
2 * (a + b)
a - (b - c)
a / (b * c)
a @ b.T
not a
not (a or b) and c
a < b <= c
a in b, c not in d, e is None, f is not None
x[1:-1]
x[i, :j]
A[:, None]
x[::2]
x[a:b:c]
x[...]
x[i][j]
f(*args, **kwargs)
f(x, *args, axis=-1, **kwargs)
f(a for a in b)
f((a for a in b), c)
a if b else c if d else e
(a if b else c) if d else e
lambda: 0
lambda x, *y, z=1, **w: x + z
(lambda x: x)(3)
[a + b for a, b in c if a if b]
{a: b + c for a, b in d}
{a, *b}
{"a": 1, **b}
a, (b, c), [d, e]
x = y = 1
x, *y = z
x = (a,)
x += 1
x @= y
x: int = 3
x.y: float
x = yield
y = yield a, b
del a, b[1]
pass
import numpy as np, math
from a.b import c as d, e
global a, b
assert a, "message"
raise ValueError("x") from error
-1
x - -1
(-1) ** 2
(1).real
1.5.real
0.1
1e-08
1e+16
2j
True
None
x = b"bytes"
x = "it's"
x = 'say "hi"'
x = "tab\\t"
f"{x!r:>{width}} {d['key']} {{}} it's"
f"{(lambda x: x)(1)} {(lambda: 0)} { {1: 2}}"
return_value.sum(axis=0)[1:]
await_.x
""".strip().splitlines()


@pytest.mark.parametrize("line", SAME)
def test_line_is_printed_as_written(line):
    text = f"def f():\n    {line}\n" if "yield" in line else f"{line}\n"
    assert printed(text) == text


BLOCKS = [
    """
    for i in range(n - 1, -1, -1):
        x[i] = stack.pop()
    else:
        pass
    """,
    """
    while True:
        if a:
            break
        elif b:
            continue
        else:
            x = 1
    """,
    """
    with open(a) as b, c:
        pass
    """,
    """
    try:
        pass
    except (A, B) as error:
        raise
    except C:
        raise D from None
    else:
        pass
    finally:
        pass
    """,
    """
    try:
        pass
    except* A:
        pass
    """,
    """
    match a:
        case [1, x] if x > 2:
            pass
        case _:
            pass
    """,
    """
    if n := f():
        pass
    while (n := f()) and m:
        pass
    """,
    """
    @decorator(1)
    def f(a, /, b: int = 2, *args: int, c, d=4, **kwargs) -> float:
        \"\"\"Summary.

            Indented text.
        \"\"\"
        nonlocal_ = 3

        return a
    """,
    """
    async def f(a):
        async with b as c:
            await c
        async for d in e:
            yield d
    """,
    """
    class A(B, metaclass=C):
        x = 1
    """,
]


@pytest.mark.parametrize("block", BLOCKS)
def test_block_is_printed_as_written(block):
    text = textwrap.dedent(block).lstrip("\n")
    assert printed(text) == text.replace("3\n\n    return", "3\n    return")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("(a * b) + (c)", "a * b + c"),
        ("return_((a), (b + c))", "return_(a, b + c)"),
        ("for i in (range(3)): (f)((i))", "for i in range(3):\n    f(i)"),
        ("x = (yield_)", "x = yield_"),
        ("[(a + b) for a in b]", "[a + b for a in b]"),
        ("{(a): (b if c else d)}", "{a: b if c else d}"),
        ("{**(a or b)}", "{**(a or b)}"),
        ("raise (a or b)", "raise a or b"),
        ("with (a): pass", "with a:\n    pass"),
        ("x = ((a, b))", "x = a, b"),
        ("if (a, b): pass", "if (a, b):\n    pass"),
        ("x[(a, b)]", "x[a, b]"),
        ("x = '\\n'", 'x = "\\n"'),
    ],
)
def test_superfluous_parentheses_and_quotes(source, expected):
    assert printed(source) == expected + "\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (math.inf, 'float("inf")'),
        (-math.inf, '-float("inf")'),
        (math.nan, 'float("nan")'),
        (-0.0, "-0.0"),
        (-3, "-3"),
        (2j, "2j"),
        (1 + 2j, "complex(1.0, 2.0)"),
        (complex(-0.0, 1), "complex(-0.0, 1.0)"),
        (complex(0.0, -1), "complex(0.0, -1.0)"),
        (np.float64(0.1), "0.1"),
        (True, "True"),
        (Ellipsis, "..."),
    ],
)
def test_constants(value, text):
    assert constant(value) == text
    if value == value:
        assert repr(eval(text)) == repr(value) or isinstance(value, np.generic)


def test_negative_constants_are_put_in_parentheses_where_needed():
    name, minus = gast.Name("x", gast.Load(), None, None), gast.Constant(-2.0, None)
    assert to_text([gast.Expr(gast.BinOp(minus, gast.Pow(), name))]) == "(-2.0) ** x\n"
    assert to_text([gast.Expr(gast.BinOp(name, gast.Pow(), minus))]) == "x ** -2.0\n"
    assert to_text([gast.Expr(gast.BinOp(name, gast.Sub(), minus))]) == "x - -2.0\n"


def test_comments_and_blank_lines():
    tree = gast.parse("def f(x):\n    y = x\n    return y\ndef g(): pass\nx = 1").body
    tree[0].body.insert(1, Comment("return y"))
    tree[0].body.insert(1, Blank())
    tree.insert(1, Comment("two\nlines"))
    tree[2].body = [Comment("nothing to do")]
    tree.insert(0, gast.parse("import numpy as np").body[0])
    expected = """
    import numpy as np


    def f(x):
        y = x

        # return y
        return y


    # two
    # lines
    def g():
        # nothing to do
        pass


    x = 1
    """
    assert to_text(tree) == textwrap.dedent(expected).lstrip("\n")


def test_a_string_is_not_a_comment():
    assert printed("def f():\n    x\n    '# y'") == 'def f():\n    x\n    """# y"""\n'


def test_long_comments_are_wrapped():
    lines = to_text([Comment("word " * 40)]).splitlines()
    assert len(lines) > 1
    assert all(line.startswith("# ") and len(line) <= WIDTH for line in lines)


def test_input_is_not_modified_and_output_is_deterministic():
    tree = gast.parse(inspect.getsource(statistics)).body
    before = [gast.dump(copy.deepcopy(node), include_attributes=True) for node in tree]
    assert to_text(tree) == to_text(tree)
    assert before == [gast.dump(node, include_attributes=True) for node in tree]


BROKEN = [
    """
    x_bar = x_bar + np.einsum(
        "ij,jk,kl->il", some_long_matrix_name, another_long_matrix_name, the_last_matrix_name
    )
    """,
    """
    u[1:-1] = (
        u[1:-1]
        + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
        + 0.25 * (previous[2:] - 2 * previous[1:-1] + previous[:-2])
    )
    """,
    """
    result = some_function(
        first_argument=first_value_long + second_value_long * third_value_long,
        second_argument=np.zeros_like(another_value),
        third=3,
    )
    """,
    """
    if (
        a_first_condition_that_is_long
        and a_second_condition_that_is_long
        and a_third_condition_that_is_long
    ):
        pass
    """,
    """
    weights = [
        some_function(element, parameter)
        for element, parameter in zip(list_of_elements, list_of_parameters)
        if element > parameter
    ]
    """,
    """
    def a_function_with_a_long_name(
        first_parameter, second_parameter, third_parameter=None, *, fourth_parameter=4
    ):
        pass
    """,
    """
    function = lambda first, second: (
        first_long_name_of_a_thing + second_long_name_of_a_thing * third_long_name_of_a_thing
    )
    """,
    """
    from a_package_with_a_long_name.and_a_module import (
        a_first_long_name, a_second_long_name, another_name as c
    )
    """,
    """
    assert a_condition, (
        "a message that is long enough to be put on a line of its own, which is what happens"
    )
    """,
    """
    long_name_of_first_result, long_name_of_second_result = a_function(
        first_long_argument, second_long_argument
    )
    """,
]


@pytest.mark.parametrize("block", BROKEN)
def test_long_lines_are_broken_as_a_person_would(block):
    text = textwrap.dedent(block).lstrip("\n")
    assert printed(text) == text


MODULES = [
    "argparse",
    "ast",
    "bisect",
    "colorsys",
    "dataclasses",
    "difflib",
    "enum",
    "fractions",
    "heapq",
    "inspect",
    "statistics",
    "textwrap",
    "typing",
    "_pydecimal",
    "numpy.lib._function_base_impl",
    "numpy.lib._npyio_impl",
    "numpy.lib._polynomial_impl",
    "numpy.lib._index_tricks_impl",
    "numpy.linalg._linalg",
    "numpy.ma.core",
]


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("width", [100, 30])
def test_round_trip(name, width, monkeypatch):
    monkeypatch.setattr("s2sad.backend.to_text.WIDTH", width)
    source = inspect.getsource(importlib.import_module(name))
    text = to_text(gast.parse(source).body)
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(source))


def test_import_and_use_give_no_deprecation_warning():
    program = (
        "import gast\nfrom s2sad.backend.to_text import to_text\n"
        'to_text(gast.parse(\'x = f"{1}" + "a" + b"c" + str(...)\').body)\n'
    )
    subprocess.run([sys.executable, "-W", "error::DeprecationWarning", "-c", program], check=True)
