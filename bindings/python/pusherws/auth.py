"""What has to do with permission: private, presence and encrypted channels need it, and so does signing in.

Give a client one of: `secret=`, for programs whose users may know it; `auth=` and `user_auth=` with the URL of an endpoint or an
`AuthEndpoint`; or with a function of your own.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Union

from .errors import AuthError


@dataclass(frozen=True)
class ChannelAuth:
    """Permission for one connection to subscribe to one channel."""

    #: "KEY:SIGNATURE", made for the connection's socket id.
    auth: str = field(repr=False)
    #: For a presence channel: the signed user, byte for byte.
    channel_data: str | None = None
    #: For an encrypted channel: the base64 of its key.
    shared_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class UserAuth:
    """Permission for one connection to sign in as a user."""

    #: "KEY:SIGNATURE", made for the connection's socket id.
    auth: str = field(repr=False)
    #: The signed user, JSON with an id, byte for byte.
    user_data: str = ""


@dataclass(frozen=True)
class AuthRequest:
    """Asks your function to authorise a subscription, or many where `AuthEndpoint` or `auth_batches` say so."""

    socket_id: str
    #: The channels' whole names; one, unless batches were asked for.
    channels: tuple[str, ...]

    @property
    def channel(self) -> str:
        """The only channel's whole name, or the first one's."""
        return self.channels[0]


@dataclass(frozen=True)
class UserAuthRequest:
    """Asks your function to authorise a sign-in."""

    socket_id: str


@dataclass(frozen=True)
class PrepareRequest:
    """Asks your function for headers and parameters for one request to an endpoint."""

    socket_id: str
    #: The channels' whole names; empty for a sign-in.
    channels: tuple[str, ...]
    #: True where the endpoint has just refused (401 or 403), and a fresh token may help.
    refused: bool


@dataclass(frozen=True)
class Prepared:
    """Headers and parameters for one request to an endpoint. They win over those of the `AuthEndpoint`."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)


#: What an authoriser may return: a ChannelAuth; the endpoint's JSON, read or not.
ChannelAnswer = Union[ChannelAuth, Mapping[str, Any], str, bytes]
UserAnswer = Union[UserAuth, Mapping[str, Any], str, bytes]
PrepareAnswer = Union[Prepared, Mapping[str, str], None]

#: Authorises a subscription. With batches it returns a mapping from channel to answer, where None is a refusal.
Authorizer = Callable[[AuthRequest], Any]
#: Authorises a sign-in.
UserAuthorizer = Callable[[UserAuthRequest], Union[UserAnswer, Awaitable[UserAnswer]]]
#: Supplies headers and parameters; a plain mapping is headers.
Preparer = Callable[[PrepareRequest], Union[PrepareAnswer, Awaitable[PrepareAnswer]]]


@dataclass(frozen=True)
class AuthEndpoint:
    """An application's HTTP endpoint that authorises, asked as pusher-js asks it."""

    #: A whole http or https URL.
    url: str
    #: Added to each request; never logged.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Added to the body of each request.
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: A JSON body instead of a form.
    json: bool = False
    #: Many channels in one request where many are wanted at once, as after a reconnect.
    batches: bool = False
    #: Asked for headers and parameters before each request, and once more where the endpoint says 401 or 403.
    prepare: Preparer | None = field(default=None, repr=False)


def channel_auth(answer: Any) -> ChannelAuth:
    """What an authoriser returned, as one thing. Raises AuthError where it is something else."""
    if isinstance(answer, ChannelAuth):
        return answer
    found = _mapping(answer, "ChannelAuth")
    try:
        return ChannelAuth(found["auth"], found.get("channel_data"), found.get("shared_secret"))
    except KeyError:
        raise AuthError('the authoriser\'s answer has no "auth"') from None


def user_auth(answer: Any) -> UserAuth:
    """The same for a sign-in."""
    if isinstance(answer, UserAuth):
        return answer
    found = _mapping(answer, "UserAuth")
    try:
        return UserAuth(found["auth"], found["user_data"])
    except KeyError as error:
        raise AuthError(f'the authoriser\'s answer has no "{error.args[0]}"') from None


def prepared(answer: Any) -> Prepared:
    """What a preparer returned, as one thing."""
    if answer is None:
        return Prepared()
    if isinstance(answer, Prepared):
        return answer
    if isinstance(answer, Mapping):
        return Prepared(headers=answer)
    raise AuthError(f"prepare has to return a Prepared or a mapping of headers, and returned {type(answer).__name__}")


def _mapping(answer: Any, wanted: str) -> Mapping[str, Any]:
    if isinstance(answer, (str, bytes, bytearray)):
        try:
            answer = json.loads(answer)
        except ValueError:
            # Not the error itself: it could quote a signature.
            raise AuthError("the authoriser's answer is not JSON") from None
    if not isinstance(answer, Mapping):
        kind = type(answer).__name__
        raise AuthError(f"the authoriser has to return a {wanted} or the endpoint's JSON, and returned {kind}")
    return answer


def flat(pairs: Mapping[str, str]) -> Iterable[str]:
    """Names and values in turn."""
    for name, value in pairs.items():
        yield name
        yield value
