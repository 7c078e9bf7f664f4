"""What replaying a long session costs, as a share of decoding all of it; both as whole programs.

`python benchmarks/replay_long.py [VIDEO] [--rounds 3] [--keyframe 2] [--minutes 10]` renders a
session first where VIDEO does not exist: 1080p60 at 25 Mbit/s, three runs with their walks back, a
coach at a marker, and nobody else. Start-up is timed by a video of a few frames and subtracted.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from station.simulator import Scene, simulate
from station.simulator.truth import calibration_path

PLAIN = """
import sys, av
with av.open(sys.argv[1]) as container:
    container.streams.video[0].thread_type = "AUTO"
    for _ in container.decode(video=0):
        pass
"""
FPS = 60
Clocks = NDArray[np.float64]


def join(pieces: Sequence[tuple[Path, float]], out: Path) -> None:
    """Append recordings to each other without encoding anew.

    Args:
        pieces: Recordings of one size and codec, and how many seconds of each to take.
        out: The video to write.
    """
    with av.open(str(out), "w") as joined:
        stream = None
        begun = Fraction(0)
        for piece, length_s in pieces:
            with av.open(str(piece)) as container:
                source = container.streams.video[0]
                stream = stream or joined.add_stream_from_template(source)
                frame = 1 / Fraction(source.average_rate or FPS)
                count = round(length_s / frame)
                for number, packet in enumerate(container.demux(source)):
                    if number == count or not packet.size:
                        break
                    shift = round(begun / packet.time_base)
                    packet.pts, packet.dts = (packet.pts or 0) + shift, (packet.dts or 0) + shift
                    packet.stream = stream
                    joined.mux(packet)
                begun += count * frame


def make_session(out: Path, minutes: float, keyframe_s: float) -> None:
    """Render a run, its walk back and an empty track once each, and repeat them."""
    track = Scene(
        size="1920x1080",
        fps=FPS,
        bitrate_mbps=25.0,
        keyframe_s=keyframe_s,
        coach="marker2",
        runs=0,
        idle_s=20.0,
    )
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        run, idle = Path(folder) / "run.mp4", Path(folder) / "idle.mp4"
        truth = simulate(replace(track, runs=2, rest_s=34.0, idle_s=3.0), run)
        simulate(track, idle)
        run_s = truth.runs[1].marker2_s - 4.0  # before the second runner comes
        run_s -= run_s % keyframe_s
        rest = round((minutes * 60 / 3 - run_s) / 20.0)
        join([(run, run_s), *[(idle, 20.0)] * rest] * 3, out)
        calibration_path(run).replace(calibration_path(out))


def clocks_s(*command: str) -> Clocks:
    """Wall-clock and processor time of a program; the latter means something on a busy machine."""
    before, begun_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    wall_s, after = time.perf_counter() - begun_s, resource.getrusage(resource.RUSAGE_CHILDREN)
    return np.array([wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("video", type=Path, nargs="?", default=Path("session.mp4"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--keyframe", type=float, default=2.0)
    options = parser.parse_args()
    video: Path = options.video
    if not video.exists():
        make_session(video, options.minutes, options.keyframe)
    replay, plain = ("-m", "station", "replay"), ("-c", PLAIN)
    with tempfile.TemporaryDirectory() as folder:
        short = Path(folder) / "short.mp4"
        join([(video, 3 / FPS)], short)
        calibration_path(short).write_bytes(calibration_path(video).read_bytes())
        ratios: list[Clocks] = []
        for number in range(options.rounds):
            spent_s = clocks_s(*replay, str(video)) - clocks_s(*replay, str(short))
            if number == 0:
                peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            plain_s = clocks_s(*plain, str(video)) - clocks_s(*plain, str(short))
            ratios.append(spent_s / plain_s)
            print(
                f"replay {spent_s[0]:7.2f} s ({spent_s[1]:7.2f} s of processor)   "
                f"decoding it all {plain_s[0]:7.2f} s ({plain_s[1]:7.2f} s)"
            )
    wall, processor = np.median(ratios, axis=0)
    print(
        f"replay is {wall:.3f} of decoding it all ({processor:.3f} of the processor's time); "
        f"{peak_mb:.0f} MB resident at most"
    )


if __name__ == "__main__":
    main()
