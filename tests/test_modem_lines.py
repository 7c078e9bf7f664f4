"""Gates on modem lines: each change is told with its time, and none is lost in silence."""

from __future__ import annotations

import errno
import os
import random
import sys
import threading
from math import sqrt
from queue import SimpleQueue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.clock import ManualClock
from hardware.errors import StationError
from hardware.gates.modem_lines import (
    MODEM_LINES,
    MODEM_LINES_INVERTED,
    MOST_UNREAD,
    ModemLinesPort,
    open_modem_lines,
)
from hardware.gates.serial_port import PortGone
from hardware.readings import BeamEdge, GateReading, Greeting, Heartbeat, Missed

LONG_s = 10.0
CANNOT = OSError(errno.ENOTTY, "Inappropriate ioctl for device")
UNPLUGGED = OSError(errno.EIO, "Input/output error")
SIGMA_s = 0.002 / sqrt(3)
NOW_ns = 5_000_000_000


class WiredAdapter:
    """A driver and its lines, moved by a script: each step comes when the watcher waits."""

    def __init__(self, clock: ManualClock, waits: bool = True, counts: bool = True) -> None:
        self.clock = clock
        self.waits, self.counts = waits, counts
        self.level = {"CTS": False, "DSR": False}
        self.changed = {"CTS": 0, "DSR": 0}
        self.steps: SimpleQueue[tuple[str, int] | OSError] = SimpleQueue()
        self.meanwhile: list[str] = []  # lines that change while the levels are being read
        self.idle = threading.Event()
        self.closed = False

    def asserted(self) -> dict[str, bool]:
        if self.closed:
            raise UNPLUGGED
        seen = dict(self.level)
        for line in self.meanwhile:
            self.change(line, 1)
        self.meanwhile.clear()
        return seen

    def changes(self) -> dict[str, int]:
        if not self.counts:
            raise CANNOT
        return dict(self.changed)

    def wait(self) -> None:
        if not self.waits:
            raise CANNOT
        self.pause()

    def pause(self) -> None:
        if self.steps.empty():
            self.idle.set()
        step = self.steps.get()
        if isinstance(step, OSError):
            raise step
        self.clock.advance(1000)
        self.change(*step)

    def change(self, line: str, times: int) -> None:
        self.level[line] ^= bool(times % 2)
        self.changed[line] += times

    def close(self) -> None:
        self.closed = True
        self.steps.put(UNPLUGGED)


def lines(port: ModemLinesPort, count: int) -> list[str]:
    data = b""
    while data.count(b"\n") < count:
        chunk = port.read(LONG_s)
        assert chunk, f"after {data!r} nothing came"
        data += chunk
    return data.decode().splitlines()


def readings(data: bytes) -> list[GateReading]:
    return MODEM_LINES.parser().receive(data, NOW_ns)


@pytest.mark.parametrize(("waits", "counts"), [(True, True), (False, True), (True, False)])
def test_each_change_is_told_with_its_time_by_whatever_means(waits: bool, counts: bool) -> None:
    adapter = WiredAdapter(ManualClock(), waits, counts)
    for line in ("CTS", "CTS", "DSR", "DSR"):
        adapter.steps.put((line, 1))
    port = ModemLinesPort("ttyUSB0", adapter, adapter.clock)
    told = lines(port, 5)
    assert told == ["open CTS 0 DSR 0 0", "CTS 1 1000", "CTS 0 2000", "DSR 1 3000", "DSR 0 4000"]
    port.close()


def test_a_gate_may_be_wired_the_other_way_round() -> None:
    data = b"open CTS 1 DSR 0 7\nCTS 0 1000\nCTS 1 2000\n"
    found = MODEM_LINES_INVERTED.parser().receive(data, NOW_ns)
    assert found[1:] == [
        Heartbeat(NOW_ns, 7, (("CTS", False), ("DSR", True))),
        BeamEdge("CTS", True, 1000, NOW_ns, SIGMA_s),
        BeamEdge("CTS", False, 2000, NOW_ns, SIGMA_s),
    ]


def test_a_line_that_is_asserted_from_the_start_is_told_so() -> None:
    adapter = WiredAdapter(ManualClock())
    adapter.level["DSR"] = True
    adapter.steps.put(("DSR", 1))
    port = ModemLinesPort("ttyUSB0", adapter, adapter.clock)
    assert lines(port, 2) == ["open CTS 0 DSR 1 0", "DSR 0 1000"]
    port.close()


def test_changes_too_fast_to_be_seen_are_counted() -> None:
    adapter = WiredAdapter(ManualClock())
    for step in (("CTS", 2), ("CTS", 3), ("DSR", 1)):
        adapter.steps.put(step)
    port = ModemLinesPort("ttyUSB0", adapter, adapter.clock)
    assert lines(port, 5)[1:] == ["CTS lost 2 1000", "CTS 1 2000", "CTS lost 2 2000", "DSR 1 3000"]
    port.close()


def test_a_change_while_another_is_seen_to_does_not_wait_for_the_next() -> None:
    adapter = WiredAdapter(ManualClock())
    port = ModemLinesPort("ttyUSB0", adapter, adapter.clock)
    assert adapter.idle.wait(LONG_s)
    adapter.meanwhile.append("DSR")
    adapter.steps.put(("CTS", 1))
    assert lines(port, 3)[1:] == ["CTS 1 1000", "DSR 1 1000"]
    port.close()


def test_what_was_told_before_the_adapter_vanished_is_still_read() -> None:
    adapter = WiredAdapter(ManualClock())
    adapter.steps.put(("CTS", 1))
    adapter.steps.put(UNPLUGGED)
    port = ModemLinesPort("ttyUSB0", adapter, adapter.clock)
    assert lines(port, 2)[1] == "CTS 1 1000"
    with pytest.raises(PortGone, match=r"ttyUSB0.*gone.*plug it in again"):
        port.read(LONG_s)


def test_closing_ends_a_reading_in_another_thread() -> None:
    adapter = WiredAdapter(ManualClock())
    port = ModemLinesPort("ttyUSB0", adapter, adapter.clock)
    lines(port, 1)
    ended: list[str] = []

    def read() -> None:
        try:
            port.read(LONG_s)
        except PortGone as gone:
            ended.append(str(gone))

    reader = threading.Thread(target=read)
    reader.start()
    port.close()
    port.close()
    reader.join(LONG_s)
    assert "closed" in ended[0]
    assert adapter.closed


def test_nothing_changes_and_nothing_is_read() -> None:
    adapter = WiredAdapter(ManualClock())
    port = ModemLinesPort("ttyUSB0", adapter, adapter.clock)
    lines(port, 1)
    assert port.read(0.0) == b""
    port.write(b"nobody listens")
    port.close()


def test_a_gate_gone_mad_fills_no_memory_and_what_was_dropped_is_said() -> None:
    adapter = WiredAdapter(ManualClock())
    mad = 20_000
    for _ in range(mad):
        adapter.steps.put(("CTS", 1))
    port = ModemLinesPort("ttyUSB0", adapter, adapter.clock)
    assert adapter.idle.wait(LONG_s)
    kept = port.read(0.0)
    assert len(kept) < MOST_UNREAD + 50
    adapter.steps.put(("DSR", 1))
    kept += port.read(LONG_s)
    found = readings(kept)
    told = sum(isinstance(one, BeamEdge) and one.gate == "CTS" for one in found)
    assert told + sum(one.edges for one in found if isinstance(one, Missed)) == mad
    port.close()


def test_an_adapter_without_modem_lines_is_refused_and_closed() -> None:
    adapter = WiredAdapter(ManualClock())
    adapter.closed = True  # so that its lines cannot be read
    with pytest.raises(StationError, match=r"ttyUSB0.*no modem lines.*CTS and DSR") as refused:
        ModemLinesPort("ttyUSB0", adapter, adapter.clock)
    assert "\n" not in str(refused.value)
    assert isinstance(adapter.steps.get(), OSError)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_pseudo_terminal_has_no_modem_lines() -> None:
    host, device = os.openpty()
    with pytest.raises(StationError, match="no modem lines"):
        open_modem_lines(os.ttyname(device), ManualClock())
    os.close(host)
    os.close(device)


def test_what_the_port_writes_the_parser_reads() -> None:
    data = b"open CTS 0 DSR 1 7\nCTS 1 1000\nDSR lost 2 1500\nCTS 0 2000\n"
    assert readings(data) == [
        Greeting("gates on modem lines", None, None, ("CTS", "DSR"), NOW_ns),
        Heartbeat(NOW_ns, 7, (("CTS", False), ("DSR", True))),
        BeamEdge("CTS", True, 1000, NOW_ns, SIGMA_s),
        Missed(2, "DSR changed faster than it was read", NOW_ns),
        BeamEdge("CTS", False, 2000, NOW_ns, SIGMA_s),
    ]


def test_byte_by_byte_with_garbage_between_reads_the_same_as_whole() -> None:
    noise = random.Random(3).randbytes(3000)
    data = b"open CTS 0 DSR 1 7\nCTS 1 1000\n" + noise + b"\nCTS 0 2000\n"
    parser = MODEM_LINES.parser()
    single = [one for byte in data for one in parser.receive(bytes([byte]), NOW_ns)]
    assert single == readings(data)
    assert sum(isinstance(one, BeamEdge) for one in single) == 2


@given(st.lists(st.binary(max_size=300)))
def test_nothing_received_raises(chunks: list[bytes]) -> None:
    parser = MODEM_LINES.parser()
    for at, chunk in enumerate(chunks):
        parser.receive(chunk, NOW_ns + at)
        parser.sent(chunk, NOW_ns + at)
        assert parser.due(NOW_ns + at) == b""
