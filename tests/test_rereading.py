"""A reading is found again among the runs of its recording, as it is timed now."""

from __future__ import annotations

import pytest
from drills import S

from station.film.rereading import number_near
from station.fusion import Reading

BEHIND_S = 0.8  # two who run so close are told apart


def reading(part: int, at_s: float) -> Reading:
    return Reading(
        f"video:/clips/a.mp4#{part}", round(at_s * S), round((at_s + 3.5) * S), 3.5, 0.01
    )


@pytest.mark.parametrize(
    ("before", "runs_s", "later_s", "number"),
    [
        pytest.param(reading(1, 10), (10.0, 10 + BEHIND_S), 0, 1, id="the first of two close"),
        pytest.param(reading(2, 10 + BEHIND_S), (10.0, 10 + BEHIND_S), 0, 2, id="the second"),
        pytest.param(reading(2, 10.0), (10.0, 10 + BEHIND_S), 0, 2, id="its number, if late"),
        pytest.param(reading(2, 20), (20.1, 30.0), 0, 1, id="nobody is timed before it now"),
        pytest.param(reading(3, 10 + BEHIND_S), (10.0, 10.9), 0, 2, id="else the nearest"),
        pytest.param(reading(1, 10), (12.0, 20.0), 0, None, id="nobody about then"),
        pytest.param(reading(1, 10), (12.0, 20.0), 2, 1, id="but a zero test moved it"),
    ],
)
def test_a_reading_is_of_the_run_of_its_number_or_else_of_the_nearest(
    before: Reading, runs_s: tuple[float, ...], later_s: float, number: int | None
) -> None:
    found = number_near(before, [round(one * S) for one in runs_s], round(later_s * S))
    assert found == number
