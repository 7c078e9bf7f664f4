"""Lines of text as a screen is made of: wrapped, cut, set side by side, drawn large (pure).

It decides how a text is made to fit, and that none steers a terminal. It decides no word.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from math import floor

from rich.console import Console
from rich.text import Text

from station.terminal.big_letters import drawn
from station.workout.notation import clock

_ANY = Console(file=io.StringIO())  # wrapping asks for one, and does not use it


def large(text: str, width: int, height: int, blocks: bool) -> list[Text]:
    """A text as large as there is room for, at least as a line."""
    lines = drawn(text, width, height) if blocks else None
    return [Text(safe(text), "bold")] if lines is None else [Text(line) for line in lines]


def since(seconds: float) -> str:
    """Minutes and seconds that are over."""
    return clock(floor(max(seconds, 0.0)))


def safe(text: str) -> str:
    """A text that steers no terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)


def wrapped(text: str, width: int, style: str = "") -> list[Text]:
    """A text as lines that are no wider."""
    return [*Text(safe(text), style).wrap(_ANY, max(width, 1))]


def beside(left: Text, right: Text, at: int) -> Text:
    """Two in one line, the right one from a cell on."""
    line = left.copy()
    line.truncate(at, overflow="ellipsis", pad=True)
    return line.append(right)


def padded(line: Text, width: int, style: str) -> Text:
    """A line that is filled up, with a style over all of it."""
    line.truncate(width, overflow="ellipsis", pad=True)
    line.stylize(style)
    return line


def fit(lines: Sequence[Text], height: int) -> list[Text]:
    """So many lines, the first ones or empty ones after them."""
    return [*lines[:height], *(Text() for _ in range(height - len(lines)))]
