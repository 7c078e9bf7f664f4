"""The devices of Set-up: looked through, tried and heard between sessions, let go for a session.

It decides who holds a camera and the gates, since only one can, and what of a set-up is green. What
a session is timed with it leaves at the ground, and beside the journal for the next day.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import fit_zone
from calibration.length import FlyBy
from calibration.profile import Profile
from hardware.cameras import is_file
from hardware.clock import SystemClock
from hardware.errors import StationError
from station.camera.live import LiveCamera
from station.camera.watched import camera_at
from station.gates.ports import Plugged
from station.live import last_setup
from station.live.chosen import Chosen
from station.live.comparison import Comparison
from station.live.ground import Ground
from station.live.preview import Preview
from station.live.replacing import Luma, check_unmoved, replace_cones
from station.live.syncing import Syncing
from station.live.trying import Trying
from station.live.zeroing import Zeroing
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
        asked: What answered at each serial port when it was asked last.
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
        self.asked: dict[str, Plugged] = {}
        self._check_sound = check_sound or _check_sound
        self._lock = threading.RLock()
        self._previews: dict[int, Preview] = {}  # by marker
        self._watching: Trying | Comparison | None = None
        self._compared: dict[type[Comparison], tuple[str, ...]] = {}
        self._tried: tuple[Chosen, tuple[str, ...], bool] | None = None
        ground.let_go = self.let_go

    @property
    def last(self) -> Chosen | None:
        """The set-up of last time, where it holds anything; StationError where it is unreadable."""
        last = last_setup.last(self.ground.journal)
        return last if last is not None and (last.camera or last.ports) else None

    @property
    def markers(self) -> tuple[int, ...]:
        """By which its cameras are told: 2 alone for the only one."""
        on = self.ground.on
        if on is not None and on.opening.camera is not None:
            return (2, 3)[: len(on.opening.camera.each)]
        return self.ground.chosen.markers_apart

    def profile(self, marker: int = 2) -> Profile | None:
        """The cones as they are: of the session that is on, else as set up."""
        if self.ground.on is not None:
            camera = self._filming(marker)
            return None if camera is None else camera.zone.profile
        return self.ground.chosen.profile_at(marker)

    def _filming(self, marker: int) -> LiveCamera | None:
        """The camera of the session that is on, which sees a marker."""
        on = self.ground.on
        if on is None or on.opening.camera is None:
            return None
        return camera_at(on.opening.camera, marker)

    def choose(self, chosen: Chosen) -> None:
        """Take devices, and look through the camera.

        Raises:
            StationError: A session is on, or there is no such camera: what was chosen stays.
        """
        with self._lock:
            self._refuse_in_session()
            previews = _previews(chosen)
            self.let_go()
            self._tried = None
            self._compared = {}
            self.ground.chosen = chosen
            self._open(previews)

    def let_go(self) -> None:
        """Free the devices; what was tried is still known."""
        with self._lock:
            watching, self._watching = self._watching, None
            held = (*self._previews.values(), watching)
            for one in held:
                if one is not None:
                    one.__exit__(None, None, None)
            if isinstance(watching, Trying):
                watching.look()  # who had just walked through is timed now
                self._tried = self.ground.chosen, tuple(watching.lines), watching.good
            if any(one is not None and one.lost for one in held):
                self.ground.chosen = self.ground.chosen.after_loss()
            self._previews = {}
            if isinstance(watching, Comparison):
                self._take(watching)

    def picture(self, marker: int = 2) -> Picture | None:
        """What the camera sees, in blue, green and red; None where none does, or nothing yet."""
        on = self.ground.on
        if on is not None:
            camera = self._filming(marker)
            return None if camera is None else camera.picture()
        with self._lock:
            if marker not in self.markers:
                return None
            preview = self._previews.get(marker)
            left = preview is None or preview.left
            if self._watching is not None:
                return self._watching.picture(marker)
            if left:  # after a session, or after nobody has looked for long
                self.let_go()
                self._look_through()
            preview = self._previews.get(marker)
        return None if preview is None else preview.picture()

    def trouble(self, marker: int = 2) -> str:
        """Why no picture comes; empty where one does."""
        if (camera := self._filming(marker)) is not None:
            return camera.trouble
        preview = self._previews.get(marker)  # another thread may let it go meanwhile
        return "" if preview is None else preview.trouble

    def place(self, profile: Profile, on: Picture) -> None:
        """Take cones that stand so on today's picture.

        In a session they are the camera's from now on, and what was doubted is timed anew.

        Args:
            profile: Where they stand.
            on: That picture, in blue, green and red.

        Raises:
            StationError: They fit no camera, are of another zone than the session's, the camera
                has been moved since that picture, or they cannot be kept for the next time.
        """
        fit_zone(profile)
        luma = cv2.cvtColor(on, cv2.COLOR_BGR2GRAY).astype(np.uint8)
        with self._lock:
            marker = min(profile.markers)
            seen = self.picture(marker)
            self._end_walk()
            if self.ground.on is not None:
                self._replace_cones(profile, luma)
            chosen = self.ground.chosen
            if not chosen.camera:  # the session's was named on the command line
                return
            preview = self._previews.get(marker)
            if preview is not None and seen is not None and not is_file(chosen.camera_at(marker)):
                check_unmoved(preview.name, profile, luma, seen)
            self.ground.chosen = chosen.placed(marker, profile, luma).after(chosen)
            self._keep()

    def measure(self, fly_m: float, fly_by: FlyBy | None) -> None:
        """Take a zone that gates stand in.

        Args:
            fly_m: Its length.
            fly_by: How it was measured.

        Raises:
            StationError: A session is on, nothing is set up, cones are placed, whose length it is
                too, or it cannot be kept for the next time.
        """
        with self._lock:
            self._refuse_in_session()
            chosen = self._set_up()
            if any(chosen.profile_at(one) is not None for one in chosen.markers_apart):
                raise StationError(
                    f"the cones are of a Fly Zone of {chosen.fly_m:g} m; "
                    "wait for the camera's picture, and set its length with them"
                )
            self._end_walk()
            chosen = self.ground.chosen
            self.ground.chosen = replace(chosen, fly_m=fly_m, fly_by=fly_by).after(chosen)
            self._keep()

    def try_out(self, *, on: bool) -> None:
        """Watch somebody walk through, or no longer.

        Raises:
            StationError: A session is on, or there is nothing to try.
        """
        self._watch(Trying, on=on)

    def zero_test(self, *, on: bool) -> None:
        """Compare gates and camera while somebody walks or runs through, or no longer.

        Raises:
            StationError: A session is on, or there are not both.
        """
        self._watch(Zeroing, on=on)

    def zeroed(self) -> tuple[list[str], bool]:
        """What is told of the zero test, and whether it goes on."""
        return self._told_by(Zeroing)

    def zero_holds(self) -> None:
        """Gates and cones stand as they did at the zero test.

        Raises:
            StationError: A session is on, nothing is set up, or it cannot be kept for the next
                time.
        """
        with self._lock:
            self._refuse_in_session()
            self.ground.chosen = replace(self._set_up(), zero_since=False)
            self._keep()

    def _end_walk(self) -> None:
        """End what is timed with the cones as they stand, before they are others."""
        if isinstance(self._watching, Trying | Zeroing):
            self.let_go()
            self._look_through()

    def flash(self, *, on: bool) -> None:
        """Find how the clocks of two cameras go together, or watch no longer.

        Raises:
            StationError: A session is on, or there are not two cameras of a kind.
        """
        self._watch(Syncing, on=on)

    def flashed(self) -> tuple[list[str], bool]:
        """What is told of the flashes, and whether they are watched for."""
        return self._told_by(Syncing)

    def _watch(self, kind: Callable[[Chosen], Trying | Comparison], *, on: bool) -> None:
        with self._lock:
            self._refuse_in_session()
            self.let_go()
            if on:
                self._watching = kind(self.ground.chosen).__enter__()
            else:
                self._look_through()

    def _told_by(self, kind: type[Comparison]) -> tuple[list[str], bool]:
        with self._lock:
            watching = self._watching
            if isinstance(watching, kind):
                if not watching.over:
                    return list(watching.lines), True
                self.let_go()
                self._look_through()
            return list(self._compared.get(kind, ())), False

    def _take(self, compared: Comparison) -> None:
        """Keep what is known now; where nothing new is, what was known stands."""
        lines = tuple(compared.lines)
        when = datetime.now(UTC).isoformat(timespec="minutes")
        known = compared.known(self.ground.chosen, when)
        if known is not None:
            self.ground.chosen = known
            if isinstance(compared, Zeroing):
                self._tried = known, (), True  # each passage was a walk that both devices saw
            try:
                self._keep()
            except StationError as error:
                lines = (*lines, str(error))
        self._compared[type(compared)] = lines

    def tried(self) -> tuple[list[str], bool, bool]:
        """What was seen of it, whether that is all there is to see, and whether it goes on."""
        with self._lock:
            trying = self._watching
            if isinstance(trying, Trying):
                trying.look()
                lines, good = list(trying.lines), trying.good
                if trying.over:
                    self.let_go()
                    self._look_through()
                    return [*lines, "The video is over."], good, False
                return lines, good, True
            if self._tried is None:
                return [], False, False
            chosen, said, good = self._tried
            if chosen.without_zero() != self.ground.chosen.without_zero():
                return [], False, False
            return list(said), good, False

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
            self._open(_previews(self.ground.chosen))

    def _open(self, previews: dict[int, Preview]) -> None:
        self._previews = previews
        for preview in previews.values():
            preview.__enter__()

    def _keep(self) -> None:
        try:
            last_setup.keep(self.ground.chosen, self.ground.journal)
        except StationError as error:
            raise StationError(f"it is set up, but not kept for the next time: {error}") from None

    def _set_up(self) -> Chosen:
        """What is chosen, where anything is."""
        if not (self.ground.chosen.camera or self.ground.chosen.ports):
            raise StationError("nothing is set up: choose a camera or gates first")
        return self.ground.chosen

    def _refuse_in_session(self) -> None:
        if self.ground.on is not None:
            raise StationError("a session is on: its devices stay as they are until it ends")

    def _replace_cones(self, profile: Profile, placed_on: Luma) -> None:
        """Have the session's camera take them; see `station.live.replacing`."""
        on, camera = self.ground.on, self._filming(min(profile.markers))
        if on is None or camera is None:
            raise StationError(
                "this session has no camera whose cones could be placed; end it, and set one up"
            )
        if profile.fly_m != camera.zone.fly_m:
            raise StationError(
                f"the session's Fly Zone is {camera.zone.fly_m:g} m, and that stays; "
                "end the session to set up another"
            )
        replace_cones(camera, on.desk, profile, placed_on, on.opening.zero)


def _previews(chosen: Chosen) -> dict[int, Preview]:
    """By marker, none of them opened yet; StationError where there is no such camera."""
    if not chosen.camera:
        return {}
    clock = SystemClock()
    return {
        marker: Preview(chosen.camera_of(clock, marker), clock) for marker in chosen.markers_apart
    }


def _check_sound(say: Callable[[str], None]) -> None:
    sound_check(SystemClock(), say, device=None, delay_s=0.0)
