"""A run as Review tells it: whose it was, what was read, and what became of it (pure).

It decides words. It computes no result, and looks at no recording.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from station.flags import MEANING, Flag
from station.fusion import in_words
from station.pace import interval
from station.report.words import MARKS
from station.session.against import SIGNS, against, said
from station.session.joining import filmed
from station.session.judging import measure
from station.session.state import Rep, Session
from station.session.turns import place_of
from station.session.written import LOOKS

VOID = "void: it is run again"
WIDE_BY_EYE = (
    "Read by eye, it is uncertain by over 10 ms (one sd): put the line where the picture before it "
    "and the one after it agree, or take the camera's own reading back."
)


def looked_at(session: Session) -> list[Rep]:
    """The reps and runs that can be looked at, in the order in which they ended."""
    reps = (rep for rep in session.reps.values() if rep.state != "skipped")
    return sorted(reps, key=lambda rep: (rep.end_ns, rep.rep))


def title(session: Session, rep: Rep) -> str:
    """Whose a run was, and which."""
    if rep.athlete is None:
        return "nobody's run"
    planned = place_of(session, rep)
    if planned is None:
        return rep.athlete if rep.state == "void" else f"{rep.athlete}, beyond the plan"
    return f"{rep.athlete}, rep {planned.number}"


def figures(session: Session, rep: Rep) -> dict[str, Any]:
    """What a run came to."""
    measured, run = measure(session, rep), rep.run
    told: dict[str, Any] = {"time": "", "velocity": "", "verdict": "", "look": "", "doubt": False}
    if measured is None:
        return {**told, "verdict": VOID if rep.state == "void" else "not timed"}
    if measured.by_hand:
        told |= {"time": f"{measured.took_s:.1f} s", "verdict": "by hand, ± 0.2 s"}
        return told
    told["time"] = f"{interval(measured.took_s, measured.sigma_s, 3)} s"
    speed_mps, sigma_mps = measured.velocity_mps, measured.velocity_sigma_mps
    if run is not None:
        speed_mps, sigma_mps = run.velocity_mps, run.velocity_sigma_mps
    told["velocity"] = f"{interval(speed_mps, sigma_mps)} m/s"
    told["doubt"] = measured.doubtful
    if rep.state == "void":
        told |= {"verdict": VOID, "look": "doubt"}
    elif measured.doubtful:
        told |= {"verdict": "? doubtful", "look": "doubt"}
    elif rep.athlete is not None:
        found = against(session.kind, measured, session.members[rep.athlete].athlete)
        for pace, one in list(found.items())[:1]:
            verdict = f"{SIGNS[one.verdict]} {said(one, pace)}"
            told |= {"verdict": verdict, "look": LOOKS[one.verdict]}
    return told


def remarks(rep: Rep) -> list[str]:
    """What else there is to know of a run, what is in doubt first."""
    run, told = rep.run, [rep.why] if rep.why else []
    if run is not None:
        tells: dict[str, str] = MEANING
        if Flag.READ_BY_HAND in run.flags:  # no cone makes an eye surer
            tells = MEANING | {Flag.WIDE_INTERVAL: WIDE_BY_EYE}
        told += [tells.get(flag, flag) for flag in run.flags if flag != Flag.READ_BY_HAND]
        if len(run.readings) > 1:
            told.append(in_words(run.readings))
    if rep.marks:
        told.append(", ".join(MARKS[mark] for mark in rep.marks))
    return told


def kept(rep: Rep, calibration: Callable[[], str]) -> str:
    """What the camera read, where another reading counts; empty where its own does.

    Args:
        rep: The run.
        calibration: With which its recording would be timed now; asked where another reading
            counts, since it is read from the disk.
    """
    reading = filmed(rep.automatic)
    if rep.reread is None or reading is None:
        return ""
    by_hand = rep.reread.marker2_s is not None or rep.reread.marker3_s is not None
    how = "read by hand" if by_hand else "timed anew"
    if rep.reread.calibration:
        is_now = rep.reread.calibration == calibration()
        how += " with the cones of now" if is_now else " with other cones; R takes those of now"
    told = f"{how}; the camera's {interval(reading.fly_s, reading.fly_sigma_s, 3)} s is kept"
    part = filmed(rep.run)
    if part is None or rep.run is None or rep.automatic is None:
        return told
    moved_s = abs(rep.run.fly_s - rep.automatic.fly_s)
    if moved_s >= abs(part.level_s - reading.level_s) / 2:
        return told
    now = interval(part.fly_s, part.fly_sigma_s, 3)
    return f"{told}. The gates decide here: the camera's part is now {now} s"
