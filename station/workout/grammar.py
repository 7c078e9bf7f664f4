"""The grammar of workouts: text to reps as they are written, recoveries left open included (pure).

It decides what may be written, what each recovery speaks of, and how a mistake is pointed at. It
never decides how long a recovery is that was left open.

A line is a block, `;` does for a new line, and in brackets a new line is only a space. `2:30 Rec`
is the recovery after what stands before it; said outside of brackets, it replaces what was said
last inside; said once after `6 x 200m`, it is the one after each of them but the last. `Rec
between reps` and `Rec between sets` fill what the line up to there leaves open;
at the beginning of a line, what all lines above leave open. Beyond the training text's own way of
writing: `x`, `X`, `×` or `*`; capitals or not; `,` for `.`, or neither; `30 m`, `30 metres`;
`90 s`, `90 sec`, `90"`, `3 min`, `3'`, `2'30`, `2:30 min`; `Recovery` or `Rest` for `Rec`, which
may be left out before `between`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from hardware.errors import StationError
from station.workout.usual import MOST_REPS

SHORTEST_M, LONGEST_M = 10, 400  # 400 m pace is run over no more than 400 m
LONGEST_RECOVERY_S = 3600
EXCERPT = 24  # characters shown on either side of a mistake

GRAMMAR = r"""
    start: _steps
    brackets: "(" _steps ")"
    _steps: stop? (reps (stop? (reps | after | between_reps | between_sets))*) stop?
    reps: (COUNT _X)* (DISTANCE | brackets)
    after: _time _REC
    between_reps: _time _REC? _BETWEEN _REPS
    between_sets: _time _REC? _BETWEEN _SETS
    _time: CLOCK | SECONDS | MINUTES
    stop: (_STOP | LINE)+

    DISTANCE.2: /[0-9]+\s*(m|met(er|re)s?)(?![a-z])/i
    CLOCK.3: /[0-9]+(:[0-9]+(\s*min(s|utes?)?(?![a-z]))?|['’′][0-9]+(["”″]|['’′]{2})?)/i
    SECONDS.2: /[0-9]+\s*(s(ecs?|econds?)?(?![a-z])|["”″]|['’′]{2})/i
    MINUTES.2: /[0-9]+\s*(min(s|utes?)?(?![a-z])|['’′](?!['’′]))/i
    COUNT: /[0-9]+/
    _X: /[x×*]/i
    _REC: /(rec(overy)?|rest)(?![a-z])/i
    _BETWEEN: /between(?![a-z])/i
    _REPS: /reps?(?![a-z])/i
    _SETS: /sets?(?![a-z])/i
    _STOP: /[.,]/
    LINE: /[\n;]/
    %ignore /[^\S\n]+/
"""
EXPECTED = {
    "DISTANCE": "a distance as '30m'",
    "COUNT": "a count as in '3 x'",
    "LPAR": "'('",
    "CLOCK": "a recovery as '3:00 Rec'",
    "_X": "'x' (a distance is written 30m, a time 3:00)",
    "_REC": "'Rec' (as 3:00 Rec between reps)",
    "_BETWEEN": "'between'",
    "_REPS": "'reps'",
    "_SETS": "'sets'",
    "RPAR": "')'",
    "$END": "the end",
}
OF_NO_UNIT = re.compile(r"[0-9]+(?:[^\W0-9]|[^\S\n]*(?:[.,;)\n]|$))")
OF_A_UNIT = "a distance as '30m', a count as '3 x' or a time as '3:00'"


@dataclass(slots=True)
class WrittenRep:
    """One rep as it is written.

    Attributes:
        distance_m: Its length.
        at: Where it stands in the text, in characters from its beginning.
        recovery_s: The recovery after it, None where that is left open.
        ends_set: Whether the rep after it begins another set.
    """

    distance_m: int
    at: int
    recovery_s: int | None = None
    ends_set: bool = False


class NotationError(Exception):
    """What is wrong with a text, and where: characters from its beginning."""

    def __init__(self, at: int, what: str) -> None:
        super().__init__(what)
        self.at = at


def parse(text: str) -> list[WrittenRep]:
    """Read what is written.

    Returns:
        At least one rep, in order.

    Raises:
        NotationError: It is no workout.
    """
    parser = _grammar().parse_interactive(text)
    try:
        parser.exhaust_lexer()
        reps: list[WrittenRep] = parser.feed_eof()  # type: ignore[no-untyped-call]
        return reps
    except UnexpectedToken as error:
        ends = error.token.type == "$END"
        at = len(text.rstrip()) if ends else error.token.start_pos or 0
    except UnexpectedCharacters as error:
        ends, at = False, error.pos_in_stream or 0
    found = "it ends" if ends or text[at : at + 1] == "\n" else f"found '{_word(text, at)}'"
    accepted = parser.accepts()  # type: ignore[no-untyped-call]
    start = len(text[:at].rstrip().rstrip("0123456789"))
    if "_X" in accepted and OF_NO_UNIT.match(text, start):
        raise NotationError(start, f"found '{_word(text, start)}', expected {OF_A_UNIT}")
    *others, last = [name for terminal, name in EXPECTED.items() if terminal in accepted]
    expected = f"{', '.join(others)} or {last}" if others else last
    raise NotationError(at, f"{found}, expected {expected}")


class MisreadError(StationError):
    """A text is no workout: where its mistake is, with line, column, and a caret.

    Attributes:
        plainly: The same for whoever sees the place: what is wrong there, and what to write.
        before: Its line up to the mistake.
        wrong: What cannot be read; " …" where something is missing.
        after: The rest of its line.
    """

    def __init__(self, text: str, mistake: NotationError) -> None:
        start = text.rfind("\n", 0, mistake.at) + 1
        before, rest = text[start : mistake.at], text[mistake.at :].partition("\n")[0]
        line = text.count("\n", 0, mistake.at) + 1
        super().__init__(
            f"workout, line {line}, column {len(before) + 1}: "
            f"{mistake}: {before[-EXCERPT:].lstrip()}^{rest[:EXCERPT].rstrip()}"
        )
        wrong = _word(rest, 0)
        self.before, self.wrong = before[-EXCERPT:], wrong or " …"
        self.after = rest[len(wrong) :][:EXCERPT]
        what, _, expected = str(mistake).partition(", expected ")
        what = what.replace("found", "cannot read", 1)
        self.plainly = f"Line {line}: {what}; write {expected}."


@cache
def _grammar() -> Lark:
    return Lark(GRAMMAR, parser="lalr", transformer=_Meaning())


def _word(text: str, at: int) -> str:
    word = re.compile(r"\w{1,16}|.", re.DOTALL).match(text, at)
    return word[0] if word else ""


@dataclass(frozen=True, slots=True)
class _Group:
    reps: list[WrittenRep]
    plain: bool  # one rep, written alone
    once: bool  # with a count of 1: what is between its reps or sets may be said all the same


@dataclass(frozen=True, slots=True)
class _Recovery:
    token: Token
    of: str  # "after", "reps" or "sets"


@dataclass(frozen=True, slots=True)
class _Stop:
    new_line: bool


_Step = _Group | _Recovery | _Stop


class _Meaning(Transformer[Token, list[WrittenRep]]):
    """What each rule of the grammar means; called while the text is read, innermost first."""

    def start(self, steps: list[_Step]) -> list[WrittenRep]:
        return _in_order(steps)

    def brackets(self, steps: list[_Step]) -> list[WrittenRep]:
        return _in_order([step for step in steps if not isinstance(step, _Stop)])

    def reps(self, parts: list[Token | list[WrittenRep]]) -> _Group:
        *counts, body = parts
        if isinstance(body, Token):
            reps = [WrittenRep(_whole(body, SHORTEST_M, LONGEST_M, "metres"), _at(body))]
        else:
            reps = body
        plain = len(reps) == 1
        once = False
        for count in reversed(counts):
            assert isinstance(count, Token)
            times = _whole(count, 1, MOST_REPS, "times")
            if times * len(reps) > MOST_REPS:
                raise NotationError(_at(count), f"more than {MOST_REPS} reps, expected fewer")
            reps[-1].ends_set = not plain
            reps = [replace(rep) for _ in range(times) for rep in reps]
            plain = False
            once |= times == 1
        return _Group(reps, plain, once)

    def after(self, tokens: list[Token]) -> _Recovery:
        return _Recovery(tokens[0], "after")

    def between_reps(self, tokens: list[Token]) -> _Recovery:
        return _Recovery(tokens[0], "reps")

    def between_sets(self, tokens: list[Token]) -> _Recovery:
        return _Recovery(tokens[0], "sets")

    def stop(self, lines: list[Token]) -> _Stop:
        return _Stop(new_line=bool(lines))


def _in_order(steps: list[_Step]) -> list[WrittenRep]:
    reps: list[WrittenRep] = []
    line_start = group_start = 0
    new_line = plain = once = rested = False
    for step in steps:
        match step:
            case _Stop():
                new_line = step.new_line
                continue
            case _Group():
                if reps:
                    reps[-1].ends_set = new_line or not (plain and step.plain)
                if new_line:
                    line_start = len(reps)
                group_start = len(reps)
                reps += step.reps
                plain, once, rested = step.plain, step.once, False
            case _Recovery(token, "after"):
                if _fill_each(reps[group_start:], token):
                    continue
                if rested:
                    raise NotationError(_at(token), "a second recovery, expected reps as '4 x 50m'")
                reps[-1].recovery_s = _seconds(token)
                rested = True
            case _Recovery():
                if not _fill(reps[0 if new_line else line_start :], step) and not once:
                    raise NotationError(
                        _at(step.token),
                        f"no two {step.of} before it whose recovery is open, expected none here",
                    )
        new_line = False
    return reps


def _fill_each(reps: list[WrittenRep], token: Token) -> bool:
    """Let it be the recovery after each rep of a group but the last; whether it can be."""
    still_open = [rep for rep in reps[:-1] if rep.recovery_s is None]
    if any(rep.ends_set for rep in still_open):
        return False
    for rep in still_open:
        rep.recovery_s = _seconds(token)
    return bool(still_open)


def _fill(reps: list[WrittenRep], said: _Recovery) -> int:
    """Let every recovery of this kind that is open as yet be as long as said; how many are."""
    seconds = _seconds(said.token)
    of_sets = said.of == "sets"
    still_open = [rep for rep in reps[:-1] if rep.ends_set == of_sets and rep.recovery_s is None]
    for rep in still_open:
        rep.recovery_s = seconds
    return len(still_open)


def _seconds(token: Token) -> int:
    if token.type == "CLOCK":
        minutes, seconds = re.findall("[0-9]+", token)
        if not re.fullmatch("[0-5][0-9]", seconds):
            raise NotationError(_at(token), f"'{token[:16]}' is no time, expected one as '1:05'")
    elif token.type == "MINUTES":
        minutes, seconds = token, "0"
    else:
        minutes, seconds = "0", token
    total_s = 60 * _number(minutes) + _number(seconds)
    if not 0 < total_s <= LONGEST_RECOVERY_S:
        raise NotationError(_at(token), f"'{token[:16]}', expected a recovery of 0:01 to 60:00")
    return total_s


def _whole(token: Token, least: int, most: int, unit: str) -> int:
    number = _number(token)
    if not least <= number <= most:
        raise NotationError(_at(token), f"'{token[:16]}', expected {least} to {most} {unit}")
    return number


def _number(text: str) -> int:
    """The number in a token; of one that is absurdly long, only so much that it is too large."""
    return int(re.sub("[^0-9]", "", text).lstrip("0")[:9] or 0)


def _at(token: Token) -> int:
    return token.start_pos or 0
