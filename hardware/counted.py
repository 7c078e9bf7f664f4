"""A count and what is counted, as a person says it (pure).

It decides that one is said of one.
"""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """Say how many there are.

    Args:
        count: So many.
        one: What a single one is called, as "rep" or "is left".
        many: What several are, where it is not that with an s.
    """
    return f"{count} {one if count == 1 else many or f'{one}s'}"
