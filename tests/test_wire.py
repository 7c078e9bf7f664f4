"""Ports read at once into one order of time: what is opened, lost, found again and closed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from types import SimpleNamespace

import pytest

from hardware.clock import Clock, SystemClock
from hardware.errors import StationError
from hardware.gates import serial_port
from hardware.gates.detect import AskedNoMoreError, Detected
from hardware.gates.fgp1 import FGP1
from hardware.gates.port import Chunk
from hardware.gates.protocol import Protocol
from hardware.gates.serial_port import PortGone
from hardware.gates.wire import MOST_WAITING, Happening, Wires

SOON_S = 30.0


@dataclass
class Line:
    """What a port gives, one piece a reading; None is its loss. Then nothing comes."""

    pieces: list[bytes | None]
    then: Callable[[], bytes] = lambda: b""
    written: list[bytes] = field(default_factory=list)
    reads: int = 0
    closed: bool = False

    def read(self, wait_s: float) -> bytes:
        self.reads += 1
        if not self.pieces:
            return self.then() or threading.Event().wait(wait_s) or b""
        if (piece := self.pieces.pop(0)) is None:
            raise PortGone("gone; plug it in again")
        return piece

    def write(self, data: bytes) -> None:
        if self.closed:
            raise PortGone("closed; open it again")
        self.written.append(data)

    def close(self) -> None:
        self.closed = True


class Bench:
    """What can be opened, by name, in order; an error is raised."""

    def __init__(self, **lines: list[Line | Exception]) -> None:
        self.lines = lines
        self.asked: list[tuple[str, Protocol | None]] = []
        self.begun: dict[str, tuple[Chunk, ...]] = {}
        self.stopped = threading.Event()

    def open(self, name: str, protocol: Protocol | None, clock: Clock, ended: Event) -> Detected:
        self.asked.append((name, protocol))
        one = self.lines[name].pop(0)
        if isinstance(one, Exception):
            raise one
        return Detected(one, FGP1, None, 115_200, self.begun.pop(name, ()))

    def wires(self, *ports: str) -> Wires:
        return Wires(ports, None, SystemClock(), self.stopped, self.open)


def taken(wires: Wires, until: Callable[[list[Happening]], bool]) -> list[Happening]:
    """What happens until it is enough."""
    found: list[Happening] = []
    limit_ns = SystemClock().now_ns() + round(SOON_S * 1e9)
    while not until(found):
        happened = wires.next(0.01)
        if isinstance(happened, Happening):
            found.append(happened)
        else:
            assert happened < limit_ns
    return found


def data(happenings: list[Happening], slot: int = 0) -> list[bytes]:
    chunks = [one.what for one in happenings if one.slot == slot]
    return [one.data for one in chunks if isinstance(one, Chunk)]


def test_two_ports_come_in_one_order_of_time() -> None:
    near, far = Line([b"%d" % n for n in range(300)]), Line([b"%d" % n for n in range(300)])
    bench = Bench(near=[near], far=[far])
    with bench.wires("near", "far") as wires:
        found = taken(wires, lambda found: len(found) == 602)
    assert sorted(found, key=lambda one: one.at_ns) == found
    for slot in (0, 1):
        assert data(found, slot) == [b"%d" % n for n in range(300)]
        assert next(one.what for one in found if one.slot == slot) is FGP1
    assert near.closed
    assert far.closed


def test_what_came_while_it_was_asked_comes_first() -> None:
    """Of two ports, of which one was long found when the other was still being asked."""
    bench = Bench(near=[Line([b"2"])], far=[Line([b"later"])])
    bench.begun["near"] = Chunk(100, b"?", sent=True), Chunk(300, b"1")
    bench.begun["far"] = (Chunk(200, b"early"),)
    with bench.wires("near", "far") as wires:
        found = taken(wires, lambda found: len(found) == 7)
    assert [(one.at_ns, one.slot) for one in found][:5] == [
        (100, 0), (100, 0), (200, 1), (200, 1), (300, 0)
    ]  # fmt: skip
    assert data(found, 0) == [b"?", b"1", b"2"]
    assert data(found, 1) == [b"early", b"later"]


def test_nothing_happens_before_a_time_that_was_told() -> None:
    bench = Bench(near=[Line([])])
    with bench.wires("near") as wires:
        taken(wires, lambda found: len(found) == 1)
        told_ns = wires.next(0)
        assert isinstance(told_ns, int)
        assert wires.send(0, b"x")
        (sent,) = taken(wires, lambda found: len(found) == 1)
    assert sent.at_ns >= told_ns
    assert sent.what == Chunk(sent.at_ns, b"x", sent=True)


def test_a_device_that_is_lost_is_waited_for() -> None:
    lost, back = Line([b"1", None]), Line([b"2"])
    bench = Bench(near=[lost, StationError("not there; plug it in"), OSError(5, "busy"), back])
    with bench.wires("near") as wires:
        found = taken(wires, lambda found: data(found) == [b"1", b"2"])
    kinds = [one.what if not isinstance(one.what, Chunk) else one.what.data for one in found]
    assert kinds[:3] == [FGP1, b"1", None]
    assert kinds[4:] == [b"2"]
    assert isinstance(kinds[3], Protocol)
    assert kinds[3].bauds == (115_200,)  # its rate is known: it is not asked again
    assert lost.closed


def test_a_device_is_found_again_by_its_usb_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    def usb(name: str) -> SimpleNamespace:
        return SimpleNamespace(
            device=name, description="UNO", vid=0x2341, pid=0x43, serial_number="A1"
        )

    ports = [usb("ACM0")]
    monkeypatch.setattr(serial_port, "comports", lambda: ports)
    first, again = Line([b"1"]), Line([b"2"])
    bench = Bench(ACM0=[first], ACM1=[again])
    with bench.wires("ACM0") as wires:
        taken(wires, lambda found: data(found) == [b"1"])
        ports[:] = [usb("ACM1")]
        first.pieces.append(None)
        found = taken(wires, lambda found: data(found) == [b"2"])
    assert [(type(one.what), one.port) for one in found] == [
        (type(None), "ACM0"), (Protocol, "ACM1"), (Chunk, "ACM1")
    ]  # fmt: skip


def test_nothing_is_sent_to_what_is_gone() -> None:
    bench = Bench(near=[Line([None])] + [StationError("not there; plug it in")] * 1000)
    with bench.wires("near") as wires:
        taken(wires, lambda found: len(found) == 2)
        assert not wires.send(0, b"x")
        assert isinstance(wires.next(0), int)


def test_a_device_that_takes_no_bytes_ends_nothing() -> None:
    line = Line([])
    bench = Bench(near=[line])
    with bench.wires("near") as wires:
        taken(wires, lambda found: len(found) == 1)
        line.closed = True
        assert wires.send(0, b"x")
        assert data(taken(wires, lambda found: len(found) == 1)) == [b"x"]


def test_one_that_cannot_be_opened_closes_the_others() -> None:
    read = threading.Event()
    near = Line([], then=lambda: b"" if read.set() else b"x")
    bench = Bench(near=[near])

    def open_wire(name: str, protocol: Protocol | None, clock: Clock, ended: Event) -> Detected:
        if name == "far":
            read.wait(SOON_S)
            raise StationError("no port 'far'; see which there are")
        return bench.open(name, protocol, clock, ended)

    with (
        pytest.raises(StationError, match="no port 'far'"),
        Wires(("near", "far"), None, SystemClock(), bench.stopped, open_wire),
    ):
        pass
    assert near.closed


def test_what_a_reader_should_not_have_ended_by_is_raised() -> None:
    def broken() -> bytes:
        raise ZeroDivisionError("a fault of ours")

    bench = Bench(near=[Line([b"1"], then=broken)])
    with pytest.raises(ZeroDivisionError), bench.wires("near") as wires:
        taken(wires, lambda found: len(found) == 3)


def test_what_was_read_can_be_taken_after_the_end() -> None:
    read = threading.Event()
    line = Line([b"1", b"2"], then=lambda: b"" if read.set() else b"x")
    with Bench(near=[line]).wires("near") as wires:
        assert read.wait(SOON_S)
    assert data(taken(wires, lambda found: len(found) >= 3))[:2] == [b"1", b"2"]


def test_a_sensor_gone_mad_fills_no_memory() -> None:
    line = Line([], then=lambda: b"x" * 4096)
    with Bench(near=[line]).wires("near") as wires:
        while line.reads < MOST_WAITING - 1:
            assert not threading.Event().wait(0.001)
        assert not threading.Event().wait(0.1)
        assert line.reads <= MOST_WAITING
        assert len(taken(wires, lambda found: len(found) == 3 * MOST_WAITING)) == 3 * MOST_WAITING
    left = 0
    while isinstance(wires.next(0), Happening):
        left += 1
    assert left <= MOST_WAITING


def test_an_end_while_a_port_is_asked_leaves_it_closed() -> None:
    """Whoever opens the same port next must find it free."""
    line = Line([])

    def slow(name: str, protocol: Protocol | None, clock: Clock, ended: Event) -> Detected:
        bench.stopped.set()
        assert ended.wait(SOON_S)
        line.close()
        raise AskedNoMoreError("it was ended")

    bench = Bench()
    with Wires(("near",), None, SystemClock(), bench.stopped, slow) as wires:
        assert isinstance(wires.next(0), int)
    assert line.closed
    assert isinstance(wires.next(0), int)  # which is nobody's fault


def test_what_cannot_be_opened_stops_nobody_else() -> None:
    bench = Bench(near=[StationError("no port 'near'; see which there are")])
    with pytest.raises(StationError, match="no port 'near'"), bench.wires("near"):
        pass
    assert not bench.stopped.is_set()
