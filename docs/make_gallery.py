"""Write docs/gallery.md and the generated blocks of README and docs; with --check, tell if they are stale."""

from __future__ import annotations

import difflib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from gallery_programs import EXHIBITS, Exhibit
from in_place_programs import PROGRAMS

from s2sad import grad

ROOT = Path(__file__).resolve().parent.parent

HEAD = """\
# Gallery

Programs and their gradients, exactly as s2sad emits them. This page is written by
`python docs/make_gallery.py`; the programs are in [gallery_programs.py](gallery_programs.py).
"""

MARKER = re.compile(
    r"(<!-- output of (python [\w/.]+) -->\n```python\n).*?(```\n<!-- end of output -->)", re.DOTALL
)

GRADIENT = re.compile(r"(<!-- gradient of (\w+) -->\n).*?(<!-- end of gradient -->)", re.DOTALL)


def fenced(text: str) -> str:
    return f"```python\n{text.strip()}\n```\n"


def before_and_after(
    functions: tuple[Callable, ...], args: tuple, argnums: int | tuple[int, ...] = 0, order: int = 1
) -> str:
    """Return functions, and the generated derivative of the last one, as Markdown."""
    primal = "\n\n".join(inspect.getsource(function) for function in functions)
    derivative = functions[-1]
    for _ in range(order):
        derivative = grad(derivative, argnums=argnums)
    return "\n".join([fenced(primal), "becomes\n", fenced(derivative.source_for(*args))])


def section(number: int, exhibit: Exhibit) -> str:
    """Return one program of the gallery with its derivative, as Markdown."""
    program = before_and_after(exhibit.functions, exhibit.args, exhibit.argnums, exhibit.order)
    return "\n".join([f"## {number}. {exhibit.title}\n", exhibit.remark + "\n", program])


def gallery() -> str:
    return "\n".join([HEAD, *(section(i, exhibit) for i, exhibit in enumerate(EXHIBITS, 1))])


def readme(text: str) -> str:
    """Return the README with the block after each marker replaced by what the command named there prints."""

    def run(match: re.Match[str]) -> str:
        command = [sys.executable, *match[2].split()[1:]]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
        return match[1] + done.stdout.strip() + "\n" + match[3]

    return MARKER.sub(run, text)


def in_place(text: str) -> str:
    """Return in_place.md with the block after each marker replaced by the program named there."""
    return GRADIENT.sub(lambda match: match[1] + before_and_after(*PROGRAMS[match[2]]) + match[3], text)


def main(arguments: list[str]) -> int:
    readme_file, in_place_file = ROOT / "README.md", ROOT / "docs" / "in_place.md"
    wanted = {
        ROOT / "docs" / "gallery.md": gallery(),
        in_place_file: in_place(in_place_file.read_text(encoding="utf-8")),
        readme_file: readme(readme_file.read_text(encoding="utf-8")),
    }
    stale = 0
    for path, text in wanted.items():
        present = path.read_text(encoding="utf-8") if path.exists() else ""
        if present == text:
            continue
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
            continue
        stale = 1
        name = str(path.relative_to(ROOT))
        print(f"{name} is not what `python docs/make_gallery.py` writes:")
        lines = difflib.unified_diff(present.splitlines(), text.splitlines(), name, "generated", lineterm="")
        print("\n".join(lines))
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
