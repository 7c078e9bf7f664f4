"""`station replay` of a long session with three runs in it, beside merely decoding it all.

    python benchmarks/replay_long.py [--minutes 10] [--fps 30] [--rounds 1] [--keep FOLDER]

1080p H.264, a keyframe every 2 s, three runs, two walks back. Only the runs and a little of the
empty track are rendered; the rest of the session repeats the packets of the empty track, cut in at
keyframes at which nobody is in the picture.

Wanted: at most 0.25 × the time of decoding it all, start-up of both subtracted; memory as for a
short clip, below 400 MB resident. `--keep` keeps the session there for the next time.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
from av.packet import Packet
from av.video.stream import VideoStream
from processes import apart, compare

from station.simulator import Scene, Truth, simulate

SCENE = Scene(
    runs=3, size="1920x1080", keyframe_s=2.0, rest_s=34.0, athletes=3, idle_s=4.0, seed=32
)
EMPTY_S = 20.0
BEFORE_RUN_S = 2.0
"""Nobody is in the picture so long before a run, nor one keyframe interval earlier."""
TARGET = 0.25


def pieces(video: Path, cuts_s: list[float]) -> Iterator[list[Packet[VideoStream]]]:
    """Cut a recording's packets at the last keyframes before these times."""
    piece: list[Packet[VideoStream]] = []
    with av.open(str(video)) as source:
        stream = source.streams.video[0]
        for packet in source.demux(stream):
            if packet.pts is None or stream.time_base is None:
                continue
            at_s = float(packet.pts * stream.time_base)
            if packet.is_keyframe and cuts_s and at_s > cuts_s[0] - SCENE.keyframe_s:
                cuts_s = cuts_s[1:]
                yield piece
                piece = []
            piece.append(packet)
    yield piece


def join(out: Path, like: Path, parts: list[list[Packet[VideoStream]]], fps: float) -> None:
    """Write packets one after the other, each a frame later than the one before."""
    with av.open(str(like)) as source, av.open(str(out), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        time_base = source.streams.video[0].time_base
        assert time_base is not None, "an MP4 has one"
        ticks = round(1 / fps / time_base)
        number = 0
        for part in parts:
            for original in part:
                packet = Packet(bytes(original))
                packet.pts = packet.dts = number * ticks
                packet.duration = ticks
                packet.time_base = time_base
                packet.is_keyframe = original.is_keyframe
                packet.stream = stream
                target.mux(packet)
                number += 1


def session(out: Path, minutes: float, fps: float) -> None:
    """Make the long recording and its calibration."""
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        empty, busy = Path(folder) / "empty.mp4", Path(folder) / "busy.mp4"
        simulate(replace(SCENE, runs=0, idle_s=EMPTY_S, fps=fps), empty)
        truth: Truth = simulate(replace(SCENE, fps=fps), busy)
        cuts_s = [run.marker2_s - BEFORE_RUN_S for run in truth.runs]
        first, *acts = pieces(busy, cuts_s)
        (nothing,) = pieces(empty, [])
        missing_s = minutes * 60 - truth.duration_s
        times = max(1, round(missing_s / EMPTY_S / (len(acts) + 1)))
        parts = [first, *([nothing] * times)]
        for act in acts:
            parts += [act, *([nothing] * times)]
        join(out, busy, parts, fps)
        calibration = busy.with_suffix(".toml").read_bytes()
        out.with_suffix(".toml").write_bytes(calibration)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10.2)
    parser.add_argument("--fps", type=float, default=30.0)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        name = f"long-{options.minutes:g}-{options.fps:g}.mp4"
        video = (options.keep or Path(folder)) / name
        if not video.exists():
            apart(session, video, options.minutes, options.fps)
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            print(f"{stream.frames} pictures, {(container.duration or 0) * 1e-6 / 60:.1f} minutes")
        found = Path(folder) / "found.json"
        compare(video, found, options.rounds, TARGET)
        print(f"{len(json.loads(found.read_text())['runs'])} of {SCENE.runs} runs found")


if __name__ == "__main__":
    main()
