"""Our own gate as the ruler sees it: the words of FGP/1, written from its description.

It decides what the firmware would say and when. It shares no line with the parser or the firmware.
"""

from __future__ import annotations

import binascii
from collections import deque
from collections.abc import Sequence
from functools import partial

from hardware.units import NS
from station.simulator.gate_device import Build, Device
from station.simulator.gates import Change

RING = 32
"""Edges that wait or can be asked for again."""
WRAP_US = 1 << 32


def framed(body: str) -> bytes:
    """A line of FGP/1: the body, its CRC-16/CCITT-FALSE and the end of the line."""
    return f"{body}*{binascii.crc_hqx(body.encode(), 0xFFFF):04X}\n".encode()


class FgpDevice(Device):
    """Stamps both edges in microseconds, answers pings, sends lost edges again."""

    def __init__(
        self,
        changes: Sequence[Change],
        build: Build,
        *,
        resets_s: Sequence[float] = (),
        resolution_us: int = 1,
        boot_s: float = 2.0,
        listens: bool = True,
    ) -> None:
        """Plug it in.

        Args:
            changes: Of the beams.
            build: How it is built.
            resets_s: When it starts anew; its clock then begins at 0.
            resolution_us: Stamps are whole multiples of that.
            boot_s: From a reset to its first word.
            listens: Whether it answers at all (a broken wire towards it: no pings, no resend).
        """
        self._resolution_us, self._listens = resolution_us, listens
        self._boot_ns = round(boot_s * NS)
        self._uid = f"{0x5F3A9100 + build.seed:08X}"
        self._boots = 17
        self._zero_s = 0.0
        self._sequence = self._lost = 0
        self._up = True
        self._kept: deque[tuple[int, str]] = deque(maxlen=RING)
        self._resets_ns = [round(at_s * NS) for at_s in resets_s]
        super().__init__(changes, build)

    def start(self) -> None:
        """Say what it is if it starts only now; beat; plan the resets."""
        if self.build.crystal.uptime_s == 0:
            self._greet(0)
        self.plan(round(float(self.rng.uniform(0.2, 1.0)) * NS), self._beat)
        for at_ns in self._resets_ns:
            self.plan(at_ns, self.restart)

    def settled(self, gate: str, now_ns: int, touched_ns: int, blocked: bool) -> None:
        """An edge gets its number at once, and is lost if the line is too far behind."""
        if not self._up:
            return
        self._sequence = (self._sequence + 1) % 65536
        wraps, micros = divmod(self._micros(touched_ns), WRAP_US)
        body = f"E,{self._sequence},{gate},{'B' if blocked else 'R'},{wraps},{micros}"
        if self.line.free_ns - now_ns > RING * len(framed(body)) * self.line.byte_ns:
            self._lost += 1
            return
        self._kept.append((self._sequence, body))
        self.line.send(framed(body), now_ns)

    def command(self, text: bytes, now_ns: int) -> None:
        """Answer the computer; what is garbled or unknown is ignored."""
        body = text.rpartition(b"*")[0].decode("ascii", "replace")
        if not self._up or not self._listens or framed(body).rstrip() != text:
            return
        kind, *fields = body.split(",")
        if kind == "?":
            self._greet(now_ns)
        elif kind == "P":
            # The main loop comes round to it a little later, and stamps just before it answers.
            late_ns = int(self.rng.integers(20_000, 600_000))
            self.plan(now_ns + late_ns, partial(self._pong, fields[0], now_ns))
        elif kind == "R":
            self._again(int(fields[0]), now_ns)
        elif kind == "C" and fields[0] == "deb":
            for contact in self.contacts.values():
                contact.hold_ns = int(fields[1]) * 1000
            self.line.send(framed(f"K,{','.join(fields)}"), now_ns)

    def _micros(self, at_ns: int) -> int:
        """Microseconds since the start."""
        whole = int((self.seconds(at_ns) - self._zero_s) * 1e6)
        return whole - whole % self._resolution_us

    def _greet(self, now_ns: int) -> None:
        body = f"H,1,flygate-avr,1.0.0,{self._uid},{self._boots},{len(self.contacts)},EQR"
        self.line.send(framed(body), now_ns)

    def _beat(self, now_ns: int) -> None:
        """Once a second of its own."""
        self.plan(now_ns + round(NS / (1 + self.build.crystal.rate_error)), self._beat)
        if self._up:
            wraps, micros = divmod(self._micros(now_ns), WRAP_US)
            beams = "".join("X" if each.blocked else "C" for each in self.contacts.values())
            body = f"S,{self._sequence},{wraps},{micros},{beams},{self._lost},4980"
            self.line.send(framed(body), now_ns)

    def _pong(self, token: str, received_ns: int, now_ns: int) -> None:
        wraps, received_us = divmod(self._micros(received_ns), WRAP_US)
        answered_us = self._micros(now_ns) % WRAP_US
        self.line.send(framed(f"Q,{token},{wraps},{received_us},{answered_us}"), now_ns)

    def _again(self, sequence: int, now_ns: int) -> None:
        """Send an edge again, or say which is the oldest that is left."""
        for kept, body in self._kept:
            if kept == sequence:
                self.line.send(framed(body), now_ns)
                return
        oldest = self._kept[0][0] if self._kept else (self._sequence + 1) % 65536
        self.line.send(framed(f"N,{sequence},{oldest}"), now_ns)

    def restart(self, at_ns: int) -> None:
        """Somebody pressed the button, or its supply, the cable, was away."""
        self._up = False
        self.plan(at_ns + self._boot_ns, self._boot)

    def _boot(self, now_ns: int) -> None:
        """All is forgotten but how often that has happened."""
        self._up = True
        self._boots += 1
        self._sequence = self._lost = 0
        self._kept.clear()
        self._zero_s = self.seconds(now_ns)
        self._greet(now_ns)
