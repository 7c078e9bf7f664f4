"""A star for a recording: it is kept for good, whatever room recordings may take.

It decides which recording a rep's is, and puts its star beside it or takes that away.
"""

from __future__ import annotations

from pathlib import Path

from hardware import clips
from station.gates.timing import Notice
from station.session import coach
from station.session.joining import readings_of
from station.session.news import Refused
from station.session.state import Session


def starred(session: Session, number: int | None, at_s: float) -> Notice | Refused:
    """Keep the recording of a rep for good, or no longer where it is kept so already.

    Args:
        session: As it is.
        number: Of the rep; None for the last one.
        at_s: When that is said.

    Returns:
        What is to be told.
    """
    rep = coach.latest(session) if number is None else session.reps.get(number)
    run = None if rep is None else rep.automatic
    paths = [] if run is None else [Path(one.clip) for one in readings_of(run) if one.clip]
    there = [path for path in paths if path.exists()]
    if not there:
        which = "the last rep" if number is None else f"rep {number}"
        return Refused(at_s, f"{which} has no recording that could be kept")
    on = not all(clips.starred(path) for path in there)
    try:
        for path in there:
            clips.star(path, on)
    except OSError as error:
        return Refused(at_s, f"cannot write beside {there[0]} ({error.strerror}); make room")
    names = " and ".join(path.name for path in there)
    kept = "is kept for good" if on else "goes as others do, when room is needed"
    return Notice("starred" if on else "star-taken", at_s, "", f"{names} {kept}")
