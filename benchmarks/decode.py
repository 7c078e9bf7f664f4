"""What `VideoFile.frames` costs over the plain PyAV loop, on one file in one run.

`python benchmarks/decode.py VIDEO [ROUNDS]` decodes VIDEO in turns with both and prints medians;
opening, which also reads the packet index, and the keyframes alone are timed apart.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import av

from hardware.video import open_video


def plain(path: Path) -> None:
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            pass


def seconds(task: Callable[[], object]) -> tuple[float, float]:
    """Wall-clock and processor time; the latter stays meaningful on a machine that is busy."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    task()
    return time.perf_counter() - wall_s, time.process_time() - cpu_s


def main() -> None:
    path = Path(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    video = open_video(path)
    tasks: dict[str, Callable[[], object]] = {
        "plain loop": lambda: plain(path),
        "frames()": lambda: deque(video.frames(), maxlen=0),
        "keyframes()": lambda: deque(video.keyframes(), maxlen=0),
        "open_video()": lambda: open_video(path),
    }
    plain(path)  # from here on the file is in memory for every round
    taken = [[seconds(task) for task in tasks.values()] for _ in range(rounds)]
    medians = [
        [statistics.median(clock) for clock in zip(*task, strict=True)]
        for task in zip(*taken, strict=True)
    ]
    for name, (wall_s, cpu_s) in zip(tasks, medians, strict=True):
        print(
            f"{name:13} {wall_s:8.3f} s   {wall_s / medians[0][0]:6.3f} × plain"
            f"   {cpu_s:8.3f} s of processor   {cpu_s / medians[0][1]:6.3f} × plain"
        )


if __name__ == "__main__":
    main()
