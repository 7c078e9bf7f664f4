"""Crossings of both markers, read anew again and again → what is told of them, once (pure).

It decides what is news: a crossing, a run, the revision of a run, a passage that is none. What was
told before and is seen otherwise now, because lost edges came after all, is told as a revision. It
knows no bytes, and neither how a body was found in a beam nor who of them ran.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import hypot
from typing import Literal

from calibration.length import length_sd
from calibration.sync import Instant, Span, Stamp
from station.flags import Flag
from station.fusion import Reading
from station.gates import beams
from station.gates.beams import BeamCrossing
from station.gates.link import KEEP_NS, Gate, Link
from station.gates.pairing import Passer, pair
from station.gates.record import Setup
from station.pace import pace_400_mps
from station.run import GateTime, Incomplete, Run, gate_run

REMEMBER_NS = 2 * KEEP_NS  # longer than edges, so that nothing is told twice
UNSETTLED_S = 2 * beams.SETTLED_S  # what crossed so long ago is settled
SAME_S = 0.15  # two readings of one crossing lie nearer, two runners one behind the other do not


@dataclass(frozen=True, slots=True)
class Timed:
    """A run, or the correction of one.

    Attributes:
        number: Of the run, from 1.
        run: What it is now.
        first_break_fly_s: The fly time had the first break at each beam been the torso.
        revises: Whether a run of that number was told before.
        recording: The clip of it, where a camera timed it.
        readings: What each device read, where several did.
    """

    number: int
    run: Run
    first_break_fly_s: float | None = None
    revises: bool = False
    recording: str | None = None
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Crossed:
    """A body passed a marker; whether it is a run is not known yet.

    Attributes:
        marker: 2 or 3.
        at_s: Seconds since the session's first reading.
        sigma_s: One standard deviation of it.
    """

    marker: int
    at_s: float
    sigma_s: float


Event = Timed | Incomplete | Crossed


@dataclass(frozen=True, slots=True)
class Seen:
    """A crossing with the gate that saw it."""

    link: Link
    gate: Gate
    crossing: BeamCrossing
    instant: Instant

    def settled(self, now_ns: int) -> bool:
        """Whether no edge is awaited that could change it."""
        return self.crossing.settles_ns is not None and self.crossing.settles_ns <= now_ns

    def same(self, other: Seen) -> bool:
        """Whether it is one crossing, read twice."""
        mine, its = self.crossing.stamp, other.crossing.stamp
        return (
            self.gate is other.gate
            and mine.epoch == its.epoch
            and abs(mine.device_s - its.device_s) < SAME_S
        )


class _Known:
    """Crossings of which something was said already."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Gate, int, int], Seen] = {}

    def add(self, *seen: Seen) -> None:
        """From now on these are known."""
        self._kept |= {_place(one): one for one in seen}

    def __contains__(self, seen: Seen) -> bool:
        gate, epoch, place = _place(seen)
        near = (self._kept.get((gate, epoch, place + step)) for step in (-1, 0, 1))
        return any(one is not None and one.same(seen) for one in near)

    def forget(self, before_ns: int) -> None:
        """Drop those of an earlier time."""
        self._kept = {at: one for at, one in self._kept.items() if one.instant.ns > before_ns}


def _place(seen: Seen) -> tuple[Gate, int, int]:
    stamp = seen.crossing.stamp
    return seen.gate, stamp.epoch, int(stamp.device_s // SAME_S)


@dataclass(slots=True)
class _Told:
    number: int
    first: Seen
    last: Seen
    company: bool


class GateRuns:
    """What has been told of a session's runs.

    Attributes:
        look_again_ns: When somebody who is in the zone now cannot arrive any more.
    """

    def __init__(self, setup: Setup) -> None:
        """Begin with nothing told."""
        self.origin_ns = 0
        self.look_again_ns: tuple[int, ...] = ()
        self._setup = setup
        self._events: list[Event] = []
        self._runs = 0
        self._told: list[_Told] = []
        self._crossed = _Known()
        self._judged = _Known()  # of a run, or of none
        self._strangers = _Known()  # at Marker 3 alone; they may turn out to have walked back

    def look(
        self, at: dict[int, list[Seen]], now_ns: int, *, everything: bool = False
    ) -> list[Event]:
        """Find the runs anew, and tell what is new.

        Args:
            at: Everybody who passed, by marker, in order of time.
            now_ns: Station time.
            everything: Whether nothing more will come.

        Returns:
            What is to be told, in order.
        """
        self._forget(now_ns)
        self._events = []
        settled = {
            marker: [one for one in seen if everything or one.settled(now_ns)]
            for marker, seen in at.items()
        }
        for marker, seen in settled.items():
            for one in seen:
                if one not in self._crossed:
                    self._crossed.add(one)
                    at_s = self._seconds(one.instant.ns)
                    self._events.append(Crossed(marker, at_s, one.instant.sigma_s))
        self._revise(settled)
        at2, at3 = (
            [one for one in settled[marker] if one not in self._judged] for marker in (2, 3)
        )
        pairs = pair(
            [Passer(one.instant.ns * 1e-9, one.crossing.broken_s) for one in at2],
            [Passer(one.instant.ns * 1e-9, one.crossing.broken_s) for one in at3],
            fly_m=self._setup.fly_m,
            speeds_mps=self._setup.speeds_mps,
            now_s=float("inf") if everything else now_ns * 1e-9 - UNSETTLED_S,
        )
        for place, (own, out) in enumerate(pairs.runs):
            self._tell_run(at2[own], at3[out], company=place in pairs.company)
        for own, out in pairs.back:
            self._judged.add(at2[own], at3[out])
        for number in pairs.never_out:
            self._judged.add(at2[number])
            self._tell_incomplete(at2[number], None, "marker2-only")
        for number in pairs.never_in:
            if at3[number] not in self._strangers:
                self._strangers.add(at3[number])
                self._tell_incomplete(None, at3[number], "marker3-only")
        patience_ns = round((self._setup.fly_m / self._setup.speeds_mps[0] + UNSETTLED_S) * 1e9)
        self.look_again_ns = tuple(
            max(at2[number].instant.ns + patience_ns, now_ns) + 1_000_000  # past it, not at it
            for number in pairs.waiting
        )
        return self._events

    def _revise(self, settled: dict[int, list[Seen]]) -> None:
        """Correct runs of which edges have come that had been lost."""
        for told in self._told:
            first = next((one for one in settled[2] if one.same(told.first)), told.first)
            last = next((one for one in settled[3] if one.same(told.last)), told.last)
            if _read(first, last) != _read(told.first, told.last):
                told.first, told.last = first, last
                self._judged.add(first, last)
                if (timed := self._timed(told.number, first, last, told.company)) is not None:
                    self._events.append(replace(timed, revises=True))

    def _tell_run(self, first: Seen, last: Seen, *, company: bool) -> None:
        self._judged.add(first, last)
        company |= any(told.last.instant.ns > first.instant.ns for told in self._told)
        timed = self._timed(self._runs + 1, first, last, company)
        if timed is None:
            self._tell_incomplete(first, last, "restarted")
            return
        self._runs += 1
        self._told.append(_Told(timed.number, first, last, company))
        self._events.append(timed)

    def _timed(self, number: int, first: Seen, last: Seen, company: bool) -> Timed | None:
        """The run between two crossings; None where a restart of the device lies between."""
        span, first_breaks = _between(first, last), _between(_at_first(first), _at_first(last))
        slowest_mps, fastest_mps = self._setup.speeds_mps
        # What paired as told by arrivals, but took another time, had a restart between.
        if (
            span is None
            or first_breaks is None
            or not (
                0.9 * self._setup.fly_m / fastest_mps
                <= span.took_s
                <= 1.1 * self._setup.fly_m / slowest_mps
            )
        ):
            return None
        flags = {Flag.IN_COMPANY} if company else set()
        if any(one.link.lost_between(first.instant.ns, last.instant.ns) for one in (first, last)):
            flags.add(Flag.EDGES_LOST)
        setup = self._setup
        run = gate_run(
            self._seconds(first.instant.ns),
            GateTime(span.took_s, span.sigma_s, first.crossing.broken_s, last.crossing.broken_s),
            fly_m=setup.fly_m,
            pace_mps=None if setup.pace_400_s is None else pace_400_mps(setup.pace_400_s),
            athlete=setup.athlete,
            flags=flags,
            length_sd=length_sd(setup.fly_by),
        )
        return Timed(number, run, first_breaks.took_s)

    def _tell_incomplete(
        self,
        first: Seen | None,
        last: Seen | None,
        reason: Literal["marker2-only", "marker3-only", "restarted"],
    ) -> None:
        self._events.append(
            Incomplete(
                marker2_s=None if first is None else self._seconds(first.instant.ns),
                marker3_s=None if last is None else self._seconds(last.instant.ns),
                velocity_mps=None,
                direction=None,
                reason=reason,
                flags=(),
            )
        )

    def _seconds(self, ns: int) -> float:
        return (ns - self.origin_ns) * 1e-9

    def _forget(self, now_ns: int) -> None:
        before_ns = now_ns - REMEMBER_NS
        self._told = [told for told in self._told if told.last.instant.ns > before_ns]
        for known in (self._crossed, self._judged, self._strangers):
            known.forget(before_ns)


def _read(*seen: Seen) -> list[tuple[Stamp, float | None]]:
    """What a run's digits depend on."""
    return [(one.crossing.stamp, one.crossing.broken_s) for one in seen]


def _at_first(seen: Seen) -> Seen:
    """The same as though the first break had been the torso."""
    crossing = replace(seen.crossing, stamp=seen.crossing.first)
    return replace(seen, crossing=crossing, instant=seen.link.clock.instant(crossing.stamp))


def _between(first: Seen, last: Seen) -> Span | None:
    """Time between two crossings; None where a restart of the device lies between."""
    if first.link is last.link:
        return first.link.clock.span(first.crossing.stamp, last.crossing.stamp)
    if first.link.slot == last.link.slot:
        return None
    took_s = (last.instant.ns - first.instant.ns) * 1e-9
    return Span(took_s, hypot(first.instant.sigma_s, last.instant.sigma_s))
