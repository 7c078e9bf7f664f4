"""What is refused has no effect: one line says why, and what was so before goes on."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from consoled import Showing

from station.console.setup import SetupRoom
from station.live.chosen import BY_HAND
from station.live.ground import Ground


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """Between sessions, nothing chosen."""
    return Ground(tmp_path / "journal.sqlite", tmp_path / "clips")


@pytest.mark.parametrize("sent", [{"camera": "100"}, {"camera": "away.mp4", "camera3": "100"}])
def test_a_camera_that_is_refused_is_neither_chosen_nor_opened(
    ground: Ground, sent: dict[str, str]
) -> None:
    with Showing(rooms=(SetupRoom(ground),)) as one:
        status, got, _ = one.ask("/api/setup/see", sent)
        assert (status, "'100' is no camera's number" in got["error"]) == (400, True)
        assert one.ask("/api/setup")[0] == 200
    assert ground.chosen == BY_HAND
    assert "camera preview" not in [thread.name for thread in threading.enumerate()]
