"""Two recordings, each of one marker → runs: their crossings on one clock, joined (pure).

It decides which crossing of Marker 3 belongs to which of Marker 2: first in, first out, as at the
gates, among those whose speeds allow it. It opens no file and times no picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot, log

from calibration.camera_sync import CameraSync
from calibration.geometry import Zone
from calibration.length import length_sd
from hardware.container import StationClock
from hardware.errors import StationError
from station.crossing import Crossing
from station.film.replay import COMPANY_S, Replay, Timed, doubts_of, lone_passage
from station.flags import Flag
from station.lane import lane_of
from station.pace import pace_400_mps
from station.run import interval, run_of, same_point
from station.speeds import RUN_MPS
from station.vision.follow import SPEED_RATIO, Sighted

# How far a live camera's delay, as arrivals tell it, may differ from what it was at the flashes.
LIVE_SD_S = {"device": 0.003, "driver": 0.001, "arrival": 0.003}
ABREAST_S = 0.3  # so soon after one another nobody knows who was first
SCALE_SDS = 2.0  # of a camera's scale, by which a speed seen there may be off


@dataclass(frozen=True, slots=True)
class Passed:
    """Somebody at one camera's marker.

    Attributes:
        own: The crossings as that camera timed them, on its recording's clock.
        shared: The same on the first camera's clock, with what the clocks leave unknown, and what
            each camera's pose does to them kept apart.
    """

    own: tuple[Crossing, ...]
    shared: tuple[Crossing, ...]

    @property
    def best(self) -> Crossing:
        """The crossing to go by."""
        return self.shared[0]


@dataclass(frozen=True, slots=True)
class Pair:
    """One runner at both markers.

    Attributes:
        first: At Marker 2.
        last: At Marker 3.
        in_company: Whether somebody else in the zone may have been the one at Marker 3.
    """

    first: Passed
    last: Passed
    in_company: bool


@dataclass(frozen=True, slots=True)
class Times:
    """A recording's instants on the clock that the cameras' sync speaks of.

    Attributes:
        begins_s: What it says at the first picture.
        rate: Its seconds per real second of the recording.
        sd_s: How far it may be off at an instant, one sd, for what has changed since the flashes.
    """

    begins_s: float
    rate: float
    sd_s: float

    def at_s(self, since_first_s: float) -> float:
        """What it says so long after the first picture."""
        return self.begins_s + since_first_s * self.rate


def live_times(clock: StationClock, clock_sigma_s: float) -> Times:
    """Station time in a clip of a live camera.

    Args:
        clock: How its timestamps went with it.
        clock_sigma_s: What arrivals leave unknown of a time as long as the clip, one sd.
    """
    sd_s = max(LIVE_SD_S[clock.stamped_by], clock_sigma_s)
    return Times(clock.begins_at_ns * 1e-9, clock.rate, sd_s)


@dataclass(frozen=True, slots=True)
class Cameras:
    """Two cameras that see one marker each, Marker 2's first.

    Attributes:
        zone2: Marker 2's.
        zone3: Marker 3's.
    """

    zone2: Zone
    zone3: Zone

    @property
    def fly_m(self) -> float:
        """Length of the Fly Zone."""
        return self.zone2.fly_m

    def at_marker2(self, sighted: Sighted, at_s: float, clock_sigma_s: float = 0.0) -> Passed:
        """Put a crossing of Marker 2 on the shared clock.

        Args:
            sighted: As Marker 2's camera timed it.
            at_s: What the shared clock says at the best crossing's instant.
            clock_sigma_s: How sure that is, one standard deviation.
        """
        later_s = at_s - sighted.best.instant_s
        shared = tuple(
            replace(
                one,
                instant_s=one.instant_s + later_s,
                noise_s=hypot(one.noise_s, clock_sigma_s),
                d_pose_s=(*one.d_pose_s, *(0.0 for _ in one.d_pose_s)),
            )
            for one in sighted.crossings
        )
        return Passed(sighted.crossings, shared)

    def at_marker3(self, sighted: Sighted, at_s: float, clock_sigma_s: float) -> Passed:
        """Put a crossing of Marker 3 on the shared clock; see `at_marker2`."""
        later_s = at_s - sighted.best.instant_s
        # Farther from one camera is nearer to the other, where they stand on both sides.
        side = -1.0 if self.zone2.mirrored != self.zone3.mirrored else 1.0
        shared = tuple(
            replace(
                one,
                instant_s=one.instant_s + later_s,
                noise_s=hypot(one.noise_s, clock_sigma_s),
                d_pose_s=(*(0.0 for _ in one.d_pose_s), *one.d_pose_s),
                d_lane_s_per_m=side * one.d_lane_s_per_m,
                feet_m=side * one.feet_m,
            )
            for one in sighted.crossings
        )
        return Passed(sighted.crossings, shared)

    def pairs(
        self, at2: Sequence[Passed], at3: Sequence[Passed], speeds_mps: tuple[float, float]
    ) -> list[Pair]:
        """Who ran through the zone.

        Args:
            at2: Who passed Marker 2, in order of time.
            at3: Who passed Marker 3, in order of time.
            speeds_mps: Slowest and fastest that counts as a run.

        Returns:
            In order of Marker 3.
        """
        inside = list(at2)
        found = []
        for last in at3:
            may_be = [one for one in inside if self._one_runner(one.best, last.best, speeds_mps)]
            if may_be:
                # Of those who went in side by side it is the one who looks like him.
                abreast = [one for one in may_be if _beside(one, may_be[0])]
                first = min(abreast, key=lambda one: self._unlike_s(one, last))
                found.append(Pair(first, last, len(may_be) > 1))
                inside.remove(first)
        return found

    def _one_runner(self, first: Crossing, last: Crossing, speeds_mps: tuple[float, float]) -> bool:
        took_s = last.instant_s - first.instant_s
        if took_s <= 0 or min(first.velocity_mps, last.velocity_mps) <= 0:
            return False
        mean_mps = self.fly_m / took_s
        slow, fast = speeds_mps
        return slow <= mean_mps <= fast and all(
            abs(log(one.velocity_mps / mean_mps)) < log(SPEED_RATIO) + SCALE_SDS * zone.scale_sd
            for one, zone in ((first, self.zone2), (last, self.zone3))
        )

    def _unlike_s(self, first: Passed, last: Passed) -> float:
        """How badly two passings are timed together, one sd: worst where they are not one body."""
        one, other = same_point(first.shared, last.shared)
        return interval(one, other, 0.0).repeat_sigma_s

    def run(
        self,
        pair: Pair,
        others: Sequence[Passed],
        *,
        from_s: float,
        pace_mps: float | None = None,
        athlete: str | None = None,
        unsure: bool = False,
    ) -> Timed:
        """Combine a pair's crossings.

        Args:
            pair: Who it was.
            others: All who were seen about that time.
            from_s: What the shared clock says at the first recording's instant 0.
            pace_mps: The athlete's 400 m pace, None without a 400 m time.
            athlete: Name, None where not given.
            unsure: Whether a clock may have another delay by now than at the flashes.

        Returns:
            The run, its instants as `from_s` has them, and the two crossings on their own
            recordings' clocks.
        """
        first, last = same_point(pair.first.shared, pair.last.shared)
        company = any(
            first.instant_s - COMPANY_S < one.best.instant_s < last.instant_s + COMPANY_S
            for one in others
            if one is not pair.first and one is not pair.last
        )
        profiles = self.zone2.profile, self.zone3.profile
        lane = lane_of(
            first,
            last,
            lane_width_m=profiles[0].lane_width_m,
            distance_m=(self.zone2.distance_m + self.zone3.distance_m) / 2,
            company=company or Flag.LANE_UNKNOWN in (*first.flags, *last.flags),
        )
        run = run_of(
            first,
            last,
            fly_m=self.fly_m,
            lane_sd_m=max(one.lane_sd_m for one in profiles),
            direction="right-to-left" if self.zone2.mirrored else "left-to-right",
            on_file=lambda shared_s: shared_s - from_s,
            pace_mps=pace_mps,
            athlete=athlete,
            lane=lane,
            length_sd=max(length_sd(one.fly_by) for one in profiles),
            flags=self._doubts(pair) | ({Flag.CLOCKS_UNSURE} if unsure else set()),
        )
        return Timed(
            run,
            pair.first.own[pair.first.shared.index(first)],
            pair.last.own[pair.last.shared.index(last)],
        )

    def _doubts(self, pair: Pair) -> set[Flag]:
        doubts = {Flag.IN_COMPANY} if pair.in_company else set()
        return doubts.union(*(doubts_of(zone.profile) for zone in (self.zone2, self.zone3)))


def _beside(one: Passed, other: Passed) -> bool:
    return abs(one.best.instant_s - other.best.instant_s) < ABREAST_S


def cameras(one: Zone, other: Zone) -> Cameras:
    """Two cameras, whichever of them sees Marker 2.

    Raises:
        StationError: They do not see one marker each, or their zones differ in length.
    """
    seen = sorted((*one.markers, *other.markers))
    if seen != [2, 3]:
        what = " and ".join("Marker " + "+".join(map(str, zone.markers)) for zone in (one, other))
        raise StationError(
            f"two cameras are for one marker each, and these calibrations are of {what}; make "
            "one with 'station calibrate … --marker2' alone, the other with --marker3 alone"
        )
    if one.fly_m != other.fly_m:
        raise StationError(
            f"the calibrations are of zones of {one.fly_m:g} m and {other.fly_m:g} m; mend the "
            "wrong one's fly_m"
        )
    return Cameras(one, other) if 2 in one.markers else Cameras(other, one)


def replay_pair(
    of2: Replay,
    of3: Replay,
    seen_by: Cameras,
    sync: CameraSync,
    *,
    pace_400_s: float | None = None,
    athlete: str | None = None,
    speeds_mps: tuple[float, float] = RUN_MPS,
) -> Replay:
    """Join what two recordings of the same runs gave.

    Args:
        of2: What Marker 2's gave.
        of3: What Marker 3's gave.
        seen_by: The cameras.
        sync: How their clocks go together, the first being Marker 2's.
        pace_400_s: The athlete's 400 m time, where it is to be compared.
        athlete: Name, where there is one.
        speeds_mps: Slowest and fastest speed that counts as a run.

    Returns:
        The runs, on the first recording's timestamps, and who was seen at one marker only.
    """
    times2, times3 = (_times(of, sync) for of in (of2, of3))
    at2 = [
        seen_by.at_marker2(one, times2.at_s(one.best.instant_s), times2.sd_s) for one in of2.alone
    ]
    at3 = []
    for one in of3.alone:
        at_s, sd_s = sync.on_first(times3.at_s(one.best.instant_s))
        at3.append(seen_by.at_marker3(one, at_s, hypot(sd_s, times3.sd_s)))
    found = seen_by.pairs(at2, at3, speeds_mps)
    timed = tuple(
        _on_file(
            seen_by.run(
                pair,
                [*at2, *at3],
                from_s=times2.at_s(0.0),
                pace_mps=None if pace_400_s is None else pace_400_mps(pace_400_s),
                athlete=athlete,
                unsure=sync.unsure,
            ),
            of2,
        )
        for pair in found
    )
    paired = [one for pair in found for one in (pair.first, pair.last)]
    incomplete = tuple(
        lone_passage(one.best, zone, lambda shared_s: of2.on_file_s(shared_s - times2.at_s(0.0)))
        for one, zone in (
            *((one, seen_by.zone2) for one in at2),
            *((one, seen_by.zone3) for one in at3),
        )
        if one not in paired
    )
    return replace(
        of2,
        recording=f"{of2.recording} + {of3.recording}",
        frames=of2.frames + of3.frames,
        timed=timed,
        incomplete=tuple(sorted(incomplete, key=lambda one: one.marker2_s or one.marker3_s or 0)),
        warnings=(*of2.warnings, *(said for said in of3.warnings if said not in of2.warnings)),
        alone=(),
        second=of3,
    )


def _times(of: Replay, sync: CameraSync) -> Times:
    if sync.clock == "recordings":
        return Times(of.clock_s(0.0), 1.0, of.clock_sigma_s)
    if of.station_clock is None:
        raise StationError(
            f"{of.recording} is no clip of a live camera, whose delays the sync file is of; add "
            "--sync with the one that 'station sync-cameras' makes of the two recordings"
        )
    return live_times(of.station_clock, of.clock_sigma_s)


def _on_file(timed: Timed, of2: Replay) -> Timed:
    run = timed.run
    on_file = replace(
        run, marker2_s=of2.on_file_s(run.marker2_s), marker3_s=of2.on_file_s(run.marker3_s)
    )
    return replace(timed, run=on_file)
