"""Keys from a terminal and from a pipe: which bytes are one, and that a terminal is given back."""

from __future__ import annotations

import os
import queue
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.keyboard import LAST_WAIT_S, Keyboard
from hardware.keystrokes import BACKSPACE, ENTER, ESCAPE, Decoder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals as POSIX has them")
if sys.platform != "win32":
    import termios

SOON_S = 10.0  # a key has come by then, however busy the computer is


def decoded(*pieces):
    decoder = Decoder()
    keys = [key for piece in pieces for key in decoder.feed(piece)]
    return [*keys, *decoder.pause()]


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (b"a B", ["a", " ", "B"]),
        ("é走🏃".encode(), ["é", "走", "🏃"]),
        (b"\r\n\x08\x7f", [ENTER, ENTER, BACKSPACE, BACKSPACE]),
        (b"\x1b", [ESCAPE]),
        (b"\x1b\x1b", [ESCAPE, ESCAPE]),
        (b"\x1bq", [ESCAPE, "q"]),
        (b"\x1b[Aa\x1bOPb\x1b[[Ac\x1b[15~d\x1b[1;5Ce", ["a", "b", "c", "d", "e"]),
        (b"\x1b[", []),
        (b"\xffa", ["\ufffd", "a"]),
        (b"\x1a\x13", ["\x1a", "\x13"]),
    ],
)
def test_bytes_are_keys_in_whichever_pieces_they_come(sent, keys):
    assert decoded(sent) == keys
    assert decoded(*(bytes([byte]) for byte in sent)) == keys


@given(st.binary(max_size=60), st.integers(0, 60))
def test_any_bytes_give_the_same_keys_in_one_piece_or_two(sent, cut):
    keys = decoded(sent)
    assert keys == decoded(sent[:cut], sent[cut:])
    assert all(len(key) == 1 for key in keys)


class Pressed:
    """What a keyboard said, as it comes."""

    def __init__(self):
        self._keys: queue.Queue[str] = queue.Queue()
        self.press = self._keys.put

    def next(self, count):
        return [self._keys.get(timeout=SOON_S) for _ in range(count)]


@pytest.fixture
def terminal():
    ours, theirs = os.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def test_a_terminal_gives_each_key_at_once_and_is_given_back(terminal):
    ours, theirs = terminal
    before, pressed = termios.tcgetattr(theirs), Pressed()
    with Keyboard(pressed.press, theirs) as keyboard:
        assert keyboard.is_terminal
        os.write(ours, b" 1\x1b[A")
        assert pressed.next(2) == [" ", "1"]
        os.write(ours, b"\x1b")  # it waits for no further byte
        assert pressed.next(1) == [ESCAPE]
        os.write(ours, b"\x1a\x13\x11")  # what would halt a program, or its screen
        assert pressed.next(3) == ["\x1a", "\x13", "\x11"]
        assert not termios.tcgetattr(theirs)[3] & (termios.ECHO | termios.ICANON)
        assert termios.tcgetattr(theirs)[3] & termios.ISIG  # Ctrl-C ends the session
    assert termios.tcgetattr(theirs) == before


def test_it_is_given_back_after_an_error(terminal):
    before = termios.tcgetattr(terminal[1])
    with pytest.raises(ZeroDivisionError), Keyboard(str, terminal[1]):
        raise ZeroDivisionError
    assert termios.tcgetattr(terminal[1]) == before


def test_a_terminal_that_another_set_otherwise_is_set_again(terminal):
    ours, theirs = terminal
    cooked, pressed = termios.tcgetattr(theirs), Pressed()
    with Keyboard(pressed.press, theirs):
        termios.tcsetattr(theirs, termios.TCSANOW, cooked)  # as a shell does after Ctrl-Z
        found = threading.Event()
        for _ in range(round(SOON_S / 0.1)):
            if not termios.tcgetattr(theirs)[3] & termios.ICANON:
                break
            found.wait(0.1)
        os.write(ours, b"v")
        assert pressed.next(1) == ["v"]


def test_keys_of_a_pipe_come_and_its_end_ends_nothing():
    out, into = os.pipe()
    pressed = Pressed()
    with Keyboard(pressed.press, out) as keyboard:
        assert not keyboard.is_terminal
        os.write(into, b"b \n")
        os.close(into)
        assert pressed.next(3) == ["b", " ", ENTER]
    os.close(out)


def test_a_keyboard_that_nobody_touches_ends_at_once(terminal):
    threads = threading.active_count()
    with Keyboard(str, terminal[1]):
        assert threading.active_count() == threads + 1
    assert threading.active_count() == threads
    assert LAST_WAIT_S > 0


def test_a_terminal_that_is_closed_ends_nothing():
    ours, theirs = os.openpty()
    with Keyboard(str, theirs):
        os.close(ours)
    os.close(theirs)


def test_no_input_at_all_is_no_error(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with Keyboard(str) as keyboard:
        assert not keyboard.is_terminal
