"""Whether the computer may fall asleep: kept awake for as long as something lasts.

It decides by which of the system's own means, and what is said where it has none. A lid that is
closed is another matter: no system asks a program about it, so that one can only warn of it.
"""

from __future__ import annotations

import re
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hardware.battery import battery

ANSWERS_S = 3.0  # a system's command that takes longer has hung
LIDS = Path("/proc/acpi/button/lid")
ASLEEP = ("suspend", "hibernate", "hybrid-sleep", "sleep", "poweroff", "halt", "kexec")
BLOCKING = {
    "linux": ("systemd-inhibit", "--what=sleep:idle", "--mode=block", "--who=station"),
    "darwin": ("caffeinate", "-dis"),
}
"""Commands that keep a computer awake for as long as the command lasts that follows them."""
# SetThreadExecutionState: https://learn.microsoft.com/windows/win32/api/winbase/
GO_ON, SYSTEM, DISPLAY = 0x80000000, 0x00000001, 0x00000002

LID = "closing the lid puts this computer to sleep: leave it open while times are taken"

SetState = Callable[[int], int]


@contextmanager
def kept_awake(warn: Callable[[str], None]) -> Iterator[None]:
    """Keep the computer awake while times are taken; what may send it to sleep is said before."""
    with awake("times are taken") as asleep:
        for said in (asleep, LID if lid_sleeps() else ""):
            if said:
                warn(said)
        yield


@contextmanager
def awake(
    why: str, platform: str = sys.platform, set_state: SetState | None = None
) -> Iterator[str]:
    """Keep the computer awake.

    Args:
        why: What for, as the system shows it to who asks.
        platform: As `sys.platform` has it.
        set_state: Windows' `SetThreadExecutionState`; its own by default.

    Yields:
        Why it may fall asleep all the same, and what helps; empty where it does not.
    """
    if platform == "win32":
        set_state = set_state or _windows()
        kept = set_state(GO_ON | SYSTEM | DISPLAY)  # 0 where it is refused
        try:
            yield "" if kept else _unkept("Windows refuses")
        finally:
            set_state(GO_ON)
        return
    command = BLOCKING.get(platform)
    if command is None:
        yield _unkept(f"no way is known on {platform}")
        return
    told = (f"--why={why}",) if platform == "linux" else ()
    try:
        process = subprocess.Popen(
            [*command, *told, "cat"],  # ends with its input, and so with the station, however
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C is not for it
        )
    except OSError as error:
        yield _unkept(f"{command[0]}: {error.strerror}")
        return
    with process:
        try:
            yield _begun(process)
        finally:
            process.kill()


def lid_sleeps(platform: str = sys.platform) -> bool | None:
    """Whether the computer falls asleep when its lid is closed, on battery.

    Args:
        platform: As `sys.platform` has it.

    Returns:
        None where it has no lid, or does not say.
    """
    if platform == "win32":
        said = asked("powercfg", "/query", "SCHEME_CURRENT", "SUB_BUTTONS", "LIDACTION")
        settings = re.findall(r"\b0x([0-9a-fA-F]{8})\b", said or "")  # mains, then battery
        return None if not settings or battery() is None else int(settings[-1], 16) != 0
    if platform == "darwin":
        said = asked("pmset", "-g", "batt")
        if said is None or "InternalBattery" not in said:
            return None
        return not re.search(r"SleepDisabled\s+1", asked("pmset", "-g") or "")
    if not any(LIDS.glob("*")):
        return None
    login = "org.freedesktop.login1"
    manager = (login, f"/{login.replace('.', '/')}", f"{login}.Manager")
    said = asked("busctl", "get-property", *manager, "HandleLidSwitch")
    action = re.search(r'"(.*)"', said or "")
    return None if action is None else action[1].startswith(ASLEEP)


def asked(*command: str) -> str | None:
    """What a command of the system says; None where there is none, or it fails or hangs."""
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=ANSWERS_S,
            text=True,
            errors="replace",
        ).stdout
    return None


def _begun(process: subprocess.Popen[bytes]) -> str:
    """Wait until it keeps the computer awake: then what follows it answers."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    with suppress(BrokenPipeError):
        process.stdin.write(b"\n")
    if not select.select([process.stdout], [], [], ANSWERS_S)[0]:
        return _unkept("the system does not answer")
    if process.stdout.read(1):
        return ""
    said = process.stderr.read().decode(errors="replace").strip().rpartition("\n")[2]
    return _unkept(said or "refused")


def _unkept(why: str) -> str:
    return (
        f"this computer may fall asleep while times are taken ({why}): switch that off in the "
        "system's settings"
    )


def _windows() -> SetState:
    import ctypes

    library = getattr(ctypes, "windll")  # noqa: B009 - there on Windows alone
    set_state: SetState = library.kernel32.SetThreadExecutionState
    return set_state
