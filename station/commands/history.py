"""Commands for sessions that were: the journal's.

It decides their options and what is printed.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.counted import counted
from hardware.errors import StationError
from hardware.files import real
from station.commands.aside import asker, warn
from station.commands.reading import Add, journal_option

if TYPE_CHECKING:
    from station.journal.erasing import Erased

MOST_NAMED = 5  # videos, in a question


def add(command: Add) -> None:
    """Add the commands."""
    _sessions_options(command("sessions", _sessions, "List the sessions of the journal."))
    _export_options(command("export", _export, "Hand out a session: to read, print or send."))
    _forget_options(command("forget", _forget, "Take an athlete out for good, and their video."))


def _sessions_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    journal_option(parser)
    parser.add_argument("--json", action="store_true", help="print an array of objects")


def _sessions(options: argparse.Namespace) -> int:
    import msgspec

    from station.journal.journal import default_journal
    from station.journal.listing import in_line, sessions

    usual, rehearsals = default_journal(), default_journal("rehearsal")
    none_yet = options.journal is None and not usual.exists()
    found = [] if none_yet else sessions(options.journal or usual)
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return 0
    print("\n".join(map(in_line, found)) or "No session yet; 'station run --workout' makes one.")
    if options.journal is None and rehearsals.exists():
        print(f"Rehearsals: station sessions --journal {shlex.quote(str(rehearsals))}")
    return 0


def _export_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument(
        "session",
        metavar="SESSION",
        help="its number in 'station sessions', 1 being the latest; its name, or the beginning of "
        "that; or last, in which somebody ran",
    )
    parser.add_argument("--athlete", metavar="NAME", help="one athlete alone: nobody else is in it")
    parser.add_argument("--html", metavar="FILE", help="write one page, to print or to send")
    parser.add_argument("--xlsx", metavar="FILE", help="write a spreadsheet, a sheet an athlete")
    parser.add_argument("--csv", metavar="FILE", help="write a row for each rep; - is stdout")
    parser.add_argument("--json", metavar="FILE", help="write it for programs; - is stdout")
    journal_option(parser)


def _export(options: argparse.Namespace) -> int:
    from station import export
    from station.journal.file import files_of
    from station.journal.journal import default_journal
    from station.journal.reading import report_of
    from station.report.forms import FORMS, written
    from station.report.words import nobody_ran

    journal: Path = options.journal or default_journal()
    wanted = {form: target for form in FORMS if (target := getattr(options, form)) is not None}
    if not wanted:
        raise StationError(
            "nowhere to write to; name a file: --html FILE, or --xlsx, --csv, --json"
        )
    if len({real(Path(target)) for target in wanted.values()}) < len(wanted):
        raise StationError(f"two of {', '.join(wanted.values())} are one file; give two names")
    for target in wanted.values():
        export.check_target(target, inputs=files_of(journal))
    report = report_of(journal, options.session)
    if options.athlete is not None:
        report = report.only(options.athlete)
    if empty := nobody_ran(report):
        warn(empty)
    export.write({target: written(report, form) for form, target in wanted.items()})
    files = [target for target in wanted.values() if target not in export.STDOUT]
    if files:
        print(f"written: {', '.join(files)}", file=sys.stderr)
    return 0


def _forget_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("name", metavar="NAME", help="the exact name")
    parser.add_argument(
        "--journal",
        metavar="FILE",
        type=Path,
        help="out of which (default: journal.sqlite and rehearsal.sqlite in your folder for such "
        "data)",
    )


def _forget(options: argparse.Namespace) -> int:
    from station.journal.erasing import erase
    from station.journal.journal import default_journal

    journals = (
        [options.journal] if options.journal else [default_journal(), default_journal("rehearsal")]
    )
    erased = erase(journals, options.name, _agreed)
    for path, out in erased.journals.items():
        taken = f"{counted(out.sessions, 'session')}, {counted(out.events, 'event')}"
        print(f"{erased.name} is out of {taken}, of {path}")
    for path in erased.rosters:
        print(f"{erased.name} is out of the roster {path}")
    for path in erased.deleted:
        print(f"deleted: {path}")
    for path, why in erased.kept.items():
        print(f"kept: {path} ({why})")
    print("What was exported, and --record and --evidence wrote, is not known here: delete it too.")
    for said in erased.failed:
        warn(said)
    return 2 if erased.failed else 0


def _agreed(found: Erased) -> bool:
    """Ask once where somebody can answer; no answer is no."""
    ask = asker()
    if ask is None:
        return True
    out = found.journals.values()
    videos = [str(video) for video in found.videos if video.exists()]
    files = [
        counted(sum(one.sessions for one in out), "session"),
        counted(sum(one.events for one in out), "event"),
        counted(len(videos), "video"),
    ]
    if videos:
        more = f" and {len(videos) - MOST_NAMED} more" if len(videos) > MOST_NAMED else ""
        files[-1] += f" with what lies beside ({', '.join(videos[:MOST_NAMED])}{more})"
    return ask(f"{found.name}: {', '.join(files)}: delete for good? [y/N]")
