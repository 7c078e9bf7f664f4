"""Reading ahead: the next items are made while the last ones are being looked at.

It decides how the two take turns. It changes no item and no order. What goes wrong in the making
comes out in its turn; the few items made just before it may be lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

AT_ONCE = 4  # items handed over together: each hand-over wakes a thread


def read_ahead(source: Generator[Item, None, None], items: int) -> Generator[Item, None, None]:
    """Run a generator in a thread of its own.

    Args:
        source: What to run. It is closed when the reader is done, however early that is.
        items: How many to make ahead, rounded up to whole hand-overs.

    Yields:
        What `source` yields.
    """
    with closing(source), ThreadPoolExecutor(1, "reading ahead") as thread:
        hand_overs = range(-(-items // AT_ONCE))
        coming = deque(thread.submit(list, islice(source, AT_ONCE)) for _ in hand_overs)
        try:
            while some := coming.popleft().result():
                coming.append(thread.submit(list, islice(source, AT_ONCE)))
                yield from some
        finally:
            thread.shutdown(cancel_futures=True)
