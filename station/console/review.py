"""The page on which a run is looked at again: the strip, the pictures, and the line in them.

It decides what the page is told, and that one recording is read at a time, apart from whatever
times. What a line means, `station.by_eye` decides; what a correction means,
`station.session.coach`. A recording is named by its session and rep, never by its path:
`?session=NAME&rep=NUMBER`, where nothing is the session that is on, or the last, and its last run.

| under `/api/review` | what |
| --- | --- |
| `/run` | whose it was, what it came to, and which runs there are |
| `/crossings` | what there is to see of each crossing, in ms from the station's reading |
| `/strip.jpg`, `/frame.jpg` | with `&marker=2` or 3, and of a picture `&number=` from 0 |
| `POST /try` | what the run would come to with the lines there |
| `POST /read` | the lines stay there: the run is timed by them |
| `POST /do` | void, assign, mark, note, star, time anew, undo |
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from math import ceil, floor, isclose
from pathlib import Path
from typing import Any, Literal, TypeVar

import cv2
import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hardware.clips import calibration_id
from hardware.errors import StationError
from station.console import review_words as words
from station.console.review_shelf import Shelf
from station.console.room import Answer, Method, as_json, body
from station.film.rereading import Lines, Recording
from station.film.scene import Scene
from station.journal.listing import when
from station.live.corrections import Corrections, Found
from station.live.ground import Ground
from station.live.starring import starred
from station.session import commands
from station.session.events import Mark, TimedRun
from station.session.joining import filmed, joined
from station.session.state import Rep, Session
from station.vision.strip import Picture

SAME = 1e-6
STEPS_MS = (10, 20, 50, 100, 200, 500, 1000)
MOST_STEPS = 9
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 88]
WITHIN = 0.8  # of half the strip: a label needs its room

T = TypeVar("T")


class Which(msgspec.Struct, forbid_unknown_fields=True):
    """A run.

    Attributes:
        session: As `station.journal.reading.meant` takes it; empty for the one that is on.
        rep: Its number in the session; None for the last.
    """

    session: str = ""
    rep: int | None = None


class Line(Which, forbid_unknown_fields=True):
    """Where the line is put, later than the station's reading; None where that stands."""

    marker2_ms: float | None = None
    marker3_ms: float | None = None


class Said(Which, forbid_unknown_fields=True, kw_only=True):
    """What the coach says of a run.

    Attributes:
        does: What.
        athlete: To whom it is given; empty for nobody.
        mark: What was seen in whoever ran it.
        text: What there is to remember of it.
    """

    does: Literal["void", "undo", "assign", "mark", "note", "star", "anew"]
    athlete: str = ""
    mark: Mark = "tight"
    text: str = ""


class ReviewRoom:
    """Review; see `station.console.room.Room`."""

    name = "review"

    def __init__(self, ground: Ground) -> None:
        """Read nothing yet.

        Args:
            ground: Where sessions are held.
        """
        self._corrections = Corrections(ground)
        self._shelf = Shelf()
        self._reading = asyncio.Lock()

    def answers(self) -> Iterable[tuple[Method, str, Answer]]:
        """What answers; see `station.console.room.Room`."""
        return (
            ("GET", "/run", self._run),
            ("GET", "/crossings", self._crossings),
            ("GET", "/strip.jpg", self._strip),
            ("GET", "/frame.jpg", self._frame),
            ("POST", "/try", self._tried),
            ("POST", "/read", self._read),
            ("POST", "/do", self._done),
        )

    async def _alone(self, work: Callable[[], T]) -> T:
        """Do what takes long, one after the other."""
        async with self._reading:
            return await run_in_threadpool(work)  # for which an exit does not wait

    async def _run(self, request: Request) -> Response:
        return as_json(await run_in_threadpool(self._told, _which(request)))

    async def _crossings(self, request: Request) -> Response:
        return as_json(await self._alone(lambda: self._seen(_which(request))))

    async def _strip(self, request: Request) -> Response:
        strip = await self._alone(lambda: _jpeg(self._scene(request).strip()))
        return Response(strip, media_type="image/jpeg")

    async def _frame(self, request: Request) -> Response:
        frame = await self._alone(lambda: self._picture(request))
        return Response(frame, media_type="image/jpeg")

    async def _tried(self, request: Request) -> Response:
        line = msgspec.json.decode(await body(request), type=Line)
        return as_json(await self._alone(lambda: self._try(line)))

    async def _read(self, request: Request) -> Response:
        line = msgspec.json.decode(await body(request), type=Line)
        return as_json(await self._alone(lambda: self._say(line, self._put(line), "timed anew")))

    async def _done(self, request: Request) -> Response:
        said = msgspec.json.decode(await body(request), type=Said)
        if said.does == "anew":
            return as_json(await self._alone(lambda: self._anew(said)))
        return as_json(await run_in_threadpool(self._do, said))

    def _find(self, which: Which) -> tuple[Found, Rep]:
        found = self._corrections.find(which.session)
        reps = words.looked_at(found.session)
        if not reps:
            raise StationError("nobody has run in this session yet; look here after the first run")
        rep = reps[-1] if which.rep is None else found.session.reps.get(which.rep)
        if rep is None or rep not in reps:
            raise StationError(f"there is no run {which.rep} in this session; go back to the last")
        return found, rep

    def _told(self, which: Which) -> dict[str, Any]:
        found, rep = self._find(which)
        return _as_told(found, rep)

    def _seen(self, which: Which) -> list[dict[str, Any]]:
        _, rep = self._find(which)
        recording, number, _ = self._filmed(rep)
        again = rep.reread
        lines = (None, None) if again is None else (again.marker2_s, again.marker3_s)
        seen = []
        for marker, line_s in zip((2, 3), lines, strict=True):
            scene = self._shelf.scene(recording, number, marker)
            half_ms, crossing, at_s = 1000 * scene.half_s, scene.crossing, scene.read_at_s
            low_ms, high_ms = scene.reach_ms()
            mirrored = recording.timed[number - 1].run.direction == "left-to-right"
            seen.append(
                {
                    "marker": marker,
                    "read": f"the {crossing.point} read at {at_s:.3f} s of the recording",
                    "drawn": f"what crossed Marker {marker}, time running to the right"
                    + (": the runner looks left" if mirrored else ""),
                    "line_ms": None if line_s is None else recording.later_ms(crossing, line_s),
                    "from_ms": -half_ms,
                    "to_ms": half_ms,
                    "least_ms": ceil(low_ms),
                    "most_ms": floor(high_ms),
                    "edge": "the line stays where the strip shows something",
                    "frames_ms": [
                        1000 * (taken_s - crossing.instant_s) for taken_s in scene.taken_s
                    ],
                    "ticks_ms": _ticks(half_ms),
                }
            )
        return seen

    def _filmed(self, rep: Rep) -> tuple[Recording, int, TimedRun]:
        """The recording of a run, which of its runs that is, and how the devices timed it."""
        reading = filmed(rep.automatic)
        if rep.automatic is None or reading is None or reading.clip is None:
            raise StationError(_no_recording(rep))
        recording = self._shelf.recording(Path(reading.clip), reading)
        return recording, recording.number_of(reading), rep.automatic

    def _scene(self, request: Request) -> Scene:
        _, rep = self._find(_which(request))
        recording, number, _ = self._filmed(rep)
        return self._shelf.scene(recording, number, 3 if _number(request, "marker") == 3 else 2)

    def _picture(self, request: Request) -> bytes:
        scene, number = self._scene(request), _number(request, "number")
        if number >= len(scene.taken_s):
            raise StationError(f"there are {len(scene.taken_s)} pictures, and no {number}")
        return _jpeg(scene.frame(number))

    def _put(self, line: Line) -> commands.Reread:
        """What it means that the line is put there."""
        _, rep = self._find(line)
        recording, number, before = self._filmed(rep)
        marker2_s, marker3_s = (
            None if later_ms is None else self._line_s(recording, number, marker, later_ms)
            for marker, later_ms in ((2, line.marker2_ms), (3, line.marker3_ms))
        )
        lines = Lines(marker2_s, marker3_s)
        if lines == Lines():
            return commands.Reread(rep.rep, None)
        run = recording.by_eye(number, lines, before)
        return commands.Reread(rep.rep, run, marker2_s, marker3_s, recording.calibration)

    def _line_s(self, recording: Recording, number: int, marker: int, later_ms: float) -> float:
        """A line's instant of the recording's own time."""
        low_ms, high_ms = self._shelf.scene(recording, number, marker).reach_ms()
        if not low_ms <= later_ms <= high_ms:
            raise StationError(
                f"{later_ms:+z.0f} ms is beyond the strip of Marker {marker}, which shows "
                f"{low_ms:+z.0f} to {high_ms:+z.0f} ms; put the line within it"
            )
        return recording.at_s(recording.crossing(number, marker), later_ms)

    def _try(self, line: Line) -> dict[str, Any]:
        """What a run would come to, if the line were put there."""
        found, rep = self._find(line)
        again = self._put(line).run
        run = rep.automatic if again is None else joined(rep.automatic, again)
        return words.figures(found.session, msgspec.structs.replace(rep, run=run))

    def _do(self, said: Said) -> dict[str, Any]:
        found, rep = self._find(said)
        match said.does:
            case "void":
                return self._say(said, commands.Void(rep.rep), "void")
            case "assign":
                if not said.athlete:
                    return self._say(said, commands.SetAside(rep.rep), "nobody's")
                return self._say(said, commands.Assign(said.athlete, rep.rep), f"{said.athlete}'s")
            case "mark":
                return self._say(said, commands.Note(said.mark, rep=rep.rep), "noted")
            case "note":
                return self._say(said, commands.Annotate(said.text, rep.rep), "noted")
            case "star":
                kept = starred(found.session, rep.rep, 0.0).said
                return {**_as_told(found, rep), "said": kept}
        told = self._say(said, commands.Undo(rep.rep))
        return {**told, "said": "what was said last of this run is taken back"}

    def _anew(self, which: Which) -> dict[str, Any]:
        """Time a run anew with the calibration as it is now."""
        found, rep = self._find(which)
        recording, number, before = self._filmed(rep)
        run = recording.anew(number, before)
        if not _alike(joined(before, run), before):
            reread = commands.Reread(rep.rep, run, calibration=recording.calibration)
            return self._say(which, reread, "timed anew")
        if rep.reread is not None:
            return self._say(which, commands.Reread(rep.rep, None), "timed anew")
        told = _as_told(found, rep)
        return {**told, "said": f"timed anew: {told['figures']['time']}, as before"}

    def _say(
        self, which: Which, command: commands.OfEvents | commands.Undo, done: str = ""
    ) -> dict[str, Any]:
        found, rep = self._find(which)
        session = self._corrections.say(found.name, command)
        # What was undone may be all that made it a run.
        told = _as_told(replace(found, session=session), session.reps.get(rep.rep, rep))
        return {**told, "said": f"{done}: U takes it back" if done else ""}


def _as_told(found: Found, rep: Rep) -> dict[str, Any]:
    """A run as the page is told of it."""
    session = found.session
    which_day = [] if found.is_on else [f"of the session {when(found.name)}, which is not on"]
    reps = words.looked_at(session)
    numbers = [one.rep for one in reps]
    place = numbers.index(rep.rep)
    return {
        "session": found.name,
        "rep": rep.rep,
        "title": words.title(session, rep),
        "place": f"run {place + 1} of {len(reps)}",
        "runs": [[one.rep, _in_list(session, one)] for one in reps],
        "before": numbers[place - 1] if place else None,
        "after": numbers[place + 1] if place + 1 < len(reps) else None,
        "athletes": [*session.members],
        "athlete": rep.athlete,
        "void": rep.state == "void",
        "note": rep.note,
        "figures": words.figures(session, rep),
        "remarks": [*which_day, *words.remarks(rep)],
        "kept": words.kept(rep, lambda: _calibration(rep)),
        "no_recording": _no_recording(rep),
        "said": "",
    }


def _calibration(rep: Rep) -> str:
    """With which a run's recording would be timed now."""
    reading = filmed(rep.automatic)
    clip = None if reading is None else reading.clip
    return "" if clip is None else calibration_id(Path(clip))


def _no_recording(rep: Rep) -> str:
    """Why there is nothing to look at; empty where there is."""
    if rep.automatic is None:
        return "nothing timed it: there is no recording to look at"
    by_gates = filmed(rep.automatic) is None
    return "timed by the gates: there is no recording to look at" if by_gates else ""


def _alike(one: TimedRun, other: TimedRun) -> bool:
    """Whether two timings are one: they differ by what a computation leaves."""
    return one.flags == other.flags and all(
        isclose(getattr(one, key), getattr(other, key), rel_tol=SAME)
        for key in ("fly_s", "fly_sigma_s", "velocity_mps")
    )


def _in_list(session: Session, rep: Rep) -> str:
    time = words.figures(session, rep)["time"].partition(" ")[0]
    state = {"void": "void", "keyed": "not timed"}.get(rep.state, "")
    return " · ".join(part for part in (words.title(session, rep), time, state) if part)


def _ticks(half_ms: float) -> list[int]:
    """Round milliseconds along the strip."""
    step = next((one for one in STEPS_MS if 2 * half_ms / one <= MOST_STEPS), STEPS_MS[-1])
    inside = (ms for ms in range(-20 * step, 21 * step, step) if abs(ms) < WITHIN * half_ms)
    return [*inside]


def _jpeg(picture: Picture) -> bytes:
    return bytes(cv2.imencode(".jpg", picture, QUALITY)[1].tobytes())


def _which(request: Request) -> Which:
    asked = request.query_params
    return Which(asked.get("session", ""), _number(request, "rep") if asked.get("rep") else None)


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 6 else 0
