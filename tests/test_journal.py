"""The journal: what was said to be saved is there, whatever happens to the station or its disk."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest
from drills import START, S, at, entry, opened, plan, run

from hardware.errors import StationError
from station.journal.file import MIGRATIONS, OURS, InUseError, JournalError
from station.journal.forget import Forgotten, forgetting
from station.journal.journal import INSERT, Journal, Log, Record, elsewhere
from station.journal.time_of_day import resume
from station.session import events as ev
from station.session.folding import effective, fold
from station.session.turns import turns

BOOT = "boot-1"
UTC = "2026-05-02T17:30:00.000000Z"
EVENTS = [
    opened("Ana", "Ben", "Čeněk 'x\" =1+1 🏃"),
    ev.Began(START),
    ev.Ran(at(15), "Ana", 1, run(15, flags=("torso",), direction="left-to-right")),
    ev.Assigned(at(30), "Ben", 1),
    ev.Undone(at(40), 4),
    ev.Withdrawn(at(50), "Ben", "calf"),
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.sqlite"


def log_of(path, session="Saturday", boot_id=BOOT, utc=UTC):
    return Log(path, session, boot_id, lambda: utc)


def written(path, session="Saturday", events=EVENTS, utc=UTC):
    with log_of(path, session, utc=utc) as log:
        for event in events:
            log.append(event)
        assert log.trouble is None


def test_what_is_written_is_read_to_the_last_bit(path):
    written(path)
    with Journal(path) as journal:
        records = journal.records("Saturday")
        assert [*records] == [1, 2, 3, 4, 5, 6]
        assert [one.event for one in records.values()] == EVENTS
        assert {(one.boot_id, one.utc) for one in records.values()} == {(BOOT, UTC)}
        left = [*journal.effective("Saturday")]
        assert left == [EVENTS[0], EVENTS[1], EVENTS[2], EVENTS[5]]
        assert left == [*effective({number: one.event for number, one in records.items()})]
        assert journal.records("Sunday") == {}


def test_a_session_is_gone_on_with_and_others_are_apart(path):
    written(path)
    written(path, "Sunday", EVENTS[:2], utc="2026-05-03T10:00:00.000000Z")
    with log_of(path) as log:
        assert [one.event for one in log.records.values()] == EVENTS
        assert log.append(ev.Held(at(60))).number == 7
    with Journal(path) as journal:
        assert [(one.session, one.events) for one in journal.sessions()] == [
            ("Saturday", 7),
            ("Sunday", 2),
        ]


def test_a_session_is_gone_on_with_though_its_journal_cannot_be_written_yet(path):
    written(path)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with log_of(path) as log:
            assert [one.event for one in log.records.values()] == EVENTS
            log.append(ev.Held(at(60)))
            assert "1 event is waiting" in log.trouble
            other.execute("ROLLBACK")
            log.append(ev.Released(at(61)))
            assert log.trouble is None
    with Journal(path) as journal:
        assert [one.event for one in journal.records("Saturday").values()] == [
            *EVENTS,
            ev.Held(at(60)),
            ev.Released(at(61)),
        ]


def test_a_session_that_could_not_be_read_is_not_written_behind_another_of_its_name(path):
    written(path)
    content, elsewhere = path.read_bytes(), path.with_name("elsewhere.sqlite")
    path.write_bytes(b"no journal at all " * 1000)
    with log_of(path) as log:
        log.append(EVENTS[0])
        log.append(ev.Began(START + 1))
        path.write_bytes(content)
        log.append(ev.Held(at(60)))
        assert "a session 'Saturday' that is not this one" in log.trouble
        assert log.waiting == 3
        log.rescue(elsewhere)
    with log_of(elsewhere.with_name("another.sqlite")) as log:
        log.append(EVENTS[0])
        log.append(ev.Began(START + 2))
        with pytest.raises(JournalError, match="that is not this one"):
            log.rescue(path)
    with Journal(path) as journal:
        assert [one.event for one in journal.records("Saturday").values()] == EVENTS
    with Journal(elsewhere) as journal:
        assert len(journal.records("Saturday")) == 3


def test_who_was_there_is_known_without_reading_what_happened(path):
    written(path, events=[*EVENTS, ev.Joined(at(60), entry("Dee"))])
    written(path, "Sunday", [opened("Eve"), ev.Ended(at(1))])
    with Journal(path) as journal:
        assert journal.athletes("Saturday") == {"Ana", "Ben", "Čeněk 'x\" =1+1 🏃", "Dee"}
        assert journal.athletes("Sunday") == {"Eve"}
        assert journal.athletes("Monday") == set()


def test_it_is_durable_at_each_event_and_only_ever_appended_to(path):
    with log_of(path) as log:
        log.append(EVENTS[0])
        assert log._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert log._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        for change in ("UPDATE events SET utc = ''", "DELETE FROM events"):
            with pytest.raises(sqlite3.IntegrityError, match="only ever appended"):
                log._db.execute(change)


def test_a_reader_sees_each_event_while_the_session_is_written(path):
    with log_of(path) as log:
        log.append(EVENTS[0])
        with Journal(path) as journal:
            assert len(journal.records("Saturday")) == 1
            log.append(EVENTS[1])
            assert len(journal.records("Saturday")) == 2


def test_a_second_station_is_refused_until_the_first_ends(path):
    with log_of(path), pytest.raises(InUseError, match="another station is using") as raised:
        log_of(path, "Sunday")
    assert str(path) in str(raised.value)
    with log_of(path, "Sunday") as log:
        assert log.trouble is None


def test_a_second_name_of_a_journal_is_no_second_journal(path, tmp_path):
    other = tmp_path / "other.sqlite"
    with log_of(path):
        other.symlink_to(path)
        with pytest.raises(InUseError):
            log_of(other, "Sunday")


WRITER = """
import sys
from pathlib import Path
from station.journal.journal import Log
from station.session.events import Began
log = Log(Path(sys.argv[1]), "Saturday", "boot-1")
for at_ns in range(100_000):
    number = log.append(Began(at_ns)).number
    assert log.trouble is None
    print(number, flush=True)
"""
KILLS = 12


def test_kill_9_at_any_instant_loses_nothing_that_was_said(path):
    draw = random.Random(4)
    said = 0
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            for _ in range(draw.randrange(1, 60)):
                said = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            # What it said before it died counts too.
            said = int([str(said), *writer.stdout.read().split("\n")[:-1]][-1])
        with Journal(path) as journal:
            kept = journal.records("Saturday")
        assert [*kept] == [*range(1, len(kept) + 1)]
        assert said <= len(kept) <= said + 1
        said = len(kept)


FULL = """
import resource, signal, sys
from pathlib import Path
from station.journal.journal import Journal, Log
from station.session.events import Withdrawn
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
with Log(path, "Saturday", "boot-1") as log:
    log.append(Withdrawn(0, "Ana", 500 * "x"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
    for at_ns in range(1, 200):
        log.append(Withdrawn(at_ns, "Ana", 500 * "x"))
    print(log.trouble)
    waited = log.waiting
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    log.append(Withdrawn(200, "Ana"))
    print(waited > 0, log.trouble, log.waiting)
with Journal(path) as journal:
    print([one.event.at_ns for one in journal.records("Saturday").values()] == [*range(201)])
"""


def test_on_a_full_disk_the_session_goes_on_and_is_saved_when_there_is_room(path):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL), str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    trouble, saved, whole = done.stdout.splitlines()
    assert "the session goes on in memory" in trouble
    assert str(path) in trouble
    assert saved == "True None 0"
    assert whole == "True"


def test_a_folder_that_is_not_there_yet_is_waited_for(tmp_path):
    path = tmp_path / "stick" / "journal.sqlite"
    with log_of(path) as log:
        for event in EVENTS[:3]:
            log.append(event)
        assert "unable to open database file" in log.trouble
        assert "3 events are waiting" in log.trouble
        assert [one.event for one in log.records.values()] == EVENTS[:3]
        path.parent.mkdir()
        log.append(EVENTS[3])
        assert (log.trouble, log.waiting) == (None, 0)
    with Journal(path) as journal:
        assert [one.event for one in journal.records("Saturday").values()] == EVENTS[:4]


def test_a_station_that_came_first_to_a_folder_that_is_there_at_last_keeps_it(tmp_path):
    path = tmp_path / "stick" / "journal.sqlite"
    with log_of(path) as late:
        late.append(EVENTS[0])
        path.parent.mkdir()
        with log_of(path, "Sunday"):
            late.append(EVENTS[1])
            assert "another station is using" in late.trouble
        late.append(EVENTS[2])
        assert late.trouble is None
    with Journal(path) as journal:
        assert [one.event for one in journal.records("Saturday").values()] == EVENTS[:3]


def test_a_journal_that_breaks_under_a_session_is_made_anew_with_all_of_it(path):
    with log_of(path) as log:
        log.append(EVENTS[0])
        for file in path.parent.glob("journal.sqlite*"):
            if not file.name.endswith("lock"):
                file.write_bytes(b"x" * file.stat().st_size)
        log.append(EVENTS[1])
        assert log.trouble is not None
        for file in path.parent.glob("journal.sqlite*"):
            if not file.name.endswith("lock"):
                file.unlink()
        log.append(EVENTS[2])
        assert log.trouble is None
    with Journal(path) as journal:
        assert [one.event for one in journal.records("Saturday").values()] == EVENTS[:3]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_said(tmp_path):
    tmp_path.chmod(0o500)
    with log_of(tmp_path / "journal.sqlite") as log:
        assert "yours to write" in log.trouble
    tmp_path.chmod(0o700)


def test_a_journal_beside_which_nothing_can_be_written_is_read_all_the_same(path):
    with Log(path, "s1", "b") as log:
        log.append(ev.Began(START))
    shared = path.with_name(f"{path.name}-shm")
    shared.symlink_to(shared)  # nor can SQLite write its own there
    with Journal(path) as journal:
        assert [one.event for one in journal.records("s1").values()] == [ev.Began(START)]
    path.with_name(f"{path.name}-wal").write_bytes(bytes(100))  # of which more may be known
    with pytest.raises(JournalError, match="yours to write"):
        Journal(path)


def test_a_file_that_is_none_of_ours_is_left_alone_and_the_session_is_rescued(path):
    content = b"no journal at all " * 1000
    path.write_bytes(content)
    with log_of(path) as log:
        for event in EVENTS:
            log.append(event)
        assert "file is not a database" in log.trouble
        assert "move the file away" in log.trouble
        other = path.with_name("rescued.sqlite")
        log.rescue(other)
    assert path.read_bytes() == content
    with Journal(other) as journal:
        assert [one.event for one in journal.records("Saturday").values()] == EVENTS


@pytest.fixture
def places(path, monkeypatch):
    """Where a session may go that its journal cannot take; none of it is this computer's."""
    for name in ("home", "temporary"):
        path.with_name(name).mkdir()
    monkeypatch.setenv("HOME", str(path.with_name("home")))
    monkeypatch.setattr(tempfile, "tempdir", str(path.with_name("temporary")))
    return elsewhere(path)


def test_what_its_journal_cannot_take_is_in_the_next_that_can(path, places):
    assert [one.parent for one in places] == [
        path.parent, path.with_name("home"), path.with_name("temporary"),
    ]  # fmt: skip
    path.write_bytes(b"no journal at all " * 1000)
    for place in places:
        for session in ("Saturday", "Sunday"):
            log = log_of(path, session)
            for event in EVENTS:
                log.append(event)
            log.end(places)
            assert (log.kept, log.waiting) == (place, 0)
            assert log.trouble.endswith(f"the whole session is in {place} instead")
        with Journal(place) as journal:
            for session in ("Saturday", "Sunday"):
                assert [one.event for one in journal.records(session).values()] == EVENTS
        place.write_bytes(b"nor that " * 1000)
    log = log_of(path, "Monday")
    log.append(EVENTS[0])
    log.end(places)
    assert log.trouble.endswith("; 1 event is lost")
    assert (log.kept, log.waiting) == (None, 1)


def test_a_place_that_cannot_take_it_either_is_left_as_it_was(path, places):
    path.write_bytes(b"no journal at all " * 1000)
    log = log_of(path)
    log.append(EVENTS[0])
    places[0].with_name(f"{places[0].name}-wal").mkdir()  # there SQLite can make no journal
    log.end(places)
    assert log.kept == places[1]
    assert not places[0].exists()
    assert not places[0].with_name(f"{places[0].name}.lock").exists()


def test_a_file_that_makes_sense_with_its_log_alone_is_gone_on_with(path):
    """As a full disk leaves it: the log is whole, and of it the file took the first page."""
    log = log_of(path)
    for event in EVENTS:
        log.append(event)
    with sqlite3.connect(path) as db:
        first_page = db.serialize()[:4096]
    copy = path.with_name("copy.sqlite")
    copy.write_bytes(first_page)
    Path(f"{copy}-wal").write_bytes(Path(f"{path}-wal").read_bytes())
    log.end()
    with log_of(copy) as again:
        assert (again.trouble, [one.event for one in again.records.values()]) == (None, EVENTS)


def moved(path):
    path.rename(path.with_name("moved.sqlite"))


def replaced(path):
    path.unlink()
    path.symlink_to(path.with_name("other.sqlite"))


def removed(path):
    for file in path.parent.glob("journal.sqlite*"):
        file.unlink()


def cut_off(path):
    os.truncate(f"{path}-wal", 0)


@pytest.mark.parametrize("away", [Path.unlink, moved, replaced, removed, cut_off])
def test_a_journal_that_goes_away_under_a_session_is_made_anew_with_all_of_it(path, away):
    with log_of(path) as log:
        for event in EVENTS[:3]:
            log.append(event)
        away(path)
        log.append(EVENTS[3])
        assert "was moved away, replaced or cut off" in log.trouble
        assert log.waiting == 4
        log.append(EVENTS[4])
        assert (log.trouble, log.waiting) == (None, 0)
        with pytest.raises(InUseError):
            log_of(path, "Sunday")
    with Journal(path) as journal:
        assert [one.event for one in journal.records("Saturday").values()] == EVENTS[:5]


def scrawled_over(path):
    with Path(f"{path}-wal").open("rb+") as file:
        file.write(random.Random(1).randbytes(4096))


def test_what_can_no_longer_be_read_at_the_end_is_elsewhere(path, places):
    log = log_of(path)
    for event in EVENTS:
        log.append(event)
    assert log.trouble is None
    scrawled_over(path)
    log.end(places)
    assert log.kept == places[0]
    with Journal(log.kept) as journal:
        assert [one.event for one in journal.records("Saturday").values()] == EVENTS


@pytest.mark.parametrize("away", [Path.unlink, moved, replaced, removed, cut_off])
def test_a_journal_that_goes_away_at_the_very_end_is_made_anew(path, places, away):
    log = log_of(path)
    for event in EVENTS:
        log.append(event)
    away(path)
    log.end(places)
    assert (log.kept, log.trouble) == (path, None)
    with Journal(path) as journal:
        assert [one.event for one in journal.records("Saturday").values()] == EVENTS


def test_what_became_a_folder_is_said_and_the_session_is_elsewhere(path, places):
    log = log_of(path)
    log.append(EVENTS[0])
    path.unlink()
    path.mkdir()
    log.append(EVENTS[1])
    log.append(EVENTS[2])
    assert "is no file that could be a journal" in log.trouble
    log.end(places)
    assert log.kept == places[0]


def test_a_session_in_which_nothing_happened_is_kept_nowhere(path, places):
    log = log_of(path)
    log.end(places)
    assert (log.kept, log.trouble) == (None, None)


@pytest.mark.parametrize("name", [":memory:", "file:journal.sqlite?mode=memory"])
def test_a_name_that_means_something_to_sqlite_is_a_files_name(path, monkeypatch, name):
    monkeypatch.chdir(path.parent)
    written(Path(name))
    assert (path.parent / name).stat().st_size
    with Journal(Path(name)) as journal:
        assert len(journal.records("Saturday")) == len(EVENTS)


def test_a_journal_that_leads_to_itself_is_said(path):
    path.symlink_to(path)
    with log_of(path) as log:
        assert "unable to open database file" in log.trouble
    with pytest.raises(JournalError, match="there is no journal"):
        Journal(path)


OTHERS = [
    "CREATE TABLE recipes (name)",
    "CREATE TABLE events (name); PRAGMA user_version = 1",
    "CREATE TABLE recipes (name); PRAGMA user_version = 99",
    "PRAGMA application_id = 7",
    "PRAGMA user_version = 7",
]


@pytest.mark.parametrize("script", OTHERS)
def test_another_programs_database_is_not_changed_by_a_byte(path, script):
    with sqlite3.connect(path) as db:
        db.executescript(script)
    before = path.read_bytes()
    with log_of(path) as log:
        log.append(EVENTS[0])
        assert "is another program's database; move the file away" in log.trouble
    with pytest.raises(JournalError, match="another program's database"):
        Journal(path)
    assert path.read_bytes() == before
    assert [*path.parent.iterdir()] == [path]


def test_a_journal_of_before_it_was_marked_as_ours_is_one(path):
    written(path)
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA application_id").fetchone() == (OURS,)
        db.execute("PRAGMA application_id = 0")
    written(path, "Sunday")
    with Journal(path) as journal:
        assert len(journal.sessions()) == 2


@pytest.mark.parametrize("utc", ["yesterday", "2026-05-02T17:29:59", ""])
def test_a_time_of_day_that_is_none_is_said_and_the_next_session_begins(path, utc):
    written(path, utc=utc)
    with (
        Journal(path) as journal,
        pytest.raises(JournalError, match=r"is damaged .* move the file away"),
    ):
        journal.records("Saturday")
    written(path, "Sunday")
    with Journal(path) as journal:
        assert [one.session for one in journal.sessions()][-1] == "Sunday"


def damage(path, page):
    with path.open("r+b") as file:
        file.seek(page * 4096)
        file.write(random.Random(page).randbytes(2048))


def test_a_damaged_journal_is_said_even_where_another_session_is_hit(path):
    written(path, "Friday", [ev.Withdrawn(n, "Ana", 500 * "x") for n in range(100)])
    damage(path, path.stat().st_size // 4096 // 2)
    with log_of(path) as log:
        log.append(EVENTS[0])
        assert "is damaged; move the file away" in log.trouble
        path.rename(path.with_name("damaged.sqlite"))
        log.append(EVENTS[1])
        assert log.trouble is None
    with Journal(path) as journal:
        assert [one.event for one in journal.records("Saturday").values()] == EVENTS[:2]


def test_a_journal_of_a_newer_station_is_left_alone(path):
    written(path)
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(JournalError, match="newer station"):
        Journal(path)
    with log_of(path) as log:
        assert "newer station" in log.trouble


def test_an_event_that_this_station_does_not_know_is_said(path):
    written(path)
    with sqlite3.connect(path) as db:
        body = '{"event": "danced", "at_ns": 1}'
        db.execute(INSERT, ("Saturday", 7, BOOT, UTC, body))
    with Journal(path) as journal, pytest.raises(JournalError, match="'danced'"):
        journal.records("Saturday")
    with log_of(path) as log:
        assert "does not know" in log.trouble


def test_there_is_no_journal_to_read(path):
    with pytest.raises(JournalError, match="there is no journal"):
        Journal(path)
    assert not path.exists()


def test_a_restart_of_the_station_alone_needs_no_wall_clock():
    last = Record(9, BOOT, UTC, ev.Held(at(100)))
    assert resume(last, BOOT, at(130), "2020-01-01T00:00:00.000000Z") is None


def test_a_restart_of_the_computer_is_bridged_by_the_time_of_day():
    last = Record(9, BOOT, "2026-05-02T17:30:00.250000Z", ev.Held(at(100)))
    event = resume(last, "boot-2", 7 * S, "2026-05-02T17:31:00.500000Z")
    # 60.25 s have gone by, and it is second 7 of the new station time.
    assert event == ev.Resumed(7 * S, 7 * S - (at(100) + round(60.25 * S)))
    session = fold([opened("Ana", of=plan()), ev.Began(START)])
    session.apply(ev.Ran(at(90), "Ana", 1, run(90)))
    session.apply(event)
    assert session.reps[1].end_ns == pytest.approx(7 * S - 70.25 * S, abs=1)


@pytest.mark.parametrize("boot_id", [BOOT, "boot-2"], ids=["station", "computer"])
def test_after_a_restart_every_recovery_clock_is_right(path, boot_id):
    written(path, events=[*EVENTS[:3], ev.Called(at(60), "Ben")])
    with Journal(path) as journal:
        before = turns(fold(journal.effective("Saturday")))
    # Twelve seconds later by the time of day; station time goes on, or began anew at 5 s.
    now_ns = at(72) if boot_id == BOOT else 5 * S
    now_utc = UTC.replace("30:00", "30:12")
    with log_of(path, boot_id=boot_id, utc=now_utc) as log:
        resumed = resume(log.records[4], boot_id, now_ns, now_utc)
        if resumed is not None:
            log.append(resumed)
    with Journal(path) as journal:
        after = turns(fold(journal.effective("Saturday")))
    assert [turn.athlete for turn in after] == [turn.athlete for turn in before]
    for old, new in zip(before, after, strict=True):
        assert new.ready_ns - now_ns == old.ready_ns - at(72)
        assert new.go_ns - now_ns == old.go_ns - at(72)


def test_a_time_of_day_that_went_back_is_said():
    last = Record(9, BOOT, UTC, ev.Held(at(100)))
    with pytest.raises(JournalError, match="set its clock"):
        resume(last, "boot-2", 7 * S, "2026-05-02T17:29:59.000000Z")


def remains(folder: Path, text: str) -> list[str]:
    return [file.name for file in folder.iterdir() if text.encode() in file.read_bytes()]


def test_forget_takes_a_name_and_its_runs_out_for_good(path):
    events = [
        opened("Ana", "Ben", "Zebulon"),
        ev.Began(START),
        ev.Ran(at(15), "Zebulon", 1, run(15, source="zebulon.mp4")),
        ev.Ran(at(40), "Zebulon", 2, run(40)),
        ev.Assigned(at(41), "Ben", 2),
        ev.Voided(at(42), 1),
        ev.RepDone(at(60), "Ana", 3),
        ev.Assigned(at(61), "Zebulon", 3),
        ev.Undone(at(62), 8),
        ev.Joined(at(63), entry("Cleo")),
        ev.Withdrawn(at(70), "Zebulon", "zebulon is tired"),
        ev.Assigned(at(71), "Zebulon", 2),
        ev.Undone(at(72), 12),
        ev.TypedIn(at(80), "Zebulon", 4, at(79), 3.9),
        ev.Assigned(at(81), "Cleo", 4),
        ev.Split(at(82), "Zebulon", 5, at(79)),
        ev.Assigned(at(83), "Cleo", 5),
        ev.Ran(at(84), "Zebulon", 5, run(79)),
    ]
    written(path, events=events)
    written(path, "Sunday", EVENTS)
    # Enough of it that whole pages of the file fall free.
    often = [ev.Withdrawn(at(1), "Zebulon", 100 * "Zebulon "), ev.Rejoined(at(2), "Zebulon")]
    written(path, "Monday", [opened("Zebulon"), ev.Began(START), *20 * often])
    with log_of(path, "Tuesday"), pytest.raises(InUseError), forgetting(path, "Zebulon"):
        pytest.fail("it was taken out")
    assert remains(path.parent, "ebulon")
    size = path.stat().st_size
    with Journal(path):  # open elsewhere, and idle
        with forgetting(path, "Zebulon") as out:
            assert out == Forgotten(events=57, sessions=2)
        assert remains(path.parent, "ebulon") == []
    # Some builds of SQLite wipe what is freed and others do not: none keeps freed pages.
    assert path.stat().st_size < size
    with Journal(path) as journal:
        session = fold(journal.effective("Saturday"))
        assert [*session.members] == ["Ana", "Ben", "Cleo"]
        left = {rep.rep: (rep.athlete, rep.state) for rep in session.reps.values()}
        assert left == {
            2: ("Ben", "timed"),
            3: ("Ana", "keyed"),
            4: ("Cleo", "hand"),
            5: ("Cleo", "timed"),
        }
        assert (session.reps[2].run, session.reps[4].hand_s) == (run(40), 3.9)
        assert [one.event for one in journal.records("Sunday").values()] == EVENTS
        assert journal.records("Monday") == {}
    with log_of(path) as log, pytest.raises(sqlite3.IntegrityError):
        log._db.execute("DELETE FROM events")


def test_what_is_being_read_cannot_be_forgotten_at_once(path):
    written(path)
    with Journal(path) as journal:
        reading = journal.effective("Saturday")
        next(reading)
        with pytest.raises(JournalError, match="somebody is reading"), forgetting(path, "Ana"):
            pytest.fail("it was taken out")
        reading.close()
        with forgetting(path, "Ana"):
            pass
        assert remains(path.parent, "Ana") == []


def test_nothing_is_forgotten_unless_all_that_goes_with_it_can_be(path):
    written(path)
    with pytest.raises(StationError, match="not that"), forgetting(path, "Ana"):
        raise StationError("not that")
    with Journal(path) as journal:
        assert [one.event for one in journal.records("Saturday").values()] == EVENTS
    with log_of(path) as log, pytest.raises(sqlite3.IntegrityError):
        log._db.execute("DELETE FROM events")


def test_to_forget_somebody_unknown_changes_nothing(path):
    written(path)
    with forgetting(path, "Zebulon") as out:
        assert out == Forgotten(0, 0)
    with Journal(path) as journal:
        assert [one.event for one in journal.records("Saturday").values()] == EVENTS
