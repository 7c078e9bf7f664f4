"""The doctor: what it finds on computers that are well, ill, and hung; faked at the lowest end."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import psutil
import pytest
from plugged import Device
from sound_server import point_at, running_server

from hardware.gates import serial_port
from station.cli import main
from station.doctor import computer, devices
from station.doctor.checks import CHECKS
from station.doctor.finding import Check, Finding, look_over


def one(found: Any) -> Finding:
    (finding,) = found
    assert isinstance(finding, Finding)
    return finding


def test_every_check_answers_in_its_order_whatever_becomes_of_others() -> None:
    never = threading.Event()

    def hangs() -> list[Finding]:
        never.wait()
        return []

    def fails() -> list[Finding]:
        raise RuntimeError("two\nlines")

    def lacks() -> list[Finding]:
        import nothing_of_that_name  # type: ignore[import-not-found]  # noqa: F401

        return []

    well = Finding("disk", "ok", "room")
    began_s = time.monotonic()
    found = list(
        look_over(
            [
                Check("camera", hangs, 0.05, "unplug it"),
                Check("gates", fails),
                Check("speech", lacks),
                Check("disk", lambda: [well, well]),
            ]
        )
    )
    assert time.monotonic() - began_s < 5
    assert [finding.line() for finding in found] == [
        "trouble  camera    no answer within 0.05 s: unplug it",
        "trouble  gates     RuntimeError: two lines",
        "trouble  speech    the Python package 'nothing_of_that_name' is missing: install it "
        "with pip",
        "ok       disk      room",
        "ok       disk      room",
    ]
    never.set()


def test_the_command_says_one_line_each_and_all_is_a_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    point_at(monkeypatch, tmp_path)
    monkeypatch.setattr(serial_port, "comports", list)
    assert main(["doctor", "--json", "-"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(list(keys) == ["name", "state", "seen", "remedy"] for keys in told)
    assert {keys["state"] for keys in told} <= {"ok", "trouble", "none"}
    names = [keys["name"] for keys in told]
    assert names[:2] == ["versions", "camera"]
    assert {check.name for check in CHECKS} - {"power"} <= {*names}
    states = {keys["name"]: keys["state"] for keys in told}
    assert (states["gates"], states["sound"], states["speech"]) == ("none", "trouble", "ok")
    assert main(["doctor", "--json", "file"]) == 2


class Captured:
    """A camera as OpenCV gives it, which is what lets time pass."""

    def __init__(self, rate_hz: float, *, opened: bool = True) -> None:
        self._every_ns, self._opened, self.now_ns = round(1e9 / rate_hz), opened, 0

    def isOpened(self) -> bool:  # noqa: N802 - its name in OpenCV
        return self._opened

    def set(self, what: int, value: float) -> bool:
        return True

    def get(self, what: int) -> float:
        return -1.0

    def grab(self) -> bool:
        self.now_ns += self._every_ns
        return True

    def retrieve(self) -> tuple[bool, Any]:
        return True, np.full((48, 64, 3), 100, np.uint8)

    def release(self) -> None:
        pass


@pytest.mark.parametrize(
    ("captured", "state", "seen"),
    [
        (Captured(30.0), "ok", "camera 7, 'Lid': 64x48, 30 of 60 pictures a second"),
        (Captured(10.0), "trouble", "10 of 60 pictures a second"),
        (Captured(60.0, opened=False), "trouble", "another program uses it"),
    ],
)
def test_a_camera_is_named_with_what_it_delivers(
    monkeypatch: pytest.MonkeyPatch, captured: Captured, state: str, seen: str
) -> None:
    listed = [SimpleNamespace(index=7, name="Lid")]
    cameras = SimpleNamespace(enumerate_cameras=lambda _: listed)
    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", cameras)
    monkeypatch.setattr(cv2, "VideoCapture", lambda _: captured)
    monkeypatch.setattr(time, "clock_gettime_ns", lambda _: captured.now_ns)
    finding = one(devices.cameras())
    assert finding.state == state
    assert seen in finding.line()


def test_no_camera_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    cameras = SimpleNamespace(enumerate_cameras=lambda _: [])
    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", cameras)
    assert one(devices.cameras()).state == "none"


def test_gates_that_answer_are_told_from_ports_that_do_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def port(name: str) -> SimpleNamespace:
        return SimpleNamespace(
            device=name, description="n/a", vid=None, pid=None, serial_number=None
        )

    with Device() as gate:
        ports = [port(gate.port), port(str(tmp_path / "ttyUSB9"))]
        monkeypatch.setattr(serial_port, "comports", lambda: ports)
        found = {finding.state: finding.seen for finding in devices.gates()}
    assert "fgp1" in found["ok"]
    assert "flygate-avr" in found["ok"]
    assert "no port" in found["trouble"]


def test_a_loudspeaker_plays_a_moment_of_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_server(monkeypatch):
        finding = one(devices.sound())
    assert finding.state == "ok", finding
    assert "plays, with" in finding.seen


def test_libraries_that_are_too_old_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    about = tmp_path / "flying_sprint_station-0.9.0.dist-info"
    about.mkdir()
    needs = ("numpy>=2.0", "msgspec>=999.1", "nothing-of-that-name>=1", 'ruff>=99; extra == "test"')
    text = "Metadata-Version: 2.1\nName: flying-sprint-station\nVersion: 0.9.0\n"
    (about / "METADATA").write_text(text + "".join(f"Requires-Dist: {it}\n" for it in needs))
    monkeypatch.syspath_prepend(str(tmp_path))
    finding = one(computer.versions())
    assert finding.state == "trouble"
    assert "station 0.9.0, Python 3." in finding.seen
    assert "at least 999.1 is needed, nothing-of-that-name is missing" in finding.seen
    assert "numpy" not in finding.seen
    assert "ruff" not in finding.seen
    (about / "METADATA").write_text(text + "Requires-Dist: numpy>=2.0\n")
    assert one(computer.versions()).state == "ok"


@pytest.mark.parametrize(
    ("free_bytes", "state", "word"), [(500e9, "ok", "over 99 h"), (3e9, "trouble", "60 min")]
)
def test_room_on_the_disk_is_told_in_hours_as_in_the_state_row(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free_bytes: float, state: str, word: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free_bytes))
    finding = one(computer.disk())
    assert (finding.state, f"for {word} of filmed runs" in finding.seen) == (state, True)
    assert (word in finding.remedy) == (state == "trouble")


@pytest.mark.skipif(sys.platform != "linux", reason="the folder is one of Linux's")
def test_a_folder_that_is_closed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/proc/self")  # where nobody makes files, not even root
    assert "nothing can be written in /proc/self" in one(computer.disk()).line()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere home is found otherwise")
def test_who_has_no_home_is_told_so_and_given_none(tmp_path: Path) -> None:
    home = tmp_path / "nobody's"
    looks = "from station.doctor import computer, devices; devices.sound(); print(computer.disk())"
    system = {name: text for name, text in os.environ.items() if not name.startswith("XDG_")}
    done = subprocess.run(
        [sys.executable, "-c", looks],
        env={**system, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "there is no home folder" in done.stdout
    assert "--journal" in done.stdout
    assert not home.exists()


@pytest.fixture
def says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """The system's commands are these scripts."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def script(name: str, text: str) -> None:
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)

    return script


@pytest.mark.skipif(sys.platform != "linux", reason="the commands are Linux's")
def test_a_clock_that_nobody_sets_is_told(says: Callable[[str, str], None]) -> None:
    says("timedatectl", "echo no")
    assert one(computer.clock()).state == "trouble"
    says("timedatectl", "echo yes")
    finding = one(computer.clock())
    assert finding.state == "ok"
    assert "goes on while the computer sleeps" in finding.seen


@pytest.mark.skipif(sys.platform != "linux", reason="the commands are Linux's")
@pytest.mark.parametrize(
    ("battery", "state", "seen"),
    [
        (SimpleNamespace(percent=80.0, secsleft=9000, power_plugged=False), "ok", "lasts 2 h 30"),
        (SimpleNamespace(percent=9.0, secsleft=900, power_plugged=False), "trouble", "0 h 15"),
        (SimpleNamespace(percent=9.0, secsleft=-2, power_plugged=True), "ok", "9 %, plugged in"),
        (None, "none", "has none"),
    ],
)
def test_power_is_told(
    monkeypatch: pytest.MonkeyPatch,
    says: Callable[[str, str], None],
    battery: object,
    state: str,
    seen: str,
) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    says("systemd-inhibit", 'while [ "$1" != cat ]; do shift; done; exec cat')
    sleep, charge = computer.power()
    assert (sleep.name, sleep.state) == ("sleep", "ok")
    assert (charge.name, charge.state) == ("battery", state)
    assert seen in charge.seen
    says("systemd-inhibit", "exit 1")
    assert computer.power()[0].state == "trouble"


def test_a_browser_and_a_network_are_told_or_that_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(webbrowser, "get", lambda: SimpleNamespace(name="/usr/bin/firefox"))
    assert one(computer.browser()) == Finding("browser", "ok", "firefox")

    def none() -> None:
        raise webbrowser.Error

    monkeypatch.setattr(webbrowser, "get", none)
    assert one(computer.browser()).state == "trouble"
    if sys.platform == "linux":
        monkeypatch.delenv("DISPLAY")
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        assert one(computer.browser()).state == "none"

    def no_network(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(socket, "gethostbyname_ex", lambda _: ("", [], ["10.1.2.3"]))
    assert "10.1.2.3" in one(computer.network()).seen
    monkeypatch.setattr(socket, "gethostbyname_ex", no_network)
    monkeypatch.setattr(socket, "socket", no_network)
    assert one(computer.network()).state == "none"
