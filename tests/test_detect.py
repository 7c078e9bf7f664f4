from __future__ import annotations

import os
import threading

import pytest

from hardware.clock import ManualClock, SystemClock
from hardware.errors import StationError
from hardware.gates.detect import AskedNoMoreError, detect
from hardware.gates.fgp1 import framed
from hardware.gates.known import PROTOCOLS
from hardware.gates.serial_port import PortGone
from hardware.readings import BeamEdge, Greeting

LONGEST_S = 8.0
HELLO = framed(b"H,1,flygate-avr,1.0.0,5F3A91C2,17,2,EQR")


class Wire:
    """A port with a device behind it that speaks at one rate, in the clock's time."""

    def __init__(self, clock: ManualClock, baud: int) -> None:
        self.clock, self.device_baud = clock, baud
        self.baud, self.closed = 0, False
        self.asked: list[tuple[int, bytes]] = []
        self.answers: dict[bytes, bytes] = {}
        self.deaf_until_ns = 0
        self.speech: list[tuple[int, bytes]] = []  # when it says what unasked

    def open(self, name: str, baud: int) -> Wire:
        self.baud = baud
        return self

    def change_baud(self, baud: int) -> None:
        self.baud = baud

    def read(self, wait_s: float) -> bytes:
        self.clock.advance(round(wait_s * 1e9))
        due = [one for one in self.speech if one[0] <= self.clock.now_ns()]
        self.speech = self.speech[len(due) :]
        said = b"".join(one[1] for one in due)
        right = self.baud == self.device_baud
        return said if right else bytes((byte * 29 + 0xE0) % 256 for byte in said[::3])

    def write(self, data: bytes) -> None:
        self.asked.append((self.baud, data))
        if self.baud == self.device_baud and self.clock.now_ns() >= self.deaf_until_ns:
            self.speech.append((self.clock.now_ns(), self.answers.get(data, b"")))

    def close(self) -> None:
        self.closed = True


def wire(baud: int, answers: dict[bytes, bytes] | None = None) -> Wire:
    made = Wire(ManualClock(), baud)
    made.answers = answers or {}
    return made


@pytest.mark.parametrize(
    ("name", "baud", "question", "answer"),
    [
        ("fgp1", 115_200, b"?*264C\n", HELLO),
        ("wichro", 115_200, b"local:get_version;\n", b"Wifi-Controller-4.10\r\n"),
        ("chronopic", 9600, b"J", b"J"),
    ],
)
def test_a_device_that_answers_is_known(
    name: str, baud: int, question: bytes, answer: bytes
) -> None:
    port = wire(baud, {question: answer})
    found = detect("port", PROTOCOLS, port.clock, port.open)
    assert (found.protocol.name, found.baud) == (name, baud)
    assert found.device
    assert not port.closed
    assert port.clock.now_ns() < 4e9


@pytest.mark.parametrize(
    ("name", "baud", "line"),
    [
        ("fgp1", 115_200, framed(b"S,43,0,1236000000,CC,0,4980")),
        ("wichro", 115_200, b"5;215;0\r\n"),
        ("chronopic", 9600, b"X\x01\x01\x58\x02"),
    ],
)
def test_a_device_that_speaks_is_known_without_being_asked(
    name: str, baud: int, line: bytes
) -> None:
    port = wire(baud)
    port.speech = [(round(s * 1e8), line) for s in range(100)]
    found = detect("port", PROTOCOLS, port.clock, port.open)
    assert (found.protocol.name, found.baud) == (name, baud)
    assert not [data for asked_baud, data in port.asked if asked_baud == baud]


def test_9600_comes_first_and_only_documented_questions_are_asked() -> None:
    port = wire(0)
    with pytest.raises(StationError, match="--protocol") as error:
        detect("/dev/ttyX", PROTOCOLS, port.clock, port.open)
    assert "/dev/ttyX" in str(error.value)
    assert "\n" not in str(error.value)
    bauds = [baud for baud, _ in port.asked]
    assert bauds.index(115_200) > max(n for n, baud in enumerate(bauds) if baud == 9600)
    assert {data for _, data in port.asked} <= {one.question for one in PROTOCOLS}
    assert port.clock.now_ns() < LONGEST_S * 1e9
    assert port.closed


def test_a_board_that_restarts_when_opened_is_waited_for() -> None:
    port = wire(115_200, {b"local:get_version;\n": b"Wifi-Controller-4.10\r\n"})
    port.deaf_until_ns = 3_200_000_000
    assert detect("port", PROTOCOLS, port.clock, port.open).protocol.name == "wichro"


def test_what_came_during_detection_is_not_lost() -> None:
    port = wire(115_200, {b"?*264C\n": HELLO + framed(b"E,1,1,B,0,500")})
    found = detect("port", PROTOCOLS, port.clock, port.open)
    assert b"?*264C\n" in [chunk.data for chunk in found.begun if chunk.sent]
    parser = found.protocol.parser()
    readings = [
        one
        for chunk in found.begun
        if not chunk.sent
        for one in parser.receive(chunk.data, chunk.at_ns)
    ]
    assert [type(one) for one in readings] == [Greeting, BeamEdge]


def test_an_echo_is_no_answer() -> None:
    """As a WICHRO receiver gives it, of all it hears."""
    for baud in (9600, 115_200):
        echo = {one.question: one.question for one in PROTOCOLS}
        port = wire(baud, echo | {b"J": b""})  # for J is its own answer
        with pytest.raises(StationError, match="answered"):
            detect("port", PROTOCOLS, port.clock, port.open)


def test_noise_is_no_device() -> None:
    noise = bytes((n * n * 167 + n * 31) % 256 for n in range(20_000))
    for baud in (9600, 115_200):
        port = wire(baud)
        port.speech = [(n * 20_000_000, noise[n * 40 : n * 40 + 40]) for n in range(500)]
        with pytest.raises(StationError, match="answered"):
            detect("port", PROTOCOLS, port.clock, port.open)


def test_a_device_that_vanishes_meanwhile_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Torn(Wire):
        def read(self, wait_s: float) -> bytes:
            raise PortGone("'port' is gone; plug it in again")

    port = Torn(ManualClock(), 9600)
    with pytest.raises(PortGone):
        detect("port", PROTOCOLS, port.clock, port.open)
    assert port.closed


def test_asking_ends_when_it_is_told_to_and_leaves_the_port_closed() -> None:
    ended = threading.Event()

    class Left(Wire):
        def write(self, data: bytes) -> None:
            super().write(data)
            ended.set()

    port = Left(ManualClock(), 9600)
    with pytest.raises(AskedNoMoreError):
        detect("port", PROTOCOLS, port.clock, port.open, ended)
    assert port.closed
    assert len(port.asked) == 1


def test_a_device_on_a_pseudo_terminal_is_known_whatever_its_rate() -> None:
    master, slave = os.openpty()

    def answer() -> None:
        held = b""
        while b"?*264C\n" not in held:
            held += os.read(master, 100)
        os.write(master, HELLO)

    device = threading.Thread(target=answer)
    device.start()
    try:
        found = detect(os.ttyname(slave), PROTOCOLS, SystemClock())
        found.port.close()
        assert (found.protocol.name, found.device) == ("fgp1", "flygate-avr 1.0.0")
    finally:
        os.write(slave, b"?*264C\n")  # an end for the thread, had it not been asked
        device.join()
        os.close(master)
        os.close(slave)
