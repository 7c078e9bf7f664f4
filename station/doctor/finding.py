"""Checks run side by side, each within its own time, and what they found.

It decides that no check holds up the doctor, nor ends it: one that hangs or fails is a finding too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

State = Literal["ok", "trouble", "none"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing.

    Attributes:
        name: Of the thing, in a word.
        state: It works; it does not; or it is not there.
        seen: What was.
        remedy: What to do; empty where nothing is to be done.
    """

    name: str
    state: State
    seen: str
    remedy: str = ""

    def line(self) -> str:
        """For people."""
        said = f"{self.seen}: {self.remedy}" if self.remedy else self.seen
        return f"{self.state:<8} {self.name:<9} {said}"

    def keys(self) -> dict[str, str]:
        """As JSON has it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Check:
    """A look at one kind of thing.

    Attributes:
        name: Of the thing, in a word.
        look: Finds out.
        within_s: What takes longer has hung.
        hangs: What to do then.
    """

    name: str
    look: Callable[[], Sequence[Finding]]
    within_s: float = 5.0
    hangs: str = "start the computer anew"


def look_over(checks: Sequence[Check]) -> Iterator[Finding]:
    """Make all checks; what each found comes in their order, as soon as it is known."""
    began_s = time.monotonic()
    begun = [_Look(check) for check in checks]
    for one in begun:
        yield from one.found(began_s + one.check.within_s)


class _Look:
    """A check that is being made, by a thread that nobody waits for in the end."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self._found: Sequence[Finding] = ()
        self._thread = threading.Thread(target=self._look, name=check.name, daemon=True)
        self._thread.start()

    def found(self, until_s: float) -> Sequence[Finding]:
        self._thread.join(max(0.0, until_s - time.monotonic()))
        if self._thread.is_alive():
            seen = f"no answer within {self.check.within_s:g} s"
            return [Finding(self.check.name, "trouble", seen, self.check.hangs)]
        return self._found

    def _look(self) -> None:
        try:
            self._found = self.check.look()
        except ModuleNotFoundError as error:
            seen, remedy = f"the Python package '{error.name}' is missing", "install it with pip"
            self._found = [Finding(self.check.name, "trouble", seen, remedy)]
        except Exception as error:  # whatever it is, the other checks go on
            seen = " ".join(f"{type(error).__name__}: {error}".split())
            self._found = [Finding(self.check.name, "trouble", seen)]
