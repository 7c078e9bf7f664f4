"""What every simulated device has in common, driven in simulated time.

It decides the order of things inside of a device. Beams come from `gates`, the protocols' words
from `gate_makes`. Nothing here sleeps, and nothing depends on how finely time is stepped.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count

import numpy as np

from hardware.units import NS
from station.simulator.gate_line import Contact, Crystal, Line, Wire
from station.simulator.gates import Change


@dataclass(frozen=True)
class Build:
    """How one device was built and wired.

    Attributes:
        gates: Its inputs by the marker where each stands: `{2: "1", 3: "2"}`.
        seed: Draws what is random in it.
        crystal: Its clock.
        wire: Its line to the computer.
        hold_s: Its glitch filter, None for what is usual for its make.
    """

    gates: Mapping[int, str] = field(default_factory=lambda: {2: "1", 3: "2"})
    seed: int = 1
    crystal: Crystal = Crystal()  # noqa: RUF009  it is frozen
    wire: Wire = Wire()  # noqa: RUF009
    hold_s: float | None = None


class Device:
    """One device on one line; a make says how it speaks.

    Call `hear` and `say` with times that never step back; `hear` at no time before that of the
    last `say`.
    """

    HOLD_S = 0.002

    def __init__(self, changes: Sequence[Change], build: Build) -> None:
        """Plug it in at station time 0; it sees the changes of the beams that it has gates at."""
        self.build = build
        self.now_ns = 0
        self.rng = np.random.default_rng([build.seed, 2])
        self.line = Line(build.wire, np.random.default_rng([build.seed, 3]))
        self._order = count()
        self._agenda: list[tuple[int, int, Callable[[int], None]]] = []
        self._late = np.random.default_rng([build.seed, 4])
        self._heard = bytearray()
        self._hearing_ns = 0
        self.contacts = {gate: self._contact(gate) for gate in build.gates.values()}
        for change in changes:
            if change.marker in build.gates:
                self.plan(
                    change.at_ns, partial(self._change, build.gates[change.marker], change.blocked)
                )
        self.start()

    def start(self) -> None:
        """Do what is done at the start."""

    def settled(self, gate: str, now_ns: int, touched_ns: int, blocked: bool) -> None:
        """A beam has changed."""
        raise NotImplementedError

    def command(self, text: bytes, now_ns: int) -> None:
        """The computer has said a line."""

    def restart(self, at_ns: int) -> None:
        """The cable is in again; what has a supply of its own did not notice."""

    def seconds(self, at_ns: int) -> float:
        """The device's own time."""
        return self.build.crystal.seconds(at_ns)

    def plan(self, at_ns: int, action: Callable[[int], None]) -> None:
        """Do something later."""
        heapq.heappush(self._agenda, (at_ns, next(self._order), action))

    def hear(self, data: bytes, at_ns: int) -> None:
        """Take bytes that the computer wrote."""
        if at_ns < self.now_ns:
            raise ValueError(f"heard at {at_ns} ns, but it is {self.now_ns} ns already")
        wire = self.build.wire
        delay_s = wire.latency_s + float(self._late.uniform(0, wire.jitter_s))
        start_ns = max(self._hearing_ns, at_ns + round(delay_s * NS))
        for number, byte in enumerate(data):
            self._hearing_ns = start_ns + round((number + 1) * self.line.byte_ns)
            self.plan(self._hearing_ns, partial(self.heard, byte))

    def say(self, until_ns: int) -> list[tuple[int, bytes]]:
        """What the computer reads up to that instant, each with its time."""
        while self._agenda and self._agenda[0][0] <= until_ns:
            self.now_ns, _, action = heapq.heappop(self._agenda)
            action(self.now_ns)
        self.now_ns = until_ns
        return self.line.read(until_ns)

    def _contact(self, gate: str) -> Contact:
        """One input."""
        hold_s = self.HOLD_S if self.build.hold_s is None else self.build.hold_s
        return Contact(round(hold_s * NS), partial(self.settled, gate))

    def _change(self, gate: str, blocked: bool, now_ns: int) -> None:
        """A beam changes, and is looked at again once it should have settled."""
        contact = self.contacts[gate]
        contact.change(now_ns, blocked)
        self.plan(now_ns + contact.hold_ns, contact.check)

    def heard(self, byte: int, now_ns: int) -> None:
        """Cut what is heard into lines; makes without lines do otherwise."""
        if byte in b"\r\n":
            self.command(bytes(self._heard), now_ns)
            self._heard.clear()
        elif len(self._heard) < 100:
            self._heard.append(byte)


@dataclass(frozen=True)
class Chunk:
    """What one reading of one port gave.

    Attributes:
        at_ns: When, station time.
        port: Which.
        data: The bytes.
    """

    at_ns: int
    port: str
    data: bytes


def play(devices: Mapping[str, Device], until_s: float) -> list[Chunk]:
    """Let devices talk that need no answer, and read it all, in order of time."""
    chunks = [
        Chunk(at_ns, port, data)
        for port, device in devices.items()
        for at_ns, data in device.say(round(until_s * NS))
    ]
    return sorted(chunks, key=lambda chunk: (chunk.at_ns, chunk.port))


__all__ = ["NS", "Build", "Chunk", "Crystal", "Device", "Wire", "play"]
