#!/usr/bin/env python3
"""Compares bindings/delphi/PusherWS.Api.pas with include/pusherws.h: constants, types and functions.

    check-pascal-api.py [UNIT]          compares, and shows what the unit should say where they differ
    check-pascal-api.py --update        writes the unit's declarations anew, as the header asks for them
    check-pascal-api.py --layout DIR    writes layout.c and layout.pas there, which print the size of every
                                        record and the place of every field: both have to print the same
"""

import argparse
import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = ROOT / "include" / "pusherws.h"
UNIT = ROOT / "bindings" / "delphi" / "PusherWS.Api.pas"

# Pascal does not tell PUSHER_VERSION from pusher_version.
RENAMED = {"PUSHER_VERSION": "PUSHERWS_VERSION", "PUSHER_ABI_VERSION": "PUSHERWS_ABI_VERSION"}
# Words that Pascal keeps for itself.
RESERVED = {"except", "type", "end", "begin", "file", "property", "string", "function", "var", "in"}
SCALARS = {
    "void": "Pointer",
    "char": "PAnsiChar",
    "int32_t": "Integer",
    "uint32_t": "Cardinal",
    "int64_t": "Int64",
    "uint64_t": "UInt64",
    "size_t": "NativeUInt",
    "ptrdiff_t": "NativeInt",
}


class Header:
    """What the header declares, as the Pascal that says the same."""

    def __init__(self, text):
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        text = re.sub(r"//.*", "", text)
        self.constants = {}
        self.enums = {}
        for name, value in re.findall(r"^#define (PUSHER_[A-Z_]+) (\"[^\"]*\"|-?\d+)$", text, flags=re.M):
            self.constants[RENAMED.get(name, name)] = value.replace('"', "'")
        text = re.sub(r"^\s*#(?:.*\\\n)*.*$", "", text, flags=re.M)
        self.types = {}
        self.structs = {}
        for name, body in re.findall(r"\benum (\w+)\s*(?::\s*int32_t)?\s*\{(.*?)\}", text, flags=re.S):
            self.types[name] = "Integer"
            self.enums[name] = dict(re.findall(r"(\w+)\s*=\s*(-?\d+)", body))
            self.constants.update(self.enums[name])
        for name, alias in re.findall(r"typedef (uint64_t) (\w+);", text):
            self.types[alias] = SCALARS[name]
        for name in re.findall(r"typedef struct (\w+) \1;", text):
            self.types[name] = "record end"
        structs = re.findall(r"typedef struct (\w+) \{(.*?)\} \1;", text, flags=re.S)
        callbacks = re.findall(r"typedef void \(\*(\w+)\)\((.*?)\);", text, flags=re.S)
        self.callbacks = {name for name, _ in callbacks}
        # Names first: fields and parameters refer to types that come later.
        self.known = set(self.types) | {name for name, _ in structs} | self.callbacks
        for name, parameters in callbacks:
            self.types[name] = f"procedure({self.parameters(parameters)}); cdecl"
        for name, body in structs:
            fields = [self.declared(field) for field in body.split(";") if field.strip()]
            self.structs[name] = fields
            self.types[name] = "record " + " ".join(f"{f}: {t};" for f, t in fields) + " end"
        self.functions = {}
        for result, name, parameters in re.findall(
            r"PUSHER_API\s+([\w\s\*]+?)\s*\b(pusher_\w+)\((.*?)\);", text, flags=re.S
        ):
            listed = self.parameters(parameters)
            returned = self.type_of(re.sub(r"\bconst\b|\bstruct\b", "", result))
            self.functions[name] = f"{'(' + listed + ')' if listed else ''}: {returned}"
        if len(self.functions) < 100 or len(self.structs) < 4 or len(self.constants) < 80:
            sys.exit("check-pascal-api: the header is not written as this script expects; mend the script")

    def parameters(self, text):
        text = " ".join(text.split())
        if text == "void":
            return ""
        return "; ".join(f"{name}: {kind}" for name, kind in map(self.declared, text.split(",")))

    def declared(self, text):
        """`const char *name` as ("name", "PAnsiChar")."""
        text = re.sub(r"\bconst\b|\bstruct\b", "", text)
        kind, name = re.fullmatch(r"\s*(.*?)(\w+)\s*", text, flags=re.S).groups()
        return (name + "_" if name in RESERVED else name), self.type_of(kind)

    def type_of(self, text):
        stars = text.count("*")
        base = text.replace("*", "").strip()
        if base in ("void", "char"):
            stars -= 1
            kind = SCALARS[base]
        elif base in SCALARS:
            kind = SCALARS[base]
        elif base in self.known:
            kind = base
        else:
            sys.exit(f"check-pascal-api: the header has a type that this script does not know: {base}")
        return "P" * stars + kind


class Unit:
    """What the Pascal unit declares, with comments and layout taken away."""

    def __init__(self, text):
        interface, implementation = text.split("\nimplementation\n")
        self.imported, self.loaded = {}, {}
        imported, loaded = self.branches(interface)
        declared = re.compile(r"function (pusher_\w+)(.*?); cdecl; external PUSHERWS_LIBRARY;")
        for name, rest in declared.findall(plain(imported)):
            self.imported[name] = rest
        for name, rest in re.findall(r"\b(pusher_\w+): function(.*?); cdecl;", plain(loaded)):
            self.loaded[name] = rest
        interface = plain(interface)
        constants = re.findall(r"\b(PUSHER\w*_[A-Z0-9_]+) = ('[^']*'|-?\d+);", interface)
        self.constants = {name: value for name, value in constants if "_LIBRARY" not in name}
        self.types = {}
        for name, kind in re.findall(
            r"\b(pusher_\w+) = (record\b.*?\bend|procedure\(.*?\); cdecl|\w+);", interface
        ):
            self.types[name] = kind
        self.pointers = set(re.findall(r"\b(P+pusher_\w+) = \^", interface))
        self.resolved = re.findall(r"Resolve\(@@(\w+), '(\w+)'\);", implementation)

    @staticmethod
    def branches(text):
        found = re.search(r"\{\$IFDEF PUSHERWS_IMPORT\}\n(function.*?)\{\$ELSE\}\n(.*?)\{\$ENDIF\}", text, re.S)
        if not found:
            sys.exit("check-pascal-api: PusherWS.Api.pas has no {$IFDEF PUSHERWS_IMPORT} with its functions")
        return found.groups()


def plain(text):
    return " ".join(re.sub(r"//.*|\{[^}]*\}", "", text).split())


def same(one, other):
    return one.split() == other.split()


def wrapped(text, indent="  ", width=118):
    return textwrap.fill(
        text.strip(), width, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False
    )


def show_constant(name, value):
    return f"  {name} = {value};"


def show_type(name, kind):
    if kind.startswith("record ") and kind != "record end":
        body = kind[len("record ") : -len(" end")].replace("; ", ";\n    ")
        return f"  {name} = record\n    {body}\n  end;"
    return wrapped(f"  {name} = {kind};")


def show_imported(name, rest):
    return wrapped(f"function {name}{rest}; cdecl; external PUSHERWS_LIBRARY;", indent="")


def show_loaded(name, rest):
    return wrapped(f"  {name}: function{rest}; cdecl;")


def show_resolve(name):
    return f"  Resolve(@@{name}, '{name}');"


def pointers(header):
    """Those that functions, fields and parameters need, in an order that is easy to read."""
    used = re.findall(r"\bP+pusher_\w+", " ".join([*header.functions.values(), *header.types.values()]))
    return sorted(set(used), key=lambda name: (name.lstrip("P"), name))


def show_pointer(name):
    return f"  {name} = ^{name[1:]};"


def updated(header, text):
    """The unit's text with the header's declarations. What is said about a group of constants stays."""

    def replace(beginning, end, new):
        nonlocal text
        start = text.index(beginning)
        stop = text.index(end, start)
        text = text[:start] + new + text[stop:]

    said = dict(re.findall(r"^  // (pusher_\w+)(:.*)$", text, flags=re.M))
    groups = []
    for enum, constants in header.enums.items():
        lines = [f"  // {enum}{said.get(enum, '')}", *(show_constant(*item) for item in constants.items())]
        groups.append("\n".join(lines))
    replace("  // pusher_status", "\ntype\n", "\n\n".join(groups) + "\n")
    for name, value in header.constants.items():
        text = re.sub(rf"^  {name} = .*;$", show_constant(name, value), text, flags=re.M)

    plain_types, opaque, others = [], [], []
    for name, kind in header.types.items():
        if kind in ("Integer", "UInt64"):
            plain_types.append(show_type(name, kind))
        elif kind == "record end":
            opaque.append(show_type(name, kind))
        else:
            others.append(show_type(name, kind))
    callbacks = [kind for kind in others if "record" not in kind]
    records = [kind for kind in others if "record" in kind]
    replace("  pusher_status = ", "\n  // What only", "\n".join(plain_types) + "\n")
    replace("  pusher_batch = ", "{$IFDEF PUSHERWS_IMPORT}", "\n\n".join(
        ["\n".join(opaque), "\n".join(map(show_pointer, pointers(header))), "\n".join(callbacks), *records]
    ) + "\n\n")
    functions = header.functions.items()
    replace("function pusher_version", "\n{$ELSE}", "\n".join(show_imported(*item) for item in functions))
    replace("  pusher_version: function", "\n{$ENDIF}", "\n".join(show_loaded(*item) for item in functions))
    replace("  Resolve(@@pusher_version,", "\nend;", "\n".join(map(show_resolve, header.functions)))
    return text


def compare(header, unit):
    problems = []

    def tables(what, wanted, found, show):
        for name, text in wanted.items():
            if name not in found:
                problems.append(f"{what} {name} is missing; it should be\n{show(name, text)}")
            elif not same(text, found[name]):
                problems.append(f"{what} {name} is not the header's; it should be\n{show(name, text)}")
        for name in found:
            if name not in wanted:
                problems.append(f"{what} {name} is not in the header; take it out")

    tables("constant", header.constants, unit.constants, show_constant)
    tables("type", header.types, unit.types, show_type)
    tables("imported function", header.functions, unit.imported, show_imported)
    tables("loaded function", header.functions, unit.loaded, show_loaded)
    for name in pointers(header):
        if name not in unit.pointers:
            problems.append(f"type {name} is missing; it should be\n{show_pointer(name)}")
    resolved = {}
    for variable, name in unit.resolved:
        if variable != name:
            problems.append(f"{variable} is resolved by the name {name}; both should be the same")
        resolved[variable] = name
    for name in header.functions:
        if name not in resolved:
            problems.append(f"{name} is not resolved; add\n{show_resolve(name)}")
    for name in resolved:
        if name not in header.functions:
            problems.append(f"{name} is resolved, and not in the header; take it out")
    return problems


def write_layout(header, folder):
    c = ['#include "pusherws.h"', "#include <stdio.h>", "int main(void)", "{"]
    pascal = [
        "program layout;",
        "{$IFDEF FPC}{$MODE DELPHI}{$ENDIF}",
        "uses PusherWS.Api;",
        "var",
        *(f"  {name}_: {name};" for name in header.structs),
        "begin",
    ]
    for name, fields in header.structs.items():
        c.append(f'    printf("{name} %zu\\n", sizeof({name}));')
        pascal.append(f"  WriteLn('{name} ', SizeOf({name}));")
        for field, kind in fields:
            c.append(
                f'    printf("{name}.{field} %zu %zu\\n", offsetof({name}, {field}),'
                f" sizeof((({name} *)0)->{field}));"
            )
            # One @ would be the function that the field holds.
            at = "@@" if kind in header.callbacks else "@"
            pascal.append(
                f"  WriteLn('{name}.{field} ', PAnsiChar({at}{name}_.{field}) - PAnsiChar(@{name}_), ' ',"
                f" SizeOf({name}_.{field}));"
            )
    for name, kind in header.types.items():
        if kind in ("Integer", "UInt64"):
            c.append(f'    printf("{name} %zu\\n", sizeof({name}));')
            pascal.append(f"  WriteLn('{name} ', SizeOf({name}));")
    c += ["    return 0;", "}"]
    pascal += ["end."]
    (folder / "layout.c").write_text("\n".join(c) + "\n")
    (folder / "layout.pas").write_text("\n".join(pascal) + "\n")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("unit", nargs="?", type=Path, default=UNIT, metavar="UNIT")
    arguments.add_argument("--update", action="store_true")
    arguments.add_argument("--layout", type=Path, metavar="DIR")
    arguments = arguments.parse_args()
    header = Header(HEADER.read_text())
    if arguments.update:
        arguments.unit.write_text(updated(header, arguments.unit.read_text()))
    if arguments.layout:
        write_layout(header, arguments.layout)
        return
    problems = compare(header, Unit(arguments.unit.read_text()))
    for problem in problems:
        print(f"PusherWS.Api.pas: {problem}", file=sys.stderr)
    if problems:
        sys.exit(
            f"check-pascal-api: {len(problems)} differences between the unit and the header; "
            "scripts/check-pascal-api.py --update writes them into the unit"
        )
    print(
        f"ok  PusherWS.Api.pas is the header's: {len(header.functions)} functions, "
        f"{len(header.constants)} constants, {len(header.types)} types"
    )


main()
