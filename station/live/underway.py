"""Whom a camera sees running, as screens show it: hollow, until the run is told (pure).

It decides whose the run would be, as things stand, and how finely its figure can be said. It keeps
nothing: what is provisional is nowhere but on screens.
"""

from __future__ import annotations

from calibration.interval import INTERVAL_95
from hardware.units import NS
from station.camera.provisional import Provisional as Seen
from station.session.assigning import place
from station.session.events import Ran, TimedRun
from station.session.shown import Provisional
from station.session.state import Session

DIGITS = 1  # after the point: no more is known


def underway(seen: Seen | None, session: Session, fly_m: float, now_ns: int) -> Provisional | None:
    """Say who is running.

    Args:
        seen: Whom the camera sees.
        session: As it is.
        fly_m: Length of the Fly Zone.
        now_ns: Now, station time.
    """
    if seen is None or session.phase != "on":
        return None
    took_s = fly_m / seen.velocity_mps if seen.fly_s is None else seen.fly_s
    run = TimedRun(
        seen.since_ns,
        seen.since_ns + round(took_s * NS),
        took_s,
        seen.sigma_s,
        seen.velocity_mps,
        seen.velocity_mps * seen.sigma_s / took_s,
    )
    placed = place(session, run, now_ns)
    return Provisional(
        athlete=placed.athlete if isinstance(placed, Ran) else None,
        since_s=(now_ns - seen.since_ns) / NS,
        time_s=None if seen.fly_s is None else round(seen.fly_s, DIGITS),
        within_s=None if seen.fly_s is None else round(INTERVAL_95 * seen.sigma_s, DIGITS),
    )
