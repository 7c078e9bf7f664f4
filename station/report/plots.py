"""The report's plots as SVG: velocities against 400 m pace, recoveries against the plan (drawing).

It decides what is drawn and how. It computes no result. Colours are named, not chosen: the page
that holds a plot says what "ink" is in the light and in the dark.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil, nan
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from station.report.rows import Row
from station.report.words import place
from station.table import clock

PX_PER_IN = 72  # a plot's unit is a pixel of a page that is not scaled
WIDE_PX, HIGH_PX = 340, 200
FONT_PX = 11
SET_GAP = 0.7  # between sets, of the distance between reps
MOST_LABELS = 18
LEAST_SPAN_MPS = 0.6
STEPS_S = (15, 30, 60, 120, 300, 600, 1800)
MOST_STEPS = 5
# Stand-ins that Matplotlib takes for colours, and the page's names for them.
INK, MUTED, GRID, GOOD, BAD, DOUBT, LINE, PAPER = (f"#01020{n}" for n in range(8))
NAMES = dict(
    zip(
        (INK, MUTED, GRID, GOOD, BAD, DOUBT, LINE, PAPER),
        ("ink", "muted", "grid", "good", "bad", "doubt", "line", "paper"),
        strict=True,
    )
)
Key = tuple[str, str, str]
"""A sign, the name of its colour, and what it means."""
MARKS: dict[str, tuple[str, str, str, Key]] = {
    "beats": ("o", GOOD, GOOD, ("●", "good", "beats 400 m pace")),
    "cannot-tell": ("o", PAPER, DOUBT, ("○", "doubt", "cannot tell")),
    "does-not-beat": ("v", BAD, BAD, ("▼", "bad", "does not beat it")),
    "timed": ("o", INK, INK, ("●", "ink", "timed")),
    "hand-timed": ("D", PAPER, INK, ("◇", "ink", "by hand")),
    "void": ("x", MUTED, MUTED, ("×", "muted", "void")),
}
"""How a velocity is drawn: marker, face, edge, and what it means."""

DASHES = {"--": "╌", ":": "┈"}
"""How lines are drawn, and what they look like in a legend."""


def velocities(rows: Sequence[Row], pace_mps: dict[str, float]) -> tuple[str, list[Key]]:
    """Draw each rep's velocity with its 95 % interval.

    Args:
        rows: An athlete's reps; at least one has a velocity.
        pace_mps: Paces to draw as lines, by what they are called.

    Returns:
        The SVG element, and what its marks mean.
    """
    legend: list[Key] = []
    with _axes(rows) as (figure, axes, places):
        low, high = [*pace_mps.values()], [*pace_mps.values()]
        for look, (marker, face, edge, key) in MARKS.items():
            drawn = [
                (x, row.velocity_mps, row.velocity_95_mps or 0.0)
                for x, row in zip(places, rows, strict=True)
                if row.velocity_mps is not None and _look(row) == look
            ]
            if not drawn:
                continue
            legend.append(key)
            ends = [(x, mps - doubt, x, mps + doubt) for x, mps, doubt in drawn]
            _strokes(axes, ends, edge, 1.5)
            axes.plot(
                [x for x, *_ in drawn], [mps for _, mps, _ in drawn], marker, zorder=3,
                color=edge, markerfacecolor=face, markersize=6, markeredgewidth=1.5,
            )  # fmt: skip
            low += [least for _, least, _, _ in ends]
            high += [most for *_, most in ends]
        for dashes, (name, mps) in zip(DASHES, pace_mps.items(), strict=False):
            axes.axhline(mps, color=LINE, linewidth=1.5, linestyle=dashes, zorder=2)
            legend.append((DASHES[dashes], "line", f"{name} {mps:.2f} m/s"))
        middle, span = (min(low) + max(high)) / 2, max(high) - min(low)
        half = max(span, LEAST_SPAN_MPS) * 0.6
        axes.set_ylim(middle - half, middle + half)
        axes.locator_params(axis="y", nbins=MOST_STEPS)
        axes.set_title("m/s", loc="left", color=MUTED, fontsize=FONT_PX)
        return _svg(figure, "Velocities rep by rep; the table has the same numbers"), legend


def recoveries(rows: Sequence[Row]) -> tuple[str, list[Key]]:
    """Draw the recovery before each rep as it was taken and as it was planned.

    Args:
        rows: An athlete's reps; at least one has a recovery.

    Returns:
        The SVG element, and what its marks mean.
    """
    taken = [(x, row.recovery_s, row) for x, row in _placed(rows) if row.recovery_s is not None]
    planned = [
        (x, row.recovery_planned_s) for x, _, row in taken if row.recovery_planned_s is not None
    ]
    legend: list[Key] = []
    with _axes(rows) as (figure, axes, _):
        wide = min(14.0, 0.5 * WIDE_PX / len(rows))
        for short, colour in ((False, MUTED), (True, BAD)):
            bars = [(x, s) for x, s, row in taken if short == (row.cut_short_s is not None)]
            _strokes(axes, [(x, 0.0, x, s) for x, s in bars], colour, wide)
            if bars:
                legend.append(("▮", *(("bad", "cut short") if short else ("muted", "taken"))))
        doubts = [(x, s, row.recovery_95_s or 0.0) for x, s, row in taken]
        _strokes(axes, [(x, s - doubt, x, s + doubt) for x, s, doubt in doubts], INK, 1.2)
        if planned:
            _strokes(axes, [(x - 0.42, s, x + 0.42, s) for x, s in planned], LINE, 2.0)
            legend.append(("━", "line", "planned"))
        longest_s = max(1.0, *(s for _, s, _ in taken), *(s for _, s in planned))
        axes.set_ylim(0, 1.12 * longest_s)
        step_s = next((s for s in STEPS_S if longest_s / s <= MOST_STEPS), ceil(longest_s / 5))
        axes.yaxis.set_major_locator(MultipleLocator(step_s))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda seconds, _: clock(seconds)))
        axes.set_title("min", loc="left", color=MUTED, fontsize=FONT_PX)
        return _svg(figure, "Recoveries taken and planned; the table has the same numbers"), legend


def _strokes(
    axes: Axes, ends: Sequence[tuple[float, float, float, float]], colour: str, wide: float
) -> None:
    """Draw straight lines, from x, y to x, y: as one path, since there may be thousands."""
    xs = [x for x0, _, x1, _ in ends for x in (x0, x1, nan)]
    ys = [y for _, y0, _, y1 in ends for y in (y0, y1, nan)]
    axes.plot(xs, ys, color=colour, linewidth=wide, solid_capstyle="butt")


def _look(row: Row) -> str:
    return row.verdict if row.verdict and row.state == "timed" else row.state


def _placed(rows: Sequence[Row]) -> list[tuple[float, Row]]:
    """Where each rep stands on the axis: side by side, with a gap between sets."""
    placed: list[tuple[float, Row]] = []
    x = 0.0
    for row in rows:
        if placed:
            x += 1.0 if row.set == placed[-1][1].set else 1.0 + SET_GAP
        placed.append((x, row))
    return placed


@contextmanager
def _axes(rows: Sequence[Row]) -> Iterator[tuple[Figure, Axes, list[float]]]:
    """Axes with a place for each rep."""
    style: dict[Any, Any] = {
        "svg.fonttype": "none",  # the page's font: outlines of letters are ten times as big
        "svg.hashsalt": "report",  # the same report, the same file
        "font.size": FONT_PX, "text.color": INK, "axes.edgecolor": GRID,
        "xtick.color": MUTED, "ytick.color": MUTED, "path.simplify": False,
    }  # fmt: skip
    with rc_context(style):
        figure = Figure((WIDE_PX / PX_PER_IN, HIGH_PX / PX_PER_IN), dpi=PX_PER_IN)
        figure.patch.set_visible(False)
        axes = figure.add_axes((0.115, 0.13, 0.875, 0.74), facecolor="none")
        axes.grid(axis="y", color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(length=0)
        placed = _placed(rows)
        step = ceil(len(placed) / MOST_LABELS)
        labelled = placed[::step]
        axes.set_xticks(
            [x for x, _ in labelled],
            [place(row) for _, row in labelled],
        )
        axes.set_xlim(-0.7, placed[-1][0] + 0.7)
        yield figure, axes, [x for x, _ in placed]


def _svg(figure: Figure, said: str) -> str:
    """The figure as an element of a page, whose colours it takes."""
    text = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    FigureCanvasSVG(figure).print_svg(text, metadata=nothing)  # type: ignore[no-untyped-call]
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<style.*?</style>|<defs>\s*</defs>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r' id="[a-zA-Z0-9.]+_\d+"', "", svg)  # another plot has the same
    svg = re.sub(r"font-family: [^;]*; ", "", svg)
    svg = re.sub("|".join(NAMES), lambda found: f"var(--{NAMES[found[0]]})", svg)
    head = f'<svg viewBox="0 0 {WIDE_PX} {HIGH_PX}" role="img" aria-label="{said}">'
    return head + svg[svg.index(">") + 1 :]
