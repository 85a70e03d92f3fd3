"""Write docs/gallery.md and the output blocks of the README; with --check, tell if they are stale."""

from __future__ import annotations

import difflib
import inspect
import re
import subprocess
import sys
from pathlib import Path

from gallery_programs import EXHIBITS, Exhibit

from s2sad import grad

ROOT = Path(__file__).resolve().parent.parent

HEAD = """\
# Gallery

Ten programs and their gradients, exactly as s2sad emits them. This page is written by
`python docs/make_gallery.py`; the programs are in [gallery_programs.py](gallery_programs.py).
"""

MARKER = re.compile(
    r"(<!-- output of (python [\w/.]+) -->\n```python\n).*?(```\n<!-- end of output -->)", re.DOTALL
)


def fenced(text: str) -> str:
    return f"```python\n{text.strip()}\n```\n"


def section(number: int, exhibit: Exhibit) -> str:
    """Return one program with its generated derivative, as Markdown."""
    primal = "\n\n".join(inspect.getsource(function) for function in exhibit.functions)
    derivative = exhibit.functions[-1]
    for _ in range(exhibit.order):
        derivative = grad(derivative, argnums=exhibit.argnums)
    parts = [
        f"## {number}. {exhibit.title}\n",
        exhibit.remark + "\n",
        fenced(primal),
        "becomes\n",
        fenced(derivative.source_for(*exhibit.args)),
    ]
    return "\n".join(parts)


def gallery() -> str:
    return "\n".join([HEAD, *(section(i, exhibit) for i, exhibit in enumerate(EXHIBITS, 1))])


def readme(text: str) -> str:
    """Return the README with the block after each marker replaced by what the command named there prints."""

    def run(match: re.Match[str]) -> str:
        command = [sys.executable, *match[2].split()[1:]]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
        return match[1] + done.stdout.strip() + "\n" + match[3]

    return MARKER.sub(run, text)


def main(arguments: list[str]) -> int:
    readme_file = ROOT / "README.md"
    wanted = {
        ROOT / "docs" / "gallery.md": gallery(),
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
