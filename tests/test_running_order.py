"""Runs of several recordings are handed out in the order in which they were filmed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from filmed import replayed, run_at

from station.film.running_order import filmed_order, handed_out, named
from station.flags import Flag
from station.pace import pace_400_mps
from station.session.roster import parse_athletes

ANA, BEN, CID = parse_athletes("Ana:58.0,Ben:55.5,Cid")


def names(whose):
    return [[None if one is None else one.name for one in of_one] for of_one in whose]


def test_runs_are_handed_out_round_and_round():
    found = [replayed(4.0, 60.0, 120.0), replayed(4.0)]
    assert names(handed_out(found, [ANA, BEN])) == [["Ana", "Ben", "Ana"], ["Ben"]]


def test_who_is_not_named_runs_as_nobody():
    assert handed_out([replayed(4.0, 60.0)], []) == [(None, None)]


def test_a_runner_in_another_lane_is_nobody_of_the_group():
    other = replace(run_at(20.0), flags=(Flag.OTHER_LANE,))
    found = [replayed(run_at(4.0), other, run_at(60.0))]
    assert names(handed_out(found, [ANA, BEN])) == [["Ana", None, "Ben"]]


def test_the_first_filmed_is_the_first_to_have_run_however_the_files_were_named():
    late = replayed(4.0, recorded_utc="2026-05-02T17:40:00.000000Z")
    early = replayed(4.0, recorded_utc="2026-05-02T17:30:00.000000Z")
    assert filmed_order([late, early]) == [1, 0]
    assert names(handed_out([late, early], [ANA, BEN])) == [["Ben"], ["Ana"]]


def test_a_time_of_its_end_is_told_from_one_of_its_beginning():
    """The first ended ten seconds after the second began, and is half a minute long."""
    ended = replayed(
        4.0, recorded_utc="2026-05-02T17:30:10.000000Z", recorded_at_end=True, duration_s=30.0
    )
    began = replayed(4.0, recorded_utc="2026-05-02T17:30:00.000000Z")
    assert filmed_order([began, ended]) == [1, 0]


def test_where_one_file_knows_no_time_the_order_given_is_taken():
    late = replayed(4.0, recorded_utc="2026-05-02T17:40:00.000000Z")
    early = replayed(4.0, recorded_utc="2026-05-02T17:30:00.000000Z")
    assert filmed_order([late, early, replayed(4.0)]) == [0, 1, 2]


def test_a_run_is_compared_with_the_pace_of_whoever_ran_it():
    found = replayed(4.0, 60.0, 120.0)
    first, second, third = named(found, (BEN, CID, None)).runs
    assert (first.athlete, first.pace_400_mps) == ("Ben", pace_400_mps(55.5))
    assert first.pace_ratio == pytest.approx(first.velocity_mps / pace_400_mps(55.5))
    assert (second.athlete, second.pace_400_mps, second.pace_ratio) == ("Cid", None, None)
    assert third == found.runs[2]
