"""Finds the pieces of code in the pages of the book.

A piece is a fenced block. A comment right above it, which no reader sees, can say what the block needs and what it does:

    <!-- snippet
    expect: subscribed to orders
    publish: orders created {"id":1}
    input: quit
    ---
    static void somewhere_else(void);
    -->

The lines before `---` are steps, carried out in their order: `expect` waits for a text in the program's output, behind the one
expected before; `anywhere` for a text wherever it stands, as two threads may write it in either order. `publish` waits for a
subscriber of the channel and then publishes an event there, `input` types a line, `interrupt` is Ctrl-C, `run` only lets it run;
`arguments` are the program's, and `file` gives it a name, under which later blocks of the page find it. `from` names a file of the
repository which has these very lines, and is tested there. After the last step the
input ends, and so must the program, without an error. What comes after `---` is code that the block stands on and does not show.

A block that cannot be tested says so behind its language: ```sh untested: needs a Windows machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

STEPS = {"expect", "anywhere", "publish", "input", "interrupt", "run", "arguments", "file", "from"}


@dataclass
class Block:
    page: str
    line: int  # of its first line of code, from 1
    language: str
    untested: str | None
    text: str
    steps: list[tuple[str, str]] = field(default_factory=list)
    before: str = ""

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def runs(self) -> list[tuple[str, str]]:
        """What is to be done with the running program; empty where it is not to be run."""
        return [step for step in self.steps if step[0] not in ("file", "arguments", "from")]

    def step(self, name: str) -> str | None:
        return next((value for key, value in self.steps if key == name), None)


class Malformed(Exception):
    pass


def blocks_of(page: str, text: str) -> list[Block]:
    found = []
    comment: tuple[list[tuple[str, str]], str] = ([], "")
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.strip() == "<!-- snippet":
            end = next((i for i in range(at, len(lines)) if lines[i].strip() == "-->"), None)
            if end is None:
                raise Malformed(f"{page}:{at + 1}: this comment does not end")
            comment = parse_comment(f"{page}:{at + 1}", lines[at + 1 : end])
            at = end + 1
            continue
        fence = re.match(r"^( *)(`{3,})([^`]*)$", line)
        if fence:
            indent, marks, info = fence[1], fence[2], fence[3].strip()
            end = next((i for i in range(at + 1, len(lines)) if lines[i].strip() == marks), None)
            if end is None:
                raise Malformed(f"{page}:{at + 1}: this block does not end")
            language, _, rest = info.partition(" ")
            untested = None
            if rest.strip():
                reason = re.fullmatch(r"untested: (\S.*)", rest.strip())
                if reason is None:
                    raise Malformed(f"{page}:{at + 1}: after the language comes `untested: REASON` or nothing")
                untested = reason[1]
            code = "\n".join(each.removeprefix(indent) for each in lines[at + 1 : end]) + "\n"
            found.append(Block(page, at + 2, language, untested, code, *comment))
            comment = ([], "")
            at = end + 1
            continue
        if line.strip() and comment != ([], ""):
            raise Malformed(f"{page}:{at + 1}: a comment `snippet` has to be right above a block")
        at += 1
    return found


def parse_comment(place: str, lines: list[str]) -> tuple[list[tuple[str, str]], str]:
    cut = next((i for i, line in enumerate(lines) if line.strip() == "---"), len(lines))
    steps = []
    for line in lines[:cut]:
        name, colon, value = line.strip().partition(":")
        if name not in STEPS:
            raise Malformed(f"{place}: `{name}` is none of {', '.join(sorted(STEPS))}")
        steps.append((name, value.removeprefix(" ")))
    return steps, "".join(line + "\n" for line in lines[cut + 1 :])


def pages_of_the_book(root: Path) -> list[str]:
    """The same as docs/book/conf.py has, as far as users read them."""
    named = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "devserver/README.md", "benches/README.md", "fuzz/README.md"]
    globbed = [*root.glob("docs/*.md"), *root.glob("bindings/*/README.md")]
    return named + sorted(str(path.relative_to(root)) for path in globbed)
