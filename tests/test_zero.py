"""The zero test: what gates and camera differ by is found, and as surely as is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drills import run
from filmed import run_at
from footage import FILM

from calibration.interval import INTERVAL_95
from hardware.errors import StationError
from station.cli import main
from station.commands.zero import load_zero
from station.flags import Flag
from station.fusion import VIDEO, Reading
from station.gates.record import Closed, Opened, Received, Recorder, Setup
from station.live.zeroing import passed_in_words
from station.simulator.gate_device import Build
from station.simulator.gate_fgp import FgpDevice
from station.simulator.gates import Passage, Scenario, play_beams
from station.zero import LEAST_PASSAGES, NO_ZERO, Both, dump, in_words, pairs, zero_of

NS = 1_000_000_000
BEGINS_NS = 5_000 * NS
FLY_M = 30.0
GATE_S, REPEAT_M, LANE_M = 0.004, 0.02, 0.15
"""One sd: of a gate's time; of a camera's, in metres of the runner's way, from run to run; and for
his place in the lane."""
TRIALS, COVERS = 1500, 0.93


def passage(rng, ratio, lane_m, *, speed_mps=1.4, later_s=0.1, flags=(), known_lane_m=LANE_M):
    """Somebody goes through at an even speed, so far from the middle of the lane."""
    took_s = FLY_M / speed_mps
    gates_s = took_s + rng.normal(0, GATE_S)
    repeat_s, lane_s = REPEAT_M / speed_mps, known_lane_m / speed_mps
    camera_s = took_s * (1 + ratio) + rng.normal(0, repeat_s) + lane_m / speed_mps
    sigma_s = float(np.hypot(repeat_s, lane_s))
    later_ns = round(later_s * NS)

    def read(source, fly_s, sigma_s, later_ns=0, lane_s=0.0):
        end_ns = later_ns + round(fly_s * NS)
        return Reading(source, later_ns, end_ns, fly_s, sigma_s, lane_s, flags)

    camera = read(f"{VIDEO}a.mp4#1", camera_s, sigma_s, later_ns, lane_s)
    return Both(read("gates, run 1", gates_s, GATE_S), camera)


@pytest.mark.parametrize("holds_a_line", [True, False])
def test_the_interval_covers_whether_who_walks_holds_a_line_or_not(holds_a_line):
    rng, near = np.random.default_rng(3), 0
    for _ in range(TRIALS):
        ratio = rng.normal(0, 0.01)
        lanes_m = rng.normal(0, LANE_M, 5)
        if holds_a_line:
            lanes_m[:] = lanes_m[0]
        zero = zero_of([passage(rng, ratio, lane_m) for lane_m in lanes_m], FLY_M)
        near += abs(zero.ratio - ratio) <= INTERVAL_95 * zero.ratio_sigma
    assert near / TRIALS > COVERS


def test_what_a_walk_finds_holds_for_a_sprint():
    rng = np.random.default_rng(5)
    walks = [passage(rng, 0.02, 0.0, known_lane_m=0.0) for _ in range(20)]
    zero = zero_of(walks, FLY_M)
    assert zero.ratio == pytest.approx(0.02, abs=3 * zero.ratio_sigma)
    assert zero.ratio_sigma < 0.001
    fly_s = FLY_M / 9.0
    levelled = zero.level(run(20, 1.02 * fly_s, sigma_s=0.01, source=f"{VIDEO}b.mp4#1"))
    assert levelled.fly_s == pytest.approx(fly_s, abs=0.003)
    assert levelled.fly_sigma_s == pytest.approx(np.hypot(0.01, fly_s * zero.ratio_sigma), rel=0.03)
    assert levelled.readings[0].fly_s == 1.02 * fly_s
    assert zero.clock_s == pytest.approx(0.1 + 0.01 * FLY_M / 1.4, abs=0.02)


def test_who_is_doubted_does_not_count_and_few_are_too_few():
    rng = np.random.default_rng(6)
    good = [passage(rng, 0.0, 0.0, flags=(Flag.UNUSUAL_SPEED,)) for _ in range(LEAST_PASSAGES)]
    wrong = passage(rng, 0.5, 0.0, flags=(Flag.CAMERA_MOVED,))
    assert zero_of([*good, wrong], FLY_M) == zero_of(good, FLY_M)
    with pytest.raises(StationError, match="2 passages were timed"):
        zero_of([*good[1:], wrong], FLY_M)


@pytest.mark.parametrize(
    ("ratio", "known_lane_m", "said"),
    [
        (0.0, 0.01, "stand at the same lines"),
        (0.03, 0.01, "farther apart than the gates by"),
        (-0.03, 0.01, "nearer to each other than the gates by"),
        (0.0, 0.4, "not known well enough"),
    ],
)
def test_the_coach_is_told_what_it_means(ratio, known_lane_m, said):
    rng = np.random.default_rng(8)
    walks = [passage(rng, ratio, 0.0, known_lane_m=known_lane_m) for _ in range(5)]
    lines = in_words(zero_of(walks, FLY_M), "zero.toml")
    assert said in lines[1]
    assert "than the gates: that delays" in lines[2]
    assert lines[-1] == "Kept in zero.toml: station run … --zero zero.toml"


def test_each_passage_says_whether_it_counts_and_how_many_more_are_wanted():
    rng = np.random.default_rng(1)
    sure, slow, doubted = (
        passage(rng, 0, 0, flags=flags) for flags in ((), (Flag.UNUSUAL_SPEED,), (Flag.OBSCURED,))
    )
    assert passed_in_words(sure, 3) == passed_in_words(slow, 3) == "; 3 more"
    assert passed_in_words(doubted, 3) == "; it does not count: it is in doubt; 3 more"
    assert passed_in_words(sure, 0) == "; that is enough"


def test_a_zero_is_kept_and_read(tmp_path: Path):
    rng = np.random.default_rng(9)
    zero = zero_of([passage(rng, 0.01, 0.1) for _ in range(3)], FLY_M)
    kept = tmp_path / "zero.toml"
    kept.write_text(dump(zero))
    assert load_zero(kept) == zero
    zero.check(FLY_M)
    NO_ZERO.check(FLY_M)
    with pytest.raises(StationError, match="Fly Zone of 30 m, and the session's is 40 m"):
        zero.check(40.0)
    assert NO_ZERO.level(run(20)) == run(20)


@pytest.mark.parametrize("text", ["", "ratio = ", "fly_m = 30.0\nratio = 'x'\n", "colour = 1\n"])
def test_what_is_no_zero_test_is_one_line(tmp_path: Path, text: str):
    kept = tmp_path / "zero.toml"
    kept.write_text(text)
    with pytest.raises(StationError, match="is no zero test") as raised:
        load_zero(kept)
    assert "\n" not in str(raised.value)
    with pytest.raises(StationError, match="cannot read"):
        load_zero(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("zero-test", "--gates", "x"), "add --camera"),
        (("zero-test", "--gates", "simulated", "--camera", "0"), "never see the same passage"),
        (("zero-test", "--gates", "x", "--camera", "0", "--passages", "2"), "no number of"),
        (("run", "--gates", "x", "--zero", "z.toml"), "for gates and a camera together"),
        (("run", "--camera", "x", "--zero", "z.toml"), "for gates and a camera together"),
    ],
)
def test_what_cannot_be_tested_is_refused(words, said, capsys):
    assert main(words) == 2
    assert said in capsys.readouterr().err


ENDS_S = [31.0, 95.2, 148.9, 207.4, 266.0]
TOOK_S = [21.4, 22.6, 20.7, 21.9, 23.1]


def on_video(*places, apart_s=-17.3, ratio=0.02):
    """What a video has of those passages, on its own clock."""
    return [
        run_at(ENDS_S[n] + apart_s + ratio * TOOK_S[n] / 2, (1 + ratio) * TOOK_S[n]) for n in places
    ]


def test_passages_go_together_by_when_they_were():
    """The third is seen by the gates alone, and then by the camera alone a stranger."""
    gates = [run_at(*one) for one in zip(ENDS_S, TOOK_S, strict=True)]
    found, left_out = pairs(gates, on_video(0, 1, 3, 4))
    assert [one.ratio for one in found] == pytest.approx([0.02] * 4)
    assert max(abs(one.clock_s) for one in found) < 0.01
    assert left_out == ["the gates' passage 3 is left out: none of the video's goes with it"]
    stranger = run_at(180.0, 22.0)
    found, left_out = pairs(gates, [*on_video(0, 1), stranger, *on_video(3, 4)])
    assert [one.gates.source[-1] + one.camera.source[-1] for one in found] == [
        "11", "22", "44", "55",
    ]  # fmt: skip
    assert [line.split(" is")[0] for line in left_out] == [
        "the gates' passage 3",
        "the video's passage 3",
    ]
    found, left_out = pairs(gates[:4], on_video(1, 2, 3, 4))  # as many, each without the other's
    assert [one.gates.source[-1] for one in found] == ["2", "3", "4"]
    assert len(left_out) == 2


def test_passages_of_another_day_are_refused_and_those_that_go_together_in_two_ways():
    gates = [run_at(*one) for one in zip(ENDS_S, TOOK_S, strict=True)]
    others = [run_at(end_s, 22.0) for end_s in (10.0, 51.7, 120.4, 230.5)]
    with pytest.raises(StationError, match=r"gates' 5 passages and the video's 4, \d go together"):
        pairs(gates, others)
    even = [run_at(30.0 * n, 22.0) for n in range(1, 6)]
    with pytest.raises(StationError, match="in more ways than one, 4 in each"):
        pairs(even, even[:4])


def test_a_record_and_a_video_of_the_same_passages(tmp_path, rendered, capsys):
    video, truth = rendered(replace(FILM, runs=3))
    passages = tuple(
        Passage(one.marker2_s, FLY_M / (one.marker3_s - one.marker2_s)) for one in truth.runs
    )
    passages += (Passage(truth.runs[-1].marker3_s + 5, 8.0),)  # the video is over by then
    until_s = passages[-1].at_s + 10
    beams = play_beams(Scenario(seed=2, fly_m=FLY_M, until_s=until_s, passages=passages))
    device, record = FgpDevice(beams.changes, Build()), tmp_path / "gates.jsonl"
    with Recorder(record, Setup(FLY_M, ("gate",), {}, (0.7, 13.0))) as kept:
        kept.keep(Opened(BEGINS_NS, 0, "gate", "fgp1"))
        for at_ns, data in device.say(round(until_s * NS)):
            kept.keep(Received(BEGINS_NS + at_ns, 0, data.decode("latin-1")))
        kept.keep(Closed(BEGINS_NS + round(until_s * NS)))
    words = ["zero-test", "--gates", str(record), "--camera", str(video)]
    assert main([*words, "-o", str(tmp_path / "zero.toml")]) == 0
    said, aside = capsys.readouterr()
    assert said.startswith("3 passages: the camera's fly times differ")
    assert "the gates' passage 4 is left out" in aside
    assert "later than the gates" not in said
    zero = load_zero(tmp_path / "zero.toml")
    true = [
        (one.marker3_s - one.marker2_s) / fly.fly_s - 1
        for one, fly in zip(truth.runs, beams.flies[:3], strict=True)
    ]
    assert zero.ratio == pytest.approx(np.mean(true), abs=3 * zero.ratio_sigma)
    assert main([*words, "--speeds", "20:30"]) == 2
    assert "0 passages were timed" in capsys.readouterr().err
