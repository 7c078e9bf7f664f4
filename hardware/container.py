"""Opening a media file: an open container and its video stream, or one line that says why not.

It decides what counts as a video, and when it says that it was recorded. It reads no packet and
decodes nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Literal, get_args

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from hardware.errors import StationError

STILL_BRANDS = frozenset({"avif", "heic", "heix", "mif1"})
"""Brands of the MP4 family that hold a single picture."""
REFERRING = frozenset(
    {"concat", "dash", "hls", "imf", "lavfi", "rtp", "rtsp", "sap", "sdp", "webm_dash_manifest"}
)
"""Formats that hold no pictures but say where others are: in other files, or on the network."""
MOVIE_BOXES = frozenset({b"ftyp", b"mdat", b"wide", b"free", b"skip"})
"""First boxes of an MP4 or MOV file."""
RECORDED_TAGS = ("com.apple.quicktime.creationdate", "creation_time")
"""When it was recorded; the first outlives an export, which gives the second a new value."""
FIRST_PHONES = 2000  # an earlier year is a clock that was never set
ANDROID = "com.android."
CLOCK_TAG, CLOCK_SIGMA_TAG = "station.clock", "station.clock_sigma_s"
"""Our own clips say whose clock stamped them, how well that is known, …"""
BEGINS_TAG, RATE_TAG = "station.begins_at_ns", "station.clock_rate"
"""… how it went with station time, …"""
SPEEDS_TAG = "station.speeds_mps"
"""… and who counted as running when it was timed first: slowest:fastest."""


StampedBy = Literal["device", "driver", "arrival"]
"""Whose clock timestamps are of: the camera's own, the computer's driver's, or when we read it."""
STAMPED_BY: dict[str, StampedBy] = {one: one for one in get_args(StampedBy)}


@dataclass(frozen=True, slots=True)
class StationClock:
    """How the timestamps of a clip of ours went with station time.

    Attributes:
        stamped_by: Whose clock they are of.
        begins_at_ns: Station time of the first picture.
        rate: Seconds of station time per second of timestamps.
    """

    stamped_by: StampedBy
    begins_at_ns: int
    rate: float

    def at_s(self, since_first_s: float) -> float:
        """Station time so long after the first picture."""
        return self.begins_at_ns * 1e-9 + since_first_s * self.rate


@contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """A video file, open at its beginning, and its first video stream that is no cover picture.

    Raises:
        StationError: It cannot be read or is no video.
    """
    head = _head(path)
    try:
        # "file:" keeps a colon in the name from being taken for a protocol.
        container = av.open(
            f"file:{path}",
            container_options={
                "protocol_whitelist": "file",
                "format_whitelist": ",".join(av.formats_available - REFERRING),
            },
            metadata_errors="replace",  # not every camera writes its tags in UTF-8
        )
    except av.error.FFmpegError:
        if head[4:] in MOVIE_BOXES:
            raise StationError(
                f"{path}: cut short before its index (moov) was written; let the phone's own app "
                "repair it, or untrunc with a good clip of the same phone"
            ) from None
        raise _no_video(path, head) from None
    with container:
        kind = container.format.name
        if kind == "tty":  # FFmpeg renders plain text
            raise _no_video(path, head)
        if (
            kind == "image2"
            or kind.endswith("_pipe")
            or container.metadata.get("major_brand") in STILL_BRANDS
        ):
            raise StationError(f"{path}: a picture ({kind}), not a video; choose the recording")
        for stream in container.streams.video:
            if not stream.disposition & Disposition.attached_pic:
                if stream.codec_context is None:
                    raise StationError(
                        f"{path}: no decoder for its codec; export it as H.264 in MP4"
                    )
                stream.thread_type = "AUTO"
                # FFmpeg takes one more by itself, which only competes with whoever looks on.
                stream.codec_context.thread_count = os.cpu_count() or 1
                yield container, stream
                return
        held = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise StationError(f"{path}: no video stream (it holds {held}); choose the recording")


def recorded_utc(tags: Mapping[str, str]) -> str | None:
    """When a file says that it was recorded: ISO 8601 text in UTC, None where it does not."""
    for name in RECORDED_TAGS:
        try:
            recorded = datetime.fromisoformat(tags[name])
            if recorded.tzinfo is not None and recorded.year >= FIRST_PHONES:
                utc = recorded.astimezone(UTC).isoformat(timespec="microseconds")
                return utc.replace("+00:00", "Z")
        except (KeyError, ValueError, OverflowError):
            continue
    return None


def recorded_at_end(tags: Mapping[str, str]) -> bool:
    """Whether that is when the recording ended: Android writes it then, others as it begins."""
    return any(name.startswith(ANDROID) for name in tags)


def clock_sigma_s(tags: Mapping[str, str]) -> float:
    """What a clip of ours leaves unknown of a time as long as it, one sd; 0 of other files."""
    try:
        sigma_s = float(tags.get(CLOCK_SIGMA_TAG, "0"))
    except ValueError:
        return 0.0
    return sigma_s if 0 <= sigma_s < inf else 0.0


def station_clock(tags: Mapping[str, str]) -> StationClock | None:
    """How a clip of ours went with station time; None of other files."""
    try:
        begins_at_ns, rate = int(tags[BEGINS_TAG]), float(tags[RATE_TAG])
    except (KeyError, ValueError):
        return None
    stamped_by = STAMPED_BY.get(tags.get(CLOCK_TAG, ""))
    return StationClock(stamped_by, begins_at_ns, rate) if stamped_by and rate > 0 else None


def speeds_mps(tags: Mapping[str, str]) -> tuple[float, float] | None:
    """Slowest and fastest that counted as a run when a clip of ours was timed; else None."""
    try:
        slowest, fastest = map(float, tags[SPEEDS_TAG].split(":"))
    except (KeyError, ValueError):
        return None
    return (slowest, fastest) if 0 < slowest < fastest < inf else None


def _head(path: Path) -> bytes:
    """The first eight bytes, which tell whether the file can be read at all."""
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():  # a pipe would wait forever
            raise StationError(f"{path}: a pipe or a device, not a saved video; name a file")
        with path.open("rb") as file:
            head = file.read(8)
    except FileNotFoundError:
        raise StationError(f"{path}: no such file; check the name") from None
    except IsADirectoryError:
        raise StationError(f"{path}: a folder, not a video; name a file in it") from None
    except OSError as error:
        raise StationError(f"{path}: {error.strerror}; make the file readable") from None
    if not head:
        raise StationError(f"{path}: 0 bytes long; copy it from the camera again")
    return head


def _no_video(path: Path, head: bytes) -> StationError:
    return StationError(
        f"{path}: not a video (begins with {head!r}); choose an MP4, MOV, MKV or the like"
    )
