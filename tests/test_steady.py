"""A camera's shake and blinks: undone where they can be measured, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.vision.steady import smooth, steady, steady_light

ROWS, COLUMNS, FRAMES = 90, 160, 12
NOISE = 1.5
EXACT_PX = 0.1
CROSSED_PX = 0.15
"""With somebody in the picture, a part of whom is taken for ground."""
GAIN = 0.01


def scenery(down=0.0, right=0.0):
    """Soft blobs on grey, as a camera shows them that points `down` and `right` of its place."""
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[:ROWS, :COLUMNS].astype(np.float32)
    picture = np.full((ROWS, COLUMNS), 120, np.float32)
    for _ in range(60):
        r, c, width = rng.uniform(-5, ROWS + 5), rng.uniform(-5, COLUMNS + 5), rng.uniform(3, 8)
        apart = (rows - r + down) ** 2 + (columns - c + right) ** 2
        picture += rng.choice([-50, 50]) * np.exp(-apart / (2 * width**2))
    return picture


def noisy(frames, seed=1, noise=NOISE):
    rng = np.random.default_rng(seed)
    return smooth((np.array(frames) + noise * rng.standard_normal(np.shape(frames))).astype("f4"))


def passer_by(frames, ground):
    """A dark body crosses; the columns about it are no ground, in part."""
    for n, frame in enumerate(frames):
        left = 10 + 10 * n
        frame[20:, left : left + 24] = 30
        ground[n, left : left + 18] = False
    return frames


def all_ground(count=FRAMES):
    return np.ones((count, COLUMNS), bool)


@pytest.mark.parametrize("reach_px", [0.5, 2.0, 8.0])
@pytest.mark.parametrize("crossed", [False, True])
def test_known_shifts_are_measured_and_undone(reach_px, crossed):
    shifts = np.random.default_rng(4).uniform(-reach_px, reach_px, (FRAMES, 2))
    ground = all_ground()
    frames = [scenery(*shift) for shift in shifts]
    frames = noisy(passer_by(frames, ground) if crossed else frames)
    reference = smooth(scenery()[None])[0]
    found = steady(frames, reference, ground)
    # A camera that points to the right shows everything farther to the left.
    assert found.shift_px == pytest.approx(-shifts, abs=CROSSED_PX if crossed else EXACT_PX)
    inside = (slice(None), slice(12, -12), slice(12, -12))
    left = np.abs(found.luma - reference)[inside]
    assert np.median(left) < 2 * NOISE


def test_a_camera_that_moved_by_half_a_head_is_followed():
    shift = (5.0, -14.0)
    found = steady(noisy([scenery(*shift)] * 3), smooth(scenery()[None])[0], all_ground(3))
    assert found.shift_px == pytest.approx(np.tile([-5.0, 14.0], (3, 1)), abs=EXACT_PX)


def test_a_still_camera_s_frames_are_not_touched():
    frames = noisy([scenery()] * FRAMES)
    found = steady(frames, smooth(scenery()[None])[0], all_ground())
    assert found.luma is frames
    assert not found.shift_px.any()


def test_a_blank_wall_gives_no_shift():
    wall = np.full((FRAMES, ROWS, COLUMNS), 120.0)
    frames = noisy(passer_by(wall, all_ground()))
    found = steady(frames, np.full((ROWS, COLUMNS), 120, np.float32), all_ground())
    assert not found.shift_px.any()


def test_a_passer_by_gives_a_still_camera_no_shift():
    ground = all_ground()
    frames = noisy(passer_by([scenery() for _ in range(FRAMES)], ground))
    assert not steady(frames, smooth(scenery()[None])[0], ground).shift_px.any()


@settings(deadline=None, max_examples=15)
@given(gains=st.lists(st.floats(0.6, 1.5), min_size=1, max_size=6))
def test_a_change_of_the_light_is_undone(gains):
    reference = scenery()
    frames = np.array([gain * reference for gain in gains], np.float32)
    assert np.abs(steady_light(frames, reference) / reference - 1).max() < GAIN


def test_a_runner_does_not_change_the_light():
    frames = noisy(passer_by([scenery() for _ in range(FRAMES)], all_ground()))
    assert steady_light(frames, smooth(scenery()[None])[0]) is frames


def test_smoothing_shifts_nothing_and_keeps_what_is_even():
    even = np.full((2, 5, 7), 33, np.float32)
    assert (smooth(even) == even).all()
    point = np.zeros((1, 5, 7), np.float32)
    point[0, 2, 3] = 16
    assert smooth(point)[0, 1:4, 2:5].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


@pytest.mark.parametrize("shape", [(1, 16, 16), (2, 9, 40), (3, 40, 9), (1, 2, 2)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank_pictures_of_any_size_stay_as_they_are(shape, level):
    frames = np.full(shape, level, np.float32)
    lit = steady_light(smooth(frames), frames[0])
    found = steady(lit, frames[0], np.ones((shape[0], shape[2]), bool))
    assert (found.luma == level).all()


def test_no_ground_gives_no_shift():
    frames = noisy([scenery(3, 3)] * 3)
    found = steady(frames, smooth(scenery()[None])[0], ~all_ground(3))
    assert not found.shift_px.any()
