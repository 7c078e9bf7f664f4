from __future__ import annotations

import os
import threading
import tty
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from hardware.errors import StationError
from hardware.gates import serial_port
from hardware.gates.serial_port import Listed, PortGone, SerialPort, available, found_again

SOON_S = 5.0  # a device answers long before; a test that fails waits so long


class Cable:
    """A pseudo-terminal: what a device holds of it, and the port's name."""

    def __init__(self) -> None:
        self.device, slave = os.openpty()
        tty.setraw(slave)
        self.port = os.ttyname(slave)
        self._ends = [self.device, slave]

    def pull(self) -> None:
        for end in self._ends:
            os.close(end)
        self._ends = []


@pytest.fixture
def cable() -> Iterator[Cable]:
    plugged = Cable()
    yield plugged
    plugged.pull()


def test_bytes_go_both_ways(cable: Cable) -> None:
    with SerialPort(cable.port, 115_200) as port:
        os.write(cable.device, b"hello")
        assert port.read(SOON_S) == b"hello"
        port.write(b"?*264C\n")
        assert os.read(cable.device, 100) == b"?*264C\n"


def test_where_nothing_came_nothing_is_read(cable: Cable) -> None:
    with SerialPort(cable.port, 9600) as port:
        assert port.read(0.0) == b""


def test_the_rate_changes_while_it_is_open(cable: Cable) -> None:
    with SerialPort(cable.port, 9600) as port:
        port.change_baud(115_200)
        os.write(cable.device, b"x")
        assert port.read(SOON_S) == b"x"


def test_an_unplugged_device_is_gone_and_its_last_bytes_are_not(cable: Cable) -> None:
    with SerialPort(cable.port, 9600) as port:
        cable.pull()
        said = f"^the device at '{cable.port}' is gone; plug it in again$"
        with pytest.raises(PortGone, match=said):
            port.read(SOON_S)
        with pytest.raises(PortGone, match=said):
            port.write(b"x")
        with pytest.raises(PortGone, match=said):
            port.change_baud(115_200)


def test_closing_wakes_who_reads_in_another_thread(cable: Cable) -> None:
    port = SerialPort(cable.port, 9600)
    seen: list[object] = []
    begun = threading.Event()

    def read() -> None:
        try:
            begun.set()
            while True:
                seen.append(port.read(60.0))
        except PortGone as error:
            seen.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    begun.wait(SOON_S)
    port.close()
    reader.join(SOON_S)
    assert not reader.is_alive()
    assert isinstance(seen[-1], PortGone)
    port.close()  # once more does no harm


def test_a_port_in_use_is_refused(cable: Cable) -> None:
    with (
        SerialPort(cable.port, 9600),
        pytest.raises(StationError, match=r"is in use; close the other program"),
    ):
        SerialPort(cable.port, 9600)
    SerialPort(cable.port, 9600).close()


def test_what_is_no_port_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StationError, match=r"no port '.*none'; see .*station gates list"):
        SerialPort(str(tmp_path / "none"), 9600)
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path, tmp_path / "file"):
        with pytest.raises(StationError, match="as a serial port"):
            SerialPort(str(path), 9600)
    with pytest.raises(StationError, match="as a serial port"):
        SerialPort("a\0b", 9600)


@pytest.mark.skipif(os.name != "posix", reason="there the system calls it otherwise")
def test_without_permission_the_group_is_named(
    cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", forbidden)  # root may open all
    monkeypatch.setattr(serial_port.sys, "platform", "linux")
    with pytest.raises(StationError, match="dialout"):
        SerialPort(cable.port, 9600)


def test_dtr_and_rts_are_low_before_it_opens(cable: Cable, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[tuple[object, ...]] = []
    made = serial_port.serial.Serial.open

    def opened(self: serial_port.serial.Serial) -> None:
        lines.append((self.dtr, self.rts, self.exclusive, self.parity, self.stopbits))
        made(self)

    monkeypatch.setattr(serial_port.serial.Serial, "open", opened)
    SerialPort(cable.port, 9600).close()
    assert lines == [(False, False, True, "N", 1)]


def test_an_adapter_is_told_not_to_hold_bytes_back(
    cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[bool] = []
    monkeypatch.setattr(
        serial_port.serial.Serial,
        "set_low_latency_mode",
        lambda _, low: told.append(low),
        raising=False,
    )
    SerialPort(cable.port, 9600).close()
    assert told == [True]


def system_has(monkeypatch: pytest.MonkeyPatch, *ports: SimpleNamespace) -> None:
    monkeypatch.setattr(serial_port, "comports", lambda: list(ports))


def usb(name: str, vid: int | None, serial: str | None = None) -> SimpleNamespace:
    return SimpleNamespace(device=name, description="n/a", vid=vid, pid=1, serial_number=serial)


def test_boards_come_before_adapters_and_both_before_what_is_no_usb(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ports = [usb("S0", None), usb("other", 0x9999), usb("ch340", 0x1A86), usb("uno", 0x2341)]
    system_has(monkeypatch, *ports)
    found = available()
    assert [one.port for one in found] == ["uno", "ch340", "other", "S0"]
    assert [one.seems for one in found] == ["Arduino", "CH340 adapter", None, None]


def test_a_device_is_found_again_under_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [
        Listed("USB0", "", None, 0x1A86, 1, None),
        Listed("USB1", "", None, 0x1A86, 1, None),
        Listed("ACM0", "", None, 0x2341, 1, "A"),
    ]
    twin, new = usb("USB1", 0x1A86), usb("USB2", 0x1A86)
    system_has(monkeypatch, twin)
    assert found_again("USB0", before) == "USB0"  # its twin was there before
    system_has(monkeypatch, twin, new)
    assert found_again("USB0", before) == "USB2"
    system_has(monkeypatch, twin, new, usb("USB3", 0x1A86))
    assert found_again("USB0", before) == "USB0"  # who of the two?
    system_has(monkeypatch, usb("ACM1", 0x2341, "B"), usb("ACM2", 0x2341, "A"))
    assert found_again("ACM0", before) == "ACM2"
    assert found_again("/dev/pts/3", before) == "/dev/pts/3"
