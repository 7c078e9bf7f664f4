"""The page on which a workout and its group are chosen, and the session is begun.

It decides what the page is told, and keeps the last workout beside the journal, where
`station.console.kept_roster` keeps the roster as `--roster` reads it. What a plan means, who may
run and how a session goes, others decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal, get_args

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hardware.boot import boot_id
from hardware.counted import counted
from hardware.errors import StationError
from hardware.files import write_whole
from station.console.kept_roster import KeptRoster
from station.console.plan_drawing import plan_drawing
from station.console.room import Answer, Method, as_json, body
from station.journal.file import InUseError
from station.journal.journal import utc_now
from station.journal.resuming import Open, look
from station.live.chosen import Chosen
from station.live.ground import Ground
from station.live.holding import Keeping, Sounding
from station.live.opening import Opening
from station.live.played import over_before
from station.live.workout import Workout, workout_of
from station.pace import pace_400_mps
from station.session.commands import Join
from station.session.events import Entry
from station.session.judging import SAME_LENGTH_M
from station.session.roster import Row, of_row
from station.voice.cues import manner_for
from station.workout.forecast import Runner, forecast
from station.workout.grammar import MisreadError
from station.workout.library import Workout as LibraryWorkout
from station.workout.library import library
from station.workout.notation import clock, read
from station.workout.plan import Plan, notes, plan, recoveries_s
from station.workout.planned import Kind, PlannedRep
from station.workout.usual import CALL_SPACING_S, CALL_SPACINGS_S, SPRINTER_FACTOR, SPRINTER_FACTORS

MOST_BYTES = 200_000  # a roster of a large club
NARROWEST_PX, WIDEST_PX = 240.0, 3000.0


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """A workout as it is chosen on the page.

    Attributes:
        workout: As `station plan` reads it.
        kind: What its reps are; None where that follows.
        warm_up: Whether it begins with the warm-up.
        say: How much is said aloud; "usual" depends on how many there are.
        call_spacing_s: Least time between two go-calls.
        sprinter_factor: How much longer 400 m sprinters rest after long reps.
    """

    workout: str = "fly-30"
    kind: Kind | None = None
    warm_up: bool = False
    say: Literal["usual", "full", "brief", "nothing"] = "usual"
    call_spacing_s: float = CALL_SPACING_S
    sprinter_factor: float = SPRINTER_FACTOR

    def __post_init__(self) -> None:
        """Refuse what no session can be."""
        for said, value, (low, high), unit in (
            ("calls {:g} s apart", self.call_spacing_s, CALL_SPACINGS_S, " s"),
            (
                "400 m sprinters resting {:g} times as long",
                self.sprinter_factor,
                SPRINTER_FACTORS,
                "",
            ),
        ):
            if not low <= value <= high:
                raise ValueError(f"{said.format(value)}: write {low:g} to {high:g}{unit}")


class Drawing(msgspec.Struct, forbid_unknown_fields=True):
    """A plan that is to be drawn so wide."""

    asked: Asked
    wide_px: float


class Roster(msgspec.Struct, forbid_unknown_fields=True):
    """All athletes, in running order."""

    athletes: list[Row]


class WorkoutRoom:
    """Workout and athletes; see `station.console.room.Room`."""

    name = "workout"

    def __init__(self, ground: Ground) -> None:
        """Make ready.

        Args:
            ground: Where the session is to be held.
        """
        self._ground = ground
        self._roster = KeptRoster(ground.journal)
        self._last = ground.journal.with_name("workout.json")

    def answers(self) -> Iterable[tuple[Method, str, Answer]]:
        """What answers; see `station.console.room.Room`."""
        return (
            ("GET", "", self._all),
            ("POST", "/plan", self._planned),
            ("POST", "/roster", self._kept),
            ("POST", "/start", self._started),
            ("POST", "/again", self._gone_on),
            ("POST", "/join", self._joined),
        )

    async def _all(self, _: Request) -> Response:
        return as_json(await run_in_threadpool(self._everything))

    def _everything(self) -> dict[str, Any]:
        open_ = None
        with suppress(InUseError):  # which is said to whoever begins a session
            open_ = self._left_open()
        rows, broken = self._roster.readable()
        return {
            "library": [*_library()],
            "asked": self._asked_last(),
            "roster": rows,
            "broken": broken,
            "timed": self._ground.chosen.said(),
            "again": None
            if open_ is None
            else {"said": _sentence(str(open_)) + self._timed_by_hand(), "ended": open_.ended},
        }

    async def _planned(self, request: Request) -> Response:
        wanted = msgspec.json.decode(await body(request), type=Drawing)
        return as_json(await run_in_threadpool(self._draw, wanted.asked, wanted.wide_px))

    def _draw(self, asked: Asked, wide_px: float) -> dict[str, Any]:
        try:
            planned = _plan_of(asked)
        except MisreadError as error:
            wrong = [error.before, error.wrong, error.after]
            return {"kind": None, "said": error.plainly, "wrong": wrong}
        if planned is None:
            return {"kind": None, "said": "Flying sprints or 400 m pace? Say which it is."}
        group = [of_row(row) for row in self._roster.readable()[0] if row.here]
        workout = workout_of(planned, group, None, sprinter_factor=asked.sprinter_factor)
        runs = forecast(_runners(workout) or [Runner("", planned.reps)], asked.call_spacing_s)
        sprinters = any(one.sprinter for one in group)
        kind = library().kinds[planned.kind]
        lasts_s = max(run.end_s for run in runs)
        said = notes(planned, asked.sprinter_factor if sprinters else None)
        return {
            "kind": planned.kind,
            "title": _title(planned),
            "total": f"about {clock(lasts_s)} from the first call on; "
            f"{kind.between_reps} between reps",
            "sets": _sets(planned.reps, kind.between_sets),
            "notes": [*said, *([kind.note] if kind.note else [])],
            "trouble": self._misfit(planned) or over_before(self._ground.chosen, lasts_s),
            "svg": plan_drawing(runs, min(max(wide_px, NARROWEST_PX), WIDEST_PX)),
        }

    async def _kept(self, request: Request) -> Response:
        sent = msgspec.json.decode(await body(request, MOST_BYTES), type=Roster)
        await run_in_threadpool(self._roster.keep, sent.athletes)
        return as_json({"roster": self._roster.rows()})

    async def _started(self, request: Request) -> Response:
        asked = msgspec.json.decode(await body(request), type=Asked)
        said = await run_in_threadpool(self._start, asked)
        return as_json({"begun": True, "said": said}, 202)

    def _start(self, asked: Asked) -> str:
        """Begin; what could not be kept of it is said, empty where all was."""
        planned = _plan_of(asked)
        if planned is None:
            raise StationError("flying sprints or 400 m pace? say which the workout is")
        if (misfit := self._misfit(planned)) is not None:
            raise StationError(misfit)
        group = [of_row(row) for row in self._roster.rows() if row.here]
        if not group:
            raise StationError("nobody is here yet; tick who trains today, or add athletes")
        workout = workout_of(
            planned,
            group,
            None,
            sprinter_factor=asked.sprinter_factor,
            call_spacing_s=asked.call_spacing_s,
            warm_up=asked.warm_up,
            name=asked.workout,
        )
        self._begin(workout, asked, Keeping(self._ground.journal, new=True))
        try:
            write_whole(self._last, msgspec.json.encode(asked))
        except StationError as error:  # it has begun all the same
            return f"the choice is not kept for the next time: {error}"
        return ""

    async def _gone_on(self, _: Request) -> Response:
        said = self._timed_by_hand().strip()
        await run_in_threadpool(self._go_on)
        return as_json({"begun": True, "said": said}, 202)

    def _timed_by_hand(self) -> str:
        """What a session goes on without, whatever timed it before."""
        if _times(self._ground.chosen):
            return ""
        return " Nothing is set up: its reps are timed by hand; for camera or gates, Set-up first."

    def _go_on(self) -> None:
        open_ = self._left_open()
        if open_ is None:
            raise StationError("no session is left open; start another")
        session = open_.session
        group = tuple(Entry(one.athlete, one.plan) for one in session.members.values())
        workout = Workout(session.kind, session.plan, group)
        keeping = Keeping(self._ground.journal, ask=lambda _: True)
        self._begin(workout, self._asked_last(), keeping)

    def _begin(self, workout: Workout, asked: Asked, keeping: Keeping) -> None:
        self._ground.check_free()  # or a Start that is refused would end what Set-up does
        self._ground.let_go()  # what Set-up has compared until now counts
        chosen = self._ground.chosen
        manner = manner_for(len(workout.group))
        if asked.say in ("full", "brief"):
            manner = replace(manner, briefly=asked.say == "brief")
        setup = chosen.setup()
        if not _times(chosen):
            longest_m = max(rep.distance_m for rep in workout.plan)
            setup = msgspec.structs.replace(setup, fly_m=longest_m)
        self._ground.begin(
            Opening(
                setup=setup,
                protocol=chosen.protocol,
                camera=chosen.live_camera(self._ground.clips),
                zero=chosen.zero_now,
                workout=workout,
                keeping=keeping,
                sounding=Sounding(manner, on=asked.say != "nothing"),
                by_hand=True,
            )
        )

    async def _joined(self, request: Request) -> Response:
        row = msgspec.json.decode(await body(request), type=Row)
        await run_in_threadpool(self._join, row)
        return as_json({"roster": self._roster.rows()}, 202)

    def _join(self, row: Row) -> None:
        """Somebody comes late, and is known the next time."""
        athlete = of_row(row)
        self._ground.do(Join(athlete))
        try:
            rows = self._roster.rows()
            if athlete.name not in (one.name for one in rows):
                self._roster.keep([*rows, row])
        except StationError as error:
            raise StationError(
                f"{athlete.name} joins, but is not kept for the next time: {error}"
            ) from None

    def _asked_last(self) -> Asked:
        try:
            return msgspec.json.decode(self._last.read_bytes(), type=Asked)
        except (OSError, ValueError):
            return Asked()  # the first time, or what another version wrote

    def _left_open(self) -> Open | None:
        if self._ground.on is not None:
            return None
        nobody = Workout("fly", (), ())
        return look(self._ground.journal, nobody, utc_now(), boot_id()).open

    def _misfit(self, planned: Plan) -> str | None:
        """Why these flies cannot be timed in the zone that is set up; None where they can."""
        chosen = self._ground.chosen
        lengths_m = {rep.distance_m for rep in planned.reps}
        others_m = {one_m for one_m in lengths_m if abs(one_m - chosen.fly_m) >= SAME_LENGTH_M}
        if planned.kind != "fly" or not _times(chosen) or not others_m:
            return None
        return (
            f"the zone that is set up is {chosen.fly_m:g} m long, and the workout has flies of "
            f"{min(others_m):g} m; choose another workout, or set the zone up for this one"
        )


def _times(chosen: Chosen) -> bool:
    """Whether any device is to time the session."""
    return bool(chosen.ports) or chosen.films


def _plan_of(asked: Asked) -> Plan | None:
    """What is asked for; None where it may be of either kind.

    Raises:
        StationError: It cannot be read.
    """
    if asked.kind is None:
        plan(asked.workout, "fly")  # what else is wrong is said first
        try:
            return plan(asked.workout)
        except StationError:
            return None
    return plan(asked.workout, asked.kind)


def _library() -> Iterable[dict[str, object]]:
    """The library, a kind after the other, those first of which the program has its name."""
    known = library()
    for kind in get_args(Kind):
        yield {
            "title": known.kinds[kind].title,
            "purpose": known.kinds[kind].purpose,
            "workouts": [_in_short(one) for one in known.workouts if one.kind == kind],
        }


def _in_short(workout: LibraryWorkout) -> dict[str, object]:
    reps = read(workout.notation)
    needs = "; ".join(library().needed_for(workout))
    return {
        "name": workout.name,
        "about": f"{counted(len(reps), 'rep')}, {clock(recoveries_s(reps))} rest",
        "notation": f"{workout.notation}\n\nBefore it: {needs}",
    }


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _title(planned: Plan) -> str:
    sets = planned.reps[-1].set
    title = library().kinds[planned.kind].title
    in_sets = f" in {sets} sets" if sets > 1 else ""
    return f"{title}: {counted(len(planned.reps), 'rep')}{in_sets}"


def _sets(reps: Sequence[PlannedRep], between_sets: str) -> list[dict[str, Any]]:
    """Each set's reps with the recoveries between them, and the recovery after it."""
    sets: list[dict[str, Any]] = []
    for rep, following in zip(reps, [*reps[1:], None], strict=True):
        if not sets or sets[-1]["set"] != rep.set:
            sets.append({"set": rep.set, "reps": [], "after": ""})
        ends_set = following is None or following.set != rep.set
        rest = "" if rep.recovery_s is None else clock(rep.recovery_s)
        one = {"distance": f"{rep.distance_m:g} m", "rest": "" if ends_set else rest}
        sets[-1]["reps"].append(one)
        if ends_set and rest:
            sets[-1]["after"] = f"{rest} {between_sets}" + (" (assumed)" if rep.assumed else "")
    return sets


def _runners(workout: Workout) -> list[Runner]:
    is_fly = workout.kind == "fly"
    return [
        Runner(
            entry.athlete.name,
            entry.plan,
            None if entry.athlete.time_400_s is None else pace_400_mps(entry.athlete.time_400_s),
            entry.athlete.run_in_s if is_fly else 0.0,
        )
        for entry in workout.group
    ]
