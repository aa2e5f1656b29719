"""What the package answers itself: requests that are done, changes of state, and questions for permission."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from . import _calls, _convert, _raw
from ._config import Options, endpoint
from ._requests import Requests
from .auth import (
    AuthEndpoint,
    AuthRequest,
    PrepareRequest,
    UserAuthRequest,
    channel_auth,
    flat,
    prepared,
    user_auth,
)
from .enums import EventKind
from .errors import AuthError, ClosedError, ForkedError, HandleError, check
from .event import Event

_log = logging.getLogger("pusherws")

_library_log = logging.getLogger("pusherws.library")

#: The levels of the library's log, in order, as Python has them; every frame is less than DEBUG.
_LEVELS = (0, logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG, 5)

_WARNINGS = frozenset(
    (
        EventKind.ERROR,
        EventKind.SUBSCRIPTION_ERROR,
        EventKind.SIGN_IN_ERROR,
        EventKind.DECRYPTION_ERROR,
        EventKind.DROPPED,
        EventKind.GAP,
    )
)


class Answers:
    """The part of a client that answers. Each event is offered to the handlers afterwards."""

    _handle: Any
    _options: Options
    _requests: Requests
    _release: Any
    _closed: bool

    def _check(self) -> None:
        raise NotImplementedError

    def _consult(self, function: Callable[[Any], Any], question: Any, answer: Callable[[Any], None]) -> None:
        """Calls a function of the program's with a question, and then `answer` with its result or its exception."""
        raise NotImplementedError

    def _function_failed(self, what: str, error: BaseException) -> None:
        """A function of the program's failed, which is no handler."""
        raise NotImplementedError

    def _special(self, event: Event) -> None:
        """Does what an event means for the package."""
        try:
            self._work(event)
        except Exception as error:
            # Such as no thread for an authoriser. The events behind it are not to blame.
            self._function_failed(event.name, error)

    def _work(self, event: Event) -> None:
        kind = event.kind
        if kind == EventKind.COMPLETED:
            self._requests.settle(event)
        elif kind == EventKind.STATE_CHANGE:
            self._state_changed(event)
        elif kind == EventKind.AUTHORIZE:
            self._authorize(event)
        elif kind == EventKind.AUTHORIZE_USER:
            self._authorize_user(event)
        elif kind == EventKind.PREPARE_AUTHORIZATION:
            self._prepare(event)
        elif kind == EventKind.LOG:
            _library_log.log(_LEVELS[event.value], "%s", event.data)
        elif kind in _WARNINGS:
            where = f" on {event.channel}" if event.channel else ""
            _log.warning("%s%s: %s", event.name, where, event.data)

    def _state_changed(self, event: Event) -> None:
        state = getattr(event.state, "name", str(event.state)).lower()
        if event.retry_in is not None:
            _log.info("%s, next try in %.1f s: %s", state, event.retry_in, event.data)
        else:
            _log.info("%s%s", state, f": {event.data}" if event.data else "")
        decide = self._options.reconnect and self._options.reconnect.decide
        if decide and event.retry_in is not None and not self._closed:
            self._consult(decide, event, self._decided)

    def _decided(self, answer: Any) -> None:
        if isinstance(answer, BaseException):
            self._function_failed("reconnect.decide", answer)
            return
        try:
            self._check()
            _calls.start(self._handle, _calls.retry(answer))
        except Exception as error:
            # Such as a delay that is none. The client goes on by itself, when its patience is over.
            if not self._is_over(error):
                self._function_failed("reconnect.decide", error)

    def _authorize(self, event: Event) -> None:
        channels = (event.channel,) if event.channel is not None else tuple((event.data or "").split("\n"))
        function = endpoint(self._options.auth)
        if not callable(function):
            self._refuse(event, "no auth is configured for channels")
            return
        batch = event.channel is None

        def answer(result: Any) -> None:
            if not batch:
                self._answer(event, "auth", result, lambda found: self._grant(event, None, found))
            elif isinstance(result, BaseException) or not isinstance(result, Mapping):
                wrong = TypeError(f"auth has to return a mapping from channel to answer, not {type(result).__name__}")
                self._answer(event, "auth", result if isinstance(result, BaseException) else wrong, channel_auth)
            else:
                for channel in channels:
                    self._grant_of_batch(event, channel, result)
                # Those that were not granted.
                self._refuse(event, "the authoriser's answer does not have this channel, or none that can be used")

        self._consult(function, AuthRequest(event.socket_id or "", channels), answer)

    def _grant(self, event: Event, channel: str | None, result: Any) -> None:
        found = channel_auth(result)
        status = _raw.lib.pusher_client_authorize(
            self._handle,
            event.request,
            _convert.optional(channel, "channel"),
            _convert.text(found.auth, "auth"),
            _convert.optional(found.channel_data, "channel_data"),
            _convert.optional(found.shared_secret, "shared_secret"),
        )
        check(status)

    def _grant_of_batch(self, event: Event, channel: str, results: Mapping[str, Any]) -> None:
        """Grants one channel of many, where its answer can be used. The others are not to blame for it."""
        try:
            found = results.get(channel)
            if found is not None:
                self._grant(event, channel, found)
        except AuthError:
            pass
        except Exception as error:
            if not self._is_over(error):
                self._function_failed("auth", error)

    def _authorize_user(self, event: Event) -> None:
        function = endpoint(self._options.user_auth)
        if not callable(function):
            self._refuse(event, "no user_auth is configured")
            return

        def grant(result: Any) -> None:
            found = user_auth(result)
            auth, data = _convert.text(found.auth, "auth"), _convert.text(found.user_data, "user_data")
            check(_raw.lib.pusher_client_authorize_user(self._handle, event.request, auth, data))

        question = UserAuthRequest(event.socket_id or "")
        self._consult(function, question, lambda result: self._answer(event, "user_auth", result, grant))

    def _prepare(self, event: Event) -> None:
        sign_in = event.channel is None and not event.data
        way = endpoint(self._options.user_auth if sign_in else self._options.auth)
        function = way.prepare if isinstance(way, AuthEndpoint) else None
        channels = () if sign_in else ((event.channel,) if event.channel else tuple((event.data or "").split("\n")))

        def supply(result: Any) -> None:
            found = prepared(result)
            headers = _convert.texts(list(flat(found.headers)), "headers")
            params = _convert.texts(list(flat(found.params)), "params")
            check(_raw.lib.pusher_client_prepare(self._handle, event.request, headers, params))

        if function is None:
            self._answer(event, "prepare", None, supply)
            return
        question = PrepareRequest(event.socket_id or "", channels, event.value == 1)
        self._consult(function, question, lambda result: self._answer(event, "prepare", result, supply))

    def _answer(self, event: Event, what: str, result: Any, give: Callable[[Any], object]) -> None:
        """Gives an answer, or refuses where there is none."""
        try:
            if isinstance(result, BaseException):
                raise result
            give(result)
        except AuthError as refusal:
            self._refuse(event, refusal.message)
        except Exception as error:
            if self._is_over(error):
                return
            # Not its text: what failed may quote a token.
            self._refuse(event, f"{what} failed with {type(error).__name__}")
            self._function_failed(what, error)

    def _is_over(self, error: Exception) -> bool:
        """Whether an answer only came when the client was gone, so that nobody needs it any more."""
        return isinstance(error, (ClosedError, ForkedError)) or (isinstance(error, HandleError) and not self._release.alive)

    def _refuse(self, event: Event, reason: str) -> None:
        if self._release.alive:
            _raw.lib.pusher_client_refuse(self._handle, event.request, reason.replace("\0", " ").encode("utf-8", "replace"))
