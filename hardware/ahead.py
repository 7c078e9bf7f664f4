"""Reading ahead: the next items are made while the last one is being looked at.

It decides how the two take turns. It changes no item and no order, and what goes wrong in the
making comes out where the item would have.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

Item = TypeVar("Item")


def read_ahead(source: Generator[Item, None, None], items: int) -> Generator[Item, None, None]:
    """Run a generator in a thread of its own, so many items ahead at most.

    Args:
        source: What to run. It is closed when the reader is done, however early that is.
        items: At least 1.

    Yields:
        What `source` yields.
    """
    end = object()
    with closing(source), ThreadPoolExecutor(1, "reading ahead") as thread:
        coming = deque(thread.submit(next, source, end) for _ in range(items))
        try:
            while (item := coming.popleft().result()) is not end:
                coming.append(thread.submit(next, source, end))
                yield item  # type: ignore[misc]
        finally:
            thread.shutdown(cancel_futures=True)
