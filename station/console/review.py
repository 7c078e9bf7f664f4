"""The page on which a run is looked at again: the strip, the pictures, and the line in them.

It decides what the page is told, and that one recording is read at a time, apart from whatever
times. What a line means, `station.by_eye` decides; what a correction means,
`station.session.coach`. A recording is named by its session and rep, never by its path.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hardware.errors import StationError
from station.console import review_words as words
from station.console.review_shelf import Shelf
from station.console.room import Answer, Method, as_json, body
from station.film.rereading import Lines, Pictured, Recording
from station.fusion import Reading
from station.live.corrections import Corrections, Found
from station.live.ground import Ground
from station.session import coach
from station.session.events import Mark
from station.session.joining import reread
from station.session.state import Rep, Session

NO_RECORDING = "timed by the gates: there is no recording to look at"
UNTIMED = "nothing timed it: there is no recording to look at"
FARTHEST_MS = 500.0  # that a line is moved: beyond it nobody can be seen
STEPS_MS = (10, 20, 50, 100, 200, 500, 1000)
MOST_STEPS = 9
WITHIN = 0.4  # of the strip: a label needs its room

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

    def __post_init__(self) -> None:
        """Refuse what is beyond the strip."""
        for later_ms in (self.marker2_ms, self.marker3_ms):
            if later_ms is not None and not abs(later_ms) <= FARTHEST_MS:
                raise ValueError(f"{later_ms:g} ms is no place of the line; drag it in the strip")


class Said(Which, forbid_unknown_fields=True):
    """What the coach says of a run.

    Attributes:
        does: What.
        athlete: To whom it is given.
        mark: What was seen in whoever ran it.
    """

    does: Literal["void", "undo", "assign", "mark", "anew"] = "void"
    athlete: str = ""
    mark: Mark = "tight"


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
        self._reader = ThreadPoolExecutor(1, "review")

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
        return await asyncio.get_running_loop().run_in_executor(self._reader, work)

    async def _run(self, request: Request) -> Response:
        return as_json(await run_in_threadpool(self._told, _which(request)))

    async def _crossings(self, request: Request) -> Response:
        return as_json(await self._alone(lambda: self._seen(_which(request))))

    async def _strip(self, request: Request) -> Response:
        pictured = await self._alone(lambda: self._pictured(request))
        return Response(pictured.strip, media_type="image/jpeg")

    async def _frame(self, request: Request) -> Response:
        pictured = await self._alone(lambda: self._pictured(request))
        number = _number(request, "number")
        if number >= len(pictured.frames):
            raise StationError(f"there are {len(pictured.frames)} pictures, and no {number}")
        return Response(pictured.frames[number], media_type="image/jpeg")

    async def _tried(self, request: Request) -> Response:
        line = msgspec.json.decode(await body(request), type=Line)
        return as_json(await self._alone(lambda: self._try(line)))

    async def _read(self, request: Request) -> Response:
        line = msgspec.json.decode(await body(request), type=Line)
        return as_json(await self._alone(lambda: self._say(line, self._put(line))))

    async def _done(self, request: Request) -> Response:
        said = msgspec.json.decode(await body(request), type=Said)
        if said.does == "anew":
            return as_json(await self._alone(lambda: self._anew(said)))
        return as_json(await run_in_threadpool(self._do, said))

    def _find(self, which: Which) -> tuple[Found, Rep]:
        found = self._corrections.find(which.session)
        reps = words.looked_at(found.session)
        if not reps:
            raise StationError("nobody has run in this session yet")
        rep = reps[-1] if which.rep is None else found.session.reps.get(which.rep)
        if rep is None or rep not in reps:
            raise StationError(f"there is no run {which.rep} in this session; go back to the last")
        return found, rep

    def _told(self, which: Which) -> dict[str, Any]:
        found, rep = self._find(which)
        return _as_told(found.name, found.session, rep)

    def _seen(self, which: Which) -> list[dict[str, Any]]:
        _, rep = self._find(which)
        recording, part, _ = self._filmed(rep)
        timed = recording.part(part)
        again = rep.reread
        lines = (None, None) if again is None else (again.marker2_s, again.marker3_s)
        seen = []
        for crossing, line_s in zip((timed.marker2, timed.marker3), lines, strict=True):
            pictured = self._shelf.pictured(recording, part, crossing.marker)
            at_s = recording.at_s(crossing)
            seen.append(
                {
                    "marker": crossing.marker,
                    "read": f"the {crossing.point} read at {at_s:.3f} s of the recording",
                    "drawn": f"what crossed Marker {crossing.marker}, time running to the right"
                    + (": the runner looks left" if pictured.mirrored else ""),
                    "line_ms": None if line_s is None else recording.later_ms(crossing, line_s),
                    "from_ms": pictured.from_ms,
                    "to_ms": pictured.to_ms,
                    "frames_ms": pictured.frames_ms,
                    "ticks_ms": _ticks(pictured),
                }
            )
        return seen

    def _filmed(self, rep: Rep) -> tuple[Recording, int, Reading]:
        """The recording of a run, which of its runs it is, and what the camera read."""
        reading = words.filmed(rep.automatic)
        if reading is None or reading.clip is None:
            raise StationError(UNTIMED if rep.automatic is None else NO_RECORDING)
        part = reading.source.rpartition("#")[2]
        if not part.isdecimal():
            raise StationError(f"'{reading.source}' names no run of a recording")
        return self._shelf.recording(Path(reading.clip)), int(part), reading

    def _pictured(self, request: Request) -> Pictured:
        _, rep = self._find(_which(request))
        recording, part, _ = self._filmed(rep)
        return self._shelf.pictured(recording, part, 3 if _number(request, "marker") == 3 else 2)

    def _put(self, line: Line) -> coach.Reread:
        """What it means that the line is put there."""
        _, rep = self._find(line)
        recording, part, before = self._filmed(rep)
        timed = recording.part(part)
        lines = Lines(
            *(
                None if later_ms is None else recording.at_s(crossing, later_ms)
                for crossing, later_ms in (
                    (timed.marker2, line.marker2_ms),
                    (timed.marker3, line.marker3_ms),
                )
            )
        )
        if lines == Lines():
            return coach.Reread(rep.rep, None)
        _, reading = recording.by_eye(part, lines, before)
        return coach.Reread(rep.rep, reading, lines.marker2_s, lines.marker3_s)

    def _try(self, line: Line) -> dict[str, Any]:
        """What a run would come to, if the line were put there."""
        found, rep = self._find(line)
        reading = self._put(line).reading
        assert rep.automatic is not None, "what has a recording was timed"
        run = rep.automatic if reading is None else reread(rep.automatic, reading)
        return words.figures(found.session, msgspec.structs.replace(rep, run=run))

    def _do(self, said: Said) -> dict[str, Any]:
        _, rep = self._find(said)
        command: coach.OfEvents | coach.Undo = coach.Undo()
        match said.does:
            case "void":
                command = coach.Void(rep.rep)
            case "assign":
                command = coach.Assign(said.athlete, rep.rep)
            case "mark":
                command = coach.Note(said.mark, rep=rep.rep)
        return self._say(said, command)

    def _anew(self, which: Which) -> dict[str, Any]:
        """Time a run anew with the calibration as it is now."""
        found, rep = self._find(which)
        recording, part, before = self._filmed(rep)
        reading = recording.anew(part, before)
        if (reading.fly_s, reading.fly_sigma_s) != (before.fly_s, before.fly_sigma_s):
            return self._say(which, coach.Reread(rep.rep, reading))
        if rep.reread is not None:
            return self._say(which, coach.Reread(rep.rep, None))
        told = _as_told(found.name, found.session, rep)
        return {**told, "said": f"timed anew: {told['figures']['time']}, as before"}

    def _say(self, which: Which, command: coach.OfEvents | coach.Undo) -> dict[str, Any]:
        found, rep = self._find(which)
        session = self._corrections.say(found.name, command)
        # What was undone may be all that made it a run.
        return _as_told(found.name, session, session.reps.get(rep.rep, rep))


def _as_told(name: str, session: Session, rep: Rep) -> dict[str, Any]:
    """A run as the page is told of it."""
    reps = words.looked_at(session)
    numbers = [one.rep for one in reps]
    place = numbers.index(rep.rep)
    recording = words.filmed(rep.automatic)
    none = UNTIMED if rep.automatic is None else NO_RECORDING
    return {
        "session": name,
        "rep": rep.rep,
        "title": words.title(session, rep),
        "place": f"run {place + 1} of {len(reps)}",
        "runs": [[one.rep, _in_list(session, one)] for one in reps],
        "before": numbers[place - 1] if place else None,
        "after": numbers[place + 1] if place + 1 < len(reps) else None,
        "athletes": [*session.members],
        "athlete": rep.athlete,
        "void": rep.state == "void",
        "figures": words.figures(session, rep),
        "remarks": words.remarks(session, rep),
        "kept": words.kept(rep),
        "no_recording": none if recording is None else "",
        "said": "",
    }


def _in_list(session: Session, rep: Rep) -> str:
    time = words.figures(session, rep)["time"].partition(" ")[0]
    state = {"void": "void", "keyed": "not timed"}.get(rep.state, "")
    return " · ".join(part for part in (words.title(session, rep), time, state) if part)


def _ticks(pictured: Pictured) -> list[int]:
    """Round milliseconds along the strip."""
    span_ms = pictured.to_ms - pictured.from_ms
    step = next((one for one in STEPS_MS if span_ms / one <= MOST_STEPS), STEPS_MS[-1])
    inside = (ms for ms in range(-20 * step, 21 * step, step) if abs(ms) < WITHIN * span_ms)
    return [*inside]


def _which(request: Request) -> Which:
    rep = request.query_params.get("rep", "")
    return Which(request.query_params.get("session", ""), int(rep) if rep.isdecimal() else None)


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 6 else 0
