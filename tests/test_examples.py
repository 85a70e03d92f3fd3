"""Every example runs, within a time limit, and reaches what it promises; the README shows what is printed."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
NEEDS = {
    "softmax_regression": "sklearn",
    "two_layer_network": "sklearn",
    "rosenbrock": "scipy",
    "scipy_optimize": "scipy",
    "scipy_inside": "scipy",
    "duality": "matplotlib",
    "named_axes": "xarray",
}
TIME_LIMIT = 120  # seconds
MARKER = re.compile(
    r"<!-- output of python ([\w/.]+) -->\n```python\n(.*?)```\n<!-- end of output -->", re.DOTALL
)


def run(script: Path, *arguments: str) -> str:
    """Return what a script prints; fail with its own error output."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=TIME_LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def accuracy(output: str) -> float:
    found = re.search(r"test accuracy: ([\d.]+) %", output)
    assert found, output
    return float(found[1])


@pytest.fixture(scope="module")
def outputs() -> dict[str, str]:
    """What each example printed: they run once each."""
    return {}


def output_of(name: str, outputs: dict[str, str]) -> str:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    if name not in outputs:
        outputs[name] = run(ROOT / "examples" / f"{name}.py")
    return outputs[name]


@pytest.mark.parametrize("name", [path.stem for path in EXAMPLES])
def test_runs_and_prints_a_gradient_program(name, outputs):
    output = output_of(name, outputs)
    start = output.index("def ")
    lines = output[start:].splitlines()
    end = next((i for i, line in enumerate(lines) if i and line and not line.startswith(" ")), len(lines))
    program = ast.parse("\n".join(lines[:end]))
    assert isinstance(program.body[0], ast.FunctionDef)


def test_softmax_regression_learns(outputs):
    assert accuracy(output_of("softmax_regression", outputs)) > 95


def test_two_layer_network_learns(outputs):
    assert accuracy(output_of("two_layer_network", outputs)) > 97


def test_named_axes_are_fitted(outputs):
    output = output_of("named_axes", outputs)
    found = re.search(r"all ones: (\S+), by central differences (\S+)", output)
    assert found and float(found[1]) == pytest.approx(float(found[2]), abs=1e-5)
    amplitudes = [float(each) for each in re.findall(r"amplitude +([\d.]+)", output)]
    assert amplitudes == pytest.approx([8.0, 3.0, 14.0, 5.0], abs=0.1)


def test_duality_saves_a_plot_only_if_asked(tmp_path):
    pytest.importorskip("matplotlib")
    script, plot = ROOT / "examples" / "duality.py", tmp_path / "duality.png"
    assert "plot" not in run(script)
    assert f"plot saved as {plot}" in run(script, str(plot)) and plot.stat().st_size > 10_000


def test_solvers_with_exact_derivatives_call_less(outputs):
    rows = re.findall(
        r"^\S.*?\s+(\d+)\s+(\d+)\s+\S+e[-+]\d+$", output_of("scipy_optimize", outputs), re.MULTILINE
    )
    assert len(rows) == 5
    assert all(int(exact) < int(plain) for plain, exact in rows)


def test_examples_are_deterministic(outputs):
    name = "softmax_regression"
    assert output_of(name, outputs) == run(ROOT / "examples" / f"{name}.py")


def test_readme_shows_what_its_example_prints(outputs):
    blocks = MARKER.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [script for script, _ in blocks] == ["examples/first.py"]
    for script, block in blocks:
        assert block.strip() == output_of(Path(script).stem, outputs).strip(), (
            "run `python docs/make_gallery.py` to bring the README up to date"
        )


def test_readme_shows_the_function_of_its_example():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    text = (ROOT / "examples" / "first.py").read_text(encoding="utf-8")
    function = next(node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    assert ast.get_source_segment(text, function) in readme
