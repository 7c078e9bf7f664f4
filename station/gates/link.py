"""One device on one port: its conversation, its clock, its gates and the edges they sent.

It decides which edges count: those of a gate that chatters do not. It finds no crossing of its own
and tells nobody anything.
"""

from __future__ import annotations

import re
from bisect import insort
from collections import deque
from dataclasses import dataclass, field

from calibration.sync import DeviceClock, Stamp
from hardware.gates.known import protocol_named
from hardware.readings import BeamEdge, Greeting, Heartbeat, Missed
from station.gates.beams import LIMBS_S, BeamCrossing, Edge, crossings
from station.gates.record import Opened

# A gate is mad that sends so many edges in so much time: two runners at once make half as many in a
# second, a squad of ten that runs each minute a third as many in a minute.
MAD_EDGES, MAD_NS = 40, 1_000_000_000
RESTLESS_EDGES, RESTLESS_NS = 300, 60_000_000_000
KEEP_NS = 120_000_000_000  # edges: a walk back through the longest zone takes less
CALM_NS = 2_000_000_000  # without such a flood for so long, a gate is believed again
LONGEST_BODY_NS = 5_000_000_000
SILENT_BEATS = 3  # of a device that should be heard
MOST_GATES = 8  # of a device, each of which is looked after
TOO_MANY = f"edges of more than {MOST_GATES} gates: those that spoke last are left out"


class Gate:
    """One beam of a device."""

    def __init__(self, name: str) -> None:
        """Start clear and quiet."""
        self.name = name
        self.edges = 0  # that it has sent,
        self.spoke_ns = 0  # and when the last came
        self.blocked_ns: int | None = None
        self.blocked_told = False
        self.mad_until_ns: int | None = None
        self.mad_told = False
        self.unplaced_told = False
        self._epochs: dict[int, list[Edge]] = {}
        self._arrivals: deque[int] = deque(maxlen=RESTLESS_EDGES)
        self._end_lost = False

    def add(self, edge: BeamEdge, stamp: Stamp) -> None:
        """Keep an edge, unless there are far too many."""
        now_ns = edge.arrival_ns
        self.edges += 1
        self.spoke_ns = now_ns
        self._arrivals.append(now_ns)
        for many, ns in ((MAD_EDGES, MAD_NS), (RESTLESS_EDGES, RESTLESS_NS)):
            if len(self._arrivals) >= many and now_ns - self._arrivals[-many] < ns:
                self.mad_until_ns = now_ns + CALM_NS
                self._drop_since(self._arrivals[-many])
        if self.mad_until_ns is not None:
            self.blocked_ns = None
            return
        edges = self._epochs.setdefault(stamp.epoch, [])
        insort(edges, Edge(stamp, edge.blocked), key=lambda one: one.stamp.device_s)
        self._end_lost = False
        if not edges[-1].blocked:
            self.blocked_ns = None
        elif self.blocked_ns is None:
            self.blocked_ns = now_ns

    def calm(self) -> None:
        """Believe it again."""
        self.mad_until_ns, self.mad_told = None, False
        self._arrivals.clear()

    def reported(self, blocked: bool | None, at_ns: int) -> bool:
        """Take the state of the beam as a heartbeat has it; returns whether that is news."""
        if blocked is None or self.mad_until_ns is not None:
            return False
        news = blocked != (self.blocked_ns is not None)
        self._end_lost |= news and not blocked
        if news:
            self.blocked_ns = at_ns if blocked else None
        return news

    def crossings(self, both_edges: bool) -> list[BeamCrossing]:
        """Everybody who passed, epoch by epoch."""
        newest = max(self._epochs, default=0)
        return [
            crossing
            for epoch, edges in self._epochs.items()
            for crossing in crossings(edges, both_edges, self._end_lost or epoch != newest)
        ]

    def forget(self, before_ns: int) -> None:
        """Drop edges that came earlier."""
        for epoch, edges in list(self._epochs.items()):
            first = sum(edge.stamp.arrival_ns < before_ns for edge in edges)
            while 0 < first < len(edges) and _close(edges[first - 1], edges[first]):
                if edges[first].stamp.arrival_ns > before_ns + LONGEST_BODY_NS:
                    break  # what never pauses is none
                first += 1  # no body is cut in two
            del edges[:first]
            if not edges:
                del self._epochs[epoch]

    def has_edges(self) -> bool:
        """Whether any is kept."""
        return bool(self._epochs)

    def _drop_since(self, at_ns: int) -> None:
        for epoch, edges in self._epochs.items():
            self._epochs[epoch] = [edge for edge in edges if edge.stamp.arrival_ns < at_ns]


@dataclass(slots=True)
class Heard:
    """What bytes told.

    Attributes:
        alive: Whether anything in them made sense.
        missed: What was lost.
        changed: Gates with new edges, or with a state that no edge explains.
    """

    alive: bool = False
    missed: list[Missed] = field(default_factory=list)
    changed: list[Gate] = field(default_factory=list)


class Link:
    """A conversation with a device, from the opening of its port to its loss."""

    def __init__(self, opened: Opened) -> None:
        """Begin it."""
        protocol = protocol_named(opened.protocol, opened.definition)
        self.slot, self.port = opened.slot, opened.port
        self.both_edges = protocol.both_edges
        self.parser = protocol.parser()
        self.clock = DeviceClock.of(protocol)
        self.gates: dict[str, Gate] = {}
        self.gone = self.silent = False
        self.heard_ns = opened.at_ns
        self.complained_ns: int | None = None
        beat_s = protocol.heartbeat_s
        self.patience_ns = None if beat_s is None else round(SILENT_BEATS * beat_s * 1e9)
        self.uid: str | None = None
        self._greeted: tuple[str, ...] = ()
        self._lost_ns: deque[int] = deque(maxlen=100)

    def take(self, data: bytes, at_ns: int) -> Heard:
        """Take bytes as they were read."""
        heard = Heard()
        for reading in self.parser.receive(data, at_ns):
            heard.alive |= not isinstance(reading, Missed)
            stamp = self.clock.take(reading)
            if isinstance(reading, Missed):
                heard.missed.append(reading)
                if reading.edges:
                    self._lost_ns.append(at_ns)
            elif isinstance(reading, Greeting):
                self._greeted = reading.gates
                self.uid = reading.uid or self.uid
            elif isinstance(reading, Heartbeat):
                for name, blocked in reading.blocked:
                    gate = self._gate(name)
                    if gate and gate.reported(blocked, at_ns) and gate not in heard.changed:
                        heard.changed.append(gate)
            elif isinstance(reading, BeamEdge) and stamp is not None:
                gate = self._gate(reading.gate)
                if gate is None:
                    heard.missed.append(Missed(0, TOO_MANY, at_ns))
                    continue
                gate.add(reading, stamp)
                if gate not in heard.changed:
                    heard.changed.append(gate)
        return heard

    def follow(self, before: Link) -> None:
        """Go on where an earlier conversation on this port ended."""
        self.uid, self._greeted = before.uid, before._greeted
        for name, gate in before.gates.items():
            self.gates[name] = Gate(name)
            self.gates[name].edges, self.gates[name].spoke_ns = gate.edges, gate.spoke_ns

    def two_gates(self, alone_until_ns: int) -> tuple[str, str] | None:
        """The two gates that stand at the markers, the lower first; None while that is not known.

        Those that have spoken most, for a stray gate speaks less. While only one has spoken they
        are not known; where it had spoken by `alone_until_ns`, and nobody can be on his way to the
        other any more, they are those that the device has told of.
        """
        spoken = [gate for gate in self.gates.values() if gate.edges]
        spoken.sort(key=lambda gate: (gate.edges, gate.spoke_ns), reverse=True)
        names = {gate.name for gate in spoken[:2]}
        if len(spoken) == 1 and spoken[0].spoke_ns <= alone_until_ns:
            names |= set(self._greeted)
        if len(names) != 2:
            return None
        lower, higher = sorted(names, key=_naturally)
        return lower, higher

    def called(self, gate: Gate) -> str:
        """A gate's name for people."""
        return f"gate {gate.name} on {self.port}"

    def lost_between(self, since_ns: int, until_ns: int) -> bool:
        """Whether edges were lost about then."""
        return any(since_ns <= at_ns <= until_ns + MAD_NS for at_ns in self._lost_ns)

    def forget(self, before_ns: int) -> None:
        """Drop edges that came earlier."""
        for gate in self.gates.values():
            gate.forget(before_ns)

    def has_edges(self) -> bool:
        """Whether any is kept."""
        return any(gate.has_edges() for gate in self.gates.values())

    def _gate(self, name: str) -> Gate | None:
        if name not in self.gates:
            if len(self.gates) >= MOST_GATES:
                return None
            self.gates[name] = Gate(name)
        return self.gates[name]


def _close(one: Edge, other: Edge) -> bool:
    return other.stamp.device_s - one.stamp.device_s < LIMBS_S


def _naturally(name: str) -> tuple[tuple[int, str], ...]:
    """So that gate 10 comes after gate 9."""
    return tuple((int(part or 0), text) for text, part in re.findall(r"(\D*)(\d*)", name))
