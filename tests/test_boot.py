"""A start of the computer has one name, in every process."""

from __future__ import annotations

import subprocess
import sys

from hardware.boot import boot_id


def test_the_start_of_the_computer_has_one_name():
    asked = [sys.executable, "-c", "from hardware.boot import boot_id; print(boot_id())"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    assert told == boot_id() != ""
