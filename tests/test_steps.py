from __future__ import annotations

import random
from itertools import accumulate

import pytest

from calibration.interval import INTERVAL_95
from station.workout.steps import FEWEST_TAPS, StepRate, step_rate

START_NS = 7_000_000_000_000
TRIES = 1000
COVERED_LEAST = 0.94  # of 95 %, less what 1000 tries scatter
SHARP_PER_MIN = 5.0  # half the interval of a 50 m rep's taps: finer than the ranges are wide
EXACT_PER_MIN = 0.01


def taps(rate_per_min: float, count: int, missing: tuple[int, ...] = ()) -> list[int]:
    """Taps on each beat to the nanosecond, some left out."""
    return [
        START_NS + round(beat * 60e9 / rate_per_min) for beat in range(count) if beat not in missing
    ]


def tapped(
    chance: random.Random, rate_per_min: float, count: int, jitter_s: float, correlation: float
) -> list[int]:
    """Taps off the beat by a normal error that fades from tap to tap."""
    fresh = [
        chance.gauss(0, jitter_s * (1 if not beat else (1 - correlation**2) ** 0.5))
        for beat in range(count)
    ]
    errors = accumulate(fresh, lambda before, new: correlation * before + new)
    return sorted(
        tap + round(error * 1e9)
        for tap, error in zip(taps(rate_per_min, count), errors, strict=True)
    )


@pytest.mark.parametrize("rate_per_min", [180.0, 207.0, 240.0, 262.0])
def test_even_taps_give_their_rate(rate_per_min: float) -> None:
    found = step_rate(taps(rate_per_min, 20))
    assert found is not None
    assert found.steps_per_min == pytest.approx(rate_per_min, abs=EXACT_PER_MIN)
    assert found.taps == 20


def test_one_foots_taps_are_two_steps_each() -> None:
    found = step_rate(taps(120.0, 12), steps_per_tap=2)
    assert found is not None
    assert found.steps_per_min == pytest.approx(240.0, abs=EXACT_PER_MIN)


def test_a_step_without_a_tap_and_a_key_that_bounces_change_nothing() -> None:
    steady = taps(240.0, 24, missing=(5, 11, 12))
    bounced = sorted([*steady, steady[3] + 20_000_000])
    found = step_rate(bounced)
    assert found is not None
    assert found.steps_per_min == pytest.approx(240.0, abs=EXACT_PER_MIN)
    assert found.taps == 21


def test_only_what_follows_the_last_pause_counts() -> None:
    before = [tap - 30_000_000_000 for tap in taps(200.0, 30)]
    found = step_rate([*before, *taps(240.0, 10)])
    assert found is not None
    assert found.steps_per_min == pytest.approx(240.0, abs=EXACT_PER_MIN)
    assert step_rate([*before, *taps(240.0, FEWEST_TAPS - 1)]) is None


@pytest.mark.parametrize("few", [0, 1, FEWEST_TAPS - 1])
def test_few_taps_give_no_rate(few: int) -> None:
    assert step_rate(taps(240.0, few)) is None


def test_taps_at_one_instant_give_no_rate() -> None:
    assert step_rate([START_NS] * 20) is None


@pytest.mark.parametrize("jitter_s", [0.015, 0.03])
@pytest.mark.parametrize("count", [FEWEST_TAPS, 12, 24])
@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_the_interval_covers_the_rate_as_often_as_it_says(
    jitter_s: float, count: int, correlation: float
) -> None:
    chance = random.Random(f"{jitter_s} {count} {correlation}")
    covered = 0
    for _ in range(TRIES):
        rate_per_min = chance.uniform(200, 250)
        found = step_rate(tapped(chance, rate_per_min, count, jitter_s, correlation))
        assert found is not None
        error = abs(found.steps_per_min - rate_per_min)
        covered += error <= INTERVAL_95 * found.sigma_per_min
    assert covered / TRIES >= COVERED_LEAST


def test_more_taps_make_it_surer() -> None:
    chance = random.Random(3)
    few, many = (step_rate(tapped(chance, 240.0, count, 0.02, 0.0)) for count in (8, 24))
    assert few is not None
    assert many is not None
    assert many.sigma_per_min < few.sigma_per_min / 3
    assert INTERVAL_95 * many.sigma_per_min < SHARP_PER_MIN


@pytest.mark.parametrize(
    ("rate_per_min", "sigma_per_min", "said"),
    [
        (118, 1, ["one foot's"]),
        (190, 1, ["below what an 800 m runner"]),
        (207, 2, ["what an 800 m runner averages (200–215)"]),
        (224, 2, ["above an 800 m runner's"]),
        (240, 2, ["what a 400 m sprinter averages (233–250)"]),
        (262, 2, ["above what a 400 m sprinter"]),
        (216, 2, ["what an 800 m runner averages (200–215)", "above an 800 m runner's"]),
        (224, 10, ["what an 800 m", "above an 800 m runner's", "what a 400 m sprinter averages"]),
    ],
)
def test_a_rate_stands_where_its_interval_does(
    rate_per_min: float, sigma_per_min: float, said: list[str]
) -> None:
    places = StepRate(rate_per_min, sigma_per_min, 20).stands().split(", or ")
    assert len(places) == len(said)
    assert all(
        place.startswith(words) or words in place for place, words in zip(places, said, strict=True)
    )
