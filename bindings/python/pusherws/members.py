"""Who is on a presence channel."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from . import _raw
from ._convert import text
from ._structs import pusher_members
from .enums import Status
from .errors import check


class Member(NamedTuple):
    """One member of a presence channel."""

    user_id: str
    #: The member's info as JSON text, or None where the server gave none.
    info_json: str | None
    #: Whether it is this client's own user.
    is_me: bool

    @property
    def info(self) -> Any:
        """The member's info, read from its JSON; None where there is none."""
        return None if self.info_json is None else json.loads(self.info_json)


class Members(Mapping[str, Member]):
    """The members of a presence channel, by user id: always those of now.

    Each look at it asks the library anew, and may be ahead of the events that your handlers have seen. It is empty while the channel is
    not subscribed. Use `snapshot()` where several looks have to agree.
    """

    def __init__(self, ask: Callable[[str, Any], int], channel: str) -> None:
        self._ask = ask
        self._channel = channel

    def snapshot(self) -> dict[str, Member]:
        """The members at one moment, ordered by user id."""
        with _List(self._ask, self._channel) as members:
            return {member.user_id: member for member in members.all()}

    @property
    def me(self) -> Member | None:
        """This client's own member; None where the server's list does not have it."""
        with _List(self._ask, self._channel) as members:
            return members.one(_raw.lib.pusher_members_me)

    def __len__(self) -> int:
        with _List(self._ask, self._channel) as members:
            return members.count()

    def __iter__(self) -> Iterator[str]:
        return iter(self.snapshot())

    def __getitem__(self, user_id: str) -> Member:
        name = text(user_id, "user_id")
        with _List(self._ask, self._channel) as members:
            found = members.one(_raw.lib.pusher_members_find, name)
        if found is None:
            raise KeyError(user_id)
        return found

    def __contains__(self, user_id: object) -> bool:
        try:
            self[user_id]  # type: ignore[index]
        except (KeyError, TypeError, ValueError):
            return False
        return True

    def __repr__(self) -> str:
        return f"<Members of {self._channel!r}: {len(self)}>"


class _List:
    """A `pusher_members` for the length of a `with`."""

    def __init__(self, ask: Callable[[str, Any], int], channel: str) -> None:
        self._handle = pusher_members()
        status = ask(channel, ctypes.byref(self._handle))
        if status != Status.NOT_SUBSCRIBED:
            check(status)

    def __enter__(self) -> _List:
        return self

    def __exit__(self, *_: object) -> None:
        _raw.lib.pusher_members_free(self._handle)

    def count(self) -> int:
        return int(_raw.lib.pusher_members_count(self._handle))

    def one(self, find: Any, *arguments: Any) -> Member | None:
        found = find(self._handle, *arguments)
        return _member(found.contents) if found else None

    def all(self) -> Iterator[Member]:
        for index in range(self.count()):
            found = _raw.lib.pusher_members_at(self._handle, index)
            yield _member(found.contents)


def _member(member: Any) -> Member:
    user_id = ctypes.string_at(member.user_id, member.user_id_len).decode()
    info = ctypes.string_at(member.user_info, member.user_info_len).decode() if member.user_info else None
    return Member(user_id, info, bool(member.is_me))
