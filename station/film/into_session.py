"""Runs of saved videos → a session of the journal, and what is told of it.

It decides which session is meant, and that nothing is told before the journal has it. What becomes
of each run, `station.film.retiming` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hardware.boot import boot_id
from hardware.clock import SystemClock
from hardware.errors import StationError
from hardware.units import NS
from station.film.filmed import Filmed
from station.film.replay import Replay
from station.film.retiming import Placed, retime
from station.film.running_order import Whose, filmed_order
from station.fusion import in_words
from station.journal.file import JournalError
from station.journal.journal import Journal, Log, Record, utc_now
from station.journal.reading import LAST, meant, named
from station.journal.time_of_day import resume, station_ns
from station.pace import interval
from station.session import events as ev
from station.session.coach import entry
from station.session.events import TimedRun
from station.session.folding import effective, fold
from station.session.judging import SAME_LENGTH_M
from station.session.roster import Athlete, is_text
from station.session.state import Session
from station.session.turns import place_of
from station.speeds import RUN_MPS
from station.workout.plan import plan
from station.workout.usual import SPRINTER_FACTOR


@dataclass(frozen=True, slots=True)
class Added:
    """What a session gained.

    Attributes:
        session: As it is then.
        runs: What became of each run, recording by recording as they were given.
        said: What is to be said about all.
    """

    session: Session
    runs: list[list[Placed]]
    said: list[str]

    def whose(self, place: int) -> Whose:
        """Whose the runs of a recording are in the session."""
        reps = (self.session.reps[placed.rep] for placed in self.runs[place])
        return tuple(
            None if rep.athlete is None else self.session.members[rep.athlete].athlete
            for rep in reps
        )

    def lines(self, found: Sequence[Replay]) -> Iterator[str]:
        """What to tell the coach; nothing where there was no run.

        Args:
            found: The recordings, for their names.
        """
        for one, runs in zip(found, self.runs, strict=True):
            for number, placed in enumerate(runs, start=1):
                yield f"{one.recording}, run {number}: {self._became(placed)}"
        yield from self.said

    def _became(self, placed: Placed) -> str:
        rep = self.session.reps[placed.rep]
        if placed.became == "unassigned" or rep.athlete is None:
            return f"unassigned, {placed.why}"
        planned = place_of(self.session, rep)
        whose = f"{rep.athlete}, " + (f"rep {planned.number}" if planned else "beyond the plan")
        if rep.state == "void":
            whose += ", which is void"
        before = placed.before
        if before is None or placed.became in ("new", "as-before"):
            return f"{whose}, {'in the journal before' if placed.became == 'as-before' else 'new'}"
        if before.run is None:
            by_hand = "no time" if before.hand_s is None else f"{before.hand_s:.1f} s by hand"
            return f"{whose}, had {by_hand}"
        earlier = f"{interval(before.run.fly_s, before.run.fly_sigma_s)} s ({before.run.source})"
        doubt = "; the two do not agree" if placed.disagrees else ""
        if placed.became == "kept":
            return f"{whose}, keeps {earlier}, whose ± is smaller{doubt}"
        if rep.run is not None and len({one.by for one in rep.run.readings}) > 1:
            both = f"{in_words(rep.run.readings)}: {interval(rep.run.fly_s, rep.run.fly_sigma_s)} s"
            return f"{whose}, {both} together{doubt}"
        return f"{whose}, had {earlier}{doubt}"


@dataclass(frozen=True, slots=True)
class Now:
    """An instant as all clocks tell it.

    Attributes:
        at_ns: Station time.
        utc: Time of day.
        boot_id: Of the computer's start that station time counts from.
    """

    at_ns: int
    utc: str
    boot_id: str


def now() -> Now:
    """This instant."""
    return Now(SystemClock().now_ns(), utc_now(), boot_id())


@dataclass(frozen=True, slots=True)
class Adding:
    """A session that runs of videos are added to; no other station writes to its journal.

    Attributes:
        name: The session's.
        new: Whether it begins with them.
    """

    name: str
    new: bool
    _log: Log
    _now: Callable[[], Now]

    def check(self) -> None:
        """Refuse what cannot be added to, before anything is timed.

        Raises:
            StationError: The computer's time of day went back, or the journal makes no sense.
        """
        self._after(self._resumed(self._now()))

    def add(
        self,
        recordings: Sequence[tuple[Path, Replay]],
        whose: Sequence[Whose],
        athletes: Sequence[Athlete],
        workout: str | None = None,
        ahead_s: float = 0.0,
    ) -> Added:
        """Add what recordings gave.

        Args:
            recordings: Each with its file, in any order.
            whose: Whose each run is by running order, None where that is not known.
            athletes: The group in running order, for a session that begins.
            workout: Its notation or name, where one is given; as `check_workout` took it.
            ahead_s: How far the clock that told the recordings' times was ahead of ours.

        Raises:
            JournalError: The computer's time of day went back, or the journal cannot be written.
        """
        now, records = self._now(), [*self._log.records.values()]
        first = self._resumed(now)
        if self.new:
            opened = _opened(athletes, workout, now.at_ns)
            first = [opened, ev.Began(now.at_ns), ev.Ended(now.at_ns)]
        session = self._after(first)
        anchors = [*records, *(Record(0, now.boot_id, now.utc, event) for event in first)]
        order = filmed_order([found for _, found in recordings])
        filmed = [_filmed(*recordings[place], whose[place], anchors, ahead_s) for place in order]
        placed, said = retime(session, filmed, now.at_ns)
        happened = [event for runs in placed for one in runs for event in one.events]
        if happened:
            for event in [*first, *happened]:
                self._log.append(event)
        if self._log.error:
            raise self._log.error
        by_place = dict(zip(order, placed, strict=True))
        return Added(session, [by_place[place] for place in range(len(recordings))], said)

    def _resumed(self, now: Now) -> list[ev.Happening]:
        """What lies between the session's last event and now: a restart, or nothing."""
        records = self._log.records
        if not records:
            return []
        resumed = resume(records[max(records)], now.boot_id, now.at_ns, now.utc)
        return [] if resumed is None else [resumed]

    def _after(self, events: Iterable[ev.Happening]) -> Session:
        records = self._log.records.items()
        kept = effective({number: one.event for number, one in records})
        return fold([*kept, *events])


@contextmanager
def adding(
    journal: Path, wanted: str, *, may_be_new: bool, now: Callable[[], Now] = now
) -> Iterator[Adding]:
    """Open a session to add to; nothing is written yet.

    Args:
        journal: The journal; made where there is none and the session may be new.
        wanted: The session's name, a beginning that no other has, "last", or a new name.
        may_be_new: Whether it is known who would be in a new one.
        now: Tells the instant; the computer's clocks by default.

    Raises:
        InUseError: Another station writes to the journal.
        JournalError: There is no such session, or the journal cannot be written.
        StationError: A new one cannot be named so.
    """
    name, new = _session_called(journal, wanted, may_be_new)
    if new:
        try:
            journal.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JournalError(
                f"cannot make the folder '{journal.parent}' ({error.strerror}); name another "
                "journal with --journal"
            ) from None
    with Log(journal, name, now().boot_id, lambda: now().utc) as log:
        if log.error:
            raise log.error
        adding = Adding(name, new, log, now)
        adding.check()
        yield adding


def _session_called(journal: Path, wanted: str, may_be_new: bool) -> tuple[str, bool]:
    """The name of the session that is meant, and whether it is a new one."""
    if journal.exists():
        with Journal(journal) as opened:
            if wanted == LAST or meant(opened, wanted):
                return named(opened, wanted).session, False
    elif wanted == LAST:
        raise JournalError(f"there is no journal {journal}, so no last session; name it anew")
    if may_be_new:
        if not is_text(wanted) or not wanted.strip():
            raise StationError(f"{wanted!r} is no name of a session; name it in letters and digits")
        return wanted, True
    raise JournalError(
        f"there is no session '{wanted}' in {journal} ('station sessions' lists them); say who "
        "ran with --athletes, and it is begun"
    )


def check_workout(workout: str, zones_m: Iterable[float]) -> None:
    """Refuse a workout that recordings cannot be of, before anything is timed.

    Raises:
        StationError: It cannot be read, has no flies, or flies of another length.
    """
    reps_m = {rep.distance_m for rep in plan(workout, "fly").reps}
    others_m = [m for m in zones_m if min(abs(m - rep_m) for rep_m in reps_m) >= SAME_LENGTH_M]
    if others_m:
        raise StationError(
            f"the workout has flies of {min(reps_m):g} m, and a recording's Fly Zone is "
            f"{min(others_m):g} m; give the workout that was run, or none"
        )


def _opened(athletes: Iterable[Athlete], workout: str | None, at_ns: int) -> ev.Opened:
    """The group; without a workout a plan grows with each run."""
    reps = () if workout is None else plan(workout, "fly").reps
    entries = tuple(entry(one, reps, SPRINTER_FACTOR) for one in athletes)
    return ev.Opened(at_ns, "fly", entries, workout=workout or "", plan=reps)


def _filmed(
    video: Path, found: Replay, whose: Whose, anchors: Sequence[Record], ahead_s: float
) -> Filmed:
    recorded_ns = None
    if found.recorded_utc is not None:
        recorded_ns = station_ns(anchors, found.recorded_utc) - round(ahead_s * NS)
    source = f"video:{video.resolve()}".encode("utf-8", "replace").decode()
    return Filmed(
        fly_m=found.fly_m,
        runs=tuple(
            TimedRun(
                round(found.since_first_s(run.marker2_s) * NS),
                round(found.since_first_s(run.marker3_s) * NS),
                run.fly_s,
                run.fly_sigma_s,
                run.velocity_mps,
                run.velocity_sigma_mps,
                run.direction,
                run.flags,
                f"{source}#{number}",
                lane_sigma_s=run.lane_sigma_s,
                speeds_mps=None if found.speeds_mps == RUN_MPS else found.speeds_mps,
                capture_fps=found.capture_fps,
            )
            for number, run in enumerate(found.runs, start=1)
        ),
        whose=whose,
        length_ns=round(found.length_s * NS),
        recorded_ns=recorded_ns,
        at_end=found.recorded_at_end,
    )
