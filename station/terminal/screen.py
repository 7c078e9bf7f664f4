"""A session on a screen of any size: what stands where, and how large (pure).

It decides lines, their places and styles; each region keeps its place, full or empty. What stands
in it `station.terminal.screen_regions` decides; it writes to no terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from rich.cells import cell_len
from rich.text import Text

from station.legible import IN_A_CELL, in_ascii
from station.session.shown import SHAPES, Snapshot
from station.terminal.keys import KEYS, bottom_line, digits_mean
from station.terminal.screen_regions import asides, last_rep, next_up, table, then, verdict, when
from station.terminal.screen_text import beside, fit, padded, safe, wrapped
from station.workout.notation import clock

TWO_COLUMNS = 70  # from this width on, what is next and what was last stand side by side
LEAST_HEIGHT = 13  # below it there is a line for each
LEAST_BODY = 9  # lines that these two need before athletes get a table
COUNTDOWN_CELLS = 11  # beside a name
GAP = 2
_STYLES = {"good": "", "doubt": "doubt", "bad": "bad", "off": ""}

THEMES = {
    "sun": {
        "base": "#000000 on #ffffff",
        "good": "bold #005f00",
        "bad": "bold #af0000",
        "doubt": "bold #875f00",
    },
    "night": {"base": "none", "good": "bold green", "bad": "bold red", "doubt": "bold yellow"},
}
"""Near-black on near-white for the track, and the terminal's own colours for a hall."""


@dataclass(frozen=True, slots=True)
class View:
    """What is on the screen beside the session.

    Attributes:
        prompt: What is being asked, with what was typed.
        help: Whether all keys are shown.
        news: What the coach was told, the latest last.
        flash: What the eye is to be drawn to; empty where nothing is.
        lit: Whether the whole screen is drawn in reverse, for a moment.
    """

    prompt: str = ""
    help: bool = False
    news: Sequence[str] = ()
    flash: str = ""
    lit: bool = False


def draw(
    now: Snapshot | None, view: View, width: int, height: int, *, blocks: bool = True
) -> list[Text]:
    """Draw the screen.

    Args:
        now: The session; None before there is one.
        view: What else there is.
        width: Cells in a line.
        height: Lines.
        blocks: Whether more than ASCII can be shown.

    Returns:
        So many lines, each no wider than that. Styles are those of `THEMES`.
    """
    foot = _foot(now, view, width, 2 if height >= 20 and width < 100 else 1)
    news_count = 1 if height < 20 else 2 if height < 30 else 4
    news = [line for told in view.news for line in wrapped(told, width)][-news_count:]
    if now is None:
        body = fit([], height - len(foot) - news_count)
    elif height < LEAST_HEIGHT:
        body = fit(_in_few_lines(now, view, width), height - len(foot) - news_count)
    elif view.help:
        body = _help(now, width, height - len(foot) - news_count)
    else:
        body = _session(now, view, width, height - len(foot) - news_count, blocks)
    blank = [Text()] * (news_count - len(news))
    lines = [*body, *(line.copy() for line in blank), *news, *foot][-height:]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
        if not blocks:
            line.plain = in_ascii(line.plain.translate(IN_A_CELL))
            line.truncate(width)
    return lines


def in_a_line(now: Snapshot) -> str:
    """Who is next and when, where there is no room but for a line."""
    if now.next is None:
        return now.headline
    return f"{now.headline}: {now.next.athlete}, {when(now, now.next)}"


def _in_few_lines(now: Snapshot, view: View, width: int) -> list[Text]:
    lines = [_state(now, view, width)] if view.flash or now.troubles else []
    lines.append(_headline(now, width))
    if now.next is not None:
        lines.append(Text(f"{safe(now.next.athlete)} {when(now, now.next)}", "bold"))
    elif now.around:
        lines += [line for line in next_up(now, width, 4, blocks=False) if line]
    if now.last is not None:
        digits = now.last.written.digits
        line = Text(f"{safe(now.last.athlete)} ").append(verdict(now.last))
        lines.append(line.append(f" {digits} s" if digits else ""))
    return [*lines, *then(now, width, 2), *asides(now)]


def _session(now: Snapshot, view: View, width: int, height: int, blocks: bool) -> list[Text]:
    aside_count = 1 if height < 18 else 2 if height < 30 else 3
    rows = table(now, width)
    body = height - 2 - aside_count
    # A countdown of everybody: as many lines as they all need, where next and last leave them.
    needed = -(-sum(cell_len(row.athlete) + COUNTDOWN_CELLS for row in now.rows) // width)
    then_count = max(min(needed, body - LEAST_BODY), 1)
    body -= then_count
    if body - len(rows) < LEAST_BODY:
        rows = []
    body -= len(rows)
    half = (width - GAP) // 2
    if width >= TWO_COLUMNS:
        left = fit(next_up(now, half, body, blocks), body)
        right = fit(last_rep(now, width - half - GAP, body, blocks), body)
        middle = [beside(one, other, half + GAP) for one, other in zip(left, right, strict=True)]
    else:
        upper = body - max(3, body // 3)
        middle = [
            *fit(next_up(now, width, upper, blocks), upper),
            *fit(last_rep(now, width, body - upper, False), body - upper),
        ]
    return [
        _state(now, view, width),
        _headline(now, width),
        *middle,
        *fit(then(now, width, then_count), then_count),
        *fit(asides(now), aside_count),
        *rows,
    ]


def _state(now: Snapshot, view: View, width: int) -> Text:
    """What is wrong, if anything is; else what is good to know."""
    if view.flash or now.troubles:
        more = f"  (and {len(now.troubles) - 1} more)" if len(now.troubles) > 1 else ""
        said = view.flash or f"{safe(now.troubles[0])}{more}"
        return padded(Text(f"! {said}", "bold reverse"), width, "reverse")
    known = [
        "times are not spoken" if now.mute else "",
        "" if now.wind is None else f"wind {_wind(now)}",
        f"{clock(now.remaining_s)} to come" if now.remaining_s else "",
        now.time_of_day,
    ]
    line = Text("  ·  ".join(part for part in known if part))
    room = max(width - cell_len(line.plain), 0)
    return beside(_devices(now, room), line, room)


def _devices(now: Snapshot, width: int) -> Text:
    """What the session stands on, by shape, style and word; what is well needs none."""
    for silent in ((), ("good",)):
        line = Text()
        for one in now.devices:
            word = "" if one.state in silent else f" {safe(one.word)}"
            line.append(f"{SHAPES[one.state]} {one.name}{word}  ", _STYLES[one.state])
        if cell_len(line.plain) <= width:
            break
    return line


def _headline(now: Snapshot, width: int) -> Text:
    line = Text(now.headline.upper(), "bold")
    if now.phase == "held":
        line = beside(line, Text(" HOLD: H lets go ", "bold reverse"), width - 17)
    return line


def _foot(now: Snapshot | None, view: View, width: int, height: int) -> list[Text]:
    """What is being asked, with the end of what was typed; else the keys."""
    if view.prompt:
        lines = wrapped(f"{safe(view.prompt)}▏", width)[-height:]
        return [padded(line, width, "bold reverse") for line in fit(lines, height)]
    if now is None:
        return fit([], height)
    lines, keys = [Text()], [(one.shown, one.word) for one in bottom_line(now)]
    if now.phase in ("on", "held"):
        count = min(len(now.rows), 9)
        keys.insert(1, ("1" if count == 1 else f"1–{count}", digits_mean(now)))
    for shown, word in keys:
        if cell_len(lines[-1].plain) + cell_len(f"{shown} {word}") > width:
            if len(lines) == height:
                break
            lines.append(Text())
        lines[-1].append(shown, "bold").append(f" {word}  ")
    return fit(lines, height)


def _help(now: Snapshot, width: int, height: int) -> list[Text]:
    """All keys, in as many columns as they need, below who is next."""
    all_keys = [("1–9, 0", f"the athlete: {digits_mean(now)}")]
    all_keys += [(one.shown, one.meaning) for one in KEYS]
    columns = ceil(len(all_keys) / max(height - 1, 1))
    rows = ceil(len(all_keys) / columns)
    column = (width - GAP * (columns - 1)) // columns
    lines = [Text() for _ in range(rows)]
    for index, (shown, meaning) in enumerate(all_keys):
        cell = Text(f"{shown:<7}", "bold").append(meaning, "not bold")
        cell.truncate(column, overflow="ellipsis", pad=True)
        lines[index % rows].append(" " * GAP if index >= rows else "").append(cell)
    return fit([Text(in_a_line(now), "bold reverse"), *lines], height)


def _wind(now: Snapshot) -> str:
    return f"{now.wind:+z.1f} m/s" if isinstance(now.wind, float | int) else str(now.wind)
