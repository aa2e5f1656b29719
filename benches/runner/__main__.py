"""Runs the benches and writes what they tell into docs/. scripts/bench.sh builds everything first, and
says what there is to choose."""

import argparse
import json
import os
import sys
from contextlib import ExitStack

import load
import more
import plot
import report
from machine import busy, machine, versions
from programs import BUILT, PROGRAMS
from running import Failed, Server


def main():
    parser = argparse.ArgumentParser(prog="bench.sh")
    parser.add_argument("rounds", nargs="?", type=int, default=7, help="of everything; default: 7")
    parser.add_argument(
        "--only",
        metavar="PROGRAM",
        nargs="+",
        choices=[program.name for program in PROGRAMS],
        help="only these, and only to be shown: nothing is written",
    )
    parser.add_argument(
        "--connections",
        metavar="N",
        type=int,
        default=10_000,
        help="how many in one process; default: 10000",
    )
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("there has to be at least one round")

    with ExitStack() as stack:
        servers = {tls: stack.enter_context(Server(tls)) for tls in (False, True)}
        results = {
            "machine": machine(),
            "busy": busy(),
            "versions": versions(),
            "rounds": arguments.rounds,
            "load": load.times(servers, arguments.rounds, arguments.only),
            "instructions": load.instructions(servers, arguments.only),
        }
        if not arguments.only:
            results["trips"] = more.round_trips(servers[False], arguments.rounds)
            results["channels"] = more.channels(servers[False], arguments.rounds)
            results["connections"] = more.connections(servers, arguments.connections)
    with open(os.path.join(BUILT, "results.json"), "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)
    if arguments.only:
        print(report.render(results))
    else:
        report.write(results)
        plot.write(results)


try:
    main()
except Failed as failed:
    sys.exit(f"bench: {failed}")
