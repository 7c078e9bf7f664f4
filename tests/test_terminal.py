"""The coach's terminal over a real pair of terminal ends: keys in, pictures out, nobody held up."""

from __future__ import annotations

import os
import queue
import select
import sys
import threading
import time

import pytest
from drills import START, at, opened, run

from station.session import commands
from station.session import events as ev
from station.session.folding import fold
from station.session.snapshot import snapshot
from station.terminal.hands import Hands
from station.terminal.terminal import LAST_WAIT_S, Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals as POSIX has them")
if sys.platform != "win32":
    import fcntl
    import struct
    import termios

SOON_S = 10.0  # it has happened by then, however busy the computer is
OPENS, CLOSES, BELL = b"\x1b[?1049h", b"\x1b[?1049l", b"\x07"


def seen(*events):
    return snapshot(fold([opened("Ana", "Ben"), ev.Began(START), *events]), at(20))


class Pair:
    """Both ends of a terminal of a size."""

    def __init__(self, width=80, height=24):
        self.ours, self.theirs = os.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def read_until(self, wanted):
        """What is written on it, up to what is wanted."""
        got = b""
        end_s = time.monotonic() + SOON_S
        while wanted not in got:
            ready, _, _ = select.select([self.ours], [], [], max(end_s - time.monotonic(), 0))
            assert ready, f"{wanted!r} was not written in {SOON_S:g} s"
            got += os.read(self.ours, 65536)
        return got

    def close(self):
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def pair(monkeypatch):
    for name in ("NO_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    both = Pair()
    yield both
    both.close()


def terminal_at(pair, do=lambda _: None, stop=lambda: None):
    return Terminal(do, stop, keys_from=pair.theirs, screen_to=pair.theirs)


def test_it_shows_takes_keys_and_gives_the_terminal_back(pair):
    said: queue.Queue[object] = queue.Queue()
    stopped = threading.Event()
    with terminal_at(pair, said.put, stopped.set) as terminal:
        os.write(pair.ours, b"h")  # before there is a session to understand it by
        terminal.show(seen(ev.Ran(at(13), "Ana", 1, run(13))))
        assert OPENS in pair.read_until(b"faster than")
        assert said.get(timeout=SOON_S) == commands.Hold()
        os.write(pair.ours, b"w")
        pair.read_until(b"who stops")
        os.write(pair.ours, b"2calf\n")
        assert said.get(timeout=SOON_S) == commands.Withdraw("Ben", "calf")
        os.write(pair.ours, b"z")
        pair.read_until(b"'z' does nothing")
        terminal.tell("Ben, rep 2")
        pair.read_until(b"Ben, rep 2")
        os.write(pair.ours, b"q\n")
        assert stopped.wait(SOON_S)
        reader = threading.Thread(target=lambda: left.append(pair.read_until(b"Ben, rep 2")))
        left: list[bytes] = []
        reader.start()
    reader.join(SOON_S)
    assert CLOSES in left[0]  # and then what was told stays on the terminal
    assert b"\x1b[?25h" in left[0]


def test_time_goes_on_where_nothing_else_happens(pair):
    session = fold([opened("Ana", "Ben"), ev.Began(START), ev.Ran(at(13), "Ana", 1, run(13))])
    with terminal_at(pair) as terminal:
        for second in (150, 151, 152):
            terminal.show(snapshot(session, at(second)))
            pair.read_until(f"1 Ana 0:{13 + 180 - second}".encode())


def test_a_call_that_was_not_heard_flashes_and_rings(pair):
    with terminal_at(pair) as terminal:
        terminal.show(seen())
        terminal.flash("Ana, go")
        assert BELL in pair.read_until(b"! Ana, go")
        pair.read_until(b"\x1b[7")  # a line in reverse, as all are for a moment


def test_a_terminal_that_nobody_reads_holds_up_nobody():
    big = Pair(200, 60)
    terminal = terminal_at(big)
    began_s = time.monotonic()
    with terminal:
        for n in range(50):
            terminal.show(seen())
            terminal.tell(f"news {n}")
    # Had anything waited for a reader, it would wait for ever.
    assert time.monotonic() - began_s < LAST_WAIT_S + SOON_S
    big.read_until(CLOSES)  # once it is read, it is given back all the same
    big.close()


def test_a_terminal_that_is_closed_stops_nothing(pair):
    ours, theirs = os.openpty()
    stopped = threading.Event()
    with Terminal(str, stopped.set, keys_from=theirs, screen_to=theirs) as terminal:
        os.close(ours)
        for _ in range(3):
            terminal.show(seen())
            terminal.tell("news")
            terminal.flash("Ana, go")
    assert not stopped.is_set()
    os.close(theirs)


def test_a_terminal_that_cannot_be_drawn_on_is_written_on(pair, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    with terminal_at(pair) as terminal:
        terminal.show(seen())
        got = pair.read_until(b"Ana, is overdue")
        terminal.tell("news")
        got += pair.read_until(b"news")
        os.write(pair.ours, b"t")
        got += pair.read_until(b"stopwatch time of Ana:")
    assert b"\x1b" not in got


def test_no_colour_is_shown_where_none_is_wanted(pair, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    with terminal_at(pair) as terminal:
        terminal.show(seen(ev.Ran(at(13), "Ana", 1, run(13))))
        got = pair.read_until(b"faster than")
    assert b"\x1b[1;38" not in got
    assert b";48;" not in got


def test_keys_of_a_script_come_as_they_are_written():
    said: queue.Queue[object] = queue.Queue()
    out, into = os.pipe()
    lines: list[str] = []
    with Hands(said.put, lambda: None, lines.append, descriptor=out) as hands:
        os.write(into, b"uu7")  # no key of a script stays down
        os.close(into)
        hands.show(seen())
        assert [said.get(timeout=SOON_S) for _ in range(2)] == [commands.Undo(), commands.Undo()]
    os.close(out)
