"""Planes → a video file whose timestamps are exactly those that were asked for.

It decides how a recording is compressed and stored. It knows nothing about what is in the picture.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream
from numpy.typing import NDArray

from hardware.errors import StationError
from station.simulator.scene import CODECS, Scene

_SUFFIXES = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
_PRESETS = {"h264": {"preset": "ultrafast"}, "hevc": {"preset": "ultrafast"},
            "vp9": {"deadline": "realtime", "cpu-used": "8"}, "av1": {"preset": "12"}}  # fmt: skip


def ticks_per_s(out: Path) -> int:
    """Say how finely a file of this kind can stamp a frame.

    Raises:
        StationError: No container that can be written has such a suffix.
    """
    if out.suffix.lower() not in _SUFFIXES:
        known = ", ".join(_SUFFIXES)
        raise StationError(f"cannot write {out.name}: use a name that ends in {known}")
    return 1000 if out.suffix.lower() in (".mkv", ".webm") else 90000


class Film:
    """An open recording: frames go in with their ticks."""

    def __init__(self, container: av.container.OutputContainer, stream: VideoStream) -> None:
        self._container, self._stream = container, stream
        self._frame = av.VideoFrame(stream.width, stream.height, "yuv420p")
        self._frame.time_base = stream.codec_context.time_base

    def add(self, planes: NDArray[np.uint8], tick: int) -> None:
        """Append one frame (yuv420p planes, shape (height * 3 / 2, width)) at its tick."""
        self._frame.make_writable()  # it stays the same: new memory costs more than the copy
        height_px = self._frame.height
        halves = planes[height_px:].reshape(2, height_px // 2, self._frame.width // 2)
        for plane, values in zip(self._frame.planes, (planes[:height_px], *halves), strict=True):
            rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
            rows[:, : plane.width] = values
        self._frame.pts = tick
        self._container.mux(self._stream.encode(self._frame))


@contextmanager
def filming(scene: Scene, out: Path, suffix: str) -> Iterator[Film]:
    """Open a recording at `out`, stored as `suffix` says; it is complete when the block ends."""
    os.environ.setdefault("SVT_LOG", "1")  # else the AV1 encoder tells its settings to stderr
    options = {"movflags": "use_metadata_tags"} if suffix in (".mp4", ".mov") else {}
    with av.open(str(out), "w", format=_SUFFIXES[suffix], options=options) as container:
        if scene.capture_fps is not None:
            container.metadata["com.android.capture.fps"] = f"{scene.capture_fps:.6f}"
        options = dict(_PRESETS.get(scene.codec, {}))
        if scene.bitrate_mbps is None and scene.codec != "mjpeg":
            options["crf"] = f"{scene.crf:g}"
        if scene.codec == "hevc":
            options["x265-params"] = "log-level=error"
        rate = Fraction(scene.fps).limit_denominator(1001)
        stream = container.add_stream(CODECS[scene.codec], rate=rate, options=options)
        assert isinstance(stream, VideoStream)
        _set_up(stream.codec_context, scene, Fraction(1, ticks_per_s(out.with_suffix(suffix))))
        if scene.rotation_deg:
            stream.set_display_rotation(-scene.rotation_deg)  # counter-clockwise, as they have it
        with _priority_kept():
            container.start_encoding()
        yield Film(container, stream)
        container.mux(stream.encode(None))


@contextmanager
def _priority_kept() -> Iterator[None]:
    """Take back the real-time priority that SVT-AV1 gives whoever opens it, where it may."""
    known = hasattr(os, "sched_getscheduler")
    before = os.sched_getscheduler(0) if known else 0
    yield
    if known and os.sched_getscheduler(0) != before:
        os.sched_setscheduler(0, before, os.sched_param(0))


def _set_up(context: VideoCodecContext, scene: Scene, time_base: Fraction) -> None:
    """Tell the encoder what it gets."""
    context.width, context.height = scene.stored_px
    context.pix_fmt = "yuvj420p" if scene.codec == "mjpeg" else "yuv420p"
    context.time_base = time_base
    context.gop_size = max(1, round(scene.keyframe_s * scene.fps))
    context.thread_count = 1
    if scene.bitrate_mbps is not None:
        context.bit_rate = round(scene.bitrate_mbps * 1e6)
    elif scene.codec == "vp9":
        context.bit_rate = 0
    elif scene.codec == "mjpeg":
        context.qmin, context.qmax = 3, 3
