"""How what a session stands on is: camera, gates, sound, recorder, disk, battery (pure).

It decides when each is well, in doubt or bad, the word for it, and what helps. It reads no device:
others say what was found. What was told as a piece of news already is not said here once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from station.gates.standing import GateStands, GateState
from station.session.shown import Device

SLOW = 0.9  # of the pictures asked for: a camera that delivers fewer has trouble
LEAKY = 0.02  # of the pictures left out, likewise
SILENT_S = 1.5  # without a picture: no network stutters so long
LEAST_H = 2.0  # of room on the disk, for a session
MOST_H = 99.0
SPARE = 1.3  # of the time that the workout still needs, a battery should last
FLAT = 0.15  # so little charge is too little, however long it may last
GB = 1e9


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a camera delivers.

    Attributes:
        rate_hz: Pictures a second; None before they can be counted.
        asked_hz: So many it was asked for, or once gave.
        missing_ratio: The share that is left out.
        silent_s: How long ago the last picture came; None before the first.
    """

    rate_hz: float | None
    asked_hz: float | None
    missing_ratio: float = 0.0
    silent_s: float | None = 0.0


def camera(filming: Delivered, wrong: str = "", name: str = "camera") -> Device:
    """A camera's place in the state row.

    Args:
        filming: What it delivers.
        wrong: In a word, what was told of it; empty where nothing was.
        name: Which, where there are two.
    """
    if wrong:
        return Device(name=name, state="bad", word=wrong)
    if filming.silent_s is not None and filming.silent_s > SILENT_S:
        remedy = f"{name} has sent no picture for {filming.silent_s:.0f} s: see that it is on, and "
        remedy += "in reach of its network"
        return Device(name=name, state="bad", word="no picture", remedy=remedy)
    if filming.rate_hz is None:
        blind = f"{name} does not see yet: wait with the start, or the run is not filmed"
        remedy = blind if filming.silent_s is None else ""
        return Device(name=name, state="doubt", word="starts", remedy=remedy)
    asked_hz = max(filming.asked_hz or 0.0, filming.rate_hz)
    word, remedy = f"{filming.rate_hz:.1f} fps", ""
    if filming.rate_hz < SLOW * asked_hz:
        word = f"{filming.rate_hz:.0f} of {asked_hz:.0f} fps"
        remedy = (
            f"{name} delivers {word}: it is too dark for the locked exposure, or its cable or "
            "network is too slow; bring light, or fewer pixels, or accept a wider ±"
        )
    elif filming.missing_ratio > LEAKY:
        word = f"drops {100 * filming.missing_ratio:.0f} %"
        remedy = (
            f"{name} {word} of its pictures: close other programs, or come nearer to its network"
        )
    return Device(name=name, state="doubt" if remedy else "good", word=word, remedy=remedy)


_GATES: dict[GateState, tuple[Literal["good", "doubt", "bad"], str]] = {
    "good": ("good", "ok"),
    "cold": ("doubt", "clock cold"),
    "blocked": ("bad", "blocked"),
    "mad": ("bad", "flickers"),
    "silent": ("bad", "silent"),
    "gone": ("bad", "unplugged"),
    "unheard": ("doubt", "not heard yet"),
}


def gates(stand: Sequence[GateStands]) -> tuple[Device, ...]:
    """The gates' places in the state row: one for each marker."""
    return tuple(
        Device(name=one.name, state=_GATES[one.state][0], word=_GATES[one.state][1])
        for one in stand
    )


def sound(device: str | None, *, wanted: bool, muted: bool) -> Device:
    """The loudspeaker's place.

    Args:
        device: What plays; None where nothing is heard.
        wanted: Whether anything is to be heard.
        muted: Whether times are not spoken.
    """
    if not wanted:
        return Device(name="sound", state="off", word="off")
    if device is None:
        return Device(name="sound", state="bad", word="not heard")
    return Device(name="sound", state="good", word="no times" if muted else "on")


def recorder(used_bytes: int | None, may_bytes: int, wrong: str = "") -> Device:
    """The recorder's place.

    Args:
        used_bytes: What recordings take on the disk; None where nothing is filmed, and the journal
            is all that is written.
        may_bytes: What they may take.
        wrong: In a word, what was told of it; empty where nothing was.
    """
    word = "writing"
    if used_bytes is not None:
        word = f"{used_bytes / GB:.1f} of {may_bytes / GB:.0f} GB"
    return Device(name="rec", state="bad" if wrong else "good", word=wrong or word)


def disk(free_bytes: float, bytes_per_h: float) -> Device:
    """The disk's place: for how many hours there is room.

    Args:
        free_bytes: Where there is least.
        bytes_per_h: What is written in an hour; 0 where what is written makes room for itself.
    """
    left_h = min(free_bytes / bytes_per_h, MOST_H) if bytes_per_h else MOST_H
    word = f"{left_h:.0f} h" if left_h < MOST_H else "over 99 h"
    if left_h >= LEAST_H:
        return Device(name="disk", state="good", word=word)
    word = f"{60 * left_h:.0f} min"
    remedy = f"the disk has room for {word} more: delete what is not needed, or another disk"
    return Device(name="disk", state="bad" if left_h < 1 else "doubt", word=word, remedy=remedy)


def battery(charge_ratio: float, left_s: float | None, *, plugged: bool, needs_s: float) -> Device:
    """The battery's place.

    Args:
        charge_ratio: How full it is.
        left_s: How long it lasts by the system's estimate, None where it has none.
        plugged: Whether the laptop runs from the mains.
        needs_s: How long the workout takes yet.
    """
    charge = f"{100 * charge_ratio:.0f} %"
    if plugged:
        return Device(name="battery", state="good", word=f"{charge}, plugged in")
    if left_s is None:
        flat = charge_ratio < FLAT
        remedy = f"the battery has {charge} left: plug it in" if flat else ""
        state: Literal["good", "doubt", "bad"] = "bad" if flat else "good"
        return Device(name="battery", state=state, word=charge, remedy=remedy)
    left, needs = _hours(left_s), _hours(needs_s)
    if left_s >= SPARE * needs_s and charge_ratio >= FLAT:
        return Device(name="battery", state="good", word=left)
    remedy = f"the battery lasts {left}, and the workout needs {needs} yet: plug it in"
    state = "bad" if left_s < needs_s else "doubt"
    return Device(name="battery", state=state, word=left, remedy=remedy)


def _hours(seconds: float) -> str:
    """Hours and minutes, as "2 h 10"."""
    hours, minutes = divmod(int(seconds) // 60, 60)
    return f"{hours} h {minutes:02}" if hours else f"{minutes} min"
