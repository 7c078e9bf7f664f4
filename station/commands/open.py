"""The command that opens the station: its pages, on which everything is set up and begun.

It decides its options, and what is printed. It computes nothing.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from station.commands import console
from station.commands.reading import Add, journal_option

NAME = "open"


def add(command: Add) -> None:
    """Add the command."""
    parser = command(
        NAME, _open, "Open the station in a browser: set up, train, review. 'station' alone does."
    )
    console.options(parser, always=True)
    journal_option(parser)
    parser.add_argument(
        "--clips",
        metavar="DIR",
        type=Path,
        help="where recordings of runs are kept (default: clips in your folder for such data)",
    )


def _open(options: argparse.Namespace) -> int:
    from station.app import signals_set
    from station.commands.camera import clips_folder
    from station.journal.journal import default_journal
    from station.live.ground import Ground

    def say(line: str) -> None:
        with suppress(OSError):  # nobody reads it: the pages are elsewhere
            print(line, file=sys.stderr, flush=True)

    ground = Ground(options.journal or default_journal(), clips_folder(options))
    pages = console.console(options, ground.do, ground.end, ground, say)
    with signals_set(ground.stopped), pages:
        say("end with Ctrl-C")
        ground.attend(pages)
    return 0
