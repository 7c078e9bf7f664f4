"""What is kept of a camera, and what of it gets into a file: the same bytes at the same times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import av
import numpy as np
import pytest

from hardware.camera import Shot
from hardware.clips import STAR, Clips, star, starred
from hardware.clock import ManualClock
from hardware.container import SPEEDS_TAG, speeds_mps
from hardware.errors import StationError
from hardware.packets import stamp_ns
from hardware.played_camera import PlayedCamera
from hardware.recorder import APART_NS, InFile, Ring, write_clip
from hardware.units import NS
from hardware.video import open_video

RATE_HZ = 30
KEY_EVERY = 15
OPENING = 5


@pytest.fixture(params=[0, 2], ids=["no B-frames", "B-frames"])
def filmed(request, tmp_path):
    """Ten seconds whose timestamps are not even, and the shots that a camera gives of them."""
    path = tmp_path / "film.mp4"
    chance = np.random.default_rng(4)
    with av.open(str(path), "w") as container:
        options = {"bf": str(request.param), "g": str(KEY_EVERY), "sc_threshold": "0"}
        stream = container.add_stream("libx264", RATE_HZ, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 90_000)
        for n in range(300):
            grey = chance.integers(0, 255, (48, 64), np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, "gray").reformat(format="yuv420p")
            frame.pts = n * 3000 + int(chance.integers(-400, 400))
            frame.time_base = Fraction(1, 90_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    clock = ManualClock()
    feed = PlayedCamera(path, clock, lambda wait_s: clock.advance(round(wait_s * NS))).open()
    shots = []
    while (shot := feed.next()) is not None:
        shots.append(shot)
    return feed.coding, shots


def ring_of(coding, shots, **given):
    ring = Ring(OPENING, **given)
    ring.begin(coding)
    for shot in shots:
        ring.add(shot)
    return ring


def write(path, cut, **given):
    usual = {"recorded_utc": "2026-11-22T10:00:00.000000Z", "clock": "device", "clock_sigma_s": 0.0}
    write_clip(path, cut, **usual | given)


def packets_in(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [
            (stamp_ns(packet, packet.time_base), bytes(packet))
            for packet in container.demux(stream)
            if packet.size
        ]


def test_a_clip_has_the_bytes_of_the_camera_at_the_times_of_the_camera(filmed, tmp_path):
    coding, shots = filmed
    cut = ring_of(coding, shots).cut(round(4.2 * NS), 6 * NS)
    write(tmp_path / "clip.mp4", cut)
    written = packets_in(tmp_path / "clip.mp4")
    opening, passage = written[:OPENING], written[OPENING:]
    assert [data for _, data in opening] == [bytes(shot.packet) for shot in shots[:OPENING]]
    assert [data for _, data in passage] == [bytes(shot.packet) for shot in cut.shots]
    # Times are kept, but for where they begin; nanoseconds are ticks of 1/90 000 s, rounded.
    begun_ns = passage[0][0] - cut.shots[0].pts_ns
    for (at_ns, _), shot in zip(passage, cut.shots, strict=True):
        assert abs(at_ns - begun_ns - shot.pts_ns) <= 1
    with open_video(tmp_path / "clip.mp4") as video:
        assert not video.warnings
        assert video.recorded_utc == "2026-11-22T10:00:00.000000Z"
        assert video.speeds_mps is None
        frames = list(video.frames())
        assert len(frames) == len(written)
        # The instant of the first picture on the camera's clock is the one that is said.
        since_ns = passage[0][0] - video.first_pts_ns
        assert abs(cut.first_ns + since_ns - cut.shots[0].pts_ns) <= 2
    gaps_ns = np.diff([frame.pts_ns for frame in frames])
    assert abs(gaps_ns.max() - APART_NS) <= NS // 90_000 + 1


def test_a_clip_says_who_counted_as_running(filmed, tmp_path):
    coding, shots = filmed
    cut = ring_of(coding, shots).cut(0, NS)
    write(tmp_path / "clip.mp4", cut, speeds_mps=(0.5, 13.0))
    with open_video(tmp_path / "clip.mp4") as video:
        assert video.speeds_mps == (0.5, 13.0)


@pytest.mark.parametrize("said", ["", "3", "3:13:20", "13:3", "nan:13", "3:inf", "0:13", "a:b"])
def test_what_is_no_range_of_speeds_counts_for_none(said):
    assert speeds_mps({SPEEDS_TAG: said}) is None


def test_a_clip_begins_at_a_keyframe_no_later_than_asked(filmed):
    coding, shots = filmed
    ring = ring_of(coding, shots)
    for from_s in (3.0, 4.2, 7.99):
        cut = ring.cut(round(from_s * NS), 9 * NS)
        first = cut.shots[0]
        assert first.packet.is_keyframe
        assert from_s - (KEY_EVERY + 1) / RATE_HZ < first.pts_ns / NS <= from_s


def test_a_clip_of_the_cameras_beginning_has_its_opening_once(filmed, tmp_path):
    coding, shots = filmed
    cut = ring_of(coding, shots).cut(0, 2 * NS)
    assert not cut.opening
    assert cut.shots[0] is shots[0]
    write(tmp_path / "clip.mp4", cut)
    with open_video(tmp_path / "clip.mp4") as video:
        assert len(list(video.frames())) == len(cut.shots)


@pytest.mark.parametrize("filmed", [0], indirect=True)
def test_timestamps_that_were_not_final_are_written_as_they_are_now(filmed, tmp_path):
    coding, shots = filmed
    cut = ring_of(coding, shots).cut(4 * NS, 6 * NS)
    begun_ns = cut.shots[0].pts_ns
    even_ns = [begun_ns + round(n * NS / RATE_HZ) for n in range(len(cut.shots))]
    write(tmp_path / "clip.mp4", cut, at_ns=even_ns)
    written = [at_ns for at_ns, _ in packets_in(tmp_path / "clip.mp4")][OPENING:]
    assert np.abs(np.diff(written) - NS / RATE_HZ).max() <= 2 * NS / 90_000


@pytest.mark.parametrize("from_s", [0.0, 4.2])
@pytest.mark.parametrize("moved", [False, True])
def test_what_a_file_will_say_is_known_while_it_is_filmed(filmed, tmp_path, from_s, moved):
    coding, shots = filmed
    ring = ring_of(coding, shots)
    begun = ring.cut(round(from_s * NS), round((from_s + 1) * NS))
    cut = ring.cut(round(from_s * NS), round((from_s + 3) * NS))
    at_ns = [shot.pts_ns + (7_000_000 if moved else 0) for shot in cut.shots]
    write(tmp_path / "clip.mp4", cut, at_ns=at_ns)
    in_file = InFile(begun, at_ns[0])
    with open_video(tmp_path / "clip.mp4") as video:
        assert in_file.first_ns == video.first_pts_ns
        said = {in_file.ns(shot.pts_ns, ns) for shot, ns in zip(cut.shots, at_ns, strict=True)}
        assert said <= {frame.pts_ns for frame in video.frames()}


def test_a_ring_forgets_whole_groups_and_never_more_than_it_must(filmed):
    coding, shots = filmed
    size = sum(shot.packet.size for shot in shots)
    ring = ring_of(coding, shots, most_bytes=size // 3)
    assert size // 6 < ring.size_bytes <= size // 3
    cut = ring.cut(0, 10 * NS)
    assert cut.opening == tuple(shots[:OPENING])
    assert cut.shots[0].packet.is_keyframe
    assert cut.shots[-1] is shots[-1]


def test_nothing_is_kept_before_a_first_keyframe_and_nothing_cut_of_nothing(filmed):
    coding, shots = filmed
    ring = ring_of(coding, shots[3:KEY_EVERY])
    assert ring.cut(0, NS) is None
    assert ring.size_bytes == 0


def test_a_camera_that_comes_back_keeps_its_first_pictures_if_it_is_the_same(filmed):
    coding, shots = filmed
    ring = ring_of(coding, shots[:100])
    ring.end()
    assert ring.cut(0, NS) is None
    assert ring.begin(coding)
    for shot in shots[150:]:
        ring.add(shot)
    assert ring.cut(8 * NS, 9 * NS).opening == tuple(shots[:OPENING])


def test_a_folder_that_takes_no_clip_is_one_line(filmed, tmp_path):
    coding, shots = filmed
    cut = ring_of(coding, shots).cut(4 * NS, 6 * NS)
    with pytest.raises(StationError, match="cannot write"):
        write(tmp_path / "missing" / "clip.mp4", cut)


def test_the_oldest_clips_go_first_and_those_with_a_star_never(tmp_path):
    clips = Clips(tmp_path / "clips", most_bytes=3500)
    begun = datetime(2026, 11, 22, 10, tzinfo=UTC)
    made = []
    for n in range(6):
        clip = clips.name(begun + timedelta(minutes=n))
        clip.write_bytes(b"x" * 1000)
        clip.with_suffix(".toml").write_text("calibration")
        made.append(clip)
    assert made[0].name == "2026-11-22T10-00-00.000Z.mp4"
    star(made[1])
    (tmp_path / "clips" / "notes.mp4").write_bytes(b"x" * 9000)  # not ours
    assert clips.make_room() == [made[0], made[2], made[3]]
    assert clips.kept() == [made[1], made[4], made[5]]
    assert starred(made[1])
    assert sorted(path.suffix for path in clips.folder.iterdir()) == sorted(
        [".mp4", ".toml"] * 3 + [STAR, ".mp4"]
    )
    assert clips.make_room() == []


def test_two_clips_of_one_millisecond_have_two_names(tmp_path):
    clips = Clips(tmp_path)
    at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    first = clips.name(at)
    first.touch()
    assert clips.name(at) != first
    assert clips.name(at).parent == first.parent


def test_a_shot_without_a_presentation_time_has_that_of_its_decoding():
    packet = av.Packet(b"x")
    packet.dts, packet.time_base = 7, Fraction(1, 1000)
    assert Shot(packet, 7_000_000, 0).ticks == 7
