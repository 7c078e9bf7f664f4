"""The whole way from simulated beams to runs, held against what the issue asks for."""

from dataclasses import replace

import numpy as np
import pytest
from driven import driven, held

from station.simulator.gate_device import Build, Crystal, Wire
from station.simulator.gate_fgp import FgpDevice
from station.simulator.gate_makes import (
    BOTH_EDGES,
    AlgeDevice,
    GenericDevice,
    TagHeuerDevice,
    WichroDevice,
)
from station.simulator.gates import Passage, Scenario, play_beams, workout

WITHIN_S = 0.001
"""A fly time from a device-stamped gate whose clock is warm."""
COVERED = 0.93
"""Of 95 % intervals, in samples of a hundred or so."""
WARM_S = 62.0
"""A minute of pings, after the port was opened and the device had said what it is."""
JITTER_S = 0.020
BATCHES, RUNS = 8, 25
"""200 runs, in parts that run in parallel."""


BOTH = """
name = "both"
bauds = [115200]
line = '(?P<gate>\\d)\t(?P<state>[01])\t(?P<s>\\d+\\.\\d+)'
broken = ["1"]
clear = ["0"]
ticks_per_s = 1000000
wrap_ticks = 4294967296
rate_tolerance = 0.005
"""


def crystal(seed, uptime_s=None):
    rng = np.random.default_rng([seed, 9])
    rate, uptime = float(rng.uniform(-0.005, 0.005)), float(rng.uniform(0, 8000))
    return Crystal(rate, wander_ppm=3.0, uptime_s=uptime if uptime_s is None else uptime_s)


def sprints(seed, runs, first_s, **kind):
    fly_m = (30.0, 40.0, 50.0)[seed % 3]
    scenario = workout(Scenario(fly_m=fly_m, seed=seed, **kind), runs, first_s=first_s)
    return scenario, play_beams(scenario)


def timed(make, scenario, beams, seed, protocol, *, gates=None, definition=None, baud=115200, **kw):
    build = Build(
        gates or {2: "1", 3: "2"}, seed, crystal(seed), Wire(baud=baud, jitter_s=JITTER_S)
    )
    device = make(beams.changes, build, **kw)
    events = driven(
        {"P": device},
        protocol,
        scenario.until_s + 12.0,
        fly_m=scenario.fly_m,
        definition=definition,
    )
    return held(events, beams)


@pytest.mark.parametrize("seed", range(BATCHES))
def test_a_warm_gate_of_our_own_times_every_run_within_a_millisecond(seed):
    scenario, beams = sprints(seed, RUNS, WARM_S, bounce=0.3, pulses_per_s=0.01)
    found = timed(FgpDevice, scenario, beams, seed, "fgp1")
    assert found.exact()
    assert len(found.error_s) == RUNS
    assert np.max(np.abs(found.error_s)) < WITHIN_S
    assert not found.incomplete
    assert not found.said
    assert found.coverage >= COVERED
    assert np.median(found.sigma_s) < 0.005  # and what is said is of use


def test_a_cold_clock_says_what_it_does_not_know():
    found = []
    for seed in range(40):
        rng = np.random.default_rng([seed, 3])
        scenario, beams = sprints(seed, 1, float(rng.uniform(2, 40)), bounce=0.3)
        scenario = replace(scenario, until_s=beams.flies[-1].marker3.torso_s + 4)
        found.append(timed(FgpDevice, scenario, beams, seed, "fgp1"))
    assert all(one.exact() for one in found)
    error_s = np.concatenate([one.error_s for one in found])
    sigma_s = np.concatenate([one.sigma_s for one in found])
    assert np.max(np.abs(error_s)) > 2 * WITHIN_S  # else nothing is tested
    assert np.mean(np.abs(error_s) < 1.96 * sigma_s) >= COVERED


@pytest.mark.parametrize(
    ("make", "protocol", "options"),
    [
        (WichroDevice, "wichro", {"gates": {2: "3", 3: "10"}}),
        (GenericDevice, "both", {"definition": BOTH, "form": BOTH_EDGES}),
        (AlgeDevice, "alge", {"gates": {2: "C0", 3: "C1"}, "baud": 9600}),
        (TagHeuerDevice, "tag-heuer", {"baud": 9600}),
    ],
)
def test_other_makes_are_within_what_they_say_once_their_edges_span_a_minute(
    make, protocol, options
):
    """Every run and no other; what is said of each covers it."""
    found = []
    for seed in (1, 2):
        scenario, beams = sprints(seed, 12, 10.0, apart_s=0.012)
        found.append(timed(make, scenario, beams, seed, protocol, **options))
    assert all(one.exact() for one in found)
    error_s = np.concatenate([one.error_s for one in found])
    sigma_s = np.concatenate([one.sigma_s for one in found])
    assert np.mean(np.abs(error_s) < 1.96 * sigma_s) >= COVERED


@pytest.mark.parametrize("beam_m", [1.0, 1.1])
def test_arms_that_come_with_the_torso_are_within_what_is_said(beam_m):
    """No beam can tell where such a torso began; at 1.1 m every second run is one of these."""
    found = []
    for seed in range(5):
        scenario, beams = sprints(seed, RUNS, WARM_S, apart_s=None, beam_m=beam_m)
        found.append(timed(FgpDevice, scenario, beams, seed, "fgp1"))
    assert all(one.exact() for one in found)
    error_s = np.concatenate([one.error_s for one in found])
    sigma_s = np.concatenate([one.sigma_s for one in found])
    assert np.max(np.abs(error_s)) > 5 * WITHIN_S  # else nothing is tested
    assert np.mean(np.abs(error_s) < 1.96 * sigma_s) >= COVERED


def squad(seed):
    """Pairs, runs broken off before another's, jogs and walks back in the next one's way, jogs."""
    rng = np.random.default_rng([seed, 55])
    passages, at_s = [], WARM_S
    for _ in range(8):
        speed_mps = float(rng.uniform(7, 10))
        before = [
            Passage(at_s - float(rng.uniform(0.5, 3)), speed_mps),
            Passage(at_s - float(rng.uniform(4, 9)), speed_mps, turns=True),
            Passage(at_s - 14, float(rng.uniform(2.5, 4)), back=True),
            Passage(at_s - float(rng.uniform(5, 17)), float(rng.uniform(1.2, 1.8)), back=True),
        ]
        passages += [before[rng.integers(4)], Passage(at_s, speed_mps)]
        passages += [Passage(at_s + 15, float(rng.uniform(3.6, 6)))]
        at_s += float(rng.uniform(45, 60))
    return Scenario(seed=seed, passages=tuple(passages), until_s=at_s, bounce=0.3)


# In 0, a jogger is in a beam 0.4 s before a walker: like a walker's arm, which he is taken for.
@pytest.mark.parametrize("seed", range(1, 6))
def test_a_squad_gets_its_runs_and_nobody_elses(seed):
    scenario = squad(seed)
    beams = play_beams(scenario)
    found = timed(FgpDevice, scenario, beams, seed, "fgp1")
    assert found.exact()
    assert np.max(np.abs(found.error_s)) < WITHIN_S
