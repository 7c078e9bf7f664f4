"""Lights that are switched before a camera, drawn row by row, and what two cameras make of them."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest

from calibration.camera_sync import CameraSync, dump, load_sync, save_sync
from calibration.flashes import Edge, FlashWatch
from calibration.same_flashes import SHUTTER_SD_S, together
from hardware.errors import StationError

ROWS, COLUMNS = 45, 80
READOUT_S, EXPOSURE_S = 0.012, 0.002
ROW_S = READOUT_S / ROWS
FPS = 60.0
SLACK_S = 0.0004
"""Of an edge beyond what it says: half a row of cells, and noise."""
ON_OFF = [(1.0, 1.3), (1.713, 2.04), (2.5, 2.91)]


def seen(
    on_off: list[tuple[float, float]],
    *,
    rows: slice = slice(20, 21),
    columns: slice = slice(30, 32),
    levels: float = 60.0,
    fps: float = FPS,
    until_s: float = 3.5,
    passer_mps: float | None = None,
    seed: int = 1,
) -> list[Edge]:
    """What a camera sees of a light in some cells, and of a runner, so many cells a second."""
    rng = np.random.default_rng(seed)
    watch = FlashWatch(ROW_S, ROW_S / 2)
    still = rng.uniform(40, 160, (ROWS, COLUMNS))
    for at_s in np.arange(0, until_s, 1 / fps):
        exposed_s = at_s + ROW_S * (np.arange(ROWS) + 0.5)
        lit = np.zeros(ROWS)
        for on_s, off_s in on_off:
            begun_s = np.maximum(exposed_s - EXPOSURE_S / 2, on_s)
            lit += np.clip(np.minimum(exposed_s + EXPOSURE_S / 2, off_s) - begun_s, 0, None)
        cells = still + rng.normal(0, 0.5, still.shape)
        cells[rows, columns] += levels * (lit / EXPOSURE_S)[rows, None]
        if passer_mps is not None:
            middle = -10 + passer_mps * at_s
            along = np.arange(COLUMNS)
            body = np.clip(2.5 - np.abs(along - middle), 0, 1)
            foot = np.clip(2 - np.abs(along - 6 * np.round(middle / 6)), 0, 1)
            cells[8:30] += 70 * body
            cells[30:34] -= 50 * foot
        watch.feed(at_s, cells.astype(np.float32))
    return watch.finish()


def true_edges(on_off: list[tuple[float, float]]) -> list[float]:
    return [at_s for both in on_off for at_s in both]


@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_a_torch_is_switched_between_two_pictures_of_its_few_cells(fps):
    found = seen(ON_OFF, fps=fps)
    assert [edge.change for edge in found] == ["on", "off"] * 3
    for edge, true_s in zip(found, true_edges(ON_OFF), strict=True):
        assert abs(edge.at_s - true_s) <= edge.within_s + SLACK_S
        assert edge.within_s < 0.51 / fps


def test_a_light_on_many_rows_is_told_to_a_row():
    everywhere = {"rows": slice(None), "columns": slice(None), "levels": 40.0}
    inside = [(1.0 + 0.003, 1.3 + 0.004)]  # while rows are read out
    for edge, true_s in zip(seen(inside, **everywhere), true_edges(inside), strict=True):
        assert edge.within_s < EXPOSURE_S
        assert abs(edge.at_s - true_s) <= edge.within_s + SLACK_S


def test_a_flash_lights_the_rows_that_are_exposed_and_their_middle_is_its_instant():
    flash = [(1.0 + 0.0055, 1.0 + 0.0060)]
    (edge,) = seen(flash, rows=slice(None), columns=slice(10, 60), levels=200.0)
    assert edge.change == "flash"
    assert abs(edge.at_s - 1.00575) <= edge.within_s + SLACK_S
    assert edge.within_s < EXPOSURE_S


def test_whoever_runs_past_is_no_light():
    assert seen([], passer_mps=40.0) == []
    assert len(seen(ON_OFF[:1], rows=slice(2, 3), columns=slice(70, 72), passer_mps=20.0)) == 2


def test_a_dim_change_and_a_slow_one_are_none():
    assert seen(ON_OFF, levels=8.0) == []
    assert seen([]) == []


def switched(
    rng: np.random.Generator, edges: int, within_s: float, offset_s: float, gain: float
) -> tuple[list[Edge], list[Edge]]:
    """Switched unevenly; each camera knows when to its own interval."""
    true_s = np.cumsum(rng.uniform(0.25, 0.7, edges))
    both: tuple[list[Edge], list[Edge]] = ([], [])
    for edges_of, clock_s in zip(both, (true_s, true_s * (1 + gain) + offset_s), strict=True):
        for number, at_s in enumerate(clock_s):
            off_s = rng.uniform(-within_s, within_s)
            edges_of.append(Edge(at_s + off_s, within_s, ("on", "off")[number % 2], 300.0))
    return both


NAMES = ("a.mp4", "b.mp4")
GAIN_SD = 30e-6


def test_the_offset_is_known_as_well_as_it_is_said_and_the_better_the_more_flashes():
    rng = np.random.default_rng(5)
    said = {}
    for edges in (12, 48):
        scores = []
        for _ in range(40):
            offset_s, gain = rng.uniform(-20, 20), GAIN_SD * rng.standard_normal()
            ours, theirs = switched(rng, edges, 1 / 120, offset_s, gain)
            found = together(ours, theirs, names=NAMES, gain_sd=GAIN_SD)
            true_s = (found.at_s - offset_s) * gain / (1 + gain) + offset_s
            scores.append((found.offset_s - true_s) / found.offset_sd_s)
            assert found.edges == edges
        said[edges] = found.offset_sd_s
        assert 0.6 < np.sqrt(np.mean(np.square(scores))) < 1.3
    assert said[48] < 0.7 * said[12]
    assert said[48] >= SHUTTER_SD_S


def test_flashes_at_both_ends_tell_how_the_rates_differ():
    rng = np.random.default_rng(6)
    gain = 55e-6
    ours, theirs = switched(rng, 20, 0.004, 3.0, gain)
    later = [
        [Edge(one.at_s + after_s, one.within_s, one.change, one.strength) for one in edges]
        for edges, after_s in ((ours, 600.0), (theirs, 600.0 * (1 + gain)))
    ]
    once = together(ours, theirs, names=NAMES, gain_sd=GAIN_SD)
    twice = together([*ours, *later[0]], [*theirs, *later[1]], names=NAMES, gain_sd=GAIN_SD)
    assert abs(twice.gain - gain) < 3 * twice.gain_sd
    assert twice.gain_sd < once.gain_sd / 5


def test_what_one_camera_missed_or_saw_besides_does_not_mislead():
    rng = np.random.default_rng(8)
    ours, theirs = switched(rng, 16, 0.005, 7.0, 0.0)
    strangers = [Edge(at_s, 0.005, "on", 90.0) for at_s in rng.uniform(0, 20, 6)]
    found = together(
        sorted([*ours[3:], *strangers], key=lambda edge: edge.at_s),
        theirs[:-2],
        names=NAMES,
        gain_sd=GAIN_SD,
    )
    assert abs(found.offset_s - 7.0) < 3 * found.offset_sd_s
    assert found.edges >= 11


def test_no_flash_one_flash_and_an_even_beat_are_refused():
    lone = Edge(1.0, 0.005, "on", 300.0)
    with pytest.raises(StationError, match=r"b.mp4 shows no flash; switch a torch on and off"):
        together([lone], [], names=NAMES, gain_sd=GAIN_SD)
    with pytest.raises(StationError, match="no two changes of light in common"):
        together([lone], [lone], names=NAMES, gain_sd=GAIN_SD)
    beat = [Edge(float(n), 0.005, "on", 300.0) for n in range(9)]
    for theirs in (beat[:-1], beat):  # as many, too: a lamp may have blinked before both looked
        with pytest.raises(StationError, match="go together in two ways"):
            together(beat, theirs, names=NAMES, gain_sd=GAIN_SD)


@pytest.mark.parametrize("edges", [6, 10, 40])
@pytest.mark.parametrize("late_s", [0.0, 0.9, 3.9])
def test_a_lamp_that_blinks_by_itself_is_no_flash_to_go_by(edges: int, late_s: float) -> None:
    rng = np.random.default_rng(edges)
    both = []
    for begun_s in (0.0, late_s):
        first = int(np.ceil(begun_s / 0.5))
        both.append(
            [
                Edge(
                    n * 0.5 - begun_s + rng.uniform(-0.006, 0.006),
                    0.008,
                    ("on", "off")[n % 2],
                    300.0,
                )
                for n in range(first, first + edges)
            ]
        )
    with pytest.raises(StationError, match=r"in two ways|at an even beat,|different lights"):
        together(*both, names=NAMES, gain_sd=GAIN_SD)


@pytest.mark.parametrize("edges", [12, 20])
@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_a_torch_by_hand_is_no_lamp_that_blinks(edges: int, fps: float) -> None:
    """It is never so even, however roughly each change is seen."""
    rng, refused = np.random.default_rng(edges), 0
    for _ in range(100):
        ours, theirs = switched(rng, edges, 0.5 / fps, 3.0, 0.0)
        try:
            together(ours, theirs, names=NAMES, gain_sd=GAIN_SD)
        except StationError:
            refused += 1
    assert refused <= 2


def by_hand(rng: np.random.Generator, flashes: int, later_s: float) -> list[Edge]:
    """A torch that is switched twice a second, as evenly as a hand can, as 30 Hz show it."""
    within_s = 1 / 60
    at_s = later_s + np.cumsum(rng.normal(0.5, 0.1, 2 * flashes))
    return [
        Edge(instant_s + rng.uniform(-within_s, within_s), within_s, ("on", "off")[n % 2], 300.0)
        for n, instant_s in enumerate(at_s)
    ]


@pytest.mark.parametrize("flashes", [(1, 1), (2, 2), (3, 3), (5, 5), (10, 10), (10, 4), (20, 20)])
@pytest.mark.parametrize("most_s", [None, 10.0])
def test_two_lights_that_have_nothing_to_do_with_each_other_are_not_the_same(
    flashes: tuple[int, int], most_s: float | None
) -> None:
    rng, taken = np.random.default_rng(flashes), 0
    for _ in range(100):
        both = [by_hand(rng, many, rng.uniform(0.0, 5.0)) for many in flashes]
        with suppress(StationError):
            together(*both, names=NAMES, gain_sd=GAIN_SD, most_s=most_s)
            taken += 1
    assert taken <= 4  # of 100 where one in a hundred is usual


def test_half_of_many_changes_that_suit_are_other_lights() -> None:
    """Of twenty flashes each, so many suit by chance: the more there are to choose from."""
    rng, taken = np.random.default_rng(1), 0
    for _ in range(150):
        both = []
        for _camera in range(2):
            at_s = rng.uniform(0.0, 5.0) + np.cumsum(rng.uniform(0.35, 0.8, 40))
            both.append([Edge(t, 1 / 60, ("on", "off")[n % 2], 50.0) for n, t in enumerate(at_s)])
        with suppress(StationError):
            together(*both, names=NAMES, gain_sd=GAIN_SD, most_s=10.0)
            taken += 1
    assert taken <= 1


def test_ten_flashes_by_hand_are_enough_though_each_camera_missed_some() -> None:
    rng, refused = np.random.default_rng(12), 0
    for seed in range(100):
        both = [by_hand(np.random.default_rng(seed), 10, later_s) for later_s in (0.0, 3.0)]
        seen_by = [[edge for edge in edges if rng.random() > 0.05] for edges in both]
        try:
            found = together(*seen_by, names=NAMES, gain_sd=GAIN_SD)
        except StationError:
            refused += 1
        else:
            assert abs(found.offset_s - 3.0) < 4 * found.offset_sd_s
    assert refused <= 5


def test_cameras_that_show_the_same_moment_are_not_apart_by_minutes():
    rng = np.random.default_rng(9)
    ours, theirs = switched(rng, 10, 0.005, 400.0, 0.0)
    together(ours, theirs, names=NAMES, gain_sd=GAIN_SD)
    with pytest.raises(StationError, match="in common"):
        together(ours, theirs, names=NAMES, gain_sd=GAIN_SD, most_s=10.0)


SYNC = CameraSync("recordings", "a.mp4", "b.mp4", 0.25, 0.001, 100.0, 2e-5, 1e-5, 12)


def test_an_instant_is_put_on_the_other_clock_the_less_surely_the_longer_ago_the_flashes_were():
    at_s, sd_s = SYNC.on_first(100.0)
    assert (at_s, sd_s) == (99.75, 0.001)
    later_s, later_sd_s = SYNC.on_first(700.0)
    assert later_s == pytest.approx(699.75 - 600 * 2e-5)
    assert later_sd_s == pytest.approx(np.hypot(0.001, 600 * 1e-5))
    back_s, _ = SYNC.swapped.on_first(later_s)
    assert back_s == pytest.approx(700.0, abs=1e-6)
    assert SYNC.played(50.0).on_first(150.0) == (149.75, 0.001)


def test_it_is_kept_and_read_again(tmp_path):
    path = tmp_path / "sync.toml"
    save_sync(SYNC, path)
    kept = load_sync(path)
    assert kept.on_first(300.0) == pytest.approx(SYNC.on_first(300.0), abs=1e-9)
    assert (kept.first, kept.second, kept.clock, kept.flashes) == (
        "a.mp4",
        "b.mp4",
        "recordings",
        12,
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version = 1", "version = 2", "version is 2"),
        ("offset_ms = 250.0", "offset_ms = nan", "not finite"),
        ("offset_sd_ms = 1.0", "offset_sd_ms = -1.0", "negative"),
        ('clock = "recordings"', 'clock = "sundial"', "sundial|clock"),
        ("flashes = 12", "flashes = 12\nwhat = 1", "unknown key, what"),
        ("flashes = 12", "flashes = [", "does not say how two clocks go"),
    ],
)
def test_a_file_that_does_not_say_it_is_one_line(tmp_path, old, new, said):
    path = tmp_path / "sync.toml"
    assert old in dump(SYNC)
    path.write_text(dump(SYNC).replace(old, new))
    with pytest.raises(StationError, match=said) as raised:
        load_sync(path)
    assert "\n" not in str(raised.value)
    assert "station sync-cameras" in str(raised.value)


def test_a_missing_file_names_the_command(tmp_path):
    with pytest.raises(StationError, match="station sync-cameras A B"):
        load_sync(tmp_path / "none.toml")
