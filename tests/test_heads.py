"""Two heads side by side: told apart by the sky between them, each followed by its own edge."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import ellipse

from station.vision.heads import heads_abreast, path_of
from station.vision.patches import Patches

CELL_M, SPEED_MPS, FRAMES = 0.03, 8.6, 16
ALONG_M = np.arange(-0.8, 0.8 + CELL_M / 2, CELL_M)
HEIGHT_M = np.arange(2.6, 0.4, -CELL_M)
INSTANTS_S = np.arange(FRAMES) / 30
SINCE_S = INSTANTS_S - INSTANTS_S.mean()
DEEP = 6
CLOSE_M = 0.03
"""How near to its middle a head is followed: registering it is left to others."""


def body(middle_m, tall_m=1.75):
    """Head, neck and trunk, 0 to 1."""
    shape = HEIGHT_M, ALONG_M
    head = ellipse(0.12, 0.10, tall_m - 0.12, middle_m, shape, softness=0.03)
    neck = ellipse(0.20, 0.07, tall_m - 0.30, middle_m, shape, softness=0.03)
    trunk = ellipse(0.45, 0.16, tall_m - 0.70, middle_m, shape, softness=0.03)
    return np.max([head, neck, trunk], axis=0)


def cover_of(*runners):
    """Patches that show runners: where each is at mid-clip, how much faster, how tall."""
    frames = [
        np.max([body(at + faster * SPEED_MPS * t, tall) for at, faster, tall in runners], axis=0)
        for t in SINCE_S
    ]
    return np.array(frames, np.float32)


def patches_of(cover):
    return Patches(255 * cover, ALONG_M, HEIGHT_M, 1.0, np.zeros((2, len(cover), 2, 2)))


def found_in(cover):
    return heads_abreast(cover, INSTANTS_S, SPEED_MPS, patches_of(cover))


PAIRS = {
    "half a metre apart": ((-0.25, 0.0, 1.75), (0.25, 0.0, 1.75)),
    "their heads just touch": ((-0.11, 0.0, 1.75), (0.11, 0.0, 1.75)),
    "a child behind": ((-0.22, 0.0, 1.45), (0.22, 0.0, 1.85)),
    "a child ahead": ((-0.22, 0.0, 1.85), (0.22, 0.0, 1.45)),
    "one overtakes": ((-0.18, 0.04, 1.75), (0.15, 0.0, 1.70)),
    "both leave the patch's pace": ((-0.2, 0.04, 1.75), (0.2, -0.03, 1.80)),
}


@pytest.mark.parametrize("shown", [0.6, 0.7, 0.75])
def test_an_arm_and_a_thigh_before_a_runner_are_nobody_beside_him(shown):
    """They are there in most frames, as high as a child; but a child is there in all."""
    alone, child = cover_of((0.0, 0.0, 1.79)), cover_of((0.27, 0.0, 1.42))
    rng = np.random.default_rng(3)
    there = rng.permutation(FRAMES) < shown * FRAMES
    swinging = np.where(there[:, None, None], child, 0)
    assert found_in(np.maximum(alone, child))
    assert found_in(np.maximum(alone, swinging)) == []


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_two_heads_are_each_followed(pair):
    cover = cover_of(*pair)
    behind, ahead = found_in(cover)[0]
    assert (behind.outward, ahead.outward) == (-1, 1)
    for head, (at_m, faster, tall_m) in zip((behind, ahead), pair, strict=True):
        assert HEIGHT_M[head.top] == pytest.approx(tall_m, abs=0.06)
        path_m = path_of(head, patches_of(cover), cover, INSTANTS_S, DEEP)
        assert path_m == pytest.approx(at_m + faster * SPEED_MPS * SINCE_S, abs=CLOSE_M)


def hand(cover, ahead_m, height_m):
    raised = ellipse(0.07, 0.07, height_m, ahead_m, (HEIGHT_M, ALONG_M), softness=0.03)
    return np.maximum(cover, raised.astype(np.float32))


ONE = cover_of((0.0, 0.0, 1.75))
ALONE = {
    "one": ONE,
    "one who is faster than thought": cover_of((0.0, 0.04, 1.75)),
    "one with a hand held up": hand(ONE, 0.33, 1.5),
    "one with a hand held up behind": hand(ONE, -0.38, 1.45),
    "one behind another": cover_of((0.0, 0.0, 1.75), (0.03, 0.0, 1.70)),
    "one, and somebody a metre on": cover_of((-0.2, 0.0, 1.75), (0.75, 0.0, 1.75)),
    "a smear": cover_of((0.0, 0.0, 1.75))[:, :, ::-1] * np.float32(0.4),
    "nobody": np.zeros_like(ONE),
    "noise": np.random.default_rng(3).random(ONE.shape).astype(np.float32),
}


@pytest.mark.parametrize("cover", ALONE.values(), ids=ALONE)
def test_one_head_is_one(cover):
    assert found_in(cover) == []


def test_the_inner_half_of_a_head_does_not_matter():
    """A third head between the two moves neither."""
    pair = PAIRS["half a metre apart"]
    alone, crowded = cover_of(*pair), cover_of(*pair, (0.02, 0.0, 1.60))
    for head in found_in(alone)[0]:
        paths = (path_of(head, patches_of(c), c, INSTANTS_S, DEEP) for c in (alone, crowded))
        first, other = paths
        assert first == pytest.approx(other, abs=1e-9)


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_hardly_any_frames_do_no_harm(frames):
    cover = cover_of(*PAIRS["half a metre apart"])[:frames]
    if frames:
        for heads in heads_abreast(cover, INSTANTS_S[:frames], SPEED_MPS, patches_of(cover)):
            for head in heads:
                assert np.isfinite(
                    path_of(head, patches_of(cover), cover, INSTANTS_S[:frames], 6)
                ).all()
