"""Writes the licences of all crates that are linked into the library, with their texts, from what the crates bring.

    third_party.py TARGET...    to standard output, for these targets together

cargo-about does more, guesses licences that are not declared among it, and takes minutes to build and to run: here
every crate declares its own, check-deny.sh sees to which, and it can be compared in every run.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

TEXTS = re.compile(r"^(licen[cs]e|copying|notice|unlicense|copyright)", re.I)
HEAD = """\
pusherws contains other people's software. Its own licence is in the file LICENSE; those of the others are below, as
they bring them. Where a crate may be had under one of several licences, all that it brings are here.

The standard library of Rust is a part of it, too: Copyright (c) The Rust Project Contributors, under the MIT licence
or the Apache License 2.0. Texts of both are below.

Written by UPDATE=1 scripts/check-licenses.sh, from Cargo.lock.
"""


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], check=True, capture_output=True, text=True).stdout


def linked(targets):
    """Names and versions of what is in the library."""
    found = set()
    for target in targets:
        tree = cargo("tree", "--locked", "--quiet", "--package", "pusherws", "--edges", "normal", "--prefix", "none",
                     "--target", target, "--format", "{p}")
        found |= {tuple(line.split()[:2]) for line in tree.splitlines()}
    return {(name, version.removeprefix("v")) for name, version in found if name != "pusherws"}


def texts(crate):
    """The texts that lie at the top of a crate, without differences that nobody sees."""
    folder = Path(crate["manifest_path"]).parent
    files = [file for file in folder.iterdir() if file.is_file() and TEXTS.match(file.name)]
    files += [file for file in folder.glob("LICENSES/*") if file.is_file()]
    if named := crate.get("license_file"):
        files.append(folder / named)
    found = []
    for file in sorted(set(files)):
        text = file.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
        text = "\n".join(line.rstrip() for line in text.expandtabs().splitlines()).strip("\n")
        if text:
            found.append(text)
    return found


def main():
    wanted = linked(sys.argv[1:])
    packages = {(it["name"], it["version"]): it for it in
                json.loads(cargo("metadata", "--locked", "--format-version", "1"))["packages"]}
    users, bare = {}, []
    for name, version in sorted(wanted):
        crate = packages[name, version]
        label = f"{name} {version}"
        if not crate["license"]:
            sys.exit(f"check-licenses: {label} declares no licence")
        found = texts(crate)
        for text in found:
            users.setdefault(text, []).append(label)
        if not found:
            bare.append((label, crate))
    print(HEAD)
    print("The crates, and what they declare:\n")
    for name, version in sorted(wanted):
        print(f"  * {name} {version}: {packages[name, version]['license']}")
    if bare:
        print("\nThese bring no text of their own; those of their licences are below, of others:\n")
        for label, crate in bare:
            print(f"  {label}: {crate['license']}; {', '.join(crate['authors']) or 'its authors'}; {crate['repository']}")
    for text, labels in sorted(users.items(), key=lambda it: it[1]):
        print("\n" + "=" * 100)
        print("Of " + ", ".join(sorted(set(labels))) + ":\n")
        print(text)


if __name__ == "__main__":
    main()
