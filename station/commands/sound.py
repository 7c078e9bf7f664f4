"""The command that plays what a session plays.

It decides its options and what is printed.
"""

from __future__ import annotations

import argparse

from station.commands.reading import Add, delay


def add(command: Add) -> None:
    """Add the command."""
    _options(command("sound-check", _sound_check, "Play what a session plays, aloud."))


def sound_options(parser: argparse.ArgumentParser) -> None:
    """Add them: where sound goes, here and in a session."""
    parser.add_argument(
        "--sound-device",
        metavar="NAME",
        help="part of the loudspeaker's name (default: the system's choice)",
    )
    parser.add_argument(
        "--sound-delay-ms",
        metavar="MS",
        type=delay,
        default=0.0,
        help="how much later than the system says it is heard, as 'station sound-check --listen' "
        "measures; Bluetooth: 100 to 300 (default: 0)",
    )


def _options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    sound_options(parser)
    parser.add_argument(
        "--listen", action="store_true", help="measure the delay with a microphone instead"
    )


def _sound_check(options: argparse.Namespace) -> int:
    from hardware.clock import SystemClock
    from station.voice.check import listen, sound_check

    def say(line: str) -> None:
        print(line, flush=True)

    if options.listen:
        listen(SystemClock(), say, device=options.sound_device)
        return 0
    delay_s = options.sound_delay_ms / 1000
    sound_check(SystemClock(), say, device=options.sound_device, delay_s=delay_s)
    return 0
