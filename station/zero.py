"""The zero test: by how much camera and gates differ, from passages that both have timed (pure).

It decides the ratio of their fly times, how sure that is, and how far their clocks are apart. It
corrects by ratio: whether the cones stand farther apart than the gates, or one clock goes too fast,
a time is off in proportion, so what a walk finds holds for a sprint.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import sqrt
from statistics import fmean, stdev, variance

import msgspec

from calibration.interval import INTERVAL_95
from calibration.length import may_differ_m
from hardware.counted import counted
from hardware.errors import StationError
from hardware.units import NS
from station.flags import Flag, doubted
from station.fusion import VIDEO, Reading
from station.run import Run
from station.session.events import TimedRun
from station.session.joining import levelled, shifted

LEAST_PASSAGES = 3
SAME_S = 0.5  # a person's way past cones half a metre off, from one speed to another
SAME_RATIO = 0.15  # of a fly time, from passage to passage
KNOWN_M = 0.15  # a difference of two zones that is known no better helps little
CLOCK_FAR_S = 1.0  # a camera that is later may have its runs taken for the next one's
OVER = "zero-test-over"  # what a session is told when its cones are placed anew
HEADER = """\
# How camera and gates differ, found by `station zero-test`: for `station run --zero`.
# ratio: by how much of the gates' fly time the camera's is longer; sigma: one standard deviation.
"""


class Zero(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a zero test found.

    Attributes:
        fly_m: Length of the Fly Zone.
        passages: How many both devices timed.
        ratio: By how much of the gates' fly time the camera's is longer.
        ratio_sigma: One standard deviation of it; all runs of a session share it.
        clock_s: How much later the camera has a runner at a marker than the gates.
        clock_sigma_s: One standard deviation of that from passage to passage.
    """

    fly_m: float
    passages: int
    ratio: float
    ratio_sigma: float
    clock_s: float
    clock_sigma_s: float

    def level(self, run: TimedRun) -> TimedRun:
        """A camera's run as the gates would have it."""
        if not self.passages:
            return run
        return shifted(levelled(run, self.ratio, self.ratio_sigma), -round(self.clock_s * NS))

    def of_the_clocks(self) -> Zero:
        """What is left of it when the cones were placed anew: how far the clocks are apart."""
        return msgspec.structs.replace(self, ratio=0.0, ratio_sigma=0.0)

    def check(self, fly_m: float) -> None:
        """Refuse another zone's.

        Raises:
            StationError: It is for one of another length.
        """
        if self.passages and abs(self.fly_m - fly_m) > may_differ_m(self.fly_m, None, fly_m, None):
            raise StationError(
                f"the zero test was for a Fly Zone of {self.fly_m:g} m, and the session's is "
                f"{fly_m:g} m; make it anew with 'station zero-test'"
            )


NO_ZERO = Zero(fly_m=0.0, passages=0, ratio=0.0, ratio_sigma=0.0, clock_s=0.0, clock_sigma_s=0.0)


class Both(msgspec.Struct, frozen=True):
    """A passage that both devices timed.

    Attributes:
        gates: What the gates read.
        camera: What the camera read.
    """

    gates: Reading
    camera: Reading

    @property
    def doubted(self) -> bool:
        """Whether either is doubted beyond its ±; one may walk."""
        return doubted({*self.gates.flags, *self.camera.flags} - {Flag.UNUSUAL_SPEED})

    @property
    def ratio(self) -> float:
        """By how much of the gates' time the camera's is longer."""
        return self.camera.fly_s / self.gates.fly_s - 1

    @property
    def clock_s(self) -> float:
        """How much later the camera has the runner at a marker, the mean of both markers."""
        later_ns = self.camera.marker2_ns - self.gates.marker2_ns
        later_ns += self.camera.marker3_ns - self.gates.marker3_ns
        return later_ns / 2 / NS


def both(readings: Sequence[Reading]) -> Both | None:
    """The readings of a run by each kind of device; None where one has none."""
    of = {one.by: one for one in readings}
    return Both(of["gates"], of["camera"]) if len(of) == 2 else None


def pairs(gates: Sequence[Run], camera: Sequence[Run]) -> tuple[list[Both], list[str]]:
    """The passages that both a record of gates and a video have, by when and how fast they were.

    What lies between their clocks is not known: it is that by which most of them go together, and
    it is taken out.

    Args:
        gates: Runs of the record.
        camera: Runs of the video, in real seconds.

    Returns:
        Those that both have, and what is to be said of those that one of them alone has.

    Raises:
        StationError: Too few go together, or they do in more than one way.
    """
    ours = [_reading(f"gates, run {n}", run) for n, run in enumerate(gates, start=1)]
    theirs = [_reading(f"{VIDEO}#{n}", run) for n, run in enumerate(camera, start=1)]
    ways = [_suiting(ours, theirs, Both(*one)) for one in product(ours, theirs)]
    found = max(ways, key=len, default=[])
    could = min(len(ours), len(theirs))
    if could >= LEAST_PASSAGES and len(found) < max(LEAST_PASSAGES, could / 2):
        raise StationError(
            f"of the gates' {len(ours)} passages and the video's {len(theirs)}, {len(found)} go "
            "together by when and how fast they were: give a record and a video of the same ones"
        )
    if any(len(way) == len(found) and not _as_far(way, found) for way in ways):
        raise StationError(
            f"the gates' {counted(len(ours), 'passage')} and the video's {len(theirs)} go together "
            f"in more ways than one, {len(found)} in each: give a record and a video of the same "
            "ones, not so evenly one after another"
        )
    apart_ns = round(fmean(one.clock_s for one in found) * NS) if found else 0
    both_have = {one.source for pair in found for one in (pair.gates, pair.camera)}
    return [
        msgspec.structs.replace(
            one,
            camera=msgspec.structs.replace(
                one.camera,
                marker2_ns=one.camera.marker2_ns - apart_ns,
                marker3_ns=one.camera.marker3_ns - apart_ns,
            ),
        )
        for one in found
    ], [
        f"the {whose} passage {n} is left out: none of the {others} goes with it"
        for of, whose, others in ((ours, "gates'", "video's"), (theirs, "video's", "gates'"))
        for n, one in enumerate(of, start=1)
        if one.source not in both_have
    ]


def _suiting(ours: Sequence[Reading], theirs: Sequence[Reading], by: Both) -> list[Both]:
    """Those that go together where the clocks are apart as one of them says, one at most of each.

    Whoever walks is not as long in a zone that is measured otherwise, but always by the same ratio.
    """

    def off_s(one: Both) -> float:
        return abs(one.clock_s - by.clock_s)

    found = []
    for gates in ours:
        suit = [
            pair
            for pair in (Both(gates, camera) for camera in theirs)
            if off_s(pair) < SAME_S and abs(pair.ratio - by.ratio) < SAME_RATIO
        ]
        if suit:
            found.append(min(suit, key=off_s))
    return list({one.camera.source: one for one in found}.values())


def _as_far(way: Sequence[Both], other: Sequence[Both]) -> bool:
    """Whether clocks are as far apart, by what goes together one way and by what does another."""
    return not way or abs(way[0].clock_s - other[0].clock_s) < 2 * SAME_S


def _reading(source: str, run: Run) -> Reading:
    return Reading(
        source,
        round(run.marker2_s * NS),
        round(run.marker3_s * NS),
        run.fly_s,
        run.fly_sigma_s,
        run.lane_sigma_s,
        run.flags,
    )


def zero_of(passages: Sequence[Both], fly_m: float) -> Zero:
    """Say how camera and gates differ.

    Somebody who walks a lane several times may hold one line in it, or not: by how much a camera
    is wrong for that does not grow less with passages where they hold it. As much of it as the
    passages do not scatter by counts as shared by all.

    Args:
        passages: As many as there are; one that is doubted does not count.
        fly_m: Length of the Fly Zone.

    Raises:
        StationError: There are fewer than three that count.
    """
    sure = [one for one in passages if not one.doubted]
    if len(sure) < LEAST_PASSAGES:
        raise StationError(
            f"{counted(len(sure), 'passage was', 'passages were')} timed without a doubt by gates "
            f"and camera; the zero test needs {LEAST_PASSAGES}: walk or run through the whole zone "
            "again"
        )
    lane2 = [(one.camera.lane_sigma_s / one.gates.fly_s) ** 2 for one in sure]
    repeat2 = [
        (one.camera.fly_sigma_s**2 + one.gates.fly_sigma_s**2) / one.gates.fly_s**2 - lane
        for one, lane in zip(sure, lane2, strict=True)
    ]
    weights = [1 / (lane + repeat) for lane, repeat in zip(lane2, repeat2, strict=True)]
    ratios = [one.ratio for one in sure]
    ratio = sum(w * one for w, one in zip(weights, ratios, strict=True)) / sum(weights)
    scatter2 = variance(ratios)
    shared2 = max(0.0, fmean(lane2) - max(0.0, scatter2 - fmean(repeat2)))
    own2 = max(scatter2, fmean(repeat2))
    clocks_s = [one.clock_s for one in sure]
    return Zero(
        fly_m=fly_m,
        passages=len(sure),
        ratio=ratio,
        ratio_sigma=sqrt(shared2 + own2 / len(sure)),
        clock_s=fmean(clocks_s),
        clock_sigma_s=stdev(clocks_s),
    )


def in_words(zero: Zero, path: str | None, *, clocks: bool = True) -> list[str]:
    """What a zero test found, for the coach.

    Args:
        zero: What.
        path: Where it is kept; None where that is the set-up.
        clocks: Whether both devices' instants are station time.
    """
    apart_m, half_m = zero.ratio * zero.fly_m, INTERVAL_95 * zero.ratio_sigma * zero.fly_m
    ms = 1000 * zero.clock_s
    lines = [
        f"{zero.passages} passages: the camera's fly times differ from the gates' by "
        f"{100 * zero.ratio:+z.2f} ± {100 * INTERVAL_95 * zero.ratio_sigma:.2f} %, as if its zone "
        f"were {abs(apart_m):.2f} ± {half_m:.2f} m {'longer' if apart_m >= 0 else 'shorter'}."
    ]
    if abs(apart_m) > half_m:
        lines.append(
            f"Gates and cones do not stand at the same lines: the cones are "
            f"{'farther apart' if apart_m > 0 else 'nearer to each other'} than the gates by "
            f"{abs(apart_m):.2f} m. Put each cone beside its gate, place it in the picture anew "
            "and test again; or leave them: with this test the camera's times become the gates'."
        )
    elif half_m <= KNOWN_M:
        lines.append("Gates and cones stand at the same lines, as far as that can be told.")
    else:
        lines.append(
            "That is not known well enough to tell a cone from its gate: walk through a few times "
            "more, once along each side of the lane and once in its middle."
        )
    kept = "Kept: the next session counts with it."
    if path is not None:
        kept = f"Kept in {path}: station run … --zero {path}"
    if not clocks:
        return [*lines, kept]
    lines.append(
        f"The camera has a runner at a marker {abs(ms):.0f} ± "
        f"{1000 * INTERVAL_95 * zero.clock_sigma_s:.0f} ms {'later' if ms >= 0 else 'earlier'} "
        "than the gates: that delays its news, and changes no fly time."
    )
    if abs(zero.clock_s) > CLOCK_FAR_S and path is not None:
        lines.append("So late a picture needs --zero: else a run may be taken for the next one's.")
    return [*lines, kept]


def dump(zero: Zero) -> str:
    """The TOML text of it."""
    values = msgspec.structs.asdict(zero)
    return HEADER + "".join(f"{key} = {value!r}\n" for key, value in values.items())
