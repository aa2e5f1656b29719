"""Which handlers an event is for.

Binding is done here and not by the library: its bindings are functions of C, and a call from C into Python costs more than all
that is done here. What is found for a name and a channel is remembered until a binding changes.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from typing import Any, Optional, TypeVar

from .enums import EventKind
from .errors import ArgumentError
from .event import Event

Handler = Callable[[Event], Any]
Key = TypeVar("Key")

#: What the package answers itself; handlers see it only where they ask for it by its name.
_INTERNAL = frozenset((EventKind.COMPLETED, EventKind.AUTHORIZE, EventKind.AUTHORIZE_USER, EventKind.PREPARE_AUTHORIZATION, EventKind.LOG))

#: Names from a server are its choice, so what is remembered of them has an end.
_REMEMBERED = 4096

#: The name, the channel, and who wants it.
Entry = tuple[str, Optional[str], tuple["Binding", ...]]


class Cache:
    """What was found for a name and a channel: as text, and as the UTF-8 that messages come in."""

    __slots__ = ("by_bytes", "by_text")

    def __init__(self) -> None:
        self.by_text: dict[tuple[str, Optional[str]], Entry] = {}
        self.by_bytes: dict[tuple[bytes, bytes], Entry] = {}


class Binding:
    """A handler and the events it is for. `unbind` ends it."""

    __slots__ = ("_fits", "_router", "_target", "active", "call", "channel", "event", "handler", "internal", "kind", "once")

    def __init__(
        self,
        router: Router,
        handler: Handler,
        call: Handler,
        channel: str | None,
        event: str | None,
        once: bool,
        glob: bool,
        kind: EventKind | None,
        internal: bool,
    ) -> None:
        self.handler = handler
        self.channel = channel
        self.event = event
        self.once = once
        self.kind = kind
        self.active = True
        #: The package's own, which the program does not unbind.
        self.internal = internal
        self.call = self._call_once if once else call
        self._target = call
        self._router = router
        self._fits: tuple[Callable[[str], object], Callable[[str], object]] | None = None
        if glob:
            self._fits = (_matcher(channel), _matcher(event))

    def unbind(self) -> None:
        """Ends it: the handler gets no further events. Twice is fine."""
        self._router.remove(self)

    @property
    def is_pattern(self) -> bool:
        """Whether channel and event are patterns."""
        return self._fits is not None

    def fits(self, kind: int, name: str, channel: str | None) -> bool:
        """Whether an event is for this one."""
        if self.kind is not None and kind != self.kind:
            return False
        if kind in _INTERNAL and self.event != name:
            return False
        if self._fits is None:
            return (self.channel is None or self.channel == channel) and (self.event is None or self.event == name)
        fits_channel, fits_event = self._fits
        if self.channel is not None and (channel is None or not fits_channel(channel)):
            return False
        return self.event is None or bool(fits_event(name))

    def _call_once(self, event: Event) -> Any:
        # Whoever removes it is who calls it: of two threads, one.
        if self._router.remove(self):
            return self._target(event)

    def __repr__(self) -> str:
        where = f" on {self.channel!r}" if self.channel is not None else ""
        what = repr(self.event) if self.event is not None else "any event"
        return f"<Binding {what}{where}{'' if self.active else ' (unbound)'}>"


class Router:
    """All bindings of a client."""

    def __init__(self) -> None:
        # Handlers bind and unbind, also those of a signal that interrupts this.
        self._lock = threading.RLock()
        self._bindings: tuple[Binding, ...] = ()
        self._closed = False
        #: What is remembered of messages. Replaced whenever a binding changes, after the bindings: who has the new one finds by the new
        #: bindings, and what is put into the old one is seen by nobody.
        self.cache = Cache()

    def add(
        self,
        handler: Handler,
        *,
        call: Handler | None = None,
        channel: str | None = None,
        event: str | None = None,
        once: bool = False,
        glob: bool = False,
        kind: EventKind | None = None,
        internal: bool = False,
    ) -> Binding:
        """Binds a handler; `call` is what is called in its place, where that differs."""
        if not callable(handler):
            raise TypeError(f"the handler has to be callable, and is {type(handler).__name__}")
        binding = Binding(self, handler, call or handler, channel, event, once, glob, kind, internal)
        with self._lock:
            if not self._closed:
                self._replace((*self._bindings, binding))
        return binding

    def remove(self, binding: Binding) -> bool:
        """Unbinds; False where it was not bound any more."""
        with self._lock:
            if not binding.active:
                return False
            binding.active = False
            self._replace(other for other in self._bindings if other is not binding)
            return True

    def remove_matching(self, channel: str | None, event: str | None, handler: Handler | None) -> int:
        """Unbinds those of this channel, event and handler; None is any event, any handler. How many there were."""
        with self._lock:
            found = [
                binding
                for binding in self._bindings
                if binding.channel == channel
                and not binding.internal
                and (event is None or binding.event == event)
                and (handler is None or binding.handler == handler)
            ]
            for binding in found:
                self.remove(binding)
            return len(found)

    def close(self) -> None:
        """Unbinds all, for good: when this returns no handler begins any more."""
        with self._lock:
            self._closed = True
            for binding in self._bindings:
                binding.active = False
            self._replace(())

    def find(self, kind: int, name: str, channel: str | None) -> tuple[Binding, ...]:
        """Who wants an event, in the order in which they were bound."""
        return tuple(binding for binding in self._bindings if binding.fits(kind, name, channel))

    def entry(self, cache: Cache, name: str, channel: str | None) -> Entry:
        """Who wants messages of this name and channel; `cache` was read before, see there."""
        found = cache.by_text.get((name, channel))
        if found is None:
            found = (name, channel, self.find(EventKind.MESSAGE, name, channel))
            _remember(cache.by_text, (name, channel), found)
        return found

    def entry_of_bytes(self, cache: Cache, name: bytes, channel: bytes) -> Entry:
        """The same, for texts that are not decoded yet."""
        found = cache.by_bytes.get((name, channel))
        if found is None:
            found = self.entry(cache, name.decode(), channel.decode())
            _remember(cache.by_bytes, (name, channel), found)
        return found

    def _replace(self, bindings: Iterable[Binding]) -> None:
        self._bindings = tuple(bindings)
        self.cache = Cache()


def _remember(found: dict[Key, Entry], key: Key, entry: Entry) -> None:
    if len(found) >= _REMEMBERED:
        found.clear()
    found[key] = entry


def _matcher(pattern: str | None) -> Callable[[str], object]:
    return re.compile(glob_expression(pattern or "*"), re.DOTALL).fullmatch


def glob_expression(pattern: str) -> str:
    """The regular expression of a pattern: `*` any text, `?` any character, `[a-z]` one of these, `{a,b}` one of those."""
    found, at, depth = [], 0, 0
    while at < len(pattern):
        character = pattern[at]
        at += 1
        if character == "*":
            found.append(".*")
        elif character == "?":
            found.append(".")
        elif character == "[":
            # A bracket right at the beginning stands for itself.
            end = pattern.find("]", at + (2 if pattern[at : at + 1] in ("!", "^") else 1))
            if end < 0:
                raise ArgumentError(f"the pattern {pattern!r} has a [ without its ]")
            inside = pattern[at:end]
            negated = inside[:1] in ("!", "^")
            inside = inside[1:] if negated else inside
            # Only a range's hyphen keeps its meaning.
            escaped = re.sub(r"([\\\[\]&~|^])", r"\\\1", inside)
            found.append(f"[{'^' if negated else ''}{escaped}]")
            at = end + 1
        elif character == "{":
            depth += 1
            found.append("(?:")
        elif character == "}" and depth:
            depth -= 1
            found.append(")")
        elif character == "," and depth:
            found.append("|")
        else:
            found.append(re.escape(character))
    if depth:
        raise ArgumentError(f"the pattern {pattern!r} has a {{ without its }}")
    try:
        re.compile("".join(found))
    except re.error as error:
        raise ArgumentError(f"the pattern {pattern!r} is not valid: {error}") from error
    return "".join(found)
