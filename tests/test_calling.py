"""Cues made heard: which samples are handed to the speaker, and what is taken back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from drills import FLY_S, RUN_IN_S, START, begun, plan, run

from hardware import tones
from hardware.mixer import RATE_HZ, Mixer
from hardware.units import NS
from hardware.voice import Voice
from station.session import events as ev
from station.session.turns import done, turns
from station.voice.calling import Caller, calls_of, sound_of
from station.voice.cues import LEAD_S, Cue, Dropped, Manner, Result, manner_for, rep_call

STEP_NS = NS // 20
BLOCK_NS = 100_000_000
SILENT = Voice("no such language")
LOUD = 0.1


@pytest.fixture(scope="module")
def voice() -> Voice:
    return Voice()


class Loudspeaker(Mixer):
    """A mixer is what plays in the end; here each block is kept."""

    play = Mixer.add

    def heard(self, from_ns: int, until_ns: int) -> np.ndarray:
        blocks = []
        for at_ns in range(from_ns, until_ns, BLOCK_NS):
            blocks.append(np.empty(BLOCK_NS * RATE_HZ // NS, np.float32))
            self.fill(blocks[-1], at_ns)
        return np.concatenate(blocks)


def go_on(caller: Caller, from_ns: int, until_ns: int, calls) -> list[Cue | Dropped]:
    return [
        one for now_ns in range(from_ns, until_ns, STEP_NS) for one in caller.go_on(now_ns, calls)
    ]


def test_a_call_is_heard_when_it_is_due_tone_first(voice):
    speaker = Loudspeaker()
    caller = Caller(Manner(warnings_s=()), voice, speaker)
    due_ns = 10 * NS
    (go,) = go_on(caller, 0, due_ns, [rep_call("Ana", due_ns, 2, 3, 1, 3)])
    assert isinstance(go, Cue)
    heard = speaker.heard(0, due_ns + 5 * NS)
    first = np.flatnonzero(np.abs(heard) > LOUD)[0]
    assert first / RATE_HZ == pytest.approx(10.0, abs=0.001)
    tone = heard[10 * RATE_HZ :][: len(tones.GO)]
    np.testing.assert_allclose(tone, tones.GO, atol=0.001)
    words = heard[10 * RATE_HZ + len(tones.GO) :]
    assert np.abs(words).max() > LOUD


def test_a_hold_in_the_last_moment_silences_the_call(voice):
    speaker = Loudspeaker()
    caller = Caller(Manner(warnings_s=()), voice, speaker)
    due_ns = 10 * NS
    calls = [rep_call("Ana", due_ns, 2, 3, 1, 3)]
    go_on(caller, 0, due_ns - round(LEAD_S * NS / 2), calls)
    (dropped,) = go_on(caller, due_ns - 2 * STEP_NS, due_ns, [])
    assert isinstance(dropped, Dropped)
    assert np.abs(speaker.heard(0, due_ns + 5 * NS)).max() < LOUD


def test_a_result_is_heard_at_once_where_there_is_room(voice):
    speaker = Loudspeaker()
    caller = Caller(Manner(), voice, speaker)
    caller.add_result(Result("Ana", 3.52, 8.52, None, doubtful=False), 0)
    assert len(go_on(caller, 0, NS, [])) == 1
    assert np.abs(speaker.heard(0, NS)).max() > LOUD


def test_without_words_tones_call_alone_and_results_are_silent():
    assert np.array_equal(sound_of("go", "Ana, go.", SILENT)[: len(tones.GO)], tones.GO)
    assert sound_of("result", "3.52.", SILENT) is None


@pytest.mark.parametrize("kind", ["go", "warning", "overdue", "result"])
def test_spoken_cues_open_with_half_a_second_of_tone(kind, voice):
    opening = sound_of(kind, "Ana.", voice)[: RATE_HZ // 2]
    assert np.sqrt(np.mean(opening**2)) > LOUD


def test_the_go_tone_is_told_from_the_others_and_is_loudest():
    assert np.abs(tones.GO).max() > 2 * np.abs(tones.OPENING).max()
    assert _pitch_hz(tones.GO) == pytest.approx(2 * _pitch_hz(tones.OPENING), rel=0.01)


def test_six_athletes_on_three_minutes_are_called_as_the_session_has_it():
    """Nine reps each, from the plan to what the speaker is given; words take no time here."""
    names = ["Ana", "Ben", "Cy", "Di", "Ed", "Flo"]
    session = begun(*names, of=plan(reps=3, sets=3), call_spacing_s=20.0)
    speaker = Loudspeaker()
    caller = Caller(manner_for(6), SILENT, speaker)
    runs: list[tuple[int, str]] = []
    ready_ns = dict.fromkeys(names, START)
    gos: list[Cue] = []
    now_ns = START
    while len(gos) < 54 or runs:
        for one in caller.go_on(now_ns, calls_of(turns(session))):
            assert isinstance(one, Cue), one
            if one.kind == "go":
                gos.append(one)
                (name,) = one.who
                assert one.due_ns >= ready_ns[name]
                session.apply(ev.Called(one.due_ns, name))
                runs.append((one.due_ns + round((RUN_IN_S + FLY_S) * NS), name))
        if runs and runs[0][0] <= now_ns:
            end_ns, name = runs.pop(0)
            timed = run((end_ns - START) / NS)
            rests_s = session.members[name].plan[done(session, name)].recovery_s
            session.apply(ev.Ran(end_ns, name, session.new_rep(), timed))
            ready_ns[name] = end_ns + round((rests_s or 0) * NS)
        now_ns += STEP_NS
        assert now_ns < START + 7200 * NS, "it comes to no end"
    assert min(b.due_ns - a.due_ns for a, b in pairwise(gos)) >= 20 * NS
    assert Counter(go.who[0] for go in gos) == dict.fromkeys(names, 9)


def test_calls_say_the_rep_of_the_set_and_whether_they_were_given():
    session = begun("Ana", of=plan(reps=3, sets=2))
    (first,) = calls_of(turns(session))
    assert first == rep_call("Ana", START, 1, 3, 1, 2)
    session.apply(ev.Called(START, "Ana"))
    (given,) = calls_of(turns(session))
    assert given == replace(first, given=True)
    session.apply(ev.Held(START))
    assert calls_of(turns(session)) == [given]


def test_a_hold_holds_calls_that_were_not_given():
    session = begun("Ana")
    session.apply(ev.Held(START))
    assert calls_of(turns(session)) == []


def _pitch_hz(samples: np.ndarray) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * RATE_HZ / len(samples))
