"""`station calibrate`: what it writes, what it says, and that a fault leaves nothing behind."""

from __future__ import annotations

import shlex
from math import nan
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from calibration.profile import Profile, load_profile
from hardware.errors import StationError
from station.film.calibrate import Calibrated, Proposed, calibrate
from station.simulator import Scene, simulate


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Profile]:
    """A video of an empty field with cones, and its exact calibration, elsewhere."""
    out = tmp_path_factory.mktemp("rendered") / "my field.mp4"
    simulate(Scene(runs=0, idle_s=0.1, camera_height_m=2.0), out)
    return out, load_profile(out.with_suffix(".toml"))


@pytest.fixture
def video(rendered: tuple[Path, Profile], tmp_path: Path) -> Path:
    copy = tmp_path / rendered[0].name
    copy.write_bytes(rendered[0].read_bytes())
    return copy


@pytest.fixture(scope="module")
def truth(rendered: tuple[Path, Profile]) -> Profile:
    return rendered[1]


def typed(cones: tuple[tuple[float, float], ...]) -> str:
    return " ".join(f"{u},{v}" for u, v in cones)


def test_writes_what_it_was_told(video: Path, truth: Profile, tmp_path: Path) -> None:
    out = tmp_path / "zone.toml"
    found = calibrate(
        video,
        fly_m=30.0,
        marker2=typed(truth.marker2_px),
        marker3=typed(truth.marker3_px),
        out=out,
        lane_width_m=1.22,
        readout_ms=4.0,
        lane_sd_m=0.05,
        camera_distance_m=30.0,
        camera_height_m=2.0,
        fly_by="wheel",
    )
    assert isinstance(found, Calibrated)
    kept = load_profile(out)
    assert kept == found.zone.profile
    assert kept.marker2_px == truth.marker2_px
    assert kept.picture_px == (1280, 720)
    assert (kept.readout_ms, kept.lane_sd_m) == (4.0, 0.05)
    assert (kept.camera_distance_m, kept.camera_height_m) == (30.0, 2.0)
    assert found.zone.height_m == pytest.approx(2.0, abs=0.1)
    assert any(line.startswith("Residual") for line in found.lines())
    assert "Length by wheel: ±18 cm, which is ±0.05 m/s in a velocity" in found.lines()
    assert shlex.quote(str(video)) in found.lines()[-1]


def test_goes_beside_the_video_by_default(video: Path, truth: Profile) -> None:
    found = calibrate(
        video, fly_m=30.0, marker2=typed(truth.marker2_px), marker3=typed(truth.marker3_px[:1])
    )
    assert found.path == video.with_suffix(".toml")
    assert load_profile(found.path).marker3_px == truth.marker3_px[:1]
    assert "--calibration" not in found.lines()[-1]


def test_without_markers_the_command_it_proposes_works(video: Path, truth: Profile) -> None:
    proposed = calibrate(video, fly_m=None)
    assert isinstance(proposed, Proposed)
    assert proposed.path == video.with_name("my field.frame.png")
    drawn = cv2.imread(str(proposed.path))
    assert drawn is not None
    assert drawn.shape == (720, 1280, 3)
    assert any("first picture" in line for line in proposed.lines())
    assert proposed.rightwards in proposed.lines()
    assert proposed.leftwards in proposed.lines()
    words = shlex.split(proposed.rightwards)
    assert words[:3] == ["station", "calibrate", str(video)]
    options = dict(zip(words[3::2], words[4::2], strict=True))
    assert options["--fly"] == "METRES"  # a length that nobody stated is not proposed
    assert any("fill in METRES" in line for line in proposed.lines())
    other = shlex.split(proposed.leftwards)
    assert dict(zip(other[3::2], other[4::2], strict=True)) == {
        **options,
        "--marker2": options["--marker3"],
        "--marker3": options["--marker2"],
    }
    calibrate(
        video,
        fly_m=30.0,
        marker2=options["--marker2"],
        marker3=options["--marker3"],
        out=Path(options["-o"]),
    )
    kept = load_profile(Path(options["-o"]))
    assert np.allclose(kept.marker2_px, truth.marker2_px, atol=1.5)
    assert np.allclose(kept.marker3_px, truth.marker3_px, atol=1.5)


def test_the_zones_length_goes_into_the_command(video: Path, tmp_path: Path) -> None:
    proposed = calibrate(video, fly_m=36.5, out=tmp_path / "my zone.toml")
    assert isinstance(proposed, Proposed)
    assert "--fly 36.5" in proposed.rightwards
    assert "METRES" not in "".join(proposed.lines())
    assert proposed.rightwards.endswith(f"-o {shlex.quote(str(tmp_path / 'my zone.toml'))}")
    assert not (tmp_path / "my zone.toml").exists()


def film(path: Path, picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.height, stream.width = picture.shape[:2]
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    return path


def test_where_it_sees_no_cones_it_says_so_and_gives_the_grid(tmp_path: Path) -> None:
    proposed = calibrate(
        film(tmp_path / "wall.mp4", np.full((96, 128, 3), 90, np.uint8)), fly_m=30.0
    )
    assert isinstance(proposed, Proposed)
    assert proposed.cones is None
    assert (tmp_path / "wall.frame.png").exists()
    assert any("No cones recognised" in line for line in proposed.lines())
    assert '--marker2 "X,Y X,Y"' in proposed.rightwards
    assert any("--cone-sd" in line for line in proposed.lines())


def test_it_says_when_another_calibration_is_replaced(video: Path) -> None:
    said = []
    for lane_sd_m in (0.15, 0.15, 0.05):
        found = calibrate(video, fly_m=30.0, marker2=GOOD2, marker3=GOOD3, lane_sd_m=lane_sd_m)
        said.append("replaced" in found.lines()[-1])
    assert said == [False, False, True]


GOOD2, GOOD3 = "108,397 129,394", "1171,402 1149,399"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"marker2": GOOD2, "marker3": None}, "add --marker3"),
        ({"marker2": None}, "add --marker2"),
        ({"fly_m": None}, "add it in metres"),
        ({"fly_m": 0.0}, "--fly is 0"),
        ({"fly_m": -30.0}, "--fly is -30"),
        ({"fly_m": nan}, "--fly is nan"),
        ({"fly_m": 0.0, "marker2": None, "marker3": None}, "--fly is 0"),
        ({"marker2": "108"}, "not a marker's cones"),
        ({"marker2": "nan,397"}, "not a marker's cones"),
        ({"marker2": GOOD3}, "not side by side"),
        ({"marker2": "108,397 108,397"}, "both cones of Marker 2"),
        ({"marker2": "108,797 129,394"}, "outside the picture"),
        ({"marker2": "129,394 108,397"}, "near cone of Marker 2"),
        ({"marker2": "108,397 300,100"}, "no possible perspective"),
        ({"lane_width_m": 0.0}, "lane_width_m is 0"),
        ({"lane_sd_m": -1.0}, "lane_sd_m is -1"),
        ({"readout_ms": -1.0}, "readout_ms is -1"),
        ({"camera_height_m": 0.0}, "camera_height_m is 0"),
    ],
)
def test_a_fault_is_one_line_and_nothing_is_written(
    video: Path, options: dict[str, object], said: str
) -> None:
    before = sorted(video.parent.iterdir())
    with pytest.raises(StationError, match=said) as raised:
        calibrate(video, **{"fly_m": 30.0, "marker2": GOOD2, "marker3": GOOD3, **options})  # type: ignore[arg-type]
    assert "\n" not in str(raised.value)
    assert sorted(video.parent.iterdir()) == before


def test_bad_files(video: Path, tmp_path: Path) -> None:
    with pytest.raises(StationError, match="will not write over the video"):
        calibrate(video, fly_m=30.0, marker2=GOOD2, marker3=GOOD3, out=video)
    for out in (tmp_path, tmp_path / "none" / "zone.toml"):
        with pytest.raises(StationError, match="cannot write"):
            calibrate(video, fly_m=30.0, marker2=GOOD2, marker3=GOOD3, out=out)
    (tmp_path / "text.mp4").write_text("no video")
    for path in (tmp_path / "none.mp4", tmp_path, tmp_path / "text.mp4"):
        with pytest.raises(StationError):
            calibrate(path, fly_m=30.0)
        with pytest.raises(StationError):
            calibrate(path, fly_m=30.0, marker2=GOOD2, marker3=GOOD3)
    assert sorted(tmp_path.iterdir()) == sorted([video, tmp_path / "text.mp4"])
