"""Who trains: names and times, from the command line, a page, or a TOML file.

It decides what an athlete is and what a well-formed roster is. It never decides who runs next.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import msgspec

from hardware.errors import StationError
from hardware.files import write_whole
from hardware.toml import toml
from station.pace import parse_time, seconds

FASTEST_800_S = 100.0  # the world record is 100.91 s (D. Rudisha, London 2012)
SLOWEST_800_S = 480.0
RUN_IN_S = 9.0  # from the start to Marker 2: 8 to 10 s
EXAMPLE = 'write athletes as "Ana:58.0,Ben:55.5:sprinter"'
LONGEST_NAME, LONGEST_INITIALS = 60, 12
EXCERPT = 24
JOINERS = "\u200c\u200d"  # Persian, Indic and emoji names hold them
TYPE = re.compile("`([^`]*)`")
TYPES = {
    "float | str | null": 'a time as 58.4 or "1:02"',
    "float": "a number",
    "int": "a whole number",
    "str": "words in quotes",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}
# "Ana;58.0" and "Ana 58.0" would be called so.
NO_COLON = re.compile(r"(?:[;=]\s*\d\d(?:[.,]\d+)?|\s\d\d[.,]\d+)\s*$")
BETWEEN_ATHLETES = re.compile(r",(?!(?<=:\d\d,)\d+\s*(?:[,:]|$))")  # but not in "Ana:58,4"
MOST_BYTES = 1_000_000  # a roster has a few hundred


class Athlete(msgspec.Struct, frozen=True, omit_defaults=True):
    """One athlete. The name tells one from another.

    Attributes:
        name: As the coach calls, composed (NFC) and without spaces around it.
        time_400_s: 400 m time, None where not known.
        time_800_s: 800 m time, None where not known.
        sprinter: Whether a 400 m sprinter, who rests longer.
        initials: For narrow displays; empty where the name is to do.
        run_in_s: How long this athlete usually runs before Marker 2.
    """

    name: str
    time_400_s: float | None = None
    time_800_s: float | None = None
    sprinter: bool = False
    initials: str = ""
    run_in_s: float = RUN_IN_S

    def at_pace_s(self, distance_m: float) -> tuple[float | None, float | None]:
        """How long a distance takes at the pace of the 400 m and of the 800 m time."""
        return (
            None if self.time_400_s is None else self.time_400_s * distance_m / 400.0,
            None if self.time_800_s is None else self.time_800_s * distance_m / 800.0,
        )


class Row(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An athlete as the file has it: times are numbers of seconds or what a coach writes.

    Attributes:
        here: Whether today; who is not is left out of the group.
    """

    name: str
    time_400_s: float | str | None = None
    time_800_s: float | str | None = None
    sprinter: bool = False
    initials: str = ""
    run_in_s: float = RUN_IN_S
    here: bool = True


class _File(msgspec.Struct, forbid_unknown_fields=True):
    athletes: list[Row]


def parse_athletes(text: str) -> tuple[Athlete, ...]:
    """Read `Ana:58.0,Ben:55.5:sprinter`: name, 400 m time, "sprinter"; the last two optional.

    Returns:
        The athletes in running order.

    Raises:
        StationError: A part is none of these, or a name comes twice.
    """
    return _group(_parse_one(part) for part in BETWEEN_ATHLETES.split(text))


def load_roster(path: Path) -> tuple[Athlete, ...]:
    """Read a roster: `[[athletes]]` tables of the fields of `Row`.

    Returns:
        The athletes who are here, in running order.

    Raises:
        StationError: There is no such file, or it is no roster; the message says where.
    """
    rows = load_rows(path)
    try:
        _group(map(of_row, rows))
        return _group(of_row(row) for row in rows if row.here)
    except StationError as error:
        raise StationError(f"{path}: {error}") from None


def load_rows(path: Path) -> list[Row]:
    """Read a roster as it is written, with those who are not here; else as `load_roster`."""
    try:
        if path.exists() and not path.is_file():
            raise StationError(f"{path} is no file that could be a roster; name one")
        with path.open("rb") as file:
            text = file.read(MOST_BYTES).decode("utf-8-sig")  # as some editors on Windows save it
        return msgspec.convert(tomllib.loads(text), _File).athletes
    except OSError as error:
        raise StationError(
            f"cannot read the roster {path} ({error.strerror}); name a file of [[athletes]] tables"
        ) from None
    except (ValueError, RecursionError) as error:  # of UTF-8, TOML and msgspec
        raise StationError(
            f"{path} is no roster: {_plainly(str(error))}; write one [[athletes]] table for each, "
            "with a name"
        ) from None


def _plainly(said: str) -> str:
    """What msgspec says of a value, for who never saw its types: whose it is, and what to write."""
    what, _, where = said.partition(" - at `$.athletes[")
    number, _, field = where.rstrip("`").partition("]")
    if number.isdecimal():
        said = f"of athlete {int(number) + 1}{field.replace('.', ', ')}: {what}"
    if "unknown field" in said:
        said += f" (there are {', '.join(Row.__struct_fields__)})"
    return TYPE.sub(lambda type_: TYPES.get(type_[1], type_[0]), said)


def beside(journal: Path) -> Path:
    """The roster that the console keeps, where it keeps its journal."""
    return journal.with_name("roster.toml")


def save_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write a roster that `load_roster` reads.

    Raises:
        StationError: One of them is no athlete, or named twice; or it cannot be written.
    """
    kept = list(rows)
    if kept:
        _group(map(of_row, kept))
    tables = ["".join(map(_line, msgspec.to_builtins(row).items())) for row in kept]
    written = "\n".join(f"[[athletes]]\n{table}" for table in tables) or "athletes = []\n"
    write_whole(path, written.encode())


def _line(field: tuple[str, object]) -> str:
    return f"{field[0]} = {toml(field[1])}\n"


def _parse_one(part: str) -> Athlete:
    name, *rest = part.split(":")
    # A time may itself hold a colon, as 1:02.
    sprinter = bool(rest) and rest[-1].strip().lower() == "sprinter"
    time = ":".join(rest[:-1] if sprinter else rest).strip()
    try:
        if NO_COLON.search(name):
            raise StationError(f"'{name.strip()}' is no name: a colon parts it from a 400 m time")
        return Athlete(_name(name), parse_time(time) if time else None, sprinter=sprinter)
    except StationError as error:
        raise StationError(f"{error}; {EXAMPLE}") from None


def of_row(row: Row) -> Athlete:
    """The athlete that a row describes.

    Raises:
        StationError: It describes none.
    """
    if not 2.0 <= row.run_in_s <= 60.0:
        raise StationError(
            f"{row.name!r} has run_in_s = {row.run_in_s:g}; from the start to Marker 2 takes 8 to "
            "10 s, give 2 to 60"
        )
    try:
        time_400_s = None if row.time_400_s is None else parse_time(str(row.time_400_s))
    except StationError as error:
        raise StationError(f"{row.name!r}: {error}") from None
    initials = row.initials.strip()
    if len(initials) > LONGEST_INITIALS or not is_text(initials):
        raise StationError(
            f"{row.name!r} has the initials {initials[:EXCERPT]!r}; give up to {LONGEST_INITIALS} "
            "letters"
        )
    return Athlete(
        _name(row.name),
        time_400_s,
        None if row.time_800_s is None else _time_800_s(row.name, row.time_800_s),
        row.sprinter,
        initials,
        row.run_in_s,
    )


def _time_800_s(name: str, given: float | str) -> float:
    time_s = seconds(str(given))
    if time_s is None or not FASTEST_800_S <= time_s <= SLOWEST_800_S:
        raise StationError(
            f"{name!r} has the 800 m time {given}; give seconds or minutes:seconds, as 131.5 or "
            f"2:11.5, between {FASTEST_800_S:g} s and 8:00"
        )
    return time_s


def _name(text: str) -> str:
    """One name in one spelling, however it was typed."""
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not name or not is_text(name):
        raise StationError(f"{text[:EXCERPT]!r} is no name; give each athlete a name")
    if len(name) > LONGEST_NAME:
        raise StationError(
            f"{name[:EXCERPT]!r}… is a name of {len(name)} characters; give up to {LONGEST_NAME}"
        )
    return name


def is_text(text: str) -> bool:
    """Whether it can be shown: no control characters, but for the joiners that scripts need."""
    return all(one.isprintable() or one in JOINERS for one in text)


def _group(athletes: Iterable[Athlete]) -> tuple[Athlete, ...]:
    group: dict[str, Athlete] = {}
    for one in athletes:
        if one.name in group:
            raise StationError(f"{one.name} is named twice; give each athlete a name of their own")
        group[one.name] = one
    if not group:
        raise StationError("the roster names no athlete; name at least one")
    return tuple(group.values())
