"""Reading ahead changes no item and no order, is bounded, and closes what it ran."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import count

import pytest

from hardware.ahead import AT_ONCE, read_ahead

AHEAD = 2 * AT_ONCE
LONG_S = 60.0  # nobody waits so long: a test that did would have failed


def test_items_come_unchanged_and_in_order() -> None:
    assert list(read_ahead((n for n in range(100)), AHEAD)) == list(range(100))


def test_nothing_gives_nothing() -> None:
    assert list(read_ahead((n for n in range(0)), AHEAD)) == []


def test_next_items_are_made_while_one_is_looked_at() -> None:
    made = [threading.Event() for _ in range(4 * AHEAD)]

    def source() -> Iterator[int]:
        for n, event in enumerate(made):
            event.set()
            yield n

    with closing(read_ahead((n for n in source()), AHEAD)) as items:
        assert next(items) == 0
        assert made[AHEAD + AT_ONCE - 1].wait(LONG_S)
        assert not made[AHEAD + AT_ONCE].is_set()


def test_what_goes_wrong_comes_out_in_its_turn() -> None:
    def source() -> Generator[int, None, None]:
        yield from range(AT_ONCE)
        raise ValueError("no more")

    items = read_ahead(source(), AHEAD)
    assert [next(items) for _ in range(AT_ONCE)] == list(range(AT_ONCE))
    with pytest.raises(ValueError, match="no more"):
        next(items)


def test_reader_who_leaves_early_closes_the_source() -> None:
    closed = threading.Event()

    def source() -> Generator[int, None, None]:
        try:
            yield from count()
        finally:
            closed.set()

    with closing(read_ahead(source(), AHEAD)) as items:
        next(items)
    assert closed.is_set()
