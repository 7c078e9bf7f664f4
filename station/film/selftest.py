"""How true the station's ± is: renders sprints, replays them, and holds each error to its promise.

It decides which scenes are rendered and whether the outcome is honest. It times nothing itself and
knows a run's truth only from the simulator, which shares no geometry with the timing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import nan, sqrt
from pathlib import Path

from calibration.geometry import fit_zone
from calibration.interval import INTERVAL_95
from calibration.profile import load_profile
from hardware.clips import CALIBRATION
from station.film.replay import replay
from station.flags import Flag
from station.run import Run
from station.simulator import Scene, Truth, simulate

BEYOND_DOUBT = 3.3  # standard deviations that a run in another lane may be off
TRUE_APART_S = 0.5
"""A measured run belongs to a true one when it begins so close to it."""
LEAST_COVERED, MOST_COVERED = 0.90, 0.99
"""Share of the 95 % intervals that may cover the truth without boasting or hiding."""
FEW, MANY_RUNS = 2, 100
"""So few outside their intervals are bad luck; of so many runs, none outside is not good luck."""
LANE_SD_M = 0.15
"""Spread of the runners about the lane's centre, as a calibration states it by default."""

_PLAIN = Scene(runs=2, walk_back=False, rest_s=0.4, idle_s=0.6, athletes=6)
_SMALL = replace(_PLAIN, size="960x540")
_OFF_CENTRE = replace(_SMALL, lane_offset_sd_m=LANE_SD_M)
_STRIP = "960x320"  # what is far above and below the lane tells nothing and takes time
_AT = {
    "mid": ("mid", 1.5, 30.0),
    "Marker 2": ("marker2", 2.0, 30.0),
    "Marker 3": ("marker3", 3.0, 35.0),
    "mid, high": ("mid", 4.0, 45.0),
}


def _seen_from(place: str, scene: Scene) -> Scene:
    position, height_m, distance_m = _AT[place]
    return replace(
        scene, camera_position=position, camera_height_m=height_m, camera_distance_m=distance_m
    )


QUICK = {
    "30 m, 30 fps": _PLAIN,
    "30 m, 240 fps, camera 1 m high": replace(
        _SMALL, fps=240, runs=1, camera_height_m=1.0, readout_ms=4
    ),
    "40 m, 60 fps, leftwards, Marker 2": _seen_from(
        "Marker 2", replace(_SMALL, fly_m=40, fps=60, runs=1, direction="right-to-left")
    ),
    "50 m, 30 fps, 1080p, 4 m high": _seen_from(
        "mid, high", replace(_PLAIN, fly_m=50, runs=1, size="1920x1080")
    ),
    "dim and blurred": replace(_PLAIN, runs=1, dim=True),
    "walk back, coach, low sun": replace(
        _PLAIN, walk_back=True, rest_s=2.0, coach="marker3", sun=True
    ),
    "off the lane's centre": replace(_OFF_CENTRE, runs=4),
}
"""What every self-test renders."""

HARDER = {
    "poor contrast": replace(_PLAIN, contrast="poor"),
    "rain, at Marker 3": _seen_from("Marker 3", replace(_PLAIN, rain=1.0)),
    "leaves, a cloud": replace(_PLAIN, leaves_px=4.0, cloud_s=3.0),
    "trembling camera": replace(_PLAIN, shake_px=1.5),
    "second runner, next lane": replace(_PLAIN, second="far", camera_height_m=3.0),
    "slow motion, 240 fps in 30": replace(_SMALL, capture_fps=240, runs=1),
    "frames lost, uneven": replace(_PLAIN, vfr_jitter_ms=3.0, drop=0.05),
}
"""What a full one renders too."""

OFF_CENTRE = {
    f"off centre, {fly_m} m, {place}": _seen_from(
        place, replace(_OFF_CENTRE, size=_STRIP, fly_m=fly_m, direction=direction, runs=9)
    )
    for fly_m in (30, 40, 50)
    for place, direction in zip(_AT, ("left-to-right", "right-to-left") * 2, strict=True)
}
"""Over 100 runs on which a full one judges the interval."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A run that was found, beside the truth.

    Attributes:
        error_s: Measured fly time less the true one.
        repeat_sigma_s: What was promised for a runner who holds the lane's centre.
        fly_sigma_s: What was promised for a runner somewhere in the lane.
        centred: Whether he held the centre, so that the smaller promise must hold.
    """

    error_s: float
    repeat_sigma_s: float
    fly_sigma_s: float
    centred: bool

    @property
    def promised_s(self) -> float:
        """The standard deviation that the error is held to."""
        return self.repeat_sigma_s if self.centred else self.fly_sigma_s

    @property
    def covered(self) -> bool:
        """Whether the 95 % interval holds the truth."""
        return abs(self.error_s) <= INTERVAL_95 * self.promised_s


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one clip.

    Attributes:
        name: What was rendered.
        measured: Runs found in the marked lane.
        missed: True runs of any lane that were not found.
        false: Runs that were found where none was, or of the next lane without its flag.
    """

    name: str
    measured: tuple[Measured, ...]
    missed: int
    false: int


@dataclass(frozen=True, slots=True)
class Report:
    """Every clip's outcome, and what they say together."""

    outcomes: tuple[Outcome, ...]

    @property
    def honest(self) -> bool:
        """Nothing missed, nothing invented, and the intervals cover as often as they say."""
        faults = sum(outcome.missed + outcome.false for outcome in self.outcomes)
        return faults == 0 and all(_keeps_promise(part) for part in self._parts().values())

    def lines(self) -> list[str]:
        """Write the report, at most 80 columns wide."""
        missed = sum(outcome.missed for outcome in self.outcomes)
        false = sum(outcome.false for outcome in self.outcomes)
        few = all(len(runs) < MANY_RUNS for runs in self._parts().values())
        verdict = "Nothing here refutes the ±." if few else "The ± is honest."
        if not self.honest:
            verdict = "The ± IS NOT HONEST on these clips."
        return [
            f"{'':34}    found   error, ms  promised, ms    inside",
            f"{'clip':34}            rms worst  repeat   fly    95 % ±",
            *(_row(one.name, one.measured, one.missed, one.false) for one in self.outcomes),
            "",
            *(_row(where, runs) for where, runs in self._parts().items()),
            "",
            "A runner on the lane's centre is held to `repeat`, any other to `fly`.",
            *([f"Of so few, {FEW} outside may be bad luck; --full judges by over 100."] * few),
            f"{missed} runs missed, {false} false. {verdict}",
        ]

    def _parts(self) -> dict[str, list[Measured]]:
        runs = [run for outcome in self.outcomes for run in outcome.measured]
        parts = {
            "All on the lane's centre": [run for run in runs if run.centred],
            f"All off it, sd {LANE_SD_M} m": [run for run in runs if not run.centred],
        }
        return {where: part for where, part in parts.items() if part}


def selftest(full: bool, progress: Callable[[float], None] | None = None, seed: int = 0) -> Report:
    """Render clips into a temporary folder, replay them, and compare.

    Args:
        full: Over 100 runs off the lane's centre and harder scenes too; takes minutes.
        progress: Called with the share done, 0 to 1.
        seed: Another one draws other athletes, gaits and surroundings.

    Returns:
        What came of it.
    """
    scenes = seeded({**QUICK, **HARDER, **OFF_CENTRE} if full else QUICK, seed)
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="selftest-") as folder:
        for number, (name, scene) in enumerate(scenes.items()):

            def part_done(share: float, number: int = number) -> None:
                if progress is not None:
                    progress((number + share) / len(scenes))

            video = Path(folder) / "clip.mp4"
            truth = simulate(scene, video, lambda share: part_done(0.8 * share))
            outcomes.append(hold(name, truth, video, lambda share: part_done(0.8 + 0.2 * share)))
    return Report(tuple(outcomes))


def seeded(kinds: dict[str, Scene], seed: int) -> dict[str, Scene]:
    """Give every scene people and surroundings of its own."""
    return {
        name: replace(scene, seed=1000 * (seed + 1) + number)
        for number, (name, scene) in enumerate(kinds.items())
    }


def hold(
    name: str, truth: Truth, video: Path, progress: Callable[[float], None] | None = None
) -> Outcome:
    """Replay a rendered clip and hold what is found against the truth.

    Args:
        name: What to call it.
        truth: What is in it.
        video: Where it is, with its calibration beside it.
        progress: Called with the share done, 0 to 1.

    Returns:
        The errors, what was missed and what was invented.
    """
    zone = fit_zone(load_profile(video.with_suffix(CALIBRATION)))
    spare: list[Run] = list(replay(video, zone, progress=progress).runs)
    measured, missed, misjudged = [], 0, 0
    centred = not (truth.scene["lane_offset_m"] or truth.scene["lane_offset_sd_m"])
    for run in truth.runs:
        found = min(spare, key=lambda r: abs(r.marker2_s - run.marker2_s), default=None)
        if found is None or abs(found.marker2_s - run.marker2_s) > TRUE_APART_S:
            missed += 1
            continue
        spare.remove(found)
        error_s = found.fly_s - run.fly_s
        if run.lane == "own":
            measured.append(Measured(error_s, found.repeat_sigma_s, found.fly_sigma_s, centred))
            continue
        doubted = {Flag.OTHER_LANE, Flag.LANE_UNKNOWN} & set(found.flags)
        if not doubted or abs(error_s) > BEYOND_DOUBT * found.fly_sigma_s:
            misjudged += 1
    return Outcome(name, tuple(measured), missed, len(spare) + misjudged)


def _keeps_promise(runs: Sequence[Measured]) -> bool:
    """Whether the intervals cover as often as they say, as far as so many runs can tell."""
    covered = sum(run.covered for run in runs)
    share = covered / len(runs)
    boasts = share < LEAST_COVERED and len(runs) - covered > FEW
    hides = share > MOST_COVERED and len(runs) >= MANY_RUNS and not runs[0].centred
    return not (boasts or hides)


def _row(name: str, runs: Sequence[Measured], missed: int = 0, false: int = 0) -> str:
    found = f"{len(runs)}/{len(runs) + missed}" + f"+{false}" * bool(false)
    covered = f"{sum(run.covered for run in runs)}/{len(runs)}"
    return (
        f"{name:34}{found:>9}"
        f"{_rms_ms(run.error_s for run in runs):6.1f}"
        f"{1000 * max((abs(run.error_s) for run in runs), default=nan):6.1f}"
        f"{_rms_ms(run.repeat_sigma_s for run in runs):8.1f}"
        f"{_rms_ms(run.fly_sigma_s for run in runs):6.1f}{covered:>10}"
    )


def _rms_ms(values_s: Iterable[float]) -> float:
    squares = [value_s**2 for value_s in values_s]
    return 1000 * sqrt(sum(squares) / len(squares)) if squares else nan
