"""`station replay` of a clip of one run, 1080p60 H.264 at 24 Mbit/s, beside merely decoding it.

    python benchmarks/replay_short.py [--rounds 7] [--keep FOLDER]

Wanted: at most 1.15 × the time of decoding, start-up of both subtracted; below 400 MB resident;
well under a second of start-up. `--keep` keeps the rendered clip there for the next time.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from processes import apart, compare

from station.simulator import Scene, simulate

SCENE = Scene(
    runs=1, size="1920x1080", fps=60, bitrate_mbps=24.0, walk_back=False, idle_s=1.5, seed=31
)
TARGET = 1.15


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        video = (options.keep or Path(folder)) / "short.mp4"
        if not video.exists():
            apart(simulate, SCENE, video)
        truth = json.loads(video.with_suffix(".truth.json").read_text())
        rate_mbps = video.stat().st_size * 8e-6 / truth["duration_s"]
        print(f"{truth['frames']} pictures, {truth['duration_s']:.1f} s, {rate_mbps:.0f} Mbit/s")
        found = Path(folder) / "found.json"
        compare(video, found, options.rounds, TARGET)
        print(f"{len(json.loads(found.read_text())['runs'])} of 1 run found")


if __name__ == "__main__":
    main()
