"""The JSON interface, written down from the structs that it consists of.

`python -m station.console.interface > docs/interface.md` writes the page. It decides its order;
each meaning stands with its struct, and is copied.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from station.console import feed, pages
from station.session import shown

STRUCTS = (
    *(shown.Snapshot, shown.Due, shown.Running, shown.Last, shown.Written, shown.Against),
    *(shown.Provisional, shown.Row, shown.Ran, shown.Aside, shown.Strides, shown.Device),
)
WORDS = {str: "text", float: "number", int: "whole number", bool: "true or false", NoneType: "null"}
HEAD = f"""# The JSON interface, version {feed.VERSION}

For a club's scoreboard, a script, or another page: what the station's own pages stand on. All of it
is at the console's address (`http://127.0.0.1:8484`, or the laptop's in the local network with
`--share`). What everybody may see needs no PIN: names are initials unless `--names` was given, and
notes, advice, remarks and troubles are left out. With `?as=coach`, on the laptop or after the PIN,
all of it is there.
"""


def written() -> str:
    """The whole page."""
    return "\n".join(
        (
            HEAD,
            "## What can be asked for\n",
            _table_of(pages.__doc__),
            "\n## A state, and events\n",
            _states(),
            *(part for one in STRUCTS for part in _struct(one)),
        )
    )


def _table_of(said: str | None) -> str:
    return "\n".join(line for line in (said or "").splitlines() if line.startswith("|"))


def _states() -> str:
    said = feed.__doc__ or ""
    return said[said.index("A state is") :].strip() + "\n"


def _struct(struct: type) -> Iterator[str]:
    """A struct as a table of its keys."""
    about, _, attributes = inspect.cleandoc(struct.__doc__ or "").partition("Attributes:\n")
    yield f"### {struct.__name__}\n\n{about.strip()}\n\n| key | is | |\n| --- | --- | --- |"
    hints = get_type_hints(struct)
    for key, meaning in re.findall(r"^    (\w+): (.+(?:\n {8}.+)*)", attributes, re.M):
        yield f"| `{key}` | {_is(hints[key])} | {' '.join(meaning.split())} |"
    yield ""


def _is(hint: Any) -> str:
    """What a value may be, as JSON has it."""
    inside = [one for one in get_args(hint) if one is not ...]
    match get_origin(hint):
        case origin if origin in (Union, UnionType):
            return ", ".join(_is(one) for one in inside)
        case origin if origin is Literal:
            return ", ".join(f"`{one or '(empty)'}`" for one in inside)
        case origin if origin is tuple:
            fixed = ... not in get_args(hint)
            return f"[{', '.join(map(_is, inside))}]" if fixed else f"list of {_is(inside[0])}"
    return WORDS.get(hint) or hint.__name__


if __name__ == "__main__":
    print(written(), end="")
