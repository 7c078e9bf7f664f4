"""The ruler is held against itself: geometry, time, files. What it draws must be what it says."""

import argparse
import json
import math
import tomllib
from dataclasses import replace

import av
import cv2
import numpy as np
import pytest

from hardware.errors import StationError
from station.simulator import Scene, backdrop, simulate
from station.simulator import figure as people
from station.simulator.camera import camera_for
from station.simulator.mount import moved_background
from station.simulator.options import add_arguments, scene_from
from station.simulator.paint import Exposure, paint
from station.simulator.render import Studio
from station.simulator.stamps import stamps

SMALL = Scene(size="640x360", runs=1, walk_back=False, noise=0.0, idle_s=0.1)
CENTROID_PX = 0.02
"""So exact is the centre of a drawn head."""
SUM_ROUNDING_PX = 0.03
"""The same of a head blurred over rows of different instants, 6 px wide."""


class Head:
    """A figure of which only the head is drawn."""

    def __init__(self, figure):
        self.y_m, self.speed_mps = figure.y_m, figure.speed_mps
        self.joints_m, self.room_m, self.colour = figure.joints_m, figure.room_m, figure.colour
        self._solids = [s for s in figure.solids() if s.at == people.HEAD and s.to is None]

    def solids(self):
        return self._solids


def centroid(studio, thing, exposure):
    """Where a thing's cover is centred: column and row."""
    patch = paint(studio.camera.turned(studio.scene.rotation_deg), thing, exposure)
    cover = patch.layer[3].astype(float)
    columns, rows = np.arange(cover.shape[1]), np.arange(cover.shape[0])
    total = cover.sum()
    return (
        patch.left + (cover * columns).sum() / total,
        patch.top + (cover * rows[:, None]).sum() / total,
    )


def head_at(studio, figure, instant_s, row_s=0.0):
    """Where a head's centre is projected, at the instant of the row it is in."""
    camera = studio.camera.turned(studio.scene.rotation_deg)
    row = 0.0
    for _ in range(6):
        joints_m = figure.joints_m(np.array([instant_s + row * row_s]))
        (u, row), _ = camera.project(joints_m[people.HEAD, 0])
    return u, row


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"exposure_ms": 16.0},
        {"readout_ms": 30.0},
        {"camera_position": "marker2", "camera_height_m": 4.0},
        {"direction": "right-to-left", "camera_distance_m": 20.0},
        {"rotation_deg": 90, "readout_ms": 30.0},
        {"rotation_deg": 180, "readout_ms": 30.0},
        {"rotation_deg": 270, "readout_ms": 30.0},
    ],
)
def test_a_head_is_drawn_where_it_is(changes):
    studio = Studio(replace(SMALL, size="1280x720", **changes))
    figure = studio.cast.figures[0][0]
    run = studio.cast.runs[0]
    row_s = studio.scene.readout_ms / 1000 / studio.scene.stored_px[1]
    off = []
    for instant_s in np.linspace(run.marker2_s, run.marker3_s, 15):
        exposure = Exposure(instant_s, row_s, studio.scene.exposure_s)
        seen = centroid(studio, Head(figure), exposure)
        off.append(np.subtract(seen, head_at(studio, figure, instant_s, row_s)))
    assert np.abs(np.mean(off, axis=0)).max() < CENTROID_PX / 4
    assert np.abs(off).max() < SUM_ROUNDING_PX


def test_rolling_shutter_shows_each_row_at_its_own_instant():
    studio = Studio(SMALL)
    figure, run = studio.cast.figures[0][0], studio.cast.runs[0]
    middle_s = (run.marker2_s + run.marker3_s) / 2
    row_s = 0.024 / 360
    still_u, row = centroid(studio, Head(figure), Exposure(middle_s, 0.0, 1e-4))
    late_u, _ = centroid(studio, Head(figure), Exposure(middle_s, row_s, 1e-4))
    later_u, _ = centroid(studio, Head(figure), Exposure(middle_s + row * row_s, 0.0, 1e-4))
    assert late_u - still_u > 1.5
    assert late_u == pytest.approx(later_u, abs=SUM_ROUNDING_PX)


def test_motion_blur_is_symmetric_about_the_instant():
    studio = Studio(SMALL)
    figure, run = studio.cast.figures[0][0], studio.cast.runs[0]
    sharp = paint(studio.camera, Head(figure), Exposure(run.marker3_s, 0.0, 1e-5))
    blurred = paint(studio.camera, Head(figure), Exposure(run.marker3_s, 0.0, 0.02))
    sharp_u, _ = centroid(studio, Head(figure), Exposure(run.marker3_s, 0.0, 1e-5))
    blurred_u, _ = centroid(studio, Head(figure), Exposure(run.marker3_s, 0.0, 0.02))
    widths_px = [(patch.layer[3] > 0.02).any(axis=0).sum() for patch in (sharp, blurred)]
    assert widths_px[1] >= widths_px[0] + 2
    assert blurred_u == pytest.approx(sharp_u, abs=SUM_ROUNDING_PX)


def test_truth_is_the_instant_at_which_the_reference_point_is_at_the_line():
    studio = Studio(replace(SMALL, accel_mps2=0.4, runs=2, second="near"))
    runners = [who for who, _, until_s in studio.cast.figures if until_s < math.inf]
    assert [run.lane for run in studio.cast.runs] == ["own", "near"] * 2
    for runner, run in zip(runners, studio.cast.runs, strict=True):
        lines_m = runner.motion.x_m(np.array([run.marker2_s, run.marker3_s]))
        assert lines_m == pytest.approx([0.0, 30.0], abs=1e-8)
        assert run.fly_s == pytest.approx(run.marker3_s - run.marker2_s, abs=1e-12)
        assert run.velocity_mps == pytest.approx(30 / run.fly_s)


@pytest.mark.parametrize("direction", ["left-to-right", "right-to-left"])
def test_heads_in_the_decoded_file_pass_the_lines_when_the_truth_says_so(tmp_path, direction):
    out = tmp_path / "run.mp4"
    scene = replace(
        SMALL, fly_m=10.0, direction=direction, crf=4.0, fps=60.0, readout_ms=0.0, size="960x540"
    )
    truth = simulate(scene, out)
    studio = Studio(scene)
    empty = studio.frame(1000.0)[:540].astype(int)
    runner, run = studio.cast.figures[0][0], truth.runs[0]
    top_m = runner.body.height_m * (0.935 + 0.068 / 2)  # from mid-head upwards nothing else is
    with av.open(str(out)) as video:
        frames = [(frame.time, frame.to_ndarray()[:540]) for frame in video.decode(video=0)]
    for line_m, crossing_s in zip(
        (0.0, 10.0) if scene.heading > 0 else (10.0, 0.0),
        (run.marker2_s, run.marker3_s),
        strict=True,
    ):
        (line_u, row), _ = studio.camera.project(np.array([line_m, 0.0, top_m]))
        times, columns = [], []
        for time_s, picture in frames:
            if abs(time_s - crossing_s) < 0.25:
                band = slice(round(row) - 3, round(row) + 1)
                differs = np.abs(picture[band].astype(int) - empty[band])
                weight = np.where(differs > 8, differs, 0).sum(axis=0)
                if weight.sum() > 40:
                    times.append(time_s)
                    columns.append((weight * np.arange(960)).sum() / weight.sum())
        rate, _ = np.polyfit(times, columns, 1)
        at_line = np.interp(0.0, *zip(*sorted(
            (scene.heading * (u - line_u), t) for t, u in zip(times, columns, strict=True)
        ), strict=True))  # fmt: skip
        lead_s = runner.body.head_lead_m / run.velocity_mps
        assert abs(rate) > 100
        assert at_line + lead_s == pytest.approx(crossing_s, abs=0.006)


def test_ripple_and_bob_are_those_of_a_sprinter():
    studio = Studio(SMALL)
    motion = studio.cast.figures[0][0].motion
    instants_s = np.linspace(1.0, 3.0, 2000)
    ripple_m = motion.x_m(instants_s) - motion.mean_x_m(instants_s)
    assert 0.010 < np.ptp(ripple_m) < 0.024
    assert 4.0 < motion.step_hz < 4.7
    speed_mps = np.diff(motion.x_m(instants_s)) / np.diff(instants_s)
    assert speed_mps.min() > 8


def test_a_standing_foot_does_not_slide():
    studio = Studio(SMALL)
    figure = studio.cast.figures[0][0]
    motion, duty = figure.motion, figure.gait.duty
    mid_s = motion.instant_of(np.array(6.0))
    stance_s = mid_s + np.linspace(-0.98, 0.98, 9) * duty / motion.step_hz
    toes_m = figure.joints_m(stance_s)[people.TOE]
    assert np.ptp(toes_m[:, 0]) < 1e-9
    assert toes_m[:, 2] == pytest.approx(0.03)


@pytest.mark.parametrize("name", ["vfr.mp4", "vfr.mkv", "vfr.mov"])
def test_variable_frame_times_are_exact_in_the_file(tmp_path, name):
    out = tmp_path / name
    scene = replace(SMALL, size="160x96", vfr_jitter_ms=4.0, drop=0.1, repeat=0.1)
    truth = simulate(scene, out)
    per_s = 1000 if name.endswith("mkv") else 90000
    wanted = stamps(scene, Studio(scene).cast.end_s, per_s, np.random.default_rng([scene.seed, 1]))
    with av.open(str(out)) as video:
        base = video.streams.video[0].time_base
        ticks = [round(frame.pts * base * per_s) for frame in video.decode(video=0)]
    assert ticks == [stamp.tick for stamp in wanted]
    assert truth.frames == len(ticks)
    assert ticks[0] == 0
    assert len(set(np.diff(ticks))) > 5
    assert any(stamp.repeats for stamp in wanted)


def test_a_seed_gives_the_same_file_and_another_one_another(tmp_path):
    scene = replace(SMALL, size="160x96", fly_m=5.0, noise=2.0, shake_px=1.0, rain=0.5, runs=1)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate(replace(scene, seed=seed), tmp_path / f"{name}.mp4")
    a, b, c = ((tmp_path / f"{name}.mp4").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_slow_motion_is_tagged_and_stretched(tmp_path):
    out = tmp_path / "slow.mp4"
    scene = replace(SMALL, size="160x96", capture_fps=120.0, fly_m=5.0, idle_s=0.0)
    truth = simulate(scene, out)
    with av.open(str(out)) as video:
        assert float(video.metadata["com.android.capture.fps"]) == 120.0
        duration_s = video.duration / av.time_base
    run = truth.runs[0]
    assert truth.capture_scale == pytest.approx(0.25)
    assert run.fly_s == pytest.approx((run.marker3_s - run.marker2_s) * 0.25)
    assert run.velocity_mps == pytest.approx(8.6, abs=1.2)
    assert run.marker3_s < duration_s


@pytest.mark.parametrize("turn_deg", [90, 180, 270])
def test_a_turned_recording_is_upright_when_turned_back(tmp_path, turn_deg):
    scene = replace(SMALL, size="160x96", fly_m=5.0, crf=10.0, rotation_deg=turn_deg)
    simulate(scene, tmp_path / "turned.mp4")
    with av.open(str(tmp_path / "turned.mp4")) as video:
        frame = next(video.decode(video=0))
        stored = frame.to_ndarray(format="gray")
    assert round(-frame.rotation) % 360 == turn_deg
    upright = np.rot90(stored, -turn_deg // 90).astype(int)
    seen = Studio(replace(scene, rotation_deg=0)).frame(0.0)[:96]
    assert np.abs(upright - seen).mean() < 8  # full and limited range


@pytest.mark.parametrize("turn_deg", [90, 180, 270])
def test_only_the_shutter_knows_which_way_the_camera_is_held(turn_deg):
    scene = replace(SMALL, fly_m=10.0, sun=True, shake_px=1.0, readout_ms=0.0)
    upright, held = Studio(scene), Studio(replace(scene, rotation_deg=turn_deg))
    run = upright.cast.runs[0]
    assert held.cast.runs[0] == run
    instant_s = (run.marker2_s + run.marker3_s) / 2
    seen = upright.frame(instant_s)
    width_px, height_px = scene.size_px[::-1] if turn_deg != 180 else scene.size_px
    stored = held.frame(instant_s)
    assert stored.shape == (height_px * 3 // 2, width_px)
    back = np.rot90(stored[:height_px], -turn_deg // 90).astype(int)
    assert np.abs(back - seen[:360]).max() <= 2  # rounding


def test_nothing_is_left_of_a_recording_that_failed(tmp_path):
    out = tmp_path / "broken.mp4"
    out.write_bytes(b"old")

    def stop(part):
        if part > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(replace(SMALL, size="160x96"), out, stop)
    assert [path.name for path in tmp_path.iterdir()] == ["broken.mp4"]
    assert out.read_bytes() == b"old"


def test_cones_stand_at_the_pixels_of_the_calibration(tmp_path):
    scene = replace(SMALL, size="1280x720", camera_distance_m=14.0, camera_height_m=3.0)
    truth = simulate(replace(scene, runs=0), tmp_path / "empty.mp4")
    profile = tomllib.loads((tmp_path / "empty.toml").read_text())
    assert profile["picture_px"] == [1280, 720]
    planes = Studio(scene).frame(0.0)
    redness = np.kron(planes[720:].reshape(2, 360, 640)[1], np.ones((2, 2)))
    for u, v in profile["marker2_px"] + profile["marker3_px"]:
        across = redness[round(v), round(u) - 12 : round(u) + 13]
        red = np.flatnonzero(across > (across.min() + across.max()) / 2) - 12 + round(u)
        assert red.mean() == pytest.approx(u, abs=1.1)
        assert redness[round(v) + 6, round(u)] < across.max() - 15
    saved = json.loads((tmp_path / "empty.truth.json").read_text())
    assert saved["runs"] == []
    assert saved["scene"]["fly_m"] == truth.fly_m == 30.0


@pytest.mark.parametrize("place", ["mid", "marker2", "marker3", "12"])
@pytest.mark.parametrize("direction", ["left-to-right", "right-to-left"])
def test_the_picture_holds_both_markers_and_three_metres_more(place, direction):
    camera = camera_for(replace(SMALL, camera_position=place, direction=direction))
    ends_m = np.array([(x, y, z) for x in (-3, 33) for y in (-0.6, 0.6) for z in (0, 1.9)])
    pixels, depths_m = camera.project(ends_m)
    assert depths_m.min() > 0
    assert pixels.min() >= -1
    assert (pixels.max(axis=0) <= (640, 360)).all()


def test_the_runner_is_as_tall_as_asked():
    camera = camera_for(replace(SMALL, size="1920x1080", runner_px=60.0))
    pixels, _ = camera.project(np.array([(15.0, 0.0, 0.0), (15.0, 0.0, 1.75)]))
    assert pixels[0, 1] - pixels[1, 1] == pytest.approx(60.0, rel=0.01)
    with pytest.raises(StationError, match="at most 30 px"):
        camera_for(replace(SMALL, runner_px=60.0))


def test_a_kick_moves_everything_for_good():
    still, kicked = Studio(replace(SMALL, runs=0)), Studio(replace(SMALL, runs=0, bump_s=1.0))
    before = np.abs(still.frame(0.5).astype(int) - kicked.frame(0.5)).mean()
    after = np.abs(still.frame(4.0).astype(int) - kicked.frame(4.0)).mean()
    assert before < 0.2
    assert after > 2.0


def test_a_moved_camera_sees_the_background_that_it_would_see_from_there():
    camera, motion, pad_px = camera_for(SMALL), (7.3, -4.6, 0.5), 20
    padded, moved = (
        backdrop.render(seen_from, np.random.default_rng(3), None)[0]
        for seen_from in (camera.padded(pad_px), camera.moved(*motion))
    )
    cut = moved_background(padded, camera, pad_px, motion)
    window = cv2.createHanningWindow((640, 360), cv2.CV_64F)
    shift_px, _ = cv2.phaseCorrelate(cut[:360].astype(float), moved[:360].astype(float), window)
    assert np.abs(shift_px).max() < 0.05


def test_cones_can_be_marked_badly(tmp_path):
    simulate(replace(SMALL, runs=0, size="160x96", cone_error_px=2.0), tmp_path / "empty.mp4")
    profile = tomllib.loads((tmp_path / "empty.toml").read_text())
    exact = json.loads((tmp_path / "empty.truth.json").read_text())["cones_px"]
    off_px = np.subtract([profile["marker2_px"], profile["marker3_px"]], exact)
    assert 0.5 < off_px.std() < 5
    assert profile["cone_sd_px"] == 2.0


def test_poor_contrast_is_poor_and_good_is_good():
    def contrast(scene):
        studio = Studio(replace(scene, runs=1))
        run = studio.cast.runs[0]
        middle_s = (run.marker2_s + run.marker3_s) / 2
        differs = np.abs(studio.frame(middle_s).astype(int) - studio.frame(1000.0))[:360]
        return differs[differs > 3].mean()

    seeds = range(1, 6)
    good = [contrast(replace(SMALL, seed=seed)) for seed in seeds]
    poor = [contrast(replace(SMALL, seed=seed, contrast="poor")) for seed in seeds]
    assert np.mean(good) > 1.3 * np.mean(poor)


def test_everything_at_once_is_rendered(tmp_path):
    scene = replace(
        SMALL, runs=2, walk_back=True, coach="marker3", second="far", sun=True, rain=1.0,
        leaves_px=3.0, shake_px=1.0, hand_held_px=4.0, bump_s=1.0, light_drift=0.2, cloud_s=2.0,
        dim=True, lane_offset_sd_m=0.15, contrast="20", rest_s=0.5, size="320x180", fly_m=10.0,
        accel_mps2=-0.3,
    )  # fmt: skip
    truth = simulate(scene, tmp_path / "all.mkv")
    assert len(truth.runs) == 4
    assert truth.walk_backs == 1
    assert len({run.lane_offset_m for run in truth.runs}) == 4
    assert [run.marker2_s for run in truth.runs] == sorted(run.marker2_s for run in truth.runs)


@pytest.mark.parametrize("codec", ["hevc", "vp9", "av1", "mjpeg"])
def test_other_codecs_hold_every_frame(tmp_path, codec):
    scene = replace(SMALL, size="160x96", codec=codec, fly_m=5.0, speed_mps=10.0)
    truth = simulate(scene, tmp_path / "clip.mkv")
    with av.open(str(tmp_path / "clip.mkv")) as video:
        assert sum(1 for _ in video.decode(video=0)) == truth.frames


def test_the_command_line_is_the_scene():
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert scene_from(parser.parse_args([])) == Scene()
    args = "--fly 50 --speed 9 --camera-distance 20 --readout-ms 15 --no-walk-back --runner-px 40"
    asked = Scene(
        fly_m=50.0, speed_mps=9.0, camera_distance_m=20.0, readout_ms=15.0, walk_back=False,
        runner_px=40.0,
    )  # fmt: skip
    assert scene_from(parser.parse_args(args.split())) == asked


@pytest.mark.parametrize(
    "changes",
    [
        {"fps": 0.0},
        {"fps": math.nan},
        {"size": "-1280x720"},
        {"size": "1280"},
        {"size": "1281x720"},
        {"direction": "up"},
        {"fly_m": 0.0},
        {"fly_m": -30.0},
        {"speed_mps": math.inf},
        {"runs": -1},
        {"camera_position": "nowhere"},
        {"camera_position": "nan"},
        {"contrast": "fair"},
        {"codec": "dv"},
        {"rotation_deg": 45},
        {"runs": 1.5},
        {"sun": "yes"},
    ],
)
def test_what_cannot_be_rendered_is_refused_in_one_line(changes):
    with pytest.raises(StationError) as refused:
        Scene(**changes)
    name, value = next(iter(changes.items()))
    assert "\n" not in str(refused.value)
    assert name in str(refused.value)
    assert str(value) in str(refused.value)


@pytest.mark.parametrize("name", ["clip.txt", "no/such/folder/clip.mp4"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path, name):
    with pytest.raises(StationError, match="cannot write"):
        simulate(SMALL, tmp_path / name)
