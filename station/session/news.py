"""What there is to tell of a live session, one record for each piece of news.

It decides nothing. Words and keys for it are in `station.session.telling`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from station.gates.timing import Event, Timed
from station.session import events as ev
from station.session.judging import Judged
from station.session.state import Session
from station.voice.cues import Cue
from station.workout.advice import Advice
from station.workout.planned import Kind


@dataclass(frozen=True, slots=True)
class Begun:
    """The session has begun, or goes on.

    Attributes:
        at_s: Seconds since the station's first look, as everywhere here.
        session: As it is.
        again: Whether it goes on after an end that nobody wanted.
        notes: By athlete: what was noted when one of them last stopped.
    """

    at_s: float
    session: Session
    again: bool
    notes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Placed:
    """A run that is somebody's rep.

    Attributes:
        timed: The run, with its athlete.
        judged: The rep.
        kind: What the session's reps are.
    """

    timed: Timed
    judged: Judged
    kind: Kind = "fly"


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A run that is nobody's: it is in the tray, and started no clock.

    Attributes:
        timed: The run.
        rep: Its number in the tray.
        why: It is nobody's.
    """

    timed: Timed
    rep: int
    why: str


@dataclass(frozen=True, slots=True)
class Happened:
    """What the coach said has happened.

    Attributes:
        at_s: When.
        event: What.
        judged: The rep that it is about, as it is then; None where there is none.
        undone: What was taken back by it.
        without: The session without it: as it was before, or after it was taken back.
    """

    at_s: float
    event: ev.Recorded
    judged: Judged | None = None
    undone: ev.Recorded | None = None
    without: Session = field(default_factory=Session)


@dataclass(frozen=True, slots=True)
class Refused:
    """What the coach said cannot be now; nothing has changed.

    Attributes:
        at_s: When.
        said: Why, and what can be.
    """

    at_s: float
    said: str


@dataclass(frozen=True, slots=True)
class Advised:
    """What the training text has to say.

    Attributes:
        at_s: When.
        athlete: To whom.
        advice: What.
    """

    at_s: float
    athlete: str
    advice: Advice


@dataclass(frozen=True, slots=True)
class Said:
    """A cue has begun, or will not be heard.

    Attributes:
        at_s: When it was due.
        cue: Which.
        dropped: Why it is left out, empty where it is not.
        heard: Whether the loudspeaker plays it, else it is to be seen; None where none is wanted.
    """

    at_s: float
    cue: Cue
    dropped: str = ""
    heard: bool | None = None


Told = Event | Begun | Placed | Unassigned | Happened | Refused | Advised | Said
