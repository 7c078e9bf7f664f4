"""The state row: what is well, what is not, and what helps, of each thing that a session needs."""

from __future__ import annotations

import pytest

from station.gates.standing import GateStands
from station.session import state_row
from station.session.state_row import Delivered

GB = 1e9
HOUR_S = 3600.0


@pytest.mark.parametrize(
    ("filming", "wrong", "state", "word", "helps"),
    [
        (Delivered(None, 60.0), "", "doubt", "starts", ""),
        (Delivered(None, 60.0, silent_s=None), "", "doubt", "starts", "wait with the start"),
        (Delivered(59.94, 60.0), "", "good", "59.9 fps", ""),
        (Delivered(54.1, 60.0), "", "good", "54.1 fps", ""),
        (Delivered(14.2, 60.0), "", "doubt", "14 of 60 fps", "14 of 60 fps: it is too dark"),
        (Delivered(30.0, None), "", "good", "30.0 fps", ""),
        (Delivered(12.0, 30.0), "", "doubt", "12 of 30 fps", "accept a wider ±"),
        (Delivered(60.0, 60.0, 0.05), "", "doubt", "drops 5 %", "close other programs"),
        (Delivered(60.0, 60.0, 0.0, 2.4), "", "bad", "no picture", "no picture for 2 s: see that"),
        (Delivered(60.0, 60.0, 0.0, 2.4), "gone", "bad", "gone", ""),
    ],
)
def test_a_camera_says_what_it_delivers_of_what_it_was_asked_for(
    filming, wrong, state, word, helps
):
    found = state_row.camera(filming, wrong)
    assert (found.name, found.state, found.word) == ("camera", state, word)
    assert helps in found.remedy
    assert bool(helps) == bool(found.remedy)


@pytest.mark.parametrize(
    ("stands", "state", "word"),
    [
        ("good", "good", "ok"),
        ("cold", "doubt", "clock cold"),
        ("unheard", "doubt", "not heard yet"),
        ("blocked", "bad", "blocked"),
        ("mad", "bad", "flickers"),
        ("silent", "bad", "silent"),
        ("gone", "bad", "unplugged"),
    ],
)
def test_each_marker_s_gate_has_its_place(stands, state, word):
    (found,) = state_row.gates([GateStands("M2", stands)])
    assert (found.name, found.state, found.word, found.remedy) == ("M2", state, word, "")


def test_sound_is_heard_off_or_lost():
    heard = state_row.sound("Speaker", wanted=True, muted=False)
    muted = state_row.sound("Speaker", wanted=True, muted=True)
    lost = state_row.sound(None, wanted=True, muted=False)
    off = state_row.sound(None, wanted=False, muted=True)
    assert [one.word for one in (heard, muted, lost, off)] == ["on", "no times", "not heard", "off"]
    assert [one.state for one in (heard, muted, lost, off)] == ["good", "good", "bad", "off"]


def test_the_recorder_says_what_it_took_of_what_it_may():
    assert state_row.recorder(None, 0).word == "writing"
    assert state_row.recorder(round(0.42 * GB), round(20 * GB)).word == "0.4 of 20 GB"
    lost = state_row.recorder(round(GB), round(20 * GB), "cannot write")
    assert (lost.state, lost.word) == ("bad", "cannot write")


@pytest.mark.parametrize(
    ("free_gb", "per_h_gb", "state", "word"),
    [
        (100.0, 1.0, "good", "over 99 h"),
        (42.0, 1.0, "good", "42 h"),
        (5.0, 0.0, "good", "over 99 h"),
        (1.5, 1.0, "doubt", "90 min"),
        (0.5, 1.0, "bad", "30 min"),
    ],
)
def test_the_disk_says_for_how_long_there_is_room(free_gb, per_h_gb, state, word):
    found = state_row.disk(free_gb * GB, per_h_gb * GB)
    assert (found.state, found.word) == (state, word)
    assert (word in found.remedy) == (state != "good")


@pytest.mark.parametrize(
    ("power", "plugged", "state", "word", "helps"),
    [
        ((0.8, 3 * HOUR_S), False, "good", "3 h 00", ""),
        ((0.8, 3 * HOUR_S), True, "good", "80 %, plugged in", ""),
        ((0.8, None), False, "good", "80 %", ""),
        ((0.1, None), False, "bad", "10 %", "plug it in"),
        ((0.4, 1.2 * HOUR_S), False, "doubt", "1 h 12", "the workout needs 1 h 00"),
        ((0.2, 0.5 * HOUR_S), False, "bad", "30 min", "the workout needs 1 h 00"),
        ((0.1, 3 * HOUR_S), False, "doubt", "3 h 00", "plug it in"),
    ],
)
def test_a_battery_stands_against_what_the_workout_needs(power, plugged, state, word, helps):
    found = state_row.battery(*power, plugged=plugged, needs_s=HOUR_S)
    assert (found.state, found.word) == (state, word)
    assert helps in found.remedy
    assert bool(helps) == bool(found.remedy)
