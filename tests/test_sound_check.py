"""`station sound-check` as a coach runs it, into a null sink and into nothing."""

from __future__ import annotations

import re

import pytest
from sound_server import point_at, running_server

from station.cli import main

LATE_MS = 20  # the usual one of five, of a null sink recorded back on a loaded machine
EXACT_MS = 1.0  # by the device's own clock


def test_it_plays_and_says_how_late(monkeypatch, capsys):
    with running_server(monkeypatch):
        assert main(["sound-check", "--sound-delay-ms", "150", "--sound-device", "JBL"]) == 0
    said = capsys.readouterr().out
    assert "Mind: 'JBL' is not there: 'default' plays instead." in said
    assert "Sound goes to 'default'" in said
    assert "the loudspeaker itself for 150 ms" in said
    assert "station run … --sound-device JBL --sound-delay-ms 150" in said
    heard = re.findall(r"^You hear (.+), ([+-][\d.]+) ms", said, re.M)
    assert [what for what, _ in heard] == [
        'a low tone and "Ana, ten seconds."',
        'the go tone and "Ana, go. Rep two of three, set one."',
        'a low tone and "Ana, 3.52, 8.5 metres per second."',
    ]
    assert all(abs(float(late_ms)) < EXACT_MS for _, late_ms in heard)


def test_a_microphone_tells_how_late_a_loudspeaker_is(monkeypatch, capsys):
    with running_server(monkeypatch):
        assert main(["sound-check", "--listen", "--sound-device", "de fault"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"Heard [345] of 5, \S+ to \S+ ms later", said)
    options = re.search(r"station run … --sound-device 'de fault' --sound-delay-ms (\d+)", said)
    assert options is not None
    assert int(options[1]) < LATE_MS


def test_without_a_device_it_says_what_to_do(monkeypatch, tmp_path, capsys):
    point_at(monkeypatch, tmp_path)
    assert main(["sound-check"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("station: no sound: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("delay", ["-1", "x", "nan", "5000"])
def test_a_delay_that_is_none_is_refused(delay, capsys):
    assert main(["sound-check", f"--sound-delay-ms={delay}"]) == 2
    assert f"'{delay}' is no delay" in capsys.readouterr().err
