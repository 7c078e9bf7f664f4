from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from calibration.geometry import Zone, fit_zone
from calibration.profile import load_profile
from hardware.errors import StationError
from hardware.video import open_video
from station.film import scene as film
from station.film.evidence import check_folder, write_evidence
from station.film.replay import Replay, replay
from station.flags import Flag
from station.simulator import Scene, simulate
from station.vision.strip import BLANK, Glimpse, photo_finish

SPEED_MPS = 8.0


@pytest.fixture(scope="module", params=["left-to-right", "right-to-left"])
def timed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Zone, Replay]:
    video = tmp_path_factory.mktemp("evidence") / "fly30.mp4"
    scene = Scene(
        runs=1, size="640x360", walk_back=False, idle_s=0.3, rest_s=0.3, direction=request.param
    )
    simulate(scene, video)
    zone = fit_zone(load_profile(video.with_suffix(".toml")))
    return video, zone, replay(video, zone, pace_400_s=58.0, athlete="Zoë")


def test_every_picture_is_written_and_has_content(
    timed: tuple[Path, Zone, Replay], tmp_path: Path
) -> None:
    video, zone, found = timed
    folder = tmp_path / "made" / "here"
    check_folder(folder)
    write_evidence(folder, found, zone, video)
    assert sorted(path.name for path in folder.iterdir()) == [
        "run-1-marker2-frame.png",
        "run-1-marker2-strip.png",
        "run-1-marker3-frame.png",
        "run-1-marker3-strip.png",
        "run-1.png",
    ]
    page = cv2.imread(str(folder / "run-1.png"))
    assert page is not None
    assert page.shape[1] == 1600
    assert page.std() > 20


def test_a_crossing_at_the_files_edge_still_has_its_pictures(
    timed: tuple[Path, Zone, Replay], tmp_path: Path
) -> None:
    video, zone, found = timed
    (one,) = found.timed
    first = replace(one.marker2, instant_s=0.0, sightings=())
    last = replace(one.marker3, instant_s=found.duration_s, sightings=())
    edge = replace(found, timed=(replace(one, marker2=first, marker3=last),))
    write_evidence(tmp_path, edge, zone, video)
    assert (tmp_path / "run-1.png").exists()
    with open_video(video) as opened:
        scene = film.Scene(opened, edge, zone, first)
    low_ms, high_ms = scene.reach_ms()
    strip = scene.strip()
    later_ms = (np.arange(strip.shape[1]) - strip.shape[1] // 2) / scene.px_per_s * 1000
    empty = (strip == BLANK).all(axis=(0, 2))
    assert empty[later_ms < low_ms].all()
    assert empty.any()
    assert not empty[(later_ms > low_ms) & (later_ms < high_ms)].any()


def test_pictures_of_an_earlier_replay_do_not_pass_for_proof(
    timed: tuple[Path, Zone, Replay], tmp_path: Path
) -> None:
    video, zone, found = timed
    stale, own = ("run-7.png", "run-7-marker2-strip.png"), ("run-up.png", "run-7.png.txt")
    for name in (*stale, *own):
        (tmp_path / name).touch()
    write_evidence(tmp_path, replace(found, timed=()), zone, video)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(own)


def test_no_run_leaves_no_empty_folder(timed: tuple[Path, Zone, Replay], tmp_path: Path) -> None:
    video, zone, found = timed
    write_evidence(tmp_path / "proof", replace(found, timed=()), zone, video)
    assert not (tmp_path / "proof").exists()


def test_a_time_moved_for_the_lane_changes_the_words_and_not_the_picture(
    timed: tuple[Path, Zone, Replay], tmp_path: Path
) -> None:
    video, zone, found = timed
    (one,) = found.timed
    moved = replace(one.run, marker2_s=one.run.marker2_s + 0.04, flags=(Flag.OTHER_LANE,))
    strips, frames = [], []
    for run in (one.run, moved):
        write_evidence(tmp_path, replace(found, timed=(replace(one, run=run),)), zone, video)
        strips.append(cv2.imread(str(tmp_path / "run-1-marker2-strip.png")))
        frames.append((tmp_path / "run-1-marker2-frame.png").read_bytes())
    assert frames[0] == frames[1]
    assert (strips[0][:36] != strips[1][:36]).any()
    assert (strips[0][36:] == strips[1][36:]).all()


def test_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "proof"):
        with pytest.raises(StationError, match="is not a folder"):
            check_folder(folder)


def painted(zone: Zone, instant_s: float) -> Glimpse:
    """A wedge that moves at SPEED_MPS and points where it goes, its point at Marker 2 at 1 s."""
    width, height = zone.profile.picture_px
    picture = np.full((height, width, 3), 90, np.uint8)
    point_m = SPEED_MPS * (instant_s - 1.0)
    u, v = zone.to_pixel(
        np.array([point_m, point_m - 0.6, point_m - 0.6]), 0.0, np.array([1.5, 1.8, 1.2])
    )
    corners = np.round(np.stack([u, v], axis=1) * 16).astype(np.int32)
    cv2.fillPoly(picture, [corners], (255, 255, 255), cv2.LINE_AA, shift=4)
    return Glimpse(instant_s, picture, 0, 0)


@pytest.mark.parametrize("fps", [30, 240])
def test_a_strip_is_to_scale_and_not_mirrored(timed: tuple[Path, Zone, Replay], fps: int) -> None:
    _, zone, found = timed
    still = replace(zone, profile=replace(zone.profile, readout_ms=0.0))
    rightwards = found.runs[0].direction == "left-to-right"
    u_px, v_px = (float(a) for a in still.to_pixel(0.0, 0.0, 1.5))
    crossing = replace(
        found.timed[0].marker2, instant_s=1.0, velocity_mps=SPEED_MPS, u_px=u_px, v_px=v_px
    )
    columns = np.arange(-200, 200)  # 100 px a metre
    instants_s = 1.0 - (1 if rightwards else -1) * columns / 100 / SPEED_MPS
    glimpses = [painted(still, 0.6 + k / fps) for k in range(int(0.8 * fps))]
    heights_m = np.arange(2.0, 1.0, -0.01)
    strip = photo_finish(glimpses, still, crossing, heights_m, instants_s, 1 / fps)
    lit = strip[..., 0] > 170
    (lit_columns,) = np.nonzero(lit.any(axis=0))
    tip, back = (lit_columns.max(), lit_columns.min())
    if not rightwards:
        tip, back = 399 - lit_columns.min(), 399 - lit_columns.max()
    px_tolerance = 6  # a pixel of this small picture is 6 cm
    assert tip == pytest.approx(200, abs=px_tolerance)
    assert tip - back == pytest.approx(60, abs=px_tolerance)
    heights = lit.sum(axis=0) if rightwards else lit.sum(axis=0)[::-1]
    assert heights[150] > 2 * heights[185] > 0  # the wedge is thin where it points


def test_a_gap_in_the_recording_stays_grey(timed: tuple[Path, Zone, Replay]) -> None:
    _, zone, found = timed
    u_px, v_px = (float(a) for a in zone.to_pixel(0.0, 0.0, 1.5))
    crossing = replace(
        found.timed[0].marker2, instant_s=1.0, velocity_mps=SPEED_MPS, u_px=u_px, v_px=v_px
    )
    instants_s = np.linspace(0.9, 1.1, 100)
    glimpses = [painted(zone, 0.9)]
    strip = photo_finish(glimpses, zone, crossing, np.array([1.5]), instants_s, 1 / 30)
    assert (strip[:, -50:] == 48).all()
