"""Words to samples, by the synthesiser itself."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from hardware.mixer import RATE_HZ
from hardware.voice import Voice

SAME_S = 0.01  # no two utterances are the same to the sample
GO = "Ana, go. Rep two of three, set one."


@pytest.fixture(scope="module")
def voice() -> Voice:
    spoken = Voice()
    assert spoken.missing == ""
    return spoken


def test_a_call_takes_as_long_as_a_person_would(voice):
    samples = voice.speak(GO)
    assert samples.dtype == np.float32
    assert 1.5 < len(samples) / RATE_HZ < 4
    assert 0.5 < np.abs(samples).max() < 1


def test_no_silence_delays_the_words(voice):
    samples = np.abs(voice.speak("Ana"))
    for edge in (samples[: RATE_HZ // 100], samples[-RATE_HZ // 100 :]):
        assert edge.max() > 0.005


def test_most_of_it_is_where_speech_is(voice):
    power = np.abs(np.fft.rfft(voice.speak(GO))) ** 2
    at_hz = np.fft.rfftfreq(len(voice.speak(GO)), 1 / RATE_HZ)
    assert power[(at_hz > 80) & (at_hz < 5000)].sum() > 0.9 * power.sum()


def test_the_same_words_are_made_once(voice):
    assert voice.speak(GO) is voice.speak(GO)
    assert len(voice.speak("Ana, go.")) < len(voice.speak(GO))


@pytest.mark.parametrize("name", ["Žofie", "李", "=1+1", "<b>", "\ud800", "a\0b", "[[x]]", "🙂"])
def test_names_can_hold_anything(voice, name):
    assert len(voice.speak(f"{name}, go.")) > 0


def test_nothing_is_said_of_nothing(voice):
    assert len(voice.speak("")) == 0


def test_another_language_does_not_change_the_first(voice):
    year = "2121"
    before, german = len(voice.speak(year)), len(Voice("de").speak(year))
    assert abs(len(Voice().speak(year)) - before) < SAME_S * RATE_HZ
    assert abs(german - before) > 5 * SAME_S * RATE_HZ


def test_a_language_that_there_is_not_leaves_it_silent_and_says_so():
    silent = Voice("xx")
    assert "'xx'" in silent.missing
    assert len(silent.speak(GO)) == 0
    assert len(Voice().speak(GO)) > 0


def test_without_the_synthesiser_it_stays_silent(monkeypatch):
    from hardware import voice as module

    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    # Never begin the library twice in a process: it then reads what it has freed.
    monkeypatch.setattr(module, "_library", module._library.__wrapped__)
    silent = Voice()
    assert "espeakng_loader" in silent.missing
    assert len(silent.speak(GO)) == 0
