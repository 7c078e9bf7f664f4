from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import StationError
from station.flags import MEANING, Flag
from station.pace import compare, pace_400_mps, parse_time, zone_note


@pytest.mark.parametrize(
    ("text", "time_s"),
    [
        ("58", 58.0),
        ("58.4", 58.4),
        ("58,4", 58.4),
        ("0:58.4", 58.4),
        ("1:02,35", 62.35),
        ("1:02", 62.0),
        ("1:02.35", 62.35),
        ("62.35", 62.35),
        (" 58 ", 58.0),
        ("43.03", 43.03),
        ("43.2", 43.2),
        ("3:00", 180.0),
    ],
)
def test_a_400_m_time_is_read_as_coaches_write_it(text: str, time_s: float) -> None:
    assert parse_time(text) == pytest.approx(time_s)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "58,4,1",
        "58.",
        "-58",
        "+58",
        "1:5",
        "0:75",
        "1:60",
        "1:02:03",
        "nan",
        "inf",
        "1e2",
        "５８",
    ],
)
def test_what_is_no_time_is_refused_with_the_form_to_use(text: str) -> None:
    with pytest.raises(StationError, match=r"is not a time; write .* 0:58\.4"):
        parse_time(text)


@pytest.mark.parametrize("text", ["0", "5.84", "42.99", "3:00.1", "580", "9:58"])
def test_a_time_that_no_one_runs_is_refused_with_the_range(text: str) -> None:
    with pytest.raises(StationError, match=r"no one runs 400 m in .* between 43 s and 3:00"):
        parse_time(text)


@given(st.text("0123456789:.,- e", max_size=8))
def test_any_text_gives_a_time_that_someone_runs_or_the_one_error(text: str) -> None:
    with suppress(StationError):
        assert 43.0 <= parse_time(text) <= 180.0


def test_a_fly_is_compared_only_as_far_as_its_interval_allows() -> None:
    pace_mps = pace_400_mps(58.0)
    assert compare(8.6, 0.05, pace_mps, 30).verdict == "beats"
    assert compare(6.5, 0.05, pace_mps, 30).verdict == "does-not-beat"
    assert compare(pace_mps + 0.09, 0.05, pace_mps, 30).verdict == "cannot-tell"
    assert compare(pace_mps + 0.10, 0.05, pace_mps, 30).verdict == "beats"
    assert compare(pace_mps, 0.0, pace_mps, 30).verdict == "cannot-tell"


def test_the_margin_and_the_fly_time_that_just_meets_the_pace() -> None:
    comparison = compare(8.0, 0.05, 400 / 62.5, 30)
    assert comparison.margin_mps == pytest.approx(1.6)
    assert comparison.margin_ratio == pytest.approx(0.25)
    assert comparison.meeting_fly_s == pytest.approx(30 / 6.4)


def test_a_zone_that_sprinters_cannot_hold_is_noted() -> None:
    assert zone_note(30.0) is None
    assert "a sprinter's 40 m fly" in (zone_note(40.0) or "")
    assert "nobody's" in (zone_note(60.0) or "")


def test_every_flag_has_its_sentence() -> None:
    assert set(MEANING) == set(Flag)
    assert all(meaning.endswith(".") for meaning in MEANING.values())
