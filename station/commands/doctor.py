"""The command that says what works here, what does not, and what to do.

It decides its options and what is printed. It computes nothing.
"""

from __future__ import annotations

import argparse

from station.commands.reading import Add


def add(command: Add) -> None:
    """Add the command."""
    parser = command("doctor", _doctor, "Look at this computer and what is plugged in.")
    parser.add_argument(
        "--json", metavar="-", choices=["-"], help="print an object a line on stdout"
    )


def _doctor(options: argparse.Namespace) -> int:
    import json

    from station.doctor.checks import CHECKS
    from station.doctor.finding import look_over

    for found in look_over(CHECKS):
        if options.json is None:
            print(found.line(), flush=True)
        else:
            print(json.dumps(found.keys(), ensure_ascii=False), flush=True)
    return 0
