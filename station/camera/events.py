"""What a camera tells: runs, passages that are none, and what a coach must know about it.

It decides nothing. Words and keys for it are in `station.camera.telling`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calibration.geometry import Zone
from hardware.camera import StampedBy
from hardware.container import StationClock
from station.run import Incomplete, Run
from station.vision.follow import Sighted


@dataclass(frozen=True, slots=True)
class FilmedRun:
    """A run that a camera timed.

    Attributes:
        number: Of the run, from 1.
        run: As its recording gives it, instants in seconds of the recording.
        marker2_ns: When Marker 2 was crossed, station time.
        marker3_ns: When Marker 3 was.
        recording: Its clip.
        part: Which of the clip's runs, from 1.
        clock: Whose clock stamped the pictures.
    """

    number: int
    run: Run
    marker2_ns: int
    marker3_ns: int
    recording: Path
    part: int
    clock: StampedBy

    @property
    def source(self) -> str:
        """As the journal names it."""
        return f"video:{self.recording}#{self.part}"


@dataclass(frozen=True, slots=True)
class FilmedPassage:
    """A passage that is no run.

    Attributes:
        passage: What was seen, instants in seconds of the recording.
        at_ns: When, station time.
        recording: Its clip; of one that went against the run it is not kept.
        sighted: The crossing itself, of a camera that sees one marker alone.
        clock: How the clip's timestamps went with station time.
        clock_sigma_s: What they leave unknown of a time as long as the clip, one sd.
        before: The crossing as it was told before its clip was over, if that gives other digits.
        zone: With which cones it was timed, of a camera that sees one marker alone.
    """

    passage: Incomplete
    at_ns: int
    recording: Path
    sighted: Sighted | None = None
    clock: StationClock | None = None
    clock_sigma_s: float = 0.0
    before: Sighted | None = None
    zone: Zone | None = None


@dataclass(frozen=True, slots=True)
class CameraNotice:
    """Something that a coach must know about a camera.

    Attributes:
        name: Of the event, as "camera-gone".
        at_ns: Station time.
        camera: Which.
        said: One sentence.
    """

    name: str
    at_ns: int
    camera: str
    said: str


CameraEvent = FilmedRun | FilmedPassage | CameraNotice
