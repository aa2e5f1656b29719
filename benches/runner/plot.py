"""Draws docs/performance.svg: how many times the floor an event costs. Readable on light and dark
pages, since it brings its own ground in either."""

import math
import os
from html import escape
from statistics import median

from programs import FLOOR, PAYLOADS, PROGRAMS, ROOT

FILE = os.path.join(ROOT, "docs", "performance.svg")

#: What is drawn in which colour, on a light page and on a dark one.
COLOURS = {
    "ground": ("#ffffff", "#0d1117"),
    "ours": ("#ddf4ff", "#12253f"),
    "ink": ("#1f2328", "#f0f6fc"),
    "faint": ("#59636e", "#9198a1"),
    "grid": ("#d1d9e0", "#3d444d"),
    "a": ("#0969da", "#58a6ff"),
    "b": ("#bc4c00", "#f0883e"),
    "c": ("#1a7f37", "#3fb950"),
    "d": ("#8250df", "#bc8cff"),
}


def style():
    """Classes, and not variables, which not all that shows drawings knows."""
    yield "text { font: 13px system-ui, sans-serif }"
    yield ".small { font-size: 12px } .end { text-anchor: end } .middle { text-anchor: middle }"
    yield "path.range { fill: none; stroke-width: 1.5 }"
    for dark in (0, 1):
        if dark:
            yield "@media (prefers-color-scheme: dark) {"
        for name, colours in COLOURS.items():
            yield f".{name} {{ fill: {colours[dark]} }} path.{name} {{ stroke: {colours[dark]} }}"
    yield "}"


WIDTH, LEFT, RIGHT, TOP, ROW, BOTTOM = 860, 270, 90, 64, 28, 42

#: A shape of its own for each payload, drawn around 0,0: colours alone do not reach everybody.
SHAPES = {
    "120": ("a", '<circle r="5"/>'),
    "400": ("b", '<rect x="-4.5" y="-4.5" width="9" height="9"/>'),
    "4096": ("c", '<path d="M0-6 5.5 4.5h-11z"/>'),
    "9900": ("d", '<path d="M0-6.5 6 0 0 6.5-6 0z"/>'),
}


def mark(payload, x, y):
    colour, shape = SHAPES[payload]
    return f'<g transform="translate({x:.1f} {y:.1f})" class="{colour}">{shape}</g>'


def scale(top):
    """From a ratio to a place; each step of ten is as wide as the others."""
    width = WIDTH - LEFT - RIGHT
    return lambda value: LEFT + width * math.log(max(value, 0.5) / 0.5) / math.log(top / 0.5)


def legend():
    x = LEFT
    for payload, label in PAYLOADS.items():
        yield mark(payload, x, 40)
        yield f'<text class="ink" x="{x + 12}" y="44">{label}</text>'
        x += 80


def row(program, costs, floors, y, place):
    yield f'<text class="ink end" x="{LEFT - 14}" y="{y + 4}">{escape(program.label)}</text>'
    for number, payload in enumerate(PAYLOADS):
        ratios = [cost / floor for cost, floor in zip(costs[payload], floors[payload])]
        # A little above and below the middle, so that none hides another.
        level = y + (number - 1.5) * 3
        low, high = place(min(ratios)), place(max(ratios))
        yield (
            f'<path class="range {SHAPES[payload][0]}" d="M{low:.1f} {level}H{high:.1f}"/>'
        )
        yield mark(payload, place(median(ratios)), level)
        if number == 0:
            value = median(ratios)
            text = f"{value:.1f}" if value < 9.95 else f"{value:.0f}"
            yield f'<text class="ink end" x="{WIDTH - 24}" y="{y + 4}">{text}</text>'


def draw(results):
    costs = results["load"]
    floors = costs[FLOOR]
    programs = [program for program in PROGRAMS if program.name in costs]
    height = TOP + ROW * len(programs) + BOTTOM
    bottom = height - BOTTOM
    place = scale(
        1.3 * max(max(costs[p.name][size]) / min(floors[size]) for p in programs for size in PAYLOADS)
    )
    title = "Processor's time for an event, as a multiple of a reader that does nothing else"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" role="img" aria-label="{escape(title)}">'
    )
    yield from ("<style>", *style(), "</style>")
    yield f'<rect width="{WIDTH}" height="{height}" rx="6" class="ground"/>'
    yield f'<text class="ink" x="24" y="22" font-weight="600">{escape(title)}</text>'
    yield '<text class="faint small" x="24" y="44">less is better</text>'
    yield f'<text class="faint small end" x="{WIDTH - 24}" y="44">120 B</text>'
    yield from legend()
    for number, program in enumerate(programs):
        if program.ours:
            y = TOP + ROW * number
            yield f'<rect y="{y}" width="{WIDTH}" height="{ROW}" class="ours"/>'
    for value in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        x = place(value)
        if x > WIDTH - RIGHT:
            break
        yield f'<path class="grid" d="M{x:.1f} {TOP}V{bottom}" opacity="{1 if value == 1 else 0.5}"/>'
        yield f'<text class="faint small middle" x="{x:.1f}" y="{bottom + 18}">{value}</text>'
    for number, program in enumerate(programs):
        yield from row(program, costs[program.name], floors, TOP + ROW * (number + 0.5), place)
    rounds = results["rounds"]
    what = f"medians of {rounds} rounds, and their range" if rounds > 1 else "one round"
    note = f"times the floor, on a scale of equal factors; {what}"
    yield f'<text class="faint small" x="{LEFT}" y="{bottom + 35}">{note}</text>'
    yield "</svg>"


def write(results):
    with open(FILE, "w", encoding="utf-8") as file:
        file.write("\n".join(draw(results)) + "\n")
