"""The self-test tells honest from dishonest, and its report can be read."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from station.cli import main
from station.film.selftest import (
    HARDER,
    OFF_CENTRE,
    QUICK,
    Measured,
    Outcome,
    Report,
    hold,
    seeded,
)

UNSEEN_SEED = 8230  # no scene of it was looked at while the station was made
NEAR, FAR = 0.001, 0.100


def runs(inside, outside, centred=False):
    one = Measured(NEAR, repeat_sigma_s=0.002, fly_sigma_s=0.018, centred=centred)
    return (one,) * inside + (replace(one, error_s=FAR),) * outside


def report(*measured, missed=0, false=0):
    return Report((Outcome("a clip", measured, missed, false),))


@pytest.mark.parametrize(
    ("inside", "outside", "honest"),
    [
        (4, 0, True),
        (3, 1, True),
        (18, 2, True),
        (17, 3, False),
        (90, 9, True),
        (95, 5, True),
        (99, 1, True),
        (90, 10, True),
        (89, 11, False),
        (100, 0, False),
    ],
)
def test_intervals_may_neither_boast_nor_hide(inside, outside, honest):
    assert report(*runs(inside, outside)).honest is honest


def test_a_runner_on_the_centre_is_held_to_the_smaller_promise():
    between = Measured(0.010, repeat_sigma_s=0.002, fly_sigma_s=0.018, centred=True)
    assert not between.covered
    assert replace(between, centred=False).covered


@pytest.mark.parametrize("fault", [{"missed": 1}, {"false": 1}])
def test_a_run_missed_or_invented_is_dishonest(fault):
    faulty = report(*runs(10, 0), **fault)
    assert not faulty.honest
    assert "NOT HONEST" in faulty.lines()[-1]


def test_every_line_fits_a_terminal():
    names = [*QUICK, *HARDER, *OFF_CENTRE]
    full = Report(
        tuple(
            Outcome(name, (*runs(88, 11), *runs(9, 1, centred=True)), missed=1, false=0)
            for name in names
        )
    )
    assert all(len(line) <= 80 for line in full.lines())
    assert all(any(line.startswith(name) for line in full.lines()) for name in names)


def test_few_runs_refute_nothing_and_prove_nothing():
    few, many = report(*runs(3, 1)).lines(), report(*runs(95, 5)).lines()
    assert "bad luck" in few[-2]
    assert few[-1].endswith("Nothing here refutes the ±.")
    assert "bad luck" not in many[-2]
    assert many[-1].endswith("The ± is honest.")


def test_a_report_of_nothing_found_can_still_be_read():
    (line,) = [line for line in report(missed=2).lines() if line.startswith("a clip")]
    assert "0/2" in line


def test_enough_runs_to_judge_the_interval_by():
    assert sum(scene.runs for scene in OFF_CENTRE.values()) >= 100


def test_no_two_clips_share_their_people():
    scenes = [
        scene
        for seed in (0, 1)
        for scene in seeded({**QUICK, **HARDER, **OFF_CENTRE}, seed).values()
    ]
    assert len({scene.seed for scene in scenes}) == len(scenes)


def test_a_run_that_is_not_there_is_missed_and_one_that_should_not_be_is_false(rendered):
    video, truth = rendered(replace(QUICK["30 m, 30 fps"], size="640x360", runs=1, seed=3))
    (run,) = truth.runs
    late = replace(run, marker2_s=run.marker2_s + 3, marker3_s=run.marker3_s + 3)
    assert hold("", truth, video).false == 0
    assert hold("", replace(truth, runs=(late,)), video) == Outcome("", (), missed=1, false=1)


def test_the_command_says_how_honest_the_station_is(capsys):
    """As the README shows it, with other figures."""
    assert main(["selftest", "--seed", str(UNSEEN_SEED)]) == 0
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("$ station selftest\n")[2].partition("```")[0]

    def words(text):
        return [
            re.sub(r"\d[\d.]*", "0", " ".join(line.split())) for line in text.splitlines() if line
        ]

    assert words(capsys.readouterr().out) == words(shown)
    assert shown.endswith("0 runs missed, 0 false. Nothing here refutes the ±.\n")
