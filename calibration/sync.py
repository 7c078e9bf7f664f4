"""Device ticks → instants of the station: offset, rate and their uncertainty (pure).

It decides how far a device's clock can be trusted, from its data sheet and from what has come so
far: it never looks ahead, so a recording gives the instants that the live line gave. It knows no
gate and no protocol's bytes.

A rate starts as the data sheet's and moves only as far as readings outweigh it. Where the device
answers pings, the quickest round trip of every few seconds is a reading; where it does not, the
promptest arrival is: what comes late was held up on its way, nothing comes early.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import hypot, sqrt
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from hardware.gates.protocol import Protocol
from hardware.readings import BeamEdge, GateReading, Heartbeat, RoundTrip

WINDOW_S = 5.0  # of so much time the promptest reading is kept
MEMORY_S = 900.0  # a resonator's rate wanders with the sun on it;
PINGED_MEMORY_S = 120.0  # the fresher, the better, where readings are never scarce
HELD_UP_S, HELD_UP_FREEDOM = 0.010, 2.0  # scatter of arrivals before it is seen, and its weight
STALLED_S = 0.04  # so late, an arrival is doubted
WANDER = 5e-6  # relative: what a rate moves within a session, whatever the fit says
ON_THE_WIRE_S = 0.002  # the least delay of a serial line: its driver, its hub, its buffer
RESTARTED_S = 1.0  # ticks that jump so far belong to another start of the device,
ASLEEP_S = 60.0  # or came so late: what a computer that slept finds in its buffers is not so old
LOOSE_SD, CONTRADICTED = 0.02, 4.0  # a rate held by nothing; so many sd off, a data sheet is wrong
EXACT_S = 1e-4  # a round trip is never better known


@dataclass(frozen=True, slots=True)
class Stamp:
    """An edge's time on its device's clock, counted on where the ticks wrapped.

    Attributes:
        device_s: Seconds by the nominal rate.
        epoch: Stamps of different epochs cannot be compared.
        arrival_ns: When the edge was read, station time.
        sigma_s: One standard deviation of the stamp about the edge.
    """

    device_s: float
    epoch: int
    arrival_ns: int
    sigma_s: float


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment of station time.

    Attributes:
        ns: Station time.
        sigma_s: One standard deviation of it.
        source: Whose clock stamped it.
    """

    ns: int
    sigma_s: float
    source: Literal["device", "host"]


@dataclass(frozen=True, slots=True)
class Span:
    """Time between two stamps.

    Attributes:
        took_s: Seconds of station time.
        sigma_s: One standard deviation of it.
    """

    took_s: float
    sigma_s: float


@dataclass(slots=True)
class _Reading:
    """Station time beside device time; the delay tells the better of two."""

    window: int
    device_s: float
    ahead_s: float  # station time less device time
    delay_s: float


@dataclass(frozen=True, slots=True)
class _Prior:
    """What is known of a rate's error before any reading."""

    rate: float
    sd: float


@dataclass(frozen=True, slots=True)
class _Line:
    """Station time less device time, as a straight line over device time."""

    middle_s: float
    ahead_s: float
    rate: float
    ahead_sd_s: float
    rate_sd: float

    def at(self, device_s: float) -> tuple[float, float]:
        """Value and its standard deviation."""
        lever_s = device_s - self.middle_s
        return (
            self.ahead_s + self.rate * lever_s,
            hypot(self.ahead_sd_s, self.rate_sd * lever_s),
        )


class DeviceClock:
    """One device's clock, as far as it is known yet."""

    def __init__(
        self,
        stamped_by: Literal["device", "host"],
        ticks_per_s: float | None,
        wrap_ticks: int | None,
        rate_tolerance: float,
    ) -> None:
        """Start with the data sheet alone.

        Args:
            stamped_by: Whose ticks they are; a host's ticks are station time already.
            ticks_per_s: Nominal, None where nothing is stamped but on arrival.
            wrap_ticks: The ticks start again after so many, None where they do not.
            rate_tolerance: Largest relative error of the rate by its data sheet.
        """
        self._source: Literal["device", "host"] = "host" if ticks_per_s is None else stamped_by
        self._ticks_per_s = ticks_per_s or 1e9
        self._wrap_ticks = wrap_ticks
        self._prior = _Prior(0.0, rate_tolerance / 1.8)  # its bounds lie just inside 95 %
        self._tolerance = rate_tolerance
        self._epoch: tuple[int, int] = (0, 0)
        self._epochs = 0
        self._last: tuple[int, int] | None = None  # ticks counted on, arrival
        self._prompt = (0.0, 0)  # station time less device time of the last that was not late
        self._late = False
        self._highest_sequence: int | None = None
        self._readings: deque[_Reading] = deque()
        self._pinged = False
        self._line: _Line | None = None

    @classmethod
    def of(cls, protocol: Protocol) -> Self:
        """The clock of a device that speaks so, known by its data sheet alone."""
        return cls(
            protocol.stamped_by,
            protocol.ticks_per_s,
            protocol.wrap_ticks,
            protocol.rate_tolerance,
        )

    def take(self, reading: GateReading) -> Stamp | None:
        """Learn from a reading.

        Returns:
            An edge's stamp; None for any other reading.
        """
        if isinstance(reading, RoundTrip) and self._source == "device":
            self._ping(reading)
        elif isinstance(reading, Heartbeat) and reading.device_ticks is not None:
            self._arrived(reading.device_ticks, reading.arrival_ns, reading.epoch)
        elif isinstance(reading, BeamEdge):
            return self._stamp(reading)
        return None

    def instant(self, stamp: Stamp) -> Instant:
        """When it was, station time."""
        if self._source == "host":
            return Instant(round(stamp.device_s * 1e9), stamp.sigma_s, "host")
        if stamp.epoch != self._epochs or (line := self._fitted()) is None:
            return Instant(stamp.arrival_ns, hypot(stamp.sigma_s, HELD_UP_S), "device")
        ahead_s, sd_s = line.at(stamp.device_s)
        delay_s = 0.0 if self._pinged else ON_THE_WIRE_S
        sigma_s = sqrt(stamp.sigma_s**2 + sd_s**2 + delay_s**2)
        return Instant(round((stamp.device_s + ahead_s - delay_s) * 1e9), sigma_s, "device")

    def span(self, first: Stamp, last: Stamp) -> Span | None:
        """Time between two stamps of this clock; None where they are of different epochs."""
        if first.epoch != last.epoch:
            return None
        device_s = last.device_s - first.device_s
        rate, rate_sd = self._prior.rate, self._prior.sd
        if self._source == "host":
            rate_sd = 0.0
        elif last.epoch == self._epochs and (line := self._fitted()) is not None:
            rate, rate_sd = line.rate, line.rate_sd
        sigma_s = sqrt(first.sigma_s**2 + last.sigma_s**2 + (device_s * rate_sd) ** 2)
        return Span(device_s * (1 + rate), sigma_s)

    def doubt_s(self, took_s: float, *, alone: bool) -> float:
        """What this clock leaves unknown of a time, as far as it is known now, one sd.

        Args:
            took_s: The time.
            alone: Whether both its ends are stamped by this clock.
        """
        if self._source == "host":
            return 0.0
        line = self._fitted()
        rate_sd = self._prior.sd if line is None else line.rate_sd
        ahead_sd_s = HELD_UP_S if line is None else line.ahead_sd_s
        return took_s * rate_sd if alone else hypot(ahead_sd_s, took_s * rate_sd)

    def _stamp(self, edge: BeamEdge) -> Stamp:
        if edge.device_ticks is None:
            return Stamp(edge.arrival_ns * 1e-9, 0, edge.arrival_ns, edge.stamp_sigma_s)
        if self._source == "host":
            device_s = edge.device_ticks / self._ticks_per_s
            return Stamp(device_s, 0, edge.arrival_ns, edge.stamp_sigma_s)
        highest = self._highest_sequence
        if self._is_again(edge):
            device_s = self._counted_on(edge.device_ticks, edge.arrival_ns) / self._ticks_per_s
        else:
            device_s = self._arrived(edge.device_ticks, edge.arrival_ns, edge.epoch)
            highest = edge.sequence
        self._highest_sequence = highest
        return Stamp(device_s, self._epochs, edge.arrival_ns, edge.stamp_sigma_s)

    def _is_again(self, edge: BeamEdge) -> bool:
        """Whether it was asked for again, so that its arrival tells nothing."""
        if edge.sequence is None or self._highest_sequence is None:
            return False
        return edge.epoch == self._epoch[0] and 0 < (self._highest_sequence - edge.sequence) < 1000

    def _arrived(self, ticks: int, arrival_ns: int, epoch: int) -> float:
        """Learn from an arrival; returns device seconds."""
        counted = self._follow(ticks, arrival_ns, epoch)
        device_s = counted / self._ticks_per_s
        if not self._pinged and not self._late:
            ahead_s = arrival_ns * 1e-9 - device_s
            self._keep(_Reading(int(arrival_ns * 1e-9 // WINDOW_S), device_s, ahead_s, ahead_s))
        return device_s

    def _ping(self, trip: RoundTrip) -> None:
        counted = self._follow(trip.answered_ticks, trip.arrival_ns, trip.epoch)
        if not self._pinged:  # from the first answer on, arrivals alone tell less
            self._readings.clear()
            self._pinged = True
        held_s = (trip.answered_ticks - trip.received_ticks) / self._ticks_per_s
        delay_s = max((trip.arrival_ns - trip.sent_ns) * 1e-9 - held_s, 0.0)
        device_s = counted / self._ticks_per_s - held_s / 2
        station_s = (trip.sent_ns + trip.arrival_ns) * 0.5e-9
        window = int(trip.arrival_ns * 1e-9 // WINDOW_S)
        self._keep(_Reading(window, device_s, station_s - device_s, delay_s))

    def _keep(self, reading: _Reading) -> None:
        last = self._readings[-1] if self._readings else None
        if last is None or last.window != reading.window:
            self._readings.append(reading)
        elif reading.delay_s < last.delay_s:
            self._readings[-1] = reading
        else:
            return
        memory_s = PINGED_MEMORY_S if self._pinged else MEMORY_S
        while reading.device_s - self._readings[0].device_s > memory_s:
            self._readings.popleft()
        self._line = None

    def _follow(self, ticks: int, arrival_ns: int, epoch: int) -> int:
        """Ticks counted on over wraps; begins anew where the device did."""
        counted = self._counted_on(ticks, arrival_ns)
        ahead_s = arrival_ns * 1e-9 - counted / self._ticks_per_s
        self._late = False
        if self._last is not None:
            since_s = (arrival_ns - self._prompt[1]) * 1e-9
            allowed_s = RESTARTED_S + 2 * self._tolerance * since_s
            late_s = ahead_s - self._prompt[0]
            back_s = (self._last[0] - counted) / self._ticks_per_s
            self._late = late_s > allowed_s  # the computer was busy, or asleep
            restarted = epoch != self._epoch[0] or late_s < -allowed_s
            if restarted or max(back_s, late_s - ASLEEP_S) > allowed_s:
                if (line := self._fitted()) is not None:  # it goes on at the rate it had
                    self._prior = _Prior(line.rate, line.rate_sd)
                self._epochs += 1
                self._readings.clear()
                self._line = None
                self._highest_sequence = None
                self._late = False
                counted = ticks
                ahead_s = arrival_ns * 1e-9 - counted / self._ticks_per_s
        if not self._late:
            self._prompt = (ahead_s, arrival_ns)
        self._epoch = (epoch, self._epochs)
        self._last = (counted, arrival_ns)
        return counted

    def _counted_on(self, ticks: int, arrival_ns: int) -> int:
        if self._last is None or self._wrap_ticks is None:
            return ticks
        last, last_ns = self._last
        expected = last + (arrival_ns - last_ns) * 1e-9 * self._ticks_per_s
        return ticks + self._wrap_ticks * round((expected - ticks) / self._wrap_ticks)

    def _fitted(self) -> _Line | None:
        if self._line is None and self._readings:
            self._line = _fit(list(self._readings), self._prior, self._pinged)
        return self._line


def _fit(readings: list[_Reading], prior: _Prior, pinged: bool) -> _Line:
    """A line through the best readings, its slope held by the data sheet as far as that goes."""
    free = _held(readings, _Prior(0.0, LOOSE_SD), pinged)
    if abs(free.rate - prior.rate) > CONTRADICTED * hypot(free.rate_sd, prior.sd):
        return free  # whatever the data sheet says, this clock is another
    return _held(readings, prior, pinged)


def _held(readings: list[_Reading], prior: _Prior, pinged: bool) -> _Line:
    """The line with the slope held so far."""
    device_s = np.array([reading.device_s for reading in readings])
    ahead_s = np.array([reading.ahead_s for reading in readings])
    if pinged:  # the truth lies anywhere within half the round trip
        delay_s = np.array([reading.delay_s for reading in readings])
        sd_s = np.maximum(delay_s / sqrt(12), EXACT_S)
        return _line(device_s, ahead_s, sd_s, prior)
    scatter_s, doubt = HELD_UP_S, np.ones_like(ahead_s)
    for _ in range(6):
        line = _line(device_s, ahead_s, scatter_s * doubt, prior)
        left_s = ahead_s - line.ahead_s - line.rate * (device_s - line.middle_s)
        # A computer that was busy for half a second made one late that says next to nothing.
        delay_s = left_s - np.min(left_s)
        doubt = np.hypot(1.0, delay_s / STALLED_S)
        squares = HELD_UP_FREEDOM * HELD_UP_S**2 + float(np.sum((left_s / doubt) ** 2))
        scatter_s = sqrt(squares / (HELD_UP_FREEDOM + max(len(readings) - 2, 0)))
    lowest_s = float(np.min(left_s))  # nothing comes early: the line lies under all
    return _Line(line.middle_s, line.ahead_s + lowest_s, line.rate, line.ahead_sd_s, line.rate_sd)


def _line(
    device_s: NDArray[np.float64],
    ahead_s: NDArray[np.float64],
    sd_s: NDArray[np.float64],
    prior: _Prior,
) -> _Line:
    weight = sd_s**-2
    middle_s = float(np.average(device_s, weights=weight))
    mean_s = float(np.average(ahead_s, weights=weight))
    lever_s = device_s - middle_s
    held = max(prior.sd, 1e-12) ** -2
    information = float(np.sum(weight * lever_s**2)) + held
    rate = (float(np.sum(weight * lever_s * (ahead_s - mean_s))) + held * prior.rate) / information
    return _Line(
        middle_s,
        mean_s,
        rate,
        float(np.sum(weight)) ** -0.5,
        hypot(information**-0.5, min(WANDER, prior.sd)),
    )
