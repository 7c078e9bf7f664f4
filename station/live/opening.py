"""What a session is opened with, however that was said: on the command line, or on a page.

It decides who attends a session: gates, a camera, or nobody but the coach's keys. How a session
goes, it does not.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.gates.protocol import Protocol
from hardware.power import kept_awake
from station.app import Attending, attend
from station.camera.watched import WatchedCamera
from station.gates.record import Setup
from station.live.attended import Screen
from station.live.desk import Desk
from station.live.holding import Keeping, Sounding, run_session
from station.live.workout import Workout
from station.session.news import Told
from station.zero import NO_ZERO, Zero

if TYPE_CHECKING:
    from station.live.rehearsal import Stage

SIMULATED = ("simulated",)


@dataclass(frozen=True, slots=True)
class Opening:
    """A session that is to begin.

    Attributes:
        setup: The zone and the ports, none where no gates are; it names no athlete.
        protocol: What the gates speak, None to find out.
        camera: Watches the markers, alone or beside the gates, not yet opened; None where none
            does.
        workout: Who trains what.
        keeping: Where it is kept.
        sounding: How it is heard.
        speed: How many times as fast as real a rehearsal's time passes.
        zero: How camera and gates differ, where that was tested.
        stage: Where those who run at a rehearsal are filmed; None for the gates alone.
        by_hand: Whether it goes on where a saved video, its only camera, is at its end.
    """

    setup: Setup
    protocol: Protocol | None
    camera: WatchedCamera | None
    workout: Workout
    keeping: Keeping
    sounding: Sounding
    speed: float = 1.0
    zero: Zero = NO_ZERO
    stage: Stage | None = None
    by_hand: bool = False


def open_session(
    opening: Opening,
    desk: Desk,
    screen: Screen,
    tell: Callable[[Told], None],
    warn: Callable[[str], None],
) -> Path | None:
    """Run a session to its end; see `station.live.holding.run_session`.

    Args:
        opening: Which.
        desk: Takes commands meanwhile.
        screen: Shows it.
        tell: Takes each event.
        warn: Takes what is no event.

    Raises:
        StationError: As for that; or the camera's calibration is of another zone.
    """
    attending: Attending = attend
    hear = tell
    if opening.setup.ports == SIMULATED:
        from station.live.rehearsal import Rehearsal

        rehearsal = Rehearsal(desk, opening.setup.fly_m, opening.speed, opening.stage)
        attending = rehearsal.attend

        def hear(told: Told) -> None:
            rehearsal.hear(told)
            tell(told)

    if opening.camera is not None:
        from station.live.filming import Filming, check_zone

        check_zone(opening.camera, opening.setup.fly_m, opening.setup.fly_by)
        beside = attending if opening.setup.ports else None
        attending = Filming(opening.camera, desk, beside, by_hand=opening.by_hand).attend
    with ExitStack() as stack:
        if opening.setup.ports != SIMULATED:
            stack.enter_context(kept_awake(warn))
        return run_session(
            opening.setup,
            opening.protocol,
            opening.workout,
            opening.keeping,
            opening.sounding,
            desk,
            screen,
            hear,
            warn,
            attending=attending,
            zero=opening.zero,
            camera=opening.camera,
        )
