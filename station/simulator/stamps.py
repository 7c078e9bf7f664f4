"""When frames are taken, and which timestamps the file gives them.

It decides on variable frame times, lost and repeated frames. Timestamps are whole ticks of the
file's own clock, and each frame is rendered for its tick: nothing is rounded afterwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from station.simulator.scene import Scene


@dataclass(frozen=True)
class Stamp:
    """One frame of the file.

    Attributes:
        tick: Its presentation timestamp.
        repeats: Whether it shows the picture of the frame before.
    """

    tick: int
    repeats: bool


def stamps(scene: Scene, end_s: float, ticks_per_s: int, rng: np.random.Generator) -> list[Stamp]:
    """List the frames of a recording that ends at `end_s` of real time."""
    frames = max(3, math.ceil(scene.on_file_s(end_s) * scene.fps))
    times_s = np.arange(frames) / scene.fps
    if scene.vfr_jitter_ms:
        jitter_s = scene.vfr_jitter_ms / 1000 * rng.standard_normal(frames)
        times_s[1:] += np.clip(jitter_s[1:], -0.45 / scene.fps, 0.45 / scene.fps)
    kept = rng.random(frames) >= scene.drop
    kept[0] = kept[-1] = True
    repeats = rng.random(frames) < scene.repeat
    repeats[0] = False
    ticks = np.rint(times_s * ticks_per_s).astype(int)
    return [
        Stamp(int(tick), bool(again))
        for tick, again, keep in zip(ticks, repeats, kept, strict=True)
        if keep
    ]
