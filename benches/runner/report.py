"""Writes the tables of docs/performance.md, between its markers."""

import os
from statistics import median

from more import CHANNELS, ECHOES, TRIPS
from programs import FLOOR, PAYLOADS, PROGRAMS, ROOT

PAGE = os.path.join(ROOT, "docs", "performance.md")
BEGIN = "<!-- bench: what follows is written by scripts/bench.sh -->"
END = "<!-- bench: end -->"
LABELS = {program.name: program.label for program in PROGRAMS}


def ratio(value):
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def ratio2(value):
    return f"{value:.2f}"


def time(nanoseconds):
    if nanoseconds < 999.5:
        return f"{nanoseconds:.0f} ns"
    if nanoseconds < 999_500:
        return f"{nanoseconds / 1000:.{1 if nanoseconds < 100_000 else 0}f} µs"
    return f"{nanoseconds / 1_000_000:.1f} ms"


def spread(values, show):
    """The median, and what the rounds range over."""
    middle = show(median(values))
    low, high = show(min(values)), show(max(values))
    unit = high.rpartition(" ")[2]
    if len(values) > 1 and low.endswith(f" {unit}"):
        low = low.removesuffix(f" {unit}")
    return middle if low == high else f"{middle} ({low}–{high})"


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|---|" + "---:|" * (len(head) - 1)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def ratios(costs, floors):
    """Those of each round: the programs of a round have met the same machine."""
    return [cost / floor for cost, floor in zip(costs, floors)]


def load_tables(results):
    costs = results["load"]
    head = ["", *PAYLOADS.values()]
    if FLOOR in costs:
        yield "How many times the floor, processor's time for an event:"
        yield ""
        rows = (
            [LABELS[name], *(spread(ratios(of[p], costs[FLOOR][p]), ratio) for p in PAYLOADS)]
            for name, of in costs.items()
        )
        yield from table(head, rows)
        yield ""
    yield "The same as time, user and system together:"
    yield ""
    rows = ([LABELS[name], *(spread(of[p], time) for p in PAYLOADS)] for name, of in costs.items())
    yield from table(head, rows)


def instruction_table(results):
    yield "User-space instructions for an event, from the socket to the end of the callback:"
    yield ""
    rows = (
        [LABELS[name], *(f"{of[p]:,}" for p in PAYLOADS)]
        for name, of in results["instructions"].items()
    )
    yield from table(["", *PAYLOADS.values()], rows)


def trips_table(results):
    yield "### Round trips"
    yield ""
    yield f"A client event and its echo, {TRIPS:,} one after the other; the next is published in the callback:"
    yield ""
    trips = results["trips"]
    floors = trips[FLOOR]["p50"]
    rows = (
        [
            label,
            spread(ratios(trips[name]["p50"], floors), ratio2),
            spread(trips[name]["p50"], time),
            spread(trips[name]["p99"], time),
        ]
        for name, (label, _) in ECHOES.items()
    )
    yield from table(["", "times the floor", "half within", "99 % within"], rows)


def channels_table(results):
    yield "### Many channels"
    yield ""
    yield "An event of 120 bytes, INLINE; each channel is subscribed and has a binding of its own:"
    yield ""
    costs = results["channels"]
    labels = {
        "one": "1 channel",
        "idle": f"{CHANNELS:,} channels, all events on one",
        "spread": f"{CHANNELS:,} channels, events on all in turn",
    }
    rows = (
        [label, spread(ratios(costs[name], costs["one"]), ratio2), spread(costs[name], time)]
        for name, label in labels.items()
    )
    yield from table(["", "times one channel", "time for an event"], rows)


def connections_table(results):
    crowds = results["connections"]
    yield "### Many connections"
    yield ""
    yield f"{crowds[0]['connections']:,.0f} connections in one process, each subscribed to a channel; measured once:"
    yield ""
    head = [
        "",
        "threads",
        "own memory for each",
        "all connected after",
        "processor's time for that",
        f"and in {crowds[0]['idle_s']:.0f} s idle",
    ]
    rows = (
        [
            {"inline": "INLINE", "shared": "POLL, one queue"}[crowd["mode"]] + ", TLS" * crowd["tls"],
            f"{crowd['threads']:.0f}",
            f"{crowd['bytes_each'] / 1024:.1f} KiB",
            f"{crowd['storm_s']:.1f} s",
            f"{crowd['storm_cpu_s']:.1f} s",
            f"{crowd['idle_cpu_s'] * 1000:.1f} ms",
        ]
        for crowd in crowds
    )
    yield from table(head, rows)


def render(results):
    lines = [f"{results['machine']}. Its load from other work was {results['busy']:.1f} at the beginning.", ""]
    lines += [f"{', '.join(results['versions'])}.", ""]
    rounds = results["rounds"]
    lines += [f"Medians of {rounds} rounds, and their range." if rounds > 1 else "One round.", ""]
    lines += [*load_tables(results), "", *instruction_table(results)]
    # Not measured where only some programs are.
    parts = {"trips": trips_table, "channels": channels_table, "connections": connections_table}
    for name, part in parts.items():
        if name in results:
            lines += ["", *part(results)]
    return "\n".join(lines)


def write(results):
    with open(PAGE, encoding="utf-8") as file:
        text = file.read()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"bench: {PAGE} has lost its markers, {BEGIN} and {END}")
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}\n\n{render(results)}\n\n{END}{after}")
