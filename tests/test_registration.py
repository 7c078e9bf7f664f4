"""A body point in every patch, to a fraction of a cell, on ellipses at known places."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import ellipse
from hypothesis import given, settings
from hypothesis import strategies as st

from station.vision.registration import MARGIN, Region, align, register

ROWS, COLUMNS, FRAMES = 40, 40, 24
REGION = Region(top=10, bottom=26, left=8, right=32, contrast=50.0)
MIDDLE = (18.0, 20.0)
NOISE = 0.05
EXACT_CELLS = 0.05
CENTRED_CELLS = 0.1


def places(seed, reach):
    return np.array(MIDDLE) + np.random.default_rng(seed).uniform(-reach, reach, (FRAMES, 2))


def heads(at, *, noise=NOISE, half=(6.0, 4.5)):
    shape = (np.arange(ROWS), np.arange(COLUMNS))
    cover = np.array([ellipse(*half, *place, shape, softness=1.5) for place in at])
    grain = np.random.default_rng(8).standard_normal(cover.shape)
    return np.clip(cover + noise * grain, 0, 1).astype(np.float32)


def errors(found, at):
    """Off the truth, frame by frame: shape (frames, 2)."""
    return np.stack([found.row, found.col], axis=1) - at


@pytest.mark.parametrize("reach", [0.5, 2.0, 4.0])
@pytest.mark.parametrize("half", [(6.0, 4.5), (4.0, 3.0)])
def test_a_head_is_found_to_a_twentieth_of_a_cell(reach, half):
    at = places(1, reach)
    off = errors(register(heads(at, half=half), REGION), at)
    assert np.std(off, axis=0).max() < EXACT_CELLS
    assert np.abs(np.mean(off, axis=0)).max() < CENTRED_CELLS


def test_there_is_no_bias_between_cells():
    at = np.array(MIDDLE) + np.linspace(0, 1, FRAMES)[:, None] * [0.0, 1.0]
    off = errors(register(heads(at, noise=0), REGION), at)[:, 1]
    assert np.ptp(off) < EXACT_CELLS


def test_patches_that_show_something_else_are_left_out():
    at = places(2, 1.5)
    cover = heads(at)
    cover[[3, 11]] = np.random.default_rng(3).random((2, ROWS, COLUMNS))
    cover[17] = 0
    found = register(cover, REGION)
    assert np.flatnonzero(~found.alike).tolist() == [3, 11, 17]
    assert np.std(errors(found, at)[found.alike], axis=0).max() < EXACT_CELLS


def test_the_mean_shows_the_head_and_where_its_middle_is():
    found = register(heads(places(4, 2.0)), REGION)
    assert found.mean.shape == (REGION.bottom - REGION.top + 2 * MARGIN, 24)
    row, column = found.middle
    solid = np.argwhere(found.mean > 0.5)
    assert (row, column) == pytest.approx(tuple(solid.mean(axis=0)), abs=0.3)


@settings(deadline=None, max_examples=25)
@given(
    frames=st.integers(1, 5),
    level=st.sampled_from((0.0, 0.5, 1.0)),
    spots=st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=6),
    top=st.integers(3, 30),
    left=st.integers(0, 30),
)
def test_blank_and_odd_patches_do_no_harm(frames, level, spots, top, left):
    cover = np.full((frames, ROWS, COLUMNS), level, np.float32)
    for row, column in spots:
        cover[-1, row, column] = 1 - level
    found = register(cover, Region(top, top + 6, left, left + 9, 50.0))
    assert np.isfinite([found.row, found.col]).all()
    assert np.isfinite(found.mean).all()


@pytest.mark.parametrize("speed", [-14.0, 0.0, 9.0])
@pytest.mark.parametrize("ahead", [-5.0, 0.0, 6.5])
def test_the_even_motion_of_a_body_is_found_among_limbs(speed, ahead):
    rng = np.random.default_rng(6)
    t = np.linspace(-0.25, 0.25, 31)
    cells = np.arange(61.0)
    middle = 30 + ahead + speed * t
    trunk = np.clip(5.5 - np.abs(cells - middle[:, None]), 0, 1)
    limb = 0.5 * np.clip(3 - np.abs(cells - middle[:, None] - 9 * np.sin(14 * t)[:, None]), 0, 1)
    columns = np.clip(trunk + limb + 0.05 * rng.random(trunk.shape), 0, 1).astype(np.float32)
    offset, slope = align(columns, t, farthest=14)
    assert offset == pytest.approx(ahead, abs=0.5)
    assert slope == pytest.approx(speed, abs=2.0)


@pytest.mark.parametrize("level", [0.0, 1.0])
@pytest.mark.parametrize("frames", [1, 3])
def test_blank_columns_give_a_finite_motion(level, frames):
    columns = np.full((frames, 33), level, np.float32)
    assert np.isfinite(align(columns, np.arange(frames) / 30, farthest=8)).all()
