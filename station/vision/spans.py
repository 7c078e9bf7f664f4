"""Which seconds of a long recording are worth decoding: read from its keyframes alone.

Keyframes cost little and come every second or two. Whoever is in the corridor in one of them, and
is not plainly walking, makes the time around it worth decoding; so does every gap between two
keyframes that a runner could slip through unseen. It may name too much, never too little: what it
leaves out is not looked at again. It times nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone
from hardware.video import VideoFile
from station.vision.corridor import AROUND_MARKER_M, Corridor, corridor_of, shrink
from station.vision.recut import EARLIER_M
from station.vision.watch import BODY_M, CLEAR, FAINT, LEAST_LIGHT, LEAST_NOISE, MOVED_M

Array = NDArray[np.float64]

SHORT_S = 20.0  # of the file: one sequential decode is as cheap as looking first
DENSE = 0.1  # of the frames: more keyframes than that are no cheaper than all frames
MOST = 0.6  # of the recording: beyond it one sequential decode is as cheap
LEAST_APART_S = 0.7  # real seconds between looks: nearer ones tell a walk from a run no better
BLOCK = 5  # looks that share a background, …
AROUND_BLOCK = 5  # … made of them and so many on either side
DISTURBED = 0.8  # a place that changes in more than a fifth of the looks is blind to bodies
GAUSSIAN = 1.28  # standard deviations that hold that share of a Gaussian's sizes
BLIND_NOISE = 2.5  # grey levels: noise that hides a body of poor contrast
FILLED = 0.25  # filling of a column from which it shows a body
LEAST_BODY_M = 0.08  # filled columns, weighed with their filling
ONE_BODY_M = 0.4  # a gap narrower than this does not part two bodies
EDGE_M = 1.0  # nobody is told for sure so near to the corridor's ends
ASIDE_M = 0.8  # how far a walker may be off from where his last two looks put him
WALK = 0.7  # of the slowest speed that counts: who is slower than that all along is no run
LEAST_SWEEP_M = 10.0  # a walker has come so far, …
LEAST_LOOKS = 5  # … seen so often
TWO_BODIES = 1.6  # of a walker's usual width: somebody else is with him


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """Somebody in a keyframe.

    Attributes:
        look: Which look at the lane, counted from 0.
        x_m: Where along it, metres from Marker 2.
        width_m: How much of him there is: filled columns, weighed with their filling.
    """

    look: int
    x_m: float
    width_m: float


@dataclass(slots=True)
class _Looks:
    """What the keyframes show.

    Attributes:
        pts_ns: Timestamps on the file.
        instants_s: Real seconds.
        bodies: Who is where, in order of time.
        seeing_m: Longest unbroken stretch of the lane in which each look would show a body.
        blind_m: Length of the rest that is in the picture.
    """

    pts_ns: list[int] = field(default_factory=list)
    instants_s: list[float] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    seeing_m: list[float] = field(default_factory=list)
    blind_m: list[float] = field(default_factory=list)


def spans_worth_decoding(
    video: VideoFile, zone: Zone, speeds_mps: tuple[float, float], time_scale: float
) -> list[tuple[int, int]] | None:
    """Find the spans in which somebody may have passed.

    Args:
        video: The recording.
        zone: Its calibration.
        speeds_mps: Slowest and fastest speed that counts.
        time_scale: Real seconds per second of the file.

    Returns:
        First and last timestamp of each span in ns, in order, apart; None: decode everything.
    """
    slow, fast = speeds_mps
    corridor = corridor_of(zone)
    index = video.index
    keys_ns = np.unique(index.pts_ns[index.keyframe & index.shown])
    ends_ns = [video.first_pts_ns, *keys_ns.tolist(), video.last_pts_ns]
    gaps_s = np.diff(ends_ns) * 1e-9 * time_scale
    lane_m = float(np.ptp(corridor.x_m)) - 2 * EDGE_M
    missing = gaps_s[gaps_s * fast >= lane_m].sum() / max(gaps_s.sum(), 1e-9)
    too_few, too_many = 2 * AROUND_BLOCK, DENSE * video.frame_count
    if video.duration_s < SHORT_S or missing > MOST or not too_few <= len(keys_ns) <= too_many:
        return None
    looks = _look(video, corridor, time_scale)
    walking = walkers(looks.bodies, looks.instants_s, WALK * slow)
    worthy = np.zeros(len(looks.pts_ns) + 1, bool)  # the gaps before, between and after the looks
    for body in looks.bodies:
        if body not in walking:
            worthy[body.look : body.look + 2] = True
    seeing_m = np.minimum([*looks.seeing_m[:1], *looks.seeing_m], [*looks.seeing_m, np.inf])
    ends_ns = [video.first_pts_ns, *looks.pts_ns, video.last_pts_ns]
    worthy |= np.diff(ends_ns) * 1e-9 * time_scale * fast >= seeing_m
    blind_m = [*looks.blind_m[:1], *looks.blind_m, *looks.blind_m[-1:]]
    spans: list[tuple[int, int]] = []
    for gap in np.flatnonzero(worthy):
        # At a look that does not show him he is beyond the lane that it sees, or in its blind part.
        pads_ns = [
            round((AROUND_MARKER_M + EARLIER_M + EDGE_M + blind_m[end] + MOVED_M) / slow * 1e9)
            for end in (gap, gap + 1)
        ]
        begin = max(ends_ns[gap] - round(pads_ns[0] / time_scale), video.first_pts_ns)
        end = min(ends_ns[gap + 1] + round(pads_ns[1] / time_scale), video.last_pts_ns)
        if spans and begin <= spans[-1][1]:
            begin = spans.pop()[0]
        spans.append((begin, end))
    decoded_s = sum(end - begin for begin, end in spans) * 1e-9
    return None if decoded_s > MOST * video.duration_s else spans


def _look(video: VideoFile, corridor: Corridor, time_scale: float) -> _Looks:
    """Look at the keyframes, a block and its surroundings at a time."""
    looks = _Looks()
    coarse: list[NDArray[np.uint16]] = []
    first = 0  # look that coarse[0] is
    done = 0
    for frame in video.keyframes():
        instant_s = (frame.pts_ns - video.first_pts_ns) * 1e-9 * time_scale
        if looks.instants_s and instant_s - looks.instants_s[-1] < LEAST_APART_S:
            continue
        looks.pts_ns.append(frame.pts_ns)
        looks.instants_s.append(instant_s)
        coarse.append(shrink(corridor.box.cut(frame.luma), corridor.step))
        if first + len(coarse) - done == BLOCK + AROUND_BLOCK:
            _see(looks, coarse, range(done - first, done - first + BLOCK), corridor)
            done += BLOCK
            drop = max(0, done - AROUND_BLOCK - first)
            coarse, first = coarse[drop:], first + drop
    _see(looks, coarse, range(done - first, len(coarse)), corridor)
    return looks


def _see(looks: _Looks, coarse: list[NDArray[np.uint16]], block: range, corridor: Corridor) -> None:
    """Tell bodies from background in a block of looks, and how much of the lane shows them."""
    frames = np.array(coarse, np.float32)
    some = frames[:, ::2, ::4]
    # Each cell against its usual: see `station.vision.watch.in_one_light`.
    light = np.median(some / np.maximum(np.median(some, axis=0), 1.0), axis=(1, 2))
    frames /= np.maximum(light, LEAST_LIGHT)[:, None, None]
    change = np.abs(frames - np.median(frames, axis=0))
    rank = int(DISTURBED * len(frames))
    area = corridor.step**2
    noise = np.maximum(np.partition(change, rank, axis=0)[rank] / GAUSSIAN, LEAST_NOISE * area)
    order = np.argsort(corridor.x_m)
    x_m = corridor.x_m[order]
    dx_m = np.gradient(x_m)
    full = np.maximum(BODY_M * corridor.rows_per_m, 1.0)
    clear = ((noise < BLIND_NOISE * area) & corridor.trunk).sum(axis=0) >= full
    seeing = clear[order] & (x_m > x_m[0] + EDGE_M) & (x_m < x_m[-1] - EDGE_M)
    stretch_m = max((dx_m[a:b].sum() for a, b in _stretches(seeing, x_m, 0.0)), default=0.0)
    # Whoever sways on the spot reaches a cell farther than he usually does.
    beside = np.pad(noise, 1, mode="edge")
    noise = np.lib.stride_tricks.sliding_window_view(beside, (3, 3)).max(axis=(2, 3))
    for n in block:
        cells = np.clip((change[n] / noise - FAINT) / (CLEAR - FAINT), 0, 1) * corridor.trunk
        filling = np.minimum(cells.sum(axis=0) / full, 1.0)[order]
        look = len(looks.seeing_m)
        looks.seeing_m.append(float(stretch_m))
        looks.blind_m.append(float(dx_m[~clear[order]].sum()))
        for a, b in _stretches(filling > FILLED, x_m, ONE_BODY_M):
            width_m = float((filling[a:b] * dx_m[a:b]).sum())
            if width_m >= LEAST_BODY_M:
                middle_m = float((filling[a:b] * x_m[a:b]).sum() / filling[a:b].sum())
                looks.bodies.append(Body(look, middle_m, width_m))


def _stretches(on: NDArray[np.bool_], x_m: Array, join_m: float) -> Iterator[tuple[int, int]]:
    """Unbroken stretches of columns, half open; gaps up to `join_m` do not break them."""
    columns = np.flatnonzero(on)
    if len(columns):
        breaks = np.flatnonzero((np.diff(columns) > 1) & (np.diff(x_m[columns]) > join_m))
        ends = [0, *(breaks + 1).tolist(), len(columns)]
        for a, b in pairwise(ends):
            yield int(columns[a]), int(columns[b - 1]) + 1


def walkers(bodies: Sequence[Body], instants_s: Sequence[float], fastest_mps: float) -> set[Body]:
    """The bodies that are plainly somebody walking through: slow from look to look, and far.

    Args:
        bodies: Who was seen where, in order of time.
        instants_s: When each look was.
        fastest_mps: Who is faster is no walker.

    Returns:
        Those that need not be anybody else: a walker with somebody beside him is not among them.
    """
    by_look: list[list[Body]] = [[] for _ in instants_s]
    for body in bodies:
        by_look[body.look].append(body)
    walking: set[Body] = set()
    for first in bodies:
        for second in by_look[first.look + 1] if first.look + 1 < len(by_look) else []:
            way = _followed(by_look, instants_s, [first, second], fastest_mps)
            if len(way) < LEAST_LOOKS or abs(way[-1].x_m - way[0].x_m) < LEAST_SWEEP_M:
                continue
            usual_m = float(np.median([body.width_m for body in way]))
            walking |= {body for body in way if body.width_m <= TWO_BODIES * usual_m}
    return walking


def _followed(
    by_look: list[list[Body]], t: Sequence[float], way: list[Body], fastest_mps: float
) -> list[Body]:
    """Follow somebody from two looks on for as long as he goes on evenly, and walks."""
    while True:
        a, b = way[-2:]
        speed_mps = (b.x_m - a.x_m) / (t[b.look] - t[a.look])
        if abs(speed_mps) > fastest_mps:
            return way[:-1]
        if b.look + 1 == len(by_look):
            return way
        expected_m = b.x_m + speed_mps * (t[b.look + 1] - t[b.look])
        near = [body for body in by_look[b.look + 1] if abs(body.x_m - expected_m) < ASIDE_M]
        if not near:
            return way
        way.append(min(near, key=lambda body: abs(body.x_m - expected_m)))
