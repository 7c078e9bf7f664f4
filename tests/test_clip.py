"""A bounded clip: what is shown twice is left out, and what stands behind a passer-by is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from station.vision.clip import Clip, background_of, blocks
from station.vision.corridor import Box

ROWS, COLUMNS, FRAMES = 40, 60, 30
BOX = Box(100, 100 + ROWS, 200, 200 + COLUMNS)
NOISE = 2.0
PX_PER_M = 10.0
SPEED_MPS = 8.0
COLUMN_X_M = (np.arange(COLUMNS) - COLUMNS / 2) / PX_PER_M


def wall():
    return np.random.default_rng(2).uniform(60, 200, (ROWS, COLUMNS))


def clip_of(pictures, seed=1, noise=NOISE, **given):
    rng = np.random.default_rng(seed)
    luma = np.array([p + noise * rng.standard_normal(np.shape(p)) for p in pictures])
    luma = np.clip(np.rint(luma), 0, 255).astype(np.uint8)
    return Clip(np.arange(len(luma)) / 30, luma, BOX, **given)


def passing_by(body_x_m):
    """A dark body 1 m wide over all rows."""
    for x_m in body_x_m:
        picture = wall()
        picture[:, np.abs(COLUMN_X_M - x_m) < 0.5] = 20
        yield picture


def body_x_m(speed_mps=SPEED_MPS):
    return speed_mps * (np.arange(FRAMES) - FRAMES / 2) / 30


IN_VIEW_MPS = 4.0  # so slow that the body is in every picture


def test_what_is_shown_again_is_left_out_and_its_first_showing_stays():
    clip = clip_of(passing_by(body_x_m(IN_VIEW_MPS)))
    shown = np.sort(np.concatenate([np.arange(FRAMES), [4, 9, 9, 20, FRAMES - 1]]))
    fresh = clip.where(shown).without_repeats()
    assert fresh.instants_s.tolist() == clip.instants_s.tolist()
    assert (fresh.luma == clip.luma).all()


def test_half_of_all_frames_may_be_repeats():
    clip = clip_of(passing_by(body_x_m(IN_VIEW_MPS)))
    doubled = clip.where(np.repeat(np.arange(FRAMES), 2))
    assert doubled.without_repeats().instants_s.tolist() == clip.instants_s.tolist()


def test_a_picture_that_rests_is_no_repeat_while_the_camera_makes_noise():
    clip = clip_of([wall()] * 10)
    assert len(clip.without_repeats().instants_s) == 10


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("level", [0, 255])
def test_frames_all_alike_leave_the_first(count, level):
    clip = clip_of([np.full((ROWS, COLUMNS), level)] * count, noise=0)
    assert clip.without_repeats().instants_s.tolist() == [0.0]


def test_the_background_is_seen_behind_a_passer_by():
    clip = clip_of(passing_by(body_x_m()))
    found = background_of(clip, body_x_m(), COLUMN_X_M)
    assert found.luma == pytest.approx(wall(), abs=4 * NOISE)
    assert np.abs(found.luma - wall()).mean() < NOISE
    assert np.median(found.noise) == pytest.approx(NOISE, rel=0.3)


def test_the_background_survives_a_body_placed_a_little_wrong():
    clip = clip_of(passing_by(body_x_m()))
    found = background_of(clip, body_x_m() + 0.4, COLUMN_X_M)
    assert np.abs(found.luma - wall()).mean() < NOISE


def test_the_background_is_seen_behind_one_who_stood_there_for_most_of_the_time():
    x_m = np.concatenate([np.zeros(18), np.linspace(1.2, 3.0, 12)])
    clip = clip_of(passing_by(x_m))
    found = background_of(clip, x_m, COLUMN_X_M)
    column = int(np.abs(COLUMN_X_M).argmin())
    assert found.luma[:, column] == pytest.approx(wall()[:, column], abs=4 * NOISE)


def test_where_he_never_leaves_the_frames_farthest_from_him_count():
    x_m = np.linspace(-0.9, 0.9, FRAMES)
    clip = clip_of(passing_by(x_m))
    column = int(np.abs(COLUMN_X_M).argmin())
    found = background_of(clip, x_m, COLUMN_X_M)
    assert found.luma[:, column] == pytest.approx(wall()[:, column], abs=4 * NOISE)


def test_a_leaf_that_moves_is_noisier_than_a_wall():
    pictures = [wall() for _ in range(FRAMES)]
    for n, picture in enumerate(pictures):
        picture[:10, :10] += 30 * (n % 3 - 1)
    found = background_of(clip_of(pictures), np.full(FRAMES, 99.0), COLUMN_X_M)
    assert found.noise[:10, :10].mean() > 5 * found.noise[20:].mean()


@pytest.mark.parametrize("frames", [1, 2, 4, 30])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_frames_all_alike_have_a_background_and_some_noise(frames, level):
    clip = clip_of([np.full((ROWS, COLUMNS), level)] * frames, noise=0)
    found = background_of(clip, np.zeros(frames), COLUMN_X_M)
    assert (found.luma == level).all()
    assert (found.noise > 0).all()


def test_the_camera_s_turn_and_the_anchor_stay_with_the_chosen_frames():
    clip = clip_of(passing_by(body_x_m()), anchor=wall(), rotation_deg=180)
    few = clip.where(np.arange(FRAMES) % 3 == 0)
    assert (len(few.instants_s), len(few.luma)) == (10, 10)
    assert few == replace(clip, instants_s=few.instants_s, luma=few.luma)


def test_places_in_the_picture_and_in_the_clip_agree():
    clip = clip_of([wall()])
    rows, columns = clip.cells(np.array([100.0, 139.0]), np.array([200.0, 259.0]))
    assert rows.tolist() == [0, ROWS - 1]
    assert columns.tolist() == [0, COLUMNS - 1]
    assert clip.columns_px.tolist() == list(range(200, 260))


@settings(deadline=None, max_examples=30)
@given(st.data(), st.integers(1, 5), st.integers(1, 23), st.integers(1, 23))
def test_blocks_are_means_of_whole_blocks(data, size, rows, columns):
    frames = data.draw(arrays(np.uint8, (2, rows, columns))).astype(np.float32)
    found = blocks(frames, size)
    r, c = rows // size, columns // size
    assert found.shape == (2, r, c)
    whole = frames[:, : r * size, : c * size].reshape(2, r, size, c, size)
    assert found == pytest.approx(whole.mean(axis=(2, 4)), abs=1e-3)


@pytest.mark.parametrize(("frame_s", "size"), [(1 / 30, 1), (1 / 15, 2), (0.1, 3), (9.0, 4)])
def test_a_thinned_clip_keeps_its_place_in_the_picture(frame_s, size):
    rows, columns = np.mgrid[: float(ROWS), : float(COLUMNS)]
    clip = clip_of([2 * rows + columns] * FRAMES, noise=0)
    thin = clip.thinned(frame_s, size)
    assert thin.instants_s == pytest.approx(np.arange(0, 1, min(frame_s, 1)))
    # A ramp's mean over a block is its value at the block's middle.
    row, column = thin.cells(np.array([120.0]), np.array([230.0]))
    r, c = int(row[0]), int(column[0])
    ahead = 2 * (row[0] - r) + column[0] - c
    assert thin.luma[0, r, c] + size * ahead == pytest.approx(2 * 20 + 30)
    assert thin.columns_px[c] + size * (column[0] - c) == pytest.approx(230)
