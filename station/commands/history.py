"""Commands for sessions that were: the journal's.

It decides their options and what is printed.
"""

from __future__ import annotations

import argparse

from station.commands.reading import Add, journal_option


def add(command: Add) -> None:
    """Add the commands."""
    _sessions_options(command("sessions", _sessions, "List the sessions of the journal."))


def _sessions_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    journal_option(parser)
    parser.add_argument("--json", action="store_true", help="print an array of objects")


def _sessions(options: argparse.Namespace) -> int:
    import json

    from station.app import default_journal
    from station.session_listing import in_line, sessions

    found = sessions(options.journal or default_journal())
    if options.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        print(
            "\n".join(map(in_line, found)) or "No session yet; 'station run --workout' makes one."
        )
    return 0
