"""What Set-up is told of devices: which camera, or one for each marker, which gates, what is asked.

It decides what of an earlier choice stands when another is made: cones are of one camera, flashes
of two. It opens nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import hypot, isfinite
from pathlib import Path

import msgspec

from calibration.camera_sync import CameraSync, load_sync
from calibration.interval import INTERVAL_95
from hardware.cameras import check_two, is_file
from hardware.clips import SYNC
from hardware.errors import StationError
from hardware.gates.known import protocol_named
from hardware.stream_camera import without_password
from station.film.pair import LIVE_SD_S
from station.live.chosen import Chosen, Second
from station.zero import Zero

UNKNOWN = (
    "Nobody knows yet how far the two cameras' clocks are apart: tenths of a second, as a rule, "
    "and each tenth is 3 % of a 30 m fly. So they time nothing before both saw the same flashes."
)
MOST_PORTS = 2
MOST_FPS, LEAST_PX, MOST_PX = 1000.0, 100, 10_000


class See(msgspec.Struct, forbid_unknown_fields=True):
    """Devices that are chosen.

    Attributes:
        camera: A number, an address or a file; empty for none. Where there are two it sees Marker
            2 alone.
        camera3: The one that sees Marker 3, where each marker has its own; empty for none.
        ports: The gates', at Marker 2 first.
        protocol: What they speak, as it was found; empty to find out.
        camera_fps: Pictures a second that a USB camera is asked for; None as before.
        camera_size: Their size, as "1280x720"; empty as before.
    """

    camera: str = ""
    camera3: str = ""
    ports: tuple[str, ...] = ()
    protocol: str = ""
    camera_fps: float | None = None
    camera_size: str = ""


def as_meant(said: See, chosen: Chosen) -> See:
    """The same with cameras by their whole names, where they were told to the page without."""
    known: dict[str, str] = {}
    for marker in chosen.markers_apart:
        camera = chosen.camera_at(marker)
        known |= {without_password(camera): camera, Path(camera).name: camera}
    named = (known.get(one, one).strip() for one in (said.camera, said.camera3))
    camera, camera3 = (str(int(one)) if one.isdecimal() else one for one in named)  # of "00" is 0
    return msgspec.structs.replace(said, camera=camera, camera3=camera3)


def files_beyond(said: See, chosen: Chosen) -> set[str]:
    """The saved videos that it names and that were not chosen before."""
    known = {"", *(chosen.camera_at(marker) for marker in chosen.markers_apart)}
    return {one for one in {said.camera, said.camera3} - known if is_file(one)}


def check_files(said: See, chosen: Chosen) -> None:
    """Refuse a saved video that is none, so that what was chosen before stands.

    Raises:
        StationError: There is no such file.
    """
    for one in sorted(files_beyond(said, chosen)):
        if "\0" not in one and not Path(one).is_file():
            raise StationError(
                f"there is no video '{one}'; write its whole path, or a camera's address as "
                "rtsp://192.168.1.20:8554/live"
            )


def choose(said: See, chosen: Chosen) -> Chosen:
    """What is set up once that was chosen.

    Args:
        said: By its cameras' whole names.
        chosen: What was set up before.

    Raises:
        StationError: One camera, or one port, is named twice, there is no first, or two that are
            shown alike; or what is
            asked of a USB camera is no rate, or no size.
    """
    if said.camera3:
        check_two(said.camera, said.camera3)
    _check_ports(said.ports)
    if said.camera3 and not said.camera:
        raise StationError("choose Marker 2's camera first")
    fps, size_px = _asked(said, chosen)
    sized = size_px != chosen.camera_px  # cones are of pictures of one size
    again = said.ports == chosen.ports and (fps, sized) == (chosen.camera_fps, False)
    profile, placed_on = chosen.profile, chosen.placed_on
    if (
        said.camera != chosen.camera
        or bool(said.camera3) != (chosen.second is not None)
        or (sized and said.camera.isdecimal())
    ):
        profile = placed_on = None
    elif profile is not None and again and _second_stays(said, chosen):
        profile = replace(profile, unconfirmed=True)  # the camera was chosen again
    return replace(
        chosen,
        camera=said.camera,
        profile=profile,
        placed_on=placed_on,
        ports=said.ports,
        markers={},
        protocol=protocol_named(said.protocol) if said.protocol else None,
        camera_fps=fps,
        camera_px=size_px,
        second=_second(said, chosen, sized=sized, again=again),
    ).after(chosen)


def _check_ports(ports: Sequence[str]) -> None:
    if len(ports) > MOST_PORTS:
        raise StationError(f"{len(ports)} gates are chosen; choose one, or one for each marker")
    if len(set(ports)) < len(ports):
        raise StationError(f"{', '.join(ports)}: one is chosen twice; each gate has its own")
    for port in ports:
        if not port.strip() or "\0" in port or Path(port).is_file() or Path(port).is_dir():
            raise StationError(f"'{port}' is no serial port; choose one that is listed")


def _second_stays(said: See, chosen: Chosen) -> bool:
    return said.camera3 == ("" if chosen.second is None else chosen.second.camera)


def _second(said: See, chosen: Chosen, *, sized: bool, again: bool) -> Second | None:
    if not said.camera3:
        return None
    before = chosen.second
    if before is None or before.camera != said.camera3:
        return Second(said.camera3, sync=_beside(said.camera, said.camera3))
    if said.camera != chosen.camera:
        sync = _beside(said.camera, said.camera3)
        before = replace(before, sync=sync, flashed="", since=False)
    if sized and said.camera3.isdecimal():
        return replace(before, profile=None, placed_on=None)
    if again and said.camera == chosen.camera and before.profile is not None:
        return replace(before, profile=replace(before.profile, unconfirmed=True))
    return before


def _beside(first: str, second: str) -> CameraSync | None:
    """What was found of two saved videos and lies beside one of them, as on the command line."""
    names = Path(first).name, Path(second).name
    for path in (Path(one).with_suffix(SYNC) for one in (first, second) if is_file(one)):
        if path.exists():
            sync = load_sync(path)
            for one in (sync, sync.swapped):
                if (one.first, one.second) == names and one.clock == "recordings":
                    return one
    return None


def _asked(said: See, chosen: Chosen) -> tuple[float, tuple[int, int]]:
    """Rate and size that a USB camera is asked for."""
    fps = chosen.camera_fps if said.camera_fps is None else said.camera_fps
    if not (isfinite(fps) and 1 <= fps <= MOST_FPS):
        raise StationError(f"{fps:g} pictures a second is no camera's rate; write it as 60")
    if not said.camera_size:
        return fps, chosen.camera_px
    width, _, height = said.camera_size.lower().replace("×", "x").replace(" ", "").partition("x")
    sizes = [int(one) for one in (width, height) if one.isascii() and one.isdecimal()]
    if len(sizes) != 2 or not all(LEAST_PX <= one <= MOST_PX for one in sizes):
        raise StationError(
            f"'{said.camera_size}' is no size of a picture; write its width and height as 1280x720"
        )
    return fps, (sizes[0], sizes[1])


def clocks_said(second: Second) -> str:
    """How the clocks of two cameras go together, for a coach."""
    sync = second.sync
    if sync is None:
        return UNKNOWN
    live_s = 0.0 if sync.clock == "recordings" else LIVE_SD_S["arrival"]
    within_ms = INTERVAL_95 * hypot(sync.offset_sd_s, live_s, live_s) * 1000  # each of them
    when = "Known"
    if second.flashed:
        when += f" since {second.flashed[:16].replace('T', ' ')} UTC"
    said = f"{when}: the clocks add ±{within_ms:.0f} ms to a time."
    if second.since:
        said += " Was a camera switched off since? Then flash again: until then times are in doubt."
    return said


def zero_said(zero: Zero, when: str, *, since: bool) -> str:
    """How gates and camera differ, for a coach."""
    if not zero.passages:
        return (
            "Not compared yet: where a cone stands beside its gate by 10 cm, the camera's times "
            "are another zone's. Walk or run through a few times and both are compared."
        )
    apart_cm, half_cm = (
        100 * zero.fly_m * one for one in (zero.ratio, INTERVAL_95 * zero.ratio_sigma)
    )
    said = (
        f"Compared {when[:16].replace('T', ' ')} UTC: the camera's zone is as if "
        f"{abs(apart_cm):.0f} ± {half_cm:.0f} cm {'longer' if apart_cm >= 0 else 'shorter'} than "
        "the gates'."
    )
    if since:
        return f"{said} It counts once you say that gates and cones still stand so."
    return f"{said} The next session counts with it."
