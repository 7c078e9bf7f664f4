"""To be forgotten: no byte of name or run is left, and no video that shows nobody else."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

import pytest
from drills import START, at, entry, opened, run

from hardware.clips import STAR, SYNC, recalibrate, star
from station.cli import main
from station.journal.journal import Journal, Log, elsewhere
from station.session import events as ev
from station.session.folding import fold
from station.session.roster import load_rows

SOON_S = 20.0  # it has happened by then, however busy the computer is
UTC = "2026-05-02T17:30:00.000000Z"


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / "data"
    folder.mkdir()
    return folder / "journal.sqlite"


def written(path, events, session="Saturday"):
    with Log(path, session, "boot-1", lambda: UTC) as log:
        for event in events:
            log.append(event)
        assert log.trouble is None


def remains(folder: Path, text: str) -> list[str]:
    return [file.name for file in folder.iterdir() if text.encode() in file.read_bytes()]


def films(path, folder):
    """A session filmed: each athlete alone, and two of them in one video."""
    paths = {name: folder / f"{name}.mp4" for name in ("zed", "ben", "both", "tray")}
    for video in paths.values():
        video.write_bytes(b"film")
        video.with_suffix(".toml").write_bytes(b"cones")

    def filmed(end_s, name, number=1):
        return run(end_s, source=f"video:{paths[name]}#{number}")

    told = [
        opened("Zebulon", "Ben"),
        ev.Began(START),
        ev.Ran(at(15), "Zebulon", 1, filmed(15, "zed")),
        ev.Ran(at(40), "Ben", 2, filmed(40, "ben")),
        ev.Ran(at(200), "Zebulon", 3, filmed(200, "both")),
        ev.Ran(at(240), "Ben", 4, filmed(240, "both", 2)),
        ev.Passed(at(300), 5, filmed(300, "tray"), "in another lane"),
    ]
    written(path, told)
    return paths


def test_neither_name_nor_run_is_in_any_byte(path, capsys):
    velocity_mps = 7.777123
    marked = run(15, fly_s=30 / velocity_mps)
    events = [
        opened("Zebulon", "Ben"), ev.Began(START), ev.Ran(at(15), "Zebulon", 1, marked),
        ev.Ran(at(45), "Ben", 2, run(45)), ev.Withdrawn(at(50), "Ben", "hit by ZEBULON, calf"),
    ]  # fmt: skip
    written(path, events, "Saturday")
    written(path, [opened("Zebulon", "Ben"), ev.Began(START)], "Zebulon and Ben")
    assert remains(path.parent, str(velocity_mps))
    assert main(["forget", "Zebulon", "--journal", str(path)]) == 0
    for trace in ("Zebulon", "ZEBULON", str(velocity_mps)):
        assert remains(path.parent, trace) == []
    assert "Zebulon is out of 2 sessions, 5 events" in capsys.readouterr().out
    with Journal(path) as journal:
        assert [one.session for one in journal.sessions()] == ["Saturday", "… and Ben"]
        session = fold(journal.effective("Saturday"))
        assert session.members["Ben"].note == "hit by …, calf"
        assert session.reps[2].run == run(45)


@pytest.mark.parametrize("trained", [True, False])
def test_the_consoles_roster_forgets_too(path, capsys, trained):
    written(path, [opened("Zebulon" if trained else "Ana", "Ben"), ev.Began(START)])
    roster = path.with_name("roster.toml")
    roster.write_text('[[athletes]]\nname = "Zebulon "\n[[athletes]]\nname = "Ben"\nhere = false\n')
    assert main(["forget", "Zebulon", "--journal", str(path)]) == 0
    assert remains(path.parent, "Zebulon") == []
    assert [(row.name, row.here) for row in load_rows(roster)] == [("Ben", False)]
    assert f"Zebulon is out of the roster {roster}" in capsys.readouterr().out


def test_a_name_that_is_digits_renames_no_day_and_no_session_of_others(path):
    ours = "2026-11-22T11:11:11.000011Z"
    written(path, [opened("11", "Ben"), ev.Began(START)], ours)
    written(path, [opened("Ben"), ev.Began(START)], "week 11")
    written(path, [opened("11", "Ben"), ev.Began(START)], "with 11")
    assert main(["forget", "11", "--journal", str(path)]) == 0
    with Journal(path) as journal:
        names = {one.session for one in journal.sessions()}
        assert names == {ours, "week 11", "with …"}
        assert {*journal.athletes(ours)} == {"Ben"}


@pytest.mark.parametrize("given", ["zebulon", "Zebulo", "Ana Zebulon", ""])
def test_a_near_miss_changes_nothing_and_says_who_there_is(path, capsys, given):
    written(path, [opened("Ana", "Zebulon"), ev.Began(START)])
    before = path.read_bytes()
    assert main(["forget", given, "--journal", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Zebulon" in said
    assert "Ana" in said
    assert path.read_bytes() == before


def test_a_name_typed_in_another_composition_is_the_same(path):
    composed = unicodedata.normalize("NFC", "Čeněk")
    written(path, [opened(composed, "Ben"), ev.Began(START)])
    apart = unicodedata.normalize("NFD", composed)
    assert main(["forget", apart, "--journal", str(path)]) == 0
    assert remains(path.parent, composed) == []


def test_videos_go_that_show_nobody_else(path, tmp_path, capsys):
    films(path, tmp_path)
    tmp_path.joinpath("zed.frame.png").write_bytes(b"picture")
    recalibrate(tmp_path / "zed.mp4", b"cones placed anew")
    assert main(["forget", "Zebulon", "--journal", str(path)]) == 0
    assert sorted(file.name for file in tmp_path.glob("*.*")) == [
        "ben.mp4", "ben.toml", "both.mp4", "both.toml", "tray.mp4", "tray.toml",
    ]  # fmt: skip
    said = capsys.readouterr().out
    assert f"kept: {tmp_path / 'both.mp4'} (Ben ran in it too)" in said
    assert f"kept: {tmp_path / 'tray.mp4'} (whose runs it shows is not known" in said
    for name in ("zed.mp4", "zed.toml", "zed.earlier-1.toml", "zed.frame.png"):
        assert f"deleted: {tmp_path / name}" in said


def test_a_video_of_nobodys_runs_goes_with_the_only_one_who_was_there(path, tmp_path):
    video = tmp_path / "run.mp4"
    video.write_bytes(b"film")
    passed = ev.Passed(at(15), 1, run(15, source=f"video:{video}#1"), "when is not known")
    written(path, [opened("Zebulon"), ev.Began(START), passed])
    assert main(["forget", "Zebulon", "--journal", str(path)]) == 0
    assert not video.exists()


def test_a_run_that_was_another_athletes_after_all_shows_that_one(path, tmp_path):
    video = tmp_path / "run.mp4"
    video.write_bytes(b"film")
    timed = run(15, source=f"video:{video}#1")
    events = [opened("Zebulon", "Ben"), ev.Began(START), ev.Ran(at(15), "Zebulon", 1, timed)]
    written(path, [*events, ev.Assigned(at(20), "Ben", 1)])
    assert main(["forget", "Zebulon", "--journal", str(path)]) == 0
    assert video.exists()
    assert main(["forget", "Ben", "--journal", str(path)]) == 0
    assert not video.exists()


def test_a_video_timed_again_by_gates_still_shows_whom_it_shows(path, tmp_path):
    video = tmp_path / "run.mp4"
    video.write_bytes(b"film")
    events = [opened("Zebulon", "Ben"), ev.Began(START), ev.RepDone(at(15), "Zebulon", 1)]
    filmed, timed = run(15, source=f"video:{video}#1"), run(15, source="gates, run 1")
    written(
        path, [*events, ev.Ran(at(16), "Zebulon", 1, filmed), ev.Ran(at(17), "Zebulon", 1, timed)]
    )
    assert main(["forget", "Zebulon", "--journal", str(path)]) == 0
    assert not video.exists()


@pytest.mark.parametrize("seconds", [("both", "both"), ("zed", "both")])
def test_what_a_second_camera_saw_of_others_stays_with_its_star(path, tmp_path, capsys, seconds):
    """A run's recordings: Marker 2's, and beside it what names Marker 3's; or the other way."""
    paths = {name: tmp_path / f"{name}.mp4" for name in ("zed", "ben", "both")}
    for video in paths.values():
        video.write_bytes(b"film")
    named = ("zed", "ben") if seconds[0] == "both" else ("both", "ben")
    for first, second in zip(named, seconds, strict=True):
        paths[first].with_suffix(SYNC).write_text(
            f'first = "{paths[first].name}"\nsecond = "{paths[second].name}"\n'
        )
    events = [opened("Zebulon", "Ben"), ev.Began(START)]
    for number, (end_s, name) in enumerate(((15, "Zebulon"), (40, "Ben")), 1):
        timed = run(end_s, source=f"video:{paths[named[number - 1]]}#1")
        events.append(ev.Ran(at(end_s), name, number, timed))
    written(path, events)
    star(paths["ben"])
    assert paths["both"].with_suffix(STAR).exists()
    assert main(["forget", "Zebulon", "--journal", str(path)]) == 0
    assert f"kept: {paths['both']} (Ben ran in it too)" in capsys.readouterr().out
    assert paths["both"].with_suffix(STAR).exists()
    assert [paths[name].exists() for name in ("zed", "ben", "both")] == [False, True, True]
    assert main(["forget", "Ben", "--journal", str(path)]) == 0
    assert [*tmp_path.glob("*.*")] == []


def test_a_calibration_that_other_videos_may_need_stays(path, tmp_path, capsys):
    films(path, tmp_path)
    (tmp_path / "ben.toml").unlink()  # Ben's has the one that is there
    assert main(["forget", "Zebulon", "--journal", str(path)]) == 0
    assert (tmp_path / "zed.toml").exists()
    assert not (tmp_path / "zed.mp4").exists()
    assert "may be the calibration of other videos" in capsys.readouterr().out


def test_a_video_that_was_moved_is_said(path, tmp_path, capsys):
    films(path, tmp_path)["zed"].rename(tmp_path / "elsewhere.mp4")
    assert main(["forget", "Zebulon", "--journal", str(path)]) == 0
    assert "delete it where it was moved to" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may delete anywhere")
def test_a_video_that_may_not_be_deleted_is_said(path, tmp_path, capsys):
    films(path, tmp_path)
    tmp_path.chmod(0o500)
    try:
        assert main(["forget", "Zebulon", "--journal", str(path)]) == 2
    finally:
        tmp_path.chmod(0o700)
    assert "delete it by hand" in capsys.readouterr().err


def test_both_journals_of_a_user_are_searched(tmp_path, monkeypatch, capsys):
    for variable in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path))
    from station.journal.journal import default_journal

    real, rehearsal = default_journal(), default_journal("rehearsal")
    assert real.is_relative_to(tmp_path)
    assert main(["forget", "Zebulon"]) == 2
    assert "there is no journal" in capsys.readouterr().err
    real.parent.mkdir(parents=True)
    written(real, [opened("Ana", "Zebulon"), ev.Joined(at(1), entry("Cleo"))])
    written(rehearsal, [opened("Zebulon"), ev.Began(START)])
    assert main(["forget", "Zebulon"]) == 0
    assert remains(real.parent, "Zebulon") == []
    with Journal(rehearsal) as journal:
        assert journal.sessions() == []


def test_a_session_that_cannot_be_read_is_named_and_keeps_nobody_else(path, capsys):
    written(path, [opened("Zebulon", "Ben"), ev.Released(at(1))], "broken")
    written(path, [opened("Zebulon", "Ben"), ev.Began(START)])
    assert main(["forget", "Zebulon", "--journal", str(path)]) == 2
    out, err = capsys.readouterr()
    assert "Zebulon is out of 1 session, 1 event, of" in out
    (said,) = err.splitlines()
    assert "Zebulon is still in the session broken of" in said
    with Journal(path) as journal:
        assert journal.athletes("Saturday") == {"Ben"}
        assert journal.athletes("broken") == {"Zebulon", "Ben"}
    assert main(["forget", "Zebulon", "--journal", str(path)]) == 2
    out, err = capsys.readouterr()
    assert "out of" not in out
    assert err.splitlines() == [said]


def test_what_was_rescued_of_a_journal_is_searched_too(path):
    written(path, [opened("Ben")])
    written(elsewhere(path)[1], [opened("Zebulon", "Ben")])
    assert main(["forget", "Zebulon", "--journal", str(path)]) == 0
    assert remains(path.parent, "Zebulon") == []


def test_a_journal_in_use_keeps_all_and_its_videos(path, tmp_path, capsys):
    paths = films(path, tmp_path)
    with Log(path, "Sunday", "boot-1"):
        assert main(["forget", "Zebulon", "--journal", str(path)]) == 2
    assert "another station is using" in capsys.readouterr().err
    assert all(video.exists() for video in paths.values())
    assert remains(path.parent, "Zebulon")


def test_one_journal_in_use_keeps_all_of_them_and_their_videos(tmp_path, monkeypatch, capsys):
    for variable in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path))
    from station.journal.journal import default_journal

    real, rehearsal = default_journal(), default_journal("rehearsal")
    real.parent.mkdir(parents=True)
    paths = films(real, tmp_path)
    written(rehearsal, [opened("Zebulon", "Ben"), ev.Began(START)])
    for busy in (real, rehearsal):
        with Log(busy, "now", "boot-1"):
            assert main(["forget", "Zebulon"]) == 2
        assert f"another station is using the journal {busy}" in capsys.readouterr().err
        for journal in (real, rehearsal):
            with Journal(journal) as journal:
                assert "Zebulon" in journal.athletes("Saturday")
        assert all(video.exists() for video in paths.values())
    assert main(["forget", "Zebulon"]) == 0
    assert remains(real.parent, "Zebulon") == []


@pytest.mark.skipif(sys.platform == "win32", reason="terminals as POSIX has them")
@pytest.mark.parametrize(
    ("typed", "goes"), [(b"\n", False), (b"n\n", False), (b"y\n", True), (b"Yes\n", True)]
)
def test_on_a_terminal_it_is_asked_once(path, tmp_path, typed, goes):
    films(path, tmp_path)
    ours, theirs = os.openpty()
    words = [sys.executable, "-m", "station", "forget", "Zebulon", "--journal", str(path)]
    with subprocess.Popen(words, stdin=theirs, stderr=theirs, stdout=subprocess.DEVNULL) as process:
        shown = b""
        while b"[y/N]" not in shown:
            assert select.select([ours], [], [], SOON_S)[0], shown
            shown += os.read(ours, 4096)
        named = f"1 video with what lies beside ({tmp_path / 'zed.mp4'})".encode()
        assert b"Zebulon: 1 session, 3 events, " + named + b": delete for good? [y/N]" in shown
        os.write(ours, typed)
        assert process.wait(SOON_S) == (0 if goes else 2)
    os.close(ours)
    os.close(theirs)
    assert bool(remains(path.parent, "Zebulon")) != goes
    assert (tmp_path / "zed.mp4").exists() != goes
