from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import StationError
from station.cli import main
from station.workout.library import Kind, library
from station.workout.plan import as_keys, duration_s, for_sprinter, notes, plan, recoveries_s

PACE_58_MPS = 400 / 58


def recoveries(text: str, factor: float | None = None) -> list[float | None]:
    reps = plan(text, "400-pace").reps
    return [rep.recovery_s for rep in (for_sprinter(reps, factor) if factor else reps)]


def station(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["plan", *arguments])
    return code, *capsys.readouterr()


@pytest.mark.parametrize(
    ("text", "kind", "reps", "minutes"),
    [
        # Recoveries in minutes, added up by hand.
        ("400-pace-1", "400-pace", 12, 6 * 1.5 + 3 * 2.5 + 5 + 5),
        ("400-pace-2", "400-pace", 8, 6 * 2.5 + 5),
        ("400-pace-3", "400-pace", 6, 3 * 2.5 + 2 * 5),
        ("400-pace-4", "400-pace", 6, 3 * 3 + 2 * 6),
        ("400-pace-5", "400-pace", 10, 7 + 2.5 + 5 + 2 * 2 + 4 + 3 * 1.5),
        ("fly-30", "fly", 9, 6 * 3 + 2 * 6),
        ("fly-40", "fly", 9, 6 * 3 + 2 * 7),
        ("fly-50", "fly", 9, 6 * 3 + 2 * 8),
    ],
)
def test_a_workout_of_the_library(text: str, kind: Kind, reps: int, minutes: float) -> None:
    planned = plan(text)
    assert (planned.kind, planned.name, len(planned.reps)) == (kind, text, reps)
    assert recoveries_s(planned.reps) == 60 * minutes
    assert plan(library().named(text).notation) == planned  # the library states its kind,
    for said in ("fly", "400-pace"):  # unless the coach does
        assert plan(library().named(text).notation, said).kind == plan(text, said).kind == said


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2 x 40m. 3:00 Rec between reps", "fly"),
        ("30m. 3:00 Rec. 50m", "fly"),
        ("50m. 3:00 Rec. 60m", "400-pace"),
        ("300m", "400-pace"),
    ],
)
def test_distances_that_only_one_kind_has_tell_the_kind(text: str, kind: Kind) -> None:
    assert plan(text).kind == kind


@pytest.mark.parametrize(
    "text",
    ["4 x 50m. 1:30 Rec between reps", "30m. 3:00 Rec. 100m", "3 x 3 x 50m. 3:00 Rec between reps"],
)
def test_a_kind_that_nothing_tells_is_asked_for(text: str) -> None:
    with pytest.raises(StationError, match="say which: --kind fly or --kind 400-pace"):
        plan(text)
    assert plan(text, "fly").kind == "fly"
    assert plan(text, "400-pace").kind == "400-pace"


def test_a_name_that_is_none_lists_those_there_are() -> None:
    with pytest.raises(StationError, match=r"no workout 'fly-60'.*fly-30, fly-40, fly-50"):
        plan("fly-60")
    assert plan(" Fly-30 ").name == "fly-30"


def test_a_sprinter_recovers_longer_after_reps_of_more_than_50_m_only() -> None:
    text = (
        "2 x 50m. 1:30 Rec between reps. 5:00 Rec\n"
        "2 x (2 x 100m). 2:30 Rec between reps. 6:00 Rec between sets"
    )
    assert recoveries(text) == [90, 300, 150, 360, 150, None]
    assert recoveries(text, 1.75) == [90, 300, 262.5, 630, 262.5, None]
    assert recoveries(text, 2) == [90, 300, 300, 720, 300, None]
    assert recoveries("2 x 51m. 1:40 Rec between reps", 1.5) == [150, None]


def test_an_assumed_set_recovery_is_stretched_once() -> None:
    text = "2 x 100m. 2:00 Rec between reps\n2 x 50m. 1:30 Rec between reps"
    assert recoveries(text) == [120, 240, 90, None]
    assert recoveries(text, 1.5) == [180, 360, 90, None]
    assert [rep.assumed for rep in for_sprinter(plan(text).reps, 1.5)] == [
        False,
        True,
        False,
        False,
    ]


@given(
    st.lists(st.sampled_from([30, 50, 51, 60, 100, 300]), min_size=1, max_size=9),
    st.floats(1.5, 2.0),
)
def test_no_recovery_ever_gets_shorter(distances_m: list[int], factor: float) -> None:
    reps = plan(". 1:41 Rec. ".join(f"{metres}m" for metres in distances_m), "fly").reps
    for mine, theirs in zip(reps, for_sprinter(reps, factor), strict=True):
        assert (theirs.recovery_s is None) == (mine.recovery_s is None)
        assert (theirs.recovery_s or 0) >= (mine.recovery_s or 0)


def test_a_sprinters_flies_rest_as_planned_and_longer_ones_are_noted() -> None:
    assert for_sprinter(plan("fly-50").reps, 2) == plan("fly-50").reps
    assert "stick with 30 m" in notes(plan("fly-40"), 1.75)[0]
    assert notes(plan("fly-30"), 1.75) == []
    assert notes(plan("fly-50"), None) == []
    assert "nobody's fly" in notes(plan("60m", "fly"), None)[0]


def test_reps_are_counted_at_400_m_pace_where_it_is_known() -> None:
    reps = plan("2 x 100m. 2:30 Rec between reps").reps
    assert duration_s(reps) == 150
    assert duration_s(reps, PACE_58_MPS) == pytest.approx(150 + 29)


def test_the_plan_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    text = "2 x 30m. 3:00 Rec between reps\n1 x 30m"
    code, out, err = station(capsys, text, "--json", "-")
    assert code == 0
    assert json.loads(out) == {
        "kind": "fly",
        "reps": [
            {"number": 1, "set": 1, "distance_m": 30, "recovery_s": 180, "assumed": False},
            {"number": 2, "set": 1, "distance_m": 30, "recovery_s": 360, "assumed": True},
            {"number": 3, "set": 2, "distance_m": 30, "recovery_s": None, "assumed": False},
        ],
        "duration_s": 540,
    }
    assert "leaves this set recovery open" in err


def test_json_with_a_sprinter_and_a_pace(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = station(
        capsys, "2 x 100m. 2:30 Rec between reps", "--sprinter", "--pace-400", "0:58", "--json", "-"
    )
    assert code == 0
    told = json.loads(out)
    assert told["reps"][0]["recovery_s"] == 262.5  # 1.75 unless told otherwise
    assert told["duration_s"] == pytest.approx(262.5 + 29)
    planned = plan("2 x 100m. 2:30 Rec between reps")
    assert told == as_keys(planned, for_sprinter(planned.reps, 1.75), PACE_58_MPS)


def test_the_timeline_says_each_rep_and_what_comes_after(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _ = station(capsys, "fly-30")
    assert code == 0
    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert "fly-30, Maximum velocity: 9 reps in 3 sets" in rows
    assert "0:00 1 1 30 m 3:00 walk" in rows
    assert "6:00 3 1 30 m 6:00 walk, or a very slow jog" in rows
    assert "30:00 9 3 30 m" in rows
    assert "Recoveries 30:00; the reps are not counted" in out
    code, out, _ = station(capsys, "400-pace-1", "--pace-400", "50")
    rows = [" ".join(line.split()) for line in out.splitlines()]
    # three reps of 50 m at 8 m/s and three recoveries: 3 * 6.25 s + 270 s
    assert "4:49 4 1 50 m 5:00 walk (assumed)" in rows
    # 12 reps, 800 m in all: 100 s
    assert "Recoveries 26:30, with the reps at 400 m pace 28:10." in rows


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["3 x y30m"], "workout, line 1, column 5: found 'y30m', expected a distance"),
        (["4 x 50m. 1:30 Rec between reps\n4 y 50m"], "line 2, column 3: "),
        (["4 x 50m. 1:30 Rec between reps"], "say which: --kind fly or --kind 400-pace"),
        ([""], "line 1, column 1: it ends"),
        (["fly-30", "--sprinter", "2.5"], "write 1.5 to 2"),
        (["fly-30", "--sprinter", "nan"], "write 1.5 to 2"),
        (["--sprinter", "fly-30"], "the workout before it"),
        (["fly-30", "--kind", "jog"], "--kind"),
    ],
)
def test_what_cannot_be_planned_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    code, out, err = station(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("station: ")
    assert err.count("\n") == 1
    assert said in err
