"""Which cameras are plugged in or built in, by name and number; none of them is opened.

It decides how a camera is called to a coach. What the system lists, a library knows.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import cv2

_BY_SYSTEM = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_MSMF, "darwin": cv2.CAP_AVFOUNDATION}


@dataclass(frozen=True, slots=True)
class PluggedCamera:
    """A camera that the computer has.

    Attributes:
        number: By which it is opened.
        name: What its maker calls it.
    """

    number: int
    name: str


def plugged_cameras() -> list[PluggedCamera]:
    """All that the system lists, by number."""
    from cv2_enumerate_cameras import enumerate_cameras

    if sys.platform not in _BY_SYSTEM:
        return []
    listed = enumerate_cameras(_BY_SYSTEM[sys.platform])
    found = {one.index: PluggedCamera(one.index, one.name) for one in listed}
    return [found[number] for number in sorted(found)]
