"""Options of a client, by subject. Times are seconds; None leaves the library's own default, which the comment names."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Union

from .enums import Limits, OverLimit, QueuePolicy, TlsVersion
from .event import Event

PathLike = Union[str, "os.PathLike[str]"]


@dataclass(frozen=True)
class Tls:
    """How the server's certificate is checked. It always is against the platform's trust store, too."""

    #: A file of certificate authorities (PEM) to trust beside the platform's.
    ca_file: PathLike | None = None
    #: The same as a text.
    ca_pem: str | None = None
    #: Files of the certificate chain and the private key (PEM) for servers that ask for one.
    client_certificate: tuple[PathLike, PathLike] | None = None
    #: The same as texts.
    client_certificate_pem: tuple[str, str] | None = field(default=None, repr=False)
    #: Accept only servers whose certificate has one of these keys: "sha256/" and base64.
    pinned_keys: Sequence[str] = ()
    #: The oldest and the newest version that is spoken; TLS 1.2 and 1.3.
    oldest: TlsVersion = TlsVersion.TLS_1_2
    newest: TlsVersion = TlsVersion.TLS_1_3
    #: INSECURE: accepts any certificate. For experiments; with pinned keys, for self-signed certificates.
    insecure_skip_verify: bool = False


@dataclass(frozen=True)
class Proxy:
    """A proxy for the WebSocket and for HTTP."""

    #: http://USER:PASSWORD@HOST:PORT, socks5://… or socks5h://…
    url: str = field(repr=False)
    #: Hosts that are connected to directly, written as NO_PROXY is.
    except_hosts: str | None = None


@dataclass(frozen=True)
class Timeouts:
    """How long things may take, in seconds."""

    #: A try to connect, from the DNS query to the socket id: 20.
    connect: float | None = None
    #: The steps of it: 10 each.
    dns: float | None = None
    tcp: float | None = None
    proxy: float | None = None
    tls: float | None = None
    websocket: float | None = None
    #: A silence of the server, before it is pinged: 120, or what the server asks for.
    activity: float | None = None
    #: The answer to a ping: 30.
    pong: float | None = None
    #: The answer to a subscription: 20.
    subscribe: float | None = None
    #: One request to an authorisation endpoint: 10; an answer of your authoriser: 30.
    auth: float | None = None
    #: A call of the HTTP API: 30.
    api: float | None = None


@dataclass(frozen=True)
class Reconnect:
    """What happens when a connection is lost."""

    #: The longest wait before the first try, drawn at random: 1; it doubles each time.
    first: float = 1.0
    #: The longest wait of all: 30.
    longest: float = 30.0
    #: Give up after so many failed tries in a row; 0 never.
    max_tries: int = 0
    #: Asked before each try, with the event that announces it: returns the seconds to wait, or None to give up. The event's
    #: `retry_in` is what the client would choose, its `value` the number of tries that have failed.
    decide: Callable[[Event], float | None] | None = field(default=None, repr=False)
    #: How long `decide` may take, before the client goes on without it.
    patience: float = 10.0


@dataclass(frozen=True)
class Publishing:
    """Limits on client events."""

    #: How many in a second; 0 is without limit. Servers allow 10.
    per_second: int = 10
    #: What happens to more.
    over_limit: OverLimit = OverLimit.WAIT
    #: How many may wait for their channel's subscription, for a reconnect or for their turn.
    waiting: int = 1000
    #: For how long, in seconds.
    ttl: float = 30.0


@dataclass(frozen=True)
class Delivery:
    """How events reach your handlers."""

    #: Of `Pusher`: True is a thread of the client's own; False is inside of `dispatch`, `run` and waits only, on the thread that calls
    #: them. `AsyncPusher` delivers on its event loop.
    threaded: bool = True
    #: How many events may wait before the policy applies: 16 to 16777216.
    capacity: int = 8192
    #: What happens when your handlers do not keep up.
    policy: QueuePolicy = QueuePolicy.BLOCK


@dataclass(frozen=True)
class Network:
    """Details of the connection."""

    #: Headers of the WebSocket's opening handshake; never logged.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: The Origin of the opening handshake.
    origin: str | None = None
    #: Addresses of this machine to connect from; one of each family at most.
    bind_addresses: Sequence[str] = ()
    #: Seconds of silence after which TCP asks whether the other side is there: 60; 0 for never.
    tcp_keepalive: float | None = None
    #: Send small frames at once.
    tcp_nodelay: bool = True
    #: The largest message that is accepted, in bytes: 4 MiB.
    max_message_size: int | None = None
    #: What the client calls itself in the URL: a name and a version.
    client_name: tuple[str, str] | None = None


@dataclass(frozen=True)
class NameLimits:
    """Whose limits names and data are checked by, before a server is asked."""

    profile: Limits = Limits.COMMON
    #: Limits of your own in place of the profile's: bytes of a channel's name, an event's name, an event's data (0: left to
    #: the server).
    custom: tuple[int, int, int] | None = None
    #: Accept whatever characters the server takes.
    lenient: bool = False
