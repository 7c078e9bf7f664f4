"""A rehearsal: simulated gates, and athletes who run when they are called.

It decides who runs when, how fast, and at which speed time passes. What becomes of it the live
session decides as at real gates: nothing of it knows that it is a rehearsal.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from hardware.clock import SystemClock
from hardware.gates.protocol import Protocol
from station.app import Listener, signals_set
from station.gate_record import Closed, Opened, Received, Sent
from station.live_session import Said, Told, Workout
from station.pace import pace_400_mps
from station.simulator.gate_device import Build
from station.simulator.gate_fgp import FgpDevice
from station.simulator.gates import Passage, Scenario, play_beams

NS = 1_000_000_000
STEP_NS = NS // 20
PORT = "simulated"
USUAL_MPS = 8.0  # of who has no 400 m time
OVER_400 = (1.05, 1.2)  # a fly's velocity over the pace
LAST_S = 5.0  # after the last run: it settles


class Rehearsal:
    """A workout with nobody on the track."""

    def __init__(self, workout: Workout, fly_m: float, speed: float, seed: int = 1) -> None:
        """Make ready.

        Args:
            workout: Who runs what.
            fly_m: Length of the Fly Zone.
            speed: How many times as fast as real time passes.
            seed: Draws how fast each runs, and their bodies.
        """
        self._fly_m, self._speed, self._seed = fly_m, speed, seed
        self._athletes = {entry.athlete.name: entry.athlete for entry in workout.group}
        self._to_run = sum(len(entry.plan) for entry in workout.group)
        self._rng = np.random.default_rng(seed)
        self._gate = _Gate((), Build(seed=seed))
        self._zero_ns = self._over_ns = 0

    def hear(self, told: Told) -> None:
        """Let whoever is called go."""
        if not isinstance(told, Said) or told.cue.kind != "go" or told.dropped:
            return
        athlete = self._athletes[told.cue.who[0]]
        speed_mps = USUAL_MPS
        if athlete.time_400_s is not None:
            speed_mps = pace_400_mps(athlete.time_400_s) * self._rng.uniform(*OVER_400)
        at_s = (told.cue.due_ns - self._zero_ns) / NS + athlete.run_in_s
        until_s = at_s + self._fly_m / speed_mps + LAST_S
        passages = (Passage(at_s, speed_mps),)
        seed = self._seed + self._to_run
        self._gate.see(Scenario(self._fly_m, until_s, seed=seed, passages=passages))
        self._to_run -= 1
        self._over_ns = self._zero_ns + round(until_s * NS)

    def attend(
        self,
        ports: Sequence[str],
        protocol: Protocol | None,  # noqa: ARG002 - it is attended as ports are
        listener: Listener,
        warn: Callable[[str], None],
        *,
        stopped: threading.Event,
    ) -> None:
        """Play it, until all have run or a signal says to stop; see `station.app.attend`."""
        clock, gate = SystemClock(), self._gate
        warn(f"a rehearsal, {self._speed:g} times as fast as real; end with Ctrl-C")
        began_ns = now_ns = self._zero_ns = clock.now_ns()
        with signals_set(stopped):
            listener.feed(Opened(now_ns, 0, ports[0], "fgp1"))
            while not stopped.is_set() and (self._to_run or now_ns < self._over_ns):
                now_ns += STEP_NS
                early_s = (now_ns - began_ns) / NS / self._speed - (clock.now_ns() - began_ns) / NS
                if early_s > 0:
                    stopped.wait(early_s)
                for at_ns, data in gate.say(now_ns - began_ns):
                    listener.feed(Received(began_ns + at_ns, 0, data.decode("latin-1")))
                listener.advance(now_ns)
                if wanted := listener.wanted(0, now_ns):
                    gate.hear(wanted, now_ns - began_ns)
                    listener.feed(Sent(now_ns, 0, wanted.decode("latin-1")))
            listener.feed(Closed(now_ns))


class _Gate(FgpDevice):
    """Our own gate, past which somebody may come whom nobody foresaw."""

    def see(self, scenario: Scenario) -> None:
        for change in play_beams(scenario).changes:
            act = partial(self._change, self.build.gates[change.marker], change.blocked)
            self.plan(change.at_ns, act)
