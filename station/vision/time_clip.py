"""time_clip: a clip and a calibration in, the crossing of its marker out. The only timer of video.

The runner is looked at in a frame of reference that runs along (so he stands still and the world
streams by): there the head, which has no limbs at its height, is found at the top of what stays,
and registered frame by frame to a fraction of a pixel. The trunk below is the spare: where the
head cannot be told from what is behind it, the trunk is timed, with a larger uncertainty.

Pure: the same clip gives the same digits, wherever it was cut from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.feet import feet_sd_m
from calibration.geometry import Zone
from calibration.shutter import row_delay_s
from hardware.errors import StationError
from station.crossing import FIT_M, BodyPoint, Crossing, Sighting, fit_crossing
from station.flags import Flag
from station.silhouette import Silhouette
from station.vision.clip import CLEAR_OF_BODY_M, Background, Clip, background_of, median_of
from station.vision.corridor import TALLEST_M
from station.vision.heads import (
    HALF_HEAD_M,
    HELD,
    LEAST_CROWN_M,
    Head,
    crown_row,
    heads_abreast,
    outward_half,
    path_of,
)
from station.vision.patches import Patches, cut_patches
from station.vision.registration import MARGIN, Region, align, register
from station.vision.steady import smooth, steady, steady_light
from station.vision.watch import Passing

Array = NDArray[np.float64]
Float = NDArray[np.float32]

ROUGH_S, ROUGH_PX_PER_M = 1 / 30, 10.0  # frames and pixels that suffice to place a passing
ROUGH_ROUNDS = 2  # of following that suffice for it
SEEN_M = FIT_M + 0.4  # patches are cut this far on either side of the marker
LOWEST_M = 0.4
FEET_M = (-0.35, 0.45)
WHOSE_FEET_M = 1.0  # across the lane, of two who go side by side
HEAD_HEIGHT = 0.105  # of the body's height: crown to mouth, above anything that swings
HEAD_HALF_M = 0.30
TRUNK_BANDS_M = ((1.00, 1.25), (1.20, 1.45))  # the same at both markers, whatever
# of the head is seen: one of them is the chest of a child, one that of a tall man
NECK_M = 0.25
TRUNK_HALF_M = 0.45
SAME_CROWN_M = 0.08  # of a head, in height, before and after it was followed
SURE_S = 0.001  # a head timed so well needs no trunk beside it
LEAST_CONTRAST = 2.5  # standard deviations of the background that make a point usable
SPEED_RATIO = 1.4  # between the speed timed and the speed seen in passing
EDGE_M = 0.32
REGISTERED_CELLS = 0.08  # no middle of a silhouette is known better
MOVED_PX = 2.0  # a lasting shift beyond it, and beyond the shake, is a bump
SHAKE_PX = 0.6
MOSTLY_NEW = 1.15  # frames shown for each new one
NEAR_LINE_S = 0.2  # real seconds about a crossing in which every frame counts (ACCURACY.md)
LEAST_SIGHTINGS = 4
MOST_FRAMES = 120  # more of a walker, or of a 240 fps camera, say nothing new


@dataclass(frozen=True, slots=True)
class _View:
    """What every body point at one marker has in common."""

    zone: Zone
    marker: int
    at_m: float
    instants_s: Array
    patches: Patches
    feet_m: float
    feet_sd_m: float
    flags: frozenset[str]
    rotation_deg: int


def place(clip: Clip, zone: Zone, passing: Passing) -> Passing | None:
    """Say more exactly when a body passed, and how fast, without timing it.

    Args:
        clip: Frames around the passing.
        zone: The calibration.
        passing: Roughly when, and how fast.

    Returns:
        The passing, to about a frame and a twentieth of the speed; None if nothing held still.
    """
    if len(clip.instants_s) < 3:
        return None
    at_m = _at_m(zone, passing)
    clip = clip.thinned(ROUGH_S, max(1, round(zone.px_per_m(at_m) / clip.step / ROUGH_PX_PER_M)))
    luma = smooth(clip.luma)
    followed = _followed(replace(clip, luma=luma), zone, passing, rounds=ROUGH_ROUNDS)
    if followed is None:
        return None
    speed_mps, start_m = np.polyfit(clip.instants_s - passing.instant_s, followed[0], 1)
    if not 1 / SPEED_RATIO < speed_mps / passing.velocity_mps < SPEED_RATIO:
        return None
    return replace(
        passing,
        instant_s=passing.instant_s + float((at_m - start_m) / speed_mps),
        velocity_mps=float(speed_mps),
    )


def time_clip(clip: Clip, zone: Zone, passing: Passing) -> tuple[tuple[Crossing, ...], ...]:
    """Time a runner at a marker, or two who go side by side.

    Args:
        clip: Frames around the passing.
        zone: The calibration.
        passing: When, to about a frame, and how fast, to about a tenth.

    Returns:
        For each body a crossing for each of its points that could be followed: the head first,
        then bands of the trunk at fixed heights. Of two bodies the heads alone are timed.
    """
    if len(clip.instants_s) < 3:
        return ()
    at_m = _at_m(zone, passing)
    fresh = clip.without_repeats()
    flags = _frame_flags(clip, fresh, passing)
    fresh = fresh.at_most(MOST_FRAMES)
    x_m = at_m + passing.velocity_mps * (fresh.instants_s - passing.instant_s)
    away = np.abs(_column_x_m(fresh, zone, at_m) - x_m[:, None]) > CLEAR_OF_BODY_M
    luma, shaken = _steadied(fresh, away)
    clip = replace(fresh, luma=luma)
    followed = _followed(clip, zone, passing, rounds=1)
    if followed is None:
        return ()
    x_m, background = followed
    seen = _near(x_m, at_m)
    near = clip.where(seen)
    feet = cut_patches(near, zone, background, x_m[seen], at_m, FEET_M)
    view = _View(
        zone,
        passing.marker,
        at_m,
        near.instants_s,
        cut_patches(near, zone, background, x_m[seen], at_m, (LOWEST_M, TALLEST_M)),
        *_lateral_m(feet, zone, at_m),
        flags | shaken,
        clip.rotation_deg,
    )
    cover = _cover(view.patches)
    abreast = heads_abreast(cover, view.instants_s, passing.velocity_mps, view.patches)
    for heads in abreast:
        behind, ahead = (_time_head(head, near, background, x_m[seen], view) for head in heads)
        if behind and ahead and _agrees(behind, passing) and _agrees(ahead, passing):
            return (behind,), (ahead,)
    if abreast:
        view = replace(view, flags=view.flags | {Flag.LANE_UNKNOWN})
    regions = _regions(cover.mean(axis=0), view.patches)
    body: list[Crossing] = []
    for point, region in regions:
        crossing = _time_point(point, region, view)
        if crossing and _agrees(crossing, passing):
            body.append(crossing)
            if point == "head" and crossing.noise_s < SURE_S and not crossing.flags:
                break  # nothing of the trunk is ever timed better
    return (tuple(body),) if body else ()


def _at_m(zone: Zone, passing: Passing) -> float:
    return 0.0 if passing.marker == 2 else zone.fly_m


def _column_x_m(clip: Clip, zone: Zone, at_m: float) -> Array:
    """Where the clip's columns lie along the lane, at chest height."""
    row = np.full(len(clip.columns_px), float(zone.to_pixel(at_m, 0, 1.2)[1]))
    return zone.to_lane(clip.columns_px, row)[0]


def _followed(
    clip: Clip, zone: Zone, passing: Passing, rounds: int
) -> tuple[Array, Background] | None:
    """Follow the body as a whole: where it is in each frame, and what stands behind it."""
    at_m = _at_m(zone, passing)
    since_s = clip.instants_s - passing.instant_s
    x_m = at_m + passing.velocity_mps * since_s
    column_x_m = _column_x_m(clip, zone, at_m)
    for _ in range(rounds):
        background = background_of(clip, x_m, column_x_m)
        seen = _near(x_m, at_m)
        if len(x_m[seen]) < 3:
            return None
        near = clip.where(seen)
        body = cut_patches(near, zone, background, x_m[seen], at_m, (LOWEST_M, TALLEST_M))
        ahead_m, faster_mps = _drift(body, since_s[seen])
        x_m = x_m + ahead_m + faster_mps * since_s
    return (x_m, background) if len(x_m[_near(x_m, at_m)]) >= 3 else None


def _near(x_m: Array, at_m: float) -> slice:
    """The frames in which somebody who moves evenly is near a marker: they follow each other."""
    inside = np.flatnonzero(np.abs(x_m - at_m) < SEEN_M)
    return slice(int(inside[0]), int(inside[-1]) + 1) if len(inside) else slice(0)


def _agrees(crossing: Crossing, passing: Passing) -> bool:
    """Whether what was timed is what was seen passing."""
    ratio = crossing.velocity_mps / passing.velocity_mps
    return 1 / SPEED_RATIO < ratio < SPEED_RATIO


def _frame_flags(clip: Clip, fresh: Clip, passing: Passing) -> frozenset[str]:
    """What the frames' times alone say against the reading."""
    flags = set()
    reach_s = FIT_M / abs(passing.velocity_mps)
    shown, new = (
        np.count_nonzero(np.abs(some.instants_s - passing.instant_s) < reach_s)
        for some in (clip, fresh)
    )
    if shown > MOSTLY_NEW * new:
        flags.add(Flag.REPEATED_FRAMES)
    gap_s = np.diff(clip.instants_s)
    if len(gap_s):
        late = gap_s > 1.7 * np.median(gap_s)
        middle_s = clip.instants_s[1:] - gap_s / 2
        if (late & (np.abs(middle_s - passing.instant_s) < NEAR_LINE_S + gap_s / 2)).any():
            flags.add(Flag.FRAMES_DROPPED)
    return frozenset(flags)


def _steadied(clip: Clip, ground: NDArray[np.bool_]) -> tuple[Float, frozenset[str]]:
    """The clip's frames without the camera's shake and blinks, and what there is to say of them."""
    luma = smooth(clip.luma)
    usual = median_of(luma[:: max(1, len(luma) // 15)])
    luma = steady_light(luma, usual)
    reference = usual
    if clip.anchor is not None:
        reference = steady_light(smooth(clip.anchor[None]), usual)[0]
    steadied = steady(luma, reference, ground)
    shift_px = steadied.shift_px * clip.step
    flags = set()
    shake_px = float(shift_px.std(axis=0).max())
    if np.abs(np.median(shift_px, axis=0)).max() > max(MOVED_PX, 3 * shake_px):
        flags.add(Flag.CAMERA_MOVED)
    if shake_px > SHAKE_PX:
        flags.add(Flag.CAMERA_SHAKE)
    return steadied.luma, frozenset(flags)


def _drift(patches: Patches, instants_s: Array) -> tuple[float, float]:
    """How far the body as a whole lies ahead of its predicted place, in m and m/s."""
    body = np.clip(patches.excess / (6 * patches.noise), 0, 1)[:, patches.height_m > 0.8]
    columns = np.minimum(body.sum(axis=1) * patches.drop_m / 0.4, 1.0)
    offset, slope = align(columns, instants_s, farthest=round(0.35 / patches.cell_m))
    return offset * patches.cell_m, slope * patches.cell_m


def _cover(patches: Patches) -> Float:
    """How surely each cell is the body's, 0 to 1."""
    cover: Float = np.clip(patches.excess / (4 * patches.noise), 0, 1)
    return cover


def _time_head(
    head: Head, clip: Clip, background: Background, body_x_m: Array, view: _View
) -> Crossing | None:
    """Time one of two heads, in patches that run along with it alone."""
    patches = view.patches
    deep = max(2, round(HEAD_HEIGHT * patches.height_m[head.top] / patches.drop_m))
    x_m = body_x_m + path_of(head, patches, _cover(patches), view.instants_s, deep)
    patches = cut_patches(clip, view.zone, background, x_m, view.at_m, (LOWEST_M, TALLEST_M))
    held = _cover(patches).mean(axis=0)
    held[:, np.abs(patches.along_m) > HALF_HEAD_M] = 0
    top = crown_row(held > HELD, patches.cell_m)
    if top is None or abs(top - head.top) * patches.drop_m > SAME_CROWN_M:
        return None
    still = median_of(patches.excess)[top : top + deep]
    contrast = float(np.percentile(still[:, np.abs(patches.along_m) < HALF_HEAD_M], 50))
    if contrast < LEAST_CONTRAST * patches.noise:
        return None
    region = outward_half(head, top, deep, patches, contrast)
    feet_sd_m = float(np.hypot(view.feet_sd_m, WHOSE_FEET_M))
    return _time_point("head", region, replace(view, patches=patches, feet_sd_m=feet_sd_m))


def _regions(held: Float, patches: Patches) -> list[tuple[BodyPoint, Region]]:
    """Find the head, and bands of the trunk, in what stays when all patches are overlaid."""
    held = np.where(np.abs(patches.along_m) > 0.45, 0, held).astype(np.float32)
    found = crown_row(held > HELD, patches.cell_m)
    if found is None:
        return []
    top = max(found, MARGIN)
    crown_m = float(patches.height_m[top])
    if crown_m < LEAST_CROWN_M:
        return []
    still = median_of(patches.excess)
    chin = top + max(2, round(HEAD_HEIGHT * crown_m / patches.drop_m))
    bands: list[tuple[BodyPoint, int, int, float]] = [("head", top, chin, HEAD_HALF_M)]
    for low_m, high_m in TRUNK_BANDS_M:
        if high_m < crown_m - NECK_M:
            first, last = np.searchsorted(-patches.height_m, [-high_m, -low_m])
            bands.append(("torso", int(first), int(last), TRUNK_HALF_M))
    regions: list[tuple[BodyPoint, Region]] = []
    for point, first, last, half_m in bands:
        row = held[first:last].mean(axis=0)
        if last + MARGIN > len(held) or row.max() <= 0:
            continue
        strong = np.maximum(row - 0.5 * row.max(), 0)
        middle_m = float(strong @ patches.along_m / strong.sum())
        left, right = np.searchsorted(patches.along_m, [middle_m - half_m, middle_m + half_m])
        contrast = float(np.percentile(still[first:last, left:right], 85))
        if contrast >= LEAST_CONTRAST * patches.noise:
            regions.append((point, Region(first, last, int(left), int(right), contrast)))
    return regions


def _lateral_m(feet: Patches, zone: Zone, at_m: float) -> tuple[float, float]:
    """How far beyond the lane's centre line the feet touch the ground, and its uncertainty.

    What is farther away stands higher in the picture. One centimetre of sole is the camera's
    distance over its height times as much across the lane, so a low camera cannot tell.
    """
    still = np.percentile(feet.excess, 90, axis=0)
    level = max(4 * feet.noise, 0.4 * float(np.percentile(still, 90)))
    solid = (feet.excess > level).sum(axis=2) * feet.cell_m >= 0.05
    lowest = np.where(solid.any(axis=1), solid.shape[1] - 1 - solid[:, ::-1].argmax(axis=1), 0)
    sole_m = float(np.percentile(feet.height_m[lowest], 20))
    u_px, v_px = (float(w) for w in zone.to_pixel(at_m, 0.0, sole_m))
    here, there = (float(zone.to_lane(u_px, v_px, y)[1]) for y in (0.0, 1.0))
    per_m = here - there
    return here / per_m, feet_sd_m(zone, at_m)


def _time_point(point: BodyPoint, region: Region, view: _View) -> Crossing | None:
    patches, zone, at_m = view.patches, view.zone, view.at_m
    level = max(0.5 * region.contrast, 4 * patches.noise)
    found = register(np.clip(patches.excess / level, 0, 1), region)
    u, v = patches.to_pixel(found.row, found.col)
    x, z = zone.to_lane(u, v)
    width, height = zone.profile.picture_px
    edge_px = EDGE_M * zone.px_per_m(at_m)  # a head that is cut by the picture's edge is none
    inside = (u > edge_px) & (u < width - 1 - edge_px) & (v > 0) & (v < height - 1)
    used = found.alike & inside & (np.abs(x - at_m) <= FIT_M)
    t = view.instants_s + row_delay_s(v, zone.profile, u, view.rotation_deg)
    try:
        fit = fit_crossing(t[used], x[used], at_m)
    except StationError:
        return None
    trusted = np.zeros(len(t), bool)
    trusted[used] = fit.weight > 0.3
    height_m = float(np.median(z[used]))
    u_px, v_px = (float(w) for w in zone.to_pixel(at_m, 0.0, height_m))
    registered_m = REGISTERED_CELLS * patches.cell_m
    return Crossing(
        marker=view.marker,
        instant_s=fit.instant_s,
        velocity_mps=fit.velocity_mps,
        noise_s=float(np.hypot(fit.noise_s, registered_m / abs(fit.velocity_mps))),
        d_lane_s_per_m=-zone.metres_per_lane_metre(u_px, v_px) / fit.velocity_mps,
        d_pose_s=tuple((-zone.metres_per_pose_sd(u_px, v_px) / fit.velocity_mps).tolist()),
        point=point,
        u_px=u_px,
        v_px=v_px,
        height_m=height_m,
        feet_m=view.feet_m,
        feet_sd_m=view.feet_sd_m,
        silhouette=Silhouette(
            found.mean,
            height_m - (np.arange(float(found.mean.shape[0])) - found.middle[0]) * patches.drop_m,
            (np.arange(float(found.mean.shape[1])) - found.middle[1]) * patches.cell_m,
        ),
        sightings=tuple(
            Sighting(float(a), float(b), float(c), float(d), bool(e))
            for a, b, c, d, e in zip(t, u, v, x, trusted, strict=True)
        ),
        flags=tuple(sorted(view.flags | _fit_flags(x, trusted, at_m))),
    )


def _fit_flags(x_m: Array, trusted: NDArray[np.bool_], at_m: float) -> set[str]:
    """What the sightings say against the reading."""
    flags: set[str] = set()
    before, after = (trusted & (x_m < at_m)).sum(), (trusted & (x_m >= at_m)).sum()
    if before + after < LEAST_SIGHTINGS:
        flags.add(Flag.FEW_FRAMES)
    if not before or not after:
        flags.add(Flag.NO_FRAMES_PAST_LINE)
    close = np.flatnonzero(np.abs(x_m - at_m) < FIT_M / 2)
    if len(close) > 2 and (~trusted[close]).sum() > len(close) / 2:
        flags.add(Flag.OBSCURED)
    return flags
