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
from types import TracebackType

from hardware.clock import Clock, SystemClock
from station.simulator.gate_device import NS, Build, Crystal, Device, Wire
from station.simulator.gate_fgp import FgpDevice
from station.simulator.gate_makes import AlgeDevice, ChronopicDevice, TagHeuerDevice, WichroDevice
from station.simulator.gates import Beams, Scenario, play_beams, workout

LOOK_S = 0.001
"""How often the device is asked whether it has something to say."""
MAKES = {
    "fgp1": (FgpDevice, {2: "1", 3: "2"}, 115200),
    "wichro": (WichroDevice, {2: "1", 3: "2"}, 115200),
    "chronopic": (ChronopicDevice, {2: "1"}, 9600),
    "alge": (AlgeDevice, {2: "C0", 3: "C1"}, 9600),
    "tag-heuer": (TagHeuerDevice, {2: "1", 3: "2"}, 9600),
}


class GatePlayer:
    """One device, plugged in while the context lasts; its time 0 is when it is entered."""

    def __init__(self, device: Device, clock: Clock | None = None) -> None:
        """Make ready; nothing is opened yet."""
        self._device = device
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._play, name="simulated gate", daemon=True)
        self._ends: tuple[int, int] | None = None
        self.zero_ns = 0
        """Station time of the device's time 0."""
        self.path = ""
        """Its port, as `/dev/pts/3`; of the last plugging where it is unplugged."""

    def __enter__(self) -> GatePlayer:
        self.zero_ns = self._clock.now_ns()
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


def main() -> None:
    """Play a workout until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m station.simulator.gate_player")
    parser.add_argument("--make", choices=MAKES, default="fgp1", help="[%(default)s]")
    parser.add_argument("--runs", type=int, default=100, help="[%(default)s]")
    parser.add_argument("--fly", type=float, default=30.0, help="metres [%(default)s]")
    parser.add_argument("--first", type=float, default=10.0, help="seconds to it [%(default)s]")
    parser.add_argument("--rest", type=float, default=5.0, help="seconds between [%(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="[%(default)s]")
    args = parser.parse_args()
    base = Scenario(seed=args.seed, fly_m=args.fly, bounce=0.2)
    beams = play_beams(workout(base, args.runs, first_s=args.first, rest_s=args.rest))
    make, gates, baud = MAKES[args.make]
    build = Build(gates, args.seed, Crystal(rate_error=0.003, wander_ppm=5.0), Wire(baud))
    with GatePlayer(make(beams.changes, build)) as player:
        print(json.dumps({"port": player.path}), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            _tell(player, beams)


def _tell(player: GatePlayer, beams: Beams) -> None:
    """Print each run's truth as it ends."""
    clock, wait = SystemClock(), threading.Event()
    for fly in beams.flies:
        ends_ns = player.zero_ns + round(fly.marker3.torso_s * NS)
        wait.wait(max(0.0, (ends_ns - clock.now_ns()) / NS))
        print(json.dumps({"fly_s": fly.fly_s, "marker3_ns": ends_ns}), flush=True)


if __name__ == "__main__":
    main()
