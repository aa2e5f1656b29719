"""What `Pusher` and `AsyncPusher` have in common: the client of the library, and what the package itself answers."""

from __future__ import annotations

import ctypes
import json
import os
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union

from . import _convert, _exit, _raw, metrics
from ._answers import Answers
from ._config import Options
from ._pump import Pump
from ._requests import Requests
from ._routing import Binding, Handler, Router
from ._structs import pusher_channels, pusher_client
from .auth import AuthEndpoint, Authorizer, UserAuthorizer
from .enums import ChannelState, ConnectionState, EventKind, LogLevel
from .errors import ClosedError, ForkedError, check
from .event import Event
from .metrics import Metrics
from .options import Delivery, NameLimits, Network, Proxy, Publishing, Reconnect, Timeouts, Tls

Host = Union[str, tuple[str, int]]


class ClientBase(Answers):
    """One connection to a server, what is subscribed over it, and the handlers of its events."""

    def __init__(
        self,
        key: str,
        *,
        cluster: str | None = None,
        host: str | None = None,
        port: int | None = None,
        path: str | None = None,
        hosts: Sequence[Host] = (),
        tls: bool | Tls = True,
        proxy: bool | str | Proxy = True,
        secret: str | None = None,
        app_id: str | None = None,
        encryption_master_key: str | None = None,
        auth: str | AuthEndpoint | Authorizer | None = None,
        user_auth: str | AuthEndpoint | UserAuthorizer | None = None,
        auth_batches: bool = False,
        presence_user: str | tuple[str, Any] | Mapping[str, Any] | None = None,
        presence_grace: float | None = None,
        user: str | Mapping[str, Any] | None = None,
        api_host: str | None = None,
        api_port: int | None = None,
        timeouts: Timeouts | None = None,
        reconnect: Reconnect | None = None,
        publishing: Publishing | None = None,
        delivery: Delivery | None = None,
        network: Network | None = None,
        limits: NameLimits | None = None,
        log_level: LogLevel | None = None,
        open_timeout: float | None = 30.0,
        on_error: Callable[[BaseException, Event | None], object] | None = None,
    ) -> None:
        """Makes a client. Connects nothing.

        Where to: `key` is the application's key. Either `cluster`, one of Pusher's own such as "eu"; or `host`, a server of your own,
        with `port`, `path` before /app/KEY, and further `hosts` to try when it cannot be reached. `tls` is on; False is off, a `Tls`
        says how. `proxy` is what the environment says; False is none, a URL or a `Proxy` is another.

        Who may: `secret`, for programs whose users may know it; or `auth` and `user_auth`, each the URL of an endpoint, an
        `AuthEndpoint` or a function (see pusherws.auth), with `auth_batches` for many channels in one. `presence_user` is an id, an
        id with an info, or {"user_id": …, "user_info": …}; `presence_grace` the seconds that missing members have to come back after a
        reconnect. `user` is who to sign in as, an id or {"id": …, "watchlist": […]}, where there is a secret.

        `app_id` with the secret, and `api_host`, `api_port`, are for the HTTP API; `encryption_master_key`, the base64 of 32 bytes, for
        encrypted channels. `open_timeout` is how many seconds `with` waits for the connection, or None to enter without. `on_error` is
        called with what your handlers and functions raise, and the event. `log_level` has the library tell what it does, to the
        logger "pusherws.library". All else is by subject, see pusherws.options.

        Raises ArgumentError where an option is malformed, or they do not fit together.
        """
        self._options = Options(
            key=key,
            cluster=cluster,
            host=host,
            port=port,
            path=path,
            hosts=hosts,
            tls=tls,
            proxy=proxy,
            secret=secret,
            app_id=app_id,
            encryption_master_key=encryption_master_key,
            auth=auth,
            user_auth=user_auth,
            auth_batches=auth_batches,
            presence_user=presence_user,
            presence_grace=presence_grace,
            user=user,
            api_host=api_host,
            api_port=api_port,
            timeouts=timeouts,
            reconnect=reconnect,
            publishing=publishing,
            delivery=delivery,
            network=network,
            limits=limits,
            log_level=log_level,
        )
        self._open_timeout = open_timeout
        self._on_error = on_error
        config = self._options.config()
        handle = pusher_client()
        try:
            check(_raw.lib.pusher_client_new(config.handle, ctypes.byref(handle)))
        finally:
            config.free()
            # The library has them, and overwrites its copies.
            self._options.secret = self._options.encryption_master_key = None
        self._handle = handle
        self._process = os.getpid()
        self._closed = False
        self._router = Router()
        self._requests = Requests()
        # Weak, so that a client which its program has forgotten is closed, although its thread still has the pump.
        special, failed = weakref.WeakMethod(self._special), weakref.WeakMethod(self._handler_failed)
        self._pump = Pump(self._router, _weak(special), _weak(failed))
        by = self._prepare_delivery()
        _exit.add(handle)
        self._release = weakref.finalize(self, _exit.forgotten, handle, f"{type(self).__name__} key={key!r}", by)
        # _exit does it, and then waits for the threads.
        self._release.atexit = False

    # What there is to see.

    @property
    def state(self) -> ConnectionState:
        """The state of the connection, as of now."""
        self._check()
        state = _raw.lib.pusher_client_state(self._handle)
        check(state)
        return ConnectionState(state)

    @property
    def socket_id(self) -> str | None:
        """The server's name for this connection, which every new connection changes; None where there is none."""
        self._check()
        if self.state != ConnectionState.CONNECTED:
            return None
        try:
            return _convert.read_text(lambda *out: int(_raw.lib.pusher_client_socket_id(self._handle, *out)), 96)
        except ConnectionError:
            return None

    @property
    def closed(self) -> bool:
        """Whether it has been closed."""
        return self._closed

    @property
    def dropped(self) -> int:
        """How many messages were dropped because the handlers did not keep up; see `Delivery`."""
        self._check()
        count = ctypes.c_uint64(0)
        check(_raw.lib.pusher_client_dropped(self._handle, ctypes.byref(count)))
        return count.value

    def dump(self) -> dict[str, Any]:
        """The client's state, for a bug report: options, connection, channels, queues, and what happened last. Without secrets."""
        self._check()
        found = _convert.read_text(lambda *out: int(_raw.lib.pusher_client_dump(self._handle, *out)), 8192)
        return dict(json.loads(found))

    def metrics(self) -> Metrics:
        """What the client has counted, as of now."""
        self._check()
        return metrics.read(self._handle)

    def prometheus(self, name: str | None = None) -> str:
        """The same as text that Prometheus and its like read, for a GET of /metrics with the type "text/plain; version=0.0.4". `name` tells
        this client from others of the process."""
        self._check()
        label = _convert.optional(name, "name")
        return _convert.read_text(lambda *out: int(_raw.lib.pusher_client_prometheus(self._handle, label, *out)), 8192)

    def channel_states(self) -> dict[str, ChannelState]:
        """The channels that are wanted, with their states, as of now."""
        self._check()
        channels = pusher_channels()
        check(_raw.lib.pusher_client_channels(self._handle, ctypes.byref(channels)))
        try:
            return {
                _raw.lib.pusher_channels_name(channels, index).decode(): ChannelState(_raw.lib.pusher_channels_state(channels, index))
                for index in range(_raw.lib.pusher_channels_count(channels))
            }
        finally:
            _raw.lib.pusher_channels_free(channels)

    def _channel_state(self, channel: str) -> ChannelState:
        self._check()
        state = _raw.lib.pusher_client_channel_state(self._handle, _convert.text(channel, "channel"))
        check(state)
        return ChannelState(state)

    def _members(self, channel: str, out: Any) -> int:
        self._check()
        return int(_raw.lib.pusher_client_members(self._handle, _convert.text(channel, "channel"), out))

    # Binding.

    def bind(
        self,
        event: str | None,
        handler: Handler,
        *,
        channel: str | None = None,
        once: bool = False,
        glob: bool = False,
        kind: EventKind | None = None,
    ) -> Binding:
        """Calls a handler for every event that fits: with this name (None is any), on this channel (None is any), of this kind.

        `once` is for one event only. With `glob`, name and channel are patterns: `*` for any text, `?` for any character, `[a-z]` for
        one of these, `{a,b}` for one of those. Binding needs no subscription. Events of the package's own work
        ("pusher:completed" and such) come only where they are named.

        Raises ArgumentError where a pattern is not valid.
        """
        call = self._adapt(handler)
        return self._router.add(handler, call=call, channel=channel, event=event, once=once, glob=glob, kind=kind)

    def on(
        self, event: str | None = None, *, channel: str | None = None, once: bool = False, glob: bool = False
    ) -> Callable[[Handler], Handler]:
        """The same as a decorator: @pusher.on("created", channel="orders")."""

        def decorate(handler: Handler) -> Handler:
            self.bind(event, handler, channel=channel, once=once, glob=glob)
            return handler

        return decorate

    def unbind(self, event: str | None = None, handler: Handler | None = None, *, channel: str | None = None) -> int:
        """Unbinds what was bound with this channel, this event (None is any) and this handler (None is any); how many."""
        return self._router.remove_matching(channel, event, handler)

    # What differs.

    def _prepare_delivery(self) -> Callable[[Callable[[], None]], None] | None:
        """What the kind of client needs for itself; what frees one that was forgotten, where that takes more than the library's free."""
        return None

    def _adapt(self, handler: Handler) -> Handler:
        """What is called for a handler."""
        return handler

    def _handler_failed(self, error: BaseException, event: Event, binding: Binding) -> None:
        raise NotImplementedError

    def _free(self) -> None:
        """Frees the library's client, once."""
        if self._release.detach():
            _exit.release(self._handle)

    def _check(self) -> None:
        """Whether it can be used; before any lock, which another thread may have held while this process was forked."""
        self._check_process()
        if not self._release.alive:
            raise ClosedError("this client is closed; make a new one")

    def _is_in_child(self) -> bool:
        """Whether this is the child of a fork, where nothing of the client's works, and there is nothing to end."""
        return os.getpid() != self._process

    def _check_process(self) -> None:
        if self._is_in_child():
            raise ForkedError("this client was made before a fork and belongs to the parent process; make a new one in the child")

    def __repr__(self) -> str:
        options = self._options
        where = f"cluster={options.cluster!r}" if options.host is None else f"host={options.host!r}"
        state = "closed" if self._closed or self._is_in_child() else self.state.name.lower()
        return f"<{type(self).__name__} key={options.key!r} {where} {state}>"


def _weak(method: Any) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        found = method()
        return found(*arguments) if found is not None else None

    return call
