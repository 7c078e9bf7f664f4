"""How long a journal of 100,000 events takes to fold, and how much memory.

    python benchmarks/journal_fold.py [EVENTS]

It writes evenings of a thousand events and folds one after the other in a process of its own; so
many events, and a tenth of them, whose peak tells whether the memory is flat.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from station.journal.journal import Journal, Log, Record
from station.session import events as ev
from station.session.folding import fold
from station.session.roster import Athlete
from station.workout.planned import PlannedRep

S = 1_000_000_000
NAMES = ("Ana", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana")
UTC = "2026-05-02T17:30:00.000000Z"
IN_A_SESSION = 1000  # events of a long evening


def write(path: Path, events: int) -> None:
    """A journal of evenings, each with all that a session has."""
    for session in range(max(1, events // IN_A_SESSION)):
        log = Log(path, f"evening {session}", "boot")
        told = enumerate(evening(min(events, IN_A_SESSION)), start=1)
        log.records = {number: Record(number, "boot", UTC, event) for number, event in told}
        with log:
            pass


def evening(events: int) -> list[ev.Recorded]:
    """Calls, runs, and now and then a correction that is taken back."""
    plan = tuple(PlannedRep(n, 1, 30.0, 180.0) for n in range(1, 51))
    told: list[ev.Recorded] = [
        ev.Opened(0, "fly", tuple(ev.Entry(Athlete(name, 58.0), plan) for name in NAMES)),
        ev.Began(S),
    ]
    rep = 0
    while len(told) < events:
        rep += 1
        now_ns, name = rep * 20 * S, NAMES[rep % len(NAMES)]
        told.append(ev.Called(now_ns, name))
        run = ev.TimedRun(now_ns + 9 * S, now_ns + 13 * S, 3.6, 0.002, 8.333, 0.005)
        told.append(ev.Ran(now_ns + 13 * S, name, rep, run))
        if rep % 5 == 0:
            told += [ev.Voided(now_ns + 14 * S, rep), ev.Undone(now_ns + 15 * S, len(told) + 1)]
    return told[:events]


def read(path: Path) -> None:
    """Fold it all and say how long it took."""
    started_s = time.perf_counter()
    with Journal(path) as journal:
        events, reps = 0, 0
        for kept in journal.sessions():
            reps += len(fold(journal.effective(kept.session)).reps)
            events += kept.events
    took_s = time.perf_counter() - started_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size_mb = path.stat().st_size / 1e6
    print(
        f"{events} events, {reps} reps, {size_mb:.1f} MB on disk: "
        f"folded in {took_s:.2f} s, peak {peak_mb:.0f} MB"
    )


def main() -> None:
    """Write in this process, read in another."""
    if sys.argv[1:2] == ["--read"]:
        read(Path(sys.argv[2]))
        return
    events = int(sys.argv[1]) if sys.argv[1:] else 100_000
    for so_many in (events // 10, events):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "journal.sqlite"
            write(path, so_many)
            subprocess.run([sys.executable, __file__, "--read", str(path)], check=True)


if __name__ == "__main__":
    main()
