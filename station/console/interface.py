"""The console's JSON interface as a page of Markdown, drawn from what is served (pure).

It decides no key and no word: these are the docstrings of what is encoded and decoded.

`python -m station.console.interface` prints docs/interface.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import getdoc
from typing import get_args, get_type_hints

import msgspec

from station.console import feed, pages
from station.session.shown import Snapshot
from station.terminal.asking import Meant

Struct = type[msgspec.Struct]


def interface() -> str:
    """The whole of it."""
    paths = re.findall(r"^\| .*\|$", pages.__doc__ or "", re.MULTILINE)
    said = (feed.__doc__ or "").partition("A state is one JSON object:")[2]
    parts = [
        "# What the console serves to scripts",
        "Drawn by `python -m station.console.interface > docs/interface.md`. All of it is JSON "
        "over HTTP, on this computer, or with `--share` on the local network. What a script posts "
        "needs `Content-Type: application/json`; what is for the coach needs, from another device, "
        "the cookie that the PIN gives.",
        f"Version {feed.VERSION}.",
        "## Paths",
        "\n".join(paths),
        "## The state and its events",
        f"A state is one JSON object:{said.rstrip()}",
        "## Keys of a state",
        *(_table(one) for one in _structs(Snapshot)),
        "## Commands",
        "Posted to `/api/do` as an object whose `command` names it. The answer 202 says that it "
        "was handed to the session, not that it was taken: what means nothing there is told to "
        "the coach's feed a moment later as `refused`, and `said` has why.",
        _commands(),
    ]
    return "\n\n".join(parts).replace("None", "null") + "\n"


def _structs(first: Struct) -> Iterator[Struct]:
    """A struct, and all that stand in it, each once."""
    coming, seen = [first], {first}
    while coming:
        one = coming.pop(0)
        yield one
        for hint in get_type_hints(one).values():
            for inner in _named(hint):
                if inner not in seen:
                    seen.add(inner)
                    coming.append(inner)


def _named(hint: object) -> Iterator[Struct]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for inner in get_args(hint):
        yield from _named(inner)


def _table(one: Struct) -> str:
    """What a struct's docstring says of its keys."""
    head, _, attributes = (getdoc(one) or "").partition("\n\nAttributes:\n")
    keys = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", attributes, re.MULTILINE)
    rows = [f"| `{key}` | {' '.join(said.split())} |" for key, said in keys]
    return "\n".join([f"### {one.__name__}\n\n{head}\n", "| key | |", "| --- | --- |", *rows])


def _commands() -> str:
    rows = []
    for one in get_args(Meant):
        tag = one.__struct_config__.tag
        keys = ", ".join(f"`{key}`" for key in one.__struct_fields__)
        said = " ".join((getdoc(one) or "").partition("\n\n")[0].split())
        rows.append(f"| `{tag}` | {keys} | {said} |")
    return "\n".join(["| `command` | other keys | |", "| --- | --- | --- |", *rows])


if __name__ == "__main__":
    print(interface(), end="")
