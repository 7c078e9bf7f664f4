"""The laptop's battery: how full it is, and how long it lasts.

It decides nothing. The system's own estimate is passed on where it has one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Battery:
    """A laptop's battery.

    Attributes:
        charge_ratio: How full it is.
        left_s: How long it lasts by the system's estimate, None where it has none.
        plugged: Whether the laptop runs from the mains.
    """

    charge_ratio: float
    left_s: float | None
    plugged: bool


def battery() -> Battery | None:
    """The battery as it is now; None where there is none, or the system does not say."""
    import psutil  # a session without a screen needs none of it

    read = getattr(psutil, "sensors_battery", None)  # some systems have no such thing
    found = None if read is None else read()
    if found is None:
        return None
    left_s = float(found.secsleft) if found.secsleft > 0 else None  # else a code for "unknown"
    return Battery(found.percent / 100, left_s, bool(found.power_plugged))
