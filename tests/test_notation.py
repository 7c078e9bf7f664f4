"""What each workout means was read off the training text by hand, not off the code."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hardware.errors import StationError
from station.workout.notation import read, write
from station.workout.planned import PlannedRep

# One set is "distance recovery distance recovery …"; `|` ends a set, `?` marks what is assumed.
TEXT = {
    """4 x 50m. 1:30 Rec between reps
4 x 100m. 2:30 Rec between reps
4 x 50m. 1:30 Rec between reps""": "50 90 50 90 50 90 50 300? | "
    "100 150 100 150 100 150 100 300? | 50 90 50 90 50 90 50",
    "2 x (4 x 100m). 2:30 Rec between reps. 5:00 Rec between sets": "100 150 100 150 100 150 100 "
    "300 | 100 150 100 150 100 150 100",
    "3 x (100m. 2:30 Rec. 200m. 5:00 Rec)": "100 150 200 300 | 100 150 200 300 | 100 150 200",
    "3 x (2 x 200m). 3:00 Rec between reps. 6:00 Rec between sets": "200 180 200 360 | "
    "200 180 200 360 | 200 180 200",
    """300m. 7:00 Rec
200m. 2:30 Rec. 200m. 5:00 Rec
3 x 100m. 2:00 Rec between reps
4 x 50m. 1:30 Rec between reps""": "300 420 | 200 150 200 300 | 100 120 100 120 100 240? | "
    "50 90 50 90 50 90 50",
    "3 x 3 x 30m. 3:00 Rec between reps. 6:00 Rec between sets.": "30 180 30 180 30 360 | "
    "30 180 30 180 30 360 | 30 180 30 180 30",
    "3 x 3 x 40m. 3:00 Rec between reps. 7:00 Rec between sets.": "40 180 40 180 40 420 | "
    "40 180 40 180 40 420 | 40 180 40 180 40",
    "3 x 3 x 50m. 3:00 Rec between reps. 8:00 Rec between sets.": "50 180 50 180 50 480 | "
    "50 180 50 180 50 480 | 50 180 50 180 50",
}
THREE_MINUTES = "200 180 200 180 200 180 200 180 200 180 200"
THREE_BY_THREE = "30 180 30 180 30 360 | 30 180 30 180 30 360 | 30 180 30 180 30"


def told(reps: tuple[PlannedRep, ...]) -> str:
    assert [rep.number for rep in reps] == list(range(1, len(reps) + 1))
    words: list[str] = []
    for before, rep in zip([None, *reps], reps, strict=False):
        if before is not None and rep.set != before.set:
            assert rep.set == before.set + 1
            words.append("|")
        words.append(str(rep.distance_m))
        if rep.recovery_s is not None:
            words.append(f"{rep.recovery_s}{'?' if rep.assumed else ''}")
    return " ".join(words)


@pytest.mark.parametrize(("text", "meant"), TEXT.items())
def test_every_workout_of_the_text_gives_what_it_means(text: str, meant: str) -> None:
    assert told(read(text)) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("3 × 3 × 30m. 3:00 Rec between reps. 6:00 Rec between sets", THREE_BY_THREE),
        ("3x3x30m. 3:00 Rec between reps. 6:00 Rec between sets.", THREE_BY_THREE),
        ("3 x (3 x 30m). 3:00 Rec between reps. 6:00 Rec between sets.", THREE_BY_THREE),
        ("3 x 3 x 30m.\n3:00 Rec between reps.\n6:00 Rec between sets.\n", THREE_BY_THREE),
        ("3 X 3 X 30 m, 3 min rest between reps, 360 s REST BETWEEN SETS", THREE_BY_THREE),
        ("3*3*30 metres 180s between reps 6min between sets", THREE_BY_THREE),
        ("3 x (3 x 30m. 3:00 Rec between reps. 6:00 Rec)", THREE_BY_THREE),
        ("3 x (3 x (30m. 3:00 Rec). 6:00 Rec)", THREE_BY_THREE),
        ("3 x 3 x 30m. 3:00 Rec between reps", THREE_BY_THREE.replace("360", "360?")),
        ("6 x 200m. 3 min rest", THREE_MINUTES),
        ("6 x 200m 180s rec", THREE_MINUTES),
        ("6 x 200m, 180 sec recovery", THREE_MINUTES),
        ("6x200m 3' Rec", THREE_MINUTES),
        ('6x200m 180" rest', THREE_MINUTES),
        ("6x200m 180'' rest.", THREE_MINUTES),
        ("6x200m. 3:00 min Rest", THREE_MINUTES),
        ("6x200m.\n3’00” rec between reps", THREE_MINUTES),
        ("4x50m 2'30 rec", "50 150 50 150 50 150 50"),
        ("4 x 50m 2'30\" rec. 5' rec. 100m", "50 150 50 150 50 150 50 300 | 100"),
        ("2 x 50m. 1' rest; 2 x 100m. 2' rest", "50 60 50 240? | 100 120 100"),
        ("2 x (2 x 50m. 1:00 Rec)", "50 60 50 120? | 50 60 50"),
        ("2 x 1 x 50m. 4:00 Rec between sets. 6:00 Rec. 30m", "50 240 | 50 360 | 30"),
        ("30m", "30"),
        ("100m. 200m. 300m. 3:00 Rec between reps", "100 180 200 180 300"),
        ("300m. 7:00 Rec; 4 x 50m. 1:30 Rec between reps", "300 420 | 50 90 50 90 50 90 50"),
        ("300m\n2 x 50m. 1:30 Rec between reps", "300 180? | 50 90 50"),
        ("2 x 100m. 2:30 Rec between reps. 5:00 Rec. 50m", "100 150 100 300 | 50"),
        ("100m. 2:30 Rec. 2 x 50m. 1:00 Rec between reps", "100 150 | 50 60 50"),
        # What would follow the last rep is no recovery between reps.
        ("2 x 100m. 2:00 Rec between reps\n50m. 9:00 Rec", "100 120 100 240? | 50"),
        (
            "2 x (2 x 2 x 30m. 3:00 Rec between reps. 6:00 Rec between sets)\n9 min between sets",
            "30 180 30 360 | 30 180 30 540 | 30 180 30 360 | 30 180 30",
        ),
        ("3 x 1 x 30m. 5:00 Rec between sets", "30 300 | 30 300 | 30"),
        ("1 x 3 x 30m. 3:00 Rec between reps. 6:00 Rec between sets", "30 180 30 180 30"),
        ("2 x (100m. 2:30 Rec.\n200m. 5:00 Rec)", "100 150 200 300 | 100 150 200"),
        (
            "2 x (100m. 2:30 Rec. 200m. 5:00 Rec). 8:00 Rec\n50m",
            "100 150 200 300 | 100 150 200 480 | 50",
        ),
        (
            "4 x 50m\n4 x 100m\n2:00 Rec between reps",
            "50 120 50 120 50 120 50 240? | 100 120 100 120 100 120 100",
        ),
        # Only the rep recoveries next to the open one count, whichever side is longer.
        (
            "2 x 50m. 3:00 Rec between reps\n2 x 50m. 1:00 Rec between reps",
            "50 180 50 360? | 50 60 50",
        ),
        (
            "2 x 50m. 1:00 Rec between reps\n2 x 50m. 3:00 Rec between reps",
            "50 60 50 360? | 50 180 50",
        ),
        (
            "2 x 50m. 1:00 Rec between reps. 9:00 Rec\n100m\n2 x 50m. 2:00 Rec between reps",
            "50 60 50 540 | 100 240? | 50 120 50",
        ),
    ],
)
def test_what_coaches_write_near_to_it_is_read_too(text: str, meant: str) -> None:
    assert told(read(text)) == meant


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("", (1, 1), "it ends, expected a distance"),
        ("  \n ", (1, 1), "it ends, expected a distance"),
        (
            "3 x y30m",
            (1, 5),
            "found 'y30m', expected a distance as '30m', a count as in '3 x' or '('",
        ),
        ("3 3 x 30m", (1, 3), "found '3', expected 'x'"),
        ("3 x 30", (1, 5), "found '30', expected a distance as '30m', a count as '3 x' or a time"),
        ("3 x 30. 3:00 Rec", (1, 5), "found '30', expected a distance as '30m'"),
        ("2 x 30\n3:00 Rec between reps", (1, 5), "found '30', expected a distance as '30m'"),
        ("2 x 40mm. 3:00 Rec", (1, 5), "found '40mm', expected a distance as '30m'"),
        ("3 y 30m", (1, 3), "found 'y', expected 'x'"),
        ("3 x (30m", (1, 9), "expected ')'"),
        ("3 x 30m)", (1, 8), "found ')'"),
        ("30m. y", (1, 6), "'(', a recovery as '3:00 Rec' or the end"),
        ("2 x (30m. y", (1, 11), "'(', a recovery as '3:00 Rec' or ')'"),
        ("30m.\r\n\ty", (2, 2), "found 'y'"),
        ("3 x 30m. 3:00", (1, 14), "it ends, expected 'Rec'"),
        ("3 x 30m. 3:00 Rec between legs", (1, 27), "found 'legs', expected 'reps' or 'sets'"),
        ("3 x 30m. 3:00 Rec between", (1, 26), "expected 'reps' or 'sets'"),
        ("3 x 30m. 2:75 Rec between reps", (1, 10), "'2:75' is no time"),
        ("3 x 30m. 0:00 Rec between reps", (1, 10), "expected a recovery of 0:01 to 60:00"),
        ("3 x 30m. 61:00 Rec between reps", (1, 10), "expected a recovery of 0:01 to 60:00"),
        ("4 x 50m. 1:30 Rec between reps\n4 y 100m. 2:30 Rec between reps", (2, 3), "expected 'x'"),
        ("4 x 50m", (1, 5), "no recovery after this 50 m rep"),
        ("2 x 4 x 50m. 1:30 Rec", (1, 9), "no recovery after this 50 m rep"),
        ("4 x 50m. 2'75 Rec", (1, 10), "'2'75' is no time"),
        ("300m\n200m", (1, 1), "no recovery after this 300 m rep"),
        ("2 x 30m. 3:00 Rec between reps. 6:00 Rec between sets", (1, 33), "no two sets before it"),
        ("3 x (3 x (30m. 3:00 Rec)). 6:00 Rec between sets", (1, 28), "no two sets before it"),
        ("300m. 3:00 Rec. 4:00 Rec. 50m", (1, 17), "a second recovery"),
        ("0 x 30m", (1, 1), "expected 1 to 300 times"),
        ("3 x 5m", (1, 5), "expected 10 to 400 metres"),
        ("3 x 1000m", (1, 5), "expected 10 to 400 metres"),
        ("30 x 30 x 30m. 3:00 Rec between reps", (1, 1), "more than 300 reps"),
        ("9" * 5000 + " x 30m", (1, 1), "expected 1 to 300 times"),
        ("fly-60", (1, 1), "found 'fly'"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, where: tuple[int, int], said: str) -> None:
    with pytest.raises(StationError, match=re.escape(said)) as error:
        read(text)
    assert f"line {where[0]}, column {where[1]}: " in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 260  # one line, however long the text


def test_a_caret_stands_where_the_mistake_is() -> None:
    with pytest.raises(StationError, match=r": 3 x \^y30m$"):
        read("3 x y30m")


def test_brackets_may_be_as_deep_as_one_likes() -> None:
    assert told(read("(" * 3000 + "30m" + ")" * 3000)) == "30"


WORDS = ["3 x ", "2x", "(", ")", "30m", "100 m", "2:30", " Rec", " between", " reps", " sets"]
NOTATIONS = st.lists(st.sampled_from([*WORDS, ". ", "\n", ";", "0", "×", "é", "m"])).map("".join)


@given(st.one_of(st.text(), NOTATIONS))
@example("3 x 30m.\u2028")
@example("\x00")
@example("٣ x 30m")
def test_any_text_is_read_or_pointed_at(text: str) -> None:
    try:
        reps = read(text)
    except StationError as error:
        place = re.match(r"workout, line (\d+), column (\d+): ", str(error))
        assert place is not None
        line = text.split("\n")[int(place[1]) - 1]
        assert 1 <= int(place[2]) <= len(line) + 1
    else:
        assert reps
        assert reps[-1].recovery_s is None
        assert all(rep.recovery_s for rep in reps[:-1])


@st.composite
def plans(draw: st.DrawFn) -> tuple[PlannedRep, ...]:
    """Sets of all forms, set recoveries open where a neighbour lets them be assumed."""
    distances = st.sampled_from([30, 50, 100, 300])
    recoveries = st.sampled_from([1, 60, 90, 3600])
    kinds = draw(
        st.lists(
            st.lists(st.tuples(distances, recoveries), min_size=1, max_size=4),
            min_size=1,
            max_size=3,
        )
    )
    sets = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=6))
    reps: list[PlannedRep] = []
    for index, one in enumerate(sets):
        for place, (distance_m, recovery_s) in enumerate(one):
            assumed, after_s = False, recovery_s
            if place == len(one) - 1:
                after_s = draw(recoveries)
                following = sets[index + 1] if index + 1 < len(sets) else []
                beside = [one[-2][1]] if len(one) > 1 else []
                beside += [following[0][1]] if len(following) > 1 else []
                if beside and draw(st.booleans()):
                    assumed, after_s = True, 2 * max(beside)
            reps.append(PlannedRep(len(reps) + 1, index + 1, distance_m, after_s, assumed))
    *others, last = reps
    return (*others, PlannedRep(last.number, last.set, last.distance_m, None))


@given(plans())
def test_a_plan_written_down_is_read_as_the_same_plan(reps: tuple[PlannedRep, ...]) -> None:
    assert read(write(reps)) == reps


@pytest.mark.parametrize("text", TEXT)
def test_a_workout_of_the_text_is_written_much_as_the_text_has_it(text: str) -> None:
    assert read(write(read(text))) == read(text)
    assert len(write(read(text))) <= len(text) + 16
