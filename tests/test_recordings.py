"""The samples: what is shipped is what the simulator rendered, and the station times it."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from dataclasses import asdict
from importlib.resources import as_file, files
from pathlib import Path

import gate_sample
import pytest

import recordings
from calibration.geometry import fit_zone
from calibration.profile import load_profile
from station.film.replay import replay
from station.gates.replay import replay_gates
from station.simulator import Scene
from station.simulator.options import add_arguments, scene_from
from station.simulator.render import Studio

SAMPLES = re.findall(r"station simulate recordings/(\S+)\.mp4 ((?:.*\\\n)*.*)", recordings.__doc__)
TOLERANCE_S = 0.005
GATE_TOLERANCE_S = 0.001
MOST_BYTES = 3e6


@pytest.fixture(params=SAMPLES, ids=[name for name, _ in SAMPLES])
def sample(request):
    """Name, truth and the options that the package says it was rendered with."""
    name, options = request.param
    truth = json.loads((files("recordings") / f"{name}.truth.json").read_text())
    return name, truth, shlex.split(options.replace("\\\n", " "))


def test_every_sample_is_accounted_for():
    shipped = {Path(entry.name).name for entry in files("recordings").iterdir()}
    videos = {name for name in shipped if name.endswith(".mp4")}
    assert videos == {f"{name}.mp4" for name, _ in SAMPLES}
    assert {f"{name}{end}" for name, _ in SAMPLES for end in (".toml", ".truth.json")} <= shipped


def test_a_sample_is_small(sample):
    name, *_ = sample
    assert len((files("recordings") / f"{name}.mp4").read_bytes()) <= MOST_BYTES


def test_all_runs_of_a_sample_are_timed_where_the_package_is_installed(sample):
    name, truth, _ = sample
    with as_file(files("recordings")) as folder:
        zone = fit_zone(load_profile(folder / f"{name}.toml"))
        found = replay(folder / f"{name}.mp4", zone)
    assert len(truth["runs"]) >= 3
    assert (truth["walk_backs"] > 0) == truth["scene"]["walk_back"]
    assert [r.fly_s for r in found.runs] == pytest.approx(
        [r["fly_s"] for r in truth["runs"]], abs=TOLERANCE_S
    )
    assert [r.marker2_s for r in found.runs] == pytest.approx(
        [r["marker2_s"] for r in truth["runs"]], abs=0.05
    )
    assert not found.warnings


def test_the_command_that_is_stated_renders_the_same_truth(sample):
    _, truth, options = sample
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    scene = scene_from(parser.parse_args(options))
    assert asdict(scene) == truth["scene"]
    again = Studio(Scene(**truth["scene"])).cast
    assert [run.fly_s for run in again.runs] == pytest.approx(
        [run["fly_s"] for run in truth["runs"]], abs=1e-9
    )


def test_the_session_at_the_gates_is_what_the_simulator_plays(tmp_path):
    gate_sample.sample(tmp_path)
    for name in (f"{gate_sample.NAME}.jsonl", f"{gate_sample.NAME}.truth.json"):
        assert (files("recordings") / name).read_bytes() == (tmp_path / name).read_bytes()


def test_all_runs_at_the_gates_are_timed():
    truth = json.loads((files("recordings") / f"{gate_sample.NAME}.truth.json").read_text())
    with as_file(files("recordings")) as folder:
        found = replay_gates(folder / f"{gate_sample.NAME}.jsonl")
    assert [run.fly_s for run in found.runs] == pytest.approx(
        [run["fly_s"] for run in truth["runs"]], abs=GATE_TOLERANCE_S
    )
    assert len(found.runs) == 3
    assert (found.incomplete, found.warnings) == ((), ())
