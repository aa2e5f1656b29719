"""The raw layer says what include/pusherws.h says."""

from __future__ import annotations

import ctypes
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pusherws import _loader, _raw, _structs
from pusherws._version import VERSION
from pusherws.enums import C_PREFIXES, Status

from servers import ROOT

HEADER = (ROOT / "include/pusherws.h").read_text()
CODE = re.sub(r"^\s*#.*$", "", re.sub(r"/\*.*?\*/", "", HEADER, flags=re.S), flags=re.M)

TYPES = {
    "int32_t": ctypes.c_int32,
    "uint32_t": ctypes.c_uint32,
    "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64,
    "size_t": ctypes.c_size_t,
    "ptrdiff_t": ctypes.c_ssize_t,
    "pusher_request": ctypes.c_uint64,
    "pusher_binding": ctypes.c_uint64,
    "void*": ctypes.c_void_p,
    "char**": ctypes.POINTER(ctypes.c_char_p),
}
HANDLES = ("batch", "channels", "client", "config", "events", "members", "metrics", "queue")


def functions() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Each function's name, result and arguments with their names."""
    for declaration in re.findall(r"^PUSHER_API\s+(.*?);", CODE, re.S | re.M):
        text = " ".join(declaration.split())
        found = re.fullmatch(r"(.*?)\b(pusher_\w+)\((.*)\)", text)
        assert found, text
        result, name, arguments = found.groups()
        pairs = [] if arguments == "void" else [argument.strip() for argument in arguments.split(",")]
        split = [re.fullmatch(r"(.*?)(\w+)", pair) for pair in pairs]
        yield name, plain(result), [(plain(pair.group(1)), pair.group(2)) for pair in split if pair]


def plain(kind: str) -> str:
    return re.sub(r"\b(struct|const)\b|\s", "", kind)


def as_ctypes(kind: str, name: str) -> object:
    if kind in TYPES:
        return TYPES[kind]
    if kind == "char*":
        return ctypes.POINTER(ctypes.c_char) if name == "buffer" else ctypes.c_char_p
    stem = kind.rstrip("*")
    found = TYPES.get(stem) or getattr(_structs, stem)
    depth = len(kind) - len(stem) - (1 if stem[len("pusher_") :] in HANDLES else 0)
    for _ in range(depth):
        found = ctypes.POINTER(found)
    return found


DECLARED = list(functions())


def test_every_function_of_the_header_is_there_and_no_other() -> None:
    assert [name for name, _, _ in DECLARED] == list(_raw.FUNCTIONS)
    assert len(DECLARED) > 100


@pytest.mark.parametrize("name,result,arguments", DECLARED, ids=[name for name, _, _ in DECLARED])
def test_a_function_has_the_headers_types(name: str, result: str, arguments: list[tuple[str, str]]) -> None:
    ours, parameters = _raw.FUNCTIONS[name]
    if name == "pusher_events_text":
        # A block that may hold NULs: its address, not a text.
        assert (result, ours) == ("char*", ctypes.c_void_p)
    else:
        assert ours == as_ctypes(result, "result")
    assert parameters == [as_ctypes(kind, argument) for kind, argument in arguments]
    function = getattr(_raw.lib, name)
    assert function.restype == ours and function.argtypes == parameters


def constants() -> dict[str, int]:
    return {name: int(number) for name, number in re.findall(r"(PUSHER_\w+) = (-?\d+)\b", CODE)}


def test_every_constant_of_the_header_is_there_and_no_other() -> None:
    ours = {}
    for kind, prefix in C_PREFIXES.items():
        for member in kind:
            ours["PUSHER_OK" if member is Status.OK else prefix + member.name] = int(member)
    assert ours == constants()


def test_structs_have_the_headers_fields() -> None:
    bodies = dict(re.findall(r"typedef struct (pusher_\w+) \{(.*?)\} \1;", CODE, re.S))
    assert set(bodies) == set(_structs.STRUCTS)
    for name, body in bodies.items():
        theirs = re.findall(r"(\w+);", body)
        assert theirs == [field[0] for field in _structs.STRUCTS[name]._fields_]


def test_structs_lie_in_memory_as_a_c_compiler_lays_them(tmp_path: Path) -> None:
    lines = []
    for name, struct in _structs.STRUCTS.items():
        lines.append(f'printf("{name} %zu\\n", sizeof(struct {name}));')
        for field in struct._fields_:
            lines.append(
                f'printf("{name}.{field[0]} %zu %zu\\n", offsetof(struct {name}, {field[0]}), sizeof(((struct {name} *)0)->{field[0]}));'
            )
    source = tmp_path / "layout.c"
    body = "\n    ".join(lines)
    source.write_text(f"#include <pusherws.h>\n#include <stdio.h>\nint main(void)\n{{\n    {body}\n    return 0;\n}}\n")
    program = tmp_path / "layout"
    subprocess.run(["cc", "-I", str(ROOT / "include"), str(source), "-o", str(program)], check=True)
    theirs = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout.splitlines()
    ours = []
    for name, struct in _structs.STRUCTS.items():
        ours.append(f"{name} {ctypes.sizeof(struct)}")
        for field in struct._fields_:
            place = getattr(struct, field[0])
            ours.append(f"{name}.{field[0]} {place.offset} {place.size}")
    assert ours == theirs


def test_versions_agree() -> None:
    assert f'#define PUSHER_VERSION "{VERSION}"' in HEADER
    assert _raw.lib.pusher_version() == VERSION.encode()
    assert f"#define PUSHER_ABI_VERSION {_loader.ABI_VERSION}\n" in HEADER
