"""Recordings whose files say when they were made, and the reps that they show (pure).

It decides which runs were filmed when a rep ended, and what a file's time of day means: whether it
is that of its beginning or its end, and that clocks may be apart. It changes no session.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hardware.units import NS
from station.flags import Flag
from station.session.assigning import SAME_DISTANCE_M
from station.session.events import TimedRun
from station.session.roster import Athlete
from station.session.state import Rep, Session
from station.session.turns import place_of, when_known

SAME_REP_S = 5.0  # files know whole seconds, clocks differ by some, and keys come late
CLOCKS_APART_S = 900.0  # a clock that was set by hand


@dataclass(frozen=True, slots=True)
class Filmed:
    """What a recording gave.

    Attributes:
        fly_m: Length of the Fly Zone.
        runs: Complete runs in order, their instants counted from the first picture.
        whose: Whose each is by running order, None where nobody's.
        length_ns: From the first picture to the end of the last.
        recorded_ns: Station time when it was recorded, None where the file does not say.
        at_end: Whether it ended then, as far as the file's maker is known; else it began.
    """

    fly_m: float
    runs: tuple[TimedRun, ...]
    whose: tuple[Athlete | None, ...]
    length_ns: int
    recorded_ns: int | None
    at_end: bool

    def began_ns(self, at_end: bool) -> int | None:
        """When the first picture was taken, if its file's time is (or is not) that of its end."""
        if self.recorded_ns is None:
            return None
        return self.recorded_ns - (self.length_ns if at_end else 0)


def are_ends(session: Session, filmed: Sequence[Filmed], given: bool, said: list[str]) -> bool:
    """Whether the times of files of one maker are those of their ends: as most reps are met."""

    def met(at_end: bool) -> list[tuple[int, int]]:
        return [
            (place, rep.rep)
            for place, one in enumerate(filmed)
            if one.at_end == given and (began_ns := one.began_ns(at_end)) is not None
            for rep in reps_met(session, one, began_ns).values()
        ]

    usual, other = met(given), met(not given)
    ends, begins = "their files' ends", "their files' beginnings"
    usually, otherwise = (ends, begins) if given else (begins, ends)
    if len(other) > len(usual):
        said.append(f"more reps are met if times are those of {otherwise}: so they are taken")
        return not given
    if usual and len(other) == len(usual) and other != usual:
        said.append(
            f"it cannot be told whether times are those of {usually} or of {otherwise}, which meet "
            f"as many reps: taken for {usually}"
        )
    return given


def clocks_apart(
    session: Session, filmed: Iterable[Filmed], at_end: Mapping[bool, bool]
) -> Iterator[str]:
    """Say how far clocks may be apart, where not one run meets a rep."""
    apart_ns = []
    for one in filmed:
        began_ns = one.began_ns(at_end[one.at_end])
        if began_ns is None:
            continue
        if reps_met(session, one, began_ns):
            return
        apart_ns += [
            began_ns + run.marker3_ns - rep.end_ns
            for run in one.runs
            for rep in session.reps.values()
            if when_known(rep)
        ]
    nearest_s = min(apart_ns, key=abs, default=0) / NS
    if 0 < abs(nearest_s) <= CLOCKS_APART_S:
        yield (
            f"no run meets a rep: the nearest is {abs(nearest_s):.0f} s "
            f"{'later' if nearest_s > 0 else 'earlier'}; if so much lay between the phone's clock "
            f"and the computer's, add {nearest_s:.0f} to --clock-ahead"
        )


def reps_met(session: Session, one: Filmed, began_ns: int) -> dict[int, Rep]:
    """The runs of a recording that are reps which are there.

    As many as can be within the time allowed, in one order with the reps, and of these pairings
    the one with the smallest differences.

    Args:
        session: Whose reps.
        one: The recording.
        began_ns: When its first picture was taken, as far as is known.

    Returns:
        Which rep each such run is, by the run's place in the recording.
    """
    near = [
        rep
        for rep in sorted(session.reps.values(), key=lambda rep: (rep.end_ns, rep.rep))
        if rep.state != "skipped"
        and when_known(rep)
        and -SAME_REP_S * NS < rep.end_ns - began_ns < one.length_ns + SAME_REP_S * NS
        and _fits(session, rep, one.fly_m)
    ]
    best: list[tuple[int, int, dict[int, Rep]]] = [(0, 0, {})] * (len(near) + 1)
    for number, run in enumerate(one.runs):
        following = best[:1]
        for place, rep in enumerate(near):
            choices = [best[place + 1], following[place]]
            apart_ns = abs(rep.end_ns - began_ns - run.marker3_ns)
            if apart_ns <= SAME_REP_S * NS and ours(run):
                count, closeness_ns, pairs = best[place]
                choices.append((count + 1, closeness_ns - apart_ns, {**pairs, number: rep}))
            following.append(max(choices, key=lambda choice: choice[:2]))
        best = following
    return best[-1][2]


def _fits(session: Session, rep: Rep, fly_m: float) -> bool:
    """Whether a rep is of a length with the zone, as far as its length is known."""
    if rep.run is not None:
        return abs(rep.run.velocity_mps * rep.run.fly_s - fly_m) <= SAME_DISTANCE_M
    planned = place_of(session, rep)
    return planned is None or abs(planned.distance_m - fly_m) <= SAME_DISTANCE_M


def ours(run: TimedRun) -> bool:
    """Whether a run may be a rep: it was in no other lane."""
    return Flag.OTHER_LANE not in run.flags
