"""A session that broke off goes on: killed at many instants, asked about, after a restart."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from drills import START, S, at, opened, plan, run

from station.cli import main
from station.journal import resuming
from station.journal.file import InUseError, JournalError
from station.journal.journal import Journal, Log, utc_now
from station.journal.reading import report_of
from station.journal.time_of_day import resume
from station.live.workout import Workout
from station.session import events as ev
from station.session.events import Recorded
from station.session.folding import fold
from station.session.state import Session
from station.session.turns import done, recovery_before, reps_of
from station.workout.plan import plan as planned

GROUP = "Ana:58.0,Ben:55.5,Cy"
WORKOUT = "2 x 3 x 30m. 1:00 Rec between reps. 2:00 Rec between sets."
REPS = 18
REHEARSAL = (
    *(sys.executable, "-m", "station", "run", "--gates", "simulated", "--speed", "150"),
    *("--workout", WORKOUT, "--athletes", GROUP, "--json", "-", "--journal"),
)
LIVES = 12  # the twelfth is left to end by itself
SEED = 5
SOON_S = 20.0  # it has happened by then, however busy the computer is
MEASURED_S = 0.5  # what an estimate of the run-in may be off


def told(path: Path, lines: int | None) -> list[dict[str, Any]]:
    """What a rehearsal tells until it is killed after so many lines, or ends."""
    command = [*REHEARSAL, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if len(said) == lines:
                process.send_signal(signal.SIGKILL)
        assert process.wait() == (0 if lines is None else -signal.SIGKILL)
    whole = [line for line in said if line.endswith(b"\n")]
    return [json.loads(line) for line in whole]


def the_session(path: Path) -> Session:
    with Journal(path) as journal:
        (kept,) = journal.sessions()
        return fold(journal.effective(kept.session))


def test_killed_again_and_again_nothing_that_was_told_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    draw = random.Random(SEED)
    ran: set[tuple[str, int]] = set()
    calls: list[tuple[str, str]] = []
    overdue: list[dict[str, Any]] = []
    for life in range(1, LIVES + 1):
        events = told(path, None if life == LIVES else draw.randint(1, 12))
        if not events:
            continue
        named = {one["event"]: one for one in events}
        if "session" in named:
            assert named["session"]["resumed"] == (life > 1)
        ran |= {(one["athlete"], one["rep"]) for one in events if one["event"] == "run"}
        session = the_session(path)
        for name, number in ran:
            assert done(session, name) >= number
        calls += [(one["athlete"], one["said"]) for one in events if one["event"] == "go"]
        overdue += [one for one in events if one["event"] == "overdue"]
    assert session.phase == "cool-down"
    assert [done(session, name) for name in session.members] == [6, 6, 6]
    # Each was called once to each rep, but where a call and its telling were killed apart.
    assert len(set(calls)) == len(calls)
    assert len(calls) >= REPS - LIVES
    assert overdue == []
    # Every recovery clock was right across all the deaths: nobody was called too early.
    for name in session.members:
        for rep in reps_of(session, name)[1:]:
            taken = recovery_before(session, rep)
            assert taken is not None
            assert taken.taken_s >= taken.planned_s - MEASURED_S


def kept(path: Path, *events: Recorded, utc: str = "2026-11-22T10:00:00.000000Z") -> None:
    with Log(path, "then", "this boot", lambda: utc) as log:
        for event in events:
            log.append(event)


PLAN = plan(reps=2)
WORKOUT_OF_TWO = Workout("fly", PLAN, opened("Ana", "Ben", of=PLAN).entries)
BEGUN = (opened("Ana", "Ben", of=PLAN, plan=PLAN), ev.Began(START))
SOON = "2026-11-22T10:20:00.000000Z"


def looked(path: Path, workout: Workout = WORKOUT_OF_TWO, now: str = SOON) -> resuming.Earlier:
    return resuming.look(path, workout, now, "a later boot")


def nobody_told(_: str) -> None:
    raise AssertionError("there was nothing to say")


def test_without_a_journal_or_with_a_broken_one_there_is_nothing_earlier(tmp_path: Path) -> None:
    assert looked(tmp_path / "none.sqlite") == resuming.Earlier()
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"no journal at all" * 100)
    assert looked(broken) == resuming.Earlier()


def test_what_broke_off_goes_on_where_nobody_can_answer(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    kept(path, *BEGUN, ev.Ran(at(14), "Ana", 1, run(13)))
    said: list[str] = []
    open_ = resuming.goes_on(looked(path), WORKOUT_OF_TWO, None, said.append)
    assert open_ is not None
    assert (open_.name, len(said)) == ("then", 1)
    others = Workout("fly", PLAN, opened("Cy", of=PLAN).entries)
    assert resuming.goes_on(looked(path, others), others, None, said.append) is None
    assert "(Ana 1 of 2, Ben 0 of 2), of another group" in said[-1]


OTHERS = [
    Workout("fly", PLAN, opened("Cy", of=PLAN).entries),
    Workout("fly", plan(reps=3), opened("Ana", "Ben", of=plan(reps=3)).entries),
    Workout("400-pace", PLAN, opened("Ana", "Ben", of=PLAN).entries),
]


@pytest.mark.parametrize("asked_for", OTHERS)
@pytest.mark.parametrize("ended", [True, False])
def test_nobody_is_asked_to_go_on_with_what_is_not_theirs(
    asked_for: Workout, ended: bool, tmp_path: Path
) -> None:
    path = tmp_path / "journal.sqlite"
    kept(path, *BEGUN, *[ev.Ended(at(60))] * ended)
    said: list[str] = []

    def ask(question: str) -> bool:
        raise AssertionError(question)

    assert resuming.goes_on(looked(path, asked_for), asked_for, ask, said.append) is None
    assert ["broke off" in one for one in said] == [True] * (not ended)


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize(
    "last",
    [ev.Ended(at(60)), ev.Ended(at(60), "coach"), ev.Ended(at(60), "terminated"), ev.Held(at(60))],
)
def test_a_coach_is_asked(answer: bool, last: ev.Happening, tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    kept(path, *BEGUN, ev.Ran(at(14), "Ana", 1, run(13)), last)
    asked: list[str] = []

    def ask(question: str) -> bool:
        asked.append(question)
        return answer

    open_ = resuming.goes_on(looked(path), WORKOUT_OF_TWO, ask, nobody_told)
    assert (open_ is not None) == answer
    assert "Ana 1 of 2, Ben 0 of 2" in asked[0]
    ended = isinstance(last, ev.Ended) and last.by != "terminated"  # a computer that was shut down
    assert asked[0].endswith("[y/N]" if ended else "[Y/n]")
    # What was ended in order is over, where nobody can say otherwise.
    alone = resuming.goes_on(looked(path), WORKOUT_OF_TWO, None, [].append)
    assert (alone is None) == ended


def test_a_session_that_is_done_or_long_ago_is_over(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    kept(path, *BEGUN)
    assert looked(path, now="2026-11-22T23:00:00.000000Z").open is None
    alone = opened("Ana", of=plan(reps=1), at_ns=at(-600))
    done_path = tmp_path / "done.sqlite"
    kept(done_path, alone, ev.Began(START), ev.Ran(at(14), "Ana", 1, run(13)))
    assert looked(done_path).open is None


@pytest.mark.skipif(sys.platform == "win32", reason="terminals as POSIX has them")
@pytest.mark.parametrize(
    ("last", "typed", "goes_on"),
    [
        ((), b"\n", True),
        ((), b"n\n", False),
        ((ev.Ended(at(60)),), b"\n", False),
        ((ev.Ended(at(60)),), b"Yes\n", True),
    ],
)
def test_at_a_terminal_enter_means_what_is_in_capitals(
    last: tuple[Recorded, ...], typed: bytes, goes_on: bool, tmp_path: Path
) -> None:
    path = tmp_path / "journal.sqlite"
    of = planned(WORKOUT, "fly").reps
    names = [one.partition(":")[0] for one in GROUP.split(",")]
    kept(path, opened(*names, of=of, plan=of), ev.Began(START), *last, utc=utc_now())
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [*REHEARSAL, str(path)], stdin=theirs, stderr=theirs, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        shown = b""
        while b"Go on with it? [" not in shown:  # until then there is nothing on its output
            assert select.select([ours], [], [], SOON_S)[0], shown
            shown += os.read(ours, 4096)
        os.write(ours, typed)
        begun = next(json.loads(line) for line in process.stdout if b'"session"' in line)
        process.kill()
    os.close(ours)
    os.close(theirs)
    assert begun["resumed"] == goes_on


def test_who_stopped_has_no_reps_left(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    kept(path, *BEGUN, ev.Ran(at(14), "Ana", 1, run(13)), ev.Withdrawn(at(20), "Ben", "calf"))
    open_ = looked(path).open
    assert open_ is not None
    assert "(Ana 1 of 2)" in open_.question()
    with Log(path, "then", "this boot", lambda: SOON) as log:
        log.append(ev.Withdrawn(at(30), "Ana", ""))
    assert looked(path).open is None


def test_a_session_that_cannot_be_read_is_said_and_keeps_nothing_else_from_being(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "journal.sqlite"
    kept(path, *BEGUN, ev.Ran(at(14), "Ana", 1, run(13)))
    with Log(path, "broken", "this boot", lambda: "2026-11-22T09:00:00.000000Z") as log:
        log.append(BEGUN[0])
        log.append(ev.Released(at(1)))
    earlier = looked(path)
    said: list[str] = []
    open_ = resuming.goes_on(earlier, WORKOUT_OF_TWO, lambda _: True, said.append)
    assert open_ is not None
    assert (open_.name, len(earlier.sessions)) == ("then", 1)
    (one,) = said
    assert "the session broken is left out, it cannot be read: 'released' cannot be" in one
    # Of others it is not even read.
    others = Workout("fly", PLAN, opened("Cy", of=PLAN).entries)
    assert looked(path, others).left_out == ()
    with pytest.raises(JournalError, match="the session broken cannot be read"):
        report_of(path, "broken")
    assert main(["sessions", "--journal", str(path)]) == 0
    broken, whole = capsys.readouterr().out.splitlines()
    assert "  broken  cannot be read: 'released' cannot be" in broken
    assert "  then  " in whole


def test_a_note_is_that_of_the_last_session_and_not_of_what_was_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    kept(path, *BEGUN, ev.Withdrawn(at(5), "Ben", "left calf"))
    with Log(path, "later", "this boot", lambda: SOON) as log:
        for event in (*BEGUN, ev.Withdrawn(at(5), "Ana", "mistyped"), ev.Undone(at(6), 3)):
            log.append(event)
    assert looked(path).notes == {"Ana": "", "Ben": ""}


def test_notes_and_earlier_sessions_of_the_group_are_found(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    kept(path, *BEGUN, ev.Withdrawn(at(5), "Ben", "left calf"))
    earlier = looked(path)
    assert earlier.notes == {"Ana": "", "Ben": "left calf"}
    assert len(earlier.sessions) == 1
    assert looked(path, Workout("fly", PLAN, opened("Cy", of=PLAN).entries)).sessions == ()


def test_a_session_of_a_day_yet_to_come_hides_none_that_broke_off(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    kept(path, *BEGUN)
    for year in (2036, 2037):
        with Log(path, f"of {year}", "this boot", lambda y=year: f"{y}-01-01T10:00:00Z") as log:
            for event in BEGUN:
                log.append(event)
    said: list[str] = []
    open_ = resuming.goes_on(looked(path), WORKOUT_OF_TWO, lambda _: True, said.append)
    assert open_ is not None
    assert open_.name == "then"
    (one,) = said
    assert "the session of 2037 is of 2037-01-01T10:00:00Z, which is yet to come" in one
    others = Workout("fly", PLAN, opened("Cy", of=PLAN).entries)
    assert looked(path, others).left_out == ()


def test_what_broke_off_since_the_computer_started_goes_on_whatever_its_clock(
    tmp_path: Path,
) -> None:
    """Its clock was an hour ahead in the first session, and was set right in the second."""
    path = tmp_path / "journal.sqlite"
    kept(path, *BEGUN, ev.Ended(at(60)), utc="2026-11-22T11:00:00Z")
    with Log(path, "second", "that boot", lambda: "2026-11-22T10:12:00Z") as log:
        for event in BEGUN:
            log.append(event)
    with Log(path, "elsewhere", "another boot", lambda: "2026-11-22T10:19:00Z") as log:
        for event in BEGUN:
            log.append(event)
    open_ = resuming.look(path, WORKOUT_OF_TWO, SOON, "that boot").open
    assert open_ is not None
    assert open_.name == "second"


@pytest.mark.parametrize("utc", ["yesterday", "2026-11-22T10:00:00"])
def test_a_session_that_does_not_say_when_it_was_keeps_none_from_beginning(
    tmp_path: Path, utc: str
) -> None:
    path = tmp_path / "journal.sqlite"
    told = iter([utc, SOON])
    with Log(path, "then", "this boot", lambda: next(told)) as log:
        for event in BEGUN:
            log.append(event)
    earlier = looked(path)
    assert earlier.open is None
    (said,) = earlier.left_out
    assert said.startswith("the session then cannot be gone on with: the journal ")
    with pytest.raises(JournalError, match="is damaged"):
        report_of(path, "then")
    unsaid = tmp_path / "unsaid.sqlite"
    kept(unsaid, *BEGUN, utc=utc)
    assert looked(unsaid).open is None


def test_a_journal_that_a_station_writes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    kept(path, *BEGUN)
    with (
        Log(path, "now", "this boot"),
        pytest.raises(InUseError, match="another station is using"),
    ):
        looked(path)
    assert looked(path).open is not None


def test_across_a_restart_of_the_computer_the_recovery_goes_on(tmp_path: Path) -> None:
    """Twenty minutes of the day later, by a clock that began anew."""
    path = tmp_path / "journal.sqlite"
    kept(path, *BEGUN, ev.Ran(at(14), "Ana", 1, run(13)))
    earlier = looked(path)
    assert earlier.open is not None
    with Log(path, "then", "another boot", lambda: SOON) as log:
        bridge = resume(earlier.open.last, "another boot", 50 * S, SOON)
        assert bridge is not None
        log.append(bridge)
    session = the_session(path)
    # The run was 1 s before the last event, which was 20 minutes before now.
    assert session.reps[1].end_ns == 50 * S - 1200 * S - 1 * S
    assert session.reps[1].carried
