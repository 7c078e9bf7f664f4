"""Real people before real cameras: STATION_CLIPS names the folder with the footage."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import av
import pytest

from calibration.geometry import fit_zone
from calibration.profile import Profile
from station.film.replay import Replay, replay
from station.flags import Flag

VARIABLE = "STATION_CLIPS"
WALKS_MPS = (0.5, 13.0)
RUNS_MPS = (3.0, 13.0)
HALF_RATE_S = 0.003
SHAKEN = {Flag.CAMERA_MOVED, Flag.CAMERA_SHAKE, Flag.WIDE_INTERVAL}


@dataclass(frozen=True)
class Clip:
    """A clip with markers laid under the person's feet, and when he passes them.

    Attributes:
        video: File name.
        profile: Pixels of cones that could have stood there; lengths are guessed from the
            person's height.
        speeds_mps: What counts as a run.
        marker2_s: When the head is at Marker 2's plane, read off the pictures by another method
            (a blob of the head's rows, or by eye), on the file's timestamps.
        fly_s: The same from Marker 2 to Marker 3.
        off: Largest relative difference from `fly_s`: how well that other method knows it.
    """

    video: str
    profile: Profile
    speeds_mps: tuple[float, float]
    marker2_s: float
    fly_s: float
    off: float

    def path(self) -> Path:
        return folder() / self.video

    def replayed(self, path: Path | None = None, **options: object) -> Replay:
        options.setdefault("speeds_mps", self.speeds_mps)
        return replay(path or self.path(), fit_zone(self.profile), **options)


@cache
def whole(clip: Clip) -> Replay:
    return clip.replayed()


def folder() -> Path:
    named = os.environ.get(VARIABLE)
    if not named:
        pytest.skip(f"{VARIABLE} names no folder with the real footage")
    return Path(named)


def laid(fly_m, picture, marker2, marker3):
    return Profile(fly_m, picture, marker2, marker3, cone_sd_px=1.0)


LEFT, RIGHT = ((249.3, 672.0), (339.0, 587.0)), ((1030.7, 682.0), (941.0, 597.0))
RUNNER = Clip(
    "sports2d_demo3_run.mp4",
    laid(2.24, (480, 352), ((105, 325), (132, 296)), ((375, 323), (348, 294))),
    RUNS_MPS, 0.27, 0.528, 0.02,
)  # fmt: skip
WALKER_LEFTWARDS = Clip(
    "sports2d_demo4_walk.mp4", laid(2.94, (1280, 720), RIGHT, LEFT), WALKS_MPS, 2.02, 2.155, 0.02
)
WALKER_RIGHTWARDS = replace(
    WALKER_LEFTWARDS, profile=laid(2.94, (1280, 720), LEFT, RIGHT), marker2_s=7.41, fly_s=2.783
)
WALKER_IN_LOW_SUN = Clip(
    "sports2d_demo_walk.mp4",
    laid(3.86, (1768, 994), ((1350, 970), (1260, 894)), ((342, 970), (447, 894))),
    WALKS_MPS, 2.43, 2.98, 0.03,
)  # fmt: skip
STARTS = [
    Clip(
        "hato72_movie2_b12.mp4",
        laid(4.3, (1280, 720), ((400, 557), (460, 509)), ((950, 566), (872, 515))),
        RUNS_MPS, 0.34, 0.73, 0.1,
    ),
    Clip(
        "hato72_movie2_b9.mp4",
        laid(5.0, (1280, 720), ((400, 524), (458, 485)), ((950, 528), (876, 492))),
        RUNS_MPS, 1.55, 0.84, 0.1,
    ),
]  # fmt: skip
SLOWED = Clip(
    "hato72_running_slowed3x.mp4",
    laid(15.6, (1680, 720), ((46, 596), (108, 584.3)), ((1627, 559), (1565.6, 547.3))),
    WALKS_MPS, 0.4, 5.35, 0.03,
)  # fmt: skip
NOBODY = Clip(
    "pose2sim_single_cam01_60fps.mp4",
    laid(4.0, (1080, 1920), ((120, 1150),), ((950, 1180),)),
    WALKS_MPS, 0.0, 0.0, 0.0,
)  # fmt: skip
STATIC = [RUNNER, WALKER_LEFTWARDS, WALKER_RIGHTWARDS, WALKER_IN_LOW_SUN]


def named(clip: Clip) -> str:
    rightwards = clip.profile.marker3_px > clip.profile.marker2_px
    return clip.video[:-4] + ("-rightwards" if rightwards else "-leftwards")


def kept(clip: Clip, out: Path, wanted) -> Path:
    """Copy the pictures whose number is wanted, without loss and with their own timestamps."""
    with av.open(str(clip.path())) as source, av.open(str(out), "w") as target:
        pictures = source.streams.video[0]
        stream = target.add_stream("libx264", options={"crf": "0", "preset": "ultrafast"})
        stream.width, stream.height = pictures.width, pictures.height
        stream.pix_fmt = pictures.pix_fmt
        stream.time_base = stream.codec_context.time_base = pictures.time_base
        for number, frame in enumerate(source.decode(video=0)):
            if wanted(number):
                frame.pict_type = av.video.frame.PictureType.NONE
                target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out


def test_every_clip_that_the_manifest_lists_is_there():
    listed = re.findall(r"^\| (\S+\.mp4) \|", (folder() / "MANIFEST.md").read_text(), re.M)
    assert listed
    assert [name for name in listed if not (folder() / name).is_file()] == []
    ours = {clip.video for clip in (*STATIC, *STARTS, SLOWED, NOBODY)}
    assert ours == set(listed)


@pytest.mark.parametrize("clip", STATIC, ids=named)
def test_a_clean_passage_is_found_and_timed(clip):
    (run,) = whole(clip).runs
    assert run.marker2_s == pytest.approx(clip.marker2_s, abs=0.1)
    assert run.fly_s == pytest.approx(clip.fly_s, rel=clip.off)


def test_the_walk_the_other_way_is_no_run():
    for clip, other in (
        (WALKER_LEFTWARDS, WALKER_RIGHTWARDS),
        (WALKER_RIGHTWARDS, WALKER_LEFTWARDS),
    ):
        (passage,) = whole(clip).incomplete
        assert passage.reason == "reverse"
        assert passage.marker3_s == pytest.approx(other.marker2_s, abs=0.1)


def test_at_a_runs_speed_a_walk_is_nothing():
    found = WALKER_LEFTWARDS.replayed(speeds_mps=RUNS_MPS)
    assert (found.runs, found.incomplete) == ((), ())


def test_who_jumps_off_a_wall_and_runs_out_at_marker_2_is_no_run():
    found = whole(WALKER_IN_LOW_SUN)
    assert all(passage.marker3_s is None for passage in found.incomplete)
    assert all(passage.marker2_s == pytest.approx(6.9, abs=0.3) for passage in found.incomplete)


@pytest.mark.parametrize("clip", STARTS, ids=named)
def test_a_hand_held_camera_is_survived_and_flagged(clip):
    (run,) = whole(clip).runs
    assert run.marker2_s == pytest.approx(clip.marker2_s, abs=0.15)
    assert run.fly_s == pytest.approx(clip.fly_s, rel=clip.off)
    assert SHAKEN & set(run.flags)


@pytest.mark.parametrize(
    ("clip", "odd"),
    [
        (RUNNER, 0),
        (RUNNER, 1),
        (WALKER_LEFTWARDS, 0),
        (WALKER_RIGHTWARDS, 1),
        (WALKER_IN_LOW_SUN, 0),
    ],
    ids=["run", "run-odd", "walk-leftwards", "walk-rightwards-odd", "walk-in-low-sun"],
)
def test_half_the_rate_gives_the_same_time(clip, odd, tmp_path):
    (full,) = whole(clip).runs
    thinned = kept(clip, tmp_path / "half.mp4", lambda number: number % 2 == odd)
    (half,) = clip.replayed(thinned).runs
    assert half.fly_s == pytest.approx(full.fly_s, abs=HALF_RATE_S)


def test_slow_motion_by_repetition_is_told():
    for options in ({}, {"capture_fps": 90, "speeds_mps": RUNS_MPS}):
        found = SLOWED.replayed(**options)
        (run,) = found.runs
        assert Flag.REPEATED_FRAMES in run.flags
        scale = 3 if options else 1
        assert run.fly_s * scale == pytest.approx(SLOWED.fly_s, rel=SLOWED.off)
    assert any("more than once" in warning for warning in whole(SLOWED).warnings)


def test_nothing_is_found_where_nobody_crosses():
    found = NOBODY.replayed()
    assert (found.runs, found.incomplete) == ((), ())


@pytest.mark.parametrize(
    ("clip", "empty"),
    [
        (WALKER_LEFTWARDS, range(46)),
        (WALKER_RIGHTWARDS, range(162, 186)),
        (WALKER_RIGHTWARDS, range(332, 401)),
        (WALKER_IN_LOW_SUN, range(40)),
        (STARTS[0], range(48, 72)),
        (STARTS[1], range(90, 117)),
    ],
    ids=["wall", "wall-between", "wall-after", "leaves", "hand-held-after", "hand-held-after"],
)
def test_nothing_is_found_in_an_empty_picture(clip, empty, tmp_path):
    found = clip.replayed(kept(clip, tmp_path / "empty.mp4", empty.__contains__))
    assert (found.runs, found.incomplete) == ((), ())


def test_who_stands_in_the_first_pictures_does_not_spoil_the_passage(tmp_path):
    begun = kept(WALKER_LEFTWARDS, tmp_path / "begun.mp4", lambda number: number >= 56)
    (full,), (late,) = whole(WALKER_LEFTWARDS).runs, WALKER_LEFTWARDS.replayed(begun).runs
    assert late.fly_s == pytest.approx(full.fly_s, abs=0.02) or late.flags != full.flags
