"""Gates wired to CTS and DSR of a serial adapter: the computer itself stamps when a line changes.

It decides when a line changed, and tells each change as a line of text with its station time, so
that a record of them is a record like any other gate's; what a level means is the protocol's. On
Linux the driver wakes the thread (TIOCMIWAIT) and counts the changes (TIOCGICOUNT), which shows
those that came too fast; elsewhere, and with drivers that cannot, the lines are looked at every
millisecond.

A change passes the adapter's USB before it can be seen: ±2 ms at best. It never sends anything and
keeps DTR and RTS low, so the gates need a supply of their own.
"""

from __future__ import annotations

import errno
import re
import struct
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import sqrt
from typing import Protocol as Interface

from hardware.clock import Clock
from hardware.errors import StationError
from hardware.gates.line_parser import LineParser, senseless
from hardware.gates.protocol import Protocol
from hardware.gates.serial_port import PortGone, SerialPort, gone
from hardware.readings import BeamEdge, GateReading, Greeting, Heartbeat, Missed

if sys.platform == "linux":
    import fcntl
    import termios

STAMP_SIGMA_S = 0.002 / sqrt(3)  # anywhere within ±2 ms
POLL_S = 0.001
MOST_UNREAD = 65_536  # bytes; some 2,000 changes that nobody fetched
ANY_BAUD = 9600  # no byte is sent or read
GATES = ("CTS", "DSR")
_CANNOT = (errno.ENOTTY, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)

_CHANGE = re.compile(r"(CTS|DSR) ([01]) (\d{1,20})", re.ASCII)
_LOST = re.compile(r"(CTS|DSR) lost (\d{1,9}) \d{1,20}", re.ASCII)
_OPEN = re.compile(r"open CTS ([01]) DSR ([01]) (\d{1,20})", re.ASCII)


class Adapter(Interface):
    """What the system offers of an adapter's modem lines."""

    def asserted(self) -> dict[str, bool]:
        """Whether each line is asserted now; raises `OSError` where there are none."""

    def changes(self) -> dict[str, int]:
        """How often each line has changed; raises `OSError` where the driver does not count."""

    def wait(self) -> None:
        """Return when a line changes; raises `OSError` where the driver cannot wait."""

    def pause(self) -> None:
        """Return after a moment, where there is no waiting for a change."""

    def close(self) -> None:
        """Let it go; a `wait` may last until the next change."""


class SerialAdapter(SerialPort):
    """A serial adapter of this computer."""

    def __init__(self, name: str) -> None:
        """Open it; raises `StationError` where that cannot be."""
        super().__init__(name, ANY_BAUD)
        if sys.platform == "linux":
            with suppress(OSError, ValueError):  # FTDI's driver then looks each ms, not each 16
                self._line.set_low_latency_mode(True)

    def asserted(self) -> dict[str, bool]:
        """Whether each line is asserted now."""
        return {"CTS": self._line.cts, "DSR": self._line.dsr}

    def changes(self) -> dict[str, int]:
        """How often each line has changed since the driver was loaded."""
        if sys.platform != "linux":
            raise OSError(errno.ENOTTY, "this system does not count")
        # struct serial_icounter_struct: cts, dsr, ring, carrier, 16 others
        counted = fcntl.ioctl(self._line.fileno(), termios.TIOCGICOUNT, bytes(80))
        return dict(zip(GATES, struct.unpack_from("2i", counted), strict=True))

    def wait(self) -> None:
        """Return when a line changes."""
        if sys.platform != "linux":
            raise OSError(errno.ENOTTY, "this system does not wait")
        fcntl.ioctl(self._line.fileno(), termios.TIOCMIWAIT, termios.TIOCM_CTS | termios.TIOCM_DSR)

    def pause(self) -> None:
        """Return after a millisecond."""
        time.sleep(POLL_S)

    def close(self) -> None:
        """Let it go; its lock at once, for a waiting thread holds the rest until the next edge."""
        with suppress(OSError):
            self._line.exclusive = False
        super().close()


class ModemLinesPort:
    """Reads like a serial port to which a gate writes its edges."""

    def __init__(self, name: str, adapter: Adapter, clock: Clock) -> None:
        """Begin to watch.

        Args:
            name: Of the port, for people.
            adapter: Open; it is closed with this.
            clock: Stamps the changes.

        Raises:
            StationError: The adapter has no modem lines.
        """
        self._name, self._adapter, self._clock = name, adapter, clock
        self._unread = bytearray()
        self._ended: str | None = None
        self._changed = threading.Condition()
        self._polls = False
        self._behind = dict.fromkeys(GATES, 0)  # changes that were not told
        try:
            self._counted = self._count()
            self._asserted = adapter.asserted()
        except OSError as error:
            adapter.close()
            raise StationError(
                f"port '{name}' has no modem lines that can be read ({error}); use an adapter with "
                "CTS and DSR, as with an FT232 or a CH340"
            ) from error
        cts, dsr = self._asserted["CTS"], self._asserted["DSR"]
        self._tell(f"open CTS {cts:d} DSR {dsr:d} {clock.now_ns()}\n")
        threading.Thread(target=self._watch, name=f"lines of {name}", daemon=True).start()

    def read(self, wait_s: float) -> bytes:
        """Whatever changed, waiting for it so long; b"" where nothing did.

        Raises:
            PortGone: The adapter vanished, or the port was closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._unread or self._ended, wait_s)
            data = bytes(self._unread)
            self._unread.clear()
            if not data and self._ended:
                raise PortGone(self._ended)
            return data

    def write(self, data: bytes) -> None:
        """Nothing listens there."""

    def close(self) -> None:
        """Give the port back; another thread may be reading."""
        self._end(f"'{self._name}' was closed; open it again")
        self._adapter.close()

    def _watch(self) -> None:
        try:
            while self._ended is None:
                # What changed while the last change was seen to would not wake it.
                if self._polls or self._count() == self._counted:
                    self._wait()
                self._look(self._clock.now_ns())
        except (OSError, TypeError, ValueError):  # as a port closed in between gives
            self._end(gone(self._name))

    def _wait(self) -> None:
        if self._polls:
            self._adapter.pause()
            return
        try:
            self._adapter.wait()
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
            self._polls = True

    def _count(self) -> dict[str, int]:
        """Changes by the driver's count; where it has none, or stands still, none are counted."""
        if self._polls:
            return {}
        try:
            return self._adapter.changes()
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
            self._polls = True
            return {}

    def _look(self, at_ns: int) -> None:
        counted, asserted = self._count(), self._adapter.asserted()
        for gate in GATES:
            seen = int(asserted[gate] != self._asserted[gate])
            self._asserted[gate] = asserted[gate]
            if counted:
                self._behind[gate] += counted[gate] - self._counted[gate] - seen
            if seen and not self._tell(f"{gate} {asserted[gate]:d} {at_ns}\n"):
                self._behind[gate] += 1
            # Two or more are both ends of a break, too short to be seen.
            lost = self._behind[gate]
            if lost > 1 and self._tell(f"{gate} lost {lost} {at_ns}\n"):
                self._behind[gate] = 0
        self._counted = counted

    def _tell(self, line: str) -> bool:
        """Write a line, unless nobody reads."""
        with self._changed:
            if len(self._unread) > MOST_UNREAD:
                return False
            self._unread += line.encode()
            self._changed.notify()
            return True

    def _end(self, why: str) -> None:
        with self._changed:
            self._ended = self._ended or why
            self._changed.notify_all()


def open_modem_lines(name: str, clock: Clock) -> ModemLinesPort:
    """Open an adapter and watch its lines.

    Args:
        name: As the system calls its port.
        clock: Station time.

    Raises:
        StationError: It cannot be opened, or has no modem lines.
    """
    return ModemLinesPort(name, SerialAdapter(name), clock)


class ModemLinesParser(LineParser):
    """Reads what a `ModemLinesPort` writes, now or from a record."""

    def __init__(self, broken: str = "1") -> None:
        """Start a conversation; "1" or "0" is what a line is at while its beam is broken."""
        super().__init__()
        self._broken = broken

    def _read(self, line: str, arrival_ns: int) -> list[GateReading]:
        if change := _CHANGE.fullmatch(line):
            gate, level, at_ns = change.groups()
            return [BeamEdge(gate, level == self._broken, int(at_ns), arrival_ns, STAMP_SIGMA_S)]
        if lost := _LOST.fullmatch(line):
            return [Missed(int(lost[2]), f"{lost[1]} changed faster than it was read", arrival_ns)]
        if opened := _OPEN.fullmatch(line):
            cts, dsr = opened[1] == self._broken, opened[2] == self._broken
            return [
                Greeting("gates on modem lines", None, None, GATES, arrival_ns),
                Heartbeat(arrival_ns, int(opened[3]), (("CTS", cts), ("DSR", dsr))),
            ]
        return senseless(line, arrival_ns)


MODEM_LINES = Protocol(
    name="modem-lines",
    title="Gates on CTS and DSR of a serial adapter, asserted while broken",
    bauds=(),
    question=b"",
    stamped_by="host",
    ticks_per_s=1e9,  # station time itself
    wrap_ticks=None,
    rate_tolerance=0.0,
    both_edges=True,
    heartbeat_s=None,
    parser=ModemLinesParser,
)

MODEM_LINES_INVERTED = replace(
    MODEM_LINES,
    name="modem-lines-inverted",
    title="Gates on CTS and DSR of a serial adapter, asserted while clear",
    parser=partial(ModemLinesParser, broken="0"),
)
