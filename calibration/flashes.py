"""When a light was switched on or off before one camera, to a part of a frame (pure).

A torch that is switched on brightens a few cells of the picture at once, they stay so, and all
around them rests; of whoever runs past, a foot on the ground may rest, but never all of him. Each
row of the sensor is exposed a little later than the one above it, so where the change falls within
a picture says when it was: between the last row, or the last picture of the cells, that was still
as before and the first that was not. A flash of a camera lights the rows that are being exposed,
and their middle is its instant.

It decides what a flash is. It opens no file and knows no other camera.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.float32]
Change = Literal["on", "off", "flash"]

CELL_PX = 8  # a phone's torch at 20 m changes the mean of so small a cell
SIDE_S = 0.1  # a light stays as it was for so long before and after
LEAST_SIDE = 3  # pictures of it
BETWEEN = 3  # pictures in which it may change
LEAST_LEVELS = 12.0  # grey levels of a cell's mean
QUIET = 0.25  # of the change: what the cell may vary by itself before and after
FLASH_SHARE = 0.03  # of the cells that a camera's flash lights: a limb that swings past lights less
AROUND = 12  # cells about the light, in which nothing else moves:
RESTLESS = 0.5  # of the light's strength
MOST_LIGHTS = 4  # of what changes at once, that may be one
LEARNT = 16  # intervals by which the pictures' rate is known


@dataclass(frozen=True, slots=True)
class Edge:
    """A light that changed.

    Attributes:
        at_s: When, on the camera's clock: the middle of when it may have been.
        within_s: It was so close to that.
        change: Switched on, switched off, or both within a picture or two.
        strength: Grey levels of all cells together.
    """

    at_s: float
    within_s: float
    change: Change
    strength: float


class FlashWatch:
    """Feeds on pictures, and finds what was switched on or off.

    Attributes:
        edges: What was found so far, in order of time.
    """

    def __init__(self, row_s: float, first_row_s: float) -> None:
        """Begin with none.

        Args:
            row_s: From the exposure of one row of cells to that of the next.
            first_row_s: From a picture's timestamp to the first row's.
        """
        self._row_s, self._first_row_s = row_s, first_row_s
        self._window: deque[tuple[float, Cells]] = deque()
        self._side = 0
        self._best: tuple[float, Edge] | None = None
        self._since_best = 0
        self.edges: list[Edge] = []

    def feed(self, at_s: float, cells: Cells) -> None:
        """Look at one picture.

        Args:
            at_s: Its timestamp on the camera's clock, increasing.
            cells: Mean brightness of each cell, rows in the order of their exposure.
        """
        self._window.append((at_s, cells))
        if not self._side:
            if len(self._window) <= LEARNT:
                return
            usual_s = float(np.median(np.diff([seen_s for seen_s, _ in self._window])))
            self._side = max(LEAST_SIDE, ceil(SIDE_S / usual_s))
        while len(self._window) > 2 * self._side + BETWEEN:
            self._window.popleft()
        if len(self._window) == 2 * self._side + BETWEEN:
            self._look()

    def finish(self) -> list[Edge]:
        """What was found, in order of time."""
        self._settle()
        return self.edges

    def _look(self) -> None:
        """Whether the light changed in the middle of the window."""
        pictures = [cells for _, cells in self._window]
        first, last = self._side - 1, self._side + BETWEEN
        change = np.abs(np.array(pictures[first + 1 : last + 1]) - pictures[first])
        edge = self._edge(np.array(pictures)) if change.max() > LEAST_LEVELS else None
        if edge is not None and (self._best is None or edge.strength > self._best[0]):
            self._best, self._since_best = (edge.strength, edge), 0
            return
        self._since_best += 1
        if self._since_best >= BETWEEN:
            self._settle()

    def _settle(self) -> None:
        if self._best is not None:
            self.edges.append(self._best[1])
        self._best = None

    def _edge(self, pictures: Cells) -> Edge | None:
        before, after = pictures[: self._side], pictures[-self._side :]
        was, became = before.mean(axis=0), after.mean(axis=0)
        quiet = np.ptp(before, axis=0) + np.ptp(after, axis=0)
        step = became - was
        changed = (np.abs(step) > LEAST_LEVELS) & (quiet < QUIET * np.abs(step))
        for light in _apart(changed, np.abs(step)):
            rising = float(step[light].sum()) > 0
            of_light = np.where(light & ((step > 0) == rising), step, 0)
            strength = float(np.abs(of_light).sum())
            if _restless(np.where(of_light == 0, quiet, 0), light) <= RESTLESS * strength:
                times_s, share = self._by_row(pictures - was, of_light)
                return _step(times_s, share, "on" if rising else "off", strength)
        if changed.any():
            return None
        between = pictures[self._side : -self._side] - np.maximum(was, became)
        peak = between.max(axis=0)
        lit = (peak > LEAST_LEVELS) & (quiet < QUIET * peak)
        if np.count_nonzero(lit) < FLASH_SHARE * lit.size:
            return None
        rows = (lit * (between > 0.5 * peak)).any(axis=2)
        return self._flash(rows, float(peak[lit].sum()))

    def _by_row(self, changes: Cells, step: Cells) -> tuple[list[float], list[float]]:
        """How much of the change each row shows in each picture, in order of exposure."""
        weight = (step**2).sum(axis=1)
        rows = np.flatnonzero(weight > 0.02 * weight.max())
        times_s, share = [], []
        for n in range(self._side - 1, len(changes) - self._side + 1):
            shown = (changes[n][rows] * step[rows]).sum(axis=1) / weight[rows]
            times_s += (self._window[n][0] + self._first_row_s + self._row_s * rows).tolist()
            share += shown.tolist()
        return times_s, share

    def _flash(self, lit: NDArray[np.bool_], strength: float) -> Edge | None:
        """The middle of the rows that a flash lit."""
        stamps_s = np.array([self._window[self._side + n][0] for n in range(BETWEEN)])
        rows = self._first_row_s + self._row_s * np.arange(lit.shape[1])
        times_s = (stamps_s[:, None] + rows).ravel()
        shown = np.flatnonzero(lit.ravel())
        first, last = int(shown[0]), int(shown[-1])
        if first == 0 or last == len(times_s) - 1 or last - first > 2 * lit.shape[1]:
            return None
        on_s, off_s = times_s[[first - 1, first]], times_s[[last, last + 1]]
        within_s = float(np.ptp(on_s) + np.ptp(off_s)) / 4
        return Edge(float(on_s.mean() + off_s.mean()) / 2, within_s, "flash", strength)


def _apart(changed: NDArray[np.bool_], strength: Cells) -> Iterator[NDArray[np.bool_]]:
    """What changed, light by light, the strongest first: far from each other, they are several."""
    left = changed.copy()
    for _ in range(MOST_LIGHTS):
        if not left.any():
            return
        first = np.unravel_index(int(np.where(left, strength, 0).argmax()), left.shape)
        light = np.zeros_like(left)
        light[first] = True
        while True:
            grown = np.zeros_like(left)
            grown[_around(light)] = True
            grown &= left
            if grown.sum() == light.sum():
                break
            light = grown
        yield light
        left &= ~light


def _around(light: NDArray[np.bool_]) -> tuple[slice, ...]:
    """The rows and columns about a light."""
    return tuple(
        slice(max(0, int(of.min()) - AROUND), int(of.max()) + AROUND + 1)
        for of in np.nonzero(light)
    )


def _restless(quiet: Cells, light: NDArray[np.bool_]) -> float:
    """How much moves around a light, grey levels of all cells together."""
    near = quiet[_around(light)]
    return float(near[near > LEAST_LEVELS].sum())


def _step(
    times_s: Sequence[float], share: Sequence[float], change: Change, strength: float
) -> Edge | None:
    """Between which two rows the light changed."""
    order = np.argsort(times_s, kind="stable")
    at_s, done = np.array(times_s)[order], np.array(share)[order] >= 0.5
    undone = np.flatnonzero(~done)
    if not len(undone) or undone[-1] + 1 == len(done):
        return None
    # Rows that disagree about which was first were lit by halves.
    first, last = int(done.argmax()), int(undone[-1])
    earliest_s, latest_s = at_s[max(min(first, last + 1) - 1, 0)], at_s[max(first, last + 1)]
    return Edge(
        float(earliest_s + latest_s) / 2, float(latest_s - earliest_s) / 2, change, strength
    )
