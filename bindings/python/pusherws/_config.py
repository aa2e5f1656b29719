"""Options into a `pusher_config`."""

from __future__ import annotations

import os
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import _raw, errors
from ._convert import json_text, milliseconds, optional, text
from ._version import VERSION
from .auth import AuthEndpoint
from .enums import LogLevel, Phase, _Delivery
from .errors import ArgumentError, check
from .options import Delivery, NameLimits, Network, Proxy, Publishing, Reconnect, Timeouts, Tls


class Config:
    """A `pusher_config` that is freed when it is no more needed."""

    def __init__(self, key: str) -> None:
        handle = _raw.lib.pusher_config_new(text(key, "key"))
        if not handle.value:
            raise ArgumentError(errors.last_error())
        self.handle = handle
        self._free = weakref.finalize(self, _raw.lib.pusher_config_free, handle)

    def set(self, option: str, *values: Any) -> None:
        """Calls pusher_config_OPTION."""
        check(getattr(_raw.lib, f"pusher_config_{option}")(self.handle, *values))

    def set_text(self, option: str, value: str | None) -> None:
        """The same for a text, unless it is None."""
        if value is not None:
            self.set(f"set_{option}", text(value, option))

    def free(self) -> None:
        """Frees it now."""
        self._free()


@dataclass
class Options:
    """Everything that a client is made of."""

    key: str
    cluster: str | None = None
    host: str | None = None
    port: int | None = None
    path: str | None = None
    hosts: Any = ()
    tls: bool | Tls = True
    # A URL may hold a password.
    proxy: bool | str | Proxy = field(default=True, repr=False)
    secret: str | None = field(default=None, repr=False)
    app_id: str | None = None
    encryption_master_key: str | None = field(default=None, repr=False)
    auth: Any = field(default=None, repr=False)
    user_auth: Any = field(default=None, repr=False)
    auth_batches: bool = False
    presence_user: Any = None
    presence_grace: float | None = None
    user: Any = None
    api_host: str | None = None
    api_port: int | None = None
    timeouts: Timeouts | None = None
    reconnect: Reconnect | None = None
    publishing: Publishing | None = None
    delivery: Delivery | None = None
    network: Network | None = None
    limits: NameLimits | None = None
    log_level: LogLevel | None = None

    def config(self) -> Config:
        """A config with all of it, for a client that is polled."""
        config = Config(self.key)
        config.set("set_delivery", int(_Delivery.POLL))
        config.set("set_client_name", b"pusherws-python", VERSION.encode())
        self._server(config)
        self._permission(config)
        if self.timeouts:
            _timeouts(config, self.timeouts)
        if self.reconnect:
            _reconnect(config, self.reconnect)
        if self.publishing:
            how = self.publishing
            config.set("set_publish_rate", _count(how.per_second, "per_second"), int(how.over_limit))
            waiting, ttl = _count(how.waiting, "waiting"), milliseconds(how.ttl, "ttl")
            config.set("set_publish_queue", waiting, ttl)
        if self.delivery:
            config.set("set_queue_capacity", _count(self.delivery.capacity, "capacity"))
            config.set("set_queue_policy", int(self.delivery.policy))
        if self.network:
            _network(config, self.network)
        if self.limits:
            _limits(config, self.limits)
        if self.log_level is not None:
            config.set("set_log_level", int(self.log_level))
        return config

    def _server(self, config: Config) -> None:
        if self.cluster is None and self.host is None:
            raise ArgumentError("neither cluster nor host is given; which server is to be connected to?")
        config.set_text("cluster", self.cluster)
        config.set_text("host", self.host)
        if self.port is not None:
            config.set("set_port", _count(self.port, "port"))
        config.set_text("path", self.path)
        for host in self.hosts:
            name, port = (host, 0) if isinstance(host, str) else host
            config.set("add_host", text(name, "hosts"), _count(port, "port"))
        config.set("set_tls", bool(self.tls))
        if isinstance(self.tls, Tls):
            _tls(config, self.tls)
        if self.proxy is False:
            config.set("set_proxy", None, None)
        elif self.proxy is not True:
            proxy = Proxy(self.proxy) if isinstance(self.proxy, str) else self.proxy
            config.set("set_proxy", text(proxy.url, "proxy"), optional(proxy.except_hosts, "except_hosts"))
        if self.api_host is not None:
            config.set("set_api_host", text(self.api_host, "api_host"), _count(self.api_port or 0, "api_port"))
        elif self.api_port:
            raise ArgumentError("api_port is given without api_host; give both")

    def _permission(self, config: Config) -> None:
        config.set_text("secret", self.secret)
        config.set_text("app_id", self.app_id)
        config.set_text("encryption_master_key", self.encryption_master_key)
        if self.presence_user is not None:
            user_id, info = presence_user(self.presence_user)
            config.set("set_presence_user", text(user_id, "presence_user"), optional(info, "presence_user"))
        if self.presence_grace is not None:
            config.set("set_presence_grace", milliseconds(self.presence_grace, "presence_grace"))
        if self.user is not None:
            user = {"id": self.user} if isinstance(self.user, str) and not self.user.startswith("{") else self.user
            config.set("set_user", text(json_text(user, "user"), "user"))
        self._authorisers(config)

    def _authorisers(self, config: Config) -> None:
        auth, user_auth = endpoint(self.auth), endpoint(self.user_auth)
        ways = [way for way in (auth, user_auth) if way is not None]
        if any(isinstance(way, AuthEndpoint) for way in ways) and any(callable(way) for way in ways):
            raise ArgumentError("auth and user_auth have to be two endpoints or two functions, not one of each")
        if any(callable(way) for way in ways):
            config.set("set_authorizer", bool(self.auth_batches))
        if isinstance(auth, AuthEndpoint):
            config.set("set_auth_endpoint", text(auth.url, "auth"))
        if isinstance(user_auth, AuthEndpoint):
            config.set("set_user_auth_endpoint", text(user_auth.url, "user_auth"))
        found = [way for way in ways if isinstance(way, AuthEndpoint)]
        if not found:
            return
        for way in found:
            # The library has one set of them for both endpoints.
            for name, value in way.headers.items():
                config.set("add_auth_header", text(name, "headers"), text(value, "headers"))
            for name, value in way.params.items():
                config.set("add_auth_param", text(name, "params"), text(value, "params"))
        config.set("set_auth_json", any(way.json for way in found))
        config.set("set_auth_batches", any(way.batches for way in found) or self.auth_batches)
        config.set("set_auth_prepared", any(way.prepare for way in found))


def endpoint(way: Any) -> Any:
    """A URL as an endpoint; everything else as it is, where it is one of the ways to authorise."""
    if isinstance(way, str):
        return AuthEndpoint(way)
    if way is None or isinstance(way, AuthEndpoint) or callable(way):
        return way
    kind = type(way).__name__
    raise TypeError(f"auth and user_auth have to be a URL, an AuthEndpoint or a function, and one is {kind}")


def presence_user(user: Any) -> tuple[str, str | None]:
    """The id and the info of a presence user: an id; an id and an info; or {"user_id": …, "user_info": …}."""
    if isinstance(user, str):
        return user, None
    if isinstance(user, Mapping):
        if not isinstance(user.get("user_id"), str):
            raise ArgumentError('presence_user has no "user_id", which has to be a str')
        user = (user["user_id"], user.get("user_info"))
    user_id, info = user
    return user_id, None if info is None else json_text(info, "presence_user")


def _count(number: int, what: str) -> int:
    """A count for C, where a negative one would be read as a huge one."""
    if not isinstance(number, int) or not 0 <= number < 2**31:
        raise ArgumentError(f"{what} is {number!r}; it has to be a whole number, not negative")
    return number


def _tls(config: Config, tls: Tls) -> None:
    if tls.ca_file is not None:
        config.set("add_ca_file", text(os.fspath(tls.ca_file), "ca_file"))
    if tls.ca_pem is not None:
        config.set("add_ca_pem", text(tls.ca_pem, "ca_pem"))
    if tls.client_certificate is not None:
        chain, key = (text(os.fspath(path), "client_certificate") for path in tls.client_certificate)
        config.set("set_client_certificate_files", chain, key)
    if tls.client_certificate_pem is not None:
        chain, key = (text(pem, "client_certificate_pem") for pem in tls.client_certificate_pem)
        config.set("set_client_certificate", chain, key)
    for pinned in tls.pinned_keys:
        config.set("add_pinned_key", text(pinned, "pinned_keys"))
    config.set("set_tls_versions", int(tls.oldest), int(tls.newest))
    if tls.insecure_skip_verify:
        config.set("set_insecure_skip_verify", 1)


def _timeouts(config: Config, timeouts: Timeouts) -> None:
    for name in ("connect", "activity", "pong", "subscribe", "auth", "api"):
        seconds = getattr(timeouts, name)
        if seconds is not None:
            config.set(f"set_{name}_timeout", milliseconds(seconds, f"timeouts.{name}"))
    for phase in Phase:
        name = phase.name.lower()
        seconds = getattr(timeouts, name)
        if seconds is not None:
            config.set("set_phase_timeout", int(phase), milliseconds(seconds, f"timeouts.{name}"))


def _reconnect(config: Config, how: Reconnect) -> None:
    first, longest = milliseconds(how.first, "first"), milliseconds(how.longest, "longest")
    config.set("set_backoff", first, longest)
    config.set("set_max_tries", _count(how.max_tries, "max_tries"))
    if how.decide is not None:
        config.set("set_retry_patience", milliseconds(how.patience, "patience"))


def _network(config: Config, network: Network) -> None:
    for name, value in network.headers.items():
        config.set("add_header", text(name, "headers"), text(value, "headers"))
    config.set_text("origin", network.origin)
    for address in network.bind_addresses:
        config.set("set_bind_address", text(address, "bind_addresses"))
    if network.tcp_keepalive is not None:
        config.set("set_tcp_keepalive", milliseconds(network.tcp_keepalive, "tcp_keepalive"))
    config.set("set_tcp_nodelay", bool(network.tcp_nodelay))
    if network.max_message_size is not None:
        config.set("set_max_message_size", _count(network.max_message_size, "max_message_size"))
    if network.client_name is not None:
        name, version = network.client_name
        config.set("set_client_name", text(name, "client_name"), text(version, "client_name"))


def _limits(config: Config, limits: NameLimits) -> None:
    if limits.custom is None:
        config.set("set_limits", int(limits.profile), bool(limits.lenient))
        return
    sizes = [_count(size, "limits.custom") for size in limits.custom]
    config.set("set_custom_limits", *sizes, bool(limits.lenient))
