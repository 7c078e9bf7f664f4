"""What a camera delivers → what is told of it: watched, recorded around each passage, and timed.

It decides which seconds become a clip, and when a camera is gone, back, or of no use. It waits for
nothing: who feeds it says what time it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime
from math import inf

from calibration.geometry import Zone
from hardware.camera import Feed, Shot
from hardware.camera_reader import Filmed, Lost, Opened, Over
from hardware.clips import Clips
from hardware.errors import StationError
from hardware.readings import Frame
from hardware.recorder import Ring
from hardware.units import NS
from station.camera.bump import Luma, Stands
from station.camera.clip_timing import ClipTiming
from station.camera.delivery import Delivery
from station.camera.events import CameraEvent, CameraNotice, FilmedRun
from station.camera.open_clip import OpenClip, Pictures
from station.camera.provisional import Running
from station.camera.watch import LiveWatch, Span
from station.frame_clock import FrameClock
from station.speeds import RUN_MPS
from station.vision.corridor import corridor_of
from station.vision.passages import ANCHOR_FRAMES
from station.vision.watch import Passing

SILENT_NS = 3 * NS  # without a picture for so long, a camera is gone
JUMP_NS = 2 * NS  # timestamps that leap so far are those of another recording
REORDERED_NS = NS  # pictures are sent in their turn of decoding, which is not so far from theirs
NOBODY_NS = 3 * NS  # what was seen for a moment, and made no passage, was nobody
CLOCKS = {"device": "its own clock", "driver": "the driver's clock", "arrival": "their arrival"}


class CameraTiming:
    """One camera, from its first connection to the end.

    Attributes:
        running: Who is running, roughly; to be looked at by any thread.
        gone: Why no pictures come any more; empty while they do.
    """

    def __init__(
        self,
        camera: str,
        zone: Zone,
        clips: Clips,
        *,
        executor: Executor,
        utc: Callable[[], datetime],
        speeds_mps: tuple[float, float] = RUN_MPS,
        delivery: Delivery | None = None,
        placed_on: Luma | None = None,
    ) -> None:
        """Begin with nothing seen.

        Args:
            camera: Its name.
            zone: Its calibration.
            clips: Where recordings are kept.
            executor: Times clips, one after the other.
            utc: The time of day, for names.
            speeds_mps: Slowest and fastest that counts as a run.
            delivery: Counts its pictures; one of its own by default.
            placed_on: The picture on which the cones were placed, where it was kept.
        """
        self._camera, self._zone, self._speeds_mps = camera, zone, speeds_mps
        self._timing = ClipTiming(zone, clips, executor=executor, utc=utc, speeds_mps=speeds_mps)
        self._ring = Ring(ANCHOR_FRAMES)
        self._delivery = delivery or Delivery()
        self._feed: Feed | None = None
        self._watch: LiveWatch | None = None
        self._clock = FrameClock("arrival")
        self._now_ns = self._heard_ns = self._seen_ns = 0
        self._last_ns: int | None = None
        self._turn_ns: int | None = None
        self._waiting: Span | None = None
        self._clip: OpenClip | None = None
        self._pictures = Pictures(corridor_of(zone))
        self.running = Running(zone.fly_m)
        self._stands = Stands(zone, placed_on)
        self.gone = ""
        self._placed: Zone | None = None  # cones that are the camera's soon
        self._since_ns = -inf  # the first picture that is timed with those it has
        self._seen = self._misfit = False
        self._failed, self._full, self._unkept = "", False, False
        self._events: list[CameraEvent] = []

    def take(self, filmed: Filmed) -> list[CameraEvent]:
        """Take what a camera's reader says.

        Returns:
            What is to be told, in order.
        """
        self._now_ns = filmed.arrival_ns if isinstance(filmed, Shot) else filmed.at_ns
        return self._told(lambda: self._take(filmed))

    def advance(self, now_ns: int) -> list[CameraEvent]:
        """Let time pass without a picture."""
        self._now_ns = max(now_ns, self._now_ns)
        return self._told(self._listen)

    @property
    def busy(self) -> bool:
        """Whether a clip is being timed."""
        return self._timing.busy

    def recalibrate(self, zone: Zone) -> list[CameraEvent]:
        """Go on with cones that stand elsewhere in the picture, once nobody is on his way.

        That is with a keyframe, where a recording can begin. What was seen before keeps the old.
        """
        self._placed = zone
        return self._told(self._take_cones) if self._watch is None else []

    @property
    def placing(self) -> bool:
        """Whether cones placed anew are not the camera's yet; for any thread."""
        return self._placed is not None

    def _take_cones(self) -> None:
        if (zone := self._placed) is None:
            return
        watched = self._feed if self._watch is not None else None
        self._leave_off()
        self._placed = None
        self._zone = self._timing.zone = zone
        self._ring, self._pictures = Ring(ANCHOR_FRAMES), Pictures(corridor_of(zone))
        self._stands = Stands(zone)
        if watched is not None:
            self._begin_watch(watched)

    def finish(self) -> list[CameraEvent]:
        """Time what has been seen so far; there is no more."""
        return self._told(self._close, wait=True)

    def _told(self, act: Callable[[], None], *, wait: bool = False) -> list[CameraEvent]:
        """Do it, and give what there is to tell; whatever a camera sends, the session goes on."""
        try:
            act()
        except Exception as error:
            self._watch_anew()
            said = f"{self._camera} could not be watched ({type(error).__name__}: {error})"
            if said != self._failed:
                self._failed = said
                self._notice("camera-failed", f"{said}; it is watched on, but please report this")
        while True:
            try:
                told = self._timing.next(wait=wait)
            except Exception as error:
                self._notice("recording-untimed", f"a passage could not be timed: {error}")
                continue
            if told is None:
                break
            self._events += told
            for one in told:
                if isinstance(one, FilmedRun):
                    self.running.told(one.marker2_ns)
        events, self._events = self._events, []
        return events

    def _notice(self, name: str, said: str) -> None:
        self._events.append(CameraNotice(name, self._now_ns, self._camera, said))

    def _take(self, filmed: Filmed) -> None:
        match filmed:
            case Opened():
                self._open(filmed.feed)
            case Shot():
                self._see(filmed)
            case Lost():
                self._lose(filmed.why)
                self._close()
            case Over():
                self._close()

    def _listen(self) -> None:
        if self._watch is not None and self._now_ns - self._heard_ns > SILENT_NS:
            self._lose(f"{self._camera} has sent no picture for {SILENT_NS // NS} s")

    def _open(self, feed: Feed) -> None:
        self._feed, self._misfit = feed, False
        same = self._begin(feed)
        width, height = feed.coding.picture_px
        about = f"{width}x{height}, {feed.coding.codec}, pictures stamped by "
        about += CLOCKS[feed.stamped_by]
        if not self._seen:
            self._notice("camera-open", f"{self._camera} is open: {about}")
        elif same:
            self._notice("camera-back", f"{self._camera} is back")
        else:
            said = f"{self._camera} is back, with other pictures ({about}): was it moved? Look at "
            self._notice("camera-back", said + "the cones")
        self._seen, self.gone = True, ""

    def _begin(self, feed: Feed) -> bool:
        """Go on with pictures whose timestamps have nothing to do with earlier ones.

        Returns:
            Whether they are of the same kind.
        """
        self._clock = FrameClock(feed.stamped_by)
        self._heard_ns, self._since_ns = self._now_ns, -inf
        self._last_ns = self._turn_ns = None
        self._delivery.begin()
        return self._begin_watch(feed)

    def _begin_watch(self, feed: Feed) -> bool:
        """Watch with nothing seen yet, whatever is known of the timestamps; see `_begin`."""
        self._watch = LiveWatch(self._zone, self._speeds_mps)
        self._waiting = self._clip = None
        goes_on = self._ring.begin(feed.coding)
        self._pictures.begin(goes_on=goes_on)
        self._stands.begin(goes_on=goes_on)
        return goes_on

    def _lose(self, why: str) -> None:
        self._leave_off()
        self._take_cones()
        if not self.gone:
            self.gone = f"{why}; it is waited for"
            self._notice("camera-gone", self.gone)

    def _leave_off(self) -> None:
        """There is no more of these pictures: what was seen of a passage is all of it."""
        watch, self._watch = self._watch, None
        if watch is not None:
            self._wait_for(watch.finish())
            self._record_if_due(last=True)

    def _watch_anew(self) -> None:
        """The watch has failed, and another begins with the next picture: who came is recorded."""
        self._watch = None
        if self._clip is not None and self._last_ns is not None:
            self._wait_for(Span(self._clip.from_ns / NS, self._last_ns / NS))
        try:
            self._record_if_due(last=True)
        except Exception as error:  # what failed may be the clip itself
            self._unkept = True
            self._notice("recording-lost", f"a passage could not be recorded: {error}")

    def _close(self) -> None:
        """Nothing of this connection is needed any more: it ends where nobody holds it."""
        self._leave_off()
        self._feed = None
        self._ring.end()

    def _see(self, shot: Shot) -> None:
        feed = self._feed
        if feed is None:
            return
        if self._watch is not None and self._last_ns is not None and self._leapt(shot):
            went_on_ns, passed_ns = shot.pts_ns - self._last_ns, shot.arrival_ns - self._heard_ns
            self._leave_off()
            if abs(went_on_ns - passed_ns) > NS or went_on_ns < 0:
                self._say_set("a run over that moment is not timed")
        if self._watch is None:
            self._begin(feed)
        elif self.gone:  # one picture alone may be what was left of a connection that broke
            self.gone = ""
            self._notice("camera-back", f"{self._camera} is back")
        self._heard_ns = self._delivery.heard_ns = shot.arrival_ns
        self._last_ns = max(shot.pts_ns, self._last_ns or shot.pts_ns)
        self._turn_ns = shot.turn_ns
        if set_ns := self._clock.take(shot):
            by = f"by {set_ns / NS:+z.3f} s"
            self._say_set(f"{by}; a run over that moment is uncertain by as much")
        if self._placed and shot.packet.is_keyframe and not self._is_anybody_on():
            self._take_cones()
            self._since_ns = shot.pts_ns
        self._ring.add(shot)
        if (said := self._delivery.add(shot.pts_ns)) is not None:
            self._notice("camera-rate", f"{self._camera} {said}")
        for frame in feed.coding.decode(shot.packet):
            late = abs(frame.pts_ns - shot.pts_ns) > JUMP_NS  # of pictures before a leap
            late = late or frame.pts_ns < self._since_ns
            if self._watch is not None and not late and self._fits(frame.luma.shape):
                self._look(self._watch, frame)
        self._record_if_due()

    def _look(self, watch: LiveWatch, frame: Frame) -> None:
        """Look at a picture, and time whoever can be timed by it."""
        self._pictures.add(frame.pts_ns, frame.luma)
        for name, said in self._stands.see(frame.pts_ns, frame.luma):
            self._notice(name, f"{self._camera}: {said}")
            moved = replace(self._zone.profile, moved=self._stands.moved_since_placed)
            self._zone = self._timing.zone = replace(self._zone, profile=moved)
        self._wait_for(watch.feed(frame.pts_ns / NS, frame.luma))
        for passing in watch.passed():
            if self._clip is None:
                self._clip = self._begun(watch, passing)
            if self._clip is not None:
                self._seen_ns = frame.pts_ns
                if self._clip.see(passing):
                    ago_ns = frame.pts_ns - round(passing.instant_s * NS)
                    at_ns = self._now_ns - ago_ns
                    self.running.see(passing.marker, passing.velocity_mps, at_ns)
        clip = self._clip
        if clip is None:
            return
        if clip.is_due and (cut := self._ring.cut(clip.from_ns, frame.pts_ns)) is not None:
            timeline = self._clock.timeline(cut.shots)
            clip.settle(cut.shots, timeline)
            for run in clip.time():
                told = self._timing.tell(clip, run, timeline)
                self.running.told(told.marker2_ns)
                self._events.append(told)
            for one in clip.newly_crossed(timeline):
                self._events.append(self._timing.tell_crossing(clip, one))
        elif not watch.is_on and self._waiting is None and frame.pts_ns - self._seen_ns > NOBODY_NS:
            self._clip = None

    def _is_anybody_on(self) -> bool:
        """Whether somebody is on his way, or was and is not recorded yet."""
        watch = self._watch
        return watch is not None and bool(watch.is_on or self._clip or self._waiting)

    def _begun(self, watch: LiveWatch, passing: Passing) -> OpenClip | None:
        """A clip that begins before a passing; None where there can be none yet."""
        from_ns = round(watch.begins_s(passing.instant_s) * NS)
        cut = self._ring.cut(from_ns, round(passing.instant_s * NS))
        if cut is None or self._feed is None:
            return None
        timeline = self._clock.timeline(cut.shots)
        try:
            kept = self._timing.begin(cut, timeline, self._now_ns)
        except StationError:
            return None  # it is said when it is to be written
        return OpenClip(
            from_ns,
            cut,
            timeline,
            kept,
            stamped_by=self._clock.stamped_by,
            zone=self._zone,
            speeds_mps=self._speeds_mps,
            pictures=self._pictures,
            rotation_deg=self._feed.coding.rotation_deg,
            trail=watch.trail,
        )

    def _leapt(self, shot: Shot) -> bool:
        if self._last_ns is None or self._turn_ns is None:
            return False
        leapt = not -REORDERED_NS < shot.pts_ns - self._last_ns < JUMP_NS
        return leapt or (shot.packet.dts is not None and shot.turn_ns < self._turn_ns)

    def _say_set(self, how: str) -> None:
        self._notice("camera-clock-set", f"{self._camera}'s clock was set meanwhile: {how}")

    def _fits(self, shape: Sequence[int]) -> bool:
        width, height = self._zone.profile.picture_px
        fits = tuple(shape) == (height, width)
        if not fits and not self._misfit:
            self._misfit = True
            said = f"{self._camera} gives pictures of {shape[1]}x{shape[0]}, and the calibration "
            said += f"is for {width}x{height}: nothing is timed; set it so, or calibrate anew"
            self._notice("camera-misfit", said)
        return fits

    def _wait_for(self, span: Span | None) -> None:
        if span is not None:
            before = self._waiting or span
            self._waiting = Span(min(before.from_s, span.from_s), max(before.to_s, span.to_s))

    def _record_if_due(self, *, last: bool = False) -> None:
        """Make a clip of a span once all of it has come."""
        span = self._waiting
        if span is None or self._last_ns is None or not (last or self._last_ns > span.to_s * NS):
            return
        self._waiting = None
        clip, self._clip = self._clip, None
        from_ns = round(span.from_s * NS) if clip is None else clip.from_ns
        cut = self._ring.cut(from_ns, round(span.to_s * NS))
        if cut is None:
            return
        timeline = self._clock.timeline(cut.shots)
        if timeline.wrong:
            said = f"{self._camera}'s clock goes at {100 / timeline.rate:.1f} % of its speed: its "
            said += "times are doubtful; choose another format or program for it"
            self._notice("camera-clock", said)
        try:
            if clip is None:
                kept = self._timing.begin(cut, timeline, self._now_ns)
            else:
                kept, timeline = clip.kept, clip.settled(cut.shots, timeline)
            self._timing.record(kept, cut, timeline, self._clock.stamped_by, clip)
            if self._unkept:
                self._unkept = False
                self._notice("recording-kept", "passages are recorded again")
        except StationError as error:
            self._unkept = True
            self._notice("recording-lost", f"a passage could not be recorded: {error}")
        if bool(said := self._timing.clips.trouble()) != self._full:
            self._full = bool(said)
            self._notice("disk-full" if said else "disk-roomy", said or "the disk has room again")
