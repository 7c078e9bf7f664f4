"""Edges of one beam → crossings: which break was the torso (pure).

Arms and knees break a beam too, before the torso and after it; of the breaks within 300 ms the
longest is the torso, and its start is the crossing (Earp and Newton 2012; Chronojump's window).
It knows no clock but the stamps it is given, and no other beam.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from calibration.sync import Stamp

WINDOW_S = 0.3  # first break of a body to the last that may be its torso
LIMBS_S = 0.7  # breaks so near a torso's, and less than half as long, are the same body's limbs
STANDS_S = 2.0  # a beam broken for longer is no passage: somebody or something stands in it


@dataclass(frozen=True, slots=True)
class Edge:
    """A beam's change at a time of its device's clock."""

    stamp: Stamp
    blocked: bool


@dataclass(frozen=True, slots=True)
class BeamCrossing:
    """A body in a beam.

    Attributes:
        stamp: When the torso broke the beam; the first break where the ends are not told.
        first: When anything of the body first did.
        broken_s: For how long the torso broke it, None where the end is unknown.
        torso: Whether breaks had lengths, so that the torso was told from the limbs.
    """

    stamp: Stamp
    first: Stamp
    broken_s: float | None
    torso: bool


@dataclass(frozen=True, slots=True)
class _Break:
    start: Stamp
    broken_s: float | None


def crossings(edges: Sequence[Edge], both_edges: bool) -> list[BeamCrossing]:
    """Find the bodies that passed one beam.

    Args:
        edges: Its edges of one epoch, in the order of their stamps.
        both_edges: Whether the device tells the ends of breaks.

    Returns:
        One crossing a body, in order.
    """
    bodies: list[list[_Break]] = []
    for one in _breaks(edges):
        if bodies and one.start.device_s - bodies[-1][0].start.device_s < WINDOW_S:
            bodies[-1].append(one)
        else:
            bodies.append([one])
    found = [_crossing(body, both_edges) for body in bodies]
    return [one for at, one in enumerate(found) if not _is_limbs(one, found, at)]


def _breaks(edges: Sequence[Edge]) -> list[_Break]:
    breaks: list[_Break] = []
    open_: Stamp | None = None
    for edge in edges:
        if edge.blocked:
            if open_ is not None:  # its end was lost
                breaks.append(_Break(open_, None))
            open_ = edge.stamp
        elif open_ is not None:
            breaks.append(_Break(open_, edge.stamp.device_s - open_.device_s))
            open_ = None
    if open_ is not None:
        breaks.append(_Break(open_, None))
    return [one for one in breaks if one.broken_s is None or one.broken_s <= STANDS_S]


def _crossing(body: list[_Break], both_edges: bool) -> BeamCrossing:
    first = body[0].start
    if not both_edges or all(one.broken_s is None for one in body):
        return BeamCrossing(first, first, None, torso=False)
    longest = max(body, key=lambda one: one.broken_s or 0.0)
    return BeamCrossing(longest.start, first, longest.broken_s, torso=True)


def _is_limbs(one: BeamCrossing, all_: list[BeamCrossing], at: int) -> bool:
    """Whether it is an arm or a leg of the body just before or just after it."""
    return one.broken_s is not None and any(
        other.broken_s is not None
        and abs(other.stamp.device_s - one.stamp.device_s) < LIMBS_S
        and one.broken_s < 0.5 * other.broken_s
        for other in (*all_[max(at - 1, 0) : at], *all_[at + 1 : at + 2])
    )
