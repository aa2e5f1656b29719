"""What an event costs under load: the processor's time, and the instructions."""

import re
import sys

from programs import PAYLOADS, PROGRAMS
from running import Failed

#: What the programs saw, by payload: all have to have seen the same.
SEEN = {}


def check(program, payload, count, result):
    if result["events"] != count:
        raise Failed(f"{program.name}: {result['events']:.0f} events instead of {count}")
    if "bytes" in result:
        seen = (result["bytes"] / count, result["sum"] / count)
        if SEEN.setdefault(payload, seen) != seen:
            raise Failed(f"{program.name}: its events of {payload} bytes are not those of the others")


def nanoseconds(server, program, payload):
    count = program.count(payload)
    result, _ = server.run(program.command, channel=f"load-{payload}-{count}")
    check(program, payload, count, result)
    return (result["user_us"] + result["system_us"]) * 1000 / count


def times(servers, rounds, names):
    """Nanoseconds for an event, by program and payload: one for each round. The programs take
    turns, so that a slow moment of the machine meets them all."""
    results = {}
    for number in range(1, rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr)
        for payload in PAYLOADS:
            for program in PROGRAMS:
                if names and program.name not in names:
                    continue
                cost = nanoseconds(servers[program.tls], program, payload)
                results.setdefault(program.name, {}).setdefault(payload, []).append(round(cost, 1))
    return results


CALLGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")


def counted(server, program, payload, count):
    _, errors = server.run(program.command, CALLGRIND, channel=f"load-{payload}-{count}")
    found = re.search(r"Collected : (\d+)", errors)
    if not found:
        raise Failed("valgrind counted nothing")
    return int(found.group(1))


def instructions(servers, names):
    """User-space instructions for an event, by program and payload: the difference of two runs, so
    that the start and the end cancel out."""
    results = {}
    for program in PROGRAMS:
        if not program.native or (names and program.name not in names):
            continue
        print(f"counting the instructions of {program.name}", file=sys.stderr)
        for payload in PAYLOADS:
            few, many = 500, 3500
            less = counted(servers[program.tls], program, payload, few)
            more = counted(servers[program.tls], program, payload, many)
            # A tenth more is sent to warm up.
            cost = (more - less) / ((many - few) * 1.1)
            results.setdefault(program.name, {})[payload] = round(cost)
    return results
