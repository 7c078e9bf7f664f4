"""A filmed scene as every kind of camera would send it; faked are bytes, captures and clocks."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np

from calibration.geometry import fit_zone
from calibration.profile import load_profile
from hardware.camera import Camera, CameraGoneError, Shot
from hardware.camera_reader import Opened, Over
from hardware.clips import Clips
from hardware.clock import ManualClock
from hardware.http_camera import HttpCamera
from hardware.played_camera import PlayedCamera
from hardware.stream_camera import StreamCamera
from hardware.usb_camera import UsbCamera, Wanted
from hardware.video import open_video
from station.camera.events import CameraEvent, CameraNotice, FilmedRun
from station.camera.timing import CameraTiming
from station.simulator import Scene

NS = 1_000_000_000
BEGUN_NS = 7_000 * NS
WARM_NS = NS  # a USB camera's first pictures are looked at for their timestamps only
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 92]
TODAY = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FILM = Scene(
    runs=2, size="640x360", keyframe_s=1.0, walk_back=False, rest_s=3.0, idle_s=2.2, seed=41
)
SHORT_FILM = replace(FILM, runs=1)


def zone_beside(video: Path):
    return fit_zone(load_profile(video.with_suffix(".toml")))


class Waits:
    """A station clock that goes on when somebody waits."""

    def __init__(self) -> None:
        self.clock = ManualClock(BEGUN_NS)

    def __call__(self, wait_s: float) -> None:
        self.clock.advance(round(wait_s * NS))


def played(video: Path) -> tuple[PlayedCamera, ManualClock]:
    waits = Waits()
    return PlayedCamera(video, waits.clock, waits), waits.clock


@cache
def jpegs(video: Path) -> list[tuple[int, bytes]]:
    """Each picture with its timestamp."""
    with open_video(video) as opened:
        return [
            (pts_ns, cv2.imencode(".jpg", picture, QUALITY)[1].tobytes())
            for pts_ns, picture in opened.pictures()
        ]


class Sent:
    """What an HTTP camera answers; a picture arrives some milliseconds after it was taken."""

    content_type, boundary = "multipart/x-mixed-replace", "--frame"

    def __init__(self, video: Path, clock: ManualClock, *, stamped: bool) -> None:
        self._clock, self._begun_ns = clock, clock.now_ns()
        self._late_s = np.abs(np.random.default_rng(5).normal(0.004, 0.0012, len(jpegs(video))))
        self._bytes = self._parts(video, stamped)

    def read(self) -> bytes:
        return next(self._bytes, b"")

    def close(self) -> None:
        pass

    def _parts(self, video: Path, stamped: bool) -> Iterator[bytes]:
        for (pts_ns, picture), late_s in zip(jpegs(video), self._late_s, strict=True):
            due_ns = self._begun_ns + pts_ns + round(late_s * NS)
            self._clock.advance(max(0, due_ns - self._clock.now_ns()))
            stamp = f"X-Timestamp: {1_790_000_000 + pts_ns / NS:.6f}\r\n" if stamped else ""
            head = f"--frame\r\n{stamp}Content-Length: {len(picture)}\r\n\r\n".encode()
            yield head
            yield picture + b"\r\n"


def http(video: Path, *, stamped: bool) -> tuple[HttpCamera, ManualClock]:
    clock = ManualClock(BEGUN_NS)
    camera = HttpCamera(
        "http://u:p@cam/video", clock, lambda _: Sent(video, clock, stamped=stamped)
    )
    return camera, clock


class Captured:
    """What OpenCV gives of a USB camera."""

    def __init__(self, video: Path, clock: ManualClock, *, driver: bool) -> None:
        self._clock, self._begun_ns, self._driver = clock, clock.now_ns() + WARM_NS, driver
        first_ns, first = jpegs(video)[0]
        warm = [(first_ns - n * NS // 30, first) for n in range(9, 0, -1)]
        self._pictures = iter([*warm, *jpegs(video)])
        self._now: tuple[int, bytes] = warm[0]
        self.asked: dict[int, float] = {}
        self.released = False
        self._jitter = np.random.default_rng(6)

    def isOpened(self) -> bool:  # noqa: N802 - its name in OpenCV
        return True

    def set(self, what: int, value: float) -> bool:
        self.asked[what] = value
        return True

    def get(self, what: int) -> float:
        assert what == cv2.CAP_PROP_POS_MSEC
        return 60_000 + self._now[0] / 1e6 if self._driver else 0.0

    def grab(self) -> bool:
        self._now = next(self._pictures, (0, b""))
        late_ns = round(abs(self._jitter.normal(0.004, 0.0012)) * NS)
        due_ns = self._begun_ns + self._now[0] + late_ns
        self._clock.advance(max(0, due_ns - self._clock.now_ns()))
        return bool(self._now[1])

    def retrieve(self):
        raw = np.frombuffer(self._now[1], np.uint8)
        if self.asked.get(cv2.CAP_PROP_CONVERT_RGB) == 0 and self._driver:
            return True, raw[None]  # V4L2 hands the camera's JPEG on, others do not
        return True, cv2.imdecode(raw, cv2.IMREAD_COLOR)

    def release(self) -> None:
        self.released = True


def usb(video: Path, *, driver: bool) -> tuple[UsbCamera, ManualClock]:
    clock = ManualClock(BEGUN_NS - WARM_NS)
    wanted = Wanted((640, 360), 30.0)
    return UsbCamera(0, wanted, clock, lambda _: Captured(video, clock, driver=driver)), clock


def transport_stream(video: Path) -> bytes:
    """The same packets in a transport stream."""
    kept = io.BytesIO()
    with av.open(str(video)) as source, av.open(kept, "w", format="mpegts") as target:
        stream = source.streams.video[0]
        out = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.size:
                packet.stream = out
                target.mux(packet)
    return kept.getvalue()


@contextmanager
def streamed(video: Path) -> Iterator[tuple[StreamCamera, ManualClock]]:
    """A camera that sends a transport stream over TCP on this computer, as fast as it goes."""
    data, clock = transport_stream(video), ManualClock(BEGUN_NS)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(data)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield StreamCamera(f"tcp://127.0.0.1:{server.getsockname()[1]}", clock), clock
        thread.join()


class Station:
    """A camera's timing in simulated time."""

    def __init__(self, video: Path, folder: Path, name: str = "cam", placed_on=None) -> None:
        self.zone = zone_beside(video)
        self.clips = Clips(folder / "clips")
        self.executor = ThreadPoolExecutor(1)
        self.timing = CameraTiming(
            name,
            self.zone,
            self.clips,
            executor=self.executor,
            utc=lambda: TODAY,
            placed_on=placed_on,
        )
        self.told: list[CameraEvent] = []
        self.told_at_ns: list[int] = []

    def see(self, camera: Camera, clock: ManualClock, *, paced: bool = False) -> None:
        """Everything that a camera has, then the end."""
        feed = camera.open()
        self.take(Opened(clock.now_ns(), feed))
        while True:
            if paced:  # arrivals as in real time, where the bytes come as fast as they can
                clock.advance(NS // 30)
            try:
                shot = feed.next()
            except CameraGoneError:
                shot = None
            if shot is None:
                break
            self.take(shot)
        feed.close()
        self.take(Over(clock.now_ns()))
        self.finish()

    def take(self, filmed) -> None:
        self.told += self.timing.take(filmed)
        at_ns = filmed.arrival_ns if isinstance(filmed, Shot) else filmed.at_ns
        self.told_at_ns += [at_ns] * (len(self.told) - len(self.told_at_ns))

    def finish(self) -> None:
        self.told += self.timing.finish()
        self.executor.shutdown()

    def waits_s(self) -> list[float]:
        """How long after Marker 3 each run was told."""
        told = zip(self.told, self.told_at_ns, strict=False)  # what is told at the end is not
        return [(at_ns - one.marker3_ns) / NS for one, at_ns in told if isinstance(one, FilmedRun)]

    def of(self, kind):
        return [event for event in self.told if isinstance(event, kind)]

    def names(self) -> list[str]:
        return [event.name for event in self.of(CameraNotice)]
