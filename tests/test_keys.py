"""Keys to what a coach says: every key, the questions between, and what nobody may lose."""

from __future__ import annotations

import pytest
from drills import START, S, at, entry, opened, plan, run
from msgspec import structs

from hardware.keystrokes import BACKSPACE, ENTER, ESCAPE
from station.session import commands
from station.session import events as ev
from station.session.folding import fold
from station.session.roster import Athlete
from station.session.snapshot import snapshot
from station.terminal.asking import Leave, Mute
from station.terminal.keys import KEYS, REPEAT_S, Keys, bottom_line

NOW = at(700)
SLOWLY_S = 2 * REPEAT_S
RAN = ev.Ran(at(13), "Ana", 1, run(13))


def seen(*events, now_ns=NOW, group=("Ana", "Ben", "Cleo"), **given):
    """What the coach sees after these events."""
    return snapshot(fold([opened(*group, **given), ev.Began(START), *events]), now_ns)


def typed(text, now=None, keys=None, every_s=SLOWLY_S):
    """What the coach says by these keys, and is told."""
    keys = keys or Keys()
    now = now or seen(RAN)
    answers = [keys.press(key, now, NOW + round(n * every_s * S)) for n, key in enumerate(text)]
    return [one.meant for one in answers if one.meant], [one.line for one in answers if one.line]


TRAY = (
    ev.Passed(at(100), 1, run(100), "too soon"),
    ev.Passed(at(200), 2, run(200, fly_s=3.2), "in another lane"),
)
KEYED = ev.RepDone(at(690), "Ben", 1)


@pytest.mark.parametrize(
    ("pressed", "now", "means"),
    [
        (" ", None, commands.RepDone()),
        ("v", None, commands.Void()),
        ("V", None, commands.Void()),
        ("u", None, commands.Undo()),
        ("\x1a", None, commands.Undo()),
        ("h", None, commands.Hold()),
        ("2", None, commands.Pick("Ben")),
        ("nb\n", None, commands.Pick("Ben")),
        ("s", None, commands.Start()),
        ("s", snapshot(fold([opened("Ana")]), START), commands.Strides()),
        ("sa", snapshot(fold([opened("Ana")]), START, strides_ns=START), commands.Strides()),
        ("g", seen(), commands.Start(("Ana", "Ben", "Cleo"))),
        ("k", None, commands.Skip()),
        ("x2", None, commands.Split("Ben", 1)),
        ("a1", seen(TRAY[0]), commands.Assign("Ana", 1)),
        ("a12", seen(*TRAY), commands.Assign("Ben", 2)),
        ("a22", seen(*TRAY), commands.Assign("Ben", 1)),
        ("o", None, commands.SetAside()),
        ("e1", None, commands.Note("ready-early", "Ana")),
        ("y2", None, commands.Note("tight", "Ben")),
        ("r1v", None, commands.Void(1)),
        ("r1o", None, commands.SetAside(1)),
        ("r1x2", None, commands.Split("Ben", 1)),
        ("r1w3", None, commands.Assign("Cleo", 1)),
        ("r1t3.9\n", None, commands.HandTime(3.9, "Ana", 1)),
        ("w3left calf\n", None, commands.Withdraw("Cleo", "left calf")),
        ("w3\n", None, commands.Withdraw("Cleo", "")),
        ("jDee:61.5:sprinter\n", None, commands.Join(Athlete("Dee", 61.5, sprinter=True))),
        ("j3", seen(ev.Withdrawn(at(5), "Cleo")), commands.Rejoin("Cleo")),
        ("jCleo\n", seen(ev.Withdrawn(at(5), "Cleo")), commands.Rejoin("Cleo")),
        ("f12\n", None, commands.Fewer("Ana", 2)),
        ("l2", None, commands.ChangeRecovery(30.0, "Ben")),
        ("+", None, commands.ChangeRecovery(30.0)),
        ("=", None, commands.ChangeRecovery(30.0)),
        ("-", None, commands.ChangeRecovery(-30.0)),
        ("t41.2\n", seen(KEYED), commands.HandTime(41.2, "Ben", 1)),
        ("t1:02,3\n", seen(), commands.HandTime(62.3, "Ana", None)),
        ("t1:02\n", seen(), commands.HandTime(62.0, "Ana", None)),
        ("ih", None, commands.NoteWind("head", 1)),
        ("i-0,6\n", None, commands.NoteWind(-0.6, 1)),
        ("m", None, Mute()),
        ("b", None, commands.Begin()),
        ("qq", None, Leave()),
        ("q\n", None, Leave()),
        ("qc", None, commands.End()),
    ],
)
def test_a_key_says(pressed, now, means):
    assert typed(pressed, now) == ([means], [])


def test_each_action_has_one_key():
    assert len({one.key for one in KEYS}) == len(KEYS)
    pressed = {"?", "c"}  # these two say nothing to the session
    assert {one.key for one in KEYS if one.act is None} == pressed


@pytest.mark.parametrize(
    ("pressed", "of"),
    [
        ("z", "'z' does nothing"),
        ("\x05", "that key does nothing"),
        ("7", "there is no athlete 7"),
        ("a", "no run waits unassigned"),
        ("c", "steps are counted in 400 m pace reps"),
        ("tfast\n", "'fast' is no time"),
        ("x7\n", "'7' is none of 2 Ben, 3 Cleo"),
        ("x\n", "'' is not one of 2 Ben, 3 Cleo"),
        ("iard\n", "'ard' is no wind"),
        ("f199\n", "'99' is no number from 1 to 3"),
        ("jEve:12\n", "no one runs 400 m in 12 s"),
        ("jEve,Fay\n", "names 2 athletes"),
        ("qx\n", "'x' ends nothing"),
    ],
)
def test_what_is_not_understood_is_said(pressed, of):
    means, lines = typed(pressed)
    assert means == []
    assert len(lines) == 1
    assert of in lines[0]


def test_an_answer_that_is_not_understood_stays_to_be_mended():
    keys = Keys()
    typed("t8.x\n", seen(), keys)
    assert keys.prompt == "stopwatch time of Ana: 8.x"
    assert typed(BACKSPACE + "4" + ENTER, seen(), keys) == (
        [commands.HandTime(8.4, "Ana", None)],
        [],
    )
    assert keys.prompt == ""


def test_esc_leaves_any_question():
    for one in KEYS:
        keys = Keys()
        typed(one.key, seen(RAN, *TRAY[1:]), keys)
        typed(ESCAPE, seen(RAN), keys)
        assert keys.prompt == ""
        assert not keys.help


def test_space_is_rep_done_while_something_is_asked():
    keys = Keys()
    assert typed("w3 ", keys=keys) == ([commands.RepDone()], [])
    assert typed("left calf\n", keys=keys) == ([commands.Withdraw("Cleo", "left calf")], [])


@pytest.mark.parametrize("key", sorted({one.key for one in KEYS} - set("+-?c")))
def test_a_key_that_stays_down_is_pressed_once(key):
    once, _ = typed(key, keys=(keys := Keys()))
    prompt = keys.prompt
    first, _ = typed(key, keys=(held := Keys()))
    more, _ = typed(key, keys=held, every_s=0.0)
    for n in range(1, 100):
        answer = held.press(key, seen(RAN), NOW + round((0.5 + n * 0.033) * S))
        assert answer.meant is None
    assert (first, more) == (once, [])
    assert held.prompt.startswith(prompt)


def in_a_hurry(pressed, now):
    """What the coach says by keys at these seconds, and what is asked then; looked at as shown."""
    keys, means = Keys(), []
    looks = [(0.2 * n, "") for n in range(1, 15)]
    for after_s, key in sorted([*pressed, *looks]):
        at_ns = NOW + round(after_s * S)
        answers = [keys.settle(now, at_ns, key), *([keys.press(key, now, at_ns)] if key else [])]
        means += [one.meant for one in answers if one.meant]
    return means, keys.prompt


@pytest.mark.parametrize("every_s", [0.13, 0.3, 0.5, 1.0])
def test_what_is_pressed_in_a_hurry_counts_each_time(every_s):
    pressed = [n * every_s for n in range(3)]
    undone = in_a_hurry([(at_s, "u") for at_s in pressed], seen(RAN))
    assert undone == ([commands.Undo()] * 3, "")
    chosen = in_a_hurry([(at_s, "2") for at_s in pressed], seen(RAN))
    assert chosen == ([commands.Pick("Ben")] * 3, "")
    assert in_a_hurry([(0.0, "q"), (every_s, "q")], seen(RAN)) == ([Leave()], "")
    assign = [(0.0, "a"), (1.0, "1"), (1.0 + every_s, "1")]
    assert in_a_hurry(assign, seen(*TRAY)) == ([commands.Assign("Ana", 2)], "")
    undone_and_voided = [(0.0, "u"), (0.3, "u"), (0.35, "v")]
    assert in_a_hurry(undone_and_voided, seen(RAN))[0] == [
        commands.Undo(),
        commands.Undo(),
        commands.Void(),
    ]


@pytest.mark.parametrize("delay_s", [0.25, 0.45, 0.66])
@pytest.mark.parametrize(
    ("key", "means"), [("u", [commands.Undo()]), ("2", [commands.Pick("Ben")])]
)
def test_what_is_held_down_counts_once_however_soon_it_repeats(delay_s, key, means):
    held = [(0.0, key), *((delay_s + 0.035 * n, key) for n in range(30))]
    assert in_a_hurry(held, seen(RAN))[0] == means
    held = [(at_s, "q") for at_s, _ in held]
    assert in_a_hurry(held, seen(RAN)) == (
        [],
        "Q again or Enter ends and leaves, C begins the cool-down, Esc goes on: ",
    )


@pytest.mark.parametrize("key", [" ", "v", "k", "s"])
def test_what_would_harm_is_taken_for_a_repeat_for_longer(key):
    means, _ = in_a_hurry([(0.0, key), (0.3, key), (0.6, key)], seen(RAN))
    assert len(means) == 1


def test_what_is_typed_fast_is_typed_once():
    pressed = [(0.3 * n, key) for n, key in enumerate("t22.2")]
    assert in_a_hurry(pressed, seen(RAN)) == ([], "stopwatch time of Ben: 22.2")


def test_a_digit_chooses_whoever_is_shown_with_it():
    ten = [f"A{n}" for n in range(1, 13)]
    now = seen(group=ten)
    assert typed("1", now)[0] == [commands.Pick("A1")]
    assert typed("0", now)[0] == [commands.Pick("A10")]
    assert typed("n12\n", now)[0] == [commands.Pick("A12")]
    assert typed("w12\n\n", now)[0] == [commands.Withdraw("A12", "")]


def test_strides_that_were_begun_are_begun_anew_only_where_that_is_meant():
    keys = Keys()
    now = snapshot(fold([opened("Ana")]), at(20), strides_ns=START)
    assert typed("ss\n" + ESCAPE, now, keys) == ([], ["'s' is none of A; press one"])
    assert keys.prompt == ""


def test_taps_become_steps_a_minute():
    now = seen(kind="400-pace", of=plan(distance_m=150.0))
    keys = Keys()
    typed("c" * 20, now, keys, every_s=0.25)
    assert keys.prompt.startswith("240 ± ")
    assert "400 m sprinter" in keys.prompt
    _, lines = typed(ESCAPE, now, keys)
    assert lines[0].startswith("240 ± ")
    assert keys.prompt == ""


@pytest.mark.parametrize("kind", ["fly", "400-pace"])
def test_every_phase_has_its_keys_on_the_bottom_line(kind):
    group = [entry("Ana", plan(distance_m=50.0))]
    events = [ev.Opened(START, kind, tuple(group))]
    for event in (None, ev.Began(START), ev.Held(at(1)), ev.Ended(at(2))):
        events += [event] if event else []
        shown = bottom_line(snapshot(fold(events), at(3)))
        assert "?" in [one.key for one in shown[:8]]


def test_to_end_leads_where_it_is_the_one_thing_left():
    opened = ev.Opened(START, "fly", (entry("Ana", plan(distance_m=30.0)),))
    due = snapshot(fold([opened, ev.Began(START)]), at(3))
    assert bottom_line(due)[0].key == " "
    for done in (structs.replace(due, next=None), structs.replace(due, phase="cool-down")):
        keys = [one.key for one in bottom_line(done)]
        assert (keys[0], keys.count("q")) == ("q", 1)
