"""Compiles and runs every piece of code in the book; see pages.py for how a page says what a piece does. scripts/test-snippets.sh calls it.

snippets TARGET WORK            TARGET has the built library and the embedded server, WORK is an empty folder
snippets TARGET WORK PAGE...    only these pages, without the examples of the reference
"""

from __future__ import annotations

import signal
import sys
import time
from collections import Counter
from pathlib import Path

from languages import ROOT, C, Tools, call, languages
from pages import Block, Malformed, blocks_of, pages_of_the_book
from stage import Failed, Stage

# One of each language, wrong in a way that only its own tool can find; and programs that do not do what is said of them.
PLANTED = {
    "c": "pusher_client_connect(client);",
    "cpp": "pusher_client_connect(client);",
    "python": "pusher.subscribe(channel=7)",
    "pascal": "Pusher.Key := 7;",
    "sh": "true &&",
    "json": '{"auth":}',
    "go": "package main",
}
FALSE_PROGRAM = '#include <stdio.h>\nint main(void)\n{\n    puts("something else");\n    return 0;\n}\n'


def planted() -> list[Block]:
    found = [Block("planted", 1, language, None, text + "\n", [("run", "")]) for language, text in PLANTED.items()]
    found.append(Block("planted", 1, "c", None, FALSE_PROGRAM, [("expect", "subscribed")]))
    found.append(Block("planted", 1, "c", None, FALSE_PROGRAM))
    found.append(Block("planted", 1, "sh", None, "exit 3\n", [("run", "")]))
    found.append(Block("planted", 1, "rust", None, "fn gone() {}\n", [("from", "src/lib.rs")]))
    return found


class Test:
    def __init__(self, tools: Tools) -> None:
        self.languages = languages(tools)
        self.tools = tools
        self.counted: Counter[str] = Counter()
        self.number = 0

    def one(self, block: Block) -> str:
        """What was done with it. Raises Failed."""
        self.number += 1
        if block.untested is not None:
            return "untested"
        source = block.step("from")
        if source is not None:
            if block.text not in (ROOT / source).read_text():
                raise Failed(f"these lines are not in {source}, or not any more")
            return "quoted"
        language = self.languages.get(block.language)
        if language is None:
            raise Failed(f"`{block.language}` is no language that is tested here; `text` is for what is none")
        return language.test(block, self.number)

    def prove(self) -> None:
        for block in planted():
            try:
                done = self.one(block)
            except Failed:
                continue
            errors = self.languages[block.language].finish()
            if not any("planted:1:" in error for error in errors):
                sys.exit(f"test-snippets: this was {done} without an error, and is wrong ({block.language}):\n{block.text}")
        for text in ("```c because\n```\n", "<!-- snippet\nhope: so\n-->\n```c\n```\n", "```c\n"):
            try:
                blocks_of("planted", text)
            except Malformed:
                continue
            sys.exit(f"test-snippets: this is not found to be malformed:\n{text}")
        print(f"ok  test-snippets finds what is planted: {len(planted()) + 3} wrong blocks")

    def pages(self, pages: list[str]) -> list[str]:
        errors, untested = [], []
        for page in pages:
            before = time.monotonic()
            try:
                blocks = blocks_of(page, (ROOT / page).read_text())
            except Malformed as error:
                errors.append(str(error))
                continue
            for block in blocks:
                try:
                    done = self.one(block)
                except Failed as error:
                    errors.append(f"{block.place}: {error}")
                    continue
                self.counted[done] += 1
                if done == "untested":
                    untested.append(f"    {block.place} ({block.language}): {block.untested}")
            if blocks:
                print(f"    {page}: {len(blocks)} blocks, {time.monotonic() - before:.1f} s", flush=True)
        for language in self.languages.values():
            errors += language.finish()
        if untested:
            print("untested:\n" + "\n".join(untested))
        return errors

    def examples(self) -> list[str]:
        """The programs of the reference, which are whole, each against the embedded server."""
        errors = []
        c = self.languages["c"]
        assert isinstance(c, C)
        for source in sorted((ROOT / "docs/examples").glob("*.c")):
            program = self.tools.work / source.stem
            arguments = [str(file) for file in self.tools.stage.certificate_files] if source.stem == "network" else []
            try:
                call(
                    [
                        *c.compiler(),
                        "-Wconversion",
                        "-pedantic",
                        source,
                        "-o",
                        program,
                        f"-L{self.tools.libraries}",
                        "-lpusherws",
                        "-pthread",
                    ]
                )
                self.tools.stage.play([str(program), *arguments], [("run", "")], self.tools.work, self.tools.environment())
                self.counted["run"] += 1
            except Failed as error:
                errors.append(f"{source.relative_to(ROOT)}: {error}")
        return errors


def main() -> None:
    # Where this runs in the background of a shell, Ctrl-C is ignored, and would be by the programs, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    target, work = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    (work / "bin").mkdir()
    command = work / "bin/pusherws"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pusherws "$@"\n')
    command.chmod(0o755)
    stage = Stage(str(target / "pusherws-devserver"), work)
    try:
        test = Test(Tools(target, work, stage, sys.executable))
        test.prove()
        errors = test.pages(sys.argv[3:] or pages_of_the_book(ROOT))
        if not sys.argv[3:]:
            errors += test.examples()
    finally:
        stage.close()
    for error in errors:
        print(f"FAILED  {error}")
    print("snippets: " + ", ".join(f"{count} {done}" for done, count in sorted(test.counted.items())) + f", {len(errors)} wrong")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
