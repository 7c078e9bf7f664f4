"""What went over the lines of light gates, and when: as it is folded, and as it is kept in a file.

It decides the form of a record: JSON, one object a line, readable and appended to, so that what
was written before a crash is there after it. It interprets no byte.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self, TextIO

import msgspec

from hardware.errors import StationError

VERSION = 1


class Setup(msgspec.Struct, frozen=True, tag="station-gates", tag_field="record"):
    """What was set up before the first byte, the file's first line.

    Attributes:
        version: Of the file's form.
        fly_m: Length of the Fly Zone.
        ports: What the coach named, in order; a slot is a place in it.
        markers: Gate → marker, as `--markers` says it ("1" or "PORT/1"); empty for the usual.
        speeds_mps: Slowest and fastest that counts as a run.
        pace_400_s: The athlete's 400 m time.
        athlete: Name.
    """

    fly_m: float
    ports: tuple[str, ...]
    markers: dict[str, int]
    speeds_mps: tuple[float, float]
    pace_400_s: float | None = None
    athlete: str | None = None
    version: int = VERSION


class Opened(msgspec.Struct, frozen=True, tag="opened", tag_field="record"):
    """A port was opened: a new conversation begins.

    Attributes:
        at_ns: Station time.
        slot: Which of the ports.
        port: What it was called this time.
        protocol: Name of the protocol.
        definition: The TOML of a protocol that the user described, None for those we know.
    """

    at_ns: int
    slot: int
    port: str
    protocol: str
    definition: str | None = None


class Received(msgspec.Struct, frozen=True, tag="in", tag_field="record"):
    """Bytes that were read at once; `text` holds them as Latin-1."""

    at_ns: int
    slot: int
    text: str


class Sent(msgspec.Struct, frozen=True, tag="out", tag_field="record"):
    """Bytes that were sent at once; `text` holds them as Latin-1."""

    at_ns: int
    slot: int
    text: str


class Gone(msgspec.Struct, frozen=True, tag="gone", tag_field="record"):
    """A port vanished."""

    at_ns: int
    slot: int


class Closed(msgspec.Struct, frozen=True, tag="closed", tag_field="record"):
    """The session's end."""

    at_ns: int


Traffic = Opened | Received | Sent | Gone | Closed


def check_new(path: Path) -> None:
    """Refuse what a record could not be begun at, before anything is opened.

    Raises:
        StationError: There is such a file, or no such folder.
    """
    if path.exists():
        raise StationError(
            f"will not write over '{path}': it may hold runs; give --record another name"
        )
    if not path.resolve().parent.is_dir():
        raise StationError(
            f"cannot write '{path}': there is no folder '{path.parent}'; make it first"
        )


class Recorder:
    """Appends to a record."""

    def __init__(self, path: Path, setup: Setup) -> None:
        """Begin a new file.

        Raises:
            StationError: There is one of that name, or it cannot be written.
        """
        check_new(path)
        try:
            self._file: TextIO = path.open("x", encoding="utf-8")
        except OSError as error:
            raise StationError(
                f"cannot write '{path}' ({error.strerror}); name a file in a folder that is yours"
            ) from None
        self._put(setup)

    def keep(self, traffic: Traffic) -> None:
        """Append; on the disk as soon as the system gets to it.

        Raises:
            OSError: It cannot be written.
        """
        self._put(traffic)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _put(self, thing: Setup | Traffic) -> None:
        self._file.write(msgspec.json.encode(thing).decode() + "\n")
        self._file.flush()


def looks_like_record(path: Path) -> bool:
    """Whether a file begins as records do."""
    try:
        with path.open("rb") as file:
            return file.read(64).startswith(b'{"record":"station-gates"')
    except OSError:
        return False


def read_record(path: Path) -> tuple[Setup, list[Traffic], bool]:
    """Read a record.

    Returns:
        Its set-up, what went over the lines in order, and whether it has its end: a record that
        was cut short has all that was written before.

    Raises:
        StationError: It cannot be read, or is no record; the line is named.
    """
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise StationError(f"cannot read '{path}': {error.strerror}") from None
    setup = _decoded(path, 1, lines[0], Setup)
    if setup.version != VERSION:
        raise StationError(
            f"{path.name} is a record of version {setup.version}, this program reads {VERSION}; "
            "install a newer one"
        )
    traffic: list[Traffic] = []
    for number, line in enumerate(lines[1:], start=2):
        if number == len(lines) and not line.endswith(b"\n"):
            break  # the power went while it was written
        traffic.append(_decoded(path, number, line, Traffic))
        if number > 2 and traffic[-1].at_ns < traffic[-2].at_ns:
            raise StationError(
                f"{path.name}, line {number}: time goes back; the record was changed by hand"
            )
        if not isinstance(traffic[-1], Closed) and traffic[-1].slot not in range(len(setup.ports)):
            raise StationError(
                f"{path.name}, line {number}: slot {traffic[-1].slot} is none of its "
                f"{len(setup.ports)} ports; the record was changed by hand"
            )
    return setup, traffic, bool(traffic) and isinstance(traffic[-1], Closed)


def _decoded(path: Path, number: int, line: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.MsgspecError as error:
        raise StationError(
            f"{path.name}, line {number} is no line of a gate record: {error}"
        ) from None
