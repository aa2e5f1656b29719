"""Patterns, and what is remembered of names."""

from __future__ import annotations

import re

import pytest

from pusherws import ArgumentError, EventKind
from pusherws._routing import _REMEMBERED, Router, glob_expression


@pytest.mark.parametrize(
    "pattern,fits,others",
    [
        ("*", ["", "a", "a\nb"], []),
        ("private-*", ["private-", "private-a"], ["presence-a", "xprivate-a"]),
        ("client-?", ["client-a", "client-é"], ["client-", "client-ab"]),
        ("[a-c]x", ["ax", "cx"], ["dx", "-x"]),
        ("[!a-c]x", ["dx"], ["ax"]),
        ("[]a]", ["]", "a"], ["b"]),
        ("[!]a]", ["b"], ["]", "a"]),
        ("{created,deleted}", ["created", "deleted"], ["createddeleted", "created,deleted"]),
        ("a{b,c{d,e}}", ["ab", "acd", "ace"], ["ac"]),
        ("a.b+(c)|d", ["a.b+(c)|d"], ["axb+(c)|d", "d"]),
        ("a,b}", ["a,b}"], []),
        ("[a&&b]", ["a", "&", "b"], ["&&"]),
    ],
)
def test_patterns(pattern: str, fits: list[str], others: list[str]) -> None:
    expression = re.compile(glob_expression(pattern), re.DOTALL)
    assert [text for text in fits if not expression.fullmatch(text)] == []
    assert [text for text in others if expression.fullmatch(text)] == []


@pytest.mark.parametrize("pattern", ["[a", "{a", "[z-a]", "[", "{a,{b}"])
def test_patterns_that_are_none(pattern: str) -> None:
    with pytest.raises(ArgumentError):
        glob_expression(pattern)


def test_what_is_remembered_of_a_servers_names_has_an_end() -> None:
    router = Router()
    for number in range(3 * _REMEMBERED):
        router.entry(router.cache, str(number), "news")
        router.entry_of_bytes(router.cache, str(number).encode(), b"news")
    assert len(router.cache.by_text) <= _REMEMBERED
    assert len(router.cache.by_bytes) <= _REMEMBERED


def test_events_of_the_packages_own_work_come_only_by_name() -> None:
    router = Router()
    router.add(print)
    named = router.add(print, event="pusher:completed")
    assert router.find(EventKind.COMPLETED, "pusher:completed", None) == (named,)
    assert "pusher:completed" in repr(named)
    named.unbind()
    named.unbind()
    assert "unbound" in repr(named)
    router.close()
    assert not router.add(print).channel and router.find(EventKind.MESSAGE, "x", None) == ()


def test_unbinding_by_what_was_bound() -> None:
    router = Router()
    own = router.add(print, kind=EventKind.MESSAGE, internal=True)
    for once in (False, True):
        router.add(print, call=repr, event="a", once=once)
    router.add(print, event="a", kind=EventKind.MESSAGE)
    router.add(print, channel="c", event="a")
    assert router.remove_matching(None, "b", print) == 0
    assert router.remove_matching(None, "a", repr) == 0
    assert router.remove_matching(None, "a", print) == 3
    assert router.remove_matching("c", None, None) == 1
    assert router.remove_matching(None, None, None) == 0 and own.active
