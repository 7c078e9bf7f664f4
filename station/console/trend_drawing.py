"""How an athlete's flies of one length went, as a drawing (drawing).

It decides what is drawn and where. It computes no result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from math import ceil, floor

from station.console.svg import drawing, element, text
from station.report.trend import Flown, Trend
from station.report.words import local

HIGH_PX, TOP_PX, LEFT_PX, RIGHT_PX, FOOT_PX = 280.0, 26.0, 64.0, 60.0, 30.0
LEAST_SPAN_MPS = 0.4
STEPS_S = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
MOST_STEPS = 6
DATE_PX = 110.0  # between dates
DAY_S, YEAR_S = 86_400.0, 300 * 86_400.0
MARK_PX = 5.0

KEYS = {
    "sure": "●  timed, with its 95 % interval",
    "windy": "▲  with more than 2 m/s from behind",
    "doubted": "○  doubtful",
    "by-hand": "◇  by hand, ± 0.2 s",
}
BEST_LINE = "━  the best so far"


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where things lie: pixels of a time of day, in seconds, and of a velocity."""

    from_s: float
    to_s: float
    low_mps: float
    high_mps: float
    wide_px: float

    def x(self, at_s: float) -> float:
        span_s = self.to_s - self.from_s
        return LEFT_PX + (at_s - self.from_s) / span_s * (self.wide_px - LEFT_PX - RIGHT_PX)

    def y(self, mps: float) -> float:
        share = (mps - self.low_mps) / (self.high_mps - self.low_mps)
        return HIGH_PX - FOOT_PX - share * (HIGH_PX - FOOT_PX - TOP_PX)


def trend_drawing(trend: Trend, wide_px: float, zone: tzinfo | None = None) -> str:
    """Draw each fly at its day, and the best so far as a line.

    Args:
        trend: Of one length.
        wide_px: How wide.
        zone: Where dates are read; where the computer is, by default.
    """
    at_s = [local(one.utc, zone).timestamp() for one in trend.flown]
    pad_s = max(0.04 * (max(at_s) - min(at_s)), 300.0)
    low = min(one.velocity_mps for one in trend.flown)
    high = max(one.velocity_mps for one in trend.flown)
    half = max(0.6 * (high - low), LEAST_SPAN_MPS / 2)
    middle = (low + high) / 2
    scale = _Scale(min(at_s) - pad_s, max(at_s) + pad_s, middle - half, middle + half, wide_px)
    parts = [*_grid(scale, trend.length_m), *_dates(scale, at_s, zone), *_best_line(trend, scale)]
    for one, s in zip(trend.flown, at_s, strict=True):
        parts += _mark(one, scale, scale.x(s))
    said = f"Flies of {trend.length_m} m from session to session; the table has the same numbers"
    return drawing(wide_px, HIGH_PX, said, *parts)


def legend(trend: Trend) -> list[str]:
    """What its marks mean, of those that it has."""
    has = {_look(one) for one in trend.flown}
    marks = [meaning for look, meaning in KEYS.items() if look in has]
    return [*marks, BEST_LINE] if _has_best_line(trend) else marks


def _look(one: Flown) -> str:
    if one.is_doubted:
        return "doubted"
    if one.is_windy:
        return "windy"
    return "by-hand" if one.row.by_hand else "sure"


def _grid(scale: _Scale, length_m: int) -> Iterator[str]:
    """Lines of equal time, with the velocity that it is over this length."""
    least_s, most_s = length_m / scale.high_mps, length_m / scale.low_mps
    step_s = next((one for one in STEPS_S if (most_s - least_s) / one <= MOST_STEPS), STEPS_S[-1])
    right_px = scale.wide_px - RIGHT_PX
    yield text("s: faster is up", 0, 14, class_="tick")
    yield text("m/s", right_px + 8, 14, class_="tick")
    digits = 2 if step_s < 0.1 else 1
    for number in range(ceil(least_s / step_s), floor(most_s / step_s) + 1):
        took_s = number * step_s
        y = scale.y(length_m / took_s)
        yield element("line", x1=LEFT_PX, x2=right_px, y1=y, y2=y, class_="grid")
        left = f"{took_s:.{digits}f} s"
        yield text(left, LEFT_PX - 8, y + 5, class_="tick", text_anchor="end")
        yield text(f"{length_m / took_s:.2f}", right_px + 8, y + 5, class_="tick")


def _dates(scale: _Scale, at_s: Sequence[float], zone: tzinfo | None) -> Iterator[str]:
    """The days on which there were flies: the last, the first, and whichever has room between."""
    span_s = scale.to_s - scale.from_s
    form = "%d %b, %H:%M" if span_s < DAY_S else "%d %b" if span_s < YEAR_S else "%d %b %Y"
    written: list[float] = []
    for at in (at_s[-1], *at_s[:-1]):
        x = scale.x(at)
        if any(abs(x - other) < DATE_PX for other in written):
            continue
        written.append(x)
        near_left, near_right = x < LEFT_PX + DATE_PX / 2, x > scale.wide_px - DATE_PX / 2
        anchor = "start" if near_left else "end" if near_right else "middle"
        shown = f"{datetime.fromtimestamp(at, zone):{form}}".removeprefix("0")
        foot_px = HIGH_PX - FOOT_PX
        yield element("line", x1=x, x2=x, y1=foot_px, y2=foot_px + 8, class_="grid")
        yield text(shown, x, HIGH_PX - 6, class_="tick", text_anchor=anchor)


def _has_best_line(trend: Trend) -> bool:
    """Whether anything was run since the first best: one dot alone is its own best."""
    return bool(trend.best_so_far) and trend.best_so_far[0] is not trend.flown[-1]


def _best_line(trend: Trend, scale: _Scale) -> list[str]:
    """The best so far, from day to day until the last; its end is the best."""
    if not _has_best_line(trend):
        return []
    points: list[tuple[float, float]] = []
    for one in trend.best_so_far:
        x, y = scale.x(local(one.utc).timestamp()), scale.y(one.velocity_mps)
        if points:
            points.append((x, points[-1][1]))
        points.append((x, y))
    points.append((scale.x(local(trend.flown[-1].utc).timestamp()), points[-1][1]))
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return [element("polyline", points=path, class_="best")]


def _mark(one: Flown, scale: _Scale, x: float) -> Iterator[str]:
    y, look = scale.y(one.velocity_mps), _look(one)
    half_px = abs(scale.y(0.0) - scale.y(one.row.velocity_95_mps or 0.0))
    if half_px > MARK_PX:
        top, foot = max(y - half_px, TOP_PX), min(y + half_px, HIGH_PX - FOOT_PX)
        yield element("line", x1=x, x2=x, y1=top, y2=foot, class_=f"bar {look}")
    if look in ("sure", "doubted"):
        yield element("circle", cx=x, cy=y, r=MARK_PX, class_=f"mark {look}")
        return
    r = MARK_PX + 1
    corners = [(x, y - r), (x + r, y + r), (x - r, y + r)]
    if look == "by-hand":
        corners = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
    points = " ".join(f"{u:.1f},{v:.1f}" for u, v in corners)
    yield element("polygon", points=points, class_=f"mark {look}")
