"""What several test files share: rendered recordings, each made once however many workers run."""

from __future__ import annotations

import hashlib
import os
import pickle
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest

from station.film.selftest import Outcome, hold
from station.simulator import Scene, Truth, simulate

T = TypeVar("T")
Rendered = Callable[[Scene], tuple[Path, Truth]]
Held = Callable[[Scene], Outcome]

LONGEST_FIRST = ("test_selftest.py", "test_accuracy.py")
"""Files with tests so long that one begun last would leave the other workers idle."""
RENDERED_WITHIN_S = 600.0


def pytest_configure() -> None:
    """Workers inherit it: small matrices, and one worker a core already."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_xdist_auto_num_workers() -> int | None:
    """One more than cores: a fifth of the tests' time is waited for sound, pages and ports."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return 1 + (os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest; all else stays in its order."""
    items.sort(key=lambda item: item.path.name not in LONGEST_FIRST)


@pytest.fixture(autouse=True)
def no_real_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """A library may leave a worker at a real-time priority, as the AV1 encoder did: a busy thread
    of it would hold up all others. It is taken back, and the test is named that it was seen after.
    """
    yield
    if hasattr(os, "sched_getscheduler") and os.sched_getscheduler(0) != os.SCHED_OTHER:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        warnings.warn(f"real-time priority after {request.node.nodeid}", stacklevel=1)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this one session see."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


def once(kept: Path, make: Callable[[], T]) -> T:
    """Make a thing, or take it from where another test, in whichever worker, has put it.

    Who comes while it is made waits for it: a database's lock holds on every system.
    """
    turn = sqlite3.connect(f"{kept}.turn", timeout=RENDERED_WITHIN_S, isolation_level=None)
    with closing(turn):
        turn.execute("BEGIN EXCLUSIVE")
        if not kept.exists():
            part = kept.with_suffix(f".{os.getpid()}")
            part.write_bytes(pickle.dumps(make()))
            part.replace(kept)
    result: T = pickle.loads(kept.read_bytes())
    return result


def name_of(scene: Scene) -> str:
    return hashlib.sha256(repr(scene).encode()).hexdigest()[:16]


@pytest.fixture(scope="session")
def rendered(shared: Path) -> Rendered:
    """Render a scene; the video lies beside its calibration and truth, and is only read."""

    def render(scene: Scene) -> tuple[Path, Truth]:
        name = name_of(scene)
        video = shared / f"{name}.mp4"
        truth = once(shared / f"{name}.truth", lambda: simulate(scene, video))
        return video, truth

    return render


@pytest.fixture(scope="session")
def held(shared: Path, rendered: Rendered) -> Held:
    """Render a scene, replay it, and hold what is found against the truth."""

    def measure(scene: Scene) -> Outcome:
        video, truth = rendered(scene)
        return once(shared / f"{name_of(scene)}.outcome", lambda: hold("", truth, video))

    return measure
