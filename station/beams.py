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
LEAST_TORSO_S = 0.007  # 9 cm at 13 m/s: less is no torso, but noise or an arm alone
BOUNCE_S = 0.002  # clear for no longer within a break: contact bounce, a fold of the shirt
STANDS_S = 2.0  # a beam broken for longer is no passage: somebody or something stands in it
SETTLED_S = 0.5  # after its first edge came, a body's last has come too: window, radio, resending


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


def crossings(edges: Sequence[Edge], both_edges: bool, clear: bool) -> list[BeamCrossing]:
    """Find the bodies that passed one beam.

    Args:
        edges: Its edges of one epoch, in the order of their stamps.
        both_edges: Whether the device tells the ends of breaks.
        clear: Whether the beam is known to be clear, whatever the last edge was.

    Returns:
        One crossing a body, in order. Whoever is in the beam now may be the last.
    """
    bodies: list[list[_Break]] = []
    for one in _breaks(edges):
        if bodies and one.start.device_s - bodies[-1][0].start.device_s < WINDOW_S:
            bodies[-1].append(one)
        else:
            bodies.append([one])
    inside = both_edges and not clear and bool(edges) and edges[-1].blocked
    found = [_crossing(body, both_edges, inside and body is bodies[-1]) for body in bodies]
    return [one for at, one in enumerate(found) if not _is_nobody(one, found, at)]


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


def _crossing(body: list[_Break], both_edges: bool, inside: bool) -> BeamCrossing:
    first = body[0].start
    torso = max(body, key=lambda one: one.broken_s or 0.0) if both_edges else body[0]
    settles_ns = None if inside else first.arrival_ns + round(SETTLED_S * 1e9)
    return BeamCrossing(torso.start, first, torso.broken_s, settles_ns)


def _is_nobody(one: BeamCrossing, all_: list[BeamCrossing], at: int) -> bool:
    """Whether it is noise, or an arm or a leg of the body just before or just after it."""
    if one.broken_s is None:
        return False
    return one.broken_s < LEAST_TORSO_S or any(
        other.broken_s is not None
        and abs(other.stamp.device_s - one.stamp.device_s) < LIMBS_S
        and one.broken_s < 0.5 * other.broken_s
        for other in (*all_[max(at - 1, 0) : at], *all_[at + 1 : at + 2])
    )
