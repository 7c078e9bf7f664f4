"""Commands for light gates: what is plugged in, and what it says.

It decides their options and what is printed. It opens nothing.
"""

from __future__ import annotations

import argparse

from station.commands.aside import warn
from station.commands.reading import Add, protocol_option


def add(command: Add) -> None:
    """Add the commands, which share no others' names."""
    list_ = command("list", _list, "Say what is plugged in.")
    list_.add_argument("--json", action="store_true", help="print an array of objects")
    _watch_options(command("watch", _watch, "Print a gate's edges."))


def _watch_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("port", metavar="PORT", help="as 'station gates list' calls it")
    protocol_option(parser)
    parser.add_argument(
        "--json", metavar="-", choices=["-"], help="print an object a line on stdout"
    )


def _list(options: argparse.Namespace) -> int:
    import json

    from station.gates.ports import plugged_in

    found = plugged_in(warn)
    if options.json:
        print(json.dumps([one.keys() for one in found], indent=2))
    elif found:
        print("\n".join(one.line() for one in found))
    else:
        print("No serial port found: plug the gate in, and mind that its cable carries data.")
    return 0


def _watch(options: argparse.Namespace) -> int:
    from hardware.gates.known import protocol_given
    from station.gates.ports import watch
    from station.printer import Printer

    protocol = protocol_given(options.protocol) if options.protocol else None
    with Printer() as printer:
        watch(options.port, protocol, options.json is not None, printer.say, warn)
    return 0
