"""The runs as a table for people, comparison before digits.

It decides words, digits shown and their order. It never computes a result, and never drops one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from station.flags import MEANING, Flag
from station.pace import Comparison, compare, interval, pace_400_mps, zone_note

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from station.run import Findings, Incomplete, Run

NARROWEST = 80  # columns; a narrower terminal wraps lines itself and loses no digit
ARROWS = {"left-to-right": "→", "right-to-left": "←", None: ""}
REASONS = {
    "marker2-only": "seen at Marker 2 only",
    "marker3-only": "seen at Marker 3 only",
    "reverse": "from Marker 3 to Marker 2, against the run",
    "restarted": "the gate restarted between the markers",
}


def print_table(
    found: Sequence[Findings],
    pace_400_s: float | None,
    speeds_mps: tuple[float, float],
    file: TextIO,
) -> None:
    """Print everything that a replay found, for people: a table for each recording.

    Args:
        found: What was found in each; at least one.
        pace_400_s: The athlete's 400 m time, None if not given or if there are several athletes.
        speeds_mps: Lowest and highest speed that counted as a run.
        file: Where to; colours only if it is a terminal.
    """
    console = Console(file=file, highlight=False, emoji=False, markup=False, soft_wrap=False)
    console.width = max(console.width, NARROWEST)
    with_names = len({run.athlete for one in found for run in one.runs}) > 1
    parts: list[RenderableType] = []
    for one in found:
        parts += ["", *_parts(one, pace_400_s, speeds_mps, with_names)]
        if len(found) > 1:
            parts += [*_passages(one), *_warnings(one)]
    if len(found) == 1:
        parts += [*_passages(found[0]), *_meanings(found), *_warnings(found[0])]
    else:
        parts += ["", *_meanings(found)]
    console.print(Group(*parts[1:], *_notes(found)))


def in_words(comparison: Comparison) -> str:
    """The verdict on a run as a coach says it."""
    percent = f"{abs(100 * comparison.margin_ratio):.0f} %"
    if comparison.verdict == "beats":
        return f"✓ faster by {percent}"
    if comparison.verdict == "does-not-beat":
        return f"✗ slower by {percent}"
    return "? cannot tell"


def clock(seconds: float) -> str:
    """Minutes and seconds as a player shows them."""
    minutes, rest = divmod(int(max(seconds, 0.0)), 60)
    return f"{minutes}:{rest:02d}"


def _parts(
    found: Findings,
    pace_400_s: float | None,
    speeds_mps: tuple[float, float],
    with_names: bool,
) -> list[RenderableType]:
    length = f"{clock(found.duration_s)} at the gates"
    if found.frames is not None:
        length = f"{clock(found.duration_s)} of video, {found.frames} pictures"
    parts: list[RenderableType] = [
        Text(f"{found.recording}: Fly Zone {found.fly_m:g} m, {length}", style="bold")
    ]
    parts += [Text(line) for line in _to_beat(found, pace_400_s)]
    if found.runs:
        parts.append(_table(found.runs, found.fly_m, with_names))
    else:
        low, high = speeds_mps
        parts.append(
            Text(
                f"\nNo run found: nobody was seen to pass from Marker 2 to Marker 3 at "
                f"{low:g} to {high:g} m/s.",
                style="bold yellow",
            )
        )
    return parts


def _to_beat(found: Findings, pace_400_s: float | None) -> list[str]:
    """What beats the 400 m pace of each who ran, or of whoever was meant to."""
    paces_mps = {
        f"{run.athlete}: " if run.athlete else "": run.pace_400_mps
        for run in found.runs
        if run.pace_400_mps
    }
    if not found.runs and pace_400_s is not None:
        paces_mps[""] = pace_400_mps(pace_400_s)
    return [
        f"{athlete}400 m in {400 / pace_mps:.2f} s is {pace_mps:.2f} m/s: a fly below "
        f"{found.fly_m / pace_mps:.2f} s beats it."
        for athlete, pace_mps in paces_mps.items()
    ]


def _table(runs: tuple[Run, ...], fly_m: float, with_names: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Run", justify="right", no_wrap=True)
    if with_names:
        table.add_column("Athlete", overflow="fold")
    with_pace = any(run.pace_400_mps for run in runs)
    if with_pace:
        table.add_column("400 m pace", no_wrap=True)
    for heading in ("Fly time, s", "m/s"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("At", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("Flags", overflow="fold")
    for number, run in enumerate(runs, start=1):
        cells: list[RenderableType] = [str(number)]
        if with_names:
            cells.append(Text(run.athlete or ""))
        if with_pace:
            cells.append(_pace_cell(run, fly_m))
        cells += [
            Text(interval(run.fly_s, run.fly_sigma_s), style="bold"),
            interval(run.velocity_mps, run.velocity_sigma_mps),
            clock(run.marker2_s),
            ARROWS[run.direction],
            Text(" ".join(run.flags), style="yellow"),
        ]
        table.add_row(*cells)
    return table


def _pace_cell(run: Run, fly_m: float) -> Text:
    if run.pace_400_mps is None:
        return Text("")
    comparison = compare(run.velocity_mps, run.velocity_sigma_mps, run.pace_400_mps, fly_m)
    styles = {"beats": "green", "does-not-beat": "red", "cannot-tell": "yellow"}
    return Text(in_words(comparison), style=styles[comparison.verdict])


def _passages(found: Findings) -> list[Text]:
    """What was no complete run."""
    lines = [
        Text(f"Not a complete run: {passage_in_words(passage)}.") for passage in found.incomplete
    ]
    if not found.runs and any(passage.reason == "reverse" for passage in found.incomplete):
        swapped = "If that was the run, the markers are swapped: calibrate again."
        lines.append(Text(swapped, style="yellow"))
    return lines


def _meanings(found: Sequence[Findings]) -> list[Text]:
    """What the flags mean that were raised."""
    raised = {flag for one in found for run in one.runs for flag in run.flags}
    raised |= {flag for one in found for alone in one.incomplete for flag in alone.flags}
    raised.discard(Flag.REVERSE)  # said above in words
    return [Text(f"{flag}: {MEANING[flag]}", style="dim") for flag in Flag if flag in raised]


def _warnings(found: Findings) -> list[Text]:
    return [Text(f"Warning: {warning}", style="yellow") for warning in found.warnings]


def _notes(found: Sequence[Findings]) -> list[Text]:
    """What to keep in mind."""
    zones_m = sorted({one.fly_m for one in found if one.runs})
    lines = ["± is half the 95 % interval; At is the time in the recording."] if zones_m else []
    lines += [note for fly_m in zones_m if (note := zone_note(fly_m))]
    return [Text(line, style="dim") for line in lines]


def passage_in_words(passage: Incomplete) -> str:
    """What was no run, as a coach says it."""
    seen_s = [s for s in (passage.marker2_s, passage.marker3_s) if s is not None]
    when = clock(min(seen_s)) if seen_s else "?"
    doubts = "".join(f", {flag}" for flag in passage.flags if flag != Flag.REVERSE)
    how = [f"at {when}", ARROWS[passage.direction]]
    if passage.velocity_mps is not None:
        how.append(f"{abs(passage.velocity_mps):.1f} m/s")
    return f"{' '.join(part for part in how if part)}, {REASONS[passage.reason]}{doubts}"
