"""What went over the lines of light gates, and when: as it is folded, and as it is kept in a file.

It decides the form of a record: JSON, one object a line, readable and appended to, so that what
was written before a crash is there after it. It interprets no byte.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Self

import msgspec

from calibration.length import FlyBy
from hardware.counted import counted
from hardware.errors import StationError

VERSION = 1
LONGEST_PAUSE_NS = 3 * 86_400 * 1_000_000_000  # a session left open over a week-end, asleep
LONGEST_LINE = 1_000_000  # a read gives some thousand bytes at most

Positive = Annotated[float, msgspec.Meta(ge=1e-3, le=1e4)]
Latin = Annotated[str, msgspec.Meta(pattern="^[\\x00-\\xff]*$")]  # each character is a byte


_BEGINS = re.compile(rb'(\xef\xbb\xbf)?\s*\{\s*"record"\s*:\s*"station-gates"')


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
        fly_by: How the Fly Zone was measured; None where that was not said.
    """

    fly_m: Positive
    ports: tuple[str, ...]
    markers: dict[str, int]
    speeds_mps: tuple[Positive, Positive]
    pace_400_s: Positive | None = None
    athlete: str | None = None
    fly_by: FlyBy | None = None
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
    text: Latin


class Sent(msgspec.Struct, frozen=True, tag="out", tag_field="record"):
    """Bytes that were sent at once; `text` holds them as Latin-1."""

    at_ns: int
    slot: int
    text: Latin


class Gone(msgspec.Struct, frozen=True, tag="gone", tag_field="record"):
    """A port vanished."""

    at_ns: int
    slot: int


class Closed(msgspec.Struct, frozen=True, tag="closed", tag_field="record"):
    """The session's end."""

    at_ns: int


Traffic = Opened | Received | Sent | Gone | Closed

_SETUP = msgspec.json.Decoder(Setup)
_TRAFFIC = msgspec.json.Decoder(Traffic)


def check_new(path: Path) -> None:
    """Refuse what a record could not be begun at, before anything is opened.

    Raises:
        StationError: There is such a file, no such folder, or nothing may be written there.
    """
    if path.exists():
        raise StationError(
            f"will not write over '{path}': it may hold runs; give --record another name"
        )
    folder = path.resolve().parent
    if not folder.is_dir():
        raise StationError(
            f"cannot write '{path}': there is no folder '{path.parent}'; make it first"
        )
    if not os.access(folder, os.W_OK):
        raise StationError(f"cannot write '{path}': '{folder}' is read-only; choose another")


class Recorder:
    """Appends to a record; the file is there from the first that is kept."""

    def __init__(self, path: Path, setup: Setup) -> None:
        """Begin no file yet.

        Raises:
            StationError: It could not be begun; see `check_new`.
        """
        check_new(path)
        self._path, self._setup = path, setup
        self._file: BinaryIO | None = None

    def keep(self, traffic: Traffic) -> None:
        """Append; what is kept outlives this process, however it ends.

        Raises:
            StationError: The file cannot be begun.
            OSError: It cannot be written any more.
        """
        if self._file is None:
            try:
                self._file = self._path.open("xb")
            except OSError as error:
                raise StationError(
                    f"cannot write '{self._path}' ({error.strerror}); name a file in a folder that "
                    "is yours"
                ) from None
            self._put(self._file, self._setup)
        self._put(self._file, traffic)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            with suppress(OSError):  # what could not be written was told when it was kept
                self._file.close()

    @staticmethod
    def _put(file: BinaryIO, thing: Setup | Traffic) -> None:
        file.write(msgspec.json.encode(thing) + b"\n")
        file.flush()


def looks_like_record(path: Path) -> bool:
    """Whether a file begins as records do."""
    try:
        with path.open("rb") as file:
            return _BEGINS.match(file.read(64)) is not None
    except OSError:
        return False


def read_record(path: Path) -> tuple[Setup, Iterator[Traffic]]:
    """Read a record.

    Returns:
        Its set-up, and what went over the lines, in order, a line at a time. It ends with
        `Closed`, unless the record was cut short; the rest of a line cut in two is left out.

    Raises:
        StationError: It cannot be read, or is no record; the line is named. So do the lines, when
            they are come to.
    """
    lines = _lines(path)
    setup: Setup = _decoded(path, 1, next(lines, b""), _SETUP)
    if setup.version != VERSION:
        raise StationError(
            f"{path.name} is a record of version {setup.version}, this program reads {VERSION}; "
            "install a newer one"
        )
    if setup.speeds_mps[0] >= setup.speeds_mps[1]:
        slowest, fastest = setup.speeds_mps
        raise StationError(
            f"{path.name}, line 1: the slowest run, {slowest:g} m/s, is no slower than the "
            f"fastest, {fastest:g} m/s; the record was changed or is damaged"
        )
    return setup, _traffic(path, setup, lines)


def _traffic(path: Path, setup: Setup, lines: Iterator[bytes]) -> Iterator[Traffic]:
    before_ns = 0
    for number, line in enumerate(lines, start=2):
        if not line.endswith(b"\n") and len(line) < LONGEST_LINE:
            return  # the power went while it was written
        if not line.strip():
            continue
        one: Traffic = _decoded(path, number, line, _TRAFFIC)
        wrong = None
        if one.at_ns < before_ns:
            wrong = "time goes back"
        elif number > 2 and one.at_ns - before_ns > LONGEST_PAUSE_NS:
            wrong = "time leaps by days"
        elif not isinstance(one, Closed) and one.slot not in range(len(setup.ports)):
            wrong = f"slot {one.slot} is none of its {counted(len(setup.ports), 'port')}"
        if wrong is not None:
            raise StationError(
                f"{path.name}, line {number}: {wrong}; the record was changed or is damaged"
            )
        before_ns = one.at_ns
        yield one


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while line := file.readline(LONGEST_LINE):
                yield line
    except OSError as error:
        raise StationError(f"cannot read '{path}': {error.strerror}") from None


def _decoded(path: Path, number: int, line: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    try:
        return decoder.decode(line.removeprefix(codecs.BOM_UTF8))
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise StationError(
            f"{path.name}, line {number} is no line of a gate record: {error}; take that line out"
        ) from None
