"""What gates and camera tell of runs → readings as a session keeps them, and back for the telling.

It decides how a reading of either device becomes a run of the session, that one made anew is of the
run that it was of, and what is told of a run that several devices read. Which of these are of one
run else, and what they say together, `station.session.joining` decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import sqrt

from hardware.units import NS
from station.camera.events import CameraNotice, FilmedPassage, FilmedRun
from station.camera.telling import passage_since, run_since, timed_run
from station.gates.timing import Notice, Timed
from station.run import Incomplete
from station.session.events import TimedRun
from station.session.joining import SAME_RUN_NS, joined, same_run
from station.zero import NO_ZERO, Zero


def of_gates(timed: Timed, origin_ns: int) -> TimedRun:
    """A run as the gates read it.

    Args:
        timed: As they tell it, from an origin on.
        origin_ns: Station time of the origin.
    """
    run = timed.run
    marker2_ns, marker3_ns = (
        origin_ns + round(at_s * NS) for at_s in (run.marker2_s, run.marker3_s)
    )
    return TimedRun(
        marker2_ns,
        marker3_ns,
        run.fly_s,
        run.fly_sigma_s,
        run.velocity_mps,
        run.velocity_sigma_mps,
        flags=run.flags,
        source=f"gates, run {timed.number}",
    )


def of_camera(filmed: FilmedRun, origin_ns: int, zero: Zero = NO_ZERO) -> tuple[Timed, TimedRun]:
    """A run as the camera read it, and put right by the zero test; and as it is told.

    Args:
        filmed: As the camera tells it.
        origin_ns: Station time from which what is told counts.
        zero: What the test found.
    """
    timed = Timed(filmed.number, run_since(filmed, origin_ns), recording=str(filmed.recording))
    return timed, zero.level(timed_run(filmed))


def passed(event: FilmedPassage | CameraNotice, origin_ns: int) -> Incomplete | Notice:
    """What else a camera tells, as gates would."""
    if isinstance(event, FilmedPassage):
        return passage_since(event, origin_ns)
    at_s = (event.at_ns - origin_ns) / NS
    return Notice(event.name, at_s, event.camera, event.said)


def run_of(
    reading: TimedRun,
    runs: Mapping[int, TimedRun],
    numbers: Mapping[str, int],
    within_ns: int = SAME_RUN_NS,
) -> tuple[int | None, TimedRun]:
    """The run that a reading is of.

    Args:
        reading: As one device has it, maybe anew, by the zero test if one counts.
        runs: Those that are known, by number.
        numbers: Of which each reading was before, by its source.
        within_ns: Between the ends of one run as two devices have it.

    Returns:
        Its number, None of a new one; and the run by all its readings.
    """
    number = numbers.get(reading.source) or same_run(reading, runs, within_ns)
    known = None if number is None else runs.get(number)
    return number, joined(known, reading, by_zero_of_now=True)


def as_told(timed: Timed, run: TimedRun, origin_ns: int, number: int, revises: bool) -> Timed:
    """What is told of a run by all its readings.

    Args:
        timed: The reading that came last, as its device tells it.
        run: By all of them.
        origin_ns: Station time from which what is told counts.
        number: The run's.
        revises: Whether it was told before.
    """
    timed = replace(timed, number=number, revises=revises)
    if not run.readings:
        return timed
    one = timed.run
    ratio = None if one.pace_400_mps is None else run.velocity_mps / one.pace_400_mps
    clips = [reading.clip for reading in run.readings if reading.clip is not None]
    told = replace(
        one,
        marker2_s=(run.marker2_ns - origin_ns) / NS,
        marker3_s=(run.marker3_ns - origin_ns) / NS,
        fly_s=run.fly_s,
        fly_sigma_s=run.fly_sigma_s,
        repeat_sigma_s=sqrt(max(run.fly_sigma_s**2 - run.lane_sigma_s**2, 0.0)),
        lane_sigma_s=run.lane_sigma_s,
        velocity_mps=run.velocity_mps,
        velocity_sigma_mps=run.velocity_sigma_mps,
        direction=run.direction,
        pace_ratio=ratio,
        flags=run.flags,
    )
    recording = clips[-1] if clips else None
    return replace(timed, run=told, readings=run.readings, recording=recording)
