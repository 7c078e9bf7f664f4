"""The computer itself: versions, disk, clock, power, browser, network.

It decides when each is good enough for a session. It changes nothing.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from station.doctor.finding import Finding

PACKAGE = "flying-sprint-station"
LEAST_H = 2.0  # of battery, for a session
COARSE_S = 1e-3  # a clock that goes on in such steps is none to time by
LOOKS = 2000


def versions() -> Sequence[Finding]:
    """The station's, Python's, and libraries that are older than they may be."""
    from importlib.metadata import PackageNotFoundError, requires, version

    system = f"Python {platform.python_version()}, {platform.system()} {platform.release()}"
    try:
        seen = f"station {version(PACKAGE)}, {system}"
        needed = [one for one in requires(PACKAGE) or () if ";" not in one]
    except PackageNotFoundError:
        return [Finding("versions", "none", f"{system}; the station is not installed")]
    wrong = []
    for name, least in re.findall(r"^([\w.-]+)>=([\w.]+)", "\n".join(needed), re.MULTILINE):
        try:
            found = version(name)
        except PackageNotFoundError:
            wrong.append(f"{name} is missing")
            continue
        if _numbers(found) < _numbers(least):
            wrong.append(f"{name} is {found}, and at least {least} is needed")
    if wrong:
        remedy = f"pip install --upgrade {PACKAGE}"
        return [Finding("versions", "trouble", f"{seen}; {', '.join(wrong)}", remedy)]
    return [Finding("versions", "ok", f"{seen}, {len(needed)} libraries")]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0]))


def disk() -> Sequence[Finding]:
    """Room where sessions and recordings are kept."""
    from hardware.clips import Clips
    from station.journal.journal import default_journal
    from station.live.disk import room
    from station.session import state_row

    folder = default_journal().parent
    if why := _why_not_kept_in(folder):
        remedy = "name others with --journal FILE and --clips FOLDER, or mend that"
        return [Finding("disk", "trouble", f"sessions cannot be kept in {folder}: {why}", remedy)]
    found = room(default_journal(), Clips(folder / "clips"))
    told = state_row.disk(found.free_bytes, found.bytes_per_h)
    seen = f"{found.free_bytes / 1e9:.1f} GB free in {folder}, for {told.word} of filmed runs"
    return [Finding("disk", "trouble" if told.remedy else "ok", seen, told.remedy)]


def _why_not_kept_in(folder: Path) -> str:
    """Why nothing can be written in a folder or where it would be made; empty where it can."""
    home = Path.home()
    if home in folder.parents and not home.exists():
        return f"there is no home folder {home}"
    there = next(one for one in (folder, *folder.parents) if one.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            return ""
    except OSError as error:
        return f"nothing can be written in {there} ({error.strerror})"


def clock() -> Sequence[Finding]:
    """Station time, and the time of day."""
    from hardware.clock import SystemClock
    from hardware.power import asked

    station = SystemClock()
    looks = [station.now_ns() for _ in range(LOOKS)]
    steps_ns = [later - one for one, later in pairwise(looks) if later > one]
    step_s = min(steps_ns, default=1e9) / 1e9
    goes_on = "goes on while the computer sleeps"
    if not (hasattr(time, "CLOCK_BOOTTIME") or sys.platform in ("darwin", "win32")):
        goes_on = "may stand still while the computer sleeps"
    seen = f"station time {goes_on}, in steps of {1e6 * step_s:.2g} µs"
    if step_s > COARSE_S:
        return [Finding("clock", "trouble", seen, "too coarse to time by; use another computer")]
    if sys.platform == "linux":
        said = asked("timedatectl", "show", "--property=NTPSynchronized", "--value")
        if said is not None and said.strip() == "no":
            remedy = "sessions may get a wrong date: switch the network's time on"
            seen += "; the time of day is set by nobody"
            return [Finding("clock", "trouble", seen, remedy)]
    return [Finding("clock", "ok", seen)]


def power() -> Sequence[Finding]:
    """Battery, sleep, lid."""
    from hardware.battery import battery
    from hardware.power import awake, lid_sleeps

    found = []
    with awake("station doctor looks whether it can") as asleep:
        if asleep:
            found.append(Finding("sleep", "trouble", asleep))
        else:
            found.append(Finding("sleep", "ok", "the computer is kept awake while a session is on"))
    if lid_sleeps():
        seen = "closing it puts this computer to sleep"
        found.append(Finding("lid", "trouble", seen, "leave it open while a session is on"))
    charge = battery()
    if charge is None:
        return [*found, Finding("battery", "none", "this computer has none, or does not say")]
    seen = f"{100 * charge.charge_ratio:.0f} %, " + ("plugged in" if charge.plugged else "in use")
    if charge.left_s is not None and not charge.plugged:
        hours, seconds = divmod(charge.left_s, 3600)
        seen += f", lasts {hours:.0f} h {seconds // 60:02.0f}"
        if charge.left_s < LEAST_H * 3600:
            return [*found, Finding("battery", "trouble", seen, "plug it in before a session")]
    return [*found, Finding("battery", "ok", seen)]


def browser() -> Sequence[Finding]:
    """What opens the pages."""
    import webbrowser

    if sys.platform == "linux" and not os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}:
        remedy = "'station open --share', and open on another device what it says"
        return [Finding("browser", "none", "no screen that one could draw on", remedy)]
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        remedy = "install one, or 'station open --share' and another device"
        return [Finding("browser", "trouble", "none is found", remedy)]
    name = getattr(found, "name", "")
    return [Finding("browser", "ok", Path(name).name or "the system's")]


def network() -> Sequence[Finding]:
    """Where phones find the station."""
    from station.console.address import local_addresses

    addresses = local_addresses()
    if not addresses:
        remedy = "phones need one: let a phone be a hotspot, and join it"
        return [Finding("network", "none", "in no network", remedy)]
    seen = f"with --share, phones in the same network find it at {' or '.join(addresses)}"
    return [Finding("network", "ok", seen)]
