"""Bytes of a terminal or a pipe to keys (no I/O).

It decides what is a key: a character, or one of `ENTER`, `ESCAPE`, `BACKSPACE`. Arrows and function
keys are none, and are passed over. It decides no meaning.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator

ENTER, ESCAPE, BACKSPACE = "\n", "\x1b", "\x7f"
_ALIKE = {"\r": ENTER, "\x08": BACKSPACE}


def named(char: str) -> str:
    """One name for keys that send different characters here and there."""
    return _ALIKE.get(char, char)


class Decoder:
    """Bytes to keys, in whichever pieces they come (no I/O)."""

    def __init__(self) -> None:
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self._inside = ""  # of a sequence: what it began with

    @property
    def waits(self) -> bool:
        """Whether the last byte was Esc, or inside a sequence: what follows decides."""
        return bool(self._inside)

    def feed(self, data: bytes) -> Iterator[str]:
        """Take bytes; give the keys that they were."""
        for char in self._utf8.decode(data):
            yield from self._take(char)

    def pause(self) -> Iterator[str]:
        """Nothing followed: an Esc was the key, and any other beginning is none."""
        if self._inside == ESCAPE:
            yield ESCAPE
        self._inside = ""

    def _take(self, char: str) -> Iterator[str]:
        # ESC [ parameters final, ESC O final, and ESC [ [ final of the Linux console
        if self._inside == ESCAPE and char in "[O":
            self._inside = char
        elif self._inside == "[" and char == "[":
            self._inside = "O"
        elif self._inside == "[" and " " <= char <= "?":
            pass
        elif self._inside in ("[", "O"):
            self._inside = ""
        else:
            yield from self.pause()
            if char == ESCAPE:
                self._inside = ESCAPE
            else:
                yield named(char)
