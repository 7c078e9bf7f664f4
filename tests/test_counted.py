from __future__ import annotations

import re
from pathlib import Path

import pytest

from hardware.counted import counted

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("count", "words", "said"),
    [
        (0, ("rep",), "0 reps"),
        (1, ("rep",), "1 rep"),
        (2, ("more folder",), "2 more folders"),
        (1, ("event is", "events are"), "1 event is"),
        (3, ("event is", "events are"), "3 events are"),
    ],
)
def test_one_is_said_of_one(count: int, words: tuple[str, ...], said: str) -> None:
    assert counted(count, *words) == said


def test_nothing_is_neither_more_nor_less() -> None:
    """A number with its sign that is rounded to 0 is +0: its form has a z."""
    signed = re.compile(r"\{[^{}\"']+:\+(?!z)[^{}]*f\}")
    found = [
        f"{path.name}: {form}"
        for room in ("station", "calibration", "hardware")
        for path in (ROOT / room).rglob("*.py")
        for form in signed.findall(path.read_text(encoding="utf-8"))
    ]
    assert found == []
