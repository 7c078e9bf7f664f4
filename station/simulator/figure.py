"""A person as solids: how joints and solids lie at any instant of a motion.

It decides a body's proportions, colours and gait. It draws nothing. The head, the neck and the
trunk move rigidly with the motion's reference point, apart from the vertical bob of the steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from station.simulator.motion import Floats, Motion

Yuv = tuple[float, float, float]

SIGN = (1.0, -1.0)
"""Of lateral place and of phase, for a limb on side 0 and on side 1."""


@dataclass(frozen=True)
class Gait:
    """How a body moves its parts about its reference point.

    Attributes:
        duty: Part of a stride that each foot spends on the ground.
        bob_m: Amplitude of the vertical bob at the step frequency.
        lean_deg: Trunk forward of upright.
        arm_deg: Amplitude of the upper arm's swing.
        elbow_deg: Bend of the elbow.
        lift_m: Height of the ball of the foot in mid-swing.
        crouch: Hip height as part of the leg's length.
        fidget: Whether the arms move now and then without any stride.
    """

    duty: float
    bob_m: float
    lean_deg: float
    arm_deg: float
    elbow_deg: float
    lift_m: float
    crouch: float
    fidget: bool = False


def running(rng: np.random.Generator) -> Gait:
    """Draw the gait of a sprint."""
    return Gait(
        duty=0.25,
        bob_m=rng.uniform(0.016, 0.024),
        lean_deg=rng.uniform(3, 9),
        arm_deg=rng.uniform(38, 52),
        elbow_deg=rng.uniform(75, 105),
        lift_m=rng.uniform(0.42, 0.56),
        crouch=0.98,
    )


def walking(rng: np.random.Generator) -> Gait:
    """Draw the gait of a walk."""
    return Gait(
        duty=0.62,
        bob_m=0.015,
        lean_deg=rng.uniform(0, 4),
        arm_deg=rng.uniform(14, 26),
        elbow_deg=rng.uniform(10, 30),
        lift_m=0.12,
        crouch=0.985,
    )


def standing() -> Gait:
    """Stand and fidget."""
    return Gait(
        duty=1.0, bob_m=0.0, lean_deg=1.0, arm_deg=6.0, elbow_deg=35.0, lift_m=0.0, crouch=0.99,
        fidget=True,
    )  # fmt: skip


@dataclass(frozen=True)
class Body:
    """One person: proportions and colours (brightness, and the two colour differences).

    Attributes:
        height_m: Standing height.
        girth: Thickness of everything, 1 is average.
        head_lead_m: Centre of the head ahead of the reference point (the front of the chest).
        ponytail: Whether hair hangs behind the head.
    """

    height_m: float
    girth: float
    head_lead_m: float
    ponytail: bool
    skin: Yuv
    hair: Yuv
    shirt: Yuv
    shorts: Yuv
    shoes: Yuv


@dataclass(frozen=True)
class Solid:
    """A thing to draw: an ellipsoid (`to` is None) or a round tapered bar between two joints.

    Attributes:
        at: Index of the joint at its centre, or at its first end.
        to: Index of the joint at its other end.
        radii_m: Of the two ends of a bar; of an ellipsoid along its own three axes (forward, to
            the side, up).
        pitch_rad: Top of an ellipsoid leans forward.
        colour: The body's colour it has.
    """

    at: int
    to: int | None
    radii_m: tuple[float, ...]
    colour: str
    pitch_rad: float = 0.0

    @property
    def end(self) -> int:
        """Index of the joint at its other end; an ellipsoid has both in its centre."""
        return self.at if self.to is None else self.to


# Joints, by index. Of a pair the limb on the body's left comes first.
HIP, KNEE, ANKLE, TOE, SHOULDER, ELBOW, HAND = 0, 2, 4, 6, 8, 10, 12
PELVIS, CHEST, NECK, HEAD, FACE, TAIL = 14, 15, 16, 17, 18, 19
JOINTS = 20


@dataclass(frozen=True)
class Figure:
    """A body that moves: its joints at any instant, and the solids that hang on them."""

    body: Body
    gait: Gait
    motion: Motion

    @property
    def y_m(self) -> float:
        """Lateral position of the reference point."""
        return self.motion.y_m

    @property
    def speed_mps(self) -> float:
        """Signed speed along the lane."""
        return self.motion.heading * self.motion.speed_mps

    def room_m(self, t_s: Floats) -> Floats:
        """Find two opposite corners of the room it takes at these instants, shape (2, 3)."""
        x_m, y_m = self.motion.x_m(t_s), self.motion.y_m
        low = (x_m.min() - 1.3, y_m - 0.5, -0.05)
        return np.array([low, (x_m.max() + 1.3, y_m + 0.5, self.body.height_m + 0.1)])

    def solids(self) -> list[Solid]:
        """List the solids from the far side to the near side (the camera is at y < 0)."""
        left_is_far = self.motion.heading > 0
        far, near = (0, 1) if left_is_far else (1, 0)
        behind, before = self._arm(far) + self._leg(far), self._leg(near) + self._arm(near)
        return behind + self._trunk() + before

    def _leg(self, side: int) -> list[Solid]:
        g = self.body.girth
        return [
            Solid(ANKLE + side, TOE + side, (0.045 * g, 0.032 * g), "shoes"),
            Solid(KNEE + side, ANKLE + side, (0.055 * g, 0.036 * g), "skin"),
            Solid(HIP + side, KNEE + side, (0.085 * g, 0.06 * g), "shorts_or_skin"),
        ]

    def _arm(self, side: int) -> list[Solid]:
        g = self.body.girth
        return [
            Solid(ELBOW + side, HAND + side, (0.042 * g, 0.032 * g), "skin"),
            Solid(SHOULDER + side, ELBOW + side, (0.055 * g, 0.043 * g), "sleeve"),
        ]

    def _trunk(self) -> list[Solid]:
        h, g, lean = self.body.height_m, self.body.girth, math.radians(self.gait.lean_deg)
        trunk = [
            Solid(PELVIS, None, (0.115 * g, 0.165 * g, 0.10 * h), "shorts", lean / 2),
            Solid(CHEST, None, (0.122 * g, 0.185 * g, 0.155 * h), "shirt", lean),
            Solid(NECK, HEAD, (0.054 * g, 0.05 * g), "skin"),
            Solid(HEAD, None, (0.055 * h, 0.043 * h, 0.068 * h), "hair"),
            Solid(FACE, None, (0.042 * h, 0.036 * h, 0.052 * h), "skin"),
        ]
        if self.body.ponytail:
            trunk.insert(3, Solid(HEAD, TAIL, (0.03, 0.02), "hair"))
        return trunk

    def colour(self, name: str) -> Yuv:
        """Look up a solid's colour: some athletes have long sleeves or tights."""
        alias = {"sleeve": "shirt", "shorts_or_skin": "shorts"}
        found: Yuv = getattr(self.body, alias.get(name, name))
        return found

    def joints_m(self, t_s: Floats) -> Floats:
        """Find all joints in the world at instants of shape S; the result has shape (20, *S, 3)."""
        body, gait, motion = self.body, self.gait, self.motion
        h = body.height_m
        steps = motion.steps(t_s)
        bob_m = -gait.bob_m * np.cos(2 * math.pi * steps)
        hip_m = gait.crouch * 0.51 * h + bob_m
        lean = math.radians(gait.lean_deg)
        joints = np.zeros((JOINTS, *np.shape(t_s), 3))  # forward of the reference, to the left, up

        def put(joint: int, forward: Floats | float, left: float, up: Floats | float) -> None:
            joints[joint, ..., 0] = forward
            joints[joint, ..., 1] = left
            joints[joint, ..., 2] = up

        chest_x = -0.115 * body.girth
        hip_x = chest_x - 0.22 * h * math.sin(lean)
        put(PELVIS, hip_x + 0.01, 0.0, hip_m + 0.03 * h)
        put(CHEST, chest_x, 0.0, hip_m + 0.2 * h)
        head_x, head_m = body.head_lead_m, hip_m + 0.425 * h
        put(NECK, head_x - 0.05, 0.0, hip_m + 0.345 * h)
        put(HEAD, head_x, 0.0, head_m)
        put(FACE, head_x + 0.017 * h, 0.0, head_m - 0.016 * h)
        put(TAIL, head_x - 0.16, 0.03 * math.pi, head_m - 0.05 + 1.2 * bob_m)
        for side in (0, 1):
            self._place_arm(joints, side, steps, t_s, chest_x, hip_m + 0.3 * h)
            self._place_leg(joints, side, steps, t_s, hip_x, hip_m)
        joints[..., 0] = motion.x_m(t_s) + motion.heading * joints[..., 0]
        joints[..., 1] = motion.y_m + motion.heading * joints[..., 1]
        return joints

    def _place_arm(
        self, joints: Floats, side: int, steps: Floats, t_s: Floats, x: float, z: Floats
    ) -> None:
        """Swing an arm in antiphase to the leg of its own side."""
        gait, h, sign = self.gait, self.body.height_m, SIGN[side]
        # The leg of this side is farthest forward half a step before its mid-stance.
        swing = -sign * np.cos(math.pi * (steps + 0.5))
        bend = math.radians(gait.elbow_deg) * np.ones_like(swing)
        if gait.fidget:
            swing = np.sin(0.9 * t_s + sign) * np.sin(0.23 * t_s)
            bend = bend + 1.1 * np.maximum(0.0, np.sin(0.37 * t_s + 2 * sign)) ** 3
        upper = math.radians(gait.arm_deg) * swing - math.radians(6)
        fore = upper + bend * (1 + 0.25 * swing)
        wide = np.full_like(z, sign * 0.105 * h)
        joints[SHOULDER + side] = np.stack([np.full_like(z, x), wide, z], -1)
        elbow = joints[SHOULDER + side] + 0.18 * h * np.stack(
            [np.sin(upper), np.full_like(z, sign * 0.15), -np.cos(upper)], -1
        )
        joints[ELBOW + side] = elbow
        joints[HAND + side] = elbow + 0.2 * h * np.stack(
            [np.sin(fore), np.full_like(z, -sign * 0.2), -np.cos(fore)], -1
        )

    def _place_leg(
        self, joints: Floats, side: int, steps: Floats, t_s: Floats, x: float, z: Floats
    ) -> None:
        """Put a foot where it stands or swings, and bend the knee to reach it."""
        gait, motion, h = self.gait, self.motion, self.body.height_m
        sign = SIGN[side]
        strides = (steps - side) / 2 + gait.duty / 2  # a stance begins at whole numbers
        whole = np.floor(strides)
        part = strides - whole
        reference_m = motion.x_m(t_s)

        def foothold(stride: Floats) -> Floats:
            """Where the ball of the foot stands, forward of the reference point now."""
            mid_stance = 2 * stride + side
            if not motion.step_hz:
                return np.full_like(stride, x)
            under_m = motion.mean_x_m(motion.instant_of(mid_stance))
            return np.asarray(motion.heading * (under_m - reference_m) + x)

        swing = np.clip((part - gait.duty) / max(1 - gait.duty, 1e-9), 0.0, 1.0)
        stance = np.clip(part / gait.duty, 0.0, 1.0)
        ease = swing * swing * (3 - 2 * swing)
        toe_x = foothold(whole) * (1 - ease) + foothold(whole + 1) * ease
        toe_z = 0.03 + gait.lift_m * np.sin(math.pi * swing**0.72) ** 1.2
        heel = 0.35 + (0.75 * stance**2 if gait.duty < 1 else 0.0)
        heel = np.where(part < gait.duty, heel, 0.35 + 0.75 * (1 - swing) ** 1.5)
        ankle_x, ankle_z = toe_x - 0.1 * h * np.cos(heel), toe_z + 0.1 * h * np.sin(heel)
        thigh_m, shank_m = 0.245 * h, 0.246 * h
        reach_x, reach_z = ankle_x - x, ankle_z - z
        reach_m = np.hypot(reach_x, reach_z)
        bent_m = np.minimum(reach_m, 0.999 * (thigh_m + shank_m))
        along = (bent_m**2 + thigh_m**2 - shank_m**2) / (2 * bent_m)
        out = np.sqrt(np.maximum(thigh_m**2 - along**2, 0.0))
        unit_x, unit_z = reach_x / reach_m, reach_z / reach_m
        lateral = np.full_like(z, sign * 0.05 * h)
        joints[HIP + side] = np.stack([np.full_like(z, x), lateral, z], -1)
        joints[KNEE + side] = np.stack(
            [x + unit_x * along - unit_z * out, lateral, z + unit_z * along + unit_x * out], -1
        )
        joints[ANKLE + side] = np.stack([ankle_x, lateral, ankle_z], -1)
        joints[TOE + side] = np.stack([toe_x + 0.04, lateral, toe_z], -1)
