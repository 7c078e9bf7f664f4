"""`station run` as it is typed: a process of its own, a gate on a pseudo-terminal, a record."""

from __future__ import annotations

import fcntl
import json
import os
import queue
import resource
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from plugged import FLY_S, SOON_S, Device, Station, renamed

from hardware.clock import ManualClock
from hardware.gates.fgp1 import FGP1, framed
from station.app import attend
from station.cli import main
from station.gates.record import Closed, Opened, Received, Setup, Traffic
from station.gates.timing import Event, GateTiming, Notice
from station.simulator.gate_player import GatePlayer

FLY = "--fly", "3", "--protocol", "fgp1"  # 10 m/s
RATE = 0.005  # a clock that was never pinged
NEAR_S = 3 * RATE * FLY_S


@pytest.fixture
def device() -> Iterator[Device]:
    with Device() as plugged:
        yield plugged


def run(device: Device, *words: object, json_: bool = True, **options: Any) -> Station:
    """The command, up to where its port is open."""
    events = ("--json", "-") if json_ else ()
    station = Station("run", "--gates", device.port, *FLY, *events, *words, **options)
    station.hears("is open")
    assert device.asked.wait(SOON_S)
    return station


def replayed(record: Path) -> dict[str, Any]:
    """A record timed again, in this process."""
    out = record.with_suffix(".replay.json")
    assert main(["replay", str(record), "--json", str(out)]) == 0
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def as_replayed(event: dict[str, Any]) -> dict[str, Any]:
    """A "run" event without what only a live run has."""
    return {
        key: value
        for key, value in event.items()
        if key not in ("event", "number", "first_break_fly_s")
    }


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_is_told_and_the_last_is_not_lost(
    number: signal.Signals, device: Device, tmp_path: Path
) -> None:
    record = tmp_path / "session.jsonl"
    with run(device, "--record", record, "--pace-400", "58", "--athlete", "Ann") as station:
        device.run()
        first = station.tells("run")
        device.run()
        # It would be told half a second later; that it was read is all we wait for.
        while record.read_text().count("E,") < 8:
            assert station.process.poll() is None
        assert station.stopped_by(number) == 0
        last = [json.loads(line) for line in station.rest()]
    assert first["fly_s"] == pytest.approx(FLY_S, abs=NEAR_S)
    assert first["athlete"] == "Ann"
    assert first["pace_400_mps"] == pytest.approx(400 / 58, abs=1e-6)
    (second,) = [one for one in last if one["event"] == "run"]
    assert (first["number"], second["number"]) == (1, 2)
    assert [one for one in last if "fly_s" in one] == [second]
    assert replayed(record)["runs"] == [as_replayed(first), as_replayed(second)]
    assert replayed(record)["warnings"] == []


def test_people_read_sentences(device: Device) -> None:
    with run(device, "--pace-400", "58", "--no-sound", json_=False) as station:
        device.run()
        said = station.out.get(timeout=SOON_S)
        assert said.startswith("Run 1: ✓ faster by ")
        assert ", 0.30 ± 0." in said
        assert "✓ faster" in said
        assert station.stopped_by(signal.SIGINT) == 0


def test_unplugged_and_back_under_another_name(device: Device, tmp_path: Path) -> None:
    name, record = renamed(tmp_path / "gate", device), tmp_path / "session.jsonl"
    with (
        Device() as another,
        Station("run", "--gates", name, *FLY, "--json", "-", "--record", record) as station,
    ):
        assert device.asked.wait(SOON_S)
        device.run()
        before = station.tells("run")
        device.unplug()
        assert "plug it in" in station.tells("gate-gone")["said"]
        renamed(name, another)
        station.tells("gate-back")
        assert another.asked.wait(SOON_S)
        another.run()
        after = station.tells("run")
        assert station.stopped_by(signal.SIGTERM) == 0
    assert (before["number"], after["number"]) == (1, 2)
    found = replayed(record)
    assert found["runs"] == [as_replayed(before), as_replayed(after)]
    assert len(found["warnings"]) == 2


def test_one_gate_a_marker(tmp_path: Path) -> None:
    record = tmp_path / "session.jsonl"
    with Device() as near, Device() as far:
        ports = ("--gates", near.port, "--gates", far.port)
        markers = f"{near.port}/1:3,{far.port}/2:2"  # Marker 2's is the second port
        words = (*ports, "--markers", markers, *FLY, "--json", "-", "--record", record)
        with Station("run", *words) as station:
            assert near.asked.wait(SOON_S)
            assert far.asked.wait(SOON_S)
            near.beat()
            far.beat()
            for gate, plugged, ago_s in ((2, far, FLY_S + 0.03), (1, near, 0.03)):
                plugged.edge(gate, "B", ago_s)
                plugged.edge(gate, "R", ago_s - 0.03)
            told = station.tells("run")
            assert station.stopped_by(signal.SIGTERM) == 0
    assert told["fly_s"] == pytest.approx(FLY_S, abs=0.1)  # two clocks by arrivals only
    assert replayed(record)["runs"] == [as_replayed(told)]


def test_killed_it_leaves_all_that_was_read(
    device: Device, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "session.jsonl"
    with run(device, "--record", record) as station:
        device.run()
        told = station.tells("run")
        assert station.stopped_by(signal.SIGKILL) == -signal.SIGKILL
    with record.open("ab") as file:
        file.write(b'{"record":"in","at_ns":1')  # as where the power went
    found = replayed(record)
    assert found["runs"] == [as_replayed(told)]
    assert "has no end" in found["warnings"][-1]
    assert "has no end" in capsys.readouterr().out


def test_a_full_disk_is_said_and_the_session_goes_on(device: Device, tmp_path: Path) -> None:
    record = tmp_path / "session.jsonl"
    most = 2000

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    with run(device, "--record", record, preexec_fn=little_room) as station:
        device.say(framed(b"S,0,0,1,CC,0,4980") * 100)
        assert "cannot be written" in station.tells("record-lost")["said"]
        device.run()
        after: list[str] = []
        while "run" not in after:
            after.append(json.loads(station.out.get(timeout=SOON_S))["event"])
        assert "record-lost" not in after
        assert station.stopped_by(signal.SIGTERM) == 0
    assert record.stat().st_size == most
    assert "has no end" in replayed(record)["warnings"][-1]


def test_nobody_listens_any_more(device: Device, tmp_path: Path) -> None:
    record = tmp_path / "session.jsonl"
    words = ("--gates", device.port, *FLY, "--json", "-", "--record", str(record))
    command = [sys.executable, "-m", "station", "run", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert device.asked.wait(SOON_S)
        device.run()
        assert process.wait(SOON_S) == 1
        assert b"Error" not in process.stderr.read()
    found = replayed(record)
    assert len(found["runs"]) == 1
    assert found["warnings"] == []


def test_a_sensor_gone_mad_stalls_nothing(device: Device) -> None:
    """As fast as it goes: three seconds of 1,000 edges."""
    with run(device) as station:
        flood = b"".join(
            framed(b"E,%d,1,%s,0,%d" % (n % 65536, b"BR"[n % 2 : n % 2 + 1], 1000 * n))
            for n in range(3000)
        )
        device.say(flood)
        assert "more edges" in station.tells("gate-mad")["said"]
        assert station.stopped_by(signal.SIGTERM) == 0
        assert not [line for line in station.rest() if '"fly_s"' in line]


def test_a_protocol_of_the_coachs_own_is_kept_in_the_record(device: Device, tmp_path: Path) -> None:
    described = tmp_path / "shed.toml"
    described.write_text(
        'name = "shed"\ntitle = "from the shed"\nbauds = [9600]\nticks_per_s = 1000\n'
        "rate_tolerance = 1e-4\n"
        "line = '(?P<gate>[AB]) (?P<state>[01]) (?P<ticks>[0-9]+)'\n"
        'broken = ["1"]\nclear = ["0"]\n'
    )
    record = tmp_path / "session.jsonl"
    words = ("--fly", "3", "--protocol", described, "--markers", "A:2,B:3", "--json", "-")
    with Station("run", "--gates", device.port, *words, "--record", record) as station:
        station.hears("from the shed")
        device.say(b"A 0 800\nA 1 1000\nA 0 1030\nB 1 1300\nB 0 1330\n")
        told = station.tells("run")
        assert station.stopped_by(signal.SIGTERM) == 0
    assert told["fly_s"] == pytest.approx(0.3, abs=0.001)
    described.unlink()
    assert replayed(record)["runs"] == [as_replayed(told)]


def test_a_signal_while_ports_are_asked_ends_it_at_once(tmp_path: Path) -> None:
    """A line that answers nothing is asked for many seconds."""
    record = tmp_path / "session.jsonl"
    master, slave = os.openpty()
    try:
        words = ("--gates", os.ttyname(slave), "--fly", "30", "--record", record)
        with Station("run", *words) as station:
            station.hears("opening")
            assert station.stopped_by(signal.SIGTERM) == 0
    finally:
        os.close(master)
        os.close(slave)
    assert not record.exists()


class Told:
    """Who listens: the fold, and what it told."""

    def __init__(self, port: str) -> None:
        self.fold = GateTiming(Setup(3.0, (port,), {}, (3.0, 13.0)))
        self.names: queue.Queue[str] = queue.Queue()

    def feed(self, traffic: Traffic) -> None:
        self._put(self.fold.feed(traffic))

    def advance(self, now_ns: int) -> None:
        self._put(self.fold.advance(now_ns))

    def wanted(self, slot: int, now_ns: int) -> bytes:
        return self.fold.wanted(slot, now_ns)

    def _put(self, events: list[Event]) -> None:
        for event in events:
            self.names.put(event.name if isinstance(event, Notice) else type(event).__name__)


class Busy:
    """A listener that is kept busy while bytes come, and stops when all were read."""

    def __init__(self, device: Device, stopped: threading.Event) -> None:
        self.device, self.stopped = device, stopped
        self.heard: list[Traffic] = []

    def feed(self, traffic: Traffic) -> None:
        self.heard.append(traffic)
        if isinstance(traffic, Opened):
            self.device.say(b"the last run")
            while struct.unpack("i", fcntl.ioctl(self.device.slave, termios.FIONREAD, bytes(4)))[0]:
                pass
            self.stopped.set()

    def advance(self, now_ns: int) -> None:
        pass

    def wanted(self, slot: int, now_ns: int) -> bytes:
        return b""


def test_what_was_read_before_the_stop_is_heard(device: Device) -> None:
    stopped = threading.Event()
    listener = Busy(device, stopped)
    attend((device.port,), FGP1, listener, lambda _: None, stopped=stopped)
    assert "".join(one.text for one in listener.heard if isinstance(one, Received)) == (
        "the last run"
    )
    assert isinstance(listener.heard[-1], Closed)


def test_a_laptop_that_slept_hears_its_gate_again(device: Device) -> None:
    clock, stopped, told = ManualClock(1_000_000_000), threading.Event(), Told(device.port)
    session = threading.Thread(
        target=lambda: attend(
            (device.port,), FGP1, told, lambda _: None, clock=clock, stopped=stopped
        )
    )
    session.start()
    try:
        assert device.asked.wait(SOON_S)
        clock.advance(8 * 3600 * 1_000_000_000)
        assert told.names.get(timeout=SOON_S) == "gate-silent"
        device.beat()
        assert told.names.get(timeout=SOON_S) == "gate-heard"
        device.run()
        names: list[str] = []
        while "Timed" not in names:
            clock.advance(100_000_000)  # what it was before the edges were read does not matter
            with suppress(queue.Empty):
                names.append(told.names.get(timeout=0.05))
            assert clock.now_ns() < (8 * 3600 + 120) * 1_000_000_000
    finally:
        stopped.set()
        session.join(SOON_S)
    assert not session.is_alive()


def test_the_simulated_gate_and_its_truth(tmp_path: Path) -> None:
    """Found out, pinged, timed, recorded: nothing but the player knows what is true."""
    from station.simulator.gate_player import simulated_gates
    from station.simulator.gates import Scenario

    record = tmp_path / "session.jsonl"
    base = Scenario(seed=3, fly_m=10.0)
    (player,), beams = simulated_gates(base, "fgp1", runs=1, first_s=6.0)
    with player, Station(
        "run", "--gates", player.path, "--fly", "10", "--json", "-", "--record", record
    ) as station:  # fmt: skip
        told = station.tells("run")
        assert station.stopped_by(signal.SIGTERM) == 0
    assert isinstance(player, GatePlayer)
    error_s = told["fly_s"] - beams.flies[0].fly_s
    assert abs(error_s) < 4 * told["fly_sigma_s"]
    assert replayed(record)["runs"] == [as_replayed(told)]


REFUSED: list[tuple[list[str], str]] = [
    (["--gates", "/dev/no-such-gate"], "no port '/dev/no-such-gate'"),
    (["--gates", "/dev/null"], "as a serial port"),
    ([], "name a port"),
    (["--gates", "a", "--gates", "a"], "two different ones"),
    (["--gates", "a", "--gates", "b", "--gates", "c"], "two different ones"),
    (["--gates", "a", "--fly", "0"], "--fly 0 is no Fly Zone"),
    (["--gates", "a", "--fly", "-30"], "--fly"),
    (["--gates", "a", "--fly", "nan"], "--fly 'nan' is not a number"),
    (["--gates", "a", "--fly", "inf"], "--fly 'inf' is not a number"),
    (["--gates", "a", "--protocol", "morse"], "no gate protocol 'morse'"),
    (["--gates", "a", "--protocol", "none.toml"], "none.toml"),
    (["--gates", "a", "--markers", "1:2"], "one at 3"),
    (["--gates", "a", "--markers", "1:2,2:2,3:3"], "one gate at Marker 2"),
    (["--gates", "a", "--markers", "1:2,1:3"], "names gate '1' twice"),
    (["--gates", "a", "--markers", "1:1,2:3"], "2 or 3"),
    (["--gates", "a", "--markers", "x/1:2,a/2:3"], "'x' is no port of --gates"),
    (["--gates", "a", "--gates", "b", "--markers", "1:2,2:3"], "which port's gate"),
    (["--gates", "a", "--speeds", "9:3"], "is no range"),
    (["--gates", "a", "--json", "out.json"], "--json"),
    (["--gates", "a", "--record", __file__], "will not write over"),
    (["--gates", "a", "--record", "/no/such/folder/session.jsonl"], "there is no folder"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED)
def test_what_cannot_be_run_is_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fly = [] if "--fly" in words else ["--fly", "30"]
    protocol = [] if "--protocol" in words else ["--protocol", "fgp1"]
    assert main(["run", *words, *fly, *protocol]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    *before, complaint = err.splitlines()
    assert said in complaint
    assert all("opening" in line for line in before)


def test_one_of_two_ports_is_missing(device: Device, capsys: pytest.CaptureFixture[str]) -> None:
    ports = ["--gates", device.port, "--gates", "/dev/no-such-gate"]
    assert main(["run", *ports, *FLY]) == 2
    assert "no port '/dev/no-such-gate'" in capsys.readouterr().err.splitlines()[-1]
    assert main(["gates", "watch", "/dev/no-such-gate"]) == 2


def test_it_loads_neither_video_nor_console() -> None:
    heavy = "cv2", "av", "rich", "nicegui"
    code = f"import sys, station.app; print([one for one in {heavy} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
