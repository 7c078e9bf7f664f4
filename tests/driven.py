"""Simulated gates driven through the fold in simulated time, shared by the tests of gates."""

from __future__ import annotations

import binascii
from dataclasses import dataclass

import numpy as np

from station.gates.record import Closed, Opened, Received, Sent, Setup
from station.gates.timing import Event, GateTiming, Notice, Timed
from station.run import Incomplete
from station.simulator.gate_device import Device
from station.simulator.gates import Beams, TrueFly

NS = 1_000_000_000
SPEEDS_MPS = (3.0, 13.0)
NEAR_S = 0.35
"""A run belongs to the fly whose crossing of Marker 2 is so near."""


def fgp(body: str) -> bytes:
    """A line of FGP/1."""
    return b"%s*%04X\n" % (body.encode(), binascii.crc_hqx(body.encode(), 0xFFFF))


def driven(
    devices: dict[str, Device],
    protocol: str,
    until_s: float,
    *,
    fly_m: float = 30.0,
    markers: dict[str, int] | None = None,
    step_s: float = 0.05,
    definition: str | None = None,
) -> list[Event]:
    """What a coach is told of a session; what the station wants is sent every `step_s`."""
    fold = GateTiming(Setup(fly_m, tuple(devices), markers or {}, SPEEDS_MPS))
    events: list[Event] = []
    for slot, port in enumerate(devices):
        events += fold.feed(Opened(0, slot, port, protocol, definition))
    now_ns = 0
    for step in range(1, round(until_s / step_s) + 1):
        now_ns = round(step * step_s * NS)
        said = [
            (at_ns, slot, data)
            for slot, device in enumerate(devices.values())
            for at_ns, data in device.say(now_ns)
        ]
        for at_ns, slot, data in sorted(said):
            events += fold.feed(Received(at_ns, slot, data.decode("latin-1")))
        events += fold.advance(now_ns)
        for slot, device in enumerate(devices.values()):
            if wanted := fold.wanted(slot, now_ns):
                device.hear(wanted, now_ns)
                events += fold.feed(Sent(now_ns, slot, wanted.decode("latin-1")))
    return events + fold.feed(Closed(now_ns))


@dataclass(frozen=True)
class Held:
    """What was told, held against the truth.

    Attributes:
        error_s: Of each fly that was timed.
        sigma_s: And what was said of it.
        missed: Flies that were not told.
        false: Runs that nobody ran.
        incomplete: Passages told as no runs.
        said: Names of the notices.
    """

    error_s: np.ndarray
    sigma_s: np.ndarray
    missed: list[TrueFly]
    false: list[Timed]
    incomplete: list[Incomplete]
    said: list[str]

    @property
    def coverage(self) -> float:
        """Share of 95 % intervals that have the truth."""
        return float(np.mean(np.abs(self.error_s) < 1.96 * self.sigma_s))

    def exact(self) -> bool:
        """Every fly told, and nothing else."""
        return not self.missed and not self.false


def held(events: list[Event], beams: Beams) -> Held:
    """Hold events against the truth; a revision counts instead of what it revises."""
    runs = {one.number: one for one in events if isinstance(one, Timed)}
    missed, pairs = [], []
    for fly in beams.flies:
        at_s = fly.marker2.torso_s
        near = min(runs.values(), key=lambda one: abs(one.run.marker2_s - at_s), default=None)
        if near is None or abs(near.run.marker2_s - at_s) > NEAR_S:
            missed.append(fly)
        else:
            pairs.append((fly, runs.pop(near.number).run))
    return Held(
        np.array([run.fly_s - fly.fly_s for fly, run in pairs]),
        np.array([run.fly_sigma_s for _, run in pairs]),
        missed,
        list(runs.values()),
        [one for one in events if isinstance(one, Incomplete)],
        [one.name for one in events if isinstance(one, Notice)],
    )
