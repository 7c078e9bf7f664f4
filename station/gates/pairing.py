"""Crossings of both markers → who ran through the zone, in order (pure).

It decides which crossing of Marker 3 ends which crossing of Marker 2, and what is a walk back. It
knows instants only: no beam, no clock, no ±.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DEEPEST_TORSO_M = 0.45  # a body that breaks a beam for longer than this takes was slower
LEAST_TORSO_M = 0.17  # and one that broke neither for so long was quicker
SURELY_RUNS_MPS = 5.0
SLOWEST_BACK_MPS = 0.5  # the walk back;
WALKS_MPS = 3.0  # whoever is slower swings his arms as he likes,
ALIKE = 2.2  # and of anybody else one break is at most so much longer than the other


@dataclass(frozen=True, slots=True)
class Passer:
    """A body at a marker.

    Attributes:
        at_s: When, station time.
        broken_s: For how long the torso broke the beam, None where unknown.
    """

    at_s: float
    broken_s: float | None

    def may_run(self, slowest_mps: float) -> bool:
        """Whether the break was short enough for a runner's torso."""
        return self.broken_s is None or self.broken_s * slowest_mps < DEEPEST_TORSO_M


@dataclass(frozen=True, slots=True)
class Pairs:
    """Who ran through the zone; passers are named by their place in what was given.

    Attributes:
        runs: Passer of Marker 2 and passer of Marker 3.
        company: Runs, by their place in `runs`, that ended while a second runner was in the zone.
        waiting: Passers of Marker 2 who may still reach Marker 3.
        back: Passers of Marker 2 on their walk back, and where they passed Marker 3 before it.
        never_out: Passers of Marker 2 who did not.
        never_in: Passers of Marker 3, at a run's speed, of whom Marker 2 knows nothing.
    """

    runs: tuple[tuple[int, int], ...]
    company: tuple[int, ...]
    waiting: tuple[int, ...]
    back: tuple[tuple[int, int], ...]
    never_out: tuple[int, ...]
    never_in: tuple[int, ...]


def pair(
    at2: Sequence[Passer],
    at3: Sequence[Passer],
    *,
    fly_m: float,
    speeds_mps: tuple[float, float],
    now_s: float,
) -> Pairs:
    """Pair the passers of both markers, first in, first out.

    Args:
        at2: Passers of Marker 2, in order.
        at3: Passers of Marker 3, in order.
        fly_m: Length of the Fly Zone.
        speeds_mps: Slowest and fastest that counts as a run.
        now_s: Until when passers are known.

    Returns:
        Runs, those still under way, and those who were seen at one marker only. A walk back,
        Marker 3 first and Marker 2 after it, is none of these.
    """
    quickest_s, longest_s = fly_m / speeds_mps[1], fly_m / speeds_mps[0]
    slowest_mps = speeds_mps[0]
    runs: list[tuple[int, int]] = []
    company: list[int] = []
    strangers: list[int] = []  # passers of Marker 3 that nobody's run explains
    pending = [at for at, one in enumerate(at2) if one.may_run(slowest_mps)]
    for number, out in enumerate(at3):
        inside = [at for at in pending if 0 < out.at_s - at2[at].at_s <= longest_s]
        within = [
            at
            for at in inside
            if quickest_s <= out.at_s - at2[at].at_s and out.may_run(slowest_mps)
        ]
        if not within:
            strangers.append(number)
            continue
        # Whoever may be on his walk back, or is too thin for so slow a run, yields to the others.
        walking = _walks_back({at: at2[at] for at in inside}, at3, strangers, fly_m)
        running = [at for at in within if at not in walking] or within
        running = [at for at in running if _thick_enough(at2[at], out, fly_m)] or running
        if any(at not in walking and at != running[0] for at in inside):
            company.append(len(runs))
        runs.append((running[0], number))
        pending.remove(running[0])
    gone = {own for own, _ in runs}
    waiting = [at for at in pending if now_s - at2[at].at_s <= longest_s]
    left = {at: one for at, one in enumerate(at2) if at not in gone and at not in waiting}
    back = _walks_back(left, at3, strangers, fly_m)
    return Pairs(
        tuple(runs),
        tuple(company),
        tuple(waiting),
        tuple(back.items()),
        tuple(at for at in left if at not in back),
        tuple(
            number
            for number in strangers
            if at3[number].broken_s is not None and at3[number].may_run(SURELY_RUNS_MPS)
        ),
    )


def _thick_enough(one: Passer, out: Passer, fly_m: float) -> bool:
    """Whether they may be one torso that needed so long through the zone."""
    if one.broken_s is None or out.broken_s is None:
        return True
    mps = fly_m / (out.at_s - one.at_s)
    return max(one.broken_s, out.broken_s) * mps >= LEAST_TORSO_M


def _walks_back(
    candidates: Mapping[int, Passer],
    at3: Sequence[Passer],
    strangers: Sequence[int],
    fly_m: float,
) -> dict[int, int]:
    """Those whom a stranger at Marker 3 explains, as long before as a walk takes; each one only."""
    back: dict[int, int] = {}
    for at, one in candidates.items():
        for number in strangers:
            other = at3[number]
            if (
                number not in back.values()
                and 0 < one.at_s - other.at_s <= fly_m / SLOWEST_BACK_MPS
                and _alike(one, other)
            ):
                back[at] = number
                break
    return back


def _alike(one: Passer, other: Passer) -> bool:
    """Whether they may be one body at one speed; a walker's arms hang in one beam, or in none."""
    if one.broken_s is None or other.broken_s is None:
        return True
    if not one.may_run(WALKS_MPS) and not other.may_run(WALKS_MPS):
        return True
    return max(one.broken_s, other.broken_s) < ALIKE * min(one.broken_s, other.broken_s)
