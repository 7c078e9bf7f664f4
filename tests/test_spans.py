"""A long recording: what matters is found by its keyframes, and nothing is lost by the rest."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.geometry import fit_zone
from calibration.profile import load_profile
from hardware.video import open_video
from station.film.replay import replay
from station.simulator import Scene
from station.simulator.truth import calibration_path
from station.vision.spans import Body, spans_worth_decoding, walkers

SPEEDS_MPS = (3.0, 13.0)
WALK_MPS = 2.1
SESSION = Scene(
    size="640x360", fps=20, runs=2, rest_s=24.0, idle_s=25.0, coach="marker2", seed=3, crf=26
)
"""A minute and more: a run, a walk back, another run, a coach at the marker."""
TOLERANCE_S = 0.02  # this picture is small and coarse; accuracy is tested elsewhere


def zone_of(video):
    return fit_zone(load_profile(calibration_path(video)))


def spans_of(video):
    recording = open_video(video)
    return spans_worth_decoding(recording, zone_of(video), SPEEDS_MPS, recording.time_scale)


@pytest.fixture(scope="module")
def session(rendered):
    return rendered(SESSION)


def test_spans_cover_the_runs_and_little_else(session):
    video, truth = session
    spans = np.array(spans_of(video)) * 1e-9
    assert (np.diff(spans.ravel()) > 0).all()
    for run in truth.runs:
        assert ((spans[:, 0] < run.marker2_s - 1) & (run.marker3_s + 0.5 < spans[:, 1])).any()
    assert np.diff(spans).sum() < 0.35 * truth.duration_s


def test_same_digits_as_a_full_decode(session, monkeypatch):
    video, truth = session
    sparse = replay(video, zone_of(video))
    monkeypatch.setattr("station.film.replay.spans_worth_decoding", lambda *_: None)
    full = replay(video, zone_of(video))
    assert sparse.runs == full.runs
    assert sparse.incomplete == full.incomplete
    assert [run.fly_s for run in sparse.runs] == pytest.approx(
        [run.fly_s for run in truth.runs], abs=TOLERANCE_S
    )


def test_progress_only_grows(session):
    video, _ = session
    shares: list[float] = []
    replay(video, zone_of(video), progress=shares.append)
    assert shares == sorted(shares)
    assert min(shares) >= 0
    assert max(shares) <= 1


def test_keyframes_too_far_apart_for_the_zone(rendered):
    """In ten metres nobody has to be in the picture at a keyframe: all of it is decoded."""
    video, truth = rendered(
        Scene(fly_m=10, size="320x180", fps=25, runs=1, idle_s=22.0, camera_distance_m=10, seed=2)
    )
    assert spans_of(video) is None
    (run,) = replay(video, zone_of(video)).runs
    assert run.fly_s == pytest.approx(truth.runs[0].fly_s, abs=2 * TOLERANCE_S)


def test_keyframes_too_rare_for_anybody(rendered):
    video, _ = rendered(Scene(size="320x180", fps=6, runs=0, idle_s=40.0, keyframe_s=10.0, seed=4))
    assert spans_of(video) is None


def test_keyframes_alone_are_no_cheaper(rendered):
    scene = Scene(size="320x180", fps=6, runs=0, idle_s=30.0, codec="mjpeg", seed=4)
    assert spans_of(rendered(scene)[0]) is None


def test_nobody_there_is_nothing_to_decode(rendered):
    video, _ = rendered(Scene(size="320x180", fps=6, runs=0, idle_s=40.0, coach="marker3", seed=4))
    assert spans_of(video) == []
    assert replay(video, zone_of(video)).runs == ()


def test_short_recordings_are_simply_decoded(rendered):
    video, _ = rendered(Scene(size="320x180", fps=6, runs=0, idle_s=12.0, seed=4))
    assert spans_of(video) is None


def passage(speed_mps, instants_s, from_s, from_m=-4.0, to_m=34.0, width_m=0.4):
    """Where somebody is seen who comes into the corridor at an instant."""
    way = from_m + speed_mps * (np.asarray(instants_s) - from_s)
    return [
        Body(look, float(x_m), width_m) for look, x_m in enumerate(way) if from_m <= x_m <= to_m
    ]


def in_order(*passages):
    return sorted((body for way in passages for body in way), key=lambda body: body.look)


@pytest.mark.parametrize("apart_s", [1.0, 2.0])
@pytest.mark.parametrize("speed_mps", [0.9, 1.2, 1.6, 2.0])
def test_a_walk_explains_itself(apart_s, speed_mps):
    instants_s = np.arange(0, 60, apart_s)
    walk = passage(speed_mps, instants_s, 7.3)
    assert walkers(walk, instants_s, WALK_MPS) == set(walk)


@pytest.mark.parametrize("apart_s", [1.0, 2.0])
@pytest.mark.parametrize("speed_mps", [3.0, 5.0, 8.6, 12.5])
def test_a_run_does_not_even_beside_a_walk(apart_s, speed_mps):
    instants_s = np.arange(0, 60, apart_s)
    walk = passage(1.4, instants_s, 7.3)
    for from_s in np.arange(5.0, 40.0, 0.37):
        run = passage(speed_mps, instants_s, from_s)
        unexplained = set(run) - walkers(in_order(walk, run), instants_s, WALK_MPS)
        assert len(unexplained) >= len(run) - 1


@pytest.mark.parametrize("apart_s", [1.0, 2.0])
def test_a_train_of_runners_is_no_walk(apart_s):
    """Everyone where the one before was a keyframe ago looks slow, and comes nowhere."""
    instants_s = np.arange(0, 40, apart_s)
    train = [passage(8.0, instants_s, 3.3 + 1.02 * apart_s * k) for k in range(8)]
    assert not walkers(in_order(*train), instants_s, WALK_MPS)


def test_two_at_one_place_are_not_one_walker():
    instants_s = np.arange(0, 40, 2.0)
    walk = passage(1.4, instants_s, 7.3)
    walk[5] = Body(walk[5].look, walk[5].x_m, 2 * walk[5].width_m)
    assert set(walk) - walkers(walk, instants_s, WALK_MPS) == {walk[5]}
