"""All that a screen shows of a session at an instant, as data (pure).

It decides names and units: terminal, pages and scripts show the same, and as JSON its keys are
these fields. It decides nothing else; `station.session.snapshot` fills it in.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from station.pace import Verdict
from station.session.assigning import Best
from station.session.events import Mark, Wind
from station.session.table import Phase, RepState, Standing
from station.workout.planned import Kind

Digit = Literal["chooses", "repairs", "finishes"]
Look = Literal["", "good", "bad", "doubt"]
"""How something is drawn; never by its colour alone."""
SHAPES = {"good": "●", "doubt": "▲", "bad": "✖", "off": "○"}
"""By what a device's state is known without its colour."""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """An athlete's next rep.

    Attributes:
        athlete: Who.
        place: "set 2 of 3 · rep 1 of 3".
        distance_m: Its length.
        go_in_s: Until the go-call, below 0 since; None on hold.
        ready_in_s: Until the recovery ends that was planned, below 0 since.
        called: Whether the call was given.
        overdue: Whether it is past and was not given.
        recovery_s: The whole recovery, None before the first rep.
        recovered_ratio: How much of it is done, up to 1.
        at_400_s: What the rep takes at 400 m pace, None where that is not known or is no target.
        at_800_s: The same at 800 m pace.
    """

    athlete: str
    place: str
    distance_m: float
    go_in_s: float | None
    ready_in_s: float
    called: bool
    overdue: bool
    recovery_s: float | None
    recovered_ratio: float | None
    at_400_s: float | None
    at_800_s: float | None


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is running a hand-timed rep.

    Attributes:
        athlete: Who.
        since_s: Since the start key.
    """

    athlete: str
    since_s: float


class Against(msgspec.Struct, frozen=True, kw_only=True):
    """A rep against a pace.

    Attributes:
        verdict: Whether it beats the pace.
        margin_ratio: Velocity minus pace, as a share of the pace.
        at_pace_s: What the rep takes at that pace.
    """

    verdict: Verdict
    margin_ratio: float
    at_pace_s: float


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A rep as every screen writes it.

    Attributes:
        sign: "✓", "✗" or "?" of its verdict; empty where it has none.
        verdict: In words.
        look: Of the verdict.
        digits: The time as it is written, empty where nothing timed it.
        figures: What stands beside it: ± where it exceeds the last digit, and the velocity.
        best: Whether it is better than this athlete's best, today or ever; or the first.
        remarks: What else there is to say, each with its look, doubts first.
    """

    sign: str = ""
    verdict: str = ""
    look: Look = ""
    digits: str = ""
    figures: str = ""
    best: str = ""
    remarks: tuple[tuple[str, Look], ...] = ()


class Last(msgspec.Struct, frozen=True, kw_only=True):
    """The rep that ended last.

    Attributes:
        rep: Its number in the session.
        athlete: Whose.
        ago_s: Since it ended.
        state: What became of it; "keyed" has no time.
        number: Which rep of the athlete's plan it was, None beyond its end.
        distance_m: Its length, None where not known.
        time_s: How long it took; None where nothing timed it.
        time_95_s: Half of that time's 95 % interval.
        velocity_mps: Its velocity.
        velocity_95_mps: Half of that velocity's 95 % interval.
        by_hand: Whether a stopwatch or a key timed it.
        confirmed: Whether the coach saw it too.
        doubtful: Whether the time is doubted beyond its ±.
        flags: What a device had to remark.
        remarks: The same in words.
        against_400: Against 400 m pace; None where that is not known, or the time is doubted.
        against_800: The same against 800 m pace, of 400 m pace reps.
        recovery_s: The recovery before it that was taken; None where not known.
        recovery_95_s: Half of that recovery's 95 % interval.
        cut_short_s: By how much it was cut short, None where it was not.
        best: How it stands among all of this athlete's of its kind and length.
        best_today: The same among today's.
        first: Whether it is the first of its kind and length, and nothing is there to compare.
        marks: What the coach saw.
        advice: What the training text says to it, the most important first.
        devices: What each device read, where several did; empty where one did.
        written: All of it in words.
    """

    rep: int
    athlete: str
    ago_s: float
    state: RepState
    number: int | None
    distance_m: float | None
    time_s: float | None
    time_95_s: float | None
    velocity_mps: float | None
    velocity_95_mps: float | None
    by_hand: bool
    confirmed: bool
    doubtful: bool
    flags: tuple[str, ...]
    remarks: tuple[str, ...]
    against_400: Against | None
    against_800: Against | None
    recovery_s: float | None
    recovery_95_s: float | None
    cut_short_s: float | None
    best: Best | None
    best_today: Best | None
    marks: tuple[Mark, ...]
    advice: tuple[str, ...]
    devices: str = ""
    first: bool = False
    written: Written = Written()


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """A rep in an athlete's row.

    Attributes:
        rep: Its number in the session.
        state: What became of it.
        time_s: How long it took, None where nothing timed it.
        by_hand: Whether a stopwatch or a key timed it.
        doubtful: Whether the time is doubted beyond its ±.
        verdict: The one that `station.session.against` puts first; None where no pace is known, or
            the time is doubted.
        text: All of it as a cell of a table has it: "✓3.41".
        within: What stands behind it where that is wide: "± 0.02" exceeds the last digit.
        look: Of that text.
    """

    rep: int
    state: RepState
    time_s: float | None
    by_hand: bool
    doubtful: bool
    verdict: Verdict | None
    text: str = ""
    within: str = ""
    look: Look | Literal["void"] = ""


class Strides(msgspec.Struct, frozen=True):
    """Where the warm-up's strides are.

    Attributes:
        does: "walk" or "stride"; after the last one what follows, and how long.
        number: Which of them it is, from 1; None after the last.
        of: How many there are.
        remaining_s: Until the next, or until the last walk may be over; 0 since.
    """

    does: str
    number: int | None
    of: int
    remaining_s: float


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An athlete of the session.

    Attributes:
        number: In running order, from 1.
        athlete: Name.
        initials: For narrow displays; the name where there are none.
        standing: What they are doing.
        note: What was noted when they stopped.
        done: Reps that count.
        planned: Reps in all.
        compared: Of those that count, how many have a verdict.
        beat: How many of these beat their pace.
        best_s: The best time of those that count; None where reps are of several lengths.
        ran: Each rep run or left out, void or not, in order.
    """

    number: int
    athlete: str
    initials: str
    standing: Standing
    note: str
    done: int
    planned: int
    compared: int
    beat: int
    best_s: float | None
    ran: tuple[Ran, ...]


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the session stands on.

    Attributes:
        name: "camera", "M2", "sound", "rec", "disk", "battery".
        state: How it is.
        word: That in a word or two: "59.9 fps", "clock cold", "5 h".
        remedy: What is wrong and what helps; empty where nothing is, or a trouble says it already.
    """

    name: str
    state: Literal["good", "doubt", "bad", "off"]
    word: str
    remedy: str = ""


class Aside(msgspec.Struct, frozen=True, kw_only=True):
    """A run in the tray.

    Attributes:
        rep: Its number in the session.
        why: It is nobody's.
        ago_s: Since it ended.
        time_s: Time over the zone.
        velocity_mps: Its velocity.
        text: Both as they are written: "3.41 ± 0.02 s · 8.80 m/s".
        ours: Whether one of this session's athletes may have run it.
    """

    rep: int
    why: str
    ago_s: float
    time_s: float
    velocity_mps: float
    text: str
    ours: bool


class Provisional(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom a camera sees run, or has just seen: drawn hollow, and no result.

    Attributes:
        athlete: Who it seems to be; None where that is open.
        since_s: How long ago Marker 2 was passed.
        time_s: What was taken to Marker 3, roughly; None while it goes on.
        within_s: Half the 95 % interval of that.
    """

    athlete: str | None
    since_s: float
    time_s: float | None
    within_s: float | None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A session at an instant.

    Attributes:
        at_ns: When, station time.
        phase: What the whole session is doing; "over" of the one before, until another begins.
        kind: Of all its reps.
        headline: "FLY 30 · set 2 of 3 · rep 1 of 3", of the next rep.
        next: The athlete who is next; nobody before the first rep is due, and in the cool-down.
        then: All others who are to come, in order.
        together: Those who may start together now, or soonest.
        running: Who is running a hand-timed rep.
        last: The rep that ended last.
        rows: All athletes, in running order.
        tray: Runs that are nobody's, the latest first.
        digit: What an athlete's number does now: chooses who goes next, says whose the last run
            was, or that somebody has finished.
        set: Which set the next rep is in.
        wind: The wind in it, as far as it was said.
        assumed_recovery_s: The next recovery to come that the notation left open.
        remaining_s: How long the workout takes yet, as it is planned.
        troubles: What is wrong, and what helps, the worst first.
        mute: Whether times are not spoken.
        time_of_day: As a clock on the wall shows it; empty where it is not known.
        around: What the warm-up or the cool-down consists of, while it is on.
        strides: Where the warm-up's strides are; None before they are called.
        devices: What the session stands on, and how that is.
        no_last: What is said where no rep is the last.
        provisional: Who is seen running; None where nobody is, or all is told.
    """

    at_ns: int
    phase: Phase | Literal["over"]
    kind: Kind
    headline: str
    next: Due | None
    then: tuple[Due, ...]
    together: tuple[str, ...]
    running: tuple[Running, ...]
    last: Last | None
    rows: tuple[Row, ...]
    tray: tuple[Aside, ...]
    digit: Digit
    set: int
    wind: Wind | None
    assumed_recovery_s: float | None
    remaining_s: float
    troubles: tuple[str, ...] = ()
    mute: bool = False
    time_of_day: str = ""
    around: tuple[str, ...] = ()
    strides: Strides | None = None
    devices: tuple[Device, ...] = ()
    no_last: str = "no run yet"
    provisional: Provisional | None = None
