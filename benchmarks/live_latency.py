"""How soon a run is told: from the arrival of the last picture that its fit needs, in real time.

    python benchmarks/live_latency.py [--fps 60] [--size 1280x720] [--speed 8.6] [--runs 8]
        [--keep FOLDER] [--screen]

A saved video is played as it was filmed, watched by a camera's own threads, and who takes what
they tell notes when. The last picture that a fit needs is that of the last sighting at Marker 3.
Wanted: 150 ms from its arrival to the final figure on the screen. Each clip is then replayed: it
has to give the digits that were told first. With `--screen` it is played once more, to a session
whose Trackside stands in a browser, and from when the camera tells a run to when its figure is
painted is measured.

On a machine that is busy with other things the clock tells how busy it is. So the same pictures are
fed once more, and each counts as done when the processor time that it took is over: that is what
one free core would take.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import TypeGuard

from processes import apart

from calibration.geometry import Zone, fit_zone
from calibration.profile import load_profile
from hardware.camera import Feed, Shot
from hardware.camera_reader import Opened
from hardware.clips import Clips
from hardware.clock import ManualClock, SystemClock
from hardware.played_camera import PlayedCamera
from station.camera.events import CameraEvent, FilmedRun
from station.camera.live import LiveCamera
from station.camera.timing import CameraTiming
from station.console.console import Console
from station.film.replay import replay
from station.gates.record import Setup
from station.live.desk import Desk
from station.live.filming import Filming
from station.live.holding import Keeping, Sounding, run_session
from station.live.workout import workout_of
from station.session.roster import parse_athletes
from station.simulator import Scene, simulate
from station.voice.cues import manner_for
from station.workout.plan import plan

NS = 1_000_000_000
WANTED_MS = 150
REPS = "20 x 30m. 0:02 Rec between reps."
SCENE = Scene(walk_back=False, keyframe_s=1.0, idle_s=2.5, rest_s=3.0, speed_sd_mps=0.8, seed=71)


class Noted:
    """A camera of whose pictures it is noted when they came."""

    def __init__(self, camera: PlayedCamera) -> None:
        self._camera, self.name, self.asked_hz = camera, camera.name, camera.asked_hz
        self.came_ns: list[int] = []

    def open(self) -> Feed:
        self._feed = self._camera.open()
        self.coding, self.stamped_by = self._feed.coding, self._feed.stamped_by
        self.close = self._feed.close
        return self

    def next(self) -> Shot | None:
        shot = self._feed.next()
        if shot is not None:
            self.came_ns.append(shot.arrival_ns)
        return shot


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fps", type=float, default=60.0)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--speed", type=float, default=8.6)
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--screen", action="store_true", help="in Chromium, by Playwright")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = f"latency-{options.size}-{options.fps:g}-{options.speed:g}-{options.runs}.mp4"
        video = (options.keep or folder) / kept
        if not video.exists():
            scene = replace(
                SCENE,
                fps=options.fps,
                size=options.size,
                speed_mps=options.speed,
                runs=options.runs,
            )
            apart(simulate, scene, video)
        zone = fit_zone(load_profile(video.with_suffix(".toml")))
        clock = SystemClock()
        camera = Noted(PlayedCamera(video, clock, time.sleep))
        live = LiveCamera(camera, zone, Clips(folder / "clips"), clock=clock)
        told: list[tuple[int, FilmedRun]] = []
        begun_s, begun_ns = cpu_s(), clock.now_ns()
        with live:
            while not live.over.wait(0.001):
                told += [(clock.now_ns(), one) for one in live.taken() if is_run(one)]
        told += [(clock.now_ns(), one) for one in live.taken() if is_run(one)]
        took_s, filmed_s = cpu_s() - begun_s, (clock.now_ns() - begun_ns) / NS
        print("by the clock, with whatever else this machine does:")
        report(told, camera.came_ns, zone)
        print(f"{took_s / filmed_s:.2f} of a core in all, decoding and replaying clips included")
        print("by processor time:")
        report(*on_a_core_of_its_own(video, zone, folder / "again"), zone)
        if options.screen:
            on_the_screen(video, zone, folder / "shown")


class Told(LiveCamera):
    """A camera of whose runs it is noted when it tells them."""

    runs_ns: tuple[int, ...] = ()

    def _tell(self, events: list[CameraEvent]) -> None:
        runs_ns = [self._clock.now_ns() for one in events if is_run(one)]
        super()._tell(events)
        self.runs_ns += (*runs_ns,)


def on_the_screen(video: Path, zone: Zone, folder: Path) -> None:
    """How much later than it is told each run stands on Trackside."""
    from painted import Painted, later

    clock, desk = SystemClock(), Desk()
    live = Told(PlayedCamera(video, clock, time.sleep), zone, Clips(folder / "clips"), clock=clock)
    console = Console(desk.do, desk.stop, port=0)

    def run() -> None:
        run_session(
            Setup(zone.fly_m, (), {}, live.speeds_mps),
            None,
            workout_of(plan(REPS), parse_athletes("Ana:58.0"), zone.fly_m),
            Keeping(folder / "journal.sqlite", new=True),
            Sounding(manner_for(1), on=False),
            desk,
            console,
            console.hear,
            print,
            attending=Filming(live, desk, by_hand=True).attend,
            camera=live,
        )

    session = Thread(target=run)
    session.start()
    with Painted(console.url, clock) as painted:
        while not live.over.is_set():
            painted.wait(0.5)
        painted.wait(1)
        later([*live.runs_ns], painted.figures_ns())
    desk.stop()
    session.join()


def on_a_core_of_its_own(
    video: Path, zone: Zone, folder: Path
) -> tuple[list[tuple[int, FilmedRun]], list[int]]:
    """What is told when, and when pictures came, where nothing else is to be done."""
    clock = ManualClock()
    feed = PlayedCamera(video, clock, lambda wait_s: clock.advance(round(wait_s * NS))).open()
    told: list[tuple[int, FilmedRun]] = []
    came_ns: list[int] = []
    done_ns = 0
    with ThreadPoolExecutor(1) as executor:
        timing = CameraTiming(
            "camera", zone, Clips(folder), executor=executor, utc=lambda: datetime.now(UTC)
        )
        timing.take(Opened(clock.now_ns(), feed))
        while (shot := feed.next()) is not None:
            came_ns.append(shot.arrival_ns)
            while timing.busy:  # a clip that is replayed meanwhile has the other core
                time.sleep(0.001)
            begun_ns = time.thread_time_ns()
            events = timing.take(shot)
            done_ns = max(shot.arrival_ns, done_ns) + time.thread_time_ns() - begun_ns
            told += [(done_ns, one) for one in events if is_run(one)]
        timing.finish()
    return told, came_ns


def report(told: list[tuple[int, FilmedRun]], came_ns: list[int], zone: Zone) -> None:
    """Print how late each run was told."""
    waits_ms: list[float] = []
    numbers: set[int] = set()
    for at_ns, filmed in told:
        if filmed.number in numbers:
            print(f"run {filmed.number} was told again, with other digits")
            continue
        numbers.add(filmed.number)
        timed = replay(filmed.recording, zone).timed[filmed.part - 1]
        last_s = timed.marker3.sightings[-1].instant_s - timed.marker3.instant_s
        # A row is seen some milliseconds after its picture began, by which it is stamped.
        place = bisect_right(came_ns, filmed.marker3_ns + round(last_s * NS)) - 1
        waits_ms.append((at_ns - came_ns[place]) / 1e6)
        after_ms = (at_ns - filmed.marker3_ns) / 1e6
        print(
            f"run {filmed.number}: {filmed.run.fly_s:.4f} s, told {waits_ms[-1]:4.0f} ms after the "
            f"last picture, {after_ms:4.0f} ms after Marker 3; "
            f"{'as its clip gives it' if timed.run == filmed.run else 'OTHER THAN ITS CLIP'}"
        )
    middle_ms, worst_ms = statistics.median(waits_ms), max(waits_ms)
    print(f"{len(numbers)} runs: median {middle_ms:.0f} ms, worst {worst_ms:.0f} ms", end=" ")
    print(f"(wanted: {WANTED_MS} ms)")


def is_run(event: CameraEvent) -> TypeGuard[FilmedRun]:
    return isinstance(event, FilmedRun)


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
