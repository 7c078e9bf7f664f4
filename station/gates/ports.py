"""What is plugged in and what it says: `station gates list` and `station gates watch`.

It decides the form in which ports and edges are told. It times no run and keeps no record.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from math import inf
from typing import Any

from calibration.sync import DeviceClock, Stamp
from hardware.clock import SystemClock
from hardware.counted import counted
from hardware.errors import StationError
from hardware.gates.detect import NothingAnsweredError, detect
from hardware.gates.known import PROTOCOLS, protocol_named
from hardware.gates.protocol import Parser, Protocol
from hardware.gates.serial_port import Listed, available
from hardware.readings import BeamEdge, GateReading, Greeting, Heartbeat, Missed
from station.app import attend
from station.gates.link import SILENT_BEATS
from station.gates.record import Gone, Opened, Received, Sent, Traffic

SILENT = "nothing answers that is known as a gate"
TELL_EVERY_NS = 1_000_000_000  # a line that is all noise is not told byte by byte
LOOK_EVERY_S = 0.1  # a wait without an end hears no Ctrl-C on Windows
LEAVE_S = 0.5  # a port that is being asked closes sooner; one that hangs is left to the system

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

    @property
    def silent(self) -> bool:
        """Whether it can be opened, and nothing answers that is known."""
        return self.problem == SILENT

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
        port = self.listed.port if seems == self.listed.port else f"{self.listed.port}  {seems}"
        if self.protocol is None:
            return f"{port}: {self.problem}"
        name = f", {printable(self.device)}" if self.device else ""
        return f"{port}: {self.protocol} at {self.baud} baud{name}"


def printable(said: str) -> str:
    """What a device said, without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in said)


def plugged_in(warn: Say) -> list[Plugged]:
    """Every serial port, all asked at once what they are; `warn` is told that it takes time.

    Who is interrupted meanwhile leaves at once, and the ports closed.
    """
    ports = available()
    if not ports:
        return []
    warn("asking what is plugged in; this takes some seconds")
    ended = threading.Event()
    answers: list[Future[Plugged]] = [Future() for _ in ports]
    threads = [  # an executor's would be waited for as the program ends
        threading.Thread(target=_ask_into, args=(*pair, ended), daemon=True)
        for pair in zip(answers, ports, strict=True)
    ]
    try:
        for thread in threads:
            thread.start()
        while wait(answers, LOOK_EVERY_S).not_done:
            pass
        return [answer.result() for answer in answers]
    finally:
        ended.set()
        for thread in threads:
            thread.join(LEAVE_S)


def _ask_into(answer: Future[Plugged], listed: Listed, ended: threading.Event) -> None:
    try:
        answer.set_result(_ask(listed, ended))
    except BaseException as error:
        answer.set_exception(error)


def _ask(listed: Listed, ended: threading.Event) -> Plugged:
    try:
        found = detect(listed.port, PROTOCOLS, SystemClock(), ended=ended)
    except NothingAnsweredError:
        return Plugged(listed, problem=SILENT)
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
    attend((port_name,), protocol, _Watch(as_json, tell, warn), warn)


class _Watch:
    """Listens to one gate; see `Listener`."""

    def __init__(self, as_json: bool, tell: Say, warn: Say) -> None:
        self._as_json, self._tell, self._warn = as_json, tell, warn
        self._parser: Parser
        self._device: DeviceClock
        self._opened = False
        self._first_ns: int | None = None
        self._broken: dict[str, Stamp] = {}  # since when each gate is
        self._greeted: str | None = None
        self._states: dict[str, bool] = {}  # what was said of each gate
        self._missed: list[Missed] = []
        self._warned_ns: int | None = None
        self._patience_s = inf
        self._heard_ns: int | None = None  # None also where its silence was told

    def feed(self, traffic: Traffic) -> None:
        """Take what went over the line."""
        match traffic:
            case Opened():
                self._open(traffic)
            case Gone():
                self._heard_ns = None
                self._warn("the gate is gone; plug it in again")
            case Sent(text=text):
                self._parser.sent(text.encode("latin-1"), traffic.at_ns)
            case Received(text=text):
                self._heard_ns = traffic.at_ns
                for reading in self._parser.receive(text.encode("latin-1"), traffic.at_ns):
                    self._take(reading)
        self._warn_of_the_missed(traffic.at_ns)

    def advance(self, now_ns: int) -> None:
        """Let time pass."""
        self._warn_of_the_missed(now_ns)
        if self._heard_ns is not None and now_ns - self._heard_ns > self._patience_s * 1e9:
            self._warn(f"nothing heard for {self._patience_s:g} s; check power and cable")
            self._heard_ns = None

    def wanted(self, slot: int, now_ns: int) -> bytes:  # noqa: ARG002
        """What the protocol wants sent."""
        return self._parser.due(now_ns) if self._opened else b""

    def _open(self, opened: Opened) -> None:
        protocol = protocol_named(opened.protocol, opened.definition)
        self._warn(f"'{opened.port}' is {'back' if self._opened else 'open'}: {protocol.title}")
        self._opened = True
        self._parser = protocol.parser()
        self._device = DeviceClock.of(protocol)
        self._broken.clear()
        self._states.clear()
        self._greeted = None
        self._heard_ns = opened.at_ns
        self._patience_s = SILENT_BEATS * (protocol.heartbeat_s or inf)

    def _take(self, reading: GateReading) -> None:
        stamp = self._device.take(reading)
        if isinstance(reading, BeamEdge) and stamp is not None:
            self._states[reading.gate] = reading.blocked
            self._tell(self._told(reading, stamp))
        elif isinstance(reading, Greeting):
            if reading.device != self._greeted:
                self._greeted = reading.device
                self._warn(f"it is {printable(reading.device)}")
        elif isinstance(reading, Heartbeat):
            for gate, blocked in reading.blocked:
                if blocked is not None and self._states.get(gate) != blocked:
                    self._states[gate] = blocked
                    self._warn(f"gate {gate} is {'broken' if blocked else 'clear'} now")
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

    def _warn_of_the_missed(self, now_ns: int) -> None:
        """Say what made no sense, once a second at most."""
        if self._missed and (self._warned_ns is None or now_ns - self._warned_ns > TELL_EVERY_NS):
            edges, more = sum(one.edges for one in self._missed), len(self._missed) - 1
            said = f"{counted(edges, 'edge')} lost: " if edges else "not understood: "
            self._warn(said + self._missed[0].why + (f" (and {more} more)" if more else ""))
            self._missed.clear()
            self._warned_ns = now_ns
