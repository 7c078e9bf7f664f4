"""The library against the training text, read by hand."""

from __future__ import annotations

import json

import pytest

from hardware.errors import StationError
from station.cli import main
from station.workout.library import length_s, library

NOTATIONS = [
    "4 x 50m. 1:30 Rec between reps\n4 x 100m. 2:30 Rec between reps\n"
    "4 x 50m. 1:30 Rec between reps",
    "2 x (4 x 100m). 2:30 Rec between reps. 5:00 Rec between sets",
    "3 x (100m. 2:30 Rec. 200m. 5:00 Rec)",
    "3 x (2 x 200m). 3:00 Rec between reps. 6:00 Rec between sets",
    "300m. 7:00 Rec\n200m. 2:30 Rec. 200m. 5:00 Rec\n3 x 100m. 2:00 Rec between reps\n"
    "4 x 50m. 1:30 Rec between reps",
    "3 x 3 x 30m. 3:00 Rec between reps. 6:00 Rec between sets.",
    "3 x 3 x 40m. 3:00 Rec between reps. 7:00 Rec between sets.",
    "3 x 3 x 50m. 3:00 Rec between reps. 8:00 Rec between sets.",
]


def test_every_workout_stands_as_the_text_has_it() -> None:
    workouts = library().workouts
    assert [workout.notation for workout in workouts] == NOTATIONS
    assert [workout.kind for workout in workouts] == ["400-pace"] * 5 + ["fly"] * 3
    assert len({workout.name for workout in workouts}) == len(NOTATIONS)


def test_warm_up_and_cool_down_keep_the_texts_ranges() -> None:
    warm_up = [
        (stage.times, [(part.does, part.least_s, part.most_s) for part in stage.parts])
        for stage in library().warm_up
    ]
    assert warm_up == [
        (1, [("base run", 10 * 60, 15 * 60)]),
        (5, [("walk", 45, 45), ("stride", 15, 15)]),
        (1, [("walk", 2 * 60, 3 * 60)]),
    ]
    (walk,), (run,) = (stage.parts for stage in library().cool_down)
    assert (walk.least_s, walk.most_s) == (3 * 60, 5 * 60)
    assert "shake out" in walk.does
    assert (run.least_s, run.most_s) == (10 * 60, 30 * 60)
    assert "slower than normal" in run.does
    assert length_s(library().warm_up) == (17 * 60, 23 * 60)
    assert length_s(library().cool_down) == (13 * 60, 35 * 60)


@pytest.mark.parametrize(("name", "fly_m"), [("fly-30", 30), ("fly-40", 40), ("fly-50", 50)])
def test_the_layout_of_a_fly(name: str, fly_m: int) -> None:
    track = library().track_of(library().named(name))
    assert [(one.least_m, one.most_m) for one in track] == [
        (10, 20),
        (30, 30),
        (fly_m, fly_m),
        (50, 100),
    ]


def test_the_layout_of_400_m_pace_reps() -> None:
    run_in, rep = library().track_of(library().named("400-pace-5"))
    assert (run_in.least_m, run_in.most_m) == (20, 30)
    assert (rep.least_m, rep.most_m) == (50, 300)


def test_what_an_athlete_must_have_done_before() -> None:
    assert all(
        "Base Building Program and a Transition Program" in library().needed_for(workout)[0]
        for workout in library().workouts
    )
    fly_30, fly_40 = (library().needed_for(library().named(name)) for name in ("fly-30", "fly-40"))
    assert any("few 400 m pace workouts" in need for need in fly_30)
    assert any("clean sessions of 30 m flies (our rule)" in need for need in fly_40)
    assert any("stick with 30 m" in need for need in fly_40)


def test_no_such_workout_lists_those_there_are() -> None:
    with pytest.raises(StationError, match=r"no workout 'fly-60'.*fly-50"):
        library().named("fly-60")


def test_the_listing_names_every_workout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workouts"]) == 0
    out = capsys.readouterr().out
    assert all(workout.name in out for workout in library().workouts)
    assert main(["workouts", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["notation"] for one in listed] == NOTATIONS


def test_one_workout_with_all_about_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workouts", "fly-50"]) == 0
    rows = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "Fly Zone, Marker 2 to 3 50 hold it" in rows
    assert "Start to Marker 1 10–20 jog" in rows
    assert "Track in all: 140–200 m." in rows  # 10 + 30 + 50 + 50, 20 + 30 + 50 + 100
    assert "• 5 x (45 s walk, 15 s stride)" in rows
    assert "• 10–30 min base run, slower than normal" in rows
    assert main(["workouts", "fly-50", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["layout"][2]["least_m"] == 50
    assert told["between_reps"] == "walk"
    assert told["warm_up"][1]["times"] == 5


def test_no_such_workout_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workouts", "fly-60"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
