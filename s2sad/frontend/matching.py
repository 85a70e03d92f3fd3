"""Lowering of `match` statements: patterns become tests that bind names."""

from __future__ import annotations

from collections.abc import Callable

import gast

from s2sad.analysis import kinds as k
from s2sad.frontend.statements import Statements
from s2sad.frontend.values import FALSE, TRUE, ObjectValue, TupleValue, Value
from s2sad.ir.core import SLICE, Lit, Ref, Var

Then = Callable[[], Value]


class Matching(Statements):
    """Build `match` statements."""

    def stmt_Match(self, node: gast.Match) -> None:
        subject = self.root_value(self.expr(node.subject))
        self.cases(subject, node.cases)

    def cases(self, subject: Value, cases: list) -> None:
        if not cases:
            return
        case = cases[0]

        def guard() -> Value:
            return TRUE if case.guard is None else self.truth(self.expr(case.guard))

        test = self.truth(self.pattern(case.pattern, subject, guard))
        self.branch(test, lambda: self.statements(case.body), lambda: self.cases(subject, cases[1:]))

    def both(self, test: Value, then: Then) -> Value:
        """Return ``test and then()``."""
        truth = self.truth(test)
        if isinstance(truth, Lit):
            return then() if truth.value else FALSE
        return self.select(truth, then, lambda: FALSE) or FALSE

    def pattern(self, pattern: gast.AST, subject: Value, then: Then) -> Value:
        """Return whether a pattern matches and `then` holds; names are bound on the way."""
        if isinstance(pattern, gast.MatchValue):
            return self.both(self.compare(gast.Eq(), subject, self.expr(pattern.value)), then)
        if isinstance(pattern, gast.MatchSingleton):
            return self.both(self.compare(gast.Is(), subject, Lit(pattern.value)), then)
        if isinstance(pattern, gast.MatchAs):

            def bind() -> Value:
                if pattern.name is not None:
                    self.bind_name(pattern.name, subject)
                return then()

            return bind() if pattern.pattern is None else self.pattern(pattern.pattern, subject, bind)
        if isinstance(pattern, gast.MatchOr):
            result: Value = FALSE
            for each in reversed(pattern.patterns):
                rest = result
                found = self.pattern(each, subject, lambda: TRUE)
                truth = self.truth(found)
                result = (
                    TRUE
                    if truth == TRUE
                    else rest
                    if truth == FALSE
                    else self.select(truth, lambda: TRUE, lambda rest=rest: rest) or FALSE
                )
            return self.both(result, then)
        if isinstance(pattern, gast.MatchSequence):
            return self.sequence_pattern(pattern, subject, then)
        if isinstance(pattern, gast.MatchClass):
            return self.class_pattern(pattern, subject, then)
        if isinstance(pattern, gast.MatchMapping):
            return self.mapping_pattern(pattern, subject, then)
        raise self.refuse("this pattern cannot be differentiated")

    def sequence_pattern(self, pattern: gast.MatchSequence, subject: Value, then: Then) -> Value:
        subject = self.static_items(subject)
        kind = self.kind(subject)
        if not isinstance(subject, TupleValue) and not isinstance(kind, (k.List, k.Tuple)):
            if isinstance(kind, k.Unknown):
                raise self.refuse("whether this value is a sequence is not known", "test its type first")
            return FALSE
        count = len(pattern.patterns)
        stars = [i for i, each in enumerate(pattern.patterns) if isinstance(each, gast.MatchStar)]
        length = self.call_object(Ref("len", len), [subject], {})
        op = gast.GtE() if stars else gast.Eq()
        enough = self.compare(op, length, Lit(count - len(stars)))

        def parts(i: int) -> Value:
            if i == count:
                return then()
            each = pattern.patterns[i]
            if isinstance(each, gast.MatchStar):
                if each.name is not None:
                    after = count - 1 - i
                    ends = (Lit(i), Lit(-after) if after else Lit(None), Lit(None))
                    middle = self.subscript(subject, self.emit(SLICE, ends))
                    if isinstance(middle, TupleValue):
                        middle = TupleValue(middle.items, list)
                    self.bind_name(each.name, middle)
                return parts(i + 1)
            at = i if not stars or i < stars[0] else i - count
            return self.pattern(each, self.root_value(self.subscript(subject, Lit(at))), lambda: parts(i + 1))

        return self.both(enough, lambda: parts(0))

    def class_pattern(self, pattern: gast.MatchClass, subject: Value, then: Then) -> Value:
        cls = self.expr(pattern.cls)
        test = self.call_object(Ref("isinstance", isinstance), [subject, cls], {})
        if not isinstance(cls, Ref):
            raise self.refuse("this class pattern cannot be differentiated")
        names = list(getattr(cls.value, "__match_args__", ()))[: len(pattern.patterns)]
        wanted = list(zip(names, pattern.patterns, strict=False))
        wanted += list(zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True))
        whole = cls.value in (bool, bytes, dict, float, frozenset, int, list, set, str, tuple)

        def parts(i: int) -> Value:
            if whole and pattern.patterns:
                return self.pattern(pattern.patterns[0], subject, then)
            if i == len(wanted):
                return then()
            name, each = wanted[i]
            return self.pattern(each, self.root_value(self.attribute(subject, name)), lambda: parts(i + 1))

        return self.both(test, lambda: parts(0))

    def mapping_pattern(self, pattern: gast.MatchMapping, subject: Value, then: Then) -> Value:
        if not isinstance(self.kind(subject), k.Dict):
            return FALSE
        if pattern.rest is not None:
            raise self.refuse("`**rest` in a pattern cannot be differentiated")

        def parts(i: int) -> Value:
            if i == len(pattern.keys):
                return then()
            key = self.expr(pattern.keys[i])
            found = self.known_key(subject, key)
            each = pattern.patterns[i]
            return self.both(
                found,
                lambda: self.pattern(
                    each, self.root_value(self.subscript(subject, key)), lambda: parts(i + 1)
                ),
            )

        return parts(0)

    def known_key(self, subject: Value, key: Value) -> Value:
        kind = self.kind(subject)
        if isinstance(kind, k.Dict) and kind.keys is not None and isinstance(key, Lit):
            return Lit(key.value in kind.keys)
        return self.contains(subject, key)


__all__ = ["Matching", "ObjectValue", "Var"]
