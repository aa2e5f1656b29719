"""Channels of a client."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._convert import Data
from ._routing import Binding, Handler
from .auth import ChannelAuth
from .enums import ChannelState
from .errors import StateError
from .members import Members

if TYPE_CHECKING:
    from ._base import ClientBase
    from .client import Pusher
    from .request import Request

C = TypeVar("C", bound="ClientBase")


class ChannelBase(Generic[C]):
    """A channel by its whole name. Making one subscribes to nothing."""

    def __init__(self, client: C, name: str) -> None:
        self._client = client
        #: The channel's whole name, such as "private-orders".
        self.name = name
        #: Who is on a presence channel: a mapping from user id to Member, always of now.
        self.members = Members(client._members, name)

    @property
    def state(self) -> ChannelState:
        """How far the subscription is."""
        return self._client._channel_state(self.name)

    @property
    def subscribed(self) -> bool:
        """Whether the server has confirmed the subscription of this connection."""
        return self.state == ChannelState.SUBSCRIBED

    def bind(self, event: str | None, handler: Handler, *, once: bool = False, glob: bool = False) -> Binding:
        """Calls a handler for every event of this channel with this name; None is any. See `bind` of the client."""
        return self._client.bind(event, handler, channel=self.name, once=once, glob=glob)

    def on(self, event: str | None = None, *, once: bool = False, glob: bool = False) -> Callable[[Handler], Handler]:
        """The same as a decorator: @channel.on("created")."""
        return self._client.on(event, channel=self.name, once=once, glob=glob)

    def unbind(self, event: str | None = None, handler: Handler | None = None) -> int:
        """Unbinds what was bound here: with this event (None is any) and this handler (None is any); how many."""
        return self._client.unbind(event, handler, channel=self.name)

    def __repr__(self) -> str:
        state = "closed" if self._client.closed else self.state.name.lower()
        return f"<{type(self).__name__} {self.name!r} {state}>"


class Channel(ChannelBase["Pusher"]):
    """A channel of a `Pusher`."""

    def __init__(self, client: Pusher, name: str) -> None:
        super().__init__(client, name)
        self._asked: Request[None] | None = None

    def subscribe(self, *, user: Any = None, auth: ChannelAuth | None = None) -> Channel:
        """Subscribes, now and after every reconnect, until you unsubscribe. See `subscribe` of the client."""
        return self._client.subscribe(self.name, user=user, auth=auth)

    def wait(self, timeout: float | None = None) -> Channel:
        """Blocks until the server has confirmed the subscription, at most so many seconds.

        Raises AuthError or RefusedError where it was refused (`code` says why), TimeoutError, CancelledError by an unsubscribe or
        close, and StateError where nobody has subscribed.
        """
        if self._asked is None:
            raise StateError(f"{self.name} has not been subscribed; subscribe first")
        self._asked.wait(timeout)
        return self

    def unsubscribe(self) -> Request[None]:
        """Unsubscribes. No events of this channel come after this request is done."""
        return self._client.unsubscribe(self.name)

    def publish(self, event: str, data: Data = None) -> Request[None]:
        """Publishes a client event to the other subscribers. See `publish` of the client."""
        return self._client.publish(self.name, event, data)
