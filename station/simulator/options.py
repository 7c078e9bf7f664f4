"""The simulator's command line, generated from the fields of `Scene`.

It decides how a field is called on the command line (base units are dropped: `--speed` is in m/s),
and nothing about what the values mean.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import fields
from typing import get_type_hints

from station.simulator.scene import Scene

_UNITS = {"mps": "m/s", "mps2": "m/s²", "mbps": "Mbit/s"}


def flag_of(name: str) -> str:
    """Name a field on the command line: `speed_mps` is `--speed`, `exposure_ms` stays so."""
    return "--" + re.sub(r"_(m|s|mps|mps2|mbps)$", "", name).replace("_", "-")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add one option per field of `Scene`."""
    hints = get_type_hints(Scene)
    for entry in fields(Scene):
        kind = getattr(hints[entry.name], "__args__", (hints[entry.name],))[0]
        unit = re.search(r"_(m|s|ms|px|mps|mps2|mbps|deg|fps)$", entry.name)
        about = entry.metadata["help"]
        about += f" ({_UNITS.get(unit[1], unit[1])})" if unit else ""
        if kind is bool:
            parser.add_argument(
                flag_of(entry.name),
                dest=entry.name,
                action=argparse.BooleanOptionalAction,
                default=entry.default,
                help=about,
            )
        else:
            parser.add_argument(
                flag_of(entry.name),
                dest=entry.name,
                type=kind,
                default=entry.default,
                choices=entry.metadata["choices"],
                metavar=None if entry.metadata["choices"] else kind.__name__.upper(),
                help=about + ("" if entry.default is None else " [%(default)s]"),
            )


def scene_from(args: argparse.Namespace) -> Scene:
    """Read the scene out of parsed arguments.

    Raises:
        StationError: A value that cannot be rendered.
    """
    return Scene(**{entry.name: getattr(args, entry.name) for entry in fields(Scene)})
