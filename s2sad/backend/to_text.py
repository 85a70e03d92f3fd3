"""Print statements as Python text that passes for hand-written. The one file that imports astor.

astor's `SourceGenerator` walks the tree and knows the precedences. This file overrides what it prints in an
older or uglier way than a person would, and replaces its breaking of long lines: a line that is too long is
broken inside its brackets, or inside parentheses added around its expression, as `black` would do it.
"""

from __future__ import annotations

import ast
import textwrap
import warnings
from collections.abc import Iterator

import gast

from s2sad.backend.literals import docstring, escaped, number, string
from s2sad.backend.wrap import Atom, wrap

with warnings.catch_warnings():  # astor 0.8.1 looks up ast.Num and other names that are deprecated since 3.12
    warnings.simplefilter("ignore", DeprecationWarning)
    from astor.code_gen import SourceGenerator, set_precedence
    from astor.op_util import Precedence

WIDTH = 100
_INDENT = "    "


class _Marker(str):
    """The text of a comment, or the empty text of a blank line, in a statement that is only printed."""


def Comment(text: str) -> gast.Expr:
    """Make a statement that prints as a comment line; a text of several lines makes several.

    Examples
    --------
    >>> print(to_text([Comment("y = x ** 2")]), end="")
    # y = x ** 2
    """
    return gast.Expr(value=gast.Constant(value=_Marker(text or " "), kind=None))


def Blank() -> gast.Expr:
    """Make a statement that prints as an empty line."""
    return gast.Expr(value=gast.Constant(value=_Marker(), kind=None))


def to_text(nodes: list[gast.stmt]) -> str:
    """Print statements, with two blank lines around functions and classes at the top level.

    Parameters
    ----------
    nodes : list of gast.stmt
        Statements, among them `Comment` and `Blank`. They are not modified.

    Examples
    --------
    >>> tree = gast.parse("def f(x, *, n = (2)):  return -(x**n) , a [1 : -1,::2]")
    >>> print(to_text(tree.body), end="")
    def f(x, *, n=2):
        return -x ** n, a[1:-1, ::2]
    """
    generator = _Generator()
    generator.visit(ast.Module(body=[gast.gast_to_ast(node) for node in nodes], type_ignores=[]))
    return "".join(f"{line}\n" for line in _lines(generator.result))


def _lines(result: list[str]) -> Iterator[str]:
    """Join what a generator has written to lines that are not too long."""
    pieces: list[str] = []
    for piece in [*result, "\n"]:
        if isinstance(piece, Atom) or not piece or piece.strip("\n"):
            pieces.append(piece)
            continue
        if any(pieces):
            indent = pieces[0] if not pieces[0].strip() else ""
            line = pieces[1:] if indent else pieces
            if any("\n" in each for each in line):
                yield "".join(pieces)
            else:
                yield from wrap(line, indent, WIDTH)
            yield from [""] * (len(piece) - 1)
        pieces = []


class _Generator(SourceGenerator):
    """Write statements and expressions into `result`, strings as unbroken `Atom` pieces."""

    new_lines: int

    def __init__(self, quote: str = '"'):
        super().__init__(_INDENT)
        self.quote = quote
        self.except_word = "except"

    def atom(self, text: str) -> None:
        self.write(Atom(text))

    def flat(self, *parts: object) -> str:
        """Write parts of a line, take them back and return them."""
        self.write("")
        start = len(self.result)
        self.write(*parts)
        text = "".join(self.result[start:])
        del self.result[start:]
        return text

    # Statements

    def visit_Module(self, node: ast.Module) -> None:
        for place, stmt in enumerate(node.body):
            attached = place > 0 and _marker(node.body[place - 1])
            if _starts_definition(node.body[place:]) and not attached:
                self.newline(extra=2)
            self.visit(stmt)
            if isinstance(stmt, _DEFINITIONS):
                self.newline(extra=2)

    def body(self, statements: list[ast.stmt]) -> None:
        if all(_marker(stmt) is not None for stmt in statements):
            statements = [*statements, ast.Pass()]
        super().body(statements)

    def decorators(self, node: ast.FunctionDef | ast.ClassDef, extra: int) -> None:
        set_precedence(Precedence.Comma, *node.decorator_list)
        super().decorators(node, 0)

    def visit_FunctionDef(self, node: ast.FunctionDef, is_async: bool = False) -> None:
        self.decorators(node, 0)
        self.statement(node, f"{'async ' * is_async}def {node.name}{_type_parameters(node)}(")
        self.visit_arguments(node.args)
        set_precedence(Precedence.Comma, node.returns)
        self.write(")")
        self.conditional_write(" -> ", node.returns)
        self.write(":")
        self.body(node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        node.name += _type_parameters(node)
        super().visit_ClassDef(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        text = node.value.value if isinstance(node.value, ast.Constant) else None
        if isinstance(text, _Marker):
            self.comment(text)
        elif isinstance(text, str):
            self.newline()
            self.atom(docstring(text))
        else:
            super().visit_Expr(node)

    def comment(self, text: str) -> None:
        if not text:
            self.new_lines = max(self.new_lines, 1) + 1
        width = max(WIDTH - len(_INDENT) * self.indentation - 2, 20)
        for line in text.splitlines():
            parts = [line.rstrip()]
            if len(line) > width:
                parts = textwrap.wrap(
                    line, width, subsequent_indent=_INDENT, break_long_words=False, break_on_hyphens=False
                )
            for part in parts:
                self.newline()
                self.atom(f"# {part}".rstrip())

    def visit_If(self, node: ast.If) -> None:
        word = "if "
        while True:
            set_precedence(Precedence.NamedExpr, node.test)
            self.statement(node, word, node.test, ":")
            self.body(node.body)
            if len(node.orelse) != 1 or not isinstance(node.orelse[0], ast.If):
                break
            node, word = node.orelse[0], "elif "
        self.else_body(node.orelse)

    def visit_While(self, node: ast.While) -> None:
        set_precedence(Precedence.NamedExpr, node.test)
        self.statement(node, "while ", node.test, ":")
        self.body_or_else(node)

    def visit_For(self, node: ast.For, is_async: bool = False) -> None:
        set_precedence(Precedence.Comma, node.iter)
        super().visit_For(node, is_async)

    def visit_withitem(self, node: ast.withitem) -> None:
        set_precedence(Precedence.Comma, node.context_expr, node.optional_vars)
        super().visit_withitem(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        set_precedence(Precedence.Comma, node.exc, node.cause)
        super().visit_Raise(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        set_precedence(Precedence.Comma, node.type)
        self.statement(node, self.except_word)
        if self.conditional_write(" ", node.type):
            self.conditional_write(" as ", node.name)
        self.write(":")
        self.body(node.body)

    def visit_Try(self, node: ast.Try) -> None:
        outer, self.except_word = self.except_word, "except"
        super().visit_Try(node)
        self.except_word = outer

    def visit_TryStar(self, node: ast.TryStar) -> None:
        outer, self.except_word = self.except_word, "except*"
        super().visit_Try(node)
        self.except_word = outer

    def visit_Match(self, node: ast.Match) -> None:
        self.statement(node, "match ", node.subject, ":")
        self.indentation += 1
        for case in node.cases:
            self.statement(case, "case ", ast.unparse(case.pattern))
            set_precedence(Precedence.Comma, case.guard)
            self.conditional_write(" if ", case.guard)
            self.write(":")
            self.body(case.body)
        self.indentation -= 1

    def visit_TypeAlias(self, node: ast.stmt) -> None:
        self.statement(node, ast.unparse(node))

    # Expressions

    def visit_arguments(self, node: ast.arguments) -> None:
        positional = [*node.posonlyargs, *node.args]
        defaults = [None] * (len(positional) - len(node.defaults)) + node.defaults
        parts: list[tuple[object, ...]] = [_parameter(*each) for each in zip(positional, defaults)]
        if node.posonlyargs:
            parts.insert(len(node.posonlyargs), ("/",))
        if node.vararg or node.kwonlyargs:
            parts.append(("*", *([node.vararg] if node.vararg else [])))
        parts += [_parameter(*each) for each in zip(node.kwonlyargs, node.kw_defaults)]
        if node.kwarg:
            parts.append(("**", node.kwarg))
        for place, part in enumerate(parts):
            self.write(", " if place else "", *part)

    def visit_arg(self, node: ast.arg) -> None:
        set_precedence(Precedence.Comma, node.annotation)
        super().visit_arg(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        with self.delimit(node) as delimiters:
            set_precedence(delimiters.p, node.body)
            parameters = self.flat(node.args)
            self.atom(f"lambda {parameters}: " if parameters else "lambda: ")
            self.visit(node.body)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        bare = self.get__pp(node) == Precedence.NamedExpr
        set_precedence(Precedence.Comma, node.value)
        self.write("" if bare else "(", node.target, " := ", node.value, "" if bare else ")")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Constant) and type(node.value.value) is int:
            self.write("(", node.value, ")", ".", node.attr)
        else:
            super().visit_Attribute(node)

    def visit_Slice(self, node: ast.Slice) -> None:
        set_precedence(Precedence.Comma, node.lower, node.upper, node.step)
        self.conditional_write(node.lower)
        self.write(":")
        self.conditional_write(node.upper)
        self.conditional_write(":", node.step)

    def visit_Starred(self, node: ast.Starred) -> None:
        set_precedence(Precedence.BitOr, node.value)
        super().visit_Starred(node)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> None:
        set_precedence(Precedence.Comma, node.value)
        super().visit_YieldFrom(node)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        with self.delimit(node) as delimiters:
            bare = len(node.elts) > 1 or any(isinstance(each, ast.Slice) for each in node.elts)
            delimiters.discard = delimiters.discard and bare
            self.comma_list(node.elts, len(node.elts) == 1)

    def visit_Dict(self, node: ast.Dict) -> None:
        self.write("{")
        for place, (key, value) in enumerate(zip(node.keys, node.values)):
            set_precedence(Precedence.Comma, key)
            set_precedence(Precedence.BitOr if key is None else Precedence.Comma, value)
            self.write(", " if place else "", *((key, ": ") if key else ("**",)), value)
        self.write("}")

    def visit_ListComp(self, node: ast.ListComp) -> None:
        set_precedence(Precedence.Comma, node.elt)
        super().visit_ListComp(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        set_precedence(Precedence.Comma, node.elt)
        super().visit_SetComp(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        set_precedence(Precedence.Comma, node.key, node.value)
        super().visit_DictComp(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, (str, bytes)):
            self.atom((node.kind or "") + string(value, self.quote))
        elif isinstance(value, (int, float, complex)) and not isinstance(value, bool):
            text = number(value, self.quote)
            negative = text.startswith("-") and self.get__pp(node) > Precedence.USub
            self.write(f"({text})" if negative else text)
        else:
            self.write("..." if value is Ellipsis else repr(value))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self.atom(_fstring(node))


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _marker(stmt: ast.stmt) -> _Marker | None:
    """Return the text of a comment or blank line."""
    value = stmt.value if isinstance(stmt, ast.Expr) else None
    text = value.value if isinstance(value, ast.Constant) else None
    return text if isinstance(text, _Marker) else None


def _starts_definition(stmts: list[ast.stmt]) -> bool:
    """Tell whether a definition comes first, after comments at most."""
    following = next((stmt for stmt in stmts if not _marker(stmt)), None)
    return isinstance(following, _DEFINITIONS)


def _type_parameters(node: ast.stmt) -> str:
    found = getattr(node, "type_params", None)
    return f"[{', '.join(map(ast.unparse, found))}]" if found else ""


def _parameter(arg: ast.arg, default: ast.expr | None) -> tuple[object, ...]:
    set_precedence(Precedence.Comma, default)
    return (arg,) if default is None else (arg, " = " if arg.annotation else "=", default)


def _fstring(node: ast.JoinedStr) -> str:
    """Print an f-string with quotes that its expressions do not contain, where there are such."""
    for quote in ('"', "'", '"""', "'''"):
        parts = list(_fstring_parts(node, "'" if quote[0] == '"' else '"'))
        if not any(is_code and (quote in text or "\\" in text) for is_code, text in parts):
            break
    else:  # possible since Python 3.12
        quote = '"'
        parts = list(_fstring_parts(node, "'"))
    texts = [text if is_code else escaped(text).replace(quote[0], "\\" + quote[0]) for is_code, text in parts]
    return f"f{quote}{''.join(texts)}{quote}"


def _fstring_parts(node: ast.JoinedStr, quote: str) -> Iterator[tuple[bool, str]]:
    """Yield the parts of an f-string, each with whether it is code."""
    for part in node.values:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield False, part.value.replace("{", "{{").replace("}", "}}")
            continue
        assert isinstance(part, ast.FormattedValue)
        set_precedence(Precedence.Comma, part.value)
        code = _Generator(quote).flat(part.value)
        loose = isinstance(part.value, (ast.Lambda, ast.IfExp, ast.Tuple))
        if loose and any(isinstance(each, ast.Lambda) for each in ast.walk(part.value)):
            code = f"({code})"
        conversion = f"!{chr(part.conversion)}" if part.conversion != -1 else ""
        yield True, "{" + " " * code.startswith("{") + code + conversion
        if isinstance(part.format_spec, ast.JoinedStr):
            yield True, ":"
            yield from _fstring_parts(part.format_spec, quote)
        yield True, "}"
