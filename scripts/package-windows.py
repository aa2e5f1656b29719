#!/usr/bin/env python3
"""Packs what scripts/build-windows.sh made into dist/pusherws-VERSION-windows.zip, which a program's author unpacks.

The same inputs give the same bytes: names are sorted, and all files have the time of the last commit (or of
SOURCE_DATE_EPOCH).
"""

import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ("pusherws.dll", "libpusherws.dll.a", "pusherws.lib", "pusherws.def")
# Programs for Linux and its like: epoll, poll, pthreads.
NOT_FOR_WINDOWS = {"epoll.c", "many.c", "loop.cpp"}


def fail(why: str) -> None:
    sys.exit(f"package-windows: {why}")


def licences() -> str:
    """The licences of all that is in the DLL: scripts/check-licenses.sh keeps those of the crates."""
    return (
        "pusherws.dll contains the libraries that are listed below, and parts of:\n\n"
        "- the standard library of Rust (MIT or Apache-2.0; https://www.rust-lang.org/policies/licenses)\n"
        "- the run-time of MinGW-w64 (Zope Public License 2.1; https://www.mingw-w64.org)\n"
        "- libgcc (GPL 3 with the GCC Runtime Library Exception, which allows it; https://gcc.gnu.org)\n\n"
        + (ROOT / "licenses/third-party.txt").read_text(encoding="utf-8")
    )


def page(path: Path) -> bytes:
    """A page of the sources, without its links to what is not in the archive."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"\[([^\]]+)\]\((?:\.\./|tests)[^)]*\)", r"\1", text).encode()


def contents() -> dict[str, bytes]:
    files: dict[str, bytes] = {}

    def take(path: Path, name: str) -> None:
        files[name] = path.read_bytes()

    for arch in ("x64", "x86"):
        for name in LIBRARY:
            path = ROOT / "target/windows" / arch / name
            if not path.exists():
                fail(f"{path} is missing; run scripts/build-windows.sh")
            take(path, f"{arch}/{name}")
    take(ROOT / "include/pusherws.h", "include/pusherws.h")
    cpp = ROOT / "bindings/cpp"
    for path in (cpp / "pusherws.hpp", *sorted((cpp / "pusherws").glob("*.hpp"))):
        take(path, f"include/{path.relative_to(cpp)}")
    for path in sorted((cpp / "examples").iterdir()):
        if path.name not in NOT_FOR_WINDOWS:
            take(path, f"examples-cpp/{path.name}")
    for path in sorted((ROOT / "examples-c").iterdir()):
        if path.suffix in (".c", ".h") and path.name not in NOT_FOR_WINDOWS:
            take(path, f"examples-c/{path.name}")
    delphi = ROOT / "bindings/delphi"
    for path in sorted([*delphi.glob("*.pas"), *delphi.glob("README.md"), *(delphi / "demos").rglob("*")]):
        if path.is_file() and path.suffix in (".pas", ".dpr", ".dfm", ".lfm", ".lpi", ".lpr", ".md"):
            take(path, f"delphi/{path.relative_to(delphi).as_posix()}")
    files["delphi/README.md"] = page(delphi / "README.md")
    for name in ("LICENSE", "CHANGELOG.md"):
        take(ROOT / name, name)
    files["README.md"] = page(ROOT / "docs/windows.md")
    files["LICENSES-THIRD-PARTY.txt"] = licences().encode()
    return files


def moment() -> tuple[int, ...]:
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    if seconds is None:
        told = subprocess.run(
            ["git", "log", "-1", "--format=%ct"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        seconds = told.stdout.decode().strip() or "946684800"
    return time.gmtime(int(seconds))[:6]


def main() -> None:
    header = (ROOT / "include/pusherws.h").read_text(encoding="utf-8")
    version = re.search(r'^#define PUSHER_VERSION "(.+)"$', header, re.MULTILINE)[1]
    folder = f"pusherws-{version}-windows"
    target = ROOT / "dist" / f"{folder}.zip"
    target.parent.mkdir(exist_ok=True)
    when = moment()
    files = contents()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{name}", when)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size} bytes, {len(files)} files")


if __name__ == "__main__":
    main()
