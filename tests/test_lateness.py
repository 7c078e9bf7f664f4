"""Sweeps found again in what a microphone might have heard."""

from __future__ import annotations

import numpy as np
import pytest

from hardware.mixer import RATE_HZ
from hardware.units import NS
from station.voice.lateness import APART_S, LATEST_S, lateness_s, sweep

FROM_NS = 5 * NS
DUE_S = [6.0 + number * APART_S for number in range(5)]
DUE_NS = [round(due_s * NS) for due_s in DUE_S]
EXACT_S = 0.0001


def recording(late_s: float, loudness: float, noise: float, echo: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(3)
    heard = rng.normal(0, noise, 10 * RATE_HZ)
    for due_s in DUE_S:
        for share, after_s in ((1, 0.0), (echo, 0.017)):
            at = round((due_s - FROM_NS / NS + late_s + after_s) * RATE_HZ)
            heard[at : at + len(sweep())] += share * loudness * sweep()
    return heard.astype(np.float32)


@pytest.mark.parametrize("late_s", [-0.05, 0.0, 0.003, 0.182, LATEST_S - 0.05])
@pytest.mark.parametrize(("noise", "echo"), [(0.001, 0.0), (0.1, 0.7)])
def test_sweeps_are_found_through_noise_and_echo(late_s, noise, echo):
    found = lateness_s(recording(late_s, 0.1, noise, echo), FROM_NS, DUE_NS)
    assert found == pytest.approx([late_s] * 5, abs=EXACT_S)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_nothing_is_found_where_there_is_none(noise):
    assert lateness_s(recording(0.1, 0.0, noise), FROM_NS, DUE_NS) == []


def test_a_recording_that_ends_early_tells_of_those_in_it():
    heard = recording(0.1, 0.1, 0.001)[: round((DUE_S[2] - 5.0 + 1.0) * RATE_HZ)]
    assert lateness_s(heard, FROM_NS, DUE_NS) == pytest.approx([0.1] * 3, abs=EXACT_S)
