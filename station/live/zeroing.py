"""The zero test: gates and camera time the same passages, and are compared.

It decides when enough have been timed, and what is told meanwhile. How the two differ is found by
`station.zero`; Set-up and `station zero-test` test alike.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from hardware.errors import StationError
from hardware.gates.protocol import Protocol
from hardware.units import NS
from station.app import BY_SIGNAL, attend, run_gates
from station.camera.watched import WatchedCamera, camera_at
from station.fusion import in_words as readings_in_words
from station.gates.record import Setup
from station.gates.timing import Timed
from station.live.alone import Alone
from station.live.chosen import Chosen
from station.live.comparison import Comparison
from station.live.filming import Filming
from station.session.news import Told
from station.session.telling import in_line
from station.speeds import WALK_OR_RUN_MPS
from station.zero import Both, Zero, both, in_words, zero_of

APART_S = 5.0  # a stream may come so late; how late is what the test finds
PASSAGES = 5


def watch_passages(
    setup: Setup,
    protocol: Protocol | None,
    camera: WatchedCamera,
    passages: int,
    say: Callable[[str], None],
    warn: Callable[[str], None],
    stopped: threading.Event,
) -> list[Both]:
    """Time passages by gates and camera until both have enough.

    Args:
        setup: The zone, the ports, and what counts as a passage.
        protocol: What the gates speak, None to find out.
        camera: Not yet opened.
        passages: How many without a doubt are enough.
        say: Takes a line for each passage and what else happens.
        warn: Takes what is no event.
        stopped: Ends it before when it is set.

    Raises:
        StationError: A port or the camera cannot be used.
    """
    found: dict[int, Both] = {}
    lines: dict[int, str] = {}

    def tell(event: Told) -> None:
        line = in_line(event, setup.fly_m)
        if isinstance(event, Timed):
            line = f"Passage {event.number}: one device has it, waiting for the other"
            if (pair := both(event.readings)) is not None:
                found[event.number] = pair
                line = f"Passage {event.number}: {readings_in_words(event.readings)}"
            wanted = passages - sum(not one.doubted for one in found.values())
            if wanted <= 0:
                stopped.set()
            if lines.get(event.number) == line:
                return  # its recording, read again, gives the same
            lines[event.number] = line
            if pair is not None:
                line += passed_in_words(pair, wanted)
        if line is not None:
            say(line)

    fold = Alone(setup, within_ns=round(APART_S * NS))
    attending = Filming(camera, fold, attend).attend
    warn(f"walk or run through the whole zone {passages} times, towards Marker 3")
    run_gates(setup, protocol, None, tell, warn, fold=fold, attending=attending, stopped=stopped)
    return [*found.values()]


def passed_in_words(pair: Both, wanted: int) -> str:
    """Whether a passage counts, and how many more are wanted, for a coach."""
    line = "; it does not count: it is in doubt" if pair.doubted else ""
    return line + (f"; {wanted} more" if wanted > 0 else "; that is enough")


class Zeroing(Comparison):
    """A zero test on Set-up.

    Attributes:
        zero: What was found; None until that is known.
    """

    def __init__(self, chosen: Chosen) -> None:
        """Open nothing yet.

        Args:
            chosen: Gates and a camera.

        Raises:
            StationError: One of them is not chosen, or the cones fit no camera.
        """
        super().__init__("zero test", chosen)
        self.zero: Zero | None = None
        self._folder = TemporaryDirectory(prefix="station-")
        camera = chosen.live_camera(Path(self._folder.name), WALK_OR_RUN_MPS)
        if camera is None or not chosen.ports:
            self._folder.cleanup()
            raise StationError(
                "the zero test compares gates with a camera: choose both, and place the cones"
            )
        self._camera = camera

    def __exit__(self, *_: object) -> None:
        """Let them go: what both have timed until now counts."""
        super().__exit__()
        self._folder.cleanup()

    @property
    def lost(self) -> bool:
        """Whether a camera was lost or its clock set, as in a session."""
        return self._camera.lost

    def known(self, chosen: Chosen, when: str) -> Chosen | None:
        """With how gates and camera differ."""
        if self.zero is None:
            return None
        return replace(chosen, zero=self.zero, zeroed=when, zero_since=False)

    def picture(self, marker: int) -> NDArray[np.uint8] | None:
        """What the camera sees that sees a marker."""
        return camera_at(self._camera, marker).picture()

    def _find(self) -> None:
        chosen = self._chosen
        setup = chosen.setup(WALK_OR_RUN_MPS)
        found = watch_passages(
            setup, chosen.protocol, self._camera, PASSAGES, self._say, self._say, self._stopped
        )
        zero = zero_of(found, setup.fly_m)
        self.lines += reversed(in_words(zero, None))  # the page has the last line at the top
        self.zero = zero

    def _say(self, line: str) -> None:
        self.lines.append(line.removeprefix("! ").removesuffix(BY_SIGNAL))
