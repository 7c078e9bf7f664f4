"""The process that plays: `python -m hardware.sound_process`, fed by `hardware.speaker`.

It decides nothing but how it runs: before others where the system lets it, deaf to Ctrl-C, and no
longer than its input is open. A process of its own, because audio libraries ask for samples every
few milliseconds, which no Python thread gets while others work; because they can hang and crash;
and because they write on the terminal what no coach should read.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from contextlib import suppress

from hardware.clock import SystemClock
from hardware.mixer import Begun, Sound
from hardware.player import Output, Player

# As sound servers have. No real-time priority: a thread that has it and runs wild stops the
# computer, and the threads and processes that it starts inherit it.
_NICENESS = -11


def main(device: str, delay_s: str) -> None:
    """Play what comes in, tell on the output what becomes of it, until the input ends.

    Args:
        device: Part of the wanted one's name, "" for the system's choice.
        delay_s: What `Player` subtracts.
    """
    with suppress(AttributeError, OSError):  # not everywhere, and not everyone may
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))  # whatever was inherited
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the station ends it, in its own time
    told = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for chatty in (1, 2):
        os.dup2(nowhere, chatty)

    def tell(news: Output | Begun) -> None:
        with suppress(OSError):  # no one listens any more
            pickle.dump(news, told)
            told.flush()

    player = Player(SystemClock(), tell, device=device or None, delay_s=float(delay_s))
    with player, suppress(EOFError):
        while True:
            wish: Sound | str = pickle.load(sys.stdin.buffer)
            if isinstance(wish, Sound):
                player.play(wish)
            else:
                player.drop(wish)
    os._exit(0)  # the library's own way to end waits for a sound server that may hang


if __name__ == "__main__":
    main(*sys.argv[1:])
