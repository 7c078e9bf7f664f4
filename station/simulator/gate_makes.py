"""Other makes of gates as the ruler sees them, written from what is published of their lines.

It decides what each make says of a change of a beam, when, and with which stamp. It shares no line
with the parsers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from hardware.units import NS
from station.simulator.gate_device import Build, Device
from station.simulator.gates import Change

DAY_S = 86_400
PHOTOCELL_S = 0.002
"""Shorter breaks do not get through a timer's photocell: assumed, not published."""


class WichroDevice(Device):
    """Chronojump's WICHRO: terminals on radio, stamped in whole ms as the receiver hears them.

    A terminal (version 19) reports a change when its input has been quiet for 10 ms, then tries
    on the radio until it is heard, waiting 0.5 ms in between; after 11 times 15 tries it gives up
    (GNOME/chronojump, arduino/WiFi/terminal/V4 and control/V4).
    """

    HOLD_S = 0.010
    AIR_S, AGAIN_S, TRIES = 0.0006, 0.0005, 11 * 15

    def __init__(self, changes: Sequence[Change], build: Build, *, heard: float = 0.85) -> None:
        """`heard` is the part of its tries on the radio that reaches the receiver."""
        self._heard_share = heard
        self._free_ns = dict.fromkeys(build.gates.values(), 0)
        self._zero_s = 0.0
        super().__init__(changes, build)

    def settled(self, gate: str, now_ns: int, touched_ns: int, blocked: bool) -> None:  # noqa: ARG002
        """A terminal goes on air, once it is done with what it said before."""
        tries = int(self.rng.geometric(self._heard_share))
        start_ns = max(now_ns, self._free_ns[gate])
        took_s = self.AIR_S + (min(tries, self.TRIES) - 1) * self.AGAIN_S
        self._free_ns[gate] = start_ns + round(took_s * NS)
        if tries <= self.TRIES:
            self.plan(self._free_ns[gate], partial(self._received, gate, blocked))

    def _received(self, gate: str, blocked: bool, now_ns: int) -> None:
        ms = int((self.seconds(now_ns) - self._zero_s) * 1000) % (1 << 32)
        self._line(f"{gate};{ms};{0 if blocked else 1}", now_ns)

    def command(self, text: bytes, now_ns: int) -> None:
        """The receiver writes a line of commands back before it does them."""
        self._line(text.decode("ascii", "replace"), now_ns)
        for one in text.decode("ascii", "replace").split(";")[:-1]:
            if one == "local:get_version":
                self._line("Wifi-Controller-4.10", now_ns)
            elif one == "local:discover":
                self._line("terminals:" + "".join(f"{gate};" for gate in self.contacts), now_ns)
            elif one == "local:get_channel":
                self._line("0", now_ns)
            elif one == "local:reset_time":
                self._zero_s = self.seconds(now_ns)

    def _line(self, text: str, now_ns: int) -> None:
        self.line.send(text.encode() + b"\r\n", now_ns)


class ChronopicDevice(Device):
    """Chronojump's Chronopic: one input, binary, ticks of 8 µs since the edge before."""

    HOLD_S = 0.050  # swallows a sprinter's torso until the computer asks for less

    def __init__(self, changes: Sequence[Change], build: Build) -> None:
        """`build.gates` has one gate."""
        self._ticks = 0
        self._setting = False
        super().__init__(changes, build)

    def settled(self, gate: str, now_ns: int, touched_ns: int, blocked: bool) -> None:  # noqa: ARG002
        """The highest byte of the time stays at 255; the lower ones go on."""
        before, self._ticks = self._ticks, int(self.seconds(touched_ns) * 125_000)
        high, low = divmod(self._ticks - before, 1 << 16)
        since = min(high, 0xFF).to_bytes(1, "big") + low.to_bytes(2, "big")
        self.line.send(b"X" + bytes([blocked]) + since, now_ns)

    def heard(self, byte: int, now_ns: int) -> None:
        """Commands are single letters; only the debounce has a number behind it."""
        (contact,) = self.contacts.values()
        answers = {
            b"J": b"J",
            b"E": b"E" + bytes([contact.blocked]),
            b"a": str(contact.hold_ns // 10_000_000).encode()[:1],
            b"V": b"1.1",
        }
        if self._setting:
            contact.hold_ns, self._setting = byte * 10_000_000, False
        elif byte == ord("b"):
            self._setting = True
        else:
            self.line.send(answers.get(bytes([byte]), b"-1"), now_ns)


def clock_of_day(seconds: float, decimals: int) -> tuple[int, str, str]:
    """Days, hours, and ":mm:ss.fff" cut after so many decimals."""
    units = int(seconds * 10**decimals)
    whole, fraction = divmod(units, 10**decimals)
    days, of_day = divmod(whole, DAY_S)
    rest = f":{of_day // 60 % 60:02d}:{of_day % 60:02d}.{fraction:0{decimals}d}"
    return days, str(of_day // 3600), rest


class AlgeDevice(Device):
    """ALGE's Timy: impulses only, time of day in 1/10000 s; channels C0, C1 and so on."""

    HOLD_S = PHOTOCELL_S

    def __init__(self, changes: Sequence[Change], build: Build, *, dead_s: float = 0.0) -> None:
        """After an impulse a channel is blocked for `dead_s`."""
        self._dead_s, self._next_ns = dead_s, dict.fromkeys(build.gates.values(), 0)
        self._summed = False
        self._bib = 0
        super().__init__(changes, build)

    def settled(self, gate: str, now_ns: int, touched_ns: int, blocked: bool) -> None:
        """A break is an impulse; a beam that is clear again is none."""
        if not blocked or touched_ns < self._next_ns[gate]:
            return
        self._next_ns[gate] = touched_ns + round(self._dead_s * NS)
        self._bib += gate == "C0"
        _, hour, rest = clock_of_day(self.seconds(touched_ns), 4)
        text = f" {self._bib:04d} {gate}  {int(hour):02d}{rest} 00"
        if self._summed:
            total = sum(text.encode()) & 0xFF
            text += chr(0x30 + (total >> 4)) + chr(0x30 + (total & 0xF))
        self.line.send(text.encode() + b"\r", now_ns)

    def command(self, text: bytes, now_ns: int) -> None:
        """Say which make it is; sums on and off."""
        if text == b"NSF?":
            self.line.send(b"NSF TIMY\r", now_ns)
        elif text[:3] == b"CHK":
            self._summed = text == b"CHK1"


class TagHeuerDevice(Device):
    """TAG Heuer's CP 545: impulses only, time of day in 1/100000 s, each channel counted."""

    HOLD_S = PHOTOCELL_S

    def __init__(self, changes: Sequence[Change], build: Build, *, summed: bool = True) -> None:
        """Frames end with their sum where `summed`."""
        self._summed = summed
        self._counts = dict.fromkeys(build.gates.values(), 0)
        super().__init__(changes, build)

    def settled(self, gate: str, now_ns: int, touched_ns: int, blocked: bool) -> None:
        """A break is an impulse."""
        if blocked:
            self._counts[gate] = self._counts[gate] % 9999 + 1
            days, hour, rest = clock_of_day(self.seconds(touched_ns), 5)
            count = self._counts[gate]
            self._frame(f"TN      {count:>4} {gate:>2} {hour:>2}{rest} {days:>5}", now_ns)

    def command(self, text: bytes, now_ns: int) -> None:
        """Say its number and make."""
        if text == b"#SN":
            self._frame("SN 04811 CP545 VB10", now_ns)

    def _frame(self, text: str, now_ns: int) -> None:
        total = f"\t{sum(text.encode()) & 0xFFFF:04X}" if self._summed else ""
        self.line.send(f"{text}{total}\r\n".encode(), now_ns)


@dataclass(frozen=True)
class Form:
    """How a maker at home lets his gate speak.

    Attributes:
        line: A format with any of `gate`, `state`, `ticks`, `seconds` and `sequence`.
        ticks_per_s: Of its clock.
        states: What it says for a beam that is broken and one that is clear; "" says nothing.
        wrap_ticks: Its count starts again.
    """

    line: str = "T {gate} {ticks} {sequence}"
    ticks_per_s: float = 1000.0
    states: tuple[str, str] = ("1", "")
    wrap_ticks: int = 1 << 32


RALLYX = Form()
"""LateralGs/rallyx_timing_scoring: breaks only, ms."""
BOTH_EDGES = Form("{gate}\t{state}\t{seconds:.6f}", 1e6, ("1", "0"))
"""In the manner of Open Science DAC: both edges, µs."""

EXAMPLE = Form("{state} {gate} {ticks} {sequence}", states=("T", "C"))
"""As `hardware/gates/example.toml` describes: both edges, ms."""


class GenericDevice(Device):
    """A gate with a line format of its own."""

    HOLD_S = 0.002

    def __init__(self, changes: Sequence[Change], build: Build, *, form: Form = RALLYX) -> None:
        """It speaks by `form`."""
        self._form, self._sequence = form, 0
        super().__init__(changes, build)

    def settled(self, gate: str, now_ns: int, touched_ns: int, blocked: bool) -> None:
        """One line a change, where its form has a word for it."""
        state = self._form.states[0 if blocked else 1]
        if state:
            self._sequence += 1
            ticks = int(self.seconds(touched_ns) * self._form.ticks_per_s) % self._form.wrap_ticks
            text = self._form.line.format(
                gate=gate,
                state=state,
                ticks=ticks,
                seconds=ticks / self._form.ticks_per_s,
                sequence=self._sequence,
            )
            self.line.send(text.encode() + b"\n", now_ns)
