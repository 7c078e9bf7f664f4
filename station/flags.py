"""The flags that a run can carry: the documented list, one plain sentence each.

It decides their names and what they tell a coach. When a flag is raised is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Flag(StrEnum):
    """A doubt or a remark about a run. The value is what the JSON says."""

    OTHER_LANE = "other-lane"
    LANE_UNKNOWN = "lane-unknown"
    REVERSE = "reverse"
    CAMERA_MOVED = "camera-moved"
    CAMERA_SHAKE = "camera-shake"
    CONES_UNCONFIRMED = "cones-unconfirmed"
    FEW_FRAMES = "few-frames"
    NO_FRAMES_PAST_LINE = "no-frames-past-line"
    FRAMES_DROPPED = "frames-dropped"
    REPEATED_FRAMES = "repeated-frames"
    UNUSUAL_SPEED = "unusual-speed"
    WIDE_INTERVAL = "wide-interval"
    TORSO = "torso"
    OBSCURED = "obscured"
    CAPTURE_RATE_UNKNOWN = "capture-rate-unknown"
    FIRST_BREAK = "first-break"
    CLOCK_COLD = "clock-cold"
    CLOCKS_UNSURE = "clocks-unsure"
    EDGES_LOST = "edges-lost"
    IN_COMPANY = "in-company"
    DEVICES_DISAGREE = "devices-disagree"
    READ_BY_HAND = "read-by-hand"


MEANING: dict[str, str] = {
    Flag.OTHER_LANE: "The runner was in another lane than the one between the cones.",
    Flag.LANE_UNKNOWN: "The picture cannot tell who was in which lane.",
    Flag.REVERSE: "The passage went from Marker 3 to Marker 2, against the run.",
    Flag.CAMERA_MOVED: "The camera was bumped: place the cones anew from here on.",
    Flag.CAMERA_SHAKE: "The camera shook or was held by hand: put it on a tripod.",
    Flag.CONES_UNCONFIRMED: "The cones are those of an earlier day: look at them in Set-up.",
    Flag.FEW_FRAMES: "Fewer than 4 pictures near a marker could be used.",
    Flag.NO_FRAMES_PAST_LINE: "Not seen on both sides of a marker: extrapolated.",
    Flag.FRAMES_DROPPED: "The recording lacks pictures within 0.2 s of a marker.",
    Flag.REPEATED_FRAMES: "The recording repeats pictures near a marker: its times may be late.",
    Flag.UNUSUAL_SPEED: "Not 5 to 12.5 m/s: check zone length, cones and capture rate.",
    Flag.WIDE_INTERVAL: "The reading is uncertain by over 10 ms (one sd). In every run of a video? "
    "Place the cones in Set-up: it says what helps. At a gate, other flags say why.",
    Flag.TORSO: "The head could not be followed: the trunk was timed.",
    Flag.OBSCURED: "The runner was hidden for several pictures at a marker.",
    Flag.CAPTURE_RATE_UNKNOWN: "If this is slow motion, give --capture-fps.",
    Flag.FIRST_BREAK: "A gate did not tell how long it was broken: an arm may have been timed.",
    Flag.CLOCKS_UNSURE: "A camera of two was lost since the flashes, or its clock was set: flash "
    "again, its delay may be another.",
    Flag.CLOCK_COLD: "The gate's clock has not been compared with the computer's for long enough.",
    Flag.EDGES_LOST: "The gate or its line lost edges during the run.",
    Flag.IN_COMPANY: "A second athlete was in the zone: taken first in, first out.",
    Flag.DEVICES_DISAGREE: "Gates and camera differ by more than their ±: it is widened. "
    "In every run? The zero test in Set-up says why.",
    Flag.READ_BY_HAND: "The coach put the line in the recording by eye; the camera's ± is that "
    "of an eye.",
}
"""What each flag tells a coach."""

# What these doubt, the ± says.
IN_THE_INTERVAL = frozenset(
    {Flag.FIRST_BREAK, Flag.CLOCK_COLD, Flag.TORSO, Flag.WIDE_INTERVAL, Flag.READ_BY_HAND}
)


def doubted(flags: Iterable[str]) -> bool:
    """Whether flags doubt a time beyond its ±."""
    return not IN_THE_INTERVAL.issuperset(flags)
