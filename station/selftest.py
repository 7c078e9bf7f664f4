"""How true the station's ± is: renders sprints, replays them, and holds each error to its promise.

It decides which scenes are rendered and whether the outcome is honest. It times nothing itself and
knows a run's truth only from the simulator, which shares no geometry with the timing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from math import nan, sqrt
from pathlib import Path

from calibration.geometry import fit_zone
from calibration.profile import load_profile
from station.flags import Flag
from station.replay import replay
from station.run import Run
from station.simulator import Scene, Truth, simulate

SAME_RUN_S = 0.5
"""A measured run belongs to a true one when it begins so close to it."""
INTERVAL_SDS = 1.96
LEAST_COVERED, MOST_COVERED = 0.90, 0.99
"""Share of the 95 % intervals that may cover the truth without boasting or hiding."""
MANY_RUNS = 100
"""From so many on, covering too often is told from luck."""
LANE_SD_M = 0.15
"""Spread of the runners about the lane's centre, as a calibration states it by default."""


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
        return abs(self.error_s) <= INTERVAL_SDS * self.promised_s


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
        """Write the report, at most 79 columns wide."""
        lines = [
            "                                      found   error, ms   promised, ms   within",
            "clip                                          rms worst   repeat   fly     95 %",
        ]
        for outcome in self.outcomes:
            clip = outcome.measured
            found = f"{len(clip)}/{len(clip) + outcome.missed}"
            faults = f"  {outcome.false} FALSE" if outcome.false else ""
            lines.append(
                f"{outcome.name:37}{found:>6}{_rms_ms(e.error_s for e in clip):6.1f}"
                f"{_worst_ms(clip):6.1f}{_rms_ms(e.repeat_sigma_s for e in clip):9.1f}"
                f"{_rms_ms(e.fly_sigma_s for e in clip):6.1f}{_share(clip):>9}{faults}"
            )
        lines.append("")
        for where, runs in self._parts().items():
            lines += [
                f"{len(runs)} runs {where}: error {_rms_ms(e.error_s for e in runs):.1f} ms RMS,",
                f"  {_worst_ms(runs):.1f} ms at worst; promised "
                f"{_rms_ms(e.promised_s for e in runs):.1f} ms; "
                f"the 95 % interval held the truth in {_share(runs)}.",
            ]
        missed = sum(outcome.missed for outcome in self.outcomes)
        false = sum(outcome.false for outcome in self.outcomes)
        verdict = "The ± is honest." if self.honest else "The ± IS NOT HONEST on these clips."
        lines.append(f"{missed} runs missed, {false} false. {verdict}")
        return lines

    def _parts(self) -> dict[str, list[Measured]]:
        runs = [run for outcome in self.outcomes for run in outcome.measured]
        parts = {
            "on the lane's centre": [run for run in runs if run.centred],
            f"off it (sd {LANE_SD_M} m)": [run for run in runs if not run.centred],
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
    scenes = _scenes(full, seed)
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
    zone = fit_zone(load_profile(video.with_suffix(".toml")))
    spare: list[Run] = list(replay(video, zone, progress=progress).runs)
    measured, missed, unflagged = [], 0, 0
    centred = not (truth.scene["lane_offset_m"] or truth.scene["lane_offset_sd_m"])
    for run in truth.runs:
        found = min(spare, key=lambda r: abs(r.marker2_s - run.marker2_s), default=None)
        if found is None or abs(found.marker2_s - run.marker2_s) > SAME_RUN_S:
            missed += 1
            continue
        spare.remove(found)
        if run.lane == "own":
            error_s = found.fly_s - run.fly_s
            measured.append(Measured(error_s, found.repeat_sigma_s, found.fly_sigma_s, centred))
        elif not {Flag.OTHER_LANE, Flag.LANE_UNKNOWN} & set(found.flags):
            unflagged += 1
    return Outcome(name, tuple(measured), missed, len(spare) + unflagged)


def _scenes(full: bool, seed: int) -> dict[str, Scene]:
    """Choose what to render; each kind draws its own people and surroundings."""
    plain = Scene(runs=2, walk_back=False, rest_s=0.4, idle_s=0.6, athletes=6)
    small = replace(plain, size="960x540")
    kinds = {
        "30 m, 30 fps": plain,
        "30 m, 240 fps, camera 1 m high": replace(
            small, fps=240, runs=1, camera_height_m=1.0, readout_ms=4
        ),
        "40 m, 60 fps, leftwards, at Marker 2": replace(
            small, fly_m=40, fps=60, runs=1, direction="right-to-left", camera_position="marker2",
            camera_distance_m=40.0, camera_height_m=2.5,
        ),
        "50 m, 30 fps, 1080p, camera 4 m high": replace(
            plain, fly_m=50, runs=1, size="1920x1080", camera_height_m=4.0, camera_distance_m=40.0
        ),
        "dim, blurred, 30 fps": replace(plain, dim=True),
        "walk back, coach, low sun": replace(
            plain, walk_back=True, rest_s=2.0, coach="marker3", sun=True
        ),
        "off the lane's centre": replace(small, runs=4, lane_offset_sd_m=LANE_SD_M),
    }  # fmt: skip
    if full:
        del kinds["off the lane's centre"]
        kinds |= {
            "poor contrast": replace(plain, contrast="poor"),
            "rain, at Marker 3": replace(plain, rain=1.0, camera_position="marker3"),
            "leaves, a cloud": replace(plain, leaves_px=4.0, cloud_s=3.0),
            "trembling camera": replace(plain, shake_px=1.5),
            "second runner, next lane": replace(plain, second="far", camera_height_m=3.0),
            "slow motion, 240 fps in 30": replace(plain, fps=30, capture_fps=240, runs=1),
            "frames lost, uneven": replace(plain, vfr_jitter_ms=3.0, drop=0.05),
        }
        off = replace(small, runs=9, lane_offset_sd_m=LANE_SD_M)
        views: Sequence[tuple[str, float, float]] = (
            ("mid", 1.5, 30.0), ("marker2", 2.0, 30.0), ("marker3", 3.0, 35.0), ("mid", 4.0, 45.0)
        )  # fmt: skip
        ways = cycle(("left-to-right", "right-to-left"))
        for fly_m in (30, 40, 50):
            for position, height_m, distance_m in views:
                kinds[f"off centre, {fly_m} m, {position}, {height_m:g} m high"] = replace(
                    off, fly_m=fly_m, camera_position=position, camera_height_m=height_m,
                    camera_distance_m=distance_m, direction=next(ways),
                )  # fmt: skip
    return {
        name: replace(scene, seed=1000 * (seed + 1) + number)
        for number, (name, scene) in enumerate(kinds.items())
    }


def _keeps_promise(runs: Sequence[Measured]) -> bool:
    """Whether the intervals cover as often as they say, as far as so many runs can tell."""
    outside = sum(not run.covered for run in runs)
    most = max(2.0, (1 - LEAST_COVERED) * len(runs))
    least = (1 - MOST_COVERED) * len(runs) if len(runs) >= MANY_RUNS and not runs[0].centred else 0
    return least <= outside <= most


def _rms_ms(values_s: Iterable[float]) -> float:
    squares = [value_s**2 for value_s in values_s]
    return 1000 * sqrt(sum(squares) / len(squares)) if squares else nan


def _worst_ms(runs: Iterable[Measured]) -> float:
    return 1000 * max((abs(run.error_s) for run in runs), default=nan)


def _share(runs: Sequence[Measured]) -> str:
    return f"{sum(run.covered for run in runs)}/{len(runs)}"
