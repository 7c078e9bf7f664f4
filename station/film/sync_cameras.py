"""What `station sync-cameras` does with two recordings: flashes that both show → their clocks.

It decides which file keeps what was found, and what is told of it. It knows no live camera.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from math import hypot
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calibration.camera_sync import USUAL_GAIN_SD, CameraSync, save_sync
from calibration.flashes import CELL_PX, Cells, Edge, FlashWatch
from calibration.interval import INTERVAL_95
from calibration.same_flashes import Together, together
from hardware.clips import SYNC
from hardware.errors import StationError
from hardware.files import is_one
from hardware.video import open_video
from station.vision.corridor import shrink

LONG_S = 600.0  # after which it is told how far the clocks may have drifted apart
DRIFTED_S = 0.005  # so much is worth flashing again


@dataclass(frozen=True, slots=True)
class Synced:
    """Two clocks that were put together.

    Attributes:
        sync: How.
        found: What the flashes said.
        path: Where it is kept.
        next: What to type next.
    """

    sync: CameraSync
    found: Together
    path: Path
    next: str

    def lines(self) -> list[str]:
        """What to tell the coach."""
        return [
            *in_words(self.sync, self.found),
            "Each ± is a 95 % interval.",
            f"Written to {self.path}; next: {self.next}",
        ]


def in_words(sync: CameraSync, found: Together) -> list[str]:
    """How two clocks go together, for a coach; every ± is a 95 % interval."""
    ahead = "ahead of" if sync.offset_s >= 0 else "behind"
    told = [
        f"{sync.second} is {abs(sync.offset_s) * 1000:.1f} ms {ahead} {sync.first}, "
        f"{in_ms(found.offset_sd_s)}: {found.edges} changes of light over {found.spread_s:.0f} s"
    ]
    if sync.clock == "recordings":
        far_sd_s = hypot(found.offset_sd_s, LONG_S * sync.gain_sd)
        better = "; flash again at the end to know it better" if far_sd_s > DRIFTED_S else ""
        told.append(
            f"Its clock goes {sync.gain * 1e6:+z.0f} ppm, "
            f"±{INTERVAL_95 * sync.gain_sd * 1e6:.0f} ppm: {LONG_S / 60:.0f} minutes away from "
            f"the flashes the offset is known to {in_ms(far_sd_s)}{better}"
        )
    return told


def sync_recordings(
    first: Path,
    second: Path,
    *,
    out: Path | None = None,
    readout_ms: float = 12.0,
    progress: Callable[[float], None] | None = None,
) -> Synced:
    """Find the flashes that two recordings share, and keep how their clocks go together.

    Args:
        first: One recording.
        second: The other.
        out: Where to; by default beside the first, its name with .sync.toml.
        readout_ms: Rolling shutter, first row to last.
        progress: Is told the part done, 0 to 1.

    Returns:
        What was found and written.

    Raises:
        StationError: A recording cannot be read, or they show no flashes that are surely the same.
    """
    if is_one(first, second):
        raise StationError(f"{first} is named twice; name the recordings of two cameras")
    tell = progress or (lambda _: None)
    edges = (
        edges_in(first, readout_ms, lambda part: tell(part / 2)),
        edges_in(second, readout_ms, lambda part: tell((1 + part) / 2)),
    )
    found = together(*edges, names=(first.name, second.name), gain_sd=USUAL_GAIN_SD)
    sync = kept("recordings", (first.name, second.name), found)
    path = out or first.with_suffix(SYNC)
    if any(path.exists() and path.samefile(video) for video in (first, second)):
        raise StationError(f"will not write over the video {path}; give -o another name")
    save_sync(sync, path)
    option = "" if out is None else f" --sync {shlex.quote(str(path))}"
    names = " ".join(shlex.quote(str(video)) for video in (first, second))
    return Synced(sync, found, path, f"station replay {names}{option}")


def kept(
    clock: Literal["recordings", "cameras"], names: tuple[str, str], found: Together
) -> CameraSync:
    """What flashes said, as it is kept."""
    return CameraSync(
        clock,
        *names,
        found.offset_s,
        found.offset_sd_s,
        found.at_s,
        found.gain,
        found.gain_sd,
        found.edges,
    )


def edges_in(video: Path, readout_ms: float, progress: Callable[[float], None]) -> list[Edge]:
    """Every change of light in a recording, on its clock: real seconds by its own timestamps."""
    with open_video(video) as opened:
        turned = opened.rotation_deg in (90, 270)
        watch = watch_for(opened.width_px if turned else opened.height_px, readout_ms)
        length_s = max(opened.duration_s, 1e-9)
        for frame in opened.frames():
            watch.feed(
                frame.pts_ns * 1e-9 * opened.time_scale, cells_of(frame.luma, opened.rotation_deg)
            )
            progress((frame.pts_ns - opened.first_pts_ns) * 1e-9 / length_s)
    return watch.finish()


def watch_for(rows_px: int, readout_ms: float) -> FlashWatch:
    """A watch for flashes in pictures of so many rows, as the sensor reads them out."""
    row_s = readout_ms / 1000 / rows_px
    return FlashWatch(CELL_PX * row_s, (CELL_PX - 1) / 2 * row_s)


def cells_of(luma: NDArray[np.uint8], rotation_deg: int = 0) -> Cells:
    """Mean brightness of each cell of an upright picture, rows as the sensor reads them out."""
    rows, columns = (CELL_PX * (extent // CELL_PX) for extent in luma.shape)
    cells = shrink(luma[:rows, :columns], CELL_PX) / np.float32(CELL_PX**2)
    return np.rot90(cells.astype(np.float32), rotation_deg // 90)


def in_ms(sigma_s: float) -> str:
    """A 95 % interval of a time, from one standard deviation of it."""
    return f"±{INTERVAL_95 * sigma_s * 1000:.1f} ms"
