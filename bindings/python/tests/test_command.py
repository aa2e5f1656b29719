"""The command `pusherws`, as a program and on its parts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pusherws
from pusherws import AuthEndpoint, Pusher
from pusherws.cli import main
from pusherws.cli.output import printable
from pusherws.cli.settings import SettingsError, read_file

from servers import PATIENCE, ROOT, DevServer

PACKAGE = Path(__file__).resolve().parents[1]


def environment(server: DevServer | None = None, **more: str) -> dict[str, str]:
    found = {name: value for name, value in os.environ.items() if not name.startswith("PUSHER_")}
    found["PYTHONPATH"] = str(PACKAGE)
    found.setdefault("PUSHERWS_DEVSERVER", str(ROOT / "target/debug/pusherws-devserver"))
    if server is not None:
        found |= {"PUSHER_KEY": server.key, "PUSHER_SECRET": server.secret, "PUSHER_APP_ID": server.app_id}
        found |= {"PUSHER_HOST": server.host, "PUSHER_PORT": str(server.port), "PUSHER_TLS": "0"}
    return found | more


def run(*arguments: str, env: dict[str, str], status: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-m", "pusherws", *arguments],
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE * 2,
        check=False,
    )
    assert done.returncode == status, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def start(*arguments: str, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "pusherws", *arguments],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_tail_prints_a_line_for_each_event(server: DevServer) -> None:
    with start("tail", "news", "private-a", "--count", "3", env=environment(server)) as tail:
        server.wait(channel="news", subscriptions=1)
        server.wait(channel="private-a", subscriptions=1)
        server.publish("news", "tick", "two\nlines\x1b[31m")
        server.publish("private-a", "tick", {"x": 1})
        server.publish("news", "tick")
        output, errors = tail.communicate(timeout=PATIENCE)
    assert tail.returncode == 0, errors
    lines = [line.split("  ") for line in output.splitlines()]
    assert [line[1:] for line in lines] == [
        ["news", "tick", "two lines\\x1b[31m"],
        ["private-a", "tick", '{"x": 1}'],
        ["news", "tick"],
    ]
    assert "connected" in errors and "subscribed to news" in errors


def test_tail_as_json_with_a_pattern_and_everything(server: DevServer) -> None:
    with start("tail", "news", "--json", "--count", "1", "--event", "t*", env=environment(server)) as tail:
        server.wait(channel="news", subscriptions=1)
        server.publish("news", "other", "1")
        server.publish("news", "tick", "2")
        output, _ = tail.communicate(timeout=PATIENCE)
    found = json.loads(output)
    assert (found["kind"], found["channel"], found["event"], found["data"]) == ("message", "news", "tick", "2")
    done = run("tail", "news", "--json", "--all", "--count", "3", env=environment(server))
    kinds = [json.loads(line)["kind"] for line in done.stdout.splitlines()]
    assert kinds == ["state_change", "state_change", "subscribed"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals of POSIX")
def test_tail_ends_by_ctrl_c_and_with_its_reader(server: DevServer) -> None:
    with start("tail", "news", env=environment(server)) as tail:
        server.wait(channel="news", subscriptions=1)
        tail.send_signal(signal.SIGINT)
        _, errors = tail.communicate(timeout=PATIENCE)
    assert tail.returncode == 130 and "Traceback" not in errors, errors
    server.wait(connections=0)
    with start("tail", "news", env=environment(server)) as tail:
        server.wait(channel="news", subscriptions=1)
        assert tail.stdout is not None
        tail.stdout.close()
        server.publish("news", "tick")
        assert tail.wait(PATIENCE) == 0
        assert tail.stderr is not None and "Traceback" not in tail.stderr.read()


def test_what_fails_says_so_and_has_a_status(server: DevServer) -> None:
    env = environment(server)
    wrong = run("tail", "private-a", env={**env, "PUSHER_SECRET": "hush"}, status=1)
    assert "private-a" in wrong.stderr and "hush" not in wrong.stderr
    assert "4001" in run("ping", env={**env, "PUSHER_KEY": "wrong"}, status=1).stderr
    assert "trigger" in run("publish", "news", "tick", env=env, status=1).stderr
    assert "--demo" in run("ping", env=environment(), status=1).stderr
    assert "--host" in run("ping", "--key", "k", env=environment(), status=1).stderr
    assert "channels" in run("tail", env=env, status=1).stderr
    run("nonsense", env=env, status=2)
    run("ping", "--count", "0", env=env, status=2)


def test_publish_and_trigger_and_ping(server: DevServer) -> None:
    env = environment(server)
    with Pusher(server.key, **server.options()) as pusher:
        seen: list[tuple[Any, ...]] = []
        for name in ("news", "private-a"):
            pusher.subscribe(name).wait(PATIENCE).bind(None, lambda event: seen.append((event.name, event.data)))
        run("trigger", "news,private-a", "tick", "-", env=env, stdin='{"x":1}')
        run("publish", "private-a", "hello", "there", env=env)
        done = run("trigger", "news", "end", "--json", env=env)
        assert json.loads(done.stdout) == {"done": "triggered", "channel": "news", "event": "end"}
        pusher.ping().wait(PATIENCE)
        messages = [found for found in seen if not found[0].startswith("pusher:")]
    assert sorted(messages) == [("client-hello", "there"), ("end", ""), ("tick", '{"x":1}'), ("tick", '{"x":1}')]
    lines = run("ping", "--count", "3", "--interval", "0.01", "--json", env=env).stdout.splitlines()
    assert [json.loads(line)["ping"] for line in lines] == [1, 2, 3]
    assert "least" in run("ping", "--count", "1", env=env).stdout


def test_the_demo_needs_nothing() -> None:
    done = run("tail", "--demo", "--json", "--count", "2", env=environment())
    assert [json.loads(line)["channel"] for line in done.stdout.splitlines()] == ["prices", "prices"]
    assert "embedded server" in run("ping", "--demo", "--count", "1", env=environment()).stderr
    gone = environment(PUSHERWS_DEVSERVER="/nowhere/devserver")
    assert "/nowhere/devserver" in run("ping", "--demo", env=gone, status=1).stderr


def test_the_authorisation_server_permits(server: DevServer) -> None:
    arguments = ("auth-server", "--listen", "127.0.0.1:0", "--json", "--origin", "http://localhost:3000")
    with start(*arguments, env=environment(server)) as process:
        try:
            assert process.stdout is not None
            urls = json.loads(process.stdout.readline())
            for as_json, batches in ((False, False), (True, False), (False, True), (True, True)):
                auth = AuthEndpoint(urls["auth"], params={"user_id": "ann"}, json=as_json, batches=batches)
                pusher = Pusher(server.key, **server.options(secret=None, auth=auth, user_auth=urls["user_auth"]))
                channels = [pusher.subscribe(name) for name in ("private-a", "presence-a", "private-b")]
                with pusher:
                    for channel in channels:
                        channel.wait(PATIENCE)
                    assert list(channels[1].members) == ["ann"]
                    pusher.sign_in().wait(PATIENCE)
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)


def test_settings_from_a_file(tmp_path: Path, server: DevServer) -> None:
    file = tmp_path / ".env"
    file.write_text(
        f"# Laravel's\nPUSHER_APP_ID={server.app_id}\nexport PUSHER_APP_KEY='{server.key}'\n"
        f'PUSHER_APP_SECRET="{server.secret}"\n\nPUSHER_HOST={server.host}\nPUSHER_PORT={server.port}\nPUSHER_SCHEME=http\n'
        "PUSHER_APP_CLUSTER=mt1\n"
    )
    run("ping", "--count", "1", "--env-file", str(file), env=environment())
    file.write_text("SECRET hush\n")
    with pytest.raises(SettingsError, match="line 1") as caught:
        read_file(file)
    assert "hush" not in str(caught.value)


def test_what_comes_from_others_cannot_move_the_cursor() -> None:
    assert printable("a\x1b]0;x\x07b\r\nc\u202e") == "a\\x1b]0;x\\x07b  c\\u202e"
    assert printable("äöü 🦀") == "äöü 🦀"


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"pusherws {pusherws.__version__}\n"
