"""Sounds placed in blocks: held against where their samples come out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.mixer import RATE_HZ, Begun, Mixer, Samples, Sound
from hardware.units import NS

AWAKE = 0.001  # the noise that keeps loudspeakers awake stays below
CLICK = 0.01  # from one sample to the next
MS = 1_000_000


def flat(length: int, level: float = 0.5) -> Samples:
    return np.full(length, level, np.float32)


def played(mixer: Mixer, blocks: list[int], from_ns: int = 0) -> tuple[Samples, list[Begun]]:
    out, begun, at = [], [], 0
    for length in blocks:
        block = np.empty(length, np.float32)
        begun += mixer.fill(block, from_ns + round(at * NS / RATE_HZ))
        out.append(block)
        at += length
    return np.concatenate(out), begun


@given(
    st.lists(st.integers(1, 400), min_size=1, max_size=30),
    st.integers(0, 3000),
    st.integers(1, 2000),
)
def test_every_sample_comes_out_once_at_its_place(blocks, start, length):
    mixer = Mixer()
    sound = np.linspace(0.1, 0.9, length, dtype=np.float32)
    mixer.add(Sound("go", sound, round(start * NS / RATE_HZ)))
    out, begun = played(mixer, blocks)
    expected = np.zeros(sum(blocks) + start + length, np.float32)
    expected[start : start + length] = sound
    np.testing.assert_allclose(out, expected[: len(out)], atol=AWAKE)
    assert [one.name for one in begun] == (["go"] if start < len(out) else [])


def test_a_sound_that_begins_ends_the_one_before_without_a_click():
    mixer = Mixer()
    mixer.add(Sound("speech", flat(48_000), 0))
    mixer.add(Sound("go", flat(480, -0.7), 500 * MS))
    out, _ = played(mixer, [4800] * 12)
    assert out[23_999] == pytest.approx(0.5, abs=AWAKE)
    assert out[24_000] == pytest.approx(-0.7 + 0.5, abs=AWAKE)
    assert np.abs(np.diff(out[24_000:24_480])).max() < CLICK
    assert out[24_240:24_480] == pytest.approx(-0.7, abs=AWAKE)
    assert np.abs(out[24_480:]).max() < AWAKE


def test_late_sounds_begin_at_once_or_not_at_all():
    mixer = Mixer()
    mixer.add(Sound("warning", flat(480), 0, latest_ns=500 * MS))
    mixer.add(Sound("go", flat(480), 10 * MS))
    out, begun = played(mixer, [4800], from_ns=1000 * MS)
    assert begun == [
        Begun("warning", 0, 1000 * MS, heard=False),
        Begun("go", 10 * MS, 1000 * MS, heard=True),
    ]
    assert out[0] == pytest.approx(0.5, abs=AWAKE)


def test_what_is_dropped_is_not_begun_and_broken_off_where_it_plays():
    mixer = Mixer()
    mixer.add(Sound("go", flat(9600), 0))
    mixer.add(Sound("result", flat(480), 300 * MS))
    played(mixer, [4800])
    mixer.drop("go")
    mixer.drop("result")
    out, begun = played(mixer, [4800] * 4, from_ns=100 * MS)
    assert np.abs(np.diff(out[:480])).max() < CLICK
    assert np.abs(out[240:]).max() < AWAKE
    assert begun == []


def test_silence_is_never_all_zeros_and_never_heard():
    out, _ = played(Mixer(), [1200] * 100)
    assert 0 < np.abs(out).max() < AWAKE
    assert all(np.abs(out[at : at + 480]).max() > 0 for at in range(0, len(out), 480))


def test_it_is_quiet_until_the_next_sound():
    mixer = Mixer()
    mixer.add(Sound("go", flat(480), 1000 * MS))
    assert mixer.is_quiet(999 * MS)
    assert not mixer.is_quiet(1000 * MS)
    played(mixer, [100], from_ns=1000 * MS)
    assert not mixer.is_quiet(1000 * MS)
    played(mixer, [480], from_ns=1003 * MS)
    assert mixer.is_quiet(10_000 * MS)
