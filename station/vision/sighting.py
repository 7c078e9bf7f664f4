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

from calibration.geometry import Zone
from calibration.shutter import row_delay_s
from hardware.errors import StationError
from station.crossing import FIT_M, BodyPoint, Crossing, Sighting, fit_crossing
from station.flags import Flag
from station.silhouette import Silhouette
from station.vision.clip import CLEAR_OF_BODY_M, Background, Clip, background_of
from station.vision.corridor import TALLEST_M
from station.vision.steady import smooth, steady, steady_light
from station.vision.watch import Passing

Array = NDArray[np.float64]
Float = NDArray[np.float32]

FINEST_PX_PER_M = 50.0  # a head of ten pixels: more give no better middle
HALF_WIDTH_M = 0.8  # of what is looked at around the runner
LOWEST_M = 0.4
MARGIN = 3  # rows beyond a region that help to register it
NOISE_FLOOR = 1.5  # standard deviations of the background that are no body
HEAD_HEIGHT = 0.105  # of the body's height: crown to mouth, above anything that swings
TRUNK_BAND = (0.66, 0.82)  # of the body's height: waist to shoulders
SPEED_RATIO = 1.4  # between the speed timed and the speed seen in passing
LEAST_CROWN_M = 0.9  # what is lower is no runner
MOVED_PX = 2.0  # a lasting shift beyond it, and beyond the shake, is a bump
SHAKE_PX = 0.6
LEAST_CONTRAST = 2.5  # standard deviations of the background that make a head usable
REGISTERED_PX = 0.08  # no middle of a silhouette is known better


@dataclass(frozen=True, slots=True)
class _Patches:
    """The surroundings of the runner in each frame, in metres about his predicted place.

    Attributes:
        excess: How much each point differs from the background, beyond its noise; shape
            (frames, heights, widths), grey levels.
        along_m: Shape (widths,): ahead of the predicted place.
        height_m: Shape (heights,), falling: above the ground.
        x_m: Predicted places, shape (frames,).
        noise: Typical standard deviation of the background, grey levels.
    """

    excess: Float
    along_m: Array
    height_m: Array
    x_m: Array
    noise: float


def time_clip(clip: Clip, zone: Zone, passing: Passing) -> tuple[Crossing, ...]:
    """Time a runner at a marker.

    Args:
        clip: Frames around the passing.
        zone: The calibration.
        passing: Roughly when, and how fast.

    Returns:
        A crossing for each body point that could be followed: head, then torso.
    """
    at_m = 0.0 if passing.marker == 2 else zone.fly_m
    clip = clip.without_repeats().shrunk(max(1, round(_px_per_m(zone, at_m) / FINEST_PX_PER_M)))
    x_m = at_m + passing.velocity_mps * (clip.instants_s - passing.instant_s)
    row = np.full(len(clip.columns_px), float(zone.to_pixel(at_m, 0, 1.2)[1]))
    column_x_m, _ = zone.to_lane(clip.columns_px, row)
    luma, flags = _steadied(clip, np.abs(column_x_m - x_m[:, None]) > CLEAR_OF_BODY_M)
    clip = replace(clip, luma=luma)
    for _ in range(2):
        background = background_of(clip, x_m, column_x_m)
        x_m = _align(_patches(clip, zone, background, x_m, at_m), clip.instants_s, x_m, at_m)
    seen = np.abs(x_m - at_m) < FIT_M + 0.4
    patches = _patches(clip, zone, background, x_m, at_m)
    instants_s = clip.instants_s[seen]
    found = []
    for point, region in _regions(patches).items():
        crossing = _time_point(
            point, region, patches, instants_s, zone, passing.marker, at_m, flags
        )
        if crossing is not None and _agrees(crossing, passing):
            found.append(crossing)
    return tuple(found)


def _agrees(crossing: Crossing, passing: Passing) -> bool:
    """Whether what was timed is what was seen passing."""
    ratio = crossing.velocity_mps / passing.velocity_mps
    return 1 / SPEED_RATIO < ratio < SPEED_RATIO


def _px_per_m(zone: Zone, at_m: float) -> float:
    """Pixels per metre along the lane, at a marker and chest height."""
    u, v = zone.to_pixel(np.array([at_m - 0.5, at_m + 0.5]), 0.0, 1.2)
    return float(np.hypot(u[1] - u[0], v[1] - v[0]))


def _steadied(clip: Clip, ground: NDArray[np.bool_]) -> tuple[Float, tuple[str, ...]]:
    """The clip's frames without the camera's shake and blinks, and what there is to say of them."""
    luma = smooth(clip.luma.astype(np.float32, copy=False))
    usual = np.median(luma[:: max(1, len(luma) // 15)], axis=0)
    luma = steady_light(luma, usual)
    reference = usual
    if clip.anchor is not None:
        reference = steady_light(smooth(clip.anchor[None].astype(np.float32)), usual)[0]
    steadied = steady(luma, reference, ground)
    shift_px = steadied.shift_px * clip.step
    flags = set()
    shake_px = float(shift_px.std(axis=0).max())
    if np.abs(np.median(shift_px, axis=0)).max() > max(MOVED_PX, 3 * shake_px):
        flags.add(Flag.CAMERA_MOVED)
    if shake_px > SHAKE_PX:
        flags.add(Flag.CAMERA_SHAKE)
    return steadied.luma, tuple(sorted(flags))


def _patches(clip: Clip, zone: Zone, background: Background, x_m: Array, at_m: float) -> _Patches:
    """Cut the runner's surroundings out of every frame in which he is near the marker."""
    seen = np.abs(x_m - at_m) < FIT_M + 0.4
    places = x_m[seen]
    px_per_m = _px_per_m(zone, at_m) / clip.step
    widths = max(9, round(2 * HALF_WIDTH_M * px_per_m) + 1)
    heights = max(9, round((TALLEST_M - LOWEST_M) * px_per_m) + 1)
    along_m = np.linspace(-HALF_WIDTH_M, HALF_WIDTH_M, widths)
    height_m = np.linspace(TALLEST_M, LOWEST_M, heights)
    rows, cols = _pixels(zone, places, along_m, height_m)
    difference = np.abs(clip.luma[seen] - background.luma)
    excess = np.maximum(difference - NOISE_FLOOR * background.noise, 0)
    cut = _sample(excess, *clip.cells(rows, cols))
    return _Patches(cut, along_m, height_m, places, float(np.median(background.noise)))


def _pixels(zone: Zone, places: Array, along_m: Array, height_m: Array) -> tuple[Array, Array]:
    """Rows and columns of the patch points, shape (frames, heights, widths): corners, then even."""
    x = places[:, None, None] + np.array([along_m[0], along_m[-1]])[None, None, :]
    z = np.array([height_m[0], height_m[-1]])[None, :, None]
    u, v = zone.to_pixel(x, 0.0, z)
    s = np.linspace(0, 1, len(along_m))[None, None, :]
    t = np.linspace(0, 1, len(height_m))[None, :, None]

    def even(corners: Array) -> Array:
        top = corners[:, :1, :1] * (1 - s) + corners[:, :1, 1:] * s
        bottom = corners[:, 1:, :1] * (1 - s) + corners[:, 1:, 1:] * s
        result: Array = top * (1 - t) + bottom * t
        return result

    return even(v), even(u)


def _sample(frames: Float, rows: Array, cols: Array) -> Float:
    """Bilinear look-up, zero outside."""
    count, height, width = frames.shape
    inside = (rows >= 0) & (rows <= height - 1) & (cols >= 0) & (cols <= width - 1)
    r = np.clip(rows, 0, height - 1.001)
    c = np.clip(cols, 0, width - 1.001)
    top, left = r.astype(np.intp), c.astype(np.intp)
    fr, fc = (r - top).astype(np.float32), (c - left).astype(np.float32)
    flat = frames.reshape(-1)
    base = (np.arange(count)[:, None, None] * height + top) * width + left
    upper = flat[base] * (1 - fc) + flat[base + 1] * fc
    lower = flat[base + width] * (1 - fc) + flat[base + width + 1] * fc
    result: Float = np.where(inside, upper * (1 - fr) + lower * fr, 0).astype(np.float32)
    return result


def _align(patches: _Patches, instants_s: Array, x_m: Array, at_m: float) -> Array:
    """Correct the predicted places so that the body as a whole stands still."""
    seen = np.abs(x_m - at_m) < FIT_M + 0.4
    t = instants_s[seen] - instants_s[seen].mean()
    level = 6 * patches.noise
    body = np.clip(patches.excess / level, 0, 1)[:, patches.height_m > 0.8]
    step_m = patches.along_m[1] - patches.along_m[0]
    columns = np.minimum(body.sum(axis=1) * step_m / 0.4, 1.0)
    shift = np.zeros(len(t))
    line = np.zeros(2)
    for _ in range(4):
        moved = _shifted(columns, shift / step_m)
        template = moved.mean(axis=0)
        found = np.array([_best_lag(row, template, round(0.35 / step_m)) for row in moved])
        weight = columns.sum(axis=1) + 1e-3
        measured = shift + found * step_m
        line = _weighted_line(t, measured, weight)
        shift = line[0] + line[1] * t
    # Where the template's own middle is, so that the body stands at 0.
    template = _shifted(columns, shift / step_m).mean(axis=0)
    strong = np.maximum(template - 0.3 * template.max(), 0)
    middle = float((strong * patches.along_m).sum() / max(strong.sum(), 1e-6))
    every = instants_s - instants_s[seen].mean()
    return x_m + line[0] + line[1] * every + middle


def _shifted(rows: Float, by: Array) -> Float:
    """Each row moved left by its own number of cells, linearly interpolated."""
    width = rows.shape[1]
    at = np.arange(width)[None, :] + by[:, None]
    return _row_sample(rows, np.clip(at, 0, width - 1.001))


def _row_sample(rows: Float, at: Array) -> Float:
    left = at.astype(np.intp)
    part = (at - left).astype(np.float32)
    index = np.arange(len(rows))[:, None]
    result: Float = rows[index, left] * (1 - part) + rows[index, left + 1] * part
    return result


def _best_lag(row: Float, template: Float, reach: int) -> float:
    """Shift, in cells, at which a row matches a template best."""
    scores = np.array(
        [
            float(
                row[max(0, k) : len(row) + min(0, k)] @ template[max(0, -k) : len(row) - max(0, k)]
            )
            for k in range(-reach, reach + 1)
        ]
    )
    k = int(np.argmax(scores))
    if 0 < k < len(scores) - 1:
        a, b, c = scores[k - 1 : k + 2]
        bend = a - 2 * b + c
        return k - reach + (0.5 * (a - c) / bend if bend < 0 else 0.0)
    return float(k - reach)


def _weighted_line(t: Array, y: Array, weight: Array) -> Array:
    """Robust straight line: offset and slope."""
    weight = weight.astype(np.float64)
    trust = weight
    line = np.zeros(2)
    for _ in range(8):
        design = np.stack([np.ones_like(t), t], axis=1)
        normal = design.T @ (design * trust[:, None]) + 1e-9 * np.eye(2)
        line = np.linalg.solve(normal, design.T @ (trust * y))
        residual = np.abs(y - design @ line)
        spread = max(float(np.median(residual)), 0.01)
        trust = weight / (1 + (residual / (2 * spread)) ** 2)
    return line


@dataclass(frozen=True, slots=True)
class _Region:
    """The part of the patches that shows one body point, and how strongly it stands out."""

    top: int
    bottom: int
    left: int
    right: int
    contrast: float


def _regions(patches: _Patches) -> dict[BodyPoint, _Region]:
    """Find the head and the trunk in what stays when all frames are laid over each other."""
    still = np.median(patches.excess, axis=0)
    held = np.clip(patches.excess / (4 * patches.noise), 0, 1).mean(axis=0)
    z, along = patches.height_m, patches.along_m
    step_m = float(along[1] - along[0])
    near = np.abs(along) < 0.45
    width_m = (held[:, near] > 0.5).sum(axis=1) * step_m
    solid = width_m >= 0.06
    tops = np.flatnonzero(solid[:-2] & solid[1:-1] & solid[2:])
    if len(tops) == 0:
        return {}
    top = max(int(tops[0]), MARGIN)
    crown_m = float(z[top])
    if crown_m < LEAST_CROWN_M:
        return {}
    cell_m = float(z[0] - z[1])
    head_rows = max(2, round(HEAD_HEIGHT * crown_m / cell_m))
    regions: dict[BodyPoint, _Region] = {}
    head = _place(still, held, along, near, top, top + head_rows, 0.30)
    if head is not None:
        regions["head"] = head
    low, high = (int(np.abs(z - share * crown_m).argmin()) for share in TRUNK_BAND)
    torso = _place(still, held, along, near, high, low, 0.45)
    if torso is not None:
        regions["torso"] = torso
    return regions


def _place(
    still: Float,
    held: Float,
    along: Array,
    near: NDArray[np.bool_],
    top: int,
    bottom: int,
    half_m: float,
) -> _Region | None:
    band = held[top:bottom].mean(axis=0) * near
    if band.max() <= 0:
        return None
    strong = np.maximum(band - 0.5 * band.max(), 0)
    middle = float((strong * along).sum() / strong.sum())
    left = int(np.searchsorted(along, middle - half_m))
    right = int(np.searchsorted(along, middle + half_m, side="right"))
    contrast = float(np.percentile(still[top:bottom, left:right], 85))
    return _Region(top, bottom, left, right, contrast)


def _time_point(
    point: BodyPoint,
    region: _Region,
    patches: _Patches,
    instants_s: Array,
    zone: Zone,
    marker: int,
    at_m: float,
    flags: tuple[str, ...],
) -> Crossing | None:
    if region.contrast < LEAST_CONTRAST * patches.noise:
        return None
    shifts, middle, quality, template = _register(patches, region)
    cell_m = patches.along_m[1] - patches.along_m[0]
    drop_m = patches.height_m[0] - patches.height_m[1]
    x = patches.x_m + patches.along_m[region.left] + (middle[1] + shifts[:, 1]) * cell_m
    z = patches.height_m[region.top] - (middle[0] + shifts[:, 0]) * drop_m
    u, v = zone.to_pixel(x, 0.0, z)
    used = quality & np.isfinite(u) & (np.abs(x - at_m) <= FIT_M)
    t = instants_s + row_delay_s(v, zone.profile)
    try:
        fit = fit_crossing(t[used], x[used], at_m)
    except StationError:
        return None
    weight = np.zeros(len(t))
    weight[used] = fit.weight
    sightings = tuple(
        Sighting(float(a), float(b), float(c), float(d), bool(w > 0.3))
        for a, b, c, d, w in zip(t, u, v, x, weight, strict=True)
    )
    height_m = float(np.median(z[used]))
    u_px, v_px = (float(w) for w in zone.to_pixel(at_m, 0.0, height_m))
    registered_m = REGISTERED_PX / _px_per_m(zone, at_m)
    noise_s = float(np.hypot(fit.noise_s, registered_m / abs(fit.velocity_mps)))
    return Crossing(
        marker=marker,
        instant_s=fit.instant_s,
        velocity_mps=fit.velocity_mps,
        noise_s=noise_s,
        d_lane_s_per_m=-zone.metres_per_lane_metre(u_px, v_px) / fit.velocity_mps,
        d_pose_s=tuple((-zone.metres_per_pose_sd(u_px, v_px) / fit.velocity_mps).tolist()),
        point=point,
        u_px=u_px,
        v_px=v_px,
        height_m=height_m,
        silhouette=Silhouette(
            template,
            height_m - (np.arange(len(template)) - MARGIN - middle[0]) * drop_m,
            (np.arange(template.shape[1]) - middle[1]) * cell_m,
        ),
        sightings=sightings,
        flags=flags,
    )


def _register(
    patches: _Patches, region: _Region
) -> tuple[Array, tuple[float, float], NDArray[np.bool_], Float]:
    """Register a region in every frame to its own mean.

    Returns:
        Shifts (frames, 2) in cells, down and along; the region's middle (row, column) in cells
        from its corner; and which frames matched.
    """
    level = max(0.5 * region.contrast, 4 * patches.noise)
    cover = np.clip(patches.excess / level, 0, 1)
    rows = np.arange(region.top - MARGIN, region.bottom + MARGIN)
    cols = np.arange(region.left, region.right)
    shifts = np.zeros((len(cover), 2))
    template = _window(cover, rows, cols, shifts).mean(axis=0)
    misfit = np.zeros(len(cover))
    for _ in range(10):
        down = np.gradient(template, axis=0)
        along = np.gradient(template, axis=1)
        design = np.stack([down.ravel(), along.ravel()], axis=1)
        normal = design.T @ design + 0.02 * np.eye(2) * float((along**2).sum() + 1e-6)
        window = _window(cover, rows, cols, shifts)
        rest = (window - template).reshape(len(cover), -1)
        steps = -np.linalg.solve(normal, design.T @ rest.T).T
        shifts += np.clip(steps, -1, 1)
        shifts = np.clip(shifts, -6, 6)
        misfit = np.sqrt((rest**2).mean(axis=1))
        good = misfit < 2.5 * np.median(misfit)
        shifts -= shifts[good].mean(axis=0) * np.array([1.0, 0.0])
        template = _window(cover, rows, cols, shifts)[good].mean(axis=0)
    good = misfit < 3.0 * np.median(misfit)
    inner = template[(rows >= region.top) & (rows < region.bottom)]
    solid = np.clip((inner - 0.25) / 0.5, 0, 1)
    total = float(solid.sum()) or 1.0
    row = float((solid.sum(axis=1) * np.arange(len(inner))).sum()) / total
    col = float((solid.sum(axis=0) * np.arange(len(cols))).sum()) / total
    return shifts, (row, col), good, template


def _window(cover: Float, rows: NDArray[np.intp], cols: NDArray[np.intp], shifts: Array) -> Float:
    """The region of each frame, moved by its shift."""
    r = rows[None, :, None] + shifts[:, 0, None, None] + np.zeros((1, 1, len(cols)))
    c = cols[None, None, :] + shifts[:, 1, None, None] + np.zeros((1, len(rows), 1))
    return _sample(cover, r, c)
