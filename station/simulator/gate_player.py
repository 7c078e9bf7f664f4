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
from collections.abc import Callable
from functools import partial
from types import TracebackType

from hardware.clock import Clock, SystemClock
from station.simulator.gate_device import NS, Build, Crystal, Device, Wire
from station.simulator.gate_fgp import FgpDevice
from station.simulator.gate_makes import AlgeDevice, ChronopicDevice, TagHeuerDevice, WichroDevice
from station.simulator.gates import Beams, Scenario, TrueFly, play_beams, workout

Doing = Callable[["GatePlayer"], dict[str, float | str]]
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


def simulated_gate(
    base: Scenario, make: str, *, runs: int, first_s: float = 10.0, rest_s: float = 5.0
) -> tuple[GatePlayer, Beams]:
    """A device at which a workout goes on, ready to be plugged in, and what is true of it.

    Args:
        base: What else is to hold.
        make: One of `MAKES`.
        runs: How many.
        first_s: From the plugging in to the first.
        rest_s: From the end of a walk back to the next run.
    """
    beams = play_beams(workout(base, runs, first_s=first_s, rest_s=rest_s))
    kind, gates, baud = MAKES[make]
    crystal = Crystal(rate_error=0.003, wander_ppm=5.0)
    return GatePlayer(kind(beams.changes, Build(gates, base.seed, crystal, Wire(baud)))), beams


def main() -> None:
    """Play a workout until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m station.simulator.gate_player")
    parser.add_argument("--make", choices=MAKES, default="fgp1", help="[%(default)s]")
    parser.add_argument("--runs", type=int, default=20, help="[%(default)s]")
    parser.add_argument("--fly", type=float, default=30.0, help="metres [%(default)s]")
    parser.add_argument("--first", type=float, default=10.0, help="seconds to it [%(default)s]")
    parser.add_argument("--rest", type=float, default=5.0, help="seconds between [%(default)s]")
    parser.add_argument("--unplug", type=float, help="seconds until it is unplugged, for 5 s")
    parser.add_argument("--seed", type=int, default=1, help="[%(default)s]")
    args = parser.parse_args()
    base = Scenario(seed=args.seed, fly_m=args.fly, bounce=0.2)
    player, beams = simulated_gate(
        base, args.make, runs=args.runs, first_s=args.first, rest_s=args.rest
    )
    doings: list[tuple[float, Doing]] = [
        (fly.marker3.torso_s, partial(_tell, fly)) for fly in beams.flies
    ]
    if args.unplug is not None:
        doings += [(args.unplug, _pull), (args.unplug + 5.0, _push)]
    with player, contextlib.suppress(KeyboardInterrupt):
        print(json.dumps({"port": player.path}), flush=True)
        for at_s, do in sorted(doings, key=lambda doing: doing[0]):
            player.wait_until(at_s)
            print(json.dumps(do(player)), flush=True)


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
