from __future__ import annotations

import ast
from pathlib import Path

import pytest

import station
from station.legible import ERRORS, in_ascii

ROOT = Path(station.__file__).parents[1]
NO_SIGNS = {"�"}  # stands for what nobody can read


def signs() -> dict[str, str]:
    """All that is not ASCII in texts of ours, docstrings not counted, and a module that has it."""
    found: dict[str, str] = {}
    for room in ("station", "calibration", "hardware"):
        for path in (ROOT / room).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                if id(node) in told or not isinstance(node, ast.Constant):
                    continue
                if isinstance(node.value, str):
                    found |= {one: path.name for one in node.value if not one.isascii()}
    return found


def test_every_sign_of_ours_is_told_from_doubt_where_there_is_only_ascii() -> None:
    found = signs()
    assert {"✓", "✗", "±", "→", "×", "…"} <= found.keys()
    lost = {
        sign: where
        for sign, where in found.items()
        if sign not in NO_SIGNS and not sign.isspace() and "?" in in_ascii(sign)
    }
    assert lost == {}
    assert in_ascii("✓") != in_ascii("✗")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Zoë Müller-Łącka", "Zoe Muller-Lacka"),
        ("Søren Bjørnæs, Weiß, Œuvrard", "Soren Bjornaes, Weiss, OEuvrard"),
        ("3.34 ± 0.04 s → 5 µs…", "3.34 +- 0.04 s -> 5 us..."),
        ("3 × 30 m · 3′ − 10–15 m²", "3 x 30 m | 3' - 10-15 m2"),
        ("李 ran", "? ran"),
        ("a\udc80b", "a?b"),
    ],
)
def test_texts_stay_legible(text: str, plain: str) -> None:
    assert in_ascii(text) == plain
    assert text.encode("ascii", ERRORS).decode() == plain


def test_an_output_that_has_a_sign_shows_it() -> None:
    assert "✓ 3.34 ± 0.04, Zoë".encode("latin-1", ERRORS).decode("latin-1") == "y 3.34 ± 0.04, Zoë"
