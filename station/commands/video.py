"""Commands for recordings: calibrate, replay, simulate, selftest.

It decides their options and what is printed. It computes nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from hardware.errors import StationError
from station.commands.aside import Bar
from station.commands.reading import (
    SPEEDS_MPS,
    Add,
    athlete_options,
    number,
    rate,
    recording,
    seed,
    speeds,
)

if TYPE_CHECKING:
    from station.run import Findings


def add(command: Add, words: Sequence[str]) -> None:
    """Add the commands; `words` is what was typed."""
    _calibrate_options(command("calibrate", _calibrate, "Say where the markers' cones are."))
    _replay_options(command("replay", _replay, "Time the flying sprints in a recording."))
    simulate = command("simulate", _simulate, "Render a sprint with exact truth.")
    if "simulate" in words:  # its options come from the simulator, which others need not import
        from station.simulator.options import add_arguments

        simulate.add_argument("out", metavar="OUT.mp4", type=Path)
        add_arguments(simulate)
    selftest = command("selftest", _selftest, "Measure the error on rendered runs.")
    selftest.add_argument("--full", action="store_true", help="many more scenes; takes minutes")
    selftest.add_argument("--seed", type=seed, default=0, help="another one draws everything anew")


def _calibrate_options(parser: argparse.ArgumentParser) -> None:
    """Add them; each is called as `station.calibrate.calibrate` calls it."""

    def measure(option: str, name: str, help_: str) -> None:
        parser.add_argument(
            option,
            dest=name,
            type=number(option),
            metavar=name.rpartition("_")[2].upper(),
            default=argparse.SUPPRESS,  # so that only what was typed overrides a default
            help=help_,
        )

    parser.add_argument(
        "video", metavar="VIDEO", type=recording, help="any recording from this tripod"
    )
    measure("--fly", "fly_m", "length of the Fly Zone, in metres: 30, 40 or 50")
    parser.set_defaults(fly_m=None)
    alone = "one alone is taken for the near edge's, give or take 0.4 m, and no lanes are told then"
    for marker, help_ in (
        ("2", f"pixels of the bases of Marker 2's near and far cone, near first; {alone}"),
        ("3", "the same for Marker 3"),
    ):
        parser.add_argument(f"--marker{marker}", metavar='"X,Y X,Y"', help=help_)
    measure("--lane-width", "lane_width_m", "between near and far cones (1.22)")
    measure("--readout-ms", "readout_ms", "rolling shutter, first row to last (12)")
    measure(
        "--camera-distance", "camera_distance_m", "camera to the lane's centre, if you measured it"
    )
    measure("--camera-height", "camera_height_m", "lens above the ground, if you measured it")
    measure("--lane-sd", "lane_sd_m", "how far runners stray from the lane's centre, one sd (0.15)")
    measure(
        "--cone-sd",
        "cone_sd_px",
        "how far off a cone's pixel may be, one sd (0.5); 1.5 if read off roughly",
    )
    parser.add_argument(
        "-o",
        "--out",
        metavar="zone.toml",
        type=Path,
        help="where to write it (default: VIDEO's name with .toml)",
    )


def _replay_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("video", metavar="VIDEO", type=recording)
    parser.add_argument(
        "--calibration",
        metavar="zone.toml",
        type=Path,
        help="where the cones are (default: VIDEO's name with .toml)",
    )
    athlete_options(parser)
    parser.add_argument("--json", metavar="FILE", help="write everything found; - is stdout")
    parser.add_argument("--csv", metavar="FILE", help="write a row for each run; - is stdout")
    parser.add_argument(
        "--evidence",
        metavar="DIR",
        type=Path,
        help="write pictures that prove it, and remove an earlier replay's run-*.png there",
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
        type=rate,
        help="slow motion: pictures a second when it was filmed (default: as the file says)",
    )


def _calibrate(options: argparse.Namespace) -> int:
    from station.calibrate import calibrate

    given = {
        name: value for name, value in vars(options).items() if name not in ("command", "debug")
    }
    done = calibrate(**given)
    print("\n".join(done.lines()))
    return 0


def _replay(options: argparse.Namespace) -> int:
    from station.gate_record import looks_like_record

    video: Path = options.video
    if looks_like_record(video):
        return _replay_gates(options)

    from calibration.geometry import fit_zone
    from calibration.profile import load_profile
    from hardware.video import open_video
    from station.replay import replay

    speeds_mps = options.speeds or SPEEDS_MPS
    calibration: Path = options.calibration or video.with_suffix(".toml")
    try:
        zone = fit_zone(load_profile(calibration))
    except StationError:
        open_video(video)  # where the video has a fault too, that is the one to tell
        raise
    targets = _targets(options, inputs=(video, calibration))
    if options.evidence is not None:
        from station.evidence import check_folder, write_evidence

        check_folder(options.evidence)
    with Bar(f"Timing {video.name}") as progress:
        found = replay(
            video,
            zone,
            pace_400_s=options.pace_400,
            athlete=options.athlete or None,
            speeds_mps=speeds_mps,
            capture_fps=options.capture_fps,
            progress=progress,
        )
    if options.evidence is not None:
        write_evidence(options.evidence, found, zone, video)
    people = _hand_out(found, options, targets, options.pace_400, speeds_mps)
    if options.evidence is not None:
        first = f"{options.evidence / 'run-1.png'} and others beside it"
        print(f"Evidence: {first if found.runs else 'no run, so no pictures'}", file=people)
    return 0


def _replay_gates(options: argparse.Namespace) -> int:
    from station.gate_replay import replay_gates

    for name in ("calibration", "evidence", "capture_fps"):
        if getattr(options, name) is not None:
            raise StationError(
                f"--{name.replace('_', '-')} is for videos, and '{options.video}' is a record of "
                "light gates; leave it out"
            )
    targets = _targets(options, inputs=(options.video,))
    found = replay_gates(
        options.video,
        pace_400_s=options.pace_400,
        athlete=options.athlete or None,
        speeds_mps=options.speeds,
    )
    _hand_out(found, options, targets, found.pace_400_s, found.speeds_mps)
    return 0


def _targets(options: argparse.Namespace, inputs: tuple[Path, ...]) -> list[str]:
    """Where results are to be written, checked before the work starts."""
    from station import export

    targets = [target for target in (options.json, options.csv) if target is not None]
    if len({Path(target).resolve() for target in targets}) < len(targets):
        raise StationError(f"--json and --csv would both write '{targets[0]}'; give two names")
    for target in targets:
        export.check_target(target, inputs)
    return targets


def _hand_out(
    found: Findings,
    options: argparse.Namespace,
    targets: list[str],
    pace_400_s: float | None,
    speeds_mps: tuple[float, float],
) -> TextIO:
    """Write and print what was found; returns the stream that people read."""
    from station import export
    from station.table import print_table

    forms = (options.json, export.to_json), (options.csv, export.to_csv)
    export.write({target: form(found) for target, form in forms if target is not None})
    people = sys.stderr if any(target in export.STDOUT for target in targets) else sys.stdout
    print_table(found, pace_400_s, speeds_mps, people)
    return people


def _simulate(options: argparse.Namespace) -> int:
    from station import export
    from station.simulator import simulate
    from station.simulator.options import scene_from

    export.check_target(str(options.out), inputs=())
    with Bar(f"Rendering {options.out.name}") as progress:
        simulate(scene_from(options), options.out, progress)
    print(f"{options.out}, its truth in {options.out.with_suffix('.truth.json')}")
    print(f"station replay {options.out}")
    return 0


def _selftest(options: argparse.Namespace) -> int:
    from station.selftest import selftest

    with Bar("Rendering and timing") as progress:
        report = selftest(full=options.full, progress=progress, seed=options.seed)
    for line in report.lines():
        print(line)
    return 0 if report.honest else 1
