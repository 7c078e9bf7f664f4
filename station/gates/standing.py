"""How a gate stands just now, in a word.

It decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GateState = Literal["good", "cold", "blocked", "mad", "silent", "gone", "unheard"]


@dataclass(frozen=True, slots=True)
class GateStands:
    """A gate.

    Attributes:
        name: The marker's, or the port's where it is not known which stands where.
        state: How it is.
    """

    name: str
    state: GateState
