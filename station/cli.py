"""The command line: which commands there are, and how each ends.

It decides what is said of a mistake, and with which exit code: 0 for a result (no run found
is one), 2 for an input that cannot be used, said in one line, 1 for a fault of the program's own,
also in one line, 130 when told to stop. It imports what the command needs
when it needs it, so that a command starts at once, and it computes nothing.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TextIO

from hardware.errors import StationError
from station.commands import demo, doctor, gates, history, live, sound, video, workouts, zero
from station.commands import open as opened
from station.commands.reading import Parser, Version
from station.legible import ERRORS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: What follows the program's name; the process's own by default.

    Returns:
        The exit code.
    """
    words = (sys.argv[1:] if arguments is None else list(arguments)) or [opened.NAME]
    # NumPy is not loaded yet. Its matrices here are small: threads would only slow the decoder.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _prepare()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without ✓ gets a y, not a crash
            stream.reconfigure(errors=ERRORS)
    try:
        try:
            options = _parser(words).parse_args(words)
        finally:  # help and version end here
            sys.stdout.flush()
        code: int = options.command(options)
        sys.stdout.flush()
    except (StationError, ImportError, OSError) as error:
        if isinstance(error, OSError) and error.filename is None:
            _silence(sys.stdout)  # else what it still holds fails again at the end
        if isinstance(error, BrokenPipeError):  # whoever read our output has seen enough
            return 1
        _complain(_one_line(error), words)
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # a last resort: a coach is shown no traceback
        said = " ".join(f"{type(error).__name__}: {error}".split())
        _complain(f"internal error: {said}; please report it with what --debug shows", words)
        return 1
    return code


def _prepare() -> None:
    """Make the process behave the same however it was started."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed, so that the next file opened would take its place
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY))
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # what matters of them is a StationError
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):  # as by Ctrl-C: drafts are removed
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, signal.default_int_handler)


def _complain(said: str, words: Sequence[str]) -> None:
    try:
        if "--debug" in words:
            traceback.print_exc()
        print(f"station: {said}", file=sys.stderr, flush=True)
    except OSError:
        _silence(sys.stderr)


def _silence(stream: TextIO) -> None:
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _one_line(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"the Python package '{error.name}' is missing; install it with pip"
    if isinstance(error, ImportError):
        return (
            f"a system library is missing: {error}; on Debian or Ubuntu: "
            "apt-get install libgl1 libglib2.0-0, elsewhere the packages with Mesa's GL and GLib"
        )
    if isinstance(error, OSError):
        if error.filename is not None:
            return f"cannot use '{error.filename}': {error.strerror}"
        return (
            f"cannot write to standard output ({error.strerror}); make room where it goes, or send "
            "it elsewhere"
        )
    return " ".join(str(error).split())


def _parser(words: Sequence[str]) -> Parser:
    parser = Parser(
        prog="station",
        description="Times flying sprints, compares them with 400 m pace, and calls the next rep.",
        allow_abbrev=False,
    )
    parser.set_defaults(command=lambda _: print(parser.format_help(), end="") or 0)  # --debug alone
    parser.add_argument(
        "--version", action=Version, nargs=0, default=argparse.SUPPRESS, help="print the version"
    )
    parser.add_argument("--debug", action="store_true", help="show where an error came from")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(
        name: str,
        command: Callable[[argparse.Namespace], int],
        help_: str,
        to: argparse._SubParsersAction[Parser] = commands,
    ) -> Parser:
        one = to.add_parser(name, help=help_, description=help_, allow_abbrev=False)
        one.add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
        one.set_defaults(command=command)
        return one

    opened.add(add)
    demo.add(add)
    video.add(add, words)
    live.add(add)
    zero.add(add)
    workouts.add(add)
    history.add(add)
    of_gates = add("gates", lambda _: print(of_gates.format_help(), end="") or 0, "Light gates.")
    gates.add(partial(add, to=of_gates.add_subparsers(title="commands", metavar="COMMAND")))
    sound.add(add)
    doctor.add(add)
    return parser
