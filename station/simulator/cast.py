"""Who is in the picture when: runners, walks back, a coach at a marker.

It decides the times at which people enter and leave, at the edges of the picture only. It draws
nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.errors import StationError
from station.simulator import figure as people
from station.simulator.backdrop import brightness_at
from station.simulator.camera import LANE_WIDTH_M, Camera
from station.simulator.figure import Body, Figure
from station.simulator.motion import Floats, Motion
from station.simulator.palette import draw_body
from station.simulator.scene import Scene
from station.simulator.torch import TORCH_AWAY_S, flashing
from station.simulator.truth import TrueRun

BEYOND_M = 1.6
"""So far outside the picture nothing of a body is left in it."""
TAIL_S = 0.6
"""The recording goes on so long after the last runner has left."""
PAIR_SIGHT_M = 8.0
"""Beyond the zone: where people are seen by either of two cameras, whichever it is."""


@dataclass(frozen=True)
class Cast:
    """Everybody, and what they truly did.

    Attributes:
        figures: With the instants (real time) between which each may be in the picture.
        runs: The truth, on the file's timestamps, by the time at Marker 2.
        walk_backs: How many walk back.
        end_s: When the recording ends, real time.
        flashes: When a torch is switched on and off, real time.
    """

    figures: tuple[tuple[Figure, float, float], ...]
    runs: tuple[TrueRun, ...]
    walk_backs: int
    end_s: float
    flashes: tuple[tuple[float, float], ...] = ()

    def present(self, instant_s: float) -> list[Figure]:
        """List who may be in the picture at an instant."""
        return [
            figure
            for figure, since_s, until_s in self.figures
            if since_s - 0.5 <= instant_s <= until_s + 0.5
        ]


def gather(
    scene: Scene, camera: Camera, background: NDArray[np.uint8], rng: np.random.Generator
) -> Cast:
    """Bring everybody together.

    Args:
        scene: What is asked for.
        camera: Where it is seen from.
        background: Planes of the still background, to choose kit that shows as wanted.
        rng: Draws people and gaits.

    Raises:
        StationError: The recording would begin after all is over.
    """
    bodies = _bodies(scene, camera, background, rng)
    figures: list[tuple[Figure, float, float]] = []
    runs: list[TrueRun] = []
    returns_s: list[float] = []
    flashes = flashing(scene, scene.flashes, scene.idle_s)
    entry_s = flashes[-1][1] + TORCH_AWAY_S if flashes else scene.idle_s
    walk_lane = -1 if scene.second == "far" else 1
    for number in range(scene.runs):
        lanes = [("own", 0, 0.0)]
        if scene.second != "none":
            lanes.append((scene.second, -1 if scene.second == "near" else 1, scene.second_offset_s))
        start_s = entry_s + max(0.0, -min(late_s for _, _, late_s in lanes))
        for name, lane, late_s in lanes:
            who = (number * len(lanes) + (lane != 0)) % len(bodies)
            offset_m = scene.lane_offset_m + scene.lane_offset_sd_m * float(rng.standard_normal())
            y_m = lane * LANE_WIDTH_M + offset_m
            left_m, right_m = _sight_m(scene, camera, y_m)
            runner, out_s = _runner(
                scene, bodies[who], y_m, (left_m, right_m), start_s + late_s, rng
            )
            figures.append((runner, start_s + late_s, out_s))
            runs.append(_truth(scene, runner, offset_m, name, who))
            entry_s = max(entry_s, out_s)
            if lane == 0 and scene.walk_back:
                y_m = walk_lane * LANE_WIDTH_M + float(rng.uniform(-0.2, 0.2))
                far_m = _sight_m(scene, camera, y_m)[1 if scene.heading > 0 else 0]
                walker = _walker(scene, bodies[who], far_m, y_m, out_s + 1.0, rng)
                figures.append((walker, out_s, math.inf))
                returns_s.append(walker.motion.crossing_s(far_m))
        entry_s += scene.rest_s
    end_s = entry_s - (scene.rest_s if scene.runs else 0.0) + TAIL_S
    if scene.flashes_after:
        flashes += flashing(scene, scene.flashes_after, end_s)
        end_s = flashes[-1][1] + TORCH_AWAY_S
    if scene.start_s >= end_s:
        raise StationError(
            f"start is {scene.start_s:g} s, and all is over after {end_s:.1f} s; let the recording "
            "begin before that"
        )
    if scene.coach != "none":
        figures.append((_coach(scene, bodies[-1], rng), 0.0, math.inf))
    runs.sort(key=lambda run: run.marker2_s)
    walk_backs = sum(return_s < end_s for return_s in returns_s)
    return Cast(tuple(figures), tuple(runs), walk_backs, end_s, tuple(flashes))


def _sight_m(scene: Scene, camera: Camera, y_m: float) -> tuple[float, float]:
    """What is seen of a lane: its left and its right end."""
    if scene.sees != "both":
        return -PAIR_SIGHT_M, scene.fly_m + PAIR_SIGHT_M
    return camera.along_at(0, y_m), camera.along_at(camera.size_px[0] - 1, y_m)


def _bodies(
    scene: Scene, camera: Camera, background: NDArray[np.uint8], rng: np.random.Generator
) -> list[Body]:
    """Draw the athletes, and last the coach."""
    along_m = np.linspace(0.0, scene.fly_m, 150)

    def behind(low_m: float, high_m: float) -> Floats:
        points = [(x, 0.0, z) for x in along_m for z in np.linspace(low_m, high_m, 4)]
        return brightness_at(background, camera.project(np.array(points))[0])

    head, trunk = behind(1.5, 1.8), behind(0.9, 1.4)
    return [draw_body(rng, head, trunk, scene.contrast_levels) for _ in range(scene.athletes + 1)]


def _runner(
    scene: Scene,
    body: Body,
    y_m: float,
    sight_m: tuple[float, float],
    entry_s: float,
    rng: np.random.Generator,
) -> tuple[Figure, float]:
    """Send a runner through; he enters the picture at `entry_s`. Returns him and his exit."""
    speed_mps = max(0.3, scene.speed_mps + scene.speed_sd_mps * float(rng.standard_normal()))
    step_hz = speed_mps / float(rng.uniform(1.98, 2.15)) if speed_mps > 5 else 1.2 + speed_mps / 3
    heading, middle_m = scene.heading, scene.fly_m / 2
    before_m = heading * (middle_m - sight_m[0 if heading > 0 else 1]) + BEYOND_M
    after_m = heading * (sight_m[1 if heading > 0 else 0] - middle_m) + BEYOND_M
    accel = min(scene.accel_mps2, 0.4 * speed_mps**2 / before_m)
    accel = max(accel, -0.4 * speed_mps**2 / after_m)

    def time_over(way_m: float) -> float:
        """Time from mid-zone to `way_m` past it."""
        if abs(accel) < 1e-9:
            return way_m / speed_mps
        return (math.sqrt(speed_mps**2 + 2 * accel * way_m) - speed_mps) / accel

    middle_s = entry_s - time_over(-before_m)
    motion = Motion(
        x0_m=middle_m,
        y_m=y_m,
        t0_s=middle_s,
        speed_mps=speed_mps,
        heading=heading,
        step_hz=step_hz,
        phase=float(rng.uniform(0, 2)),
        accel_mps2=accel,
        ripple_m=float(rng.uniform(0.006, 0.009)) * min(1.0, speed_mps / 8),
        limp_m=float(rng.uniform(0.0, 0.002)),
    )
    gait = people.running(rng) if speed_mps > 3 else people.walking(rng)
    return Figure(body, gait, motion), middle_s + time_over(after_m)


def _walker(
    scene: Scene, body: Body, edge_m: float, y_m: float, entry_s: float, rng: np.random.Generator
) -> Figure:
    """Let an athlete walk back: he enters at `entry_s` where he had left."""
    speed_mps = float(rng.uniform(1.25, 1.55))
    motion = Motion(
        x0_m=edge_m + scene.heading * BEYOND_M,
        y_m=y_m,
        t0_s=entry_s,
        speed_mps=speed_mps,
        heading=-scene.heading,
        step_hz=float(rng.uniform(1.8, 2.0)),
        ripple_m=0.012,
    )
    return Figure(body, people.walking(rng), motion)


def _coach(scene: Scene, body: Body, rng: np.random.Generator) -> Figure:
    """Stand the coach beside a marker, outside the lane."""
    line_m = 0.0 if (scene.coach == "marker2") == (scene.heading > 0) else scene.fly_m
    motion = Motion(
        x0_m=line_m + float(rng.uniform(-0.6, 0.6)),
        y_m=(-1 if scene.coach_side == "near" else 1) * float(rng.uniform(1.9, 2.4)),
        t0_s=0.0,
        speed_mps=0.0,
        heading=int(rng.choice([-1, 1])),
        step_hz=0.0,
        phase=float(rng.uniform(0.2, 0.8)),
        sway_m=float(rng.uniform(0.03, 0.1)),
    )
    return Figure(body, people.standing(), motion)


def _truth(scene: Scene, runner: Figure, offset_m: float, lane: str, who: int) -> TrueRun:
    """Solve a runner's crossings."""
    lines_m = (0.0, scene.fly_m) if scene.heading > 0 else (scene.fly_m, 0.0)
    marker2_s, marker3_s = (runner.motion.crossing_s(line_m) for line_m in lines_m)
    fly_s = marker3_s - marker2_s
    return TrueRun(
        marker2_s=scene.on_file_s(marker2_s),
        marker3_s=scene.on_file_s(marker3_s),
        fly_s=fly_s,
        velocity_mps=scene.fly_m / fly_s,
        lane_offset_m=offset_m,
        lane=lane,
        athlete_index=who,
        head_lead_m=runner.body.head_lead_m,
    )
