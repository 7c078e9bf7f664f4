"""A filmed run finds the rep that it was, and moves nobody's recovery."""

from __future__ import annotations

import dataclasses
import re
from itertools import accumulate

import msgspec
import pytest
from drills import FLY_M, FLY_S, START, S, at, begun, opened, plan, run
from hypothesis import given
from hypothesis import strategies as st

from station.film.filmed import SAME_REP_S, Filmed
from station.film.retiming import retime
from station.flags import Flag
from station.session import events as ev
from station.session.folding import fold
from station.session.roster import Athlete
from station.session.turns import place_of, recovery_before

NOW = at(50_000)
ANA, BEN, ZOE = Athlete("Ana", 58.0), Athlete("Ben", 58.0), Athlete("Zoë", 60.0)
LENGTH_S = 12.0
IN_CLIP_S = 8.0
"""When the run ends in a clip of one."""


def filmed(*ends_s, began_s=None, whose=None, at_end=False, file="a.mp4", fly_m=FLY_M, **given):
    """A recording whose file says when it began (or, at_end, when it ended), from the start on."""
    runs = tuple(
        msgspec.structs.replace(
            run(end_s, **given),
            marker2_ns=round((end_s - FLY_S) * S),
            marker3_ns=round(end_s * S),
            source=f"video:/clips/{file}#{number}",
        )
        for number, end_s in enumerate(ends_s, start=1)
    )
    length_s = max(LENGTH_S, ends_s[-1] + 4.0)
    recorded_s = began_s if began_s is None or not at_end else began_s + length_s
    return Filmed(
        fly_m,
        runs,
        tuple(whose) if whose else (None,) * len(runs),
        round(length_s * S),
        None if recorded_s is None else at(recorded_s),
        at_end,
    )


def clip(end_s, **given):
    """A clip of one run that ends then."""
    return filmed(IN_CLIP_S, began_s=end_s - IN_CLIP_S, **given)


def became(placed):
    return [[one.became for one in runs] for runs in placed]


def keyed(*of):
    """A session with reps that were only keyed: (athlete, seconds) each."""
    session = begun()
    for number, (name, end_s) in enumerate(of, start=1):
        session.apply(ev.RepDone(at(end_s), name, number))
    return session


def test_a_keyed_rep_gets_its_time_and_keeps_athlete_and_recovery():
    session = keyed(("Ana", 20), ("Ben", 60), ("Ana", 205))
    placed, said = retime(session, [clip(18.5), clip(207.0, file="b.mp4")], NOW)
    assert became(placed) == [["timed"], ["timed"]]
    assert said == []
    first, second, third = (session.reps[number] for number in (1, 2, 3))
    assert (first.athlete, first.end_ns, first.run.fly_s) == ("Ana", at(20), FLY_S)
    assert (second.state, second.run) == ("keyed", None)
    assert third.end_ns == at(205)
    assert recovery_before(session, third).taken_s == pytest.approx(185 - FLY_S - 9.0)


def test_no_time_of_day_beyond_some_seconds_makes_a_rep():
    for off_s, expected in ((SAME_REP_S - 0.1, "timed"), (SAME_REP_S + 0.1, "unassigned")):
        session = keyed(("Ana", 20))
        placed, _ = retime(session, [clip(20 + off_s)], NOW)
        assert became(placed) == [[expected]]


def test_two_in_a_row_stay_in_order_where_a_clock_is_off_by_more_than_lies_between_them():
    session = keyed(("Ana", 20.0), ("Ben", 21.0))
    placed, _ = retime(session, [filmed(5.0, 6.0, began_s=16.4)], NOW)
    assert [one.rep for one in placed[0]] == [1, 2]


def test_a_run_between_reps_that_were_met_is_no_rep():
    session = keyed(("Ana", 20.0), ("Ben", 60.0))
    placed, _ = retime(session, [filmed(4.0, 24.0, 44.0, began_s=16.0)], NOW)
    assert became(placed) == [["timed", "unassigned", "timed"]]
    assert placed[0][1].why == "no rep of the session was at its time"


@pytest.mark.parametrize("at_end", [False, True])
@pytest.mark.parametrize("really_at_end", [False, True])
def test_the_session_tells_beginnings_from_ends(at_end, really_at_end):
    """Whatever the file's maker usually writes: what meets the reps is right."""
    session = keyed(("Ana", 20), ("Ben", 60), ("Ana", 205))
    clips = [
        dataclasses.replace(clip(end_s, at_end=really_at_end, file=f"{end_s}.mp4"), at_end=at_end)
        for end_s in (20, 60, 205)
    ]
    placed, said = retime(session, clips, NOW)
    assert became(placed) == [["timed"]] * 3
    assert [one[0].rep for one in placed] == [1, 2, 3]
    assert bool(said) == (at_end != really_at_end)


def test_what_cannot_be_told_is_said():
    """A rep where the clip says if it began then, and another where it says if it ended then."""
    session = keyed(("Ana", 20), ("Ben", 20 + LENGTH_S))
    late = clip(20 + LENGTH_S)
    placed, said = retime(session, [late], NOW)
    assert [one[0].rep for one in placed] == [2]
    assert len(said) == 1
    assert "cannot be told" in said[0]


@pytest.mark.parametrize(
    ("off_s", "how"), [(41, "41 s later.*add 41 to"), (-41, "41 s earlier.*add -41 to")]
)
def test_clocks_that_may_be_apart_are_said(off_s, how):
    session = keyed(("Ana", 100), ("Ben", 300))
    _, said = retime(session, [clip(100 + off_s), clip(300 + 2 * off_s, file="b.mp4")], NOW)
    assert re.search(how, said[0])
    session = keyed(("Ana", 100), ("Ben", 300))
    assert not retime(session, [clip(100 + off_s), clip(303.0, file="b.mp4")], NOW)[1]
    assert not retime(begun(), [clip(100 + off_s, whose=[ANA])], NOW)[1]


def gated(sigma_s, fly_s=FLY_S):
    session = begun()
    session.apply(ev.Ran(at(21), "Ana", 1, run(20, fly_s, sigma_s=sigma_s, source="gates, run 1")))
    return session


@pytest.mark.parametrize(("fly_s", "apart"), [(FLY_S, False), (FLY_S - 0.1, True)])
def test_gates_and_camera_are_fused_and_the_journal_has_both(fly_s, apart):
    session = gated(0.003, fly_s=fly_s)
    (one,) = retime(session, [clip(20.0, sigma_s=0.02)], NOW)[0][0]
    assert (one.became, one.disagrees) == ("timed-anew", apart)
    (event,) = one.events
    gates, camera = event.run.readings
    assert (gates.source, gates.fly_s) == ("gates, run 1", fly_s)
    assert (camera.source, camera.fly_s) == ("video:/clips/a.mp4#1", FLY_S)
    run = session.reps[1].run
    assert run == event.run
    assert (Flag.DEVICES_DISAGREE in run.flags) == apart
    assert (run.fly_sigma_s < 0.003) != apart
    assert run.velocity_mps * run.fly_s == pytest.approx(FLY_M)
    assert session.reps[1].end_ns == at(20)


def test_of_two_videos_the_one_with_the_smaller_interval_counts():
    session = keyed(("Ana", 20))
    retime(session, [clip(20.0, sigma_s=0.01)], NOW)
    (one,) = retime(session, [clip(20.0, sigma_s=0.02, file="b.mp4")], NOW)[0][0]
    assert one.became == "kept"
    assert session.reps[1].run.source == "video:/clips/a.mp4#1"
    assert len(session.reps[1].run.readings) == 2


@pytest.mark.parametrize("sigma_s", [0.003, 0.05])
def test_the_same_file_twice_doubles_nothing(sigma_s):
    session = gated(sigma_s)
    clips = [clip(20.0, sigma_s=0.02), clip(60.0, file="b.mp4", whose=[BEN]),
             filmed(4.0, file="c.mp4")]  # fmt: skip
    retime(session, clips, NOW)
    again, _ = retime(session, clips, NOW + S)
    assert not any(one.events for runs in again for one in runs)
    assert became(again)[1:] == [["as-before"], ["unassigned"]]
    assert len(session.reps) == 3


def test_the_same_file_timed_anew_replaces_its_own_timing_however_wide():
    session = keyed(("Ana", 20))
    retime(session, [clip(20.0, sigma_s=0.01)], NOW)
    wide = clip(20.0, sigma_s=0.03)
    (one,) = retime(session, [wide], NOW)[0][0]
    assert one.became == "timed-anew"
    assert session.reps[1].run.fly_sigma_s == 0.03


def test_who_is_named_gets_a_rep_at_the_instant_that_the_file_says():
    session = keyed(("Ana", 20), ("Ben", 60))
    (one,) = retime(session, [clip(205.0, whose=[ANA])], NOW)[0][0]
    rep = session.reps[one.rep]
    assert (one.became, rep.athlete, rep.state, rep.end_ns) == ("new", "Ana", "timed", at(205))
    assert recovery_before(session, rep).taken_s == pytest.approx(185 - FLY_S - 9.0)


def test_a_rep_keeps_its_athlete_whoever_is_named():
    session = keyed(("Ana", 20))
    (one,) = retime(session, [clip(20.0, whose=[BEN])], NOW)[0][0]
    assert session.reps[one.rep].athlete == "Ana"


def test_somebody_unknown_joins_with_the_plan_of_the_session():
    session = begun()
    retime(session, [filmed(4.0, 64.0, began_s=205.0, whose=[ZOE, ZOE])], NOW)
    assert [rep.athlete for rep in session.reps.values()] == ["Zoë", "Zoë"]
    assert session.members["Zoë"].plan == plan()


def test_where_nothing_was_planned_the_plan_is_what_was_run():
    session = fold([opened("Ana", of=()), ev.Began(START)])
    given = filmed(4.0, 64.0, 124.0, 184.0, began_s=205.0, whose=[ANA, ZOE, ANA, ZOE])
    retime(session, [given], NOW)
    for member in session.members.values():
        assert [(rep.number, rep.distance_m, rep.recovery_s) for rep in member.plan] == [
            (1, FLY_M, None),
            (2, FLY_M, None),
        ]


def test_a_run_that_a_wrong_clock_made_another_rep_is_one_rep_once_it_is_right():
    session = keyed(("Ana", 20), ("Ben", 60))
    retime(session, [clip(95.0, whose=[ANA])], NOW)
    assert session.reps[3].state == "timed"
    retime(session, [clip(20.0, whose=[ANA])], NOW)
    assert [rep.state for rep in session.reps.values()] == ["timed", "keyed", "tray"]


def test_two_cameras_at_one_run_make_one_rep():
    session = begun()
    given = [clip(20.0, whose=[ANA]), clip(21.0, whose=[BEN], file="b.mp4")]
    placed, _ = retime(session, given, NOW)
    assert [runs[0].rep for runs in placed] == [1, 1]
    assert session.reps[1].athlete == "Ana"


def test_who_ran_in_another_lane_times_nobody():
    session = keyed(("Ana", 20))
    (one,) = retime(session, [clip(20.0, whose=[None], flags=(Flag.OTHER_LANE,))], NOW)[0][0]
    assert (one.became, one.why) == ("unassigned", "in another lane")
    assert session.reps[1].state == "keyed"


def test_a_zone_of_another_length_times_no_rep():
    session = fold([opened("Ana", of=plan(distance_m=50.0)), ev.Began(START)])
    session.apply(ev.RepDone(at(20), "Ana", 1))
    assert became(retime(session, [clip(20.0)], NOW)[0]) == [["unassigned"]]


def test_a_voided_rep_is_timed_and_stays_void_and_a_skipped_one_is_none():
    session = keyed(("Ana", 20))
    session.apply(ev.Voided(at(30), 1))
    session.apply(ev.Skipped(at(60), "Ben", 2))
    placed, _ = retime(session, [clip(20.0), clip(60.0, file="b.mp4")], NOW)
    assert session.reps[1].state == "void"
    assert became(placed) == [["timed"], ["unassigned"]]


def test_a_run_of_the_tray_is_whoever_is_named():
    session = begun()
    session.apply(ev.Passed(at(21), 1, run(20, source="gates, run 1", sigma_s=0.05), "too soon"))
    (one,) = retime(session, [clip(20.5)], NOW)[0][0]
    assert (one.became, one.why, session.reps[1].state) == ("unassigned", "too soon", "tray")
    (one,) = retime(session, [clip(20.5, whose=[ZOE])], NOW)[0][0]
    assert (session.reps[1].athlete, session.reps[1].end_ns) == ("Zoë", at(20))


def test_a_file_without_a_time_times_the_reps_that_have_none_in_order():
    session = keyed(("Ana", 20), ("Ben", 60), ("Ana", 205))
    session.apply(ev.HandTimed(at(70), 2, 3.5))
    placed, said = retime(session, [filmed(4.0), filmed(4.0, 9.0, file="b.mp4")], NOW)
    assert [one.rep for runs in placed for one in runs][:2] == [1, 3]
    assert became(placed) == [["timed"], ["timed", "unassigned"]]
    assert "in order" in said[0]


def test_a_file_without_a_time_that_gives_other_runs_than_before_is_said():
    session = keyed(("Ana", 20), ("Ben", 60), ("Ana", 205))
    two, three = filmed(4.0, 9.0), filmed(2.0, 4.0, 9.0)
    assert len(retime(session, [two], NOW)[1]) == 1
    assert len(retime(session, [two], NOW)[1]) == 1
    (_, said) = retime(session, [three], NOW)[1]
    assert "a.mp4 gave 2 runs before and gives 3 now" in said


def test_a_file_without_a_time_times_the_reps_of_whoever_is_named():
    session = keyed(("Ana", 20), ("Ben", 60), ("Ana", 205))
    placed, _ = retime(session, [filmed(4.0, whose=[BEN]), filmed(4.0, file="b.mp4", whose=[ANA])],
                       NOW)  # fmt: skip
    assert [runs[0].rep for runs in placed] == [2, 1]


def over(*of):
    """A session that is over, with reps that were only keyed."""
    session = keyed(*of)
    session.apply(ev.Ended(at(1000)))
    return session


def test_in_a_session_that_is_over_files_without_a_time_are_reps_in_the_order_given():
    session = over()
    given = [filmed(4.0, 9.0, whose=[ANA, BEN]), filmed(4.0, file="b.mp4", whose=[ANA])]
    placed, said = retime(session, given, NOW)
    assert became(placed) == [["new", "new"], ["new"]]
    assert [place_of(session, session.reps[n]).number for n in (1, 2, 3)] == [1, 1, 2]
    assert not any(rep.run.when_known for rep in session.reps.values())
    assert recovery_before(session, session.reps[3]) is None
    assert len(said) == 1
    assert "in the order given" in said[0]
    again, said = retime(session, given, NOW + S)
    assert became(again) == [["as-before", "as-before"], ["as-before"]]
    assert said == []
    more = [filmed(4.0, file="c.mp4", whose=[ANA])]
    assert became(retime(session, more, NOW + S)[0]) == [["new"]]
    assert place_of(session, session.reps[4]).number == 3


def test_a_rep_of_which_nobody_knows_when_is_met_by_no_time_and_keeps_nobody_away():
    session = over()
    retime(session, [filmed(4.0, whose=[ANA])], NOW)
    there_s = (session.reps[1].end_ns - START) / S
    late = [clip(there_s, file="b.mp4", whose=[BEN]), clip(there_s - 86_400.0, file="c.mp4")]
    placed, said = retime(session, late[:1], NOW)
    assert (became(placed), said) == ([["new"]], [])
    assert session.reps[2].run.when_known
    (one,) = retime(session, late[1:], NOW)[0][0]
    assert one.why == "filmed 24 h away from all reps"


def test_before_a_session_is_over_a_file_without_a_time_starts_no_clock():
    session = begun()
    (one,) = retime(session, [filmed(4.0, whose=[ANA])], NOW)[0][0]
    assert (one.became, one.why) == ("unassigned", "its file does not say when it was filmed")


def test_clocks_are_not_said_to_be_apart_where_the_runs_have_joined_already():
    session = keyed(("Ana", 100))
    retime(session, [clip(100.0)], NOW)
    placed, said = retime(session, [clip(141.0)], NOW)
    assert (became(placed), said) == ([["as-before"]], [])


def test_what_was_filmed_on_another_day_begins_no_rep():
    session = keyed(("Ana", 20))
    (one,) = retime(session, [clip(86_400.0, whose=[ANA])], NOW)[0][0]
    assert (one.became, one.why) == ("unassigned", "filmed 24 h away from all reps")


def test_before_a_session_began_nothing_is_a_rep():
    session = fold([opened("Ana", of=None)])
    (one,) = retime(session, [clip(20.0, whose=[ANA])], NOW)[0][0]
    assert (one.became, one.why) == ("unassigned", "in the phase 'warm-up'")


def test_nobody_elses_rep_changes():
    session = keyed(("Ana", 20), ("Ben", 60), ("Ana", 205), ("Ben", 240))
    before = dict(session.reps)
    retime(session, [clip(205.0), clip(130.0, whose=[BEN], file="b.mp4")], NOW)
    assert {number: session.reps[number] for number in (1, 2, 4)} == {
        number: before[number] for number in (1, 2, 4)
    }


def test_an_ended_session_takes_runs_and_its_athletes_are_those_it_had():
    session = keyed(("Ana", 20))
    session.apply(ev.Withdrawn(at(300), "Ana", "calf"))
    session.apply(ev.Ended(at(400)))
    placed, _ = retime(session, [clip(20.0), clip(200.0, whose=[ANA], file="b.mp4")], NOW)
    assert became(placed) == [["timed"], ["new"]]
    assert [*session.members] == ["Ana", "Ben"]


@given(
    gaps_s=st.lists(st.floats(15.0, 300.0), min_size=1, max_size=9),
    seed=st.randoms(use_true_random=False),
    off_s=st.floats(-1.5, 1.5),
    at_end=st.booleans(),
)
def test_any_clips_of_any_session_find_their_reps_and_change_nothing_else(
    gaps_s, seed, off_s, at_end
):
    """Some reps were filmed, by a phone whose clock is off; each clip knows whole seconds."""
    ends_s = [*accumulate(gaps_s)]
    names = [seed.choice(["Ana", "Ben"]) for _ in ends_s]
    session = keyed(*zip(names, ends_s, strict=True))
    before = dict(session.reps)
    shown = [number for number in before if seed.random() < 0.7]
    clips = [
        dataclasses.replace(one, recorded_ns=one.recorded_ns // S * S)
        for number in shown
        for one in [clip(ends_s[number - 1] + off_s, at_end=at_end, file=f"{number}.mp4")]
    ]
    placed, _ = retime(session, clips, NOW)
    assert [runs[0].rep for runs in placed] == shown
    for number, rep in session.reps.items():
        old = before[number]
        assert (rep.athlete, rep.end_ns) == (old.athlete, old.end_ns)
        assert rep.state == ("timed" if number in shown else "keyed")
    again, _ = retime(session, clips, NOW + S)
    assert became(again) == [["as-before"]] * len(clips)
    assert not any(one.events for runs in again for one in runs)
