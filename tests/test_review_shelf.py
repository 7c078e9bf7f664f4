"""When a recording is read again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from station.console.review_shelf import as_it_is

FILES = ("a.mp4", "a.toml", "a.sync.toml", "b.mp4", "b.toml")


@pytest.mark.parametrize("changed", FILES)
def test_of_two_cameras_whatever_changes_is_noticed(tmp_path: Path, changed: str) -> None:
    for name in FILES:
        (tmp_path / name).write_text('first = "a.mp4"\nsecond = "b.mp4"\n')
    before = as_it_is(tmp_path / "a.mp4")
    assert as_it_is(tmp_path / "a.mp4") == before
    file = tmp_path / changed
    file.write_text(file.read_text() + "# cones placed anew\n")
    os.utime(file, ns=(1, 1))
    assert as_it_is(tmp_path / "a.mp4") != before
