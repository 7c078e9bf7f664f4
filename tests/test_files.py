"""Files appear whole or not at all, whatever the target is and whatever goes wrong."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from hardware.errors import StationError
from hardware.files import drafted, write_whole


def test_a_link_stays_a_link_and_its_file_is_replaced(tmp_path: Path) -> None:
    path, link = tmp_path / "zone.toml", tmp_path / "link.toml"
    path.write_bytes(b"old")
    link.symlink_to(path)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert sorted(tmp_path.iterdir()) == [link, path]


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "fly.mp4"
    path.write_bytes(b"old")
    with drafted(path) as draft:
        draft.write_bytes(b"half")
        assert path.read_bytes() == b"old"
        draft.write_bytes(b"whole")
    assert path.read_bytes() == b"whole"
    with pytest.raises(KeyboardInterrupt):
        broken_off(path)
    assert path.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [path]


def broken_off(path: Path) -> None:
    with drafted(path) as draft:
        draft.write_bytes(b"half")
        raise KeyboardInterrupt


def test_two_threads_that_write_one_file_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "setup.toml"
    with drafted(path) as draft:
        draft.write_bytes(b"first")
        other = threading.Thread(target=write_whole, args=(path, b"second"))
        other.start()
        other.join()
        assert path.read_bytes() == b"second"
    assert path.read_bytes() == b"first"


def test_a_device_is_written_to_directly() -> None:
    device = Path(os.devnull)
    write_whole(device, b"gone")
    with drafted(device) as draft:
        assert draft == device
    assert not device.is_file()


def test_a_place_that_cannot_be_written_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)
    for target, said in [
        (tmp_path, "cannot write"),
        (tmp_path / "none" / "zone.toml", "cannot write"),
        (loop, "is a link that leads to itself; delete it"),
    ]:
        with pytest.raises(StationError, match=said) as refused:
            write_whole(target, b"new")
        assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == [loop]
