"""Pixels ↔ metres: the camera's pose from the cones, and the only converter there is.

World: x runs along the lane from Marker 2 (0) to Marker 3 (the zone's length), y away from the
camera across the lane (0 on its centre line), z up from the ground. The camera is a pinhole with
its principal point in the middle of the picture.

Four cones in a low picture fix the pose badly (the lane is a few pixels deep), and the two of one
marker alone do it worse, so the pose is the best compromise between the cones and stated priors,
and its covariance goes along with every conversion. This module knows nothing of time, and never
reads a picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import atan2, inf, isfinite, log, radians
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.plausible import CHECK, check_camera, check_cones
from calibration.profile import Profile
from hardware.errors import StationError

Array = NDArray[np.float64]
Flippable = TypeVar("Flippable", float, Array)

# Priors (mean, standard deviation). Phones and webcams film video at 50–80° across; a tripod
# stands between half a metre and a stand's railing; nobody films a run with the horizon aslant.
LOG_FOCAL_PER_WIDTH = (log(0.85), 0.35)
LOG_HEIGHT_M = (log(1.6), 0.7)
LOG_DISTANCE_PER_ZONE = (0.0, 1.0)
POSITION_SD = 1.0  # of the zone, from its middle
YAW_RAD = (0.0, radians(25))
PITCH_RAD = (radians(2), radians(12))
ROLL_RAD = (0.0, radians(3))
# A camera that sees one marker alone stands about in line with its cones, at a tripod's distance.
ONE_MARKER_LOG_DISTANCE_M = (log(12.0), 0.7)
ONE_MARKER_REACH_M = 5.0
CAMERA_TAPE_SD = 0.03  # of the distance and of the height that a coach measured
LONE_CONE_SD_M = 0.4  # where across the lane a marker's only cone stands
ORDER_DOUBT = 3.0  # log-likelihood by which swapping a marker's cones must win to call them swapped
LEAST_FREEDOM = 0.3


@dataclass(frozen=True, slots=True)
class Zone:
    """A Fly Zone as one camera sees it: made by `fit_zone`.

    Attributes:
        profile: What it was made from.
        mirrored: True where Marker 3 is the left one in the picture.
        pose: Fitted parameters, shape (8,): ln focal length in px, camera x from the left
            marker, ln distance, ln height, yaw, pitch, roll, lateral shift of the cones.
        pose_sd: Square root of the posterior covariance, shape (8, 8): `pose + pose_sd @ z`
            is a draw for a standard normal z.
        residual_px: Root mean square distance between the clicked and the fitted cones.
    """

    profile: Profile
    mirrored: bool
    pose: Array
    pose_sd: Array
    residual_px: float

    @property
    def fly_m(self) -> float:
        """Length of the Fly Zone."""
        return self.profile.fly_m

    @property
    def markers(self) -> dict[int, float]:
        """The markers that the camera sees, and where each is, metres from Marker 2."""
        return {marker: (0.0, self.fly_m)[marker - 2] for marker in self.profile.markers}

    @property
    def distance_m(self) -> float:
        """Camera to the lane's centre line, over the ground."""
        return float(np.exp(self.pose[2]))

    @property
    def height_m(self) -> float:
        """Lens above the ground."""
        return float(np.exp(self.pose[3]))

    @property
    def position_m(self) -> float:
        """Where along the zone the camera stands, metres from Marker 2."""
        return self._flip(float(self.pose[1]))

    def to_pixel(self, x_m: ArrayLike, y_m: ArrayLike, z_m: ArrayLike) -> tuple[Array, Array]:
        """Project world points.

        Args:
            x_m: Along the zone from Marker 2; broadcasts with the others.
            y_m: Across the lane, away from the camera.
            z_m: Above the ground.

        Returns:
            Columns and rows, pixel centres being integers.
        """
        x = self._flip(np.asarray(x_m, np.float64))
        return _project(self.pose, self.profile, x, np.asarray(y_m), np.asarray(z_m))

    def to_lane(self, u_px: ArrayLike, v_px: ArrayLike, y_m: float = 0.0) -> tuple[Array, Array]:
        """Where the sight line of a pixel meets the vertical plane along the lane.

        Args:
            u_px: Columns.
            v_px: Rows.
            y_m: Which plane: metres beyond the lane's centre line.

        Returns:
            x_m along the zone from Marker 2, and z_m above the ground.
        """
        x, z = _sight(self.pose, self.profile, np.asarray(u_px), np.asarray(v_px), y_m)
        return self._flip(x), z

    @property
    def mean_px_per_m(self) -> float:
        """Pixels per metre: between both markers, or about the only one that is seen."""
        ends_m = list(self.markers.values())
        low_m, high_m = ends_m if len(ends_m) == 2 else (ends_m[0] - 0.5, ends_m[0] + 0.5)
        (low_px, high_px), _ = self.to_pixel([low_m, high_m], 0.0, 1.0)
        return abs(float(high_px - low_px)) / (high_m - low_m)

    @property
    def scale_sd(self) -> float:
        """How well metres along the lane are known at the first marker seen, relative, one sd."""
        at_m = min(self.markers.values())
        u, v = (w.tolist() for w in self.to_pixel([at_m - 1.0, at_m + 1.0], 0.0, 1.2))
        shifts_m = [self.metres_per_pose_sd(*point) for point in zip(u, v, strict=True)]
        return float(np.linalg.norm(shifts_m[1] - shifts_m[0])) / 2.0

    def px_per_m(self, at_m: float) -> float:
        """Pixels per metre along the lane, at chest height."""
        u, v = self.to_pixel(np.array([at_m - 0.5, at_m + 0.5]), 0.0, 1.2)
        return float(np.hypot(u[1] - u[0], v[1] - v[0]))

    def metres_per_lane_metre(self, u_px: float, v_px: float) -> float:
        """How far x moves per metre that the runner is farther from the camera than assumed."""
        far, _ = self.to_lane(u_px, v_px, 0.05)
        near, _ = self.to_lane(u_px, v_px, -0.05)
        return float(far - near) / 0.1

    def metres_per_pose_sd(self, u_px: float, v_px: float) -> Array:
        """How far a sighting's x moves per standard deviation of each whitened pose parameter.

        Returns:
            Metres, shape (8,): shared by every sighting of this zone, so differences cancel.
        """
        u, v = np.asarray(u_px), np.asarray(v_px)
        step = 0.2
        shifts = [
            (_sight(self.pose + d, self.profile, u, v, 0.0)[0]
             - _sight(self.pose - d, self.profile, u, v, 0.0)[0]) / (2 * step)
            for d in (step * self.pose_sd).T
        ]  # fmt: skip
        return np.array(shifts) * (-1.0 if self.mirrored else 1.0)

    def _flip(self, x_m: Flippable) -> Flippable:
        return self.profile.fly_m - x_m if self.mirrored else x_m


def fit_zone(profile: Profile) -> Zone:
    """Find the camera's pose from a profile's cones.

    Args:
        profile: A well-formed calibration.

    Returns:
        The zone with its posterior pose.

    Raises:
        StationError: The cones coincide, lie outside the picture, are in the wrong order, fit no
            possible perspective or not the measured place of the camera, or fix no camera.
    """
    check_cones(profile)
    try:
        with np.errstate(all="ignore"):  # what overflows loses against what does not
            cones, pose, cost = _best_pose(profile)
            _check_order(profile, cost)
            zone = _posterior(cones, pose)
            check_camera(zone)
    except np.linalg.LinAlgError:
        raise StationError(
            f"the cones fit no possible perspective: no camera sees them so; {CHECK}"
        ) from None
    return zone


def _check_order(profile: Profile, cost: float) -> None:
    # Seen aslant by a tilted camera, the near cone can be the higher one: the fit is the judge.
    for marker, cones in profile.markers.items():
        if len(cones) == 1 or cones[0][1] > cones[1][1]:
            continue
        near_last = cones[::-1]
        *_, swapped_cost = _best_pose(
            replace(profile, marker2_px=near_last)
            if marker == 2
            else replace(profile, marker3_px=near_last)
        )
        if not swapped_cost > cost - ORDER_DOUBT:
            raise StationError(
                f"the near cone of Marker {marker} (row {cones[0][1]:g}) is above the far one "
                f"(row {cones[1][1]:g}): no possible perspective; name the near cone first"
            )


def _best_pose(profile: Profile) -> tuple[_Cones, Array, float]:
    """The most likely camera, and half its squared whitened residual."""
    cones = _Cones(profile)
    tries = [_least_squares(cones, start, rounds=6) for start in cones.starts()]
    best, _ = min(tries, key=lambda fit: fit[1])
    return cones, *_least_squares(cones, best, rounds=100)


def _posterior(cones: _Cones, pose: Array) -> Zone:
    """How far the camera may be from the most likely one."""
    sd_px = cones.profile.cone_sd_px
    jacobian = _jacobian(cones, pose)
    residuals_px = cones.residuals(pose)[: cones.count] * sd_px
    residual_px = float(np.sqrt(2 * np.mean(residuals_px**2)))
    covariance = np.linalg.inv(jacobian.T @ jacobian)
    # Cones that disagree by more than their stated error are worse than stated (Birge ratio, per
    # degree of freedom that the cones leave).
    seen = jacobian[: cones.count]
    freedom = cones.count - float(np.trace(seen @ covariance @ seen.T))
    misfit = float(np.sum((residuals_px / sd_px) ** 2))
    covariance *= max(1.0, misfit / max(freedom, LEAST_FREEDOM))
    eigenvalues, vectors = np.linalg.eigh(covariance)
    pose_sd = vectors * np.sqrt(np.maximum(eigenvalues, 0.0))
    return Zone(cones.profile, cones.mirrored, pose, pose_sd, residual_px)


class _Cones:
    """The least-squares problem: cones and priors against the eight pose parameters."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        both = len(profile.markers) == 2
        self.mirrored = (
            profile.marker3_px[0][0] < profile.marker2_px[0][0]
            if both
            else profile.towards == "left"
        )
        half_m = profile.lane_width_m / 2
        at_m = dict(zip((3, 2) if self.mirrored else (2, 3), (0.0, profile.fly_m), strict=True))
        points = [
            (at_m[marker], y_m, *cone)
            for marker, cones in profile.markers.items()
            for y_m, cone in zip((-half_m, half_m), cones, strict=False)
        ]
        self.x, self.y, self.u, self.v = np.array(points).T
        self.line = np.array(profile.lane_line_px).reshape(-1, 2).T
        self.count = 2 * len(points) + self.line.shape[1]
        self.middle_m = (float(self.x.min()) + float(self.x.max())) / 2
        self.reach_m = profile.fly_m if both else ONE_MARKER_REACH_M
        self.prior_mean, self.prior_sd = self._priors(both)

    def _priors(self, both: bool) -> tuple[Array, Array]:
        profile = self.profile
        width_px = profile.picture_px[0]
        distance = ONE_MARKER_LOG_DISTANCE_M
        if both:
            span = float(np.hypot(np.ptp(self.u), np.ptp(self.v)))
            usual = log(profile.fly_m * 0.85 * width_px / span)
            distance = (usual + LOG_DISTANCE_PER_ZONE[0], LOG_DISTANCE_PER_ZONE[1])
        priors = [
            (log(width_px) + LOG_FOCAL_PER_WIDTH[0], LOG_FOCAL_PER_WIDTH[1]),
            (self.middle_m, POSITION_SD * self.reach_m),
            distance,
            LOG_HEIGHT_M,
            YAW_RAD,
            PITCH_RAD,
            ROLL_RAD,
            (0.0, LONE_CONE_SD_M if profile.lone_cone else 1e-6),
        ]
        if profile.camera_distance_m is not None:
            priors[2] = (log(profile.camera_distance_m), CAMERA_TAPE_SD)
        if profile.camera_height_m is not None:
            priors[3] = (log(profile.camera_height_m), CAMERA_TAPE_SD)
        mean, sd = np.array(priors).T
        return mean, sd

    def starts(self) -> list[Array]:
        """A camera before the middle of what it sees and to either side of it, aimed at it."""
        width, height = self.profile.picture_px
        found = []
        for aside in (0.0, -0.5, 0.5, -1.0, 1.0):
            for farther in (0.0, log(2.0)):
                start = self.prior_mean.copy()
                start[1] = self.middle_m + aside * self.reach_m
                start[0] += farther
                start[2] += farther
                focal, distance = np.exp(start[0]), np.exp(start[2])
                bearing = atan2(self.middle_m - start[1], distance)
                start[4] = bearing - atan2(float(np.mean(self.u)) - width / 2, focal)
                below = atan2(float(np.mean(self.v)) - height / 2, focal)
                start[5] = np.exp(start[3]) / distance - below
                found.append(start)
        return found

    def residuals(self, pose: Array) -> Array:
        """Whitened: the cones' columns, their rows, the line's points, the priors'.

        A pose of shape (8, K) gives K rows.
        """
        away = self.y + pose[7][..., None]
        u, v = _project(pose[..., None], self.profile, self.x, away, np.zeros_like(self.x))
        sd = self.profile.cone_sd_px
        prior = (pose.T - self.prior_mean) / self.prior_sd
        aside = self._aside_px(pose) / sd
        return np.concatenate([(u - self.u) / sd, (v - self.v) / sd, aside, prior], axis=-1)

    def _aside_px(self, pose: Array) -> Array:
        """How far the points of the lane's near edge lie below where this camera sees it."""
        if not self.line.size:
            return np.empty((*pose.shape[1:], 0))
        x = self.middle_m + np.array([-1.0, 1.0])
        near_m = pose[7][..., None] - self.profile.lane_width_m / 2
        u, v = _project(pose[..., None], self.profile, x, near_m, np.zeros(2))
        along_u, along_v = u[..., 1:] - u[..., :1], v[..., 1:] - v[..., :1]
        off_u, off_v = self.line[0] - u[..., :1], self.line[1] - v[..., :1]
        aside: Array = (along_u * off_v - along_v * off_u) / np.hypot(along_u, along_v)
        return aside


def _least_squares(cones: _Cones, start: Array, rounds: int) -> tuple[Array, float]:
    """Levenberg–Marquardt; returns the pose and half its squared residual."""
    pose, damping = start, 1e-2
    residual = cones.residuals(pose)
    cost = float(residual @ residual) / 2
    if not isfinite(cost):  # it looks away from a cone
        return pose, inf
    for _ in range(rounds):
        jacobian = _jacobian(cones, pose)
        normal = jacobian.T @ jacobian
        gradient = jacobian.T @ residual
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), -gradient)
        moved = cones.residuals(pose + step)
        moved_cost = float(moved @ moved) / 2
        if isfinite(moved_cost) and moved_cost < cost:
            settled = cost - moved_cost < 1e-9 * (1 + cost)
            pose, residual, cost, damping = pose + step, moved, moved_cost, damping / 5
            if settled:
                break
        else:
            damping *= 8
            if damping > 1e12:
                break
    return pose, cost


def _jacobian(cones: _Cones, pose: Array) -> Array:
    steps = np.full(len(pose), 1e-5)
    steps[7] *= cones.prior_sd[7]
    aside = np.diag(steps)
    forward, back = np.split(cones.residuals(pose[:, None] + np.hstack([aside, -aside])), 2)
    slope: Array = (forward - back) / (2 * steps[:, None])
    return slope.T


def _axes(pose: Array) -> Array:
    """Rows: the camera's right, down and forward in world coordinates (x right, y far, z up)."""
    yaw, pitch, roll = pose[4:7]
    cy, sy, cp, sp, cr, sr = (
        np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll),
    )  # fmt: skip
    right = np.array([cy, -sy, 0 * cy])
    forward = np.array([sy * cp, cy * cp, -sp])
    down = np.array([-sy * sp, -cy * sp, -cp])
    return np.array([cr * right + sr * down, cr * down - sr * right, forward])


def _project(pose: Array, profile: Profile, x: Array, y: Array, z: Array) -> tuple[Array, Array]:
    width, height = profile.picture_px
    focal, distance, lens = np.exp(pose[0]), np.exp(pose[2]), np.exp(pose[3])
    world = np.stack(np.broadcast_arrays(x - pose[1], y + distance, z - lens))
    right, down, forward = np.einsum("ij...,j...->i...", _axes(pose), world)
    forward = np.where(forward > 1e-6, forward, np.nan)
    u = (width - 1) / 2 + focal * right / forward
    v = (height - 1) / 2 + focal * down / forward
    return u, v


def _sight(pose: Array, profile: Profile, u: Array, v: Array, y_m: float) -> tuple[Array, Array]:
    width, height = profile.picture_px
    focal, distance, lens = np.exp(pose[0]), np.exp(pose[2]), np.exp(pose[3])
    ray = np.stack(
        np.broadcast_arrays((u - (width - 1) / 2) / focal, (v - (height - 1) / 2) / focal, 1.0)
    )
    along, away, up = np.tensordot(_axes(pose).T, ray, axes=1)
    reach = (distance + y_m) / away
    return pose[1] + reach * along, lens + reach * up
