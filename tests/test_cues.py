"""Which cue is due when, held against the rules of the voice and a morning of six on 3:00."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.units import NS
from station.voice.cues import (
    LATE_S,
    LEAD_S,
    OPENING_S,
    Call,
    Cue,
    Cues,
    Dropped,
    Manner,
    Result,
    manner_for,
    rep_call,
    result_words,
    warm_up_calls,
)

STEP_S = 0.05  # the session's loop
WORD_S = 0.4
ANA = Result("Ana", 3.524, 8.513, 0.123, doubtful=False)


def words_s(text: str) -> float:
    return WORD_S * len(text.split())


def ns(at_s: float) -> int:
    return round(at_s * NS)


def call(who: str, go_s: float) -> Call:
    return rep_call(who, ns(go_s), 2, 3, 1, 3)


class Morning:
    """Time that goes on step by step, and all that was said in it."""

    def __init__(self, manner: Manner | None = None) -> None:
        self.cues = Cues(manner or Manner(), words_s)
        self.now_s = 0.0
        self.calls: list[Call] = []
        self.said: list[Cue | Dropped] = []

    def until(self, end_s: float) -> list[Cue | Dropped]:
        before = len(self.said)
        while self.now_s < end_s:
            self.now_s += STEP_S
            self.said += self.cues.advance(ns(self.now_s), self.calls)
        return self.said[before:]

    def result(self, result: Result) -> None:
        self.cues.add_result(result, ns(self.now_s))


def texts(said: list[Cue | Dropped]) -> list[str]:
    return [one.text if isinstance(one, Cue) else f"-{one.cue.text}" for one in said]


def test_a_recovery_ends_with_two_warnings_and_the_call():
    morning = Morning()
    morning.calls = [call("Ana", 100)]
    said = morning.until(110)
    assert texts(said) == [
        "Ana, thirty seconds.",
        "Ana, ten seconds.",
        "Ana, go. Rep two of three, set one.",
    ]
    dues_s = [one.due_ns / NS for one in said]
    assert dues_s == pytest.approx([70, 90, 100], abs=1e-9)
    assert morning.until(300) == []


def test_cues_are_handed_over_before_they_are_due():
    morning = Morning()
    morning.calls = [call("Ana", 100)]
    for due_s in (70, 90, 100):
        assert morning.until(due_s - LEAD_S - 2 * STEP_S) == []
        assert len(morning.until(due_s - LEAD_S + STEP_S)) == 1


def test_a_group_is_called_briefly():
    assert manner_for(3) == Manner((30, 10), briefly=False, times=True)
    assert manner_for(4) == Manner((10,), briefly=True, times=True)
    morning = Morning(manner_for(4))
    morning.calls = [call("Ana", 100)]
    morning.result(ANA)
    assert texts(morning.until(110)) == ["3.52.", "Ana, ten seconds.", "Ana, go."]


def test_a_result_says_time_velocity_and_the_percentage():
    assert result_words(ANA, briefly=False) == (
        "Ana, 3.52, 8.5 metres per second, 12 percent over 400 pace."
    )
    slower = Result("Ben", 5.0, 6.0, -0.04, doubtful=False)
    assert result_words(slower, briefly=False).endswith("4 percent under 400 pace.")
    unknown = Result("Ben", 5.0, 6.0, None, doubtful=False)
    assert result_words(unknown, briefly=False) == "Ben, 5.00, 6.0 metres per second."


@pytest.mark.parametrize("briefly", [True, False])
def test_a_doubtful_runs_time_is_not_spoken(briefly):
    words = result_words(Result("Ana", 3.524, 8.513, 0.123, doubtful=True), briefly)
    assert "doubtful" in words.lower()
    assert not any(letter.isdigit() for letter in words)


def test_speaking_times_is_one_switch():
    morning = Morning(Manner(times=False))
    morning.result(ANA)
    assert morning.until(60) == []


def test_a_call_says_which_rep_it_is():
    assert rep_call("Ana", 0, 2, 3, 1, 3).text == (
        "Ana, go. Rep two of three, set one.",
        "Ana, go.",
    )
    assert rep_call("Ana", 0, 11, 12, 1, 1).text[0] == "Ana, go. Rep 11 of 12."


def test_a_result_waits_for_room_and_is_omitted_when_there_is_none():
    morning = Morning(Manner(warnings_s=()))
    morning.calls = [call("Ana", 2)]
    morning.result(ANA)
    said = morning.until(30)
    assert texts(said) == ["Ana, go. Rep two of three, set one.", result_words(ANA, False)]
    go, result = said
    assert result.due_ns >= go.due_ns + ns(OPENING_S + words_s(go.text))

    morning.calls = [call(str(number), 33 + 3 * number) for number in range(10)]
    morning.result(ANA)
    said = morning.until(60)
    (dropped,) = [one for one in said if isinstance(one, Dropped) and one.cue.kind == "result"]
    assert "room" in dropped.why
    goes = [one.due_ns for one in said if isinstance(one, Cue)]
    assert goes == [one.go_ns for one in morning.calls]


def test_a_warning_that_cannot_be_true_any_more_is_dropped_and_logged():
    morning = Morning(Manner(warnings_s=(10,)))
    # Ben's warning is due just as Ana is called, whose call takes longer than it stays true.
    morning.calls = [call("Ana", 20), call("Ben", 30)]
    said = morning.until(40)
    assert texts(said) == [
        "Ana, ten seconds.",
        "Ana, go. Rep two of three, set one.",
        "-Ben, ten seconds.",
        "Ben, go. Rep two of three, set one.",
    ]
    assert "true" in said[2].why


def test_the_call_ends_what_is_being_said():
    morning = Morning(Manner(warnings_s=()))
    morning.result(ANA)
    (result,) = morning.until(1)
    morning.calls = [call("Ben", 1.6)]  # out of a hold
    said = morning.until(3)
    assert said[0] == Dropped(result, "a go-call comes first: Ben")
    assert said[1].due_ns == ns(1.6)


@pytest.mark.parametrize("apart_s", [0.0, 1.0])
def test_go_calls_however_near_are_all_given(apart_s):
    morning = Morning(Manner(warnings_s=()))
    morning.calls = [call("Ana", 10), call("Ben", 10 + apart_s)]
    said = morning.until(20)
    assert [(one.who, one.due_ns) for one in said] == [
        (("Ana",), ns(10)),
        (("Ben",), ns(10 + apart_s)),
    ]


def test_after_a_restart_whoever_was_called_is_neither_called_again_nor_overdue():
    morning = Morning()
    morning.now_s = 100.5
    morning.calls = [replace(call("Ana", 100), given=True), call("Ben", 120)]
    assert {one.who for one in morning.until(140)} == {("Ben",)}
    later = Morning()
    later.now_s = 160
    later.calls = [replace(call("Ana", 100), given=True), call("Ben", 120)]
    assert texts(later.until(170)) == ["Overdue: Ben."]


def test_on_hold_nothing_is_called_and_what_was_handed_over_is_taken_back():
    morning = Morning()
    morning.calls = [call("Ana", 100)]
    (*_, go) = morning.until(99.8)
    assert go.kind == "go"
    morning.calls = []
    assert [(one.cue, type(one)) for one in morning.until(130)] == [(go, Dropped)]
    morning.calls = [call("Ana", 145)]  # released: only ever later
    assert texts(morning.until(150)) == ["Ana, ten seconds.", go.text]


def test_a_recovery_that_is_lengthened_is_warned_of_and_called_again():
    morning = Morning(Manner(warnings_s=(10,)))
    morning.calls = [call("Ana", 100)]
    assert len(morning.until(95)) == 1
    morning.calls = [call("Ana", 120)]
    said = morning.until(125)
    assert [one.due_ns for one in said] == [ns(110), ns(120)]


def test_a_call_moved_by_milliseconds_is_the_same_call():
    morning = Morning()
    morning.calls = [call("Ana", 100)]
    morning.until(99.9)
    morning.calls = [call("Ana", 100.004)]
    assert morning.until(140) == []


def test_there_is_no_warning_of_what_was_nearer_when_it_became_known():
    morning = Morning()
    morning.calls = [call("Ana", 20)]
    assert texts(morning.until(25))[0] == "Ana, ten seconds."
    assert not any(isinstance(one, Dropped) for one in morning.said)


def test_what_is_overdue_after_a_suspension_is_announced_once():
    morning = Morning()
    morning.calls = [call("Ana", 100), call("Ben", 130), call("Cy", 400)]
    morning.until(50)
    morning.now_s = 300
    said = morning.until(340)
    overdue = [one for one in said if isinstance(one, Cue)]
    assert texts(overdue) == ["Overdue: Ana, Ben."]
    assert not any(isinstance(one, Cue) and one.kind == "go" for one in said)
    dropped = {one.cue.text for one in said if isinstance(one, Dropped)}
    assert "Ana, ten seconds." in dropped
    morning.calls = [call("Ben", 350), call("Cy", 400)]  # Ana ran; Ben's call keeps its distance
    assert [one for one in texts(morning.until(360)) if "go" in one] == [
        "Ben, go. Rep two of three, set one."
    ]


def test_warm_up_strides_are_called_without_warnings():
    morning = Morning()
    morning.calls = list(warm_up_calls(ns(10)))
    said = morning.until(400)
    assert texts(said)[:3] == [
        "Walk.",
        "Stride one of five, go.",
        "Walk.",
    ]
    gaps_s = [(b.due_ns - a.due_ns) / NS for a, b in pairwise(said)]
    assert gaps_s == [45, 15] * 5


def test_six_athletes_on_three_minutes():
    """Nine reps each: recoveries of 3:00 from Marker 3, calls 20 s apart, results as they come."""
    morning = Morning(manner_for(6))
    names = ["Ana", "Ben", "Cy", "Di", "Ed", "Flo"]
    ready_s = dict.fromkeys(names, 15.0)
    left = dict.fromkeys(names, 9)
    runs: list[tuple[float, str]] = []  # when each will cross Marker 3
    given: dict[str, Call] = {}
    last_s = -20.0
    while any(left.values()) or runs:
        free_s, calls = last_s + 20, list(given.values())
        waiting = sorted(
            (name for name in names if left[name] and name not in given),
            key=lambda name: (ready_s[name], names.index(name)),
        )
        for name in waiting:
            calls.append(call(name, max(ready_s[name], free_s)))
            free_s = calls[-1].go_ns / NS + 20
        morning.calls = calls
        for one in morning.until(morning.now_s + STEP_S):
            if isinstance(one, Cue) and one.kind == "go":
                last_s = one.due_ns / NS
                given[one.who[0]] = call(one.who[0], last_s)
                left[one.who[0]] -= 1
                runs.append((last_s + 12.7, one.who[0]))
        for end_s, name in [run for run in runs if run[0] <= morning.now_s]:
            runs.remove((end_s, name))
            del given[name]
            ready_s[name] = end_s + 180
            morning.result(Result(name, 3.5, 8.6, 0.1, doubtful=False))
    morning.until(morning.now_s + 30)

    cues = [one for one in morning.said if isinstance(one, Cue)]
    goes = [one for one in cues if one.kind == "go"]
    assert len(goes) == 54
    assert min(b.due_ns - a.due_ns for a, b in pairwise(goes)) >= ns(20)
    assert sum(one.kind == "warning" for one in cues) == 54
    assert sum(one.kind == "result" for one in cues) == 54
    assert [one for one in morning.said if isinstance(one, Dropped)] == []
    _nothing_overlaps(cues)


def _nothing_overlaps(cues: list[Cue]) -> None:
    for before, after in pairwise(cues):
        assert after.due_ns >= before.due_ns + ns(OPENING_S + words_s(before.text)), (before, after)


NAMES = st.sampled_from(["Ana", "Ben", "Cy"])
HAPPENINGS = st.one_of(
    st.tuples(st.just("call"), NAMES, st.integers(0, 60)),
    st.tuples(st.just("gone"), NAMES),
    st.tuples(st.just("result"), NAMES),
    st.tuples(st.just("wait"), st.integers(1, 40)),
    st.tuples(st.just("suspended"), st.integers(1, 400)),
)


@settings(deadline=None)
@given(st.lists(HAPPENINGS, max_size=12), st.sampled_from([Manner(), manner_for(6)]))
def test_whatever_happens_calls_are_in_time_or_overdue_and_nothing_delays_them(happenings, manner):
    morning = Morning(manner)
    expected: dict[tuple[str, int], float] = {}
    for what, *about in happenings:
        calls = {one.who: one for one in morning.calls}
        if what == "call":
            calls[about[0]] = call(about[0], morning.now_s + about[1])
            morning.calls = list(calls.values())
        elif what == "gone":
            calls.pop(about[0], None)
            morning.calls = list(calls.values())
        elif what == "result":
            morning.result(ANA)
        elif what == "suspended":
            morning.now_s += about[0]
        else:
            morning.until(morning.now_s + about[0])
        for one in morning.calls:
            expected[one.who, one.go_ns] = morning.now_s
    morning.until(morning.now_s + 120)

    taken_back = {one.cue.name for one in morning.said if isinstance(one, Dropped)}
    cues = [one for one in morning.said if isinstance(one, Cue)]
    heard = [one for one in cues if one.name not in taken_back]
    goes = [(one.who[0], one.due_ns) for one in cues if one.kind == "go"]
    assert len(goes) == len(set(goes))
    assert set(goes) <= set(expected)
    overdue = [who for one in cues if one.kind == "overdue" for who in one.who]
    for one in morning.calls:  # those that stand at the end were called, or told as overdue
        called = [go_ns for who, go_ns in goes if who == one.who]
        assert any(abs(go_ns - one.go_ns) < NS for go_ns in called) or one.who in overdue
    for one in heard:
        if one.kind == "warning":
            assert one.latest_ns is not None
            assert one.due_ns <= one.latest_ns
    spoken = [one for one in heard if one.kind != "go"]
    for one in spoken:
        end_ns = one.due_ns + ns(OPENING_S + words_s(one.text))
        for who, go_ns in goes:
            assert not one.due_ns < go_ns < end_ns, (one, who)
    assert LATE_S > LEAD_S
