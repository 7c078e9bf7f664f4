"""The devices of Set-up: looked through, tried and heard between sessions, let go for a session.

It decides who holds a camera and the gates, since only one can, and what of a set-up is green. What
a session is timed with it leaves at the ground, and beside the journal for the next day.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import fit_zone
from calibration.profile import Profile
from hardware.clock import SystemClock
from hardware.errors import StationError
from station.camera.live import LiveCamera
from station.live import last_setup
from station.live.chosen import Chosen
from station.live.ground import Ground
from station.live.preview import Preview
from station.live.replacing import replace_cones
from station.live.trying import Trying
from station.voice.check import sound_check

State = Literal["good", "doubt", "bad", "none"]
Picture = NDArray[np.uint8]


class Bench:
    """What Set-up does; asked by any thread.

    Attributes:
        ground: Where sessions are held.
        heard: What the sound check says.
        sounding: Whether it plays.
        hears: Whether the coach heard it.
    """

    def __init__(
        self, ground: Ground, check_sound: Callable[[Callable[[str], None]], None] | None = None
    ) -> None:
        """Hold nothing yet.

        Args:
            ground: Where sessions are held.
            check_sound: Plays what a session plays, and says what was heard.
        """
        self.ground = ground
        self.heard: list[str] = []
        self.sounding = self.hears = False
        self._check_sound = check_sound or _check_sound
        self._lock = threading.RLock()
        self._preview: Preview | None = None
        self._trying: Trying | None = None
        self._tried: tuple[Chosen, tuple[str, ...], bool] | None = None
        ground.let_go = self.let_go

    @property
    def last(self) -> Chosen | None:
        """The set-up of last time, where there is one."""
        return last_setup.last(self.ground.journal)

    @property
    def profile(self) -> Profile | None:
        """The cones as they are: of the session that is on, else as set up."""
        on = self.ground.on
        if on is not None:
            return None if on.opening.camera is None else on.opening.camera.zone.profile
        return self.ground.chosen.profile

    def choose(self, chosen: Chosen) -> None:
        """Take devices, and look through the camera.

        Raises:
            StationError: A session is on.
        """
        with self._lock:
            self._refuse_in_session()
            self.let_go()
            self._tried = None
            self.ground.chosen = chosen
            self._look_through()

    def let_go(self) -> None:
        """Free the devices; what was tried is still known."""
        with self._lock:
            if self._trying is not None:
                self._trying.look()
                self._tried = self.ground.chosen, tuple(self._trying.lines), self._trying.good
            for held in (self._preview, self._trying):
                if held is not None:
                    held.__exit__(None, None, None)
            self._preview = self._trying = None

    def picture(self) -> Picture | None:
        """What the camera sees, in blue, green and red; None where none does, or nothing yet."""
        on = self.ground.on
        if on is not None:
            return None if on.opening.camera is None else on.opening.camera.picture()
        with self._lock:
            left = self._preview is None or self._preview.left
            if left and self._trying is None:
                self.let_go()
                self._look_through()  # after a session, or after nobody has looked for long
            holds = self._trying or self._preview
        return None if holds is None else holds.picture()

    def trouble(self) -> str:
        """Why no picture comes; empty where one does."""
        preview = self._preview  # another thread may let it go meanwhile
        return "" if preview is None else preview.trouble

    def place(self, profile: Profile, on: Picture) -> None:
        """Take cones that stand so on today's picture.

        In a session they are the camera's from now on, and what was doubted is timed anew.

        Args:
            profile: Where they stand.
            on: That picture, in blue, green and red.

        Raises:
            StationError: They fit no camera, are of another zone than the session's, or cannot be
                kept for the next time.
        """
        fit_zone(profile)
        with self._lock:
            if self.ground.on is not None:
                self._replace_cones(profile)
            chosen = self.ground.chosen
            if not chosen.camera:  # the session's was named on the command line
                return
            self.ground.chosen = replace(
                chosen,
                fly_m=profile.fly_m,
                fly_by=profile.fly_by,
                profile=profile,
                placed_on=cv2.cvtColor(on, cv2.COLOR_BGR2GRAY).astype(np.uint8),
            )
        self._keep()

    def measure(self, chosen: Chosen) -> None:
        """Take a zone that gates stand in.

        Raises:
            StationError: A session is on, or it cannot be kept for the next time.
        """
        self._refuse_in_session()
        self.ground.chosen = chosen
        self._keep()

    def try_out(self, *, on: bool) -> None:
        """Watch somebody walk through, or no longer.

        Raises:
            StationError: A session is on, or there is nothing to try.
        """
        with self._lock:
            self._refuse_in_session()
            self.let_go()
            if on:
                self._trying = Trying(self.ground.chosen).__enter__()
            else:
                self._look_through()

    def tried(self) -> tuple[list[str], bool, bool]:
        """What was seen of it, whether that is all there is to see, and whether it goes on."""
        with self._lock:
            if self._trying is not None:
                self._trying.look()
                lines, good = list(self._trying.lines), self._trying.good
                if self._trying.over:
                    self.let_go()
                    self._look_through()
                    return [*lines, "The video is over."], good, False
                return lines, good, True
            if self._tried is None or self._tried[0] != self.ground.chosen:
                return [], False, False
            return list(self._tried[1]), self._tried[2], False

    def listen(self) -> None:
        """Play the tone and a name, once."""
        with self._lock:
            if self.sounding:
                return
            self._refuse_in_session()
            self.sounding, self.heard = True, []
        threading.Thread(target=self._sound, name="sound check", daemon=True).start()

    def _sound(self) -> None:
        try:
            self._check_sound(self.heard.append)
        except StationError as error:
            self.heard.append(str(error))
        finally:
            self.sounding = False

    def _look_through(self) -> None:
        if self.ground.on is None and self.ground.chosen.camera:
            clock = SystemClock()
            self._preview = Preview(self.ground.chosen.camera_of(clock), clock).__enter__()

    def _keep(self) -> None:
        last_setup.keep(self.ground.chosen, self.ground.journal)

    def _refuse_in_session(self) -> None:
        if self.ground.on is not None:
            raise StationError("a session is on: its devices stay as they are until it ends")

    def _replace_cones(self, profile: Profile) -> None:
        """Have the session's camera take them; see `station.live.replacing`."""
        on = self.ground.on
        if on is None or not isinstance(on.opening.camera, LiveCamera):
            raise StationError(
                "this session has no camera whose cones could be placed; end it, and set one up"
            )
        if profile.fly_m != on.opening.camera.zone.fly_m:
            raise StationError(
                f"the session's Fly Zone is {on.opening.camera.zone.fly_m:g} m, and that stays; "
                "end the session to set up another"
            )
        replace_cones(on.opening.camera, on.desk, profile, on.opening.zero)


def _check_sound(say: Callable[[str], None]) -> None:
    sound_check(SystemClock(), say, device=None, delay_s=0.0)
