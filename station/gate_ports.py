"""What is plugged in and what it says: `station gates list` and `station gates watch`.

It decides the form in which ports and edges are told, and waits for a gate that was unplugged. It
times no run and keeps no record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from math import inf
from time import sleep
from typing import Any

from calibration.sync import DeviceClock, Stamp
from hardware.clock import Clock, SystemClock
from hardware.errors import StationError
from hardware.gates.conversation import Conversation
from hardware.gates.detect import Detected, NothingAnsweredError, connect, detect
from hardware.gates.known import PROTOCOLS
from hardware.gates.protocol import Protocol
from hardware.gates.serial_port import Listed, PortGone, available, found_again
from hardware.readings import BeamEdge, GateReading, Greeting, Missed

POLL_S = 0.02
RETRY_S = 0.5
SILENT_BEATS = 3  # of a device that should be heard
TELL_EVERY_NS = 1_000_000_000  # a line that is all noise is not told byte by byte

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plugged:
    """A serial port, and what answered there.

    Attributes:
        listed: What the system knows of it.
        protocol: Name of the protocol that answered, None where none did.
        device: What it calls itself, None where it did not say.
        baud: At which rate.
        problem: Why nothing is known, None where something is.
    """

    listed: Listed
    protocol: str | None = None
    device: str | None = None
    baud: int | None = None
    problem: str | None = None

    def keys(self) -> dict[str, Any]:
        """As JSON has it."""
        one = self.listed
        usb = None if one.vid is None else f"{one.vid:04X}:{one.pid:04X}"
        return {
            "port": one.port,
            "description": one.description,
            "usb": usb,
            "serial_number": one.serial_number,
            "seems": one.seems,
            "protocol": self.protocol,
            "device": self.device,
            "baud": self.baud,
            "problem": self.problem,
        }

    def line(self) -> str:
        """For people."""
        seems = self.listed.seems or self.listed.description
        if self.protocol is None:
            return f"{self.listed.port}  {seems}: {self.problem}"
        name = f", {self.device}" if self.device else ""
        return f"{self.listed.port}  {seems}: {self.protocol} at {self.baud} baud{name}"


def plugged_in(warn: Say) -> list[Plugged]:
    """Every serial port, all asked at once what they are; `warn` is told that it takes time."""
    ports = available()
    if ports:
        warn("asking what is plugged in; this takes some seconds")
    with ThreadPoolExecutor(max(1, len(ports))) as pool:
        return list(pool.map(_ask, ports))


def _ask(listed: Listed) -> Plugged:
    try:
        found = detect(listed.port, PROTOCOLS, SystemClock())
    except NothingAnsweredError:
        return Plugged(listed, problem="nothing answers that is known as a gate")
    except StationError as error:
        return Plugged(listed, problem=str(error))
    found.port.close()
    return Plugged(listed, found.protocol.name, found.device, found.baud)


def watch(port_name: str, protocol: Protocol | None, as_json: bool, tell: Say, warn: Say) -> None:
    """Tell a gate's edges as they come, until interrupted.

    Args:
        port_name: As the system calls it, or the path of a pseudo-terminal.
        protocol: What it speaks; None to find out.
        as_json: Whether an edge is told as an object, or as a line for people.
        tell: Takes each edge.
        warn: Takes what else a coach must know.

    Raises:
        StationError: The port cannot be opened at first, or nothing known answered.
    """
    clock = SystemClock()
    if protocol is None:
        warn(f"asking '{port_name}' what it is; this takes some seconds")
    gate = connect(port_name, protocol, clock)
    warn(f"'{port_name}' is open: {gate.protocol.title}")
    while True:
        before = available()
        try:
            _Watch(gate, clock, as_json, tell, warn).run()
        except PortGone as error:
            warn(str(error))
        finally:
            gate.port.close()
        spoke = replace(gate.protocol, bauds=(gate.baud,) if gate.baud else ())
        port_name, gate = _again(port_name, before, spoke, clock)
        warn(f"'{port_name}' is back")


def _again(
    port_name: str, before: Sequence[Listed], protocol: Protocol, clock: Clock
) -> tuple[str, Detected]:
    """Wait until the gate is plugged in again, under whatever name."""
    while True:
        sleep(RETRY_S)
        with suppress(StationError):
            name = found_again(port_name, before)
            return name, connect(name, protocol, clock)


class _Watch:
    """A gate from its plugging in to its loss."""

    def __init__(self, gate: Detected, clock: Clock, as_json: bool, tell: Say, warn: Say) -> None:
        protocol = gate.protocol
        self._talk = Conversation(gate.port, protocol, clock, gate.begun)
        self._clock, self._as_json, self._tell, self._warn = clock, as_json, tell, warn
        self._device = DeviceClock(
            protocol.stamped_by,
            protocol.ticks_per_s,
            protocol.wrap_ticks,
            protocol.rate_tolerance,
        )
        self._first_ns: int | None = None
        self._broken: dict[str, Stamp] = {}  # since when each gate is
        self._missed: list[Missed] = []
        self._warned_ns: int | None = None
        self._patience_s = SILENT_BEATS * (protocol.heartbeat_s or inf)

    def run(self) -> None:
        """Go on until the device is gone, which raises `PortGone`."""
        heard_ns: int | None = self._clock.now_ns()
        while True:
            chunks, readings = self._talk.poll(POLL_S)
            for reading in readings:
                self._take(reading)
            self._warn_of_the_missed()
            if any(not chunk.sent for chunk in chunks):
                heard_ns = self._clock.now_ns()
            elif heard_ns is not None and self._clock.now_ns() - heard_ns > self._patience_s * 1e9:
                self._warn(f"nothing heard for {self._patience_s:g} s; check power and cable")
                heard_ns = None

    def _take(self, reading: GateReading) -> None:
        stamp = self._device.take(reading)
        if isinstance(reading, BeamEdge) and stamp is not None:
            self._tell(self._told(reading, stamp))
        elif isinstance(reading, Greeting):
            self._warn(f"it is {reading.device}")
        elif isinstance(reading, Missed):
            self._missed.append(reading)

    def _told(self, edge: BeamEdge, stamp: Stamp) -> str:
        instant = self._device.instant(stamp)
        if self._as_json:
            keys = {
                "gate": edge.gate,
                "blocked": edge.blocked,
                "device_ticks": edge.device_ticks,
                "time_ns": instant.ns,
                "clock": instant.source,
                "sigma_s": instant.sigma_s,
            }
            return json.dumps(keys)
        if self._first_ns is None:
            self._first_ns = instant.ns
        at_s, within_ms = (instant.ns - self._first_ns) / 1e9, 2e3 * instant.sigma_s
        line = f"{at_s:10.4f} s ±{within_ms:.1f} ms  gate {edge.gate}  "
        broken = self._broken.pop(edge.gate, None)
        if edge.blocked:
            self._broken[edge.gate] = stamp
            return line + "broken"
        span = None if broken is None else self._device.span(broken, stamp)
        return line + ("clear" if span is None else f"clear after {span.took_s:.4f} s")

    def _warn_of_the_missed(self) -> None:
        """Say what made no sense, once a second at most."""
        now_ns = self._clock.now_ns()
        if self._missed and (self._warned_ns is None or now_ns - self._warned_ns > TELL_EVERY_NS):
            edges, more = sum(one.edges for one in self._missed), len(self._missed) - 1
            said = f"{edges} edges lost: " if edges else "not understood: "
            self._warn(said + self._missed[0].why + (f" (and {more} more)" if more else ""))
            self._missed.clear()
            self._warned_ns = now_ns
