"""A session on a screen of any size: what stands where, and how large (pure).

It decides lines, their places and styles; each region keeps its place, full or empty. What is
shown it takes from the `Snapshot`, and computes nothing; it writes to no terminal.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from station.big_letters import drawn
from station.keys import KEYS, bottom_line, digits_mean
from station.shown import Against, Due, Last, Ran, Snapshot
from station.workout.notation import clock

TWO_COLUMNS = 70  # from this width on, what is next and what was last stand side by side
LEAST_HEIGHT = 13  # below it there is a line for each
LEAST_BODY = 9  # lines that these two need before athletes get a table
COUNTDOWN, NAME = 5, 3  # lines that they need to be read from afar
GAP = 2
SIGNS = {"beats": "✓", "does-not-beat": "✗", "cannot-tell": "?"}
_STYLES = {"beats": "good", "does-not-beat": "bad", "cannot-tell": "doubt"}
_ASCII = str.maketrans("·±✓✗▓░▒–—…▲▏", "|+yx#-:---^_")

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
_ANY = Console(file=io.StringIO())  # wrapping asks for one, and does not use it


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
    news = [line for told in view.news for line in _wrapped(told, width)][-news_count:]
    if now is None:
        body = _fit([], height - len(foot) - news_count)
    elif height < LEAST_HEIGHT:
        body = _fit(_in_few_lines(now, view, width), height - len(foot) - news_count)
    elif view.help:
        body = _help(now, width, height - len(foot) - news_count)
    else:
        body = _session(now, view, width, height - len(foot) - news_count, blocks)
    blank = [Text()] * (news_count - len(news))
    lines = [*body, *(line.copy() for line in blank), *news, *foot][-height:]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
        if not blocks:
            line.plain = line.plain.translate(_ASCII).encode("ascii", "replace").decode()
    return lines


def in_a_line(now: Snapshot) -> str:
    """Who is next and when, where there is no room but for a line."""
    if now.next is None:
        return now.headline
    return f"{now.headline}: {now.next.athlete}, {_when(now, now.next)}"


def _in_few_lines(now: Snapshot, view: View, width: int) -> list[Text]:
    lines = [_state(now, view, width)] if view.flash or now.troubles else []
    lines.append(_headline(now, width))
    if now.next is not None:
        lines.append(Text(f"{safe(now.next.athlete)} {_when(now, now.next)}", "bold"))
    if now.last is not None:
        digits = "" if now.last.time_s is None else f" {now.last.time_s:.2f} s"
        lines.append(Text(f"{safe(now.last.athlete)} ").append(_verdict(now.last)).append(digits))
    return [*lines, *_then(now, width), *_asides(now)]


def _session(now: Snapshot, view: View, width: int, height: int, blocks: bool) -> list[Text]:
    then_count = 1 if height < 18 or width >= TWO_COLUMNS else 2
    aside_count = 1 if height < 18 else 2 if height < 30 else 3
    table = _table(now, width)
    body = height - 2 - then_count - aside_count
    if body - len(table) < LEAST_BODY:
        table = []
    body -= len(table)
    half = (width - GAP) // 2
    if width >= TWO_COLUMNS:
        left = _fit(_next(now, half, body, blocks), body)
        right = _fit(_last(now, width - half - GAP, body, blocks), body)
        middle = [_beside(one, other, half + GAP) for one, other in zip(left, right, strict=True)]
    else:
        upper = body - max(3, body // 3)
        middle = [
            *_fit(_next(now, width, upper, blocks), upper),
            *_fit(_last(now, width, body - upper, False), body - upper),
        ]
    return [
        _state(now, view, width),
        _headline(now, width),
        *middle,
        *_fit(_then(now, width), then_count),
        *_fit(_asides(now), aside_count),
        *table,
    ]


def _state(now: Snapshot, view: View, width: int) -> Text:
    """What is wrong, if anything is; else what is good to know."""
    if view.flash or now.troubles:
        more = f"  (and {len(now.troubles) - 1} more)" if len(now.troubles) > 1 else ""
        said = view.flash or f"{safe(now.troubles[0])}{more}"
        return _padded(Text(f"! {said}", "bold reverse"), width, "reverse")
    known = [
        "times are not spoken" if now.mute else "",
        "" if now.wind is None else f"wind {_wind(now)}",
        f"{clock(now.remaining_s)} to come" if now.remaining_s else "",
        now.time_of_day,
    ]
    line = Text("  ·  ".join(part for part in known if part))
    return _beside(Text(), line, max(width - cell_len(line.plain), 0))


def _headline(now: Snapshot, width: int) -> Text:
    line = Text(now.headline.upper(), "bold")
    if now.phase == "held":
        line = _beside(line, Text(" HOLD: H lets go ", "bold reverse"), width - 17)
    return line


def _next(now: Snapshot, width: int, height: int, blocks: bool) -> list[Text]:
    due = now.next
    if due is None:
        word, why = _nobody(now)
        return [Text("NEXT", "bold"), Text(why), *_large(word, width, height - 2, blocks)]
    words, digits = _goes(now, due)
    number = next(row.number for row in now.rows if row.athlete == due.athlete)
    head = Text(f"NEXT  {number} {safe(due.athlete)}", "bold").append(f"  {words}", "not bold")
    foot = [_recovery(due, width)]
    if due.at_400_s is not None:
        foot.insert(0, Text(_at_pace(due.at_400_s, due.at_800_s)))
    room = height - 1 - len(foot)
    if room < COUNTDOWN:  # which comes first
        room, foot = height - 1, foot[: max(height - 1 - COUNTDOWN, 0)]
        room -= len(foot)
    above = room - COUNTDOWN
    figure = _large(digits, width, room - min(max(above, 0), NAME), blocks)
    name = drawn(due.athlete, width, room - len(figure) - 1) if blocks else None
    return [head, *_fit([Text(line) for line in name or ()], room - len(figure)), *figure, *foot]


def _goes(now: Snapshot, due: Due) -> tuple[str, str]:
    """When somebody goes, as words and digits to be drawn large."""
    if due.called:
        return f"was called {_since(-(due.go_in_s or 0.0))} ago", "GO"
    if due.go_in_s is None:
        what = "on hold" if now.phase == "held" else "not begun"
        return f"{what}; recovery over in", clock(max(due.ready_in_s, 0.0))
    if due.overdue:
        return "is overdue by", f"+{_since(-due.go_in_s)}"
    return "goes in", clock(max(due.go_in_s, 0.0))


def _when(now: Snapshot, due: Due) -> str:
    words, digits = _goes(now, due)
    return words if due.called else f"{words} {digits}"


def _recovery(due: Due, width: int) -> Text:
    """How much of the recovery is done, as a bar and in words."""
    if due.recovery_s is None or due.recovered_ratio is None:
        return Text()
    words = f" of {clock(due.recovery_s)}"
    cells = max(width - cell_len(words) - 1, 0)
    full = round(cells * due.recovered_ratio)
    return Text(f"{'▓' * full}{'░' * (cells - full)}{words}")


def _nobody(now: Snapshot) -> tuple[str, str]:
    """What there is where nobody is next, as a word to be drawn large and a line."""
    if now.phase in ("before", "warm-up"):
        return "WARM-UP", "B begins, when the warm-up is over"
    if now.phase == "cool-down":
        return "COOL-DOWN", "B lets more be run, Q ends and leaves"
    return ("", "nobody else is due") if now.running else ("DONE", "all reps are done; Q ends")


def _last(now: Snapshot, width: int, height: int, blocks: bool) -> list[Text]:
    last = now.last
    if last is None:
        return [Text("LAST", "bold"), Text("no run yet")]
    head = Text("LAST  ", "bold")
    head.append(safe(last.athlete), "bold")
    head.append("" if last.number is None else f"  rep {last.number}")
    head.append(_best(last), "good")
    lines = [head, _verdict(last)]
    rest = [line for text in _remarks(last) for line in _wrapped(text.plain, width, text.style)]
    if last.time_s is None:
        return [*lines, *rest]
    digits = f"{last.time_s:.1f}" if last.by_hand else f"{last.time_s:.2f}"
    speed = [_figures(last)]
    figure = _large(digits, width, height - len(lines) - len(speed) - min(len(rest), 2), blocks)
    if len(figure) == 1 or last.doubtful:  # a doubtful time is not written large
        figure, speed = [], [Text(f"{digits} s  ", "bold").append(_figures(last))]
    return [*lines, *figure, *speed, *rest]


def _verdict(last: Last) -> Text:
    """The comparison, which a coach reads before the digits."""
    if last.time_s is None:
        return Text("no time · T types a stopwatch's", "doubt")
    if last.doubtful:
        return Text("? doubtful", "doubt")
    against, pace = last.against_400, "400"
    if last.against_800 is not None:
        against, pace = last.against_800, "800"
    if against is None:
        return Text("no 400 m time to compare with")
    return Text(f"{SIGNS[against.verdict]} {_compared(against, pace)}", _STYLES[against.verdict])


def _compared(against: Against, pace: str) -> str:
    percent = f"{abs(100 * against.margin_ratio):.0f} %"
    if against.verdict == "cannot-tell":
        return f"too close to {pace} m pace to tell"
    return f"{'faster' if against.verdict == 'beats' else 'slower'} than {pace} m pace by {percent}"


def _figures(last: Last) -> Text:
    """What stands beside the digits: ± where it exceeds the last digit shown, and the velocity."""
    parts = ["by hand, ± 0.2 s"] if last.by_hand else []
    if not last.by_hand and last.time_95_s is not None and _up(last.time_95_s) > 1:
        parts.append(f"± {_up(last.time_95_s) / 100:.2f} s")
    if last.velocity_mps is not None and last.velocity_95_mps is not None:
        speed = f"{last.velocity_mps:.2f}"
        if _up(last.velocity_95_mps) > 1:
            speed += f" ± {_up(last.velocity_95_mps) / 100:.2f}"
        parts.append(f"{speed} m/s")
    return Text(" · ".join(parts))


def _remarks(last: Last) -> Iterable[Text]:
    if last.by_hand and last.against_400 is not None:
        at_800_s = None if last.against_800 is None else last.against_800.at_pace_s
        yield Text(_at_pace(last.against_400.at_pace_s, at_800_s))
    if last.cut_short_s is not None:
        sure = "" if last.recovery_95_s is None else f" ± {last.recovery_95_s:.0f}"
        yield Text(f"recovery cut short by {last.cut_short_s:.0f}{sure} s", "doubt")
    yield from (Text(safe(remark), "doubt") for remark in last.remarks)
    if last.marks:
        yield Text(f"marked: {', '.join(mark.replace('-', ' ') for mark in last.marks)}")
    yield from (Text(safe(advice)) for advice in last.advice)


def _at_pace(at_400_s: float, at_800_s: float | None) -> str:
    slower = "" if at_800_s is None else f" · 800 pace {at_800_s:.1f} s"
    return f"400 pace {at_400_s:.1f} s{slower}"


def _best(last: Last) -> str:
    if last.best == "best":
        return "  ▲ best"
    if last.best_today == "best":
        return "  ▲ best today"
    return "  = equals best" if last.best or last.best_today else ""


def _then(now: Snapshot, width: int) -> list[Text]:
    """Everybody else's countdown, in order."""
    numbers = {row.athlete: row.number for row in now.rows}
    lines = [Text("then  ", "bold")]
    for due in now.then:
        when = "ready" if due.go_in_s is None and due.ready_in_s <= 0 else _countdown(due)
        part = f"{numbers[due.athlete]} {safe(due.athlete)} {when}   "
        if cell_len(lines[-1].plain) + cell_len(part.rstrip()) > width and len(lines[-1]) > 6:
            lines.append(Text("      "))
        lines[-1].append(part, "not bold")
    return lines if now.then else []


def _countdown(due: Due) -> str:
    if due.called:
        return "GO"
    in_s = due.ready_in_s if due.go_in_s is None else due.go_in_s
    return f"+{_since(-in_s)}" if due.overdue else clock(max(in_s, 0.0))


def _asides(now: Snapshot) -> list[Text]:
    """Who is running by hand, what is nobody's, who is out, what was assumed."""
    lines = []
    if now.running:
        numbers = {row.athlete: row.number for row in now.rows}
        runs = "   ".join(
            f"{numbers[one.athlete]} {safe(one.athlete)} {one.since_s:.0f} s" for one in now.running
        )
        lines.append(Text(f"running  {runs}", "bold"))
    if now.tray:
        one = now.tray[0]
        said = f"unassigned {len(now.tray)}: {one.time_s:.2f} s {_since(one.ago_s)} ago, "
        lines.append(Text(f"{said}{safe(one.why)} · A assigns", "doubt" if one.ours else ""))
    out = [row for row in now.rows if row.standing == "out"]
    if out:
        names = ", ".join(
            safe(f"{row.number} {row.athlete}" + (f" ({row.note})" if row.note else ""))
            for row in out
        )
        lines.append(Text(f"out  {names}"))
    if now.assumed_recovery_s is not None:
        assumed = clock(now.assumed_recovery_s)
        lines.append(Text(f"assumed: {assumed} recovery to come · + and - change it"))
    return lines


def _table(now: Snapshot, width: int) -> list[Text]:
    """Each athlete's reps; the latest where not all fit."""
    name_width = min(max((cell_len(safe(row.athlete)) for row in now.rows), default=0), 16)
    lines = []
    for row in now.rows:
        line = Text(f"{row.number:>2} ")
        name = Text(safe(row.athlete))
        name.truncate(name_width, overflow="ellipsis", pad=True)
        line.append(name)
        line.append(f" {row.done:>2}/{row.planned:<2} ")
        if row.standing == "out":
            line.append("out ")
        room = max((width - cell_len(line.plain)) // 7, 0)
        for ran in row.ran[len(row.ran) - min(room, len(row.ran)) :]:
            line.append(_ran(ran))
        lines.append(line)
    return lines


def _ran(ran: Ran) -> Text:
    """A rep in six cells and a space."""
    if ran.state == "skipped":
        return Text("     – ")
    if ran.time_s is None:
        return Text("  done " if ran.state != "void" else "  void ")
    digits = f"{ran.time_s:.1f}h" if ran.by_hand else f"{ran.time_s:.2f}"
    if ran.state == "void":
        return Text(f"{f'({digits})':>6.6} ", "strike")
    sign = "?" if ran.doubtful else SIGNS.get(ran.verdict or "", "")
    style = "doubt" if ran.doubtful else _STYLES.get(ran.verdict or "", "")
    return Text(f"{f'{sign}{digits}':>6} ", style)


def _foot(now: Snapshot | None, view: View, width: int, height: int) -> list[Text]:
    """What is being asked, with the end of what was typed; else the keys."""
    if view.prompt:
        lines = _wrapped(f"{safe(view.prompt)}▏", width)[-height:]
        return [_padded(line, width, "bold reverse") for line in _fit(lines, height)]
    if now is None:
        return _fit([], height)
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
    return _fit(lines, height)


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
        lines[index % rows].append(cell).append(" " * GAP)
    return _fit([Text(in_a_line(now), "bold reverse"), *lines], height)


def _large(text: str, width: int, height: int, blocks: bool) -> list[Text]:
    """A text as large as there is room for, at least as a line."""
    lines = drawn(text, width, height) if blocks else None
    return [Text(safe(text), "bold")] if lines is None else [Text(line) for line in lines]


def _wind(now: Snapshot) -> str:
    return f"{now.wind:+.1f} m/s" if isinstance(now.wind, float | int) else str(now.wind)


def _up(half_width: float) -> int:
    """Hundredths, rounded up."""
    return ceil(100 * half_width - 1e-6)


def _since(seconds: float) -> str:
    """Minutes and seconds that are over."""
    return clock(floor(max(seconds, 0.0)))


def safe(text: str) -> str:
    """A text that steers no terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)


def _wrapped(text: str, width: int, style: str | object = "") -> list[Text]:
    lines = Text(safe(text), str(style)).wrap(_ANY, max(width, 1))
    return [*lines]


def _beside(left: Text, right: Text, at: int) -> Text:
    line = left.copy()
    line.truncate(at, overflow="ellipsis", pad=True)
    return line.append(right)


def _padded(line: Text, width: int, style: str) -> Text:
    line.truncate(width, overflow="ellipsis", pad=True)
    line.stylize(style)
    return line


def _fit(lines: Sequence[Text], height: int) -> list[Text]:
    """So many lines, the first ones or empty ones after them."""
    return [*lines[:height], *(Text() for _ in range(height - len(lines)))]
