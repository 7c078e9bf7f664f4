from __future__ import annotations

import pytest

from station.workout.advice import (
    Advice,
    Paces,
    RunRep,
    after_rep,
    after_session,
    before_flies,
    rules,
)
from station.workout.library import Kind

PACES = Paces(pace_400_mps=400 / 58, pace_800_mps=800 / 135)  # 6.90 and 5.93 m/s
SIGMA_MPS = 0.05  # two of them differ beyond doubt from 1.96 * sqrt(2) * 0.05 = 0.139 m/s on

# As the training text has them, apostrophes included.
SENTENCES = {
    "stay-loose": ["If you can’t Stay Loose, you’re Training too Hard."],
    "not-at-top-speed": ["But, the speed must be faster than 400m pace."],
    "take-longer": ["Each rep must be as good as or better quality than the previous rep."],
    "end-the-set": ["Each rep must be as good as or better quality than the previous rep."],
    "not-ready-yet": [
        "And sometimes even when your body feels ready, your neuro-muscular system is not, which "
        "leads to a poorly executed rep.",
        "Taking shorter recoveries does NOT lead to a better training session.",
    ],
    "raise-stride-rate": [
        "Aim to be faster than 800m pace for most of the reps, and you’ll obtain the intended "
        "training effect.",
        "The way to go faster than 800m pace is to increase stride rate.",
    ],
    "lacks-top-speed": [
        "If you can complete the workouts below comfortably with much shorter recovery periods, "
        "it is a sign that you lack Top Speed.",
        "For example, if you struggle to run faster than 800m or Mile pace during 400m pace "
        "workouts and feel recovered after much less than the suggested recovery time between, "
        "you likely are lacking top speed.",
    ],
    "sprinters-fly-30": ["Sprinters are best to stick with 30m or won’t be running fast enough."],
    "build-up": ["So Middle Distance runners can build from 30m to 40m to 50m."],
    "may-go-longer": ["So Middle Distance runners can build from 30m to 40m to 50m."],
}


def fly(velocity_mps: float | None, distance_m: float = 30, tight: bool = False) -> RunRep:
    return RunRep("fly", distance_m, velocity_mps, SIGMA_MPS, tight=tight)


def rep(velocity_mps: float | None, ready_early: bool = False) -> RunRep:
    return RunRep("400-pace", 100, velocity_mps, SIGMA_MPS, ready_early=ready_early)


def named(advice: list[Advice]) -> list[str]:
    return [name for name, one in rules().items() if one in advice]


def test_each_line_rests_on_its_sentence_of_the_text() -> None:
    assert {
        name: [one for one in (advice.sentence, advice.also) if one is not None]
        for name, advice in rules().items()
    } == SENTENCES


def test_no_line_says_to_rest_less() -> None:
    for advice in rules().values():
        assert not {"shorter", "less", "sooner", "skip"} & set(advice.says.lower().split())


@pytest.mark.parametrize(
    ("velocity_mps", "said"),
    [(6.7, True), (6.75, True), (6.85, False), (6.9, False), (8.0, False), (None, False)],
)
def test_a_fly_that_does_not_beat_400_m_pace(velocity_mps: float | None, said: bool) -> None:
    advice = after_rep([fly(velocity_mps)], PACES)
    assert named(advice) == (["not-at-top-speed"] if said else [])


def test_a_400_m_pace_rep_need_not_beat_400_m_pace() -> None:
    assert after_rep([rep(6.5)], PACES) == []


@pytest.mark.parametrize(
    ("velocities_mps", "said"),
    [
        ([8.0], []),
        ([8.0, 8.1], []),
        ([8.0, 7.87], []),  # within the combined interval
        ([8.0, 7.85], ["take-longer"]),
        ([8.0, 7.85, 7.8], []),  # the last is as good as the one before
        ([8.0, 7.85, 7.7], ["end-the-set"]),
        ([8.0, 7.85, 7.7, 7.5], ["end-the-set"]),
        ([8.0, 7.5, 8.0, 7.5], ["take-longer"]),
        ([8.0, None, 7.85], ["take-longer"]),  # a rep that was missed lies between
        ([8.0, 7.85, None], []),
    ],
)
@pytest.mark.parametrize("kind", ["fly", "400-pace"])
def test_each_rep_is_held_against_the_one_before(
    kind: Kind, velocities_mps: list[float | None], said: list[str]
) -> None:
    reps = [RunRep(kind, 50, velocity_mps, SIGMA_MPS) for velocity_mps in velocities_mps]
    assert named(after_rep(reps, PACES)) == said


def test_reps_of_another_kind_or_length_are_not_compared() -> None:
    assert after_rep([fly(9.0, 50), RunRep("400-pace", 50, 7.5, SIGMA_MPS)], PACES) == []
    assert after_rep([fly(9.0, 30), fly(8.0, 40)], PACES) == []
    both = [fly(9.0, 30), fly(9.0, 40), fly(8.0, 30)]
    assert named(after_rep(both, PACES)) == ["take-longer"]


def test_tight_comes_first_and_feeling_ready_last() -> None:
    last = RunRep("fly", 30, 6.0, SIGMA_MPS, ready_early=True, tight=True)
    advice = after_rep([fly(8.0), last], PACES)
    assert advice == [
        rules()[name] for name in ("stay-loose", "not-at-top-speed", "take-longer", "not-ready-yet")
    ]


def test_before_the_first_rep_there_is_nothing_to_say() -> None:
    assert after_rep([], PACES) == []
    assert after_session([], PACES) == []


@pytest.mark.parametrize(
    ("velocities_mps", "said"),
    [
        ([5.5], False),  # one rep is not most of them
        ([5.5, 5.5], True),
        ([5.5, 5.5, 6.2, 6.2], True),  # half is not most
        ([5.5, 5.5, 6.2, 6.2, 6.2], False),
        ([5.9, 5.9, 5.9], False),  # too close to tell
        ([None, None], False),
    ],
)
def test_most_400_m_pace_reps_should_beat_800_m_pace(
    velocities_mps: list[float | None], said: bool
) -> None:
    reps = [rep(velocity_mps) for velocity_mps in velocities_mps]
    expected = ["raise-stride-rate", "lacks-top-speed"] if said else []
    assert named(after_session(reps, PACES)) == expected
    assert after_session(reps, Paces(pace_400_mps=PACES.pace_400_mps)) == []


@pytest.mark.parametrize(("marks", "said"), [(2, []), (3, ["lacks-top-speed"])])
def test_ready_early_again_and_again_is_a_lack_of_top_speed(marks: int, said: list[str]) -> None:
    reps = [rep(6.5, ready_early=index < marks) for index in range(5)]
    assert named(after_session(reps, PACES)) == said
    flies = [RunRep("fly", 30, 8.0, SIGMA_MPS, ready_early=True)] * 5
    assert after_session(flies, PACES) == []


CLEAN_30 = [fly(8.0), fly(8.1), fly(8.1)]


@pytest.mark.parametrize(
    ("distance_m", "sprinter", "earlier", "said"),
    [
        (30, False, [], []),
        (40, False, [], ["build-up"]),
        (40, False, [CLEAN_30], ["build-up"]),
        (40, False, [CLEAN_30, CLEAN_30], []),
        (40, False, [CLEAN_30, [fly(8.0), fly(7.5)]], ["build-up"]),  # fell off
        (40, False, [CLEAN_30, [fly(6.0)]], ["build-up"]),  # not at top speed
        (40, False, [CLEAN_30, [fly(8.0, tight=True)]], ["build-up"]),
        (40, False, [CLEAN_30, [fly(None)]], ["build-up"]),
        (40, False, [CLEAN_30, [rep(8.0)]], ["build-up"]),
        (50, False, [CLEAN_30, CLEAN_30], ["build-up"]),
        (50, False, [[fly(8.0, 40)], [fly(8.0, 40)]], []),
        (30, False, [CLEAN_30, CLEAN_30], ["may-go-longer"]),
        (50, False, [[fly(8.0, 50)], [fly(8.0, 50)]], []),
        (30, True, [CLEAN_30, CLEAN_30], []),
        (40, True, [CLEAN_30, CLEAN_30], ["sprinters-fly-30"]),
    ],
)
def test_longer_flies_come_after_two_clean_sessions(
    distance_m: float, sprinter: bool, earlier: list[list[RunRep]], said: list[str]
) -> None:
    assert named(before_flies(distance_m, sprinter, earlier, PACES)) == said


def test_without_a_400_m_time_a_session_is_clean_that_held_up() -> None:
    assert before_flies(40, False, [[fly(5.0)], [fly(5.0)]], Paces()) == []
