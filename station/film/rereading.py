"""A recording whose runs are looked at, and read, again.

It decides which pictures of a crossing there are to see, and makes readings of what
`station.by_eye` or the timer says. It keeps none: whose they are and whether they count, others
decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from calibration.camera_sync import load_sync
from calibration.geometry import Zone, fit_zone
from calibration.profile import load_profile
from hardware.clips import CALIBRATION, SYNC, calibration_id
from hardware.counted import counted
from hardware.errors import StationError
from hardware.units import NS
from hardware.video import open_video
from station.by_eye import Read, by_eye
from station.crossing import Crossing
from station.film.replay import Replay, replay
from station.film.scene import Scene, interval_s
from station.film.tripod import Second
from station.film.two_cameras import both_takes, replay_both, sync_for
from station.fusion import Reading
from station.run import Run
from station.session.events import TimedRun
from station.session.joining import filmed

READINGS_APART_NS = NS  # between a run as it was read and as it is timed anew


@dataclass(frozen=True, slots=True)
class Lines:
    """Where the coach put the line, seconds of the recording's own time.

    Attributes:
        marker2_s: At Marker 2; None where the station's reading stands.
        marker3_s: At Marker 3.
    """

    marker2_s: float | None = None
    marker3_s: float | None = None


@dataclass(frozen=True, slots=True)
class _Side:
    """The recording of a marker: the same for both, but where each has a camera of its own."""

    video: Path
    zone: Zone
    replay: Replay
    interval_s: float


class Recording:
    """A recording, timed anew.

    Attributes:
        timed: Its runs, in order.
        clock: How its timestamps went with station time, of a clip of ours; else None.
        calibration: With which, as `hardware.clips.calibration_id` knows what lies beside it.
    """

    def __init__(
        self,
        path: Path,
        zone: Zone | None = None,
        *,
        speeds_mps: tuple[float, float] | None = None,
        capture_fps: float | None = None,
    ) -> None:
        """Time it.

        Args:
            path: The recording; of two cameras Marker 2's, beside which lies how its clock goes
                with the other's.
            zone: Its calibration, of two cameras the one of whichever sees its marker; by default
                what lies beside it.
            speeds_mps: Slowest and fastest that counts as a run; by default as it was recorded.
            capture_fps: Rate at which it was filmed; by default as the file says.

        Raises:
            StationError: It is not there, or cannot be read; or there is no calibration.
        """
        if not path.exists():
            raise StationError(
                f"the recording {path.name} is not there; just after a run look again in a few "
                "seconds; if it was moved, put it back, or leave the time as it is"
            )
        if zone is None:
            beside = path.with_suffix(CALIBRATION)
            if not beside.exists():
                raise StationError(
                    f"there is no {beside.name} beside the recording; put its calibration there"
                )
            zone = fit_zone(load_profile(beside))
        self.calibration = calibration_id(path)
        self._replay, self._sides = _timed(path, zone, speeds_mps, capture_fps)
        self.timed, self.clock = self._replay.timed, self._replay.station_clock

    def number_of(self, before: Reading) -> int:
        """Which of its runs a reading is of, from 1: the one `near` it, or of its number.

        Raises:
            StationError: It shows no such run now.
        """
        if (number := self.near(before)) is not None:
            return number
        name, part = self._sides[2].video.name, part_of(before)
        if self._is_cut_off(before):
            raise StationError(
                f"the calibration beside {name} holds for its end alone, after this run; "
                f"see those it was timed with before, {Path(name).stem}.earlier-1.toml"
            )
        if not 0 < part <= len(self.timed):
            raise StationError(
                f"{name} gives {counted(len(self.timed), 'run')} now, and this was "
                f"number {part}; see that the calibration beside it is the right one"
            )
        return part

    def near(self, before: Reading, later_ns: int = 0) -> int | None:
        """Which of its runs was when a reading was; see `number_near`."""
        if self.clock is None:
            return None
        runs_ns = [self.station_ns(one.run.marker2_s) for one in self.timed]
        return number_near(before, runs_ns, later_ns)

    def station_ns(self, on_file_s: float) -> int:
        """Station time of an instant of its own time; it has a `clock`."""
        assert self.clock is not None, "it is a clip of ours"
        return round(self.clock.at_s(self._replay.since_first_s(on_file_s)) * NS)

    def _is_cut_off(self, before: Reading) -> bool:
        """Whether a reading is of a part for which the calibration does not hold."""
        from_s = self._sides[2].zone.profile.from_s
        if self.clock is None or from_s is None:
            return False
        return self.clock.begins_at_ns <= before.marker2_ns < self.station_ns(from_s)

    def crossing(self, number: int, marker: int) -> Crossing:
        """How the body of a run, counted from 1, passed Marker 2 or 3."""
        timed = self.timed[number - 1]
        return timed.marker2 if marker == 2 else timed.marker3

    def at_s(self, crossing: Crossing, later_ms: float = 0.0) -> float:
        """An instant of its recording's own time, so long after a crossing."""
        later_s = crossing.instant_s + later_ms / 1000
        return self._sides[crossing.marker].replay.on_file_s(later_s)

    def later_ms(self, crossing: Crossing, at_s: float) -> float:
        """How much later an instant of its recording's own time is than a crossing."""
        later_s = self._sides[crossing.marker].replay.since_first_s(at_s) - crossing.instant_s
        return 1000 * later_s

    def by_eye(self, number: int, lines: Lines, before: TimedRun) -> TimedRun:
        """A run with the coach's lines.

        Args:
            number: Which of its runs, from 1.
            lines: At one marker at least.
            before: As the devices read it.

        Raises:
            StationError: The lines are no run.
        """
        at2 = self._read(self.crossing(number, 2), lines.marker2_s)
        at3 = self._read(self.crossing(number, 3), lines.marker3_s)
        run = by_eye(self.timed[number - 1].run, at2, at3)
        return _timed_run(run, before, round(at2.moved_s * NS), round(at3.moved_s * NS))

    def anew(self, number: int, before: TimedRun) -> TimedRun:
        """A run as it is timed now."""
        return _timed_run(self.timed[number - 1].run, before)

    def _read(self, crossing: Crossing, line_s: float | None) -> Read:
        side = self._sides[crossing.marker]
        return Read(
            crossing,
            side.zone.px_per_m(0.0 if crossing.marker == 2 else side.zone.fly_m),
            side.interval_s,
            None if line_s is None else side.replay.since_first_s(line_s),
        )

    def scene(self, number: int, marker: int) -> Scene:
        """The pictures about Marker 2 or 3 of a run, counted from 1."""
        side = self._sides[marker]
        with open_video(side.video) as video:
            return Scene(video, side.replay, side.zone, self.crossing(number, marker))


def part_of(reading: Reading) -> int:
    """Which of its recording's runs a reading was of, from 1; 0 where it does not say."""
    part = reading.source.rpartition("#")[2]
    return int(part) if part.isdecimal() else 0


def number_near(before: Reading, runs_ns: Sequence[int], later_ns: int = 0) -> int | None:
    """Which of a recording's runs, from 1, was when a reading was.

    Args:
        before: The reading.
        runs_ns: When each crossed Marker 2 as it is timed now, station time.
        later_ns: By how much later the camera had the reading: what a zero test took off.

    Returns:
        Of those about then the one of the reading's number; else the nearest. None where nobody
        ran about then, or the clock was set anew since.
    """
    at_ns = before.marker2_ns + later_ns
    apart_ns = {number: abs(one - at_ns) for number, one in enumerate(runs_ns, start=1)}
    about = [number for number, apart in apart_ns.items() if apart < READINGS_APART_NS]
    part = part_of(before)
    return part if part in about else min(about, key=apart_ns.__getitem__, default=None)


def _timed(
    path: Path, zone: Zone, speeds_mps: tuple[float, float] | None, capture_fps: float | None
) -> tuple[Replay, dict[int, _Side]]:
    """What a recording gave, with the other camera's where there is one; and each marker's."""
    beside = path.with_suffix(SYNC)
    if len(zone.markers) == 2 or not beside.exists():
        alone = replay(path, zone, speeds_mps=speeds_mps, capture_fps=capture_fps)
        return alone, dict.fromkeys((2, 3), _side(path, zone, alone))
    sync = load_sync(beside)
    videos = [path.with_name(name) for name in (sync.first, sync.second)]
    takes = both_takes(videos, ())
    if takes is None:
        raise StationError(f"{beside.name} names no two recordings of one marker each")
    at2, at3 = (
        replace(one, zone=zone) if one.zone.markers.keys() == zone.markers.keys() else one
        for one in takes
    )
    second = Second(at3, sync_for(at2, at3, videos, beside, None))
    found = replay_both(at2, second, speeds_mps=speeds_mps, capture_fps=capture_fps)
    assert found.second is not None, "two recordings were timed"
    return found, {
        2: _side(at2.video, at2.zone, found),
        3: _side(at3.video, at3.zone, found.second),
    }


def _side(path: Path, zone: Zone, found: Replay) -> _Side:
    with open_video(path) as video:
        return _Side(path, zone, found, found.time_scale * interval_s(video))


def _timed_run(run: Run, before: TimedRun, moved2_ns: int = 0, moved3_ns: int = 0) -> TimedRun:
    """A run of that recording, at about the instants at which it was read before."""
    at = filmed(before)
    assert at is not None, "it was read in this recording"
    return msgspec.structs.replace(
        before,
        marker2_ns=at.marker2_ns + moved2_ns,
        marker3_ns=at.marker3_ns + moved3_ns,
        fly_s=run.fly_s,
        fly_sigma_s=run.fly_sigma_s,
        velocity_mps=run.velocity_mps,
        velocity_sigma_mps=run.velocity_sigma_mps,
        direction=run.direction,
        flags=run.flags,
        source=at.source,
        lane_sigma_s=run.lane_sigma_s,
        readings=(),
        speeds_mps=at.speeds_mps,
        capture_fps=at.capture_fps,
    )
