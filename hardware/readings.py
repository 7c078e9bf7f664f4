"""What a device said, frozen: nothing in here is interpreted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a camera or of a saved video.

    Attributes:
        pts_ns: Presentation timestamp of the source's own clock, in nanoseconds.
        luma: The brightness plane, shape (height_px, width_px), uint8, upright (rotation undone).
            A view on the decoder's buffer: copy the part that is to be kept.
    """

    pts_ns: int
    luma: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class BeamEdge:
    """One change of one beam.

    Attributes:
        gate: The device's own name of the gate, as "1".
        blocked: True where the beam was broken, False where it was clear again.
        device_ticks: The stamp, in the protocol's ticks, wraps included where the protocol counts
            them; None where the device stamps nothing.
        arrival_ns: When its last byte was read, station time.
        stamp_sigma_s: One standard deviation of the stamp about the edge, as the protocol knows it.
        epoch: Stamps of different epochs have nothing to do with each other: the device restarted,
            or a chain of relative times broke.
        sequence: The device's own count of edges, where it has one.
    """

    gate: str
    blocked: bool
    device_ticks: int | None
    arrival_ns: int
    stamp_sigma_s: float
    epoch: int = 0
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A question and its answer, the time that the bytes take on the wire taken off both ends.

    Attributes:
        sent_ns: When the question had left the station, station time.
        received_ticks: When the device had it.
        answered_ticks: When the device began its answer.
        arrival_ns: When the answer's first byte came, station time.
        epoch: As for `BeamEdge`.
    """

    sent_ns: int
    received_ticks: int
    answered_ticks: int
    arrival_ns: int
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A device says that it is there.

    Attributes:
        arrival_ns: When its last byte was read, station time.
        device_ticks: Its time, None where it does not tell.
        blocked: Each gate's beam as it is now: True broken, False clear, None unknown.
        epoch: As for `BeamEdge`.
    """

    arrival_ns: int
    device_ticks: int | None
    blocked: tuple[tuple[str, bool | None], ...]
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Greeting:
    """A device says what it is.

    Attributes:
        device: Make, model and version, for people.
        uid: What tells this device from others of its make, None where it does not tell.
        boots: How often it has started, None where it does not tell.
        gates: The names of its gates, empty where it does not tell.
        arrival_ns: When its last byte was read, station time.
    """

    device: str
    uid: str | None
    boots: int | None
    gates: tuple[str, ...]
    arrival_ns: int


@dataclass(frozen=True, slots=True)
class Missed:
    """Edges that the device had and the station will never see, or bytes that made no sense.

    Attributes:
        edges: How many edges are known to be lost; 0 where only bytes were senseless.
        why: What was seen, for people.
        arrival_ns: When it was noticed, station time.
    """

    edges: int
    why: str
    arrival_ns: int


GateReading = BeamEdge | RoundTrip | Heartbeat | Greeting | Missed
"""Whatever a gate can say."""
