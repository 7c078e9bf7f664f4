"""Two cameras, one for each marker, that are watched as one.

What each tells of its marker is joined to runs as `station replay` joins their clips: the same
crossings, the same clocks. It decides how long somebody who was seen at one marker may still be
seen at the other, and that a camera that was lost may have another delay afterwards.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from math import hypot
from pathlib import Path
from typing import Self

import numpy as np

from calibration.camera_sync import CameraSync, load_sync, save_sync
from calibration.geometry import Zone
from hardware.clips import SYNC, Clips
from hardware.clock import Clock, SystemClock
from hardware.container import StationClock
from hardware.errors import StationError
from hardware.units import NS
from station.camera.events import CameraEvent, CameraNotice, FilmedPassage, FilmedRun
from station.camera.live import LiveCamera
from station.camera.provisional import Provisional, Running
from station.film.pair import Cameras, Pair, Passed, live_times
from station.frame_clock import LASTS_NS
from station.speeds import RUN_MPS

REMEMBERED = 20
LATE_S = 15.0  # so long after its marker was passed, a clip has been timed, or never will be
DOUBTED_NS = {"camera-back": 0, "camera-clock-set": 2 * LASTS_NS}  # what was told before it is
BACK = (
    "its delay may be another than at the flashes: flash again with 'station sync-cameras' before "
    "its times count as sure"
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A passage that one camera told, and the same on the shared clock."""

    told: FilmedPassage
    passed: Passed
    clock: StationClock
    zone: Zone

    def is_before(self, other: _Seen) -> bool:
        """Whether it is the other as it was told before its clip was over."""
        return self.told.sighted is other.told.before


@dataclass(frozen=True, slots=True)
class _Told:
    """A run that was told, and what it was made of."""

    first: _Seen
    last: _Seen
    in_company: bool
    others: list[Passed]
    filmed: FilmedRun


class PairTiming:
    """What two cameras tell of their markers → runs; it waits for nothing."""

    def __init__(self, seen_by: Cameras, sync: CameraSync, speeds_mps: tuple[float, float]) -> None:
        """Begin with nobody.

        Args:
            seen_by: The cameras.
            sync: How their clocks go together, Marker 2's being the first.
            speeds_mps: Slowest and fastest that counts as a run.
        """
        self._cameras, self._sync, self._speeds_mps = seen_by, sync, speeds_mps
        self._seen: dict[int, list[_Seen]] = {2: [], 3: []}
        self._runs = 0
        self._told: deque[_Told] = deque(maxlen=REMEMBERED)
        self._again: list[CameraEvent] = []
        self.in_doubt = sync.unsure  # a camera was lost since the flashes, or its clock set

    def doubt(self, from_ns: int) -> None:
        """Say of all times that they are unsure, and again of those that were told since then.

        Args:
            from_ns: Station time.
        """
        self.in_doubt = True
        for place, run in enumerate(self._told):
            if run.filmed.marker3_ns > from_ns:
                pair = Pair(run.first.passed, run.last.passed, run.in_company)
                again = self._filmed(pair, run.first, run.last, run.others, run.filmed)
                self._told[place] = replace(run, filmed=again)
                self._again.append(again)

    def take(self, told: FilmedPassage) -> None:
        """Take somebody who passed one camera's marker."""
        sighted, clock = told.sighted, told.clock
        if sighted is None or clock is None:  # of both markers: no camera of a pair tells it
            return
        times = live_times(clock, told.clock_sigma_s)
        at_s, marker = times.at_s(sighted.best.instant_s), sighted.best.marker
        if marker == 2:
            passed = self._cameras.at_marker2(sighted, at_s, times.sd_s)
        else:
            first_s, sd_s = self._sync.on_first(at_s)
            passed = self._cameras.at_marker3(sighted, first_s, hypot(sd_s, times.sd_s))
        zone = told.zone or (self._cameras.zone2 if marker == 2 else self._cameras.zone3)
        seen = _Seen(told, passed, clock, zone)
        if not self._is_again(marker, seen):
            self._seen[marker].append(seen)
            self._seen[marker].sort(key=lambda one: one.passed.best.instant_s)

    def _is_again(self, marker: int, seen: _Seen) -> bool:
        """Whether it is one that was told before, by a clip that gives other digits."""
        if seen.told.before is None:
            return False
        for place, one in enumerate(self._seen[marker]):
            if one.is_before(seen):
                self._seen[marker][place] = seen
                return True
        for place, run in enumerate(self._told):
            if (run.first, run.last)[marker - 2].is_before(seen):
                first, last = (seen, run.last) if marker == 2 else (run.first, seen)
                pair = Pair(first.passed, last.passed, run.in_company)
                again = self._filmed(pair, first, last, run.others, run.filmed)
                self._told[place] = replace(run, first=first, last=last, filmed=again)
                self._again.append(again)
                return True
        return False

    def joined(self, now_ns: int, *, last: bool = False) -> list[CameraEvent]:
        """The runs that are complete, and who was seen at one marker only.

        Args:
            now_ns: Station time.
            last: Whether there is no more to come.
        """
        at2, at3 = ([one.passed for one in self._seen[marker]] for marker in (2, 3))
        told, self._again = self._again, []
        for pair in self._cameras.pairs(at2, at3, self._speeds_mps):
            told.append(self._run(pair, [*at2, *at3]))
        for marker, latest_s in ((2, self._cameras.fly_m / self._speeds_mps[0]), (3, 0.0)):
            over_s = np.inf if last else now_ns / NS - latest_s - LATE_S
            alone = [one for one in self._seen[marker] if one.passed.best.instant_s < over_s]
            for one in alone:
                told.append(one.told)
                self._seen[marker].remove(one)
        return told

    def _run(self, pair: Pair, others: list[Passed]) -> FilmedRun:
        first, last = self._took(2, pair.first), self._took(3, pair.last)
        filmed = self._filmed(pair, first, last, others, None)
        self._told.append(_Told(first, last, pair.in_company, others, filmed))
        return filmed

    def _filmed(
        self,
        pair: Pair,
        first: _Seen,
        last: _Seen,
        others: list[Passed],
        before: FilmedRun | None,
    ) -> FilmedRun:
        """A run, with the number and the clip that it had before, where it was told."""
        clips = first.told.recording, last.told.recording
        unsure = self.in_doubt and {first.clock.stamped_by, last.clock.stamped_by} != {"driver"}
        run = Cameras(first.zone, last.zone).run(pair, others, from_s=0.0, unsure=unsure).run
        marker2_ns, marker3_ns = round(run.marker2_s * NS), round(run.marker3_s * NS)
        passage_s = first.told.passage.marker2_s
        assert passage_s is not None, "it passed Marker 2"
        # As its recording has it: Marker 2's clip.
        marker2_s = passage_s + (run.marker2_s - first.passed.best.instant_s)
        run = replace(run, marker2_s=marker2_s, marker3_s=marker2_s + run.fly_s)
        if before is not None:
            if unsure:
                self._kept_together(*clips, unsure=True)
            return replace(before, run=run, marker2_ns=marker2_ns, marker3_ns=marker3_ns)
        clip = self._kept_together(*clips, unsure=unsure)
        self._runs += 1
        part = 1 + max(
            (one.filmed.part for one in self._told if one.filmed.recording == clip), default=0
        )
        return FilmedRun(
            self._runs, run, marker2_ns, marker3_ns, clip, part, first.clock.stamped_by
        )

    def _took(self, marker: int, passed: Passed) -> _Seen:
        one = next(one for one in self._seen[marker] if one.passed is passed)
        self._seen[marker].remove(one)
        return one

    def _kept_together(self, clip2: Path, clip3: Path, *, unsure: bool) -> Path:
        """Keep beside a clip which other belongs to it, and how sure that is; returns the one."""
        sync = replace(self._sync, first=clip2.name, second=clip3.name, unsure=unsure)
        together = {clip2, clip3}
        kept = {
            one.filmed.recording: {one.first.told.recording, one.last.told.recording}
            for one in self._told
        }
        for clip in (clip2, clip3):
            if kept.get(clip, together) == together:
                save_sync(sync, clip.with_suffix(SYNC))
                return clip
        return clip2  # both belong to others already, whose runs are found by that


class CameraPair:
    """Two cameras from the beginning of a `with` to its end; see `LiveCamera`.

    Attributes:
        name: Both cameras'.
        clips: Where recordings of runs are kept.
        each: Marker 2's and Marker 3's.
        over: Set when neither has more pictures.
    """

    def __init__(
        self,
        at2: LiveCamera,
        at3: LiveCamera,
        sync: CameraSync,
        *,
        speeds_mps: tuple[float, float] = RUN_MPS,
        clock: Clock | None = None,
        in_doubt: bool = False,
        flashes: Path | None = None,
    ) -> None:
        """Nothing is opened yet.

        Args:
            at2: Sees Marker 2 alone.
            at3: Sees Marker 3 alone.
            sync: How their clocks go together, Marker 2's being the first.
            speeds_mps: Slowest and fastest that counts as a run.
            clock: Station time; the computer's by default.
            in_doubt: Whether a camera may have another delay by now than at the flashes.
            flashes: A file that whoever goes on by the same flashes reads; once a camera may have
                another delay, it says so.
        """
        self.name = f"{at2.name} + {at3.name}"
        self.clips: Clips = at2.clips
        self.over = threading.Event()
        self.each: Sequence[LiveCamera] = (at2, at3)
        self._clock = clock or SystemClock()
        self._timing = PairTiming(Cameras(at2.zone, at3.zone), sync, speeds_mps)
        self._timing.in_doubt |= in_doubt
        self._flashes, self._leapt = flashes, False
        self._running = Running(at2.zone.fly_m)
        self._error: StationError | None = None
        self._watching = ExitStack()

    @property
    def zone(self) -> Zone:
        """The calibration of Marker 2's."""
        return self.each[0].zone

    @property
    def lost(self) -> bool:
        """Whether one was lost or its clock set since, and may have another delay by now."""
        return self._leapt or any(camera.lost for camera in self.each)

    def __enter__(self) -> Self:
        """Open both, and watch."""
        for camera in self.each:
            self._watching.enter_context(camera)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching; what was seen until now is timed, and can still be taken."""
        self._watching.close()

    def taken(self) -> list[CameraEvent]:
        """What there is to tell, in order; of both, before it is said why one cannot be used.

        Raises:
            StationError: A camera is none, or cannot be used.
        """
        over = all(camera.over.is_set() for camera in self.each)
        told: list[CameraEvent] = []
        for camera in self.each:
            try:
                events = camera.taken()
            except StationError as error:
                self._error, events = self._error or error, []
            for event in events:
                if isinstance(event, FilmedPassage) and event.sighted is not None:
                    self._timing.take(event)
                    if camera is self.each[0]:
                        self._running.see(2, event.sighted.best.velocity_mps, event.at_ns)
                elif isinstance(event, CameraNotice) and event.name in DOUBTED_NS:
                    self._timing.doubt(event.at_ns - DOUBTED_NS[event.name])
                    told.append(replace(event, said=f"{event.said}; {BACK}{self._keep_doubt()}"))
                    self._leapt = True
                elif isinstance(event, CameraNotice) and event.name == "camera-gone":
                    told.append(replace(event, said=f"{event.said}{self._keep_doubt()}"))
                else:
                    told.append(event)
        joined = self._timing.joined(self._clock.now_ns(), last=over)
        for event in joined:
            if isinstance(event, FilmedRun):
                self._running.told(event.marker2_ns)
        told += joined
        if self._error is not None and not told:
            why, self._error = self._error, None
            raise why
        if over and self._error is None:
            self.over.set()
        return told

    def _keep_doubt(self) -> str:
        """Say for the next session that the flashes are unsure by now; returns why it cannot."""
        path, self._flashes = self._flashes, None
        if path is not None:
            try:
                save_sync(replace(load_sync(path), unsure=True), path)
            except StationError as error:
                return f"; {path} does not say so: {error}"
        return ""

    def running(self) -> Provisional | None:
        """Who has passed Marker 2's camera and not the other; see `LiveCamera.running`."""
        return self._running.now(self._clock.now_ns())
