"""Who ran through the zone: crossings of both markers in, pairs out."""

import pytest

from station.gates.pairing import Passer, pair

TORSO_M = 0.24
SPEEDS_MPS = (3.0, 13.0)


def at(at_s, mps=9.0):
    """A body at a marker, at that speed."""
    return Passer(at_s, TORSO_M / mps)


def told(at_s):
    """A body of which only the beginning is told."""
    return Passer(at_s, None)


def paired(at2, at3, now_s=1000.0):
    return pair(at2, at3, fly_m=30.0, speeds_mps=SPEEDS_MPS, now_s=now_s)


def test_one_in_one_out_is_a_run():
    found = paired([at(10.0)], [at(13.3)])
    assert found.runs == ((0, 0),)
    assert found.company == found.waiting == found.back == found.never_out == found.never_in == ()


def test_two_in_the_zone_are_timed_first_in_first_out_and_marked():
    found = paired([at(10.0), at(10.4)], [at(13.3), at(13.8)])
    assert found.runs == ((0, 0), (1, 1))
    assert found.company == (0,)


def test_a_third_who_enters_as_the_first_leaves_keeps_the_order():
    found = paired([at(10.0), at(11.5), at(13.2)], [at(13.3), at(14.8), at(16.5)])
    assert found.runs == ((0, 0), (1, 1), (2, 2))


@pytest.mark.parametrize("took_s", [30 / 13.1, 30 / 2.9])
def test_a_time_that_nobody_runs_is_no_run(took_s):
    found = paired([told(10.0)], [told(10.0 + took_s)])
    assert found.runs == ()
    assert found.never_out == (0,)


@pytest.mark.parametrize("took_s", [30 / 12.9, 30 / 3.1])
def test_a_time_that_may_be_run_is_a_run(took_s):
    assert paired([told(10.0)], [told(10.0 + took_s)]).runs == ((0, 0),)


def test_who_may_still_arrive_is_waited_for_and_no_longer():
    assert paired([at(10.0)], [], now_s=19.9).waiting == (0,)
    late = paired([at(10.0)], [], now_s=20.1)
    assert late.waiting == ()
    assert late.never_out == (0,)


def test_one_seen_at_marker_3_alone_is_told_at_a_runs_speed_only():
    assert paired([], [at(13.3)]).never_in == (0,)
    assert paired([], [at(13.3, mps=1.4)]).never_in == ()
    assert paired([], [told(13.3)]).never_in == ()


def test_a_walk_back_is_nothing():
    found = paired([at(30.0, 1.4)], [at(9.0, 1.4)])
    assert (found.runs, found.never_out, found.never_in) == ((), (), ())


def test_a_walk_back_is_known_whatever_the_arms_do():
    """Arms hang beside a walker: at one marker they lengthen his break, at the other not."""
    found = paired([Passer(30.0, 0.38)], [Passer(9.0, 0.17)])
    assert (found.runs, found.never_out, found.back) == ((), (), ((0, 0),))


def test_a_slow_body_at_marker_2_that_came_from_nowhere_is_not_lost():
    found = paired([Passer(30.0, 0.38)], [])
    assert (found.runs, found.never_out) == ((), (0,))


def test_a_jog_back_is_known_by_marker_3_before_it():
    found = paired([at(17.6, 3.5)], [at(9.0, 3.5)])
    assert found.back == ((0, 0),)
    assert found.runs == found.never_out == ()


def test_a_jog_back_does_not_take_the_run_of_the_next():
    """The jogger leaves at Marker 2 as a runner enters there: it is the runner who arrives."""
    found = paired([at(17.6, 3.5), at(21.0)], [at(9.0, 3.5), at(24.3)])
    assert found.runs == ((1, 1),)
    assert found.back == ((0, 0),)
    assert found.company == ()


def test_a_walk_back_while_another_runs_is_not_his_run():
    found = paired([at(10.0), at(12.0, 1.4)], [at(-9.0, 1.4), at(13.3)])
    assert found.runs == ((0, 1),)
    assert found.never_out == ()


def test_one_missed_at_marker_3_does_not_take_the_run_of_the_next():
    """A break of 27 ms is no torso at the 3.2 m/s that the first would have had."""
    found = paired([at(10.0), at(16.0)], [at(19.3)])
    assert found.runs == ((1, 0),)
    assert found.company == (0,)
    assert found.never_out == (0,)


def test_one_missed_at_marker_2_leaves_the_next_his_run():
    found = paired([at(14.0)], [at(13.3), at(17.3)])
    assert found.runs == ((0, 1),)
    assert found.never_in == (0,)


def test_a_torso_that_a_fold_of_the_shirt_cut_in_two_still_runs():
    """What is preferred among several must not cost the only one his run."""
    assert paired([Passer(10.0, 0.008)], [Passer(16.0, 0.01)]).runs == ((0, 0),)


def test_breaks_alone_are_paired_in_order():
    found = paired([told(10.0), told(11.0)], [told(13.3), told(14.2)])
    assert found.runs == ((0, 0), (1, 1))
    assert found.company == (0,)


def test_one_stranger_at_marker_3_explains_one_body_of_his_kind():
    found = paired([at(17.0, 3.5), at(18.0, 3.5)], [at(9.0, 3.5)])
    assert (found.back, found.never_out) == (((0, 0),), (1,))
    assert paired([at(17.6)], [at(9.0, 3.5)]).never_out == (0,)


def test_who_walks_out_at_marker_3_ends_no_run():
    assert paired([at(10.0)], [at(13.3, 1.0)]).runs == ()
