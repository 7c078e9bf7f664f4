"""How fast who is timed may be (pure).

It decides which speeds count where nobody says others. It measures none.
"""

from __future__ import annotations

RUN_MPS = (3.0, 13.0)
"""Slowest and fastest that counts as a run: a fast walk is 2 m/s, and the fastest 10 m that were
ever measured, of U. Bolt in Berlin in 2009, took 0.81 s: 12.3 m/s."""
WALK_OR_RUN_MPS = (0.7, 13.0)
"""Slowest and fastest of who only passes both markers, as for a zero test: a stroll counts."""
SLOWEST_MPS = 0.3
"""Slower is standing about."""
