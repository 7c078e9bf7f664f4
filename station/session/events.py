"""What can happen in a session: one frozen record for each thing, as the journal keeps it.

Each is a fact that was decided when it was written: whose a run was, which rep a key meant. So a
journal folds to the same state whatever the station's rules are by then. It decides nothing.

Instants (`_ns`) are station time. A rep is named by a number of its own within the session, which
is no place in a plan; only the number of one that was undone is given again.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from station.fusion import Reading
from station.session.roster import Athlete
from station.workout.planned import Kind, PlannedRep
from station.workout.usual import CALL_SPACING_S, SPRINTER_FACTOR

Direction = Literal["left-to-right", "right-to-left"]
Wind = Literal["still", "head", "tail", "cross"] | float
"""One tap, or metres per second, positive from behind."""
STRONGEST_MPS = 20.0  # a storm
Mark = Literal["ready-early", "tight"]
Ender = Literal["coach", "ctrl-c", "camera-over", "terminated", "terminal-closed"]
"""Who or what ended a session; "terminated" by the computer, or by another program."""


def is_wind(said: Wind) -> bool:
    """Whether it is any: no number that is none, or beyond a storm."""
    return isinstance(said, str) or abs(said) <= STRONGEST_MPS


class Entry(msgspec.Struct, frozen=True):
    """An athlete with a plan of their own: a sprinter rests longer, somebody does fewer reps."""

    athlete: Athlete
    plan: tuple[PlannedRep, ...]


class TimedRun(msgspec.Struct, frozen=True, omit_defaults=True):
    """A run that gates, a camera, or both timed.

    Attributes:
        marker2_ns: When Marker 2 was crossed.
        marker3_ns: When Marker 3 was crossed.
        fly_s: Time between them.
        fly_sigma_s: One standard deviation of it.
        velocity_mps: Zone length divided by it.
        velocity_sigma_mps: One standard deviation of it.
        direction: Which way in the picture; None where there is none.
        flags: From `station.flags`.
        source: Number or file by which its maker knows it; where several devices read it, the
            camera's, whose recording can be looked at again.
        when_known: Whether it was at these instants; else they only say in which order runs were.
        lane_sigma_s: The part of `fly_sigma_s` that the unknown place in the lane adds.
        readings: What each device read, where several did, or a zero test put one right; then all
            above is what they say together.
        speeds_mps: Slowest and fastest that counted as a run in its recording, where others did
            than usually.
        capture_fps: Rate at which that was filmed, where the coach said so.
    """

    marker2_ns: int
    marker3_ns: int
    fly_s: float
    fly_sigma_s: float
    velocity_mps: float
    velocity_sigma_mps: float
    direction: Direction | None = None
    flags: tuple[str, ...] = ()
    source: str = ""
    when_known: bool = True
    lane_sigma_s: float = 0.0
    readings: tuple[Reading, ...] = ()
    speeds_mps: tuple[float, float] | None = None
    capture_fps: float | None = None


def in_json(name: str) -> str:
    """An event's name as JSON has it: `RepDone` is "rep-done"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


class Event(msgspec.Struct, frozen=True, tag_field="event", tag=in_json):
    """Something that happened.

    Attributes:
        at_ns: When it was said, pressed or noticed.
    """

    at_ns: int


class Opened(Event, frozen=True):
    """The group and its workout are known; it warms up, and nothing is timed yet.

    Attributes:
        kind: Of all reps.
        entries: Who trains what, in running order.
        direction: In which runs count, None where any does.
        call_spacing_s: Least time between two go-calls.
        workout: As the coach wrote it, or its name.
        plan: Its reps, for those who rest no longer than it says.
        sprinter_factor: How much longer 400 m sprinters rest after long reps.
    """

    kind: Kind
    entries: tuple[Entry, ...]
    direction: Direction | None = None
    call_spacing_s: float = CALL_SPACING_S
    workout: str = ""
    plan: tuple[PlannedRep, ...] = ()
    sprinter_factor: float = SPRINTER_FACTOR


class Began(Event, frozen=True):
    """The first rep is due: from now on runs are taken."""


class Held(Event, frozen=True):
    """No go-call from now on: children are on the lane."""


class Released(Event, frozen=True):
    """The lane is free again."""


class Ended(Event, frozen=True, omit_defaults=True):
    """The workout is over; they cool down. Corrections stay possible for ever.

    Attributes:
        at_ns: When.
        by: Who or what ended it; None where that is not known.
    """

    by: Ender | None = None


class Resumed(Event, frozen=True):
    """The computer was started anew: station time began anew with it.

    Attributes:
        shift_ns: What makes an old instant one of the new station time. It was got from the time
            of day, so what is measured across it is only as right as that.
    """

    shift_ns: int


class WindNoted(Event, frozen=True):
    """The wind in a set."""

    set: int
    wind: Wind


class Reordered(Event, frozen=True):
    """The running order is another: who goes first of those who are ready together.

    Attributes:
        athletes: In order; whoever is not named comes after them, as before.
    """

    athletes: tuple[str, ...]


class AthleteEvent(Event, frozen=True):
    """It concerns one athlete."""

    athlete: str


class Joined(Event, frozen=True):
    """Somebody comes late, last in running order."""

    entry: Entry

    @property
    def athlete(self) -> str:
        """The name."""
        return self.entry.athlete.name


class Withdrawn(AthleteEvent, frozen=True):
    """Somebody stops; the note is shown next time."""

    note: str = ""


class Rejoined(AthleteEvent, frozen=True):
    """Somebody who stopped goes on."""


class Replanned(AthleteEvent, frozen=True):
    """Fewer reps, or other recoveries, from here on."""

    plan: tuple[PlannedRep, ...]


class Chosen(AthleteEvent, frozen=True):
    """The coach says who goes next."""


class Called(AthleteEvent, frozen=True):
    """The voice said go."""


class Started(AthleteEvent, frozen=True):
    """A hand-timed rep starts; of a group that starts together each has this event."""


class Finished(AthleteEvent, frozen=True):
    """The finish of a hand-timed rep that was started.

    Attributes:
        athlete: Who.
        rep: The rep.
        distance_m: Its length, here and below as the plan had it then; None beyond the plan.
    """

    rep: int
    distance_m: float | None = None


class Skipped(AthleteEvent, frozen=True):
    """A rep is left out; its place in the rotation is kept, as if it ended now."""

    rep: int


class RepDone(AthleteEvent, frozen=True):
    """The coach says that a rep is done of which no crossing was seen."""

    rep: int
    distance_m: float | None = None


class Ran(AthleteEvent, frozen=True):
    """A timed run that is a rep: a new one of this athlete, or the timing of a rep that is there.

    A rep that is there keeps its athlete, and is timed anew where it was timed already.
    """

    rep: int
    run: TimedRun


class Split(AthleteEvent, frozen=True):
    """What was taken for another's rep was two's: this one crossed Marker 3 with it, untimed.

    Attributes:
        athlete: The second one.
        rep: The second one's rep.
        end_ns: When both crossed.
        distance_m: Its length.
    """

    rep: int
    end_ns: int
    distance_m: float | None = None


class TypedIn(AthleteEvent, frozen=True):
    """A rep that the coach timed with a stopwatch of their own.

    Attributes:
        athlete: Who ran it.
        rep: The rep.
        end_ns: When it ended.
        took_s: What the stopwatch says.
        distance_m: Its length.
    """

    rep: int
    end_ns: int
    took_s: float
    distance_m: float | None = None


class Assigned(AthleteEvent, frozen=True):
    """A rep, or a run from the tray, is this athlete's; the recovery clock goes with it."""

    rep: int


class RepEvent(Event, frozen=True):
    """It concerns a rep, or a run in the tray, whosever it is."""

    rep: int


class Passed(RepEvent, frozen=True):
    """A timed run that is nobody's rep: it goes to the tray and starts no clock."""

    run: TimedRun
    why: str


class SetAside(RepEvent, frozen=True):
    """A timed rep was nobody's after all: its run goes to the tray, as if it had never counted."""


class Confirmed(RepEvent, frozen=True):
    """The coach saw it too."""


class HandTimed(RepEvent, frozen=True):
    """A stopwatch's time for a rep without one of ours."""

    took_s: float


class Marked(RepEvent, frozen=True):
    """What the coach saw in whoever ran it, or in the recovery after it; for the advice."""

    mark: Mark


class Noted(RepEvent, frozen=True):
    """What the coach wrote of a rep, in place of what was written before; empty for nothing."""

    text: str


class Reread(RepEvent, frozen=True):
    """A rep's recording was read again: by eye, or timed anew. What the device read is kept.

    Attributes:
        rep: Which.
        run: What counts from now on of that recording; None where it is the device's again.
        marker2_s: Where the coach put the line, in the recording's own time; None where the
            device's reading stands.
        marker3_s: The same at Marker 3.
        calibration: With which it was read, as `hardware.clips.calibration_id` knows it; empty
            where that was not written down.
    """

    run: TimedRun | None
    marker2_s: float | None = None
    marker3_s: float | None = None
    calibration: str = ""


class Voided(RepEvent, frozen=True):
    """It does not count and is to be run again; it was run, so its recovery stands."""


OfSession = Opened | Began | Held | Released | Ended | Resumed | WindNoted | Reordered
OfBoth = Finished | Skipped | RepDone | Ran | Split | TypedIn | Assigned
OfAthlete = Joined | Withdrawn | Rejoined | Replanned | Chosen | Called | Started | OfBoth
OfRep = Passed | SetAside | Confirmed | HandTimed | Marked | Noted | Reread | Voided | OfBoth
Happening = OfSession | OfAthlete | OfRep


class Undone(Event, frozen=True):
    """What the coach did before is taken back; both stay in the journal.

    Attributes:
        undoes: Number of the event in its session, from 1.
    """

    undoes: int


Recorded = Happening | Undone
"""All that a journal can hold."""

BY_THE_COACH = (
    Joined, Withdrawn, Rejoined, Replanned, Chosen, Started, Finished, Skipped, RepDone, Split,
    TypedIn, Assigned, SetAside, Confirmed, HandTimed, Marked, Voided, WindNoted,
    Reordered, Noted, Reread,
)  # fmt: skip
"""What can be undone. Nothing that was observed or heard is among it, nor a hold: release it."""

CORRECTING = (Assigned, Marked, Noted, Reread, SetAside, Voided)
"""What is said of a run that was there before."""
