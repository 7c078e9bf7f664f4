"""What a whole process costs: time, processor time and memory, beside that of merely decoding.

Start-up is what the same command takes on a recording of one picture, and is subtracted. The two
commands take turns, so that a machine that is busy for a while is busy for both.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import av

DECODE = """\
import sys, av
with av.open(sys.argv[1]) as container:
    container.streams.video[0].thread_type = "AUTO"
    for _ in container.decode(video=0):
        pass
"""


@dataclass(frozen=True)
class Cost:
    """Of one process. Resident memory is that at its peak."""

    wall_s: float
    cpu_s: float
    resident_mb: float


def run(command: Sequence[str | Path]) -> Cost:
    begun_s = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - begun_s
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed with exit code {process.returncode}")
    kib_mb = 1024 / 1e6 if sys.platform != "darwin" else 1e-6
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * kib_mb)


def apart(make: Callable[..., object], *arguments: object) -> None:
    """Call in a process of its own: a process starts with its parent's peak of memory."""
    process = get_context("spawn").Process(target=make, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(process.exitcode)


def replay(video: Path, found: Path) -> list[str | Path]:
    return [sys.executable, "-m", "station", "replay", video, "--json", found]


def decode(video: Path) -> list[str | Path]:
    return [sys.executable, "-c", DECODE, video]


def first_picture(video: Path) -> Path:
    """Copy a recording's first picture, a keyframe, to a recording of its own."""
    out = video.with_name(video.stem + "-1.mp4")
    with av.open(str(video)) as source, av.open(str(out), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        packet = next(source.demux(video=0))
        packet.stream = stream
        target.mux(packet)
    out.with_suffix(".toml").write_bytes(video.with_suffix(".toml").read_bytes())
    return out


def compare(video: Path, found: Path, rounds: int, target: float) -> None:
    """Print what `station replay` and decoding cost, and the ratio of the two."""
    one = first_picture(video)
    tasks = {
        "start of decoding": decode(one),
        "start of station replay": replay(one, Path(os.devnull)),
        "decoding it all": decode(video),
        "station replay": replay(video, found),
    }
    for start in ("start of decoding", "start of station replay"):
        run(tasks[start])  # from here on the programs are in memory
    costs = [[run(command) for command in tasks.values()] for _ in range(rounds)]
    print(f"{'median of ' + str(rounds):24} {'time, s':>9} {'processor, s':>13} {'peak, MB':>9}")
    medians = []
    for name, same in zip(tasks, zip(*costs, strict=True), strict=True):
        median = Cost(
            statistics.median(cost.wall_s for cost in same),
            statistics.median(cost.cpu_s for cost in same),
            max(cost.resident_mb for cost in same),
        )
        medians.append(median)
        print(f"{name:24} {median.wall_s:9.2f} {median.cpu_s:13.2f} {median.resident_mb:9.0f}")
    plain_start, full_start, plain, full = medians
    wall = (full.wall_s - full_start.wall_s) / (plain.wall_s - plain_start.wall_s)
    cpu = (full.cpu_s - full_start.cpu_s) / (plain.cpu_s - plain_start.cpu_s)
    print(f"{'ratio without start':24} {wall:9.2f} {cpu:13.2f}    (wanted: {target} at most)")
