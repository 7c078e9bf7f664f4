"""A rehearsal: simulated gates, athletes who run when they are called, and a coach with a watch.

It decides who runs when, how fast, and at which speed time passes. What becomes of it the live
session decides as at a real track: nothing of it knows that it is a rehearsal.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from heapq import heappop, heappush
from typing import Protocol as Interface

import numpy as np

from hardware.clock import SystemClock
from hardware.gates.protocol import Protocol
from hardware.units import NS
from station.app import BY_SIGNAL, Listener, signals_set
from station.gates.record import Closed, Opened, Received, Sent
from station.gates.timing import Notice
from station.live.desk import Desk
from station.pace import pace_400_mps
from station.session.commands import Pick, Said, Start
from station.session.news import Begun, Told
from station.session.news import Said as Cued
from station.session.roster import Athlete
from station.session.state import Session
from station.session.turns import Turn, turns
from station.simulator.gate_device import Build
from station.simulator.gate_fgp import FgpDevice
from station.simulator.gates import Passage, Scenario, play_beams

STEP_NS = NS // 20
PORT = "simulated"
USUAL_MPS = 8.0  # of who has no 400 m time
OVER_400 = {
    "fly": (1.08, 1.2),
    "400-pace": (0.94, 1.04),
}  # an athlete's usual velocity over the pace
FORM_SD = 0.008  # of a rep's about the usual
TO_THE_LINE_S = 5.0  # before a hand-timed rep starts
LAST_S = 5.0  # after the last run: it settles


class Stage(Interface):
    """Where those who run at a rehearsal are seen by more than the gates; the show stays open."""

    def pass_by(self, athlete: str, at_ns: int) -> tuple[int, float]:
        """Have somebody pass.

        Args:
            athlete: Who.
            at_ns: When they may be at Marker 2, at the earliest.

        Returns:
            When they will be, and their speed through the zone, m/s.
        """


class Rehearsal:
    """A workout with nobody on the track."""

    def __init__(
        self, desk: Desk, fly_m: float, speed: float, stage: Stage | None = None, seed: int = 1
    ) -> None:
        """Make ready.

        Args:
            desk: Takes what the coach says, and knows how far an earlier one had come.
            fly_m: Length of the Fly Zone.
            speed: How many times as fast as real time passes.
            stage: Where flies are seen by others too; then it does not end by itself.
            seed: Draws how fast each runs, and their bodies.
        """
        desk.now_ns = lambda: self._now_ns
        self._desk, self._fly_m, self._speed, self._seed = desk, fly_m, speed, seed
        self._stage = stage
        self._rng = np.random.default_rng(seed)
        self._gate = _Gate((), Build(seed=seed))
        self._to_say: list[tuple[int, int, Said]] = []
        self._on_their_way: set[tuple[str, int]] = set()
        self._usual: dict[str, float] = {}
        self._runs = 0
        self._zero_ns = self._over_ns = self._now_ns = 0
        self._all_done = False

    def hear(self, told: Told) -> None:
        """Let whoever is called go, and end when all have run."""
        match told:
            case Begun():
                for turn in turns(self._session):
                    if turn.called and turn.go_ns is not None:  # and had not run when it broke off
                        self._go(turn, turn.go_ns)
            case Cued(cue=cue, dropped="") if cue.kind == "go":
                for turn in turns(self._session):
                    if turn.athlete == cue.who[0]:
                        self._go(turn, cue.due_ns)
            case Notice(name="all-done"):
                self._all_done = True

    @property
    def _session(self) -> Session:
        return self._desk.session()

    def _go(self, turn: Turn, go_ns: int) -> None:
        """Somebody has been called."""
        name = turn.athlete
        if (name, go_ns) in self._on_their_way:
            return
        self._on_their_way.add((name, go_ns))
        go_ns = max(go_ns, self._now_ns)  # of an earlier station: they are off now
        athlete = self._session.members[name].athlete
        pace_mps = USUAL_MPS
        if athlete.time_400_s is not None:
            pace_mps = pace_400_mps(athlete.time_400_s)
        usual = self._usual.setdefault(name, self._rng.uniform(*OVER_400[self._session.kind]))
        speed_mps = pace_mps * usual * self._rng.normal(1.0, FORM_SD)
        self._runs += 1
        if self._session.kind == "fly":
            self._fly(athlete, speed_mps, go_ns)
            return
        start_ns = go_ns + round(TO_THE_LINE_S * NS)
        end_ns = start_ns + round(turn.planned.distance_m / speed_mps * NS)
        heappush(self._to_say, (start_ns, 2 * self._runs, Start((name,))))
        heappush(self._to_say, (end_ns, 2 * self._runs + 1, Pick(name)))
        self._over_ns = max(self._over_ns, end_ns)

    @property
    def _over(self) -> bool:
        return self._all_done and self._now_ns > self._over_ns and self._stage is None

    def _fly(self, athlete: Athlete, speed_mps: float, go_ns: int) -> None:
        at_ns = go_ns + round(athlete.run_in_s * NS)
        if self._stage is not None:
            at_ns, speed_mps = self._stage.pass_by(athlete.name, at_ns)
        at_s = (at_ns - self._zero_ns) / NS
        until_s = at_s + self._fly_m / speed_mps + LAST_S
        passages = (Passage(at_s, speed_mps, steady=self._stage is not None),)
        seed = self._seed + self._runs
        self._gate.see(Scenario(self._fly_m, until_s, seed=seed, passages=passages))
        self._over_ns = max(self._over_ns, self._zero_ns + round(until_s * NS))

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
        if self._stage is None:
            warn(f"a rehearsal, {self._speed:g} times as fast as real{BY_SIGNAL}")
        real_ns = clock.now_ns()
        began_ns = self._now_ns = self._zero_ns = max(real_ns, self._desk.from_ns)
        with signals_set(stopped):
            listener.feed(Opened(began_ns, 0, ports[0], "fgp1"))
            while not stopped.is_set() and not self._over:
                self._now_ns += STEP_NS
                now_ns = self._now_ns
                early_s = ((now_ns - began_ns) / self._speed - (clock.now_ns() - real_ns)) / NS
                if early_s > 0:
                    stopped.wait(early_s)
                for at_ns, data in gate.say(now_ns - began_ns):
                    listener.feed(Received(began_ns + at_ns, 0, data.decode("latin-1")))
                while self._to_say and self._to_say[0][0] <= now_ns:
                    self._desk.do(heappop(self._to_say)[2])
                listener.advance(now_ns)
                if wanted := listener.wanted(0, now_ns):
                    gate.hear(wanted, now_ns - began_ns)
                    listener.feed(Sent(now_ns, 0, wanted.decode("latin-1")))
            listener.feed(Closed(self._now_ns))
        if self._stage is not None:
            warn("nothing of a demo is kept")  # where pages stay open that led to more of it


class _Gate(FgpDevice):
    """Our own gate, past which somebody may come whom nobody foresaw."""

    def see(self, scenario: Scenario) -> None:
        for change in play_beams(scenario).changes:
            act = partial(self._change, self.build.gates[change.marker], change.blocked)
            self.plan(change.at_ns, act)
