"""What watching a live camera costs besides decoding it, and what memory grows.

    python benchmarks/live_camera.py [--fps 60] [--size 1280x720] [--minutes 10] [--keep FOLDER]

A scene of three runs is played again and again in simulated time, as fast as it goes. Wanted: at
most a quarter of a core besides decoding at 720p60, on average, with the timing of runs and without
the replaying of their clips; nothing that grows over an hour (`--minutes 60`): memory, threads,
open files, clips.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
from processes import apart

from calibration.geometry import fit_zone
from calibration.profile import load_profile
from hardware.camera import Feed, Shot
from hardware.camera_reader import Opened
from hardware.clips import Clips
from hardware.clock import ManualClock
from hardware.played_camera import PlayedCamera
from station.camera.events import FilmedRun
from station.camera.timing import CameraTiming
from station.simulator import Scene, simulate

NS = 1_000_000_000
TARGET_CORES = 0.25
LOOK_S = 600.0
SCENE = Scene(runs=3, walk_back=True, keyframe_s=1.0, idle_s=2.5, rest_s=2.5, seed=51)


class Never(Executor):
    """Times no clip."""

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        return Future()


def shots_of(video: Path, clock: ManualClock) -> tuple[Feed, list[Shot]]:
    feed = PlayedCamera(video, clock, lambda wait_s: clock.advance(round(wait_s * NS))).open()
    shots = []
    while (shot := feed.next()) is not None:
        shots.append(shot)
    return feed, shots


def again_and_again(shots: list[Shot], seconds: float) -> Iterator[Shot]:
    """The same packets, later each time."""
    long_ticks = shots[-1].ticks - shots[0].ticks + (shots[1].ticks - shots[0].ticks)
    base = shots[0].packet.time_base
    rounds = max(1, round(seconds / float(long_ticks * base)))
    for n in range(rounds):
        for shot in shots:
            packet = av.Packet(bytes(shot.packet))
            dts = shot.ticks if shot.packet.dts is None else shot.packet.dts
            packet.pts, packet.dts = shot.ticks + n * long_ticks, dts + n * long_ticks
            packet.time_base, packet.is_keyframe = base, shot.packet.is_keyframe
            later_ns = round(n * long_ticks * base * NS)
            yield replace(
                shot,
                packet=packet,
                pts_ns=shot.pts_ns + later_ns,
                arrival_ns=shot.arrival_ns + later_ns,
            )


def timing_of(video: Path, folder: Path, executor: Executor) -> CameraTiming:
    zone = fit_zone(load_profile(video.with_suffix(".toml")))
    return CameraTiming(
        "camera",
        zone,
        Clips(folder, most_bytes=50_000_000),
        executor=executor,
        utc=lambda: datetime.now(UTC),
    )


def held(clips: Path) -> str:
    """What the program holds now, as far as this system tells, and what it has written."""
    kept_mb = sum(one.stat().st_size for one in clips.iterdir()) / 1e6
    own = Path("/proc/self")
    if not own.exists():
        return f"{kept_mb:.0f} MB of clips"
    pages = int((own / "statm").read_text().split()[1])
    resident_mb = pages * resource.getpagesize() / 1e6
    files = len(list((own / "fd").iterdir()))
    threads = threading.active_count()
    return f"{resident_mb:.0f} MB, {threads} threads, {files} files open, {kept_mb:.0f} MB of clips"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fps", type=float, default=60.0)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        video = (options.keep or folder) / f"live-{options.size}-{options.fps:g}.mp4"
        if not video.exists():
            apart(simulate, replace(SCENE, fps=options.fps, size=options.size), video)
        feed, shots = shots_of(video, ManualClock())
        filmed_s = (shots[-1].pts_ns - shots[0].pts_ns) / NS
        begun_s = time.process_time()
        for shot in shots:
            feed.coding.decode(shot.packet)
        decoding_s = time.process_time() - begun_s
        feed, shots = shots_of(video, ManualClock())
        timing = timing_of(video, folder / "watched", Never())
        timing.take(Opened(0, feed))
        begun_s = time.process_time()
        for shot in shots:
            timing.take(shot)
        watching_s = time.process_time() - begun_s - decoding_s
        print(f"{len(shots)} pictures, {filmed_s:.1f} s, {options.size} at {options.fps:g} Hz")
        print(f"decoding {decoding_s / filmed_s:6.3f} of a core")
        cores = watching_s / filmed_s
        print(f"watching {cores:6.3f} of a core besides (wanted: {TARGET_CORES} at most)")

        with ThreadPoolExecutor(1) as executor:
            feed, shots = shots_of(video, ManualClock())
            timing = timing_of(video, folder / "timed", executor)
            timing.take(Opened(0, feed))
            runs, waited_s, since_s = 0, [], None
            told_mb: list[float] = []
            for n, shot in enumerate(again_and_again(shots, 60 * options.minutes)):
                at_s = time.perf_counter()
                told = timing.take(shot)
                if timing.busy and since_s is None:
                    since_s = at_s
                while timing.busy:  # simulated time stands still while a clip is timed
                    time.sleep(0.002)
                    told += timing.advance(shot.arrival_ns)
                if since_s is not None:
                    waited_s.append(time.perf_counter() - since_s)
                    since_s = None
                runs += sum(isinstance(one, FilmedRun) for one in told)
                if n % len(shots) == len(shots) - 1:
                    told_mb.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
                    passed_s = len(told_mb) * filmed_s
                    if passed_s // LOOK_S > (passed_s - filmed_s) // LOOK_S:
                        print(f"after {passed_s / 60:.0f} minutes: {held(folder / 'timed')}")
            runs += sum(isinstance(one, FilmedRun) for one in timing.finish())
        minutes = len(told_mb) * filmed_s / 60
        print(f"{runs} of {3 * len(told_mb)} runs in {minutes:.1f} minutes of film")
        waited_s.sort()
        middle, worst = waited_s[len(waited_s) // 2], waited_s[-1]
        print(f"a clip is written and replayed in {middle:.2f} s, at worst in {worst:.2f} s")
        thirds = [f"{told_mb[max(0, len(told_mb) * n // 3 - 1)]:.0f} MB" for n in (1, 2, 3)]
        print(f"peak of memory after each third of it: {', '.join(thirds)}")


if __name__ == "__main__":
    main()
