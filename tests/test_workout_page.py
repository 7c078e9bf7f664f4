"""What the workout page is answered: plans, the roster, and a session that begins."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec
import pytest
from consoled import WAIT_S, Showing, session
from drills import START, at, opened
from footage import SHORT_FILM

from calibration.profile import load_profile
from hardware.boot import boot_id
from station.console.console import Console
from station.console.workout import WorkoutRoom
from station.journal.journal import Journal, Log, utc_now
from station.live.chosen import Chosen
from station.live.ground import Ground
from station.session import events as ev
from station.session.commands import Join
from station.session.roster import Athlete, load_roster

ASKED = {
    "workout": "fly-30",
    "kind": None,
    "warm_up": False,
    "say": "nothing",
    "call_spacing_s": 20,
    "sprinter_factor": 1.75,
}
GROUP = [
    {"name": "Ana", "time_400_s": "58.0"},
    {"name": " Ben  B", "time_400_s": "0:55.5", "sprinter": True, "here": False},
    {"name": "Cy", "time_800_s": "2:11,5", "initials": "C", "run_in_s": 10},
]
WIDE_PX = 600


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path / "data" / "journal.sqlite", tmp_path / "clips")


@pytest.fixture
def showing(ground: Ground) -> Iterator[Showing]:
    with Showing(rooms=(WorkoutRoom(ground),)) as one:
        yield one


def drawn(showing: Showing, workout: str, **given: Any) -> tuple[int, Any]:
    asked = {**ASKED, "workout": workout, **given}
    status, got, _ = showing.ask("/api/workout/plan", {"asked": asked, "wide_px": WIDE_PX})
    return status, got


def until(holds: Callable[[], bool]) -> None:
    end_s = monotonic() + WAIT_S
    while not holds():
        assert monotonic() < end_s
        threading.Event().wait(0.02)


def test_the_library_says_what_each_is_for(showing: Showing) -> None:
    _, got, _ = showing.ask("/api/workout")
    purposes = {kind["title"]: kind["purpose"] for kind in got["library"]}
    assert purposes["Maximum velocity"] == "top speed"
    names = [one["name"] for kind in got["library"] for one in kind["workouts"]]
    assert "fly-30" in names
    assert "400-pace-5" in names
    assert (got["roster"], got["again"]) == ([], None)
    assert got["timed"].startswith("timed by hand")
    assert msgspec.to_builtins(got["asked"])["workout"] == "fly-30"


def test_a_plan_is_drawn_with_its_reps_recoveries_and_time(showing: Showing) -> None:
    status, got = drawn(showing, "2 x 2 x 30m. 3:00 Rec between reps")
    assert status == 200
    assert got["kind"] == "fly"
    assert got["title"] == "Maximum velocity: 4 reps in 2 sets"
    first, second = got["sets"]
    assert [one["distance"] for one in first["reps"]] == ["30 m", "30 m"]
    assert [one["rest"] for one in first["reps"]] == ["3:00", ""]
    assert first["after"].startswith("6:00 ")
    assert first["after"].endswith("(assumed)")
    assert second["after"] == ""
    assert any("leaves this set recovery open" in note for note in got["notes"])
    assert got["svg"].count("<rect") == 4
    assert 'role="img"' in got["svg"]


def test_everybody_who_is_here_has_a_row_in_running_order(showing: Showing) -> None:
    showing.ask("/api/workout/roster", {"athletes": [*GROUP, {"name": "<b>&amp"}]})
    _, got = drawn(showing, "fly-30")
    assert got["svg"].count("<rect") == 3 * 9
    assert got["svg"].index(">Ana<") < got["svg"].index(">Cy<")
    assert "Ben" not in got["svg"]
    assert "&lt;b&gt;&amp;amp" in got["svg"]


def test_a_mistake_in_the_notation_is_shown_where_it_is(showing: Showing) -> None:
    _, got = drawn(showing, "2 x 40m. 3:00 Rec\n2 x 50 yards")
    assert got["wrong"] == ["2 x 50 ", "yards", ""]
    assert got["said"].startswith("Line 2: cannot read 'yards'; write ")


def test_a_workout_that_is_not_in_the_library_is_said_in_one_line(showing: Showing) -> None:
    status, got = drawn(showing, "fly-60")
    assert status == 400
    assert "no workout 'fly-60'" in got["error"]
    assert "\n" not in got["error"]


def test_what_may_be_of_either_kind_is_asked_for(showing: Showing) -> None:
    assert drawn(showing, "4 x 50m. 1:30 Rec between reps")[1]["kind"] is None
    assert (
        drawn(showing, "4 x 50m. 1:30 Rec between reps", kind="400-pace")[1]["kind"] == "400-pace"
    )


@pytest.mark.parametrize("given", [{"call_spacing_s": 0}, {"sprinter_factor": 3}, {"say": "loud"}])
def test_what_no_session_can_be_is_refused(showing: Showing, given: dict[str, Any]) -> None:
    assert drawn(showing, "fly-30", **given)[0] == 400


def test_the_roster_is_kept_as_the_command_line_reads_it(showing: Showing, ground: Ground) -> None:
    _, got, _ = showing.ask("/api/workout/roster", {"athletes": GROUP})
    assert [one["name"] for one in got["roster"]] == ["Ana", "Ben B", "Cy"]
    kept = ground.journal.with_name("roster.toml")
    assert load_roster(kept) == (Athlete("Ana", 58.0), Athlete("Cy", None, 131.5, False, "C", 10.0))
    assert tomllib.loads(kept.read_text("utf-8"))["athletes"][1]["here"] is False
    assert showing.ask("/api/workout")[1]["roster"] == got["roster"]
    showing.ask("/api/workout/roster", {"athletes": []})
    assert showing.ask("/api/workout")[1]["roster"] == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"name": "Ana"}, {"name": "Ana "}], "named twice"),
        ([{"name": "Ana", "time_400_s": "12"}], "no one runs 400 m in 12 s"),
        ([{"name": " "}], "is no name"),
        ([{"name": "Ana", "age": 3}], "age"),
    ],
)
def test_what_is_no_roster_changes_nothing(showing: Showing, rows: list[Any], said: str) -> None:
    showing.ask("/api/workout/roster", {"athletes": GROUP[:1]})
    status, got, _ = showing.ask("/api/workout/roster", {"athletes": rows})
    assert status == 400
    assert said in got["error"]
    assert [one["name"] for one in showing.ask("/api/workout")[1]["roster"]] == ["Ana"]


@pytest.mark.parametrize(
    "broken",
    ["[[athletes]\nname = 3", "athletes = 3\n", '[[athletes]]\nname = "A"\nrun_in_s = 1\n'],
)
def test_a_broken_roster_hides_no_workout_and_is_left_as_it_is(
    showing: Showing, ground: Ground, broken: str
) -> None:
    kept = ground.journal.with_name("roster.toml")
    kept.parent.mkdir(parents=True)
    kept.write_text(broken, "utf-8")
    status, got, _ = showing.ask("/api/workout")
    assert (status, got["roster"]) == (200, [])
    assert got["library"]
    assert "left as it is: mend it" in got["broken"]
    assert drawn(showing, "fly-30")[0] == 200
    for path, sent in (("roster", {"athletes": GROUP}), ("start", ASKED)):
        assert showing.ask(f"/api/workout/{path}", sent)[0] == 400
    assert kept.read_text("utf-8") == broken


def test_nobody_here_begins_nothing(showing: Showing, ground: Ground) -> None:
    status, got, _ = showing.ask("/api/workout/start", ASKED)
    assert status == 400
    assert "nobody is here" in got["error"]
    assert not ground.journal.exists()


def test_a_journal_that_another_station_uses_is_said_at_the_press_of_start(
    showing: Showing, ground: Ground
) -> None:
    showing.ask("/api/workout/roster", {"athletes": GROUP})
    with Log(ground.journal, utc_now(), boot_id()):
        status, got, _ = showing.ask("/api/workout/start", ASKED)
    assert status == 400
    assert "another station is using the journal" in got["error"]
    assert "end it, or name another with --journal" in got["error"]
    assert showing.ask("/api/workout/start", ASKED)[0] == 202


def test_who_comes_late_joins_the_session_that_is_on(ground: Ground) -> None:
    said: list[object] = []
    ground.do = said.append  # type: ignore[method-assign,assignment]
    with Showing(rooms=(WorkoutRoom(ground),)) as one:
        one.show(session(), 10)
        assert one.ask("/api/workout/join", {"name": "Dee", "time_400_s": "1:02"})[0] == 202
        assert one.ask("/api/workout/join", {"name": "Dee", "time_400_s": "fast"})[0] == 400
        assert [row["name"] for row in one.ask("/api/workout")[1]["roster"]] == ["Dee"]
    assert said == [Join(Athlete("Dee", 62.0))]


def test_flies_of_another_length_than_the_zone_are_not_begun(
    showing: Showing, ground: Ground
) -> None:
    ground.chosen = Chosen(30.0, ports=("simulated",))
    showing.ask("/api/workout/roster", {"athletes": GROUP})
    assert drawn(showing, "fly-30")[1]["trouble"] is None
    assert "the zone that is set up is 30 m long" in drawn(showing, "fly-50")[1]["trouble"]
    status, got, _ = showing.ask("/api/workout/start", {**ASKED, "workout": "fly-50"})
    assert status == 400
    assert "flies of 50 m" in got["error"]
    assert drawn(showing, "400-pace-1")[1]["trouble"] is None
    ground.chosen = Chosen(30.1, ports=("simulated",))  # as it was measured
    assert drawn(showing, "fly-30")[1]["trouble"] is None


def test_a_video_that_is_over_before_the_workout_is_said(
    showing: Showing, ground: Ground, rendered: Any
) -> None:
    video, _ = rendered(SHORT_FILM)
    profile = load_profile(video.with_suffix(".toml"))
    ground.chosen = Chosen(30.0, str(video), profile)
    assert "the video is over after 0:" in (drawn(showing, "fly-30")[1]["trouble"])
    assert drawn(showing, "1 x 30m")[1]["trouble"] is None


class Open:
    """A station that stands open, with its pages."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.console = Console(ground.do, ground.end, port=0, rooms=(WorkoutRoom(ground),))
        self._thread = threading.Thread(target=ground.attend, args=(self.console,), daemon=True)

    def __enter__(self) -> Open:
        self.console.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ground.end()
        self.ground.stopped.set()
        self._thread.join(WAIT_S)
        self.console.__exit__()

    def ask(self, path: str, body: object = None) -> tuple[int, Any]:
        status, got, _ = Showing.ask(self, path, body)  # type: ignore[arg-type]
        return status, got

    @property
    def port(self) -> int:
        return self.console.share.port

    def members(self) -> list[str]:
        on = self.ground.on
        return [] if on is None else [*on.desk.session().members]


def test_a_session_begins_is_put_in_order_and_ends(ground: Ground) -> None:
    with Open(ground) as station:
        station.ask("/api/workout/roster", {"athletes": GROUP})
        assert station.ask("/api/workout/start", {**ASKED, "workout": "fly-40"})[0] == 202
        until(lambda: station.members() == ["Ana", "Cy"])
        status, got = station.ask("/api/workout/start", ASKED)
        assert status == 400
        assert "a session is on" in got["error"]
        assert station.ask("/api/workout")[1]["again"] is None
        station.ask("/api/do", {"command": "reorder", "athletes": ["Cy", "Ana"]})
        until(lambda: station.members() == ["Cy", "Ana"])
        station.ask("/api/do", {"command": "undo"})
        until(lambda: station.members() == ["Ana", "Cy"])
        ground.end()
        until(lambda: ground.on is None)
        assert station.ask("/api/workout")[1]["asked"]["workout"] == "fly-40"
    with Journal(ground.journal) as journal:
        (kept,) = journal.sessions()
        events = [one.event for one in journal.records(kept.session).values()]
    assert isinstance(events[0], ev.Opened)
    assert events[0].workout == "fly-40"
    assert isinstance(events[-1], ev.Ended)
    assert events[-1].by == "coach"
    orders = [one.athletes for one in events if isinstance(one, ev.Reordered)]
    assert orders == [("Cy", "Ana")]


def test_a_session_begins_though_the_choice_cannot_be_kept(ground: Ground) -> None:
    with Open(ground) as station:
        station.ask("/api/workout/roster", {"athletes": GROUP})
        (ground.journal.parent / "workout.json").mkdir()
        status, got = station.ask("/api/workout/start", ASKED)
        assert status == 202
        assert "not kept" in got["said"]


def test_a_session_that_broke_off_goes_on(ground: Ground) -> None:
    ground.journal.parent.mkdir(parents=True)
    with Log(ground.journal, utc_now(), boot_id()) as log:
        for event in (
            opened("Ana", "Ben"),
            ev.Began(START),
            ev.TypedIn(at(20), "Ana", 1, at(20), 4.0),
        ):
            log.append(event)
    with Open(ground) as station:
        said = station.ask("/api/workout")[1]["again"]
        assert said["said"].startswith("The session of")
        assert "reps left (Ana 1 of 3, Ben 0 of 3). Nothing is set up" in said["said"]
        assert not said["ended"]
        status, got = station.ask("/api/workout/again", {})
        assert status == 202
        assert "timed by hand" in got["said"]
        until(lambda: station.members() == ["Ana", "Ben"])
        on = ground.on
        assert on is not None
        assert [*on.desk.session().reps] == [1]
    with Journal(ground.journal) as journal:
        assert len(journal.sessions()) == 1
