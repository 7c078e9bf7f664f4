"""What is refused has no effect: one line says why, and what was so before goes on."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from consoled import Showing
from starlette.requests import Request

from hardware.errors import StationError
from station.console.pages import _in_a_line
from station.console.review import _which
from station.console.setup import SetupRoom
from station.live import last_setup
from station.live.chosen import BY_HAND
from station.live.ground import Ground
from station.simulator.render import simulate
from station.simulator.scene import Scene


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """Between sessions, nothing chosen."""
    return Ground(tmp_path / "journal.sqlite", tmp_path / "clips")


@pytest.mark.parametrize(
    "sent", [{"camera": "100"}, {"camera": "rtsp://127.0.0.1:9/a", "camera3": "100"}]
)
def test_a_camera_that_is_refused_is_neither_chosen_nor_opened(
    ground: Ground, sent: dict[str, str]
) -> None:
    with Showing(rooms=(SetupRoom(ground),)) as one:
        status, got, _ = one.ask("/api/setup/see", sent)
        assert (status, "'100' is no camera's number" in got["error"]) == (400, True)
        assert one.ask("/api/setup")[0] == 200
    assert ground.chosen == BY_HAND
    assert "camera preview" not in [thread.name for thread in threading.enumerate()]


def test_with_nothing_chosen_nothing_is_kept(ground: Ground) -> None:
    kept = ground.journal.parent / last_setup.NAME
    sent = {"zero-holds": {}, "place": {"fly_m": 40, "fly_by": "tape"}}
    with Showing(rooms=(SetupRoom(ground),)) as one:
        for path, said in sent.items():
            status, got, _ = one.ask(f"/api/setup/{path}", said)
            assert (status, "nothing is set up" in got["error"]) == (400, True)
            assert not kept.exists()
        last_setup.keep(BY_HAND, ground.journal)
        assert one.ask("/api/setup")[1]["last"] == ""
        assert one.ask("/api/setup/last", {})[0] == 400


def test_a_fly_zone_is_5_to_100_m(ground: Ground) -> None:
    with Showing(rooms=(SetupRoom(ground),)) as one:
        for fly, status in (("4.9", 400), ("5", 200), ("30,5", 200), ("100", 200), ("101", 400)):
            assert one.ask(f"/api/setup/site?fly={fly}")[0] == status
        for fly_m in (1e-9, 101):
            _, got, _ = one.ask("/api/setup/place", {"fly_m": fly_m, "fly_by": "tape"})
            assert "from 5 to 100" in got["error"]


def test_a_number_of_many_digits_is_cut_short_where_it_is_said() -> None:
    assert _in_a_line(StationError(f"there is no run {'9' * 301}; ask")) == (
        "there is no run 999999999…; ask",
        400,
    )


@pytest.mark.parametrize(("asked", "rep"), [("9" * 5000, 0), ("x", 0), ("7", 7), ("", None)])
def test_what_is_no_number_of_a_run_is_none_of_its_runs(asked: str, rep: int | None) -> None:
    request = Request({"type": "http", "query_string": f"rep={asked}".encode()})
    assert _which(request).rep == rep


def test_a_recording_that_begins_after_all_is_over_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StationError, match="start is 100 s, and all is over after"):
        simulate(Scene(size="160x96", runs=1, start_s=100.0), tmp_path / "late.mp4")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"camera": "0", "camera3": "00"}, "0 is named twice"),
        ({"camera": "\u0663", "camera3": "3"}, "3 is named twice"),
        ({"ports": ["COM3", "COM3"]}, "one is chosen twice"),
        ({"camera": "0", "camera_size": "1x1"}, "'1x1' is no size"),
        ({"camera": "a\0b.mp4"}, "has no NUL"),
        ({"camera": "file:///home/me.mp4"}, "is no camera's address"),
    ],
)
def test_what_can_be_no_device_is_refused(
    ground: Ground, sent: dict[str, object], why: str
) -> None:
    with Showing(rooms=(SetupRoom(ground),)) as one:
        status, got, _ = one.ask("/api/setup/see", sent)
        assert (status, why in got["error"]) == (400, True)
    assert ground.chosen == BY_HAND
