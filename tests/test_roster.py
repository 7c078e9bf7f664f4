"""Rosters: as coaches write them, and what is said about the rest."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import StationError
from station.session.roster import (
    Athlete,
    Row,
    load_roster,
    load_rows,
    parse_athletes,
    save_rows,
)


def test_a_group_on_one_line_in_running_order():
    assert parse_athletes("Ana:58.0, Ben:55.5:sprinter,Cleo,Dan:1:02:Sprinter,Eva:sprinter") == (
        Athlete("Ana", 58.0),
        Athlete("Ben", 55.5, sprinter=True),
        Athlete("Cleo"),
        Athlete("Dan", 62.0, sprinter=True),
        Athlete("Eva", sprinter=True),
    )


@pytest.mark.parametrize("point", [".", ","])
def test_a_time_may_have_a_decimal_comma(point):
    text = f"Ana:58{point}4,Ben:1:02{point}5:sprinter,Cleo:57{point}25"
    assert [one.time_400_s for one in parse_athletes(text)] == [58.4, 62.5, 57.25]
    assert [one.name for one in parse_athletes("Ana:58,4x4,Ben")] == ["Ana", "4x4", "Ben"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'' is no name"),
        ("Ana:58,,Ben", "'' is no name"),
        ("Ana:fast", "'fast' is not a time"),
        ("Ana:58:runner", "'58:runner' is not a time"),
        ("Ana:12", "no one runs 400 m in 12 s"),
        ("Ana;58.0", "'Ana;58.0' is no name: a colon parts it"),
        ("Ana 58.0, Ben 55.5", "'Ana 58.0' is no name: a colon parts it"),
        ("Ana=58", "'Ana=58' is no name: a colon parts it"),
        ("Ana:58,Ana :57", "Ana is named twice"),
        ("\u0041\u0301na,\u00c1na", "named twice"),
    ],
)
def test_what_is_no_group_is_said(text, said):
    with pytest.raises(StationError, match=said) as raised:
        parse_athletes(text)
    assert "\n" not in str(raised.value)


@given(st.text())
def test_any_text_is_a_group_or_an_error(text):
    try:
        group = parse_athletes(text)
    except StationError:
        return
    assert len({one.name for one in group}) == len(group) > 0


def test_a_file_has_all_that_is_known(tmp_path):
    path = tmp_path / "roster.toml"
    path.write_text(
        """
        [[athletes]]
        name = "  Zoë =1+1 'Q\\"  "
        time_400_s = "0:58.4"
        time_800_s = "2:11.5"
        sprinter = true
        initials = "ZQ"
        run_in_s = 8.5

        [[athletes]]
        name = "Ben"
        time_400_s = 55
        time_800_s = 125.0
        """,
        encoding="utf-8",
    )
    zoe, ben = load_roster(path)
    assert zoe == Athlete("Zoë =1+1 'Q\"", 58.4, 131.5, True, "ZQ", 8.5)
    assert ben == Athlete("Ben", 55.0, 125.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing required field `athletes`"),
        ("athletes = []", "names no athlete"),
        ("[[athletes]]\nname = 'Ana'\nage = 12", "unknown field `age`"),
        ("[[athletes]]\nname = 3", "of athlete 1, name: Expected words in quotes, got a whole"),
        (
            "[[athletes]]\nname = 'A'\n[[athletes]]\nname = 'B'\ntime_400_s = [1]",
            'of athlete 2, time_400_s: Expected a time as 58.4 or "1:02", got a list; write',
        ),
        ("[[athletes]]\nname = 'Ana'\ntime_800_s = 58", "'Ana' has the 800 m time 58"),
        ("[[athletes]]\nname = 'Ana'\ntime_800_s = 'x'", "'Ana' has the 800 m time x"),
        ("[[athletes]]\nname = 'Ana'\ntime_400_s = nan", "'nan' is not a time"),
        ("[[athletes]]\nname = 'Ana'\nrun_in_s = nan", "run_in_s = nan"),
        ('[[athletes]]\nname = "A\\u0007"\n', "is no name"),
        ("name = ", "Invalid value"),
        ("a = " + "[" * 5000, "is no roster"),
    ],
)
def test_a_file_that_is_no_roster_is_said(tmp_path, text, said):
    path = tmp_path / "roster.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StationError) as raised:
        load_roster(path)
    assert str(path) in str(raised.value)
    assert said in str(raised.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_said(tmp_path, content):
    path = tmp_path / "roster.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StationError, match=r"roster\.toml"):
        load_roster(path)


def test_the_times_at_both_paces():
    at_400_s, at_800_s = Athlete("Ana", 58.0, 132.0).at_pace_s(200.0)
    assert (at_400_s, at_800_s) == (pytest.approx(29.0), pytest.approx(33.0))
    assert Athlete("Ana").at_pace_s(200.0) == (None, None)


@pytest.mark.parametrize("name", ["محمد\u200cرضا", "👩\u200d🦰", "O'Neil", "=1+1"])
def test_names_hold_what_names_hold(name):
    assert parse_athletes(name)[0].name == name


@pytest.mark.parametrize("name", ["a\x1b[2J", "a\u202eb", "x" * 61])
def test_what_is_no_name_is_refused_shortly(name):
    with pytest.raises(StationError, match="name") as refused:
        parse_athletes(name)
    assert len(str(refused.value)) < 200


def test_a_roster_as_some_editors_save_it(tmp_path):
    path = tmp_path / "squad.toml"
    path.write_bytes(b"\xef\xbb\xbf" + b'[[athletes]]\nname = "Ana"\n')
    assert load_roster(path)[0].name == "Ana"


def test_a_pipe_is_no_roster(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StationError, match="is no file that could be a roster"):
        load_roster(tmp_path / "pipe")


@pytest.mark.parametrize("given", ['"-1:200"', '"٢:١١"', '"2:99"', "nan"])
def test_an_800_m_time_that_is_none_names_whose_it_is(given, tmp_path):
    path = tmp_path / "squad.toml"
    path.write_text(f'[[athletes]]\nname = "Ana"\ntime_800_s = {given}\n', encoding="utf-8")
    with pytest.raises(StationError, match="'Ana'"):
        load_roster(path)


def test_what_is_kept_is_read_again_and_who_is_not_here_is_left_out(tmp_path):
    path = tmp_path / "roster.toml"
    rows = [
        Row('"Zoë" \\ 😀', "1:02.5", 131.5, sprinter=True, initials="Z", run_in_s=8.5),
        Row("Ben", here=False),
    ]
    save_rows(path, rows)
    assert load_rows(path) == rows
    assert load_roster(path) == (Athlete('"Zoë" \\ 😀', 62.5, 131.5, True, "Z", 8.5),)
    save_rows(path, [])
    assert load_rows(path) == []
