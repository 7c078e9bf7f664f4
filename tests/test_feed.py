"""When the feed sends a state, by a loop whose time is simulated: it passes where all wait."""

from __future__ import annotations

import asyncio
import json
import selectors
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from consoled import ran, seen, session

from station.console.feed import LEAST_S, STATE_S, Feed

BEFORE, AFTER = session(), session(ran("Ana", 1, 13, fly_s=3.41))
SOON_S = 0.001


class _Waits(selectors.DefaultSelector):
    """Where nothing comes, the time that would be waited has passed at once."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        got = super().select(0)
        if not got and timeout:
            self.now_s += timeout
        return got


@pytest.fixture
def played() -> Iterator[Callable[[Callable[[Feed], Awaitable[None]]], None]]:
    """Plays what is done to a feed, in simulated time."""
    waits = _Waits()
    loop = asyncio.SelectorEventLoop(waits)
    loop.time = lambda: waits.now_s  # type: ignore[method-assign]

    def play(story: Callable[[Feed], Awaitable[None]]) -> None:
        async def all_of_it() -> None:
            feed = Feed(names=True)
            running = asyncio.create_task(feed.run())
            await asyncio.sleep(STATE_S)
            await story(feed)
            feed.end()
            await running

        loop.run_until_complete(all_of_it())

    yield play
    loop.close()


def _reps(feed: Feed) -> int:
    """How many Ana has run, as the latest state has it."""
    now: dict[str, Any] = json.loads(feed.state(coach=True))["now"]
    return len(now["rows"][0]["ran"])


def test_what_happens_is_sent_at_once_however_lately_the_countdowns_were_looked_at(
    played: Callable[[Callable[[Feed], Awaitable[None]]], None],
) -> None:
    async def story(feed: Feed) -> None:
        feed.show(seen(BEFORE, 10))
        await asyncio.sleep(STATE_S / 2)
        feed.show(seen(BEFORE, 10.2))  # time alone has passed
        await asyncio.sleep(SOON_S)
        feed.show(seen(AFTER, 10.2))
        await asyncio.sleep(SOON_S)
        assert _reps(feed) == 1

    played(story)


def test_a_flood_of_what_happens_is_sent_no_more_often_than_is_seen(
    played: Callable[[Callable[[Feed], Awaitable[None]]], None],
) -> None:
    async def story(feed: Feed) -> None:
        feed.show(seen(BEFORE, 10))
        await asyncio.sleep(STATE_S / 2)
        sent = 0
        for number in range(100):
            before = feed.state(coach=True)
            feed.show(seen(session(ran("Ana", 1, 13, fly_s=3 + number / 100)), 10.2))
            await asyncio.sleep(SOON_S)
            sent += feed.state(coach=True) != before
        assert 100 * SOON_S / LEAST_S - 1 <= sent <= 100 * SOON_S / LEAST_S + 1

    played(story)
