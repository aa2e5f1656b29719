#!/usr/bin/env python3
"""Makes of include/pusherws.h what Doxygen reads: a group for every name, an example for every function, links.

    filter.py HEADER            writes it to the standard output: Doxygen calls it so
    filter.py --check HEADER    says which functions have no group or no example

The header is the manual and stays plain; what only the reference needs is added here. An example is a part of a program in
docs/examples between two lines `//! [name]`, and a function's is found by looking: the part that has the function's name
for its own, or else the first that calls it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "docs/examples"

# The first that fits. groups.dox says what they are.
GROUPS = [
    ("library", r"pusher_(version|abi_version|last_error|status_name)"),
    (
        "config_way",
        r"pusher_config_(add_(host|ca_\w+|header|pinned_key)"
        r"|set_(client_certificate\w*|insecure_\w+|tls_versions|proxy|origin|bind_address|tcp_\w+))",
    ),
    ("config_times", r"pusher_config_set_(\w+_timeout|backoff|max_tries|retry_patience|presence_grace)"),
    (
        "config_permission",
        r"pusher_config_(set|add)_(auth\w*|user\w*|secret|encryption_master_key|presence_user|app_id|api_host)",
    ),
    ("config_amounts", r"pusher_config_set_(max_message_size|queue_\w+|publish_\w+|limits|custom_limits)"),
    ("config_delivery", r"pusher_config_set_(delivery|shared_queue|network_threads|log_level)"),
    ("config", r"pusher_config_\w+"),
    ("serving", r"pusher_(authorize_channel|authorize_user|verify_webhook|encrypt)"),
    ("asking", r"pusher_(client_(dispatch|next|next_batch|descriptor|set_wakeup)|events_\w+)"),
    ("queue", r"pusher_queue_(new|free|dispatch|next\w*|descriptor|set_wakeup)"),
    ("http", r"pusher_(batch_\w+|client_(trigger\w*|get_\w+|terminate_user|send_to_user))"),
    ("permission", r"pusher_client_(authorize\w*|refuse|prepare|sign_in|subscribe_with_auth)"),
    ("presence", r"pusher_(client_members|members_\w+)"),
    ("channels", r"pusher_(channel_name|channels_\w+|client_(subscribe\w*|unsubscribe\w*|publish|channel_state|channels))"),
    ("observing", r"pusher_(metrics_\w+|client_(metrics|prometheus|dump|dropped))"),
    ("events", r"pusher_(event_(clone|free)|client_(bind\w*|unbind))"),
    ("client", r"pusher_client_\w+"),
]

# Where looking would find the wrong one.
CHOSEN = {
    "pusher_config_new": ("connecting.c", "cluster"),
    "pusher_config_free": ("connecting.c", "cluster"),
    "pusher_client_connect": ("connecting.c", "connect_and_wait"),
    "pusher_client_wait": ("connecting.c", "connect_and_wait"),
    "pusher_config_set_port": ("connecting.c", "own_server"),
    "pusher_authorize_channel": ("serving.c", "authorize_channel"),
    "pusher_authorize_user": ("serving.c", "authorize_user"),
    "pusher_config_set_secret": ("connecting.c", "own_server"),
}

# What the header leaves out because it says nothing: the thing that a function is called on.
PARAMS = {
    "config": "the config",
    "client": "the client",
    "queue": "the queue",
    "batch": "the batch",
    "channels": "the list",
    "members": "the list",
    "events": "what was taken together",
    "metrics": "the snapshot",
    "status": "a @ref pusher_status",
    "channel": "the channel's whole name",
}


def examples() -> list[tuple[str, str, str]]:
    """All parts of the example programs: file, name, and code without comments."""
    found = []
    for path in sorted(EXAMPLES.glob("*.c")):
        text = path.read_text()
        for name in dict.fromkeys(re.findall(r"//! \[(\w+)\]", text)):
            parts = re.split(rf"[ ]*//! \[{name}\]\n", text)
            if len(parts) != 3:
                sys.exit(f"{path}: [{name}] has to be there twice, and is {len(parts) - 1} times")
            found.append((path.name, name, re.sub(r"/\*.*?\*/", "", parts[1], flags=re.S)))
    return found


def example_of(function: str, parts: list[tuple[str, str, str]]) -> tuple[str, str] | None:
    fitting = [(file, name) for file, name, code in parts if re.search(rf"\b{function}\(", code)]
    if CHOSEN.get(function) in fitting:
        return CHOSEN[function]
    bare = re.sub(r"^pusher_(client_|config_set_|config_)?", "", function)
    return next((part for part in fitting if part[1] in (bare, function)), fitting[0] if fitting else None)


def group_of(name: str) -> str | None:
    return next((group for group, pattern in GROUPS if re.fullmatch(pattern, name)), None)


def linked(comment: str) -> str:
    """Names become links, but in lines of code."""
    lines = []
    for line in comment.split("\n"):
        if not re.match(r"^\s*\*     ", line) or "@" in line:
            line = re.sub(r"`(pusher_\w+)`", r'@ref \1 "\1"', line)
            line = re.sub(r"(?<![\w#`.])(PUSHER_[A-Z0-9_]*[A-Z0-9])\b(?!\.\.\.|_)", r"#\1", line)
            line = (
                re.sub(r"(?<![\w`#])(pusher_(?:client|config|queue|last)_\w+)(?![\w(`*])", r'@ref \1 "\1"', line)
                if "@ref" not in line
                else line
            )
        line = re.sub(r"^(\s*\*) Since ([\d.]+)\.\s*$", r"\1 @since \2", line)
        line = re.sub(r"^(\s*\*) Since ([\d.]+)\. (.+)$", r"\1 @since \2\n\1 @par Specified in\n\1 \3", line)
        lines.append(line)
    return "\n".join(lines)


def add(comment: str, lines: list[str]) -> str:
    return comment[: comment.rindex("*/")].rstrip() + "".join(f"\n * {line}" for line in lines) + "\n */"


def function_comment(comment: str, declaration: str, name: str, parts: list[tuple[str, str, str]]) -> str:
    inside = declaration[declaration.index("(") + 1 : declaration.rindex(")")]
    known = set(re.findall(r"@param\s+(\w+)", comment))
    missing = []
    for param in inside.split(","):
        words = re.findall(r"\w+", param)
        if len(words) > 1 and words[-1] not in known:
            missing.append(f"@param {words[-1]}  {PARAMS.get(words[-1], '')}")
    # Before those that the header has: it is always the first.
    if missing and "@param" in comment:
        comment = comment.replace("@param", "\n * ".join(missing) + "\n * @param", 1)
        missing = []
    lines = missing + [f"@ingroup {group_of(name) or 'none'}"]
    found = example_of(name, parts)
    if found:
        lines += ["@par Example", f"@snippet {found[0]} {found[1]}"]
    return add(comment, lines)


def fields(body: str) -> str:
    """Fields that share the comment of the one before them get one of their own."""
    out, documented, before = [], False, ""
    for line in body.split("\n"):
        field = re.fullmatch(r"    [\w ]+?[ *]+(\w+);", line)
        if field:
            if not documented:
                what = f"The length of {before} in bytes." if field[1] == f"{before}_len" else f"See {before}."
                line += f" /**< {what} */"
            documented, before = False, field[1]
        elif line.strip().startswith("*/"):
            documented = True
        out.append(line)
    return "\n".join(out)


def main() -> None:
    check = sys.argv[1] == "--check"
    text = Path(sys.argv[-1]).read_text()
    parts = examples()
    # The comment at the beginning is the front page.
    text = text.replace(
        "/*\n * pusherws:",
        "/** @file */\n/**\n * @mainpage pusherws: the C API\n *\n"
        ' * See also <a href="../book/docs/index.html">the book</a>.\n *\n * pusherws:',
        1,
    )
    # On that page pieces of C are indented by five blanks, as they are everywhere.
    out, at, functions, wrong = [], 0, 0, 0
    for block in re.finditer(r"/\*\*.*?\*/\n", text, re.S):
        if block.start() < at:
            continue
        out.append(text[at : block.start()])
        rest = text[block.end() :]
        comment = linked(block[0].rstrip("\n"))
        at = block.end()
        function = re.match(r"PUSHER_API\s+([\w\s*]+?)(pusher_\w+)\(([^;]*)\);", rest)
        if function:
            functions += 1
            if check and not group_of(function[2]):
                print(f"reference: {function[2]} is in no group: see GROUPS in docs/reference/filter.py", file=sys.stderr)
                wrong += 1
            if check and not example_of(function[2], parts):
                print(f"reference: no example calls {function[2]}: add it to a program in docs/examples", file=sys.stderr)
                wrong += 1
            comment = function_comment(comment, function[0], function[2], parts)
        elif re.match(r"enum pusher_", rest):
            comment = add(comment, ["@ingroup enums"])
        elif re.match(r"typedef struct pusher_\w+ \{", rest):
            comment = add(comment, ["@ingroup structs"])
            end = rest.index("\n}")
            out.append(comment + "\n")
            out.append(linked(fields(rest[:end])))
            at += end
            continue
        elif re.match(r"typedef ", rest):
            kind = "handles" if rest.startswith("typedef struct") else "structs"
            comment = add(comment, [f"@ingroup {kind}"])
        elif re.match(r"#define", rest):
            comment = add(comment, ["@ingroup library"])
        elif re.match(r"#if", rest):
            comment = comment.replace("/**", "/*", 1)  # about PUSHER_API, which is no part of the API
        out.append(comment + "\n")
    out.append(text[at:])
    made = re.sub(
        r"^#define PUSHER_VERSION_(M\w+|PATCH) \d+$",
        r"\g<0> /**< A part of #PUSHER_VERSION. @ingroup library */",
        "".join(out),
        flags=re.M,
    )
    if check:
        if wrong:
            sys.exit(1)
        print(f"ok  {functions} functions have a group, and an example each, from {len(parts)} parts of programs")
        return
    sys.stdout.write(made)


if __name__ == "__main__":
    main()
