"""`pusherws.server`: signing as Pusher's documentation has it, webhooks, encrypting."""

from __future__ import annotations

import concurrent.futures
import hashlib
import hmac
import json

import pytest

import pusherws
from pusherws.server import Signer

# The key, secret and signatures of Pusher's own documentation.
SIGNER = Signer("278d425bdf160c739803", "7ad3773142a6692b25b8", encryption_master_key="b1mqZ3iYxlnDsXN6nmnmRQxt4nKlpRKBdEwuGcYFAj8=")


def test_the_signatures_of_the_documentation() -> None:
    answer = json.loads(SIGNER.authorize_channel("1234.1234", "private-foobar"))
    assert answer == {"auth": "278d425bdf160c739803:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"}
    user = {"user_id": 10, "user_info": {"name": "Mr. Channels"}}
    answer = json.loads(SIGNER.authorize_channel("1234.1234", "presence-foobar", user))
    signed = f"1234.1234:presence-foobar:{answer['channel_data']}".encode()
    assert json.loads(answer["channel_data"]) == user
    assert answer["auth"].split(":")[1] == hmac.new(b"7ad3773142a6692b25b8", signed, hashlib.sha256).hexdigest()


def test_users_and_encrypted_channels() -> None:
    answer = json.loads(SIGNER.authorize_user("1234.1234", {"id": "7"}))
    assert json.loads(answer["user_data"]) == {"id": "7"} and answer["auth"].startswith("278d425bdf160c739803:")
    assert "shared_secret" in json.loads(SIGNER.authorize_channel("1234.1234", "private-encrypted-a"))
    large = SIGNER.encrypt("private-encrypted-a", {"x": "y" * 10_000})
    assert set(json.loads(large)) == {"nonce", "ciphertext"}


def test_webhooks() -> None:
    body = json.dumps({"time_ms": 5, "events": [{"name": "member_added", "channel": "presence-a", "user_id": "1"}]})
    signature = hmac.new(b"7ad3773142a6692b25b8", body.encode(), hashlib.sha256).hexdigest()
    webhook = SIGNER.verify_webhook("278d425bdf160c739803", signature, body)
    assert webhook.time_ms == 5 and webhook.events[0].fields["user_id"] == "1"
    assert (webhook.events[0].name, webhook.events[0].channel) == ("member_added", "presence-a")
    for key, wrong, content in (
        ("278d425bdf160c739803", signature, body + " "),
        ("other", signature, body),
        ("278d425bdf160c739803", "0" * 64, body),
        (None, signature, body),
    ):
        with pytest.raises(pusherws.AuthError):
            SIGNER.verify_webhook(key, wrong, content)


def test_mistakes() -> None:
    with pytest.raises(pusherws.ArgumentError):
        SIGNER.authorize_channel("no socket id", "private-a")
    with pytest.raises(pusherws.ArgumentError):
        SIGNER.authorize_channel("1.1", "presence-a")
    with pytest.raises(pusherws.ArgumentError):
        Signer("key", "secret").encrypt("private-encrypted-a", "x")
    with pytest.raises(pusherws.ArgumentError):
        SIGNER.encrypt("private-a", "x")
    assert "7ad3" not in repr(SIGNER)


def test_many_threads_may_sign() -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(lambda _: SIGNER.authorize_channel("1.1", "private-a"), range(200)))
    assert len(answers) == 1
