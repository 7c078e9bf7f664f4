"""The flags that a run can carry: the documented list, one plain sentence each.

It decides their names and what they tell a coach. When a flag is raised is decided elsewhere.
"""

from __future__ import annotations

from enum import StrEnum


class Flag(StrEnum):
    """A doubt or a remark about a run. The value is what the JSON says.

    Attributes:
        meaning: The plain sentence for a coach.
    """

    meaning: str

    def __new__(cls, name: str, meaning: str) -> Flag:
        """Make the string carry its sentence."""
        flag = str.__new__(cls, name)
        flag._value_ = name
        flag.meaning = meaning
        return flag

    OTHER_LANE = (
        "other-lane",
        "The runner was in another lane than the one between the cones.",
    )
    LANE_UNKNOWN = (
        "lane-unknown",
        "Several people passed and the picture cannot tell who was in which lane.",
    )
    REVERSE = (
        "reverse",
        "The passage went from Marker 3 to Marker 2, against the run.",
    )
    CAMERA_MOVED = (
        "camera-moved",
        "The camera was bumped before or during this run: calibrate again from here on.",
    )
    CAMERA_SHAKE = (
        "camera-shake",
        "The camera shook or was held by hand: put it on a tripod.",
    )
    FEW_FRAMES = (
        "few-frames",
        "Fewer than 4 pictures near a marker could be used.",
    )
    NO_FRAMES_PAST_LINE = (
        "no-frames-past-line",
        "The runner was not seen on both sides of a marker: the reading is extrapolated.",
    )
    FRAMES_DROPPED = (
        "frames-dropped",
        "The recording lacks pictures within 0.2 s of a marker.",
    )
    REPEATED_FRAMES = (
        "repeated-frames",
        "The recording repeats pictures near a marker: its times may be late.",
    )
    UNUSUAL_SPEED = (
        "unusual-speed",
        "Outside 5 to 12.5 m/s: check the zone's length, the cones and the capture rate.",
    )
    WIDE_INTERVAL = (
        "wide-interval",
        "The reading itself is uncertain by more than 10 ms (one standard deviation).",
    )
    TORSO = (
        "torso",
        "The head could not be followed: the trunk was timed.",
    )
    OBSCURED = (
        "obscured",
        "The runner was hidden for several pictures at a marker.",
    )
    CAPTURE_RATE_UNKNOWN = (
        "capture-rate-unknown",
        "This may be slow motion without its capture rate: give --capture-fps if it is.",
    )
