"""A live session in simulated time, attended: by a coach who says things, a loudspeaker, a disk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hardware.mixer import Begun, Samples, Sound
from station.camera.events import CameraNotice, FilmedRun
from station.journal.journal import Journal, Log
from station.live.session import UNHEARD_NS, LiveSession
from station.live.workout import workout_of
from station.run import Run
from station.session import commands
from station.session import events as ev
from station.session.events import TimedRun
from station.session.folding import fold
from station.session.news import Told
from station.session.roster import parse_athletes
from station.session.state import Session
from station.session.telling import as_keys, in_line
from station.session.turns import done
from station.voice.calling import Caller
from station.voice.cues import manner_for
from station.workout.plan import plan

NS = 1_000_000_000
BEGINS_NS = 5_000 * NS
LOOK_NS = NS // 20
PACE = "3 x 100m. 2:00 Rec between reps."


class Loudspeaker:
    """It plays what it is given, and says so; unless it is broken, or says nothing at all."""

    def __init__(self) -> None:
        self.broken = self.dumb = False
        self._waiting: dict[str, Sound] = {}

    def speak(self, text: str) -> Samples:
        return np.zeros(4800 * len(text), np.float32)  # a tenth of a second a letter

    def play(self, sound: Sound) -> None:
        self._waiting[sound.name] = sound

    def drop(self, name: str) -> None:
        self._waiting.pop(name, None)

    def begun(self, now_ns: int) -> list[Begun]:
        due = [one for one in self._waiting.values() if one.due_ns <= now_ns]
        for one in due:
            del self._waiting[one.name]
        heard = not self.broken
        return [] if self.dumb else [Begun(one.name, one.due_ns, now_ns, heard) for one in due]


class Track:
    """A session without gates, in which a test lets time pass."""

    def __init__(
        self,
        path: Path,
        workout: str = PACE,
        who: str = "Ana:58.0,Ben:55.5",
        past: tuple[Session, ...] = (),
        **given: Any,
    ) -> None:
        self.path, self.told = path, list[dict[str, Any]]()
        self.lines: list[str | None] = []
        self.now_ns = BEGINS_NS
        planned = plan(workout, given.pop("kind", "400-pace"))
        group = workout_of(planned, parse_athletes(who), None, **given)
        self.speaker = Loudspeaker()
        manner = replace(manner_for(len(group.group)), warnings_s=(10,))
        caller = Caller(manner, self.speaker, self.speaker, audible=True)
        self.log = Log(path, "today", "this boot", lambda: "2026-11-22T10:00:00.000000Z")
        self.live = LiveSession(None, group, self.log, caller, past, {"Ben": "left calf"})
        self._take(self.live.advance(self.now_ns))

    @property
    def session(self) -> Session:
        return self.live.session

    def _take(self, told: list[Told]) -> list[dict[str, Any]]:
        keys = [json.loads(json.dumps(as_keys(one), allow_nan=False)) for one in told]
        self.told += keys
        self.lines += [in_line(one, 30.0) for one in told]
        return keys

    def wait(self, seconds: float) -> list[dict[str, Any]]:
        """Let time pass; returns what was told meanwhile."""
        told = []
        for _ in range(round(seconds * NS / LOOK_NS)):
            self.now_ns += LOOK_NS
            for begun in self.speaker.begun(self.now_ns):
                told += self._take(self.live.hear(begun, self.now_ns))
            told += self._take(self.live.advance(self.now_ns))
        return told

    def say(self, *commands: commands.Said) -> list[dict[str, Any]]:
        """Say it at one instant; returns what was told."""
        return [key for one in commands for key in self._take(self.live.do(one, self.now_ns))]

    def in_the_journal(self) -> Session:
        """The session as somebody else reads it."""
        with Journal(self.path) as journal:
            return fold(journal.effective("today"))


@pytest.fixture
def track(tmp_path: Path) -> Track:
    return Track(tmp_path / "journal.sqlite")


def named(told: list[dict[str, Any]], event: str) -> list[dict[str, Any]]:
    return [one for one in told if one["event"] == event]


def test_it_begins_with_who_is_there_and_what_was_noted(track: Track) -> None:
    (begun,) = named(track.told, "session")
    assert begun["athletes"] == [{"name": "Ana", "reps": 3}, {"name": "Ben", "reps": 3}]
    assert begun["notes"] == {"Ben": "left calf"}
    assert "Ben, when last here: left calf" in str(track.lines[0])


def test_a_hand_timed_rep_starts_a_clock_and_shows_both_paces(track: Track) -> None:
    track.wait(2)
    track.say(commands.Start())
    track.wait(14.6)
    (finished,) = named(track.say(commands.RepDone()), "finished")
    assert finished["athlete"] == "Ana"
    assert finished["took_s"] == pytest.approx(14.6, abs=0.05)
    assert finished["hand_timed"] is True
    assert finished["took_sigma_s"] == pytest.approx(0.2 / 1.96, abs=1e-3)
    assert (finished["at_400_pace_s"], finished["at_800_pace_s"]) == (14.5, None)
    assert "14.6 s by hand, ±0.2 s" in str(track.lines[-1])
    spoken = named(track.wait(10), "result")
    assert [one["said"] for one in spoken] == [
        "Ana, 14.6, 6.8 metres per second, 1 percent under 400 pace."
    ]
    go = [one for one in named(track.wait(140), "go") if one["athlete"] == "Ana"]
    assert [one["at_s"] for one in go] == [pytest.approx(finished["at_s"] + 120, abs=0.01)]


def test_what_was_said_last_is_taken_back_and_a_group_at_once(track: Track) -> None:
    track.say(commands.Start(("Ana", "Ben")))
    assert [member.standing for member in track.session.members.values()] == ["away", "away"]
    assert len(named(track.say(commands.Undo()), "undone")) == 2
    assert [member.standing for member in track.session.members.values()] == ["in", "in"]
    assert track.in_the_journal() == track.session
    (refused,) = named(track.say(commands.Undo()), "refused")
    assert "nothing to undo" in refused["said"]


def test_two_commands_of_one_instant_are_two(track: Track) -> None:
    track.say(commands.RepDone(), commands.Note("tight"))
    track.say(commands.Undo())
    assert track.session.reps[1].marks == ()
    assert done(track.session, "Ana") == 1


def test_what_cannot_be_is_refused_and_changes_nothing(track: Track) -> None:
    before = track.in_the_journal()
    for command in (
        commands.Void(),
        commands.Rejoin("Ana"),
        commands.Choose("Nobody"),
        commands.Begin(),
    ):
        (refused,) = track.say(command)
        assert refused["event"] == "refused"
    assert track.in_the_journal() == before == track.session


def test_on_hold_nobody_is_called_and_recoveries_only_lengthen(track: Track) -> None:
    track.wait(1)
    track.say(commands.RepDone(), commands.Hold())
    assert named(track.wait(200), "go") == []
    track.say(commands.Hold())
    calls = named(track.wait(60), "go")
    assert [one["athlete"] for one in calls] == ["Ben", "Ana"]


def test_a_loudspeaker_that_is_broken_is_told_and_the_call_is_given(track: Track) -> None:
    (first,) = named(track.wait(1), "go")
    assert first["heard"] is True
    track.speaker.broken = True
    (second,) = named(track.wait(22), "go")
    assert (second["athlete"], second["heard"]) == ("Ben", False)
    assert "not heard" in str(track.lines[-1])
    assert track.session.members["Ben"].called_ns is not None


def test_a_loudspeaker_that_says_nothing_is_not_waited_for(track: Track) -> None:
    track.speaker.dumb = True
    assert named(track.wait(UNHEARD_NS / NS - 0.1), "go") == []
    (go,) = named(track.wait(0.5), "go")
    assert go["heard"] is False


def test_a_call_that_begins_as_the_lane_is_held_is_none(track: Track) -> None:
    track.speaker.dumb = True
    track.wait(0.5)
    track.say(commands.Hold())
    track.wait(5)
    assert named(track.told, "go") == []
    assert track.session.called_ns is None


def test_the_warm_up_calls_strides_and_times_nothing(tmp_path: Path) -> None:
    track = Track(tmp_path / "journal.sqlite", warm_up=True)
    track.wait(60)
    assert named(track.told, "go") == []
    track.say(commands.Strides())
    strides = named(track.wait(5 * 60 + 20), "go")
    assert [one["said"] for one in strides[:2]] == ["Walk.", "Stride one of five, go."]
    assert len(strides) == 11
    assert track.session.phase == "warm-up"
    (refused,) = track.say(commands.RepDone())
    assert refused["event"] == "refused"
    track.say(commands.Begin())
    assert [one["athlete"] for one in named(track.wait(5), "go")] == ["Ana"]


def test_times_are_spoken_or_not(track: Track) -> None:
    track.say(commands.SpeakTimes(on=False), commands.Start())
    track.wait(14)
    track.say(commands.RepDone())
    assert named(track.wait(15), "result") == []


def ran_before(velocity_mps: float) -> Session:
    """An earlier session in which Ana ran one fly."""
    run = TimedRun(NS, 4 * NS, 30 / velocity_mps, 0.002, velocity_mps, 0.005)
    athletes = workout_of(plan("fly-30"), parse_athletes("Ana:58.0"), 30.0)
    opened = ev.Opened(0, "fly", athletes.group)
    return fold([opened, ev.Began(0), ev.Ran(4 * NS, "Ana", 1, run)])


@pytest.mark.parametrize(
    ("before_mps", "best"), [(None, None), (6.0, "best"), (100 / 14.6, "equals best"), (7.5, None)]
)
def test_a_best_of_all_sessions(before_mps: float | None, best: str | None, tmp_path: Path) -> None:
    past: tuple[Session, ...] = (ran_before(9.0),)  # of another kind: no matter
    if before_mps is not None:
        took_s = 100 / before_mps
        group = workout_of(plan(PACE, "400-pace"), parse_athletes("Ana:58.0"), None)
        events = ev.Opened(0, "400-pace", group.group), ev.Began(0)
        past += (fold([*events, ev.TypedIn(NS, "Ana", 1, NS, took_s)]),)
    track = Track(tmp_path / "journal.sqlite", past=past)
    (typed,) = named(track.say(commands.HandTime(14.6)), "typed-in")
    assert (typed["best_ever"], typed["best_today"]) == (best, None)
    spoken = " ".join(one["said"] for one in named(track.wait(10), "result"))
    assert spoken == ""  # the coach has read it off a watch


def test_advice_rests_on_a_sentence_or_is_ours(track: Track) -> None:
    track.say(commands.HandTime(14.0, "Ana"))
    track.wait(130)
    told = track.say(commands.HandTime(15.5, "Ana"))
    (advice,) = named(told, "advice")
    assert advice["athlete"] == "Ana"
    assert "take longer" in advice["said"]
    assert advice["sentence"].startswith("Each rep must be")


def test_whoever_slept_through_a_call_is_told_once_that_it_is_overdue(track: Track) -> None:
    track.wait(1)
    track.say(commands.RepDone())
    track.wait(25)
    track.say(commands.RepDone())
    track.now_ns += 600 * NS  # the lid was closed
    told = track.wait(120)
    (overdue,) = named(told, "overdue")
    assert overdue["athletes"] == ["Ana", "Ben"]
    assert named(told, "go") == []


def test_a_call_that_a_closed_lid_swallowed_is_overdue(track: Track) -> None:
    """Handed over half a second before it was due, and then nothing until ten minutes later."""
    track.wait(1)
    track.say(commands.RepDone(), commands.Choose("Ana"))
    track.wait(119.7)
    track.now_ns += 600 * NS
    track.speaker.broken = True  # it comes too late to begin
    told = track.wait(2)
    track.speaker.broken = False
    told += track.wait(30)
    assert [one["why"] for one in named(told, "dropped") if one["cue"] == "go"] == [
        "the computer slept"
    ]
    assert named(told, "overdue")
    assert not [one for one in named(told, "go") if one["athlete"] == "Ana"]


def test_a_call_that_was_heard_is_told_as_heard_however_late_that_is_known(track: Track) -> None:
    track.live.advance(track.now_ns)
    (begun,) = track.speaker.begun(track.now_ns)
    told = track._take(track.live.hear(begun, track.now_ns + 3 * UNHEARD_NS))
    assert [one["heard"] for one in named(told, "go")] == [True]


def test_a_rep_beyond_the_plan_ends_in_order(tmp_path: Path) -> None:
    track = Track(tmp_path / "journal.sqlite", "2 x 100m. 2:00 Rec between reps.", "Ana:58.0")
    track.say(commands.RepDone())
    track.say(commands.Start())
    (refused,) = named(track.say(commands.Fewer("Ana", 1)), "refused")
    assert "neither all nor fewer" in refused["said"]
    track.wait(14)
    track.say(commands.RepDone())
    (refused,) = named(track.say(commands.Start(("Ana",))), "refused")
    assert "has run all 2 reps" in refused["said"]


def test_a_command_happens_whole_or_not_at_all(track: Track) -> None:
    assert named(track.say(commands.Start(("Ana", "Nobody"))), "refused")
    assert track.session.standing("Ana") == "in"


def test_a_key_counts_from_when_it_was_pressed(track: Track) -> None:
    """The session's thread was held up, by a disk, for 0.7 s."""
    track.say(commands.Start())
    pressed_ns = track.now_ns + 14 * NS
    track.now_ns = pressed_ns + 7 * NS // 10
    track._take(track.live.do(commands.RepDone(), pressed_ns, track.now_ns))
    assert track.session.reps[1].hand_s == pytest.approx(14.0, abs=1e-6)


def test_who_ends_early_hears_the_advice_too(track: Track) -> None:
    for number in (1, 2, 3):
        track.say(commands.RepDone())
        track.say(commands.Note("ready-early", "Ana"))
        if number < 3:
            track.wait(25)
            track.say(commands.RepDone())
            track.wait(120)
    lines = named(track.say(commands.End()), "advice")
    assert [one["athlete"] for one in lines] == ["Ana"]


def test_the_wind_stands_beside_a_best(track: Track) -> None:
    track.say(commands.NoteWind("head"))
    track.say(commands.HandTime(15.5, "Ana"))
    track.wait(130)
    (typed,) = named(track.say(commands.HandTime(14.0, "Ana")), "typed-in")
    assert (typed["best_today"], typed["wind"]) == ("best", "head")
    assert any("best of today, head wind" in str(line) for line in track.lines)


def test_when_all_have_run_it_says_so_once(tmp_path: Path) -> None:
    track = Track(tmp_path / "journal.sqlite", "2 x 100m. 2:00 Rec between reps.", "Ana:58.0")
    track.say(commands.RepDone())
    track.wait(121)
    assert named(track.told, "all-done") == []
    track.say(commands.RepDone())
    track.wait(30)
    assert len(named(track.told, "all-done")) == 1


def test_a_journal_that_failed_is_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "journals"
    folder.write_text("no folder")
    track = Track(folder / "journal.sqlite")
    assert named(track.told, "journal-trouble")
    track.say(commands.RepDone())
    folder.unlink()
    folder.mkdir()
    (saved,) = named(track.wait(10), "journal-saved")
    assert "nothing is lost" in saved["said"]
    assert track.in_the_journal() == track.session


def test_it_goes_on_from_its_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    first = Track(path)
    first.wait(1)
    first.say(commands.Start())
    first.wait(15)
    first.say(commands.RepDone())
    first.wait(3)
    before = first.session
    first.log.__exit__(None, None, None)  # and no word of an end
    again = Track(path)
    (begun,) = named(again.told, "session")
    assert begun["resumed"] is True
    assert again.session == before


def test_what_a_camera_timed_is_a_rep_with_its_clip(tmp_path: Path) -> None:
    track = Track(tmp_path / "journal.sqlite", "2 x 30m. 2:00 Rec between reps.", kind="fly")
    track.wait(20)
    marker3_ns = track.now_ns - 2 * NS
    run = Run(
        marker2_s=1.0, marker3_s=4.4, fly_s=3.4, fly_sigma_s=0.02, repeat_sigma_s=0.002,
        lane_sigma_s=0.02, velocity_mps=30 / 3.4, velocity_sigma_mps=0.05,
        direction="left-to-right", pace_400_mps=None, pace_ratio=None, athlete=None, flags=(),
    )  # fmt: skip
    clip = tmp_path / "clip.mp4"
    filmed = FilmedRun(1, run, marker3_ns - 17 * NS // 5, marker3_ns, clip, 1, "device")
    gone = CameraNotice("camera-gone", track.now_ns, "0", "the camera is gone")
    for event in (filmed, gone):
        track._take(track.live.film(event, track.now_ns))
    (ran,) = named(track.told, "run")
    assert (ran["athlete"], ran["rep"], ran["recording"]) == ("Ana", 1, str(clip))
    assert ran["marker3_s"] == pytest.approx(18.0)
    assert named(track.told, "camera-gone")
    kept = track.in_the_journal().reps[1].run
    assert kept is not None
    assert (kept.source, kept.direction) == (f"video:{clip}#1", "left-to-right")
