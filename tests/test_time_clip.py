"""time_clip: pure, true to a frame's fraction, and silent where there is nobody to time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from drawn import GREY, draw_body, to_luma, zone_of

from calibration.shutter import row_delay_s
from station.flags import Flag
from station.run import interval, same_point
from station.simulator import Scene
from station.simulator.render import Studio
from station.vision.clip import Clip
from station.vision.corridor import AROUND_MARKER_M, corridor_of
from station.vision.time_clip import SURE_S, time_clip
from station.vision.watch import Passing

SCENE = Scene(fps=60, runs=1, walk_back=False, seed=52_003)
LEFTWARDS = replace(SCENE, direction="right-to-left", camera_position="marker2", seed=52_004)
NOISY = replace(SCENE, fps=30, dim=True, contrast="80", noise=8.0, seed=52_005)
TRUE_S = 0.003
"""Of a fly time: half of the worst case that is allowed, and some."""
SAME_S = 1e-4
HALVED_S = 0.002
ROUGHLY_S = 0.001
"""What a passing seen 40 ms and 8 % off may change."""


@dataclass(frozen=True)
class Filmed:
    """Both markers' boxes of a run, a second about each crossing, without a codec."""

    zone: object
    true_s: dict[int, float]
    fly_s: float
    speed_mps: float
    frames: dict[int, Clip]

    def clip(self, marker, reach_m=AROUND_MARKER_M):
        reach_s = reach_m / self.speed_mps
        clip = self.frames[marker]
        return clip.where(np.abs(clip.instants_s - self.true_s[marker]) <= reach_s)

    def passing(self, marker, late_s=0.0, faster=1.0):
        return Passing(marker, self.true_s[marker] + late_s, self.speed_mps * faster, 0.9)


@cache
def filmed(scene, **profile):
    zone = zone_of(scene, readout_ms=scene.readout_ms, **profile)
    studio, corridor = Studio(scene), corridor_of(zone)
    (run,) = studio.cast.runs
    true_s = {2: run.marker2_s, 3: run.marker3_s}
    frames = {}
    for marker, at_s in true_s.items():
        t = np.arange(round((at_s - 0.6) * scene.fps), round((at_s + 0.6) * scene.fps)) / scene.fps
        box = corridor.markers[marker]
        height = scene.size_px[1]
        luma = np.array([box.cut(studio.frame(float(s))[:height]).copy() for s in t])
        frames[marker] = Clip(t, luma, box)
    return Filmed(zone, true_s, run.fly_s, run.velocity_mps, frames)


def timed(film, marker=2, **seen):
    return only(time_clip(film.clip(marker), film.zone, film.passing(marker, **seen)))


def only(bodies):
    """The crossings of the one body that is there to be timed, or of none."""
    assert len(bodies) <= 1
    return bodies[0] if bodies else ()


def alike(one, other):
    """Whether two crossings are the same to the last digit."""
    return (
        replace(one, silhouette=other.silhouette) == other
        and (one.silhouette.cover == other.silhouette.cover).all()
    )


@pytest.mark.parametrize("scene", [SCENE, LEFTWARDS], ids=["rightwards", "leftwards"])
def test_a_fly_time_is_true(scene):
    film = filmed(scene)
    found = interval(*same_point(timed(film, 2), timed(film, 3)), lane_sd_m=0.15)
    assert found.took_s == pytest.approx(film.fly_s, abs=TRUE_S)
    assert abs(found.took_s - film.fly_s) < 3 * found.repeat_sigma_s


def test_a_head_that_is_timed_well_needs_no_trunk_beside_it():
    (head,) = timed(filmed(SCENE))
    assert head.point == "head"
    assert head.noise_s < SURE_S


def test_the_head_comes_first_then_the_trunk():
    found = timed(filmed(NOISY))
    assert [one.point for one in found] == ["head"] + ["torso"] * (len(found) - 1)
    assert len(found) > 1
    assert found[0].noise_s >= SURE_S
    assert found[0].height_m > max(one.height_m for one in found[1:])
    assert all(one.marker == 2 and one.flags == () for one in found)


def test_a_crossing_says_where_in_the_picture_and_how_fast():
    film = filmed(SCENE)
    head = timed(film)[0]
    u, v = film.zone.to_pixel(0.0, 0.0, head.height_m)
    assert (head.u_px, head.v_px) == pytest.approx((float(u), float(v)))
    assert head.velocity_mps == pytest.approx(film.speed_mps, rel=0.05)
    seen = [one for one in head.sightings if one.used]
    assert len(seen) >= 10
    assert [one.instant_s for one in seen] == sorted(one.instant_s for one in seen)
    x_m, _ = film.zone.to_lane(seen[0].u_px, seen[0].v_px)
    assert seen[0].x_m == pytest.approx(float(x_m))


def test_the_same_clip_gives_the_same_digits():
    first, again = timed(filmed(SCENE)), timed(filmed(SCENE))
    assert len(first) == len(again)
    assert all(alike(one, other) for one, other in zip(first, again, strict=True))


def test_a_clip_is_not_changed_by_timing_it():
    film = filmed(SCENE)
    clip = film.clip(2)
    before = clip.luma.copy()
    time_clip(clip, film.zone, film.passing(2))
    assert (clip.luma == before).all()


@pytest.mark.parametrize("marker", [2, 3])
def test_a_longer_clip_gives_the_same_instant(marker):
    film = filmed(SCENE)
    longer = film.clip(marker, reach_m=1.35 * AROUND_MARKER_M)
    assert len(longer.instants_s) > len(film.clip(marker).instants_s) + 5
    found = only(time_clip(longer, film.zone, film.passing(marker)))
    assert found[0].instant_s == pytest.approx(timed(film, marker)[0].instant_s, abs=SAME_S)


@pytest.mark.parametrize("odd", [0, 1])
def test_half_the_frames_give_the_same_instant(odd):
    film = filmed(SCENE)
    for marker in (2, 3):
        clip = film.clip(marker)
        half = clip.where(np.arange(len(clip.instants_s)) % 2 == odd)
        found = only(time_clip(half, film.zone, film.passing(marker)))
        assert found[0].instant_s == pytest.approx(timed(film, marker)[0].instant_s, abs=HALVED_S)


@pytest.mark.parametrize(("late_s", "faster"), [(0.04, 1.0), (-0.04, 1.0), (0, 1.08), (0, 0.92)])
def test_how_roughly_somebody_was_seen_passing_matters_little(late_s, faster):
    film = filmed(SCENE)
    found = timed(film, 2, late_s=late_s, faster=faster)
    assert found[0].instant_s == pytest.approx(timed(film)[0].instant_s, abs=ROUGHLY_S)


def test_the_rolling_shutter_went_the_other_way_in_a_camera_upside_down():
    film = filmed(SCENE)
    upright = timed(film)[0]
    clip = replace(film.clip(2), rotation_deg=180)
    turned = only(time_clip(clip, film.zone, film.passing(2)))[0]
    profile = film.zone.profile
    later_s = row_delay_s(upright.v_px, profile, 0, 180) - row_delay_s(upright.v_px, profile)
    assert abs(later_s) > 1e-4
    assert turned.instant_s - upright.instant_s == pytest.approx(float(later_s), abs=2e-5)


def test_a_camera_that_moved_is_followed_and_flagged():
    film = filmed(SCENE)
    clip = film.clip(2)
    anchor = np.roll(np.median(clip.luma, axis=0), 5, axis=1)
    found = only(time_clip(replace(clip, anchor=anchor), film.zone, film.passing(2)))
    assert found[0].flags == (Flag.CAMERA_MOVED,)
    # The cones were 5 columns to the right of where they are now.
    u, _ = film.zone.to_pixel(np.array([0.0, 1.0]), 0.0, 1.5)
    late_s = -5 / (u[1] - u[0]) / film.speed_mps
    assert found[0].instant_s - timed(film)[0].instant_s == pytest.approx(float(late_s), abs=5e-4)


def test_a_blink_of_the_light_is_survived():
    film = filmed(SCENE)
    clip = film.clip(2)
    gain = 1 + 0.15 * np.sin(np.arange(len(clip.luma)))
    lit = np.clip(clip.luma * gain[:, None, None], 0, 255).astype(np.uint8)
    found = only(time_clip(replace(clip, luma=lit), film.zone, film.passing(2)))
    assert found[0].instant_s == pytest.approx(timed(film)[0].instant_s, abs=HALVED_S)


def test_lost_frames_at_the_marker_are_flagged():
    film = filmed(SCENE)
    clip = film.clip(2)
    kept = np.abs(clip.instants_s - film.true_s[2]) > 0.03
    found = only(time_clip(clip.where(kept), film.zone, film.passing(2)))
    assert Flag.FRAMES_DROPPED in found[0].flags
    assert found[0].instant_s == pytest.approx(timed(film)[0].instant_s, abs=HALVED_S)


def test_repeated_frames_are_flagged_and_do_no_harm():
    film = filmed(SCENE)
    clip = film.clip(2)
    shown = np.arange(len(clip.instants_s)) // 2 * 2
    found = only(time_clip(replace(clip, luma=clip.luma[shown]), film.zone, film.passing(2)))
    assert Flag.REPEATED_FRAMES in found[0].flags
    assert found[0].instant_s == pytest.approx(timed(film)[0].instant_s, abs=HALVED_S)


def test_a_clip_that_ends_before_the_marker_is_flagged():
    film = filmed(SCENE)
    clip = film.clip(2)
    early = clip.where(clip.instants_s < film.true_s[2] - 0.03)
    found = only(time_clip(early, film.zone, film.passing(2)))
    assert all(Flag.NO_FRAMES_PAST_LINE in one.flags for one in found)


@pytest.mark.parametrize("faster", [-1.0, 2.0])
def test_who_was_seen_otherwise_than_he_ran_is_not_timed(faster):
    assert timed(filmed(SCENE), 2, faster=faster) == ()


@pytest.mark.parametrize(
    ("frames", "level"),
    [(frames, level) for frames in (0, 1, 2, 3, 8, 40) for level in (0, 128, 255)],
)
def test_blank_frames_of_any_number_time_nobody(frames, level):
    film = filmed(SCENE)
    _, rows, columns = film.frames[2].luma.shape
    luma = np.full((frames, rows, columns), level, np.uint8)
    t = film.true_s[2] + (np.arange(frames) - frames // 2) / 60
    clip = Clip(t, luma, film.frames[2].box)
    assert time_clip(clip, film.zone, film.passing(2)) == ()


def test_an_empty_lane_times_nobody():
    film = filmed(SCENE)
    clip = film.clip(2)
    rng = np.random.default_rng(9)
    empty = np.median(clip.luma[:6], axis=0) + 2 * rng.standard_normal(clip.luma.shape)
    found = only(time_clip(replace(clip, luma=to_luma(empty)), film.zone, film.passing(2)))
    assert found == ()


def test_a_body_at_the_picture_s_edge_does_no_harm():
    """Half of his way past Marker 2 is outside."""
    scene = Scene(size="640x360", runner_px=30)
    zone = zone_of(scene)
    box = corridor_of(zone).markers[2]
    t = np.arange(-24, 25) / 60
    wall = GREY + 8 * np.random.default_rng(2).standard_normal((360, 640))
    luma = np.array([box.cut(to_luma(draw_body(wall.copy(), zone, 8 * s))) for s in t])
    found = only(time_clip(Clip(t, luma, box), zone, Passing(2, 0.0, 8.0, 0.9)))
    assert all(abs(one.instant_s) < 0.05 for one in found)
