"""The errors that s2sad raises, each pointing at the user's own line.

Every error that concerns a place in a program prints the file, line and column, the line itself with
a caret under the expression, and a hint that says what to do about it::

    model.py:12:4: `yield` cannot be differentiated
        yield x
        ^~~~~~~
    hint: return a list instead
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Where:
    """A place in a source file.

    Parameters
    ----------
    filename : str
        Name of the file, or the pseudo file name of a notebook cell or generated function.
    line : int
        Line number, from 1.
    col, end_col : int
        First column and one past the last column of the expression, from 0.
    text : str
        The whole source line.
    """

    filename: str = "<unknown>"
    line: int = 0
    col: int = 0
    end_col: int = 0
    text: str = ""

    def excerpt(self) -> str:
        """Return the source line with a caret under the expression."""
        shown = self.text.rstrip()
        stripped = shown.lstrip()
        col = max(self.col - (len(shown) - len(stripped)), 0)
        width = self.end_col - self.col
        if width < 1 or col + width > len(stripped):
            width = max(len(stripped) - col, 1)
        return f"    {stripped}\n    {' ' * col}^{'~' * (width - 1)}"


class S2sadError(Exception):
    """Base class of all errors of s2sad.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence without a full stop.
    where : Where, optional
        The place in the user's program.
    hint : str, optional
        What the user can do about it.
    """

    def __init__(self, message: str, where: Where | None = None, hint: str | None = None):
        self.message = message
        self.where = where
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        text = self.message
        if self.where is not None and self.where.line:
            place = f"{self.where.filename}:{self.where.line}:{self.where.col}"
            text = f"{place}: {text}"
            if self.where.text.strip():
                text += "\n" + self.where.excerpt()
        if self.hint:
            text += f"\nhint: {self.hint}"
        return text

    def __reduce__(self) -> tuple:
        return type(self), (self.message, self.where, self.hint)


class SourceNotFound(S2sadError):
    """The source text of a function cannot be found."""


class UnsupportedSyntax(S2sadError):
    """A program uses a part of Python that cannot be differentiated."""


class UnknownDerivative(S2sadError):
    """A function without a derivative rule is called on a value that is being differentiated."""


class AmbiguousAlias(S2sadError):
    """An in-place update may or may not be visible through another name."""


class NonScalarResult(S2sadError, TypeError):
    """The function's result is not a scalar, so it has no gradient."""


class ArgumentTypeError(S2sadError, TypeError):
    """An argument cannot be differentiated: it is an integer, a string, an object without floats."""
