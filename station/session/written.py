"""A rep as every screen writes it: verdict, digits, their ±, and what there is to remark (pure).

It decides the words, and what is good, bad or in doubt; it computes nothing, and lays out nothing.
Terminal, pages and scripts show the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from calibration.interval import INTERVAL_95
from station.pace import spread
from station.session.against import SIGNS, Pace, said
from station.session.events import TimedRun
from station.session.shown import Last, Look, Ran, Written

LOOKS: dict[str, Look] = {"beats": "good", "does-not-beat": "bad", "cannot-tell": "doubt"}


def of_last(last: Last) -> Written:
    """What is written of the rep that ended last."""
    sign, verdict, look = _verdict(last)
    return Written(
        sign=sign,
        verdict=verdict,
        look=look,
        digits="" if last.time_s is None else digits(last.time_s, last.by_hand),
        figures=_figures(last),
        best=_best(last),
        remarks=tuple(_remarks(last)),
    )


def of_ran(ran: Ran) -> tuple[str, Look | Literal["void"]]:
    """What is written of a rep in an athlete's row, and how it looks."""
    if ran.state == "skipped":
        return "–", ""
    if ran.time_s is None:
        return ("void", "void") if ran.state == "void" else ("done", "")
    time = digits(ran.time_s, ran.by_hand) + "h" * ran.by_hand
    if ran.state == "void":
        return time, "void"
    if ran.doubtful:
        return f"?{time}", "doubt"
    if ran.verdict is None:
        return time, ""
    return SIGNS[ran.verdict] + time, LOOKS[ran.verdict]


def of_run(run: TimedRun) -> str:
    """What is written of a run that is nobody's."""
    time = (digits(run.fly_s, False), within(INTERVAL_95 * run.fly_sigma_s, False), "s")
    speed = (f"{run.velocity_mps:.2f}", spread(INTERVAL_95 * run.velocity_sigma_mps), "m/s")
    return " · ".join(" ".join(filter(None, one)) for one in (time, speed))


def digits(time_s: float, by_hand: bool) -> str:
    """A time, no finer than it was taken."""
    return f"{time_s:.{_places(by_hand)}f}"


def within(time_95_s: float | None, by_hand: bool) -> str:
    """What a time that is so written is sure within; empty where its last digit says it."""
    return spread(time_95_s, _places(by_hand))


def _places(by_hand: bool) -> int:
    return 1 if by_hand else 2


def at_pace(at_400_s: float | None, at_800_s: float | None) -> str:
    """What a rep takes at each pace that is known."""
    known = (("400", at_400_s), ("800", at_800_s))
    return " · ".join(f"{pace} m pace {at_s:.1f} s" for pace, at_s in known if at_s is not None)


def _verdict(last: Last) -> tuple[str, str, Look]:
    """The comparison, which a coach reads before the digits."""
    if last.time_s is None:
        return "", "no time", "doubt"
    if last.doubtful:
        return "?", "doubtful", "doubt"
    pace: Pace = "400" if last.against_800 is None else "800"
    against = last.against_800 or last.against_400
    if against is None:
        return "", "no 400 m time to compare with", ""
    return SIGNS[against.verdict], said(against, pace), LOOKS[against.verdict]


def _figures(last: Last) -> str:
    """What stands beside the digits: ± where it exceeds the last digit shown, and the velocity."""
    sure = within(last.time_95_s, last.by_hand)
    parts = [f"{'by hand, ' * last.by_hand}{sure} s"] if sure else []
    if last.velocity_mps is not None:
        speed = [f"{last.velocity_mps:.2f}", spread(last.velocity_95_mps), "m/s"]
        parts.append(" ".join(one for one in speed if one))
    return " · ".join(parts)


def _best(last: Last) -> str:
    if last.best == "best":
        return "▲ best ever"
    if last.best_today == "best":
        return "▲ best today"
    if last.best:
        return "= best ever"
    if last.best_today:
        return "= best today"
    return f"first over {last.distance_m:g} m" if last.first else ""


def _remarks(last: Last) -> Iterator[tuple[str, Look]]:
    """What else there is to say, what is in doubt first."""
    if last.time_s is None:
        yield "T types a stopwatch's time", ""
    yield from ((remark, "doubt") for remark in last.remarks)
    if last.devices:
        yield last.devices, ""
    if last.cut_short_s is not None:
        sure = "" if last.recovery_95_s is None else f" ± {last.recovery_95_s:.0f}"
        yield f"recovery cut short by {last.cut_short_s:.0f}{sure} s", "doubt"
    if last.by_hand and last.against_400 is not None:
        at_800_s = None if last.against_800 is None else last.against_800.at_pace_s
        yield at_pace(last.against_400.at_pace_s, at_800_s), ""
    if last.marks:
        yield f"marked: {', '.join(mark.replace('-', ' ') for mark in last.marks)}", ""
    yield from ((advice, "") for advice in last.advice)
