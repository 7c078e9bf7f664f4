"""The judgement of a set-up: laws of optics hold in it, and its advice keeps its word."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from test_geometry import aimed, mirrored, profile_of

from calibration.geometry import fit_zone
from calibration.profile import Profile
from calibration.quality import SPEED_MPS, Quality, lines, quality_of

PROFILE = profile_of(aimed(), 30.0, cone_sd_px=0.1)


def judged(profile: Profile) -> Quality:
    return quality_of(fit_zone(profile))


def promised(quality: Quality, start: str) -> tuple[float, float]:
    """The two figures of a line of advice, in ms."""
    line = next(line for line in quality.advice if line.startswith(start))
    before, after = re.findall(r"±([\d.]+) ms", line)
    return float(before), float(after)


def test_a_pixel_is_what_it_is_across_the_picture() -> None:
    quality = judged(PROFILE)
    columns = PROFILE.marker3_px[0][0] - PROFILE.marker2_px[0][0]
    mean_ms = 30 / columns / SPEED_MPS * 1000
    assert quality.ms_per_px == pytest.approx((mean_ms, mean_ms), rel=0.05)
    aside = judged(profile_of(aimed(at=0.0), 30.0))
    assert aside.ms_per_px[1] > 1.5 * aside.ms_per_px[0]


@pytest.mark.parametrize("mirror", [False, True])
def test_parallax_is_zone_over_distance(mirror: bool) -> None:
    quality = judged(mirrored(PROFILE) if mirror else PROFILE)
    assert quality.lane_s_per_m == pytest.approx(1 / SPEED_MPS, rel=0.02)
    assert quality.lane_sigma_s == pytest.approx(0.15 / SPEED_MPS, rel=0.02)
    assert judged(replace(PROFILE, lane_sd_m=0.0)).lane_sigma_s == 0


def test_higher_up_the_feet_tell_lanes_apart() -> None:
    low, high = (
        judged(profile_of(aimed(height_m=height_m), 30.0, cone_sd_px=0.1))
        for height_m in (1.5, 4.0)
    )
    assert not low.feet_tell_lanes
    assert high.feet_tell_lanes
    near, far = profile_of(aimed(height_m=4.0), 30.0).marker2_px
    assert high.lane_rows_px == pytest.approx(near[1] - far[1], rel=0.1)


def test_advice_farther_back_keeps_its_word() -> None:
    before_ms, after_ms = promised(judged(PROFILE), "10 m farther back")
    farther = judged(profile_of(aimed(distance=4 / 3), 30.0, cone_sd_px=0.1))
    assert before_ms == pytest.approx(1960 * judged(PROFILE).lane_sigma_s, abs=1)
    assert after_ms == pytest.approx(1960 * farther.lane_sigma_s, abs=1)


def test_advice_on_a_lane_line_and_on_the_tape_keeps_its_word() -> None:
    loose = replace(PROFILE, cone_sd_px=0.5)
    quality = judged(loose)
    _, on_line_ms = promised(quality, "athletes on a lane line")
    on_line = judged(replace(loose, lane_sd_m=0.05))
    assert on_line_ms == pytest.approx(1960 * on_line.lane_sigma_s, abs=1)
    assert not any("lane line" in line for line in on_line.advice)
    _, taped_ms = promised(quality, "camera's place measured")
    taped = judged(replace(loose, camera_distance_m=30.0, camera_height_m=1.6))
    assert taped_ms == pytest.approx(1960 * taped.cones_sigma_s, abs=1)
    assert not any("measured" in line for line in taped.advice)


def test_advice_on_lone_cones_keeps_its_word() -> None:
    lone = replace(PROFILE, marker2_px=PROFILE.marker2_px[:1], marker3_px=PROFILE.marker3_px[:1])
    before_ms, after_ms = promised(judged(lone), "a cone on both edges")
    assert before_ms > 20 * after_ms
    assert "near edge, ±0.8 m; lanes cannot be told" in "\n".join(lines(judged(lone)))
    assert not any("both edges" in line for line in judged(PROFILE).advice)


def test_what_a_coach_reads() -> None:
    text = "\n".join(lines(judged(PROFILE)))
    assert "Marker 2 on the left, runs go left to right" in text
    assert re.search(r"Residual: 0\.0 px", text)
    assert re.search(r"Milliseconds per pixel: \d\.\d at Marker 2, \d\.\d at Marker 3", text)
    assert re.search(r"Parallax it cannot know: ±3[45] ms", text)
    assert "good to 0.1 px (one sd, --cone-sd)" in text
    assert "only cone" not in text
    assert "one camera per marker" in text
    assert "2 m higher up" in text
    assert "nan" not in text
    assert "runs go right to left" in "\n".join(lines(judged(mirrored(PROFILE))))
