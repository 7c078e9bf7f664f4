"""A scene → a video with its truth and its calibration beside it.

It decides the order in which a frame is put together: still background, people from far to near,
light, noise; only the boxes where something is are painted anew.

A frame's timestamp is the middle of the exposure of row 0; row y is exposed (y / height) of the
readout later, and all that is painted in it is as it was at that instant. Rows are the sensor's: a
turned recording is painted as it is stored. The camera's own motion is taken as still within a
frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hardware.files import drafted, write_whole
from station.simulator import backdrop
from station.simulator.camera import Camera, camera_for
from station.simulator.cast import Cast, gather
from station.simulator.film import filming, ticks_per_s
from station.simulator.grain import Grain
from station.simulator.mount import Mount, moved_background, turned
from station.simulator.paint import Exposure, Patch, Thing, paint
from station.simulator.props import Cone
from station.simulator.scene import Scene
from station.simulator.shadow import cast_on, flattening
from station.simulator.stamps import stamps
from station.simulator.torch import Torch
from station.simulator.truth import (
    Truth,
    calibration_path,
    calibration_toml,
    camera_facts,
    cones_m,
    cones_px,
    truth_path,
)
from station.simulator.weather import Leaves, Light, Rain

Planes = NDArray[np.uint8]


class Studio:
    """A scene made ready: renders the frame of any instant."""

    def __init__(self, scene: Scene) -> None:
        seeds = np.random.SeedSequence(scene.seed).spawn(4)
        surroundings, people, chance, stand = (np.random.default_rng(seed) for seed in seeds)
        self.scene = scene
        self.camera: Camera = camera_for(scene)
        self._mount = Mount(scene, stand)
        bush_m = surroundings.uniform(-1.0, scene.fly_m + 1.0)
        padded = self.camera.padded(self._mount.pad_px)
        self._background, bush = backdrop.render(
            padded, surroundings, bush_m if scene.leaves_px else None
        )
        self._leaves = Leaves(self._background, bush, scene.leaves_px, chance)
        at_rest = moved_background(self._background, self.camera, self._mount.pad_px, (0, 0, 0))
        self.cast: Cast = gather(scene, self.camera, at_rest, people)
        self._cones = [Cone((x, y, z)) for x, y, z in cones_m(scene).reshape(-1, 3).tolist()]
        self._flat = flattening(scene) if scene.sun else None
        at_once = Exposure(0.0, 0.0, 0.0)
        if self._flat is not None:
            for cone in self._cones:
                cast_on(self._background, padded, cone, at_once, self._flat)
        # What stands before a camera that stands is painted once.
        still = self._cones if self._mount.pad_px == 0 else []
        self._still: dict[Thing, Patch | None] = {
            cone: paint(self.camera.turned(scene.rotation_deg), cone, at_once) for cone in still
        }
        self._torch = Torch(scene, self.cast.flashes)
        self._light = Light(scene, chance)
        self._rain = Rain(scene, self.camera, chance)
        self._grain = Grain(scene.stored_px, scene.noise_levels, chance)

    def frame(self, instant_s: float) -> Planes:
        """Render the frame that is stamped with this instant (real time).

        Returns:
            Planar brightness and colour differences (yuv420p) as they are stored, not turned
            upright, shape (height * 3 / 2, width).
        """
        scene, camera = self.scene, self.camera
        self._leaves.move(self._background, instant_s)
        if self._mount.pad_px:
            moved = self._mount.motion(instant_s)
            planes = moved_background(self._background, camera, self._mount.pad_px, moved)
            camera = camera.moved(*moved)
        else:
            planes = self._background.copy()
        planes = turned(planes, scene.rotation_deg)
        camera = camera.turned(scene.rotation_deg)
        row_s = scene.readout_ms / 1000 / scene.stored_px[1]
        exposure = Exposure(instant_s, row_s, scene.exposure_s)
        figures = self.cast.present(instant_s)
        if self._flat is not None:
            for figure in figures:
                cast_on(planes, camera, figure, exposure, self._flat)
        things: list[Thing] = [*self._cones, *figures]
        for thing in sorted(things, key=lambda thing: -thing.y_m):
            patch = self._still.get(thing) or paint(camera, thing, exposure)
            if patch is not None:
                lay_over(planes, patch)
        self._light.shine_on(planes, instant_s)
        self._torch.shine_on(planes, exposure)
        self._rain.fall_on(planes)
        self._grain.add_to(planes)
        return planes


def lay_over(planes: Planes, patch: Patch) -> None:
    """Lay a patch over a frame's planes, in place."""
    width_px, height_px = planes.shape[1], planes.shape[0] * 2 // 3
    rows, columns = patch.layer.shape[1:]
    y, cover = patch.layer[0], patch.layer[3]
    box = planes[patch.top : patch.top + rows, patch.left : patch.left + columns]
    box[:] = np.rint(box * (1 - cover) + y)
    fours = patch.layer[1:].reshape(3, rows // 2, 2, columns // 2, 2)
    halves = (fours[:, :, 0] + fours[:, :, 1]).sum(axis=-1) / 4
    chroma = planes[height_px:].reshape(2, height_px // 2, width_px // 2)
    box = chroma[:, patch.top // 2 :, patch.left // 2 :][:, : rows // 2, : columns // 2]
    box[:] = np.rint(box * (1 - halves[2]) + halves[:2])


def simulate(scene: Scene, out: Path, progress: Callable[[float], None] | None = None) -> Truth:
    """Render a scene to `out`, with `.truth.json` and `.toml` beside it.

    All three appear complete or not at all.

    Args:
        scene: What to render.
        out: The video to write; its suffix chooses the container.
        progress: Is told the part done, 0 to 1.

    Raises:
        StationError: The scene is impossible, or the file cannot be written.
    """
    per_s = ticks_per_s(out)
    studio = Studio(scene)
    chance = np.random.default_rng([scene.seed, 1])
    frames = stamps(scene, studio.cast.end_s, per_s, chance)
    truth = Truth(
        scene=asdict(scene),
        fly_m=scene.fly_m,
        direction=scene.direction,
        capture_scale=scene.capture_scale,
        frames=len(frames),
        duration_s=(2 * frames[-1].tick - frames[-2].tick) / per_s,
        runs=studio.cast.runs,
        walk_backs=studio.cast.walk_backs,
        camera=camera_facts(studio.camera),
        cones_px=cones_px(scene, studio.camera),
        flashes_s=tuple(
            (scene.on_file_s(on), scene.on_file_s(off)) for on, off in studio.cast.flashes
        ),
    )
    with drafted(out) as draft:
        with filming(scene, draft, out.suffix.lower()) as film:
            planes = np.empty(0, np.uint8)
            for number, stamp in enumerate(frames):
                if not stamp.repeats:
                    planes = studio.frame(scene.instant_s(stamp.tick / per_s))
                film.add(planes, stamp.tick)
                if progress is not None:
                    progress((number + 1) / len(frames))
        write_whole(truth_path(out), truth.to_json().encode())
        write_whole(calibration_path(out), calibration_toml(scene, truth).encode())
    return truth


def simulate_pair(
    scene: Scene, out: Path, progress: Callable[[float], None] | None = None
) -> tuple[tuple[Path, Truth], tuple[Path, Truth]]:
    """Render what two cameras see of a scene, each of one marker, each with a clock of its own.

    Args:
        scene: What to render; `start_s` and `clock_ppm` are those of Marker 3's camera.
        out: Both recordings' name, to which each marker's is added.
        progress: Is told the part done, 0 to 1.

    Returns:
        Each recording with its truth, Marker 2's first.

    Raises:
        StationError: The scene is impossible, or a file cannot be written.
    """
    at2 = replace(scene, sees="marker2", start_s=0.0, clock_ppm=0.0)
    at3 = replace(scene, sees="marker3")
    found = []
    for done, one in enumerate((at3, at2)):  # first the one whose clock may be what cannot be
        path = out.with_stem(f"{out.stem}-{one.sees}")

        def tell(part: float, done: int = done) -> None:
            if progress is not None:
                progress((done + part) / 2)

        found.append((path, simulate(one, path, tell)))
    return found[1], found[0]
