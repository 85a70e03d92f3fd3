"""Find the source of a function: its syntax tree, its text, its place in the file.

The whole file is parsed once and the definition is picked by its first line and name, so that line and
column numbers are those of the file. What is found is then compiled and compared with the code that the
function really runs. So two lambdas on one line are told apart, and a file that was edited after it was
imported is refused: its derivative would be that of another function.
"""

from __future__ import annotations
import __future__

import ast
import linecache
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import gast

from s2sad.errors import SourceNotFound, Where

_HINT_SAVE = "save it in a file, or use a notebook or IPython"
_HINT_RULE = "teach s2sad its derivative with a rule"
_HINT_STALE = "import the module again, or restart Python"

_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag


@dataclass(frozen=True)
class Source:
    """The source of one function.

    Parameters
    ----------
    tree : gast.FunctionDef or gast.AsyncFunctionDef
        The definition, with decorators. A lambda is given as a definition whose body is one ``return``; its
        name is the one that it is directly assigned to, else ``lambda_``.
    filename : str
        Name of the file, or the pseudo file name of a notebook cell or generated function.
    lines : tuple of str
        All lines of the file, without line ends.
    text : str
        The text of the function alone, moved to the left margin.
    """

    tree: gast.FunctionDef | gast.AsyncFunctionDef
    filename: str
    lines: tuple[str, ...]
    text: str

    def where(self, node: gast.AST) -> Where:
        """Return the place of a node of `tree`; a node without a place is at the function's first line.

        Examples
        --------
        >>> import colorsys
        >>> source = find_source(colorsys.rgb_to_yiq)
        >>> place = source.where(source.tree.body[-1])
        >>> place.text[place.col : place.end_col]
        'return (y, i, q)'
        """
        if getattr(node, "lineno", None) is None:
            node = self.tree
        line = node.lineno
        if not 1 <= line <= len(self.lines):
            return Where(self.filename, line)
        text = self.lines[line - 1]
        end = node.end_col_offset if node.end_lineno == line else None
        return Where(self.filename, line, _characters(text, node.col_offset), _characters(text, end), text)


def find_source(function: types.FunctionType) -> Source:
    """Find the source of a plain Python function.

    Parameters
    ----------
    function : function
        A function made by ``def`` or ``lambda``, in a file, a notebook cell, an interactive session that
        keeps its input, or a text that is registered in `linecache`. ``__wrapped__`` is not followed.

    Raises
    ------
    SourceNotFound
        If it is not such a function, or has no source text, or the text is no longer what runs.

    Examples
    --------
    >>> import textwrap
    >>> source = find_source(textwrap.dedent)
    >>> source.tree.name, [argument.id for argument in source.tree.args.args]
    ('dedent', ['text'])
    >>> source.text.splitlines()[0]
    'def dedent(text):'
    """
    if not isinstance(function, types.FunctionType):
        raise SourceNotFound(f"{_describe(function)} is not a Python function with source", hint=_HINT_RULE)
    known = getattr(function, "__s2sad_source__", None)
    if known is not None:  # made of a local function: its places are those in the program
        return known
    code = function.__code__
    filename, text = _file_text(function)
    if not text.strip():
        raise SourceNotFound(f"the source of {_describe(function)} cannot be found", hint=_HINT_SAVE)
    stale = SourceNotFound(
        f"the source of {_describe(function)} is not what runs: it was edited after it was loaded, or code "
        "was rewritten on import",
        Where(filename, code.co_firstlineno),
        _HINT_STALE if not filename.startswith("<") else _HINT_SAVE,
    )
    try:
        found = _definitions(text).get((code.co_firstlineno, code.co_name), ())
    except SyntaxError:
        raise stale from None
    found = _by_position([each for each in found if _runs(each, code)], code)
    if not found:
        raise stale
    lines = tuple(text.split("\n"))
    return Source(_to_gast(found[0]), filename, lines, _own_text(found[0].node, lines))


def _describe(thing: object) -> str:
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None)
    module = getattr(thing, "__module__", None)
    if not isinstance(name, str):
        return f"an object of type `{type(thing).__qualname__}`"
    if isinstance(module, str) and module not in ("__main__", "builtins") and "<" not in name:
        name = f"{module}.{name}"
    return f"`{name}`"


def _characters(text: str, offset: int | None) -> int:
    """Turn a UTF-8 byte offset into a count of characters; None is the end of the line."""
    if offset is None:
        return len(text.rstrip())
    return offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))


# The text of the file


def _file_text(function: types.FunctionType) -> tuple[str, str]:
    """Return name and text of the file of a function; the text is empty where there is none."""
    code = function.__code__
    filename = code.co_filename
    if filename.startswith("<frozen "):
        filename = function.__globals__.get("__file__") or filename
    if not filename.startswith("<"):
        linecache.checkcache(filename)
    lines: list[str] | None = None
    from_code = getattr(linecache, "_getlines_from_code", None)
    if from_code is not None and filename.startswith("<"):
        lines = from_code(code)
    if not lines:
        lines = linecache.getlines(filename, function.__globals__)
    return filename, "".join(lines)


# The definitions of a file


@dataclass(frozen=True)
class _Definition:
    """A function in a file: its node, the class that mangles its private names, a lambda's name.

    `imported` are the names that the file imports at its top level: calls of their attributes compile to
    code of their own.
    """

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    class_name: str | None
    assigned: str | None
    imported: frozenset[str]


@lru_cache(maxsize=64)
def _definitions(text: str) -> dict[tuple[int, str], list[_Definition]]:
    """Index all functions and lambdas of a file by first line and name, as code objects have them."""
    table: dict[tuple[int, str], list[_Definition]] = {}
    module = ast.parse(text)
    imported = frozenset(_imported_names(module))
    pending: list[tuple[ast.AST, str | None, str | None]] = [(module, None, None)]
    while pending:
        node, class_name, assigned = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            table.setdefault((first, node.name), []).append(_Definition(node, class_name, None, imported))
        elif isinstance(node, ast.Lambda):
            entry = _Definition(node, class_name, assigned, imported)
            table.setdefault((node.lineno, "<lambda>"), []).append(entry)
        inner = node.name if isinstance(node, ast.ClassDef) else class_name
        for child in ast.iter_child_nodes(node):
            pending.append((child, inner, _assigned_name(node)))
    return table


def _imported_names(scope: ast.AST) -> Iterator[str]:
    """Yield the names that imports bind in a scope, its inner functions and classes left out."""
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from _imported_names(node)


def _assigned_name(node: ast.AST) -> str | None:
    """Return the one name that a statement or ``:=`` binds to its whole value."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target: ast.AST = node.targets[0]
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
        target = node.target
    else:
        return None
    return target.id if isinstance(target, ast.Name) else None


# Is it this one?


def _runs(found: _Definition, code: types.CodeType) -> bool:
    """Tell whether a definition compiles to the given code."""
    compiled = _compile_alone(found, code)
    if compiled is None:
        return False
    if _same_code(compiled, code):
        return True
    return _rewritten_by_pytest(code) and _parts(compiled) <= _parts(code)


def _compile_alone(found: _Definition, code: types.CodeType) -> types.CodeType | None:
    """Compile a definition without its decorators and defaults, inside a scope with its free variables."""
    node, old = found.node, found.node.args
    names = _all_names(code)
    args = ast.arguments(
        posonlyargs=[ast.arg(each.arg) for each in old.posonlyargs],
        args=[ast.arg(each.arg) for each in old.args],
        vararg=old.vararg and ast.arg(old.vararg.arg),
        kwonlyargs=[ast.arg(each.arg) for each in old.kwonlyargs],
        kw_defaults=[None] * len(old.kwonlyargs),
        kwarg=old.kwarg and ast.arg(old.kwarg.arg),
        defaults=[],
    )
    bare: ast.stmt
    if isinstance(node, ast.Lambda):
        bare = ast.Expr(value=ast.copy_location(ast.Lambda(args=args, body=node.body), node))
    else:
        bare = type(node)(name=node.name, args=args, body=node.body, decorator_list=[])
    body: list[ast.stmt] = [ast.copy_location(bare, node)]
    if found.class_name is not None:
        body = [ast.ClassDef(name=found.class_name, bases=[], keywords=[], body=body, decorator_list=[])]
    bound = found.class_name or code.co_name
    if bound not in ("<lambda>", *code.co_freevars):
        body = [ast.Global(names=[bound]), *body]
    targets: list[ast.expr] = [ast.Name(id=name, ctx=ast.Store()) for name in code.co_freevars]
    if targets:
        body = [ast.Assign(targets=targets, value=ast.Constant(value=None)), *body]
    empty = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    scope = ast.FunctionDef(name="scope", args=empty, body=body, decorator_list=[])
    imports = [ast.Import(names=[ast.alias(name=name)]) for name in sorted(found.imported & names)]
    module = ast.fix_missing_locations(ast.Module(body=[*imports, scope], type_ignores=[]))
    try:
        outer: types.CodeType | None = compile(
            module, code.co_filename, "exec", flags=code.co_flags & _FUTURES, dont_inherit=True
        )
    except SyntaxError:
        return None
    for name in ["scope", *([found.class_name] if found.class_name else []), code.co_name]:
        inside = [] if outer is None else [each for each in _inner_code(outer) if each.co_name == name]
        outer = inside[0] if inside else None
    return outer


def _inner_code(code: types.CodeType) -> list[types.CodeType]:
    return [each for each in code.co_consts if isinstance(each, types.CodeType)]


def _all_names(code: types.CodeType) -> set[str]:
    names = {*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars}
    return names.union(*map(_all_names, _inner_code(code)))


def _same_code(one: object, two: object) -> bool:
    """Compare two code objects, or constants of theirs, in all but file name, lines and defaults."""
    if type(one) is not type(two):
        return False
    if isinstance(one, types.CodeType) and isinstance(two, types.CodeType):
        return (
            one.co_code == two.co_code
            and one.co_names == two.co_names
            and one.co_varnames == two.co_varnames
            and one.co_freevars == two.co_freevars
            and one.co_cellvars == two.co_cellvars
            and _same_code(one.co_consts, two.co_consts)
        )
    if isinstance(one, tuple) and isinstance(two, tuple):
        return len(one) == len(two) and all(map(_same_code, one, two))
    if isinstance(one, frozenset):
        return one == two
    return repr(one) == repr(two)


def _rewritten_by_pytest(code: types.CodeType) -> bool:
    """Tell whether pytest has replaced assertions of a function by longer code."""
    names = {*code.co_names, *code.co_freevars}
    return "@pytest_ar" in names or any(map(_rewritten_by_pytest, _inner_code(code)))


def _parts(code: types.CodeType) -> set[str]:
    """Collect the names and numbers of a function and of the functions in it."""
    numbers = {repr(each) for each in code.co_consts if isinstance(each, (int, float, complex))}
    return (_all_names(code) | numbers).union(*map(_parts, _inner_code(code)))


def _by_position(found: list[_Definition], code: types.CodeType) -> list[_Definition]:
    """Keep the definitions, of several that compile to the same code, that hold all of its positions."""
    if len(found) < 2:
        return found
    spans = [
        (line, col, end_line, end_col)
        for line, end_line, col, end_col in code.co_positions()
        if None not in (line, end_line, col, end_col) and (line, col) != (end_line, end_col)
    ]
    kept = []
    for each in found:
        body = each.node.body if isinstance(each.node, ast.Lambda) else each.node
        start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
        if all(start <= span[:2] and span[2:] <= end for span in spans):
            kept.append(each)
    return kept or found


# The results


def _to_gast(found: _Definition) -> gast.FunctionDef | gast.AsyncFunctionDef:
    tree = gast.ast_to_gast(found.node)
    if not isinstance(tree, gast.Lambda):
        return tree
    function = gast.FunctionDef(
        name=found.assigned or "lambda_",
        args=tree.args,
        body=[gast.copy_location(gast.Return(value=tree.body), tree.body)],
        decorator_list=[],
        returns=None,
        type_comment=None,
        type_params=[],
    )
    return gast.copy_location(function, tree)


def _own_text(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, lines: tuple[str, ...]) -> str:
    """Return the text of a definition at the left margin; the inside of long strings stays as it is."""
    if isinstance(node, ast.Lambda):
        return ast.get_source_segment("\n".join(lines), node) or ""
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    last = node.end_lineno or first
    inside: set[int] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.JoinedStr) or (
            isinstance(each, ast.Constant) and isinstance(each.value, (str, bytes))
        ):
            inside.update(range(each.lineno + 1, (each.end_lineno or each.lineno) + 1))
    margin = len(lines[first - 1]) - len(lines[first - 1].lstrip())
    own: list[str] = []
    for number in range(first, last + 1):
        line = lines[number - 1]
        shifted = line.lstrip() if line[:margin].strip() else line[margin:]
        own.append(line if number in inside else shifted)
    return "\n".join(own) + "\n"
