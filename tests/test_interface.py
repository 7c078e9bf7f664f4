"""The interface's page says what is served."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from drills import START, opened

from station.console.interface import interface
from station.session import events as ev
from station.session.folding import fold
from station.session.snapshot import snapshot

DOCS = Path(__file__).parent.parent / "docs/interface.md"


def test_the_page_in_the_docs_is_drawn_from_what_is_served() -> None:
    assert DOCS.read_text(encoding="utf-8") == interface()


def test_each_key_of_a_state_has_its_line() -> None:
    shown = snapshot(fold([opened("Ana", "Ben"), ev.Began(START)]), START)
    part = interface().partition("### Snapshot\n")[2].partition("### ")[0]
    assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == [*msgspec.to_builtins(shown)]


def test_no_line_of_a_key_breaks_off() -> None:
    keys = interface().partition("## Keys of a state")[2].partition("## Commands")[0]
    rows = re.findall(r"^\| `\w+` \| (.*) \|$", keys, re.MULTILINE)
    assert len(rows) > 80
    assert [row for row in rows if not row.endswith((".", '".'))] == []
