"""Packets of a passage → a clip on disk → runs, timed from it as `station replay` times any file.

It decides what is told of a clip, and which clips are kept. It watches nothing, and waits only
where it is told to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path

from calibration.geometry import Zone
from calibration.profile import dump
from hardware.camera import StampedBy
from hardware.clips import CALIBRATION, Clips, remove
from hardware.container import StationClock
from hardware.errors import StationError
from hardware.files import write_whole
from hardware.recorder import Cut, write_clip
from hardware.units import NS
from station.camera.events import CameraEvent, CameraNotice, FilmedPassage, FilmedRun
from station.camera.open_clip import Kept, OpenClip
from station.film.replay import Replay, lone_passage, replay
from station.frame_clock import Timeline
from station.run import Run
from station.vision.follow import Sighted

CLIPS_APART_NS = NS // 5  # two clips may show one run
REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class _Job:
    """A clip that is being timed, and what was told of it while it was filmed."""

    clip: Path
    stamped_by: StampedBy
    told: Sequence[FilmedRun]
    crossed: Sequence[Sighted]
    clock: StationClock
    zone: Zone
    found: Future[Replay]

    def at_ns(self, since_first_s: float) -> int:
        """Station time of an instant of the clip."""
        return round(self.clock.at_s(since_first_s) * NS)


class ClipTiming:
    """The clips of one camera, timed one after the other.

    Attributes:
        clips: Where they are kept.
        zone: The calibration of those that are recorded from now on.
    """

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
        self.zone, self.clips = zone, clips
        self._executor, self._utc, self._speeds_mps = executor, utc, speeds_mps
        self._jobs: list[_Job] = []
        self._told_ns: list[int] = []
        self._told: list[FilmedRun] = []  # each once, in order of their numbers

    @property
    def busy(self) -> bool:
        """Whether a clip is being timed."""
        return any(not job.found.done() for job in self._jobs)

    def begin(self, cut: Cut, timeline: Timeline, now_ns: int) -> Kept:
        """Say where a clip will be.

        Args:
            cut: Its first pictures, or all.
            timeline: When those were taken.
            now_ns: Station time.

        Raises:
            StationError: It cannot be anywhere.
        """
        ago = timedelta(seconds=(now_ns - timeline.at_ns(cut.first_ns)) / NS)
        recorded = self._utc().astimezone(UTC) - ago
        try:
            return Kept(self.clips.name(recorded), recorded)
        except OSError as error:
            raise StationError(
                f"cannot make the folder {self.clips.folder} ({error.strerror}); name another "
                "with --clips"
            ) from None

    def tell(self, of: OpenClip, run: Run, timeline: Timeline) -> FilmedRun:
        """Number a run that was timed before its clip was over.

        Args:
            of: The clip, which shows earlier runs too where it had to begin before them.
            run: As timed.
            timeline: When its pictures were taken.
        """
        begins_ns = timeline.at_ns(of.begun_ns)
        shown = [one for one in self._told if one.marker2_ns > begins_ns]
        marker2_ns, marker3_ns = (
            timeline.at_ns(of.camera_ns(at_s)) for at_s in (run.marker2_s, run.marker3_s)
        )
        told = self._numbered(
            run, marker2_ns, marker3_ns, of.kept.path, len(shown) + 1, of.stamped_by
        )
        of.told.append(told)
        return told

    def tell_crossing(self, of: OpenClip, one: Sighted) -> FilmedPassage:
        """Tell who passed the only marker that the camera sees, before the clip is over.

        Args:
            of: The clip, with its clock.
            one: As timed.
        """
        assert of.clock is not None, "it is known since somebody crossed"
        passage = lone_passage(one.best, self.zone, of.on_file_s)
        at_ns = round(of.clock.at_s(one.best.instant_s) * NS)
        return FilmedPassage(
            passage, at_ns, of.kept.path, one, of.clock, of.sigma_s, None, self.zone
        )

    def record(
        self,
        kept: Kept,
        cut: Cut,
        timeline: Timeline,
        stamped_by: StampedBy,
        of: OpenClip | None,
    ) -> None:
        """Write a clip, and begin to time it as any recording is.

        Args:
            kept: Where.
            cut: What is in it.
            timeline: When its pictures were taken.
            stamped_by: Whose clock stamped them.
            of: Itself while it was filmed, with what was told of it; None where nothing was.

        Raises:
            StationError: It cannot be written.
        """
        clip = kept.path
        told, crossed, clock = ((), (), None) if of is None else (of.told, of.crossed, of.clock)
        begins_at_ns = timeline.at_ns(cut.begun_ns(timeline.final_ns))
        clock = clock or StationClock(stamped_by, begins_at_ns, timeline.rate)
        write_clip(
            clip,
            cut,
            recorded_utc=kept.recorded.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            clock=stamped_by,
            clock_sigma_s=timeline.sigma_s,
            at_ns=timeline.final_ns,
            begins_at_ns=clock.begins_at_ns,
            clock_rate=clock.rate,
            speeds_mps=self._speeds_mps,
        )
        write_whole(clip.with_suffix(CALIBRATION), dump(self.zone.profile).encode())
        self.clips.make_room()
        found = self._executor.submit(replay, clip, self.zone, speeds_mps=self._speeds_mps)
        self._jobs.append(_Job(clip, stamped_by, told, crossed, clock, self.zone, found))

    def next(self, *, wait: bool) -> list[CameraEvent] | None:
        """What the next clip gave beyond what was told of it, in order; None: none is timed yet.

        A run whose recording gives other digits than were told is told again with its number.

        Raises:
            Exception: Whatever came of its pictures.
        """
        if not self._jobs or not (wait or self._jobs[0].found.done()):
            return None
        job = self._jobs.pop(0)
        found = job.found.result()
        told: list[CameraEvent] = []
        elsewhere_ns, here_ns = self._told_ns, []
        doubtful = list(job.told)
        for part, run in enumerate(found.runs, start=1):
            marker2_ns, marker3_ns = (
                job.at_ns(found.since_first_s(at_s)) for at_s in (run.marker2_s, run.marker3_s)
            )
            apart_ns = [abs(one.marker3_ns - marker3_ns) for one in doubtful]
            if min(apart_ns, default=CLIPS_APART_NS) < CLIPS_APART_NS:
                known = doubtful.pop(apart_ns.index(min(apart_ns)))
                if known.run != run:
                    told.append(
                        replace(known, run=run, marker2_ns=marker2_ns, marker3_ns=marker3_ns)
                    )
            elif any(abs(marker3_ns - one_ns) < CLIPS_APART_NS for one_ns in elsewhere_ns):
                continue
            else:
                told.append(
                    self._numbered(run, marker2_ns, marker3_ns, job.clip, part, job.stamped_by)
                )
            here_ns.append(marker3_ns)
        told += map(_doubtful, doubtful)
        one_marker = found.alone if len(self.zone.markers) == 1 else ()
        known_s = [one.best.instant_s for one in job.crossed]
        passed_ns = [job.at_ns(one_s) for one_s in known_s]
        before = told_before(job.crossed, one_marker)
        for passage, sighted in zip_longest(found.incomplete, one_marker):
            if sighted is not None and sighted.best.instant_s in known_s:
                continue
            at_s = passage.marker3_s if passage.marker2_s is None else passage.marker2_s
            assert at_s is not None, "somebody was seen somewhere"
            at_ns = job.at_ns(found.since_first_s(at_s))
            if any(abs(at_ns - one_ns) < CLIPS_APART_NS for one_ns in elsewhere_ns):
                continue  # the end of a run that an earlier clip shows whole, or who is in both
            told.append(
                FilmedPassage(
                    passage,
                    at_ns,
                    job.clip,
                    sighted,
                    job.clock,
                    found.clock_sigma_s,
                    None if sighted is None else before.get(sighted.best.instant_s),
                    job.zone,
                )
            )
            passed_ns += [at_ns] if one_marker else []
        self._told_ns = [*elsewhere_ns, *here_ns, *passed_ns][-REMEMBERED:]
        backwards = [
            isinstance(one, FilmedPassage) and one.passage.reason == "reverse" for one in told
        ]
        if all(backwards) and not here_ns and not job.crossed:
            remove(job.clip)  # nobody ran
        return told

    def _numbered(
        self,
        run: Run,
        marker2_ns: int,
        marker3_ns: int,
        clip: Path,
        part: int,
        stamped_by: StampedBy,
    ) -> FilmedRun:
        number = len(self._told) + 1
        told = FilmedRun(number, run, marker2_ns, marker3_ns, clip, part, stamped_by)
        self._told.append(told)
        return told


def told_before(crossed: Sequence[Sighted], found: Sequence[Sighted]) -> dict[float, Sighted]:
    """By the instant of each crossing that has other digits now: as which it was told before."""
    found_s = [one.best.instant_s for one in found]
    known_s = [one.best.instant_s for one in crossed]
    new_s = [at_s for at_s in found_s if at_s not in known_s]
    before = {}
    for one in crossed:
        at_s = one.best.instant_s
        if at_s not in found_s and new_s:
            nearest_s = min(new_s, key=lambda new_s: abs(new_s - at_s))
            if abs(nearest_s - at_s) * NS < CLIPS_APART_NS:
                before[nearest_s] = one
                new_s.remove(nearest_s)
    return before


def _doubtful(told: FilmedRun) -> CameraNotice:
    said = f"run {told.number} was told, but its recording does not show it all: look at it"
    return CameraNotice("run-doubtful", told.marker3_ns, told.recording.name, said)
