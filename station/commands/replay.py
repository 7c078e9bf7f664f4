"""The command that times recordings: `station replay`.

It decides its options, what fits together, in which order things are done, and what is printed. It
computes nothing.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from hardware.counted import counted
from hardware.errors import StationError
from hardware.files import real
from station.commands.aside import Bar, warn
from station.commands.reading import (
    Add,
    athlete_options,
    journal_option,
    number,
    offset,
    rate,
    recording,
    speeds,
)

if TYPE_CHECKING:
    from station.film.into_session import Adding
    from station.film.replay import Replay
    from station.film.tripod import Take
    from station.run import Findings
    from station.session.roster import Athlete

MOST_AHEAD_S = 366 * 86400.0  # a clock that was never set


def add(command: Add) -> None:
    """Add the command."""
    _options(command("replay", _replay, "Time the flying sprints in recordings."))


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("videos", metavar="VIDEO", type=recording, nargs="+")
    parser.add_argument(
        "--calibration",
        metavar="zone.toml",
        type=Path,
        action="append",
        default=[],
        help="where the cones are (default: VIDEO's name with .toml; one such file is enough for "
        "all clips of an unmoved tripod); twice for two recordings, a camera for each marker",
    )
    parser.add_argument(
        "--sync",
        metavar="sync.toml",
        type=Path,
        help="how the clocks of a camera for each marker go together, as 'station sync-cameras' "
        "wrote it (default: the first VIDEO's name with .sync.toml)",
    )
    parser.add_argument(
        "--offset-ms",
        metavar="MS[±MS]",
        type=offset,
        help="instead: by how much the second recording's clock is ahead of the first's "
        "(±10 where it is not said)",
    )
    athlete_options(parser)
    parser.add_argument(
        "--athletes",
        metavar='"NAME:TIME,…"',
        help='who ran, in running order, round and round, with 400 m times: "Ana:58.0,Ben:55.5"',
    )
    parser.add_argument(
        "--session",
        metavar="NAME",
        help="add the runs to this session of the journal, or begin it: a name, the beginning of "
        "one, or 'last'",
    )
    parser.add_argument(
        "--workout",
        metavar="NOTATION|NAME",
        help="what was run, where --session begins one (default: as many reps as runs)",
    )
    parser.add_argument(
        "--clock-ahead",
        dest="ahead_s",
        metavar="S",
        type=_ahead,
        help="seconds by which the phone's clock was ahead of the computer's (default: 0)",
    )
    journal_option(parser)
    parser.add_argument(
        "--json",
        metavar="FILE",
        help="write everything found, an array where there are several videos; - is stdout",
    )
    parser.add_argument("--csv", metavar="FILE", help="write a row for each run; - is stdout")
    parser.add_argument(
        "--evidence",
        metavar="DIR",
        type=Path,
        help="write pictures that prove it, several videos' in a folder each, and remove an "
        "earlier replay's run-*.png there",
    )
    parser.add_argument(
        "--speeds",
        metavar="LOW:HIGH",
        type=speeds,
        help="m/s that count as a run (default: 3:13; with 0.5:13 a walk is timed too)",
    )
    parser.add_argument(
        "--capture-fps",
        metavar="FPS",
        type=rate("--capture-fps"),
        help="slow motion: pictures a second when it was filmed (default: as the file says)",
    )


def _ahead(text: str) -> float:
    """Read by how much clocks are apart, seconds."""
    ahead_s = number("--clock-ahead")(text)
    if abs(ahead_s) > MOST_AHEAD_S:
        raise StationError(
            f"--clock-ahead {text} is more than a year; write seconds, -{MOST_AHEAD_S:.0f} to "
            f"{MOST_AHEAD_S:.0f}, as 41"
        )
    return ahead_s


def _replay(options: argparse.Namespace) -> int:
    from station.gates.record import looks_like_record

    records = [video for video in options.videos if looks_like_record(video)]
    if len(options.videos) == 1 and records:
        return _replay_gates(options)
    if records:
        raise StationError(
            f"'{records[0]}' is a record of light gates; replay it by itself, without the others"
        )

    from station.film.running_order import handed_out, named

    athletes = _athletes(options)
    to_time = _takes(options)
    several = len(to_time) > 1
    inputs = {path for take in to_time for path in take.files}
    targets = _targets(options, [*inputs, *_journal_files(options)])
    folders = _folders(options.evidence, to_time)
    with ExitStack() as stack:
        session = _session(options, athletes, to_time, stack)
        timed = _timed(to_time, options)
        if not timed:
            return 2
        found = [one for _, one in timed]
        whose = handed_out(found, athletes)
        added, trouble = None, None
        if session is not None:
            recordings = [(take.video, one) for take, one in timed]
            try:
                added = session.add(
                    recordings, whose, athletes, options.workout, options.ahead_s or 0.0
                )
                whose = [added.whose(place) for place in range(len(found))]
            except StationError as error:  # what was timed is told nevertheless
                trouble = error
    found = [named(one, of_runs) for one, of_runs in zip(found, whose, strict=True)]
    pictured = _pictured(folders, [take for take, _ in timed], found)
    speeds_mps = options.speeds or found[0].speeds_mps
    people = _hand_out(found, several, options, targets, options.pace_400, speeds_mps)
    if folders:
        print(f"Evidence: {pictured}", file=people)
    if session is not None and added is not None and (told := [*added.lines(found)]):
        begun = ", which begins with them" if session.new else ""
        print(f"\nIn the session '{session.name}'{begun}:", file=people)
        for line in told:
            print(f"  {line}", file=people)
    if trouble is not None:
        raise trouble
    return 0 if len(timed) == len(to_time) else 2


def _takes(options: argparse.Namespace) -> Sequence[Take]:
    """What is to be timed: recordings, or the two of a pair as one."""
    from station.film.tripod import takes

    if len(options.videos) > 1 or len(options.calibration) > 1:
        from station.film.two_cameras import as_one, both_takes, sync_for

        pair = both_takes(options.videos, options.calibration)
        if pair is not None:
            sync = sync_for(*pair, options.videos, options.sync, options.offset_ms)
            return [as_one(*pair, sync)]
    for option, given in (("--sync", options.sync), ("--offset-ms", options.offset_ms)):
        if given is not None:
            raise StationError(
                f"{option} is for two recordings, a camera for each marker; leave it out"
            )
    return takes(options.videos, *options.calibration)


def _athletes(options: argparse.Namespace) -> tuple[Athlete, ...]:
    """The group, empty where none is named; and whether what was typed fits together."""
    if options.session is None:
        of_session = {
            "--workout": options.workout,
            "--clock-ahead": options.ahead_s,
            "--journal": options.journal,
        }
        for option, value in of_session.items():
            if value is not None:
                raise StationError(
                    f"{option} is for a session; add --session NAME, or leave it out"
                )
    elif not options.session:
        raise StationError("--session has no name; 'station sessions' lists those there are")
    one_alone = options.athlete is not None or options.pace_400 is not None
    if one_alone and (options.athletes is not None or options.session is not None):
        raise StationError(
            "--athlete and --pace-400 are for one athlete without a session; name who ran with "
            '--athletes "NAME:TIME,…"'
        )
    if options.athletes is None:
        return ()

    from station.session.roster import parse_athletes

    return parse_athletes(options.athletes)


def _folders(evidence: Path | None, to_time: Sequence[Take]) -> dict[Path, Path]:
    """Where the pictures of each video go: where there are several, a folder for each."""
    if evidence is None:
        return {}

    from station.film.evidence import check_folder

    several = len(to_time) > 1
    folders = {take.video: evidence / take.called if several else evidence for take in to_time}
    for folder in folders.values():
        check_folder(folder)
    return folders


def _pictured(folders: Mapping[Path, Path], timed: Sequence[Take], found: Sequence[Replay]) -> str:
    """Write the pictures of all, where there are folders for them, and say where they are."""
    if folders:
        from station.film.evidence import write_evidence

        for take, one in zip(timed, found, strict=True):
            write_evidence(folders[take.video], one, take.zone, take.video, take.second)
    with_runs = [take.video for take, one in zip(timed, found, strict=True) if one.runs and folders]
    if not with_runs:
        return "no run, so no pictures"
    others = f", and in {counted(len(with_runs) - 1, 'more folder')}" if len(with_runs) > 1 else ""
    return f"{folders[with_runs[0]] / 'run-1.png'} and others beside it{others}"


def _journal_files(options: argparse.Namespace) -> tuple[Path, ...]:
    """What must not be written over, where runs are added to a session."""
    if options.session is None:
        return ()

    from station.journal.file import files_of
    from station.journal.journal import default_journal

    return files_of(options.journal or default_journal())


def _session(
    options: argparse.Namespace,
    athletes: Sequence[Athlete],
    to_time: Sequence[Take],
    stack: ExitStack,
) -> Adding | None:
    """The session that runs are added to, None where there is none; it is open in the stack."""
    if options.session is None:
        return None

    from station.film.into_session import adding, check_workout
    from station.journal.journal import default_journal

    journal = options.journal or default_journal()
    session = stack.enter_context(adding(journal, options.session, may_be_new=bool(athletes)))
    if options.workout is not None:
        if not session.new:
            raise StationError(
                f"the session '{session.name}' has a workout; --workout is for one that begins"
            )
        check_workout(options.workout, {take.zone.fly_m for take in to_time})
    return session


def _timed(to_time: Sequence[Take], options: argparse.Namespace) -> list[tuple[Take, Replay]]:
    """Time each; where there are several, one that cannot be is told, and the others are timed."""
    from station.film.replay import replay
    from station.film.tripod import Tripod

    asked = {
        "pace_400_s": options.pace_400,
        "athlete": options.athlete or None,
        "speeds_mps": options.speeds,
        "capture_fps": options.capture_fps,
    }
    tripod, timed = Tripod(to_time), []
    borrowing = [] if options.calibration else [one.called for one in to_time if one.borrowed]
    if borrowing:
        warn(
            f"timed with {to_time[0].calibration}, as from one unmoved tripod: "
            f"{', '.join(borrowing)}"
        )
    for place, take in enumerate(to_time, start=1):
        which = f" ({place} of {len(to_time)})" if len(to_time) > 1 else ""
        try:
            with Bar(f"Timing {take.called}{which}") as progress:
                if take.second is None:
                    found = replay(take.video, take.zone, **asked, progress=progress)
                else:
                    from station.film.two_cameras import replay_both

                    found = replay_both(take, take.second, **asked, progress=progress)
            found = tripod.checked(take, found)
            if take.second is None and len(take.zone.markers) == 1:
                warn(
                    f"{take.calibration} is of Marker {min(take.zone.markers)} alone: name the "
                    "other camera's recording too"
                )
        except StationError as error:
            if len(to_time) == 1:
                raise
            warn(str(error))
            continue
        timed.append((take, dataclasses.replace(found, recording=take.called)))
    return timed


def _replay_gates(options: argparse.Namespace) -> int:
    from station.gates.replay import replay_gates

    _athletes(options)
    for name in (
        "calibration", "sync", "offset_ms", "evidence", "capture_fps", "athletes", "session",
    ):  # fmt: skip
        if getattr(options, name) not in (None, []):
            raise StationError(
                f"--{name.replace('_', '-')} is for videos, and '{options.videos[0]}' is a record "
                "of light gates; leave it out"
            )
    targets = _targets(options, options.videos)
    found = replay_gates(
        options.videos[0],
        pace_400_s=options.pace_400,
        athlete=options.athlete or None,
        speeds_mps=options.speeds,
    )
    _hand_out([found], False, options, targets, found.pace_400_s, found.speeds_mps)
    return 0


def _targets(options: argparse.Namespace, inputs: Iterable[Path]) -> list[str]:
    """Where results are to be written, checked before the work starts."""
    from station import export

    targets = [target for target in (options.json, options.csv) if target is not None]
    if len({real(Path(target)) for target in targets}) < len(targets):
        raise StationError(f"--json and --csv would both write '{targets[0]}'; give two names")
    for target in targets:
        export.check_target(target, [*inputs])
    return targets


def _hand_out(
    found: Sequence[Findings],
    several: bool,
    options: argparse.Namespace,
    targets: list[str],
    pace_400_s: float | None,
    speeds_mps: tuple[float, float],
) -> TextIO:
    """Write and print what was found; returns the stream that people read."""
    from station import export
    from station.table import print_table

    contents = {}
    if options.json is not None:
        contents[options.json] = export.to_json(*found, array=several)
    if options.csv is not None:
        contents[options.csv] = export.to_csv(*found)
    export.write(contents)
    people = sys.stderr if any(target in export.STDOUT for target in targets) else sys.stdout
    print_table(found, pace_400_s, speeds_mps, people)
    return people
