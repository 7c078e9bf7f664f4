"""Any gate that says one edge a line, read as a person describes it in TOML.

It decides what a well-formed description is, and reads lines by it. It never guesses: what the
description does not fit is no edge. The expressions are RE2's, which take a time proportional to
the line whatever the expression, so that none can stall the station ("(a+)+$" stalls Python's
own); the price is that look-around and back-references are refused.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import sqrt
from pathlib import Path
from typing import Annotated, Any

import msgspec
import re2
from msgspec import Meta

from hardware.errors import StationError
from hardware.gates.line_parser import Count, LineParser, senseless
from hardware.gates.protocol import Protocol
from hardware.readings import BeamEdge, GateReading, Greeting

MOST_BYTES = 100_000  # a description has a few hundred
MOST_DIGITS = 20  # 64 bits need no more
HOST_SIGMA_S = 0.005  # USB serial chips deliver every 16 ms at worst: 16 ms / √12
LINE_GROUPS = {"gate", "state", "ticks", "h", "m", "s", "sequence", "restart"}
GREETING_GROUPS = {"device", "uid"}

Text = Annotated[str, Meta(min_length=1, max_length=1000)]
Texts = Annotated[tuple[str, ...], Meta(max_length=100)]
Baud = Annotated[int, Meta(ge=50, le=4_000_000)]


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the TOML file may say; `example.toml` explains each key.

    Attributes:
        name: Of the protocol.
        line: Expression that a whole line with an edge fits, with groups of `LINE_GROUPS`.
        bauds: Rates of the line, the likeliest first.
        title: Make and model, for people; the name where it is left out.
        gate: The gate's name where the line does not tell.
        broken: Texts of the group `state` that say that the beam was broken.
        clear: Texts of it that say that the beam was clear again.
        ticks_per_s: Ticks in a second; needed where the line has a stamp, and only there.
        wrap_ticks: The stamp starts again from 0 after so many.
        rate_tolerance: Largest relative error of the device's clock; a ceramic resonator's 0.5 %
            where nothing is said.
        stamp_sigma_s: One standard deviation of a stamp; where left out, that of rounding to a
            tick, or of a USB adapter's delay where the device stamps nothing.
        line_ends: Each of these characters ends a line.
        question: What may be sent to find out whether the device is there.
        greeting: Expression that its answer, or its first line, fits.
        ignore: Expression that other lines fit that are in order and no edges.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
    line: Text
    bauds: Annotated[tuple[Baud, ...], Meta(min_length=1, max_length=10)]
    title: Annotated[str, Meta(max_length=100)] = ""
    gate: Annotated[str, Meta(min_length=1, max_length=32)] = "1"
    broken: Texts = ()
    clear: Texts = ()
    ticks_per_s: Annotated[float, Meta(gt=0, le=1e12)] | None = None
    wrap_ticks: Annotated[int, Meta(gt=0)] | None = None
    rate_tolerance: Annotated[float, Meta(ge=0, le=0.1)] = 0.005
    stamp_sigma_s: Annotated[float, Meta(gt=0, le=1)] | None = None
    line_ends: Annotated[str, Meta(min_length=1, max_length=10)] = "\r\n"
    question: Annotated[str, Meta(max_length=100)] = ""
    greeting: Text | None = None
    ignore: Text | None = None


def generic_protocol(path: Path) -> Protocol:
    """The protocol that a TOML file describes.

    Args:
        path: The file; see `Description` for its keys.

    Returns:
        A protocol like any of the known ones.

    Raises:
        StationError: The file is missing or no TOML, or what it says contradicts itself.
    """
    return described_protocol(read_description(path), str(path))


def read_description(path: Path) -> str:
    """The text of a gate's description.

    Raises:
        StationError: The file is missing, or cannot be one.
    """
    try:
        if path.exists() and not path.is_file():
            raise StationError(f"the gate description {path} is no regular file; name a TOML file")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise StationError(
                f"the gate description {path} has over {MOST_BYTES} bytes; one has a few lines"
            )
        return content.decode()
    except OSError as error:
        raise StationError(
            f"cannot read the gate description {path} ({error.strerror}); name a readable file"
        ) from None
    except ValueError as error:
        raise StationError(
            f"the gate description {path} is not TOML, but no text at all ({error}); name another"
        ) from None


def described_protocol(text: str, source: str) -> Protocol:
    """The protocol that a description's text describes; `source` is its name in errors.

    Raises:
        StationError: It is no TOML, or what it says contradicts itself.
    """
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # of TOML, endless digits; of nesting
        raise StationError(
            f"the gate description {source} is not TOML ({error}); mend it; expressions stand in "
            "single quotes"
        ) from None
    try:
        return replace(_protocol(msgspec.convert(table, Description)), definition=text)
    except (StationError, msgspec.ValidationError) as error:
        raise StationError(
            f"the gate description {source} is wrong: {_in_one_line(error)}; mend it, as the "
            "commented example.toml shows"
        ) from None


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _protocol(said: Description) -> Protocol:
    line = _expression("line", said.line, LINE_GROUPS)
    stamped = _check_stamp(said, line.groupindex.keys())
    both_edges = _check_state(said, "state" in line.groupindex)
    parser = partial(
        GenericParser,
        said,
        line,
        _expression("greeting", said.greeting, GREETING_GROUPS),
        _expression("ignore", said.ignore, set()),
        _bytes("line_ends", said.line_ends),
        _stamp_sigma_s(said),
    )
    return Protocol(
        name=said.name,
        title=said.title or said.name,
        bauds=said.bauds,
        question=_bytes("question", said.question),
        stamped_by="device" if stamped else "host",
        ticks_per_s=said.ticks_per_s,
        wrap_ticks=said.wrap_ticks,
        rate_tolerance=said.rate_tolerance if stamped else 0.0,
        both_edges=both_edges,
        heartbeat_s=None,
        parser=parser,
    )


def _expression(key: str, text: str | None, may_have: set[str]) -> Any:
    """Compile one; an expression that is left out fits nothing."""
    options = re2.Options()
    options.log_errors = False  # they are told here, in one line
    try:
        expression = re2.compile(text if text is not None else r"[^\x00-\x{10FFFF}]", options)
    except re2.error as error:
        why = error.args[0].decode(errors="replace") if error.args else "unknown"
        raise StationError(
            f"{key} = '{text}' is no expression that RE2 can read ({why}); it has neither "
            "look-around nor back-references"
        ) from None
    unknown = expression.groupindex.keys() - may_have
    if unknown:
        known = ", ".join(sorted(may_have)) or "none"
        raise StationError(
            f"{key} names a group {min(unknown)}; the groups that mean something are: {known}"
        )
    return expression


def _check_stamp(said: Description, groups: set[str]) -> bool:
    """Whether the device stamps, and whether the description agrees with itself on that."""
    if "ticks" in groups and groups & {"h", "m", "s"}:
        raise StationError("line has the group ticks and also h, m or s; keep one stamp of the two")
    if groups & {"h", "m"} and "s" not in groups:
        raise StationError("line has hours or minutes and no group s; name the seconds (?P<s>…)")
    stamped = bool(groups & {"ticks", "s"})
    if stamped and said.ticks_per_s is None:
        raise StationError(
            "line has a stamp and ticks_per_s is missing; say how many ticks make a second, as 1000"
        )
    for key in ("ticks_per_s", "wrap_ticks"):
        if not stamped and getattr(said, key) is not None:
            raise StationError(
                f"{key} is {getattr(said, key)} and line has no group ticks or s; name the stamp "
                f"(?P<ticks>…), or leave {key} out"
            )
    return stamped


def _check_state(said: Description, told: bool) -> bool:
    """Whether the device tells both edges, and whether the description agrees on that."""
    if told and not said.broken:
        raise StationError(
            'line has the group state and broken is missing; say which texts mean it, as ["1"]'
        )
    if not told and (said.broken or said.clear):
        raise StationError("broken or clear is given and line has no group state; name it there")
    both = set(said.broken) & set(said.clear)
    if both:
        raise StationError(f'"{min(both)}" is in broken and in clear; it can mean one of them')
    return bool(said.clear)


def _stamp_sigma_s(said: Description) -> float:
    if said.stamp_sigma_s is not None:
        return said.stamp_sigma_s
    return HOST_SIGMA_S if said.ticks_per_s is None else 1 / said.ticks_per_s / sqrt(12)


def _bytes(key: str, text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise StationError(f'{key} is "{text}"; give characters that are one byte each') from None


class GenericParser(LineParser):
    """Reads lines as a description says."""

    def __init__(
        self, said: Description, line: Any, greeting: Any, ignore: Any, ends: bytes, sigma_s: float
    ) -> None:
        """Start a conversation.

        Args:
            said: The description.
            line: Compiled expression of an edge.
            greeting: Compiled expression of a greeting.
            ignore: Compiled expression of what is passed over.
            ends: Bytes that end a line.
            sigma_s: One standard deviation of a stamp.
        """
        super().__init__(ends)
        self._said = said
        self._line, self._greeting, self._ignore = line, greeting, ignore
        self._sigma_s = sigma_s
        self._ticks_per_s = Fraction(said.ticks_per_s or 0)
        self._epoch = 0
        self._count = Count()

    def _read(self, line: str, arrival_ns: int) -> list[GateReading]:
        if fit := self._line.fullmatch(line):
            found: dict[str, str | None] = fit.groupdict()
            if edge := self._edge(found, arrival_ns):
                number = _whole(found.get("sequence"))
                if number is None:
                    return [edge]
                return [*self._count.lost_before(number, arrival_ns), edge]
        elif fit := self._greeting.fullmatch(line):
            found = fit.groupdict()
            title = self._said.title or self._said.name
            return [Greeting(found.get("device") or title, found.get("uid"), None, (), arrival_ns)]
        elif self._ignore.fullmatch(line):
            return []
        return senseless(line, arrival_ns)

    def _edge(self, found: dict[str, str | None], arrival_ns: int) -> BeamEdge | None:
        """What the groups say; None where they contradict the description."""
        said = self._said
        state = found.get("state")
        if "state" in found and state not in said.broken and state not in said.clear:
            return None
        ticks = None
        if said.ticks_per_s is not None:
            ticks = self._ticks(found)
            if ticks is None or (said.wrap_ticks and ticks >= said.wrap_ticks):
                return None
        if found.get("restart"):
            self._epoch += 1
        return BeamEdge(
            gate=found.get("gate") or said.gate,
            blocked="state" not in found or state in said.broken,
            device_ticks=ticks,
            arrival_ns=arrival_ns,
            stamp_sigma_s=self._sigma_s,
            epoch=self._epoch,
        )

    def _ticks(self, found: dict[str, str | None]) -> int | None:
        if "ticks" in found:
            return _whole(found["ticks"])
        hours, minutes = _whole(found.get("h") or "0"), _whole(found.get("m") or "0")
        seconds = _decimal(found["s"])
        if hours is None or minutes is None or seconds is None:
            return None
        return round((hours * 3600 + minutes * 60 + seconds) * self._ticks_per_s)


def _whole(text: str | None) -> int | None:
    """A count; None where it is none, or longer than any counter."""
    if text and len(text) <= MOST_DIGITS and text.isascii() and text.isdigit():
        return int(text)
    return None


def _decimal(text: str | None) -> Fraction | None:
    """Seconds, exactly; a comma is a point."""
    whole, _, fraction = (text or "").replace(",", ".").partition(".")
    count = _whole(whole)
    if count is None or (fraction and _whole(fraction) is None):
        return None
    return count + Fraction(int(fraction or 0), 10 ** len(fraction))
