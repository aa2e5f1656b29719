"""Writes the tables of docs/performance.md, between its markers."""

import os
from statistics import median

from programs import FLOOR, PAYLOADS, PROGRAMS, ROOT

PAGE = os.path.join(ROOT, "docs", "performance.md")
BEGIN = "<!-- bench: what follows is written by scripts/bench.sh -->"
END = "<!-- bench: end -->"
LABELS = {program.name: program.label for program in PROGRAMS}


def ratio(value):
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def time(nanoseconds):
    if nanoseconds < 999.5:
        return f"{nanoseconds:.0f} ns"
    return f"{nanoseconds / 1000:.{1 if nanoseconds < 100_000 else 0}f} µs"


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


def render(results):
    lines = [f"{results['machine']}.", ""]
    lines += [f"{', '.join(results['versions'])}.", ""]
    rounds = results["rounds"]
    lines += [f"Medians of {rounds} rounds, and their range." if rounds > 1 else "One round.", ""]
    lines += [*load_tables(results), "", *instruction_table(results)]
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
