"""Edges of one beam → crossings: which break was the torso (pure).

Arms and knees break a beam too, before the torso and after it; a break with no longer one within
300 ms is the torso, and its start is the crossing (Earp and Newton 2012; Chronojump's window).
Where ends are not told, it is the first with none within 300 ms before it. It knows no clock but
the stamps it is given, and no other beam.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from calibration.sync import Stamp

WINDOW_S = 0.3  # from a torso to any break of the same body that may be as long
LIMBS_S = 0.7  # breaks so near a torso's, and less than half as long, are the same body's limbs
LEAST_TORSO_S = 0.007  # 9 cm at 13 m/s: less is no torso, but noise or an arm alone
BOUNCE_S = 0.002  # clear for no longer within a break: contact bounce, a fold of the shirt
STANDS_S = 2.0  # a beam broken for longer is no passage: somebody or something stands in it
SETTLED_S = 0.5  # after its torso came, a body's last edge has come too: window, radio, resending


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
        settles_ns: From when on no edge is awaited that could change it, station time; None
            while the body is in the beam.
    """

    stamp: Stamp
    first: Stamp
    broken_s: float | None
    settles_ns: int | None


@dataclass(frozen=True, slots=True)
class _Break:
    start: Stamp
    broken_s: float | None

    @property
    def start_s(self) -> float:
        return self.start.device_s


def crossings(edges: Sequence[Edge], both_edges: bool, clear: bool) -> list[BeamCrossing]:
    """Find the bodies that passed one beam.

    Args:
        edges: Its edges of one epoch, in the order of their stamps.
        both_edges: Whether the device tells the ends of breaks.
        clear: Whether the beam is known to be clear, whatever the last edge was.

    Returns:
        One crossing a body, in order. Whoever is in the beam now may be the last.
    """
    breaks = _breaks(edges)
    torsos: list[_Break] = []  # by their starts
    for one in sorted(breaks, key=lambda one: -(one.broken_s or 0.0)):  # alike: the first first
        at = bisect(torsos, one.start_s, key=lambda torso: torso.start_s)
        if not any(_is_limb(one, torso) for torso in torsos[max(at - 1, 0) : at + 1]):
            torsos.insert(at, one)
    inside = both_edges and not clear and bool(edges) and edges[-1].blocked
    since_s = edges[-1].stamp.device_s if inside else inf
    firsts = _firsts(breaks, torsos)
    return [
        _crossing(torso, first, since_s - torso.start_s < WINDOW_S)
        for torso, first in zip(torsos, firsts, strict=True)
        if torso.broken_s is None or torso.broken_s >= LEAST_TORSO_S
    ]


def _breaks(edges: Sequence[Edge]) -> list[_Break]:
    breaks: list[_Break] = []
    start: Stamp | None = None
    for edge in edges:
        if start is None:
            before = breaks[-1] if breaks else None
            if before is not None and before.broken_s is not None and edge.blocked:
                clear_s = edge.stamp.device_s - before.start.device_s - before.broken_s
                if clear_s < BOUNCE_S:
                    start = breaks.pop().start
                    continue
        else:
            # A break after a break: the end between them was lost, or is never told.
            broken_s = None if edge.blocked else edge.stamp.device_s - start.device_s
            breaks.append(_Break(start, broken_s))
        start = edge.stamp if edge.blocked else None
    if start is not None:
        breaks.append(_Break(start, None))
    return [one for one in breaks if one.broken_s is None or one.broken_s <= STANDS_S]


def _is_limb(one: _Break, torso: _Break) -> bool:
    """Whether it is of the body of a torso that broke the beam for no shorter."""
    apart_s = abs(one.start_s - torso.start_s)
    if one.broken_s is None or torso.broken_s is None:
        return apart_s < WINDOW_S
    return apart_s < WINDOW_S or (apart_s < LIMBS_S and one.broken_s < 0.5 * torso.broken_s)


def _firsts(breaks: list[_Break], torsos: list[_Break]) -> list[_Break]:
    """For each torso the first break within the window that is nearer to it than to another."""
    firsts = list(torsos)
    for one in reversed(breaks):
        at = bisect(torsos, one.start_s, key=lambda torso: torso.start_s)
        before_s = one.start_s - torsos[at - 1].start_s if at > 0 else inf
        after_s = torsos[at].start_s - one.start_s if at < len(torsos) else inf
        if after_s < min(before_s, WINDOW_S):
            firsts[at] = one
    return firsts


def _crossing(torso: _Break, first: _Break, inside: bool) -> BeamCrossing:
    settles_ns = None if inside else torso.start.arrival_ns + round(SETTLED_S * 1e9)
    return BeamCrossing(torso.start, first.start, torso.broken_s, settles_ns)
