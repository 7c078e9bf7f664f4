"""The feed: a session's state and its events, as server-sent events for as many as listen.

It decides when a state is sent: at once when more has changed than time alone, else once a second.
So whoever hears nothing for longer knows that the line is lost. It decides nothing of what is in
it. The session's thread hands over and goes on; all else happens in the server's loop.

A state is one JSON object:

- `version`: 1; it grows when a key changes its meaning or goes.
- `speed`: how many times as fast as real the session's time passes; 1 but in a rehearsal.
- `now`: the Snapshot, null while no session is on. Times ending in `_s` count from its `at_ns`,
  which is the session's own clock.
- `ended`: the Snapshot of the session that was on last, as it ended; null while one is on, and
  before the first.
- for the coach alone `keys` that matter now, what a number `digits` does, the latest `news`, and
  the `shapes` of devices' states.

Events are server-sent, each a kind and its data:

- `state`: a state, at once when it is another, else each second: who hears none for longer has lost
  the line.
- `told`: a piece of news, as `station run --json` prints it; to all a cue as it begins (`event`,
  `at_ns`, `athletes`, what is `said`). It has an id: whoever comes back with `Last-Event-ID` is
  told what was missed.
- `over`: there will be no more.

Who is no coach sees it as `station.console.public` has it, and hears of cues alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import msgspec

from station.console.public import cue_for_all, for_all
from station.session.news import Said, Told
from station.session.shown import SHAPES, Snapshot
from station.session.snapshot import over
from station.session.telling import as_keys
from station.terminal.keys import all_done, bottom_line, digits_mean

VERSION = 1
STATE_S = 1.0  # at least so often a state is sent,
LEAST_S = 0.02  # and no more often than this
MOST_EVENTS = 500  # that somebody who comes back is told
MOST_NEWS = 4


Shown = tuple[Snapshot | None, Snapshot | None]
"""The session that is on, and the one that ended last: at most one of them is there."""


class Flash(msgspec.Struct, frozen=True, tag_field="event", tag="flash"):
    """What the coach's eye is to be drawn to: it should have been heard, and was not."""

    said: str


OF_TIME = frozenset(
    ("at_ns", "go_in_s", "ready_in_s", "recovered_ratio", "since_s", "ago_s", "remaining_s")
)
"""Keys that change as time passes, though nothing happens."""


class Feed:
    """What there is to see and to hear."""

    def __init__(self, *, names: bool, speed: float = 1.0) -> None:
        """Begin with nothing to see.

        Args:
            names: Whether everybody may see names.
            speed: How many times as fast as real the session's time passes.
        """
        self._names, self._speed = names, speed
        self._shown: Shown = (None, None)
        self._waiting: deque[tuple[Told | Flash | str, Snapshot | None]] = deque()
        self._news: deque[str] = deque(maxlen=MOST_NEWS)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._handed = asyncio.Event()
        self._changed = asyncio.Condition()
        self._events: deque[tuple[int, bytes, bytes]] = deque(maxlen=MOST_EVENTS)
        self._event = 0
        self._states, self._state = [b"", b""], [0, 0]  # for all, and for the coach
        self._sent_s, self._sent = 0.0, object()
        self._over = self._is_told = self._is_blind = False

    @property
    def now(self) -> Snapshot | None:
        """How things stand; None between two sessions."""
        return self._shown[0]

    def show(self, now: Snapshot | None) -> None:
        """Take how things stand, in any thread; None between two sessions."""
        before, ended = self._shown
        if now is not None:
            ended = None
        elif before is not None:
            ended = over(before)
        self._shown = (now, ended)
        self._wake()

    def tell(self, news: Told | Flash | str) -> None:
        """Take an event, or a line for the coach, in any thread."""
        self._waiting.append((news, self.now))
        self._wake()

    def end(self) -> None:
        """There is nothing to come, said in any thread."""
        self.show(None)
        self._over = True
        self._wake()

    def state(self, *, coach: bool) -> bytes:
        """The latest state."""
        return self._states[coach]

    def _wake(self) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # it is over
                self._loop.call_soon_threadsafe(self._handed.set)

    async def run(self) -> None:
        """Send what is handed over, until the end."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._handed.clear()
            is_over = self._over  # what was handed over before is sent yet
            is_sent = self._take_on()
            self._is_told = is_over
            async with self._changed:
                self._changed.notify_all()
            if is_over:
                return
            if is_sent:  # where time alone has passed, what comes next is not held up for it
                await asyncio.sleep(LEAST_S)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._handed.wait(), STATE_S / 2)

    def _take_on(self) -> bool:
        """Take what was handed over; it goes on where that cannot be, which is said once.

        Returns:
            Whether a state is sent.
        """
        before = self._state[True]
        try:
            self._take()
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            if not self._is_blind:
                said = f"the pages cannot show this ({type(error).__name__}: {error})"
                self._news.append(f"{said}; timing goes on, undo what was said last")
            self._is_blind = True
        else:
            self._is_blind = False
        return self._state[True] > before

    def _take(self) -> None:
        (now, ended), is_new = self._shown, False
        while self._waiting:
            news, told_at = self._waiting.popleft()
            if isinstance(news, str):
                self._news.append(news)
                is_new = True
            else:
                self._add(news, told_at)
        now_s = asyncio.get_running_loop().time()
        seen = _without_time(msgspec.to_builtins(now))
        if is_new or seen != self._sent or now_s >= self._sent_s + STATE_S - LEAST_S:
            for coach in (True, False):  # who can mend it sees it, whatever the others can be told
                self._states[coach] = self._encoded(now, ended, coach=coach)
                self._state[coach] += 1
            self._sent, self._sent_s = seen, now_s

    def _add(self, news: Told | Flash, now: Snapshot | None) -> None:
        public: dict[str, Any] | None = None
        if isinstance(news, Said) and not news.dropped:
            rows = () if now is None else now.rows
            public = cue_for_all(news.cue, rows, names=self._names)
        self._event += 1
        coach: dict[str, Any]
        coach = msgspec.to_builtins(news) if isinstance(news, Flash) else as_keys(news)
        if isinstance(news, Said):
            coach["at_ns"] = news.cue.due_ns
        encode = msgspec.json.encode
        self._events.append((self._event, b"" if public is None else encode(public), encode(coach)))

    def _encoded(self, now: Snapshot | None, ended: Snapshot | None, *, coach: bool) -> bytes:
        state: dict[str, Any] = {"version": VERSION, "speed": self._speed}
        for key, one in (("now", now), ("ended", ended)):
            state[key] = one if coach or one is None else for_all(one, names=self._names)
        if coach:
            keys = [] if now is None else bottom_line(now)
            state["keys"] = [{"key": k.key, "shown": k.shown, "word": k.word} for k in keys]
            state["shapes"] = SHAPES
            is_moot = now is not None and now.digit == "chooses" and all_done(now)
            state["digits"] = "" if now is None or is_moot else digits_mean(now)
            state["news"] = list(self._news)
        return msgspec.json.encode(state)

    async def listen(self, *, coach: bool, after: int | None) -> AsyncIterator[bytes]:
        """Give all that comes, as server-sent events.

        Args:
            coach: Whether it is the coach who listens.
            after: The last event that was heard; None where none was.
        """
        heard = self._event if after is None else min(after, self._event)
        seen = 0
        yield b"retry: 1000\n\n"
        while True:
            async with self._changed:
                await self._changed.wait_for(
                    lambda: self._is_told or self._event > heard or self._state[coach] > seen  # noqa: B023
                )
            if self._state[coach] > seen:
                seen = self._state[coach]
                yield b"event: state\ndata: %b\n\n" % self._states[coach]
            is_told = self._is_told
            for number, *encoded in list(self._events):  # others come while these are sent
                if number > heard and encoded[coach]:
                    yield b"event: told\nid: %d\ndata: %b\n\n" % (number, encoded[coach])
                heard = max(heard, number)
            if is_told:
                yield b"event: over\ndata: {}\n\n"
                return


def _without_time(value: Any) -> Any:
    """A state without what changes though nothing happens."""
    if isinstance(value, dict):
        return {key: _without_time(one) for key, one in value.items() if key not in OF_TIME}
    if isinstance(value, list | tuple):
        return [_without_time(one) for one in value]
    return value
