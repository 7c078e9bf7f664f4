"""What a coach can say in a session, as every screen, key and script says it (pure).

It decides which commands there are, and what each names. What follows from one
`station.session.coach` says.
"""

from __future__ import annotations

import msgspec

from station.session import events as ev
from station.session.events import Mark, TimedRun, Wind
from station.session.roster import Athlete


class Command(msgspec.Struct, frozen=True, tag_field="command", tag=ev.in_json):
    """Something that the coach says. A rep that is not named is the last one that ended."""


class Begin(Command, frozen=True):
    """The warm-up is over: the first rep is due. In the cool-down: there is more to run."""


class Hold(Command, frozen=True):
    """No go-call from now on; said again, the lane is free."""


class End(Command, frozen=True):
    """The workout is over."""


class RepDone(Command, frozen=True):
    """A rep is done; see `assigning.rep_done`."""


class Pick(Command, frozen=True):
    """A name, and no more: it finishes whoever is running by hand; soon after a run it says whose
    that was; else it says who goes next.
    """

    athlete: str


class Choose(Command, frozen=True):
    """Who goes next."""

    athlete: str


class Reorder(Command, frozen=True):
    """These come first in running order; whoever is not named comes after them, as before."""

    athletes: tuple[str, ...]


class Assign(Command, frozen=True):
    """Whose a rep, or a run in the tray, was."""

    athlete: str
    rep: int | None = None


class SetAside(Command, frozen=True):
    """A timed rep was nobody's."""

    rep: int | None = None


class Void(Command, frozen=True):
    """A rep does not count, and is run again; a run in the tray was none."""

    rep: int | None = None


class Split(Command, frozen=True):
    """A rep was two athletes'."""

    athlete: str
    rep: int | None = None


class Start(Command, frozen=True):
    """A hand-timed rep starts: of these together, or of who is next."""

    athletes: tuple[str, ...] = ()


class HandTime(Command, frozen=True):
    """What the stopwatch says: of a rep without a time of ours that ended lately, else of the next.

    Attributes:
        took_s: Seconds.
        athlete: Whose; by default that rep's, or who is next.
        rep: Which.
    """

    took_s: float
    athlete: str | None = None
    rep: int | None = None


class Note(Command, frozen=True):
    """What the coach saw in whoever ran a rep, or in the recovery after it.

    Attributes:
        mark: What.
        athlete: In whom: it is said of the last rep of this athlete.
        rep: Of which rep.
    """

    mark: Mark
    athlete: str | None = None
    rep: int | None = None


class Annotate(Command, frozen=True):
    """What there is to remember of a rep, in the coach's words; empty for nothing."""

    text: str
    rep: int | None = None


class Reread(Command, frozen=True):
    """A rep's recording says another thing than its device read; see `station.session.events`."""

    rep: int
    run: TimedRun | None
    marker2_s: float | None = None
    marker3_s: float | None = None
    calibration: str = ""


class NoteWind(Command, frozen=True):
    """The wind in a set, by default the one that is being run."""

    wind: Wind
    set: int | None = None


class Skip(Command, frozen=True):
    """A rep is left out; by default that of who is next."""

    athlete: str | None = None


class Withdraw(Command, frozen=True):
    """An athlete stops; the note is shown next time."""

    athlete: str
    note: str = ""


class Rejoin(Command, frozen=True):
    """An athlete who stopped goes on."""

    athlete: str


class Join(Command, frozen=True):
    """An athlete comes late."""

    athlete: Athlete


class Fewer(Command, frozen=True):
    """An athlete runs only so many reps in all."""

    athlete: str
    reps: int


class ChangeRecovery(Command, frozen=True):
    """A recovery is to be longer or shorter: an athlete's next one, or, of all, the next that the
    notation left open.
    """

    by_s: float
    athlete: str | None = None


class Undo(Command, frozen=True):
    """What the coach said last is taken back; of a rep, the last correction of it."""

    rep: int | None = None


class Strides(Command, frozen=True):
    """The warm-up's strides begin now: each is called."""


class SpeakTimes(Command, frozen=True):
    """Times are spoken aloud, or not."""

    on: bool


OfEvents = (
    Begin | Hold | End | RepDone | Pick | Choose | Reorder | Assign | SetAside | Void | Split
    | Start | HandTime | Note | Annotate | Reread | NoteWind | Skip | Withdraw | Rejoin | Join
    | Fewer | ChangeRecovery
)  # fmt: skip
"""What becomes events."""
Said = OfEvents | Undo | Strides | SpeakTimes
"""All that a coach can say."""
