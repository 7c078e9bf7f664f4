"""A session at its desk: how often it is drawn, and that all of it is on a disk at its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hardware.units import NS
from station.app import Listener, signals_set
from station.camera.events import CameraNotice
from station.gates.record import Closed, Setup
from station.gates.timing import Notice
from station.journal.journal import Journal
from station.live.attended import SHOW_NS
from station.live.desk import Desk
from station.live.holding import Keeping, Sounding, run_session
from station.live.rehearsal import Rehearsal
from station.live.workout import workout_of
from station.session.folding import fold
from station.session.news import Told
from station.session.roster import parse_athletes
from station.voice.cues import manner_for
from station.workout.plan import plan

WORKOUT = "2 x 30m. 1:00 Rec between reps."
NONE = b"no journal at all " * 1000
SOON_S = 60.0  # it has happened by then, however busy the computer is


def rehearsed(journal: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """A rehearsal to its end, at home in a folder."""
    places = {name: str(folder) for name in ("HOME", "TMPDIR", "XDG_DATA_HOME")}
    return subprocess.run(
        [
            *(sys.executable, "-m", "station", "run", "--gates", "simulated", "--speed", "1000"),
            *("--workout", WORKOUT, "--athletes", "Ana:58.0,Ben", "--journal", str(journal)),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SOON_S,
        env={**os.environ, **places},
    )


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "journal.sqlite"


def test_what_is_kept_is_said_with_where(journal: Path) -> None:
    done = rehearsed(journal, journal.with_name("home"))
    assert done.returncode == 0
    last = done.stderr.splitlines()[-1]
    assert (
        last == f"station: it is kept: station export last --html session.html --journal {journal}"
    )


def test_what_its_journal_cannot_take_is_kept_elsewhere_and_that_is_said(journal: Path) -> None:
    journal.write_bytes(NONE)
    done = rehearsed(journal, journal.with_name("home"))
    assert done.returncode == 0
    beside = journal.with_name("journal-rescued.sqlite")
    *_, trouble, last = done.stderr.splitlines()
    assert trouble.endswith(f"the whole session is in {beside} instead")
    assert last.endswith(f"--html session.html --journal {beside}")
    with Journal(beside) as kept:
        (one,) = kept.sessions()
        assert fold(kept.effective(one.session)).phase == "cool-down"


def test_what_nothing_can_take_is_lost_and_never_said_to_be_kept(journal: Path) -> None:
    home = journal.with_name("home")
    for name in (
        journal,
        journal.with_name("journal-rescued.sqlite"),
        home / "journal-rescued.sqlite",
    ):
        name.write_bytes(NONE)
    done = rehearsed(journal, home)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("events are lost")
    assert "kept" not in done.stderr


class _Counted:
    """A screen that only counts how often it is shown something."""

    looks = 0

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, _: object) -> None:
        self.looks += 1


def test_a_rehearsal_is_drawn_as_often_as_somebody_can_look(tmp_path: Path) -> None:
    desk, screen, told = Desk(), _Counted(), list[Told]()
    rehearsal = Rehearsal(desk, 30.0, 10_000.0)

    def tell(event: Told) -> None:
        told.append(event)
        rehearsal.hear(event)

    began_s = time.monotonic()
    run_session(
        Setup(30.0, ("simulated",), {}, (3.0, 13.0)),
        None,
        workout_of(plan("3 x 30m. 2:00 Rec between reps."), parse_athletes("Ana:58,Ben:55"), 30),
        Keeping(tmp_path / "journal.sqlite", new=True),
        Sounding(manner_for(2), on=False),
        desk,
        screen,
        tell,
        lambda _: None,
        attending=rehearsal.attend,
    )
    took_s = time.monotonic() - began_s
    assert 0 < screen.looks <= len(told) + 1 + took_s / (SHOW_NS / NS)


def test_all_that_was_filmed_before_the_end_is_told(tmp_path: Path) -> None:
    desk, told = Desk(), list[Told]()

    def attend(
        _ports: object, _protocol: object, listener: Listener, _warn: object, **_: object
    ) -> None:
        listener.advance(NS)
        for number in range(60):
            desk.film(CameraNotice("camera-rate", NS, "camera", f"notice {number}"))
        listener.feed(Closed(2 * NS))

    run_session(
        Setup(30.0, (), {}, (3.0, 13.0)),
        None,
        workout_of(plan(WORKOUT), parse_athletes("Ana:58"), 30),
        Keeping(tmp_path / "journal.sqlite", new=True),
        Sounding(manner_for(2), on=False),
        desk,
        _Counted(),
        told.append,
        lambda _: None,
        attending=attend,
    )
    said = [one.said for one in told if isinstance(one, Notice) and one.name == "camera-rate"]
    assert said == [f"notice {number}" for number in range(60)]


@pytest.mark.parametrize(
    ("number", "by"),
    [
        (None, "coach"),
        (signal.SIGINT, "ctrl-c"),
        (signal.SIGTERM, "terminated"),
        (signal.SIGHUP, "terminal-closed"),
    ],
)
def test_who_or_what_ended_it_is_kept(tmp_path: Path, number: int | None, by: str) -> None:
    desk, journal = Desk(), tmp_path / "journal.sqlite"

    def attend(
        _ports: object,
        _protocol: object,
        listener: Listener,
        _warn: object,
        *,
        stopped: threading.Event,
    ) -> None:
        with signals_set(stopped):
            listener.advance(NS)
            if number is None:
                desk.stop()
            else:
                signal.raise_signal(number)
            assert stopped.is_set()
            listener.feed(Closed(2 * NS))

    run_session(
        Setup(30.0, (), {}, (3.0, 13.0)),
        None,
        workout_of(plan(WORKOUT), parse_athletes("Ana:58"), 30),
        Keeping(journal, new=True),
        Sounding(manner_for(1), on=False),
        desk,
        _Counted(),
        lambda _: None,
        lambda _: None,
        attending=attend,
    )
    with Journal(journal) as kept:
        (one,) = kept.sessions()
        assert fold(kept.effective(one.session)).ended_by == by
