from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import pytest

from calibration.profile import load_profile, save_profile
from station.cli import main
from station.commands.reading import number
from station.journal.journal import Log
from station.simulator import Scene, simulate


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    video = tmp_path_factory.mktemp("cli") / "fly30.mp4"
    simulate(Scene(runs=1, size="640x360", walk_back=False, idle_s=0.3, rest_s=0.3), video)
    return video


def station(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "station", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload, no-any-return]


def complaint(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What a refused command says; it must be one line, exit 2, and nothing on stdout."""
    assert main([str(argument) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("station: ")
    assert err.count("\n") == 1
    return err


def test_without_a_command_it_opens_the_station(tmp_path: Path) -> None:
    screens = ("DISPLAY", "WAYLAND_DISPLAY")  # or a browser would open there
    env = {name: value for name, value in os.environ.items() if name not in screens}
    with subprocess.Popen(
        [sys.executable, "-m", "station"],
        env={**env, "XDG_DATA_HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as station:
        assert station.stderr is not None
        assert any("the console: http://127.0.0.1:" in line for line in station.stderr)
        assert any("end with Ctrl-C" in line for line in station.stderr)
        station.send_signal(signal.SIGINT)
        assert station.wait() == 0


def test_help_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert {"open", "demo", "replay", "run"} <= set(capsys.readouterr().out.split())


def test_json_on_stdout_is_alone_there(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(clip), "--pace-400", "0:58", "--json", "-"]) == 0
    out, err = capsys.readouterr()
    (run,) = json.loads(out)["runs"]
    (truth,) = json.loads(clip.with_suffix(".truth.json").read_text())["runs"]
    assert run["fly_s"] == pytest.approx(truth["fly_s"], abs=0.02)
    assert run["pace_400_mps"] == pytest.approx(400 / 58, abs=1e-6)
    assert "✓ faster" in err


def test_all_outputs_of_one_replay(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "runs.json", tmp_path / "runs.csv", tmp_path / "proof" / "run-1.png"]
    arguments = ["--json", files[0], "--csv", files[1], "--evidence", files[2].parent]
    assert main(["replay", str(clip), "--athlete", "Ann", *map(str, arguments)]) == 0
    assert all(file.stat().st_size for file in files)
    assert "run-1.png" in capsys.readouterr().out


def test_no_run_is_a_result(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(clip), "--speeds", "0.5:2"]) == 0
    assert "No run found" in capsys.readouterr().out


@pytest.fixture
def clips(clip: Path, tmp_path: Path) -> list[Path]:
    """Two clips of one name from one tripod; the first has the calibration."""
    videos = [tmp_path / folder / clip.name for folder in ("a", "b")]
    for video in videos:
        video.parent.mkdir()
        shutil.copy(clip, video)
    shutil.copy(clip.with_suffix(".toml"), videos[0].with_suffix(".toml"))
    return videos


def test_several_clips_of_an_unmoved_tripod(
    clips: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof, rows = tmp_path / "proof", tmp_path / "runs.csv"
    arguments = [*clips, "--athletes", "Ana:58.0,Ben:55.5", "--json", "-", "--csv", rows]
    assert main(["replay", *map(str, arguments), "--evidence", str(proof)]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert [one["recording"] for one in found] == ["a/fly30.mp4", "b/fly30.mp4"]
    assert [one["runs"][0]["athlete"] for one in found] == ["Ana", "Ben"]
    assert found[0]["runs"][0]["fly_s"] == found[1]["runs"][0]["fly_s"]
    assert "a/fly30.toml, as from one unmoved tripod: b/fly30.mp4" in err
    assert "Athlete" in err
    assert [row["athlete"] for row in csv.DictReader(rows.open())] == ["Ana", "Ben"]
    for one in ("a", "b"):
        assert (proof / one / "fly30.mp4" / "run-1.png").stat().st_size
    assert "in 1 more folder\n" in err


def test_one_bad_clip_keeps_no_other_from_being_timed(
    clips: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    clips[0].write_text("not a video")
    assert main(["replay", *map(str, clips), "--json", "-"]) == 2
    out, err = capsys.readouterr()
    assert [len(one["runs"]) for one in json.loads(out)] == [1]
    (line,) = [line for line in err.splitlines() if "not a video" in line]
    assert line.startswith(f"station: {clips[0]}")


def test_where_all_clips_are_bad_nothing_is_written(
    clips: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for clip in clips:
        clip.write_text("not a video")
    assert main(["replay", *map(str, clips), "--json", str(tmp_path / "out.json")]) == 2
    assert capsys.readouterr().err.count("not a video") == 2
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--athletes", "Ana:58", "--pace-400", "58"], "--athlete and --pace-400 are for one"),
        (["--session", "x", "--athlete", "Ana"], "--athlete and --pace-400 are for one"),
        (["--workout", "3 x 30m"], "--workout is for a session; add --session"),
        (["--journal", "j.sqlite"], "--journal is for a session; add --session"),
        (["--session", ""], "--session has no name"),
        (["--session", "x", "--clock-ahead", "1e300"], "--clock-ahead 1e300 is more than a year"),
        (["--session", "x", "--clock-ahead", "-40000000"], "-40000000 is more than a year"),
        (["--session", "x", "--journal", "j.db", "--csv", "./j.db-wal"], "over the input"),
        (["--session", "x", "--journal", "j.db", "--json", "j.db"], "over the input"),
        (["--athletes", ""], "give each athlete a name"),
        (["recordings/gates30.jsonl"], "is a record of light gates; replay it by itself"),
    ],
)
def test_what_does_not_fit_together_is_one_line(
    clip: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in complaint(capsys, "replay", clip, *arguments)


def test_a_session_gains_the_runs_once_and_is_listed(
    clips: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The clips are seconds long; the first is an Android phone's, which writes when it ended."""
    stamped = [tmp_path / f"{name}.mp4" for name in "ab"]
    tags = [{"creation_time": "2026-05-02T10:00:10Z", "com.android.version": "14"},
            {"creation_time": "2026-05-02T10:03:00Z"}]  # fmt: skip
    for video, target, tag in zip(clips, stamped, tags, strict=True):
        remuxed(video, target, tag)
    zone = clips[0].with_suffix(".toml")
    journal = tmp_path / "journals" / "j.sqlite"
    added = ["--session", "Saturday", "--journal", str(journal)]
    command = ["replay", *map(str, reversed(stamped)), "--calibration", str(zone), *added]
    assert "say who ran with --athletes" in complaint(capsys, *command)
    assert not journal.parent.exists()
    assert main([*command, "--athletes", "Ana:58.0"]) == 0
    assert "b.mp4, run 1: Ana, rep 2, new" in capsys.readouterr().out
    assert main([*command, "--json", "-"]) == 0
    out, err = capsys.readouterr()
    assert "a.mp4, run 1: Ana, rep 1, in the journal before" in err
    assert [one["runs"][0]["athlete"] for one in json.loads(out)] == ["Ana", "Ana"]
    assert main(["sessions", "--journal", str(journal), "--json"]) == 0
    (session,) = json.loads(capsys.readouterr().out)
    assert (session["session"], session["reps"], session["ended"]) == ("Saturday", 2, True)
    with Log(journal, "other", "boot"):
        assert "another station is using" in complaint(capsys, *command)


@pytest.mark.parametrize("beside", ["", "-wal", "-shm", ".lock"])
def test_what_is_handed_out_goes_over_no_file_of_the_journal(
    beside: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = tmp_path / "j.sqlite"
    with Log(journal, "Saturday", "boot"):
        pass
    before = journal.read_bytes()
    target = f"{journal}{beside}"
    said = complaint(capsys, "export", "last", "--html", target, "--journal", journal)
    assert f"will not write over the input '{target}'" in said
    assert journal.read_bytes() == before


def remuxed(video: Path, target: Path, tags: dict[str, str]) -> None:
    """The same packets in a file with other tags."""
    options = {"movflags": "use_metadata_tags"}
    with av.open(str(video)) as source, av.open(str(target), "w", options=options) as container:
        container.metadata.update(tags)
        (stream,) = source.streams.video
        copy = container.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                container.mux(packet)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--pace-400", "20"], "no one runs 400 m in 20 s"),
        (["--pace-400", "58,4,1"], "'58,4,1' is not a time"),
        (["--speeds", "3"], "--speeds '3' is no range"),
        (["--speeds", "13:3"], "--speeds '13:3' is no range"),
        (["--speeds", "0:nan"], "--speeds '0:nan' is no range"),
        (["--capture-fps", "-240"], "--capture-fps '-240' is no rate"),
        (["--capture-fps", "1e-308"], "--capture-fps '1e-308' is no rate"),
        (["--capture-fps", "1e9"], "is no rate; write pictures a second, 1 to 100000"),
        (["--calibration", "none.toml"], "none.toml"),
        (["--json", "none/out.json"], "there is no folder 'none'"),
        (["--json", "."], "it is a folder"),
        (["--json", "-", "--csv", "-"], "would both write '-'"),
        (["--evidence", __file__], "is not a folder"),
        (["--colour"], "unrecognized arguments: --colour"),
    ],
)
def test_a_bad_argument_is_one_line(
    clip: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in complaint(capsys, "replay", clip, *arguments)


def test_inputs_are_not_written_over(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = clip.stat().st_size
    assert "over the input" in complaint(capsys, "replay", clip, "--json", clip)
    assert clip.stat().st_size == size


def test_a_bad_video_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("not a video")
    for video in (tmp_path, tmp_path / "none.mp4", text):
        assert str(video) in complaint(capsys, "replay", video)
    assert "choose from" in complaint(capsys, "rerun", text)


def test_a_calibration_by_hand_times_the_same_run(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = load_profile(clip.with_suffix(".toml"))
    cones = [" ".join(f"{u:.1f},{v:.1f}" for u, v in marker) for marker in
             (profile.marker2_px, profile.marker3_px)]  # fmt: skip
    zone = tmp_path / "zone.toml"
    markers = ["--marker2", cones[0], "--marker3", cones[1]]
    arguments = ["calibrate", str(clip), "--fly", "30", *markers, "--lane-sd", "0.05"]
    assert main([*arguments, "-o", str(zone)]) == 0
    assert "Milliseconds per pixel" in capsys.readouterr().out
    assert load_profile(zone).lane_sd_m == 0.05
    assert main(["replay", str(clip), "--calibration", str(zone)]) == 0
    assert "3.3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fly", "-30"], "--fly"),
        (["--fly", "1,000"], "--fly '1,000' is not a number"),
        (["--fly", "nan"], "--fly 'nan' is not a number"),
        (["--fly", "30", "--marker2", "1,2 3,4"], "--marker3"),
        (["--fly", "30", "--marker2", "x", "--marker3", "1,2"], "x"),
        (["--fly", "30", "--marker2", "-5,200 1,190", "--marker3", "600,200"], "-5,200"),
    ],
)
def test_a_bad_calibration_is_one_line_and_leaves_nothing(
    clip: Path, tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "zone.toml"
    assert said in complaint(capsys, "calibrate", clip, *arguments, "-o", target)
    assert not target.exists()


@pytest.mark.parametrize("text", ["30,5", "0,125", "-3,25", "30.5"])
def test_a_number_may_have_a_decimal_comma(text: str) -> None:
    assert number("--fly")(text) == float(text.replace(",", "."))


def test_a_scene_that_cannot_be_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["--fps", "0"], ["--fps", "x"], ["--direction", "up"], ["--fly", "nan"]):
        complaint(capsys, "simulate", tmp_path / "clip.mp4", *arguments)
    complaint(capsys, "simulate", tmp_path / "none" / "clip.mp4")
    assert not list(tmp_path.iterdir())


def test_a_refused_replay_leaves_nothing(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, folder = tmp_path / "out.json", tmp_path / "proof"
    wrong = tmp_path / "zone.toml"
    right = load_profile(clip.with_suffix(".toml"))
    marker2, marker3 = (
        tuple((2 * u, 2 * v) for u, v in cones) for cones in (right.marker2_px, right.marker3_px)
    )
    twice = replace(right, picture_px=(1280, 720), marker2_px=marker2, marker3_px=marker3)
    save_profile(twice, wrong)
    said = complaint(
        capsys, "replay", clip, "--calibration", wrong, "--json", target, "--evidence", folder
    )
    assert "1280x720" in said
    assert "640x360" in said
    assert not target.exists()
    assert not folder.exists()


def test_debug_shows_where_it_came_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "none.mp4", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_a_missing_system_library_is_named_with_the_remedy(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "cv2.py"
    broken.write_text("raise ImportError('libGL.so.1: cannot open shared object file')")
    monkeypatch.syspath_prepend(tmp_path)
    for module in ("cv2", "station.film.evidence", "station.vision.strip"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    said = complaint(capsys, "replay", clip, "--evidence", tmp_path / "proof")
    assert "libGL.so.1" in said
    assert "apt-get install libgl1" in said


def test_a_replay_loads_no_opencv_and_no_simulator(clip: Path) -> None:
    code = (
        "import sys; from station.cli import main; code = main(sys.argv[1:]); "
        "assert not {'cv2', 'station.simulator'} & set(sys.modules); raise SystemExit(code)"
    )
    command = [sys.executable, "-c", code, "replay", str(clip)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_reader_that_stops_reading_is_no_fault(clip: Path) -> None:
    command = [sys.executable, "-m", "station", "replay", str(clip), "--json", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
    assert "Traceback" not in said
    assert "Exception ignored" not in said


def test_a_terminal_without_unicode_gets_every_digit(clip: Path) -> None:
    done = station(
        "replay", clip, "--pace-400", "58", env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    assert done.returncode == 0, done.stderr
    assert "y faster by" in done.stdout
    assert "?" not in done.stdout


def test_names_that_are_no_files_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["replay"], ["calibrate", "--fly", "30"]):
        for name, said in ((".", "a folder"), ("/", "a folder"), ("", "no file named")):
            assert said in complaint(capsys, *command, name)


@pytest.mark.parametrize("seed", ["-1", "1.5", "9" * 5000])
def test_a_seed_is_a_whole_number(seed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is no seed" in complaint(capsys, "selftest", f"--seed={seed}")


def redirected(clip: Path, redirection: str) -> subprocess.CompletedProcess[str]:
    """What a shell makes of a replay whose streams lead elsewhere."""
    command = f'"{sys.executable}" -m station replay "$0" {redirection}'
    return subprocess.run(
        ["sh", "-c", command, clip], capture_output=True, text=True, check=False
    )  # fmt: skip


def test_closed_streams_are_no_fault(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    for redirection in (">&-", "2>&-", ">&- 2>&-", f"--json {out} >&- 2>&-"):
        done = redirected(clip, redirection)
        assert (done.returncode, done.stderr) == (0, ""), redirection
    assert json.loads(out.read_text())["runs"]


def test_a_full_device_is_named(clip: Path) -> None:
    for redirection in (">/dev/full", "--json - >/dev/full"):
        done = redirected(clip, redirection)
        assert done.returncode == 2
        assert "standard output (No space left on device)" in done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
    assert redirected(clip, "--nonsense 2>/dev/full").returncode == 2


def test_a_fault_of_the_program_is_one_line_too(
    clip: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.film.tripod.fit_zone", lambda profile: 1 // 0)
    assert main(["replay", str(clip)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("station: internal error: ZeroDivisionError")
    assert said.count("\n") == 1
    assert main(["replay", str(clip), "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_program_told_to_end_leaves_no_draft(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "station", "simulate", str(tmp_path / "clip.mp4")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        while not list(tmp_path.glob(".*.part")):
            assert process.poll() is None
        process.terminate()
        assert process.stderr.read() == b""
    assert process.returncode == 130
    assert not list(tmp_path.iterdir())
