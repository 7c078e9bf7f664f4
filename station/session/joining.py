"""Which run another device read too, and the run that all readings make (pure).

It decides which readings are of one passage. What they say together, `station.fusion` decides;
whose the run is, `station.session.assigning`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from hardware.units import NS
from station.flags import Flag
from station.fusion import Reading, fuse
from station.run import length_sd_of, velocity_sigma_mps
from station.session.events import TimedRun

SAME_RUN_NS = 3 * NS // 2  # between the ends of one run as two devices have it (our rule)
LONGEST_REP_S = 600.0
FASTEST_READ_MPS = 13.0

_but = msgspec.structs.replace


def readings_of(run: TimedRun) -> tuple[Reading, ...]:
    """What each device read of a run; at least one."""
    if run.readings:
        return run.readings
    return (
        Reading(
            run.source,
            run.marker2_ns,
            run.marker3_ns,
            run.fly_s,
            run.fly_sigma_s,
            run.lane_sigma_s,
            run.flags,
            speeds_mps=run.speeds_mps,
            capture_fps=run.capture_fps,
        ),
    )


def filmed(run: TimedRun | None) -> Reading | None:
    """What was read of a run in a recording; None of one that no camera saw."""
    readings = () if run is None else readings_of(run)
    return next((one for one in readings if one.clip), None)


def same_run(
    new: TimedRun, known: Mapping[int, TimedRun], within_ns: int = SAME_RUN_NS
) -> int | None:
    """Which run a reading is of, that was read before by another device, or by the same.

    Args:
        new: The reading of one device.
        known: Runs by number.
        within_ns: Between their ends.

    Returns:
        The one that this very recording gave before; else, of those that ended so near to it
        and that no device of its kind has read, the nearest. A passage in another lane is nobody
        else's: beams know no lanes.
    """
    for number, run in known.items():
        if any(one.source == new.source and one.clip for one in readings_of(run)):
            return number  # its recording was timed again
    if Flag.OTHER_LANE in new.flags or not new.when_known:
        return None
    kinds = {one.by for one in readings_of(new)}
    apart_ns = {
        number: abs(run.marker3_ns - new.marker3_ns)
        for number, run in known.items()
        if run.when_known
        and Flag.OTHER_LANE not in run.flags
        and kinds.isdisjoint(one.by for one in readings_of(run))
    }
    near = [number for number, apart in apart_ns.items() if apart <= within_ns]
    return min(near, key=apart_ns.__getitem__, default=None)


def joined(known: TimedRun | None, new: TimedRun, *, by_zero_of_now: bool = False) -> TimedRun:
    """The run that all readings make.

    The zone is as long as the session has it, which is what gates go by, whatever comes last; what
    a camera's calibration has measured, where no gate has read the run.

    Args:
        known: The run as it is; None of a new one.
        new: A reading more, or one of its readings made anew, which takes that one's place.
        by_zero_of_now: Whether `new` is as the zero test has it that counts now, if one does.
            Otherwise a reading made anew keeps what the zero test had found for it.
    """
    if known is None:
        return new
    by_source = {one.source: one for one in readings_of(known)}
    for one in readings_of(new):
        before = by_source.get(one.source)
        if before is not None and not one.zero_sigma_ratio and not by_zero_of_now:
            one = _levelled(one, before.zero_ratio, before.zero_sigma_ratio)
        by_source[one.source] = one
    readings = tuple(by_source.values())
    if len(readings) == 1 and not readings[0].zero_sigma_ratio:
        return new
    measured = known if _gated(known) else new
    return _run(readings, _but(new, direction=new.direction or known.direction), measured)


def is_reading_of(again: TimedRun, automatic: TimedRun) -> bool:
    """Whether what was read again in a recording can be a run that devices timed.

    Args:
        again: As it was read again.
        automatic: As they timed it.
    """
    return (
        again.source in sources([automatic])
        and 0 < again.fly_s < LONGEST_REP_S
        and 0 < again.fly_sigma_s < again.fly_s
        and 0 < again.velocity_mps <= FASTEST_READ_MPS
        and 0 < again.velocity_sigma_mps < FASTEST_READ_MPS
    )


def levelled(run: TimedRun, ratio: float, sigma_ratio: float) -> TimedRun:
    """A camera's run as the gates would have it.

    Args:
        run: As the camera read it.
        ratio: By how much of the gates' time its times are too long, by the zero test.
        sigma_ratio: One standard deviation of that.
    """
    return _run(tuple(_levelled(one, ratio, sigma_ratio) for one in readings_of(run)), run, run)


def shifted(run: TimedRun, by_ns: int) -> TimedRun:
    """The same run in another count of time."""
    return _but(
        run,
        marker2_ns=run.marker2_ns + by_ns,
        marker3_ns=run.marker3_ns + by_ns,
        readings=tuple(
            _but(one, marker2_ns=one.marker2_ns + by_ns, marker3_ns=one.marker3_ns + by_ns)
            for one in run.readings
        ),
    )


def sources(runs: Iterable[TimedRun]) -> set[str]:
    """By which numbers and files the makers of runs know them."""
    return {one.source for run in runs for one in readings_of(run)}


def _levelled(one: Reading, ratio: float, sigma_ratio: float) -> Reading:
    return _but(one, zero_ratio=ratio, zero_sigma_ratio=sigma_ratio)


def _gated(run: TimedRun) -> bool:
    return any(one.by == "gates" for one in readings_of(run))


def _run(readings: tuple[Reading, ...], like: TimedRun, measured: TimedRun) -> TimedRun:
    """What readings make.

    Args:
        readings: Which.
        like: A run of which all is so but what is measured.
        measured: One that has the zone's length, and how sure that is.
    """
    fused = fuse(readings)
    distance_m = measured.velocity_mps * measured.fly_s
    velocity_mps = distance_m / fused.fly_s
    # A gate's clock is the station's own, or was compared with it; a picture comes later.
    ended_ns = min(readings, key=lambda one: one.by == "camera").marker3_ns
    filmed = [one for one in readings if one.by == "camera"]
    best = min(filmed or readings, key=lambda one: one.fly_sigma_s)
    return _but(
        like,
        marker2_ns=ended_ns - round(fused.fly_s * NS),
        marker3_ns=ended_ns,
        fly_s=fused.fly_s,
        fly_sigma_s=fused.fly_sigma_s,
        velocity_mps=velocity_mps,
        velocity_sigma_mps=velocity_sigma_mps(
            velocity_mps, fused.fly_s, fused.fly_sigma_s, length_sd_of(measured)
        ),
        flags=fused.flags,
        source=best.source,
        lane_sigma_s=fused.lane_sigma_s,
        readings=readings,
        speeds_mps=best.speeds_mps,
        capture_fps=best.capture_fps,
    )
