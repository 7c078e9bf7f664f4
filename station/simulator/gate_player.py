"""A simulated device on a serial port of its own, in real time, for the real commands to open.

It decides when bytes go in and out of a pseudo-terminal, and plays being unplugged. Real time is
the only speed: the station stamps what comes by its own clock. POSIX only.
`python -m station.simulator.gate_player` plays a workout and prints the port and the truth.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import threading
import tty
from collections.abc import Callable, Sequence
from functools import partial
from types import TracebackType

import numpy as np

from hardware.clock import Clock, SystemClock
from hardware.units import NS
from station.simulator.gate_device import Build, Crystal, Device, Wire
from station.simulator.gate_fgp import FgpDevice
from station.simulator.gate_makes import (
    EXAMPLE,
    AlgeDevice,
    ChronopicDevice,
    GenericDevice,
    TagHeuerDevice,
    WichroDevice,
)
from station.simulator.gates import Beams, Change, Scenario, TrueFly, play_beams, workout

Doing = Callable[["GatePlayer"], dict[str, float | str]]
LOOK_S = 0.001
"""How often the device is asked whether it has something to say."""
MAKES: dict[str, tuple[Callable[[Sequence[Change], Build], Device], dict[int, str], int]] = {
    "fgp1": (FgpDevice, {2: "1", 3: "2"}, 115200),
    "wichro": (WichroDevice, {2: "1", 3: "2"}, 115200),
    "chronopic": (ChronopicDevice, {2: "1", 3: "1"}, 9600),
    "alge": (AlgeDevice, {2: "C0", 3: "C1"}, 9600),
    "tag-heuer": (TagHeuerDevice, {2: "1", 3: "2"}, 9600),
    "example": (partial(GenericDevice, form=EXAMPLE), {2: "1", 3: "2"}, 115200),
}
"""Kind of device, its gates at Markers 2 and 3, and the rate of its line."""


class GatePlayer:
    """One device, plugged in while the context lasts."""

    def __init__(
        self, device: Device, clock: Clock | None = None, zero_ns: int | None = None
    ) -> None:
        """Make ready; nothing is opened yet.

        Args:
            device: To be played.
            clock: The station's.
            zero_ns: Station time of the device's time 0; now, where left out.
        """
        self._device = device
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._play, name="simulated gate", daemon=True)
        self._ends: tuple[int, int] | None = None
        self.zero_ns = self._clock.now_ns() if zero_ns is None else zero_ns
        """Station time of the device's time 0."""
        self.path = ""
        """Its port, as `/dev/pts/3`; of the last plugging where it is unplugged."""

    def __enter__(self) -> GatePlayer:
        self._plug()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        self.unplug()

    def unplug(self) -> None:
        """Pull the cable: whoever has the port open finds it gone."""
        with self._lock:
            ends, self._ends = self._ends, None
            for end in ends or ():
                os.close(end)

    def replug(self) -> None:
        """Plug it in again, under another name; what lives off the cable starts anew."""
        with self._lock:
            self._device.restart(self._device.now_ns)
        self._plug()

    def wait_until(self, at_s: float) -> None:
        """Let the device play until its time is that."""
        due_ns = self.zero_ns + round(at_s * NS)
        while (left_ns := due_ns - self._clock.now_ns()) > 0:
            self._over.wait(left_ns / NS)

    def _plug(self) -> None:
        ends = os.openpty()
        if os.ttyname(ends[1]) == self.path:
            ends, taken = os.openpty(), ends
            for end in taken:
                os.close(end)
        tty.setraw(ends[1])
        os.set_blocking(ends[0], False)
        with self._lock:
            self._ends, self.path = ends, os.ttyname(ends[1])

    def _play(self) -> None:
        while not self._over.wait(LOOK_S):
            # What is written while nobody reads is lost once the buffer is full.
            with self._lock, contextlib.suppress(BlockingIOError):
                self._pass_on()

    def _pass_on(self) -> None:
        """Both ways, all that is due."""
        chunks = self._device.say(self._clock.now_ns() - self.zero_ns)
        if self._ends is None:
            return
        outer = self._ends[0]
        if select.select([outer], [], [], 0)[0]:
            self._device.hear(os.read(outer, 4096), self._device.now_ns)
        for _, data in chunks:
            os.write(outer, data)


def simulated_gates(
    base: Scenario,
    make: str,
    *,
    runs: int,
    apart: bool = False,
    first_s: float = 10.0,
    rest_s: float = 5.0,
) -> tuple[tuple[GatePlayer, ...], Beams]:
    """Devices at which a workout goes on, ready to be plugged in, and what is true of it.

    Args:
        base: What else is to hold.
        make: One of `MAKES`.
        runs: How many.
        apart: One device at each marker instead of one at both; each with a clock of its own.
        first_s: To the first run.
        rest_s: From the end of a walk back to the next run.
    """
    beams = play_beams(workout(base, runs, first_s=first_s, rest_s=rest_s))
    kind, gates, baud = MAKES[make]
    clock = SystemClock()
    zero_ns = clock.now_ns()
    rng = np.random.default_rng([base.seed, 5])
    places = [{marker: gate} for marker, gate in gates.items()] if apart else [gates]
    players = []
    for number, place in enumerate(places):
        crystal = Crystal(float(rng.uniform(-0.005, 0.005)), wander_ppm=5.0)
        build = Build(place, base.seed + number, crystal, Wire(baud))
        players.append(GatePlayer(kind(beams.changes, build), clock, zero_ns))
    return tuple(players), beams


def main() -> None:
    """Play a workout until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m station.simulator.gate_player")
    parser.add_argument("--make", choices=MAKES, default="fgp1", help="[%(default)s]")
    parser.add_argument("--runs", type=int, default=20, help="[%(default)s]")
    parser.add_argument("--fly", type=float, default=30.0, help="metres [%(default)s]")
    parser.add_argument("--first", type=float, default=10.0, help="seconds to it [%(default)s]")
    parser.add_argument("--rest", type=float, default=5.0, help="seconds between [%(default)s]")
    parser.add_argument("--apart", action="store_true", help="one device at each marker")
    parser.add_argument("--unplug", type=float, help="seconds to the first being unplugged")
    parser.add_argument("--seed", type=int, default=1, help="[%(default)s]")
    args = parser.parse_args()
    base = Scenario(seed=args.seed, fly_m=args.fly, bounce=0.2)
    players, beams = simulated_gates(
        base, args.make, runs=args.runs, apart=args.apart, first_s=args.first, rest_s=args.rest
    )
    doings: list[tuple[float, Doing]] = [
        (fly.marker3.torso_s, partial(_tell, fly)) for fly in beams.flies
    ]
    if args.unplug is not None:
        doings += [(args.unplug, _pull), (args.unplug + 5.0, _push)]
    with contextlib.ExitStack() as plugged, contextlib.suppress(KeyboardInterrupt):
        for player in players:
            print(json.dumps({"port": plugged.enter_context(player).path}), flush=True)
        for at_s, do in sorted(doings, key=lambda doing: doing[0]):
            players[0].wait_until(at_s)
            print(json.dumps(do(players[0])), flush=True)


def _tell(fly: TrueFly, player: GatePlayer) -> dict[str, float | str]:
    return {"fly_s": fly.fly_s, "marker3_ns": player.zero_ns + round(fly.marker3.torso_s * NS)}


def _pull(player: GatePlayer) -> dict[str, float | str]:
    player.unplug()
    return {"unplugged": player.path}


def _push(player: GatePlayer) -> dict[str, float | str]:
    player.replug()
    return {"port": player.path}


if __name__ == "__main__":
    main()
