"""The screen at every size: nothing too wide, nothing that jumps, and what a coach reads first."""

from __future__ import annotations

import pytest
from drills import START, at, opened, plan, run
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from station.session import events as ev
from station.session.folding import fold
from station.session.roster import Athlete
from station.session.shown import Device, Provisional
from station.session.snapshot import snapshot
from station.terminal.big_letters import ROWS, drawn, height, pixels
from station.terminal.keys import KEYS
from station.terminal.screen import View, draw, in_a_line

SIZES = [(80, 24), (40, 15), (60, 20), (100, 30), (69, 24), (132, 43), (200, 60), (30, 8), (9, 4)]
RAN = ev.Ran(at(13), "Ana", 1, run(13, fly_s=3.41))
NEWS = ("> Ben, go. Rep one of three, set two.", "Run 12: 3.45 s")


def seen(after_s, *events, group=("Ana", "Ben", "Cleo"), troubles=(), **given):
    session = fold([opened(*group, **given), ev.Began(START), *events])
    return snapshot(session, at(after_s), troubles=troubles, time_of_day="17:44")


def lines(now, width=80, height=24, view=None, **how):
    return [line.plain.rstrip() for line in draw(now, view or View(), width, height, **how)]


def shown(now, width=80, height=24, view=None, **how):
    return "\n".join(lines(now, width, height, view, **how))


EIGHT = [f"Athlete Number {n}" for n in range(1, 9)]
STATES = {
    "none": None,
    "warm-up": snapshot(fold([opened("Ana", "Ben")]), at(-60)),
    "strides": snapshot(fold([opened("Ana", "Ben")]), at(-60), strides_ns=at(-130)),
    "cool-down": seen(900, RAN, ev.RepDone(at(40), "Ben", 2), ev.Ended(at(890))),
    "waits": seen(100, RAN),
    "called": seen(100, RAN, ev.Called(at(95), "Ben")),
    "held": seen(100, RAN, ev.Held(at(99)), troubles=["no sound: plug it in", "M3 is silent"]),
    "full": seen(
        500,
        *(
            ev.Ran(at(20 * n), EIGHT[n % 8], n, run(20 * n, flags=("torso", "edges-lost")))
            for n in range(1, 25)
        ),
        ev.Passed(at(495), 99, run(495), "too soon for who is next"),
        ev.Withdrawn(at(496), EIGHT[1], "left calf"),
        ev.Started(at(497), EIGHT[2]),
        group=EIGHT,
        of=plan(3, 3),
    ),
    "done": seen(900, *(ev.Skipped(at(n), "Ana", n) for n in (1, 2, 3)), group=("Ana",)),
}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "view",
    [
        View(news=NEWS),
        View(prompt=f"who stops: {'x' * 90}"),
        View(help=True),
        View(flash="Ana, go: nothing was heard", lit=True),
    ],
    ids=["news", "asks", "help", "flash"],
)
def test_it_fills_every_screen_and_leaves_none(size, state, view):
    width, height_ = size
    found = draw(STATES[state], view, width, height_)
    assert len(found) == height_
    assert max(line.cell_len for line in found) <= width


@pytest.mark.parametrize("size", [(80, 24), (40, 15), (100, 30), (200, 60)], ids=str)
def test_who_is_next_when_and_the_last_run_are_on_every_screen(size):
    text = shown(STATES["waits"], *size)
    assert "Ben" in text
    assert "overdue" in text
    assert "faster than 400 m pace by 28 %" in text
    assert "Space rep done" in text
    assert "H hold" in text or size[0] < 60


def test_what_a_session_stands_on_is_in_the_first_line_as_far_as_there_is_room():
    stand = (("camera", "good", "59.9 fps"), ("M2", "doubt", "clock cold"), ("disk", "good", "9 h"))
    devices = tuple(Device(name=name, state=state, word=word) for name, state, word in stand)
    now = structs.replace(STATES["waits"], devices=devices)
    assert lines(now)[0].startswith("● camera 59.9 fps  ▲ M2 clock cold  ● disk 9 h  ")
    assert lines(now, 60)[0].startswith("● camera  ▲ M2 clock cold  ● disk  ")
    assert lines(now, blocks=False)[0].startswith("* camera 59.9 fps  ^ M2 clock cold")


def test_who_is_seen_running_is_told_roughly_and_small():
    seen_running = Provisional(athlete="Ben", since_s=4.0, time_s=3.5, within_s=0.3)
    text = shown(structs.replace(STATES["waits"], provisional=seen_running))
    assert "NOW  Ben" in text
    assert "… about 3.5 ± 0.3 s, not measured yet" in text
    assert "3.41 s" not in text


def test_the_comparison_stands_before_the_digits():
    found = lines(STATES["waits"], 40, 15)
    verdict = next(n for n, line in enumerate(found) if "✓ faster" in line)
    assert found[verdict + 1].startswith("3.41 s")


@pytest.mark.parametrize(("size", "room"), [((80, 24), (39, 8)), ((40, 15), (40, 5))], ids=str)
def test_a_countdown_is_large_where_there_is_room(size, room):
    found = lines(seen(100, RAN, group=("Ana",)), *size)
    big = drawn("1:33", *room)  # 3:00 after 13 s, less 87 s
    assert len(big) == room[1]
    assert all(any(row.rstrip() in line for line in found) for row in big)


@pytest.mark.parametrize(("sigma_s", "says"), [(0.004, "8.80 ± 0.03 m/s"), (0.02, "± 0.04 s")])
def test_plus_minus_is_spelled_out_where_it_exceeds_the_last_digit(sigma_s, says):
    text = shown(seen(20, ev.Ran(at(13), "Ana", 1, run(13, fly_s=3.41, sigma_s=sigma_s))))
    assert says in text
    assert ("± 0.01 s" in text, "± 0.04 s" in text) == (False, sigma_s == 0.02)


def test_a_doubtful_time_is_called_so_with_the_reason():
    text = shown(seen(20, ev.Ran(at(13), "Ana", 1, run(13, fly_s=3.41, flags=("edges-lost",)))))
    assert "? doubtful" in text
    assert "3.41 s" in text
    assert "lost edges" in text
    assert "faster" not in text


def test_where_the_interval_holds_the_pace_there_is_a_question_mark():
    text = shown(seen(20, ev.Ran(at(13), "Ana", 1, run(13, fly_s=30 / (400 / 58.0), sigma_s=0.02))))
    assert "? too close to 400 m pace to tell" in text


def test_a_time_by_hand_is_labelled():
    pace = [ev.Opened(START, "400-pace", (ev.Entry(Athlete("Ana", 58.0, 130.0), plan()),))]
    events = [ev.Began(START), ev.Started(at(1), "Ana"), ev.Finished(at(5), "Ana", 1)]
    text = shown(snapshot(fold([*pace, *events]), at(6)))
    assert "by hand, ± 0.2 s" in text
    assert "400 m pace 4.3 s · 800 m pace 4.9 s" in text
    assert "4.0h" in text


def test_trouble_speaks_first_and_a_call_that_was_not_heard_before_all():
    assert lines(STATES["held"])[0] == "! no sound: plug it in  (and 1 more)"
    assert lines(STATES["held"], view=View(flash="Ana, go"))[0] == "! Ana, go"
    assert "HOLD" in lines(STATES["held"])[1]


@pytest.mark.parametrize("size", [(80, 24), (40, 15), (100, 30), (200, 60)], ids=str)
def test_nothing_jumps(size):
    """What is new elsewhere moves nothing: next and last begin in the same lines."""

    def places(now):
        found = lines(now, *size)
        return [n for n, line in enumerate(found) if "NEXT" in line or "LAST" in line]

    group = ("Ana", "Ben", "Cleo")
    quiet = seen(100, RAN, group=group)
    loud = seen(
        100, RAN, ev.Passed(at(60), 2, run(60), "too soon"), ev.Withdrawn(at(70), "Cleo", "calf"),
        ev.Held(at(80)), troubles=["no sound"], group=group,
    )  # fmt: skip
    assert places(quiet) == places(loud) == places(seen(5, group=group))


@pytest.mark.parametrize(
    ("size", "room"), [((80, 24), (39, 7)), ((40, 15), (40, 6)), ((200, 60), (99, 40))], ids=str
)
@pytest.mark.parametrize("ran", [(), (RAN,), (ev.Called(at(1), "Ana"),)], ids=str)
def test_a_hold_is_as_large_as_a_countdown_whoever_is_next(size, room, ran):
    held = seen(60, *ran, ev.Held(at(50)), group=("Ana",))
    big = drawn("HOLD", *room)
    assert all(any(row.rstrip() in line for line in lines(held, *size)) for row in big)
    assert "0:00" not in shown(held, *size)


def test_on_hold_the_recovery_goes_on_in_words():
    assert "recovery over in 1:33" in shown(seen(100, RAN, ev.Held(at(50)), group=("Ana",)))
    assert "1 Ana  is ready" in shown(seen(100, ev.Held(at(50)), group=("Ana",)))


@pytest.mark.parametrize(
    ("after_s", "says", "digits"),
    [
        (0, "walk 1 of 5", "0:45"),
        (44.5, "walk 1 of 5", "0:01"),
        (45, "stride 1 of 5", "0:15"),
        (290, "stride 5 of 5", "0:10"),
        (300, "walk 2–3 min, then B begins", "2:00"),
        (900, "walk 2–3 min, then B begins", "0:00"),
    ],
)
def test_the_strides_of_the_warm_up_are_counted_down(after_s, says, digits):
    now = snapshot(fold([opened("Ana")]), at(after_s), strides_ns=at(0))
    found = lines(now)
    assert any(f"WARM-UP  {says}" in line for line in found)
    assert all(any(row.rstrip() in line for line in found) for row in drawn(digits, 39, 8))
    assert says in shown(now, 40, 9)


def test_before_the_strides_the_warm_up_is_said_and_which_key_begins_them():
    text = shown(STATES["warm-up"])
    assert "base run 10–15 min" in text
    assert "5 x (walk 45 s, stride 15 s)" in text
    assert "S strides" in text
    assert "S start" not in text


def test_the_cool_down_is_the_library_s_with_what_each_has_done():
    text = shown(STATES["cool-down"])
    assert "walk, and shake out any tension 3–5 min" in text
    assert "base run, slower than normal 10–30 min" in text
    assert "1 Ana  1 of 3  ✓ 1 of 1  best 3.41 s" in text
    assert "2 Ben  1 of 3\n" in text.replace("   ", "\n")
    assert "NEXT" not in text
    assert "to come" not in text


def test_what_is_asked_shows_the_end_of_what_was_typed():
    text = lines(STATES["waits"], 40, 15, View(prompt=f"who joins: {'x' * 60}Dee:61"))
    assert text[-1].endswith("Dee:61▏")


def test_the_latest_news_stand_above_the_keys():
    found = lines(STATES["waits"], 100, 30, View(news=[f"news {n}" for n in range(9)]))
    assert found[-2] == "news 8"


def test_names_steer_no_terminal_and_are_no_markup():
    names = ("[bold red]x[/]", "走り幅 跳子", "Zoë\u0301", "👩‍🚀 Mae")
    events = [opened(*names), ev.Began(START), ev.Withdrawn(at(1), names[0], "\x1b[2J\x07\u202e")]
    now = snapshot(fold(events), at(5))
    text = shown(now, 100, 30)
    assert "[bold red]x[/]" in text
    assert "走り幅 跳子" in text
    assert text.replace("\n", "").isprintable() or "\u200d" in text
    assert not {"\x1b", "\x07", "\u202e"} & {*text}


@given(st.text(min_size=1, max_size=30), st.integers(20, 120), st.integers(6, 40))
def test_any_name_fits_any_screen(name, width, height_):
    now = snapshot(fold([opened(name, "Ben"), ev.Began(START)]), at(5))
    found = draw(now, View(news=[name], prompt=name), width, height_)
    assert len(found) == height_
    assert all(line.cell_len <= width for line in found)
    assert all(char.isprintable() for line in found for char in line.plain)


def test_without_blocks_it_is_ascii():
    text = shown(seen(100, RAN, group=("Ana", "Zoë Weiß")), blocks=False)
    assert text.isascii()
    assert "Zoe Weiss" in text
    assert "goes in" in text or "overdue" in text
    assert "3.41 s" in text


def test_in_a_line_there_is_who_is_next():
    assert in_a_line(seen(100, RAN, group=("Ana",))) == "FLY 30 · rep 2 of 3: Ana, goes in 1:33"
    assert in_a_line(STATES["warm-up"]) == "warm-up · FLY 30"


def test_letters_that_look_alike_are_not():
    shapes = ["".join(pixels(char)) for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789"]
    assert len({*shapes}) == len(shapes)


def test_letters_are_as_large_as_they_fit():
    assert drawn("0:24", 12, 9) is None  # 13 pixels wide
    for scale in (1, 2, 3, 4):
        found = drawn("0:24", 13 * scale, height(scale))
        assert [len(line) for line in found] == [13 * scale] * height(scale)
        ink = sum({"█": 2, "▀": 1, "▄": 1, " ": 0}[char] for line in found for char in line)
        assert ink == scale**2 * sum(row.count("#") for row in pixels("0:24"))
    assert len(pixels("Zoë")) == ROWS
    assert pixels("走") is None


def test_a_group_of_eight_has_its_table_where_there_is_room():
    assert "Athlete Number 8" in shown(STATES["full"], 100, 43)


def test_all_keys_are_listed_whole_where_there_is_room():
    text = shown(STATES["waits"], 80, 24, View(help=True))
    assert "…" not in text
    for one in KEYS:
        assert one.meaning in text
