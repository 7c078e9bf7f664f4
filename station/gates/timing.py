"""What went over the lines of light gates → what a coach is told (pure).

One fold for the live line and for its record: it is given what was read, sent, opened and lost,
each with its time, and says what follows from it. It awaits nothing and looks at no clock: what
falls due between two readings (a body settled, a runner never out, a silence) falls due at its own
instant, so a record gives the events that the live line gave, digit for digit.

Crossings are found anew from the edges of the last two minutes whenever something is due; what is
news among them is decided in `gate_runs`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush

from station.gates import beams
from station.gates.link import KEEP_NS, Gate, Link
from station.gates.record import Closed, Gone, Opened, Received, Sent, Setup, Traffic
from station.gates.runs import Crossed, GateRuns, Seen, Timed
from station.gates.standing import GateStands, GateState
from station.run import COLD_S, Incomplete

TELL_AGAIN_NS = 10_000_000_000  # what goes on being wrong is told so often
USUAL_MPS = 8.0  # for how long a clock must count
NEAR_NS = 1_200_000_000  # what is on its way to us, and settles, takes no longer


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

__all__ = ["Crossed", "Event", "GateTiming", "Notice", "Timed"]


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
        self._runs = GateRuns(setup)
        self._placed: tuple[str, str] | None = None  # for good
        self._timed_by: tuple[str, str] | None = None  # the last run
        self._patience_ns = round(setup.fly_m / setup.speeds_mps[0] * 1e9) + NEAR_NS
        self._alone_until_ns, self._awaits_other = 0, False

    def feed(self, traffic: Traffic) -> list[Event]:
        """Take what went over a line; times never go back.

        Returns:
            What is to be told, in order.
        """
        self._advance(traffic.at_ns)
        if self._origin_ns is None:
            self._origin_ns = self._runs.origin_ns = traffic.at_ns
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

    def standing(self) -> list[GateStands]:
        """How the gate at each marker stands; the ports where it is not known which stand there."""
        at = [(marker, self._standing_at(marker)) for marker in (2, 3)]
        if any(gates for _, gates in at):
            return [
                GateStands(f"M{marker}", self._state(*gates[-1]) if gates else "unheard")
                for marker, gates in at
            ]
        links = self._links
        return [
            GateStands(
                port.rpartition("/")[2],
                self._state(links[slot], None) if slot in links else "unheard",
            )
            for slot, port in enumerate(self._setup.ports)
        ]

    def _standing_at(self, marker: int) -> list[tuple[Link, Gate]]:
        links = self._links.values()
        return [(link, gate) for link in links for gate in self._gates_of(link, marker)]

    def _state(self, link: Link, gate: Gate | None) -> GateState:
        if link.gone:
            return "gone"
        if link.silent:
            return "silent"
        if gate is None:
            return "unheard"
        if gate.mad_until_ns is not None:
            return "mad"
        if gate.blocked_told:
            return "blocked"
        doubt_s = link.clock.doubt_s(self._setup.fly_m / USUAL_MPS, alone=len(self._links) == 1)
        return "cold" if doubt_s > COLD_S else "good"

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
            link.follow(before)
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
        now_ns, uid = received.at_ns, link.uid
        heard = link.take(received.text.encode("latin-1"), now_ns)
        if uid is not None and link.uid != uid:
            said = f"{link.port} is another device than before: {link.uid}, and not {uid}"
            self._notice("gate-other", now_ns, link.port, f"{said}; are the gates swapped?")
        if heard.alive:
            was_silent, link.silent, link.heard_ns = link.silent, False, now_ns
            if was_silent:
                self._notice("gate-heard", now_ns, link.port, f"{link.port} is heard again")
                self._watch_silence(link, now_ns)
        for missed in heard.missed:
            if link.complained_ns is None or now_ns - link.complained_ns > TELL_AGAIN_NS:
                link.complained_ns = now_ns
                self._notice("gate-missed", now_ns, link.port, f"{link.port}: {missed.why}")
        for gate in heard.changed:
            self._look_after(link, gate, now_ns)

    def _look_after(self, link: Link, gate: Gate, now_ns: int) -> None:
        """After edges of a gate, or its state in a heartbeat."""
        name = link.called(gate)
        if not any(gate in self._gates_of(link, marker) for marker in (2, 3)):
            known = self._setup.markers or self._placed
            if known and not gate.unplaced_told:
                gate.unplaced_told = True
                said = f"{name} stands at no marker: not timed; --markers says which gates do"
                self._notice("gate-unplaced", now_ns, name, said)
            if known:
                return
            if not self._awaits_other:
                self._awaits_other = True
                self._plan(now_ns + self._patience_ns, self._no_other_came)
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

    def _no_other_came(self, at_ns: int) -> None:
        """Only one gate has spoken, and whoever passed it can reach the other no more."""
        self._awaits_other = False
        self._evaluate(at_ns)
        link = self._links[0]
        latest_ns = max(gate.spoke_ns for gate in link.gates.values())
        if link.two_gates(self._alone_until_ns) is None and latest_ns > self._alone_until_ns:
            self._awaits_other = True
            self._plan(latest_ns + self._patience_ns, self._no_other_came)

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
        if not link.silent:  # else again once it is heard
            self._plan(quiet_from_ns, lambda due_ns: self._watch_silence(link, due_ns))

    def _evaluate(self, now_ns: int, *, everything: bool = False) -> None:
        """Look at all crossings, and tell what is new."""
        self._evaluations.discard(now_ns)
        self._alone_until_ns = now_ns - (0 if everything else self._patience_ns)
        for link in (*self._old, *self._links.values()):
            link.forget(now_ns - KEEP_NS)
        self._old = [link for link in self._old if link.has_edges()]
        at = {marker: self._at_marker(marker) for marker in (2, 3)}
        told = self._runs.look(at, now_ns, everything=everything)
        self._events += told
        if any(isinstance(event, Timed) for event in told):
            self._keep_places()
        for at_ns in self._runs.look_again_ns:
            self._evaluate_at(at_ns)

    def _keep_places(self) -> None:
        """Gates that have timed two runs stand where they stood."""
        names = None
        if not self._setup.markers and len(self._setup.ports) == 1:
            names = self._links[0].two_gates(self._alone_until_ns)
        if names is not None and names == self._timed_by:
            self._placed = names
        self._timed_by = names

    def _at_marker(self, marker: int) -> list[Seen]:
        """Everybody who passed it, in order."""
        seen = []
        for link in (*self._old, *self._links.values()):
            for gate in self._gates_of(link, marker):
                for crossing in gate.crossings(link.both_edges):
                    instant = link.clock.instant(crossing.stamp)
                    seen.append(Seen(link, gate, crossing, instant))
        return sorted(seen, key=lambda one: one.instant.ns)

    def _gates_of(self, link: Link, marker: int) -> list[Gate]:
        """A link's gates that stand at a marker."""
        if self._setup.markers:
            port = self._setup.ports[link.slot]
            wanted = {
                name.casefold()
                for name, stands_at in self._setup.markers.items()
                if stands_at == marker
            }
            return [
                gate
                for name, gate in link.gates.items()
                if not wanted.isdisjoint((name.casefold(), f"{port}/{name}".casefold()))
            ]
        if len(self._setup.ports) > 1:  # the first port stands at Marker 2, the second at 3
            return list(link.gates.values()) if link.slot == marker - 2 else []
        names = self._placed or self._links[link.slot].two_gates(self._alone_until_ns)
        return [link.gates[names[marker - 2]]] if names and names[marker - 2] in link.gates else []
