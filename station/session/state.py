"""A session as far as it has come (pure).

It decides what each event changes. Which events are legal is in `station.session.table`; whose a
run is and who is next is decided by `station.session.assigning` and `station.session.turns`; what
all events come to, and how one is taken back, by `station.session.folding`. It knows no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from hardware.errors import StationError
from station.session import events as ev
from station.session.events import (
    Direction,
    Happening,
    Mark,
    TimedRun,
    Wind,
)
from station.session.joining import is_reading_of, joined, shifted
from station.session.roster import Athlete
from station.session.table import ATHLETE, REP, SESSION, Phase, RepState, Standing
from station.workout.planned import Kind, PlannedRep
from station.workout.usual import SPRINTER_FACTOR

COUNTS: tuple[RepState, ...] = ("keyed", "timed", "hand", "skipped")
LEFT_OUT = "read again to a time that no run has, which is left out"


class IllegalEventError(StationError):
    """What cannot happen now; the session is as it was.

    Attributes:
        event: What the tables do not have; None where it was refused for another reason.
        of: Whose state forbids it: a rep's number, an athlete's name, or None for the session.
        state: That state.
        legal: The states in which it can happen.
    """

    def __init__(
        self,
        said: str,
        event: type[Happening] | None = None,
        of: int | str | None = None,
        state: str = "",
        legal: tuple[str, ...] = (),
    ) -> None:
        """Refuse, and say why."""
        super().__init__(said)
        self.event, self.of, self.state, self.legal = event, of, state, legal


class Member(msgspec.Struct, frozen=True):
    """An athlete in this session.

    Attributes:
        athlete: Who.
        plan: Their own.
        standing: What they are doing.
        since_ns: When they came or came back, or the first rep was due; None before.
        called_ns: When they were last called.
        started_ns: When the hand-timed rep began that they are running, or ran last.
        note: What was noted when they stopped.
    """

    athlete: Athlete
    plan: tuple[PlannedRep, ...]
    standing: Standing = "in"
    since_ns: int | None = None
    called_ns: int | None = None
    started_ns: int | None = None
    note: str = ""


class Rep(msgspec.Struct, frozen=True):
    """A rep that was run or left out, or a run in the tray.

    Attributes:
        rep: Its number in the session, unrelated to its place in a plan.
        state: What became of it.
        athlete: Whose; None in the tray.
        end_ns: Crossing of Marker 3, or what stands for it: a key. The recovery begins there.
        start_ns: Crossing of Marker 2, or the start key; None where neither was seen.
        run: As timed by gates or a camera, and as the recording was read again since.
        automatic: As the devices alone timed it.
        reread: How the recording was read again; None where the devices' reading counts.
        hand_s: As timed by hand.
        distance_m: Length of a rep that no run timed, as the plan had it when it ended.
        confirmed: Whether the coach saw it too.
        carried: Whether its instants were carried over a restart by the time of day.
        marks: What the coach saw.
        note: What the coach wrote of it.
        why: Why it is in the tray.
    """

    rep: int
    state: RepState
    athlete: str | None
    end_ns: int
    start_ns: int | None = None
    run: TimedRun | None = None
    automatic: TimedRun | None = None
    reread: ev.Reread | None = None
    hand_s: float | None = None
    distance_m: float | None = None
    confirmed: bool = False
    carried: bool = False
    marks: tuple[Mark, ...] = ()
    note: str = ""
    why: str = ""


@dataclass(slots=True)
class Session:
    """A session as far as it has come. Read it freely; it changes through `apply` alone.

    Attributes:
        phase: What the whole session is doing.
        kind: Of all its reps.
        direction: In which runs count, None where any does.
        call_spacing_s: Least time between two go-calls.
        plan: The workout's reps, for those who rest no longer than it says.
        sprinter_factor: How much longer 400 m sprinters rest after long reps.
        members: By name, in running order.
        reps: By their number.
        winds: By set.
        chosen: Who goes next because the coach said so.
        called_ns: When anybody was last called.
        free_ns: When the workout began or was last released: no call is due before.
        ended_by: Who or what ended it when it was last ended; None where that is not known.
    """

    phase: Phase = "before"
    kind: Kind = "fly"
    direction: Direction | None = None
    call_spacing_s: float = 0.0
    plan: tuple[PlannedRep, ...] = ()
    sprinter_factor: float = SPRINTER_FACTOR
    members: dict[str, Member] = field(default_factory=dict)
    reps: dict[int, Rep] = field(default_factory=dict)
    winds: dict[int, Wind] = field(default_factory=dict)
    chosen: str | None = None
    called_ns: int | None = None
    free_ns: int | None = None
    ended_by: ev.Ender | None = None

    def apply(self, event: Happening) -> None:
        """Let an event happen.

        Raises:
            IllegalEventError: It cannot happen now. Nothing is changed then.
        """
        kind = type(event)
        phase = _next(SESSION, self.phase, kind, None)
        member, rep = None, None
        if isinstance(event, ev.OfAthlete):
            member = self._member_after(event)
        if isinstance(event, ev.OfRep):
            rep = self._rep_after(event)
        if isinstance(event, ev.Opened):
            self._open(event)
        # Nothing is refused from here on.
        self.phase = phase
        if member is not None:
            self.members[member.athlete.name] = member
        if rep is not None:
            before = self.reps.get(rep.rep)
            was = None if before is None else before.athlete
            if was is None and rep.athlete is not None:
                self.chosen = None
            elif was is not None and was != rep.athlete and isinstance(event, ev.Assigned):
                # Whoever was called and did not run after all is to be called again.
                self.members[was] = _but(self.members[was], called_ns=None)
            self.reps[rep.rep] = rep
        match event:
            case ev.Began() | ev.Released():
                if self.free_ns is None:
                    for name, one in self.members.items():
                        self.members[name] = _but(one, since_ns=event.at_ns)
                self.free_ns = event.at_ns
            case ev.Ended():
                self.ended_by = event.by
            case ev.Called():
                self.called_ns = event.at_ns
            case ev.Chosen():
                self.chosen = event.athlete
            case ev.Withdrawn() if self.chosen == event.athlete:
                self.chosen = None
            case ev.Reordered():
                known = [name for name in event.athletes if name in self.members]
                self.members = {name: self.members[name] for name in known} | self.members
            case ev.WindNoted() if ev.is_wind(event.wind):  # older journals have any number
                self.winds[event.set] = event.wind
            case ev.Resumed():
                self._shift(event.shift_ns)

    def copy(self) -> Session:
        """Another that is equal, and changes by itself."""
        return replace(self, members={**self.members}, reps={**self.reps}, winds={**self.winds})

    def standing(self, name: str) -> Standing:
        """What an athlete is doing."""
        member = self.members.get(name)
        return "unknown" if member is None else member.standing

    def state_of(self, rep: int) -> RepState:
        """What became of a rep."""
        known = self.reps.get(rep)
        return "none" if known is None else known.state

    def new_rep(self) -> int:
        """A number that no rep has."""
        return max(self.reps, default=0) + 1

    def _open(self, event: ev.Opened) -> None:
        names = [entry.athlete.name for entry in event.entries]
        if not names or len({*names}) < len(names):
            raise IllegalEventError(
                f"{names} is no group; name at least one athlete, and each once"
            )
        self.kind, self.direction = event.kind, event.direction
        self.call_spacing_s, self.plan = event.call_spacing_s, event.plan or event.entries[0].plan
        self.sprinter_factor = event.sprinter_factor
        self.members = {e.athlete.name: Member(e.athlete, e.plan) for e in event.entries}

    def _member_after(self, event: ev.OfAthlete) -> Member:
        name = event.athlete
        standing = _next(ATHLETE, self.standing(name), type(event), name)
        if isinstance(event, ev.Joined):
            return Member(event.entry.athlete, event.entry.plan, since_ns=event.at_ns)
        member = self.members[name]
        if isinstance(event, ev.Ran) and event.rep in self.reps:
            standing = member.standing  # an earlier rep is timed anew
        match event:
            case ev.Withdrawn():
                member = _but(member, note=event.note)
            case ev.Rejoined():
                member = _but(member, since_ns=event.at_ns)
            case ev.Replanned():
                member = _but(member, plan=event.plan)
            case ev.Called():
                member = _but(member, called_ns=event.at_ns)
            case ev.Started():
                member = _but(member, started_ns=event.at_ns)
        return member if member.standing == standing else _but(member, standing=standing)

    def _rep_after(self, event: ev.OfRep) -> Rep:
        number = event.rep
        state = _next(REP, self.state_of(number), type(event), number)
        old = self.reps.get(number)
        if old is None:
            return self._first(event, state)
        match event:
            case ev.Ran() | ev.Passed():
                sure = old.confirmed or old.state in ("keyed", "hand")
                return _timed(_but(old, state=state, confirmed=sure), event.run)
            case ev.Assigned():
                return _but(old, state=state, athlete=event.athlete, why="")
            case ev.SetAside():
                return _but(old, state=state, athlete=None, confirmed=False, why="set aside")
            case ev.Confirmed():
                return _but(old, state=state, confirmed=True)
            case ev.Marked():
                return _but(old, state=state, marks=(*old.marks, event.mark))
            case ev.Noted():
                return _but(old, state=state, note=event.text)
            case ev.Reread() if old.automatic is not None:
                if event.run is not None and not is_reading_of(event.run, old.automatic):
                    return _but(old, state=state, why=LEFT_OUT)
                again = None if event.run is None else event
                why = "" if old.why == LEFT_OUT else old.why
                return _timed(_but(old, state=state, reread=again, why=why), old.automatic)
            case ev.HandTimed():
                return _but(old, state=state, hand_s=event.took_s)
        return _but(old, state=state)

    def _first(self, event: ev.OfRep, state: RepState) -> Rep:
        """A rep that is new with this event."""
        length_m = getattr(event, "distance_m", None)
        rep = Rep(
            event.rep, state, getattr(event, "athlete", None), event.at_ns, distance_m=length_m
        )
        match event:
            case ev.Ran():
                return _timed(rep, event.run)
            case ev.Passed():
                return _timed(_but(rep, why=event.why), event.run)
            case ev.Finished():
                start_ns = self.members[event.athlete].started_ns or event.at_ns
                return _but(rep, start_ns=start_ns, hand_s=(event.at_ns - start_ns) * 1e-9)
            case ev.Split():
                return _but(rep, end_ns=event.end_ns)
            case ev.TypedIn():
                return _but(rep, end_ns=event.end_ns, hand_s=event.took_s)
        return rep

    def _shift(self, by_ns: int) -> None:
        """Make instants of the old station time into those of the new."""

        def new(instant_ns: int | None) -> int | None:
            return None if instant_ns is None else instant_ns + by_ns

        self.called_ns, self.free_ns = new(self.called_ns), new(self.free_ns)
        for name, one in self.members.items():
            since_ns, called_ns = new(one.since_ns), new(one.called_ns)
            started_ns = new(one.started_ns)
            self.members[name] = _but(
                one, since_ns=since_ns, called_ns=called_ns, started_ns=started_ns
            )
        for number, rep in self.reps.items():
            if rep.automatic is not None:
                rep = _timed(
                    _but(rep, reread=_later(rep.reread, by_ns)), shifted(rep.automatic, by_ns)
                )
            else:
                rep = _but(rep, start_ns=new(rep.start_ns), end_ns=rep.end_ns + by_ns)
            self.reps[number] = _but(rep, carried=True)


_but = msgspec.structs.replace


def _timed(rep: Rep, automatic: TimedRun) -> Rep:
    """A rep that devices timed, and maybe somebody read again."""
    again = None if rep.reread is None else rep.reread.run
    run = automatic if again is None else joined(automatic, again)
    return _but(rep, run=run, automatic=automatic, start_ns=run.marker2_ns, end_ns=run.marker3_ns)


def _later(event: ev.Reread | None, by_ns: int) -> ev.Reread | None:
    """The same in another count of time."""
    if event is None or event.run is None:
        return event
    return _but(event, run=shifted(event.run, by_ns))


def _next(
    table: Mapping[tuple[Any, type[Happening]], Any], state: str, kind: Any, of: int | str | None
) -> Any:
    then = table.get((state, kind))
    if then is None:
        legal = tuple(sorted(state for state, event in table if event is kind))
        who = "the session" if of is None else f"rep {of}" if isinstance(of, int) else of
        raise IllegalEventError(
            f"'{ev.in_json(kind.__name__)}' cannot be while {who} is '{state}'; "
            f"it can be while it is {' or '.join(map(repr, legal))}",
            kind,
            of,
            state,
            legal,
        )
    return then
