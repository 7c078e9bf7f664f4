"""Ten thousand random sessions: clocks, order and totals are right after every event.

Each session is a string of bytes that hypothesis draws (and shortens, where one fails): what
happens next, to whom, and how much later. Beside it goes a model of the rules in a few lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

import pytest
from drills import FLY_S, START, S, entry, opened, plan, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station.session import assigning
from station.session import events as ev
from station.session.folding import effective, fold, undo
from station.session.forgetting import without
from station.session.state import IllegalEventError, Session
from station.session.turns import CHOICE_WAITS_S, done, reps_of, turns

SEQUENCES = 10_000
PARTS = 4  # that can be run side by side
NAMES = ("Ana", "Ben", "Cleo", "Dan")
LATE = "Dan"
PLAN = plan(3, 2, 60.0, 120.0)
SPACING_NS = 20 * S
CHOICE_WAITS_NS = round(CHOICE_WAITS_S * S)
STEPS_S = (0, 1, 4, 9, 11, 20, 45, 130)

KNOWN = {"keyed", "timed", "hand", "skipped"}


def clocks(session: Session) -> dict[str, tuple[int, int | None, int | None]]:
    """The model: count, beginning and end of each athlete's recovery, from the reps alone."""
    found: dict[str, tuple[int, int | None, int | None]] = {}
    for name, member in session.members.items():
        mine = [rep for rep in session.reps.values() if rep.athlete == name]
        counted = sum(rep.state in KNOWN for rep in mine)
        if not mine:
            found[name] = (counted, None, member.since_ns)
            continue
        last = max(mine, key=lambda rep: (rep.end_ns, rep.rep))
        # A void rep's recovery is that after the place it should have filled.
        place = min(counted + (last.state == "void"), len(member.plan)) - 1
        rests = [one.recovery_s for one in member.plan[: place + 1] if one.recovery_s is not None]
        ends_ns = last.end_ns + round((rests[-1] if rests else 0.0) * S)
        assert member.since_ns is not None
        found[name] = (counted, last.end_ns, max(ends_ns, member.since_ns))
    return found


def snapshot(session: Session) -> Session:
    """The session as it is now; what is in it is frozen, only where it is kept is not."""
    kept = {"members": {**session.members}, "reps": {**session.reps}, "winds": {**session.winds}}
    return replace(session, **kept)


def check(session: Session) -> None:
    """Whatever happened, this holds."""
    if session.free_ns is None:
        assert turns(session) == ()
        return
    expected = clocks(session)
    found = turns(session)
    assert {turn.athlete for turn in found} == {
        name
        for name, member in session.members.items()
        if member.standing == "in" and expected[name][0] < len(member.plan)
    }
    order = [*session.members]
    keys = []
    for turn in found:
        counted, began_ns, ready_ns = expected[turn.athlete]
        assert turn.planned.number == counted + 1
        assert (turn.began_ns, turn.ready_ns) == (began_ns, ready_ns)
        assert turn.go_ns is None or turn.go_ns >= turn.ready_ns
        assert (turn.go_ns is None) == (session.phase != "on" and not turn.called)
        if turn.athlete != session.chosen:
            keys.append((turn.ready_ns, order.index(turn.athlete)))
        else:  # whoever goes before would have had to wait long
            assert all(turn.ready_ns - ready_ns > CHOICE_WAITS_NS for ready_ns, _ in keys)
    assert keys == sorted(keys)
    calls = [turn.go_ns for turn in found if not turn.called and turn.go_ns is not None]
    if session.called_ns is not None:
        calls.insert(0, session.called_ns)
    assert all(later - earlier >= SPACING_NS for earlier, later in pairwise(calls))


def others(session: Session, *names: str | None) -> dict[str, tuple[int, int | None, int | None]]:
    return {name: clock for name, clock in clocks(session).items() if name not in names}


class Drill:
    """A session that lives through a string of bytes."""

    def __init__(self) -> None:
        self.now_ns = START
        self.session = Session()
        self.log: dict[int, ev.Recorded] = {}
        for event in (opened(*NAMES[:3], of=PLAN, direction="left-to-right"), ev.Began(START)):
            self.happen(event)

    def happen(self, event: ev.Happening) -> bool:
        """Apply an event, or see that it is refused and changes nothing."""
        before = snapshot(self.session)
        try:
            self.session.apply(event)
        except IllegalEventError:
            assert self.session == before
            return False
        self.log[len(self.log) + 1] = event
        check(self.session)
        return True

    def live(self, told: bytes) -> None:
        choices: Iterator[int] = iter(told)
        for choice in choices:
            who, when = next(choices, 0), next(choices, 0)
            self.now_ns += STEPS_S[when % len(STEPS_S)] * S + 1  # no two commands at one instant
            ACTS[choice % len(ACTS)](self, NAMES[who % len(NAMES)], who)
        assert fold(effective(self.log)) == self.session

    def ran(self, _: str, how: int) -> None:
        end_s = (self.now_ns - START) / S - 0.5
        seen = run(
            end_s,
            fly_s=(FLY_S, FLY_S, 3.9, 14.0)[how % 4],
            direction="left-to-right",
            flags=((), ("torso",), ("other-lane",))[how % 3],
        )
        due, before, chosen = turns(self.session), clocks(self.session), self.session.chosen
        away = [name for name, one in self.session.members.items() if one.standing == "away"]
        reps = len(self.session.reps)
        event = assigning.place(self.session, seen, self.now_ns)
        assert self.happen(event)
        if how % 4 == 3:
            assert isinstance(event, ev.Passed)  # nobody sprints that slowly
        if isinstance(event, ev.Passed):
            assert clocks(self.session) == before
        elif len(self.session.reps) > reps:
            could = [chosen, *away, *(turn.athlete for turn in due if turn.called)]
            assert event.athlete in (*could, *(turn.athlete for turn in due[:1]))
            assert "other-lane" not in seen.flags
        if isinstance(event, ev.Ran):
            assert others(self.session, event.athlete) == others_of(before, event.athlete)

    def key(self, *_: object) -> None:
        near = [
            rep
            for rep in self.session.reps.values()
            if rep.state in KNOWN - {"skipped"} and abs(rep.end_ns - self.now_ns) <= 10 * S
        ]
        reps = len(self.session.reps)
        event = None
        with suppress(IllegalEventError):
            event = assigning.rep_done(self.session, self.now_ns)
        if event is not None:
            self.happen(event)
        if near:
            assert len(self.session.reps) == reps
            assert event is None or isinstance(event, ev.Confirmed)

    def call(self, name: str, _: int) -> None:
        due = [turn for turn in turns(self.session) if not turn.called]
        if due and due[0].go_ns is not None and due[0].go_ns <= self.now_ns:
            assert self.happen(ev.Called(self.now_ns, due[0].athlete))
            assert next(t for t in turns(self.session) if t.athlete == due[0].athlete).called

    def correct(self, event: ev.Happening, *names: str | None) -> None:
        """A correction changes nobody else's recovery; undone, it has never been."""
        before = snapshot(self.session)
        if not self.happen(event):
            return
        assert others(self.session, *names) == others(before, *names)
        if self.now_ns // S % 2:
            self.take_back()
            assert self.session == before

    def assign(self, name: str, how: int) -> None:
        if self.session.reps:
            rep = self.rep(how)
            was = self.session.reps[rep].athlete
            self.correct(ev.Assigned(self.now_ns, name, rep), name, was)

    def amend(self, _: str, how: int) -> None:
        if self.session.reps:
            rep = self.rep(how)
            event = (
                ev.Voided(self.now_ns, rep),
                ev.SetAside(self.now_ns, rep),
                ev.HandTimed(self.now_ns, rep, 3.8),
            )[how % 3]
            self.correct(event, self.session.reps[rep].athlete)

    def split(self, name: str, how: int) -> None:
        if self.session.reps:
            with suppress(IllegalEventError):
                event = assigning.split(self.session, self.rep(how), name, self.now_ns)
                self.correct(event, name)

    def rep(self, how: int) -> int:
        """A rep, one of the last four."""
        return sorted(self.session.reps)[-4:][how % min(4, len(self.session.reps))]

    def hold(self, *_: object) -> None:
        before = clocks(self.session)
        held = self.session.phase == "held"
        self.happen(ev.Released(self.now_ns) if held else ev.Held(self.now_ns))
        assert clocks(self.session) == before
        for turn in turns(self.session):
            assert not held or turn.called or (turn.go_ns or 0) >= self.now_ns

    def undo(self, *_: object) -> None:
        with suppress(IllegalEventError):
            self.take_back()
            check(self.session)

    def take_back(self) -> None:
        events, self.session = undo(self.log, self.now_ns)
        self.log.update(enumerate(events, len(self.log) + 1))

    def restart(self, _: str, how: int) -> None:
        """The computer starts anew; every clock goes on."""
        before = turns(self.session)
        shift_ns = -how * S
        self.happen(ev.Resumed(self.now_ns + shift_ns, shift_ns))
        for old, new in zip(before, turns(self.session), strict=True):
            assert (new.athlete, new.ready_ns - shift_ns) == (old.athlete, old.ready_ns)
        self.happen(ev.Resumed(self.now_ns, -shift_ns))
        assert turns(self.session) == before


def others_of(clocks_: dict[str, tuple[int, int | None, int | None]], name: str) -> object:
    return {one: clock for one, clock in clocks_.items() if one != name}


def just(event: type[ev.Happening], *more: object) -> object:
    """Something that happens to an athlete alone."""

    def act(drill: Drill, name: str, _: int) -> None:
        drill.correct(event(drill.now_ns, name, *more), name)

    return act


def who_is(standing: str, act: object) -> object:
    """The same to somebody of that standing, where there is one."""

    def to_them(drill: Drill, name: str, how: int) -> None:
        there = [one for one in drill.session.members if drill.session.standing(one) == standing]
        act(drill, there[how % len(there)] if there else name, how)

    return to_them


def new_rep(event: type[ev.Happening]) -> object:
    def act(drill: Drill, name: str, _: int) -> None:
        drill.correct(event(drill.now_ns, name, drill.session.new_rep()), name)

    return act


ACTS = (
    Drill.ran,
    Drill.ran,
    Drill.ran,
    Drill.key,
    Drill.call,
    Drill.call,
    Drill.assign,
    Drill.amend,
    Drill.split,
    Drill.hold,
    Drill.undo,
    Drill.restart,
    just(ev.Withdrawn, "calf"),
    who_is("out", just(ev.Rejoined)),
    just(ev.Chosen),
    just(ev.Started),
    just(ev.Replanned, PLAN[:4]),
    lambda drill, *_: drill.correct(ev.Reordered(drill.now_ns, (*drill.session.members,)[::-1])),
    who_is("away", new_rep(ev.Finished)),
    new_rep(ev.Skipped),
    lambda drill, *_: drill.correct(ev.Joined(drill.now_ns, entry(LATE, PLAN)), LATE),
)


@pytest.mark.parametrize("part", range(PARTS))
def test_clocks_order_and_totals_are_always_right(part):
    @settings(
        max_examples=SEQUENCES // PARTS,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[*HealthCheck],
    )
    @given(st.binary(min_size=24, max_size=48))
    def live(told):
        Drill().live(bytes([part]) + told)

    live()


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(st.binary(min_size=30, max_size=200), st.sampled_from(NAMES))
def test_whoever_is_forgotten_is_missed_by_nobody(told, name):
    drill = Drill()
    drill.live(told)
    left = without(name, drill.log)
    session = fold(effective(left))
    assert name not in repr(left)
    assert [*session.members] == [one for one in drill.session.members if one != name]
    for one in session.members:
        assert done(session, one) == done(drill.session, one)
        assert [
            (rep.rep, rep.state, rep.end_ns, rep.run, rep.hand_s) for rep in reps_of(session, one)
        ] == [
            (rep.rep, rep.state, rep.end_ns, rep.run, rep.hand_s)
            for rep in reps_of(drill.session, one)
        ]
    assert clocks(session) == others(drill.session, name)
    check(session)
