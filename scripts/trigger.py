#!/usr/bin/env python3
"""Publishes an event through a server's HTTP API, as a web application would.

Usage: trigger.py --port PORT [--host H] [--app-id ID --key KEY --secret SECRET] CHANNEL EVENT DATA
"""

import argparse
import hashlib
import hmac
import json
import time
import urllib.parse
import urllib.request


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--app-id", default="app-id")
    parser.add_argument("--key", default="app-key")
    parser.add_argument("--secret", default="app-secret")
    parser.add_argument("channel")
    parser.add_argument("event")
    parser.add_argument("data")
    args = parser.parse_args()

    body = json.dumps({"name": args.event, "channels": [args.channel], "data": args.data}).encode()
    path = f"/apps/{args.app_id}/events"
    # Sorted by name, as the signature demands.
    query = urllib.parse.urlencode(
        {
            "auth_key": args.key,
            "auth_timestamp": int(time.time()),
            "auth_version": "1.0",
            "body_md5": hashlib.md5(body).hexdigest(),
        }
    )
    signed = f"POST\n{path}\n{query}".encode()
    signature = hmac.new(args.secret.encode(), signed, hashlib.sha256).hexdigest()
    url = f"http://{args.host}:{args.port}{path}?{query}&auth_signature={signature}"
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    # Never through a proxy: the server is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        answer.read()


if __name__ == "__main__":
    main()
