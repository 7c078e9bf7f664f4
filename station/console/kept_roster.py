"""The roster that the Workout page holds, in its file beside the journal.

It decides how rows are shown, and that nobody's work is written over. Who may be in a roster
`station.session.roster` decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from hardware.errors import StationError
from station.session.roster import Row, beside, load_rows, of_row, save_rows


class KeptRoster:
    """All athletes, in running order; read anew each time, for a coach may edit the file too."""

    def __init__(self, journal: Path) -> None:
        """That of a journal, whether or not it is there yet."""
        self._path = beside(journal)

    def rows(self) -> list[Row]:
        """All of it; nobody where there is none.

        Raises:
            StationError: It cannot be read.
        """
        if not self._path.exists():
            return []
        return [
            msgspec.structs.replace(
                row,
                name=of_row(row).name,
                time_400_s=_with_point(row.time_400_s),
                time_800_s=_with_point(row.time_800_s),
            )
            for row in load_rows(self._path)
        ]

    def readable(self) -> tuple[list[Row], str]:
        """The roster as far as it can be read, and why it cannot."""
        try:
            return self.rows(), ""
        except StationError as error:
            left = "It is left as it is: mend it, or move it away, then reload this page"
            return [], f"{error}. {left}"

    def keep(self, rows: Sequence[Row]) -> None:
        """Write all of it.

        Raises:
            StationError: It cannot be written; or what is there cannot be read.
        """
        with suppress(OSError):  # whoever writes there says what is wrong
            self._path.parent.mkdir(parents=True, exist_ok=True)
        self.rows()  # one that cannot be read is somebody's work, and not written over
        save_rows(self._path, rows)


def _with_point(time: float | str | None) -> float | str | None:
    """A time as the pages show all others, also where it was typed with a comma."""
    return time.replace(",", ".") if isinstance(time, str) else time
