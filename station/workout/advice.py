"""What the training text has to say about an athlete's reps (pure).

It decides which rule applies; its words and the sentence it rests on stand in `advice.toml`. It
never blocks anything, never says to rest less, and is silent where an interval leaves a doubt or
a time is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import hypot

import msgspec

from calibration.interval import INTERVAL_95
from station.pace import SPRINTER_ZONE_M, compare
from station.workout.planned import Kind

OFTEN_READY_EARLY = 3  # in one session
FEWEST_BELOW_800 = 2  # one rep is not most of them
CLEAN_SESSIONS = 2
LENGTH_BEFORE_M: dict[float, float] = {40: 30, 50: 40}


class Advice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of advice.

    Attributes:
        says: The line.
        sentence: The training text's sentence that it rests on; None where it is all our rule.
        also: Another sentence of the text.
        ours: What of it is our rule.
    """

    says: str
    sentence: str | None = None
    also: str | None = None
    ours: str | None = None


@dataclass(frozen=True, slots=True)
class RunRep:
    """One rep that an athlete ran.

    Attributes:
        kind: What it was.
        distance_m: Its length.
        velocity_mps: None where it was not timed, or is doubtful.
        velocity_sigma_mps: Its standard deviation.
        ready_early: Whether the athlete was marked as ready before the recovery was over.
        tight: Whether it was marked as tight.
    """

    kind: Kind
    distance_m: float
    velocity_mps: float | None = None
    velocity_sigma_mps: float = 0.0
    ready_early: bool = False
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Paces:
    """What an athlete's reps stand against; None where it is not known."""

    pace_400_mps: float | None = None
    pace_800_mps: float | None = None


@cache
def rules() -> dict[str, Advice]:
    """Every line of advice there is, by its rule."""
    data = files("station.workout").joinpath("advice.toml").read_bytes()
    return msgspec.toml.decode(data, type=dict[str, Advice])


def after_rep(reps: Sequence[RunRep], paces: Paces) -> list[Advice]:
    """What to say after a rep, the most important first.

    Args:
        reps: The athlete's of this session up to now, in order.
        paces: What they stand against.
    """
    if not reps:
        return []
    last = reps[-1]
    named = {
        "stay-loose": last.tight,
        "not-at-top-speed": last.kind == "fly" and _slower(last, paces.pace_400_mps),
        "end-the-set": _slower_in_a_row(reps) >= 2,
        "take-longer": _slower_in_a_row(reps) == 1,
        "not-ready-yet": last.ready_early,
    }
    return _those(named)


def after_session(reps: Sequence[RunRep], paces: Paces) -> list[Advice]:
    """What to say about all of a session's reps.

    Args:
        reps: The athlete's, in order.
        paces: What they stand against.
    """
    of_pace = [rep for rep in reps if rep.kind == "400-pace"]
    timed = [rep for rep in of_pace if rep.velocity_mps is not None]
    below_800 = sum(_slower(rep, paces.pace_800_mps) for rep in timed)
    mostly_below = below_800 >= FEWEST_BELOW_800 and 2 * below_800 >= len(timed)
    ready_early = sum(rep.ready_early for rep in of_pace)
    return _those(
        {
            "raise-stride-rate": mostly_below,
            "lacks-top-speed": mostly_below or ready_early >= OFTEN_READY_EARLY,
        }
    )


def before_flies(
    distance_m: float, sprinter: bool, earlier: Sequence[Sequence[RunRep]], paces: Paces
) -> list[Advice]:
    """What to say about the length of the flies that are planned.

    Args:
        distance_m: Of the Fly Zone.
        sprinter: Whether this is a 400 m sprinter.
        earlier: The athlete's reps, session by session.
        paces: What they stand against.
    """

    def built_up(length_m: float) -> bool:
        clean = sum(_clean(session, length_m, paces) for session in earlier)
        return clean >= CLEAN_SESSIONS

    before_m = LENGTH_BEFORE_M.get(distance_m)
    return _those(
        {
            "sprinters-fly-30": sprinter and distance_m > SPRINTER_ZONE_M,
            "build-up": not sprinter and before_m is not None and not built_up(before_m),
            "may-go-longer": not sprinter
            and distance_m in LENGTH_BEFORE_M.values()
            and built_up(distance_m),
        }
    )


def _those(applies: dict[str, bool]) -> list[Advice]:
    return [rules()[rule] for rule, does in applies.items() if does]


def _slower(rep: RunRep, pace_mps: float | None) -> bool:
    """Whether a rep is slower than a pace beyond doubt."""
    if rep.velocity_mps is None or pace_mps is None:
        return False
    against = compare(rep.velocity_mps, rep.velocity_sigma_mps, pace_mps, rep.distance_m)
    return against.verdict == "does-not-beat"


def _slower_in_a_row(reps: Sequence[RunRep]) -> int:
    """How many of the last reps were each slower than the like one before, beyond doubt."""
    last = reps[-1]
    if last.velocity_mps is None:
        return 0
    like = [
        rep
        for rep in reps
        if (rep.kind, rep.distance_m) == (last.kind, last.distance_m)
        and rep.velocity_mps is not None
    ]
    in_a_row = 0
    for before, after in pairwise(like):
        in_a_row = in_a_row + 1 if _fell_off(before, after) else 0
    return in_a_row


def _fell_off(before: RunRep, after: RunRep) -> bool:
    doubt_mps = INTERVAL_95 * hypot(before.velocity_sigma_mps, after.velocity_sigma_mps)
    return (before.velocity_mps or 0.0) - (after.velocity_mps or 0.0) > doubt_mps


def _clean(session: Sequence[RunRep], least_m: float, paces: Paces) -> bool:
    """Whether a session's flies of at least this length beat 400 m pace, held up and stayed loose.

    Flies that were not timed, or whose interval leaves a doubt, speak neither for nor against it.
    """
    flies = [rep for rep in session if rep.kind == "fly" and rep.distance_m >= least_m]
    timed = any(rep.velocity_mps is not None for rep in flies)
    faults = any(
        rep.tight or _slower(rep, paces.pace_400_mps) or _slower_in_a_row(flies[: index + 1]) > 0
        for index, rep in enumerate(flies)
    )
    return timed and not faults
