"""What has to be asked before a key says something, and what answers are understood (pure).

It decides the questions, and what each answer means. Each question is a generator: it yields what
is asked, is sent what was typed, and returns what is meant. One that cannot be understood is asked
again with what was typed, to be mended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hardware.errors import StationError
from station.session import coach, commands
from station.session.events import Wind, is_wind
from station.session.roster import parse_athletes
from station.session.shown import Row, Snapshot

STEP_S = 30.0  # by which a recovery is changed
REPAIRABLE = ("timed", "keyed", "hand")
SINGLE_DIGITS = 10  # so many athletes have a digit of their own; 0 is the tenth

_WINDS: dict[str, Wind] = {"s": "still", "h": "head", "t": "tail", "c": "cross"}
T = TypeVar("T")


class Mute(commands.Command, frozen=True):
    """Times are not spoken from now on; said again, they are."""


class Star(commands.Command, frozen=True):
    """The recording of a rep is kept for good, by default of the last one; again: no longer."""

    rep: int | None = None


class Leave(commands.Command, frozen=True):
    """The session is over, and so is the program."""


Meant = commands.Said | Mute | Star | Leave


@dataclass(frozen=True, slots=True)
class Ask:
    """A question.

    Attributes:
        question: What is asked.
        at_once: Characters that answer alone.
        typed: What stands there to begin with.
        complaint: What was wrong with that.
    """

    question: str
    at_once: str = ""
    typed: str = ""
    complaint: str = ""


Asking = Generator[Ask, str, T]


def by_number(now: Snapshot) -> Asking[Meant]:
    """Choose, repair or finish by number or name."""
    return commands.Pick((yield from _who(now, "number or name", now.rows)))


def _who(now: Snapshot, question: str, among: Sequence[Row] | None = None) -> Asking[str]:
    """Ask for an athlete: a digit, where all have one; else the number, or how the name begins."""
    rows = now.rows if among is None else among
    digits = "".join(_digit(row) for row in rows) if len(now.rows) <= SINGLE_DIGITS else ""
    return (yield from _until(question, lambda text: _athlete(rows, text), digits))


def _athlete(rows: Sequence[Row], text: str) -> str:
    if text.isdecimal():
        number = SINGLE_DIGITS if text == "0" else int(text)
        found = [row.athlete for row in rows if row.number == number]
    else:
        begins = [row.athlete for row in rows if row.athlete.lower().startswith(text.lower())]
        found = [name for name in begins if name.lower() == text.lower()] or begins
    if len(found) != 1 or not text:
        listed = ", ".join(f"{row.number} {row.athlete}" for row in rows)
        raise StationError(f"'{text}' is {'not one' if found else 'none'} of {listed}; type one")
    return found[0]


def _until(question: str, parse: Callable[[str], T], at_once: str = "") -> Asking[T]:
    """Ask until the answer can be understood; what was typed stays to be mended."""
    typed = complaint = ""
    while True:
        typed = yield Ask(question, at_once, typed, complaint)
        try:
            return parse(typed)
        except StationError as error:
            complaint = str(error)


def assign(now: Snapshot) -> Asking[Meant]:
    """Whose an unassigned run was."""
    if not now.tray:
        raise StationError("no run waits unassigned; a digit soon after a run says whose it was")
    run = now.tray[0]
    if len(now.tray) > 1:
        count = min(len(now.tray), 9)
        numbers = "123456789"[:count]
        listed = ", ".join(f"{n} {one.time_s:.2f} s" for n, one in zip(numbers, now.tray))  # noqa: B905
        run = now.tray[(yield from _until(f"which run ({listed})", _number_to(count), numbers)) - 1]
    return commands.Assign((yield from _who(now, f"whose were the {run.time_s:.2f} s")), run.rep)


def repair(now: Snapshot) -> Asking[Meant]:
    """What is to become of an older rep."""
    ran = [(one, row.athlete) for row in now.rows for one in row.ran if one.state in REPAIRABLE]
    ran = sorted(ran, key=lambda one: one[0].rep, reverse=True)[:9]
    if not ran:
        raise StationError("no rep has been run yet that could be repaired")
    numbers = "123456789"[: len(ran)]
    listed = ", ".join(
        f"{number} {athlete}" + ("" if one.time_s is None else f" {one.time_s:.2f} s")
        for number, (one, athlete) in zip(numbers, ran, strict=True)
    )
    chosen = yield from _until(f"which rep ({listed})", _number_to(len(ran)), numbers)
    rep, whose = ran[chosen - 1][0].rep, ran[chosen - 1][1]
    ask = f"{whose}'s: V void, O nobody's, X shared, T a time, or W and whose it was"
    what = yield from _until(ask, _one_of("voxtw"), "voxtw")
    if what == "v":
        return commands.Void(rep)
    if what == "o":
        return commands.SetAside(rep)
    if what == "t":
        return commands.HandTime((yield from _until(f"time of {whose}", _seconds)), whose, rep)
    others = [row for row in now.rows if row.athlete != whose]
    who = yield from _who(now, "who", others)
    return commands.Split(who, rep) if what == "x" else commands.Assign(who, rep)


def early(now: Snapshot) -> Asking[Meant]:
    """Who was ready before the recovery was over."""
    return commands.Note("ready-early", (yield from _who(now, "who was ready early")))


def tight(now: Snapshot) -> Asking[Meant]:
    """Who ran tight."""
    return commands.Note("tight", (yield from _who(now, "who ran tight")))


def split(now: Snapshot) -> Asking[Meant]:
    """With whom the last rep was shared."""
    last = now.last
    if last is None:
        raise StationError("no rep has been run yet that two could share")
    others = [row for row in now.rows if row.athlete != last.athlete]
    second = yield from _who(now, f"who crossed Marker 3 with {last.athlete}", others)
    return commands.Split(second, last.rep)


def hand_time(now: Snapshot) -> Asking[Meant]:
    """Of whom a stopwatch's time is, said before it is typed; then the time."""
    last = now.last
    if last is not None and last.state in ("keyed", "hand") and last.ago_s < coach.TYPING_S:
        athlete, rep = last.athlete, last.rep
    elif now.next is not None:
        athlete, rep = now.next.athlete, None
    else:
        raise StationError("nobody is due, and no rep waits for a time")
    took_s = yield from _until(f"stopwatch time of {athlete}", _seconds)
    return commands.HandTime(took_s, athlete, rep)


def start(now: Snapshot) -> Meant | Asking[Meant]:
    """Start who is next, or the strides of the warm-up; anew only where that is meant."""
    if now.phase != "warm-up":
        return commands.Start()
    return commands.Strides() if now.strides is None else _anew()


def _anew() -> Asking[Meant]:
    yield from _until("strides were begun: A begins them anew, Esc goes on", _one_of("a"), "a")
    return commands.Strides()


def start_group(now: Snapshot) -> Meant:
    """Start all who are due together."""
    if not now.together:
        raise StationError("nobody is due who could start")
    return commands.Start(now.together)


def withdraw(now: Snapshot) -> Asking[Meant]:
    """Who stops, and why."""
    who = yield from _who(now, "who stops", [row for row in now.rows if row.standing != "out"])
    return commands.Withdraw(who, (yield Ask(f"{who} stops; a note for next time, or Enter")))


def join(now: Snapshot) -> Asking[Meant]:
    """Who comes late, or comes back."""
    out = [row for row in now.rows if row.standing == "out"]
    digits = "".join(_digit(row) for row in out) if len(now.rows) <= SINGLE_DIGITS else ""
    back = "".join(f", or {row.number} for {row.athlete}" for row in out)

    def parse(text: str) -> Meant:
        if out and (text.isdecimal() or text in [row.athlete for row in out]):
            return commands.Rejoin(_athlete(out, text))
        athletes = parse_athletes(text)
        if len(athletes) > 1:
            raise StationError(f"'{text}' names {len(athletes)} athletes; let them join one by one")
        return commands.Join(athletes[0])

    return (yield from _until(f"who joins, as Ana:58.0{back}", parse, digits))


def fewer(now: Snapshot) -> Asking[Meant]:
    """Who does fewer reps, and how many."""
    who = yield from _who(now, "who does fewer reps")
    row = next(row for row in now.rows if row.athlete == who)
    question = f"reps of {who} in all (ran {row.done} of {row.planned})"
    return commands.Fewer(who, (yield from _until(question, _number_to(row.planned))))


def longer(now: Snapshot) -> Asking[Meant]:
    """Who rests longer."""
    return commands.ChangeRecovery(STEP_S, (yield from _who(now, f"who rests {STEP_S:g} s longer")))


def wind(now: Snapshot) -> Asking[Meant]:
    """The wind in the set that is run."""
    question = f"wind in set {now.set} (S still, H head, T tail, C cross; or m/s, - from ahead)"
    return commands.NoteWind((yield from _until(question, _wind_of, "".join(_WINDS))), now.set)


def quit(now: Snapshot) -> Asking[Meant]:
    """Whether that was meant: nothing is undone after leaving."""
    cool_down = now.phase in ("on", "held")
    question = "Q again or Enter ends and leaves" + (", C begins the cool-down" * cool_down)
    answers: dict[str, Meant] = {
        "q": Leave(),
        "": Leave(),
        **({"c": commands.End()} if cool_down else {}),
    }

    def parse(text: str) -> Meant:
        if text.lower() in answers:
            return answers[text.lower()]
        raise StationError(f"'{text}' ends nothing; press Q again, or Esc to go on")

    return (yield from _until(f"{question}, Esc goes on", parse, "".join(answers)))


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(?:(\d{1,2}):(?=\d\d(?:[.,]|$)))?(\d{1,3}(?:[.,]\d{1,3})?)", text, re.A)
    if match is None:
        raise StationError(
            f"'{text}' is no time; type seconds or minutes:seconds, as 8.4 or 1:02.3"
        )
    return 60.0 * int(match[1] or 0) + float(match[2].replace(",", "."))


def _wind_of(text: str) -> Wind:
    if text.lower() in _WINDS:
        return _WINDS[text.lower()]
    match = re.fullmatch(r"[+-]?\d{1,2}(?:[.,]\d)?", text, re.A)
    if match is None or not is_wind(speed_mps := float(text.replace(",", "."))):
        raise StationError(f"'{text}' is no wind; press S, H, T or C, or type m/s, as 1.8 or -0.6")
    return speed_mps


def _number_to(most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text[:4]) <= most:
            raise StationError(f"'{text}' is no number from 1 to {most}; type one")
        return int(text)

    return parse


def _one_of(letters: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if len(text) != 1 or text.lower() not in letters:
            raise StationError(f"'{text}' is none of {', '.join(letters.upper())}; press one")
        return text.lower()

    return parse


def _digit(row: Row) -> str:
    return str(row.number % SINGLE_DIGITS)
