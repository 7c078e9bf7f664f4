"""The sample `recordings/gates30.jsonl`: three flies past our own gate, by the project's ruler.

    PYTHONPATH=. python tests/gate_sample.py recordings

writes it and its truth anew.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from station.gates.record import Closed, Opened, Received, Recorder, Sent, Setup, Traffic
from station.gates.timing import GateTiming
from station.simulator.gate_device import Build
from station.simulator.gate_fgp import FgpDevice
from station.simulator.gate_line import Crystal
from station.simulator.gates import Scenario, play_beams, workout

NAME = "gates30"
NS = 1_000_000_000
STEP_NS = NS // 20
SETUP = Setup(30.0, ("/dev/ttyUSB0",), {}, (3.0, 13.0), pace_400_s=58.0)


def sample(folder: Path) -> None:
    """Write the record and, beside it, the truth."""
    scenario = workout(Scenario(seed=30), 3, first_s=70.0, rest_s=4.0)
    beams = play_beams(scenario)
    device = FgpDevice(beams.changes, Build(crystal=Crystal(rate_error=0.003, uptime_s=0.0)))
    path = folder / f"{NAME}.jsonl"
    path.unlink(missing_ok=True)
    fold = GateTiming(SETUP)
    with Recorder(path, SETUP) as recorder:

        def happen(traffic: Traffic) -> None:
            fold.feed(traffic)
            recorder.keep(traffic)

        happen(Opened(0, 0, SETUP.ports[0], "fgp1"))
        ends_ns = round((beams.flies[-1].marker3.torso_s + 3.0) * NS)
        for now_ns in range(STEP_NS, ends_ns, STEP_NS):
            for at_ns, data in device.say(now_ns):
                happen(Received(at_ns, 0, data.decode("latin-1")))
            fold.advance(now_ns)
            if wanted := fold.wanted(0, now_ns):
                device.hear(wanted, now_ns)
                happen(Sent(now_ns, 0, wanted.decode("latin-1")))
        happen(Closed(ends_ns))
    runs = [
        {"marker2_s": fly.marker2.torso_s, "marker3_s": fly.marker3.torso_s, "fly_s": fly.fly_s}
        for fly in beams.flies
    ]
    truth = json.dumps({"fly_m": scenario.fly_m, "runs": runs}, indent=2)
    (folder / f"{NAME}.truth.json").write_text(truth + "\n")


if __name__ == "__main__":
    sample(Path(sys.argv[1]))
