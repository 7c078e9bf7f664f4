"""Which device plays, as devices come and go."""

from __future__ import annotations

import sys
from queue import Empty, Queue

import numpy as np
import pytest
from portaudio import PortAudio, Stream

from hardware import player as module
from hardware.clock import ManualClock
from hardware.mixer import Begun, Sound
from hardware.player import Output, Player
from hardware.units import NS

PATIENCE_S = 20.0  # of a loaded machine


class WatchedClock(ManualClock):
    """Lets a test wait until the player has looked at it, which it does when it would change."""

    def __init__(self) -> None:
        super().__init__(7 * NS)
        self._readings: Queue[int] = Queue()

    def now_ns(self) -> int:
        now_ns = super().now_ns()
        self._readings.put(now_ns)
        return now_ns

    def wait_for_readings(self, count: int) -> None:
        while self._readings.qsize():
            self._readings.get()
        for _ in range(count):
            self._readings.get(timeout=PATIENCE_S)


@pytest.fixture
def portaudio(monkeypatch) -> PortAudio:
    fake = PortAudio(WatchedClock(), "Built-in", "JBL Flip 6")
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    monkeypatch.setattr(module, "_LOOK_S", 0.005)
    monkeypatch.setattr(module, "_RETRY_LOOKS", 5)
    monkeypatch.setattr(module, "_RETURN_LOOKS", 5)
    monkeypatch.setattr(module, "_STALLED_LOOKS", 10**9)  # blocks are asked for by hand
    return fake


class Told:
    def __init__(self) -> None:
        self.news: Queue[Output | Begun] = Queue()

    def output(self) -> Output:
        return self._next(Output)

    def begun(self) -> Begun:
        return self._next(Begun)

    def _next(self, kind):
        try:
            while not isinstance(one := self.news.get(timeout=PATIENCE_S), kind):
                pass
        except Empty:
            pytest.fail(f"no {kind.__name__} told")
        return one


def begin(portaudio: PortAudio, told: Told, device: str | None) -> Player:
    return Player(portaudio.clock, told.news.put, device=device)


def vanish(portaudio: PortAudio, name: str) -> None:
    portaudio.devices.remove(name)
    portaudio.streams[-1].active = False


def test_the_wanted_device_is_found_by_a_part_of_its_name(portaudio):
    told = Told()
    with begin(portaudio, told, "JBL"):
        assert told.output() == Output("JBL Flip 6", "", 0.2)


def test_another_device_plays_while_the_wanted_one_is_gone(portaudio):
    told = Told()
    with begin(portaudio, told, "JBL"):
        told.output()
        vanish(portaudio, "JBL Flip 6")
        assert told.output() == Output(None, "no sound: 'JBL Flip 6' is gone")
        instead = told.output()
        assert instead.device == "Built-in"
        assert "'JBL' is not there" in instead.why
        portaudio.devices.append("JBL Flip 6")
        assert told.output() == Output("JBL Flip 6", "", 0.2)
        assert [stream.active for stream in portaudio.streams][-2:] == [False, True]


def test_the_systems_first_choice_is_the_wanted_one_afterwards(portaudio):
    told = Told()
    portaudio.devices.reverse()
    with begin(portaudio, told, None):
        assert told.output().device == "JBL Flip 6"
        vanish(portaudio, "JBL Flip 6")
        told.output()
        assert told.output().device == "Built-in"
        portaudio.devices.append("JBL Flip 6")  # no longer the system's choice
        assert told.output() == Output("JBL Flip 6", "", 0.2)


def test_no_device_is_changed_shortly_before_a_call(portaudio):
    told = Told()
    portaudio.devices.remove("JBL Flip 6")
    player = begin(portaudio, told, "JBL")
    player.play(Sound("go", np.ones(480, np.float32), portaudio.clock.now_ns() + 4 * NS))
    with player:
        assert told.output().device == "Built-in"
        portaudio.devices.append("JBL Flip 6")
        portaudio.clock.wait_for_readings(3)
        assert len(portaudio.streams) == 1
        stream: Stream = portaudio.streams[-1]
        while not told.news.qsize():
            stream.ask()
        assert told.begun().name == "go"
        stream.ask()
        assert told.output() == Output("JBL Flip 6", "", 0.2)


def test_what_plays_when_a_device_vanishes_does_not_go_on_at_its_middle(portaudio):
    told = Told()
    with begin(portaudio, told, None) as player:
        told.output()
        player.play(Sound("long", np.ones(48_000, np.float32), portaudio.clock.now_ns()))
        portaudio.streams[-1].ask()
        assert told.begun().heard
        vanish(portaudio, "Built-in")
        told.output()
        told.output()
        portaudio.streams[-1].ask()
        assert np.abs(portaudio.streams[-1].ask()).max() < 0.001
