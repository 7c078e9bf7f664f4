"""The set-up of last time, kept beside the journal and offered again.

It decides the form of its files, and that its cones are doubted until somebody looks at them. It
opens no device.
"""

from __future__ import annotations

import tomllib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from calibration.camera_sync import dump as dump_sync
from calibration.camera_sync import sync_of
from calibration.length import FlyBy
from calibration.profile import Profile, dump, profile_of
from hardware.errors import StationError
from hardware.files import write_whole
from hardware.gates.known import protocol_named
from hardware.toml import toml
from station.live.chosen import USUAL_PX, Chosen, Second
from station.zero import NO_ZERO, Zero
from station.zero import dump as dump_zero

NAME = "setup.toml"
# On which its cones were placed: a camera moved since then is told by it.
PICTURE, PICTURE_3 = "setup.jpg", "setup-3.jpg"
VERSION = 1
MOST_BYTES = 1_000_000
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 90]
HEADER = "# What the station was set up with last, written by Set-up.\n"


class _Second(msgspec.Struct, forbid_unknown_fields=True):
    """The camera at Marker 3, but for its cones."""

    camera: str
    flashed: str = ""
    zone: dict[str, object] = {}
    sync: dict[str, object] = {}


class _Kept(msgspec.Struct, forbid_unknown_fields=True):
    """The file, but for the cones."""

    version: int
    fly_m: float
    fly_by: FlyBy | None = None
    camera: str = ""
    camera_fps: float = 60.0
    ports: tuple[str, ...] = ()
    markers: dict[str, int] = {}
    protocol: str = ""
    zone: dict[str, object] = {}
    camera_px: tuple[int, int] = USUAL_PX
    second: _Second | None = None
    zero: Zero = NO_ZERO
    zeroed: str = ""


def keep(chosen: Chosen, journal: Path) -> None:
    """Write it down.

    Args:
        chosen: What is set up. A protocol that the coach described is not kept: it is asked for.
        journal: Beside which file.

    Raises:
        StationError: It cannot be written.
    """
    known = {
        "version": VERSION,
        "fly_m": chosen.fly_m,
        "fly_by": chosen.fly_by,
        "camera": chosen.camera,
        "camera_fps": chosen.camera_fps,
        "camera_px": list(chosen.camera_px),
        "ports": list(chosen.ports),
        "zeroed": chosen.zeroed,
        "protocol": "" if chosen.protocol is None else chosen.protocol.name,
    }
    lines = [f"{key} = {toml(value)}\n" for key, value in known.items() if value is not None]
    markers = "".join(f"{toml(gate)} = {at}\n" for gate, at in chosen.markers.items())
    zone = "" if chosen.profile is None else f"\n[zone]\n{dump(chosen.profile)}"
    second = "" if chosen.second is None else _as_toml(chosen.second)
    zero = f"\n[zero]\n{dump_zero(chosen.zero)}" if chosen.zero.passages else ""
    text = f"{HEADER}{''.join(lines)}\n[markers]\n{markers}{zone}{second}{zero}"
    with suppress(OSError):  # whoever writes there says what is wrong
        journal.parent.mkdir(parents=True, exist_ok=True)
    write_whole(journal.parent / NAME, text.encode(), secret=True)  # a camera's password
    third = None if chosen.second is None else chosen.second.placed_on
    for name, placed_on in ((PICTURE, chosen.placed_on), (PICTURE_3, third)):
        if placed_on is None:
            (journal.parent / name).unlink(missing_ok=True)
        else:
            data = cv2.imencode(".jpg", placed_on, QUALITY)[1].tobytes()
            write_whole(journal.parent / name, data)


def _as_toml(second: Second) -> str:
    known = {"camera": second.camera, "flashed": second.flashed}
    lines = [f"{key} = {toml(value)}\n" for key, value in known.items()]
    zone = "" if second.profile is None else f"\n[second.zone]\n{dump(second.profile)}"
    sync = "" if second.sync is None else f"\n[second.sync]\n{dump_sync(second.sync)}"
    return f"\n[second]\n{''.join(lines)}{zone}{sync}"


def last(journal: Path) -> Chosen | None:
    """What was set up last; None where nothing was.

    Args:
        journal: Beside which file.

    Raises:
        StationError: It cannot be read.
    """
    path = journal.parent / NAME
    try:
        with path.open("rb") as file:
            kept = msgspec.convert(tomllib.loads(file.read(MOST_BYTES).decode()), _Kept)
        profile = profile_of(kept.zone) if kept.zone else None
        protocol = protocol_named(kept.protocol) if kept.protocol else None
        second = None if kept.second is None else _second(kept.second, journal)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, StationError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise StationError(
            f"the set-up of last time is not offered: {path} cannot be read ({why}); "
            "what is placed here is kept in its stead"
        ) from None
    return Chosen(
        kept.fly_m,
        kept.camera,
        None if profile is None else replace(profile, unconfirmed=True),
        ports=kept.ports,
        markers=kept.markers,
        protocol=protocol,
        camera_fps=kept.camera_fps,
        fly_by=kept.fly_by,
        placed_on=None if profile is None else _placed_on(profile, journal.parent / PICTURE),
        second=second,
        camera_px=kept.camera_px,
        zero=kept.zero,
        zeroed=kept.zeroed,
        zero_since=bool(kept.zero.passages),
    )


def _second(kept: _Second, journal: Path) -> Second:
    """The camera at Marker 3: its cones are doubted too, and a delay that flashes told before."""
    profile = profile_of(kept.zone) if kept.zone else None
    sync = sync_of(kept.sync) if kept.sync else None
    return Second(
        kept.camera,
        None if profile is None else replace(profile, unconfirmed=True),
        None if profile is None else _placed_on(profile, journal.parent / PICTURE_3),
        sync,
        kept.flashed,
        since=sync is not None and sync.clock == "cameras",
    )


def _placed_on(profile: Profile, path: Path) -> NDArray[np.uint8] | None:
    width_px, height_px = profile.picture_px
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.exists() else None
    if picture is None or picture.shape != (height_px, width_px):
        return None
    return picture.astype(np.uint8)
