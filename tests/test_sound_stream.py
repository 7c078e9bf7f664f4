"""A stream's clock against station time, with PortAudio's own reports good and bad."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from portaudio import BUFFERED_S, PortAudio

from hardware.clock import ManualClock
from hardware.errors import StationError
from hardware.sound_stream import Stream
from hardware.units import NS

EXACT_NS = 1000  # a float of seconds since 1970 tells no less than 240 ns
SETTLED_BLOCKS = 20


@pytest.fixture
def portaudio(monkeypatch) -> PortAudio:
    fake = PortAudio(ManualClock(7 * NS), "Built-in")
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


class Heard:
    """When each block was said to be heard, from when it was asked for."""

    def __init__(self, portaudio: PortAudio) -> None:
        self.after_ns: list[int] = []
        self._clock = portaudio.clock
        self.stream = Stream(None, portaudio.clock, self._fill)

    def _fill(self, stream, block, heard_ns) -> None:
        assert stream is self.stream
        block[:] = np.linspace(-1, 1, len(block))
        self.after_ns.append(heard_ns - self._clock.now_ns())


def test_blocks_are_placed_by_the_devices_clock_in_station_time(portaudio):
    heard = Heard(portaudio)
    blocks = [portaudio.streams[0].ask() for _ in range(40)]
    assert heard.after_ns == pytest.approx([BUFFERED_S * NS] * 40, abs=EXACT_NS)
    assert all(np.array_equal(block[:, 0], block[:, 1]) for block in blocks)
    assert heard.stream.blocks == 40


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, -0.3, 0.3])
def test_a_device_clock_that_is_stepped_is_followed(portaudio, step_s):
    heard = Heard(portaudio)
    for _ in range(SETTLED_BLOCKS):
        portaudio.streams[0].ask()
    portaudio.ahead_s += step_s
    for _ in range(2 * SETTLED_BLOCKS):
        portaudio.streams[0].ask()
    assert heard.after_ns[-1] == pytest.approx(BUFFERED_S * NS, abs=EXACT_NS)


@pytest.mark.parametrize("nonsense_s", [0.0, -1.0, 1e12])
def test_nonsense_of_a_driver_is_not_believed(portaudio, nonsense_s):
    heard = Heard(portaudio)
    for _ in range(SETTLED_BLOCKS):
        portaudio.streams[0].ask()
    portaudio.misreports_s = nonsense_s
    portaudio.streams[0].ask()
    assert heard.after_ns[-1] == pytest.approx(BUFFERED_S * NS, abs=EXACT_NS)


def test_a_streams_first_instants_are_not_believed(portaudio):
    heard = Heard(portaudio)
    portaudio.misreports_s = portaudio.clock.now_ns() / NS + portaudio.ahead_s + 1.0
    portaudio.streams[0].ask()
    assert heard.after_ns[-1] == pytest.approx(BUFFERED_S * NS, abs=EXACT_NS)


def test_reports_that_err_for_seconds_shift_nothing(portaudio):
    heard = Heard(portaudio)
    for _ in range(5 * SETTLED_BLOCKS):
        portaudio.streams[0].ask()
    for error_s in np.linspace(0.040, 0.002, 15 * SETTLED_BLOCKS):
        now_s = portaudio.clock.now_ns() / NS + portaudio.ahead_s
        portaudio.misreports_s = now_s + BUFFERED_S + error_s
        portaudio.streams[0].ask()
    assert heard.after_ns[-1] == pytest.approx(BUFFERED_S * NS, abs=EXACT_NS)


@pytest.mark.parametrize("missed_s", [0.5, 3600.0])
def test_what_was_known_of_a_stream_that_ran_dry_is_over(portaudio, missed_s):
    heard = Heard(portaudio)
    for _ in range(2 * SETTLED_BLOCKS):
        portaudio.streams[0].ask()
    portaudio.clock.advance(round(missed_s * NS))
    portaudio.streams[0].ask()
    assert heard.after_ns[-1] == pytest.approx(BUFFERED_S * NS, abs=EXACT_NS)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("raise OSError('PortAudio library not found')", "apt-get install libportaudio2"),
        ("import no_such_package_at_all", "'no_such_package_at_all' is missing"),
    ],
)
def test_without_the_library_it_is_said_what_to_install(monkeypatch, tmp_path, source, told):
    (tmp_path / "sounddevice.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    with pytest.raises(StationError, match=told):
        Stream(None, ManualClock(), lambda *_: None)


def test_without_a_device_it_is_said_so(portaudio):
    portaudio.devices.clear()
    with pytest.raises(StationError, match="no output device can be used"):
        Stream(None, portaudio.clock, lambda *_: None)
