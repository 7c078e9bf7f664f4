"""Packets of a passage → a clip on disk → runs, timed from it as `station replay` times any file.

It decides what is told of a clip, and which clips are kept. It watches nothing, and waits only
where it is told to.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from calibration.geometry import Zone
from calibration.profile import dump
from hardware.camera import StampedBy
from hardware.clips import CALIBRATION, Clips, remove
from hardware.errors import StationError
from hardware.files import write_whole
from hardware.recorder import Cut, write_clip
from station.camera.events import CameraEvent, FilmedPassage, FilmedRun
from station.film.replay import Replay, replay
from station.frame_clock import NS, Timeline

SAME_NS = NS // 5  # two clips may show one run
REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class _Job:
    """A clip that is being timed."""

    clip: Path
    first_ns: int
    timeline: Timeline
    stamped_by: StampedBy
    found: Future[Replay]

    def at_ns(self, since_first_s: float) -> int:
        """Station time of an instant of the clip."""
        return self.timeline.at_ns(self.first_ns + since_first_s * NS)


class ClipTiming:
    """The clips of one camera, timed one after the other."""

    def __init__(
        self,
        zone: Zone,
        clips: Clips,
        *,
        executor: Executor,
        utc: Callable[[], datetime],
        speeds_mps: tuple[float, float],
    ) -> None:
        """Begin with none; see `station.camera.timing.CameraTiming`."""
        self._zone, self._clips = zone, clips
        self._executor, self._utc, self._speeds_mps = executor, utc, speeds_mps
        self._jobs: list[_Job] = []
        self._told_ns: list[int] = []
        self._runs = 0

    @property
    def busy(self) -> bool:
        """Whether a clip is being timed."""
        return any(not job.found.done() for job in self._jobs)

    def record(self, cut: Cut, timeline: Timeline, stamped_by: StampedBy, now_ns: int) -> None:
        """Write a clip, and begin to time it.

        Args:
            cut: What is in it.
            timeline: When its pictures were taken.
            stamped_by: Whose clock stamped them.
            now_ns: Station time.

        Raises:
            StationError: It cannot be written.
        """
        ago = timedelta(seconds=(now_ns - timeline.at_ns(cut.first_ns)) / NS)
        recorded = self._utc().astimezone(UTC) - ago
        try:
            clip = self._clips.name(recorded)
        except OSError as error:
            raise StationError(
                f"cannot make the folder {self._clips.folder} ({error.strerror}); name another "
                "with --clips"
            ) from None
        write_clip(
            clip,
            cut,
            recorded_utc=recorded.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            clock=stamped_by,
            clock_sigma_s=timeline.sigma_s,
            at_ns=timeline.final_ns,
        )
        write_whole(clip.with_suffix(CALIBRATION), dump(self._zone.profile).encode())
        self._clips.make_room()
        found = self._executor.submit(replay, clip, self._zone, speeds_mps=self._speeds_mps)
        self._jobs.append(_Job(clip, cut.first_ns, timeline, stamped_by, found))

    def next(self, *, wait: bool) -> list[CameraEvent] | None:
        """What the next clip gave, in order; None where none is timed yet.

        Raises:
            Exception: Whatever came of its pictures.
        """
        if not self._jobs or not (wait or self._jobs[0].found.done()):
            return None
        job = self._jobs.pop(0)
        found = job.found.result()
        told: list[CameraEvent] = []
        for part, run in enumerate(found.runs, start=1):
            marker2_ns, marker3_ns = (
                job.at_ns(found.since_first_s(at_s)) for at_s in (run.marker2_s, run.marker3_s)
            )
            if any(abs(marker3_ns - known_ns) < SAME_NS for known_ns in self._told_ns):
                continue
            self._told_ns = [*self._told_ns[1 - REMEMBERED :], marker3_ns]
            self._runs += 1
            told.append(
                FilmedRun(self._runs, run, marker2_ns, marker3_ns, job.clip, part, job.stamped_by)
            )
        for passage in found.incomplete:
            at_s = passage.marker3_s if passage.marker2_s is None else passage.marker2_s
            assert at_s is not None, "somebody was seen somewhere"
            told.append(FilmedPassage(passage, job.at_ns(found.since_first_s(at_s)), job.clip))
        if all(isinstance(one, FilmedPassage) and one.passage.reason == "reverse" for one in told):
            remove(job.clip)  # nobody ran
        return told
