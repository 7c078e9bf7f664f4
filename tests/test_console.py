"""The console over HTTP: what it shows to whom, what may be said, and from where."""

from __future__ import annotations

import argparse
import http.client
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib import resources
from pathlib import Path

import pytest
from consoled import WAIT_S, Showing, ran, session
from drills import at

from hardware.errors import StationError
from station.commands import console as command
from station.console.console import Console
from station.console.guard import (
    MINUTE_S,
    MOST_ADDRESSES,
    MOST_WRONG,
    MOST_WRONG_OF_ALL,
    Door,
    is_our_host,
    is_this_computer,
)
from station.console.lines import MOST_OF_OTHERS
from station.console.public import LEFT_OUT, SEEN, cue_for_all, labels
from station.gates.record import Setup
from station.gates.timing import Notice
from station.live.desk import Desk
from station.live.ground import Ground
from station.live.holding import Keeping, Sounding, run_session
from station.live.rehearsal import Rehearsal
from station.live.screens import Screens
from station.live.workout import workout_of
from station.session import commands, shown
from station.session import events as ev
from station.session.news import Said, Told
from station.session.roster import parse_athletes
from station.session.snapshot import snapshot
from station.terminal.asking import Mute
from station.voice.cues import Cue, manner_for
from station.workout.plan import plan

GO = Cue("go 1", "go", ("Ana",), "Ana, go.", at(3), None)
BOARD_BYTES = 40_000
AA = 4.5  # contrast, WCAG 2
DELAYED_S = 0.04  # that a system waits before it acknowledges what came
QUICK_S = 0.5  # for a thousand calls that must not wait


@pytest.fixture
def showing() -> Iterator[Showing]:
    with Showing() as one:
        one.show(session(ran("Ana", 1, 13, fly_s=3.41)), 20)
        next(one.states())
        yield one


@pytest.fixture
def shared() -> Iterator[Showing]:
    with Showing(share=True) as one:
        one.show(session(ran("Ana", 1, 13, fly_s=3.41)), 20)
        next(one.states())
        yield one


def test_the_state_is_the_snapshot_with_a_version(showing: Showing) -> None:
    status, state, headers = showing.ask("/api/state?as=coach")
    assert (status, state["version"], state["speed"]) == (200, 1, 1.0)
    now = state["now"]
    assert now["next"]["athlete"] == "Ben"
    assert now["last"]["time_s"] == pytest.approx(3.41)
    assert now["last"]["against_400"]["verdict"] == "beats"
    assert state["keys"][0] == {"key": " ", "shown": "Space", "word": "rep done"}
    assert state["digits"] == "whose it was"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers


def test_everybody_sees_initials_and_no_notes(showing: Showing) -> None:
    left = ev.Withdrawn(at(40), "Ben", "left calf")
    aside = ev.Passed(at(50), 2, ran("Ana", 2, 50).run, "Ana was not due")
    tight = ev.Marked(at(15), 1, "tight")
    showing.show(session(ran("Ana", 1, 13, flags=("edges-lost",)), tight, left, aside), 60)
    now = next(now for now in showing.states() if now["tray"])
    assert [row["athlete"] for row in now["rows"]] == ["A", "B", "C"]
    _, told, _ = showing.ask("/api/state")
    assert re.search(r"Ana|Ben|calf|tight|not due|keys", str(told)) is None
    _, known, _ = showing.ask("/api/state?as=coach")
    assert {"left calf", "Ben"} <= set(re.findall(r"left calf|Ben", str(known)))


def test_names_are_shown_where_they_are_allowed() -> None:
    with Showing(names=True) as one:
        one.show(session(), 1)
        assert [row["athlete"] for row in next(one.states())["rows"]] == ["Ana", "Ben", "Cy"]


def test_initials_that_two_share_have_a_number() -> None:
    rows = snapshot(session(group=("Ana Lopez", "Alf Lind", "Ben")), at(1)).rows
    assert labels(rows, names=False) == {"Ana Lopez": "AL 1", "Alf Lind": "AL 2", "Ben": "B"}
    assert labels(rows, names=True)["Ben"] == "Ben"


def test_each_key_of_a_snapshot_is_decided() -> None:
    """A new one is shown to nobody until it is in either list."""
    structs = [one for one in vars(shown).values() if isinstance(one, type(shown.Snapshot))]
    for one in set(structs) - {shown.Device}:  # of which nothing is shown
        assert {*SEEN[one].split(), *LEFT_OUT.get(one, ())} == {*one.__struct_fields__}


@pytest.mark.parametrize(
    ("group", "said"),
    [
        (("Jo", "Joanna Kern"), "Overdue: J, JK."),
        (("Ana", "Ben"), "Overdue: ?, ?."),
        ((), "Overdue: ?, ?."),
    ],
)
def test_a_cue_tells_no_name_whosoever(group: tuple[str, ...], said: str) -> None:
    overdue = Cue(
        "overdue 1", "overdue", ("Jo", "Joanna Kern"), "Overdue: Jo, Joanna Kern.", 0, None
    )
    rows = snapshot(session(group=group), at(1)).rows if group else ()
    assert cue_for_all(overdue, rows, names=False)["said"] == said
    assert cue_for_all(overdue, rows, names=True)["said"] == overdue.text


def test_a_cue_is_told_with_the_athletes_as_it_began(showing: Showing) -> None:
    feed = showing.listen()
    next(feed)
    showing.stand_still()
    showing.console.show(snapshot(session(), at(1)))
    showing.console.hear(Said(3.0, GO))
    showing.console.show(None)
    assert next(data for kind, data in feed if kind == "told")["said"] == "A, go."


def test_before_there_is_a_session_it_says_so() -> None:
    with Showing() as one:
        assert next(one.listen()) == (
            "state",
            {"version": 1, "speed": 1.0, "now": None, "ended": None},
        )
        _, shown, _ = one.ask("/api/press", {"page": "1", "key": "v"})
        assert "no session is on" in shown["line"]
        assert one.said == []


def test_what_came_of_a_session_stays_until_the_next(showing: Showing) -> None:
    showing.stand_still()
    showing.console.show(None)
    for kind, state in showing.listen():
        if kind == "state" and state["now"] is None:
            break
    ended = state["ended"]
    assert (ended["phase"], ended["headline"], ended["next"]) == ("over", "FLY 30 · over", None)
    assert (ended["last"]["time_s"], ended["last"]["athlete"]) == (pytest.approx(3.41), "A")
    assert [row["best_s"] for row in ended["rows"]] == [pytest.approx(3.41), None, None]
    showing.console.show(snapshot(session(), at(1)))
    assert next(one for one in showing.states())["phase"] == "on"
    assert showing.ask("/api/state")[1]["ended"] is None


def test_a_change_is_told_at_once_and_time_each_second(showing: Showing) -> None:
    states = showing.states()
    first, second = next(states), next(states)
    assert 0.5e9 < second["at_ns"] - first["at_ns"] < 5e9
    before_s = time.monotonic()
    showing.show(session(ran("Ana", 1, 13, fly_s=3.41), ev.Voided(at(21), 1)), 25)
    voided = next(now for now in states if now["rows"][0]["ran"][0]["state"] == "void")
    assert voided["last"] is None or voided["last"]["state"] == "void"
    assert time.monotonic() - before_s < WAIT_S / 2


def test_a_state_that_cannot_be_told_to_all_ends_no_feed(showing: Showing) -> None:
    boards = showing.states()
    next(boards)
    nobody = shown.Provisional(athlete="Nobody", since_s=2.0, time_s=None, within_s=None)
    showing.show(session(), 30, provisional=nobody)
    told = (state["news"] for _, state in showing.listen("/api/events?as=coach"))
    said = next(news for news in told if news)
    assert re.fullmatch(r"the pages cannot show this \(KeyError.+Nobody.+undo.+", said[0])
    assert next(told) == said, "once"
    showing.show(session(), 100)
    assert any(now["at_ns"] >= at(100) for now in boards)


def test_ten_boards_hear_each_cue_without_its_name_and_the_end() -> None:
    heard: list[list[tuple[str, object]]] = [[] for _ in range(10)]

    def listen(to: Iterator[tuple[str, object]], into: list[tuple[str, object]]) -> None:
        into.append(next(to))
        ready.wait(WAIT_S)
        into += [one for one in to if one[0] != "state"]

    with Showing() as one:
        one.show(session(), 1)
        ready = threading.Barrier(11)
        threads = [threading.Thread(target=listen, args=(one.listen(), to)) for to in heard]
        for thread in threads:
            thread.start()
        ready.wait(WAIT_S)
        one.console.hear(Said(3.0, GO))
        one.console.hear(Said(3.0, GO, dropped="held"))
    for thread in threads:
        thread.join(WAIT_S)
    go = {"event": "go", "at_ns": GO.due_ns, "athletes": ["A"], "said": "A, go."}
    assert [to[1:] for to in heard] == [[("told", go), ("over", {})]] * 10


def test_who_comes_back_hears_what_was_missed(showing: Showing) -> None:
    showing.console.hear(Said(3.0, GO))
    feed = showing.listen(**{"Last-Event-ID": "0"})
    assert next(data for kind, data in feed if kind == "told")["said"] == "A, go."


def test_nothing_is_missed_by_who_reads_slowly(showing: Showing) -> None:
    feed = showing.listen("/api/events?as=coach")
    next(feed)
    for _ in range(100):  # a few at a time, while others are being sent
        showing.console.hear(Said(3.0, GO, heard=True))
        showing.console.hear(Said(3.0, GO, dropped="held"))
    told = (data["event"] for kind, data in feed if kind == "told")
    assert [next(told) for _ in range(200)] == ["go", "dropped"] * 100


def test_after_its_end_nothing_is_raised() -> None:
    with Showing() as one:
        next(one.listen())
    one.console.show(snapshot(session(), at(1)))
    one.console.tell("a line")


def test_whoever_does_not_read_holds_up_nobody(showing: Showing) -> None:
    deaf = socket.create_connection(("127.0.0.1", showing.port), timeout=WAIT_S)
    deaf.sendall(b"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    now = snapshot(session(), at(1))
    before_s = time.monotonic()
    for _ in range(1000):
        showing.console.show(now)
        showing.console.tell("a line")
    assert time.monotonic() - before_s < QUICK_S
    assert next(showing.listen())[0] == "state"
    deaf.close()


def test_commands_and_keys_reach_the_session(showing: Showing) -> None:
    assert showing.ask("/api/do", {"command": "hold"})[0] == 202
    assert showing.ask("/api/do", {"command": "assign", "athlete": "Ben", "rep": 1})[0] == 202
    showing.ask("/api/press", {"page": "1", "key": "m"})
    showing.ask("/api/press", {"page": "1", "key": "2"})
    assert showing.said == [
        commands.Hold(),
        commands.Assign("Ben", 1),
        Mute(),
        commands.Pick("Ben"),
    ]


def test_a_question_is_answered_whole_and_each_page_has_its_own(showing: Showing) -> None:
    def press(page: str, **what: str) -> dict[str, object]:
        return showing.ask("/api/press", {"page": page, **what})[1]

    asked = press("1", key="w")["ask"]
    assert asked == {"question": "who stops", "at_once": "123", "typed": ""}
    assert press("2", answer="1")["line"] != ""
    unknown = press("1", answer="Zoe")
    assert unknown["ask"] is not None
    assert "none of" in str(unknown["line"])
    assert "note" in str(press("1", answer="2")["ask"])
    assert press("1", answer="left calf")["ask"] is None
    press("1", key="w")
    press("1", key="v")  # another key ends the question
    assert press("1", key="\x1b")["ask"] is None
    assert showing.said == [commands.Withdraw("Ben", "left calf"), commands.Void()]


def test_leaving_stops_the_session(showing: Showing) -> None:
    showing.ask("/api/press", {"page": "1", "key": "q"})
    showing.ask("/api/press", {"page": "1", "answer": "q"})
    assert showing.stopped.is_set()
    assert showing.said == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:80"}, 421),
        ({"Host": ""}, 421),
        ({"Host": "[::1"}, 421),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_pages_of_others_say_nothing(
    showing: Showing, headers: dict[str, str], status: int
) -> None:
    assert showing.ask("/api/do", {"command": "hold"}, **headers)[0] == status
    assert showing.said == []


@pytest.mark.parametrize(
    ("site", "status"),
    [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200), (None, 200)],
)
def test_a_picture_in_a_page_of_others_asks_nothing(
    showing: Showing, site: str | None, status: int
) -> None:
    headers = {} if site is None else {"Sec-Fetch-Site": site}
    assert showing.ask("/api/state", **headers)[0] == status
    assert showing.ask("/board", **headers)[0] == 200, "a link to a page leads there"


def test_our_own_page_may_speak(showing: Showing) -> None:
    ours = f"127.0.0.1:{showing.port}"
    headers = {"Host": ours, "Origin": f"http://{ours}"}
    assert showing.ask("/api/do", {"command": "hold"}, **headers)[0] == 202


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 3000,
        b'{"command": "burn"}',
        b'{"command": "hand-time", "took_s": "x"}',
        b'{"command": "join", "athlete": {"name": ""}}',
        b'{"command": "reread", "rep": 1, "run": null}',
        b'"' + b"a" * 5000 + b'"',
    ],
)
def test_what_is_no_command_is_refused_in_a_line(showing: Showing, body: bytes) -> None:
    status, answer, _ = showing.ask("/api/do", body)
    assert status == 400
    assert "\n" not in answer["error"]
    assert showing.said == []


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/static/feed.js",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/board.html",
        "/feed.js/../../pages.py",
        "/pages.py",
        "/docs",
    ],
)
def test_no_path_leads_to_the_disk(showing: Showing, path: str) -> None:
    status, page, _ = showing.ask(path)
    assert status == 404
    assert b"There is no such page" in page  # in the station's looks, with the way to others


def test_an_address_of_the_interface_that_is_none_is_said_so_in_its_language(
    showing: Showing,
) -> None:
    assert showing.ask("/api/none")[:2] == (404, {"error": "there is nothing under this address"})


def test_without_share_it_listens_on_this_computer_alone(showing: Showing) -> None:
    with Showing(share=True) as other:
        elsewhere = other.elsewhere()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((elsewhere, showing.port), timeout=WAIT_S)
    _, share, _ = showing.ask("/api/share")
    assert share == {"on": False, "urls": [], "board": "", "pin": ""}
    assert showing.ask("/api/share.svg")[0] == 404


def test_others_see_the_board_and_act_by_the_pin_alone(shared: Showing) -> None:
    host = shared.elsewhere()
    assert shared.ask("/board", host=host)[0] == 200
    _, state, _ = shared.ask("/api/state", host=host)
    assert state["now"]["next"]["athlete"] == "B"
    for path in ("/api/state?as=coach", "/api/events?as=coach", "/api/share", "/api/share.svg"):
        assert shared.ask(path, host=host)[0] == 403
    for path in ("/api/do", "/api/press"):
        assert shared.ask(path, {"command": "hold"}, host=host)[0] == 403
    assert b"PIN" in shared.ask("/", host=host)[1]
    status, _, headers = shared.ask("/api/pin", {"pin": shared.console.pin}, host=host)
    assert status == 200
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    inside = {"Cookie": cookie.partition(";")[0]}
    assert shared.ask("/api/do", {"command": "hold"}, host=host, **inside)[0] == 202
    assert shared.ask("/api/state?as=coach", host=host, **inside)[0] == 200
    assert shared.said == [commands.Hold()]


def test_a_host_that_is_named_as_this_computer_from_elsewhere_is_not(shared: Showing) -> None:
    lied = {"Host": f"127.0.0.1:{shared.port}"}
    assert shared.ask("/api/do", {"command": "hold"}, host=shared.elsewhere(), **lied)[0] == 403


def test_wrong_pins_are_few(shared: Showing) -> None:
    host, wrong = shared.elsewhere(), "0" * 6 if shared.console.pin != "0" * 6 else "1" * 6
    tried = [shared.ask("/api/pin", {"pin": wrong}, host=host)[0] for _ in range(MOST_WRONG)]
    assert tried == [403] * (MOST_WRONG - 1) + [429]
    status, answer, _ = shared.ask("/api/pin", {"pin": shared.console.pin}, host=host)
    assert status == 429
    assert "too many" in answer["error"]


def test_wrong_pins_of_many_shut_nobody_out_who_was_not_wrong_himself() -> None:
    now_s = 0.0
    door = Door("123456", lambda: now_s)
    for number in range(MOST_WRONG):
        door.enter("654321", "one")
        assert (door.wait_s("one") > 0) == (number + 1 == MOST_WRONG)
    for number in range(MOST_WRONG_OF_ALL):
        assert door.enter("654321", str(number)) is None
    assert door.enter("123456", "another") is not None
    now_s = MINUTE_S
    for number in range(MOST_WRONG * MOST_WRONG_OF_ALL):
        door.enter("654321", str(number % MOST_WRONG_OF_ALL))
    assert door.wait_s("one") > 0, "it had its own tries; now those of all count"
    for number in range(2 * MOST_ADDRESSES):
        door.enter("654321", f"more {number}")
    assert door.enter("123456", "late") is None
    now_s += MINUTE_S
    assert door.enter("123456", "late") is not None


def test_whoever_opens_many_lines_leaves_one_for_the_coach(shared: Showing) -> None:
    where = (shared.elsewhere(), shared.port)
    many = range(MOST_OF_OTHERS + 20)
    lines = [socket.create_connection(where, timeout=WAIT_S) for _ in many]
    assert shared.ask("/")[0] == 200
    lines[-1].settimeout(WAIT_S)
    with suppress(ConnectionResetError):
        assert lines[-1].recv(1) == b""
    lines[0].sendall(b"GET /board HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert lines[0].recv(12) == b"HTTP/1.1 200"
    for line in lines:
        line.close()


def test_an_answer_waits_for_nobody_to_acknowledge_its_head(showing: Showing) -> None:
    line = http.client.HTTPConnection("127.0.0.1", showing.port, timeout=WAIT_S)
    took_s = []
    for _ in range(20):
        began_s = time.perf_counter()
        line.request("GET", "/api/keys")
        line.getresponse().read()
        took_s.append(time.perf_counter() - began_s)
    line.close()
    assert min(took_s[5:]) < DELAYED_S / 2


def test_after_a_minute_the_door_opens_again() -> None:
    now_s = 0.0
    door = Door("123456", lambda: now_s)
    for _ in range(MOST_WRONG):
        assert door.enter("654321", "phone") is None
    assert door.enter("123456", "phone") is None
    now_s = MINUTE_S
    token = door.enter("123456", "phone")
    assert token is not None
    assert door.is_inside(token)
    assert not door.is_inside("")
    assert not door.is_inside("é")


@pytest.mark.parametrize(
    ("client", "host", "ours"),
    [
        ("127.0.0.1", "localhost:8484", True),
        ("127.0.0.1", "127.0.0.1:8484", True),
        ("::1", "[::1]:8484", True),
        ("192.168.1.9", "192.168.1.2:8484", False),
        ("192.168.1.9", "127.0.0.1:8484", False),
        ("127.0.0.1", "192.168.1.2:8484", False),
        ("", "localhost", False),
    ],
)
def test_who_is_at_this_computer(client: str, host: str, ours: bool) -> None:
    assert is_our_host(host)
    assert is_this_computer(client, host) is ours


def test_a_port_that_is_taken_is_said(showing: Showing) -> None:
    with pytest.raises(StationError, match=f"port {showing.port}.*--port 0"):
        Console(print, print, port=showing.port)


@pytest.mark.parametrize("look", ["sun", "night"])
def test_each_colour_is_read_on_each_ground_that_it_stands_on(look: str) -> None:
    style = resources.files("station.console").joinpath("static", "look.css").read_text()
    block = style.split("}")[("sun", "night").index(look)]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", block))
    inks = ("ink", "faint", "good", "bad", "doubt", "accent")
    pairs = [(ink, ground) for ink in inks for ground in ("paper", "field")]
    for ink, ground in (*pairs, ("on-accent", "accent"), ("on-trouble", "trouble")):
        light, dark = sorted((_light(colours[ink]), _light(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= AA, (look, ink, ground)


def _light(colour: str) -> float:
    """Relative luminance, by WCAG 2."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_board_is_small(showing: Showing) -> None:
    page = showing.ask("/board")[1]
    parts = set(re.findall(rb'(?:href|src)="(/[^"]+)"', page)) | {b"/feed.js", b"/calls.js"}
    whole = len(page) + sum(len(showing.ask(part.decode())[1]) for part in parts)
    assert len(parts) >= 5
    assert whole < BOARD_BYTES


def test_a_rehearsal_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    speed, fly_m = 100.0, 30.0
    desk = Desk()
    rehearsal = Rehearsal(desk, fly_m, speed)
    told: list[tuple[str, dict[str, object]]] = []
    with Showing(speed=speed) as one:
        feed = one.listen("/api/events?as=coach")
        next(feed)
        listening = threading.Thread(target=lambda: told.extend(feed))
        listening.start()

        def tell(event: Told) -> None:
            rehearsal.hear(event)
            one.console.hear(event)

        run_session(
            Setup(fly_m, ("simulated",), {}, (3.0, 13.0)),
            None,
            workout_of(
                plan("2 x 30m. 1:00 Rec between reps."), parse_athletes("Ana:58,Ben:55"), 30
            ),
            Keeping(tmp_path / "journal.sqlite", new=True),
            Sounding(manner_for(2), on=False),
            desk,
            Screens([_Shown(one.console), _Shown(one.console)]),
            tell,
            one.console.tell,
            attending=rehearsal.attend,
        )
    listening.join(WAIT_S)
    runs = [data for kind, data in told if kind == "told" and data["event"] == "run"]
    assert sorted(str(one["athlete"]) for one in runs) == ["Ana", "Ana", "Ben", "Ben"]
    calls = [data for kind, data in told if kind == "told" and data["event"] == "go"]
    assert len(calls) == 4
    last = [data for kind, data in told if kind == "state"][-1]
    assert "all reps are done" in str(last["news"])
    assert [row["done"] for row in last["ended"]["rows"]] == [2, 2]  # type: ignore[index]
    assert told[-1][0] == "over"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--names"], "--names is for the console; add --console"),
        (["--no-browser"], "--no-browser is for the console"),
        (["--port", "0"], "--port is for the console"),
        (["--console", "--port", "x"], "'x' is no port"),
        (["--console", "--port", "65536"], "no port; write 0 to 65535"),
    ],
)
def test_what_is_said_of_no_console_is_refused(given: list[str], says: str) -> None:
    parser = argparse.ArgumentParser()
    command.options(parser)
    with pytest.raises(StationError, match=re.escape(says)):
        command.asked_for(parser.parse_args(given))


def test_the_command_says_where_it_is(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    command.options(parser)
    said: list[str] = []
    for given, count in ((["--console"], 1), (["--share"], 2)):
        options = parser.parse_args([*given, "--port", "0", "--no-browser"])
        assert command.asked_for(options)
        ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
        with command.console(options, print, print, ground, said.append) as made:
            assert made.url in said[0]
            assert len(said) == count
            assert (made.pin in said[-1]) == made.share.on
        said.clear()


class _Shown:
    """What is shown on a console that is open already."""

    def __init__(self, console: Console) -> None:
        self.show = console.show

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


def test_who_breaks_off_in_the_middle_of_what_it_says_is_not_answered(
    showing: Showing, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", showing.port), timeout=WAIT_S) as line:
        line.sendall(
            b"POST /api/do HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: 99\r\n\r\n{"
        )
    assert showing.ask("/api/do", {"command": "hold"})[0] == 202
    assert "Traceback" not in capfd.readouterr().err


class _Blind:
    """A screen that cannot draw what it is shown, and ends the session at its third look."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._looks = desk, 0

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, _: object) -> None:
        self._looks += 1
        if self._looks == 3:
            self._desk.stop()
        raise OverflowError("too large")


def test_what_cannot_be_drawn_is_said_once_and_timing_goes_on(tmp_path: Path) -> None:
    desk, told = Desk(), list[Told]()
    run_session(
        Setup(30.0, ("simulated",), {}, (3.0, 13.0)),
        None,
        workout_of(plan("2 x 30m. 1:00 Rec between reps."), parse_athletes("Ana:58,Ben:55"), 30),
        Keeping(tmp_path / "journal.sqlite", new=True),
        Sounding(manner_for(2), on=False),
        desk,
        _Blind(desk),
        told.append,
        lambda _: None,
        attending=Rehearsal(desk, 30.0, 100.0).attend,
    )
    assert sum(isinstance(one, Notice) and one.name == "screen-lost" for one in told) == 1
