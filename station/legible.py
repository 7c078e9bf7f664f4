"""Signs and names in the letters that an output has (pure).

It decides what stands for a sign of ours where there is only ASCII: never the question mark, which
is our own for doubt. What it has no letter for becomes one all the same.
"""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Mapping

ERRORS = "legible"
"""How a stream is to treat what its encoding lacks: see `str.encode`."""

IN_A_CELL = str.maketrans("·±✓✗▓░▒–—…▲▏●✖○", "|+yx#-:---^_*x.")
"""Where each sign has its place on a screen, and one cell."""

LETTERS = str.maketrans(
    {
        "ß": "ss", "Ø": "O", "ø": "o", "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ł": "L",
        "ł": "l", "Đ": "D", "đ": "d", "Ð": "D", "ð": "d", "Þ": "Th", "þ": "th", "ı": "i",
    }
)  # fmt: skip
"""Letters that no accent tells from plain ones."""

_MORE = str.maketrans("▼◇▮━╌┈─█▀▄•×−°√’‘′“”″", "vo#---=###*x-o/'''\"\"\"", "\u200c\u200d")
_LONGER = str.maketrans(
    {"±": "+-", "…": "...", "→": "->", "←": "<-", "↔": "<->", "µ": "u", "μ": "u", "⁄": "/"}
)
_IN_A_LINE: Mapping[int, int | str | None] = {**IN_A_CELL, **LETTERS, **_MORE, **_LONGER}


def in_ascii(text: str) -> str:
    """A text as it can be read where there is only ASCII; a sign may take more than one cell."""
    plain = unicodedata.normalize("NFKD", text.translate(_IN_A_LINE)).translate(_IN_A_LINE)
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return letters.encode("ascii", "replace").decode()


def _instead(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return in_ascii(error.object[error.start : error.end]), error.end


codecs.register_error(ERRORS, _instead)
