"""Which pixels matter: the lane's strip, whatever the camera, and never a pixel outside."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from drawn import zone_of
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from station.simulator import Scene
from station.vision.corridor import (
    AROUND_MARKER_M,
    BEYOND_M,
    COARSE_CELLS_PER_M,
    Box,
    corridor_of,
    shrink,
)

SCENES = [
    Scene(size=size, camera_position=place, camera_height_m=height_m, direction=way)
    for (size, place), height_m, way in product(
        (("640x360", "mid"), ("1920x1080", "marker2"), ("1280x720", "marker3")),
        (1.0, 4.0),
        ("left-to-right", "right-to-left"),
    )
]
SCENES.append(Scene(size="640x360", runner_px=60))  # the markers are out of the picture's sides


def names(scene):
    return f"{scene.size} {scene.camera_position} {scene.camera_height_m} m {scene.direction}"


@pytest.mark.parametrize("scene", SCENES[:-1], ids=names)
def test_the_strip_holds_a_trunk_and_a_head_all_along_the_zone(scene):
    zone = zone_of(scene)
    corridor = corridor_of(zone)
    u, v = zone.to_pixel(np.linspace(0, 30, 31)[:, None], 0.0, np.array([0.8, 1.4, 2.0])[None, :])
    box = corridor.box
    width, height = zone.profile.picture_px
    v = np.clip(v, 0, height - 2)
    assert ((u >= box.left) & (u < box.right) & (v >= box.top) & (v < box.bottom)).all()
    assert 0 <= box.top < box.bottom <= height
    assert 0 <= box.left < box.right <= width


@pytest.mark.parametrize("scene", SCENES[:-1], ids=names)
def test_coarse_columns_know_where_they_are(scene):
    zone = zone_of(scene)
    corridor = corridor_of(zone)
    box, step = corridor.box, corridor.step
    assert (box.bottom - box.top) % step == (box.right - box.left) % step == 0
    assert corridor.trunk.shape == ((box.bottom - box.top) // step, len(corridor.x_m))
    u = box.left + step * np.arange(len(corridor.x_m)) + (step - 1) / 2
    seen_u, _ = zone.to_pixel(corridor.x_m, 0.0, 1.2)
    assert np.abs(seen_u - u).max() < step
    assert corridor.x_m.min() > -BEYOND_M - 1
    per_m = 1 / np.abs(np.median(np.diff(corridor.x_m)))
    assert 0.6 * COARSE_CELLS_PER_M < per_m < 1.7 * COARSE_CELLS_PER_M


@pytest.mark.parametrize("scene", SCENES[:-1], ids=names)
def test_feet_are_not_in_the_trunk_and_a_chest_is(scene):
    zone = zone_of(scene)
    corridor = corridor_of(zone)
    for z_m, wanted in ((0.2, False), (1.3, True)):
        u, v = zone.to_pixel(np.linspace(1, 29, 15), 0.0, z_m)
        column = ((u - corridor.box.left) // corridor.step).astype(int)
        row = ((v - corridor.box.top) // corridor.step).astype(int)
        seen = row < len(corridor.trunk)  # below its box are feet
        told = corridor.trunk[np.where(seen, row, 0), column] & seen
        assert (told == wanted).all()


@pytest.mark.parametrize("scene", SCENES, ids=names)
def test_marker_boxes_lie_in_the_picture_about_their_markers(scene):
    zone = zone_of(scene) if scene is not SCENES[-1] else zone_of(Scene(size="640x360"))
    width, height = zone.profile.picture_px
    for marker, at_m in ((2, 0.0), (3, zone.fly_m)):
        box = corridor_of(zone).markers[marker]
        assert 0 <= box.top < box.bottom <= height
        assert 0 <= box.left < box.right <= width
        ends, _ = zone.to_pixel(at_m + np.array([-0.9, 0.9]) * AROUND_MARKER_M, 0.0, 1.0)
        inside = (ends >= 0) & (ends < width)
        assert ((ends >= box.left) & (ends < box.right))[inside].all()


def test_a_box_cuts_a_view():
    picture = np.arange(48, dtype=np.uint8).reshape(6, 8)
    cut = Box(1, 3, 2, 7).cut(picture)
    assert np.shares_memory(cut, picture)
    assert cut.tolist() == [[10, 11, 12, 13, 14], [18, 19, 20, 21, 22]]


@settings(deadline=None, max_examples=40)
@given(st.data(), st.integers(1, 16), st.integers(1, 4), st.integers(1, 5))
def test_shrunk_pictures_are_sums_that_never_overflow(data, step, rows, columns):
    luma = data.draw(arrays(np.uint8, (rows * step, columns * step)))
    sums = luma.astype(int).reshape(rows, step, columns, step).sum(axis=(1, 3))
    assert (shrink(luma, step) == sums).all()
    assert int(shrink(np.full_like(luma, 255), step).max()) == 255 * step**2
