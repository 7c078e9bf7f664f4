"""Device ticks and arrivals in, instants out: what is said of a clock is held against its truth."""

import numpy as np
import pytest

from calibration.sync import DeviceClock
from hardware.readings import BeamEdge, Heartbeat, RoundTrip

NS = 1_000_000_000
FLY_S = 3.0
WITHIN_S = 0.001
"""By so much the clock may bias a 3 s fly, once it is warm."""
WARM_S = 60.0
COVERED = 0.93
TRIALS = 60
WIRE_S = 0.0005
"""The least that a line holds a byte up."""

JITTERS = {
    "none": lambda rng, most_s: 0.0,
    "uniform": lambda rng, most_s: rng.uniform(0, most_s),
    "exponential": lambda rng, most_s: min(rng.exponential(most_s / 3), 2 * most_s),
    "gaussian": lambda rng, most_s: abs(rng.normal(0, most_s / 2)),
}


class Device:
    """A clock that is wrong, a line that is late, and what the station makes of them."""

    def __init__(
        self, seed, *, jitter="uniform", most_s=0.02, rate=None, wrap_ticks=None, sheet=0.005
    ):
        self.rng = np.random.default_rng(seed)
        self.rate = float(self.rng.uniform(-0.005, 0.005)) if rate is None else rate
        self.zero_s = float(self.rng.uniform(0, 1e4))
        self.wrap_ticks = wrap_ticks
        self.epoch = self.edges = 0
        self.late_s = lambda: WIRE_S + JITTERS[jitter](self.rng, most_s)
        self.clock = DeviceClock("device", 1e6, wrap_ticks, sheet)

    def ticks(self, at_s):
        ticks = round((self.zero_s + at_s * (1 + self.rate)) * 1e6)
        return ticks % self.wrap_ticks if self.wrap_ticks else ticks

    def edge(self, at_s, late_s=None, sequence=None):
        arrival_ns = round((at_s + (self.late_s() if late_s is None else late_s)) * NS)
        return self.clock.take(
            BeamEdge("1", True, self.ticks(at_s), arrival_ns, 1e-6, self.epoch, sequence)
        )

    def beat(self, at_s):
        arrival_ns = round((at_s + self.late_s()) * NS)
        self.clock.take(Heartbeat(arrival_ns, self.ticks(at_s), (), self.epoch))

    def ping(self, at_s, held_s=0.0003):
        heard_s = at_s + self.late_s()
        answered_s = heard_s + held_s
        back_s = answered_s + self.late_s()
        self.clock.take(
            RoundTrip(
                round(at_s * NS), self.ticks(heard_s), self.ticks(answered_s), round(back_s * NS),
                self.epoch,
            )
        )  # fmt: skip
        return back_s

    def pings(self, since_s, until_s):
        """As FGP/1 does: bursts of eight, at first every 2 s, then every 10 s."""
        at_s, bursts = since_s, 0
        while at_s < until_s:
            begun_s, bursts = at_s, bursts + 1
            for _ in range(8):
                at_s = self.ping(at_s) + 0.001
            at_s = max(at_s, begun_s + (2 if bursts <= 5 else 10))

    def edges_every(self, every_s, since_s, until_s):
        at_s = since_s
        while at_s < until_s:
            self.edge(at_s)
            at_s += every_s * float(self.rng.uniform(0.5, 1.5))
        self.edge(until_s)

    def fly(self, at_s):
        """Errors of a 3 s fly and of its end's instant, each with what is said of it."""
        first, last = self.edge(at_s), self.edge(at_s + FLY_S)
        span, instant = self.clock.span(first, last), self.clock.instant(last)
        instant_error_s = instant.ns * 1e-9 - at_s - FLY_S
        return span.took_s - FLY_S, span.sigma_s, instant_error_s, instant.sigma_s


def flies(warmed, seeds=TRIALS, **kind):
    """What many devices make of a fly after `warmed` has been done to each."""
    found = []
    for seed in range(seeds):
        device = Device(seed, **kind)
        found.append(device.fly(warmed(device)))
    return np.array(found).T


def covered(error_s, sigma_s):
    return np.mean(np.abs(error_s) < 1.96 * sigma_s)


def pinged_for(seconds):
    def warmed(device):
        device.pings(100.0, 100.0 + seconds)
        return 101.0 + seconds

    return warmed


def heard_for(seconds, every_s):
    def warmed(device):
        device.edges_every(every_s, 100.0, 100.0 + seconds)
        return 101.0 + seconds

    return warmed


@pytest.mark.parametrize("most_s", [0.002, 0.02])
@pytest.mark.parametrize("jitter", list(JITTERS))
def test_a_minute_of_pings_tells_the_rate(jitter, most_s):
    error_s, sigma_s, instant_s, instant_sigma_s = flies(
        pinged_for(WARM_S), jitter=jitter, most_s=most_s
    )
    assert np.max(np.abs(error_s)) < WITHIN_S
    assert np.max(sigma_s) < WITHIN_S / 2  # and it is known to be told
    assert covered(error_s, sigma_s) >= COVERED
    assert covered(instant_s, instant_sigma_s) >= COVERED
    assert np.max(np.abs(instant_s)) < most_s / 2 + 1e-4


@pytest.mark.parametrize("every_s", [1.0, 6.0])
@pytest.mark.parametrize("jitter", list(JITTERS))
def test_edges_that_span_a_minute_tell_it_too(jitter, every_s):
    error_s, sigma_s, instant_s, instant_sigma_s = flies(heard_for(WARM_S, every_s), jitter=jitter)
    assert np.max(np.abs(error_s)) < WITHIN_S
    assert np.max(sigma_s) < WITHIN_S
    assert covered(error_s, sigma_s) >= COVERED
    assert covered(instant_s, instant_sigma_s) >= COVERED


@pytest.mark.parametrize(
    "warmed", [pinged_for(1), pinged_for(8), heard_for(1, 1), heard_for(15, 4)]
)
def test_before_that_the_sigma_says_so(warmed):
    error_s, sigma_s, instant_s, instant_sigma_s = flies(warmed)
    assert np.max(np.abs(error_s)) > WITHIN_S  # else nothing is tested
    assert covered(error_s, sigma_s) >= COVERED
    assert covered(instant_s, instant_sigma_s) >= COVERED


def test_a_data_sheet_is_all_that_is_known_at_first():
    device = Device(1)
    first, last = device.edge(100.0), device.edge(103.0)
    assert device.clock.span(first, last).sigma_s == pytest.approx(0.0025 * FLY_S, rel=0.2)


@pytest.mark.parametrize("warmed", [pinged_for(WARM_S), heard_for(WARM_S, 2.0)])
@pytest.mark.parametrize(("rate", "sheet"), [(0.03, 0.005), (-0.03, 0.005), (0.003, 1e-5)])
def test_a_data_sheet_that_is_contradicted_is_not_believed(rate, sheet, warmed):
    error_s, *_ = flies(warmed, seeds=10, rate=rate, sheet=sheet)
    assert np.max(np.abs(error_s)) < WITHIN_S


def test_a_device_that_answers_late_but_says_so_is_none_the_worse():
    device = Device(7, jitter="none")
    for step in range(30):
        device.ping(100.0 + 2 * step, held_s=0.2)
    _, _, instant_s, _ = device.fly(161.0)
    assert abs(instant_s) < 1e-4


def test_a_line_without_delay_is_not_believed_to_the_nanosecond():
    device = Device(7)
    device.late_s = lambda: 0.0
    for step in range(30):
        device.ping(100.0 + 2 * step)
    error_s, sigma_s, instant_s, instant_sigma_s = device.fly(161.0)
    assert abs(error_s) < 1e-5
    assert abs(instant_s) < 1e-5
    assert sigma_s > FLY_S * 4e-6  # a rate wanders
    assert instant_sigma_s > 4e-5


def test_arrivals_leave_the_least_delay_unknown():
    device = Device(7, jitter="none")
    device.edges_every(5.0, 100.0, 800.0)
    _, _, instant_s, instant_sigma_s = device.fly(801.0)
    assert -0.002 < instant_s < 0.0
    assert instant_sigma_s > 0.0015


def test_from_the_first_answer_on_arrivals_count_no_more():
    device = Device(7, jitter="none")
    for step in range(20):
        device.edge(100.0 + step, late_s=0.2)
    for step in range(5):
        device.ping(121.0 + step)
    _, _, instant_s, instant_sigma_s = device.fly(126.5)
    assert abs(instant_s) < 2 * instant_sigma_s < 0.05


def test_in_the_long_run_it_follows_a_rate_that_wanders():
    """A resonator in the sun: 30 millionths within half an hour."""
    device = Device(5, most_s=0.002)
    start = device.rate
    for minute in range(40):
        rate = start + 30e-6 * min(minute, 30) / 30
        at_s = 100.0 + 60 * minute
        device.zero_s += at_s * (device.rate - rate)  # what it shows goes on
        device.rate = rate
        device.pings(at_s, at_s + 59)
        error_s, _, instant_s, instant_sigma_s = device.fly(at_s + 56)
        assert abs(error_s) < WITHIN_S
        assert abs(instant_s) < min(0.001, 4 * instant_sigma_s)


def test_wraps_are_counted():
    """Ticks of 32 bits that start again after 71.6 min, in a fly and in silences between."""
    device = Device(2, wrap_ticks=1 << 32, most_s=0.002)
    device.zero_s = 4000.0
    device.edges_every(5.0, 0.0, 100.0)
    for wraps in (1, 2, 4):  # between them the device is silent for up to two wraps
        at_s = (wraps * (1 << 32) * 1e-6 - device.zero_s) / (1 + device.rate)
        assert device.ticks(at_s - 1.0) > device.ticks(at_s - 1.0 + FLY_S)
        error_s, sigma_s, *_ = device.fly(at_s - 1.0)
        assert abs(error_s) < 3 * sigma_s


def test_a_restart_begins_anew_and_keeps_the_rate():
    device = Device(3)
    device.pings(100.0, 160.0)
    before = device.edge(170.0)
    device.zero_s -= 5000.0
    device.epoch = 1
    after = device.edge(171.0)
    assert device.clock.span(before, after) is None
    error_s, sigma_s, *_ = device.fly(175.0)
    assert abs(error_s) < WITHIN_S
    assert sigma_s < WITHIN_S / 2


def test_a_restart_that_the_ticks_do_not_show_is_the_protocols_to_tell():
    device = Device(3)
    before = device.edge(100.0)
    device.epoch = 1
    assert device.clock.span(before, device.edge(103.0)) is None


def test_a_restart_that_the_protocol_did_not_see_is_seen():
    device = Device(3)
    device.edges_every(5.0, 100.0, 170.0)
    before = device.edge(172.0)
    device.zero_s -= 5000.0
    assert device.clock.span(before, device.edge(175.0)) is None


def test_a_clock_that_was_not_restarted_is_not_taken_for_one():
    """An hour of silence of a device whose rate is as far off as its sheet allows."""
    device = Device(3, rate=0.005)
    before = device.edge(100.0)
    span = device.clock.span(before, device.edge(3700.0))
    assert span is not None


def test_an_edge_sent_again_teaches_nothing_of_the_time():
    devices = Device(4), Device(4)
    for device in devices:
        for number in range(12):
            device.edge(100.0 + 5 * number, late_s=0.003, sequence=number)
    again = devices[1].edge(130.0, late_s=31.0, sequence=6)
    assert again.device_s == pytest.approx(devices[1].zero_s + 130 * (1 + devices[1].rate))
    one, other = (device.fly(165.0) for device in devices)
    assert one == other


def test_an_edge_that_came_late_is_placed_by_its_stamp_and_teaches_nothing():
    """Numbers 1 and 2 come after 9: they were lost on the line and asked for again."""
    device = Device(4, jitter="none")
    device.edges_every(1.0, 50.0, 90.0)
    for number in (0, 9):
        device.edge(100.0 + number, sequence=number)
    known = device.clock.instant(device.edge(110.0, sequence=10)).ns
    late = device.edge(101.0, late_s=9.5, sequence=1)
    assert device.clock.instant(late).ns == pytest.approx(known - 9 * NS, abs=0.002 * NS)


def test_heartbeats_teach_where_nothing_else_does():
    device = Device(6)
    for second in range(100, 170):
        device.beat(float(second))
    error_s, sigma_s, *_ = device.fly(171.0)
    assert abs(error_s) < WITHIN_S
    assert sigma_s < WITHIN_S / 2


def test_what_the_host_stamps_is_station_time():
    for clock in (DeviceClock("host", 1e9, None, 0.0), DeviceClock("device", None, None, 0.0)):
        stamps = [
            clock.take(BeamEdge("1", True, ticks, ticks + 5, 0.002))
            for ticks in (10 * NS, 13 * NS)
        ]  # fmt: skip
        span, instant = clock.span(*stamps), clock.instant(stamps[1])
        assert span.took_s == pytest.approx(3.0, abs=1e-8)
        assert span.sigma_s == pytest.approx(0.002 * 2**0.5)
        assert instant.source == "host"
        assert abs(instant.ns - 13 * NS) <= 5


def test_what_has_no_ticks_is_stamped_by_its_arrival():
    clock = DeviceClock("device", None, None, 0.005)
    stamp = clock.take(BeamEdge("1", True, None, 7 * NS, 0.004))
    assert clock.instant(stamp).ns == 7 * NS
    assert clock.instant(stamp).source == "host"


def test_two_devices_are_compared_on_station_time():
    """Each with a clock of its own, an hour apart; what is said of the span covers it."""
    error_s, sigma_s = [], []
    for seed in range(TRIALS):
        pair = Device(seed), Device(seed + 1000)
        for device in pair:
            device.pings(100.0, 160.0)
        first, last = (
            device.clock.instant(device.edge(161.0 + at_s))
            for device, at_s in zip(pair, (0.0, FLY_S), strict=True)
        )
        error_s.append((last.ns - first.ns) * 1e-9 - FLY_S)
        sigma_s.append(np.hypot(first.sigma_s, last.sigma_s))
    assert covered(np.array(error_s), np.array(sigma_s)) >= COVERED
    assert np.median(np.abs(error_s)) < 2 * WITHIN_S


def test_what_waited_while_the_computer_slept_is_late_and_no_restart():
    """Both edges of a run were in the buffer for 9 s; then all comes promptly again."""
    device = Device(5, rate=0.003)
    for at_s in range(1, 70):
        device.beat(float(at_s))
    first = device.edge(70.0)
    last = device.edge(70.0 + FLY_S, late_s=9.0)
    later = device.edge(90.0)
    span = device.clock.span(first, last)
    assert span.took_s == pytest.approx(FLY_S, abs=WITHIN_S)
    assert device.clock.span(last, later).took_s == pytest.approx(20.0 - FLY_S, abs=7 * WITHIN_S)


def test_one_arrival_that_a_busy_computer_held_up_for_half_a_second_says_little():
    device = Device(7, rate=0.003)
    device.edge(1.0, late_s=0.5)
    for at_s in (20.0, 20.03, 40.0, 40.03):
        device.edge(at_s)
    first, last = device.edge(60.0), device.edge(60.0 + FLY_S)
    span = device.clock.span(first, last)
    assert span.took_s == pytest.approx(FLY_S, abs=2 * WITHIN_S)
