"""A workout at simulated gates, in simulated time and as it is typed."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from driven import NS, SPEEDS_MPS
from plugged import TORSO_S, Device, Station

from hardware.mixer import Samples, Sound
from station.cli import main
from station.gates.record import Closed, Opened, Received, Sent, Setup
from station.gates.timing import GateTiming
from station.journal.journal import Journal, Log
from station.journal.listing import sessions
from station.live.session import LiveSession
from station.live.workout import workout_of
from station.session import events as ev
from station.session.folding import fold
from station.session.news import Told
from station.session.roster import parse_athletes
from station.session.telling import as_keys
from station.session.turns import done
from station.simulator.gate_device import Build
from station.simulator.gate_fgp import FgpDevice
from station.simulator.gates import Beams, Passage, Scenario, play_beams
from station.voice.calling import Caller
from station.voice.cues import manner_for
from station.workout.plan import plan

FLY_M, REST_S, SPACING_S = 30.0, 60.0, 20.0
STEP_S = 0.05
BEGINS_NS = 5_000 * NS
NEAR_S = 0.05  # of a crossing
WORKOUT = "2 x 30m. 1:00 Rec between reps."


class Silent:
    """No words, and no loudspeaker."""

    def speak(self, text: str) -> Samples:
        return np.zeros(0, np.float32)

    def play(self, sound: Sound) -> None: ...

    def drop(self, name: str) -> None: ...


def log(path: Path) -> Log:
    return Log(path, "today", "this boot", lambda: "2026-11-22T10:00:00.000000Z")


def played(
    path: Path, *passages: Passage, until_s: float, warm_up: bool = False
) -> tuple[list[dict[str, Any]], Beams]:
    """What a workout of Ana and Ben tells, and what is true of it."""
    beams = play_beams(Scenario(seed=4, fly_m=FLY_M, until_s=until_s, passages=passages))
    device = FgpDevice(beams.changes, Build())
    setup = Setup(FLY_M, ("gate",), {}, SPEEDS_MPS)
    planned = plan(WORKOUT)
    workout = workout_of(planned, parse_athletes("Ana:58.0,Ben:55.5"), FLY_M, warm_up=warm_up)
    told: list[dict[str, Any]] = []
    with log(path) as kept:
        caller = Caller(manner_for(2), Silent(), Silent())
        session = LiveSession(GateTiming(setup), workout, kept, caller)

        def tell(events: list[Told]) -> None:
            if events:  # and whatever is told of is on the disk by then
                with Journal(path) as journal:
                    assert len(journal.records("today")) == len(kept.records)
            told.extend(json.loads(json.dumps(as_keys(one), allow_nan=False)) for one in events)

        tell(session.feed(Opened(BEGINS_NS, 0, "gate", "fgp1")))
        for step in range(1, round(until_s / STEP_S) + 1):
            now_ns = round(step * STEP_S * NS)
            for at_ns, data in device.say(now_ns):
                tell(session.feed(Received(BEGINS_NS + at_ns, 0, data.decode("latin-1"))))
            tell(session.advance(BEGINS_NS + now_ns))
            if wanted := session.wanted(0, BEGINS_NS + now_ns):
                device.hear(wanted, now_ns)
                tell(session.feed(Sent(BEGINS_NS + now_ns, 0, wanted.decode("latin-1"))))
        tell(session.feed(Closed(BEGINS_NS + round(until_s * NS))))
    return told, beams


def named(told: list[dict[str, Any]], event: str) -> list[dict[str, Any]]:
    return [one for one in told if one["event"] == event]


FIRST = (Passage(10.0, 9.0), Passage(30.0, 9.2))
SECOND = (Passage(84.0, 9.1), Passage(104.0, 9.3))
JOGGER = Passage(50.0, 4.0)


def test_two_athletes_run_their_workout_and_a_jogger_is_nobody(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    told, beams = played(path, *FIRST, JOGGER, *SECOND, Passage(125.0, 9.0), until_s=140.0)
    runs = named(told, "run")
    assert [(one["athlete"], one["rep"]) for one in runs] == [
        ("Ana", 1), ("Ben", 1), ("Ana", 2), ("Ben", 2),
    ]  # fmt: skip
    assert [one["pace_400_mps"] for one in runs[:2]] == pytest.approx([400 / 58, 400 / 55.5])
    passed = named(told, "unassigned")
    assert [one["why"] for one in passed] == [
        "4.0 m/s is not plausible for who is next", "nobody is due",
    ]  # fmt: skip
    # Recovery clocks start at Marker 3, and go-calls lie 20 s apart.
    ends_s = [fly.marker3.torso_s for fly in beams.flies]
    calls = named(told, "go")
    assert [one["athlete"] for one in calls] == ["Ana", "Ben", "Ana", "Ben"]
    due_s = [0.0, SPACING_S, ends_s[0] + REST_S]
    due_s.append(max(ends_s[1] + REST_S, due_s[2] + SPACING_S))
    assert [one["at_s"] for one in calls] == pytest.approx(due_s, abs=NEAR_S)
    assert calls[2]["said"] == "Ana, go. Rep two of two."
    warned = [(one["athlete"], one["at_s"]) for one in named(told, "warning")]
    assert ("Ana", pytest.approx(due_s[2] - 10.0, abs=NEAR_S)) in warned
    assert ("Ana", pytest.approx(due_s[2] - 30.0, abs=NEAR_S)) in warned
    # Nobody rested less than planned; what was rested is measured to the start of the run-in.
    rested_s = 84.0 - ends_s[0] - 9.0
    assert runs[2]["recovery_before_s"] == pytest.approx(rested_s, abs=0.5)
    assert [one["cut_short_s"] for one in runs] == [None] * 4


def test_the_journal_folds_to_what_was_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    played(path, *FIRST, JOGGER, *SECOND, until_s=120.0)
    with Journal(path) as journal:
        events = list(journal.effective("today"))
    session = fold(events)
    assert session.phase == "cool-down"
    assert [done(session, name) for name in session.members] == [2, 2]
    assert sum(rep.state == "tray" for rep in session.reps.values()) == 1
    assert sum(isinstance(event, ev.Called) for event in events) == 4


def test_strides_of_the_warm_up_are_nobodys_reps(tmp_path: Path) -> None:
    told, _ = played(tmp_path / "journal.sqlite", *FIRST, JOGGER, until_s=60.0, warm_up=True)
    assert named(told, "run") == named(told, "go") == []
    whys = {one["why"] for one in named(told, "unassigned")}
    assert whys == {"in the phase 'warm-up'"}
    assert len(named(told, "unassigned")) == 3


def test_an_early_run_is_cut_short(tmp_path: Path) -> None:
    early = Passage(64.0, 9.1)
    told, beams = played(tmp_path / "journal.sqlite", *FIRST, early, until_s=75.0)
    last = named(told, "run")[-1]
    short_s = REST_S - (early.at_s - beams.flies[0].marker3.torso_s - 9.0)
    assert last["athlete"] == "Ana"
    assert last["cut_short_s"] == pytest.approx(short_s, abs=0.5)
    # A call that can be true no more is not heard.
    assert [one["athlete"] for one in named(told, "go")] == ["Ana", "Ben"]


def test_as_it_is_typed(tmp_path: Path) -> None:
    """A process of its own, in real time: called, run, journalled, called again when rested."""
    path = tmp_path / "journal.sqlite"
    words = ("--workout", "2 x 10m. 0:04 Rec between reps.", "--athletes", "Zoë,Ann,Di")
    words += ("--call-spacing", "1.3", "--journal", str(path), "--no-sound", "--json", "-")
    with Device() as device, Station(
        "run", "--gates", device.port, "--fly", "10", "--protocol", "fgp1", *words
    ) as station:  # fmt: skip
        athletes = station.tells("session")["athletes"]
        assert athletes == [{"name": name, "reps": 2} for name in ("Zoë", "Ann", "Di")]
        assert station.tells("go")["said"] == "Zoë, go. Rep one of two."
        for gate in (1, 2):  # as fast as the next two are called
            assert station.tells("go")["at_s"] == pytest.approx(1.3 * gate)
            device.edge(gate, "B", TORSO_S)
            device.edge(gate, "R", 0.0)
        ran = station.tells("run")
        assert (ran["athlete"], ran["rep"], ran["recovery_s"]) == ("Zoë", 1, 4.0)
        go = station.tells("go")
        assert go["athlete"] == "Zoë"
        assert go["at_s"] == pytest.approx(ran["marker3_s"] + 4.0, abs=NEAR_S)
        assert station.stopped_by(signal.SIGTERM) == 0
    with closing(sqlite3.connect(path)) as db:
        kinds = [event for (event,) in db.execute("SELECT event FROM events ORDER BY number")]
    assert kinds == ["opened", "began", *["called"] * 3, "ran", "called", "ended"]
    (one,) = sessions(path)
    assert one.ended_by == "terminated"


def test_a_rehearsal_ends_when_all_have_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "journal.sqlite"
    group = ["--athletes", "Ana:58.0,Ben:55.5:sprinter", "--workout", "2 x 3 x 30m. "
             "3:00 Rec between reps. 6:00 Rec between sets."]  # fmt: skip
    words = ["--gates", "simulated", "--speed", "10000", "--fly", "30", "--json", "-"]
    assert main(["run", *words, *group, "--journal", str(path)]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for name in ("Ana", "Ben"):
        runs = [one for one in named(told, "run") if one["athlete"] == name]
        gos = [one for one in named(told, "go") if one["athlete"] == name]
        assert [one["rep"] for one in runs] == [1, 2, 3, 4, 5, 6]
        for ran, go, rest_s in zip(runs[:-1], gos[1:], [180.0, 180.0, 360.0] * 2, strict=False):
            late_s = go["at_s"] - ran["marker3_s"] - rest_s
            assert -NEAR_S < late_s < SPACING_S
        assert [one["cut_short_s"] for one in runs] == [None] * 6
    assert not named(told, "unassigned")


def test_sessions_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "journal.sqlite"
    played(path, *FIRST, JOGGER, until_s=60.0)
    assert main(["sessions", "--journal", str(path), "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert listed["session"] == "today"
    athletes = [{"name": name, "reps": 1, "planned": 2} for name in ("Ana", "Ben")]
    assert listed["athletes"] == athletes
    assert (listed["reps"], listed["unassigned"], listed["ended"]) == (2, 1, True)
    assert main(["sessions", "--journal", str(path)]) == 0
    said = "Ana 1 of 2 reps, Ben 1 of 2 reps, 1 unassigned; ended"
    assert said in capsys.readouterr().out
    assert main(["sessions", "--journal", str(tmp_path / "none.sqlite")]) == 2
    assert "there is no journal" in capsys.readouterr().err


REFUSED: list[tuple[list[str], str]] = [
    (["--workout", WORKOUT], "add --athletes"),
    (["--athletes", "Ana"], "add --workout"),
    (["--journal", "here.sqlite"], "add --workout"),
    (["--kind", "fly"], "add --workout"),
    (["--workout", WORKOUT, "--athletes", "Ana,Ana"], "named twice"),
    (["--workout", WORKOUT, "--athletes", "Ana", "--roster", "a.toml"], "not allowed with"),
    (["--workout", WORKOUT, "--roster", "none.toml"], "cannot read the roster none.toml"),
    (
        ["--workout", "2 x 40m. 1:00 Rec between reps.", "--athletes", "Ana"],
        "flies of 40 m and --fly says 30",
    ),
    (["--workout", WORKOUT, "--athletes", "Ana", "--call-spacing", "0.9"], "1 to 600"),
    (["--speed", "20"], "--speed is for a rehearsal"),
    (["--gates", "b", "--speed", "0"], "--speed '0'"),
    (["--workout", WORKOUT, "--athletes", "Ana", "--pace-400", "58"], "one athlete alone"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED)
def test_what_is_no_session_is_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--gates", "a", "--fly", "30", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (complaint,) = err.splitlines()
    assert said in complaint


def test_another_station_has_the_journal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "journal.sqlite"
    words = ["--workout", WORKOUT, "--athletes", "Ana", "--journal", str(path), "--no-sound"]
    with log(path):
        assert main(["run", "--gates", "a", "--fly", "30", "--protocol", "fgp1", *words]) == 2
    assert str(path) in capsys.readouterr().err


EIGHT = "Ana:58.0,Ben:55.5,Cy:60,Dee:52:sprinter,Eve:61,Flo:63,Gus:57,Hal"


def test_eight_athletes_run_nine_reps_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "journal.sqlite"
    words = ["--gates", "simulated", "--speed", "10000", "--workout", "fly-30", "--json", "-"]
    assert main(["run", *words, "--athletes", EIGHT, "--journal", str(path)]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    runs, gos = named(told, "run"), named(told, "go")
    called_s = [one["at_s"] for one in gos]
    assert min(np.diff(called_s)) > SPACING_S - NEAR_S
    names = [one.partition(":")[0] for one in EIGHT.split(",")]
    order = [one["athlete"] for one in gos]
    assert order == names * 9  # nobody's recovery ends before that of whoever went before
    for name in names:
        mine = [one for one in runs if one["athlete"] == name]
        calls_s = [one["at_s"] for one in gos if one["athlete"] == name]
        assert [one["rep"] for one in mine] == [*range(1, 10)]
        assert [one["set"] for one in mine] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
        for ran, call_s in zip(mine, calls_s[1:], strict=False):
            rested_s = call_s - ran["marker3_s"]
            assert rested_s > (360.0 if ran["rep"] % 3 == 0 else 180.0) - NEAR_S
    assert not named(told, "unassigned")
    with Journal(path) as journal:
        (kept,) = journal.sessions()
        session = fold(journal.effective(kept.session))
    assert [done(session, name) for name in names] == [9] * 8


def test_keys_come_in_as_characters(tmp_path: Path) -> None:
    """A script presses keys where a coach would: hold, go on, a rep by hand and its time, undo."""
    path = tmp_path / "journal.sqlite"
    words = ("--workout", "2 x 100m. 0:30 Rec between reps.", "--kind", "400-pace")
    words += ("--athletes", "Ana:58.0,Ben", "--no-sound", "--json", "-", "--journal", str(path))
    with Station("run", *words, stdin=subprocess.PIPE) as station:
        keyboard = station.process.stdin
        assert keyboard is not None

        def press(keys: str) -> None:
            keyboard.write(keys)
            keyboard.flush()

        assert station.tells("go")["athlete"] == "Ana"
        press("h")
        station.tells("held")
        press(" ")
        done_ = station.tells("rep-done")
        assert (done_["athlete"], done_["rep"], done_["took_s"]) == ("Ana", 1, None)
        press("t14.3\n")
        timed = station.tells("hand-timed")
        assert (timed["athlete"], timed["took_s"], timed["hand_timed"]) == ("Ana", 14.3, True)
        press("u")
        assert station.tells("undone")["undone"] == "hand-timed"
        press("hqq")
        station.tells("released")
        assert station.process.wait(60) == 0
    with Journal(path) as journal:
        (kept,) = journal.sessions()
        session = fold(journal.effective(kept.session))
    assert (session.phase, session.reps[1].state) == ("cool-down", "keyed")


def test_a_rehearsed_rep_that_is_voided_is_run_again(tmp_path: Path) -> None:
    """Whoever practises the keys meets nobody who stands about."""
    words = ("--gates", "simulated", "--speed", "30", "--workout", WORKOUT, "--kind", "fly")
    words += ("--athletes", "Ana:58.0", "--json", "-", "--journal", str(tmp_path / "j.sqlite"))
    with Station("run", *words, stdin=subprocess.PIPE) as station:
        keyboard = station.process.stdin
        assert keyboard is not None
        assert station.tells("run")["rep"] == 1
        for key, event in (("v", "voided"), ("u", "undone"), ("v", "voided")):
            keyboard.write(key)
            keyboard.flush()
            station.tells(event)
        assert [station.tells("run")["rep"] for _ in range(2)] == [1, 2]
        assert station.process.wait(60) == 0
