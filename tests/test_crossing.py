"""Where a body point was when: exact on a straight track, unbiased and honest on a real one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.errors import StationError
from station.crossing import FIT_M, fit_crossing

EXACT_S = 1e-6
"""What rounding and the weak prior on acceleration leave."""
RIPPLE_M = 0.008
NOISE_M = 0.012
OUTLIERS = 0.10
OUTLIER_M = 0.15
DRAWS = 300
HONEST = (0.7, 1.3)
"""Standard deviation of error ÷ promised noise."""
UNBIASED_SD = 4.0
"""Standard errors by which the mean of many errors may be off nothing."""


def track(rng, speed_mps, fps, *, hz, noise_m=NOISE_M, outliers=0.0, keep=1.0, jitter_s=0.0):
    """Sightings of a runner who is at the marker, 0 m, at instant 0; ripple of random phase."""
    reach_s = FIT_M / abs(speed_mps)
    t = np.arange(-reach_s + rng.uniform(0, 1 / fps), reach_s, 1 / fps)
    t = np.sort(t + rng.uniform(-jitter_s, jitter_s, len(t)))
    t = t[rng.random(len(t)) < keep]
    omega, (sine, cosine) = 2 * np.pi * hz, RIPPLE_M * rng.standard_normal(2)
    ripple = sine * np.sin(omega * t) + cosine * (np.cos(omega * t) - 1)
    x = speed_mps * t + ripple + noise_m * rng.standard_normal(len(t))
    return t, x + OUTLIER_M * rng.standard_normal(len(t)) * (rng.random(len(t)) < outliers)


@settings(deadline=None, max_examples=60)
@given(
    speed_mps=st.floats(0.7, 12.5),
    heading=st.sampled_from((1, -1)),
    at_m=st.sampled_from((0.0, 30.0, 50.0)),
    begin_s=st.floats(0, 36_000),
    gaps=st.lists(st.floats(0.004, 0.2), min_size=4, max_size=80),
    share=st.floats(0.1, 0.9),
)
def test_a_straight_track_is_read_exactly(speed_mps, heading, at_m, begin_s, gaps, share):
    t = begin_s + np.cumsum(gaps)
    true_s = t[0] + share * (t[-1] - t[0])
    fit = fit_crossing(t, at_m + heading * speed_mps * (t - true_s), at_m)
    assert fit.instant_s == pytest.approx(true_s, abs=EXACT_S)
    assert fit.velocity_mps == pytest.approx(heading * speed_mps, rel=1e-5)
    assert fit.noise_s > 0


def test_a_runner_who_speeds_up_is_read_exactly_enough():
    t = np.linspace(-0.3, 0.2, 16)
    fit = fit_crossing(t, 8 * t + 0.5 * 1.5 * t**2, 0.0)
    assert fit.instant_s == pytest.approx(0, abs=2e-4)


@pytest.mark.parametrize(
    ("speed_mps", "fps", "spoilt"),
    [
        (8.6, 30, {}),
        (8.6, 60, {}),
        (-8.6, 120, {}),
        (8.6, 60, {"outliers": OUTLIERS}),
        (8.6, 30, {"outliers": OUTLIERS}),
        (9.8, 30, {"jitter_s": 0.012}),
        (7.0, 60, {"keep": 0.6, "jitter_s": 0.006, "outliers": OUTLIERS}),
        (1.4, 10, {"outliers": OUTLIERS}),
        (-2.5, 25, {}),
    ],
)
def test_the_noise_is_honest_and_the_instant_unbiased(speed_mps, fps, spoilt):
    rng = np.random.default_rng([abs(int(10 * speed_mps)), fps, len(spoilt)])
    # 3.5 to 5 Hz when sprinting, and as wide a range about a walker's steps.
    usual_hz = {True: (3.5, 5.0), False: (1.5, 2.3)}[abs(speed_mps) > 5]
    errors, promised = [], []
    for _ in range(DRAWS):
        t, x = track(rng, speed_mps, fps, hz=rng.uniform(*usual_hz), **spoilt)
        fit = fit_crossing(t, x, 0.0)
        errors.append(fit.instant_s)
        promised.append(fit.noise_s)
    score = np.array(errors) / np.array(promised)
    assert HONEST[0] < np.std(score) < HONEST[1]
    assert abs(np.mean(score)) < UNBIASED_SD * np.std(score) / np.sqrt(DRAWS)


def test_outliers_are_not_trusted():
    rng = np.random.default_rng(5)
    t, x = track(rng, 8.6, 60, hz=4.3, noise_m=0.005)
    x[7] += 0.3
    fit = fit_crossing(t, x, 0.0)
    assert fit.weight[7] < 0.1
    assert np.median(np.delete(fit.weight, 7)) > 0.8


def test_the_noise_grows_with_the_gap_about_the_marker():
    rng = np.random.default_rng(6)
    t, x = track(rng, 8.6, 60, hz=4.3, noise_m=0.005)
    seen, near = fit_crossing(t, x, 0.0), np.abs(t) < 0.1
    assert fit_crossing(t[~near], x[~near], 0.0).noise_s > 1.2 * seen.noise_s


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_sightings(count):
    t = np.arange(float(count))
    with pytest.raises(StationError, match=f"{count} sightings?.*: too few"):
        fit_crossing(t, 8 * t, 1.0)


@pytest.mark.parametrize("speed_mps", [0.0, 0.02])
def test_no_motion(speed_mps):
    t = np.linspace(0, 1, 31)
    with pytest.raises(StationError, match="nothing moves"):
        fit_crossing(t, 0.3 + speed_mps * t, 0.0)


@settings(deadline=None, max_examples=60)
@given(
    gaps=st.lists(st.floats(1e-3, 1), min_size=1, max_size=40),
    places=st.lists(st.floats(-60, 60), min_size=41, max_size=41),
)
def test_a_wild_track_gives_a_finite_fit_or_says_why_not(gaps, places):
    t = np.cumsum(gaps)
    try:
        fit = fit_crossing(t, np.array(places[: len(t)]), 0.0)
    except StationError:
        return
    assert np.isfinite([fit.instant_s, fit.velocity_mps, fit.noise_s, fit.scatter_m]).all()
