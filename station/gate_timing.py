"""What went over the lines of light gates → what a coach is told (pure).

One fold for the live line and for its record: it is given what was read, sent, opened and lost,
each with its time, and says what follows from it. It awaits nothing and looks at no clock: what
falls due between two readings (a body settled, a runner never out, a silence) falls due at its own
instant, so a record gives the events that the live line gave, digit for digit.

Runs are found anew from the edges of the last two minutes whenever something is due. What was told
before and is seen otherwise now, because lost edges came after all, is told as a revision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from math import hypot
from typing import Literal

from calibration.sync import Instant, Span, Stamp
from station import beams
from station.beams import BeamCrossing
from station.flags import Flag
from station.gate_link import Gate, Link
from station.gate_record import Closed, Gone, Opened, Received, Sent, Setup, Traffic
from station.pace import pace_400_mps
from station.pairing import Passer, pair
from station.run import GateTime, Incomplete, Run, gate_run

KEEP_NS = 120_000_000_000
REMEMBER_NS = 2 * KEEP_NS  # longer than edges, so that nothing is told twice
UNSETTLED_S = 2 * beams.SETTLED_S  # what crossed so long ago is settled
SAME_S = 0.15  # two readings of one crossing lie nearer, two runners one behind the other do not
TELL_AGAIN_NS = 10_000_000_000  # what goes on being wrong is told so often


@dataclass(frozen=True, slots=True)
class Timed:
    """A run, or the correction of one.

    Attributes:
        number: Of the run, from 1.
        run: What it is now.
        first_break_fly_s: The fly time had the first break at each beam been the torso.
        revises: Whether a run of that number was told before.
    """

    number: int
    run: Run
    first_break_fly_s: float
    revises: bool = False


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


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a coach must know about a gate.

    Attributes:
        name: Of the event, as "gate-gone".
        at_s: Seconds since the session's first reading.
        gate: The port, or the gate.
        said: One sentence.
    """

    name: str
    at_s: float
    gate: str
    said: str


Event = Timed | Incomplete | Crossed | Notice


@dataclass(frozen=True, slots=True)
class _Seen:
    """A crossing with the gate that saw it."""

    link: Link
    gate: Gate
    crossing: BeamCrossing
    instant: Instant

    def settled(self, now_ns: int) -> bool:
        """Whether no edge is awaited that could change it."""
        return self.crossing.settles_ns is not None and self.crossing.settles_ns <= now_ns

    def same(self, other: _Seen) -> bool:
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
        self._kept: dict[tuple[Gate, int, int], _Seen] = {}

    def add(self, *seen: _Seen) -> None:
        """From now on these are known."""
        self._kept |= {_place(one): one for one in seen}

    def __contains__(self, seen: _Seen) -> bool:
        gate, epoch, place = _place(seen)
        near = (self._kept.get((gate, epoch, place + step)) for step in (-1, 0, 1))
        return any(one is not None and one.same(seen) for one in near)

    def forget(self, before_ns: int) -> None:
        """Drop those of an earlier time."""
        self._kept = {at: one for at, one in self._kept.items() if one.instant.ns > before_ns}


def _place(seen: _Seen) -> tuple[Gate, int, int]:
    stamp = seen.crossing.stamp
    return seen.gate, stamp.epoch, int(stamp.device_s // SAME_S)


@dataclass(slots=True)
class _Told:
    number: int
    first: _Seen
    last: _Seen
    company: bool


class GateTiming:
    """A session at the gates, as far as it has come."""

    def __init__(self, setup: Setup) -> None:
        """Begin with nothing read."""
        self._setup = setup
        self._links: dict[int, Link] = {}
        self._old: list[Link] = []
        self._due: list[tuple[int, int, Callable[[int], None]]] = []
        self._planned = 0
        self._evaluations: set[int] = set()
        self._origin_ns: int | None = None
        self._events: list[Event] = []
        self._runs = 0
        self._told: list[_Told] = []
        self._crossed = _Known()
        self._judged = _Known()  # of a run, or of none
        self._strangers = _Known()  # at Marker 3 alone; they may turn out to have walked back

    def feed(self, traffic: Traffic) -> list[Event]:
        """Take what went over a line; times never go back.

        Returns:
            What is to be told, in order.
        """
        self._advance(traffic.at_ns)
        if self._origin_ns is None:
            self._origin_ns = traffic.at_ns
        match traffic:
            case Opened():
                self._open(traffic)
            case Received():
                self._receive(traffic)
            case Sent():
                if (link := self._links.get(traffic.slot)) is not None:
                    link.parser.sent(traffic.text.encode("latin-1"), traffic.at_ns)
            case Gone():
                self._lose(traffic)
            case Closed():
                self._evaluate(traffic.at_ns, everything=True)
        return self._said()

    def advance(self, now_ns: int) -> list[Event]:
        """Let time pass; nothing that is fed later may be of an earlier time."""
        self._advance(now_ns)
        return self._said()

    def wanted(self, slot: int, now_ns: int) -> bytes:
        """What is to be sent to a device now; whoever sends it feeds it as `Sent`."""
        link = self._links.get(slot)
        return b"" if link is None else link.parser.due(now_ns)

    def _said(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    def _advance(self, now_ns: int) -> None:
        while self._due and self._due[0][0] <= now_ns:
            at_ns, _, act = heappop(self._due)
            act(at_ns)

    def _plan(self, at_ns: int, act: Callable[[int], None]) -> None:
        self._planned += 1
        heappush(self._due, (at_ns, self._planned, act))

    def _evaluate_at(self, at_ns: int) -> None:
        if at_ns not in self._evaluations:
            self._evaluations.add(at_ns)
            self._plan(at_ns, self._evaluate)

    def _seconds(self, ns: int) -> float:
        return (ns - (self._origin_ns or 0)) * 1e-9

    def _notice(self, name: str, at_ns: int, gate: str, said: str) -> None:
        self._events.append(Notice(name, self._seconds(at_ns), gate, said))

    def _open(self, opened: Opened) -> None:
        before = self._links.get(opened.slot)
        link = Link(opened)
        self._links[opened.slot] = link
        if before is not None:
            self._old.append(before)
            as_ = "" if opened.port == before.port else f" as {opened.port}"
            self._notice("gate-back", opened.at_ns, before.port, f"{before.port} is back{as_}")
        self._watch_silence(link, opened.at_ns)

    def _lose(self, gone: Gone) -> None:
        link = self._links.get(gone.slot)
        if link is not None and not link.gone:
            link.gone = True
            self._notice(
                "gate-gone", gone.at_ns, link.port, f"{link.port} was unplugged; plug it in again"
            )

    def _receive(self, received: Received) -> None:
        link = self._links.get(received.slot)
        if link is None:
            return
        now_ns = received.at_ns
        heard = link.take(received.text.encode("latin-1"), now_ns)
        if heard.alive:
            if link.silent:
                link.silent = False
                self._notice("gate-heard", now_ns, link.port, f"{link.port} is heard again")
            link.heard_ns = now_ns
        for missed in heard.missed:
            if link.complained_ns is None or now_ns - link.complained_ns > TELL_AGAIN_NS:
                link.complained_ns = now_ns
                self._notice("gate-missed", now_ns, link.port, f"{link.port}: {missed.why}")
        for gate in heard.changed:
            self._look_after(link, gate, now_ns)

    def _look_after(self, link: Link, gate: Gate, now_ns: int) -> None:
        """After edges of a gate, or its state in a heartbeat."""
        name = link.called(gate)
        if gate.mad_until_ns is not None:
            if not gate.mad_told:
                gate.mad_told = True
                self._notice(
                    "gate-mad", now_ns, name,
                    f"{name} sends more edges than runners could make: ignored until it is quiet; "
                    "look at its alignment and its cable",
                )  # fmt: skip
                self._plan(gate.mad_until_ns, lambda at_ns: self._calm(link, gate, at_ns))
            return
        if not link.both_edges:
            pass  # it never tells that a beam is clear
        elif gate.blocked_ns is not None and not gate.blocked_told:
            since_ns = gate.blocked_ns
            due_ns = max(since_ns + round(beams.STANDS_S * 1e9), now_ns)
            self._plan(due_ns, lambda at_ns: self._blocked(link, gate, since_ns, at_ns))
        elif gate.blocked_ns is None and gate.blocked_told:
            gate.blocked_told = False
            self._notice("beam-clear", now_ns, name, f"{name} is clear again")
        self._evaluate_at(now_ns + round(beams.SETTLED_S * 1e9))

    def _calm(self, link: Link, gate: Gate, at_ns: int) -> None:
        if gate.mad_until_ns is None:
            return
        if gate.mad_until_ns > at_ns:
            self._plan(gate.mad_until_ns, lambda later_ns: self._calm(link, gate, later_ns))
            return
        gate.calm()
        self._notice("gate-calm", at_ns, link.called(gate), f"{link.called(gate)} is quiet again")

    def _blocked(self, link: Link, gate: Gate, since_ns: int, at_ns: int) -> None:
        if gate.blocked_ns == since_ns and not gate.blocked_told and not link.gone:
            gate.blocked_told = True
            name = link.called(gate)
            self._notice(
                "beam-blocked", at_ns, name,
                f"{name} has been broken for over {beams.STANDS_S:g} s: does somebody stand in "
                "it, or is it out of line?",
            )  # fmt: skip

    def _watch_silence(self, link: Link, at_ns: int) -> None:
        if link.patience_ns is None or link.gone or self._links.get(link.slot) is not link:
            return
        quiet_from_ns = link.heard_ns + link.patience_ns
        if quiet_from_ns <= at_ns and not link.silent:
            link.silent = True
            self._notice(
                "gate-silent", at_ns, link.port,
                f"{link.port} has been silent for {link.patience_ns * 1e-9:g} s: is it powered?",
            )  # fmt: skip
        if quiet_from_ns <= at_ns:
            quiet_from_ns = at_ns + link.patience_ns
        self._plan(quiet_from_ns, lambda due_ns: self._watch_silence(link, due_ns))

    def _evaluate(self, now_ns: int, *, everything: bool = False) -> None:
        """Find the runs anew, and tell what is new."""
        self._evaluations.discard(now_ns)
        self._forget(now_ns)
        at = {2: self._at_marker(2), 3: self._at_marker(3)}
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
        longest_ns = round(self._setup.fly_m / self._setup.speeds_mps[0] * 1e9)
        for number in pairs.waiting:
            expires_ns = at2[number].instant.ns + longest_ns + round(UNSETTLED_S * 1e9)
            self._evaluate_at(max(expires_ns, now_ns) + 1_000_000)

    def _revise(self, settled: dict[int, list[_Seen]]) -> None:
        """Correct runs of which edges have come that had been lost."""
        for told in self._told:
            first = next((one for one in settled[2] if one.same(told.first)), told.first)
            last = next((one for one in settled[3] if one.same(told.last)), told.last)
            if _stamps(first, last) != _stamps(told.first, told.last):
                told.first, told.last = first, last
                self._judged.add(first, last)
                if (timed := self._timed(told.number, first, last, told.company)) is not None:
                    self._events.append(replace(timed, revises=True))

    def _tell_run(self, first: _Seen, last: _Seen, *, company: bool) -> None:
        self._judged.add(first, last)
        company |= any(told.last.instant.ns > first.instant.ns for told in self._told)
        timed = self._timed(self._runs + 1, first, last, company)
        if timed is None:
            self._tell_incomplete(first, last, "restarted")
            return
        self._runs += 1
        self._told.append(_Told(timed.number, first, last, company))
        self._events.append(timed)

    def _timed(self, number: int, first: _Seen, last: _Seen, company: bool) -> Timed | None:
        """The run between two crossings; None where a restart of the device lies between."""
        span, first_breaks = _between(first, last), _between(_at_first(first), _at_first(last))
        if span is None or first_breaks is None:
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
        )
        return Timed(number, run, first_breaks.took_s)

    def _tell_incomplete(
        self,
        first: _Seen | None,
        last: _Seen | None,
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

    def _at_marker(self, marker: int) -> list[_Seen]:
        """Everybody who passed it, in order."""
        seen = []
        for link in (*self._old, *self._links.values()):
            for gate in self._gates_of(link, marker):
                for crossing in gate.crossings(link.both_edges):
                    instant = link.clock.instant(crossing.stamp)
                    seen.append(_Seen(link, gate, crossing, instant))
        return sorted(seen, key=lambda one: one.instant.ns)

    def _gates_of(self, link: Link, marker: int) -> list[Gate]:
        """A link's gates that stand at a marker."""
        if self._setup.markers:
            port = self._setup.ports[link.slot]
            wanted = {
                name for name, stands_at in self._setup.markers.items() if stands_at == marker
            }
            return [
                gate
                for name, gate in link.gates.items()
                if name in wanted or f"{port}/{name}" in wanted
            ]
        if len(self._setup.ports) > 1:  # the first port stands at Marker 2, the second at 3
            return list(link.gates.values()) if link.slot == marker - 2 else []
        names = link.names()
        return (
            [link.gates[names[marker - 2]]]
            if len(names) >= marker - 1 and (names[marker - 2] in link.gates)
            else []
        )

    def _forget(self, now_ns: int) -> None:
        """Drop what is too old to be of any run."""
        for link in (*self._old, *self._links.values()):
            link.forget(now_ns - KEEP_NS)
        self._old = [link for link in self._old if link.has_edges()]
        before_ns = now_ns - REMEMBER_NS
        self._told = [told for told in self._told if told.last.instant.ns > before_ns]
        for known in (self._crossed, self._judged, self._strangers):
            known.forget(before_ns)


def _stamps(first: _Seen, last: _Seen) -> tuple[Stamp, Stamp]:
    return first.crossing.stamp, last.crossing.stamp


def _at_first(seen: _Seen) -> _Seen:
    """The same as though the first break had been the torso."""
    crossing = replace(seen.crossing, stamp=seen.crossing.first)
    return replace(seen, crossing=crossing, instant=seen.link.clock.instant(crossing.stamp))


def _between(first: _Seen, last: _Seen) -> Span | None:
    """Time between two crossings; None where a restart of the device lies between."""
    if first.link is last.link:
        return first.link.clock.span(first.crossing.stamp, last.crossing.stamp)
    if first.link.slot == last.link.slot:
        return None
    took_s = (last.instant.ns - first.instant.ns) * 1e-9
    return Span(took_s, hypot(first.instant.sigma_s, last.instant.sigma_s))
