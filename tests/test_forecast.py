"""Who is to run when, against the session's own rules."""

from __future__ import annotations

import pytest
from drills import S, plan

from station.session.events import Began, Called, Entry, Opened, TypedIn
from station.session.folding import fold
from station.session.roster import Athlete
from station.session.state import Session
from station.session.turns import turns
from station.workout.forecast import USUAL_MPS, Foreseen, Runner, forecast
from station.workout.plan import for_sprinter

SAME_S = 1e-6
SPACING_S = 20.0


def lived(runners: list[Runner]) -> list[tuple[str, float]]:
    """The same group in a session in which all goes as planned: names and calls."""
    entries = tuple(Entry(Athlete(one.name), tuple(one.plan)) for one in runners)
    session: Session = fold(
        [Opened(0, "fly", entries, call_spacing_s=SPACING_S, plan=entries[0].plan), Began(0)]
    )
    calls = []
    while due := turns(session):
        turn = due[0]
        assert turn.go_ns is not None
        calls.append((turn.athlete, turn.go_ns / S))
        runner = next(one for one in runners if one.name == turn.athlete)
        took_s = turn.planned.distance_m / (runner.pace_mps or USUAL_MPS)
        end_ns = turn.go_ns + round((runner.run_in_s + took_s) * S)
        session.apply(Called(turn.go_ns, turn.athlete))
        session.apply(TypedIn(end_ns, turn.athlete, session.new_rep(), end_ns, took_s))
    return calls


@pytest.mark.parametrize("many", [1, 3, 9])
def test_it_is_what_a_session_does(many):
    runners = [
        Runner(
            f"A{number}",
            for_sprinter(plan(3, 2, 90.0, 200.0, 100.0), 1.75) if number % 3 == 1 else plan(2, 3),
            None if number == 2 else 6.0 + 0.3 * number,
            9.0,
        )
        for number in range(many)
    ]
    foreseen = [(one.name, one.go_s) for one in forecast(runners, SPACING_S)]
    for (name, go_s), (really, really_s) in zip(foreseen, lived(runners), strict=True):
        assert name == really
        assert abs(go_s - really_s) < SAME_S


def test_a_runner_without_a_plan_runs_nothing():
    assert forecast([Runner("Ana", ())], SPACING_S) == []


def test_the_reps_of_one_alone_are_parted_by_the_recoveries():
    reps = plan(2, 1, 60.0)
    first, second = forecast([Runner("", reps, 7.5, 9.0)], SPACING_S)
    assert first == Foreseen("", reps[0], 0.0, 13.0)
    assert second.go_s == pytest.approx(73.0)
