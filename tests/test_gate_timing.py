"""Bytes of gates in, what a coach is told out: the fold over a session."""

from itertools import pairwise

import pytest
from driven import NS, SPEEDS_MPS, driven, fgp
from hypothesis import given, settings
from hypothesis import strategies as st

from station.flags import Flag
from station.gates.record import Closed, Gone, Opened, Received, Setup
from station.gates.timing import Crossed, GateTiming, Notice, Timed
from station.run import Incomplete
from station.simulator.gate_device import Build, Wire
from station.simulator.gate_fgp import FgpDevice
from station.simulator.gates import Change

WRAP_US = 1 << 32
TICK_S = 2e-5
"""A rate that is known to a few millionths, and ticks of a microsecond, over a fly."""
LINE_S = 0.002
"""From an edge to its reading."""


class Session:
    """Lines of FGP/1 on a perfect clock, told to a fold."""

    def __init__(self, ports=("P",), markers=None, protocol="fgp1", fly_m=30.0):
        self.fold = GateTiming(Setup(fly_m, ports, markers or {}, SPEEDS_MPS))
        self.protocol, self.events = protocol, []
        self.numbers = dict.fromkeys(range(len(ports)), 0)
        for slot, port in enumerate(ports):
            self.open(0.0, slot, port)

    def feed(self, traffic):
        self.events += self.fold.feed(traffic)

    def open(self, at_s, slot=0, port="P"):
        self.feed(Opened(round(at_s * NS), slot, port, self.protocol))
        if self.protocol == "fgp1":
            self.numbers[slot] = 0
            self.say(at_s, "H,1,flygate-avr,1.0.0,5F3A91C2,17,2,EQR", slot)

    def read(self, at_s, data, slot=0):
        self.feed(Received(round(at_s * NS), slot, data.decode("latin-1")))

    def say(self, at_s, body, slot=0):
        self.read(at_s, fgp(body), slot)

    def line(self, at_s, gate, blocked, number, since_s=0.0):
        wraps, us = divmod(round((at_s - since_s) * 1e6), WRAP_US)
        return f"E,{number},{gate},{'B' if blocked else 'R'},{wraps},{us}"

    def edge(self, at_s, gate, blocked, slot=0, since_s=0.0):
        self.numbers[slot] += 1
        line = self.line(at_s, gate, blocked, self.numbers[slot], since_s)
        self.say(at_s + LINE_S, line, slot)

    def body(self, at_s, gate, broken_s=0.027, **kw):
        self.edge(at_s, gate, True, **kw)
        self.edge(at_s + broken_s, gate, False, **kw)

    def fly(self, at_s, took_s=3.3, gates=("1", "2"), slots=(0, 0)):
        self.body(at_s, gates[0], slot=slots[0])
        self.body(at_s + took_s, gates[1], slot=slots[1])

    def beat(self, at_s, slot=0, beams="CC"):
        wraps, us = divmod(round(at_s * 1e6), WRAP_US)
        self.say(at_s, f"S,{self.numbers[slot]},{wraps},{us},{beams},0,4980", slot)

    def beats(self, since_s, until_s, slot=0):
        for step in range(int(since_s), int(until_s)):
            self.beat(step + 0.5, slot)

    def pass_to(self, at_s):
        self.events += self.fold.advance(round(at_s * NS))

    def close(self, at_s):
        self.feed(Closed(round(at_s * NS)))

    def told(self, kind):
        return [one for one in self.events if isinstance(one, kind)]

    @property
    def flies_s(self):
        return [one.run.fly_s for one in self.told(Timed)]

    @property
    def said(self):
        """What was said, but of silence: nothing beats here that a test does not let beat."""
        silence = ("gate-silent", "gate-heard")
        return [one.name for one in self.told(Notice) if one.name not in silence]

    @property
    def reasons(self):
        return [one.reason for one in self.told(Incomplete)]


def test_a_run_is_told_once_and_soon():
    one = Session()
    one.fly(10.0)
    one.pass_to(13.3 + 0.6)
    assert one.flies_s == pytest.approx([3.3], abs=TICK_S)
    one.pass_to(300.0)
    one.close(300.0)
    assert len(one.told(Timed)) == 1
    assert len(one.told(Crossed)) == 2
    assert not one.told(Incomplete)


def test_a_runner_in_the_beam_as_it_ends_is_not_lost():
    one = Session()
    one.body(10.0, "1")
    one.edge(13.3, "2", True)
    one.close(13.31)
    assert one.flies_s == pytest.approx([3.3], abs=TICK_S)


def test_the_arm_is_not_the_torso_but_is_kept_beside_it():
    one = Session()
    one.body(9.95, "1", 0.010)
    one.body(10.0, "1")
    one.body(10.06, "1", 0.012)
    one.body(13.3, "2")
    one.close(20.0)
    (run,) = one.told(Timed)
    assert run.run.fly_s == pytest.approx(3.3, abs=TICK_S)
    assert run.first_break_fly_s == pytest.approx(3.35, abs=TICK_S)


def test_an_edge_that_came_late_revises_the_run_once():
    """What seemed the torso was an arm: the torso's edges had to be asked for again."""
    one = Session()
    one.body(9.95, "1", 0.010)
    one.numbers[0] += 2  # the torso's two
    one.body(13.3, "2")
    one.pass_to(14.0)
    assert one.flies_s == pytest.approx([3.35], abs=TICK_S)
    for number, (at_s, blocked) in enumerate([(10.0, True), (10.027, False)], start=3):
        one.say(14.1 + number * 0.01, one.line(at_s, "1", blocked, number))
    one.close(40.0)
    first, revised = one.told(Timed)
    assert (first.number, first.revises) == (1, False)
    assert (revised.number, revised.revises) == (1, True)
    assert revised.run.fly_s == pytest.approx(3.3, abs=TICK_S)


def test_an_end_that_came_late_narrows_the_run():
    one = Session()
    one.edge(10.0, "1", True)
    one.numbers[0] += 1  # its end
    one.body(13.3, "2")
    one.beat(13.5)
    one.pass_to(14.0)
    one.say(14.1, one.line(10.027, "1", False, 2))
    one.close(40.0)
    first, revised = one.told(Timed)
    assert revised.revises
    assert Flag.FIRST_BREAK in first.run.flags
    assert Flag.FIRST_BREAK not in revised.run.flags
    assert revised.run.fly_sigma_s < first.run.fly_sigma_s


def test_hours_of_runs_leave_nothing_behind():
    one = Session()
    for number in range(1, 150):
        one.fly(60.0 * number)
    one.body(60.0 * 150, "1")
    runs = one.fold._runs
    assert one.flies_s == pytest.approx([3.3] * 149, abs=TICK_S)
    assert len(runs._told) + len(runs._crossed._kept) + len(runs._judged._kept) < 30
    assert len(one.fold._due) < 10


def test_an_edge_sent_twice_changes_nothing():
    one = Session()
    one.fly(10.0)
    one.pass_to(14.0)
    one.say(14.1, one.line(10.0, "1", True, 1))
    one.close(40.0)
    assert len(one.told(Timed)) == 1


def test_a_reset_in_mid_run_voids_it():
    one = Session()
    one.body(10.0, "1")
    one.say(12.0, "H,1,flygate-avr,1.0.0,5F3A91C2,18,2,EQR")
    one.numbers[0] = 0
    one.body(13.3, "2", since_s=12.0)
    one.body(30.0, "1", since_s=12.0)
    one.body(33.2, "2", since_s=12.0)
    one.close(60.0)
    assert one.reasons == ["restarted"]
    assert one.flies_s == pytest.approx([3.2], abs=TICK_S)


def test_edges_lost_during_a_run_are_on_it():
    one = Session()
    one.body(10.0, "1")
    one.numbers[0] += 2
    one.body(13.3, "2")
    one.say(13.4, f"N,3,{one.numbers[0]}")
    one.close(20.0)
    (run,) = one.told(Timed)
    assert Flag.EDGES_LOST in run.run.flags


def test_a_body_at_marker_2_alone_is_told_when_nobody_can_arrive_any_more():
    one = Session()
    one.body(10.0, "1")
    one.pass_to(19.9)
    assert not one.reasons
    one.pass_to(21.5)
    assert one.reasons == ["marker2-only"]
    one.pass_to(300.0)
    one.close(300.0)
    assert one.reasons == ["marker2-only"]


def test_the_slowest_run_is_awaited_until_his_crossing_has_settled():
    """Somebody else's crossing is looked at just after the time that he had."""
    one = Session()
    one.body(10.0, "1", 0.08)
    one.body(19.7, "1", 0.027)
    one.body(19.9, "2", 0.08)
    one.close(60.0)
    assert one.flies_s == pytest.approx([9.9], abs=1e-4)
    assert one.reasons == ["marker2-only"]


def test_a_body_at_marker_3_alone_is_told_once():
    one = Session()
    one.body(13.3, "2")
    one.fly(40.0)
    one.close(100.0)
    assert one.reasons == ["marker3-only"]
    assert one.flies_s == pytest.approx([3.3], abs=TICK_S)


def test_two_in_the_zone_are_both_marked():
    one = Session()
    one.body(10.0, "1")
    one.body(11.0, "1")
    one.body(13.3, "2")
    one.body(14.4, "2")
    one.fly(40.0)
    one.close(60.0)
    assert one.flies_s == pytest.approx([3.3, 3.4, 3.3], abs=TICK_S)
    assert [Flag.IN_COMPANY in run.run.flags for run in one.told(Timed)] == [True, True, False]


def test_a_jog_back_does_not_take_the_run_of_the_next():
    one = Session()
    one.body(9.0, "2", 0.07)
    one.pass_to(17.0)
    one.body(17.6, "1", 0.07)
    one.fly(21.0)
    one.close(60.0)
    assert one.flies_s == pytest.approx([3.3], abs=TICK_S)


def test_a_beam_broken_for_long_is_said_and_its_end_too():
    one = Session()
    one.edge(10.0, "1", True)
    one.pass_to(11.9)
    assert one.said == []
    one.pass_to(12.1)
    assert one.said == ["beam-blocked"]
    one.edge(15.0, "1", False)
    one.close(16.0)
    assert one.said == ["beam-blocked", "beam-clear"]
    assert not one.told(Timed)
    assert not one.told(Incomplete)


def test_a_break_whose_end_was_lost_is_ended_by_the_heartbeat():
    one = Session()
    one.body(10.0, "1")
    one.edge(13.3, "2", True)
    one.numbers[0] += 1
    one.beat(13.6)
    one.pass_to(14.3)
    assert one.flies_s == pytest.approx([3.3], abs=TICK_S)
    (run,) = one.told(Timed)
    assert Flag.FIRST_BREAK in run.run.flags


def test_silence_is_said_after_three_seconds_and_its_end_too():
    one = Session()
    one.beats(0, 5)
    for until_s, said in (
        (7.4, []),
        (7.6, ["gate-silent"]),
        (60.0, ["gate-silent"]),
    ):
        one.pass_to(until_s)
        assert [notice.name for notice in one.told(Notice)] == said
    one.beat(61.0)
    assert [notice.name for notice in one.told(Notice)] == ["gate-silent", "gate-heard"]


def test_unplugged_is_said_once_and_the_gate_taken_back_under_another_name():
    one = Session()
    one.fly(10.0)
    one.feed(Gone(20 * NS, 0))
    one.pass_to(50.0)
    one.open(51.0, 0, "Q")
    one.fly(60.0)
    one.close(70.0)
    assert one.said == ["gate-gone", "gate-back"]
    assert one.flies_s == pytest.approx([3.3, 3.3], abs=TICK_S)
    assert [run.number for run in one.told(Timed)] == [1, 2]


def test_unplugged_in_mid_run_is_no_run():
    one = Session()
    one.body(10.0, "1")
    one.feed(Gone(11 * NS, 0))
    one.open(12.0, 0, "P")
    one.body(13.3, "2")
    one.close(60.0)
    assert one.flies_s == []
    assert one.reasons == ["restarted"]


def test_a_gate_gone_mad_is_said_once_makes_no_run_and_takes_no_memory():
    """A thousand edges a second for a minute, while the other gate sees runners."""
    one = Session()
    one.fly(5.0)
    for chunk in range(3000):
        lines = []
        for step in range(chunk * 20, chunk * 20 + 20):
            one.numbers[0] = (one.numbers[0] + 1) % 65536
            at_s = 10.0 + step * 1e-3
            lines.append(fgp(one.line(at_s, "2", step % 2 == 0, one.numbers[0])))
        one.read(at_s + LINE_S, b"".join(lines))
        if chunk % 600 == 300:
            one.body(at_s, "1")
    kept = sum(len(gate._epochs.get(0, ())) for gate in one.fold._links[0].gates.values())
    assert kept < 100
    one.pass_to(73.0)
    assert one.said == ["gate-mad", "gate-calm"]
    one.fly(80.0)
    one.close(90.0)
    assert one.flies_s == pytest.approx([3.3, 3.3], abs=TICK_S)


def test_a_flood_ends_no_run():
    """Breaks as long as torsos: those that came before there were too many count no more."""
    one = Session()
    one.body(10.0, "1")
    for step in range(200):
        one.edge(12.5 + step * 0.01, "2", step % 2 == 0)
    one.close(40.0)
    assert not one.told(Timed)
    assert one.reasons == ["marker2-only"]


def test_a_beam_is_not_said_to_be_blocked_on_a_gate_that_is_gone():
    one = Session()
    one.edge(10.0, "1", True)
    one.feed(Gone(11 * NS, 0))
    one.pass_to(20.0)
    assert one.said == ["gate-gone"]


def test_noise_below_the_flood_is_said_too():
    """Five a second for ten minutes from both beams: nothing grows, nothing stalls."""
    one = Session()
    for step in range(3600):
        at_s = 10.0 + step / 6
        one.body(at_s, "1", 0.02)
    assert "gate-mad" in one.said
    assert len(one.fold._due) < 100
    kept = sum(len(gate._epochs.get(0, ())) for gate in one.fold._links[0].gates.values())
    assert kept < 600


# Which gate stands where


def test_the_lower_id_stands_at_marker_2_though_the_other_spoke_first():
    one = Session(protocol="wichro")
    for at_s, gate in ((10.0, 10), (20.0, 3), (23.3, 10)):  # 10 alone is at neither marker yet
        one.read(at_s + 0.004, b"%d;%d;0\r\n" % (gate, at_s * 1000))
        one.read(at_s + 0.031, b"%d;%d;1\r\n" % (gate, at_s * 1000 + 27))
    one.close(40.0)
    assert one.flies_s == pytest.approx([3.3], abs=0.02)


@pytest.mark.parametrize("gates", [("1", "2"), ("3", "10")])
def test_ids_are_ordered_as_numbers(gates):
    one = Session(protocol="wichro")
    for at_s, gate in ((10.0, gates[0]), (13.3, gates[1])):
        one.read(at_s + 0.004, f"{gate};{round(at_s * 1000)};0\r\n".encode())
        one.read(at_s + 0.031, f"{gate};{round(at_s * 1000) + 27};1\r\n".encode())
    one.close(40.0)
    assert one.flies_s == pytest.approx([3.3], abs=0.02)


@pytest.mark.parametrize(
    ("ports", "markers", "gates", "slots"),
    [
        (("P",), {"2": 2, "1": 3}, ("2", "1"), (0, 0)),
        (("P", "Q"), {}, ("1", "1"), (0, 1)),
        (("P", "Q"), {"Q/1": 2, "P/1": 3}, ("1", "1"), (1, 0)),
        (("P", "Q"), {"P/1": 2, "P/2": 3}, ("1", "2"), (0, 0)),
    ],
)
def test_markers_are_mapped(ports, markers, gates, slots):
    one = Session(ports, markers)
    for step in range(1, 70):
        for slot in range(len(ports)):
            one.beat(step + 0.25, slot)
    one.fly(71.0, gates=gates, slots=slots)
    one.close(90.0)
    assert one.flies_s == pytest.approx([3.3], abs=0.003)
    assert not one.told(Incomplete)


def test_a_gate_that_stands_at_no_marker_is_told_once_and_times_nothing():
    one = Session(markers={"3": 2, "10": 3}, protocol="wichro")
    for at_s in (10.0, 13.3, 20.0):
        one.read(at_s + 0.004, b"7;%d;0\r\n" % (at_s * 1000))
        one.read(at_s + 0.031, b"7;%d;1\r\n" % (at_s * 1000 + 27))
    one.close(40.0)
    (notice,) = one.told(Notice)
    assert (notice.name, notice.gate) == ("gate-unplaced", "gate 7 on P")
    assert not one.flies_s


def passes(one, gate, at_s, broken_ms=27):
    """A body at a gate of a WICHRO receiver."""
    one.read(at_s + 0.004, b"%d;%d;0\r\n" % (gate, at_s * 1000))
    one.read(at_s + 0.004 + broken_ms / 1000, b"%d;%d;1\r\n" % (gate, at_s * 1000 + broken_ms))


@pytest.mark.parametrize("first_s", [5.0, 36.0])
def test_a_stray_gate_takes_nobody_s_place(first_s):
    """Before the first run, or after it: a terminal 0 that is no light gate."""
    one = Session(protocol="wichro")
    passes(one, 0, first_s)
    for at_s in (10.0, 40.0, 70.0):
        passes(one, 1, at_s)
        passes(one, 2, at_s + 3.3)
    one.close(100.0)
    assert one.flies_s[-2:] == pytest.approx([3.3, 3.3], abs=0.02)


def test_who_passes_marker_3_before_anybody_was_at_marker_2_is_nobody_s_run():
    one = Session(protocol="wichro")
    for gate, at_s in ((2, 30.0), (1, 55.0), (1, 57.0), (2, 60.0)):
        passes(one, gate, at_s)
    one.close(100.0)
    assert one.flies_s == pytest.approx([3.0], abs=0.02)


def test_our_own_gate_may_call_its_gates_by_their_markers():
    one = Session()
    for step in range(1, 10):
        one.beat(step + 0.25)
    one.fly(12.0, gates=("2", "3"))
    one.fly(42.0, gates=("2", "3"))
    one.close(90.0)
    assert one.flies_s == pytest.approx([3.3, 3.3], abs=0.05)
    assert not one.told(Incomplete)


def test_gates_without_end_are_not_looked_after():
    one = Session()
    one.fly(12.0)
    for number in range(3, 200):
        one.body(20.0 + number * 0.01, str(number))
    one.fly(42.0)
    one.close(90.0)
    assert len(one.fold._links[0].gates) < 10
    assert one.said.count("gate-missed") <= 2
    assert one.flies_s == pytest.approx([3.3, 3.3], abs=0.05)


def test_another_device_on_the_port_is_said():
    one = Session()
    one.read(1.0, fgp("H,1,flygate-avr,1.0.0,5F3A91C2,17,2,EQR"))
    one.read(5.0, fgp("H,1,flygate-avr,1.0.0,5F3A91C3,3,2,EQR"))
    one.close(10.0)
    assert "gate-other" in [notice.name for notice in one.told(Notice)]


def test_two_devices_know_less_than_one_and_say_so():
    found = []
    for ports, slots in ((("P",), (0, 0)), (("P", "Q"), (0, 1))):
        one = Session(ports)
        for step in range(1, 70):
            for slot in range(len(ports)):
                one.beat(step + 0.25, slot)
        one.fly(71.0, gates=("1", "2") if slots == (0, 0) else ("1", "1"), slots=slots)
        one.close(90.0)
        (run,) = one.told(Timed)
        found.append(run.run.fly_sigma_s)
    assert found[0] < found[1]


def test_a_receiver_that_was_reset_in_mid_run_voids_it():
    one = Session(protocol="wichro")
    zero_s = 0.0
    for at_s, gate in ((10.0, 1), (13.3, 2), (40.0, 1), (43.3, 2), (70.0, 1), (73.3, 2)):
        if at_s == 43.3:
            zero_s = 42.0
        ms = round((at_s - zero_s) * 1000)
        one.read(at_s + 0.004, b"%d;%d;0\r\n" % (gate, ms))
        one.read(at_s + 0.031, b"%d;%d;1\r\n" % (gate, ms + 27))
    one.close(90.0)
    assert one.flies_s == pytest.approx([3.3, 3.3], abs=0.02)
    assert one.reasons == ["restarted"]


def test_breaks_alone_are_timed_and_say_so():
    """ALGE: an arm and a torso at each marker are one impulse that counts."""
    one = Session(protocol="alge")
    for at_s, channel in ((10.0, 0), (10.05, 0), (13.3, 1), (13.36, 1)):
        line = f" 0001 C{channel}  10:00:{at_s:07.4f} 00\r"
        one.read(at_s + 0.03, line.encode())
    one.pass_to(30.0)
    one.close(30.0)
    (run,) = one.told(Timed)
    assert run.run.fly_s == pytest.approx(3.3, abs=1e-3)
    assert Flag.FIRST_BREAK in run.run.flags
    assert run.run.fly_sigma_s > 0.01
    assert one.said == []


# What the digits may not depend on


def as_told(step_ns, cuts=()):
    """Events of a recorded session, folded with time let pass as given."""
    fold, events, now_ns = GateTiming(Setup(30.0, ("P",), {}, SPEEDS_MPS)), [], 0
    for traffic in RECORD:
        for cut_ns in cuts:
            if now_ns < cut_ns < traffic.at_ns:
                events += fold.advance(cut_ns)
        while step_ns and now_ns + step_ns < traffic.at_ns:
            now_ns += step_ns
            events += fold.advance(now_ns)
        now_ns = traffic.at_ns
        events += fold.feed(traffic)
    return events


def record():
    """Runs, a pair of them, an abort, a standing body, a flood, a reset, noise, an unplugging."""
    one, kept = Session(), []
    feed = one.feed

    def keep(traffic):
        kept.append(traffic)
        feed(traffic)

    one.feed = keep
    one.open(0.0)
    one.beats(1, 10)
    one.fly(10.0)
    one.body(20.0, "1")
    one.body(20.5, "1")
    one.body(23.3, "2")
    one.body(23.9, "2")
    one.body(40.0, "1")
    one.edge(60.0, "2", True)
    one.edge(64.0, "2", False)
    one.read(65.0, bytes(range(256)))
    for step in range(400):
        one.edge(70.0 + step * 0.004, "1", step % 2 == 0)
    one.fly(80.0)
    one.feed(Gone(90 * NS, 0))
    one.open(95.0, 0, "Q")
    one.fly(100.0)
    one.body(120.0, "1")
    one.close(123.0)
    return kept


RECORD = record()
AT_ONCE = as_told(0)


def test_the_record_has_something_of_everything():
    kinds = {one.name if isinstance(one, Notice) else type(one).__name__ for one in AT_ONCE}
    assert kinds >= {
        "Timed", "Incomplete", "Crossed", "beam-blocked", "gate-mad", "gate-calm", "gate-gone",
        "gate-back", "gate-silent", "gate-heard", "gate-missed",
    }  # fmt: skip
    assert sum(isinstance(one, Timed) for one in AT_ONCE) == 5


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 123 * NS), max_size=40))
def test_it_does_not_matter_when_time_is_let_pass(cuts):
    assert as_told(0, sorted(cuts)) == AT_ONCE


@pytest.mark.parametrize("step_ns", [7_000_003, 250_000_000])
def test_nor_how_finely(step_ns):
    assert as_told(step_ns) == AT_ONCE


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, NS), st.binary(max_size=80)), max_size=40))
@pytest.mark.parametrize("protocol", ["fgp1", "wichro", "chronopic", "alge", "tag-heuer"])
def test_noise_makes_no_run(protocol, chunks):
    one, at_ns = Session(protocol=protocol), 0
    for later_ns, data in chunks:
        at_ns += later_ns
        one.feed(Received(at_ns, 0, data.decode("latin-1")))
    one.feed(Closed(at_ns + NS))
    assert not one.told(Timed)


def test_a_simulated_flood_over_the_wire_stalls_nothing():
    """The line is full, edges overflow in the device: said, and the next run is timed."""
    changes = [Change(round((70 + n * 1e-3) * NS), 3, n % 2 == 0) for n in range(4000)]
    for at_s, marker in ((90.0, 2), (93.3, 3)):
        changes += [
            Change(round(at_s * NS), marker, True),
            Change(round((at_s + 0.027) * NS), marker, False),
        ]
    device = FgpDevice(changes, Build(hold_s=0.0, wire=Wire(jitter_s=0.02)))
    events = driven({"P": device}, "fgp1", 100.0)
    runs = [one.run.fly_s for one in events if isinstance(one, Timed)]
    assert runs == pytest.approx([3.3], abs=0.001)
    assert [one.name for one in events if isinstance(one, Notice)].count("gate-mad") == 1


def test_events_come_in_the_order_of_what_they_tell():
    told = [one.at_s for one in AT_ONCE if isinstance(one, Notice)]
    assert all(one <= other for one, other in pairwise(told))
