"""Edges of one beam in, bodies out."""

import numpy as np
import pytest

from calibration.sync import Stamp
from station.gates.beams import SETTLED_S, Edge, crossings

NS = 1_000_000_000
LATE_S = 0.01
"""From an edge to its reading."""


def edge(at_s, blocked):
    return Edge(Stamp(at_s, 0, round((at_s + LATE_S) * NS), 1e-6), blocked)


def edges(*breaks_s):
    """Edges of breaks, each since and for how long; an end may be None."""
    found = []
    for since_s, broken_s in breaks_s:
        found.append(edge(since_s, True))
        if broken_s is not None:
            found.append(edge(since_s + broken_s, False))
    return found


def seen(*breaks_s, both_edges=True, clear=False):
    return crossings(edges(*breaks_s), both_edges, clear)


def starts_s(*breaks_s, **kw):
    return [one.stamp.device_s for one in seen(*breaks_s, **kw)]


def test_nothing_is_nobody():
    assert seen() == []


def test_the_longest_break_is_the_torso_and_the_first_is_kept():
    (one,) = seen((9.92, 0.012), (10.0, 0.027), (10.07, 0.015))
    assert one.stamp.device_s == 10.0
    assert one.broken_s == pytest.approx(0.027)
    assert one.first.device_s == 9.92


def test_the_first_of_two_breaks_alike_is_the_torso():
    assert starts_s((10.0, 0.03125), (10.125, 0.03125)) == [10.0]


@pytest.mark.parametrize("apart_s", [0.31, 0.4, 0.69, 0.71, 3.0])
def test_two_bodies_are_two(apart_s):
    found = seen((9.95, 0.01), (10.0, 0.027), (9.96 + apart_s, 0.01), (10.0 + apart_s, 0.03))
    assert [one.stamp.device_s for one in found] == pytest.approx([10.0, 10.0 + apart_s])
    assert found[1].first.device_s == pytest.approx(9.96 + apart_s)


def test_an_arm_within_the_window_is_no_body_however_long():
    assert starts_s((10.0, 0.027), (10.29, 0.025)) == [10.0]


def test_who_is_thin_and_far_enough_behind_is_a_body():
    assert starts_s((10.0, 0.07), (10.75, 0.03)) == [10.0, 10.75]


def test_the_arm_of_the_one_before_is_not_the_first_break_of_the_next():
    found = seen((10.0, 0.027), (10.12, 0.012), (10.35, 0.027))
    assert [one.first.device_s for one in found] == [10.0, 10.35]


def test_an_arm_that_trails_by_more_than_the_window_is_nobody():
    """A jogger's: the torso stays in the beam for so much longer."""
    assert starts_s((10.0, 0.07), (10.42, 0.03)) == [10.0]
    assert starts_s((9.55, 0.03), (10.0, 0.07)) == [10.0]


def test_a_pulse_before_a_body_does_not_shift_its_window():
    """The trailing arm lies within 300 ms of the torso, not of the pulse."""
    assert starts_s((9.81, 0.001), (10.0, 0.027), (10.12, 0.015)) == [10.0]


@pytest.mark.parametrize("broken_s", [0.00005, 0.002, 0.0065])
def test_a_pulse_is_nobody(broken_s):
    assert seen((10.0, broken_s)) == []


def test_contact_bounce_does_not_shorten_a_break():
    (one,) = seen((10.0, 0.010), (10.0115, 0.016))
    assert one.stamp.device_s == 10.0
    assert one.broken_s == pytest.approx(0.0275)


def test_a_body_is_one_whatever_bounces():
    rng = np.random.default_rng(3)
    for _ in range(50):
        cuts_s = 10.0 + np.sort(rng.uniform(0.001, 0.026, 2 * int(rng.integers(1, 4))))
        cuts_s = cuts_s[: len(cuts_s) // 2 * 2]
        if np.any(np.diff(cuts_s)[::2] > 0.0019):
            continue
        flips = [10.0, *cuts_s.tolist(), 10.027]
        bounced = [edge(at_s, number % 2 == 0) for number, at_s in enumerate(flips)]
        (one,) = crossings(bounced, True, False)
        assert one.stamp.device_s == 10.0
        assert one.broken_s == pytest.approx(0.027)


def test_a_lost_end_leaves_a_crossing_of_unknown_length():
    found = seen((10.0, None), (15.0, 0.027))
    assert [one.stamp.device_s for one in found] == [10.0, 15.0]
    assert found[0].broken_s is None


def test_a_lost_beginning_leaves_the_rest_alone():
    found = crossings([edge(9.0, False), *edges((10.0, 0.03))], True, False)
    assert [one.stamp.device_s for one in found] == [10.0]


def test_somebody_who_stands_in_the_beam_did_not_pass():
    assert starts_s((5.0, 2.1), (10.0, 0.027)) == [10.0]
    assert starts_s((5.0, 1.9)) == [5.0]


def test_it_settles_when_no_edge_can_change_it_any_more():
    (one,) = seen((9.92, 0.012), (10.0, 0.027))
    assert one.settles_ns == round((10.0 + LATE_S + SETTLED_S) * NS)


def test_nobody_settles_while_in_the_beam():
    assert [one.settles_ns for one in seen((10.0, None))] == [None]
    assert [one.settles_ns for one in seen((10.0, 0.02), (10.1, None))] == [None]
    first, last = seen((10.0, 0.027), (10.5, None))
    assert first.settles_ns is not None
    assert last.settles_ns is None


def test_a_heartbeat_that_says_clear_ends_the_waiting():
    (one,) = seen((10.0, None), clear=True)
    assert one.settles_ns is not None


def test_breaks_alone_give_the_first_and_no_length():
    found = seen((9.95, None), (10.0, None), (10.1, None), (10.4, None), both_edges=False)
    assert [one.stamp.device_s for one in found] == [9.95, 10.4]
    assert [one.broken_s for one in found] == [None, None]
    assert all(one.settles_ns is not None for one in found)
