"""Where to connect and with what: from flags, the environment, and a file."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..auth import AuthEndpoint
from ..options import Tls

#: The names of each setting, the first that is set counts; those of the examples in C, and Laravel's.
_NAMES = {
    "key": ("PUSHER_KEY", "PUSHER_APP_KEY"),
    "secret": ("PUSHER_SECRET", "PUSHER_APP_SECRET"),
    "app_id": ("PUSHER_APP_ID",),
    "cluster": ("PUSHER_CLUSTER", "PUSHER_APP_CLUSTER"),
    "host": ("PUSHER_HOST",),
    "port": ("PUSHER_PORT",),
    "path": ("PUSHER_PATH",),
    "tls": ("PUSHER_TLS",),
    "scheme": ("PUSHER_SCHEME",),
    "auth_endpoint": ("PUSHER_AUTH_ENDPOINT",),
    "user_id": ("PUSHER_USER_ID",),
    "user_info": ("PUSHER_USER_INFO",),
    "encryption_master_key": ("PUSHER_MASTER_KEY",),
}


class SettingsError(Exception):
    """Something is missing or malformed, and the message says what to do."""


def settings(chosen: argparse.Namespace) -> dict[str, Any]:
    """All that is set, by name."""
    places: list[Mapping[str, str]] = [os.environ]
    if chosen.env_file:
        places.append(read_file(Path(chosen.env_file)))
    found: dict[str, Any] = {}
    for name, variables in _NAMES.items():
        flag = getattr(chosen, name, None)
        values = [place[variable] for place in places for variable in variables if place.get(variable)]
        value = flag if flag is not None else (values[0] if values else None)
        if value is not None:
            found[name] = value
    # A host is more than a cluster, as in Laravel's files, which have both; a flag for the cluster is more than that.
    if chosen.cluster and not chosen.host:
        found.pop("host", None)
    elif "host" in found:
        found.pop("cluster", None)
    return found


def read_file(path: Path) -> dict[str, str]:
    """A file of NAME=VALUE lines, with comments, quotes and `export` as shells have them."""
    found = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals:
            # Not the line itself, which may hold a secret.
            raise SettingsError(f"{path}: line {number} is not NAME=VALUE")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        name = name.strip()
        found[name[len("export ") :].strip() if name.startswith("export ") else name] = value
    return found


def options(chosen: argparse.Namespace, found: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a client, its key among them."""
    if "key" not in found:
        raise SettingsError("which application? Give --key or PUSHER_KEY; or --demo, which needs nothing")
    if "cluster" not in found and "host" not in found:
        raise SettingsError("which server? Give --cluster or --host; or --demo, which needs nothing")
    taken: dict[str, Any] = {
        name: found[name] for name in ("key", "cluster", "host", "path", "secret", "app_id", "encryption_master_key") if name in found
    }
    if "port" in found:
        try:
            taken["port"] = int(found["port"])
        except ValueError:
            raise SettingsError(f"the port is {found['port']!r}; it has to be a number") from None
    plain = str(found.get("tls", "")).lower() in ("0", "false", "no", "off") or found.get("scheme") == "http"
    taken["tls"] = Tls(ca_file=chosen.ca_file) if chosen.ca_file and not plain else not plain
    if chosen.proxy:
        taken["proxy"] = False if chosen.proxy == "none" else chosen.proxy
    if "auth_endpoint" in found:
        taken["auth"] = AuthEndpoint(found["auth_endpoint"], headers=dict(_headers(chosen.header)))
        taken.pop("secret", None)
    if "user_id" in found:
        taken["presence_user"] = (found["user_id"], found.get("user_info"))
    elif "secret" in taken:
        taken["presence_user"] = f"pusherws-{os.getpid()}"
    taken["open_timeout"] = chosen.timeout
    return taken


def _headers(texts: list[str]) -> list[tuple[str, str]]:
    found = []
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon:
            raise SettingsError("a --header is not NAME:VALUE")
        found.append((name.strip(), value.strip()))
    return found
