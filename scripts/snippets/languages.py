"""What makes a program of a block, and what says whether it is right: one class for each language."""

from __future__ import annotations

import json
import os
import re
import subprocess
import textwrap
from collections.abc import Iterable
from pathlib import Path

from pages import Block
from stage import Failed, Stage

ROOT = Path(__file__).resolve().parent.parent.parent
PRELUDES = ROOT / "docs/snippets"


def call(command: Iterable[object], folder: Path | None = None, **environment: str) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise Failed(f"{words[0]}:\n{done.stdout.strip()}")


class Tools:
    """Where everything is: the built library, the folder to work in, the stage."""

    def __init__(self, target: Path, work: Path, stage: Stage, python: str) -> None:
        self.target, self.work, self.stage, self.python = target, work, stage, python
        self.cc = os.environ.get("CC", "cc")
        self.cxx = os.environ.get("CXX", "c++")
        abi = re.search(r"PUSHER_ABI_VERSION (\d+)", (ROOT / "include/pusherws.h").read_text())
        assert abi is not None
        self.libraries = work / "lib"
        self.libraries.mkdir()
        for name in ("libpusherws.so", f"libpusherws.so.{abi[1]}"):
            (self.libraries / name).symlink_to(target / "libpusherws.so")
        self._folders: dict[str, Path] = {}

    def folder_of(self, block: Block) -> Path:
        """One for each page, so that its blocks can build on each other. Beside them lies what lies in the repository."""
        if block.page not in self._folders:
            folder = self.work / f"page{len(self._folders)}"
            (folder / "target/release").mkdir(parents=True)
            for name in ("include", "bindings", "examples-c"):
                (folder / name).symlink_to(ROOT / name)
            (folder / "target/release/libpusherws.so").symlink_to(self.target / "libpusherws.so")
            self._folders[block.page] = folder
        return self._folders[block.page]

    def environment(self) -> dict[str, str]:
        return {
            "LD_LIBRARY_PATH": str(self.libraries),
            "PYTHONPATH": str(ROOT / "bindings/python"),
            "PUSHERWS_LIBRARY": str(self.target / "libpusherws.so"),
            "PUSHERWS_DEVSERVER": str(self.target / "pusherws-devserver"),
            "PATH": f"{self.work / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }

    def play(self, block: Block, command: list[str]) -> None:
        arguments = (block.step("arguments") or "").split()
        self.stage.play([*command, *arguments], block.runs, self.folder_of(block), self.environment())


def must_run(block: Block) -> None:
    if not block.runs:
        raise Failed(
            "it is a whole program: say in a comment `snippet` what it does, at least `run:`; or behind its language why it is untested"
        )


class Language:
    def test(self, block: Block, number: int) -> str:
        """Says what was done with a block; raises Failed."""
        raise NotImplementedError

    def finish(self) -> list[str]:
        """What was put off until all blocks are there; gives the errors."""
        return []


class C(Language):
    """A program, or statements and functions in any order, which are taken apart. Compiled with all warnings."""

    suffix, standard = "c", "-std=c11"
    prelude = "prelude.h"

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def compiler(self) -> list[str]:
        return [self.tools.cc, self.standard, "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'include'}"]

    def test(self, block: Block, number: int) -> str:
        if re.search(r"^int main\(", block.text, re.M):
            return self.program(block, number)
        source = self.tools.work / f"fragment{number}.{self.suffix}"
        source.write_text(f'#include "{self.prelude}"\n' + self.wrapped(block))
        self.check(source)
        return "compiled"

    def check(self, source: Path) -> None:
        # Unused is what a fragment shows the making of; the rest of the warnings count.
        unused = ["-Wno-unused", "-Wno-unused-parameter", "-Wno-comment"]
        call([*self.compiler(), *unused, f"-I{PRELUDES}", "-fsyntax-only", source])

    def program(self, block: Block, number: int) -> str:
        must_run(block)
        folder = self.tools.folder_of(block)
        source = folder / (block.step("file") or f"program{number}.{self.suffix}")
        source.write_text(block.text)
        program = self.tools.work / f"program{number}"
        call([*self.compiler(), source, "-o", program, f"-L{self.tools.libraries}", "-lpusherws", "-pthread"])
        self.tools.play(block, [str(program)])
        return "run"

    def wrapped(self, block: Block) -> str:
        outside, inside = split(block.text.split("\n"))
        line = f'#line {{}} "{block.page}"\n'
        parts = [block.before]
        for number, text in outside:
            parts.append(line.format(block.line + number) + text + "\n")
        parts.append("void the_fragment(void);\nvoid the_fragment(void)\n{\n")
        for number, text in inside:
            parts.append(line.format(block.line + number) + text + "\n")
        return "".join(parts) + "}\n"


class Cpp(C):
    suffix, standard = "cpp", "-std=c++17"
    prelude = "prelude.hpp"

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self.fragments: dict[str, str] = {}

    def test(self, block: Block, number: int) -> str:
        self.standard = "-std=c++20" if "co_await" in block.text else "-std=c++17"
        if re.search(r"^int main\(", block.text, re.M):
            return self.program(block, number)
        # Most of the time goes into the headers: all fragments of a standard are compiled together, each in a namespace.
        wrapped = f"namespace fragment{number} {{\n{self.wrapped(block)}}}\n"
        self.fragments[self.standard] = self.fragments.get(self.standard, f'#include "{self.prelude}"\n') + wrapped
        return "compiled"

    def finish(self) -> list[str]:
        errors = []
        for standard, text in self.fragments.items():
            self.standard = standard
            source = self.tools.work / f"fragments{standard}.cpp"
            source.write_text(text)
            try:
                self.check(source)
            except Failed as error:
                errors.append(str(error))
        self.fragments.clear()
        return errors

    def compiler(self) -> list[str]:
        return [
            self.tools.cxx,
            self.standard,
            "-Wall",
            "-Wextra",
            "-Werror",
            f"-I{ROOT / 'include'}",
            f"-I{ROOT / 'bindings/cpp'}",
        ]


def split(lines: list[str]) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Functions, types and directives, which stand outside of functions; and statements."""
    outside, inside, at = [], [], 0
    while at < len(lines):
        start = at
        if re.match(r"(static|struct \w+ *\{|struct \w+ *$|typedef|#|using namespace|class|template|enum \w+ *\{)", lines[at]):
            while at < len(lines) - 1:
                text = "\n".join(lines[start : at + 1])
                whole = text.count("{") == text.count("}") and text.count("(") == text.count(")")
                if whole and (
                    text.startswith("#")
                    or text.rstrip().endswith(("}", ";", "*/"))
                    or re.search(r"[;}]\s*(/[/*].*)?$", lines[at])
                ):
                    break
                at += 1
            outside.append((start, "\n".join(lines[start : at + 1])))
        else:
            inside.append((start, lines[at]))
        at += 1
    return outside, inside


class Pascal(Language):
    """A program; methods of a form; or statements. Compiled with warnings as errors, as the tests of the units are."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def test(self, block: Block, number: int) -> str:
        if re.match(r"(program|library)\b", block.text):
            must_run(block)
            source = self.tools.work / f"program{number}.pas"
            source.write_text(block.text)
            self.compile(source)
            self.tools.play(block, [str(source.with_suffix(""))])
            return "run"
        source = self.tools.work / f"fragment{number}.pas"
        source.write_text(self.wrapped(block, number))
        self.compile(source)
        return "compiled"

    def compile(self, source: Path) -> None:
        units = self.tools.work / "units"
        units.mkdir(exist_ok=True)
        call(
            [
                "fpc",
                "-Mdelphi",
                "-O1",
                "-Sew",
                "-vew",
                "-vm4104,4105,5023,5024,5025,5027,5028,5091,5092,5093",
                "-l-",
                f"-Fu{ROOT / 'bindings/delphi'}",
                f"-Fu{PRELUDES}",
                f"-FU{units}",
                f"-FE{source.parent}",
                source,
            ]
        )

    def wrapped(self, block: Block, number: int) -> str:
        text = block.text
        methods = re.findall(r"^(?:procedure|function) (\w+)\.(\w+)((?:\([^)]*\))?[^;]*;)", text, re.M)
        classes: dict[str, list[str]] = {}
        for owner, name, rest in methods:
            keyword = re.search(rf"^(procedure|function) {owner}\.{name}\b", text, re.M)
            assert keyword is not None
            classes.setdefault(owner, []).append(f"    {keyword[1]} {name}{rest}")
        declared = block.before
        for owner, headings in classes.items():
            declared += f"type\n  {owner} = class(TSnippetForm)\n" + "\n".join(headings) + "\n  end;\n"
        body = text
        if not re.match(r"(procedure|function|type|const|var)\b", text):
            body = (
                "type\n  TFragment = class(TSnippetForm)\n    procedure Fragment;\n  end;\n\n"
                f"procedure TFragment.Fragment;\nbegin\n{text}end;\n"
            )
        return (
            f"program Fragment{number};\n{{$MODE DELPHI}}\n"
            f"uses cthreads, cwstring, SysUtils, Classes, SnippetPrelude, PusherWS.Api, PusherWS;\n"
            f"{declared}\n{body}\nbegin\nend.\n"
        )


class Python(Language):
    """A program is one that imports something of the package; everything goes through mypy, together."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.folder = tools.work / "python"
        self.folder.mkdir()
        self.written: dict[str, Block] = {}

    def test(self, block: Block, number: int) -> str:
        name = f"snippet{number}.py"
        if re.search(r"^(import pusherws|from pusherws)", block.text, re.M) and not block.before:
            (self.folder / name).write_text(block.text)
            self.written[name] = block
            must_run(block)
            self.tools.play(block, [self.tools.python, str(self.folder / name)])
            return "run"
        body = textwrap.indent(block.text, "    ")
        (self.folder / name).write_text(f"from prelude import *\n{block.before}\nasync def fragment() -> None:\n{body}\n")
        self.written[name] = block
        try:
            compile((self.folder / name).read_text(), block.place, "exec")
        except SyntaxError as error:
            raise Failed(f"{error.msg}: {(error.text or '').strip()}") from error
        return "typed"

    def finish(self) -> list[str]:
        """mypy, once for all; the errors, with the pages' names."""
        if not self.written:
            return []
        (self.folder / "prelude.py").write_text((PRELUDES / "prelude.py").read_text())
        done = subprocess.run(
            [
                self.tools.python,
                "-m",
                "mypy",
                "--no-error-summary",
                "--check-untyped-defs",
                "--ignore-missing-imports",
                "--cache-dir",
                str(self.tools.work / "mypy"),
                ".",
            ],
            cwd=self.folder,
            env={**os.environ, "MYPYPATH": str(ROOT / "bindings/python")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        errors = []
        for line in done.stdout.splitlines():
            name, number, rest = (line.split(":", 2) + ["", ""])[:3]
            block = self.written.get(name)
            if block is None:
                errors.append(f"mypy: {line}")
                continue
            shown = (self.folder / name).read_text().split("\n")[int(number) - 1].strip()
            errors.append(f"{block.place}: mypy:{rest}\n    {shown}")
        if done.returncode != 0 and not errors:
            errors.append(f"mypy ends with {done.returncode}")
        for name in self.written:
            (self.folder / name).unlink()
        self.written.clear()
        return errors


class Shell(Language):
    """Commands are run, in the order of the page, or it is said why not."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def test(self, block: Block, number: int) -> str:
        call(["sh", "-n", "-c", block.text])
        if not block.runs:
            raise Failed(
                "say in a comment `snippet` what these commands do, at least `run:`; or behind the language why they are untested"
            )
        self.tools.play(block, ["sh", "-e", "-c", block.text])
        return "run"


class Json(Language):
    def test(self, block: Block, number: int) -> str:
        try:
            json.loads(block.text)
        except ValueError as error:
            raise Failed(f"it is no JSON: {error}") from error
        return "parsed"


class Text(Language):
    """Output and the like: nothing to test."""

    def test(self, block: Block, number: int) -> str:
        return "text"


def languages(tools: Tools) -> dict[str, Language]:
    return {
        "c": C(tools),
        "cpp": Cpp(tools),
        "pascal": Pascal(tools),
        "python": Python(tools),
        "sh": Shell(tools),
        "json": Json(),
        "text": Text(),
    }
