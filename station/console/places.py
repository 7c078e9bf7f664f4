r"""What others are told of this computer's disk: what a file is called, and not where (pure).

It decides what looks like a place on a disk, on any system: `/home/jo/sprints/journal.sqlite` is
told as `journal.sqlite`, `C:\Users\jo\clips` as `clips`. A device's name, as `/dev/ttyUSB0`, stays.
"""

from __future__ import annotations

import re

FOLDERS = re.compile(
    rb"""(?<![\w:/.~<-])(?:/(?!dev/)|[A-Za-z]:\\\\)(?:[^/\\\s"'<>|,;()]+(?:/|\\\\))+"""
)
"""Of a text in JSON, where a backslash stands twice."""


def without_places(encoded: bytes) -> bytes:
    """JSON as it may be told elsewhere."""
    return FOLDERS.sub(b"", encoded)
