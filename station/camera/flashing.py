"""Two live cameras before which a torch flashes → how their delays differ.

It decides when enough flashes were seen. The instants are those at which `station run` takes
pictures to be taken: station time, as far as each camera's stamps and their arrivals tell it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from math import ceil, sqrt
from pathlib import Path

import numpy as np
from av.packet import Packet

from calibration.camera_sync import CameraSync, save_sync
from calibration.flashes import Edge, FlashWatch
from calibration.same_flashes import SHUTTER_SD_S, Together, together
from hardware.camera import Camera, Feed, Shot
from hardware.camera_reader import CameraReader, Filmed, Lost, Opened, Over
from hardware.clock import Clock
from hardware.errors import StationError
from hardware.units import NS
from station.film.sync_cameras import Synced, cells_of, in_ms, watch_for
from station.frame_clock import FrameClock

MOST_APART_S = 10.0  # no network holds pictures for longer
ENOUGH_SD_S = 0.0015
LONGEST_S = 180.0
LOOK_S = 0.02
MOST_A_TURN = 30  # a camera whose pictures come as fast as they are looked at is not the only one
WARM_S = 3.0  # until a camera's clock is known
SAME_CLOCK = 1e-6  # both are put on the computer's clock, so their rates hardly differ


class LeaptError(StationError):
    """A camera was lost or its clock set: earlier flashes may not hold for it either."""


class Flashed:
    """One camera, and the flashes that it sees."""

    def __init__(self, readout_ms: float) -> None:
        """Begin with no picture."""
        self._readout_ms = readout_ms
        self._feed: Feed | None = None
        self._watch: FlashWatch | None = None
        self._clock = FrameClock("arrival")
        self._shots: list[Shot] = []
        self.over = False

    def take(self, filmed: Filmed) -> None:
        """Take what a camera's reader says.

        Raises:
            LeaptError: The camera was lost, or its clock was set.
        """
        match filmed:
            case Opened():
                self._feed, self._clock = filmed.feed, FrameClock(filmed.feed.stamped_by)
            case Shot():
                self._see(filmed)
            case Lost():
                raise LeaptError(f"{filmed.why}; see that it stays on, and begin again")
            case Over():
                self.over = True

    def _see(self, shot: Shot) -> None:
        if self._feed is None:
            return
        if set_ns := self._clock.take(shot):
            raise LeaptError(
                f"a camera's clock was set by {set_ns / NS:+z.3f} s amid the flashes; begin again"
            )
        self._shots.append(replace(shot, packet=Packet(0)))  # its stamps are all that is needed
        for frame in self._feed.coding.decode(shot.packet):
            if self._watch is None:
                turned = self._feed.coding.rotation_deg in (90, 270)
                rows_px = frame.luma.shape[1 if turned else 0]
                self._watch = watch_for(rows_px, self._readout_ms)
            cells = cells_of(frame.luma, self._feed.coding.rotation_deg)
            self._watch.feed(frame.pts_ns / NS, cells)

    def edges(self) -> list[Edge]:
        """Every change of light so far, by station time in seconds."""
        if self._watch is None:
            return []
        shots = sorted(self._shots, key=lambda shot: shot.pts_ns)
        timeline = self._clock.timeline(self._shots)
        stamps_ns = np.array([shot.pts_ns for shot in self._shots], np.float64)
        final_ns = np.array(timeline.final_ns or stamps_ns, np.float64)
        order = np.argsort(stamps_ns)
        warm_ns = shots[0].pts_ns + WARM_S * NS
        return [
            replace(
                edge,
                at_s=timeline.at_ns(
                    float(np.interp(edge.at_s * NS, stamps_ns[order], final_ns[order]))
                )
                / NS,
            )
            for edge in self._watch.edges
            if edge.at_s * NS > warm_ns
        ]


def sync_live(
    first: Camera,
    second: Camera,
    out: Path,
    *,
    clock: Clock,
    say: Callable[[str], None],
    stopped: threading.Event,
    readout_ms: float = 12.0,
) -> Synced:
    """Watch two cameras until their delays are known well enough, or until told to stop.

    Args:
        first: One camera.
        second: The other.
        out: Which file keeps it.
        clock: Station time.
        say: Takes what there is to tell meanwhile.
        stopped: Ends it when it is set.
        readout_ms: Rolling shutter, first row to last.

    Raises:
        StationError: A camera cannot be used or was lost, or they saw no flashes that are surely
            the same.
    """
    names = first.name, second.name
    both = Flashed(readout_ms), Flashed(readout_ms)
    ended = threading.Event()
    seen = [0, 0]
    with ExitStack() as stack:
        readers = [
            stack.enter_context(CameraReader(camera, clock, ended)) for camera in (first, second)
        ]
        try:
            begun_ns = looked_ns = clock.now_ns()
            while not stopped.is_set() and not all(one.over for one in both):
                took = [_drain(reader, one) for reader, one in zip(readers, both, strict=True)]
                if not any(took):
                    stopped.wait(LOOK_S)
                if clock.now_ns() - begun_ns > LONGEST_S * NS:
                    break
                if clock.now_ns() - looked_ns < NS:
                    continue
                looked_ns = clock.now_ns()
                edges = [one.edges() for one in both]
                if [len(of) for of in edges] != seen:
                    seen = [len(of) for of in edges]
                    known = _known(edges, names)
                    say(so_far(seen, names, known))
                    if known is not None and known.offset_sd_s < ENOUGH_SD_S:
                        break
        finally:
            ended.set()
    found = _together([one.edges() for one in both], names)
    sync = CameraSync(
        "cameras", *names, found.offset_s, found.offset_sd_s, found.at_s, 0.0, 0.0, found.edges
    )
    save_sync(sync, out)
    calibrated = f"station run --camera {names[0]} --camera {names[1]} --sync {out}"
    return Synced(sync, found, out, f"{calibrated} --calibration … --calibration …")


def _drain(reader: CameraReader, one: Flashed) -> bool:
    """Take what waits, up to a bound; whether there was anything."""
    for taken in range(MOST_A_TURN):
        filmed = reader.next(0)
        if filmed is None:
            return taken > 0
        one.take(filmed)
    return True


def so_far(seen: Sequence[int], names: tuple[str, str], known: Together | None) -> str:
    """What flashes have told until now, and how many more are wanted, for a coach.

    How fast they tell depends on where in a camera's picture each change falls, which nobody knows
    beforehand. Each bounds the offset from both sides, and what lies between two bounds shrinks no
    faster, by and large, than their number grows: at least so many more it takes.

    Args:
        seen: How many changes of light each camera saw.
        names: What to call them.
        known: What those say that both saw; None where it is not known which they are.
    """
    line = f"changes of light: {names[0]} {seen[0]}, {names[1]} {seen[1]}"
    if known is None:
        return f"{line}; not yet known which are the same"
    enough = f"{in_ms(ENOUGH_SD_S)} is enough"
    line += f"; {known.edges} are the same: {in_ms(known.offset_sd_s)}"
    if known.offset_sd_s < ENOUGH_SD_S:
        return f"{line}, {enough}"
    times = (known.offset_sd_s**2 - SHUTTER_SD_S**2) / (ENOUGH_SD_S**2 - SHUTTER_SD_S**2)
    more = max(1, ceil(known.edges * (sqrt(times) - 1)))
    return f"{line}; {enough}: at least {more} more"


def _known(edges: list[list[Edge]], names: tuple[str, str]) -> Together | None:
    """How the two go together as far as it is known; None where it is not."""
    try:
        return _together(edges, names)
    except StationError:
        return None


def _together(edges: list[list[Edge]], names: tuple[str, str]) -> Together:
    return together(*edges, names=names, gain_sd=SAME_CLOCK, most_s=MOST_APART_S)
