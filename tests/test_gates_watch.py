"""The commands `gates list` and `gates watch`, as they are typed, with a device on a pty."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import tty
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from plugged import SOON_S, Device, Station, renamed

from hardware.gates import serial_port
from hardware.gates.fgp1 import framed
from hardware.gates.known import protocol_named
from station.cli import main

TYPED = "gate", "blocked", "device_ticks", "time_ns", "clock", "sigma_s"


@pytest.fixture
def device() -> Iterator[Device]:
    with Device() as plugged:
        yield plugged


@pytest.fixture
def run() -> Iterator[list[Station]]:
    started: list[Station] = []
    yield started
    for one in started:
        one.process.kill()
        one.process.wait()


def watch(run: list[Station], port: object, *words: str) -> Station:
    run.append(Station("gates", "watch", str(port), *words))
    return run[-1]


def test_edges_as_json_until_interrupted(run: list[Station], device: Device) -> None:
    station = watch(run, device.port, "--protocol", "fgp1", "--json", "-")
    station.hears("flygate-avr 1.0.0")
    device.say(framed(b"E,1,1,B,0,5000000") + framed(b"E,2,1,R,0,5031000"))
    first, second = (json.loads(station.out.get(timeout=SOON_S)) for _ in range(2))
    assert tuple(first) == TYPED
    assert [first[key] for key in TYPED[:3]] == ["1", True, 5_000_000]
    assert [second[key] for key in TYPED[:3]] == ["1", False, 5_031_000]
    assert first["clock"] == "device"
    assert first["sigma_s"] > 0
    apart_s = (second["time_ns"] - first["time_ns"]) / 1e9
    assert apart_s == pytest.approx(0.031, abs=4 * (first["sigma_s"] + second["sigma_s"]))
    assert station.stopped_by(signal.SIGINT) == 0
    assert station.rest() == []


def test_the_protocol_is_found_out_and_edges_are_told_to_people(
    run: list[Station], device: Device
) -> None:
    station = watch(run, device.port)
    station.hears("flygate-avr 1.0.0")
    device.say(framed(b"E,1,2,B,0,5000000") + framed(b"E,2,2,R,0,5031000"))
    assert "gate 2  broken" in station.out.get(timeout=SOON_S)
    cleared = station.out.get(timeout=SOON_S)
    assert "gate 2  clear" in cleared
    assert "after 0.0310 s" in cleared
    assert station.stopped_by(signal.SIGTERM) == 0


def test_unplugged_and_back_under_the_same_name(
    run: list[Station], device: Device, tmp_path: Path
) -> None:
    name = renamed(tmp_path / "gate", device)
    station = watch(run, name, "--protocol", "fgp1", "--json", "-")
    station.hears("flygate-avr")
    device.unplug()
    station.hears("gone")
    with Device() as another:
        renamed(name, another)
        station.hears("is back")
        station.hears("flygate-avr")
        another.say(framed(b"E,1,1,B,0,700000"))
        assert json.loads(station.out.get(timeout=SOON_S))["device_ticks"] == 700_000
        assert station.stopped_by(signal.SIGTERM) == 0


def test_lost_edges_noise_and_silence_are_said_once(run: list[Station], device: Device) -> None:
    station = watch(run, device.port, "--protocol", "fgp1", "--json", "-")
    station.hears("flygate-avr")
    device.say(b"no line of ours\n" * 1000)
    told = 0
    while told < 1000:
        more = re.search(r"and (\d+) more", station.hears("not understood"))
        told += 1 + int(more[1] if more else 0)
    assert told == 1000
    assert "3 s" in station.hears("nothing heard")


def test_a_wichro_needs_no_answer_to_be_watched(run: list[Station], device: Device) -> None:
    station = watch(run, device.port, "--protocol", "wichro", "--json", "-")
    station.hears("is open")
    device.say(b"5;215;0\r\n")
    edge = json.loads(station.out.get(timeout=SOON_S))
    assert (edge["gate"], edge["blocked"], edge["device_ticks"]) == ("5", True, 215)
    assert edge["sigma_s"] >= 0.002


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["/dev/no-such-gate"], "no port '/dev/no-such-gate'"),
        (["/dev/no-such-gate", "--protocol", "morse"], "no gate protocol 'morse'"),
        (["/dev/no-such-gate", "--protocol", "morse.toml"], "morse.toml"),
        (["/dev/null"], "as a serial port"),
        (["/dev/null", "--json", "out.json"], "--json"),
    ],
)
def test_what_cannot_be_watched(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gates", "watch", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err.splitlines()[-1]


def test_without_a_port_the_list_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serial_port, "comports", list)
    assert main(["gates", "list"]) == 0
    assert "No serial port found" in capsys.readouterr().out
    assert main(["gates", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def usb(name: str, vid: int) -> SimpleNamespace:
    return SimpleNamespace(
        device=name, description="USB serial", vid=vid, pid=0x43, serial_number="A1"
    )


def test_who_stops_the_list_leaves_at_once_and_the_port_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    device, slave = os.openpty()
    tty.setraw(slave)
    port = os.ttyname(slave)
    monkeypatch.setattr(serial_port, "comports", lambda: [usb(port, 0x0403)])
    slowest = protocol_named("fgp1")  # asked seconds after the first
    assert min(slowest.bauds) > 9600

    def hear() -> None:
        os.read(device, 1000)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    hearing = threading.Thread(target=hear)
    hearing.start()
    try:
        assert main(["gates", "list"]) == 130
        hearing.join()
        serial_port.SerialPort(port, 9600).close()
        os.write(slave, b".")  # so that there is something to read
        assert slowest.question not in os.read(device, 10_000)
    finally:
        os.close(device)
        os.close(slave)


def test_the_list_tells_what_answered(
    device: Device, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ports = [usb("/dev/no-such-gate", 0x0403), usb(device.port, 0x2341)]
    monkeypatch.setattr(serial_port, "comports", lambda: ports)
    assert main(["gates", "list", "--json"]) == 0
    found, none = json.loads(capsys.readouterr().out)
    assert found == {
        "port": device.port,
        "description": "USB serial",
        "usb": "2341:0043",
        "serial_number": "A1",
        "seems": "Arduino",
        "protocol": "fgp1",
        "device": "flygate-avr 1.0.0",
        "baud": 115_200,
        "problem": None,
    }
    assert none["protocol"] is None
    assert "no port" in none["problem"]
