"""Bytes → lines, bounded: what never ends is dropped, never kept. It reads no meaning."""

from __future__ import annotations

LONGEST = 256  # bytes; no protocol here has a line a quarter as long


class Lines:
    """Cuts a stream of bytes at its line ends, wherever the chunks were cut."""

    def __init__(self, ends: bytes = b"\r\n") -> None:
        """Start empty; each byte of `ends` ends a line, and empty lines are none."""
        self._ends = ends
        self._rest = bytearray()
        self._overlong = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that these bytes complete, without their ends.

        A line over `LONGEST` bytes is noise: it is dropped up to its end.
        """
        lines: list[bytes] = []
        for byte in data:
            if byte in self._ends:
                if self._rest and not self._overlong:
                    lines.append(bytes(self._rest))
                self._rest.clear()
                self._overlong = False
            elif len(self._rest) < LONGEST:
                self._rest.append(byte)
            else:
                self._overlong = True
        return lines
