"""What happens in the beams of a workout: a scenario and a seed in, changes of beams and truth out.

It decides who passes when, what else troubles the beams, and what the exact fly times are. It
knows no device: what becomes of a change on its way to the computer is decided in `gate_device`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from hardware.units import NS
from station.simulator.passer import Passer, draw_passer

Spans = list[tuple[float, float]]


@dataclass(frozen=True)
class Passage:
    """Somebody goes through the zone.

    Attributes:
        at_s: The torso is at the first marker on the way at about that time.
        speed_mps: How fast.
        back: From Marker 3 to Marker 2.
        turns: Turns round between the markers: only the first on the way is passed.
        steady: As fast at one marker as at the other.
    """

    at_s: float
    speed_mps: float = 9.0
    back: bool = False
    turns: bool = False
    steady: bool = False


@dataclass(frozen=True)
class Trouble:
    """Something is wrong with a gate for a while; times as in `Scenario`.

    Attributes:
        kind: "blocked": somebody stands in the beam. "deaf": knocked over, it sees nothing.
            "mad": a loose wire chatters.
        marker: Which gate.
        since_s: From when.
        until_s: Until when.
        edges_per_s: Of a mad one.
    """

    kind: Literal["blocked", "deaf", "mad"]
    marker: int
    since_s: float
    until_s: float
    edges_per_s: float = 1000.0


@dataclass(frozen=True)
class Scenario:
    """A workout at two beams; times in seconds of station time.

    Attributes:
        fly_m: From Marker 2 to Marker 3.
        until_s: When it is over.
        seed: Draws bodies, noise and bounce.
        passages: Who passes.
        beam_m: Height of the beams. At 1.1 m arms come first most often; 1.0 m is as in the
            literature (see `passer`).
        apart_s: An arm in front is out of the beam for so long before the torso comes; bodies are
            drawn anew until it is. None lets them merge as they do: then no beam can tell where
            the torso began. A device's glitch filter joins what is nearer than it is long.
        bounce: Part of the edges that chatter.
        pulses_per_s: False breaks of 0.05 to 1.5 ms (insects, interference), at each gate.
        troubles: What else is wrong.
    """

    fly_m: float = 30.0
    until_s: float = 60.0
    seed: int = 1
    passages: tuple[Passage, ...] = ()
    beam_m: float = 1.1
    apart_s: float | None = 0.004
    bounce: float = 0.0
    pulses_per_s: float = 0.0
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True)
class Change:
    """A beam is broken, or is clear again."""

    at_ns: int
    marker: int
    blocked: bool


@dataclass(frozen=True)
class TrueCrossing:
    """One body in one beam, as if it were alone there.

    Attributes:
        marker: Where.
        torso_s: The front of the torso is in the beam: the truth.
        torso_end_s: The back of the torso leaves it.
        breaks_s: All spans in which a part of the body breaks the beam.
    """

    marker: int
    torso_s: float
    torso_end_s: float
    breaks_s: tuple[tuple[float, float], ...]

    @property
    def early_s(self) -> float:
        """So long before the torso something else broke the beam."""
        return self.torso_s - self.breaks_s[0][0]

    @property
    def torso_span_s(self) -> tuple[float, float]:
        """The break that has the front of the torso in it."""
        return next(span for span in self.breaks_s if span[1] > self.torso_s)

    @property
    def merged_s(self) -> float:
        """So long before the torso that very break began."""
        return max(0.0, self.torso_s - self.torso_span_s[0])

    @property
    def apart_s(self) -> float:
        """So long was the beam clear before the torso; 0 where something hid that."""
        if self.merged_s:
            return 0.0
        ends_s = [until_s for _, until_s in self.breaks_s if until_s <= self.torso_s]
        return self.torso_s - max(ends_s, default=-math.inf)


@dataclass(frozen=True)
class TrueFly:
    """One passage from Marker 2 to Marker 3.

    Attributes:
        marker2: The crossing there.
        marker3: The crossing there.
    """

    marker2: TrueCrossing
    marker3: TrueCrossing

    @property
    def fly_s(self) -> float:
        """Front of the torso to front of the torso."""
        return self.marker3.torso_s - self.marker2.torso_s


@dataclass(frozen=True)
class Beams:
    """What happened.

    Attributes:
        changes: In order of time.
        flies: Runs from Marker 2 to Marker 3 that both beams could see, in order of Marker 2.
        crossings: Of everybody, in order of time.
    """

    changes: tuple[Change, ...]
    flies: tuple[TrueFly, ...]
    crossings: tuple[TrueCrossing, ...]


def play_beams(scenario: Scenario) -> Beams:
    """Let it all happen: a pure function of the scenario."""
    rng = np.random.default_rng([scenario.seed, 0])
    passed = [(who, _crossings(scenario, who, rng)) for who in scenario.passages]
    crossings = [crossing for _, both in passed for crossing in both]
    flies = [
        TrueFly(*both)
        for who, both in passed
        if len(both) == 2 and not who.back and all(_seen(scenario, each) for each in both)
    ]
    changes = [change for marker in (2, 3) for change in _changes(scenario, marker, crossings, rng)]
    return Beams(
        changes=tuple(sorted(changes, key=lambda change: change.at_ns)),
        flies=tuple(sorted(flies, key=lambda fly: fly.marker2.torso_s)),
        crossings=tuple(sorted(crossings, key=lambda crossing: crossing.torso_s)),
    )


def _crossings(scenario: Scenario, who: Passage, rng: np.random.Generator) -> list[TrueCrossing]:
    """Draw a body and its crossings, until it suits."""
    lines_m = {2: 0.0, 3: scenario.fly_m}
    markers = ((3, 2) if who.back else (2, 3))[: 1 if who.turns else 2]
    while True:
        passer = draw_passer(
            rng,
            at_s=who.at_s,
            line_m=lines_m[markers[0]],
            speed_mps=who.speed_mps,
            heading=-1 if who.back else 1,
            steady=who.steady,
        )
        found = [_crossing(passer, marker, lines_m[marker], scenario.beam_m) for marker in markers]
        apart_s = -1.0 if scenario.apart_s is None or who.back else scenario.apart_s
        if all(crossing.apart_s >= apart_s for crossing in found):
            return found


def _crossing(passer: Passer, marker: int, line_m: float, beam_m: float) -> TrueCrossing:
    """Solve one crossing; the torso's front is the edge itself where nothing hides it."""
    torso_s = passer.torso_s(line_m)
    end_s = passer.torso_s(line_m + passer.motion.heading * passer.depth_m)
    spans_s = [
        (torso_s if abs(since_s - torso_s) < 1e-8 else since_s, until_s)
        for since_s, until_s in passer.breaks_s(line_m, beam_m)
    ]
    return TrueCrossing(marker, torso_s, end_s, tuple(spans_s))


def _seen(scenario: Scenario, crossing: TrueCrossing) -> bool:
    """Whether the gate was able to see the torso come."""
    return not any(
        trouble.marker == crossing.marker and trouble.since_s < crossing.torso_s < trouble.until_s
        for trouble in scenario.troubles
    )


def _changes(
    scenario: Scenario, marker: int, crossings: list[TrueCrossing], rng: np.random.Generator
) -> list[Change]:
    """All that one beam does."""
    spans = [span for each in crossings if each.marker == marker for span in each.breaks_s]
    pulses = rng.uniform(0, scenario.until_s, rng.poisson(scenario.pulses_per_s * scenario.until_s))
    spans += [(at_s, at_s + rng.uniform(0.00005, 0.0015)) for at_s in pulses.tolist()]
    for trouble in (trouble for trouble in scenario.troubles if trouble.marker == marker):
        hole = (trouble.since_s, trouble.until_s)
        if trouble.kind == "blocked":
            spans.append(hole)
        elif trouble.kind == "deaf":
            spans = [part for span in spans for part in _outside(span, hole)]
        else:
            often = round((hole[1] - hole[0]) * trouble.edges_per_s)
            edges_s = (
                hole[0] + np.cumsum(rng.exponential(1 / trouble.edges_per_s, often))
            ).tolist()
            spans += zip(edges_s[::2], edges_s[1::2], strict=False)
    edges = [
        (round(at_s * NS), blocked)
        for span in _joined(spans)
        for at_s, blocked in zip(span, (True, False), strict=True)
        if at_s < scenario.until_s
    ]
    return [
        Change(at_ns, marker, blocked)
        for (edge_ns, level), (next_ns, _) in pairwise([*edges, (1 << 62, True)])
        for at_ns, blocked in _bounced(edge_ns, level, next_ns, scenario.bounce, rng)
    ]


def _joined(spans: Spans) -> Spans:
    """Join what overlaps."""
    joined: Spans = []
    for since_s, until_s in sorted(spans):
        if joined and since_s <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until_s))
        else:
            joined.append((since_s, until_s))
    return joined


def _outside(span: tuple[float, float], hole: tuple[float, float]) -> Spans:
    """Cut a hole out of a span."""
    parts = [(span[0], min(span[1], hole[0])), (max(span[0], hole[1]), span[1])]
    return [part for part in parts if part[0] < part[1]]


def _bounced(
    at_ns: int, blocked: bool, next_ns: int, share: float, rng: np.random.Generator
) -> list[tuple[int, bool]]:
    """An edge, and sometimes a chatter of up to 1.5 ms behind it."""
    edges = [(at_ns, blocked)]
    if rng.random() < share:
        offsets_ns = np.cumsum(rng.integers(20_000, 250_000, 2 * int(rng.integers(1, 4))))
        if offsets_ns[-1] < (next_ns - at_ns) // 2:
            edges += [
                (at_ns + int(later_ns), blocked ^ (number % 2 == 0))
                for number, later_ns in enumerate(offsets_ns)
            ]
    return edges


def workout(base: Scenario, runs: int, *, first_s: float = 75.0, rest_s: float = 12.0) -> Scenario:
    """A workout as coaches hold it: sprints at 7.5 to 10.5 m/s, each with its walk back.

    Args:
        base: What else is to hold.
        runs: How many.
        first_s: When the first is at Marker 2: after the warm-up of a clock.
        rest_s: From the end of a walk back to the next run.
    """
    rng = np.random.default_rng([base.seed, 1])
    passages: list[Passage] = []
    at_s = first_s
    for _ in range(runs):
        speed_mps, walk_mps = float(rng.uniform(7.5, 10.5)), float(rng.uniform(1.2, 1.8))
        turn_s = at_s + base.fly_m / speed_mps + float(rng.uniform(4, 8))
        passages += [Passage(at_s, speed_mps), Passage(turn_s, walk_mps, back=True)]
        at_s = turn_s + base.fly_m / walk_mps + float(rng.uniform(0.7, 1.3)) * rest_s
    return replace(base, passages=(*base.passages, *passages), until_s=at_s)
