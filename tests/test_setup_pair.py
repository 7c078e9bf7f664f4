"""A camera for each marker as Set-up has it: what is kept, offered again, chosen anew, refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from consoled import WAIT_S, Showing

from calibration.camera_sync import CameraSync
from calibration.profile import Profile
from calibration.same_flashes import Together
from hardware.clock import ManualClock
from hardware.errors import StationError
from hardware.played_camera import PlayedCamera
from station.camera.flashing import LeaptError
from station.camera.pair import CameraPair
from station.console.setup import SetupRoom
from station.console.setup_choosing import See, choose, clocks_said
from station.console.workout import WorkoutRoom
from station.film.sync_cameras import Synced
from station.live import last_setup
from station.live.bench import Bench
from station.live.chosen import BY_HAND, Chosen, Second
from station.live.desk import Desk
from station.live.ground import Ground
from station.live.holding import Keeping, Sounding
from station.live.opening import Opening
from station.live.preview import Preview
from station.live.syncing import FLASH, Syncing
from station.live.trying import Trying
from station.live.workout import Workout
from station.live.zeroing import Zeroing
from station.session.roster import Row, beside, save_rows
from station.voice.cues import Manner

AT_3 = Profile(
    30.0,
    (480, 270),
    marker3_px=((238.5, 187.3), (239.0, 177.8)),
    camera_distance_m=8.0,
    camera_height_m=1.5,
    towards="right",
    fly_by="wheel",
)
AT_2 = replace(AT_3, marker2_px=AT_3.marker3_px, marker3_px=())
SYNC = CameraSync("cameras", "0", "rtsp://b/live", 0.12, 0.001, 5.0, 0.0, 0.0, 10)
PAIR = Chosen(
    30.0,
    "0",
    AT_2,
    ("/dev/ttyUSB0", "COM3"),
    second=Second("rtsp://b/live", AT_3, None, SYNC, "2026-11-22T18:40+00:00"),
    fly_by="wheel",
)


def test_a_pair_is_offered_again_with_its_cones_and_its_clocks_in_doubt(tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    on = np.zeros(AT_2.picture_px[::-1], np.uint8)
    last_setup.keep(replace(PAIR, placed_on=on, second=replace(PAIR.second, placed_on=on)), journal)
    kept = last_setup.last(journal)
    assert kept is not None
    assert kept.second is not None
    assert kept.second.placed_on is not None
    assert kept.second == replace(PAIR.second, profile=replace(AT_3, unconfirmed=True), since=True)
    assert kept.profile == replace(AT_2, unconfirmed=True)
    assert "cones not confirmed" in kept.said()
    assert "flash again" in clocks_said(kept.second)
    assert "±9 ms" in clocks_said(PAIR.second)
    assert kept.films
    pair = kept.live_camera(tmp_path)
    assert isinstance(pair, CameraPair)
    assert [{*one.zone.markers} for one in pair.each] == [{2}, {3}]


def test_a_camera_lost_in_a_session_leaves_the_clocks_in_doubt_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it does on Set-up, however it is watched there; recordings go together as ever."""
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    for lost, chosen in (
        (False, PAIR),
        (True, PAIR),
        (True, replace(PAIR, second=replace(PAIR.second, sync=replace(SYNC, clock="recordings")))),
    ):
        ground.chosen = chosen
        camera = chosen.live_camera(tmp_path)
        assert camera is not None
        camera.each[1].lost = lost
        of_another_zone = Opening(
            replace(BY_HAND, fly_m=50.0).setup(),
            None,
            camera,
            Workout("fly", (), ()),
            Keeping(ground.journal),
            Sounding(Manner(), on=False),
        )
        with pytest.raises(StationError):  # which is as short as a session can be
            ground.hold(of_another_zone, Desk(), nullcontext(), print, print)
        assert ground.filmed
        assert ground.chosen.second is not None
        assert ground.chosen.second.since == (lost and chosen is PAIR)
        ground.chosen = chosen
        bench = Bench(ground)
        none = PlayedCamera(tmp_path / "none.mp4", ManualClock(), lambda _: None)
        with Preview(none, ManualClock()) as preview:
            preview.lost = lost
            bench._previews = {2: preview}
            bench.let_go()
        assert ground.chosen.second.since == (lost and chosen is PAIR)
        ground.chosen = chosen

        def ended(*_: object, lost: bool = lost, **__: object) -> None:
            raise (LeaptError if lost else StationError)("no more flashes")

        monkeypatch.setattr("station.camera.flashing.sync_live", ended)
        bench._watching = Syncing(chosen).__enter__()
        bench.let_go()
        assert ground.chosen.second.since == (lost and chosen is PAIR)
        zeroing = Zeroing(replace(chosen, ports=("/dev/a",)))
        zeroing._camera.each[1].lost = lost
        assert zeroing.lost == lost


def test_flashes_that_a_start_ends_count_in_the_session_that_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flashed, found = threading.Event(), replace(SYNC, offset_s=0.345)

    def going_on(_self: Syncing, out: Path) -> Synced:
        flashed.set()
        assert _self._stopped.wait(WAIT_S)
        together = Together(found.offset_s, found.offset_sd_s, 5.0, 0.0, 0.0, 10, 9.0)
        return Synced(found, together, out, "")

    monkeypatch.setattr(Syncing, "_found", going_on)
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    ground.chosen = replace(
        PAIR,
        camera="http://127.0.0.1:9/none",
        ports=(),
        second=replace(PAIR.second, sync=replace(SYNC, first="http://127.0.0.1:9/none")),
    )
    begun: list[Opening] = []
    monkeypatch.setattr(ground, "begin", begun.append)
    bench, room = Bench(ground), WorkoutRoom(ground)
    save_rows(beside(ground.journal), [Row("Ana", here=True)])
    bench.flash(on=True)
    assert flashed.wait(WAIT_S)
    with Showing(rooms=(room,)) as one:
        status, got, _ = one.ask("/api/workout/start", {"workout": "fly-30"})
    assert status == 202, got
    (opening,) = begun
    assert isinstance(opening.camera, CameraPair)
    assert opening.camera._timing._sync.offset_s == found.offset_s


def test_a_picture_of_a_camera_that_there_is_not_is_refused_and_the_preview_goes_on(
    tmp_path: Path,
) -> None:
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    bench = Bench(ground)
    none = PlayedCamera(tmp_path / "none.mp4", ManualClock(), lambda _: None)
    room = SetupRoom(ground, bench)
    with Preview(none, ManualClock()) as preview, Showing(rooms=(room,)) as one:
        ground.chosen = replace(PAIR, camera="http://127.0.0.1:9/none", second=None, ports=())
        bench._previews = {2: preview}
        status, got, _ = one.ask("/api/setup/freeze", {"marker": 3})
        assert (status, list(got)) == (400, ["error"])
        assert bench._previews == {2: preview}
        assert not preview.left


def test_without_flashes_or_cones_a_pair_times_nothing(tmp_path: Path) -> None:
    for second, lacks in (
        (replace(PAIR.second, sync=None), "the flashes that both see"),
        (replace(PAIR.second, profile=None), "no cones yet at Marker 3"),
    ):
        chosen = replace(PAIR, second=second, ports=())
        assert chosen.live_camera(tmp_path) is None
        assert lacks in chosen.said()
        with pytest.raises(StationError, match=lacks):
            Trying(chosen)


def test_what_is_chosen_anew_leaves_what_is_of_the_other(tmp_path: Path) -> None:
    same = See("0", "rtsp://b/live", PAIR.ports)
    again = choose(same, PAIR)
    assert again.profile == replace(AT_2, unconfirmed=True)
    assert again.second == replace(PAIR.second, profile=replace(AT_3, unconfirmed=True))
    other = choose(See("0", "1", PAIR.ports), PAIR)
    assert (other.profile, other.second) == (AT_2, Second("1"))
    first = choose(See("1", "rtsp://b/live", PAIR.ports), PAIR)
    assert first.profile is None
    assert first.second == replace(PAIR.second, sync=None, flashed="")
    alone = choose(See("0", "", PAIR.ports), PAIR)
    assert (alone.profile, alone.second) == (None, None)
    assert choose(See("0", "rtsp://b/live"), PAIR).profile == AT_2
    sized = choose(msgspec.structs.replace(same, camera_size="640 × 480", camera_fps=120), PAIR)
    assert (sized.camera_px, sized.camera_fps) == ((640, 480), 120)
    assert sized.profile is None
    assert sized.second is not None
    assert sized.second.profile == AT_3  # no USB camera: nothing is asked of it
    turned = PAIR.swapped()
    assert (turned.camera, turned.camera_at(3)) == ("rtsp://b/live", "0")
    assert turned.second is not None
    assert turned.second.sync == SYNC.swapped


def test_one_length_is_of_both_cameras() -> None:
    longer = replace(AT_3, fly_m=50.0)
    chosen = PAIR.placed(3, longer, None)
    assert chosen.profile == replace(AT_2, fly_m=50.0)
    assert (chosen.fly_m, chosen.profile_at(3)) == (50.0, longer)
    assert PAIR.placed(2, replace(AT_2, fly_m=40.0), None).profile_at(3) == replace(
        AT_3, fly_m=40.0
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (See("0", "0"), "named twice"),
        (See("rtsp://LOCALHOST/a", "rtsp://me:pw@127.0.0.1:554/a/"), "named twice"),
        (See("http://cam/v?eye=left", "http://cam/v?eye=right"), r"shown as http://cam/v\?eye=…"),
        (See("", "1"), "Marker 2's camera first"),
        (See(ports=("", "COM3")), "'' is no serial port; choose one that is listed"),
        (See(ports=(__file__,)), "is no serial port"),
        (See(ports=("COM3", "COM4", "COM5")), "3 gates are chosen; choose one, or one for each"),
        (See("0", camera_fps=float("nan")), "no camera's rate"),
        (See("0", camera_fps=0.0), "no camera's rate"),
        (See("0", camera_size="wide"), "no size of a picture"),
        (See("0", camera_size="0x720"), "no size of a picture"),
        (See("0", camera_size="1x2x3"), "no size of a picture"),
    ],
)
def test_what_cannot_be_chosen_is_said_in_a_line(said: See, why: str) -> None:
    with pytest.raises(StationError, match=why):
        choose(said, BY_HAND)


def test_while_flashes_are_watched_for_the_last_count_is_said_and_no_picture_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = threading.Event()

    def count(*_: object, say: Callable[[str], None], stopped: threading.Event, **__: object):
        for flashes in (1, 2):
            say(f"changes of light: {flashes}")
        counted.set()
        stopped.wait(WAIT_S)
        raise StationError("they saw no flashes that are surely the same")

    monkeypatch.setattr("station.camera.flashing.sync_live", count)
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    ground.chosen = Chosen(30.0, "http://127.0.0.1:9/a", second=Second("http://127.0.0.1:9/b"))
    with Showing(rooms=(SetupRoom(ground),)) as one:
        one.ask("/api/setup/flash", {"on": True})
        assert counted.wait(WAIT_S)
        _, got, _ = one.ask("/api/setup")
        assert got["clocks"]["lines"] == [FLASH, "changes of light: 2"]
        assert got["steps"][0]["said"] == "watching for flashes"
        _, got, _ = one.ask("/api/setup/flash", {"on": False})
        assert "no flashes" in got["clocks"]["lines"][-1]
    ground.let_go()
