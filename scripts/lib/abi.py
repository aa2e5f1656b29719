"""What scripts/check-abi.sh reads out of include/pusherws.h.

    abi.py carrier HEADER           writes a C file that defines every function of the header, and a variable of
                                    every enum and struct: what a compiler and abidiff make of the header
    abi.py since HEADER TABLE       compares the table of first versions with the header
    abi.py since --update HEADER TABLE   adds what is new, with the header's version, and drops what is gone
"""

import argparse
import re
import sys
from pathlib import Path

HEAD = """\
# What the header declares, and the version that had it first; see docs/abi.md.
# UPDATE=1 scripts/check-abi.sh adds what is new. A line that goes, or a version that changes, breaks programs.
"""


class Header:
    def __init__(self, path):
        text = Path(path).read_text()
        self.version = re.search(r'^#define PUSHER_VERSION "(.*)"$', text, re.M).group(1)
        # A declaration and the comment before it, for its "Since".
        documented = re.compile(r"/\*\*((?:(?!\*/).)*?)\*/\s*((?:enum|typedef|PUSHER_API)\b[^;{]*)", re.S)
        self.told = {}
        for comment, declaration in documented.findall(text):
            since = re.search(r"\bSince (\d+\.\d+\.\d+)\.", comment)
            name = self.name(declaration)
            self.told[name] = since.group(1) if since else None
        code = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        self.macros = re.findall(r"^# *define (PUSHER_[A-Z_]+)", code, re.M)
        self.functions = re.findall(r"^PUSHER_API\s+([\w\s*]+?)\s*\b(pusher_\w+)\((.*?)\);", code, re.S | re.M)
        code = re.sub(r"^\s*#.*$", "", code, flags=re.M)
        self.enums = {
            name: re.findall(r"^\s+(PUSHER_\w+)", body, re.M)
            for name, body in re.findall(r"^enum (pusher_\w+)[^{]*\{(.*?)\};", code, re.S | re.M)
        }
        self.structs = {
            name: re.findall(r"(\w+);", body)
            for name, body in re.findall(r"^typedef struct (pusher_\w+) \{(.*?)\}", code, re.S | re.M)
        }
        self.others = re.findall(r"^typedef (?:struct \w+|\w+) (pusher_\w+);", code, re.M)
        self.others += re.findall(r"^typedef void \(\*(pusher_\w+)\)", code, re.M)
        self.others = [name for name in self.others if name not in self.enums]
        if len(self.functions) < 100 or len(self.enums) < 15 or len(self.structs) < 6 or len(self.others) < 10:
            sys.exit("check-abi: the header is not written as scripts/lib/abi.py expects; mend that")

    @staticmethod
    def name(declaration):
        if found := re.match(r"enum (\w+)|typedef struct (\w+)\s*$", declaration):
            return found.group(1) or found.group(2)
        if found := re.search(r"\(\*(\w+)\)\(|\b(pusher_\w+)\(", declaration):
            return found.group(1) or found.group(2)
        return declaration.split()[-1]

    def names(self):
        yield from ((name, "function") for _, name, _ in self.functions)
        yield from ((name, "type") for name in self.others)
        yield from ((name, "macro") for name in self.macros)
        for name, constants in self.enums.items():
            yield name, "enum"
            yield from ((constant, "constant") for constant in constants)
        for name, fields in self.structs.items():
            yield name, "struct"
            yield from ((f"{name}.{field}", "field") for field in fields)


def carrier(header):
    print("#include <pusherws.h>")
    for result, name, parameters in header.functions:
        print(f"{result} {name}({parameters}) {{ return 0; }}")
    # Functions take enums as plain numbers, and some structs are met behind pointers only.
    for name in header.enums:
        print(f"enum {name} abi_of_{name};")
    for name in header.structs:
        print(f"struct {name} abi_of_{name};")


def version(text):
    return tuple(map(int, text.split(".")))


def since(header, path, update):
    names = dict(header.names())
    table = {}
    if path.exists():
        for line in path.read_text().splitlines():
            if line and not line.startswith("#"):
                name, kind, first = line.split()
                table[name] = (kind, first)
    if update:
        for name, kind in names.items():
            table[name] = (kind, table[name][1] if name in table else header.told.get(name) or header.version)
        lines = [f"{name} {kind} {table[name][1]}" for name, kind in sorted(names.items())]
        path.write_text(HEAD + "\n".join(lines) + "\n")
        table = {name: table[name] for name in names}
    wrong = []
    for name, kind in names.items():
        if name not in table:
            wrong.append(f"{name} is not in {path.name}")
        elif table[name][0] != kind:
            wrong.append(f"{name} is a {kind}, and was a {table[name][0]}")
        elif version(table[name][1]) > version(header.version):
            wrong.append(f"{name} is of {table[name][1]}, and the header of {header.version}")
        # A constant or field is told of where its enum or struct is, or not at all.
        elif kind not in ("constant", "field", "macro") and header.told.get(name) != table[name][1]:
            wrong.append(f"{name} is of {table[name][1]}, and its comment says Since {header.told.get(name)}")
    wrong += [f"{name} is gone" for name in table if name not in names]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=["carrier", "since"])
    parser.add_argument("--update", action="store_true")
    parser.add_argument("header")
    parser.add_argument("table", nargs="?", type=Path)
    options = parser.parse_args()
    header = Header(options.header)
    if options.action == "carrier":
        carrier(header)
        return 0
    return since(header, options.table, options.update)


if __name__ == "__main__":
    sys.exit(main())
