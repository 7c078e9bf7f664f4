"""A walk through the zone before the session: what camera and gates make of it.

It decides what of it is told, and whether both markers were seen. Nothing of it is kept.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hardware.errors import StationError
from station.app import BY_SIGNAL, run_gates
from station.camera.events import CameraEvent, CameraNotice, FilmedPassage, FilmedRun
from station.camera.watched import camera_at
from station.gates.timing import Crossed, Notice, Timed
from station.live.chosen import Chosen
from station.run import Incomplete
from station.session.news import Told

WALKS_MPS = (0.5, 13.0)
BOTH = frozenset({2, 3})


def nothing_to_try(chosen: Chosen) -> str:
    """Why there is nothing to try, for a coach; empty where there is."""
    if chosen.films or chosen.ports:
        return ""
    lacks = "choose a camera and place its cones"
    if chosen.second is not None:
        lacks = f"{chosen.camera_said()} {chosen.lacking}"
    return f"there is nothing to try yet: {lacks}"


class Trying:
    """Devices from the beginning of a `with` to its end.

    Attributes:
        lines: What is to be said, the oldest first.
    """

    def __init__(self, chosen: Chosen) -> None:
        """Open nothing yet.

        Args:
            chosen: Which.

        Raises:
            StationError: The cones fit no camera, or there is nothing to try.
        """
        if lacks := nothing_to_try(chosen):
            raise StationError(lacks)
        self.lines: list[str] = []
        self._chosen, self._stopped = chosen, threading.Event()
        self._seen = {"gates": set[int](), "camera": set[int]()}
        self._with = ExitStack()
        folder = self._with.enter_context(TemporaryDirectory(prefix="station-"))
        self._camera = chosen.live_camera(Path(folder), WALKS_MPS)

    def __enter__(self) -> Self:
        """Open them."""
        if self._camera is not None:
            self._with.enter_context(self._camera)
        if self._chosen.ports:
            attending = threading.Thread(target=self._attend, name="gates try", daemon=True)
            attending.start()
            self._with.callback(attending.join)  # until then the ports are not free
            self._with.callback(self._stopped.set)
        return self

    def __exit__(self, *_: object) -> None:
        """Let them go."""
        self._with.close()

    @property
    def over(self) -> bool:
        """Whether there will be no more pictures: a saved video's end."""
        return self._camera is not None and self._camera.over.is_set()

    @property
    def good(self) -> bool:
        """Whether each device has seen both markers."""
        used = ["camera"] * (self._camera is not None) + ["gates"] * bool(self._chosen.ports)
        return all(self._seen[device] >= BOTH for device in used)

    def picture(self, marker: int) -> NDArray[np.uint8] | None:
        """What the camera sees that sees a marker; None where none does."""
        return None if self._camera is None else camera_at(self._camera, marker).picture()

    @property
    def lost(self) -> bool:
        """Whether a camera was lost since, and may have another delay by now."""
        return self._camera is not None and self._camera.lost

    def look(self) -> None:
        """Take what the camera tells."""
        if self._camera is None:
            return
        try:
            for event in self._camera.taken():
                self._filmed(event)
        except StationError as error:
            self.lines.append(str(error))

    def _filmed(self, event: CameraEvent) -> None:
        match event:
            case FilmedRun(run=run):
                self._passed("camera", run.velocity_mps)
            case FilmedPassage(passage=passage):
                self._incomplete("camera", passage)
            case CameraNotice(said=said):
                self.lines.append(said)

    def _attend(self) -> None:
        setup = self._chosen.setup(WALKS_MPS)
        try:
            run_gates(
                setup,
                self._chosen.protocol,
                None,
                self._told,
                lambda line: self.lines.append(line.removesuffix(BY_SIGNAL)),
                stopped=self._stopped,
            )
        except StationError as error:
            self.lines.append(str(error))
        except Exception as error:  # a thread that dies tells nobody
            why = f"{type(error).__name__}: {error}"
            self.lines.append(f"The gates cannot be tried any more ({why}); try it out anew.")

    def _told(self, event: Told) -> None:
        match event:
            case Crossed(marker=marker):
                self._seen["gates"].add(marker)
                self.lines.append(f"The gates saw somebody at Marker {marker}.")
            case Timed(run=run):
                self._passed("gates", run.velocity_mps)
            case Notice(said=said):
                self.lines.append(said)

    def _incomplete(self, device: str, passage: Incomplete) -> None:
        times_s = {2: passage.marker2_s, 3: passage.marker3_s}
        seen = frozenset(marker for marker, at_s in times_s.items() if at_s is not None)
        if seen == BOTH:
            self._passed(device, abs(passage.velocity_mps or 0.0), back=True)
            return
        self._seen[device] |= seen
        at = " and ".join(f"Marker {marker}" for marker in sorted(seen))
        missing = 5 - sum(seen)
        self.lines.append(f"The {device} saw somebody at {at}, and not at Marker {missing}.")

    def _passed(self, device: str, mps: float, *, back: bool = False) -> None:
        self._seen[device] |= BOTH
        where = "at Marker 3, then at Marker 2" if back else "at Marker 2, then at Marker 3"
        self.lines.append(f"The {device} saw somebody {where}, {mps:.1f} m/s: fine.")
