"""The command's arguments."""

from __future__ import annotations

import argparse

from .._version import VERSION

_EPILOG = """
Where to and who: the flags; else the environment variables PUSHER_KEY, PUSHER_SECRET, PUSHER_APP_ID, PUSHER_CLUSTER, PUSHER_HOST,
PUSHER_PORT, PUSHER_TLS (0 or 1), PUSHER_MASTER_KEY and PUSHER_AUTH_ENDPOINT, or Laravel's PUSHER_APP_KEY, PUSHER_APP_SECRET,
PUSHER_APP_CLUSTER and PUSHER_SCHEME; else the same names in the file that --env-file names. A secret on the command line can be
seen by others on this machine: better in the environment or a file.
"""


def parser() -> argparse.ArgumentParser:
    """Reads the command line."""
    top = argparse.ArgumentParser(prog="pusherws", description="A client for Pusher Channels.", epilog=_EPILOG)
    top.add_argument("--version", action="version", version=f"pusherws {VERSION}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = _common()

    tail = commands.add_parser("tail", parents=[common], help="print the events of channels", epilog=_EPILOG)
    tail.add_argument("channels", nargs="*", metavar="CHANNEL", help="whole names, such as private-orders")
    tail.add_argument("--event", metavar="PATTERN", help="only events with this name; * is any text")
    tail.add_argument("--all", action="store_true", help="also what the protocol says: members, subscriptions, states")
    tail.add_argument("--count", type=_count, metavar="N", help="end after N events")

    publish = commands.add_parser(
        "publish", parents=[common], help="publish a client event on a private or presence channel", epilog=_EPILOG
    )
    publish.add_argument("channel", metavar="CHANNEL")
    trigger = commands.add_parser(
        "trigger", parents=[common], help="publish an event through the HTTP API, as a server does", epilog=_EPILOG
    )
    trigger.add_argument("channel", metavar="CHANNEL[,CHANNEL…]", help="one to a hundred, separated by commas")
    trigger.add_argument("--socket-id", metavar="ID", help="the connection that is not to receive it")
    for command in (publish, trigger):
        command.add_argument("event", metavar="EVENT")
        command.add_argument("data", nargs="?", default="", metavar="DATA", help="text, usually JSON; - is the standard input")

    ping = commands.add_parser("ping", parents=[common], help="measure the round trip to the server", epilog=_EPILOG)
    ping.add_argument("--count", type=_count, metavar="N", help="end after N pings")
    ping.add_argument("--interval", type=float, default=1.0, metavar="SECONDS", help="between two pings (1)")

    server = commands.add_parser(
        "auth-server",
        parents=[common],
        help="authorise everybody, for development",
        epilog="Answers POST /pusher/auth and /pusher/user-auth as an application would, and permits everything. Never for production.",
    )
    server.add_argument("--listen", default="127.0.0.1:8000", metavar="HOST:PORT", help="where to listen (127.0.0.1:8000)")
    server.add_argument("--origin", metavar="ORIGIN", help="a web page's origin that may ask, such as http://localhost:3000")
    return top


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    where = common.add_argument_group("where to")
    where.add_argument("--key", help="the application's key")
    where.add_argument("--cluster", help="one of Pusher's clusters, such as eu")
    where.add_argument("--host", help="a server of your own")
    where.add_argument("--port", type=int)
    where.add_argument("--path", help="before /app/KEY")
    where.add_argument("--no-tls", dest="tls", action="store_false", default=None, help="speak plainly (ws)")
    where.add_argument("--ca-file", metavar="FILE", help="trust these certificate authorities, too")
    where.add_argument("--proxy", metavar="URL", help="http://, socks5:// or socks5h://; none for none")
    where.add_argument("--demo", action="store_true", help="start an embedded server, and use that")
    who = common.add_argument_group("who")
    who.add_argument("--secret", help="the application's secret")
    who.add_argument("--app-id", help="the application's id, for the HTTP API")
    who.add_argument("--auth-endpoint", metavar="URL", help="an endpoint that authorises")
    who.add_argument("--header", action="append", default=[], metavar="NAME:VALUE", help="for that endpoint")
    who.add_argument("--user-id", metavar="ID", help="whom presence channels show")
    who.add_argument("--user-info", metavar="JSON", help="what they show of them")
    who.add_argument("--encryption-master-key", metavar="BASE64", help="for encrypted channels")
    who.add_argument("--env-file", metavar="FILE", help="a file of NAME=VALUE lines, such as Laravel's .env")
    how = common.add_argument_group("how")
    how.add_argument("--json", action="store_true", help="one JSON object for each line, for pipes")
    how.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    how.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help="for connecting and for answers (30)")
    how.add_argument("--verbose", action="store_true", help="say what the client does")
    return common


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("has to be 1 or more")
    return number
