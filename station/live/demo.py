"""The demo: a short workout of two on a simulated track, filmed as it is run.

It decides who trains what there, and which of the recorded runs each of them is seen with. What
becomes of them the live session decides as at a real track.
"""

from __future__ import annotations

import time
from collections import defaultdict
from math import ceil
from pathlib import Path

import msgspec

from calibration.geometry import fit_zone
from calibration.profile import load_profile
from hardware.clips import CALIBRATION, Clips
from hardware.clock import SystemClock
from hardware.staged_camera import Part, StagedCamera
from hardware.units import NS
from station.camera.live import LiveCamera
from station.gates.record import Setup
from station.live.holding import Keeping, Sounding
from station.live.opening import SIMULATED, Opening
from station.live.workout import workout_of
from station.session.roster import Athlete
from station.speeds import RUN_MPS
from station.voice.cues import manner_for
from station.workout.plan import plan

RECORDING = "demo30"
WORKOUT = "3 x 30m. 0:25 Rec between reps."
RUN_IN_S = 5.0
GROUP = (
    Athlete("Ana", time_400_s=54.5, run_in_s=RUN_IN_S),
    Athlete("Ben", time_400_s=52.0, run_in_s=RUN_IN_S),
)
CALL_SPACING_S = 12.0
ENTERS_S = 0.6  # before Marker 2: the picture is empty until then
LEAVES_S = 1.0  # after Marker 3: it is empty again


class Recorded(msgspec.Struct, frozen=True):
    """A run as the recording's truth has it.

    Attributes:
        marker2_s: When Marker 2 is passed, seconds of the recording.
        marker3_s: When Marker 3 is.
        velocity_mps: Through the zone.
        athlete_index: Whose; the next in the group takes turns with the one before.
    """

    marker2_s: float
    marker3_s: float
    velocity_mps: float
    athlete_index: int


class _Scene(msgspec.Struct):
    keyframe_s: float


class _Truth(msgspec.Struct):
    scene: _Scene
    fly_m: float
    runs: list[Recorded]


class FilmedRuns:
    """The recorded runs, each athlete's in turn; see `station.live.rehearsal.Stage`."""

    def __init__(self, recording: Path, camera: StagedCamera | None) -> None:
        """Read which there are.

        Args:
            recording: It, its truth beside it.
            camera: Where they are to be seen; None for nowhere.
        """
        text = recording.with_suffix(".truth.json").read_bytes()
        truth = msgspec.json.decode(text, type=_Truth)
        self.fly_m = truth.fly_m
        self._keyframe_s, self._runs, self._camera = truth.scene.keyframe_s, truth.runs, camera
        self._run: dict[str, int] = defaultdict(int)

    def pass_by(self, athlete: str, at_ns: int) -> tuple[int, float]:
        """Have somebody pass; see `station.live.rehearsal.Stage`."""
        names = [one.name for one in GROUP]
        index = names.index(athlete) if athlete in names else 0
        theirs = [one for one in self._runs if one.athlete_index == index]
        run = theirs[self._run[athlete] % len(theirs)]
        self._run[athlete] += 1
        if self._camera is None:
            return at_ns, run.velocity_mps
        begins_s = (run.marker2_s - ENTERS_S) // self._keyframe_s * self._keyframe_s
        lead_ns = round((run.marker2_s - begins_s) * NS)
        part = Part(begins_s, ceil(run.marker3_s + LEAVES_S - begins_s))
        return self._camera.stage(part, at_ns - lead_ns) + lead_ns, run.velocity_mps


def demonstration(folder: Path, recordings: Path, speed: float, *, sound: bool) -> Opening:
    """A session that needs no hardware.

    Args:
        folder: Where it is kept.
        recordings: The shipped ones.
        speed: How many times as fast as real time passes; a camera is real.
        sound: Whether it is heard.
    """
    video = recordings / f"{RECORDING}.mp4"
    staged = watching = None
    if speed == 1:
        clock = SystemClock()
        staged = StagedCamera(video, Part(0.0), clock, time.sleep)
        zone = fit_zone(load_profile(video.with_suffix(CALIBRATION)))
        watching = LiveCamera(
            staged, zone, Clips(clips_in(folder)), speeds_mps=RUN_MPS, clock=clock
        )
    stage = FilmedRuns(video, staged)
    workout = workout_of(
        plan(WORKOUT, "fly"), GROUP, stage.fly_m, call_spacing_s=CALL_SPACING_S, name=WORKOUT
    )
    return Opening(
        Setup(stage.fly_m, SIMULATED, {}, RUN_MPS),
        None,
        watching,
        workout,
        Keeping(journal_in(folder), new=True),
        Sounding(manner_for(len(GROUP)), on=sound),
        speed,
        stage=stage,
    )


def journal_in(folder: Path) -> Path:
    """Where its journal is."""
    return folder / "demo.sqlite"


def clips_in(folder: Path) -> Path:
    """Where its clips are."""
    return folder / "clips"
