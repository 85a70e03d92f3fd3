"""What may share memory with what: links between storages, and the question which names an update may change.

A storage is a `Var`: a parameter, an allocation, a merge of branches, a carry of a loop. A link ``may`` points
from one to an older one that it may be, ``contains`` from a container to an item, ``shares`` from a container to
one that it has all its items from; ``tangled`` marks a container two places of which may hold one value.
"""

from __future__ import annotations

from s2sad.analysis import kinds as k
from s2sad.frontend.state import State
from s2sad.frontend.values import Scope
from s2sad.ir.core import Var


class Links(State):
    """Record links, and find the storages that an update may change."""

    scope: Scope

    def storage(self, var: Var) -> Var:
        raise AssertionError("overridden")

    def root(self, var: Var) -> Var:
        raise AssertionError("overridden")

    def links(self) -> frozenset[tuple[str, Var, Var]]:
        return self.env.get("links", frozenset())

    def is_emitted(self) -> bool:
        """Tell whether the text being read is our own: there no update is seen through a second name.

        `backend.inplace` has put a copy wherever one could be.
        """
        return self.scope.source.filename.startswith("<s2sad ")

    def link(self, how: str, a: Var, b: Var) -> None:
        """Record that storage `a` may share memory with (or contains) storage `b`."""
        if self.is_emitted():
            return
        a = self.storage(a)
        others = self.may_stand_for(b) if how == "may" else {self.storage(b)}
        for other in others - {a}:
            turned = how == "may" and a.number < other.number
            self.env["links"] = self.links() | {(how, other, a) if turned else (how, a, other)}

    def may_stand_for(self, var: Var) -> set[Var]:
        """Return the storages that a value may be: of an item of a container, all that it may hold."""
        storage = self.storage(var)
        is_item = self.root(var) is not storage and not isinstance(storage.kind, k.Array)
        return self.reachable(var) if is_item else {storage}

    def put_into(self, container: Var, item: Var) -> None:
        """Record that a container holds a value from now on, perhaps at several places."""
        if not self.reachable(container).isdisjoint(self.reachable(item)):
            self.tangle(container)
        self.link("contains", container, item)

    def tangle(self, container: Var) -> None:
        """Record that two places of a container may hold one value."""
        if self.is_emitted():
            return
        storage = self.storage(container)
        self.env["links"] = self.links() | {("tangled", storage, storage)}

    def reachable(self, var: Var) -> set[Var]:
        """Return the storages that a value may be, hold or share memory with."""
        found = {self.storage(var)}
        size = 0
        while size != len(found):
            size = len(found)
            found |= {b for _, a, b in self.links() if a in found}
        return found

    def made_from(self, var: Var) -> set[Var]:
        """Return the storages that a value may be by what it was made from."""
        origins = self.origins()
        found = self.may_stand_for(var)
        work = list(found)
        while work:
            for each in origins.get(work.pop(), set()) - found:
                found.add(each)
                work.append(each)
        return found

    def origins(self) -> dict[Var, set[Var]]:
        """Return for each storage the older ones that it may be."""
        found: dict[Var, set[Var]] = {}
        for how, a, b in self.links():
            if how == "may":
                found.setdefault(a, set()).add(b)
        return found

    def may_be(self, x: Var, y: Var, origins: dict[Var, set[Var]], seen: set | None = None) -> bool:
        """Tell whether two storages may be one: the younger of them may be what it was made from.

        Carries of a loop that never are one at the same time are known to be `apart`.
        """
        if x is y:
            return True
        pair = frozenset((x, y))
        seen = set() if seen is None else seen
        if pair in self.apart or pair in seen:
            return False
        seen.add(pair)
        younger, older = (x, y) if x.number > y.number else (y, x)
        return any(self.may_be(each, older, origins, seen) for each in origins.get(younger, ()))

    def affected(self, root: Var, within: bool) -> set[Var]:
        """Return the storages that an update of `root` may change; `within`: of something that it contains."""
        links = self.links()
        if not links:
            return set()
        origins = self.origins()
        known = {var for _, a, b in links for var in (a, b)}
        holders = [(a, b) for how, a, b in links if how == "contains"]
        partners: dict[Var, set[Var]] = {}
        for how, a, b in links:
            if how == "shares":
                partners.setdefault(a, set()).add(b)
                partners.setdefault(b, set()).add(a)

        def twins(var: Var) -> set[Var]:
            return {var} | {other for other in known if self.may_be(var, other, origins)}

        def colleagues(group: set[Var]) -> set[Var]:
            """The containers, and those that have items in common with them."""
            work, found = list(group), set(group)
            while work:
                for each in twins(work.pop()):
                    for partner in {each} | partners.get(each, set()):
                        if partner not in found:
                            found.add(partner)
                            work.append(partner)
            return found

        result = twins(root)
        spared: set[Var] = set()
        # What was taken out of a container may be any item of it; the container holds it no more.
        for taken in result & self.taken.keys():
            container = self.taken[taken]
            group = colleagues({container})
            result |= {twin for holder, item in holders if holder in group for twin in twins(item)}
            if links.isdisjoint({("tangled", container, container), ("contains", container, taken)}):
                spared.add(container)
        inside: set[Var] = colleagues(result) if within else set()
        while inside:
            found = {item for holder, item in holders if holder in inside} - inside
            result |= inside
            if not found:
                break
            inside |= colleagues(found)
        while True:
            above = {
                holder for holder, item in holders if any(self.may_be(item, each, origins) for each in result)
            } - (result | spared)
            if not above:
                return result | {item for item, container in self.taken.items() if container in result}
            result |= colleagues(above)
