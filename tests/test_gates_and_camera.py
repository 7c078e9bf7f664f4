"""Gates and a camera at one track: one run from both, and each goes on without the other."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from driven import NS, SPEEDS_MPS
from footage import SHORT_FILM
from msgspec.structs import replace
from plugged import Station
from test_live_session import BEGINS_NS, FLY_M, Silent, log, named

from hardware.clock import SystemClock
from station.camera.events import CameraEvent, CameraNotice, FilmedPassage, FilmedRun
from station.cli import main
from station.flags import Flag
from station.gates.record import Closed, Opened, Received, Setup, Traffic
from station.gates.timing import GateTiming
from station.journal.journal import Journal
from station.live.alone import Alone
from station.live.session import LiveSession
from station.live.workout import workout_of
from station.run import Incomplete, Run
from station.session import events as ev
from station.session.folding import fold
from station.session.roster import parse_athletes
from station.session.telling import as_keys, in_line
from station.simulator.gate_device import Build
from station.simulator.gate_fgp import FgpDevice
from station.simulator.gate_player import GatePlayer
from station.simulator.gates import Beams, Passage, Scenario, play_beams
from station.voice.calling import Caller
from station.voice.cues import manner_for
from station.workout.plan import plan
from station.zero import NO_ZERO, OVER, Zero

STEP_NS = NS // 20
CAMERA_S = 0.02
LATE_S, LATENCY_S = 0.1, 0.4
"""Of a camera's pictures; and until it tells of a run, or the gates do."""
PASSAGES = (Passage(10.0, 9.0), Passage(30.0, 9.2))
UNTIL_S = 45.0


def filmed(beams: Beams, place: int, off_s: float = 0.0, flags: tuple[str, ...] = ()) -> FilmedRun:
    """What a camera tells of a run that the gates saw too."""
    fly = beams.flies[place]
    fly_s = fly.fly_s + off_s
    marker2_s, marker3_s = fly.marker2.torso_s + LATE_S, fly.marker2.torso_s + LATE_S + fly_s
    velocity_mps = FLY_M / fly_s
    run = Run(
        2.0, 2.0 + fly_s, fly_s, CAMERA_S, CAMERA_S / 2, CAMERA_S * 0.75**0.5, velocity_mps,
        velocity_mps * CAMERA_S / fly_s, "left-to-right", None, None, None, flags,
    )  # fmt: skip
    at2_ns, at3_ns = (BEGINS_NS + round(at_s * NS) for at_s in (marker2_s, marker3_s))
    clip = Path(f"/clips/{place}.mp4")
    return FilmedRun(place + 1, run, at2_ns, at3_ns, clip, 1, "device")


def traffic(beams: Beams, until_s: float) -> Iterator[tuple[int, Traffic | None]]:
    """What goes over the line, and time between."""
    device = FgpDevice(beams.changes, Build())
    yield BEGINS_NS, Opened(BEGINS_NS, 0, "gate", "fgp1")
    for step in range(1, round(until_s * NS / STEP_NS) + 1):
        now_ns = BEGINS_NS + step * STEP_NS
        for at_ns, data in device.say(step * STEP_NS):
            yield BEGINS_NS + at_ns, Received(BEGINS_NS + at_ns, 0, data.decode("latin-1"))
        yield now_ns, None
    yield now_ns, Closed(now_ns)


BEAMS = play_beams(Scenario(seed=4, fly_m=FLY_M, until_s=UNTIL_S, passages=PASSAGES))
SETUP = Setup(FLY_M, ("gate",), {}, SPEEDS_MPS)


def session(
    path: Path,
    *events: CameraEvent,
    late_s: float = LATENCY_S,
    beams: Beams = BEAMS,
    zero: Zero = NO_ZERO,
) -> list[dict[str, Any]]:
    """What a workout of Ana and Ben tells at gates, beside a camera that tells these events."""
    workout = workout_of(plan("1 x 30m."), parse_athletes("Ana:58.0,Ben:55.5"), FLY_M)
    told: list[dict[str, Any]] = []
    waiting = sorted(events, key=due_ns)
    with log(path) as kept:
        caller = Caller(manner_for(2), Silent(), Silent())
        live = LiveSession(GateTiming(SETUP), workout, kept, caller, zero=zero)
        for now_ns, one in traffic(beams, UNTIL_S):
            new = live.feed(one) if one is not None else live.advance(now_ns)
            while waiting and due_ns(waiting[0]) + round(late_s * NS) <= now_ns:
                new += live.film(waiting.pop(0), now_ns)
            told += [json.loads(json.dumps(as_keys(event), allow_nan=False)) for event in new]
    return told


def due_ns(event: CameraEvent) -> int:
    return event.marker3_ns if isinstance(event, FilmedRun) else event.at_ns


@pytest.mark.parametrize("late_s", [-0.2, 0.4, 2.0], ids=["before the gates", "after", "later"])
def test_a_run_that_both_time_is_one_rep_whichever_tells_it_first(tmp_path, late_s):
    path = tmp_path / "journal.sqlite"
    told = session(path, filmed(BEAMS, 0), filmed(BEAMS, 1), late_s=late_s)
    assert [(one["athlete"], one["number"]) for one in named(told, "run")] == [
        ("Ana", 1), ("Ben", 2),
    ]  # fmt: skip
    assert [one["number"] for one in named(told, "revision")] == [1, 2]
    for one in named(told, "revision"):
        run = one["run"]
        assert {reading["by"] for reading in run["readings"]} == {"gates", "camera"}
        assert run["fly_sigma_s"] < min(each["fly_sigma_s"] for each in run["readings"])
        assert run["recording"].startswith("/clips/")
        assert Flag.DEVICES_DISAGREE not in run["flags"]
    with Journal(path) as journal:
        events = list(journal.effective("today"))
        ran = [event for event in events if isinstance(event, ev.Ran)]
        reps = fold(events).reps
    assert [event.rep for event in ran] == [1, 1, 2, 2]
    assert [len(event.run.readings) for event in ran] == [0, 2, 0, 2]
    # The recovery begins by the gates' clock, whichever device came first.
    gated = {one.source: one for one in reps[1].run.readings}["gates, run 1"]
    assert reps[1].end_ns == gated.marker3_ns


def test_a_disagreement_is_kept_and_told(tmp_path):
    (one,) = named(session(tmp_path / "j.sqlite", filmed(BEAMS, 0, 0.2)), "revision")
    run = one["run"]
    assert Flag.DEVICES_DISAGREE in run["flags"]
    gates_s, camera_s = (reading["fly_s"] for reading in run["readings"])
    assert camera_s - gates_s == pytest.approx(0.2, abs=0.03)
    half_s = 1.96 * run["fly_sigma_s"]
    assert run["fly_s"] - half_s < gates_s < camera_s < run["fly_s"] + half_s


def test_a_zero_test_counts_until_the_cones_are_placed_anew(tmp_path):
    """Of it the clocks' part stays, by which both are known for one run."""
    zero = Zero(
        fly_m=FLY_M, passages=5, ratio=0.05, ratio_sigma=0.001, clock_s=LATE_S, clock_sigma_s=0.01
    )
    runs = [filmed(BEAMS, n, 0.05 * BEAMS.flies[n].fly_s) for n in (0, 1)]
    between_ns = (runs[0].marker3_ns + runs[1].marker2_ns) // 2
    anew = CameraNotice(OVER, between_ns, "cam", "cam: the zero test counts no more")
    again = CameraNotice(OVER, between_ns + NS, "cam", "cam: the zero test counts no more")
    told = session(tmp_path / "j.sqlite", *runs, anew, again, zero=zero)
    assert len(named(told, OVER)) == 1
    first, second = (one["run"] for one in named(told, "revision"))
    assert Flag.DEVICES_DISAGREE not in first["flags"]
    assert Flag.DEVICES_DISAGREE in second["flags"]


def test_each_goes_on_without_the_other(tmp_path):
    alone = play_beams(Scenario(seed=4, fly_m=FLY_M, until_s=UNTIL_S, passages=PASSAGES[:1]))
    lost = CameraNotice("camera-gone", BEGINS_NS + 5 * NS, "cam", "cam is lost; it is waited for")
    told = session(tmp_path / "j.sqlite", lost, filmed(BEAMS, 1), beams=alone)
    assert named(told, "camera-gone")[0]["at_s"] == pytest.approx(5.0)
    assert [one["athlete"] for one in named(told, "run")] == ["Ana", "Ben"]
    assert "readings" not in named(told, "run")[1]
    assert named(told, "revision") == []


def test_who_runs_in_another_lane_as_ours_breaks_the_beams_is_somebody_else(tmp_path):
    other = filmed(BEAMS, 0, flags=(Flag.OTHER_LANE,))
    told = session(tmp_path / "j.sqlite", other)
    assert [one["why"] for one in named(told, "unassigned")] == ["in another lane"]
    assert [one["athlete"] for one in named(told, "run")] == ["Ana", "Ben"]


def alone(*events: CameraEvent, zero: Zero | None = None) -> list[Any]:
    """What gates and camera tell where there is no session."""
    setup = replace(SETUP, athlete="Ana", pace_400_s=58.0)
    one = Alone(setup) if zero is None else Alone(setup, zero)
    told: list[Any] = []
    waiting = sorted(events, key=due_ns)
    for now_ns, line in traffic(BEAMS, UNTIL_S):
        while waiting and due_ns(waiting[0]) + round(LATENCY_S * NS) <= now_ns:
            one.film(waiting.pop(0))
        told += one.feed(line) if line is not None else one.advance(now_ns)
    return told


def test_alone_each_run_is_told_once_and_again_when_both_have_it():
    passage = FilmedPassage(
        Incomplete(3.0, None, 9.0, None, "marker2-only", ()), BEGINS_NS + 20 * NS, Path("/c.mp4")
    )
    told = [as_keys(one) for one in alone(filmed(BEAMS, 0), passage, filmed(BEAMS, 1))]
    assert [one["number"] for one in named(told, "run")] == [1, 2]
    assert [one["number"] for one in named(told, "revision")] == [1, 2]
    assert [one["marker2_s"] for one in named(told, "incomplete")] == [pytest.approx(20.0)]
    for one in named(told, "revision"):
        assert one["run"]["athlete"] == "Ana"
        assert one["run"]["pace_ratio"] == pytest.approx(
            one["run"]["velocity_mps"] * 58 / 400, rel=1e-5
        )


def test_a_zero_puts_the_camera_right_and_what_it_read_is_kept():
    zero = Zero(
        fly_m=FLY_M, passages=5, ratio=0.05, ratio_sigma=0.001, clock_s=LATE_S, clock_sigma_s=0.01
    )
    off_s = 0.05 * BEAMS.flies[0].fly_s
    (raw,) = named([as_keys(one) for one in alone(filmed(BEAMS, 0, off_s))], "revision")
    assert Flag.DEVICES_DISAGREE in raw["run"]["flags"]
    events = alone(filmed(BEAMS, 0, off_s), zero=zero)
    (put,) = named([as_keys(one) for one in events], "revision")
    assert Flag.DEVICES_DISAGREE not in put["run"]["flags"]
    camera = put["run"]["readings"][1]
    assert camera["fly_s"] - camera["level_s"] == pytest.approx(off_s, abs=1e-3)
    line = next(in_line(one, FLY_M) for one in events if getattr(one, "revises", False))
    assert "by the zero test" in (line or "")


def test_as_it_is_typed(rendered, tmp_path):
    """The command, a gate on a port and a saved video that is played: the gate outlives it."""
    video, truth = rendered(SHORT_FILM)
    (one,) = truth.runs
    passage = Passage(one.marker2_s, FLY_M / (one.marker3_s - one.marker2_s))
    beams = play_beams(Scenario(seed=4, fly_m=FLY_M, until_s=60.0, passages=(passage,)))
    clock = SystemClock()
    device = FgpDevice(beams.changes, Build())
    with GatePlayer(device, clock, clock.now_ns() + 60 * NS) as gate, Station(
        "run", "--gates", gate.path, "--protocol", "fgp1", "--camera", video,
        "--clips", tmp_path, "--json", "-",
    ) as station:  # fmt: skip
        station.hears("watching")
        gate.zero_ns = clock.now_ns()  # as the film begins
        assert station.tells("run")["number"] == 1
        both = station.tells("revision")
        assert {reading["by"] for reading in both["run"]["readings"]} == {"gates", "camera"}
        assert Path(both["run"]["recording"]).parent == tmp_path
        assert "go on without" in station.tells("camera-over")["said"]
        assert station.stopped_by(signal.SIGINT) == 0


def test_a_calibration_of_another_zone_is_refused(rendered, capsys):
    video, _ = rendered(SHORT_FILM)
    words = ["run", "--gates", "/dev/none", "--protocol", "fgp1", "--camera", str(video)]
    assert main([*words, "--fly", "40"]) == 2
    assert "the calibration is for a Fly Zone of 30 m" in capsys.readouterr().err
    assert main([*words, "--fly", "30.2"]) == 2
    assert "may differ by 0.083 m, not 0.2 m" in capsys.readouterr().err
    assert main([*words, "--fly", "30.2", "--fly-by", "paces"]) != 0  # there is no such port
    assert "the calibration is for" not in capsys.readouterr().err
