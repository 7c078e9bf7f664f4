"""Letters and digits drawn from blocks, to be read from three metres (pure).

It decides their shapes. What is no Latin letter, digit or common mark it does not draw.
"""

from __future__ import annotations

import unicodedata

from station.legible import LETTERS

ROWS = 5
_SHAPES = {
    "A": ".#. #.# ### #.# #.#", "B": "##. #.# ##. #.# ##.", "C": ".## #.. #.. #.. .##",
    "D": "##. #.# #.# #.# ##.", "E": "### #.. ##. #.. ###", "F": "### #.. ##. #.. #..",
    "G": ".### #... #.## #..# .###", "H": "#.# #.# ### #.# #.#", "I": "# # # # #",
    "J": "..# ..# ..# #.# .#.", "K": "#.# #.# ##. #.# #.#", "L": "#.. #.. #.. #.. ###",
    "M": "#...# ##.## #.#.# #...# #...#", "N": "#..# ##.# #.## #..# #..#",
    "O": ".##. #..# #..# #..# .##.", "P": "##. #.# ##. #.. #..", "Q": ".##. #..# #..# #.## .###",
    "R": "##. #.# ##. #.# #.#", "S": ".## #.. .#. ..# ##.", "T": "### .#. .#. .#. .#.",
    "U": "#.# #.# #.# #.# ###", "V": "#.# #.# #.# #.# .#.", "W": "#...# #...# #.#.# ##.## #...#",
    "X": "#.# #.# .#. #.# #.#", "Y": "#.# #.# .#. .#. .#.", "Z": "### ..# .#. #.. ###",
    "0": "### #.# #.# #.# ###", "1": ".#. ##. .#. .#. ###", "2": "### ..# ### #.. ###",
    "3": "### ..# .## ..# ###", "4": "#.# #.# ### ..# ..#", "5": "### #.. ### ..# ###",
    "6": "### #.. ### #.# ###", "7": "### ..# ..# .#. .#.", "8": "### #.# ### #.# ###",
    "9": "### #.# ### ..# ###", ":": ". # . # .", ".": ". . . . #", "-": "... ... ### ... ...",
    "+": "... .#. ### .#. ...", "'": "# # . . .", " ": ".. .. .. .. ..", "!": "# # # . #",
    "?": "##. ..# .#. ... .#.",
}  # fmt: skip


def pixels(text: str) -> list[str] | None:
    """A text as rows of `#` and `.`, letters without their accents; None where one has no shape."""
    plain = unicodedata.normalize("NFKD", text.translate(LETTERS)).upper()
    letters = [char for char in plain if not unicodedata.combining(char)]
    if not letters or any(letter not in _SHAPES for letter in letters):
        return None
    shapes = [_SHAPES[letter].split() for letter in letters]
    return [".".join(shape[row] for shape in shapes) for row in range(ROWS)]


def height(scale: int) -> int:
    """How many lines letters take at a scale, the number of cells that a pixel is wide."""
    return -(-ROWS * scale // 2)


def drawn(text: str, width: int, lines: int) -> list[str] | None:
    """A text as large as it fits, from half blocks: a cell is a pixel wide and two high.

    Args:
        text: What to draw.
        width: Cells there are.
        lines: Lines there are.

    Returns:
        The lines that it takes, None where it does not fit or cannot be drawn.
    """
    rows = pixels(text)
    if rows is None:
        return None
    scale = width // len(rows[0])
    while scale and height(scale) > lines:
        scale -= 1
    if not scale:
        return None
    wide = ["".join(pixel * scale for pixel in row) for row in rows for _ in range(scale)]
    if len(wide) % 2:
        wide.append("." * len(wide[0]))
    return [
        "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(wide[::2], wide[1::2], strict=True)
    ]


_HALVES = {("#", "#"): "█", ("#", "."): "▀", (".", "#"): "▄", (".", "."): " "}
