"""The speaker, through a real sound server into a null sink whose monitor is recorded back.

And with a library that stands in for the sound system, where what is lost is lost at will.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from queue import Empty, Queue

import numpy as np
import pytest
from numpy.typing import NDArray
from portaudio import NO_DEVICE, NO_LIBRARY, PLAYS
from sound_server import (
    CLOCK,
    PATIENCE_S,
    Recording,
    SoundServer,
    point_at,
    running_server,
    wait_for_end,
)

from calibration.geometry import fit_zone
from calibration.profile import load_profile
from hardware.mixer import RATE_HZ, Begun, Sound
from hardware.player import Output
from hardware.speaker import Speaker
from hardware.units import NS
from station.film.replay import replay

GO_TONES = 50
EVERY_NS = 250_000_000
MEDIAN_S, WORST_S = 0.005, 0.020  # what is promised
SETTLED_S = 6.0  # a session's first call comes minutes after a stream is opened
UNHEARD_LATE_S = 1.0  # on a loaded machine


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


def tone(length_s: float) -> NDArray[np.float32]:
    at_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    return (0.8 * np.cos(2 * np.pi * 2500 * at_s)).astype(np.float32)


def settle(told: Told, speaker: Speaker) -> None:
    """Let the time pass until a stream's clock is known."""
    settled_ns = CLOCK.now_ns() + round(SETTLED_S * NS)
    speaker.play(Sound("settled", np.zeros(1, np.float32), settled_ns))
    told.until(lambda one: isinstance(one, Begun) and one.name == "settled")


@contextmanager
def detector_at_work() -> Iterator[None]:
    """Time runs from video again and again, in a thread of the process that schedules the tones."""
    stop = threading.Event()

    def work() -> None:
        with as_file(files("recordings")) as folder:
            zone = fit_zone(load_profile(folder / "fly30.toml"))
            while not stop.is_set():
                assert replay(folder / "fly30.mp4", zone).runs

    with ThreadPoolExecutor(1) as workers:
        working = workers.submit(work)
        try:
            yield
        finally:
            stop.set()
    working.result()


def test_go_tones_begin_when_due_while_the_detector_works(server):
    told = Told()
    with Speaker(told.news.put) as speaker, Recording() as recording:
        told.until(is_output(True))
        settle(told, speaker)
        with detector_at_work():
            due_ns = CLOCK.now_ns() + NS + EVERY_NS * np.arange(GO_TONES)
            for number, at_ns in enumerate(due_ns):
                speaker.play(Sound(str(number), tone(0.1), int(at_ns)))
            speaker.play(Sound("end", np.zeros(1, np.float32), int(due_ns[-1]) + NS))
            told.until(is_begun("end"))
    onsets_ns = recording.onsets_ns()
    assert len(onsets_ns) == GO_TONES
    late_s = (onsets_ns - due_ns) / NS
    assert abs(np.median(late_s)) < MEDIAN_S, late_s
    assert np.abs(late_s).max() < WORST_S, late_s


def is_output(device: bool) -> Callable[[Output | Begun], bool]:
    return lambda one: isinstance(one, Output) and (one.device is not None) is device


def is_begun(name: str) -> Callable[[Output | Begun], bool]:
    return lambda one: isinstance(one, Begun) and one.name == name


def go(name: str, in_s: float) -> Sound:
    return Sound(name, tone(0.1), CLOCK.now_ns() + round(in_s * NS))


def test_a_device_that_vanishes_stops_nothing_and_is_taken_back(server):
    told = Told()
    with Speaker(told.news.put) as speaker:
        told.until(is_output(True))
        server.stop()
        gone = told.until(is_output(False))
        assert isinstance(gone, Output)
        assert "'default' is gone" in gone.why
        speaker.play(go("unheard", 0.5))
        unheard = told.until(is_begun("unheard"))
        assert isinstance(unheard, Begun)
        assert not unheard.heard
        assert abs(unheard.begun_ns - unheard.due_ns) < UNHEARD_LATE_S * NS
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
    assert np.abs(onsets_ns - sound.due_ns).min() < WORST_S * NS


def test_a_sound_server_that_hangs_stops_nothing(server):
    told = Told()
    with Speaker(told.news.put) as speaker:
        told.until(is_output(True))
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
            sounds = [go(str(number), 1.0 + 0.3 * number) for number in range(3)]
            for sound in sounds:
                speaker.play(sound)
            speaker.play(go("end", 2.0))
            told.until(is_begun("end"))
    due_ns = [sound.due_ns for sound in sounds]
    early_s = (due_ns - recording.onsets_ns()) / NS
    assert early_s == pytest.approx([delay_s] * len(sounds), abs=WORST_S)


def test_where_the_wanted_device_is_not_another_plays(server):
    told = Told()
    with Speaker(told.news.put, device="Loud & Blue"):
        output = told.until(is_output(True))
        assert isinstance(output, Output)
        assert "'Loud & Blue' is not there: 'default' plays instead" in output.why


def test_without_a_sound_server_each_sound_is_told_unheard(monkeypatch, tmp_path):
    point_at(monkeypatch, tmp_path)
    told = Told()
    with Speaker(told.news.put) as speaker:
        output = told.until(is_output(False))
        assert isinstance(output, Output)
        assert output.why.startswith("no sound: ")
        speaker.play(go("go", 0.2))
        begun = told.until(lambda one: isinstance(one, Begun))
        assert isinstance(begun, Begun)
        assert (begun.name, begun.heard) == ("go", False)


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """Give the process that plays another sound system, whose folder is returned."""

    def put(source: str) -> Path:
        (tmp_path / "sounddevice.py").write_text(source)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        return tmp_path

    return put


def told_of(told: Told, last: str) -> list[tuple[str, bool]]:
    """What became of sounds, up to the last of them."""
    begun: list[tuple[str, bool]] = []

    def is_last(one: Output | Begun) -> bool:
        if isinstance(one, Begun):
            begun.append((one.name, one.heard))
        return bool(begun) and begun[-1][0] == last

    told.until(is_last)
    return begun


@pytest.mark.parametrize("source", [NO_LIBRARY, NO_DEVICE])
def test_what_nothing_can_play_is_unheard_when_it_is_due(pretend, source):
    pretend(source)
    told = Told()
    with Speaker(told.news.put) as speaker:
        told.until(is_output(False))
        speaker.play(go("first", 0.1))
        speaker.play(go("dropped", 0.2))
        speaker.play(sound := go("last", 0.3))
        speaker.drop("dropped")
        assert told_of(told, "first") == [("first", False)]
        last = told.until(is_begun("last"))
    assert isinstance(last, Begun)
    assert not last.heard
    assert 0 <= last.begun_ns - sound.due_ns < UNHEARD_LATE_S * NS


def test_each_sound_that_a_device_takes_is_told_once(pretend):
    pretend(PLAYS)
    told = Told()
    with Speaker(told.news.put) as speaker:
        told.until(is_output(True))
        for name, in_s in (("first", 0.5), ("dropped", 0.6), ("late", -0.1), ("last", 0.9)):
            speaker.play(go(name, in_s))
        speaker.drop("dropped")
        assert told_of(told, "last") == [("late", True), ("first", True), ("last", True)]


def test_what_a_device_does_not_take_is_unheard_and_not_played_when_it_goes_on(pretend):
    hang = pretend(PLAYS) / "hang"
    told = Told()
    with Speaker(told.news.put) as speaker:
        told.until(is_output(True))
        speaker.play(go("begun", 0.2))
        assert told_of(told, "begun") == [("begun", True)]
        hang.touch()
        speaker.play(sound := go("lost", 0.3))
        lost = told.until(is_begun("lost"))
        assert isinstance(lost, Begun)
        assert not lost.heard
        assert 0.9 < (lost.begun_ns - sound.due_ns) / NS < 1.0 + UNHEARD_LATE_S
        hang.unlink()
        told.until(is_output(False))  # it has asked for nothing for long enough
        told.until(is_output(True))
        speaker.play(go("last", 0.3))
        assert told_of(told, "last") == [("last", True)]


def test_what_was_due_while_the_process_slept_is_unheard_and_not_played_when_it_wakes(pretend):
    pretend(PLAYS)
    told = Told()
    with Speaker(told.news.put) as speaker:
        told.until(is_output(True))
        assert speaker._process is not None
        speaker._process.send_signal(signal.SIGSTOP)
        speaker.play(go("overslept", 0.3))
        assert told_of(told, "overslept") == [("overslept", False)]
        speaker._process.send_signal(signal.SIGCONT)
        speaker.play(go("last", 0.5))
        assert told_of(told, "last") == [("last", True)]


def test_a_process_that_is_killed_again_and_again_leaves_no_sound_untold(pretend):
    pretend(PLAYS + "\nimport os; os.kill(os.getpid(), 9)")
    told = Told()
    with Speaker(told.news.put) as speaker:
        output = told.until(is_output(False))
        assert isinstance(output, Output)
        assert "ended with -9" in output.why
        speaker.play(go("first", 0.1))
        speaker.play(go("last", 0.3))
        assert told_of(told, "last") == [("first", False), ("last", False)]


def test_where_no_process_starts_it_is_told(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    told = Told()
    with Speaker(told.news.put) as speaker:
        output = told.until(is_output(False))
        assert isinstance(output, Output)
        assert "does not start" in output.why
        speaker.play(go("last", 0.1))
        assert told_of(told, "last") == [("last", False)]


def test_what_plays_runs_at_no_real_time_priority(pretend):
    pretend(PLAYS)
    told = Told()
    with Speaker(told.news.put) as speaker:
        told.until(is_output(True))
        assert speaker._process is not None
        threads = Path(f"/proc/{speaker._process.pid}/task").iterdir()
        assert {os.sched_getscheduler(int(one.name)) for one in threads} == {os.SCHED_OTHER}


def test_a_station_that_is_killed_leaves_no_process():
    code = """
from hardware.speaker import Speaker
from station.film.replay import replay
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
