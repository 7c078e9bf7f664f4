"""How the clocks of two cameras go together, and the file that keeps it.

It decides how far the second camera's time can be put on the first one's, the less sure the longer
ago both saw the same flash. It looks at no picture; `calibration.flashes` measures.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, fields, replace
from math import hypot, isfinite
from pathlib import Path
from typing import Literal

import msgspec

from hardware.errors import StationError
from hardware.files import write_whole
from hardware.toml import toml

VERSION = 1
USUAL_GAIN_SD = 30e-6  # relative: two phones' crystals, by their data sheets
HEADER = """\
# How the clocks of two cameras go together, written by `station sync-cameras`: what the second
# says less what the first says at one moment. ± is one standard deviation here.
"""
REMEDY = "make it anew with `station sync-cameras A B`"


@dataclass(frozen=True, slots=True)
class CameraSync:
    """Two cameras' clocks.

    Attributes:
        clock: What they are: the timestamps of two recordings, or, of live cameras, station time
            as far as each camera's delay leaves it.
        first: Name of the first camera or recording.
        second: Name of the second.
        offset_s: What the second says less what the first says, at one moment.
        offset_sd_s: One standard deviation of it.
        at_s: That moment, on the second's clock.
        gain: By how much the second is faster, relative.
        gain_sd: One standard deviation of it.
        flashes: How many times a light was seen to change by both.
        unsure: Whether a camera was lost or its clock was set since, so that its delay may be
            another.
    """

    clock: Literal["recordings", "cameras"]
    first: str
    second: str
    offset_s: float
    offset_sd_s: float
    at_s: float = 0.0
    gain: float = 0.0
    gain_sd: float = USUAL_GAIN_SD
    flashes: int = 0
    unsure: bool = False

    def on_first(self, second_s: float) -> tuple[float, float]:
        """Put an instant of the second's clock on the first's.

        Args:
            second_s: Seconds on the second's clock.

        Returns:
            Seconds on the first's, and one standard deviation of them.
        """
        since_s = second_s - self.at_s
        first_s = second_s - self.offset_s - self.gain * since_s
        return first_s, hypot(self.offset_sd_s, self.gain_sd * since_s)

    @property
    def swapped(self) -> CameraSync:
        """The same with the cameras named the other way round."""
        at_s, _ = self.on_first(self.at_s)
        return replace(
            self,
            first=self.second,
            second=self.first,
            offset_s=-self.offset_s,
            at_s=at_s,
            gain=-self.gain,
        )

    def played(self, begun_s: float) -> CameraSync:
        """The same of two recordings that are played from one moment of station time on."""
        return replace(self, clock="cameras", at_s=self.at_s + begun_s)


@dataclass(frozen=True, slots=True)
class _Kept:
    """The file's keys."""

    version: int
    clock: Literal["recordings", "cameras"]
    first: str
    second: str
    offset_ms: float
    offset_sd_ms: float
    at_s: float
    gain_ppm: float
    gain_sd_ppm: float
    flashes: int
    unsure: bool = False


def dump(sync: CameraSync) -> str:
    """The TOML text."""
    kept = _Kept(
        VERSION,
        sync.clock,
        sync.first,
        sync.second,
        round(sync.offset_s * 1e3, 6),
        round(sync.offset_sd_s * 1e3, 6),
        round(sync.at_s, 6),
        round(sync.gain * 1e6, 3),
        round(sync.gain_sd * 1e6, 3),
        sync.flashes,
        sync.unsure,
    )
    lines = [
        f"{key} = {toml(value)}\n"
        for key, value in asdict(kept).items()
        if value or key != "unsure"
    ]
    return HEADER + "".join(lines)


def load_sync(path: Path) -> CameraSync:
    """Read what `station sync-cameras` wrote.

    Args:
        path: Its file.

    Raises:
        StationError: It is missing, unreadable, malformed, or holds impossible values.
    """
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StationError(f"no file {path}; {REMEDY} -o {path}") from None
    except OSError as error:
        raise StationError(f"cannot read {path} ({error.strerror}); name a readable file") from None
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        said = " ".join(str(error).split())
        raise StationError(f"{path} does not say how two clocks go: {said}; {REMEDY}") from None


def _parsed(text: str) -> CameraSync:
    return sync_of(tomllib.loads(text))


def sync_of(table: dict[str, object]) -> CameraSync:
    """Two cameras' clocks from what TOML says.

    Raises:
        ValueError: It is of another version, has unknown keys or impossible values.
        msgspec.ValidationError: A value is of the wrong kind.
    """
    if unknown := table.keys() - {field.name for field in fields(_Kept)}:
        raise ValueError(f"it has an unknown key, {min(unknown)}")
    kept = msgspec.convert(table, _Kept)
    if kept.version != VERSION:
        raise ValueError(f"its version is {kept.version}, and this program reads {VERSION}")
    numbers = kept.offset_ms, kept.offset_sd_ms, kept.at_s, kept.gain_ppm, kept.gain_sd_ppm
    if not all(map(isfinite, numbers)) or min(kept.offset_sd_ms, kept.gain_sd_ppm) < 0:
        raise ValueError("its numbers are not finite, or a ± is negative")
    return CameraSync(
        kept.clock,
        kept.first,
        kept.second,
        kept.offset_ms / 1e3,
        kept.offset_sd_ms / 1e3,
        kept.at_s,
        kept.gain_ppm / 1e6,
        kept.gain_sd_ppm / 1e6,
        kept.flashes,
        kept.unsure,
    )


def save_sync(sync: CameraSync, path: Path) -> None:
    """Write it, whole or not at all.

    Raises:
        StationError: The file cannot be written.
    """
    write_whole(path, dump(sync).encode())
