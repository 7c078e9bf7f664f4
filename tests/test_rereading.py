"""A reading is found again among the runs of its recording, as it is timed now."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import av
import msgspec
import pytest
from drills import S

from hardware.container import SPEEDS_TAG
from station.console.review_shelf import Shelf
from station.film.rereading import number_near
from station.fusion import Reading

BEHIND_S = 0.8  # two who run so close are told apart


def reading(part: int, at_s: float) -> Reading:
    return Reading(
        f"video:/clips/a.mp4#{part}", round(at_s * S), round((at_s + 3.5) * S), 3.5, 0.01
    )


@pytest.mark.parametrize(
    ("before", "runs_s", "later_s", "number"),
    [
        pytest.param(reading(1, 10), (10.0, 10 + BEHIND_S), 0, 1, id="the first of two close"),
        pytest.param(reading(2, 10 + BEHIND_S), (10.0, 10 + BEHIND_S), 0, 2, id="the second"),
        pytest.param(reading(2, 10.0), (10.0, 10 + BEHIND_S), 0, 2, id="its number, if late"),
        pytest.param(reading(2, 20), (20.1, 30.0), 0, 1, id="nobody is timed before it now"),
        pytest.param(reading(3, 10 + BEHIND_S), (10.0, 10.9), 0, 2, id="else the nearest"),
        pytest.param(reading(1, 10), (12.0, 20.0), 0, None, id="nobody about then"),
        pytest.param(reading(1, 10), (12.0, 20.0), 2, 1, id="but a zero test moved it"),
    ],
)
def test_a_reading_is_of_the_run_of_its_number_or_else_of_the_nearest(
    before: Reading, runs_s: tuple[float, ...], later_s: float, number: int | None
) -> None:
    found = number_near(before, [round(one * S) for one in runs_s], round(later_s * S))
    assert found == number


def test_who_counted_as_running_when_it_was_recorded_does_so_again(tmp_path: Path) -> None:
    sample = Path(__file__).parents[1] / "recordings" / "fly30.mp4"
    clip = tmp_path / "clip.mp4"
    clip.with_suffix(".toml").write_bytes(sample.with_suffix(".toml").read_bytes())
    with (
        av.open(str(sample)) as known,
        av.open(str(clip), "w", options={"movflags": "use_metadata_tags"}) as made,
    ):
        made.metadata[SPEEDS_TAG] = "8.8:13"
        stream = made.add_stream_from_template(known.streams.video[0])
        for packet in known.demux(video=0):
            if packet.size:
                packet.stream = stream
                made.mux(packet)
    shelf, said = Shelf(), partial(msgspec.structs.replace, reading(1, 0))
    usual, anew = shelf.recording(sample, reading(1, 0)), shelf.recording(clip, reading(1, 0))
    assert len(usual.timed) == 3
    assert [one.run.fly_s for one in anew.timed] == [
        one.run.fly_s for one in usual.timed if one.run.velocity_mps > 8.8
    ]
    assert 0 < len(anew.timed) < 3
    assert len(shelf.recording(clip, said(speeds_mps=(3.0, 13.0))).timed) == 3
    slow = shelf.recording(sample, said(speeds_mps=(3.0, 26.0), capture_fps=60.0))
    assert [one.run.fly_s for one in slow.timed] == pytest.approx(
        [one.run.fly_s / 2 for one in usual.timed], abs=0.02
    )
