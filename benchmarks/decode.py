"""What `VideoFile.frames` costs over the plain PyAV loop, on one file in one run.

`python benchmarks/decode.py VIDEO [ROUNDS]` decodes VIDEO in turns with both and prints the median
times and their ratio; then what the packet index and the keyframes cost.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av

from hardware.video import open_video


def plain(path: Path) -> None:
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            pass


def ours(path: Path) -> None:
    for _ in open_video(path).frames():
        pass


def keyframes(path: Path) -> None:
    for _ in open_video(path).keyframes():
        pass


def index(path: Path) -> None:
    assert open_video(path).frame_count


def seconds(task: Callable[[Path], None], path: Path) -> tuple[float, float]:
    """Wall-clock and processor time; the latter stays meaningful on a machine that is busy."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    task(path)
    return time.perf_counter() - wall_s, time.process_time() - cpu_s


def main() -> None:
    path = Path(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    tasks = (plain, ours, keyframes, index)
    plain(path)  # the file's pages and the libraries are in memory for every round
    taken = [[seconds(task, path) for task in tasks] for _ in range(rounds)]
    medians = [
        [statistics.median(clock) for clock in zip(*task, strict=True)]
        for task in zip(*taken, strict=True)
    ]
    for task, (wall_s, cpu_s) in zip(tasks, medians, strict=True):
        print(
            f"{task.__name__:10} {wall_s:8.3f} s   {wall_s / medians[0][0]:6.3f} × plain"
            f"   {cpu_s:8.3f} s of processor   {cpu_s / medians[0][1]:6.3f} × plain"
        )


if __name__ == "__main__":
    main()
