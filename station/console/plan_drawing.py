"""A workout's plan as a drawing: who runs when (drawing).

It decides what is drawn and where. It computes no plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from station.console.svg import drawing, element, text
from station.workout.forecast import Foreseen
from station.workout.notation import clock

ROW_PX, AXIS_PX, EDGE_PX = 30.0, 26.0, 8.0
LETTER_PX = 9.0  # of the page's font at 16 px, on average
MOST_NAME_PX = 130.0
LEAST_LEFT_PX = 48.0  # for "min", and half of the 0 beside it
MOST_ROWS = 16
STEPS_MIN = (1, 2, 5, 10, 15, 30, 60)
LEAST_STEP_PX = 44.0


def plan_drawing(runs: Sequence[Foreseen], wide_px: float) -> str:
    """Draw a row for each athlete: a mark for each rep, a line for each recovery.

    Args:
        runs: All of them; at least one.
        wide_px: How wide.
    """
    names = [*dict.fromkeys(run.name for run in runs)]
    drawn = names[:MOST_ROWS]
    longest = max(map(len, drawn))
    left_px = max(min(LETTER_PX * longest, MOST_NAME_PX, 0.3 * wide_px) + EDGE_PX, LEAST_LEFT_PX)
    total_s = max(run.end_s for run in runs)
    scale = (wide_px - left_px - EDGE_PX) / total_s
    high_px = ROW_PX * len(drawn) + AXIS_PX
    parts = _axis(total_s, scale, left_px, high_px)
    for row, name in enumerate(drawn):
        mine = [run for run in runs if run.name == name]
        middle_px = (row + 0.5) * ROW_PX
        shown = name
        if LETTER_PX * len(name) > left_px - EDGE_PX:
            shown = f"{name[: int((left_px - EDGE_PX) / LETTER_PX) - 1]}…"
        parts.append(text(shown, 0, middle_px + 5, class_="name"))
        ends = (left_px + mine[0].go_s * scale, left_px + mine[-1].end_s * scale)
        parts.append(
            element("line", x1=ends[0], x2=ends[1], y1=middle_px, y2=middle_px, class_="rest")
        )
        for run in mine:
            wide = max((run.end_s - run.go_s) * scale, 4.0)
            parts.append(
                element(
                    "rect",
                    x=left_px + run.go_s * scale,
                    y=middle_px - 10,
                    width=wide,
                    height=20,
                    rx=2,
                    class_="rep" if run.rep.set % 2 else "rep other",
                )
            )
    said = f"Who runs when: {len(names)} in turn, {clock(total_s)} in all; the reps stand above"
    return drawing(wide_px, high_px, said, *parts)


def _axis(total_s: float, scale: float, left_px: float, high_px: float) -> list[str]:
    """A line for every so many minutes."""
    step_min = next(
        (step for step in STEPS_MIN if step * 60 * scale >= LEAST_STEP_PX), STEPS_MIN[-1]
    )
    parts = [text("min", 0, high_px - 4, class_="tick")]
    for minute in count(0, step_min):
        x = left_px + minute * 60 * scale
        if minute * 60 > total_s:
            break
        parts.append(element("line", x1=x, x2=x, y1=0, y2=high_px - AXIS_PX + 4, class_="grid"))
        parts.append(text(f"{minute}", x, high_px - 4, class_="tick", text_anchor="middle"))
    return parts
