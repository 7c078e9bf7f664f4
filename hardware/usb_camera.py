"""A camera in a USB port, or in the laptop's lid, by OpenCV.

It decides what the camera is asked for: JPEGs, so that many pictures a second fit through the
cable; the calibration's size; a short exposure that stays; and which of its timestamps can be
believed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import log2
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.camera import CameraGoneError, Shot, StampedBy
from hardware.clock import Clock
from hardware.coding import Coding
from hardware.errors import StationError
from hardware.jpeg import BEGINS, jpeg_shot

FIRST = 8  # pictures by which timestamps are judged; exposure settles meanwhile
PLAUSIBLE = (0.5, 2.0)  # of the time that passes between arrivals
JPEG_QUALITY = 95  # where the camera's own JPEGs cannot be had
NS_PER_MS = 1_000_000
S_CTRL = 0xC008561C  # Linux, videodev2.h: VIDIOC_S_CTRL, and the control that may halve the rate
AUTO_PRIORITY = 0x009A0903


class Capture(Protocol):
    """What is used of `cv2.VideoCapture`."""

    def isOpened(self) -> bool: ...  # noqa: D102, N802
    def set(self, what: int, value: float) -> bool: ...  # noqa: D102
    def get(self, what: int) -> float: ...  # noqa: D102
    def grab(self) -> bool: ...  # noqa: D102
    def retrieve(self) -> tuple[bool, Any]: ...  # noqa: D102
    def release(self) -> None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a camera is asked for.

    Attributes:
        picture_px: Width and height.
        rate_hz: Pictures a second.
        exposure_s: How long each is exposed; None leaves that to the camera.
    """

    picture_px: tuple[int, int]
    rate_hz: float = 60.0
    exposure_s: float | None = 0.002


class UsbCamera:
    """A camera by its number."""

    def __init__(
        self,
        number: int,
        wanted: Wanted,
        clock: Clock,
        capture: Callable[[int], Capture] | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            number: Which, from 0.
            wanted: What it is asked for.
            clock: Station time.
            capture: Opens it; OpenCV by default.
        """
        self.name, self.asked_hz = f"camera {number}", wanted.rate_hz
        self._number, self._wanted, self._clock = number, wanted, clock
        self._capture = capture or _opened

    def open(self) -> UsbFeed:
        """Set it up and wait for pictures; see `hardware.camera.Camera`."""
        capture = self._capture(self._number)
        if not capture.isOpened():
            capture.release()
            raise CameraGoneError(
                f"{self.name} is not there, or another program uses it: plug it in, or close that"
            )
        _set_up(capture, self._wanted, self._number)
        try:
            return UsbFeed(self.name, capture, self._clock)
        except CameraGoneError:
            capture.release()
            raise


class UsbFeed:
    """A camera that is being read."""

    def __init__(self, name: str, capture: Capture, clock: Clock) -> None:
        """Judge its first pictures.

        Raises:
            CameraGoneError: There are none.
        """
        self._name, self._capture, self._clock = name, capture, clock
        self._encoded = True
        first = [self._read() for _ in range(FIRST)]
        driver_ms, arrival_ns = [one[1] for one in first], [one[2] for one in first]
        self.stamped_by: StampedBy = "driver" if believable(driver_ms, arrival_ns) else "arrival"
        try:
            self.coding = Coding.of_jpeg(first[-1][0])
        except StationError as error:
            raise CameraGoneError(f"{name}: {error}") from None
        self._last_ms = driver_ms[-1]

    def next(self) -> Shot:
        """Wait for the next picture; see `hardware.camera.Feed`."""
        while True:
            picture, driver_ms, arrival_ns = self._read()
            if self.stamped_by == "arrival":
                return jpeg_shot(picture, arrival_ns, arrival_ns)
            if driver_ms != self._last_ms:  # else the driver gave the same once more
                self._last_ms = driver_ms
                return jpeg_shot(picture, round(driver_ms * NS_PER_MS), arrival_ns)

    def close(self) -> None:
        """Let it go."""
        self._capture.release()

    def _read(self) -> tuple[bytes, float, int]:
        """A JPEG, the driver's timestamp and when it was read."""
        while True:
            if not self._capture.grab():
                raise CameraGoneError(f"{self._name} gives no pictures; plug it in again")
            arrival_ns = self._clock.now_ns()
            got, picture = self._capture.retrieve()
            driver_ms = self._capture.get(cv2.CAP_PROP_POS_MSEC)
            if not got or picture is None:
                raise CameraGoneError(f"{self._name} gives no pictures; plug it in again")
            data = as_jpeg(picture)
            if data is not None:
                return data, driver_ms, arrival_ns
            if not self._encoded:
                raise CameraGoneError(
                    f"{self._name} gives pictures of an unknown form {picture.shape}; choose "
                    "another camera"
                )
            self._encoded = False  # raw, and not JPEG: then OpenCV is to make pictures of it
            self._capture.set(cv2.CAP_PROP_CONVERT_RGB, 1)


def believable(driver_ms: Sequence[float], arrival_ns: Sequence[int]) -> bool:
    """Whether a driver's timestamps are any: going on, about as fast as time does."""
    steps_ms = np.diff(driver_ms)
    arrived_ms = (arrival_ns[-1] - arrival_ns[0]) / NS_PER_MS
    low, high = PLAUSIBLE
    return bool(
        driver_ms[0] > 0
        and (steps_ms >= 0).all()
        and low * arrived_ms < steps_ms.sum() < high * arrived_ms
    )


def as_jpeg(picture: NDArray[np.uint8]) -> bytes | None:
    """A picture as OpenCV gives it, compressed; None where it is in some other raw form."""
    if picture.ndim == 3 and picture.shape[2] == 3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        return bytes(cv2.imencode(".jpg", picture, quality)[1].tobytes())
    data = picture.tobytes()
    return data if data.startswith(BEGINS) else None


def _set_up(capture: Capture, wanted: Wanted, number: int) -> None:
    """Ask for what is wanted; a camera may refuse any of it."""
    linux = sys.platform == "linux"
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, wanted.picture_px[0])
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, wanted.picture_px[1])
    capture.set(cv2.CAP_PROP_FPS, wanted.rate_hz)
    capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)  # the camera's own JPEGs, where it can be had
    capture.set(cv2.CAP_PROP_AUTOFOCUS, 0)
    if linux:
        _keep_rate(number)
    if wanted.exposure_s is not None:
        # By hand, in tenths of a millisecond on Linux; elsewhere as a power of two, of seconds.
        capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, 1 if linux else 0.25)
        value = wanted.exposure_s * 10_000 if linux else round(log2(wanted.exposure_s))
        capture.set(cv2.CAP_PROP_EXPOSURE, value)


def _keep_rate(number: int) -> None:
    """Forbid the driver to give fewer pictures for longer exposures."""
    import fcntl
    import struct

    with suppress(OSError):
        device = os.open(f"/dev/video{number}", os.O_RDWR | os.O_NONBLOCK)
        try:
            fcntl.ioctl(device, S_CTRL, struct.pack("Ii", AUTO_PRIORITY, 0))
        finally:
            os.close(device)


def _opened(number: int) -> Capture:
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    captured: Capture = cv2.VideoCapture(number)
    return captured
