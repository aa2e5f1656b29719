"""What the README shows can be written so."""

from __future__ import annotations

import ast
import re

import pytest

from servers import ROOT

PAGES = [ROOT / "bindings/python/README.md", ROOT / "README.md"]
BLOCKS = [block for page in PAGES for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.S)]


@pytest.mark.parametrize("block", BLOCKS)
def test_it_is_python_and_names_what_is_there(block: str) -> None:
    compile(block, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    for line in block.splitlines():
        if line.startswith("from pusherws"):
            exec(line, {})
