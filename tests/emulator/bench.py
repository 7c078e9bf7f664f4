"""Our gate on a workbench: its firmware built, run on an emulated chip, its beams broken at will.

As a program it keeps a gate with passing sprinters on a pty, for trying the station by hand:
`python tests/emulator/bench.py --runs 20`.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
FIRMWARE = HERE.parents[1] / "hardware" / "firmware" / "flygate" / "flygate.ino"
BYTE_US = 93.5  # on the emulated wire; a real one takes 85
PINS = {1: 2, 2: 3}  # gate → Arduino pin of its beam
JUMPERS = {1: 4, 2: 5}

Flank = tuple[float, int, bool]
"""Microseconds, gate, whether the beam is broken from then on."""


def missing() -> str:
    """What this machine lacks for it, empty where it lacks nothing."""
    for compiler, header in (("avr-gcc", "avr/io.h"), ("gcc", "simavr/sim_avr.h")):
        found = (
            shutil.which(compiler)
            and not subprocess.run(
                [compiler, "-E", "-include", header, "-x", "c", "/dev/null"], capture_output=True
            ).returncode
        )
        if not found:
            return f"needs {compiler} with {header}: apt-get install gcc-avr avr-libc libsimavr-dev"
    return ""


@dataclass
class Script:
    """What happens to the gate, in microseconds since its start; see harness.c."""

    events: list[str] = field(default_factory=list)

    def beams(self, flanks: Iterable[Flank]) -> Script:
        """Beams break and clear, wired so that HIGH is broken."""
        for us, gate, broken in flanks:
            self.events.append(f"{us:.4f} pin {PINS[gate]} {int(broken)}")
        return self

    def jumper(self, gate: int) -> Script:
        """This gate's jumper is closed, from the start."""
        self.events.append(f"0 pin {JUMPERS[gate]} 0")
        return self

    def host(self, us: float, data: bytes) -> float:
        """The host sends these bytes.

        Returns:
            When the last of them has reached the gate.
        """
        self.events.append(f"{us:.4f} host {data.hex()}")
        return us + len(data) * BYTE_US

    def reset(self, us: float) -> Script:
        """Its button is pressed."""
        self.events.append(f"{us:.4f} reset")
        return self

    def end(self, us: float) -> Script:
        """Look no further."""
        self.events.append(f"{us:.4f} end")
        return self

    def memory(self, seed: int) -> Script:
        """What its memory holds before anything is written."""
        self.events.insert(0, f"memory {seed}")
        return self


@dataclass(frozen=True)
class Line:
    """What the gate said: when its first byte and its last began, and the bytes, end included."""

    first_us: float
    last_us: float
    data: bytes

    @property
    def fields(self) -> list[str]:
        return self.data.partition(b"*")[0].decode().split(",")


@dataclass(frozen=True)
class Bench:
    """A firmware and an emulator, built."""

    firmware: Path
    harness: Path

    def run(self, script: Script) -> list[Line]:
        """Whatever the gate says to it; the rest of a line that a reset cut is in the next one."""
        path = self.firmware.with_name(f"{random.Random(repr(script)).getrandbits(64):x}.script")
        path.write_text("\n".join(script.events))
        out = subprocess.run(
            [self.harness, self.firmware, path],
            check=True,
            capture_output=True,
            text=True,
            timeout=300,
        ).stdout
        lines: list[Line] = []
        data, first_us = b"", 0.0
        for us, byte in (one.split() for one in out.splitlines()):
            first_us = first_us if data else float(us)
            data += bytes.fromhex(byte)
            if data.endswith(b"\n"):
                lines.append(Line(first_us, float(us), data))
                data = b""
        return lines

    def on_pty(self, script: Path) -> subprocess.Popen[str]:
        """The gate in real time; its first line on stdout names the pty."""
        return subprocess.Popen(
            [self.harness, self.firmware, script, "--pty"], stdout=subprocess.PIPE, text=True
        )


def build(folder: Path, *defines: str) -> Bench:
    """Compile the firmware, as C++ like the Arduino IDE does, and the emulator."""
    firmware, harness = folder / "flygate.elf", folder / "harness"
    strict = ["-Wall", "-Wextra", "-Werror"]
    avr = ["avr-gcc", "-x", "c++", "-mmcu=atmega328p", "-DF_CPU=16000000UL", "-Os", *strict]
    subprocess.run([*avr, *defines, "-o", str(firmware), str(FIRMWARE)], check=True)
    subprocess.run(
        ["gcc", "-O2", *strict, "-o", harness, HERE / "harness.c", "-lsimavr"], check=True
    )
    return Bench(firmware, harness)


def contact(
    rng: random.Random, us: float, gate: int, broken: bool, bounce_us: float = 200.0
) -> list[Flank]:
    """A beam changes at `us` and then bounces for a while: flanks tens of microseconds apart."""
    flanks = [(us, gate, broken)]
    settled_us = us + rng.uniform(0, bounce_us)
    while us < settled_us:
        for level in (not broken, broken):
            us += rng.uniform(3, 60)
            flanks.append((us, gate, level))
    return flanks


def passing(rng: random.Random, torso_us: float, gate: int) -> list[tuple[float, float]]:
    """The breaks of a body whose torso comes at `torso_us`: an arm often, the torso, an arm."""
    torso = (torso_us, torso_us + rng.uniform(25e3, 45e3))
    breaks = [torso]
    if rng.random() < 0.7:
        gone_us = torso_us - rng.uniform(4e3, 30e3)
        breaks.insert(0, (gone_us - rng.uniform(5e3, 15e3), gone_us))
    if rng.random() < 0.7:
        back_us = torso[1] + rng.uniform(4e3, 30e3)
        breaks.append((back_us, back_us + rng.uniform(5e3, 15e3)))
    return breaks


def main() -> None:
    """Keep a gate on a pty until interrupted."""
    parser = argparse.ArgumentParser(description="an emulated gate with sprinters, on a pty")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every-s", type=float, default=8.0, help="from one run to the next")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    rng = random.Random(arguments.seed)
    script = Script().memory(arguments.seed)
    for run in range(arguments.runs):
        start_us, fly_us = 5e6 + run * arguments.every_s * 1e6, rng.uniform(2.8e6, 4.2e6)
        print(f"run {run + 1}: at {start_us / 1e6:.0f} s, fly {fly_us / 1e6:.6f} s", flush=True)
        for gate, torso_us in ((1, start_us), (2, start_us + fly_us)):
            for broken_us, clear_us in passing(rng, torso_us, gate):
                script.beams(contact(rng, broken_us, gate, True))
                script.beams(contact(rng, clear_us, gate, False))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "script")
        path.write_text("\n".join(script.events))
        device = build(Path(folder)).on_pty(path)
        assert device.stdout is not None
        print(device.stdout.readline(), end="", flush=True)
        try:
            device.wait()
        except KeyboardInterrupt:
            pass
        finally:
            device.kill()


if __name__ == "__main__":
    main()
