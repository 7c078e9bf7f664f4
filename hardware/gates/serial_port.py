"""Serial ports: the only module that opens one.

It decides how a port is opened (alone, 8N1, DTR and RTS low before, so that no board restarts) and
what its errors mean. It interprets no byte; what a port's USB numbers hint at only ranks it.
"""

from __future__ import annotations

import errno
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import serial
from serial.tools.list_ports import comports

from hardware.errors import StationError

WRITE_TIMEOUT_S = 1.0  # whoever takes no byte for so long is not there

# Makers of boards and adapters, the likeliest to be a gate first. A hint: anyone may use them.
_SEEMS = {
    0x2341: "Arduino",
    0x2A03: "Arduino",
    0x0C4A: "ALGE timer",
    0x1A86: "CH340 adapter",
    0x0403: "FTDI adapter",
    0x10C4: "CP210x adapter",
    0x067B: "PL2303 adapter",
    0x303A: "ESP32",
    0x2E8A: "Raspberry Pi Pico",
}

_VANISHED = errno.EIO, errno.ENXIO, errno.ENODEV


class PortGone(StationError):  # noqa: N818, for it is no fault but an event
    """The device was there and is no longer."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A serial port that the computer has.

    Attributes:
        port: Its name, as "/dev/ttyUSB0" or "COM3".
        description: What the system calls it.
        seems: What its vendor's number hints at, None where at nothing.
        vid: USB vendor, None where it is no USB port.
        pid: USB product.
        serial_number: What tells the device from others of its make, None where nothing does.
    """

    port: str
    description: str
    seems: str | None
    vid: int | None
    pid: int | None
    serial_number: str | None


def available() -> list[Listed]:
    """All serial ports, the likeliest to be a gate first."""
    makers = list(_SEEMS)

    def rank(one: Listed) -> tuple[int, str]:
        known = makers.index(one.vid) if one.vid in _SEEMS else len(makers)
        return (known if one.vid is not None else len(makers) + 1, one.port)

    found = [
        Listed(
            one.device,
            one.device if one.description in (None, "", "n/a") else one.description,
            None if one.vid is None else _SEEMS.get(one.vid),
            one.vid,
            one.pid,
            one.serial_number,
        )
        for one in comports()
    ]
    return sorted(found, key=rank)


def found_again(name: str, before: Sequence[Listed]) -> str:
    """What the port of an unplugged device is called now, if it has been plugged in again.

    Args:
        name: What it was called.
        before: All ports as they were while it was there.

    Returns:
        The one new port of a device with the same USB numbers, or the old name.
    """

    def usb(one: Listed) -> tuple[int | None, int | None, str | None]:
        return one.vid, one.pid, one.serial_number

    it = next((one for one in before if one.port == name and one.vid is not None), None)
    now = available()
    if it is None or name in [one.port for one in now]:
        return name
    others = [one.port for one in before]  # those were another device's then, so they are now
    new = [one.port for one in now if usb(one) == usb(it) and one.port not in others]
    return new[0] if len(new) == 1 else name


def gone(name: str) -> str:
    """What is said of a port whose device vanished."""
    return f"the device at '{name}' is gone; plug it in again"


class SerialPort:
    """An open port; it closes at the end of a `with`."""

    def __init__(self, name: str, baud: int) -> None:
        """Open it.

        Args:
            name: As the system calls it, or the path of a pseudo-terminal.
            baud: Bits a second.

        Raises:
            StationError: It cannot be opened.
        """
        self.name = name
        self._reading = threading.Lock()
        self._closed = False
        line = serial.Serial(exclusive=True, write_timeout=WRITE_TIMEOUT_S)
        line.dtr = line.rts = False
        try:
            line.port, line.baudrate = name, baud
            line.open()
        except (OSError, ValueError) as error:
            raise StationError(_why_not(name, baud, error)) from error
        with suppress(AttributeError, OSError, ValueError):  # where the driver has no such setting
            line.set_low_latency_mode(True)  # an FTDI adapter else holds bytes back for 16 ms
        self._line = line

    def read(self, wait_s: float) -> bytes:
        """Whatever is there, waiting for it so long; b"" where nothing came.

        Raises:
            PortGone: The device vanished, or the port was closed.
        """
        with self._reading:
            if self._closed:
                raise PortGone(f"'{self.name}' was closed; open it again")
            try:
                if self._line.timeout != wait_s:
                    self._line.timeout = wait_s
                data: bytes = self._line.read(1)
            except OSError as error:
                raise PortGone(gone(self.name)) from error
            if data:
                with suppress(OSError):  # the next reading tells it, and this byte is not lost
                    data += self._line.read(self._line.in_waiting)
            return data

    def write(self, data: bytes) -> None:
        """Send.

        Raises:
            PortGone: The device vanished, or takes no bytes.
        """
        try:
            self._line.write(data)
        except serial.SerialTimeoutException as error:
            said = f"the device at '{self.name}' takes no bytes; pull it out and plug it in again"
            raise PortGone(said) from error
        except (OSError, TypeError) as error:  # pySerial's own, where it is closed meanwhile
            raise PortGone(gone(self.name)) from error

    def change_baud(self, baud: int) -> None:
        """Go on at another rate, without the restart that an opening may cause.

        Raises:
            PortGone: The device vanished.
            StationError: The port has no such rate.
        """
        try:
            self._line.baudrate = baud
        except (OSError, ValueError) as error:
            if _number(error) in _VANISHED:
                raise PortGone(gone(self.name)) from error
            raise StationError(_why_not(self.name, baud, error)) from error

    def close(self) -> None:
        """Give the port back; another thread may be reading."""
        self._closed = True
        with suppress(OSError):
            self._line.cancel_read()
        with self._reading:
            self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _number(error: BaseException) -> object:
    """The system's own, also where pySerial has put it in words (`termios.error` is no OSError)."""
    inner = error.__context__
    known = getattr(error, "errno", None)
    return known if known is not None or inner is None or not inner.args else inner.args[0]


def _why_not(name: str, baud: int, error: Exception) -> str:
    code = _number(error)
    said = str(error)
    if code == errno.ENOENT or "FileNotFoundError" in said:
        return f"no port '{name}'; see which there are with 'station gates list'"
    if code in (errno.EBUSY, errno.EAGAIN):
        return f"port '{name}' is in use; close the other program that has it open"
    if code in (errno.EACCES, errno.EPERM) or "PermissionError" in said:
        if sys.platform == "linux":
            return (
                f"no permission to open '{name}'; join the group that may, and log in again: "
                "sudo usermod -aG dialout $USER"
            )
        return f"port '{name}' is in use or forbidden; close the other program that has it open"
    return f"cannot use '{name}' as a serial port at {baud} baud ({said}); name a serial port"
