"""The speaker, through a real sound server into a null sink whose monitor is recorded back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from queue import Empty, Queue

import numpy as np
import pytest
from numpy.typing import NDArray
from sound_server import PATIENCE_S, SoundServer, point_at, running_server, wait_for_end

from hardware.clock import SystemClock
from hardware.mixer import NS_PER_S, RATE_HZ, Begun, Sound
from hardware.player import Output
from hardware.speaker import Speaker

GO_TONES = 50
EVERY_NS = 500_000_000
MEDIAN_S, WORST_S = 0.005, 0.020  # what is promised
UNHEARD_LATE_S = 1.0  # on a loaded machine
LOUD = 0.3  # the tones' amplitude is 0.8
CLOCK = SystemClock()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    with running_server(monkeypatch) as running:
        yield running


@dataclass
class Told:
    """What a speaker has told."""

    news: Queue[Output | Begun] = field(default_factory=Queue)

    def until(self, wanted: Callable[[Output | Begun], bool]) -> Output | Begun:
        heard = []
        try:
            while not wanted(one := self.news.get(timeout=PATIENCE_S)):
                heard.append(one)
        except Empty:
            pytest.fail(f"not told in {PATIENCE_S} s; only {heard}")
        return one


class Recording:
    """The null sink's monitor, each block with the station time of its first sample."""

    def __init__(self) -> None:
        self._blocks: list[tuple[float, int, NDArray[np.float32]]] = []

    def __enter__(self) -> Recording:
        import sounddevice

        sounddevice._terminate()  # it knows the devices of its start only
        sounddevice._initialize()
        self._stream = sounddevice.InputStream(
            samplerate=RATE_HZ, channels=1, dtype="float32", latency=0.1, callback=self._keep
        )
        self._stream.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def _keep(self, block, frames, times, status) -> None:
        offset_ns = CLOCK.now_ns() - self._stream.time * NS_PER_S
        self._blocks.append((times.inputBufferAdcTime * NS_PER_S, offset_ns, block[:, 0].copy()))

    def onsets_ns(self) -> NDArray[np.float64]:
        """When it became loud after at least 0.2 s of silence."""
        offset_ns = np.median([offset_ns for _, offset_ns, _ in self._blocks])
        loud_ns = np.concatenate(
            [
                start_ns + offset_ns + np.flatnonzero(np.abs(block) > LOUD) * (NS_PER_S / RATE_HZ)
                for start_ns, _, block in self._blocks
            ]
        )
        return loud_ns[np.diff(loud_ns, prepend=-np.inf) > 0.2 * NS_PER_S]


def tone(length_s: float) -> NDArray[np.float32]:
    at_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    return (0.8 * np.cos(2 * np.pi * 2500 * at_s)).astype(np.float32)


def settle(told: Told, speaker: Speaker) -> None:
    """Let a silent sound of 2 s pass."""
    now_ns = CLOCK.now_ns()
    speaker.play(Sound("settled", np.zeros(1, np.float32), now_ns + 2 * NS_PER_S))
    told.until(lambda one: isinstance(one, Begun) and one.name == "settled")


def test_go_tones_begin_when_due_while_the_computer_works(server):
    told, stop = Told(), threading.Event()

    def work() -> None:
        while not stop.is_set():
            sum(range(10_000))

    worker = threading.Thread(target=work, daemon=True)
    with Speaker(told.news.put) as speaker, ExitStack() as at_last:
        at_last.callback(stop.set)
        told.until(lambda one: one == speaker.output and one.device is not None)
        with Recording() as recording:
            worker.start()
            settle(told, speaker)
            first_ns = CLOCK.now_ns() + NS_PER_S
            due_ns = first_ns + EVERY_NS * np.arange(GO_TONES)
            for number, at_ns in enumerate(due_ns):
                speaker.play(Sound(str(number), tone(0.1), int(at_ns)))
            speaker.play(Sound("end", np.zeros(1, np.float32), int(due_ns[-1]) + NS_PER_S))
            told.until(lambda one: isinstance(one, Begun) and one.name == "end")
    worker.join()
    onsets_ns = recording.onsets_ns()
    assert len(onsets_ns) == GO_TONES
    late_s = (onsets_ns - due_ns) / NS_PER_S
    assert abs(np.median(late_s)) < MEDIAN_S, late_s
    assert np.abs(late_s).max() < WORST_S, late_s


def is_output(device: bool) -> Callable[[Output | Begun], bool]:
    return lambda one: isinstance(one, Output) and (one.device is not None) is device


def is_begun(name: str) -> Callable[[Output | Begun], bool]:
    return lambda one: isinstance(one, Begun) and one.name == name


def go(name: str, in_s: float) -> Sound:
    return Sound(name, tone(0.1), CLOCK.now_ns() + round(in_s * NS_PER_S))


def test_a_device_that_vanishes_stops_nothing_and_is_taken_back(server):
    told = Told()
    with Speaker(told.news.put) as speaker:
        told.until(is_output(True))
        settle(told, speaker)
        server.stop()
        gone = told.until(is_output(False))
        assert isinstance(gone, Output)
        assert "'default' is gone" in gone.why
        speaker.play(go("unheard", 0.5))
        unheard = told.until(is_begun("unheard"))
        assert isinstance(unheard, Begun)
        assert not unheard.heard
        assert abs(unheard.begun_ns - unheard.due_ns) < UNHEARD_LATE_S * NS_PER_S
        server.start()
        told.until(is_output(True))
        assert speaker.output == Output("default", "", speaker.output.latency_s)
        with Recording() as recording:
            settle(told, speaker)
            sound = go("heard", 1.0)
            speaker.play(sound)
            begun = told.until(is_begun("heard"))
            assert isinstance(begun, Begun)
            assert begun.heard
            speaker.play(go("end", 1.0))
            told.until(is_begun("end"))
    onsets_ns = recording.onsets_ns()
    assert np.abs(onsets_ns - sound.due_ns).min() < WORST_S * NS_PER_S


def test_a_sound_server_that_hangs_stops_nothing(server):
    told = Told()
    with Speaker(told.news.put) as speaker:
        told.until(is_output(True))
        settle(told, speaker)
        os.kill(server.pid, signal.SIGSTOP)
        told.until(is_output(False))
        speaker.play(go("unheard", 0.5))
        begun = told.until(is_begun("unheard"))
        assert isinstance(begun, Begun)
        assert not begun.heard
        os.kill(server.pid, signal.SIGCONT)
        told.until(is_output(True))


def test_a_process_that_is_killed_is_started_again_and_knows_what_is_to_come(server):
    told = Told()
    with Speaker(told.news.put) as speaker:
        told.until(is_output(True))
        speaker.play(go("later", 6.0))
        assert speaker._process is not None
        speaker._process.kill()
        told.until(is_output(False))
        told.until(is_output(True))
        begun = told.until(is_begun("later"))
        assert isinstance(begun, Begun)
        assert begun.heard


def test_a_delay_that_was_measured_is_subtracted(server):
    told = Told()
    delay_s = 0.150
    with Speaker(told.news.put, delay_s=delay_s) as speaker:
        told.until(is_output(True))
        with Recording() as recording:
            settle(told, speaker)
            sounds = [go(str(number), 1.0 + 0.5 * number) for number in range(7)]
            for sound in sounds:
                speaker.play(sound)
            told.until(is_begun("6"))
            settle(told, speaker)
    # The median, for a monitor that is recorded is now and then a block off itself.
    early_s = [
        (sound.due_ns - at_ns) / NS_PER_S
        for sound, at_ns in zip(sounds, recording.onsets_ns(), strict=True)
    ]
    assert np.median(early_s) == pytest.approx(delay_s, abs=WORST_S), early_s


def test_where_the_wanted_device_is_not_another_plays(server):
    told = Told()
    with Speaker(told.news.put, device="Loud & Blue"):
        output = told.until(is_output(True))
        assert isinstance(output, Output)
        assert "'Loud & Blue' is not there: 'default' plays instead" in output.why


def test_without_a_device_each_sound_is_reported_unheard(monkeypatch, tmp_path):
    point_at(monkeypatch, tmp_path)
    told = Told()
    with Speaker(told.news.put) as speaker:
        output = told.until(is_output(False))
        assert isinstance(output, Output)
        assert output.why.startswith("no sound: ")
        speaker.play(go("go", 0.5))
        speaker.play(go("dropped", 0.4))
        speaker.drop("dropped")
        begun = told.until(lambda one: isinstance(one, Begun))
        assert isinstance(begun, Begun)
        assert (begun.name, begun.heard) == ("go", False)


def test_a_station_that_is_killed_leaves_no_process():
    code = """
from hardware.speaker import Speaker
with Speaker(lambda news: print(speaker._process.pid, flush=True)) as speaker:
    input()
"""
    station = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert station.stdin is not None
    assert station.stdout is not None
    with station.stdin, station.stdout:
        sound = int(station.stdout.readline())
        station.kill()
        station.wait()
    wait_for_end(sound)
