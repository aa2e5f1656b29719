"""What else is measured: round trips, thousands of connections, a thousand channels on one."""

import os
import sys

from programs import BUILT
from running import Failed

ECHOES = {
    "floor": ("the floor: blocking, by hand", ("bare-echo", "floor")),
    "tungstenite": ("tokio-tungstenite and serde", ("bare-echo", "tungstenite")),
    "inline": ("pusherws, INLINE", ("echo", "inline")),
    "thread": ("pusherws, THREAD", ("echo", "thread")),
}
TRIPS = 20_000


def round_trips(server, rounds):
    """Nanoseconds, by program: the medians of the rounds, and their 99th percentiles."""
    results = {name: {"p50": [], "p99": []} for name in ECHOES}
    for number in range(1, rounds + 1):
        print(f"round trips, round {number} of {rounds}", file=sys.stderr)
        for name, (_, (program, mode)) in ECHOES.items():
            command = (os.path.join(BUILT, program), mode, "{port}", str(TRIPS))
            result, _ = server.run(command)
            results[name]["p50"].append(result["p50_ns"])
            results[name]["p99"].append(result["p99_ns"])
    return results


#: Which way of delivery, and whether over TLS.
CROWDS = (("inline", False), ("shared", False), ("inline", True), ("shared", True))
IDLE_SECONDS = 10


def connections(servers, count):
    """What the program says, for each of the crowds. Once: these are facts, and no race."""
    results = []
    for mode, tls in CROWDS:
        print(f"{count} connections, {mode}{', TLS' if tls else ''}", file=sys.stderr)
        command = [os.path.join(BUILT, "connections"), mode, "{port}", str(count), str(IDLE_SECONDS)]
        result, _ = servers[tls].run(command + ["{ca}"] * tls)
        results.append({"mode": mode, "tls": tls, **result})
    return results


CHANNELS = 1000
EVENTS = 1_000_000


def channels(server, rounds):
    """Nanoseconds for an event of 120 bytes on a connection of one channel; on one of a thousand, where
    all come on one; and where they come on all in turn."""
    cases = {"one": ("load", 0), "idle": ("load", CHANNELS - 1), "spread": ("spread", CHANNELS - 1)}
    results = {name: [] for name in cases}
    for number in range(1, rounds + 1):
        print(f"channels, round {number} of {rounds}", file=sys.stderr)
        for name, (kind, others) in cases.items():
            command = (os.path.join(BUILT, "load"), "inline", "{port}", "{channel}", str(others))
            result, _ = server.run(command, channel=f"{kind}-120-{EVENTS}")
            if result["events"] != EVENTS:
                raise Failed(f"{result['events']:.0f} events instead of {EVENTS}")
            cost = (result["user_us"] + result["system_us"]) * 1000 / EVENTS
            results[name].append(round(cost, 1))
    return results
