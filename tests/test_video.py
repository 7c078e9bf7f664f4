from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardware.errors import StationError
from hardware.video import VideoFile, open_video

NS_PER_S = 1_000_000_000
WIDTH_PX, HEIGHT_PX = 160, 96
FRAMES = 60
RATE_HZ = 30
ALIKE = 0.95
"""Correlation of a coded picture with the drawn one; coding and limited range spare the rest."""

PLAYLIST = b"""#EXTM3U
#EXT-X-TARGETDURATION:4
#EXTINF:4,
http://127.0.0.1:9/part.ts
"""
SESSION = b"""v=0
o=- 0 0 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=video 5004 RTP/AVP 96
a=rtpmap:96 H264/90000
"""
X265 = "log-level=error:keyint=20:min-keyint=20:scenecut=0"


@dataclass(frozen=True)
class Recipe:
    """How a clip is made; `pts` in ticks of `time_base`."""

    suffix: str
    codec: str = "libx264"
    options: dict[str, str] = field(default_factory=lambda: {"g": "20", "bf": "2"})
    pixels: str = "yuv420p"
    muxing: dict[str, str] = field(default_factory=dict)
    frames: int = FRAMES
    size_px: tuple[int, int] = (WIDTH_PX, HEIGHT_PX)
    time_base: Fraction = Fraction(1, RATE_HZ)
    pts: tuple[int, ...] | None = None
    rotation_deg: int | None = None
    tags: dict[str, str] = field(default_factory=dict)


OPEN_GOP = {
    "x264-params": "keyint=20:min-keyint=20:open-gop=1:bframes=3:b-pyramid=normal:scenecut=0"
}
X264_SHORT = {"x264-params": "keyint=3:min-keyint=1:bframes=2"}
REFRESH = {"x264-params": "keyint=20:intra-refresh=1"}
HEVC_OPEN = {"x265-params": f"{X265}:open-gop=1:bframes=4"}
HEVC_CLOSED = {"x265-params": f"{X265}:open-gop=0"}
VP9 = {"g": "20", "auto-alt-ref": "1", "lag-in-frames": "12", "cpu-used": "8"}
AV1 = {"g": "20", "preset": "12"}

RECIPES = {
    "h264-mp4": Recipe(".mp4"),
    "h264-mov": Recipe(".mov"),
    "h264-mkv": Recipe(".mkv"),
    "h264-ts": Recipe(".ts"),
    "h264-avi": Recipe(".avi"),
    "h264-fragmented": Recipe(".mp4", muxing={"movflags": "frag_keyframe+empty_moov"}),
    "h264-live-mkv": Recipe(".mkv", muxing={"live": "1"}),
    "h264-open-mp4": Recipe(".mp4", options=OPEN_GOP),
    "h264-open-mkv": Recipe(".mkv", options=OPEN_GOP),
    "h264-open-ts": Recipe(".ts", options=OPEN_GOP),
    "h264-open-avi": Recipe(".avi", options=OPEN_GOP),
    "h264-short-gop": Recipe(".mp4", options=X264_SHORT),
    "h264-refresh": Recipe(".mp4", options=REFRESH),
    "hevc-open-mp4": Recipe(".mp4", "libx265", HEVC_OPEN),
    "hevc-open-ts": Recipe(".ts", "libx265", HEVC_OPEN),
    "hevc-closed-mkv": Recipe(".mkv", "libx265", HEVC_CLOSED),
    "vp9-webm": Recipe(".webm", "libvpx-vp9", VP9),
    "vp9-mp4": Recipe(".mp4", "libvpx-vp9", VP9),
    "av1-mp4": Recipe(".mp4", "libsvtav1", AV1),
    "av1-mkv": Recipe(".mkv", "libsvtav1", AV1),
    "mjpeg-avi": Recipe(".avi", "mjpeg", {}, "yuvj420p"),
    "mjpeg-mov": Recipe(".mov", "mjpeg", {}, "yuvj420p"),
    "mpeg2-ps": Recipe(".mpg", "mpeg2video", {"bf": "2"}),
}


def scene(number: int, size_px: tuple[int, int]) -> np.ndarray:
    """A gradient that moves, under noise: no two frames are alike. The top left is bright."""
    width, height = size_px
    noise = np.random.default_rng(number).integers(-15, 16, (height, width))
    ramp = np.add.outer(np.arange(height), 2 * np.arange(width) + 3 * number) % 120 + 40
    luma = (ramp + noise).astype(np.uint8)
    luma[: height // 4, : width // 4] = 235
    return luma


def write(path: Path, recipe: Recipe) -> Path:
    with av.open(str(path), "w", options=recipe.muxing) as container:
        container.metadata.update(recipe.tags)
        stream = container.add_stream(recipe.codec, rate=RATE_HZ, options=recipe.options)
        stream.width, stream.height = recipe.size_px
        stream.pix_fmt = recipe.pixels
        stream.codec_context.time_base = recipe.time_base
        if recipe.rotation_deg is not None:
            stream.set_display_rotation(recipe.rotation_deg)
        for number in range(recipe.frames):
            frame = av.VideoFrame.from_ndarray(scene(number, recipe.size_px), "gray")
            frame = frame.reformat(format=recipe.pixels)
            frame.pts = recipe.pts[number] if recipe.pts else number
            frame.time_base = recipe.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


Film = Callable[[Recipe], Path]


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Makes a clip of a recipe, each once."""
    made: list[tuple[Recipe, Path]] = []

    def make(recipe: Recipe) -> Path:
        for known, path in made:
            if known == recipe:
                return path
        path = tmp_path_factory.mktemp("film") / f"clip{recipe.suffix}"
        made.append((recipe, write(path, recipe)))
        return path

    return make


def correlation(seen: np.ndarray, drawn: np.ndarray) -> float:
    return float(np.corrcoef(seen.ravel(), drawn.ravel())[0, 1])


def spans(video: VideoFile, count: int) -> list[tuple[int, int]]:
    """Spans of all lengths, seeded, some from one frame's timestamp to another's."""
    rng = np.random.default_rng(20)
    stamps_ns = [frame.pts_ns for frame in video.frames()]
    low_ns, high_ns = stamps_ns[0] - NS_PER_S // 10, stamps_ns[-1] + NS_PER_S // 10
    loose = np.sort(rng.integers(low_ns, high_ns, (count, 2)), axis=1).tolist()
    exact = np.sort(rng.choice(stamps_ns, (count, 2)), axis=1).tolist()
    return [(begin, end) for begin, end in [*loose, *exact, [stamps_ns[-1], stamps_ns[-1]]]]


@pytest.mark.parametrize("name", RECIPES)
def test_frames_are_those_of_a_plain_decode(name: str, film: Film) -> None:
    path = film(RECIPES[name])
    with av.open(str(path)) as container:
        plain = [
            (f.pts * f.time_base, f.to_ndarray()[:HEIGHT_PX]) for f in container.decode(video=0)
        ]
    with open_video(path) as video:
        ours = list(video.frames())
    assert len(ours) == video.frame_count == FRAMES
    for frame, (_, luma) in zip(ours, plain, strict=True):
        np.testing.assert_array_equal(frame.luma, luma)
    stamps_ns = [frame.pts_ns for frame in ours]
    # In AVI a B-frame carries the time at which it was decoded: what counts is the order.
    assert stamps_ns == [round(seconds * NS_PER_S) for seconds in sorted(s for s, _ in plain)]
    assert (video.first_pts_ns, video.last_pts_ns) == (stamps_ns[0], stamps_ns[-1])
    assert video.frame_rate_hz == pytest.approx(RATE_HZ, rel=1e-3)
    assert video.duration_s == pytest.approx(FRAMES / RATE_HZ, rel=1e-3)
    assert "mid-recording" not in "".join(video.warnings)


@pytest.mark.parametrize("name", RECIPES)
def test_a_span_is_bit_for_bit_that_of_the_full_decode(name: str, film: Film) -> None:
    video = open_video(film(RECIPES[name]))
    full = [(frame.pts_ns, frame.luma.tobytes()) for frame in video.frames()]
    for start_ns, end_ns in spans(video, 6):
        span = [(frame.pts_ns, frame.luma.tobytes()) for frame in video.frames(start_ns, end_ns)]
        assert span == [frame for frame in full if start_ns <= frame[0] <= end_ns]
    assert list(video.frames(video.last_pts_ns + 1)) == []


@pytest.mark.parametrize("name", RECIPES)
def test_keyframes_are_those_of_the_full_decode(name: str, film: Film) -> None:
    video = open_video(film(RECIPES[name]))
    full = {frame.pts_ns: frame.luma.tobytes() for frame in video.frames()}
    keys = [(frame.pts_ns, frame.luma.tobytes()) for frame in video.keyframes()]
    assert [pts_ns for pts_ns, _ in keys] == sorted(video.index.pts_ns[video.index.keyframe])
    assert all(full[pts_ns] == luma for pts_ns, luma in keys)
    if not name.endswith("-avi") or "mjpeg" in name:
        assert len(keys) >= FRAMES // 20


@pytest.mark.parametrize(
    ("time_base", "pts"),
    [
        (Fraction(1, 600), (0, 20, 40, 61, 81, 101)),
        (Fraction(1001, 30000), (0, 1, 2, 3, 4, 5)),
        (Fraction(1, 90000), (7, 3010, 6013, 12019, 15022, 18025)),  # starts late, drops one
        (Fraction(1, 1000003), (1, 33334, 66667, 99999, 133334, 166667)),
    ],
)
def test_timestamps_are_exact_and_those_of_the_file(
    time_base: Fraction, pts: tuple[int, ...], film: Film
) -> None:
    recipe = Recipe(".mov", options={"bf": "2"}, frames=len(pts), time_base=time_base, pts=pts)
    video = open_video(film(recipe))
    with av.open(str(video.path)) as container:
        stored = [frame.pts * frame.time_base for frame in container.decode(video=0)]
    stamps_ns = [frame.pts_ns for frame in video.frames()]
    assert all(
        abs(stamp_ns - seconds * NS_PER_S) <= Fraction(1, 2)
        for stamp_ns, seconds in zip(stamps_ns, stored, strict=True)
    )
    intervals_ns = [float((b - a) * time_base * NS_PER_S) for a, b in pairwise(pts)]
    assert np.diff(stamps_ns) == pytest.approx(intervals_ns, abs=1e6 / 15.36)  # the muxer's tick


@pytest.mark.parametrize(("turn", "clockwise_deg"), [(0, 0), (-90, 90), (180, 180), (90, 270)])
def test_rotation_metadata_is_undone_without_a_copy(
    turn: int, clockwise_deg: int, film: Film
) -> None:
    video = open_video(film(Recipe(".mp4", frames=3, rotation_deg=turn)))
    frame = next(video.frames())
    upright = np.rot90(scene(0, (WIDTH_PX, HEIGHT_PX)), -clockwise_deg // 90)
    assert video.rotation_deg == clockwise_deg
    assert (video.height_px, video.width_px) == frame.luma.shape == upright.shape
    assert correlation(frame.luma, upright) > ALIKE
    assert not frame.luma.flags.owndata
    assert video.picture(frame.pts_ns).shape == (*upright.shape, 3)


def test_luma_outlives_the_decoder_and_cannot_be_written(film: Film) -> None:
    kept = list(open_video(film(RECIPES["h264-mp4"])).frames())
    lumas = [frame.luma.copy() for frame in open_video(film(RECIPES["h264-mp4"])).frames()]
    for frame, luma in zip(kept, lumas, strict=True):
        np.testing.assert_array_equal(frame.luma, luma)
    with pytest.raises(ValueError, match="read-only"):
        kept[0].luma[0, 0] = 1


@pytest.mark.parametrize(
    ("codec", "pixels", "suffix"),
    [
        ("libx265", "yuv420p10le", ".mp4"),
        ("prores_ks", "yuv422p10le", ".mov"),
        ("libx264", "nv12", ".mp4"),
        ("libx264", "yuv444p", ".mp4"),
        ("libx264", "gray", ".mp4"),
        ("rawvideo", "bgr24", ".avi"),  # stored bottom-up
        ("rawvideo", "yuyv422", ".avi"),
        ("ffv1", "yuv422p", ".mkv"),
    ],
)
def test_brightness_of_every_pixel_format(codec: str, pixels: str, suffix: str, film: Film) -> None:
    options = {"x265-params": "log-level=error"} if codec == "libx265" else {}
    size_px = (150, 90)  # no multiple of the decoder's row alignment
    video = open_video(film(Recipe(suffix, codec, options, pixels, frames=4, size_px=size_px)))
    frame = list(video.frames())[2]
    drawn = scene(2, size_px)
    assert frame.luma.shape == drawn.shape
    assert frame.luma.dtype == np.uint8
    picture = video.picture(frame.pts_ns)
    assert picture.dtype == np.uint8
    assert correlation(frame.luma, drawn) > ALIKE
    assert correlation(picture[..., 1], drawn) > ALIKE


def test_picture_of_an_instant_without_a_frame(film: Film) -> None:
    with pytest.raises(StationError, match=r"no frame at 0\.001000 s; .* from 0\.000 to 1\.967 s"):
        open_video(film(RECIPES["h264-mp4"])).picture(1_000_000)


def tagged(film: Film, capture_fps: str, pts: tuple[int, ...] | None = None) -> VideoFile:
    """A clip stored at 30 fps with the tag that Android phones write."""
    tags = {"com.android.capture.fps": capture_fps, "creation_time": "2024-05-04T10:00:00Z"}
    muxing = {"movflags": "use_metadata_tags"}
    frames = len(pts) if pts else 30
    return open_video(film(Recipe(".mp4", muxing=muxing, frames=frames, pts=pts, tags=tags)))


def test_slow_motion_is_scaled_once(film: Film) -> None:
    slow = tagged(film, "240.000000")
    assert slow.capture_fps == 240
    assert slow.time_scale == pytest.approx(1 / 8, rel=1e-6)
    assert tagged(film, "30.5").time_scale == 1.0
    assert tagged(film, "24").time_scale == pytest.approx(30 / 24, rel=1e-6)
    assert tagged(film, "nonsense").time_scale == 1.0
    assert tagged(film, "-240").capture_fps is None
    assert open_video(film(RECIPES["h264-mp4"])).time_scale == 1.0


@pytest.mark.parametrize(
    ("tags", "utc", "at_end"),
    [
        ({"creation_time": "2024-05-04T10:00:00Z"}, "2024-05-04T10:00:00.000000Z", False),
        (
            {"creation_time": "2024-05-04T10:00:12Z", "com.android.version": "14"},
            "2024-05-04T10:00:12.000000Z",
            True,
        ),
        (  # exported a week later; Apple writes the zone without a colon
            {
                "creation_time": "2024-05-11T18:00:00Z",
                "com.apple.quicktime.creationdate": "2024-05-04T12:00:00+0200",
            },
            "2024-05-04T10:00:00.000000Z",
            False,
        ),
        (
            {
                "creation_time": "2024-05-04T10:00:00Z",
                "com.apple.quicktime.creationdate": "yesterday",
            },
            "2024-05-04T10:00:00.000000Z",
            False,
        ),
        ({"com.apple.quicktime.creationdate": "2024-05-04T12:00:00"}, None, False),  # what zone?
        ({"com.apple.quicktime.creationdate": "1970-01-01T00:00:00+0000"}, None, False),
        ({"com.apple.quicktime.creationdate": "9999-12-31T23:59:59-1200"}, None, False),
        ({}, None, False),
    ],
)
def test_when_it_was_recorded(
    tags: dict[str, str], utc: str | None, at_end: bool, film: Film
) -> None:
    muxing = {"movflags": "use_metadata_tags"}
    video = open_video(film(Recipe(".mp4", muxing=muxing, frames=4, tags=tags)))
    assert (video.recorded_utc, video.recorded_at_end) == (utc, at_end)


def test_dropped_frames_do_not_change_the_slow_motion(film: Film) -> None:
    kept = tuple(number for number in range(60) if number % 11 and number % 13)
    assert tagged(film, "240", pts=kept).time_scale == pytest.approx(1 / 8, rel=1e-6)


@pytest.mark.parametrize(
    ("recipe", "least"),
    [
        (Recipe(".mp4", muxing={"movflags": "faststart"}), 30),
        (RECIPES["h264-fragmented"], 30),
        (RECIPES["h264-mkv"], 30),
        (RECIPES["h264-ts"], 30),
        (RECIPES["h264-avi"], 30),
        (RECIPES["vp9-webm"], 20),
        (RECIPES["mjpeg-avi"], 30),
    ],
)
def test_a_file_cut_short_gives_what_is_in_it(
    recipe: Recipe, least: int, film: Film, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = open_video(film(recipe))
    cut = tmp_path / f"cut{recipe.suffix}"
    data = whole.path.read_bytes()
    cut.write_bytes(data[: int(len(data) * 0.6) // 188 * 188 + 94])  # amid a transport packet
    capfd.readouterr()
    video = open_video(cut)
    seen = [frame.pts_ns for frame in video.frames()]
    assert capfd.readouterr() == ("", "")
    assert least <= len(seen) < FRAMES
    # The last packet of a transport stream ends nowhere: whether it decodes is the decoder's luck.
    assert len(seen) >= video.frame_count - 1
    assert seen == [frame.pts_ns for frame in whole.frames()][: len(seen)]
    end_s = video.last_pts_ns / NS_PER_S
    assert f"ends in mid-recording at {end_s:.3f} s" in video.warnings[0]


def test_an_mkv_that_was_never_closed_says_so(film: Film) -> None:
    assert "never closed" in open_video(film(RECIPES["h264-live-mkv"])).warnings[0]


def test_trimming_by_edit_list_is_respected(film: Film, tmp_path: Path) -> None:
    data = bytearray(film(RECIPES["h264-mp4"]).read_bytes())
    at = data.index(b"elst") + 12
    _, media_time = struct.unpack(">Ii", data[at : at + 8])
    tick = 512  # at the muxer's time base of 1/15360 s
    data[at : at + 8] = struct.pack(">Ii", 1000, media_time + 15 * tick)
    path = tmp_path / "trimmed.mp4"
    path.write_bytes(data)
    whole, trimmed = open_video(film(RECIPES["h264-mp4"])), open_video(path)
    lumas = [frame.luma for frame in trimmed.frames()]
    assert len(lumas) == trimmed.frame_count == RATE_HZ
    assert trimmed.first_pts_ns == 0
    assert trimmed.warnings == []
    for luma, frame in zip(lumas, list(whole.frames())[15:], strict=False):
        np.testing.assert_array_equal(luma, frame.luma)


def test_damage_in_the_middle_is_skipped_and_said(
    film: Film, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = bytearray(film(RECIPES["h264-mkv"]).read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = np.random.default_rng(4).bytes(3000)
    path = tmp_path / "damaged.mkv"
    path.write_bytes(data)
    capfd.readouterr()
    video = open_video(path)
    assert FRAMES // 2 <= len(list(video.frames())) < FRAMES
    assert any("damaged" in warning for warning in video.warnings)
    assert capfd.readouterr() == ("", "")


def test_backward_timestamps_are_left_out_and_said(film: Film, tmp_path: Path) -> None:
    path = tmp_path / "twice.ts"
    path.write_bytes(film(RECIPES["h264-ts"]).read_bytes() * 2)
    video = open_video(path)
    stamps_ns = [frame.pts_ns for frame in video.frames()]
    assert stamps_ns == sorted(set(stamps_ns))
    assert len(stamps_ns) == FRAMES
    assert any("backward timestamps" in warning for warning in video.warnings)


def test_a_picture_that_changes_its_size_is_refused(film: Film, tmp_path: Path) -> None:
    path = tmp_path / "resized.ts"
    larger = film(Recipe(".ts", size_px=(2 * WIDTH_PX, 2 * HEIGHT_PX)))
    path.write_bytes(film(RECIPES["h264-ts"]).read_bytes() + larger.read_bytes())
    with pytest.raises(StationError, match=r"changes to 320×192 at .* s; cut the file there"):
        list(open_video(path).frames())


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def still(path: Path) -> Path:
    av.VideoFrame.from_ndarray(scene(0, (64, 64)), "gray").save(str(path))
    return path


def sound(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        silence.rate, silence.pts = 48000, 0
        container.mux(stream.encode(silence))
        container.mux(stream.encode())
    return path


def holding(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder / "none.mp4", "no such file"),
        (lambda folder: folder, "a folder, not a video"),
        (lambda folder: holding(folder / "empty.mp4", b""), "0 bytes long"),
        (lambda folder: holding(folder / "notes.txt", b"Tuesday: 6 x 30\n" * 40), "not a video"),
        (lambda folder: holding(folder / "notes.mp4", b"Tuesday: 6 x 30\n" * 40), "not a video"),
        (lambda folder: holding(folder / "noise.mp4", bytes(range(256)) * 40), "not a video"),
        (lambda folder: holding(folder / "live.m3u8", PLAYLIST), "not a video"),
        (lambda folder: holding(folder / "live.mp4", PLAYLIST), "not a video"),
        (
            lambda folder: holding(folder / "all.mp4", b"ffconcat version 1.0\nfile a.mp4\n"),
            "not a v",
        ),
        (lambda folder: holding(folder / "cam.sdp", SESSION), "not a video"),
        (lambda folder: pipe(folder / "pipe.mp4"), "a pipe or a device"),
        (lambda folder: still(folder / "still.png"), r"a picture \("),
        (lambda folder: still(folder / "still.jpg"), r"a picture \("),
        (lambda folder: still(folder / "still.jpg").rename(folder / "x.mp4"), r"a picture \("),
        (lambda folder: sound(folder / "sound.m4a"), r"no video stream \(it holds audio\)"),
    ],
)
def test_what_is_no_video_is_refused_in_one_line(
    make: Callable[[Path], Path], said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = make(tmp_path)
    with pytest.raises(StationError, match=said) as refused:
        open_video(path)
    message = str(refused.value)
    assert message.startswith(f"{path}: ")
    assert "; " in message  # the remedy follows
    assert "\n" not in message
    assert capfd.readouterr() == ("", "")


def test_tags_in_another_encoding_are_no_obstacle(film: Film, tmp_path: Path) -> None:
    data = film(RECIPES["h264-mp4"]).read_bytes()
    assert b"Lavf" in data
    path = holding(tmp_path / "latin.mp4", data.replace(b"Lavf", b"\xe9avf"))
    assert len(list(open_video(path).frames())) == FRAMES


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)
def test_a_file_without_permission(film: Film, tmp_path: Path) -> None:
    path = holding(tmp_path / "mine.mp4", film(RECIPES["h264-mp4"]).read_bytes())
    path.chmod(0)
    with pytest.raises(StationError, match="make the file readable"):
        open_video(path)


def test_a_movie_without_its_index_names_the_remedy(film: Film, tmp_path: Path) -> None:
    data = film(RECIPES["h264-mp4"]).read_bytes()
    with pytest.raises(StationError, match=r"before its index \(moov\) was written; .*untrunc"):
        open_video(holding(tmp_path / "cut.mp4", data[: len(data) * 3 // 4]))


@pytest.mark.parametrize("recipe", [Recipe(".h264"), Recipe(".mjpeg", "mjpeg", {}, "yuvj420p")])
def test_a_stream_without_timestamps_is_refused(recipe: Recipe, film: Film) -> None:
    with pytest.raises(StationError, match="no timestamps"):
        open_video(film(recipe))


def test_spans_where_no_seek_is_of_use(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    video = open_video(film(RECIPES["h264-open-mp4"]))
    span = (video.last_pts_ns // 2, video.last_pts_ns)
    sought = [(frame.pts_ns, frame.luma.tobytes()) for frame in video.frames(*span)]
    monkeypatch.setattr("hardware.video.seek_to", lambda *_: None)
    read = [(frame.pts_ns, frame.luma.tobytes()) for frame in video.frames(*span)]
    assert read == sought


def test_a_name_with_a_colon_is_a_file(film: Film, tmp_path: Path) -> None:
    path = holding(tmp_path / "http:run %03d.mp4", film(RECIPES["h264-mp4"]).read_bytes())
    assert open_video(path).frame_count == FRAMES


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    name=st.sampled_from(["h264-fragmented", "h264-mkv", "h264-ts", "mjpeg-avi", "hevc-open-mp4"]),
    place=st.floats(0, 1),
    noise=st.binary(max_size=40),
    kept=st.floats(0.05, 1),
)
def test_no_damage_raises_anything_but_a_station_error(
    name: str, place: float, noise: bytes, kept: float, film: Film, tmp_path: Path
) -> None:
    path = film(RECIPES[name])
    data = bytearray(path.read_bytes())
    at = int(place * len(data))
    data[at : at + len(noise)] = noise
    path = holding(tmp_path / path.name, bytes(data[: int(kept * len(data))]))
    try:
        video = open_video(path)
        for frame in video.frames((video.first_pts_ns + video.last_pts_ns) // 2):
            assert frame.luma.shape == (video.height_px, video.width_px)
        assert len(list(video.keyframes())) <= len(video.index.pts_ns)
    except StationError:
        pass


def test_it_needs_no_opencv() -> None:
    code = "import sys; sys.modules['cv2'] = None; import hardware.video"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.skipif("STATION_CLIPS" not in os.environ, reason="STATION_CLIPS names no folder")
def test_real_clips() -> None:
    clips = sorted(Path(os.environ["STATION_CLIPS"]).glob("*.mp4"))
    assert clips
    for path in clips:
        video = open_video(path)
        start_ns = (video.first_pts_ns + video.last_pts_ns) // 2
        full = {frame.pts_ns: frame.luma[::7].sum() for frame in video.frames()}
        span = {frame.pts_ns: frame.luma[::7].sum() for frame in video.frames(start_ns)}
        assert len(full) == video.frame_count
        assert span == {pts_ns: luma for pts_ns, luma in full.items() if pts_ns >= start_ns}
        assert video.warnings == []
