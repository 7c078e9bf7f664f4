"""Who is next, the last run and everybody else, as lines of a screen (pure).

It decides the words, their order, and what is left out where there is no room. It computes
nothing: what it shows stands in the `Snapshot`.
"""

from __future__ import annotations

from math import ceil

from rich.cells import cell_len
from rich.text import Text

from station.session.shown import Due, Last, Ran, Row, Snapshot
from station.session.written import at_pace, digits
from station.terminal.big_letters import drawn
from station.terminal.screen_text import fit, large, safe, since, wrapped
from station.workout.notation import clock

COUNTDOWN, NAME = 5, 3  # lines that they need to be read from afar
NARROW = 60  # below it initials stand for names


def next_up(now: Snapshot, width: int, height: int, blocks: bool) -> list[Text]:
    """Who is next and when, as large as there is room."""
    due = now.next
    if due is None:
        return _nobody(now, width, height, blocks)
    words, digits = _goes(now, due)
    number = next(row.number for row in now.rows if row.athlete == due.athlete)
    head = Text(f"NEXT  {number} {safe(due.athlete)}", "bold").append(f"  {words}", "not bold")
    foot = [_recovery(due, width)]
    if due.at_400_s is not None:
        foot.insert(0, Text(at_pace(due.at_400_s, due.at_800_s)))
    room = height - 1 - len(foot)
    if room < COUNTDOWN:  # which comes first
        room, foot = height - 1, foot[: max(height - 1 - COUNTDOWN, 0)]
        room -= len(foot)
    return [head, *_both_large(due.athlete, digits, width, room, blocks), *foot]


def _both_large(name: str, digits: str, width: int, room: int, blocks: bool) -> list[Text]:
    """A name and, below it, what is to be read before it: as large as there is room."""
    figure = large(digits, width, room - min(max(room - COUNTDOWN, 0), NAME), blocks)
    above = drawn(name, width, room - len(figure) - 1) if blocks else None
    return [*fit([Text(line) for line in above or ()], room - len(figure)), *figure]


def _goes(now: Snapshot, due: Due) -> tuple[str, str]:
    """When somebody goes, as words and digits to be drawn large."""
    words, digits = "goes in", clock(max(due.go_in_s or 0.0, 0.0))
    if due.called:
        words, digits = f"was called {since(-(due.go_in_s or 0.0))} ago", "GO"
    elif due.overdue:
        words, digits = "is overdue by", f"+{since(-(due.go_in_s or 0.0))}"
    elif due.ready_in_s > 0 and due.go_in_s is None:
        words = f"recovery over in {clock(due.ready_in_s)}"
    elif due.go_in_s is None:
        words = "is ready"
    return words, "HOLD" if now.phase == "held" else digits


def when(now: Snapshot, due: Due) -> str:
    """When somebody goes, in words."""
    words, digits = _goes(now, due)
    return words if due.called or due.go_in_s is None else f"{words} {digits}"


def _recovery(due: Due, width: int) -> Text:
    """How much of the recovery is done, as a bar and in words."""
    if due.recovery_s is None or due.recovered_ratio is None:
        return Text()
    words = f" of {clock(due.recovery_s)}"
    cells = max(width - cell_len(words) - 1, 0)
    full = round(cells * due.recovered_ratio)
    return Text(f"{'▓' * full}{'░' * (cells - full)}{words}")


def _nobody(now: Snapshot, width: int, height: int, blocks: bool) -> list[Text]:
    """What there is where nobody is next."""
    if now.phase == "cool-down":
        return _cool_down(now, width)
    if now.around:
        return _warm_up(now, width, height, blocks)
    word, why = "DONE", "all reps are done; Q ends"
    if now.phase == "held":
        word, why = "HOLD", "H lets go"
    elif now.running:
        word, why = since(now.running[0].since_s), "nobody else is due; running for"
    return [Text("NEXT", "bold"), Text(why), *large(word, width, height - 2, blocks)]


def _warm_up(now: Snapshot, width: int, height: int, blocks: bool) -> list[Text]:
    """What the warm-up consists of; once strides were begun, which it is and for how long."""
    at = now.strides
    if at is None:
        parts = [line for part in now.around for line in wrapped(part, width)]
        foot = wrapped("S calls the strides, B begins", width)
        room = height - 1 - len(parts) - len(foot)
        return [Text("WARM-UP", "bold"), *parts, *large("WARM-UP", width, room, blocks), *foot]
    words = (
        f"{at.does}, then B begins" if at.number is None else f"{at.does} {at.number} of {at.of}"
    )
    head = Text("WARM-UP", "bold").append(f"  {words}", "not bold")
    name = at.does if at.number is not None else "walk"
    return [head, *_both_large(name, clock(ceil(at.remaining_s)), width, height - 1, blocks)]


def _cool_down(now: Snapshot, width: int) -> list[Text]:
    """What the cool-down consists of, and what each athlete has done."""
    parts = [line for part in now.around for line in wrapped(part, width)]
    foot = wrapped("B lets more be run, Q ends and leaves", width)
    return [Text("COOL-DOWN", "bold"), *parts, Text(), *(_all_done(row) for row in now.rows), *foot]


def _all_done(row: Row) -> Text:
    """An athlete's session in a line, the comparison first."""
    line = Text(f"{row.number} {safe(row.athlete)}", "bold").append(
        f"  {row.done} of {row.planned}", "not bold"
    )
    if row.compared:
        line.append(f"  ✓ {row.beat} of {row.compared}", "good" if row.beat else "")
    best = next((ran for ran in row.ran if ran.time_s == row.best_s), None)
    if row.best_s is not None and best is not None:
        line.append(f"  best {digits(row.best_s, best.by_hand)} s", "not bold")
    return line


def last_rep(now: Snapshot, width: int, height: int, blocks: bool) -> list[Text]:
    """The last rep: the comparison, which a coach reads first, the digits, what there is to say."""
    last, seen = now.last, now.provisional
    if seen is not None:  # which is no result: it is not written large
        said = "is running"
        if seen.time_s is not None and seen.within_s is not None:
            said = f"about {seen.time_s:.1f} ± {seen.within_s:.1f} s, not measured yet"
        return [Text("NOW  ", "bold").append(safe(seen.athlete or "somebody")), Text(f"… {said}")]
    if last is None:
        return [Text("LAST", "bold"), Text(now.no_last)]
    head = Text("LAST  ", "bold")
    head.append(safe(last.athlete), "bold")
    head.append("" if last.number is None else f"  rep {last.number}")
    written = last.written
    head.append(f"  {written.best}" if written.best else "", "good")
    lines = [head, verdict(last)]
    rest = [line for said, style in written.remarks for line in wrapped(said, width, style)]
    if last.time_s is None:
        return [*lines, *rest]
    speed = [Text(written.figures)]
    room = height - len(lines) - len(speed) - min(len(rest), 2)
    figure = large(written.digits, width, room, blocks)
    if len(figure) == 1 or last.doubtful:  # a doubtful time is not written large
        figure, speed = [], [Text(f"{written.digits} s  ", "bold").append(written.figures)]
    return [*lines, *figure, *speed, *rest]


def verdict(last: Last) -> Text:
    """The comparison, which a coach reads before the digits."""
    return Text(f"{last.written.sign} {last.written.verdict}".lstrip(), last.written.look)


def then(now: Snapshot, width: int, height: int) -> list[Text]:
    """Everybody else's countdown, in order; how many more there are where not all fit."""
    rows = {row.athlete: row for row in now.rows}
    lines = [Text("then", "bold")]
    for place, due in enumerate(now.then):
        ready = due.go_in_s is None and due.ready_in_s <= 0
        row = rows[due.athlete]
        who = f"{row.number} {safe(row.initials if width < NARROW else due.athlete)}"
        part = f"  {who} {'ready' if ready else _countdown(due)} "
        more = f"  +{len(now.then) - place}"
        spare = width - (len(more) if len(lines) == height else 0)
        if cell_len(lines[-1].plain + part) > spare and place:
            if len(lines) == height:
                lines[-1].append(more)
                break
            lines.append(Text("    "))
        lines[-1].append(part, "not bold")
    return lines if now.then else []


def _countdown(due: Due) -> str:
    if due.called:
        return "GO"
    in_s = due.ready_in_s if due.go_in_s is None else due.go_in_s
    return f"+{since(-in_s)}" if due.overdue else clock(max(in_s, 0.0))


def asides(now: Snapshot) -> list[Text]:
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
        said = f"unassigned {len(now.tray)}: {one.time_s:.2f} s {since(one.ago_s)} ago, "
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


def table(now: Snapshot, width: int) -> list[Text]:
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
    if ran.state == "void":
        return Text(f"{f'({ran.text})':>6.6} ", "strike")
    return Text(f"{ran.text:>6} ", ran.look)
