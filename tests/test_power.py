"""What keeps the computer awake, at the lowest boundary: the system's commands and calls."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from hardware import power
from hardware.power import DISPLAY, GO_ON, LID, SYSTEM, awake, kept_awake, lid_sleeps

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its commands are shell scripts")

ENDS_S = 10.0  # a process that was told to, on a machine that others use too
QUERY = """\
Power Scheme GUID: 381b4222-f694-41f0-9685-ff5bb260df2e  (Ausbalanciert)
    Power Setting GUID: 5ca83367-6e45-459f-a27b-476b1d01c936  (Zuklappen)
      GUID Alias: LIDACTION
      Index der möglichen Einstellung: 000
    Index der aktuellen Wechselstromeinstellung: 0x00000000
    Index der aktuellen Gleichstromeinstellung: 0x0000000{}
"""
Says = Callable[[str, str], None]


@pytest.fixture
def says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Says:
    """The system's commands are these scripts, and there are no others but a shell's."""
    for usual in ("sh", "cat", "sleep"):
        (tmp_path / usual).symlink_to(Path("/bin") / usual)
    monkeypatch.setenv("PATH", str(tmp_path))

    def script(name: str, text: str) -> None:
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)

    return script


PREFIX = {"linux": "systemd-inhibit", "darwin": "caffeinate"}
HOLDS = """
echo $$ > "{folder}/pid"; echo "$@" > "{folder}/asked"
while [ "$1" != cat ]; do shift; done
"$@"
"""


def ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("platform", PREFIX)
def test_the_computer_is_kept_awake_until_the_end(
    says: Says, tmp_path: Path, platform: str
) -> None:
    says(PREFIX[platform], HOLDS.format(folder=tmp_path))
    with awake("a session", platform) as asleep:
        assert asleep == ""
        pid = int((tmp_path / "pid").read_text())
        assert not ended(pid)
    assert ended(pid)
    asked = (tmp_path / "asked").read_text()
    assert asked.startswith("--what=sleep:idle" if platform == "linux" else "-dis")
    assert ("--why=a session" in asked) == (platform == "linux")


def test_it_may_sleep_again_when_the_station_is_killed(says: Says, tmp_path: Path) -> None:
    says("systemd-inhibit", HOLDS.format(folder=tmp_path))
    program = (
        "import os, signal\nfrom hardware.power import awake\n"
        "with awake('a session', 'linux'):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=False, timeout=ENDS_S)
    pid, began_s = int((tmp_path / "pid").read_text()), time.monotonic()
    while not ended(pid):
        assert time.monotonic() - began_s < ENDS_S


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo Access denied >&2; exit 1", "Access denied"),
        ("exit 1", "refused"),
        (None, "systemd-inhibit: No such file or directory"),
    ],
)
def test_what_keeps_nothing_awake_is_said_with_the_remedy(
    says: Says, script: str | None, why: str
) -> None:
    if script is not None:
        says("systemd-inhibit", script)
    with awake("a session", "linux") as asleep:
        assert asleep == (
            f"this computer may fall asleep while times are taken ({why}): switch that off in the "
            "system's settings"
        )


def test_a_system_that_hangs_holds_nobody_up(says: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "ANSWERS_S", 0.1)
    says("systemd-inhibit", "exec sleep 100")
    says("busctl", "exec sleep 100")
    began_s = time.monotonic()
    with awake("a session", "linux") as asleep:
        assert "does not answer" in asleep
    assert power.asked("busctl") is None
    assert time.monotonic() - began_s < ENDS_S


def test_windows_is_asked_by_its_call() -> None:
    states: list[int] = []

    def answers(state: int) -> int:
        states.append(state)
        return GO_ON

    with awake("a session", "win32", answers) as asleep:
        assert (asleep, states) == ("", [GO_ON | SYSTEM | DISPLAY])
    assert states[1:] == [GO_ON]
    with awake("a session", "win32", lambda state: 0) as asleep:
        assert "Windows refuses" in asleep


def test_elsewhere_it_is_said_too() -> None:
    with awake("a session", "freebsd14") as asleep:
        assert "no way is known on freebsd14" in asleep


@pytest.mark.parametrize(
    ("action", "sleeps"),
    [("suspend", True), ("hybrid-sleep", True), ("ignore", False), ("lock", False)],
)
def test_a_lid_on_linux_does_what_logind_says(
    says: Says, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str, sleeps: bool
) -> None:
    says("busctl", f"echo 's \"{action}\"'")
    monkeypatch.setattr(power, "LIDS", tmp_path / "lid")
    assert lid_sleeps("linux") is None
    (tmp_path / "lid" / "LID0").mkdir(parents=True)
    assert lid_sleeps("linux") is sleeps


def test_a_lid_of_which_linux_does_not_say_is_not_known(
    says: Says, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lid" / "LID0").mkdir(parents=True)
    monkeypatch.setattr(power, "LIDS", tmp_path / "lid")
    assert lid_sleeps("linux") is None
    says("busctl", "echo Failed to connect to bus >&2; exit 1")
    assert lid_sleeps("linux") is None


@pytest.mark.parametrize(
    ("batteries", "settings", "sleeps"),
    [
        (" -InternalBattery-0 (id=1)\t95%; discharging", " sleep 1", True),
        (" -InternalBattery-0 (id=1)\t95%; discharging", " SleepDisabled\t\t1", False),
        ("Now drawing from 'AC Power'", "", None),
    ],
)
def test_a_lid_on_macos(says: Says, batteries: str, settings: str, sleeps: bool | None) -> None:
    says("pmset", f'if [ "$2" = batt ]; then echo "{batteries}"; else echo "{settings}"; fi')
    assert lid_sleeps("darwin") is sleeps


@pytest.mark.parametrize(("action", "sleeps"), [(0, False), (1, True), (2, True)])
def test_a_lid_on_windows_on_battery(
    says: Says, monkeypatch: pytest.MonkeyPatch, action: int, sleeps: bool
) -> None:
    read = SimpleNamespace(percent=80, secsleft=3600, power_plugged=False)
    monkeypatch.setattr(psutil, "sensors_battery", lambda: read, raising=False)
    says("powercfg", f"cat <<'END'\n{QUERY.format(action)}END")
    assert lid_sleeps("win32") is sleeps
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None, raising=False)
    assert lid_sleeps("win32") is None


@pytest.mark.skipif(sys.platform != "linux", reason="the commands are Linux's")
def test_what_may_send_it_to_sleep_is_said_before(
    says: Says, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lid" / "LID0").mkdir(parents=True)
    monkeypatch.setattr(power, "LIDS", tmp_path / "lid")
    said: list[str] = []
    says("busctl", "echo 's \"suspend\"'")
    with kept_awake(said.append):
        assert "may fall asleep" in said[0]
        assert said[1:] == [LID]
    says("systemd-inhibit", HOLDS.format(folder=tmp_path))
    says("busctl", "echo 's \"ignore\"'")
    said.clear()
    with kept_awake(said.append):
        assert said == []
