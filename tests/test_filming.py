"""A session before a saved video alone: what becomes of it at the video's end."""

from __future__ import annotations

import threading
from contextlib import nullcontext

import pytest
from footage import SHORT_FILM, played, zone_beside

from hardware.clips import Clips
from station.camera.events import CameraEvent, CameraNotice
from station.camera.live import LiveCamera
from station.gates.record import Closed, Setup, Traffic
from station.journal.listing import in_line, sessions
from station.live.desk import Desk
from station.live.filming import Filming
from station.live.holding import Keeping, Sounding, run_session
from station.live.workout import workout_of
from station.session.roster import parse_athletes
from station.session.shown import Snapshot
from station.voice.cues import manner_for
from station.workout.plan import plan

MOST_LOOKS = 1000


class Session:
    """What hears of the camera, and stops a few looks after it heard that it is over."""

    def __init__(self, stopped: threading.Event) -> None:
        self.told: list[CameraEvent | Traffic] = []
        self.stopped, self.looks, self.looks_after = stopped, 0, 0

    def film(self, event: CameraEvent) -> None:
        self.told.append(event)

    def feed(self, traffic: Traffic) -> None:
        self.told.append(traffic)

    def advance(self, now_ns: int) -> None:
        self.looks += 1
        self.looks_after += any(getattr(one, "name", "") == "camera-over" for one in self.told)
        if self.looks_after > 3 or self.looks > MOST_LOOKS:
            self.stopped.set()

    def wanted(self, slot: int, now_ns: int) -> bytes:
        return b""


class Shown(nullcontext):
    """A screen that nobody looks at."""

    def show(self, now: Snapshot) -> None: ...


@pytest.mark.parametrize("by_hand", [True, False])
def test_at_the_videos_end_it_is_said_why_and_a_coach_goes_on_by_hand(rendered, tmp_path, by_hand):
    video, _ = rendered(SHORT_FILM)
    camera, _clock = played(video)
    stopped = threading.Event()
    session = Session(stopped)
    live = LiveCamera(camera, zone_beside(video), Clips(tmp_path))
    filming = Filming(live, session, by_hand=by_hand)
    filming.attend((), None, session, lambda _: None, stopped=stopped)
    assert isinstance(session.told[-1], Closed)
    over = (one for one in session.told if getattr(one, "name", "") == "camera-over")
    (notice,) = (one for one in over if isinstance(one, CameraNotice))
    assert live.name in notice.said
    assert ("by hand" if by_hand else "the session ends") in notice.said
    assert stopped.is_set() == by_hand  # else it ends with the video


def test_a_session_says_that_it_ended_with_its_video(rendered, tmp_path):
    video, _ = rendered(SHORT_FILM)
    live = LiveCamera(played(video)[0], zone_beside(video), Clips(tmp_path))
    desk, journal = Desk(), tmp_path / "journal.sqlite"
    setup = Setup(live.zone.fly_m, (), {}, (3.0, 13.0))
    workout = workout_of(plan("2 x 30m. 1:00 Rec between reps."), parse_athletes("Ana:58"), 30)
    run_session(
        setup, None, workout, Keeping(journal, new=True), Sounding(manner_for(1), on=False), desk,
        Shown(), lambda _: None, lambda _: None, attending=Filming(live, desk).attend, camera=live,
    )  # fmt: skip
    (one,) = sessions(journal)
    assert (one.ended, one.ended_by) == (True, "camera-over")
    assert in_line(one).endswith("; ended with the camera's last picture")
