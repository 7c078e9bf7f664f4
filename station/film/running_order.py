"""Who ran what in several recordings: handed out in running order, from the first filmed on.

It decides whose a run is where nobody else knows. It times nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import cycle

from station.film.replay import Replay
from station.flags import Flag
from station.run import Run, ran_by
from station.session.roster import Athlete

Whose = tuple[Athlete | None, ...]


def filmed_order(found: Sequence[Replay]) -> list[int]:
    """The recordings' places, the first filmed first; as given where one does not know when."""
    began_s = [_began_s(one) for one in found]
    known_s = [one_s for one_s in began_s if one_s is not None]
    if len(known_s) < len(found):
        return [*range(len(found))]
    return sorted(range(len(found)), key=known_s.__getitem__)


def handed_out(found: Sequence[Replay], athletes: Sequence[Athlete]) -> list[Whose]:
    """Hand the runs out, round and round; those in another lane are nobody's.

    Args:
        found: What each recording gave.
        athletes: In running order; none where nobody is named.

    Returns:
        Whose each run is, recording by recording as they were given.
    """
    following = cycle(athletes or (None,))
    whose: dict[int, Whose] = {}
    for place in filmed_order(found):
        whose[place] = tuple(
            None if Flag.OTHER_LANE in run.flags else next(following) for run in found[place].runs
        )
    return [whose[place] for place in range(len(found))]


def named(found: Replay, whose: Whose) -> Replay:
    """The same runs, each with its athlete and compared with the 400 m pace of that one."""
    return replace(
        found,
        timed=tuple(
            replace(timed, run=_of(timed.run, athlete))
            for timed, athlete in zip(found.timed, whose, strict=True)
        ),
    )


def _of(run: Run, athlete: Athlete | None) -> Run:
    if athlete is None:
        return run
    return ran_by(run, athlete.name, athlete.time_400_s)


def _began_s(found: Replay) -> float | None:
    """When the first picture was taken, seconds of the time of day."""
    if found.recorded_utc is None:
        return None
    recorded_s = datetime.fromisoformat(found.recorded_utc).timestamp()
    return recorded_s - (found.length_s if found.recorded_at_end else 0.0)
