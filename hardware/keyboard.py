"""Keys as they are pressed, from a terminal or a pipe.

It decides how a terminal is set while keys are read, and when an Esc is all that was pressed.
Which bytes are a key is in `hardware.keystrokes`. It decides no meaning, and draws nothing.

While it listens, a terminal shows nothing of what is typed, and Ctrl-Z, Ctrl-S and Ctrl-\\ are
keys as others: none may halt what runs. Ctrl-C stays the signal that it is. The end of input is no
error, and ends nothing else. On Windows it is written from the documentation alone and untested.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from hardware.keystrokes import Decoder, named

AFTER_ESCAPE_S = 0.05  # what follows Esc sooner came from the same key
LOOK_S = 0.5  # so often it is seen to that the terminal is still as it was set
LAST_WAIT_S = 1.0
MOST_BYTES = 4096


class Keyboard:
    """A thread that says which keys are pressed, for as long as a `with` lasts."""

    def __init__(self, press: Callable[[str], None], descriptor: int | None = None) -> None:
        """Make ready.

        Args:
            press: Is told each key, in a thread of its own.
            descriptor: Where keys come from; standard input by default.
        """
        self._press = press
        self._descriptor = _standard_input() if descriptor is None else descriptor
        self._over = threading.Event()

    @property
    def is_terminal(self) -> bool:
        """Whether somebody presses them, and no script does."""
        return self._descriptor is not None and os.isatty(self._descriptor)

    def __enter__(self) -> Self:
        self._source = None if self._descriptor is None else _Source(self._descriptor)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._source is not None:
            self._source.wake()
            self._thread.join(LAST_WAIT_S)
            self._source.close()

    def _listen(self) -> None:
        source = self._source
        while source is not None and (keys := source.read()) is not None:
            for key in keys:
                if self._over.is_set():
                    return
                self._press(key)


def _standard_input() -> int | None:
    try:
        return sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        return None  # there is none, or it is a window's


if sys.platform == "win32":
    import msvcrt
    from _thread import interrupt_main

    class _Source:
        """The console, or a pipe."""

        def __init__(self, descriptor: int) -> None:
            self._descriptor, self._decoder = descriptor, Decoder()
            self._woken = threading.Event()

        def read(self) -> list[str] | None:
            """Wait for keys, none where it was for long; None at their end."""
            if not os.isatty(self._descriptor):
                data = os.read(self._descriptor, MOST_BYTES)
                return [*self._decoder.feed(data), *self._decoder.pause()] if data else None
            keys = []
            while msvcrt.kbhit():
                char = msvcrt.getwch()
                if char in "\x00\xe0" and msvcrt.kbhit():
                    msvcrt.getwch()  # an arrow or a function key
                elif char == "\x03":
                    interrupt_main()
                else:
                    keys.append(named(char))
            return None if self._woken.wait(AFTER_ESCAPE_S) else keys

        def wake(self) -> None:
            """End the wait of another thread."""
            self._woken.set()

        def close(self) -> None:
            """Nothing was set otherwise."""

    def is_ours(descriptor: int) -> bool:  # noqa: ARG001 - nobody else ever has it
        """Whether nobody else has the terminal."""
        return True

    def halted_by_nothing() -> None:
        """No thread is halted here."""

else:
    import select
    import signal
    import termios

    class _Source:
        """A terminal, set to give each key at once; or a pipe."""

        def __init__(self, descriptor: int) -> None:
            self._descriptor, self._decoder = descriptor, Decoder()
            self._wake_in, self._wake_out = os.pipe()
            self._before = _attributes(descriptor)
            self._set()

        def read(self) -> list[str] | None:
            """Wait for keys, none where it was for long; None at their end."""
            halted_by_nothing()
            ours = is_ours(self._descriptor)
            watched = [self._wake_in, *([self._descriptor] if ours else [])]
            try:
                wait_s = AFTER_ESCAPE_S if self._decoder.waits else LOOK_S
                ready, _, _ = select.select(watched, [], [], wait_s)
                if self._descriptor in ready:
                    data = os.read(self._descriptor, MOST_BYTES)
                    return [*self._decoder.feed(data)] if data else None
            except OSError:
                return None if is_ours(self._descriptor) else []  # gone; or another's since
            if self._wake_in in ready:
                return None
            self._set()  # whoever had it meanwhile set it otherwise
            return [*self._decoder.pause()]

        def wake(self) -> None:
            """End the wait of another thread."""
            os.write(self._wake_out, b"\0")

        def close(self) -> None:
            """Give the terminal back as it was."""
            if self._before is not None and is_ours(self._descriptor):
                with suppress(termios.error):
                    termios.tcsetattr(self._descriptor, termios.TCSANOW, self._before)
            os.close(self._wake_out)
            os.close(self._wake_in)

        def _set(self) -> None:
            if self._before is None or not is_ours(self._descriptor):
                return
            with suppress(termios.error):
                found = termios.tcgetattr(self._descriptor)
                iflag, oflag, cflag, lflag, ispeed, ospeed, chars = found
                chars = [*chars]
                chars[termios.VMIN], chars[termios.VTIME] = 1, 0
                off = bytes([os.fpathconf(self._descriptor, "PC_VDISABLE")])
                chars[termios.VSUSP] = chars[termios.VQUIT] = off
                iflag &= ~termios.IXON
                lflag &= ~(termios.ICANON | termios.ECHO | termios.IEXTEN)
                wanted = [iflag, oflag, cflag, lflag, ispeed, ospeed, chars]
                if wanted != found:
                    termios.tcsetattr(self._descriptor, termios.TCSANOW, wanted)

    def is_ours(descriptor: int) -> bool:
        """Whether nobody else has the terminal, as a shell has when this program was suspended."""
        try:
            return os.tcgetpgrp(descriptor) == os.getpgrp()
        except OSError:
            return True  # no terminal, or not the one that this program was started from

    def halted_by_nothing() -> None:
        """Let what this thread does at a terminal that another has fail, and not halt us all."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN, signal.SIGTTOU})

    def _attributes(descriptor: int) -> list[int | list[bytes | int]] | None:
        """How a terminal is set; None where it is none."""
        try:
            return termios.tcgetattr(descriptor)
        except termios.error:
            return None
