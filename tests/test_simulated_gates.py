"""The ruler for gates is held against physics and against the protocols' published vectors."""

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import serial

from hardware.units import NS
from station.simulator.gate_device import Build, Crystal, Wire, play
from station.simulator.gate_fgp import FgpDevice, framed
from station.simulator.gate_makes import (
    BOTH_EDGES,
    AlgeDevice,
    ChronopicDevice,
    GenericDevice,
    TagHeuerDevice,
    WichroDevice,
)
from station.simulator.gate_player import GatePlayer, simulated_gates
from station.simulator.gates import Change, Passage, Scenario, Trouble, play_beams, workout
from station.simulator.passer import draw_passer

SOLVED_S = 2e-9
"""So exact are solved instants."""
BEAM_M = 1.1
PATIENCE_S = 20.0
"""A test that plays in real time gives up after so long."""
TWO_RUNS = (Passage(10.0, 9.0), Passage(20.0, 8.0))


def passers(speed_mps, count, seed=1):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield draw_passer(rng, at_s=10.0, line_m=0.0, speed_mps=speed_mps)


def lines(chunks):
    return b"".join(chunk.data for chunk in chunks).decode().splitlines()


def edges_of(chunks):
    """(gate, blocked, µs) of the E lines of FGP/1."""
    found = [line.split("*")[0].split(",") for line in lines(chunks) if line.startswith("E,")]
    return [
        (gate, kind == "B", int(wraps) * 2**32 + int(us)) for _, _, gate, kind, wraps, us in found
    ]


# Bodies


@pytest.mark.parametrize(
    ("speed_mps", "least_s", "most_s"), [(10.0, 0.019, 0.034), (3.0, 0.06, 0.12), (1.4, 0.13, 0.25)]
)
def test_a_torso_blocks_as_long_as_its_depth_takes(speed_mps, least_s, most_s):
    for passer in passers(speed_mps, 40):
        torso_s = passer.torso_s(0.0)
        back_s = passer.torso_s(passer.depth_m)
        assert least_s < back_s - torso_s < most_s
        assert back_s - torso_s == pytest.approx(passer.depth_m / speed_mps, rel=0.12)
        since_s, until_s = next(
            span for span in passer.breaks_s(0.0, BEAM_M) if span[1] > torso_s + 1e-6
        )
        assert since_s <= torso_s + SOLVED_S
        assert until_s >= back_s - SOLVED_S


def early_s(beam_m):
    """How long before the torso a body broke the beam, and whether it was clear in between."""
    crossings = [(each.torso_s(0.0), each.breaks_s(0.0, beam_m)[0]) for each in passers(9.0, 120)]
    leads = np.array([torso_s - first_s for torso_s, (first_s, _) in crossings])
    return leads, np.array([until_s < torso_s for torso_s, (_, until_s) in crossings])


def test_arms_come_first_about_as_often_as_has_been_seen():
    """Earp and Newton (2012): 14 of 100 sprints past single beams."""
    leads, _ = early_s(1.0)
    assert 0.07 < np.mean(leads > 0.001) < 0.21
    assert leads.max() < 0.08  # Cronin and Templeton (2008): up to 80 ms


def test_at_the_height_of_elbows_arms_come_first_more_often_apart_or_not():
    leads, apart = early_s(1.1)
    assert 0.25 < np.mean(leads > 0.001) < 0.5
    assert 0.08 < np.mean(apart) < 0.25


def test_legs_break_a_beam_at_the_hip_and_none_at_the_waist():
    legless = [replace(each, thigh_deg=0.0) for each in passers(9.0, 15)]
    whole = list(passers(9.0, 15))

    def differ(beam_m):
        pairs = zip(whole, legless, strict=True)
        return np.mean([a.breaks_s(0.0, beam_m) != b.breaks_s(0.0, beam_m) for a, b in pairs])

    assert differ(0.8) > 0.5
    assert differ(1.1) == 0.0


# Beams


def test_a_workout_is_the_same_for_the_same_seed_and_another_for_another():
    base = Scenario(bounce=0.3, pulses_per_s=0.05)
    assert play_beams(workout(base, 3)) == play_beams(workout(base, 3))
    assert play_beams(workout(base, 3)) != play_beams(workout(replace(base, seed=2), 3))


def test_runs_are_flies_and_walks_back_are_not():
    beams = play_beams(workout(Scenario(), 4))
    assert len(beams.flies) == 4
    assert len(beams.crossings) == 16
    for fly in beams.flies:
        assert 2.7 < fly.fly_s < 4.2  # 30 m at 7.5 to 10.5 m/s
        assert fly.marker2.merged_s == fly.marker3.merged_s == 0.0
        torso_ns = round(fly.marker2.torso_s * NS)
        assert any(c.at_ns == torso_ns and c.blocked and c.marker == 2 for c in beams.changes)


def test_arms_merge_with_torsos_where_that_is_let_be():
    beams = play_beams(workout(Scenario(apart_s=None), 12))
    merged = [fly.marker2.merged_s for fly in beams.flies]
    assert any(0 < early_s < 0.04 for early_s in merged)


def test_levels_alternate_at_each_gate_whatever_troubles_it():
    troubles = (
        Trouble("blocked", 2, 80.0, 84.0),
        Trouble("mad", 3, 90.0, 95.0),
        Trouble("deaf", 3, 92.0, 200.0),
    )
    base = Scenario(bounce=0.5, pulses_per_s=1.0, troubles=troubles)
    beams = play_beams(workout(base, 4))
    for marker in (2, 3):
        changes = [change for change in beams.changes if change.marker == marker]
        levels = [change.blocked for change in changes]
        assert levels == [n % 2 == 0 for n in range(len(levels))]
        times = [change.at_ns for change in changes]
        assert all(before < after for before, after in pairwise(times))
    assert not [c for c in beams.changes if c.marker == 3 and 92e9 < c.at_ns < 200e9]
    assert len(beams.flies) < 4


def test_a_mad_sensor_is_as_mad_as_set():
    beams = play_beams(Scenario(troubles=(Trouble("mad", 3, 10.0, 20.0, edges_per_s=800.0),)))
    assert len(beams.changes) == pytest.approx(8000, rel=0.1)


def test_runners_close_behind_each_other_are_both_true():
    passages = (Passage(10.0, 9.0), Passage(10.4, 9.2), Passage(13.2, 8.0))
    beams = play_beams(Scenario(passages=passages))
    assert len(beams.flies) == 3
    assert beams.flies[1].marker2.torso_s < beams.flies[0].marker3.torso_s


def test_who_turns_round_is_no_run():
    beams = play_beams(Scenario(passages=(Passage(10.0, 9.0, turns=True),)))
    assert not beams.flies
    assert [crossing.marker for crossing in beams.crossings] == [2]


# Our own gate


def test_frames_are_those_of_the_description():
    vectors = (
        "?*264C",
        "H,1,flygate-avr,1.0.0,5F3A91C2,17,2,EQR*8A13",
        "E,41,2,B,0,1234567890*1D56",
        "S,43,0,1236000000,CC,0,4980*1FBE",
        "Q,7,0,1236100412,1236100980*4FB9",
        "K,deb,2000*5206",
    )
    for vector in vectors:
        assert framed(vector.split("*")[0]) == vector.encode() + b"\n"


def test_fgp_stamps_by_its_own_clock_both_edges_of_each_break():
    beams = play_beams(workout(Scenario(bounce=0.4), 5))
    crystal = Crystal(rate_error=0.004, uptime_s=4290.0)  # it wraps at 4294.97 s
    device = FgpDevice(beams.changes, Build(crystal=crystal))
    found = edges_of(play({"a": device}, 400.0))
    gates = {2: "1", 3: "2"}
    for fly in beams.flies:
        for crossing in (fly.marker2, fly.marker3):
            due_us = crystal.seconds(round(crossing.torso_s * NS)) * 1e6
            near = [us for gate, blocked, us in found if blocked and gate == gates[crossing.marker]]
            assert min(abs(us - due_us) for us in near) < 1.0
    assert {us > 2**32 for _, _, us in found} == {True}
    assert sum(blocked for _, blocked, _ in found) == len(found) / 2


def test_a_pulse_shorter_than_the_filter_is_no_edge():
    beams = play_beams(Scenario(pulses_per_s=2.0, until_s=30.0))
    assert len(beams.changes) > 40
    assert not edges_of(play({"a": FgpDevice(beams.changes, Build())}, 31.0))


def test_what_is_read_does_not_depend_on_how_time_is_stepped():
    beams = play_beams(workout(Scenario(), 2, first_s=5.0))
    wire = Wire(jitter_s=0.02)

    def read(step_ns):
        device = FgpDevice(beams.changes, Build(wire=wire))
        chunks = device.say(3 * NS)
        device.hear(framed("P,7"), 3 * NS)
        for until_ns in range(3 * NS, 60 * NS, step_ns):
            chunks += device.say(until_ns)
        return chunks + device.say(60 * NS)

    assert read(NS) == read(7_300_000)
    texts = b"".join(data for _, data in read(NS)).decode().splitlines()
    assert all(framed(line.split("*")[0]).decode().strip() == line for line in texts)
    assert [line for line in texts if line.startswith("Q,7,0,")]


def test_chunks_cut_lines_and_join_them_and_come_in_order():
    beams = play_beams(workout(Scenario(), 10, first_s=5.0))
    chunks = play({"a": FgpDevice(beams.changes, Build(wire=Wire(jitter_s=0.02)))}, 400.0)
    assert any(not chunk.data.endswith(b"\n") for chunk in chunks)
    assert any(chunk.data.count(b"\n") > 1 for chunk in chunks)
    times = [chunk.at_ns for chunk in chunks]
    assert times == sorted(times)


def test_a_mad_sensor_overruns_the_line_and_numbers_show_what_was_lost():
    mad = Scenario(until_s=20.0, troubles=(Trouble("mad", 2, 5.0, 15.0, edges_per_s=2000.0),))
    device = FgpDevice(play_beams(mad).changes, Build(wire=Wire(baud=9600), hold_s=0.0))
    said = lines(play({"a": device}, 25.0))
    numbers = [int(line.split(",")[1]) for line in said if line.startswith("E,")]
    lost = int([line for line in said if line.startswith("S,")][-1].split(",")[5])
    assert lost > 1000
    assert numbers[-1] - len(numbers) <= lost
    last = [line for line in said if line.startswith("S,")][-1]
    assert int(last.split(",")[1]) == len(numbers) + lost


def test_an_edge_is_sent_again_or_its_loss_is_told():
    beams = play_beams(workout(Scenario(), 12, first_s=5.0))
    device = FgpDevice(beams.changes, Build())
    said = b"".join(data for _, data in device.say(500 * NS)).decode().splitlines()
    device.hear(framed("R,1"), 500 * NS)
    last = [line for line in said if line.startswith("E,")][-1]
    device.hear(framed(f"R,{last.split(',')[1]}"), 501 * NS)
    again = b"".join(data for _, data in device.say(503 * NS)).decode().splitlines()
    assert last in again
    assert any(line.startswith("N,1,") for line in again)


def test_the_glitch_filter_is_set_by_the_computer():
    changes = [Change(NS, 2, True), Change(NS + 5_000_000, 2, False)]  # 5 ms
    for filter_us, edges in ((2000, 2), (8000, 0)):
        device = FgpDevice(changes, Build())
        device.hear(framed(f"C,deb,{filter_us}"), 0)
        said = b"".join(data for _, data in device.say(2 * NS)).decode().splitlines()
        assert f"K,deb,{filter_us}" in [line.split("*")[0] for line in said]
        assert len([line for line in said if line.startswith("E,")]) == edges


def test_a_question_that_is_garbled_has_no_answer():
    device = FgpDevice([], Build(crystal=Crystal(uptime_s=5.0)))
    device.hear(b"P,7*0000\nP,7\n\xff*\n", 0)
    assert not [data for _, data in device.say(NS // 10) if b"Q" in data]


def test_a_reset_counts_a_boot_and_begins_at_zero():
    beams = play_beams(workout(Scenario(), 2, first_s=5.0))
    said = lines(play({"a": FgpDevice(beams.changes, Build(), resets_s=(20.0,))}, 60.0))
    greetings = [line.split(",")[5] for line in said if line.startswith("H,")]
    assert greetings == ["17", "18"]
    after = said[[n for n, line in enumerate(said) if line.startswith("H,")][1] :]
    beat = next(line for line in after if line.startswith("S,"))
    assert int(beat.split(",")[3]) < 1_500_000
    assert next(line for line in after if line.startswith("E,")).startswith("E,1,")


# Clocks


def test_a_crystal_gains_what_it_is_wrong_by():
    crystal = Crystal(rate_error=0.005, uptime_s=100.0)
    assert crystal.seconds(60 * NS) - crystal.seconds(0) == pytest.approx(60.3)
    assert crystal.seconds(0) == 100.0


def test_a_crystal_wanders_no_faster_than_set():
    crystal = Crystal(wander_ppm=20.0, wander_period_s=600.0)
    seconds = np.array([crystal.seconds(at_s * NS) for at_s in range(1200)])
    rates = np.diff(seconds) - 1.0
    assert np.abs(rates).max() == pytest.approx(20e-6, rel=0.01)
    assert abs(rates.mean()) < 1e-7


# Other makes


def talk(make, gates, question=b"", until_s=60.0, passages=TWO_RUNS, **settings):
    """A device of a make, what was read of it, and what had been true."""
    beams = play_beams(Scenario(passages=passages, until_s=until_s))
    crystal = settings.pop("crystal", Crystal())
    device = make(beams.changes, Build(gates, crystal=crystal), **settings)
    device.hear(question, 0)
    return b"".join(data for _, data in device.say(round(until_s * NS))), beams


def test_wichro_stamps_on_arrival_at_the_receiver():
    said, beams = talk(WichroDevice, {2: "1", 3: "2"}, b"local:get_version;local:discover;\n")
    said = said.decode().split("\r\n")
    assert said[1:3] == ["Wifi-Controller-4.10", "terminals:1;2;"]
    for fly in beams.flies:
        for gate, crossing in (("1", fly.marker2), ("2", fly.marker3)):
            late_ms = [
                int(line.split(";")[1]) - crossing.torso_s * 1000
                for line in said
                if line.startswith(f"{gate};") and line.endswith(";0")
            ]
            # 10 ms of debounce and 0.6 ms on air, cut to whole ms; 0.5 ms more for each retry.
            assert any(9.6 <= late < 15 for late in late_ms)


def test_a_radio_that_is_badly_heard_is_late():
    good, _ = talk(WichroDevice, {2: "1", 3: "2"}, heard=1.0)
    bad, _ = talk(WichroDevice, {2: "1", 3: "2"}, heard=0.05)

    def times(said):
        return np.array([int(line.split(b";")[1]) for line in said.splitlines()])

    assert (times(bad) - times(good)).mean() > 4


def frames(said):
    return [
        (bool(said[at + 1]), int.from_bytes(said[at + 2 : at + 5], "big") * 8e-6)
        for at in range(0, len(said), 5)
    ]


def test_chronopic_swallows_a_torso_until_its_debounce_is_set():
    untouched, _ = talk(ChronopicDevice, {2: "1"})
    assert untouched == b""
    said, beams = talk(ChronopicDevice, {2: "1"}, b"b\x01")
    first, second = (fly.marker2.torso_span_s for fly in beams.flies)
    (_, _), clear, broken, *_ = frames(said)
    assert clear == (False, pytest.approx(first[1] - first[0], abs=1e-5))
    assert broken[0]
    assert sum(since_s for _, since_s in frames(said)[1:]) == pytest.approx(
        second[1] - first[0], abs=1e-4
    )


def test_chronopic_s_time_saturates_in_its_highest_byte():
    late = (Passage(10.0, 9.0), Passage(200.0, 9.0))
    said, _ = talk(ChronopicDevice, {2: "1"}, b"b\x01", 210.0, late)
    broken = [said[at + 2] for at in range(0, len(said), 5) if said[at + 1]]
    assert broken == [0x13, 0xFF]  # 10 s, 190 s of 8 µs


def test_chronopic_answers_single_letters():
    said, _ = talk(ChronopicDevice, {2: "1"}, b"JEab\x02aV?", 1.0)
    assert said == b"JE\x00521.1-1"


def test_alge_writes_impulses_by_the_time_of_day():
    at_s = 10 * 3600 + 27 * 60 + 18.0
    said, beams = talk(
        AlgeDevice, {2: "C0", 3: "C1"}, b"NSF?\rCHK1\r", crystal=Crystal(uptime_s=at_s)
    )
    answer, *impulses = said.decode().split("\r")[:-1]
    assert answer.startswith("NSF")
    crossing = beams.flies[0].marker2
    first_s = 27 * 60 + 18 + crossing.breaks_s[0][0]
    assert impulses[0][:10] == " 0001 C0  "
    assert impulses[0][10:13] == "10:"
    assert float(impulses[0][13:15]) * 60 + float(impulses[0][16:23]) == pytest.approx(
        first_s, abs=1.01e-4
    )
    assert {len(line) for line in impulses} == {28}


def test_alge_s_sum_is_that_of_the_description():
    line = " 0002 C0  10:27:28.4172 00"
    at_s = 10 * 3600 + 27 * 60 + 28.4172
    changes = [Change(0, 2, True), Change(NS, 2, False), Change(2 * NS, 2, True)]
    build = Build({2: "C0"}, crystal=Crystal(uptime_s=at_s - 2.0 + 1e-6))
    device = AlgeDevice(changes, build)
    device.hear(b"CHK1\r", 0)
    said = b"".join(data for _, data in device.say(3 * NS)).decode().split("\r")
    assert said[1] == line + "=9"


def test_tag_heuer_s_line_is_that_of_the_description():
    at_s = 8830 * 86400 + 8 * 3600 + 35 * 60 + 9.753
    changes = [Change(n * NS, 2, n % 2 == 0) for n in range(7)]
    device = TagHeuerDevice(changes, Build({2: "M1"}, crystal=Crystal(uptime_s=at_s - 6 + 2e-6)))
    said = b"".join(data for _, data in device.say(8 * NS))
    assert said.endswith(b"TN         4 M1  8:35:09.75300  8830\t0691\r\n")


def test_a_line_of_one_s_own_is_as_formed():
    breaks, beams = talk(GenericDevice, {2: "1", 3: "2"})
    crossings = [each for fly in beams.flies for each in (fly.marker2, fly.marker3)]
    for number, line in enumerate(breaks.decode().splitlines(), 1):
        letter, _gate, ms, sequence = line.split()
        assert (letter, int(sequence)) == ("T", number)
        assert any(
            abs(int(ms) - since_s * 1000) <= 1 for each in crossings for since_s, _ in each.breaks_s
        )
    both, _ = talk(GenericDevice, {2: "1", 3: "2"}, form=BOTH_EDGES)
    states = [line.split("\t")[1] for line in both.decode().splitlines()]
    assert states.count("0") == states.count("1") == breaks.count(b"\n")


# In real time


def lines_until(port, wanted):
    """Read lines until one begins so; fails in a while."""
    begun_s = time.monotonic()
    while time.monotonic() - begun_s < PATIENCE_S:
        line = port.readline()
        if line.startswith(wanted):
            return line
    raise AssertionError(f"no line that begins with {wanted!r}")


def test_a_played_device_answers_goes_and_comes_back_under_another_name():
    with GatePlayer(FgpDevice([], Build(), boot_s=0.05)) as player:
        with serial.Serial(player.path, timeout=0.2) as port:
            port.write(framed("P,7"))
            assert lines_until(port, b"Q,7,0,").endswith(b"\n")
            before = player.path
            player.unplug()
            with pytest.raises(OSError, match=r"disconnected|error"):
                lines_until(port, b"nothing of the kind")
        player.replug()
        assert player.path != before
        with serial.Serial(player.path, timeout=0.2) as port:
            port.write(framed("?"))
            assert b",18," in lines_until(port, b"H,1,")


@pytest.mark.parametrize(
    ("make", "question", "answer"),
    [
        ("wichro", b"local:get_version;\n", b"Wifi-Controller-"),
        ("fgp1", framed("?"), b"H,1,flygate-avr"),
        ("alge", b"NSF?\r", b"NSF"),
        ("tag-heuer", b"#SN\r\n", b"SN 04811"),
        ("chronopic", b"J", b"J"),
    ],
)
def test_each_make_answers_on_its_port(make, question, answer):
    (player, other), beams = simulated_gates(Scenario(), make, runs=1, apart=True)
    assert len(beams.flies) == 1
    assert player.zero_ns == other.zero_ns
    with player, serial.Serial(player.path, timeout=0.2) as port:
        port.write(question)
        lines_until(port, answer)
