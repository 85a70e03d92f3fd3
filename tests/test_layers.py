"""Imports point down one list of layers: a file knows what is below it, never what is above."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "s2sad"

# From the outside in. `testing` is a client of the operators. The representation is typed, so it stands on the
# kinds of values, which are part of the analyses.
LAYERS = [
    "__init__",
    "testing",
    "hooks",
    "solvers",
    "nested",
    "makers",
    "products",
    "jacobians",
    "elementwise",
    "operators",
    "linear_maps",
    "directions",
    "derivative",
    "versions",
    "callables",
    "pipeline",
    "autodiff",
    "backend",
    "rules",
    "optimize",
    "frontend",
    "ir",
    "analysis",
    "callees",
    "trees",
    "batches",
    "runtime",
    "errors",
]

FILES = sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    parts = ("s2sad", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path) for path in FILES}


def layer(module: str) -> str:
    """Return the layer that a module of ours is in.

    >>> layer("s2sad.rules.declare"), layer("s2sad")
    ('rules', '__init__')
    """
    return (module.split(".") + ["__init__"])[1]


def imported(path: Path) -> set[str]:
    """Return the full names of the modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import in line {node.lineno}"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                names.add(inner if inner in MODULES else str(node.module))
    return names


def ours(path: Path) -> set[str]:
    return {name for name in imported(path) if name.split(".")[0] == "s2sad"}


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_point_down(path):
    here = module_name(path)
    rank = LAYERS.index(layer(here))
    upward = [
        name
        for name in sorted(ours(path))
        if LAYERS.index(layer(name)) < rank or (layer(name) == layer(here) == "__init__" and name != here)
    ]
    assert not upward, f"{here} imports {', '.join(upward)}, which is above it"


def test_no_cycles():
    graph = {module_name(path): ours(path) for path in FILES}
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " imports ".join((*above[above.index(module) :], module))
        if module not in done:
            for name in sorted(graph.get(module, ())):
                visit(name, (*above, module))
            done.add(module)

    for module in sorted(graph):
        visit(module, ())


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_no_import_in_a_function(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for inner in ast.walk(node):
                assert not isinstance(inner, (ast.Import, ast.ImportFrom)), (
                    f"{path.name}:{inner.lineno}: import in `{node.name}`; move the code instead"
                )


def test_every_layer_is_listed():
    assert {layer(module) for module in MODULES} <= set(LAYERS)


def test_one_file_imports_astor():
    users = {module_name(path) for path in FILES if any(n.split(".")[0] == "astor" for n in imported(path))}
    assert users <= {"s2sad.backend.to_text"}


def test_the_runtime_imports_numpy_alone():
    allowed = {"__future__", "math", "typing", "collections", "numpy"}
    assert {name.split(".")[0] for name in imported(PACKAGE / "runtime.py")} <= allowed


def test_the_containers_import_numpy_alone():
    allowed = {"__future__", "copy", "dataclasses", "typing", "collections", "numpy"}
    assert {name.split(".")[0] for name in imported(PACKAGE / "trees.py")} <= allowed


def test_the_package_file_only_re_exports():
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_export = isinstance(node, ast.Assign) and all(
            isinstance(target, ast.Name) and target.id in ("__all__", "__version__")
            for target in node.targets
        )
        assert is_text or is_export or isinstance(node, (ast.Import, ast.ImportFrom)), f"line {node.lineno}"
