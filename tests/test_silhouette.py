"""Two heads laid over each other: the shift between them to a millimetre, and whether they fit."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import head
from hypothesis import given, settings
from hypothesis import strategies as st

from station.run import MISFIT_SD_M, POINT_SD_M, UNLIKE
from station.silhouette import FURTHEST_M, Silhouette, match

EXACT_M = 0.001
PROMISED_SD = 2.0
"""Standard deviations that a misfit promises, within which the shift must be."""
ALIKE = 0.15


@settings(deadline=None, max_examples=40)
@given(ahead_m=st.floats(-0.08, 0.08), lower_m=st.floats(-0.03, 0.03), cell_m=st.floats(0.01, 0.03))
def test_a_known_shift_is_recovered(ahead_m, lower_m, cell_m):
    found = match(head(), head(ahead_m, 1.65 - lower_m, cell_m=cell_m))
    assert found.ahead_m == pytest.approx(ahead_m, abs=EXACT_M)
    assert found.misfit < ALIKE


@pytest.mark.parametrize("ahead_m", [-0.06, -0.02, 0.03, 0.07])
def test_the_shift_is_the_same_the_other_way_round(ahead_m):
    there = match(head(), head(ahead_m)).ahead_m
    back = match(head(ahead_m), head()).ahead_m
    assert there == pytest.approx(-back, abs=EXACT_M)


@pytest.mark.parametrize(
    "hidden",
    [
        pytest.param(lambda up, _: up < -0.04, id="chin"),
        pytest.param(lambda up, _: up > 0.06, id="hair"),
        pytest.param(lambda up, on: np.hypot(up, on) < 0.04, id="cheek"),
    ],
)
@pytest.mark.parametrize("ahead_m", [-0.05, 0.0, 0.04])
def test_what_melts_into_the_background_does_not_move_the_rest(hidden, ahead_m):
    found = match(head(), head(ahead_m, cut=hidden))
    assert found.ahead_m == pytest.approx(ahead_m, abs=EXACT_M)


@pytest.mark.parametrize("from_m", [-0.08, -0.06, -0.04, -0.02, 0.0])
def test_where_the_back_of_a_head_is_hidden_the_misfit_tells(from_m):
    found = match(head(), head(cut=lambda _, on: on < from_m))
    promised_m = POINT_SD_M["head"] + MISFIT_SD_M * found.misfit
    assert found.misfit > UNLIKE or abs(found.ahead_m) < PROMISED_SD * promised_m


def test_the_misfit_tells_a_head_from_shoulders():
    other_head = match(head(), head(0.02, half_m=(0.12, 0.11))).misfit
    shoulders = match(head(), head(half_m=(0.30, 0.24))).misfit
    assert other_head < UNLIKE / 2 < UNLIKE < shoulders


def test_the_more_is_hidden_the_larger_the_misfit():
    misfits = [
        match(head(), head(cut=lambda _, on, at=at: on < at)).misfit for at in (-0.2, -0.05, 0.0)
    ]
    assert misfits == sorted(misfits)
    assert misfits[0] < ALIKE < misfits[-1]


@pytest.mark.parametrize("level", [0.0, 1.0])
@pytest.mark.parametrize("shape", [(2, 2), (3, 40), (30, 9)])
def test_a_blank_silhouette_is_matched_without_a_shift(level, shape):
    blank = Silhouette(
        np.full(shape, level, np.float32),
        np.linspace(1.8, 1.4, shape[0]),
        np.linspace(-0.3, 0.3, shape[1]),
    )
    for found in (match(blank, blank), match(blank, head()), match(head(), blank)):
        assert abs(found.ahead_m) <= FURTHEST_M
        assert 0 <= found.misfit < np.inf
    assert match(blank, blank).ahead_m == 0


def test_heads_of_no_common_height_do_not_fit():
    found = match(head(height_m=1.9), head(height_m=1.2))
    assert (found.ahead_m, found.misfit) == (0.0, 1.0)
