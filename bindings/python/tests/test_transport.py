"""Options of the connection: TLS, proxies, headers, hosts, limits. That each does what it says is tested with the library; here, that
each arrives there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pusherws
from pusherws import Delivery, Limits, NameLimits, Network, OverLimit, Proxy, Publishing, Pusher, Timeouts, Tls

from servers import PATIENCE, DevServer, free_port


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DevServer, Path]]:
    authority = tmp_path_factory.mktemp("tls") / "ca.pem"
    server = DevServer("--tls", "--ca-out", str(authority))
    yield server, authority
    server.close()


def ping(server: DevServer, **options: Any) -> float:
    with Pusher(server.key, **{**server.options(), **options}) as pusher:
        return pusher.ping().wait(PATIENCE)


def test_tls_with_an_authority_of_ones_own(secure: tuple[DevServer, Path]) -> None:
    server, authority = secure
    assert ping(server, tls=Tls(ca_file=authority), host="localhost") > 0
    assert ping(server, tls=Tls(ca_pem=authority.read_text(), oldest=pusherws.TlsVersion.TLS_1_3), host="localhost") > 0
    assert ping(server, tls=Tls(insecure_skip_verify=True), host="localhost") > 0


def test_a_certificate_that_is_not_trusted_or_not_pinned_is_an_error(secure: tuple[DevServer, Path]) -> None:
    server, authority = secure
    once = pusherws.Reconnect(max_tries=1)
    with pytest.raises(pusherws.TlsError):
        ping(server, tls=True, host="localhost", reconnect=once)
    pinned = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    with pytest.raises(pusherws.TlsError, match="sha256/"):
        ping(server, tls=Tls(ca_file=authority, pinned_keys=[pinned]), host="localhost", reconnect=once)


def test_files_that_cannot_be_read_are_errors(tmp_path: Path) -> None:
    for tls in (
        Tls(ca_file=tmp_path / "none.pem"),
        Tls(ca_pem="no certificate"),
        Tls(client_certificate=(tmp_path / "none.pem", tmp_path / "none.key")),
        Tls(client_certificate_pem=("no certificate", "no key")),
        Tls(pinned_keys=["md5/x"]),
    ):
        with pytest.raises(pusherws.ArgumentError):
            Pusher("key", host="localhost", tls=tls)


def test_headers_path_origin_and_name_arrive(server: DevServer) -> None:
    network = Network(
        headers={"X-Mine": "yes"},
        origin="https://example.com",
        bind_addresses=["127.0.0.1"],
        tcp_keepalive=0,
        tcp_nodelay=False,
        max_message_size=1 << 20,
        client_name=("mine", "1.2.3"),
    )
    with Pusher(server.key, **server.options(path="/realtime", network=network)):
        [connection] = server.state()["connections"]
    text = str(connection).lower()
    for part in ("x-mine", "https://example.com", "'client': 'mine'", "'version': '1.2.3'", "/realtime/app/"):
        assert part in text
    with Pusher(server.key, **server.options()):
        assert "'client': 'pusherws-python'" in str(server.state()["connections"])


def test_another_host_is_tried_and_a_proxy_is_used(server: DevServer) -> None:
    with socket.socket() as nobody:
        # Bound and not listening: connections are refused, and nobody else gets the port.
        nobody.bind(("127.0.0.1", 0))
        closed = nobody.getsockname()[1]
        assert ping(server, port=closed, hosts=[("127.0.0.1", server.port)]) > 0
        once = pusherws.Reconnect(max_tries=1)
        for proxy in (f"http://127.0.0.1:{closed}", Proxy(f"socks5://127.0.0.1:{closed}")):
            with pytest.raises(pusherws.NetworkError, match="proxy"):
                ping(server, proxy=proxy, reconnect=once)
        assert ping(server, proxy=Proxy(f"http://127.0.0.1:{closed}", except_hosts="127.0.0.1")) > 0
        assert ping(server, proxy=False) > 0


def test_timeouts_are_kept(server: DevServer) -> None:
    server.order("faults", fault="hang_upgrade")
    once = pusherws.Reconnect(max_tries=1)
    with pytest.raises(pusherws.TimeoutError):
        ping(server, timeouts=Timeouts(websocket=0.05), reconnect=once)
    with pytest.raises(pusherws.TimeoutError):
        ping(server, timeouts=Timeouts(connect=0.05), reconnect=once)
    pusher = Pusher(server.key, **server.options(open_timeout=0.05))
    with pytest.raises(TimeoutError), pusher:
        pass
    server.order("clear")
    server.order("faults", fault="ignore_subscribe")
    every = Timeouts(20, 10, 10, 10, 10, 10, activity=100, pong=20, subscribe=0.05, auth=10, api=10)
    with Pusher(server.key, **server.options(timeouts=every)) as pusher, pytest.raises(pusherws.TimeoutError):
        pusher.subscribe("news").wait(PATIENCE)


def test_limits_on_names_and_on_publishing(server: DevServer) -> None:
    name = "n" * 180
    Pusher("key", host="x").close()
    for limits in (NameLimits(Limits.PUSHER), NameLimits(custom=(100, 100, 1000))):
        pusher = Pusher(server.key, **server.options(limits=limits))
        with pytest.raises(pusherws.ChannelNameError):
            pusher.subscribe(name)
        pusher.close()
    publishing = Publishing(per_second=1, over_limit=OverLimit.REFUSE, waiting=10, ttl=1.0)
    options = server.options(publishing=publishing, presence_user="1", limits=NameLimits(lenient=True))
    with Pusher(server.key, **options) as pusher:
        # It goes to the server, which is not lenient.
        with pytest.raises(pusherws.RefusedError):
            pusher.subscribe("with space").wait(PATIENCE)
        channel = pusher.subscribe("presence-a").wait(PATIENCE)
        channel.publish("x").wait(PATIENCE)
        with pytest.raises(pusherws.RateLimitedError):
            channel.publish("x").wait(PATIENCE)


@pytest.mark.parametrize(
    "options",
    [
        {"delivery": Delivery(capacity=1)},
        {"delivery": Delivery(capacity=-1)},
        {"timeouts": Timeouts(connect=-1)},
        {"timeouts": Timeouts(connect=float("nan"))},
        {"publishing": Publishing(per_second=-1)},
        {"reconnect": pusherws.Reconnect(first=2, longest=1)},
        {"port": 70_000},
        {"port": 2**32 + 443},
        {"api_port": 80},
        {"presence_user": {"name": "without id"}},
        {"user": {"x": object()}},
        {"encryption_master_key": "short"},
        {"cluster": "eu"},
    ],
)
def test_options_that_cannot_be_are_errors(options: dict[str, Any]) -> None:
    with pytest.raises(pusherws.ArgumentError):
        Pusher("key", **{"host": "localhost", **options})


def test_the_http_api_has_a_host_of_its_own(server: DevServer) -> None:
    options = {**server.options(), "port": free_port(), "api_host": server.host, "api_port": server.port}
    pusher = Pusher(server.key, **options)
    assert pusher.get_channels().wait(PATIENCE) == {"channels": {}}
    pusher.close()
