"""The ruler: renders sprints with exact truth; shares no geometry with the product."""

from station.simulator.render import simulate, simulate_pair
from station.simulator.scene import Scene
from station.simulator.truth import TrueRun, Truth

__all__ = ["Scene", "TrueRun", "Truth", "simulate", "simulate_pair"]
