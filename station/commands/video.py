"""Commands for recordings: calibrate, simulate, selftest; `replay` has a room of its own.

It decides their options and what is printed. It computes nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from station.commands import replay, sync
from station.commands.aside import Bar
from station.commands.reading import Add, fly_by_option, number, recording, seed


def add(command: Add, words: Sequence[str]) -> None:
    """Add the commands; `words` is what was typed."""
    _calibrate_options(command("calibrate", _calibrate, "Say where the markers' cones are."))
    sync.add(command)
    replay.add(command)
    simulate = command("simulate", _simulate, "Render a sprint with exact truth.")
    if "simulate" in words:  # its options come from the simulator, which others need not import
        from station.simulator.options import add_arguments

        simulate.add_argument("out", metavar="OUT.mp4", type=Path)
        simulate.add_argument(
            "--pair",
            action="store_true",
            help="two recordings, OUT-marker2.mp4 and OUT-marker3.mp4: a camera for each marker",
        )
        add_arguments(simulate)
    selftest = command("selftest", _selftest, "Measure the error on rendered runs.")
    selftest.add_argument("--full", action="store_true", help="many more scenes; takes minutes")
    selftest.add_argument("--seed", type=seed, default=0, help="another one draws everything anew")


def _calibrate_options(parser: argparse.ArgumentParser) -> None:
    """Add them; each is called as `station.film.calibrate.calibrate` calls it."""

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
    fly_by_option(parser, default=argparse.SUPPRESS)
    parser.set_defaults(fly_m=None)
    alone = "one alone is taken for the near edge's, give or take 0.4 m, and no lanes are told then"
    for marker, help_ in (
        ("2", f"pixels of the bases of Marker 2's near and far cone, near first; {alone}"),
        ("3", "the same for Marker 3"),
    ):
        parser.add_argument(f"--marker{marker}", metavar='"X,Y X,Y"', help=help_)
    parser.add_argument(
        "--towards",
        choices=("left", "right"),
        help="which way runs go in the picture of a camera that sees one marker alone",
    )
    parser.add_argument(
        "--lane-line",
        metavar='"X,Y X,Y"',
        help="two points on the lane's near edge, far left and far right: how aslant the camera "
        "is, which one marker's cones do not tell",
    )
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


def _calibrate(options: argparse.Namespace) -> int:
    from station.film.calibrate import calibrate

    given = {
        name: value for name, value in vars(options).items() if name not in ("command", "debug")
    }
    done = calibrate(**given)
    print("\n".join(done.lines()))
    return 0


def _simulate(options: argparse.Namespace) -> int:
    from station import export
    from station.simulator import simulate, simulate_pair
    from station.simulator.options import scene_from

    export.check_target(str(options.out), inputs=())
    scene = scene_from(options)
    with Bar(f"Rendering {options.out.name}") as progress:
        if options.pair:
            made = [path for path, _ in simulate_pair(scene, options.out, progress)]
        else:
            simulate(scene, options.out, progress)
            made = [options.out]
    for path in made:
        print(f"{path}, its truth in {path.with_suffix('.truth.json')}")
    if scene.flashes and options.pair:
        print(f"station sync-cameras {' '.join(map(str, made))}")
    print(f"station replay {' '.join(map(str, made))}")
    return 0


def _selftest(options: argparse.Namespace) -> int:
    from station.film.selftest import selftest

    with Bar("Rendering and timing") as progress:
        report = selftest(full=options.full, progress=progress, seed=options.seed)
    for line in report.lines():
        print(line)
    return 0 if report.honest else 1
