"""Which seconds of a live picture matter, and how soon that is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from footage import FILM, NS, SHORT_FILM, zone_beside

from hardware.video import open_video
from station.camera.delivery import Delivery
from station.camera.watch import AFTER_S, BEFORE_S, LiveWatch

SPEEDS_MPS = (3.0, 13.0)
ROUGHLY_S = 0.15  # what a crude look is off by
SOON_S = 1.5  # after Marker 3


def watched(video):
    """Spans, each with the instant at which it was known."""
    watch = LiveWatch(zone_beside(video), SPEEDS_MPS)
    spans = []
    with open_video(video) as film:
        for frame in film.frames():
            span = watch.feed(frame.pts_ns / NS, frame.luma)
            if span is not None:
                spans.append((span, frame.pts_ns / NS))
    return spans, watch.finish()


def covers(span, run):
    return (
        abs(span.from_s - (run.marker2_s - BEFORE_S)) < ROUGHLY_S
        and abs(span.to_s - (run.marker3_s + AFTER_S)) < ROUGHLY_S
    )


def test_each_run_is_a_span_and_known_soon_after_it(rendered):
    video, truth = rendered(FILM)
    ((first, known_s),), last = watched(video)  # the film ends as the second runner has passed
    assert known_s - truth.runs[0].marker3_s < SOON_S
    assert covers(first, truth.runs[0])
    assert covers(last, truth.runs[1])


def test_two_who_are_in_the_zone_together_are_one_span(rendered):
    scene = replace(SHORT_FILM, second="near", second_offset_s=1.2, seed=44)
    video, truth = rendered(scene)
    over, left = watched(video)
    (span,) = [*(span for span, _ in over), *([left] if left else [])]
    assert len(truth.runs) == 2
    for run in truth.runs:
        assert span.from_s < run.marker2_s - BEFORE_S + ROUGHLY_S
        assert span.to_s > run.marker3_s + AFTER_S - ROUGHLY_S


def test_leaves_and_rain_are_nobody(rendered):
    video, _ = rendered(replace(SHORT_FILM, runs=0, idle_s=12.0, leaves_px=3.0, rain=0.5))
    assert watched(video) == ([], None)


def test_a_film_that_ends_in_mid_run_leaves_what_was_seen(rendered):
    video, truth = rendered(SHORT_FILM)
    run = truth.runs[0]
    watch = LiveWatch(zone_beside(video), SPEEDS_MPS)
    with open_video(video) as film:
        for frame in film.frames(None, round((run.marker2_s + 0.9) * NS)):
            assert watch.feed(frame.pts_ns / NS, frame.luma) is None
    span = watch.finish()
    assert abs(span.from_s - (run.marker2_s - BEFORE_S)) < ROUGHLY_S


def delivered(stamps_ns):
    delivery = Delivery()
    return [said for at_ns in stamps_ns if (said := delivery.add(at_ns)) is not None]


def test_the_rate_that_is_delivered_is_told_once_and_again_when_it_changes():
    even = [n * NS // 60 for n in range(1800)]
    assert delivered(even) == ["delivers 60 pictures a second"]
    halved = [*even, *(even[-1] + n * NS // 30 for n in range(1, 900))]
    assert delivered(halved)[-1] == "delivers 30 pictures a second"
    assert len(delivered(halved)) in (2, 3)  # the seconds in which it changed may be told too


@pytest.mark.parametrize(("every", "told"), [(10, "leaves out 10 % of them"), (200, None)])
def test_pictures_that_are_left_out_are_told_where_they_are_many(every, told):
    stamps_ns = [n * NS // 60 for n in range(1800) if n % every]
    said = delivered(stamps_ns)
    assert said == ["delivers 60 pictures a second" + (f", and {told}" if told else "")]
