"""How well the Fly Zone's length is known, by how it was measured (pure).

It decides what each way of measuring leaves unknown, as a share of the length: it is in every
velocity, and in no time. It measures nothing.
"""

from __future__ import annotations

from typing import Literal

FlyBy = Literal["marks", "tape", "wheel", "paces"]

LENGTH_SD: dict[FlyBy, float] = {
    # The lane marks are exact to a centimetre; then a cone stands on each, within another.
    "marks": 0.0005,
    # Surveyors give taping on even ground 1 : 1000 (3 cm in 30 m).
    "tape": 0.001,
    # Makers promise 99.5 to 99.9 % on a smooth floor.
    "wheel": 0.003,
    # Surveyors' paces are good to 1 : 100 by those who know the length of theirs; we allow twice.
    "paces": 0.02,
}
"""One standard deviation of the length, by the length."""


def length_sd(by: FlyBy | None) -> float:
    """What a way of measuring leaves unknown, one sd; nothing where it was not said."""
    return 0.0 if by is None else LENGTH_SD[by]
