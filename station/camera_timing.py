"""What a camera delivers → runs: watched, cut out as clips on disk, and timed from those.

It decides which seconds become a clip, and what is told. The clip is a recording like any other,
and is timed as `station replay` times it: its digits are those that are told. It waits for
nothing: who feeds it says what time it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import hypot
from pathlib import Path

import numpy as np

from calibration.frame_times import frame_times
from calibration.geometry import Zone
from calibration.profile import dump
from calibration.sync import DeviceClock, Stamp
from hardware.camera import Feed, Shot, StampedBy
from hardware.camera_reader import Filmed, Lost, Opened, Over
from hardware.clips import CALIBRATION, Clips, remove
from hardware.errors import StationError
from hardware.files import write_whole
from hardware.readings import BeamEdge
from hardware.recorder import Cut, Ring, write_clip
from station.delivery import Delivery
from station.flags import Flag
from station.live_watch import LiveWatch, Span
from station.replay import Replay, replay
from station.run import WIDE_S, Incomplete, Run
from station.vision.passages import ANCHOR_FRAMES

NS = 1_000_000_000
RATE_TOLERANCE = 2e-4  # of a camera's clock: crystals, and some that are old or hot
WRONG_RATE = 0.003  # of a clock that is compared by arrivals, for some seconds perhaps
MOST_ARRIVALS = 16_000  # minutes, by which the beat is known, and never less than the ring has
SAME_NS = NS // 5  # two clips may show one run
SILENT_NS = 3 * NS  # without a picture for so long, a camera is gone
JUMP_NS = 2 * NS  # timestamps that leap so far are those of another recording
REORDERED_NS = NS  # pictures are sent in their turn of decoding, which is not so far from theirs


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
        recording: Its clip.
    """

    passage: Incomplete
    at_ns: int
    recording: Path


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


@dataclass(frozen=True, slots=True)
class _Line:
    """Station time of a camera's clock, about one clip."""

    first_ns: int
    first_at_ns: int
    rate: float

    def at_ns(self, pts_ns: float) -> int:
        return self.first_at_ns + round((pts_ns - self.first_ns) * self.rate)


@dataclass(frozen=True, slots=True)
class _Job:
    """A clip that is being timed."""

    clip: Path
    first_ns: int
    line: _Line
    clock_sigma_s: float
    stamped_by: StampedBy
    found: Future[Replay]

    def at_ns(self, since_first_s: float) -> int:
        """Station time of an instant of the clip."""
        return self.line.at_ns(self.first_ns + since_first_s * NS)


class CameraTiming:
    """One camera, from its first connection to the end."""

    def __init__(
        self,
        camera: str,
        zone: Zone,
        clips: Clips,
        *,
        executor: Executor,
        utc: Callable[[], datetime],
        speeds_mps: tuple[float, float] = (3.0, 13.0),
    ) -> None:
        """Begin with nothing seen.

        Args:
            camera: Its name.
            zone: Its calibration.
            clips: Where recordings are kept.
            executor: Times clips, one after the other.
            utc: The time of day, for names.
            speeds_mps: Slowest and fastest that counts as a run.
        """
        self._camera, self._zone, self._clips = camera, zone, clips
        self._executor, self._utc, self._speeds_mps = executor, utc, speeds_mps
        self._ring = Ring(ANCHOR_FRAMES)
        self._feed: Feed | None = None
        self._clock: DeviceClock | None = None
        self._watch: LiveWatch | None = None
        self._delivery = Delivery()
        self._now_ns = self._heard_ns = 0
        self._last_ns: int | None = None
        self._epoch = 0
        self._arrivals: deque[int] = deque(maxlen=MOST_ARRIVALS)
        self._waiting: Span | None = None
        self._jobs: list[_Job] = []
        self._gone = self._misfit = False
        self._failed = ""
        self._runs = 0
        self._told_ns: list[int] = []
        self._events: list[CameraEvent] = []

    def take(self, filmed: Filmed) -> list[CameraEvent]:
        """Take what a camera's reader says.

        Returns:
            What is to be told, in order.
        """
        self._now_ns = filmed.arrival_ns if isinstance(filmed, Shot) else filmed.at_ns
        try:
            self._take(filmed)
        except Exception as error:  # whatever a camera sends, the session goes on
            self._watch = None  # it begins anew with the next picture
            said = f"{self._camera} could not be watched ({type(error).__name__}: {error})"
            if said != self._failed:
                self._failed = said
                self._notice("camera-failed", f"{said}; it is watched on, but please report this")
        self._collect(wait=False)
        return self._said()

    def _take(self, filmed: Filmed) -> None:
        match filmed:
            case Opened():
                self._open(filmed.feed)
            case Shot():
                self._see(filmed)
            case Lost():
                self._lose(filmed.why)
                self._close()
            case Over():
                self._close()

    def advance(self, now_ns: int) -> list[CameraEvent]:
        """Let time pass without a picture."""
        self._now_ns = max(now_ns, self._now_ns)
        if self._watch is not None and now_ns - self._heard_ns > SILENT_NS:
            self._lose(f"no picture for {SILENT_NS // NS} s")
        self._collect(wait=False)
        return self._said()

    @property
    def busy(self) -> bool:
        """Whether a clip is being timed."""
        return any(not job.found.done() for job in self._jobs)

    def finish(self) -> list[CameraEvent]:
        """Time what has been seen so far; there is no more."""
        self._close()
        self._collect(wait=True)
        return self._said()

    def _said(self) -> list[CameraEvent]:
        events, self._events = self._events, []
        return events

    def _notice(self, name: str, said: str) -> None:
        self._events.append(CameraNotice(name, self._now_ns, self._camera, said))

    def _open(self, feed: Feed) -> None:
        self._feed, self._misfit = feed, False
        width, height = feed.coding.picture_px
        by = {"device": "its own clock", "driver": "the driver's clock", "arrival": "their arrival"}
        same = self._begin()
        said = f"{self._camera} is open: {width}x{height}, {feed.coding.codec}, "
        said += f"pictures stamped by {by[feed.stamped_by]}"
        if self._gone:
            said = f"{self._camera} is back"
            if not same:
                said += ", with other pictures than before: was it moved? Look at the cones"
        self._gone = False
        self._notice("camera-back" if "back" in said else "camera-open", said)

    def _begin(self) -> bool:
        """Go on with pictures whose timestamps have nothing to do with earlier ones."""
        assert self._feed is not None
        self._clock = DeviceClock("device", NS, None, RATE_TOLERANCE)
        self._watch = LiveWatch(self._zone, self._speeds_mps)
        self._heard_ns, self._last_ns, self._waiting = self._now_ns, None, None
        self._delivery.begin()
        self._arrivals.clear()
        return self._ring.begin(self._feed.coding)

    def _lose(self, why: str) -> None:
        self._leave_off()
        if not self._gone:
            self._gone = True
            self._notice("camera-gone", f"{why}; it is waited for")

    def _leave_off(self) -> None:
        """There is no more of these pictures: what was seen of a passage is all of it."""
        if self._watch is not None:
            self._wait_for(self._watch.finish())
            self._cut_if_due(last=True)
        self._watch = None

    def _close(self) -> None:
        """Nothing of this connection is needed any more: it ends where nobody holds it."""
        self._leave_off()
        self._feed = None
        self._ring.end()

    def _see(self, shot: Shot) -> None:
        if self._feed is None:
            return
        if self._watch is None or self._leapt(shot):
            if self._watch is not None:
                self._leave_off()
            self._begin()
            if self._gone:
                self._gone = False
                self._notice("camera-back", f"{self._camera} is back")
        assert self._watch is not None
        assert self._clock is not None
        self._heard_ns = shot.arrival_ns
        self._last_ns = max(shot.pts_ns, self._last_ns or shot.pts_ns)
        stamp = self._clock.take(BeamEdge("", False, shot.pts_ns, shot.arrival_ns, 0.0))
        self._epoch = 0 if stamp is None else stamp.epoch
        self._ring.add(shot)
        if (said := self._delivery.add(shot.pts_ns)) is not None:
            self._notice("camera-rate", f"{self._camera} {said}")
        if self._feed.stamped_by == "arrival":
            self._arrivals.append(shot.pts_ns)
        for frame in self._feed.coding.decode(shot.packet):
            late = abs(frame.pts_ns - shot.pts_ns) > JUMP_NS  # of pictures before a leap
            if not late and self._fits(frame.luma.shape):
                self._wait_for(self._watch.feed(frame.pts_ns * 1e-9, frame.luma))
        self._cut_if_due()

    def _leapt(self, shot: Shot) -> bool:
        if self._last_ns is None:
            return False
        return not -REORDERED_NS < shot.pts_ns - self._last_ns < JUMP_NS

    def _fits(self, shape: Sequence[int]) -> bool:
        width, height = self._zone.profile.picture_px
        fits = tuple(shape) == (height, width)
        if not fits and not self._misfit:
            self._misfit = True
            said = f"{self._camera} gives pictures of {shape[1]}x{shape[0]}, and the calibration "
            said += f"is for {width}x{height}: nothing is timed; set it so, or calibrate anew"
            self._notice("camera-misfit", said)
        return fits

    def _wait_for(self, span: Span | None) -> None:
        if span is not None:
            before = self._waiting or span
            self._waiting = Span(min(before.from_s, span.from_s), max(before.to_s, span.to_s))

    def _cut_if_due(self, *, last: bool = False) -> None:
        """Make a clip of a span once all of it has come."""
        span = self._waiting
        if span is None or self._last_ns is None or not (last or self._last_ns > span.to_s * NS):
            return
        self._waiting = None
        cut = self._ring.cut(round(span.from_s * NS), round(span.to_s * NS))
        if cut is not None:
            self._record(cut)

    def _record(self, cut: Cut) -> None:
        assert self._feed is not None
        stamped_by = self._feed.stamped_by
        line, sigma_s = self._line(cut)
        at_ns = None
        if stamped_by == "arrival":
            stamps_ns = [shot.pts_ns for shot in cut.shots]
            times = frame_times(np.array(self._arrivals))
            at_ns = times.at_ns[np.searchsorted(self._arrivals, stamps_ns)].tolist()
            sigma_s = times.sigma_s((stamps_ns[-1] - stamps_ns[0]) * 1e-9)
        ago = timedelta(seconds=(self._now_ns - line.at_ns(cut.first_ns)) * 1e-9)
        recorded = self._utc().astimezone(UTC) - ago
        try:
            clip = self._clips.name(recorded)
            write_clip(
                clip,
                cut,
                recorded_utc=recorded.isoformat(timespec="microseconds").replace("+00:00", "Z"),
                clock=stamped_by,
                clock_sigma_s=sigma_s,
                at_ns=at_ns,
            )
            write_whole(clip.with_suffix(CALIBRATION), dump(self._zone.profile).encode())
            self._clips.make_room()
        except (StationError, OSError) as error:
            self._notice("recording-lost", f"a passage could not be recorded: {error}")
            return
        found = self._executor.submit(replay, clip, self._zone, speeds_mps=self._speeds_mps)
        self._jobs.append(_Job(clip, cut.first_ns, line, sigma_s, stamped_by, found))

    def _line(self, cut: Cut) -> tuple[_Line, float]:
        """Station time about a clip, and what its clock is wrong by in the length of it."""
        first, last = cut.shots[0], cut.shots[-1]
        assert self._clock is not None
        assert self._feed is not None
        took_ns = last.pts_ns - first.pts_ns
        if self._feed.stamped_by == "arrival" or took_ns <= 0:
            return _Line(first.pts_ns, first.arrival_ns, 1.0), 0.0
        a_ns, b_ns = (
            self._clock.instant(Stamp(shot.pts_ns * 1e-9, self._epoch, shot.arrival_ns, 0.0)).ns
            for shot in (first, last)
        )
        rate = (b_ns - a_ns) / took_ns
        if abs(rate - 1) < WRONG_RATE:
            return _Line(first.pts_ns, a_ns, rate), 0.0
        said = f"{self._camera}'s clock runs {100 / rate:.1f} % as fast as it should: its times "
        self._notice("camera-clock", said + "are doubtful; choose another format or program for it")
        return _Line(first.pts_ns, a_ns, rate), abs(rate - 1) * took_ns * 1e-9

    def _collect(self, *, wait: bool) -> None:
        while self._jobs and (wait or self._jobs[0].found.done()):
            job = self._jobs.pop(0)
            try:
                self._tell(job, job.found.result())
            except Exception as error:  # whatever a picture may show, the session goes on
                self._notice("recording-lost", f"a passage could not be timed: {error}")

    def _tell(self, job: _Job, found: Replay) -> None:
        """What a clip gave; nothing is kept of one in which nobody ran."""
        said: list[CameraEvent] = []
        for part, run in enumerate(found.runs, start=1):
            marker2_ns, marker3_ns = (
                job.at_ns(found.since_first_s(at_s)) for at_s in (run.marker2_s, run.marker3_s)
            )
            if any(abs(marker3_ns - told_ns) < SAME_NS for told_ns in self._told_ns):
                continue
            self._told_ns = [*self._told_ns[-20:], marker3_ns]
            self._runs += 1
            run = clocked(run, job.clock_sigma_s)
            said.append(
                FilmedRun(self._runs, run, marker2_ns, marker3_ns, job.clip, part, job.stamped_by)
            )
        for passage in found.incomplete:
            at_s = passage.marker3_s if passage.marker2_s is None else passage.marker2_s
            assert at_s is not None, "somebody was seen somewhere"
            at_ns = job.at_ns(found.since_first_s(at_s))
            said.append(FilmedPassage(passage, at_ns, job.clip))
        if all(isinstance(one, FilmedPassage) and one.passage.reason == "reverse" for one in said):
            remove(job.clip)
        self._events += said


def clocked(run: Run, clock_sigma_s: float) -> Run:
    """A run whose recording's clock is uncertain."""
    if clock_sigma_s == 0:
        return run
    repeat_s = hypot(run.repeat_sigma_s, clock_sigma_s)
    fly_s = hypot(run.fly_sigma_s, clock_sigma_s)
    flags = {*run.flags, Flag.WIDE_INTERVAL} if repeat_s > WIDE_S else {*run.flags}
    return replace(
        run,
        repeat_sigma_s=repeat_s,
        fly_sigma_s=fly_s,
        velocity_sigma_mps=run.velocity_mps * fly_s / run.fly_s,
        flags=tuple(sorted(flags)),
    )
