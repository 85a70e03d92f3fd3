"""The page on the operators: its examples run, and its table names every operator."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import s2sad

PAGE = Path(__file__).resolve().parent.parent / "docs" / "operators.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_examples():
    text = "\n".join("" if line.startswith("```") else line for line in TEXT.split("\n"))
    test = doctest.DocTestParser().get_doctest(text, {}, "operators.md", str(PAGE), 0)
    assert len(test.examples) > 30
    report: list[str] = []
    results = doctest.DocTestRunner().run(test, out=report.append)
    assert results.failed == 0, "".join(report)


def test_every_operator_is_there():
    functions = {name for name in s2sad.__all__ if type(getattr(s2sad, name)).__name__ == "function"}
    others = {"check_grads", "explain", "numerical_grad", "numerical_jacobian"}
    assert functions - others - set(re.findall(r"`(\w+)", TEXT)) == set()


def test_the_links():
    for target in re.findall(r"\]\(([\w./]+\.\w+)[)#]", TEXT):
        assert (PAGE.parent / target).exists(), target
