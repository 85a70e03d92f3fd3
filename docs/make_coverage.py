"""Write docs/coverage.md: what s2sad does with each public callable of NumPy; with --check, tell if it is stale.

The tables of s2sad decide; what they do not name is decided here, in `ELSEWHERE` and `REFUSED`. A callable without a
decision is an error, with or without --check. The list is that of one version of NumPy, which the page names; under
another one --check looks for undecided callables only. The counts of other tools are taken from their packages where
these are installed, and else from the page as it is.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from s2sad.frontend.library import SPECIAL
from s2sad.frontend.lowerer import ARRAY_UPDATES, IN_PLACE_METHODS
from s2sad.frontend.places import INDEXERS
from s2sad.frontend.ufuncs import BY_ROWS, REDUCTIONS
from s2sad.rules import ATTRIBUTES, METHODS, REGISTRY

PAGE = Path(__file__).resolve().parent / "coverage.md"
MODULES = (("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft))

# ---- decisions that no table of s2sad holds ---------------------------------------------------------------

ELSEWHERE = {
    "files and text": "fromfile fromregex fromstring genfromtxt load loadtxt save savetxt savez savez_compressed "
    "array2string array_repr array_str base_repr binary_repr format_float_positional format_float_scientific",
    "printing and settings": "get_printoptions getbufsize geterr geterrcall printoptions set_printoptions setbufsize "
    "seterr seterrcall errstate get_include info show_config show_runtime test typename",
    "types": "bool bool_ byte bytes_ cdouble character clongdouble complex256 complex64 complexfloating csingle "
    "datetime64 double flexible float128 floating generic half inexact int16 int32 int64 int8 int_ intc integer "
    "long longdouble longlong number object_ short signedinteger single str_ timedelta64 ubyte uint uint16 "
    "uint32 uint64 uint8 uintc uintp ulong ulonglong unsignedinteger ushort void float16 dtype ufunc ndarray "
    "common_type mintypecode isdtype",
    "dates": "busday_count busday_offset busdaycalendar datetime_as_string datetime_data is_busday isnat",
    "other kinds of arrays": "asmatrix bmat matrix memmap recarray record",
    "buffers": "frombuffer from_dlpack",
    "errors": "LinAlgError",
    "iterators": "flatiter nested_iters ndindex",
}
REFUSED = {
    "broadcast": "an object; use np.broadcast_shapes or np.broadcast_arrays",
    "complex128": "write `x + 0j`",
    "frompyfunc": "makes arrays of objects",
    "fromfunction": "write the function of np.indices",
    "fromiter": "write np.array of a list",
    "histogram2d": "write np.bincount of the places",
    "histogramdd": "write np.bincount of the places",
    "histogram_bin_edges": "write np.linspace",
    "intersect1d": "two numbers that are equal do not stay equal",
    "poly1d": "an object; the functions of coefficients have rules",
    "row_stack": "deprecated; write np.vstack",
    "unique_all": "write np.unique",
    "unique_counts": "write np.unique",
    "unique_inverse": "write np.unique",
}
READ = "asarray_chkfinite require iterable mask_indices isfortran"
METHODS_REFUSED = {
    "byteswap": "changes what the memory means",
    "dump": "a file",
    "dumps": "a file",
    "getfield": "changes what the memory means",
    "resize": "changes the length of an array that has other names",
    "setfield": "changes what the memory means",
    "setflags": "changes the array, not its values",
    "to_device": "there is one device",
    "tobytes": "bytes hold no derivative",
    "tofile": "a file",
    "view": "as another type it changes what the memory means; without a type it is followed",
    "base": "memory",
    "ctypes": "memory",
    "data": "memory",
    "device": "memory",
    "flags": "memory",
    "strides": "memory",
}
METHODS_FOLLOWED = "flat itemsize nbytes"

HEAD = """\
# Coverage of NumPy

What s2sad does with each public callable of `numpy`, `numpy.linalg` and `numpy.fft` (NumPy {version}), and with the
methods and attributes of arrays. This page is written by `python docs/make_coverage.py` from the tables that the
engine itself reads.

| decision | meaning | callables |
|---|---|---|
| elementwise, linear, general | has a derivative, in both modes; the word says which kind of rule it has | {rules} |
| constant | its result has no derivative: comparisons, indices, shapes, steps | {constant} |
| followed | lowered as a program: an update of an array, a loop, or calls of other functions | {followed} |
| read | its own source is read, as that of your functions is | {read} |
| refused | an error that names it, if a differentiated value reaches it | {refused} |
| not applicable | types, files, settings and the like; nothing to differentiate | {elsewhere} |

A rule's *options* are the arguments besides the differentiated ones that it takes; *not taken* are arguments of
NumPy's that it refuses by name. `out` is an update of that array, `where` of a ufunc an update under a mask, and a
floating `dtype` is allowed everywhere.
"""

PEERS_START, PEERS_END = "<!-- counts of other tools -->\n", "<!-- end of counts -->\n"


def kind_of_rule(rule: Any) -> str:
    return "elementwise" if rule.elementwise else "linear" if rule.linear else "general"


def names_in(module: Any) -> list[str]:
    """Return the public names of a module that can be called, aliases too."""
    names = [name for name in dir(module) if not name.startswith("_")]
    return [name for name in names if name in module.__all__ and callable(getattr(module, name))]


def special(function: Any) -> bool:
    try:
        return function in SPECIAL
    except TypeError:
        return False


def decide(name: str, function: Any) -> tuple[str, str]:
    """Return the decision on a callable, and a remark; an empty decision if there is none.

    >>> decide("sum", np.sum)[0], decide("argmax", np.argmax)[0], decide("load", np.load)
    ('linear', 'constant', ('not applicable', 'files and text'))
    """
    rule = REGISTRY.rule(function)
    if rule is not None and rule.differentiable and (rule.vjp or rule.jvp):
        return kind_of_rule(rule), arguments(function, rule)
    if special(function):
        return "followed", ""
    for subject, names in ELSEWHERE.items():
        if name in names.split() and (rule is None or isinstance(function, type)):
            return "not applicable", subject
    if rule is not None:
        return "constant", ""
    if any(function is indexer for indexer in INDEXERS) or name in READ.split():
        return "read", ""
    if name in REFUSED:
        return "refused", REFUSED[name]
    return "", ""


def parameters(function: Any) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def arguments(function: Any, rule: Any) -> str:
    """Return the options that a rule takes, and those that it does not."""
    own = parameters(rule.vjp or rule.jvp)[2:]
    taken = [each.name for each in own if each.default is not each.empty]
    everywhere = {"out", "dtype", "like", "subok", "signature", "casting", "order", "args", "kwargs", *taken}
    positions = len([each for each in own if each.default is each.empty])
    given = (
        []
        if isinstance(function, (np.ufunc, type)) or special(function)
        else parameters(function)[positions:]
    )
    left = [each.name for each in given if each.name not in everywhere and each.kind is not each.VAR_KEYWORD]
    words = "options " + ", ".join(f"`{name}`" for name in taken) if taken else ""
    if left:
        words += ("; " if words else "") + "not taken: " + ", ".join(f"`{name}`" for name in left)
    return words


def method_decision(name: str) -> tuple[str, str]:
    """Return the decision on a method or attribute of arrays."""
    if name in METHODS_REFUSED:
        return "refused", METHODS_REFUSED[name]
    function = METHODS.get(name, ATTRIBUTES.get(name))
    if function is not None:
        rule = REGISTRY.rule(function)
        if rule is not None and rule.differentiable:
            return kind_of_rule(rule), ""
        return ("constant", "") if rule is not None else ("followed", "")
    if name in IN_PLACE_METHODS or name in ARRAY_UPDATES or name in METHODS_FOLLOWED.split():
        return "followed", ""
    return "", ""


def decisions() -> dict[str, dict[str, tuple[str, str]]]:
    """Return the decision on every callable, by module."""
    found = {
        title: {name: decide(name, getattr(module, name)) for name in names_in(module)}
        for title, module in MODULES
    }
    members = [name for name in dir(np.ndarray) if not name.startswith("_")]
    found["np.ndarray"] = {name: method_decision(name) for name in members}
    return found


def undecided(found: dict[str, dict[str, tuple[str, str]]]) -> list[str]:
    return [f"{title}.{name}" for title, rows in found.items() for name, row in rows.items() if not row[0]]


def table(title: str, rows: dict[str, tuple[str, str]]) -> str:
    """Return the rows of one module, the refused ones first."""
    shown = [f"\n## {title}\n", "| name | decision | remark |", "|---|---|---|"]
    groups: dict[tuple[str, str], list[str]] = {}
    for name, (decision, remark) in rows.items():
        plain = decision in ("constant", "not applicable", "followed", "read") or not remark
        groups.setdefault((decision, remark) if plain else (decision, f"{remark}\0{name}"), []).append(name)
    order = ["refused", "general", "linear", "elementwise", "followed", "read", "constant", "not applicable"]
    for (decision, remark), names in sorted(
        groups.items(), key=lambda item: (order.index(item[0][0]), item[1])
    ):
        spelled = ", ".join(f"`{name}`" for name in sorted(names))
        shown.append(f"| {spelled} | {decision} | {remark.partition(chr(0))[0]} |")
    return "\n".join(shown) + "\n"


def ufunc_methods() -> str:
    """Return what is done with the methods of ufuncs."""
    by_rows = sorted(ufunc.__name__ for ufunc in BY_ROWS)
    named = {
        method: ", ".join(
            f"`{name}`"
            for name in sorted({ufunc.__name__ for ufunc in vars(np).values() if has_rule(ufunc, method)})
        )
        for method in ("reduce", "accumulate", "reduceat")
    }
    loops = ", ".join(f"`{name}`" for name in by_rows)
    return f"""
## Methods of ufuncs

| method | decision |
|---|---|
| `at` | followed: an update, one element after the other |
| `outer` | followed: a call with one more axis for each axis of the second array |
| `reduce` | another function for {named["reduce"]}; a loop over the rows for {loops}; refused for others |
| `accumulate` | a rule for {named["accumulate"]}; a loop over the rows for {loops}; refused for others |
| `reduceat` | a rule for {named["reduceat"]}; refused for others: write a loop over the parts |
"""


def has_rule(ufunc: Any, method: str) -> bool:
    if not isinstance(ufunc, np.ufunc):
        return False
    return ufunc in REDUCTIONS.get(method, {}) or REGISTRY.rule(getattr(ufunc, method)) is not None


def peers(found: dict[str, dict[str, tuple[str, str]]]) -> str | None:
    """Count what autograd and JAX have, from their own registries; None if they are not installed."""
    try:
        autograd, core = importlib.import_module("autograd.numpy"), importlib.import_module("autograd.core")
        importlib.import_module("autograd.numpy.fft")
        jnp, ad = importlib.import_module("jax.numpy"), importlib.import_module("jax.interpreters.ad")
        versions = [
            importlib.import_module("importlib.metadata").version(name) for name in ("autograd", "jax")
        ]
    except ImportError:
        return None
    ours, vjps, jvps, in_jax = [], 0, 0, 0
    for title, _ in MODULES:
        for name, (decision, _) in found[title].items():
            if decision not in ("elementwise", "linear", "general"):
                continue
            ours.append(name)
            path = title.split(".")[1:]
            theirs, jaxs = autograd, jnp
            for part in path:
                theirs, jaxs = getattr(theirs, part, None), getattr(jaxs, part, None)
            function = getattr(theirs, name, None)
            vjps += function in core.primitive_vjps
            jvps += function in core.primitive_jvps
            in_jax += hasattr(jaxs, name)
    general = Counter(
        kind_of_rule(rule)
        for rule in REGISTRY.rules.values()
        if rule.differentiable and (rule.vjp or rule.jvp)
    )
    return f"""
## Beside other tools

Of the {len(ours)} callables above that have a rule, autograd {versions[0]} has a reverse rule for {vjps} and a forward
rule for {jvps}; JAX {versions[1]} has functions of these names for {in_jax}, whose derivatives it composes of the
{len(ad.primitive_jvps)} primitives with a forward rule. All registries in full: s2sad {sum(general.values())} rules
({general["elementwise"]} elementwise, {general["linear"]} linear, {general["general"]} general), autograd
{len(core.primitive_vjps)} and {len(core.primitive_jvps)}.
"""


def page(present: str) -> str:
    """Return the page; `present` is what it is now."""
    found = decisions()
    counts = Counter(row[0] for title, _ in MODULES for row in found[title].values())
    kept = re.search(re.escape(PEERS_START) + "(.*)" + re.escape(PEERS_END), present, re.DOTALL)
    others = (kept[1] if kept else "") if "--check" in sys.argv else peers(found) or (kept[1] if kept else "")
    head = HEAD.format(
        version=minor(np.__version__),
        rules=counts["elementwise"] + counts["linear"] + counts["general"],
        constant=counts["constant"],
        followed=counts["followed"],
        read=counts["read"],
        refused=counts["refused"],
        elsewhere=counts["not applicable"],
    )
    tables = "".join(table(title, rows) for title, rows in found.items())
    return head + tables + ufunc_methods() + "\n" + PEERS_START + others + PEERS_END


def minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def main(arguments: list[str]) -> int:
    missing = undecided(decisions())
    if missing:
        print("no decision on " + ", ".join(missing))
        return 1
    present = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if "--check" not in arguments:
        PAGE.write_text(page(present), encoding="utf-8")
        return 0
    if f"(NumPy {minor(np.__version__)})" not in present:
        return 0
    text = page(present)
    if present == text:
        return 0
    print("docs/coverage.md is not what `python docs/make_coverage.py` writes:")
    lines = difflib.unified_diff(present.splitlines(), text.splitlines(), "present", "generated", lineterm="")
    print("\n".join(lines))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
