"""A workout at live gates: what the gates tell, joined to the session, its journal and its calls.

It decides in which order these hear of each other: what happened is in the journal before anybody
is told. Whose a run is, who is next and what is said when, others decide. It looks at no clock: it
goes on as it is fed and as time is let pass, so a workout runs in simulated time too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hardware.errors import StationError
from station import session_events as ev
from station.assigning import place
from station.calling import Caller, calls_of
from station.cues import Cue, Dropped, Result
from station.flags import Flag
from station.gate_record import Closed, Traffic
from station.gate_timing import Event, GateTiming, Notice, Timed
from station.journal import Log
from station.pace import pace_400_mps
from station.roster import Athlete
from station.session import Session
from station.session_events import Entry, TimedRun
from station.turns import Taken, place_of, recovery_before, turns
from station.workout.plan import Plan, for_sprinter
from station.workout.planned import Kind, PlannedRep

NS = 1_000_000_000
IN_THE_INTERVAL = {Flag.FIRST_BREAK, Flag.CLOCK_COLD}  # what these doubt, the ± says
LOOK_NS = NS // 20  # cues ask for a few looks in half a second


@dataclass(frozen=True, slots=True)
class Begun:
    """The session has begun.

    Attributes:
        at_s: Seconds since the session's first reading, as everywhere here.
        opened: Who trains what.
    """

    at_s: float
    opened: ev.Opened


@dataclass(frozen=True, slots=True)
class Placed:
    """A run that is somebody's rep.

    Attributes:
        timed: The run, with its athlete.
        planned: The place in the athlete's plan that it filled, None beyond its end.
        taken: The recovery before it; None before the first rep.
    """

    timed: Timed
    planned: PlannedRep | None
    taken: Taken | None


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A run that is nobody's: it is in the tray, and started no clock.

    Attributes:
        timed: The run.
        why: It is nobody's.
    """

    timed: Timed
    why: str


@dataclass(frozen=True, slots=True)
class Said:
    """A cue has begun, or will not be heard.

    Attributes:
        at_s: When it was due.
        cue: Which.
        dropped: Why it is not heard, empty where it is.
    """

    at_s: float
    cue: Cue
    dropped: str = ""


@dataclass(frozen=True, slots=True)
class Workout:
    """What a session is to be.

    Attributes:
        kind: Of all reps.
        group: Who trains what, in running order.
        call_spacing_s: Least time between two go-calls.
    """

    kind: Kind
    group: tuple[Entry, ...]
    call_spacing_s: float = 20.0


Told = Event | Begun | Placed | Unassigned | Said


def entries(
    planned: Plan, athletes: Iterable[Athlete], sprinter_factor: float, fly_m: float
) -> tuple[Entry, ...]:
    """Give each athlete a plan of their own.

    Args:
        planned: The workout.
        athletes: In running order.
        sprinter_factor: How much longer a 400 m sprinter rests after long reps.
        fly_m: Length of the Fly Zone that the gates span.

    Raises:
        StationError: The workout's flies are of another length.
    """
    others_m = {rep.distance_m for rep in planned.reps} - {fly_m}
    if planned.kind == "fly" and others_m:
        raise StationError(
            f"the workout has flies of {min(others_m):g} m and --fly says {fly_m:g}; set the gates "
            "up for the workout and say so, or choose another"
        )
    return tuple(
        Entry(
            athlete,
            for_sprinter(planned.reps, sprinter_factor) if athlete.sprinter else planned.reps,
        )
        for athlete in athletes
    )


class LiveSession:
    """A session at the gates, as far as it has come; fed as `GateTiming` is."""

    def __init__(self, timing: GateTiming, workout: Workout, log: Log, caller: Caller) -> None:
        """Begin with nothing read.

        Args:
            timing: The fold of the gates; its setup names no athlete.
            workout: Which, and whose.
            log: Keeps what happens; a new session in it.
            caller: Says what is due.
        """
        self._timing, self._log, self._caller = timing, log, caller
        self._workout = workout
        self._session = Session()
        self._origin_ns: int | None = None
        self._look_ns = 0
        self._to_come: dict[str, Cue] = {}
        self._reps: dict[int, int] = {}  # number of a run → of the rep
        self._trouble = ""
        self._told: list[Told] = []

    def feed(self, traffic: Traffic) -> list[Told]:
        """Take what went over a line; times never go back.

        Returns:
            What is to be told, in order.
        """
        now_ns = traffic.at_ns
        if self._origin_ns is None:
            self._begin(now_ns)
        self._advance(now_ns)
        self._take(self._timing.feed(traffic), now_ns)
        if isinstance(traffic, Closed):
            self._happen(ev.Ended(now_ns))
        return self._said()

    def advance(self, now_ns: int) -> list[Told]:
        """Let time pass; nothing that is fed later may be of an earlier time."""
        if self._origin_ns is not None:
            self._advance(now_ns)
        return self._said()

    def wanted(self, slot: int, now_ns: int) -> bytes:
        """What is to be sent to a device now; whoever sends it feeds it as `Sent`."""
        return self._timing.wanted(slot, now_ns)

    def _said(self) -> list[Told]:
        told, self._told = self._told, []
        return told

    def _begin(self, now_ns: int) -> None:
        self._origin_ns = now_ns
        workout, spacing_s = self._workout, self._workout.call_spacing_s
        opened = ev.Opened(now_ns, workout.kind, workout.group, call_spacing_s=spacing_s)
        self._happen(opened)
        self._happen(ev.Began(now_ns))
        self._told.append(Begun(0.0, opened))

    def _advance(self, now_ns: int) -> None:
        self._take(self._timing.advance(now_ns), now_ns)
        self._hear(now_ns)
        if now_ns >= self._look_ns:
            self._look_ns = now_ns + LOOK_NS
            self._call(now_ns)

    def _call(self, now_ns: int) -> None:
        for one in self._caller.go_on(now_ns, calls_of(turns(self._session))):
            if isinstance(one, Dropped):
                self._to_come.pop(one.cue.name, None)
                self._told.append(Said(self._seconds(one.cue.due_ns), one.cue, one.why))
            else:
                self._to_come[one.name] = one
        self._hear(now_ns)

    def _hear(self, now_ns: int) -> None:
        """What was handed over is heard when it is due."""
        for cue in [one for one in self._to_come.values() if one.due_ns <= now_ns]:
            del self._to_come[cue.name]
            if cue.kind == "go":
                self._happen(ev.Called(cue.due_ns, cue.who[0]))
            self._told.append(Said(self._seconds(cue.due_ns), cue))

    def _take(self, events: Iterable[Event], now_ns: int) -> None:
        for event in events:
            self._told.append(
                self._placed(event, now_ns) if isinstance(event, Timed) else event
            )  # fmt: skip

    def _placed(self, timed: Timed, now_ns: int) -> Placed | Unassigned:
        """Whose it is, or goes on to be where it was told before."""
        run = self._run(timed)
        known = self._session.reps.get(self._reps.get(timed.number, 0))
        happening: ev.Ran | ev.Passed
        if known is None:
            happening = place(self._session, run, now_ns)
        elif known.athlete is None:
            happening = ev.Passed(now_ns, known.rep, run, known.why)
        else:
            happening = ev.Ran(now_ns, known.athlete, known.rep, run)
        self._reps[timed.number] = happening.rep
        self._happen(happening)
        if isinstance(happening, ev.Passed):
            return Unassigned(timed, happening.why)
        self._look_ns = now_ns  # the calls are others now
        timed = _of(self._session.members[happening.athlete].athlete, timed)
        if known is None:
            self._caller.add_result(_result(timed), now_ns)
        rep = self._session.reps[happening.rep]
        return Placed(timed, place_of(self._session, rep), recovery_before(self._session, rep))

    def _run(self, timed: Timed) -> TimedRun:
        run = timed.run
        marker2_ns, marker3_ns = (
            (self._origin_ns or 0) + round(at_s * NS) for at_s in (run.marker2_s, run.marker3_s)
        )
        return TimedRun(
            marker2_ns,
            marker3_ns,
            run.fly_s,
            run.fly_sigma_s,
            run.velocity_mps,
            run.velocity_sigma_mps,
            flags=run.flags,
            source=f"gates, run {timed.number}",
        )

    def _happen(self, event: ev.Happening) -> None:
        """Let it happen, and keep it, before it is told."""
        self._session.apply(event)
        self._log.append(event)
        trouble = self._log.trouble or ""
        if bool(trouble) != bool(self._trouble):
            name, said = "journal-trouble", trouble
            if not trouble:
                name, said = "journal-saved", "the journal is written again: nothing is lost"
            self._told.append(Notice(name, self._seconds(event.at_ns), "", said))
        self._trouble = trouble

    def _seconds(self, ns: int) -> float:
        return (ns - (self._origin_ns or 0)) * 1e-9


def _of(athlete: Athlete, timed: Timed) -> Timed:
    """A run with the athlete who ran it."""
    pace_mps = None if athlete.time_400_s is None else pace_400_mps(athlete.time_400_s)
    ratio = None if pace_mps is None else timed.run.velocity_mps / pace_mps
    run = replace(timed.run, athlete=athlete.name, pace_400_mps=pace_mps, pace_ratio=ratio)
    return replace(timed, run=run)


def _result(timed: Timed) -> Result:
    run = timed.run
    doubtful = not IN_THE_INTERVAL.issuperset(run.flags)
    over = None if run.pace_ratio is None else run.pace_ratio - 1.0
    return Result(run.athlete or "", run.fly_s, run.velocity_mps, over, doubtful)
