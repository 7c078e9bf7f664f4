"""`python -m station.simulator OUT.mp4 …`: the simulator by itself."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from hardware.errors import StationError
from station.simulator.options import add_arguments, scene_from
from station.simulator.render import simulate


def main() -> int:
    """Render one recording and say what is in it."""
    parser = argparse.ArgumentParser(prog="python -m station.simulator")
    parser.add_argument("out", type=Path, help="video to write: .mp4, .mov, .mkv or .webm")
    add_arguments(parser)
    args = parser.parse_args()
    begun_s = time.perf_counter()
    try:
        truth = simulate(scene_from(args), args.out)
    except StationError as error:
        print(f"station: {error}", file=sys.stderr)
        return 2
    took_s = time.perf_counter() - begun_s
    for run in truth.runs:
        print(
            f"Marker 2 {run.marker2_s:8.4f} s  Marker 3 {run.marker3_s:8.4f} s  "
            f"fly {run.fly_s:.4f} s  {run.velocity_mps:.3f} m/s  {run.lane} lane"
        )
    print(f"{truth.frames} frames in {took_s:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
