"""The console where the disk, its reader or who asks is at fault: a line, and it goes on."""

from __future__ import annotations

import io
import os
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from consoled import Showing

from hardware.errors import StationError
from hardware.files import write_whole
from station.console.places import without_places
from station.console.rooms import rooms
from station.live.ground import Ground
from station.terminal.line_by_line import LineByLine

ANA = {"athletes": [{"name": "Ana", "time_400_s": 58.0}]}
TOO_LONG = "j" * 300  # for any disk's names


def inside(showing: Showing) -> dict[str, str]:
    """What a phone sends that was let in."""
    _, _, headers = showing.ask("/api/pin", {"pin": showing.console.pin}, host=showing.elsewhere())
    return {"Cookie": headers["set-cookie"].partition(";")[0]}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            '{"error":"cannot write /home/jo/d/roster.toml (full)"}',
            "cannot write roster.toml (full)",
        ),
        ('{"error":"cannot use \'/media/jo/x.y/clips\'"}', "cannot use 'clips'"),
        (r'{"error":"see C:\\Users\\jo\\j.sqlite; move it"}', "see j.sqlite; move it"),
        ('{"gates":["/dev/ttyUSB0"]}', '["/dev/ttyUSB0"]'),
        ('{"camera":"http://10.0.0.7:8080/video/one"}', "http://10.0.0.7:8080/video/one"),
        ('{"path":"/workout#start","n":"km/h/s, 3 / 4"}', '"/workout#start","n":"km/h/s, 3 / 4"'),
    ],
)
def test_others_are_told_files_names_and_not_where_they_are(said: str, told: str) -> None:
    assert told in without_places(said.encode()).decode()


def test_what_cannot_be_kept_is_said_and_where_it_lies_to_this_computer_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "taken"
    folder.write_bytes(b"")  # where a folder should be
    ground = Ground(folder / "journal.sqlite", tmp_path / "clips")
    with Showing(share=True, rooms=rooms(ground)) as showing:
        cookie = inside(showing)
        assert showing.ask("/api/setup/see", {"ports": ["COM3"]})[0] == 200
        showing.console.tell(f"the journal {folder}/journal.sqlite is full; make room")
        for path, sent in (
            ("/api/workout/roster", ANA),
            ("/api/setup/place", {"fly_m": 30.0, "fly_by": "tape"}),
        ):
            status, here, _ = showing.ask(path, sent)
            assert status == 400
            assert f"cannot write {folder}" in here["error"]
            assert ("not kept" in here["error"]) == path.startswith("/api/setup")
            assert "yours to write" in here["error"]
            status, there, _ = showing.ask(path, sent, host=showing.elsewhere(), **cookie)
            assert status == 400
            assert there["error"] == here["error"].replace(f"{folder}/", "")
        events = showing.listen("/api/events?as=coach")
        assert any(f"{folder}/journal" in str(state) for _, state in events)
        _, state, _ = showing.ask("/api/state?as=coach", host=showing.elsewhere(), **cookie)
        assert state["news"] == ["the journal journal.sqlite is full; make room"]
    assert not caplog.records, "no traceback for what a coach can mend"


def test_what_the_system_alone_says_is_no_fault_of_the_program(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ground = Ground(tmp_path / TOO_LONG / "journal.sqlite", tmp_path / "clips")
    with Showing(rooms=rooms(ground)) as showing:
        status, answer, _ = showing.ask("/api/workout")
        assert status == 400
        assert "too long" in answer["error"]
        assert "yours to write" in answer["error"]
    assert not caplog.records


def test_a_full_disk_is_to_be_made_room_on() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no disk can be full here without filling one")
    with pytest.raises(StationError, match="No space left on device\\); make room on its disk"):
        write_whole(full, b"more")


@pytest.mark.parametrize("seen_elsewhere", [True, False])
def test_lines_that_nobody_reads_end_what_is_seen_nowhere_else(
    seen_elsewhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    said: list[str] = []
    ended: list[int] = []
    monkeypatch.setattr("station.printer.interrupt_main", ended.append)
    with os.fdopen(writer, "w") as nobody:
        monkeypatch.setattr(sys, "stdout", nobody)
        monkeypatch.setattr(sys, "stdin", io.StringIO())

        lost = pytest.raises(OSError, match=r"[Pp]ipe")
        with (
            nullcontext() if seen_elsewhere else lost,
            LineByLine(_ignore, _ignore, said.append if seen_elsewhere else None) as lines,
        ):
            lines.tell("one")
            while not (said or ended):
                lines.tell("another")
    assert len(said) == seen_elsewhere
    assert bool(ended) is not seen_elsewhere


def _ignore(*_: object) -> None:
    """Take nothing."""
