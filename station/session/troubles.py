"""What is wrong just now with devices, sound and journal (pure).

It decides which piece of news ends which trouble. What it means to a coach, its sentence says.
"""

from __future__ import annotations

from station.gates.timing import Notice

OVER = {
    "gate-back": ("gate-gone", "gate-silent"),
    "gate-heard": ("gate-silent",),
    "gate-calm": ("gate-mad",),
    "beam-clear": ("beam-blocked",),
    "journal-saved": ("journal-trouble",),
    "sound-back": ("sound-lost",),
    "camera-back": ("camera-gone", "camera-misfit"),
    "camera-stands": ("camera-moved",),
    "disk-roomy": ("disk-full",),
    "recording-kept": ("recording-lost",),
    "cone-stands": ("cone-moved",),
    "cones-placed": ("camera-moved", "cone-moved"),
}
"""News → the troubles that it ends, of the same device."""
BEGINS = {*sum(OVER.values(), ()), "record-lost", "gate-unplaced", "gate-other", "camera-over"}
"""What stays wrong until something ends it; some of it nothing does."""


class Troubles:
    """What is wrong, as far as was told."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], str] = {}

    def hear(self, notice: Notice) -> None:
        """Take a piece of news."""
        for name in OVER.get(notice.name, ()):
            self._said.pop((name, notice.gate), None)
        if notice.name in BEGINS:
            self._said[(notice.name, notice.gate)] = notice.said

    def names(self) -> frozenset[tuple[str, str]]:
        """What is wrong, by the names of the news, and with which device."""
        return frozenset(self._said)

    def now(self) -> tuple[str, ...]:
        """The sentences, the latest first."""
        return tuple(reversed(self._said.values()))
