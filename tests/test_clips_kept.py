"""Recordings have their room: the oldest go, none with a star; a disk that fills is said."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from drills import at, begun, run
from footage import SHORT_FILM, Station, played

from hardware.clips import (
    CALIBRATION,
    FORSAKEN_S,
    LEAST_FREE_BYTES,
    SYNC,
    Clips,
    earlier_calibrations,
    recalibrate,
    remove,
    star,
    starred,
)
from hardware.errors import StationError
from station.camera.events import CameraNotice, FilmedRun
from station.commands import camera
from station.gates.timing import Notice
from station.live.starring import starred as keep
from station.session import events as ev
from station.session.news import Refused
from station.terminal.asking import Star
from station.terminal.keys import KEYS

EACH = 1000
FIRST = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class Disk:
    """A disk that has so much room, and more when files on it go."""

    def __init__(self, total: int) -> None:
        self.total = total

    def free_bytes(self, folder: Path) -> int:
        return self.total - sum(path.stat().st_size for path in folder.iterdir())


def filled(folder: Path, number: int, most_bytes: int, disk: Disk) -> tuple[Clips, list[Path]]:
    """So many clips, a minute apart, each with its calibration."""
    clips = Clips(folder, most_bytes, disk.free_bytes)
    paths = []
    for minute in range(number):
        path = clips.name(FIRST + timedelta(minutes=minute))
        path.write_bytes(bytes(EACH))
        path.with_suffix(CALIBRATION).touch()
        paths.append(path)
    return clips, paths


def test_the_oldest_go_but_none_with_a_star(tmp_path):
    clips, paths = filled(tmp_path, 6, 3 * EACH, Disk(10 * LEAST_FREE_BYTES))
    star(paths[1])
    assert clips.make_room() == [paths[0], paths[2], paths[3]]
    assert clips.kept() == [paths[1], paths[4], paths[5]]
    assert not paths[0].with_suffix(CALIBRATION).exists()
    assert clips.trouble() == ""
    star(paths[1], on=False)
    clips.most_bytes = 2 * EACH
    assert clips.make_room() == [paths[1]]


def test_what_a_killed_station_left_half_written_goes_and_what_is_being_written_stays(tmp_path):
    clips, paths = filled(tmp_path, 1, 3 * EACH, Disk(10 * LEAST_FREE_BYTES))
    left, now = (tmp_path / f".{number}.mp4.{number}.part" for number in (1, 2))
    for draft in (left, now):
        draft.write_bytes(bytes(EACH))
    long_ago_s = paths[0].stat().st_mtime - FORSAKEN_S - 1
    os.utime(left, (long_ago_s, long_ago_s))
    assert clips.make_room() == []
    assert sorted(clips.folder.glob("*.mp4*")) == [now, *paths]


def belong(clip: Path, other: Path) -> None:
    """Two cameras' clips of one run."""
    clip.with_suffix(SYNC).write_text(f'first = "{clip.name}"\nsecond = "{other.name}"\n')


@pytest.mark.parametrize("by", [0, 1, 2])
def test_what_two_cameras_recorded_of_a_run_stays_or_goes_together(tmp_path, by):
    clips, paths = filled(tmp_path, 6, 4 * EACH, Disk(10 * LEAST_FREE_BYTES))
    belong(paths[0], paths[2])
    belong(paths[1], paths[2])  # which shows both runs
    star(paths[by])
    assert all(starred(path) for path in paths[:3])
    assert clips.make_room() == paths[3:5]
    star(paths[2 - by], on=False)
    assert not any(starred(path) for path in paths[:3])
    clips.most_bytes = 3 * EACH
    assert clips.make_room() == paths[:3]
    assert [path.name for path in tmp_path.iterdir() if path.suffix != CALIBRATION] == [
        paths[5].name
    ]


def test_the_newest_stays_with_the_other_cameras(tmp_path):
    clips, paths = filled(tmp_path, 3, EACH, Disk(10 * LEAST_FREE_BYTES))
    belong(paths[0], paths[2])
    assert clips.make_room() == [paths[1]]


def test_a_disk_that_fills_makes_the_oldest_go_and_is_said_where_none_may(tmp_path):
    disk = Disk(LEAST_FREE_BYTES + 4 * EACH)
    clips, paths = filled(tmp_path, 6, 100 * EACH, disk)
    assert clips.make_room() == paths[:2]
    assert clips.trouble() == ""
    for path in paths[2:]:
        star(path)
    disk.total -= 3 * EACH
    assert clips.make_room() == []
    assert "GB left" in clips.trouble()


def test_before_there_is_a_folder_there_is_no_trouble(tmp_path):
    clips = Clips(tmp_path / "none", 10, Disk(0).free_bytes)
    assert clips.make_room() == []
    assert clips.trouble() == ""


def test_a_full_disk_is_a_cameras_news_and_the_run_is_timed(rendered, tmp_path):
    video, _ = rendered(SHORT_FILM)
    station = Station(video, tmp_path)
    station.clips.free_bytes = lambda _: 0
    station.see(*played(video))
    assert [one.name for one in station.of(CameraNotice)].count("disk-full") == 1
    assert station.of(FilmedRun)


def filmed(end_s: float, clip: Path):
    return run(end_s, source=f"video:{clip}#1")


def test_a_key_keeps_the_last_recording_and_again_no_longer(tmp_path):
    session = begun()
    clip, other = tmp_path / "a.mp4", tmp_path / "b.mp4"
    clip.touch()
    session.apply(ev.Ran(at(20), "Ana", 1, filmed(20, clip)))
    for on, name in ((True, "starred"), (False, "star-taken")):
        told = keep(session, None, 21.0)
        assert isinstance(told, Notice)
        assert (told.name, starred(clip)) == (name, on)
    session.apply(ev.Ran(at(50), "Ben", 2, filmed(50, other)))  # whose clip is gone
    for number, said in ((None, "the last rep has no recording"), (7, "rep 7 has no recording")):
        refused = keep(session, number, 51.0)
        assert isinstance(refused, Refused)
        assert said in refused.said
    assert isinstance(keep(session, 1, 52.0), Notice)
    assert starred(clip)
    assert next(one.act for one in KEYS if one.key == "*") == Star()


def test_no_calibration_is_written_over_and_all_go_with_the_clip(tmp_path):
    clip = tmp_path / "a.mp4"
    clip.touch()
    for cones in (b"first", b"second", b"second", b"third"):
        recalibrate(clip, cones)
    assert [one.read_bytes() for one in earlier_calibrations(clip)] == [b"first", b"second"]
    assert clip.with_suffix(".toml").read_bytes() == b"third"
    remove(clip)
    assert not any(tmp_path.iterdir())


def options(*words):
    parser = argparse.ArgumentParser()
    camera.options(parser)
    return parser.parse_args(words)


def test_how_much_room_they_may_take_is_an_option():
    assert options().clips_max_gb == 20
    assert options("--clips-max-gb", "0.5").clips_max_gb == 0.5
    for wrong in ("0", "-1", "lots", "nan"):
        with pytest.raises(StationError, match="is no room for recordings"):
            options("--clips-max-gb", wrong)
