"""Which start of the computer this is: station time counts from there.

It decides what names a start. It reads no time of day where the system has a name for it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

LINUX = Path("/proc/sys/kernel/random/boot_id")
STEP_S = 120.0  # by which a time of day may be set without seeming a new start


def boot_id() -> str:
    """A name that is the same until the computer is started anew."""
    if LINUX.exists():
        return LINUX.read_text(encoding="ascii").strip()
    if sys.platform == "darwin":
        asked = ["sysctl", "-n", "kern.bootsessionuuid"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    # Windows names none: when it was, to two minutes.
    return f"since {round((time.time() - time.monotonic()) / STEP_S)}"
