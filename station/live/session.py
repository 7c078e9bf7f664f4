"""A workout, live: gates and coach joined to the session, its journal and its calls.

It decides in which order these hear of each other: what happened is in the journal before anybody
is told. Whose a run is, what a command means, who is next and what is said when, others decide. It
looks at no clock: it goes on as it is fed and as time is let pass, so a workout runs in simulated
time too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hardware.mixer import Begun as SoundBegun
from hardware.units import NS
from station.camera.events import CameraEvent, CameraNotice, FilmedRun
from station.gates.record import Closed, Traffic
from station.gates.timing import Event, GateTiming, Notice, Timed
from station.journal.journal import Log
from station.live.readings import as_told, of_camera, of_gates, passed, run_of
from station.live.workout import Workout
from station.run import ran_by
from station.session import events as ev
from station.session.assigning import place
from station.session.coach import events_of
from station.session.commands import Said as Command
from station.session.commands import SpeakTimes, Strides, Undo
from station.session.events import TimedRun
from station.session.folding import effective, fold, undo
from station.session.judging import (
    Judged,
    Measured,
    advice_at_the_end,
    advice_at_the_start,
    judge,
)
from station.session.news import (
    Advised,
    Begun,
    Happened,
    Placed,
    Refused,
    Said,
    Told,
    Unassigned,
)
from station.session.roster import Athlete
from station.session.state import IllegalEventError, Session
from station.session.turns import Turn, turns
from station.session.words import refused
from station.voice.calling import Caller, calls_of
from station.voice.cues import Call, Cue, Dropped, Result, warm_up_calls
from station.zero import NO_ZERO, OVER, Zero

LOOK_NS = NS // 20  # cues ask for a few looks in half a second
SAVE_AGAIN_NS = 5 * NS  # what waits for the disk is tried again so often
LATE_NS = 2 * NS  # a go-call that begins later is none, as for the cues
UNHEARD_NS = 3 * NS // 2  # a sound of which nothing is known so long after it was due was not heard
REP_ENDED = (ev.RepDone, ev.Finished, ev.TypedIn, ev.HandTimed, ev.Assigned, ev.Split)


class LiveSession:
    """A session at the track, as far as it has come; fed as `GateTiming` is."""

    def __init__(
        self,
        timing: GateTiming | None,
        workout: Workout,
        log: Log,
        caller: Caller,
        past: Sequence[Session] = (),
        notes: dict[str, str] | None = None,
        zero: Zero = NO_ZERO,
    ) -> None:
        """Begin with nothing read.

        Args:
            timing: The fold of the gates, whose setup names no athlete; None where none are.
            workout: Which, and whose; where the log holds a session already, that goes on instead.
            log: Keeps what happens.
            caller: Says what is due.
            past: Earlier sessions, for bests and advice.
            notes: By athlete: what was noted when one last stopped.
            zero: How camera and gates differ.
        """
        self._zero = zero
        self._timing, self._log, self._caller = timing, log, caller
        self._workout, self._past, self._notes = workout, past, notes or {}
        self._session = fold(effective(self._events()))
        self._origin_ns: int | None = None
        self._now_ns = self._look_ns = self._save_ns = self._said_ns = 0
        self._strides_ns: int | None = None
        self._due: Sequence[Turn] | None = None  # until something happens
        self._to_come: dict[str, Cue] = {}
        self._reps: dict[str, int] = {}  # source of a reading → number of the rep
        self._numbers: dict[int, int] = {}  # of the rep → of the run, as it is told
        self._trouble = ""
        self._all_done = False
        self._told: list[Told] = []

    @property
    def session(self) -> Session:
        """As far as it has come. Read only."""
        return self._session

    @property
    def past(self) -> Sequence[Session]:
        """Earlier sessions."""
        return self._past

    @property
    def strides_ns(self) -> int | None:
        """When the warm-up's strides began; None where they did not."""
        return self._strides_ns

    @property
    def trouble(self) -> str:
        """Why the journal cannot be written; empty where it can."""
        return self._trouble

    def feed(self, traffic: Traffic, ended_by: ev.Ender | None = None) -> list[Told]:
        """Take what went over a line; times never go back. Returns what is to be told, in order.

        Args:
            traffic: What.
            ended_by: Who or what ended the session, where this is its end.
        """
        self._advance(traffic.at_ns, begin=True)
        if self._timing is not None:
            self._take(self._timing.feed(traffic))
        if isinstance(traffic, Closed) and self._session.phase != "cool-down":
            self._follow([ev.Ended(self._now_ns, ended_by)])
        return self._said()

    def advance(self, now_ns: int) -> list[Told]:
        """Let time pass; nothing that is fed later may be of an earlier time."""
        self._advance(now_ns)
        return self._said()

    def do(self, command: Command, at_ns: int, now_ns: int | None = None) -> list[Told]:
        """Take what the coach says.

        Args:
            command: What.
            at_ns: When it was said.
            now_ns: Now, where that is later.
        """
        if self._origin_ns is None and self._timing is not None:
            return [Refused(0.0, "the session has not begun yet: the gates are being opened")]
        # Two commands are never said at one instant: that is how those events are known which are
        # undone together.
        self._advance(at_ns if now_ns is None else now_ns)
        at_ns = min(max(at_ns, self._origin_ns or 0), self._now_ns)
        self._said_ns = at_ns = max(at_ns, self._said_ns + 1)
        try:
            match command:
                case Undo(rep):
                    self._undo(at_ns, rep)
                case Strides():
                    self._strides_ns = at_ns
                case SpeakTimes(on):
                    self._caller.speak_times(on)
                case _:
                    self._follow(events_of(self._session, command, at_ns))
        except IllegalEventError as error:
            self._told.append(Refused(self.seconds(at_ns), refused(self._session, error)))
        self._look_ns = 0  # the calls are others now
        return self._said()

    def film(self, event: CameraEvent, now_ns: int) -> list[Told]:
        """Take what a camera tells."""
        self._advance(now_ns)
        origin_ns = self._origin_ns or 0
        if isinstance(event, FilmedRun):
            self._place(*of_camera(event, origin_ns, self._zero))
        else:
            is_over = isinstance(event, CameraNotice) and event.name == OVER
            if not is_over or self._zero.ratio_sigma:  # it ends once
                self._told.append(passed(event, origin_ns))
            if is_over:
                self._zero = self._zero.of_the_clocks()
        return self._said()

    def hear(self, begun: SoundBegun, now_ns: int) -> list[Told]:
        """Take what became of a sound when it was due."""
        cue = self._to_come.pop(begun.name, None)
        self._advance(now_ns)
        if cue is not None:
            self._begun(cue, heard=begun.heard)
        return self._said()

    def wanted(self, slot: int, now_ns: int) -> bytes:
        """What is to be sent to a device now; whoever sends it feeds it as `Sent`."""
        return b"" if self._timing is None else self._timing.wanted(slot, now_ns)

    def _said(self) -> list[Told]:
        told, self._told = self._told, []
        return told

    def _events(self) -> dict[int, ev.Recorded]:
        return {number: record.event for number, record in self._log.records.items()}

    def _begin(self) -> None:
        workout, now_ns = self._workout, self._now_ns
        again = self._session.phase != "before"
        if not again:
            self._happen(
                ev.Opened(
                    now_ns,
                    workout.kind,
                    workout.group,
                    call_spacing_s=workout.call_spacing_s,
                    workout=workout.name,
                    plan=workout.plan,
                    sprinter_factor=workout.sprinter_factor,
                )
            )
        if self._session.phase == "cool-down" or not (again or workout.warm_up):
            self._happen(ev.Began(now_ns))
        notes = {name: note for name, note in self._notes.items() if note}
        self._told.append(Begun(0.0, self._session, again, notes))
        for name in self._session.members:
            for advice in advice_at_the_start(self._session, name, self._past):
                self._told.append(Advised(0.0, name, advice))

    def _advance(self, now_ns: int, *, begin: bool = False) -> None:
        self._now_ns = max(now_ns, self._now_ns)
        if self._origin_ns is None:
            if self._timing is not None and not begin:
                return  # it begins with the gates' first word, as their record does
            self._origin_ns = self._now_ns
            self._begin()
        if self._timing is not None:
            self._take(self._timing.advance(self._now_ns))
        self._hear()
        if self._now_ns >= self._look_ns:
            self._look_ns = self._now_ns + LOOK_NS
            self._call()
        if self._trouble and self._now_ns >= self._save_ns:
            self._save_ns = self._now_ns + SAVE_AGAIN_NS
            self._log.save()
            self._tell_trouble()

    def _call(self) -> None:
        if self._due is None:
            self._due = turns(self._session)
        due = self._due
        calls: Sequence[Call] = calls_of(due)
        if self._session.phase == "warm-up":
            calls = () if self._strides_ns is None else warm_up_calls(self._strides_ns)
        self._end_of_all(due)
        for one in self._caller.go_on(self._now_ns, calls):
            if isinstance(one, Dropped):
                self._to_come.pop(one.cue.name, None)
                self._told.append(Said(self.seconds(one.cue.due_ns), one.cue, one.why))
            else:
                self._to_come[one.name] = one
        self._hear()

    def _hear(self) -> None:
        """What was handed over begins when it is due; a loudspeaker says so, if there is one."""
        late_ns = UNHEARD_NS if self._caller.audible else 0
        due = [one for one in self._to_come.values() if one.due_ns + late_ns <= self._now_ns]
        for cue in due:
            del self._to_come[cue.name]
            self._begun(cue, heard=False if self._caller.audible else None)

    def _begun(self, cue: Cue, *, heard: bool | None) -> None:
        at_s = self.seconds(cue.due_ns)
        if cue.kind == "go" and not heard and self._now_ns - cue.due_ns > LATE_NS:
            self._caller.slept_through(cue.who[0])
            self._told.append(Said(at_s, cue, "the computer slept"))
            return
        if cue.kind == "go" and self._session.phase != "warm-up":
            try:
                self._happen(ev.Called(cue.due_ns, cue.who[0]))
            except IllegalEventError:  # just held, or withdrawn, as it began
                return
        self._told.append(Said(at_s, cue, heard=heard))

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, Timed):
                self._place(event, of_gates(event, self._origin_ns or 0))
            else:
                self._told.append(event)

    def _place(self, timed: Timed, reading: TimedRun) -> None:
        """Whose it is, or goes on to be where it was told before, maybe by another device."""
        now_ns, reps = self._now_ns, self._session.reps
        runs = {number: rep.automatic for number, rep in reps.items() if rep.automatic is not None}
        of, run = run_of(reading, runs, self._reps)
        known = None if of is None else reps.get(of)
        happening: ev.Ran | ev.Passed
        if known is None:
            happening = place(self._session, run, now_ns)
        elif known.athlete is None:
            happening = ev.Passed(now_ns, known.rep, run, known.why)
        else:
            happening = ev.Ran(now_ns, known.athlete, known.rep, run)
        self._reps[reading.source] = happening.rep
        self._happen(happening)
        number = self._numbers.setdefault(happening.rep, len(self._numbers) + 1)
        rep, origin_ns = self._session.reps[happening.rep], self._origin_ns or 0
        timed = as_told(timed, rep.run or run, origin_ns, number, revises=known is not None)
        if isinstance(happening, ev.Passed):
            self._told.append(Unassigned(timed, rep.rep, happening.why))
            return
        self._look_ns = 0  # the calls are others now
        judged = judge(self._session, rep, self._past)
        self._told.append(Placed(_of(judged.athlete, timed), judged, self._session.kind))
        if known is None:
            self._speak(judged)
            self._advise(judged)

    def _undo(self, at_ns: int, rep: int | None) -> None:
        before = self._events()
        events, session = undo(before, at_ns, rep)
        self._session, self._due = session, None
        for event in events:
            self._log.append(event)
            at_s = self.seconds(event.at_ns)
            undone = before[event.undoes]
            self._told.append(Happened(at_s, event, undone=undone, without=session.copy()))
        self._tell_trouble()

    def _follow(self, events: Sequence[ev.Happening]) -> None:
        """Let all of it happen, or none.

        Raises:
            IllegalEventError: One of it cannot be.
        """
        trial = self._session.copy()
        for event in events:
            trial.apply(event)
        for event in events:
            without = self._session.copy()
            self._happen(event)
            self._tell_happened(event, without)

    def _tell_happened(self, event: ev.Happening, without: Session) -> None:
        rep = self._session.reps[event.rep] if isinstance(event, ev.OfRep) else None
        whose = None if rep is None else rep.athlete
        judged = judge(self._session, rep, self._past) if rep is not None and whose else None
        self._told.append(Happened(self.seconds(event.at_ns), event, judged, None, without))
        if judged is not None and isinstance(event, REP_ENDED):
            if isinstance(event, ev.Finished):
                self._speak(judged)
            self._advise(judged)
        if isinstance(event, ev.Ended) and not self._all_done:
            self._advise_at_the_end()

    def _speak(self, judged: Judged) -> None:
        if judged.measured is not None:
            self._caller.add_result(_result(judged, judged.measured), self._now_ns)

    def _advise(self, judged: Judged) -> None:
        at_s = self.seconds(self._now_ns)
        name = judged.athlete.name
        self._told += [Advised(at_s, name, advice) for advice in judged.advice]

    def _end_of_all(self, due: Sequence[Turn]) -> None:
        """Say so, once, when nobody has a rep left to run."""
        members = self._session.members.values()
        over = not due and all(member.standing != "away" for member in members)
        over = over and self._session.phase in ("on", "held")
        if over and not self._all_done:
            at_s = self.seconds(self._now_ns)
            self._advise_at_the_end()
            said = "all reps are done: walk, shake out, then jog slower than usual"
            self._told.append(Notice("all-done", at_s, "", said))
        self._all_done = over

    def _advise_at_the_end(self) -> None:
        at_s = self.seconds(self._now_ns)
        for one in self._session.members:
            for advice in advice_at_the_end(self._session, one):
                self._told.append(Advised(at_s, one, advice))

    def _happen(self, event: ev.Happening) -> None:
        """Let it happen, and keep it, before it is told."""
        self._session.apply(event)
        self._due = None
        self._log.append(event)
        self._tell_trouble()

    def _tell_trouble(self) -> None:
        trouble = self._log.trouble or ""
        if bool(trouble) != bool(self._trouble):
            name, said = "journal-trouble", trouble
            if not trouble:
                name, said = "journal-saved", "the journal is written again: nothing is lost"
            self._told.append(Notice(name, self.seconds(self._now_ns), "", said))
        self._trouble = trouble

    def seconds(self, ns: int) -> float:
        """Station time since the session's first look."""
        return (ns - (self._origin_ns or 0)) * 1e-9


def _of(athlete: Athlete, timed: Timed) -> Timed:
    """A run with the athlete who ran it."""
    return replace(timed, run=ran_by(timed.run, athlete.name, athlete.time_400_s))


def _result(judged: Judged, measured: Measured) -> Result:
    over = None if judged.against_400 is None else judged.against_400.margin_ratio
    return Result(
        judged.athlete.name,
        measured.took_s,
        measured.velocity_mps,
        over,
        measured.doubtful,
        by_hand=measured.by_hand,
        best=judged.ever or judged.today,
    )
